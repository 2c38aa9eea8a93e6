"""git -> the newest commits that HEAD leads to: what each says, and which paths it touched.

Two plumbing commands, of which neither needs a file's content: `rev-list` names the commits, `diff-tree` says of those
not known yet what they hold. All of it is bounded: in commits, in bytes of a message, in paths of a commit, in bytes
and seconds in all. Merges are passed over: what they bring in stands in the commits that they join.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.git_environment import end_git, run_git, start_git

if TYPE_CHECKING:
    from repoagent_indexers.repository import Repository

MAX_MESSAGE = 4096
"""Bytes of a message that are read."""
MAX_TOUCHED = 100
"""Paths; a commit that touches more (a reformatting, a first import) says nothing about any of them."""
MAX_READ = 64 << 20
"""Bytes that git may print."""
_LATEST = 1 << 40
"""Seconds; a commit may claim to be later."""
SECONDS = 30.0
"""After which git is ended; what it has said by then counts."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One commit that is no merge."""

    id: str
    time: int
    """When it was committed: seconds since 1970."""
    message: str
    n_touched: int
    """How many paths it touched."""
    touched: tuple[str, ...]
    """Those paths; none when there are more than `MAX_TOUCHED`."""


def newest(repository: Repository, head: str, n: int) -> list[str]:
    """The ids of the newest *n* commits that *head* leads to, merges left out; newest first, in git's order."""
    line = ["rev-list", "--no-merges", f"--max-count={n}", head, "--"]
    try:
        return run_git(line, repository.root, repository.environment).decode("ascii").split()
    except EnvironmentFault:  # a damaged history is no history
        return []


def read_commits(repository: Repository, ids: Iterable[str]) -> Iterator[Touch]:
    """What some commits hold, in their order; those that cannot be read are missing.

    Nothing is fetched: where a partial clone lacks a tree, git ends there, and so does what is yielded.
    """
    options = ["--stdin", "--root", "-r", "-z", "--name-status", "--no-renames", "--always", "--no-ext-diff"]
    options += ["--no-textconv", "--no-relative", "-O/dev/null", "--encoding=UTF-8", "--format=%H%x00%ct%x00%B"]
    with tempfile.TemporaryFile() as wanted:  # a pipe would have to be fed while the answer is read
        wanted.write("".join(f"{each}\n" for each in ids).encode())
        if not wanted.tell():
            return
        wanted.seek(0)
        process = start_git(
            ["diff-tree", *options],
            repository.root,
            repository.environment,
            stdin=wanted.fileno(),
            stderr=subprocess.DEVNULL,
        )
        clock = threading.Timer(SECONDS, process.kill)
        clock.start()
        try:
            last: Touch | None = None
            for commit in _commits(_fields(process)):
                if last is not None:
                    yield last
                last = commit
            if last is not None and process.wait() == 0:  # else it may have been cut
                yield last
        finally:
            clock.cancel()
            end_git(process)


def _fields(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What git prints, cut at each NUL; of a long field only its beginning is held."""
    assert process.stdout is not None
    left = b""
    n_read = 0
    while chunk := os.read(process.stdout.fileno(), 1 << 16):
        *fields, left = (left + chunk).split(b"\0")
        left = left[: 2 * MAX_MESSAGE]
        yield from fields
        n_read += len(chunk)
        if n_read >= MAX_READ:
            process.kill()


def _commits(fields: Iterator[bytes]) -> Iterator[Touch]:
    """id, time, message; then for each path a letter and the path, the first letter behind an end of line."""
    field = next(fields, None)
    while field:
        found = field.decode("ascii"), next(fields, b""), next(fields, b"")
        paths: list[bytes] = []
        n = 0
        while (field := next(fields, None)) is not None and len(field.lstrip(b"\n")) < 40:  # no id
            path = next(fields, None)
            if path is None:
                break
            n += 1
            if n <= MAX_TOUCHED:
                paths.append(path)
        message = found[2][:MAX_MESSAGE].decode("utf-8", "replace")
        touched = tuple(map(os.fsdecode, paths)) if n <= MAX_TOUCHED else ()
        time = int(found[1]) if found[1].isdigit() else 0
        yield Touch(found[0], min(time, _LATEST), message, n, touched)
