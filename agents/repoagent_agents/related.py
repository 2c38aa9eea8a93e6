"""What stands around a place: who uses a definition and what a piece of code uses, resolved, with bounded work.

For what is shown beside other things; `resolve.graph` has the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import family_of
from repoagent_indexers.resolve.meaning import CERTAINTIES, Certainty
from repoagent_indexers.resolve.references import Definition, Resolution
from repoagent_indexers.source import Hit, Span, Symbol

MAX_FILES = 8
"""Files looked at for uses of one definition; fewer for a name that many bear, of which most uses mean another."""
MAX_USERS = 25
"""Files that use a name: one that more use is common to every program (`as_ref`, `New`), and alone says nothing."""
_SHOWN = frozenset({"call", "type", "use"})
_CALLS_AND_TYPES = frozenset({"call", "type"})


@dataclass(frozen=True, slots=True)
class Related:
    """A definition beside another, and how sure it is that one uses the other."""

    symbol: Symbol
    certainty: Certainty


def users_of(resolution: Resolution, hit: Hit, limit: int) -> list[Related]:
    """At most `limit` definitions that use the one that was hit: its own file's first, then source before tests.

    What goes by name only is among them where one definition alone has the name, and few files use it.
    """
    definition = resolution.definition_of(hit.symbol) if hit.symbol is not None else None
    if definition is None:
        return []
    index, name, own = resolution.index, definition.symbol.name, definition.symbol.span
    by_name = len(index.definitions(name)) == 1 and len(index.users(name)) <= MAX_USERS
    found: dict[Span, Related] = {}
    for use in resolution.each_use(definition, _near(index, definition)):
        inside = use.inside
        if inside is None or use.kind not in _SHOWN or inside.name == "__all__" or own.holds(inside.span):
            continue
        if use.certainty == "by name only" and not by_name:
            continue
        before = found.get(inside.span)
        if before is None or _rank(use.certainty) < _rank(before.certainty):
            found[inside.span] = Related(inside, use.certainty)
        if sum(each.certainty != "by name only" for each in found.values()) >= limit:
            break
    return sorted(found.values(), key=lambda each: each.certainty == "by name only")[:limit]


def used_by(resolution: Resolution, hit: Hit, limit: int) -> list[Related]:
    """At most `limit` definitions outside a hit that its code uses: what it calls and names as types first."""
    index, span = resolution.index, hit.span
    facts = index.facts_of(span.path)
    names = facts.names_used(span.start_byte, span.end_byte) if facts is not None else []
    known = frozenset(name for name in names if index.definitions(name))
    found: dict[Span, Related] = {}
    for kinds in (_CALLS_AND_TYPES, _SHOWN - _CALLS_AND_TYPES):
        for use, definition in resolution.used_in(span, kinds, known):
            if len(found) >= limit:
                return list(found.values())
            other = definition.symbol
            if use.certainty != "resolved" and len(index.users(other.name)) > MAX_USERS:
                continue
            if not span.holds(other.span) and not other.span.holds(span):
                found.setdefault(other.span, Related(other, use.certainty))
    return list(found.values())


def _near(index: Index, definition: Definition) -> list[str]:
    """The files that use a definition's name, those near it first."""
    own = definition.place.path
    position = index.position(own)
    languages = family_of(index.catalogue.languages[position]) if position is not None else frozenset()
    catalogue = index.catalogue
    users: Iterable[int] = (at for at, _ in index.users(definition.symbol.name) if catalogue.languages[at] in languages)

    def distance(at: int) -> tuple[bool, int, bool, int]:
        path = catalogue.paths[at]
        return path != own, int(catalogue.roles[at]), path.rpartition("/")[0] != own.rpartition("/")[0], at

    n_files = max(2, MAX_FILES // max(1, len(index.definitions(definition.symbol.name))))
    return [catalogue.paths[at] for at in sorted(users, key=distance)[:n_files]]


def _rank(certainty: Certainty) -> int:
    return CERTAINTIES.index(certainty)
