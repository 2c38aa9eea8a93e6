"""What stood in files before they were changed, kept outside of the work tree: for undo, and after a crash.

A record is written before the first file is touched. One that says "applying" and whose writer is gone tells which
files to put back. Git cannot stand in for this: it knows nothing of ignored, untracked and uncommitted content.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoagent_indexers.errors import EnvironmentFault, Refused
from repoagent_indexers.whole_file import write_whole

KEPT = 30
"""Records kept; older ones go when a new one is made."""

_VERSION = 1
_NAME = re.compile(r"(\d{8})\.json")


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a record."""

    path: str
    before: bytes | None
    """None: there was no file."""
    mode: int
    """Permission bits of the file before; 0 where there was none."""
    after: str
    """`digest` of what was written; "" when the file was removed."""
    temporary: str
    """Name, beside the file, under which the new content is written first; "" for a removal."""


@dataclass(frozen=True, slots=True)
class Record:
    """One change of files, whole."""

    number: int
    root: str
    state: str
    """applying, applied or undone."""
    files: tuple[Kept, ...]
    folders: tuple[str, ...]
    """Folders made for new files, outermost first."""


class UndoStore:
    """The records about the work trees of one repository; to be used under `locked`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store for oneself: who has it is the only one who writes to the work trees."""
        import fcntl

        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def numbers(self) -> list[int]:
        """The numbers of all records, oldest first."""
        names = (_NAME.fullmatch(path.name) for path in self.folder.glob("*.json"))
        return sorted(int(name[1]) for name in names if name)

    def next_number(self) -> int:
        return max(self.numbers(), default=0) + 1

    def write(self, record: Record) -> None:
        """Keep a record, durably, in place of the one with its number."""
        files = [
            {
                "path": kept.path,
                "before": None if kept.before is None else base64.b64encode(kept.before).decode(),
                "digest": digest(kept.before),
                "mode": kept.mode,
                "after": kept.after,
                "temporary": kept.temporary,
            }
            for kept in record.files
        ]
        facts = {"version": _VERSION, "root": record.root, "state": record.state, "files": files}
        text = json.dumps(facts | {"folders": record.folders}).encode()
        try:
            write_whole(self._path(record.number), text, 0o600)
        except OSError as error:
            raise self._unwritable(error) from None
        for number in self.numbers()[:-KEPT]:
            self.forget(number)

    def read(self, number: int) -> Record:
        """Return a record. Raises Refused when it cannot be read back as it was written."""
        path = self._path(number)
        try:
            facts: dict[str, Any] = json.loads(path.read_bytes())
            files = tuple(_kept(file) for file in facts["files"])
            if facts["version"] != _VERSION or None in files:
                raise ValueError
            return Record(
                number,
                str(facts["root"]),
                str(facts["state"]),
                tuple(kept for kept in files if kept is not None),
                tuple(map(str, facts["folders"])),
            )
        except (OSError, ValueError, KeyError, TypeError):
            raise Refused(
                f"{path}: this record of a change is damaged; undo it with git, or delete the record"
            ) from None

    def forget(self, number: int) -> None:
        self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08}.json"

    def _unwritable(self, error: OSError) -> EnvironmentFault:
        reason = error.strerror or "it cannot be written"
        return EnvironmentFault(
            f"{self.folder}: {reason}; free the disk there, or set REPOAGENT_HOME to another folder"
        )


def digest(content: bytes | None) -> str:
    """Return what tells one content from another; "" for None."""
    return "" if content is None else hashlib.blake2b(content, digest_size=16).hexdigest()


def _kept(file: dict[str, Any]) -> Kept | None:
    before = None if file["before"] is None else base64.b64decode(file["before"], validate=True)
    if digest(before) != file["digest"]:
        return None
    return Kept(str(file["path"]), before, int(file["mode"]), str(file["after"]), str(file["temporary"]))
