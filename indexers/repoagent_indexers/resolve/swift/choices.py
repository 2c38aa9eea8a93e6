"""Which of several declarations of a name a place of Swift means: by labels, by types, by what is nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.swift import library, tree
from repoagent_indexers.resolve.swift.patterns import SwiftPatterns
from repoagent_indexers.resolve.swift.terms import (
    Dependent,
    Function,
    Library,
    LibrarySelf,
    Meta,
    Named,
    Parameter,
    Tuple,
    Type,
    bound,
    unwrapped,
)
from repoagent_indexers.resolve.swift.tree import Asked, Given, SwiftFile
from repoagent_indexers.resolve.swift.types import Candidate
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TYPES

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERAL = frozenset(
    "integer_literal real_literal line_string_literal multi_line_string_literal boolean_literal nil_literal "
    "array_literal dictionary_literal hex_literal".split()
)


class SwiftChoices(SwiftPatterns):
    """Which of several declarations of a name is meant."""

    # -- which of several -----------------------------------------------------------------------------------------

    def asked_by(self, candidate: Candidate) -> list[Asked] | None:
        """The parameters of a function, an initialiser, a case with values; None for what has none."""
        file = self.swift_file(candidate.path)
        node = file.declaration(candidate.number) if file is not None else None
        if file is None or node is None:
            return None
        if node.type in tree.CALLED:
            return tree.parameters_of(node)
        if node.type == "enum_entry":
            name = file.node_at(file.name_start(candidate.number))
            return tree.values_of(name) if name is not None else None
        return None

    def choose(self, file: SwiftFile, call: Node | None, found: list[Candidate]) -> list[Candidate]:
        """Those of several declarations of a name that a call may mean: the nearest that take what is given."""
        if not found:
            return found
        if call is None:
            values = [
                c for c in found if (w := self.swift_file(c.path)) is not None and w.kind(c.number) not in FUNCTIONS
            ]
            return self.nearest(values or found)
        given = tree.arguments_of(call)
        fitting: list[tuple[int, Candidate]] = []
        labelled: list[Candidate] = []
        for each in found:
            where = self.swift_file(each.path)
            kind = where.kind(each.number) if where is not None else ""
            asked = self.asked_by(each)
            if kind in TYPES or kind == "type":
                fitting.append((0, each))
            elif asked is None:
                if kind not in FUNCTIONS | {"member"} and self._may_be_called(each):
                    fitting.append((0, each))
            elif (places := tree.fitted(asked, given)) is not None:
                score = self._score(file, each, asked, given, places) if len(found) > 1 else 0
                if score is not None:
                    fitting.append((score, each))
                elif isinstance(each.owner, Named):
                    labelled.append(each)
        if not fitting:
            return self.nearest(labelled) if labelled else []
        best = max(score for score, _ in fitting)
        return self.nearest([each for score, each in fitting if score == best])

    def _may_be_called(self, candidate: Candidate) -> bool:
        of = unwrapped(self.type_of_symbol_value((candidate.path, candidate.number)))
        return of is None or isinstance(of, Function | Meta | Parameter | Dependent) or (
            isinstance(of, Named) and bool(self.candidates(of, "callAsFunction"))
        )  # fmt: skip

    def nearest(self, found: list[Candidate]) -> list[Candidate]:
        rank = min(each.rank for each in found)
        return [each for each in found if each.rank == rank]

    def _score(
        self, file: SwiftFile, candidate: Candidate, asked: list[Asked], given: list[Given], places: list[int]
    ) -> int | None:
        """How many arguments are of just the type that is asked for; None where one cannot be given."""
        where = self.swift_file(candidate.path)
        if where is None:
            return None
        n = 0
        bindings = self.given_to(candidate)
        for place, argument in zip(places, given, strict=True):
            wanted = self.simplified(bound(self.asked_type(where, asked[place]), bindings))
            fits = self._suits(file, argument.value, wanted)
            if fits is None:
                return None
            n += fits
        return n

    def _suits(self, file: SwiftFile, value: Node, wanted: Type | None) -> bool | None:
        """Whether an argument is of just the type that is asked for; None where it cannot be given."""
        asked = unwrapped(wanted)
        if value.type == "lambda_literal":
            return None if not self._takes_closure(value, asked) else False
        if self.is_implicit(value):
            return None if wanted is not None and not self._has_implicit(file, wanted, value) else False
        have = self.value(file, value)
        if value.type in _LITERAL:
            if isinstance(asked, Function) or _contradicts(value, asked):
                return None
            return isinstance(have, Library) and self.key(asked) == have.name
        if have is None or wanted is None:
            return False
        inner = unwrapped(have) or have
        is_plain = isinstance(inner, Named | Library | Tuple | Function) and isinstance(
            asked, Named | Library | Tuple | Function
        )
        if is_plain and isinstance(asked, Function) != isinstance(inner, Function):
            return None
        one, other = self.key(inner), self.key(asked)
        if isinstance(have, Meta) != isinstance(wanted, Meta):
            return None if other is not None and isinstance(have, Meta) else False
        if one is None or other is None or isinstance(have, LibrarySelf) or isinstance(wanted, LibrarySelf):
            return False
        if one == other:
            return True
        if isinstance(other, str) and other not in library.SUPERTYPES and other not in library.PROTOCOLS:
            return False  # it may be another name of the same
        is_derived = other in self.line(inner, file, value.start_byte)
        return None if not is_derived and self.is_plain(inner, file, value.start_byte) else False

    def _takes_closure(self, closure: Node, asked: Type | None) -> bool:
        if isinstance(asked, Library):
            return False
        taken = self.n_taken(closure)
        if not isinstance(asked, Function) or taken is None or taken == len(asked.parameters):
            return True
        return len(asked.parameters) == 1 and taken > 1  # the parts of a tuple

    def is_implicit(self, node: Node) -> bool:
        while node.type in {"call_expression", "navigation_expression"}:
            node = node.named_children[0]
        return node.type == "prefix_expression" and node.children[0].type == "."

    def _has_implicit(self, file: SwiftFile, wanted: Type, node: Node) -> bool:
        """Whether a type has the member that `.name` or `.name(...)` begins with, as far as that is known."""
        is_called = False
        while node.type in {"call_expression", "navigation_expression"}:
            is_called = node.type == "call_expression"
            node = node.named_children[0]
        label = node.child_by_field_name("target")
        of = unwrapped(wanted)
        if label is None or not isinstance(of, Named | Library):
            return not isinstance(of, Function | Tuple)
        name = tree.text(label)
        found = self.candidates(of, name, file, label.start_byte)
        if not found:
            return name in {"init", "none", "some", "success", "failure"} or (
                of.name not in library.HOLDING
                if isinstance(of, Library)
                else not self.is_plain(of, file, label.start_byte)
            )
        for each in found:
            where = self.swift_file(each.path)
            node_there = where.declaration(each.number) if where is not None else None
            if node_there is None or node_there.type != "enum_entry" or bool(self.asked_by(each)) == is_called:
                return True
        return False

    def n_taken(self, function: Node) -> int | None:
        """How many parameters a closure names; None where it names none, which says nothing."""
        said = function.child_by_field_name("type")
        listed = said.named_children[0] if said is not None and said.named_children else None
        if listed is None or listed.type != "lambda_function_type_parameters":
            return None
        return sum(each.type == "lambda_parameter" for each in listed.named_children)

    def chosen_members(self, file: SwiftFile, node: Node, base: Type | None, name: str) -> list[Candidate]:
        """The members of something that a name behind it means."""
        if base is None:
            return []
        is_type = isinstance(base, Meta)
        of = base.of if isinstance(base, Meta) else base
        if name == "init" and not is_type and node.parent is not None and node.parent.type == "navigation_suffix":
            is_type = True  # `self.init`, `super.init`
        call = tree.call_of(node)
        for each in [of] if unwrapped(of) == of else [of, unwrapped(of)]:
            if each is None:
                continue
            found = self.candidates(each, name, file, node.start_byte)
            alike = [
                c for c in found if (w := self.swift_file(c.path)) is not None and w.is_static(c.number) == is_type
            ]
            if not alike and is_type and not isinstance(each, Library):  # a method as a function: `Type.method`
                alike = [c for c in found if self._kind((c.path, c.number)) in FUNCTIONS]
            if alike and not (
                isinstance(each, Library) and is_type and name in library.OWN_CASES.get(each.name, "").split()
            ):
                chosen = self.choose(file, call, alike)
                if chosen and not (isinstance(each, Library) and name == "init" and call is None):
                    return chosen
        inner = self.dynamic(unwrapped(of)) if not is_type else None
        return self.chosen_members(file, node, inner, name) if inner is not None else []

    def dynamic(self, of: Type | None) -> Type | None:
        """What the members are taken from of a type that passes them on: `subscript(dynamicMember:)`."""
        for each in self.candidates(of, "subscript") if isinstance(of, Named) else ():
            where, asked = self.swift_file(each.path), self.asked_by(each)
            if where is not None and asked and asked[0].label == "dynamicMember":
                path = self.written(where, asked[0].written)
                if isinstance(path, Library) and path.name.endswith("KeyPath") and path.arguments:
                    return self.simplified(bound(path.arguments[0], self.given_to(each)))
        return None


_TEXT = frozenset({"String", "Substring", "Character", "StaticString"})
_NUMBER = frozenset("Int UInt Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Double Float CGFloat".split())


def _contradicts(literal: Node, wanted: Type | None) -> bool:
    """Whether a literal cannot be what is asked for."""
    if not isinstance(wanted, Library):
        return False
    if "string" in literal.type:
        return wanted.name in _NUMBER | {"Bool", "Array", "Dictionary"}
    if literal.type == "boolean_literal":
        return wanted.name in _NUMBER | _TEXT
    if literal.type.startswith(("integer", "real", "hex")):
        return wanted.name in _TEXT | {"Bool", "Array", "Dictionary"}
    return False
