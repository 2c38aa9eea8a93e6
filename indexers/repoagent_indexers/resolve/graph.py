"""Who calls what, what imports what, what tests what: walks over resolved uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from repoagent_indexers.resolve.inheritance import overridden
from repoagent_indexers.resolve.meaning import CERTAINTIES, Certainty, Place
from repoagent_indexers.resolve.named import Candidate, ambiguous, candidates
from repoagent_indexers.resolve.references import Definition, Resolution, Use
from repoagent_indexers.source import Span, Symbol

MAX_CALLS = 500
"""Calls in one tree, at most: a name that everything calls has no useful tree."""
_MAX_GROUPED = 30
"""Things of one name that are looked at for what else is the same, at most."""
_CALLING = frozenset({"call", "use"})


@dataclass(frozen=True, slots=True)
class References:
    """A definition and its uses, by path and place."""

    definition: Definition
    uses: tuple[Use, ...]
    also: tuple[tuple[str, int], ...] = ()
    """Path and 1-based line of where else it is defined or declared: the uses are those of all its overloads."""
    overrides: tuple[Definition, ...] = ()
    """As `overridden` finds them: what calls one of these may come here, and is not among the uses."""


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
    also: tuple[tuple[str, int], ...] = ()
    overrides: tuple[Definition, ...] = ()
    """As in `References`; nothing for callees, which are those of the definition alone."""


def find(resolution: Resolution, what: str) -> Definition:
    """The definition that a name, a qualified name or `path:line` means; a whole name before the end of a longer one.

    Raises UsageError for none or several.
    """
    found = candidates(resolution.index, what)
    last = what.replace("::", ".").rpartition(".")[2]
    found = [one for one in found if one.qualified_name.endswith(last)] or found
    found = [one for one in found if one.qualified_name == what.strip().removesuffix("()")] or found
    found = [one for one in found if one.kind != "test"] or found  # which bears the name of what it tests
    found = [one for one in found if one.kind != "constructor"] or found  # which bears the name of its type
    first = _definition(resolution, found[0])
    if len(found) > 1:
        same = resolution.same(first)
        if any(Place(one.path, one.start) not in same for one in found):
            raise ambiguous(what, _once_each(resolution, found))
        wholes = [_definition(resolution, one) for one in found]  # not an overload's head, nor what a header declares
        first = max(wholes, key=lambda one: one.symbol.span.end_byte - one.symbol.span.start_byte)
    return first


def _once_each(resolution: Resolution, found: list[Candidate]) -> list[Candidate]:
    """The first of those that define the same thing: a part of a type, an overload, a declaration."""
    seen: set[Place] = set()
    first: list[Candidate] = []
    for one in found:
        if Place(one.path, one.start) in seen:
            continue
        first.append(one)
        if len(first) <= _MAX_GROUPED:
            seen |= resolution.same(_definition(resolution, one))
    return first


def _also(resolution: Resolution, definition: Definition) -> tuple[tuple[str, int], ...]:
    """Path and line of the other places that define the same thing."""
    others = sorted(resolution.same(definition) - {definition.place}, key=lambda place: (place.path, place.start))
    return tuple((place.path, resolution.line_and_column(place)[0]) for place in others)


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
    uses = tuple(resolution.uses(definition))
    return References(definition, uses, _also(resolution, definition), tuple(overridden(resolution, definition)))


# -- calls --------------------------------------------------------------------------------------------------------


def callers(resolution: Resolution, what: str, depth: int = 1, *, sure: bool = False) -> CallTree:
    """Who calls what is named, who calls those, and so on, `depth` levels. Raises UsageError for none or several.

    `sure` leaves out what is known by name only.
    """
    definition = find(resolution, what)
    tree = _tree(resolution, definition, depth, _sure(_calls_of) if sure else _calls_of)
    above = tuple(overridden(resolution, definition))
    return replace(tree, also=_also(resolution, definition), overrides=above)


def callees(resolution: Resolution, what: str, depth: int = 1, *, sure: bool = False) -> CallTree:
    """What of the repository is called by what is named, and so on. Raises UsageError for none or several."""
    return _tree(resolution, find(resolution, what), depth, _sure(_calls_in) if sure else _calls_in)


_Step = Callable[[Resolution, Definition], Iterator[tuple[Use, "Definition | None"]]]
"""The calls of a definition, or in it, as they are found: each with who calls, or what is called."""


@dataclass(slots=True)
class _Branch:
    """A `Call` that is growing."""

    definition: Definition | None
    uses: list[Use]
    branches: list[_Branch]
    is_repeated: bool = False

    @property
    def certainty(self) -> Certainty:
        return min((each.certainty for each in self.uses), key=CERTAINTIES.index)

    def call(self) -> Call:
        below, first = self.definition, self.uses[0]
        path = below.symbol.span.path if below else first.path
        line = below.line if below else first.line
        symbol = below.symbol if below else None
        calls = tuple(branch.call() for branch in self.branches)
        return Call(symbol, path, line, self.certainty, tuple(self.uses), calls, self.is_repeated)


def _tree(resolution: Resolution, definition: Definition, depth: int, step: _Step) -> CallTree:
    """The tree, grown level by level: what is near is there, and nothing is looked up for what there is no room for."""
    root = _Branch(definition, [], [])
    grown: dict[Place, _Branch] = {}
    n_left = MAX_CALLS
    level = [root]
    for _ in range(depth):
        level = [each for each in level if each is root or each.certainty != "by name only"]
        following: list[_Branch] = []
        for branch in level:
            if branch.definition is None or branch.definition.place in grown:
                continue
            grown[branch.definition.place] = branch
            found = list(islice(step(resolution, branch.definition), n_left + 1))
            n_left -= len(found)
            branch.branches = _grouped(found[:n_left] if n_left < 0 else found)
            following += branch.branches
            if n_left < 0:
                break
        level = following
        if n_left < 0:
            break
    _mark_repeated(root, grown)
    calls = tuple(branch.call() for branch in root.branches)
    return CallTree(definition, calls, is_cut=n_left < 0)


def _grouped(found: list[tuple[Use, Definition | None]]) -> list[_Branch]:
    """The calls, those of one caller or of one that is called together, in the order of their places."""
    groups: dict[tuple[str, int], _Branch] = {}
    for use, other in sorted(found, key=lambda pair: (pair[0].path, pair[0].start_byte)):
        key = (other.place.path, other.place.start) if other is not None else (use.path, -1)
        groups.setdefault(key, _Branch(other, [], [])).uses.append(use)
    return list(groups.values())


def _mark_repeated(root: _Branch, grown: dict[Place, _Branch]) -> None:
    """Mark what has its calls elsewhere in the tree."""
    waiting = list(root.branches)
    while waiting:
        branch = waiting.pop()
        shown = grown.get(branch.definition.place) if branch.definition is not None else None
        branch.is_repeated = shown is not None and shown is not branch and bool(shown.branches)
        waiting += branch.branches


def _sure(step: _Step) -> _Step:
    """The same calls without those that are known by name only."""

    def only(resolution: Resolution, definition: Definition) -> Iterator[tuple[Use, Definition | None]]:
        return (pair for pair in step(resolution, definition) if pair[0].certainty != "by name only")

    return only


def _calls_of(resolution: Resolution, definition: Definition) -> Iterator[tuple[Use, Definition | None]]:
    """The calls of a definition; of a constructor also those of its class."""
    for use in resolution.each_use(definition):
        if use.kind in _CALLING:
            yield use, resolution.definition_of(use.inside) if use.inside is not None else None
    owner = resolution.constructed(definition)
    for use in resolution.each_use(owner) if owner is not None else ():
        if use.kind == "call":
            yield use, resolution.definition_of(use.inside) if use.inside is not None else None


def _calls_in(resolution: Resolution, definition: Definition) -> Iterator[tuple[Use, Definition | None]]:
    yield from resolution.calls_in(definition)


# -- imports, tests ----------------------------------------------------------------------------------------------


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
