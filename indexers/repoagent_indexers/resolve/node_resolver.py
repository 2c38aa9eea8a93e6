"""What analyses have in common that are asked of one name at a time, by its node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Generic

from repoagent_indexers.resolve.code_file import File, Files
from repoagent_indexers.resolve.meaning import Meaning, Place

if TYPE_CHECKING:
    from tree_sitter import Node


class NodeResolver(Generic[File]):
    """See `meaning.Resolver`."""

    def __init__(self, files: Files[File]) -> None:
        self._files = files
        self._meanings: dict[Place, Meaning | None] = {}

    def together(self, place: Place, name: str) -> frozenset[Place]:
        own = self._all_of(place)
        return own | {each for each in self._files.symbols(name) if not own.isdisjoint(self._all_of(each))}

    def _all_of(self, place: Place) -> frozenset[Place]:
        """A definition, and what its name means: what it hands on, what it stands in for."""
        found = self.meaning(place)
        return found.places | {place} if found is not None else frozenset({place})

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        for path in paths:
            file = self._files.get(path)
            for node in file.occurrences(name) if file is not None else ():
                place = Place(path, node.start_byte)
                if file is None or place in targets:
                    continue
                found = self.meaning(place)
                if found is None and self._may_mean(file, node):
                    yield place, Meaning(targets, "by name only")
                elif found is not None and place not in found.places and not found.places.isdisjoint(targets):
                    yield place, found

    def meaning(self, place: Place) -> Meaning | None:
        if place not in self._meanings:
            self._meanings[place] = None  # for what leads back here
            file = self._files.get(place.path)
            node = self._node_at(file, place.start) if file is not None else None
            self._meanings[place] = self._mean(file, node) if file is not None and node is not None else None
        return self._meanings[place]

    def imported(self, path: str) -> frozenset[str]:
        file = self._files.get(path)
        rows, strings = (file.facts.imports, file.facts.strings) if file is not None else ([], [])
        written = {strings[rows[at]] for at in range(0, len(rows), 4)}
        return frozenset(found for each in written if (found := self._imported_path(path, each)))

    def _node_at(self, file: File, start: int) -> Node | None:
        """The name that begins at a place."""
        raise NotImplementedError

    def _mean(self, file: File, node: Node) -> Meaning | None:
        """What a name means; None where that is not known."""
        raise NotImplementedError

    def _may_mean(self, file: File, node: Node) -> bool:
        """Whether a name of which nothing is known may mean a definition elsewhere."""
        raise NotImplementedError

    def _imported_path(self, importer: str, written: str) -> str:
        """The file that an import takes in; "" for none."""
        raise NotImplementedError
