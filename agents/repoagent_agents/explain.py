"""What is to be explained -> the question about it, and the places that come first among its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from repoagent_agents.packing.outline import is_outlined
from repoagent_indexers.errors import UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.importance import importance
from repoagent_indexers.resolve.named import advice, candidates
from repoagent_indexers.source import Hit, SourceFile, Span, Symbol
from repoagent_indexers.words.path_words import below

MAX_NAMED = 3
"""Definitions of one name that come first."""
MAX_OF_FILE = 5
"""Definitions of one file, or files of a folder, that come first."""
AROUND = 10
"""Lines before and behind one that belongs to no definition."""
_COMMENT = re.compile(rb"\s*(//|#(?!\w)|--|/\*|\*|;|%|\{-)")
_NAMESPACES = frozenset({"namespace", "module", "package"})
_ABOUT_FILE = re.compile(rb'(?:\s|#[^\n]*\n)*([rRuU]?"""(?s:.*?)"""|(?:[ \t]*//![^\n]*\n?)+)')
_README = re.compile(r"readme(\.\w+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be explained."""

    question: str
    hits: tuple[Hit, ...]
    """The thing itself."""
    roots: tuple[str, ...] = ()
    """Where else to look: nowhere but in a folder that is explained; everywhere when there are none."""


def subject(index: Index, what: str) -> Subject:
    """What a path, a name or `path:line` stands for. Raises UsageError for none of them, and for a line too far."""
    if not what.strip():
        raise UsageError("nothing is named to explain; give a file, a folder, a symbol or path:line")
    if (position := index.position(what)) is not None:
        if index.source(what) is None:
            why = index.catalogue.notes[position] or "it holds no text"
            raise UsageError(f"{shown(what)}: it was not read: {why}; name another file, a symbol or path:line")
        question = f"What is {what} for, and how does it work?"
        return Subject(question, _of_file(index, what, MAX_OF_FILE))
    if what == "." or any(path.startswith(f"{what}/") for path in index.catalogue.paths):
        question = f"What is {'this repository' if what == '.' else what} for, and how does it work?"
        guide = [_beginning(index, path) for path in _guides(index, what)]
        roots = () if what == "." else (what,)
        return Subject(question, (*guide, *_of_folder(index, what, MAX_OF_FILE)), roots)
    path, _, line = what.rpartition(":")
    source = index.source(path) if line.isdigit() and index.position(path) is not None else None
    if source is not None:
        return _at_line(index, source, int(line))
    try:
        found = candidates(index, what)  # source before tests
    except UsageError:
        raise UsageError(
            f"{shown(what)}: no file, folder, symbol or path:line of this repository; {advice(index, what)}"
        ) from None
    symbols = [index.parsed(one.path).symbols[one.number] for one in found if one.number >= 0]
    if not symbols:  # an attribute that only methods set
        source = index.source(found[0].path)
        assert source is not None
        return _at_line(index, source, found[0].line)
    return Subject(_about(symbols[0]), tuple(_hit(symbol.span, symbol) for symbol in symbols[:MAX_NAMED]))


def _of_file(index: Index, path: str, limit: int) -> tuple[Hit, ...]:
    """What a file says of itself, then the definitions that make up most of it and that others use most."""
    symbols = _chief(index, path)[:limit]
    says = _says_of_itself(index, path)
    if not symbols:
        return (_beginning(index, path),)
    return (*([says] if says else ()), *(_hit(symbol.span, symbol) for symbol in symbols))


def _of_folder(index: Index, folder: str, limit: int) -> Iterator[Hit]:
    """The first definition of each of the files below a folder on which most leans."""
    inside = below(index.catalogue.paths, () if folder == "." else (folder,))
    shares = np.where(inside, importance(index), -1.0)
    for position in np.argsort(-shares, kind="stable")[:limit].tolist():
        if shares[position] >= 0 and index.source(index.catalogue.paths[position]) is not None:
            yield from _of_file(index, index.catalogue.paths[position], 1)[-1:]


