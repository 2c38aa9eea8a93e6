"""What an expression of Ruby is, as far as its text says: `Name.new`, variables, what methods return.

Comments of YARD (`@param x [Name]`, `@return [Name]`, https://yardoc.org) say what is likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.resolve.ruby.file import METHODS, MODULES, RubyFile, Scope, around
from repoagent_indexers.resolve.ruby.program import Definer, RubyProgram, Type

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
_CLOSURES = frozenset({"block", "do_block", "lambda"})
_BOUNDARIES = METHODS | MODULES | {"singleton_class", "program"}
_PARAMETERS = frozenset({"method_parameters", "block_parameters", "lambda_parameters"})
_RETURN = r"@return\s+\[([^\]]*)\]()"
_PARAM = r"@param\s+(?:\[([^\]]*)\]\s*)?{}\b\s*(?:\[([^\]]*)\])?"
_CONSTANT = re.compile(r"(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*")
_WHOLE_LISTS = re.compile(r"<[^>]*>|\{[^}]*\}")


class Known(NamedTuple):
    """What is known of an object."""

    types: frozenset[Type] = frozenset()
    is_whole: bool = False
    """Whether it can be nothing else."""
    is_exact: bool = False
    """Whether it is of these very classes and of none that derives from them."""


UNKNOWN = Known()
NONE = Known(is_whole=True, is_exact=True)


class Local(NamedTuple):
    """Where a local variable is bound."""

    node: Node
    value: Node | None
    """What it is given; None for a parameter and where that is not plain."""
    parameter: Node | None = None


def union(found: Iterable[Known]) -> Known:
    """What is one of several."""
    all_found = list(found)
    types = frozenset(each for known in all_found for each in known.types)
    return Known(types, all(each.is_whole for each in all_found), all(each.is_exact for each in all_found))


class Expressions:
    """What expressions are, over one program."""

    def __init__(self, program: RubyProgram) -> None:
        self.program = program
        self._returned: dict[tuple[str, int], Known] = {}
        self._busy: set[tuple[str, int] | tuple[Type, str]] = set()
        self._held: dict[tuple[Type, str], Known] = {}
        self._n_cuts = 0
        """How often something was left unknown because too much else was being worked out: nothing found so is kept."""
        self._n_left = 0
        self._bound: dict[tuple[str, int, str], list[tuple[int, int, Local]]] = {}

    def known(self, file: RubyFile, node: Node | None, depth: int = 0) -> Known:
        """What an expression is."""
        if not depth:
            self._n_left = _MAX_STEPS
        self._n_left -= 1
        if node is None or depth > _MAX_DEPTH or self._n_left < 0:
            self._n_cuts += node is not None
            return UNKNOWN
        depth += 1
        if node.type in _CORE:
            return Known(frozenset({Type(_CORE[node.type])}), is_whole=True, is_exact=True)
        match node.type:
            case "self":
                return self.self_at(file, node)
            case "constant" | "scope_resolution":
                return self._constant(file, node, depth)
            case "identifier":
                bound = self.bound(file, node)
                if bound is not None:
                    return union(self._local(file, node, each, depth) for each in bound)
                return self._called(file, node, depth)
            case "call":
                return self._called(file, node, depth)
            case "element_reference":
                return self._element(file, node, depth)
            case "instance_variable":
                return self._variable(file, node, depth)
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
            case "if_modifier" | "unless_modifier":
                return self.known(file, node.child_by_field_name("body"), depth)
            case "when" | "in_clause":
                return self.known(file, node.child_by_field_name("body"), depth)
            case "rescue_modifier":
                return self.known(file, node.child_by_field_name("body"), depth)
            case kind if kind in _LISTS:
                inner = [each for each in node.named_children if each.type not in _NO_VALUES]
                return self.known(file, inner[-1], depth) if inner else NONE
        return UNKNOWN

    # -- self and constants ---------------------------------------------------------------------------------------

    def self_at(self, file: RubyFile, node: Node) -> Known:
        """What `self` is at a node."""
        scope, method = file.scope_at(node)
        name = self.program.full(file, scope)
        if scope.kind == "block":
            closures = [each for each in around(node) if each.type in _CLOSURES and each.start_byte >= scope.start]
            is_whole = method is not None or (scope.written in _EXAMPLES and len(closures) == 1)
            return Known(frozenset({Type(name)}), is_whole)
        if method is None:
            is_static = scope.kind != "file"
            if is_static and any(
                each.type in _CLOSURES for each in takewhile(lambda each: each.type not in MODULES, around(node))
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
        return self.known(where, constant.value, depth) if not isinstance(constant, Scope) else UNKNOWN

    # -- calls ----------------------------------------------------------------------------------------------------

    def _called(self, file: RubyFile, node: Node, depth: int) -> Known:
        """What a call returns."""
        is_call = node.type == "call"
        name = file.text(node.child_by_field_name("method")) if is_call else file.text(node)
        receiver = node.child_by_field_name("receiver") if is_call else None
        of = self.known(file, receiver, depth) if receiver is not None else self.self_at(file, node)
        if name in _ITSELF and receiver is not None:
            return of
        if name == "class" and receiver is not None and of.types:
            return of._replace(types=frozenset(each._replace(is_static=True) for each in of.types))
        return union([self._returned_by(of, each, name, depth) for each in sorted(of.types)] or [UNKNOWN])

    def _element(self, file: RubyFile, node: Node, depth: int) -> Known:
        """What `Name[...]` is: what its `[]` returns, most likely one of its own objects."""
        of = self.known(file, node.child_by_field_name("object"), depth)
        found = [self._returned_by(of, each, "[]", depth) for each in sorted(of.types)]
        if any(each.types for each in found):
            return union(found)
        return Known(frozenset(Type(each.name) for each in of.types if each.is_static))

    def _returned_by(self, of: Known, each: Type, name: str, depth: int) -> Known:
        found = self.program.find(each, name)
        if found is None:
            if each.is_static and name in {"new", "instance", "allocate"}:
                return Known(frozenset({Type(each.name)}), of.is_whole, of.is_exact)
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
        member = definer.member
        key = (definer.file.path, member.start)
        if key in self._returned:
            self._n_cuts += key in self._busy
            return self._returned[key]
        n_cuts = self._n_cuts
        self._returned[key] = UNKNOWN
        self._busy.add(key)
        known = self._gives(of, definer, depth)
        self._busy.discard(key)
        self._returned[key] = known
        if self._n_cuts != n_cuts and depth > 1:
            del self._returned[key]
        return known

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
        return self.held(file, scope, file.text(node), depth, is_static and scope.kind != "block")

    def held(self, file: RubyFile, scope: Scope, name: str, depth: int, is_static: bool) -> Known:
        """What an instance variable of a module's objects is given, anywhere in it and what it derives from."""
        of = Type(self.program.full(file, scope), is_static)
        key = (of, name)
        if key in self._held:
            self._n_cuts += key in self._busy
            return self._held[key]
        n_cuts = self._n_cuts
        self._held[key] = UNKNOWN
        self._busy.add(key)
        links = self.program.lineage(of).links
        scopes = [each for link in links for each in self.program.scopes_of(link)]
        found = [known for where, each in scopes for known in self._given(where, each, name, depth)]
        known = union(found) if any(each.types for each in found) else UNKNOWN
        self._busy.discard(key)
        self._held[key] = known
        if self._n_cuts != n_cuts and depth > 1:
            del self._held[key]
        return known

    def _given(self, file: RubyFile, scope: Scope, name: str, depth: int) -> Iterator[Known]:
        """What each assignment to an instance variable in a scope gives it."""
        pattern = re.compile(re.escape(name).encode() + rb"(?!\w)(?=\s*(?:\|\|)?=(?![=~>])|\s*,)")
        for hit in pattern.finditer(file.content, scope.start, scope.end):
            node = file.root.descendant_for_byte_range(hit.start(), hit.end())
            parent = node.parent if node is not None else None
            if node is None or parent is None or node.type != "instance_variable":
                continue
            if parent.type == "left_assignment_list":
                yield UNKNOWN
            elif parent.type in {"assignment", "operator_assignment"} and parent.child_by_field_name("left") == node:
                yield self.known(file, parent.child_by_field_name("right"), depth)

    def bound(self, file: RubyFile, name: Node) -> list[Local] | None:
        """Where the local variable of a name is bound; None where it is none, but a method that is called."""
        said = file.text(name)
        boundary = next((each for each in around(name) if each.type in _BOUNDARIES), file.root)
        key = (file.path, boundary.start_byte, said)
        if key not in self._bound:
            self._bound[key] = list(_bindings(file, boundary, said))
        found = [each for start, end, each in self._bound[key] if start <= name.start_byte < end]
        before = [each for each in found if each.node.start_byte <= name.start_byte]
        return before or None

    def _local(self, file: RubyFile, use: Node, local: Local, depth: int) -> Known:
        if local.parameter is None:
            return self.known(file, local.value, depth) if local.value is not None else UNKNOWN
        found = UNKNOWN
        if local.value is not None:  # what it is when nothing is given
            found = self.known(file, local.value, depth)._replace(is_whole=False)
        owner = local.parameter.parent
        if owner is not None and owner.type in METHODS:
            scope, _ = file.scope_at(local.parameter)
            name = owner.child_by_field_name("name")
            for member in scope.members.get(file.text(name), ()):
                if name is not None and member.start == name.start_byte and member.start in file.numbers:
                    said = self._documented(Definer(file, scope, member), re.escape(file.text(use)))
                    return said if said.types else found
        elif owner is not None and owner.type in _CLOSURES:
            call = owner.parent
            method = file.text(call.child_by_field_name("method")) if call is not None and call.type == "call" else ""
            if call is not None and method in {"tap", "then", "yield_self"}:
                return self.known(file, call.child_by_field_name("receiver"), depth)
        return found

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


