"""What expressions and patterns of Rust are, where they differ from what `typed` knows of all languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import CERTAINTIES, Meaning, Place
from repoagent_indexers.resolve.rust import nodes
from repoagent_indexers.resolve.rust.expansions import ExpandedFile, Expander
from repoagent_indexers.resolve.rust.names import Names
from repoagent_indexers.resolve.rust.patterns import PatternResolver
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TYPES, TreeFile
from repoagent_indexers.resolve.typed.terms import FOREIGN, Many, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_BRANCHING = {"if_expression": "consequence", "else_clause": "", "unsafe_block": "", "async_block": ""}
_MAX_DEREFERENCED = 4
_BLANKET = rb"[A-Z]\w?(?=\s*(?:where\b|\{))"


class RustResolver(PatternResolver):
    """See `meaning.Resolver`."""

    def __init__(self, index: Index, languages: frozenset[str], *, quick: bool = False) -> None:
        """With `quick` it is not known what calls of macros define."""
        super().__init__(index, languages)
        self.names = Names(self)
        self.outer = self.names
        self._dereferenced: list[Thing] = []
        """The types whose members are looked for behind them, one behind the other."""
        self._expander = Expander(index, self.names.modules.crate_of) if not quick else None

    def file(self, path: str) -> TreeFile | None:
        if self._expander is not None and path not in self._files and (plain := super().file(path)) is not None:
            self._files[path] = self._expander.expanded(plain)
        return super().file(path)

    # -- what macros define ---------------------------------------------------------------------------------------

    def meaning(self, place: Place) -> Meaning | None:
        found = [meaning for each in self._copies(place) if (meaning := super(RustResolver, self).meaning(each))]
        if not found:
            return None
        best = min(found, key=lambda each: (not each.places, CERTAINTIES.index(each.certainty)))
        places = {place for each in found if each.certainty == best.certainty for place in each.places}
        calls = (file.made_at(each.start) for each in places if isinstance(file := self.file(each.path), ExpandedFile))
        return Meaning(self._origins(places) | {each for each in calls if each is not None}, best.certainty)

    def same(self, place: Place, name: str) -> frozenset[Place]:
        return self._origins(
            each for copy in self._copies(place) for each in super(RustResolver, self).same(copy, name)
        )

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        seen = set(targets)
        copies = frozenset(copy for place in targets for copy in self._copies(place))
        for place, meaning in super().uses(copies, name, paths):
            if self._copies(place) != (place,):
                continue  # given to a call: what it was written to says more
            for origin in self._origins((place,)) - seen:
                seen.add(origin)
                yield origin, Meaning(self._origins(meaning.places), meaning.certainty)

    def _copies(self, place: Place) -> tuple[Place, ...]:
        """Where a name was written to that is given to a call of a macro; elsewhere the place itself."""
        file = self.file(place.path)
        copies = file.copies(place.start) if isinstance(file, ExpandedFile) else ()
        return tuple(Place(place.path, each) for each in copies) or (place,)

    def _origins(self, places: Iterable[Place]) -> frozenset[Place]:
        """Where names really stand; none for those that no file holds."""
        files = ((place, self.file(place.path)) for place in places)
        origins = (file.origin(place.start) if isinstance(file, ExpandedFile) else place for place, file in files)
        return frozenset(each for each in origins if each is not None)

    # -- names ----------------------------------------------------------------------------------------------------

    def _member_meaning(self, file: TreeFile, node: Node, receiver: Node, name: str) -> Meaning | None:
        if (stated := nodes.trait_of(receiver)) is not None:
            declared, is_known = self.members_of(self.annotation(file, stated), name)
            return Meaning(frozenset(declared), "resolved") if declared or is_known else None
        found = super()._member_meaning(file, node, receiver, name)
        if node.type != "type_identifier" or file.text(receiver) != "Self":
            return found
        block = nodes.block_around(node)
        trait = block.child_by_field_name("trait") if block is not None else None
        declared, _ = self.members_of(self.annotation(file, trait), name) if trait is not None else (set(), False)
        if declared and (found is None or not found.places or found.certainty == "by name only"):
            return Meaning(frozenset(declared), "resolved")
        return Meaning(found.places | declared, found.certainty) if found is not None else None

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        if node.parent is not None and (trait := nodes.bound_of(node)) is not None:  # `Iterator<Item = u8>`
            declared, is_known = self.members_of(self.annotation(file, trait), file.text(node))
            return Meaning(frozenset(declared), "resolved") if declared or is_known else None
        return super()._mean(file, node)

    def _bare(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        if nodes.is_loose_member(node):
            return self.alone(file, name)
        seen = file.seen(node.start_byte, name) if not nodes.is_macro(file.content, node) else ()
        if seen and all(each.number < 0 for each in seen):
            return Meaning(frozenset(Place(file.path, each.start) for each in seen), "resolved")
        nested = [each.number for each in seen if each.number >= 0 and self._is_nested(file, each.number)]
        if nested:
            return Meaning(frozenset(place for n in nested for place in self.same_as(file, n)), "resolved")
        return self.outer.outer(file, node, name)

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        found = super()._of_its_kind(file, node, found)
        if found is None or len(found.places) < 2 or node.parent is None or node.parent.type != "field_expression":
            return found
        return Meaning(frozenset(self._apart(found.places, node.parent)), found.certainty)

    def _apart(self, places: Iterable[Place], access: Node) -> set[Place]:
        """Those of the members of one name that are methods where it is called, the others where it is not."""
        outer = access.parent
        while outer is not None and outer.type == "generic_function":
            access, outer = outer, outer.parent
        is_called = (
            outer is not None and outer.type == "call_expression" and outer.child_by_field_name("function") == access
        )
        return {place for place in places if (self.kind_at(place) in FUNCTIONS) == is_called} or set(places)

    def _is_nested(self, file: TreeFile, number: int) -> bool:
        """Whether a symbol is one of a function's own."""
        parent = file.facts.parent(number)
        return parent >= 0 and file.kind(parent) in FUNCTIONS | {"test"}

    def this_at(self, file: TreeFile, node: Node) -> Iterator[Thing]:
        block = nodes.block_around(node)
        if block is None:
            return
        if block.type == "trait_item":
            label = block.child_by_field_name("name")
            number = file.numbers.get(label.start_byte) if label is not None else None
            if number is not None:
                yield Thing(file.path, number, is_static=False)
            return
        for each in self.annotation(file, block.child_by_field_name("type")):
            if isinstance(each, Thing):
                yield Thing(each.path, each.number, is_static=False)

    # -- members --------------------------------------------------------------------------------------------------

    def members(self, of: Type, name: str) -> tuple[set[Place], bool]:
        found, is_known = super().members(of, name)
        if not found and isinstance(of, Thing) and self.kind_of(of) in TYPES:
            found = self._of_traits(of, name) or self._behind(of, name)
        return found, is_known

    def _all_own_members(self, of: Thing, name: str) -> set[Place]:
        found = super()._all_own_members(of, name) | self._made_beside(of, name)
        found = found or self._of_aliases(of, name) or self._of_bounds(of, name)
        return {place for place in found if self._belongs(place, of)}

    def _of_aliases(self, of: Thing, name: str) -> set[Place]:
        """The methods of a type that stand in an `impl` of another name for it."""
        home = self.file(of.path)
        own = home.facts.symbol_name(of.number) if home is not None else ""
        found: set[Place] = set()
        for path, number in self.symbols(name):
            file = self.file(path)
            scope = file.scope_text(number).partition("<")[0] if file is not None else ""
            for where, alias in self.symbols(scope) if scope.isidentifier() and scope != own else ():
                other = self.file(where)
                if other is None or other.kind(alias) != "type" or other.facts.parent(alias) >= 0:
                    continue
                start, end = other.span(alias)
                value = other.content[start:end].partition(b"=")[2].partition(b"<")[0].strip(b" \t\n;")
                if file is not None and value.rpartition(b"::")[2] == own.encode():
                    found.add(Place(path, file.name_start(number)))
        return found

    def _of_bounds(self, of: Thing, name: str) -> set[Place]:
        """The members of what a trait asks of a type that it leaves open: `type Output: Mode;`."""
        file = self.file(of.path) if self.kind_of(of) == "type" else None
        node = file.definition_node(of.number) if file is not None else None
        bounds = node.child_by_field_name("bounds") if node is not None else None
        return self.members_of(self.annotation(file, bounds, 1), name)[0] if file is not None and bounds else set()

    def _made_beside(self, of: Thing, name: str) -> set[Place]:
        """The methods of a type that calls of macros define in its file."""
        file = self.file(of.path)
        if not isinstance(file, ExpandedFile):
            return set()
        own = file.facts.symbol_name(of.number)
        return {
            Place(file.path, file.name_start(number)) for number in file.named(name)
            if file.name_start(number) >= file.end
            and file.scope_text(number).partition("<")[0].rpartition("::")[2].strip() == own
        }  # fmt: skip

    def _belongs(self, place: Place, of: Thing) -> bool:
        """Whether a method that stands outside of its type is of this one, and not of another that bears its name."""
        file, home = self.file(place.path), self.file(of.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or home is None or number is None or not file.scope_text(number):
            return True
        name = home.facts.symbol_name(of.number)
        if sum(self.kind_at(self.place(*each)) in TYPES for each in self.symbols(name)) < 2:
            return True
        parts = tuple(part.partition("<")[0].strip() for part in file.scope_text(number).partition("<")[0].split("::"))
        found = self.names.resolve(file, place.start, parts, TYPES)
        return not found or (of.path, of.number) in found

    def _behind(self, of: Thing, name: str) -> set[Place]:
        """A member of what a type is dereferenced to: `impl Deref for Type { type Target = Other; }`."""
        if len(self._dereferenced) > _MAX_DEREFERENCED or of in self._dereferenced:
            return set()
        file = self.file(of.path)
        own = file.facts.symbol_name(of.number) if file is not None else ""
        self._dereferenced.append(of)
        try:
            for path, number in self.symbols("Target"):
                where = self.file(path)
                if where is None or where.scope_text(number).partition("<")[0].rpartition("::")[2].strip() != own:
                    continue
                node = where.definition_node(number)
                note = node.child_by_field_name("type") if node is not None else None
                if self._belongs(Place(path, where.name_start(number)), of) and note is not None:
                    return self.members_of(objects(self.annotation(where, note, 1)), name)[0]
        finally:
            self._dereferenced.pop()
        return set()

    def _of_traits(self, of: Thing, name: str) -> set[Place]:
        """A member of a trait that a type is given: as it is declared there."""
        found: set[Place] = set()
        for path, number in self.symbols(name):
            file = self.file(path)
            parent = file.facts.parent(number) if file is not None else -1
            if file is not None and parent >= 0 and file.kind(parent) == "trait" and self._has(of, file, parent):
                found.add(Place(path, file.name_start(number)))
        return found

    def _has(self, of: Thing, trait_file: TreeFile, trait: int) -> bool:
        """Whether somebody writes `impl Trait for Type`, or for all types, where the type or the trait is defined."""
        file = self.file(of.path)
        if file is None:
            return False
        own, name = (each.encode() for each in (file.facts.symbol_name(of.number), trait_file.facts.symbol_name(trait)))
        pattern = rb"\bimpl\b[^{};]*\b%s\b(?:<[^{};]*>)?\s+for\s+(?:[^{};]*\b%s\b|&?(?:mut )?%s)" % (
            re.escape(name), re.escape(own), _BLANKET,
        )  # fmt: skip
        return any(re.search(pattern, each.content) for each in (file, trait_file))

    # -- types ----------------------------------------------------------------------------------------------------

    def type_of(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        links = list(nodes.chain(node)) if node is not None else []
        for each in reversed(
            links[2:]
        ):  # long chains of calls from the inside, since each link would be deeper than the last
            super().type_of(file, each, depth)
        return super().type_of(file, node, depth)

    def _type_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        kind = node.type
        if kind in nodes.PATHS and nodes.parts_of(node)[:1] != ("Self",):
            meaning = self.mean(file, node.named_children[-1])
            if meaning is not None:
                return self.types_of_places(meaning.places, depth) if meaning.places else FOREIGN
        if kind in nodes.GENERICS:
            return self.type_of(file, node.named_children[0], depth)
        if kind == "block" or kind in _BRANCHING:
            inner = node.child_by_field_name(_BRANCHING.get(kind, "") or "none") or next(
                reversed(node.named_children), None
            )
            if inner is not None and inner.type == "expression_statement" and not file.text(inner).endswith(";"):
                inner = inner.named_children[0]
            return self.type_of(file, inner, depth)
        if kind == "match_expression":
            return self._of_arms(file, node, depth)
        if kind == "tuple_expression":
            return (Many((), (), tuple(self.type_of(file, each, depth) for each in node.named_children)),)
        if kind == "field_expression" and (place := node.child_by_field_name("field")) is not None:
            held = self.type_of(file, node.child_by_field_name("value"), depth)
            if place.type == "integer_literal":
                return self.positional(held, file.text(place), depth)
            found, _ = self.members_of(held, file.text(place))
            if len(found) > 1:
                return self.types_of_places(self._apart(found, node), depth)
            if bounded := self._bounded_here(file, node, held, found, depth):
                return bounded
        return super()._type_of(file, node, depth)

    def _bounded_here(self, file: TreeFile, access: Node, held: Types, found: set[Place], depth: int) -> Types:
        """What a field is whose type is a type parameter of its struct: by the bounds of the `impl` around its use."""
        block = nodes.block_around(access)
        head = block.child_by_field_name("type") if block is not None else None
        for place in found if block is not None else ():
            where = self.file(place.path)
            label = where.node_at(place.start) if where is not None else None
            note = label.parent.child_by_field_name("type") if label is not None and label.parent is not None else None
            if where is None or note is None or note.type != "type_identifier":
                continue
            name = where.text(note)
            if any(each.number >= 0 for each in where.seen(note.start_byte, name)) or not where.seen(
                note.start_byte, name
            ):
                continue
            place_of = nodes.place_of_parameter(note, name)
            given = nodes.argument(head, place_of) if held == tuple(self.this_at(file, access)) else None
            parameter = file.text(given) if given is not None else name
            bounds = (
                (*nodes.bounds(access, parameter), *nodes.constraints(block, parameter)) if block is not None else ()
            )
            if kinds := [self.annotation(file, bound, depth + 1) for bound in bounds]:
                return objects(tuple(t for types in kinds for t in types))
        return ()

    def _of_arms(self, file: TreeFile, match: Node, depth: int) -> Types:
        """What the first arm gives that is known."""
        body = match.child_by_field_name("body")
        for arm in body.named_children if body is not None else ():
            value = arm.child_by_field_name("value")
            found = self.type_of(file, value, depth) if value is not None else ()
            if found and found != FOREIGN:
                return found
        return ()

    def results(self, file: TreeFile, call: Node, called: Types, place: int, depth: int) -> Types:
        made = tuple(Thing(t.path, t.number, is_static=False) for t in called if isinstance(t, Thing))
        return made or super().results(file, call, called, place, depth)

    def annotation(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        if node is not None and node.type in nodes.PATHS and nodes.parts_of(node)[:1] != ("Self",):
            meaning = self.mean(file, node.named_children[-1])
            return self.as_types(meaning, depth) if meaning is not None else ()
        if node is not None and node.type == "tuple_type":
            return (Many((), (), tuple(objects(self.annotation(file, n, depth + 1)) for n in node.named_children)),)
        if node is not None and node.type == "trait_bounds":
            kinds = [
                self.annotation(file, each, depth + 1) for each in node.named_children if each.type in nodes.BOUNDS
            ]
            return tuple(t for types in kinds for t in types if types != FOREIGN) or FOREIGN
        found = super().annotation(file, node, depth)
        if not found and node is not None and node.type == "type_identifier":
            for bound in nodes.bounds(node, file.text(node)):
                found += self.annotation(file, bound, depth + 1)
        return found
