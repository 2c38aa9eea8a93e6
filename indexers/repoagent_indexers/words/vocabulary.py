"""The words of a lexicon -> their terms, in columns: what `terms.split` says of each, for many words at once.

A repository has a hundred thousand words, each of which a worker meets for the first time once. Split one by one they
cost a tenth of its time. They are made of far fewer parts: where those begin and end is told by three neighbouring
characters, which is looked up for all words together, and only a part that is new is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, islice, product

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.words.lexicon import Lexicon, numbering, padded
from repoagent_indexers.words.terms import MAX_TERM, STOP, WORD, split, stem

_END, _JOIN, _LOWER, _UPPER, _DIGIT, _BEYOND = range(6)
"""What a byte is: the end of a word, an underscore, a letter of either case, a digit, beyond ASCII."""
_APART = (_END, _JOIN, _BEYOND)
_KINDS = bytes(
    _BEYOND
    if byte > 127
    else _LOWER
    if chr(byte).islower()
    else _UPPER
    if chr(byte).isupper()
    else _DIGIT
    if chr(byte).isdigit()
    else _JOIN
    if byte == ord("_")
    else _END
    for byte in range(256)
)
_SMALL = bytes(ord(chr(byte).lower()) if byte < 128 else byte for byte in range(256))


def _begins(before: int, here: int, behind: int) -> bool:
    """Whether a part begins between two characters, as `terms` cuts them."""
    if here == _UPPER:
        return before != _UPPER or behind == _LOWER
    return (here == _LOWER and before not in (_LOWER, _UPPER)) or (here == _DIGIT and before != _DIGIT)


def _ends(before: int, here: int, behind: int) -> bool:
    return before not in _APART and (here in _APART or _begins(before, here, behind))


_NEIGHBOURS = list(product(range(6), repeat=3))
_BEGINS = np.array([_begins(*three) for three in _NEIGHBOURS])
_ENDS = np.array([_ends(*three) for three in _NEIGHBOURS])


class Vocabulary:
    """Terms, numbered as they first came, and which of them each word of a lexicon has."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()
        self.terms: dict[str, int] = numbering()
        self.ends = np.zeros(1, np.int64)
        """Word n has the terms `flat[ends[n] : ends[n + 1]]`, in no order."""
        self.flat = np.zeros(0, np.int64)
        self._parts = Lexicon()
        self._part_terms = np.zeros(0, np.int64)
        """Of each part its term, -1 for none."""

    def learn(self) -> None:
        """Split the words that the lexicon has found since."""
        fresh = list(islice(reversed(self.lexicon.known), len(self.lexicon) + 1 - len(self.ends)))
        if not fresh:
            return
        fresh.reverse()
        owners, terms = self._split(fresh)
        ends = self.ends[-1] + np.cumsum(np.bincount(owners, minlength=len(fresh)))
        self.ends = np.concatenate([self.ends, ends])
        self.flat = np.concatenate([self.flat, terms[np.argsort(owners, kind="stable")]])

    def _split(self, words: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of terms, and the position of the word that has each."""
        data = padded(words)
        kinds = np.frombuffer(data.translate(_KINDS), np.uint8)
        edges = np.flatnonzero(kinds == _END)[: len(words) + 1]
        begins, lengths = edges[:-1] + 1, np.diff(edges) - 1
        is_number = lengths == np.add.reduceat(kinds == _DIGIT, begins, dtype=np.int64)
        odd = (np.maximum.reduceat(kinds, begins) == _BEYOND) | (lengths > 3 * MAX_TERM)
        odd |= (kinds[begins] == _DIGIT) & ~is_number
        silent = odd | is_number & (lengths == 2)

        three = kinds[:-2] * np.uint8(36) + kinds[1:-1] * np.uint8(6) + kinds[2:]
        starts, ends = np.flatnonzero(_BEGINS[three]) + 1, np.flatnonzero(_ENDS[three]) + 1
        owners = np.searchsorted(edges, starts) - 1
        joins = np.add.reduceat(kinds == _JOIN, begins, dtype=np.int64)
        is_compound = (np.bincount(owners, minlength=len(words)) > 1) & (lengths - joins <= MAX_TERM) & ~odd
        spoken = ~silent[owners] & (ends - starts > 1) & (ends - starts <= MAX_TERM)
        owners = owners[spoken]
        small = data.translate(_SMALL)
        terms = self._terms_of_parts(small, starts[spoken], ends[spoken])
        owners, terms = owners[terms >= 0], terms[terms >= 0]

        wholes = small.replace(b"_", b"").decode("utf-8", "replace").split("\n")[1:]
        compounds = [self.terms[whole] for whole in compress(wholes, is_compound.tolist())]
        others = [(at, term) for at in np.flatnonzero(odd).tolist() for term in _terms_of(words[at])]
        return (
            np.concatenate([owners, np.flatnonzero(is_compound), np.array([at for at, _ in others], np.int64)]),
            np.concatenate([terms, np.array(compounds + [self.terms[term] for _, term in others], np.int64)]),
        )

    def _terms_of_parts(self, data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        numbers = self._parts.numbers(data, starts, ends)
        if n := len(self._parts) - len(self._part_terms):
            fresh = list(islice(reversed(self._parts.known), n))
            fresh.reverse()
            parts = b" ".join(fresh).decode("ascii").split(" ")
            terms = np.array([-1 if part in STOP else self.terms[stem(part)] for part in parts])
            self._part_terms = np.concatenate([self._part_terms, terms])
        return self._part_terms[numbers]


def _terms_of(word: bytes) -> tuple[str, ...]:
    """The terms of what is beyond ASCII or begins with digits: several words, it may be."""
    return tuple(term for one in WORD.findall(word.decode("utf-8", "replace")) for term in split(one))
