(preproc_def name: (identifier) @name) @definition.macro
(preproc_function_def name: (identifier) @name) @definition.macro

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.member
(function_definition declarator: (_) @declarator) @definition.function
(declaration declarator: (_) @declarator) @definition.variable @outer
(field_declaration declarator: (_) @declarator) @definition.field
(type_definition declarator: (_) @declarator) @definition.type

(comment) @comment

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (field_identifier) @reference.call))
(call_expression function: (parenthesized_expression (identifier) @reference.call))
(type_identifier) @reference.type
(argument_list (identifier) @reference.use)
(argument_list (pointer_expression argument: (identifier) @reference.use))
(assignment_expression right: (identifier) @reference.use)
(init_declarator value: (identifier) @reference.use)
(initializer_list (identifier) @reference.use)
(initializer_list (pointer_expression argument: (identifier) @reference.use))
(initializer_pair value: (identifier) @reference.use)
(cast_expression value: (identifier) @reference.use)
(case_statement value: (identifier) @reference.use)
(return_statement (identifier) @reference.use)
(binary_expression (identifier) @reference.use)
(conditional_expression (identifier) @reference.use)
(array_declarator size: (identifier) @reference.use)
(preproc_ifdef name: (identifier) @reference.use)
(preproc_defined (identifier) @reference.use)

(preproc_include path: (_) @import.module)
