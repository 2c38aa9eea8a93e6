(preproc_def name: (identifier) @name) @definition.macro
(preproc_function_def name: (identifier) @name) @definition.macro

(namespace_definition name: [(namespace_identifier) (nested_namespace_specifier)] @name) @definition.namespace
(class_specifier name: [(type_identifier) (qualified_identifier)] @name body: (_)) @definition.class
(class_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.class
(struct_specifier name: [(type_identifier) (qualified_identifier)] @name body: (_)) @definition.struct
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: [(type_identifier) (qualified_identifier)] @name body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.member
(concept_definition name: (identifier) @name) @definition.type
(alias_declaration name: (type_identifier) @name) @definition.type
(template_declaration) @wrap.head

((function_definition !type declarator: (function_declarator declarator: (identifier) @_macro parameters: (parameter_list
  . (parameter_declaration type: (type_identifier) @receiver !declarator)
  . (parameter_declaration type: (type_identifier) @name !declarator) .)))
  @definition.test (#match? @_macro "^(TYPED_)?TEST(_[A-Z]+)*$|TEST_CASE"))
((function_definition !type declarator: (function_declarator declarator: (identifier) @_macro parameters: (parameter_list
  . (parameter_declaration type: (type_identifier) @name !declarator) .)))
  @definition.test (#match? @_macro "TEST_CASE|SCENARIO"))
(function_definition declarator: (function_declarator declarator: [(identifier) (qualified_identifier)] @name)
  (field_initializer_list) @body) @definition.function
((function_definition declarator: (function_declarator declarator: (identifier) @name)) @definition.function
  (#not-match? @name "^(TYPED_)?TEST(_[A-Z]+)*$|TEST_CASE|SCENARIO"))
(function_definition declarator: [
  (function_declarator declarator: [(field_identifier) (qualified_identifier) (operator_name) (destructor_name)] @name)
  (_ (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (operator_name) (destructor_name)] @name))
  (_ (_ (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (operator_name) (destructor_name)] @name)))
  (function_declarator declarator: (template_function name: (identifier) @name))
  (function_declarator declarator: (parenthesized_declarator (identifier) @name))
  (operator_cast) @name
  (qualified_identifier) @name
  (array_declarator (parenthesized_declarator (reference_declarator (function_declarator declarator: (identifier) @name))))
]) @definition.function
(declaration declarator: [
  (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (operator_name) (destructor_name)] @name)
  (_ (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (operator_name) (destructor_name)] @name))
  (_ (_ (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (operator_name) (destructor_name)] @name)))
  (function_declarator declarator: (template_function name: (identifier) @name))
  (function_declarator declarator: (parenthesized_declarator (identifier) @name))
  (operator_cast) @name
]) @definition.function @outer
(field_declaration declarator: [
  (function_declarator declarator: [(field_identifier) (operator_name)] @name)
  (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name))
  (_ (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name)))
]) @definition.function
(field_declaration declarator: [
  (field_identifier) @name
  (_ declarator: (field_identifier) @name)
  (_ declarator: (_ declarator: (field_identifier) @name))
  (reference_declarator (field_identifier) @name)
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
  (reference_declarator (type_identifier) @name)
  (function_declarator declarator: (parenthesized_declarator (type_identifier) @name))
  (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
  (_ declarator: (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name))))
]) @definition.type @leaf

(declaration declarator: [
  (identifier) @name
  (qualified_identifier) @name
  (_ declarator: [(identifier) (qualified_identifier)] @name)
  (_ declarator: (_ declarator: [(identifier) (qualified_identifier)] @name))
  (_ declarator: (_ declarator: (_ declarator: [(identifier) (qualified_identifier)] @name)))
  (_ declarator: (_ declarator: (_ declarator: (_ declarator: (identifier) @name))))
  (reference_declarator [(identifier) (qualified_identifier)] @name)
  (init_declarator declarator: (reference_declarator [(identifier) (qualified_identifier)] @name))
  (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
  (_ declarator: (function_declarator declarator:
    (parenthesized_declarator (pointer_declarator declarator: (identifier) @name))))
]) @definition.variable @leaf @outer

(comment) @comment

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (field_identifier) @reference.call))
(call_expression function: (field_expression field: (template_method name: (field_identifier) @reference.call)))
(call_expression function: (template_function name: (identifier) @reference.call))
(call_expression function: (qualified_identifier name: [
  (identifier) @reference.call
  (template_function name: (identifier) @reference.call)
  (qualified_identifier name: [
    (identifier) @reference.call
    (template_function name: (identifier) @reference.call)
    (qualified_identifier name: [
      (identifier) @reference.call
      (template_function name: (identifier) @reference.call)])])]))
(new_expression type: (type_identifier) @reference.call)
(new_expression type: (template_type name: (type_identifier) @reference.call))
(new_expression type: (qualified_identifier name: (type_identifier) @reference.call))
(type_parameter_declaration (type_identifier) @local)
(optional_type_parameter_declaration name: (type_identifier) @local)
(variadic_type_parameter_declaration (type_identifier) @local)
(type_identifier) @reference.type
(qualified_identifier name: (identifier) @reference.use)
(field_initializer (field_identifier) @reference.use)
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
((using_declaration (qualified_identifier) @import.path) @_using (#not-match? @_using "^using\\s+namespace"))
(using_declaration "namespace" [(identifier) (qualified_identifier)] @import.module) @import.all
(namespace_alias_definition name: (namespace_identifier) @import.alias
  [(namespace_identifier) (nested_namespace_specifier)] @import.module)
