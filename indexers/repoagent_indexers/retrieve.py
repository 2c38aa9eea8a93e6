"""Index + question -> hits, best first: words, vectors, names, paths and references, fused.

Words decide most: BM25 with fields (Robertson, Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields,
2004). Vectors find other forms of the words; names and paths say what a place is for; a file's chunks lend each other
weight, since the file that owns a concept mentions it throughout; tests, documentation and generated files step back
unless the question names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.facts import CHUNK_WIDTH, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.index import Index
from repoagent_indexers.question import Question, understand
from repoagent_indexers.roles import CONFIGURATION, DOCUMENTATION, EXAMPLE, GENERATED, SOURCE, TEST, VENDORED
from repoagent_indexers.source import Hit, Span
from repoagent_indexers.terms import count, split

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signals are mixed. Values come from `benchmarks/search.py` on its development questions."""

    k1: float = 1.2
    b: float = 0.5
    body: float = 1.0
    doc: float = 1.0
    name: float = 3.0
    path: float = 0.6
    """Of a file's best path match, against the best lexical score."""
    vector: float = 0.3
    definition: float = 0.6
    """For defining an identifier that the question names."""
    file: float = 0.4
    """Of the whole file's score, for each of its chunks."""
    again: float = 0.6
    """What a further hit of one file keeps of its score, again and again."""
    roles: tuple[tuple[int, float], ...] = (
        (SOURCE, 1.0),
        (TEST, 0.55),
        (EXAMPLE, 0.6),
        (DOCUMENTATION, 0.6),
        (CONFIGURATION, 0.6),
        (VENDORED, 0.5),
        (GENERATED, 0.4),
    )


