"""The letters of words -> unit rows: words that share a stretch of letters get rows that point the same way.

Each stretch of four letters, and the whole word, counts with a sign in the few dimensions that it hashes to: Weinberger
et al., Feature hashing for large scale multitask learning, 2009. The idea is that of Bojanowski and others, Enriching
word vectors with subword information, 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import Rows

_FEW = 256
"""Words at a time: their cells fit a core's cache."""


@dataclass(frozen=True)
class Letters:
    """One way to hash letters."""

    dimensions: int
    salts: tuple[int, ...]
    """A stretch counts in one dimension for each: two that meet in one seldom meet in all."""
    whole: float
    """What the whole word counts; a stretch counts one."""
    shift: int
    """Bits of a hash that do not decide about the dimension."""

    def rows(self, words: Sequence[str]) -> Rows:
        """(len(words), dimensions), unit rows."""
        rows = np.empty((len(words), self.dimensions), np.float32)
        for start in range(0, len(words), _FEW):
            some = [f"<{word}>".encode("utf-8", "replace") for word in words[start : start + _FEW]]
            self._count(some, rows[start : start + len(some)])
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows)).clip(1e-6)[:, None]
        return rows

    def _count(self, words: Sequence[bytes], cells: Rows) -> None:
        n, d = len(words), self.dimensions
        lengths = np.fromiter(map(len, words), np.int64, n)
        letters = np.frombuffer(b"".join(words) + b"\0\0\0", np.uint8).astype(np.uint32)
        four = letters[:-3] | letters[1:-2] << 8 | letters[2:-1] << 16 | letters[3:] << 24
        begins = np.ones(len(four), np.bool_)  # where a stretch begins that ends in its word
        ends = np.cumsum(lengths)
        for left in (1, 2, 3):
            begins[ends - left] = False
        own = np.arange(0, n * d, d)
        features = np.concatenate([four[begins] * np.uint32(2), keys(words) * np.uint32(2) + np.uint32(1)])
        places = np.concatenate([np.repeat(own, lengths)[begins], own])
        counts = np.concatenate([np.ones(len(features) - n), np.full(n, self.whole)])
        mixed = (features ^ self._salts) * np.uint32(2654435761)
        mixed = (mixed ^ mixed >> np.uint32(15)) * np.uint32(2246822519)
        places = (mixed >> np.uint32(self.shift)) % np.uint32(d) + places
        signed = np.where(mixed & np.uint32(1 << 13), -counts, counts)
        cells[:] = np.bincount(places.ravel(), signed.ravel(), n * d).reshape(n, d)

    @cached_property
    def _salts(self) -> NDArray[np.uint32]:
        return np.array(self.salts, np.uint32)[:, None]


def keys(words: Sequence[bytes]) -> NDArray[np.uint32]:
    """One number a word."""
    return np.fromiter(map(crc32, words), np.uint32, len(words))
