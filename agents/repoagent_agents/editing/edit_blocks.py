"""A model's reply -> the changes it states, as text: search/replace blocks, unified diffs, fenced code.

Fences are those of CommonMark: one of n marks is closed by at least n. A block counts where a reply speaks for itself:
outside of fences, or as all that a fence holds. One that stands in the midst of fenced text is part of what is quoted,
perhaps of a file that somebody prepared, and is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([^`]*)$")
_SEARCH = re.compile(r"^(\s*)<{5,9}(?: ?(?:SEARCH|ORIGINAL|HEAD|OLD)\b:?\s*(.*)|\s*)$")
DIVIDER = re.compile(r"^\s*={5,9}\s*$")
_REPLACE = re.compile(r"^\s*>{5,9}(?:\s|$)")
_HUNK = re.compile(r"^@@(?: -\d+(?:,\d+)? \+\d+(?:,\d+)? @@| |$)")
_DIFF_HEAD = re.compile(
    r"^(?:diff --git |--- |\+\+\+ |index [0-9a-f]+\.\.|(?:new|deleted) file mode|rename |similarity )"
)
_TICKED = re.compile(r"`([^`\s]+)`|\*\*([^*\s]+)\*\*")
_LINES = re.compile(r":\d+(?:-\d+)?$")
"""Lines behind a path, as a pack shows them."""
_BEFORE_PATH = re.compile(r"^(?:(?:[#*+-]+|\d+[.)])\s+)?(?:(?:in|file|path|filename|new file)\s*:?\s+)?", re.IGNORECASE)
_PATH = re.compile(r"^[\w@.~+\-\[\]()]*(?:/[\w@.~+\-\[\]() ]+)*\.?[\w\-]+$")


@dataclass(frozen=True, slots=True)
class Block:
    """One change as a reply states it."""

    path: str
    """As written; "" when none is named."""
    line: int
    """1-based line of the reply."""
    kind: Literal["replace", "code"]
    readings: tuple[tuple[str, str], ...] = ()
    """What to search for and what to put there; several where a divider could stand at several places."""
    code: str = ""
    """What a fence holds."""
    problem: str = ""
    """Why it cannot be read; "" for most."""

    @property
    def creates(self) -> bool:
        """Whether it may be a whole new file."""
        return self.kind == "code" or any(not search.strip() for search, _ in self.readings)


def read_blocks(reply: str, paths: Sequence[str] = ()) -> list[Block]:
    """Return what a reply states, in its order. `paths` are those that it may speak of."""
    return _Reader(reply, paths).blocks()


class _Reader:
    """A walk down the lines of one reply."""

    def __init__(self, reply: str, paths: Sequence[str]) -> None:
        self.lines = reply.replace("\r\n", "\n").split("\n")
        self.paths = paths
        self.at = 0
        self.named = ""
        """The last path that a line of text named, for the blocks after it."""
        self.found: list[Block] = []
        self.finished: list[str] = []
        """What stands in the search/replace blocks so far."""

    def blocks(self) -> list[Block]:
        fresh = ""
        """The path on the last line that was not blank: what a fence without one of its own is about."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            fence = _FENCE.match(line)
            if _SEARCH.match(line):
                self.search_block(fresh or self.named)
            elif (
                line.startswith("--- ") and self.at + 1 < len(self.lines) and self.lines[self.at + 1].startswith("+++ ")
            ):
                start = self.at
                while self.at < len(self.lines) and re.match(r"[-+ @\\]|diff |index |$", self.lines[self.at]):
                    self.at += 1
                self.found += _diff_blocks(self.lines[start : self.at], start + 1, fresh)
            elif fence:
                self.fence(fence, fresh)
                fresh = ""
            else:
                if line.strip():
                    fresh = self.path_in(line)
                    self.named = fresh or self.named
                self.at += 1
        return self.found

    def fence(self, mark: re.Match[str], fresh: str) -> None:
        """Read a fence, beginning at its opening line."""
        opened = self.at
        path = self.info_path(mark[2]) or fresh
        self.at += 1
        while self.at < len(self.lines) and not self.lines[self.at].strip():
            self.at += 1
        head = self.lines[self.at] if self.at < len(self.lines) else ""
        following = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else ""
        if _SEARCH.match(following) and (named := self.path_in(head)):
            path = named
            self.at += 1
            head = following
        if _SEARCH.match(head):
            self.blocks_in_fence(mark[1], path or self.named)
            return
        self.at = opened + 1
        content: list[str] = []
        while self.at < len(self.lines) and not _closes(self.lines[self.at], mark[1]):
            content.append(self.lines[self.at])
            self.at += 1
        closed = self.at < len(self.lines)
        self.at += 1
        self.fenced(content, mark, path, opened + 1, closed)

    def fenced(self, content: list[str], mark: re.Match[str], path: str, line: int, closed: bool) -> None:
        language = mark[2].split(" ", 1)[0].lower()
        body = [text for text in content if text.strip()]
        if language in {"diff", "patch"} or (body and (_HUNK.match(body[0]) or _DIFF_HEAD.match(body[0]))):
            self.found += _diff_blocks(content, line + 1, path or self.named)
            return
        if any(_SEARCH.match(text) for text in content):
            problem = "an edit block in the midst of quoted text is not taken"
            self.found.append(Block(path, line, "code", problem=problem))
            return
        if body and not path and (named := self.path_in(_uncommented(body[0]), strict=True)):
            path = named
            content = content[content.index(body[0]) + 1 :]
        if body:
            problem = "" if closed else "the code is not finished"
            self.found.append(Block(path, line, "code", code="\n".join(content) + "\n", problem=problem))

    def blocks_in_fence(self, mark: str, path: str) -> None:
        """Read the search/replace blocks that fill a fence."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if _SEARCH.match(line):
                self.search_block(path, mark)
            elif _closes(line, mark):
                self.at += 1
                return
            elif not line.strip():
                self.at += 1
            elif named := self.path_in(line):
                path = named
                self.at += 1
            else:
                problem = "text beside an edit block inside a fence; put only the block there"
                self.found.append(Block(path, self.at + 1, "replace", problem=problem))
                self.at += 1
                while self.at < len(self.lines) and not _closes(self.lines[self.at], mark):
                    self.at += 1

    def search_block(self, path: str, mark: str = "") -> None:
        """Read one block, beginning at its SEARCH line; `mark` is that of the fence around it."""
        start = self.at
        head = _SEARCH.match(self.lines[start])
        assert head is not None
        path = self.path_in(head[2] or "") or path
        self.named = path
        body: list[str] = []
        self.at += 1
        while self.at < len(self.lines) and not _REPLACE.match(self.lines[self.at]):
            if _SEARCH.match(self.lines[self.at]):
                break
            body.append(self.lines[self.at].removeprefix(head[1]))
            self.at += 1
        dividers = [n for n, line in enumerate(body) if DIVIDER.match(line)]
        if self.at < len(self.lines) and _REPLACE.match(self.lines[self.at]):
            self.at += 1
        elif mark and (
            ends := [n for n, line in enumerate(body) if dividers and n > dividers[0] and _closes(line, mark)]
        ):
            self.at = start + 1 + ends[0]  # the fence around the block ends it
            body = body[: ends[0]]
            dividers = [n for n in dividers if n < ends[0]]
        else:
            if not any(
                whole.startswith("\n".join(body).rstrip()) for whole in self.finished
            ):  # said again, until it was cut off
                problem = "the edit block is not finished: no >>>>>>> REPLACE"
                self.found.append(Block(path, start + 1, "replace", problem=problem))
            return
        self.finished.append("\n".join(body))
        if not dividers:
            self.found.append(Block(path, start + 1, "replace", problem="the edit block has no ======= in it"))
            return
        readings = tuple((_text(body[:n]), _text(body[n + 1 :])) for n in dividers)
        self.found.append(Block(path, start + 1, "replace", readings))

    def info_path(self, info: str) -> str:
        """Return the path in the words after a fence's marks: `python src/a.py`, `python:src/a.py`, `title="a.py"`."""
        for word in (_LINES.sub("", written) for written in re.split(r"[\s,{}]+", info)):
            for part in (word, word.partition(":")[2], word.partition("=")[2].strip("\"'")):
                if part and ("." in part or "/" in part or self.known(part)) and _PATH.match(part):
                    return part
        return ""

    def path_in(self, line: str, strict: bool = False) -> str:
        """Return the path that a line of text names, "" for none or several; with `strict` only one that is known."""
        bare = _BEFORE_PATH.sub("", line.strip())
        bare = _LINES.sub("", bare.strip().strip("`*\"':").strip())
        if self.known(bare):
            return bare
        if strict:
            return ""
        if bare and " " not in bare and ("/" in bare or re.search(r"\w\.\w{1,8}$", bare)) and _PATH.match(bare):
            return bare
        ticked = {_LINES.sub("", found[1] or found[2]) for found in _TICKED.finditer(line)}
        named = [word for word in sorted(ticked) if self.known(word) or ("/" in word and _PATH.match(word))]
        return named[0] if len(named) == 1 else ""

    def known(self, text: str) -> bool:
        return bool(text) and any(path == text or path.endswith("/" + text) for path in self.paths)


