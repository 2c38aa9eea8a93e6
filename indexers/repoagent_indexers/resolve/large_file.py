"""A large file of C or C++, of which only those sections are parsed that a question is about.

A header that is made of many others has a megabyte; a name stands in a few of its definitions. What is defined in one
function is seen nowhere outside of it, so a section, with the heads and ends of the namespaces and classes around it,
is read as it would be within the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.languages.blanks import blanked, empty_macros
from repoagent_indexers.languages.conditionals import LINE, conditionals
from repoagent_indexers.languages.spaces import spaces
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.resolve.syntax import mentions, tree_of_parts
from repoagent_indexers.resolve.tree_file import NAMESPACES, Declared, TreeFile

if TYPE_CHECKING:
    from tree_sitter import Node

LARGE = 1 << 15
"""Bytes of a file below which it is parsed as fast as it is divided."""
_SECTION = 1 << 13
"""Bytes that small definitions are joined to: each parse has a cost of its own."""
_LARGE_CLASS = 2 * _SECTION
_CLASSES = frozenset({"class", "struct"})
_MAX_COMMENT = 1 << 13


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a file: whole definitions beside each other and what stands between them."""

    start: int
    end: int
    around: tuple[int, ...]
    """The numbers of the namespaces and large classes around it, outermost first."""


