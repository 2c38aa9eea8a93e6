(function_declaration name: (identifier) @name) @definition.function
(test_declaration (string (string_content) @name) (block) @body) @definition.test
(test_declaration (identifier) @name (block) @body) @definition.test
(variable_declaration . (identifier) @name (struct_declaration)) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration)) @definition.enum
(variable_declaration . (identifier) @name (union_declaration)) @definition.union
(variable_declaration . (identifier) @name (opaque_declaration)) @definition.type
(variable_declaration . (identifier) @name (error_set_declaration)) @definition.enum
(error_set_declaration (identifier) @name @definition.member)
(enum_declaration (container_field name: (identifier) @name) @definition.member)
(union_declaration (container_field name: (identifier) @name) @definition.member)
(struct_declaration (container_field name: (identifier) @name) @definition.field)
(source_file (container_field name: (identifier) @name) @definition.field)
(source_file (variable_declaration "const" . (identifier) @name) @definition.constant)
(source_file (variable_declaration "var" . (identifier) @name) @definition.variable)
(struct_declaration (variable_declaration "const" . (identifier) @name) @definition.constant)
(struct_declaration (variable_declaration "var" . (identifier) @name) @definition.variable)
(enum_declaration (variable_declaration "const" . (identifier) @name) @definition.constant)
(union_declaration (variable_declaration "const" . (identifier) @name) @definition.constant)

(comment) @comment

(call_expression function: (identifier) @reference.call)
(call_expression function: (_ member: (identifier) @reference.call))
(call_expression (identifier) @reference.use)
(field_expression object: (identifier) @reference.use)
(parameter type: (identifier) @reference.type)
(container_field type: (identifier) @reference.type)
(function_declaration type: (identifier) @reference.type)
(pointer_type (identifier) @reference.type)
(nullable_type (identifier) @reference.type)
(slice_type (identifier) @reference.type)
(array_type (identifier) @reference.type .)
(variable_declaration type: (identifier) @reference.type)
(error_union_type (identifier) @reference.type)
(struct_initializer (identifier) @reference.type)
(parameter type: (_ member: (identifier) @reference.type))
(pointer_type (_ member: (identifier) @reference.type))
(function_declaration type: (_ member: (identifier) @reference.type))
(error_union_type (_ member: (identifier) @reference.type))
(variable_declaration (identifier) (identifier) @reference.use)
(return_expression (identifier) @reference.use)
(assignment_expression right: (identifier) @reference.use)
(parameter "comptime" name: (identifier) @local)

((builtin_function (builtin_identifier) @_import (arguments (string (string_content) @import.module)))
  (#eq? @_import "@import"))
((variable_declaration . (identifier) @import.alias
  (builtin_function (builtin_identifier) @_import (arguments (string (string_content) @import.module))))
  (#eq? @_import "@import"))
((variable_declaration . (identifier) @import.alias (field_expression
  object: (builtin_function (builtin_identifier) @_import (arguments (string (string_content) @import.module)))
  member: (identifier) @import.name))
  (#eq? @_import "@import"))
