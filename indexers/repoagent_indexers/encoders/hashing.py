"""The embedded encoder: no model, no download. A term is the sum of its letter stretches, hashed to few dimensions.

So vectors find what exact terms miss: "authenticate", "auth" and "authentication" are near each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import Rows
from repoagent_indexers.encoders.letters import Letters
from repoagent_indexers.encoders.pooling import Pooling
from repoagent_indexers.words.terms import count

_LETTERS = Letters(128, (0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35), whole=1.5, shift=20)
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
    dimensions = _LETTERS.dimensions

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows for texts, by way of their terms."""
        return self.pooling().rows(*term_columns(texts), len(texts))

    def encode_query(self, text: str) -> Rows:
        """One row; a question is encoded as any text."""
        return self.encode([text])

    def pooling(self) -> Pooling:
        """Rows from packed term counts: names weigh three times, documentation twice."""
        return Pooling(_term_rows, self.dimensions)


def term_columns(
    texts: Sequence[str],
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], list[str]]:
    """What `Pooling.rows` takes of texts: positions of texts, terms and packed counts, and the terms' words."""
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


def _term_rows(words: Sequence[str]) -> Rows:
    rows = _LETTERS.rows(words)
    rows[[at for at, word in enumerate(words) if word in _COMMON]] = 0
    return rows
