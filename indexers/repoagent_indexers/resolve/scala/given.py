"""What functions that are given to calls are given: lambdas, cases, expressions with `_`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.scala import library, nodes
from repoagent_indexers.resolve.scala.calls import ScalaCalls
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TreeFile
from repoagent_indexers.resolve.typed.terms import (
    Code,
    Many,
    Thing,
    Type,
    Types,
    elements,
)

if TYPE_CHECKING:
    from tree_sitter import Node


class ScalaGiven(ScalaCalls):
    """What functions that are given to calls are given: lambdas, cases, expressions with `_`."""

    def _of_wildcard(self, file: TreeFile, wildcard: Node, depth: int) -> Types:
        found = nodes.function_with(wildcard)
        return self.given_to(file, found[0], found[1], depth) if found is not None else ()

    def given_to(self, file: TreeFile, function: Node, place: int, depth: int) -> Types:
        """What a lambda, cases, or what has a `_` is given at a place: by the type of function expected there."""
        key = (file.path, function.start_byte, function.end_byte, f"given {place}")
        return self.remembered(key, lambda f, n, d: self._given_to_function(f, n, place, d), file, function, depth)

    def _given_to_function(self, file: TreeFile, function: Node, place: int, depth: int) -> Types:
        function = nodes.without_brackets(function)
        around = function.parent
        if around is None:
            return ()
        if around.type in nodes.VALUES | FUNCTIONS | nodes.FUNCTIONS | {"ascription_expression"}:
            written = around.child_by_field_name("type") or around.child_by_field_name("return_type")
            return self._of_functions(self.annotation(file, written, depth), place, depth)
        value, named = function, ""
        if around.type == "assignment_expression" and around.parent is not None and around.parent.type == "arguments":
            left = around.child_by_field_name("left")
            named = file.text(left) if left is not None else ""
            value, around = around, around.parent
        if around.type == "arguments" and around.parent is not None:
            at = [each.id for each in nodes.parts(around)].index(value.id)
            return self._given_by_call(file, around.parent, at, named, place, depth)
        if around.type == "call_expression" and nodes.field_of(around, value) == "arguments":
            return self._given_by_call(file, around, 0, "", place, depth)
        if around.type == "infix_expression":
            receiver, operator, given = nodes.operands(around)
            if receiver is not None and operator is not None and given is not None and given.id == value.id:
                return self._given_by_member(file, receiver, operator, place, depth)
        return ()

    def _given_by_call(self, file: TreeFile, call: Node, at: int, named: str, place: int, depth: int) -> Types:
        """What a call gives to a function that it is given."""
        if call.type == "instance_expression":
            types = tuple(t for written in nodes.heritage(call) for t in self.annotation(file, written, depth))
            return self._of_functions(self._taken_by_class(types, 0, at, named, depth), place, depth)
        callee, n = nodes.called_by(call)
        label = nodes.name_in(callee)
        called = self.called(file, callee, depth) if label is not None else self.type_of(file, callee, depth)
        lists = nodes.argument_lists(call)
        found: list[Type] = []
        for each in self._taking(called, lists):
            node = self.node_of(each) if isinstance(each, Code) else None
            if isinstance(each, Code) and node is not None and node.type in nodes.FUNCTIONS:
                plain = [[arg for arg in one if not _is_function(arg)] for one in lists]
                bound = self._bound(file, each, node, call, plain, depth)
                index = self._place_named(bound, n - 1, named) if named else at
                found += self._of_functions(self.taken_by(bound, n - 1, index, depth), place, depth)
            elif isinstance(each, Code):
                found += self._of_functions(self.taken_by(each, 0, at, depth), place, depth)
            elif isinstance(each, Thing) and each.is_static:
                found += self._of_functions(self._taken_by_class((each,), n - 1, at, named, depth), place, depth)
            elif isinstance(each, Thing):
                for code in self._callable(self.members(each, "apply")[0], depth):
                    if isinstance(code, Code):
                        found += self._of_functions(self.taken_by(code, n - 1, at, depth), place, depth)
        if called or label is None or callee.type != "field_expression":
            return tuple(dict.fromkeys(found))
        receiver = callee.child_by_field_name("value")
        many = tuple(each for each in self.type_of(file, receiver, depth) if isinstance(each, Many))
        return self._given_by_many(file, many, file.text(label), lists, place, depth)

    def _taken_by_class(self, types: Types, at: int, index: int, named: str, depth: int) -> Types:
        found: list[Type] = []
        for each in types:
            where = self.file(each.path) if isinstance(each, Thing) else None
            generic = where.definition_node(each.number) if where is not None and isinstance(each, Thing) else None
            if generic is not None and isinstance(each, Thing):
                code = Code(each.path, generic.start_byte, generic.end_byte, generic.type, self.environment(each))
                found += self.taken_by(code, at, self._place_named(code, at, named) if named else index, depth)
        return tuple(found)

    def _given_by_member(self, file: TreeFile, receiver: Node, operator: Node, place: int, depth: int) -> Types:
        types = self.bounded(self.type_of(file, receiver, depth), depth)
        found: list[Type] = []
        for each in types:
            if not isinstance(each, Thing):
                continue
            with self.under(self.bindings.joined(self.given, self.bindings[self.environment(each)])):
                for code in self._callable(self.members(each, file.text(operator))[0], depth):
                    if isinstance(code, Code):
                        found += self._of_functions(self.taken_by(code, 0, 0, depth), place, depth)
        many = tuple(each for each in types if isinstance(each, Many))
        return tuple(found) or self._given_by_many(file, many, file.text(operator), [[]], place, depth)

    def _given_by_many(
        self, file: TreeFile, many: tuple[Many, ...], name: str, lists: list[list[Node]], place: int, depth: int
    ) -> Types:
        """What a member of a collection of the library gives to its function."""
        items = tuple(dict.fromkeys(t for each in many for t in each.items))
        if name in library.FOLDING:
            start = self.type_of(file, lists[0][0], depth) if len(lists) > 1 and lists[0] else ()
            is_left = name.endswith("Left")
            return start if (place == 0) == is_left else items
        if place and any(isinstance(each, Many) and each.places for each in items):
            return elements(items, place)
        return items if not place or name in {"reduce", "reduceLeft", "sortWith"} else ()

    def _of_functions(self, types: Types, place: int, depth: int) -> Types:
        return tuple(t for each in types if isinstance(each, Code) for t in self.taken_by(each, 0, place, depth))


def _is_function(argument: Node) -> bool:
    inner = nodes.inner(argument)
    return inner.type in nodes.LAMBDAS or (
        argument.type != "wildcard" and b"_" in (argument.text or b"") and _has_wildcard(argument)
    )


def _has_wildcard(node: Node) -> bool:
    return node.type == "wildcard" or any(
        _has_wildcard(child) for child in node.named_children if child.type not in {"case_clause", "arguments"}
    )
