"""Where names come from in languages with packages: Java, C#, PHP, Go, and what is close to them.

A name that its file does not declare is one that it imports, one of its own package, or one of a package that it takes
in whole. What none of these gives comes from outside.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import FOREIGN, Module, Thing, Types

if TYPE_CHECKING:
    from tree_sitter import Node

_PACKAGE = {
    "java": re.compile(rb"^\s*package\s+([\w.]+)\s*;", re.M),
    "kotlin": re.compile(rb"^\s*package\s+([\w.`]+)", re.M),
    "scala": re.compile(rb"^\s*package\s+(?!object\b)([\w.]+)", re.M),
}
_PLATFORM = re.compile(r"(?:@\S+\s+|\w+\s+)*?(?:expect|actual)\b")
_WHOLE = re.compile(rb"^\s*import\s+(?:static\s+)?([\w.]+)\.[*_]", re.M)
_SPLIT = re.compile(r"::|[.\\/]")
_MAX_MANIFEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """One import: what it names, and what that is called here."""

    parts: tuple[str, ...]
    """The whole path of a name; without the last for all of a package."""
    alias: str
    is_all: bool
    line: int
    """1-based."""


class Packages(Outer):
    """See `Outer`."""

    def __init__(self, resolver: TypedResolver) -> None:
        super().__init__(resolver)
        self._taken: dict[str, list[Taken]] = {}
        self._homes: dict[str, tuple[str, ...]] = {}
        self._roots: list[tuple[str, str]] | None = None
        """Of Go: (import path of a module, its folder)."""

    # -- Outer ----------------------------------------------------------------------------------------------------

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        around: Node | None = node
        while around is not None and not _ends_statement(around):
            if _IMPORT.search(around.type) and not (file.language == "php" and around.type == "use_declaration"):
                return self._in_import(file, node, around, name)
            around = around.parent
        parent = node.parent
        if parent is not None and parent.type in {
            "label_name",
            "package_clause",
            "package_declaration",
            "attribute_item",
            "namespace_name",
        }:
            return OUTSIDE
        if file.language == "php" and node.type == "name" and parent is not None and parent.type == "variable_name":
            return self._variable(file, node, name)
        if parent is not None and parent.type in {"qualified_name", "relative_name"} and file.language == "php":
            return self.written(file, file.text(parent)) if node.end_byte == parent.end_byte else OUTSIDE
        return None

    def written(self, file: TreeFile, name: str) -> Meaning:
        """What a name of PHP means as it is written, with or without namespaces, outside of imports."""
        parts = tuple(name.strip("\\").split("\\"))
        taken = [each.parts for each in self.taken(file) if each.alias.lower() == parts[0].lower() and not each.is_all]
        if name.startswith("\\"):
            whole = parts
        elif parts[0].lower() == "namespace":
            whole = (*self.home(file), *parts[1:])
        else:
            whole = (*taken[-1], *parts[1:]) if taken else (*self.home(file), *parts)
        return Meaning(self._at_exactly(file, whole), "resolved")

    def _variable(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """A variable of PHP, which no function shares with its neighbours."""
        outer = node.parent.parent if node.parent is not None else None
        if outer is not None and outer.type in {"property_element", "scoped_property_access_expression"}:
            return None
        return None if file.seen(node.start_byte, name) else OUTSIDE

    def _in_import(self, file: TreeFile, node: Node, statement: Node, name: str) -> Meaning | None:
        lines = range(statement.start_point.row + 1, statement.end_point.row + 2)
        del node
        own = [each for each in self.taken(file) if each.line in lines]
        for each in own or self.taken(file):
            if each.parts and name in {each.parts[-1], each.alias} and not each.is_all:
                found = self._at(file, each.parts)
                return Meaning(found, "resolved") if found else OUTSIDE
        for each in own:  # a type that holds what is imported: `import a.Outer.Inner`, `import static a.Outer.*`
            for at in [at for at, part in enumerate(each.parts) if part == name]:
                if found := self._at(file, each.parts[: at + 1]):
                    return Meaning(found, "resolved")
        if file.language == "php":
            return OUTSIDE  # a namespace
        found = frozenset(
            self.resolver.place(path, number) for path, number in self._free(name) if self._is_type(path, number)
        )
        return Meaning(found, "probable") if len(found) == 1 else OUTSIDE

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        del node
        imported = [each for each in self.taken(file) if each.alias == name and not each.is_all]
        if imported:
            found = self._at(file, imported[-1].parts)
            if found:
                return Meaning(found, "resolved")
            return None if self._is_ours(file, imported[-1].parts) else OUTSIDE
        free = self._free(name)
        home = self.home(file)
        own = [each for each in free if self._home_of(*each) == home]
        if not own:
            own = self._in_scope(file, free, home)
        if own:
            return Meaning(self._places(own), "resolved")
        found = frozenset(self._static(file, name))
        return Meaning(found, "resolved") if found else OUTSIDE

    def _in_scope(
        self, file: TreeFile, free: Sequence[tuple[str, int]], home: tuple[str, ...]
    ) -> list[tuple[str, int]]:
        """The definitions that a file sees by taking in a package whole, or from a package around its own."""
        whole = {self._absolute(file, each.parts) for each in self.taken(file) if each.is_all}
        found = [each for each in free if self._home_of(*each) in whole]
        if file.language == "csharp" and not found:
            around = [home[:n] for n in range(len(home), -1, -1)]
            whole = {(*outer, *parts) for outer in around for parts in whole}  # `using Results;` inside of a namespace
            if found := [each for each in free if self._home_of(*each) in whole]:
                return found
            return [each for each in free if self._home_of(*each) in around]
        if file.language == "php" and not found:  # functions and constants, but no types, are looked for outside too
            return [each for each in free if not self._home_of(*each) and not self._is_type(*each)]
        return found

    def named_in(self, parts: tuple[str, ...], name: str) -> frozenset[Place]:
        """The definitions of a name in a package or a type, given by all its parts."""
        return self._places([each for each in self._free(name) if self._home_of(*each) == parts])

    def _static(self, file: TreeFile, name: str) -> Iterator[Place]:
        """Members that are taken in whole: `import static a.B.*`."""
        for each in self.taken(file):
            if each.is_all and each.parts and each.parts[-1][:1].isupper():
                yield from self._at(file, (*each.parts, name))

    def in_module(self, path: str, name: str) -> frozenset[Place] | None:
        """Of a package of Go, given by its folder."""
        home = ("/", path) if path.endswith("/") else self._homes.get(path, ())
        found = [each for each in self._free(name) if self._home_of(*each) == home]
        return self._places(found) if found else (frozenset() if path.endswith("/") else None)

    def module_named(self, file: TreeFile, node: Node, name: str) -> Types:
        del node
        if file.language == "go":
            for each in self.taken(file):
                if each.alias == name or (each.parts and each.parts[-1] == name and not each.alias):
                    folder = self._folder_of("/".join(each.parts))
                    return (Module(folder),) if folder is not None else FOREIGN
        return ()

    def also(self, file: TreeFile, number: int) -> Iterable[Place]:
        """The other parts of a type or namespace of C#; in Kotlin what is declared for each platform."""
        if file.language == "kotlin":
            yield from self._on_platforms(file, number)
        if file.language != "csharp" or file.kind(number) not in TYPES | NAMESPACES:
            return
        own = file.facts.qualified_name(number)
        for path, other in self.resolver.symbols(file.facts.symbol_name(number)):
            where = self.resolver.file(path)
            if (
                where is not None
                and where.kind(other) == file.kind(number)
                and where.facts.qualified_name(other) == own
            ):
                yield Place(path, where.name_start(other))

    def _on_platforms(self, file: TreeFile, number: int) -> Iterator[Place]:
        """Where `expect` says of a definition what `actual` gives for each platform, and the other way round."""
        if not _PLATFORM.match(file.signature(number)):
            return
        name, own, home = file.facts.symbol_name(number), file.facts.qualified_name(number), self.home(file)
        for path, other in self.resolver.symbols(name):
            where = self.resolver.file(path)
            if where is None or where.language != "kotlin" or path == file.path:
                continue
            is_one = where.facts.qualified_name(other) == own and self.home(where) == home
            if is_one and _PLATFORM.match(where.signature(other)):
                yield Place(path, where.name_start(other))

    def imported(self, file: TreeFile) -> frozenset[str]:
        found: set[str] = set()
        for each in self.taken(file):
            found.update(place.path for place in self._at(file, each.parts))
            if file.language == "go" and (folder := self._folder_of("/".join(each.parts))) is not None:
                paths = self.resolver.index.catalogue.paths
                found.update(p for p in paths if p.endswith(".go") and f"{posixpath.dirname(p)}/" == folder)
        return frozenset(found)

    # -- packages -------------------------------------------------------------------------------------------------

    def taken(self, file: TreeFile) -> list[Taken]:
        """What a file imports."""
        if file.path not in self._taken:
            self._taken[file.path] = self._find_taken(file)
        return self._taken[file.path]

    def _find_taken(self, file: TreeFile) -> list[Taken]:
        rows, strings = file.facts.imports, file.facts.strings
        found = []
        for at in range(0, len(rows), 4):
            module, name, alias = (strings[n] for n in rows[at : at + 3])
            is_all = name == "*" or (file.language in {"csharp"} and not name) or alias == "."
            parts = tuple(part for part in _SPLIT.split(module) if part)
            if name and name != "*":
                parts = (*parts, *(part for part in _SPLIT.split(name) if part))
            if file.language == "csharp" and alias and alias not in {module, name, parts[-1] if parts else ""}:
                is_all = False
            elif file.language == "csharp":  # `using A.B;` takes in a namespace
                is_all = True
            if file.language == "go":
                parts = tuple(module.split("/"))
            found.append(Taken(parts, alias, is_all, rows[at + 3]))
        if file.language in _PACKAGE:
            for path in _WHOLE.findall(file.content):
                found.append(Taken(tuple(path.decode("utf-8", "replace").split(".")), "*", is_all=True, line=0))
        return found

    def home(self, file: TreeFile) -> tuple[str, ...]:
        """The package that a file belongs to."""
        if file.path not in self._homes:
            self._homes[file.path] = self._find_home(file)
        return self._homes[file.path]

    def _find_home(self, file: TreeFile) -> tuple[str, ...]:
        if file.language in _PACKAGE:
            found = _PACKAGE[file.language].search(file.content)
            return tuple(found[1].decode("utf-8", "replace").split(".")) if found else ()
        if file.language == "go":
            return ("/", f"{posixpath.dirname(file.path)}/")
        spaces = [number for number in file.children(-1) if file.kind(number) in NAMESPACES]
        return tuple(_SPLIT.split(file.facts.qualified_name(spaces[0]))) if spaces else ()

    def _home_of(self, path: str, number: int) -> tuple[str, ...]:
        """The package, with the types around it, in which a symbol is."""
        file = self.resolver.file(path)
        if file is None:
            return ("",)
        whole = tuple(part for part in _SPLIT.split(file.facts.qualified_name(number)) if part)[:-1]
        if file.language in {"csharp", "php"}:
            return whole or self.home(file) if file.language == "php" else whole
        if file.language == "go":
            return self.home(file)
        return (*self.home(file), *whole)

    def _absolute(self, file: TreeFile, parts: tuple[str, ...]) -> tuple[str, ...]:
        """A path as seen from the root: in Go the folder that an import path names."""
        folder = self._folder_of("/".join(parts)) if file.language == "go" else None
        return ("/", folder) if folder is not None else parts

    def _at(self, file: TreeFile, parts: tuple[str, ...]) -> frozenset[Place]:
        """What a whole path names: a type, a function, a member of a type."""
        return self._at_exactly(file, self._absolute(file, parts))

    def at(self, file: TreeFile, parts: tuple[str, ...]) -> frozenset[Place]:
        """What a whole path names: a type, a function, a member of a type."""
        return self._at(file, parts)

    def is_home(self, parts: tuple[str, ...]) -> bool:
        """Whether a path names a type of the repository by its package."""
        return any(self._home_of(*each) == parts[:-1] for each in self._free(parts[-1]))

    def _at_exactly(self, file: TreeFile, parts: tuple[str, ...]) -> frozenset[Place]:
        if not parts:
            return frozenset()
        free = self._free(parts[-1])
        exact = [each for each in free if self._home_of(*each) == parts[:-1]]
        if not exact and file.language in {"php", "csharp"}:
            exact = [each for each in free if self._whole(*each) == parts]
        if exact:
            return self._places(exact)
        found: set[Place] = set()
        for path, number in self._free(parts[-2]) if len(parts) > 1 else ():  # import static a.B.member
            if self._home_of(path, number) == parts[:-2] and self._is_type(path, number):
                found |= self.resolver.members(Thing(path, number, is_static=True), parts[-1])[0]
        return frozenset(found)

    def _is_ours(self, file: TreeFile, parts: tuple[str, ...]) -> bool:
        """Whether a path begins with a package of the repository, so that what it names is unknown."""
        if file.language == "go":
            return self._folder_of("/".join(parts)) is not None
        home = self.home(file)
        return len(home) > 1 and parts[:2] == home[:2]

    def _whole(self, path: str, number: int) -> tuple[str, ...]:
        file = self.resolver.file(path)
        return tuple(part for part in _SPLIT.split(file.facts.qualified_name(number)) if part) if file else ()

    def _free(self, name: str) -> list[tuple[str, int]]:
        """The symbols of a name that are reached without an object."""
        found = []
        for path, number in self.resolver.symbols(name):
            file = self.resolver.file(path)
            if file is None or file.is_member(number) or file.scope_text(number):
                continue
            if file.language == "php" and file.kind(number) in NAMESPACES:
                continue  # which no name means by itself
            parent = file.facts.parent(number)
            if parent < 0 or file.kind(parent) not in FUNCTIONS:
                found.append((path, number))
        return found

    def _is_type(self, path: str, number: int) -> bool:
        file = self.resolver.file(path)
        return file is not None and file.kind(number) in TYPES

    def _places(self, found: Iterable[tuple[str, int]]) -> frozenset[Place]:
        places: set[Place] = set()
        for path, number in found:
            file = self.resolver.file(path)
            if file is not None:
                places |= {self.resolver.place(path, number), *self.also(file, number)}
        return frozenset(places)

    def _folder_of(self, written: str) -> str | None:
        """The folder of a package of Go, by its import path."""
        for module, folder in self._modules():
            if written == module or written.startswith(f"{module}/"):
                return posixpath.normpath(posixpath.join(folder, written[len(module) + 1 :])) + "/" if (
                    folder or written != module
                ) else "/"  # fmt: skip
        return None

    def manifest(self, path: str) -> bytes:
        """What a project's description holds, which need not be code; nothing where it cannot be read."""
        try:
            return self.resolver.index.repository.read(path, _MAX_MANIFEST)
        except (OSError, RepoAgentError):
            return b""

    def _modules(self) -> list[tuple[str, str]]:
        """(import path, folder) of every module of Go in the repository."""
        if self._roots is None:
            self._roots = []
            for path in self.resolver.index.catalogue.paths:
                if path.rpartition("/")[2] != "go.mod":
                    continue
                if found := re.search(rb"^module\s+(\S+)", self.manifest(path), re.M):
                    self._roots.append((found[1].decode("utf-8", "replace"), path.removesuffix("go.mod")))
            self._roots.sort(key=lambda each: -len(each[0]))
        return self._roots


_IMPORT = re.compile(
    r"import_(?:declaration|spec|header|statement)$|use_declaration|using_directive|namespace_use_(?:declaration|clause)$"
)


def _ends_statement(node: Node) -> bool:
    return node.type.endswith(("block", "body", "_declaration_list")) or node.type in {"program", "source_file"}
