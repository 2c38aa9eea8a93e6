"""What modules of Node import by `require` and give out by `exports`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.languages.declared import Declared

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTION_VALUES = {"arrow_function", "function_expression", "generator_function", "class", "function_definition"}
NO_VALUES = {"identifier", "unary_expression", "assignment_expression"}
"""What defines nothing: `exports.a = a` gives out what is defined elsewhere."""


class Required(NamedTuple):
    """One import."""

    module: Node
    name: Node | None = None
    alias: Node | None = None


def required(call: Node) -> Iterator[Required]:
    """What a call of `require` imports: the module, and what of it is bound to a name."""
    arguments = call.child_by_field_name("arguments")
    strings = [] if arguments is None else [one for one in arguments.named_children if one.type == "string"]
    for module in (part for one in strings for part in one.named_children if part.type == "string_fragment"):
        yield from (Required(module, name, alias) for name, alias in _bound(call))
        yield Required(module)


def _bound(call: Node) -> Iterator[tuple[Node | None, Node | None]]:
    """Of what a variable, or several, are bound to: its name in the module, None for all of it, and the name here."""
    around = call.parent
    name: Node | None = None
    if around is not None and around.type == "member_expression" and around.child_by_field_name("object") == call:
        name = around.child_by_field_name("property")
        call, around = around, around.parent
        if name is None or name.type != "property_identifier":
            return
    if around is None or around.type != "variable_declarator" or around.child_by_field_name("value") != call:
        return
    label = around.child_by_field_name("name")
    if label is not None and label.type == "identifier":
        yield name, label
    elif label is not None and label.type == "object_pattern" and name is None:
        for one in label.named_children:
            if one.type == "shorthand_property_identifier_pattern":
                yield one, None
            elif one.type == "pair_pattern":
                key, value = one.child_by_field_name("key"), one.child_by_field_name("value")
                if key is not None and value is not None and (key.type, value.type) == _RENAMED:
                    yield key, value


_RENAMED = ("property_identifier", "identifier")


def exported(assignment: Node) -> Declared | None:
    """What an assignment to a property of `exports`, or to `module.exports`, defines."""
    left, value = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
    of, name = (None, None) if left is None else (left.child_by_field_name(part) for part in ("object", "property"))
    if value is None or of is None or name is None or name.type != "property_identifier":
        return None
    body = value.child_by_field_name("body") if value.type in FUNCTION_VALUES else None
    if name.text == b"exports":
        label = value.child_by_field_name("name") if value.type == "function_expression" else None
        return None if label is None else Declared("function", label, body)
    around = assignment.parent
    is_own = of.type == "identifier" and of.text == b"exports" and value.type not in NO_VALUES
    is_statement = around is not None and around.type == "expression_statement"
    return Declared("variable", name, body) if is_own and is_statement else None
