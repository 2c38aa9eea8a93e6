"""See `meaning.Resolver`, for Zig."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import OUTSIDE, Certainty, Meaning, Place
from repoagent_indexers.resolve.node_resolver import NodeResolver
from repoagent_indexers.resolve.zig.file import ZigFile, value_of
from repoagent_indexers.resolve.zig.values import FOREIGN, Many, Several, Values, things_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index
    from repoagent_indexers.resolve.zig.values import Value

_LABELS = frozenset({"block_label", "break_label"})
_MAX_ALIASES = 8


class ZigResolver(NodeResolver[ZigFile]):
    """What a name means; a declaration that only hands on one of its own name, `const A = b.A`, means both."""

    def __init__(self, index: Index) -> None:
        self._values = Values(index)
        super().__init__(self._values.files)

    def same(self, place: Place, name: str) -> frozenset[Place]:
        """A definition, what it hands on, and the declarations that hand it on under its name."""
        return self.together(place, name)

    def _node_at(self, file: ZigFile, start: int) -> Node | None:
        return file.node_at(start)

    def _may_mean(self, file: ZigFile, node: Node) -> bool:
        del file  # no name hides another: a bare one is known
        parent = node.parent
        return parent is not None and parent.type == "field_expression" and parent.child_by_field_name("member") == node

    def _imported_path(self, importer: str, written: str) -> str:
        return self._values.imported_path(importer, written)

    def _mean(self, file: ZigFile, node: Node) -> Meaning | None:
        parent, name = node.parent, file.text(node)
        if parent is None or parent.type in _LABELS:
            return OUTSIDE
        if parent.type == "field_expression" and parent.child_by_field_name("member") == node:
            return self._member(file, parent, name)
        if parent.type == "error_type":
            return self._error(name)
        if parent.type in {"container_field", "error_set_declaration"} and node.start_byte in file.numbers:
            return Meaning(frozenset({Place(file.path, node.start_byte)}), "resolved")
        label = file.declaration(node, name)
        if label is None:
            used = self._values.used(file, node, name)
            return self._at([(where, label) for where, label, _ in used]) if used else OUTSIDE
        return self._at([(file, label)])

    def _member(self, file: ZigFile, access: Node, name: str) -> Meaning | None:
        owner = access.child_by_field_name("object")
        held = self._held(file, access, owner)
        if held == FOREIGN or isinstance(held, Many):
            return OUTSIDE
        if things_of(held):
            found = self._at([(where, label) for where, label, _ in self._values.members(held, name)])
            certainty: Certainty = "probable" if isinstance(held, Several) else "resolved"
            return Meaning(found.places, certainty) if found.places else None
        return self._alone(name)

    def _held(self, file: ZigFile, access: Node, owner: Node | None) -> Value:
        """What a member is taken from: what stands before the dot, else what is expected there."""
        if owner is not None:
            return self._values.value(file, owner)
        listed = access.parent.parent if access.parent is not None else None
        is_field = access.parent is not None and access.parent.type == "assignment_expression"
        is_label = is_field and access.parent is not None and access.parent.child_by_field_name("left") == access
        if is_label and listed is not None and listed.type == "initializer_list":  # `.{ .name = value }`
            return self._values.value(file, listed.parent)
        return self._values.expected(file, access)

    def _error(self, name: str) -> Meaning | None:
        """`error.Name` is the same error as in every set that holds it."""
        found = {place for place in self._files.symbols(name) if self._is_error(place)}
        return Meaning(frozenset(found), "resolved") if found else OUTSIDE

    def _is_error(self, place: Place) -> bool:
        file = self._values.file(place.path)
        node = file.node_at(place.start) if file is not None else None
        return node is not None and node.parent is not None and node.parent.type == "error_set_declaration"

    def _alone(self, name: str) -> Meaning | None:
        """The only definition of a name."""
        found = self._files.symbols(name)
        return Meaning(frozenset(found), "probable") if len(found) == 1 else None

    def _at(self, labels: list[tuple[ZigFile, Node]]) -> Meaning:
        """Declared names, with what they hand on under the same name; an `@import` that hands one on is none itself."""
        places: set[Place] = set()
        symbols: set[Place] = set()
        waiting = list(labels)
        while waiting and len(places) < _MAX_ALIASES:
            file, label = waiting.pop()
            place = Place(file.path, label.start_byte)
            if place not in places:
                places.add(place)
                symbols |= {place} if place.start in file.numbers else set()
                waiting += self._handed_on(file, label)
        return Meaning(frozenset(symbols or places), "resolved")

    def _handed_on(self, file: ZigFile, label: Node) -> list[tuple[ZigFile, Node]]:
        """What `const name = other.name` names."""
        declaration = label.parent
        value = (
            value_of(declaration) if declaration is not None and declaration.type == "variable_declaration" else None
        )
        member = value.child_by_field_name("member") if value is not None and value.type == "field_expression" else None
        if value is None or member is None or file.text(member) != file.text(label):
            return []
        held = self._values.value(file, value.child_by_field_name("object"))
        return [(where, one) for where, one, _ in self._values.members(held, file.text(member))]
