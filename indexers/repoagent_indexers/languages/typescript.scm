; What TypeScript adds to ecmascript.scm.

(class_declaration) @definition.class
(abstract_class_declaration) @definition.class
(interface_declaration) @definition.interface
(enum_declaration) @definition.enum
(type_alias_declaration) @definition.type
(function_signature) @definition.function
(internal_module) @definition.namespace
(module) @definition.module
(ambient_declaration "global" @name (statement_block) @body) @definition.namespace

(enum_body name: (_) @name @definition.member)
(enum_assignment) @definition.member

(abstract_method_signature ["get" "set"] name: (_) @name) @definition.property
(abstract_method_signature) @definition.method
(class_body (method_signature) @definition.method)
(interface_body (method_signature ["get" "set"] name: (_) @name) @definition.property)
(interface_body (method_signature) @definition.method)
(interface_body (property_signature) @definition.property)
(type_alias_declaration value: (object_type (method_signature) @definition.method))
(type_alias_declaration value: (object_type (property_signature) @definition.property))
(union_type (object_type (method_signature) @definition.method @outer))
(union_type (object_type (property_signature) @definition.property @outer))
(intersection_type (object_type (method_signature) @definition.method @outer))
(intersection_type (object_type (property_signature) @definition.property @outer))
(public_field_definition) @definition.field @valued
(required_parameter [(accessibility_modifier) "readonly"] pattern: (identifier) @name) @definition.field
(optional_parameter [(accessibility_modifier) "readonly"] pattern: (identifier) @name) @definition.field

; What a namespace or a declaration file binds; what it exports is in ecmascript.scm.
(internal_module body: (statement_block (lexical_declaration (variable_declarator) @definition.constant)))
(module body: (statement_block (lexical_declaration (variable_declarator) @definition.constant)))
(ambient_declaration (statement_block (lexical_declaration (variable_declarator) @definition.constant)))
(ambient_declaration (statement_block (variable_declaration (variable_declarator) @definition.variable)))
(ambient_declaration (lexical_declaration (variable_declarator) @definition.constant))
(ambient_declaration (variable_declaration (variable_declarator) @definition.variable))

(ambient_declaration) @wrap.head

; References.

(type_identifier) @reference.type
(type_parameter name: (type_identifier) @local)
(nested_type_identifier module: (identifier) @reference.use)
(class_heritage (extends_clause value: [
  (identifier) @reference.type
  (_ property: (_) @reference.type)
]))
(type_query [(identifier) @reference.use (_ property: (_) @reference.use)])
(as_expression (identifier) @reference.use)

; Imports.

(import_statement (import_require_clause (identifier) @import.alias source: (string (string_fragment) @import.module)))
(export_statement "=" (identifier) @reference.use)
