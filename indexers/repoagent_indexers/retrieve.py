"""Index + question -> hits, best first: words, vectors, names, paths, references and past commits, fused.

Words decide most: BM25 with fields (Robertson, Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields,
2004), over chunks and over whole files, since the file that owns a concept mentions it throughout. Vectors find other
forms of the words; names and paths say what a place is for; tests, documentation and generated files step back unless
the question names them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.facts import CHUNK_WIDTH, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.index import ALL_READ, Index
from repoagent_indexers.path_words import below, path_words
from repoagent_indexers.question import Question, understand
from repoagent_indexers.report_terms import FEATURES, N_STANDING, factors
from repoagent_indexers.roles import NAMES as ROLES
from repoagent_indexers.roles import SOURCE
from repoagent_indexers.source import Hit, Span
from repoagent_indexers.spelling import as_spelt_here
from repoagent_indexers.telling import telling
from repoagent_indexers.terms import count

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signals are mixed: those of a file and of a chunk in it are added. See `Signals` for what each is.

    Fitted by `training/weights.py` as a linear ranking model (softmax over the files of each question).
    """

    body: float
    name: float
    joined: float
    definition: float
    vector: float
    file: float
    path: float
    stem: float
    same_stem: float
    elsewhere: float
    mentioned: float
    defined: float
    told: float
    language: float
    near: float
    again: float
    """What each further hit of one file loses."""
    roles: tuple[float, ...]
    """By role: what a file of it loses unless the question names the role."""


@dataclass(frozen=True, slots=True)
class Matching:
    """How BM25 matches words with bodies."""

    n_file_terms: int
    """Terms that count for whole files: the most telling ones of those that count for chunks."""
    k1: float
    """How slowly a term saturates that a chunk says again."""
    b: float
    """How much a long chunk loses, 0 to 1."""


QUESTION = Weights(
    body=2.86,
    name=0.09,
    joined=1.00,
    definition=0.77,
    vector=1.57,
    file=2.43,
    path=1.58,
    stem=1.24,
    same_stem=1.32,
    elsewhere=-1.54,
    mentioned=0.93,
    defined=0.39,
    told=1.46,
    language=1.62,
    near=1.04,
    again=4.0,
    roles=(0.0, -3.54, -1.66, -0.93, -0.79, -0.15, -1.28),
)
"""For questions of one line."""
REPORT = Weights(
    body=3.47,
    name=0.42,
    joined=1.08,
    definition=0.63,
    vector=0.77,
    file=2.80,
    path=2.03,
    stem=1.09,
    same_stem=0.74,
    elsewhere=-0.60,
    mentioned=2.17,
    defined=0.44,
    told=1.99,
    language=1.90,
    near=0.57,
    again=0.2,
    roles=(0.0, -3.09, -1.29, -2.16, -1.41, -0.14, -0.93),
)
"""For reports of what is wrong and descriptions of changes."""
K1 = 1.2
B = 0.5
"""Of BM25 over names and words run together; over bodies see `Matching`, over files `FILE_B`."""
FILE_B = 0.6
N_CANDIDATES = 600
"""Best chunks, at least, from which hits are chosen: the first hundred may be of a few large files."""
N_DECLARED, N_DEFINED = 30, 100
"""Of so many best chunks those that only declare a function; how far down the chunk may stand that defines it."""
IN_FRONT = 0.001
"""How much the one then stands above the other."""
_DECLARING = (".h", ".hh", ".hpp", ".hxx", ".h++", ".pyi", ".d.ts")
"""Ends of paths of headers and stubs, in which a function that another file defines is only declared."""
N_RERANKED = 100
"""Best chunks that a reranker is given."""
RERANKED = 0.5
"""What a reranker counts for each standard deviation of its scores over the candidates."""
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
MAX_LOOKED_UP = 400
"""Terms of a question whose places are looked up."""
MAX_TERMS = 64
"""Terms of a question that count: the most telling ones of those."""
MAX_WEIGHED = 100
"""Terms of a report that are weighed anew by where they stand."""
QUESTION_WORDS = Matching(n_file_terms=MAX_TERMS, k1=K1, b=B)
REPORT_WORDS = Matching(n_file_terms=24, k1=1.6, b=0.35)
"""A large file has most of a report's many terms by chance; what must change is often a long function.

Chosen by trying, on issue reports and on commits of other repositories (benchmarks/RESULTS.md, Terms of a report).
"""
ALIKE = 0.5
"""Cosine from which a chunk counts that shares no whole term with the question."""
_PARTS = {
    "words": ("body",),
    "name": ("name", "joined"),
    "vectors": ("vector",),
    "definition": ("definition", "defined", "declared"),
    "file": ("file",),
    "path": ("path", "stem", "same_stem", "mentioned", "elsewhere"),
    "references": ("near",),
    "history": ("told",),
    "role": ("role", "language"),
    "reranker": ("reranker",),
}
"""What a hit is explained by -> signals."""


