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
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.words.lexicon import numbering

BLOCK = 96
"""Keys a block."""

Pairs = NDArray[np.uint32]
"""(n, 2) uint32."""

EMPTY: Pairs = np.zeros((0, 2), np.uint32)


Block = tuple[Sequence[str], NDArray[np.int64], Pairs]
"""Keys in order, how many pairs each has, and the pairs."""


Unblocked = tuple[list[str], NDArray[np.int64], Pairs]
"""Keys in order, where the pairs of each begin and, last, where they end, and the pairs."""


class Collector:
    """Gathers pairs under keys in columns."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = numbering()
        """Words -> their numbers, in order."""
        self.keys: list[NDArray[np.uint32]] = []
        self.firsts: list[NDArray[np.uint32]] = []
        self.seconds: list[NDArray[np.uint32]] = []

    def number(self, words: Sequence[str]) -> NDArray[np.uint32]:
        """The numbers of words; new ones for words not seen before."""
        return np.fromiter(map(self.numbers.__getitem__, words), np.uint32, len(words))

    def add(self, keys: NDArray[np.uint32], firsts: NDArray[np.uint32], seconds: NDArray[np.uint32]) -> None:
        """One pair a row under each key number."""
        self.keys.append(keys)
        self.firsts.append(firsts)
        self.seconds.append(seconds)

    def columns(self, behind: int = 0) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
        """Key numbers, firsts and seconds of all that was added, behind so many parts; they are one part then."""
        for parts in (self.keys, self.firsts, self.seconds):
            parts[behind:] = [np.concatenate([np.zeros(0, np.uint32), *parts[behind:]])]
        return self.keys[behind], self.firsts[behind], self.seconds[behind]

    def blocks(self, prefix: str = "") -> Iterator[Block]:
        """The keys that have pairs, in order, each behind `prefix`, with their pairs in the order they came."""
        found = list(self.numbers)
        order = sorted(range(len(found)), key=found.__getitem__)
        numbers = np.array(order, np.int64)
        rank = np.empty(len(found), np.uint64)
        rank[numbers] = np.arange(len(found), dtype=np.uint64)
        keys, firsts, seconds = self.columns()
        # one sort of whole numbers is four times faster than a stable sort of their upper halves
        placed = rank[keys]
        placed <<= np.uint64(32)
        placed |= np.arange(len(keys), dtype=np.uint64)
        placed.sort()
        placed &= np.uint64(0xFFFFFFFF)
        pairs = np.empty((len(keys), 2), np.uint32)
        pairs[:, 0], pairs[:, 1] = firsts[placed], seconds[placed]
        counts = np.bincount(keys, minlength=len(found))[numbers]
        used = counts > 0
        if not used.all():
            order, counts = numbers[used].tolist(), counts[used]
        ends = np.concatenate([[0], np.cumsum(counts)]).tolist()
        for at in range(0, len(order), BLOCK):
            some = order[at : at + BLOCK]
            own = slice(at, at + len(some))
            yield [prefix + found[number] for number in some], counts[own], pairs[ends[at] : ends[at + len(some)]]


def blocks_of(items: Iterable[tuple[str, Pairs]]) -> Iterator[Block]:
    """Sorted items as blocks; those without pairs are left out."""
    kept = (item for item in items if len(item[1]))
    while some := list(islice(kept, BLOCK)):
        runs = [pairs for _, pairs in some]
        yield [key for key, _ in some], np.array([len(run) for run in runs], np.int64), np.concatenate(runs)


def write_blocks(blocks: Iterable[Block], add: Callable[[bytes], int]) -> bytes:
    """Keep blocks, which stand in order, through `add`; the directory that finds them again."""
    firsts: list[str] = []
    parts: list[int] = []
    for keys, counts, pairs in blocks:
        firsts.append(keys[0])
        parts.append(add(_block(keys, counts, pairs)))
    text = "\0".join(firsts).encode("utf-8", "surrogatepass")
    return struct.pack("<I", len(parts)) + np.array(parts, np.uint64).tobytes() + text


def _block(keys: Sequence[str], counts: NDArray[np.int64], pairs: Pairs) -> bytes:
    """How many keys, how many pairs each has, the first place of each, the steps between its places, the second halves
    of the pairs, and the keys."""
    begins = np.cumsum(counts) - counts
    firsts = pairs[:, 0].astype(np.uint32)
    steps = np.diff(firsts, prepend=firsts[:1])
    steps[begins] = 0
    columns = (counts.astype(np.uint32), firsts[begins], steps, pairs[:, 1].astype(np.uint32))
    text = "\0".join(keys).encode("utf-8", "surrogatepass")
    return b"".join((struct.pack("<I", len(keys)), *map(_narrow, columns), text))


def unblock(data: bytes) -> Unblocked:
    """A block as it was kept."""
    (n,) = struct.unpack_from("<I", data)
    counts, at = _wide(data, 4, n)
    ends = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    heads, at = _wide(data, at, n)
    steps, at = _wide(data, at, int(ends[-1]))
    seconds, at = _wide(data, at, len(steps))
    firsts = np.cumsum(steps, dtype=np.uint32)  # it may wrap around: so does what is added
    firsts += np.repeat(heads - firsts[ends[:-1]], counts)
    return data[at:].decode("utf-8", "surrogatepass").split("\0"), ends, np.stack([firsts, seconds], axis=1)


def _narrow(values: NDArray[np.uint32]) -> bytes:
    """Numbers in one, two or four bytes each, whatever is shortest; those too large for that stand behind, with their
    positions."""
    costs = [(width * len(values) + 8 * int(np.count_nonzero(values >> (8 * width))), width) for width in (1, 2)]
    _, width = min(*costs, (4 * len(values), 4))
    large = np.flatnonzero(values >> (8 * width)) if width < 4 else np.zeros(0, np.intp)
    parts = (values.astype(f"<u{width}"), large.astype(np.uint32), values[large])
    return struct.pack("<2I", width, len(large)) + b"".join(part.tobytes() for part in parts)


def _wide(data: bytes, at: int, n: int) -> tuple[NDArray[np.uint32], int]:
    """`n` numbers that begin at a place of `data`, and where they end."""
    width, n_large = struct.unpack_from("<2I", data, at)
    behind = at + 8 + width * n
    values = np.frombuffer(data, f"<u{width}", n, at + 8).astype(np.uint32)
    large = np.frombuffer(data, np.uint32, 2 * n_large, behind)
    values[large[:n_large]] = large[n_large:]
    return values, behind + 8 * n_large


class Directory(NamedTuple):
    """Which block of a segment holds a key."""

    firsts: tuple[str, ...]
    parts: tuple[int, ...]

    @classmethod
    def from_bytes(cls, data: bytes) -> Directory:
        (n,) = struct.unpack_from("<I", data)
        parts = tuple(np.frombuffer(data, np.uint64, n, 4).tolist())
        text = data[4 + 8 * n :].decode("utf-8", "surrogatepass")
        return cls(tuple(text.split("\0")) if n else (), parts)

    def pairs(self, key: str, block: Callable[[int], Unblocked]) -> Pairs:
        """The pairs under a key, none when it is not there; `block` reads a block by the number of its part."""
        index = bisect_right(self.firsts, key) - 1
        if index < 0:
            return EMPTY
        keys, ends, pairs = block(self.parts[index])
        at = bisect_left(keys, key)
        return pairs[ends[at] : ends[at + 1]] if at < len(keys) and keys[at] == key else EMPTY

    def items(self, part: Callable[[int], bytes], prefix: str = "") -> Iterator[tuple[str, Pairs]]:
        """Keys that begin with `prefix`, in order, with their pairs."""
        first = max(0, bisect_right(self.firsts, prefix) - 1)
        for number in self.parts[first:]:
            keys, ends, pairs = unblock(part(number))
            for at in range(bisect_left(keys, prefix), len(keys)):
                if not keys[at].startswith(prefix):
                    return
                yield keys[at], pairs[ends[at] : ends[at + 1]]


def merged(segments: Sequence[Iterator[tuple[str, Pairs]]]) -> Iterator[tuple[str, Pairs]]:
    """The items of several segments as those of one."""
    streams = [((key, number, pairs) for key, pairs in items) for number, items in enumerate(segments)]
    for key, group in groupby(merge(*streams, key=lambda item: item[:2]), key=lambda item: item[0]):
        runs = [pairs for _, _, pairs in group]
        yield key, runs[0] if len(runs) == 1 else np.concatenate(runs)