class LargeFile(TreeFile):
    """See `TreeFile`. Holds the trees of its sections."""

    def __init__(self, path: str, language: str, content: bytes, facts: Facts) -> None:
        super().__init__(path, language, content, facts)
        self._roots: dict[tuple[int, bool], Node] = {}
        self._near: dict[tuple[int, str], tuple[Declared, ...]] = {}

    def root_at(self, start: int) -> Node:
        return self._root_at(start, is_plain=False)

    def plain_root_at(self, start: int) -> Node:
        return self._root_at(start, is_plain=True)

    def extent(self, scope: Node) -> tuple[int, int]:
        return (0, len(self.content)) if scope.parent is None else (scope.start_byte, scope.end_byte)

    def declared_around(self, start: int, name: str) -> tuple[Declared, ...]:
        key = (self._number_at(start), name)
        if key not in self._near:
            self._near[key] = tuple(self._introducing(name, self._nodes_of(name, list(self._seen_from(*key)))))
        return self._near[key]

    def _seen_from(self, at: int, name: str) -> Iterator[int]:
        """Where a name stands that may be declared there for a section: in it, or outside of all definitions."""
        section = self._sections[at]
        for place in mentions(self.content, name):
            if section.start <= place < section.end:
                yield place
            elif (number := self.numbers.get(place)) is not None:
                if not self.is_member(number) and self._is_outer(self.facts.parent(number)):
                    yield place
            elif not self._names_nothing(place, name) and not self._is_inside(place):
                yield place

    def _names_nothing(self, place: int, name: str) -> bool:
        """Whether a name outside of definitions introduces nothing: a part of a longer one, a word of a comment."""
        content, behind = self.content, place + len(name.encode("utf-8", "surrogateescape"))
        if content.startswith(b"::", behind) or content.startswith(b"::", place - 2):
            return True
        first = max(0, place - _MAX_COMMENT)
        in_line = content.rfind(b"//", content.rfind(b"\n", first, place) + 1, place) >= 0
        return in_line or content.rfind(b"/*", first, place) > content.rfind(b"*/", first, place)

    # -- trees ----------------------------------------------------------------------------------------------------

    def _root_at(self, start: int, *, is_plain: bool) -> Node:
        at = self._number_at(start)
        if (at, is_plain) not in self._roots:
            self._roots[at, is_plain] = self._parse(self._sections[at], is_plain=is_plain)
        return self._roots[at, is_plain]

    def _parse(self, section: Section, *, is_plain: bool) -> Node:
        text = self.content[section.start : section.end]
        if not is_plain:
            text = _with_whole_conditionals(text)
            text = blanked(self.language, self._macros_in_front + text)[len(self._macros_in_front) :]
        heads = [(self._starts[each], min(self._bodies[each], section.start)) for each in section.around]
        ends = [self._ends[each] for each in reversed(section.around)]
        parts = [each for each in (*heads, (section.start, section.end), *ends) if each[0] < each[1]]
        content = b"".join((self.content[: section.start], text, self.content[section.end :]))
        return tree_of_parts(self.language, content, parts).root_node

    @cached_property
    def _macros_in_front(self) -> bytes:
        """Definitions of macros that stand for nothing, which are left out wherever they are used."""
        return b"".join(b"#define %s\n" % name for name in sorted(empty_macros(self.content)))

    # -- sections -------------------------------------------------------------------------------------------------

    def _number_at(self, start: int) -> int:
        return max(0, bisect_right(self._section_starts, start) - 1)

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.start for section in self._sections]

    @cached_property
    def _bodies(self) -> dict[int, int]:
        """Number of each namespace and large class that is divided -> where its body begins, behind the brace."""
        return {number: start for number, (start, _) in self._divided.items()}

    @cached_property
    def _ends(self) -> dict[int, tuple[int, int]]:
        """Number of each of them -> where its last brace stands, with a semicolon behind it."""
        found = {}
        for number, (_, end) in self._divided.items():
            behind = self.span(number)[1]
            found[number] = (end, behind + self.content.startswith(b";", behind))
        return found

    @cached_property
    def _divided(self) -> dict[int, tuple[int, int]]:
        """Number of each of them -> from where to where its body reaches."""
        found: dict[int, tuple[int, int]] = {}
        for number in range(self.facts.n_symbols):
            start, end = self.span(number)
            is_large = self.kind(number) in _CLASSES and end - start >= _LARGE_CLASS
            if (is_large or self.kind(number) in NAMESPACES) and self._is_outer(self.facts.parent(number), found):
                brace = self.content.find(b"{", self.name_start(number), end)
                last = self.content.rfind(b"}", brace, end) if brace >= 0 else -1
                if last >= 0 and not self.content[last + 1 : end].strip(b" \t\r\n;"):
                    found[number] = (brace + 1, last)
        return found

    def _is_outer(self, parent: int, divided: dict[int, tuple[int, int]] | None = None) -> bool:
        """Whether what stands directly in a symbol stands in nothing but what is divided."""
        return parent < 0 or parent in (self._divided if divided is None else divided)

    def _is_inside(self, place: int) -> bool:
        """Whether a place lies in a definition that is not divided."""
        return any(number not in self._bodies for number in self.around(place))

    @cached_property
    def _sections(self) -> list[Section]:
        found: list[Section] = []
        around: list[int] = []
        start = 0

        def cut(at: int, least: int = 0) -> None:
            nonlocal start
            if at > start + least:
                found.append(Section(start, at, tuple(around)))
                start = at

        def leave(until: int) -> None:
            nonlocal start
            while around and self._ends[around[-1]][1] <= until:
                last, end = self._ends[around[-1]]
                cut(last)
                around.pop()
                cut(end)

        outermost = sorted(
            (*self.span(number), number)
            for number in range(self.facts.n_symbols)
            if self._is_outer(self.facts.parent(number))
        )
        behind = 0  # the end of all definitions so far
        for begin, end, number in outermost:
            if begin < behind and number not in self._bodies:
                behind = max(behind, end)
                continue  # a second name of one definition
            leave(begin)
            if begin >= behind:
                cut(self._line_behind(behind, begin), _SECTION)
            if number in self._bodies:
                cut(begin)
                around.append(number)
                cut(self._bodies[number])
                behind = max(behind, self._bodies[number])
            else:
                behind = max(behind, end)
        leave(len(self.content))
        cut(len(self.content))
        return found

    def _line_behind(self, end: int, begin: int) -> int:
        """Where a line begins behind one definition and not behind the next one's begin."""
        line = self.content.find(b"\n", end, begin)
        return line + 1 if line >= 0 else begin


def _with_whole_conditionals(text: bytes) -> bytes:
    """The text without those of #if, #else and #endif whose others it does not hold."""
    if b"#" not in text:
        return text
    text = b"\n" + text
    whole = {line.start() for _, group in conditionals(text) for line in group}
    readable = bytearray(text)
    for line in LINE.finditer(text):
        if line.start() not in whole:
            readable[line.start() : line.end()] = spaces(line[0])
    return bytes(readable[1:])
