"""What a name in a Python file means, from the values that `PythonProgram` finds plain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import SYMBOL_WIDTH
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.python.file import Occurrence, PythonFile, Scope
from repoagent_indexers.resolve.python.nodes import all_strings, receiver_of
from repoagent_indexers.resolve.python.program import PythonProgram
from repoagent_indexers.resolve.python.receivers import may_be_module
from repoagent_indexers.resolve.python.values import (
    ClassValue,
    Foreign,
    FunctionValue,
    Instance,
    ModuleValue,
    Super,
    Values,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index
    from repoagent_indexers.reading.facts import Facts

_WORD = re.compile(rb"[\w\x80-\xff]+")
_EVERYWHERE = frozenset(
    name
    for kind in (str, bytes, list, dict, set, int, float, tuple, object, BaseException, type, complex, property, range)
    for name in dir(kind)
) | frozenset("read write close open run start stop send recv get put name path url data value next wait join".split())
"""Members that objects from outside of a repository have as well."""
_BARE = frozenset({"object", "ABC", "Generic", "Protocol"})
"""Bases from outside that have no members of their own."""
_WITHOUT_STATEMENTS = frozenset({"expression_statement", "assert_statement", "return_statement", "raise_statement"})
_BY_SCOPE = frozenset("use from alias imported import module function class assign global nonlocal".split())
"""Roles of which scopes and imports say what they mean; of the others the rest of the file does, too."""
_MAX_FAMILY = 12
"""Classes of one family that define a member, at most, to take a use of the member for theirs."""
_MAX_ALIASES = 20
"""Names under which one definition is looked for, beside its own."""
_QUICK_BYTES = 1 << 21
"""Of source that a quick analysis parses whole: a quarter of a second."""


class PythonResolver:
    """See `meaning.Resolver`."""

    def __init__(self, index: Index, *, quick: bool = False) -> None:
        """With `quick` nothing is guessed, as what a parameter is by what its callers give, and few files are read."""
        self.index = index
        self._only: dict[str, Meaning | None] = {}
        self._derived: dict[tuple[frozenset[ClassValue], str], Meaning | None] = {}
        self._modular: dict[tuple[str, int], bool] = {}
        """Place of an attribute -> whether it may be that of a module."""
        self.program = PythonProgram(index, max_bytes=_QUICK_BYTES if quick else None)
        self.guesses = PythonProgram(index, lenient_of=self.program) if not quick else None

    def same(self, place: Place, name: str) -> frozenset[Place]:
        file = self.program.file(place.path) if self._is_member(place, name) else self.program.about(place.path, name)
        occurrence = _occurrence_at(file, place.start, name) if file is not None else None
        if file is None or occurrence is None:
            return frozenset({place})
        if occurrence.role == "attribute":
            scope = self.program.self_class(file, occurrence)
            found = self._own_members(file, scope, name) if scope is not None else frozenset()
        else:
            scope = file.variable(occurrence, name)
            if scope is not None and scope.kind == "class":
                found = self._own_members(file, scope, name)
            elif scope is not None:
                found = frozenset(Place(file.path, binding.start) for binding in file.bindings(scope, name))
            else:
                found = frozenset()
        return found | {place}

    def together(self, place: Place, name: str) -> frozenset[Place] | None:  # noqa: ARG002
        return None

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        waiting: list[tuple[str, Iterable[str]]] = [(name, paths)]
        seen: set[tuple[str, str]] = set()
        asked = {name}
        is_member = any(self._is_member(place, name) for place in targets)
        homes = frozenset(place.path for place in targets) if is_member else None
        if all(self._is_local(place, name) for place in targets):
            waiting = [(name, sorted({place.path for place in targets}))]
        while waiting:
            wanted, where = waiting.pop(0)
            for path in where:
                file = self._file(path, wanted, homes) if (path, wanted) not in seen else None
                seen.add((path, wanted))
                if file is not None and not is_member:
                    yield from self._listed(file, wanted, targets)
                for occurrence in file.occurrences(wanted) if file is not None else ():
                    assert file is not None
                    place = Place(path, occurrence.start)
                    if place in targets or not (is_member or self._may_be_variable(file, occurrence)):
                        continue
                    found = self._meaning(file, occurrence, wanted)
                    if found is None and is_member and occurrence.role == "attribute":
                        found = Meaning(targets, "by name only")
                    if found is None or found.places.isdisjoint(targets):
                        continue
                    if occurrence.role != "alias":
                        yield place, found
                    if occurrence.role == "imported" and (alias := _alias_of(file, occurrence)) and alias != wanted:
                        waiting.append((alias, [path]))
                        if alias not in asked and len(asked) < _MAX_ALIASES and occurrence.scope is file.module:
                            asked.add(alias)
                            waiting.append((alias, self._handing_on(alias)))

    def _file(self, path: str, name: str, homes: frozenset[str] | None) -> PythonFile | None:
        """A file, or as much of it as is needed to say what a name means wherever it stands in it; None for nothing.

        A member, which has its `homes`, is named elsewhere behind a dot or as a keyword alone.
        """
        if homes is not None:
            return self.program.file(path) if path in homes or self.program.mentions_member(path, name) else None
        file = self.program.about(path, name)
        for each in file.occurrences(name) if file is not None else ():
            assert file is not None
            is_plain = each.role in _BY_SCOPE or (each.role == "parameter" and not _may_be_fixture(file, each.scope))
            if not is_plain and self._may_be_variable(file, each):
                return self.program.file(path)
        return file

    def _may_be_variable(self, file: PythonFile, occurrence: Occurrence) -> bool:
        """Whether a name may mean a variable of a module or function: no member of an object, and no field of one."""
        if occurrence.role != "attribute":
            return occurrence.role != "keyword"
        key = (file.path, occurrence.start)
        if key not in self._modular:
            self._modular[key] = may_be_module(self.program, file, receiver_of(occurrence))
        return self._modular[key]

    def _is_member(self, place: Place, name: str) -> bool:
        file = self.program.about(place.path, name)
        occurrence = _occurrence_at(file, place.start, name) if file is not None else None
        return occurrence is not None and (occurrence.role == "attribute" or occurrence.scope.kind == "class")

    def _is_local(self, place: Place, name: str) -> bool:
        """Whether a function's own variable is meant, which no other file can name."""
        file = self.program.about(place.path, name)
        occurrence = _occurrence_at(file, place.start, name) if file is not None else None
        scope = file.variable(occurrence, name) if file is not None and occurrence is not None else None
        return scope is not None and scope.is_function

    def imported(self, path: str) -> frozenset[str]:
        file = self.program.file(path)
        found: set[str] = set()
        waiting = [file.tree.root_node] if file is not None else []
        while waiting:
            node = waiting.pop()
            if node.type not in {"import_statement", "import_from_statement"}:
                waiting += [child for child in node.named_children if child.type not in _WITHOUT_STATEMENTS]
                continue
            assert file is not None
            if node.type == "import_from_statement":
                source = self.program.imported_module(file, node)
                found.update({source.path} if isinstance(source, ModuleValue) else ())
            for name in node.children_by_field_name("name"):
                for place in self._followed(file, name, frozenset()) or ():
                    found.add(place.path)
        return frozenset(found)

    def _listed(self, file: PythonFile, name: str, targets: frozenset[Place]) -> Iterator[tuple[Place, Meaning]]:
        """Where a module's `__all__` lists a name."""
        if b"__all__" in file.content:
            for node in all_strings(file):
                found = self._of_module(ModuleValue(file.path), name) if file.text(node) == name else None
                if found and not found.isdisjoint(targets):
                    yield Place(file.path, node.start_byte), Meaning(found, "resolved")

    def meaning(self, place: Place) -> Meaning | None:
        file = self.program.file(place.path)
        word = _WORD.match(file.content, place.start) if file is not None else None
        if file is None or word is None:
            return None
        name = word[0].decode("utf-8", "replace")
        occurrence = _occurrence_at(file, place.start, name)
        return self._meaning(file, occurrence, name) if occurrence is not None else None

    # -- one occurrence -------------------------------------------------------------------------------------------

    def _meaning(self, file: PythonFile, occurrence: Occurrence, name: str) -> Meaning | None:
        try:
            return self._known(file, occurrence, name)
        except RecursionError:  # a chain that no person wrote
            return None

    def _known(self, file: PythonFile, occurrence: Occurrence, name: str) -> Meaning | None:
        role = occurrence.role
        if role == "attribute":
            return self._attribute(file, occurrence, name)
        if role == "keyword":
            return self._keyword(file, occurrence, name)
        if role in {"imported", "from"}:
            return self._imported(file, occurrence, name)
        if role == "module":
            return OUTSIDE
        if role == "parameter" and (fixture := self.program.fixture(file, name, occurrence.scope)) is not None:
            label = fixture[1].child_by_field_name("name")
            assert label is not None
            return Meaning(frozenset({Place(fixture[0].path, label.start_byte)}), "resolved")
        scope = file.variable(occurrence, name)
        if scope is None:
            return self._by_star(file, name)
        return _as_meaning(self._variable(file, scope, name))

    def _variable(
        self, file: PythonFile, scope: Scope, name: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> frozenset[Place] | None:
        """The places that bind a variable, imports followed; None when an import leads nowhere that is known."""
        found: set[Place] = set()
        is_known = False
        if scope.kind == "class":
            return self._own_members(file, scope, name)
        for binding in file.bindings(scope, name):
            places: frozenset[Place] | None = frozenset({Place(file.path, binding.start)})
            if binding.role in {"from", "alias"} and binding.node.parent is not None:
                places = self._followed(file, binding.node.parent, seen)
            elif binding.role == "import":
                module = self.program.modules.absolute([name], file.path)
                places = frozenset({Place(module.path, -1)}) if module is not None else frozenset()
            is_known = is_known or places is not None
            found |= places or set()
        return frozenset(found) if is_known else None

    def _followed(self, file: PythonFile, parent: Node, seen: frozenset[tuple[str, str]]) -> frozenset[Place] | None:
        """What one name of an import statement means: `parent` is its dotted name, or that with its alias."""
        statement = parent.parent
        original = parent.child_by_field_name("name") if parent.type == "aliased_import" else parent
        if statement is None or original is None:
            return None
        if statement.type == "import_statement":
            module = self.program.modules.absolute([file.text(part) for part in original.named_children], file.path)
            return frozenset({Place(module.path, -1)}) if module is not None else frozenset()
        source = self.program.imported_module(file, statement)
        if isinstance(source, Foreign):
            return frozenset()
        return self._of_module(source, file.text(original), seen) if source is not None else None

    def _of_module(
        self, module: ModuleValue, name: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> frozenset[Place] | None:
        """The places that `module.name` means."""
        if (module.path, name) in seen:
            return None
        path = self.program.variable_of(module, name)
        file = self.program.part(path, name) if path else None
        if file is not None:
            found = self._variable(file, file.module, name, seen | {(module.path, name)})
            if found:
                return found | self._twins(file, name)
        below = self.program.modules.submodule(module, name)
        return frozenset({Place(below.path, -1)}) if below is not None else None

    def _twins(self, file: PythonFile, name: str) -> frozenset[Place]:
        """The places that bind the same name in a stub beside a module, or in the module of a stub."""
        twins = self.program.modules.twins(file.path)
        others = [self.program.part(path, name) for path in twins if path != file.path]
        return frozenset(
            Place(other.path, binding.start)
            for other in others
            if other is not None
            for binding in other.bindings(other.module, name)
            if binding.role in {"function", "class", "assign"}
        )

    def _imported(self, file: PythonFile, occurrence: Occurrence, name: str) -> Meaning | None:
        """What a name behind `from m import` means."""
        node = occurrence.node.parent
        statement = node.parent if node is not None else None
        if statement is not None and statement.type == "aliased_import":
            statement = statement.parent
        if statement is None or statement.type != "import_from_statement":
            return OUTSIDE
        source = self.program.imported_module(file, statement)
        if isinstance(source, Foreign):
            return OUTSIDE
        return _as_meaning(self._of_module(source, name)) if source is not None else None

    def _by_star(self, file: PythonFile, name: str) -> Meaning | None:
        """What a name means that the file does not bind."""
        for statement in reversed(file.star_imports):
            source = self.program.imported_module(file, statement)
            if isinstance(source, ModuleValue) and self.program.exports(source, name):
                found = self._of_module(source, name)
                if found:
                    return Meaning(found, "resolved")
        return OUTSIDE

    def _attribute(self, file: PythonFile, occurrence: Occurrence, name: str) -> Meaning | None:
        receiver = receiver_of(occurrence)
        if receiver is None:
            return None
        values = self.program.value(file, receiver)
        found = self._of_values(values, name)
        classes = frozenset(_classes(values)) if found is OUTSIDE and not name.startswith("__") else None
        if classes and not self._is_made(file, receiver):
            return (self._of_derived(classes, name) if self.guesses else None) or self._unless_outside(classes)
        if found is None:
            likely = self._of_values(self.guesses.value(file, receiver), name) if self.guesses else None
            found = Meaning(likely.places, "probable") if likely is not None and likely.places else self._alone(name)
        return found

    def _is_made(self, file: PythonFile, node: Node) -> bool:
        """Whether an expression is a new object of a class itself: `Name()`, or a variable that is one."""
        if node.type == "call":
            callee = self.program.value(file, node.child_by_field_name("function"))
            return bool(callee) and all(isinstance(each, ClassValue) for each in callee)
        occurrence = (
            _occurrence_at(file, node.start_byte, name := file.text(node)) if node.type == "identifier" else None
        )
        scope = file.variable(occurrence, name) if occurrence is not None else None
        values = [_assigned_call(binding) for binding in file.bindings(scope, name)] if scope is not None else []
        return bool(values) and all(each is not None and self._is_made(file, each) for each in values)

    def _of_derived(self, classes: frozenset[ClassValue], name: str) -> Meaning | None:
        """The members of that name in classes that are derived from some that have none; None where they are many."""
        if (classes, name) not in self._derived:
            defined = [
                (position, facts, facts.parent(number))
                for position, number in self.index.definitions(name)
                if (facts := self.index.facts(position)) is not None
                and facts.language == "python"
                and facts.parent(number) >= 0
            ]
            found: set[Place] = set()
            for one in defined if len(defined) <= _MAX_FAMILY else ():
                owner = self._owner(*one, name)
                if owner is not None and not classes.isdisjoint(self.program.lineage(owner[0])):
                    found |= owner[1]
            self._derived[classes, name] = Meaning(frozenset(found), "probable") if found else None
        return self._derived[classes, name]

    def _unless_outside(self, classes: Iterable[ClassValue]) -> Meaning | None:
        """None where nothing is known of a member that some classes lack; it is no such case where a base from outside
        of the repository may have it."""
        lineages = (self.program.lineage(cls) for cls in classes)
        bases = {base.name.rpartition(".")[2] for found in lineages for base in found if isinstance(base, Foreign)}
        return None if bases <= _BARE else OUTSIDE

    def _owner(self, position: int, facts: Facts, parent: int, name: str) -> tuple[ClassValue, frozenset[Place]] | None:
        """A class, by the number of its symbol in a file, and what defines a member in it; None if it is no class."""
        file = self.program.file(self.index.catalogue.paths[position])
        node = file.around(facts.symbols[parent * SYMBOL_WIDTH + 10], "class_definition") if file is not None else None
        if file is None or node is None:
            return None
        return ClassValue(file.path, node.start_byte), self._own_members(file, file.scope(node), name)

    def _alone(self, name: str) -> Meaning | None:
        """The one member of that name in the repository, with those that override it; None where there are others."""
        if name not in self._only:
            self._only[name] = self._only_member(name)
        return self._only[name]

    def _only_member(self, name: str) -> Meaning | None:
        if name in _EVERYWHERE:
            return None
        classes: dict[ClassValue, frozenset[Place]] = {}
        for one in self._members(name):
            owner = self._owner(*one, name) if len(classes) <= _MAX_FAMILY else None
            if owner is None:
                return None
            classes[owner[0]] = owner[1]
        lineages = [{cls, *self.program.lineage(cls)} for cls in classes]
        is_family = any(all(cls in lineage for lineage in lineages) for cls in classes)  # all derived from one of them
        return Meaning(frozenset().union(*classes.values()), "probable") if is_family else None

    def _members(self, name: str) -> list[tuple[int, Facts, int]]:
        """Position of the file, its facts and the number of the class of each definition of a member of that name.

        None of them where the index says already that their classes are no family, and so it is for most: too many
        classes, two that are derived from nothing, or a definition outside of any.
        """
        found: list[tuple[int, Facts, int]] = []
        classes: set[tuple[int, int]] = set()
        n_roots = 0
        for position, number in self.index.definitions(name):
            facts = self.index.facts(position)
            if facts is None or facts.language != "python" or facts.symbol_name(number) != name:
                continue
            parent = facts.parent(number)
            if parent < 0:
                return []
            found.append((position, facts, parent))
            header = facts.strings[facts.symbols[parent * SYMBOL_WIDTH + 3]]
            if (position, parent) not in classes and header.startswith("class "):
                classes.add((position, parent))
                n_roots += header[6:].isidentifier()
            if len(classes) > _MAX_FAMILY + 1 or n_roots > 1:
                return []
        return found

    def _of_values(self, values: Values, name: str) -> Meaning | None:
        found: set[Place] = set()
        is_known = bool(values)
        for value in values:
            places: frozenset[Place] | None = frozenset()
            if isinstance(value, ModuleValue):
                places = self._of_module(value, name)
            elif isinstance(value, ClassValue | Instance | Super):
                places = self._member(value, name)
            elif isinstance(value, FunctionValue | Foreign):
                places = frozenset()
            is_known = is_known and places is not None
            found |= places or set()
        if found:
            return Meaning(frozenset(found), "resolved")
        return OUTSIDE if is_known else None

    def _member(self, value: ClassValue | Instance | Super, name: str) -> frozenset[Place] | None:
        """The places that define a member: in the first class of the lineage that has it; None when that is unknown."""
        of = value if isinstance(value, ClassValue) else value.of
        order = self.program.lineage(of)
        for cls in order[1:] if isinstance(value, Super) else order:
            file, scope = self.program.class_scope(cls) if isinstance(cls, ClassValue) else (None, None)
            if file is not None and scope is not None and (found := self._own_members(file, scope, name)):
                return found
        return None if self.program.is_open(of) else frozenset()

    def _own_members(self, file: PythonFile, scope: Scope, name: str) -> frozenset[Place]:
        """The places in one class that define a member: in its body, and through `self` in its methods."""
        places = [Place(file.path, binding.start) for binding in file.bindings(scope, name)]
        places += [Place(file.path, each.start) for each in self.program.self_attributes(file, scope, name)]
        return frozenset(places)

    def _keyword(self, file: PythonFile, occurrence: Occurrence, name: str) -> Meaning | None:
        """What a keyword argument means: a field, when the class makes its constructor from its fields."""
        node = occurrence.node.parent
        while node is not None and node.type not in {"call", "class_pattern"}:
            node = node.parent
        callee = node.child_by_field_name("function") if node is not None and node.type == "call" else None
        found: set[Place] = set()
        for value in self.program.value(file, callee) if callee is not None else ():
            if isinstance(value, ClassValue):
                _, scope = self.program.class_scope(value)
                constructor = self._member(value, "__init__")
                if scope is not None and not constructor:
                    found |= self._member(value, name) or set()
        return Meaning(frozenset(found), "resolved") if found else OUTSIDE

    # -- files ----------------------------------------------------------------------------------------------------

    def _handing_on(self, name: str) -> Iterator[str]:
        """Files that use a name, as the index knows them."""
        for position, _ in self.index.users(name):
            path = self.index.catalogue.paths[position]
            if path.endswith((".py", ".pyi", ".pyw")):
                yield path


def _assigned_call(binding: Occurrence) -> Node | None:
    """The call whose result a name is bound to, if one is."""
    parent = binding.node.parent
    if parent is None or parent.type != "assignment" or binding.role != "assign":
        return None
    right = parent.child_by_field_name("right")
    return right if right is not None and right.type == "call" else None


def _classes(values: Values) -> Iterator[ClassValue]:
    """The classes of the repository of which some values are objects, or objects of classes derived from them."""
    for value in values:
        if isinstance(value, Instance) and isinstance(value.of, ClassValue):
            yield value.of


def _may_be_fixture(file: PythonFile, scope: Scope) -> bool:
    """Whether a parameter of a function may be what pytest gives: decorators are no part of an excerpt."""
    label = scope.node.child_by_field_name("name")
    return b"fixture" in file.content or (label is not None and file.text(label).startswith("test"))


def _as_meaning(places: frozenset[Place] | None) -> Meaning | None:
    return Meaning(places, "resolved") if places is not None else None


def _occurrence_at(file: PythonFile, start: int, name: str) -> Occurrence | None:
    return next((each for each in file.occurrences(name) if each.start == start), None)


def _alias_of(file: PythonFile, occurrence: Occurrence) -> str:
    """The name that `from m import name as alias` binds."""
    node: Node | None = occurrence.node
    while node is not None and node.type != "aliased_import":
        node = node.parent
    alias = node.child_by_field_name("alias") if node is not None else None
    return file.text(alias) if alias is not None else ""
