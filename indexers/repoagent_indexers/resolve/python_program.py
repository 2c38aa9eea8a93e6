"""All Python files of a repository: which module a file is, what a name or expression stands for, where it is plain.

Nothing is run and nothing is imported. What is not plain is unknown, `()`: never a guess. Looked through are imports
with aliases, re-exports and stars, class bases, annotations, constructors, `self`, return values, attributes set in
methods, `with`, loops over annotated collections, and pytest's fixtures.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from repoagent_indexers.index import Index
from repoagent_indexers.resolve.excerpt import excerpt_tree
from repoagent_indexers.resolve.python_file import Occurrence, PythonFile, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.source import SourceFile

_DEPTH = 24
"""How far a value is followed."""
_STEPS = 4000
"""How many expressions are looked at for one value."""
_LENIENT_STEPS = 400
_CALLS, _CALLERS = 12, 8
"""How many calls a lenient program looks at to learn what a parameter is, and in how many files at most."""
_OPTIONAL = {"Optional", "Union", "Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar",
             "Awaitable", "Coroutine"}  # fmt: skip
_COLLECTIONS = {"list", "set", "frozenset", "tuple", "deque", "List", "Set", "FrozenSet", "Tuple", "Deque", "Sequence",
                "MutableSequence", "Iterable", "Iterator", "Collection", "AbstractSet", "MutableSet", "Generator",
                "AsyncIterator", "AsyncIterable", "AsyncGenerator", "Container", "Reversible"}  # fmt: skip
_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict", "ChainMap"}
_SPECIAL = _OPTIONAL | _COLLECTIONS | _MAPPINGS | {"Type", "type"}
"""Names that make a type out of types."""
_OPAQUE = {"copy", "functools", "contextlib", "itertools", "operator", "weakref", "typing", "importlib", "asyncio",
           "types", "concurrent", "unittest", "inspect", "pickle", "dataclasses", "collections", "abc",
           "enum"}  # fmt: skip
"""Modules of the standard library whose functions may hand out the repository's own objects."""
_PASSING = {"next", "iter", "max", "min", "sorted", "reversed", "getattr", "vars", "map", "filter", "zip", "sum",
            "enumerate", "eval", "super", "type", "object", "property", "classmethod", "staticmethod", "anext",
            "aiter"}  # fmt: skip
