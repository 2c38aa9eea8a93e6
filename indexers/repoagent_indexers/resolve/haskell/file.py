"""One file of Haskell: what it defines for all of a module, and where names stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from repoagent_indexers.languages.conditionals import conditionals
from repoagent_indexers.languages.spaces import spaces
from repoagent_indexers.resolve.code_file import CodeFile
from repoagent_indexers.resolve.haskell.header import Header, header_of
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.syntax import mentions, tree_of

if TYPE_CHECKING:
    from tree_sitter import Node

Space = Literal["type", "value"]
"""Types and classes have names of their own, apart from those of functions, constructors and fields."""
NAMES = frozenset({"variable", "constructor", "name", "operator", "constructor_operator", "module_id"})
"""What the grammar calls a name."""
_TYPES = frozenset({"type", "class"})
_LOCAL = frozenset({"function", "method"})
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w'\x80-\xff]*|[-!#$%&*+./<=>?@\\^|~:]+")
_INSTANCE = re.compile(rb"\binstance\b[^=\n]*\Z")


class Definition(NamedTuple):
    """Something that a module defines, with all places where the index has it: a field of several constructors."""

    path: str
    space: Space
    name: str
    owner: str
    """The type of a constructor or field, the class of a method; "" for others."""
    kind: str
    starts: tuple[int, ...]
    is_sure: bool = True
    """False for what only one branch of an `#if` defines; in the other it may come from elsewhere."""


class HaskellFile(CodeFile):
    """A file, parsed when a name in it is looked at; its facts say what it defines, its head what it takes in."""

    @cached_property
    def header(self) -> Header:
        return header_of(self.content.decode("utf-8", "replace"))

    @cached_property
    def definitions(self) -> dict[tuple[Space, str], list[Definition]]:
        """What the module defines, of fields several under a name where several types have one."""
        found: dict[tuple[Space, str, str], tuple[str, list[int]]] = {}
        for number in range(self.facts.n_symbols):
            kind, parent = self.kind(number), self.facts.parent(number)
            outer = self.kind(parent) if parent >= 0 else "module"
            is_made = kind in {"constructor", "field"}  # of an instance of a family of types as well
            if kind in {"module", "instance"} or outer in _LOCAL or (outer == "instance" and not is_made):
                continue
            if kind in _TYPES and self._is_of_family(number):
                continue
            owner = self._owner(number) if outer != "module" else ""
            space: Space = "type" if kind in _TYPES else "value"
            key = (space, self.facts.symbol_name(number), owner)
            found.setdefault(key, (kind, []))[1].append(self.name_start(number))
        listed: dict[tuple[Space, str], list[Definition]] = {}
        for (space, name, owner), (kind, starts) in found.items():
            is_sure = not self._branches or self._is_always(starts)
            one = Definition(self.path, space, name, owner, kind, tuple(starts), is_sure)
            listed.setdefault((space, name), []).append(one)
        return listed

    @cached_property
    def _branches(self) -> list[list[tuple[int, int]]]:
        """The branches of each `#if` that has an `#else`."""
        groups = conditionals(self.content) if b"\n#else" in self.content else ()
        return [list(pairwise(each.start() for each in group)) for _, group in groups if len(group) > 2]

    def _is_always(self, starts: list[int]) -> bool:
        """Whether something is defined in whichever branch is taken."""
        around = [
            branches for branches in self._branches
            if all(branches[0][0] < start < branches[-1][1] for start in starts)
        ]  # fmt: skip
        return all(all(any(first < start < end for start in starts) for first, end in each) for each in around)

    @cached_property
    def by_start(self) -> dict[int, Definition]:
        """Start of a name -> what it defines."""
        return {start: each for several in self.definitions.values() for each in several for start in each.starts}

    @cached_property
    def owners(self) -> dict[int, str]:
        """Start of a constructor's or a pattern's name -> its type."""
        return {start: each.owner for start, each in self.by_start.items() if each.kind == "constructor"}

    def _owner(self, number: int) -> str:
        """The type or class around a symbol."""
        parent = self.facts.parent(number)
        while parent >= 0 and self.kind(parent) not in _TYPES:
            parent = self.facts.parent(parent)
        return self.facts.symbol_name(parent) if parent >= 0 else ""

    def _is_of_family(self, number: int) -> bool:
        """Whether a type is only an instance of a family: `data instance Name Int`."""
        start = self.name_start(number)
        line = self.content[self.content.rfind(b"\n", 0, start) + 1 : start]
        return _INSTANCE.search(line) is not None

    def occurrences(self, name: str) -> Iterable[Node]:
        """Every place where a name stands as code, from the top; in pragmas it does not."""
        n = len(name.encode("utf-8", "surrogateescape"))
        for at in mentions(self.content, name):
            node = self.node_at(at)
            if node is not None and node.end_byte - at == n:
                yield node

    def node_at(self, start: int) -> Node | None:
        """The name that begins at a place."""
        node = self._at(start)
        return node if node is not None and node.start_byte == start and node.type in NAMES else None

    def _at(self, start: int) -> Node | None:
        """What stands at a place; the grammar reads no branch of an `#if` but the first, so others are read apart."""
        node = self.root.descendant_for_byte_range(start, start + 1)
        if node is not None and _is_unread(node):
            node = self._other_root.descendant_for_byte_range(start, start + 1)
        return node

    @cached_property
    def _other_root(self) -> Node:
        return tree_of(self.language, _with_last_branches(self.content)).root_node

    def in_pragmas(self, name: str) -> Iterable[Place]:
        """Every place where a name stands in a pragma."""
        found = mentions(self.content, name) if b"{-#" in self.content else []
        return [Place(self.path, at) for at in found if self.word_at(at) == name and self.pragma_at(at) is not None]

    def unread(self, name: str) -> Iterable[Place]:
        """Every place where a name stands in a branch of an `#if` that is neither the first nor the last."""
        found = mentions(self.content, name) if self._branches else []
        nodes = ((at, self._at(at)) for at in found)
        return [Place(self.path, at) for at, node in nodes if node is not None and _is_unread(node)]

    def pragma_at(self, start: int) -> Node | None:
        """The pragma in which a place lies."""
        node = self._at(start)
        return node if node is not None and node.type == "pragma" else None

    def word_at(self, start: int) -> str:
        """The name or operator that begins at a place, as text; "" for none."""
        found = _WORD.match(self.content, start)
        return found[0].decode("utf-8", "replace") if found is not None else ""


def _is_unread(node: Node) -> bool:
    """Whether a node is a branch of an `#if` that the grammar passes over, not a line of the preprocessor alone."""
    return node.type == "cpp" and b"\n" in (node.text or b"")


def _with_last_branches(content: bytes) -> bytes:
    """The content with spaces in place of all branches of each `#if` but the last, byte for byte."""
    readable = bytearray(content)
    for _, (*branches, last) in conditionals(content):
        for start, end in ((branches[0].start(), branches[-1].end()), last.span()):
            readable[start:end] = spaces(readable[start:end])
    return bytes(readable)
