"""Definition -> its uses, and use -> its definitions: each with its place and how sure it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import ECMASCRIPT, family_of
from repoagent_indexers.reading.facts import REFERENCE_KINDS, REFERENCE_WIDTH, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.resolve.analyses import load
from repoagent_indexers.resolve.meaning import Certainty, Meaning, Place, Resolver
from repoagent_indexers.resolve.syntax import is_in_comment
from repoagent_indexers.roles import TEST
from repoagent_indexers.source import SourceFile, Span, Symbol
from repoagent_indexers.words.lexicon import line_starts

MAX_TEXT = 200
_WORDS = re.compile(rb"[\w$\x80-\xff]+")
_NAME = re.compile(rb"[#`]?[\w$\x80-\xff]+")
_NAME_OR_OPERATOR = re.compile(rb"`[^`\n]+`|" + _NAME.pattern + rb"|[-+*/%&|^!<>=~?:#@\\]+")
_HASKELL_NAME = re.compile(
    rb"(?:[A-Z][\w']*\.)+(?=[A-Z])[\w'\x80-\xff]+|[A-Za-z_\x80-\xff][\w'\x80-\xff]*|[-!#$%&*+./<=>?@\\^|~:]+"
)
_NAMES = {"scala": _NAME_OR_OPERATOR, "haskell": _HASKELL_NAME}
"""Language -> what its names look like, where that is not as in most."""
_BEFORE_MEMBER = re.compile(rb"(?:\.|->|::)\s*\Z")
_CALLS = frozenset({"call"})
_CONTAINERS = frozenset(
    "class struct interface trait enum object protocol record extension instance union type".split()
)
_FREE = frozenset("function class struct interface trait enum type constant variable macro object record union".split())


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol at the place of its name."""

    symbol: Symbol
    place: Place
    line: int
    """1-based line of the name, which may stand below decorators."""
    column: int
    """1-based, in characters."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place that uses a definition."""

    path: str
    line: int
    """1-based."""
    column: int
    """1-based, in characters: where the name begins."""
    start_byte: int
    kind: str
    """call, type, import (or where `__all__` hands the name on) or use, as in `source.Reference`."""
    certainty: Certainty
    inside: Symbol | None
    """The innermost definition around it; None at the top of a file."""
    text: str
    """Its line, without indentation, at most `MAX_TEXT` characters."""


_FROM = re.compile(rb"(?:[\s,\w$]|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/){1,4000}\}\s*from\s*['\"]")
"""The rest of `import { a, b as c } from "m"`, from a name in it."""


