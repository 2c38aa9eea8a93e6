"""What variables, parameters and parts of patterns of Swift are, by what they are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.swift import library, tree
from repoagent_indexers.resolve.swift.terms import (
    Library,
    Meta,
    Tuple,
    Type,
    array,
    bound,
    unwrapped,
)
from repoagent_indexers.resolve.swift.tree import SwiftFile
from repoagent_indexers.resolve.swift.values import SwiftValues
from repoagent_indexers.resolve.swift.written import MAX_DEPTH

if TYPE_CHECKING:
    from tree_sitter import Node


class SwiftPatterns(SwiftValues):
    """What is bound."""

    def bound_type(self, file: SwiftFile, name: Node) -> Type | None:
        """What a variable, a parameter or a part of a pattern is."""
        return self._worked_out(file, name, "bound", self._bound_type)

    def _bound_type(self, file: SwiftFile, name: Node) -> Type | None:
        parent = name.parent
        if parent is None:
            return None
        if parent.type == "parameter":
            said = self.written(file, tree.written_in(parent))
            behind = parent.next_sibling
            is_open = tree.text(parent).endswith("...") or (behind is not None and behind.type == "...")
            return array(said) if is_open else said
        if parent.type == "lambda_parameter":
            if (written := tree.written_in(parent)) is not None:
                return self.written(file, written)
            listed = parent.parent
            function = listed
            while function is not None and function.type != "lambda_literal":
                function = function.parent
            if listed is None or function is None:
                return None
            names = [each for each in listed.named_children if each.type == "lambda_parameter"]
            place = next((n for n, each in enumerate(names) if each.id == parent.id), 0)
            return self.closure_parameter(file, function, place, len(names))
        if parent.type == "capture_list_item":
            return self.value(file, parent.child_by_field_name("value"))
        if parent.type in {"computed_setter", "willset_clause", "didset_clause"}:
            return self._held_by_property(file, name)
        if parent.type in tree.CONDITIONS:
            value = tree.value_behind(name)
            if value is not None:
                annotated = self._annotation_in_condition(name)
                return unwrapped(self.written(file, annotated) if annotated is not None else self.value(file, value))
            looked = self.look_up(file, name, tree.text(name), skip=name.start_byte)
            if looked.local is not None:
                return unwrapped(self.bound_type(file, looked.local.node))
            return unwrapped(self.type_of_candidate(looked.candidates[0])) if looked.candidates else None
        return self.pattern_type(file, parent) if parent.type == "pattern" else None

    def _annotation_in_condition(self, name: Node) -> Node | None:
        behind = name.next_named_sibling
        return tree.written_in(behind) if behind is not None and behind.type == "type_annotation" else None

    def pattern_type(self, file: SwiftFile, pattern: Node) -> Type | None:
        """What a pattern is held against."""
        parent = pattern.parent
        if parent is None or self._depth > MAX_DEPTH:
            return None
        if parent.type == "pattern":
            said = tree.written_in(parent)
            if said is not None:
                return self.written(file, said)
            whole = self.pattern_type(file, parent)
            beside = [each for each in parent.named_children if each.type == "pattern"]
            place = next((n for n, each in enumerate(beside) if each.id == pattern.id), 0)
            if (case := self.case_name(parent)) is not None:
                return self._held_by_case(file, whole, case, place, _label_before(pattern))
            return self._item(whole, place, len(beside))
        if parent.type == "property_declaration":
            behind = pattern.next_named_sibling
            if behind is not None and behind.type == "type_annotation":
                return self.written(file, tree.written_in(behind))
            while behind is not None and behind.type == "comment":
                behind = behind.next_named_sibling
            return self.value(file, behind) if behind is not None and behind.type != "pattern" else None
        if parent.type == "for_statement":
            return self.element(self.value(file, parent.child_by_field_name("collection")))
        if parent.type == "switch_pattern":
            switch = parent.parent.parent if parent.parent is not None else None
            return self.value(file, switch.child_by_field_name("expr")) if switch is not None else None
        if parent.type in tree.CONDITIONS:
            return self._in_condition(file, pattern)
        if parent.type == "catch_block":
            named = next((each for each in pattern.children if each.type in tree.WRITTEN_TYPES), None)
            return self.written(file, named) if named is not None else Library("Error")
        return None

    def _in_condition(self, file: SwiftFile, pattern: Node) -> Type | None:
        """What a pattern of `if case` is held against: its grammar has all in one row."""
        whole = self.value(file, tree.value_behind(pattern))
        place, depth, label, case, at = 0, 0, "", None, pattern.prev_sibling
        label = _label_before(pattern)
        while at is not None and at.type != "case":
            if at.type == ")":
                depth += 1
            elif at.type == "(":
                depth -= 1
            elif at.type == "," and depth == 0:
                place += 1
            elif depth < 0 and at.type == "simple_identifier":
                case = at if at.prev_sibling is not None and at.prev_sibling.type == "." else None
                break
            at = at.prev_sibling
        if case is not None:
            return self._held_by_case(file, whole, case, place, label)
        if depth < 0 and isinstance(whole, Tuple):
            return whole.items[place] if place < len(whole.items) else None
        return unwrapped(whole) if pattern.next_sibling is not None and pattern.next_sibling.type == "?" else whole

    def case_name(self, pattern: Node) -> Node | None:
        """The name of the case that a pattern is for: `.some(let x)`."""
        for n, each in enumerate(pattern.children):
            if (
                each.type == "simple_identifier"
                and n
                and pattern.children[n - 1].type in {".", "value_binding_pattern"}
            ):
                behind = pattern.children[n + 1] if n + 1 < len(pattern.children) else None
                if pattern.children[n - 1].type == "." or (behind is not None and behind.type == "("):
                    return each
            if each.type == "simple_identifier" and n and pattern.children[n - 1].type in tree.WRITTEN_TYPES:
                return each
            if each.type == "navigation_expression":
                return each.named_children[-1].named_children[0]
        return None

    def _held_by_case(self, file: SwiftFile, whole: Type | None, case: Node, place: int, label: str) -> Type | None:
        name = tree.text(case)
        if case.parent is not None and case.parent.type == "navigation_suffix" and case.parent.parent is not None:
            named = self.value(file, case.parent.parent.child_by_field_name("target"))
            whole = whole if whole is not None else (named.of if isinstance(named, Meta) else None)
        if (
            isinstance(whole, Library)
            and whole.name in {"Optional", "Result"}
            and name in library.OWN_CASES[whole.name]
        ):
            at = 1 if name == "failure" else 0
            return whole.arguments[at] if at < len(whole.arguments) else None
        of = unwrapped(whole)
        for each in self.candidates(of, name, file, case.start_byte) if of is not None else ():
            where = self.swift_file(each.path)
            node = where.declaration(each.number) if where is not None else None
            if where is None or node is None or node.type != "enum_entry":
                continue
            at_name = where.node_at(where.name_start(each.number))
            values = tree.values_of(at_name) if at_name is not None else None
            if not values:
                return None
            labelled = [n for n, value in enumerate(values) if label and value.label == label]
            place = labelled[0] if labelled else place
            items = tuple(self.written(where, value.written) for value in values)
            given = self.given_to(each)
            if place < len(items):
                return self.simplified(bound(items[place], given))
        return None

    def _item(self, whole: Type | None, place: int, n: int) -> Type | None:
        of = unwrapped(whole) if n > 1 else whole
        if isinstance(of, Tuple) and n > 1:
            return of.items[place] if place < len(of.items) else None
        return whole if n == 1 else None


def _label_before(pattern: Node) -> str:
    """The label of a value of a case: `.two(first: let x)`."""
    colon = pattern.prev_sibling
    label = colon.prev_sibling if colon is not None and colon.type == ":" else None
    return tree.text(label) if label is not None and label.type == "simple_identifier" else ""
