"""The Python files of a repository, and what the parts of the analysis ask of each other."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.excerpt import excerpt_tree
from repoagent_indexers.resolve.python.file import Occurrence, PythonFile, Scope
from repoagent_indexers.resolve.python.modules import Modules
from repoagent_indexers.resolve.python.values import (
    ClassValue,
    Foreign,
    FunctionValue,
    Instance,
    ModuleValue,
    Super,
    Value,
    Values,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index
    from repoagent_indexers.source import SourceFile

_Asked = tuple[str, int, int, str]
"""An expression: its file, where it starts and ends, its kind."""

MAX_DEPTH = 24
"""How far a value is followed."""
_PART = 5
"""What decides about one name takes a fifth of the time of a whole file."""
_MAX_PARTS = 8
"""Of files, that are kept in case the same name is asked for again."""


class Analysis(ABC):
    """The Python files of an index, with all that the parts of their analysis ask of each other.

    Each of those is written in the file that is named for it; files are parsed when they are first looked at.
    """

    def __init__(self, index: Index, lenient_of: Analysis | None = None, max_bytes: int | None = None) -> None:
        """A strict program, or the lenient one that shares the files of `lenient_of`.

        After `max_bytes` of source no more files are read whole: what leads into others is not known then.
        """
        self.index = index
        self.is_lenient = lenient_of is not None
        self.modules: Modules = Modules(index.catalogue.paths) if lenient_of is None else lenient_of.modules
        self.unreadable: dict[str, str] = {}
        """Path -> why a file was not looked at."""
        self._files: dict[str, PythonFile | None] = {} if lenient_of is None else lenient_of._files
        self._parts: dict[tuple[str, str], PythonFile] = {} if lenient_of is None else lenient_of._parts
        """The newest of what `about` gave."""
        self._asked_for: dict[str, str] = {} if lenient_of is None else lenient_of._asked_for
        """Path -> the first name of which `part` was asked there."""
        self._bytes_left = max_bytes
        self._values: dict[_Asked, Values] = {}
        self._variables: dict[tuple[str, int, str], Values] = {}
        self._lineages: dict[ClassValue, list[ClassValue | Foreign]] = {}
        self._set_on_self: dict[tuple[str, int, str], list[Occurrence]] = {}
        self._active: set[_Asked | tuple[str, int, str]] = set()
        """Expressions and variables whose value is being looked for."""
        self._n_steps = 0
        self._n_circles = 0
        """How often a value was found to depend on itself."""

    def file(self, path: str) -> PythonFile | None:
        """A parsed file; None when its grammar could not read it or it has changed since it was indexed."""
        if path not in self._files:
            self._files[path] = self._parse(path)
        return self._files[path]

    def about(self, path: str, name: str) -> PythonFile | None:
        """As much of a file as decides what a variable of that name means in it: see `excerpt`."""
        if path in self._files:
            return self._files[path]
        if (path, name) in self._parts:
            return self._parts[path, name]
        source = self._source(path)
        tree = excerpt_tree(source.content, name) if source is not None else None
        if source is None or tree is None:
            return self.file(path)
        if len(self._parts) >= _MAX_PARTS:
            self._parts.pop(next(iter(self._parts)))
        part = self._parts[path, name] = PythonFile(path, source.content, tree)
        return part

    def part(self, path: str, name: str) -> PythonFile | None:
        """What says what a module's variable of that name is: `about` for the first name that is asked for, then all.

        What is read of a part counts as a part of it; None where no more is to be read.
        """
        if path in self._files or self._asked_for.setdefault(path, name) != name:
            return self.file(path)
        if self._bytes_left is not None:
            if self._bytes_left <= 0:
                return None
            source = self.index.source(path) if (path, name) not in self._parts else None
            self._bytes_left -= len(source.content) // _PART if source is not None else 0
        return self.about(path, name)

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

    # -- what the parts ask of each other --------------------------------------------------------------------------

    @abstractmethod
    def imported_module(self, file: PythonFile, statement: Node) -> ModuleValue | Foreign | None:
        """What the module name of a `from ... import` statement means."""

    @abstractmethod
    def variable_of(self, module: ModuleValue, name: str, seen: frozenset[str] = frozenset()) -> str | None:
        """The path of the file whose module-level variable `module.name` is, followed through stars; None for none."""

    @abstractmethod
    def exports(self, module: ModuleValue, name: str) -> bool:
        """Whether `from module import *` hands out a name, as far as its `__all__` is plain."""

    @abstractmethod
    def module_attribute(self, module: ModuleValue, name: str, depth: int = 0) -> Values:
        """What `module.name` is."""

    @abstractmethod
    def imported(self, file: PythonFile, parent: Node, depth: int) -> Values:
        """What one name of an import statement is; `parent` is its dotted name, or that with its alias."""

    @abstractmethod
    def below(self, module: Foreign, name: str) -> Value:
        """What a name in a module from outside is; a folder without an __init__ counts as one, its modules do not."""

    @abstractmethod
    def value(self, file: PythonFile, node: Node | None, depth: int = 0) -> Values:
        """What an expression may be."""

    @abstractmethod
    def all_values(self, file: PythonFile, nodes: Sequence[Node | None], depth: int) -> Values:
        """The values of all nodes; unknown as soon as one is. None counts for nothing."""

    @abstractmethod
    def name(self, file: PythonFile, scope: Scope, name: str, depth: int = 0) -> Values:
        """What a name means in a scope."""

    @abstractmethod
    def attribute(self, receiver: Values, name: str, depth: int = 0) -> Values:
        """What `receiver.name` is."""

    @abstractmethod
    def variable(self, file: PythonFile, scope: Scope, name: str, depth: int = 0) -> Values:
        """What a variable may be: what all that bind it agree on, an annotation before all else."""

    @abstractmethod
    def assigned(self, file: PythonFile, node: Node, depth: int) -> Values | None:
        """What an assignment, loop, `with` or `except` puts into a target; None when it says nothing."""

    @abstractmethod
    def parameter(self, file: PythonFile, binding: Occurrence, depth: int) -> Values:
        """What a parameter without an annotation is: `self`, `cls`, a fixture of pytest, or unknown."""

    @abstractmethod
    def class_scope(self, cls: ClassValue) -> tuple[PythonFile | None, Scope | None]:
        """The file of a class, and its scope."""

    @abstractmethod
    def lineage(self, cls: ClassValue) -> list[ClassValue | Foreign]:
        """A class and what it is derived from, depth first; close to the order in which Python looks."""

    @abstractmethod
    def is_enum(self, cls: ClassValue) -> bool: ...

    @abstractmethod
    def member(self, value: ClassValue | Instance | Super, name: str, depth: int = 0) -> Values:
        """What an attribute of a class or an object of it is."""

    @abstractmethod
    def self_attributes(self, file: PythonFile, scope: Scope, name: str) -> list[Occurrence]:
        """The places in a class's methods that set `self.name`."""

    @abstractmethod
    def self_class(self, file: PythonFile, attribute: Occurrence) -> Scope | None:
        """The class whose `self` or `cls` an attribute is taken from; None for another receiver."""

    @abstractmethod
    def fixture(self, file: PythonFile, name: str, scope: Scope) -> tuple[PythonFile, Node] | None:
        """The fixture of pytest that a parameter names: looked for in the class, the file, then conftest.py outwards.

        None for none, and for a parameter of what is neither a test nor a fixture.
        """

    @abstractmethod
    def returned(self, value: FunctionValue, of: ClassValue | None = None, depth: int = 0) -> Values:
        """What calling a function gives; `of` is the class through which a method is called."""

    @abstractmethod
    def annotation(self, file: PythonFile, node: Node, depth: int = 0, of: ClassValue | None = None) -> Values:
        """What an object annotated like this may be; `of` is what Self means."""


@cache
def _member_pattern(name: str) -> re.Pattern[bytes]:
    """`.name` or `name=`, with all that may stand between them."""
    word = re.escape(name.encode("utf-8", "surrogateescape"))
    between = rb"(?:\s|\\\r?\n|#[^\n]*\n)*"
    return re.compile(rb"\.%b%b(?![\w\x80-\xff])|(?<![\w\x80-\xff])%b%b=" % (between, word, word, between))
