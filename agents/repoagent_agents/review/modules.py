"""Files that are staged to go away, or to move, while something still imports them."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from repoagent_agents.review.findings import Evidence, Finding
from repoagent_agents.review.imports import resolve
from repoagent_agents.review.names import is_guarded
from repoagent_agents.review.origin import origin
from repoagent_agents.review.syntax import evidence
from repoagent_agents.review.tree import Change, StagedTree, Version
from repoagent_indexers.counted import counted
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT, family_of
from repoagent_indexers.source import Import, Span


@dataclass(frozen=True, slots=True)
class Lost:
    """A path that a commit takes away."""

    path: str
    language: str
    now: str
    """Where the file is from now on; "" when it is deleted."""
    size: int
    n_lines: int


def lost_files(changes: Sequence[Change]) -> list[Lost]:
    """The files that others may have imported and that are no longer where they were."""
    found = []
    for change in changes:
        old, new = change.old, change.new
        if old is None or old.language not in {"python", *ECMASCRIPT, *C_FAMILY} or (new and new.path == old.path):
            continue
        now = new.path if new else ""
        found.append(Lost(old.path, old.language, now, len(old.content), old.content.count(b"\n") or 1))
    return found


def word_of(lost: Lost) -> str:
    """The word by which an import names a file."""
    folder, name = posixpath.split(lost.path)
    stem = name.partition(".")[0]
    return posixpath.basename(folder) if stem in {"__init__", "index"} and folder else stem


def removed_modules(tree: StagedTree, lost: Sequence[Lost]) -> list[Finding]:
    """One finding for each file that is gone and still imported."""
    before = tree.paths | {one.path for one in lost}
    found = []
    for one in lost:
        places: list[Evidence] = []
        for path in tree.users(word_of(one)):
            version = tree.version(path)
            if version is None or version.problem or version.language not in family_of(one.language):
                continue
            for imported in version.parsed.imports:
                is_lost = _means(before, version, imported, one) and not _is_found(tree, version, imported)
                if is_lost and not is_guarded(version, imported.line):
                    places.append(evidence(version, imported.line))
        if places:
            found.append(_finding(tree, one, list(dict.fromkeys(places))))
    return found


def _means(before: frozenset[str], version: Version, one: Import, lost: Lost) -> bool:
    """Whether an import meant the lost file, as long as it was there."""
    code = evidence(version, one.line).code
    is_system = version.language in C_FAMILY and f"<{one.module}>" in code
    if not is_system and resolve(before, version.path, version.language, one.module) == lost.path:
        return True
    if version.language == "python" and one.name not in {"", "*"}:
        joint = "" if one.module.endswith(".") else "."
        return resolve(before, version.path, "python", f"{one.module}{joint}{one.name}") == lost.path
    if version.language in C_FAMILY and not (is_system and "/" not in one.module):
        return [path for path in before if f"/{path}".endswith(f"/{one.module}")] == [lost.path]
    return False


def _is_found(tree: StagedTree, version: Version, one: Import) -> bool:
    """Whether an import means some file of the staged tree now, or a name in one."""
    now = resolve(tree.paths, version.path, version.language, one.module)
    if now is None or version.language != "python" or not one.name:
        return now is not None
    place = origin(tree, version.path, one)
    if place is None or not place[1] or one.name == "*":
        return True
    module = tree.version(place[0])
    return module is None or one.name.encode() in module.content


def _finding(tree: StagedTree, lost: Lost, places: Sequence[Evidence]) -> Finding:
    imported = f"still imported in {counted(len(places), 'place')}"
    if lost.now:
        span = Span(lost.now, 0, 0, 1, 1)
        return Finding(
            span, "error", "removed-module", f"moved from {lost.path}, but that is {imported}", tuple(places)
        )
    span = Span(lost.path, 0, lost.size, 1, lost.n_lines)
    if (tree.repository.root / lost.path).is_file():
        message = f"stays in the work tree, but git will no longer have it; {imported}"
        return Finding(span, "warning", "removed-module", message, tuple(places))
    return Finding(span, "error", "removed-module", f"deleted, but {imported}", tuple(places))
