"""What is read from a node by hand, where patterns that say it would take long to compile."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node


class Declared(NamedTuple):
    """A definition; what is not said here is told by its node."""

    kind: str
    label: Node
    """The name."""
    body: Node | None = None
    """Where the signature ends, if that is not the field `body`."""
    receiver: Node | None = None
    """The type that it belongs to, when that is not an enclosing node."""
    is_leaf: bool = False
    """Whether types that are named inside do not belong to it."""
    is_outer: bool = False
    """Whether it is none inside of a function."""