DEFAULT = Weights()
ALIKE = 0.5
"""Cosine from which a chunk counts that shares no whole term with the question."""
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
    if not asked.terms or not scene.allowed.any():
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
            prefixes = tuple(root.strip("/") + "/" for root in roots if root.strip("/.") or root.strip("./"))
            if prefixes:
                below = [path.startswith(prefixes) or path + "/" in prefixes for path in catalogue.paths]
                positions = positions[np.array(below, np.bool_)[::-1]]
        blobs = catalogue.blobs[positions]
        known = blobs >= 0
        first[blobs[known]] = positions[known]
        return first

    # -- signals ------------------------------------------------------------------------------------------------

    @cached_property
    def lexical(self) -> Scores:
        """BM25 with fields, over chunk numbers."""
        weights = self.weights
        scores = np.zeros(len(self.lengths), np.float32)
        n = int(self.allowed.sum())
        mean = float(self.lengths[self.allowed].sum()) / max(1, n) or 1.0
        for term, weight in self._terms():
            pairs = self.index.pairs("t" + term)
            chunks = pairs[:, 0]
            allowed = self.allowed[chunks]
            chunks, counts = chunks[allowed], pairs[allowed, 1]
            if not len(chunks):
                continue
            rarity = np.log1p((n - len(chunks) + 0.5) / (len(chunks) + 0.5))
            norm = 1 - weights.b + weights.b * self.lengths[chunks] / mean
            body = (counts & 255) / norm
            frequency = weights.body * body + weights.doc * ((counts >> 8) & 255) + weights.name * (counts >> 16)
            scores[chunks] += weight * rarity * frequency * (weights.k1 + 1) / (weights.k1 + frequency)
        return scores

    def _terms(self) -> list[tuple[str, float]]:
        """The question's terms; of a long text those that occur most."""
        terms = list(self.question.terms.items())
        return terms if len(terms) <= 64 else sorted(terms, key=lambda item: -item[1])[:64]

    @cached_property
    def vector(self) -> Scores:
        """Cosines of the nearest few hundred chunks, 0 for the rest."""
        from repoagent_indexers.vectors import nearest

        scores = np.zeros(len(self.lengths), np.float32)
        chunks = self.index.chunk_columns()[:, 0]
        query = self.index.encoder.encode_query(" ".join(self.question.terms))
        positions, cosines = nearest(query, self.index.codes(), 400, self.allowed[chunks])
        scores[chunks[positions]] = np.maximum(cosines, 0)
        return scores

    @cached_property
    def paths(self) -> Scores:
        """How well each file's path names what is asked, 0 to 1, over positions in the catalogue."""
        catalogue = self.index.catalogue
        asked = {term for term, weight in self.question.terms.items() if weight >= 1}
        scores = np.zeros(len(catalogue.paths), np.float32)
        if not asked:
            return scores
        found: dict[int, dict[str, float]] = {}
        seen: dict[str, int] = {}
        known: dict[str, list[str]] = {}
        for position, path in enumerate(catalogue.paths):
            parts = path.split("/")
            for number, part in enumerate(reversed(parts)):
                stem = part.rsplit(".", 1)[0] if number == 0 else part
                if stem not in known:
                    known[stem] = [t for word in stem.replace("-", " ").split() for t in split(word) if t in asked]
                for term in known[stem]:
                    value = 1.0 if number == 0 else 0.5 if number == 1 else 0.3
                    at = found.setdefault(position, {})
                    at[term] = max(at.get(term, 0.0), value)
        for terms in found.values():
            for term in terms:
                seen[term] = seen.get(term, 0) + 1
        n = len(catalogue.paths)
        for position, terms in found.items():
            scores[position] = sum(value * np.log1p(n / seen[term]) for term, value in terms.items())
        best = float(scores.max())
        return scores / best if best else scores

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

    # -- fusion -------------------------------------------------------------------------------------------------

    def hits(self, limit: int) -> list[Hit]:
        """The fused ranking."""
        weights = self.weights
        lexical = self.lexical / (float(self.lexical.max()) or 1.0)
        vector = self.vector / (float(self.vector.max()) or 1.0)
        parts: dict[str, Scores] = {"words": lexical, "vectors": weights.vector * vector}
        definition = np.zeros(len(lexical), np.float32)
        for chunk, share in self.definitions.items():
            if self.allowed[chunk]:
                definition[chunk] = weights.definition * share
        parts["definition"] = definition
        own = lexical + parts["vectors"] + definition
        own[(self.lexical == 0) & (definition == 0) & (self.vector < ALIKE)] = 0
        files = np.zeros(len(self.index.catalogue.paths), np.float32)
        live = np.flatnonzero(own > 0)
        np.maximum.at(files, self.file_of[live], own[live])
        spread = np.zeros(len(files), np.float32)
        np.add.at(spread, self.file_of[live], own[live] ** 2)
        spread = np.sqrt(spread)
        files = np.float32(0.5) * files + spread * np.float32(0.5 / max(1.0, float(spread.max())))
        paths = weights.path * self.paths
        candidates = live if len(live) else np.flatnonzero(self.allowed & (paths[self.file_of] > 0))
        of = self.file_of[candidates]
        parts = {name: column[candidates] for name, column in parts.items()}
        parts["file"] = weights.file * files[of]
        parts["path"] = paths[of]
        role = np.ones(8, np.float32)
        for number, factor in weights.roles:
            role[number] = 1.0 if number in self.question.meant else factor
        factors = role[self.index.catalogue.roles[of]]
        total = sum(parts.values()) * factors
        order = np.lexsort((candidates, of, -total))[: 50 + 6 * limit]
        return self._diverse(
            [
                (int(candidates[i]), float(total[i]), {k: float(v[i] * factors[i]) for k, v in parts.items()})
                for i in order
            ],
            limit,
        )

    def _diverse(self, ranked: list[tuple[int, float, dict[str, float]]], limit: int) -> list[Hit]:
        """Hits for ranked chunks: chunks of one symbol joined, and further hits of one file held back."""
        taken: dict[int, int] = {}
        scored: dict[int, list[Hit]] = {}
        """Position of a file -> its hits."""
        for chunk, score, parts in ranked:
            position = int(self.file_of[chunk])
            n = taken[position] = taken.get(position, 0) + 1
            hit = self._hit(chunk, position, score * self.weights.again ** (n - 1), parts)
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


def _is_function(facts: Facts, number: int) -> bool:
    return facts.symbols[number * SYMBOL_WIDTH] in _FUNCTIONS


def _inside(inner: Span, outer: Span) -> bool:
    return inner.path == outer.path and outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _chunk_at(facts: Facts, position: int) -> int:
    """Position in its blob of the chunk that holds a byte."""
    from bisect import bisect_right

    return max(0, bisect_right(facts.chunks[0::CHUNK_WIDTH], position) - 1)
