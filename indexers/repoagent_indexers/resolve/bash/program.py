"""Which files of Bash share a shell: who sources whom."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.bash.file import BashFile
from repoagent_indexers.resolve.code_file import Files
from repoagent_indexers.resolve.folders import n_shared_folders

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_EXPANSION = re.compile(
    r"\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|`[^`]*`|\$\{(?:[^{}]|\{[^{}]*\}|\$\{[^{}]*\})*\}|\$\w+|\$[#@*?!$-]|^~"
)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?:[:#%/\[-][^{}]*)?\}|(\w+))")
_DEFAULT = re.compile(r"\$\{\w+:?[=-]([^${}]+)\}")
_ANY = "\0"
"""In place of an expansion, in what is sourced."""
_MAX_VALUES = 20
_MAX_FILES = 400
"""As far as it is followed who sources whom."""


class Program:
    """The files of Bash, and which of them are read into one shell."""

    def __init__(self, index: Index) -> None:
        self.files: Files[BashFile] = Files(index, "bash", BashFile)
        self.index = index
        self._sources: dict[str, tuple[frozenset[str], bool]] = {}
        self._below: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._above: dict[str, tuple[tuple[str, ...], ...]] = {}

    def below(self, path: str) -> tuple[tuple[str, ...], ...]:
        """What a file sources, then what these source, and so on: each once."""
        if path not in self._below:
            self._below[path] = tuple(_levels(path, lambda each: self.sources(each)[0]))
        return self._below[path]

    def above(self, path: str) -> tuple[tuple[str, ...], ...]:
        """Who sources a file, then who sources these, and so on: each once."""
        if path not in self._above:
            self._above[path] = tuple(_levels(path, lambda each: self._sourced_by.get(each, ())))
        return self._above[path]

    def is_open(self, path: str) -> bool:
        """Whether a file shares a shell with unknown others: who sources it is told what to source, or it is a test."""
        shell = [path, *(each for level in self.above(path) for each in level)]
        return any(each.endswith(".bats") or self.sources(each)[1] for each in shell)

    def sources(self, path: str) -> tuple[frozenset[str], bool]:
        """The files that a file sources, and whether there are others of which nothing is known."""
        if path not in self._sources:
            self._sources[path] = frozenset(), False  # for what leads back here
            self._sources[path] = self._find_sources(path)
        return self._sources[path]

    def _find_sources(self, path: str) -> tuple[frozenset[str], bool]:
        file = self.files.get(path)
        found: set[str] = set()
        is_open = False
        late = []
        for written in file.sourced if file is not None else ():
            paths, is_known = self.targets(path, written)
            found |= paths
            late += [] if is_known else [written]
        for written in late:  # a variable that another file sets
            said = [self.targets(path, written, by) for by in sorted(found)]
            found |= {each for paths, is_known in said for each in paths if is_known}
            is_open |= not any(is_known for _, is_known in said)
        return frozenset(found - {path}), is_open

    def targets(self, importer: str, written: str, by: str = "", n_steps: int = 0) -> tuple[set[str], bool]:
        """The files that `source` takes in, by what it is given; False where that is said nowhere.

        A variable has its values from the file `by`, else from the importer.
        """
        file = self.files.get(by or importer)
        if (default := _DEFAULT.fullmatch(written.strip("\"' "))) is not None:
            written = default[1]
        plain = _EXPANSION.sub(_ANY, written.strip("\"' ")).replace('"', "").replace("'", "").replace("\\", "")
        parts = plain.split("/")
        while parts and set(parts[0]) <= {_ANY, "."}:
            parts.pop(0)
            if parts and parts[0] == "..":
                break
        if parts:
            found = self._fitting(importer, "/".join(parts))
            return found, bool(found) or _ANY not in parts[-1]
        lone = _VARIABLE.fullmatch(written.strip("\"' "))
        if file is None or lone is None or n_steps > 2:
            return set(), False
        values = list(dict.fromkeys(file.values(lone[1] or lone[2])))[:_MAX_VALUES]
        said = [self.targets(importer, value, by, n_steps + 1) for value in values]
        return {path for paths, _ in said for path in paths}, bool(said) and all(is_known for _, is_known in said)

    def _fitting(self, importer: str, pattern: str) -> set[str]:
        """The files at the end of whose path a pattern stands; without wildcards the nearest one."""
        last = pattern.rpartition("/")[2].replace(_ANY, "*")
        folder = posixpath.dirname(importer)
        if "*" in pattern or _ANY in pattern:
            if not last.strip("*?.") or (last in {"*.sh", "*.bash"} and "/" not in pattern):
                return set()
            glob = pattern.replace(_ANY, "*").removeprefix("../")
            return {path for path in self._paths if fnmatchcase(path, glob) or fnmatchcase(path, f"*/{glob}")}
        here = (posixpath.normpath(posixpath.join(folder, pattern)), posixpath.normpath(pattern))
        for each in (*here, *(f"{path}.bash" for path in here)):
            if each in self._paths and each != importer:
                return {each}
        end = "/" + re.sub(r"^(?:\.\./)+", "", pattern).removesuffix(".bash")
        found = [path for name in (last, f"{last}.bash") for path in self._by_name.get(name, ())
                 if path != importer and f"/{path}".removesuffix(".bash").endswith(end)]  # fmt: skip
        best = min(found, key=lambda path: (-n_shared_folders(path, importer), len(path), path), default="")
        return {best} if best else set()

    @cached_property
    def _paths(self) -> frozenset[str]:
        catalogue = self.index.catalogue
        return frozenset(path for path, language in zip(catalogue.paths, catalogue.languages, strict=True)
                         if language == "bash")  # fmt: skip

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self._paths):
            found.setdefault(posixpath.basename(path), []).append(path)
        return found

    @cached_property
    def _sourced_by(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self._paths):
            for each in sorted(self.sources(path)[0]):
                found.setdefault(each, []).append(path)
        return found

    @cached_property
    def open_files(self) -> frozenset[str]:
        """The files that source what they are told, and what these share a shell with."""
        start = [path for path in sorted(self._paths) if self.sources(path)[1]]
        around = {*start, *(each for path in start for level in self.above(path) for each in level)}
        return frozenset(around) | {each for path in around for level in self.below(path) for each in level}


def _levels(path: str, step: Callable[[str], Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """What one step leads to, what the next, and so on."""
    seen, level = {path}, [path]
    while level and len(seen) < _MAX_FILES:
        level = list(dict.fromkeys(other for each in level for other in sorted(step(each)) if other not in seen))
        seen.update(level)
        if level:
            yield tuple(level)
