; Functions, classes and what is bound at the level of a module or a class.

(function_definition name: (identifier) @name) @definition.function
(class_definition name: (identifier) @name) @definition.class
(decorated_definition) @wrap
(type_alias_statement left: (type [(identifier) @name (generic_type (identifier) @name)])) @definition.type
((assignment left: (identifier) @name type: (type (identifier) @_type) right: (_)) @definition.type @outer
  (#eq? @_type "TypeAlias"))
(assignment left: (identifier) @name right: (lambda body: (_) @body)) @definition.function @outer

; Where it stands is not asked here: a pattern that tells it is alive at every node, and takes as long to compile as ten.
(expression_statement (assignment left: (_) @name) @definition.variable) @statement
(assignment right: (assignment left: (identifier) @name)) @definition.variable @outer
((assignment left: (attribute object: (identifier) @_self attribute: (identifier) @name)) @definition.field
  (#eq? @_self "self"))

(expression_statement (string) @doc.first)
(comment) @comment

; References are found by `uses`, which needs to know where types stand.

(type) @span.type
(class_definition superclasses: (argument_list) @span.base)
(type_alias_statement left: (type (generic_type (type_parameter (type (identifier) @local)))))
(function_definition type_parameters: (type_parameter (type (identifier) @local)))
(class_definition type_parameters: (type_parameter (type (identifier) @local)))

; Imports.

(import_statement name: [
  (dotted_name) @import.module
  (aliased_import name: (dotted_name) @import.module alias: (identifier) @import.alias)
])
(import_from_statement module_name: (_) @import.module name: (_)) @import.names
(import_from_statement module_name: (_) @import.module (wildcard_import) @import.name)
