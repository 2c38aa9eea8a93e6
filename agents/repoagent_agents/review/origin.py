"""Where an import leads."""

from __future__ import annotations

from repoagent_agents.review.imports import resolve
from repoagent_agents.review.names import defines
from repoagent_agents.review.tree import StagedTree
from repoagent_indexers.source import Import

MAX_DEPTH = 4
"""How far re-exports and base classes are followed."""


def origin(tree: StagedTree, path: str, one: Import, depth: int = MAX_DEPTH) -> tuple[str, str] | None:
    """The file and name that an import in the file at `path` takes in, "" for the module itself.

    Re-exports are followed. None where it leaves the tree, or where only running the program would tell.
    """
    version = tree.version(path)
    if version is None or depth == 0:
        return None
    found = resolve(tree.paths, path, version.language, one.module)
    if not one.name or one.name == "*":
        return (found, one.name) if found else None
    submodule = None
    if version.language == "python":
        joint = "" if one.module.endswith(".") else "."
        submodule = resolve(tree.paths, path, "python", f"{one.module}{joint}{one.name}")
    module = tree.version(found) if found else None
    if module is None:
        return (submodule, "") if submodule else None
    assert found
    if any(symbol.name == one.name and symbol.parent is None for symbol in module.parsed.symbols):
        return found, one.name
    for other in module.parsed.imports:
        if other.alias == one.name and other.name != "*":
            return origin(tree, found, other, depth - 1)
    if submodule:
        return submodule, ""
    if any(other.name == "*" for other in module.parsed.imports) or defines(module, "__getattr__"):
        return None
    return found, one.name
