"""Words of programming in Japanese and Chinese -> English, so that such a question finds English code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("glossary.txt")


def in_english(text: str) -> str:
    """What the glossary knows of a text, as English words in its order; "" for a text without Japanese or Chinese.

    Names, paths and loan words in Latin letters are not repeated.
    """
    if not is_asian(text):
        return ""
    pattern, words = _glossary()
    return " ".join(words[found] for found in pattern.findall(text))


def is_asian(text: str) -> bool:
    """Whether Japanese or Chinese stands in a text."""
    return not text.isascii() and re.search(r"[\u3040-\u30ff\u3400-\u9fff]", text) is not None


@cache
def _glossary() -> tuple[re.Pattern[str], dict[str, str]]:
    """The words, and a pattern of all of them that tries the longest first."""
    lines = (line.partition("\t") for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#"))
    words = {term: english for term, _, english in lines if english}
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda term: (-len(term), term))))), words
