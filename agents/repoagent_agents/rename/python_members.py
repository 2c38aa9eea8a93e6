"""The classes of Python that a member's rename touches: which define it, which override each other, which have it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from importlib import import_module

from repoagent_agents.rename.names import joined
from repoagent_agents.rename.outcome import SeveralMeanings
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH
from repoagent_indexers.resolve.python.file import BINDING, PythonFile, Scope
from repoagent_indexers.resolve.python.nodes import is_set, receiver_of
from repoagent_indexers.resolve.python.program import PythonProgram
from repoagent_indexers.resolve.python.values import ClassValue, Foreign, Instance, Super, Values

_COMMON = ("argparse collections concurrent.futures configparser csv datetime decimal email.message fractions "
           "http.client io json logging pathlib queue random re socket sqlite3 string subprocess tempfile threading "
           "types unittest urllib.parse xml.etree.ElementTree zipfile").split()  # fmt: skip
"""Modules of the standard library whose members an object of something unknown may have."""


class Members:
    """The classes that define a member of a name, and those whose member of it is the one that is meant."""

    def __init__(self, program: PythonProgram, name: str, paths: Sequence[str]) -> None:
        """`paths` are the files of Python in which the name stands."""
        self.program = program
        self.name = name
        self.paths = paths
        self.classes: set[ClassValue] = set()
        """The classes whose member is meant."""

    def choose(self, targets: Sequence[ClassValue]) -> None:
        """Take the member of these classes, and of those whose member overrides it or is overridden by it.

        Raises SeveralMeanings for classes whose members are not one.
        """
        self.classes = self._component(targets[0])
        if not self.classes.issuperset(targets):
            raise SeveralMeanings(self.name)

    @cached_property
    def _files(self) -> list[PythonFile]:
        return [file for path in self.paths if (file := self.program.file(path)) is not None]

    @cached_property
    def definers(self) -> dict[ClassValue, int]:
        """The classes that define the member -> where."""
        return self.definers_of(self.name, self.paths)

    def definers_of(self, name: str, paths: Iterable[str]) -> dict[ClassValue, int]:
        found: dict[ClassValue, int] = {}
        for path in paths:
            file = self.program.file(path)
            for occurrence in file.occurrences(name) if file is not None else ():
                assert file is not None
                scope: Scope | None = None
                if occurrence.role in BINDING:
                    scope = file.variable(occurrence, name)
                elif occurrence.role == "attribute" and is_set(occurrence.node):
                    scope = self.program.self_class(file, occurrence)
                if scope is not None and scope.kind == "class":
                    found.setdefault(ClassValue(path, scope.node.start_byte), occurrence.start)
        return found

    @cached_property
    def others(self) -> set[ClassValue]:
        """The classes outside of the target's family that define a member of the same name."""
        return set(self.definers) - self.classes

    @cached_property
    def derived(self) -> dict[ClassValue, set[ClassValue]]:
        """Every class that defines or inherits such a member -> the repository's classes in its lineage, itself too."""
        found: dict[ClassValue, set[ClassValue]] = {}
        for cls in [*self.definers, *self._candidates]:
            lineage = {here for here in self.program.lineage(cls) if isinstance(here, ClassValue)}
            if lineage & set(self.definers):
                found[cls] = lineage
        return found

    @cached_property
    def _candidates(self) -> list[ClassValue]:
        """The classes that may be derived from a defining one, going by the names of bases alone."""
        kind = SYMBOL_KINDS.index("class")
        classes: list[tuple[str, str, set[str], int]] = []
        index = self.program.index
        for position, path in enumerate(index.catalogue.paths):
            facts = index.facts(position) if path.endswith((".py", ".pyi")) else None
            for at in range(0, len(facts.symbols) if facts else 0, SYMBOL_WIDTH):
                assert facts is not None
                if facts.symbols[at] == kind and "(" in (signature := facts.strings[facts.symbols[at + 3]]):
                    bases = set(re.findall(r"\w+", signature.partition("(")[2]))
                    name = facts.strings[facts.symbols[at + 1]]
                    classes.append((path, name, bases, facts.symbols[at + 10]))
        names = {self.class_name(cls) for cls in self.definers}
        chosen: dict[tuple[str, int], None] = {}
        grown = True
        while grown:
            grown = False
            for path, name, bases, start in classes:
                if (path, start) not in chosen and bases & names:
                    chosen[path, start] = None
                    names.add(name)
                    grown = True
        found = []
        for path, start in chosen:
            file = self.program.file(path)
            node = file.around(start, "class_definition") if file is not None else None
            if node is not None:
                found.append(ClassValue(path, node.start_byte))
        return found

    def class_name(self, cls: ClassValue) -> str:
        file, scope = self.program.class_scope(cls)
        label = scope.node.child_by_field_name("name") if scope is not None else None
        return file.text(label) if file is not None and label is not None else ""

    def _component(self, target: ClassValue) -> set[ClassValue]:
        """The classes that define the member and meet the target in some class's lineage: they override each other."""
        groups = [lineage & set(self.definers) for lineage in self.derived.values()]
        for cls in self.definers:  # a .py and its .pyi
            for twin in self.program.modules.twins(cls.path):
                same = {o for o in self.definers if o.path == twin and self.class_name(o) == self.class_name(cls)}
                groups.append({cls, *same})
        return joined(target, groups)

    def taken(self, new: str, paths: Iterable[str]) -> Iterator[tuple[ClassValue, int]]:
        """Classes that have the member and one of a new name, and where that is; `paths` mention the new name."""
        touched = {cls for cls, lineage in self.derived.items() if lineage & self.classes}
        touched |= {base for cls in touched for base in self.derived[cls]}
        for cls, start in self.definers_of(new, paths).items():
            lineage = {here for here in self.program.lineage(cls) if isinstance(here, ClassValue)}
            if cls in touched or lineage & self.classes:
                yield cls, start

    def verdict(self, values: Values) -> str:
        """Return yes or "" for whether the member of one of these values is the target; else why that is not known."""
        answers = {self._verdict_of(value) for value in values}
        if not answers:
            return "unknown"
        return answers.pop() if len(answers) == 1 else "what it is taken from is one of several classes"

    def _verdict_of(self, value: object) -> str:
        if not isinstance(value, ClassValue | Instance | Super):
            return ""
        of = value if isinstance(value, ClassValue) else value.of
        lineage = {here for here in self.program.lineage(of) if isinstance(here, ClassValue)}
        if isinstance(value, Super):
            lineage.discard(of)
        here = lineage & set(self.definers)
        if here:
            return "yes" if here & self.classes else ""
        below = [group & set(self.definers) for group in self.derived.values() if of in group]
        if any(group & self.classes for group in below):
            if all(group & self.classes for group in below):
                return "yes"
            return f"classes derived from {self.class_name(of)} have different members of this name"
        return "unknown" if self.program.is_open(of) else ""

    @cached_property
    def is_common(self) -> bool:
        """Whether a builtin type has such a member, or a class of a library that a file with the name speaks of."""
        if self.name in common_members("builtins"):
            return True
        for module in _COMMON:
            if self.name in common_members(module):
                word = module.partition(".")[0].encode()
                if any(word in file.content for file in self._files):
                    return True
        return False

    @cached_property
    def is_met_outside(self) -> bool:
        """Whether somewhere an object from outside the repository has a member of this name."""
        for file in self._files:
            for occurrence in file.occurrences(self.name):
                if occurrence.role == "attribute":
                    values = self.program.value(file, receiver_of(occurrence))
                    if any(isinstance(value, Foreign) and value.kind == "object" for value in values):
                        return True
        return False

    def has_field(self, cls: object) -> bool:
        """Whether a class's annotated variables are its constructor's keywords: no own __init__, and an annotation."""
        for here in self.program.lineage(cls) if isinstance(cls, ClassValue) else ():
            if isinstance(here, ClassValue):
                file, scope = self.program.class_scope(here)
                if file is None or scope is None or file.binds(scope, "__init__"):
                    return False
                for binding in file.bindings(scope, self.name):
                    parent = binding.node.parent
                    return parent is not None and parent.child_by_field_name("type") is not None
        return False


@cache
def common_members(module: str) -> frozenset[str]:
    """The public members of the classes in a module of the standard library."""
    kinds = [value for value in vars(import_module(module)).values() if isinstance(value, type)]
    return frozenset(name for kind in kinds for name in dir(kind) if not name.startswith("_"))
