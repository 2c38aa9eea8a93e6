"""The bodies of functions that define nothing, in languages with braces: an outline needs only where they end.

Found for all files of a batch at once, by brackets outside comments and strings, by the words in front of a brace and
by the words in it. Where brackets do not match, a file is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.columns import distinct
from repoagent_indexers.languages.braces import BRACES, Braces
from repoagent_indexers.reading.skim import BRACKETS, Passed, emptied
from repoagent_indexers.words.lexicon import Lexicon, Words


def one_of(some: bytes) -> NDArray[np.bool_]:
    """Byte -> whether it is one of some."""
    return np.frombuffer(bytes(byte in some for byte in range(256)), np.bool_)


Places = NDArray[np.int64]
Are = NDArray[np.bool_]
_SMALL = 16
"""Bytes of a body that are not worth the trouble."""
_MARK = b'"'
"""Stands in place of every byte of a string."""
_TYPE, _FUNCTION, _DEFINES, _SOFT, _TRAILING, _CONTROL, _BLOCK, _CLAUSE = (1 << n for n in range(8))
"""What a word says."""
_SOLID = bytes(byte not in b" \t\r\n\f" for byte in range(256))
_ENDS_HEAD = one_of(b"{}([;")
_BEFORE_NAME = one_of(b".$'*")
"""Behind these a word is no keyword."""
_IN_TEMPLATE = one_of(b"<,")
_BEFORE_VALUE = one_of(b"(,[?&|>")
"""A function that stands behind these has no name."""
_JOINS_TYPES = one_of(b"&|")
_COMPARES = one_of(b"=<>!")
_UNBRACKETED = bytes.maketrans(b"()[]{};", b"       ")
_CONDITIONAL = re.compile(rb"#[ \t]*(if|else|elif|endif)")
_DEFINING = re.compile(rb"#[ \t]*(?:define|include|import)\b")
_TYPE_BLOCK = re.compile(rb"\b(?:struct|union|enum|class|namespace)\b[^;{}()=]*\{")
_ATTRIBUTES = (b"__attribute__", b"alignas", b"__declspec", b"decltype", b"requires")


@dataclass(frozen=True, slots=True)
class Group:
    """Bodies of files that write blocks in the same way."""

    row: Braces
    code: bytes
    """The files without their comments and strings, but for what is code in those, as long as the `Words`' data; other
    files are blank."""
    regions: NDArray[np.int64]
    """(n, 2): where bodies begin and end, without their braces, in order."""


@dataclass(slots=True)
class Bodies:
    """What is passed over of the files of a batch."""

    passed: dict[int, Passed] = field(default_factory=dict)
    """Position of a file -> what is to be parsed of it."""
    groups: list[Group] = field(default_factory=list)


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
            found.groups.append(Group(row, page.code_with_filled(), regions))
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
        self.defining: list[int] = []
        """Where #define and #include stand."""
        self.conditions: list[tuple[int, bytes]] = []
        """Where #if, #else and #endif stand, and which."""
        self.filled: list[tuple[int, int]] = []
        """Where there is code in strings."""
        pieces = [b"\n"]
        begins = words.files.tolist()
        at = 1
        for file in files:
            begin, end = begins[file], begins[file + 1]
            pieces += (b" " * (begin - at), self._masked(words.data[begin : end - 1], begin), b"\n")
            at = end
        self.code = b"".join([*pieces, b"\n" * (len(words.data) - at)])
        self.data, self.raw = np.frombuffer(self.code, np.uint8), np.frombuffer(words.data, np.uint8)
        is_solid = np.frombuffer(self.code.translate(_SOLID), np.bool_)
        self.solid = np.flatnonzero(is_solid)
        self.n_solid = np.cumsum(is_solid, dtype=np.int32)
        """How many of them there are up to each place."""
        turns = np.frombuffer(self.code.translate(BRACKETS), np.int8)
        self.places = np.flatnonzero(turns != 0)
        """Of brackets."""
        self.depths = np.concatenate([[0], np.cumsum(turns[self.places], dtype=np.int64)])
        """How many are open before each, and behind the last."""
        self.partners = self._partners()
        """Of each bracket the one that it belongs to, -1 in files where they do not match."""

    def _masked(self, content: bytes, begin: int) -> bytes:
        """A file without its comments and strings, as long as before."""
        conditions: list[tuple[int, int, bytes]] = []

        def mask(found: re.Match[bytes]) -> bytes:
            start, end = found.span()
            first = found.string[start]
            if first == ord("#"):
                if self.row.has_directives and (condition := _CONDITIONAL.match(found.string, start)):
                    conditions.append((start, end, condition[1]))
                    return found[0].translate(_UNBRACKETED)
                if self.row.has_directives and _DEFINING.match(found.string, start):
                    self.defining.append(begin + start)
                return b" " * (end - start)
            is_comment = first == ord("/") and found.string[start + 1] in b"/*"
            if not is_comment and first in self.row.filled_in:
                self._find_filled(found, begin + len(before))
            return (b" " if is_comment else _MARK) * (end - start)

        before = b""
        if mark := self.row.begins_behind:
            *head, content = content.split(mark, 1)
            before = b" " * sum(len(part + mark) for part in head)
        code = before + self.row.text.sub(mask, content)
        if conditions:
            self.conditions += [(begin + start, word) for start, _, word in conditions]
            others = _later_branches(conditions)
            self.defining += [begin + found.start() for one in others for found in _TYPE_BLOCK.finditer(code, *one)]
            code = _without_brackets(code, others)
        return code

    def _find_filled(self, text: re.Match[bytes], begin: int) -> None:
        """Note what is code in a string; where more of it is than is understood, the body around must be read."""
        row, place = self.row, text.start()
        if (
            row.fills_behind not in text.string[max(0, place - 1) : place + 2]
            or (row.fills_with or b"{") not in text[0]
        ):
            return
        pattern = row.code_in_text
        self.filled += [(begin + place + one.start(1), begin + place + one.end(1)) for one in pattern.finditer(text[0])]
        if row.fills_with and row.fills_with in pattern.sub(b"", text[0]):
            self.defining.append(begin + place)

    def code_with_filled(self) -> bytes:
        """The code, with that in strings."""
        code = bytearray(self.code)
        for start, end in self.filled:
            code[start:end] = self.words.data[start:end]
        return bytes(code) if self.filled else self.code

    def regions(self) -> Places:
        """(n, 2): where bodies are that define nothing, without their braces, in order."""
        opening = np.flatnonzero((self.data[self.places] == ord("{")) & (self.partners >= 0))
        if not len(opening):
            return np.zeros((0, 2), np.int64)
        self.starts, self.stops = self.places[opening], self.places[self.partners[opening]]
        self._read_words()
        self._read_heads(self.depths[opening])
        are = self._are_bodies()
        found = [self._defining_words(), *self._defining_braces(), np.array(self.defining, np.int64)]
        defining = np.sort(np.concatenate(found))
        are &= np.searchsorted(defining, self.stops) == np.searchsorted(defining, self.starts, "right")
        are &= self.stops - self.starts > _SMALL
        if self.conditions:
            are[are] = self._hold_conditions(self.starts[are], self.stops[are])
        starts, stops = self.starts[are], self.stops[are]
        reach = np.maximum.accumulate(stops)
        outer = np.concatenate([[True], starts[1:] > reach[:-1]])[: len(starts)]
        return np.stack([self._behind_comments(starts[outer] + 1), stops[outer]], axis=1)

    def _behind_comments(self, places: Places) -> Places:
        """The same places, or where the line begins behind the comments there: in a signature they must be known."""
        ends = np.flatnonzero(self.raw == ord("\n"))
        begins = ends[np.searchsorted(ends, self._at_or_behind(places)) - 1] + 1
        return np.maximum(places, begins)

    # -- brackets ------------------------------------------------------------------------------------------------

    def _partners(self) -> NDArray[np.intp]:
        places, depths, files = self.places, self.depths, self.words.files
        partners = np.full(len(places), -1, np.intp)
        file = np.searchsorted(files, places, "right") - 1
        base = depths[np.searchsorted(places, files)]
        wrong = np.append(base[1:] != base[:-1], False)
        wrong[file[depths[1:] < base[file]]] = True
        kept = np.flatnonzero(~wrong[file])
        level = np.maximum(depths[kept], depths[kept + 1]) - base[file[kept]]
        order = kept[np.lexsort((kept, file[kept], level))]  # on one level of a file they stand in pairs
        opens, closes = order[0::2], order[1::2]
        apart = self.data[places[closes]] - self.data[places[opens]]  # of "()" one, of "[]" and "{}" two
        wrong[file[opens[(apart != 1) & (apart != 2)]]] = True
        partners[opens], partners[closes] = closes, opens
        partners[wrong[file]] = -1
        return partners

    def _partner(self, places: Places) -> Places:
        """Of places those of the brackets that belong to the ones there; 0 for none."""
        at = np.minimum(np.searchsorted(self.places, places), len(self.places) - 1)
        partners = np.where(self.places[at] == places, self.partners[at], -1)
        return np.where(partners >= 0, self.places[partners], 0)

    def _depth(self, places: Places) -> Places:
        """How many brackets are open behind what stands at places."""
        found: Places = self.depths[np.searchsorted(self.places, places, "right")]
        return found

    def _before(self, places: Places) -> Places:
        """The last places before others that are not blank."""
        found: Places = self.solid[np.maximum(self.n_solid[places - 1] - 1, 0)]
        return found

    def _at_or_behind(self, places: Places) -> Places:
        """The first places from others on that are not blank."""
        found: Places = self.solid[np.minimum(self.n_solid[places - 1], len(self.solid) - 1)]
        return found

    # -- words ---------------------------------------------------------------------------------------------------

    def _read_words(self) -> None:
        """Which words say what, and the keywords that are marked: they define, or head a block."""
        row, known = self.row, self.lexicon.known
        self.said = np.zeros(len(self.lexicon), np.uint8)
        for flag, some in (
            (_TYPE, row.types),
            (_FUNCTION, row.functions),
            (_DEFINES, row.defining | row.types),
            (_SOFT, row.soft),
            (_TRAILING, row.trailing),
            (_CONTROL, row.control),
            (_BLOCK, row.blocks),
            (_CLAUSE, row.clauses),
        ):
            self.said[[known[word] for word in some if word in known]] |= np.uint8(flag)
        flags = self.said[self.words.numbers]
        marked = np.flatnonzero(flags & (_TYPE | _FUNCTION | _DEFINES | _CLAUSE))
        places = self.words.starts[marked]
        marked = marked[(self.data[places] == self.raw[places]) & ~_BEFORE_NAME[self.data[places - 1]]]
        self.marked, self.flags = marked, flags[marked]

    def _number(self, word: bytes) -> int:
        number: int = self.lexicon.known.get(word, -2)
        return number

    def _word_at(self, places: Places) -> NDArray[np.intp]:
        """The word that ends with each place; -1 for none."""
        at = np.searchsorted(self.words.starts, places, "right") - 1
        return np.where((at >= 0) & (self.words.ends[at] == places + 1), at, -1)

    def _number_of(self, words: NDArray[np.intp]) -> NDArray[np.int32]:
        return np.where(words >= 0, self.words.numbers[words], np.int32(-1))

    def _flags_of(self, words: NDArray[np.intp]) -> NDArray[np.uint8]:
        """What words say; nothing for -1."""
        return np.where(words >= 0, self.said[self.words.numbers[words]], np.uint8(0))

    def _last_in_heads(self, places: Places) -> Places:
        """The last of some places in the head of each brace, at any depth; 0 for none."""
        found = np.concatenate([[0], places])[np.searchsorted(places, self.starts)]
        return np.where(found > self.heads, found, 0)

    def _in_code(self, word: bytes) -> Places:
        """Where a word stands, as it is no text."""
        starts = self.words.starts[self.words.numbers == self._number(word)]
        places: Places = starts[self.data[starts] == self.raw[starts]]
        return places

    # -- heads ---------------------------------------------------------------------------------------------------

    def _read_heads(self, depths: Places) -> None:
        """Of each brace, with how many brackets are open before it: where its head begins, and what the last word in it
        says, outside of brackets, that tells a type or a function."""
        size = len(self.data)
        keys = depths * size + self.starts
        ends = distinct(np.concatenate([np.flatnonzero(_ENDS_HEAD[self.data]), self.words.files - 1]))
        boundaries = np.sort(self._depth(ends) * size + ends)
        found = np.append(-1, boundaries)[np.searchsorted(boundaries, keys)]
        self.heads = np.maximum(found - depths * size, 0)
        heading = self.marked[self.flags & (_TYPE | _FUNCTION) > 0]
        before = self._before(self.words.starts[heading])
        is_result = (self.data[before] == ord(">")) & (self.data[before - 1] == ord("-"))  # `-> impl Name`
        in_template = _IN_TEMPLATE[self.data[before]] & self.row.names_types  # `template <class T>`
        heading = heading[~(is_result | in_template)]
        places = self.words.starts[heading]
        marks = self._depth(places) * size + places
        order = np.argsort(marks)
        at = np.searchsorted(marks[order], keys)
        is_there = np.append(-1, marks[order])[at] > depths * size + self.heads
        self.heading = np.where(is_there, np.append(-1, heading[order])[at], -1)
        """The word."""
        said = self._flags_of(self.heading)
        self.has_type, self.has_function = said & _TYPE > 0, said & (_TYPE | _FUNCTION) == _FUNCTION

    def _are_bodies(self) -> Are:
        """Which braces are around the body of a function or of a statement in it, or a list of values."""
        row = self.row
        self.last = self._behind_parameters(self._before(self.starts))
        closes = self.data[self.last] == ord(")")
        self.brackets = np.where(closes, self._partner(self.last), 0)
        """Where the parameters begin, 0 for none."""
        self.named_by = self._word_at(self._before(np.maximum(self.brackets, 1)))
        """The word in front of them."""
        has_type = self.has_type & self._names_type() if row.names_types else self.has_type
        are: Are = (self.has_function & (self.data[self.last] != ord("\\"))) | (closes & ~has_type)
        are |= self._flags_of(self._word_at(self.last)) & _BLOCK > 0
        if row.has_initializers:
            are |= (self.data[self.last] == ord("=")) & ~_COMPARES[self.data[self.last - 1]]
        if row.names_types:  # of `void f() {};` in a class an empty body is taken for a value
            are &= (self.data[self.last] == ord("=")) | (self.data[self._at_or_behind(self.stops + 1)] != ord(";"))
        if row.has_arrows:
            is_arrow = (self.data[self.last] == ord(">")) & (self.data[self.last - 1] == ord("="))
            are |= is_arrow & ~self.has_type
            are &= self._number_of(self.named_by) != self._number(b"constructor")  # it may make fields
        if row.has_anonymous:
            self.anonymous = closes & self._are_anonymous()
            are &= ~self.anonymous
        return are

    def _behind_parameters(self, places: Places) -> Places:
        """The same places, or those in front of words that stand between parameters and a body."""
        for _ in range(4 if self.row.trailing else 0):
            words = self._word_at(places)
            trails = self._flags_of(words) & _TRAILING > 0
            if not trails.any():
                break
            places = np.where(trails, self._before(self.words.starts[words]), places)
        if self.row.clauses:
            clauses = self._last_in_heads(self.words.starts[self.marked[self.flags & _CLAUSE > 0]])
            places = np.where(clauses > 0, self._before(clauses), places)
        return places

    def _names_type(self) -> Are:
        """C: whether what looks like the head of a function is that of a type: `struct ALIGNED(8) {`."""
        before = self.data[self._before(self.words.starts[self.named_by])]
        is_near = (self.named_by - self.heading <= 2) & (before != ord("*")) & (before != ord("&"))
        is_attribute = np.isin(self._number_of(self.named_by), [self._number(word) for word in _ATTRIBUTES])
        is_space = self._number_of(self.heading) == self._number(b"namespace")
        are: Are = (self.named_by < 0) | is_attribute | is_near | is_space
        return are

    def _are_anonymous(self) -> Are:
        """Java: `new Name() {`, and `NAME() {` in an enum."""
        are: Are = self._last_in_heads(self._in_code(b"new")) > 0
        if b"enum" in self.lexicon.known:
            before = self.data[self._before(self.words.starts[self.named_by])]
            follows = (before == ord("{")) | (before == ord(","))
            are |= follows & (self.named_by >= 0) & (self._flags_of(self.named_by) & _CONTROL == 0)
        return are

    # -- what defines --------------------------------------------------------------------------------------------

    def _defining_words(self) -> Places:
        row, marked, flags = self.row, self.marked, self.flags
        are = flags & _DEFINES > 0
        if row.names_types:
            are &= flags & _TYPE == 0  # those by their braces
        ends = self.words.ends[marked]
        are &= (self.data[ends] != ord("{")) | (self.data[ends + 1] != ord("}"))  # Go: `interface{}`
        is_named = (self.data[ends] == ord(" ")) & (self._at_or_behind(ends) == ends + 1)
        is_named &= np.append(self.words.starts, -1)[marked + 1] == ends + 1
        are &= is_named | (flags & _SOFT == 0)
        if row.nameless:
            some = np.flatnonzero(are & (self.words.numbers[marked] == self._number(row.nameless)))
            named = self.data[self._at_or_behind(ends[some])] != ord("(")
            are[some] = named | ~self._are_values(self.words.starts[marked[some]]) if row.has_arrows else named
        places: Places = self.words.starts[marked[are]]
        return places

    def _are_values(self, places: Places) -> Are:
        """Whether the functions that begin at places are given no name: they are arguments, or what is returned."""
        before = self._before(places)
        words = self._word_at(before)
        before = np.where(
            self._number_of(words) == self._number(b"async"), self._before(self.words.starts[words]), before
        )
        is_returned = self._number_of(self._word_at(before)) == self._number(b"return")
        are: Are = _BEFORE_VALUE[self.data[before]] | is_returned
        return are

    def _defining_braces(self) -> list[Places]:
        row, found = self.row, list[Are]()
        if row.has_anonymous:
            found.append(self.anonymous)
        if row.names_types:
            last = self.data[self.last]
            found.append(self.has_type & (last != ord("=")) & (last != ord(")")))
        if row.has_local:
            found.append(self._are_local_functions())
        if row.has_tags:
            found.append(self._are_joined_types())
        places = [self.starts[are] for are in found]
        return [*places, self._named_arrows()] if row.has_arrows else places

    def _are_local_functions(self) -> Are:
        """Braces of what is written as a name, brackets and a block, and is no statement of the language."""
        is_known = self._flags_of(self.named_by) & (_CONTROL | _FUNCTION) > 0
        before = one_of(b'>]"')[self.data[self._before(np.maximum(self.brackets, 1))]]
        are = (self.brackets > 0) & ~is_known & ((self.named_by >= 0) | before)
        if self.row.has_annotations:  # `name(): type {`
            closes = np.flatnonzero(self.data == ord(")"))
            closes = closes[self.data[self._at_or_behind(closes + 1)] == ord(":")]
            are |= (self.brackets == 0) & (self._last_in_heads(closes) > 0)
        return are

    def _are_joined_types(self) -> Are:
        """TypeScript: braces of types whose members are symbols, as in `A & {name: string}`."""
        before, behind = self._before(self.starts), self._at_or_behind(self.stops + 1)
        are = _JOINS_TYPES[self.data[before]] & ~_JOINS_TYPES[self.data[before - 1]]
        return are | (_JOINS_TYPES[self.data[behind]] & ~_JOINS_TYPES[self.data[behind + 1]])

    def _named_arrows(self) -> Places:
        """Where `=>` makes a function that has a name."""
        arrows = np.flatnonzero((self.data[:-1] == ord("=")) & (self.data[1:] == ord(">")))
        before = self._before(arrows)
        words = self._word_at(before)
        begins = np.where(words >= 0, self.words.starts[words], self._partner(before))
        places: Places = arrows[(begins == 0) | ~self._are_values(np.maximum(begins, 1))]
        return places

    def _hold_conditions(self, starts: Places, stops: Places) -> Are:
        """Which bodies hold every #if as a whole."""
        places = np.array([place for place, _ in self.conditions], np.int64)
        firsts, lasts = np.searchsorted(places, starts), np.searchsorted(places, stops)
        hold = np.ones(len(starts), np.bool_)
        for at in np.flatnonzero(lasts > firsts).tolist():
            depth = 0
            for _, word in self.conditions[firsts[at] : lasts[at]]:
                if depth == 0 and word != b"if":
                    depth = -1
                    break
                depth += (word == b"if") - (word == b"endif")
            hold[at] = depth == 0
        return hold


def _later_branches(conditions: Sequence[tuple[int, int, bytes]]) -> list[tuple[int, int]]:
    """Where the second and later branches of #if are."""
    found: list[tuple[int, int]] = []
    begin = depth = 0
    for start, end, word in conditions:
        if word == b"if":
            depth += depth > 0
        elif word == b"endif":
            depth -= depth > 0
            if begin and not depth:
                found.append((begin, start))
                begin = 0
        elif not depth:
            depth, begin = 1, end
    return found


def _without_brackets(code: bytes, stretches: Sequence[tuple[int, int]]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for start, end in stretches:
        pieces += (code[at:start], code[start:end].translate(_UNBRACKETED))
        at = end
    return b"".join([*pieces, code[at:]])
