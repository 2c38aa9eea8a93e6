"""The modules of a repository: their full names, what they are made of, and where a method is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH
from repoagent_indexers.resolve.code_file import Files
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.ruby.file import Constant, Member, RubyFile, Scope

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_MAX_ROWS = 60
"""Files that are read for one module, at most: one that is opened in more of them is there to hold others."""
_MAX_OPENED = 12
"""Files that are read for one module whatever they say."""
_ADDING = re.compile(rb"(?<![.\w])(?:include|extend|prepend|let)[\s(]|class_eval|instance_eval")
_NAMED = frozenset({"class", "module", "constant"})
_MAX_CONFIGURING = 100
"""Files that are looked at for what they configure or prepend."""
_EXAMPLES = ("Minitest::Spec", "MiniTest::Spec", "Minitest::Test", "MiniTest::Test", "Minitest::Unit::TestCase")
_CONFIGURED = re.compile(r"\.(?:include|extend)[ (]+([A-Z]\w*(?:::[A-Z]\w*)*)")
_PREPENDED = re.compile(rb"(?<!\w)([A-Z]\w*(?:::[A-Z]\w*)*)\.(?:send[ (]+:)?prepend[\s,(]+([A-Z]\w*(?:::[A-Z]\w*)*)")


class Type(NamedTuple):
    """What an object is."""

    name: str
    """The full name of its class; `#path:start` for the objects of a block that has methods of its own."""
    is_static: bool = False
    """It is that class, or module, itself."""


OBJECT = Type("Object")


class Row(NamedTuple):
    """A module or constant as the index lists it."""

    name: str
    """The full name as its file spells it."""
    is_module: bool
    is_plain: bool
    """Whether that is the full name in any case: none of the modules around is opened as `class A::B`."""
    place: Place


class Holder(NamedTuple):
    """What stands around a method as the index lists it."""

    path: str
    full: str
    """The module around it; "" for none."""
    is_plain: bool


class Definer(NamedTuple):
    """A method or accessor, and whose it is."""

    file: RubyFile
    scope: Scope
    member: Member

    @property
    def place(self) -> Place:
        return Place(self.file.path, self.member.start)


class Lineage(NamedTuple):
    """Where methods of an object are looked for."""

    links: tuple[Type, ...]
    """In that order."""
    is_open: bool
    """Whether some of it is not in the repository."""


class RubyProgram:
    """What the files of an index say together. Reads a file when its code is first asked for."""

    def __init__(self, index: Index, max_files: int) -> None:
        """Files beyond `max_files` are not read, and what they say stays unknown."""
        self.index = index
        self._n_left = max_files
        self._all = Files(index, "ruby", RubyFile)
        self._files: dict[str, RubyFile | None] = {}
        self._rows: dict[str, list[Row]] = {}
        self._held: dict[str, list[Holder]] = {}
        self._defined: dict[tuple[str, str], list[tuple[Type, Definer]]] = {}
        self._known: dict[str, list[tuple[RubyFile, Scope | Constant]]] = {}
        self._definers: dict[str, dict[Type, list[Definer]]] = {}
        self._full: dict[Scope, str] = {}
        self._lineages: dict[Type, Lineage] = {}
        self._descendants: dict[str, frozenset[str]] = {}
        self._lookups: dict[tuple[Scope, str], str | None] = {}
        self._examples: list[str] | None = None
        self._open: set[Type] = set()
        """Whose lineage is being worked out."""
        self._n_cuts = 0
        """How often such a lineage was asked for, which gives less than there is: nothing found so is kept."""

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

    # -- constants ------------------------------------------------------------------------------------------------

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

    # -- methods --------------------------------------------------------------------------------------------------

    def definers(self, name: str) -> dict[Type, list[Definer]]:
        """Who has a method or an accessor of a name; of `name=` also what only `attr_accessor :name` says."""
        if name not in self._definers:
            found: dict[Type, list[Definer]] = {}
            for path in dict.fromkeys(row.path for row in self._holders(name)):
                for owner, definer in self._defined_in(path, name):
                    found.setdefault(owner, []).append(definer)
            self._definers[name] = found
        return self._definers[name]

    def is_common(self, name: str) -> bool:
        """Whether so many files define a method of a name that it is not asked who all of them are."""
        return len({row.path for row in self._holders(name)}) > _MAX_ROWS

    def _holders(self, name: str) -> list[Holder]:
        """What stands around each definition of a method, as the index lists it."""
        if name not in self._held:
            found = []
            catalogue = self.index.catalogue
            for said in dict.fromkeys([name, name.removesuffix("=")]):
                for position, number in self.index.definitions(said):
                    facts = self.index.facts(position) if catalogue.languages[position] == "ruby" else None
                    if facts is not None and not facts.problem and facts.symbol_name(number) == said:
                        at = facts.parent(number)
                        full = facts.qualified_name(at) if at >= 0 else ""
                        is_plain = not facts.strings[facts.symbols[number * SYMBOL_WIDTH + 2]]
                        while at >= 0 and is_plain:
                            is_plain, at = not facts.strings[facts.symbols[at * SYMBOL_WIDTH + 2]], facts.parent(at)
                        found.append(Holder(catalogue.paths[position], full, is_plain))
            self._held[name] = found
        return self._held[name]

    def _defined_in(self, path: str, name: str) -> list[tuple[Type, Definer]]:
        key = (path, name)
        if key not in self._defined:
            file = self.file(path)
            self._defined[key] = [
                (Type(self.full(file, scope), member.is_static), Definer(file, scope, member))
                for scope in (file.scopes if file is not None else ()) for member in scope.members.get(name, ())
                if file is not None and member.start in file.numbers
            ]  # fmt: skip
        return self._defined[key]

    def is_defined(self, name: str) -> bool:
        """Whether the repository has a method of a name, and not so many that nothing can be told from it."""
        return bool(self._holders(name)) and not self.is_common(name)

    def find(self, of: Type, name: str, *, is_above: bool = False) -> tuple[Type, list[Definer]] | None:
        """Where a method of an object is found first, with all that define it there; above its own class by `is_above`.

        None where nothing does; an empty list where it is made by something that is no definition of the repository.
        """
        links = self.lineage(of).links[is_above:]
        names = {link.name.removesuffix("::ClassMethods") for link in links} | {link.name for link in links}
        own = {link.name[1:].rpartition(":")[0] for link in links if link.name.startswith("#")}
        holders = self._holders(name)
        is_common = self.is_common(name)
        paths = dict.fromkeys(
            row.path for row in holders
            if row.full in names or row.path in own or not (row.is_plain and (row.full or is_common))
        )  # fmt: skip
        owners: dict[Type, list[Definer]] = {}
        for path in paths:
            for owner, definer in self._defined_in(path, name):
                owners.setdefault(owner, []).append(definer)
        for link in links:
            if found := owners.get(link):
                return link, found
            if self._is_made(link, name):
                return link, []
        return None

    def _is_made(self, link: Type, name: str) -> bool:
        """Whether something is a member that the index does not list: a field of a `Struct`, a `let`."""
        return any(
            name in scope.lets or any(each.is_static == link.is_static for each in scope.members.get(name, ()))
            for _, scope in self.scopes_of(link)
        )

    def scopes_of(self, link: Type) -> list[tuple[RubyFile, Scope]]:
        if link.name.startswith("#"):
            path, _, start = link.name[1:].rpartition(":")
            file = self.file(path)
            return [
                (file, each) for each in (file.scopes if file is not None else ())
                if file is not None and each.kind == "block" and each.start == int(start)
            ]  # fmt: skip
        return self.openings(link.name) if link != OBJECT else []

    def overriding(self, of: Type, name: str, link: Type) -> list[Definer]:
        """The same method of what is derived from, or takes in, the class of an object."""
        found = []
        for owner, definers in self.definers(name).items():
            if owner not in {link, of} and owner.is_static == of.is_static and of in self.lineage(owner).links:
                found += definers
        return found

    def lineage(self, of: Type) -> Lineage:
        """Where methods of an object are looked for, in order."""
        if of in self._lineages:
            return self._lineages[of]
        if of in self._open:
            self._n_cuts += 1
            return Lineage((of,), is_open=True)
        n_cuts = self._n_cuts
        self._open.add(of)
        found = self._static(of.name) if of.is_static else self._instance(of.name)
        self._open.discard(of)
        whole = Lineage(tuple(dict.fromkeys([*found.links, OBJECT])), found.is_open)
        if self._n_cuts == n_cuts or not self._open:
            self._lineages[of] = whole
        return whole

    def _instance(self, name: str) -> Lineage:
        of = Type(name)
        scopes = self.scopes_of(of)
        before: list[Type] = []
        behind: list[Type] = []
        bases: list[Type] = []
        is_open = not scopes and of != OBJECT
        for file, scope in scopes:
            for mixin in reversed(scope.mixins):
                if mixin.kind not in {"include", "prepend"}:
                    continue
                other = self._taken(file, scope, mixin.name)
                is_open = is_open or other is None
                if other is None or other == name:
                    continue
                there = self.lineage(Type(other))
                is_open = is_open or there.is_open
                (before if mixin.kind == "prepend" else behind).extend(there.links)
                for into, hooked in self._hooks(other):
                    if into == "include":
                        behind.extend(self.lineage(Type(hooked)).links)
            if scope.base and scope.parent is not None:
                base = self.lookup(file, scope.parent, scope.base) if scope.base != "?" else None
                is_open = is_open or base is None
                if base is not None and base != name:
                    bases += self.lineage(Type(base)).links
                    is_open = is_open or self.lineage(Type(base)).is_open
            elif scope.kind == "block" and scope.parent is not None and scope.parent.kind != "file":
                bases += self.lineage(Type(self.full(file, scope.parent))).links
            elif scope.kind == "block":
                bases += [link for each in self._of_examples() for link in self.lineage(Type(each)).links]
        behind += self._of_itself(name, "InstanceMethods")
        for kind, other in self._prepended.get(name, ()):
            (before if kind == "prepend" else behind).extend(self.lineage(Type(other)).links)
        return Lineage(tuple(each for each in [*before, of, *behind, *bases] if each != OBJECT), is_open)

    def _static(self, name: str) -> Lineage:
        of = Type(name, is_static=True)
        scopes = self.scopes_of(of)
        own: list[Type] = []
        bases: list[Type] = []
        is_open = not scopes
        for file, scope in scopes:
            for mixin in reversed(scope.mixins):
                if mixin.kind == "extend":
                    other = name if mixin.name == "self" else self._taken(file, scope, mixin.name)
                    is_open = is_open or other is None
                    own += self.lineage(Type(other)).links if other is not None else ()
                elif mixin.kind in {"include", "prepend"}:
                    other = self._taken(file, scope, mixin.name)
                    for link in self.lineage(Type(other)).links if other is not None else ():
                        for into, hooked in self._hooks(link.name):
                            own += self.lineage(Type(hooked)).links if into == "extend" else ()
            if scope.base and scope.parent is not None:
                base = self.lookup(file, scope.parent, scope.base) if scope.base != "?" else None
                is_open = is_open or base is None
                if base is not None and base != name:
                    bases += self.lineage(Type(base, is_static=True)).links
                    is_open = is_open or self.lineage(Type(base, is_static=True)).is_open
        own += self._of_itself(name, "ClassMethods")
        for file, scope in self._singletons(name):  # `class << self; include M`
            for mixin in scope.mixins:
                other = self._taken(file, scope, mixin.name)
                own += self.lineage(Type(other)).links if other is not None and other != name else ()
        return Lineage(tuple(each for each in [of, *own, *bases] if each != OBJECT), is_open)

    def _of_itself(self, name: str, part: str) -> tuple[Type, ...]:
        """What a class that is made of plugins has in a module of its own: `ClassMethods`, `InstanceMethods`."""
        full = joined(name, part)
        is_class = name not in {"Object", ""} and self.is_known(full)
        return self.lineage(Type(full)).links if is_class and any(
            scope.kind == "class" for _, scope in self.openings(name)
        ) else ()  # fmt: skip

    def _singletons(self, name: str) -> Iterator[tuple[RubyFile, Scope]]:
        for file in {file.path: file for file, _ in self.scopes_of(Type(name))}.values():
            for scope in file.scopes:
                if scope.kind == "singleton" and scope.mixins and self.full(file, scope) == name:
                    yield file, scope

    def _taken(self, file: RubyFile, scope: Scope, written: str) -> str | None:
        """The module that a scope takes in, looked up around it: what it inherits is being worked out."""
        if written in {"?", "self"}:
            return None
        first, _, rest = written.removeprefix("::").partition("::")
        found = None if written.startswith("::") else self._lexical(file, scope, first)
        found = found or (first if self.is_known(first) else None)
        return self._within(found, rest, written)

    def _of_examples(self) -> list[str]:
        """What the blocks of tests have without saying so: RSpec's configured modules, minitest's reopened classes."""
        if self._examples is None:
            self._examples = [name for name in _EXAMPLES if self.is_module(name)]
            for file in self._mentioning("configure", _MAX_CONFIGURING):
                found = (
                    _CONFIGURED.findall(file.content.decode("utf-8", "replace"))
                    if b"RSpec.configure" in file.content
                    else []
                )
                names = (self.lookup(file, file.top, each) for each in found)
                self._examples += [each for each in names if each is not None and each not in self._examples]
        return self._examples

    @cached_property
    def _prepended(self) -> dict[str, list[tuple[str, str]]]:
        """What modules are given from elsewhere: `Name.prepend(Other)`."""
        found: dict[str, list[tuple[str, str]]] = {}
        for file in self._mentioning("prepend", _MAX_CONFIGURING):
            for hit in _PREPENDED.finditer(file.content):
                node = file.root.descendant_for_byte_range(hit.start(), hit.end())
                scope, _ = file.scope_at(node) if node is not None else (file.top, None)
                names = [self.lookup(file, scope, hit[n].decode()) for n in (1, 2)]
                if names[0] is not None and names[1] is not None:
                    found.setdefault(names[0], []).append(("prepend", names[1]))
        return found

    def _hooks(self, name: str) -> Iterator[tuple[str, str]]:
        """What a module does to whoever takes it in: ("extend", another module)."""
        for file, scope in self.scopes_of(Type(name)):
            is_concern = False
            for mixin in scope.mixins:
                if mixin.kind.startswith("hook ") and (hooked := self.lookup(file, scope, mixin.name)) is not None:
                    yield mixin.kind.removeprefix("hook "), hooked
                is_concern = is_concern or (mixin.kind == "extend" and mixin.name.endswith("Concern"))
            if is_concern and self._has_class_methods(file, name):
                yield "extend", joined(name, "ClassMethods")

    def _has_class_methods(self, file: RubyFile, name: str) -> bool:
        full = joined(name, "ClassMethods")
        return self.is_known(full) or any(
            each.written == "ClassMethods" and self.full(file, each) == full for each in file.scopes
        )

    def descendants(self, name: str, max_files: int) -> frozenset[str]:
        """The full names of modules that derive from, or take in, a module at any distance; none where too many may."""
        if name not in self._descendants:
            self._descendants[name] = frozenset()
            found: set[str] = set()
            for file in self._mentioning(name.rpartition("::")[2], max_files):
                for scope in file.scopes:
                    if scope.kind not in {"class", "module"}:
                        continue
                    written = [scope.base, *(each.name for each in scope.mixins if each.kind in {"include", "prepend"})]
                    if any(name.endswith(each.rpartition("::")[2]) for each in written if each) and (
                        Type(name) in self.lineage(Type(self.full(file, scope))).links
                    ):
                        found.add(self.full(file, scope))
            found.discard(name)
            for below in sorted(found):
                found |= self.descendants(below, max_files)
            self._descendants[name] = frozenset(found - {name})
        return self._descendants[name]

    def _mentioning(self, word: str, max_files: int) -> Iterable[RubyFile]:
        catalogue = self.index.catalogue
        positions = [at for at in self.index.mentioning(word) if catalogue.languages[at] == "ruby"]
        if len(positions) > max_files:
            return []
        files = (self.file(catalogue.paths[at]) for at in positions)
        return [file for file in files if file is not None]

    def doc(self, definer: Definer) -> str:
        """What the comment above a definition says."""
        number = definer.file.numbers[definer.member.start]
        return definer.file.facts.strings[definer.file.facts.symbols[number * SYMBOL_WIDTH + 4]]


def opened(scope: Scope) -> Scope:
    """The innermost scope that names inside of it are looked up in: no block."""
    while scope.kind in {"block", "singleton"} and scope.parent is not None:
        scope = scope.parent
    return scope


def joined(outer: str, last: str) -> str:
    return f"{outer}::{last}" if outer and outer != "Object" else last


def _start(each: Scope | Constant) -> int:
    return each.name_start if isinstance(each, Scope) else each.start
