"""What an expression of Ruby is, as far as its text says: `Name.new`, variables, what methods return.

Comments of YARD (`@param x [Name]`, `@return [Name]`, https://yardoc.org) say what is likely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from repoagent_indexers.resolve.ruby.blocks import Blocks
from repoagent_indexers.resolve.ruby.core import NAMES
from repoagent_indexers.resolve.ruby.duck import Ducks
from repoagent_indexers.resolve.ruby.elements import Elements
from repoagent_indexers.resolve.ruby.file import CLOSURES, METHODS, MODULES, RubyFile, Scope, arguments, around
from repoagent_indexers.resolve.ruby.known import NONE, UNKNOWN, Answer, Known, Local, likely, union
from repoagent_indexers.resolve.ruby.local_variables import BOUNDARIES, Locals
from repoagent_indexers.resolve.ruby.parameters import Parameters
from repoagent_indexers.resolve.ruby.program import RubyProgram
from repoagent_indexers.resolve.ruby.terms import OBJECT, Definer, Type

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 10
_MAX_STEPS = 2000
"""Expressions that are looked at for one answer."""
_CORE = {
    "string": "String", "heredoc_beginning": "String", "chained_string": "String", "subshell": "String",
    "array": "Array", "string_array": "Array", "symbol_array": "Array", "hash": "Hash", "integer": "Integer",
    "float": "Float", "simple_symbol": "Symbol", "delimited_symbol": "Symbol", "regex": "Regexp", "range": "Range",
    "lambda": "Proc", "nil": "NilClass", "true": "TrueClass", "false": "FalseClass", "character": "String",
}  # fmt: skip
_ITSELF = frozenset({"dup", "clone", "freeze", "tap", "itself", "extend", "each", "instance_eval!"})
_EXAMPLES = frozenset(
    """describe context it specify test should before after setup teardown scenario feature example section before_each
    after_each shared_examples shared_context xit fit Class Module Struct""".split()
)
"""Calls whose block is certainly run as a part of a class of tests."""
_MAKERS = frozenset({"Class", "Module", "Struct", "Data"})
_MAX_CALLED = 8
_MAX_ASSIGNED = 24
_NEW = "#new"
"""Behind the name of a module: an object of the class that has the module's methods."""
_UNTOLD = frozenset({"it", "describe", "context", "each", "map", "puts", "require", "raise", "expect", "assert_equal"})
"""Names of which it is not asked what their methods do with a block."""
_RETURN = r"@return\s+\[([^\]]*)\]()"
_PARAM = r"@param\s+(?:\[([^\]]*)\]\s*)?{}\b\s*(?:\[([^\]]*)\])?"
_CONSTANT = re.compile(r"(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*")
_WHOLE_LISTS = re.compile(r"<[^>]*>|\{[^}]*\}")


