"""What the types of Swift conform to, and their members, wherever extensions declare them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.swift import library, tree
from repoagent_indexers.resolve.swift.terms import (
    Bound,
    Dependent,
    Function,
    Joint,
    Library,
    LibrarySelf,
    Meta,
    Named,
    Parameter,
    Tuple,
    Type,
    bound,
    unwrapped,
)
from repoagent_indexers.resolve.swift.tree import SwiftFile
from repoagent_indexers.resolve.swift.written import MAX_DEPTH, SwiftWritten, Symbol, names_parameter
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TYPES

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

Key = Symbol | str
"""A type of the repository, or the name of one from outside."""
_MAX_LINEAGE = 80


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that a name may mean, with what type parameters stand for in it."""

    path: str
    number: int
    rank: tuple[int, int]
    """How near its owner is; smaller is nearer."""
    owner: Type | None
    receiver: Type | None


class SwiftTypes(SwiftWritten):
    """What types are derived from, and their members."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        super().__init__(index, languages)
        self._supers: dict[Key, list[Type]] = {}
        self._lines: dict[Type, dict[Key, tuple[int, Type]]] = {}
        self._n_open = 0
        """How many types are being read for what they are derived from, one on account of the other."""
        self._constraints: dict[Symbol, list[tuple[Type, Type, bool]]] = {}
        self._owners: dict[str, dict[Key, list[tuple[Symbol, bool]]]] = {}

    # -- what types are derived from -------------------------------------------------------------------------------

    def key(self, of: Type | None) -> Key | None:
        if isinstance(of, Named):
            return of.path, of.number
        return of.name if isinstance(of, Library | LibrarySelf) else None

    def supers(self, of: Type, file: SwiftFile | None, start: int) -> list[Type]:
        """What a type is derived from, as its header and its extensions say."""
        if isinstance(of, Parameter | Dependent | LibrarySelf):
            return self._bounds(of, file, start)
        if isinstance(of, Joint):
            return list(of.of)
        key = self.key(of)
        if key is None:
            return []
        if key not in self._supers:
            self._supers[key] = []
            self._n_open += 1
            self._supers[key] = self._all_supers(of, key)
            self._n_open -= 1
        if isinstance(of, Named) and of.arguments:
            given: Bound = dict(zip(self.parameters((of.path, of.number)), of.arguments, strict=False))
            return [t for each in self._supers[key] if (t := bound(each, given)) is not None]
        return self._supers[key]

    def _all_supers(self, of: Type, key: Key) -> list[Type]:
        found: list[Type] = []
        if isinstance(key, str):
            found += [Library(name) for name in library.SUPERTYPES.get(key, "").split()]
            name = key
        else:
            file = self.swift_file(key[0])
            name = file.facts.symbol_name(key[1]) if file is not None else ""
            found += self._headed(key)
        for symbol in self.symbols(name) + self._by_whole_name(of, name):
            file = self.swift_file(symbol[0])
            is_other = file is None or file.kind(symbol[1]) != "extension" or ":" not in file.signature(symbol[1])
            if not is_other and self.key(self.extended(symbol)) == key:
                found += self._headed(symbol)
        return list(dict.fromkeys(found))

    def _by_whole_name(self, of: Type, name: str) -> list[Symbol]:
        """Extensions of a type inside of another: they bear its whole name."""
        file = self.swift_file(of.path) if isinstance(of, Named) else None
        whole = file.facts.qualified_name(of.number) if file is not None and isinstance(of, Named) else name
        return self.symbols(whole) if whole != name else []

    def _headed(self, of: Symbol) -> list[Type]:
        file = self.swift_file(of[0])
        if file is None or ":" not in file.signature(of[1]):
            return []
        node = file.declaration(of[1])
        found = [self.written(file, each) for each in tree.heritage(node)] if node is not None else []
        return [each for each in found if each is not None]

    def _bounds(self, of: Parameter | Dependent | LibrarySelf, file: SwiftFile | None, start: int) -> list[Type]:
        found: list[Type] = []
        if isinstance(of, LibrarySelf):
            found.append(Library(of.name))
        if isinstance(of, Parameter):
            where = self.swift_file(of.path)
            number = where.numbers.get(of.start) if where is not None else None
            if where is not None and number is not None and where.kind(number) == "protocol":
                found.append(Named(of.path, number))
            elif where is not None:
                name = where.node_at(of.start)
                found += self._bounds_of_parameter(where, of, name) if name is not None else []
        if isinstance(of, Dependent):
            for path, number in self.inner_types(of.base, of.name, file, start):
                where = self.swift_file(path)
                node = where.declaration(number) if where is not None else None
                if where is not None and node is not None and node.type == "associatedtype_declaration":
                    found += [t for each in tree.heritage(node) if (t := self.written(where, each)) is not None]
            found += [Library(name) for name in library.ASSOCIATED.get(of.name, "").split()]
        if file is not None:
            found += [said for what, said, is_same in self.constraints_at(file, start) if what == of and said != of]
        return found

    def _bounds_of_parameter(self, where: SwiftFile, of: Parameter, name: Node) -> list[Type]:
        at: Node | None = name
        while at is not None and at.type != "type_parameter":
            at = at.parent
        written = self.written(where, tree.written_in(at)) if at is not None else None
        found = [written] if written is not None else []
        around = at.parent.parent if at is not None and at.parent is not None else None
        for constrained, said, _ in tree.constraints_of(around) if around is not None else ():
            if tree.text(constrained) == tree.text(name) and (t := self.written(where, said)) is not None:
                found.append(t)
        return [each for each in found if each != of]

    def constraints_at(self, file: SwiftFile, start: int) -> Iterator[tuple[Type, Type, bool]]:
        """What `where` says around a place: something, what it is or is derived from, and which of both."""
        for number in file.around(start):
            key = (file.path, number)
            if key not in self._constraints:
                self._constraints[key] = []
                if "where" in file.signature(number) and (node := file.declaration(number)) is not None:
                    self._constraints[key] = [*self._read_constraints(file, node)]
            yield from self._constraints[key]

    def _read_constraints(self, file: SwiftFile, node: Node) -> Iterator[tuple[Type, Type, bool]]:
        for constrained, said, is_same in tree.constraints_of(node):
            names = [each for each in constrained.named_children if each.type in tree.NAMES] or [constrained]
            inside = node.end_byte - 1
            what = self._named_type(file, inside, tree.text(names[0]), ())
            for each in names[1:]:
                what = Dependent(what, tree.text(each)) if what is not None else None
            meant = self.written(file, said)
            if what is not None and meant is not None:
                yield what, meant, is_same

    def line(self, of: Type, file: SwiftFile | None = None, start: int = 0) -> dict[Key, tuple[int, Type]]:
        """All types that something is, nearest first: key -> (how near, the type with its arguments)."""
        if of in self._lines:
            return self._lines[of]
        found: dict[Key, tuple[int, Type]] = {}
        waiting: list[Type] = [of]
        seen: set[Type] = set()
        while waiting and len(seen) < _MAX_LINEAGE:
            here = waiting.pop(0)
            if here in seen:
                continue
            seen.add(here)
            key = self.key(here)
            if key is not None and key not in found:
                found[key] = (len(found), here)
            waiting += self.supers(here, file, start)
        if isinstance(of, Named | Library) and not self._n_open:  # else what leads back here is not known yet
            self._lines[of] = found
        return found

    def is_plain(self, of: Type, file: SwiftFile | None, start: int) -> bool:
        """Whether all that something is derived from is the repository's, or known of the library."""
        return all(
            not isinstance(each, Library) or each.name in library.SUPERTYPES or each.name in library.KNOWN
            for _, each in self.line(of, file, start).values()
        )

    # -- members -------------------------------------------------------------------------------------------------

    def candidates(self, of: Type, name: str, file: SwiftFile | None = None, start: int = 0) -> list[Candidate]:
        """The members of a name that something has, nearest first."""
        owned = self._owned_by(name)
        if not owned:
            return []
        line = self.line(of, file, start)
        is_abstract = isinstance(of, Parameter | Dependent | LibrarySelf | Joint) or self._is_protocol(of)
        found = []
        for key in line.keys() & owned.keys():
            near, owner = line[key]
            is_protocol = isinstance(key, tuple) and self._kind(key) == "protocol"
            for (path, number), is_asked in owned[key]:
                if (
                    file is not None
                    and path != file.path
                    and not self._is_seen(file, path, number, is_ours=isinstance(key, tuple))
                ):
                    continue
                rank = (near, int(not is_asked)) if is_abstract else (near + 1000 * is_protocol + 2000 * is_asked, 0)
                found.append(Candidate(path, number, rank, owner, of))
        here = file.path if file is not None else ""
        return sorted(found, key=lambda each: (each.rank, each.path != here, each.path, each.number))

    def _owned_by(self, name: str) -> dict[Key, list[tuple[Symbol, bool]]]:
        """Type -> its members of a name, wherever they are declared, and whether a protocol only asks for them."""
        if name not in self._owners:
            found: dict[Key, list[tuple[Symbol, bool]]] = {}
            self._owners[name] = found
            for path, number in self.symbols(name):
                where = self.swift_file(path)
                parent = where.facts.parent(number) if where is not None else -1
                if where is None or parent < 0 or where.kind(parent) not in TYPES:
                    continue
                is_extension = where.kind(parent) == "extension"
                key = self.key(self.extended((path, parent))) if is_extension else (path, where.first_like(parent))
                if key is not None:
                    found.setdefault(key, []).append(((path, number), where.kind(parent) == "protocol"))
        return self._owners[name]

    def _is_seen(self, file: SwiftFile, path: str, number: int, *, is_ours: bool) -> bool:
        """Whether a member that another file declares is seen from a file."""
        where = self.swift_file(path)
        return where is not None and not where.is_private(number) and (is_ours or self.modules.sees(file, path))

    def given_to(self, candidate: Candidate) -> Bound:
        """What the type parameters around a member stand for."""
        found: Bound = {}
        if isinstance(candidate.owner, Named):
            key = (candidate.owner.path, candidate.owner.number)
            found.update(zip(self.parameters(key), candidate.owner.arguments, strict=False))
        where = self.swift_file(candidate.path)
        parent = where.facts.parent(candidate.number) if where is not None else -1
        if where is not None and parent >= 0 and candidate.receiver is not None:
            own = self.self_type((candidate.path, parent))
            if isinstance(own, Parameter | LibrarySelf):
                found[own] = candidate.receiver
        return found

    def inner_types(self, of: Type, name: str, file: SwiftFile | None = None, start: int = 0) -> list[Symbol]:
        """The types of a name in something: nested ones, aliases, associated types."""
        if isinstance(of, Meta):
            of = of.of
        found = [
            each for each in self.candidates(of, name, file, start)
            if self._kind((each.path, each.number)) in TYPES | {"type"} - {"extension"}
        ]  # fmt: skip
        nearest = [each for each in found if each.rank == found[0].rank]
        return [(each.path, each.number) for each in nearest]

    def type_member(
        self, of: Type, name: str, arguments: tuple[Type | None, ...] = (), file: SwiftFile | None = None
    ) -> Type | None:
        """A type inside of another, with what the other's parameters stand for."""
        if isinstance(of, Meta):
            of = of.of
        if isinstance(of, Named):
            for parameter, argument in zip(self.parameters((of.path, of.number)), of.arguments, strict=False):
                where = self.swift_file(parameter.path)
                if where is not None and names_parameter(where, parameter, name):
                    return argument
        if isinstance(of, Library) and (known := library.associated(of, name)) is not None:
            return known
        found = [
            each for each in self.candidates(of, name, file)
            if self._kind((each.path, each.number)) in TYPES | {"type"} - {"extension"}
        ]  # fmt: skip
        if found:
            inner = self.type_of_symbol((found[0].path, found[0].number), arguments)
            if isinstance(inner, Dependent) and not isinstance(of, Named | Library):
                return Dependent(of, name)
            if not isinstance(inner, Dependent):
                given = self.given_to(found[0])
                return self.simplified(bound(inner, given))
        if isinstance(of, Parameter | Dependent | LibrarySelf | Joint):
            return Dependent(of, name) if found or name in library.ASSOCIATED else None
        return self.witness(of, name) if name in library.ASSOCIATED or found else None

    def witness(self, of: Type, name: str) -> Type | None:
        """An associated type that a type's members say: `Element` by what `next` or a subscript gives."""
        if name == "Element":
            for member in ("next", "makeIterator"):
                for each in self.candidates(of, member)[:1]:
                    given = self._result(each)
                    return unwrapped(given) if member == "next" else self.type_member(given, name) if given else None
            for each in self.candidates(of, "subscript"):
                where = self.swift_file(each.path)
                node = where.declaration(each.number) if where is not None else None
                asked = tree.parameters_of(node) if node is not None else []
                words = tree.text(asked[0].written) if len(asked) == 1 and asked[0].written is not None else "Range"
                if (
                    not any(word in words for word in ("Range", "Expression", "KeyPath", "Bounds"))
                    and not asked[0].label
                ):
                    return self._result(each)
        if name in {"Iterator", "Index", "SubSequence"}:
            member = {"Iterator": "makeIterator", "Index": "startIndex"}.get(name, "")
            for each in self.candidates(of, member)[:1] if member else ():
                return self._result(each)
        return None

    def _result(self, of: Candidate) -> Type | None:
        """What a function, a subscript or a property with a written type gives."""
        where = self.swift_file(of.path)
        node = where.declaration(of.number) if where is not None else None
        if where is None or node is None:
            return None
        noted = next((each for each in node.named_children if each.type == "type_annotation"), node)
        return self.simplified(bound(self.written(where, tree.written_in(noted)), self.given_to(of)))

    def simplified(self, of: Type | None) -> Type | None:
        """The same with associated types of what is known worked out."""
        if of is None or self._depth > MAX_DEPTH:
            self._cuts += of is not None
            return of
        self._depth += 1
        try:
            if isinstance(of, Dependent):
                base = self.simplified(of.base)
                if base is None:
                    return None
                if isinstance(base, Named | Library) and not self._is_protocol(base):
                    return self.type_member(base, of.name)
                return Dependent(base, of.name)
            if isinstance(of, Named | Library) and of.arguments:
                arguments = tuple(self.simplified(each) for each in of.arguments)
                return Named(of.path, of.number, arguments) if isinstance(of, Named) else Library(of.name, arguments)
            if isinstance(of, Tuple):
                return Tuple(tuple(self.simplified(each) for each in of.items), of.labels)
            if isinstance(of, Function):
                return Function(tuple(self.simplified(each) for each in of.parameters), self.simplified(of.result))
            if isinstance(of, Meta) and (inner := self.simplified(of.of)) is not None:
                return Meta(inner)
            return of
        finally:
            self._depth -= 1

    def _is_protocol(self, of: Type) -> bool:
        return isinstance(of, Named) and self._kind((of.path, of.number)) == "protocol"

    def element(self, of: Type | None) -> Type | None:
        """What a collection holds."""
        if of is None:
            return None
        if isinstance(of, Library) and of.name == "Optional":
            return self.element(of.arguments[0] if of.arguments else None)
        return self.type_member(of, "Element")

    def place_of(self, of: Symbol) -> Place:
        file = self.swift_file(of[0])
        return Place(of[0], file.name_start(of[1]) if file is not None else -1)

    def is_called(self, of: Symbol) -> bool:
        return self._kind(of) in FUNCTIONS
