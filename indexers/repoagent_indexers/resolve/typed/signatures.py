"""Functions of TypeScript as types: what can be called, which of several signatures a call means, what it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.terms import (
    Code,
    Foreign,
    Literal,
    Parameter,
    Thing,
    Type,
    Types,
    elements,
    objects,
)

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTION_NODES = frozenset(
    "function_type call_signature construct_signature constructor_type method_signature function_signature "
    "abstract_method_signature method_definition function_declaration function_expression arrow_function "
    "generator_function generator_function_declaration".split()
)
_WITHOUT_BODY = frozenset({"function_signature", "method_signature", "abstract_method_signature"})
_PRIMITIVES = frozenset({"string", "template_string", "number", "true", "false", "null", "undefined"})
_FUNCTIONS = frozenset({"arrow_function", "function_expression"})
_HOLDING = frozenset("variable_declarator pair public_field_definition field_definition assignment_expression".split())
"""What gives a name to a function without one."""
_PLAIN = _PRIMITIVES | _FUNCTIONS | {"object"}
_MAX_SIGNATURES = 60


class Signatures(Analysis):
    """What can be called, which of several signatures a call means, and what it expects."""

    def node_of(self, code: Code) -> Node | None:
        """The node of a function or of an object's type; of a variable that holds a function, the function."""
        file = self.file(code.path)
        node = file.between(code.start, code.end) if file is not None else None
        while node is not None and node.type in _HOLDING:
            value = node.child_by_field_name("value") or node.child_by_field_name("right")
            if value is None:
                break
            node = value
        return node

    def signatures(self, types: Types, kind: str = "call_signature") -> list[Code]:
        """All that can be called of what something may be, without implementations that have signatures beside them;
        of types that are written out, what they say of a `kind`.
        """
        found: list[Code] = []
        for each in types:
            if isinstance(each, Code) and each.kind == "object_type":
                node = self.node_of(each)
                found += self._signatures_in(each.path, node, each.given, kind)
            elif isinstance(each, Code):
                node = self.node_of(each)
                if node is not None and node.type in FUNCTION_NODES:
                    found.append(Code(each.path, node.start_byte, node.end_byte, node.type, each.given))
            elif isinstance(each, Thing) and not each.is_static:
                given = self.environment(each)
                for path, body in self.bodies(each):
                    found += self._signatures_in(path, body, given, kind)
        bare = {each.path for each in found if each.kind in _WITHOUT_BODY}
        if bare:
            found = [each for each in found if each.kind in _WITHOUT_BODY or each.path not in bare] or found
        return list(dict.fromkeys(found))[:_MAX_SIGNATURES]

    def _signatures_in(self, path: str, body: Node | None, given: int, kind: str) -> list[Code]:
        return [
            Code(path, child.start_byte, child.end_byte, child.type, given)
            for child in (body.named_children if body is not None else ())
            if child.type == kind
        ]

    def chosen(self, call: Node, called: Types, depth: int) -> list[Code]:
        """The signatures that a call means: of each thing that has several, the first that it fits."""
        groups: dict[tuple[str, int], list[Code]] = {}
        for each in self.signatures(called):
            node = self.node_of(each)
            around = node.parent if node is not None else None
            while around is not None and around.type in {"export_statement", "ambient_declaration"}:
                around = around.parent
            groups.setdefault((each.path, around.start_byte if around is not None else 0), []).append(each)
        found = []
        for group in groups.values():
            fitting = group if len(group) == 1 else [each for each in group if self._fits(call, each, depth)]
            found += (fitting or group)[:1]
        return found

    def _fits(self, call: Node, signature: Code, depth: int) -> bool:
        """Whether a call may mean a signature, by how many arguments it has and what is plain of each."""
        node = self.node_of(signature)
        arguments = call.child_by_field_name("arguments")
        given = [each for each in arguments.named_children if each.type != "comment"] if arguments is not None else []
        parameters = parameters_of(node)
        is_open = bool(parameters) and is_rest(parameters[-1])
        has_spread = any(each.type == "spread_element" for each in given)
        needed = sum(
            each.type == "required_parameter" and each.child_by_field_name("value") is None and not is_rest(each)
            for each in parameters
        )
        if (len(given) > len(parameters) and not is_open) or (len(given) < needed and not has_spread):
            return False
        explicit = call.child_by_field_name("type_arguments")
        listed = node.child_by_field_name("type_parameters") if node is not None else None
        if explicit is not None and (listed is None or len(listed.named_children) < len(explicit.named_children)):
            return False
        return all(
            self._takes(signature, n, argument, depth) for n, argument in enumerate(given) if argument.type in _PLAIN
        )

    def _takes(self, signature: Code, place: int, argument: Node, depth: int) -> bool:
        """Whether a parameter may be given what is plainly a function, an object, a text or a number."""
        expected = self.parameter_at(signature, place, depth + 1)
        types = [t for each in expected for t in self._at_least(each, depth)]
        if not types:
            return True  # it may be anything
        if argument.type == "object":
            return any(_is_object(each) for each in types)
        if argument.type in _FUNCTIONS:
            return any(isinstance(each, Thing | Code) for each in types)
        words = [each.word for each in types if isinstance(each, Literal)]
        if argument.type == "string" and len(words) == len(types):
            return (argument.text or b"").decode("utf-8", "replace").strip("\"'") in words
        return any(isinstance(each, Foreign) for each in types)

    def _at_least(self, of: Type, depth: int) -> Types:
        return self.least(of, depth + 1) if isinstance(of, Parameter) else (of,)

    def parameter_at(self, signature: Code, place: int, depth: int) -> Types:
        """Objects of the type of what a function is given at a place."""
        where, note = self.file(signature.path), written_parameter(self.node_of(signature), place)
        if where is None or note is None:
            return ()
        with self.under(signature.given):
            types = objects(self.annotation(where, note, depth + 1))
        listed = parameters_of(self.node_of(signature))
        if is_rest(listed[min(place, len(listed) - 1)]):
            return elements(types, place - len(listed) + 1)
        return types

    def expected_at(self, file: TreeFile, call: Node, called: Types, place: int, depth: int) -> Types:
        """What a call is expected to be given at a place."""
        found: Types = ()
        for each in self.chosen(call, called, depth):
            bound = self.called_with(file.path, call, each, place, depth)
            found = tuple(dict.fromkeys([*found, *self.parameter_at(bound, place, depth + 1)]))
        return found


def _is_object(of: Type) -> bool:
    return isinstance(of, Thing) or (isinstance(of, Code) and of.kind not in FUNCTION_NODES)


def parameters_of(function: Node | None) -> list[Node]:
    """The parameters of a function or a function's type, without a declared `this`."""
    listed = function.child_by_field_name("parameters") if function is not None else None
    if listed is None:
        alone = function.child_by_field_name("parameter") if function is not None else None
        return [alone] if alone is not None else []
    found = [each for each in listed.named_children if each.type != "comment"]
    first = found[0].child_by_field_name("pattern") if found else None
    return found[1:] if first is not None and first.type == "this" else found


def is_rest(parameter: Node) -> bool:
    pattern = parameter.child_by_field_name("pattern")
    return parameter.type == "rest_pattern" or (pattern is not None and pattern.type == "rest_pattern")


def written_parameter(function: Node | None, place: int) -> Node | None:
    """The type that is written for a parameter; for a place behind the last that of the rest."""
    listed = parameters_of(function)
    if listed and place >= len(listed) and is_rest(listed[-1]):
        place = len(listed) - 1
    return listed[place].child_by_field_name("type") if place < len(listed) else None
