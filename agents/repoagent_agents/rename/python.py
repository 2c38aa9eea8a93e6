"""Every use of one Python definition, found by scope, import, class and receiver.

A name at the top of a module takes along the imports that hand it on, and their uses. A file that cannot take the new
name, because it has that name for something else, keeps the old one: `from m import new as old`. A member takes along
what overrides it and what it overrides. An attribute of something unknown is renamed only when nothing else in the
repository, or in a common library, has such a member.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from repoagent_agents.rename.outcome import Outcome, SeveralMeanings
from repoagent_agents.rename.python_members import Members
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.python.file import BINDING, Occurrence, PythonFile, Scope
from repoagent_indexers.resolve.python.nodes import all_strings, receiver_of
from repoagent_indexers.resolve.python.program import PythonProgram
from repoagent_indexers.resolve.python.values import ClassValue, Foreign, ModuleValue, Values
from repoagent_indexers.resolve.syntax import mentions

if TYPE_CHECKING:
    from tree_sitter import Node

_REFLECTION = {"getattr", "setattr", "hasattr", "delattr", "object", "methodcaller", "attrgetter"}
"""Last names of calls whose string argument names an attribute of the argument before it (`patch.object`)."""
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+")
_ANNOTATION = re.compile(r"[\w\s.,\[\]|]+")
_MAX_STRINGS = 20
"""How many strings of a file that may name the target are shown one by one."""
_HARMLESS = {"object", "ABC", "Generic", "Protocol", "Exception", "BaseException", "NamedTuple", "TypedDict", "Enum"}
"""Bases from outside that do not look for members by name."""
_TYPE_PARTS = {"binary_operator", "subscript", "generic_type", "type_parameter", "type", "tuple", "expression_list"}
"""What an annotation is made of."""


def rename_python(
    program: PythonProgram, targets: Sequence[Place], old: str, new: str, paths: Iterable[str]
) -> Outcome:
    """Return every place to change. `targets` are the definitions meant, `paths` the files in which `old` stands.

    Raises UsageError for a new name that is none, SeveralMeanings for definitions that are not one thing, Refused for a
    name that is taken.
    """
    if not new.isidentifier() or keyword.iskeyword(new):
        raise UsageError(f"{shown(new)}: not a name in Python; give letters, digits and underscores, and no keyword")
    if old.startswith("__") and old.endswith("__"):
        raise Refused(f"{old}: a name with a meaning of its own in Python; renaming it would change what happens")
    renaming = _Renaming(program, old, new, [path for path in paths if program.file(path) is not None])
    return renaming.run(targets)


class _Renaming:
    """One rename, under way."""

    def __init__(self, program: PythonProgram, old: str, new: str, paths: list[str]) -> None:
        self.program = program
        self.old = old
        self.new = new
        self.paths = paths
        self.outcome = Outcome()
        self.home: set[str] = set()
        """The files whose module-level variable is the target."""
        self.states: dict[tuple[str, int], str] = {}
        """Path and scope -> rename, alias or none."""
        self.members = Members(program, old, paths)

    def run(self, targets: Sequence[Place]) -> Outcome:
        found = [(place, self.file(place.path), self._occurrence(place)) for place in targets]
        scopes = [(place.path, self._owner(file, occurrence)) for place, file, occurrence in found]
        kinds = {scope.kind for _, scope in scopes if scope is not None}
        if len(kinds) != 1 or (kinds.isdisjoint({"class", "module"}) and len(set(scopes)) > 1):
            raise SeveralMeanings(self.old)
        kind = kinds.pop()
        if kind == "class":
            self._member([ClassValue(path, scope.node.start_byte) for path, scope in scopes if scope is not None])
        elif kind == "module":
            self._module([path for path, _ in scopes])
        else:
            path, scope = scopes[0]
            assert scope is not None
            self._local(self.file(path), scope)
        return self.outcome

    def file(self, path: str) -> PythonFile:
        file = self.program.file(path)
        assert file is not None
        return file

    def _occurrence(self, place: Place) -> Occurrence:
        file = self.program.file(place.path)
        if file is None:
            reason = self.program.unreadable.get(place.path, "")
            raise UsageError(f"{shown(place.path)}: the file cannot be read as Python ({reason}); mend that first")
        for occurrence in file.occurrences(self.old):
            if occurrence.start == place.start:
                return occurrence
        raise UsageError(f"{self.at(file, place.start)}: no definition of {shown(self.old)} stands there")

    def _owner(self, file: PythonFile, occurrence: Occurrence) -> Scope | None:
        """The scope that a definition belongs to; of `self.name = ...` it is the class."""
        if occurrence.role == "attribute":
            return self.program.self_class(file, occurrence)
        return file.variable(occurrence, self.old)

    def at(self, file: PythonFile, start: int) -> str:
        return f"{file.path}:{file.line(start)}"

    def skip(self, file: PythonFile, start: int, why: str) -> None:
        self.outcome.skipped.append(f"{self.at(file, start)}: {why}")

    # -- one function's own names ---------------------------------------------------------------------------------

    def _local(self, file: PythonFile, scope: Scope) -> None:
        self._check_scope(file, scope)
        for occurrence in file.occurrences(self.old):
            if file.variable(occurrence, self.old) is scope:
                self.outcome.add(file.path, occurrence.start, self.new)

    def _check_scope(self, file: PythonFile, scope: Scope) -> None:
        if (taken := self.conflict(file, scope)) is not None:
            raise Refused(f"{self.at(file, taken)}: {shown(self.new)} means something else there; choose another name")

    def conflict(self, file: PythonFile, scope: Scope) -> int | None:
        """Return where the new name would mean or hide something else if a scope's variable bore it; None for fine."""
        for binding in file.bindings(scope, self.new):
            return binding.start
        for occurrence in file.occurrences(self.new):
            if occurrence.role != "use" or scope not in _chain(occurrence.scope):
                continue
            owner = file.resolve(occurrence.scope, self.new)
            if owner is None or owner in _chain(scope):
                return occurrence.start
        for occurrence in file.occurrences(self.old):
            if file.variable(occurrence, self.old) is scope:
                for inner in _chain(occurrence.scope):
                    if inner is scope:
                        break
                    if (inner is occurrence.scope or inner.kind != "class") and file.binds(inner, self.new):
                        return file.bindings(inner, self.new)[0].start
        return None

    # -- a name at the top of a module ----------------------------------------------------------------------------

    def _module(self, paths: Sequence[str]) -> None:
        self.home = {twin for path in paths for twin in self.program.modules.twins(path)}
        if len({self.program.modules.twins(path)[0] for path in paths}) > 1:
            raise SeveralMeanings(self.old)
        for path in sorted(self.home):
            file = self.program.file(path)
            if file is not None:
                self._check_scope(file, file.module)
        for path in self.paths:
            file = self.file(path)
            for occurrence in file.occurrences(self.old):
                self._module_occurrence(file, occurrence)
            self._strings(file)
        if hasattr(builtins, self.new):
            self.outcome.notes.append(f"{self.new} is the name of a builtin, which the new name hides")

    def _module_occurrence(self, file: PythonFile, occurrence: Occurrence) -> None:
        role, node = occurrence.role, occurrence.node
        if role == "attribute":
            self._module_attribute(file, occurrence)
            return
        if role == "imported":
            if self._imports_target(file, node):
                self.outcome.add(file.path, occurrence.start, self.new)
            return
        if role not in BINDING and role not in {"use", "global", "nonlocal"}:
            return
        scope = file.variable(occurrence, self.old)
        if scope is None:
            if role == "use" and self._by_star(file):
                self.outcome.add(file.path, occurrence.start, self.new)
            return
        state = self.state(file, scope)
        if state == "rename":
            linked = role == "from" and self._imports_target(file, node)
            foreign = role == "from" and not linked
            self.outcome.add(file.path, occurrence.start, f"{self.old} as {self.new}" if foreign else self.new)
        elif state == "alias" and role == "from" and self._imports_target(file, node):
            self.outcome.add(file.path, occurrence.start, f"{self.new} as {self.old}")

    def _module_attribute(self, file: PythonFile, occurrence: Occurrence) -> None:
        values = self.program.value(file, receiver_of(occurrence))
        modules = [value for value in values if isinstance(value, ModuleValue)]
        if modules and len(modules) == len(values):
            if all(self._is_target(module) for module in modules):
                self.outcome.add(file.path, occurrence.start, self.new)
        elif not values and not self.members.others and not self.members.is_common:
            self.skip(file, occurrence.start, f"what `.{self.old}` is taken from is not known")

    def state(self, file: PythonFile, scope: Scope) -> str:
        """What becomes of a variable of the old name: rename; alias, when it stays and its import changes; or none."""
        key = (file.path, scope.node.id)
        if key not in self.states:
            self.states[key] = "none"  # for an import that leads back here
            self.states[key] = self._state(file, scope)
        return self.states[key]

    def _state(self, file: PythonFile, scope: Scope) -> str:
        bindings = file.bindings(scope, self.old)
        if file.path in self.home and scope is file.module:
            return "rename" if bindings else "none"
        linked = [binding for binding in bindings if self._is_linked(file, binding)]
        if not linked:
            return "none"
        others = [binding for binding in bindings if binding not in linked]
        if any(other.role in {"function", "class", "from", "alias", "import", "parameter"} for other in others):
            return "alias"
        return "alias" if self.conflict(file, scope) is not None else "rename"

    def _is_linked(self, file: PythonFile, binding: Occurrence) -> bool:
        """Whether a binding imports the target under its own name."""
        if binding.role == "from":
            return self._imports_target(file, binding.node)
        if binding.role == "alias" and binding.node.parent is not None:  # `from m import old as old`
            original = binding.node.parent.child_by_field_name("name")
            statement = binding.node.parent.parent
            plain = statement is not None and statement.type == "import_from_statement"
            return plain and original is not None and file.text(original) == self.old and (
                self._imports_target(file, original.named_children[0])
            )  # fmt: skip
        return False

    def _imports_target(self, file: PythonFile, node: Node) -> bool:
        """Whether a name after `from m import` is the target."""
        statement = node.parent
        while statement is not None and statement.type != "import_from_statement":
            statement = statement.parent
        source = self.program.imported_module(file, statement) if statement is not None else None
        return isinstance(source, ModuleValue) and self._is_target(source)

    def _is_target(self, module: ModuleValue) -> bool:
        """Whether `module.old` is the target and gets the new name."""
        path = self.program.variable_of(module, self.old)
        file = self.program.file(path) if path else None
        return file is not None and self.state(file, file.module) == "rename"

    def _by_star(self, file: PythonFile) -> bool:
        """Whether a name that a file does not bind comes from a star import of the target."""
        for statement in file.star_imports:
            source = self.program.imported_module(file, statement)
            if isinstance(source, ModuleValue) and self.program.exports(source, self.old):
                return self._is_target(source)
        return False

    # -- a member of a class --------------------------------------------------------------------------------------

    def _member(self, targets: Sequence[ClassValue]) -> None:
        self.members.choose(targets)
        self._check_member()
        for path in self.paths:
            file = self.file(path)
            for occurrence in file.occurrences(self.old):
                self._member_occurrence(file, occurrence)
            for cls in self.members.classes:
                if cls.path == path:
                    _, scope = self.program.class_scope(cls)
                    for variable in ("__slots__", "__match_args__"):
                        for node in all_strings(file, variable, scope):
                            if file.text(node) == self.old:
                                self.outcome.add(path, node.start_byte, self.new)
            self._strings(file)
        self._note_bases()

    def _check_member(self) -> None:
        """Raise Refused when a class that has the member has the new name already."""
        index = self.program.index
        paths = []
        for position in index.mentioning(self.new):
            path = index.catalogue.paths[position]
            is_python = path.endswith((".py", ".pyi"))
            if is_python and (source := index.source(path)) and mentions(source.content, self.new):
                paths.append(path)
        for cls, start in self.members.taken(self.new, paths):
            raise Refused(
                f"{self.at(self.file(cls.path), start)}: {self.members.class_name(cls)} has a member "
                f"{shown(self.new)} already; choose another name"
            )
        for cls in self.members.classes:
            class_file, scope = self.program.class_scope(cls)
            if class_file is not None and scope is not None and class_file.binds(scope, self.old):
                self._check_scope(class_file, scope)

    def _member_occurrence(self, file: PythonFile, occurrence: Occurrence) -> None:
        role = occurrence.role
        if role in BINDING or role in {"use", "global", "nonlocal"}:
            scope = file.variable(occurrence, self.old)
            if (
                scope is not None
                and scope.kind == "class"
                and ClassValue(file.path, scope.node.start_byte) in self.members.classes
            ):
                self.outcome.add(file.path, occurrence.start, self.new)
        elif role == "attribute":
            answer = self.members.verdict(self.program.value(file, receiver_of(occurrence)))
            if answer == "yes":
                self.outcome.add(file.path, occurrence.start, self.new)
            elif answer:
                self._unknown_receiver(file, occurrence, answer)
        elif role == "keyword":
            self._keyword(file, occurrence)

    def _unknown_receiver(self, file: PythonFile, occurrence: Occurrence, answer: str) -> None:
        if answer != "unknown":
            self.skip(file, occurrence.start, answer)
        elif self.members.others:
            other = min(self.members.others, key=lambda cls: (cls.path, cls.start))
            name = self.members.class_name(other)
            self.skip(file, occurrence.start, f"what it is taken from is not known, and {name} has one too")
        elif self.members.is_common or self.members.is_met_outside:
            self.skip(file, occurrence.start, "what it is taken from is not known, and common libraries have one too")
        else:
            self.outcome.add(file.path, occurrence.start, self.new)

    def _keyword(self, file: PythonFile, occurrence: Occurrence) -> None:
        """A field of a dataclass is a keyword of its constructor."""
        node = occurrence.node.parent
        while node is not None and node.type not in {"call", "class_pattern"}:
            node = node.parent
        if node is None:
            return
        callee = node.child_by_field_name("function") if node.type == "call" else node.named_children[0]
        if node.type == "class_pattern":
            callee = callee.named_children[-1] if callee is not None and callee.named_children else callee
        for value in self.program.value(file, callee):
            is_meant = isinstance(value, ClassValue) and self.members.verdict((value,)) == "yes"
            if is_meant and (node.type == "class_pattern" or self.members.has_field(value)):
                self.outcome.add(file.path, occurrence.start, self.new)

    def _note_bases(self) -> None:
        outside: dict[str, str] = {}
        for cls in sorted(self.members.classes, key=lambda cls: (cls.path, cls.start)):
            for base in self.program.lineage(cls):
                if isinstance(base, Foreign) and base.name.rpartition(".")[2] not in _HARMLESS:
                    kind = getattr(builtins, base.name, None)
                    if kind is not None and hasattr(kind, self.old):
                        raise Refused(
                            f"{cls.path}: {self.members.class_name(cls)} overrides {base.name}.{self.old}; "
                            "under another name it would not"
                        )
                    if kind is None:
                        outside.setdefault(base.name, self.members.class_name(cls))
        for name, cls_name in sorted(outside.items())[:3]:
            self.outcome.notes.append(
                f"{cls_name} is derived from {name}, which is not in the repository: if that knows {self.old}, "
                "the two part ways"
            )

    # -- strings --------------------------------------------------------------------------------------------------

    def _strings(self, file: PythonFile) -> None:
        """Change the strings that are code: `__all__`, quoted annotations, getattr and patch, full dotted names."""
        listed = set()
        if not self.members.classes:
            exported = self.program.variable_of(ModuleValue(file.path), self.old)
            owner = self.program.file(exported) if exported else None
            for node in all_strings(file):
                if file.text(node) == self.old:
                    listed.add(node.start_byte)
                    if owner is not None and self.state(owner, owner.module) == "rename":
                        self.outcome.add(file.path, node.start_byte, self.new)
        loose = []
        for string in file.strings(self.old):
            contents = [child for child in string.named_children if child.type == "string_content"]
            if len(contents) != 1 or contents[0].start_byte in listed or contents[0].named_child_count:
                continue
            text = file.text(contents[0])
            if _in_annotation(string):
                self._annotation(file, string, contents[0], text)
            elif text == self.old:
                if (answer := self._reflection(file, string)) == "yes":
                    self.outcome.add(file.path, contents[0].start_byte, self.new)
                elif answer is None or answer:
                    loose.append(contents[0].start_byte)
            elif _DOTTED.fullmatch(text):
                self._dotted(file, contents[0], text)
        if len(loose) > _MAX_STRINGS:
            self.outcome.notes.append(f"{file.path}: {len(loose)} strings say {self.old!r} and were left alone")
        else:
            for start in loose:
                if start not in self.outcome.sites.get(file.path, {}):
                    self.skip(file, start, f"the string {self.old!r} may name it")

    def _annotation(self, file: PythonFile, string: Node, content: Node, text: str) -> None:
        if not _ANNOTATION.fullmatch(text):
            return
        scope = file.scope_of(string)
        for at in mentions(text.encode(), self.old):
            before = re.search(r"([\w.]+)\.\s*$", text.encode()[:at].decode("utf-8", "replace"))
            if before is not None:
                values = self._values_of(file, scope, before[1].split("."))
                modules = [value for value in values if isinstance(value, ModuleValue)]
                is_meant = (
                    bool(modules) and all(map(self._is_target, modules))
                    if not self.members.classes
                    else self.members.verdict(values) == "yes"
                )
            elif self.members.classes:
                is_meant = False
            else:
                owner = file.resolve(scope, self.old)
                is_meant = self.state(file, owner) == "rename" if owner is not None else self._by_star(file)
            if is_meant:
                self.outcome.add(file.path, content.start_byte + at, self.new)

    def _values_of(self, file: PythonFile, scope: Scope, dotted: Sequence[str]) -> Values:
        values = self.program.name(file, scope, dotted[0])
        for name in dotted[1:]:
            values = self.program.attribute(values, name)
        return values

    def _reflection(self, file: PythonFile, string: Node) -> str | None:
        """Return what `_decide` says of the object whose attribute a string names; None when it names none."""
        arguments = string.parent
        if arguments is None or arguments.type != "argument_list" or arguments.parent is None:
            return None
        callee = arguments.parent.child_by_field_name("function")
        place = [node.id for node in arguments.named_children].index(string.id)
        if callee is None or place == 0 or file.text(callee).rpartition(".")[2] not in _REFLECTION:
            return None
        values = self.program.value(file, arguments.named_children[place - 1])
        if self.members.classes:
            return self.members.verdict(values)
        modules = [value for value in values if isinstance(value, ModuleValue)]
        if not modules:
            return "" if values else "unknown"
        return "yes" if all(self._is_target(module) for module in modules) else ""

    def _dotted(self, file: PythonFile, content: Node, text: str) -> None:
        """Change a string that is the whole dotted name of the target, or of something in it."""
        parts = re.split(r"[.:]", text)
        for n in range(len(parts), 0, -1):
            module = self.program.modules.absolute(parts[:n], file.path)
            if module is None:
                continue
            values: Values = (module,)
            at = sum(len(part) + 1 for part in parts[:n])
            for part in parts[n:]:
                if part == self.old:
                    modules = [value for value in values if isinstance(value, ModuleValue)]
                    is_module = bool(modules) and not self.members.classes and all(map(self._is_target, modules))
                    if is_module or (self.members.classes and values and self.members.verdict(values) == "yes"):
                        self.outcome.add(file.path, content.start_byte + at, self.new)
                values = self.program.attribute(values, part)
                at += len(part) + 1
            return


def _chain(scope: Scope) -> Iterator[Scope]:
    at: Scope | None = scope
    while at is not None:
        yield at
        at = at.parent


def _in_annotation(string: Node) -> bool:
    """Whether a string stands where a type is expected."""
    child, parent = string, string.parent
    while parent is not None and parent.type in _TYPE_PARTS:
        if parent.type == "type":
            return True
        child, parent = parent, parent.parent
    if parent is not None and parent.type == "keyword_argument":
        name = parent.child_by_field_name("name")
        return name is not None and name.text == b"bound"
    if parent is not None and parent.type == "argument_list" and parent.parent is not None:
        callee = parent.parent.child_by_field_name("function")
        text = (callee.text or b"") if callee is not None else b""
        return (
            text.rpartition(b".")[2] in {b"cast", b"ForwardRef", b"TypeVar"} and parent.named_children[0].id == child.id
        )
    return False
