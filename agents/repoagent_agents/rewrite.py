"""Places + instruction -> edits: the model rewrites each place as told, one request a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repoagent_agents.debug import at
from repoagent_agents.editing.edits import Edit
from repoagent_agents.models.base import Model
from repoagent_agents.propose import propose
from repoagent_indexers.errors import UsageError
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.source import Hit, Span, Symbol

NEIGHBOURS = 8
"""Other places that a request shows beside its own."""


@dataclass(frozen=True, slots=True)
class RewritePlan:
    """What came of every place."""

    edits: tuple[Edit, ...]
    problems: tuple[str, ...]
    """One line about each place, or part of a reply, that could not be taken."""


def plan_rewrite(index: Index, model: Model, places: Sequence[Span | Symbol | str], instruction: str) -> RewritePlan:
    """Edits by which each place follows an instruction.

    A place is a span, a symbol, `path:line`, or a name that has one definition. An edit that reaches beyond the file of
    its place, or over one that an earlier place brought, is a problem. Raises UsageError for a place that is not there
    or that a name leaves open, ModelError.
    """
    edits: list[Edit] = []
    problems: list[str] = []
    for hit in [_hit(index, place) for place in places]:
        wish = f"{instruction}\nDo this in {hit.span}{_named(hit)} and change nothing else."
        near = [other for other in search(index, wish, limit=NEIGHBOURS) if other.span != hit.span]
        proposal = propose(index, model, "rewrite", wish, hits=[hit, *near])
        problems += (f"{hit.span}: {problem}" for problem in proposal.problems)
        for edit in proposal.edits:
            if edit.path != hit.span.path:
                problems.append(f"{hit.span}: the reply also edits {edit.path}; that part is left out")
            elif any(_overlap(edit, other) for other in edits):
                problems.append(
                    f"{hit.span}: the reply edits lines that another place has edited; that part is left out"
                )
            else:
                edits.append(edit)
    return RewritePlan(tuple(edits), tuple(problems))


def _named(hit: Hit) -> str:
    return f" ({hit.symbol.qualified_name})" if hit.symbol else ""


def _overlap(one: Edit, other: Edit) -> bool:
    return one.path == other.path and one.start_byte < other.end_byte and other.start_byte < one.end_byte


def _hit(index: Index, place: Span | Symbol | str) -> Hit:
    if isinstance(place, Symbol):
        return Hit(place.span, 1.0, place)
    if isinstance(place, Span):
        return Hit(place, 1.0, None)
    path, _, line = place.rpartition(":")
    if path and line.isdigit():
        hit = at(index, path, int(line))
        if hit is None:
            raise UsageError(f"{place}: there is no such line; give path:line, a symbol's name, or a span")
        return hit
    last = place.replace("::", ".").rsplit(".", 1)[-1]
    found = [
        facts.symbol(number, index.catalogue.paths[position])
        for position, number in index.definitions(last)
        if (facts := index.facts(position)) is not None
    ]
    found = [symbol for symbol in found if symbol.name == last and symbol.qualified_name.endswith(place)]
    if len(found) != 1:
        listed = ", ".join(f"{symbol.span.path}:{symbol.span.start_line}" for symbol in found[:5])
        why = f"it is defined at {listed}; name one of these" if found else "nothing here is called so"
        raise UsageError(f"{place}: {why}")
    return Hit(found[0].span, 1.0, found[0])
