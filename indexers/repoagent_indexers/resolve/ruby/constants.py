"""The modules and constants of a repository by their full names, and what a name means where it stands."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH
from repoagent_indexers.resolve.code_file import Files
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.ruby.file import Constant, RubyFile, Scope
from repoagent_indexers.resolve.ruby.terms import OBJECT, Lineage, Type

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_MAX_ROWS = 60
"""Files that are read for one module, at most: one that is opened in more of them is there to hold others."""
_MAX_OPENED = 12
"""Files that are read for one module whatever they say."""
_ADDING = re.compile(rb"(?<![.\w])(?:include|extend|prepend|let)[\s(]|class_eval|instance_eval")
_NAMED = frozenset({"class", "module", "constant"})


class Row(NamedTuple):
    """A module or constant as the index lists it."""

    name: str
    """The full name as its file spells it."""
    is_module: bool
    is_plain: bool
    """Whether that is the full name in any case: none of the modules around is opened as `class A::B`."""
    place: Place


class RubyConstants:
    """What the files of an index define. Reads a file when its code is first asked for."""

    def __init__(self, index: Index, max_files: int) -> None:
        """Files beyond `max_files` are not read, and what they say stays unknown."""
        self.index = index
        self._n_left = max_files
        self._all = Files(index, "ruby", RubyFile)
        self._files: dict[str, RubyFile | None] = {}
        self._rows: dict[str, list[Row]] = {}
        self._known: dict[str, list[tuple[RubyFile, Scope | Constant]]] = {}
        self._full: dict[Scope, str] = {}
        self._lookups: dict[tuple[Scope, str], str | None] = {}
        self._n_cuts = 0
        """How often a lineage was asked for while it was worked out, which gives less: nothing found so is kept."""

    def file(self, path: str) -> RubyFile | None:
        if path not in self._files:
            self._n_left -= 1
            if self._n_left < 0:
                return None
            file = self._all.get(path)
            self._files[path] = file.read() if file is not None else None
        return self._files[path]

    def files(self, name: str) -> Iterator[RubyFile]:
        """The files that define a name."""
        catalogue = self.index.catalogue
        seen = set()
        for position, _ in self.index.definitions(name):
            if catalogue.languages[position] == "ruby" and position not in seen:
                seen.add(position)
                file = self.file(catalogue.paths[position])
                if file is not None:
                    yield file

    def full(self, file: RubyFile, scope: Scope) -> str:
        """The full name of what a scope opens; "Object" for a file."""
        if scope not in self._full:
            self._full[scope] = scope.written.removeprefix("::") or "Object"  # while it is being worked out
            self._full[scope] = self._full_name(file, scope)
        return self._full[scope]

    def _full_name(self, file: RubyFile, scope: Scope) -> str:
        parent = scope.parent
        if scope.kind == "file" or parent is None:
            return "Object"
        if scope.kind == "block":
            return f"#{file.path}:{scope.start}"
        if scope.kind == "singleton" and scope.written == "self":
            return self.full(file, parent)
        if scope.written.startswith("::"):
            return scope.written[2:]
        outer, _, last = scope.written.rpartition("::")
        if scope.kind == "singleton" or scope.name_start < 0:  # `class << Name`, `def Name.method`, `Name.class_eval`
            if scope.written == "ClassMethods":
                return joined(self.full(file, opened(parent)), scope.written)
            return self.lookup(file, parent, scope.written) or scope.written
        if outer:
            return joined(self.lookup(file, parent, outer) or outer, last)
        return joined(self.full(file, opened(parent)), scope.written)

    def rows(self, last: str) -> list[Row]:
        """All modules and constants whose name ends so, as the index lists them."""
        if last not in self._rows:
            found = []
            catalogue = self.index.catalogue
            for position, number in self.index.definitions(last):
                facts = self.index.facts(position) if catalogue.languages[position] == "ruby" else None
                if facts is None or facts.problem or facts.symbol_name(number) != last:
                    continue
                kind = SYMBOL_KINDS[facts.symbols[number * SYMBOL_WIDTH]]
                if kind in _NAMED:
                    is_plain, at = True, number
                    while at >= 0 and is_plain:
                        is_plain, at = not facts.strings[facts.symbols[at * SYMBOL_WIDTH + 2]], facts.parent(at)
                    start = facts.symbols[number * SYMBOL_WIDTH + 10]
                    name = facts.qualified_name(number)
                    found.append(Row(name, kind != "constant", is_plain, Place(catalogue.paths[position], start)))
            self._rows[last] = found
        return self._rows[last]

    def is_known(self, full: str) -> bool:
        """Whether the repository defines a module or a constant of a full name."""
        is_plain = any(row.is_plain and row.name == full for row in self.rows(full.rpartition("::")[2]))
        return is_plain or bool(self.known(full))

    def is_module(self, full: str) -> bool:
        """Whether the repository opens a module of a full name."""
        rows = self.rows(full.rpartition("::")[2])
        return any(row.is_plain and row.is_module and row.name == full for row in rows) or bool(self.openings(full))

    def known(self, full: str) -> list[tuple[RubyFile, Scope | Constant]]:
        """The openings of a module, or where a constant is assigned, by a full name."""
        if full not in self._known:
            self._known[full] = []  # while it is being worked out
            last = full.rpartition("::")[2]
            rows = self.rows(last)
            ending = full.split("::")[-2:]
            paths = [
                row.place.path for row in rows
                if row.name == full or (not row.is_plain and row.name.split("::")[-2:] == ending)
            ]  # fmt: skip
            if not any(row.name == full for row in rows) and len(rows) <= _MAX_ROWS:
                paths = [row.place.path for row in rows if not row.is_plain or self._is_elsewhere(row.place.path, last)]
            paths = list(dict.fromkeys(paths))
            if len(paths) > _MAX_OPENED:  # where it may be given something that no definition says
                paths = sorted((path for path in paths if self._may_add(path, last)), key=lambda path: path.count("/"))
            found: list[tuple[RubyFile, Scope | Constant]] = []
            for path in paths[:_MAX_ROWS]:
                file = self.file(path)
                for scope in file.scopes if file is not None else ():
                    is_so = scope.name_start >= 0 and scope.written.rpartition("::")[2] == last
                    if file is not None and is_so and self.full(file, scope) == full:
                        found.append((file, scope))
                for constant in file.constants if file is not None else ():
                    is_so = constant.written.rpartition("::")[2] == last
                    if file is not None and is_so and self._constant_name(file, constant) == full:
                        found.append((file, constant))
            self._known[full] = found
        return self._known[full]

    def _is_elsewhere(self, path: str, last: str) -> bool:
        """Whether a file may open `::Name`, or a name inside of what it calls `class_eval` on."""
        file = self._all.get(path)
        return file is not None and (b"::" + last.encode() in file.content or b"_eval" in file.content)

    def _may_add(self, path: str, last: str) -> bool:
        """Whether a file may say of a module what it takes in or is derived from."""
        file = self._all.get(path)
        if file is None:
            return False
        derived = re.search(rb"class\s+(?:\w+::)*" + re.escape(last.encode()) + rb"\s*<", file.content)
        return derived is not None or _ADDING.search(file.content) is not None

    def places(self, full: str) -> frozenset[Place]:
        """Where the name of a module or constant stands that is defined."""
        plain = {row.place for row in self.rows(full.rpartition("::")[2]) if row.is_plain and row.name == full}
        return frozenset(plain | {Place(file.path, _start(each)) for file, each in self.known(full)})

    def _constant_name(self, file: RubyFile, constant: Constant) -> str:
        outer, _, last = constant.written.rpartition("::")
        if outer:
            return joined(self.lookup(file, constant.scope, outer) or outer.removeprefix("::"), last)
        return joined(self.full(file, opened(constant.scope)), last)

    def openings(self, full: str) -> list[tuple[RubyFile, Scope]]:
        """Where a module of this full name is opened."""
        return [(file, each) for file, each in self.known(full) if isinstance(each, Scope)]

    def lookup(self, file: RubyFile, scope: Scope, written: str) -> str | None:
        """The full name of what a constant means in a scope; None where the repository does not define it."""
        key = (scope, written)
        if key in self._lookups:
            return self._lookups[key]
        n_cuts = self._n_cuts
        found = self._look(file, scope, written)
        if self._n_cuts == n_cuts:
            self._lookups[key] = found
        return found

    def _look(self, file: RubyFile, scope: Scope, written: str) -> str | None:
        first, _, rest = written.removeprefix("::").partition("::")
        is_top = written.startswith("::")
        return self._within(
            (first if self.is_known(first) else None) if is_top else self.nested(file, scope, first), rest, written
        )

    def _within(self, found: str | None, rest: str, written: str) -> str | None:
        """What `rest` is inside of what a name begins with; a module of an outside one goes by its whole name."""
        if found is None:
            whole = written.removeprefix("::")
            return whole if rest and self.is_known(whole) else None
        for part in rest.split("::") if rest else ():
            found = self.inside(self.behind(found), part) if found is not None else None
        return self.behind(found) if found is not None else None

    def nested(self, file: RubyFile, scope: Scope, first: str) -> str | None:
        """The full name of the constant that a bare name means in a scope."""
        if (found := self._lexical(file, scope, first)) is not None:
            return found
        inner = opened(scope)
        if inner.kind != "file" and (found := self._inherited(self.full(file, inner), first)) is not None:
            return found
        return first if self.is_known(first) else None

    def _lexical(self, file: RubyFile, scope: Scope, first: str) -> str | None:
        at: Scope | None = opened(scope)
        while at is not None and at.kind != "file":
            name = joined(self.full(file, at), first)
            if self.is_known(name):
                return name
            at = opened(at.parent) if at.parent is not None else None
        return None

    def inside(self, outer: str, part: str) -> str | None:
        """The full name of a constant of a module, its own or one that it inherits."""
        name = joined(outer, part)
        return name if self.is_known(name) else self._inherited(outer, part)

    def _inherited(self, outer: str, part: str) -> str | None:
        names = (joined(link.name, part) for link in self.lineage(Type(outer)).links[1:] if link != OBJECT)
        return next((name for name in names if self.is_known(name)), None)

    def behind(self, full: str) -> str:
        """The module that a constant is another name for, else the constant itself."""
        if self.is_module(full):
            return full
        found = self.known(full)
        if not found or any(isinstance(each, Scope) for _, each in found):
            return full
        file, constant = found[0]
        assert isinstance(constant, Constant)
        if constant.value is None or constant.value.type not in {"constant", "scope_resolution"}:
            return full
        return self.lookup(file, constant.scope, file.text(constant.value)) or full

    @abstractmethod
    def lineage(self, of: Type) -> Lineage:
        """Where methods and constants of an object are looked for: see program.py."""


def opened(scope: Scope) -> Scope:
    """The innermost scope that names inside of it are looked up in: no block."""
    while scope.kind in {"block", "singleton"} and scope.parent is not None:
        scope = scope.parent
    return scope


def joined(outer: str, last: str) -> str:
    return f"{outer}::{last}" if outer and outer != "Object" else last


def _start(each: Scope | Constant) -> int:
    return each.name_start if isinstance(each, Scope) else each.start
