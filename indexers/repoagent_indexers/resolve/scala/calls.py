"""What calls of Scala mean and give: which of several functions, and what their type parameters stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.scala import nodes
from repoagent_indexers.resolve.scala.written import ScalaWritten
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TreeFile
from repoagent_indexers.resolve.typed.bindings import Slot
from repoagent_indexers.resolve.typed.generics import slots
from repoagent_indexers.resolve.typed.program import MAX_DEPTH
from repoagent_indexers.resolve.typed.terms import (
    Code,
    Many,
    Parameter,
    Thing,
    Type,
    Types,
    elements,
    objects,
)

if TYPE_CHECKING:
    from tree_sitter import Node


class ScalaCalls(ScalaWritten):
    """What calls of Scala mean and give: which of several functions, and what their type parameters stand for."""

    def called(self, file: TreeFile, callee: Node, depth: int) -> Types:
        """What is called by a name: functions as themselves, also where a value would be what they give."""
        label = nodes.name_in(callee)
        if label is None:
            return self.type_of(file, callee, depth)
        meaning = self.mean(file, label)
        if meaning is None or not meaning.places:
            return ()
        row = dict(self.bindings[self.given])
        if callee.type == "field_expression":
            for each in self.bounded(self.type_of(file, callee.child_by_field_name("value"), depth), depth):
                row |= self.bindings[self.environment(each)]
        elif (around := next(self.types_around(file, callee.start_byte), None)) is not None:
            row = {**self.bindings[self.environment(around)], **row}
        with self.under(self.bindings.number(row)):
            return tuple(self._callable(meaning.places, depth))

    def _callable(self, places: Iterable[Place], depth: int) -> Iterator[Type]:
        rest = set(places)
        for place in sorted(places):
            where = self.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            node = where.definition_node(number) if where is not None and number is not None else None
            if (
                where is not None
                and number is not None
                and node is not None
                and where.kind(number) in FUNCTIONS
                and where.language == "scala"
            ):
                rest.discard(place)
                given = self.bindings.seen(self.given, place.path, node.start_byte)
                yield Code(place.path, node.start_byte, node.end_byte, node.type, given)
        if any(self.kind_at(place) == "object" for place in rest):  # of a class with an object, both
            for place in sorted(rest):
                if self.kind_at(place) == "class" and (where := self.file(place.path)) is not None:
                    yield Thing(place.path, where.numbers[place.start], is_static=True)
        yield from self.types_as_values(rest, depth)

    def _applied(
        self, file: TreeFile, called: Types, call: Node, lists: list[list[Node]], at: int, depth: int
    ) -> Types:
        """What calls of something give, from some list of arguments on."""
        found: list[Type] = []
        if depth > MAX_DEPTH:
            return ()
        for each in self._taking(called, lists[at:]):
            node = self.node_of(each) if isinstance(each, Code) else None
            if isinstance(each, Code) and node is not None and node.type in nodes.FUNCTIONS:
                n = len(nodes.parameter_lists(node))
                if n and at >= len(lists):
                    found.append(each)
                    continue
                bound = self._bound(file, each, node, call, lists[at : at + n], depth)
                result = self.returned(bound, depth + 1)
                found += self._applied(file, result, call, lists, at + n, depth + 1) if at + n < len(lists) else result
            elif at >= len(lists) and (call.type != "generic_function" or not isinstance(each, Thing) or at):
                found.append(each)
            elif isinstance(each, Code):
                result = self.result_of(each, depth)
                found += self._applied(file, result, call, lists, at + 1, depth + 1)
            elif isinstance(each, Thing) and each.is_static:
                made = self._made_with(file, each, call, lists[at:], depth)
                found.append(made)
            elif isinstance(each, Thing):
                with self.under(self.bindings.joined(self.given, self.bindings[self.environment(each)])):
                    applied = tuple(self._callable(self.members(each, "apply")[0], depth))
                found += self._applied(file, applied, call, lists, at, depth + 1)
            elif isinstance(each, Many):
                held = elements(each.items, 1) if each.keys else each.items
                found += self._applied(file, held, call, lists, at + 1, depth + 1)
        return tuple(dict.fromkeys(found))

    def _taking(self, called: Types, lists: Sequence[Sequence[Node]]) -> Types:
        """Those of several functions that take so many arguments; a class where its object has no `apply`."""
        if any(isinstance(each, Thing) and not each.is_static and self.members(each, "apply")[0] for each in called):
            called = tuple(each for each in called if not (isinstance(each, Thing) and each.is_static))
        elif any(isinstance(each, Thing) and each.is_static for each in called):
            called = tuple(each for each in called if not (isinstance(each, Thing) and not each.is_static))
        if len(called) < 2 or not lists:
            return called
        fitting = tuple(each for each in called if self._accepts(each, len(lists[0])))
        return fitting or called

    def _accepts(self, called: Type, n: int) -> bool:
        node = self.node_of(called) if isinstance(called, Code) else None
        if node is None or node.type not in nodes.FUNCTIONS:
            return True
        listed = nodes.parameter_lists(node)
        if not listed:
            return True
        most = len(listed[0])
        least = sum(each.child_by_field_name("default_value") is None for each in listed[0])
        is_open = any(
            (kind := each.child_by_field_name("type")) is not None and kind.type == "repeated_parameter_type"
            for each in listed[0]
        )
        return (least - is_open) <= n and (n <= most or is_open)

    def _bound(
        self, file: TreeFile, code: Code, function: Node, call: Node, lists: Sequence[Sequence[Node]], depth: int
    ) -> Code:
        """A function with what a call says of its type parameters."""
        where = self.file(code.path)
        own = slots(where, function) if where is not None else []
        if where is None or not own:
            return code
        written = nodes.written_arguments(call)
        if written:
            row = {
                slot: objects(self.annotation(file, each, depth + 1))
                for (slot, _), each in zip(own, written, strict=False)
            }
            return replace(code, given=self.bindings.joined(code.given, row))
        wanted: dict[Slot, dict[Type, None]] = {slot: {} for slot, _ in own}
        for parameters, arguments in zip(nodes.parameter_lists(function), lists, strict=False):
            self._infer_all(file, where, parameters, arguments, wanted, depth)
        row = {slot: tuple(types) for slot, types in wanted.items() if types}
        return replace(code, given=self.bindings.joined(code.given, row))

    def _infer_all(
        self,
        file: TreeFile,
        where: TreeFile,
        parameters: Sequence[Node],
        arguments: Sequence[Node],
        wanted: dict[Slot, dict[Type, None]],
        depth: int,
    ) -> None:
        for n, argument in enumerate(arguments):
            parameter = parameters[min(n, len(parameters) - 1)] if parameters else None
            value = argument
            if argument.type == "assignment_expression":
                left, right = (argument.child_by_field_name(each) for each in ("left", "right"))
                named = [
                    each
                    for each in parameters
                    if left is not None
                    and (label := each.child_by_field_name("name")) is not None
                    and label.text == left.text
                ]
                parameter, value = (named[0], right or argument) if named else (parameter, value)
            written = parameter.child_by_field_name("type") if parameter is not None else None
            if written is not None:
                self._lay(file, where, written, value, wanted, depth + 1)

    def _lay(
        self,
        file: TreeFile,
        where: TreeFile,
        written: Node,
        value: Node,
        wanted: dict[Slot, dict[Type, None]],
        depth: int,
    ) -> None:
        """Notes what an argument says of the type parameters in what is written of a parameter."""
        inner = written.child_by_field_name("type")
        if written.type in {"lazy_parameter_type", "repeated_parameter_type"} and inner is not None:
            written = inner
        if not any(slot[0] == where.path and where.content[slot[1] : slot[1] + 1] for slot in wanted):
            return
        if written.type == "function_type":
            result = written.child_by_field_name("return_type")
            if result is not None and self._names_slot(where, result, wanted):
                types = tuple(t for last in nodes.results_of(value) for t in self.type_of(file, last, depth))
                if value.type not in nodes.LAMBDAS | {"block", "parenthesized_expression", "field_expression"}:
                    types = tuple(
                        t
                        for each in self.type_of(file, value, depth)
                        if isinstance(each, Code)
                        for t in self.result_of(each, depth)
                    )
                self._note(where, result, types, wanted, depth)
            return
        if self._names_slot(where, written, wanted):
            self._note(where, written, self.type_of(file, value, depth), wanted, depth)

    def _names_slot(self, where: TreeFile, written: Node, wanted: dict[Slot, dict[Type, None]]) -> bool:
        text = where.text(written)
        return any(
            where.content[slot[1] :].startswith(name.encode())
            for slot in wanted
            for name in _words(text)
            if slot[0] == where.path
        )

    def _note(
        self, where: TreeFile, written: Node, given: Types, wanted: dict[Slot, dict[Type, None]], depth: int
    ) -> None:
        if written.type in {"type_identifier", "identifier"}:
            for declared in where.seen(written.start_byte, where.text(written)):
                slot = (where.path, declared.start, declared.scope_end)
                if slot in wanted:
                    wanted[slot] |= dict.fromkeys(t for t in given if not isinstance(t, Parameter))
            return
        if written.type == "tuple_type":
            for n, inner in enumerate(nodes.parts(written)):
                self._note(where, inner, elements(given, n), wanted, depth + 1)
            return
        listed = written.child_by_field_name("type_arguments") if written.type == "generic_type" else None
        inside = nodes.parts(listed) if listed is not None else []
        for each in given if inside else ():
            if isinstance(each, Many):
                self._note(where, inside[-1], each.items, wanted, depth + 1)
            elif isinstance(each, Thing):
                row = self.bindings[self.environment(each)]
                for base in self.annotation(where, written.child_by_field_name("type"), depth + 1):
                    at = self.file(base.path) if isinstance(base, Thing) else None
                    generic = at.definition_node(base.number) if at is not None and isinstance(base, Thing) else None
                    for (slot, _), inner in zip(slots(at, generic) if at is not None else (), inside, strict=False):
                        self._note(where, inner, row.get(slot, ()), wanted, depth + 1)

    def _made(self, file: TreeFile, new: Node, depth: int) -> Types:
        found = []
        for written in nodes.heritage(new):
            for each in objects(self.annotation(file, written, depth)):
                listed = next((child for child in new.named_children if child.type == "arguments"), None)
                is_bare = isinstance(each, Thing) and not each.given and listed is not None
                found.append(
                    self._made_with(file, each, new, [nodes.parts(listed)], depth)
                    if is_bare and isinstance(each, Thing) and listed is not None
                    else each
                )
        return tuple(found)

    def _made_with(self, file: TreeFile, made: Thing, call: Node, lists: Sequence[Sequence[Node]], depth: int) -> Thing:
        """An object of a class, with what its type parameters stand for by what it is given."""
        made = replace(made, is_static=False)
        where = self.file(made.path)
        generic = where.definition_node(made.number) if where is not None else None
        own = slots(where, generic) if where is not None and generic is not None else []
        if where is None or generic is None or not own:
            return made
        written = nodes.written_arguments(call)
        if written:
            return self.instantiated(made, [objects(self.annotation(file, each, depth + 1)) for each in written], depth)
        wanted: dict[Slot, dict[Type, None]] = {slot: {} for slot, _ in own}
        for parameters, arguments in zip(nodes.parameter_lists(generic), lists, strict=False):
            self._infer_all(file, where, parameters, arguments, wanted, depth)
        row = {slot: tuple(types) for slot, types in wanted.items() if types}
        return replace(made, given=self.bindings.number(row)) if row else made

    def _returned(self, code: Code, depth: int, place: int) -> Types:
        file = self.file(code.path)
        if file is None or file.language != "scala":
            return super()._returned(code, depth, place)
        node = self.node_of(code)
        if node is None or depth > MAX_DEPTH:
            return ()
        if node.type in nodes.LAMBDAS:
            return self._either(file, nodes.results_of(node), depth)
        if node.type == "generic_type":
            listed = node.child_by_field_name("type_arguments")
            return objects(self.annotation(file, nodes.parts(listed)[-1], depth + 1)) if listed is not None else ()
        if (written := node.child_by_field_name("return_type")) is not None:
            return objects(self.annotation(file, written, depth + 1))
        body = node.child_by_field_name("body")
        return self.type_of(file, body, depth + 1) if body is not None and node.type in nodes.FUNCTIONS else ()

    def node_of(self, code: Code) -> Node | None:
        file = self.file(code.path)
        if file is None or file.language != "scala":
            return super().node_of(code)
        at = file.root.descendant_for_byte_range(code.start, code.end)
        while at is not None and at.type != code.kind and at.parent is not None and at.parent.end_byte == code.end:
            at = at.parent
        return at

    def taken_by(self, code: Code, at: int, place: int, depth: int) -> Types:
        """What a function is given at a place of one of its lists of parameters."""
        file, node = self.file(code.path), self.node_of(code)
        if file is None or node is None:
            return ()
        with self.under(code.given):
            if node.type == "function_type":
                listed = node.child_by_field_name("parameter_types")
                inside = nodes.parts(listed) if listed is not None else []
                return objects(self.annotation(file, inside[place], depth + 1)) if place < len(inside) else ()
            if node.type == "generic_type":
                listed = node.child_by_field_name("type_arguments")
                inside = nodes.parts(listed)[:-1] if listed is not None else []
                return objects(self.annotation(file, inside[place], depth + 1)) if place < len(inside) else ()
            lists = nodes.parameter_lists(node)
            if at < len(lists) and lists[at]:
                parameter = lists[at][min(place, len(lists[at]) - 1)]
                label = parameter.child_by_field_name("name")
                written = parameter.child_by_field_name("type")
                if written is not None and written.type in {"repeated_parameter_type", "lazy_parameter_type"}:
                    written = written.child_by_field_name("type")
                return objects(self.annotation(file, written, depth + 1)) if label is not None else ()
        return ()

    def _place_named(self, code: Code, at: int, name: str) -> int:
        node = self.node_of(code)
        lists = nodes.parameter_lists(node) if node is not None else []
        for n, each in enumerate(lists[at] if at < len(lists) else ()):
            label = each.child_by_field_name("name")
            if label is not None and (label.text or b"").decode("utf-8", "replace") == name:
                return n
        return 99

    def _without_arguments(self, types: Types, depth: int) -> Iterator[Type]:
        """The same, functions whose only list of parameters is empty called."""
        for each in types:
            node = self.node_of(each) if isinstance(each, Code) else None
            if (
                isinstance(each, Code)
                and node is not None
                and node.type in nodes.FUNCTIONS
                and nodes.parameter_lists(node) == [[]]
            ):
                yield from self.returned(each, depth + 1)
            else:
                yield each

    def result_of(self, code: Code, depth: int) -> Types:
        """What calling a function, or what has the type of one, gives."""
        return self.returned(code, depth + 1)


def _words(text: str) -> list[str]:
    return [word for word in "".join(c if c.isalnum() or c == "_" else " " for c in text).split() if word]
