"""Text -> terms: identifiers split at their humps and underscores, words lightly stemmed, noise left out.

A compound identifier gives its parts and itself as one word, so `session_transaction`, `sessionTransaction` and the
words "session transaction" meet, and an exact mention still counts for more.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.facts import CHUNK_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.lexicon import Lexicon, Words, numbering

WORD = re.compile(r"[^\W\d]\w+|\d{3,}")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\x00-\x7f_]+")
_VOWEL = re.compile(r"[aeiouy]")
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
    if not word.isascii() and _has_asian().search(word):
        return _asian(word)
    parts = _PART.findall(word)
    if len(parts) == 1:
        return _STEMS[parts[0]]
    terms = [term for part in parts for term in _STEMS[part]]
    if parts and len(whole := word.replace("_", "").lower()) <= MAX_TERM:
        terms.append(whole)
    return tuple(terms)


@cache
def _has_asian() -> re.Pattern[str]:
    """Compiled at the first word that is not ASCII: classes as large as this one take milliseconds."""
    return re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class _Stems(dict[str, tuple[str, ...]]):
    """A part of a word -> its stem, or nothing for one that says nothing."""

    def __missing__(self, part: str) -> tuple[str, ...]:
        if len(self) > 1 << 18:
            self.clear()
        lower = part.lower()
        stems = self[part] = (stem(lower),) if 1 < len(lower) <= MAX_TERM and lower not in STOP else ()
        return stems


_STEMS = _Stems()
"""Parts seen before, as `_SPLIT`: most words are made of few."""


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
class Vocabulary:
    """Terms, numbered as they first came, and which of them each word of a lexicon has."""

    lexicon: Lexicon = field(default_factory=Lexicon)
    terms: dict[str, int] = field(default_factory=numbering)
    ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    """Word n has the terms `flat[ends[n] : ends[n + 1]]`."""
    flat: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def learn(self) -> None:
        """Split the words that the lexicon has found since."""
        fresh = list(islice(reversed(self.lexicon.known), len(self.lexicon) + 1 - len(self.ends)))
        if not fresh:
            return
        found = [_terms_of(word) for word in reversed(fresh)]
        ends = self.ends[-1] + np.cumsum(np.fromiter(map(len, found), np.int64, len(found)))
        numbers = list(map(self.terms.__getitem__, chain.from_iterable(found)))
        self.ends = np.concatenate([self.ends, ends])
        self.flat = np.concatenate([self.flat, np.array(numbers, np.int64)])


def _terms_of(word: bytes) -> tuple[str, ...]:
    """The terms of what stands between blanks and signs: one word, or several beyond ASCII and after digits."""
    if word.isdigit():
        return (word.decode("ascii"),) if 2 < len(word) <= MAX_TERM else ()
    if len(word) == 1:
        return ()
    if word.islower() and word.isalpha():
        return _STEMS[word.decode("ascii")] if len(word) <= 3 * MAX_TERM else ()
    if word.isascii() and not word[:1].isdigit():
        return _split(word.decode("ascii"))
    return tuple(term for one in WORD.findall(word.decode("utf-8", "replace")) for term in _split(one))


@dataclass(frozen=True, slots=True)
class Tally:
    """Row i says that chunk `chunks[i]` has term `terms[i]`, `counts[i]` times; chunks ascend, then terms.

    A count packs one byte a field, each at most 255: body, then documentation (<< 8), then name (<< 16).
    """

    chunks: NDArray[np.uint32]
    """Positions in the chunks of all files."""
    terms: NDArray[np.uint32]
    """Numbers of the `Vocabulary`."""
    counts: NDArray[np.uint32]
    lengths: NDArray[np.uint32]
    """Of each chunk: how many terms its body has."""


MAX_COUNTED = 1 << 16
"""Bytes of a plain-text file whose words are counted: data files say what they are at their start."""
_BODY, _DOC, _NAME = range(3)


def tally(files: Sequence[Facts], words: Words, vocabulary: Vocabulary) -> Tally:
    """The terms of every chunk of some files; also fills in the chunks' lengths. `words` are those of the files."""
    names, name_owners = _names(files, words)
    named = vocabulary.lexicon.words(names)
    vocabulary.learn()
    starts = np.concatenate(
        [
            np.array(facts.chunks[0::CHUNK_WIDTH], np.int64) + begin
            for facts, begin in zip(files, words.files[:-1].tolist(), strict=True)
        ]
    )
    n_chunks = len(starts)
    body = _expanded(vocabulary, *_body(files, words, starts))
    lengths = np.bincount(body[1], minlength=n_chunks).astype(np.uint32)
    _fill_lengths(files, lengths.tolist())
    name = _expanded(vocabulary, named.numbers, _owners(named, named.files[:-1], np.array(name_owners, np.int64)))
    # one sort of whole numbers brings equal ones together: chunk, then term, then field
    placed = np.concatenate([(body[1] << 26) | (body[0] << 2), ((name[1] >> 2) << 26) | (name[0] << 2) | (name[1] & 3)])
    placed.sort()
    edges = np.flatnonzero(np.concatenate([[True], placed[1:] != placed[:-1]])[: len(placed)])
    counts = np.minimum(np.diff(np.append(edges, len(placed))), 255)
    found = placed[edges]
    counts <<= (found & 3) << 3
    found >>= 2
    heads = np.flatnonzero(np.concatenate([[True], found[1:] != found[:-1]])[: len(found)])
    packed = np.add.reduceat(counts, heads) if len(heads) else counts
    found = found[heads]
    return Tally(
        (found >> 24).astype(np.uint32), (found & 0xFFFFFF).astype(np.uint32), packed.astype(np.uint32), lengths
    )


