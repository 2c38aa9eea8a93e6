"""The bytes of many files -> where their words stand and which words they are, in columns.

A word here is a run of letters, digits and underscores, as it is written; bytes beyond ASCII count as letters. Cutting
and counting words one by one as Python objects costs more than parsing them; whole columns cost a tenth of that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, count, repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_IN_WORD = bytes(byte > 127 or chr(byte).isalnum() or byte == ord("_") for byte in range(256))
_U64 = np.uint64
_MIX = (_U64(0x9E3779B97F4A7C15), _U64(0xC2B2AE3D27D4EB4F))
_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], _U64)
"""Of eight bytes the first n."""
_SPACES = _U64(int.from_bytes(b" " * 8, "little"))
_BYTES = np.array([1 << (8 * n) for n in range(1, 8)], _U64)
_PAD = b"\n" * 24
_FEW_STEPS = 100
"""Steps over blanks that are taken for all places at once; one place may have a million."""


class Words(NamedTuple):
    """The words of some files, in order. Places count in `data`: the files one after the other, an end of line before
    the first and behind each."""

    data: bytes
    files: NDArray[np.int64]
    """Where each file begins, and at last the end."""
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    numbers: NDArray[np.int32]
    """In the `Lexicon`."""


def line_starts(content: bytes) -> list[int]:
    """Where the lines of a file begin; the last may be empty."""
    return [0, *(np.flatnonzero(np.frombuffer(content, np.uint8) == 10) + 1).tolist()]


def numbering() -> dict[Any, int]:
    """Things -> their numbers, in order; one that is looked up for the first time gets the next."""
    return defaultdict(count().__next__)


def padded(parts: Sequence[bytes]) -> bytes:
    """Parts, an end of line before the first and behind each, and as many behind as it takes to look at eights."""
    data = b"".join([b"\n", *chain.from_iterable(zip(parts, repeat(b"\n"))), _PAD])
    return data + b"\n" * (-len(data) % 8)


class Lexicon:
    """Words and their numbers, in the order in which they were first found.

    The words of a file are looked up together: up to sixteen bytes of a word are two whole numbers, which lead to its
    place in a table; what the table lacks is found in a dictionary. Both compare whole words. A table that gets full is
    followed by an empty one that is larger: a small one, as few files need, is soon made and stays in a core's cache.
    """

    def __init__(self, bits: int = 12, most: int = 18) -> None:
        """The tables have 1 << bits places, later up to 1 << most."""
        self.known: dict[bytes, int] = numbering()
        self._bits, self._most = bits, max(bits, most)
        self._short, self._long = _Table(bits), _Table(bits)

    def __len__(self) -> int:
        return len(self.known)

    def words(self, contents: Sequence[bytes], long: Sequence[int] = (), most: int = 0) -> Words:
        """The words of files; of those at the positions `long` the ones that begin in the first `most` bytes."""
        data = padded(contents)
        lengths = np.fromiter(map(len, contents), np.int64, len(contents))
        files = np.concatenate([[0], np.cumsum(lengths + 1)]) + 1
        inside = np.frombuffer(data.translate(_IN_WORD), np.uint8)
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        edges += 1
        starts, ends = edges[0::2], edges[1::2]
        if long:
            kept = np.ones(len(starts), np.bool_)
            for at in long:
                first, last = np.searchsorted(starts, [files[at] + most, files[at + 1]])
                kept[first:last] = False
            starts, ends = starts[kept], ends[kept]
        return Words(data, files, starts, ends, self.numbers(data, starts, ends))

    def numbers(self, data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int32]:
        """The numbers of what stands from each start to its end in `padded` data."""
        if self._bits < self._most and len(self.known) > 1 << (self._bits - 1):
            self._bits = min(self._most, len(self.known).bit_length() + 2)
            self._short, self._long = _Table(self._bits), _Table(self._bits)
        lengths = ends - starts
        eights = np.frombuffer(data, "<u8")
        heads = _at_most_eight_bytes(eights, starts, lengths)
        slots = ((heads * _MIX[0]) >> self._short.shift).astype(np.intp)
        numbers: NDArray[np.int32] = self._short.numbers[slots]
        is_long = lengths > 8
        unknown = np.flatnonzero((self._short.heads[slots] != heads) & ~is_long)
        if len(unknown):
            _, first, inverse = np.unique(heads[unknown], return_index=True, return_inverse=True)
            some = unknown[first]
            found = self._ask(data, starts[some], ends[some])
            numbers[unknown] = found[inverse]
            self._short.keep(slots[some], heads[some], heads[some], found)
        long = np.flatnonzero(is_long)
        if len(long):
            numbers[long] = self._long_numbers(data, eights, starts[long], ends[long], heads[long])
        return numbers

    def _long_numbers(
        self,
        data: bytes,
        eights: NDArray[np.uint64],
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        heads: NDArray[np.uint64],
    ) -> NDArray[np.int32]:
        left = ends - starts - 8
        tails = _at_most_eight_bytes(eights, starts + 8, left)
        table = self._long
        slots = (((heads * _MIX[0]) ^ (tails * _MIX[1])) >> table.shift).astype(np.intp)
        numbers: NDArray[np.int32] = table.numbers[slots]
        fits = left <= 8
        unknown = np.flatnonzero((table.heads[slots] != heads) | (table.tails[slots] != tails) | ~fits)
        if len(unknown):
            numbers[unknown] = self._ask(data, starts[unknown], ends[unknown])
            some = unknown[fits[unknown]]
            table.keep(slots[some], heads[some], tails[some], numbers[some])
        return numbers

    def _ask(self, data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int32]:
        words = [data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return np.fromiter(map(self.known.__getitem__, words), np.int32, len(words))


class _Table:
    """Words of at most sixteen bytes, one a slot: who comes first stays, as frequent words do."""

    def __init__(self, bits: int) -> None:
        size = 1 << bits
        self.shift = _U64(64 - bits)
        self.heads = np.zeros(size, _U64)
        self.tails = np.zeros(size, _U64)
        self.numbers = np.zeros(size, np.int32)

    def keep(
        self,
        slots: NDArray[np.intp],
        heads: NDArray[np.uint64],
        tails: NDArray[np.uint64],
        numbers: NDArray[np.int32],
    ) -> None:
        free = np.flatnonzero(self.heads[slots] == 0)
        slots, first = np.unique(slots[free], return_index=True)
        some = free[first]
        self.heads[slots], self.tails[slots], self.numbers[slots] = heads[some], tails[some], numbers[some]


def behind(
    data: bytes, places: NDArray[np.int64], blanks: NDArray[np.bool_], run: re.Pattern[bytes]
) -> NDArray[np.int64]:
    """Of each place in the data of `Words` the first one from there on that is no blank.

    `blanks` says of each byte whether it is one, spaces among them; `run` matches any number of them.
    """
    code, eights = np.frombuffer(data, np.uint8), np.frombuffer(data, "<u8")
    at: NDArray[np.int64] = places.copy()
    blank = np.flatnonzero(blanks[code[at]])
    for _ in range(_FEW_STEPS):
        if not len(blank):
            return at
        at[blank] += _spaces(eights, at[blank])
        blank = blank[blanks[code[at[blank]]]]
    for one in blank.tolist():
        found = run.match(data, at[one])
        at[one] = found.end() if found else at[one]
    return at


def _spaces(eights: NDArray[np.uint64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many spaces stand from each place on, up to eight; one where something else does."""
    others = _eight_bytes(eights, places) ^ _SPACES
    others &= -others  # of the first byte that is none, one bit
    found: NDArray[np.int64] = np.searchsorted(_BYTES, others, "right")
    found[others == 0] = 8
    return np.maximum(found, 1)


def _eight_bytes(eights: NDArray[np.uint64], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Eight bytes from each start, as one number, of bytes that are given eight a number."""
    at = starts >> 3
    shift = ((starts & 7) << 3).astype(_U64)
    found: NDArray[np.uint64] = eights[at] >> shift
    found |= (eights[at + 1] << _U64(1)) << (_U64(63) - shift)
    return found


def _at_most_eight_bytes(
    eights: NDArray[np.uint64], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """The same without what is behind `lengths`."""
    found = _eight_bytes(eights, starts)
    found &= _MASKS[np.minimum(lengths, 8)]
    return found
