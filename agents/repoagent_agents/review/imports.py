"""Which file of the tree an import means, by the rules of its language.

Only what can be told from paths alone: an import that leaves the repository, or goes through settings (aliases of a
bundler, include folders of a build), means no file here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT

_SOURCE_ROOTS = ("", "src", "lib", "python")
_ECMASCRIPT_ENDINGS = tuple(
    ending + suffix
    for ending in ("", "/index")
    for suffix in (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".vue", ".svelte")
)
_COMPILED_ENDINGS = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}


def resolve(paths: Collection[str], importer: str, language: str, module: str) -> str | None:
    """The path among `paths` that `module` means in the file `importer`; None for what is not one of them."""
    if language == "python":
        return _python(paths, importer, module)
    if language in ECMASCRIPT:
        return _ecmascript(paths, importer, module)
    if language in C_FAMILY:
        return _beside(paths, importer, module)
    return None


def _python(paths: Collection[str], importer: str, module: str) -> str | None:
    name = module.lstrip(".")
    if n_dots := len(module) - len(name):
        folder = posixpath.dirname(importer)
        for _ in range(n_dots - 1):
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        return _python_file(paths, folder, name)
    return next((found for root in _python_roots(paths, importer) if (found := _python_file(paths, root, name))), None)


def _python_roots(paths: Collection[str], importer: str) -> Iterator[str]:
    """Folders that are on the path when `importer` runs: those around it that are no packages, and the usual ones."""
    folder = posixpath.dirname(importer)
    while folder:
        if f"{folder}/__init__.py" not in paths:
            yield folder
        folder = posixpath.dirname(folder)
    yield from _SOURCE_ROOTS


def _python_file(paths: Collection[str], folder: str, name: str) -> str | None:
    place = posixpath.join(folder, name.replace(".", "/")) if name else folder
    endings = (".py", "/__init__.py", ".pyi", "/__init__.pyi", ".pyx") if name else ("/__init__.py", "/__init__.pyi")
    candidates = [(place + ending).removeprefix("/") for ending in endings]
    return next((candidate for candidate in candidates if candidate in paths), None)


def _ecmascript(paths: Collection[str], importer: str, module: str) -> str | None:
    if not module.startswith(("./", "../")) and module not in {".", ".."}:
        return None
    place = posixpath.normpath(posixpath.join(posixpath.dirname(importer), module.partition("?")[0]))
    if place in paths:
        return place
    stem, suffix = posixpath.splitext(place)
    candidates = [stem + ending for ending in _COMPILED_ENDINGS.get(suffix, ())]
    candidates += [place.removesuffix("/.") + ending for ending in _ECMASCRIPT_ENDINGS]
    if place == ".":
        candidates = [ending.removeprefix("/") for ending in _ECMASCRIPT_ENDINGS]
    return next((candidate for candidate in candidates if candidate in paths), None)


def _beside(paths: Collection[str], importer: str, module: str) -> str | None:
    place = posixpath.normpath(posixpath.join(posixpath.dirname(importer), module))
    return place if place in paths else None
