"""Failing output -> Proposal: the places that a stack trace or compiler names, and edits that may mend it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repoagent_agents.models.base import Model
from repoagent_agents.propose import Proposal, propose
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.source import Hit, Span, Symbol

MAX_OUTPUT = 4000
"""Characters of output that the model sees, of a small window fewer: its end, where programs say what went wrong."""
MAX_PLACES = 12

_PLACES = (
    re.compile(r'File "([^"\n]+)", line (\d+)'),  # Python
    re.compile(r"\bat (?:[^\n(]*\()?(?:file://)?([^\s():]+):(\d+)(?::\d+)?\)?"),  # JavaScript, Java by file name
    re.compile(r"([^\s:(\"'<>|]+\.\w+)\((\d+)(?:,\d+)?\)"),  # tsc, csc, msbuild
    re.compile(r"#\d+ ([^\s(]+)\((\d+)\)"),  # PHP
    re.compile(r"\bin ([^\s:]+\.php)(?: on line |:)(\d+)"),  # PHP
    re.compile(r"(?:^|[\s(\[>'\"])((?:[A-Za-z]:)?[^\s:(\[\]\"'<>|]+\.\w+):(\d+)(?::\d+)?", re.MULTILINE),  # most others
)


def places_in(output: str, paths: Iterable[str]) -> list[tuple[str, int]]:
    """(path, line) of the places in a repository that an output names, most telling first, each once.

    Absolute paths and bare file names are mapped to the one path of `paths` that ends so. Programs name the innermost
    place last (Python) or first (most others); both ends come before the middle.
    """
    known = set(paths)
    by_name: dict[str, list[str]] = {}
    for path in known:
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    found: dict[tuple[str, int], int] = {}
    for pattern in _PLACES:
        for match in pattern.finditer(output):
            place = _mapped(match[1].replace("\\", "/"), known, by_name)
            if place is not None and 0 < int(match[2]) < 10_000_000:
                found.setdefault((place, int(match[2])), match.start())
    ordered = sorted(found, key=lambda place: found[place])
    outward: list[tuple[str, int]] = []
    while ordered:
        outward.append(ordered.pop())
        ordered.reverse()
    return outward


def _mapped(written: str, known: set[str], by_name: dict[str, list[str]]) -> str | None:
    written = written.removeprefix("./")
    if written in known:
        return written
    ends = [
        path for path in by_name.get(written.rpartition("/")[2], ()) if written.endswith(path) or path.endswith(written)
    ]
    return max(ends, key=len) if ends and (len(ends) == 1 or "/" in written) else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change that did not help."""

    diff: str
    output: str
    """What the command printed with it."""


def debug(
    index: Index,
    command: Sequence[str],
    output: str,
    model: Model,
    *,
    budget: int | None = None,
    attempts: Sequence[Attempt] = (),
) -> Proposal:
    """Edits that may make a failing command pass, from what it printed, and what it printed with changes that were
    tried before; they start from the code as it is. Raises UsageError, ModelError."""
    most = min(MAX_OUTPUT, model.window // (2 + 3 * len(attempts)))  # about a sixth of a small window, in tokens
    tail = output[-most:]
    detail = f"The command printed:\n{tail}"
    printed = [tail]
    for attempt in attempts:
        printed.insert(0, attempt.output[-most:])
        detail += f"\n\nThis was tried, does not help, and is not in the code:\n{attempt.diff[:most]}"
        detail += f"\nWith it the command printed:\n{printed[0]}"
    places = dict.fromkeys(place for text in printed for place in places_in(text, index.catalogue.paths))
    named = [hit for path, line in [*places][:MAX_PLACES] if (hit := at(index, path, line))]
    hits = _unique([*named, *search(index, printed[0], limit=40)])
    wish = f"Make this command pass: {shlex.join(command)}"
    return propose(index, model, "debug", wish, detail=detail, hits=hits, budget=budget)


def _unique(hits: Sequence[Hit]) -> list[Hit]:
    by_span: dict[Span, Hit] = {}
    for hit in hits:
        by_span.setdefault(hit.span, hit)
    return list(by_span.values())


def at(index: Index, path: str, line: int) -> Hit | None:
    """The innermost definition around a line, or the lines around it where there is none, as a hit."""
    source = index.source(path)
    if source is None:
        return None
    around = [s for s in index.parsed(path).symbols if s.span.start_line <= line <= s.span.end_line]
    symbol: Symbol | None = max(around, key=lambda s: (s.span.start_byte, -s.span.end_byte), default=None)
    if symbol is not None:
        return Hit(symbol.span, 1.0, symbol, {"named": 1.0})
    lines = source.content.splitlines(keepends=True)
    if not 1 <= line <= len(lines):
        return None
    first, last = max(1, line - 10), min(len(lines), line + 10)
    start = sum(map(len, lines[: first - 1]))
    end = start + sum(map(len, lines[first - 1 : last]))
    return Hit(Span(path, start, end, first, last), 1.0, None, {"named": 1.0})
