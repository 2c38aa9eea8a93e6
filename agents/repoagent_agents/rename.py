"""symbol, new name -> the edits that rename a definition and every use of it, and what is left for a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repoagent_agents.edits import Edit, readable
from repoagent_agents.rename_other import FAMILIES, rename_other
from repoagent_agents.rename_python import Outcome, Place, SeveralMeanings, rename_python
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.facts import SYMBOL_WIDTH
from repoagent_indexers.git_environment import shown
from repoagent_indexers.index import Index
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.repository import Repository
from repoagent_indexers.resolve.python_program import ClassValue, PythonProgram
from repoagent_indexers.resolve.syntax import mentions
from repoagent_indexers.source import SourceFile

_MAX_SHOWN = 5
_JOINTS = re.compile(r"\.|::|#|->|\\|/")


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """What a rename comes to; nothing is written."""

    edits: tuple[Edit, ...]
    """By path, then by place."""
    notes: tuple[str, ...]
    """What a person should know: one line each."""
    skipped: tuple[str, ...]
    """Places that may mean the same thing and were left alone: `path:line: why`."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A definition that may be meant."""

    path: str
    language: str
    qualified_name: str
    kind: str
    start: int
    """Where its name begins."""
    line: int


def plan_rename(repository: Repository, index: Index, symbol: str, new_name: str) -> RenamePlan:
    """Plan to rename a definition: a name, a qualified name (`Client.open`, `flask.app.Flask.run`), or `path:line`.

    Raises UsageError for a definition that is unknown or ambiguous and for a new name that is none in its language,
    Refused for one that already means something there.
    """
    del repository  # the index reads through its own; every planner has the same first arguments
    candidates = _candidates(index, symbol)
    old = _name_at(index, candidates[0])
    if old == new_name:
        raise UsageError(f"{shown(new_name)}: that is its name already; give another one")
    texts = list(_mentioning(index, old))
    languages = {candidate.language for candidate in candidates}
    try:
        if languages == {"python"}:
            program = PythonProgram(index)
            paths = [source.path for source in texts if source.language == "python"]
            places = [Place(candidate.path, candidate.start) for candidate in candidates]
            outcome = rename_python(program, places, old, new_name, paths)
            unread = program.unreadable
        else:
            family = next((one for one in FAMILIES if languages <= one), None)
            if family is None:
                raise SeveralMeanings(old)
            chosen = [source for source in texts if source.language in family]
            places = [Place(candidate.path, candidate.start) for candidate in candidates]
            outcome, unread = rename_other(index, places, old, new_name, chosen), {}
    except SeveralMeanings:
        raise _ambiguous(symbol, candidates) from None
    contents = {source.path: source.content for source in texts}
    edits = _edits(contents, outcome, old)
    broken: list[str] = []
    if len(readable(edits, {path: contents[path] for path in outcome.sites}, broken)) < len(edits):
        raise Refused(f"{broken[0]}; nothing is renamed: choose another name")
    notes = [_summary(outcome, old, new_name), *outcome.notes, *_left_alone(texts, contents, outcome, old)]
    for path in sorted(set(unread) & set(contents)):
        notes.append(f"{shown(path)}: mentions {shown(old)}, but could not be read ({unread[path]})")
    return RenamePlan(edits, tuple(notes), tuple(sorted(set(outcome.skipped), key=_by_place)))


def _candidates(index: Index, symbol: str) -> list[_Candidate]:
    """The definitions that a wish names; at least one."""
    place = re.fullmatch(r"(.+):(\d+)", symbol)
    if place and (position := index.position(place[1].removeprefix("./"))) is not None:
        return [_at_line(index, position, int(place[2]))]
    parts = [part for part in _JOINTS.split(symbol.strip().removesuffix("()")) if part]
    if not parts:
        raise UsageError("no symbol is named; give a name, a qualified name, or path:line")
    named = [_candidate(index, position, number) for position, number in sorted(index.definitions(parts[-1]))]
    found = [one for one in named if one is not None and _ends_with(one, parts)]
    if not found and len(parts) > 1:
        found = _attributes(index, parts)
    if not found:
        raise UsageError(f"{shown(symbol)}: no such definition in this repository; `repoagent symbols` lists them")
    return found


def _candidate(index: Index, position: int, number: int) -> _Candidate | None:
    facts = index.facts(position)
    if facts is None or facts.problem:
        return None
    path = index.catalogue.paths[position]
    found = facts.symbol(number, path)
    start = facts.symbols[number * SYMBOL_WIDTH + 10]
    source = index.source(path)
    line = source.content.count(b"\n", 0, start) + 1 if source is not None else found.span.start_line
    return _Candidate(path, facts.language, found.qualified_name, found.kind, start, line)


def _ends_with(candidate: _Candidate, parts: Sequence[str]) -> bool:
    own = _JOINTS.split(candidate.qualified_name)
    if own[-len(parts) :] == list(parts):
        return True
    folders = candidate.path.rsplit(".", 1)[0].split("/")
    whole = [*(folders[:-1] if folders[-1] in {"__init__", "index", "mod"} else folders), *own]
    return len(parts) > len(own) and whole[-len(parts) :] == list(parts)


