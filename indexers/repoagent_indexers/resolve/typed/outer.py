"""What differs between families of languages: where a name comes from that its own file does not declare."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Meaning, Place
from repoagent_indexers.resolve.tree_file import Declared, TreeFile
from repoagent_indexers.resolve.typed.terms import Types

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.resolve.typed.resolver import TypedResolver


class Outer:
    """Where names come from that their file does not declare, in one family of languages; by itself it knows none."""

    def __init__(self, resolver: TypedResolver) -> None:
        self.resolver = resolver

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means that stands in an import or the like; None where it does not."""
        del file, node, name
        return None

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means that neither a scope nor a type around it declares; None when that is not known."""
        del file, node, name
        return None

    def in_module(self, path: str, name: str) -> frozenset[Place] | None:
        """What `module.name` means; None when that is not known."""
        del path, name
        return None

    def module_named(self, file: TreeFile, node: Node, name: str) -> Types:
        """The module that a bare name means, if it means one."""
        del file, node, name
        return ()

    def bound(self, file: TreeFile, declared: Declared, name: str) -> Meaning | None:
        """What a variable means that is another name for something: `const { name } = require("m")`."""
        del file, declared, name
        return None

    def written(self, file: TreeFile, name: str) -> Meaning | None:
        """What the name of a type means that a comment mentions; None when that is not known."""
        del file, name
        return None

    def called(self, file: TreeFile, call: Node) -> Types:
        """What a call gives that imports: `require("m")`; () for any other."""
        del file, call
        return ()

    def also(self, file: TreeFile, number: int) -> Iterable[Place]:
        """Further places of the same thing, in other files: a declaration in a header, a part of a type."""
        del file, number
        return ()

    def within(self, file: TreeFile, number: int, name: str) -> frozenset[Place]:
        """What a namespace hands out under a name that is none of its symbols."""
        del file, number, name
        return frozenset()

    def near(self, file: TreeFile, places: frozenset[Place]) -> frozenset[Place]:
        """Those of several places that a file can see."""
        del file
        return places

    def sight(self, file: TreeFile) -> frozenset[str]:
        """The files whose types may well reach a file: what it imports, what that imports, and so on."""
        folder = posixpath.dirname(file.path)
        paths = self.resolver.index.catalogue.paths
        return self.imported(file) | {path for path in paths if posixpath.dirname(path) == folder}

    def imported(self, file: TreeFile) -> frozenset[str]:
        """The files that a file imports or includes."""
        del file
        return frozenset()

    def renamed(self, targets: frozenset[Place]) -> Iterator[tuple[str, str]]:
        """(path, name) of files in which one of `targets` bears another name."""
        del targets
        return iter(())
