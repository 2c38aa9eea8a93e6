"""What calling a function gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.analysis import MAX_DEPTH, Analysis
from repoagent_indexers.resolve.python.file import PythonFile
from repoagent_indexers.resolve.python.nodes import decorators_of, gives_receiver, is_receiver, results
from repoagent_indexers.resolve.python.values import ClassValue, Foreign, FunctionValue, Instance, Values

if TYPE_CHECKING:
    from tree_sitter import Node


_TRANSPARENT = {"staticmethod", "classmethod", "property", "cached_property", "abstractmethod", "override", "final",
                "overload", "lru_cache", "cache", "wraps", "fixture", "setter", "getter", "deleter",
                "contextmanager", "asynccontextmanager"}  # fmt: skip


class Functions(Analysis):
    """What calling a function gives."""

    def function(self, value: FunctionValue) -> tuple[PythonFile | None, Node | None]:
        file = self.file(value.path)
        if file is None:
            return None, None
        return file, file.around(value.start, "function_definition")

    def returned(self, value: FunctionValue, of: ClassValue | None = None, depth: int = 0) -> Values:
        """What calling a function gives; `of` is the class through which a method is called."""
        file, node = self.function(value)
        if file is None or node is None or depth > MAX_DEPTH:
            return ()
        note = node.child_by_field_name("return_type")
        decorators = decorators_of(file, node)
        if note is not None:
            if of is not None and gives_receiver(file, node, note):
                return (Instance(of),)
            return self.annotation(file, note, depth + 1, of) or self._parameterised(file, node, note, of, depth)
        if decorators - _TRANSPARENT:
            return ()
        returns, yields = results(node)
        if yields:
            items = self.all_values(file, yields, depth + 1)
            return (Foreign("", "object", items),)
        if of is not None and returns and all(is_receiver(file, each, node) for each in returns):
            return (Instance(of),)
        return self.all_values(file, returns, depth + 1)

    def _parameterised(self, file: PythonFile, method: Node, note: Node, of: ClassValue | None, depth: int) -> Values:
        """What a method annotated with a type variable gives, where a class was derived from `Base[Argument]`."""
        owner = file.scope(method).parent
        variable = self.value(file, note.named_children[0], depth) if note.named_children else ()
        if of is None or owner is None or owner.kind != "class":
            return ()
        if not all(isinstance(value, Foreign) and value.name.endswith("TypeVar") for value in variable) or not variable:
            return ()
        generic = ClassValue(file.path, owner.node.start_byte)
        for cls in self.lineage(of):
            where, scope = self.class_scope(cls) if isinstance(cls, ClassValue) else (None, None)
            listed = scope.node.child_by_field_name("superclasses") if scope is not None else None
            for base in listed.named_children if listed is not None else ():
                if where is None or base.type != "subscript" or base.named_child_count != 2:
                    continue
                if generic in self.value(where, base.named_children[0], depth):
                    return self.annotation(where, base.named_children[1], depth + 1)
        return ()
