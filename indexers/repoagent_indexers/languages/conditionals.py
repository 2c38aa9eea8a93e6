"""The `#if` of a preprocessor, each with what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoagent_indexers.lazy_pattern import lazy_pattern

LINE = lazy_pattern(rb"\n[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b(?:[^\n]*\\\r?\n)*[^\n]*")
"""One line of them, from the end of the line before."""


def conditionals(content: bytes) -> Iterator[tuple[int, list[re.Match[bytes]]]]:
    """In how many others one stands, and the lines of its `#if`, `#elif`, `#else` and `#endif`; inner ones first.

    A match begins with the end of the line before, and its group is the word.
    """
    opened: list[list[re.Match[bytes]]] = []
    for found in LINE.finditer(content):
        if found[1].startswith(b"if"):
            opened.append([found])
        elif opened:
            opened[-1].append(found)
            if found[1] == b"endif":
                group = opened.pop()
                yield len(opened), group
