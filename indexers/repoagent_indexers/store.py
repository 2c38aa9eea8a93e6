"""The index on disk: one SQLite file of sealed parts, found from one sealed root.

A reader sees the generation that was current when it began, whole: all of a generation is written in one transaction.
SQLite does not notice a byte that changed inside a value, so each part carries a digest of its own, keyed by its place;
what the root names and cannot be read back exactly is `Damaged`, never something else.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoagent_indexers.errors import EnvironmentFault, RepoAgentError

FORMAT = 1
"""Raise it when what is stored changes meaning; an index of another format is rebuilt, said aloud.

1: 2026-11, the first.
"""

_DIGEST = 8
_ROOT = 1
_BUSY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Segment:
    """The parts that make one segment of the index."""

    directory: int
    chunks: int
    vectors: int
    n_chunks: int


class Damaged(RepoAgentError):
    """The index cannot be read back as it was written. The remedy is to build it anew."""

    exit_code = 3


class Store:
    """An open index file. Not for several threads at once; several processes are fine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise EnvironmentFault(
                f"{path.parent}: the index cannot be written there; free the disk, mend its permissions, "
                "or set REPOAGENT_HOME to another folder"
            ) from error
        with self._guard():
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA mmap_size = {1 << 28}")
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'part'").fetchone():
                self._db.executescript(
                    "BEGIN IMMEDIATE;"
                    "CREATE TABLE IF NOT EXISTS part (id INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL);"
                    "CREATE TABLE IF NOT EXISTS blob (id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB UNIQUE NOT NULL,"
                    " facts BLOB NOT NULL);"
                    "COMMIT;"
                )

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One generation stays in sight until the end of the block."""
        with self._guard():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                if self._db.in_transaction:
                    self._db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All that is written inside becomes visible at once at the end, or not at all."""
        with self._guard():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def root(self) -> dict[str, Any] | None:
        """What the current generation consists of; None while there is none. Raises Damaged."""
        with self._guard():
            row = self._db.execute("SELECT data FROM part WHERE id = ?", (_ROOT,)).fetchone()
        if row is None:
            return None
        root: dict[str, Any] = json.loads(_unseal(row[0], b"p%d" % _ROOT))
        return root

    def set_root(self, root: dict[str, Any]) -> None:
        """Make `root` the current generation, inside `writing`."""
        data = _seal(json.dumps(root).encode(), b"p%d" % _ROOT)
        self._db.execute("INSERT OR REPLACE INTO part (id, data) VALUES (?, ?)", (_ROOT, data))

    def add(self, data: bytes) -> int:
        """Keep a part inside `writing`; its number is never used again."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'part'").fetchone()
        part = max(_ROOT, row[0] if row else 0) + 1
        self._db.execute("INSERT INTO part (id, data) VALUES (?, ?)", (part, _seal(data, b"p%d" % part)))
        return part

    def part(self, part: int) -> bytes:
        """A part as it was added. Raises Damaged."""
        with self._guard():
            row = self._db.execute("SELECT data FROM part WHERE id = ?", (part,)).fetchone()
        if row is None:
            raise Damaged(f"{self.path}: a part of the index is missing")
        return _unseal(row[0], b"p%d" % part)

    def drop(self, parts: Iterable[int]) -> None:
        """Forget parts, inside `writing`."""
        self._db.executemany("DELETE FROM part WHERE id = ?", ((part,) for part in parts))

    def add_blob(self, key: bytes, facts: bytes) -> int:
        """Keep the facts of a blob inside `writing`; its number is never used again."""
        cursor = self._db.execute("INSERT INTO blob (key, facts) VALUES (?, ?)", (key, _seal(facts, key)))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def facts(self, blob: int) -> bytes:
        """The facts of a blob. Raises Damaged."""
        with self._guard():
            row = self._db.execute("SELECT key, facts FROM blob WHERE id = ?", (blob,)).fetchone()
        if row is None:
            raise Damaged(f"{self.path}: a blob of the index is missing")
        return _unseal(row[1], row[0])

    def blobs(self) -> dict[bytes, int]:
        """Every blob's key and number. A key that was damaged is simply not found, and its file read again."""
        with self._guard():
            return dict(self._db.execute("SELECT key, id FROM blob"))

    def drop_blobs(self, blobs: Iterable[int]) -> None:
        """Forget blobs, inside `writing`."""
        self._db.executemany("DELETE FROM blob WHERE id = ?", ((blob,) for blob in blobs))

    def clear(self) -> None:
        """Forget everything, inside `writing`; numbers go on where they were."""
        self._db.execute("DELETE FROM part")
        self._db.execute("DELETE FROM blob")

    def size(self) -> int:
        """Bytes on disk, with the log that SQLite has not folded in yet."""
        names = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(name.stat().st_size for name in names if name.exists())

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "malformed" in text or "corrupt" in text:
                raise Damaged(f"{self.path}: the index is damaged") from error
            raise EnvironmentFault(f"{self.path}: the index cannot be used ({text}); free the disk or retry") from error
        except sqlite3.DatabaseError as error:
            raise Damaged(f"{self.path}: the index is damaged") from error


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Wait until no other process updates the index at `path`, then keep others out; a killed process lets go."""
    try:
        db = sqlite3.connect(path.with_suffix(".lock"), timeout=600.0, isolation_level=None)
    except sqlite3.Error as error:
        raise EnvironmentFault(f"{path.parent}: the index cannot be locked there; set REPOAGENT_HOME") from error
    try:
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise EnvironmentFault(f"{path}: another process has been updating the index for long; retry") from error
        yield
    finally:
        db.close()


def _seal(data: bytes, place: bytes) -> bytes:
    return data + hashlib.blake2b(data, digest_size=_DIGEST, key=place).digest()


def _unseal(sealed: bytes, place: bytes) -> bytes:
    data = sealed[:-_DIGEST]
    if hashlib.blake2b(data, digest_size=_DIGEST, key=place).digest() != sealed[-_DIGEST:]:
        raise Damaged("a part of the index has changed on disk")
    return data
