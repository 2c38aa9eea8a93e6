"""git -> commits: the newest ones that HEAD leads to with the paths they touched, and those that touched one place.

Everything is bounded: in commits, in bytes of a message, in paths of a commit, in bytes and seconds in all. Merges are
passed over: what they bring in stands in the commits that they join. Nothing is fetched, and for the newest commits no
file's content is needed, so shallow and partial clones will do.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.git.git_environment import end_git, run_git, start_git

if TYPE_CHECKING:
    from repoagent_indexers.git.repository import Repository

MAX_MESSAGE = 4096
"""Bytes of a message that are read."""
MAX_TOUCHED = 100
"""Paths; a commit that touches more (a reformatting, a first import) says nothing about any of them."""
MAX_READ = 64 << 20
"""Bytes that git may print."""
SECONDS = 10.0
"""After which git is ended; what it has said by then counts."""
_LATEST = 1 << 40
"""Seconds since 1970; a commit may claim to be later."""
_PLAIN = (
    *("-z", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "-O/dev/null", "--encoding=UTF-8"),
    "--ignore-submodules=none",  # else git reads .gitmodules, and gives up where that is broken
)
"""Whatever the configuration says."""


class Touch(NamedTuple):
    """One commit that is no merge."""

    id: str
    time: int
    """When it was committed: seconds since 1970."""
    message: str
    n_touched: int
    """How many paths it touched."""
    touched: tuple[str, ...]
    """Those paths; none when there are more than `MAX_TOUCHED`."""


class Logged(NamedTuple):
    """One commit as a person wants to see it."""

    id: str
    author: str
    time: int
    """When it was committed: seconds since 1970."""
    subject: str
    """The first line of its message."""


def newest(repository: Repository, head: str, n: int) -> list[str]:
    """The ids of the newest *n* commits that *head* leads to, merges left out; newest first, in git's order."""
    line = ["rev-list", "--no-merges", f"--max-count={n}", head, "--"]
    try:
        return run_git(line, repository.root, repository.environment).decode("ascii").split()
    except EnvironmentFault:  # a damaged history is no history
        return []


def read_commits(repository: Repository, ids: Iterable[str]) -> Iterator[Touch]:
    """What some commits hold, in their order; those that cannot be read are missing."""
    options = ["--stdin", "--root", "-r", "--name-status", "--no-renames", "--always", "--format=%H%x00%ct%x00%B"]
    wanted = "".join(f"{each}\n" for each in ids).encode()
    if not wanted:
        return
    with _printed(repository, ["diff-tree", *_PLAIN, *options], wanted) as printed:
        last: Touch | None = None
        for commit in _commits(iter(printed)):
            if last is not None:
                yield last
            last = commit
        if last is not None and printed.is_whole():  # else it may have been cut
            yield last


def log(repository: Repository, n: int, arguments: Sequence[str]) -> tuple[list[Logged], bool]:
    """The newest *n* commits that `git log` prints for some arguments, and whether it came to its end."""
    options = [*_PLAIN, "-s", "--no-merges", "--no-decorate", "--no-notes", "--no-show-signature"]
    options += [f"--max-count={n}", "--format=%H%x00%an%x00%ct%x00%s"]
    with _printed(repository, ["log", *options, *arguments]) as printed:
        fields = list(printed)
        rows = zip(*(fields[at::4] for at in range(4)), strict=False)
        texts = ([field[:MAX_MESSAGE].decode("utf-8", "replace").strip() for field in row] for row in rows)
        return [Logged(id_, author, _time(time), subject) for id_, author, time, subject in texts], printed.is_whole()


def described(repository: Repository, ids: Sequence[str]) -> list[Logged]:
    """Some commits as a person wants to see them, in the order asked for; those that are not there are missing."""
    found, _ = log(repository, len(ids), ["--no-walk=unsorted", "--ignore-missing", *ids, "--"]) if ids else ([], True)
    return found


class _Printed:
    """What a git prints, cut at each NUL; of a long field only its beginning is held."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def __iter__(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        left = b""
        n_read = 0
        while chunk := os.read(self._process.stdout.fileno(), 1 << 16):
            *fields, left = (left + chunk).split(b"\0")
            left = left[: 2 * MAX_MESSAGE]
            yield from fields
            n_read += len(chunk)
            if n_read >= MAX_READ:
                self._process.kill()

    def is_whole(self) -> bool:
        """Whether git ended by itself and without an error."""
        return self._process.wait() == 0


@contextmanager
def _printed(repository: Repository, arguments: Sequence[str], given: bytes = b"") -> Iterator[_Printed]:
    """A git that is ended when its time is over, or when nobody wants to know more; `given` is its standard input."""
    process = start_git(
        arguments, repository.root, repository.environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    clock = threading.Timer(SECONDS, process.kill)
    clock.start()
    feeder = threading.Thread(target=_feed, args=(process, given), daemon=True)  # git answers before it has heard all
    feeder.start()
    try:
        yield _Printed(process)
    finally:
        clock.cancel()
        process.kill()
        feeder.join()
        end_git(process)


def _feed(process: subprocess.Popen[bytes], given: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError), process.stdin:
        process.stdin.write(given)


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
        yield Touch(found[0], _time(found[1]), message, n, touched)


def _time(text: bytes | str) -> int:
    return min(int(text), _LATEST) if text.isdigit() else 0
