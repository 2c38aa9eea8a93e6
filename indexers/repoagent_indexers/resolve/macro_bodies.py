"""What stands behind `#define` in C and C++, read as the code that it becomes: to their grammars it is text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.syntax import leaf, tree_of_parts

if TYPE_CHECKING:
    from tree_sitter import Node

_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define\b(?:[^\\\n]|\\(?:\r?\n|.))*", re.M)
_MARK = re.compile(rb"[ \t]*##[ \t]*|#(?=[ \t]*\w)")


class MacroBodies:
    """The macros of one file. Holds the trees of those that were looked at."""

    def __init__(self, language: str, content: bytes, root_at: Callable[[int], Node]) -> None:
        """`root_at` gives the tree in which a place of the content stands."""
        self._language = language
        self._root_at = root_at
        self._plain = content
        self._trees: dict[int, Node] = {}

    @cached_property
    def _content(self) -> bytes:
        """The file as it is read in bodies; most names stand in none."""
        return _DEFINE.sub(lambda define: define[0][:8] + _MARK.sub(_written, define[0][8:]), self._plain)

    def leaf(self, start: int, end: int) -> Node | None:
        """The name that spans exactly these bytes of a macro's body; None where none is."""
        body = self._root_at(start).descendant_for_byte_range(start, end)
        if body is None or body.type != "preproc_arg":
            return None
        if body.start_byte not in self._trees:
            parts = [(body.start_byte, body.end_byte)]
            self._trees[body.start_byte] = tree_of_parts(self._language, self._content, parts).root_node
        return leaf(self._trees[body.start_byte], start, end)


def _written(mark: re.Match[bytes]) -> bytes:
    """What joins two words becomes a letter of one that nobody wrote, what makes a text of one a blank."""
    return (b"_" if b"##" in mark[0] else b" ") * len(mark[0])
