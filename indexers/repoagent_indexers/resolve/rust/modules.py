"""Rust's modules: which crate a file belongs to, which module is around a module, and where its contents stand.

A module is a symbol `mod name`, and what is in it stands behind the symbol or in a file of its own; a crate is its
first file.
"""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.resolve.tree_file import NAMESPACES, TreeFile

if TYPE_CHECKING:
    from repoagent_indexers.resolve.typed.resolver import TypedResolver

Entity = tuple[str, int]
"""Path and number of a symbol; -1 for a crate."""

_MAX_MANIFEST = 1 << 20
_FOLDERS = ("src/bin/", "tests/", "examples/", "benches/")
_LIBRARY = re.compile(r"^\[lib\][^\[]*", re.M)
_NAME = re.compile(r"^\s*name\s*=\s*\"([\w-]+)\"", re.M)
_PATH = re.compile(r"^\s*path\s*=\s*\"([^\"\n]+\.rs)\"", re.M)
_AT = re.compile(rb"#\s*\[\s*(?:cfg_attr\([^\]]*?,\s*)?path\s*=\s*\"([^\"\n]+)\"")


class Modules:
    """The modules of all crates of a repository."""

    def __init__(self, resolver: TypedResolver) -> None:
        self._resolver = resolver
        self._parents: dict[str, Entity | None] = {}
        self._declaring: dict[str, Entity] = {}
        self._contents: dict[Entity, Entity | None] = {}

    @cached_property
    def manifests(self) -> dict[str, str]:
        """Folder of each package, with its manifest."""
        found = {}
        for path in self._resolver.index.catalogue.paths:
            if path.rpartition("/")[2] == "Cargo.toml":
                try:
                    content = self._resolver.index.repository.read(path, _MAX_MANIFEST)
                except (OSError, RepoAgentError):
                    continue
                found[path[: -len("Cargo.toml")]] = content.decode("utf-8", "replace")
        return found

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(path for path in self._resolver.index.catalogue.paths if path.endswith(".rs"))

    @cached_property
    def libraries(self) -> dict[str, str]:
        """Name of a crate that others can use -> its first file."""
        found = {}
        for folder, manifest in self.manifests.items():
            table = _LIBRARY.search(manifest)
            name = (_NAME.search(table[0]) if table else None) or _NAME.search(manifest)
            path = _PATH.search(table[0]) if table else None
            first = posixpath.normpath(posixpath.join(folder, path[1] if path else "src/lib.rs"))
            if name and first in self._paths:
                found[name[1].replace("-", "_")] = first
        return found

    @cached_property
    def roots(self) -> frozenset[str]:
        """The first files of all crates."""
        found = set(self.libraries.values())
        for folder, manifest in self.manifests.items():
            found |= {posixpath.normpath(posixpath.join(folder, each)) for each in _PATH.findall(manifest)}
            found |= {f"{folder}{each}" for each in ("src/lib.rs", "src/main.rs", "build.rs")}
            for path in self._paths:
                for home in _FOLDERS:
                    rest = path.removeprefix(f"{folder}{home}") if path.startswith(f"{folder}{home}") else ""
                    if rest and ("/" not in rest or (rest.count("/") == 1 and rest.endswith("/main.rs"))):
                        found.add(path)
        return frozenset(found & self._paths)

    def crate_of(self, macro: str, path: str) -> bytes:
        """How a file names the crate of a macro that another defines: what `$crate` means where it is called."""
        first, second = (max((each for each in self.manifests if at.startswith(each)), key=len, default="")
                         for at in (macro, path))  # fmt: skip
        if first == second and not any(path.startswith(f"{first}{each}") for each in _FOLDERS):
            return b"crate"
        named = (name for name, lib in self.libraries.items() if macro.startswith(first) and lib.startswith(first))
        return next(named, "crate").encode()

    def root(self, scope: Entity) -> Entity:
        """The crate of a module."""
        for _ in range(40):
            parent = self.parent(scope)
            if parent is None:
                break
            scope = parent
        return scope

    def parent(self, scope: Entity) -> Entity | None:
        """The module around a module."""
        file = self._resolver.file(scope[0])
        if file is None:
            return None
        if scope[1] >= 0:
            number = file.facts.parent(scope[1])
            while number >= 0 and file.kind(number) not in NAMESPACES:
                number = file.facts.parent(number)
            return (scope[0], number)
        if scope[0] not in self._parents:
            self._parents[scope[0]] = None
            self._parents[scope[0]] = self._find_parent(scope[0])
        return self._parents[scope[0]]

    def declaration(self, path: str) -> Entity | None:
        """The symbol `mod name;` that brings in a file."""
        return self._declaring.get(path) if self.parent((path, -1)) is not None else None

    def _find_parent(self, path: str) -> Entity | None:
        """The module in which `mod name;` brings in a file."""
        is_root = path in self.roots
        if is_root and not any(f"/{home}" in f"/{path}" for home in _FOLDERS):
            return None
        stem, folder = posixpath.splitext(posixpath.basename(path))[0], posixpath.dirname(path)
        if stem == "mod":
            stem, folder = posixpath.basename(folder), posixpath.dirname(folder)
        near = [f"{folder}/{each}.rs" if folder else f"{each}.rs" for each in ("lib", "main", "mod")]
        near += [f"{folder}.rs", *sorted(each for each in self.roots if posixpath.dirname(each) == folder)]
        above = posixpath.dirname(folder)  # of a module inside of a file: `mod a { mod b; }`
        near += [f"{above}/{each}.rs" for each in ("lib", "main", "mod")] + [f"{above}.rs"]
        for other in dict.fromkeys(near):
            if other in self._paths and other != path:
                for each in self._named(other, stem):
                    if self.contents(each) == (path, -1):
                        return self._declared(path, each)
        for each in self._resolver.symbols(stem) if not is_root else ():
            if self.contents(each) == (path, -1):
                return self._declared(path, each)
        if is_root:
            return None
        near_root = next(((each, -1) for each in near if each in self.roots and each != path), None)
        return self._parent_by_attribute(path) or near_root

    def _parent_by_attribute(self, path: str) -> Entity | None:
        """The module in which `#[path = "file.rs"] mod name;` brings in a file that bears another name."""
        name, folder = posixpath.basename(path).encode(), posixpath.dirname(path)
        for other in sorted(self._paths):
            near = posixpath.dirname(other) in {folder, posixpath.dirname(folder)}
            file = self._resolver.file(other) if near and other.endswith(".rs") and other != path else None
            if file is None or name not in file.content or not _AT.search(file.content):
                continue
            for number in modules_in(file):
                if self.contents((other, number)) == (path, -1):
                    return self._declared(path, (other, number))
        return None

    def _declared(self, path: str, module: Entity) -> Entity:
        """The module around one whose contents are a file."""
        self._declaring[path] = module
        file = self._resolver.file(module[0])
        return (module[0], file.facts.parent(module[1]) if file is not None else -1)

    def _named(self, path: str, name: str) -> list[Entity]:
        file = self._resolver.file(path)
        named = [*file.named(name), *file.named(f"r#{name}")] if file is not None else []
        return [(path, number) for number in named if file is not None and file.kind(number) in NAMESPACES]

    def contents(self, module: Entity) -> Entity | None:
        """Where the contents of a module are: behind its name, or in a file of its own; None when that is not there."""
        if module[1] < 0:
            return module
        if module not in self._contents:
            self._contents[module] = self._find_contents(*module)
        return self._contents[module]

    def _find_contents(self, path: str, number: int) -> Entity | None:
        file = self._resolver.file(path)
        if file is None or file.kind(number) not in NAMESPACES:
            return None
        start, end = file.span(number)
        if b"{" in file.content[file.name_start(number) : end]:
            return (path, number)
        stem, folder = posixpath.splitext(posixpath.basename(path))[0], posixpath.dirname(path)
        said = _AT.search(file.content, start, file.name_start(number))
        around = []
        parent = file.facts.parent(number)
        while parent >= 0:
            around.append(file.facts.symbol_name(parent))
            parent = file.facts.parent(parent)
        written = posixpath.join(folder, *around, said[1].decode("utf-8", "replace")) if said else ""
        elsewhere = (posixpath.normpath(written), -1) if posixpath.normpath(written) in self._paths else None
        if said and b"cfg_attr" not in said[0]:
            return elsewhere
        if stem != "mod" and path not in self.roots:
            folder = posixpath.join(folder, stem)
        home = posixpath.join(folder, *reversed(around), file.facts.symbol_name(number).removeprefix("r#"))
        for each in (f"{home}.rs", f"{home}/mod.rs"):
            if each in self._paths:
                return (each, -1)
        return elsewhere


def modules_in(file: TreeFile) -> list[int]:
    """The symbols `mod name` of a file."""
    return [number for number in range(file.facts.n_symbols) if file.kind(number) in NAMESPACES]
