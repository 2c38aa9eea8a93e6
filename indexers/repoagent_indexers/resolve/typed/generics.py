"""Type parameters: what they stand for in a type, in a call, and where nothing says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.scala import nodes as scala
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.bindings import Slot
from repoagent_indexers.resolve.typed.nodes import GENERIC, first_field
from repoagent_indexers.resolve.typed.program import MAX_DEPTH
from repoagent_indexers.resolve.typed.terms import Code, Foreign, Parameter, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node


_LISTS = frozenset({"type_parameters", "type_parameter_list"})


class Generics(Analysis):
    """Type parameters: what they stand for in a type, in a call, and where nothing says it."""

    def bound_to(
        self, file: TreeFile, generic: Node | None, arguments: Sequence[Types | None], depth: int
    ) -> dict[Slot, Types]:
        """What the type parameters of a declaration stand for, by their arguments, else by what they are by default."""
        found: dict[Slot, Types] = {}
        for n, (slot, parameter) in enumerate(slots(file, generic)):
            default = parameter.child_by_field_name("value")
            argument = arguments[n] if n < len(arguments) else None
            if argument is not None:
                found[slot] = argument
            elif default is not None and default.named_children:
                with self.under(self.bindings.joined(self.given, found)):
                    found[slot] = self.annotation(file, default.named_children[0], depth + 1)
        return found

    def instantiated(self, of: Thing, arguments: Sequence[Types | None], depth: int) -> Thing:
        """A type, in all its parts, given its arguments."""
        file = self.file(of.path)
        row: dict[Slot, Types] = {}
        for path, number in self.parts(file, of.number) if file is not None else ():
            if (where := self.file(path)) is not None and where.language in GENERIC:
                row |= self.bound_to(where, where.definition_node(number), arguments, depth)
        return replace(of, given=self.bindings.number(row)) if row else of

    def environment(self, of: Type) -> int:
        """What type parameters stand for in the members of a type, those of what it is derived from too."""
        if isinstance(of, Code):
            return of.given
        if not isinstance(of, Thing):
            return 0
        if of not in self._environments:
            self._environments[of] = of.given
            row = dict(self.bindings[of.given])
            for base in [of, *self.lineage(of)] if self.languages & GENERIC else ():
                row |= self.bindings[base.given]
                for written in self.written_bases(base):
                    row |= self.bindings[written.given]
            self._environments[of] = self.bindings.number(row)
        return self._environments[of]

    def bounded(self, types: Types, depth: int = 0) -> Types:
        """The same, with what a type parameter is at least in place of one that nothing is known to stand for."""
        if not any(isinstance(each, Parameter) for each in types):
            return types
        found: list[Type] = []
        for each in types:
            if isinstance(each, Parameter):
                least = self.least(each, depth)
                found += self.bounded(least, depth + 1) if depth < MAX_DEPTH and not _is_foreign(least) else ()
            else:
                found.append(each)
        return tuple(found)

    def least(self, of: Parameter, depth: int) -> Types:
        """What a type parameter is at least: its constraint, else its default."""
        file = self.file(of.path)
        name = file.node_at(of.start) if file is not None else None
        parameter = name.parent if name is not None else None
        if file is None or parameter is None or parameter.type != "type_parameter":
            return ()
        with self.under(0):
            return objects(self.annotation(file, _least_written(file, parameter), depth + 1))


def slots(file: TreeFile, generic: Node | None) -> list[tuple[Slot, Node]]:
    """The type parameters of a declaration, each with its node."""
    if generic is not None and file.language == "scala":
        return [((file.path, n.start_byte, generic.end_byte), n) for n in scala.type_parameters(generic)]
    children = generic.named_children if generic is not None else ()
    listed = next((each for each in children if each.type in _LISTS), None)
    found = []
    for parameter in listed.named_children if listed is not None else ():
        name = first_field(parameter, "name|0") if parameter.type == "type_parameter" else None
        if generic is not None and name is not None:
            found.append(((file.path, name.start_byte, generic.end_byte), parameter))
    return found


def _least_written(file: TreeFile, parameter: Node) -> Node | None:
    """What is written of a type parameter: in TypeScript and Java behind it, in C# behind the header."""
    bound = next((each for each in parameter.named_children if each.type == "type_bound"), None)
    written = first_field(parameter, "constraint|value") or bound
    if file.language == "kotlin":
        return parameter.named_children[1] if parameter.named_child_count > 1 else None
    if written is not None:
        return written.named_children[0] if written.named_children else None
    generic = parameter.parent.parent if parameter.parent is not None else None
    for clause in generic.named_children if generic is not None and file.language == "csharp" else ():
        said = clause.named_children
        if clause.type == "type_parameter_constraints_clause" and len(said) > 1 and said[0].text == parameter.text:
            return said[1].child_by_field_name("type")
    return None


def _is_foreign(types: Types) -> bool:
    return bool(types) and all(isinstance(each, Foreign) for each in types)