def _chief(index: Index, path: str) -> list[Symbol]:
    """The definitions of a file, the longest and most used first; what others share the name of counts less."""
    facts = index.facts_of(path)
    symbols = index.parsed(path).symbols

    def worth(symbol: Symbol) -> float:
        n_lines = symbol.span.end_line - symbol.span.start_line + 1
        used = index.n_users(symbol.name) / max(1, index.n_definitions(symbol.name))
        return float(n_lines * (1 + used) * (0.5 if symbol.name.startswith("_") else 1.0))

    own = [symbol for number, symbol in enumerate(symbols) if facts is not None and is_outlined(facts, number)]
    return sorted((symbol for symbol in own if symbol.kind not in _NAMESPACES), key=worth, reverse=True)


def _says_of_itself(index: Index, path: str) -> Hit | None:
    """The text about the whole file that some languages let it begin with."""
    source = index.source(path)
    found = _ABOUT_FILE.match(source.content) if source is not None else None
    if source is None or found is None:
        return None
    first = source.content.count(b"\n", 0, found.start(1)) + 1
    return _hit(_lines(source, first, source.content.count(b"\n", 0, found.end(1)) + 1), None)


def _guides(index: Index, folder: str) -> list[str]:
    """The README of a folder, if it has one."""
    inside = "" if folder == "." else f"{folder}/"
    paths = index.catalogue.paths
    return [path for path in paths if path.startswith(inside) and _README.fullmatch(path, len(inside))][:1]


def _beginning(index: Index, path: str) -> Hit:
    """The first lines of a file, which say best what a text is about."""
    source = index.source(path)
    assert source is not None
    n_lines = len(source.content.splitlines())
    return _hit(_lines(source, 1, max(1, n_lines if n_lines <= 4 * AROUND else 2 * AROUND)), None)


def leading(first: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
    """Hits with some put before the others, which lose what they repeat."""
    score = max((hit.score for hit in others), default=0.0)
    head = [Hit(hit.span, max(score, hit.score), hit.symbol, hit.parts) for hit in first]
    return [*head, *(hit for hit in others if not any(_repeats(one, hit) for one in head))]


def _at_line(index: Index, source: SourceFile, line: int) -> Subject:
    n_lines = len(source.content.splitlines())
    if not 1 <= line <= n_lines:
        raise UsageError(f"{shown(source.path)}:{line}: there is no such line, the last is {n_lines}")
    symbols = index.parsed(source.path).symbols
    around = [s for s in symbols if s.span.start_line <= line <= s.span.end_line]
    around += [s for s in symbols if line < s.span.start_line and _is_comment_of(source, line, s)][:1]
    if around:
        return Subject(_about(around[-1]), (_hit(around[-1].span, around[-1]),))
    first, last = max(1, line - AROUND), min(n_lines, line + AROUND)
    return Subject(
        f"What does the code at line {line} of {source.path} do?", (_hit(_lines(source, first, last), None),)
    )


def _is_comment_of(source: SourceFile, line: int, symbol: Symbol) -> bool:
    """Whether all from a line to a definition behind it is a comment."""
    lines = source.content.splitlines()[line - 1 : symbol.span.start_line - 1]
    return bool(symbol.doc) and all(map(_COMMENT.match, lines))


def _lines(source: SourceFile, first: int, last: int) -> Span:
    lines = source.content.splitlines(keepends=True)
    start = sum(map(len, lines[: first - 1]))
    return Span(source.path, start, start + sum(map(len, lines[first - 1 : last])), first, last)


def _about(symbol: Symbol) -> str:
    return f"What is `{symbol.qualified_name}` in {symbol.span.path} for, and how does it work?"


def _hit(span: Span, symbol: Symbol | None) -> Hit:
    return Hit(span, 0.0, symbol, {"named": 1.0})


def _repeats(shown: Hit, other: Hit) -> bool:
    """Whether a hit is in one that is shown, or is the head of the same definition, perhaps with its comment."""
    is_head = shown.symbol is not None and other.symbol is not None and shown.symbol.span == other.symbol.span
    return shown.span.holds(other.span) or (is_head and shown.span.path == other.span.path)
