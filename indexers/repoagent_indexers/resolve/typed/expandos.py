"""Objects of JavaScript that grow where they are assigned to, and the `this` of functions and classes.

TypeScript calls what an object or a function is given that way expando properties: `app.use = function () {}`,
`Queue.prototype.push = ...`, `exports.run = ...`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TYPES, TreeFile, field_of
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import ASSIGNING, OWN_THIS
from repoagent_indexers.resolve.typed.terms import Code, Thing, Type, Types

if TYPE_CHECKING:
    from tree_sitter import Node


_FUNCTIONS = OWN_THIS | {"generator_function_declaration"}
_BODIES = frozenset({"class_body", "interface_body"})


class Expandos(Analysis):
    """Objects of JavaScript that grow where they are assigned to, and the `this` of functions and classes."""

    def this_in_script(self, file: TreeFile, node: Node) -> Types:
        """What `this` is at a place of JavaScript or TypeScript, by the function or class around it."""
        at = node.parent
        while at is not None:
            if at.type in _BODIES:
                return self.type_with_body(file, at)
            is_method = at.parent is not None and at.parent.type in _BODIES
            if at.type in _FUNCTIONS and not is_method:
                return self._this_of(file, at)
            at = at.parent
        return ()

    def type_with_body(self, file: TreeFile, body: Node) -> Types:
        """The class or interface that has a body; () for one that has no name."""
        for number in file.around(body.start_byte):
            if file.kind(number) in TYPES:
                end = file.span(number)[1]
                is_own = body.end_byte <= end and not file.content[body.end_byte : end].strip(b" \t\r\n;)")
                return (Thing(file.path, number, is_static=False),) if is_own else ()
        return ()

    def _this_of(self, file: TreeFile, function: Node) -> Types:
        outer = function.parent
        if outer is None:
            return ()
        if outer.type == "object":
            return self._this_in_object(file, outer)
        if outer.type == "pair" and outer.parent is not None and outer.parent.type == "object":
            return self._this_in_object(file, outer.parent)
        left = outer.child_by_field_name("left") if outer.type == "assignment_expression" else None
        if left is not None and left.type == "member_expression" and left.id != function.id:
            return self.type_of(file, left.child_by_field_name("object"), 1)
        label = function.child_by_field_name("name")
        if label is None and outer.type == "variable_declarator":
            label = outer.child_by_field_name("name")
        number = file.numbers.get(label.start_byte) if label is not None else None
        is_function = number is not None and file.kind(number) in FUNCTIONS
        return (Thing(file.path, number, is_static=False),) if number is not None and is_function else ()

    def _this_in_object(self, file: TreeFile, written: Node) -> Types:
        """Of a method in an object what is expected of the object, else the object itself."""
        expected = tuple(each for each in self.expected_of(file, written, 1) if isinstance(each, Thing | Code))
        return expected or (Code(file.path, written.start_byte, written.end_byte, written.type, self.given),)

    def made_by(self, maker: Type) -> Type:
        """What `new` makes: of a class an object, of a function what has that which the function sets on `this`."""
        if isinstance(maker, Thing):
            return replace(maker, is_static=False)
        file = self.file(maker.path) if isinstance(maker, Code) and "function" in maker.kind else None
        if file is None or not isinstance(maker, Code):
            return maker
        for number in file.around(maker.start):
            if file.kind(number) == "function":
                return Thing(file.path, number, is_static=False)
        return maker

    def added(self, of: Thing | Code, name: str) -> set[Place]:
        """Where a member is set on an object, a function or a class, or on its prototype, outside of it."""
        file = self.file(of.path)
        node: Node | None = None
        if file is not None and isinstance(of, Code):
            node = file.between(of.start, of.end)
        elif file is not None and isinstance(of, Thing):
            node = file.definition_node(of.number)
        if file is None or node is None:
            return set()
        owners = list(_names_of(file, node))
        if isinstance(of, Thing) and not of.is_static:
            owners = [(f"{owner}.prototype", start) for owner, start in owners]
        return {place for owner, start in owners for place in self.assigned_to(file, {owner}, start, name)}

    def assigned_to(self, file: TreeFile, owners: Iterable[str], start: int, name: str) -> Iterator[Place]:
        """Where a file sets a member of what bears one of several names at a place."""
        wanted = set(owners)
        for node in file.occurrences(name):
            access = node.parent
            outer = access.parent if access is not None and access.type == "member_expression" else None
            if access is None or outer is None or outer.type != "assignment_expression":
                continue
            owner = access.child_by_field_name("object")
            if owner is None or owner.start_byte == node.start_byte or field_of(outer, access) != "left":
                continue
            if is_void(outer):
                continue
            written = file.text(owner)
            if written in wanted and _is_one(file, written.partition(".")[0], owner.start_byte, start):
                yield Place(file.path, node.start_byte)

    def in_prototype(self, of: Thing, name: str) -> set[Place]:
        """The member of an object that a function has as its prototype: `Queue.prototype = { push() {} }`."""
        file = self.file(of.path)
        if file is None or file.language not in ASSIGNING or file.kind(of.number) not in FUNCTIONS:
            return set()
        own = file.facts.symbol_name(of.number)
        found: set[Place] = set()
        for place in self.assigned_to(file, {own}, file.name_start(of.number), "prototype"):
            word = file.node_at(place.start)
            access = word.parent if word is not None else None
            value = access.parent.child_by_field_name("right") if access is not None and access.parent else None
            if value is not None and value.type == "object":
                found |= self.members_of(self.type_of(file, value, 1), name)[0]
        return found


def is_void(assignment: Node) -> bool:
    """Whether no more than `void 0` is assigned, as compilers do at the top of what they make."""
    at: Node | None = assignment
    while at is not None and at.type == "assignment_expression":
        at = at.child_by_field_name("right")
    return at is not None and at.type == "unary_expression" and at.children[0].type == "void"


def _names_of(file: TreeFile, value: Node) -> Iterator[tuple[str, int]]:
    """What a value is called where it is made: by its own name, and by what it is assigned to."""
    own = value.child_by_field_name("name")
    if own is not None and own.type in {"identifier", "type_identifier"}:
        yield file.text(own), own.start_byte
    child, at = value, value.parent
    while at is not None:
        if at.type == "assignment_expression" and (left := at.child_by_field_name("left")) is not None:
            if left.id == child.id:
                return
            yield file.text(left), left.start_byte
        elif at.type == "variable_declarator" and (label := at.child_by_field_name("name")) is not None:
            if label.type == "identifier":
                yield file.text(label), label.start_byte
            return
        elif at.type not in {"parenthesized_expression", "as_expression", "satisfies_expression"}:
            return
        child, at = at, at.parent


def _is_one(file: TreeFile, name: str, here: int, there: int) -> bool:
    """Whether a name means one thing at two places of a file."""
    ours, theirs = file.seen(here, name), file.seen(there, name)
    return [each.start for each in ours[:1]] == [each.start for each in theirs[:1]]
