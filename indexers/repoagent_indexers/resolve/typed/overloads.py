"""Which of several methods of a name a call means in Java and C#: those that take as many arguments as it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Meaning, Place
from repoagent_indexers.resolve.tree_file import TreeFile, field_of
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.terms import Thing

if TYPE_CHECKING:
    from tree_sitter import Node

_CALLEES = frozenset(
    "generic_name member_access_expression member_binding_expression conditional_access_expression".split()
)
_PARAMETERS = frozenset({"parameter", "formal_parameter", "spread_parameter"})
_OPEN = re.compile(r"[(,]\s*(?:\[[^\]]*\]\s*)?params\b|\.\.\.")
_EXTENSION = re.compile(r"\(\s*(?:\[[^\]]*\]\s*)*this\b")


class Overloads(Analysis):
    """Which of several methods of a name a call means."""

    def fitting(self, file: TreeFile, node: Node, found: Meaning) -> Meaning:
        """Of several methods those that take what is given, here or in what the type is derived from."""
        given = arguments_of(node)
        if given is None or not found.places or found.certainty != "resolved":
            return found
        if any(self.kind_at(place) != "method" for place in found.places):
            return found
        name = file.text(node)
        if taking := self.taking(found.places, given):
            return Meaning(frozenset(taking), found.certainty)
        owners = {Thing(p.path, f.facts.parent(f.numbers[p.start]), is_static=False)
                  for p in found.places if (f := self.file(p.path)) is not None}  # fmt: skip
        for owner in sorted(owners, key=lambda each: (each.path, each.number)):
            for base in self.lineage(owner):
                if taking := self.taking(self.own_members(base, name), given):
                    return Meaning(frozenset(taking), found.certainty)
            if taking := self.taking(self.beyond(file, owner, name), given):
                return Meaning(frozenset(taking), found.certainty)
        return found

    def beyond(self, file: TreeFile, owner: Thing, name: str) -> set[Place]:
        """The methods of a name that can be called on a type and are no members of it."""
        del file, owner, name
        return set()

    def taking(self, places: Iterable[Place], given: int) -> set[Place]:
        """The methods among these that can be given so many arguments."""
        return {place for place in places if _takes(self._parameters(place), given)}

    def _parameters(self, place: Place) -> Node | None:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        node = file.definition_node(number) if file is not None and number is not None else None
        return node.child_by_field_name("parameters") if node is not None else None


def arguments_of(node: Node) -> int | None:
    """How many arguments a method is given whose name this is; None where nothing is called."""
    child, at = node, node.parent
    while at is not None and at.type in _CALLEES:
        if at.named_children[-1].id != child.id and at.type != "generic_name":
            return None
        child, at = at, at.parent
    field = {"invocation_expression": "function", "method_invocation": "name"}.get(at.type) if at is not None else None
    if at is None or field is None or field_of(at, child) != field:
        return None
    listed = at.child_by_field_name("arguments")
    return sum("comment" not in each.type for each in listed.named_children) if listed is not None else None


def _takes(parameters: Node | None, given: int) -> bool:
    """Whether a method with these parameters can be given so many arguments."""
    if parameters is None:
        return True
    text = (parameters.text or b"").decode("utf-8", "replace")
    named = [each for each in parameters.named_children if each.type in _PARAMETERS]
    is_open = _OPEN.search(text) is not None
    most = len(named) + (99 if is_open else 0)
    least = sum(not any(child.type == "=" for child in each.children) for each in named)
    least -= _EXTENSION.match(text) is not None or any(each.type == "spread_parameter" for each in named)
    return least <= given <= most
