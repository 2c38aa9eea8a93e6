(package_clause name: (package_identifier) @name !body) @definition.package
(package_clause name: (package_identifier) @name body: (_)) @definition.namespace
(package_object name: (identifier) @name) @definition.object
(object_definition) @definition.object
(class_definition) @definition.class
(trait_definition) @definition.trait
(enum_definition) @definition.enum
(simple_enum_case) @definition.member
(full_enum_case) @definition.member
(type_definition) @definition.type
(given_definition) @definition.instance
(extension_definition parameters: (parameters . (parameter type: (_) @name))) @scope

((function_definition name: (identifier) @name) @definition.constructor (#eq? @name "this"))
(function_definition name: (operator_identifier) @name) @definition.operator
(function_declaration name: (operator_identifier) @name) @definition.operator
(function_definition name: (identifier) @name) @definition.function @placed
(function_declaration name: (identifier) @name) @definition.function @placed

(class_definition "case" class_parameters: (class_parameters (class_parameter) @definition.field))
(class_parameter ["val" "var"] name: (_) @name) @definition.field
[(val_definition) (var_definition) (val_declaration) (var_declaration)] @bound

(annotation) @prefix
(comment) @comment
(block_comment) @comment

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (identifier) @reference.call))
(generic_function function: (identifier) @reference.call)
(generic_function function: (field_expression field: (identifier) @reference.call))
(infix_expression operator: (identifier) @reference.call)
(instance_expression . (type_identifier) @reference.call)
(instance_expression . (generic_type type: (type_identifier) @reference.call))
(instance_expression . (stable_type_identifier (type_identifier) @reference.call))
(instance_expression . (compound_type base: (type_identifier) @reference.call))
(type_parameters name: (identifier) @local)
(covariant_type_parameter name: (identifier) @local)
(contravariant_type_parameter name: (identifier) @local)
(type_identifier) @reference.type
(arguments (identifier) @reference.use)
(field_expression value: (identifier) @reference.use)

(import_declaration . (identifier) @import.module .)
(import_declaration . (identifier) @import.path (identifier) @import.path .)
(import_declaration . (identifier) @import.module . (namespace_wildcard)) @import.all
(import_declaration . (identifier) @import.module (identifier) @import.module . (namespace_wildcard)) @import.all
(import_declaration . (identifier) @import.module . (namespace_selectors)) @import.group
(import_declaration . (identifier) @import.module (identifier) @import.module . (namespace_selectors)) @import.group
(namespace_selectors (identifier) @import.name)
(namespace_selectors (namespace_wildcard) @import.name @import.all)
(namespace_selectors [(arrow_renamed_identifier name: (identifier) @import.name alias: (_) @import.alias)
  (as_renamed_identifier name: (identifier) @import.name alias: (_) @import.alias)])
(import_declaration . (identifier) @import.module . (as_renamed_identifier
  name: (identifier) @import.name alias: (_) @import.alias))
(import_declaration . (identifier) @import.module (identifier) @import.module . (as_renamed_identifier
  name: (identifier) @import.name alias: (_) @import.alias))
