"""What a declarator of C and C++ declares: `*(*f(int))[3]` is a function called f.

The tags query gives each declarator as a whole. As patterns, one a way to nest them, they took most of the time that
the query takes to compile, and went to a certain depth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repoagent_indexers.languages.declared import Declared

if TYPE_CHECKING:
    from tree_sitter import Node

_CALLED = {"identifier", "field_identifier", "qualified_identifier", "operator_name", "destructor_name"}
"""What functions are called, each by itself."""
_MEMBER_FUNCTIONS = {"field_identifier", "operator_name"}
_VARIABLES = {"identifier", "qualified_identifier"}
_TYPES = {"type_identifier", "primitive_type"}
_NAMES = _CALLED | _TYPES | {"operator_cast"}
_NOT_IN_BRACKETS = _CALLED - {"identifier"}
_AROUND = {"parenthesized_declarator", "reference_declarator", "attributed_declarator"}
"""Declarators around another that is no field of theirs."""
_UNNAMED = {"struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
_TEST = re.compile(rb"^(?:TYPED_)?TEST(?:_[A-Z]+)*$|TEST_CASE")
_TEST_OF_ONE = re.compile(rb"TEST_CASE|SCENARIO")


def declared(language: str, statement: Node, declarator: Node) -> Declared | None:
    """What a declarator in a statement declares, None for nothing that counts."""
    label, is_function = _named(declarator)
    if label is None:
        return None
    what = label.type
    if declarator.type == "parenthesized_declarator" and not (is_function and what in _CALLED):
        return None  # what a macro is given
    match statement.type:
        case "function_definition":
            if not is_function and not (label == declarator and what in {"operator_cast", "qualified_identifier"}):
                return None
            return _function(language, statement, declarator, label)
        case "declaration" if is_function or what == "operator_cast":
            return Declared("function", label) if what in _CALLED or label == declarator else None
        case "declaration":
            return Declared("variable", label, is_leaf=True) if what in _VARIABLES else None
        case "field_declaration" if is_function and language == "cpp":
            return Declared("function", label) if what in _MEMBER_FUNCTIONS else None
        case "field_declaration":
            return Declared("field", label, is_leaf=True) if what == "field_identifier" else None
        case _:  # a type_definition
            of = statement.child_by_field_name("type") if label == declarator and what == "type_identifier" else None
            if of is not None and of.type in _UNNAMED and of.child_by_field_name("name") is None:
                return Declared(_UNNAMED[of.type], label)
            return Declared("type", label, is_leaf=True) if what in _TYPES else None


def _named(declarator: Node) -> tuple[Node | None, bool]:
    """The name inside a declarator, and whether it is that of a function, not of something that leads to one."""
    node: Node | None = declarator
    is_function = False
    while node is not None and (kind := node.type) not in _NAMES:
        if kind == "template_function":
            return (node.child_by_field_name("name") if is_function else None), is_function
        if kind in _AROUND:
            is_function &= kind != "reference_declarator"
            inner = [one for one in node.named_children if one.type in _NAMES or one.type.endswith("_declarator")]
            node = inner[0] if inner else None
            if is_function and node is not None and node.type in _NOT_IN_BRACKETS:
                return None, False  # `MACRO((a::b), ...)` looks like a function
        else:
            is_function = kind == "function_declarator"
            node = node.child_by_field_name("declarator")
    return node, is_function


def _function(language: str, definition: Node, declarator: Node, label: Node) -> Declared | None:
    if language == "cpp" and label.type == "identifier" and definition.child_by_field_name("type") is None:
        name = label.text or b""
        if _TEST.search(name) or _TEST_OF_ONE.search(name):
            return _test(declarator, name)
    before = definition.child_by_field_name("body") if language == "cpp" else None
    while before is not None and before.type in {"compound_statement", "comment"}:
        before = before.prev_named_sibling
    is_list = before is not None and before.type == "field_initializer_list"
    return Declared("function", label, before if is_list else None)


def _test(declarator: Node, macro: bytes) -> Declared | None:
    """What a macro like `TEST(Suite, Name)` or `TEST_CASE(Name)` defines."""
    parameters = declarator.child_by_field_name("parameters")
    given = [] if parameters is None else parameters.named_children
    names = [one.child_by_field_name("type") for one in given if one.child_by_field_name("declarator") is None]
    types = [one for one in names if one is not None and one.type == "type_identifier"]
    if len(types) == len(given) == 2 and _TEST.search(macro):
        return Declared("test", types[1], receiver=types[0])
    if len(types) == len(given) == 1 and _TEST_OF_ONE.search(macro):
        return Declared("test", types[0])
    return None
