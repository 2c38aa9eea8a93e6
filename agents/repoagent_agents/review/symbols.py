"""Definitions that a commit removes, renames or calls for otherwise, while something still uses them as they were."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from repoagent_agents.review.findings import Evidence, Finding, Severity
from repoagent_agents.review.lines import lines_of, new_line
from repoagent_agents.review.resolved import Resolved
from repoagent_agents.review.syntax import evidence, line_span, new_errors
from repoagent_agents.review.target import Target, Use, names_around
from repoagent_agents.review.tree import Change, StagedTree, Version
from repoagent_agents.review.uses import is_telling, other_giver, uses
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT
from repoagent_indexers.reading.calls import LANGUAGES as CALLABLE
from repoagent_indexers.reading.calls import Arguments, Declared, Parameters, Question, is_strict, look, misfit
from repoagent_indexers.source import Span, Symbol

MAX_SYMBOLS = 200
"""Changed definitions of one commit that are looked up."""
MAX_EVIDENCE = 8
_FUNCTIONS = frozenset({"function", "method", "constructor", "macro"})
_KINDS = _FUNCTIONS | frozenset(
    "class struct interface trait enum object protocol record union type annotation constant variable".split()
)
_CONSTRUCTORS = frozenset({"__init__", "__construct", "constructor"})
_MAX_BODY = 2000
"""Characters of a body that are compared to find out what a definition was renamed to."""
_MAX_COMPARED = 100
_ALIKE = 0.7
_NO_OTHERS = 8
"""Definitions of one name, more than which nobody can tell apart."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A definition that the staged state of its file no longer has."""

    change: Change
    position: int
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Resigned:
    """A function whose header is another than it was: all of its definitions in the file, before and after."""

    change: Change
    old: tuple[Symbol, ...]
    new: tuple[Symbol, ...]


def removed(changes: Sequence[Change]) -> list[Removed]:
    """What is no longer defined where it was; of what lies inside something removed, only the outermost."""
    found = []
    for change in changes:
        if change.old is None or not _is_comparable(change):
            continue
        symbols = change.old.parsed.symbols
        kept = {symbol.qualified_name for symbol in change.new.parsed.symbols} if change.new else set()
        gone = {place for place, symbol in enumerate(symbols) if symbol.qualified_name not in kept}
        if change.new is None and change.old.language in {"python", *ECMASCRIPT}:
            continue  # what imports the file is told once, by its name
        for position in sorted(gone):
            symbol = symbols[position]
            around = names_around(symbols, position)
            if symbol.kind not in _KINDS or symbol.parent in gone or any(one.kind in _FUNCTIONS for one in around):
                continue
            if change.new and change.new.parsed.errors and _header(change.old, symbol) in change.new.content:
                continue  # it is still there, and only cannot be read
            found.append(Removed(change, position, symbol))
    return found


def resigned(changes: Sequence[Change]) -> list[Resigned]:
    """The functions whose headers changed."""
    found = []
    for change in changes:
        old, new = change.old, change.new
        if old is None or new is None or not _is_comparable(change) or new.language not in CALLABLE:
            continue
        before, after = _functions(old), _functions(new)
        for name, symbols in before.items():
            others = after.get(name, [])
            if others and sorted(one.signature for one in symbols) != sorted(one.signature for one in others):
                found.append(Resigned(change, tuple(symbols), tuple(others)))
    return found


def _is_comparable(change: Change) -> bool:
    old, new = change.old, change.new
    if old is None or old.problem:
        return False
    if new is None:
        return True
    if new.problem or new.language != old.language:
        return False
    return not new_errors(change)


def _functions(version: Version) -> dict[str, list[Symbol]]:
    """Qualified name -> the functions that bear it, but for those inside functions."""
    found: dict[str, list[Symbol]] = {}
    symbols = version.parsed.symbols
    for position, symbol in enumerate(symbols):
        if symbol.kind in _FUNCTIONS and not any(one.kind in _FUNCTIONS for one in names_around(symbols, position)):
            found.setdefault(symbol.qualified_name, []).append(symbol)
    return found


def _header(version: Version, symbol: Symbol) -> bytes:
    """The line on which a definition's name stands, with its end."""
    start, end = symbol.span.start_byte, symbol.span.end_byte
    found = re.search(rb"\b%b\b" % re.escape(symbol.name.encode()), version.content[start:end])
    place = start + found.start() if found else start
    newline = version.content.find(b"\n", place)
    return version.content[version.content.rfind(b"\n", 0, place) + 1 : newline + 1 or None]


