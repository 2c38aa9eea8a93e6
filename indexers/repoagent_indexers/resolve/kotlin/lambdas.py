"""What lambdas of Kotlin are given, what `this` is in them, and whose members are seen at a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.kotlin import nodes as kotlin
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TreeFile
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import Code, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node

_AS_IT = frozenset({"let", "also", "takeIf", "takeUnless", "use"})
_AS_THIS = frozenset({"apply", "run"})
_CLASSES = frozenset("class interface enum object annotation".split())
_BODIES = frozenset({"function_body", "block"})


class KotlinLambdas(TypedResolver):
    """What lambdas are given, what `this` is in them, and whose members are seen at a place."""

    def types_around(self, file: TreeFile, start: int) -> Iterator[Thing]:
        if file.language != "kotlin":
            yield from super().types_around(file, start)
            return
        outer = [(file.span(number)[0], number) for number in file.around(start) if file.kind(number) not in FUNCTIONS]
        node = file.node_at(start)
        at = node.parent if node is not None else None
        while at is not None:
            types: Types = ()
            if at.type == "lambda_literal":
                types = self._receiver_in(file, at, 1)
            elif at.type in {"function_declaration", "property_declaration"}:
                types = objects(self.annotation(file, kotlin.receiver_of(at), 1))
            elif at.type == "object_literal":
                types = tuple(t for each in kotlin.heritage(at) for t in objects(self.annotation(file, each, 1)))
            if types:
                while outer and outer[0][0] > at.start_byte:
                    yield from self._around(file, outer.pop(0)[1])
                yield from (each for each in types if isinstance(each, Thing))
            at = at.parent
        for _, number in outer:
            yield from self._around(file, number)

    def _around(self, file: TreeFile, number: int) -> Iterator[Thing]:
        if self.kind_of(each := Thing(file.path, number, is_static=False)) in _CLASSES:
            yield each

    def this_at(self, file: TreeFile, node: Node) -> Iterator[Type]:
        if file.language != "kotlin":
            yield from super().this_at(file, node)
            return
        label = node.named_children[0] if node.type == "this_expression" and node.named_children else None
        for each in self.types_around(file, node.start_byte):
            where = self.file(each.path)
            if label is None or (where is not None and where.facts.symbol_name(each.number) == file.text(label)):
                yield each
                return

    def _function_type(self, file: TreeFile, function: Node, depth: int) -> Types:
        """The type of function that is expected where a lambda stands."""
        around = function.parent
        if around is None:
            return ()
        if around.type == "property_declaration":
            label = next((child for child in around.named_children if child.type == "variable_declaration"), None)
            return (
                self.annotation(file, kotlin.written_type(label.named_children[0]), depth) if label is not None else ()
            )
        before = function.prev_named_sibling
        if around.type in {"function_value_parameters", "class_parameter"} and before is not None:  # what it is else
            default = kotlin.written_type(before.named_children[0]) if before.type == "parameter" else before
            return self.annotation(file, default, depth)
        call, place, label_text = kotlin.call_around(function)
        if call is None:
            return ()
        found: list[Type] = []
        called = self._called(file, call, depth)
        for each in called:
            where = self.file(each.path) if isinstance(each, Code | Thing) else None
            if where is None or not isinstance(each, Code | Thing):
                continue
            node = self.node_of(each) if isinstance(each, Code) else where.definition_node(each.number)
            if isinstance(each, Thing) and self.kind_of(each) == "interface":
                found.append(each)  # `Handler { context -> ... }`
                continue
            given = _parameters(where, node) if node is not None else []
            named = [kind for name, kind in given if label_text and name == label_text]
            chosen = named[0] if named else (given[place][1] if -len(given) <= place < len(given) else None)
            found += self.annotation(where, chosen, depth + 1)
        return tuple(found)

    def _only_method(self, of: Thing) -> Code | None:
        """The method of an interface that a lambda may stand for."""
        for each in [of, *self.lineage(of)]:
            where = self.file(each.path)
            methods = (
                [n for n in where.children(each.number) if where.kind(n) in FUNCTIONS] if where is not None else []
            )
            nodes = [node for n in methods if where is not None and (node := where.definition_node(n)) is not None]
            bare = [node for node in nodes if not any(child.type in _BODIES for child in node.named_children)]
            if len(bare) == 1:
                return Code(each.path, bare[0].start_byte, bare[0].end_byte, bare[0].type, self.environment(of))
        return None

    def _called(self, file: TreeFile, call: Node, depth: int) -> Types:
        if call.type == "constructor_invocation":
            return self.annotation(file, call.named_children[0], depth)
        return self.type_of(file, kotlin.call_of(call)[0], depth)

    def _given_to(self, file: TreeFile, function: Node, place: int, depth: int) -> Types:
        """What a lambda is given at a place."""
        for each in self._function_type(file, function, depth):
            where = self.file(each.path) if isinstance(each, Code) else None
            node = self.node_of(each) if isinstance(each, Code) else None
            if where is not None and isinstance(each, Code) and node is not None and node.type == "function_type":
                given = kotlin.parameters_of(node)
                with self.under(each.given):
                    return objects(self.annotation(where, given[place], depth)) if place < len(given) else ()
            method = self._only_method(each) if isinstance(each, Thing) else None
            where = self.file(method.path) if method is not None else None
            if method is not None and where is not None and (node := self.node_of(method)) is not None:
                asked = _parameters(where, node)
                with self.under(method.given):
                    return objects(self.annotation(where, asked[place][1], depth)) if place < len(asked) else ()
        call, _, _ = kotlin.call_around(function)
        callee = kotlin.call_of(call)[0] if call is not None and call.type == "call_expression" else None
        if callee is None or callee.type != "navigation_expression":
            return ()
        name, base = file.text(callee.named_children[-1]), self.type_of(file, callee.named_children[0], depth)
        if name in _AS_IT:
            return base if place == 0 else ()
        items = self.items(base, depth)
        is_second = name.endswith("Indexed") or name in {"fold", "foldRight", "reduce", "runningFold"}
        return items if place == int(is_second) else ()

    def _receiver_in(self, file: TreeFile, function: Node, depth: int) -> Types:
        """What `this` is in a lambda that has one of its own."""
        if b"." not in file.content[function.start_byte : function.end_byte] and depth > 30:
            return ()
        key = (file.path, function.start_byte, function.end_byte, "receiver")
        return self.remembered(key, self._find_receiver, file, function, depth)

    def _find_receiver(self, file: TreeFile, function: Node, depth: int) -> Types:
        for each in self._function_type(file, function, depth):
            where = self.file(each.path) if isinstance(each, Code) else None
            node = self.node_of(each) if isinstance(each, Code) else None
            if where is None or not isinstance(each, Code) or node is None or node.type != "function_type":
                continue
            if (receiver := kotlin.receiver_of(node)) is not None:
                with self.under(each.given):
                    return objects(self.annotation(where, receiver, depth))
            return ()
        call, _, _ = kotlin.call_around(function)
        if call is None or call.type != "call_expression":
            return ()
        callee, given, _ = kotlin.call_of(call)
        if callee.type == "navigation_expression" and file.text(callee.named_children[-1]) in _AS_THIS:
            return self.type_of(file, callee.named_children[0], depth)
        if file.text(callee) == "with" and given and (value := kotlin.value_in(given[0])) is not None:
            return self.type_of(file, value, depth)
        return ()


def _parameters(file: TreeFile, function: Node) -> list[tuple[str, Node | None]]:
    """The names of a function's parameters, of Kotlin or Java, each with the type that is written for it."""
    if file.language == "kotlin":
        names = kotlin.parameters_of(function)
        return [(file.text(each), each if each.type in kotlin.TYPES else kotlin.written_type(each)) for each in names]
    listed = function.child_by_field_name("parameters")
    found = []
    for each in listed.named_children if listed is not None else ():
        name = each.child_by_field_name("name")
        found.append((file.text(name) if name is not None else "", each.child_by_field_name("type")))
    return found
