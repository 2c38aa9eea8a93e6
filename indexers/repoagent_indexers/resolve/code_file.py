"""One file as an analysis reads it, and all files of a language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.syntax import leaf, mentions, tree_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index


class CodeFile:
    """A file, parsed when its code is first looked at: of most only the facts are asked for. Holds its tree."""

    def __init__(self, path: str, language: str, content: bytes, facts: Facts) -> None:
        self.path = path
        self.language = language
        self.content = content
        self.facts = facts
        self.numbers = {start: number for number, start in enumerate(facts.symbols[10::SYMBOL_WIDTH])}
        """Start of a symbol's name -> its number."""

    @cached_property
    def root(self) -> Node:
        return tree_of(self.language, self.content).root_node

    def text(self, node: Node) -> str:
        return self.content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def kind(self, number: int) -> str:
        return SYMBOL_KINDS[self.facts.symbols[number * SYMBOL_WIDTH]]

    def name_start(self, number: int) -> int:
        return self.facts.symbols[number * SYMBOL_WIDTH + 10]

    def span(self, number: int) -> tuple[int, int]:
        """Where a symbol begins and ends."""
        at = number * SYMBOL_WIDTH
        return self.facts.symbols[at + 6], self.facts.symbols[at + 7]

    def occurrences(self, name: str) -> Iterable[Node]:
        """Every place where a name stands as code, from the top."""
        n = len(name.encode("utf-8", "surrogateescape"))
        nodes = (leaf(self.root, at, at + n) for at in mentions(self.content, name))
        return (node for node in nodes if node is not None and node.type == "identifier")


File = TypeVar("File", bound=CodeFile)


class Files(Generic[File]):
    """The files of one language, each read when it is first asked for, and what they define."""

    def __init__(self, index: Index, language: str, make: Callable[[str, str, bytes, Facts], File]) -> None:
        self.index = index
        self._language = language
        self._make = make
        self._files: dict[str, File | None] = {}
        self._symbols: dict[str, list[Place]] = {}

    def get(self, path: str) -> File | None:
        """None for one that the index has not read, and for one of another language."""
        if path not in self._files:
            facts = self.index.facts_of(path)
            source = self.index.source(path) if facts is not None and not facts.problem else None
            is_code = facts is not None and source is not None and source.language == self._language
            made = self._make(path, self._language, source.content, facts) if is_code and source and facts else None
            self._files[path] = made
        return self._files[path]

    def symbols(self, name: str) -> list[Place]:
        """The definitions of a name."""
        if name not in self._symbols:
            catalogue = self.index.catalogue
            found = []
            for position, number in self.index.definitions(name):
                facts = self.index.facts(position) if catalogue.languages[position] == self._language else None
                if facts is not None and facts.symbol_name(number) == name:
                    found.append(Place(catalogue.paths[position], facts.symbols[number * SYMBOL_WIDTH + 10]))
            self._symbols[name] = found
        return self._symbols[name]
