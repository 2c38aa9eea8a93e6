"""Bringing an index up to date: blobs never seen -> workers -> a segment; then the catalogue is turned.

Only one process updates an index at a time (`store.only_writer`). What was read is made safe segment by segment, under
blob ids that stay true whatever happens next, so an interrupted update goes on where it was; the catalogue changes in
one transaction at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import Encoder
from repoagent_indexers.forked import Forked
from repoagent_indexers.git.rules import Rules
from repoagent_indexers.indexing.catalogue import Catalogue
from repoagent_indexers.indexing.compaction import MAX_JOINED, Compaction
from repoagent_indexers.indexing.draft import MUCH, Choose, Draft
from repoagent_indexers.indexing.history import History, Reading
from repoagent_indexers.indexing.memtable import Memtable
from repoagent_indexers.indexing.postings import write_blocks
from repoagent_indexers.indexing.store import Segment, Store
from repoagent_indexers.indexing.vectors import Codes
from repoagent_indexers.memory import keep_freed

if TYPE_CHECKING:
    from repoagent_indexers.git.repository import Repository
    from repoagent_indexers.git.snapshot import Snapshot

SEGMENT = 44 << 20
"""Bytes of source that make one segment at most: what an update holds in memory is bounded by it."""
MAX_SEGMENTS = 8
"""More are joined, the smallest first."""

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes to read in all) as an update goes on."""


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
        self.batch = Memtable(encoder, self.root["next_blob"], self.root["next_chunk"])
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
        from repoagent_indexers.reading.workers import (
            read_batches,  # most commands find nothing to read: they start without
        )

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
        draft = Draft(self.repository, self.store, files, listed_at, old, rules, has_blobs)
        if Forked.is_allowed and draft.n_bytes > MUCH:
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
                    Compaction(self.store, self.root, self._add, self.encoder.dimensions).merge(self._live_blobs(new))
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
        self.batch = Memtable(self.encoder, root["next_blob"], root["next_chunk"])

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
