"""What a variable may be, by what binds it: assignments, loops, `with`, definitions, imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.analysis import MAX_DEPTH, Analysis
from repoagent_indexers.resolve.python.file import Occurrence, PythonFile, Scope
from repoagent_indexers.resolve.python.nodes import annotation_of
from repoagent_indexers.resolve.python.values import (
    ClassValue,
    Foreign,
    FunctionValue,
    Instance,
    Value,
    Values,
    items_of,
    unpacked,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_ENTERED_AS_THEMSELVES = frozenset({"open", "tempfile", "io", "socket", "zipfile"})
"""What of the standard library `with` hands out is nothing of the repository's."""


class Variables(Analysis):
    """What a variable may be, by what binds it: assignments, loops, `with`, definitions, imports."""

    def variable(self, file: PythonFile, scope: Scope, name: str, depth: int = 0) -> Values:
        """What a variable may be: what all that bind it agree on, an annotation before all else."""
        key = (file.path, scope.node.id, name)
        if key in self._variables:
            return self._variables[key]
        if depth > MAX_DEPTH or key in self._active:
            self._n_circles += key in self._active
            return ()
        self._active.add(key)
        try:
            found = self._variable(file, scope, name, depth)
        finally:
            self._active.discard(key)
        if found or not self._active or self.is_lenient:
            self._variables[key] = found
        return found

    def _variable(self, file: PythonFile, scope: Scope, name: str, depth: int) -> Values:
        bindings = file.bindings(scope, name)
        annotated = [note for binding in bindings if (note := annotation_of(binding)) is not None]
        if annotated:
            return self.annotation(file, annotated[0], depth)
        found: list[Value] = []
        for binding in bindings:
            n_circles = self._n_circles
            values = self._bound(file, binding, name, depth)
            if values is None or (not values and self._n_circles > n_circles):
                continue  # x = x.copy() says nothing new
            if not values and not self.is_lenient:
                return ()
            found += values
        if not found and self.is_lenient:
            found += self._checked(file, scope, name, depth)
        return tuple(dict.fromkeys(found))

    def _checked(self, file: PythonFile, scope: Scope, name: str, depth: int) -> Values:
        """The classes that `isinstance(name, ...)` asks for in a function."""
        found: list[Value] = []
        for occurrence in file.occurrences(name) if scope.is_function else ():
            arguments = occurrence.node.parent
            call = arguments.parent if arguments is not None and arguments.type == "argument_list" else None
            if arguments is None or call is None or occurrence.scope is not scope or arguments.named_child_count != 2:
                continue
            callee = call.child_by_field_name("function")
            if (
                callee is not None
                and file.text(callee) == "isinstance"
                and arguments.named_children[0] == occurrence.node
            ):
                kinds = arguments.named_children[1]
                values = self.all_values(file, kinds.named_children if kinds.type == "tuple" else [kinds], depth)
                found += [Instance(value) for value in values if isinstance(value, ClassValue)]
        return tuple(found)

    def _bound(self, file: PythonFile, binding: Occurrence, name: str, depth: int) -> Values | None:
        """What one binding makes of a name; None when it says nothing (`x = None`, `del x`, `x += 1`)."""
        node = binding.node
        parent = node.parent
        assert parent is not None
        if binding.role in {"function", "class"}:
            value = FunctionValue if binding.role == "function" else ClassValue
            return (value(file.path, parent.start_byte),)
        if binding.role == "import":
            first = self.modules.absolute([name], file.path)
            return (first or Foreign(name, "module"),) if first or not self.modules.is_local(name) else ()
        if binding.role in {"from", "alias"}:
            return self.imported(file, parent, depth)
        if binding.role == "parameter":
            return self.parameter(file, binding, depth)
        return self.assigned(file, node, depth)

    def assigned(self, file: PythonFile, node: Node, depth: int) -> Values | None:
        """What an assignment, loop, `with` or `except` puts into a target; None when it says nothing."""
        child, parent = node, node.parent
        place: list[int] = []
        while parent is not None and parent.type in {"pattern_list", "tuple_pattern", "list_pattern", "tuple",
                                                     "as_pattern_target", "parenthesized_expression"}:  # fmt: skip
            if parent.type in {"pattern_list", "tuple_pattern", "list_pattern", "tuple"}:
                place.insert(0, next(n for n, c in enumerate(parent.named_children) if c.id == child.id))
            child, parent = parent, parent.parent
        if parent is None or parent.type in {"augmented_assignment", "delete_statement", "expression_list"}:
            return None
        right = parent.child_by_field_name("right")
        if parent.type == "assignment":
            while right is not None and right.type == "assignment":  # a = b = c
                right = right.child_by_field_name("right")
            if right is None or right.type == "none":
                return None
            return unpacked(self.value(file, right, depth), place)
        if parent.type == "named_expression":
            return self.value(file, parent.child_by_field_name("value"), depth)
        if parent.type in {"for_statement", "for_in_clause"}:
            return unpacked(items_of(self.value(file, right, depth)), place)
        if parent.type == "as_pattern" and not place:
            return self._as(file, parent, depth)
        return ()

    def _as(self, file: PythonFile, pattern: Node, depth: int) -> Values:
        outer = pattern.parent
        subject = pattern.named_children[0]
        if outer is not None and outer.type == "except_clause":
            kinds = subject.named_children if subject.type == "tuple" else [subject]
            values = self.all_values(file, kinds, depth)
            return tuple(Instance(v) if isinstance(v, ClassValue) else Foreign("", "object") for v in values)
        found: list[Value] = []
        for value in self.value(file, subject, depth):
            if isinstance(value, Instance):
                entered = self.member(value, "__enter__", depth) or self.member(value, "__aenter__", depth)
                given = [v for f in entered if isinstance(f, FunctionValue) for v in self.returned(f, value.of, depth)]
                if not given:
                    return ()
                found += given
            elif isinstance(value, Foreign) and value.items:
                found += value.items  # a function with @contextmanager
            elif isinstance(value, Foreign) and value.name.partition(".")[0] in _ENTERED_AS_THEMSELVES:
                found.append(Foreign(value.name, "object"))
            else:
                return ()
        return tuple(found)
