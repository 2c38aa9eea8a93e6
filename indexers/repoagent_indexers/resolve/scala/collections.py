"""What collections of Scala's library give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.scala import library, nodes
from repoagent_indexers.resolve.scala.patterns import ScalaPatterns
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.terms import (
    FOREIGN,
    Code,
    Many,
    Thing,
    Types,
    elements,
    objects,
)

if TYPE_CHECKING:
    from tree_sitter import Node


class ScalaCollections(ScalaPatterns):
    """What collections of Scala's library give."""

    def _made_by_library(self, file: TreeFile, call: Node, name: str, lists: list[list[Node]], depth: int) -> Types:
        given = [each for one in lists for each in one]
        if name in library.MAKING_MANY | library.MAPS:
            if written := nodes.written_arguments(call):
                held = [objects(self.annotation(file, each, depth)) for each in written]
                return (
                    (Many(self._tuple((held[0], held[1])), held[0] or FOREIGN),)
                    if len(held) == 2
                    else (Many(held[-1]),)
                )
            items = self._either(file, given, depth)
            return (Many(items, elements(items, 0) or FOREIGN),) if name in library.MAPS else (Many(items),)
        if name in {"locally", "identity", "require"} and given:
            return self.type_of(file, given[0], depth)
        return ()

    def _of_many(self, file: TreeFile, many: tuple[Many, ...], name: str, given: list[Node], depth: int) -> Types:
        """What a member of a collection of the library gives."""
        first = many[0]
        if first.keys and name in {
            "get",
            "apply",
            "getOrElse",
            "values",
            "keys",
            "getOrElseUpdate",
            "remove",
            "keySet",
            "valuesIterator",
        }:
            held = tuple(t for each in many for t in elements(each.items, 0 if name.startswith("key") else 1))
            return held if name in {"apply", "getOrElse", "getOrElseUpdate"} else (Many(held),)
        items = tuple(dict.fromkeys(t for each in many for t in each.items))
        if name in library.KEEPING:
            return many
        if name in library.TAKING:
            return items
        if name in library.GIVING_NOTHING:
            return FOREIGN
        if name in library.NESTING:
            return (Many(many),)
        if name in library.PARTING:
            return self._tuple((many, many))
        if name in library.NUMBERING:
            return (Many(self._tuple((items, FOREIGN))),)
        if name == "flatten":
            return tuple(each for each in items if isinstance(each, Many)) or many
        if not given:
            return ()
        if name in library.MAPPING:
            return (Many(self._results(file, given[0], depth)),)
        if name in library.FLATTENING:
            return self._results(file, given[0], depth)
        if name in library.FOLDING:
            return self.type_of(file, given[0], depth)
        if name in library.PAIRING:
            other = tuple(
                t for each in self.type_of(file, given[0], depth) if isinstance(each, Many) for t in each.items
            )
            return (Many(self._tuple((items, other))),)
        if name in library.GROUPING:
            keys = self._results(file, given[0], depth)
            return (Many(self._tuple((keys, many)), keys or FOREIGN),)
        if name == "fold" and len(given) > 1:
            return self._results(file, given[-1], depth)
        return ()

    def _results(self, file: TreeFile, function: Node, depth: int) -> Types:
        """What a function that is given to a member gives."""
        if function.type in nodes.LAMBDAS | {"block", "parenthesized_expression", "indented_block"}:
            return self._either(file, list(nodes.results_of(nodes.inner(function))), depth)
        types = self.type_of(file, function, depth)
        codes = tuple(t for each in types if isinstance(each, Code) for t in self.result_of(each, depth))
        if codes:
            return codes
        static = tuple(replace(t, is_static=False) for t in types if isinstance(t, Thing) and t.is_static)
        return static or types
