"""What variables of Rust are bound to: patterns, and parameters of functions without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Meaning
from repoagent_indexers.resolve.rust import nodes
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import Code, Foreign, Many, Thing, Types, elements, objects

if TYPE_CHECKING:
    from tree_sitter import Node

_HANDING = frozenset(
    "map and_then filter for_each is_some_and is_ok_and is_none_or map_or map_or_else inspect filter_map flat_map any "
    "all position find find_map take_while skip_while partition retain sort_by_key max_by_key min_by_key then".split()
)
"""Methods of collections and holders that hand what they hold to a function."""


class PatternResolver(TypedResolver):
    """A resolver that knows what patterns take apart."""

    def _declared(self, file: TreeFile, name: Node, depth: int) -> Types:
        outer = name.parent
        if outer is not None and (outer.type in nodes.PATTERNS or outer.type in nodes.BINDERS):
            return self._matched(file, name, depth)
        if name.type == "type_identifier":  # a type parameter
            return self.annotation(file, name, depth)
        return super()._declared(file, name, depth)

    def _matched(self, file: TreeFile, pattern: Node, depth: int) -> Types:
        """What a pattern is held against."""
        outer = pattern.parent
        if outer is None or depth > 16:
            return ()
        kind = outer.type
        if kind in nodes.SEEING_THROUGH:
            return self._matched(file, outer, depth + 1)
        if kind == "tuple_struct_pattern":
            return self._in_tuple_struct(file, outer, pattern, depth)
        if kind == "field_pattern":
            label = outer.child_by_field_name("name")
            found, _ = self.members_of(self.expected(file, outer), file.text(label) if label is not None else "")
            return objects(self.types_of_places(found, depth))
        if kind == "tuple_pattern":
            return self._in_tuple(file, outer, [each.id for each in outer.named_children].index(pattern.id), depth)
        if kind == "slice_pattern":
            return _items(self._matched(file, outer, depth + 1))
        if kind == "match_arm" and outer.parent is not None and outer.parent.parent is not None:
            return self.type_of(file, outer.parent.parent.child_by_field_name("value"), depth)
        if kind in {"let_declaration", "let_condition", "parameter"}:
            note = outer.child_by_field_name("type")
            if note is not None:
                return objects(self.annotation(file, note, depth))
            return self.type_of(file, outer.child_by_field_name("value"), depth)
        if kind == "for_expression":
            return _items(self.type_of(file, outer.child_by_field_name("value"), depth))
        if kind == "closure_parameters" and outer.parent is not None:
            return self._given_to(file, outer.parent, outer.named_children.index(pattern), depth)
        return ()

    def _in_tuple_struct(self, file: TreeFile, outer: Node, pattern: Node, depth: int) -> Types:
        label = outer.child_by_field_name("type")
        if label is None:
            return ()
        if nodes.parts_of(label)[-1:] in {("Some",), ("Ok",)}:
            return self._matched(file, outer, depth + 1)
        meaning = self.mean(file, label.named_children[-1] if label.named_children else label)
        inside = [each for each in outer.named_children if each.id != label.id]
        place = str([each.id for each in inside].index(pattern.id))
        return self.positional(self._variants(meaning), place, depth)

    def _variants(self, meaning: Meaning | None) -> Types:
        """The structs and variants that a name in a pattern means, as themselves."""
        found = []
        for place in sorted(meaning.places) if meaning is not None else ():
            where = self.file(place.path)
            if where is not None and (number := where.numbers.get(place.start)) is not None:
                found.append(Thing(place.path, number, is_static=False))
        return tuple(found)

    def _in_tuple(self, file: TreeFile, tuple_pattern: Node, place: int, depth: int) -> Types:
        outer = tuple_pattern.parent
        note = outer.child_by_field_name("type") if outer is not None else None
        if note is not None and note.type == "tuple_type" and place < note.named_child_count:
            return objects(self.annotation(file, note.named_children[place], depth))
        value = outer.child_by_field_name("value") if outer is not None else None
        if value is not None and value.type == "tuple_expression" and place < value.named_child_count:
            return self.type_of(file, value.named_children[place], depth)
        if value is not None and file.text(value).endswith(".enumerate()") and place == 1:
            counted = value.named_children[0].child_by_field_name("value")
            return _items(self.type_of(file, counted, depth))
        held = self._matched(file, tuple_pattern, depth + 1)
        tuples = tuple(each for each in held if isinstance(each, Many) and each.places is not None)
        return objects(elements(tuples, place))

    def expected(self, file: TreeFile, pair: Node) -> Types:
        literal = pair.parent
        if literal is not None and literal.type in {"field_initializer_list", "struct_pattern"}:
            label = literal.child_by_field_name("type")
            if literal.type == "field_initializer_list" and literal.parent is not None:
                label = literal.parent.child_by_field_name("name")
            while label is not None and label.type in nodes.GENERICS:
                label = label.named_children[0]
            leaf = label.named_children[-1] if label is not None and label.type in nodes.PATHS else label
            if leaf is not None and (variants := self._variants(self.mean(file, leaf))):
                kinds = {self.kind_of(each) for each in variants if isinstance(each, Thing)}
                if kinds == {"member"}:
                    return variants
            return objects(self.annotation(file, label)) if label is not None else ()
        return super().expected(file, pair)

    def _given_to(self, file: TreeFile, closure: Node, place: int, depth: int) -> Types:
        """What a function without a name is given: each of a collection, or what is held."""
        call = closure.parent.parent if closure.parent is not None else None
        callee = call.child_by_field_name("function") if call is not None else None
        if call is None or callee is None or closure.parent is None:
            return ()
        if callee.type == "field_expression" and not place:
            label, receiver = callee.child_by_field_name("field"), callee.child_by_field_name("value")
            if label is not None and file.text(label) in _HANDING:
                held = self.type_of(file, receiver, depth)
                if found := _items(held) or tuple(each for each in held if isinstance(each, Thing | Code)):
                    return found
        argument = [each.id for each in closure.parent.named_children].index(closure.id)
        for each in self.type_of(file, callee, depth) if call.type == "call_expression" else ():
            if isinstance(each, Code) and (found := self._handed(each, argument, place, depth)):
                return found
        return ()

    def _handed(self, called: Code, argument: int, place: int, depth: int) -> Types:
        """What a function gives at a place to a function that it is given: by the bound of that, `F: Fn(&Scope)`."""
        file, function = self.file(called.path), self.node_of(called)
        listed = function.child_by_field_name("parameters") if function is not None else None
        inside = [each for each in listed.named_children if each.type == "parameter"] if listed is not None else []
        note = inside[argument].child_by_field_name("type") if argument < len(inside) else None
        if file is None or function is None or note is None:
            return ()
        for bound in (note, *nodes.bounds(function, file.text(note)), *nodes.constraints(function, file.text(note))):
            if (given := nodes.function_type(bound)) is not None and place < given.named_child_count:
                return objects(self.annotation(file, given.named_children[place], depth + 1))
        return ()

    def positional(self, types: Types, place: str, depth: int) -> Types:
        """What a struct or variant without names of fields holds at a place."""
        for each in types:
            if isinstance(each, Many) and each.places is not None and place.isdigit() and int(place) < len(each.places):
                return objects(each.places[int(place)])
            file = self.file(each.path) if isinstance(each, Thing) else None
            node = file.definition_node(each.number) if file is not None and isinstance(each, Thing) else None
            body = node.child_by_field_name("body") if node is not None else None
            if file is not None and body is not None and body.type == "ordered_field_declaration_list":
                fields = body.children_by_field_name("type")
                if place.isdigit() and int(place) < len(fields):
                    return objects(self.annotation(file, fields[int(place)], depth + 1))
        return ()


def _items(types: Types) -> Types:
    return tuple(
        item for each in types if isinstance(each, Many) for item in each.items if not isinstance(item, Foreign)
    )
