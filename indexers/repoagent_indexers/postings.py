"""Segments: for each key the places that bear it, sorted, in blocks that are read one at a time.

Three kinds of keys share one form, a run of pairs of 32-bit integers:

    t + term   (chunk, packed counts)    where a term stands; counts as in `terms.Terms`
    d + name   (blob, symbol)            where a name is defined; names case-folded
    r + name   (blob, how often)         where a name is used; names as written

A segment never changes. An update writes a new small one, and small ones are merged into larger ones, as in any
log-structured index (O'Neil et al., The log-structured merge-tree, 1996); chunk and blob numbers are never used twice,
so merging is joining.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 96
"""Keys a block."""

Pairs = NDArray[np.uint32]
"""(n, 2) uint32."""

EMPTY: Pairs = np.zeros((0, 2), np.uint32)


class Collector:
    """Gathers pairs under keys, file by file, in columns."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.numbers: dict[str, int] = {}
        self.keys: list[NDArray[np.uint32]] = []
        self.firsts: list[NDArray[np.uint32]] = []
        self.seconds: list[NDArray[np.uint32]] = []

    def number(self, words: Sequence[str]) -> NDArray[np.uint32]:
        """The numbers of words, new ones for words not seen before."""
        numbers = self.numbers
        return np.fromiter((numbers.setdefault(word, len(numbers)) for word in words), np.uint32, len(words))

    def add(self, keys: NDArray[np.uint32], firsts: NDArray[np.uint32], seconds: NDArray[np.uint32]) -> None:
        """One pair a row under each key number."""
        self.keys.append(keys)
        self.firsts.append(firsts)
        self.seconds.append(seconds)

    def items(self) -> Iterator[tuple[str, Pairs]]:
        """Keys in order, each with its pairs in the order they came."""
        if not self.keys:
            return
        words = sorted(self.numbers)
        rank = np.empty(len(words), np.uint32)
        rank[[self.numbers[word] for word in words]] = np.arange(len(words), dtype=np.uint32)
        keys = rank[np.concatenate(self.keys)]
        order = np.argsort(keys, kind="stable")
        pairs = np.stack([np.concatenate(self.firsts)[order], np.concatenate(self.seconds)[order]], axis=1)
        ends = np.cumsum(np.bincount(keys, minlength=len(words))).tolist()
        start = 0
        for word, end in zip(words, ends, strict=True):
            yield self.prefix + word, pairs[start:end]
            start = end


def write_blocks(items: Iterator[tuple[str, Pairs]], add: Callable[[bytes], int]) -> bytes:
    """Keep sorted items as blocks through `add`; the directory that finds them again."""
    firsts: list[str] = []
    parts: list[int] = []
    keys: list[str] = []
    runs: list[Pairs] = []

    def flush() -> None:
        firsts.append(keys[0])
        parts.append(add(_block(keys, runs)))
        keys.clear()
        runs.clear()

    for key, pairs in items:
        keys.append(key)
        runs.append(pairs)
        if len(keys) == BLOCK:
            flush()
    if keys:
        flush()
    text = "\0".join(firsts).encode("utf-8", "surrogatepass")
    return struct.pack("<I", len(parts)) + np.array(parts, np.uint64).tobytes() + text


def _block(keys: Sequence[str], runs: Sequence[Pairs]) -> bytes:
    text = "\0".join(keys).encode("utf-8", "surrogatepass")
    counts = np.fromiter(map(len, runs), np.uint32, len(runs))
    head = struct.pack("<2I", len(keys), len(text)) + counts.tobytes()
    return head + np.concatenate(runs).astype(np.uint32).tobytes() + text


def _unblock(data: bytes) -> tuple[list[str], NDArray[np.int64], Pairs]:
    n, n_text = struct.unpack_from("<2I", data)
    counts = np.frombuffer(data, np.uint32, n, 8)
    keys = data[len(data) - n_text :].decode("utf-8", "surrogatepass").split("\0")
    pairs = np.frombuffer(data[8 + 4 * n : len(data) - n_text], np.uint32).reshape(-1, 2)
    return keys, np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]), pairs


@dataclass(frozen=True, slots=True)
class Directory:
    """Which block of a segment holds a key."""

    firsts: tuple[str, ...]
    parts: tuple[int, ...]

    @classmethod
    def from_bytes(cls, data: bytes) -> Directory:
        (n,) = struct.unpack_from("<I", data)
        parts = tuple(np.frombuffer(data, np.uint64, n, 4).tolist())
        text = data[4 + 8 * n :].decode("utf-8", "surrogatepass")
        return cls(tuple(text.split("\0")) if n else (), parts)

    def pairs(self, key: str, part: Callable[[int], bytes]) -> Pairs:
        """The pairs under a key, none when it is not there; `part` reads a block."""
        index = bisect_right(self.firsts, key) - 1
        if index < 0:
            return EMPTY
        keys, ends, pairs = _unblock(part(self.parts[index]))
        at = bisect_left(keys, key)
        return pairs[ends[at] : ends[at + 1]] if at < len(keys) and keys[at] == key else EMPTY

    def items(self, part: Callable[[int], bytes], prefix: str = "") -> Iterator[tuple[str, Pairs]]:
        """Keys that begin with `prefix`, in order, with their pairs."""
        first = max(0, bisect_right(self.firsts, prefix) - 1)
        for number in self.parts[first:]:
            keys, ends, pairs = _unblock(part(number))
            for at in range(bisect_left(keys, prefix), len(keys)):
                if not keys[at].startswith(prefix):
                    return
                yield keys[at], pairs[ends[at] : ends[at + 1]]


def merged(segments: Sequence[Iterator[tuple[str, Pairs]]]) -> Iterator[tuple[str, Pairs]]:
    """The items of several segments as those of one."""
    from heapq import merge
    from itertools import groupby

    streams = [((key, number, pairs) for key, pairs in items) for number, items in enumerate(segments)]
    for key, group in groupby(merge(*streams, key=lambda item: item[:2]), key=lambda item: item[0]):
        runs = [pairs for _, _, pairs in group]
        yield key, runs[0] if len(runs) == 1 else np.concatenate(runs)
