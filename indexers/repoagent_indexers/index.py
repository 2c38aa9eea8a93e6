"""The index of one work tree, for everything that looks something up.

    files of the work tree -> blobs never seen -> workers -> facts, terms -> a segment;  catalogue: path -> blob

Everything is keyed by git's blob id, so an unchanged file is never parsed twice and a branch switch costs the
difference. What is true now is the catalogue: which path holds which blob. Chunks of blobs that no path holds any more
stay in their segments, unseen, until a merge drops them.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.catalogue import Catalogue
from repoagent_indexers.encoders import Encoder, load_encoder
from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.facts import Facts
from repoagent_indexers.postings import EMPTY, Directory, Pairs, merged
from repoagent_indexers.source import Parsed, SourceFile
from repoagent_indexers.store import FORMAT, Damaged, Segment, Store, only_writer
from repoagent_indexers.update import MAX_FILE, Progress, Update, Updater
from repoagent_indexers.vectors import Codes

if TYPE_CHECKING:
    from repoagent_indexers.repository import Repository


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds, for a person."""

    path: Path
    size: int
    """Bytes on disk."""
    n_files: int
    n_source_bytes: int
    n_symbols: int
    n_chunks: int
    languages: dict[str, int]
    """Language -> files, most files first."""
    skipped: dict[str, int]
    """Why a file's words or symbols are not in the index -> files."""
    encoder: str
    n_segments: int


def index_home() -> Path:
    """The folder below which every repository has its index: $REPOAGENT_HOME, else the system's cache folder."""
    if home := os.environ.get("REPOAGENT_HOME"):
        return Path(home)
    from platformdirs import user_cache_path

    return Path(user_cache_path("repoagent", appauthor=False))


