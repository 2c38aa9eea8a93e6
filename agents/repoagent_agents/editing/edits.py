"""A change to a file as data: applied to bytes, reversed, shown as a diff."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import eq, ne
from typing import Any

from repoagent_agents.editing.edit_match import Place, lines_of, trimmed
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes that take the place of others in one file. A file that is not there yet counts as empty."""

    path: str
    start_byte: int
    """0-based, inclusive."""
    end_byte: int
    """0-based, exclusive; `start_byte` for an insertion."""
    old: bytes
    """What must stand there."""
    new: bytes


def apply_to(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Return `content` with the edits of one file made, whatever their order; insertions at one place keep theirs.

    Raises UsageError for edits that overlap or belong to several files, Refused for one that does not fit.
    """
    pieces: list[bytes] = []
    at = 0
    path: str | None = None
    for edit in in_order(edits):
        if edit.path != (path if path is not None else edit.path):
            raise UsageError(f"{shown(edit.path)}: edits of several files were given as one; group them by path")
        path = edit.path
        if edit.start_byte < at or edit.end_byte < edit.start_byte:
            raise UsageError(f"{place_of(content, edit)}: two edits overlap; make one of them")
        if edit.end_byte > len(content) or content[edit.start_byte : edit.end_byte] != edit.old:
            raise Refused(f"{place_of(content, edit)}: the edit no longer fits, the file has changed; plan it again")
        pieces += (content[at : edit.start_byte], edit.new)
        at = edit.end_byte
    return b"".join((*pieces, content[at:]))


def reverse(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits that undo `edits`, of any number of files, once they are made."""
    undone: list[Edit] = []
    for path, ordered in by_path(edits).items():
        moved = 0
        for edit in in_order(ordered):
            start = edit.start_byte + moved
            undone.append(Edit(path, start, start + len(edit.new), edit.new, edit.old))
            moved += len(edit.new) - len(edit.old)
    return tuple(undone)


def by_path(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """Return path -> its edits in the order given; paths sorted."""
    grouped: dict[str, list[Edit]] = {}
    for edit in edits:
        grouped.setdefault(edit.path, []).append(edit)
    return dict(sorted(grouped.items()))


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits of one file from its top to its end."""
    return sorted(edits, key=lambda edit: (edit.start_byte, edit.end_byte))


def place_of(content: bytes, edit: Edit) -> str:
    """Where an edit is made, for a person: `path:line`, or the path of a new file."""
    line = content.count(b"\n", 0, edit.start_byte) + 1
    return f"{shown(edit.path)}:{line}" if content else shown(edit.path)


def replaced(path: str, content: bytes, place: Place, new: bytes) -> Edit | None:
    """The edit that puts `new` at a place, without lines at both ends that stay as they are; None when all do."""
    start, end, new = trimmed(content, place.start_byte, place.end_byte, new)
    return None if start == end and not new else Edit(path, start, end, content[start:end], new)


def diff(before: bytes | None, after: bytes | None, path: str, context: int = 3, *, moved_from: str = "") -> str:
    """Return the unified diff of one file, "" when nothing differs; None stands for no file.

    With `moved_from` the file is at `path` what it was elsewhere before, as git writes a rename.

    Bytes that are not UTF-8 are kept as surrogates, so `.encode("utf-8", "surrogateescape")` is a patch for git.
    """
    if before == after and not moved_from:
        return ""
    olds, news = lines_of(before or b""), lines_of(after or b"")
    head = 0
    while head < min(len(olds), len(news)) and olds[head] == news[head]:
        head += 1
    tail = 0
    while tail < min(len(olds), len(news)) - head and olds[-1 - tail] == news[-1 - tail]:
        tail += 1
    first = max(0, head - context)
    last = max(0, tail - context)
    old_middle, new_middle = olds[first : len(olds) - last], news[first : len(news) - last]
    name, old_name = _quoted(path), _quoted(moved_from or path)
    shown_lines = [
        f"--- {'/dev/null' if before is None else _prefixed('a', old_name)}\n",
        f"+++ {'/dev/null' if after is None else _prefixed('b', name)}\n",
    ]
    if moved_from:
        shown_lines = [
            f"diff --git {_prefixed('a', old_name)} {_prefixed('b', name)}\n",
            f"rename from {old_name}\nrename to {name}\n",
            *(shown_lines if before != after else ()),
        ]
    for group in _matched(old_middle, new_middle).get_grouped_opcodes(context):
        shown_lines.append(
            f"@@ -{_range(group[0][1] + first, group[-1][2] + first)} "
            f"+{_range(group[0][3] + first, group[-1][4] + first)} @@\n"
        )
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                shown_lines += (_line(" ", line) for line in old_middle[i1:i2])
            else:
                shown_lines += (_line("-", line) for line in old_middle[i1:i2])
                shown_lines += (_line("+", line) for line in new_middle[j1:j2])
    return "".join(shown_lines)


def _matched(olds: list[bytes], news: list[bytes]) -> SequenceMatcher[bytes]:
    if len(olds) == len(news) and 2 * sum(map(ne, olds, news)) <= len(olds):
        return _SideBySide(olds, news)
    return SequenceMatcher(None, olds, news, autojunk=False)


class _SideBySide(SequenceMatcher[bytes]):
    """Of as many lines as before, few of them others, each is held against the one at its place: a rename is shown so,
    and nothing need be searched for."""

    def __init__(self, olds: list[bytes], news: list[bytes]) -> None:
        super().__init__(None, [], [], autojunk=False)
        self._are_equal = list(map(eq, olds, news))

    def get_opcodes(self) -> Any:
        found = []
        at = 0
        for is_equal, run in groupby(self._are_equal):
            end = at + sum(1 for _ in run)
            found.append(("equal" if is_equal else "replace", at, end, at, end))
            at = end
        return found


def _prefixed(side: str, name: str) -> str:
    return f'"{side}/{name[1:]}' if name.startswith('"') else f"{side}/{name}"


def _quoted(path: str) -> str:
    """Return a path as git writes it in a diff: quoted when it holds anything but plain characters."""
    if all(character.isprintable() and character not in '"\\' for character in path):
        return path
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else "".join(f"\\{b:03o}" for b in c.encode("utf-8", "surrogateescape"))
                         for c in quoted) + '"'  # fmt: skip


def _range(start: int, end: int) -> str:
    """Return lines [start, end), 0-based, as a hunk's header counts them."""
    length = end - start
    return f"{start + 1 if length else start}" if length == 1 else f"{start + (1 if length else 0)},{length}"


def _line(mark: str, line: bytes) -> str:
    text = line.decode("utf-8", "surrogateescape")
    return f"{mark}{text}" if text.endswith("\n") else f"{mark}{text}\n\\ No newline at end of file\n"
