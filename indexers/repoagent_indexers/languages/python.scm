(function_definition name: (identifier) @name) @definition.function
(class_definition name: (identifier) @name) @definition.class
(decorated_definition) @wrap
(module (expression_statement (assignment left: (identifier) @name) @definition.variable))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @definition.variable)))
(type_alias_statement left: (type (identifier) @name)) @definition.type

(module . (expression_statement (string) @doc))
(_ body: (block . (expression_statement (string) @doc)))
(comment) @comment

(call function: (identifier) @reference.call)
(call function: (attribute attribute: (identifier) @reference.call))
(decorator (identifier) @reference.use)
(decorator (attribute attribute: (identifier) @reference.use))
(class_definition superclasses: (argument_list (identifier) @reference.type))
(class_definition superclasses: (argument_list (attribute attribute: (identifier) @reference.type)))
(type (identifier) @reference.type)
(type (attribute attribute: (identifier) @reference.type))
(type (generic_type (identifier) @reference.type))
(argument_list (identifier) @reference.use)
(keyword_argument value: (identifier) @reference.use)
(assignment right: (identifier) @reference.use)
(return_statement (identifier) @reference.use)
(attribute object: (identifier) @reference.use)
(except_clause (identifier) @reference.use)
(list (identifier) @reference.use)
(tuple (identifier) @reference.use)
(pair value: (identifier) @reference.use)

(import_statement name: (dotted_name) @import.module)
(import_statement name: (aliased_import name: (dotted_name) @import.module alias: (identifier) @import.alias))
(import_from_statement module_name: (_) @import.module name: (dotted_name) @import.name)
(import_from_statement module_name: (_) @import.module
  name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
(import_from_statement module_name: (_) @import.module (wildcard_import) @import.name)
