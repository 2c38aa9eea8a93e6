(package_clause (package_identifier) @name) @definition.package

(type_declaration "(" (type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body))
  @definition.struct)
(type_declaration "(" (type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface)
(type_declaration "(" (type_spec name: (type_identifier) @name) @definition.type)
(type_declaration "(" (type_alias name: (type_identifier) @name) @definition.type)
(type_declaration (type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)))
  @definition.struct
(type_declaration (type_spec name: (type_identifier) @name type: (interface_type))) @definition.interface
(type_declaration (type_spec name: (type_identifier) @name)) @definition.type
(type_declaration (type_alias name: (type_identifier) @name)) @definition.type
(field_declaration name: (field_identifier) @name) @definition.field
(method_elem name: (field_identifier) @name) @definition.method

(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @receiver
    (pointer_type (type_identifier) @receiver)
    (generic_type type: (type_identifier) @receiver)
    (pointer_type (generic_type type: (type_identifier) @receiver))]))
  name: (field_identifier) @name) @definition.method
(method_declaration name: (field_identifier) @name) @definition.method

(source_file (const_declaration "(" (const_spec (identifier) @name) @definition.constant))
(source_file (const_declaration (const_spec (identifier) @name)) @definition.constant)
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @definition.variable)))
(source_file (var_declaration (var_spec name: (identifier) @name)) @definition.variable)

(comment) @comment

(call_expression function: (identifier) @reference.call)
(call_expression function: (selector_expression field: (field_identifier) @reference.call))
(type_parameter_declaration name: (identifier) @local)
((type_identifier) @reference.type
  (#not-match? @reference.type "^(any|bool|byte|comparable|complex(64|128)|error|float(32|64)|u?int(8|16|32|64)?|rune|string|uintptr|_)$"))
(argument_list (identifier) @reference.use)
(argument_list (selector_expression field: (field_identifier) @reference.use))
(literal_element (identifier) @reference.use)

(import_spec !name path: (_) @import.module)
(import_spec name: (_) @import.alias path: (_) @import.module)
