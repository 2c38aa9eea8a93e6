(namespace_definition name: (namespace_name) @name !body) @definition.namespace @reach
(namespace_definition name: (namespace_name) @name body: (_)) @definition.namespace
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(enum_case name: (name) @name) @definition.member
((method_declaration name: (name) @name) @definition.constructor (#eq? @name "__construct"))
(method_declaration name: (name) @name) @definition.method
(function_definition name: (name) @name) @definition.function
(property_declaration (property_element name: (variable_name (name) @name))) @definition.property
(property_promotion_parameter name: (variable_name (name) @name)) @definition.property
(const_declaration (const_element . (name) @name)) @definition.constant
((function_call_expression function: (name) @_define arguments: (arguments . (argument (string (string_content) @name))))
  @definition.constant (#eq? @_define "define"))
((function_call_expression function: (qualified_name . (name) @_define)
  arguments: (arguments . (argument (string (string_content) @name)))) @definition.constant (#eq? @_define "define"))
(program (expression_statement (assignment_expression left: (variable_name (name) @name))) @definition.variable)

(attribute_list) @prefix
(comment) @comment

(function_call_expression function: (name) @reference.call)
(function_call_expression function: (qualified_name (name) @reference.call))
(function_call_expression function: (relative_name (name) @reference.call))
(member_call_expression name: (name) @reference.call)
(nullsafe_member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
(scoped_call_expression scope: (name) @reference.type)
(scoped_call_expression scope: (qualified_name (name) @reference.type))
(object_creation_expression (name) @reference.call)
(object_creation_expression (qualified_name (name) @reference.call))
((named_type (name) @reference.type) (#not-eq? @reference.type "static"))
(named_type (qualified_name (name) @reference.type))
(base_clause [(name) @reference.type (qualified_name (name) @reference.type)])
(class_interface_clause [(name) @reference.type (qualified_name (name) @reference.type)])
(use_declaration [(name) @reference.type (qualified_name (name) @reference.type)])
(attribute [(name) @reference.type (qualified_name (name) @reference.type)])
(binary_expression operator: "instanceof" right: [(name) @reference.type (qualified_name (name) @reference.type)])
(class_constant_access_expression . [(name) @reference.type (qualified_name (name) @reference.type)])
((class_constant_access_expression (_) (name) @reference.use .) (#not-eq? @reference.use "class"))
(scoped_property_access_expression scope: [(name) @reference.type (qualified_name (name) @reference.type)])
(argument (name) @reference.use)
(argument (qualified_name (name) @reference.use))

(namespace_use_clause (qualified_name) @import.path !alias)
(namespace_use_clause (qualified_name) @import.path alias: (name) @import.alias)
(namespace_use_clause . (name) @import.name !alias)
(namespace_use_clause . (name) @import.name alias: (name) @import.alias)
(namespace_use_declaration (namespace_name) @import.module) @import.group
[(require_expression) (require_once_expression) (include_expression) (include_once_expression)] @included
