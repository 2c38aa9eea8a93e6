"""The part of an index that one question may find: its chunks below some folders, and what stands in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.indexing.index import ALL_READ, Index
from repoagent_indexers.reading.facts import CHUNK_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.words.path_words import below

MAX_NAMES = 60
"""Names used in a chunk that are followed."""


class Sight:
    """Every chunk of the files below `roots`, of all where none are given, each in the first path that holds it."""

    def __init__(self, index: Index, roots: Sequence[str] = ()) -> None:
        self.index = index
        self.unread = index.unread or ALL_READ
        columns = index.chunk_columns()
        size = int(index.root["next_chunk"]) + 1
        self.lengths = np.zeros(size, np.float32)
        """Chunk number -> its length in terms."""
        self.lengths[columns[:, 0]] = columns[:, 3]
        self.file_of = np.full(size, -1, np.int64)
        """Chunk number -> position in the catalogue of its file, -1 for one out of sight."""
        self.file_of[columns[:, 0]] = self._first_paths(roots)[columns[:, 1]]
        self.allowed = self.file_of >= 0
        """Chunk number -> whether it is in sight."""
        self.live_files = np.bincount(self.file_of[self.allowed], minlength=len(index.catalogue.paths)) > 0
        """Position in the catalogue -> whether the file has chunks in sight."""
        self._seen: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def _first_paths(self, roots: Sequence[str]) -> NDArray[np.int64]:
        """Blob number -> position of the first path that holds it, -1 for none below `roots`."""
        catalogue = self.index.catalogue
        first = np.full(int(self.index.root["next_blob"]) + 1, -1, np.int64)
        positions = np.arange(len(catalogue.paths))[::-1]
        if roots:
            positions = positions[below(catalogue.paths, roots)[::-1]]
        blobs = catalogue.blobs[positions]
        known = blobs >= 0
        first[blobs[known]] = positions[known]
        return first

    def pairs(self, key: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Chunks in sight under a key, and what stands there; each key is looked up once."""
        if key not in self._seen:
            pairs = self.index.pairs(key)
            found = pairs[self.allowed[pairs[:, 0]]].astype(np.int64)
            self._seen[key] = found[:, 0], found[:, 1]
        return self._seen[key]

    def n_places(self, key: str) -> int:
        """Chunks that bear a term ("t"), or definitions of a name ("d"), in sight."""
        if key[0] == "d":
            return len(self.index.definitions(key[1:]))
        return len(self.pairs(key)[0])

    def path(self, chunk: int) -> str:
        """The file of a chunk in sight."""
        return self.index.catalogue.paths[int(self.file_of[chunk])]

    def lines(self, chunk: int) -> tuple[str, int, int]:
        """Path, first and last line of a chunk."""
        _, (_, _, first, last, *_) = self.row(chunk)
        return self.path(chunk), first, last

    def row(self, chunk: int) -> tuple[Facts, Sequence[int]]:
        """The facts of a chunk's file, and the chunk's own row in them."""
        position = int(self.file_of[chunk])
        facts = self.index.facts(position)
        assert facts is not None
        at = (chunk - int(self.index.first_chunks[self.index.catalogue.blobs[position]])) * CHUNK_WIDTH
        return facts, facts.chunks[at : at + CHUNK_WIDTH]

    def names_used(self, chunk: int) -> list[str]:
        """Names that a chunk refers to, in order, each once; short ones left out."""
        facts, (start, end, *_) = self.row(chunk)
        return [name for name in facts.names_used(start, end) if len(name) > 2][:MAX_NAMES]

    def defining(self, position: int, symbol: int) -> tuple[Facts | None, int]:
        """The facts of a file and the chunk in which one of its symbols begins; None for a file without chunks."""
        facts = self.index.facts(position)
        first = int(self.index.first_chunks[self.index.catalogue.blobs[position]])
        if facts is None or first < 0:
            return None, -1
        start = facts.symbols[symbol * SYMBOL_WIDTH + 6]
        return facts, first + max(0, bisect_right(facts.chunks[0::CHUNK_WIDTH], start) - 1)
