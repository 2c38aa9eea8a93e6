"""The part of a Python file that decides what one name means in it, so that the rest need not be parsed.

What a variable means is decided by the statements that mention it and by the blocks around them: the rest can go.
Of a file in which a name stands a few times that is a tenth, and a grammar takes as much less time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from repoagent_indexers.languages.long_comments import without_long_comments
from repoagent_indexers.reading.skim import BRACKETS, Range, masked
from repoagent_indexers.resolve.syntax import mentions, tree_of_parts

if TYPE_CHECKING:
    from tree_sitter import Tree

_WORTH = 4000
"""Bytes of a file below which it is parsed as fast as it is looked at."""
_MAX_KEPT = 0.7
_GAP = 200
"""Bytes of what is left out below which it is blanked, not passed over: the parser looks at each gap at each word."""
_ODD_MARGIN = re.compile(rb"^ *[\t\f]", re.M)
_CLAUSE = re.compile(rb"(?:else|elif|except|finally)\b")
_EVERYWHERE = (b"import *", b"__all__")
"""What matters to every name of a module."""


def excerpt_tree(content: bytes, name: str) -> Tree | None:
    """The tree of what matters for a name, at its places in the whole; None where all of it has to be read."""
    parts = excerpt(without_long_comments(content), name) if len(content) > _WORTH else None
    tree = tree_of_parts("python", *parts) if parts is not None else None
    return tree if tree is not None and not tree.root_node.has_error else None


def excerpt(content: bytes, name: str) -> tuple[bytes, list[Range]] | None:
    """The content with a `0` for the body of each block that is empty now, and what is to be read of it.

    None where most has to be read, or where brackets and margins do not say what belongs together.
    """
    in_strings: list[Range] = []
    code = masked(content, 0, in_strings)
    if (b"\t" in code or b"\f" in code) and _ODD_MARGIN.search(code):
        return None
    places = _mentions(content, code, name, in_strings)
    if not places:
        return b"", []
    starts = _line_starts(code)
    if starts is None:
        return None
    firsts, margins = _margins(code, starts)
    is_line = np.frombuffer(code + b"\n", np.uint8)[firsts] != 10
    ends = np.append(starts[1:], len(content))
    # a blank line belongs to the statement before it: nothing is lost where it goes with it
    starts, firsts, margins = starts[is_line], firsts[is_line], margins[is_line]
    ends = np.append(starts[1:], ends[-1])
    wanted = np.zeros(len(starts), np.bool_)
    wanted[np.maximum(np.searchsorted(starts, np.array(places), "right") - 1, 0)] = True
    rows = (starts.tolist(), firsts.tolist(), margins.tolist(), ends.tolist())
    kept = _with_blocks(code, rows[1], rows[2], wanted.tolist())
    if sum(
        end - start for start, end, is_kept in zip(rows[0], rows[3], kept, strict=True) if is_kept
    ) > _MAX_KEPT * len(content):
        return None
    return _cut(content, rows, kept)


def _line_starts(code: bytes) -> np.ndarray | None:
    """Where lines start that no bracket is open before; None where brackets do not match."""
    turns = np.frombuffer(code.translate(BRACKETS), np.int8)
    brackets = np.flatnonzero(turns)
    depths = np.concatenate([[0], np.cumsum(turns[brackets], dtype=np.int64)])
    if depths[-1] or depths.min() < 0:
        return None
    breaks = np.flatnonzero(np.frombuffer(code, np.uint8) == 10)
    starts = np.concatenate([[0], breaks[depths[np.searchsorted(brackets, breaks)] == 0] + 1])
    return starts[starts < len(code)]


def _margins(code: bytes, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each line where its first word stands, or its end, and how far in that is."""
    words = np.flatnonzero(np.frombuffer(code + b"\n", np.uint8) != 32)
    firsts = words[np.searchsorted(words, starts)]
    return firsts, firsts - starts


def _mentions(content: bytes, code: bytes, name: str, in_strings: list[Range]) -> list[int]:
    """Where a name stands as code, and what matters to every name."""
    word = name.encode("utf-8", "surrogateescape")
    found = [
        at
        for at in mentions(content, name)
        if code.startswith(word, at) or any(start <= at < end for start, end in in_strings)
    ]
    for text in _EVERYWHERE:
        at = code.find(text)
        while at >= 0:
            found.append(at)
            at = code.find(text, at + 1)
    return found


def _with_blocks(code: bytes, firsts: list[int], margins: list[int], wanted: list[bool]) -> list[bool]:
    """The lines that are wanted, the heads of all blocks around them, and the clauses before an `else`."""
    kept = list(wanted)
    margin, clause = 0, -1
    for at in range(len(kept) - 1, -1, -1):
        own = margins[at]
        if not (kept[at] or own < margin or own == clause):
            continue
        kept[at] = True
        margin = own
        is_clause = code[firsts[at]] in b"ef" and _CLAUSE.match(code, firsts[at]) is not None
        clause = own if is_clause else -1 if own <= clause else clause
        if code[firsts[at]] == ord("@"):
            below = at + 1
            while below < len(kept) and code[firsts[below]] == ord("@"):
                kept[below] = True
                below += 1
            if below < len(kept):
                kept[below] = True
    return kept


def _cut(
    content: bytes, rows: tuple[list[int], list[int], list[int], list[int]], kept: list[bool]
) -> tuple[bytes, list[Range]]:
    starts, firsts, margins, ends = rows
    readable = bytearray(content)
    ranges: list[list[int]] = []

    def add(start: int, end: int) -> None:
        if ranges and start - ranges[-1][1] < _GAP:
            gap = start - ranges[-1][1]
            if gap:
                readable[ranges[-1][1] : start] = b" " * (gap - 1) + b"\n"
            ranges[-1][1] = end
        else:
            ranges.append([start, end])

    lines = [at for at, is_kept in enumerate(kept) if is_kept]
    for at, following in zip(lines, [*lines[1:], len(kept)], strict=True):
        add(starts[at], ends[at])
        below = at + 1
        if (
            below < len(kept)
            and margins[below] > margins[at]
            and (following == len(kept) or margins[following] <= margins[at])
        ):
            place = firsts[below]
            readable[place : place + 2] = b"0\n"
            add(starts[below], place + 2)
    return bytes(readable), [(start, end) for start, end in ranges]
