"""Definition -> where the staged tree uses it, and how surely it is meant.

Certain is what the language's own rules tell from names and imports alone. Probable is a method of an unknown receiver
whose name the repository knows only once. Everything else is not mentioned: a false alarm costs more than a miss.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from repoagent_agents.review.function_uses import (
    bare_here,
    by_full_name,
    by_linking,
    by_path,
    through_imports,
    through_package,
)
from repoagent_agents.review.method_uses import (
    Bases,
    bases_of,
    is_brought_below,
    is_foreign,
    is_in_a_base,
    is_private,
    is_telling_method,
    through_rust_type,
    through_self,
    through_type,
)
from repoagent_agents.review.names import TYPES, bound_elsewhere, has_wildcard, is_builtin, is_dynamic
from repoagent_agents.review.target import Target, Use, use_of
from repoagent_agents.review.tree import StagedTree, Version
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT, family_of

MAX_PROBABLE = 10
"""A method that more files than this seem to use is some other type's."""
Giver = Literal["", "outside", "below", "anything"]
"""Who else may give what a removed definition gave: nobody; a base from outside of the repository; a class below, which
brings a method of its own; or something that names do not tell."""
_NONE = Bases(frozenset(), are_known=True)


def uses(tree: StagedTree, target: Target) -> list[Use]:
    """The uses in the staged tree, certain ones first, then in order of paths and lines."""
    if target.is_gone and is_dynamic(target.home):
        return []
    certain: list[Use] = []
    likely: list[Use] = []
    guessed: list[Use] = []
    languages = family_of(target.language)
    bases = _NONE
    if target.symbol.kind == "method" and target.parents and not is_private(target):
        bases = bases_of(tree, target.parents[0], target.name)
    for path in tree.users(target.name):
        version = tree.version(path)
        if version is None or version.problem or version.language not in languages:
            continue
        found = sorted(_by_rules(tree, target, version, bases), key=lambda use: (use.line, use.start_byte))
        certain += [use for use in found if use.is_certain]
        likely += [use for use in found if not use.is_certain]
        if target.symbol.kind == "method":
            guessed += _by_name_alone(tree, target, version, {use.start_byte for use in found})
    if not _is_unique(tree, target):
        return certain
    if not bases.are_known or not is_telling_method(target) or len({use.path for use in guessed}) > MAX_PROBABLE:
        return certain + likely
    return certain + likely + guessed


def other_giver(tree: StagedTree, target: Target) -> Giver:
    """Who else may give what a removed definition gave."""
    now = tree.version(target.path)
    if is_dynamic(target.home) or (now is not None and is_dynamic(now)):
        return "anything"
    if target.symbol.kind != "method":
        is_bound = now is not None and (bound_elsewhere(now, target.name) or has_wildcard(now))
        return "anything" if is_bound or is_builtin(target.language, target.name) else ""
    if not target.parents or target.parents[0].kind not in TYPES:
        return "" if target.language == "go" or is_telling_method(target) else "anything"
    bases = bases_of(tree, target.parents[0], target.name)
    if is_in_a_base(tree, target, bases):
        return "anything"
    if not bases.are_known:
        return "outside"
    return "below" if is_brought_below(tree, target) else ""


def is_telling(target: Target) -> bool:
    """Whether a name is one that no other library's type is likely to have; a function's always is."""
    return target.symbol.kind != "method" or is_telling_method(target)


def _by_name_alone(tree: StagedTree, target: Target, version: Version, seen: set[int]) -> Iterator[Use]:
    """Calls of such a method of receivers of whom nothing is known."""
    if target.language == "rust" and target.path != version.path and not target.symbol.signature.startswith("pub"):
        return  # perhaps a foreign trait's
    for reference in version.parsed.references:
        is_call = reference.kind == "call" and reference.name == target.name and bool(reference.qualifier)
        if is_call and reference.start_byte not in seen and not is_foreign(tree, target, version, reference):
            yield use_of(reference, certain=False)


def _by_rules(tree: StagedTree, target: Target, version: Version, bases: Bases) -> Iterator[Use]:
    if target.symbol.kind == "method":
        if target.parents and target.parents[0].kind in TYPES:
            yield from through_self(tree, target, version, bases)
            yield from through_type(tree, target, version, bases)
        elif version.language == "rust":
            yield from through_rust_type(target, version)
    elif version.path == target.path:
        yield from bare_here(target, version)
    elif any(parent.kind in TYPES for parent in target.parents):
        return  # a type inside a type has many ways to be named
    elif version.language == "python" or version.language in ECMASCRIPT:
        yield from through_imports(tree, target, version)
    elif version.language == "go":
        yield from through_package(tree, target, version)
    elif version.language in {"java", "php"}:
        yield from by_full_name(target, version)
    elif version.language in C_FAMILY:
        yield from by_linking(target, version)
    elif version.language == "rust":
        yield from by_path(tree, target, version)


def _is_unique(tree: StagedTree, target: Target) -> bool:
    """Whether nothing else in the tree bears the name."""
    return len(tree.definitions(target.name)) == (0 if target.is_gone else 1)
