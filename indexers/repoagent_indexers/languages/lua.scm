(function_declaration name: (identifier) @name) @definition.function
(function_declaration name: (dot_index_expression table: (_) @receiver field: (identifier) @name)) @definition.function
(function_declaration name: (method_index_expression table: (_) @receiver method: (identifier) @name))
  @definition.method
(assignment_statement
  (variable_list . name: (identifier) @name .) (expression_list . value: (function_definition) @value)) @definition.function
(assignment_statement
  (variable_list . name: (dot_index_expression table: (_) @receiver field: (identifier) @name) .)
  (expression_list . value: (function_definition) @value)) @definition.function
(field name: (identifier) @name value: (function_definition) @value) @definition.method
(field name: (string content: (_) @name) value: (function_definition) @value) @definition.method

(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @definition.variable)
(chunk (variable_declaration (variable_list name: (identifier) @name)) @definition.variable)
(chunk (assignment_statement (variable_list name: (identifier) @name)) @definition.variable)
(chunk (assignment_statement (variable_list name: (dot_index_expression table: (_) @receiver field: (identifier) @name)))
  @definition.variable)
(variable_declaration (assignment_statement
  (variable_list . name: (identifier) .) (expression_list . value: (function_definition)))) @wrap.head

(comment) @comment

(function_call name: (identifier) @reference.call)
(function_call name: (dot_index_expression field: (identifier) @reference.call))
(function_call name: (method_index_expression method: (identifier) @reference.call))
(arguments (identifier) @reference.use)
(arguments (dot_index_expression field: (identifier) @reference.use))
(expression_list value: (identifier) @reference.use)
(return_statement (expression_list (identifier) @reference.use))
(field value: (identifier) @reference.use)
(dot_index_expression table: (identifier) @reference.use)
(method_index_expression table: (identifier) @reference.use)

((function_call name: (identifier) @_require arguments: (arguments (string content: (_) @import.module)))
  (#eq? @_require "require"))
((assignment_statement
  (variable_list . name: (identifier) @import.alias)
  (expression_list . value:
    (function_call name: (identifier) @_require arguments: (arguments (string content: (_) @import.module)))))
  (#eq? @_require "require"))
((assignment_statement
  (variable_list . name: (identifier) @import.alias)
  (expression_list . value: (dot_index_expression
    table: (function_call name: (identifier) @_require arguments: (arguments (string content: (_) @import.module)))
    field: (identifier) @import.name)))
  (#eq? @_require "require"))