def _at_line(index: Index, position: int, line: int) -> _Candidate:
    """The definition whose name stands on a line, else the innermost one around it."""
    facts = index.facts(position)
    n_symbols = facts.n_symbols if facts is not None else 0
    everything = [_candidate(index, position, number) for number in range(n_symbols)]
    here = [one for one in everything if one is not None and one.line == line]
    path = index.catalogue.paths[position]
    if len(here) == 1:
        return here[0]
    if here:
        raise _ambiguous(f"{path}:{line}", here)
    spans = index.parsed(path).symbols
    around = [n for n, each in enumerate(spans) if each.span.start_line <= line <= each.span.end_line]
    found = _candidate(index, position, around[-1]) if around else None
    if found is None:
        raise UsageError(f"{shown(path)}:{line}: no definition stands there; name the line of its name")
    return found


def _attributes(index: Index, parts: Sequence[str]) -> list[_Candidate]:
    """Attributes that a class's methods set, which are no definitions of their own: `Client.timeout`."""
    program = PythonProgram(index)
    found = []
    for position, number in index.definitions(parts[-2]):
        one = _candidate(index, position, number)
        file = program.file(one.path) if one is not None and one.language == "python" else None
        if one is None or file is None or one.kind != "class" or not _ends_with(one, parts[:-1]):
            continue
        node = file.tree.root_node.descendant_for_byte_range(one.start, one.start + 1)
        while node is not None and node.type != "class_definition":
            node = node.parent
        _, scope = program.class_scope(ClassValue(one.path, node.start_byte)) if node is not None else (None, None)
        if scope is None:
            continue
        for set_there in program.self_attributes(file, scope, parts[-1])[:1]:
            name = f"{one.qualified_name}.{parts[-1]}"
            start = set_there.start
            found.append(_Candidate(one.path, "python", name, "attribute", start, file.line(start)))
    return found


def _ambiguous(symbol: str, candidates: Sequence[_Candidate]) -> UsageError:
    listed = [f"{shown(one.path)}:{one.line} ({one.qualified_name})" for one in candidates[:_MAX_SHOWN]]
    more = f" and {len(candidates) - _MAX_SHOWN} more" if len(candidates) > _MAX_SHOWN else ""
    return UsageError(
        f"{shown(symbol)} may mean {', '.join(listed)}{more}; name one by path:line or with more of its name"
    )


def _name_at(index: Index, candidate: _Candidate) -> str:
    source = index.source(candidate.path)
    if source is None:
        raise Refused(f"{shown(candidate.path)}: changed while it was read; try again")
    found = re.compile(rb"[\w$\x80-\xff?!']+").match(source.content, candidate.start)
    assert found is not None
    return found[0].decode("utf-8", "surrogateescape")


def _mentioning(index: Index, name: str) -> Iterable[SourceFile]:
    """Every file in which a name stands. All are read: postings leave out short words and what is long and plain."""
    word = name.encode("utf-8", "surrogateescape")
    for path in index.catalogue.paths:
        source = index.source(path)
        if source is not None and word in source.content:
            yield source


def _edits(contents: dict[str, bytes], outcome: Outcome, old: str) -> tuple[Edit, ...]:
    edits = []
    for path, sites in sorted(outcome.sites.items()):
        for start, text in sorted(sites.items()):
            end = start + len(old.encode("utf-8", "surrogateescape"))
            edits.append(Edit(path, start, end, contents[path][start:end], text.encode("utf-8", "surrogateescape")))
    return tuple(edits)


def _summary(outcome: Outcome, old: str, new: str) -> str:
    n_sites = sum(map(len, outcome.sites.values()))
    places = f"{n_sites} place{'s' * (n_sites != 1)}"
    files = f"{len(outcome.sites)} file{'s' * (len(outcome.sites) != 1)}"
    return f"{shown(old)} becomes {shown(new)} in {places} of {files}"


def _left_alone(texts: Sequence[SourceFile], contents: dict[str, bytes], outcome: Outcome, old: str) -> Iterable[str]:
    """Say how often the old name still stands in text that is not code."""
    in_code, in_text = 0, 0
    for source in texts:
        n_left = len(mentions(contents[source.path], old)) - len(outcome.sites.get(source.path, {}))
        if not LANGUAGES[source.language].is_code:
            in_text += n_left
        elif source.path in outcome.sites:
            in_code += n_left
    if in_code:
        yield f"{in_code} other mentions in the changed files were left as they are: comments, strings, namesakes"
    if in_text:
        yield f"{in_text} mentions in documentation and other text were left as they are"


def _by_place(line: str) -> tuple[str, int]:
    path, _, rest = line.partition(":")
    number = rest.partition(":")[0]
    return path, int(number) if number.isdigit() else 0
