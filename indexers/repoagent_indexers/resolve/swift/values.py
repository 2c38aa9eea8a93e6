"""What expressions of Swift are: names, members, literals, operators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.resolve.swift import tree
from repoagent_indexers.resolve.swift.terms import (
    UNIT,
    Function,
    Library,
    Meta,
    Named,
    Parameter,
    Tuple,
    Type,
    array,
    bound,
    optional,
    unwrapped,
)
from repoagent_indexers.resolve.swift.tree import SwiftFile
from repoagent_indexers.resolve.swift.types import Candidate, SwiftTypes
from repoagent_indexers.resolve.swift.written import MAX_DEPTH, Symbol
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TYPES, Declared

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_STEPS = 3000
_LITERALS = {
    "line_string_literal": "String", "multi_line_string_literal": "String", "raw_string_literal": "String",
    "integer_literal": "Int", "hex_literal": "Int", "oct_literal": "Int", "bin_literal": "Int",
    "real_literal": "Double", "boolean_literal": "Bool", "regex_literal": "Regex",
}  # fmt: skip
_TRUTH = frozenset(
    "comparison_expression equality_expression conjunction_expression disjunction_expression check_expression".split()
)
_LEFT = frozenset("additive_expression multiplicative_expression bitwise_operation".split())
_HOLDERS = frozenset({"property", "variable", "constant"})


@dataclass(frozen=True, slots=True)
class Looked:
    """What a bare name means: a variable of a function, a type parameter, or members and what a module declares."""

    local: Declared | None = None
    parameter: Parameter | None = None
    candidates: tuple[Candidate, ...] = ()


class SwiftValues(SwiftTypes):
    """What expressions are."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        super().__init__(index, languages)
        self._values: dict[tuple[str, int, int, str], Type | None] = {}
        self._open_values: set[tuple[str, int, int, str]] = set()
        self._symbol_types: dict[Symbol, Type | None] = {}
        self._open_symbols: set[Symbol] = set()

    # -- expressions ----------------------------------------------------------------------------------------------

    def value(self, file: SwiftFile, node: Node | None) -> Type | None:
        """What an expression is; None when that is not known."""
        if node is None:
            return None
        return self._worked_out(file, node, node.type, self._value, max_steps=_MAX_STEPS)

    def _worked_out(
        self,
        file: SwiftFile,
        node: Node,
        what: str,
        work: Callable[[SwiftFile, Node], Type | None],
        max_depth: int = MAX_DEPTH,
        max_steps: int = 0,
    ) -> Type | None:
        """What `work` says of a node, remembered; not what was cut short and so may be less than there is.

        With `max_steps` it is one of so many steps that a question may take.
        """
        key = (file.path, node.start_byte, node.end_byte, what)
        if key in self._values:
            return self._values[key]
        self._steps += bool(max_steps)
        if key in self._open_values or self._depth > max_depth or (max_steps and self._steps > max_steps):
            self._cuts += 1
            return None
        cuts = self._cuts
        self._open_values.add(key)
        self._depth += 1
        try:
            found = self.in_context(self.simplified(work(file, node)), file, node.start_byte)
        finally:
            self._depth -= 1
            self._open_values.discard(key)
        if found is not None or cuts == self._cuts:
            self._values[key] = found
        return found

    def _value(self, file: SwiftFile, node: Node) -> Type | None:
        kind = node.type
        if kind in _LITERALS:
            wanted = self.wanted(file, node) if kind != "boolean_literal" else None
            return wanted if isinstance(wanted, Library) and not wanted.arguments else Library(_LITERALS[kind])
        if kind == "simple_identifier":
            return self.value_of_name(file, node)
        if kind == "self_expression":
            return self.own_object(file, node)
        if kind == "super_expression":
            return self.superclass(file, node)
        if kind in tree.WRITTEN_TYPES or kind == "type_identifier":
            meant = self.written(file, node)
            return Meta(meant) if meant is not None else None
        if kind == "navigation_expression":
            return self._navigated(file, node)
        if kind == "call_expression":
            left = tree.left_of(node)
            if left is None or left.type == "range_expression":
                return self.result(file, node)
            if left.type in _TRUTH:
                return Library("Bool")
            return unwrapped(self.value(file, left.named_children[0])) or self.result(file, node)
        if kind == "value_parameter_pack" and node.named_children:
            return self.value(file, node.named_children[0])
        if kind == "constructor_expression":
            made = node.child_by_field_name("constructed_type")
            return self.written(file, made)
        if kind == "prefix_expression":
            if node.children[0].type == ".":
                return self.implicit(file, node)
            inner = node.child_by_field_name("target")
            return Library("Bool") if node.children[0].type in {"bang", "!"} else self.value(file, inner)
        if kind == "postfix_expression":
            return unwrapped(self.value(file, node.child_by_field_name("target")))
        if kind == "try_expression":
            inner_type = self.value(file, node.child_by_field_name("expr"))
            return optional(unwrapped(inner_type)) if tree.text(node.children[0]) == "try?" else inner_type
        if kind == "await_expression":
            return self.value(file, node.child_by_field_name("expr") or node.named_children[-1])
        if kind == "as_expression":
            said = self.written(file, tree.written_in(node))
            return (
                optional(said)
                if "?" in tree.text(next((c for c in node.children if c.type == "as_operator"), node))
                else said
            )
        if kind in _TRUTH:
            return Library("Bool")
        if kind in _LEFT:
            left, right = node.child_by_field_name("lhs"), node.child_by_field_name("rhs")
            return self.value(file, right if left is not None and left.type in _LITERALS else left)
        if kind == "range_expression":
            side = node.child_by_field_name("start") or node.child_by_field_name("end")
            is_closed = any(child.type == "..." for child in node.children)
            return Library("ClosedRange" if is_closed else "Range", (self.value(file, side),))
        if kind == "open_end_range_expression":
            return Library("PartialRangeFrom", (self.value(file, node.named_children[0]),))
        if kind == "open_start_range_expression":
            return Library("PartialRangeUpTo", (self.value(file, node.named_children[-1]),))
        if kind == "ternary_expression":
            fields = [node.child_by_field_name(each) for each in ("if_true", "if_false")]
            return next((t for each in fields if (t := self.value(file, each)) is not None), None)
        if kind == "nil_coalescing_expression":
            other = node.child_by_field_name("if_nil")
            return unwrapped(self.value(file, node.child_by_field_name("value"))) or self.value(file, other)
        if kind == "tuple_expression":
            return self._tuple(file, node)
        if kind == "array_literal":
            first = next((each for each in tree.parts(node)), None)
            wanted = unwrapped(self.wanted(file, node))
            if wanted is not None and not isinstance(wanted, Parameter):
                return wanted
            return array(self.value(file, first) if first is not None else None)
        if kind == "dictionary_literal":
            wanted = unwrapped(self.wanted(file, node))
            if isinstance(wanted, Library | Named):
                return wanted
            sides = [node.child_by_field_name(each) for each in ("key", "value")]
            return Library("Dictionary", tuple(self.value(file, each) for each in sides))
        if kind == "lambda_literal":
            return self.closure(file, node)
        if kind in {"if_statement", "switch_statement"}:
            return self._branch(file, node)
        return None

    def _tuple(self, file: SwiftFile, node: Node) -> Type | None:
        labels, items, label = [], [], ""
        for n, child in enumerate(node.children):
            field = node.field_name_for_child(n)
            if field == "name":
                label = tree.text(child)
            elif field == "value":
                labels.append(label)
                items.append(child)
                label = ""
        if len(items) == 1 and not labels[0]:
            return self.value(file, items[0])
        return Tuple(tuple(self.value(file, each) for each in items), tuple(labels)) if items else UNIT

    def _branch(self, file: SwiftFile, node: Node) -> Type | None:
        for each in node.named_children:
            block = each if each.type in {"statements", "switch_entry", "if_statement"} else None
            if block is None:
                continue
            body = next((c for c in block.named_children if c.type == "statements"), block)
            inside = tree.parts(body)
            found = self.value(file, inside[-1]) if inside else None
            if found is not None:
                return found
        return None

    def own_object(self, file: SwiftFile, node: Node) -> Type | None:
        """What `self` is at a place: an object, in a static member the type."""
        of = self.self_at(file, node.start_byte)
        return Meta(of) if of is not None and self.is_in_static(file, node.start_byte) else of

    def is_in_static(self, file: SwiftFile, start: int) -> bool:
        for number in file.around(start):
            parent = file.facts.parent(number)
            if parent >= 0 and file.kind(parent) in TYPES and file.kind(number) not in TYPES:
                return file.kind(number) not in {"constructor", "member"} and file.is_static(number)
            if file.kind(number) in TYPES:
                return False
        return False

    def superclass(self, file: SwiftFile, node: Node) -> Type | None:
        of = self.self_at(file, node.start_byte)
        supers = self.supers(of, file, node.start_byte) if of is not None else []
        classes = [t for t in supers if isinstance(t, Named) and self._kind((t.path, t.number)) == "class"]
        outside = [t for t in supers if isinstance(t, Library)]
        found = classes[0] if classes else next(iter(outside), None)
        return Meta(found) if found is not None and self.is_in_static(file, node.start_byte) else found

    def _navigated(self, file: SwiftFile, node: Node) -> Type | None:
        target, label = node.child_by_field_name("target"), node.named_children[-1].named_children
        if target is None or not label:
            return None
        name = tree.text(label[0])
        base = self.receiver(file, target)
        if name == "self":
            return base
        inner = unwrapped(base)
        if isinstance(inner, Tuple):
            if name.isdigit() and int(name) < len(inner.items):
                return inner.items[int(name)]
            return inner.items[inner.labels.index(name)] if name in inner.labels else None
        found = self.chosen_members(file, label[0], base, name)
        if found:
            return self.type_of_candidate(found[0])
        return self.member_of_library(file, node, base, name)

    def receiver(self, file: SwiftFile, target: Node) -> Type | None:
        """What a member is taken from."""
        if target.type == "key_path_expression":
            root = next((each for each in target.named_children), None)
            if root is not None:
                return self._key_path_root(file, target)
            return self._key_path_expected(file, target)
        return self.value(file, target)

    def _key_path_root(self, file: SwiftFile, target: Node) -> Type | None:
        found: Type | None = None
        for n, each in enumerate(target.named_children):
            if each.type in tree.WRITTEN_TYPES:
                return self.written(file, each)
            if each.type == "type_identifier":
                name = tree.text(each)
                found = (
                    self._named_type(file, each.start_byte, name, ())
                    if n == 0 or found is None
                    else self.type_member(found, name)
                )
        return found

    def _key_path_expected(self, file: SwiftFile, target: Node) -> Type | None:
        at = target
        while at.parent is not None and at.parent.type == "navigation_expression":
            at = at.parent
        wanted = self.wanted(file, at)
        if isinstance(wanted, Function) and wanted.parameters:
            return wanted.parameters[0]
        if isinstance(wanted, Library) and wanted.name.endswith("KeyPath") and wanted.arguments:
            return wanted.arguments[0]
        return None

    # -- names ----------------------------------------------------------------------------------------------------

    def look_up(self, file: SwiftFile, node: Node, name: str, skip: int = -1) -> Looked:
        """What a bare name means where it stands."""
        start = node.start_byte
        seen = [
            each
            for each in file.declared(name)
            if each.start != skip and (each.scope_start <= start < each.scope_end or (each.start == start and skip < 0))
        ]
        seen.sort(key=lambda each: (each.scope_end - each.scope_start, -each.start))
        call = tree.call_of(node)
        for number in file.around(start):
            if seen and seen[0].scope_start >= file.span(number)[0]:
                return Looked(local=seen[0])
            kind = file.kind(number)
            if kind not in TYPES or kind == "type":
                local = [n for n in file.children(number) if file.facts.symbol_name(n) == name]
                if local and kind not in TYPES:
                    return Looked(candidates=tuple(Candidate(file.path, n, (0, 0), None, None) for n in local))
            if (own := self.parameter_named(file, number, name)) is not None:
                return Looked(parameter=own)
            if kind in TYPES and kind != "type" and start >= self.body_start(file, number):
                of = self.self_type((file.path, number))
                found = self.candidates(of, name, file, start) if of is not None else []
                found = [each for each in found if self._is_usable(file, start, number, each)] or found
                if found and (chosen := self.choose(file, call, found)):
                    return Looked(candidates=tuple(chosen))
        if seen:
            return Looked(local=seen[0])
        tops = [Candidate(*each, (0, 0), None, None) for each in self.top(file, name)]
        if call is not None and tops:
            return Looked(candidates=tuple(self.choose(file, call, tops)))
        return Looked(candidates=tuple(tops))

    def _is_usable(self, file: SwiftFile, start: int, number: int, candidate: Candidate) -> bool:
        """Whether a member may be named without an object where a place stands: those of the type in static code."""
        innermost = next((n for n in file.around(start) if file.kind(n) in TYPES and file.kind(n) != "type"), -1)
        where = self.swift_file(candidate.path)
        if where is None:
            return False
        is_static = where.is_static(candidate.number)
        if number != innermost or self.is_in_static(file, start):
            return is_static
        return not is_static or where.kind(candidate.number) in TYPES | {"type"}

    def value_of_name(self, file: SwiftFile, node: Node) -> Type | None:
        name = tree.text(node)
        if name == "Self":
            of = self.self_at(file, node.start_byte)
            return Meta(of) if of is not None else None
        if name == "self":
            return self.own_object(file, node)
        if name.startswith("$") and name[1:].isdigit():
            return self.numbered(file, node, int(name[1:]))
        looked = self.look_up(file, node, name)
        if looked.local is not None:
            return self.bound_type(file, looked.local.node)
        if looked.parameter is not None:
            return Meta(looked.parameter)
        if looked.candidates:
            return self.type_of_candidate(looked.candidates[0])
        if name in {"newValue", "oldValue"}:
            return self._held_by_property(file, node)
        if name == "error":
            return Library("Error")
        if name in {"Any", "AnyObject"} or name[:1].isupper():
            return Meta(Library(name))
        return None

    def _held_by_property(self, file: SwiftFile, node: Node) -> Type | None:
        number = next((n for n in file.around(node.start_byte) if file.kind(n) in _HOLDERS), None)
        return self.type_of_symbol_value((file.path, number)) if number is not None else None

    def type_of_candidate(self, candidate: Candidate) -> Type | None:
        """What a member is, taken from what it is a member of."""
        found = self.type_of_symbol_value((candidate.path, candidate.number))
        return self.simplified(bound(found, self.given_to(candidate)))

    def type_of_symbol_value(self, of: Symbol) -> Type | None:
        """What a symbol is as a value, with type parameters as they stand."""
        if of not in self._symbol_types:
            if of in self._open_symbols:
                self._cuts += 1
                return None
            self._open_symbols.add(of)
            cuts = self._cuts
            try:
                found = self._symbol_value(of)
            finally:
                self._open_symbols.discard(of)
            if found is None and cuts != self._cuts:
                return None
            self._symbol_types[of] = found
        return self._symbol_types[of]

    def _symbol_value(self, of: Symbol) -> Type | None:
        file = self.swift_file(of[0])
        if file is None:
            return None
        kind = file.kind(of[1])
        if kind in TYPES or kind == "type":
            meant = self.type_of_symbol(of)
            return Meta(meant) if meant is not None else None
        node = file.declaration(of[1])
        name = file.node_at(file.name_start(of[1]))
        if node is None or name is None:
            return None
        if node.type == "enum_entry":
            made = self.self_at(file, node.start_byte)
            values = tree.values_of(name)
            if values is None:
                return made
            return Function(tuple(self.written(file, each.written) for each in values), made)
        if kind in FUNCTIONS or node.type in tree.CALLED:
            taken = tuple(self.asked_type(file, each) for each in tree.parameters_of(node))
            if node.type == "init_declaration":
                return Function(taken, self.self_at(file, node.start_byte))
            said = tree.result_of(node)
            return Function(taken, self.written(file, said) if said is not None else UNIT)
        if node.type == "protocol_property_declaration":
            return self.written(file, self._noted(name))
        if node.type == "property_declaration":
            return self.pattern_type(file, name.parent) if name.parent is not None else None
        return None

    def _noted(self, name: Node) -> Node | None:
        """The type that is written behind the pattern of a name."""
        at = name.parent
        while at is not None and at.parent is not None and at.parent.type == "pattern":
            at = at.parent
        behind = at.next_named_sibling if at is not None else None
        return tree.written_in(behind) if behind is not None and behind.type == "type_annotation" else None

    # -- what is bound: see patterns.py -------------------------------------------------------------------------------

    @abstractmethod
    def bound_type(self, file: SwiftFile, name: Node) -> Type | None:
        """What a variable, a parameter or a part of a pattern is."""

    @abstractmethod
    def pattern_type(self, file: SwiftFile, pattern: Node) -> Type | None:
        """What a pattern is held against."""

    # -- what calls and closures are: see calls.py ------------------------------------------------------------------

    @abstractmethod
    def result(self, file: SwiftFile, call: Node) -> Type | None:
        """What a call gives."""

    @abstractmethod
    def closure(self, file: SwiftFile, node: Node) -> Type | None:
        """What a closure is as a function."""

    @abstractmethod
    def numbered(self, file: SwiftFile, node: Node, place: int) -> Type | None:
        """What `$0` is, or another of them."""

    @abstractmethod
    def closure_parameter(self, file: SwiftFile, function: Node, place: int, n: int) -> Type | None:
        """What a closure is given at a place, of `n` that it names."""

    @abstractmethod
    def choose(self, file: SwiftFile, call: Node | None, found: list[Candidate]) -> list[Candidate]:
        """Those of several declarations of a name that a call may mean: the nearest that take what is given."""

    @abstractmethod
    def chosen_members(self, file: SwiftFile, node: Node, base: Type | None, name: str) -> list[Candidate]:
        """The members of something that a name behind it means."""

    @abstractmethod
    def member_of_library(self, file: SwiftFile, node: Node, base: Type | None, name: str) -> Type | None:
        """What a member of a type from outside is, where that is plain."""

    @abstractmethod
    def implicit(self, file: SwiftFile, node: Node) -> Type | None:
        """What `.name` is, a member of the type that is wanted."""

    @abstractmethod
    def wanted(self, file: SwiftFile, node: Node) -> Type | None:
        """What is expected where an expression stands."""
