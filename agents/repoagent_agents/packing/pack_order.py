"""Hits -> definitions of their files, in the order in which they are worth the tokens that they take.

A log-linear model of a few features. The odds that a definition is wanted fall with the rank of its hit, with how far
the hit's score is behind the best one, and with the rank of its file; a definition of a large file is less likely the
one, and a long one costs more. To the odds of its own rank come small ones that the best hits lend: to what they use,
to what uses them, to what stands beside them. They decide where a rank says little, that is, in large windows.

For reports `training/pack_order.py` fits the weights: the loss is the logarithm of the tokens that stand in front of
the last definition that had to change, so that a window of any size gains.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.reading.facts import CHUNK_WIDTH, Facts
from repoagent_indexers.source import Hit, Span


class Worth(NamedTuple):
    """What each feature of a definition adds to the logarithm of what its tokens are worth, beside that of its odds."""

    file_rank: float
    """For the logarithm of its file's rank, 1 for the best."""
    size: float
    """For the logarithms of its bytes and of its file's."""
    file_size: float
    function: float
    """For being a function rather than what stands around functions."""
    behind: float
    """For each point of score that its hit is behind the best."""

    def of(self, features: Features) -> float:
        """The sum by which definitions are ordered."""
        odds, file_rank, size, file_size, function, behind = features
        of_file = self.file_rank * file_rank + self.file_size * file_size
        return odds + of_file + self.size * size + self.function * function + self.behind * behind


Features = tuple[float, float, float, float, float, float]
"""The logarithm of the odds, then a number for each field of `Worth`, in their order."""

QUESTION = Worth(file_rank=-0.2, size=-0.3, file_size=-0.3, function=0.693, behind=0.0)
"""For questions of one line; chosen by hand."""
REPORT = Worth(file_rank=-0.31, size=-0.35, file_size=-0.75, function=1.39, behind=-0.14)
"""For reports, of which code must change."""
_FAR = 8.0
"""Points of score: what is further behind is no less likely."""
_LINKED, _N_LINKING = 0.03, 20
"""The part of its own odds that a hit lends to what it uses and to what uses it, and how many best hits do."""
_BESIDE_IT, _REACH, _N_BESIDE = 0.01, 60, 10
"""The odds of what stands where one of so many best hits does, and after how many lines a third of them is left."""
_MAX_DEFINERS = 5
"""A name that is defined more often says nothing about which is meant."""
_OVERHEAD = 60
"""Bytes that a definition costs beside its own. Less than that between two functions is no evidence of anything."""
_BESIDE = 3
"""By how much the rank of a part that no hit is in stands behind the best of its definition."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Lines of a file that are shown together: a function, or what stands between functions."""

    path: str
    first: int
    """1-based line."""
    last: int
    size: int
    """Bytes."""
    rank: int
    """That of the best hit in it, 0 for the best of all; behind all for none."""
    hit: Hit | None
    """The best hit in it."""
    whole: tuple[int, int]
    """First and last line of the definition of which it is a part; its own when it is whole."""


def by_worth(index: Index, hits: Sequence[Hit], largest: int, worth: Worth = QUESTION) -> list[Unit]:
    """What the hits' files consist of, best value first. A definition of more than `largest` bytes comes in parts."""
    found = [(-worth.of(features), place, unit) for place, (unit, features) in enumerate(units(index, hits, largest))]
    return [unit for _, _, unit in sorted(found)]


def units(index: Index, hits: Sequence[Hit], largest: int) -> Iterator[tuple[Unit, Features]]:
    """The same, file by file, with what tells how much each is worth."""
    ranks: dict[str, list[int]] = {}
    for rank, hit in enumerate(hits):
        ranks.setdefault(hit.span.path, []).append(rank)
    lent = _Lent(index, hits[:_N_LINKING])
    behind = [min(max(hits[0].score - hit.score, 0.0), _FAR) for hit in hits]
    behind.append(max(behind, default=0.0))  # of what no hit is in
    for file_rank, (path, own) in enumerate(ranks.items()):
        facts = index.facts_of(path)
        if facts is None or not facts.chunks:
            continue
        size = facts.chunks[-CHUNK_WIDTH + 1]
        far, large = log(1 + file_rank), log(size + _OVERHEAD)
        for unit, function in _units(facts, path, hits, own, largest):
            if unit.size < _OVERHEAD < size and not function:
                continue
            odds = 1 / (1 + unit.rank) + lent.beside(unit) + (lent.linked(unit.hit, facts) if unit.hit else 0.0)
            yield unit, (log(odds), far, log(unit.size + _OVERHEAD), large, float(function), behind[unit.rank])


