"""Text -> terms: identifiers split at their humps and underscores, words lightly stemmed, noise left out.

A compound identifier gives its parts and itself as one word, so `session_transaction`, `sessionTransaction` and the
words "session transaction" meet, and an exact mention still counts for more.
"""

from __future__ import annotations

import re
import struct
from array import array
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from repoagent_indexers.facts import CHUNK_WIDTH, SYMBOL_WIDTH, Facts

WORD = re.compile(r"[^\W\d]\w+|\d{3,}")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\x00-\x7f_]+")
_VOWEL = re.compile(r"[aeiouy]")
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MAX_TERM = 48

STOP = frozenset(
    """a an and are as at be been but by can could did do does doing done else for from get got had has have having he
    her here hers him his how i if in into is it its itself just let like made make makes me more most my no nor not
    now of off on once one only or other our ours out over own same she should so some such than that the their theirs
    them then there these they this those through to too under until up us very was we were what when where which
    while who whom why will with would you your yours""".split()
)
"""Words that say nothing about what a question is about."""


def count(text: str) -> dict[str, int]:
    """How often each term stands in a text."""
    return Counter(term for word in WORD.findall(text) for term in split(word))


def split(word: str) -> tuple[str, ...]:
    """The terms of one word: its parts stemmed, and the whole when there are several parts."""
    if len(_SPLIT) > 1 << 18:
        _SPLIT.clear()
    if (terms := _SPLIT.get(word)) is None:
        terms = _SPLIT[word] = _split(word)
    return terms


_SPLIT: dict[str, tuple[str, ...]] = {}
"""Words split before: a repository has far fewer words than places where they stand."""


def _split(word: str) -> tuple[str, ...]:
    if len(word) > 3 * MAX_TERM:
        return ()
    if not word.isascii() and _ASIAN.search(word):
        return _asian(word)
    parts = [part.lower() for part in _PART.findall(word)]
    terms = [stem(part) for part in parts if 1 < len(part) <= MAX_TERM and part not in STOP]
    if len(parts) > 1 and len(whole := "".join(parts)) <= MAX_TERM:
        terms.append(whole)
    return tuple(terms)


def _asian(word: str) -> tuple[str, ...]:
    """Pairs of neighbouring characters: these scripts put no space between words."""
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    latin = [stem(part.lower()) for part in re.findall(r"[A-Za-z]{2,}", word)]
    return (*(pair for pair in pairs if not pair.isascii()), *latin)


def stem(word: str) -> str:
    """A word without its common English endings; words that are not English lose little.

    Lighter than Porter's stemmer (1980) on purpose: `parser`, `parse` and `parsing` meet, `universal` and `university`
    do not.
    """
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("s") and word[-2] not in "sui":
        word = word[: -2 if word.endswith(("sses", "ches", "shes", "xes")) else -1]
    for ending in ("ation", "ator", "ing", "er", "ed", "or", "ion"):
        if not word.endswith(ending):
            continue
        root = word[: -len(ending)]
        if len(root) < 3 or not _VOWEL.search(root) or (ending in {"ion", "or"} and root[-1] not in "ts"):
            continue
        if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
            return root[:-1]
        return _soft(root)
    return _soft(word[:-1]) if len(word) > 4 and word.endswith("e") else _soft(word, whole=True)


def _soft(root: str, whole: bool = False) -> str:
    """A root without the `at` of "generate" and with the `i` of "queries"."""
    if not whole and len(root) > 5:
        root = root.removesuffix("at")
    return f"{root[:-1]}i" if root.endswith("y") and len(root) > 3 else root


@dataclass(slots=True)
class Terms:
    """The terms of one file's chunks: row i says that chunk `chunks[i]` has term `words[terms[i]]`, `counts[i]` times.

    A count packs one byte a field, each at most 255: body, then documentation (<< 8), then name (<< 16).
    """

    words: list[str] = field(default_factory=list)
    chunks: array[int] = field(default_factory=lambda: array("I"))
    terms: array[int] = field(default_factory=lambda: array("I"))
    counts: array[int] = field(default_factory=lambda: array("I"))

    def to_bytes(self) -> bytes:
        text = "\n".join(self.words).encode("utf-8", "surrogatepass")
        columns = (self.chunks.tobytes(), self.terms.tobytes(), self.counts.tobytes())
        return struct.pack("<2I", len(self.chunks), len(text)) + b"".join(columns) + text

    @classmethod
    def from_bytes(cls, data: bytes) -> Terms:
        n, _ = struct.unpack_from("<2I", data)
        columns = [array("I"), array("I"), array("I")]
        for i, column in enumerate(columns):
            column.frombytes(data[8 + 4 * n * i : 8 + 4 * n * (i + 1)])
        text = data[8 + 12 * n :].decode("utf-8", "surrogatepass")
        return cls(text.split("\n") if text else [], *columns)


