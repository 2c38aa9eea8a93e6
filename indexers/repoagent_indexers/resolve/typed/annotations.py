"""The types that are written: names of types, aliases with their arguments, unions, arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import go, shapes
from repoagent_indexers.resolve.meaning import Meaning
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import (
    ASSIGNING,
    GENERIC,
    WHOLE_NAMES,
    aliased,
    first_field,
    is_self,
    is_tag,
)
from repoagent_indexers.resolve.typed.program import MAX_DEPTH, MAX_STEPS
from repoagent_indexers.resolve.typed.terms import (
    FOREIGN,
    Code,
    Foreign,
    Literal,
    Many,
    Parameter,
    Thing,
    Type,
    Types,
    objects,
)
from repoagent_indexers.resolve.typed.type_operators import mapped_clause

if TYPE_CHECKING:
    from tree_sitter import Node


_WRITTEN_OUT = frozenset("object_type function_type constructor_type interface_body struct_type interface_type".split())
_WORKED_OUT = frozenset("generic_type conditional_type lookup_type tuple_type union_type intersection_type".split())
"""Types of TypeScript that are remembered, since they cost something."""


class Annotations(Analysis):
    """The types that are written: names of types, aliases with their arguments, unions, arrays."""

    def annotation(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """The type that is written, as itself: `objects` makes objects of it."""
        if node is None:
            return ()
        if depth > MAX_DEPTH:
            self._cuts += 1
            return ()
        if node.type not in _WORKED_OUT or file.language not in ASSIGNING:
            return self._annotation(file, node, depth)
        given = self.bindings.seen(self.given, file.path, node.start_byte)
        key = (file.path, node.start_byte, node.end_byte, node.type, given)
        if key not in self._written:
            self._steps += 1
            if self._steps > MAX_STEPS:
                self._cuts += 1
                return ()
            cuts = self._cuts
            found = self._annotation(file, node, depth)
            if cuts != self._cuts:
                return found
            self._written[key] = found
        return self._written[key]

    def _annotation(self, file: TreeFile, node: Node, depth: int) -> Types:
        kind = node.type
        if kind in {"type_annotation", "type_parameter"} or (kind in shapes.INNER and node.named_children):
            return self.annotation(file, node.named_children[-1] if node.named_children else None, depth + 1)
        if kind in {"map_type", "channel_type"} and file.language == "go":
            items = objects(self.annotation(file, node.child_by_field_name("value"), depth + 1))
            label = node.child_by_field_name("key")
            return (Many(items, objects(self.annotation(file, label, depth + 1)) if label is not None else items),)
        if kind in shapes.ARRAYS:
            inner = first_field(node, "element|value") or (node.named_children[-1] if node.named_children else None)
            return (Many(objects(self.annotation(file, inner, depth + 1))),)
        if kind in shapes.UNIONS:
            return tuple(dict.fromkeys(t for n in node.named_children for t in self.annotation(file, n, depth + 1)))
        if kind in {"generic_type", "generic_name", "template_type", "generic_type_with_turbofish"}:
            return self._generic(file, node, depth)
        if kind == "conditional_type":
            return self.conditional(file, node, depth)
        if kind == "lookup_type":
            return self.looked_up(file, node, depth)
        if kind == "tuple_type" and file.language in ASSIGNING:
            return self.tuple_of(file, node, depth)
        if kind == "object_type" and (mapped := mapped_clause(node)) is not None and _is_itself(file, *mapped):
            return self.annotation(file, mapped[1], depth + 1)
        if kind in _WRITTEN_OUT:
            given = self.bindings.seen(self.given, file.path, node.start_byte)
            return (Code(file.path, node.start_byte, node.end_byte, kind, given),)
        if kind == "literal_type" and file.language in ASSIGNING:
            return literal(file, node.named_children[0]) if node.named_children else FOREIGN
        if kind == "this_type":
            return tuple([*self.this_at(file, node)][:1])
        if kind == "infer_type" and node.named_children:
            return self.annotation(file, node.named_children[0], depth + 1)
        if kind in {"predefined_type", "primitive_type", "literal_type", "integral_type", "void_type", "boolean_type",
                    "floating_point_type", "sized_type_specifier", "none"}:  # fmt: skip
            return FOREIGN if file.text(node) not in {"any", "unknown", "object", "never", "dynamic"} else ()
        if kind == "call_expression" and file.language in ASSIGNING:  # what a class extends
            return self.type_of(file, node, depth + 1)
        if kind == "type_query":
            return self.type_of(file, node.named_children[0] if node.named_children else None, depth + 1)
        if kind in {"struct_specifier", "union_specifier", "class_specifier", "enum_specifier"}:
            label = node.child_by_field_name("name")
            if label is None:
                number = next((n for n in file.around(node.start_byte) if file.children(n)), None)
                return (Thing(file.path, number, is_static=True),) if number is not None else ()
            return self.annotation(file, label, depth + 1)
        if kind in WHOLE_NAMES and file.language == "php":
            meaning = self.mean(file, node.named_children[-1])
            return self.as_types(meaning, depth) if meaning is not None else ()
        if kind in shapes.MEMBER:
            receiver, label = (first_field(node, each) for each in shapes.MEMBER[kind])
            if label is None:
                return ()
            if receiver is None or label.type not in shapes.TYPE_NAMES:
                return self.annotation(file, label, depth + 1)
            found = self.type_of_member(file, receiver, file.text(label), depth + 1)
            if found and all(isinstance(each, Thing | Foreign) for each in found):
                return self._unaliased(found, depth)
            meaning = self.mean(file, label)
            return self.as_types(meaning, depth) if meaning is not None else found
        if kind in shapes.TYPE_NAMES:
            if is_self(file, node):
                return tuple([*self.this_at(file, node)][:1])
            seen = [each for each in file.seen(node.start_byte, file.text(node)) if each.number < 0]
            seen = [] if is_tag(node) else seen
            if seen and (file.language not in ASSIGNING or _is_type_parameter(seen[0].node)):
                slot = (file.path, seen[0].start, seen[0].scope_end)
                if file.language in GENERIC:
                    return self.bindings[self.given].get(slot, (Parameter(*slot),))
                if slot in self.bindings[self.given]:
                    return self.bindings[self.given][slot]
                parent = seen[0].node.parent
                bound = first_field(parent, "constraint|bounds|type") if parent is not None else None
                found = self.annotation(file, bound, depth + 1) if bound is not None else ()
                return () if found == FOREIGN else found
            meaning = self.mean(file, node)
            if meaning is not None and file.language in ASSIGNING and node.type == "type_identifier":
                meaning = Meaning(self.written_types(meaning.places), meaning.certainty)
            return self.as_types(meaning, depth) if meaning is not None else ()
        return ()

    def as_types(self, meaning: Meaning, depth: int) -> Types:
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
            value = aliased(file, node) if node is not None else None
            with self.under(self._defaults(file, node, depth)):
                meant = self.annotation(file, value, depth + 1) if value is not None else ()
            if node is not None and file.language == "go" and go.is_new_type(node):
                return (each, *(t for t in meant if isinstance(t, Many | Code)))
            found += [t for t in meant if t != each] or [each]
        return tuple(each for each in found if isinstance(each, Thing | Code)) or tuple(found)

    def _defaults(self, file: TreeFile, alias: Node | None, depth: int) -> int:
        """What the type parameters of an alias stand for that is given no arguments."""
        if file.language not in ASSIGNING or alias is None or alias.child_by_field_name("type_parameters") is None:
            return self.given
        return self.bindings.number(self.bound_to(file, alias, (), depth))

    def _generic(self, file: TreeFile, node: Node, depth: int) -> Types:
        base = first_field(node, "name|type") or node.named_children[0]
        arguments = next((child for child in node.named_children if "argument" in child.type), None)
        inside = [each for each in arguments.named_children if each.type != "lifetime"] if arguments is not None else []
        name = file.text(base).replace("::", ".").rpartition(".")[2]
        if file.language in ASSIGNING | {"rust"} and (expanded := self.expanded(file, base, inside, depth)):
            return expanded
        found = self.annotation(file, base, depth + 1)
        if any(isinstance(each, Thing) for each in found):
            return self._given_arguments(file, found, inside, depth) if file.language in GENERIC else found
        if file.language in ASSIGNING and (worked_out := self.utility(file, name, inside, depth)) is not None:
            return worked_out
        if file.language == "go":
            return ()  # of another repository, but it may hold what is ours
        if name in shapes.ITEMS and inside:
            held = self.annotation(file, inside[-1] if name == "array" else inside[0], depth + 1)
            return (Many(objects(held)),) if name not in shapes.HOLDERS else (*objects(held),)
        if name in shapes.HOLDERS and inside:
            return self.annotation(file, inside[0], depth + 1)
        if name == "Record" and file.language in ASSIGNING and len(inside) > 1:
            return (Many(objects(self.annotation(file, inside[1], depth + 1)), FOREIGN),)
        if name in {"Map", "HashMap", "Record", "BTreeMap", "map", "unordered_map", "Dictionary"} and len(inside) > 1:
            return (Many(objects(self.annotation(file, inside[1], depth + 1))),)
        return found

    def _given_arguments(self, file: TreeFile, types: Types, written: Sequence[Node], depth: int) -> Types:
        """The same, the types of the repository with what is written as their arguments."""
        arguments = [self.annotation(file, each, depth + 1) for each in written if each.type != "comment"]
        return tuple(self.instantiated(each, arguments, depth) if isinstance(each, Thing) else each for each in types)


def literal(file: TreeFile, node: Node) -> Types:
    """The type of a word or a number."""
    return (Literal(file.text(node).strip("\"'")),) if node.type in {"string", "number"} else FOREIGN


def _is_itself(file: TreeFile, name: Node, keyed: Node, held: Node | None) -> bool:
    """Whether a mapped type holds at each key what the type holds whose keys it has: `{ [K in keyof T]: T[K] }`."""
    return held is not None and held.type == "lookup_type" and file.text(held).replace(" ", "") == (
        f"{file.text(keyed)}[{file.text(name)}]"
    )  # fmt: skip


def _is_type_parameter(name: Node) -> bool:
    """Whether a name is introduced as that of a type parameter, not of a variable that holds a class."""
    return name.parent is not None and name.parent.type in {"type_parameter", "infer_type", "mapped_type_clause"}
