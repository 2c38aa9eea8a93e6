"""What a person writes -> the definitions it may mean: a name, a qualified name, or `path:line`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from repoagent_indexers.errors import UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH

_MAX_SHOWN = 5
_MAX_MEANT = 3
"""Names that may be meant by one which nothing bears."""
_CALLED = frozenset({"function", "method", "constructor", "operator", "macro", "class", "struct", "record"})
_JOINTS = re.compile(r"(?<!\boperator)(?:\.|::|#|->|\\|/)")
"""Between the parts of a name; what is behind `operator` belongs to the name, as in C++'s `operator->`."""


class Unknown(UsageError):
    """Nothing in the repository bears a name."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A definition that may be meant."""

    path: str
    language: str
    qualified_name: str
    kind: str
    number: int
    """Its position in the file's tuple of symbols; -1 for an attribute that only methods set, which is none."""
    start: int
    """Where its name begins."""
    line: int


def candidates(index: Index, what: str) -> list[Candidate]:
    """The definitions that `what` names, at least one, those in source before those in tests and the like.

    Raises Unknown for none, UsageError for a line without one.
    """
    place = re.fullmatch(r"(.+):(\d+)", what)
    if place and (position := index.position(place[1].removeprefix("./"))) is not None:
        return [_at_line(index, position, int(place[2]))]
    parts = parts_of(what)
    if not what.strip():
        raise UsageError("no symbol is named; give a name, a qualified name, or path:line")
    if index.position(what) is not None:
        raise UsageError(f"{shown(what)}: a file, no definition; name one in it, or path:line")
    places = sorted(definitions_of(index, parts), key=lambda place: (index.catalogue.roles[place[0]], place))
    named = [candidate(index, position, number) for position, number in places]
    found = [one for one in named if one is not None and _ends_with(one, parts)]
    if len(parts) > 1:  # a whole name, as its language writes it, before the end of a longer one and other notations
        found = [one for one in found if one.qualified_name == what.strip().removesuffix("()")] or found
    if what.rstrip().endswith("()"):  # a method, where a field bears the same name
        found = [one for one in found if one.kind in _CALLED] or found
    found = [one for one in found if one.kind != "extension"] or found  # the type itself before what adds to it
    if len(parts) > 1:  # Haskell: a constructor that bears the name of its type, in a module of that name
        found = [one for one in found if _JOINTS.split(one.qualified_name) == parts] or found
    found = [one for one in found if not _is_behind(index, one)] or found
    if not found and len(parts) > 1:
        found = _attributes(index, parts)
    if not found:
        raise Unknown(f"{shown(what)}: no such definition in this repository; {advice(index, what)}")
    return found


def advice(index: Index, what: str) -> str:
    """What to tell who names what nothing bears: names that may be meant, else where to find some."""
    from repoagent_indexers.ranking.spelling import names_like  # with all that understands questions

    last = parts_of(what)[-1:]
    places = sorted(definitions_of(index, last), key=lambda place: (index.catalogue.roles[place[0]], place))
    borne = [candidate(index, *place) for place in places]
    near = [one.qualified_name for one in borne if one is not None and _JOINTS.split(one.qualified_name)[-1:] == last]
    near = list(dict.fromkeys(near)) or [name for part in last for name in names_like(index, part, _MAX_MEANT)]
    if not near:
        return "`repoagent symbols` lists them"
    return f"did you mean {' or '.join(shown(name) for name in near[:_MAX_MEANT])}?"


def parts_of(name: str) -> list[str]:
    """The parts of a qualified name in any language's notation: `Client.open`, `ns::Client::open`, `Client#open`."""
    return [part for part in _JOINTS.split(name.strip().removesuffix("()")) if part]


def definitions_of(index: Index, parts: Sequence[str]) -> list[tuple[int, int]]:
    """Where something is defined whose name may end a qualified name: its last part, or all of a dotted namespace's."""
    names = {parts[-1], ".".join(parts), "\\".join(parts), "::".join(parts)} if parts else set()
    return sorted({place for name in names for place in index.definitions(name)})


