(file_scoped_namespace_declaration) @definition.namespace @reach
(namespace_declaration) @definition.namespace
(class_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.struct
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_member_declaration name: (identifier) @name) @definition.member
(record_declaration name: (identifier) @name) @definition.record
(record_declaration (parameter_list (parameter name: (identifier) @name) @definition.property))
(delegate_declaration name: (identifier) @name) @definition.delegate
(constructor_declaration name: (identifier) @name) @definition.constructor
(destructor_declaration "~" @name name: (identifier) @name) @definition.method
(method_declaration name: (identifier) @name) @definition.method
(local_function_statement name: (identifier) @name) @definition.function
(operator_declaration "operator" @name operator: _ @name) @definition.operator
(conversion_operator_declaration "operator" @name type: (_) @name) @definition.operator
(property_declaration name: (identifier) @name accessors: (_) @body) @definition.property
(property_declaration name: (identifier) @name value: (arrow_expression_clause) @body) @definition.property
(indexer_declaration "this" @name accessors: (_) @body) @definition.property
(indexer_declaration "this" @name value: (arrow_expression_clause) @body) @definition.property
(event_declaration name: (identifier) @name accessors: (_) @body) @definition.event
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.event
(field_declaration (modifier "const") (variable_declaration (variable_declarator name: (identifier) @name)))
  @definition.constant
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.field

(attribute_list) @prefix
(comment) @comment

(invocation_expression function: [
  (identifier) @reference.call
  (generic_name . (identifier) @reference.call)
  (member_access_expression name: [(identifier) @reference.call (generic_name . (identifier) @reference.call)])
  (conditional_access_expression (member_binding_expression name: [
    (identifier) @reference.call
    (generic_name . (identifier) @reference.call)]))])
(object_creation_expression type: [
  (identifier) @reference.call
  (generic_name . (identifier) @reference.call)
  (qualified_name name: [(identifier) @reference.call (generic_name . (identifier) @reference.call)])])
(type_parameter name: (identifier) @local)
(_ type: (identifier) @reference.type)
(_ type: (qualified_name name: (identifier) @reference.type))
(method_declaration returns: [(identifier) @reference.type (qualified_name name: (identifier) @reference.type)])
(generic_name . (identifier) @reference.type)
(type_argument_list [(identifier) @reference.type (qualified_name name: (identifier) @reference.type)])
(base_list [(identifier) @reference.type (qualified_name name: (identifier) @reference.type)])
(as_expression right: [(identifier) @reference.type (qualified_name name: (identifier) @reference.type)])
(attribute name: [(identifier) @reference.type (qualified_name name: (identifier) @reference.type)])
(explicit_interface_specifier [(identifier) @reference.type (qualified_name name: (identifier) @reference.type)])
(constant_pattern (identifier) @reference.type)
(argument (identifier) @reference.use)
(assignment_expression right: (identifier) @reference.use)

(using_directive [(identifier) (qualified_name)] @import.module !name) @import.all
(using_directive name: (identifier) @import.alias (qualified_name) @import.path)
