"""Where a method of an object is looked up, who defines it and who overrides it: the modules of a repository joined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.reading.facts import SYMBOL_WIDTH
from repoagent_indexers.resolve.ruby.constants import RubyConstants, joined
from repoagent_indexers.resolve.ruby.file import RubyFile, Scope
from repoagent_indexers.resolve.ruby.terms import OBJECT, Definer, Lineage, Type

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_MAX_DEFINING = 60
"""Files that define a method of one name, at most, where it is asked who all of them are."""
_MAX_CONFIGURING = 100
"""Files that are looked at for what they configure or prepend."""
_EXAMPLES = ("Minitest::Spec", "MiniTest::Spec", "Minitest::Test", "MiniTest::Test", "Minitest::Unit::TestCase")
_CONFIGURED = re.compile(r"\.(?:include|extend)[ (]+([A-Z]\w*(?:::[A-Z]\w*)*)")
_PREPENDED = re.compile(rb"(?<!\w)([A-Z]\w*(?:::[A-Z]\w*)*)\.(?:send[ (]+:)?prepend[\s,(]+([A-Z]\w*(?:::[A-Z]\w*)*)")


class Holder(NamedTuple):
    """What stands around a method as the index lists it."""

    path: str
    full: str
    """The module around it; "" for none."""
    is_plain: bool


class RubyProgram(RubyConstants):
    """What the files of an index say together."""

    def __init__(self, index: Index, max_files: int) -> None:
        """Files beyond `max_files` are not read, and what they say stays unknown."""
        super().__init__(index, max_files)
        self._held: dict[str, list[Holder]] = {}
        self._defined: dict[tuple[str, str], list[tuple[Type, Definer]]] = {}
        self._definers: dict[str, dict[Type, list[Definer]]] = {}
        self._lineages: dict[Type, Lineage] = {}
        self._descendants: dict[str, frozenset[str]] = {}
        self._examples: list[str] | None = None
        self._open: set[Type] = set()
        """Whose lineage is being worked out."""

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
        return len({row.path for row in self._holders(name)}) > _MAX_DEFINING

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
