"""Which files are one module of Swift, and which modules a file sees."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.errors import RepoAgentError

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index
    from repoagent_indexers.resolve.swift.tree import SwiftFile

_TARGET = re.compile(
    r'\b(?:\w*[tT]arget|macro|plugin)\s*\(\s*name:\s*"([^"]+)"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)'
)
_PATH = re.compile(r'\bpath:\s*"([^"]*)"')
_HOLDING_TARGETS = frozenset({"Sources", "Source", "src", "srcs", "Tests", "Plugins"})
_MAX_MANIFEST = 200_000


class Modules:
    """The modules of a repository: targets of its packages, elsewhere what lies in one folder of its root."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[str, tuple[str, str]] = {}

    def of(self, path: str) -> tuple[str, str]:
        """The folder and the name of the module that a file is part of."""
        if path not in self._known:
            self._known[path] = self._find(path)
        return self._known[path]

    def sees(self, file: SwiftFile, path: str) -> bool:
        """Whether what another file declares is seen from a file."""
        here, there = self.of(file.path), self.of(path)
        return here == there or there[1] in file.imports

    def _find(self, path: str) -> tuple[str, str]:
        for folder, name in self._targets:
            if path.startswith(folder):
                return folder, name
        for package in self._packages:
            if path.startswith(package):
                top, _, rest = path[len(package) :].partition("/")
                name, slash, _ = rest.partition("/")
                if top in _HOLDING_TARGETS and slash:
                    return f"{package}{top}/{name}/", name
        return path.partition("/")[0] if self._packages and "/" in path else "", ""

    @cached_property
    def _packages(self) -> list[str]:
        """The folders that hold a Package.swift, innermost first."""
        paths = self._index.catalogue.paths
        found = [path.removesuffix("Package.swift") for path in paths if path.rpartition("/")[2] == "Package.swift"]
        return sorted(found, key=len, reverse=True)

    @cached_property
    def _targets(self) -> list[tuple[str, str]]:
        """(folder, name) of targets whose manifest says where they lie, innermost first."""
        found = []
        for package in self._packages:
            try:
                manifest = self._index.repository.read(f"{package}Package.swift", _MAX_MANIFEST)
            except (OSError, RepoAgentError):
                continue
            for target in _TARGET.finditer(manifest.decode("utf-8", "replace")):
                if (said := _PATH.search(target[2])) is not None:
                    inside = said[1].removeprefix("./").strip("/.")
                    found.append((f"{package}{inside}/" if inside else package, re.sub(r"\W", "_", target[1])))
        return sorted(found, key=lambda each: -len(each[0]))
