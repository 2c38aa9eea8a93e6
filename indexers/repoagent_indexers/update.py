"""Bringing an index up to date: blobs never seen -> workers -> a segment; then the catalogue is turned.

Only one process updates an index at a time (`store.only_writer`). What was read is made safe segment by segment, under
blob ids that stay true whatever happens next, so an interrupted update goes on where it was; the catalogue changes in
one transaction at the end.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import chain, compress, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.catalogue import Catalogue, blob_key
from repoagent_indexers.charsets import read_text
from repoagent_indexers.encoders import DiscreetEncoder, Encoder, TermEncoder
from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.facts import CHUNK_WIDTH, Facts
from repoagent_indexers.forked import Forked
from repoagent_indexers.history import History, Reading
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.memory import keep_freed
from repoagent_indexers.postings import Collector, Directory, Pairs, blocks_of, merged, write_blocks
from repoagent_indexers.roles import CONFIGURATION, GENERATED, SOURCE, is_marked_generated, role_of
from repoagent_indexers.rules import NOTHING, Rules
from repoagent_indexers.snapshot import RACY
from repoagent_indexers.store import CHUNK_COLUMNS, Segment, Store
from repoagent_indexers.vectors import Codes, quantise

if TYPE_CHECKING:
    from repoagent_indexers.encoders.pooling import Pooling
    from repoagent_indexers.repository import Repository
    from repoagent_indexers.snapshot import ListedFile, Snapshot
    from repoagent_indexers.workers import Job, Read, ReadBatch, Words

MAX_FILE = 2 << 20
"""Bytes; a longer file is listed as skipped and not read."""
SEGMENT = 44 << 20
"""Bytes of source that make one segment at most: what an update holds in memory is bounded by it."""
_CODED = 1 << 12
"""Chunks whose vectors are made at once."""
_LARGE = 256 << 10
"""Bytes of a file that a worker reads alone."""
_MUCH = 256 << 10
"""Bytes of source."""
MAX_SEGMENTS = 8
"""More are joined, the smallest first."""
MAX_JOINED = 100_000
"""Chunks of a segment that is not joined with others any more."""
GONE, UNREADABLE, MINIFIED, WAITING = "gone", "cannot be read", "minified", "not read yet"
"""Notes of the catalogue that mean something here."""
IGNORED = "ignored by .repoagentignore"
_LONG_LINES = 1000
"""Average bytes a line above which a file is taken for minified."""

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes to read in all) as an update goes on."""
Choose = Callable[[Sequence[str], NDArray[np.int64]], list[int]]
"""Paths and sizes of files -> positions of those to read now."""


