"""Who calls what, what inherits from what, what imports what, what tests what: walks over resolved uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from repoagent_indexers.resolve.meaning import CERTAINTIES, Certainty, Place
from repoagent_indexers.resolve.named import Candidate, ambiguous, candidates
from repoagent_indexers.resolve.references import Definition, Resolution, Use
from repoagent_indexers.source import Span, Symbol

MAX_CALLS = 500
"""Calls in one tree, at most: a name that everything calls has no useful tree."""
_CALLING = frozenset({"call", "use"})


@dataclass(frozen=True, slots=True)
class References:
    """A definition and its uses, by path and place."""

    definition: Definition
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One branch of a tree of calls."""

    symbol: Symbol | None
    """Who calls, or what is called; None for code at the top of a file."""
    path: str
    line: int
    """1-based line of the symbol's name; of the first call for code at the top of a file."""
    certainty: Certainty
    """The surest of its uses."""
    uses: tuple[Use, ...]
    """The calls themselves, in the order of their places."""
    calls: tuple[Call, ...]
    """The next level."""
    is_repeated: bool
    """It stands elsewhere in the tree, and its calls with it."""


@dataclass(frozen=True, slots=True)
class CallTree:
    """A definition and who calls it, or what it calls, level by level."""

    definition: Definition
    calls: tuple[Call, ...]
    is_cut: bool
    """There was more than `MAX_CALLS`."""


def find(resolution: Resolution, what: str) -> Definition:
    """The definition that a name, a qualified name or `path:line` means; a whole name before the end of a longer one.

    Raises UsageError for none or several.
    """
    found = candidates(resolution.index, what)
    last = what.replace("::", ".").rpartition(".")[2]
    found = [one for one in found if one.qualified_name.endswith(last)] or found
    found = [one for one in found if one.qualified_name == what.strip().removesuffix("()")] or found
    found = [one for one in found if one.kind != "test"] or found  # which bears the name of what it tests
    first = _definition(resolution, found[0])
    if len(found) > 1:
        same = resolution.same(first)
        if any(Place(one.path, one.start) not in same for one in found):
            raise ambiguous(what, found)
        wholes = [_definition(resolution, one) for one in found]  # not an overload's head, nor what a header declares
        first = max(wholes, key=lambda one: one.symbol.span.end_byte - one.symbol.span.start_byte)
    return first


def _definition(resolution: Resolution, one: Candidate) -> Definition:
    if one.number >= 0:
        return resolution.definition(one.path, one.number)
    name = one.qualified_name.rpartition(".")[2]
    span = Span(one.path, one.start, one.start + len(name.encode()), one.line, one.line)
    symbol = Symbol(name, one.qualified_name, one.kind, span, signature="", doc="", parent=None)
    place = Place(one.path, one.start)
    return Definition(symbol, place, *resolution.line_and_column(place))


def references(resolution: Resolution, what: str) -> References:
    """Every use of what is named. Raises UsageError for none or several."""
    definition = find(resolution, what)
    return References(definition, tuple(resolution.uses(definition)))


# -- calls --------------------------------------------------------------------------------------------------------


def callers(resolution: Resolution, what: str, depth: int = 1) -> CallTree:
    """Who calls what is named, who calls those, and so on, `depth` levels. Raises UsageError for none or several."""
    definition = find(resolution, what)
    walk = _Walk(resolution)
    return CallTree(definition, walk.callers(definition, depth), walk.n_calls > MAX_CALLS)


def callees(resolution: Resolution, what: str, depth: int = 1) -> CallTree:
    """What of the repository is called by what is named, and so on. Raises UsageError for none or several."""
    definition = find(resolution, what)
    walk = _Walk(resolution)
    return CallTree(definition, walk.callees(definition, depth), walk.n_calls > MAX_CALLS)


