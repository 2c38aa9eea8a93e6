"""An outline of the repository within a budget: the files that matter most, each with its most used symbols."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

import numpy as np

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.ranking.importance import importance
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.words.path_words import below

Count = Callable[[str], int]
"""Tokens of a text."""

_SHOWN = {
    SYMBOL_KINDS.index(kind)
    for kind in (
        "function", "method", "constructor", "class", "struct", "interface", "trait", "enum", "type", "macro", "object",
        "protocol", "record", "union", "module", "namespace", "extension", "instance", "constant", "delegate",
    )
}  # fmt: skip
_CONTAINERS = {
    SYMBOL_KINDS.index(kind)
    for kind in ("class", "struct", "interface", "trait", "enum", "object", "protocol", "record", "union", "module",
                 "namespace", "extension", "instance")
}  # fmt: skip
_CODE = frozenset(name for name, language in LANGUAGES.items() if language.is_code)


@dataclass(frozen=True, slots=True)
class OutlinedSymbol:
    """One line of an outline."""

    line: int
    """1-based line where the definition begins."""
    depth: int
    """How many shown symbols stand around it."""
    kind: str
    name: str
    signature: str
    n_users: int
    """Files that use its name."""


@dataclass(frozen=True, slots=True)
class OutlinedFile:
    """One file of an outline."""

    path: str
    importance: float
    """Its share of the repository; all shares sum to 1."""
    symbols: tuple[OutlinedSymbol, ...]
    """In order of their lines."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Files, most important first, and the text that shows them."""

    files: tuple[OutlinedFile, ...]
    tokens: int
    budget: int
    text: str
    n_left_out: int
    """Files of code for which no room was left, of those that the index has read."""


def outline(
    index: Index, budget: int, count: Count, *, roots: Sequence[str] = (), without: Container[str] = ()
) -> Outline:
    """The outline that fits into `budget` tokens; `without` leaves out paths that are shown elsewhere.

    The more room, the more symbols a file may show: the most important files get a line for each of their symbols that
    other files use, the others their first few.
    """
    rank = importance(index)
    order = np.argsort(-rank, kind="stable").tolist()
    asked, languages = below(index.catalogue.paths, roots), index.catalogue.languages
    files: list[OutlinedFile] = []
    parts: list[str] = []
    used = n_left_out = 0
    for position in order:
        path = index.catalogue.paths[position]
        if path in without or not asked[position]:
            continue
        if used >= budget:
            n_left_out += languages[position] in _CODE
            continue
        facts = index.facts(position)
        if facts is None or not facts.symbols:
            continue
        shown = _symbols(index, facts, max(4, min(40, int(budget * float(rank[position]) / 12))))
        while shown:
            text = _text(path, shown)
            tokens = count(text)
            if used + tokens <= budget:
                files.append(OutlinedFile(path, float(rank[position]), tuple(shown)))
                parts.append(text)
                used += tokens
                break
            shown = shown[: len(shown) // 2]
        else:
            n_left_out += 1
            if budget - used < 40:
                used = budget
    joined = "".join(parts)
    while joined and (tokens := count(joined)) > budget:
        parts.pop()
        files.pop()
        n_left_out += 1
        joined = "".join(parts)
    return Outline(tuple(files), count(joined) if joined else 0, budget, joined, n_left_out)


def _symbols(index: Index, facts: Facts, limit: int) -> list[OutlinedSymbol]:
    """The symbols of a file that others use most, at most `limit`, in order of their lines, with what encloses them.

    Uses of a name are shared among those that bear it: many use a `to_s`, and hardly any of them this one.
    """
    symbols, names = facts.symbols, facts.strings
    counted: list[tuple[float, int]] = []
    users: dict[int, int] = {}
    for number in range(facts.n_symbols):
        at = number * SYMBOL_WIDTH
        if not is_outlined(facts, number):
            continue
        name = names[symbols[at + 1]]
        users[number] = index.n_users(name)
        used = (users[number] + (0 if name.startswith("_") else 1)) / max(1, index.n_definitions(name))
        counted.append((-used * (2 if symbols[at + 5] < 0 else 1), number))
    chosen: set[int] = set()
    for _, best in sorted(counted)[:limit]:
        number = best
        while number >= 0:
            chosen.add(number)
            number = symbols[number * SYMBOL_WIDTH + 5]
    lines: list[OutlinedSymbol] = []
    for number in sorted(chosen):
        at = number * SYMBOL_WIDTH
        depth, parent = 0, symbols[at + 5]
        while parent >= 0:
            depth, parent = depth + 1, symbols[parent * SYMBOL_WIDTH + 5]
        lines.append(
            OutlinedSymbol(
                symbols[at + 8], depth, SYMBOL_KINDS[symbols[at]], facts.qualified_name(number),
                names[symbols[at + 3]], users.get(number, 0),
            )
        )  # fmt: skip
    return lines


def is_outlined(facts: Facts, number: int) -> bool:
    """Whether a symbol may stand in an outline: no field or variable, nothing local to a function."""
    if facts.symbols[number * SYMBOL_WIDTH] not in _SHOWN:
        return False
    parent = facts.symbols[number * SYMBOL_WIDTH + 5]
    while parent >= 0:
        if facts.symbols[parent * SYMBOL_WIDTH] not in _CONTAINERS:
            return False
        parent = facts.symbols[parent * SYMBOL_WIDTH + 5]
    return True


def _text(path: str, symbols: Sequence[OutlinedSymbol]) -> str:
    lines = [f"{path}\n"]
    lines += [f"{'  ' * symbol.depth}{symbol.line}: {_short(symbol.signature)}\n" for symbol in symbols]
    return "".join(lines)


def _short(signature: str) -> str:
    return signature if len(signature) <= 110 else signature[:107] + "..."
