"""The types of expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.languages import C_FAMILY
from repoagent_indexers.resolve import go, shapes
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import (
    ASSIGNING,
    GENERIC,
    OWN_THIS,
    WHOLE_NAMES,
    first_field,
    is_empty,
    is_end,
    is_self,
    is_tag,
)
from repoagent_indexers.resolve.typed.terms import (
    FOREIGN,
    Code,
    Foreign,
    Literal,
    Many,
    Module,
    Thing,
    Type,
    Types,
    objects,
)

if TYPE_CHECKING:
    from tree_sitter import Node


_WRITTEN = frozenset(
    "object array arrow_function function_expression class new_expression call_expression ternary_expression "
    "binary_expression as_expression".split()
)
_METHODS = frozenset({"method_definition", "method_signature", "abstract_method_signature"})
_ACCESSIBLE = FUNCTIONS | {"property"}
_MANY = 4
"""From so many places on it is looked which are of one type."""


class Expressions(Analysis):
    """The types of expressions."""

    def type_of(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """What an expression may be."""
        if node is None:
            return ()
        return self.remembered((file.path, node.start_byte, node.end_byte, node.type), self._type_of, file, node, depth)

    def _type_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        kind = node.type
        if kind in shapes.SELF or (kind in shapes.TYPE_NAMES and is_self(file, node)):
            is_static = file.text(node) in {"Self", "static"}
            this = [*self.this_at(file, node)]
            if file.language in ASSIGNING:
                return tuple(this)
            return tuple(replace(t, is_static=is_static) for t in this[:1] if isinstance(t, Thing))
        if kind in shapes.SUPER or file.text(node) == shapes.SUPER_NAMES.get(file.language, "super"):
            return tuple(
                base for this in [*self.this_at(file, node)][:1] if isinstance(this, Thing) for base in self.bases(this)
            )
        if kind in shapes.TYPE_NAMES:
            return self.type_of_name(file, node, depth)
        if kind in shapes.NEW:
            made = first_field(node, shapes.NEW[kind])
            found = self.annotation(file, made, depth) if made is not None and made.type != "arguments" else ()
            return tuple(self._constructed(file, node, each, depth) for each in objects(found))
        if kind in shapes.CALL:
            return self.type_of_call(file, node, depth)
        if kind in WHOLE_NAMES and file.language == "php":
            meaning = self.mean(file, node.named_children[-1])
            return self.types_of_places(meaning.places, depth) if meaning is not None and meaning.places else FOREIGN
        if kind in shapes.MEMBER:
            receiver, label = first_field(node, shapes.MEMBER[kind][0]), first_field(node, shapes.MEMBER[kind][1])
            if label is None:
                return ()
            if label.type == "this":  # Java: `Outer.this`
                return objects(self.annotation(file, receiver, depth))
            if file.language in ASSIGNING and file.text(node) == "module.exports":
                return self.outer.module_named(file, node, "module.exports")
            if file.language in ASSIGNING and file.text(label) == "prototype":
                return tuple(self.made_by(each) for each in self.type_of(file, receiver, depth))
            if label.type not in shapes.TYPE_NAMES and label.named_child_count:
                return self.type_of(file, label, depth)
            if label.type == "variable_name" and label.named_children:  # without its $
                label = label.named_children[0]
            return self.type_of_member(file, receiver, file.text(label), depth)
        if kind in shapes.CASTS:
            note = first_field(node, "type") or (node.named_children[-1] if node.named_child_count > 1 else None)
            return (
                self.annotation(file, note, depth) if note is not None else self.type_of(file, node.named_children[0])
            )
        if kind == "unary_expression" and file.language == "go" and node.children[0].type == "<-":
            channel = self.type_of(file, node.child_by_field_name("operand"), depth)
            return tuple(item for each in channel if isinstance(each, Many) for item in each.items)
        if kind in shapes.INNER and node.named_children:
            return self.type_of(file, first_field(node, "argument|value|operand") or node.named_children[-1], depth)
        if kind in shapes.BOTH:
            parts = [node.child_by_field_name(field) for field in shapes.BOTH[kind]]
            types = [self.type_of(file, part, depth) for part in parts if part is not None and not is_empty(part)]
            return tuple(t for each in types for t in each if not isinstance(t, Foreign)) if all(types) else ()
        if kind in {"subscript_expression", "index_expression", "element_access_expression", "array_access"}:
            base = self.type_of(file, node.named_children[0], depth)
            if file.language in ASSIGNING and (named := self._at_symbol(file, node, base, depth)):
                return named
            many = tuple(t for each in base if isinstance(each, Many) for t in each.items)
            return many or (self._in_brackets(base, depth) if file.language in C_FAMILY else self.held(base, depth))
        if kind == "assignment_expression":
            return self.type_of(file, node.child_by_field_name("right"), depth)
        if kind == "slice_expression":
            return self.type_of(file, node.child_by_field_name("operand"), depth)
        if kind in {"array", "array_literal"}:
            places = tuple(self.type_of(file, child, depth) for child in node.named_children)
            is_tuple = file.language in ASSIGNING and not any(c.type == "spread_element" for c in node.named_children)
            return (Many(tuple(t for each in places for t in each), (), places if is_tuple else None),)
        if kind == "class" and (body := node.child_by_field_name("body")) is not None:
            return tuple(replace(t, is_static=True) for t in self.type_with_body(file, body) if isinstance(t, Thing))
        if kind in {"object", "arrow_function", "function_expression",
                    "class", "lambda_expression", "func_literal",
                    "closure_expression"}:  # fmt: skip
            return (Code(file.path, node.start_byte, node.end_byte, kind, self.given),)
        if kind == "string" and file.language in ASSIGNING:
            return (Literal(file.text(node).strip("\"'")),)
        if kind.endswith(("string", "literal", "number", "true", "false", "null")) or "string" in kind:
            return FOREIGN
        return ()

    def _at_symbol(self, file: TreeFile, access: Node, base: Types, depth: int) -> Types:
        """What an object holds at a key that is written by its name in the type too: `source[Symbol.iterator]`."""
        key = access.child_by_field_name("index")
        if key is None or key.type not in {"identifier", "member_expression"}:
            return ()
        return self.member_types(base, f"[{file.text(key)}]", depth)

    def _constructed(self, file: TreeFile, new: Node, made: Type, depth: int) -> Type:
        """What `new` makes: of a class an object, of a function one that has what the function sets on `this`."""
        if isinstance(made, Thing):
            return self._made_generic(file, new, made, depth) if file.language in ASSIGNING else made
        return self.made_by(made)

    def _made_generic(self, file: TreeFile, new: Node, made: Thing, depth: int) -> Thing:
        """An object of a class, with what its type parameters stand for by how it is made."""
        where = self.file(made.path)
        generic = where.definition_node(made.number) if where is not None else None
        if made.given or where is None or generic is None or generic.child_by_field_name("type_parameters") is None:
            return made
        written = new.child_by_field_name("type_arguments")
        if written is not None:
            return self.instantiated(
                made, [self.annotation(file, each, depth) for each in written.named_children], depth
            )
        places, _ = self.members(made, "constructor")
        for constructor in self.chosen(new, self.types_of_constructors(places), depth)[:1]:
            if constructor.path == made.path:
                bound = self.bound_by_call(file.path, new, constructor, generic, -1, depth)
                return replace(made, given=bound.given)
        return made

    def this_at(self, file: TreeFile, node: Node) -> Iterator[Type]:
        """The type whose `this` or `self` a place sees."""
        if file.language in ASSIGNING:
            note = _declared_this(file, node)
            yield from objects(self.annotation(file, note)) if note is not None else self.this_in_script(file, node)
            return
        yield from self.types_around(file, node.start_byte)
        if file.language == "rust":
            at = node.parent
            while at is not None and at.type != "impl_item":
                at = at.parent
            label = at.child_by_field_name("type") if at is not None else None
            if label is not None:
                yield from (each for each in self.annotation(file, label) if isinstance(each, Thing))

    def type_of_name(self, file: TreeFile, node: Node, depth: int) -> Types:
        if node.type == "variable_name" and node.named_children:
            node = node.named_children[0]
        name = file.text(node)
        seen = file.seen(node.start_byte, name)
        for each in seen if not is_tag(node) else ():
            if each.number < 0:
                if file.language == "go" and (cases := go.case_types(each.node, node)) is not None:
                    return objects(self.annotation(file, cases[0], depth)) if len(cases) == 1 else ()
                return self.narrowed(file, node, depth) or self.declared_type(file, each.node, depth)
        if not seen and node.parent is not None and node.parent.type == "variable_name":
            return ()
        is_elsewhere = all(file.kind(each.number) in NAMESPACES and not file.children(each.number) for each in seen)
        if is_elsewhere and (modules := self.outer.module_named(file, node, name)):  # `mod name;` is a file of its own
            return modules
        found = self.mean(file, node)
        if found is None:
            return ()
        if file.language in GENERIC - ASSIGNING:  # a member may be named without `this`
            around = next(self.types_around(file, node.start_byte), None)
            own = self.environment(around) if around is not None else 0
            with self.under(self.bindings.joined(own, self.bindings[self.given])):
                return self.types_of_places(found.places, depth) if found.places else FOREIGN
        places = self.values(found.places) if file.language in ASSIGNING else found.places
        return self.types_of_places(places, depth) if found.places else FOREIGN

    def _in_brackets(self, types: Types, depth: int) -> Types:
        """What brackets give behind objects of C++: by their `operator[]`, else what a pointer points at."""
        found: list[Type] = []
        for each in types:
            if isinstance(each, Thing) and not each.is_static:
                places, _ = self.members(each, "operator[]")
                called = self.types_of_places(places, depth)
                given = [t for code in called if isinstance(code, Code) for t in self.returned(code, depth)]
                found += given if places else [each]
        return tuple(found)

    def types_of_places(self, places: Iterable[Place], depth: int) -> Types:
        found: list[Type] = []
        for place in self._once_each(sorted(places)):
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

    def _once_each(self, places: list[Place]) -> list[Place]:
        """The same with one place for each type that is declared in many: its class, if it is one."""
        if len(places) < _MANY or not self.languages & ASSIGNING:
            return places
        rest = sorted(places, key=lambda place: self.kind_at(place) != "class")
        found: list[Place] = []
        seen: set[Place] = set()
        for place in rest:
            if place in seen:
                continue
            found.append(place)
            file = self.file(place.path)
            number = file.numbers.get(place.start) if file is not None else None
            if file is not None and number is not None and file.kind(number) in TYPES:
                seen |= self.same_as(file, number)
        return found

    def _type_of_symbol(self, file: TreeFile, number: int, depth: int) -> Types:
        kind = file.kind(number)
        if kind == "type" or kind in TYPES or kind in NAMESPACES:
            return (Thing(file.path, number, is_static=True),)
        if kind == "constructor" and (made := self._made_by(file, number)):
            return made
        accessor = self._accessor(file, number) if kind in _ACCESSIBLE and file.language in ASSIGNING else None
        if accessor is not None and (held := self._through(file, accessor, depth)):
            return held
        if accessor is not None:  # a comment may say it
            return self.type_of_declared(file, number, depth)
        if kind in FUNCTIONS:
            node = file.definition_node(number)
            if node is None:
                return ()
            given = self.bindings.seen(self.given, file.path, node.start_byte)
            return (Code(file.path, node.start_byte, node.end_byte, node.type, given),)
        if kind == "member" and (parent := file.facts.parent(number)) >= 0:
            return (Thing(file.path, parent, is_static=False),)
        return self.type_of_declared(file, number, depth)

    def _accessor(self, file: TreeFile, number: int) -> Node | None:
        """The `get name()` or `set name(value)` that a member is; None for any other."""
        label = file.node_at(file.name_start(number))
        method = label.parent if label is not None else None
        if method is None or method.type not in _METHODS:
            return None
        return method if any(child.type in {"get", "set"} for child in method.children) else None

    def _through(self, file: TreeFile, accessor: Node, depth: int) -> Types:
        """What a member is that is got or set by functions."""
        given = self.bindings.seen(self.given, file.path, accessor.start_byte)
        code = Code(file.path, accessor.start_byte, accessor.end_byte, accessor.type, given)
        if any(child.type == "set" for child in accessor.children):
            return self.parameter_at(code, 0, depth)
        return self.returned(code, depth)

    def _made_by(self, file: TreeFile, number: int) -> Types:
        """The type that a constructor makes objects of, where the constructor bears its name."""
        name, parent = file.facts.symbol_name(number), file.facts.parent(number)
        if parent >= 0 and file.facts.symbol_name(parent) == name:
            return (Thing(file.path, parent, is_static=True),)
        return tuple(Thing(each.path, each.number, is_static=True) for each in self.type_named(file, name)[:1])

    def type_of_member(self, file: TreeFile, receiver: Node | None, name: str, depth: int) -> Types:
        types = self.bounded(self.pointed(receiver, self.type_of(file, receiver, depth)), depth)
        places, is_known = self.members_of(types, name)
        if not places and (held := self.held(types, depth)):
            return held
        if not places:
            return FOREIGN if is_known and not any(isinstance(each, Many) for each in types) else ()
        return (
            self.member_types(types, name, depth) if file.language in GENERIC else self.types_of_places(places, depth)
        )

    def pointed(self, receiver: Node | None, types: Types) -> Types:
        """What `->` of C follows: an array is a pointer to what it holds."""
        if not self.languages & C_FAMILY or receiver is None or (receiver.next_sibling or receiver).type != "->":
            return types
        return tuple(item for each in types for item in (each.items if isinstance(each, Many) else (each,)))

    def member_types(self, types: Types, name: str, depth: int) -> Types:
        """What the members of a name hold, with what type parameters stand for in each type."""
        found: list[Type] = []
        for each in self.bounded(types, depth):
            places, _ = self.members(each, name)
            if not places:
                continue
            mapped = self.mapped(each, name, depth)
            if mapped is not None:
                found += mapped
                continue
            with self.under(self.environment(each)):
                found += self.types_of_places(places, depth)
        return tuple(dict.fromkeys(found))

    def types_of_constructors(self, places: Iterable[Place]) -> Types:
        """Constructors as functions: as the members that they are, they mean the type."""
        found: list[Type] = []
        for place in sorted(places):
            file = self.file(place.path)
            name = file.node_at(place.start) if file is not None else None
            if name is not None and name.parent is not None:
                found.append(Code(place.path, name.parent.start_byte, name.parent.end_byte, name.parent.type))
        return tuple(found)


def _declared_this(file: TreeFile, node: Node) -> Node | None:
    """The type that the function around a place declares for `this`, as TypeScript lets it."""
    at = node.parent
    while at is not None and at.type not in OWN_THIS:
        at = at.parent
    listed = at.child_by_field_name("parameters") if at is not None else None
    first = listed.named_children[0] if listed is not None and listed.named_children else None
    pattern = first.child_by_field_name("pattern") if first is not None else None
    is_this = first is not None and pattern is not None and file.text(pattern) == "this"
    return first.child_by_field_name("type") if first is not None and is_this else None


def _expression_at(node: Node) -> Node | None:
    """The object, function or call that begins where a node does; None where a name does."""
    found = None
    at: Node | None = node
    while at is not None and at.start_byte == node.start_byte and not is_end(at.type):
        if at.type in _WRITTEN:
            found = at
        at = at.parent
    return found if node.type not in shapes.TYPE_NAMES or found is not None else None
