"""What is to be explained -> the question about it, and the places that come first among its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repoagent_indexers.errors import UsageError
from repoagent_indexers.git_environment import shown
from repoagent_indexers.index import Index
from repoagent_indexers.resolve.named import candidates
from repoagent_indexers.retrieve import search
from repoagent_indexers.source import Hit, SourceFile, Span, Symbol

MAX_NAMED = 3
"""Definitions of one name, or places of one file, that come first."""
AROUND = 10
"""Lines before and behind one that belongs to no definition."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be explained."""

    question: str
    hits: tuple[Hit, ...]
    """The thing itself."""


def subject(index: Index, what: str) -> Subject:
    """What a path, a name or `path:line` stands for. Raises UsageError for none of them, and for a line too far."""
    if not what.strip():
        raise UsageError("nothing is named to explain; give a file, a symbol or path:line")
    if index.position(what) is not None:
        question = f"What is {what} for, and how does it work?"
        return Subject(question, tuple(search(index, question, MAX_NAMED, (what,))))
    path, _, line = what.rpartition(":")
    source = index.source(path) if line.isdigit() and index.position(path) is not None else None
    if source is not None:
        return _at_line(index, source, int(line))
    try:
        found = candidates(index, what)
    except UsageError:
        raise UsageError(
            f"{shown(what)}: no file, symbol or path:line of this repository; `repoagent symbols` lists them"
        ) from None
    symbols = [index.parsed(one.path).symbols[one.number] for one in found if one.number >= 0]
    if not symbols:  # an attribute that only methods set
        source = index.source(found[0].path)
        assert source is not None
        return _at_line(index, source, found[0].line)
    return Subject(_about(symbols[0]), tuple(_hit(symbol.span, symbol) for symbol in symbols[:MAX_NAMED]))


def leading(first: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
    """Hits with some put before the others, which lose what they repeat."""
    score = max((hit.score for hit in others), default=0.0)
    head = [Hit(hit.span, max(score, hit.score), hit.symbol, hit.parts) for hit in first]
    return [*head, *(hit for hit in others if not any(_holds(one.span, hit.span) for one in head))]


def _at_line(index: Index, source: SourceFile, line: int) -> Subject:
    n_lines = len(source.content.splitlines())
    if not 1 <= line <= n_lines:
        raise UsageError(f"{shown(source.path)}:{line}: there is no such line, the last is {n_lines}")
    around = [s for s in index.parsed(source.path).symbols if s.span.start_line <= line <= s.span.end_line]
    if around:
        return Subject(_about(around[-1]), (_hit(around[-1].span, around[-1]),))
    first, last = max(1, line - AROUND), min(n_lines, line + AROUND)
    lines = source.content.splitlines(keepends=True)
    start = sum(map(len, lines[: first - 1]))
    span = Span(source.path, start, start + sum(map(len, lines[first - 1 : last])), first, last)
    return Subject(f"What does the code at line {line} of {source.path} do?", (_hit(span, None),))


def _about(symbol: Symbol) -> str:
    return f"What is `{symbol.qualified_name}` in {symbol.span.path} for, and how does it work?"


def _hit(span: Span, symbol: Symbol | None) -> Hit:
    return Hit(span, 0.0, symbol, {"named": 1.0})


def _holds(outer: Span, inner: Span) -> bool:
    return outer.path == inner.path and outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte
