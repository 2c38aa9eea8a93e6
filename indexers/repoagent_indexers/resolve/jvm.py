"""What names mean in Java, Kotlin and Scala, which see each other's; Kotlin, where it differs from what `typed` knows.

Functions and properties of Kotlin extend types that they are no members of, arguments bear names, and of several
functions of a name the one fits that takes as many arguments as are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.kotlin import nodes as kotlin
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.packages import Packages
from repoagent_indexers.resolve.scala.resolver import ScalaResolver
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile, field_of
from repoagent_indexers.resolve.typed.terms import Code, Foreign, Many, Thing, Types

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_MAX_EXTENSIONS = 30
_CALLABLE = FUNCTIONS - {"constructor"} | {"property", "field", "variable", "constant"}
_USING = frozenset("call_expression navigation_expression value_argument assignment binary_expression".split())
"""Nodes in which it is plain whether a name is called."""
_LIBRARY = frozenset(
    "Any Unit Nothing String Int Long Short Byte Boolean Double Float Char List MutableList Set MutableSet Map "
    "MutableMap Array Collection Iterable Sequence Pair Comparable Throwable Exception".split()
)
_WORD = re.compile(r"\w+")


class JvmResolver(ScalaResolver):
    """See `meaning.Resolver`."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        super().__init__(index, languages)
        self.packages = Packages(self)
        self.outer = self.packages

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        parent = node.parent
        if parent is not None and parent.type == "element_value_pair" and field_of(parent, node) == "key":
            return self._element(file, parent, file.text(node))
        if file.language != "kotlin" or parent is None or node.start_byte in file.numbers:
            return super()._mean(file, node)
        name = file.text(node)
        if kotlin.is_interpolated(file.content, node) and (word := _WORD.match(name)) is not None:
            return self._bare(file, node, word[0])
        if (imported := self._imported(file, node)) is not None:
            return imported
        if parent.type == "value_argument" and (label := kotlin.argument_name(parent)) is not None and label == node:
            return self._argument(file, parent, name)
        if parent.type == "user_type" and node != parent.named_children[0]:
            return self._nested(file, parent, node, name)
        if parent.type == "callable_reference" and len(parent.named_children) > 1 and node == parent.named_children[-1]:
            return self._member_meaning(file, node, parent.named_children[0], name)
        if parent.type == "infix_expression" and len(parent.named_children) == 3 and node == parent.named_children[1]:
            return self._member_meaning(file, node, parent.named_children[0], name)
        if parent.type == "package_header" or (parent.parent is not None and parent.parent.type == "package_header"):
            return OUTSIDE
        if parent.type == "labeled_expression" or (parent.type == "this_expression" and name != "this"):
            return self._label(file, node, name)
        if name == "it" and not file.seen(node.start_byte, name) and kotlin.lambda_with_it(node) is not None:
            return OUTSIDE
        return super()._mean(file, node)

    def _element(self, file: TreeFile, pair: Node, name: str) -> Meaning | None:
        """What a name before `=` in an annotation of Java means: an element of the annotation's type."""
        annotation = pair.parent.parent if pair.parent is not None else None
        label = annotation.child_by_field_name("name") if annotation is not None else None
        if label is None:
            return None
        meant = self.mean(file, label.named_children[-1] if label.type == "scoped_identifier" else label)
        types = self.as_types(meant, 0) if meant is not None else ()
        found, _ = self.members_of(types, name)
        return Meaning(frozenset(found), "resolved") if found else (OUTSIDE if types else None)

    def _type_named_at(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What the name of a type of Kotlin means: what the types around inherit comes last, since that costs most."""
        start = node.start_byte
        seen = file.seen(start, name)
        if seen and seen[0].number < 0:
            return Meaning(frozenset(Place(file.path, each.start) for each in seen), "resolved")
        around = [number for number in file.around(start) if file.kind(number) in TYPES]
        for number in around:
            if file.facts.symbol_name(number) == name:
                return Meaning(self.same_as(file, number), "resolved")
            for inner in file.children(number):
                if file.facts.symbol_name(inner) == name and file.kind(inner) in TYPES:
                    return Meaning(self.same_as(file, inner), "resolved")
        if seen:
            return Meaning(frozenset(place for each in seen for place in self.same_as(file, each.number)), "resolved")
        found = self.outer.outer(file, node, name)
        if found is None or found.places or name in _LIBRARY:
            return found
        for number in around:
            definition = file.definition_node(number)
            body = definition.named_children[-1] if definition is not None and definition.named_children else None
            if body is None or start < body.start_byte:
                continue  # in its header
            for base in self.lineage(Thing(file.path, number, is_static=False)):
                if inherited := {place for place in self.own_members(base, name) if self.is_type(place)}:
                    return Meaning(frozenset(inherited), "resolved")
        return found

    def _bare(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        if file.language == "kotlin" and node.parent is not None and node.parent.type == "user_type":
            return self._type_named_at(file, node, name)
        seen = file.seen(node.start_byte, name) if file.language == "kotlin" else ()
        binder = seen[0].node.parent if seen and seen[0].number < 0 else None
        if binder is not None and binder.type == "class_parameter" and seen[0].start != node.start_byte:
            declaration = file.root.descendant_for_byte_range(seen[0].scope_start, seen[0].scope_end - 1)
            if declaration is not None and kotlin.is_in_function(node, declaration):  # which it need not be kept for
                for owner in self.types_around(file, node.start_byte):
                    if kept := self.members(owner, name)[0]:
                        return Meaning(frozenset(kept), "resolved")
                return self.outer.outer(file, node, name)
        found = super()._bare(file, node, name)
        if file.language != "kotlin" or (found is not None and found.places):
            return found
        around = tuple(self.types_around(file, node.start_byte))
        extending = self._extensions(file, node.start_byte, name, ()) if _is_used(node) else set()
        fitting = self._fitting(extending, kotlin.given_to(node))
        if sure := frozenset(place for place in fitting if self._extends_one_of(place, around)):
            return Meaning(sure, "resolved")
        return Meaning(fitting, "probable") if fitting else found  # a member of what is not known may come first

    def _imported(self, file: TreeFile, node: Node) -> Meaning | None:
        """What a part of an import names; None for what stands in none."""
        path = node.parent
        statement = path.parent if path is not None and path.type == "qualified_identifier" else path
        if path is None or statement is None or statement.type != "import":
            return None
        whole = next(child for child in statement.named_children if child.type == "qualified_identifier")
        end = node.end_byte if path is not statement else whole.end_byte
        parts = tuple(file.text(each).strip("`") for each in whole.named_children if each.end_byte <= end)
        found = self.packages.at(file, parts) | frozenset(self._extending(parts))
        return Meaning(found, "resolved") if found else OUTSIDE

    def _extending(self, parts: tuple[str, ...]) -> Iterator[Place]:
        """The functions and properties of a package that extend types."""
        for path, number in self.symbols(parts[-1])[:_MAX_EXTENSIONS] if parts else ():
            where = self.file(path)
            if where is not None and where.scope_text(number) and self.packages.home(where) == parts[:-1]:
                yield Place(path, where.name_start(number))

    def _argument(self, file: TreeFile, argument: Node, name: str) -> Meaning | None:
        """What the name of an argument means: a parameter of what is called."""
        listed = argument.parent
        call = listed.parent if listed is not None else None
        if call is None:
            return None
        if call.type in {"constructor_invocation", "annotation"}:
            types = self.annotation(file, call.named_children[0], 1)
        else:
            callee, _, _ = kotlin.call_of(call)
            types = self.type_of(file, callee, 1)
            if not any(isinstance(each, Thing | Code) for each in types) and file.text(callee).endswith("copy"):
                made = callee.named_children[0] if callee.type == "navigation_expression" else None
                around = self.type_of(file, made, 1) if made is not None else ()
                types = around or tuple(self.types_around(file, argument.start_byte))[:1]
        for each in types:
            where = self.file(each.path) if isinstance(each, Thing | Code) else None
            if where is None or not isinstance(each, Thing | Code):
                continue
            node = where.definition_node(each.number) if isinstance(each, Thing) else self.node_of(each)
            for label in kotlin.parameters_of(node) if node is not None else ():
                if where.text(label) == name:
                    return Meaning(frozenset({Place(where.path, label.start_byte)}), "resolved")
        return OUTSIDE if types else None

    def _nested(self, file: TreeFile, written: Node, node: Node, name: str) -> Meaning | None:
        """What a part of a type's qualified name means: a type in a type, or in a package."""
        names = [
            each for each in written.named_children if each.type == "identifier" and each.end_byte <= node.end_byte
        ]
        if found := self.packages.at(file, tuple(file.text(each) for each in names)):
            return Meaning(found, "resolved")
        around = self.mean(file, names[-2])
        types = self.types_of_places(around.places, 1) if around is not None else ()
        found_there, _ = self.members_of(types, name)
        return Meaning(frozenset(found_there), "resolved") if found_there else OUTSIDE

    def _label(self, file: TreeFile, node: Node, name: str) -> Meaning:
        """What `this@Name` means: a type around it, or a function that extends one."""
        for number in file.around(node.start_byte):
            if file.facts.symbol_name(number) == name:
                return Meaning(frozenset({Place(file.path, file.name_start(number))}), "resolved")
        return OUTSIDE

    def _member_meaning(self, file: TreeFile, node: Node, receiver: Node, name: str) -> Meaning | None:
        if (whole := self._qualified(file, receiver, name)) is not None:
            return whole
        if file.language != "kotlin":
            return super()._member_meaning(file, node, receiver, name)
        types = self.bounded(self.type_of(file, receiver))
        found, is_known = self.members_of(types, name)
        if found:
            return Meaning(frozenset(found), "resolved")
        if extending := self._extensions(file, node.start_byte, name, types):
            is_ours = any(isinstance(each, Thing) for each in types)
            return Meaning(frozenset(extending), "resolved" if is_ours else "probable")
        if types and is_known:
            return OUTSIDE
        return self.alone(file, name) if not types else None

    def _qualified(self, file: TreeFile, receiver: Node, name: str) -> Meaning | None:
        """What a name means behind the whole path of a package or of a type in one: `com.example.Type.name`."""
        words = (receiver.text or b"").decode("utf-8", "replace")
        parts = tuple(words.split("."))
        if not words[:1].islower() or not all(part.isidentifier() for part in parts):
            return None
        if any(each.alias == parts[0] for each in self.packages.taken(file)) or any(
            each.number < 0 or file.kind(each.number) not in NAMESPACES  # the file's own package may begin so
            for each in file.seen(receiver.start_byte, parts[0])
        ):
            return None
        if len(parts) == 1 and not self.packages.is_home((*parts, name)):
            return None
        found = self.packages.at(file, (*parts, name))
        return Meaning(found, "resolved") if found else None

    def _annotation(self, file: TreeFile, node: Node, depth: int) -> Types:
        if node.type == "scoped_type_identifier" and node.named_child_count == 2:
            package, label = node.named_children
            if (whole := self._qualified(file, package, file.text(label))) is not None:
                return self.as_types(whole, depth)
        return super()._annotation(file, node, depth)

    def _extensions(self, file: TreeFile, start: int, name: str, types: Types) -> set[Place]:
        """The functions and properties in sight that extend what a member is taken from."""
        written = self._names_of(types)
        found: set[Place] = set()
        aliased = {each.parts[-1] for each in self.packages.taken(file) if each.alias == name and each.parts}
        for path, number in [n for each in {name, *aliased} for n in self.symbols(each)][:_MAX_EXTENSIONS]:
            where = self.file(path)
            scope = where.scope_text(number) if where is not None else ""
            if (
                where is None
                or where.language != "kotlin"
                or not scope
                or not self._is_in_sight(file, start, where, number)
            ):
                continue
            if (
                not types
                or not written
                or scope in written
                or scope == "Any"
                or self._extends_any(where, number, scope)
            ):
                found.add(Place(path, where.name_start(number)))
        return found

    def _extends_one_of(self, extension: Place, around: tuple[Thing, ...]) -> bool:
        """Whether a function extends what is certainly around its bare name."""
        scope, where = self._scope_at(extension), self.file(extension.path)
        number = where.numbers.get(extension.start) if where is not None else None
        if where is None or number is None or scope == "Any" or self._extends_any(where, number, scope):
            return bool(around)
        known = (of for each in around for of in (each, *self.lineage(each)))
        return any((at := self.file(of.path)) is not None and at.facts.symbol_name(of.number) == scope for of in known)

    def _names_of(self, types: Types) -> set[str]:
        """The names of types of the repository and of all that they are derived from; none where one is not known."""
        found: set[str] = set()
        for each in types:
            if isinstance(each, Foreign | Many | Code):
                return set()
            for of in [each, *self.lineage(each)] if isinstance(each, Thing) else ():
                where = self.file(of.path)
                found |= {where.facts.symbol_name(of.number)} if where is not None else set()
                if not self.knows_bases(of) or self.has_base_outside(of):
                    return set()
        return found

    def _extends_any(self, file: TreeFile, number: int, scope: str) -> bool:
        """Whether a function extends whatever its type parameter stands for."""
        node = file.definition_node(number)
        receiver = kotlin.receiver_of(node) if node is not None else None
        return receiver is not None and any(each.number < 0 for each in file.seen(receiver.start_byte, scope))

    def _is_in_sight(self, file: TreeFile, start: int, where: TreeFile, number: int) -> bool:
        if (parent := where.facts.parent(number)) >= 0:
            owner = Thing(where.path, parent, is_static=False)
            return any(owner in {each, *self.lineage(each)} for each in self.types_around(file, start))
        if where.path == file.path:
            return True
        home = self.packages.home(where)
        name = where.facts.symbol_name(number)
        return home == self.packages.home(file) or any(
            each.parts == (home if each.is_all else (*home, name)) for each in self.packages.taken(file)
        )

    def own_members(self, of: Thing, name: str) -> set[Place]:
        found = super().own_members(of, name)
        where = self.file(of.path)
        if len(found) < 2 or where is None or where.language != "kotlin":
            return found
        inside = {place for place in found if not self._scope_at(place)}  # a member comes before what extends
        return inside or found

    def _scope_at(self, place: Place) -> str:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        return file.scope_text(number) if file is not None and number is not None else ""

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        found = super()._of_its_kind(file, node, found)
        if file.language != "kotlin" or found is None or not found.places or node.start_byte in file.numbers:
            return found
        if node.parent is None or node.parent.type not in _USING or found.certainty != "resolved":
            return found
        given = kotlin.given_to(node)
        if (
            not all(self.kind_at(place) in _CALLABLE for place in found.places)
            or self._fitting(found.places, given) == found.places
        ):
            return found
        name = file.text(node)
        for places in (found.places, *self._overridden(found.places, name)):
            if fitting := self._fitting(places, given):
                return Meaning(fitting, "resolved")
        around = tuple(self.types_around(file, node.start_byte)) if given is not None else ()
        extending = self._fitting(self._extensions(file, node.start_byte, name, around), given) if around else ()
        return Meaning(frozenset(extending), "resolved") if extending else found

    def _overridden(self, places: Iterable[Place], name: str) -> Iterator[set[Place]]:
        """The members of a name that the types of some members inherit, nearest first."""
        owners: set[Thing] = set()
        for place in places:
            where = self.file(place.path)
            parent = where.facts.parent(where.numbers[place.start]) if where is not None else -1
            owners |= {Thing(place.path, parent, is_static=False)} if parent >= 0 else set()
        for owner in sorted(owners, key=lambda each: (each.path, each.number)):
            yield from (self.own_members(base, name) for base in self.lineage(owner))

    def _fitting(self, places: Iterable[Place], given: int | None) -> frozenset[Place]:
        """The functions that take so many arguments; where nothing is called (None), what is no function."""
        functions = {place for place in places if self.kind_at(place) in FUNCTIONS}
        if given is None:
            return frozenset(places) - functions
        return frozenset(place for place in functions if self._takes_so_many(place, given))

    def _takes_so_many(self, place: Place, given: int) -> bool:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or number is None or file.kind(number) not in FUNCTIONS or file.language != "kotlin":
            return True
        node = file.definition_node(number)
        names = kotlin.parameters_of(node) if node is not None else []
        most, least = len(names), 0
        for each in names:
            parameter = each.parent
            before = parameter.prev_named_sibling if parameter is not None else None
            is_open = before is not None and before.type == "parameter_modifiers" and b"vararg" in (before.text or b"")
            behind = parameter.next_sibling if parameter is not None else None
            most += 99 * is_open
            least += not is_open and (behind is None or behind.type != "=")
        return least <= given <= most


def _is_used(name: Node) -> bool:
    """Whether a name stands where a member of what is around it may be named."""
    return name.parent is not None and name.parent.type not in {"user_type", "qualified_identifier", "annotation"}
