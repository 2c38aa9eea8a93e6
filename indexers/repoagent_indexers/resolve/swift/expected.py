"""What is expected where an expression of Swift stands, and what the library's commonest members ask for and give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.swift import library, tree
from repoagent_indexers.resolve.swift.calls import SwiftCalls
from repoagent_indexers.resolve.swift.terms import (
    UNIT,
    Function,
    Library,
    Meta,
    Named,
    Tuple,
    Type,
    array,
    bound,
    optional,
    unwrapped,
)
from repoagent_indexers.resolve.swift.tree import Given, SwiftFile
from repoagent_indexers.resolve.tree_file import TYPES

if TYPE_CHECKING:
    from tree_sitter import Node

_INSIDE = frozenset({"try_expression", "await_expression"})

_MAX_DEPTH = 30


class SwiftExpected(SwiftCalls):
    """What is expected where an expression stands."""

    # -- what is expected -----------------------------------------------------------------------------------------

    def wanted(self, file: SwiftFile, node: Node) -> Type | None:
        """What is expected where an expression stands."""
        return self._worked_out(file, node, node.type + " expected", self._expected, max_depth=_MAX_DEPTH)

    def _expected(self, file: SwiftFile, node: Node) -> Type | None:
        parent = node.parent
        if parent is None:
            return None
        kind, field = parent.type, tree.field_of(node)
        if kind in {"value_argument", "call_suffix"} and (call := tree.call_around(node)) is not None:
            return self._asked_for(file, call, node)
        if kind in _INSIDE or (kind == "ternary_expression" and field != "condition"):
            return self.wanted(file, parent)
        if kind == "tuple_expression":
            return self._expected_in_tuple(file, parent, node)
        if kind == "nil_coalescing_expression":
            return unwrapped(self.value(file, parent.child_by_field_name("value"))) if field == "if_nil" else None
        if kind == "property_declaration":
            before = node.prev_named_sibling
            if before is not None and before.type == "type_annotation":
                return self.written(file, tree.written_in(before))
            return None
        if kind == "assignment" and field == "result":
            target = parent.child_by_field_name("target")
            return self.value(file, target.named_children[0]) if target is not None and target.named_children else None
        if kind in {"equality_expression", "comparison_expression"}:
            other = parent.child_by_field_name("rhs" if field == "lhs" else "lhs")
            return unwrapped(self.value(file, other)) if other is not None and not self.is_implicit(other) else None
        if kind == "infix_expression" and field in {"lhs", "rhs"}:
            other = parent.child_by_field_name("rhs" if field == "lhs" else "lhs")
            return unwrapped(self.value(file, other)) if other is not None and not self.is_implicit(other) else None
        if kind == "control_transfer_statement" and parent.children[0].type == "return":
            return self._returned_around(file, parent)
        if kind == "control_transfer_statement" and tree.text(parent.children[0]).startswith("throw"):
            return None
        if kind in {"array_literal"}:
            return self.element(self.wanted(file, parent))
        if kind == "dictionary_literal":
            whole = unwrapped(self.wanted(file, parent))
            if isinstance(whole, Library) and len(whole.arguments) == 2:
                return whole.arguments[field == "value"]
            return None
        if kind in tree.CALLED and node.prev_sibling is not None and node.prev_sibling.type == "=":
            asked = node.prev_sibling.prev_sibling
            return self.written(file, tree.written_in(asked)) if asked is not None else None
        if kind == "enum_type_parameters" and node.prev_sibling is not None and node.prev_sibling.type == "=":
            return self.written(file, node.prev_named_sibling)
        if kind == "statements":
            return self._expected_of_block(file, node, parent)
        if kind == "pattern" and parent.parent is not None:
            return self.pattern_type(file, parent)
        if kind == "range_expression":
            other = parent.child_by_field_name("end" if field == "start" else "start")
            return self.value(file, other)
        return None

    def _expected_in_tuple(self, file: SwiftFile, whole: Node, node: Node) -> Type | None:
        items = [c for n, c in enumerate(whole.children) if whole.field_name_for_child(n) == "value"]
        wanted = self.wanted(file, whole)
        if len(items) == 1:
            return wanted
        place = next((n for n, each in enumerate(items) if each.id == node.id), 0)
        of = unwrapped(wanted)
        return of.items[place] if isinstance(of, Tuple) and place < len(of.items) else None

    def _expected_of_block(self, file: SwiftFile, node: Node, block: Node) -> Type | None:
        """What is expected of the only expression of a closure, a function, a getter, a branch."""
        around = block.parent
        if around is None or len(tree.parts(block)) != 1:
            return None
        if around.type in {"if_statement", "switch_entry"}:
            whole = around.parent if around.type == "switch_entry" else around
            return self.wanted(file, whole) if whole is not None else None
        return self._returned_around(file, node)

    def _returned_around(self, file: SwiftFile, node: Node) -> Type | None:
        """What the function, closure or getter around a place gives."""
        at = node.parent
        while at is not None:
            if at.type == "lambda_literal":
                said = at.child_by_field_name("type")
                written = tree.written_in(said) if said is not None else None
                if written is not None:
                    return self.written(file, written)
                wanted = unwrapped(self.wanted(file, at))
                return wanted.result if isinstance(wanted, Function) else None
            if at.type in tree.CALLED and at.type != "subscript_declaration":
                return self.written(file, tree.result_of(at))
            if at.type == "subscript_declaration":
                return self.written(file, tree.result_of(at))
            if at.type == "property_declaration":
                note = next((c for c in at.named_children if c.type == "type_annotation"), None)
                return self.written(file, tree.written_in(note)) if note is not None else None
            if at.type in {"class_body", "enum_class_body"}:
                return None
            at = at.parent
        return None

    def _asked_for(self, file: SwiftFile, call: Node, node: Node) -> Type | None:
        """The type of the parameter that an argument is for."""
        given = tree.arguments_of(call)
        place = next((n for n, each in enumerate(given) if each.value.id == node.id), -1)
        if place < 0:
            return None
        found, of = self.called(file, call)
        if found and self._kind((found[0].path, found[0].number)) in TYPES | {"type"}:
            meant = self.type_of_symbol_value((found[0].path, found[0].number))
            found, of = [], meant
        if not found and isinstance(of, Meta):
            inner = of.of
            makers = self.choose(file, call, self.candidates(inner, "init", file, call.start_byte))
            if makers:
                found = makers
            else:
                fields = self.candidates(inner, given[place].label, file)[:1] if given[place].label else []
                return self.type_of_candidate(fields[0]) if fields else None
        if not found and (made := self.made_of_fields(file, call)) is not None and given[place].label:
            fields = self.candidates(made, given[place].label, file, call.start_byte)[:1]
            return self.type_of_candidate(fields[0]) if fields else None
        for each in found[:1]:
            asked = self.asked_by(each)
            places = tree.fitted(asked, given) if asked is not None else None
            where = self.swift_file(each.path)
            if asked is None or places is None or where is None:
                held = unwrapped(self.type_of_candidate(each))
                return held.parameters[place] if isinstance(held, Function) and place < len(held.parameters) else None
            wanted = self.asked_type(where, asked[places[place]])
            return self.simplified(bound(wanted, self.inferred(file, call, each, with_closures=False)))
        of = unwrapped(of) if not isinstance(of, Meta) else None
        if isinstance(of, Function):
            return of.parameters[place] if place < len(of.parameters) else None
        return self._asked_by_library(file, call, given[place])

    def made_of_fields(self, file: SwiftFile, call: Node) -> Type | None:
        """The type that a call makes an object of by its properties, without an initialiser that is written."""
        found, of = self.called(file, call)
        if found and self._kind((found[0].path, found[0].number)) in TYPES | {"type"}:
            of = self.type_of_symbol_value((found[0].path, found[0].number))
        elif found:
            return None
        callee = tree.callee_of(call)
        if not isinstance(of, Meta) and tree.text(callee).endswith(("self.init", "Self.init", ".init")):
            target = callee.child_by_field_name("target")
            of = (
                self.value(file, target)
                if callee.type == "navigation_expression"
                else self._expected_chain(file, callee)
            )
            if isinstance(of, Named):
                of = Meta(of)
        if not isinstance(of, Meta) or self.choose(file, call, self.candidates(of.of, "init", file, call.start_byte)):
            return None
        return of.of

    def _expected_chain(self, file: SwiftFile, prefix: Node) -> Type | None:
        return self.wanted(file, prefix.parent) if prefix.parent is not None else None

    def _asked_by_library(self, file: SwiftFile, call: Node, argument: Given) -> Type | None:
        """What the closures of the library's commonest methods are given."""
        base, name = self._taken_from(file, call)
        callee = tree.callee_of(call)
        if base is None:
            return None
        is_optional = (
            isinstance(base, Library)
            and base.name == "Optional"
            and tree.text(callee)[-len(name) - 2 : -len(name)] != "?."
        )
        whole = self.wanted(file, call) if name in {"map", "flatMap", "compactMap"} else None
        if is_optional and name in {"map", "flatMap"}:
            return Function((unwrapped(base),), unwrapped(whole))
        of = unwrapped(base)
        held = self.element(of)
        if held is None:
            return None
        if argument.value.type not in {"lambda_literal", "navigation_expression", "simple_identifier"}:
            return held if name in {"append", "contains", "insert", "firstIndex", "lastIndex"} else None
        if argument.value.type != "lambda_literal" and not tree.text(argument.value).startswith("\\"):
            return held if name in {"append", "insert"} else None
        if name == "reduce":
            first = tree.arguments_of(call)[0]
            made = self.value(file, first.value)
            return Function((made, held), made if first.label != "into" else UNIT)
        if name == "mapValues" and isinstance(of, Library) and len(of.arguments) == 2:
            return Function((of.arguments[1],), None)
        if name in {"sorted", "sort", "min", "max"}:
            return Function((held, held), Library("Bool"))
        if name in library.TO_EACH:
            truth = name not in {"map", "compactMap", "flatMap", "forEach"}
            return Function((held,), Library("Bool") if truth else self.element(whole) if name == "map" else None)
        return None

    def _taken_from(self, file: SwiftFile, call: Node) -> tuple[Type | None, str]:
        """What the method of a call is taken from, be it `self`, and its name."""
        callee = tree.callee_of(call)
        if callee.type == "simple_identifier":
            return self.own_object(file, callee), tree.text(callee)
        target = callee.child_by_field_name("target") if callee.type == "navigation_expression" else None
        label = callee.named_children[-1].named_children if target is not None else []
        return (self.value(file, target), tree.text(label[0])) if label else (None, "")

    def member_of_library(self, file: SwiftFile, node: Node, base: Type | None, name: str) -> Type | None:
        """What a member of a type from outside is, where that is plain."""
        of = unwrapped(base)
        if isinstance(of, Meta):
            if isinstance(of.of, Library | Named):
                inner = self.type_member(of.of, name)
                if inner is not None:
                    return Meta(inner)
                if name == "allCases":
                    return array(of.of)
            return None
        if of is None:
            return None
        label = node.named_children[-1].named_children[0] if node.type == "navigation_expression" else node
        call = tree.call_of(label)
        is_call = call is not None
        if name == "rawValue" and isinstance(of, Named):
            for each in self.supers(of, file, node.start_byte):
                if isinstance(each, Library) and each.name in {"String", "Int", "UInt8", "UInt32", "UInt"}:
                    return each
        is_optional = (
            isinstance(base, Library) and base.name == "Optional" and not any(c.type == "?" for c in node.children)
        )
        if is_optional and name in {"map", "flatMap"} and is_call:
            made = self._made_by_closure(file, call)
            return optional(unwrapped(made)) if made is not None else None
        if name in library.NUMBERS and not (is_call and name.endswith("Index")):
            return Library("Int") if name not in {"firstIndex", "lastIndex"} else None
        if name in library.TEXTS:
            return Library("String")
        if name in library.TRUTHS:
            return Library("Bool")
        if isinstance(of, Library) and of.name == "Dictionary" and len(of.arguments) == 2:
            if name in {"keys", "values"}:
                return array(of.arguments[name == "values"])
            if name == "mapValues" and is_call:
                return Library("Dictionary", (of.arguments[0], self._made_by_closure(file, call)))
            if name == "filter":
                return of
            if name in {"removeValue", "updateValue"}:
                return optional(of.arguments[1])
        if name in {"pointee", "baseAddress"} and isinstance(of, Library) and of.arguments:
            is_pointee = name == "pointee"
            return of.arguments[0] if is_pointee else optional(Library(of.name.replace("Buffer", ""), of.arguments))
        if name in {"startIndex", "endIndex", "index"}:
            return self.type_member(of, "Index")
        held = self.element(of)
        if held is None:
            return Library("String") if name in {"description"} else None
        if name in library.ONE:
            return optional(held)
        if name in library.TAKEN:
            return held
        if name in library.ALIKE:
            if isinstance(of, Library) and of.name in {"String", "Substring"} and name == "filter":
                return of
            return of if name == "filter" and isinstance(of, Library) and of.name == "Set" else array(held)
        if name in library.PARTS:
            return self.type_member(of, "SubSequence") or Library("ArraySlice", (held,))
        if name == "enumerated":
            return Library("EnumeratedSequence", (Tuple((Library("Int"), held), ("offset", "element")),))
        if name == "indices":
            return Library("Range", (self.type_member(of, "Index"),))
        if name == "lazy":
            return Library("LazySequence", (held,))
        if name == "makeIterator":
            return Library("AnyIterator", (held,))
        if name == "split":
            return array(
                Library("ArraySlice", (held,))
                if not isinstance(of, Library) or of.name != "String"
                else Library("Substring")
            )
        if is_call and name in {"map", "compactMap", "flatMap"}:
            made = self._made_by_closure(file, call)
            if name == "compactMap":
                made = unwrapped(made)
            return array(self.element(made) if name == "flatMap" else made)
        if is_call and name == "reduce" and call is not None and (given := tree.arguments_of(call)):
            return self.value(file, given[0].value)
        if name in {"union", "intersection", "subtracting", "symmetricDifference"}:
            return of
        return None

    def _made_by_closure(self, file: SwiftFile, call: Node | None) -> Type | None:
        given = tree.arguments_of(call) if call is not None else []
        if not given:
            return None
        value = given[-1].value
        if value.type == "lambda_literal":
            function = self.value(file, value)
            return function.result if isinstance(function, Function) else None
        found = self.value(file, value)
        if isinstance(found, Function):
            return found.result
        if isinstance(found, Meta):
            return None
        return found if tree.text(value).startswith("\\") else None
