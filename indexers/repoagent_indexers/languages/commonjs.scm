; Modules of Node. Asked only of files in which `require(` or `exports.` stands, see `rare_signs`: to compile it takes half
; as long as all the rest.

((assignment_expression
  left: (member_expression property: (property_identifier) @_exports)
  right: (function_expression name: (identifier) @name) @value) @definition.function
  (#eq? @_exports "exports"))
((expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)
  right: (_) @value) @definition.variable)
  (#eq? @_exports "exports"))

((call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @import.module)))
  (#eq? @_require "require"))
((variable_declarator
  name: (identifier) @import.alias
  value: (call_expression
    function: (identifier) @_require arguments: (arguments (string (string_fragment) @import.module))))
  (#eq? @_require "require"))
((variable_declarator
  name: (object_pattern [
    (shorthand_property_identifier_pattern) @import.name
    (pair_pattern key: (property_identifier) @import.name value: (identifier) @import.alias)
  ])
  value: (call_expression
    function: (identifier) @_require arguments: (arguments (string (string_fragment) @import.module))))
  (#eq? @_require "require"))
((variable_declarator
  name: (identifier) @import.alias
  value: (member_expression
    object: (call_expression
      function: (identifier) @_require arguments: (arguments (string (string_fragment) @import.module)))
    property: (property_identifier) @import.name))
  (#eq? @_require "require"))
