"""What names mean in languages whose declarations say types: by block scopes, members of types, and outer names.

One analysis for all of them; what differs is in the tables of `shapes` and in an `Outer` for each family, which knows
where a name comes from that its own file does not declare. Nothing is run. A type that is not plain is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from repoagent_indexers.facts import SYMBOL_WIDTH
from repoagent_indexers.resolve import go, shapes
from repoagent_indexers.resolve.doc_types import documented
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, Declared, TreeFile, field_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.index import Index

_DEPTH = 16
_STEPS = 600
_MAX_FAMILY = 12
_MAX_CANDIDATES = 40
_COMMON_CPP = frozenset({"size_t", "string", "swap"})
IMPLICIT_THIS = frozenset({"java", "kotlin", "scala", "cpp", "csharp", "swift"})
_COMMON = frozenset(
    """add all any append apply at await begin bind build call catch charAt clear clone close collect compare compareTo
    concat connect contains containsKey copy count create data
    delete describe destroy each emit empty end entries equals
    error every exec execute exists exit expect fill filter finally find findIndex first flat flatMap flush forEach
    format from get getClass getName getValue handle has hash hashCode head id includes index indexOf info init insert
    into invoke is isEmpty item iter iterator join key keys last
    len length line list listen load lock log main map match
    max merge message min name next notify now of ok on once open or parent parse path peek pipe pop post print process
    push put query read ready reduce register reject remove render replace request reset resolve response result reverse
    run save search select send set shift size skip sleep
    slice some sort splice split start status stop string subscribe
    substring success sum swap tail take target test text then time toArray toList toLowerCase toString toUpperCase trim
    type types unlock unshift unwrap update url use value valueOf values wait warn with write Close Error Get Len Lock
    Next Read Reset Run Set String Unlock Write Add Clear Contains Count Dispose Equals First Name Value Type Key Length
    Select ToString Where props state options config params args body headers method code version""".split()
)
"""Members that objects from outside of a repository have as well."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A type of the repository, or a namespace: itself, or an object of it."""

    path: str
    number: int
    is_static: bool


