"""What names of Scala mean, by where they stand: in an import, behind a dot, between two operands, in a type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.scala import library, nodes
from repoagent_indexers.resolve.scala.expressions import ScalaExpressions
from repoagent_indexers.resolve.tree_file import TYPES, TreeFile
from repoagent_indexers.resolve.typed.terms import FOREIGN, Code, Foreign, Many, Module, Parameter, Thing, Types

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_EXTENSIONS = 30
_INTERPOLATED = "StringContext"


class ScalaResolver(ScalaExpressions):
    """What names of Scala mean, by where they stand."""

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        parent = node.parent
        if file.language != "scala" or parent is None or node.start_byte in file.numbers:
            return super()._mean(file, node)
        name = self.spelled(file.text(node))
        if nodes.introduces(node):
            return Meaning(frozenset({Place(file.path, node.start_byte)}), "resolved")
        if (imported := self.imported_at(file, node, name)) is not None:
            return imported
        if parent.type in {"package_identifier", "package_clause", "access_qualifier"} or name in {
            "this",
            "super",
            "type",
        }:
            return OUTSIDE
        kind = parent.type
        if kind == "field_expression" and nodes.field_of(parent, node) == "field":
            return self._member_meaning(file, node, parent.named_children[0], name)
        if kind in {"stable_identifier", "stable_type_identifier"} and parent.named_children[0].id != node.id:
            return self._in_path(file, node, parent, name)
        if kind == "projected_type" and nodes.field_of(parent, node) == "selector":
            types = self.annotation(file, parent.child_by_field_name("type"), 1)
            found, _ = self.members_of(types, name)
            return Meaning(frozenset(found), "resolved") if found else OUTSIDE
        if kind == "infix_expression" and nodes.field_of(parent, node) == "operator":
            receiver, _, _ = nodes.operands(parent)
            return self._member_meaning(file, node, receiver, name) if receiver is not None else None
        if kind == "postfix_expression" and nodes.parts(parent)[0].id != node.id:
            return self._member_meaning(file, node, nodes.parts(parent)[0], name)
        if kind in {"infix_pattern"} and nodes.field_of(parent, node) == "operator":
            return self.named(file, node, name, as_type=None)
        if kind == "interpolated_string_expression" and nodes.field_of(parent, node) == "interpolator":
            return self._extensions_of(name, FOREIGN) or OUTSIDE
        is_named = kind == "assignment_expression" and parent.parent is not None and parent.parent.type == "arguments"
        if is_named and nodes.field_of(parent, node) == "left":
            named = self._named_argument(file, parent, name)
            if named is not None:
                return named
        return self.named(file, node, name, as_type=_is_type(node, parent))

    def _in_path(self, file: TreeFile, node: Node, path: Node, name: str) -> Meaning:
        """What a name means behind others: `a.b.Name`, a type or a value."""
        before = [each for each in path.named_children if each.end_byte <= node.start_byte]
        types = self.along(file, before)
        as_type = (
            True
            if node.type == "type_identifier" and path.parent is not None and path.parent.type != "case_class_pattern"
            else None
        )
        found = self._selected(types, name, as_type) or self._selected(types, name, None)
        return Meaning(frozenset(found), "resolved") if found else OUTSIDE

    def _member_meaning(self, file: TreeFile, node: Node, receiver: Node, name: str) -> Meaning | None:
        if file.language != "scala":
            return super()._member_meaning(file, node, receiver, name)
        if file.text(receiver) == "super" and (above := self._above(file, receiver, name)):
            return Meaning(frozenset(above), "resolved")
        types = self.bounded(self.type_of(file, receiver))
        if types and all(isinstance(each, Module) for each in types):
            places = self._selected(types, name, as_type=False)
            return Meaning(frozenset(places), "resolved") if places else OUTSIDE
        found, is_known = self.members_of(types, name)
        if found and any(isinstance(each, Thing) for each in types):
            return Meaning(frozenset(found), "resolved")
        if name in library.OF_ALL:
            return OUTSIDE
        if any(isinstance(each, Many) for each in types) and name in library.ALL:
            return OUTSIDE
        if extending := self._extensions_of(name, types):
            return extending
        if types and is_known:
            return OUTSIDE
        return self.alone(file, name) if not types else None

    def _above(self, file: TreeFile, node: Node, name: str) -> set[Place]:
        """The member of a name that a class inherits: of several that of what is mixed in last."""
        this = next(self.this_at(file, node), None)
        bases = self.lineage(this) if isinstance(this, Thing) else []
        return next((found for each in bases if (found := self.own_members(each, name))), set())

    def _extensions_of(self, name: str, types: Types) -> Meaning | None:
        """What implicit classes of the repository give under a name, that take what a member is taken from."""
        found: set[Place] = set()
        is_sure = False
        for path, number in self.symbols(name)[:_MAX_EXTENSIONS]:
            where = self.file(path)
            parent = where.facts.parent(number) if where is not None else -1
            if where is None or parent < 0 or where.language != "scala" or where.kind(parent) not in TYPES:
                continue
            written = self._extended_by(where, parent)
            fits = self._takes_as(where, written, types) if written is not None else None
            if fits is None or (types and not fits):
                continue
            is_sure = is_sure or (fits and any(isinstance(each, Thing) for each in types))
            is_sure = is_sure or (written is not None and where.text(written) == _INTERPOLATED)
            found.add(Place(path, where.name_start(number)))
        if not found:
            return None
        return Meaning(frozenset(found), "resolved" if is_sure and len(found) == 1 else "probable")

    def _extended_by(self, where: TreeFile, number: int) -> Node | None:
        """The type that a class is made of where nobody writes it: it is implicit, or a function beside it makes it."""
        declaration = where.definition_node(number)
        if declaration is None or declaration.type != "class_definition":
            return None
        makers = [declaration] if nodes.is_implicit(declaration) else []
        name = where.facts.symbol_name(number)
        for other in range(where.facts.n_symbols) if not makers else ():
            signature = where.signature(other)
            if (
                "implicit def " in signature
                and name in signature
                and (made := where.definition_node(other)) is not None
            ):
                result = made.child_by_field_name("return_type")
                base = (
                    result.child_by_field_name("type")
                    if result is not None and result.type == "generic_type"
                    else result
                )
                makers += [made] if base is not None and where.text(base) == name else []
        taken = next((each for maker in makers for each in nodes.all_parameters(maker)), None)
        return taken.child_by_field_name("type") if taken is not None else None

    def _takes_as(self, where: TreeFile, written: Node, types: Types) -> bool | None:
        """Whether what is written of a parameter takes one of some types; None where nothing is known of it."""
        wanted = self.annotation(where, written, 1)
        for each in types:
            if isinstance(each, Thing):
                family = {(t.path, t.number) for t in [each, *self.lineage(each)]}
                if any(isinstance(t, Thing) and (t.path, t.number) in family for t in wanted):
                    return True
            elif (isinstance(each, Many) and any(isinstance(t, Many) for t in wanted)) or (
                isinstance(each, Foreign) and any(isinstance(t, Foreign) for t in wanted)
            ):
                return True
        return bool(any(isinstance(t, Parameter) for t in wanted))

    def _named_argument(self, file: TreeFile, argument: Node, name: str) -> Meaning | None:
        """What the name of an argument means: a parameter of what is called; None for a variable that is set."""
        listed = argument.parent
        call = listed.parent if listed is not None else None
        if call is None or call.type not in {"call_expression", "instance_expression"}:
            return None
        found = {place for code in self._callees(file, call) for place in self._parameters_named(code, name)}
        return (
            Meaning(frozenset(found), "resolved")
            if found
            else OUTSIDE
            if not file.seen(argument.start_byte, name)
            else None
        )

    def _callees(self, file: TreeFile, call: Node) -> Iterator[tuple[TreeFile, Node]]:
        """The functions and classes that a call may mean."""
        if call.type == "instance_expression":
            called: Types = tuple(t for written in nodes.heritage(call) for t in self.annotation(file, written, 1))
        else:
            callee, _ = nodes.called_by(call)
            called = self.called(file, callee, 1)
            label = nodes.name_in(callee)
            if not called and label is not None and file.text(label) == "copy":
                receiver = callee.child_by_field_name("value") if callee.type == "field_expression" else None
                called = (
                    self.type_of(file, receiver, 1)
                    if receiver is not None
                    else tuple(self.types_around(file, call.start_byte))[:1]
                )
        for each in called:
            where = self.file(each.path) if isinstance(each, Thing | Code) else None
            if where is None:
                continue
            if isinstance(each, Thing):
                node = where.definition_node(each.number)
                if node is not None:
                    yield where, node
                for place in self.members(each, "apply")[0] if not each.is_static else ():
                    there = self.file(place.path)
                    number = there.numbers.get(place.start) if there is not None else None
                    function = there.definition_node(number) if there is not None and number is not None else None
                    if there is not None and function is not None:
                        yield there, function
            elif isinstance(each, Code) and (node := self.node_of(each)) is not None:
                yield where, node

    def _parameters_named(self, called: tuple[TreeFile, Node], name: str) -> Iterator[Place]:
        where, node = called
        for each in nodes.all_parameters(node):
            label = each.child_by_field_name("name")
            if label is not None and self.spelled(where.text(label)) == name:
                yield Place(where.path, label.start_byte)

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        return found if file.language == "scala" else super()._of_its_kind(file, node, found)


def _is_type(node: Node, parent: Node) -> bool | None:
    """Whether a name stands for a type, or for a value; None where it may be either."""
    if parent.type in {"case_class_pattern", "self_type"}:
        return None
    if parent.type == "infix_type" or (parent.type == "annotation" and node.type == "type_identifier"):
        return True
    return node.type == "type_identifier"
