"""Which file of a repository is which module of Python, and which one an import means."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from repoagent_indexers.resolve.folders import n_alike
from repoagent_indexers.resolve.python.values import ModuleValue


class Modules:
    """The modules of a repository, by the places of their files."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths: set[str] = set()
        self.folders: set[str] = set()
        """Names of folders without an __init__: namespace packages, or no packages at all."""
        self._by_parts: dict[tuple[str, ...], list[str]] = {}
        """Parts of a module's place, without __init__ -> its files, .py before .pyi."""
        self._by_last: dict[str, list[tuple[str, ...]]] = {}
        self._packages: set[tuple[str, ...]] = set()
        self._tops: set[str] = set()
        """First names of the modules that an absolute import can reach."""
        for path in paths:
            if path.endswith((".py", ".pyi", ".pyw")):
                parts = _parts(path)
                self._by_parts.setdefault(parts, []).append(path)
                if path.rpartition("/")[2].startswith("__init__."):
                    self._packages.add(parts)
        for parts, files in self._by_parts.items():
            files.sort(key=lambda path: (path.endswith(".pyi"), path))
            self.paths.update(files)
            if parts:
                self._by_last.setdefault(parts[-1], []).append(parts)
                if parts[:-1] not in self._packages:
                    self._tops.add(parts[-1])
                    self.folders.update(parts[:-1])

    def twins(self, path: str) -> list[str]:
        """The files that are the same module: a .py and its .pyi."""
        return self._by_parts.get(_parts(path), [path])

    def absolute(self, dotted: Sequence[str], importer: str) -> ModuleValue | None:
        """The module that an absolute import in `importer` means; None for one that is not in the repository."""
        if not dotted:
            return None
        wanted = tuple(dotted)
        found = []
        for parts in self._by_last.get(wanted[-1], ()):
            n_outer = len(parts) - len(wanted)
            if n_outer >= 0 and parts[n_outer:] == wanted and parts[:n_outer] not in self._packages:
                found.append(parts)
        home = _parts(importer)[:-1] if _parts(importer) not in self._packages else _parts(importer)
        if wanted[0] in sys.stdlib_module_names and len(wanted) == 1:
            found = [parts for parts in found if parts[:-1] == home]
        if not found:
            return None
        return ModuleValue(self._by_parts[max(found, key=lambda parts: _nearness(parts, len(wanted), home))][0])

    def submodule(self, module: ModuleValue, name: str) -> ModuleValue | None:
        parts = _parts(module.path)
        if parts not in self._packages:
            return None
        paths = self._by_parts.get((*parts, name))
        return ModuleValue(paths[0]) if paths else None

    def relative(self, importer: str, level: int, dotted: Sequence[str]) -> ModuleValue | None:
        """The module that `from ...dotted import` in `importer` means."""
        parts = _parts(importer)
        if parts not in self._packages:
            parts = parts[:-1]
        if level - 1 > len(parts):
            return None
        paths = self._by_parts.get((*parts[: len(parts) - level + 1], *dotted))
        return ModuleValue(paths[0]) if paths else None

    def is_local(self, name: str) -> bool:
        """Whether a module of this name is in the repository, so that what is not found in it is unknown."""
        return name in self._tops and name not in sys.stdlib_module_names


def _parts(path: str) -> tuple[str, ...]:
    parts = path.rsplit(".", 1)[0].split("/")
    return tuple(parts[:-1] if parts[-1] == "__init__" else parts)


def _nearness(parts: tuple[str, ...], n_wanted: int, home: tuple[str, ...]) -> tuple[bool, int, int]:
    """How likely a module is meant in `home` by its last parts: before all, if a folder around both holds it."""
    folder = parts[: len(parts) - n_wanted]
    return home[: len(folder)] == folder, n_alike(parts, home), -len(parts)
