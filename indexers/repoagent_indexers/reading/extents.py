"""Where definitions begin and end, with what belongs to them, and which lie around which."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from repoagent_indexers.reading.captures import Captured, Definition
from repoagent_indexers.reading.facts import SYMBOL_WIDTH

_DECLARING = re.compile(rb"(?:\b(?:export|declare)\s+)*\b(const|let|var|using)\s+$")
_ENDS, _BLANKS = b"; \r\n", b" \t\r\n"
_Range = tuple[int, int]


def reached(definitions: list[Definition], reaching: list[int], size: int) -> list[Definition]:
    """Definitions that have no body of their own reach to the next such one, or to the end of the file."""
    if not reaching:
        return definitions
    ends = dict(zip(sorted(reaching), [*sorted(reaching)[1:], size], strict=True))
    return [(one[0], ends.get(one[0], one[1]), *one[2:]) for one in definitions]


def unique(definitions: list[Definition]) -> list[Definition]:
    """One definition a name: where two patterns match one name, the one that stands first in the query counts."""
    seen: dict[_Range, Definition] = {}
    vague = {"variable", "function", "constant", "field", "property", "method"}
    for definition in definitions:
        key = (definition[3], definition[4])
        known = seen.get(key)
        if known is None or (definition[2] in vague, definition[7]) < (known[2] in vague, known[7]):
            seen[key] = definition
    return sorted(seen.values())


def declared(definitions: list[Definition], content: bytes) -> list[Definition]:
    """A statement that declares one thing is that thing: `const a = 1`; what `let` and `var` bind is a variable."""
    found: list[Definition] = []
    is_constant = True
    for one in definitions:
        start, end, kind = one[:3]
        if kind in {"constant", "variable", "function", "class"} and (start == one[3] or content[start] in b"{["):
            written = _DECLARING.search(content, max(0, start - 60), start)
            is_constant = written[1] in {b"const", b"using"} if written else is_constant
            kind = "variable" if kind == "constant" and not is_constant else kind
            if written and content[end : end + 60].lstrip()[:1] != b",":
                start = written.start()
        found.append((start, end, kind, *one[3:]))
    return sorted(found)


def widened(definitions: Sequence[Definition], captured: Captured, content: bytes) -> list[_Range]:
    """Of each definition where it starts with its decorators, and where without them."""
    begins = [definition[0] for definition in definitions]
    starts, own_starts = list(begins), list(begins)
    ends = [_last_byte(definition[1], content) for definition in definitions] if captured.wraps else []
    for start, end, is_head in sorted(captured.wraps):
        index = bisect_left(begins, start)
        last = _last_byte(end, content)
        while index < len(definitions) and begins[index] < end and ends[index] != last:
            if is_head and not any(before <= begins[index] < after for before, after in captured.prefixes):
                break
            index += 1
        if index < len(definitions) and ends[index] == last:
            span = definitions[index][:2]
            while index < len(definitions) and definitions[index][:2] == span:  # `const {a, b} = c`
                starts[index] = min(starts[index], start)
                if is_head:
                    own_starts[index] = min(own_starts[index], start)
                index += 1
    if captured.prefixes:
        prefixes = _Prefixes(captured, content)
        for index, start in enumerate(starts):
            own_starts[index] = prefixes.behind(own_starts[index])
            starts[index] = prefixes.before(start)
    return list(zip(starts, own_starts, strict=True))


def _last_byte(end: int, content: bytes) -> int:
    if content[end - 1 : end] not in _ENDS:
        return end
    while end and content[end - 1] in _ENDS:
        end -= 1
    return end


def _before_blanks(place: int, content: bytes) -> int:
    """The place behind the last byte before another that is no blank."""
    while place and content[place - 1] in _BLANKS:
        first = max(0, place - 40)
        place = first + len(content[first:place].rstrip(_BLANKS))
    return place


def code_end(content: bytes, end: int, comment_starts: dict[int, int]) -> int:
    """Where the code ends behind which comments stand, if they stand there."""
    while end in comment_starts:
        end = comment_starts[end]
        while end and end not in comment_starts and content[end - 1] in b" \t\r\n\f\\":
            end -= 1
    return end


class _Prefixes:
    """Finds the annotations and attributes in front of a definition, be they inside its node or before it."""

    def __init__(self, captured: Captured, content: bytes) -> None:
        self.content = content
        self.end_of = dict(captured.prefixes)
        self.start_of = {end: start for start, end in captured.prefixes}
        self.comments = {_last_byte(end, content): start for start, end in captured.comments}

    def behind(self, start: int) -> int:
        """Where a definition starts once its annotations are left out."""
        while (end := self.end_of.get(start)) is not None:
            start = end
            while start < len(self.content) and self.content[start] in b" \t\r\n":
                start += 1
        return start

    def before(self, start: int) -> int:
        """Where the annotations in front of a definition start; comments may stand between them."""
        place = start
        while True:
            place = _before_blanks(place, self.content)
            if place in self.start_of:
                start = place = self.start_of[place]
            elif place in self.comments:
                place = self.comments[place]
            else:
                return start


class Scopes:
    """Tells which scopes lie around a definition, for definitions asked for in order of their start."""

    def __init__(self, scopes: list[tuple[int, int, int, int]]) -> None:
        self.waiting = sorted(scopes, reverse=True)
        self.open: list[tuple[int, int, int, int]] = []

    def around(self, start: int, end: int, floor: int) -> list[_Range]:
        """Places of the names of the scopes around start..end that begin behind `floor`, outermost first."""
        while self.waiting and self.waiting[-1][0] <= start:
            self.open.append(self.waiting.pop())
        self.open = [scope for scope in self.open if scope[1] > start]
        return [scope[2:] for scope in self.open if floor < scope[0] and end <= scope[1]]


class Innermost:
    """Finds the innermost symbol around places that are asked for in ascending order, in one sweep."""

    def __init__(self, symbols: list[int]) -> None:
        self.rows = [(symbols[at + 6], symbols[at + 7]) for at in range(0, len(symbols), SYMBOL_WIDTH)]
        self.open: list[tuple[int, int]] = []  # (end byte, index), outermost first
        self.next = 0

    def at(self, position: int) -> int:
        """The symbol's index, -1 for none."""
        around = self.open
        if self.next < len(self.rows) and self.rows[self.next][0] <= position:
            self._enter(position)
        while around and around[-1][0] <= position:
            around.pop()
        return around[-1][1] if around else -1

    def _enter(self, position: int) -> None:
        rows, around = self.rows, self.open
        while self.next < len(rows) and rows[self.next][0] <= position:
            start, end = rows[self.next]
            while around and around[-1][0] <= start:
                around.pop()
            if not (self.next and rows[self.next - 1] == (start, end)):  # the first of one statement's stands for all
                around.append((end, self.next))
            self.next += 1
