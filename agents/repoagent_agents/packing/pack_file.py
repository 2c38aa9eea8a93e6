"""A file whose lines are taken into a pack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from repoagent_agents.packing.pack_styles import Stretch
from repoagent_indexers.reading.facts import IMPORT_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.source import SourceFile, Span

HEADER = 14
"""Tokens of a file's place and of the fences around it, beside its path."""
MARKER = 9
"""Tokens that say which lines follow where some are left out."""
_GAP = 3
"""Stretches this few lines apart are shown as one."""
_NEWLINE = re.compile(rb"\n")
_REMARK = re.compile(rb"[ \t]*(?://|/\*|\*[\s/*]|#(?!\[|!|\w)|--[ -])")
"""A line of a comment. `#[`, `#!` and `#include` are code."""
_LONG_REMARK = _GAP + 1
"""Lines from which on it pays to leave a comment out."""
_BODY = 2
"""Lines behind its first that a function with a body has at least."""
_FREE, _TAKEN, _GIVEN, _UNWANTED = range(4)
"""What a line is: not shown; shown; had by the reader already; never shown."""


class PackedFile:
    """A file and which of its lines are shown. Lines are 1-based."""

    def __init__(
        self,
        source: SourceFile,
        facts: Facts,
        count: Callable[[str], int],
        given: Sequence[Span] = (),
        *,
        with_remarks: bool = True,
    ) -> None:
        self.path, self.language, self.content, self.facts = source.path, source.language, source.content, facts
        self.starts = [0, *(found.end() for found in _NEWLINE.finditer(source.content))]
        if self.starts[-1] != len(source.content):
            self.starts.append(len(source.content))
        self.n_lines = len(self.starts) - 1
        self.tokens = count(source.content.decode("utf-8", "replace"))
        self.states = bytearray(self.n_lines + 2)
        """By line: what it is."""
        for span in given:
            for line in range(span.start_line, min(span.end_line, self.n_lines) + 1):
                self.states[line] = _GIVEN
        self.n_changes = 0
        """How often lines were taken or let go."""
        self.n_bytes_taken = 0
        self.n_bytes_wanted = len(source.content) - self._size([n for n, s in enumerate(self.states) if s == _GIVEN])
        """All that may be taken."""
        if not with_remarks:
            self._leave_out_remarks()
        self.cuts: dict[int, int] = {}
        """Last line of a body that was cut -> last line of the whole."""
        self.wholes: set[tuple[int, int]] = set()
        """First and last line of definitions that come in parts."""
        self.rank = 1 << 30
        """Of the best hit that is shown."""

    def is_shown(self, line: int) -> bool:
        """Whether the reader gets a line or has it."""
        return self.states[line] in (_TAKEN, _GIVEN)

    def missing(self, first: int, last: int) -> list[int]:
        """Lines that the reader has not and may want."""
        states = self.states[first : min(last, self.n_lines) + 1]
        return [line for line, state in enumerate(states, first) if state == _FREE]

    @property
    def tokens_missing(self) -> int:
        """About what all the lines take that the reader has not and may want."""
        return self.tokens * (self.n_bytes_wanted - self.n_bytes_taken) // max(1, len(self.content))

    def _leave_out_remarks(self) -> None:
        """Want no long comment in front of a function; before one that is only declared it says more than the code."""
        for number in range(self.facts.n_symbols):
            own, last = self.facts.symbols[number * SYMBOL_WIDTH + 8 : number * SYMBOL_WIDTH + 10]
            if not self.facts.is_function(number) or last - own < _BODY:
                continue
            first = own
            while first > 1 and _REMARK.match(self.content, self.starts[first - 2], self.starts[first - 1]):
                first -= 1
            if own - first >= _LONG_REMARK:
                remark = self.missing(first, own - 1)
                self.n_bytes_wanted -= self._size(remark)
                for line in remark:
                    self.states[line] = _UNWANTED

    def cost(self, lines: Sequence[int]) -> int:
        """About how many tokens more the lines take: their share of the file's, and what is written before them."""
        if not lines:
            return 0
        own = int(self.tokens * self._size(lines) / max(1, len(self.content))) + 1
        if _TAKEN in (self.states[lines[0] - 1], self.states[lines[-1] + 1]):
            return own
        return own + (MARKER if self.n_bytes_taken else HEADER + len(self.path) // 3)

    def take(self, lines: Sequence[int], rank: int) -> None:
        """Show lines; `rank` is that of the hit for which."""
        self.rank = min(rank, self.rank)
        self.n_changes += 1
        self.n_bytes_taken += self._size(lines)
        for line in lines:
            self.states[line] = _TAKEN

    def let_go(self, lines: Sequence[int]) -> None:
        """Show them no more."""
        self.n_changes += 1
        self.n_bytes_taken -= self._size(lines)
        for line in lines:
            self.states[line] = _FREE

    def _size(self, lines: Sequence[int]) -> int:
        if lines and lines[-1] - lines[0] == len(lines) - 1:
            return self.starts[lines[-1]] - self.starts[lines[0] - 1]
        return sum(self.starts[line] - self.starts[line - 1] for line in lines)

    def stretches(self) -> Iterator[Stretch]:
        """What is shown, in order; small gaps are shown too."""
        first = last = 0
        for line in [line for line, state in enumerate(self.states) if state == _TAKEN]:
            if first and (line - last > _GAP or _GIVEN in self.states[last + 1 : line]):
                yield self._stretch(first, last)
                first = 0
            first, last = first or line, line
            if line in self.cuts:
                yield self._stretch(first, last)
                first = 0
        if first:
            yield self._stretch(first, last)

    def _stretch(self, first: int, last: int) -> Stretch:
        content = self.content[self.starts[first - 1] : self.starts[last]].decode("utf-8", "replace")
        until = self.cuts.get(last, 0)
        return Stretch(first, last, content, self._around(first), until if until > last else None)

    def is_part(self, first: int, last: int) -> bool:
        """Whether a stretch holds some lines of a definition, but not all of them."""
        return any(start <= last and end >= first and not first <= start <= end <= last for start, end in self.wholes)

    def span(self, first: int, last: int) -> Span:
        """The place of lines."""
        return Span(self.path, self.starts[first - 1], self.starts[last], first, last)

    def imports(self) -> list[int]:
        """Lines that import and that the reader has not."""
        rows = self.facts.imports
        lines = {line for line in rows[3::IMPORT_WIDTH] if 0 < line <= self.n_lines}
        return sorted(line for line in lines if not self.is_shown(line))

    def _around(self, line: int) -> str:
        """The header of the class, or what else encloses a line, where it is not shown itself; "" for none."""
        symbols, place = self.facts.symbols, self.starts[line - 1]
        owner = -1
        for at in range(0, len(symbols), SYMBOL_WIDTH):
            if symbols[at + 6] > place:
                break
            if place < symbols[at + 7] and symbols[at + 8] < line:
                owner = at
        if owner < 0 or self.is_shown(symbols[owner + 8]):
            return ""
        return " ".join(self.facts.strings[symbols[owner + 3]].split())[:160]
