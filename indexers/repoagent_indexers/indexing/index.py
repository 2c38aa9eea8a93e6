"""The index of one work tree, for everything that looks something up.

    files of the work tree -> blobs never seen -> workers -> facts, terms -> a segment;  catalogue: path -> blob

Everything is keyed by git's blob id, so an unchanged file is never parsed twice and a branch switch costs the
difference. What is true now is the catalogue: which path holds which blob. Chunks of blobs that no path holds any more
stay in their segments, unseen, until a merge drops them.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import DEFAULT, Encoder, load_encoder
from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.indexing.catalogue import Catalogue
from repoagent_indexers.indexing.draft import MAX_FILE, MINIFIED, Choose
from repoagent_indexers.indexing.history import History
from repoagent_indexers.indexing.maker import maker
from repoagent_indexers.indexing.past_words import PastWords
from repoagent_indexers.indexing.postings import EMPTY, Directory, Pairs, Unblocked, merged, unblock
from repoagent_indexers.indexing.store import (
    CHUNK_COLUMNS,
    IN_MEMORY,
    Damaged,
    Segment,
    Store,
    begin_anew,
    discard_older,
    newest,
    only_writer,
)
from repoagent_indexers.indexing.update import Progress, Update, Updater
from repoagent_indexers.indexing.vectors import Codes, Vectors
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.reading.charsets import text_as
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.roles import GENERATED, SOURCE, VENDORED, kind_of_generated
from repoagent_indexers.source import Parsed, SourceFile
from repoagent_indexers.words.lexicon import numbering
from repoagent_indexers.words.terms import MAX_COUNTED, terms_of

if TYPE_CHECKING:
    from repoagent_indexers.encoders.rerank import Reranker
    from repoagent_indexers.git.repository import Repository
    from repoagent_indexers.git.snapshot import Snapshot

T = TypeVar("T")
_KEPT_BLOCKS = 2048
"""Blocks of postings kept in memory, a few KB each."""


class Status(NamedTuple):
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
    demoted: dict[str, int]
    """Why a file that is in the index ranks behind others -> files: generated, lock file, vendored ..."""
    charsets: dict[str, int]
    """What files are written in that are not UTF-8 -> files."""
    encoder: str
    n_commits: int
    """Newest commits that are known."""
    n_segments: int


@dataclass(frozen=True, slots=True)
class Unread:
    """What is known of a work tree beyond the files that were read for a first answer."""

    n_files: int
    """Files that were not read."""
    size: float
    """How many times larger the whole is than what was read."""
    spread: Mapping[str, tuple[float, float]]
    """Term -> in how many times more chunks it stands in the whole, and in how many times more files."""
    importance: Mapping[str, float] = field(default_factory=dict)
    """Path -> its share of the whole (importance.py), where that was estimated."""
    users: Mapping[str, int] = field(default_factory=dict)
    """Name -> how many files of the whole bear it, of names that were counted."""

    def times(self, term: str) -> tuple[float, float]:
        """The same; of a term that was not counted, as the size has it."""
        return self.spread.get(term, (self.size, self.size))


ALL_READ = Unread(0, 1.0, {})
"""What is known of a whole beyond itself."""


class Hurry(NamedTuple):
    """What an answer waits for that is not to wait for the whole index."""

    at_once: int
    """Bytes of code that are read for it; more are another matter (`Behind`)."""
    n_commits: int
    """Newest ones that are read for it, where none are known yet."""


class Behind(Exception):
    """More must be read than was to be read at once."""

    def __init__(self, listing: Snapshot, listed_at: float) -> None:
        super().__init__()
        self.listing = listing
        self.listed_at = listed_at


def index_home() -> Path:
    """The folder below which every repository has its index: $REPOAGENT_HOME, else the system's cache folder."""
    if home := os.environ.get("REPOAGENT_HOME"):
        return Path(home).absolute()
    from platformdirs import user_cache_path

    return Path(user_cache_path("repoagent", appauthor=False))


def index_folder(repository: Repository) -> Path:
    """Where the index of a repository lies; linked work trees of one repository share it."""
    digest = hashlib.blake2b(os.fsencode(repository.common_dir), digest_size=8).hexdigest()
    name = re.sub(r"[^\w.-]", "_", repository.common_dir.parent.name, flags=re.ASCII)[:40]
    return index_home() / "indexes" / f"{name or 'root'}-{digest}"


