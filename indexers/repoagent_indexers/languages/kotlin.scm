(package_header (qualified_identifier) @name) @definition.package

(class_declaration "interface" name: (identifier) @name (class_body) @body) @definition.interface
(class_declaration "interface" name: (identifier) @name) @definition.interface
(class_declaration name: (identifier) @name (enum_class_body) @body) @definition.enum
(class_declaration (modifiers (class_modifier "annotation")) name: (identifier) @name) @definition.annotation
(class_declaration name: (identifier) @name (class_body) @body) @definition.class
(class_declaration name: (identifier) @name) @definition.class
(object_declaration name: (identifier) @name (class_body) @body) @definition.object
(object_declaration name: (identifier) @name) @definition.object
(companion_object name: (identifier) @name (class_body) @body) @definition.object
(companion_object name: (identifier) @name) @definition.object
(companion_object "companion" @name !name (class_body) @body) @definition.object
(companion_object "companion" @name !name) @definition.object
(enum_entry . (identifier) @name (class_body) @body) @definition.member
(enum_entry (identifier) @name) @definition.member
(type_alias type: (identifier) @name) @definition.type
(secondary_constructor "constructor" @name (block) @body) @definition.constructor
(secondary_constructor "constructor" @name) @definition.constructor

(function_declaration [
  (user_type . (identifier) @receiver)
  (nullable_type (user_type . (identifier) @receiver))
] "." name: (identifier) @name (function_body) @body) @definition.method
(class_body (function_declaration name: (identifier) @name (function_body) @body) @definition.method)
(class_body (function_declaration name: (identifier) @name) @definition.method)
(function_declaration name: (identifier) @name (function_body) @body) @definition.function
(function_declaration name: (identifier) @name) @definition.function

(class_parameter ["val" "var"] . (identifier) @name) @definition.property
(_ (property_declaration [
  (user_type . (identifier) @receiver)
  (nullable_type (user_type . (identifier) @receiver))
] "." (variable_declaration . (identifier) @name)) @definition.property)
(source_file (property_declaration (modifiers (property_modifier "const"))
  (variable_declaration . (identifier) @name)) @definition.constant)
(source_file (property_declaration (variable_declaration . (identifier) @name)) @definition.variable)
(source_file (property_declaration (multi_variable_declaration (variable_declaration . (identifier) @name)))
  @definition.variable)
(class_body (property_declaration (modifiers (property_modifier "const"))
  (variable_declaration . (identifier) @name)) @definition.constant)
(class_body (property_declaration (variable_declaration . (identifier) @name)) @definition.property)
(enum_class_body (property_declaration (variable_declaration . (identifier) @name)) @definition.property)

(annotation) @prefix
(line_comment) @comment
(block_comment) @comment

(call_expression . (identifier) @reference.call)
(call_expression . (navigation_expression (identifier) @reference.call .))
(callable_reference (identifier) @reference.call .)
(infix_expression (_) . (identifier) @reference.call . (_))
(type_parameter (identifier) @local)
(user_type (identifier) @reference.type)
(value_argument (identifier) @reference.use)
(navigation_expression . (identifier) @reference.use)

(import (qualified_identifier) @import.path (identifier) @import.alias)
(import (qualified_identifier) @import.module "*") @import.all
(import (qualified_identifier) @import.path)
