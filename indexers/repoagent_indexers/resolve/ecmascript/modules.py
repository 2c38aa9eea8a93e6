"""The files that names of modules mean in JavaScript and TypeScript: relative, in a workspace, by a configuration."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from repoagent_indexers.errors import RepoAgentError

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_ENDINGS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_WRITTEN = {".js": (".ts", ".tsx", ".d.ts"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""An ending as written in an import -> those of the files that it may mean."""
_ENDING = re.compile(r"(?:\.(?:d|min|cjs|esm|umd|mjs))*\.[cm]?[jt]sx?$")
_BUILT = re.compile(r"(?:^|(?<=/))(?:dist|lib|build|out)/(?:(?:cjs|esm?|umd|commonjs|module|types)/)?")
"""Folders that hold what is built."""
_MAX_JSON = 1 << 20


class Modules:
    """The files that modules mean, in one generation of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._paths = frozenset(index.catalogue.paths)
        self._packages: dict[str, str] | None = None
        self._configs: dict[str, dict[str, list[str]]] = {}
        self._said: dict[str, dict[str, Any]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        """The folder of a file and what it calls a module -> the file that this means."""

    def file(self, importer: str, written: str) -> str | None:
        """The file that a module's name means in a file; None for none in the repository."""
        key = (posixpath.dirname(importer), written)
        if key not in self._found:
            self._found[key] = self._look_up(importer, written)
        return self._found[key]

    def _look_up(self, importer: str, written: str) -> str | None:
        written = written.partition("?")[0]
        if written.startswith("."):
            return self._file(posixpath.normpath(posixpath.join(posixpath.dirname(importer), written)))
        for pattern, places in self._paths_for(importer).items():
            before, star, after = pattern.partition("*")
            if star and written.startswith(before) and written.endswith(after):
                rest = written[len(before) : len(written) - len(after) or None]
            elif not star and written == pattern:
                rest = ""
            else:
                continue
            for place in places:
                if found := self._file(posixpath.normpath(place.replace("*", rest))):
                    return found
        return self._in_package(written)

    def _file(self, place: str, *, is_main: bool = False) -> str | None:
        if place.startswith(".."):
            return None
        stem, ending = posixpath.splitext(place)
        for other in _WRITTEN.get(ending, ()):
            if stem + other in self._paths:
                return stem + other
        if place in self._paths and place.endswith(_ENDINGS):
            return place
        if (found := self._with_ending(place)) is not None:
            return found
        for main in self._mains(place) if not is_main else ():
            if (found := self._file(main, is_main=True)) is not None:
                return found
        for source in _sources(place):
            if (found := self._with_ending(source)) is not None:
                return found
        for ending in _ENDINGS:
            index = posixpath.normpath(posixpath.join(place, f"index{ending}"))
            if index in self._paths:
                return index
        return None

    def _with_ending(self, place: str) -> str | None:
        return next((place + ending for ending in _ENDINGS if place + ending in self._paths), None)

    def _mains(self, folder: str) -> Iterator[str]:
        """The files that the manifest in a folder names for the folder as a whole."""
        path = posixpath.normpath(posixpath.join(folder, "package.json"))
        manifest = self._json(path) if path in self._paths else {}
        for key in ("types", "typings", "main"):
            if isinstance(main := manifest.get(key), str):
                yield posixpath.normpath(posixpath.join(folder, main))

    def _in_package(self, written: str) -> str | None:
        """A file of a workspace's package, by the package's name: its sources, not what is built from them."""
        parts = written.split("/")
        n = 2 if written.startswith("@") else 1
        folder = self._workspaces.get("/".join(parts[:n]))
        if folder is None:
            return None
        below = "/".join(parts[n:])
        manifest = self._json(posixpath.join(folder, "package.json"))
        tries = [posixpath.join(folder, "src", below), posixpath.join(folder, below)]
        if not below:
            named = [manifest.get(key) for key in ("source", "types", "typings", "module", "main")]
            tries += [posixpath.join(folder, each) for each in named if isinstance(each, str)]
        tries += [posixpath.join(folder, place) for place in _exported_places(manifest, below)]
        for each in tries:
            if found := self._file(posixpath.normpath(each)):
                return found
            if found := self._file(posixpath.normpath(_ENDING.sub("", each))):
                return found
        return None

    @property
    def _workspaces(self) -> dict[str, str]:
        """Name of every package in the repository -> its folder."""
        if self._packages is None:
            self._packages = {}
            for path in self._paths:
                if path.rpartition("/")[2] == "package.json" and "node_modules/" not in path:
                    name = self._json(path).get("name")
                    if isinstance(name, str):
                        self._packages[name] = path.rpartition("/")[0]
        return self._packages

    def _paths_for(self, importer: str) -> dict[str, list[str]]:
        """`paths` and `baseUrl` of the nearest tsconfig.json, relative to the repository's root."""
        folder = posixpath.dirname(importer)
        if folder not in self._configs:
            config = posixpath.join(folder, "tsconfig.json")
            other = posixpath.join(folder, "jsconfig.json")
            found = next((each for each in (config, other) if each in self._paths), None)
            if found is not None:
                self._configs[folder] = self._configured(found, 0)
            elif folder:
                self._configs[folder] = self._paths_for(folder)
            else:
                self._configs[folder] = {}
        return self._configs[folder]

    def _configured(self, path: str, depth: int) -> dict[str, list[str]]:
        config = self._json(path)
        folder = posixpath.dirname(path)
        found: dict[str, list[str]] = {}
        bases = config.get("extends")
        for base in [bases] if isinstance(bases, str) else bases if isinstance(bases, list) else []:
            if isinstance(base, str) and base.startswith(".") and depth < 5:
                place = posixpath.normpath(posixpath.join(folder, base))
                place = place if place.endswith(".json") else f"{place}.json"
                found |= self._configured(place, depth + 1) if place in self._paths else {}
        options = config.get("compilerOptions")
        if isinstance(options, dict):
            base_url = options.get("baseUrl")
            root = posixpath.join(folder, base_url) if isinstance(base_url, str) else folder
            paths = options.get("paths")
            for pattern, places in paths.items() if isinstance(paths, dict) else ():
                if isinstance(places, list):
                    found[pattern] = [posixpath.join(root, each) for each in places if isinstance(each, str)]
            if isinstance(base_url, str):
                found.setdefault("*", []).append(posixpath.join(root, "*"))
        return found

    def _json(self, path: str) -> dict[str, Any]:
        """What a configuration says, comments and last commas forgiven; {} for one that cannot be read."""
        if path not in self._said:
            self._said[path] = self._read_json(path)
        return self._said[path]

    def _read_json(self, path: str) -> dict[str, Any]:
        try:
            text = self._index.repository.read(path, _MAX_JSON).decode("utf-8", "replace")
        except (OSError, RepoAgentError):
            return {}
        plain = re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda found: found[1] or "", text, flags=re.S)
        try:
            found = json.loads(re.sub(r",(\s*[}\]])", r"\1", plain))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _exported_places(manifest: dict[str, Any], below: str) -> Iterator[str]:
    """The files that a package's `exports` names for a path below it."""
    exports = manifest.get("exports")
    entry = exports.get(f"./{below}" if below else ".", None) if isinstance(exports, dict) else exports
    waiting = [entry]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()


def _sources(place: str) -> Iterator[str]:
    """What a file may be built from that is not in the repository, each without its ending."""
    stem = _ENDING.sub("", place)
    for built in _BUILT.finditer(stem):
        for folder in ("src/", "source/"):
            yield stem[: built.start()] + folder + stem[built.end() :]