def _closes(line: str, mark: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(mark) and set(stripped) == {mark[0]}


def _text(lines: list[str]) -> str:
    """Return the text of lines, without a fence that was put around them."""
    full = [n for n, line in enumerate(lines) if line.strip()]
    if len(full) > 1 and _FENCE.match(lines[full[0]]) and _closes(lines[full[-1]], lines[full[0]].strip()[:3]):
        lines = lines[full[0] + 1 : full[-1]]
    return "".join(f"{line}\n" for line in lines)


def _uncommented(line: str) -> str:
    return re.sub(r"^\s*(?:#|//|--|/\*|<!--|;+|%)\s*|\s*(?:\*/|-->)\s*$", "", line)


def _diff_blocks(lines: list[str], first: int, path: str) -> list[Block]:
    """Return a block for each hunk. The numbers in hunk headers are not believed: models make them up."""
    blocks: list[Block] = []
    creates, unwanted = False, ""
    at = 0
    while at < len(lines):
        line = lines[at]
        if _names_files(lines, at):
            old, new = _diff_path(line[4:], "a/"), _diff_path(lines[at + 1][4:], "b/")
            creates = old == "/dev/null"
            path = old if new == "/dev/null" else new
            unwanted = "deleting" if new == "/dev/null" else "renaming" if old not in (new, "/dev/null") else ""
            if unwanted:
                blocks.append(Block(path, first + at, "replace", problem=f"{unwanted} a file is not done here"))
            at += 2
            continue
        if _DIFF_HEAD.match(line) and not line.startswith(("--- ", "+++ ")):
            at += 1
            continue
        start = at
        if _HUNK.match(line):
            at += 1
        hunk: list[str] = []
        while at < len(lines) and not (_HUNK.match(lines[at]) or _begins_file(lines, at)):
            hunk.append(lines[at])
            at += 1
        if (block := _hunk_block(hunk, path, first + start, creates)) and not unwanted:
            blocks.append(block)
    return blocks


def _begins_file(lines: list[str], at: int) -> bool:
    return lines[at].startswith("diff --git ") or _names_files(lines, at)


def _names_files(lines: list[str], at: int) -> bool:
    return at + 1 < len(lines) and lines[at].startswith("--- ") and lines[at + 1].startswith("+++ ")


def _hunk_block(hunk: list[str], path: str, line: int, creates: bool) -> Block | None:
    while hunk and not hunk[-1].strip():
        hunk = hunk[:-1]
    if not any(text.startswith(("+", "-")) for text in hunk):
        return None
    olds, news = [], []
    for text in hunk:
        if text.startswith("\\"):
            continue
        if not text.startswith(("+", "-", " ")) and text.strip():
            problem = "a line of the diff begins with none of '+', '-' and ' '"
            return Block(path, line, "replace", problem=problem)
        if not text.startswith("+"):
            olds.append(text[1:])
        if not text.startswith("-"):
            news.append(text[1:])
    if not creates and not any(text.strip() for text in olds):
        return Block(path, line, "replace", problem="the hunk has no line that stands in the file; add some around it")
    return Block(path, line, "replace", ((_text(olds), _text(news)),))


def _diff_path(text: str, prefix: str) -> str:
    name = text.split("\t", maxsplit=1)[0].strip().strip('"')
    return name if name == "/dev/null" else name.removeprefix(prefix)
