"""Index + question -> hits, best first: words, vectors, names, paths and references, fused.

Words decide most: BM25 with fields (Robertson, Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields,
2004), over chunks and over whole files, since the file that owns a concept mentions it throughout. Vectors find other
forms of the words; names and paths say what a place is for; tests, documentation and generated files step back unless
the question names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from posixpath import normpath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.facts import CHUNK_WIDTH, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.index import Index
from repoagent_indexers.path_words import match_paths
from repoagent_indexers.question import Question, understand
from repoagent_indexers.roles import CONFIGURATION, DOCUMENTATION, EXAMPLE, GENERATED, SOURCE, TEST, VENDORED
from repoagent_indexers.source import Hit, Span
from repoagent_indexers.terms import count, split

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signals are mixed: those of a file and of a chunk in it are added.

    Fitted as a linear ranking model (softmax over the files of each question) on the development questions of
    `benchmarks/search.py`, and checked on repositories left out. Signals are 0 to 1, against the best candidate.
    """

    k1: float = 1.2
    b: float = 0.5
    file_b: float = 0.6
    body: float = 2.6
    name: float = 0.85
    joined: float = 1.0
    """For neighbouring words of the question that stand in a chunk as one identifier."""
    vector: float = 1.3
    definition: float = 1.0
    """For defining an identifier that the question names."""
    word: float = 1.2
    """For defining what a plain word of the question names."""
    file: float = 2.4
    """For the words of the whole file."""
    path: float = 1.3
    stem: float = 1.4
    """For a file whose own name is all asked for."""
    same_stem: float = 1.2
    elsewhere: float = -1.1
    again: float = 1.5
    """What each further hit of one file loses."""
    roles: tuple[tuple[int, float], ...] = (
        (SOURCE, 0.0),
        (TEST, -3.4),
        (EXAMPLE, -2.1),
        (DOCUMENTATION, -2.0),
        (CONFIGURATION, -1.3),
        (VENDORED, -0.8),
        (GENERATED, -1.3),
    )


DEFAULT = Weights()
MAX_LOOKED_UP = 400
"""Terms of a question whose places are looked up."""
MAX_TERMS = 64
"""Terms of a question that count: the most telling ones of those."""
ALIKE = 0.5
"""Cosine from which a chunk counts that shares no whole term with the question."""
_CONCEPTS = {
    SYMBOL_KINDS.index(kind)
    for kind in (
        *("class", "struct", "interface", "trait", "function", "module", "object", "type", "enum", "protocol"),
        "record",
    )
}
_FUNCTIONS = {
    SYMBOL_KINDS.index(kind) for kind in ("function", "method", "constructor", "property", "operator", "test")
}


def search(
    index: Index, question: str, limit: int = 10, roots: Sequence[str] = (), weights: Weights = DEFAULT
) -> list[Hit]:
    """At most `limit` hits, best first; only below the folders `roots` when any are given.

    Ties stand in the order of paths and lines, so the same work tree and question give the same hits.
    """
    asked = understand(question)
    scene = _Scene(index, asked, roots, weights)
    if not (asked.terms or asked.identifiers) or not scene.allowed.any():
        return []
    return scene.hits(limit)