class Update(NamedTuple):
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

    def __init__(self, repository: Repository, store: Store, encoder: Encoder, made_by: str) -> None:
        self.repository = repository
        self.store = store
        self.encoder = encoder
        self.tree = str(repository.root)
        self.root: dict[str, Any] = store.root() or {
            "maker": made_by,
            "trees": {},
            "histories": {},
            "heads": {},
            "segments": [],
            "next_part": 2,
            "next_chunk": 0,
            "next_blob": 0,
        }
        self.batch = _Batch(encoder, self.root["next_blob"], self.root["next_chunk"])
        self.n_parsed = self.n_bytes = 0

    def run(
        self,
        listing: Snapshot,
        listed_at: float,
        progress: Progress | None,
        choose: Choose | None = None,
        first_commits: int | None = None,
    ) -> Update:
        """Read what is new in the work tree, then make its new catalogue current.

        `listed_at` is a moment before the listing was made, in seconds since 1970. With `choose`, of what is new only
        the files that it picks are read; the others are listed as `WAITING`. With `first_commits`, where no
        commit is known yet so many are read, without the HEAD that they lead to: all are read next time.
        """
        from repoagent_indexers.workers import read_batches  # most commands find nothing to read: they start without

        part = self.root["trees"].get(self.tree)
        before = self.store.part(part) if part else b""
        old = Catalogue.from_bytes(before) if part else Catalogue()
        seen_from = [listing.head, self.repository.shallow_at()]
        known = self.root["heads"].get(self.tree, [])
        n_commits = first_commits if listing.head and not known else None
        is_read = known == seen_from or n_commits == 0
        kept = self._history() if known[1:] == seen_from[1:] and not is_read else History()
        history = None if is_read else Reading(self.repository, kept, listing.head, n_commits)
        files = listing.files
        rules = Rules(self.repository, [file.path for file in files])
        has_blobs = self.root["next_blob"] > 0
        draft = _Draft(self.repository, self.store, files, listed_at, old, rules, has_blobs)
        if Forked.is_allowed and draft.n_bytes > _MUCH:
            keep_freed()
        done = total = 0
        jobs, languages = draft.jobs(choose), draft.main_languages()
        with closing(read_batches(jobs, skim=True, ready=choose is not None, languages=languages)) as batches:
            for read in batches:
                for one, blob in zip(read.reads, count(self.batch.next_blob), strict=False):
                    draft.take(one, blob)
                self.batch.add(read)
                n_bytes = sum(len(one.job.content) for one in read.reads)
                self.n_parsed += len(read.reads)
                self.n_bytes += n_bytes
                done += n_bytes
                if self.batch.n_bytes >= SEGMENT:
                    self._flush()
                if progress:
                    total = max(total or draft.n_bytes, done)
                    progress(done, total)
        new = draft.catalogue(listing)
        after = new.to_bytes()
        commits = history.result() if history else None
        if after != before or self.batch.keys or commits is not None:
            codes = self.batch.codes()
            with self.store.writing():
                self._write(codes)
                is_cut = n_commits is not None and (commits is None or len(commits.ids) >= n_commits)
                self._keep_history(commits, [] if is_cut else seen_from)
                if part:
                    self.store.drop([part])
                self.root["trees"][self.tree] = self._add(after)
                if sum(row[3] < MAX_JOINED // 2 for row in self.root["segments"]) > MAX_SEGMENTS:
                    self._merge(new)
                self.store.set_root(self.root)
        changed = old.paths != new.paths or old.oids != new.oids
        return Update(len(new.paths), self.n_parsed, self.n_bytes, changed)

    def _history(self) -> History:
        """The history that is kept for this work tree."""
        part = self.root["histories"].get(self.tree)
        return History.from_bytes(self.store.part(part)) if part else History()

    def _keep_history(self, history: History | None, seen_from: list[str]) -> None:
        """Keep a history, if it is another; `seen_from` is HEAD, and where a shallow clone ends; [] where it is cut."""
        if history is not None:
            if part := self.root["histories"].get(self.tree):
                self.store.drop([part])
            self.root["histories"][self.tree] = self._add(history.to_bytes())
        self.root["heads"][self.tree] = seen_from

    def _add(self, data: bytes) -> int:
        part: int = self.root["next_part"]
        self.root["next_part"] = part + 1
        self.store.add(part, data)
        return part

    def _flush(self) -> None:
        """Make what was read so far safe: an interrupted update goes on from here."""
        codes = self.batch.codes()
        with self.store.writing():
            self._write(codes)
            self.store.set_root(self.root)

    def _write(self, codes: Codes) -> None:
        """Keep the batch as a segment, and begin another."""
        batch, root = self.batch, self.root
        if not batch.keys:
            return
        self.store.add_blobs(zip(count(root["next_blob"]), batch.keys, batch.facts, strict=False))
        directory = write_blocks(chain(batch.names.blocks(), batch.terms.blocks("t")), self._add)
        chunks = np.concatenate(batch.chunks)
        segment = Segment(self._add(directory), self._add(chunks.tobytes()), self._add(codes.tobytes()), len(chunks))
        root["segments"].append(segment)
        root["next_blob"] += len(batch.keys)
        root["next_chunk"] += len(chunks)
        self.batch = _Batch(self.encoder, root["next_blob"], root["next_chunk"])

    def _merge(self, new: Catalogue) -> None:
        """Join small segments; or write all of them anew, without what is dead, when that is more than half."""
        segments = sorted((Segment(*row) for row in self.root["segments"]), key=lambda segment: segment.n_chunks)
        live = self._live_blobs(new)
        n_live = sum(int(live[self._chunks(segment)[:, 1]].sum()) for segment in segments)
        if 2 * n_live < sum(segment.n_chunks for segment in segments):
            self.root["segments"] = [self._compacted(segments, live)]
            return
        n = total = 0
        for segment in segments:
            if total + segment.n_chunks > MAX_JOINED or (n > 1 and segment.n_chunks > total):
                break
            n, total = n + 1, total + segment.n_chunks
        # so that places ascend; a segment of files that say nothing has none
        some = sorted(segments[:n], key=lambda one: int(self._chunks(one)[0, 0]) if one.n_chunks else 0)
        self.root["segments"] = [self._joined(some), *segments[n:]]

    def _live_blobs(self, new: Catalogue) -> NDArray[np.bool_]:
        """Blob number -> whether a path of some work tree holds it; work trees that have gone are forgotten."""
        trees: dict[str, int] = self.root["trees"]
        for tree in [tree for tree in trees if tree != self.tree and not Path(tree).is_dir()]:
            self.store.drop([part for kept in (trees, self.root["histories"]) if (part := kept.pop(tree, 0))])
            self.root["heads"].pop(tree, None)
        live = np.zeros(self.root["next_blob"], np.bool_)
        for tree, part in trees.items():
            blobs = (new if tree == self.tree else Catalogue.from_bytes(self.store.part(part))).blobs
            live[blobs[blobs >= 0]] = True
        return live

    def _joined(self, segments: Sequence[Segment]) -> Segment:
        chunks = np.concatenate([self._chunks(segment) for segment in segments])
        codes = b"".join(self.store.part(segment.vectors) for segment in segments)
        return self._replaced(segments, lambda items: items, chunks, codes)

    def _compacted(self, segments: Sequence[Segment], live: NDArray[np.bool_]) -> Segment:
        """The live part of all segments as one, its chunks numbered anew."""
        chunks = np.concatenate([self._chunks(segment) for segment in segments])
        kept = live[chunks[:, 1]]
        width = self.encoder.dimensions
        codes = np.frombuffer(b"".join(self.store.part(segment.vectors) for segment in segments), np.int8)
        fresh = np.full(self.root["next_chunk"], -1, np.int64)
        fresh[chunks[kept, 0]] = np.arange(int(kept.sum()))

        def alive(items: Iterator[tuple[str, Pairs]]) -> Iterator[tuple[str, Pairs]]:
            for key, pairs in items:
                if key.startswith("t"):
                    firsts = fresh[pairs[:, 0]]
                    yield key, np.stack([firsts, pairs[:, 1]], axis=1)[firsts >= 0].astype(np.uint32)
                else:
                    yield key, pairs[live[pairs[:, 0]]]

        chunks = chunks[kept]
        chunks[:, 0] = np.arange(len(chunks))
        self.root["next_chunk"] = len(chunks)
        self.store.drop_blobs(np.flatnonzero(~live).tolist())
        return self._replaced(segments, alive, chunks, codes.reshape(-1, width)[kept].tobytes())

    def _replaced(
        self,
        segments: Sequence[Segment],
        change: Callable[[Iterator[tuple[str, Pairs]]], Iterator[tuple[str, Pairs]]],
        chunks: NDArray[np.uint32],
        codes: bytes,
    ) -> Segment:
        """One segment in place of several, whose items go through `change`."""
        part = self.store.part
        old = [Directory.from_bytes(part(segment.directory)) for segment in segments]
        directory = write_blocks(blocks_of(change(merged([each.items(part) for each in old]))), self._add)
        for segment, each in zip(segments, old, strict=True):
            self.store.drop([segment.directory, segment.chunks, segment.vectors, *each.parts])
        return Segment(self._add(directory), self._add(chunks.tobytes()), self._add(codes), len(chunks))

    def _chunks(self, segment: Segment) -> NDArray[np.uint32]:
        return np.frombuffer(self.store.part(segment.chunks), np.uint32).reshape(-1, CHUNK_COLUMNS)


class _Draft:
    """The catalogue in the making: for each listed file the old entry, a blob known from elsewhere, or a job."""

    def __init__(
        self,
        repository: Repository,
        store: Store,
        files: Sequence[ListedFile],
        listed_at: float,
        old: Catalogue,
        rules: Rules,
        has_blobs: bool,
    ) -> None:
        self.repository = repository
        self.store = store
        self.tree = str(repository.root)
        self.listed_at = listed_at
        self.vouched = True
        """Whether everything was read as it had been listed."""
        self.waiting: dict[bytes, list[int]] = {}
        """Key of a blob that is being read -> positions of the files that hold it."""
        self.known: dict[bytes, _Known] = {}
        """Key of a blob that has been read or found."""
        self.has_blobs = has_blobs
        """Whether an earlier update has kept any."""
        same_rules = rules.digest == old.rules
        kept = rules.kept([file.path for file in files], old.paths if same_rules else ())
        self.n_ignored = kept.count(False)
        self.rules = rules
        self.paths = [file.path for file in compress(files, kept)]
        self.listed = [file.blob or "" for file in compress(files, kept)]
        place = {path: position for position, path in enumerate(old.paths)} if same_rules else {}
        before = [place.get(path, -1) for path in self.paths]
        same = [
            at if at >= 0 and blob and old.listed[at] == blob else -1
            for at, blob in zip(before, self.listed, strict=True)
        ]
        self.oids, self.languages, self.charsets, self.notes = (
            [column[at] if at >= 0 else "" for at in same]
            for column in (old.oids, old.languages, old.charsets, old.notes)
        )
        taken = np.array(same, np.int64)
        self.unread = np.flatnonzero(taken < 0).tolist()
        """Positions of the files that must be read."""
        self.blobs, self.sizes, self.n_symbols = (
            np.append(column, empty)[taken] for column, empty in ((old.blobs, -1), (old.sizes, 0), (old.n_symbols, 0))
        )  # position -1 is the one appended
        self.roles = np.append(old.roles, np.uint8(0))[taken]
        for position in self.unread:
            self.sizes[position] = self._size(self.paths[position])
        self.said = rules.said([self.paths[position] for position in self.unread])
        self.marked: set[int] = set()
        """Positions of files that say that a program wrote them."""

    def _limit(self, choose: Choose) -> None:
        """Read only the files that `choose` picks of those that must be read."""
        chosen = choose([self.paths[position] for position in self.unread], self.sizes[self.unread])
        waiting = set(self.unread)
        self.unread = [self.unread[at] for at in sorted(chosen)]
        for position in waiting.difference(self.unread):
            self.notes[position] = WAITING
            self.roles[position] = role_of(self.paths[position])
            self.vouched = False

    @property
    def n_bytes(self) -> int:
        """Size of the files that must be read."""
        return int(self.sizes[self.unread].sum())

    def main_languages(self) -> list[str]:
        """Languages of which so much must be read that more than one worker will meet them."""
        n_bytes: Counter[str] = Counter()
        for position in self.unread:
            n_bytes[language_of(self.paths[position])] += int(self.sizes[position])
        return [language for language, n in n_bytes.items() if n > 2 * _MUCH and LANGUAGES[language].is_code]

    def jobs(self, choose: Choose | None = None) -> Iterator[Job]:
        """What the workers must read; the largest files first, so that none is left alone at the end."""
        from repoagent_indexers.workers import Job

        if choose:
            self._limit(choose)
        for position in self._in_order(self.unread):
            content = self._content(position)
            if content is None:
                continue
            path = self.paths[position]
            language = language_of(path, content)
            if is_marked_generated(content):
                self.marked.add(position)
            if LANGUAGES[language].is_code and is_minified(content):
                self.notes[position] = MINIFIED
                language = "text"
            self.languages[position] = language
            key = blob_key(self.oids[position], language, self.charsets[position])
            if known := self.known.get(key) or self._found(key):
                self.known[key] = known
                self._settle(position, known)
            elif key in self.waiting:
                self.waiting[key].append(position)
            else:
                self.waiting[key] = [position]
                yield Job(position, path, language, content, self.oids[position], self.charsets[position])

    def take(self, read: Read, blob: int) -> None:
        """Note under which number a file that was read is kept."""
        key = blob_key(read.job.blob, read.job.language, read.job.charset)
        known = self.known[key] = (blob, read.reading.n_symbols, read.reading.problem.decode())
        for position in self.waiting.pop(key):
            self._settle(position, known)

    def catalogue(self, listing: Snapshot) -> Catalogue:
        """The finished catalogue, when all jobs are done. Files that went away meanwhile are left out."""
        for position in self.unread:
            said = self.said.get(self.paths[position], NOTHING).roles
            if (self.notes[position] == MINIFIED or position in self.marked) and GENERATED not in said:
                said = {**said, GENERATED: True}
            role = role_of(self.paths[position], said)
            is_plain = role == SOURCE and self.languages[position] == "text"  # LICENSE-MIT, rules for some tool
            self.roles[position] = CONFIGURATION if is_plain else role
        if GONE in self.notes:
            self._leave_out([note != GONE for note in self.notes])
        return Catalogue(
            paths=self.paths,
            blobs=self.blobs,
            oids=self.oids,
            listed=self.listed,
            languages=self.languages,
            sizes=self.sizes,
            n_symbols=self.n_symbols,
            roles=self.roles,
            charsets=self.charsets,
            notes=self.notes,
            left_out={what: n for what, n in {**listing.left_out, IGNORED: self.n_ignored}.items() if n},
            rules=self.rules.digest,
            fingerprint=listing.fingerprint.hex() if listing.settled and self.vouched else "",
        )

    def _leave_out(self, kept: list[bool]) -> None:
        """Forget the files that are not `kept`; positions count anew."""
        for column in (self.paths, self.oids, self.listed, self.languages, self.charsets, self.notes):
            column[:] = compress(column, kept)
        mask = np.array(kept, np.bool_)
        self.blobs, self.sizes = self.blobs[mask], self.sizes[mask]
        self.n_symbols, self.roles = self.n_symbols[mask], self.roles[mask]

    def _in_order(self, positions: Sequence[int]) -> list[int]:
        """Files larger than a batch, then those with the suffix that most bytes have, and so on.

        So a language of few files is read by one worker: each that meets one compiles its query, up to 0.2 s.
        """
        suffixes = {at: self.paths[at].rpartition(".")[2] for at in positions}
        sizes = dict(zip(positions, self.sizes[positions].tolist(), strict=True))
        totals: Counter[str] = Counter()
        for at, suffix in suffixes.items():
            totals[suffix] += sizes[at]

        def key(at: int) -> tuple[bool, int, str, int]:
            return sizes[at] <= _LARGE, -totals[suffixes[at]], suffixes[at], -sizes[at]

        return sorted(positions, key=key)

    def _content(self, position: int) -> bytes | None:
        """What a file says; None, and a note why, when nothing of it can be in the index."""
        path = self.paths[position]
        oid = note = charset = ""
        raw: bytes | None = None
        content: bytes | None = None
        try:
            if self.sizes[position] > MAX_FILE:
                note = "larger than 2 MiB"
            else:
                raw = self.repository.read(path, MAX_FILE)
                oid = self.repository.blob_id(raw)
                said = self.said.get(path, NOTHING)
                text = None if said.is_binary else read_text(raw, lambda: self.rules.charset(path, said))
                content, charset = text or (None, "")
                note = "binary" if content is None else ""
        except FileNotFoundError:
            note = GONE
        except (OSError, RepoAgentError):
            note = UNREADABLE
        self.oids[position], self.charsets[position], self.notes[position] = oid, charset, note
        if raw is not None:
            self.sizes[position] = len(raw)
        if oid != self.listed[position] and (note in (GONE, UNREADABLE) or self._may_have_changed(path)):
            self.listed[position] = ""  # what git listed is not what was read
            self.vouched = False
        return content

    def _found(self, key: bytes) -> _Known | None:
        """A blob that an earlier update has kept."""
        found = self.store.find_blob(key) if self.has_blobs else None
        if found is None:
            return None
        return found[0], *Facts.summary_of(found[1])

    def _settle(self, position: int, known: _Known) -> None:
        self.blobs[position], self.n_symbols[position], problem = known
        self.notes[position] = self.notes[position] or problem

    def _size(self, path: str) -> int:
        try:
            return os.lstat(f"{self.tree}/{path}").st_size
        except OSError:
            return 0

    def _may_have_changed(self, path: str) -> bool:
        """Whether a file that is not what git listed was written since, rather than converted (line ends, filters)."""
        try:
            found = (self.repository.root / path).lstat()
        except OSError:
            return True
        return max(found.st_mtime, found.st_ctime) > self.listed_at - RACY


_Known = tuple[int, int, str]
"""Number of a blob, how many symbols it has, and its problem."""


def is_minified(content: bytes) -> bool:
    """Whether a file's lines are so long that nobody wrote them by hand."""
    n_lines = len(content) // _LONG_LINES + 1  # fewer are too few; most files have as many in their first bytes
    beginning = min(len(content), 200 * n_lines)
    return (
        len(content) > 5000
        and content.count(b"\n", 0, beginning) < n_lines
        and len(content) / (content.count(b"\n") + 1) > _LONG_LINES
    )


class _Batch:
    """What was read since the last segment, in columns."""

    def __init__(self, encoder: Encoder, next_blob: int, next_chunk: int) -> None:
        self.encoder = encoder
        self.pooling = encoder.pooling() if isinstance(encoder, TermEncoder) else None
        self.next_blob = next_blob
        self.first_uncoded = self.next_chunk = next_chunk
        self.n_bytes = 0
        self.keys: list[bytes] = []
        self.facts: list[bytes] = []
        self.terms, self.names = Collector(), Collector()
        self.chunks: list[NDArray[np.uint32]] = []
        self.coded: list[Codes] = []
        """The vectors of the chunks before `first_uncoded`."""
        self.n_words = self.n_parts = 0
        """Of the terms and the parts of their columns how many those have."""
        self.texts: list[str] = []
        self.numbers: dict[int, tuple[Words, NDArray[np.uint32], NDArray[np.uint32]]] = {}
        """Of each child's words, by identity: the numbers of its terms and of its names here."""

    def add(self, batch: ReadBatch) -> None:
        """Take in some files, under the next numbers."""
        term_numbers, name_numbers = self._numbers(batch.words)
        columns = batch.columns
        n_chunks = np.array([read.reading.n_chunks for read in batch.reads])
        n, n_files = int(n_chunks.sum()), len(n_chunks)
        chunks = np.empty((n, CHUNK_COLUMNS), np.uint32)
        chunks[:, 0] = np.arange(self.next_chunk, self.next_chunk + n)
        chunks[:, 1] = np.repeat(np.arange(self.next_blob, self.next_blob + n_files), n_chunks)
        chunks[:, 2] = np.arange(n) - np.repeat(np.cumsum(n_chunks) - n_chunks, n_chunks)
        chunks[:, 3] = _column(columns.lengths)
        self.chunks.append(chunks)
        self.terms.add(
            term_numbers[_column(columns.terms)],
            _column(columns.term_chunks) + np.uint32(self.next_chunk),
            _column(columns.term_counts),
        )
        self.names.add(
            name_numbers[_column(columns.names)],
            _column(columns.name_files) + np.uint32(self.next_blob),
            _column(columns.name_values),
        )
        for read in batch.reads:
            if self.pooling is None:
                self.texts += self._chunk_texts(read)
            self.keys.append(blob_key(read.job.blob, read.job.language, read.job.charset))
            self.facts.append(read.facts)
            self.n_bytes += len(read.job.content)
        self.next_blob += n_files
        self.next_chunk += n
        if self.pooling and self.next_chunk - self.first_uncoded >= _CODED:
            self._code(self.pooling)

    def _chunk_texts(self, read: Read) -> Iterator[str]:
        content = read.job.content
        if isinstance(self.encoder, DiscreetEncoder):
            content = self.encoder.clean(content)
        facts = Facts.from_bytes(read.facts)
        for at in range(0, len(facts.chunks), CHUNK_WIDTH):
            start, end = facts.chunks[at : at + 2]
            yield content[start:end].decode("utf-8", "replace")

    def _numbers(self, words: Words) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        none = np.zeros(0, np.uint32)
        _, terms, names = self.numbers.get(id(words), (words, none, none))
        terms = np.concatenate([terms, self.terms.number(words.terms[len(terms) :])])
        names = np.concatenate([names, self.names.number(words.names[len(names) :])])
        self.numbers[id(words)] = words, terms, names
        return terms, names

    def codes(self) -> Codes:
        """The vectors of the batch's chunks."""
        if self.pooling is None:
            return quantise(self.encoder.encode(self.texts))
        self._code(self.pooling)
        self.pooling = None  # its table is large, and nothing comes behind
        return np.concatenate(self.coded)

    def _code(self, pooling: Pooling) -> None:
        """Make the vectors of the chunks that have come since, while the workers read on."""
        terms, chunks, counts = self.terms.columns(self.n_parts)
        words = list(islice(self.terms.numbers, self.n_words, None))
        first, n_chunks = np.uint32(self.first_uncoded), self.next_chunk - self.first_uncoded
        self.coded.append(quantise(pooling.rows(chunks - first, terms, counts, words, n_chunks)))
        self.first_uncoded, self.n_words = self.next_chunk, len(self.terms.numbers)
        self.n_parts += 1


def _column(data: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(data, np.uint32)


def maker(encoder: Encoder) -> str:
    """A digest of all that decides what is stored about a given source: code, queries, grammars, encoder."""
    digest = hashlib.blake2b(encoder.name.encode(), digest_size=16)
    here = os.path.dirname(__file__)  # noqa: PTH120  this runs before every answer, and pathlib takes its time
    for path in (*(f"{here}/{name}.py" for name in _MAKERS), *_files(f"{here}/encoders"), *_files(f"{here}/languages")):
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            size = os.fstat(file.fileno()).st_size
            digest.update(b"%d " % size + file.read(_LOOK))
            if size > _LOOK:  # an encoder's table: its beginning and its end will do
                file.seek(max(_LOOK, size - _LOOK))
                digest.update(file.read(_LOOK))
    for name in sorted({name for entry in sys.path for name in _grammars(entry)}):
        digest.update(os.fsencode(name) + b"\0")
    return digest.hexdigest()


_LOOK = 1 << 16
"""Bytes."""
_MAKERS = tuple(
    "blocks bodies captures catalogue charsets chunk columns commits discretion documentation extents"
    " facts history lexicon outliner parse passed_over postings reader roles rules skim store tally terms update uses"
    " uses_in_blocks uses_in_bodies vectors vocabulary".split()
)


def _files(folder: str) -> list[str]:
    return sorted(entry.path for entry in os.scandir(folder) if entry.is_file())


def _grammars(folder: str) -> Iterator[str]:
    """Names of what pip notes of the grammars in a folder, versions included."""
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return
    for name in names:
        if name.startswith("tree_sitter") and name.endswith(".dist-info"):
            yield name
