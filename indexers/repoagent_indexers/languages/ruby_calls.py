"""What calls and assignments of Ruby define and import: `attr_reader :a`, `A = Struct.new`, `require "a"`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.languages.declared import Declared

if TYPE_CHECKING:
    from tree_sitter import Node

_ACCESSORS = {b"attr_accessor", b"attr_reader", b"attr_writer"}
_MORE_ACCESSORS = {b"attr", b"cattr_accessor", b"mattr_accessor", b"class_attribute"}
_METHODS = {b"define_method", b"alias_method", b"define_singleton_method", b"scope"}
_REQUIRES = {b"require", b"require_relative", b"load", b"require_dependency"}
_CLASSES = {b"Struct", b"Class", b"Module", b"Data"}
_MAKERS = {b"new", b"define"}


def made(call: Node, name: bytes) -> Iterator[Declared]:
    """What a call of a method of this name, on no receiver, defines."""
    given = _given(call)
    if name in _METHODS and given:
        body = call.child_by_field_name("block")
        labels = given[:1] if given[0].type == "simple_symbol" else _texts(given[0])
        yield from (Declared("method", label, body) for label in labels)
    elif name in _ACCESSORS or name in _MORE_ACCESSORS:
        for one in given:
            if one.type == "simple_symbol":
                yield Declared("property", one)
            elif name in _ACCESSORS:
                yield from (Declared("property", label) for label in _texts(one))


def imported(call: Node, name: bytes) -> Iterator[tuple[Node, Node | None]]:
    """The modules that such a call imports, and what from each, None for all that it says."""
    given = _given(call)
    if name in _REQUIRES and given:
        yield from ((module, None) for module in _texts(given[0]))
    elif name == b"autoload" and given and given[0].type == "simple_symbol":
        yield from ((module, given[0]) for one in given[1:] for module in _texts(one))


def assigned(assignment: Node, label: Node) -> Declared | None:
    """What an assignment to something that may be a definition defines."""
    around = assignment.parent
    match label.type:
        case "class_variable":
            is_field = around is not None and around.type == "body_statement"
            return Declared("field", label, is_outer=True) if is_field else None
        case "global_variable":
            return Declared("variable", label) if around is not None and around.type == "program" else None
    value = assignment.child_by_field_name("right") if label.type == "constant" else None
    if value is not None and value.type == "call" and _makes_class(value):
        return Declared("class", label, value.child_by_field_name("block"))
    return Declared("constant", label)


def _makes_class(call: Node) -> bool:
    of, method = call.child_by_field_name("receiver"), call.child_by_field_name("method")
    is_known = of is not None and of.type == "constant" and of.text in _CLASSES
    return is_known and method is not None and method.text in _MAKERS


def _given(call: Node) -> list[Node]:
    arguments = call.child_by_field_name("arguments")
    return [] if arguments is None else [one for one in arguments.named_children if one.type != "comment"]


def _texts(node: Node) -> list[Node]:
    """The pieces of a string."""
    return [one for one in node.named_children if one.type == "string_content"] if node.type == "string" else []
