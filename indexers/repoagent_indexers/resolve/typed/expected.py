"""What is expected where an expression stands: by a call, an annotation, the object around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve import go, shapes
from repoagent_indexers.resolve.tree_file import TreeFile, field_of
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import ASSIGNING, first_field
from repoagent_indexers.resolve.typed.program import MAX_DEPTH
from repoagent_indexers.resolve.typed.signatures import parameters_of
from repoagent_indexers.resolve.typed.terms import Code, Many, Thing, Type, Types, elements, objects

if TYPE_CHECKING:
    from tree_sitter import Node


_RETURNING = frozenset("arrow_function function_expression function_declaration method_definition".split())
_INITIALIZERS = frozenset({"field_initializer_list", "initializer_list", "initializer_pair"})


class Expected(Analysis):
    """What is expected where an expression stands: by a call, an annotation, the object around it."""

    def _in_braces(self, file: TreeFile, literal: Node, depth: int) -> Types:
        """What braces of Go make, also where their type is left out, since the braces around them say it."""
        outer = literal.parent
        if outer is None or depth > MAX_DEPTH:
            return ()
        if outer.type == "composite_literal":
            return objects(self.annotation(file, outer.child_by_field_name("type"), depth))
        around, is_key = go.around_elements(literal)
        held = self._in_braces(file, around, depth + 1) if around is not None else ()
        many = [each for each in held if isinstance(each, Many)]
        return tuple(t for each in many for t in (each.keys if is_key else each.items))

    def expected(self, file: TreeFile, pair: Node) -> Types:
        """The type of the object, literal or pattern, in which a pair stands."""
        if file.language == "go":
            around = pair.parent.parent if pair.parent is not None else None  # of the pair in which a key stands
            return self._in_braces(file, around, 0) if around is not None else ()
        literal = pair if pair.type in {"object", "object_pattern"} else pair.parent
        while literal is not None and literal.type in _INITIALIZERS:
            literal = literal.parent
        if literal is None:
            return ()
        if literal.type in shapes.NEW:
            made = first_field(literal, shapes.NEW[literal.type])
            return objects(self.annotation(file, made)) if made is not None else ()
        outer = literal.parent
        if literal.type == "init_declarator" and outer is not None:
            return objects(self.annotation(file, outer.child_by_field_name("type")))
        if literal.type == "struct_pattern":
            label = literal.child_by_field_name("type")
            return self.annotation(file, label) if label is not None else ()
        if outer is None:
            return ()
        if literal.type == "object_pattern":
            return self.taken_apart(file, literal, 0)
        return self.expected_of(file, literal, 0)

    def expected_of(self, file: TreeFile, value: Node, depth: int) -> Types:
        """What is expected where an expression stands: by what it is given to, assigned to, or returned from."""
        outer = value.parent
        if outer is None or depth > MAX_DEPTH:
            return ()
        if outer.type == "arguments" and outer.parent is not None:
            place = [child.id for child in outer.named_children].index(value.id)
            return self._parameter_types(file, outer.parent, place, depth)
        if outer.type in {"parenthesized_expression", "ternary_expression"}:
            return self.expected_of(file, outer, depth + 1)
        if outer.type == "array":
            many = self.expected_of(file, outer, depth + 1)
            place = [child.id for child in outer.named_children].index(value.id)
            return elements(many, place)
        if outer.type in shapes.CASTS:
            return objects(self.annotation(file, outer.named_children[-1], depth + 1))
        note = outer.child_by_field_name("type")
        if note is not None and field_of(outer, value) == "value":
            return objects(self.annotation(file, note, depth + 1))
        if outer.type == "init_declarator" and outer.parent is not None:
            return objects(self.annotation(file, outer.parent.child_by_field_name("type"), depth + 1))
        if outer.type == "assignment_expression" and field_of(outer, value) == "right":
            held = self.type_of(file, outer.child_by_field_name("left"), depth + 1)
            return tuple(each for each in held if not _is_at(each, file.path, value))
        if outer.type == "pair":
            label = outer.child_by_field_name("key")
            around = self.expected(file, outer)
            found = self.member_types(around, file.text(label).strip("\"'") if label is not None else "", depth + 1)
            return objects(found) if found else self.held(around, depth + 1)
        if outer.type in {"return_statement", "arrow_function"}:
            at: Node | None = outer
            while at is not None and at.type not in _RETURNING:
                at = at.parent
            result = at.child_by_field_name("return_type") if at is not None else None
            if result is not None or at is None:
                return objects(self.annotation(file, result, depth + 1))
            expected = self._expected_function(file, at, depth + 1)
            return tuple(t for each in expected if isinstance(each, Code) for t in self.returned(each, depth + 1))
        return ()

    def contextual(self, file: TreeFile, function: Node, name: Node, depth: int) -> Types | None:
        """What a parameter of a function is that is given to a call: what the called function says it gives."""
        is_method = function.type == "method_definition" and file.language in ASSIGNING
        if not is_method and function.type not in {"arrow_function", "function_expression", "lambda_expression"}:
            return None
        arguments = function.parent
        call = arguments.parent if arguments is not None and "argument" in arguments.type else None
        listed = function.child_by_field_name("parameters")
        if arguments is None or call is None:
            return self._expected_parameter(file, function, listed, name, depth)
        place = next((n for n, each in enumerate(arguments.named_children) if each.id == function.id), 0)
        own = _position_in(listed, name)
        callee = first_field(call, "function|constructor|name")
        if callee is not None and callee.type in shapes.MEMBER and place == 0:
            receiver = self.type_of(file, first_field(callee, shapes.MEMBER[callee.type][0]), depth)
            if items := self.items(receiver, depth):
                return items if own == 0 else ()
        return self._parameter_of(self._parameter_types(file, call, place, depth), own, depth)

    def _expected_parameter(self, file: TreeFile, function: Node, listed: Node | None, name: Node, depth: int) -> Types:
        """What a parameter is of a function that an object holds, or that is given to a variable with a type."""
        return self._parameter_of(self._expected_function(file, function, depth), _position_in(listed, name), depth)

    def _expected_function(self, file: TreeFile, function: Node, depth: int) -> Types:
        """The type that is expected of a function where it stands."""
        if depth > MAX_DEPTH:
            return ()
        if function.type != "method_definition":
            return self.expected_of(file, function, depth + 1)
        label = function.child_by_field_name("name")
        if label is None or function.parent is None or function.parent.type != "object":
            return ()
        return self.member_types(self.expected(file, function), file.text(label), depth + 1)

    def _parameter_of(self, functions: Types, place: int, depth: int) -> Types:
        """What the functions of some type are given at a place."""
        if self.languages & ASSIGNING:
            for signature in self.signatures(self.bounded(functions, depth)):
                if place < len(parameters_of(self.node_of(signature))):
                    return self.parameter_at(signature, place, depth)
            return ()
        for each in functions:
            where = self.file(each.path) if isinstance(each, Code) else None
            if where is None or not isinstance(each, Code):
                continue
            node = where.between(each.start, each.end)
            parameters = node.child_by_field_name("parameters") if node is not None else None
            if parameters is not None and place < parameters.named_child_count:
                note = parameters.named_children[place].child_by_field_name("type")
                return objects(self.annotation(where, note, depth)) if note is not None else ()
        return ()

    def _parameter_types(self, file: TreeFile, call: Node, place: int, depth: int) -> Types:
        """What a called function expects at a place."""
        callee = first_field(call, shapes.CALL.get(call.type) or shapes.NEW.get(call.type, ""))
        if file.language in ASSIGNING:
            called = self.type_of(file, callee, depth)
            made = [each for each in called if isinstance(each, Thing) and each.is_static]
            makers = [t for each in made for t in self.types_of_constructors(self.members(each, "constructor")[0])]
            if call.type == "new_expression":
                makers += self.signatures(called, "construct_signature")
            return self.expected_at(file, call, (*self.bounded(called, depth), *makers), place, depth)
        for each in self.type_of(file, callee, depth) if callee is not None else ():
            if isinstance(each, Thing):
                places, _ = self.members(each, "constructor")
                function = next(iter(self.types_of_places(places, depth)), each)
            else:
                function = each
            where = self.file(function.path) if isinstance(function, Code) else None
            if where is None or not isinstance(function, Code):
                continue
            node = where.between(function.start, function.end)
            if node is not None and node.type == "variable_declarator":
                node = node.child_by_field_name("value")
            listed = node.child_by_field_name("parameters") if node is not None else None
            if listed is not None and place < listed.named_child_count:
                note = listed.named_children[place].child_by_field_name("type")
                return objects(self.annotation(where, note, depth + 1)) if note is not None else ()
        return ()


def _is_at(of: Type, path: str, value: Node) -> bool:
    """Whether a type is the value itself, as what it is assigned to is no more than that."""
    return isinstance(of, Code) and (of.path, of.start, of.end) == (path, value.start_byte, value.end_byte)


def _position_in(parameters: Node | None, name: Node) -> int:
    """The position of the parameter in which a name stands."""
    listed = parameters.named_children if parameters is not None else []
    return next((n for n, each in enumerate(listed) if each.start_byte <= name.start_byte < each.end_byte), 0)
