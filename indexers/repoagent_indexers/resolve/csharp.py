"""What names mean in C#, where it differs from what `typed` knows of all languages.

Attributes bear half of a type's name, a property often has the name of its type, methods of static classes are called
on what they extend, and of several methods of a name the one fits that takes as many arguments as are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from repoagent_indexers.languages.csharp_blanks import Extension, extensions
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.packages import Packages, Taken
from repoagent_indexers.resolve.tree_file import TreeFile, field_of
from repoagent_indexers.resolve.typed.bindings import Slot
from repoagent_indexers.resolve.typed.generics import slots
from repoagent_indexers.resolve.typed.inference import Wanted
from repoagent_indexers.resolve.typed.nodes import is_in_header
from repoagent_indexers.resolve.typed.overloads import arguments_of
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.signatures import written_parameter
from repoagent_indexers.resolve.typed.terms import FOREIGN, Code, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_CALLED = "invocation_expression"
_TYPE_FIELDS = frozenset({"type", "returns"})
_TYPE_PARENTS = frozenset(
    "base_list type_argument_list type_parameter_constraint typeof_expression array_type nullable_type ref_type "
    "pointer_type tuple_element sizeof_expression default_expression explicit_interface_specifier".split()
)
_TYPE_WRAPPERS = frozenset({"generic_name", "qualified_name", "alias_qualified_name"})
_NAMESPACE = re.compile(r"[A-Z]\w*(?:\.[A-Z]\w*)*")
_GLOBAL_USING = re.compile(
    rb"^[ \t]*global\s+using\s+(?:static\s+)?(?:(?P<alias>\w+)\s*=\s*)?(?:global::)?(?P<name>\w+(?:\.\w+)*)\s*;", re.M
)
_USING_ITEM = re.compile(rb"<Using\s+Include=\"(?P<name>[\w.]+)\"(?:\s+Alias=\"(?P<alias>\w+)\")?")
_EXTENDING = re.compile(r"\(\s*(?:\[[^\]]*\]\s*)*this\s+(?:ref\s+|in\s+)?([\w.]+)")


class _Packages(Packages):
    """See `Packages`; what a project takes in for all of its files is taken in by each."""

    def _find_taken(self, file: TreeFile) -> list[Taken]:
        own = super()._find_taken(file)
        return [*(taken for folder, taken in self._global if file.path.startswith(folder)), *own]

    @cached_property
    def _global(self) -> list[tuple[str, Taken]]:
        """What `global using` and the `<Using>` of a project say, each with the folder below which it holds."""
        index = self.resolver.index
        projects = [path for path in index.catalogue.paths if path.endswith((".csproj", "/Directory.Build.props"))]
        found: list[tuple[str, Taken]] = []
        for path in projects:
            for said in _USING_ITEM.finditer(self.manifest(path)):
                found.append((path[: path.rfind("/") + 1], _taken_in(said)))
        folders = sorted({path[: path.rfind("/") + 1] for path in projects if path.endswith(".csproj")}, key=len)
        for position in index.mentioning("global"):
            path = index.catalogue.paths[position]
            file = self.resolver.file(path) if index.catalogue.languages[position] == "csharp" else None
            for said in _GLOBAL_USING.finditer(file.content) if file is not None else ():
                around = [folder for folder in folders if path.startswith(folder)]
                found.append((around[-1] if around else path[: path.rfind("/") + 1], _taken_in(said)))
        return found

    def renamed(self, targets: frozenset[Place]) -> Iterator[tuple[str, str]]:
        """The files in which an attribute is named without the end of its name."""
        for place in sorted(targets):
            file = self.resolver.file(place.path)
            number = file.numbers.get(place.start) if file is not None else None
            name = file.facts.symbol_name(number) if file is not None and number is not None else ""
            if name.endswith("Attribute") and (short := name.removesuffix("Attribute")):
                yield from ((path, short) for path in self.resolver.users(short))


def _taken_in(said: re.Match[bytes]) -> Taken:
    name, alias = (said[key].decode("utf-8", "replace") if said[key] else "" for key in ("name", "alias"))
    return Taken(tuple(name.split(".")), alias, is_all=not alias, line=0)


class CSharpResolver(TypedResolver):
    """See `meaning.Resolver`."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        super().__init__(index, languages)
        self.packages = _Packages(self)
        self.outer = self.packages
        self._extension_blocks: dict[str, list[Extension]] = {}

    # -- names ----------------------------------------------------------------------------------------------------

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        parent = node.parent
        name = file.text(node)
        if parent is not None and node.start_byte not in file.numbers:
            if parent.type in {"argument", "attribute_argument"} and field_of(parent, node) == "name":
                return self._argument_name(file, parent, name)
            if _names_attribute(node):
                found = self.outer.outer(file, node, f"{name}Attribute")
                if found is not None and found.places:
                    return found
            if (literal := _initializer_of(node)) is not None:
                types = self._initialized(file, literal)
                places, _ = self.members_of(types, name)
                return (
                    Meaning(frozenset(places), "resolved") if places else (OUTSIDE if types else self.alone(file, name))
                )
        found = super()._mean(file, node)
        if found is None or not found.places:
            return self._in_namespace(file, node, name) or found
        return found

    def _in_namespace(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means behind that of a namespace, which may be shortened by those around: `Legacy.Assert`."""
        access = node.parent
        if access is not None and access.type == "generic_name":
            node, access = access, access.parent
        if access is None or access.type not in {"member_access_expression", "qualified_name"}:
            return None
        left = file.text(access.named_children[0]).removeprefix("global::")
        if access.named_children[-1].id != node.id or not _NAMESPACE.fullmatch(left):
            return None
        places = {place for parts in self._namespaces(file, left) for place in self.packages.named_in(parts, name)}
        return Meaning(frozenset(places), "resolved") if places else None

    def _namespaces(self, file: TreeFile, written: str) -> Iterator[tuple[str, ...]]:
        """What a name of a namespace may be in full, nearest first."""
        home, parts = self.packages.home(file), tuple(written.split("."))
        yield from ((*home[:n], *parts) for n in range(len(home), -1, -1))

    def _argument_name(self, file: TreeFile, argument: Node, name: str) -> Meaning:
        """What a name before a colon or `=` means among arguments: a parameter, or a property of an attribute."""
        at: Node | None = argument
        while at is not None and at.type != "attribute":
            at = at.parent if at.type in {"attribute_argument", "attribute_argument_list"} else None
        label = at.child_by_field_name("name") if at is not None else None
        while label is not None and label.type in _TYPE_WRAPPERS:
            label = label.named_children[-1]
        meaning = self.mean(file, label) if label is not None else None
        if meaning is None or not meaning.places:
            return OUTSIDE
        places, _ = self.members_of(objects(self.types_of_places(meaning.places, 0)), name)
        return Meaning(frozenset(places), "resolved") if places else OUTSIDE

    def _bare(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        if not _is_type_position(node):
            found = super()._bare(file, node, name)
            return self._of_color(file, node, name, found)
        seen = [each for each in file.seen(node.start_byte, name) if each.number < 0]
        if seen and all(each.node.parent is not None and each.node.parent.type == "type_parameter" for each in seen):
            return Meaning(frozenset(Place(file.path, each.start) for each in seen), "resolved")
        around = self.types_around(file, node.start_byte)
        for owner in islice(around, is_in_header(node), None):
            where = self.file(owner.path)
            if where is not None and where.facts.symbol_name(owner.number) == name:
                return Meaning(self.same_as(where, owner.number), "resolved")
            places = {place for place in self.members(owner, name)[0] if self.is_type(place)}
            if places:
                return Meaning(frozenset(places), "resolved")
        found = self.outer.outer(file, node, name)
        if found is None or not found.places:
            return found
        types = frozenset(place for place in found.places if self.is_type(place))
        return Meaning(types or found.places, found.certainty)

    def _of_color(self, file: TreeFile, node: Node, name: str, found: Meaning | None) -> Meaning | None:
        """The type, where a property has the name of its type and a static member is taken: `Color.Red`."""
        access = node.parent
        if found is None or access is None or access.type != "member_access_expression":
            return found
        label = access.child_by_field_name("name")
        if label is None or label.id == node.id or not found.places or any(self.is_type(p) for p in found.places):
            return found
        types = self.outer.outer(file, node, name)
        places = frozenset(place for place in types.places if self.is_type(place)) if types is not None else frozenset()
        taken, _ = self.members_of(self.types_of_places(places, 0), file.text(label)) if places else (set(), False)
        return Meaning(places, "resolved") if any(self._is_static(place) for place in taken) else found

    def _is_static(self, place: Place) -> bool:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or number is None:
            return False
        return file.kind(number) in {"member", "constant"} or " static " in f" {file.signature(number)} "

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        """Of several methods those that take what is given, here or in what the type is derived from."""
        found = super()._of_its_kind(file, node, found)
        return self.fitting(file, node, found) if found is not None else None

    def beyond(self, file: TreeFile, owner: Thing, name: str) -> set[Place]:
        """The methods that extend a type or one that it is derived from."""
        del file
        names = set(self._names(owner))
        return {place for place, extended in self._extending(name) if extended in names}

    # -- members --------------------------------------------------------------------------------------------------

    def members_of(self, types: Types, name: str) -> tuple[set[Place], bool]:
        found, is_known = super().members_of(types, name)
        if found or not any(isinstance(each, Thing) for each in types):
            return found, is_known
        names = {name for each in types if isinstance(each, Thing) for name in self._names(each)}
        return {place for place, extended in self._extending(name) if extended in names}, is_known

    def _member_meaning(self, file: TreeFile, node: Node, receiver: Node, name: str) -> Meaning | None:
        found = super()._member_meaning(file, node, receiver, name)
        given = arguments_of(node)
        if found != OUTSIDE or given is None or (receiver.type != _CALLED and file.text(receiver)[:1].isupper()):
            return found
        foreign = {place for place, extended in self._extending(name) if not self.type_named(file, extended)}
        fitting = self.taking(foreign, given)
        return Meaning(frozenset(fitting), "probable") if fitting else found

    def _extending(self, name: str) -> Iterator[tuple[Place, str]]:
        """The methods of a name that are called on what they extend, and the name of that type."""
        for path, number in self.symbols(name):
            file = self.file(path)
            if file is None:
                continue
            if file.kind(number) == "method" and (said := _EXTENDING.search(file.signature(number))):
                yield Place(path, file.name_start(number)), said[1].rpartition(".")[2]
            for each in self._extensions(file):
                if each.body <= file.name_start(number) < each.end:
                    yield Place(path, file.name_start(number)), each.extended

    def _extensions(self, file: TreeFile) -> list[Extension]:
        """The blocks of a file that extend types."""
        if file.path not in self._extension_blocks:
            self._extension_blocks[file.path] = extensions(file.content)
        return self._extension_blocks[file.path]

    def _names(self, of: Thing) -> Iterator[str]:
        for each in [of, *self.lineage(of)]:
            file = self.file(each.path)
            if file is not None:
                yield file.facts.symbol_name(each.number)

    # -- types ----------------------------------------------------------------------------------------------------

    def _type_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        if node.type == "with_expression":
            return self.type_of(file, node.named_children[0], depth)
        if node.type == "generic_name":
            return self.type_of_name(file, node.named_children[0], depth)
        label = node.child_by_field_name("name") if node.type == "member_access_expression" else None
        if label is not None and label.type == "generic_name":
            return self.type_of_member(
                file, node.child_by_field_name("expression"), file.text(label.named_children[0]), depth
            )
        found = super()._type_of(file, node, depth)
        if label is not None and (not found or found == FOREIGN):
            meaning = self._in_namespace(file, label, file.text(label))
            return self.types_of_places(meaning.places, depth) if meaning is not None else found
        return found

    def annotation(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        found = super().annotation(file, node, depth)
        if node is not None and node.type == "qualified_name" and not any(isinstance(each, Thing) for each in found):
            label = node.named_children[-1]
            meaning = self.mean(file, label.named_children[0] if label.type == "generic_name" else label)
            return self.as_types(meaning, depth) if meaning is not None and meaning.places else found
        return found

    def held(self, types: Types, depth: int) -> Types:
        """What an index gives: by the type's own indexer, else what the type holds."""
        for each in types:
            if isinstance(each, Thing):
                places, _ = self.members(each, "this")
                if found := objects(self.types_of_places(places, depth)):
                    return found
        return super().held(types, depth)

    def type_of_member(self, file: TreeFile, receiver: Node | None, name: str, depth: int) -> Types:
        """The same; what the type parameters are of a method that extends a type is told by what it is called on."""
        found = super().type_of_member(file, receiver, name, depth)
        if found and found != FOREIGN:
            return found
        types = self.type_of(file, receiver, depth)
        places, _ = self.members_of(self.bounded(types, depth), name)
        extending = self.types_of_places(places, depth)
        return tuple(self._on(each, types, depth) if isinstance(each, Code) else each for each in extending) or found

    def _on(self, method: Code, types: Types, depth: int) -> Code:
        """A method that extends a type, called on one."""
        where, node = self.file(method.path), self.node_of(method)
        wanted: Wanted = {slot: {} for slot, _ in slots(where, node)} if where is not None else {}
        note = written_parameter(node, 0) if wanted else None
        if where is None or note is None:
            return method
        self.infer(objects(self.annotation(where, note, depth + 1)), types, wanted, depth + 1)
        row = {slot: tuple(given) for slot, given in wanted.items() if given}
        return replace(method, given=self.bindings.joined(method.given, row))

    def contextual(self, file: TreeFile, function: Node, name: Node, depth: int) -> Types | None:
        """The same for `Action<A, B>` and `Func<A, R>`, and for what is gone through."""
        if function.type != "lambda_expression":
            return super().contextual(file, function, name, depth)
        argument = function.parent
        if argument is not None and argument.type == "assignment_expression":
            return self._handed_to_member(file, argument, _place_of(function, name), depth)
        listed = argument.parent if argument is not None and argument.type == "argument" else None
        call = listed.parent if listed is not None else None
        if argument is None or listed is None or call is None or call.type != "invocation_expression":
            return ()
        place = _place_of(function, name)
        callee = call.child_by_field_name("function")
        given = [each.id for each in listed.named_children].index(argument.id)
        receiver = callee.child_by_field_name("expression") if callee is not None else None
        on = self.type_of(file, receiver, depth)
        for code in self.type_of(file, callee, depth):
            if not isinstance(code, Code):
                continue
            is_behind = receiver is not None and not any(isinstance(each, Thing) and each.is_static for each in on)
            shift = is_behind and self._is_extension(code)
            if found := self._handed(code, given + shift, place, depth):
                return found
        return self.items(on, depth) if receiver is not None and not place else ()

    def _is_extension(self, method: Code) -> bool:
        node = self.node_of(method)
        listed = node.child_by_field_name("parameters") if node is not None else None
        return listed is not None and _EXTENDING.match((listed.text or b"").decode("utf-8", "replace")) is not None

    def _handed(self, method: Code, given: int, place: int, depth: int) -> Types:
        """What a method hands at a place to the function that it is given."""
        where, node = self.file(method.path), self.node_of(method)
        listed = node.child_by_field_name("parameters") if node is not None else None
        parameters = [each for each in listed.named_children if each.type == "parameter"] if listed is not None else []
        note = parameters[given].child_by_field_name("type") if given < len(parameters) else None
        return self._given_to(where, note, place, method.given, depth) if where is not None else ()

    def _handed_to_member(self, file: TreeFile, assignment: Node, place: int, depth: int) -> Types:
        """What is handed at a place to the function that a member is set to: `new Options { Handle = args => ... }`."""
        left = assignment.child_by_field_name("left")
        if left is not None and (literal := _initializer_of(left)) is not None:
            owners, label = self._initialized(file, literal), left
        elif left is not None and left.type == "member_access_expression":
            owners = self.type_of(file, left.child_by_field_name("expression"), depth)
            label = left.child_by_field_name("name") or left
        else:
            return ()
        for each in owners:
            for owner in [each, *self.lineage(each)] if isinstance(each, Thing) else ():
                for member in sorted(self.own_members(owner, file.text(label))):
                    where = self.file(member.path)
                    number = where.numbers.get(member.start) if where is not None else None
                    if where is None or number is None or (node := where.definition_node(number)) is None:
                        continue
                    return self._given_to(where, _written_type(node), place, owner.given, depth)
        return ()

    def _given_to(self, where: TreeFile, note: Node | None, place: int, given: int, depth: int) -> Types:
        """What a function of a written type is given at a place: of `Func<A, R>`, of `Expression` of one."""
        if note is not None and note.type == "nullable_type":
            note = note.child_by_field_name("type")
        if note is not None and note.type == "generic_name" and where.text(note.named_children[0]) == "Expression":
            note = note.named_children[-1].named_children[0]
        if note is None or note.type != "generic_name":
            return ()
        arguments = note.named_children[-1].named_children
        if where.text(note.named_children[0]) not in {"Action", "Func", "Predicate"} or place >= len(arguments):
            return ()
        with self.under(given):
            return objects(self.annotation(where, arguments[place], depth))

    def _initialized(self, file: TreeFile, literal: Node) -> Types:
        """The type of the object whose members braces set."""
        outer = literal.parent
        if outer is None:
            return ()
        if outer.type == "with_expression":
            return self.type_of(file, outer.named_children[0])
        if outer.type == "object_creation_expression":
            return objects(self.annotation(file, outer.child_by_field_name("type")))
        if outer.type == "assignment_expression":
            return self.type_of(file, outer.child_by_field_name("left"))
        if outer.type == "implicit_object_creation_expression":
            at = outer.parent
            while at is not None and at.type in {"variable_declarator", "equals_value_clause"}:
                at = at.parent
            note = at.child_by_field_name("type") if at is not None else None
            return objects(self.annotation(file, note))
        return ()

    def results(self, file: TreeFile, call: Node, called: Types, place: int, depth: int) -> Types:
        """The same, with what a call says for the type parameters of a method: `Read<Item>(text)`."""
        callee = call.child_by_field_name("function")
        while callee is not None and callee.type in {"member_access_expression", "conditional_access_expression",
                                                     "member_binding_expression"}:  # fmt: skip
            callee = callee.child_by_field_name("name") or callee.named_children[-1]
        written = callee.named_children[-1] if callee is not None and callee.type == "generic_name" else None
        found: list[Type] = []
        for each in called:
            meant = each
            if isinstance(each, Code) and written is not None:
                meant = self._with_written(file, each, written, depth)
            found += super().results(file, call, (meant,), place, depth)
        return tuple(found)

    def _with_written(self, file: TreeFile, method: Code, written: Node, depth: int) -> Code:
        """A method with what a call writes for its type parameters."""
        where, node = self.file(method.path), self.node_of(method)
        row: dict[Slot, Types] = {}
        if where is not None:
            for (slot, _), argument in zip(slots(where, node), written.named_children, strict=False):
                row[slot] = self.annotation(file, argument, depth + 1)
        return replace(method, given=self.bindings.joined(method.given, row))


def _place_of(function: Node, name: Node) -> int:
    """Which of a function's parameters bears a name."""
    parameters = function.child_by_field_name("parameters")
    own = [each.start_byte for each in parameters.named_children] if parameters is not None else []
    return own.index(name.start_byte) if name.start_byte in own else 0


def _written_type(member: Node) -> Node | None:
    """The type that stands in front of a property or of a field, or around a list of fields."""
    return next(
        (
            note
            for each in (member, member.parent)
            if each is not None and (note := each.child_by_field_name("type")) is not None
        ),
        None,
    )


def _names_attribute(node: Node) -> bool:
    child, at = node, node.parent
    while at is not None and at.type in _TYPE_WRAPPERS and at.named_children[-1].id == child.id:
        child, at = at, at.parent
    return at is not None and at.type == "attribute" and field_of(at, child) == "name"


def _initializer_of(node: Node) -> Node | None:
    """The braces in which a name is set."""
    pair = node.parent
    if pair is not None and pair.type == "with_initializer":
        return pair if pair.named_children[0].id == node.id else None
    if pair is None or pair.type != "assignment_expression" or field_of(pair, node) != "left":
        return None
    return pair.parent if pair.parent is not None and pair.parent.type == "initializer_expression" else None


def _is_type_position(node: Node) -> bool:
    """Whether a name stands where only a type can."""
    child, at = node, node.parent
    while at is not None and at.type in _TYPE_WRAPPERS:
        if at.type == "generic_name" and at.named_children[0].id != child.id:
            break
        child, at = at, at.parent
    if at is None:
        return False
    if at.type in _TYPE_PARENTS:
        return True
    if at.type == "member_access_expression":  # `Cache<Item>.Empty`
        return child.type == "generic_name" and field_of(at, child) == "expression"
    if at.type in {"as_expression", "is_expression"}:
        return field_of(at, child) == "right"
    return field_of(at, child) in _TYPE_FIELDS
