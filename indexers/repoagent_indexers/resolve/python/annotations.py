"""What an object may be by its annotation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.analysis import MAX_DEPTH, Analysis
from repoagent_indexers.resolve.python.file import PythonFile, Scope
from repoagent_indexers.resolve.python.values import (
    ClassValue,
    Foreign,
    Instance,
    ModuleValue,
    Value,
    Values,
    objects_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node


_OPTIONAL = {"Optional", "Union", "Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar",
             "Awaitable", "Coroutine"}  # fmt: skip
_COLLECTIONS = {"list", "set", "frozenset", "tuple", "deque", "List", "Set", "FrozenSet", "Tuple", "Deque", "Sequence",
                "MutableSequence", "Iterable", "Iterator", "Collection", "AbstractSet", "MutableSet", "Generator",
                "AsyncIterator", "AsyncIterable", "AsyncGenerator", "Container", "Reversible"}  # fmt: skip
_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict", "ChainMap"}
_SPECIAL = _OPTIONAL | _COLLECTIONS | _MAPPINGS | {"Type", "type"}
"""Names that make a type out of types."""


class Annotations(Analysis):
    """What an object may be by its annotation."""

    def annotation(self, file: PythonFile, node: Node, depth: int = 0, of: ClassValue | None = None) -> Values:
        """What an object annotated like this may be; `of` is what Self means."""
        if depth > MAX_DEPTH:
            return ()
        kind = node.type
        if kind == "type":
            return self.annotation(file, node.named_children[0], depth, of) if node.named_children else ()
        if kind == "string":
            return self._quoted(file, node, depth)
        if kind == "none":
            return ()
        if kind in {"identifier", "attribute"}:
            text = file.text(node)
            if text.rpartition(".")[2] == "Self":
                scope: Scope | None = file.scope_of(node)
                while scope is not None and scope.kind != "class":
                    scope = scope.parent
                if of is None and scope is not None:
                    of = ClassValue(file.path, scope.node.start_byte)
                return (Instance(of),) if of is not None else ()
            if (alias := self._alias(file, node)) is not None:
                return self.annotation(alias[0], alias[1], depth + 1, of)
            return objects_of(self.value(file, node, depth))
        if kind == "binary_operator":
            return self._either(file, [node.child_by_field_name("left"), node.child_by_field_name("right")], depth, of)
        if kind in {"generic_type", "subscript"}:
            return self._generic(file, node, depth, of)
        if kind == "union_type":
            return self._either(file, list(node.named_children), depth, of)
        return ()

    def _alias(self, file: PythonFile, node: Node) -> tuple[PythonFile, Node] | None:
        """The annotation that a name stands for: `Numbers = Union[Int, Float]`; None where it is no such alias."""
        if node.type != "identifier":
            return None
        name = file.text(node)
        scope = file.resolve(file.scope_of(node), name)
        seen: set[str] = set()
        while scope is not None and scope.kind == "module" and file.path not in seen:
            seen.add(file.path)
            bindings = file.bindings(scope, name)
            parent = bindings[0].node.parent if len(bindings) == 1 else None
            if parent is None:
                return None
            if bindings[0].role == "from" and parent.parent is not None:
                source = self.imported_module(file, parent.parent)
                path = self.variable_of(source, name) if isinstance(source, ModuleValue) else None
                where = self.file(path) if path else None
                if where is None:
                    return None
                file, scope = where, where.module
                continue
            right = parent.child_by_field_name("right") if parent.type == "assignment" else None
            is_type = right is not None and (
                right.type == "binary_operator"
                or (right.type == "subscript" and file.text(right.named_children[0]).rpartition(".")[2] in _SPECIAL)
            )
            return (file, right) if right is not None and is_type else None
        return None

    def _either(self, file: PythonFile, nodes: Sequence[Node | None], depth: int, of: ClassValue | None) -> Values:
        found: list[Value] = []
        for node in nodes:
            inner = node.named_children[0] if node is not None and node.type == "type" and node.named_children else node
            if inner is None or inner.type == "none":
                continue
            values = self.annotation(file, inner, depth + 1, of)
            if not values and not self.is_lenient:
                return ()
            found += values
        return tuple(found)

    def _generic(self, file: PythonFile, node: Node, depth: int, of: ClassValue | None) -> Values:
        base = node.child_by_field_name("value") or node.named_children[0]
        name = file.text(base).rpartition(".")[2]
        inside = [n for n in node.named_children if n.id != base.id]
        if inside and inside[0].type == "type_parameter":
            inside = inside[0].named_children
        if inside and inside[0].type in {"tuple", "expression_list"}:
            inside = inside[0].named_children
        if name in {"Type", "type"} and inside:
            objects = self.annotation(file, inside[0], depth + 1, of)
            return tuple(value.of for value in objects if isinstance(value, Instance))
        if name in _OPTIONAL:
            chosen = inside[:1] if name == "Annotated" else inside[-1:] if name == "Coroutine" else inside
            return self._either(file, chosen, depth, of)
        if name in {"tuple", "Tuple"} and len(inside) > 1 and file.text(inside[-1]) != "...":
            parts = tuple(self._either(file, [n], depth, of) for n in inside)
            return (Foreign(name, "object", (), (), parts),)
        if name in _COLLECTIONS and inside:
            items = self._either(file, inside[:1], depth, of)
            return (Foreign(name, "object", items, items),)
        if name in _MAPPINGS and len(inside) == 2:
            keys, held = self._either(file, inside[:1], depth, of), self._either(file, inside[1:], depth, of)
            return (Foreign(name, "object", keys, held),)
        found = self.annotation(file, base, depth + 1, of)
        if len(inside) == 1 and len(found) == 1 and isinstance(found[0], Foreign):  # ContextVar[T], Queue[T]
            held = self._either(file, inside, depth, of)
            return (Foreign(found[0].name, "object", (), held),)
        return found

    def _quoted(self, file: PythonFile, node: Node, depth: int) -> Values:
        """The values of an annotation in quotation marks, when it is a plain one."""
        text = re.sub(r"^\w*[\"']+", "", file.text(node)).strip("\"' \n")
        found: list[Value] = []
        for part in re.sub(r"^(?:\w+\.)?(?:Optional|Union)\[(.*)\]$", r"\1", text).replace("|", ",").split(","):
            dotted = part.strip().split(".")
            if dotted == ["None"]:
                continue
            if not all(piece.isidentifier() for piece in dotted):
                return ()
            values = self.name(file, file.scope_of(node), dotted[0], depth + 1)
            for piece in dotted[1:]:
                values = self.attribute(values, piece, depth + 1)
            objects = objects_of(values)
            if not objects:
                return ()
            found += objects
        return tuple(found)
