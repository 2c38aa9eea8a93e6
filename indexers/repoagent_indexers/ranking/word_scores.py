"""Question -> how well its words match bodies, names and whole files: BM25 with fields.

Robertson, Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields, 2004.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.ranking.question import Question
from repoagent_indexers.ranking.sight import Sight
from repoagent_indexers.words.report_terms import FEATURES, N_STANDING, factors
from repoagent_indexers.words.telling import telling


@dataclass(frozen=True, slots=True)
class Matching:
    """How BM25 matches words with bodies."""

    n_file_terms: int
    """Terms that count for whole files: the most telling ones of those that count for chunks."""
    k1: float
    """How slowly a term saturates that a chunk says again."""
    b: float
    """How much a long chunk loses, 0 to 1."""


K1 = 1.2
B = 0.5
"""Of BM25 over names and words run together; over bodies see `Matching`, over files `FILE_B`."""
FILE_B = 0.6
MAX_LOOKED_UP = 400
"""Terms of a question whose places are looked up."""
MAX_TERMS = 64
"""Terms of a question that count: the most telling ones of those."""
MAX_WEIGHED = 100
"""Terms of a report that are weighed anew by where they stand."""
QUESTION_WORDS = Matching(n_file_terms=MAX_TERMS, k1=K1, b=B)
REPORT_WORDS = Matching(n_file_terms=24, k1=1.6, b=0.35)
"""A large file has most of a report's many terms by chance; what must change is often a long function.

Chosen by trying, on issue reports and on commits of other repositories: "Terms of a report" in
benchmarks/results/localisation.md.
"""


@dataclass(slots=True)
class Asked:
    """A term of a question that the code has."""

    term: str
    weight: float
    rarity: float
    """Inverse document frequency among chunks."""
    chunks: NDArray[np.int64]
    counts: NDArray[np.int64]
    """Of each of these chunks: how often it has the term, in its body, in documentation and in names, packed."""
    factors: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    """What the weight is multiplied with for each of `report_terms.PLACES`."""

    @property
    def for_bodies(self) -> float:
        return self.weight * self.factors[0]

    @property
    def for_files(self) -> float:
        return self.weight * self.factors[1]


class WordScores:
    """What the words of one question say for each chunk and each file in sight."""

    def __init__(self, sight: Sight, question: Question) -> None:
        self._sight, self._question = sight, question
        size, n_files = len(sight.lengths), len(sight.live_files)
        self.body, self.names, self.joined = (np.zeros(size, np.float32) for _ in range(3))
        """By chunk; `joined` against the most that the terms could give."""
        self.files = np.zeros(n_files, np.float32)
        n_chunks = round(int(sight.allowed.sum()) * sight.unread.size)
        live = sight.file_of[sight.allowed]
        lengths = np.bincount(live, sight.lengths[sight.allowed], n_files)
        mean = float(lengths.sum()) / max(1, len(live)) or 1.0
        matching = REPORT_WORDS if question.is_report else QUESTION_WORDS
        self.asked = self._asked(n_chunks)
        self._match_chunks(matching, mean)
        self._match_files(matching, lengths)
        self._match_joined(n_chunks, mean)

    def _asked(self, n_chunks: int) -> list[Asked]:
        """What the question says and `n_chunks` have; of a long text the most telling terms."""
        question, unread = self._question, self._sight.unread
        found: list[Asked] = []
        for term, weight in list(question.terms.items())[:MAX_LOOKED_UP]:
            chunks, counts = self._sight.pairs("t" + term)
            if len(chunks):
                among = rarity(len(chunks) * unread.times(term)[0], n_chunks)
                found.append(Asked(term, weight, among, chunks, counts))
        found.sort(key=lambda asked: -asked.weight * asked.rarity)
        if not question.is_report:
            return found[:MAX_TERMS]
        del found[MAX_WEIGHED:]
        for asked, row in zip(found, factors(features(question, found)).tolist(), strict=True):
            asked.factors = tuple(row)
        return found

    def _match_chunks(self, matching: Matching, mean: float) -> None:
        for asked in sorted(self.asked, key=lambda asked: -asked.for_bodies * asked.rarity)[:MAX_TERMS]:
            chunks, weight = asked.chunks, asked.for_bodies * asked.rarity
            norm = 1 - matching.b + matching.b * self._sight.lengths[chunks] / mean
            self.body[chunks] += weight * _saturated((asked.counts & 255) / norm, matching.k1)
            self.names[chunks] += weight * _saturated(np.float32(3) * (asked.counts >> 16))

    def _match_files(self, matching: Matching, lengths: NDArray[Any]) -> None:
        sight = self._sight
        n_live = int(sight.live_files.sum())
        n_files = n_live + sight.unread.n_files
        norm = 1 - FILE_B + FILE_B * lengths / (float(lengths.sum()) / max(1, n_live) or 1.0)
        for asked in sorted(self.asked, key=lambda asked: -asked.for_files * asked.rarity)[: matching.n_file_terms]:
            counts = asked.counts
            said = (counts & 255) + ((counts >> 8) & 255) + 5 * (counts >> 16)
            frequency = np.bincount(sight.file_of[asked.chunks], said, len(norm)) / norm
            n_holding = int(np.count_nonzero(frequency)) * sight.unread.times(asked.term)[1]
            among = rarity(n_holding, n_files)
            self.files += (asked.for_files * among * _saturated(frequency)).astype(np.float32)

    def _match_joined(self, n_chunks: int, mean: float) -> None:
        sight = self._sight
        for joined in self._question.joined:
            if joined in self._question.terms:
                continue
            chunks, counts = sight.pairs("t" + joined)
            among = rarity(len(chunks) * sight.unread.times(joined)[0], n_chunks)
            norm = 1 - B + B * sight.lengths[chunks] / mean
            frequency = (counts & 255) / norm + ((counts >> 8) & 255) + 3 * (counts >> 16)
            self.joined[chunks] += among * _saturated(frequency)
        total = sum(asked.weight * asked.rarity for asked in self.asked[:MAX_TERMS])
        self.joined /= np.float32(total or 1.0)


def features(question: Question, found: Sequence[Asked]) -> NDArray[np.float32]:
    """(n, len(report_terms.FEATURES)) what tells how much each term of a report counts."""
    rows = [
        (
            float(np.log(max(0.05, asked.rarity))),
            float(np.log(max(0.02, telling(asked.term)))),
            *question.standings.get(asked.term, (0.0,) * N_STANDING),
            np.count_nonzero(asked.counts >> 16) / len(asked.counts),
            np.count_nonzero(asked.counts & 0xFF00) / len(asked.counts),
        )
        for asked in found
    ]
    return np.array(rows, np.float32).reshape(len(rows), len(FEATURES))


def rarity(n_holding: float, n: int) -> float:
    """What a term says that `n_holding` of `n` hold: BM25's inverse document frequency, never negative."""
    return float(np.log1p(max(0.0, n - n_holding + 0.5) / (n_holding + 0.5)))


def _saturated(frequency: NDArray[Any], k1: float = K1) -> NDArray[Any]:
    return frequency * (k1 + 1) / (k1 + frequency)
