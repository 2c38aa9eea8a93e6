"""The embedded encoder: no model, no download. A term is the sum of its letter stretches, hashed to few dimensions.

Words that share a stretch of letters ("authenticate", "auth", "authentication") get rows that point the same way, so
vectors find what exact terms miss: the idea of Bojanowski and others, Enriching word vectors with subword information,
2017.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import Rows
from repoagent_indexers.terms import count

DIMENSIONS = 128
_SALTS = (0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35)
"""Each stretch of letters counts in three dimensions: two that meet in one seldom meet in all."""
_BLOCK = 32
_ALONE = 1 << 18
"""Multiplications of one product that OpenBLAS leaves to one thread."""
_FEW = 2048
"""Words at a time."""
_COMMON = frozenset(
    """args arg array assert async await boolean bool break byte case catch char class const continue data default def
    elif end enum except export extend extends false final float fn for func function global if implement import in
    index info init int interface item key kwargs lambda len let list local long main map module name namespace new nil
    none null number obj object option override package param params pass private property protect protected public
    raise read ref require result return self set static str string struct super switch template test this throw true
    try type typename undefined union unsigned use using val value var void where while width yield""".split()
)
"""Words that stand everywhere in code and say little about any of it."""


class HashingEncoder:
    """The same rows on every machine: nothing but fixed hashes."""

    name = "hashing"
    dimensions = DIMENSIONS

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows for texts, by way of their terms."""
        return self.encode_terms(*term_columns(texts), len(texts))

    def encode_query(self, text: str) -> Rows:
        """One row; a question is encoded as any text."""
        return self.encode([text])

    def encode_terms(
        self,
        chunks: NDArray[np.uint32],
        terms: NDArray[np.uint32],
        counts: NDArray[np.uint32],
        words: Sequence[str],
        n_chunks: int,
    ) -> Rows:
        """Rows from packed term counts: names weigh three times, documentation twice."""
        common = np.fromiter((word in _COMMON for word in words), np.bool_, len(words))
        kept = np.flatnonzero(~common[terms]) if len(words) else np.zeros(0, np.intp)
        return pooled(term_rows, words, chunks[kept], terms[kept], term_weights(counts[kept]), n_chunks)


def term_columns(
    texts: Sequence[str],
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], list[str]]:
    """What `encode_terms` takes of texts: positions of texts, terms and packed counts, and the terms' words."""
    words: dict[str, int] = {}
    chunks: list[int] = []
    terms: list[int] = []
    counts: list[int] = []
    for index, text in enumerate(texts):
        for term, n in count(text).items():
            chunks.append(index)
            terms.append(words.setdefault(term, len(words)))
            counts.append(min(n, 255))
    chunk_column, term_column, count_column = (np.array(column, np.uint32) for column in (chunks, terms, counts))
    return chunk_column, term_column, count_column, list(words)


