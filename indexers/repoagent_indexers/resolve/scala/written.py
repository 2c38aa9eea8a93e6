"""The types that Scala writes, and what its classes are derived from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.scala import library, nodes
from repoagent_indexers.resolve.scala.names import ScalaNames
from repoagent_indexers.resolve.tree_file import TYPES, TreeFile
from repoagent_indexers.resolve.typed.generics import slots
from repoagent_indexers.resolve.typed.program import MAX_DEPTH
from repoagent_indexers.resolve.typed.terms import (
    FOREIGN,
    Code,
    Foreign,
    Many,
    Parameter,
    Thing,
    Type,
    Types,
    objects,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_BASES = 80
_MAX_TIMES = 3


class ScalaWritten(ScalaNames):
    """The types that Scala writes, and what its classes are derived from."""

    def _annotation(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "scala":
            return super()._annotation(file, node, depth)
        kind = node.type
        if kind in {"type_identifier", "identifier", "operator_identifier"}:
            return self._written_name(file, node, depth)
        if kind == "generic_type":
            return self._written_generic(file, node, depth)
        if kind in {"function_type", "structural_type"}:
            given = self.bindings.seen(self.given, file.path, node.start_byte)
            return (Code(file.path, node.start_byte, node.end_byte, kind, given),)
        if kind in {"stable_type_identifier", "projected_type"}:
            label = node.child_by_field_name("selector") or node.named_children[-1]
            found = self.mean(file, label)
            return (
                self._types_of(found.places, depth) if found is not None and found.places else FOREIGN if found else ()
            )
        if kind in {"lazy_parameter_type", "parenthesized_type", "annotated_type", "applied_constructor_type"}:
            inner = node.child_by_field_name("type") or (nodes.parts(node)[0] if nodes.parts(node) else None)
            return self.annotation(file, inner, depth + 1)
        if kind == "repeated_parameter_type":
            return (Many(objects(self.annotation(file, node.child_by_field_name("type"), depth + 1))),)
        if kind == "compound_type":
            inside = [child for child in nodes.parts(node) if child.type not in {"refinement", "template_body"}]
            return tuple(dict.fromkeys(t for each in inside for t in self.annotation(file, each, depth + 1)))
        if kind == "tuple_type":
            return self._tuple(tuple(objects(self.annotation(file, each, depth + 1)) for each in nodes.parts(node)))
        if kind == "singleton_type":
            return self.along(file, [each for each in nodes.parts(node) if each.type != "type"])
        if kind == "infix_type":
            operator = node.child_by_field_name("operator")
            found_types = self.annotation(file, operator, depth + 1)
            sides = [node.child_by_field_name(each) for each in ("left", "right")]
            return self._with_arguments_given(
                found_types, [self.annotation(file, each, depth + 1) for each in sides], depth
            )
        if kind == "match_type":
            return ()
        return FOREIGN if kind == "wildcard" else ()

    def _written_name(self, file: TreeFile, node: Node, depth: int) -> Types:
        name = file.text(node)
        for each in file.seen(node.start_byte, name):
            if each.number < 0 and nodes.is_type_parameter(each.node):
                slot = (file.path, each.start, each.scope_end)
                return self.bindings[self.given].get(slot, (Parameter(*slot),))
        found = self.mean(file, node)
        if found is None:
            return ()
        return self._types_of(found.places, depth) if found.places else FOREIGN

    def _types_of(self, places: Iterable[Place], depth: int) -> Types:
        """What places are as types: a class, not the object beside it; what an alias stands for."""
        found: list[Type] = []
        listed = sorted(places)
        is_type = any(self.kind_at(place) in TYPES - {"object"} for place in listed)
        for place in listed:
            where = self.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            if where is None or number is None or (is_type and where.kind(number) not in TYPES - {"object"}):
                continue
            if where.kind(number) != "type" or where.language != "scala":
                found.append(Thing(place.path, number, is_static=where.language != "scala"))
                continue
            alias = where.definition_node(number)
            value = alias.child_by_field_name("type") if alias is not None else None
            if value is None:  # an abstract type is what it is at least
                bound = (
                    next((c for c in alias.named_children if c.type == "upper_bound"), None)
                    if alias is not None
                    else None
                )
                value = bound.child_by_field_name("type") if bound is not None else None
            meant = self.annotation(where, value, depth + 2) if value is not None and depth < MAX_DEPTH else ()
            found += meant or (Thing(place.path, number, is_static=False),)
        return tuple(found)

    def _written_generic(self, file: TreeFile, node: Node, depth: int) -> Types:
        base = node.child_by_field_name("type")
        listed = node.child_by_field_name("type_arguments")
        written = nodes.parts(listed) if listed is not None else []
        if base is None:
            return ()
        name = file.text(base).rpartition(".")[2]
        found = self._expanded(file, base, written, depth) or self.annotation(file, base, depth + 1)
        if any(isinstance(each, Thing | Code) for each in found) or not found:
            return self._with_arguments_given(
                found, [self.annotation(file, each, depth + 1) for each in written], depth
            )
        if name in library.FUNCTION_TYPES:
            given = self.bindings.seen(self.given, file.path, node.start_byte)
            return (Code(file.path, node.start_byte, node.end_byte, "generic_type", given),)
        held = [objects(self.annotation(file, each, depth + 1)) for each in written]
        if not held or not any(isinstance(each, Foreign) for each in found):
            return found
        if name in library.MAPS and len(held) == 2:
            return (Many(self._tuple((held[0], held[1])), held[0] or FOREIGN),)
        if name == "Either" and len(held) == 2:
            return (Many(held[1], (), None, held[0]),)
        if name.startswith("Tuple") and len(held) > 1:
            return self._tuple(tuple(held))
        return (Many(held[-1]),)

    def _expanded(self, file: TreeFile, base: Node, written: Sequence[Node], depth: int) -> Types:
        """What an alias with type parameters stands for, given its arguments."""
        found = self.mean(file, base) if base.type in {"type_identifier", "identifier"} else None
        for place in found.places if found is not None else ():
            where = self.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            if where is None or number is None or where.kind(number) != "type" or where.language != "scala":
                continue
            alias = where.definition_node(number)
            value = alias.child_by_field_name("type") if alias is not None else None
            if alias is None or value is None or depth > MAX_DEPTH:
                continue
            row = {
                slot: self.annotation(file, each, depth + 1)
                for (slot, _), each in zip(slots(where, alias), written, strict=False)
            }
            with self.under(self.bindings.number(row)):
                return self.annotation(where, value, depth + 2)
        return ()

    def _with_arguments_given(self, types: Types, arguments: Sequence[Types], depth: int) -> Types:
        given = [objects(each) for each in arguments]
        return tuple(
            self.instantiated(each, given, depth) if isinstance(each, Thing) and not each.given else each
            for each in types
        )

    def _tuple(self, places: tuple[Types, ...]) -> Types:
        return (Many(tuple(dict.fromkeys(t for each in places for t in each)), (), places),)

    def least(self, of: Parameter, depth: int) -> Types:
        file = self.file(of.path)
        name = file.node_at(of.start) if file is not None and file.language == "scala" else None
        if file is None or name is None:
            return super().least(of, depth)
        with self.under(0):
            return objects(self.annotation(file, nodes.bound_of(name), depth + 1))

    def _header(self, file: TreeFile, number: int) -> Iterator[Node]:
        if file.language != "scala":
            yield from super()._header(file, number)
            return
        node = file.definition_node(number)
        if node is None or node.type not in nodes.CLASSES:
            return
        if (own := nodes.self_type(node)) is not None:
            yield own
        yield from nodes.heritage(node)

    def lineage(self, of: Thing) -> list[Thing]:
        if of in self._deriving:  # a type in its header is looked for among what it inherits
            self._missed += 1
            return []
        missed = self._missed
        self._deriving.add(of)
        try:
            found = super().lineage(of)
        finally:
            self._deriving.discard(of)
        if (
            self._deriving and missed != self._missed and self._derived[of] < _MAX_TIMES
        ):  # another question may find more
            self._derived[of] += 1
            self._lineages.pop(of, None)
        return found

    def _all_bases(self, of: Thing) -> list[Thing]:
        """What a class of Scala is derived from, as it is linearized: what is mixed in last comes first."""
        file = self.file(of.path)
        if file is None or file.language != "scala":
            return super()._all_bases(of)
        found: list[Thing] = []
        for base in self.bases(of):
            whole = [base, *self.lineage(base)]
            found = [each for each in whole if each not in found and each != of] + found
        return found[:_MAX_BASES]

    def _all_same(self, file: TreeFile, number: int) -> frozenset[Place]:
        """The places of a symbol of Scala, on all platforms and in all versions for which it is defined."""
        found = super()._all_same(file, number)
        if file.language != "scala":
            return found
        more: set[Place] = set()
        parent = file.facts.parent(number)
        if file.kind(number) in TYPES:
            more |= {self.place(*each) for each in self.parts(file, number)}
        elif parent >= 0 and file.kind(parent) in TYPES:
            name = file.facts.symbol_name(number)
            for path, other in self.parts(file, parent):
                where = self.file(path)
                children = where.children(other) if where is not None and path != file.path else ()
                more |= {
                    self.place(path, n) for n in children if where is not None and where.facts.symbol_name(n) == name
                }
        return found | more

    def _all_parts(self, file: TreeFile, number: int) -> list[tuple[str, int]]:
        """A class of Scala and the object beside it are two; what several platforms or versions define is one."""
        if file.language != "scala":
            return super()._all_parts(file, number)
        found = {(file.path, number)}
        if file.facts.parent(number) < 0 or file.kind(file.facts.parent(number)) == "namespace":
            name, is_object = file.facts.symbol_name(number), file.kind(number) == "object"
            for place in self.in_package(self.home_at(file, file.name_start(number)), name, None):
                where = self.file(place.path) if place.path != file.path else None
                other = where.numbers.get(place.start) if where is not None else None
                is_twin = where is not None and nodes.place_without_platform(
                    place.path
                ) == nodes.place_without_platform(file.path)
                if is_twin and where is not None and other is not None and where.kind(other) in TYPES:
                    found |= {(place.path, other)} if (where.kind(other) == "object") == is_object else set()
        return sorted(found)
