"""What `require` and `include` of PHP name: `require "a.php"`, `require __DIR__ . "/a.php"`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def included(expression: Node) -> Iterator[Node]:
    """The pieces of text in it."""
    for given in expression.named_children:
        text = given.child_by_field_name("right") if given.type == "binary_expression" else given
        if text is not None and text.type == "string":
            yield from (one for one in text.named_children if one.type == "string_content")