def search(
    index: Index, question: str, limit: int = 10, roots: Sequence[str] = (), *, spread: bool = True
) -> list[Hit]:
    """At most `limit` hits, best first; only below the folders `roots` when any are given.

    Unless `spread` is off, further hits of one file are held back, so that the first hits show different files.

    Ties stand in the order of paths and lines, so the same work tree and question give the same hits.
    """
    scene = Scene(index, understand(question), roots)
    if not (scene.question.terms or scene.question.identifiers) or not scene.allowed.any():
        return []
    weights = REPORT if scene.question.is_report else QUESTION
    return scene.hits(limit, weights if spread else replace(weights, again=0.0))


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


class Scene:
    """One question put to one index: the signals over all chunks, each computed once."""

    def __init__(self, index: Index, question: Question, roots: Sequence[str] = ()) -> None:
        self.index = index
        self.unread = index.unread or ALL_READ
        columns = index.chunk_columns()
        size = int(index.root["next_chunk"]) + 1
        self.lengths = np.zeros(size, np.float32)
        self.lengths[columns[:, 0]] = columns[:, 3]
        self.file_of = np.full(size, -1, np.int64)
        """Chunk number -> position in the catalogue of the first allowed path that holds it."""
        self.file_of[columns[:, 0]] = self._first_paths(roots)[columns[:, 1]]
        self.allowed = self.file_of >= 0
        self._seen: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        self.question = as_spelt_here(index, question, self._n_places)

    def _n_places(self, key: str) -> int:
        """Chunks that bear a term ("t"), or definitions of a name ("d"), in sight."""
        if key[0] == "d":
            return len(self.index.definitions(key[1:]))
        return len(self._allowed_pairs(key)[0])

    def _first_paths(self, roots: Sequence[str]) -> NDArray[np.int64]:
        """Blob number -> position of the first path that holds it, -1 for none below `roots`."""
        catalogue = self.index.catalogue
        first = np.full(int(self.index.root["next_blob"]) + 1, -1, np.int64)
        positions = np.arange(len(catalogue.paths))[::-1]
        if roots:
            positions = positions[below(catalogue.paths, roots)[::-1]]
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
        n = round(int(self.allowed.sum()) * self.unread.size)
        live = self.file_of[self.allowed]
        lengths = np.bincount(live, self.lengths[self.allowed], n_files)
        self.live_files = np.bincount(live, minlength=n_files) > 0
        n_live = int(self.live_files.sum())
        mean = float(lengths.sum()) / max(1, len(live)) or 1.0
        file_norm = 1 - FILE_B + FILE_B * lengths / (float(lengths.sum()) / max(1, n_live) or 1.0)
        n_files_in_all = n_live + self.unread.n_files
        matching = REPORT_WORDS if self.question.is_report else QUESTION_WORDS
        self.asked = self._asked(n)
        for asked in sorted(self.asked, key=lambda asked: -asked.for_bodies * asked.rarity)[:MAX_TERMS]:
            chunks, weight = asked.chunks, asked.for_bodies * asked.rarity
            norm = 1 - matching.b + matching.b * self.lengths[chunks] / mean
            self.body[chunks] += weight * self._saturated((asked.counts & 255) / norm, matching.k1)
            self.names[chunks] += weight * self._saturated(np.float32(3) * (asked.counts >> 16))
        for asked in sorted(self.asked, key=lambda asked: -asked.for_files * asked.rarity)[: matching.n_file_terms]:
            counts = asked.counts
            said = (counts & 255) + ((counts >> 8) & 255) + 5 * (counts >> 16)
            frequency = np.bincount(self.file_of[asked.chunks], said, n_files) / file_norm
            holding = np.count_nonzero(frequency)
            rarity = _rarity(int(holding) * self.unread.times(asked.term)[1], n_files_in_all)
            self.files += (asked.for_files * rarity * self._saturated(frequency)).astype(np.float32)
        for joined in self.question.joined:
            if joined in self.question.terms:
                continue
            chunks, counts = self._allowed_pairs("t" + joined)
            rarity = _rarity(len(chunks) * self.unread.times(joined)[0], n)
            norm = 1 - B + B * self.lengths[chunks] / mean
            frequency = (counts & 255) / norm + ((counts >> 8) & 255) + 3 * (counts >> 16)
            self.joined[chunks] += rarity * self._saturated(frequency)
        total = sum(asked.weight * asked.rarity for asked in self.asked[:MAX_TERMS])
        self.joined /= np.float32(total or 1.0)

    def _saturated(self, frequency: NDArray[Any], k1: float = K1) -> NDArray[Any]:
        return frequency * (k1 + 1) / (k1 + frequency)

    def _allowed_pairs(self, key: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Chunks in sight under a key, and what stands there; each key is looked up once."""
        if key not in self._seen:
            pairs = self.index.pairs(key)
            found = pairs[self.allowed[pairs[:, 0]]].astype(np.int64)
            self._seen[key] = found[:, 0], found[:, 1]
        return self._seen[key]

    def _asked(self, n: int) -> list[Asked]:
        """What the question says and `n` chunks have; of a long text the most telling terms."""
        found: list[Asked] = []
        for term, weight in list(self.question.terms.items())[:MAX_LOOKED_UP]:
            chunks, counts = self._allowed_pairs("t" + term)
            if len(chunks):
                found.append(Asked(term, weight, _rarity(len(chunks) * self.unread.times(term)[0], n), chunks, counts))
        found.sort(key=lambda asked: -asked.weight * asked.rarity)
        if not self.question.is_report:
            return found[:MAX_TERMS]
        del found[MAX_WEIGHED:]
        for asked, row in zip(found, factors(self.features(found)).tolist(), strict=True):
            asked.factors = tuple(row)
        return found

    def features(self, found: Sequence[Asked]) -> NDArray[np.float32]:
        """(n, len(report_terms.FEATURES)) what tells how much each term of a report counts."""
        rows = [
            (
                float(np.log(max(0.05, asked.rarity))),
                float(np.log(max(0.02, telling(asked.term)))),
                *self.question.standings.get(asked.term, (0.0,) * N_STANDING),
                np.count_nonzero(asked.counts >> 16) / len(asked.counts),
                np.count_nonzero(asked.counts & 0xFF00) / len(asked.counts),
            )
            for asked in found
        ]
        return np.array(rows, np.float32).reshape(len(rows), len(FEATURES))

    @cached_property
    def vector(self) -> Scores:
        """Cosines of the nearest few hundred chunks, 0 for the rest."""
        scores = np.zeros(len(self.lengths), np.float32)
        chunks = self.index.chunk_columns()[:, 0]
        query = self.index.encoder.encode_query(self.question.text)
        positions, cosines = self.index.vectors.nearest(query, 400, self.allowed[chunks])
        scores[chunks[positions]] = np.maximum(cosines, 0)
        return scores

    @cached_property
    def definitions(self) -> dict[int, float]:
        """Chunk number -> share, for chunks that define an identifier of the question."""
        found: dict[int, float] = {}
        for name in self.question.identifiers:
            last = name.replace("::", ".").replace("->", ".").replace("#", ".").rsplit(".", 1)[-1]
            places = self.index.definitions(last)
            defining = [(symbol, *self._defining(position, symbol)) for position, symbol in places[:MAX_DEFINITIONS]]
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

    def _defining(self, position: int, symbol: int) -> tuple[Facts | None, int]:
        """The facts of a file and the chunk in which one of its symbols begins; None for a file without chunks."""
        facts = self.index.facts(position)
        first = int(self.index.first_chunks[self.index.catalogue.blobs[position]])
        if facts is None or first < 0:
            return None, -1
        start = facts.symbols[symbol * SYMBOL_WIDTH + 6]
        return facts, first + max(0, bisect_right(facts.chunks[0::CHUNK_WIDTH], start) - 1)

    def _row(self, chunk: int) -> tuple[Facts, Sequence[int]]:
        """The facts of a chunk's file, and the chunk's own row in them."""
        position = int(self.file_of[chunk])
        facts = self.index.facts(position)
        assert facts is not None
        at = (chunk - int(self.index.first_chunks[self.index.catalogue.blobs[position]])) * CHUNK_WIDTH
        return facts, facts.chunks[at : at + CHUNK_WIDTH]

    def subjects(self) -> tuple[dict[str, float], dict[str, float]]:
        """Terms -> what they count in a path, and in the name of a file; of a report those that the code has."""
        subjects = self.question.subjects
        known = [asked for asked in self.asked if asked.term in subjects] if self.question.is_report else []
        if not known:
            return subjects, dict.fromkeys(subjects, 1.0)
        return (
            {asked.term: asked.weight * asked.factors[2] for asked in known},
            {asked.term: asked.factors[3] for asked in known},
        )

    # -- fusion -------------------------------------------------------------------------------------------------

    def signals(self, seeds: Callable[[Signals], Scores]) -> Signals:
        """The signals of all chunks that compete; `seeds` ranks them by the others to find what they lean on."""
        self.add_words()
        question, catalogue = self.question, self.index.catalogue
        path = path_words(tuple(catalogue.paths)).match(
            self.live_files, *self.subjects(), question.joined, question.paths
        )
        definition = np.zeros(len(self.body), np.float32)
        for chunk, value in self.definitions.items():
            definition[chunk] = value if self.allowed[chunk] else 0
        told = self.index.past_words.told(question.terms, MAX_TERMS)
        relevant = (self.body > 0) | (self.names > 0) | (definition > 0) | (self.vector >= ALIKE)
        competes = np.zeros(len(told) + 1, np.bool_)  # the last one stands for chunks that no file holds
        competes[np.argsort(-told, kind="stable")[:N_TOLD]] = True
        competes[:-1] &= told > 0
        relevant |= competes[self.file_of]
        chunks = np.flatnonzero(relevant)
        if not len(chunks):
            chunks = np.flatnonzero(self.allowed & ((path.covered + path.mentioned)[self.file_of] > 0))
        files = self.file_of[chunks]
        defined = np.zeros(len(catalogue.paths), np.float32)
        np.add.at(defined, self.file_of[definition > 0], definition[definition > 0])
        roles = catalogue.roles[files].copy()
        is_meant = np.zeros(len(ROLES), np.bool_)
        is_meant[list(question.meant)] = True
        meant = is_meant[roles]
        roles[meant] = SOURCE
        shares = self.index.language_shares[files]
        columns = {
            "body": _relative(self.body)[chunks],
            "name": _relative(self.names)[chunks],
            "joined": self.joined[chunks],
            "definition": definition[chunks],
            "vector": _relative(self.vector)[chunks],
            "file": _relative(self.files)[files],
            "path": path.covered[files],
            "stem": path.meant[files],
            "same_stem": path.joined[files],
            "elsewhere": path.elsewhere[files],
            "mentioned": path.mentioned[files],
            "defined": _relative(np.log1p(defined))[files],
            "told": told[files],
            "language": np.where(meant, 1, np.minimum(shares / MAIN_LANGUAGE, 1)).astype(np.float32),
        }
        signals = Signals(chunks, files, roles, columns)
        columns["near"] = self._near(chunks, seeds(signals))[files]
        return signals

    def _near(self, chunks: NDArray[np.int64], scores: Scores) -> Scores:
        """By file: how much the best chunks lean on what it defines, against the file that they lean on most.

        One step of a walk from the first hits along references (personalised PageRank, cut after its first step).
        """
        near = np.zeros(len(self.live_files), np.float32)
        best = np.lexsort((chunks, -scores))[:N_SEEDS]
        top = float(scores[best[0]]) if len(best) else 0.0
        users: dict[str, list[tuple[int, float]]] = {}
        for place in best.tolist():
            share = float(scores[place]) / top if top > 0 else 0.0
            names = self._names_used(int(chunks[place])) if share > 0 else []
            for name in names:
                own = int(self.file_of[chunks[place]])
                users.setdefault(name, []).append((own, share / max(4, len(names)) ** 0.5))
        for name in sorted(users):  # in the order of the index, so that each of its blocks is read once
            definers = {position for position, _ in self.index.definitions(name) if self.live_files[position]}
            for own, share in users[name]:
                others = definers - {own}
                if 0 < len(others) <= MAX_DEFINERS:
                    near[sorted(others)] += share / len(others)
        return _relative(near)

    def _names_used(self, chunk: int) -> list[str]:
        """Names that a chunk refers to, in order, each once."""
        facts, (start, end, *_) = self._row(chunk)
        return [name for name in facts.names_used(start, end) if len(name) > 2][:60]

    def hits(self, limit: int, weights: Weights) -> list[Hit]:
        """The fused ranking, of each place once, and further hits of one file held back."""

        def total(signals: Signals) -> Scores:
            return sum(signals.shares(weights).values(), start=np.zeros(len(signals.chunks), np.float32))

        signals = self.signals(total)
        shares = signals.shares(weights)
        scores = total(signals)
        shares["reranker"] = self._reranked(signals, scores)
        scores = scores + shares["reranker"]
        shares["declared"] = self._declared(signals, scores)
        scores = scores + shares["declared"]
        order = np.lexsort((signals.chunks, signals.files, -scores))[: max(N_CANDIDATES, 50 + 6 * limit)].tolist()
        own = scores[order].tolist()
        waiting = [(-score, rank, i) for rank, (score, i) in enumerate(zip(own, order, strict=True))]
        parts_of: dict[str, list[float]] = {
            part: np.stack([shares[name][order] for name in names]).sum(axis=0, dtype=np.float64).tolist()
            for part, names in _PARTS.items()
        }
        found: list[Hit] = []
        of_file: dict[int, list[Hit]] = {}
        """Position of a file -> its hits."""
        while waiting and len(found) < limit:
            score, rank, i = heappop(waiting)
            position = int(signals.files[i])
            others = of_file.setdefault(position, [])
            held_back = -own[rank] + weights.again * len(others)
            if held_back > score:
                heappush(waiting, (held_back, rank, i))
                continue
            parts = {part: given[rank] for part, given in parts_of.items()}
            hit = self._hit(int(signals.chunks[i]), _positive(-score), parts)
            if not any(other.span.holds(hit.span) for other in others):
                others.append(hit)
                found.append(self._whole(hit) if self.question.is_name else hit)
        return found

    def _whole(self, hit: Hit) -> Hit:
        """For a lone name: the whole class that bears it, not only the lines before its first member."""
        symbol, span = hit.symbol, hit.span
        if symbol is None or symbol.name not in self.question.identifiers or symbol.span.start_byte < span.start_byte:
            return hit
        end = max(span, symbol.span, key=lambda each: each.end_byte)
        return replace(hit, span=replace(span, end_byte=end.end_byte, end_line=end.end_line))

    def _declared(self, signals: Signals, scores: Scores) -> Scores:
        """What lifts a function in front of its declaration in a header: that bears the comment, it has the code."""
        lifts = np.zeros(len(scores), np.float32)
        best = np.lexsort((signals.chunks, signals.files, -scores))[:N_DEFINED].tolist()
        places = {int(signals.chunks[place]): place for place in best}
        for declaration in best[:N_DECLARED]:
            chunks = self._definitions_of(int(signals.chunks[declaration]))
            definitions = [places[chunk] for chunk in chunks if chunk in places]
            if definitions:
                first = max(definitions, key=scores.__getitem__)
                behind = scores[declaration] - scores[first]
                if behind >= 0:
                    lifts[first] = max(lifts[first], behind + IN_FRONT)
        return lifts

    def _definitions_of(self, chunk: int) -> list[int]:
        """The chunks with the function that a chunk of a header declares; none for any other chunk."""
        paths = self.index.catalogue.paths
        if not paths[int(self.file_of[chunk])].endswith(_DECLARING):
            return []
        facts, (*_, owner, _) = self._row(chunk)
        if owner < 0 or not facts.is_function(owner):
            return []
        found, name = [], facts.qualified_name(owner)
        for position, symbol in self.index.definitions(facts.symbol_name(owner))[:MAX_DEFINITIONS]:
            if not paths[position].endswith(_DECLARING):
                other, first = self._defining(position, symbol)
                if other is not None and other.is_function(symbol) and other.qualified_name(symbol) == name:
                    found.append(first)
        return found

    def _reranked(self, signals: Signals, scores: Scores) -> Scores:
        """What the reranker, if any, gives to the best candidates; 0 to the least of them and to the others."""
        given = np.zeros(len(scores), np.float32)
        if self.index.reranker is None or len(scores) < 2:
            return given
        best = np.lexsort((signals.chunks, signals.files, -scores))[:N_RERANKED]
        said = self.index.reranker.scores(self.question.text, self._texts(signals.chunks[best].tolist()))
        spread = float(said.std())
        if spread > 0:
            given[best] = np.float32(RERANKED) * (said - said.min()) / np.float32(spread)
        return given

    def _texts(self, chunks: Sequence[int]) -> list[str]:
        """What chunks say, under the path of their file; the path alone where the file has changed since."""
        sources: dict[str, bytes] = {}
        texts = []
        for chunk in chunks:
            path = self.index.catalogue.paths[int(self.file_of[chunk])]
            if path not in sources:
                source = self.index.source(path)
                sources[path] = source.content if source is not None else b""
            _, (start, end, *_) = self._row(chunk)
            texts.append(f"{path}\n{sources[path][start:end].decode('utf-8', 'replace')}")
        return texts

    def _meant(self, facts: Facts, owner: int, start: int, end: int) -> int:
        """The symbol that a chunk is shown as: its owner, or the one function in it that the question is more about."""
        if facts.is_function(owner):
            return owner
        best, most = owner, self._n_named(facts, owner)
        for number in range(owner + 1, facts.n_symbols):
            first, last = facts.symbols[number * SYMBOL_WIDTH + 6 : number * SYMBOL_WIDTH + 8]
            if first >= end:
                break
            if first >= start and last <= end and facts.is_function(number):
                n = self._n_named(facts, number)
                if n > most:
                    best, most = number, n
        return best

    def _n_named(self, facts: Facts, number: int) -> int:
        """How many terms of the question stand in a symbol's name, signature and documentation."""
        at = number * SYMBOL_WIDTH
        text = " ".join(facts.strings[facts.symbols[at + column]] for column in (1, 3, 4))
        return len(self.question.terms.keys() & count(text).keys())

    def lines(self, chunk: int) -> tuple[str, int, int]:
        """Path, first and last line of a chunk."""
        _, (_, _, first, last, *_) = self._row(chunk)
        return self.index.catalogue.paths[int(self.file_of[chunk])], first, last

    def _hit(self, chunk: int, score: float, parts: dict[str, float]) -> Hit:
        path = self.index.catalogue.paths[int(self.file_of[chunk])]
        facts, (start, end, first, last, owner, _) = self._row(chunk)
        span = Span(path, start, end, first, last)
        symbol = facts.symbol(self._meant(facts, owner, start, end), path) if owner >= 0 else None
        if symbol is not None and span.holds(symbol.span):
            span = symbol.span
        return Hit(span, score, symbol, {name: value for name, value in parts.items() if value})


def _rarity(n_holding: float, n: int) -> float:
    """What a term says that `n_holding` of `n` hold: BM25's inverse document frequency, never negative."""
    return float(np.log1p(max(0.0, n - n_holding + 0.5) / (n_holding + 0.5)))


def _relative(scores: Scores) -> Scores:
    """Scores against the best one."""
    best = float(scores.max())
    return scores / np.float32(best) if best else scores


def _positive(score: float) -> float:
    """A score in the same order that is never negative."""
    return float(np.logaddexp(0.0, score))
