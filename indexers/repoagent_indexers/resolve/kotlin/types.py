"""The types that Kotlin writes, and those of its expressions, variables and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.kotlin import nodes as kotlin
from repoagent_indexers.resolve.kotlin.lambdas import KotlinLambdas
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.terms import FOREIGN, Code, Foreign, Many, Thing, Type, Types, elements, objects

if TYPE_CHECKING:
    from tree_sitter import Node

_SAME = frozenset({"also", "apply", "takeIf", "takeUnless", "onEach"})
"""Functions of the library that give what they are called on."""
_GIVING = frozenset({"let", "run", "with", "use", "runCatching", "synchronized", "withLock", "buildString"})
"""Those that give what their lambda gives."""
_MAKING_MANY = frozenset(
    "listOf mutableListOf setOf mutableSetOf arrayOf arrayListOf hashSetOf linkedSetOf sequenceOf listOfNotNull flowOf "
    "emptyList emptySet emptyArray".split()
)
_CHECKING = frozenset({"requireNotNull", "checkNotNull"})
_MAPPING = frozenset({"map", "mapNotNull", "mapIndexed"})
_KEEPING = frozenset(
    "filter filterNot filterNotNull filterIndexed sorted sortedBy sortedByDescending sortedWith reversed toList toSet "
    "distinct distinctBy drop dropLast dropWhile take takeLast takeWhile plus minus asSequence asReversed "
    "toMutableList shuffled orEmpty toMutableSet toTypedArray asIterable onEach".split()
)
_TAKING = frozenset(
    "first firstOrNull last lastOrNull single singleOrNull find findLast maxBy maxByOrNull minBy minByOrNull random "
    "get getOrNull "
    "elementAt removeAt removeFirst removeLast next pop peek poll removeLastOrNull removeFirstOrNull".split()
)
_OPAQUE = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "&&", "||", "in", "!in", ".."})


class KotlinTypes(KotlinLambdas):
    """The types that Kotlin writes, and those of its expressions, variables and parameters."""

    def _annotation(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super()._annotation(file, node, depth)
        kind = node.type
        if kind == "user_type":
            return self._user_type(file, node, depth)
        if kind in {"nullable_type", "parenthesized_type", "non_nullable_type", "type_projection"}:
            inner = next((child for child in reversed(node.named_children) if child.type in kotlin.TYPES), None)
            return self.annotation(file, inner, depth + 1)
        if kind == "function_type":
            given = self.bindings.seen(self.given, file.path, node.start_byte)
            return (Code(file.path, node.start_byte, node.end_byte, kind, given),)
        return super()._annotation(file, node, depth)

    def _user_type(self, file: TreeFile, node: Node, depth: int) -> Types:
        names = [each for each in node.named_children if each.type == "identifier"]
        arguments = next((each for each in node.named_children if each.type == "type_arguments"), None)
        inside = kotlin.types_in(arguments) if arguments is not None else []
        found = self.annotation(file, names[-1], depth + 1) if names else ()
        if any(isinstance(each, Thing) for each in found):
            given = [self.annotation(file, each, depth + 1) for each in inside]
            return tuple(
                self.instantiated(each, given, depth) if given and isinstance(each, Thing) else each for each in found
            )
        if any(isinstance(each, Foreign) for each in found) and inside:
            return (Many(objects(self.annotation(file, inside[-1], depth + 1))),)
        return found

    def _header(self, file: TreeFile, number: int) -> Iterator[Node]:
        if file.language != "kotlin":
            yield from super()._header(file, number)
            return
        node = file.definition_node(number)
        if node is not None and node.type in kotlin.CLASSES:
            yield from kotlin.heritage(node)

    def _type_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super()._type_of(file, node, depth)
        kind = node.type
        if kind == "identifier" and file.text(node) == "null":
            return ()
        if kind == "super_expression":
            return self._super(file, node, depth)
        if kind in {"if_expression", "when_expression", "try_expression"}:
            return self._either(file, kotlin.branches(node), depth)
        if kind == "object_literal":
            return tuple(t for each in kotlin.heritage(node) for t in objects(self.annotation(file, each, depth)))
        if kind in {"lambda_literal", "anonymous_function"}:
            return (Code(file.path, node.start_byte, node.end_byte, kind, self.given),)
        if kind == "binary_expression":
            operator = next((child.type for child in node.children if not child.is_named), "")
            if operator == "?:":
                return self._either(file, node.named_children, depth)
            return FOREIGN if operator in _OPAQUE else self._operated(file, node, depth)
        if kind in {"is_expression", "range_expression", "in_expression"}:
            return FOREIGN
        if kind == "infix_expression":
            called = self.type_of_name(file, node.named_children[1], depth) if node.named_child_count == 3 else ()
            return self.results(file, node, called, 0, depth)
        if kind == "index_expression":
            base = self.type_of(file, node.named_children[0], depth)
            items = tuple(t for each in base if isinstance(each, Many) for t in each.items)
            return items or self.results(file, node, self.member_types(base, "get", depth), 0, depth)
        if kind == "as_expression":
            return objects(self.annotation(file, node.named_children[-1], depth))
        if kind == "callable_reference":
            return ()
        if kind == "navigation_expression" and (narrow := self.narrowed(file, node, depth)):
            return narrow
        return super()._type_of(file, node, depth)

    def _super(self, file: TreeFile, node: Node, depth: int) -> Types:
        written = next((child for child in node.named_children if child.type in kotlin.TYPES), None)
        if written is not None:  # `super<Base>`
            return objects(self.annotation(file, written, depth))
        at = node.parent
        while at is not None and at.type not in kotlin.CLASSES | {"object_literal"}:
            at = at.parent
        return (
            tuple(t for each in kotlin.heritage(at) for t in objects(self.annotation(file, each, depth)))
            if at is not None
            else ()
        )

    def _either(self, file: TreeFile, nodes: list[Node], depth: int) -> Types:
        """What one of several expressions gives, as far as that is known."""
        found = [t for each in nodes for t in self.type_of(file, each, depth)]
        ours = [each for each in found if not isinstance(each, Foreign)]
        return tuple(dict.fromkeys(ours or found))

    def _operated(self, file: TreeFile, node: Node, depth: int) -> Types:
        left = self.type_of(file, node.named_children[0], depth)
        return left if left and all(isinstance(each, Foreign | Many) for each in left) else ()

    def type_of_name(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super().type_of_name(file, node, depth)
        if narrow := self.narrowed(file, node, depth):
            return narrow
        name = file.text(node)
        if (
            name == "it"
            and not file.seen(node.start_byte, name)
            and (function := kotlin.lambda_with_it(node)) is not None
        ):
            return self._given_to(file, function, 0, depth)
        return super().type_of_name(file, node, depth)

    def narrowed(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable is where its type was asked first."""
        if file.language != "kotlin":
            return super().narrowed(file, name, depth)
        if not any(word in file.content for word in (b" is ", b"!is", b" as ")):
            return ()
        text = name.text
        for asked, kind in kotlin.asked_before(name):
            if asked.text == text:
                return objects(self.annotation(file, kind, depth))
        return ()

    def type_of_call(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super().type_of_call(file, node, depth)
        callee, given, behind = kotlin.call_of(node)
        name = callee.named_children[-1] if callee.type == "navigation_expression" else callee
        word = file.text(name)
        receiver = callee.named_children[0] if callee.type == "navigation_expression" else None
        meaning = self.mean(file, name) if name.type == "identifier" else None
        if meaning is not None and meaning.places:
            env = self.type_of(file, receiver, depth) if receiver is not None else ()
            rows = {slot: types for each in env for slot, types in self.bindings[self.environment(each)].items()}
            with self.under(self.bindings.joined(self.given, rows)):
                called = self.types_of_places(meaning.places, depth)
                return self._invoked(file, node, called, depth)
        if name.type != "identifier":
            return self.results(file, node, self.type_of(file, callee, depth), 0, depth)
        if receiver is None:
            written = next((each for each in node.named_children if each.type == "type_arguments"), None)
            if word in _MAKING_MANY and written is not None:
                return (Many(objects(self.annotation(file, kotlin.types_in(written)[-1], depth))),)
            return self._by_library(file, word, given, behind, depth)
        base = self.type_of(file, receiver, depth)
        if word in _SAME:
            return base
        if word in _GIVING and behind is not None:
            return self._last(file, behind, depth)
        many = tuple(each for each in base if isinstance(each, Many))
        if many and word in _KEEPING:
            return many
        if many and word in _TAKING:
            return tuple(t for each in many for t in each.items)
        if many and word in _MAPPING and behind is not None:
            return (Many(self._last(file, behind, depth)),)
        return ()

    def _invoked(self, file: TreeFile, call: Node, called: Types, depth: int) -> Types:
        """What calling gives: of an object that can be called, what its `invoke` gives."""
        found: list[Type] = []
        for each in called:
            if isinstance(each, Thing) and not each.is_static:
                each_called = self.member_types((each,), "invoke", depth)
                found += self.results(file, call, each_called, 0, depth)
            else:
                found += self.results(file, call, (each,), 0, depth)
        return tuple(found)

    def _by_library(self, file: TreeFile, name: str, given: list[Node], behind: Node | None, depth: int) -> Types:
        values = [value for each in given if (value := kotlin.value_in(each)) is not None]
        if name in _MAKING_MANY:
            return (Many(self._either(file, values, depth)),)
        if name in _CHECKING and values:
            return self.type_of(file, values[0], depth)
        if name in _GIVING and behind is not None:
            return self._last(file, behind, depth)
        return ()

    def _last(self, file: TreeFile, function: Node, depth: int) -> Types:
        last = kotlin.last_of(function)
        return self.type_of(file, last, depth) if last is not None else ()

    def _returned(self, code: Code, depth: int, place: int) -> Types:
        file = self.file(code.path)
        if file is None or file.language != "kotlin":
            return super()._returned(code, depth, place)
        node = file.root.descendant_for_byte_range(code.start, code.end)
        if node is None:
            return ()
        if node.type == "lambda_literal":
            return self._last(file, node, depth)
        if (written := kotlin.result_of(node)) is not None:
            return objects(self.annotation(file, written, depth + 1))
        body = next((child for child in node.named_children if child.type == "function_body"), None)
        if body is None or not body.named_children or body.named_children[-1].type == "block":
            return ()
        return self.type_of(file, body.named_children[-1], depth + 1)

    def _declared(self, file: TreeFile, name: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super()._declared(file, name, depth)
        binder = name.parent
        if binder is None:
            return ()
        if (written := kotlin.written_type(name)) is not None:
            found = objects(self.annotation(file, written, depth))
            before = binder.prev_named_sibling
            is_open = before is not None and before.type == "parameter_modifiers" and b"vararg" in (before.text or b"")
            return (Many(found),) if is_open else found
        around = binder.parent
        if binder.type == "parameter" or around is None:
            return ()
        if around.type == "multi_variable_declaration":
            return self._taken_apart(file, binder, around, depth)
        return self._given_by_binder(file, binder, around, depth)

    def _given_by_binder(self, file: TreeFile, binder: Node, around: Node, depth: int) -> Types:
        """What stands for a variable, or for a pattern of several, without a type."""
        if around.type == "lambda_parameters" and around.parent is not None:
            place = next(n for n, each in enumerate(kotlin.parts(around)) if each.id == binder.id)
            return self._given_to(file, around.parent, place, depth)
        if around.type == "for_statement":
            over = kotlin.parts(around)
            value = over[over.index(binder) + 1]
            return self.items(self.type_of(file, value, depth), depth)
        if around.type == "when_subject":
            return self.type_of(file, around.named_children[-1], depth)
        if around.type != "property_declaration":
            return ()
        if (value_node := kotlin.value_of(around)) is not None:
            return self.type_of(file, value_node, depth)
        for child in around.named_children:
            if child.type == "property_delegate":
                made = child.named_children[-1]
                callee, _, behind = kotlin.call_of(made)
                return self._last(file, behind, depth) if behind is not None and file.text(callee) == "lazy" else ()
            if child.type == "getter":
                return self.returned(Code(file.path, child.start_byte, child.end_byte, child.type), depth)
        return ()

    def _taken_apart(self, file: TreeFile, binder: Node, pattern: Node, depth: int) -> Types:
        """What a part of `val (a, b) = value` is: a property of the class of data that is taken apart."""
        if pattern.parent is None:
            return ()
        place = next(n for n, each in enumerate(pattern.named_children) if each.id == binder.id)
        found: list[Type] = []
        for each in self._given_by_binder(file, pattern, pattern.parent, depth):
            where = self.file(each.path) if isinstance(each, Thing) else None
            node = where.definition_node(each.number) if where is not None and isinstance(each, Thing) else None
            names = kotlin.parameters_of(node) if node is not None else []
            if where is not None and place < len(names):
                with self.under(self.environment(each)):
                    found += self.declared_type(where, names[place], depth)
            elif isinstance(each, Many):
                found += elements((each,), place)
        return tuple(found)