class Resolution:
    """What uses mean, over one generation of an index. Keeps what it has read: for one command or a short session."""

    def __init__(self, index: Index, *, quick: bool = False) -> None:
        """With `quick` fewer uses are found to be probable, in less time."""
        self.index = index
        self._quick = quick
        self._resolvers: dict[frozenset[str], Resolver | None] = {}
        self._sources: dict[str, SourceFile | None] = {}
        self._named: dict[str, dict[int, int]] = {}
        """Path -> start of a symbol's name -> the symbol's number."""
        self._owners: dict[str, _Around] = {}
        self._lines: dict[str, list[int]] = {}

    # -- from a use to its definitions ----------------------------------------------------------------------------

    def meaning(self, place: Place) -> tuple[Certainty, tuple[Definition, ...]]:
        """What the name at a place means: symbols of the repository, none where it is known to mean none of them."""
        source = self.source(place.path)
        if source is None:
            return "by name only", ()
        if (word := _NAMES.get(source.language, _NAME).match(source.content, place.start)) is None:
            return "by name only", ()
        found = self.places(place)
        if found is not None:
            return found.certainty, tuple(self._known(found.places))
        name = word[0].decode("utf-8", "surrogateescape").lstrip("`")
        return self._by_name(source, place, name)

    def places(self, place: Place) -> Meaning | None:
        """All that the name at a place may mean, locals too; None when nothing is known, not even likely."""
        resolver = self.resolver(place.path)
        return resolver.meaning(place) if resolver is not None else None

    def at(self, path: str, line: int, column: int) -> Place | None:
        """The place at a 1-based line and a 1-based column in characters."""
        source = self.source(path)
        if source is None:
            return None
        start, column = len(_mark(source.content)) if line == 1 else 0, column - 1
        for _ in range(line - 1):
            start = source.content.find(b"\n", start) + 1
        text = source.content[start : start + 4 * column + 4].decode("utf-8", "replace")
        return Place(path, start + len(text[:column].encode("utf-8", "replace")))

    def _known(self, places: Iterable[Place]) -> Iterator[Definition]:
        for place in sorted(places):
            number = self._numbers(place.path).get(place.start)
            if number is not None:
                yield self.definition(place.path, number)

    def _by_name(self, source: SourceFile, place: Place, name: str) -> tuple[Certainty, tuple[Definition, ...]]:
        """Every definition of the name that fits the way in which it is written."""
        joint = _BEFORE_MEMBER.search(source.content, max(0, place.start - 40), place.start)
        is_member = joint is not None and not is_in_comment(source.content, joint.start(), place.start)
        found = []
        for position, number in self.index.definitions(name):
            facts = self.index.facts(position)
            if facts is None or facts.language not in family_of(source.language) or facts.symbol_name(number) != name:
                continue
            if is_inner(facts, number) == is_member:
                found.append(self.definition(self.index.catalogue.paths[position], number))
        return ("by name only", tuple(found))

    # -- from a definition to its uses ----------------------------------------------------------------------------

    def uses(self, definition: Definition) -> list[Use]:
        """Every use of a definition, by path and place; by name only where nothing says which definition is meant."""
        return sorted(self.each_use(definition), key=lambda use: (use.path, use.start_byte))

    def each_use(self, definition: Definition, paths: Iterable[str] | None = None) -> Iterator[Use]:
        """The same as they are found, file by file, in some `paths` alone if so said: for who may stop early."""
        name, path = definition.symbol.name, definition.place.path
        source, resolver = self.source(path), self.resolver(path)
        if source is None or resolver is None:
            return
        seen: set[Place] = set()
        paths = paths if paths is not None else self.mentioning(name.strip("`"), family_of(source.language))
        for place, meaning in resolver.uses(self.same(definition), name, paths):
            if place not in seen:
                seen.add(place)
                yield self.use(place, meaning.certainty)

    def calls_in(self, definition: Definition) -> Iterator[tuple[Use, Definition]]:
        """The calls that stand in a definition, in their order, each with what it calls in the repository."""
        return self.used_in(definition.symbol.span, _CALLS)

    def used_in(
        self, span: Span, kinds: frozenset[str], names: frozenset[str] | None = None
    ) -> Iterator[tuple[Use, Definition]]:
        """The uses of some `kinds` (and `names`, if any are said) that stand in a span, each with what it means."""
        facts = self._facts(span.path)
        rows = facts.references if facts is not None else []
        for at in range(0, len(rows), REFERENCE_WIDTH):
            if REFERENCE_KINDS[rows[at]] not in kinds or not span.start_byte <= rows[at + 4] < span.end_byte:
                continue
            assert facts is not None
            if names is not None and facts.strings[rows[at + 1]] not in names:
                continue
            place = Place(span.path, rows[at + 4])
            meaning = self.places(place)
            found = next(self._known(meaning.places), None) if meaning is not None else None
            if meaning is not None and found is not None and meaning.certainty != "by name only":
                yield self.use(place, meaning.certainty), found

    def same(self, definition: Definition) -> frozenset[Place]:
        """The places that define the same thing: declared again, overloaded, bound in two branches."""
        resolver = self.resolver(definition.place.path)
        alone = frozenset({definition.place})
        return resolver.same(definition.place, definition.symbol.name) | alone if resolver is not None else alone

    def use(self, place: Place, certainty: Certainty) -> Use:
        """The place of a use with what stands around it."""
        line, column = self.line_and_column(place)
        kind, inside = self._reference(place)
        symbol = self.definition(place.path, inside).symbol if inside >= 0 else None
        return Use(place.path, line, column, place.start, kind, certainty, symbol, self._text(place))

    def _text(self, place: Place) -> str:
        source = self.source(place.path)
        content = source.content if source is not None else b""
        end = content.find(b"\n", place.start)
        line = content[content.rfind(b"\n", 0, place.start) + 1 : end if end >= 0 else len(content)]
        return line.decode("utf-8", "replace").strip()[:MAX_TEXT]

    def _reference(self, place: Place) -> tuple[str, int]:
        """The kind of a use as the index knows it, and the number of the symbol around it, -1 for none."""
        if place.path not in self._owners:
            self._owners[place.path] = _Around(self._facts(place.path))
        around = self._owners[place.path]
        inside = around.symbol(place.start)
        known = around.kinds.get(place.start)
        kind = REFERENCE_KINDS[known] if known is not None else ""
        if kind in {"", "use"} and around.is_list_of_names(inside):
            return "import", inside
        return kind or ("import" if self._is_import(place, around) else "use"), inside

    def _is_import(self, place: Place, around: _Around) -> bool:
        """Whether a place lies in an import, which may be of several lines."""
        line, _ = self.line_and_column(place)
        before = bisect_right(around.import_lines, line) - 1
        source = self.source(place.path)
        if source is not None and source.language in ECMASCRIPT and _FROM.match(source.content, place.start):
            return True  # there the module stands behind the list
        if before < 0 or source is None or around.import_lines[before] == line:
            return before >= 0 and around.import_lines[before] == line
        start = self._lines[place.path][around.import_lines[before] - 1]
        depth = 0
        for text in source.content[start : place.start].split(b"\n")[:-1]:
            code = text.partition(b"#")[0].partition(b"//")[0]
            depth += sum(map(code.count, (b"(", b"{"))) - sum(map(code.count, (b")", b"}")))
            if depth <= 0 and not text.rstrip(b"\r").endswith(b"\\"):
                return False
        return True

    def mentioning(self, name: str, languages: frozenset[str]) -> Iterator[str]:
        """Files of some languages in which a name stands as text."""
        word = name.encode("utf-8", "surrogateescape")
        catalogue = self.index.catalogue
        for position in self.index.mentioning(name):
            if catalogue.languages[position] in languages:
                path = catalogue.paths[position]
                source = self.source(path)
                if source is not None and word in source.content:
                    yield path

    # -- files ----------------------------------------------------------------------------------------------------

    def resolver(self, path: str) -> Resolver | None:
        """The analysis of a file's language."""
        source = self.source(path)
        return self._resolver(source.language) if source is not None else None

    def siblings(self, path: str) -> list[str]:
        """All files of the same languages."""
        source = self.source(path)
        languages = family_of(source.language) if source is not None else frozenset()
        catalogue = self.index.catalogue
        return [path for at, path in enumerate(catalogue.paths) if catalogue.languages[at] in languages]

    def is_test(self, path: str) -> bool:
        """Whether a file is there to test."""
        position = self.index.position(path)
        return position is not None and int(self.index.catalogue.roles[position]) == TEST

    # -- places and symbols ---------------------------------------------------------------------------------------

    def definition(self, path: str, number: int) -> Definition:
        """A symbol of a file by its number."""
        facts = self._facts(path)
        assert facts is not None
        place = Place(path, facts.symbols[number * SYMBOL_WIDTH + 10])
        return Definition(facts.symbol(number, path), place, *self.line_and_column(place))

    def defined_at(self, place: Place) -> Definition | None:
        """The definition whose name stands at a place."""
        return next(self._known([place]), None)

    def definition_of(self, symbol: Symbol) -> Definition | None:
        """The definition that a symbol is; None when its file has changed."""
        facts = self._facts(symbol.span.path)
        for number in range(facts.n_symbols if facts is not None else 0):
            assert facts is not None
            at = number * SYMBOL_WIDTH
            same_span = facts.symbols[at + 6 : at + 8] == [symbol.span.start_byte, symbol.span.end_byte]
            if same_span and facts.symbol_name(number) == symbol.name:
                return self.definition(symbol.span.path, number)
        return None

    def parent(self, definition: Definition) -> Definition | None:
        """The definition around one."""
        number = definition.symbol.parent
        return self.definition(definition.place.path, number) if number is not None else None

    def constructed(self, definition: Definition) -> Definition | None:
        """The type whose calls are a definition's: of a constructor; None for anything else."""
        is_constructor = definition.symbol.kind == "constructor" or definition.symbol.name in {"__init__", "__new__"}
        return self.parent(definition) if is_constructor else None

    def source(self, path: str) -> SourceFile | None:
        """A file as the index knows it; None when it has changed since."""
        if path not in self._sources:
            self._sources[path] = self.index.source(path)
        return self._sources[path]

    def _facts(self, path: str) -> Facts | None:
        return self.index.facts_of(path)

    def _numbers(self, path: str) -> dict[int, int]:
        if path not in self._named:
            facts = self._facts(path)
            starts = facts.symbols[10::SYMBOL_WIDTH] if facts is not None else []
            self._named[path] = {start: number for number, start in enumerate(starts)}
        return self._named[path]

    def line_and_column(self, place: Place) -> tuple[int, int]:
        """1-based, the column in characters."""
        source = self.source(place.path)
        if source is None or place.start < 0:
            return 1, 1
        if place.path not in self._lines:
            self._lines[place.path] = line_starts(source.content)
        starts = self._lines[place.path]
        line = bisect_right(starts, place.start)
        text = source.content[starts[line - 1] : place.start].removeprefix(_mark(source.content))
        return line, len(text.decode("utf-8", "replace")) + 1

    def _resolver(self, language: str) -> Resolver | None:
        family = family_of(language)
        if family not in self._resolvers:
            self._resolvers[family] = load(self.index, language, quick=self._quick)
        return self._resolvers[family]


