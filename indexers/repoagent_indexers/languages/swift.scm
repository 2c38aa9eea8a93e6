(class_declaration) @bound
(protocol_declaration name: (type_identifier) @name) @definition.protocol
(enum_entry name: (simple_identifier) @name) @definition.member
(typealias_declaration name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type
(macro_declaration (simple_identifier) @name) @definition.macro
(operator_declaration (custom_operator) @name) @definition.operator

(init_declaration "init" @name) @definition.constructor
(deinit_declaration "deinit" @name) @definition.method
(subscript_declaration "subscript" @name (computed_property) @body) @definition.property
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
; The name may be any operator; to list them would take a third of the time that this file takes to be compiled.
(function_declaration "func" . name: _ @name) @definition.function

(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  (protocol_property_requirements) @body) @definition.property
(property_declaration) @bound

(attribute) @prefix
(comment) @comment
(multiline_comment) @comment

(call_expression . (simple_identifier) @reference.call)
(call_expression . (_ suffix: (_ suffix: (simple_identifier) @reference.call)))
(call_expression . (prefix_expression target: (simple_identifier) @reference.call))
(constructor_expression constructed_type: (user_type (type_identifier) @reference.call))
(macro_invocation (simple_identifier) @reference.call)
(type_parameter . (type_identifier) @local)
(type_identifier) @reference.type
(value_argument value: (simple_identifier) @reference.use)
(navigation_expression target: (simple_identifier) @reference.use)

(import_declaration ["class" "struct" "enum" "protocol" "func" "let" "var" "typealias"] (identifier) @import.path)
((import_declaration (identifier) @import.module) @_import
  (#not-match? @_import "import\\s+(class|struct|enum|protocol|func|let|var|typealias)\\s"))
