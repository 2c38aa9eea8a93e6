; What JavaScript, TypeScript and TSX have in common.

(function_declaration) @definition.function
(generator_function_declaration) @definition.function
(export_statement "default" @name
  value: [(arrow_function) (function_expression) (generator_function)] @value) @definition.function
(export_statement "default" @name value: (class) @value) @definition.class
(arguments (function_expression name: (identifier) @name) @definition.function)
(return_statement (function_expression name: (identifier) @name) @definition.function)

((method_definition name: (_) @name) @definition.constructor (#eq? @name "constructor"))
(method_definition ["get" "set"] name: (_) @name) @definition.property
(method_definition) @definition.method
(pair key: (_) @name value: [(arrow_function) (function_expression) (generator_function)] @value) @definition.method
(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)] @value) @definition.function
(variable_declarator name: (identifier) @name value: (class) @value) @definition.class
(assignment_expression right: (class) @definition.class)
(assignment_expression left: (_ property: (_) @name) right: (class !name) @value) @definition.class
(return_statement (class) @definition.class)

; `exports.f = `, `module.exports = `, `Type.prototype.m = `, `Type.m = `, `this.m = `: parse.py reads the receiver.
(assignment_expression
  left: (_ object: (_) @receiver property: (_) @name)
  right: [(arrow_function) (function_expression) (generator_function)] @value) @definition.function

; What a module binds. Few patterns start at the root: each is alive until the end of the file, at every node.
(program (lexical_declaration (variable_declarator) @definition.constant))
(program (variable_declaration (variable_declarator) @definition.variable))
(export_statement (lexical_declaration (variable_declarator) @definition.constant))
(export_statement (variable_declaration (variable_declarator) @definition.variable))

(export_statement) @wrap.head
(decorator) @prefix

(comment) @comment

; References.

(call_expression function: [(identifier) @reference.call (_ property: (_) @reference.call)])
(new_expression constructor: [(identifier) @reference.call (_ property: (_) @reference.call)])
(decorator [(identifier) @reference.use (_ property: (_) @reference.use)])
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
(export_statement !source (export_clause (_ name: (identifier) @reference.use)))
(export_statement value: (identifier) @reference.use)

; Imports. What stands for `import_clause`, `named_imports` and what is in them is told by its depth: `_` compiles faster.

(import_statement . source: (_ (string_fragment) @import.module))
(import_statement (_ (identifier) @import.default) source: (_ (string_fragment) @import.module))
(import_statement (_ (_ (identifier) @import.alias)) source: (_ (string_fragment) @import.module))
(import_statement (_ (_ (_ name: (_) @import.name alias: (identifier)? @import.alias)))
  source: (_ (string_fragment) @import.module))
(export_statement (_ (_ name: (_) @import.name alias: (_)? @import.alias)) source: (_ (string_fragment) @import.module))
(export_statement "*" @import.name source: (_ (string_fragment) @import.module))
(export_statement (namespace_export (_) @import.alias) source: (_ (string_fragment) @import.module))
(call_expression function: (import) arguments: (_ (string (string_fragment) @import.module)))
