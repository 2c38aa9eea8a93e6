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

(function_definition declarator: (_) @declarator) @definition.function
(declaration declarator: (_) @declarator) @definition.variable @outer
(field_declaration declarator: (_) @declarator) @definition.field
(type_definition declarator: (_) @declarator) @definition.type

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