class _Scene:
    """One question put to one index: the signals over all chunks, each computed once."""

    def __init__(self, index: Index, question: Question, roots: Sequence[str], weights: Weights) -> None:
        self.index = index
        self.question = question
        self.weights = weights
        columns = index.chunk_columns()
        size = int(index.root["next_chunk"]) + 1
        self.lengths = np.zeros(size, np.float32)
        self.lengths[columns[:, 0]] = columns[:, 3]
        self.file_of = np.full(size, -1, np.int64)
        """Chunk number -> position in the catalogue of the first allowed path that holds it."""
        self.file_of[columns[:, 0]] = self._first_paths(roots)[columns[:, 1]]
        self.allowed = self.file_of >= 0

    def _first_paths(self, roots: Sequence[str]) -> NDArray[np.int64]:
        """Blob number -> position of the first path that holds it, -1 for none below `roots`."""
        catalogue = self.index.catalogue
        first = np.full(int(self.index.root["next_blob"]) + 1, -1, np.int64)
        positions = np.arange(len(catalogue.paths))[::-1]
        if roots:
            folders = [normpath(root.lstrip("/") or ".") for root in roots]
            prefixes = () if "." in folders else tuple(f"{folder}/" for folder in folders)
            if prefixes:
                below = [path.startswith(prefixes) or path + "/" in prefixes for path in catalogue.paths]
                positions = positions[np.array(below, np.bool_)[::-1]]
        blobs = catalogue.blobs[positions]
        known = blobs >= 0
        first[blobs[known]] = positions[known]
        return first

    # -- signals ------------------------------------------------------------------------------------------------

    def add_words(self) -> None:
        """Fill the signals that come from the postings of the question's terms."""
        size, n_files = len(self.lengths), len(self.index.catalogue.paths)
        self.body, self.names, self.joined = (np.zeros(size, np.float32) for _ in range(3))
        self.files = np.zeros(n_files, np.float32)
        n = int(self.allowed.sum())
        live = self.file_of[self.allowed]
        lengths = np.bincount(live, self.lengths[self.allowed], n_files)
        self.live_files = np.bincount(live, minlength=n_files) > 0
        n_live = int(self.live_files.sum())
        mean = float(lengths.sum()) / max(1, n) or 1.0
        file_b = self.weights.file_b
        file_norm = 1 - file_b + file_b * lengths / (float(lengths.sum()) / max(1, n_live) or 1.0)
        total = 0.0
        for weight, rarity, chunks, counts in self._postings(n):
            total += weight * rarity
            body, doc, name = counts & 255, (counts >> 8) & 255, counts >> 16
            norm = 1 - self.weights.b + self.weights.b * self.lengths[chunks] / mean
            self.body[chunks] += weight * rarity * self._saturated(body / norm)
            self.names[chunks] += weight * rarity * self._saturated(np.float32(3) * name)
            of = self.file_of[chunks]
            frequency = np.bincount(of, body + doc + 5 * name, n_files) / file_norm
            holding = np.count_nonzero(frequency)
            file_rarity = np.log1p((n_live - holding + 0.5) / (holding + 0.5))
            self.files += (weight * file_rarity * self._saturated(frequency)).astype(np.float32)
        for joined in self.question.joined:
            if joined in self.question.terms:
                continue
            chunks, counts = self._allowed_pairs("t" + joined)
            rarity = np.log1p((n - len(chunks) + 0.5) / (len(chunks) + 0.5))
            norm = 1 - self.weights.b + self.weights.b * self.lengths[chunks] / mean
            frequency = (counts & 255) / norm + ((counts >> 8) & 255) + 3 * (counts >> 16)
            self.joined[chunks] += rarity * self._saturated(frequency)
        self.joined /= np.float32(total or 1.0)

    def _saturated(self, frequency: NDArray[Any]) -> NDArray[Any]:
        return frequency * (self.weights.k1 + 1) / (self.weights.k1 + frequency)

    def _allowed_pairs(self, key: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        pairs = self.index.pairs(key)
        found = pairs[self.allowed[pairs[:, 0]]].astype(np.int64)
        return found[:, 0], found[:, 1]

    def _postings(self, n: int) -> list[tuple[float, float, NDArray[np.int64], NDArray[np.int64]]]:
        """(weight, rarity, chunks, packed counts) of the question's terms; of a long text the most telling ones."""
        found: list[tuple[float, float, NDArray[np.int64], NDArray[np.int64]]] = []
        for term, weight in list(self.question.terms.items())[:MAX_LOOKED_UP]:
            chunks, counts = self._allowed_pairs("t" + term)
            if len(chunks):
                rarity = float(np.log1p((n - len(chunks) + 0.5) / (len(chunks) + 0.5)))
                found.append((weight, rarity, chunks, counts))
        return sorted(found, key=lambda item: -item[0] * item[1])[:MAX_TERMS]

    @cached_property
    def vector(self) -> Scores:
        """Cosines of the nearest few hundred chunks, 0 for the rest."""
        from repoagent_indexers.vectors import nearest

        scores = np.zeros(len(self.lengths), np.float32)
        chunks = self.index.chunk_columns()[:, 0]
        query = self.index.encoder.encode_query(self.question.text)
        positions, cosines = nearest(query, self.index.codes(), 400, self.allowed[chunks])
        scores[chunks[positions]] = np.maximum(cosines, 0)
        return scores

    @cached_property
    def definitions(self) -> dict[int, float]:
        """Chunk number -> share, for chunks that define an identifier of the question."""
        found: dict[int, float] = {}
        base = self._first_chunk
        for name in self.question.identifiers:
            last = name.replace("::", ".").replace("->", ".").replace("#", ".").rsplit(".", 1)[-1]
            places = self.index.definitions(last)
            for position, symbol in places[:50]:
                facts = self.index.facts(position)
                first = base.get(int(self.index.catalogue.blobs[position]))
                if facts is None or first is None:
                    continue
                exact = facts.symbol_name(symbol) == last
                share = (1.0 if exact else 0.6) / (1 + 0.15 * min(len(places) - 1, 10))
                if name != last and facts.qualified_name(symbol).endswith(name):
                    share = 1.2
                chunk = first + _chunk_at(facts, facts.symbols[symbol * SYMBOL_WIDTH + 6])
                found[chunk] = max(found.get(chunk, 0.0), share)
        return found

    @cached_property
    def _first_chunk(self) -> dict[int, int]:
        """Blob number -> number of its first chunk."""
        columns = self.index.chunk_columns()
        starts = columns[columns[:, 2] == 0]
        return dict(zip(starts[:, 1].tolist(), starts[:, 0].tolist(), strict=True))

    def words_defined(self, weights: dict[str, float]) -> dict[int, float]:
        """Chunk number -> share, for chunks that define what a plain word of the question names."""
        found: dict[int, float] = {}
        for word in self.question.words[:64]:
            terms = split(word)
            weight = weights.get(terms[-1], 0.0) if terms else 0.0
            places = self.index.definitions(word) if weight else []
            if not 0 < len(places) <= 30:
                continue
            for position, symbol in places:
                facts = self.index.facts(position)
                first = self._first_chunk.get(int(self.index.catalogue.blobs[position]))
                if facts is None or first is None or facts.symbols[symbol * SYMBOL_WIDTH] not in _CONCEPTS:
                    continue
                chunk = first + _chunk_at(facts, facts.symbols[symbol * SYMBOL_WIDTH + 6])
                found[chunk] = max(found.get(chunk, 0.0), weight / (1 + 0.15 * (len(places) - 1)))
        return found

    # -- fusion -------------------------------------------------------------------------------------------------

    def hits(self, limit: int) -> list[Hit]:
        """The fused ranking."""
        weights = self.weights
        self.add_words()
        asked = {term: weight for term, weight in self.question.terms.items() if weight >= 1}
        catalogue = self.index.catalogue
        path = match_paths(catalogue.paths, self.live_files, asked, self.question.joined)
        share = sum(asked.values()) or 1.0
        definition, word = np.zeros(len(self.body), np.float32), np.zeros(len(self.body), np.float32)
        for column, found in (
            (definition, self.definitions),
            (word, self.words_defined({term: weight / share for term, weight in asked.items()})),
        ):
            for chunk, value in found.items():
                column[chunk] = value if self.allowed[chunk] else 0
        relevant = (self.body > 0) | (self.names > 0) | (definition > 0) | (word > 0) | (self.vector >= ALIKE)
        candidates = np.flatnonzero(relevant)
        if not len(candidates):
            candidates = np.flatnonzero(self.allowed & (path.covered[self.file_of] > 0))
        of = self.file_of[candidates]
        parts: dict[str, Scores] = {
            "words": weights.body * _relative(self.body)[candidates],
            "name": weights.name * _relative(self.names)[candidates] + weights.joined * self.joined[candidates],
            "vectors": weights.vector * _relative(self.vector)[candidates],
            "definition": weights.definition * definition[candidates] + weights.word * word[candidates],
            "file": weights.file * _relative(self.files)[of],
            "path": (weights.path * path.covered + weights.stem * path.meant + weights.same_stem * path.joined)[of],
        }
        role = np.zeros(8, np.float32)
        for number, value in weights.roles:
            role[number] = 0.0 if number in self.question.meant else value
        total = sum(parts.values()) + role[catalogue.roles[of]] + weights.elsewhere * path.elsewhere[of]
        order = np.lexsort((candidates, of, -total))[: 50 + 6 * limit]
        return self._diverse(
            [(int(candidates[i]), float(total[i]), {k: float(v[i]) for k, v in parts.items()}) for i in order], limit
        )

    def _diverse(self, ranked: list[tuple[int, float, dict[str, float]]], limit: int) -> list[Hit]:
        """Hits for ranked chunks: chunks of one symbol joined, and further hits of one file held back."""
        taken: dict[int, int] = {}
        scored: dict[int, list[Hit]] = {}
        """Position of a file -> its hits."""
        for chunk, score, parts in ranked:
            position = int(self.file_of[chunk])
            n = taken[position] = taken.get(position, 0) + 1
            hit = self._hit(chunk, position, _positive(score - self.weights.again * (n - 1)), parts)
            if any(_inside(hit.span, other.span) for other in scored.get(position, ())):
                taken[position] -= 1
            else:
                scored.setdefault(position, []).append(hit)
        hits = [hit for found in scored.values() for hit in found]
        hits.sort(key=lambda hit: (-hit.score, hit.span.path, hit.span.start_line))
        return hits[:limit]

    def _meant(self, facts: Facts, owner: int, start: int, end: int) -> int:
        """The symbol that a chunk is shown as: its owner, or the one function in it that the question is more about."""
        best, most = owner, self._n_named(facts, owner)
        if _is_function(facts, owner):
            return owner
        for number in range(owner + 1, facts.n_symbols):
            first, last = facts.symbols[number * SYMBOL_WIDTH + 6 : number * SYMBOL_WIDTH + 8]
            if first >= end:
                break
            if first >= start and last <= end and _is_function(facts, number):
                n = self._n_named(facts, number)
                if n > most:
                    best, most = number, n
        return best

    def _n_named(self, facts: Facts, number: int) -> int:
        """How many terms of the question stand in a symbol's name, signature and documentation."""
        at = number * SYMBOL_WIDTH
        text = " ".join(facts.strings[facts.symbols[at + column]] for column in (1, 3, 4))
        return len(self.question.terms.keys() & count(text).keys())

    def _hit(self, chunk: int, position: int, score: float, parts: dict[str, float]) -> Hit:
        path = self.index.catalogue.paths[position]
        facts = self.index.facts(position)
        assert facts is not None
        at = (chunk - self._first_chunk[int(self.index.catalogue.blobs[position])]) * CHUNK_WIDTH
        start, end, first, last, owner = facts.chunks[at : at + 5]
        span = Span(path, start, end, first, last)
        symbol = facts.symbol(self._meant(facts, owner, start, end), path) if owner >= 0 else None
        if symbol is not None and _inside(symbol.span, span):
            span = symbol.span
        return Hit(span, score, symbol, {name: value for name, value in parts.items() if value > 0})


def _relative(scores: Scores) -> Scores:
    """Scores against the best one."""
    best = float(scores.max())
    return scores / np.float32(best) if best else scores


def _positive(score: float) -> float:
    """A score in the same order that is never negative."""
    return float(np.logaddexp(0.0, score))


def _is_function(facts: Facts, number: int) -> bool:
    return facts.symbols[number * SYMBOL_WIDTH] in _FUNCTIONS


def _inside(inner: Span, outer: Span) -> bool:
    return inner.path == outer.path and outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _chunk_at(facts: Facts, position: int) -> int:
    """Position in its blob of the chunk that holds a byte."""
    from bisect import bisect_right

    return max(0, bisect_right(facts.chunks[0::CHUNK_WIDTH], position) - 1)
