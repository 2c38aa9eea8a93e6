"""What a member is likely to be where the type that it is taken from is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.terms import Thing, Types

if TYPE_CHECKING:
    from tree_sitter import Node


_MAX_FAMILY = 12
_MAX_CANDIDATES = 40
_COMMON_CPP = frozenset({"size_t", "string", "swap"})
_COMMON = frozenset(
    """add all any append apply at await begin bind build call catch charAt clear clone close collect compare compareTo
    concat connect contains containsKey copy count create data
    delete describe destroy each emit empty end entries equals
    error every exec execute exists exit expect fill filter finally find findIndex first flat flatMap flush forEach
    format from get getClass getName getValue handle has hash hashCode head id includes index indexOf info init insert
    into invoke is isEmpty item iter iterator join key keys last
    len length line list listen load lock log main map match
    max merge message min name next notify now of ok on once open or parent parse path peek pipe pop post print process
    push put query read ready reduce register reject remove render replace request reset resolve response result reverse
    run save search select send set shift size skip sleep
    slice some sort splice split start status stop string subscribe
    substring success sum swap tail take target test text then time toArray toList toLowerCase toString toUpperCase trim
    type types unlock unshift unwrap update url use value valueOf values wait warn with write Close Error Get Len Lock
    Next Read Reset Run Set String Unlock Write Add Clear Contains Count Dispose Equals First Name Value Type Key Length
    Select ToString Where addEventListener appendChild attributes childNodes children classList className dataset
    dispatchEvent firstChild getAttribute innerHTML insertBefore lastChild nodeName nodeType parentNode preventDefault
    querySelector querySelectorAll removeAttribute removeChild removeEventListener setAttribute stopPropagation style
    tagName textContent props state options config params args body headers method code version""".split()
)
"""Members that objects from outside of a repository have as well."""


class Likely(Analysis):
    """What a member is likely to be where the type that it is taken from is not known."""

    def beside(self, file: TreeFile, node: Node, types: Types, name: str) -> Meaning | None:
        """What a member may mean that macros hide: they open a namespace, or break the body of a class."""
        if all(isinstance(each, Thing) and self.is_namespace(each) for each in types):
            found = self.outer.outer(file, node, name)
            return found if found is not None and found.places else None
        homes = {each.path for each in types if isinstance(each, Thing)}
        homes |= {base.path for each in types if isinstance(each, Thing) for base in self.lineage(each)}
        loose = frozenset(self.place(path, number) for path, number in self.symbols(name) if path in homes)
        return Meaning(loose, "probable") if loose and name not in _COMMON_CPP else None

    def alone(self, file: TreeFile, name: str) -> Meaning | None:
        """The one member of that name in sight of a file, with those that override it; None where there are others."""
        if name in _COMMON:
            return None
        candidates = self.symbols(name)
        if len({path for path, _ in candidates}) > 1:
            sight = self.outer.sight(file)
            candidates = [each for each in candidates if each[0] in sight]
        key = (name, frozenset(candidates))
        if key not in self._only:
            self._only[key] = None
            self._only[key] = self._only_member(candidates)
        return self._only[key]

    def derived(self, types: Types, name: str) -> Meaning | None:
        """The members of that name in what is derived from types that have none; None where they are many.

        A trait, or a base that leaves a step to others, calls on itself what only those have.
        """
        above = {(each.path, each.number) for each in types if isinstance(each, Thing)}
        candidates = self.symbols(name)
        if not above or len(candidates) > _MAX_CANDIDATES:
            return None if above else OUTSIDE
        found: set[Place] = set()
        for owner, places in self._owners_of(candidates).items():
            if any((base.path, base.number) in above for base in self.lineage(owner)):
                found |= places
        return Meaning(frozenset(found), "probable") if found else OUTSIDE

    def _only_member(self, candidates: Sequence[tuple[str, int]]) -> Meaning | None:
        if len(candidates) > _MAX_CANDIDATES:
            return None
        owners = self._owners_of(candidates)
        if not owners or len(owners) > _MAX_FAMILY:
            return None
        lineages = [{owner, *self.lineage(owner)} for owner in owners]
        is_family = any(all(owner in lineage for lineage in lineages) for owner in owners)
        return (
            Meaning(frozenset(place for places in owners.values() for place in places), "probable")
            if is_family
            else None
        )

    def _owners_of(self, candidates: Sequence[tuple[str, int]]) -> dict[Thing, set[Place]]:
        """The types that have one of some members, each with the places that define it there."""
        owners: dict[Thing, set[Place]] = {}
        for path, number in candidates:
            file = self.file(path)
            if file is None or not file.is_member(number):
                continue
            parent = file.facts.parent(number)
            scope = file.scope_text(number)
            named = self.type_named(file, scope)[:1] if scope else []
            owner = named[0] if named else Thing(path, parent, is_static=False)
            owners.setdefault(owner, set()).update(self.same_as(file, number))
        return owners
