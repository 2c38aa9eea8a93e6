"""symbol, new name -> the edits that rename a definition and every use of it, and what is left for a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from repoagent_agents.editing.edit_check import readable
from repoagent_agents.editing.edits import Edit
from repoagent_agents.rename.in_words import mentioned
from repoagent_agents.rename.other import rename_other
from repoagent_agents.rename.outcome import Outcome, SeveralMeanings
from repoagent_agents.rename.python import rename_python
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import LANGUAGES, family_of
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.named import Candidate, ambiguous, candidates, parts_of
from repoagent_indexers.resolve.python.program import PythonProgram
from repoagent_indexers.resolve.syntax import mentions
from repoagent_indexers.source import SourceFile


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """What a rename comes to; nothing is written."""

    edits: tuple[Edit, ...]
    """By path, then by place."""
    notes: tuple[str, ...]
    """What a person should know: one line each."""
    skipped: tuple[str, ...]
    """Places that may mean the same thing and were left alone: `path:line: why`."""
    moves: dict[str, str] = field(default_factory=dict)
    """Files that must be called like what they define: old path -> new path."""


def plan_rename(
    repository: Repository, index: Index, symbol: str, new_name: str, *, in_words: bool = False
) -> RenamePlan:
    """Plan to rename a definition: a name, a qualified name (`Client.open`, `flask.app.Flask.run`), or `path:line`.

    The new name may be as qualified as the old one. With `in_words`, what comments and documentation clearly say of it
    is changed too. Raises UsageError for a definition that is unknown or ambiguous and
    for a new name that is none in its language, Refused for one that already means something there.
    """
    found = candidates(index, symbol)
    inner = tuple(f"{path}/" for path in repository.snapshot().submodules)
    for candidate in found:
        if candidate.path.startswith(inner):
            raise Refused(f"{shown(candidate.path)}: in a submodule, a repository of its own; rename it there")
    old = _name_at(index, found[0])
    new_name = _unqualified(new_name, found[0])
    if old == new_name:
        raise UsageError(f"{shown(new_name)}: that is its name already; give another one")
    texts = list(_mentioning(index, old))
    languages = {candidate.language for candidate in found}
    try:
        if languages == {"python"}:
            program = PythonProgram(index)
            paths = [source.path for source in texts if source.language == "python"]
            places = [Place(candidate.path, candidate.start) for candidate in found]
            outcome = rename_python(program, places, old, new_name, paths)
            unread = program.unreadable
        else:
            family = family_of(found[0].language)
            if not languages <= family:
                raise SeveralMeanings(old)
            chosen = [source for source in texts if source.language in family]
            places = [Place(candidate.path, candidate.start) for candidate in found]
            outcome, unread = rename_other(index, places, old, new_name, chosen), {}
    except SeveralMeanings:
        raise ambiguous(symbol, found) from None
    contents = {source.path: source.content for source in texts}
    for candidate in found:
        if candidate.start not in outcome.sites.get(candidate.path, {}):
            raise Refused(f"{shown(candidate.path)}:{candidate.line}: the definition itself cannot be renamed there")
    elsewhere = {path: outcome.sites.pop(path) for path in sorted(outcome.sites) if path.startswith(inner)}
    summary = [_summary(outcome, old, new_name)]
    if in_words:
        said = mentioned(
            index, [source for source in texts if not source.path.startswith(inner)], outcome, found[0], old
        )
        n = sum(map(len, said.values()))
        summary += [f"{_mentions(n)} in comments and documentation changed too"] if n else []
        for path, starts in said.items():
            for start in starts:
                outcome.add(path, start, new_name)
    edits = _edits(contents, outcome, old)
    broken: list[str] = []
    if len(readable(edits, {path: contents[path] for path in outcome.sites}, broken)) < len(edits):
        raise Refused(f"{broken[0]}; nothing is renamed: choose another name")
    notes = [*summary, *outcome.notes, *_left_alone(texts, contents, outcome, old)]
    for path in sorted(set(unread) & set(contents)):
        notes.append(f"{shown(path)}: mentions {shown(old)}, but could not be read ({unread[path]})")
    skipped = {*outcome.skipped, *_in_submodules(contents, elsewhere)}
    notes += [f"{shown(path)} is moved to {shown(to)}, after what it defines" for path, to in outcome.moves.items()]
    return RenamePlan(edits, tuple(notes), tuple(sorted(skipped, key=_by_place)), outcome.moves)


def _in_submodules(contents: dict[str, bytes], sites: dict[str, dict[int, str]]) -> Iterable[str]:
    for path, own in sites.items():
        for start in own:
            line = contents[path].count(b"\n", 0, start) + 1
            yield f"{path}:{line}: in a submodule, a repository of its own; rename it there"


def _unqualified(new_name: str, candidate: Candidate) -> str:
    """The new name alone, where it is written as qualified as the old one: `Client.connect` for `Client.open`."""
    *around, last = parts_of(new_name)
    if not around or not last.isidentifier() or candidate.language == "bash":  # where `a::b` is one name
        return new_name
    own = parts_of(candidate.qualified_name)[:-1]
    if own[-len(around) :] != around:
        raise UsageError(f"{shown(new_name)}: a rename leaves a definition where it is; give the new name alone")
    return last


def _name_at(index: Index, candidate: Candidate) -> str:
    source = index.source(candidate.path)
    if source is None:
        raise Refused(f"{shown(candidate.path)}: changed while it was read; try again")
    facts = index.facts_of(candidate.path)
    if candidate.language == "bash" and facts is not None:
        return facts.symbol_name(candidate.number)
    found = re.compile(rb"[\w$\x80-\xff?!']+").match(source.content, candidate.start)
    if found is None:
        raise UsageError(f"{shown(candidate.qualified_name)}: an operator, which is not renamed; change it by hand")
    return found[0].decode("utf-8", "surrogateescape")


def _mentioning(index: Index, name: str) -> Iterable[SourceFile]:
    """Every file in which a name stands as a word of its own."""
    for position in index.mentioning(name):
        source = index.source(index.catalogue.paths[position])
        if source is not None and mentions(source.content, name, source.language):
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
        n_left = len(mentions(contents[source.path], old, source.language)) - len(outcome.sites.get(source.path, {}))
        if not LANGUAGES[source.language].is_code:
            in_text += n_left
        elif source.path in outcome.sites:
            in_code += n_left
    if in_code:
        yield f"{_mentions(in_code, 'other ')} in the changed files left as they are: comments, strings, namesakes"
    if in_text:
        yield f"{_mentions(in_text)} in documentation and other text left as they are"


def _mentions(n: int, which: str = "") -> str:
    return f"{n} {which}mention{'s' * (n != 1)}"


def _by_place(line: str) -> tuple[str, int, str]:
    path, _, rest = line.partition(":")
    number = rest.partition(":")[0]
    return path, int(number) if number.isdigit() else 0, line
