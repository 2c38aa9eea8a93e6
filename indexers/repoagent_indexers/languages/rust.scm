(struct_item name: (type_identifier) @name body: (ordered_field_declaration_list)) @definition.struct @whole
(struct_item name: (type_identifier) @name) @definition.struct
(union_item name: (type_identifier) @name) @definition.union
(enum_item name: (type_identifier) @name) @definition.enum
(enum_variant name: (identifier) @name body: (ordered_field_declaration_list)) @definition.member @whole
(enum_variant name: (identifier) @name) @definition.member
(field_declaration name: (field_identifier) @name) @definition.field
(trait_item name: (type_identifier) @name) @definition.trait
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(mod_item name: (identifier) @name) @definition.module
(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(macro_definition name: (identifier) @name) @definition.macro
(impl_item type: (_) @name) @scope

(attribute_item) @prefix
(line_comment !inner) @comment
(block_comment !inner) @comment

(call_expression function: (identifier) @reference.call)
(call_expression function: (scoped_identifier name: (identifier) @reference.call))
(call_expression function: (field_expression field: (field_identifier) @reference.call))
(generic_function function: (identifier) @reference.call)
(generic_function function: (scoped_identifier name: (identifier) @reference.call))
(generic_function function: (field_expression field: (field_identifier) @reference.call))
(macro_invocation macro: (identifier) @reference.call)
(macro_invocation macro: (scoped_identifier name: (identifier) @reference.call))
(macro_invocation (token_tree (identifier) @reference.call . (token_tree . "(")))
(macro_invocation (token_tree (token_tree (identifier) @reference.call . (token_tree . "("))))
(macro_invocation (token_tree (token_tree (token_tree (identifier) @reference.call . (token_tree . "(")))))
(type_parameter name: (type_identifier) @local)
((type_identifier) @reference.type (#not-eq? @reference.type "Self"))
(scoped_identifier path: (identifier) @reference.use)
(arguments (identifier) @reference.use)
(arguments (scoped_identifier name: (identifier) @reference.use))
(match_pattern (scoped_identifier name: (identifier) @reference.use))
((attribute . (identifier) @_derive arguments: (token_tree (identifier) @reference.type)) (#eq? @_derive "derive"))

(use_declaration argument: (identifier) @import.module)
(use_declaration argument: (scoped_identifier) @import.path)
(use_declaration argument: (use_as_clause path: (identifier) @import.module alias: (identifier) @import.alias))
(use_as_clause path: (scoped_identifier) @import.path alias: (identifier) @import.alias)
(use_wildcard (_) @import.module "*" @import.name)
(use_list [(identifier) (self)] @import.name)
(use_list (scoped_identifier) @import.path)
(use_list (use_as_clause path: [(identifier) (self)] @import.name alias: (identifier) @import.alias))
(use_list (use_wildcard . "*" @import.name))
(scoped_use_list path: (_) @import.module) @import.group
(extern_crate_declaration name: (identifier) @import.module !alias)
(extern_crate_declaration name: (identifier) @import.module alias: (identifier) @import.alias)
