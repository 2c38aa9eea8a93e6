"""One file of Lua: where names stand, and which `local`, parameter or loop declares one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import SYMBOL_WIDTH, Facts
from repoagent_indexers.resolve.code_file import CodeFile
from repoagent_indexers.resolve.syntax import first_part, last_part, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

FUNCTIONS = frozenset({"function_declaration", "function_definition"})
INDEXING = frozenset({"dot_index_expression", "method_index_expression"})


class LuaFile(CodeFile):
    """A file, parsed when its code is first looked at."""

    def __init__(self, path: str, language: str, content: bytes, facts: Facts) -> None:
        super().__init__(path, language, content, facts)
        self._declared: dict[int, list[tuple[str, Node]]] = {}

    @cached_property
    def receivers(self) -> frozenset[str]:
        """The names of tables that functions are put into: `List` of `function List:add()`."""
        return frozenset(self.facts.strings[at] for at in self.facts.symbols[2::SYMBOL_WIDTH])

    def node_at(self, start: int) -> Node | None:
        """The name that begins at a place."""
        node = self.root.descendant_for_byte_range(start, start + 1)
        is_name = node is not None and node.start_byte == start and node.type in {"identifier", "string_content"}
        return node if is_name else None

    def declaration(self, node: Node, name: str) -> Node | None:
        """The name by which the innermost scope around a node declares a local; None for a global."""
        child, at = node, node.parent
        while at is not None:
            seen = [
                label for said, label in self._declared_in(at)
                if said == name and (label.start_byte == node.start_byte or _is_seen(label, node, child))
            ]  # fmt: skip
            if seen:
                return seen[-1]
            child, at = at, at.parent
        return None

    def _declared_in(self, scope: Node) -> list[tuple[str, Node]]:
        if scope.id not in self._declared:
            self._declared[scope.id] = [(self.text(label), label) for label in _labels(scope)]
        return self._declared[scope.id]


def _labels(scope: Node) -> Iterator[Node]:
    for child in scope.named_children:
        if child.type == "variable_declaration":
            listed = first_part(child)
            if listed is not None and listed.type == "assignment_statement":
                listed = first_part(listed)
            yield from (each for each in (listed.named_children if listed else ()) if each.type == "identifier")
        elif child.type == "function_declaration" and child.children[0].type == "local":
            if (label := child.child_by_field_name("name")) is not None:
                yield label
        elif child.type in {"parameters", "for_numeric_clause"}:
            yield from (each for each in child.named_children if each.type == "identifier")
        elif child.type == "for_generic_clause":
            yield from (each for each in parts_of(first_part(child)) if each.type == "identifier")


def _is_seen(label: Node, node: Node, child: Node) -> bool:
    """Whether a declaration is seen from a node inside of a child of its scope: a `local` only behind itself."""
    if label.start_byte > node.start_byte:
        return False
    owner = label.parent
    is_value = (
        owner is not None and owner.type == "variable_list" and child.start_byte <= label.start_byte < child.end_byte
    )
    return not is_value or child.type.startswith("for_")


def value_at(label: Node) -> tuple[Node | None, int]:
    """The expression that is assigned to a name, and which of its results; None where none is."""
    listed = label.parent
    statement = listed.parent if listed is not None and listed.type == "variable_list" else None
    if listed is None or statement is None or statement.type != "assignment_statement":
        return None, 0
    names, listed_values = parts_of(listed), last_part(statement)
    values = parts_of(listed_values) if listed_values is not None and listed_values.type == "expression_list" else []
    at = [each.id for each in names].index(label.id)
    if at < len(values):
        return values[at], 0
    return (values[-1], at - len(values) + 1) if values else (None, 0)