def _body(
    files: Sequence[Facts], words: Words, starts: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The words that count, and the chunk of each."""
    owners = _owners(words, starts, np.arange(len(starts)))
    numbers = words.numbers
    begins = words.files.tolist()
    long = [at for at, facts in enumerate(files) if not facts.symbols and begins[at + 1] - begins[at] > MAX_COUNTED]
    if long:
        kept = np.ones(len(numbers), np.bool_)
        for at in long:
            first, last = np.searchsorted(words.starts, [begins[at] + MAX_COUNTED, begins[at + 1]])
            kept[first:last] = False
        numbers, owners = numbers[kept], owners[kept]
    return numbers, owners


def _owners(words: Words, starts: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each word the one of `of` that belongs to the last of `starts` before it; all words are behind the first."""
    if not len(starts):
        return np.zeros(0, np.int64)
    firsts = np.append(np.searchsorted(words.starts, starts), len(words.starts))
    return np.repeat(of, np.diff(firsts))


def _expanded(
    vocabulary: Vocabulary, numbers: NDArray[np.int32], owners: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The terms of words, and the owner of each."""
    begins = vocabulary.ends[numbers]
    counts = vocabulary.ends[1:][numbers] - begins
    begins -= np.cumsum(counts) - counts
    places = np.repeat(begins, counts)
    places += np.arange(len(places))
    return vocabulary.flat[places], np.repeat(owners, counts)


def _fill_lengths(files: Sequence[Facts], lengths: list[int]) -> None:
    at = 0
    for facts in files:
        facts.chunks[CHUNK_WIDTH - 1 :: CHUNK_WIDTH] = lengths[at : at + facts.n_chunks]
        at += facts.n_chunks


def _names(files: Sequence[Facts], words: Words) -> tuple[list[bytes], list[int]]:
    """The names of what chunks define, and the documentation of that; and of each the chunk and the field, packed."""
    texts: list[str] = []
    owners: list[int] = []
    first = 0
    for facts, begin in zip(files, words.files[:-1].tolist(), strict=True):
        chunks, symbols, strings = facts.chunks, facts.symbols, facts.strings
        starts = chunks[0::CHUNK_WIDTH]
        own = chunks[4::CHUNK_WIDTH]
        for index, at in enumerate(range(0, len(symbols), SYMBOL_WIDTH)):
            chunk = bisect_right(starts, symbols[at + 6]) - 1
            owner = (first + chunk) << 2
            texts.append(strings[symbols[at + 1]])
            owners.append(owner | _NAME)
            if symbols[at + 2] and (scope := strings[symbols[at + 2]]):
                texts.append(scope)
                owners.append(owner | _NAME)
            if doc := strings[symbols[at + 4]]:
                texts.append(doc)
                owners.append(owner | _DOC)
            if own[chunk] == index and symbols[at + 5] >= 0:
                texts.append(strings[symbols[symbols[at + 5] * SYMBOL_WIDTH + 1]])
                owners.append(owner | _NAME)
        if not symbols:
            for index, start in enumerate(starts):
                if words.data.startswith(b"#", begin + start):
                    line = words.data[begin + start : begin + start + 200].split(b"\n", 1)[0]
                    texts.append(line.decode("utf-8", "replace"))
                    owners.append(((first + index) << 2) | _NAME)
        first += len(starts)
    return [text.encode("utf-8", "replace") for text in texts], owners