# -- removed --------------------------------------------------------------------------------------------------------


def removed_symbols(
    tree: StagedTree, gone: Sequence[Removed], changes: Sequence[Change], resolved: Resolved
) -> list[Finding]:
    """One finding for each removed definition that is still used."""
    counts = Counter(one.symbol.name for one in gone)
    found = []
    for one in gone:
        finding = _removed_symbol(tree, one, changes, resolved, is_only=counts[one.symbol.name] == 1)
        if finding is not None:
            found.append(finding)
    return found


def _removed_symbol(
    tree: StagedTree, one: Removed, changes: Sequence[Change], resolved: Resolved, *, is_only: bool
) -> Finding | None:
    change, symbol = one.change, one.symbol
    assert change.old is not None
    target = Target(
        path=change.path,
        language=change.old.language,
        name=symbol.name,
        symbol=symbol,
        parents=names_around(change.old.parsed.symbols, one.position),
        home=change.old,
        is_gone=True,
    )
    elsewhere = [other for other in tree.definitions(symbol.name) if other.kind in _KINDS]
    places = [use for use in uses(tree, target) if not resolved.contradicts(target, use)]
    if elsewhere:
        places = [use for use in places if use.is_certain and _is_bound_to_its_file(tree, target, use, elsewhere)]
    new_name = _renamed_to(one, changes)
    giver = other_giver(tree, target)
    if not giver or (new_name and giver != "anything"):  # a method that was renamed is not one that another type brings
        left = resolved.left(target)
        if giver == "outside":
            left = [replace(use, is_certain=False) for use in left] if is_telling(target) else []
        places = _joined(left, places)
    if not is_only:
        places = [use for use in places if use.is_certain]
    if not places:
        return None
    severity: Severity = "error" if any(use.is_certain for use in places) else "warning"
    if severity == "error":
        places = [use for use in places if use.is_certain]
    probably = "" if severity == "error" else "probably "
    fate = _fate(one, new_name, changes, elsewhere)
    message = f"{symbol.kind} `{symbol.qualified_name}` {fate}, but is {probably}still used in {_places(places)}"
    shown = _evidence(tree, places)
    n_more = _n_places(places) - len(shown)
    return Finding(_where(change, symbol), severity, "removed-symbol", message, shown, n_more=n_more)


def _joined(known: Sequence[Use], others: Sequence[Use]) -> list[Use]:
    """Uses of two sources, each place once: certain ones first, then in order of paths and lines."""
    places = {(use.path, use.start_byte) for use in known}
    found = [*known, *(use for use in others if (use.path, use.start_byte) not in places)]
    return sorted(found, key=lambda use: (not use.is_certain, use.path, use.line, use.start_byte))


def _is_bound_to_its_file(tree: StagedTree, target: Target, use: Use, elsewhere: Sequence[Symbol]) -> bool:
    """Whether a certain use means the definition in this very file, whatever other files define."""
    if target.language == "python":
        return True
    if target.language in ECMASCRIPT:
        version = tree.version(use.path)
        return version is not None and bool(version.parsed.imports)
    if target.symbol.kind == "method":
        return use.names_type or target.language == "php"
    folder = posixpath.dirname(target.path)
    rivals = [other for other in elsewhere if other.kind != "method" and posixpath.dirname(other.span.path) == folder]
    return target.language in {"go", "java", "php", "rust"} and not rivals


def _fate(one: Removed, new_name: str, changes: Sequence[Change], elsewhere: Sequence[Symbol]) -> str:
    """What became of a definition, as far as the commit shows."""
    if new_name:
        return f"was renamed to `{new_name}`"
    added = {(change.path, symbol.qualified_name) for change in changes for symbol in _added(change)}
    for symbol in elsewhere:
        if (symbol.span.path, symbol.qualified_name) in added and symbol.kind == one.symbol.kind:
            return f"was moved to {symbol.span.path}:{symbol.span.start_line}"
    return "was removed"


def _renamed_to(one: Removed, changes: Sequence[Change]) -> str:
    """The new definition that looks like the removed one, first in its own file, then in the others; "" for none."""
    home = one.change.old
    assert home is not None
    body = _body(home, one.symbol)
    before, _, _ = one.symbol.qualified_name.rpartition(one.symbol.name)
    n_compared = 0
    for change in sorted(changes, key=lambda change: change.path != one.change.path):
        best, best_name = _ALIKE, ""
        for symbol in _added(change):
            same_place = symbol.qualified_name.rpartition(symbol.name)[0] == before
            if symbol.kind != one.symbol.kind or not same_place or symbol.name == one.symbol.name:
                continue
            n_compared += 1
            if n_compared > _MAX_COMPARED:
                return best_name
            assert change.new is not None
            other = _body(change.new, symbol)
            ratio = 1.0 if other == body else SequenceMatcher(None, body, other, autojunk=False).quick_ratio()
            if ratio > best:
                ratio = SequenceMatcher(None, body.split(), other.split(), autojunk=False).ratio()
            if ratio > best:
                best, best_name = ratio, symbol.name
        if best_name:
            return best_name
    return ""


