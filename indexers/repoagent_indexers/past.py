"""A file, a folder, a definition or a line -> the commits that touched it, and what changes together with it.

The commits are git's own answer, which follows lines (`git log -L`) and names of files back; what changes together is
counted over the newest commits, which the index knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from posixpath import normpath

from repoagent_indexers.errors import EnvironmentFault, UsageError
from repoagent_indexers.git.commits import Logged, log
from repoagent_indexers.git.git_environment import run_git, shown
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.resolve.graph import find
from repoagent_indexers.resolve.named import Unknown, advice
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.source import Symbol

MAX_COMPANIONS = 8
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)

Hunk = tuple[int, int, int, int]
"""Lines of the last commit and lines of the work tree in their place: first and behind the last, of each."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that changes together with another place."""

    path: str
    n_together: int
    """Commits that touched both."""
    n_commits: int
    """Commits that touched this file."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of how a place came to be what it is."""

    path: str
    symbol: Symbol | None
    """The definition that was asked for, by its name or a line in it."""
    lines: tuple[int, int] | None
    """First and last line, 1-based, as the work tree has them; None for a whole file or folder."""
    commits: tuple[Logged, ...]
    """Newest first, merges left out."""
    has_more: bool
    """Whether there are older ones, or time was over before all had been looked at."""
    is_changed: bool
    """Whether the work tree holds it otherwise than the last commit."""
    companions: tuple[Companion, ...]
    """The files that most often changed together with it, counted over the newest commits."""
    note: str
    """What to know about how this was found; "" for nothing."""


def past(resolution: Resolution, what: str, limit: int = 10) -> Past:
    """The newest `limit` commits that touched a path, a definition or `path:line`, and what changed with them.

    Raises UsageError when `what` is ambiguous or unknown.
    """
    index = resolution.index
    path, symbol, lines = _place(resolution, what)
    head = index.history.head
    if not head:
        return Past(path, symbol, lines, (), False, True, (), "there is no commit yet")
    is_file = index.position(path) is not None
    hunks = _hunks(index, path) if is_file else []
    is_changed, note = bool(hunks), ""
    if lines is None:
        commits, is_whole = _of_path(index, path, limit, is_file)
    else:
        before, is_changed = _before(lines, hunks)
        commits, is_whole = _of_lines(index, path, before, limit) if before else ([], True)
        if not commits and not is_whole:
            commits, is_whole = _of_path(index, path, limit, is_file)
            note = "the lines cannot be followed back in this clone; these commits touched the file"
    if not is_file and not _is_folder(index, path):
        note = "no longer in the work tree"
    elif not commits and (inner := _submodule(index, path)):
        note, is_changed = f"in a submodule, a repository of its own; its commits are seen with -C {inner}", False
    elif not commits:
        note = "no commit holds it yet" if is_whole else "this clone does not hold what it came from"
        is_changed = is_changed or is_whole
    return Past(
        path,
        symbol,
        lines,
        tuple(commits[:limit]),
        len(commits) > limit or not is_whole,
        is_changed,
        _companions(index, path, {commit.id for commit in commits} if lines else set()),
        note,
    )


def _place(resolution: Resolution, what: str) -> tuple[str, Symbol | None, tuple[int, int] | None]:
    """Path, definition and lines of what is asked about."""
    index = resolution.index
    path = normpath(what) if what else ""
    if index.position(path) is not None or _is_folder(index, path) or path in index.history.paths.names:
        return path, None, None
    place, _, number = what.rpartition(":")
    place = normpath(place) if place else ""
    if number.isdigit() and index.position(place) is not None:
        line = int(number)
        around = [s for s in index.parsed(place).symbols if s.span.start_line <= line <= s.span.end_line]
        if around:
            return place, around[-1], (around[-1].span.start_line, around[-1].span.end_line)
        source = index.source(place)
        if source is None or not 0 < line <= source.content.count(b"\n") + 1:
            raise UsageError(f"{what}: {place} has no such line")
        return place, None, (line, line)
    try:
        symbol = find(resolution, what).symbol
    except Unknown:
        raise UsageError(
            f"{shown(what)}: no file, folder or definition of this repository; {advice(index, what)}"
        ) from None
    return symbol.span.path, symbol, (symbol.span.start_line, symbol.span.end_line)


def _is_folder(index: Index, path: str) -> bool:
    return path == "." or any(each.startswith(f"{path}/") for each in index.catalogue.paths)


def _submodule(index: Index, path: str) -> str:
    """The submodule that a path lies in, "" for none."""
    return next((each for each in index.repository.snapshot().submodules if f"{path}/".startswith(f"{each}/")), "")


def _of_path(index: Index, path: str, limit: int, is_file: bool) -> tuple[list[Logged], bool]:
    follow = ["--follow"] if is_file else []
    return log(index.repository, limit + 1, [*follow, index.history.head, "--", path])


def _of_lines(index: Index, path: str, lines: tuple[int, int], limit: int) -> tuple[list[Logged], bool]:
    first, last = lines
    return log(index.repository, limit + 1, ["-L", f"{first},{last}:{path}", index.history.head])


def _hunks(index: Index, path: str) -> list[Hunk]:
    """Where a file of the work tree differs from the last commit."""
    options = ["-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-relative"]
    line = ["diff", *options, index.history.head, "--", path]
    try:
        printed = run_git(line, index.repository.root, index.repository.environment)
    except EnvironmentFault:  # not to be compared here: taken for the same
        return []
    rows = (found.groups(b"1") for found in _HUNK.finditer(printed))
    return [(*_stretch(int(a), int(b)), *_stretch(int(c), int(d))) for a, b, c, d in rows]


def _stretch(first: int, n: int) -> tuple[int, int]:
    """Half open; a hunk of no lines names the line before."""
    return (first, first + n) if n else (first + 1, first + 1)


def _before(lines: tuple[int, int], hunks: Iterable[Hunk]) -> tuple[tuple[int, int] | None, bool]:
    """The same lines in the last commit, None where they are all new; and whether any of them was changed since."""
    first, stop = lines[0], lines[1] + 1
    start, end = first, stop
    is_changed = False
    for old, old_stop, new, new_stop in hunks:
        if new_stop <= first:
            start = first + old_stop - new_stop
        elif new <= first:
            start = old
        if new < stop:
            end = stop + old_stop - new_stop if new_stop <= stop else old_stop
            is_changed = is_changed or new_stop > first
    return ((start, end - 1) if start < end else None), is_changed


def _companions(index: Index, path: str, own: Collection[str]) -> tuple[Companion, ...]:
    """What changed in the commits `own`, or without those in all that touched a path or something below it."""
    history = index.history
    names = history.paths.names
    inside = {number for number, name in enumerate(names) if name == path or name.startswith(f"{path}/")}
    total: Counter[int] = Counter()
    together: Counter[int] = Counter()
    numbers, ends = history.paths.numbers.tolist(), history.paths.ends.tolist()
    for at, commit in enumerate(history.ids):
        touched = numbers[ends[at] : ends[at + 1]]
        total.update(touched)
        if commit in own if own else not inside.isdisjoint(touched):
            together.update(number for number in touched if number not in inside)
    found = [
        Companion(names[number], n, total[number])
        for number, n in together.items()
        if n > 1 and index.position(names[number]) is not None
    ]
    found.sort(key=lambda one: (-one.n_together, one.n_commits, one.path))
    return tuple(found[:MAX_COMPANIONS])
