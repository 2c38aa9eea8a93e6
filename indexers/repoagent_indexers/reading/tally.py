"""The words of files -> how often each term stands in each chunk, in columns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.reading.facts import CHUNK_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.words.lexicon import Words
from repoagent_indexers.words.terms import MAX_COUNTED
from repoagent_indexers.words.vocabulary import Vocabulary


class Tally(NamedTuple):
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
        names = symbols[1::SYMBOL_WIDTH]
        rows = zip(names, *(symbols[column::SYMBOL_WIDTH] for column in (2, 4, 5, 6)), strict=True)
        for index, (name, scope, doc, parent, start) in enumerate(rows):
            chunk = bisect_right(starts, start) - 1
            owner = (first + chunk) << 2
            texts.append(strings[name])
            owners.append(owner | _NAME)
            if scope and (written := strings[scope]):
                texts.append(written)
                owners.append(owner | _NAME)
            if written := strings[doc]:
                texts.append(written)
                owners.append(owner | _DOC)
            if parent >= 0 and own[chunk] == index:
                texts.append(strings[names[parent]])
                owners.append(owner | _NAME)
        if not symbols:
            for index, start in enumerate(starts):
                if words.data.startswith(b"#", begin + start):
                    line = words.data[begin + start : begin + start + 200].split(b"\n", 1)[0]
                    texts.append(line.decode("utf-8", "replace"))
                    owners.append(((first + index) << 2) | _NAME)
        first += len(starts)
    return [text.encode("utf-8", "replace") for text in texts], owners
