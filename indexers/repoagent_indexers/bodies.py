"""The bodies of functions that define nothing, in languages with braces: an outline needs only where they end.

Found for all files of a batch at once, by brackets outside comments and strings, by the words in front of a brace and by
the words in it. Where brackets do not match, a file is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.languages.braces import BRACES, Braces
from repoagent_indexers.lexicon import Lexicon, Words
from repoagent_indexers.skim import BRACKETS, Passed, emptied

Range = tuple[int, int]
Places = NDArray[np.int64]
_SMALL = 16
"""Bytes of a body that are not worth the trouble."""
_MARK = b'"'
"""Stands in place of every byte of a string."""
_TYPE, _FUNCTION, _DEFINES, _SOFT, _TRAILING, _CONTROL, _BLOCK = 1, 2, 4, 8, 16, 32, 64
_SOLID = np.frombuffer(bytes(byte not in b" \t\r\n\f" for byte in range(256)), np.bool_)
_ENDS_HEAD = np.frombuffer(bytes(byte in b"{}([;" for byte in range(256)), np.bool_)
_NO_KEYWORD = np.frombuffer(bytes(byte in b".$'" for byte in range(256)), np.bool_)
"""In front of these a word is a name."""
_NO_TEMPLATE = np.frombuffer(bytes(byte in b"<," for byte in range(256)), np.bool_)
_IS_VALUE = np.frombuffer(bytes(byte in b"(,[?&|>" for byte in range(256)), np.bool_)
"""A function that stands behind these has no name."""
_JOINS_TYPES = np.frombuffer(bytes(byte in b"&|" for byte in range(256)), np.bool_)
_UNBRACKETED = bytes.maketrans(b"()[]{};", b"       ")
_CONDITIONAL = re.compile(rb"#[ \t]*(if|else|elif|endif)")
_DEFINING = re.compile(rb"#[ \t]*(?:define|include|import)\b")
_ATTRIBUTES = (b"__attribute__", b"alignas", b"__declspec", b"decltype", b"requires")


@dataclass(slots=True)
class Bodies:
    """What is passed over of the files of a batch."""

    passed: dict[int, Passed] = field(default_factory=dict)
    """Position of a file -> what is to be parsed of it."""
    regions: list[tuple[Braces, bytes, NDArray[np.int64]]] = field(default_factory=list)
    """For each way to write blocks: code without comments and strings, and where the bodies are (begin, end)."""


def bodies(languages: Sequence[str], files: Sequence[int], words: Words, lexicon: Lexicon) -> Bodies:
    """The bodies in files, which are positions in `words`, that `lexicon` has numbered."""
    found = Bodies()
    groups: dict[int, tuple[Braces, list[int]]] = {}
    for file in files:
        if row := BRACES.get(languages[file]):
            groups.setdefault(id(row), (row, []))[1].append(file)
    for row, some in groups.values():
        page = _Page(row, some, words, lexicon)
        regions = page.regions()
        if len(regions):
            found.regions.append((row, page.code, regions))
            edges = np.searchsorted(regions[:, 0], words.files).tolist()
            for file in some:
                own = regions[edges[file] : edges[file + 1]]
                if len(own):
                    found.passed[file] = emptied(words, file, own.tolist())
    return found


class _Page:
    """Files of one language, and what their places say."""

    def __init__(self, row: Braces, files: Sequence[int], words: Words, lexicon: Lexicon) -> None:
        self.row, self.words, self.lexicon = row, words, lexicon
        self.files = np.array(files)
        self.defining: list[int] = []
        """Where #define and #include stand."""
        self.conditions: list[tuple[int, bytes]] = []
        pieces = [b"\n"]
        begins = words.files.tolist()
        at = 1
        for file in files:
            begin, end = begins[file], begins[file + 1]
            pieces += (b" " * (begin - at), self._masked(words.data[begin : end - 1], begin), b"\n")
            at = end
        self.code = b"".join([*pieces, b"\n" * (len(words.data) - at)])
        """As long as the words' data."""
        data = np.frombuffer(self.code, np.uint8)
        self.data, self.raw = data, np.frombuffer(words.data, np.uint8)
        self.solid = np.flatnonzero(_SOLID[data])
        self.places = np.flatnonzero(np.frombuffer(self.code.translate(BRACKETS), np.int8))
        turns = np.frombuffer(self.code.translate(BRACKETS), np.int8)[self.places]
        self.depths = np.concatenate([[0], np.cumsum(turns, dtype=np.int64)])
        """How many brackets are open before each, and behind the last."""
        self.turns = turns

    def _masked(self, content: bytes, begin: int) -> bytes:
        """A file without its comments and strings, as long as before."""
        conditions: list[tuple[int, int, bytes]] = []
        has_directives = self.row.has_directives

        def mask(found: re.Match[bytes]) -> bytes:
            start, end = found.span()
            first = content[start]
            if first == 47 and content[start + 1] in b"/*":
                return b" " * (end - start)
            if has_directives and first == 35:
                if condition := _CONDITIONAL.match(content, start):
                    conditions.append((start, end, condition[1]))
                    return found[0].translate(_UNBRACKETED)
                if _DEFINING.match(content, start):
                    self.defining.append(begin + start)
            if first == 35:
                return b" " * (end - start)
            return _MARK * (end - start)

        if self.row.begins_behind:
            before, mark, content = content.partition(self.row.begins_behind)
            code = b" " * len(before + mark) + self.row.text.sub(mask, content)
        else:
            code = self.row.text.sub(mask, content)
        if conditions:
            self.conditions += [(begin + start, word) for start, _, word in conditions]
            code = _first_branches(code, conditions)
        return code

    def regions(self) -> Places:
        """Where the bodies are, without their braces, in order."""
        nothing = np.zeros((0, 2), np.int64)
        partners = self._partners()
        opening = np.flatnonzero((self.data[self.places] == ord("{")) & (partners >= 0))
        if not len(opening):
            return nothing
        self.starts = self.places[opening]
        self.stops = self.places[partners[opening]]
        self.partners = partners
        self._read_words()
        self._read_heads(self.depths[opening])
        is_body = self._are_bodies()
        defining = np.sort(np.concatenate([self._defining_words(), *self._defining_braces(), np.array(self.defining, np.int64)]))
        counts = np.searchsorted(defining, self.stops) - np.searchsorted(defining, self.starts, "right")
        is_free = is_body & (counts == 0)
        if self.conditions:
            is_free[is_free] = self._hold_conditions(self.starts[is_free], self.stops[is_free])
        starts, stops = self.starts[is_free], self.stops[is_free]
        if not len(starts):
            return nothing
        reach = np.maximum.accumulate(stops)
        outer = np.concatenate([[True], starts[1:] > reach[:-1]])
        outer &= stops - starts > _SMALL
        return np.stack([self._behind_comments(starts[outer] + 1), stops[outer]], axis=1)

    def _behind_comments(self, places: Places) -> Places:
        """The same places, or where the line begins behind the comments there: in a signature they must be known."""
        ends = np.flatnonzero(self.raw == 10)
        following = self.solid[np.searchsorted(self.solid, places)]
        begins = ends[np.searchsorted(ends, following) - 1] + 1
        found: Places = np.where(begins > places, begins, places)
        return found

    # -- brackets ------------------------------------------------------------------------------------------------

    def _partners(self) -> NDArray[np.intp]:
        """Of each bracket the one that it belongs to, -1 in files where they do not match."""
        places, depths = self.places, self.depths
        partners = np.full(len(places), -1, np.intp)
        file = np.searchsorted(self.words.files, places, "right") - 1
        at = np.searchsorted(places, self.words.files)
        base = depths[at]
        wrong = np.zeros(len(self.words.files), np.bool_)
        wrong[:-1] = base[1:] != base[:-1]
        wrong[file[depths[1:] < base[file]]] = True
        kept = np.flatnonzero(~wrong[file])
        level = np.maximum(depths[kept], depths[kept + 1]) - base[file[kept]]
        order = kept[np.lexsort((kept, file[kept], level))]
        opens, closes = order[0::2], order[1::2]
        first, last = self.data[places[opens]], self.data[places[closes]]
        fits = (last - first == 2) | (last - first == 1)
        wrong[file[opens[~fits]]] = True
        partners[opens], partners[closes] = closes, opens
        partners[wrong[file]] = -1
        return partners

    def _before(self, places: Places) -> Places:
        """The last places before others that are not blank."""
        found: Places = self.solid[np.maximum(np.searchsorted(self.solid, places) - 1, 0)]
        return found

    def _partner(self, places: Places) -> Places:
        """Of places of brackets those of their partners; 0 for none."""
        at = np.minimum(np.searchsorted(self.places, places), len(self.places) - 1)
        partners = np.where(self.places[at] == places, self.partners[at], -1)
        return np.where(partners >= 0, self.places[partners], 0)

    def _depth(self, places: Places) -> Places:
        """How many brackets are open at places, behind what stands there."""
        found: Places = self.depths[np.searchsorted(self.places, places, "right")]
        return found

    # -- words ---------------------------------------------------------------------------------------------------

    def _read_words(self) -> None:
        """Which words say something."""
        row, known = self.row, self.lexicon.known
        said = np.zeros(len(self.lexicon), np.uint8)
        for flag, some in (
            (_TYPE, row.types), (_FUNCTION, row.functions), (_DEFINES, row.defining | row.types),
            (_SOFT, row.soft), (_TRAILING, row.trailing), (_CONTROL, row.control), (_BLOCK, row.blocks),
        ):  # fmt: skip
            for word in some:
                if word in known:
                    said[known[word]] |= flag
        self.said = said
        starts = self.words.starts
        flags = said[self.words.numbers]
        self.marked = np.flatnonzero(flags & (_TYPE | _FUNCTION | _DEFINES))
        places = starts[self.marked]
        are = (self.data[places] == self.raw[places]) & ~_NO_KEYWORD[self.data[places - 1]]
        self.marked = self.marked[are]
        self.flags = flags[self.marked]

    def _word_before(self, places: Places) -> NDArray[np.intp]:
        """The word that ends at each place, with it; -1 for none."""
        at = np.searchsorted(self.words.starts, places, "right") - 1
        fits = (at >= 0) & (self.words.ends[at] == places + 1)
        return np.where(fits, at, -1)

    def _flags_of(self, words: NDArray[np.intp]) -> NDArray[np.uint8]:
        """What words say; nothing for -1."""
        return np.where(words >= 0, self.said[self.words.numbers[words]], np.uint8(0))

    def _are_named(self, words: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which words stand in front of a name: a blank and a letter."""
        ends = self.words.ends[words]
        following = np.minimum(words + 1, len(self.words.starts) - 1)
        are: NDArray[np.bool_] = (self.data[ends] == 32) & (self.words.starts[following] == ends + 1)
        return are

    # -- heads ---------------------------------------------------------------------------------------------------

    def _read_heads(self, depths: Places) -> None:
        """Of each brace where its head begins, and the last word in it, outside of brackets, that says what it is."""
        size = len(self.data)
        keys = depths * size + self.starts
        ends = np.union1d(np.flatnonzero(_ENDS_HEAD[self.data]), self.words.files - 1)
        boundaries = np.sort(self._depth(ends) * size + ends)
        at = np.searchsorted(boundaries, keys) - 1
        found = np.where(at >= 0, boundaries[at], -1)
        self.heads = np.where(found >= depths * size, found - depths * size, 0)
        heading = np.flatnonzero(self.flags & (_TYPE | _FUNCTION))
        places = self.words.starts[self.marked[heading]]
        if self.row.names_types:
            is_own = ~_NO_TEMPLATE[self.data[self._before(places)]]
            heading, places = heading[is_own], places[is_own]
        marks = self._depth(places) * size + places
        order = np.argsort(marks)
        marks, heading = marks[order], heading[order]
        at = np.searchsorted(marks, keys) - 1
        is_there = (at >= 0) & (np.append(marks, -1)[at] > depths * size + self.heads)
        self.heading = np.where(is_there, np.append(heading, -1)[at], -1)
        """Positions in `marked`."""

    def _are_bodies(self) -> NDArray[np.bool_]:
        """Which braces are around the body of a function, or of a statement in one."""
        said = np.where(self.heading >= 0, np.append(self.flags, np.uint8(0))[self.heading], np.uint8(0))
        before = self._before(self.starts)
        if self.row.trailing:
            before = self._before_trailing(before)
        self.last = before
        closed = self.data[before] == ord(")")
        self.brackets = np.where(closed, self._partner(before), 0)
        """Where the parameters begin, 0 for none."""
        self.named_by = self._word_before(self._before(np.maximum(self.brackets, 1)))
        is_type = said & _TYPE > 0
        if self.row.names_types:
            is_type &= self._heads_type()
        are = (said & _FUNCTION > 0) & (said & _TYPE == 0) & (self.data[before] != ord("\\")) | (closed & ~is_type)
        are |= self._flags_of(self._word_before(before)) & _BLOCK > 0
        if self.row.has_initializers:
            are |= (self.data[before] == ord("=")) & ~np.isin(self.data[before - 1], np.frombuffer(b"=<>!", np.uint8))
        if self.row.has_arrows:
            are |= self._behind_arrow() & (said & _TYPE == 0)
            named = np.where(self.named_by >= 0, self.words.numbers[self.named_by], -1)
            are &= named != self.lexicon.known.get(b"constructor", -2)  # it may make fields
        if self.row.has_anonymous:
            self.anonymous = closed & self._are_anonymous()
            are &= ~self.anonymous
        return are

    def _before_trailing(self, places: Places) -> Places:
        """The places before words that stand between parameters and a body."""
        for _ in range(4):
            words = self._word_before(places)
            trails = self._flags_of(words) & _TRAILING > 0
            if not trails.any():
                break
            places = np.where(trails, self._before(self.words.starts[words]), places)
        if b"throws" in self.row.trailing and (number := self.lexicon.known.get(b"throws")) is not None:
            throws = self.words.starts[self.words.numbers == number]
            throws = throws[self.data[throws] == ord("t")]
            if len(throws):
                at = np.searchsorted(throws, self.starts) - 1
                found = np.where(at >= 0, throws[at], 0)
                places = np.where(found > self.heads, self._before(found), places)
        return places

    def _heads_type(self) -> NDArray[np.bool_]:
        """C: whether what looks like the head of a function is that of a type: `struct ALIGNED(8) {`."""
        word = self.words.numbers[self.named_by]
        known = [self.lexicon.known[name] for name in _ATTRIBUTES if name in self.lexicon.known]
        of = np.append(self.marked, -9)[self.heading]
        near = self.named_by - of <= 2
        near &= ~np.isin(self.data[self._before(self.words.starts[self.named_by])], np.frombuffer(b"*&", np.uint8))
        is_space = self.words.numbers[of] == self.lexicon.known.get(b"namespace", -1)
        return (self.named_by < 0) | np.isin(word, known) | near | is_space

    def _behind_arrow(self) -> NDArray[np.bool_]:
        at = self._before(self.starts)
        are: NDArray[np.bool_] = (self.data[at] == ord(">")) & (self.data[at - 1] == ord("="))
        return are

    def _are_anonymous(self) -> NDArray[np.bool_]:
        """Java: `new Name() {`, and `NAME() {` in an enum."""
        are = self._hold(b"new")
        if b"enum" in self.lexicon.known:
            before = self._before(self.words.starts[self.named_by])
            follows = np.isin(self.data[before], np.frombuffer(b"{,", np.uint8))
            are |= follows & (self.named_by >= 0) & (self._flags_of(self.named_by) & _CONTROL == 0)
        return are

    def _hold(self, word: bytes) -> NDArray[np.bool_]:
        """Which heads hold a word."""
        found = self.words.starts[self.words.numbers == self.lexicon.known.get(word, -1)]
        found = found[self.data[found] == word[0]]
        if not len(found):
            return np.zeros(len(self.starts), np.bool_)
        at = np.searchsorted(found, self.starts) - 1
        return np.where(at >= 0, found[at], 0) > self.heads

    # -- what defines --------------------------------------------------------------------------------------------

    def _defining_words(self) -> Places:
        row = self.row
        flags, marked = self.flags, self.marked
        are = flags & _DEFINES > 0
        if row.names_types:
            are &= flags & _TYPE == 0  # those by their braces
        softs = (flags & _SOFT > 0) & are
        are[softs] = self._are_named(marked[softs])
        if row.functions and row.has_arrows or row.functions == frozenset({b"function"}):
            functions = (flags & _FUNCTION > 0) & are
            are[functions] &= self._have_names(marked[functions])
        if b"use" in row.defining and b"function" in row.functions:  # PHP: `function () use ($a) {`
            uses = self.words.numbers[marked] == self.lexicon.known.get(b"use", -1)
            ends = self.words.ends[marked]
            are &= ~(uses & ((self.data[ends] == 40) | (self.data[np.minimum(ends + 1, len(self.data) - 1)] == 40)))
        if b"interface" in row.types and b"func" in row.functions:  # Go: `interface{}`
            empty = np.isin(self.words.numbers[marked], [self.lexicon.known.get(b"interface", -1), self.lexicon.known.get(b"struct", -1)])
            ends = self.words.ends[marked]
            are &= ~(empty & (self.data[ends] == 123) & (self.data[ends + 1] == 125))
        if b"where" in row.defining:  # C#: `where T : IFoo {`
            where = self.words.numbers[marked] == self.lexicon.known.get(b"where", -1)
            behind = self.words.ends[np.minimum(marked + 1, len(self.words.ends) - 1)]
            at = np.searchsorted(self.solid, behind)
            are &= ~where | (self.data[self.solid[np.minimum(at, len(self.solid) - 1)]] == ord(":"))
        if b"const" in row.defining:  # Rust: `*const T`
            are &= self.data[self.words.starts[marked] - 1] != ord("*")
        return self.words.starts[marked[are]]

    def _have_names(self, words: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether functions have a name, before or behind: `function f(`, `f = function (`."""
        ends = self.words.ends[words]
        at = np.searchsorted(self.solid, ends)
        following = self.data[self.solid[np.minimum(at, len(self.solid) - 1)]]
        if not self.row.has_arrows:  # PHP
            return following != ord("(")
        return (following != ord("(")) | ~self._are_values(self.words.starts[words])

    def _are_values(self, places: Places) -> NDArray[np.bool_]:
        """Whether what begins at places is given to no name: an argument, or what is returned."""
        before = self._before(places)
        for _ in range(2):
            words = self._word_before(before)
            skipped = np.isin(np.where(words >= 0, self.words.numbers[words], -1), [self.lexicon.known.get(b"async", -2)])
            if not skipped.any():
                break
            before = np.where(skipped, self._before(self.words.starts[words]), before)
        words = self._word_before(before)
        number = np.where(words >= 0, self.words.numbers[words], -1)
        returned = number == self.lexicon.known.get(b"return", -2)
        return _IS_VALUE[self.data[before]] | returned

    def _defining_braces(self) -> list[Places]:
        found: list[Places] = []
        row = self.row
        if row.has_anonymous:
            found.append(self.starts[self.anonymous])
        if row.names_types:
            said = np.where(self.heading >= 0, np.append(self.flags, np.uint8(0))[self.heading], np.uint8(0))
            found.append(self.starts[(said & _TYPE > 0) & ~np.isin(self.data[self.last], np.frombuffer(b"=)", np.uint8))])
        if row.has_local:
            found.append(self._local_functions())
        if row.has_arrows:
            found.append(self._named_arrows())
        if row.has_tags:
            found.append(self._joined_types())
        return found

    def _joined_types(self) -> Places:
        """TypeScript: braces of types whose members are symbols, as in `A & {name: string}`."""
        at = self._before(self.starts)
        behind = self.solid[np.minimum(np.searchsorted(self.solid, self.stops) + 1, len(self.solid) - 1)]
        joined = _JOINS_TYPES[self.data[at]] & ~_JOINS_TYPES[self.data[at - 1]]
        joined |= _JOINS_TYPES[self.data[behind]] & ~_JOINS_TYPES[self.data[behind + 1]]
        return self.starts[joined]

    def _local_functions(self) -> Places:
        """Braces of what is written as a name, brackets and a block, and is no statement of the language."""
        flags = self._flags_of(self.named_by)
        before = self.data[self._before(np.maximum(self.brackets, 1))]
        is_function = (self.brackets > 0) & (flags & (_CONTROL | _FUNCTION) == 0)
        is_function &= (self.named_by >= 0) | np.isin(before, np.frombuffer(b">]\"", np.uint8))
        if self.row.has_annotations:  # `name(): type {`
            is_function |= (self.brackets == 0) & self._have_result()
        return self.starts[is_function]

    def _have_result(self) -> NDArray[np.bool_]:
        """Whether there is `):` in the head."""
        closed = np.flatnonzero(self.data == ord(")"))
        following = np.minimum(np.searchsorted(self.solid, closed) + 1, len(self.solid) - 1)
        closed = closed[self.data[self.solid[following]] == ord(":")]
        if not len(closed):
            return np.zeros(len(self.starts), np.bool_)
        at = np.searchsorted(closed, self.starts) - 1
        return np.where(at >= 0, closed[at], 0) > self.heads

    def _named_arrows(self) -> Places:
        """Where `=>` makes a function that has a name."""
        arrows = np.flatnonzero((self.data[:-1] == ord("=")) & (self.data[1:] == ord(">")))
        before = self._before(arrows)
        closed = self.data[before] == ord(")")
        words = self._word_before(before)
        begins = np.where(closed, self._partner(before), np.where(words >= 0, self.words.starts[words], 0))
        are_values = (begins > 0) & self._are_values(np.maximum(begins, 1))
        return arrows[~are_values]

    def _hold_conditions(self, starts: Places, stops: Places) -> NDArray[np.bool_]:
        """Which bodies hold every #if as a whole."""
        places = np.array([place for place, _ in self.conditions], np.int64)
        firsts, lasts = np.searchsorted(places, starts), np.searchsorted(places, stops)
        holds = np.ones(len(starts), np.bool_)
        for at in np.flatnonzero(lasts > firsts).tolist():
            depth = 0
            for _, word in self.conditions[firsts[at] : lasts[at]]:
                if word == b"if":
                    depth += 1
                elif depth == 0:
                    depth = -1
                    break
                elif word == b"endif":
                    depth -= 1
            holds[at] = depth == 0
        return holds


def _first_branches(code: bytes, conditions: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Code without the brackets that stand in the second and later branches of #if."""
    pieces: list[bytes] = []
    at = begin = depth = 0
    for start, end, word in conditions:
        if word == b"if":
            depth += depth > 0
        elif word == b"endif":
            depth -= depth > 0
            if begin and not depth:
                pieces += (code[at:begin], code[begin:start].translate(_UNBRACKETED))
                at, begin = start, 0
        elif not depth:
            depth, begin = 1, end
    return b"".join([*pieces, code[at:]])
