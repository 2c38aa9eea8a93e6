"""What type parameters stand for in a call, by what it is given, and in a conditional type, by what is asked of it.

A much simplified form of what the TypeScript handbook calls type argument inference: a parameter's type is laid beside
its argument's, and wherever a type parameter stands in one, it stands for what stands there in the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.bindings import Slot
from repoagent_indexers.resolve.typed.generics import slots
from repoagent_indexers.resolve.typed.program import MAX_DEPTH, MAX_STEPS
from repoagent_indexers.resolve.typed.signatures import FUNCTION_NODES, parameters_of, written_parameter
from repoagent_indexers.resolve.typed.terms import Code, Many, Parameter, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node

Wanted = dict[Slot, dict[Type, None]]
"""Type parameters, each with what it was found to stand for, in order."""
_MAX_MEMBERS = 40


class Inference(Analysis):
    """What type parameters stand for in a call, by what it is given."""

    def infer(self, meant: Types, given: Types, wanted: Wanted, depth: int) -> None:
        """Lays what is expected beside what is given, and notes what stands where a wanted type parameter does."""
        self._steps += 1
        if depth > MAX_DEPTH or self._steps > MAX_STEPS:
            self._cuts += 1
            return
        if not given:
            return
        for each in meant:
            if isinstance(each, Parameter):
                if (found := wanted.get((each.path, each.start, each.end))) is not None:
                    found.update(dict.fromkeys(_as_written(given)))
            elif isinstance(each, Many):
                self._infer_items(each, given, wanted, depth)
            elif isinstance(each, Thing):
                self._infer_arguments(each, given, wanted, depth)
            elif isinstance(each, Code) and each.kind in FUNCTION_NODES:
                self._infer_function(each, given, wanted, depth)
            elif isinstance(each, Code) and each.kind == "object_type":
                self._infer_members(each, given, wanted, depth)

    def _infer_items(self, meant: Many, given: Types, wanted: Wanted, depth: int) -> None:
        for each in given:
            if not isinstance(each, Many):
                continue
            if meant.places is not None and each.places is not None:
                for expected, held in zip(meant.places, each.places, strict=False):
                    self.infer(expected, held, wanted, depth + 1)
                if meant.rest:
                    left = each.places[len(meant.places) :]
                    rest = Many(tuple(t for types in left for t in types), (), left, each.rest)
                    self.infer(meant.rest, (rest,), wanted, depth + 1)
            else:
                self.infer(meant.items, each.items, wanted, depth + 1)

    def _infer_arguments(self, meant: Thing, given: Types, wanted: Wanted, depth: int) -> None:
        """By the arguments of one generic type, else by the members that an interface asks for."""
        row = self.bindings[meant.given]
        if not row:
            return
        rest: list[Type] = []
        for each in given:
            lineage = [each, *self.lineage(each)] if isinstance(each, Thing) else []
            same = next((of for of in lineage if (of.path, of.number) == (meant.path, meant.number)), None)
            if same is None:
                rest.append(each)
                continue
            for slot, types in row.items():
                self.infer(types, objects(self.bindings[same.given].get(slot, ())), wanted, depth + 1)
        if rest and self.kind_of(meant) == "interface":
            self._infer_members(meant, tuple(rest), wanted, depth)

    def _infer_function(self, meant: Code, given: Types, wanted: Wanted, depth: int) -> None:
        for each in self.signatures(given):
            if each == meant:
                continue
            self.infer(self.returned(meant, depth + 1), self.returned(each, depth + 1), wanted, depth + 1)
            here = self.node_of(each)
            for n, parameter in enumerate(parameters_of(here)):
                if parameter.child_by_field_name("type") is not None:
                    expected = self.parameter_at(meant, n, depth + 1)
                    self.infer(expected, self.parameter_at(each, n, depth + 1), wanted, depth + 1)

    def _infer_members(self, meant: Thing | Code, given: Types, wanted: Wanted, depth: int) -> None:
        """By the members that an interface or the type of an object asks for."""
        ours = tuple(each for each in given if isinstance(each, Code | Thing))
        if not ours or depth > MAX_DEPTH // 2:
            return
        for label in self._labels(meant)[:_MAX_MEMBERS]:
            held = self.member_types(ours, label, depth + 2)
            if held:
                self.infer(self.member_types((meant,), label, depth + 2), held, wanted, depth + 3)

    def _labels(self, of: Thing | Code) -> list[str]:
        file = self.file(of.path)
        node: Node | None = None
        if file is not None and isinstance(of, Code):
            node = self.node_of(of)
        elif file is not None and isinstance(of, Thing):
            definition = file.definition_node(of.number)
            node = definition.child_by_field_name("body") if definition is not None else None
        found = []
        for child in node.named_children if node is not None else ():
            name = (
                child.child_by_field_name("name") if child.type in {"property_signature", "method_signature"} else None
            )
            if name is not None and file is not None:
                found.append(file.text(name).strip("\"'"))
        return found

    def called_with(self, path: str, call: Node, signature: Code, skip: int, depth: int) -> Code:
        """A signature with what a call says of its type parameters; the argument at `skip` says nothing."""
        return self.bound_by_call(path, call, signature, self.node_of(signature), skip, depth)

    def bound_by_call(
        self, path: str, call: Node, signature: Code, generic: Node | None, skip: int, depth: int
    ) -> Code:
        """A signature with what a call says of the type parameters of a declaration: its own, or its class's."""
        where, file = self.file(signature.path), self.file(path)
        if where is None or file is None or generic is None or generic.child_by_field_name("type_parameters") is None:
            return signature
        wanted: Wanted = {slot: {} for slot, _ in slots(where, generic)}
        explicit = call.child_by_field_name("type_arguments")
        arguments = call.child_by_field_name("arguments")
        if explicit is not None:
            said: list[Types | None] = [self.annotation(file, each, depth + 1) for each in explicit.named_children]
        else:
            for n, argument in enumerate(arguments.named_children if arguments is not None else ()):
                if n == skip or (skip >= 0 and _waits(argument)):
                    continue
                given = self.type_of(file, argument, depth + 1)
                note = written_parameter(self.node_of(signature), n) if given else None
                if note is not None:
                    with self.under(signature.given):
                        meant = self.parameter_at(signature, n, depth + 1)
                    self.infer(meant, given, wanted, depth + 1)
            if not all(wanted.values()) and (expected := self.expected_of(file, call, depth + 1)):
                missing: Wanted = {slot: {} for slot, found in wanted.items() if not found}
                self.infer(self.returned(signature, depth + 1), expected, missing, depth + 1)
                wanted |= missing
            said = [tuple(found) if found else None for found in wanted.values()]
        with self.under(signature.given):
            row = self.bound_to(where, generic, said, depth)
        return replace(signature, given=self.bindings.joined(signature.given, row))


def _waits(argument: Node) -> bool:
    """Whether an argument is a function whose parameters have no types, so that it is told what they are."""
    if argument.type not in {"arrow_function", "function_expression"}:
        return False
    listed = argument.child_by_field_name("parameters")
    if listed is None:
        return argument.child_by_field_name("parameter") is not None
    return any(
        each.type in {"required_parameter", "optional_parameter", "identifier"}
        and each.child_by_field_name("type") is None
        for each in listed.named_children
    )


def _as_written(types: Types) -> Types:
    """Objects as the types that they are of; a class itself is none."""
    return tuple(
        replace(each, is_static=True) if isinstance(each, Thing) else each
        for each in types
        if not (isinstance(each, Thing) and each.is_static)
    )