class Expressions:
    """What expressions are, over one program."""

    def __init__(self, program: RubyProgram) -> None:
        self.program = program
        self._answers: dict[Hashable, Any] = {}
        self._busy: set[Hashable] = set()
        self._passing: dict[Hashable, Any] = {}
        """What was cut short in the question that is being answered."""
        self._assigned: dict[tuple[Type, str], list[tuple[RubyFile, Node]]] = {}
        self._n_cuts = 0
        """How often something was left unknown because too much else was being worked out: nothing found so is kept."""
        self._n_left = 0
        self._locals = Locals()
        self._elements = Elements(self)
        self._blocks = Blocks(self, self._elements)
        self._parameters = Parameters(self)
        self._likely = Ducks(program)

    def known(self, file: RubyFile, node: Node | None, depth: int = 0) -> Known:
        """What an expression is."""
        self._begin(depth)
        self._n_left -= 1
        if node is None or depth > _MAX_DEPTH or self._n_left < 0:
            self._n_cuts += node is not None
            return UNKNOWN
        depth += 1
        if node.type in _CORE:
            return Known(frozenset({Type(_CORE[node.type])}), is_whole=True, is_exact=True)
        match node.type:
            case "self":
                return self.self_at(file, node, depth)
            case "super":
                return self._above(file, node, depth)
            case "constant" | "scope_resolution":
                return self._constant(file, node, depth)
            case "identifier":
                bound = self.bound(file, node)
                if bound is not None:
                    return self._or_likely(file, node, union(self._local(file, node, each, depth) for each in bound))
                return self._called(file, node, depth)
            case "call":
                return self._called(file, node, depth)
            case "element_reference":
                return self._element(file, node, depth)
            case "instance_variable":
                return self._or_likely(file, node, self._variable(file, node, depth))
            case "assignment":
                return self.known(file, node.child_by_field_name("right"), depth)
            case "operator_assignment":
                return self._defaulted(file, node, depth)
            case "binary":
                return self._binary(file, node, depth)
            case "if" | "unless" | "conditional":
                sides = ("consequence", "alternative")
                return union(self.known(file, node.child_by_field_name(side), depth) if node.child_by_field_name(side)
                             is not None else NONE for side in sides)  # fmt: skip
            case "case":
                return union(self.known(file, each, depth) for each in node.named_children if each.type in _BRANCHES)
            case "if_modifier" | "unless_modifier" | "rescue_modifier" | "when" | "in_clause":
                return self.known(file, node.child_by_field_name("body"), depth)
            case kind if kind in _LISTS:
                inner = [each for each in node.named_children if each.type not in _NO_VALUES]
                return self.known(file, inner[-1], depth) if inner else NONE
        return UNKNOWN

    def _begin(self, depth: int) -> None:
        """At the top a new question begins, with all its steps left."""
        if not depth:
            self._n_left = _MAX_STEPS
            self._passing.clear()

    def _or_likely(self, file: RubyFile, node: Node, found: Known) -> Known:
        """What is known of a variable; where that is nothing, what its name or what is called on it says."""
        return found if found.types or found.is_whole else self._likely.known(file, node) or found

    # -- self and constants ---------------------------------------------------------------------------------------

    def self_at(self, file: RubyFile, node: Node, depth: int = 0) -> Known:
        """What `self` is at a node."""
        self._begin(depth)
        scope, method = file.scope_at(node)
        at = scope
        for closure in takewhile(lambda each: each.type not in BOUNDARIES, around(node)):
            if closure.type not in CLOSURES:
                continue
            is_own = at.kind == "block" and closure.parent is not None and closure.parent.start_byte <= at.start
            if is_own and at.written in _EXAMPLES:
                break
            itself = self._blocks.itself(file, closure, depth + 1) if depth <= _MAX_DEPTH else None
            if itself is not None and scope.kind == "block":
                return union([itself, self._self_of(file, node, scope, method)])._replace(is_whole=False)
            if itself is not None:
                return itself
            if is_own and (at.parent is None or at.parent.kind != "block"):
                break
            at = at.parent if is_own and at.parent is not None else at
        return self._self_of(file, node, scope, method)

    def _self_of(self, file: RubyFile, node: Node, scope: Scope, method: Node | None) -> Known:
        """What `self` is where no method that is given a block says something else."""
        name = self.program.full(file, scope)
        if scope.kind == "block":
            closures = [each for each in around(node) if each.type in CLOSURES and each.start_byte >= scope.start]
            is_whole = method is not None or (scope.written in _EXAMPLES and len(closures) == 1)
            return Known(frozenset({Type(name, method is None and scope.written in _MAKERS)}), is_whole)
        if method is None:
            is_static = scope.kind != "file"
            if is_static and any(
                each.type in CLOSURES for each in takewhile(lambda each: each.type not in MODULES, around(node))
            ):
                return Known(frozenset({Type(name), Type(name, is_static=True)}))  # `included do`, `it do`
        else:
            is_static = scope.kind == "singleton" or method.type == "singleton_method"
        return Known(frozenset({Type(name, is_static)}), is_whole=True)

    def _constant(self, file: RubyFile, node: Node, depth: int) -> Known:
        scope, _ = file.scope_at(node)
        written = file.text(node)
        found = self.program.lookup(file, scope, written)
        if found is None:
            plain = _CONSTANT.fullmatch(written) is not None
            return (
                Known(frozenset({Type(written.removeprefix("::"), is_static=True)}), True, True) if plain else UNKNOWN
            )
        if self.program.is_module(found):
            return Known(frozenset({Type(found, is_static=True)}), is_whole=True, is_exact=True)
        defined = self.program.known(found)
        if not defined:
            return UNKNOWN
        where, constant = defined[0]
        if isinstance(constant, Scope):
            return UNKNOWN
        return self._or_likely(file, node, self.known(where, constant.value, depth))

    # -- calls ----------------------------------------------------------------------------------------------------

    def _called(self, file: RubyFile, node: Node, depth: int) -> Known:
        """What a call returns."""
        is_call = node.type == "call"
        name = file.text(node.child_by_field_name("method")) if is_call else file.text(node)
        receiver = node.child_by_field_name("receiver") if is_call else None
        if name == "super":
            return self._above(file, node, depth)
        if receiver is not None and name in {"new", "define"} and file.text(receiver).removeprefix("::") in _MAKERS:
            return self._made(file, node, depth)
        of = self.known(file, receiver, depth) if receiver is not None else self.self_at(file, node, depth)
        if name in _ITSELF and receiver is not None:
            return of
        if name == "class" and receiver is not None and of.types:
            return of._replace(types=frozenset(each._replace(is_static=True) for each in of.types))
        found = union([self._returned_by(of, each, name, depth) for each in sorted(of.types)] or [UNKNOWN])
        if found.types:
            return found
        if name[:1].isupper():
            return self._converted(file, node)
        if receiver is not None and (one := self._elements.one(file, name, receiver, depth)).types:
            return one
        if receiver is not None and of.types:
            return found
        found = found if of.types else union(likely(self.returned(*each, depth)) for each in self._only(name))
        return found if found.types else self._likely.known(file, node) or found

    def _converted(self, file: RubyFile, call: Node) -> Known:
        """What `Name(x)` gives, which converts to what bears its name: an object of it, or a class derived from it."""
        receiver = call.child_by_field_name("receiver")
        name = file.text(call.child_by_field_name("method") or call)
        scope, _ = file.scope_at(call)
        full = self.program.lookup(file, scope, f"{file.text(receiver)}::{name}" if receiver is not None else name)
        return Known(frozenset({Type(full), Type(full, is_static=True)})) if full is not None else UNKNOWN

    def _only(self, name: str) -> list[tuple[Type, Definer]]:
        """The methods of a name that only one class has."""
        if name in NAMES or self.program.is_common(name):
            return []
        definers = self.program.definers(name)
        return [(of, each) for of, found in definers.items() for each in found] if len(definers) == 1 else []

    def _made(self, file: RubyFile, call: Node, depth: int) -> Known:
        """The class that `Class.new(Base)` makes: one of its own where its block is read, else one like its base."""
        scope = file.opened_at(call)
        own = [Known(frozenset({Type(self.program.full(file, scope), is_static=True)}), is_whole=True)] if scope else []
        given = [each for each in arguments(call) if each.type != "block_argument"]
        of = file.text(call.child_by_field_name("receiver"))
        if of.endswith("Class") and given and (scope is None or scope.base == "?"):
            base = self.known(file, given[0], depth)
            own.append(base._replace(types=frozenset(each for each in base.types if each.is_static), is_exact=False))
        return union(own) if own else Known(frozenset({Type(of.removeprefix("::"), is_static=True)}))

    def _above(self, file: RubyFile, node: Node, depth: int) -> Known:
        """What `super` returns."""
        scope, method = file.scope_at(node)
        if method is None:
            return UNKNOWN
        of = Type(self.program.full(file, scope), scope.kind == "singleton" or method.type == "singleton_method")
        found = self.program.find(of, file.text(method.child_by_field_name("name")), is_above=True)
        return likely(union(self.returned(of, each, depth) for each in found[1])) if found and found[1] else UNKNOWN

    def called(self, file: RubyFile, call: Node, depth: int) -> list[tuple[Type, Definer]]:
        """See `Knowing.called`."""
        is_call = call.type == "call"
        name = file.text(call.child_by_field_name("method")) if is_call else file.text(call)
        if name in _UNTOLD or not self.program.is_defined(name if name != "new" else "initialize"):
            return []
        receiver = call.child_by_field_name("receiver") if is_call else None
        of = self.known(file, receiver, depth) if receiver is not None else self.self_at(file, call, depth)
        found = []
        for each in sorted(of.types):
            hit = self.program.find(each, name)
            if hit is None and name == "new" and each.is_static:
                hit = self.program.find(Type(each.name), "initialize")
            definers = hit[1] if hit is not None else []
            if hit is not None and hit[0] == OBJECT:  # functions at the top of files
                own = [one for one in definers if one.file is file] or definers
                definers = own if len({one.file.path for one in own}) == 1 else []
            found += [(each, definer) for definer in definers]
        return (found or (self._only(name) if name != "new" else []))[:_MAX_CALLED]

    def _element(self, file: RubyFile, node: Node, depth: int) -> Known:
        """What `Name[...]` is: what its `[]` returns, most likely one of its own objects."""
        of = self.known(file, node.child_by_field_name("object"), depth)
        found = [self._returned_by(of, each, "[]", depth) for each in sorted(of.types)]
        if any(each.types for each in found):
            return union(found)
        made = frozenset(Type(each.name) for each in of.types if each.is_static)
        collection = node.child_by_field_name("object")
        return Known(made) if made or collection is None else self._elements.one(file, "[]", collection, depth)

    def _returned_by(self, of: Known, each: Type, name: str, depth: int) -> Known:
        found = self.program.find(each, name)
        if found is None:
            if name in {"new", "instance", "allocate"}:
                made = each.name if each.is_static else each.name + _NEW
                return Known(frozenset({Type(made)}), of.is_whole, of.is_exact) if made else UNKNOWN
            return self._let(each, name, depth)
        link, definers = found
        if not definers:
            return self._let(each, name, depth)
        returned = union(self.returned(each, definer, depth) for definer in definers)
        is_certain = of.is_whole and (
            of.is_exact or not (self.program.is_common(name) or self.program.overriding(each, name, link))
        )
        return returned if is_certain else returned._replace(is_whole=False)

    def _let(self, of: Type, name: str, depth: int) -> Known:
        """What RSpec's `let` of that name gives."""
        for link in self.program.lineage(of).links:
            for file, scope in self.program.scopes_of(link) if link.name.startswith("#") else ():
                if name in scope.lets:
                    return self.known(file, scope.lets[name], depth)._replace(is_whole=False)
                if scope.described and name in {"described_class", "subject"} and scope.parent is not None:
                    found = self.program.lookup(file, scope.parent, scope.described)
                    is_class = name == "described_class"
                    return Known(frozenset({Type(found, is_class)}), is_exact=True) if found is not None else UNKNOWN
        return UNKNOWN

    def returned(self, of: Type, definer: Definer, depth: int) -> Known:
        """What a method gives back: its last expression and what `return` says, else what its comment says."""
        key = ("returned", definer.file.path, definer.member.start)
        known = self.once(key, UNKNOWN, lambda: self._gives(of, definer, depth), depth)
        if definer.scope.kind != "module" or definer.member.is_static:
            return known
        # There are no objects of a module: it is whoever takes it in.
        module = self.program.full(definer.file, definer.scope)
        others = {Type(module): of, Type(module + _NEW): Type(of.name)}
        return known._replace(types=frozenset(others.get(each, each) for each in known.types))

    def once(self, key: Hashable, nothing: Answer, work: Callable[[], Answer], depth: int) -> Answer:
        """See `Knowing.once`; what was cut short is kept for one question, but at the top."""
        if key in self._answers:
            self._n_cuts += key in self._busy
            return self._answers[key]  # type: ignore[no-any-return]
        if key in self._passing:
            self._n_cuts += 1
            return self._passing[key]  # type: ignore[no-any-return]
        n_cuts = self._n_cuts
        self._answers[key] = nothing
        self._busy.add(key)
        found = work()
        self._busy.discard(key)
        self._answers[key] = found
        if self._n_cuts != n_cuts and depth > 1:
            self._passing[key] = self._answers.pop(key)
        return found

    def _gives(self, of: Type, definer: Definer, depth: int) -> Known:
        member = definer.member
        if member.alias_of:
            found = self.program.find(of, member.alias_of)
            known = union(self.returned(of, each, depth + 1) for each in found[1]) if found and found[1] else UNKNOWN
        elif member.node is None:
            known = self.held(definer.file, definer.scope, f"@{member.name}", depth, member.is_static)
        elif member.node.type in METHODS:
            known = self._body(definer.file, member.node, depth)
        else:
            known = self.known(definer.file, member.node.child_by_field_name("body"), depth)
        return known if known.types else self._documented(definer)

    def _body(self, file: RubyFile, method: Node, depth: int) -> Known:
        body = method.child_by_field_name("body")
        if body is None:
            return NONE
        found = [self.known(file, body, depth)]
        if b"return" in file.content[body.start_byte : body.end_byte]:
            found += [self.known(file, each, depth) for each in _returned_values(body)]
        return union(found)

    def _documented(self, definer: Definer, name: str = "") -> Known:
        """What a comment says that a method returns, or that a parameter of a name is."""
        found = re.search(_PARAM.format(name) if name else _RETURN, self.program.doc(definer))
        said = (found[1] or found[2] or "") if found is not None else ""
        types = set()
        for each in _CONSTANT.findall(_WHOLE_LISTS.sub("", said)):
            full = self.program.lookup(definer.file, definer.scope, each)
            if full is not None:
                types.add(Type(full))
        if re.search(r"(?<![\w@])self(?!\w)", said) and not name:
            types.add(Type(self.program.full(definer.file, definer.scope), definer.member.is_static))
        return Known(frozenset(types))

    # -- variables ------------------------------------------------------------------------------------------------

    def _variable(self, file: RubyFile, node: Node, depth: int) -> Known:
        scope, method = file.scope_at(node)
        is_static = scope.kind == "singleton" or method is None or method.type == "singleton_method"
        before = self._assigned_before(file, node)
        near = self.known(file, before, depth) if before is not None else UNKNOWN
        if near.types:
            return near
        own = self.held(file, scope, file.text(node), depth, is_static and scope.kind != "block")
        if own.types or method is not None:
            return own
        there = [self._held(each, file.text(node), depth) for each in sorted(self.self_at(file, node, depth).types)]
        return likely(union(there)) if there else own

    def _assigned_before(self, file: RubyFile, node: Node) -> Node | None:
        """What a variable is given last before a place in the same run of a method or a block, at its own level."""
        runs = [each for each in around(node) if each.type in CLOSURES or each.type in METHODS]
        levels = {(each.start_byte, each.end_byte) for each in runs}
        before = (each for each in reversed(file.assignments(file.text(node))) if each.end <= node.start_byte)
        return next((each.value for each in before if each.run in levels), None) if runs else None

    def held(self, file: RubyFile, scope: Scope, name: str, depth: int, is_static: bool) -> Known:
        """What an instance variable of a module's objects is given, anywhere in it and what it derives from."""
        return self._held(Type(self.program.full(file, scope), is_static), name, depth)

    def _held(self, of: Type, name: str, depth: int) -> Known:
        return self.once(("held", of, name), UNKNOWN, lambda: union(self._given(of, name, depth)), depth)

    def _given(self, of: Type, name: str, depth: int) -> Iterator[Known]:
        """What each assignment to an instance variable gives it."""
        found: dict[tuple[str, int], Known] = {}
        for file, scope in [each for link in self.program.lineage(of).links for each in self.program.scopes_of(link)]:
            for each in file.assignments(name):
                key = (file.path, each.start)
                if scope.start <= each.start < scope.end and key not in found and len(found) < _MAX_ASSIGNED:
                    found[key] = self.known(file, each.value, depth) if each.value is not None else UNKNOWN
        yield from found.values() if any(each.types for each in found.values()) else [UNKNOWN]

    def assigned(self, of: Type, name: str) -> list[tuple[RubyFile, Node]]:
        """See `Knowing.assigned`."""
        key = (of, name)
        if key not in self._assigned:
            found = {}
            for link in self.program.lineage(of).links:
                for file, scope in self.program.scopes_of(link):
                    for node in file.mentions(name, scope.start, scope.end):
                        found[file.path, node.start_byte] = (file, node)
            self._assigned[key] = list(found.values())
        return self._assigned[key]

    def bound(self, file: RubyFile, name: Node) -> list[Local] | None:
        """See `Knowing.bound`."""
        return self._locals.bound(file, name)

    def _local(self, file: RubyFile, use: Node, local: Local, depth: int) -> Known:
        if local.parameter is None:
            return self.known(file, local.value, depth) if local.value is not None else UNKNOWN
        found = UNKNOWN
        if local.value is not None:  # what it is when nothing is given
            found = self.known(file, local.value, depth)._replace(is_whole=False)
        owner = local.parameter.parent
        if owner is not None and owner.type in METHODS:
            definer = self._defining(file, owner)
            if definer is None:
                return found
            said = self._documented(definer, re.escape(file.text(use)))
            given = said if said.types else self._parameters.given(definer, local.node, depth)
            return likely(union([given, found])) if given.types else found
        if owner is not None and owner.type in CLOSURES:
            known = self._blocks.parameter(file, owner, local.node, depth)
            return known if known.types else found
        return found

    def _defining(self, file: RubyFile, method: Node) -> Definer | None:
        """The method that is defined at a node."""
        scope, _ = file.scope_at(method)
        name = method.child_by_field_name("name")
        for member in scope.members.get(file.text(name), ()):
            if name is not None and member.start == name.start_byte and member.start in file.numbers:
                return Definer(file, scope, member)
        return None

    def _defaulted(self, file: RubyFile, node: Node, depth: int) -> Known:
        """What `a ||= b` is."""
        sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
        known = [self.known(file, each, depth) for each in sides]
        return known[1] if known[1].types and not known[0].types else union(known)

    def _binary(self, file: RubyFile, node: Node, depth: int) -> Known:
        sign = file.text(node.child_by_field_name("operator"))
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if sign in {"||", "or"}:
            return union([self.known(file, left, depth), self.known(file, right, depth)])
        if sign in {"&&", "and"}:
            return self.known(file, right, depth)
        return UNKNOWN


_BRANCHES = frozenset({"when", "else", "in_clause"})
_LISTS = frozenset(
    "body_statement block_body then else begin begin_block parenthesized_statements ensure interpolation".split()
)
_NO_VALUES = frozenset({"comment", "rescue", "ensure", "heredoc_body", "else"})


def _returned_values(body: Node) -> Iterator[Node]:
    """The values of `return`, not of methods inside."""
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if node.type == "return":
            values = [value for each in node.named_children for value in each.named_children]
            if len(values) == 1 and values[0].type != "nil":
                yield values[0]
        elif node.type not in METHODS:
            waiting += node.named_children
