"""What calls give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import go, shapes
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import APART, ASSIGNING, first_field, is_empty
from repoagent_indexers.resolve.typed.program import MAX_DEPTH
from repoagent_indexers.resolve.typed.terms import FOREIGN, Code, Foreign, Many, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node


_KEEPING = frozenset(
    "filter slice sort reverse concat iter iter_mut into_iter clone "
    "unwrap expect as_ref as_mut borrow borrow_mut lock get "
    "find pop shift at first last front back next begin end stream toList ToList collect peek to_owned "
    "catch finally".split()
)
"""Methods of collections and holders that give the same, or one of what they hold."""
_TAKING = frozenset("find pop shift at first last front back next get peek".split())
_TYPED_FUNCTIONS = frozenset(
    "method_declaration function_definition method_signature local_function_statement delegate_declaration declaration "
    "field_declaration annotation_type_element_declaration constructor_type construct_signature".split()
)
"""Functions whose result stands in a field called type."""


class Calls(Analysis):
    """What calls give."""

    def type_of_call(self, file: TreeFile, node: Node, depth: int) -> Types:
        if found_module := self.outer.called(file, node):
            return found_module
        if (made := self._made_by_template(file, node, depth)) is not None:
            return made
        field = shapes.CALL[node.type]
        if field:
            callee = node.child_by_field_name(field)
            if file.language == "go" and (built := self._built_in(file, node, callee, depth)) is not None:
                return built
            called = self.type_of(file, callee, depth)
        else:
            receiver, label = (first_field(node, each) for each in shapes.MEMBER[node.type])
            callee = label
            if label is None:
                return ()
            if receiver is None:
                called = self.type_of_name(file, label, depth)
            else:
                called = self.type_of_member(file, receiver, file.text(label), depth)
            if file.language in APART and any(isinstance(each, Code) for each in called):  # no field of that name
                called = tuple(each for each in called if isinstance(each, Code))
        name = file.text(callee).replace("->", ".").replace("::", ".").rpartition(".")[2] if callee is not None else ""
        access = callee if callee is not None and callee.type in shapes.MEMBER else node
        if access.type in shapes.MEMBER and name in _KEEPING:
            kept = self.type_of(file, first_field(access, shapes.MEMBER[access.type][0]), depth)
            if (kept and not called) or all(isinstance(each, Many | Foreign) for each in called):
                items = self.items(kept, depth)
                return (items or kept) if name in _TAKING else kept
        if file.language in ASSIGNING:
            return self._given_by(file, node, callee, called, depth)
        return self.results(file, node, called, 0, depth)

    def _given_by(self, file: TreeFile, call: Node, callee: Node | None, called: Types, depth: int) -> Types:
        """What a call of TypeScript gives: by the signature that it means, and what its type parameters stand for."""
        if any(isinstance(each, Foreign) for each in called):
            return ()
        found: list[Type] = list(objects(tuple(each for each in called if isinstance(each, Thing) and each.is_static)))
        for signature in self.chosen(call, self.bounded(called, depth), depth):
            if callee is not None and callee.type in shapes.MEMBER and self._gives_this(signature):
                found += self.type_of(file, first_field(callee, shapes.MEMBER[callee.type][0]), depth)
            else:
                found += self.returned(self.called_with(file.path, call, signature, -1, depth), depth)
        return tuple(found)

    def _gives_this(self, method: Code) -> bool:
        """Whether a method says that it gives what it is called on: `add(): this`."""
        node = self.node_of(method)
        note = node.child_by_field_name("return_type") if node is not None else None
        return note is not None and note.named_child_count == 1 and note.named_children[0].type == "this_type"

    def results(self, file: TreeFile, call: Node, called: Types, place: int, depth: int) -> Types:
        """What a call gives of what is called; of several results the one at a place."""
        found: list[Type] = []
        for each in called:
            if isinstance(each, Code):
                found += self.returned(each, depth, place)
            elif isinstance(each, Thing) and each.is_static:
                found.append(Thing(each.path, each.number, is_static=False))
            elif isinstance(each, Foreign):
                return FOREIGN if file.language == "go" and not self._is_given_ours(file, call, depth) else ()
        return tuple(found)

    def _is_given_ours(self, file: TreeFile, call: Node, depth: int) -> bool:
        """Whether a call is given something of the repository, which it may give back."""
        arguments = call.child_by_field_name("arguments")
        given = [self.type_of(file, each, depth) for each in arguments.named_children] if arguments is not None else []
        return any(not isinstance(each, Foreign) for types in given for each in types)

    def _built_in(self, file: TreeFile, call: Node, callee: Node | None, depth: int) -> Types | None:
        """What `new`, `make` and `append` of Go give; None for any other call."""
        arguments = call.child_by_field_name("arguments")
        first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        name = file.text(callee) if callee is not None and callee.type == "identifier" else ""
        if first is None or name not in go.MAKERS | {"append"} or file.seen(call.start_byte, name):
            return None
        return self.type_of(file, first, depth) if name == "append" else objects(self.annotation(file, first, depth))

    def _made_by_template(self, file: TreeFile, call: Node, depth: int) -> Types | None:
        """What `std::make_shared<T>()` or a cast of C++ gives; None for any other call."""
        callee = call.child_by_field_name("function")
        while callee is not None and callee.type == "qualified_identifier":
            callee = callee.child_by_field_name("name")
        label = (
            callee.child_by_field_name("name") if callee is not None and callee.type == "template_function" else None
        )
        if (
            callee is None
            or label is None
            or not file.text(label).startswith(("make_", "static_", "dynamic_", "const_", "reinterpret_"))
        ):
            return None
        arguments = callee.child_by_field_name("arguments")
        first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        return objects(self.annotation(file, first, depth + 1)) if first is not None else None

    def returned(self, code: Code, depth: int, place: int = 0) -> Types:
        """What calling a function gives, by its annotation, else by what it returns; in Go one of several results."""
        with self.under(code.given):
            return self._returned(code, depth, place)

    def _returned(self, code: Code, depth: int, place: int) -> Types:
        file, node = self.file(code.path), self.node_of(code)
        if file is None or node is None or depth > MAX_DEPTH:
            return ()
        note = first_field(node, "return_type|result|returns")
        if note is None and node.type in _TYPED_FUNCTIONS:
            note = node.child_by_field_name("type")
        if note is not None:
            if note.type == "parameter_list":
                note = go.result(note, place)
            found = objects(self.annotation(file, note, depth))
            return (self.said_to_return(file, node, depth) if not found or found == FOREIGN else ()) or found
        if said := self.said_to_return(file, node, depth):
            return said
        body = node.child_by_field_name("body")
        if body is None or file.language not in {"javascript", "typescript", "tsx", "php"}:
            return ()
        if node.type == "arrow_function" and body.type != "statement_block":
            return self.type_of(file, body, depth)
        given = [self.type_of(file, each, depth) for each in _returns(body) if not is_empty(each)]
        return tuple(t for types in given for t in types) if all(given) else ()


def _returns(body: Node) -> Sequence[Node]:
    """The expressions that a function returns."""
    found = []
    waiting = list(body.named_children)
    while waiting:
        node = waiting.pop(0)
        if node.type == "return_statement":
            found += node.named_children[:1]
        elif not ("function" in node.type or "class" in node.type or node.type == "method_definition"):
            waiting += node.named_children
    return found
