"""What elements of JSX and their attributes mean."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import Thing

if TYPE_CHECKING:
    from tree_sitter import Node

TAGS = frozenset({"jsx_opening_element", "jsx_closing_element", "jsx_self_closing_element"})


class Jsx:
    """Elements and attributes, by the types that components and `JSX.IntrinsicElements` have."""

    def __init__(self, resolver: TypedResolver) -> None:
        self._resolver = resolver

    def element(self, name: str) -> Meaning:
        """What an element of JSX means that is no component: a member of `JSX.IntrinsicElements`."""
        found = {place for each in self._elements for place in self._resolver.members(each, name)[0]}
        return Meaning(frozenset(found), "resolved" if len(self._elements) < 2 else "probable")

    @cached_property
    def _elements(self) -> list[Thing]:
        return [
            Thing(path, number, is_static=False)
            for path, number in self._resolver.symbols("IntrinsicElements")
            if (file := self._resolver.file(path)) is not None and file.facts.parent(number) >= 0
        ]

    def attribute(self, file: TreeFile, attribute: Node, name: str) -> Meaning:
        """What an attribute of JSX means: a member of what its component is given."""
        tag = attribute.parent.child_by_field_name("name") if attribute.parent is not None else None
        if tag is None:
            return OUTSIDE
        resolver = self._resolver
        if tag.type == "identifier" and file.text(tag)[:1].islower():
            given = tuple(t for each in self._elements for t in resolver.member_types((each,), file.text(tag), 1))
        else:
            component = resolver.bounded(resolver.type_of(file, tag, 1))
            given = tuple(t for each in resolver.signatures(component)[:1] for t in resolver.parameter_at(each, 0, 2))
        found, _ = resolver.members_of(given, name)
        return Meaning(frozenset(found), "resolved")