@dataclass(frozen=True, slots=True)
class Many:
    """A collection, as far as what it holds goes."""

    items: tuple[Type, ...]
    keys: tuple[Type, ...] = ()
    """What a loop in Go gives first: the keys of a map, what comes out of a channel."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression or a type that is what is written there: an object's literal, a function, a function's type."""

    path: str
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Module:
    """A file as a module; for Go a package."""

    path: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something from outside the repository."""


Type = Thing | Many | Code | Module | Foreign
Types = tuple[Type, ...]
"""What an expression may be; () when it is not known."""
FOREIGN: Types = (Foreign(),)
_Finding = Callable[["TreeFile", "Node", int], Types]
"""Finds what a node of a file may be, given how deep the search is."""


class Outer(Protocol):
    """Where names come from that their file does not declare, in one family of languages."""

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means that stands in an import or the like; None where it does not."""
        ...

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means that neither a scope nor a type around it declares; None when that is not known."""
        ...

    def in_module(self, path: str, name: str) -> frozenset[Place] | None:
        """What `module.name` means; None when that is not known."""
        ...

    def module_named(self, file: TreeFile, node: Node, name: str) -> Types:
        """The module that a bare name means, if it means one."""
        ...

    def bound(self, file: TreeFile, declared: Declared, name: str) -> Meaning | None:
        """What a variable means that is another name for something: `const { name } = require("m")`."""
        ...

    def written(self, file: TreeFile, name: str) -> Meaning | None:
        """What the name of a type means that a comment mentions; None when that is not known."""
        ...

    def called(self, file: TreeFile, call: Node) -> Types:
        """What a call gives that imports: `require("m")`; () for any other."""
        ...

    def also(self, file: TreeFile, number: int) -> Iterable[Place]:
        """Further places of the same thing, in other files: a declaration in a header, a part of a type."""
        ...

    def near(self, file: TreeFile, places: frozenset[Place]) -> frozenset[Place]:
        """Those of several places that a file can see."""
        ...

    def sight(self, file: TreeFile) -> frozenset[str]:
        """The files whose types may well reach a file: what it imports, what that imports, and so on."""
        ...

    def imported(self, file: TreeFile) -> frozenset[str]:
        """The files that a file imports or includes."""
        ...

    def renamed(self, targets: frozenset[Place]) -> Iterator[tuple[str, str]]:
        """(path, name) of files in which one of `targets` bears another name."""
        ...


class TypedResolver:
    """See `meaning.Resolver`."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        self.index = index
        self.languages = languages
        self.outer: Outer
        self._files: dict[str, TreeFile | None] = {}
        self._meanings: dict[tuple[str, int], Meaning | None] = {}
        self._types: dict[tuple[str, int, int, str], Types] = {}
        self._active: set[tuple[str, int, int, str]] = set()
        self._only: dict[tuple[str, frozenset[tuple[str, int]]], Meaning | None] = {}
        self._symbols: dict[str, list[tuple[str, int]]] = {}
        self._sames: dict[tuple[str, int], frozenset[Place]] = {}
        self._lineages: dict[Thing, list[Thing]] = {}
        self._owned: dict[tuple[Thing, str], set[Place]] = {}
        self._by_written: dict[tuple[str, str], list[Thing]] = {}
        self._arguments: dict[tuple[str, int], Types] = {}
        """What the type parameters of the aliases that are being read stand for, by the places of their names."""
        self._expanding: tuple[str, ...] = ()
        """The names of those aliases."""
        self._steps = 0

    # -- files and symbols ----------------------------------------------------------------------------------------

    def file(self, path: str) -> TreeFile | None:
        """A parsed file; None when its grammar could not read it or it has changed since it was indexed."""
        if path not in self._files:
            facts = self.index.facts_of(path)
            source = self.index.source(path) if facts is not None and not facts.problem else None
            if facts is None or source is None or source.language not in self.languages:
                self._files[path] = None
            else:
                self._files[path] = TreeFile(path, source.language, source.content, facts)
        return self._files[path]

    def symbols(self, name: str) -> list[tuple[str, int]]:
        """(path, number) of every symbol of a name in these languages, as the index knows them."""
        if name not in self._symbols:
            self._symbols[name] = list(self._all_symbols(name))
        return self._symbols[name]

    def _all_symbols(self, name: str) -> Iterator[tuple[str, int]]:
        paths, languages = self.index.catalogue.paths, self.index.catalogue.languages
        for position, number in self.index.definitions(name):
            facts = self.index.facts(position) if languages[position] in self.languages else None
            if facts is not None and not facts.problem and facts.symbol_name(number) == name:
                yield paths[position], number

    def place(self, path: str, number: int) -> Place:
        file = self.file(path)
        return Place(path, file.name_start(number) if file is not None else -1)

    # -- the questions --------------------------------------------------------------------------------------------

    def meaning(self, place: Place) -> Meaning | None:
        file = self.file(place.path)
        node = file.node_at(place.start) if file is not None else None
        if file is None or node is None:
            return None
        return self.mean(file, node)

    def same(self, place: Place, name: str) -> frozenset[Place]:  # noqa: ARG002  other languages need the name
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or number is None:
            return frozenset({place})
        return self._same(file, number)

    def _same(self, file: TreeFile, number: int) -> frozenset[Place]:
        """The places of a symbol: overloads and declarations beside it, and those that the family knows elsewhere."""
        key = (file.path, number)
        if key not in self._sames:
            self._sames[key] = self._all_same(file, number)
        return self._sames[key]

    def _all_same(self, file: TreeFile, number: int) -> frozenset[Place]:
        name = file.facts.symbol_name(number)
        parent, scope = file.facts.parent(number), file.scope_text(number)
        is_local = parent >= 0 and file.kind(parent) in FUNCTIONS
        found = {Place(file.path, file.name_start(number))}
        for other in file.children(parent):
            if file.language in _APART and (file.kind(other) == "method") != (file.kind(number) == "method"):
                continue
            if file.facts.symbol_name(other) == name and file.scope_text(other) == scope:
                found.add(Place(file.path, file.name_start(other)))
        if not is_local:
            found.update(self.outer.also(file, number))
        return frozenset(found)

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        waiting = [(path, name) for path in paths]
        waiting += [each for each in self.outer.renamed(targets) if each not in waiting]
        seen: set[tuple[str, str]] = set()
        is_member = any(self._is_member(place) for place in targets)
        while waiting:
            path, wanted = waiting.pop(0)
            file = self.file(path) if (path, wanted) not in seen else None
            seen.add((path, wanted))
            for node in file.occurrences(wanted) if file is not None else ():
                assert file is not None
                place = Place(path, node.start_byte)
                if place in targets or node.start_byte in file.numbers:
                    continue
                found = self.mean(file, node)
                if found is None and is_member == (_member_of(node) is not None):
                    found = Meaning(targets, "by name only")
                if found is None or found.places.isdisjoint(targets):
                    continue
                parent = node.parent
                if parent is None or field_of(parent, node) != "alias":
                    yield place, found
                if alias := _alias_beside(file, node):
                    waiting.append((path, alias))
                    if node.parent is not None and node.parent.type == "export_specifier":
                        waiting += [(other, alias) for other in self._users(alias)]

    def _users(self, name: str) -> Iterator[str]:
        """Files that use a name or import it, as the index knows them."""
        index = self.index
        for position, path in enumerate(index.catalogue.paths):
            facts = index.facts(position) if index.catalogue.languages[position] in self.languages else None
            if facts is not None and name in facts.strings:
                yield path

    def imported(self, path: str) -> frozenset[str]:
        file = self.file(path)
        return self.outer.imported(file) if file is not None else frozenset()

    def _is_member(self, place: Place) -> bool:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        return file is not None and number is not None and file.is_member(number)

    # -- one name -------------------------------------------------------------------------------------------------

    def mean(self, file: TreeFile, node: Node) -> Meaning | None:
        """What a name means; None when that is not known."""
        key = (file.path, node.start_byte)
        if key not in self._meanings:
            self._meanings[key] = None  # for what leads back here
            with suppress(RecursionError):  # a chain that no person wrote
                self._meanings[key] = self._of_its_kind(file, node, self._mean(file, node))
        return self._meanings[key]

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        """The same without what cannot be meant there: a function left of `::`, a field that is called."""
        if found is None or not found.places:
            return found
        rest = file.content[node.end_byte : node.end_byte + 3]
        if rest.startswith(b"::") and rest != b"::<":
            places = frozenset(place for place in found.places if self._kind_at(place) not in FUNCTIONS)
            return Meaning(places, found.certainty) if places else None
        parent = node.parent
        if file.language not in _APART or parent is None or len(found.places) == 1:
            return found
        is_called = shapes.CALL.get(parent.type) == "" and field_of(parent, node) == "name"
        if is_called or (parent.type in shapes.MEMBER and parent.type != "method_reference"):
            places = frozenset(place for place in found.places if (self._kind_at(place) == "method") == is_called)
            return Meaning(places, found.certainty) if places else found
        return found

    def _kind_at(self, place: Place) -> str:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        return file.kind(number) if file is not None and number is not None else ""

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        name = file.text(node)
        if (number := file.numbers.get(node.start_byte)) is not None:
            own, declared = self._same(file, number), self._declared_for(file, node, name)
            return Meaning(own | declared, "resolved")
        if (found := self.outer.special(file, node, name)) is not None:
            return found
        receiver = _member_of(node)
        if receiver is not None:
            return self._member_meaning(file, node, receiver, name)
        parent = node.parent
        if (
            parent is not None
            and parent.type == "switch_label"
            and (found := self._case(file, parent, name)) is not None
        ):
            return found
        if parent is not None and _is_key(parent, node):
            return self._key(file, parent, node, name)
        if parent is not None and parent.type == "shorthand_field_identifier":
            return OUTSIDE
        if parent is not None and parent.type in _MEMBER_SIGNATURES and field_of(parent, node) == "name":
            return OUTSIDE  # of a type without a name, or else it were a symbol
        return self._bare(file, node, name)

    def _declared_for(self, file: TreeFile, node: Node, name: str) -> frozenset[Place]:
        """The members that a symbol fills in: a function in an object, or set on one, of a type that declares it."""
        pair = node.parent
        if file.language not in _ASSIGNING or pair is None or pair.parent is None:
            return frozenset()
        self._steps = 0
        types: Types = ()
        if pair.parent.type == "object":
            types = self._expected(file, pair)
        elif pair.type == "member_expression" and (owner := pair.child_by_field_name("object")) is not None:
            types = self.type_of(file, owner) if owner.type != "this" else ()
        return frozenset(self._members_of(types, name)[0])

    def _case(self, file: TreeFile, label: Node, name: str) -> Meaning | None:
        """What the name behind `case` means in Java, where it is a constant of what is switched on."""
        at: Node | None = label
        while at is not None and not at.type.startswith("switch_expression"):
            at = at.parent
        types = self.type_of(file, at.child_by_field_name("condition")) if at is not None else ()
        found, _ = self._members_of(types, name)
        return Meaning(frozenset(found), "resolved") if found else None

    def _bare(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        start = node.start_byte
        seen = file.seen(start, name)
        if file.language == "rust" and not file.content.startswith(b"::", node.end_byte):  # names no module
            seen = tuple(each for each in seen if each.number < 0 or file.kind(each.number) not in NAMESPACES)
        if file.language in {"go", "php"}:  # the name of a package says nothing inside of it
            seen = tuple(each for each in seen if each.number < 0 or file.kind(each.number) not in NAMESPACES)
        if file.language == "java" and node.parent is not None and node.parent.type == "method_invocation":
            seen = () if field_of(node.parent, node) == "name" else seen  # a variable of that name is not called
        if seen and any(each.number < 0 for each in seen):
            if (bound := self.outer.bound(file, seen[0], name)) is not None:
                return bound
            return Meaning(frozenset(Place(file.path, each.start) for each in seen), "resolved")
        if file.language in IMPLICIT_THIS:
            is_narrow = any(each.scope_end - each.scope_start < len(file.content) - 1 for each in seen)
            for owner in self.types_around(file, start) if not is_narrow else ():
                where = self.file(owner.path)
                if where is not None and where.facts.symbol_name(owner.number) == name:
                    return Meaning(self._same(where, owner.number), "resolved")
                found, is_known = self.members(owner, name)
                if node.type == "type_identifier" and file.language == "java":  # no field is a type
                    found = {place for place in found if self._is_type(place)}
                if found:
                    return Meaning(frozenset(found), "resolved")
                if not is_known and not seen:
                    return self.outer.outer(file, node, name) or self._alone(file, name)
        if seen:
            places = frozenset(place for each in seen for place in self._same(file, each.number))
            return Meaning(places, "resolved")
        return self.outer.outer(file, node, name)

    def _is_type(self, place: Place) -> bool:
        return self._kind_at(place) in TYPES

    def types_around(self, file: TreeFile, start: int) -> Iterator[Thing]:
        """The types in whose code a place stands, innermost first; of a method outside of its type, that type."""
        for number in file.around(start):
            if file.kind(number) in TYPES:
                yield Thing(file.path, number, is_static=False)
            elif (scope := file.scope_text(number)) and file.kind(number) in FUNCTIONS:
                yield from self.type_named(file, scope)

    def type_named(self, file: TreeFile, written: str) -> list[Thing]:
        """The types that a bare or qualified name of one may mean, nearest first; those of this file before others."""
        key = (file.path, written)
        if key not in self._by_written:
            self._by_written[key] = self._types_named(file, written)
        return self._by_written[key]

    def _types_named(self, file: TreeFile, written: str) -> list[Thing]:
        last = written.replace("::", ".").rpartition(".")[2].partition("<")[0].strip()
        found = []
        for path, number in self.symbols(last):
            where = self.file(path)
            if where is not None and where.kind(number) in TYPES and where.kind(number) != "type":
                found.append(Thing(path, number, is_static=False))
        found.sort(
            key=lambda each: (each.path != file.path, each.path.rpartition("/")[0] != file.path.rpartition("/")[0])
        )
        return found[:1] if found and found[0].path == file.path else found[:2]

    def _member_meaning(self, file: TreeFile, node: Node, receiver: Node, name: str) -> Meaning | None:
        self._steps = 0
        types = self.type_of(file, receiver)
        found, is_known = self._members_of(types, name)
        near = self.outer.near(file, frozenset(found))
        if near:
            return Meaning(near, "resolved")
        if file.language == "cpp" and types and (beside := self._beside(file, node, types, name)) is not None:
            return beside
        if found:
            return Meaning(frozenset(found), "probable")
        if is_known:
            return OUTSIDE
        return self._alone(file, name) if not types else None

    def _beside(self, file: TreeFile, node: Node, types: Types, name: str) -> Meaning | None:
        """What a member may mean that macros hide: they open a namespace, or break the body of a class."""
        if all(isinstance(each, Thing) and self._is_namespace(each) for each in types):
            found = self.outer.outer(file, node, name)
            return found if found is not None and found.places else None
        homes = {each.path for each in types if isinstance(each, Thing)}
        homes |= {base.path for each in types if isinstance(each, Thing) for base in self.lineage(each)}
        loose = frozenset(self.place(path, number) for path, number in self.symbols(name) if path in homes)
        return Meaning(loose, "probable") if loose and name not in _COMMON_CPP else None

    def _is_namespace(self, of: Thing) -> bool:
        file = self.file(of.path)
        return file is not None and file.kind(of.number) in NAMESPACES

    def _members_of(self, types: Types, name: str) -> tuple[set[Place], bool]:
        found: set[Place] = set()
        is_known = bool(types)
        for each in types:
            places, known = self.members(each, name)
            found |= places
            is_known = is_known and (known or bool(places))
        return found, is_known

    def _key(self, file: TreeFile, parent: Node, node: Node, name: str) -> Meaning | None:
        """What the key of an object, or the field in a constructor's braces, means: a member of the type expected."""
        types = self._expected(file, parent)
        found, _ = self._members_of(types, name)
        if found:
            return Meaning(frozenset(found), "resolved")
        if node.type.startswith("shorthand_property_identifier") and not node.type.endswith("_pattern"):
            return self._bare(file, node, name)
        if file.language == "go" and any(isinstance(each, Many) for each in types):
            return self._bare(file, node, name)  # the key of a map is an expression
        return OUTSIDE if types or file.language in {"javascript", "typescript", "tsx"} else None

    def _in_braces(self, file: TreeFile, literal: Node, depth: int) -> Types:
        """What braces of Go make, also where their type is left out, since the braces around them say it."""
        outer = literal.parent
        if outer is None or depth > _DEPTH:
            return ()
        if outer.type == "composite_literal":
            return _objects(self.annotation(file, outer.child_by_field_name("type"), depth))
        around, is_key = go.around_elements(literal)
        held = self._in_braces(file, around, depth + 1) if around is not None else ()
        many = [each for each in held if isinstance(each, Many)]
        return tuple(t for each in many for t in (each.keys if is_key else each.items))

    def _expected(self, file: TreeFile, pair: Node) -> Types:
        """The type of the object, literal or pattern, in which a pair stands."""
        if file.language == "go":
            around = pair.parent.parent if pair.parent is not None else None  # of the pair in which a key stands
            return self._in_braces(file, around, 0) if around is not None else ()
        literal = pair if pair.type in {"object", "object_pattern"} else pair.parent
        while literal is not None and literal.type in _INITIALIZERS:
            literal = literal.parent
        if literal is None:
            return ()
        if literal.type in shapes.NEW:
            made = _field(literal, shapes.NEW[literal.type])
            return _objects(self.annotation(file, made)) if made is not None else ()
        outer = literal.parent
        if literal.type == "init_declarator" and outer is not None:
            return _objects(self.annotation(file, outer.child_by_field_name("type")))
        if literal.type == "struct_pattern":
            label = literal.child_by_field_name("type")
            return self.annotation(file, label) if label is not None else ()
        if outer is None:
            return ()
        if literal.type == "object_pattern":
            return self._taken_apart(file, literal, 0)
        return self._expected_of(file, literal, 0)

    def _expected_of(self, file: TreeFile, value: Node, depth: int) -> Types:
        """What is expected where an expression stands: by what it is given to, assigned to, or returned from."""
        outer = value.parent
        if outer is None or depth > _DEPTH:
            return ()
        if outer.type == "arguments" and outer.parent is not None:
            place = [child.id for child in outer.named_children].index(value.id)
            return self._parameter_types(file, outer.parent, place, depth)
        if outer.type in {"parenthesized_expression", "ternary_expression"}:
            return self._expected_of(file, outer, depth + 1)
        if outer.type == "array":
            many = self._expected_of(file, outer, depth + 1)
            return tuple(item for each in many if isinstance(each, Many) for item in each.items)
        if outer.type in shapes.CASTS:
            return _objects(self.annotation(file, outer.named_children[-1], depth + 1))
        note = outer.child_by_field_name("type")
        if note is not None and field_of(outer, value) == "value":
            return _objects(self.annotation(file, note, depth + 1))
        if outer.type == "init_declarator" and outer.parent is not None:
            return _objects(self.annotation(file, outer.parent.child_by_field_name("type"), depth + 1))
        if outer.type == "assignment_expression" and field_of(outer, value) == "right":
            return self.type_of(file, outer.child_by_field_name("left"), depth + 1)
        if outer.type == "pair":
            label = outer.child_by_field_name("key")
            around = self._expected(file, outer)
            found, _ = self._members_of(around, file.text(label) if label is not None else "")
            return _objects(self.types_of_places(found, depth + 1)) if found else self._held(around, depth + 1)
        if outer.type in {"return_statement", "arrow_function"}:
            at: Node | None = outer
            while at is not None and at.type not in _RETURNING:
                at = at.parent
            result = at.child_by_field_name("return_type") if at is not None else None
            if result is not None or at is None:
                return _objects(self.annotation(file, result, depth + 1))
            expected = self._expected_function(file, at, depth + 1)
            return tuple(t for each in expected if isinstance(each, Code) for t in self._returned(each, depth + 1))
        return ()

    def _alone(self, file: TreeFile, name: str) -> Meaning | None:
        """The one member of that name in sight of a file, with those that override it; None where there are others."""
        if name in _COMMON:
            return None
        candidates = self.symbols(name)
        if len({path for path, _ in candidates}) > 1:
            sight = self.outer.sight(file)
            candidates = [each for each in candidates if each[0] in sight]
        key = (name, frozenset(candidates))
        if key not in self._only:
            self._only[key] = None
            self._only[key] = self._only_member(candidates)
        return self._only[key]

    def _only_member(self, candidates: Sequence[tuple[str, int]]) -> Meaning | None:
        owners: dict[Thing, set[Place]] = {}
        for n, (path, number) in enumerate(candidates):
            file = self.file(path)
            if file is None or n > _MAX_CANDIDATES:
                return None
            if not file.is_member(number):
                continue
            parent = file.facts.parent(number)
            scope = file.scope_text(number)
            named = self.type_named(file, scope)[:1] if scope else []
            owner = named[0] if named else Thing(path, parent, is_static=False)
            owners.setdefault(owner, set()).update(self._same(file, number))
        if not owners or len(owners) > _MAX_FAMILY:
            return None
        lineages = [{owner, *self.lineage(owner)} for owner in owners]
        is_family = any(all(owner in lineage for lineage in lineages) for owner in owners)
        return (
            Meaning(frozenset(place for places in owners.values() for place in places), "probable")
            if is_family
            else None
        )

    # -- members --------------------------------------------------------------------------------------------------

    def members(self, of: Type, name: str) -> tuple[set[Place], bool]:
        """The places of a member, in the first type of the lineage that has it; and whether all of it was seen."""
        if isinstance(of, Foreign):
            return set(), True
        if isinstance(of, Module):
            found = self.outer.in_module(of.path, name)
            return set(found or ()), found is not None
        if isinstance(of, Many):
            return set(), True
        if isinstance(of, Code):
            return self._written_members(of, name)
        is_known = True
        for each in [of, *self.lineage(of)]:
            if found_here := self._own_members(each, name):
                kinds = {self._kind_at(place) for place in found_here}
                return found_here | (self._set_in_lineage(of, name) if kinds <= _FIELDS else set()), True
            is_known = is_known and self._knows_bases(each)
        set_there = self._set_in_lineage(of, name)
        return set_there, is_known or bool(set_there)

    def _set_in_lineage(self, of: Thing, name: str) -> set[Place]:
        """Where a member of JavaScript is set on `this`: in constructors, else in the methods of the nearest class."""
        made: set[Place] = set()
        anywhere: set[Place] = set()
        for each in [of, *self.lineage(of)]:
            file = self.file(each.path)
            if file is None or file.language != "javascript":
                continue
            places = set(self._set_on_this(file, each.number, name))
            made.update(place for place in places if self._is_making(file, place))
            anywhere = anywhere or places
        return made or anywhere

    def _own_members(self, of: Thing, name: str) -> set[Place]:
        key = (of, name)
        if key not in self._owned:
            self._owned[key] = set()  # for what leads back here
            self._owned[key] = self._all_own_members(of, name)
        return self._owned[key]

    def _all_own_members(self, of: Thing, name: str) -> set[Place]:
        file = self.file(of.path)
        found: set[Place] = set()
        if file is None:
            return found
        for path, number in self._parts(file, of.number):
            where = self.file(path)
            for child in where.children(number) if where is not None else ():
                assert where is not None
                if where.facts.symbol_name(child) == name and (name in _MAKING or where.kind(child) != "constructor"):
                    if where.language in _ASSIGNING and _is_set(where, child):
                        continue
                    found.add(Place(path, where.name_start(child)))
        own = file.facts.symbol_name(of.number)
        for path, number in self.symbols(name):  # methods that stand outside of their type
            where = self.file(path)
            scope = where.scope_text(number) if where is not None else ""
            if where is None or not scope or (where.language == "go" and _folder(path) != _folder(of.path)):
                continue
            if scope.replace("::", ".").rpartition(".")[2].partition("<")[0] == own:
                found.add(Place(path, where.name_start(number)))
        if file.language == "go" and not found:
            found |= self._embedded(file, file.definition_node(of.number), name)
        if file.kind(of.number) == "type":  # an alias is what it stands for
            node = file.definition_node(of.number)
            value = _field(node, "value|type") if node is not None else None
            if value is not None and not found:
                found, _ = self._members_of(self.annotation(file, value), name)
        if file.kind(of.number) in {"constant", "variable", "function"} and not found:
            found, _ = self._members_of(self._declared_type(file, of.number, 0), name)
        return found

    def _embedded(self, file: TreeFile, struct: Node | None, name: str) -> set[Place]:
        """The field of Go that is a type embedded by its name: it means the type as well."""
        for leaf, _ in go.embedded(struct) if struct is not None and struct.type != "interface_type" else ():
            if file.text(leaf) == name and leaf.parent is not None and leaf.parent.type != "type_elem":
                meaning = self.mean(file, leaf)
                return {Place(file.path, leaf.start_byte), *(meaning.places if meaning is not None else ())}
        return set()

    def _set_on_this(self, file: TreeFile, number: int, name: str) -> Iterator[Place]:
        """Where the methods of a class, or a function that makes objects, set `this.name`."""
        at = number * SYMBOL_WIDTH
        start, end = file.facts.symbols[at + 6], file.facts.symbols[at + 7]
        for node in file.occurrences(name):
            parent = node.parent
            if not start <= node.start_byte < end or parent is None or parent.type != "member_expression":
                continue
            receiver, outer = parent.child_by_field_name("object"), parent.parent
            if receiver is None or receiver.type != "this" or outer is None or receiver.end_byte > node.start_byte:
                continue
            if outer.type == "assignment_expression" and field_of(outer, parent) == "left":
                yield Place(file.path, node.start_byte)

    def _is_making(self, file: TreeFile, place: Place) -> bool:
        """Whether a place stands in a constructor, or in a function that makes objects."""
        at = file.node_at(place.start)
        while at is not None and at.type not in _OWN_THIS:
            at = at.parent
        label = at.child_by_field_name("name") if at is not None and at.type == "method_definition" else None
        return at is not None and (label is None or file.text(label) == "constructor")

    def _parts(self, file: TreeFile, number: int) -> list[tuple[str, int]]:
        """All symbols that together are one type or namespace."""
        name, kind = file.facts.symbol_name(number), file.kind(number)
        found = {(file.path, number)}
        for place in self._same(file, number):
            where = self.file(place.path)
            other = where.numbers.get(place.start) if where is not None else None
            if other is not None:
                found.add((place.path, other))
        if kind in NAMESPACES:
            for path, other in self.symbols(name):
                where = self.file(path)
                if where is not None and where.kind(other) == kind:
                    found.add((path, other))
        return sorted(found)

    def _written_members(self, of: Code, name: str) -> tuple[set[Place], bool]:
        """The members of an object or type that is written out."""
        file = self.file(of.path)
        node = file.root.descendant_for_byte_range(of.start, of.end) if file is not None else None
        is_known = True
        if file is not None and node is not None and file.language == "go":
            return self._members_in_go(file, node, name)
        for child in node.named_children if node is not None else ():
            assert file is not None
            label = _field(child, "key|name") if child.type != "shorthand_property_identifier" else child
            if label is not None and file.text(label).strip("\"'") == name:
                return {Place(of.path, label.start_byte)}, True
            if child.type == "spread_element" and child.named_children:
                found, knows = self._members_of(self.type_of(file, child.named_children[0], 2), name)
                if found:
                    return found, True
                is_known = is_known and knows
                continue
            is_known = is_known and child.type != "index_signature"
        return set(), is_known and of.kind.startswith("object")

    def _members_in_go(self, file: TreeFile, struct: Node, name: str) -> tuple[set[Place], bool]:
        """The members of a struct or an interface without a name, with those of what it embeds."""
        for child in go.members(struct):
            for label in child.children_by_field_name("name"):
                if file.text(label) == name:
                    return {Place(file.path, label.start_byte)}, True
        if found := self._embedded(file, struct, name):
            return found, True
        kinds = tuple(t for _, kind in go.embedded(struct) for t in self.annotation(file, kind, 1))
        found, is_known = self._members_of(kinds, name)
        return found, is_known or not kinds

    def lineage(self, of: Thing) -> list[Thing]:
        """What a type is derived from, nearest first."""
        if of not in self._lineages:
            self._lineages[of] = []  # for what leads back here
            self._lineages[of] = self._all_bases(of)
        return self._lineages[of]

    def _all_bases(self, of: Thing) -> list[Thing]:
        found: dict[Thing, None] = {}
        waiting = self.bases(of)
        while waiting and len(found) < 60:
            here = waiting.pop(0)
            if here not in found and here != of:
                found[here] = None
                waiting += self.bases(here)
        file = self.file(of.path)
        if file is not None and file.language == "php":  # what a class has comes before what an interface asks for
            return sorted(found, key=lambda each: self._kind_of(each) == "interface")
        return list(found)

    def _kind_of(self, of: Thing) -> str:
        file = self.file(of.path)
        return file.kind(of.number) if file is not None else ""

    def bases(self, of: Thing) -> list[Thing]:
        """The types of the repository that a type names in its header, in all its parts."""
        file = self.file(of.path)
        found: list[Thing] = []
        for path, number in self._parts(file, of.number) if file is not None else ():
            where = self.file(path)
            for node in self._header(where, number) if where is not None else ():
                assert where is not None
                found += [each for each in self.annotation(where, node, 1) if isinstance(each, Thing)]
        return [Thing(each.path, each.number, of.is_static) for each in dict.fromkeys(found)]

    def _header(self, file: TreeFile, number: int) -> Iterator[Node]:
        """The types that stand in the header of a type; in Go those that a struct embeds."""
        node = file.definition_node(number)
        if node is None or file.kind(number) not in TYPES or file.kind(number) == "type":
            return
        waiting = [child for child in node.named_children if child.type in shapes.HERITAGE]
        if file.language == "php" and (body := node.child_by_field_name("body")) is not None:  # traits come first
            waiting = [*(child for child in body.named_children if child.type in shapes.HERITAGE), *waiting]
        while waiting:
            child = waiting.pop(0)
            if child.type in shapes.HERITAGE or child.type in {"type_list", "base_specifier", "interface_type_list"}:
                waiting = [*child.named_children, *waiting]
            elif child.type not in {
                "use_list",
                "access_specifier",
                "type_arguments",
                "arguments",
                "argument_list",
                "virtual",
            }:
                yield child
        if file.language == "go":
            for _, embedded in go.embedded(node):
                yield embedded

    def _knows_bases(self, of: Thing) -> bool:
        """Whether every type in a header is known, be it from outside."""
        file = self.file(of.path)
        if file is None:
            return False
        if file.kind(of.number) not in TYPES:
            return file.kind(of.number) in NAMESPACES
        if file.kind(of.number) == "type":
            return file.language == "go"
        return all(self.annotation(file, node, 1) for node in self._header(file, of.number))

    # -- types of expressions -------------------------------------------------------------------------------------

    def type_of(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """What an expression may be."""
        if node is None:
            return ()
        return self._remembered(
            (file.path, node.start_byte, node.end_byte, node.type), self._type_of, file, node, depth
        )

    def _remembered(
        self, key: tuple[str, int, int, str], find: _Finding, file: TreeFile, node: Node, depth: int
    ) -> Types:
        """What is found for a key, which is looked for once: not again inside of itself, nor beyond all measure."""
        if depth > _DEPTH:
            return ()
        if key in self._types:
            return self._types[key]
        self._steps += 1
        if key in self._active or self._steps > _STEPS:
            return ()
        self._active.add(key)
        try:
            found = tuple(dict.fromkeys(find(file, node, depth + 1)))
        finally:
            self._active.discard(key)
        if found or not self._active:  # nothing found inside of another search may be found by its own
            self._types[key] = found
        return found

    def _type_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        kind = node.type
        if kind in shapes.SELF or (kind in shapes.TYPE_NAMES and _is_self(file, node)):
            is_static = file.text(node) in {"Self", "static"}
            return tuple(Thing(t.path, t.number, is_static) for t in [*self._this(file, node)][:1])
        if kind in shapes.SUPER or file.text(node) == shapes.SUPER_NAMES.get(file.language, "super"):
            return tuple(base for this in [*self._this(file, node)][:1] for base in self.bases(this))
        if kind in shapes.TYPE_NAMES:
            return self._type_of_name(file, node, depth)
        if kind in shapes.NEW:
            made = _field(node, shapes.NEW[kind])
            found = self.annotation(file, made, depth) if made is not None and made.type != "arguments" else ()
            return tuple(self._constructed(each) for each in _objects(found))
        if kind in shapes.CALL:
            return self._type_of_call(file, node, depth)
        if kind in _WHOLE_NAMES and file.language == "php":
            meaning = self.mean(file, node.named_children[-1])
            return self.types_of_places(meaning.places, depth) if meaning is not None and meaning.places else FOREIGN
        if kind in shapes.MEMBER:
            receiver, label = _field(node, shapes.MEMBER[kind][0]), _field(node, shapes.MEMBER[kind][1])
            if label is None:
                return ()
            if label.type not in shapes.TYPE_NAMES and label.named_child_count:
                return self.type_of(file, label, depth)
            if label.type == "variable_name" and label.named_children:  # without its $
                label = label.named_children[0]
            return self._type_of_member(file, receiver, file.text(label), depth)
        if kind in shapes.CASTS:
            note = _field(node, "type") or (node.named_children[-1] if node.named_child_count > 1 else None)
            return (
                self.annotation(file, note, depth) if note is not None else self.type_of(file, node.named_children[0])
            )
        if kind == "unary_expression" and file.language == "go" and node.children[0].type == "<-":
            channel = self.type_of(file, node.child_by_field_name("operand"), depth)
            return tuple(item for each in channel if isinstance(each, Many) for item in each.items)
        if kind in shapes.INNER and node.named_children:
            return self.type_of(file, _field(node, "argument|value|operand") or node.named_children[-1], depth)
        if kind in shapes.BOTH:
            parts = [node.child_by_field_name(field) for field in shapes.BOTH[kind]]
            types = [self.type_of(file, part, depth) for part in parts if part is not None and not _is_empty(part)]
            return tuple(t for each in types for t in each if not isinstance(t, Foreign)) if all(types) else ()
        if kind in {"subscript_expression", "index_expression", "element_access_expression", "array_access"}:
            base = self.type_of(file, node.named_children[0], depth)
            return tuple(t for each in base if isinstance(each, Many) for t in each.items) or self._held(base, depth)
        if kind == "assignment_expression":
            return self.type_of(file, node.child_by_field_name("right"), depth)
        if kind == "slice_expression":
            return self.type_of(file, node.child_by_field_name("operand"), depth)
        if kind in {"array", "array_literal"}:
            return (Many(tuple(t for child in node.named_children for t in self.type_of(file, child, depth))),)
        if kind in {"object", "arrow_function", "function_expression", "class", "lambda_expression", "func_literal",
                    "closure_expression"}:  # fmt: skip
            return (Code(file.path, node.start_byte, node.end_byte, kind),)
        if kind.endswith(("string", "literal", "number", "true", "false", "null")) or "string" in kind:
            return FOREIGN
        return ()

    def _constructed(self, made: Type) -> Type:
        """What `new` makes of a function: an object that has what the function sets on `this`."""
        file = self.file(made.path) if isinstance(made, Code) and "function" in made.kind else None
        if file is None or not isinstance(made, Code):
            return made
        for number in file.around(made.start):
            if file.kind(number) == "function":
                return Thing(file.path, number, is_static=False)
        return made

    def _this(self, file: TreeFile, node: Node) -> Iterator[Thing]:
        """The type whose `this` or `self` a place sees."""
        if file.language in _ASSIGNING and (note := _declared_this(file, node)) is not None:
            yield from (each for each in self.annotation(file, note) if isinstance(each, Thing))
        yield from self.types_around(file, node.start_byte)
        if file.language == "rust":
            at = node.parent
            while at is not None and at.type != "impl_item":
                at = at.parent
            label = at.child_by_field_name("type") if at is not None else None
            if label is not None:
                yield from (each for each in self.annotation(file, label) if isinstance(each, Thing))

    def _type_of_name(self, file: TreeFile, node: Node, depth: int) -> Types:
        if node.type == "variable_name" and node.named_children:
            node = node.named_children[0]
        name = file.text(node)
        seen = file.seen(node.start_byte, name)
        for each in seen:
            if each.number < 0:
                if file.language == "go" and (cases := go.case_types(each.node, node)) is not None:
                    return _objects(self.annotation(file, cases[0], depth)) if len(cases) == 1 else ()
                return self._narrowed(file, node, depth) or self.declared_type(file, each.node, depth)
        if not seen and node.parent is not None and node.parent.type == "variable_name":
            return ()
        is_elsewhere = all(file.kind(each.number) in NAMESPACES and not file.children(each.number) for each in seen)
        if is_elsewhere and (modules := self.outer.module_named(file, node, name)):  # `mod name;` is a file of its own
            return modules
        found = self.mean(file, node)
        if found is None:
            return ()
        return self.types_of_places(found.places, depth) if found.places else FOREIGN

    def _narrowed(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable is where `instanceof` was asked first: behind `&&`, in a branch, after one that leaves."""
        if file.language not in _ASKING:
            return ()
        while name.parent is not None and name.parent.type == "variable_name":
            name = name.parent
        own = file.text(name)
        child, at = name, name.parent
        while at is not None and at.type not in _OWN_THIS and not at.type.endswith("_definition"):
            asked: list[Node] = []
            if at.type in _BRANCHES and (condition := at.child_by_field_name("condition")) is not None:
                asked = _conjuncts(condition) if field_of(at, child) in {"consequence", "body"} else []
            elif at.type == "binary_expression" and field_of(at, child) == "right" and at.children[1].type == "&&":
                asked = _conjuncts(at.child_by_field_name("left"))
            elif at.type in {"statement_block", "compound_statement"}:
                before = child.prev_named_sibling
                while before is not None:
                    asked += _left_unless(before)
                    before = before.prev_named_sibling
            for test in asked:
                left, right = test.child_by_field_name("left"), test.child_by_field_name("right")
                if test.children[1].type == "instanceof" and left is not None and file.text(left) == own:
                    return _objects(self.annotation(file, right, depth))
            child, at = at, at.parent
        return ()

    def types_of_places(self, places: Iterable[Place], depth: int) -> Types:
        found: list[Type] = []
        for place in sorted(places):
            file = self.file(place.path)
            if file is None:
                continue
            if place.start < 0:
                found.append(Module(place.path))
                continue
            number = file.numbers.get(place.start)
            if number is not None:
                found += self._type_of_symbol(file, number, depth)
            elif (node := file.node_at(place.start)) is not None:
                written = _expression_at(node)
                found += self.type_of(file, written, depth) if written else self.declared_type(file, node, depth)
        return tuple(found)

    def _type_of_symbol(self, file: TreeFile, number: int, depth: int) -> Types:
        kind = file.kind(number)
        if kind == "type" or kind in TYPES or kind in NAMESPACES:
            return (Thing(file.path, number, is_static=True),)
        if kind == "constructor" and (made := self._made_by(file, number)):
            return made
        if kind in FUNCTIONS:
            node = file.definition_node(number)
            return (Code(file.path, node.start_byte, node.end_byte, node.type),) if node is not None else ()
        if kind == "member" and (parent := file.facts.parent(number)) >= 0:
            return (Thing(file.path, parent, is_static=False),)
        return self._declared_type(file, number, depth)

    def _made_by(self, file: TreeFile, number: int) -> Types:
        """The type that a constructor makes objects of, where the constructor bears its name."""
        name, parent = file.facts.symbol_name(number), file.facts.parent(number)
        if parent >= 0 and file.facts.symbol_name(parent) == name:
            return (Thing(file.path, parent, is_static=True),)
        return tuple(Thing(each.path, each.number, is_static=True) for each in self.type_named(file, name)[:1])

    def _declared_type(self, file: TreeFile, number: int, depth: int) -> Types:
        node = file.node_at(file.name_start(number))
        return self.declared_type(file, node, depth) if node is not None else ()

    def declared_type(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable, parameter or field is, by its declaration."""
        key = (file.path, name.start_byte, name.end_byte, "declaration")
        find = self._declared_or_documented if file.language in _DOCUMENTING else self._declared
        return self._remembered(key, find, file, name, depth)

    def _declared_or_documented(self, file: TreeFile, name: Node, depth: int) -> Types:
        """The same, where a comment says more than the declaration may, and in PHP what a property is set to."""
        number = file.numbers.get(name.start_byte, -1)
        found = self._documented(file, name, number, depth) or self._declared(file, name, depth)
        if file.language == "php" and number >= 0 and not found:
            parts = [self.type_of(file, value, depth) for value in self._assigned(file, number)]
            return tuple(t for part in parts for t in part if not isinstance(t, Foreign))
        return found

    def _documented(self, file: TreeFile, name: Node, number: int, depth: int) -> Types:
        """What a comment says that a parameter, a property or a variable is."""
        own = file.text(name)
        is_set = name.parent is not None and name.parent.type == "member_expression"
        if number >= 0 and file.kind(number) not in FUNCTIONS and not is_set:
            return self._said(file, name, file.doc(number), "var", "", depth) or self._said(
                file, name, file.doc(number), "type", "", depth
            )
        at: Node | None = name
        while at is not None:
            if at.type in _PARAMETER_LISTS:
                number = next((n for n in file.around(name.start_byte) if file.kind(n) in FUNCTIONS), -1)
                is_own = at.parent is not None and at.parent.type in _NAMED_FUNCTIONS
                return self._said(file, name, file.doc(number), "param", own, depth) if number >= 0 and is_own else ()
            before = at.prev_named_sibling
            if at.type in _BINDING_STATEMENTS and before is not None and before.type == "comment":
                text = file.text(before)
                return self._said(file, name, text, "var", own, depth) or self._said(
                    file, name, text, "type", "", depth
                )
            if _is_end(at.type):
                break
            at = at.parent
        return ()

    def _said(self, file: TreeFile, at: Node, doc: str, tag: str, name: str, depth: int) -> Types:
        """Objects of the types that a comment gives with a tag."""
        found: list[Type] = []
        for each in documented(doc, tag, name) if f"@{tag}" in doc else ():
            if each.name in {"self", "static", "$this", "this"}:
                types: Types = tuple([*self._this(file, at)][:1])
            else:
                meaning = self.outer.written(file, each.name)
                types = _objects(self._as_types(meaning, depth)) if meaning is not None and meaning.places else ()
            found += [Many(types)] if each.is_many and types else types
        return tuple(found)

    def _assigned(self, file: TreeFile, number: int) -> Iterator[Node]:
        """What a class of PHP sets one of its properties to."""
        start, end = file.span(file.facts.parent(number))
        for node in file.occurrences(file.facts.symbol_name(number)):
            access = node.parent if start <= node.start_byte < end else None
            if access is not None and access.type == "variable_name":
                access = access.parent  # self::$name
            if access is None or access.type not in {"member_access_expression", "scoped_property_access_expression"}:
                continue
            owner, outer = _field(access, "object|scope"), access.parent
            if owner is None or file.text(owner) not in shapes.SELF_NAMES["php"] or outer is None:
                continue
            value = outer.child_by_field_name("right") if outer.type == "assignment_expression" else None
            if value is not None and value.id != access.id:
                yield value

    def _declared(self, file: TreeFile, name: Node, depth: int) -> Types:
        if name.type == "shorthand_property_identifier_pattern" or (
            name.parent is not None and name.parent.type in {"pair_pattern", "object_assignment_pattern"}
        ):
            return self._from_pattern(file, name, depth)
        if file.language == "go":
            return self._given(file, go.given(name), depth)
        child, parent = name, name.parent
        for _ in range(6):
            if parent is None:
                return ()
            field = field_of(parent, child)
            if field in {"value", "right", "body", "arguments", "function", "condition"}:
                return ()
            note = parent.child_by_field_name("type")
            if note is not None and note.id != child.id and file.text(note) not in {"var", "auto", "const auto", "let"}:
                found = self.annotation(file, note, depth)
                is_array = child.type == "array_declarator" or any(
                    d.type == "array_declarator" for d in _up(name, parent)
                )
                return (Many(_objects(found)),) if is_array else _objects(found)
            if parent.type in {"for_in_statement", "for_expression", "enhanced_for_statement",
                               "for_range_loop", "foreach_statement"}:  # fmt: skip
                right = _field(parent, "right|value")
                if parent.type == "foreach_statement" and file.language == "php":
                    right = parent.named_children[0]
                    if child.type == "pair" and name.start_byte < child.named_children[-1].start_byte:
                        return ()  # a key
                return tuple(
                    t for each in self.type_of(file, right, depth) if isinstance(each, Many) for t in each.items
                )
            if (given := self._contextual(file, parent, name, depth)) is not None:
                return given
            if (parent.type == "init_declarator" and not _is_deduced(file, parent)) or _is_typed_property(parent):
                child, parent = parent, parent.parent
                continue
            value = _field(parent, "value|right|default_value")
            if value is not None and value.id != child.id and parent.type != "pair":
                if value.type == "expression_list":
                    value = (
                        value.named_children[0] if len(value.named_children) == 1 and _is_first(parent, name) else None
                    )
                return self.type_of(file, value, depth)
            if parent.type == "variable_declarator" and parent.named_child_count > 1:  # C#: the value has no field
                return self.type_of(file, parent.named_children[-1], depth)
            if _is_end(parent.type):
                return ()
            child, parent = parent, parent.parent
        return ()

    def _given(self, file: TreeFile, given: go.Given | None, depth: int) -> Types:
        """What a variable, parameter or field of Go is."""
        if given is None:
            return ()
        if given.how in {"type", "many"}:
            written = _objects(self.annotation(file, given.node, depth))
            return (Many(written),) if given.how == "many" else written
        if given.how == "range":
            many = [each for each in self.type_of(file, given.node, depth) if isinstance(each, Many)]
            return tuple(t for each in many for t in (each.items if given.place else each.keys))
        if given.place and given.node.type == "call_expression":
            called = self.type_of(file, given.node.child_by_field_name("function"), depth)
            return self._results(file, given.node, called, given.place, depth)
        return self.type_of(file, given.node, depth) if not given.place else ()

    def _from_pattern(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a name is that is taken out of an object: `const {name} = object`."""
        pattern = name.parent
        key = file.text(name)
        if pattern is not None and pattern.type == "pair_pattern":
            label = pattern.child_by_field_name("key")
            key = file.text(label) if label is not None else key
            pattern = pattern.parent
        elif pattern is not None and pattern.type == "object_assignment_pattern":
            pattern = pattern.parent
        if pattern is None or pattern.type != "object_pattern":
            return ()
        places, _ = self._members_of(self._taken_apart(file, pattern, depth), key)
        return _objects(self.types_of_places(places, depth))

    def _taken_apart(self, file: TreeFile, pattern: Node, depth: int) -> Types:
        """What is taken apart by a pattern."""
        outer = pattern.parent
        if outer is None:
            return ()
        if outer.type == "pair_pattern":
            label = outer.child_by_field_name("key")
            around = outer.parent
            if label is None or around is None:
                return ()
            places, _ = self._members_of(self._taken_apart(file, around, depth + 1), file.text(label))
            return _objects(self.types_of_places(places, depth))
        return self.declared_type(file, pattern, depth + 1)

    def _contextual(self, file: TreeFile, function: Node, name: Node, depth: int) -> Types | None:
        """What a parameter of a function is that is given to a call: what the called function says it gives."""
        is_method = function.type == "method_definition" and file.language in _ASSIGNING
        if not is_method and function.type not in {"arrow_function", "function_expression", "lambda_expression"}:
            return None
        arguments = function.parent
        call = arguments.parent if arguments is not None and "argument" in arguments.type else None
        listed = function.child_by_field_name("parameters")
        if arguments is None or call is None:
            return self._expected_parameter(file, function, listed, name, depth)
        place = next((n for n, each in enumerate(arguments.named_children) if each.id == function.id), 0)
        own = _position_in(listed, name)
        callee = _field(call, "function|constructor|name")
        if callee is not None and callee.type in shapes.MEMBER and place == 0:
            receiver = self.type_of(file, _field(callee, shapes.MEMBER[callee.type][0]), depth)
            items = tuple(t for each in receiver if isinstance(each, Many) for t in each.items)
            if items:
                return items if own == 0 else ()
        return self._parameter_of(self._parameter_types(file, call, place, depth), own, depth)

    def _expected_parameter(self, file: TreeFile, function: Node, listed: Node | None, name: Node, depth: int) -> Types:
        """What a parameter is of a function that an object holds, or that is given to a variable with a type."""
        return self._parameter_of(self._expected_function(file, function, depth), _position_in(listed, name), depth)

    def _expected_function(self, file: TreeFile, function: Node, depth: int) -> Types:
        """The type that is expected of a function where it stands."""
        if depth > _DEPTH:
            return ()
        if function.type != "method_definition":
            return self._expected_of(file, function, depth + 1)
        label = function.child_by_field_name("name")
        if label is None or function.parent is None or function.parent.type != "object":
            return ()
        found, _ = self._members_of(self._expected(file, function), file.text(label))
        return self.types_of_places(found, depth + 1)

    def _parameter_of(self, functions: Types, place: int, depth: int) -> Types:
        """What the functions of some type are given at a place."""
        for each in functions:
            where = self.file(each.path) if isinstance(each, Code) else None
            if where is None or not isinstance(each, Code):
                continue
            node = where.root.descendant_for_byte_range(each.start, each.end)
            parameters = node.child_by_field_name("parameters") if node is not None else None
            if parameters is not None and place < parameters.named_child_count:
                note = parameters.named_children[place].child_by_field_name("type")
                return _objects(self.annotation(where, note, depth)) if note is not None else ()
        return ()

    def _parameter_types(self, file: TreeFile, call: Node, place: int, depth: int) -> Types:
        """What a called function expects at a place."""
        callee = _field(call, shapes.CALL.get(call.type) or shapes.NEW.get(call.type, ""))
        for each in self.type_of(file, callee, depth) if callee is not None else ():
            if isinstance(each, Thing):
                places, _ = self.members(each, "constructor")
                called = next(iter(self.types_of_places(places, depth)), each)
            else:
                called = each
            where = self.file(called.path) if isinstance(called, Code) else None
            if where is None or not isinstance(called, Code):
                continue
            node = where.root.descendant_for_byte_range(called.start, called.end)
            if node is not None and node.type == "variable_declarator":
                node = node.child_by_field_name("value")
            listed = node.child_by_field_name("parameters") if node is not None else None
            if listed is not None and place < listed.named_child_count:
                note = listed.named_children[place].child_by_field_name("type")
                return _objects(self.annotation(where, note, depth + 1)) if note is not None else ()
        return ()

    def _type_of_member(self, file: TreeFile, receiver: Node | None, name: str, depth: int) -> Types:
        types = self.type_of(file, receiver, depth)
        places, is_known = self._members_of(types, name)
        if not places and (held := self._held(types, depth)):
            return held
        if not places:
            return FOREIGN if is_known and not any(isinstance(each, Many) for each in types) else ()
        return self.types_of_places(places, depth)

    def _held(self, types: Types, depth: int) -> Types:
        """What any key of an object gives: `{ [key: string]: Item }`."""
        found: list[Type] = []
        for each in types:
            file = self.file(each.path) if isinstance(each, Code) and each.kind == "object_type" else None
            if file is None or not isinstance(each, Code):
                continue
            node = file.root.descendant_for_byte_range(each.start, each.end)
            for child in node.named_children if node is not None else ():
                if child.type == "index_signature":
                    found += _objects(self.annotation(file, child.child_by_field_name("type"), depth + 1))
        return tuple(found)

    def _type_of_call(self, file: TreeFile, node: Node, depth: int) -> Types:
        if found_module := self.outer.called(file, node):
            return found_module
        if (made := self._made_by_template(file, node, depth)) is not None:
            return made
        field = shapes.CALL[node.type]
        if field:
            callee = node.child_by_field_name(field)
            if file.language == "go" and (built := self._built_in(file, node, callee, depth)) is not None:
                return built
            called = self.type_of(file, callee, depth)
        else:
            receiver, label = (_field(node, each) for each in shapes.MEMBER[node.type])
            callee = label
            if label is None:
                return ()
            if receiver is None:
                called = self._type_of_name(file, label, depth)
            else:
                called = self._type_of_member(file, receiver, file.text(label), depth)
        name = file.text(callee).replace("->", ".").replace("::", ".").rpartition(".")[2] if callee is not None else ""
        if callee is not None and callee.type in shapes.MEMBER and name in _KEEPING:
            kept = self.type_of(file, _field(callee, shapes.MEMBER[callee.type][0]), depth)
            if (kept and not called) or all(isinstance(each, Many | Foreign) for each in called):
                items = tuple(t for each in kept if isinstance(each, Many) for t in each.items)
                return (items or kept) if name in _TAKING else kept
        return self._results(file, node, called, 0, depth)

    def _results(self, file: TreeFile, call: Node, called: Types, place: int, depth: int) -> Types:
        """What a call gives of what is called; of several results the one at a place."""
        found: list[Type] = []
        for each in called:
            if isinstance(each, Code):
                found += self._returned(each, depth, place)
            elif isinstance(each, Thing) and each.is_static:
                found.append(Thing(each.path, each.number, is_static=False))
            elif isinstance(each, Foreign):
                return FOREIGN if file.language == "go" and not self._is_given_ours(file, call, depth) else ()
        return tuple(found)

    def _is_given_ours(self, file: TreeFile, call: Node, depth: int) -> bool:
        """Whether a call is given something of the repository, which it may give back."""
        arguments = call.child_by_field_name("arguments")
        given = [self.type_of(file, each, depth) for each in arguments.named_children] if arguments is not None else []
        return any(not isinstance(each, Foreign) for types in given for each in types)

    def _built_in(self, file: TreeFile, call: Node, callee: Node | None, depth: int) -> Types | None:
        """What `new`, `make` and `append` of Go give; None for any other call."""
        arguments = call.child_by_field_name("arguments")
        first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        name = file.text(callee) if callee is not None and callee.type == "identifier" else ""
        if first is None or name not in go.MAKERS | {"append"} or file.seen(call.start_byte, name):
            return None
        return self.type_of(file, first, depth) if name == "append" else _objects(self.annotation(file, first, depth))

    def _made_by_template(self, file: TreeFile, call: Node, depth: int) -> Types | None:
        """What `std::make_shared<T>()` or a cast of C++ gives; None for any other call."""
        callee = call.child_by_field_name("function")
        while callee is not None and callee.type == "qualified_identifier":
            callee = callee.child_by_field_name("name")
        label = (
            callee.child_by_field_name("name") if callee is not None and callee.type == "template_function" else None
        )
        if (
            callee is None
            or label is None
            or not file.text(label).startswith(("make_", "static_", "dynamic_", "const_", "reinterpret_"))
        ):
            return None
        arguments = callee.child_by_field_name("arguments")
        first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        return _objects(self.annotation(file, first, depth + 1)) if first is not None else None

    def _returned(self, code: Code, depth: int, place: int = 0) -> Types:
        """What calling a function gives, by its annotation, else by what it returns; in Go one of several results."""
        file = self.file(code.path)
        node = file.root.descendant_for_byte_range(code.start, code.end) if file is not None else None
        if file is None or node is None or depth > _DEPTH:
            return ()
        if node.type in {"variable_declarator", "pair"}:
            node = node.child_by_field_name("value") or node
        note = _field(node, "return_type|result|returns")
        if note is None and node.type in _TYPED_FUNCTIONS:
            note = node.child_by_field_name("type")
        if note is not None:
            if note.type == "parameter_list":
                note = go.result(note, place)
            found = _objects(self.annotation(file, note, depth))
            return (self._said_to_return(file, node, depth) if not found or found == FOREIGN else ()) or found
        if said := self._said_to_return(file, node, depth):
            return said
        body = node.child_by_field_name("body")
        if body is None or file.language not in {"javascript", "typescript", "tsx", "php"}:
            return ()
        if node.type == "arrow_function" and body.type != "statement_block":
            return self.type_of(file, body, depth)
        given = [self.type_of(file, each, depth) for each in _returns(body) if not _is_empty(each)]
        return tuple(t for types in given for t in types) if all(given) else ()

    def _said_to_return(self, file: TreeFile, function: Node, depth: int) -> Types:
        if file.language not in _DOCUMENTING:
            return ()
        number = next((n for n in file.around(function.start_byte) if file.kind(n) in FUNCTIONS), -1)
        is_own = number >= 0 and file.name_start(number) >= function.start_byte
        return self._said(file, function, file.doc(number), "return", "", depth) if is_own else ()

    # -- types as written -----------------------------------------------------------------------------------------

    def annotation(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """The type that is written, as itself: `_objects` makes objects of it."""
        if node is None or depth > _DEPTH:
            return ()
        kind = node.type
        if kind in {"type_annotation", "type_parameter"} or (kind in shapes.INNER and node.named_children):
            return self.annotation(file, node.named_children[-1] if node.named_children else None, depth + 1)
        if kind in {"map_type", "channel_type"} and file.language == "go":
            items = _objects(self.annotation(file, node.child_by_field_name("value"), depth + 1))
            label = node.child_by_field_name("key")
            return (Many(items, _objects(self.annotation(file, label, depth + 1)) if label is not None else items),)
        if kind in shapes.ARRAYS:
            inner = _field(node, "element|value") or (node.named_children[-1] if node.named_children else None)
            return (Many(_objects(self.annotation(file, inner, depth + 1))),)
        if kind in shapes.UNIONS:
            return tuple(t for n in node.named_children for t in self.annotation(file, n, depth + 1))
        if kind in {"generic_type", "generic_name", "template_type", "generic_type_with_turbofish"}:
            return self._generic(file, node, depth)
        if kind == "conditional_type":
            return tuple(t for n in node.named_children[2:] for t in self.annotation(file, n, depth + 1))
        if kind == "lookup_type":
            return self._looked_up(file, node, depth)
        if kind == "object_type" and (of := _keys_of(file, node, self._expanding)) is not None:
            return self.annotation(file, of, depth + 1)
        if kind in {"object_type", "function_type", "interface_body", "struct_type", "interface_type"}:
            return (Code(file.path, node.start_byte, node.end_byte, kind),)
        if kind in {"predefined_type", "primitive_type", "literal_type", "integral_type", "void_type", "boolean_type",
                    "floating_point_type", "sized_type_specifier", "none"}:  # fmt: skip
            return FOREIGN if file.text(node) not in {"any", "unknown", "object", "never", "dynamic"} else ()
        if kind == "type_query":
            return self.type_of(file, node.named_children[0] if node.named_children else None, depth + 1)
        if kind in {"struct_specifier", "union_specifier", "class_specifier", "enum_specifier"}:
            label = node.child_by_field_name("name")
            if label is None:
                number = next((n for n in file.around(node.start_byte) if file.children(n)), None)
                return (Thing(file.path, number, is_static=True),) if number is not None else ()
            return self.annotation(file, label, depth + 1)
        if kind in _WHOLE_NAMES and file.language == "php":
            meaning = self.mean(file, node.named_children[-1])
            return self._as_types(meaning, depth) if meaning is not None else ()
        if kind in shapes.MEMBER:
            receiver, label = (_field(node, each) for each in shapes.MEMBER[kind])
            if label is None:
                return ()
            if receiver is None or label.type not in shapes.TYPE_NAMES:
                return self.annotation(file, label, depth + 1)
            found = self._type_of_member(file, receiver, file.text(label), depth + 1)
            if found and all(isinstance(each, Thing | Foreign) for each in found):
                return self._unaliased(found, depth)
            meaning = self.mean(file, label)
            return self._as_types(meaning, depth) if meaning is not None else found
        if kind in shapes.TYPE_NAMES:
            if _is_self(file, node):
                return tuple([*self._this(file, node)][:1])
            seen = [each for each in file.seen(node.start_byte, file.text(node)) if each.number < 0]
            if seen:  # a type parameter
                if (given := self._arguments.get((file.path, seen[0].start))) is not None:
                    return given
                parent = seen[0].node.parent
                bound = _field(parent, "constraint|bounds|type") if parent is not None else None
                found = self.annotation(file, bound, depth + 1) if bound is not None else ()
                return () if found == FOREIGN else found
            meaning = self.mean(file, node)
            return self._as_types(meaning, depth) if meaning is not None else ()
        return ()

    def _as_types(self, meaning: Meaning, depth: int) -> Types:
        if not meaning.places:
            return FOREIGN
        return self._unaliased(self.types_of_places(meaning.places, depth + 1), depth)

    def _unaliased(self, types: Types, depth: int) -> Types:
        """The same types, those that an alias stands for in its place."""
        found: list[Type] = []
        for each in types:
            file = self.file(each.path) if isinstance(each, Thing) else None
            if file is None or not isinstance(each, Thing) or file.kind(each.number) != "type":
                found.append(each)
                continue
            node = file.definition_node(each.number)
            value = _field(node, "value|type") if node is not None else None
            meant = self.annotation(file, value, depth + 1) if value is not None else ()
            if node is not None and file.language == "go" and go.is_new_type(node):
                return (each, *(t for t in meant if isinstance(t, Many | Code)))
            found += [t for t in meant if t != each] or [each]
        return tuple(each for each in found if isinstance(each, Thing | Code)) or tuple(found)

    def _generic(self, file: TreeFile, node: Node, depth: int) -> Types:
        base = _field(node, "name|type") or node.named_children[0]
        arguments = next((child for child in node.named_children if "argument" in child.type), None)
        inside = arguments.named_children if arguments is not None else []
        name = file.text(base).replace("::", ".").rpartition(".")[2]
        if file.language in {"typescript", "tsx"} and (found := self._expanded(file, base, inside, depth)):
            return found
        found = self.annotation(file, base, depth + 1)
        if any(isinstance(each, Thing) for each in found):
            return found
        if file.language == "go":
            return ()  # of another repository, but it may hold what is ours
        if name in shapes.ITEMS and inside:
            held = self.annotation(file, inside[-1] if name == "array" else inside[0], depth + 1)
            return (Many(_objects(held)),) if name not in shapes.HOLDERS else (*_objects(held),)
        if name in shapes.HOLDERS and inside:
            return self.annotation(file, inside[0], depth + 1)
        if name in {"Map", "HashMap", "Record", "BTreeMap", "map", "unordered_map", "Dictionary"} and len(inside) > 1:
            return (Many(_objects(self.annotation(file, inside[1], depth + 1))),)
        return found

    def _expanded(self, file: TreeFile, alias: Node, arguments: Sequence[Node], depth: int) -> Types:
        """What an alias with type parameters stands for, given its arguments; () for what is none."""
        label = alias if alias.type in shapes.TYPE_NAMES else alias.named_children[-1]
        meaning = self.mean(file, label)
        self._steps += 1
        for place in (
            meaning.places if meaning is not None and len(meaning.places) == 1 and self._steps < _STEPS else ()
        ):
            where = self.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            node = where.definition_node(number) if where is not None and number is not None else None
            listed = node.child_by_field_name("type_parameters") if node is not None else None
            value = node.child_by_field_name("value") if node is not None else None
            if where is None or listed is None or value is None:
                continue
            given: dict[tuple[str, int], Types] = {}
            for parameter, argument in zip(listed.named_children, arguments, strict=False):
                if (name := parameter.child_by_field_name("name")) is not None:
                    given[where.path, name.start_byte] = self.annotation(file, argument, depth + 1)
            outer, around = self._arguments, self._expanding
            self._arguments = {**outer, **given}
            self._expanding = (*around, where.facts.symbol_name(number) if number is not None else "")
            try:
                return self.annotation(where, value, depth + 1)
            finally:
                self._arguments, self._expanding = outer, around
        return ()

    def _looked_up(self, file: TreeFile, node: Node, depth: int) -> Types:
        """What `Type[number]` or `Type["key"]` is."""
        of, key = node.named_children[0], node.named_children[-1]
        types = self.annotation(file, of, depth + 1)
        if file.text(key) == "number":
            return tuple(t for each in types if isinstance(each, Many) for t in each.items)
        if key.type != "literal_type":
            return ()
        places, _ = self._members_of(_objects(types), file.text(key).strip("\"'"))
        return self.types_of_places(places, depth + 1)


_KEEPING = frozenset(
    "filter slice sort reverse concat iter iter_mut into_iter clone "
    "unwrap expect as_ref as_mut borrow borrow_mut lock get "
    "find pop shift at first last front back next begin end stream toList ToList collect peek to_owned "
    "catch finally".split()
)
"""Methods of collections and holders that give the same, or one of what they hold."""
_TAKING = frozenset("find pop shift at first last front back next get peek".split())
_TYPED_FUNCTIONS = frozenset(
    "method_declaration function_definition method_signature local_function_statement delegate_declaration declaration "
    "field_declaration annotation_type_element_declaration".split()
)
"""Functions whose result stands in a field called type."""
_ASSIGNING = frozenset({"javascript", "typescript", "tsx"})
"""Languages in which a member may be made by being set."""
_MAKING = frozenset({"constructor", "__construct"})
"""Names by which a constructor can be looked up; elsewhere it bears that of its type, which means the type."""
_RETURNING = frozenset("arrow_function function_expression function_declaration method_definition".split())
_APART = frozenset({"java", "php"})
"""Languages in which a method and a field may bear one name and are told apart by the call."""
_MEMBER_SIGNATURES = frozenset({"property_signature", "method_signature"})
_ASKING = frozenset({"php", "javascript", "typescript", "tsx"})
"""Languages in which a question about a variable's type tells what it is from there on."""
_BRANCHES = frozenset(
    {"if_statement", "else_if_clause", "while_statement", "ternary_expression", "conditional_expression"}
)
_FIELDS = frozenset({"field", "property", "variable", ""})
_DOCUMENTING = frozenset({"php", "javascript"})
"""Languages in which comments say types."""
_PARAMETER_LISTS = frozenset({"formal_parameters"})
_NAMED_FUNCTIONS = frozenset({"method_declaration", "function_definition", "function_declaration", "method_definition"})
_BINDING_STATEMENTS = frozenset({"expression_statement", "lexical_declaration", "variable_declaration"})
_WHOLE_NAMES = frozenset({"qualified_name", "relative_name"})
_INITIALIZERS = frozenset({"field_initializer_list", "initializer_list", "initializer_pair"})
_ENDS = ("statement", "body", "block", "declaration_list", "program", "source_file", "translation_unit")


def _declared_this(file: TreeFile, node: Node) -> Node | None:
    """The type that the function around a place declares for `this`, as TypeScript lets it."""
    at = node.parent
    while at is not None and at.type not in _OWN_THIS:
        at = at.parent
    listed = at.child_by_field_name("parameters") if at is not None else None
    first = listed.named_children[0] if listed is not None and listed.named_children else None
    pattern = first.child_by_field_name("pattern") if first is not None else None
    is_this = first is not None and pattern is not None and file.text(pattern) == "this"
    return first.child_by_field_name("type") if first is not None and is_this else None


_OWN_THIS = frozenset("function_declaration function_expression method_definition generator_function".split())


def _without_brackets(condition: Node | None) -> Node | None:
    while condition is not None and condition.type == "parenthesized_expression" and condition.named_children:
        condition = condition.named_children[0]
    return condition


def _conjuncts(condition: Node | None) -> list[Node]:
    """The comparisons that all hold where a condition does."""
    condition = _without_brackets(condition)
    if condition is None or condition.type != "binary_expression":
        return []
    if condition.children[1].type == "&&":
        return [*_conjuncts(condition.child_by_field_name("left")), *_conjuncts(condition.child_by_field_name("right"))]
    return [condition]


def _left_unless(statement: Node) -> list[Node]:
    """The comparisons that hold behind `if (!(a instanceof B)) return`, and whatever else leaves where they do not."""
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    body = _field(statement, "consequence|body")
    condition = _without_brackets(condition)
    if condition is None or body is None or condition.type not in {"unary_expression", "unary_op_expression"}:
        return []
    last = (
        body.named_children[-1] if body.type.endswith(("block", "compound_statement")) and body.named_children else body
    )
    if last.type == "expression_statement" and last.named_children:
        last = last.named_children[0]  # PHP throws in an expression
    leaves = last.type.startswith(("return", "throw", "continue", "break", "exit"))
    return _conjuncts(condition.named_children[-1]) if leaves and condition.children[0].type == "!" else []


def _is_self(file: TreeFile, node: Node) -> bool:
    return file.text(node) in shapes.SELF_NAMES.get(file.language, ("this",))


def _is_deduced(file: TreeFile, declarator: Node) -> bool:
    """Whether a variable has the type of its value: `auto x = ...`."""
    outer = declarator.parent
    note = outer.child_by_field_name("type") if outer is not None else None
    return note is None or file.text(note) == "auto" or note.type == "placeholder_type_specifier"


def _keys_of(file: TreeFile, mapped: Node, expanding: Sequence[str]) -> Node | None:
    """The type whose keys an object type has, with what they hold there: `{ [K in keyof Type]: Type[K] }`.

    So has one that does the same again with what the keys hold: `type Deep<T> = { [K in keyof T]: Deep<T[K]> }`.
    """
    for signature in mapped.named_children:
        clause = signature.named_children[0] if signature.type == "index_signature" else None
        keys = (
            clause.child_by_field_name("type") if clause is not None and clause.type == "mapped_type_clause" else None
        )
        note = signature.child_by_field_name("type")
        held = note.named_children[0] if note is not None and note.named_child_count == 1 else None
        is_same = held is not None and (
            held.type == "lookup_type"
            or (held.type == "generic_type" and file.text(held.named_children[0]) in expanding)
        )
        if keys is not None and keys.type == "index_type_query" and is_same:
            return keys.named_children[0]
    return None


def _position_in(parameters: Node | None, name: Node) -> int:
    """The position of the parameter in which a name stands."""
    listed = parameters.named_children if parameters is not None else []
    return next((n for n, each in enumerate(listed) if each.start_byte <= name.start_byte < each.end_byte), 0)


def _is_set(file: TreeFile, number: int) -> bool:
    """Whether a member is made by being set on `this`, and not declared: what is derived from may declare it."""
    node = file.node_at(file.name_start(number))
    access = node.parent if node is not None and node.parent is not None else None
    owner = access.child_by_field_name("object") if access is not None and access.type == "member_expression" else None
    return owner is not None and owner.type == "this"


def _is_typed_property(element: Node) -> bool:
    """Whether a property of PHP has a type, so that its value says less."""
    outer = element.parent
    return element.type == "property_element" and outer is not None and outer.child_by_field_name("type") is not None


def _is_empty(node: Node) -> bool:
    """Whether an alternative adds nothing: null, undefined, an empty object."""
    return (
        node.type in {"null", "undefined", "object", "array", "none", "nil", "nullptr"} and not node.named_child_count
    )


def _expression_at(node: Node) -> Node | None:
    """The object, function or call that begins where a node does; None where a name does."""
    found = None
    at: Node | None = node
    while at is not None and at.start_byte == node.start_byte and not _is_end(at.type):
        if at.type in _WRITTEN:
            found = at
        at = at.parent
    return found if node.type not in shapes.TYPE_NAMES or found is not None else None


_WRITTEN = frozenset(
    "object array arrow_function function_expression class new_expression call_expression ternary_expression "
    "binary_expression as_expression".split()
)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_end(kind: str) -> bool:
    return kind.endswith(_ENDS) and not kind.startswith("for")


def _objects(types: Types) -> Types:
    """Objects of the types that are written."""
    return tuple(Thing(t.path, t.number, is_static=False) if isinstance(t, Thing) else t for t in types)


def _field(node: Node, fields: str) -> Node | None:
    """The first of several fields, given as `a|b`, that a node has; a digit counts its named children."""
    for field in fields.split("|"):
        if field.isdigit():
            children = [child for child in node.named_children if "comment" not in child.type]
            return children[int(field)] if int(field) < len(children) else None
        if field and (found := node.child_by_field_name(field)) is not None:
            return found
    return None


_AROUND_NAME = frozenset(
    "generic_type template_function template_method generic_name template_type generic_function dependent_name "
    "destructor_name member_binding_expression variable_name operator_name".split()
)


def _member_of(node: Node) -> Node | None:
    """What a name is taken from as a member; None for a name that is not."""
    child, parent = node, node.parent
    while parent is not None and parent.type in _AROUND_NAME and parent.named_children[0].id == child.id:
        child, parent = parent, parent.parent
    if parent is None or parent.type not in shapes.MEMBER:
        return None
    receiver, label = (_field(parent, each) for each in shapes.MEMBER[parent.type])
    if label is None or receiver is None or label.id != child.id or receiver.id == child.id:
        return None
    return receiver


def _is_key(parent: Node, node: Node) -> bool:
    """Whether a name is the key of a pair, a field in braces, or a pattern's."""
    if node.type in {"shorthand_property_identifier", "shorthand_property_identifier_pattern"}:
        return True
    if parent.type in {"pair", "pair_pattern"}:
        return field_of(parent, node) == "key"
    if parent.type in {"field_initializer", "field_pattern"}:
        return field_of(parent, node) in {"field", "name"}
    if parent.type == "field_designator":
        return True
    if parent.type == "literal_element" and parent.parent is not None and parent.parent.type == "keyed_element":
        return parent.parent.named_children[0].id == parent.id
    return False


def _alias_beside(file: TreeFile, node: Node) -> str:
    """The other name that an import gives to a name."""
    parent = node.parent
    if parent is None or not any(word in parent.type for word in ("import", "use", "export_specifier")):
        return ""
    alias = parent.child_by_field_name("alias")
    return file.text(alias) if alias is not None and alias.id != node.id else ""


def _up(node: Node, end: Node) -> Iterator[Node]:
    at = node.parent
    while at is not None and at.id != end.id:
        yield at
        at = at.parent


def _is_first(parent: Node, name: Node) -> bool:
    left = parent.child_by_field_name("left")
    return left is None or left.start_byte == name.start_byte


def _returns(body: Node) -> Sequence[Node]:
    """The expressions that a function returns."""
    found = []
    waiting = list(body.named_children)
    while waiting:
        node = waiting.pop(0)
        if node.type == "return_statement":
            found += node.named_children[:1]
        elif not ("function" in node.type or "class" in node.type or node.type == "method_definition"):
            waiting += node.named_children
    return found
