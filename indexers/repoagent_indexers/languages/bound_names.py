"""What declarations of Swift, Scala and Haskell define, of which a word or their place says what kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.languages.declared import Declared

if TYPE_CHECKING:
    from tree_sitter import Node

_TYPES = {"class": "class", "actor": "class", "struct": "struct", "enum": "enum", "extension": "extension"}
_FILE, _CLASS, _ENUM = "source_file", "class_body", "enum_class_body"
_TUPLES = {"identifiers", "tuple_pattern"}


def bound(declaration: Node) -> Iterator[Declared]:
    """What a declaration defines; nothing where it stands in a function."""
    around = declaration.parent
    if declaration.type == "class_declaration":
        yield from _types(declaration)
    elif declaration.type == "pattern_synonym":
        yield from _pattern(declaration)
    elif around is not None:
        of = _properties if declaration.type == "property_declaration" else _values
        yield from of(declaration, around.type)


def _types(declaration: Node) -> Iterator[Declared]:
    """Swift: `class A`, `actor A`, `struct A`, `enum A`, `extension A.B`."""
    word = declaration.child_by_field_name("declaration_kind")
    kind = _TYPES.get(word.type, "") if word is not None else ""
    for label in declaration.children_by_field_name("name"):
        if kind == "extension" or (kind and label.type == "type_identifier"):
            yield Declared(kind, label)


def _properties(declaration: Node, place: str) -> Iterator[Declared]:
    """Swift: `let a = 1`, `var a, b: Int`, `let (a, b) = f()`, and with a body `var a: Int { 1 }`."""
    if place not in {_FILE, _CLASS, _ENUM}:
        return
    kind = ("constant" if _is_let(declaration) else "variable") if place == _FILE else "property"
    bodies = declaration.children_by_field_name("computed_value")
    observers = [one for one in declaration.named_children if one.type == "willset_didset_block"]
    for pattern in declaration.children_by_field_name("name"):
        if pattern.type != "pattern":
            continue
        for label in pattern.children_by_field_name("bound_identifier"):
            if label.type == "simple_identifier":
                body = _behind(label, bodies)
                if body is not None:
                    yield Declared("variable" if place == _FILE else kind, label, body)
                else:
                    yield Declared(kind, label, _behind(label, observers) if place == _CLASS else None)
        for part in pattern.named_children if place != _ENUM else ():
            if part.type == "pattern":
                yield from (Declared(kind, one) for one in part.named_children if one.type == "simple_identifier")


def _is_let(declaration: Node) -> bool:
    bindings = (one for one in declaration.named_children if one.type == "value_binding_pattern")
    words = (one.child_by_field_name("mutability") for one in bindings)
    return any(word is not None and word.type == "let" for word in words)


def _behind(label: Node, bodies: list[Node]) -> Node | None:
    return next((body for body in bodies if body.start_byte > label.start_byte), None)


def _values(declaration: Node, place: str) -> Iterator[Declared]:
    """Scala: `val a = 1`, `val a, b: Int`, `val (a, b) = f()`."""
    is_single = place in {"with_template_body", "enum_body"}
    is_definition = declaration.type in {"val_definition", "var_definition"}
    if is_single and declaration.type != "val_definition":
        return
    if not (is_single or place == "template_body" or (place == "compilation_unit" and is_definition)):
        return
    kind = "variable" if place == "compilation_unit" else "field"
    for pattern in declaration.children_by_field_name("pattern" if is_definition else "name"):
        labels = pattern.named_children if pattern.type in _TUPLES and is_definition and not is_single else [pattern]
        yield from (Declared(kind, label) for label in labels if label.type == "identifier")


def _pattern(declaration: Node) -> Iterator[Declared]:
    """Haskell: `pattern A x y = B x y`, `pattern x :> y <- C x y`, `pattern R {a} = D a`."""
    for equation in declaration.named_children:
        label = equation.child_by_field_name("synonym") if equation.type == "equation" else None
        while label is not None and label.type in _HEADS:
            label = label.child_by_field_name(_HEADS[label.type])
        if label is not None and label.type in {"constructor", "constructor_operator"}:
            yield Declared("function", label)


_HEADS = {"apply": "function", "infix": "operator", "record": "constructor"}
"""How a pattern is written that is given a name -> where its name is."""
