"""The index on disk: one SQLite file of sealed parts, found from one sealed root.

All of a generation is written in one transaction, and a reader holds on to the one that it began with, whole. SQLite
does not notice a byte that changed inside a value, so each part carries a digest of its own, keyed by its place; what
the root names and cannot be read back exactly is `Damaged`, never something else. Numbers are never used twice.

A damaged file is never mended or replaced under its name: others may have it open. The next one is begun beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from repoagent_indexers.errors import EnvironmentFault, RepoAgentError

IN_MEMORY = Path(":memory:")
CHUNK_COLUMNS = 4
"""Of a segment's chunks: number of the chunk, number of its blob, position in its blob, length in terms."""

_DIGEST = 8
_ROOT = 1
_NAME = re.compile(r"index-([1-9]\d{0,8})\.sqlite3")
_BUSY_SECONDS = 20.0
_LOCKED_SECONDS = 900.0


class Segment(NamedTuple):
    """The parts that make one segment of the index."""

    directory: int
    chunks: int
    vectors: int
    n_chunks: int


class Damaged(RepoAgentError):
    """The index cannot be read back as it was written. The remedy is to build it anew."""

    exit_code = 3


class Store:
    """The index file of a folder, opened. Not for several threads at once; several processes are fine."""

    def __init__(self, folder: Path, path: Path | None = None) -> None:
        """Open the newest file of a folder; with `path`, begin that one; `IN_MEMORY` is never kept."""
        self.folder = folder
        try:
            if path != IN_MEMORY:
                folder.mkdir(parents=True, exist_ok=True)
            self.path = path or newest(folder)
            self._db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise _not_writable(folder) from error
        try:
            with self._guard():
                self._db.execute("PRAGMA page_size = 8192")  # most parts are as long
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'blob_key'").fetchone():
                    self._db.executescript(_SCHEMA)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def hold(self) -> None:
        """Keep the current generation in sight until `let_go`."""
        if not self._db.in_transaction:
            with self._guard():
                self._db.execute("BEGIN")

    def let_go(self) -> None:
        """See the newest generation again."""
        if self._db.in_transaction:
            with self._guard():
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
        row = self._row("SELECT data FROM part WHERE id = ?", _ROOT)
        if row is None:
            if self._rows("SELECT id FROM part LIMIT 1") or self._rows("SELECT id FROM blob LIMIT 1"):
                raise self._damaged()
            return None
        root: dict[str, Any] = json.loads(self._unsealed(row[0], _place_of_part(_ROOT)))
        return root

    def set_root(self, root: dict[str, Any]) -> None:
        """Make `root` the current generation, inside `writing`."""
        data = _sealed(json.dumps(root).encode(), _place_of_part(_ROOT))
        self._db.execute("INSERT OR REPLACE INTO part (id, data) VALUES (?, ?)", (_ROOT, data))

    def add(self, part: int, data: bytes) -> None:
        """Keep a part under a number above that of the root, inside `writing`."""
        self._db.execute("INSERT INTO part (id, data) VALUES (?, ?)", (part, _sealed(data, _place_of_part(part))))

    def part(self, part: int) -> bytes:
        """A part as it was added. Raises Damaged."""
        row = self._row("SELECT data FROM part WHERE id = ?", part)
        if row is None:
            raise self._damaged()
        return self._unsealed(row[0], _place_of_part(part))

    def drop(self, parts: Iterable[int]) -> None:
        """Forget parts, inside `writing`."""
        self._db.executemany("DELETE FROM part WHERE id = ?", ((part,) for part in parts))

    def add_blobs(self, blobs: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Keep number, key and facts of blobs, inside `writing`."""
        rows = ((blob, key, _sealed(facts, _place_of_blob(blob, key))) for blob, key, facts in blobs)
        self._db.executemany("INSERT INTO blob (id, key, facts) VALUES (?, ?, ?)", rows)

    def facts(self, blob: int, key: bytes) -> bytes:
        """The facts of a blob. Raises Damaged."""
        row = self._row("SELECT facts FROM blob WHERE id = ?", blob)
        if row is None:
            raise self._damaged()
        return self._unsealed(row[0], _place_of_blob(blob, key))

    def find_blob(self, key: bytes) -> tuple[int, bytes] | None:
        """Number and facts of the blob that was kept under a key; None when it must be read (again)."""
        for (blob,) in self._rows("SELECT id FROM blob WHERE key = ? ORDER BY id DESC", key):
            with suppress(Damaged):
                return blob, self.facts(blob, key)
        return None

    def drop_blobs(self, blobs: Iterable[int]) -> None:
        """Forget blobs, inside `writing`."""
        self._db.executemany("DELETE FROM blob WHERE id = ?", ((blob,) for blob in blobs))

    def size(self) -> int:
        """Bytes on disk, with the log that SQLite has not folded in yet."""
        names = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(name.stat().st_size for name in names if name.exists())

    def fold(self) -> None:
        """Give back the room of the log, unless somebody is reading."""
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA busy_timeout = 0")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._db.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")

    def _row(self, statement: str, *values: int | bytes) -> tuple[Any, ...] | None:
        return next(iter(self._rows(statement, *values)), None)

    def _rows(self, statement: str, *values: int | bytes) -> list[tuple[Any, ...]]:
        with self._guard():
            return self._db.execute(statement, values).fetchall()

    def _unsealed(self, sealed: object, place: bytes) -> bytes:
        if not isinstance(sealed, bytes) or not sealed.endswith(_digest(sealed[:-_DIGEST], place)):
            raise self._damaged()
        return sealed[:-_DIGEST]

    def _damaged(self) -> Damaged:
        return Damaged(f"{self.path}: the index is damaged; `repoagent index --rebuild` builds it anew")

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if any(sign in str(error) for sign in _NOT_DAMAGE):
                raise EnvironmentFault(
                    f"{self.path}: the index cannot be used ({error}); free the disk, mend its permissions, or set "
                    "REPOAGENT_HOME to another folder"
                ) from error
            raise self._damaged() from error
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error


_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS part (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS blob (id INTEGER PRIMARY KEY, key BLOB NOT NULL, facts BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS blob_key ON blob (key);
COMMIT;
"""
_NOT_DAMAGE = ("locked", "disk I/O", "full", "unable to open", "readonly", "interrupted")
"""What SQLite says when the machine is to blame. All else that it cannot do with these few statements is damage."""


def newest(folder: Path) -> Path:
    """The index file of a folder: of several, the one begun last."""
    return _file(folder, max(_numbers(folder), default=1))


def begin_anew(folder: Path, old: Path) -> Store:
    """The store in place of the file `old`: the next one, as the only writer, unless somebody has already begun it."""
    if newest(folder) != old:
        return Store(folder)
    store = Store(folder, _file(folder, max(_numbers(folder), default=0) + 1))
    discard_older(folder)
    return store


def discard_older(folder: Path) -> None:
    """Remove the files of a folder that have been replaced; who reads one still keeps it."""
    for number in sorted(_numbers(folder))[:-1]:
        path = _file(folder, number)
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            with suppress(OSError):  # in use, on Windows: some later time
                path.with_name(name).unlink(missing_ok=True)


def _file(folder: Path, number: int) -> Path:
    return folder / f"index-{number}.sqlite3"


def _numbers(folder: Path) -> list[int]:
    try:
        names = os.listdir(folder)  # noqa: PTH208  this runs before every answer, and pathlib takes its time
    except OSError:
        return []
    return [int(found[1]) for name in names if (found := _NAME.fullmatch(name))]


@contextmanager
def only_writer(folder: Path) -> Iterator[bool]:
    """Wait until no other process updates the index of a folder, then keep others out; a killed process lets go.

    Gives whether it had to wait.
    """
    path = folder / "writer.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _not_writable(folder) from error
    with closing(db):
        waited = False
        give_up = time.monotonic() + _LOCKED_SECONDS
        while True:
            try:
                db.execute("BEGIN EXCLUSIVE")  # SQLite knows how to lock a file on every system; nothing is written
                break
            except sqlite3.Error as error:
                if "locked" not in str(error):
                    raise _not_writable(folder) from error
                if time.monotonic() > give_up:
                    raise EnvironmentFault(
                        f"{folder}: another process has been updating this index for {_LOCKED_SECONDS / 60:.0f} "
                        "minutes; end it, then retry"
                    ) from error
                waited = True
                time.sleep(0.05)
        yield waited


def is_being_written(folder: Path) -> bool:
    """Whether some process is updating the index of a folder at this moment."""
    try:
        with closing(sqlite3.connect(folder / "writer.lock", timeout=0, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        return "locked" in str(error)
    return False


def _not_writable(folder: Path) -> EnvironmentFault:
    return EnvironmentFault(
        f"{folder}: the index cannot be written there; free the disk, mend its permissions, or set REPOAGENT_HOME to "
        "another folder"
    )


def _sealed(data: bytes, place: bytes) -> bytes:
    return data + _digest(data, place)


def _digest(data: bytes, place: bytes) -> bytes:
    digest = hashlib.blake2b(place, digest_size=_DIGEST)
    digest.update(data)
    return digest.digest()


def _place_of_part(part: int) -> bytes:
    return b"part %d " % part


def _place_of_blob(blob: int, key: bytes) -> bytes:
    return b"blob %d %d " % (blob, len(key)) + key
