"""What a parameter without an annotation is, by what stands around its function and by who calls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.analysis import MAX_DEPTH, Analysis
from repoagent_indexers.resolve.python.file import Occurrence, PythonFile, Scope
from repoagent_indexers.resolve.python.nodes import (
    annotation_of,
    argument,
    call_of,
    decorators_of,
    first_parameter,
    results,
)
from repoagent_indexers.resolve.python.values import ClassValue, Instance, Value, Values, items_of

if TYPE_CHECKING:
    from tree_sitter import Node


_CALLS, _CALLERS = 12, 8
"""How many calls a lenient program looks at to learn what a parameter is, and in how many files at most."""


class Parameters(Analysis):
    """What a parameter without an annotation is, by what stands around its function and by who calls it."""

    def parameter(self, file: PythonFile, binding: Occurrence, depth: int) -> Values:
        """What a parameter without an annotation is: `self`, `cls`, a fixture of pytest, or unknown."""
        scope, name = binding.scope, file.text(binding.node)
        if scope.kind != "function":
            return ()
        decorators = decorators_of(file, scope.node)
        if scope.parent is not None and scope.parent.kind == "class" and first_parameter(file, scope.node) == name:
            cls = ClassValue(file.path, scope.parent.node.start_byte)
            if "staticmethod" not in decorators:
                label = scope.node.child_by_field_name("name")
                of_class = {"__new__", "__init_subclass__", "__class_getitem__"}
                bare = "classmethod" in decorators or (label is not None and file.text(label) in of_class)
                return (cls if bare else Instance(cls),)
        label = scope.node.child_by_field_name("name")
        if label is not None and (file.text(label).startswith("test") or "fixture" in decorators):
            return self._given_by_fixture(file, name, scope, depth)
        found = self._overridden(file, scope, name, depth) if label is not None else ()
        if not found and self.is_lenient and label is not None and depth < MAX_DEPTH - 4:
            found = self._given(file, binding, name, file.text(label), depth)
        return found

    def _given(self, file: PythonFile, parameter: Occurrence, name: str, function: str, depth: int) -> Values:
        """What the calls of a function give for a parameter, in its own file and a few others that use its name."""
        around = parameter.node
        while around.parent is not None and around.parent.type != "parameters":
            around = around.parent
        found: list[Value] = []
        if (default := around.child_by_field_name("value")) is not None:
            found += self.value(file, default, depth + 1)
        if around.type in {"list_splat_pattern", "dictionary_splat_pattern"} or around.parent is None:
            return tuple(found)
        before = [node for node in around.parent.named_children if node.type != "comment"]
        place = next((n for n, node in enumerate(before) if node.id == around.id), 0)
        scope = parameter.scope
        is_method = scope.parent is not None and scope.parent.kind == "class"
        if is_method and "staticmethod" not in decorators_of(file, scope.node):
            place -= 1
        if is_method and function == "__init__" and scope.parent is not None:
            label = scope.parent.node.child_by_field_name("name")
            function = file.text(label) if label is not None else function
        n_calls = 0
        for where in self._callers(file, function):
            for occurrence in where.occurrences(function):
                call = call_of(occurrence)
                if call is None or n_calls >= _CALLS:
                    continue
                n_calls += 1
                given = argument(where, call, place, name)
                found += self.value(where, given, depth + 4) if given is not None else ()
        return tuple(dict.fromkeys(found))

    def _callers(self, file: PythonFile, name: str) -> Iterator[PythonFile]:
        yield file
        users = self.index.users(name)
        for position, _ in users if len(users) <= _CALLERS else ():
            path = self.index.catalogue.paths[position]
            other = self.file(path) if path != file.path and path in self.modules.paths else None
            if other is not None:
                yield other

    def _overridden(self, file: PythonFile, scope: Scope, name: str, depth: int) -> Values:
        """What a parameter is where the method that this one overrides has an annotation for it."""
        label = scope.node.child_by_field_name("name")
        if scope.parent is None or scope.parent.kind != "class" or label is None:
            return ()
        for base in self.lineage(ClassValue(file.path, scope.parent.node.start_byte))[1:]:
            where, outer = self.class_scope(base) if isinstance(base, ClassValue) else (None, None)
            if where is None or outer is None:
                continue
            for method in where.bindings(outer, file.text(label)):
                if method.role == "function" and method.node.parent is not None:
                    for parameter in where.bindings(where.scope(method.node.parent), name):
                        if (note := annotation_of(parameter)) is not None:
                            return self.annotation(where, note, depth + 1)
        return ()

    def _given_by_fixture(self, file: PythonFile, name: str, scope: Scope, depth: int) -> Values:
        """What a fixture of pytest gives."""
        found = self.fixture(file, name, scope)
        if found is None:
            return ()
        where, function = found
        note = function.child_by_field_name("return_type")
        returns, yields = results(function)
        if note is not None:
            given = self.annotation(where, note, depth + 1)
            return items_of(given) or given if yields else given
        return self.all_values(where, yields or returns, depth + 1)

    def fixture(self, file: PythonFile, name: str, scope: Scope) -> tuple[PythonFile, Node] | None:
        """The fixture of pytest that a parameter names: looked for in the class, the file, then conftest.py outwards.

        None for none, and for a parameter of what is neither a test nor a fixture.
        """
        label = scope.node.child_by_field_name("name")
        if label is None or not (file.text(label).startswith("test") or "fixture" in decorators_of(file, scope.node)):
            return None
        places: list[tuple[PythonFile, Scope]] = []
        if scope.parent is not None and scope.parent.kind == "class":
            places.append((file, scope.parent))
        places.append((file, file.module))
        folder = file.path.rpartition("/")[0]
        while True:
            conftest = self.file(path) if (path := f"{folder}/conftest.py".lstrip("/")) in self.modules.paths else None
            if conftest is not None and conftest is not file:
                places.append((conftest, conftest.module))
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        for where, at in places:
            for occurrence in where.bindings(at, name):
                function = occurrence.node.parent
                if occurrence.role != "function" or function is None or function.id == scope.node.id:
                    continue
                if "fixture" in decorators_of(where, function):
                    return where, function
        return None
