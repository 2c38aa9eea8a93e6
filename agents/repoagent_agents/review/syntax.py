"""What one staged file says about itself: conflict markers that were left, and code that no longer parses."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from repoagent_agents.review.findings import Evidence, Finding, Severity
from repoagent_agents.review.lines import lines_of, touched
from repoagent_agents.review.tree import Change, Version
from repoagent_indexers.child import answers
from repoagent_indexers.languages import C_FAMILY
from repoagent_indexers.source import Span

SECONDS = 5.0
"""Python's own parser may take this long for all files together, wall time."""
MAX_MARKERS = 20
"""Conflicts of one file that are told."""
_MARKER = re.compile(rb"^(?:<<<<<<< .*|=======\r?|>>>>>>> .*)$", re.M)
_FIRM = frozenset("python javascript typescript tsx java go rust ruby php csharp lua".split())
"""Languages whose grammars read nearly all that compiles; in others an error may be the grammar's own."""
_SAMPLES = re.compile(
    r"(?i)(?:^|/)(?:testdata|fixtures?|templates?|snapshots?|cookiecutter|invalid|bad|broken)(?:/|$)|\{\{|[-_.](?:invalid|broken)\b"
)
"""Paths of files that may be broken on purpose, or become code only when they are filled in."""
_NOISE = re.compile(
    rb"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?|^[ \t]*#(?:\\\n|[^\n])*", re.M | re.S
)
"""Comments, strings and preprocessor lines of C. Unclosed ones match too, or hostile text would cost squares."""
_UNKNOWN = "unknown"
_PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


def conflict_markers(change: Change) -> list[Finding]:
    """Conflicts that were staged without being resolved."""
    new = change.new
    if new is None or new.problem == "binary":
        return []
    known = set(_MARKER.findall(change.old.content)) if change.old else set()
    found: list[Finding] = []
    start, has_middle = -1, False
    for match in _MARKER.finditer(new.content):
        sign = match.group()[:1]
        if sign == b"<":
            start, has_middle = match.start() if match.group() not in known else -1, False
        elif sign == b"=":
            has_middle = start >= 0
        elif has_middle and len(found) < MAX_MARKERS:
            line = new.content.count(b"\n", 0, start) + 1
            found.append(Finding(line_span(new, line), "error", "conflict-marker", "a merge conflict is not resolved"))
            start, has_middle = -1, False
    return found


def syntax_errors(changes: Sequence[Change]) -> list[Finding]:
    """Files that do not parse any more, or that are new and do not parse: one finding a file."""
    python = [change for change in changes if change.new and change.new.language == "python" and not change.new.problem]
    said = _python_says(python)
    found = []
    for change in changes:
        new = change.new
        if new is None or new.problem or conflict_markers(change):
            continue
        verdict = said.get(change.path)
        finding = _by_grammar(change) if verdict is None else _by_python(change, *verdict)
        if finding is not None:
            found.append(finding)
    return found


@dataclass(frozen=True, slots=True)
class Fault:
    """Where Python's own parser gave up."""

    line: int
    message: str
    is_layout: bool
    """Indentation: wrong in every version of the language."""


def _by_grammar(change: Change) -> Finding | None:
    new, old = change.new, change.old
    assert new is not None
    lines = new_errors(change)
    severity: Severity = "error" if new.language in _FIRM else "warning"
    why = ""
    if lines and old is not None and not _imbalance(old) and (wrong := _imbalance(new)):
        severity, why = "error", f": {wrong}"
    elif pattern := _DIRECTIVES.get(new.language):
        lines = [line for line in lines if not _is_near(pattern, new, line)]
    if not lines:
        return None
    if _SAMPLES.search(new.path):
        severity = "warning"
    more = tuple(evidence(new, line) for line in lines[1:6])
    return Finding(line_span(new, lines[0]), severity, "syntax-error", f"cannot be read as {new.language}{why}", more)


def _by_python(change: Change, old: Fault | None, new: Fault | None) -> Finding | None:
    version = change.new
    assert version is not None
    if new is None or (old is not None and not touched(change.blocks, new.line)):
        return None
    agreed = bool(version.parsed.errors) or new.is_layout
    severity: Severity = "error" if agreed and not _SAMPLES.search(version.path) else "warning"
    here = "" if agreed else f" (Python {sys.version_info.major}.{sys.version_info.minor})"
    return Finding(line_span(version, new.line), severity, "syntax-error", f"{new.message}{here}")


