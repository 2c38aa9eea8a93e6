"""Facts + content -> chunks: the units of retrieval, each a run of whole lines, together every byte exactly once.

A function is one chunk; what stands between the members of a class belongs to the class; a long run is cut at its
blank lines. Plain text is cut at headings and blank lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoagent_indexers.reading.facts import FUNCTIONS, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.words.lexicon import line_starts

MAX_CHUNK = 3200
"""Bytes; a longer run is cut where a blank line allows it."""
SMALL_CLASS = 600
"""Bytes; a class no longer than this stays one chunk."""
TEXT_CHUNK = 1600

_HEADING = re.compile(rb"\n(?:(#{1,6} )|(?:={3,}|-{3,}|~{3,})\r?(?=\n|\Z))")
"""Behind an end of line, which is looked for ten times faster than a beginning: one, or what is under one."""
_LONGEST_HEADING = 100
_COMMENT_LINE = re.compile(rb"[ \t]*(?://|/\*|\*|#(?!include|define|if|e|undef|pragma)|--|;|@\w|'''|\"\"\")")
_ALONE = {
    SYMBOL_KINDS.index(kind)
    for kind in (
        "function", "method", "constructor", "class", "struct", "interface", "trait", "enum", "operator", "object",
        "protocol", "test", "instance", "extension", "record", "union", "property",
    )
}  # fmt: skip
_SCOPES = {SYMBOL_KINDS.index(kind) for kind in ("module", "namespace", "package")}


def chunk(facts: Facts, content: bytes, lines: list[int] | None = None) -> None:
    """Fill `facts.chunks`; the last column, the length in terms, is left at 0. `lines` are the `line_starts`, if they
    are known."""
    if not content:
        return
    lines = lines or line_starts(content)
    if lines[-1] == len(content):
        lines = lines[:-1]
    cuts = _symbol_cuts(facts, content, lines) if facts.symbols else {0: -1}
    limit = MAX_CHUNK
    if not facts.symbols:
        limit = TEXT_CHUNK
        cuts |= dict.fromkeys(_headings(content, lines), -1)
    _emit(facts, content, lines, cuts, limit)


def _headings(content: bytes, lines: list[int]) -> Iterator[int]:
    """The lines of a text that are headings: behind `#`, or underlined."""
    underline = -1
    for match in _HEADING.finditer(b"\n" + content):
        line = _line_at(lines, match.start())
        if match.group(1):
            yield line
        elif line and line - 1 != underline:
            above = content[lines[line - 1] : lines[line] - 1].removesuffix(b"\r")
            if 0 < len(above) <= _LONGEST_HEADING:
                underline = line
                yield line - 1


def _symbol_cuts(facts: Facts, content: bytes, lines: list[int]) -> dict[int, int]:
    """Line index at which a chunk begins -> the symbol that the chunk belongs to."""
    symbols = facts.symbols
    cuts: dict[int, int] = {0: -1}
    n = facts.n_symbols
    has_members = [False] * n
    for index in range(n):
        at = index * SYMBOL_WIDTH
        parent = symbols[at + 5]
        if parent >= 0 and symbols[at] in _ALONE:
            has_members[parent] = True
    stands_alone = [False] * n
    for index in range(n):
        at = index * SYMBOL_WIDTH
        kind, parent = symbols[at], symbols[at + 5]
        if kind not in _ALONE and not (kind in _SCOPES and has_members[index]):
            continue
        if parent >= 0:
            above = parent * SYMBOL_WIDTH
            inside_body = symbols[above] not in _SCOPES and (
                not stands_alone[parent] or symbols[above] in FUNCTIONS or _size(symbols, above) <= SMALL_CLASS
            )
            if inside_body:
                continue
        stands_alone[index] = True
        first = _first_line(content, lines, symbols[at + 8] - 1)
        cuts[first] = index
        after = symbols[at + 9]  # 0-based line behind the symbol's last line
        if after < len(lines):
            cuts[after] = parent
    return cuts


def _size(symbols: list[int], at: int) -> int:
    return symbols[at + 7] - symbols[at + 6]


def _first_line(content: bytes, lines: list[int], line: int) -> int:
    """The line where the comment right above a definition begins, or its own."""
    while line > 0 and _COMMENT_LINE.match(content, lines[line - 1], lines[line]):
        line -= 1
    return line


def _line_at(lines: list[int], position: int) -> int:
    from bisect import bisect_right

    return bisect_right(lines, position) - 1


def _emit(facts: Facts, content: bytes, lines: list[int], cuts: dict[int, int], limit: int) -> None:
    edges = [*lines, len(content)]
    starts = sorted(cuts)
    pending: list[tuple[int, int, int]] = []  # (first line, line behind, symbol)
    for first, behind in zip(starts, [*starts[1:], len(lines)], strict=True):
        if pending and content[edges[first] : edges[behind]].isspace():
            pending[-1] = (pending[-1][0], behind, pending[-1][2])
        else:
            pending.append((first, behind, cuts[first]))
    if len(pending) > 1 and not content[: lines[pending[1][0]]].strip():
        pending[:2] = [(0, pending[1][1], pending[1][2])]
    for first, behind, symbol in pending:
        if edges[behind] - edges[first] <= limit:
            facts.chunks += (edges[first], edges[behind], first + 1, behind, symbol, 0)
            continue
        for start, end in _pieces(content, edges, first, behind, limit):
            facts.chunks += (edges[start], edges[end], start + 1, end, symbol, 0)


def _pieces(content: bytes, edges: list[int], first: int, behind: int, limit: int) -> list[tuple[int, int]]:
    """Lines cut into pieces of at most `limit` bytes (a longer line stays whole), at blank lines if it can be."""
    pieces: list[tuple[int, int]] = []
    start, best = first, 0
    for line in range(first, behind):
        end = edges[line + 1]
        if end - edges[start] > limit and line > start:
            cut = best if best > start else line
            pieces.append((start, cut))
            start = cut
        if end - edges[start] > limit // 3 and content[edges[line] : end].isspace():
            best = line + 1
    pieces.append((start, behind))
    return [piece for piece in pieces if piece[0] < piece[1]]
