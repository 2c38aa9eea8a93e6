"""Uses of what is no method by the rules of names: bare, through imports, packages and paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from repoagent_agents.review.lines import blocks, lines_of, new_line
from repoagent_agents.review.method_uses import IMPLICIT_SELF
from repoagent_agents.review.names import (
    OWN_MODULE,
    bound_elsewhere,
    defines,
    has_wildcard,
    is_builtin,
    is_guarded,
    is_member,
    is_shadowed,
)
from repoagent_agents.review.origin import origin
from repoagent_agents.review.target import Target, Use, use_of
from repoagent_agents.review.tree import StagedTree, Version
from repoagent_indexers.languages import ECMASCRIPT


def bare_here(target: Target, version: Version) -> Iterator[Use]:
    """In its own file: by its bare name, unless something else bears it there too."""
    if target.is_gone and (
        is_builtin(version.language, target.name) or bound_elsewhere(version, target.name) or has_wildcard(version)
    ):
        return
    if target.language not in {"python", "go", "java", "php", "c", "rust", *ECMASCRIPT}:
        return
    bare_members = target.language in IMPLICIT_SELF
    if target.is_gone and any(
        symbol.name == target.name and (bare_members or not is_member(version, symbol))
        for symbol in version.parsed.symbols
    ):
        return
    seen = set()
    for reference in version.parsed.references:
        if reference.name == target.name and not reference.qualifier and not is_shadowed(version, reference):
            seen.add(reference.start_byte)
            yield use_of(reference)
    if target.is_gone and target.home.path == version.path:
        yield from (use for use in _left_over(target, version) if use.start_byte not in seen)


def _left_over(target: Target, version: Version) -> Iterator[Use]:
    """Uses in lines that are as they were. A plain use of a name that nothing defines any more is no longer told."""
    old, new = lines_of(target.home.content), lines_of(version.content)
    changed = blocks(old, new)
    starts = [0, *accumulate(len(line) + 1 for line in new)]
    inside = target.symbol.span
    for reference in target.home.parsed.references:
        if reference.name != target.name or reference.qualifier or is_shadowed(target.home, reference):
            continue
        line = new_line(changed, reference.line)
        is_same = line <= len(new) and reference.line <= len(old) and new[line - 1] == old[reference.line - 1]
        if is_same and not inside.start_byte <= reference.start_byte < inside.end_byte:
            column = reference.start_byte - (target.home.content.rfind(b"\n", 0, reference.start_byte) + 1)
            yield replace(use_of(reference), line=line, start_byte=starts[line - 1] + column)


def through_imports(tree: StagedTree, target: Target, version: Version) -> Iterator[Use]:
    """In another file of Python or JavaScript: by what its imports take from the file."""
    names: set[str] = set()
    modules: set[str] = set()
    exported = {target.name} | ({"default"} if "export default" in target.symbol.signature else set())
    stem = posixpath.splitext(posixpath.basename(target.path))[0]
    for one in version.parsed.imports:
        if one.name and one.name not in exported and one.name != stem:
            continue  # it cannot be meant: spare reading what it imports
        found = origin(tree, version.path, one)
        if found is None or found[0] != target.path:
            continue
        if found[1] in exported:
            names.add(one.alias)
            if target.is_gone and not is_guarded(version, one.line):
                yield Use(version.path, one.line, -1, "import", is_certain=True, names_type=False)
        elif not found[1]:
            modules.add(one.alias)
    for reference in version.parsed.references:
        bare = not reference.qualifier and reference.name in names and not is_shadowed(version, reference)
        if bare or (reference.qualifier in modules and reference.name == target.name):
            yield use_of(reference)


def through_package(tree: StagedTree, target: Target, version: Version) -> Iterator[Use]:
    """In another file of Go: bare in the same package, through the package's name elsewhere."""
    folder = posixpath.dirname(target.path)
    if posixpath.dirname(version.path) == folder:
        if _package(version) == _package(target.home) and not (
            is_builtin("go", target.name) or defines(version, target.name)
        ):
            for reference in version.parsed.references:
                if reference.name == target.name and not reference.qualifier and not is_shadowed(version, reference):
                    yield use_of(reference)
        return
    import_path = _go_import_path(tree, folder)
    aliases = {one.alias for one in version.parsed.imports if import_path and one.module == import_path}
    for reference in version.parsed.references:
        if reference.name == target.name and reference.qualifier in aliases:
            yield use_of(reference)


