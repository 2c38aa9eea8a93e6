"""Where local variables of Ruby are bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.ruby.file import CLOSURES, METHODS, MODULES, RubyFile, around
from repoagent_indexers.resolve.ruby.known import Local

if TYPE_CHECKING:
    from tree_sitter import Node

BOUNDARIES = METHODS | MODULES | {"singleton_class", "program"}
_PARAMETERS = frozenset({"method_parameters", "block_parameters", "lambda_parameters"})


class Locals:
    """The local variables of all files that were asked about."""

    def __init__(self) -> None:
        self._bound: dict[tuple[str, int, str], list[tuple[int, int, Local]]] = {}

    def bound(self, file: RubyFile, name: Node) -> list[Local] | None:
        """Where the local variable of a name is bound; None where it is none, but a method that is called."""
        said = file.text(name)
        within = boundary(file, name)
        key = (file.path, within.start_byte, said)
        if key not in self._bound:
            self._bound[key] = list(_bindings(file, within, said))
        found = [each for start, end, each in self._bound[key] if start <= name.start_byte < end]
        before = [each for each in found if each.node.start_byte <= name.start_byte]
        return before or None


def boundary(file: RubyFile, node: Node) -> Node:
    """The method, the module or the file whose local variables may stand at a node."""
    return next((each for each in around(node) if each.type in BOUNDARIES), file.root)


def _bindings(file: RubyFile, boundary: Node, name: str) -> Iterator[tuple[int, int, Local]]:
    """Where a name is bound inside of a method, a module's body or a file: between which places it is to be seen."""
    for node in file.mentions(name, boundary.start_byte, boundary.end_byte):
        found = _binding(node)
        closure = next((each for each in around(node) if each.type in CLOSURES or each.type in BOUNDARIES), None)
        if found is not None and closure is not None and _is_within(closure, boundary):
            yield closure.start_byte, closure.end_byte, found


def _is_within(closure: Node, boundary: Node) -> bool:
    """Whether what a name is bound in belongs to the same method or body."""
    if closure == boundary:
        return True
    if closure.type not in CLOSURES:
        return False
    inner = next((each for each in around(closure) if each.type in BOUNDARIES), None)
    return inner == boundary if inner is not None else boundary.parent is None  # a broken file is no `program`


def _binding(node: Node) -> Local | None:
    parent = node.parent
    if parent is None or node.type not in {"identifier", "hash_key_symbol"}:
        return None
    match parent.type:
        case "assignment" if parent.child_by_field_name("left") == node:
            return Local(node, parent.child_by_field_name("right"))
        case "operator_assignment" if parent.child_by_field_name("left") == node:
            return Local(node, parent.child_by_field_name("right"))
        case "left_assignment_list" | "rest_assignment" | "destructured_left_assignment":
            return Local(node, None)
        case "exception_variable":
            return Local(node, None)
        case "for" if parent.child_by_field_name("pattern") == node:
            return Local(node, None)
        case "keyword_pattern" | "array_pattern" | "as_pattern" | "find_pattern" | "in_clause" | "match_pattern":
            return Local(node, None) if parent.child_by_field_name("value") != node else None
        case kind if kind in _PARAMETERS:
            return Local(node, None, parent)
        case kind if kind.endswith("_parameter") and parent.child_by_field_name("value") != node:
            listed = next((each for each in around(node) if each.type in _PARAMETERS), None)
            return Local(node, parent.child_by_field_name("value"), listed) if listed is not None else None
    return None
