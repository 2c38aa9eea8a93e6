"""Question -> Brief: the places that hold the answer, when no model is there to write it. Not an imitation of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from repoagent_agents.by_name import callers, definitions_for
from repoagent_agents.explain import leading
from repoagent_agents.outline import is_outlined
from repoagent_indexers.commits import Logged, described
from repoagent_indexers.facts import Facts
from repoagent_indexers.index import Index
from repoagent_indexers.question import understand
from repoagent_indexers.retrieve import MAX_TERMS, search
from repoagent_indexers.source import Hit, Symbol
from repoagent_indexers.terms import WORD, split

MAX_LINES = 4
MAX_RELATED = 4
MAX_COMMITS = 3
_CALLED = frozenset(("function", "method", "constructor"))
_MAX_USERS = 25
"""Files that use a name: one that more use is common to every program (`as_ref`, `New`), and says nothing here."""
SPEAKS_OF = 0.8
"""From which score a past commit's message is shown: it holds most of what the question asks for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file."""

    number: int
    """1-based."""
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place that holds part of the answer."""

    hit: Hit
    signature: str
    doc: str
    """First paragraph of its documentation, on one line."""
    lines: tuple[Line, ...]
    """The lines that match the question best, in their order."""
    callers: tuple[Symbol, ...]
    """Definitions that use its name."""
    calls: tuple[Symbol, ...]
    """Definitions of the repository that it uses."""


@dataclass(frozen=True, slots=True)
class Brief:
    """The places, best first."""

    question: str
    places: tuple[Place, ...]
    commits: tuple[Logged, ...]
    """Past commits whose messages speak of what is asked, best first."""


def brief(index: Index, question: str, limit: int = 6, roots: Sequence[str] = (), first: Sequence[Hit] = ()) -> Brief:
    """The best `limit` places for a question, `first` before the others, with what a developer would look up next."""
    asked = understand(question)
    hits = leading(first, search(index, question, limit, roots))[:limit]
    places = [_place(index, hit, asked.terms) for hit in hits]
    return Brief(question, tuple(place for place in places if place), _commits(index, asked.terms))


def _commits(index: Index, terms: dict[str, float]) -> tuple[Logged, ...]:
    scores = index.past_words.match(terms, MAX_TERMS)
    best = np.argsort(-scores, kind="stable")[:MAX_COMMITS]
    ids = [index.history.ids[number] for number in best.tolist() if scores[number] >= SPEAKS_OF]
    return tuple(described(index.repository, ids))


def _place(index: Index, hit: Hit, terms: dict[str, float]) -> Place | None:
    source = index.source(hit.span.path)
    position = index.position(hit.span.path)
    facts = index.facts(position) if position is not None else None
    if source is None or facts is None or position is None:
        return None
    start = source.content.rfind(b"\n", 0, hit.span.start_byte) + 1
    text = source.content[start : hit.span.end_byte].decode("utf-8", "replace")
    symbol = hit.symbol
    return Place(
        hit,
        signature=symbol.signature if symbol else "",
        doc=" ".join(symbol.doc.split("\n\n", 1)[0].split()) if symbol else "",
        lines=_matching_lines(text, hit.span.start_line, terms, symbol),
        callers=tuple(callers(index, symbol, MAX_RELATED))
        if symbol and len(index.definitions(symbol.name)) <= 4
        else (),
        calls=tuple(_calls(index, facts, position, hit)),
    )


def _matching_lines(text: str, first: int, terms: dict[str, float], symbol: Symbol | None) -> tuple[Line, ...]:
    """The lines with most of the question's terms; the rarer a term within the text, the more it counts.

    What the signature and the documentation show already is not shown again.
    """
    lines = text.split("\n")  # as spans count them: a form feed ends none
    found = [{term for word in WORD.findall(line) for term in split(word) if term in terms} for line in lines]
    seen: dict[str, int] = {}
    for on_line in found:
        for term in on_line:
            seen[term] = seen.get(term, 0) + 1
    signature = " ".join(symbol.signature.split()) if symbol else ""
    doc = {_bare(line) for line in symbol.doc.split("\n")} if symbol else set()
    scored = sorted(
        (-sum(terms[term] / (1 + seen[term]) for term in on_line), number)
        for number, on_line in enumerate(found)
        if on_line and (bare := _bare(lines[number])) not in doc and bare not in signature
    )
    best = sorted(number for _, number in scored[:MAX_LINES])
    return tuple(Line(first + number, lines[number].strip()) for number in best)


def _bare(line: str) -> str:
    """A line without what signatures and documentation leave out: comment marks, quotes, the brace or colon behind."""
    bare = line.strip().lstrip("/*#-!;\"'% ").rstrip("{:;=*/\"' ").removesuffix(" do").removesuffix(" where")
    return " ".join(bare.split())


def _calls(index: Index, facts: Facts, position: int, hit: Hit) -> list[Symbol]:
    found: list[Symbol] = []
    for name in facts.names_used(hit.span.start_byte, hit.span.end_byte):
        places = definitions_for(index, facts.language, name)
        same_file = [place for place in places if place[0] == position]
        if len(places) > 3 and not same_file:
            continue
        for place, number in (same_file or places)[:1]:
            other = index.facts(place)
            if other is None or other.symbol_name(number) != name or not is_outlined(other, number):
                continue
            symbol = other.symbol(number, index.catalogue.paths[place])
            if not same_file and symbol.kind in _CALLED and len(index.users(name)) > _MAX_USERS:
                continue
            if symbol.span != hit.span:
                found.append(symbol)
        if len(found) >= MAX_RELATED:
            break
    return found