def _body(version: Version, symbol: Symbol) -> str:
    """The text of a definition with its own name blanked out."""
    text = version.content[symbol.span.start_byte : symbol.span.end_byte][:_MAX_BODY].decode("utf-8", "replace")
    return re.sub(rf"\b{re.escape(symbol.name)}\b", "_", text)


def _added(change: Change) -> list[Symbol]:
    if change.new is None:
        return []
    known = {symbol.qualified_name for symbol in change.old.parsed.symbols} if change.old else set()
    return [symbol for symbol in change.new.parsed.symbols if symbol.qualified_name not in known]


# -- called for otherwise -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """A changed header with the calls that may not fit it."""

    one: Resigned
    target: Target
    calls: tuple[Use, ...]
    others: tuple[Symbol, ...]
    """Definitions of the same name in other files, to which a call may go as well."""


def changed_signatures(tree: StagedTree, changed: Sequence[Resigned], resolved: Resolved) -> list[Finding]:
    """One finding for each function that has calls which fitted before and do not fit now."""
    cases = [case for one in changed if (case := _case(tree, one, resolved)) is not None]
    wanted = _Wanted()
    for case in cases:
        assert case.one.change.old is not None
        for symbol in case.one.old:
            wanted.declaration(case.one.change.old, symbol)
        for symbol in (*case.one.new, *case.others):
            wanted.declaration(tree.version(symbol.span.path), symbol)
        for use in case.calls:
            wanted.call(tree.version(use.path), use)
    wanted.look()
    return [finding for case in cases if (finding := _changed_signature(tree, case, wanted)) is not None]


def _case(tree: StagedTree, one: Resigned, resolved: Resolved) -> _Case | None:
    target = _callable_target(one)
    if target is None:
        return None
    named = [use for use in uses(tree, target) if use.kind == "call" and use.start_byte >= 0]
    named = [use for use in named if not resolved.contradicts(target, use)]
    known = resolved.calls(target, one.new if target.symbol in one.new else (target.symbol,))
    known = [use for use in known if use.is_certain or is_telling(target)]
    calls = tuple(_joined(known, named))
    if not calls:
        return None
    mine = {symbol.span for symbol in one.new}
    others: list[Symbol] = []
    if target.language in C_FAMILY or not all(use.is_certain for use in calls):
        others = [
            symbol for symbol in tree.definitions(target.name) if symbol.kind in _FUNCTIONS and symbol.span not in mine
        ]
    if len(others) > _NO_OTHERS:
        return None
    return _Case(one, target, calls, tuple(others))


def _callable_target(one: Resigned) -> Target | None:
    """The name by which a function is called: of a constructor, its class's."""
    version = one.change.new
    assert version is not None
    symbol = one.new[0]
    symbols = version.parsed.symbols
    parents = names_around(symbols, symbols.index(symbol))
    if symbol.name in _CONSTRUCTORS or symbol.kind == "constructor":
        if not parents:
            return None
        symbol, parents = parents[0], parents[1:]
        if "metaclass" in symbol.signature or any(
            each.name == "__new__" for each in symbols if each.parent is not None and symbols[each.parent] == symbol
        ):
            return None
    elif "@property" in _head(version, symbol) or symbol.name.startswith("__"):
        return None
    return Target(version.path, version.language, symbol.name, symbol, parents, version, is_gone=False)


def _head(version: Version, symbol: Symbol) -> str:
    """What stands before the header: decorators."""
    start = symbol.span.start_byte
    return version.content[start : start + 400].decode("utf-8", "replace").partition("def ")[0]


