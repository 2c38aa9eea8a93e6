"""What an expression may be."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.analysis import MAX_DEPTH, Analysis
from repoagent_indexers.resolve.python.file import PythonFile, Scope
from repoagent_indexers.resolve.python.values import (
    ClassValue,
    Foreign,
    FunctionValue,
    Instance,
    ModuleValue,
    Super,
    Value,
    Values,
    foreign_attribute,
    foreign_result,
    items_of,
    subscripted,
)

if TYPE_CHECKING:
    from tree_sitter import Node


_STEPS = 4000
"""How many expressions are looked at for one value."""
_LENIENT_STEPS = 400
_REARRANGING = {"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "enumerate", "zip", "next"}
_LITERALS = {"string", "concatenated_string", "integer", "float", "true", "false", "list", "dictionary", "set", "tuple",
             "list_comprehension", "dictionary_comprehension", "set_comprehension", "generator_expression",
             "comparison_operator", "not_operator", "ellipsis", "lambda"}  # fmt: skip


class Expressions(Analysis):
    """What an expression may be."""

    def value(self, file: PythonFile, node: Node | None, depth: int = 0) -> Values:
        """What an expression may be."""
        if node is None or depth > MAX_DEPTH:
            return ()
        key = (file.path, node.start_byte, node.end_byte, node.type)
        if key in self._values:
            return self._values[key]
        if key in self._active:
            self._n_circles += 1
            return ()
        self._n_steps = self._n_steps + 1 if self._active else 0
        if self._n_steps > (_LENIENT_STEPS if self.is_lenient else _STEPS):
            return ()
        self._active.add(key)
        try:
            found = tuple(dict.fromkeys(self._value(file, node, depth + 1)))
        finally:
            self._active.discard(key)
        if not self._active or found or self.is_lenient:
            self._values[key] = found
        return found

    def _value(self, file: PythonFile, node: Node, depth: int) -> Values:
        kind = node.type
        if kind == "identifier":
            return self.name(file, file.scope_of(node), file.text(node), depth)
        if kind == "attribute":
            attribute = node.child_by_field_name("attribute")
            receiver = self.value(file, node.child_by_field_name("object"), depth)
            return self.attribute(receiver, file.text(attribute), depth) if attribute is not None else ()
        if kind == "call":
            return self._call(file, node, depth)
        if kind in {"parenthesized_expression", "await"}:
            return self.value(file, next(iter(node.named_children), None), depth)
        if kind == "named_expression":
            return self.value(file, node.child_by_field_name("value"), depth)
        if kind == "conditional_expression":
            return self.all_values(file, node.named_children[::2], depth)
        if kind == "boolean_operator":
            return self.all_values(file, [node.child_by_field_name("left"), node.child_by_field_name("right")], depth)
        if kind == "subscript":
            base = self.value(file, node.child_by_field_name("value"), depth)
            if all(isinstance(value, Foreign) for value in base):
                return subscripted(base, file.text(node.named_children[-1]))
            return base if all(isinstance(value, ClassValue) for value in base) else ()  # Generic[T]
        if kind in {"list", "tuple", "set", "expression_list"} and node.named_child_count:
            items = self.all_values(file, node.named_children, depth)
            parts = () if kind in {"list", "set"} else tuple(self.value(file, n, depth) for n in node.named_children)
            return (Foreign("", "object", items, items, parts),)
        if kind in {"list_comprehension", "set_comprehension", "generator_expression"}:
            items = self.value(file, node.child_by_field_name("body"), depth)
            return (Foreign("", "object", items, items),)
        return (Foreign("", "object"),) if kind in _LITERALS else ()

    def all_values(self, file: PythonFile, nodes: Sequence[Node | None], depth: int) -> Values:
        """The values of all nodes; unknown as soon as one is. None counts for nothing."""
        found: list[Value] = []
        for node in nodes:
            if node is None or node.type in {"none", "comment"}:
                continue
            values = self.value(file, node, depth)
            if not values and not self.is_lenient:
                return ()
            found += values
        return tuple(found)

    def name(self, file: PythonFile, scope: Scope, name: str, depth: int = 0) -> Values:
        """What a name means in a scope."""
        owner = file.resolve(scope, name)
        if owner is not None:
            return self.variable(file, owner, name, depth)
        for statement in file.star_imports:
            source = self.imported_module(file, statement)
            if isinstance(source, ModuleValue) and self.exports(source, name):
                found = self.module_attribute(source, name, depth)
                if found:
                    return found
        if hasattr(builtins, name):
            return (Foreign(name, "member"),)
        return ()

    def attribute(self, receiver: Values, name: str, depth: int = 0) -> Values:
        """What `receiver.name` is."""
        found: list[Value] = []
        for value in receiver:
            if isinstance(value, Foreign) and value.kind == "module":
                found.append(self.below(value, name))
                continue
            if isinstance(value, Foreign):
                found.append(foreign_attribute(value, name))
                continue
            if isinstance(value, ModuleValue):
                values = self.module_attribute(value, name, depth + 1)
            elif isinstance(value, ClassValue | Instance | Super):
                values = self.member(value, name, depth + 1)
            else:
                values = ()
            if not values and not self.is_lenient:
                return ()
            found += values
        return tuple(found)

    def _call(self, file: PythonFile, node: Node, depth: int) -> Values:
        callee = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        if callee is None or arguments is None:
            return ()
        text = file.text(callee)
        positional = [n for n in arguments.named_children if n.type not in {"keyword_argument", "comment"}]
        if text == "super":
            return self._super(file, node)
        if text == "type" and len(positional) == 1:
            objects = self.value(file, positional[0], depth)
            return tuple(known.of for known in objects if isinstance(known, Instance))
        if text in {"cast", "typing.cast", "t.cast"} and len(positional) == 2:
            return self.annotation(file, positional[0], depth)
        if text in {"copy.copy", "copy.deepcopy", "deepcopy", "replace", "dataclasses.replace",
                    "weakref.proxy"} and positional:  # fmt: skip
            return self.value(file, positional[0], depth)
        if text in _REARRANGING and positional:
            return self._rearranged(file, text, positional, depth)
        receiver: Values = ()
        if callee.type == "attribute":
            receiver = self.value(file, callee.child_by_field_name("object"), depth)
        found: list[Value] = []
        for value in self.value(file, callee, depth):
            values: Values = ()
            if isinstance(value, ClassValue):
                values = (Instance(value),)
            elif isinstance(value, FunctionValue):
                of = next((v.of if isinstance(v, Instance | Super) else v for v in receiver
                           if isinstance(v, Instance | ClassValue | Super)), None)  # fmt: skip
                values = self.returned(value, of, depth + 1)
            elif isinstance(value, Instance):
                methods = self.member(value, "__call__", depth + 1)
                given = [self.returned(m, value.of, depth + 1) for m in methods if isinstance(m, FunctionValue)]
                values = tuple(each for known in given for each in known)
            elif isinstance(value, Foreign):
                values = foreign_result(value)
            if not values and not self.is_lenient:
                return ()
            found += values
        return tuple(found)

    def _rearranged(self, file: PythonFile, text: str, arguments: Sequence[Node], depth: int) -> Values:
        """What a builtin makes of collections: the same items in another order, counted, or side by side."""
        all_items = [items_of(self.value(file, argument, depth)) for argument in arguments]
        if text == "next":
            return all_items[0]
        if text == "enumerate":
            items: Values = (Foreign("", "object", (), (), ((Foreign("int", "object"),), all_items[0])),)
        elif text == "zip":
            items = (Foreign("", "object", (), (), tuple(all_items)),)
        else:
            items = all_items[0]
        return (Foreign(text, "object", items, items),)

    def _super(self, file: PythonFile, node: Node) -> Values:
        scope: Scope | None = file.scope_of(node)
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        return (Super(ClassValue(file.path, scope.node.start_byte)),) if scope is not None else ()