def index_path(repository: Repository) -> Path:
    """Where the index of a repository lies; linked work trees of one repository share it."""
    digest = hashlib.blake2b(str(repository.common_dir).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return index_home() / "indexes" / f"{repository.common_dir.parent.name or 'root'}-{digest}" / "index.sqlite3"


class Index:
    """An open index of one work tree. Use as a context manager; look-ups see the generation that `open` found."""

    def __init__(self, repository: Repository, encoder: str = "hashing") -> None:
        """`Index.open` is the way in."""
        self.repository = repository
        self.encoder: Encoder = load_encoder(encoder)
        self.path = index_path(repository)
        self.notices: list[str] = []
        """What a person should know: one line each."""
        self._store = Store(self.path)
        self._facts: dict[int, Facts] = {}

    @classmethod
    def open(cls, repository: Repository, encoder: str = "hashing", progress: Progress | None = None) -> Index:
        """The index as the work tree is now: brought up to date first, built when there is none."""
        try:
            index = cls(repository, encoder)
        except Damaged:
            _set_aside(index_path(repository))
            index = cls(repository, encoder)
            index.notices.append("the index was damaged; it is being built anew")
        try:
            index.update(progress)
            _ = index.catalogue, index.live_chunks
        except Damaged:
            index.rebuild(progress)
        except BaseException:
            index.close()
            raise
        return index

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    # -- bringing up to date ------------------------------------------------------------------------------------

    def rebuild(self, progress: Progress | None = None) -> Update:
        """Forget everything and read the work tree from nothing."""
        self._store.close()
        with only_writer(self.path):
            _set_aside(self.path)
        self.notices.append("the index was built anew")
        self._store = Store(self.path)
        return self.update(progress)

    def update(self, progress: Progress | None = None) -> Update:
        """Bring the index to what the work tree holds now, and see it from here on."""
        self._forget()
        root = self._root()
        listing = self.repository.snapshot()
        fingerprint = listing.fingerprint.hex() if listing.settled else ""
        if root is not None and fingerprint:
            part = root["trees"].get(self._worktree)
            known = Catalogue.from_bytes(self._store.part(part)) if part else None
            if known is not None and known.fingerprint == fingerprint:
                self.__dict__["catalogue"] = known
                return Update(len(known.paths), 0, 0, changed=False)
        with only_writer(self.path):
            update = Updater(self.repository, self._store, self.encoder).run(progress)
        self._forget()
        return update

    @property
    def _worktree(self) -> str:
        return str(self.repository.root)

    def _root(self) -> dict[str, Any] | None:
        """The current root; None when there is none, or when it was written by another format or encoder."""
        root = self._store.root()
        if root is not None and (root["format"] != FORMAT or root["encoder"] != self.encoder.name):
            self.notices.append("the index was made by another version or encoder; it is being built anew")
            with only_writer(self.path), self._store.writing():
                self._store.clear()
            return None
        return root

    def _forget(self) -> None:
        for name in ("root", "catalogue", "live_chunks", "_segments", "_columns", "_directories", "_live_blobs",
                     "_path_of_blob"):  # fmt: skip
            self.__dict__.pop(name, None)
        self._facts.clear()

    # -- looking up ---------------------------------------------------------------------------------------------

    @cached_property
    def root(self) -> dict[str, Any]:
        """What the current generation consists of."""
        root = self._store.root()
        if root is None:
            raise Damaged(f"{self.path}: the index is empty")
        return root

    @cached_property
    def catalogue(self) -> Catalogue:
        """The work tree as the index knows it."""
        part = self.root["trees"].get(self._worktree)
        return Catalogue.from_bytes(self._store.part(part)) if part else Catalogue()

    @cached_property
    def _segments(self) -> list[Segment]:
        return [Segment(*row) for row in self.root["segments"]]

    @cached_property
    def _directories(self) -> list[Directory]:
        return [Directory.from_bytes(self._store.part(segment.directory)) for segment in self._segments]

    @cached_property
    def _columns(self) -> NDArray[np.uint32]:
        """(n, 4) uint32, one row a chunk of every segment: chunk number, blob, position in its blob, length."""
        parts = [
            np.frombuffer(self._store.part(segment.chunks), np.uint32).reshape(-1, 4) for segment in self._segments
        ]
        return np.concatenate(parts) if parts else np.zeros((0, 4), np.uint32)

    @cached_property
    def _live_blobs(self) -> NDArray[np.bool_]:
        """Blob number -> whether some path holds it now."""
        blobs = self.catalogue.blobs
        live = np.zeros(int(self.root["next_blob"]) + 1, np.bool_)
        live[blobs[blobs >= 0]] = True
        return live

    @cached_property
    def live_chunks(self) -> NDArray[np.bool_]:
        """Chunk number -> whether it is part of the work tree now."""
        live = np.zeros(int(self.root["next_chunk"]) + 1, np.bool_)
        columns = self._columns
        live[columns[:, 0]] = self._live_blobs[columns[:, 1]]
        return live

    @cached_property
    def _path_of_blob(self) -> dict[int, list[int]]:
        """Blob number -> positions in the catalogue of the paths that hold it."""
        places: dict[int, list[int]] = {}
        for position, blob in enumerate(self.catalogue.blobs.tolist()):
            places.setdefault(blob, []).append(position)
        return places

    def pairs(self, key: str) -> Pairs:
        """All pairs under a key, in every segment, dead ones too; see `postings` for the keys."""
        runs = [directory.pairs(key, self._store.part) for directory in self._directories]
        runs = [run for run in runs if len(run)]
        return np.concatenate(runs) if runs else EMPTY

    def items(self, prefix: str) -> Iterator[tuple[str, Pairs]]:
        """Keys that begin with `prefix`, in order, with all their pairs, dead ones too."""
        return merged([directory.items(self._store.part, prefix) for directory in self._directories])

    def chunk_columns(self) -> NDArray[np.uint32]:
        """(n, 4) uint32: chunk number, blob number, position in its blob, length in terms; dead chunks too."""
        return self._columns

    def codes(self) -> list[Codes]:
        """The vectors of all chunks, in the order of `chunk_columns`."""
        width = self.encoder.dimensions
        return [
            np.frombuffer(self._store.part(segment.vectors), np.int8).reshape(-1, width) for segment in self._segments
        ]

    def definitions(self, name: str) -> list[tuple[int, int]]:
        """(position in the catalogue, symbol) of every definition of a name, in any case of its letters."""
        return [
            (position, symbol)
            for blob, symbol in self.pairs("d" + name.casefold()).tolist()
            for position in self._path_of_blob.get(blob, ())
        ]

    def users(self, name: str) -> list[tuple[int, int]]:
        """(position in the catalogue, how often) of every file that uses a name, as written."""
        return [
            (position, n)
            for blob, n in self.pairs("r" + name).tolist()
            for position in self._path_of_blob.get(blob, ())
        ]

    def n_users(self, name: str) -> int:
        """How many files use a name, as written; files that are gone may still count."""
        return len(self.pairs("r" + name))

    def positions_of(self, blob: int) -> Sequence[int]:
        """Positions in the catalogue of the paths that hold a blob."""
        return self._path_of_blob.get(blob, ())

    def position(self, path: str) -> int | None:
        """Position of a path in the catalogue."""
        at = bisect_left(self.catalogue.paths, path)
        return at if at < len(self.catalogue.paths) and self.catalogue.paths[at] == path else None

    def facts(self, position: int) -> Facts | None:
        """The facts of the file at a position in the catalogue; None when its content is not in the index."""
        blob = int(self.catalogue.blobs[position])
        if blob < 0:
            return None
        if blob not in self._facts:
            if len(self._facts) > 4096:
                self._facts.clear()
            self._facts[blob] = Facts.from_bytes(self._store.facts(blob))
        return self._facts[blob]

    def parsed(self, path: str) -> Parsed:
        """What one file says, as nouns; nothing for a path that is not in the index."""
        position = self.position(path)
        facts = self.facts(position) if position is not None else None
        return facts.parsed(path) if facts is not None else Parsed()

    def source(self, path: str) -> SourceFile | None:
        """A file's content as the index knows it; None when it has changed or gone since."""
        position = self.position(path)
        facts = self.facts(position) if position is not None else None
        if position is None or facts is None:
            return None
        try:
            content = self.repository.read(path, MAX_FILE)
        except (OSError, RepoAgentError):
            return None
        if self.repository.blob_id(content) != self.catalogue.oids[position]:
            return None
        return SourceFile(path, facts.language, self.catalogue.oids[position], content)

    def status(self) -> Status:
        """Counts over the whole work tree."""
        catalogue = self.catalogue
        languages: Counter[str] = Counter()
        n_symbols = 0
        for position in range(len(catalogue.paths)):
            facts = self.facts(position)
            if facts is not None:
                languages[facts.language] += 1
                n_symbols += facts.n_symbols
        skipped = Counter(note for note in catalogue.notes if note)
        return Status(
            path=self.path,
            size=self._store.size(),
            n_files=len(catalogue.paths),
            n_source_bytes=int(catalogue.sizes[catalogue.blobs >= 0].sum()),
            n_symbols=n_symbols,
            n_chunks=int(self.live_chunks.sum()),
            languages=dict(languages.most_common()),
            skipped=dict(skipped.most_common()),
            encoder=self.encoder.name,
            n_segments=len(self._segments),
        )


def _set_aside(path: Path) -> None:
    """Remove an index file and SQLite's own beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