def _package(version: Version) -> str:
    return next((symbol.name for symbol in version.parsed.symbols if symbol.kind in {"package", "namespace"}), "")


def _go_import_path(tree: StagedTree, folder: str) -> str | None:
    top = folder
    while True:
        content = tree.text(posixpath.join(top, "go.mod"))
        found = re.search(rb"^module\s+\"?([^\s\"]+)", content, re.M)
        if found:
            return posixpath.join(
                found[1].decode("utf-8", "replace"), posixpath.relpath(folder or ".", top or ".")
            ).removesuffix("/.")
        if not top:
            return None
        top = posixpath.dirname(top)


def by_full_name(target: Target, version: Version) -> Iterator[Use]:
    """In another file of Java or PHP: a type in the same package, or imported from there."""
    joint = "." if version.language == "java" else "\\"
    package = _package_name(target.home, joint)
    is_imported = False
    for one in version.parsed.imports:
        if one.module.strip(joint) == package and one.name == target.name:
            is_imported = True
            if target.is_gone:
                yield Use(version.path, one.line, -1, "import", is_certain=True, names_type=False)
        elif one.alias == target.name:
            return
    same = _package_name(version, joint) == package
    if not (same or is_imported) or defines(version, target.name):
        return
    for reference in version.parsed.references:
        if reference.name == target.name and not reference.qualifier and not is_shadowed(version, reference):
            yield use_of(reference)


def _package_name(version: Version, joint: str) -> str:
    symbol = next((one for one in version.parsed.symbols if one.kind in {"package", "namespace"}), None)
    return symbol.qualified_name.replace("::", joint).strip(joint) if symbol else ""


def by_linking(target: Target, version: Version) -> Iterator[Use]:
    """In another file of C: functions and macros are known by their names alone."""
    is_local = "static" in target.symbol.signature.split() or target.symbol.kind == "macro"
    if is_local and not target.path.endswith((".h", ".hh", ".hpp", ".hxx", ".inc", ".inl")):
        return
    if target.language != "c" or defines(version, target.name):
        return
    for reference in version.parsed.references:
        if reference.name == target.name and not reference.qualifier and not is_shadowed(version, reference):
            yield use_of(reference)


def by_path(tree: StagedTree, target: Target, version: Version) -> Iterator[Use]:
    """In another file of Rust: by the path that its module has."""
    now = tree.version(target.path)
    if target.is_gone and now is not None and _gives_on(now, target.name):
        return
    folder, name = posixpath.split(target.path)
    stem = posixpath.splitext(name)[0]
    module = {"mod": posixpath.basename(folder), "lib": "crate", "main": "crate"}.get(stem, stem)
    names: set[str] = set()
    for one in version.parsed.imports:
        if one.name == target.name and one.module.rpartition("::")[2] == module:
            names.add(one.alias)
            if target.is_gone:
                yield Use(version.path, one.line, -1, "import", is_certain=True, names_type=False)
    for reference in version.parsed.references:
        bare = not reference.qualifier and reference.name in names
        if bare or (reference.name == target.name and reference.qualifier.rpartition("::")[2] == module):
            yield use_of(reference)


def _gives_on(version: Version, name: str) -> bool:
    """Whether a file of Rust has a `pub use` that may bring a name."""
    lines = version.content.split(b"\n")
    for one in version.parsed.imports:
        if one.alias in {name, "*"} and one.module not in OWN_MODULE:
            heads = (line.lstrip() for line in reversed(lines[: one.line]))
            if next((head for head in heads if head.startswith((b"use ", b"pub "))), b"").startswith(b"pub "):
                return True
    return False
