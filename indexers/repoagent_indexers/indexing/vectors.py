"""Rows -> nearest rows. The one door to FAISS.

Rows are kept as signed bytes, a quarter of their size as floats; their order by inner product hardly changes. The codes
lie in sealed parts of the store and are handed to FAISS as they are: no FAISS file is ever read, since a damaged one
can load as something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import Rows

if TYPE_CHECKING:
    import faiss

Codes = NDArray[np.int8]
"""(n, d) int8: a unit row times 127."""


def quantise(rows: Rows) -> Codes:
    """Rows as codes."""
    codes = np.empty(rows.shape, np.int8)
    for start in range(0, len(rows), 4096):  # a few at a time: fresh memory costs more than the arithmetic
        codes[start : start + 4096] = np.rint(rows[start : start + 4096] * np.float32(127)).clip(-127, 127)
    return codes


FEW = 1 << 16
"""Rows among which plain arithmetic finds the nearest in less time than it takes to import FAISS."""


class Vectors:
    """The codes of an index, ready to be searched more than once."""

    def __init__(self, codes: Sequence[Codes]) -> None:
        self.codes = [part for part in codes if len(part)]
        self.total = sum(map(len, self.codes))
        self._faiss: faiss.IndexScalarQuantizer | None = None

    def nearest(self, query: Rows, k: int, allowed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Positions in the joined codes of the k rows nearest to `query`, best first, and their cosines.

        Only positions where `allowed` is true count. Exact: all codes are looked at (by FAISS half a millisecond for
        10,000).
        """
        if not self.total or not allowed.any() or not query.any():
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if self.total <= FEW:
            return _nearest_of_few(np.rint(query[0] * np.float32(127)), self.codes, k, allowed)
        import faiss  # its Python wrapper adds what its type stubs do not know: hence the ignores below

        faiss.omp_set_num_threads(1)  # one question is too short to be worth waking other cores
        if self._faiss is None:
            self._faiss = self._index_of_codes()
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, positions = self._faiss.search(np.rint(query * 127.0), min(k, self.total), params=parameters)
        found = positions[0] >= 0
        return positions[0][found], scores[0][found] / np.float32(127.0 * 127.0)

    def _index_of_codes(self) -> faiss.IndexScalarQuantizer:
        """FAISS's own copy of the codes, in place of ours."""
        import faiss

        index = faiss.IndexScalarQuantizer(
            self.codes[0].shape[1], faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        biased = np.concatenate([part.reshape(-1) for part in self.codes]).view(np.uint8) ^ 128
        faiss.copy_array_to_vector(biased, index.codes)
        index.ntotal = self.total
        self.codes = []
        return index


def _nearest_of_few(
    query: NDArray[np.float32], codes: Sequence[Codes], k: int, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The same, of which FAISS would find as much: sums of whole numbers, which floats hold exactly."""
    scores = np.empty(len(allowed), np.float32)
    at = 0
    for part in codes:
        for start in range(0, len(part), 1024):  # a few at a time: BLAS wakes no other threads for them
            block = part[start : start + 1024].astype(np.float32)
            scores[at : at + len(block)] = block @ query
            at += len(block)
    scores[~allowed] = -np.inf
    k = min(k, int(allowed.sum()))
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    found = np.flatnonzero(scores >= least)
    found = found[np.argsort(-scores[found], kind="stable")][:k]
    return found, scores[found] / np.float32(127.0 * 127.0)
