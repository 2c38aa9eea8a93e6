"""The definitions of one name in languages other than Python: which are one thing, and which are others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_agents.rename.names import APART, SAME_FOLDER, folder, joined, last
from repoagent_agents.rename.outcome import SeveralMeanings
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.git_environment import shown
from repoagent_indexers.index import Index
from repoagent_indexers.languages import C_FAMILY, LANGUAGES, family_of
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.syntax import line_of
from repoagent_indexers.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

_TYPES = {"class", "struct", "interface", "trait", "enum", "object", "protocol", "record", "extension", "instance",
          "union", "type", "annotation"}  # fmt: skip
_CONTAINERS = _TYPES - {"type"}
NAMESPACES = frozenset({"namespace", "module", "package"})


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of the name."""

    path: str
    language: str
    kind: str
    qualified_name: str
    signature: str
    start: int
    """Where its name begins."""
    container: str
    """Qualified name of the type that it is a member of; "" for none."""
    overrides: bool = False
    """It says itself that it overrides something."""

    @property
    def is_type(self) -> bool:
        return self.kind in _TYPES or self.kind in NAMESPACES

    @property
    def is_member(self) -> bool:
        return bool(self.container) and not self.is_type


class Definitions:
    """All definitions of a name, and what they are to the one that is meant."""

    def __init__(self, index: Index, name: str, places: Sequence[Place], sources: Sequence[SourceFile]) -> None:
        """`places` are those of the definitions meant, `sources` the files in which the name stands.

        Raises UsageError where they are not found, SeveralMeanings where they are not one thing.
        """
        self.index, self.name = index, name
        self.contents = {source.path: source.content for source in sources}
        self.all = [d for source in sources for d in self._definitions(source.path)]
        wanted = set(places)
        targets = [d for d in self.all if Place(d.path, d.start) in wanted]
        if not targets:
            raise UsageError(f"{shown(name)}: its definition cannot be found again; try once more")
        self.target = targets[0]
        self.group = self._group(targets[0])
        if not set(targets) <= self.group:
            raise SeveralMeanings(name)
        self.rest = [d for d in self.all if d not in self.group]
        self.rivals = [d for d in self.rest if d.is_member == self.target.is_member and d.kind != "local"]
        """The definitions that a use could mean instead: a member is never mistaken for what is none."""
        if self.target.language in APART and self.target.is_member:
            self.rivals = [d for d in self.rivals if (d.kind == "method") == (self.target.kind == "method")]
        self.own = {Place(d.path, d.start) for d in self.group}
        self.others = {Place(d.path, d.start) for d in self.rest}

    def _definitions(self, path: str) -> Iterator[Definition]:
        facts = self.index.facts_of(path)
        for number in range(facts.n_symbols if facts is not None else 0):
            assert facts is not None
            if facts.symbol_name(number) == self.name:
                yield self._definition(path, facts, number)

    def _definition(self, path: str, facts: Facts, number: int) -> Definition:
        symbol = facts.symbol(number, path)
        separators = {LANGUAGES[facts.language].separator, LANGUAGES[facts.language].namespace_separator} - {""}
        container = symbol.qualified_name[: -len(symbol.name)]
        for separator in separators:
            container = container.removesuffix(separator)
        parent = symbol.parent
        if parent is not None and SYMBOL_KINDS[facts.symbols[parent * SYMBOL_WIDTH]] in {"function", "method"}:
            return Definition(path, facts.language, "local", symbol.qualified_name, symbol.signature,
                               facts.symbols[number * SYMBOL_WIDTH + 10], "")  # fmt: skip
        if parent is not None:
            kind = SYMBOL_KINDS[facts.symbols[parent * SYMBOL_WIDTH]]
            if kind in NAMESPACES and (facts.language != "ruby" or symbol.kind != "method"):
                inside = container.removeprefix(facts.qualified_name(parent))  # `int Client::open() {}` in a namespace
                container = container if inside else ""
        elif symbol.kind not in {"method", "field", "property", "constructor", "member", "constant"}:
            container = ""
        if symbol.kind == "member" and facts.language in C_FAMILY:  # an enumerator is seen outside of its enum
            container = ""
        if symbol.kind == "constructor" and facts.language != "haskell":
            container = container or symbol.name
        start = facts.symbols[number * SYMBOL_WIDTH + 10]
        head = self.contents[path][symbol.span.start_byte : start] if path in self.contents else b""
        overrides = re.search(rb"@Override\b|\boverride\b", head) is not None
        facts_of_it = (path, facts.language, symbol.kind, symbol.qualified_name, symbol.signature)
        return Definition(*facts_of_it, start, container, overrides)

    def _group(self, target: Definition) -> set[Definition]:
        """The definitions that are one thing with the target: declared again, overloaded, overriding, constructors."""
        if target.is_member and target.kind != "constructor":
            linked = self._linked_containers(target)
            members = {d for d in self.all if d.is_member and d.kind != "constructor" and d.container in linked}
            if target.language in APART:
                return {d for d in members if (d.kind == "method") == (target.kind == "method")}
            return members
        if target.is_type or target.kind == "constructor":
            name = target.container if target.kind == "constructor" else target.qualified_name
            types = {d for d in self.all if d.is_type and d.qualified_name == name}
            types |= {d for d in self.all if d.kind == "constructor" and d.container in {name, self.name}}
            return types | {target}
        if target.kind == "local":
            return {target}
        return {d for d in self.all if not d.is_member and not d.is_type and d.kind != "local" and (
            d == target or (d.qualified_name == target.qualified_name and self._same_place(d, target)))}  # fmt: skip

    def _same_place(self, one: Definition, other: Definition) -> bool:
        """Whether two definitions of one qualified name are the same function: declared here, defined there."""
        if one.path == other.path:
            return True
        if one.language in C_FAMILY and other.language in C_FAMILY:
            static = [d.signature.startswith("static ") for d in (one, other)]
            n_sources = sum(d.path.endswith((".c", ".cc", ".cpp", ".cxx")) for d in (one, other))
            return static[0] == static[1] and not (n_sources == 2 and static[0])
        if one.language == "go":
            return folder(one.path) == folder(other.path)
        return one.language in {"php", "csharp", "elixir"} and one.language == other.language

    def _linked_containers(self, target: Definition) -> set[str]:
        """The types whose member of this name is the target's: its type, derived ones, those it is derived from."""
        containers = {d.container for d in self.all if d.is_member and d.kind != "constructor"}
        interfaces = {d.container for d in self.all if d.is_member and self._kind_of(d.container) in
                      {"interface", "trait", "protocol"}}  # fmt: skip
        groups: list[set[str]] = []
        if target.language in {"go", "rust"} and interfaces:
            groups.append(containers if target.kind == "method" else {target.container})
        by_last = {last(container): container for container in containers}
        for name in [*self.bases, *by_last]:
            groups.append({by_last[each] for each in self.lineage(name) if each in by_last})
        return joined(target.container, groups)

    @cached_property
    def types(self) -> dict[str, str]:
        """Name of every type of these languages -> its kind."""
        return {name: kind for name, kind, _ in self._all_types}

    def _kind_of(self, container: str) -> str:
        return self.types.get(last(container), "")

    @cached_property
    def _all_types(self) -> list[tuple[str, str, str]]:
        """(name, kind, signature) of every type."""
        family = family_of(self.target.language)
        kinds = {SYMBOL_KINDS.index(kind) for kind in _CONTAINERS}
        found = []
        suffixes = tuple(suffix for name in family for suffix in LANGUAGES[name].suffixes)
        for position, path in enumerate(self.index.catalogue.paths):
            facts = self.index.facts(position) if path.endswith(suffixes) else None
            for at in range(0, len(facts.symbols) if facts else 0, SYMBOL_WIDTH):
                assert facts is not None
                if facts.symbols[at] in kinds:
                    kind = SYMBOL_KINDS[facts.symbols[at]]
                    found.append((facts.strings[facts.symbols[at + 1]], kind, facts.strings[facts.symbols[at + 3]]))
        return found

    @cached_property
    def bases(self) -> dict[str, set[str]]:
        """Name of a type -> names in its header that are types as well."""
        known = {name for name, _, _ in self._all_types}
        found: dict[str, set[str]] = {}
        for name, _, signature in self._all_types:
            header = signature.partition(name)[2]
            found.setdefault(name, set()).update(set(re.findall(r"\w+", header)) & known - {name})
        return found

    def lineage(self, name: str) -> set[str]:
        """A type and those it is derived from, by name."""
        found = {name}
        waiting = [name]
        while waiting:
            for base in self.bases.get(waiting.pop(), ()):
                if base not in found:
                    found.add(base)
                    waiting.append(base)
        return found

    def check_free(self, new: str) -> None:
        """Raise Refused where a new name is a definition's already that would be mixed up with this one."""
        containers = {last(d.container) for d in self.group if d.is_member}
        related = {name for name in self.bases if self.lineage(name) & containers} | containers
        for name in list(containers):
            related |= self.lineage(name)
        paths = {d.path for d in self.group}
        family = family_of(self.target.language)
        for position, number in self.index.definitions(new):
            facts = self.index.facts(position)
            path = self.index.catalogue.paths[position]
            if facts is None or facts.symbol_name(number) != new or facts.language not in family:
                continue
            taken = self._definition(path, facts, number)
            if self.target.is_member:
                clash = taken.is_member and last(taken.container) in related
            else:
                near = path in paths or (
                    self.target.language in SAME_FOLDER | C_FAMILY and folder(path) in map(folder, paths)
                )
                clash = not taken.is_member and taken.kind != "local" and near
            if clash:
                source = self.index.source(path)
                line = line_of(source.content, taken.start) if source is not None else 0
                raise Refused(f"{path}:{line}: {shown(new)} is defined there already; choose another name")

    def check_overriding(self) -> None:
        """Raise Refused for a member that overrides one of something that is not in the repository."""
        mine = {last(d.container) for d in self.group if d.is_member}
        for d in self.group:
            if d.overrides and d.is_member and not self.lineage(last(d.container)) & (mine - {last(d.container)}):
                line = line_of(self.contents[d.path], d.start)
                raise Refused(
                    f"{d.path}:{line}: {shown(d.qualified_name)} overrides a member of something outside of the "
                    "repository; under another name it would not"
                )

    def container_at(self, path: str, start: int, root: Node) -> str:
        """The type around a place; for a method that stands outside of its type (Go, Rust, C++) that of the method."""
        facts = self.index.facts_of(path)
        best = ""
        for number in range(facts.n_symbols if facts is not None else 0):
            assert facts is not None
            row = facts.symbols[number * SYMBOL_WIDTH : (number + 1) * SYMBOL_WIDTH]
            if not row[6] <= start < row[7]:
                continue
            kind = SYMBOL_KINDS[row[0]]
            if kind in _CONTAINERS or kind in {"class", "module"}:
                best = facts.qualified_name(number)
            elif kind in {"method", "constructor", "function", "constant"} and facts.strings[row[2]]:
                best = facts.strings[row[2]]
        if not best and facts is not None and facts.language == "rust":
            node = root.descendant_for_byte_range(start, start + 1)
            while node is not None and node.type != "impl_item":
                node = node.parent
            label = node.child_by_field_name("type") if node is not None else None
            best = (label.text or b"").decode("utf-8", "replace").partition("<")[0] if label is not None else ""
        return best
