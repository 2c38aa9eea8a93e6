"""References found by where words stand, not by the tree: nine in ten uses are told by what is written right before and
behind them.

The tree says what only it can know: which names are defined and imported, where types are written, where parameters
begin. All else is the same for every word of a batch of files, and is worked out for all of them at once. So all of a
file of Python is read, and of languages with braces the bodies that the tree does not have.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.facts import REFERENCE_KINDS, REFERENCE_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.languages.braces import Braces
from repoagent_indexers.lexicon import Lexicon, Words
from repoagent_indexers.skim import Code

_CALL, _TYPE, _USE = (REFERENCE_KINDS.index(kind) for kind in ("call", "type", "use"))
_MAX_QUALIFIER = 80
_MAX_BLANKS = 500
"""Blanks between a name and what is looked for before or behind it."""
_DIGITS = (ord("0"), ord("9"))
_KEYWORDS = {
    "python": b"False None True and as assert async await break class continue def del elif else except finally for "
    b"from global if import in is lambda nonlocal not or pass raise return try while with yield".split()
}
"""What is no name. The languages named here are those whose references are found by this module."""
_SOFT = (b"case", b"match", b"print", b"type")
"""Names, but in front of a blank and a bracket words of the language."""
_GENERIC = re.compile(rb"(?:::)?<[^<>(){};\"=+]*(?:<[^<>(){};\"=+]*(?:<[^<>(){};\"=+]*>)?[^<>(){};\"=+]*>)*[^<>(){};\"=+]*>(\(| \{)?")
"""What may stand behind a name, and what behind that if it is called: `<Name<T>>(`, in Kotlin `<T> {`."""
_MAY_CAST = np.frombuffer(bytes(chr(byte) in "=(,;{}!&|+-*/?:<>[\n" for byte in range(256)), np.bool_)
"""Bytes behind which a bracket may begin a cast."""
_IN_WORD = np.frombuffer(bytes(chr(byte).isalnum() or byte > 127 or byte in b"_$" for byte in range(256)), np.bool_)
_CAPITAL = np.frombuffer(bytes(65 <= byte <= 90 for byte in range(256)), np.bool_)
_BEGINS_STATEMENT = np.frombuffer(bytes(byte in b";{}(,:\n" for byte in range(256)), np.bool_)
_JOINTS = (b"::", b"->", b"?.")
_BINDING = (b"as", b"class", b"def", b"for", b"lambda")
"""Behind these a name is bound, not used."""
Range = tuple[int, int]

is_lexical = _KEYWORDS.__contains__
"""Whether the references of a language are found here."""


@dataclass(slots=True)
class Outline:
    """One file's symbols and imports, and what else its tree says about where its references may be. Places are bytes
    from the beginning of the file."""

    facts: Facts
    intern: Callable[[str], int] | None = None
    """Text -> its position in the facts' strings; None when the references are not to be found here."""
    taken: set[int] = field(default_factory=set)
    """Where names stand that are defined."""
    imports: list[Range] = field(default_factory=list)
    types: list[Range] = field(default_factory=list)
    bases: list[Range] = field(default_factory=list)
    """Lists of the classes that a class is made from."""
    headers: list[Range] = field(default_factory=list)
    """Parameters of functions."""
    visible: set[bytes] | None = None
    """Names that the file defines or imports; None when it imports all there are. A use of any other name says nothing:
    it is a local variable or a builtin."""
    hidden: set[bytes] = field(default_factory=set)
    """Names of fields alone, which need an object in front."""
    type_parameters: set[bytes] = field(default_factory=set)


def add_references(outlines: Sequence[tuple[int, Outline]], code: Code, words: Words, lexicon: Lexicon) -> None:
    """Fill in the references of outlines, each with its file's position in `words`, which `lexicon` has numbered.

    The files of `code` are those of the outlines.
    """
    if not outlines:
        return
    page = _Python(outlines, code, words, lexicon)
    kinds = page.kinds()
    found = np.flatnonzero(kinds >= 0)
    found = found[~page.are_taken(found)]
    kinds, lines, owners = kinds[found], page.lines(found), page.owners(found)
    heads = page.heads(found)
    edges = np.searchsorted(words.starts[found], words.files).tolist()
    for file, outline in outlines:
        own = slice(edges[file], edges[file + 1])
        _fill(outline, int(words.files[file]), words, found[own], kinds[own], lines[own], owners[own], heads[own])


