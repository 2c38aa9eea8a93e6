"""What comments and docstrings say of the code that they stand above or in."""

from __future__ import annotations

import re
from bisect import bisect_right

MAX_DOC = 400
_TOLD = 60
"""Comments, most of them of one line, of which documentation is made: the first ones."""
_XML_TAG = re.compile(r"</?[a-z]+(?:\s+(?:cref|name|langword|href)=\"([^\"]*)\")?[^<>]*>")
_XML_TOLD = re.compile(r"<(?:typeparam|param|exception)\s+(?:name|cref)=\"([^\"]*)\">\s*")
"""Of C#'s tags those whose attribute is what the text behind is about."""
_COMMENT_MARK = re.compile(
    r"^[ \t]*(?:/\*[*!]*|\*+/|\*(?!\w)|//+!?|#+!?|--\[=*\[|--+\s?[|^]?|\{-+\s?[|^]?|=begin|%+|;+|\"\"\"|''')[ ]?",
    re.M,
)
_STAR_MARK = re.compile(r"\n[ \t]*(?:/\*[*!]*|\*+/|\*(?!\w)|//+!?|#+!?|=begin|%+|;+|\"\"\"|''')[ ]?")
"""Those without a dash, behind an end of line, which is looked for ten times faster than a beginning."""
_COMMENT_END = re.compile(r"(?:\*+/|-\}|\]=*\]|=(?<=^=)end)[ \t]*$", re.M)
_COMMENT_ENDS = ("*/", "-}", "]]", "]=", "=end")
"""One of these is in each of them: mostly none is there, which is told faster."""
_DOCSTRING_MARK = re.compile(r"(?:[rRuUbBfF]*|~[sS])(?:\"\"\"|'''|\"|')")
_QUOTES = ('"""', "'''", '"', "'")


class CommentsAbove:
    """Finds the comment that ends on the line above a place, with nothing between."""

    def __init__(self, comments: list[tuple[int, int]], content: bytes, lines: list[int]) -> None:
        self.content = content
        self.lines = lines
        self.by_last_line: dict[int, tuple[int, int]] = {}
        self.told: dict[int, str] = {}
        """What is above a line, for those that were asked about."""
        for start, end in comments:
            if (start == 0 and content.startswith(b"#!")) or content.startswith((b"-- ^", b"{- ^"), start):
                continue
            line_start = lines[bisect_right(lines, start) - 1]
            if not content[line_start:start].strip():  # a comment behind code is about that code
                last = bisect_right(lines, max(start, end - 1 if content[end - 1 : end] == b"\n" else end))
                self.by_last_line[last] = (start, end)

    def above(self, line: int, own_line: int) -> str:
        """The text of the comments that end right above a line, oldest first, or else right above another."""
        return self._before(line) or (self._before(own_line) if own_line != line else "")

    def _before(self, line: int) -> str:
        if line - 1 not in self.by_last_line:
            return ""
        if line not in self.told:
            self.told[line] = self._joined(line - 1)
        return self.told[line]

    def _joined(self, line: int) -> str:
        parts: list[tuple[int, int]] = []
        while (found := self.by_last_line.get(line)) is not None:
            parts.append(found)
            line = bisect_right(self.lines, found[0]) - 1
        told = reversed(parts[-_TOLD:])
        joined = b"\n".join(self.content[start : min(end, start + 3 * MAX_DOC)] for start, end in told)
        return joined[: 3 * MAX_DOC].decode("utf-8", "replace")


def clean_comment(text: str) -> str:
    if not text:
        return ""
    has_dashes = "--" in text or "{-" in text
    text = _COMMENT_MARK.sub("", text) if has_dashes else _STAR_MARK.sub("\n", f"\n{text}")
    if "<summary" in text or "<inheritdoc" in text:
        text = _XML_TAG.sub(r"\1", _XML_TOLD.sub(r"\1: ", text))
        text = "\n".join(line for line in text.splitlines() if line.strip())
    if any(map(text.__contains__, _COMMENT_ENDS)):
        text = _COMMENT_END.sub("", text)
    return "\n".join(map(str.rstrip, text.splitlines())).strip()[:MAX_DOC]


def clean_docstring(text: str) -> str:
    text = text.strip()
    if mark := _DOCSTRING_MARK.match(text):
        text = text[mark.end() :]
    quotes = next(filter(text.endswith, _QUOTES), "")
    lines = text.removesuffix(quotes).expandtabs().splitlines()
    if len(lines) < 2:
        return "".join(lines).strip()[:MAX_DOC].rstrip()
    first, *others = lines
    bare = [line.lstrip() for line in others]
    margin = min((len(line) - len(text) for line, text in zip(others, bare, strict=True) if text), default=0)
    cleaned = "\n".join([first.strip(), *(line[margin:].rstrip() for line in others)])
    return cleaned.strip()[:MAX_DOC].rstrip()
