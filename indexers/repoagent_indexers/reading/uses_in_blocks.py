"""References in bodies of Ruby that are passed over: told by what stands right before and behind a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.reading.blocks import CAPITAL, Blocks
from repoagent_indexers.reading.bodies import one_of
from repoagent_indexers.reading.uses import CALL, TYPE, USE, Outline, Surroundings, fill
from repoagent_indexers.reading.uses_in_bodies import add_those_outside
from repoagent_indexers.words.lexicon import Lexicon, Words

_KEYWORDS = (
    b"__FILE__ __LINE__ __method__ alias and begin break case class def defined do else elsif end ensure false for if"
    b" in module next nil not or redo rescue retry return self super then true undef unless until when while yield"
).split()
_BEFORE_STATEMENT = (b"and begin do else elsif if in not or rescue return then unless until when while").split()
"""Behind these a statement or a value begins, as at the beginning of a line."""
_BINARY = b"and do if in or rescue then unless until while".split()
"""Before these a name takes no arguments."""
_DIGIT = one_of(b"0123456789")
_BEGINS = one_of(b"\n;({[|=,&!?")
"""Before a name that may take arguments without brackets."""
_IN_WORD = one_of(bytes(byte for byte in range(256) if byte > 127 or chr(byte).isalnum() or byte == ord("_")))
_ARGUMENT = _IN_WORD | one_of(b"\"'`@$")
_MARKED = one_of(b":*&-")
"""Signs that begin an argument when a name or a string stands right behind them."""
_MARKS = one_of(b"@$")


def add_references_of(outlines: Sequence[tuple[int, Outline]], blocks: Blocks, words: Words, lexicon: Lexicon) -> None:
    """Add what stands in bodies to the references of outlines, each with its file's position."""
    if not outlines:
        return
    page = _Blocks(outlines, blocks, words, lexicon)
    kinds = page.kinds()
    found = np.flatnonzero(kinds >= 0)
    kinds, lines, owners, heads = kinds[found], page.lines(found), page.owners(found), page.heads(found)
    longer = page.longer[found]
    edges = np.searchsorted(words.starts[found], words.files).tolist()
    for file, outline in outlines:
        if edges[file] < edges[file + 1]:
            own, begin = slice(edges[file], edges[file + 1]), int(words.files[file])
            outside = outline.facts.references
            fill(outline, begin, words, found[own], kinds[own], lines[own], owners[own], heads[own], longer[own])
            add_those_outside(outline, outside)


class _Blocks(Surroundings):
    """The words of bodies."""

    joints = (b"::", b"&.")

    def __init__(self, outlines: Sequence[tuple[int, Outline]], blocks: Blocks, words: Words, lexicon: Lexicon) -> None:
        super().__init__(outlines, words, lexicon)
        self.code = np.frombuffer(blocks.code, np.uint8)
        first = self.data[self.starts]
        self.in_code = self.within_places(blocks.regions) & (self.code[self.starts] == first) & ~_DIGIT[first]
        is_sign = (self.after == ord("?")) | (self.after == ord("!"))
        self.longer = (is_sign & (self.data[self.ends + 1] != ord("="))).astype(np.int64)
        """Of each word one where its name ends with a sign: `empty?`."""

    def kinds(self) -> NDArray[np.int8]:
        """Of each word which kind of reference it is, -1 for none."""
        kinds = np.full(len(self.starts), -1, np.int8)
        is_member = (self.before == ord(".")) & (self.data[self.starts - 2] != ord("."))
        names = self.in_code & (~self.are(_KEYWORDS)[self.numbers] | is_member) & ~_MARKS[self.before]
        names = np.flatnonzero(names)
        ends = self.ends[names] + self.longer[names]
        before, after, behind = self.before[names], self.code[ends], self.code[ends + 1]
        is_member, is_great = is_member[names], CAPITAL[self.data[self.starts[names]]]
        is_scoped = (before == ord(":")) & (self.data[self.starts[names] - 2] == ord(":"))
        is_symbol = (before == ord(":")) & ~is_scoped
        is_key = (after == ord(":")) & (behind != ord(":"))
        calls = is_member | (after == ord("(")) | (is_scoped & ~is_great) | (self.longer[names] > 0)
        calls |= ~is_great & self._take_arguments(names, ends)
        calls &= ~is_symbol & ~is_key | is_member
        kinds[names[calls]] = CALL
        types = is_great & ~calls & ~is_symbol & ~is_key
        kinds[names[types]] = TYPE
        uses = ~calls & ~types & ~is_key & ~is_scoped & self.visible()[names]
        uses[uses] = ~self.are_assigned(names[uses])
        kinds[names[uses]] = USE
        return kinds

    def _take_arguments(self, names: NDArray[np.intp], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which names are called without brackets: `name value`, `name do`, `name { }`."""
        code, starts = self.code, self.starts[names]
        following = np.minimum(names + 1, len(self.starts) - 1)
        previous = np.maximum(names - 1, 0)
        one, two = code[ends + 1], code[np.minimum(ends + 2, len(code) - 1)]
        are = _ARGUMENT[one] | (_MARKED[one] & (_ARGUMENT[two] | (two == ord(":")) | (two == ord(">"))))
        are |= (one == ord("[")) | (one == ord("\\"))
        is_next = self.starts[following] == ends + 1
        are &= ~(self.are(_BINARY)[self.numbers[following]] & is_next)
        are |= is_next & (self.numbers[following] == self.lexicon.known.get(b"do", -1))
        are &= code[ends] == ord(" ")
        begins = _BEGINS[self.back(starts)]
        is_behind = self.ends[previous] == starts - 1
        begins |= is_behind & self.are(_BEFORE_STATEMENT)[self.numbers[previous]]
        begins |= is_behind & (self.before[previous] == ord("."))  # `expect(a).to eq b`
        begins |= self._begin_lines(starts)
        found: NDArray[np.bool_] = (are & begins) | ((code[ends] == ord(" ")) & (one == ord("{")))
        return found

    def _begin_lines(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which places are the first of their lines."""
        ends = np.flatnonzero(self.data == 10)
        solid = np.flatnonzero((self.data != 32) & (self.data != 10))
        line = ends[np.searchsorted(ends, places) - 1]
        first = solid[np.searchsorted(solid, line)]
        found: NDArray[np.bool_] = first == places
        return found
