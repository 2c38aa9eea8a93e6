"""Source -> the same source, as long as before, without the statements of functions that define nothing.

Most of a file are such statements. What an outline needs of them is where they end, and a grammar reads a blank place
five times faster. Which they are is told by lines, their margins and their first words, for all files of a batch at
once; where brackets or margins do not agree, a file is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.columns import distinct
from repoagent_indexers.words.lexicon import Lexicon, Words, behind

LANGUAGES = frozenset({"python"})
"""What can be skimmed."""
_TEXT = re.compile(
    rb"#[^\n]*"
    rb'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\\?\Z)'
    rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\\?\Z)"
    rb'|"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\\?\Z)'
    rb"|'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z)",
    re.S,
)
"""Comments and strings. It never fails once it has begun: on a line of escaped quotes that would take time that grows
with the square of their number."""
_SMALL = 16
"""Bytes of statements that are not worth the trouble."""
_GAP, _GAPS = 60, 500
"""Bytes of a gap below which blanks are read as fast; and how many one file may have: the parser looks at each of them
for every word that it reads."""
_MARK = b'"'
"""Stands in place of every byte of a string."""
BRACKETS = bytes(1 if byte in b"([{" else 255 if byte in b")]}" else 0 for byte in range(256))
"""Of each byte by how much brackets are deeper behind it, as signed bytes."""
_BLANKS = np.frombuffer(bytes(byte in b" \t\r\f" for byte in range(256)), np.bool_)
_MASKED = np.frombuffer(bytes(byte in b' "' for byte in range(256)), np.bool_)
_RUN = re.compile(rb"[ \t\r\f]*")
_FEW_BLANKS = 100
"""Steps over blanks that are taken for all places at once; one place may have a million."""
_PREFIXES = np.frombuffer(bytes(byte in b"rRbBuUfF" for byte in range(256)), np.bool_)
_DEF, _ASYNC, _CLASS, _HEAD, _TYPE, _COMPOUND, _CLAUSE = 1, 2, 4, 8, 16, 32, 64
_FLAGS = {
    b"async": _ASYNC | _COMPOUND,
    b"def": _DEF | _HEAD,
    b"class": _CLASS | _HEAD,
    b"import": _HEAD,
    b"type": _TYPE,
    **dict.fromkeys((b"for", b"if", b"try", b"while", b"with"), _COMPOUND),
    **dict.fromkeys((b"elif", b"else", b"except", b"finally"), _COMPOUND | _CLAUSE),
}
"""What a word says: that its line must be read; and at the beginning of a line, that its colon is no annotation, and
that it belongs to the statement before it."""

Range = tuple[int, int]


_CONTINUED = re.compile(rb"\\\r?\n")
"""Where a line goes on behind its end."""
_FILLED = re.compile(rb"\{[^{}]*\}")
"""What is code in an f-string."""
_ALL = re.compile(rb"^[ \t]*__all__[ \t]*\+?=[ \t]*[(\[]([^)\]]*)", re.M)


class Code(NamedTuple):
    """The files of a batch without their comments and strings, which are blank or marked; other files are blank."""

    data: bytes
    """As long as the `Words`' own, whose places count here too."""
    files: list[int]
    """Positions in the `Words`."""
    read: list[Range]
    """Where in strings there is code, or names that the module gives out."""


class Passed(NamedTuple):
    """A file without what is passed over."""

    content: bytes
    """As long as before, with an empty pair of brackets in place of each run of statements, or of what was in them."""
    gaps: list[Range]
    """What is inside the largest of those brackets, which a parser passes over at once. All are blank inside."""


def code(files: Sequence[int], words: Words) -> Code:
    """The code of files, which are positions in `words`, in order."""
    pieces = [b"\n"]
    read: list[Range] = []
    begins = words.files.tolist()
    at = 1
    for file in files:
        begin, end = begins[file], begins[file + 1]
        pieces += (b" " * (begin - at), masked(words.data[begin : end - 1], begin, read), b"\n")
        at = end
    return Code(b"".join([*pieces, b"\n" * (len(words.data) - at)]), list(files), read)


