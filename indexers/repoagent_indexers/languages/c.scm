(preproc_def name: (identifier) @name) @definition.macro
(preproc_function_def name: (identifier) @name) @definition.macro

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.member
(field_declaration declarator: [
  (field_identifier) @name
  (_ declarator: (field_identifier) @name)
  (_ declarator: (_ declarator: (field_identifier) @name))
  (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  (_ declarator: (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name))))
]) @definition.field @leaf

(type_definition type: (struct_specifier !name) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (union_specifier !name) declarator: (type_identifier) @name) @definition.union
(type_definition type: (enum_specifier !name) declarator: (type_identifier) @name) @definition.enum
(type_definition declarator: [
  (type_identifier) @name
  (primitive_type) @name
  (_ declarator: (type_identifier) @name)
  (_ declarator: (_ declarator: (type_identifier) @name))
  (function_declarator declarator: (parenthesized_declarator (type_identifier) @name))
  (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
  (_ declarator: (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name))))
]) @definition.type @leaf

(function_definition declarator: [
  (function_declarator declarator: (identifier) @name)
  (_ (function_declarator declarator: (identifier) @name))
  (_ (_ (function_declarator declarator: (identifier) @name)))
  (function_declarator declarator: (parenthesized_declarator (identifier) @name))
  (_ (function_declarator declarator: (parenthesized_declarator (identifier) @name)))
  (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))))
]) @definition.function
(declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (_ (function_declarator declarator: (identifier) @name))
  (_ (_ (function_declarator declarator: (identifier) @name)))
  (function_declarator declarator: (parenthesized_declarator (identifier) @name))
  (_ (function_declarator declarator: (parenthesized_declarator (identifier) @name)))
  (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))))
]) @definition.function @outer

(declaration declarator: [
  (identifier) @name
  (_ declarator: (identifier) @name)
  (_ declarator: (_ declarator: (identifier) @name))
  (_ declarator: (_ declarator: (_ declarator: (identifier) @name)))
  (_ declarator: (_ declarator: (_ declarator: (_ declarator: (identifier) @name))))
  (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
  (_ declarator: (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (identifier) @name))))
]) @definition.variable @leaf @outer

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
