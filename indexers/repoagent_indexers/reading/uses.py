"""References found by where words stand, not by the tree: nine in ten uses are told by what is written right before and
behind them.

The tree says what only it can know: which names are defined and imported, where types are written, where parameters
begin. All else is the same for every word of a batch of files, and is worked out for all of them at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.reading.facts import REFERENCE_KINDS, REFERENCE_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.skim import Code
from repoagent_indexers.words.lexicon import Lexicon, Words

CALL, TYPE, USE = (REFERENCE_KINDS.index(kind) for kind in ("call", "type", "use"))
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
        fill(outline, int(words.files[file]), words, found[own], kinds[own], lines[own], owners[own], heads[own])


def fill(
    outline: Outline,
    begin: int,
    words: Words,
    found: NDArray[np.intp],
    kinds: NDArray[np.int8],
    lines: NDArray[np.int64],
    owners: NDArray[np.int64],
    heads: NDArray[np.int64],
    longer: NDArray[np.int64] | None = None,
) -> None:
    """Fill in the references of an outline, `found` among the words; some names may be `longer` than their words."""
    data, intern = words.data, outline.intern
    assert intern
    starts, ends, numbers = words.starts[found], words.ends[found], words.numbers[found]
    if longer is not None:
        ends, numbers = ends + longer, 2 * numbers + longer
    places = starts.tolist()
    known: dict[int, int] = {}
    names: list[int] = []
    for number, start, end in zip(numbers.tolist(), places, ends.tolist(), strict=True):
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


class Surroundings:
    """The words of a batch, and what stands around them."""

    joints: tuple[bytes, ...] = ()
    """What may stand between a name and what it belongs to, besides a dot."""

    def __init__(self, outlines: Sequence[tuple[int, Outline]], words: Words, lexicon: Lexicon) -> None:
        self.outlines, self.words, self.lexicon = outlines, words, lexicon
        self.data = np.frombuffer(words.data, np.uint8)
        self.starts, self.ends, self.numbers = words.starts, words.ends, words.numbers
        self.before, self.after = self.data[self.starts - 1], self.data[self.ends]

    def are(self, words: Iterable[bytes]) -> NDArray[np.bool_]:
        """Number of a word -> whether it is one of `words`."""
        are = np.zeros(len(self.lexicon), np.bool_)
        known = self.lexicon.known
        are[[known[word] for word in words if word in known]] = True
        return are

    def visible(self, with_hidden: bool = False) -> NDArray[np.bool_]:
        """Which words name something that their file defines or imports."""
        visible = np.zeros(len(self.starts), np.bool_)
        edges = np.searchsorted(self.starts, self.words.files).tolist()
        known = self.lexicon.known
        marked = np.zeros(len(self.lexicon), np.bool_)
        for file, outline in self.outlines:
            own = slice(edges[file], edges[file + 1])
            if outline.visible is None:
                visible[own] = ~self.are(outline.hidden)[self.numbers[own]]
                continue
            some = outline.visible if with_hidden else outline.visible - outline.hidden
            names = [number for number in map(known.get, some) if number is not None]
            marked[names] = True
            visible[own] = marked[self.numbers[own]]
            marked[names] = False
        return visible

    def are_assigned(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
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

    def within(self, spans: Iterable[tuple[int, Range]]) -> NDArray[np.bool_]:
        """Which words begin inside one of the spans of files."""
        begins = self.words.files.tolist()
        places = [begins[file] + place for file, span in spans for place in span]
        return self.within_places(np.array(places, np.int64).reshape(-1, 2))

    def within_places(self, spans: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which words begin inside one of some spans, (n, 2)."""
        if not len(spans):
            return np.zeros(len(self.starts), np.bool_)
        edges = np.searchsorted(self.starts, spans)
        n = len(self.starts) + 1
        opened = np.bincount(edges[:, 0], minlength=n)
        opened -= np.bincount(edges[:, 1], minlength=n)
        within: NDArray[np.bool_] = np.cumsum(opened)[:-1] > 0
        return within

    def back(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
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


class _Python(Surroundings):
    """The words of whole files."""

    def __init__(self, outlines: Sequence[tuple[int, Outline]], code: Code, words: Words, lexicon: Lexicon) -> None:
        super().__init__(outlines, words, lexicon)
        self.code = code

    def kinds(self) -> NDArray[np.int8]:
        """Of each word which kind of reference it is, -1 for none."""
        kinds = np.full(len(self.starts), -1, np.int8)
        names = np.flatnonzero(self._names())
        after, behind = self.after[names], self.data[self.ends[names] + 1]
        spaced = (after == 32) & (behind == 40) & ~self.are(_SOFT)[self.numbers[names]]
        bound = self._are_bound(names)
        calls = ((after == 40) | spaced) & ~bound
        kinds[names[calls]] = CALL
        names, bound = names[~calls], bound[~calls]
        kinds[self._types(names)] = TYPE
        some = (kinds[names] < 0) & (self.before[names] != 46) & ~bound & self.visible()[names]
        kinds[self._uses(names[some])] = USE
        return kinds

    def _names(self) -> NDArray[np.bool_]:
        """Which words are names, in code, and not of an import."""
        first = self.data[self.starts]
        are = (first < _DIGITS[0]) | (first > _DIGITS[1])
        are &= ~self.are(_KEYWORDS["python"])[self.numbers]
        code = np.frombuffer(self.code.data, np.uint8)[self.starts] == self.data[self.starts]
        are &= code | self.within_places(np.array(self.code.read, np.int64)) if self.code.read else code
        are &= ~self.within((file, span) for file, outline in self.outlines for span in outline.imports)
        return are

    def _are_bound(self, names: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which names stand right behind a word that binds them."""
        previous = np.maximum(names - 1, 0)
        are: NDArray[np.bool_] = self.are(_BINDING)[self.numbers[previous]]
        are &= (self.ends[previous] == self.starts[names] - 1) & (self.before[names] == 32)
        return are

    def _types(self, names: NDArray[np.intp]) -> NDArray[np.intp]:
        in_types = self.within((file, span) for file, outline in self.outlines for span in outline.types)[names]
        in_bases = self.within((file, span) for file, outline in self.outlines for span in outline.bases)[names]
        if not in_types.any() and not in_bases.any():
            return names[:0]
        some = names[(in_types | in_bases) & (self.after[names] != 46)]
        in_bases = in_bases[(in_types | in_bases) & (self.after[names] != 46)]
        some = some[~(in_bases & self.are_assigned(some))]
        kept = np.ones(len(some), np.bool_)
        edges = np.searchsorted(self.starts[some], self.words.files).tolist()
        for file, outline in self.outlines:
            if outline.type_parameters and edges[file] < edges[file + 1]:
                own = slice(edges[file], edges[file + 1])
                kept[own] = ~self.are(outline.type_parameters)[self.numbers[some[own]]]
        kept |= self.before[some] == 46
        types: NDArray[np.intp] = some[kept]
        return types

    def _uses(self, names: NDArray[np.intp]) -> NDArray[np.intp]:
        """Of names that may be uses those that are: no targets of assignments, no parameters."""
        bound = self.are_assigned(names)
        in_headers = self.within((file, span) for file, outline in self.outlines for span in outline.headers)[names]
        inside = np.flatnonzero(in_headers)
        bound[inside] |= np.isin(self.back(self.starts[names[inside]]), np.frombuffer(b"(,*", np.uint8))
        edges = np.searchsorted(self.starts[names], self.words.files).tolist()
        for file, outline in self.outlines:
            if outline.visible is None:  # what is bound anywhere in the file does not come from the wildcard
                own = slice(edges[file], edges[file + 1])
                local = np.zeros(len(self.lexicon), np.bool_)
                local[self.numbers[names[own][bound[own]]]] = True
                defined = {outline.facts.strings[name].encode() for name in outline.facts.symbols[1::SYMBOL_WIDTH]}
                bound[own] |= (local & ~self.are(defined))[self.numbers[names[own]]]
        return names[~bound]

    def are_taken(self, found: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which words name what is defined there."""
        begins = self.words.files.tolist()
        taken = [begins[file] + place for file, outline in self.outlines for place in outline.taken]
        places = np.array(taken, np.int64)
        at = np.searchsorted(self.starts, places)
        are = np.zeros(len(self.starts), np.bool_)
        are[at[np.append(self.starts, -1)[at] == places]] = True
        return are[found]


def _add_stretches(facts: Facts, begin: int, edges: list[int], owners: list[int]) -> None:
    """Add where in a file the innermost symbol changes, and to which."""
    symbols = facts.symbols
    around: list[tuple[int, int]] = []  # (end byte, index), outermost first
    edges.append(begin)
    owners.append(-1)
    before = (-1, -1)
    for index, span in enumerate(zip(symbols[6::SYMBOL_WIDTH], symbols[7::SYMBOL_WIDTH], strict=True)):
        if span == before:
            continue  # the first of one statement's stands for all
        before = start, end = span
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