def masked(content: bytes, begin: int, read: list[Range]) -> bytes:
    """A file without its comments and strings, as long as before; where there is code in strings is added to `read`, by
    places that count from `begin`."""

    def mask(found: re.Match[bytes]) -> bytes:
        start, end = found.span()
        if content[start] == 35:
            return b" " * (end - start)
        if start and content[start - 1] in b"fFrR" and b"f" in content[max(0, start - 2) : start].lower():
            read.extend((begin + one.start(), begin + one.end()) for one in _FILLED.finditer(content, start, end))
        return _MARK * (end - start)

    code = _TEXT.sub(mask, content)
    code = _CONTINUED.sub(lambda found: b" " * len(found[0]), code)
    if b"__all__" in code:
        for listed in _ALL.finditer(content):
            texts = (one.span() for one in _TEXT.finditer(content, *listed.span(1)))
            read.extend((begin + start, begin + end) for start, end in texts if content[start] != 35)
    return code


def skimmed(code: Code, words: Words, lexicon: Lexicon) -> dict[int, Passed]:
    """Position of a file in `words`, which `lexicon` has numbered -> what is to be parsed of it, for those of the
    `code` that have something to be passed over."""
    if not code.files:
        return {}
    regions = _Page(code, words, lexicon).regions()
    return {file: emptied(words, file, some, b"(", b")") for file, some in regions.items()}


def emptied(words: Words, file: int, regions: Sequence[Sequence[int]], begin: bytes = b"", end: bytes = b"") -> Passed:
    """A file with blanks between `begin` and `end` in place of some regions, whose places count as the words' do."""
    first, behind = words.files[file : file + 2].tolist()
    pieces: list[bytes] = []
    gaps: list[Range] = []
    least = max(_GAP, *sorted((stop - start for start, stop in regions), reverse=True)[_GAPS : _GAPS + 1], 0)
    at = first
    for start, stop in regions:
        pieces += (words.data[at:start], begin.ljust(stop - start - len(end)), end)
        if stop - start > least:
            gaps.append((start + len(begin) - first, stop - len(end) - first))
        at = stop
    return Passed(b"".join([*pieces, words.data[at : behind - 1]]), gaps)


class _Lines(NamedTuple):
    """Lines as the language counts them: none inside brackets or strings, none blank, none of comments alone. At the
    end of each file stands one more, with a margin of -1."""

    starts: NDArray[np.int64]
    """Of what stands behind the margin."""
    ends: NDArray[np.int64]
    """Of the line, with what is blank there."""
    margins: NDArray[np.int64]
    files: NDArray[np.int64]
    flags: NDArray[np.uint8]
    """Of the first word."""
    is_def: NDArray[np.bool_]


