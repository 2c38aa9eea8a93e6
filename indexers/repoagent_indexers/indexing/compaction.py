"""Joining segments: small ones into larger ones, and all of them without what no path holds any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.indexing.postings import Directory, Pairs, blocks_of, merged, write_blocks
from repoagent_indexers.indexing.store import CHUNK_COLUMNS, Segment, Store

MAX_JOINED = 100_000
"""Chunks of a segment that is not joined with others any more."""


class Compaction:
    """Joins the segments that the root of a store names, by the only writer, inside `writing`."""

    def __init__(self, store: Store, root: dict[str, Any], add: Callable[[bytes], int], dimensions: int) -> None:
        self.store = store
        self.root = root
        self.add = add
        """Keeps a part; its number."""
        self.dimensions = dimensions
        """Of a vector."""

    def merge(self, live: NDArray[np.bool_]) -> None:
        """Join small segments; or write all of them anew, without what is dead, when that is more than half.

        `live` says of each number of a blob whether it is of use.
        """
        segments = sorted((Segment(*row) for row in self.root["segments"]), key=lambda segment: segment.n_chunks)
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

    def _joined(self, segments: Sequence[Segment]) -> Segment:
        chunks = np.concatenate([self._chunks(segment) for segment in segments])
        codes = b"".join(self.store.part(segment.vectors) for segment in segments)
        return self._replaced(segments, lambda items: items, chunks, codes)

    def _compacted(self, segments: Sequence[Segment], live: NDArray[np.bool_]) -> Segment:
        """The live part of all segments as one, its chunks numbered anew."""
        chunks = np.concatenate([self._chunks(segment) for segment in segments])
        kept = live[chunks[:, 1]]
        width = self.dimensions
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
        directory = write_blocks(blocks_of(change(merged([each.items(part) for each in old]))), self.add)
        for segment, each in zip(segments, old, strict=True):
            self.store.drop([segment.directory, segment.chunks, segment.vectors, *each.parts])
        return Segment(self.add(directory), self.add(chunks.tobytes()), self.add(codes), len(chunks))

    def _chunks(self, segment: Segment) -> NDArray[np.uint32]:
        return np.frombuffer(self.store.part(segment.chunks), np.uint32).reshape(-1, CHUNK_COLUMNS)
