"""The members of a type: its own, those of what it is derived from, those that are set on `this`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import SYMBOL_WIDTH
from repoagent_indexers.resolve import go
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TreeFile, field_of
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import ASSIGNING, OWN_THIS, aliased, first_field
from repoagent_indexers.resolve.typed.terms import (
    Code,
    Foreign,
    Literal,
    Many,
    Module,
    Parameter,
    Thing,
    Type,
    Types,
    objects,
)
from repoagent_indexers.resolve.typed.type_operators import mapped_clause

if TYPE_CHECKING:
    from tree_sitter import Node


_MAKING = frozenset({"constructor", "__construct"})
"""Names by which a constructor can be looked up; elsewhere it bears that of its type, which means the type."""
_MANY_PARTS = 8
_FIELDS = frozenset({"field", "property", "variable", ""})


class Members(Analysis):
    """The members of a type: its own, those of what it is derived from, those that are set on `this`."""

    def members_of(self, types: Types, name: str) -> tuple[set[Place], bool]:
        found: set[Place] = set()
        is_known = bool(types)
        for each in types:
            places, known = self.members(each, name)
            found |= places
            is_known = is_known and (known or bool(places))
        return found, is_known

    def members(self, of: Type, name: str) -> tuple[set[Place], bool]:
        """The places of a member, in the first type of the lineage that has it; and whether all of it was seen."""
        if isinstance(of, Foreign):
            return set(), True
        if isinstance(of, Module):
            found = self.outer.in_module(of.path, name)
            return set(found or ()), found is not None
        if isinstance(of, Many):
            return set(), True
        if isinstance(of, Parameter):
            return self.members_of(self.bounded((of,)), name)
        if isinstance(of, Code):
            return self._written_members(of, name)
        is_known = True
        for each in [of, *self.lineage(of)]:
            if found_here := self.own_members(each, name) or self._in_written_bases(each, name):
                kinds = {self.kind_at(place) for place in found_here}
                return found_here | (self._set_in_lineage(of, name) if kinds <= _FIELDS else set()), True
            is_known = is_known and self.knows_bases(each)
        set_there = self._set_in_lineage(of, name)
        return set_there, is_known or bool(set_there)

    def _in_written_bases(self, of: Thing, name: str) -> set[Place]:
        return self.members_of(tuple(self.written_bases(of)), name)[0]

    def _set_in_lineage(self, of: Thing, name: str) -> set[Place]:
        """Where a member of JavaScript is set on `this`: in constructors, else in the methods of the nearest class."""
        made: set[Place] = set()
        anywhere: set[Place] = set()
        for each in [of, *self.lineage(of)]:
            file = self.file(each.path)
            if file is None or not file.is_javascript:
                continue
            places = set(self._set_on_this(file, each.number, name))
            made.update(place for place in places if self._is_making(file, place))
            anywhere = anywhere or places
        return made or anywhere

    def own_members(self, of: Thing, name: str) -> set[Place]:
        key = (of, name)
        if key not in self._owned:
            self._owned[key] = set()  # for what leads back here
            with self.under(of.given):
                self._owned[key] = self._all_own_members(of, name)
        return self._owned[key]

    def _all_own_members(self, of: Thing, name: str) -> set[Place]:
        file = self.file(of.path)
        found: set[Place] = set()
        if file is None:
            return found
        names = {name, f"['{name}']", f'["{name}"]'} if file.language in ASSIGNING else {name}
        for part, number, child in self._inside(self.parts(file, of.number), names):
            if part.kind(number) in FUNCTIONS and not part.is_member(child):
                continue  # what a function declares for itself
            if name in _MAKING or part.kind(child) != "constructor":
                if part.language in ASSIGNING and _is_set(part, child):
                    continue
                found.add(Place(part.path, part.name_start(child)))
        if file.language in ASSIGNING:
            found = found or self.added(of, name) or self.in_prototype(of, name)
            if not found and file.kind(of.number) in NAMESPACES:
                found |= self.outer.within(file, of.number, name)
        own = file.facts.symbol_name(of.number)
        for path, number in (
            self.symbols(name) if file.language not in ASSIGNING else ()
        ):  # methods that stand outside of their type
            where = self.file(path)
            scope = where.scope_text(number) if where is not None else ""
            if where is None or not scope or (where.language == "go" and _folder(path) != _folder(of.path)):
                continue
            if scope.replace("::", ".").rpartition(".")[2].partition("<")[0] == own:
                found.add(Place(path, where.name_start(number)))
        if file.language == "kotlin" and not found:
            found |= self._in_companion(file, of.number, name)
        if file.language == "go" and not found:
            found |= self._embedded(file, file.definition_node(of.number), name)
        if file.kind(of.number) == "type":  # an alias is what it stands for
            node = file.definition_node(of.number)
            value = aliased(file, node) if node is not None else None
            if value is not None and not found:
                found, _ = self.members_of(self.annotation(file, value), name)
        if file.kind(of.number) in {"constant", "variable", "function"} and not found:
            found, _ = self.members_of(self.type_of_declared(file, of.number, 0), name)
        return found

    def _inside(self, parts: list[tuple[str, int]], names: set[str]) -> Iterator[tuple[TreeFile, int, int]]:
        """The symbols of some names in a type or namespace: the file, the part that holds it, the symbol."""
        if len(parts) > _MANY_PARTS:  # a namespace that every file opens: few of them have the name
            held = set(parts)
            for path, child in (each for name in names for each in self.symbols(name)):
                where = self.file(path)
                if where is not None and (path, where.facts.parent(child)) in held:
                    yield where, where.facts.parent(child), child
            return
        for path, number in parts:
            where = self.file(path)
            for child in where.children_named(number, names) if where is not None else ():
                assert where is not None
                yield where, number, child

    def _in_companion(self, file: TreeFile, number: int, name: str) -> set[Place]:
        """The members of a class of Kotlin that its companion object has."""
        found: set[Place] = set()
        for child in file.children(number):
            node = file.definition_node(child) if file.kind(child) == "object" else None
            if node is not None and node.type == "companion_object":
                found |= self.own_members(Thing(file.path, child, is_static=True), name)
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
        while at is not None and at.type not in OWN_THIS:
            at = at.parent
        label = at.child_by_field_name("name") if at is not None and at.type == "method_definition" else None
        return at is not None and (label is None or file.text(label) == "constructor")

    def _written_members(self, of: Code, name: str) -> tuple[set[Place], bool]:
        """The members of an object or type that is written out."""
        file = self.file(of.path)
        node = file.between(of.start, of.end) if file is not None else None
        is_known = True
        if file is not None and node is not None and file.language == "go":
            return self._members_in_go(file, node, name)
        if file is not None and node is not None and (clause := mapped_clause(node)) is not None:
            with self.under(of.given):
                return self.members_of(objects(self.annotation(file, clause[1], 2)), name)
        found_here: set[Place] = set()
        for child in node.named_children if node is not None else ():
            assert file is not None
            label = first_field(child, "key|name") if child.type != "shorthand_property_identifier" else child
            if label is not None and file.text(label).strip("[]\"'") == name:
                found_here.add(Place(of.path, label.start_byte))
                continue
            if child.type == "spread_element" and child.named_children:
                if found_here:
                    continue
                with self.under(of.given):
                    found, knows = self.members_of(self.type_of(file, child.named_children[0], 2), name)
                if found:
                    return found, True
                is_known = is_known and knows
                continue
            is_known = is_known and child.type != "index_signature"
        if not found_here and file is not None and file.language in ASSIGNING:
            found_here = self.added(of, name)
        return found_here, bool(found_here) or (is_known and of.kind.startswith("object"))

    def mapped(self, of: Type, name: str, depth: int) -> Types | None:
        """What a mapped type holds at a key; None for any other type."""
        file = self.file(of.path) if isinstance(of, Code) and of.kind == "object_type" else None
        node = self.node_of(of) if file is not None and isinstance(of, Code) else None
        clause = mapped_clause(node) if node is not None else None
        if file is None or node is None or clause is None or not isinstance(of, Code):
            return None
        key = {(file.path, clause[0].start_byte, node.end_byte): (Literal(name),)}
        with self.under(self.bindings.joined(of.given, key)):
            return objects(self.annotation(file, clause[2], depth + 1))

    def _members_in_go(self, file: TreeFile, struct: Node, name: str) -> tuple[set[Place], bool]:
        """The members of a struct or an interface without a name, with those of what it embeds."""
        for child in go.members(struct):
            for label in child.children_by_field_name("name"):
                if file.text(label) == name:
                    return {Place(file.path, label.start_byte)}, True
        if found := self._embedded(file, struct, name):
            return found, True
        kinds = tuple(t for _, kind in go.embedded(struct) for t in self.annotation(file, kind, 1))
        found, is_known = self.members_of(kinds, name)
        return found, is_known or not kinds

    def held(self, types: Types, depth: int) -> Types:
        """What any key of an object gives: `{ [key: string]: Item }`, `Record<string, Item>`."""
        found: list[Type] = []
        for each in types if self.languages & ASSIGNING else ():
            if isinstance(each, Many) and each.keys:
                found += each.items
            elif isinstance(each, Code) and each.kind == "object_type":
                found += self._at_any_key(each.path, self.node_of(each), each.given, depth)
            elif isinstance(each, Thing) and not each.is_static:
                for path, body in self.bodies(each):
                    found += self._at_any_key(path, body, self.environment(each), depth)
        return tuple(found)

    def _at_any_key(self, path: str, body: Node | None, given: int, depth: int) -> Types:
        file = self.file(path)
        found: list[Type] = []
        for child in body.named_children if body is not None else ():
            if child.type == "index_signature" and file is not None:
                with self.under(given):
                    found += objects(self.annotation(file, child.child_by_field_name("type"), depth + 1))
        return tuple(found)


def _is_set(file: TreeFile, number: int) -> bool:
    """Whether a member is made by being set on `this`, and not declared: what is derived from may declare it."""
    node = file.node_at(file.name_start(number))
    access = node.parent if node is not None and node.parent is not None else None
    owner = access.child_by_field_name("object") if access is not None and access.type == "member_expression" else None
    return owner is not None and owner.type == "this"


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
