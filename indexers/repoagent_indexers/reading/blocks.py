"""The bodies of methods and blocks that define nothing, in Ruby: an outline needs only where they end.

Told by lines and their margins, for all files of a batch at once: a line that begins a method or ends with `do`, lines
with larger margins, and `end` below the margin of the first. A body is read where a word in it could define or import,
where a heredoc begins in it, whose lines say nothing, and where a line has a smaller margin. What looks like a body and
is text can be blanked as well: text it stays.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.columns import distinct
from repoagent_indexers.lazy_pattern import lazy_pattern
from repoagent_indexers.reading.bodies import one_of
from repoagent_indexers.reading.skim import Passed, Range, emptied
from repoagent_indexers.words.lexicon import Lexicon, Words, behind

_SMALL = 24
"""Bytes of a body that are not worth the trouble."""
_BODY = b"0"
"""Stands in place of a body: a method whose body begins elsewhere has another signature."""
_DEF, _DO, _END, _CLAUSE, _DEFINES = (1 << n for n in range(5))
_SAYS = {
    b"def": _DEF | _DEFINES,
    b"do": _DO,
    b"end": _END,
    **dict.fromkeys((b"rescue", b"ensure", b"else"), _CLAUSE),
    **dict.fromkeys(
        b"""class module alias undef attr_accessor attr_reader attr_writer attr cattr_accessor mattr_accessor
        class_attribute define_method alias_method define_singleton_method scope require require_relative load
        require_dependency autoload BEGIN END __END__""".split(),
        _DEFINES,
    ),
}
"""What a word says."""
_HEADER = lazy_pattern(
    rb"def[ \t]+(?:[A-Za-z_]\w*\.)?(?:[a-zA-Z_\x80-\xff][\w\x80-\xff]*[?!=]?|[^\s\w(.]{1,3})"
    rb"(?:[ \t]*\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\))?[ \t]*(?:#[^\n]*)?\n"
)
"""A method whose parameters, if there are any, stand in brackets, on one line with nothing behind."""
_OPENS = lazy_pattern(rb"do(?:[ \t]*\|[^|\n]*\|)?[ \t]*\n")
_TEXT = lazy_pattern(
    rb"#(?<!\S#)[^\n]*"
    rb'|"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\\?\Z)'
    rb"|'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z)"
    rb"|%(?<![\w)\]}]%)[qQwWiIrx]?(?:\([^()\n]{0,999}(?:\([^()\n]{0,99}\)[^()\n]{0,999}){0,99}\)"
    rb"|\{[^{}\n]{0,999}(?:\{[^{}\n]{0,99}\}[^{}\n]{0,999}){0,99}\}|\[[^\]\n]{0,999}\])"
    rb"|/(?<![^\s(,!]/)(?![\s=])[^/\\\n]*(?:\\.[^/\\\n]*)*/",
    re.S,
)
"""Comments, strings and patterns, of one line each. What may not stand in front is asked behind the first sign: so they
are looked for four times faster."""
_FILLED = lazy_pattern(rb"#\{([^{}]*)\}")
_HEREDOC = lazy_pattern(rb"<<([~-]?)[\"'`]?([A-Za-z_]\w*)")
_SPACE = one_of(b" ")
_RUN = lazy_pattern(rb" *")
_MAX_ABSENT = 20
"""Ends of heredocs that are looked for in vain in one file."""
_NO_WORD_BEHIND = one_of(b".:@$")
"""Behind these a word is no keyword."""
CAPITAL = one_of(bytes(range(ord("A"), ord("Z") + 1)))
_IN_OPERATOR = one_of(b"=~>")


@dataclass(slots=True)
class Blocks:
    """What is passed over of the files of a batch."""

    passed: dict[int, Passed] = field(default_factory=dict)
    """Position of a file -> what is to be parsed of it."""
    regions: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """(n, 2): where the bodies begin and end, in order; places count as the `Words`' do."""
    code: bytes = b""
    """As long as the `Words`' data: what is in the bodies, without comments and strings but for the code in those."""


