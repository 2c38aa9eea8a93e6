"""What is known of an object of Ruby, and what the parts of the analysis ask each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from repoagent_indexers.resolve.ruby.program import RubyProgram
from repoagent_indexers.resolve.ruby.terms import Definer, Type

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.resolve.ruby.file import RubyFile


class Known(NamedTuple):
    """What is known of an object."""

    types: frozenset[Type] = frozenset()
    is_whole: bool = False
    """Whether it can be nothing else."""
    is_exact: bool = False
    """Whether it is of these very classes and of none that derives from them."""


UNKNOWN = Known()
NONE = Known(is_whole=True, is_exact=True)


class Local(NamedTuple):
    """Where a local variable is bound."""

    node: Node
    value: Node | None
    """What it is given; None for a parameter and where that is not plain."""
    parameter: Node | None = None


def union(found: Iterable[Known]) -> Known:
    """What is one of several."""
    all_found = list(found)
    types = frozenset(each for known in all_found for each in known.types)
    return Known(types, all(each.is_whole for each in all_found), all(each.is_exact for each in all_found))


def likely(known: Known) -> Known:
    """The same types, of which none is certain."""
    return Known(known.types)


Answer = TypeVar("Answer")


class Knowing(Protocol):
    """Who answers what an expression is; asks that come from an answer are one deeper."""

    program: RubyProgram

    def known(self, file: RubyFile, node: Node | None, depth: int = 0) -> Known:
        """What an expression is."""
        ...

    def self_at(self, file: RubyFile, node: Node, depth: int = 0) -> Known:
        """What `self` is at a node."""
        ...

    def called(self, file: RubyFile, call: Node, depth: int) -> list[tuple[Type, Definer]]:
        """The methods that a call may come to, each with what it is called on."""
        ...

    def bound(self, file: RubyFile, name: Node) -> list[Local] | None:
        """Where the local variable of a name is bound; None where it is none, but a method that is called."""
        ...

    def assigned(self, of: Type, name: str) -> list[tuple[RubyFile, Node]]:
        """Where an instance variable of a module's objects stands, in it and in what it derives from."""
        ...

    def once(self, key: Hashable, nothing: Answer, work: Callable[[], Answer], depth: int) -> Answer:
        """What `work` says, once for a key; `nothing` while it is being worked out."""
        ...
