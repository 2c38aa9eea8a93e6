"""Whether files can still be read after edits: those that leave one with new syntax errors are left out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from repoagent_agents.editing.edits import Edit, apply_to, by_path, place_of
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.reading.workers import Job, read_all

MAX_COMPILED = 1 << 20
"""Bytes of a file that Python itself is asked about."""


def readable(edits: Sequence[Edit], contents: Mapping[str, bytes], problems: list[str]) -> tuple[Edit, ...]:
    """Return the edits without those that would leave a file with syntax errors it does not have now; says so in
    `problems`. Paths that `contents` lacks count as new files."""
    grouped = by_path(edits)
    after: dict[str, bytes] = {}
    for path, own in grouped.items():
        try:
            after[path] = apply_to(contents.get(path, b""), own)
        except (UsageError, Refused) as error:
            problems.append(str(error))
    before = {path: contents.get(path, b"") for path in after}
    worse = _worse(before, after)
    trials: dict[_Trial, bytes] = {}
    for path in worse:
        trials |= {(path, edit): apply_to(before[path], [edit]) for edit in grouped[path]}
    guilty = {key for key, line in _each_worse(before, trials).items() if line}
    kept: list[Edit] = []
    for path, own in grouped.items():
        if path not in worse:
            kept += own if path in after else ()
            continue
        innocent = [edit for edit in own if (path, edit) not in guilty]
        if len(innocent) < len(own) and not (
            innocent and _worse({path: before[path]}, {path: apply_to(before[path], innocent)})
        ):
            kept += innocent
            for edit in own:
                if (path, edit) in guilty:
                    problems.append(
                        f"{place_of(before[path], edit)}: with this edit the file no longer parses; left out"
                    )
        else:
            problems.append(f"{shown(path)}:{worse[path]}: with these edits the file no longer parses; left out")
    return tuple(kept)


def facts_of(files: Sequence[tuple[str, str, bytes]]) -> list[Facts]:
    """Return what each of (path, language, content) says, in order; read by a process that can be killed."""
    if not files:
        return []
    found: dict[int, Facts] = {}
    jobs = [Job(key, path, language, content) for key, (path, language, content) in enumerate(files)]
    for read in read_all(jobs):
        found[read.job.key] = Facts.from_bytes(read.facts)
    return [found[key] for key in range(len(files))]


_Trial = tuple[str, Edit | None]
"""A path, and the one edit that is tried; None for all of them."""


def _worse(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, int]:
    """Return the paths that have more syntax errors after than before -> line of the first one after."""
    keyed: dict[_Trial, bytes] = {(path, None): content for path, content in after.items()}
    return {path: line for (path, _), line in _each_worse(before, keyed).items() if line}


def _each_worse(before: Mapping[str, bytes], after: Mapping[_Trial, bytes]) -> dict[_Trial, int]:
    """Return for each content after, keyed by path and edit, the line of its first error if it has more; else 0."""
    languages = {path: language_of(path, before[path] or after[path, edit]) for path, edit in after}
    stops = {key: _python_error(after[key]) for key in after if languages[key[0]] == "python"}
    code = [key for key in after if LANGUAGES[languages[key[0]]].is_code and stops.get(key) != 0]
    facts = dict(zip(code, facts_of([(path, languages[path], after[path, edit]) for path, edit in code]), strict=True))
    doubtful = sorted({path for (path, _), fact in facts.items() if fact.errors and not fact.problem})
    old_facts = facts_of([(path, languages[path], before[path]) for path in doubtful])
    n_before = {path: len(fact.errors) for path, fact in zip(doubtful, old_facts, strict=True)}
    found: dict[_Trial, int] = dict.fromkeys(after, 0)
    for key, fact in facts.items():
        path = key[0]
        if len(fact.errors) > n_before.get(path, 0) or fact.problem:
            found[key] = next(iter(fact.errors), 1)
        elif (line := stops.get(key)) and not _python_error(before[path]):
            found[key] = line
    return found


def _python_error(content: bytes) -> int | None:
    """Return the line at which Python itself would stop, 0 for none; None when Python cannot tell."""
    if len(content) > MAX_COMPILED:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = content.decode("utf-8").removeprefix("\ufeff")  # what the file says it is written in no longer holds
            compile(text, "<edited>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return error.lineno or 1
        except (ValueError, RecursionError, MemoryError, OverflowError):
            return None
    return 0