def new_errors(change: Change) -> list[int]:
    """Lines, 1-based, at which the new state cannot be read though the old one could."""
    assert change.new is not None
    errors = list(change.new.parsed.errors)
    if change.old is None or not change.old.parsed.errors or change.old.language != change.new.language:
        return errors
    old_lines, new_lines = lines_of(change.old.content), lines_of(change.new.content)
    known = {old_lines[line - 1] for line in change.old.parsed.errors if line <= len(old_lines)}
    return [
        line
        for line in errors
        if touched(change.blocks, line) and line <= len(new_lines) and new_lines[line - 1] not in known
    ]


_DIRECTIVES = {language: re.compile(rb"^[ \t]*#|\b[A-Z][A-Z0-9_]{2,}\b", re.M) for language in C_FAMILY} | {
    "csharp": re.compile(rb"^[ \t]*#[ \t]*(?:if|el|endif)", re.M)
}
"""Where a preprocessor has its hands in code: no grammar reads what it makes of it."""


def _is_near(pattern: re.Pattern[bytes], version: Version, line: int) -> bool:
    """Whether a pattern is found on a line, or on the two before or behind it."""
    return pattern.search(b"\n".join(lines_of(version.content)[max(0, line - 3) : line + 2])) is not None


def _imbalance(version: Version) -> str:
    """Which bracket does not find its other half, in a language like C; "" when all do or when it has none such."""
    if version.language not in C_FAMILY:
        return ""
    code = _NOISE.sub(b"", version.content)
    for opening, closing in _PAIRS:
        excess = code.count(opening) - code.count(closing)
        if excess:
            return f"{abs(excess)} `{(opening if excess > 0 else closing).decode()}` too many"
    return ""


def line_span(version: Version, line: int) -> Span:
    """One whole line of a file."""
    start = 0
    for _ in range(line - 1):
        newline = version.content.find(b"\n", start)
        if newline < 0:
            break
        start = newline + 1
    end = version.content.find(b"\n", start)
    return Span(version.path, start, len(version.content) if end < 0 else end, line, line)


def evidence(version: Version, line: int, why: str = "") -> Evidence:
    """One whole line of a file, with what stands there."""
    span = line_span(version, line)
    code = version.content[span.start_byte : span.end_byte].decode("utf-8", "replace").strip()
    return Evidence(span.path, span.start_byte, span.end_byte, line, line, code, why)


# -- Python's own parser, in a process that can be killed -----------------------------------------------------------


def _python_says(changes: Sequence[Change]) -> dict[str, tuple[Fault | None, Fault | None]]:
    """Path -> what Python's parser says of the old and the new state; nothing where it did not come to an end."""
    if not changes:
        return {}
    said = [json.loads(line) for line in answers(_MAIN, b"".join(_frames(changes)), SECONDS)]
    pairs = zip(changes, said[::2], said[1::2], strict=False)
    return {change.path: (_fault(old), _fault(new)) for change, old, new in pairs if _UNKNOWN not in (old, new)}


def _fault(said: list[Any] | None) -> Fault | None:
    return Fault(*said) if said else None


def _frames(changes: Iterable[Change]) -> Iterable[bytes]:
    for change in changes:
        assert change.new is not None
        old = change.old.content if change.old and change.old.language == "python" else b""
        for content in (old, change.new.content):
            yield b"%d\n%b" % (len(content), content)


_MAIN = """
import ast, json, sys, warnings
warnings.simplefilter("ignore")
stdin = sys.stdin.buffer
while line := stdin.readline():
    content, fault = stdin.read(int(line)), None
    try:
        # what the file says that it is written in no longer holds
        ast.parse(content.decode("utf-8").removeprefix("\\ufeff"))
    except SyntaxError as error:
        fault = [error.lineno or 1, error.msg or "invalid syntax", isinstance(error, IndentationError)]
    except (ValueError, RecursionError, MemoryError):
        fault = "unknown"
    print(json.dumps(fault), flush=True)
"""
