"""Past commits + asked terms -> which files were touched by commits whose messages speak of the same.

A message is text about code, written by who changed it: it names what the code does not. As similar reports do for the
places of a new fault (Zhou, Zhang and Lo, Where should the bugs be fixed?, 2012), the commits that speak of what is
asked point at the files that they touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.indexing.history import History

Scores = NDArray[np.float32]

K1 = 1.2
B = 0.5
"""Of BM25 over messages."""


class PastWords:
    """The messages of a history, looked up many times."""

    def __init__(self, history: History, paths: Sequence[str]) -> None:
        """`paths` are those of the work tree now: scores of files are in their order."""
        terms = history.terms
        self.numbers = {term: number for number, term in enumerate(terms.names)}
        self.n_holding = np.bincount(terms.numbers, minlength=len(terms.names))
        """Of each term: how many messages hold it."""
        self.owners = terms.owners()
        n = len(history.ids)
        lengths = np.bincount(self.owners, history.counts, n)
        norm = 1 - B + B * lengths / (lengths.mean() or 1.0) if n else lengths
        self.frequencies = (history.counts / norm[self.owners]).astype(np.float32)
        self._terms = terms.numbers
        self.share = (1 / np.sqrt(np.maximum(1, history.n_touched))).astype(np.float32)
        """Of each commit: what it says about one of the files that it touched."""
        place = {path: position for position, path in enumerate(paths)}
        positions = np.array([place.get(path, -1) for path in history.paths.names], np.int64)
        touched = positions[history.paths.numbers] if len(positions) else np.zeros(0, np.int64)
        there = touched >= 0
        self.commits, self.files = history.paths.owners()[there], touched[there]
        """Pairs: a commit, and the position of a file that it touched."""
        self.n_files = len(paths)

    def match(self, terms: Mapping[str, float], n_terms: int) -> Scores:
        """How much of weighted terms each message speaks of: BM25 by the `n_terms` that tell most, 0 to K1 + 1."""
        n = len(self.share)
        found = [(number, weight) for term, weight in terms.items() if (number := self.numbers.get(term)) is not None]
        numbers, weights = np.array(found, np.float64).reshape(-1, 2).T
        numbers = numbers.astype(np.int64)
        holding = self.n_holding[numbers]
        weights *= np.log1p((n - holding + 0.5) / (holding + 0.5))
        best = np.argsort(-weights, kind="stable")[:n_terms]
        weight = np.zeros(len(self.n_holding), np.float32)
        weight[numbers[best]] = weights[best] / (weights[best].sum() or 1.0)
        of = weight[self._terms]
        at = np.flatnonzero(of)
        frequency = self.frequencies[at]
        return np.bincount(self.owners[at], of[at] * frequency * (K1 + 1) / (K1 + frequency), n).astype(np.float32)

    def told(self, terms: Mapping[str, float], n_terms: int) -> Scores:
        """By file: the scores of the two best messages of commits that touched it, less where those touched many."""
        scores = (self.match(terms, n_terms) * self.share)[self.commits]
        order = np.flatnonzero(scores)
        order = order[np.argsort(scores[order], kind="stable")]
        total = np.zeros(self.n_files, np.float32)
        left = np.ones(len(scores), np.bool_)  # not np.isin, at whose first call numpy imports its masked arrays
        for _ in range(2):
            best = np.full(self.n_files, -1, np.int64)
            best[self.files[order]] = order  # of several the last one stays, which is the best
            best = best[best >= 0]
            total[self.files[best]] += scores[best]
            left[best] = False
            order = order[left[order]]
        return total