def blocks(files: Sequence[int], words: Words, lexicon: Lexicon) -> Blocks:
    """The bodies in files, which are positions in `words`, that `lexicon` has numbered."""
    if not files:
        return Blocks()
    page = _Page(files, words, lexicon)
    regions = page.regions()
    if not regions:
        return Blocks()
    passed = {file: emptied(words, file, own, _BODY) for file, own in regions.items()}
    places = [place for own in regions.values() for place in own]
    return Blocks(passed, np.array(places, np.int64), _code(words.data, places, page.texts))


def _code(data: bytes, regions: Sequence[Range], texts: Sequence[Range]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for start, stop in regions:
        pieces += (b" " * (start - at), _TEXT.sub(_masked, data[start:stop]))
        at = stop
    code = bytearray(b"".join([*pieces, b" " * (len(data) - at)]))
    for start, stop in texts:
        code[start:stop] = _with_filled(data[start:stop])
    return bytes(code)


def _masked(found: re.Match[bytes]) -> bytes:
    text = found[0]
    if b"#{" in text and text[:1] not in b"#'":
        return _with_filled(text)
    return (b" " if text[:1] == b"#" else b'"') * len(text)


def _with_filled(text: bytes) -> bytes:
    """As long as a text, of which only the code in it is left."""
    masked = bytearray(b'"' * len(text))
    for one in _FILLED.finditer(text):
        masked[one.start(1) - 1 : one.end(1) + 1] = b"(%b)" % one[1]
    return bytes(masked)


@lru_cache(256)
def _end_of(heredoc: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"^[ \t]*%b$" % heredoc, re.M)


class _Page:
    """Lines that are neither blank nor all comment."""

    def __init__(self, files: Sequence[int], words: Words, lexicon: Lexicon) -> None:
        self.words = words
        self.data = np.frombuffer(words.data, np.uint8)
        breaks = np.flatnonzero(self.data == 10)
        is_known = np.zeros(len(words.files), np.bool_)
        is_known[list(files)] = True
        file = np.searchsorted(words.files, breaks[:-1] + 1, "right") - 1
        kept = np.flatnonzero(is_known[file])
        starts = breaks[kept] + 1
        firsts = behind(words.data, starts, _SPACE, _RUN)
        first = self.data[firsts]
        with_tabs = np.zeros(len(words.files), np.bool_)
        with_tabs[file[kept[first == ord("\t")]]] = True
        self.texts, self.heredocs, self.unknown = self._heredocs(files)
        in_text = np.searchsorted(np.array(self.texts, np.int64).ravel(), starts, "right") % 2 > 0
        is_line = (first != 10) & (first != ord("#")) & ~with_tabs[file[kept]] & ~in_text
        kept = kept[is_line]
        self.starts, self.firsts, self.ends, self.file = starts[is_line], firsts[is_line], breaks[kept + 1], file[kept]
        """Of lines; `firsts` is what stands behind the margin, `ends` the end of the line."""
        self.margins = self.firsts - self.starts
        said = np.zeros(len(lexicon), np.uint8)
        for word, flag in _SAYS.items():
            if word in lexicon.known:
                said[lexicon.known[word]] = flag
        flags = said[words.numbers]
        marked = np.flatnonzero(flags)
        starts, ends = words.starts[marked], words.ends[marked]
        is_key = (self.data[ends] == ord(":")) & (self.data[ends + 1] != ord(":"))
        is_word = ~_NO_WORD_BEHIND[self.data[starts - 1]] & ~is_key
        places = starts[is_word]
        line = np.maximum(np.searchsorted(self.starts, places, "right") - 1, 0)
        in_line = places < np.append(self.ends, 0)[line]
        self.places, self.line, self.flags = places[in_line], line[in_line], flags[marked][is_word][in_line]
        """Of words that say something: where they stand, in which line, and what they say."""

    def regions(self) -> dict[int, list[Range]]:
        """What is to be blanked of each file."""
        data, n = self.words.data, len(self.starts)
        if not n:
            return {}
        is_first = self.firsts[self.line] == self.places
        says = np.zeros(n + 1, np.uint8)
        says[self.line[is_first]] = self.flags[is_first]
        margins, file, behind = np.append(self.margins, -1), np.append(self.file, -1), self._behind()
        defines = np.sort(np.concatenate([self.places[self.flags & _DEFINES > 0], self._bound()]))
        heads: list[int] = []
        for pattern, are in ((_HEADER, is_first & (self.flags & _DEF > 0)), (_OPENS, self.flags & _DO > 0)):
            places, lines = self.places[are].tolist(), self.line[are].tolist()
            heads += [line for place, line in zip(places, lines, strict=True) if pattern.match(data, place)]
        found: dict[int, list[Range]] = {}
        last = -1
        for line in sorted(heads):
            start, end = int(self.ends[line]) + 1, int(behind[line])
            if start <= last:
                continue  # inside the one before
            while says[end] & _CLAUSE and margins[end] == margins[line]:
                end = int(behind[end])
            if not says[end] & _END or margins[end] != margins[line] or file[end] != file[line]:
                continue
            stop = int(self.starts[end]) - 1
            is_free = np.searchsorted(defines, start) == np.searchsorted(defines, stop)
            if is_free and stop - start >= _SMALL and not self._are_unclear(int(self.starts[line]), start, stop):
                found.setdefault(int(file[line]), []).append((start, stop))
                last = stop
        return found

    def _heredocs(self, files: Sequence[int]) -> tuple[list[Range], list[int], list[int]]:
        """The lines of heredocs, with those that end them; where those heredocs begin; and where others do."""
        data, begins = self.words.data, self.words.files.tolist()
        texts: list[Range] = []
        known: list[int] = []
        unknown: list[int] = []
        for file in files:
            begin = end = 0
            absent: set[bytes] = set()
            for found in _HEREDOC.finditer(data, begins[file], begins[file + 1]):
                if begin <= found.start() < end:
                    continue  # text of the one before
                start = max(data.find(b"\n", found.end()) + 1, end)
                last = None
                if found[1] and found[2] not in absent and len(absent) < _MAX_ABSENT:
                    last = _end_of(found[2]).search(data, start, begins[file + 1] - 1)
                if last is None:
                    absent.add(found[2])
                    unknown.append(found.start())
                    continue
                begin, end = start, last.end() + 1
                texts.append((begin, end))
                known.append(found.start())
        return texts, known, unknown

    def _are_unclear(self, head: int, start: int, stop: int) -> bool:
        """Whether a heredoc begins in the line in front of a body, or one in it of which the end is not known."""
        is_in_head = bisect_left(self.heredocs, head) < bisect_left(self.heredocs, start)
        return is_in_head or bisect_left(self.unknown, head) < bisect_left(self.unknown, stop)

    def _bound(self) -> NDArray[np.int64]:
        """Where constants and variables of classes are bound."""
        starts = self.words.starts
        of_class = (self.data[starts - 1] == ord("@")) & (self.data[starts - 2] == ord("@"))
        names = np.flatnonzero(CAPITAL[self.data[starts]] | of_class)
        at = behind(self.words.data, self.words.ends[names], _SPACE, _RUN)
        for sign in b"|&":  # ||=
            at += 2 * ((self.data[at] == sign) & (self.data[at + 1] == sign))
        is_bound = (self.data[at] == ord("=")) & ~_IN_OPERATOR[self.data[at + 1]]
        places: NDArray[np.int64] = starts[names[is_bound]]
        return places

    def _behind(self) -> NDArray[np.intp]:
        """Of each line the next one with no more margin than its own; as many as there are lines for none."""
        behind = np.arange(1, len(self.starts) + 1)
        is_head = np.append(self.margins[:-1] < self.margins[1:], False)
        for margin in distinct(self.margins[is_head]).tolist():
            outer = np.append(np.flatnonzero(self.margins <= margin), len(behind))  # none: behind the last
            heads = np.flatnonzero(is_head & (self.margins == margin))
            behind[heads] = outer[np.searchsorted(outer, heads, "right")]
        return behind