def add_references_of_bodies(
    outlines: Sequence[tuple[int, Outline]],
    row: Braces,
    code: bytes,
    bodies: NDArray[np.int64],
    words: Words,
    lexicon: Lexicon,
) -> None:
    """Add what stands in bodies (begin, end) to the references of outlines; `code` is without comments and strings."""
    page = _Bodies(outlines, row, code, bodies, words, lexicon)
    kinds = page.kinds()
    found = np.flatnonzero(kinds >= 0)
    kinds, lines, owners, heads = kinds[found], page.lines(found), page.owners(found), page.heads(found)
    edges = np.searchsorted(words.starts[found], words.files).tolist()
    for file, outline in outlines:
        own = slice(edges[file], edges[file + 1])
        if edges[file] < edges[file + 1]:
            outside = np.array(outline.facts.references, np.int32).reshape(-1, REFERENCE_WIDTH)
            _fill(outline, int(words.files[file]), words, found[own], kinds[own], lines[own], owners[own], heads[own])
            inside = np.frombuffer(outline.facts.references, np.int32).reshape(-1, REFERENCE_WIDTH)  # type: ignore[call-overload]
            rows = np.concatenate([outside, inside])
            outline.facts.references = array("i", rows[np.argsort(rows[:, 4], kind="stable")].tobytes())


def _fill(
    outline: Outline,
    begin: int,
    words: Words,
    found: NDArray[np.intp],
    kinds: NDArray[np.int8],
    lines: NDArray[np.int64],
    owners: NDArray[np.int64],
    heads: NDArray[np.int64],
) -> None:
    data, intern = words.data, outline.intern
    assert intern
    starts = words.starts[found]
    places = starts.tolist()
    known: dict[int, int] = {}
    names: list[int] = []
    for number, start, end in zip(words.numbers[found].tolist(), places, words.ends[found].tolist(), strict=True):
        name = known.get(number)
        if name is None:
            name = known[number] = intern(data[start:end].decode("utf-8", "replace"))
        names.append(name)
    rows = np.empty((len(places), REFERENCE_WIDTH), np.int32)
    rows[:, 2] = intern("")
    behind = np.flatnonzero(heads >= 0)
    texts: dict[bytes, int] = {}
    qualifiers: list[int] = []
    for head, start in zip(heads[behind].tolist(), starts[behind].tolist(), strict=True):
        text = data[head:start]
        qualifier = texts.get(text)
        if qualifier is None:
            qualifier = texts[text] = intern(text.rstrip(b".:>-?\\").decode("utf-8", "replace"))
        qualifiers.append(qualifier)
    rows[behind, 2] = qualifiers
    rows[:, 0], rows[:, 1], rows[:, 3], rows[:, 4], rows[:, 5] = kinds, names, lines, starts - begin, owners
    outline.facts.references = array("i", rows.tobytes())


