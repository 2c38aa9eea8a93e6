"""What variables and parameters of Scala are, those of patterns among them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.scala import library, nodes
from repoagent_indexers.resolve.scala.given import ScalaGiven
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.bindings import Slot
from repoagent_indexers.resolve.typed.terms import (
    FOREIGN,
    Code,
    Many,
    Parameter,
    Thing,
    Type,
    Types,
    elements,
    objects,
)

if TYPE_CHECKING:
    from tree_sitter import Node


class ScalaPatterns(ScalaGiven):
    """What variables and parameters of Scala are, those of patterns among them."""

    def _declared(self, file: TreeFile, name: Node, depth: int) -> Types:
        if file.language != "scala":
            return super()._declared(file, name, depth)
        binder = nodes.binder_of(name)
        if binder is None:
            holder = name.parent
            if holder is not None and holder.type == "identifiers":
                holder = holder.parent
            binder = holder if holder is not None and holder.type in nodes.VALUES else None
        if binder is None:
            return ()
        kind = binder.type
        if kind in {"class_parameter", "parameter", "binding", "val_declaration", "var_declaration"}:
            written = binder.child_by_field_name("type")
            if written is not None:
                return objects(self.annotation(file, written, depth))
            around = binder.parent
            function = around.parent if around is not None and around.type == "bindings" else None
            if function is not None and around is not None:
                place = [each.id for each in nodes.parts(around)].index(binder.id)
                return self.given_to(file, function, place, depth)
            return ()
        if kind == "lambda_expression":
            return self.given_to(file, binder, 0, depth)
        if kind == "self_type":
            return tuple([*self.types_around(file, name.start_byte)][:1])
        return self._taken_out(file, name, binder, depth)

    def _taken_out(self, file: TreeFile, name: Node, binder: Node, depth: int) -> Types:
        """What a variable of a pattern is."""
        if binder.type in {"val_definition", "var_definition"}:
            written = binder.child_by_field_name("type")
            pattern, value = (binder.child_by_field_name(each) for each in ("pattern", "value"))
            whole = (
                objects(self.annotation(file, written, depth))
                if written is not None
                else self.type_of(file, value, depth)
            )
            if written is None:
                whole = tuple(self._without_arguments(whole, depth))
        elif binder.type == "enumerator":
            pattern, value = nodes.parts(binder)[:2]
            whole = self.type_of(file, value, depth)
            if any(child.type == "<-" for child in binder.children):
                whole = self._looped(whole, depth)
        else:
            pattern = binder.child_by_field_name("pattern")
            whole = self._matched(file, binder, depth)
        return self._in_pattern(file, pattern, name, whole, depth) if pattern is not None else ()

    def _looped(self, over: Types, depth: int) -> Types:
        """What a loop takes: what collections hold, what the `map` or `foreach` of others gives its function."""
        found: list[Type] = []
        for each in self.bounded(over, depth):
            if isinstance(each, Many):
                found += each.items
            elif isinstance(each, Thing):
                for word in ("map", "flatMap", "foreach"):
                    if types := tuple(
                        t
                        for c in self.values_of_members((each,), word, depth)
                        if isinstance(c, Code)
                        for t in self.taken_by(c, 0, 0, depth)
                    ):
                        found += [t for f in types if isinstance(f, Code) for t in self.taken_by(f, 0, 0, depth)]
                        break
                else:
                    found += self.items((each,), depth)
        return tuple(dict.fromkeys(found))

    def _matched(self, file: TreeFile, clause: Node, depth: int) -> Types:
        """What a case is asked of."""
        block = clause.parent
        around = block.parent if block is not None else None
        if block is None or around is None:
            return ()
        if around.type == "match_expression" and nodes.field_of(around, block) == "body":
            return self.type_of(file, around.child_by_field_name("value"), depth)
        if around.type == "catch_clause":
            return FOREIGN
        pattern = clause.child_by_field_name("pattern")
        given = self.given_to(file, block, 0, depth)
        if (
            pattern is not None
            and pattern.type == "tuple_pattern"
            and not any(isinstance(each, Many) and each.places for each in given)
        ):
            second = self.given_to(file, block, 1, depth)
            return self._tuple((given, second)) if second else given
        return given

    def _in_pattern(self, file: TreeFile, pattern: Node, name: Node, whole: Types, depth: int) -> Types:
        """What a name in a pattern is, given what the pattern is matched with."""
        if pattern.id == name.id:
            return whole
        kind = pattern.type
        if kind == "identifiers":
            return whole
        if kind == "capture_pattern":
            inner = pattern.child_by_field_name("pattern")
            label = pattern.child_by_field_name("name")
            if inner is None or label is None:
                return ()
            return (
                self._narrowed(file, inner, whole, depth)
                if label.id == name.id
                else self._in_pattern(file, inner, name, whole, depth)
            )
        if kind == "typed_pattern":
            return objects(self.annotation(file, pattern.child_by_field_name("type"), depth))
        inside = nodes.in_field(pattern, "pattern") if kind == "case_class_pattern" else nodes.parts(pattern)
        if kind == "infix_pattern":
            inside = [each for side in ("left", "right") if (each := pattern.child_by_field_name(side)) is not None]
        for n, each in enumerate(inside):
            if each.start_byte <= name.start_byte < each.end_byte:
                if kind == "tuple_pattern":
                    return self._in_pattern(file, each, name, elements(whole, n), depth)
                if kind == "alternative_pattern":
                    return self._in_pattern(file, each, name, whole, depth)
                label = pattern.child_by_field_name("type") or pattern.child_by_field_name("operator")
                if label is not None:
                    return self._in_pattern(file, each, name, self._extracted(file, label, n, whole, depth), depth)
        return ()

    def _narrowed(self, file: TreeFile, pattern: Node, whole: Types, depth: int) -> Types:
        """What matches a pattern."""
        if pattern.type == "typed_pattern":
            return objects(self.annotation(file, pattern.child_by_field_name("type"), depth))
        if pattern.type == "case_class_pattern" and (label := pattern.child_by_field_name("type")) is not None:
            found = self._matching_class(file, label, whole, depth)
            return found or whole
        return whole

    def _matching_class(self, file: TreeFile, label: Node, whole: Types, depth: int) -> Types:
        named = label.named_children[-1] if label.type in {"stable_type_identifier", "stable_identifier"} else label
        found = self.mean(file, named)
        types = objects(self._types_of(found.places, depth)) if found is not None and found.places else ()
        classes = tuple(each for each in types if isinstance(each, Thing) and self.kind_of(each) in {"class", "member"})
        rows = {
            slot: types
            for each in whole
            if isinstance(each, Thing)
            for slot, types in self.bindings[self.environment(each)].items()
        }
        return tuple(self._as_derived(each, rows) for each in classes)

    def _as_derived(self, of: Thing, row: dict[Slot, Types]) -> Thing:
        """A class with type parameters that stand for what those of what it is derived from stand for."""
        found: dict[Slot, Types] = {}
        for base in self.lineage(of):
            for slot, types in self.bindings[base.given].items():
                if slot in row:
                    for each in types:
                        if isinstance(each, Parameter):
                            found[each.path, each.start, each.end] = row[slot]
        return replace(of, given=self.bindings.number({**found, **row})) if found or row else of

    def _extracted(self, file: TreeFile, label: Node, place: int, whole: Types, depth: int) -> Types:
        """What an extractor gives at a place: of a case class its parameter, else what `unapply` gives."""
        name = file.text(label)
        named = label.named_children[-1] if label.type in {"stable_type_identifier", "stable_identifier"} else label
        found = self.mean(file, named)
        if found is None or not found.places:
            many = tuple(each for each in whole if isinstance(each, Many))
            if name in {"::", "+:"}:
                return tuple(t for each in many for t in each.items) if not place else many
            if name == ":+":
                return tuple(t for each in many for t in each.items) if place else many
            if name == "->":
                return elements(whole, place)
            if name == "Left":
                return tuple(t for each in many for t in each.rest)
            return tuple(t for each in many for t in each.items) if name in library.MAKING_MANY else ()
        for each in self._matching_class(file, label, whole, depth):
            where = self.file(each.path) if isinstance(each, Thing) else None
            generic = where.definition_node(each.number) if where is not None and isinstance(each, Thing) else None
            if generic is not None and nodes.is_case(generic) and isinstance(each, Thing) and where is not None:
                lists = nodes.parameter_lists(generic)
                if lists and place < len(lists[0]):
                    with self.under(self.environment(each)):
                        written = lists[0][place].child_by_field_name("type")
                        return objects(self.annotation(where, written, depth + 1))
        for value in self.types_as_values(found.places, depth):
            for word in ("unapply", "unapplySeq"):
                for code in self.values_of_members((value,), word, depth):
                    given = self.returned(code, depth + 1) if isinstance(code, Code) else ()
                    held = tuple(t for each in given if isinstance(each, Many) for t in each.items)
                    if word == "unapplySeq":
                        return tuple(t for each in held if isinstance(each, Many) for t in each.items)
                    if held:
                        is_tuple = any(isinstance(each, Many) and each.places for each in held)
                        return elements(held, place) if is_tuple else held
        return ()
