"""Index + question -> signals: what speaks for each chunk that competes, one column a signal.

Words decide most: they are matched with chunks and with whole files, since the file that owns a concept mentions it
throughout. Vectors find other forms of the words; names and paths say what a place is for; what the best chunks use
and what past commits say of a file speak for it as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.question import Question
from repoagent_indexers.ranking.sight import Sight
from repoagent_indexers.ranking.spelling import as_spelt_here
from repoagent_indexers.ranking.weights import Weights
from repoagent_indexers.ranking.word_scores import MAX_TERMS, WordScores
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH
from repoagent_indexers.roles import NAMES as ROLES
from repoagent_indexers.roles import SOURCE
from repoagent_indexers.words.path_words import path_words

Scores = NDArray[np.float32]

LONE_NAME, LONE_WORD = 6, 3
"""How much more the definition counts where the question is nothing but its name; where that may be a plain word."""
PART = 0.5
"""What a field or a member of an enumeration counts as a definition where something of its own bears the name too."""
_PARTS_OF = frozenset(SYMBOL_KINDS.index(kind) for kind in ("member", "field"))
N_SEEDS = 20
"""Best chunks whose references are followed."""
MAIN_LANGUAGE = 0.1
"""Part of the source code from which a language is not a stray one."""
N_TOLD = 10
"""Files that past commits speak for, whose chunks compete though they may share no word with the question."""
MAX_DEFINERS = 6
"""A name that more files define says nothing about which is meant."""
MAX_DEFINITIONS = 50
"""Definitions of a name that are looked at."""
ALIKE = 0.5
"""Cosine from which a chunk counts that shares no whole term with the question."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for the chunks that compete: columns of one row a chunk, named as their weights are.

    Each is 0 to 1 or a little more, most of them against the best candidate. `body`, `name`, `definition`,
    `joined` and `vector` are the chunk's own; the others are its file's.
    """

    chunks: NDArray[np.int64]
    files: NDArray[np.int64]
    """Position in the catalogue of each chunk's file."""
    roles: NDArray[np.uint8]
    """Role of each file; that of source where the question names the role."""
    columns: dict[str, Scores]

    def shares(self, weights: Weights) -> dict[str, Scores]:
        """What each signal gives to each chunk."""
        role = np.array([*weights.roles, 0], np.float32)[self.roles]
        return {name: getattr(weights, name) * column for name, column in self.columns.items()} | {"role": role}


