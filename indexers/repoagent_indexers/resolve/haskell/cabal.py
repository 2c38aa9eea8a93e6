"""Which packages of Cabal a repository holds, and which of them sees which: by the files that describe them.

https://cabal.readthedocs.io/en/stable/cabal-package-description-file.html; hpack's package.yaml says the same.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_NAME = re.compile(r"^name[ \t]*:[ \t]*\"?([\w-]+)", re.M | re.I)
_WORD = re.compile(r"[\w-]+")


class Packages:
    """The packages of a repository, each with the folder that it is in."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._words: dict[str, frozenset[str]] = {}

    def sees(self, importer: str, path: str) -> bool:
        """Whether a file may import what another defines: of its package, of one that it names, or of none."""
        own, other = self._folder(importer), self._folder(path)
        if own is None or other is None or own == other:
            return True
        if own not in self._words:
            self._words[own] = frozenset(_WORD.findall(self._described[own]))
        name = _NAME.search(self._described[other])
        return name is None or name[1] in self._words[own]

    @cached_property
    def _described(self) -> dict[str, str]:
        """Folder of a package -> what describes it."""
        found: dict[str, str] = {}
        for path in self._index.catalogue.paths:
            folder, _, file = path.rpartition("/")
            if file.endswith(".cabal") or file == "package.yaml":
                source = self._index.source(path)
                text = source.content.decode("utf-8", "replace") if source is not None else ""
                found[folder] = f"{found.get(folder, '')}{text}\n"
        return found

    def _folder(self, path: str) -> str | None:
        """The folder of the package around a file; None for none."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in self._described:
                return folder
        return None
