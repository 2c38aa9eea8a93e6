"""Text -> terms: identifiers split at their humps and underscores, words lightly stemmed, noise left out.

A compound identifier gives its parts and itself as one word, so `session_transaction`, `sessionTransaction` and the
words "session transaction" meet, and an exact mention still counts for more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import chain

WORD = re.compile(r"[^\W\d]\w+|\d{3,}")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\x00-\x7f_]+")
_VOWEL = re.compile(r"[aeiouy]")
_IN_NAME = re.compile(r"[^\x00-/:-@\[-^`{-\x7f]+")
"""As `Lexicon` cuts words."""
MAX_TERM = 48
MAX_COUNTED = 1 << 16
"""Bytes of a plain-text file whose words are counted: data files say what they are at their start."""

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
    return Counter(chain.from_iterable(map(_SPLIT.__getitem__, WORD.findall(text))))


def terms_of(name: str) -> frozenset[str]:
    """The terms that every chunk has in which a name stands; none where nothing can be told from them."""
    words = (word for word in _IN_NAME.findall(name) if word.isascii() and not word[0].isdigit())
    return frozenset(term for word in words for term in split(word))


def split(word: str) -> tuple[str, ...]:
    """The terms of one word: its parts stemmed, and the whole when there are several parts."""
    return _SPLIT[word]


class _Seen(dict[str, tuple[str, ...]]):
    """Words that were looked at before: a repository has far fewer than places where they stand."""

    def __init__(self, look: Callable[[str], tuple[str, ...]]) -> None:
        self._look = look

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) > 1 << 18:
            self.clear()
        terms = self[word] = self._look(word)
        return terms


def _split(word: str) -> tuple[str, ...]:
    if len(word) > 3 * MAX_TERM:
        return ()
    if not word.isascii() and _has_asian().search(word):
        return _asian(word)
    parts = _PART.findall(word)
    if len(parts) == 1:
        return _PARTS[parts[0]]
    terms = [term for part in parts for term in _PARTS[part]]
    if parts and len(whole := word.replace("_", "").lower()) <= MAX_TERM:
        terms.append(whole)
    return tuple(terms)


@cache
def _has_asian() -> re.Pattern[str]:
    """Compiled at the first word that is not ASCII: classes as large as this one take milliseconds."""
    return re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def _part(part: str) -> tuple[str, ...]:
    """The term of a part of a word; none of one that says nothing."""
    lower = part.lower()
    return (stem(lower),) if 1 < len(lower) <= MAX_TERM and lower not in STOP else ()


_SPLIT, _PARTS = _Seen(_split), _Seen(_part)


def _asian(word: str) -> tuple[str, ...]:
    """Pairs of neighbouring characters: these scripts put no space between words."""
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    latin = [stem(part.lower()) for part in re.findall(r"[A-Za-z]{2,}", word)]
    return (*(pair for pair in pairs if not pair.isascii()), *latin)


_ENDINGS = {"n": ("ation", "ion"), "r": ("ator", "er", "or"), "g": ("ing",), "d": ("ed",)}
_LAST = frozenset("esy").union(_ENDINGS)


def stem(word: str) -> str:
    """A word without its common English endings; words that are not English lose little.

    Lighter than Porter's stemmer (1980) on purpose: `parser`, `parse` and `parsing` meet, `universal` and `university`
    do not.
    """
    if len(word) < 4 or word[-1] not in _LAST or not word.isascii():
        return word
    if word.endswith("s") and word[-2] not in "sui":
        word = word[: -2 if word.endswith(("sses", "ches", "shes", "xes")) else -1]
    for ending in _ENDINGS.get(word[-1], ()):
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
