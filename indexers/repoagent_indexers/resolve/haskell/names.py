"""Which definitions a name may mean in a module: its own, and what its imports bring in.

Haskell 2010 report, sections 5.2, 5.3 and 5.5. A module from outside of the repository brings in nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.code_file import Files
from repoagent_indexers.resolve.folders import n_shared_folders
from repoagent_indexers.resolve.haskell.cabal import Packages
from repoagent_indexers.resolve.haskell.file import Definition, HaskellFile, Space
from repoagent_indexers.resolve.haskell.header import ALL, Import, Item

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_MAX_DEPTH = 60
_QUALIFIED = re.compile(r"((?:[^\W\d_a-z][\w']*\.)*)(.+)", re.S)
_NOTHING: frozenset[Definition] = frozenset()


class Names:
    """The modules of a repository, and what is in sight in each."""

    def __init__(self, index: Index) -> None:
        self.files = Files(index, "haskell", HaskellFile)
        self._packages = Packages(index)
        self._modules: dict[str, list[HaskellFile]] = {}
        self._nearest: dict[tuple[str, str], list[HaskellFile]] = {}
        self._known: dict[tuple[str, str, Space, str], frozenset[Definition]] = {}
        self._open: set[tuple[str, str, Space, str]] = set()
        self._n_cuts = 0
        """How often a question led back to one that is being answered: modules that import each other."""

    def modules(self, name: str, near: str) -> list[HaskellFile]:
        """The modules of a name; where packages have several, the nearest to a path."""
        if (name, near) not in self._nearest:
            if name not in self._modules:
                paths = sorted({place.path for place in self.files.symbols(name.rpartition(".")[2])})
                files = [self.files.get(path) for path in paths]
                self._modules[name] = [file for file in files if file is not None and file.header.module == name]
            found = [file for file in self._modules[name] if self._packages.sees(near, file.path)]
            best = max((n_shared_folders(file.path, near) for file in found), default=0)
            self._nearest[name, near] = [file for file in found if n_shared_folders(file.path, near) == best]
        return self._nearest[name, near]

    def in_sight(self, file: HaskellFile, qualifier: str, space: Space, name: str) -> frozenset[Definition]:
        """What a name means, written behind a qualifier, or "" for none."""
        return self._answer(file, f"{qualifier}.", space, name)

    def anyhow(self, file: HaskellFile, space: Space, name: str) -> frozenset[Definition]:
        """What a name means behind whichever qualifier."""
        return self._answer(file, "*", space, name)

    def exported(self, file: HaskellFile, space: Space, name: str) -> frozenset[Definition]:
        """What a module hands out under a name."""
        return self._answer(file, "", space, name)

    def _answer(self, file: HaskellFile, how: str, space: Space, name: str) -> frozenset[Definition]:
        key = (file.path, how, space, name)
        if key in self._known:
            return self._known[key]
        if key in self._open or len(self._open) > _MAX_DEPTH:
            self._n_cuts += 1
            return _NOTHING
        n_cuts = self._n_cuts
        self._open.add(key)
        try:
            found = frozenset(self._handed_out(file, space, name) if not how else self._seen(file, how, space, name))
        finally:
            self._open.discard(key)
        if n_cuts == self._n_cuts or not self._open:
            self._known[key] = found
        return found

    def _seen(self, file: HaskellFile, how: str, space: Space, name: str) -> Iterable[Definition]:
        qualifier = how[:-1]
        own = file.definitions.get((space, name), ()) if how in {"*", ".", f"{file.header.module}."} else ()
        if own and how != "*":
            return own
        found = set(own)
        for each in file.header.imports:
            if how == "*" or (each.alias == qualifier if qualifier else not each.is_qualified):
                found |= self._brought(file, each, space, name)
        return found

    def _brought(self, file: HaskellFile, taken: Import, space: Space, name: str) -> set[Definition]:
        """What an import brings in under a name."""
        if taken.items is not None and not taken.is_hiding and not _may_list(taken.items, name):
            return set()
        found: set[Definition] = set()
        for module in self.modules(taken.module, file.path):
            given = self.exported(module, space, name)
            if taken.items is not None and given:
                given = frozenset(
                    each for each in given
                    if any(self._lists(item, each, module, is_hiding=taken.is_hiding) for item in taken.items)
                    != taken.is_hiding
                )  # fmt: skip
            found |= given
        return found

    def _lists(self, item: Item, meant: Definition, module: HaskellFile, *, is_hiding: bool) -> bool:
        """Whether an entry of a list of imports names a definition."""
        if item.name == meant.name and _is_of_space(item, meant.space, is_hiding=is_hiding):
            return True
        if meant.name in item.members:
            return True
        return bool(item.members & ALL) and (meant.owner == item.name or meant.name in _bundled(module, item.name))

    def _handed_out(self, file: HaskellFile, space: Space, name: str) -> Iterable[Definition]:
        if file.header.exports is None:
            return file.definitions.get((space, name), ())
        found: set[Definition] = set()
        for item in file.header.exports:
            if item.kind == "module":
                if item.name == file.header.module:
                    found.update(file.definitions.get((space, name), ()))
                for each in file.header.imports:
                    if each.alias == item.name and not each.is_qualified:
                        found |= self._brought(file, each, space, name)
                continue
            qualifier, last = split(item.name)
            if last == name and _is_of_space(item, space, is_hiding=False):
                found |= self.in_sight(file, qualifier, space, name)
            if name in item.members:
                found |= self.anyhow(file, space, name)
            elif item.members & ALL:
                found.update(each for each in self.anyhow(file, space, name) if each.owner == last)
        return found


def split(name: str) -> tuple[str, str]:
    """The module before a name, "" for none, and the name."""
    found = _QUALIFIED.fullmatch(name)
    return (found[1].rstrip("."), found[2]) if found is not None else ("", name)


def _is_of_space(item: Item, space: Space, *, is_hiding: bool) -> bool:
    """Whether an entry may name something of a space: types are written as they are, constructors behind their type."""
    last = split(item.name)[1]
    if item.kind:
        return (item.kind == "type") == (space == "type")
    if last[0].isupper():
        return space == "type" or is_hiding
    return not last[0].isalpha() or space == "value"


def _may_list(items: Iterable[Item], name: str) -> bool:
    return any(item.name == name or name in item.members or item.members & ALL for item in items)


def _bundled(module: HaskellFile, owner: str) -> frozenset[str]:
    """What a module hands out with a type besides its own constructors: pattern synonyms."""
    listed = [item.members for item in module.header.exports or () if split(item.name)[1] == owner]
    return frozenset().union(*listed) - ALL
