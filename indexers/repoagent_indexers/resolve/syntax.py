"""Syntax trees for who must see single nodes: the second door to tree-sitter, beside the indexer's parse.py.

Only for content that the index has read with its grammar: that happened in a process that could be killed, so the same
bytes are known to be read in bounded time and memory.
What rust/expansions.py writes behind a file is bounded by its size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.languages import grammar
from repoagent_indexers.languages.blanks import blanked

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

SIGILS = frozenset({"php", "bash"})
"""Languages in which a `$` stands before a variable's name and is no part of it."""
_COMMENT_MARK = re.compile(rb"//|#|--|;;|%|^\s*/?\*|\"\"\"")
_DOLLAR = ord("$")
_IN_WORD = frozenset(byte for byte in range(256) if byte > 127 or chr(byte).isalnum() or chr(byte) in "_$")


def tree_of(language: str, content: bytes) -> Tree:
    """Return the syntax tree of content that the index has read, of the same bytes as the index: see `blanked`."""
    return plain_tree_of(language, blanked(language, content))


def plain_tree_of(language: str, content: bytes) -> Tree:
    """Return the syntax tree of these very bytes."""
    from tree_sitter import Parser

    return Parser(grammar(language)).parse(content)


def tree_of_parts(language: str, content: bytes, parts: Sequence[tuple[int, int]]) -> Tree:
    """Return the syntax tree of parts of a content, as if nothing stood between them; places are those of the whole."""
    from tree_sitter import Parser, Range

    nowhere = (0, 0)  # rows and columns are asked for nowhere
    ranges = [Range(nowhere, nowhere, start, end) for start, end in parts]
    return Parser(grammar(language), included_ranges=ranges).parse(content)


def mentions(content: bytes, name: str, language: str = "") -> list[int]:
    """Return the start of every place where `name` stands as a word of its own.

    In a language that writes `$name` for a variable, behind the `$` as well.
    """
    word, has_sigil = name.encode("utf-8", "surrogateescape"), language in SIGILS
    found: list[int] = []
    end = len(content)
    at = content.find(word) if word else -1  # no name, as where the grammar puts in what is missing
    while at >= 0:
        behind = at + len(word)
        is_whole = behind >= end or content[behind] not in _IN_WORD or (has_sigil and content[behind] == _DOLLAR)
        is_first = not at or content[at - 1] not in _IN_WORD or (has_sigil and content[at - 1] == _DOLLAR)
        if is_whole and is_first:
            found.append(at)
        at = content.find(word, behind if is_whole else at + 1)
    return found


def is_in_comment(content: bytes, at: int, before: int) -> bool:
    """Whether what stands at a byte ends a comment of a line above another byte: `// A sentence.`"""
    line = content[content.rfind(b"\n", 0, at) + 1 : at]
    return content.find(b"\n", at, before) >= 0 and _COMMENT_MARK.search(line) is not None


def leaf(root: Node, start: int, end: int) -> Node | None:
    """Return the node that spans exactly these bytes and has nothing inside; None for a part of a larger one."""
    node = root.descendant_for_byte_range(start, end)
    if node is None or node.start_byte != start or node.end_byte != end or node.child_count:
        return None
    return node


def parts_of(node: Node | None) -> list[Node]:
    """Return the named nodes directly in one, without comments."""
    return [child for child in node.named_children if child.type != "comment"] if node is not None else []


def first_part(node: Node | None) -> Node | None:
    """Return the first of them; None where broken code has none."""
    return next(iter(parts_of(node)), None)


def last_part(node: Node | None) -> Node | None:
    """Return the last of them; None where broken code has none."""
    return next(reversed(parts_of(node)), None)


def line_of(content: bytes, at: int) -> int:
    """Return the 1-based line of a byte."""
    return content.count(b"\n", 0, at) + 1
