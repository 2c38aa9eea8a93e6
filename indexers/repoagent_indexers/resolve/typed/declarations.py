"""The types of variables, parameters and fields, by their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import go
from repoagent_indexers.resolve.tree_file import TreeFile, field_of
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import ASSIGNING, DOCUMENTING, first_field, is_end
from repoagent_indexers.resolve.typed.terms import Foreign, Many, Types, elements, objects

if TYPE_CHECKING:
    from tree_sitter import Node


class Declarations(Analysis):
    """The types of variables, parameters and fields, by their declarations."""

    def type_of_declared(self, file: TreeFile, number: int, depth: int) -> Types:
        node = file.node_at(file.name_start(number))
        return self.declared_type(file, node, depth) if node is not None else ()

    def declared_type(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable, parameter or field is, by its declaration."""
        key = (file.path, name.start_byte, name.end_byte, "declaration")
        find = self._declared_or_documented if file.language in DOCUMENTING else self._declared
        return self.remembered(key, find, file, name, depth)

    def _declared_or_documented(self, file: TreeFile, name: Node, depth: int) -> Types:
        """The same, where a comment says more than the declaration may, and in PHP what a property is set to."""
        number = file.numbers.get(name.start_byte, -1)
        found = self.documented(file, name, number, depth) or self._declared(file, name, depth)
        if file.language == "php" and number >= 0 and not found:
            parts = [self.type_of(file, value, depth) for value in self.assigned(file, number)]
            return tuple(t for part in parts for t in part if not isinstance(t, Foreign))
        return found

    def _declared(self, file: TreeFile, name: Node, depth: int) -> Types:
        if name.type == "shorthand_property_identifier_pattern" or (
            name.parent is not None and name.parent.type in {"pair_pattern", "object_assignment_pattern"}
        ):
            return self._from_pattern(file, name, depth)
        if file.language in ASSIGNING and (written := _written_in_object(name)) is not None:
            return self.type_of(file, written, depth) if written.id != name.id else self.type_of_name(file, name, depth)
        if name.parent is not None and name.parent.type in {"array_pattern", "rest_pattern", "assignment_pattern"}:
            element = name if name.parent.type == "array_pattern" else name.parent
            if element.parent is not None and element.parent.type == "array_pattern":
                return self._from_array(file, element, depth)
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
            if note is None and parent.type == "catch_formal_parameter":
                note = next((each for each in parent.named_children if each.type == "catch_type"), None)
            if note is not None and note.id != child.id and file.text(note) not in {"var", "auto", "const auto", "let"}:
                found = self.annotation(file, note, depth)
                is_array = child.type == "array_declarator" or any(
                    d.type == "array_declarator" for d in _up(name, parent)
                )
                return (Many(objects(found)),) if is_array else objects(found)
            if parent.type in {"for_in_statement", "for_expression", "enhanced_for_statement",
                               "for_range_loop", "foreach_statement"}:  # fmt: skip
                right = first_field(parent, "right|value")
                if parent.type == "foreach_statement" and file.language == "php":
                    right = parent.named_children[0]
                    if child.type == "pair" and name.start_byte < child.named_children[-1].start_byte:
                        return ()  # a key
                return self.items(self.type_of(file, right, depth), depth)
            if (given := self.contextual(file, parent, name, depth)) is not None:
                return given
            is_declarator = parent.type == "init_declarator" or (
                parent.type == "variable_declarator" and file.language == "java"
            )
            if (is_declarator and not _is_deduced(file, parent)) or _is_typed_property(parent):
                child, parent = parent, parent.parent
                continue
            value = first_field(parent, "value|right|default_value")
            if value is not None and value.id != child.id and parent.type != "pair":
                if value.type == "expression_list":
                    value = (
                        value.named_children[0] if len(value.named_children) == 1 and _is_first(parent, name) else None
                    )
                return self.type_of(file, value, depth)
            if parent.type == "variable_declarator" and parent.named_child_count > 1 and _is_deduced(file, parent):
                # C#: the value has no field
                return self.type_of(file, parent.named_children[-1], depth)
            if is_end(parent.type):
                return ()
            child, parent = parent, parent.parent
        return ()

    def _given(self, file: TreeFile, given: go.Given | None, depth: int) -> Types:
        """What a variable, parameter or field of Go is."""
        if given is None:
            return ()
        if given.how in {"type", "many"}:
            written = objects(self.annotation(file, given.node, depth))
            return (Many(written),) if given.how == "many" else written
        if given.how == "range":
            many = [each for each in self.type_of(file, given.node, depth) if isinstance(each, Many)]
            return tuple(t for each in many for t in (each.items if given.place else each.keys))
        if given.place and given.node.type == "call_expression":
            called = self.type_of(file, given.node.child_by_field_name("function"), depth)
            return self.results(file, given.node, called, given.place, depth)
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
        return self.member_types(self.taken_apart(file, pattern, depth), key, depth)

    def _from_array(self, file: TreeFile, element: Node, depth: int) -> Types:
        """What a name is that is taken out of an array: `const [name] = array`."""
        pattern = element.parent
        if pattern is None:
            return ()
        around = self.taken_apart(file, pattern, depth)
        if element.type == "rest_pattern":
            return tuple(each for each in around if isinstance(each, Many))
        place = sum(child.type == "," for child in pattern.children if child.end_byte <= element.start_byte)
        return objects(elements(around, place))

    def taken_apart(self, file: TreeFile, pattern: Node, depth: int) -> Types:
        """What is taken apart by a pattern."""
        outer = pattern.parent
        if outer is None:
            return ()
        if outer.type == "pair_pattern":
            label = outer.child_by_field_name("key")
            around = outer.parent
            if label is None or around is None:
                return ()
            return objects(self.member_types(self.taken_apart(file, around, depth + 1), file.text(label), depth))
        return self.declared_type(file, pattern, depth + 1)


def _is_deduced(file: TreeFile, declarator: Node) -> bool:
    """Whether a variable has the type of its value: `auto x = ...`, `var x = ...`."""
    outer = declarator.parent
    note = outer.child_by_field_name("type") if outer is not None else None
    return (
        note is None
        or file.text(note) in {"auto", "var"}
        or note.type in {"placeholder_type_specifier", "implicit_type"}
    )


def _written_in_object(name: Node) -> Node | None:
    """What an object that is written out holds at a name; the name itself where it stands for both."""
    if name.type == "shorthand_property_identifier":
        return name
    pair = name.parent
    value = pair.child_by_field_name("value") if pair is not None and pair.type == "pair" else None
    return value if value is not None and value.id != name.id else None


def _is_typed_property(element: Node) -> bool:
    """Whether a property of PHP has a type, so that its value says less."""
    outer = element.parent
    return element.type == "property_element" and outer is not None and outer.child_by_field_name("type") is not None


def _up(node: Node, end: Node) -> Iterator[Node]:
    at = node.parent
    while at is not None and at.id != end.id:
        yield at
        at = at.parent


def _is_first(parent: Node, name: Node) -> bool:
    left = parent.child_by_field_name("left")
    return left is None or left.start_byte == name.start_byte
