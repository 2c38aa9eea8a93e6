"""How Go writes what other languages of `typed` write otherwise: what variables are given, what braces leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tree_sitter import Node

_STATEMENTS = frozenset("short_var_declaration var_spec const_spec range_clause receive_statement".split())
MAKERS = frozenset({"new", "make"})
"""Functions of the language that give what their first argument names."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a variable, parameter or field is given."""

    how: Literal["type", "many", "value", "range"]
    """By its type, by that of each of many, by an expression, or by going through one."""
    node: Node
    place: int
    """Which of several values it is, from 0."""


def given(name: Node) -> Given | None:
    """What the variable, parameter or field is given that a name declares; None where that is not written."""
    listed = name.parent
    if listed is None:
        return None
    if (embedding := _embedding(name)) is not None:
        kind = embedding.child_by_field_name("type")
        return Given("type", kind, 0) if kind is not None else None
    names = [name]
    if listed.type == "expression_list" and listed.parent is not None:
        names, statement = listed.named_children, listed.parent
    else:
        statement = listed
        names = statement.children_by_field_name("name") or names
    if (kind := statement.child_by_field_name("type")) is not None:
        return Given("many" if statement.type == "variadic_parameter_declaration" else "type", kind, 0)
    if statement.type not in _STATEMENTS:
        return None
    place = next((n for n, each in enumerate(names) if each.id == name.id), 0)
    value = statement.child_by_field_name("value") or statement.child_by_field_name("right")
    if value is None:
        return _repeated(statement)
    if statement.type == "range_clause":
        return Given("range", value, place)
    if value.type != "expression_list":
        return Given("value", value, place)
    values = [each for each in value.named_children if each.type != "comment"]
    return Given("value", values[0], place) if len(values) == 1 else (
        Given("value", values[place], 0) if place < len(values) else None
    )  # fmt: skip


def _repeated(constant: Node) -> Given | None:
    """The type of a constant that stands below the one that it repeats."""
    at: Node | None = constant
    while at is not None and constant.type == "const_spec":
        if at.type == "const_spec" and at.child_by_field_name("value") is not None:
            kind = at.child_by_field_name("type")
            return Given("type", kind, 0) if kind is not None else None
        at = at.prev_named_sibling
    return None


def _embedding(name: Node) -> Node | None:
    """The field without a name of its own that a type's name stands for."""
    at = name.parent
    while at is not None and at.type in {"qualified_type", "generic_type", "pointer_type"}:
        at = at.parent
    if at is None or at.type != "field_declaration" or at.child_by_field_name("name") is not None:
        return None
    return at


def embedded(struct: Node) -> Iterator[tuple[Node, Node]]:
    """(the leaf that names it, its type) of all that a struct or an interface embeds."""
    for each in members(struct):
        kind = each.child_by_field_name("type") if each.type == "field_declaration" else None
        if each.type == "type_elem" and each.named_child_count == 1:
            kind = each.named_children[0]
        if kind is None or each.child_by_field_name("name") is not None:
            continue
        leaf = kind
        while leaf.named_child_count:
            leaf = leaf.child_by_field_name("name") or leaf.child_by_field_name("type") or leaf.named_children[-1]
        yield leaf, kind


def members(struct: Node) -> list[Node]:
    """The fields, methods and embedded types of a struct or an interface, or of a type that is one."""
    kind = struct if struct.type in {"struct_type", "interface_type"} else struct.child_by_field_name("type")
    if kind is None or kind.type not in {"struct_type", "interface_type"}:
        return []
    if kind.type == "interface_type":
        return kind.named_children
    return [each for listed in kind.named_children for each in listed.named_children]


def is_new_type(definition: Node) -> bool:
    """Whether a definition makes a type of its own, with its own methods: `type A B`, not `type A = B`."""
    return definition.type == "type_spec"


def around_elements(literal: Node) -> tuple[Node | None, bool]:
    """The braces around braces whose type is left out, and whether these are the key of a pair."""
    element = literal.parent
    around = element.parent if element is not None and element.type == "literal_element" else None
    if around is None or around.type != "keyed_element":
        return around, False
    assert element is not None
    return around.parent, around.named_children[0].id == element.id


def case_types(declared: Node, use: Node) -> list[Node] | None:
    """The types of the case in which a variable of a type switch is used; None for any other variable."""
    switch = declared.parent.parent if declared.parent is not None else None
    if switch is None or switch.type != "type_switch_statement":
        return None
    at: Node | None = use
    while at is not None and at.parent is not None and at.parent.id != switch.id:
        at = at.parent
    return at.children_by_field_name("type") if at is not None and at.type == "type_case" else []


def result(listed: Node, place: int) -> Node | None:
    """The type of one of several results."""
    kinds = [
        each.child_by_field_name("type") or each
        for each in listed.named_children
        for _ in each.children_by_field_name("name") or (each,)
    ]
    return kinds[place] if place < len(kinds) else None


def seen_from(name: Node) -> int:
    """From where on a name is seen that a statement declares: behind it; -1 for what is seen everywhere."""
    at = name.parent
    for _ in range(2):
        if at is None:
            break
        if at.type in _STATEMENTS:
            return at.end_byte
        at = at.parent
    return -1