class _Page:
    """The words of a batch, and what stands around them."""

    joints: tuple[bytes, ...] = ()
    """What may stand between a name and what it belongs to, besides a dot."""

    def __init__(self, outlines: Sequence[tuple[int, Outline]], words: Words, lexicon: Lexicon) -> None:
        self.outlines, self.words, self.lexicon = outlines, words, lexicon
        self.data = np.frombuffer(words.data, np.uint8)
        self.starts, self.ends, self.numbers = words.starts, words.ends, words.numbers
        self.before, self.after = self.data[self.starts - 1], self.data[self.ends]

    def _are(self, words: Iterable[bytes]) -> NDArray[np.bool_]:
        """Number of a word -> whether it is one of `words`."""
        are = np.zeros(len(self.lexicon), np.bool_)
        known = self.lexicon.known
        are[[known[word] for word in words if word in known]] = True
        return are

    def _visible(self, with_hidden: bool = False) -> NDArray[np.bool_]:
        """Which words name something that their file defines or imports."""
        visible = np.zeros(len(self.starts), np.bool_)
        edges = np.searchsorted(self.starts, self.words.files).tolist()
        known = self.lexicon.known
        marked = np.zeros(len(self.lexicon), np.bool_)
        for file, outline in self.outlines:
            own = slice(edges[file], edges[file + 1])
            if outline.visible is None:
                visible[own] = ~self._are(outline.hidden)[self.numbers[own]]
                continue
            some = outline.visible if with_hidden else outline.visible - outline.hidden
            names = [known[name] for name in some if name in known]
            marked[names] = True
            visible[own] = marked[self.numbers[own]]
            marked[names] = False
        return visible

    def _are_assigned(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which names stand in front of a `=` or `:=`."""
        at = self.ends[names]
        blank = np.flatnonzero(self.data[at] == 32)
        for _ in range(_MAX_BLANKS):
            at[blank] += 1
            blank = blank[self.data[at[blank]] == 32]
            if not len(blank):
                break
        at += (self.data[at] == 58) & (self.data[at + 1] == 61)
        are: NDArray[np.bool_] = (self.data[at] == 61) & (self.data[at + 1] != 61)
        return are

    def _within(self, spans: Iterable[tuple[int, Range]]) -> NDArray[np.bool_]:
        """Which words begin inside one of the spans of files."""
        begins = self.words.files.tolist()
        return self._within_places([(begins[file] + start, begins[file] + end) for file, (start, end) in spans])

    def _within_places(self, spans: list[Range] | NDArray[np.int64]) -> NDArray[np.bool_]:
        if not len(spans):
            return np.zeros(len(self.starts), np.bool_)
        edges = np.searchsorted(self.starts, np.array(spans, np.int64))
        n = len(self.starts) + 1
        opened = np.bincount(edges[:, 0], minlength=n)
        opened -= np.bincount(edges[:, 1], minlength=n)
        within: NDArray[np.bool_] = np.cumsum(opened)[:-1] > 0
        return within

    def _back(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The last byte before each place that is no blank and no end of line."""
        at = places - 1
        blank = np.flatnonzero(self._is_blank(at) & (at > 0))
        for _ in range(_MAX_BLANKS):
            at[blank] -= 1
            blank = blank[self._is_blank(at[blank]) & (at[blank] > 0)]
            if not len(blank):
                break
        return self.data[at]

    def _is_blank(self, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        found = self.data[at]
        are: NDArray[np.bool_] = (found == 32) | (found == 10) | (found == 13) | (found == 9)
        return are

    def lines(self, found: NDArray[np.intp]) -> NDArray[np.int64]:
        """The line of each word in its file, from 1."""
        ends = np.flatnonzero(self.data == 10)  # the first is in front of the first file
        starts = self.starts[found]
        before = np.searchsorted(ends, self.words.files - 1)
        file = np.searchsorted(self.words.files, starts, "right") - 1
        lines: NDArray[np.int64] = np.searchsorted(ends, starts) - before[file]
        return lines

    def owners(self, found: NDArray[np.intp]) -> NDArray[np.int64]:
        """The innermost symbol around each word, -1 for none."""
        begins = self.words.files.tolist()
        edges: list[int] = [-1]
        owners: list[int] = [-1]
        for file, outline in self.outlines:
            _add_stretches(outline.facts, begins[file], edges, owners)
        places = np.searchsorted(np.array(edges), self.starts[found], "right") - 1
        owner: NDArray[np.int64] = np.array(owners)[places]
        return owner

    def heads(self, found: NDArray[np.intp]) -> NDArray[np.int64]:
        """Where what stands in front of each word begins, as `self.client` in `self.client.open`; -1 for nothing."""
        first = self.chains()[found]
        heads = np.maximum(self.starts[first], self.starts[found] - _MAX_QUALIFIER)
        return np.where(first != found, heads, -1)

    def chains(self) -> NDArray[np.intp]:
        """The first word of what each word ends: `self` for `open` in `self.client.open`."""
        previous = np.concatenate([[0], self.ends[:-1]])
        joined = ((self.before == 46) | (self.before == 92)) & (previous == self.starts - 1)
        called = np.flatnonzero((self.before == 46) & (previous == self.starts - 3))
        joined[called] = (self.data[self.starts[called] - 2] == 41) & (self.data[self.starts[called] - 3] == 40)
        for joint in self.joints:
            at = np.flatnonzero((self.before == joint[1]) & (previous == self.starts - 2))
            joined[at] = self.data[self.starts[at] - 2] == joint[0]
        chains: NDArray[np.intp] = np.maximum.accumulate(np.where(joined, 0, np.arange(len(joined))))
        return chains


class _Python(_Page):
    """The words of whole files."""

    def __init__(self, outlines: Sequence[tuple[int, Outline]], code: Code, words: Words, lexicon: Lexicon) -> None:
        super().__init__(outlines, words, lexicon)
        self.code = code

    def kinds(self) -> NDArray[np.int8]:
        """Of each word which kind of reference it is, -1 for none."""
        kinds = np.full(len(self.starts), -1, np.int8)
        names = np.flatnonzero(self._names())
        after, behind = self.after[names], self.data[self.ends[names] + 1]
        spaced = (after == 32) & (behind == 40) & ~self._are(_SOFT)[self.numbers[names]]
        bound = self._are_bound(names)
        calls = ((after == 40) | spaced) & ~bound
        kinds[names[calls]] = _CALL
        names, bound = names[~calls], bound[~calls]
        kinds[self._types(names)] = _TYPE
        some = (kinds[names] < 0) & (self.before[names] != 46) & ~bound & self._visible()[names]
        kinds[self._uses(names[some])] = _USE
        return kinds

    def _names(self) -> NDArray[np.bool_]:
        """Which words are names, in code, and not of an import."""
        first = self.data[self.starts]
        are = (first < _DIGITS[0]) | (first > _DIGITS[1])
        are &= ~self._are(_KEYWORDS["python"])[self.numbers]
        code = np.frombuffer(self.code.data, np.uint8)[self.starts] == self.data[self.starts]
        are &= code | self._within_places(self.code.read) if self.code.read else code
        are &= ~self._within((file, span) for file, outline in self.outlines for span in outline.imports)
        return are

    def _are_bound(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which names stand right behind a word that binds them."""
        previous = np.maximum(names - 1, 0)
        are: NDArray[np.bool_] = self._are(_BINDING)[self.numbers[previous]]
        are &= (self.ends[previous] == self.starts[names] - 1) & (self.before[names] == 32)
        return are

    def _types(self, names: NDArray[np.intp]) -> NDArray[np.intp]:
        in_types = self._within((file, span) for file, outline in self.outlines for span in outline.types)[names]
        in_bases = self._within((file, span) for file, outline in self.outlines for span in outline.bases)[names]
        if not in_types.any() and not in_bases.any():
            return names[:0]
        some = names[(in_types | in_bases) & (self.after[names] != 46)]
        in_bases = in_bases[(in_types | in_bases) & (self.after[names] != 46)]
        some = some[~(in_bases & self._are_assigned(some))]
        kept = np.ones(len(some), np.bool_)
        edges = np.searchsorted(self.starts[some], self.words.files).tolist()
        for file, outline in self.outlines:
            if outline.type_parameters and edges[file] < edges[file + 1]:
                own = slice(edges[file], edges[file + 1])
                kept[own] = ~self._are(outline.type_parameters)[self.numbers[some[own]]]
        kept |= self.before[some] == 46
        types: NDArray[np.intp] = some[kept]
        return types

    def _uses(self, names: NDArray[np.intp]) -> NDArray[np.intp]:
        """Of names that may be uses those that are: no targets of assignments, no parameters."""
        bound = self._are_assigned(names)
        in_headers = self._within((file, span) for file, outline in self.outlines for span in outline.headers)[names]
        inside = np.flatnonzero(in_headers)
        bound[inside] |= np.isin(self._back(self.starts[names[inside]]), np.frombuffer(b"(,*", np.uint8))
        edges = np.searchsorted(self.starts[names], self.words.files).tolist()
        for file, outline in self.outlines:
            if outline.visible is None:  # what is bound anywhere in the file does not come from the wildcard
                own = slice(edges[file], edges[file + 1])
                local = np.zeros(len(self.lexicon), np.bool_)
                local[self.numbers[names[own][bound[own]]]] = True
                defined = {outline.facts.strings[name].encode() for name in outline.facts.symbols[1::SYMBOL_WIDTH]}
                bound[own] |= (local & ~self._are(defined))[self.numbers[names[own]]]
        return names[~bound]

    def are_taken(self, found: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which words name what is defined there."""
        begins = self.words.files.tolist()
        taken = [begins[file] + place for file, outline in self.outlines for place in outline.taken]
        return np.isin(self.starts[found], np.array(taken, np.int64))

class _Bodies(_Page):
    """The words of bodies that the tree does not have, in one language."""

    joints = _JOINTS

    def __init__(
        self,
        outlines: Sequence[tuple[int, Outline]],
        row: Braces,
        code: bytes,
        bodies: NDArray[np.int64],
        words: Words,
        lexicon: Lexicon,
    ) -> None:
        super().__init__(outlines, words, lexicon)
        self.row, self.code = row, np.frombuffer(code, np.uint8)
        inside = self._within_places(bodies)
        first = self.data[self.starts]
        inside &= (self.code[self.starts] == first) & ((first < _DIGITS[0]) | (first > _DIGITS[1]))
        inside &= ~self._are(row.keywords)[self.numbers] | (self.before == 46)
        if row.variable_mark:
            inside &= self.before != row.variable_mark
        self.names = np.flatnonzero(inside)
        self.is_name = inside

    def kinds(self) -> NDArray[np.int8]:
        """Of each word which kind of reference it is, -1 for none."""
        kinds = np.full(len(self.starts), -1, np.int8)
        names = self.names
        calls = self._are_calls(names)
        kinds[names[calls]] = _CALL
        names = names[~calls]
        types = self._are_types(names)
        kinds[names[types & ~self._are_parameters(names)]] = _TYPE
        names = names[~types]
        kinds[names[self._are_uses(names)]] = _USE
        return kinds

    def _are_calls(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
        ends = self.ends[names]
        after, behind = self.data[ends], self.data[ends + 1]
        are: NDArray[np.bool_] = (after == 40) | ((after == 32) & (behind == 40))
        if self.row.bang_calls:
            are |= (after == 33) & np.isin(behind, np.frombuffer(b"([{", np.uint8))
        if self.row.literal_types:  # `[]byte(`
            are &= self.before[names] != 93
        if self.row.makes_by_blocks:
            are |= self._are_behind((b"new",), names) & ((after == 32) | (after == 10) | (after == 123) | (after == 60))
        if self.row.block_calls:
            are |= (after == 32) & (behind == 123)
        self.generic = np.zeros(len(self.starts), np.bool_)
        for at in np.flatnonzero((after == 60) | ((after == 58) & (behind == 58) & (self.data[ends + 2] == 60))).tolist():
            if found := _GENERIC.match(self.words.data, int(ends[at])):
                are[at] = found[1] is not None
                self.generic[names[at]] = True
        if self.row.has_tags:  # `<Name/>`
            tags = np.flatnonzero((self.before[names] == 60) & _CAPITAL[self.data[self.starts[names]]])
            are[tags] |= ~_IN_WORD[self.data[self.starts[names[tags]] - 2]]
        return are

    def _are_behind(self, words: Iterable[bytes], names: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which names stand behind one of some words and a blank or a bracket."""
        previous = np.maximum(names - 1, 0)
        are: NDArray[np.bool_] = self._are(words)[self.numbers[previous]] & (self.ends[previous] == self.starts[names] - 1)
        are &= (self.before[names] == 32) | (self.before[names] == 40)
        return are

    def _are_types(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
        row, data = self.row, self.data
        chains = self.chains()[names]
        starts, ends, begins = self.starts[names], self.ends[names], self.starts[chains]
        before, after, behind = data[begins - 1], data[ends], data[ends + 1]
        before_that = data[begins - 2]
        is_great = _CAPITAL[data[starts]] if row.great_types else np.ones(len(names), np.bool_)
        are = self._are_behind(row.before_types, chains)
        if row.has_declarations:  # `Name name`, `Name[] name`, `Name $name`, `Name *name`, `(Name) name`
            following = np.minimum(names + 1, len(self.starts) - 1)
            qualifies = self.is_name[following] | self._are((b"const",))[self.numbers[following]]
            are |= (after == 32) & qualifies & (self.starts[following] == ends + 1)
            are |= (after == 91) & (behind == 93)
            are |= (after == 32) & (behind == 36)
            pointer = (after == 32) & ((behind == 42) | (behind == 38)) & (data[ends + 2] != 32)
            pointer |= ((after == 42) | (after == 38)) & (behind == 32)
            pointers = np.flatnonzero(pointer)
            first = _BEGINS_STATEMENT[self._back(begins[pointers])] | self._are_behind((b"const",), chains[pointers])
            are[pointers[first]] = True
            opens = before == 40
            cast = opens & ((after == 41) & (_IN_WORD[behind] | (behind == 32)) | (after == 42) | (after == 32) & (behind == 42))
            are |= cast & is_great & _MAY_CAST[np.where(before_that == 32, data[begins - 3], before_that)]
        are |= is_great & self.generic[names]
        if row.great_types:
            are |= is_great & ((after == 60) | ((before == 60) & ((after == 62) | (after == 44) | (after == 32))))
            are |= is_great & (after == 62) & (before == 32) & (before_that == 44)
        if row.has_annotations:  # `name: Name`, `-> Name`
            are |= is_great & (before == 32) & ((before_that == 58) | ((before_that == 62) & (data[begins - 3] == 45)))
        if row.literal_types:  # Go: `Name{`, `[]Name`, `.(Name)`, `(*Name)(`, `name Name`, `name *Name`
            are |= (after == 123) | (before == 93)
            are |= (before == 40) & (before_that == 46)
            are |= (before == 42) & ((before_that == 93) | ((before_that == 40) & (after == 41) & (behind == 40)))
            named = (before == 32) & (self.ends[chains - 1] == begins - 1)
            named |= (before == 42) & (before_that == 32) & (self.ends[chains - 1] == begins - 2)
            are |= named & self.is_name[chains - 1]
        if row.block_types:  # Rust: `Name { field }`
            are |= is_great & (after == 32) & (behind == 123)
        are &= (after != 46) & (after != 92) & ((after != 58) | (behind != 58) | self.generic[names])
        if row.scoped_types:
            are |= (after == 58) & (behind == 58)
        classes = np.flatnonzero((after == 46) & (behind == 99) & (data[ends + 5] == 115))  # Java: `Name.class`
        are[classes] = self.numbers[np.minimum(names[classes] + 1, len(self.numbers) - 1)] == self.lexicon.known.get(b"class", -1)
        are &= ~self._are(row.predeclared)[self.numbers[names]]
        return are

    def _are_parameters(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which are parameters of types, in files that have some."""
        are = np.zeros(len(names), np.bool_)
        edges = np.searchsorted(self.starts[names], self.words.files).tolist()
        for file, outline in self.outlines:
            if outline.type_parameters and edges[file] < edges[file + 1]:
                own = slice(edges[file], edges[file + 1])
                are[own] = self._are(outline.type_parameters)[self.numbers[names[own]]]
        return are

    def _are_uses(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
        row, data = self.row, self.data
        starts, ends = self.starts[names], self.ends[names]
        before = data[starts - 1]
        is_member = (before == 46) | ((before == 62) & (data[starts - 2] == 45))
        is_scoped = (before == 58) & (data[starts - 2] == 58)
        are = (self._visible()[names] | is_scoped) & ~is_member
        if row.literal_types:  # Go: arguments
            begins, behind = self.starts[self.chains()[names]], data[ends]
            is_argument = (data[begins - 1] == 40) | ((data[begins - 1] == 32) & (data[begins - 2] == 44))
            is_argument &= is_member & ((behind == 41) | (behind == 44))
            are |= is_argument & self._visible(with_hidden=True)[names]
        if row.shouts:
            some = np.flatnonzero(~are & ~is_member & _CAPITAL[data[starts]] & (ends - starts > 2))
            numbers, inverse = np.unique(self.numbers[names[some]], return_inverse=True)
            firsts = np.zeros(len(numbers), np.intp)
            firsts[inverse] = some
            text = self.words.data
            shouted = [text[starts[at] : ends[at]].isupper() for at in firsts.tolist()]
            are[some] = np.array(shouted, np.bool_)[inverse]
        are &= ~self._are(row.predeclared)[self.numbers[names]]
        if row.has_annotations:
            are &= (data[ends] != 58) | (data[ends + 1] == 58)
        if not row.takes_receivers:  # of `name.field` and `name.run()`
            is_receiver = (data[ends] == 46) | ((data[ends] == 45) & (data[ends + 1] == 62))
            if row.takes_owners:
                is_receiver &= data[self.ends[np.minimum(names + 1, len(self.ends) - 1)]] == 40
            are &= ~is_receiver
        are[are] = ~self._are_assigned(names[are])
        return are


def _add_stretches(facts: Facts, begin: int, edges: list[int], owners: list[int]) -> None:
    """Add where in a file the innermost symbol changes, and to which."""
    symbols = facts.symbols
    around: list[tuple[int, int]] = []  # (end byte, index), outermost first
    edges.append(begin)
    owners.append(-1)
    before = (-1, -1)
    for index, at in enumerate(range(0, len(symbols), SYMBOL_WIDTH)):
        start, end = span = (symbols[at + 6], symbols[at + 7])
        if span == before:
            continue  # the first of one statement's stands for all
        before = span
        while around and around[-1][0] <= start:
            edge, _ = around.pop()
            edges.append(max(begin + edge, edges[-1]))
            owners.append(around[-1][1] if around else -1)
        edges.append(begin + start)
        owners.append(index)
        around.append((end, index))
    while around:
        edge, _ = around.pop()
        edges.append(max(begin + edge, edges[-1]))
        owners.append(around[-1][1] if around else -1)