def term_weights(counts: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Of packed counts: a name weighs three, documentation two, a body by the logarithm."""
    body, doc, name = counts & 255, (counts >> 8) & 255, counts >> 16
    weights: NDArray[np.float32] = np.log1p(body.astype(np.float32))
    weights += np.float32(2) * (doc > 0)
    weights += np.float32(3) * (name > 0)
    return weights


def pooled(
    rows_of: Callable[[Sequence[str]], Rows],
    words: Sequence[str],
    chunks: NDArray[np.uint32],
    terms: NDArray[np.uint32],
    weights: NDArray[np.float32],
    n_chunks: int,
) -> Rows:
    """(n_chunks, d): for each chunk the weighted sum of its terms' rows, at unit length. Chunks ascend.

    `terms` are positions in `words`, of which `rows_of` gives (n, d).

    A block of chunks is a small dense matrix over the terms that stand in it, so the sums are one matrix product: five
    times faster than gathering rows and adding them up. It is a product of whole numbers, which floats hold exactly, so
    that a chunk's row does not depend on what else is in its block; and it is cut into pieces for which BLAS wakes no
    other threads: on a busy machine they wait for each other, fifteen times longer than the product takes.
    """
    table, weights = _table(rows_of, words), np.rint(weights * np.float32(16))
    d = table.shape[1]
    width = max(1, _ALONE // (_BLOCK * d))
    rows = np.zeros((n_chunks, d), np.float32)
    edges = np.searchsorted(chunks, np.arange(0, n_chunks + _BLOCK, _BLOCK))
    for first, start, end in zip(range(0, n_chunks, _BLOCK), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        found, columns = np.unique(terms[start:end], return_inverse=True)
        n_pieces = -(-len(found) // width)
        counts = np.zeros((_BLOCK, n_pieces * width), np.float32)
        counts[chunks[start:end] - first, columns] = weights[start:end]
        part = np.zeros((n_pieces * width, d), np.float32)
        part[: len(found)] = table[found]
        pieces = counts.reshape(_BLOCK, n_pieces, width).transpose(1, 0, 2) @ part.reshape(n_pieces, width, d)
        rows[first : first + _BLOCK] = pieces.sum(axis=0)[: n_chunks - first]
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    rows /= np.where(lengths == 0, np.float32(1), lengths)
    return rows


def _table(rows_of: Callable[[Sequence[str]], Rows], words: Sequence[str]) -> NDArray[np.int16]:
    """The words' rows in whole 1024ths, made a few at a time: fresh memory costs more than the arithmetic."""
    rows = rows_of(words[:_FEW])
    table = np.empty((len(words), rows.shape[1]), np.int16)
    for start in range(0, len(words), _FEW):
        rows = rows_of(words[start : start + _FEW]) if start else rows
        table[start : start + _FEW] = np.rint(rows * np.float32(1024)).clip(-32767, 32767)
    return table


def term_rows(words: Sequence[str]) -> Rows:
    """(len(words), d): each word's letter stretches, counted with a sign in the dimensions that they hash to.

    Feature hashing: Weinberger et al., Feature hashing for large scale multitask learning, 2009.
    """
    rows = np.zeros((len(words), DIMENSIONS), np.float32)
    for start in range(0, len(words), 1 << 13):
        block = [f"<{word}>".encode("utf-8", "replace") for word in words[start : start + (1 << 13)]]
        lengths = np.fromiter(map(len, block), np.int64, len(block))
        letters = np.frombuffer(b"".join(block) + b"\0\0\0", np.uint8).astype(np.uint32)
        owners = np.repeat(np.arange(len(block)), lengths)
        ends = np.cumsum(lengths)
        left = np.repeat(ends, lengths) - np.arange(len(owners))  # letters from here to the end of the word
        four = letters[:-3] | letters[1:-2] << 8 | letters[2:-1] << 16 | letters[3:] << 24
        stretches = left >= 4
        whole = np.fromiter(map(crc32, block), np.uint32, len(block))
        features = np.concatenate([four[stretches] * np.uint32(2), whole * np.uint32(2) + np.uint32(1)])
        places = np.concatenate([owners[stretches], np.arange(len(block))]) * DIMENSIONS
        weights = np.concatenate([np.ones(int(stretches.sum()), np.float32), np.full(len(block), 1.5, np.float32)])
        cells = np.zeros(len(block) * DIMENSIONS)
        for salt in _SALTS:
            mixed = (features ^ np.uint32(salt)) * np.uint32(2654435761)
            mixed = (mixed ^ mixed >> np.uint32(15)) * np.uint32(2246822519)
            signs = 1.0 - 2.0 * ((mixed >> np.uint32(13)) & 1)
            dimension = (mixed >> np.uint32(20)) % DIMENSIONS
            cells += np.bincount(places + dimension, signs * weights, len(cells))
        rows[start : start + len(block)] = cells.reshape(-1, DIMENSIONS)
    scaled: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-6)
    return scaled
