"""Classes: what they are derived from, and what their members are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.analysis import Analysis
from repoagent_indexers.resolve.python.file import Occurrence, PythonFile, Scope
from repoagent_indexers.resolve.python.nodes import (
    annotation_around,
    decorators_of,
    first_parameter,
    is_property,
    is_set,
)
from repoagent_indexers.resolve.python.values import ClassValue, Foreign, FunctionValue, Instance, Super, Value, Values

if TYPE_CHECKING:
    pass


class Classes(Analysis):
    """Classes: what they are derived from, and what their members are."""

    def class_scope(self, cls: ClassValue) -> tuple[PythonFile | None, Scope | None]:
        """The file of a class, and its scope."""
        file = self.file(cls.path)
        if file is None:
            return None, None
        node = file.around(cls.start, "class_definition")
        return file, file.scope(node) if node is not None else None

    def bases(self, cls: ClassValue) -> list[ClassValue | Foreign | None]:
        """The bases of a class in order; None for one that is not known."""
        file, scope = self.class_scope(cls)
        listed = scope.node.child_by_field_name("superclasses") if scope is not None else None
        found: list[ClassValue | Foreign | None] = []
        for node in listed.named_children if listed is not None and file is not None else ():
            if node.type in {"keyword_argument", "comment"}:
                continue
            assert file is not None
            values = self.value(file, node)
            known = [value for value in values if isinstance(value, ClassValue | Foreign)]
            found += known or [None]
        return found

    def lineage(self, cls: ClassValue) -> list[ClassValue | Foreign]:
        """A class and what it is derived from, depth first; close to the order in which Python looks."""
        if cls in self._lineages:
            return self._lineages[cls]
        found: dict[ClassValue | Foreign, None] = {}
        waiting: list[ClassValue | Foreign] = [cls]
        while waiting:
            here = waiting.pop(0)
            if here in found:
                continue
            found[here] = None
            if isinstance(here, ClassValue):
                waiting = [base for base in self.bases(here) if base is not None] + waiting
        if not self._active:
            self._lineages[cls] = list(found)
        return list(found)

    def is_open(self, cls: ClassValue) -> bool:
        """Whether a class has a base that is not known, or finds attributes by `__getattr__`."""
        for here in self.lineage(cls):
            if isinstance(here, ClassValue):
                file, scope = self.class_scope(here)
                if None in self.bases(here) or (file and scope and file.binds(scope, "__getattr__")):
                    return True
        return False

    def is_enum(self, cls: ClassValue) -> bool:
        names = {here.name.rpartition(".")[2] for here in self.lineage(cls) if isinstance(here, Foreign)}
        return bool(names & {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})

    def member(self, value: ClassValue | Instance | Super, name: str, depth: int = 0) -> Values:
        """What an attribute of a class or an object of it is."""
        of = value if isinstance(value, ClassValue) else value.of
        order = self.lineage(of)
        for cls in order[1:] if isinstance(value, Super) else order:
            if isinstance(cls, Foreign):
                continue
            file, scope = self.class_scope(cls)
            if file is None or scope is None:
                continue
            bindings = file.bindings(scope, name)
            if bindings:
                values = self.variable(file, scope, name, depth + 1)
                if any(b.role == "function" and is_property(file, b) for b in bindings):
                    values = tuple(
                        v for f in values if isinstance(f, FunctionValue) for v in self.returned(f, of, depth)
                    )
                elif isinstance(value, ClassValue) and self.is_enum(cls) and bindings[0].role == "assign":
                    values = (Instance(cls),)
                return values
            if attributes := self.self_attributes(file, scope, name):
                return self._attribute_values(file, attributes, depth)
        return ()

    def _attribute_values(self, file: PythonFile, attributes: Sequence[Occurrence], depth: int) -> Values:
        found: list[Value] = []
        for attribute in attributes:
            node = attribute.node.parent
            assert node is not None
            note = annotation_around(node)
            if note is not None:
                return self.annotation(file, note, depth)
            values = self.assigned(file, node, depth)
            if values is None:
                continue
            if not values and not self.is_lenient:
                return ()
            found += values
        return tuple(dict.fromkeys(found))

    def self_attributes(self, file: PythonFile, scope: Scope, name: str) -> list[Occurrence]:
        """The places in a class's methods that set `self.name`."""
        key = (file.path, scope.node.id, name)
        if key not in self._set_on_self:
            self._set_on_self[key] = [
                each
                for each in file.occurrences(name)
                if each.role == "attribute" and is_set(each.node) and self.self_class(file, each) is scope
            ]
        return self._set_on_self[key]

    def self_class(self, file: PythonFile, attribute: Occurrence) -> Scope | None:
        """The class whose `self` or `cls` an attribute is taken from; None for another receiver."""
        receiver = attribute.node.parent.child_by_field_name("object") if attribute.node.parent else None
        if receiver is None or receiver.type != "identifier":
            return None
        name = file.text(receiver)
        owner = file.resolve(attribute.scope, name)
        if owner is None or owner.kind != "function" or owner.parent is None or owner.parent.kind != "class":
            return None
        if first_parameter(file, owner.node) != name or "staticmethod" in decorators_of(file, owner.node):
            return None
        bindings = file.bindings(owner, name)
        return owner.parent if all(binding.role == "parameter" for binding in bindings) else None
