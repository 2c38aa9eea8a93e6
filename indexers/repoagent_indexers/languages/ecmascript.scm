; What JavaScript, TypeScript and TSX have in common.

(function_declaration name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name) @definition.function
(export_statement "default" @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(export_statement "default" @name value: (class body: (_) @body)) @definition.class
(arguments (function_expression name: (identifier) @name) @definition.function)
(return_statement (function_expression name: (identifier) @name) @definition.function)

((method_definition name: (property_identifier) @name) @definition.constructor (#eq? @name "constructor"))
(method_definition ["get" "set"] name: [
  (property_identifier) @name
  (private_property_identifier) @name
  (string (string_fragment) @name)
]) @definition.property
(method_definition name: [
  (property_identifier) @name
  (private_property_identifier) @name
  (string (string_fragment) @name)
]) @definition.method
(pair key: [(property_identifier) @name (string (string_fragment) @name)] value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.method

(variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class

; Functions bound by assignment: `exports.f = `, `module.exports.f = `, `Type.prototype.m = `, `Type.m = `, `this.m = `,
; `module.exports = `.
((assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)
  right: [
    (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
  ]) @definition.function
  (#any-of? @_exports "exports" "module"))
((assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
    property: (property_identifier) @name)
  right: [
    (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
  ]) @definition.function
  (#eq? @_module "module") (#eq? @_exports "exports"))
((assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @receiver property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [
    (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
  ]) @definition.function
  (#eq? @_prototype "prototype"))
(assignment_expression
  left: (member_expression object: (this) property: [(property_identifier) (private_property_identifier)] @name)
  right: [
    (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
  ]) @definition.method
(assignment_expression
  left: (member_expression object: [(identifier) (member_expression)] @receiver property: (property_identifier) @name)
  right: [
    (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
  ]) @definition.function

; What a module binds. Few patterns start at the root: each is alive until the end of the file, at every node.
(program (lexical_declaration (variable_declarator name: (_) @name) @definition.constant))
(program (variable_declaration (variable_declarator name: (_) @name) @definition.variable))
(export_statement (lexical_declaration (variable_declarator name: (_) @name) @definition.constant))
(export_statement (variable_declaration (variable_declarator name: (_) @name) @definition.variable))
((expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)) @definition.variable)
  (#eq? @_exports "exports"))

(export_statement) @wrap.head
(decorator) @prefix

(comment) @comment

; References.

(call_expression function: [(identifier) @reference.call (member_expression property: (_) @reference.call)])
(new_expression constructor: [(identifier) @reference.call (member_expression property: (_) @reference.call)])
(decorator [(identifier) @reference.use (member_expression property: (_) @reference.use)])
(arguments [(identifier) @reference.use (spread_element (identifier) @reference.use)])
(variable_declarator value: (identifier) @reference.use)
(assignment_expression right: (identifier) @reference.use)
(pair value: (identifier) @reference.use)
(shorthand_property_identifier) @reference.use
(object (spread_element (identifier) @reference.use))
(array (identifier) @reference.use)
(return_statement (identifier) @reference.use)
(arrow_function body: (identifier) @reference.use)
(member_expression object: (identifier) @reference.use)
(subscript_expression object: (identifier) @reference.use)
(template_substitution (identifier) @reference.use)
(ternary_expression [consequence: (identifier) @reference.use alternative: (identifier) @reference.use])
(binary_expression ["instanceof" "??" "||" "&&"] right: (identifier) @reference.use)
(export_statement !source (export_clause (export_specifier name: (identifier) @reference.use)))
(export_statement value: (identifier) @reference.use)
(assignment_pattern right: (identifier) @reference.use)

; Imports.

(import_statement . source: (string (string_fragment) @import.module))
(import_statement (import_clause (identifier) @import.default) source: (string (string_fragment) @import.module))
(import_statement
  (import_clause (namespace_import (identifier) @import.alias)) source: (string (string_fragment) @import.module))
(import_statement
  (import_clause (named_imports (import_specifier name: (_) @import.name alias: (identifier)? @import.alias)))
  source: (string (string_fragment) @import.module))
(export_statement
  (export_clause (export_specifier name: (_) @import.name alias: (_)? @import.alias))
  source: (string (string_fragment) @import.module))
(export_statement "*" @import.name source: (string (string_fragment) @import.module))
(export_statement (namespace_export (_) @import.alias) source: (string (string_fragment) @import.module))
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.module)))
((call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module) .))
  (#eq? @_require "require"))
((variable_declarator
  name: [
    (identifier) @import.alias
    (object_pattern [
      (shorthand_property_identifier_pattern) @import.name
      (pair_pattern key: (property_identifier) @import.name value: (identifier) @import.alias)
    ])
  ]
  value: (call_expression
    function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module) .)))
  (#eq? @_require "require"))
((variable_declarator
  name: (identifier) @import.alias
  value: (member_expression
    object: (call_expression
      function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module) .))
    property: (property_identifier) @import.name))
  (#eq? @_require "require"))
