"""Every use of one definition in languages other than Python, by what is known there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from repoagent_agents.rename.by_meaning import by_meaning
from repoagent_agents.rename.by_names import ByNames
from repoagent_agents.rename.definitions import Definitions
from repoagent_agents.rename.names import asked_for_outside, check_name, is_of_every_object
from repoagent_agents.rename.outcome import Outcome
from repoagent_indexers.errors import UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.source import SourceFile

_FILES_BEAR_NAMES = frozenset({"java", "php"})
"""Languages in which a class is looked for in a file of its name."""


def rename_other(index: Index, places: Sequence[Place], old: str, new: str, sources: Sequence[SourceFile]) -> Outcome:
    """Return every place to change. `places` are the definitions meant, `sources` the files in which `old` stands.

    Raises UsageError for a new name that is none, SeveralMeanings for definitions that are not one thing, Refused for a
    name that is taken.
    """
    check_name(old, new, sources[0].language if sources else "")
    readable = [source for source in sources if not _problem(index, source.path)]
    resolution = Resolution(index)
    definitions = Definitions(resolution, old, places, readable)
    target = definitions.target
    if target.language == "bash" and target.kind != "function" and not new.isidentifier():
        raise UsageError(f"{shown(new)}: no name of a variable in bash")
    definitions.check_free(new)
    definitions.check_overriding()
    resolver = resolution.resolver(target.path)
    if resolver is not None and definitions.are_told:
        outcome = by_meaning(resolver, definitions, new, readable)
    else:
        outcome = ByNames(resolution, definitions, new, readable).run()
    if target.is_type or target.kind == "constructor":
        _name_files(definitions, new, outcome)
    outcome.notes += _asked_for_elsewhere(definitions)
    for source in sources:
        if problem := _problem(index, source.path):
            outcome.notes.append(f"{shown(source.path)}: mentions {shown(old)}, but could not be read ({problem})")
    return outcome


def _problem(index: Index, path: str) -> str:
    facts = index.facts_of(path)
    return facts.problem if facts is not None else "it is not in the index"


def _name_files(definitions: Definitions, new: str, outcome: Outcome) -> None:
    """What is to become of files that are called like the type: javac and PHP's autoloaders look for it by name."""
    types = {(d.path, d.language) for d in definitions.group if d.is_type and "." not in d.qualified_name}
    for path, language in sorted(types):
        place = PurePosixPath(path)
        if place.stem != definitions.name:
            continue
        if language in _FILES_BEAR_NAMES:
            outcome.moves[path] = str(place.with_name(f"{new}{place.suffix}"))
        else:
            outcome.notes.append(f"{shown(path)}: the file still bears the old name")


def _asked_for_elsewhere(definitions: Definitions) -> list[str]:
    """What may ask for a member by its old name, and cannot be looked at."""
    target, old = definitions.target, definitions.name
    if not target.is_member or target.kind != "method":
        return []
    if interface := asked_for_outside(old, target.language):
        return [f"{old} is what {interface} asks for: a type that is used as one no longer is"]
    if is_of_every_object(old, target.language):
        return [
            f"{old} is what every object has: calls of the old name still find that one, and it is no longer overridden"
        ]
    if outside := definitions.outside():
        return [
            f"{outside} is derived from a type outside of the repository; if that has {old}, it is no longer overridden"
        ]
    return []
