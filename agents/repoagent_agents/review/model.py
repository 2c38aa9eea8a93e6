"""Diff + callers -> a model's remarks, of which only those are kept that point at a line it was shown.

The change stands first, then the code that uses what it touches, as much of both as the model's window holds. A remark
is never an error: a model must not stop a commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Thread

from repoagent_agents.ask import MAX_WINDOW
from repoagent_agents.models.base import Message, Model, Sampling, complete, count_dialog, streamed
from repoagent_agents.prompts import prompt
from repoagent_agents.review.findings import Finding, Severity
from repoagent_agents.review.lines import Block, lines_of
from repoagent_agents.review.syntax import line_span
from repoagent_agents.review.target import Target, names_around
from repoagent_agents.review.tree import Change, StagedTree, Version
from repoagent_agents.review.uses import uses
from repoagent_indexers.counted import counted
from repoagent_indexers.errors import ModelError
from repoagent_indexers.roles import CONFIGURATION, DOCUMENTATION, GENERATED, VENDORED, role_of
from repoagent_indexers.source import Symbol

REPLY = 768
"""Tokens kept free for the reply, less in a small window."""
MAX_REMARKS = 20
_CONTEXT = 3
"""Unchanged lines shown around changed ones."""
_DIFF_SHARE = 0.75
"""Of the room: the diff may fill it up to here before the callers have had their turn."""
_MAX_CALLERS = 20
_CALLERS_EACH = 3
_MAX_SYMBOLS = 12
_MAX_LINES = 60
"""Of one caller's code."""
_MAX_MESSAGE = 500
_FUNCTIONS = frozenset({"function", "method", "constructor"})
_QUIET = frozenset({GENERATED, VENDORED})
_REMARK = re.compile(
    r"^(?:\s|>|[-*\u2022]\s|\d+[.)]\s)*[`*]*(?P<path>[^\s`*:][^`*:\n]*):L?(?P<line>\d+)(?:\s*[-\u2013]\s*L?\d+)?[`*]*"
    r"\s*[:\u2013-]\s*[`*\[(]*(?P<severity>errors?|critical|warn(?:ing)?s?|info|notes?)[`*\])]*\s*[:\u2013-]\s*"
    r"(?P<message>\S.*)$",
    re.IGNORECASE,
)
_NONE = re.compile(r"^\W*(?:none|no (?:findings|mistakes|issues|problems|errors)\b.*|lgtm|nothing)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of one file, as they are shown to the model."""

    path: str
    lines: tuple[int, ...]
    """Numbers of the lines of the staged state, 1-based."""
    text: str


def ask_model(
    tree: StagedTree, changes: Sequence[Change], model: Model, patience_s: float | None = None
) -> tuple[list[Finding], list[str]]:
    """The model's remarks, and notes for a person: what was not shown, what was dropped, what went wrong.

    After `patience_s`, what has arrived by then is all; None waits for the whole reply.
    """
    room = min(REPLY, max(128, model.window // 4))
    hunks = [hunk for change in _ordered(changes) for hunk in passages(change)]
    if not hunks:
        return [], []
    shown_hunks, callers = _filled(tree, changes, hunks, model, min(model.window, MAX_WINDOW) - room)
    if not shown_hunks:
        return [], [
            f"{model.name}: its window of {model.window} tokens holds nothing of this change; use another model"
        ]
    notes = []
    if len(shown_hunks) < len(hunks):
        notes.append(
            f"{model.name}: {len(shown_hunks)} of {len(hunks)} hunks fit into its window; the rest was not shown"
        )
    sampling = Sampling(max_tokens=room, temperature=0.0, seed=0)
    try:
        reply = _reply(model, messages(shown_hunks, callers), sampling, patience_s)
    except ModelError as error:
        notes.append(f"{model.name}: {error}")
        reply = error.partial.rpartition("\n")[0]
        if not reply:
            return [], notes
    findings, n_dropped, is_understood = remarks(reply, (*shown_hunks, *callers), tree, model.name)
    if n_dropped:
        places = "a line" if n_dropped == 1 else "lines"
        notes.append(f"{model.name}: dropped {counted(n_dropped, 'remark')} on {places} that it was not shown")
    if not is_understood:
        notes.append(f"{model.name}: its reply holds no remark in the form that was asked for")
    return findings, notes


def _reply(model: Model, dialog: Sequence[Message], sampling: Sampling, patience_s: float | None) -> str:
    """The whole reply. Raises ModelError, with what had arrived, also when it takes longer than `patience_s`."""
    if patience_s is None:
        return complete(model, dialog, sampling).text
    pieces: list[str] = []
    failed: list[Exception] = []

    def read() -> None:
        try:
            for piece in streamed(model, dialog, sampling):
                pieces.append(piece)
        except Exception as error:  # noqa: BLE001  raised again by who waits
            failed.append(error)

    reading = Thread(target=read, daemon=True)
    reading.start()
    reading.join(patience_s)
    if reading.is_alive():
        raise ModelError(f"had not said all after {patience_s:g} s and was not waited for", "".join(pieces))
    for error in failed:
        raise error
    return "".join(pieces)


def messages(hunks: Sequence[Passage], callers: Sequence[Passage]) -> list[Message]:
    """The dialog: the change, then what uses it."""
    parts = ["The change:", *_blocks_of(hunks)]
    if callers:
        parts += ["Code that uses what the change touches:", *_blocks_of(callers)]
    parts.append("Write your lines now, or only: none")
    return [Message("system", prompt("review")), Message("user", "\n\n".join(parts))]


def remarks(reply: str, shown: Sequence[Passage], tree: StagedTree, name: str) -> tuple[list[Finding], int, bool]:
    """The remarks of a reply, how many pointed at nothing that was shown, and whether anything was understood."""
    lines: dict[str, set[int]] = {}
    for passage in shown:
        lines.setdefault(passage.path, set()).update(passage.lines)
    found: dict[tuple[str, int, str], Finding] = {}
    n_dropped, is_understood = 0, False
    for text in reply.splitlines():
        match = _REMARK.match(text)
        if match is None:
            is_understood = is_understood or bool(_NONE.match(text))
            continue
        is_understood = True
        path = _known_path(match["path"].strip(), lines)
        line = int(match["line"][:9])
        version = tree.version(path) if path is not None else None
        if path is None or version is None or line not in lines[path]:
            n_dropped += 1
            continue
        message = " ".join(match["message"].split())[:_MAX_MESSAGE].rstrip("`* ")
        severity: Severity = "info" if match["severity"].lower().startswith(("info", "note")) else "warning"
        found.setdefault((path, line, message), Finding(line_span(version, line), severity, f"model:{name}", message))
    return list(found.values())[:MAX_REMARKS], n_dropped, is_understood


def passages(change: Change) -> list[Passage]:
    """The hunks of a change; none for what nobody writes or reads by hand."""
    new, old = change.new, change.old
    if new is None or new.problem or role_of(change.path) in _QUIET or b"\0" in new.content[:8000]:
        return []
    old_lines = lines_of(old.content) if old is not None else []
    new_lines = lines_of(new.content)
    return [_hunk(new.path, group, old_lines, new_lines) for group in _groups(change.blocks)]


def _groups(changed: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks near each other, to be shown as one hunk."""
    group: list[Block] = []
    for block in changed:
        if group and block.new_start - group[-1].new_end > 2 * _CONTEXT:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _hunk(path: str, group: Sequence[Block], old: Sequence[bytes], new: Sequence[bytes]) -> Passage:
    first = max(0, group[0].new_start - _CONTEXT)
    last = min(len(new), group[-1].new_end + _CONTEXT)
    rows: list[str] = []
    at = first
    for block in group:
        rows += [_row(number + 1, " ", new[number]) for number in range(at, block.new_start)]
        rows += [_row(None, "-", line) for line in old[block.old_start : block.old_end]]
        rows += [_row(number + 1, "+", new[number]) for number in range(block.new_start, block.new_end)]
        at = block.new_end
    rows += [_row(number + 1, " ", new[number]) for number in range(at, last)]
    return Passage(path, tuple(range(first + 1, last + 1)), "\n".join(rows))


def _row(number: int | None, sign: str, line: bytes) -> str:
    text = line.rstrip(b"\r").decode("utf-8", "replace")[:1000]
    return f"{number if number else '':>5}{sign} {text}"


def _ordered(changes: Sequence[Change]) -> list[Change]:
    """Code first, then what configures and documents it: the end is what may not fit."""
    late = {DOCUMENTATION, CONFIGURATION}
    return sorted(changes, key=lambda change: role_of(change.path) in late)


def _blocks_of(passages_shown: Sequence[Passage]) -> list[str]:
    return [_block(passage) for passage in passages_shown]


def _block(passage: Passage) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", passage.text)), default=2)
    fence = "`" * (longest + 1)
    return f"{passage.path}\n{fence}\n{passage.text}\n{fence}"


# -- filling the window ---------------------------------------------------------------------------------------------


def _filled(
    tree: StagedTree, changes: Sequence[Change], hunks: Sequence[Passage], model: Model, limit: int
) -> tuple[list[Passage], list[Passage]]:
    """The hunks and callers that are shown; the whole prompt takes at most `limit` tokens."""
    free = limit - count_dialog(model, messages([], []))
    shown: list[Passage] = []
    callers: list[Passage] = []
    left: list[tuple[Passage, int]] = []
    used = 0
    for hunk in hunks:
        cost = model.count(_block(hunk)) + 2
        if used + cost <= free * _DIFF_SHARE:
            shown.append(hunk)
            used += cost
        else:
            left.append((hunk, cost))
    for caller in _callers(tree, changes, shown):
        cost = model.count(_block(caller)) + 2
        if used + cost <= free * (1.0 if not left else (1 + _DIFF_SHARE) / 2):
            callers.append(caller)
            used += cost
    for hunk, cost in left:
        if used + cost <= free:
            shown.append(hunk)
            used += cost
    shown.sort(key=hunks.index)
    while (shown or callers) and count_dialog(model, messages(shown, callers)) > limit:
        (callers or shown).pop()
    return shown, callers


def _callers(tree: StagedTree, changes: Sequence[Change], shown: Sequence[Passage]) -> Iterator[Passage]:
    """The code around the uses of the functions that the shown hunks touch, certain uses first."""
    seen = {(passage.path, line) for passage in shown for line in passage.lines}
    n_callers = 0
    for version, symbol in list(_touched_functions(changes, shown))[:_MAX_SYMBOLS]:
        symbols = version.parsed.symbols
        parents = names_around(symbols, symbols.index(symbol))
        target = Target(version.path, version.language, symbol.name, symbol, parents, version, is_gone=False)
        n_each = 0
        for use in uses(tree, target):
            user = tree.version(use.path)
            if user is None or use.kind == "import" or (use.path, use.line) in seen or n_each == _CALLERS_EACH:
                continue
            passage = _around(user, use.line)
            seen |= {(use.path, line) for line in passage.lines}
            n_each += 1
            n_callers += 1
            yield passage
            if n_callers == _MAX_CALLERS:
                return


def _touched_functions(changes: Sequence[Change], shown: Sequence[Passage]) -> Iterator[tuple[Version, Symbol]]:
    paths = {passage.path for passage in shown}
    for change in changes:
        new = change.new
        if new is None or new.path not in paths:
            continue
        for symbol in new.parsed.symbols:
            first, last = symbol.span.start_line, symbol.span.end_line
            if symbol.kind in _FUNCTIONS and any(
                block.new_start < last and first <= max(block.new_end, block.new_start + 1) for block in change.blocks
            ):
                yield new, symbol


def _around(version: Version, line: int) -> Passage:
    """The function around a line, as much of it as is shown; a few lines where there is none."""
    lines = lines_of(version.content)
    inner = [
        symbol.span
        for symbol in version.parsed.symbols
        if symbol.kind in _FUNCTIONS and symbol.span.start_line <= line <= symbol.span.end_line
    ]
    first, last = (inner[-1].start_line, inner[-1].end_line) if inner else (line - _CONTEXT, line + _CONTEXT)
    if last - first >= _MAX_LINES:
        first = max(first, line - _MAX_LINES // 2)
        last = min(last, first + _MAX_LINES - 1)
    first, last = max(1, first), min(len(lines), last)
    rows = [_row(number, " ", lines[number - 1]) for number in range(first, last + 1)]
    return Passage(version.path, tuple(range(first, last + 1)), "\n".join(rows))


def _known_path(path: str, known: Iterable[str]) -> str | None:
    paths = set(known)
    return next((each for each in (path, re.sub(r"^(?:\./|[ab]/)", "", path)) if each in paths), None)
