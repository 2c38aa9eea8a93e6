"""Types of TypeScript that are worked out of others: aliases with arguments, mapped, conditional, looked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.inference import Wanted
from repoagent_indexers.resolve.typed.nodes import first_field
from repoagent_indexers.resolve.typed.program import MAX_STEPS
from repoagent_indexers.resolve.typed.terms import Code, Foreign, Literal, Many, Parameter, Thing, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node


_ALIASES = frozenset({"type_alias_declaration", "type_item"})
_MAX_WITHIN = 8
_MAX_UNDECIDED = 2


class TypeOperators(Analysis):
    """Types of TypeScript that are worked out of others."""

    def expanded(self, file: TreeFile, name: Node, arguments: Sequence[Node], depth: int) -> Types:
        """What an alias with type parameters stands for, given its arguments; () for what is none."""
        label = name if name.type in {"type_identifier", "identifier"} else name.named_children[-1]
        meaning = self.mean(file, label)
        self._steps += 1
        if meaning is None:
            return ()
        if self._steps > MAX_STEPS:
            self._cuts += 1
            return ()
        found: list[Type] = []
        given = [self.annotation(file, each, depth + 1) for each in arguments] if meaning.places else []
        for place in sorted(meaning.places):
            where = self.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            node = where.definition_node(number) if where is not None and number is not None else None
            if where is None or node is None or number is None:
                continue
            value = first_field(node, "value|type") if node.type in _ALIASES else None
            if value is None or self._is_endless(place):
                continue
            self._expanding.append(place)
            row = self.bound_to(where, node, given, depth)
            with self.under(self.bindings.number(row)):
                found += self.annotation(where, value, depth + 1)
            self._expanding.pop()
        return tuple(found)

    def _is_endless(self, alias: Place) -> bool:
        """Whether an alias is expanded within itself where nothing says when that ends, or very often."""
        within = self._expanding.count(alias)
        return within > 0 and (self._undecided > 0 or within > _MAX_WITHIN)

    def conditional(self, file: TreeFile, node: Node, depth: int) -> Types:
        """What `A extends B ? C : D` may be: one of the two where that is plain, else both."""
        left, right, consequence, alternative = (
            node.child_by_field_name(each) for each in ("left", "right", "consequence", "alternative")
        )
        if right is None:
            return ()
        checked = self.annotation(file, left, depth + 1)
        holds = self._extends(file, checked, left, right, depth)
        if holds is None and self._undecided >= _MAX_UNDECIDED:
            return ()
        found: list[Type] = []
        self._undecided += holds is None
        if holds is not False:
            row = self._inferred(file, node, right, checked, depth)
            with self.under(self.bindings.joined(self.given, row)):
                found += self.annotation(file, consequence, depth + 1)
        if holds is not True:
            found += self.annotation(file, alternative, depth + 1)
        self._undecided -= holds is None
        return tuple(dict.fromkeys(found))

    def _inferred(
        self, file: TreeFile, node: Node, right: Node, checked: Types, depth: int
    ) -> dict[tuple[str, int, int], Types]:
        """What the words behind `infer` stand for."""
        wanted: Wanted = {}
        waiting = [right]
        while waiting:
            here = waiting.pop()
            if here.type == "infer_type" and here.named_children:
                wanted[file.path, here.named_children[0].start_byte, node.end_byte] = {}
            waiting += here.named_children
        if wanted:
            self.infer(objects(self.annotation(file, right, depth + 1)), objects(checked), wanted, depth + 1)
        return {slot: tuple(found) for slot, found in wanted.items() if found}

    def _extends(self, file: TreeFile, checked: Types, left: Node | None, right: Node, depth: int) -> bool | None:
        """Whether one type is a case of another; None where that is not plain."""
        if not checked or any(isinstance(each, Parameter) for each in checked):
            return None
        if right.type == "index_type_query" and right.named_children:
            words = [each.word for each in checked if isinstance(each, Literal)]
            keyed = objects(self.annotation(file, right.named_children[0], depth + 1))
            if len(words) != len(checked) or not keyed:
                return None
            places, is_known = self.members_of(keyed, words[0])
            return True if places else (False if is_known else None)
        if right.type == "tuple_type":
            tuples = [each.places for each in checked if isinstance(each, Many) and each.places is not None]
            if len(tuples) != len(checked):
                return None
            wanted = right.named_children
            if any(each.type == "rest_type" for each in wanted):
                return all(len(places) >= len(wanted) - 1 for places in tuples)
            return all(len(places) == len(wanted) for places in tuples)
        if left is not None and left.type == "predefined_type":
            meant = self.annotation(file, right, depth + 1)
            if meant and all(isinstance(each, Literal) for each in meant):
                return False
        if right.type == "predefined_type" and all(isinstance(each, Thing | Code | Many) for each in checked):
            return False if file.text(right) in {"string", "number", "boolean", "null", "undefined", "symbol"} else None
        return None

    def looked_up(self, file: TreeFile, node: Node, depth: int) -> Types:
        """What `Type[number]` or `Type["key"]` is."""
        of, key = node.named_children[0], node.named_children[-1]
        types = self.bounded(self.annotation(file, of, depth + 1), depth)
        if file.text(key) == "number":
            return tuple(t for each in types if isinstance(each, Many) for t in each.items)
        found: list[Type] = []
        for each in self.annotation(file, key, depth + 1):
            if isinstance(each, Literal):
                found += self._at(types, each.word, depth)
        return tuple(found)

    def _at(self, types: Types, word: str, depth: int) -> Types:
        tuples = [each.places for each in types if isinstance(each, Many) and each.places is not None]
        if tuples and word == "length":
            return tuple(Literal(str(len(places))) for places in tuples)
        if tuples and word.isdigit():
            return tuple(t for places in tuples if int(word) < len(places) for t in places[int(word)])
        return self.member_types(objects(types), word, depth + 1)

    def tuple_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        """A tuple's type, what it spreads in its place."""
        places: list[Types] = []
        rest: Types = ()
        loose: list[Type] = []
        for child in node.named_children:
            if child.type == "rest_type":
                spread = self.annotation(file, child.named_children[-1], depth + 1)
                inner = [each.places for each in spread if isinstance(each, Many) and each.places is not None]
                if len(inner) == len(spread) == 1:
                    places += inner[0]
                elif child.id == node.named_children[-1].id:
                    rest = spread
                else:
                    loose += [t for each in spread if isinstance(each, Many) for t in each.items] or [Foreign()]
            elif child.type != "comment":
                places.append(objects(self.annotation(file, child.child_by_field_name("type") or child, depth + 1)))
        held = [t for each in rest if isinstance(each, Many) for t in each.items]
        items = tuple(dict.fromkeys([*(t for each in places for t in each), *loose, *held]))
        return (Many(items, (), None if loose else tuple(places), rest),)

    def utility(self, file: TreeFile, name: str, inside: Sequence[Node], depth: int) -> Types | None:
        """What the types of TypeScript's own library give that ask for more than to be seen through."""
        if not inside or name not in {"ReturnType", "Parameters", "InstanceType", "ConstructorParameters"}:
            return None
        types = self.annotation(file, inside[0], depth + 1)
        if name == "InstanceType":
            return types
        signatures = self.signatures(types)
        if name == "ReturnType":
            return tuple(t for each in signatures[-1:] for t in self.returned(each, depth + 1))
        places = []
        for each in signatures[-1:]:
            n = 0
            while n < 8 and (expected := self.parameter_at(each, n, depth + 1)):
                places.append(expected)
                n += 1
        return (Many(tuple(t for each in places for t in each), (), tuple(places)),)


def mapped_clause(mapped: Node) -> tuple[Node, Node, Node | None] | None:
    """Of `{ [K in keyof Type]: ... }` the name of the key, the type whose keys it has, and what they hold."""
    for signature in mapped.named_children:
        clause = signature.named_children[0] if signature.type == "index_signature" else None
        if clause is None or clause.type != "mapped_type_clause":
            continue
        keys, name = clause.child_by_field_name("type"), clause.child_by_field_name("name")
        note = signature.child_by_field_name("type")
        if name is not None and keys is not None and keys.type == "index_type_query" and keys.named_children:
            return name, keys.named_children[0], note.named_children[0] if note and note.named_children else None
    return None