class _Page:
    """The files of a batch and what its places say."""

    def __init__(self, code: Code, words: Words, lexicon: Lexicon) -> None:
        self.words, self.lexicon = words, lexicon
        self.files = np.array(code.files)
        self.data = code.data
        self.code = np.frombuffer(code.data, np.uint8)
        turns = np.frombuffer(code.data.translate(BRACKETS), np.int8)
        self.brackets = np.flatnonzero(turns != 0)
        self.depths = np.concatenate([[0], np.cumsum(turns[self.brackets], dtype=np.int64)])
        """How many are open before each bracket, and behind the last."""
        said = np.zeros(len(lexicon), np.uint8)
        for word, flag in _FLAGS.items():
            if word in lexicon.known:
                said[lexicon.known[word]] = flag
        self.flags = np.append(said[words.numbers], np.zeros(2, np.uint8))
        """Of each word, and of two that are not there."""

    def regions(self) -> dict[int, list[Range]]:
        """What is to be blanked of each file: runs of statements of functions, without documentation."""
        lines = self._lines()
        functions = np.flatnonzero(lines.is_def)
        if not len(functions):
            return {}
        behind = self._behind(lines)
        whole = self._with_clauses(lines, behind)
        n_must = np.concatenate([[0], np.cumsum(self._must_be_read(lines))])
        is_free = (n_must[whole] == n_must[:-1]) & (lines.flags & _CLAUSE == 0)
        # which line to look at next: in a class all are needed, in a function its documentation is
        following = np.arange(1, len(behind) + 1)
        following[functions] += self._have_documentation(lines, functions + 1)
        following[lines.flags & _CLASS > 0] = behind[lines.flags & _CLASS > 0]
        following[is_free] = whole[is_free]
        rows = zip(functions.tolist(), behind[functions].tolist(), lines.files[functions].tolist(), strict=True)
        return self._runs(rows, lines, is_free, following)

    def _runs(
        self,
        functions: Iterable[tuple[int, int, int]],
        lines: _Lines,
        is_free: NDArray[np.bool_],
        following: NDArray[np.intp],
    ) -> dict[int, list[Range]]:
        """The runs of free statements with one margin in functions: (first line, line behind, file)."""
        starts, margins, next_of = lines.starts.tolist(), lines.margins.tolist(), following.tolist()
        ends, free = self._before_blanks(lines.ends).tolist(), is_free.tolist()
        found: dict[int, list[Range]] = {}
        last = 0
        for function, end, file in functions:
            if function < last:
                continue  # inside the one before
            at, last, run = next_of[function], end, -1
            while at <= end:
                if run >= 0 and not (at < end and free[at] and margins[at] == margins[run]):
                    if ends[at - 1] - starts[run] >= _SMALL:
                        found.setdefault(file, []).append((starts[run], ends[at - 1]))
                    run = -1
                if run < 0 and at < end and free[at]:
                    run = at
                at = next_of[at] if at < end else end + 1
        return found

    def _lines(self) -> _Lines:
        begins = self.words.files
        breaks = np.flatnonzero(self.code == 10)
        breaks = breaks[self._is_outside_brackets(breaks + 1)]
        is_known = np.zeros(len(begins), np.bool_)
        is_known[self.files] = True
        kept = np.flatnonzero(is_known[np.searchsorted(begins, breaks[:-1] + 1, "right") - 1])
        starts, ends = breaks[kept] + 1, breaks[kept + 1]
        firsts = behind(self.data, starts, _BLANKS, _RUN)
        is_line = self.code[firsts] != 10
        starts, firsts, ends = starts[is_line], firsts[is_line], ends[is_line]
        margins = firsts - starts
        file = np.searchsorted(begins, starts, "right") - 1
        with_tabs = file[(self.code[starts] == 9) | (self.code[firsts - 1] == 9)]
        margins[np.isin(file, np.concatenate([self._unbalanced(), with_tabs]))] = 0  # as if it had no functions
        lasts = begins[self.files + 1] - 1
        order = np.argsort(np.concatenate([firsts, lasts]), kind="stable")
        starts = np.concatenate([firsts, lasts])[order]
        place = np.searchsorted(self.words.starts, starts)
        is_word = np.append(self.words.starts, -1)[place] == starts
        flags = np.where(is_word, self.flags[place], np.uint8(0))
        following = self.flags[place + 1]
        return _Lines(
            starts=starts,
            ends=np.concatenate([ends, lasts])[order],
            margins=np.concatenate([margins, np.full(len(lasts), -1)])[order],
            files=np.concatenate([file, self.files])[order],
            flags=flags,
            is_def=(flags & _DEF > 0) | ((flags & _ASYNC > 0) & (following & _DEF > 0)),
        )

    def _is_outside_brackets(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        file = np.searchsorted(self.words.files, places, "right") - 1
        is_outside: NDArray[np.bool_] = self._depth(places) == self._depth(self.words.files)[file]
        return is_outside

    def _depth(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many brackets are open at places, those of the files before with them."""
        depth: NDArray[np.int64] = self.depths[np.searchsorted(self.brackets, places)]
        return depth

    def _unbalanced(self) -> NDArray[np.int64]:
        """Files whose brackets do not match."""
        depth = self._depth(self.words.files)
        file = np.searchsorted(self.words.files, self.brackets, "right") - 1
        below = file[self.depths[1:] < depth[file]]
        return np.concatenate([np.flatnonzero(depth[1:] != depth[:-1]), below])

    def _must_be_read(self, lines: _Lines) -> NDArray[np.bool_]:
        """Lines that may define, import, or say of what type something is."""
        must: NDArray[np.bool_] = (lines.flags & _TYPE > 0) | (self.code[lines.starts] == ord("@"))
        heads = self.words.starts[np.flatnonzero(self.flags & _HEAD)]
        must[self._lines_of(lines, heads[~_MASKED[self.code[heads]]])] = True
        must[self._lines_of(lines, self._assigned_to_self())] = True
        colons = np.flatnonzero(self.code == ord(":"))
        colons = colons[(self.code[colons + 1] != ord("=")) & self._is_outside_brackets(colons)]
        annotated = self._lines_of(lines, colons)
        must[annotated] |= lines.flags[annotated] & _COMPOUND == 0
        return must

    def _assigned_to_self(self) -> NDArray[np.int64]:
        """Where `self.name =` and `self.name:` stand."""
        starts, ends, numbers = self.words.starts, self.words.ends, self.words.numbers
        own = np.flatnonzero(numbers[:-1] == self.lexicon.known.get(b"self", -1))
        own = own[(self.code[starts[own]] == ord("s")) & (starts[own + 1] == ends[own] + 1)]
        at = behind(self.data, ends[own + 1], _BLANKS, _RUN)
        is_assigned = (self.code[at] == ord(":")) | ((self.code[at] == ord("=")) & (self.code[at + 1] != ord("=")))
        places: NDArray[np.int64] = starts[own[is_assigned]]
        return places

    def _lines_of(self, lines: _Lines, places: NDArray[np.int64]) -> NDArray[np.intp]:
        """In which line each place is."""
        return np.maximum(np.searchsorted(lines.starts, places, "right") - 1, 0)

    def _behind(self, lines: _Lines) -> NDArray[np.intp]:
        """Of each line the next one with no more margin than its own: the first behind what belongs to it."""
        behind = np.arange(1, len(lines.starts) + 1)
        is_head = np.append(lines.margins[:-1] < lines.margins[1:], False)
        for margin in distinct(lines.margins[is_head]).tolist():
            outer = np.flatnonzero(lines.margins <= margin)
            heads = np.flatnonzero(is_head & (lines.margins == margin))
            behind[heads] = outer[np.searchsorted(outer, heads, "right")]
        return behind

    def _with_clauses(self, lines: _Lines, behind: NDArray[np.intp]) -> NDArray[np.intp]:
        """The same of each line, with the clauses that follow: `else` and what is in it belongs to its `if`."""
        whole: NDArray[np.intp] = behind.copy()
        goes_on = np.append(lines.flags & _CLAUSE > 0, [False])
        margins = np.append(lines.margins, [-1])
        some = np.arange(len(whole))
        while len(some):
            some = some[goes_on[whole[some]] & (margins[whole[some]] == lines.margins[some])]
            whole[some] = behind[whole[some]]
        return whole

    def _have_documentation(self, lines: _Lines, places: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which lines begin with a string."""
        first = lines.starts[places]
        one, two, three = (self.code[first + n] for n in range(3))
        mark = _MARK[0]
        are: NDArray[np.bool_] = (one == mark) | (_PREFIXES[one] & ((two == mark) | (_PREFIXES[two] & (three == mark))))
        return are

    def _before_blanks(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        at: NDArray[np.int64] = places.copy()
        blank = np.flatnonzero(_BLANKS[self.code[at - 1]])
        for _ in range(_FEW_BLANKS):
            if not len(blank):
                return at
            at[blank] -= 1
            blank = blank[_BLANKS[self.code[at[blank] - 1]]]
        for one in blank.tolist():
            line = self.data.rfind(b"\n", 0, at[one]) + 1
            at[one] = line + len(self.data[line : at[one]].rstrip(b" \t\r\f"))
        return at
