"""References in the bodies that the tree of a file does not have, found by where their words stand.

What is written right before and behind a word tells a call, a type and a use in every language with braces; `Braces`
says which of these forms a language has. What the tree gives outside of bodies stays.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.reading.bodies import Group, one_of
from repoagent_indexers.reading.facts import REFERENCE_WIDTH
from repoagent_indexers.reading.uses import CALL, TYPE, USE, Outline, Surroundings, fill
from repoagent_indexers.words.lexicon import Lexicon, Words

_NO_MARK = rb"[^<>(){};\"=+]{0,80}"
_GENERIC = re.compile(
    rb"(?:::)?<%b(?:<%b(?:<%b>%b)*>%b)*>(\(| \{)?" % (_NO_MARK, _NO_MARK, _NO_MARK, _NO_MARK, _NO_MARK)
)
"""What may stand behind a name, and what behind that if it is called: `<Name<T>>(`, in Kotlin `<T> {`."""
_LONG_GENERIC = re.compile(rb"<(?:\s*\{[^()]{0,600}?\}|[\w\s.,\[\]|&]{80,600})\s*>\(")
"""What TypeScript writes behind a name that is called: `<{ name: Name }>(`."""
_BLANK, _OPEN, _CLOSE, _STAR, _DOT, _COLON, _LESS, _GREAT = (ord(mark) for mark in " ()*.:<>")
_DIGIT, _CAPITAL = one_of(b"0123456789"), one_of(bytes(range(65, 91)))
_IN_WORD = one_of(bytes(byte for byte in range(256) if byte > 127 or chr(byte).isalnum() or byte in b"_$"))
_BEFORE_CAST = one_of(b"=(,;{}!&|+-*/?:[\n")
_BEFORE_STATEMENT = one_of(b";{}(,:\n")
_STAR_OR_AMPERSAND, _ENDS_ARGUMENT, _OPENS = one_of(b"*&"), one_of(b"),"), one_of(b"([{")
_ENDS_GENERIC = one_of(b"> ,")
_BEFORE_CONDITION = (b"switch", b"if", b"guard", b"while", b"in", b"is", b"as", b"where", b"case")
"""Behind these, what stands in front of a block is no call: `switch name {`."""

Names = NDArray[np.intp]
"""Positions of words that may be references."""
Are = NDArray[np.bool_]


def add_references_in(outlines: Sequence[tuple[int, Outline]], group: Group, words: Words, lexicon: Lexicon) -> None:
    """Add what stands in the bodies of a group to the references of outlines, each with its file's position."""
    page = _Bodies(outlines, group, words, lexicon)
    kinds = page.kinds()
    found = np.flatnonzero(kinds >= 0)
    kinds, lines, owners, heads = kinds[found], page.lines(found), page.owners(found), page.heads(found)
    edges = np.searchsorted(words.starts[found], words.files).tolist()
    for file, outline in outlines:
        if edges[file] < edges[file + 1]:
            own = slice(edges[file], edges[file + 1])
            outside = outline.facts.references
            fill(outline, int(words.files[file]), words, found[own], kinds[own], lines[own], owners[own], heads[own])
            add_those_outside(outline, outside)


def add_those_outside(outline: Outline, outside: Sequence[int]) -> None:
    """Put the references that the tree gave where they belong, among those of bodies that an outline has now."""
    both = (np.array(part, np.int32) for part in (outside, outline.facts.references))
    rows = np.concatenate(list(both)).reshape(-1, REFERENCE_WIDTH)
    outline.facts.references = array("i", rows[np.argsort(rows[:, 4], kind="stable")].tobytes())


