"""Spaces in place of what a grammar cannot read, byte for byte, so that places stay what they are."""

from __future__ import annotations

import re

from repoagent_indexers.lazy_pattern import lazy_pattern

_NOT_LINE_END = lazy_pattern(rb"[^\r\n]")


def spaces(text: bytes | bytearray) -> bytes:
    """As many bytes, of which only the ends of lines are left."""
    return _NOT_LINE_END.sub(b" ", text)


def blank(found: re.Match[bytes]) -> bytes:
    """The same for what a pattern found."""
    return spaces(found[0])


def without_group(found: re.Match[bytes]) -> bytes:
    """What a pattern found, with spaces in place of its last group, which goes on where a line in it ends."""
    group = found.lastindex or 0
    text, start, end = found[0], found.start(group) - found.start(), found.end(group) - found.start()
    return text[:start] + b" " * (end - start) + text[end:]