class Scene:
    """One question put to one index: each signal is computed once."""

    def __init__(self, index: Index, question: Question, roots: Sequence[str] = ()) -> None:
        self.index = index
        self.sight = Sight(index, roots)
        self.question = as_spelt_here(index, question, self.sight.n_places)

    @cached_property
    def words(self) -> WordScores:
        """How well the words match."""
        return WordScores(self.sight, self.question)

    @cached_property
    def vector(self) -> Scores:
        """Cosines of the nearest few hundred chunks, 0 for the rest."""
        scores = np.zeros(len(self.sight.lengths), np.float32)
        chunks = self.index.chunk_columns()[:, 0]
        query = self.index.encoder.encode_query(self.question.text)
        positions, cosines = self.index.vectors.nearest(query, 400, self.sight.allowed[chunks])
        scores[chunks[positions]] = np.maximum(cosines, 0)
        return scores

    @cached_property
    def definitions(self) -> dict[int, float]:
        """Chunk number -> share, for chunks that define an identifier of the question."""
        found: dict[int, float] = {}
        for name in self.question.identifiers:
            last = name.replace("::", ".").replace("->", ".").replace("#", ".").rsplit(".", 1)[-1]
            places = self.index.definitions(last)
            looked_at = places[:MAX_DEFINITIONS]
            defining = [(symbol, *self.sight.defining(position, symbol)) for position, symbol in looked_at]
            parts = [facts and facts.symbols[symbol * SYMBOL_WIDTH] in _PARTS_OF for symbol, facts, _ in defining]
            for (symbol, facts, chunk), is_part in zip(defining, parts, strict=True):
                if facts is None:
                    continue
                exact = facts.symbol_name(symbol) == last
                share = (1.0 if exact else 0.6) / (1 + 0.15 * min(len(places) - 1, 10))
                if is_part and not all(parts):
                    share *= PART
                if name != last and facts.qualified_name(symbol).endswith(name):
                    share = 1.2
                if self.question.is_name and exact:
                    share *= LONE_WORD if last.isalpha() and last.islower() else LONE_NAME
                found[chunk] = max(found.get(chunk, 0.0), share)
        return found

    def subjects(self) -> tuple[dict[str, float], dict[str, float]]:
        """Terms -> what they count in a path, and in the name of a file; of a report those that the code has."""
        subjects = self.question.subjects
        known = [asked for asked in self.words.asked if asked.term in subjects] if self.question.is_report else []
        if not known:
            return subjects, dict.fromkeys(subjects, 1.0)
        return (
            {asked.term: asked.weight * asked.factors[2] for asked in known},
            {asked.term: asked.factors[3] for asked in known},
        )

    def signals(self, seeds: Callable[[Signals], Scores]) -> Signals:
        """The signals of all chunks that compete; `seeds` ranks them by the others to find what they lean on."""
        sight, words, question, catalogue = self.sight, self.words, self.question, self.index.catalogue
        path = path_words(tuple(catalogue.paths)).match(
            sight.live_files, *self.subjects(), question.joined, question.paths
        )
        definition = np.zeros(len(sight.lengths), np.float32)
        for chunk, value in self.definitions.items():
            definition[chunk] = value if sight.allowed[chunk] else 0
        defined = np.zeros(len(catalogue.paths), np.float32)
        np.add.at(defined, sight.file_of[definition > 0], definition[definition > 0])
        told = self.index.past_words.told(question.terms, MAX_TERMS)
        chunks = self._competing(definition, told)
        if not len(chunks):
            chunks = np.flatnonzero(sight.allowed & ((path.covered + path.mentioned)[sight.file_of] > 0))
        files = sight.file_of[chunks]
        roles = catalogue.roles[files].copy()
        is_meant = np.zeros(len(ROLES), np.bool_)
        is_meant[list(question.meant)] = True
        meant = is_meant[roles]
        roles[meant] = SOURCE
        language = np.minimum(self.index.language_shares[files] / MAIN_LANGUAGE, 1)
        columns = {
            "body": _relative(words.body)[chunks],
            "name": _relative(words.names)[chunks],
            "joined": words.joined[chunks],
            "definition": definition[chunks],
            "vector": _relative(self.vector)[chunks],
            "file": _relative(words.files)[files],
            "path": path.covered[files],
            "stem": path.meant[files],
            "same_stem": path.joined[files],
            "elsewhere": path.elsewhere[files],
            "mentioned": path.mentioned[files],
            "defined": _relative(np.log1p(defined))[files],
            "told": told[files],
            "language": np.where(meant, 1, language).astype(np.float32),
        }
        signals = Signals(chunks, files, roles, columns)
        columns["near"] = self._near(chunks, seeds(signals))[files]
        return signals

    def _competing(self, definition: Scores, told: Scores) -> NDArray[np.int64]:
        """The chunks that a signal of their own speaks for, and those of the files that past commits speak for most."""
        words = self.words
        relevant = (words.body > 0) | (words.names > 0) | (definition > 0) | (self.vector >= ALIKE)
        best = np.zeros(len(told) + 1, np.bool_)  # the last one stands for chunks that no file holds
        best[np.argsort(-told, kind="stable")[:N_TOLD]] = True
        best[:-1] &= told > 0
        return np.flatnonzero(relevant | best[self.sight.file_of])

    def _near(self, chunks: NDArray[np.int64], scores: Scores) -> Scores:
        """By file: how much the best chunks lean on what it defines, against the file that they lean on most.

        One step of a walk from the first hits along references (personalised PageRank, cut after its first step).
        """
        sight = self.sight
        near = np.zeros(len(sight.live_files), np.float32)
        best = best_places(scores, N_SEEDS, chunks)
        top = float(scores[best[0]]) if len(best) else 0.0
        users: dict[str, list[tuple[int, float]]] = {}
        for place in best.tolist():
            share = float(scores[place]) / top if top > 0 else 0.0
            names = sight.names_used(int(chunks[place])) if share > 0 else []
            for name in names:
                own = int(sight.file_of[chunks[place]])
                users.setdefault(name, []).append((own, share / max(4, len(names)) ** 0.5))
        for name in sorted(users):  # in the order of the index, so that each of its blocks is read once
            definers = {position for position, _ in self.index.definitions(name) if sight.live_files[position]}
            for own, share in users[name]:
                others = definers - {own}
                if 0 < len(others) <= MAX_DEFINERS:
                    near[sorted(others)] += share / len(others)
        return _relative(near)


def best_places(scores: Scores, n: int, *ties: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the `n` highest scores are; equal ones in the order of `ties`, of which the first counts most."""
    among = np.arange(len(scores))
    if n < len(scores):  # to sort them all takes longer than to find the least that counts
        among = np.flatnonzero(scores >= np.partition(scores, -n)[-n])
    keys: list[NDArray[Any]] = [-scores, *ties]
    return among[np.lexsort([key[among] for key in reversed(keys)])[:n]]


def _relative(scores: Scores) -> Scores:
    """Scores against the best one."""
    best = float(scores.max())
    return scores / np.float32(best) if best else scores