class _Bodies(Surroundings):
    """The words of bodies, in one language."""

    joints = (b"::", b"->", b"?.")

    def __init__(self, outlines: Sequence[tuple[int, Outline]], group: Group, words: Words, lexicon: Lexicon) -> None:
        super().__init__(outlines, words, lexicon)
        row = self.row = group.row
        first = self.data[self.starts]
        are = self.within_places(group.regions)
        are &= (np.frombuffer(group.code, np.uint8)[self.starts] == first) & ~_DIGIT[first]
        are &= ~self.are(row.keywords)[self.numbers] | (self.before == _DOT) | (self.before == _COLON)
        if row.variable_mark:
            are &= self.before != row.variable_mark
        self.is_name = are
        self.first = self.chains()
        """Of each word the first of those that are joined with it: `a` of `a.b.c`."""
        self.is_generic = np.zeros(len(are), np.bool_)
        """Which names have parameters of types behind them."""

    def kinds(self) -> NDArray[np.int8]:
        """Of each word which kind of reference it is, -1 for none."""
        kinds = np.full(len(self.starts), -1, np.int8)
        names = np.flatnonzero(self.is_name)
        are_calls = self._are_calls(names)
        kinds[names[are_calls]] = CALL
        names = names[~are_calls]
        are_types = self._are_types(names)
        kinds[names[are_types & ~self._are_parameters(names)]] = TYPE
        names = names[~are_types]
        kinds[names[self._are_uses(names)]] = USE
        return kinds

    # -- calls ---------------------------------------------------------------------------------------------------

    def _are_calls(self, names: Names) -> Are:
        row, data, ends, before = self.row, self.data, self.ends[names], self.before[names]
        after, behind = data[ends], data[ends + 1]
        are: Are = (after == _OPEN) | ((after == _BLANK) & (behind == _OPEN))
        if row.names_types:  # `Name name(1);` declares
            are &= ~((before == _BLANK) & self._are_behind_names(names))
        if row.literal_types:  # `[]byte(name)` converts
            are &= before != ord("]")
        if row.has_arrows:  # `name?.(`
            are |= (after == ord("?")) & (behind == _DOT) & (data[ends + 2] == _OPEN)
        if row.takes_owners:  # `Name::new`
            following = np.minimum(names + 1, len(self.numbers) - 1)
            is_new = self.numbers[following] == self.lexicon.known.get(b"new", -1)
            is_new &= self.starts[following] == ends + 2
            are |= (after == _COLON) & (behind == _COLON) & is_new
        if row.bang_calls:
            are |= (after == ord("!")) & _OPENS[behind]
        if row.makes_by_blocks:
            are |= self._are_behind((b"new",), names) & one_of(b" \n{<")[after]
        if row.block_calls:
            are |= (after == _BLANK) & (behind == ord("{")) & ~self._are_behind(_BEFORE_CONDITION, names)
        if row.has_tags:
            tags = np.flatnonzero((before == _LESS) & _CAPITAL[data[self.starts[names]]])
            are[tags] |= ~_IN_WORD[data[self.starts[names[tags]] - 2]]
        some = (after == _LESS) | ((after == _COLON) & (behind == _COLON) & (data[ends + 2] == _LESS))
        for at in np.flatnonzero(some).tolist():
            if found := _GENERIC.match(self.words.data, int(ends[at])):
                are[at] = found[1] is not None
                self.is_generic[names[at]] = True
            elif row.has_arrows and _LONG_GENERIC.match(self.words.data, int(ends[at])):
                are[at] = True
        return are

    def _are_behind_names(self, names: Names) -> Are:
        """Which stand behind another name and one byte."""
        previous = np.maximum(names - 1, 0)
        are: Are = self.is_name[previous] & (self.ends[previous] == self.starts[names] - 1)
        return are

    def _are_behind(self, words: Iterable[bytes], names: Names) -> Are:
        """Which stand behind one of some words and a blank or a bracket."""
        previous = np.maximum(names - 1, 0)
        are: Are = self.are(words)[self.numbers[previous]] & (self.ends[previous] == self.starts[names] - 1)
        are &= (self.before[names] == _BLANK) | (self.before[names] == _OPEN)
        return are

    # -- types ---------------------------------------------------------------------------------------------------

    def _are_types(self, names: Names) -> Are:
        row, data, ends = self.row, self.data, self.ends[names]
        first = self.first[names]
        begins = self.starts[first]
        before, before_that, after, behind = data[begins - 1], data[begins - 2], data[ends], data[ends + 1]
        is_great = _CAPITAL[data[self.starts[names]]] if row.great_types else np.ones(len(names), np.bool_)
        are = self._are_behind(row.before_types, first)
        are |= is_great & self.is_generic[names]
        if row.has_declarations:
            are |= self._are_declaring(names, is_great)
        if row.great_types:  # `<Name>`, `<Name, Name>`
            are |= is_great & (before == _LESS) & _ENDS_GENERIC[after]
            are |= is_great & (after == _GREAT) & (before == _BLANK) & (before_that == ord(","))
        if row.names_types:  # `const Name`, `<Name>`
            are |= self._are_behind((b"const",), first) | ((before == _LESS) & one_of(b">,")[after])
        if row.makes_by_blocks:  # C#: `Name? name`, `(Name?)`
            are |= is_great & (after == ord("?")) & one_of(b" )>,[")[behind]
        if row.has_annotations:  # `name: Name`, `-> Name`
            is_result = (before_that == _GREAT) & (data[begins - 3] == ord("-"))
            are |= is_great & (before == _BLANK) & ((before_that == _COLON) | is_result)
        if row.block_types:  # Rust: `Name { field }`
            are |= is_great & (after == _BLANK) & (behind == ord("{"))
        if row.literal_types:  # Go: `Name{`, `[]Name`, `.(Name)`, `[]*Name`, `(*Name)(`, `name Name`, `name *Name`
            is_pointer = before == _STAR
            are |= (after == ord("{")) | (before == ord("]")) | ((before == _OPEN) & (before_that == _DOT))
            are |= is_pointer & (before_that == ord("]"))
            are |= is_pointer & (before_that == _OPEN) & (after == _CLOSE) & (behind == _OPEN)
            named = (before == _BLANK) & (self.ends[first - 1] == begins - 1)
            named |= is_pointer & (before_that == _BLANK) & (self.ends[first - 1] == begins - 2)
            are |= named & self.is_name[first - 1]
        are &= (after != _DOT) & (after != ord("\\"))
        are &= (after != _COLON) | (behind != _COLON) | self.is_generic[names] | row.scoped_types
        if row.scoped_types:  # PHP: `Name::`
            are |= (after == _COLON) & (behind == _COLON)
        if row.takes_owners:  # Java: `Name.class`
            following = np.minimum(names + 1, len(self.numbers) - 1)
            are |= (after == _DOT) & (self.numbers[following] == self.lexicon.known.get(b"class", -1))
        are &= ~self.are(row.predeclared)[self.numbers[names]] | (first != names)
        return are

    def _are_declaring(self, names: Names, is_great: Are) -> Are:
        """`Name name`, `Name[]`, `Name $name`, `Name *name`, `Name& name`, `(Name) name`, `(Name *)name`."""
        data, ends = self.data, self.ends[names]
        begins = self.starts[self.first[names]]
        before, before_that = data[begins - 1], data[begins - 2]
        after, behind, third = data[ends], data[ends + 1], data[ends + 2]
        following = np.minimum(names + 1, len(self.starts) - 1)
        is_name = self.is_name[following] | (self.numbers[following] == self.lexicon.known.get(b"const", -1))
        are: Are = (after == _BLANK) & is_name & (self.starts[following] == ends + 1)
        are |= (after == ord("[")) & (behind == ord("]"))
        are |= (after == _BLANK) & (behind == ord("$"))
        is_pointer = (after == _BLANK) & (third != _BLANK) & ((behind == _STAR) | ((behind == 38) & (third != 38)))
        pointers = np.flatnonzero(is_pointer | (_STAR_OR_AMPERSAND[after] & (behind == _BLANK)))
        are[pointers] |= _BEFORE_STATEMENT[self.back(begins[pointers])]
        closes = (after == _CLOSE) & (_IN_WORD[behind] | ((behind == _BLANK) & _IN_WORD[third]))
        closes |= (after == _STAR) | ((after == _BLANK) & (behind == _STAR))
        casts = (before == _OPEN) & closes & is_great
        are |= casts & _BEFORE_CAST[np.where(before_that == _BLANK, data[begins - 3], before_that)]
        return are

    def _are_parameters(self, names: Names) -> Are:
        """Which are parameters of types, in files that have some."""
        are = np.zeros(len(names), np.bool_)
        edges = np.searchsorted(self.starts[names], self.words.files).tolist()
        for file, outline in self.outlines:
            if outline.type_parameters and edges[file] < edges[file + 1]:
                own = slice(edges[file], edges[file + 1])
                are[own] = self.are(outline.type_parameters)[self.numbers[names[own]]]
        return are

    # -- uses ----------------------------------------------------------------------------------------------------

    def _are_uses(self, names: Names) -> Are:
        row, data, starts, ends = self.row, self.data, self.starts[names], self.ends[names]
        before, after, behind = data[starts - 1], data[ends], data[ends + 1]
        is_member = (before == _DOT) | ((before == _GREAT) & (data[starts - 2] == ord("-")))
        is_scoped = (before == _COLON) & (data[starts - 2] == _COLON)
        are: Are = (self.visible()[names] | is_scoped) & ~is_member
        if row.shouts:
            are |= ~is_member & self._are_shouted(names, ~are & ~is_member)
        if row.literal_types:  # Go: arguments may be fields
            begins = self.starts[self.first[names]]
            is_argument = (data[begins - 1] == _OPEN) | ((data[begins - 1] == _BLANK) & (data[begins - 2] == ord(",")))
            are |= is_argument & is_member & _ENDS_ARGUMENT[after] & self.visible(with_hidden=True)[names]
        are &= ~self.are(row.predeclared)[self.numbers[names]]
        if row.names_types:  # what stands before `::` is no symbol that is looked for
            are &= (after != _COLON) | (behind != _COLON)
        if row.has_annotations:  # `name:` is a key
            are &= (after != _COLON) | (behind == _COLON)
        if not row.takes_receivers:  # `name.field`, `name->field`
            is_receiver = (after == _DOT) | ((after == ord("-")) & (behind == _GREAT))
            if row.takes_owners:
                is_receiver &= data[self.ends[np.minimum(names + 1, len(self.ends) - 1)]] == _OPEN
            are &= ~is_receiver
        are[are] = ~self.are_assigned(names[are])
        return are

    def _are_shouted(self, names: Names, some: Are) -> Are:
        """Which of some names are longer than two letters and in capitals."""
        at = np.flatnonzero(
            some & _CAPITAL[self.data[self.starts[names]]] & (self.ends[names] - self.starts[names] > 2)
        )
        are = np.zeros(len(names), np.bool_)
        _, first, inverse = np.unique(self.numbers[names[at]], return_index=True, return_inverse=True)
        spans = zip(self.starts[names[at[first]]].tolist(), self.ends[names[at[first]]].tolist(), strict=True)
        are[at] = np.array([self.words.data[start:end].isupper() for start, end in spans], np.bool_)[inverse]
        return are
