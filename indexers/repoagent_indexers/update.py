"""Bringing an index up to date: blobs never seen -> workers -> a segment; then the catalogue is turned.

Only one process updates an index at a time (`store.only_writer`). What was read is made safe segment by segment, under
blob ids that stay true whatever happens next, so an interrupted update goes on where it was; the catalogue changes in
one transaction at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.catalogue import Catalogue
from repoagent_indexers.encoders import Encoder, Rows, TermEncoder
from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.facts import CHUNK_WIDTH, FactColumns, Facts
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.postings import Collector, Directory, Pairs, merged, write_blocks
from repoagent_indexers.roles import GENERATED, role_of
from repoagent_indexers.store import FORMAT, Segment, Store
from repoagent_indexers.vectors import Codes, quantise
from repoagent_indexers.workers import Job, Read, read_all

if TYPE_CHECKING:
    from repoagent_indexers.repository import Repository
    from repoagent_indexers.snapshot import ListedFile

MAX_FILE = 2 << 20
"""Bytes; a longer file is listed as skipped and not read."""
SEGMENT = 48 << 20
"""Bytes of source that make one segment at most: what an update holds in memory is bounded by it."""
MAX_SEGMENTS = 8
_LONG_LINES = 1000
"""Average bytes a line above which a file is taken for minified."""

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes to read in all) as an update goes on."""


@dataclass(frozen=True, slots=True)
class Update:
    """What bringing an index up to date came to."""

    n_files: int
    n_parsed: int
    """Blobs that had never been seen."""
    n_bytes: int
    """Their size."""
    changed: bool
    """Whether the catalogue differs from the one before."""


class Updater:
    """One update of the index of one work tree, by the only writer."""

    def __init__(self, repository: Repository, store: Store, encoder: Encoder) -> None:
        self.repository = repository
        self.store = store
        self.encoder = encoder
        self.tree = str(repository.root)
        root = store.root()
        self.root: dict[str, Any] = root or {
            "format": FORMAT,
            "encoder": encoder.name,
            "trees": {},
            "segments": [],
            "next_chunk": 0,
            "next_blob": 0,
        }
        self.known = store.blobs() if root else {}
        self.batch = _Batch(encoder)
        self.n_parsed = self.n_bytes = 0

    def run(self, progress: Progress | None) -> Update:
        """Read what is new, then make the new catalogue current."""
        listed_at = time.time()
        listing = self.repository.snapshot()
        part = self.root["trees"].get(self.tree)
        old = Catalogue.from_bytes(self.store.part(part)) if part else Catalogue()
        draft = _Draft(self.repository, listing.files, listed_at, old, self.known)
        total = sum(size for _, size in draft.unread)
        done = 0
        for read in read_all(draft.jobs()):
            self._keep(read)
            draft.notes[read.job.key] = draft.notes[read.job.key] or Facts.problem_of(read.facts)
            done += len(read.job.content)
            if progress:
                progress(done, max(total, done))
            if self.batch.n_bytes >= SEGMENT:
                self._flush()
        with self.store.writing():
            self._write_batch()
            new = draft.catalogue(self.known, listing.fingerprint.hex() if listing.settled else "")
            self._merge()
            if part:
                self.store.drop([part])
            self.root["trees"][self.tree] = self.store.add(new.to_bytes())
            self.store.set_root(self.root)
        changed = old.paths != new.paths or old.oids != new.oids
        return Update(len(new.paths), self.n_parsed, self.n_bytes, changed)

    def _keep(self, read: Read) -> None:
        key = blob_key(read.job)
        if key in self.known:  # the same content at two paths, read twice in one update
            return
        self.n_parsed += 1
        self.n_bytes += len(read.job.content)
        self.batch.add(key, read)
        self.known[key] = -2 - len(self.batch.reads)  # numbered when it is written

    def _flush(self) -> None:
        """Make what was read so far safe: an interrupted update goes on from here."""
        with self.store.writing():
            self._write_batch()
            self.store.set_root(self.root)

    def _write_batch(self) -> None:
        batch, self.batch = self.batch, _Batch(self.encoder)
        if not batch.reads:
            return
        blobs = [self.store.add_blob(key, read.facts) for key, read in batch.reads]
        self.known.update(zip((key for key, _ in batch.reads), blobs, strict=True))
        items, columns, codes = batch.segment(blobs, self.root["next_chunk"])
        segment = Segment(
            directory=self.store.add(write_blocks(items, self.store.add)),
            chunks=self.store.add(columns.tobytes()),
            vectors=self.store.add(codes.tobytes()),
            n_chunks=len(columns),
        )
        self.root["segments"].append([segment.directory, segment.chunks, segment.vectors, segment.n_chunks])
        self.root["next_chunk"] += len(columns)
        self.root["next_blob"] = max(blobs) + 1

    def _merge(self) -> None:
        """Join small segments when there are many."""
        segments = [Segment(*row) for row in self.root["segments"]]
        if len(segments) > MAX_SEGMENTS:
            segments.sort(key=lambda segment: -segment.n_chunks)
            largest = segments[0].n_chunks
            small = [segment for segment in segments if segment.n_chunks * 4 <= largest] or segments[1:]
            kept = [segment for segment in segments if segment not in small]
            self.root["segments"] = [
                [s.directory, s.chunks, s.vectors, s.n_chunks] for s in (*kept, self._joined(small))
            ]

    def _joined(self, segments: Sequence[Segment]) -> Segment:
        part = self.store.part
        directories = [Directory.from_bytes(part(segment.directory)) for segment in segments]
        directory = self.store.add(write_blocks(merged([d.items(part) for d in directories]), self.store.add))
        chunks = self.store.add(b"".join(part(segment.chunks) for segment in segments))
        vectors = self.store.add(b"".join(part(segment.vectors) for segment in segments))
        for segment, old in zip(segments, directories, strict=True):
            self.store.drop([segment.directory, segment.chunks, segment.vectors, *old.parts])
        return Segment(directory, chunks, vectors, sum(segment.n_chunks for segment in segments))


