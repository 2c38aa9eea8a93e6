"""What differs between families of languages: where a name comes from that its own file does not declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from repoagent_indexers.resolve.meaning import Meaning, Place
from repoagent_indexers.resolve.tree_file import Declared, TreeFile
from repoagent_indexers.resolve.typed.terms import Types

if TYPE_CHECKING:
    from tree_sitter import Node


class Outer(Protocol):
    """Where names come from that their file does not declare, in one family of languages."""

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means that stands in an import or the like; None where it does not."""
        ...

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means that neither a scope nor a type around it declares; None when that is not known."""
        ...

    def in_module(self, path: str, name: str) -> frozenset[Place] | None:
        """What `module.name` means; None when that is not known."""
        ...

    def module_named(self, file: TreeFile, node: Node, name: str) -> Types:
        """The module that a bare name means, if it means one."""
        ...

    def bound(self, file: TreeFile, declared: Declared, name: str) -> Meaning | None:
        """What a variable means that is another name for something: `const { name } = require("m")`."""
        ...

    def written(self, file: TreeFile, name: str) -> Meaning | None:
        """What the name of a type means that a comment mentions; None when that is not known."""
        ...

    def called(self, file: TreeFile, call: Node) -> Types:
        """What a call gives that imports: `require("m")`; () for any other."""
        ...

    def also(self, file: TreeFile, number: int) -> Iterable[Place]:
        """Further places of the same thing, in other files: a declaration in a header, a part of a type."""
        ...

    def near(self, file: TreeFile, places: frozenset[Place]) -> frozenset[Place]:
        """Those of several places that a file can see."""
        ...

    def sight(self, file: TreeFile) -> frozenset[str]:
        """The files whose types may well reach a file: what it imports, what that imports, and so on."""
        ...

    def imported(self, file: TreeFile) -> frozenset[str]:
        """The files that a file imports or includes."""
        ...

    def renamed(self, targets: frozenset[Place]) -> Iterator[tuple[str, str]]:
        """(path, name) of files in which one of `targets` bears another name."""
        ...
