"""The types that are written: names of types, aliases with their arguments, unions, arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import go, shapes
from repoagent_indexers.resolve.meaning import Meaning
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import WHOLE_NAMES, first_field, is_self
from repoagent_indexers.resolve.typed.program import MAX_DEPTH, MAX_STEPS
from repoagent_indexers.resolve.typed.terms import FOREIGN, Code, Foreign, Many, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node


class Annotations(Analysis):
    """The types that are written: names of types, aliases with their arguments, unions, arrays."""

    def annotation(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """The type that is written, as itself: `objects` makes objects of it."""
        if node is None or depth > MAX_DEPTH:
            return ()
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
            if seen:  # a type parameter
                if (given := self._arguments.get((file.path, seen[0].start))) is not None:
                    return given
                parent = seen[0].node.parent
                bound = first_field(parent, "constraint|bounds|type") if parent is not None else None
                found = self.annotation(file, bound, depth + 1) if bound is not None else ()
                return () if found == FOREIGN else found
            meaning = self.mean(file, node)
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
            value = first_field(node, "value|type") if node is not None else None
            meant = self.annotation(file, value, depth + 1) if value is not None else ()
            if node is not None and file.language == "go" and go.is_new_type(node):
                return (each, *(t for t in meant if isinstance(t, Many | Code)))
            found += [t for t in meant if t != each] or [each]
        return tuple(each for each in found if isinstance(each, Thing | Code)) or tuple(found)

    def _generic(self, file: TreeFile, node: Node, depth: int) -> Types:
        base = first_field(node, "name|type") or node.named_children[0]
        arguments = next((child for child in node.named_children if "argument" in child.type), None)
        inside = [each for each in arguments.named_children if each.type != "lifetime"] if arguments is not None else []
        name = file.text(base).replace("::", ".").rpartition(".")[2]
        if file.language in {"typescript", "tsx", "rust"} and (found := self._expanded(file, base, inside, depth)):
            return found
        found = self.annotation(file, base, depth + 1)
        if any(isinstance(each, Thing) for each in found):
            return found
        if file.language == "go":
            return ()  # of another repository, but it may hold what is ours
        if name in shapes.ITEMS and inside:
            held = self.annotation(file, inside[-1] if name == "array" else inside[0], depth + 1)
            return (Many(objects(held)),) if name not in shapes.HOLDERS else (*objects(held),)
        if name in shapes.HOLDERS and inside:
            return self.annotation(file, inside[0], depth + 1)
        if name in {"Map", "HashMap", "Record", "BTreeMap", "map", "unordered_map", "Dictionary"} and len(inside) > 1:
            return (Many(objects(self.annotation(file, inside[1], depth + 1))),)
        return found

    def _expanded(self, file: TreeFile, alias: Node, arguments: Sequence[Node], depth: int) -> Types:
        """What an alias with type parameters stands for, given its arguments; () for what is none."""
        label = alias if alias.type in shapes.TYPE_NAMES else alias.named_children[-1]
        meaning = self.mean(file, label)
        self._steps += 1
        for place in (
            meaning.places if meaning is not None and len(meaning.places) == 1 and self._steps < MAX_STEPS else ()
        ):
            where = self.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            node = where.definition_node(number) if where is not None and number is not None else None
            listed = node.child_by_field_name("type_parameters") if node is not None else None
            value = first_field(node, "value|type") if node is not None else None
            if where is None or listed is None or value is None:
                continue
            given: dict[tuple[str, int], Types] = {}
            parameters = [each for each in listed.named_children if each.type != "lifetime_parameter"]
            for parameter, argument in zip(parameters, arguments, strict=False):
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
        places, _ = self.members_of(objects(types), file.text(key).strip("\"'"))
        return self.types_of_places(places, depth + 1)


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
