"""Index + question -> hits, best first: words, vectors, names, paths, references and past commits, fused.

`signals.py` says what speaks for each chunk, `weights.py` what each of that counts. Tests, documentation and generated
files step back unless the question names them; so do further hits of one file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.copies import Copies
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.signals import MAX_DEFINITIONS, Scene, Scores, Signals, best_places
from repoagent_indexers.ranking.weights import QUESTION, REPORT, Weights
from repoagent_indexers.reading.facts import SYMBOL_WIDTH, Facts
from repoagent_indexers.source import Hit, Span
from repoagent_indexers.words.terms import count

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
    if not (scene.question.terms or scene.question.identifiers) or not scene.sight.allowed.any():
        return []
    weights = REPORT if scene.question.is_report else QUESTION
    return _hits(scene, limit, weights if spread else replace(weights, again=0.0))


def _hits(scene: Scene, limit: int, weights: Weights) -> list[Hit]:
    """The fused ranking, of each place and each text once, and further hits of one file held back."""

    def total(signals: Signals) -> Scores:
        return sum(signals.shares(weights).values(), start=np.zeros(len(signals.chunks), np.float32))

    signals = scene.signals(total)
    shares = signals.shares(weights)
    scores = total(signals)
    for name, lift in ("reranker", _reranked), ("declared", _declared):
        shares[name] = lift(scene, signals, scores)
        scores = scores + shares[name]
    order = _best(signals, scores, max(N_CANDIDATES, 50 + 6 * limit))
    own = scores[order].tolist()
    waiting = [(-score, rank) for rank, score in enumerate(own)]
    found: list[Hit] = []
    ranks: list[int] = []
    spans: dict[int, list[Span]] = {}
    """Position of a file -> where its hits are."""
    copies = Copies(scene.index)
    while waiting and len(found) < limit:
        score, rank = heappop(waiting)
        others = spans.setdefault(int(signals.files[order[rank]]), [])
        held_back = -own[rank] + weights.again * len(others)
        if held_back > score:
            heappush(waiting, (held_back, rank))
            continue
        hit = _hit(scene, int(signals.chunks[order[rank]]), _positive(-score))
        if not any(other.holds(hit.span) for other in others):
            others.append(hit.span)
            if not copies.has(hit, found):
                found.append(hit)
                ranks.append(rank)
    parts = _parts(shares, order[ranks])
    whole = (replace(hit, span=_whole(scene, hit), parts=of) for hit, of in zip(found, parts, strict=True))
    return [copies.with_whole_files(hit) for hit in whole]


def _best(signals: Signals, scores: Scores, n: int) -> NDArray[np.int64]:
    """Places of the `n` best chunks among those that compete; ties in the order of paths and lines."""
    return best_places(scores, n, signals.files, signals.chunks)


def _parts(shares: dict[str, Scores], places: NDArray[np.int64]) -> list[dict[str, float]]:
    """What each of some chunks is explained by; a signal that gives nothing is left out."""
    given = {
        part: np.stack([shares[name][places] for name in names]).sum(axis=0, dtype=np.float64).tolist()
        for part, names in _PARTS.items()
    }
    return [{part: values[at] for part, values in given.items() if values[at]} for at in range(len(places))]


# -- what a first ranking is put right by ----------------------------------------------------------------------------


def _reranked(scene: Scene, signals: Signals, scores: Scores) -> Scores:
    """What the reranker, if any, gives to the best candidates; 0 to the least of them and to the others."""
    given = np.zeros(len(scores), np.float32)
    if scene.index.reranker is None or len(scores) < 2:
        return given
    best = _best(signals, scores, N_RERANKED)
    said = scene.index.reranker.scores(scene.question.text, _texts(scene, signals.chunks[best].tolist()))
    spread = float(said.std())
    if spread > 0:
        given[best] = np.float32(RERANKED) * (said - said.min()) / np.float32(spread)
    return given


def _texts(scene: Scene, chunks: Sequence[int]) -> list[str]:
    """What chunks say, under the path of their file; the path alone where the file has changed since."""
    sources: dict[str, bytes] = {}
    texts = []
    for chunk in chunks:
        path = scene.sight.path(chunk)
        if path not in sources:
            source = scene.index.source(path)
            sources[path] = source.content if source is not None else b""
        _, (start, end, *_) = scene.sight.row(chunk)
        texts.append(f"{path}\n{sources[path][start:end].decode('utf-8', 'replace')}")
    return texts


def _declared(scene: Scene, signals: Signals, scores: Scores) -> Scores:
    """What lifts a function in front of its declaration in a header: that bears the comment, it has the code."""
    lifts = np.zeros(len(scores), np.float32)
    best = _best(signals, scores, N_DEFINED).tolist()
    places = {int(signals.chunks[place]): place for place in best}
    for declaration in best[:N_DECLARED]:
        chunks = _definitions_of(scene, int(signals.chunks[declaration]))
        definitions = [places[chunk] for chunk in chunks if chunk in places]
        if definitions:
            first = max(definitions, key=scores.__getitem__)
            behind = scores[declaration] - scores[first]
            if behind >= 0:
                lifts[first] = max(lifts[first], behind + IN_FRONT)
    return lifts


def _definitions_of(scene: Scene, chunk: int) -> list[int]:
    """The chunks with the function that a chunk of a header declares; none for any other chunk."""
    sight, paths = scene.sight, scene.index.catalogue.paths
    if not sight.path(chunk).endswith(_DECLARING):
        return []
    facts, (*_, owner, _) = sight.row(chunk)
    if owner < 0 or not facts.is_function(owner):
        return []
    found, name = [], facts.qualified_name(owner)
    for position, symbol in scene.index.definitions(facts.symbol_name(owner))[:MAX_DEFINITIONS]:
        if not paths[position].endswith(_DECLARING):
            other, first = sight.defining(position, symbol)
            if other is not None and other.is_function(symbol) and other.qualified_name(symbol) == name:
                found.append(first)
    return found


# -- what a chunk is shown as ----------------------------------------------------------------------------------------


def _hit(scene: Scene, chunk: int, score: float) -> Hit:
    """The symbol that a chunk is about, where the chunk holds it whole; else the chunk."""
    path = scene.sight.path(chunk)
    facts, (start, end, first, last, owner, _) = scene.sight.row(chunk)
    span = Span(path, start, end, first, last)
    symbol = facts.symbol(_meant(scene, facts, owner, start, end), path) if owner >= 0 else None
    if symbol is not None and span.holds(symbol.span):
        span = symbol.span
    return Hit(span, score, symbol, {})


def _meant(scene: Scene, facts: Facts, owner: int, start: int, end: int) -> int:
    """The symbol that a chunk is shown as: its owner, or the one function in it that the question is more about."""
    if facts.is_function(owner):
        return owner
    best, most = owner, _n_named(scene, facts, owner)
    for number in range(owner + 1, facts.n_symbols):
        first, last = facts.symbols[number * SYMBOL_WIDTH + 6 : number * SYMBOL_WIDTH + 8]
        if first >= end:
            break
        if first >= start and last <= end and facts.is_function(number):
            n = _n_named(scene, facts, number)
            if n > most:
                best, most = number, n
    return best


def _n_named(scene: Scene, facts: Facts, number: int) -> int:
    """How many terms of the question stand in a symbol's name, signature and documentation."""
    at = number * SYMBOL_WIDTH
    text = " ".join(facts.strings[facts.symbols[at + column]] for column in (1, 3, 4))
    return len(scene.question.terms.keys() & count(text).keys())


def _whole(scene: Scene, hit: Hit) -> Span:
    """For a lone name the whole class that bears it, not only the lines in front of its first member."""
    symbol, span = hit.symbol, hit.span
    if not scene.question.is_name or symbol is None or symbol.name not in scene.question.identifiers:
        return span
    if symbol.span.start_byte < span.start_byte or symbol.span.end_byte <= span.end_byte:
        return span
    return replace(span, end_byte=symbol.span.end_byte, end_line=symbol.span.end_line)


def _positive(score: float) -> float:
    """A score in the same order that is never negative."""
    return float(np.logaddexp(0.0, score))
