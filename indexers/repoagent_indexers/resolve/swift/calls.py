"""What calls and closures of Swift give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.swift import library, tree
from repoagent_indexers.resolve.swift.choices import SwiftChoices
from repoagent_indexers.resolve.swift.terms import (
    Bound,
    Function,
    Library,
    Meta,
    Named,
    Parameter,
    Tuple,
    Type,
    bound,
    optional,
    unwrapped,
)
from repoagent_indexers.resolve.swift.tree import SwiftFile
from repoagent_indexers.resolve.swift.types import Candidate

if TYPE_CHECKING:
    from tree_sitter import Node


class SwiftCalls(SwiftChoices):
    """What calls and closures give, and what `.name` is."""

    # -- what calls give ------------------------------------------------------------------------------------------

    def called(self, file: SwiftFile, call: Node) -> tuple[list[Candidate], Type | None]:
        """What a call calls: declarations, or what else it is that is called."""
        callee = tree.callee_of(call)
        if call.type == "constructor_expression":
            made = self.written(file, call.child_by_field_name("constructed_type"))
            return [], Meta(made) if made is not None else None
        if tree.is_index(call):
            base = self.value(file, callee)
            return self.subscripts(file, call, base), base
        if callee.type == "simple_identifier":
            name = tree.text(callee)
            if name != "Self":
                looked = self.look_up(file, callee, name)
                if looked.candidates:
                    return list(looked.candidates), None
            return [], self.value(file, callee)
        if callee.type == "navigation_expression":
            label = callee.named_children[-1].named_children
            target = callee.child_by_field_name("target")
            if not label or target is None:
                return [], None
            base = self.receiver(file, target)
            if found := self.chosen_members(file, label[0], base, tree.text(label[0])):
                return found, None
            return [], self.value(file, callee)
        if callee.type == "prefix_expression" and callee.children[0].type == ".":
            return self.implicit_members(file, callee), self.value(file, callee)
        return [], self.value(file, callee)

    def subscripts(self, file: SwiftFile, call: Node, base: Type | None) -> list[Candidate]:
        of = base.of if isinstance(base, Meta) else unwrapped(base)
        found = self.candidates(of, "subscript", file, call.start_byte) if of is not None else []
        return self.choose(file, call, found)

    def result(self, file: SwiftFile, call: Node) -> Type | None:
        callee = tree.callee_of(call)
        if callee.type in {"array_literal", "dictionary_literal"} and not tree.is_index(call):
            meant = [self.value(file, each) for each in callee.named_children]
            inside = tuple(t.of if isinstance(t, Meta) else None for t in meant)
            return Library("Array" if callee.type == "array_literal" else "Dictionary", inside)
        found, of = self.called(file, call)
        if found:
            return self._given_by_call(file, call, found[0])
        if tree.is_index(call):
            return self._at_index(call, of)
        if isinstance(of, Meta):
            return self._made(file, call, of.of)
        of = unwrapped(of)
        if isinstance(of, Function):
            return of.result
        if isinstance(of, Named) and (found := self.candidates(of, "callAsFunction", file)):
            return self._given_by_call(file, call, found[0])
        if of is None and callee.type == "simple_identifier" and tree.text(callee) == "zip":
            sides = [self.element(self.value(file, each.value)) for each in tree.arguments_of(call)]
            return Library("Zip2Sequence", (Tuple(tuple(sides), ("", "")),))
        if of is None and callee.type == "simple_identifier" and tree.text(callee) in {"min", "max", "abs"}:
            given = tree.arguments_of(call)
            return self.value(file, given[0].value) if given else None
        if of is None and callee.type == "simple_identifier" and tree.text(callee) == "type":
            given = tree.arguments_of(call)
            inner = self.value(file, given[0].value) if given else None
            return Meta(inner) if inner is not None else None
        if of is None and callee.type == "simple_identifier":
            return self.member_of_library(file, callee, self.own_object(file, callee), tree.text(callee))
        return of if callee.type == "navigation_expression" and not isinstance(of, Function) else None

    def _given_by_call(self, file: SwiftFile, call: Node, candidate: Candidate) -> Type | None:
        """What a call of a declaration gives, with what its arguments say of its type parameters."""
        of = self.type_of_symbol_value((candidate.path, candidate.number))
        if isinstance(of, Meta):
            return self._made(file, call, of.of)
        if not isinstance(of, Function):
            of = unwrapped(self.simplified(bound(of, self.given_to(candidate))))
            return of.result if isinstance(of, Function) else None
        return self.simplified(bound(of.result, self.inferred(file, call, candidate, with_closures=True)))

    def inferred(self, file: SwiftFile, call: Node, candidate: Candidate, *, with_closures: bool) -> Bound:
        """What type parameters stand for in a call."""
        found = dict(self.given_to(candidate))
        where = self.swift_file(candidate.path)
        asked = self.asked_by(candidate)
        if where is None or asked is None:
            return found
        own = set(self.parameters((candidate.path, candidate.number)))
        parent = where.facts.parent(candidate.number)
        if parent >= 0:  # of a type that is not known in full
            for each in self.parameters((candidate.path, parent)):
                if found.get(each, each) == each:
                    found.pop(each, None)
                    own.add(each)
        given = tree.arguments_of(call)
        places = tree.fitted(asked, given) if own else None
        for place, argument in zip(places or (), given, strict=False):
            wanted = self.asked_type(where, asked[place])
            if wanted is None or (argument.value.type == "lambda_literal" and not with_closures):
                continue
            if not _mentions(wanted, own) or (self.is_implicit(argument.value)):
                continue
            have = self.value(file, argument.value)
            if isinstance(wanted, Library) and wanted.name.endswith("KeyPath") and len(wanted.arguments) == 2:
                wanted = wanted.arguments[1]
            self.unify(bound(wanted, found), have, own, found)
        return {parameter: self.simplified(meant) for parameter, meant in found.items()}

    def unify(self, wanted: Type | None, have: Type | None, own: set[Parameter], found: Bound) -> None:
        """Notes what parameters stand for, by what is given where something is asked for."""
        if wanted is None or have is None:
            return
        if isinstance(wanted, Parameter):
            if wanted in own and wanted not in found and have != wanted:
                found[wanted] = have
        elif isinstance(wanted, Library) and wanted.name == "Optional":
            inner = (
                have.arguments[0] if isinstance(have, Library) and have.name == "Optional" and have.arguments else have
            )
            self.unify(wanted.arguments[0] if wanted.arguments else None, inner, own, found)
        elif isinstance(wanted, Named | Library):
            key = self.key(wanted)
            line = self.line(have) if isinstance(have, Named | Library) else {}
            if key is not None and key in line:
                match = line[key][1]
                if isinstance(match, Named | Library):
                    for one, other in zip(wanted.arguments, match.arguments, strict=False):
                        self.unify(one, other, own, found)
        elif isinstance(wanted, Function) and isinstance(have, Function):
            for one, other in zip(wanted.parameters, have.parameters, strict=False):
                self.unify(one, other, own, found)
            self.unify(wanted.result, have.result, own, found)
        elif isinstance(wanted, Tuple) and isinstance(have, Tuple):
            for one, other in zip(wanted.items, have.items, strict=False):
                self.unify(one, other, own, found)
        elif isinstance(wanted, Meta) and isinstance(have, Meta):
            self.unify(wanted.of, have.of, own, found)

    def _made(self, file: SwiftFile, call: Node, of: Type) -> Type | None:
        """An object of a type that is called."""
        if isinstance(of, Library) and not of.arguments and of.name in library.HOLDING:
            given = tree.arguments_of(call)
            held = self.element(self.value(file, given[0].value)) if given and not given[0].label else None
            if given and given[0].label == "repeating":
                held = self.value(file, given[0].value)
            return Library(of.name, (held,)) if held is not None else of
        if isinstance(of, Named) and (own := self.parameters((of.path, of.number))) and of.arguments == own:
            makers = self.choose(file, call, self.candidates(of, "init", file))
            found: Bound = {}
            if makers:
                found = self.inferred(file, call, makers[0], with_closures=True)
            else:
                self._by_fields(file, call, of, set(own), found)
            arguments = tuple(found.get(each, each) for each in own)
            return Named(of.path, of.number, arguments)
        return of

    def _by_fields(self, file: SwiftFile, call: Node, of: Named, own: set[Parameter], found: Bound) -> None:
        """What type parameters stand for where a struct is made of its properties."""
        for each in tree.arguments_of(call):
            for field in self.candidates(of, each.label)[:1] if each.label else ():
                self.unify(
                    self.type_of_symbol_value((field.path, field.number)), self.value(file, each.value), own, found
                )

    def _at_index(self, call: Node, base: Type | None) -> Type | None:
        of = unwrapped(base)
        given = tree.arguments_of(call)
        if of is None or not given:
            return None
        if given[0].label == "keyPath":
            return None
        if isinstance(of, Library) and of.name == "Dictionary" and len(of.arguments) == 2:
            is_sure = len(given) > 1
            return of.arguments[1] if is_sure else optional(of.arguments[1])
        if "range" in given[0].value.type:
            return self.type_member(of, "SubSequence") or of
        return self.element(of)

    # -- closures -------------------------------------------------------------------------------------------------

    def closure(self, file: SwiftFile, node: Node) -> Type | None:
        wanted = unwrapped(self.wanted(file, node))
        said = node.child_by_field_name("type")
        result = self.written(file, tree.written_in(said)) if said is not None else None
        if result is None:
            last = tree.last_of(node)
            result = self.value(file, last) if last is not None else None
        if result is None:
            result = next((t for each in tree.returns_of(node) if (t := self.value(file, each)) is not None), None)
        taken = wanted.parameters if isinstance(wanted, Function) else ()
        if result is None and isinstance(wanted, Function) and not isinstance(wanted.result, Parameter):
            result = wanted.result
        return Function(taken, result)

    def closure_parameter(self, file: SwiftFile, function: Node, place: int, n: int) -> Type | None:
        wanted = unwrapped(self.wanted(file, function))
        if not isinstance(wanted, Function):
            return None
        taken = wanted.parameters
        if len(taken) == 1 and n > 1 and isinstance(taken[0], Tuple):
            taken = taken[0].items
        return taken[place] if place < len(taken) else None

    def numbered(self, file: SwiftFile, node: Node, place: int) -> Type | None:
        at = node.parent
        while at is not None and (at.type != "lambda_literal" or self.n_taken(at) is not None):
            at = at.parent
        if at is None:
            return None
        n = 2 if place else 1 + (b"$1" in file.content[at.start_byte : at.end_byte])
        return self.closure_parameter(file, at, place, n)

    # -- members of what is expected ------------------------------------------------------------------------------

    def implicit_members(self, file: SwiftFile, prefix: Node) -> list[Candidate]:
        """What `.name` means: a member of the type that is expected where the whole chain stands."""
        label = prefix.child_by_field_name("target")
        if label is not None and prefix.parent is not None and prefix.parent.type == "value_parameter_pack":
            local = self.look_up(file, prefix, "each").local  # a variable of that name, no pack
            of = self.bound_type(file, local.node) if local is not None else None
            return self.chosen_members(file, label, of, tree.text(label))
        whole = prefix
        while whole.parent is not None and (
            (whole.parent.type == "call_expression" and tree.callee_of(whole.parent).id == whole.id)
            or (whole.parent.type == "navigation_expression" and whole.parent.child_by_field_name("target") == whole)
            or whole.parent.type == "postfix_expression"
        ):
            whole = whole.parent
        wanted = self.wanted(file, whole)
        if label is None or wanted is None:
            return []
        return self.chosen_members(file, label, Meta(wanted), tree.text(label))

    def implicit(self, file: SwiftFile, node: Node) -> Type | None:
        found = self.implicit_members(file, node)
        return self.type_of_candidate(found[0]) if found else None


def _mentions(of: Type | None, own: set[Parameter]) -> bool:
    if isinstance(of, Parameter):
        return of in own
    if isinstance(of, Named | Library):
        return any(_mentions(each, own) for each in of.arguments)
    if isinstance(of, Function):
        return any(_mentions(each, own) for each in (*of.parameters, of.result))
    if isinstance(of, Tuple):
        return any(_mentions(each, own) for each in of.items)
    if isinstance(of, Meta):
        return _mentions(of.of, own)
    return False