def blob_key(job: Job) -> bytes:
    """What a blob's facts are kept under: git's id and the language it was read as."""
    return bytes.fromhex(job.blob) + job.language.encode()


class _Draft:
    """The catalogue in the making: for each listed file the old entry, a blob known from elsewhere, or a job."""

    def __init__(
        self,
        repository: Repository,
        files: Sequence[ListedFile],
        listed_at: float,
        old: Catalogue,
        known: dict[bytes, int],
    ) -> None:
        self.repository = repository
        self.listed_at = listed_at
        self.known = known
        self.paths = [file.path for file in files]
        n = len(self.paths)
        self.oids, self.listed, self.notes = [""] * n, [file.blob or "" for file in files], [""] * n
        self.sizes, self.keys = [0] * n, [b""] * n
        self.unread: list[tuple[int, int]] = []
        """(position, size in bytes) of the files that must be read."""
        before = {path: position for position, path in enumerate(old.paths)}
        numbers = old.blobs.tolist()
        old_sizes = old.sizes.tolist()
        key_of = {number: key for key, number in known.items()}
        for position, file in enumerate(files):
            at = before.get(file.path, -1)
            same = at >= 0 and file.blob and old.listed[at] == file.blob
            if same and (numbers[at] < 0 or numbers[at] in key_of):
                self.oids[position], self.notes[position] = old.oids[at], old.notes[at]
                self.sizes[position] = old_sizes[at]
                self.keys[position] = key_of.get(numbers[at], b"")
            else:
                self.unread.append((position, self._size(file.path)))

    def _size(self, path: str) -> int:
        try:
            return (self.repository.root / path).lstat().st_size
        except OSError:
            return 0

    def _may_have_changed(self, path: str) -> bool:
        """Whether a file that is not what git listed was written since, rather than converted (line ends, filters)."""
        try:
            return (self.repository.root / path).lstat().st_mtime > self.listed_at - 2
        except OSError:
            return True

    def jobs(self) -> Iterator[Job]:
        """What the workers must read; large files first, so that none is left alone at the end."""
        for position, size in sorted(self.unread, key=lambda item: -item[1]):
            path = self.paths[position]
            self.sizes[position] = size
            if size > MAX_FILE:
                self.notes[position] = "larger than 2 MiB"
                continue
            try:
                content = self.repository.read(path, MAX_FILE)
            except FileNotFoundError:
                self.notes[position] = "gone"
                continue
            except (OSError, RepoAgentError):
                self.notes[position] = "cannot be read"
                continue
            oid = self.oids[position] = self.repository.blob_id(content)
            if oid != self.listed[position] and self._may_have_changed(path):
                self.listed[position] = ""
            if b"\0" in content[:8000]:
                self.notes[position] = "binary"
                continue
            language = language_of(path, content)
            if LANGUAGES[language].is_code and is_minified(content):
                self.notes[position] = "minified"
                language = "text"
            job = Job(position, path, language, content, oid)
            key = self.keys[position] = blob_key(job)
            if key not in self.known:
                yield job

    def catalogue(self, known: dict[bytes, int], fingerprint: str) -> Catalogue:
        """The finished catalogue; every key must be known by now. Files that went away meanwhile are left out."""
        kept = [position for position in range(len(self.paths)) if self.notes[position] != "gone"]

        def pick(column: list[Any]) -> list[Any]:
            return [column[position] for position in kept]

        paths = pick(self.paths)
        notes = pick(self.notes)
        return Catalogue(
            paths=paths,
            blobs=np.array([known[key] if key else -1 for key in pick(self.keys)], np.int64),
            oids=pick(self.oids),
            listed=pick(self.listed),
            sizes=np.array(pick(self.sizes), np.int64),
            roles=np.array(
                [GENERATED if note == "minified" else role_of(path) for path, note in zip(paths, notes, strict=True)],
                np.uint8,
            ),
            notes=notes,
            fingerprint=fingerprint,
        )