class Index:
    """An open index of one work tree. Use as a context manager.

    Look-ups see one generation, the one that `open` or the last `update` found, whatever other processes write; damage
    on disk shows as `Damaged`, never as another answer. `look_up` mends it and asks again.
    """

    reranker: Reranker | None = None
    """What puts the first candidates of a search in order, where the user has chosen one."""

    def __init__(self, repository: Repository, encoder: str = DEFAULT, *, in_memory: bool = False) -> None:
        """`Index.open` is the way in."""
        self.repository = repository
        self.encoder: Encoder = load_encoder(encoder)
        self.folder = index_folder(repository)
        self.notices: list[str] = []
        """What a person should know: one line each."""
        self.unread: Unread | None = None
        """What is not in sight; None when all is."""
        self._facts: dict[int, Facts] = {}
        self._blocks: dict[int, Unblocked] = {}
        try:
            self._store = Store(self.folder, IN_MEMORY if in_memory else None)
        except Damaged:
            self._begin_anew(newest(self.folder), "the index was damaged")

    @classmethod
    def open(cls, repository: Repository, encoder: str = DEFAULT, progress: Progress | None = None) -> Index:
        """The index as the work tree is now: brought up to date first, built when there is none.

        Raises EnvironmentFault where the index cannot be kept or files cannot be read.
        """
        index = cls(repository, encoder)
        try:
            index.update(progress)
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

    def update(self, progress: Progress | None = None, hurry: Hurry | None = None) -> Update:
        """Bring the index to what the work tree holds now, and see it from here on.

        In a `hurry` commits of long ago are left to the next update that is in none, and Behind is raised, with nothing
        done, when too much code must be read.
        """
        if self.unread:
            self._store.close()
            self._store, self.unread = Store(self.folder), None
        try:
            return self._update(progress, hurry)
        except Damaged:
            self._store.close()
            self._begin_anew(self._store.path, "the index was damaged")
            return self._update(progress, hurry)

    @classmethod
    def of_some(cls, repository: Repository, encoder: str, behind: Behind, choose: Choose, n_commits: int = 0) -> Index:
        """An index in memory of the files of a listing that `choose` picks, and of the newest commits.

        The caller says what is `unread`.
        """
        index = cls(repository, encoder, in_memory=True)
        updater = Updater(repository, index._store, index.encoder, "")
        updater.run(behind.listing, behind.listed_at, None, choose, n_commits)
        return index

    def rebuild(self, progress: Progress | None = None) -> Update:
        """Forget everything and read the work tree from nothing."""
        self._store.close()
        self._begin_anew(self._store.path)
        return self._update(progress)

    def look_up(self, question: Callable[[Index], T]) -> T:
        """What `question` finds; damage that shows only now is mended first, and the question put again."""
        try:
            return question(self)
        except Damaged:
            self._store.close()
            self._begin_anew(self._store.path, "the index was damaged")
            self._update(None)
            return question(self)

    def release(self) -> None:
        """Let go of the generation in sight; the next look-up sees the newest.

        For a handle that is kept for long without being used: what it holds on to, others cannot give back.
        """
        for name in ("root", "catalogue", "history", "past_words", "language_shares", "live_chunks", "_segments",
                     "_columns", "_directories", "_live_blobs", "_path_of_blob", "vectors",
                     "first_chunks"):  # fmt: skip
            self.__dict__.pop(name, None)
        self._facts.clear()
        self._blocks.clear()
        self._store.let_go()

    def _update(self, progress: Progress | None, hurry: Hurry | None = None) -> Update:
        made_by = maker(self.encoder)
        listed_at, listing = time.time(), self.repository.snapshot()
        first_commits = hurry.n_commits if hurry else None
        if self._is_current(listing, made_by, hurry):
            return Update(len(self.catalogue.paths), 0, 0, changed=False)
        if hurry and self._is_behind(listing, made_by, hurry.at_once):
            raise Behind(listing, listed_at)
        self.release()
        with only_writer(self.folder) as waited:
            if waited:
                listed_at, listing = time.time(), self.repository.snapshot()
            if self._is_current(listing, made_by, hurry):
                return Update(len(self.catalogue.paths), 0, 0, changed=False)
            root = self._store.root()
            self.release()
            if root is not None and root.get("maker") != made_by:
                self._store.close()
                self._store = begin_anew(self.folder, self._store.path)
                self.notices.append("the index was made by another version or encoder; it is built anew")
            discard_older(self.folder)
            updater = Updater(self.repository, self._store, self.encoder, made_by)
            update = updater.run(listing, listed_at, progress, first_commits=first_commits)
        self._store.fold()
        _ = self.catalogue  # held from here on
        return update

    def _is_current(self, listing: Snapshot, made_by: str, hurry: Hurry | None) -> bool:
        """Whether the newest generation, which is held from here on, says what the work tree holds.

        And all commits that are to be known, unless in a `hurry`.
        """
        self.release()
        if self._store.path != newest(self.folder):  # another process has begun anew
            self._store.close()
            self._store = Store(self.folder)
        self._store.hold()
        root = self._store.root()
        if root is None or root.get("maker") != made_by or not listing.settled:
            return False
        if self.lacks_commits and not hurry:
            return False
        return self.catalogue.fingerprint == listing.fingerprint.hex()

    def _is_behind(self, listing: Snapshot, made_by: str, at_once: int) -> bool:
        """Whether the code that the newest generation lacks comes to more than `at_once` bytes."""
        root = self._store.root()
        known: set[tuple[str, str]] = set()
        if root is not None and root.get("maker") == made_by:
            known.update(zip(self.catalogue.paths, self.catalogue.listed, strict=True))
        n_bytes = 0
        for file in listing.files:
            if (file.path, file.blob or "") not in known and LANGUAGES[language_of(file.path)].is_code:
                with suppress(OSError):
                    size = os.lstat(f"{self.repository.root}/{file.path}").st_size
                    n_bytes += size if size <= MAX_FILE else 0
            if n_bytes > at_once:
                return True
        return False

    def _begin_anew(self, old: Path, why: str = "") -> None:
        with only_writer(self.folder):
            self._store = begin_anew(self.folder, old)
        self.release()
        if why:
            self.notices.append(f"{why}; it is built anew")

    @property
    def _worktree(self) -> str:
        return str(self.repository.root)

    # -- looking up ---------------------------------------------------------------------------------------------

    @cached_property
    def root(self) -> dict[str, Any]:
        """What the generation in sight consists of."""
        self._store.hold()
        root = self._store.root()
        if root is None:
            raise Damaged(f"{self.folder}: the index is empty; `repoagent index` builds it")
        return root

    @cached_property
    def catalogue(self) -> Catalogue:
        """The work tree as the index knows it."""
        part = self.root["trees"].get(self._worktree)
        return Catalogue.from_bytes(self._store.part(part)) if part else Catalogue()

    @cached_property
    def history(self) -> History:
        """The newest commits that lead to the work tree."""
        part = self.root["histories"].get(self._worktree)
        return History.from_bytes(self._store.part(part)) if part else History()

    @property
    def lacks_commits(self) -> bool:
        """Whether older commits than those of `history` are still to be read."""
        return not self.root["heads"].get(self._worktree)

    @cached_property
    def past_words(self) -> PastWords:
        """The messages of those commits, to be searched."""
        return PastWords(self.history, self.catalogue.paths)

    @cached_property
    def language_shares(self) -> NDArray[np.float32]:
        """By position in the catalogue: what part of the source code is in the file's language."""
        catalogue = self.catalogue
        known = numbering()
        text = known["text"]
        numbers = np.array([known[language] for language in catalogue.languages], np.int64)
        is_source = (catalogue.roles == SOURCE) & (catalogue.blobs >= 0) & (numbers != text)
        sizes = np.bincount(numbers[is_source], catalogue.sizes[is_source], len(known))
        return (sizes / (sizes.sum() or 1))[numbers].astype(np.float32)

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
            np.frombuffer(self._store.part(segment.chunks), np.uint32).reshape(-1, CHUNK_COLUMNS)
            for segment in self._segments
        ]
        return np.concatenate(parts) if parts else np.zeros((0, CHUNK_COLUMNS), np.uint32)

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
        runs = [directory.pairs(key, self._block) for directory in self._directories]
        runs = [run for run in runs if len(run)]
        return np.concatenate(runs) if runs else EMPTY

    def _block(self, part: int) -> Unblocked:
        """A block of postings; those read last are kept, for names are looked up by the hundred."""
        if part not in self._blocks:
            if len(self._blocks) >= _KEPT_BLOCKS:
                self._blocks.clear()
            self._blocks[part] = unblock(self._store.part(part))
        return self._blocks[part]

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

    @cached_property
    def vectors(self) -> Vectors:
        """The same, to be searched."""
        return Vectors(self.codes())

    @cached_property
    def first_chunks(self) -> NDArray[np.int64]:
        """Blob number -> number of its first chunk, -1 for a blob without chunks."""
        columns = self._columns
        starts = columns[columns[:, 2] == 0]
        first = np.full(int(self.root["next_blob"]) + 1, -1, np.int64)
        first[starts[:, 1]] = starts[:, 0]
        return first

    def definitions(self, name: str) -> list[tuple[int, int]]:
        """(position in the catalogue, symbol) of every definition of a name, in any case of its letters; in order."""
        return self._placed("d" + name.casefold())

    def users(self, name: str) -> list[tuple[int, int]]:
        """(position in the catalogue, how often) of every file that uses a name, as written; in order."""
        return self._placed("r" + name)

    def _placed(self, key: str) -> list[tuple[int, int]]:
        """The pairs under a key by path: blobs are numbered as they were read, which no answer may depend on."""
        return sorted(
            (position, value)
            for blob, value in self.pairs(key).tolist()
            for position in self._path_of_blob.get(blob, ())
        )

    def mentioning(self, name: str) -> list[int]:
        """Positions in the catalogue of all files in which a name stands as a word, and of some others; in order.

        A name without a term to look for, `x` or `get`, may stand in any.
        """
        chunks: NDArray[np.uint32] | None = None
        for term in sorted(terms_of(name), key=lambda term: (-len(term), term)):
            here = self.pairs("t" + term)[:, 0]
            chunks = here if chunks is None else chunks[np.isin(chunks, here)]
        catalogue = self.catalogue
        if chunks is None:
            everywhere: list[int] = np.flatnonzero(catalogue.blobs >= 0).tolist()
            return everywhere
        columns = self._columns
        blobs = set(columns[np.isin(columns[:, 0], chunks), 1].tolist())
        found = {position for blob in blobs for position in self._path_of_blob.get(blob, ())}
        long = (catalogue.n_symbols == 0) & (catalogue.sizes > MAX_COUNTED // 2) & (catalogue.blobs >= 0)
        return sorted(found.union(np.flatnonzero(long).tolist()))

    def n_users(self, name: str) -> int:
        """How many files use a name, as written."""
        counted = self.unread.users.get(name) if self.unread else None
        return self._n_live("r" + name) if counted is None else counted

    def n_definitions(self, name: str) -> int:
        """How many definitions bear a name, in any case of its letters."""
        return self._n_live("d" + name.casefold())

    def _n_live(self, key: str) -> int:
        return int(np.count_nonzero(self._live_blobs[self.pairs(key)[:, 0]]))

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
            self._facts[blob] = Facts.from_bytes(self._store.facts(blob, self.catalogue.key(position)))
        return self._facts[blob]

    def facts_of(self, path: str) -> Facts | None:
        """The facts of the file at a path; None for one that is not in the index."""
        position = self.position(path)
        return self.facts(position) if position is not None else None

    def parsed(self, path: str) -> Parsed:
        """What one file says, as nouns; nothing for a path that is not in the index."""
        facts = self.facts_of(path)
        return facts.parsed(path) if facts is not None else Parsed()

    def source(self, path: str) -> SourceFile | None:
        """A file's content as the index knows it; None when it has changed or gone since."""
        position = self.position(path)
        facts = self.facts(position) if position is not None else None
        if position is None or facts is None:
            return None
        try:
            raw = self.repository.read(path, MAX_FILE)
        except (OSError, RepoAgentError):
            return None
        if self.repository.blob_id(raw) != self.catalogue.oids[position]:
            return None
        content = text_as(raw, self.catalogue.charsets[position])
        return SourceFile(path, facts.language, self.catalogue.oids[position], content)

    def status(self) -> Status:
        """Counts over the whole work tree."""
        catalogue = self.catalogue
        known = catalogue.blobs >= 0
        languages = Counter(compress(catalogue.languages, known.tolist()))
        skipped = Counter(note for note in catalogue.notes if note)
        return Status(
            path=self._store.path,
            size=self._store.size(),
            n_files=len(catalogue.paths),
            n_source_bytes=int(catalogue.sizes[known].sum()),
            n_symbols=int(catalogue.n_symbols[known].sum()),
            n_chunks=int(self.live_chunks.sum()),
            languages=dict(languages.most_common()),
            skipped=dict(skipped.most_common()) | dict(catalogue.left_out),
            demoted=dict(_demoted(catalogue).most_common()),
            charsets=dict(Counter(charset for charset in catalogue.charsets if charset).most_common()),
            encoder=self.encoder.name,
            n_commits=len(self.history.ids),
            n_segments=len(self._segments),
        )


def _demoted(catalogue: Catalogue) -> Counter[str]:
    """Why files rank behind others; not those that are not in the index, or are noted as minified."""
    counts: Counter[str] = Counter()
    low = (catalogue.roles == GENERATED) | (catalogue.roles == VENDORED)
    for position in np.flatnonzero(low & (catalogue.blobs >= 0)).tolist():
        if catalogue.notes[position] != MINIFIED:
            is_vendored = catalogue.roles[position] == VENDORED
            counts["vendored" if is_vendored else kind_of_generated(catalogue.paths[position])] += 1
    if long := int(((catalogue.sizes > MAX_COUNTED) & (catalogue.n_symbols == 0) & (catalogue.blobs >= 0)).sum()):
        counts[f"long text, of which the first {MAX_COUNTED >> 10} KiB are searched"] = long
    return counts