def ambiguous(
    what: str, found: Sequence[Candidate], advice: str = "name one by path:line or with more of its name"
) -> UsageError:
    """The error for a name that means several things: which, and how to name one."""
    listed = [f"{shown(one.path)}:{one.line} ({one.qualified_name})" for one in found[:_MAX_SHOWN]]
    more = f" and {len(found) - _MAX_SHOWN} more" if len(found) > _MAX_SHOWN else ""
    return UsageError(f"{shown(what)} may mean {', '.join(listed)}{more}; {advice}")


def candidate(index: Index, position: int, number: int) -> Candidate | None:
    """One symbol of a file; None where its grammar could not read the file."""
    facts = index.facts(position)
    if facts is None or facts.problem:
        return None
    path = index.catalogue.paths[position]
    found = facts.symbol(number, path)
    start = facts.symbols[number * SYMBOL_WIDTH + 10]
    source = index.source(path)
    line = source.content.count(b"\n", 0, start) + 1 if source is not None else found.span.start_line
    return Candidate(path, facts.language, found.qualified_name, found.kind, number, start, line)


def _is_behind(index: Index, one: Candidate) -> bool:
    """Whether a definition in Haskell gives way to namesakes: a module, an instance, what an instance defines.

    A type bears its module's name more often than not, an instance always that of its class.
    """
    facts = index.facts_of(one.path) if one.language == "haskell" else None
    if facts is None:
        return False
    parent = facts.parent(one.number)
    around = SYMBOL_KINDS[facts.symbols[parent * SYMBOL_WIDTH]] if parent >= 0 else ""
    return one.kind in {"module", "instance"} or around == "instance"


def _ends_with(one: Candidate, parts: Sequence[str]) -> bool:
    own = _JOINTS.split(one.qualified_name)
    if own[-len(parts) :] == list(parts):
        return True
    folders = one.path.rsplit(".", 1)[0].split("/")
    whole = [*(folders[:-1] if folders[-1] in {"__init__", "index", "mod"} else folders), *own]
    return len(parts) > len(own) and whole[-len(parts) :] == list(parts)


def _at_line(index: Index, position: int, line: int) -> Candidate:
    """The definition whose name stands on a line, else the innermost one around it."""
    facts = index.facts(position)
    n_symbols = facts.n_symbols if facts is not None else 0
    everything = [candidate(index, position, number) for number in range(n_symbols)]
    here = [one for one in everything if one is not None and one.line == line]
    path = index.catalogue.paths[position]
    spans = index.parsed(path).symbols
    around_all = [one for one in here if all(spans[one.number].span.holds(spans[each.number].span) for each in here)]
    if around_all:
        return around_all[0]
    if here:
        raise ambiguous(f"{path}:{line}", here, "several stand on that line; name one by its name")
    around = [n for n, each in enumerate(spans) if each.span.start_line <= line <= each.span.end_line]
    found = candidate(index, position, around[-1]) if around else None
    if found is None and (note := index.catalogue.notes[position]):
        raise UsageError(f"{shown(path)}: it was not read: {note}")
    if found is None:
        raise UsageError(f"{shown(path)}:{line}: no definition stands there; name the line of its name")
    return found


def _attributes(index: Index, parts: Sequence[str]) -> list[Candidate]:
    """Attributes that a class's methods set, which are no definitions of their own: `Client.timeout`."""
    from repoagent_indexers.resolve.python.program import PythonProgram
    from repoagent_indexers.resolve.python.values import ClassValue

    program = PythonProgram(index)
    found = []
    for position, number in index.definitions(parts[-2]):
        one = candidate(index, position, number)
        file = program.file(one.path) if one is not None and one.language == "python" else None
        if one is None or file is None or one.kind != "class" or not _ends_with(one, parts[:-1]):
            continue
        node = file.around(one.start, "class_definition")
        _, scope = program.class_scope(ClassValue(one.path, node.start_byte)) if node is not None else (None, None)
        if scope is None:
            continue
        for set_there in program.self_attributes(file, scope, parts[-1])[:1]:
            name = f"{one.qualified_name}.{parts[-1]}"
            start = set_there.start
            found.append(Candidate(one.path, "python", name, "attribute", -1, start, file.line(start)))
    return found