def is_minified(content: bytes) -> bool:
    """Whether a file's lines are so long that nobody wrote them by hand."""
    return len(content) > 5000 and len(content) / (content.count(b"\n") + 1) > _LONG_LINES


class _Batch:
    """What was read since the last segment."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.reads: list[tuple[bytes, Read]] = []
        self.n_bytes = 0
        self.texts: list[str] = []

    def add(self, key: bytes, read: Read) -> None:
        self.n_bytes += len(read.job.content)
        if not isinstance(self.encoder, TermEncoder):
            self.texts += _chunk_texts(read)
        self.reads.append((key, replace(read, job=replace(read.job, content=b""))))

    def segment(
        self, blobs: Sequence[int], first_chunk: int
    ) -> tuple[Iterator[tuple[str, Pairs]], NDArray[np.uint32], Codes]:
        """The batch's postings in order of their keys, its chunk columns and its vectors."""
        terms, definitions, uses = Collector("t"), Collector("d"), Collector("r")
        columns: list[NDArray[np.uint32]] = []
        n_chunks = 0
        for blob, (_, read) in zip(blobs, self.reads, strict=True):
            facts = FactColumns(read.facts)
            table = read.terms
            numbers = terms.number(table.words)
            chunks = np.frombuffer(table.chunks, np.uint32) if table.chunks else np.zeros(0, np.uint32)
            if len(chunks):
                terms.add(
                    numbers[np.frombuffer(table.terms, np.uint32)],
                    chunks + np.uint32(n_chunks),
                    np.frombuffer(table.counts, np.uint32),
                )
            _collect_names(facts, blob, definitions, uses)
            n = len(facts.chunks)
            columns.append(
                np.stack(
                    [
                        np.arange(first_chunk + n_chunks, first_chunk + n_chunks + n, dtype=np.uint32),
                        np.full(n, blob, np.uint32),
                        np.arange(n, dtype=np.uint32),
                        facts.chunks[:, 5].astype(np.uint32),
                    ],
                    axis=1,
                )
            )
            n_chunks += n
        codes = quantise(self._rows(terms, n_chunks))
        terms.firsts = [first + np.uint32(first_chunk) for first in terms.firsts]
        items = (item for part in (definitions, uses, terms) for item in part.items())
        return items, np.concatenate(columns) if columns else np.zeros((0, 4), np.uint32), codes

    def _rows(self, terms: Collector, n_chunks: int) -> Rows:
        if not isinstance(self.encoder, TermEncoder):
            return self.encoder.encode(self.texts)
        empty = [np.zeros(0, np.uint32)]
        chunks, numbers, counts = (
            np.concatenate(column or empty) for column in (terms.firsts, terms.keys, terms.seconds)
        )
        return self.encoder.encode_terms(chunks, numbers, counts, list(terms.numbers), n_chunks)


def _collect_names(facts: FactColumns, blob: int, definitions: Collector, uses: Collector) -> None:
    """Add the definitions and uses of one blob."""
    strings = facts.strings
    names = facts.symbols[:, 1].tolist()
    if names:
        numbers = definitions.number([strings[name].casefold() for name in names])
        definitions.add(numbers, np.full(len(names), blob, np.uint32), np.arange(len(names), dtype=np.uint32))
    if len(facts.references):
        used, counts = np.unique(facts.references[:, 1], return_counts=True)
        numbers = uses.number([strings[name] for name in used.tolist()])
        uses.add(numbers, np.full(len(used), blob, np.uint32), counts.astype(np.uint32))


def _chunk_texts(read: Read) -> Iterable[str]:
    facts = Facts.from_bytes(read.facts)
    for at in range(0, len(facts.chunks), CHUNK_WIDTH):
        start, end = facts.chunks[at : at + 2]
        yield read.job.content[start:end].decode("utf-8", "replace")
