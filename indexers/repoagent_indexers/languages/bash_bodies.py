"""Bodies of Bash's functions that the grammar cannot read, told by their margins: behind them it loses its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from repoagent_indexers.languages.spaces import spaces
from repoagent_indexers.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from tree_sitter import Node

_HEADER = lazy_pattern(
    rb"^([ \t]*)(?:function[ \t]+[\w:.+-]+[ \t]*(?:\(\)[ \t]*)?|[\w:.+-]+[ \t]*\(\)[ \t]*\n?[ \t]*)\{"
    rb"(?=[ \t]*(?:#[^\n]*)?\n)",
    re.M,
)


def without_broken_bodies(content: bytes, root: Node) -> bytes:
    """The content with a `:` in place of the bodies of functions that the tree did not find whole."""
    return without_bodies(content, broken_bodies(content, root))


def without_bodies(content: bytes, bodies: Iterable[tuple[int, int]]) -> bytes:
    """The content with a `:` in place of some bodies of functions."""
    readable = bytearray(content)
    for body, end in bodies:
        readable[body:end] = spaces(content[body:end])
        readable[content.find(b"\n", body) + 1] = ord(":")
    return bytes(readable)


def broken_bodies(content: bytes, root: Node) -> list[tuple[int, int]]:
    """Where the bodies of functions begin and end that the tree did not find whole, in their order.

    A body reaches to the brace below the margin of its header. One in which another function stands is left out.
    """
    found: list[tuple[int, int]] = []
    for header in _HEADER.finditer(content) if root.has_error else ():
        start, body = header.end(1), header.end()
        end = content.find(b"\n" + header[1] + b"}", body)
        if end < body + 2 or _HEADER.search(content, body, end) or _is_whole(root, start, end + len(header[1]) + 2):
            continue
        found.append((body, end))
    return found


def _is_whole(root: Node, start: int, end: int) -> bool:
    node = root.descendant_for_byte_range(start, start + 1)
    while node is not None and node.type != "function_definition":
        node = node.parent
    return node is not None and (node.start_byte, node.end_byte) == (start, end) and not node.has_error
