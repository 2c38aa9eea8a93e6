"""Which macro a name means in Rust: macros are seen by where they stand in the text, not by paths alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.tree_file import TreeFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from repoagent_indexers.resolve.rust.modules import Entity, Modules
    from repoagent_indexers.resolve.typed.resolver import TypedResolver


class MacroNames:
    """The macros of a repository, by name and by who sees them."""

    def __init__(self, resolver: TypedResolver, modules: Modules) -> None:
        self._resolver = resolver
        self._modules = modules
        self._known: dict[str, list[Entity]] = {}

    def seen_from(self, file: TreeFile, node: Node, name: str) -> list[Entity]:
        """The macros of a name that a place may see: in a module around it, of its crate, handed out by others."""
        found = self._named(name)
        around = {-1, *file.around(node.start_byte)}
        near = [each for each in found if each[0] == file.path and file.facts.parent(each[1]) in around]
        if near := near or self._in_sight(file.path, found):
            return near
        root = self._modules.root((file.path, -1))
        loose = [each for each in found if each[0] != file.path and self._is_loose(*each)]
        own = [each for each in loose if self._modules.root((each[0], -1)) == root]
        return own or [each for each in loose if self._is_exported(*each)]

    def exported(self, root: Entity, name: str) -> list[Entity]:
        """The macros of a name that a crate hands out, wherever in it they stand."""
        return [
            each for each in self._named(name) if self._is_exported(*each) and self._modules.root((each[0], -1)) == root
        ]

    def _is_exported(self, path: str, number: int) -> bool:
        """Whether `#[macro_export]` stands on a macro."""
        file = self._resolver.file(path)
        return file is not None and b"macro_export" in file.content[file.span(number)[0] : file.name_start(number)]

    def _in_sight(self, path: str, macros: list[Entity]) -> list[Entity]:
        """Those that stand before `mod name;` of a module around a file: what follows them in the text sees them."""
        for _ in range(20):
            declaration = self._modules.declaration(path) if macros else None
            file = self._resolver.file(declaration[0]) if declaration is not None else None
            if declaration is None or file is None:
                break
            path, module = declaration
            around = {-1, *file.around(file.name_start(module))}
            before = [each for each in macros if each[0] == path and each[1] < module]
            if near := [each for each in before if file.facts.parent(each[1]) in around]:
                return near[-1:]
        return []

    def _is_loose(self, path: str, number: int) -> bool:
        """Whether a macro is seen beyond its module: it is handed out, or `#[macro_use]` stands on the module."""
        if self._is_exported(path, number):
            return True
        file = self._resolver.file(path)
        inside = file.facts.parent(number) if file is not None else -1
        module = self._modules.declaration(path) if inside < 0 else (path, inside)
        where = self._resolver.file(module[0]) if module is not None else None
        if where is None or module is None:
            return False
        if module[1] < 0:
            return path in self._modules.roots
        return b"macro_use" in where.content[where.span(module[1])[0] : where.name_start(module[1])]

    def _named(self, name: str) -> list[Entity]:
        if name not in self._known:
            known = [*self._resolver.symbols(name), *self._made_by_macros(name)]
            self._known[name] = [
                each for each in dict.fromkeys(known)
                if (file := self._resolver.file(each[0])) is not None and file.kind(each[1]) == "macro"
            ]  # fmt: skip
        return self._known[name]

    def _made_by_macros(self, name: str) -> Iterator[Entity]:
        """The symbols of a name in files where calls of macros may define macros."""
        index = self._resolver.index
        defining = re.compile(rb"macro_rules!\s*%b\b" % re.escape(name.encode()))
        for position in sorted({*index.mentioning("macro_rules")}.intersection(index.mentioning(name))):
            path = index.catalogue.paths[position]
            source = index.source(path) if index.catalogue.languages[position] == "rust" else None
            if (
                source is not None
                and defining.search(source.content)
                and (file := self._resolver.file(path)) is not None
            ):
                yield from ((path, number) for number in file.named(name))
