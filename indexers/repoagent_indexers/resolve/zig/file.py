"""One file of Zig: where names stand, and what is declared in its blocks and containers.

A file is a struct. No name hides another (https://ziglang.org/documentation/master/#Shadowing), so what a bare name
means is the one declaration around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.resolve.code_file import CodeFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

CONTAINERS = frozenset(
    "source_file struct_declaration enum_declaration union_declaration opaque_declaration error_set_declaration".split()
)
DECLARING = frozenset({"const", "var"})
_QUOTED = b'@"'


class ZigFile(CodeFile):
    """A file, parsed when its code is first looked at."""

    def __init__(self, path: str, language: str, content: bytes, facts: Facts) -> None:
        super().__init__(path, language, content, facts)
        self._members: dict[int, dict[str, list[Node]]] = {}
        self._locals: dict[int, dict[str, list[Node]]] = {}

    def node_at(self, start: int) -> Node | None:
        """The name that begins at a place."""
        node = self.root.descendant_for_byte_range(start, start + 1)
        return node if node is not None and node.start_byte == start and node.type == "identifier" else None

    def members(self, container: Node) -> dict[str, list[Node]]:
        """Name -> the names of the fields and declarations of a container that bear it."""
        if container.id not in self._members:
            found: dict[str, list[Node]] = {}
            for child in container.named_children:
                if child.type == "identifier" and container.type == "error_set_declaration":
                    found.setdefault(self.text(child), []).append(child)
                elif child.type in {"container_field", "function_declaration"}:
                    if (label := child.child_by_field_name("name")) is not None:
                        found.setdefault(self.text(label), []).append(label)
                elif child.type == "variable_declaration":
                    for label in declared_by(child):
                        found.setdefault(self.text(label), []).append(label)
            self._members[container.id] = found
        return self._members[container.id]

    def declaration(self, node: Node, name: str) -> Node | None:
        """The name that the innermost scope around a node declares; None where none does."""
        child, at = node, node.parent
        while at is not None:
            if at.type in CONTAINERS:
                for label in self.members(at).get(name, ()):
                    if label.parent is None or label.parent.type != "container_field":
                        return label
            else:
                seen = [one for one in self._declared_in(at).get(name, ()) if _is_seen(one, node, child)]
                if seen:
                    return max(seen, key=lambda one: one.start_byte)
            child, at = at, at.parent
        return None

    def _declared_in(self, scope: Node) -> dict[str, list[Node]]:
        """Name -> what a block, a function or a statement with a payload declares."""
        if scope.id not in self._locals:
            found: dict[str, list[Node]] = {}
            for label in _labels_in(scope):
                found.setdefault(self.text(label), []).append(label)
            self._locals[scope.id] = found
        return self._locals[scope.id]


def declared_by(declaration: Node) -> list[Node]:
    """The names that `const a = ...` or `const a, var b = ...` declares; none of an assignment."""
    found: list[Node] = []
    is_declaring = False
    for child in declaration.children:
        if child.type in DECLARING:
            is_declaring = True
        elif child.type in {"=", ":"}:
            break
        elif is_declaring and child.type == "identifier":
            found.append(child)
            is_declaring = False
    return found


def value_of(declaration: Node) -> Node | None:
    """What stands behind the equals sign of a declaration or an assignment."""
    children = declaration.children
    at = next((n for n, child in enumerate(children) if child.type == "="), None)
    return next((child for child in children[at + 1 :] if child.is_named), None) if at is not None else None


def around(node: Node, kinds: frozenset[str]) -> Node | None:
    """The innermost node of some kinds around a node."""
    at = node.parent
    while at is not None and at.type not in kinds:
        at = at.parent
    return at


def _labels_in(scope: Node) -> Iterator[Node]:
    for child in scope.named_children:
        if child.type == "variable_declaration":
            yield from declared_by(child)
        elif child.type == "comptime_statement":
            yield from _labels_in(child)
        elif child.type == "payload":
            yield from (each for each in child.named_children if each.type == "identifier")
        elif child.type == "parameters" and scope.type == "function_declaration":
            for parameter in child.named_children:
                label = parameter.child_by_field_name("name") if parameter.type == "parameter" else None
                if label is not None:
                    yield label


def _is_seen(label: Node, node: Node, child: Node) -> bool:
    """Whether a declaration of a scope is seen from a node in one of the scope's children."""
    if label.start_byte == node.start_byte:
        return True
    owner = label.parent
    if owner is not None and owner.type == "payload":  # `if (x) |a| ... else |b| ...` holds two
        return child.start_byte > owner.start_byte and child.type != "payload"
    if owner is not None and owner.type == "variable_declaration":
        return label.start_byte < node.start_byte and child != owner
    return True
