"""The types of Scala's expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.scala import library, nodes
from repoagent_indexers.resolve.scala.collections import ScalaCollections
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.generics import slots
from repoagent_indexers.resolve.typed.terms import (
    FOREIGN,
    Code,
    Foreign,
    Many,
    Module,
    Thing,
    Type,
    Types,
    objects,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES = frozenset({"identifier", "operator_identifier"})
_CONSTANTS = frozenset(
    "integer_literal floating_point_literal boolean_literal character_literal string null_literal unit "
    "interpolated_string_expression symbol_literal interpolated_string".split()
)


class ScalaExpressions(ScalaCollections):
    """The types of Scala's expressions."""

    def _type_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "scala":
            return super()._type_of(file, node, depth)
        kind = node.type
        if kind in _NAMES:
            return self._type_of_identifier(file, node, depth)
        if kind == "wildcard":
            return self._of_wildcard(file, node, depth)
        if kind == "interpolated_string_expression" and (label := node.child_by_field_name("interpolator")) is not None:
            found = self.mean(file, label)
            functions = self.types_as_values(found.places, depth) if found is not None else ()
            return (
                tuple(t for each in functions if isinstance(each, Code) for t in self.returned(each, depth)) or FOREIGN
            )
        if kind in _CONSTANTS:
            return FOREIGN
        if kind in {"field_expression", "stable_identifier"}:
            return self._type_of_field(file, node, depth)
        if kind in {"call_expression", "generic_function"}:
            return self._type_of_call(file, node, depth)
        if kind == "instance_expression":
            return self._made(file, node, depth)
        if kind in {"infix_expression", "postfix_expression"}:
            return self._type_of_operator(file, node, depth)
        if kind in {"parenthesized_expression", "block", "indented_block"}:
            last = nodes.last_of(node) if kind != "parenthesized_expression" else next(iter(nodes.parts(node)), None)
            return self.type_of(file, last, depth) if last is not None and last.id != node.id else ()
        if kind in {"if_expression", "match_expression", "try_expression"}:
            return self._either(file, nodes.branches(node), depth)
        if kind == "tuple_expression":
            return self._tuple(tuple(self.type_of(file, each, depth) for each in nodes.parts(node)))
        if kind == "ascription_expression":
            written = node.child_by_field_name("type")
            if written is None or written.type == "annotation":  # `value: @unchecked`
                return self.type_of(file, nodes.parts(node)[0], depth)
            return objects(self.annotation(file, written, depth))
        if kind in nodes.LAMBDAS:
            return (Code(file.path, node.start_byte, node.end_byte, kind, self.given),)
        if kind == "for_expression":
            return self._type_of_for(file, node, depth)
        if kind in {"prefix_expression", "throw_expression", "assignment_expression", "return_expression"}:
            return FOREIGN
        return ()

    def _type_of_identifier(self, file: TreeFile, node: Node, depth: int) -> Types:
        name = file.text(node)
        if name == "this":
            return tuple([*self.this_at(file, node)][:1])
        if name == "super":
            return tuple(
                base for each in [*self.this_at(file, node)][:1] if isinstance(each, Thing) for base in self.bases(each)
            )
        if name == "null":
            return ()
        found = self.mean(file, node)
        if found is None or not found.places:
            if _is_prefix(node):
                return self.first_of_path(file, node, name)
            return FOREIGN if found is not None else ()
        return self._values_seen(file, node, found.places, depth)

    def _values_seen(self, file: TreeFile, node: Node, places: Iterable[Place], depth: int) -> Types:
        """What places are as values, with what the type parameters of the classes around stand for."""
        around = next(self.types_around(file, node.start_byte), None)
        own = self.environment(around) if around is not None else 0
        with self.under(self.bindings.joined(own, self.bindings[self.given])):
            return self.types_as_values(places, depth)

    def this_at(self, file: TreeFile, node: Node) -> Iterator[Type]:
        if file.language != "scala":
            yield from super().this_at(file, node)
            return
        outer = node.parent
        at: Node | None = node
        named = outer.named_children[0] if outer is not None and outer.type == "field_expression" else None
        if named is not None and named.id != node.id:  # `Outer.this`
            for each in self.types_around(file, node.start_byte):
                if file.facts.symbol_name(each.number) == file.text(named):
                    yield each
            return
        while at is not None:
            declaration = at.parent if at.type in nodes.BODIES else None
            if declaration is not None and declaration.type == "instance_expression":
                yield from self._made(file, declaration, 1)
                return
            label = declaration.child_by_field_name("name") if declaration is not None else None
            number = file.numbers.get(label.start_byte) if label is not None else None
            if number is not None and file.kind(number) in TYPES:
                yield Thing(file.path, number, is_static=False)
            at = at.parent

    def types_as_values(self, places: Iterable[Place], depth: int) -> Types:
        found: list[Type] = []
        listed = sorted(places)
        has_value = any(self.kind_at(place) not in TYPES - {"object"} for place in listed)
        for place in listed:
            where = self.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            if where is None:
                continue
            if where.language != "scala":
                found += self.types_of_places((place,), depth)
            elif number is None:
                label = where.node_at(place.start)
                found += self.declared_type(where, label, depth) if label is not None else ()
            elif (kind := where.kind(number)) == "object":
                found.append(self.package_of(where, number) or Thing(place.path, number, is_static=False))
            elif kind in TYPES:
                found += (Thing(place.path, number, is_static=True),) if not has_value and kind == "class" else ()
            elif kind in NAMESPACES:
                continue
            elif kind in FUNCTIONS:
                found += self._type_of_function(where, number, depth)
            else:
                found += self.type_of_declared(where, number, depth)
        return tuple(found)

    def _type_of_function(self, file: TreeFile, number: int, depth: int) -> Types:
        """A function; of one without parameters what it gives."""
        node = file.definition_node(number)
        if node is None:
            return ()
        given = self.bindings.seen(self.given, file.path, node.start_byte)
        code = Code(file.path, node.start_byte, node.end_byte, node.type, given)
        return self.returned(code, depth + 1) if not nodes.parameter_lists(node) else (code,)

    def values_of_members(self, types: Types, name: str, depth: int) -> Types:
        found: list[Type] = []
        for each in self.bounded(types, depth):
            if isinstance(each, Many) and each.places is not None and name[:1] == "_" and name[1:].isdigit():
                place = int(name[1:]) - 1
                found += each.places[place] if place < len(each.places) else ()
                continue
            places, _ = self.members(each, name)
            with self.under(self.bindings.joined(self.given, self.bindings[self.environment(each)])):
                found += self.types_as_values(places, depth)
        return tuple(found)

    def _type_of_field(self, file: TreeFile, node: Node, depth: int) -> Types:
        inside = nodes.parts(node)
        if len(inside) < 2:
            return ()
        receiver, label = inside[0], inside[-1]
        name = self.spelled(file.text(label))
        if name == "this":
            return tuple([*self.this_at(file, label)][:1])
        if name == "type" or (receiver.type == "wildcard" and node.type == "stable_identifier"):
            return ()
        types = self.type_of(file, receiver, depth)
        if found := self.values_of_members(types, name, depth):
            return tuple(self._without_arguments(found, depth))
        if packages := self.step(tuple(each for each in types if _is_package(each)), name):
            return packages
        if many := tuple(each for each in types if isinstance(each, Many)):
            return self._of_many(file, many, name, [], depth)
        meaning = self.mean(file, label)
        return self.types_as_values(meaning.places, depth) if meaning is not None and meaning.places else ()

    def _type_of_call(self, file: TreeFile, call: Node, depth: int) -> Types:
        callee, n = nodes.called_by(call)
        label = nodes.name_in(callee)
        lists = nodes.argument_lists(call)
        if label is None or file.text(label) in {"this", "super"}:
            return self._applied(file, self.type_of(file, callee, depth), call, lists, 0, depth)
        written = nodes.written_arguments(call)
        if written and file.text(label) in {"asInstanceOf", "implicitly", "summon"}:
            return objects(self.annotation(file, written[0], depth))
        called = self.called(file, callee, depth)
        if called or n == 0:
            return self._applied(file, called, call, lists, 0, depth) if called else ()
        name = file.text(label)
        if callee.type == "field_expression":
            receiver = callee.child_by_field_name("value")
            types = self.type_of(file, receiver, depth)
            if many := tuple(each for each in types if isinstance(each, Many)):
                return self._of_many(file, many, name, [each for one in lists for each in one], depth)
            if receiver is not None and file.text(receiver) in library.MAKING_MANY | library.MAPS:
                written = nodes.written_arguments(call)
                return (Many(objects(self.annotation(file, written[-1], depth))),) if written else ()
            return types if name in library.SAME else ()
        return self._made_by_library(file, call, name, lists, depth)

    def _type_of_operator(self, file: TreeFile, node: Node, depth: int) -> Types:
        if node.type == "postfix_expression":
            receiver, label = nodes.parts(node)[0], nodes.parts(node)[-1]
            given: Node | None = None
        else:
            left, operator, given = nodes.operands(node)
            if left is None or operator is None:
                return ()
            receiver, label = left, operator
        name = file.text(label)
        meaning = self.mean(file, label)
        if meaning is not None and meaning.places:
            row = dict(self.bindings[self.given])
            for each in self.bounded(self.type_of(file, receiver, depth), depth):
                row |= self.bindings[self.environment(each)]
            with self.under(self.bindings.number(row)):
                called = tuple(self._callable(meaning.places, depth))
            lists = [] if given is None else [nodes.parts(given) if given.type == "tuple_expression" else [given]]
            return self._applied(file, called, node, lists, 0, depth)
        if name == "->" and given is not None:
            return self._tuple((self.type_of(file, receiver, depth), self.type_of(file, given, depth)))
        types = self.type_of(file, receiver, depth)
        if many := tuple(each for each in types if isinstance(each, Many)):
            return self._of_many(file, many, name, [given] if given is not None else [], depth)
        if name == "::" and given is not None:
            return (Many(self.type_of(file, given, depth)),)
        return FOREIGN if types and all(isinstance(each, Foreign) for each in types) else ()

    def _type_of_for(self, file: TreeFile, node: Node, depth: int) -> Types:
        body = node.child_by_field_name("body")
        if body is None or not any(child.type == "yield" for child in node.children):
            return FOREIGN
        listed = node.child_by_field_name("enumerators")
        first = next((e for e in nodes.parts(listed) if e.type == "enumerator"), None) if listed is not None else None
        over = (
            self.type_of(file, nodes.parts(first)[1], depth)
            if first is not None and len(nodes.parts(first)) > 1
            else ()
        )
        if any(isinstance(each, Many) for each in over):
            return (Many(self.type_of(file, body, depth)),)
        return tuple(self._with_results(file, over, body, depth))

    def _with_results(self, file: TreeFile, over: Types, body: Node, depth: int) -> Iterator[Type]:
        """What a loop over objects of the repository's types gives: what their `map` or `flatMap` gives of its body."""
        for each in over:
            for place in self.members(each, "map")[0] if isinstance(each, Thing) else ():
                where = self.file(place.path)
                number = where.numbers.get(place.start) if where is not None else None
                function = where.definition_node(number) if where is not None and number is not None else None
                if where is None or function is None:
                    continue
                own = slots(where, function)
                result = self.type_of(file, body, depth)
                row = {**self.bindings[self.environment(each)], **({own[-1][0]: result} if own and result else {})}
                given = self.bindings.seen(self.bindings.number(row), place.path, function.start_byte)
                yield from self.returned(
                    Code(place.path, function.start_byte, function.end_byte, function.type, given), depth + 1
                )


def _is_package(each: Type) -> bool:
    return isinstance(each, Module)


def _is_prefix(node: Node) -> bool:
    """Whether something is taken from a name."""
    around = node.parent
    return (
        around is not None
        and around.type in {"field_expression", "stable_identifier", "stable_type_identifier"}
        and around.named_children[0].id == node.id
    )
