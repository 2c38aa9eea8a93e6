"""The definitions of one name in languages other than Python: which are one thing, and which are others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_agents.rename.definition import CONTAINERS, NAMESPACES, Definition, Reader
from repoagent_agents.rename.names import APART, SAME_FOLDER, folder, is_called_by_the_language, joined, last
from repoagent_agents.rename.outcome import SeveralMeanings
from repoagent_agents.rename.type_keys import MULTIPLATFORM, TypeKeys
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT, LANGUAGES, family_of
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.named import parts_of
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.resolve.syntax import line_of, tree_of
from repoagent_indexers.resolve.typed.terms import Thing
from repoagent_indexers.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node


_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inl", ".inc")


class Definitions:
    """All definitions of a name, and what they are to the one that is meant."""

    def __init__(
        self, resolution: Resolution, name: str, places: Sequence[Place], sources: Sequence[SourceFile]
    ) -> None:
        """`places` are those of the definitions meant, `sources` the files in which the name stands.

        Raises UsageError where they are not found, SeveralMeanings where they are not one thing.
        """
        self.index, self.name = resolution.index, name
        self.contents = {source.path: source.content for source in sources}
        self._reader = Reader(resolution, self.contents)
        self.all = [d for source in sources for d in self._reader.all_of(source.path, name)]
        wanted = set(places)
        targets = [d for d in self.all if Place(d.path, d.start) in wanted]
        if not targets:
            raise UsageError(f"{shown(name)}: its definition cannot be found again; try once more")
        self.target = targets[0]
        self._keys = TypeKeys(self._reader, self.target.language, self.all)
        resolver, place = resolution.resolver(self.target.path), Place(self.target.path, self.target.start)
        told = resolver.together(place, name) if resolver is not None else None
        self.are_told = told is not None
        """Whether the analysis says which definitions are one thing, and needs no rules of names."""
        self.own = told if told is not None else frozenset(Place(d.path, d.start) for d in self._group(self.target))
        """Where the name is defined."""
        self.group = {d for d in self.all if Place(d.path, d.start) in self.own}
        if not set(targets) <= self.group:
            raise SeveralMeanings(name)
        self.rest = [d for d in self.all if d not in self.group]
        self.rivals = [d for d in self.rest if d.is_member == self.target.is_member and d.kind != "local"]
        """The definitions that a use could mean instead: a member is never mistaken for what is none."""
        if self.target.language in APART and self.target.is_member:
            self.rivals = [d for d in self.rivals if (d.kind == "method") == (self.target.kind == "method")]
        self.others = {Place(d.path, d.start) for d in self.rest}

    def _group(self, target: Definition) -> set[Definition]:
        """The definitions that are one thing with the target: declared again, overloaded, overriding, constructors."""
        if target.is_member and target.kind != "constructor":
            linked = self._linked_owners(target)
            members = {
                d for d in self.all if d.is_member and d.kind != "constructor" and self._keys.of_owner(d) in linked
            }
            if target.language in APART:
                return {d for d in members if (d.kind == "method") == (target.kind == "method")}
            return members
        if target.kind == "local":
            return {target}
        if target.kind == "constructor":
            own = self._keys.of_owner(target)
            types = {d for d in self.all if d.is_type and last(d.qualified_name) == last(target.container)}
            types = {d for d in types if self._keys.of_type(d) == own} or {target}
            return {each for one in types if one != target for each in self._group(one)} | {target}
        if target.language in ECMASCRIPT:  # an interface and a constant of one name, a function and its namespace
            again = self._declared_again(target)
            group = {d for d in self.all if not d.is_member and d.kind != "local" and (
                Place(d.path, d.start) in again
                or (d.path == target.path and d.qualified_name == target.qualified_name))}  # fmt: skip
        elif target.is_type:
            own = self._keys.of_type(target)
            namesakes = {d for d in self.all if d.is_type and d.qualified_name == target.qualified_name}
            group = {d for d in namesakes if self._keys.of_type(d) == own}
        else:
            free = {d for d in self.all if not d.is_member and not d.is_type and d.kind != "local"}
            namesakes = {d for d in free if d.qualified_name == target.qualified_name}
            return {d for d in namesakes if d == target or self._same_place(d, target)} | {target}
        keys = {self._keys.of_type(d) for d in group}
        return group | {target} | {d for d in self.all if d.kind == "constructor" and self._keys.of_owner(d) in keys}

    def _same_place(self, one: Definition, other: Definition) -> bool:
        """Whether two definitions of one qualified name are the same function: declared here, defined there."""
        if one.path == other.path:
            return True
        if one.language in C_FAMILY and other.language in C_FAMILY:
            if "macro" in {one.kind, other.kind}:
                return one.path.endswith(_HEADERS) and other.path.endswith(_HEADERS)
            static = [d.signature.startswith("static ") for d in (one, other)]
            n_sources = sum(d.path.endswith((".c", ".cc", ".cpp", ".cxx")) for d in (one, other))
            return static[0] == static[1] and not (n_sources == 2 and static[0])
        if one.language == "go":
            return folder(one.path) == folder(other.path)
        if one.language == other.language == "kotlin":
            return all(MULTIPLATFORM.search(self._reader.head(d.path, d.start)) for d in (one, other))
        return one.language in {"php", "csharp", "elixir"} and one.language == other.language

    def _declared_again(self, d: Definition) -> frozenset[Place]:
        resolver = self._reader.resolver(d.path)
        return resolver.same(Place(d.path, d.start), self.name) if resolver is not None else frozenset()

    def _linked_owners(self, target: Definition) -> set[str]:
        """The types whose member of this name is the target's: its type, derived ones, those it is derived from."""
        members = [d for d in self.all if d.is_member and d.kind != "constructor"]
        groups: list[set[str]] = []
        own = self._keys.of_owner(target)
        if target.language == "go" and target.kind == "method":
            for asked in (d for d in members if self._kind_of(d.container) == "interface"):
                fitting = {self._keys.of_owner(d) for d in members if d.kind == "method" and self._has_all_of(d, asked)}
                groups.append({self._keys.of_owner(asked), *fitting})
        by_last: dict[str, set[str]] = {}
        for d in members:
            by_last.setdefault(last(d.container), set()).add(self._keys.of_owner(d))
        for name in [*self.bases, *by_last]:
            related = self.lineage(name) & by_last.keys()
            if all(len(by_last[each]) == 1 for each in related):
                groups.append({owner for each in related for owner in by_last[each]})
            elif len(related) > 1:
                groups += [keys & {owner for each in related for owner in by_last[each]}
                           for keys in self._lineages_of(name)]  # fmt: skip
        return joined(own, groups)

    def _has_all_of(self, method: Definition, asked: Definition) -> bool:
        """Whether the type of a method in Go has the other methods of an interface; what it embeds may bring them."""
        facts = self.index.facts_of(asked.path)
        assert facts is not None
        wanted = [facts.symbol_name(n) for n in range(facts.n_symbols)
                  if facts.qualified_name(n) == f"{asked.container}.{facts.symbol_name(n)}"]  # fmt: skip
        lacking = [name for name in wanted if name != self.name and not self._has_method(method, name)]
        return not lacking or self._embeds(method)

    def _has_method(self, beside: Definition, name: str) -> bool:
        for position, number in self.index.definitions(name):
            facts, path = self.index.facts(position), self.index.catalogue.paths[position]
            is_near = facts is not None and facts.language == "go" and folder(path) == folder(beside.path)
            if is_near and facts is not None and facts.qualified_name(number) == f"{beside.container}.{name}":
                return True
        return False

    def _embeds(self, method: Definition) -> bool:
        resolver, around = self._reader.typed(method.path), self._reader.type_around(method)
        return resolver is not None and around is not None and bool(resolver.bases(around))

    def _lineages_of(self, name: str) -> Iterator[set[str]]:
        """For each type of a name the keys of it and of all that it is derived from."""
        resolver = self._reader.typed(self.target.path)
        for path, number in resolver.symbols(name) if resolver is not None else ():
            assert resolver is not None
            thing = Thing(path, number, is_static=False)
            if resolver.kind_of(thing) in CONTAINERS:
                yield {self._keys.of(thing), *map(self._keys.of, resolver.lineage(thing))}

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
        kinds = {SYMBOL_KINDS.index(kind) for kind in CONTAINERS}
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
            taken = self._reader.read(path, facts, number)
            if self.target.language == "haskell":  # constructors, fields and methods are seen as functions are
                clash = taken.is_type == self.target.is_type and taken.kind != "local" and path in paths
            elif self.target.is_member:
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
        target = self.target
        is_function = target.kind in {"function", "method", "constructor"}
        if is_function and is_called_by_the_language(self.name, target.language, is_member=target.is_member):
            line = line_of(self.contents[target.path], target.start)
            raise Refused(f"{target.path}:{line}: {self.name} is called by the language itself; it cannot be renamed")
        if target.kind == "instance" and all(d.kind == "instance" for d in self.all if d.is_type):
            line = line_of(self.contents[target.path], target.start)
            raise Refused(f"{target.path}:{line}: an instance of {self.name}, which is from outside of the repository")
        for d in self.group:
            line = line_of(self.contents[d.path], d.start)
            behind = self.contents[d.path][d.start + len(self.name.encode()) :].lstrip()
            if d.language == "rust" and d.kind in NAMESPACES and behind.startswith(b";"):
                raise Refused(f"{d.path}:{line}: {self.name} is a file of its own, which is not moved; move it by hand")
            if d.trait and (d.language == "haskell" or not self._keys.asked_for(d)):
                word = "class" if d.language == "haskell" else "trait"
                raise Refused(
                    f"{d.path}:{line}: {shown(d.qualified_name)} is what {d.trait}, "
                    f"a {word} from outside of the repository, asks for; under another name it would not be that"
                )
            if d.overrides and d.is_member and not self.lineage(last(d.container)) & (mine - {last(d.container)}):
                raise Refused(
                    f"{d.path}:{line}: {shown(d.qualified_name)} overrides a member of something outside of the "
                    "repository; under another name it would not"
                )

    def outside(self) -> str:
        """The type of the group that is derived from something outside of the repository; "" for none, or not known."""
        if self.target.language == "ruby":
            return min((d.container for d in self.group if self._has_base_outside(d)), default="")
        if self.target.language not in ECMASCRIPT | {"php", "swift"}:  # the others say so, by a word before the name
            return ""
        for d in sorted(self.group, key=lambda d: (d.path, d.start)):
            resolver, around = self._reader.typed(d.path), self._reader.type_around(d)
            if resolver is None or around is None or resolver.kind_of(around) not in CONTAINERS or d.trait:
                continue
            lineage = [around, *resolver.lineage(around)]
            if any(map(resolver.has_base_outside, lineage)):
                return d.container
        return ""

    def _has_base_outside(self, definition: Definition) -> bool:
        """Whether a method of Ruby stands in a class whose superclass the repository does not define."""
        source = self.index.source(definition.path)
        if source is None:
            return False
        node = tree_of("ruby", source.content).root_node.descendant_for_byte_range(definition.start, definition.start)
        while node is not None and node.type not in {"class", "module", "singleton_class"}:
            node = node.parent
        base = node.child_by_field_name("superclass") if node is not None else None
        names = re.findall(r"\w+", (base.text or b"").decode("utf-8", "replace")) if base is not None else []
        if not names:
            return False
        own = parts_of(definition.container)
        known = [
            parts_of(facts.qualified_name(number))
            for position, number in self.index.definitions(names[-1])
            if (facts := self.index.facts(position)) is not None
        ]
        return not any(parts != own and parts[-len(names) :] == names for parts in known)

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
            if kind in CONTAINERS or kind in {"class", "module"}:
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