class _Walk:
    """One tree, growing."""

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution
        self.seen: set[tuple[str, int]] = set()
        self.n_calls = 0

    def callers(self, definition: Definition, depth: int) -> tuple[Call, ...]:
        self.seen.add((definition.symbol.span.path, definition.symbol.span.start_byte))
        groups: dict[tuple[str, int], list[Use]] = {}
        for use in self._uses(definition):
            groups.setdefault((use.path, use.inside.span.start_byte if use.inside else -1), []).append(use)
        found = []
        for uses in groups.values():
            self.n_calls += len(uses)
            if self.n_calls > MAX_CALLS:
                break
            found.append(self._caller(uses, depth))
        return tuple(found)

    def _caller(self, uses: list[Use], depth: int) -> Call:
        use, symbol = uses[0], uses[0].inside
        certainty = min((each.certainty for each in uses), key=CERTAINTIES.index)
        if symbol is None:
            return Call(None, use.path, use.line, certainty, tuple(uses), (), is_repeated=False)
        key = (symbol.span.path, symbol.span.start_byte)
        is_repeated = key in self.seen
        caller = self.resolution.definition_of(symbol)
        below: tuple[Call, ...] = ()
        if caller is not None and depth > 1 and not is_repeated and certainty != "by name only":
            below = self.callers(caller, depth - 1)
        line = caller.line if caller is not None else symbol.span.start_line
        return Call(symbol, use.path, line, certainty, tuple(uses), below, is_repeated)

    def _uses(self, definition: Definition) -> Iterator[Use]:
        """The calls of a definition; of a constructor also those of its class."""
        for use in self.resolution.uses(definition):
            if use.kind in _CALLING:
                yield use
        if definition.symbol.kind == "constructor" or definition.symbol.name == "__init__":
            owner = self.resolution.parent(definition)
            for use in self.resolution.uses(owner) if owner is not None else ():
                if use.kind == "call":
                    yield use

    def callees(self, definition: Definition, depth: int) -> tuple[Call, ...]:
        span = definition.symbol.span
        self.seen.add((span.path, span.start_byte))
        groups: dict[tuple[str, int], tuple[Definition, list[Use]]] = {}
        for use, called in self.resolution.calls_in(definition):
            key = (called.symbol.span.path, called.symbol.span.start_byte)
            groups.setdefault(key, (called, []))[1].append(use)
        found = []
        for key, (called, uses) in groups.items():
            self.n_calls += len(uses)
            if self.n_calls > MAX_CALLS:
                break
            certainty = min((each.certainty for each in uses), key=CERTAINTIES.index)
            is_repeated = key in self.seen
            below: tuple[Call, ...] = ()
            if depth > 1 and not is_repeated and certainty != "by name only":
                below = self.callees(called, depth - 1)
            place = called.symbol.span.path
            found.append(Call(called.symbol, place, called.line, certainty, tuple(uses), below, is_repeated))
        return tuple(found)


# -- inheritance, imports, tests ----------------------------------------------------------------------------------


def bases(resolution: Resolution, definition: Definition) -> list[Definition]:
    """The types of the repository that a type names in its header, in that order."""
    found: dict[Place, Definition] = {}
    for place in _in_header(resolution, definition):
        certainty, named = resolution.meaning(place)
        if certainty != "by name only":
            found.update((each.place, each) for each in named if each.place != definition.place)
    return list(found.values())


def subclasses(resolution: Resolution, definition: Definition) -> list[Definition]:
    """The types that name a type in their header, by path and place; not those derived from these."""
    found: dict[Place, Definition] = {}
    for use in resolution.uses(definition):
        below = resolution.definition_of(use.inside) if use.inside is not None else None
        if below is None or use.certainty == "by name only" or below.place == definition.place:
            continue
        if Place(use.path, use.start_byte) in set(_in_header(resolution, below)):
            found[below.place] = below
    return list(found.values())


def _in_header(resolution: Resolution, definition: Definition) -> Iterator[Place]:
    """Where names of types stand behind the name of a type, up to the first of its members."""
    path = definition.place.path
    parsed = resolution.index.parsed(path)
    source = resolution.source(path)
    span = definition.symbol.span
    if definition.symbol.kind not in _INHERITING or source is None:
        return
    inner = [each.span.start_byte for each in parsed.symbols if span.start_byte < each.span.start_byte < span.end_byte]
    end = min([*inner, span.end_byte])
    for mark in (b"{", b":\n", b":\r", b": #"):
        at = source.content.find(mark, definition.place.start, end)
        end = at if at >= 0 else end
    for reference in parsed.references:
        if definition.place.start < reference.start_byte < end and reference.kind == "type":
            yield Place(path, reference.start_byte)


_INHERITING = frozenset("class struct interface trait protocol object record enum".split())


def imported_by(resolution: Resolution, path: str) -> list[str]:
    """The files of the repository that a file takes names or modules from, by path."""
    resolver = resolution.resolver(path)
    return sorted(resolver.imported(path) - {path}) if resolver is not None else []


def importers(resolution: Resolution, path: str) -> list[str]:
    """The files that take names or modules from a file, by path. Looks at every file of its languages."""
    return [other for other in resolution.siblings(path) if path in imported_by(resolution, other)]


def reaching_tests(resolution: Resolution, definition: Definition, depth: int = 2) -> list[Definition]:
    """The tests that reach a definition through at most `depth` calls, by path and place."""
    found: dict[Place, Definition] = {}
    waiting, seen = [(definition, depth)], {definition.place}
    while waiting:
        here, left = waiting.pop(0)
        for use in resolution.uses(here):
            caller = resolution.definition_of(use.inside) if use.inside is not None else None
            if caller is None or use.kind not in _CALLING or use.certainty == "by name only":
                continue
            if caller.place in seen:
                continue
            seen.add(caller.place)
            if resolution.is_test(use.path):
                found[caller.place] = caller
            elif left > 1:
                waiting.append((caller, left - 1))
    return [found[place] for place in sorted(found)]


def under_test(resolution: Resolution, definition: Definition) -> list[Definition]:
    """What of the repository's own code a test calls, by path and place."""
    found = {called.place: called for use, called in resolution.calls_in(definition) if use.certainty != "by name only"}
    return [found[place] for place in sorted(found) if not resolution.is_test(place.path)]