MAX_COUNTED = 1 << 16
"""Bytes of a plain-text file whose words are counted: data files say what they are at their start."""


def tally(facts: Facts, content: bytes) -> Terms:
    """The terms of every chunk; also fills in the chunks' lengths, which are the sums of their body counts."""
    table = Terms()
    numbers: dict[str, int] = {}
    chunks = facts.chunks
    limit = len(content) if facts.symbols else MAX_COUNTED
    for index, (name, doc) in enumerate(_names_by_chunk(facts, content)):
        at = index * CHUNK_WIDTH
        packed: dict[str, int] = _count(content[chunks[at] : min(chunks[at + 1], limit)])
        length = chunks[at + 5] = sum(packed.values())
        if length > 255:
            packed = {term: min(n, 255) for term, n in packed.items()}
        for text, shift in ((doc, 8), (name, 16)):
            if text:
                for term, n in _count(text.encode("utf-8", "replace")).items():
                    packed[term] = packed.get(term, 0) | min(n, 255) << shift
        table.chunks += array("I", (index,)) * len(packed)
        table.terms.extend([numbers.setdefault(term, len(numbers)) for term in packed])
        table.counts.extend(packed.values())
    table.words = list(numbers)
    return table


def _count(text: bytes) -> Counter[str]:
    """`count`, for UTF-8: cutting bytes at blanks takes a quarter of the time of finding words in text."""
    if len(_RUNS) > 1 << 18:
        _RUNS.clear()
    return Counter(chain.from_iterable(map(_RUNS.__getitem__, text.translate(_APART).split())))


class _Runs(dict[bytes, tuple[str, ...]]):
    """A run of bytes between blanks -> the terms of its words: one word, or several beyond ASCII and after digits."""

    def __missing__(self, run: bytes) -> tuple[str, ...]:
        words = WORD.findall(run.decode("utf-8", "replace"))
        terms = self[run] = tuple(term for word in words for term in split(word))
        return terms


_RUNS = _Runs()
"""Runs seen before, as `_SPLIT`."""
_APART = bytes(byte if byte > 127 or chr(byte).isalnum() or chr(byte) == "_" else 32 for byte in range(256))
"""For `bytes.translate`: what is no letter, digit or underscore becomes a blank; beyond ASCII `WORD` decides."""


def _names_by_chunk(facts: Facts, content: bytes) -> list[tuple[str, str]]:
    """For each chunk the names of what it defines, and the documentation of that."""
    chunks, symbols, strings = facts.chunks, facts.symbols, facts.strings
    names: list[list[str]] = [[] for _ in range(facts.n_chunks)]
    docs: list[list[str]] = [[] for _ in range(facts.n_chunks)]
    starts = chunks[0::CHUNK_WIDTH]
    for index in range(facts.n_symbols):
        at = index * SYMBOL_WIDTH
        owner = bisect_right(starts, symbols[at + 6]) - 1
        names[owner].append(strings[symbols[at + 1]])
        if scope := strings[symbols[at + 2]]:
            names[owner].append(scope)
        if doc := strings[symbols[at + 4]]:
            docs[owner].append(doc)
        if chunks[owner * CHUNK_WIDTH + 4] == index and symbols[at + 5] >= 0:
            names[owner].append(strings[symbols[symbols[at + 5] * SYMBOL_WIDTH + 1]])
    if not symbols:
        for index in range(facts.n_chunks):
            first = content[chunks[index * CHUNK_WIDTH] :][:200].split(b"\n", 1)[0].decode("utf-8", "replace")
            if first.startswith("#"):
                names[index].append(first)
    return [(" ".join(n), "\n".join(d)) for n, d in zip(names, docs, strict=True)]
