"""Writes over what Haskell can say and its grammar cannot read, byte for byte, so that places stay what they are."""

from __future__ import annotations

from repoagent_indexers.languages.conditionals import conditionals
from repoagent_indexers.languages.spaces import blank
from repoagent_indexers.lazy_pattern import lazy_pattern

_ESCAPE = lazy_pattern(rb"(?<![\w'])'\\(?:[^\w\n]|\^.|\w{1,8})'")
"""`'\\n'`, of which the grammar takes all up to a later quote for the character."""
_TOP_LEVEL = lazy_pattern(rb"(?:[ \t\r]*\n(?:--[^\n]*(?=\n))?)*(\Z|\n#|\w+|\{-|\()")
"""Where a line begins with a declaration, a comment or a directive."""
_IMPORT = lazy_pattern(rb"(?<=\n)import\b[^\n]*(?:\n[ \t]+[^\n]*)*")


def readable(content: bytes) -> bytes:
    """The content, as long as before, without what the grammar fails at."""
    content = _ESCAPE.sub(lambda found: b"0".ljust(len(found[0])), content)
    return _with_all_branches(content) if b"\n#el" in content else content


def _with_all_branches(content: bytes) -> bytes:
    """Without the `#else` between branches that hold whole declarations: the grammar reads the first alone."""
    found = bytearray(content)
    for _, branches in conditionals(content):
        first = [_TOP_LEVEL.match(content, each.end()) for each in branches]
        words = [each[1] if each is not None else b"" for each in first]
        if not all(words) or b"module" in words:
            continue
        for word, each, behind in zip(words, branches[1:-1], branches[2:], strict=False):
            found[each.start() + 1 : each.end()] = b" " * (each.end() - each.start() - 1)
            if word != b"import":  # imports stand before all else
                part = slice(each.end(), behind.start())
                found[part] = _IMPORT.sub(blank, found[part])
    return bytes(found)
