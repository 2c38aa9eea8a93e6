"""The files and symbols of some languages: the parts of one thing, the types around a place. Looks at no type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from repoagent_indexers.languages import C_FAMILY
from repoagent_indexers.resolve.large_file import LARGE, LargeFile
from repoagent_indexers.resolve.meaning import Meaning, Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.bindings import Bindings
from repoagent_indexers.resolve.typed.nodes import APART, ASSIGNING
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.terms import Code, Thing, Types

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index


MAX_DEPTH = 40
MAX_STEPS = 700
_Finding = Callable[["TreeFile", "Node", int], Types]
"""Finds what a node of a file may be, given how deep the search is."""
_Asked = tuple[str, int, int, str, int]


class Program:
    """What one generation of an index holds of some languages; files are parsed when their code is looked at."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        self.index = index
        self.languages = languages
        self.outer: Outer
        self._files: dict[str, TreeFile | None] = {}
        self._meanings: dict[tuple[str, int], Meaning | None] = {}
        self._open: set[tuple[str, int]] = set()
        """Those that are being looked for."""
        self._types: dict[_Asked, Types] = {}
        self._active: set[_Asked] = set()
        self._only: dict[tuple[str, frozenset[tuple[str, int]]], Meaning | None] = {}
        self._symbols: dict[str, list[tuple[str, int]]] = {}
        self._sames: dict[tuple[str, int], frozenset[Place]] = {}
        self._parts: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self._lineages: dict[Thing, list[Thing]] = {}
        self._written_bases: dict[Thing, list[Code]] = {}
        self._environments: dict[Thing, int] = {}
        self._owned: dict[tuple[Thing, str], set[Place]] = {}
        self._by_written: dict[tuple[str, str], list[Thing]] = {}
        self.bindings = Bindings()
        self.given = 0
        """What type parameters stand for in what is being read: a row of `bindings`."""
        self._written: dict[_Asked, Types] = {}
        self._steps = 0
        self._cuts = 0
        """How often a search was cut short, so that what is around it may have missed something."""
        self._expanding: list[Place] = []
        """The aliases that are being expanded, one in the other."""
        self._undecided = 0
        """How many conditional types are being read for both of what they may be."""
        self._questions = 0
        """How many names are being looked at, one on account of the other."""

    def file(self, path: str) -> TreeFile | None:
        """A parsed file; None when its grammar could not read it or it has changed since it was indexed."""
        if path not in self._files:
            facts = self.index.facts_of(path)
            source = self.index.source(path) if facts is not None and not facts.problem else None
            if facts is None or source is None or source.language not in self.languages:
                self._files[path] = None
            else:
                is_large = source.language in C_FAMILY and len(source.content) >= LARGE
                make = LargeFile if is_large else TreeFile
                self._files[path] = make(path, source.language, source.content, facts)
        return self._files[path]

    def symbols(self, name: str) -> list[tuple[str, int]]:
        """(path, number) of every symbol of a name in these languages, as the index knows them."""
        if name not in self._symbols:
            self._symbols[name] = list(self._all_symbols(name))
        return self._symbols[name]

    def _all_symbols(self, name: str) -> Iterator[tuple[str, int]]:
        paths, languages = self.index.catalogue.paths, self.index.catalogue.languages
        for position, number in self.index.definitions(name):
            facts = self.index.facts(position) if languages[position] in self.languages else None
            if facts is not None and not facts.problem and facts.symbol_name(number) == name:
                yield paths[position], number

    def place(self, path: str, number: int) -> Place:
        file = self.file(path)
        return Place(path, file.name_start(number) if file is not None else -1)

    def same_as(self, file: TreeFile, number: int) -> frozenset[Place]:
        """The places of a symbol: overloads and declarations beside it, and those that the family knows elsewhere."""
        key = (file.path, number)
        if key not in self._sames:
            self._sames[key] = self._all_same(file, number)
        return self._sames[key]

    def _all_same(self, file: TreeFile, number: int) -> frozenset[Place]:
        name = file.facts.symbol_name(number)
        parent, scope = file.facts.parent(number), file.scope_text(number)
        is_local = parent >= 0 and file.kind(parent) in FUNCTIONS
        found = {Place(file.path, file.name_start(number))}
        for other in file.children_named(parent, (name,)):
            if file.scope_text(other) != scope:
                continue
            if file.language in APART and (file.kind(other) == "method") != (file.kind(number) == "method"):
                continue
            if file.language not in ASSIGNING or (file.is_seen_with(number, other) and _is_beside(file, number, other)):
                found.add(Place(file.path, file.name_start(other)))
        if not is_local:
            found.update(self.outer.also(file, number))
        return frozenset(found)

    def kind_at(self, place: Place) -> str:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        return file.kind(number) if file is not None and number is not None else ""

    def is_type(self, place: Place) -> bool:
        return self.kind_at(place) in TYPES

    def types_around(self, file: TreeFile, start: int) -> Iterator[Thing]:
        """The types in whose code a place stands, innermost first; of a method outside of its type, that type."""
        for number in file.around(start):
            if file.kind(number) in TYPES:
                yield Thing(file.path, number, is_static=False)
            elif (scope := file.scope_text(number)) and file.kind(number) in FUNCTIONS:
                yield from self.type_named(file, scope)

    def type_named(self, file: TreeFile, written: str) -> list[Thing]:
        """The types that a bare or qualified name of one may mean, nearest first; those of this file before others."""
        key = (file.path, written)
        if key not in self._by_written:
            self._by_written[key] = self._types_named(file, written)
        return self._by_written[key]

    def _types_named(self, file: TreeFile, written: str) -> list[Thing]:
        last = written.replace("::", ".").rpartition(".")[2].partition("<")[0].strip()
        found = []
        for path, number in self.symbols(last):
            where = self.file(path)
            if where is not None and where.kind(number) in TYPES and where.kind(number) != "type":
                found.append(Thing(path, number, is_static=False))
        is_c = file.language in C_FAMILY and len(found) > 1
        sight: frozenset[str] = self.outer.sight(file) if is_c else frozenset()
        folder = file.path.rpartition("/")[0]
        found.sort(
            key=lambda each: (each.path != file.path, each.path not in sight, each.path.rpartition("/")[0] != folder)
        )
        return found[:1] if found and found[0].path == file.path else found[:2]

    def values(self, places: frozenset[Place]) -> frozenset[Place]:
        """What a name of TypeScript means as a value, where it is the name of an interface or alias as well."""
        return frozenset(each for each in places if self.kind_at(each) not in {"interface", "type"}) or places

    def written_types(self, places: frozenset[Place]) -> frozenset[Place]:
        """What a name of TypeScript means as a type, where it is the name of a variable or function as well."""
        return frozenset(each for each in places if self.kind_at(each) in TYPES) or places

    def is_namespace(self, of: Thing) -> bool:
        file = self.file(of.path)
        return file is not None and file.kind(of.number) in NAMESPACES

    def kind_of(self, of: Thing) -> str:
        file = self.file(of.path)
        return file.kind(of.number) if file is not None else ""

    def parts(self, file: TreeFile, number: int) -> list[tuple[str, int]]:
        """All symbols that together are one type or namespace."""
        key = (file.path, number)
        if key not in self._parts:
            self._parts[key] = self._all_parts(file, number)
        return self._parts[key]

    def _all_parts(self, file: TreeFile, number: int) -> list[tuple[str, int]]:
        name, kind = file.facts.symbol_name(number), file.kind(number)
        found = {(file.path, number)}
        for place in self.same_as(file, number):
            where = self.file(place.path)
            other = where.numbers.get(place.start) if where is not None else None
            if other is not None:
                found.add((place.path, other))
        if kind in NAMESPACES:
            for path, other in self.symbols(name):
                where = self.file(path)
                if where is not None and where.kind(other) == kind:
                    found.add((path, other))
        return sorted(found)

    def remembered(
        self, key: tuple[str, int, int, str], find: _Finding, file: TreeFile, node: Node, depth: int
    ) -> Types:
        """What is found for a key, which is looked for once: not again inside of itself, nor beyond all measure."""
        if depth > MAX_DEPTH:
            self._cuts += 1
            return ()
        given = self.bindings.seen(self.given, file.path, node.start_byte)
        asked = (*key, given)
        if asked in self._types:
            return self._types[asked]
        self._steps += 1
        if asked in self._active or self._steps > MAX_STEPS:
            self._cuts += 1
            return ()
        cuts = self._cuts
        self._active.add(asked)
        outer, self.given = self.given, given
        try:
            found = tuple(dict.fromkeys(find(file, node, depth + 1)))
        finally:
            self.given = outer
            self._active.discard(asked)
        if found or cuts == self._cuts or not self._active:  # else another search may find more
            self._types[asked] = found
        return found

    @contextmanager
    def under(self, given: int) -> Iterator[None]:
        """Reads with what type parameters stand for."""
        outer, self.given = self.given, given
        try:
            yield
        finally:
            self.given = outer

    def is_member(self, place: Place) -> bool:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        return file is not None and number is not None and file.is_member(number)


def _is_beside(file: TreeFile, number: int, other: int) -> bool:
    """Whether two symbols are not members of different objects that are written out in one place."""
    return _object_around(file, number) == _object_around(file, other)


def _object_around(file: TreeFile, number: int) -> int:
    """Where the object begins in which a symbol is written; -1 for one that is in none."""
    node = file.node_at(file.name_start(number))
    member = node.parent if node is not None else None
    around = member.parent if member is not None and member.type in {"pair", "method_definition"} else None
    return around.start_byte if around is not None and around.type == "object" else -1