"""Builtins whose result may be one of the repository's own objects, or the class of one."""
_UNTOLD = {"Any", "object", "TypeVar", "AnyStr", "Callable", "Protocol", "NewType"}
"""Annotations that say nothing of what an object is."""
_REARRANGING = {"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "enumerate", "zip", "next"}
_TRANSPARENT = {"staticmethod", "classmethod", "property", "cached_property", "abstractmethod", "override", "final",
                "overload", "lru_cache", "cache", "wraps", "fixture", "setter", "getter", "deleter",
                "contextmanager", "asynccontextmanager"}  # fmt: skip
_LITERALS = {"string", "concatenated_string", "integer", "float", "true", "false", "list", "dictionary", "set", "tuple",
             "list_comprehension", "dictionary_comprehension", "set_comprehension", "generator_expression",
             "comparison_operator", "not_operator", "ellipsis", "lambda"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of the repository."""

    path: str


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the repository, itself."""

    path: str
    start: int
    """Start byte of its definition."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the repository, or of one derived from it."""

    of: ClassValue


@dataclass(frozen=True, slots=True)
class Super:
    """What `super()` gives in a class."""

    of: ClassValue


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function or method of the repository."""

    path: str
    start: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something from outside the repository: no attribute of it is the repository's."""

    name: str
    """Dotted, as far as known; "" for a literal."""
    kind: str
    """module, member (of a module) or object."""
    items: tuple[Value, ...] = ()
    """What iterating gives, as far as known."""
    values: tuple[Value, ...] = ()
    """What subscripting gives, as far as known."""
    parts: tuple[tuple[Value, ...], ...] = ()
    """What a tuple holds, place by place, as far as known."""


Value = ModuleValue | ClassValue | Instance | Super | FunctionValue | Foreign
Values = tuple[Value, ...]
"""What an expression may be; () when it is not known."""


class PythonProgram:
    """The Python files of an index, parsed when they are first looked at.

    A strict one says what an expression may be only where it knows all that it may be. A lenient one says what is
    likely: it passes over what it does not know, and believes calls in what they give a function.
    """

    def __init__(self, index: Index, lenient_of: PythonProgram | None = None, max_bytes: int | None = None) -> None:
        """A strict program, or the lenient one that shares the files of `lenient_of`.

        After `max_bytes` of source no more files are read whole: what leads into others is not known then.
        """
        self.index = index
        self._bytes_left = max_bytes
        self.is_lenient = lenient_of is not None
        self.unreadable: dict[str, str] = {}
        """Path -> why a file was not looked at."""
        self._files: dict[str, PythonFile | None] = {} if lenient_of is None else lenient_of._files
        self._by_parts: dict[tuple[str, ...], list[str]] = {}
        """Parts of a module's place, without __init__ -> its files, .py before .pyi."""
        self._by_last: dict[str, list[tuple[str, ...]]] = {}
        self._packages: set[tuple[str, ...]] = set()
        self._tops: set[str] = set()
        """First names of the modules that an absolute import can reach."""
        self._paths: set[str] = set()
        self._folders: set[str] = set()
        """Names of folders without an __init__: namespace packages, or no packages at all."""
        self._values: dict[tuple[str, int, int, str], Values] = {}
        self._variables: dict[tuple[str, int, str], Values] = {}
        self._lineages: dict[ClassValue, list[ClassValue | Foreign]] = {}
        self._set_on_self: dict[tuple[str, int, str], list[Occurrence]] = {}
        self._active: set[tuple[str, int, int, str] | tuple[str, int, str]] = set()
        """Expressions and variables whose value is being looked for."""
        self._n_steps = 0
        self._n_circles = 0
        """How often a value was found to depend on itself."""
        for path in index.catalogue.paths:
            if path.endswith((".py", ".pyi", ".pyw")):
                parts = _parts(path)
                self._by_parts.setdefault(parts, []).append(path)
                if path.rpartition("/")[2].startswith("__init__."):
                    self._packages.add(parts)
        for parts, paths in self._by_parts.items():
            paths.sort(key=lambda path: (path.endswith(".pyi"), path))
            self._paths.update(paths)
            if parts:
                self._by_last.setdefault(parts[-1], []).append(parts)
                if parts[:-1] not in self._packages:
                    self._tops.add(parts[-1])
                    self._folders.update(parts[:-1])

    # -- files and modules ----------------------------------------------------------------------------------------

    def file(self, path: str) -> PythonFile | None:
        """A parsed file; None when its grammar could not read it or it has changed since it was indexed."""
        if path not in self._files:
            self._files[path] = self._parse(path)
        return self._files[path]

    def about(self, path: str, name: str) -> PythonFile | None:
        """As much of a file as decides what a variable of that name means in it: see `excerpt`."""
        source = self._source(path) if path not in self._files else None
        tree = excerpt_tree(source.content, name) if source is not None else None
        if source is None or tree is None:
            return self.file(path)
        return PythonFile(path, source.content, tree)

    def mentions_member(self, path: str, name: str) -> bool:
        """Whether a name may stand in a file behind a dot, or as a keyword argument."""
        if path in self._files:
            return True
        source = self._source(path)
        return source is not None and _member_pattern(name).search(source.content) is not None

    def _parse(self, path: str) -> PythonFile | None:
        source = self._source(path) if self._bytes_left is None or self._bytes_left > 0 else None
        if source is not None and self._bytes_left is not None:
            self._bytes_left -= len(source.content)
        return PythonFile(path, source.content) if source is not None else None

    def _source(self, path: str) -> SourceFile | None:
        facts = self.index.facts_of(path)
        source = self.index.source(path)
        if facts is None or source is None or facts.problem or source.language != "python":
            self.unreadable[path] = (facts.problem if facts is not None else "") or "it is not in the index"
            return None
        return source

    def twins(self, path: str) -> list[str]:
        """The files that are the same module: a .py and its .pyi."""
        return self._by_parts.get(_parts(path), [path])

    def is_module(self, dotted: Sequence[str], importer: str) -> ModuleValue | None:
        """The module that an absolute import in `importer` means; None for one that is not in the repository."""
        if not dotted:
            return None
        wanted = tuple(dotted)
        found = []
        for parts in self._by_last.get(wanted[-1], ()):
            n_outer = len(parts) - len(wanted)
            if n_outer >= 0 and parts[n_outer:] == wanted and parts[:n_outer] not in self._packages:
                found.append(parts)
        home = _parts(importer)[:-1] if _parts(importer) not in self._packages else _parts(importer)
        if wanted[0] in sys.stdlib_module_names and len(wanted) == 1:
            found = [parts for parts in found if parts[:-1] == home]
        if not found:
            return None
        return ModuleValue(self._by_parts[max(found, key=lambda parts: _nearness(parts, len(wanted), home))][0])

    def submodule(self, module: ModuleValue, name: str) -> ModuleValue | None:
        parts = _parts(module.path)
        if parts not in self._packages:
            return None
        paths = self._by_parts.get((*parts, name))
        return ModuleValue(paths[0]) if paths else None

    def relative(self, importer: str, level: int, dotted: Sequence[str]) -> ModuleValue | None:
        """The module that `from ...dotted import` in `importer` means."""
        parts = _parts(importer)
        if parts not in self._packages:
            parts = parts[:-1]
        if level - 1 > len(parts):
            return None
        paths = self._by_parts.get((*parts[: len(parts) - level + 1], *dotted))
        return ModuleValue(paths[0]) if paths else None

    def imported_module(self, file: PythonFile, statement: Node) -> ModuleValue | Foreign | None:
        """What the module name of a `from ... import` statement means."""
        name = statement.child_by_field_name("module_name")
        if name is None:
            return None
        if name.type == "relative_import":
            text = file.text(name)
            level = len(text) - len(text.lstrip(". "))
            dotted = [part.strip() for part in text.lstrip(". ").split(".") if part.strip()]
            return self.relative(file.path, text[:level].count("."), dotted)
        dotted = [file.text(part) for part in name.named_children]
        return self.is_module(dotted, file.path) or (
            None if self._is_local(dotted[0]) else Foreign(".".join(dotted), "module")
        )

    def _is_local(self, name: str) -> bool:
        """Whether a module of this name is in the repository, so that what is not found in it is unknown."""
        return name in self._tops and name not in sys.stdlib_module_names

    def variable_of(self, module: ModuleValue, name: str, seen: frozenset[str] = frozenset()) -> str | None:
        """The path of the file whose module-level variable `module.name` is, followed through stars; None for none."""
        for path in self.twins(module.path):
            file = self.file(path)
            if file is not None and file.binds(file.module, name):
                return path
        for path in self.twins(module.path):
            file = self.file(path)
            for statement in file.star_imports if file is not None else ():
                assert file is not None
                source = self.imported_module(file, statement)
                if isinstance(source, ModuleValue) and source.path not in seen and self.exports(source, name):
                    found = self.variable_of(source, name, seen | {module.path})
                    if found:
                        return found
        return None

    def exports(self, module: ModuleValue, name: str) -> bool:
        """Whether `from module import *` hands out a name, as far as its `__all__` is plain."""
        file = self.file(module.path)
        if file is None:
            return False
        names = all_names(file)
        return name in names if names is not None else not name.startswith("_")

    # -- values ---------------------------------------------------------------------------------------------------

    def value(self, file: PythonFile, node: Node | None, depth: int = 0) -> Values:
        """What an expression may be."""
        if node is None or depth > _DEPTH:
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
            return self._all(file, node.named_children[::2], depth)
        if kind == "boolean_operator":
            return self._all(file, [node.child_by_field_name("left"), node.child_by_field_name("right")], depth)
        if kind == "subscript":
            base = self.value(file, node.child_by_field_name("value"), depth)
            if all(isinstance(value, Foreign) for value in base):
                return _subscripted(base, file.text(node.named_children[-1]))
            return base if all(isinstance(value, ClassValue) for value in base) else ()  # Generic[T]
        if kind in {"list", "tuple", "set", "expression_list"} and node.named_child_count:
            items = self._all(file, node.named_children, depth)
            parts = () if kind in {"list", "set"} else tuple(self.value(file, n, depth) for n in node.named_children)
            return (Foreign("", "object", items, items, parts),)
        if kind in {"list_comprehension", "set_comprehension", "generator_expression"}:
            items = self.value(file, node.child_by_field_name("body"), depth)
            return (Foreign("", "object", items, items),)
        return (Foreign("", "object"),) if kind in _LITERALS else ()

    def _all(self, file: PythonFile, nodes: Sequence[Node | None], depth: int) -> Values:
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

    def variable(self, file: PythonFile, scope: Scope, name: str, depth: int = 0) -> Values:
        """What a variable may be: what all that bind it agree on, an annotation before all else."""
        key = (file.path, scope.node.id, name)
        if key in self._variables:
            return self._variables[key]
        if depth > _DEPTH or key in self._active:
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
        annotated = [note for binding in bindings if (note := _annotation_of(binding)) is not None]
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
                values = self._all(file, kinds.named_children if kinds.type == "tuple" else [kinds], depth)
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
            first = self.is_module([name], file.path)
            return (first or Foreign(name, "module"),) if first or not self._is_local(name) else ()
        if binding.role in {"from", "alias"}:
            return self._imported(file, parent, depth)
        if binding.role == "parameter":
            return self._parameter(file, binding, depth)
        return self._assigned(file, node, depth)

    def _imported(self, file: PythonFile, parent: Node, depth: int) -> Values:
        statement = parent.parent
        assert statement is not None
        original = parent.child_by_field_name("name") if parent.type == "aliased_import" else parent
        assert original is not None
        if statement.type == "import_statement":
            dotted = [file.text(part) for part in original.named_children]
            module = self.is_module(dotted, file.path)
            return (module,) if module else () if self._is_local(dotted[0]) else (Foreign(".".join(dotted), "module"),)
        source = self.imported_module(file, statement)
        name = file.text(original)
        if isinstance(source, Foreign):
            return (self._below(source, name),)
        return self.module_attribute(source, name, depth) if source is not None else ()

    def module_attribute(self, module: ModuleValue, name: str, depth: int = 0) -> Values:
        """What `module.name` is."""
        path = self.variable_of(module, name)
        file = self.file(path) if path else None
        if file is not None:
            values = self.variable(file, file.module, name, depth + 1)
            own = self.submodule(module, name)
            return (own,) if own and not values else values
        found = self.submodule(module, name)
        return (found,) if found else ()

    def attribute(self, receiver: Values, name: str, depth: int = 0) -> Values:
        """What `receiver.name` is."""
        found: list[Value] = []
        for value in receiver:
            if isinstance(value, Foreign) and value.kind == "module":
                found.append(self._below(value, name))
                continue
            if isinstance(value, Foreign):
                found.append(_foreign_attribute(value, name))
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

    def _below(self, module: Foreign, name: str) -> Value:
        """What a name in a module from outside is; a folder without an __init__ counts as one, its modules do not."""
        dotted = (*module.name.split("."), name)
        if module.name.partition(".")[0] in self._folders and (own := self.is_module(dotted, "")):
            return own
        return Foreign(".".join(dotted), "module" if dotted[0] in self._folders else "member")

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
                if any(b.role == "function" and _is_property(file, b) for b in bindings):
                    values = tuple(
                        v for f in values if isinstance(f, FunctionValue) for v in self.returned(f, of, depth)
                    )
                elif isinstance(value, ClassValue) and self._is_enum(cls) and bindings[0].role == "assign":
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
            note = _annotation_around(node)
            if note is not None:
                return self.annotation(file, note, depth)
            values = self._assigned(file, node, depth)
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
                if each.role == "attribute" and _is_set(each.node) and self.self_class(file, each) is scope
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
        if _first_parameter(file, owner.node) != name or "staticmethod" in _decorators(file, owner.node):
            return None
        bindings = file.bindings(owner, name)
        return owner.parent if all(binding.role == "parameter" for binding in bindings) else None

    # -- classes --------------------------------------------------------------------------------------------------

    def class_scope(self, cls: ClassValue) -> tuple[PythonFile | None, Scope | None]:
        """The file of a class, and its scope."""
        file = self.file(cls.path)
        if file is None:
            return None, None
        node = file.tree.root_node.descendant_for_byte_range(cls.start, cls.start + 5)
        while node is not None and node.type != "class_definition":
            node = node.parent
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

    def _is_enum(self, cls: ClassValue) -> bool:
        names = {here.name.rpartition(".")[2] for here in self.lineage(cls) if isinstance(here, Foreign)}
        return bool(names & {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})

    # -- functions ------------------------------------------------------------------------------------------------

    def function(self, value: FunctionValue) -> tuple[PythonFile | None, Node | None]:
        file = self.file(value.path)
        if file is None:
            return None, None
        node = file.tree.root_node.descendant_for_byte_range(value.start, value.start + 3)
        while node is not None and node.type != "function_definition":
            node = node.parent
        return file, node

    def returned(self, value: FunctionValue, of: ClassValue | None = None, depth: int = 0) -> Values:
        """What calling a function gives; `of` is the class through which a method is called."""
        file, node = self.function(value)
        if file is None or node is None or depth > _DEPTH:
            return ()
        note = node.child_by_field_name("return_type")
        decorators = _decorators(file, node)
        if note is not None:
            if of is not None and _gives_receiver(file, node, note):
                return (Instance(of),)
            return self.annotation(file, note, depth + 1, of) or self._parameterised(file, node, note, of, depth)
        if decorators - _TRANSPARENT:
            return ()
        returns, yields = _results(node)
        if yields:
            items = self._all(file, yields, depth + 1)
            return (Foreign("", "object", items),)
        if of is not None and returns and all(_is_receiver(file, each, node) for each in returns):
            return (Instance(of),)
        return self._all(file, returns, depth + 1)

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
            elif isinstance(value, Foreign):
                values = _foreign_result(value)
            if not values and not self.is_lenient:
                return ()
            found += values
        return tuple(found)

    def _rearranged(self, file: PythonFile, text: str, arguments: Sequence[Node], depth: int) -> Values:
        """What a builtin makes of collections: the same items in another order, counted, or side by side."""
        all_items = [_items(self.value(file, argument, depth)) for argument in arguments]
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

    def _parameter(self, file: PythonFile, binding: Occurrence, depth: int) -> Values:
        """What a parameter without an annotation is: `self`, `cls`, a fixture of pytest, or unknown."""
        scope, name = binding.scope, file.text(binding.node)
        if scope.kind != "function":
            return ()
        decorators = _decorators(file, scope.node)
        if scope.parent is not None and scope.parent.kind == "class" and _first_parameter(file, scope.node) == name:
            cls = ClassValue(file.path, scope.parent.node.start_byte)
            if "staticmethod" not in decorators:
                label = scope.node.child_by_field_name("name")
                of_class = {"__new__", "__init_subclass__", "__class_getitem__"}
                bare = "classmethod" in decorators or (label is not None and file.text(label) in of_class)
                return (cls if bare else Instance(cls),)
        label = scope.node.child_by_field_name("name")
        if label is not None and (file.text(label).startswith("test") or "fixture" in decorators):
            return self._fixture(file, name, scope, depth)
        found = self._overridden(file, scope, name, depth) if label is not None else ()
        if not found and self.is_lenient and label is not None and depth < _DEPTH - 4:
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
        if is_method and "staticmethod" not in _decorators(file, scope.node):
            place -= 1
        if is_method and function == "__init__" and scope.parent is not None:
            label = scope.parent.node.child_by_field_name("name")
            function = file.text(label) if label is not None else function
        n_calls = 0
        for where in self._callers(file, function):
            for occurrence in where.occurrences(function):
                call = _call_of(occurrence)
                if call is None or n_calls >= _CALLS:
                    continue
                n_calls += 1
                given = _argument(where, call, place, name)
                found += self.value(where, given, depth + 4) if given is not None else ()
        return tuple(dict.fromkeys(found))

    def _callers(self, file: PythonFile, name: str) -> Iterator[PythonFile]:
        yield file
        users = self.index.users(name)
        for position, _ in users if len(users) <= _CALLERS else ():
            path = self.index.catalogue.paths[position]
            other = self.file(path) if path != file.path and path in self._paths else None
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
                        if (note := _annotation_of(parameter)) is not None:
                            return self.annotation(where, note, depth + 1)
        return ()

    def _fixture(self, file: PythonFile, name: str, scope: Scope, depth: int) -> Values:
        """What a fixture of pytest gives."""
        found = self.fixture(file, name, scope)
        if found is None:
            return ()
        where, function = found
        note = function.child_by_field_name("return_type")
        returns, yields = _results(function)
        if note is not None:
            given = self.annotation(where, note, depth + 1)
            return _items(given) or given if yields else given
        return self._all(where, yields or returns, depth + 1)

    def fixture(self, file: PythonFile, name: str, scope: Scope) -> tuple[PythonFile, Node] | None:
        """The fixture of pytest that a parameter names: looked for in the class, the file, then conftest.py outwards.

        None for none, and for a parameter of what is neither a test nor a fixture.
        """
        label = scope.node.child_by_field_name("name")
        if label is None or not (file.text(label).startswith("test") or "fixture" in _decorators(file, scope.node)):
            return None
        places: list[tuple[PythonFile, Scope]] = []
        if scope.parent is not None and scope.parent.kind == "class":
            places.append((file, scope.parent))
        places.append((file, file.module))
        folder = file.path.rpartition("/")[0]
        while True:
            conftest = self.file(path) if (path := f"{folder}/conftest.py".lstrip("/")) in self._paths else None
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
                if "fixture" in _decorators(where, function):
                    return where, function
        return None

    def _assigned(self, file: PythonFile, node: Node, depth: int) -> Values | None:
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
            return _unpacked(self.value(file, right, depth), place)
        if parent.type == "named_expression":
            return self.value(file, parent.child_by_field_name("value"), depth)
        if parent.type in {"for_statement", "for_in_clause"}:
            return _unpacked(_items(self.value(file, right, depth)), place)
        if parent.type == "as_pattern" and not place:
            return self._as(file, parent, depth)
        return ()

    def _as(self, file: PythonFile, pattern: Node, depth: int) -> Values:
        outer = pattern.parent
        subject = pattern.named_children[0]
        if outer is not None and outer.type == "except_clause":
            kinds = subject.named_children if subject.type == "tuple" else [subject]
            values = self._all(file, kinds, depth)
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
            elif isinstance(value, Foreign) and value.name.partition(".")[0] in {
                "open",
                "tempfile",
                "io",
                "socket",
                "zipfile",
            }:
                found.append(Foreign(value.name, "object"))
            else:
                return ()
        return tuple(found)

    # -- annotations ----------------------------------------------------------------------------------------------

    def annotation(self, file: PythonFile, node: Node, depth: int = 0, of: ClassValue | None = None) -> Values:
        """What an object annotated like this may be; `of` is what Self means."""
        if depth > _DEPTH:
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
            return _objects(self.value(file, node, depth))
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
            objects = _objects(values)
            if not objects:
                return ()
            found += objects
        return tuple(found)


def _items(values: Values) -> Values:
    """Return what iterating over values gives."""
    return tuple(item for value in values if isinstance(value, Foreign) for item in value.items)


def _subscripted(values: Values, place: str) -> Values:
    """Return what `values[place]` is."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, Foreign):
            is_known = place.isdigit() and int(place) < len(value.parts)
            found += value.parts[int(place)] if is_known else value.values
    return tuple(found)


def _unpacked(values: Values, place: Sequence[int]) -> Values:
    """Return what stands at a place, from outside to inside, when values are taken apart."""
    for n in place:
        if not all(isinstance(value, Foreign) and len(value.parts) > n for value in values):
            return ()
        values = tuple(part for value in values if isinstance(value, Foreign) for part in value.parts[n])
    return values


def _objects(values: Values) -> Values:
    """Return objects of the classes that an annotation names."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, ClassValue):
            found.append(Instance(value))
        elif isinstance(value, Foreign) and value.name and value.name.rpartition(".")[2] not in _UNTOLD:
            found.append(Foreign(value.name, "object"))
        else:
            return ()
    return tuple(found)


def all_names(file: PythonFile) -> set[str] | None:
    """The names in a module's `__all__`, None when it has none."""
    found: set[str] | None = None
    for node in all_strings(file):
        found = (found or set()) | {file.text(node)}
    return found


def all_strings(file: PythonFile, variable: str = "__all__", scope: Scope | None = None) -> Iterator[Node]:
    """The contents of the strings that `__all__` lists: assigned, added, extended, appended."""
    for occurrence in file.occurrences(variable):
        if occurrence.scope is not (scope or file.module):
            continue
        statement = occurrence.node.parent
        while statement is not None and statement.type not in {"expression_statement", "module", "block"}:
            statement = statement.parent
        if statement is None or statement.type != "expression_statement":
            continue
        waiting = list(statement.named_children)
        while waiting:
            node = waiting.pop()
            if node.type == "string_content":
                yield node
            elif node.type in {"subscript", "dictionary", "lambda"} or (node.type == "comparison_operator"):
                continue
            else:
                waiting += node.named_children


@cache
def _member_pattern(name: str) -> re.Pattern[bytes]:
    """`.name` or `name=`, with all that may stand between them."""
    word = re.escape(name.encode("utf-8", "surrogateescape"))
    between = rb"(?:\s|\\\r?\n|#[^\n]*\n)*"
    return re.compile(rb"\.%b%b(?![\w\x80-\xff])|(?<![\w\x80-\xff])%b%b=" % (between, word, word, between))


def _parts(path: str) -> tuple[str, ...]:
    parts = path.rsplit(".", 1)[0].split("/")
    return tuple(parts[:-1] if parts[-1] == "__init__" else parts)


def _nearness(parts: tuple[str, ...], n_wanted: int, home: tuple[str, ...]) -> tuple[bool, int, int]:
    """How likely a module is meant in `home` by its last parts: before all, if a folder around both holds it."""
    folder = parts[: len(parts) - n_wanted]
    return home[: len(folder)] == folder, _n_common(parts, home), -len(parts)


def _n_common(parts: tuple[str, ...], home: tuple[str, ...]) -> int:
    n = 0
    while n < min(len(parts), len(home)) and parts[n] == home[n]:
        n += 1
    return n


def _annotation_of(binding: Occurrence) -> Node | None:
    """The annotation of a parameter or of an assigned name."""
    parent = binding.node.parent
    while parent is not None and parent.type in {"list_splat_pattern", "dictionary_splat_pattern"}:
        return None  # *args: T is a tuple of T
    if binding.role == "parameter":
        if parent is not None and parent.type in {"typed_parameter", "typed_default_parameter"}:
            return parent.child_by_field_name("type")
        return None
    return _annotation_around(binding.node) if binding.role == "assign" else None


def _annotation_around(node: Node) -> Node | None:
    parent = node.parent
    if parent is not None and parent.type == "assignment":
        left = parent.child_by_field_name("left")
        if left is not None and left.id == node.id:
            return parent.child_by_field_name("type")
    return None


def _is_set(node: Node) -> bool:
    """Whether the attribute that a name ends is assigned to."""
    child = node.parent
    parent = child.parent if child is not None else None
    while parent is not None and parent.type in {"pattern_list", "tuple_pattern", "list_pattern"}:
        child, parent = parent, parent.parent
    if parent is None or child is None or parent.type not in {"assignment", "augmented_assignment", "for_statement"}:
        return False
    left = parent.child_by_field_name("left")
    return left is not None and left.id == child.id and parent.type != "augmented_assignment"


def _decorators(file: PythonFile, function: Node) -> set[str]:
    """The last names of a definition's decorators, without calls."""
    outer = function.parent
    found = set()
    for node in outer.named_children if outer is not None and outer.type == "decorated_definition" else ():
        if node.type == "decorator":
            text = file.text(node).lstrip("@ ").partition("(")[0]
            found.add(text.strip().rpartition(".")[2])
    return found


def _is_property(file: PythonFile, binding: Occurrence) -> bool:
    function = binding.node.parent
    return function is not None and bool(
        _decorators(file, function) & {"property", "cached_property", "setter", "getter", "deleter"}
    )


def _call_of(occurrence: Occurrence) -> Node | None:
    """The call whose function a name is, bare or behind a dot."""
    node: Node | None = occurrence.node
    if occurrence.role == "attribute":
        node = occurrence.node.parent
    elif occurrence.role != "use":
        return None
    call = node.parent if node is not None else None
    if node is None or call is None or call.type != "call":
        return None
    callee = call.child_by_field_name("function")
    return call if callee is not None and callee.id == node.id else None


def _argument(file: PythonFile, call: Node, place: int, name: str) -> Node | None:
    """What a call gives for the parameter at a place, or by its name."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "argument_list":
        return None
    positional = []
    for node in arguments.named_children:
        if node.type == "keyword_argument":
            label = node.child_by_field_name("name")
            if label is not None and file.text(label) == name:
                return node.child_by_field_name("value")
        elif node.type in {"list_splat", "dictionary_splat"}:
            return None
        elif node.type != "comment":
            positional.append(node)
    return positional[place] if 0 <= place < len(positional) else None


def _first_parameter(file: PythonFile, function: Node) -> str:
    parameters = function.child_by_field_name("parameters")
    first = (
        next((n for n in parameters.named_children if n.type != "comment"), None) if parameters is not None else None
    )
    while first is not None and first.type in {"typed_parameter", "default_parameter", "typed_default_parameter"}:
        first = first.named_children[0]
    return file.text(first) if first is not None and first.type == "identifier" else ""


def _gives_receiver(file: PythonFile, method: Node, note: Node) -> bool:
    """Whether a method says that it gives what it is called on: `def __enter__(self: T) -> T`."""
    parameters = method.child_by_field_name("parameters")
    first = parameters.named_children[0] if parameters is not None and parameters.named_children else None
    own = first.child_by_field_name("type") if first is not None and first.type == "typed_parameter" else None
    return own is not None and file.text(own) == file.text(note)


def _is_receiver(file: PythonFile, node: Node, method: Node) -> bool:
    """Whether a method gives what it is called on, or a new object of its class: `self`, `cls(...)`, a name for one."""
    first = _first_parameter(file, method)
    if not first or file.scope(method).parent is None or "staticmethod" in _decorators(file, method):
        return False
    of_class = "classmethod" in _decorators(file, method)
    makers = {first} if of_class else {f"{first}.__class__", f"type({first})"}
    if node.type == "call" and (callee := node.child_by_field_name("function")) is not None:
        return file.text(callee) in makers
    if node.type != "identifier":
        return False
    name = file.text(node)
    if name == first:
        return not of_class
    bindings = file.bindings(file.scope(method), name)
    places = [each.node.parent for each in bindings if each.role == "assign"]
    values = [at.child_by_field_name("right") for at in places if at is not None and at.type == "assignment"]
    is_known = bool(values) and len(values) == len(bindings)
    return is_known and all(
        value is not None and value.type == "call" and _is_receiver(file, value, method) for value in values
    )


def _results(function: Node) -> tuple[list[Node], list[Node]]:
    """The expressions that a function returns, and those that it yields; not those of functions inside."""
    returns: list[Node] = []
    yields: list[Node] = []
    body = function.child_by_field_name("body")
    waiting = list(body.named_children) if body is not None else []
    while waiting:
        node = waiting.pop(0)
        if node.type in {"function_definition", "class_definition", "lambda"}:
            continue
        if node.type == "return_statement" and node.named_children:
            returns.append(node.named_children[0])
        elif node.type == "yield" and node.named_children:
            yields.append(node.named_children[0])
        if node.type not in {"string", "list", "dictionary", "comparison_operator"}:
            waiting += node.named_children
    return returns, yields


def _foreign_attribute(value: Foreign, name: str) -> Foreign:
    """Return an attribute of something from outside; of a collection's methods, what calling them gives is kept."""
    items, parts = value.items, value.parts
    if name == "values":
        items = value.values
    elif name == "items":
        items = (Foreign("", "object", (), (), (value.items, value.values)),) if value.values else ()
    elif name in {"get", "pop", "popleft", "setdefault"}:
        items = value.values
    elif name not in {"copy", "keys"}:
        items, parts = (), ()
    return Foreign(f"{value.name}.{name}", "object", items, value.values, parts)


def _foreign_result(value: Foreign) -> Values:
    """What calling something from outside gives: unknown when it may be one of the repository's own objects."""
    first, _, rest = value.name.partition(".")
    last = value.name.rpartition(".")[2]
    if value.kind == "object":
        if last in {"values", "items", "keys", "copy"}:
            return (Foreign("", "object", value.items, value.values, value.parts),)
        return value.items
    if not rest and hasattr(builtins, first):
        return () if first in _PASSING else (Foreign(value.name, "object"),)
    if value.kind == "member" and first in sys.stdlib_module_names and first not in _OPAQUE:
        return (Foreign(value.name, "object"),)
    if value.kind == "member" and last[:1].isupper() and not last.isupper():
        return (Foreign(value.name, "object"),)
    return ()
