"""What a name means in a language without an analysis of its own: by name, careful with what several define."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import REFERENCE_KINDS, REFERENCE_WIDTH, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.resolve.meaning import Meaning, Place

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_TYPES = frozenset({"class", "struct", "interface", "trait", "enum", "module", "protocol", "type", "object"})


class PlainResolver:
    """See `meaning.Resolver`. A definition in the same file is likely meant, else the only one that fits."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        self.index = index
        self.languages = languages
        self._known: dict[tuple[str, bool], list[Place]] = {}

    def same(self, place: Place, name: str) -> frozenset[Place]:
        """Those of one file with one qualified name."""
        found = {place}
        facts = self._facts(place.path)
        starts = facts.symbols[10::SYMBOL_WIDTH] if facts is not None else []
        own = next((n for n, start in enumerate(starts) if start == place.start), None)
        for number, start in enumerate(starts):
            if facts is None or own is None or facts.symbol_name(number) != name:
                continue
            if facts.qualified_name(number) == facts.qualified_name(own):
                found.add(Place(place.path, start))
        return frozenset(found)

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        for path in paths:
            facts = self._facts(path)
            rows = facts.references if facts is not None else []
            for at in range(0, len(rows), REFERENCE_WIDTH):
                assert facts is not None
                place = Place(path, rows[at + 4])
                if facts.strings[rows[at + 1]] != name or place in targets:
                    continue
                found = self._meaning(path, name, REFERENCE_KINDS[rows[at]])
                if found is None:
                    yield place, Meaning(targets, "by name only")
                elif not found.places.isdisjoint(targets):
                    yield place, found

    def meaning(self, place: Place) -> Meaning | None:
        facts = self._facts(place.path)
        rows = facts.references if facts is not None else []
        for at in range(0, len(rows), REFERENCE_WIDTH):
            if facts is not None and rows[at + 4] == place.start:
                return self._meaning(place.path, facts.strings[rows[at + 1]], REFERENCE_KINDS[rows[at]])
        return None

    def imported(self, path: str) -> frozenset[str]:
        del path
        return frozenset()

    def _meaning(self, path: str, name: str, kind: str) -> Meaning | None:
        key = (name, kind == "type")
        if key not in self._known:
            self._known[key] = self._fitting(name, is_type=kind == "type")
        fitting = self._known[key]
        here = [place for place in fitting if place.path == path]
        chosen = here or fitting
        return Meaning(frozenset(chosen), "probable") if len(chosen) == 1 else None

    def _fitting(self, name: str, *, is_type: bool) -> list[Place]:
        """The definitions of a name that can be meant where a type, or anything, is expected."""
        fitting = []
        for position, number in self.index.definitions(name):
            other = self.index.facts(position)
            if other is None or other.language not in self.languages or other.symbol_name(number) != name:
                continue
            if not is_type or SYMBOL_KINDS[other.symbols[number * SYMBOL_WIDTH]] in _TYPES:
                where = self.index.catalogue.paths[position]
                fitting.append(Place(where, other.symbols[number * SYMBOL_WIDTH + 10]))
        return fitting

    def _facts(self, path: str) -> Facts | None:
        return self.index.facts_of(path)
