"""See `meaning.Resolver`, for Lua."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.lua.file import INDEXING, LuaFile, value_at
from repoagent_indexers.resolve.lua.values import FOREIGN, Table, Values
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.node_resolver import NodeResolver

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_MAX_ALIASES = 8


class LuaResolver(NodeResolver[LuaFile]):
    """What a name means; a local that hands on what bears its name, `local f = m.f`, means both."""

    def __init__(self, index: Index) -> None:
        self._values = Values(index)
        super().__init__(self._values.files)
        self._open: list[Place] = []
        """What is being followed from one that hands it on to the next."""

    def same(self, place: Place, name: str) -> frozenset[Place]:
        """All places that define what one does: a local declared first and assigned later, a member defined twice."""
        found = self.meaning(place)
        own = found.places | {place} if found is not None else frozenset({place})
        again = (each for each in self._values.symbols(name) if each.path == place.path and each not in own)
        return own | {each for each in again if (other := self.meaning(each)) and not other.places.isdisjoint(own)}

    def _node_at(self, file: LuaFile, start: int) -> Node | None:
        return file.node_at(start)

    def _may_mean(self, file: LuaFile, node: Node) -> bool:
        return _is_member(node) or file.declaration(node, file.text(node)) is None

    def _imported_path(self, importer: str, written: str) -> str:
        return self._values.module_path(importer, written)

    def _mean(self, file: LuaFile, node: Node) -> Meaning | None:
        name, place = file.text(node), Place(file.path, node.start_byte)
        if _is_member(node):
            return self._member(file, node, name)
        if (
            node.parent is not None
            and node.parent.type in {"field", "string"}
            and node.parent.child_by_field_name("value") != node
        ):
            return Meaning(frozenset({place}), "resolved") if place.start in file.numbers else OUTSIDE
        label = file.declaration(node, name)
        if label is not None:
            own = self._with_what_it_hands_on(Place(file.path, label.start_byte))
            return Meaning(own | self._assigned(file, label, name), "resolved")
        places = [each for each in self._values.symbols(name) if self._values.is_global(each)]
        here = frozenset(each for each in places if each.path == file.path)
        if here:
            return Meaning(here, "resolved")
        if len(places) == 1:
            return Meaning(frozenset(places), "probable")
        return None if places else OUTSIDE

    def _member(self, file: LuaFile, node: Node, name: str) -> Meaning | None:
        held = self._values.value(file, node.parent.child_by_field_name("table")) if node.parent is not None else None
        if held == FOREIGN:
            return OUTSIDE
        if isinstance(held, Table) and (places := self._values.members(held, name)):
            return Meaning(
                frozenset(each for place in places for each in self._with_what_it_hands_on(place)), "resolved"
            )
        if node.start_byte in file.numbers:
            return Meaning(frozenset({Place(file.path, node.start_byte)}), "resolved")
        places = self._values.symbols(name)
        return Meaning(frozenset(places), "probable") if len(places) == 1 else None

    def _with_what_it_hands_on(self, place: Place) -> frozenset[Place]:
        """A definition, and what it hands out under its own name: `M.name = name`, `M.name = other.name`."""
        file = self._values.file(place.path)
        node = file.node_at(place.start) if file is not None else None
        label = node.parent if node is not None and _is_member(node) else node
        value, which = value_at(label) if label is not None else (None, 0)
        if file is None or node is None or value is None or which:
            return frozenset({place})
        named = value.child_by_field_name("field") if value.type in INDEXING else value
        if named is None or named.type != "identifier" or named.text != node.text or len(self._open) > _MAX_ALIASES:
            return frozenset({place})
        self._open.append(place)
        try:
            found = self._mean(file, named) if place not in self._open[:-1] else None
        finally:
            self._open.pop()
        return frozenset({place, *(found.places if found is not None and found.certainty == "resolved" else ())})

    def _assigned(self, file: LuaFile, label: Node, name: str) -> frozenset[Place]:
        """The functions that are assigned to a local after it is declared."""
        return frozenset(
            each for each in self._values.symbols(name)
            if each.path == file.path and (node := file.node_at(each.start)) is not None and not _is_member(node)
            and file.declaration(node, name) == label
        )  # fmt: skip


def _is_member(node: Node) -> bool:
    """Whether a name is taken from a table."""
    parent = node.parent
    return parent is not None and parent.type in INDEXING and parent.child_by_field_name("table") != node