class _Lent:
    """The odds that the best hits lend to definitions around them."""

    def __init__(self, index: Index, best: Sequence[Hit]) -> None:
        self.users: dict[str, dict[Span, float]] = {}
        """Name -> the hits that use it, best first, each with its own odds."""
        self.definers: dict[str, dict[Span, float]] = {}
        self.places: dict[str, list[int]] = {}
        """Path -> lines where the very best hits begin."""
        for rank, hit in enumerate(best):
            if rank < _N_BESIDE:
                self.places.setdefault(hit.span.path, []).append(hit.span.start_line)
            facts = index.facts_of(hit.span.path)
            if facts is None:
                continue
            if hit.symbol is not None:
                self.definers.setdefault(hit.symbol.name, {}).setdefault(hit.span, 1 / (1 + rank))
            for name in facts.names_used(hit.span.start_byte, hit.span.end_byte):
                self.users.setdefault(name, {}).setdefault(hit.span, 1 / (1 + rank))
        for names in (self.users, self.definers):
            for name in [name for name in names if not 0 < len(index.definitions(name)) <= _MAX_DEFINERS]:
                del names[name]

    def linked(self, hit: Hit, facts: Facts) -> float:
        """What a hit is lent by the best one that uses it and by the best one that it uses, itself not counted."""

        def most(lenders: dict[Span, float]) -> float:
            return next((odds for span, odds in lenders.items() if span != hit.span), 0.0)

        by_user = most(self.users.get(hit.symbol.name, {})) if hit.symbol is not None else 0.0
        used = facts.names_used(hit.span.start_byte, hit.span.end_byte)
        by_used = max((most(self.definers[name]) for name in used if name in self.definers), default=0.0)
        return _LINKED * (by_user + by_used)

    def beside(self, unit: Unit) -> float:
        """What a unit is lent by the nearest of the very best in its file, those in itself not counted."""
        others = [line for line in self.places.get(unit.path, ()) if not unit.first <= line <= unit.last]
        return _BESIDE_IT * exp(-min(abs(line - unit.first) for line in others) / _REACH) if others else 0.0


def _units(
    facts: Facts, path: str, hits: Sequence[Hit], ranks: Sequence[int], largest: int
) -> Iterator[tuple[Unit, bool]]:
    """The units of a file in order, each with whether it is a function; `ranks` are those of the hits in it."""
    rows = facts.chunks
    starts, ends = rows[0::CHUNK_WIDTH], rows[1::CHUNK_WIDTH]
    firsts, lasts, owners = rows[2::CHUNK_WIDTH], rows[3::CHUNK_WIDTH], rows[4::CHUNK_WIDTH]
    best: dict[int, int] = {}
    for rank in ranks:
        best.setdefault(max(0, bisect_right(firsts, hits[rank].span.start_line) - 1), rank)
    at = 0
    while at < len(firsts):
        owner, behind = owners[at], at + 1
        function = owner >= 0 and facts.is_function(owner)
        while function and behind < len(firsts) and owners[behind] == owner:
            behind += 1
        whole = firsts[at], lasts[behind - 1]
        inside = [best[chunk] for chunk in range(at, behind) if chunk in best]
        rank = min(inside, default=len(hits))
        if ends[behind - 1] - starts[at] <= largest:
            hit = hits[rank] if inside else None
            yield Unit(path, *whole, ends[behind - 1] - starts[at], rank, hit, whole), function
        else:
            for chunk in range(at, behind):
                hit = hits[best[chunk]] if chunk in best else None
                # the head of a definition is worth as much as the best of what is in it
                own = rank if chunk == at else best.get(chunk, min(len(hits), _BESIDE * (1 + rank)))
                size = ends[chunk] - starts[chunk]
                yield Unit(path, firsts[chunk], lasts[chunk], size, own, hit, whole), function
        at = behind
