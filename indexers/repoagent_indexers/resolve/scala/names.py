"""Where names of Scala come from: what stands around a place, what it imports, the packages that it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.resolve.kotlin.types import KotlinTypes
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.scala import nodes
from repoagent_indexers.resolve.tree_file import NAMESPACES, TYPES, Declared, TreeFile
from repoagent_indexers.resolve.typed.terms import Module, Thing, Type, Types

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_PACKAGE = "package "
"""What the path of a module begins with that is a package of Scala."""
_NO_VALUES = frozenset({"type", "trait"})
Home = tuple[str, ...]


class ScalaNames(KotlinTypes):
    """Where names of Scala come from: what stands around a place, what it imports, the packages that it is in."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        super().__init__(index, languages)
        self._by_home: dict[str, dict[Home, set[Place]]] = {}
        self._paths: dict[tuple[str, int], Types | None] = {}
        """What stands in front of the last name of an import."""
        self._deriving: set[Thing] = set()
        self._derived: Counter[Thing] = Counter()
        self._missed = 0
        """How often what a type inherits was asked for while it was looked for."""
        self._inside_types: dict[str, bool] = {}
        self._packages: dict[Home, bool] = {}

    def spelled(self, name: str) -> str:
        """A name as the index knows it, with or without backquotes."""
        if name.startswith("`"):
            return name if self.symbols(name) else nodes.plain(name)
        quoted = f"`{name}`"
        return quoted if not self.symbols(name) and self.symbols(quoted) else name

    # -- by scope -------------------------------------------------------------------------------------------------

    def named(self, file: TreeFile, node: Node, name: str, *, as_type: bool | None) -> Meaning | None:
        """What a name means that stands by itself, as a type or a value, or as either; None when that is not known."""
        start, missed = node.start_byte, self._missed
        declared = [
            each for each in file.declared(name)
            if (each.scope_start <= start < each.scope_end or each.start == start)
            and self._is_of_kind(file, each, as_type)
        ]  # fmt: skip
        bodies: list[Node] = []
        child, at = node, node.parent
        while at is not None:
            if here := [e for e in declared if at.start_byte <= e.scope_start and e.scope_end <= at.end_byte]:
                return self._nearest(file, here)
            if at.type in nodes.BODIES and at.parent is not None and child.type != "self_type":
                is_own = any(nodes.is_parameter_of(each.node, at.parent) for each in declared)
                bodies.append(at)
                if found := self._members_around(file, at, name, as_type, is_own=is_own):
                    return Meaning(frozenset(found), "resolved")
            elif (
                at.type in nodes.CLASSES
                and child.type not in nodes.BODIES
                and (own := self._kept_parameter(file, at, name))
            ):
                return Meaning(frozenset(own), "resolved")
            if at.type in nodes.BLOCKS or at.type == "case_clause":
                for imported in self._imports(file, at, start, name, as_type):
                    return imported
            if (
                at.type == "package_clause"
                and child.type in nodes.BODIES
                and (placed := self.in_package(self.home_at(file, start), name, as_type))
            ):
                return Meaning(frozenset(placed), "resolved")
            child, at = at, at.parent
        for home in self._homes_around(file, start):
            if placed := self.in_package(home, name, as_type):
                return Meaning(frozenset(placed), "resolved")
        self._cuts += missed != self._missed
        if as_type or not self._is_inside_types(name) or all(self._knows_bases_of(file, each) for each in bodies):
            return OUTSIDE
        return None  # what a class is derived from may have it

    def _nearest(self, file: TreeFile, declared: list[Declared]) -> Meaning:
        size = min(each.scope_end - each.scope_start for each in declared)
        nearest = [each for each in declared if each.scope_end - each.scope_start == size]
        symbols = [each for each in nearest if each.number >= 0]
        if symbols:
            return Meaning(
                frozenset(place for each in symbols for place in self.same_as(file, each.number)), "resolved"
            )
        return Meaning(frozenset({Place(file.path, nearest[-1].start)}), "resolved")

    def _is_of_kind(self, file: TreeFile, each: Declared, as_type: bool | None) -> bool:
        if each.number < 0:
            return as_type is None or as_type == nodes.is_type_parameter(each.node)
        return file.kind(each.number) not in NAMESPACES and self._suits(self.same_as(file, each.number), as_type)

    def _suits(self, places: Iterable[Place], as_type: bool | None) -> bool:
        """Whether places may be meant by the name of a type, or of a value: a class and its object are one thing."""
        if as_type is None:
            return True
        kinds = {self.kind_at(place) for place in places}
        return bool(kinds & (TYPES - {"object"})) if as_type else bool(kinds - _NO_VALUES)

    def _members_around(
        self, file: TreeFile, body: Node, name: str, as_type: bool | None, *, is_own: bool
    ) -> set[Place]:
        """The members of a name of the class that has a body; where `is_own`, before all that it inherits."""
        declaration = body.parent
        if declaration is None or declaration.type == "package_clause" or not self._is_inside_types(name):
            return set()
        if declaration.type == "instance_expression":
            own = {
                Place(file.path, file.name_start(number)) for number in file.named(name)
                if file.is_member(number) and self._body_around(file, number) == body
            }  # fmt: skip
            if own and self._suits(own, as_type):
                return own
            types = tuple(t for each in nodes.heritage(declaration) for t in self.annotation(file, each, 1))
            places, _ = self.members_of(types, name)
            return places if self._suits(places, as_type) else set()
        around = self._owner(file, declaration)
        if around is None:
            return set()
        if is_own:  # a parameter comes before what the class inherits
            found = self.own_members(around, name)
            return found if self._suits(found, as_type) else set()
        return self._suiting_members(around, name, as_type)

    def _owner(self, file: TreeFile, declaration: Node) -> Thing | None:
        label = declaration.child_by_field_name("name")
        number = file.numbers.get(label.start_byte) if label is not None else None
        return Thing(file.path, number, is_static=False) if number is not None else None

    def _knows_bases_of(self, file: TreeFile, body: Node) -> bool:
        owner = self._owner(file, body.parent) if body.parent is not None else None
        return owner is None or all(self.knows_bases(each) for each in [owner, *self.lineage(owner)])

    def _is_inside_types(self, name: str) -> bool:
        """Whether any type of the repository has something of a name, so that what types inherit must be looked at."""
        if name not in self._inside_types:
            self._inside_types[name] = any(self._is_inside_type(*each) for each in self.symbols(name))
        return self._inside_types[name]

    def _is_inside_type(self, path: str, number: int) -> bool:
        facts = self.index.facts_of(path)
        parent = facts.parent(number) if facts is not None else -1
        return facts is not None and parent >= 0 and _kind(facts, parent) not in NAMESPACES

    def _suiting_members(self, of: Thing, name: str, as_type: bool | None) -> set[Place]:
        for each in [of, *self.lineage(of)] if self._is_inside_types(name) else ():
            if (found := self.own_members(each, name)) and self._suits(found, as_type):
                return found
        return set()

    def _body_around(self, file: TreeFile, number: int) -> Node | None:
        at = file.node_at(file.name_start(number))
        while at is not None and at.type not in nodes.BODIES:
            at = at.parent
        return at

    def _kept_parameter(self, file: TreeFile, declaration: Node, name: str) -> set[Place]:
        """The parameter of a class that is a member of it as well, which its header sees too."""
        return {
            Place(file.path, label.start_byte)
            for each in nodes.all_parameters(declaration)
            if (label := each.child_by_field_name("name")) is not None and file.text(label) == name
        }

    # -- imports --------------------------------------------------------------------------------------------------

    def _imports(self, file: TreeFile, block: Node, start: int, name: str, as_type: bool | None) -> Iterator[Meaning]:
        """What a block takes in under a name in front of a place: what it names comes before what it takes in whole."""
        statements = [child for child in block.named_children if child.type == "import_declaration"]
        taken = [
            clause for each in reversed(statements) if each.start_byte < start
            for clause in reversed(nodes.clauses(each)) if clause.end <= start
        ]  # fmt: skip
        for clause in taken:
            for _, there, alias in clause.selected:
                if self.spelled(alias) == name and alias != "_":
                    types = self._path_types(file, clause)
                    found = self._selected(types, self.spelled(there), as_type)
                    if found:
                        yield Meaning(frozenset(found), "resolved")
                    elif not self._selected(types, self.spelled(there), None):
                        yield OUTSIDE
        for clause in taken:
            hidden = {self.spelled(there) for _, there, _ in clause.selected}
            if (
                clause.is_all
                and name not in hidden
                and (found := self._selected(self._path_types(file, clause), name, as_type))
            ):
                yield Meaning(frozenset(found), "resolved")

    def _path_types(self, file: TreeFile, clause: nodes.Clause) -> Types:
        """What stands in front of what an import takes in: a package, an object, any value."""
        if not clause.path:
            return ()
        key = (file.path, clause.path[-1].start_byte)
        if key in self._paths:
            self._cuts += self._paths[key] is None
            return self._paths[key] or ()
        cuts = self._cuts
        self._paths[key] = None  # for what leads back here
        self._paths[key] = found = self.along(file, clause.path)
        if cuts != self._cuts:  # another question may find more
            del self._paths[key]
        return found

    def along(self, file: TreeFile, path: Iterable[Node]) -> Types:
        """What a path of names leads to."""
        types: Types = ()
        for n, each in enumerate(path):
            name = self.spelled(file.text(each))
            if n == 0 and each.type == "stable_identifier":
                types = self.along(file, each.named_children)
            elif n == 0:
                types = self.first_of_path(file, each, name)
            else:
                types = self.step(types, name)
        return types

    def first_of_path(self, file: TreeFile, node: Node, name: str) -> Types:
        """What the first name of a path is: a value, else a package."""
        if name == "_root_":
            return (Module(_PACKAGE),)
        if name == "this":
            return tuple([*self.this_at(file, node)][:1])
        if name == "super":
            return tuple(
                base for each in [*self.this_at(file, node)][:1] if isinstance(each, Thing) for base in self.bases(each)
            )
        found = self.named(file, node, name, as_type=False)
        if found is not None and found.places:
            return self.types_as_values(found.places, 1)
        if renamed := self._package_imported(file, node, name):
            return renamed
        for home in self._homes_around(file, node.start_byte):
            if self._is_package((*home, name)):
                return (Module(_PACKAGE + ".".join((*home, name))),)
        is_likely = found is not None or self._is_package((name,)) or not self.symbols(name)
        return (Module(_PACKAGE + name),) if is_likely else ()

    def _package_imported(self, file: TreeFile, node: Node, name: str) -> Types:
        """The package that an import in sight of a place calls so."""
        at = node.parent
        while at is not None:
            for child in at.named_children if at.type in nodes.BLOCKS else ():
                for clause in nodes.clauses(child) if child.type == "import_declaration" else ():
                    if clause.end > node.start_byte:
                        continue
                    for _, there, alias in clause.selected:
                        if alias == name and clause.path:
                            return self.step(self._path_types(file, clause), there)
            at = at.parent
        return ()

    def step(self, types: Types, name: str) -> Types:
        """What a path leads to with one more name."""
        found: list[Type] = []
        for each in types:
            if isinstance(each, Module) and each.path.startswith(_PACKAGE):
                inside = (*_parts(each), name)
                placed = self.in_package(inside[:-1], name, as_type=False)
                found += self.types_as_values(placed, 1) if placed and not self._is_package(inside) else [
                    Module(_PACKAGE + ".".join(inside))
                ]  # fmt: skip
            else:
                found += self.values_of_members((each,), name, 1)
        return tuple(found)

    def _selected(self, types: Types, name: str, as_type: bool | None) -> set[Place]:
        found: set[Place] = set()
        for each in types:
            if isinstance(each, Thing):
                found |= self._suiting_members(each, name, as_type)
            else:
                places = self.members(each, name)[0]
                found |= places if self._suits(places, as_type) else set()
        return found

    def imported_at(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name in an import means; None for one that stands in none."""
        at = node.parent
        while at is not None and at.type in {
            "namespace_selectors",
            "arrow_renamed_identifier",
            "as_renamed_identifier",
            "stable_identifier",
        }:
            at = at.parent
        if at is None or at.type != "import_declaration":
            return None
        for clause in nodes.clauses(at):
            for n, each in enumerate(clause.path):
                if each.id == node.id and n == 0:
                    found = self.named(file, node, name, as_type=None)
                    return found if found is not None and found.places else OUTSIDE
                if each.id == node.id:
                    places = self._selected(self.along(file, clause.path[:n]), name, None)
                    return Meaning(frozenset(places), "resolved") if places else OUTSIDE
            for each, there, alias in clause.selected:
                if node.start_byte == each.start_byte or (
                    self.spelled(alias) == name and each.end_byte < node.start_byte
                ):
                    if not clause.path:
                        continue
                    types = self._path_types(file, clause)
                    known = self.spelled(there)
                    places = self._selected(types, known, True) | self._selected(types, known, False)
                    return Meaning(frozenset(places), "resolved") if places else OUTSIDE
        return OUTSIDE

    # -- packages -------------------------------------------------------------------------------------------------

    def members(self, of: Type, name: str) -> tuple[set[Place], bool]:
        if isinstance(of, Module) and of.path.startswith(_PACKAGE):
            return self.in_package(_parts(of), name, None), True
        return super().members(of, name)

    def in_package(self, home: Home, name: str, as_type: bool | None) -> set[Place]:
        """What a package holds under a name, its package object's members among it."""
        if name not in self._by_home:
            self._by_home[name] = {}
            for path, number in self.symbols(name):
                facts = self.index.facts_of(path)
                if facts is not None and (where := self._home_of_symbol(facts, number)) is not None:
                    start = facts.symbols[number * SYMBOL_WIDTH + 10]
                    self._by_home[name].setdefault(where, set()).add(Place(path, start))
        found = self._by_home[name].get(home, set())
        if not found and home:
            found = self._inherited_by_package(home, name)
        return found if self._suits(found, as_type) else set()

    def _home_of_symbol(self, facts: Facts, number: int) -> Home | None:
        """The package whose a symbol is; None where it belongs to something else."""
        kind, parent = _kind(facts, number), facts.parent(number)
        if kind in NAMESPACES or _is_package_object(facts, number):
            return None
        inside: list[str] = []
        while parent >= 0 and _kind(facts, parent) in NAMESPACES:
            inside.insert(0, facts.symbol_name(parent))
            parent = facts.parent(parent)
        if parent < 0:
            return (*_home(facts), *(part for each in inside for part in each.split(".")))
        if facts.parent(parent) < 0 and _is_package_object(facts, parent):
            return (*_home(facts), facts.symbol_name(parent))
        return None

    def _inherited_by_package(self, home: Home, name: str) -> set[Place]:
        """The members that the object of a package inherits."""
        for path, number in self.symbols(home[-1]):
            facts = self.index.facts_of(path)
            if facts is not None and _is_package_object(facts, number) and (*_home(facts), home[-1]) == home:
                return self.members(Thing(path, number, is_static=False), name)[0]
        return set()

    def package_of(self, file: TreeFile, number: int) -> Module | None:
        """The package whose object a symbol is."""
        if not _is_package_object(file.facts, number):
            return None
        return Module(_PACKAGE + ".".join((*_home(file.facts), file.facts.symbol_name(number))))

    def home_at(self, file: TreeFile, start: int) -> Home:
        """The package that a place is in."""
        inside = [file.facts.symbol_name(n) for n in file.around(start) if file.kind(n) == "namespace"]
        packages = [
            n for n in file.around(start) if _is_package_object(file.facts, n) and self._is_in_body(file, n, start)
        ]
        own = tuple(file.facts.symbol_name(n) for n in packages[-1:])
        return (*_home(file.facts), *(part for each in inside[::-1] for part in each.split(".")), *own)

    def _is_in_body(self, file: TreeFile, number: int, start: int) -> bool:
        declaration = file.definition_node(number)
        body = nodes.body_of(declaration) if declaration is not None else None
        return body is not None and body.start_byte <= start

    def _homes_around(self, file: TreeFile, start: int) -> Iterator[Home]:
        """The packages whose members a place sees, innermost first: of `package a.b` those of a.b alone."""
        whole = self.home_at(file, start)
        yield whole
        clauses = [_split(file.facts, n) for n in file.children(-1) if file.kind(n) == "package"]
        clauses += [_split(file.facts, n) for n in [*file.around(start)][::-1] if file.kind(n) == "namespace"]
        ends = [sum(len(each) for each in clauses[:n]) for n in range(len(clauses), 0, -1)]
        for end in ends:
            if end < len(whole):
                yield whole[:end]

    def _is_package(self, home: Home) -> bool:
        """Whether a path names a package of the repository."""
        if home not in self._packages:
            whole = ".".join(home)
            self._packages[home] = any(self._ends_package(home, *each) for each in self.symbols(home[-1])) or any(
                self._ends_package(home, *each) for each in (self.symbols(whole) if len(home) > 1 else ())
            )
        return self._packages[home]

    def _ends_package(self, home: Home, path: str, number: int) -> bool:
        """Whether a symbol is a clause that ends the path of a package, or the object of that package."""
        facts = self.index.facts_of(path)
        if facts is None:
            return False
        if _is_package_object(facts, number):
            return (*_home(facts), home[-1]) == home
        if _kind(facts, number) not in NAMESPACES:
            return False
        own = _split(facts, number)
        return home[-len(own) :] == own and (len(home) == len(own) or _home(facts)[: len(home)] == home)

    # -- what the rest of the analysis gives ----------------------------------------------------------------------

    def types_as_values(self, places: Iterable[Place], depth: int) -> Types:
        """What names are as values: of a class its companion, of a function without parameters what it gives."""
        raise NotImplementedError

    def values_of_members(self, types: Types, name: str, depth: int) -> Types:
        """What the members of a name are as values."""
        raise NotImplementedError


def _parts(package: Module) -> Home:
    return tuple(part for part in package.path.removeprefix(_PACKAGE).split(".") if part)


def _kind(facts: Facts, number: int) -> str:
    return SYMBOL_KINDS[facts.symbols[number * SYMBOL_WIDTH]]


def _split(facts: Facts, number: int) -> Home:
    return tuple(facts.symbol_name(number).split("."))


def _is_package_object(facts: Facts, number: int) -> bool:
    signature = facts.strings[facts.symbols[number * SYMBOL_WIDTH + 3]]
    return _kind(facts, number) == "object" and "package object " in signature


def _home(facts: Facts) -> Home:
    """The package of a file, by the clauses at its top."""
    return tuple(
        part
        for number in range(facts.n_symbols)
        if facts.parent(number) < 0 and _kind(facts, number) == "package"
        for part in facts.symbol_name(number).split(".")
    )