def _bindings(file: RubyFile, boundary: Node, name: str) -> Iterator[tuple[int, int, Local]]:
    """Where a name is bound inside of a method, a module's body or a file: between which places it is to be seen."""
    word = name.encode()
    at = file.content.find(word, boundary.start_byte, boundary.end_byte)
    while at >= 0:
        node = file.root.descendant_for_byte_range(at, at + len(word))
        if node is not None and node.start_byte == at and node.end_byte == at + len(word):
            found = _binding(node)
            closure = next((each for each in around(node) if each.type in _CLOSURES or each.type in _BOUNDARIES), None)
            if found is not None and closure is not None and _is_within(closure, boundary):
                yield closure.start_byte, closure.end_byte, found
        at = file.content.find(word, at + len(word), boundary.end_byte)


def _is_within(closure: Node, boundary: Node) -> bool:
    """Whether what a name is bound in belongs to the same method or body."""
    if closure == boundary:
        return True
    if closure.type not in _CLOSURES:
        return False
    inner = next((each for each in around(closure) if each.type in _BOUNDARIES), None)
    return inner == boundary if inner is not None else boundary.parent is None  # a broken file is no `program`


def _binding(node: Node) -> Local | None:
    parent = node.parent
    if parent is None or node.type not in {"identifier", "hash_key_symbol"}:
        return None
    match parent.type:
        case "assignment" if parent.child_by_field_name("left") == node:
            return Local(node, parent.child_by_field_name("right"))
        case "operator_assignment" if parent.child_by_field_name("left") == node:
            return Local(node, parent.child_by_field_name("right"))
        case "left_assignment_list" | "rest_assignment" | "destructured_left_assignment":
            return Local(node, None)
        case "exception_variable":
            return Local(node, None)
        case "for" if parent.child_by_field_name("pattern") == node:
            return Local(node, None)
        case "keyword_pattern" | "array_pattern" | "as_pattern" | "find_pattern" | "in_clause" | "match_pattern":
            return Local(node, None) if parent.child_by_field_name("value") != node else None
        case kind if kind in _PARAMETERS:
            return Local(node, None, parent)
        case kind if kind.endswith("_parameter") and parent.child_by_field_name("value") != node:
            listed = next((each for each in around(node) if each.type in _PARAMETERS), None)
            return Local(node, parent.child_by_field_name("value"), listed) if listed is not None else None
    return None
