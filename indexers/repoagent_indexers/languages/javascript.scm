; What only JavaScript's grammar has; the rest is in ecmascript.scm and jsx.scm.

(class_declaration name: (identifier) @name) @definition.class
(field_definition property: (_) @name value: (_)? @value) @definition.field

(class_heritage [(identifier) @reference.type (_ property: (_) @reference.type)])
((method_definition
  name: (property_identifier) @_constructor
  body: (statement_block (expression_statement (assignment_expression
    left: (member_expression object: (this) property: (_) @name)) @definition.field)))
  (#eq? @_constructor "constructor"))
