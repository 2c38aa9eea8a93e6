"""Words of programming in Japanese and Chinese -> English, so that such a question finds English code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("glossary.txt")


def in_english(text: str) -> str:
    """What the glossary knows of a text, as English words in its order; "" for a text without Japanese or Chinese.

    Of the words that begin at a place the longest counts. Names, paths and words in Latin letters are not repeated.
    """
    return " ".join(_translated(text)) if is_asian(text) else ""


def is_asian(text: str) -> bool:
    """Whether Japanese or Chinese stands in a text."""
    return not text.isascii() and re.search(r"[\u3040-\u30ff\u3400-\u9fff]", text) is not None


def _translated(text: str) -> Iterator[str]:
    words, lengths = _glossary()
    at = 0
    while at < len(text):
        step = 1
        for length in lengths.get(text[at], ()):
            if english := words.get(text[at : at + length]):
                yield english
                step = length
                break
        at += step


@cache
def _glossary() -> tuple[dict[str, str], dict[str, list[int]]]:
    """The words, and by first character how long those that begin with it are, longest first."""
    lines = (line.partition("\t") for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#"))
    words = {term: english for term, _, english in lines if english}
    lengths: dict[str, set[int]] = {}
    for term in words:
        lengths.setdefault(term[0], set()).add(len(term))
    return words, {first: sorted(found, reverse=True) for first, found in lengths.items()}
