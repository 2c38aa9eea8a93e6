"""The rows of terms, and how often they stand in chunks -> the chunks' rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import Rows

_BLOCK = 24
_ALONE = 1 << 18
"""Multiplications of one product that OpenBLAS leaves to one thread."""
_FEW = 256
"""Terms at a time: fresh memory costs more than the arithmetic."""


class Pooling:
    """Chunks come some at a time, in order; a term's row is made once, when it first comes."""

    def __init__(self, rows_of: Callable[[Sequence[str]], Rows], dimensions: int) -> None:
        self._rows_of = rows_of
        self._table = np.empty((0, dimensions), np.int16)
        """Rows of terms in whole 1024ths, and room for more."""
        self._n_terms = 0

    def rows(
        self,
        chunks: NDArray[np.uint32],
        terms: NDArray[np.uint32],
        counts: NDArray[np.uint32],
        words: Sequence[str],
        n_chunks: int,
    ) -> Rows:
        """Rows for chunks 0 .. n_chunks - 1, from columns of one (chunk, term, packed counts) a row. Chunks ascend.

        `terms` are positions in the words of this and all calls before; `words` are those that are new.

        A block of chunks is a small dense matrix over the terms that stand in it, so the sums are one matrix product:
        five times faster than gathering rows and adding them up. It is a product of whole numbers, which floats hold
        exactly, so that a chunk's row does not depend on what else is in its block; and it is cut into pieces for which
        BLAS wakes no other threads: on a busy machine they wait for each other, fifteen times longer than the product
        takes.
        """
        self._learn(words)
        weights = np.rint(term_weights(counts) * np.float32(16))
        d = self._table.shape[1]
        width = max(1, _ALONE // (_BLOCK * d))
        rows = np.zeros((n_chunks, d), np.float32)
        places = terms.astype(np.intp)  # once: what leads into an array must have that type
        last = np.empty(self._n_terms, np.intp)
        edges = np.searchsorted(chunks, np.arange(0, n_chunks + _BLOCK, _BLOCK))
        for first, start, end in zip(range(0, n_chunks, _BLOCK), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            found, columns = _distinct(places[start:end], last)
            n_pieces = -(-len(found) // width)
            block = np.zeros((_BLOCK, n_pieces * width), np.float32)
            block[chunks[start:end] - first, columns] = weights[start:end]
            part = np.empty((n_pieces * width, d), np.float32)
            part[: len(found)], part[len(found) :] = np.take(self._table, found, axis=0), 0
            upright = np.ascontiguousarray(block.reshape(_BLOCK, n_pieces, width).transpose(1, 0, 2))
            pieces = upright @ part.reshape(n_pieces, width, d)
            rows[first : first + _BLOCK] = pieces.sum(axis=0)[: n_chunks - first]
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        rows /= np.where(lengths == 0, np.float32(1), lengths)
        return rows

    def _learn(self, words: Sequence[str]) -> None:
        n = self._n_terms + len(words)
        if n > len(self._table):  # no second table is held meanwhile
            self._table.resize((max(n, len(self._table) * 5 // 4), self._table.shape[1]), refcheck=False)
        for start in range(0, len(words), _FEW):
            some = np.rint(self._rows_of(words[start : start + _FEW]) * np.float32(1024)).clip(-32767, 32767)
            self._table[self._n_terms : self._n_terms + len(some)] = some
            self._n_terms += len(some)


def _distinct(terms: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Each term once, and of each of `terms` its position among those, without sorting: `last` has room for each."""
    own = np.arange(len(terms))
    last[terms] = own
    ends = last[terms]
    is_last = ends == own
    return terms[is_last], (np.cumsum(is_last) - 1)[ends]


def term_weights(counts: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Of packed counts: a name weighs three, documentation two, a body by the logarithm."""
    body, doc, name = counts & 255, (counts >> 8) & 255, counts >> 16
    weights: NDArray[np.float32] = np.log1p(body.astype(np.float32))
    weights += np.float32(2) * (doc > 0)
    weights += np.float32(3) * (name > 0)
    return weights
