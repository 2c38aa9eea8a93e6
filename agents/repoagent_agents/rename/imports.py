"""Where a file's names come from, as its imports say, in languages other than Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from repoagent_agents.rename.definitions import Definitions
from repoagent_agents.rename.names import folder
from repoagent_agents.rename.nodes import import_around
from repoagent_indexers.languages import ECMASCRIPT, LANGUAGES
from repoagent_indexers.source import Import

if TYPE_CHECKING:
    from tree_sitter import Node


class Imports:
    """What the imports of the repository say of the definition that is meant."""

    def __init__(self, definitions: Definitions, languages: Mapping[str, str]) -> None:
        """`languages` are those of the files by path."""
        self.definitions = definitions
        self._languages = languages

    def of(self, path: str) -> Sequence[Import]:
        """What a file imports."""
        return self.definitions.index.parsed(path).imports

    def is_package(self, path: str, before: str) -> bool:
        """Whether what stands before a dot is the package of the target, in Go."""
        folders = {PurePosixPath(folder(d.path)).name for d in self.definitions.group}
        packages = {PurePosixPath(each.module).name for each in self.of(path) if each.alias == before}
        return bool(packages & folders) or (not packages and before in folders)

    def comes_from(self, path: str, imported: Import) -> bool:
        """Whether an import's module can be where the target is defined, or hands on what is."""
        language = self._languages[path]
        module = imported.module
        if language in ECMASCRIPT:
            if not module.startswith("."):
                return False
            place = _joined(folder(path), module)
            return self._hands_on(place, set())
        parts = [part for part in re.split(r"\.|::|\\|/", module) if part]
        if not parts:
            return True
        if parts[0] in {"std", "core", "alloc", "java", "javax", "kotlin", "scala", "System"}:
            return False
        if parts[0] in {"crate", "self", "super"} or (imported.name == "*" and language == "csharp"):
            return True
        own: set[str] = set()
        for d in self.definitions.group:
            own |= {*PurePosixPath(d.path).with_suffix("").parts, *re.split(r"\.|::|\\", d.qualified_name)}
            own |= {PurePosixPath(folder(d.path)).name}
        return parts[-1] in own or parts[-1].replace("-", "_") in own

    def _hands_on(self, place: str, seen: set[str]) -> bool:
        """Whether a module, given by its path without an ending, defines the target or exports it again."""
        files = [p for p in self.definitions.index.catalogue.paths if _is_module_file(p, place)]
        for path in files:
            if path in seen:
                continue
            seen.add(path)
            if any(d.path == path for d in self.definitions.group):
                return True
            for each in self.of(path):
                is_handed_on = each.name in {self.definitions.name, "*"} and each.module.startswith(".")
                if is_handed_on and self._hands_on(_joined(folder(path), each.module), seen):
                    return True
        return False

    def exports_own(self, path: str, node: Node) -> bool:
        """Whether a name in `export { name }` is the file's own, or imported by it."""
        statement = import_around(node)
        if (
            statement is None
            or statement.type != "export_statement"
            or statement.child_by_field_name("source") is not None
        ):
            return False
        imports = [each for each in self.of(path) if each.alias == self.definitions.name]
        if imports:
            return any(each.name == self.definitions.name and self.comes_from(path, each) for each in imports)
        return any(d.path == path and not d.is_member for d in self.definitions.group)


def _joined(folder: str, module: str) -> str:
    parts = folder.split("/") if folder else []
    for part in module.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _is_module_file(path: str, place: str) -> bool:
    if path == place:
        return True
    stem, dot, ending = path.rpartition(".")
    if f".{ending}" not in {s for name in ECMASCRIPT for s in LANGUAGES[name].suffixes} or not dot:
        return False
    bare = re.sub(r"\.[cm]?jsx?$", "", place)
    return stem in {place, bare, f"{place}/index", f"{bare}.d"}