class _Wanted:
    """What is wanted of which file; `look` asks for all of it at once."""

    def __init__(self) -> None:
        self._versions: dict[int, Version] = {}
        self._declared: dict[int, list[Declared]] = {}
        self._calls: dict[int, list[int]] = {}
        self._parameters: dict[tuple[int, Declared], Parameters | None] = {}
        self._arguments: dict[tuple[int, int], Arguments | None] = {}

    def declaration(self, version: Version | None, symbol: Symbol) -> None:
        if version is not None:
            self._versions[id(version)] = version
            self._declared.setdefault(id(version), []).append(_declared(symbol))

    def call(self, version: Version | None, use: Use) -> None:
        if version is not None:
            self._versions[id(version)] = version
            self._calls.setdefault(id(version), []).append(use.start_byte)

    def look(self) -> None:
        questions = [
            Question(
                version.language,
                version.content,
                tuple(dict.fromkeys(self._declared.get(key, ()))),
                tuple(dict.fromkeys(self._calls.get(key, ()))),
            )
            for key, version in self._versions.items()
        ]
        for key, question, answer in zip(self._versions, questions, look(questions), strict=True):
            for declared, parameters in zip(question.declared, answer.declared, strict=True):
                self._parameters[key, declared] = parameters
            for start, arguments in zip(question.calls, answer.calls, strict=True):
                self._arguments[key, start] = arguments

    def parameters(self, version: Version | None, symbol: Symbol) -> Parameters | None:
        return self._parameters.get((id(version), _declared(symbol)))

    def arguments(self, version: Version | None, use: Use) -> Arguments | None:
        return self._arguments.get((id(version), use.start_byte))


def _declared(symbol: Symbol) -> Declared:
    return Declared(symbol.span.start_byte, symbol.span.end_byte, symbol.name, symbol.kind == "method")


def _changed_signature(tree: StagedTree, case: _Case, wanted: _Wanted) -> Finding | None:
    change, target = case.one.change, case.target
    before = [wanted.parameters(change.old, symbol) for symbol in case.one.old]
    now = [wanted.parameters(tree.version(symbol.span.path), symbol) for symbol in (*case.one.new, *case.others)]
    known_before = [parameters for parameters in before if parameters is not None]
    known_now = [parameters for parameters in now if parameters is not None]
    if len(known_now) < len(now) or len(known_before) < len(before):
        return None
    wrong: list[tuple[Use, str]] = []
    for use in case.calls:
        arguments = wanted.arguments(tree.version(use.path), use)
        if arguments is None:
            continue

        def fault(parameters: Parameters, given: Arguments = arguments, how: Use = use) -> str:
            return misfit(target.language, parameters, given, gives_receiver=how.names_type)

        faults = [fault(parameters) for parameters in known_now]
        if all(faults) and not all(fault(parameters) for parameters in known_before):
            wrong.append((use, faults[0]))
    if not wrong:
        return None
    is_certain = any(use.is_certain for use, _ in wrong)
    if is_certain:
        wrong = [(use, why) for use, why in wrong if use.is_certain]
    severity: Severity = "error" if is_certain and is_strict(target.language) else "warning"
    symbol = case.one.new[0]
    probably = "" if is_certain else "probably "
    places = _places([use for use, _ in wrong])
    message = f"{symbol.kind} `{symbol.qualified_name}` is {probably}still called the old way in {places}"
    found = []
    for use, why in wrong[:MAX_EVIDENCE]:
        version = tree.version(use.path)
        assert version is not None
        found.append(evidence(version, use.line, why))
    assert change.new is not None
    n_more = max(0, _n_places([use for use, _ in wrong]) - len(found))
    span = line_span(change.new, symbol.span.start_line)
    return Finding(span, severity, "changed-signature", message, tuple(found), n_more=n_more)


# -- words and places -----------------------------------------------------------------------------------------------


def _where(change: Change, symbol: Symbol) -> Span:
    """Where a removed definition stood, as the staged file is numbered."""
    if change.new is None:
        return symbol.span
    last = max(1, len(lines_of(change.new.content)))
    return line_span(change.new, min(last, new_line(change.blocks, symbol.span.start_line)))


def _places(places: Sequence[Use]) -> str:
    n = _n_places(places)
    return f"{n} place" if n == 1 else f"{n} places"


def _n_places(places: Sequence[Use]) -> int:
    return len({(use.path, use.line) for use in places})


def _evidence(tree: StagedTree, places: Sequence[Use]) -> tuple[Evidence, ...]:
    """The lines of the places; when there are too many, those of different files before more of one file."""
    lines = list(dict.fromkeys((use.path, use.line) for use in places))
    n_before: Counter[str] = Counter()
    depth = {}
    for path, line in lines:
        depth[path, line] = n_before[path]
        n_before[path] += 1
    kept = set(sorted(lines, key=depth.__getitem__)[:MAX_EVIDENCE])
    versions = [(tree.version(path), line) for path, line in lines if (path, line) in kept]
    return tuple(evidence(version, line) for version, line in versions if version is not None)
