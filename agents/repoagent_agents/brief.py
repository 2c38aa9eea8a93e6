"""Question -> Brief: the places that hold the answer, when no model is there to write it. Not an imitation of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from repoagent_agents.explain import leading
from repoagent_agents.related import Related, used_by, users_of
from repoagent_indexers.git.commits import Logged, described
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.ranking.word_scores import MAX_TERMS
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.source import Hit, Symbol
from repoagent_indexers.words.terms import WORD, split

_NO_DOC = re.compile(r"\s*@(?:author|copyright|licen[cs]e|since|version|category|package|link)\b")
MAX_LINES = 4
MAX_RELATED = 4
MAX_COMMITS = 3
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
    users: tuple[Related, ...]
    """Definitions that use it, some of them."""
    uses: tuple[Related, ...]
    """Definitions of the repository that it uses, the first of them."""


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
    resolution = Resolution(index, quick=True)
    places = [_place(resolution, hit, asked.terms) for hit in hits]
    return Brief(question, tuple(place for place in places if place), _commits(index, asked.terms))


def _commits(index: Index, terms: dict[str, float]) -> tuple[Logged, ...]:
    scores = index.past_words.match(terms, MAX_TERMS)
    best = np.argsort(-scores, kind="stable")[:MAX_COMMITS]
    ids = [index.history.ids[number] for number in best.tolist() if scores[number] >= SPEAKS_OF]
    return tuple(described(index.repository, ids))


def _place(resolution: Resolution, hit: Hit, terms: dict[str, float]) -> Place | None:
    source = resolution.source(hit.span.path)
    if source is None:
        return None
    start = source.content.rfind(b"\n", 0, hit.span.start_byte) + 1
    text = source.content[start : hit.span.end_byte].decode("utf-8", "replace")
    symbol = hit.symbol
    return Place(
        hit,
        signature=symbol.signature if symbol else "",
        doc=_first_paragraph(symbol.doc) if symbol else "",
        lines=_matching_lines(text, hit.span.start_line, terms, symbol),
        users=tuple(users_of(resolution, hit, MAX_RELATED)),
        uses=tuple(used_by(resolution, hit, MAX_RELATED)),
    )


def _first_paragraph(doc: str) -> str:
    """What a documentation begins with, on one line, without tags that say nothing of the code."""
    lines = [line for line in doc.split("\n") if not _NO_DOC.match(line)]
    return " ".join("\n".join(lines).strip().split("\n\n", 1)[0].split())


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
