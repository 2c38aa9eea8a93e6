"""How grammars write what resolution looks at: members, calls, new objects, types, loops. Tables, one row a node."""

from __future__ import annotations

MEMBER = {
    "member_expression": ("object", "property"),
    "nested_type_identifier": ("module", "name"),
    "nested_identifier": ("object", "property"),
    "field_expression": ("argument|value", "field"),
    "qualified_identifier": ("scope", "name"),
    "method_invocation": ("object", "name"),
    "field_access": ("object", "field"),
    "method_reference": ("0", "1"),
    "scoped_type_identifier": ("path|0", "name|1"),
    "scoped_identifier": ("scope|path", "name"),
    "member_access_expression": ("expression|object", "name"),
    "qualified_name": ("qualifier|0", "name|1"),
    "member_call_expression": ("object", "name"),
    "nullsafe_member_call_expression": ("object", "name"),
    "nullsafe_member_access_expression": ("object", "name"),
    "scoped_call_expression": ("scope", "name"),
    "scoped_property_access_expression": ("scope", "name"),
    "class_constant_access_expression": ("0", "1"),
    "selector_expression": ("operand", "field"),
    "qualified_type": ("package", "name"),
    "conditional_access_expression": ("condition", "1"),
    "navigation_expression": ("0", "1"),
}
"""Node that takes a member -> the fields (or positions of named children) of what it is taken from, and of its name."""

CALL = {
    "call_expression": "function",
    "invocation_expression": "function",
    "function_call_expression": "function",
    "method_invocation": "",
    "member_call_expression": "",
    "nullsafe_member_call_expression": "",
    "scoped_call_expression": "",
}
"""Node of a call -> the field of what is called; "" where the node itself names it."""

NEW = {
    "new_expression": "constructor|type",
    "object_creation_expression": "type|0",
    "composite_literal": "type",
    "struct_expression": "name",
    "compound_literal_expression": "type|0",
}

INNER = frozenset(
    "parenthesized_expression await_expression non_null_expression pointer_expression reference_expression "
    "unary_expression try_expression spread_element expression_statement conversion_expression "
    "type_annotation parenthesized_type readonly_type pointer_type reference_type nullable_type optional_type "
    "type_descriptor const_type mutable_specifier constraint annotated_type ref_type variadic_parameter "
    "rest_pattern trait_bounds named_type abstract_type dynamic_type impl_type ref_expression prefix_unary_expression "
    "type_elem type_constraint".split()
)
"""Nodes that stand for what they hold, as far as a type goes."""
ARRAYS = frozenset({"array_type", "slice_type", "implicit_length_array_type"})
UNIONS = frozenset({"union_type", "intersection_type", "disjunctive_normal_form_type", "catch_type"})
BOTH = {
    "ternary_expression": ("consequence", "alternative"),
    "conditional_expression": ("consequence", "alternative"),
    "binary_expression": ("left", "right"),
}
"""Nodes that are one thing or the other."""
CASTS = frozenset(
    "as_expression satisfies_expression cast_expression type_assertion type_assertion_expression "
    "type_cast_expression type_conversion_expression".split()
)
ITEMS = frozenset(
    "Array ReadonlyArray Set ReadonlySet Iterable Iterator "
    "IterableIterator AsyncIterable Generator AsyncGenerator List "
    "ArrayList LinkedList Collection IEnumerable IList ICollection "
    "IReadOnlyList IReadOnlyCollection HashSet ISet Queue "
    "Deque Stack Stream Vec VecDeque vector list set deque array span Iterable Optional Option".split()
)
"""Types whose first argument is what they hold many of."""
HOLDERS = frozenset(
    "Promise PromiseLike Awaited Partial Required Readonly NonNullable Box Rc "
    "Arc RefCell Cell Mutex RwLock Pin Ref Result "
    "unique_ptr shared_ptr weak_ptr optional atomic Optional Option "
    "Task ValueTask Future CompletableFuture Supplier Lazy "
    "Provider AtomicReference WeakReference Ref MutableRefObject RefObject Omit Pick Exclude Extract NoInfer".split()
)
"""Types through which one sees what they hold: awaiting, dereferencing, unwrapping."""
SELF = frozenset({"this", "self", "this_expression"})
"""Nodes that are the object whose code they stand in."""
SELF_NAMES = {
    "php": frozenset({"$this", "self", "static"}),
    "rust": frozenset({"self", "Self"}),
    "go": frozenset[str](),
}
"""Words for that, or for its type, by language; elsewhere `this` alone."""
SUPER = frozenset({"super", "super_expression", "base_expression"})
SUPER_NAMES = {"php": "parent", "csharp": "base", "c": "", "cpp": "", "go": "", "rust": ""}
"""The word for what it is derived from, by language; elsewhere `super`."""
HERITAGE = frozenset(
    "class_heritage extends_clause implements_clause extends_type_clause "
    "superclass super_interfaces extends_interfaces "
    "base_class_clause base_list base_clause class_interface_clause trait_bounds use_declaration".split()
)
"""Nodes of a type's header that name what it is derived from."""
TYPE_NAMES = frozenset(
    "type_identifier identifier name namespace_name simple_identifier constant property_identifier package_identifier "
    "namespace_identifier field_identifier shorthand_property_identifier destructor_name variable_name "
    "shorthand_property_identifier_pattern private_property_identifier relative_scope".split()
)