class _Around:
    """Where the symbols and references of a file stand."""

    def __init__(self, facts: Facts | None) -> None:
        rows = facts.references if facts is not None else []
        self.facts = facts
        self.kinds = dict(zip(rows[4::REFERENCE_WIDTH], rows[0::REFERENCE_WIDTH], strict=True))
        """Start of a reference -> its kind."""
        self.import_lines = sorted(set(facts.imports[3::4])) if facts is not None else []
        self.starts = facts.symbols[6::SYMBOL_WIDTH] if facts is not None else []

    def is_list_of_names(self, number: int) -> bool:
        """Whether a symbol is the `__all__` of a module, which hands its names on."""
        return number >= 0 and self.facts is not None and self.facts.symbol_name(number) == "__all__"

    def symbol(self, start: int) -> int:
        """The number of the innermost symbol around a place, -1 for none."""
        number = bisect_right(self.starts, start) - 1
        while number >= 0 and self.facts is not None:
            if start < self.facts.symbols[number * SYMBOL_WIDTH + 7]:
                return number
            number = self.facts.parent(number)
        return -1


def is_inner(facts: Facts, number: int) -> bool:
    """Whether a symbol is a member of a type, so that a use names an object or a type before it."""
    kind = SYMBOL_KINDS[facts.symbols[number * SYMBOL_WIDTH]]
    if kind in {"method", "field", "property", "constructor", "member", "event"}:
        return True
    parent = facts.parent(number)
    return parent >= 0 and SYMBOL_KINDS[facts.symbols[parent * SYMBOL_WIDTH]] in _CONTAINERS


def _mark(content: bytes) -> bytes:
    """The mark of a byte order in front of the first line, which no editor counts as a column."""
    return BOM_UTF8 if content.startswith(BOM_UTF8) else b""
