"""One file of Ruby: the modules that it opens, what each is given there, and where a place stands in them.

https://docs.ruby-lang.org/en/master/syntax/modules_and_classes_rdoc.html says what
`class`, `module` and `class << self` open. Calls that define or mix in are read as what they are known to do, and
nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.languages import ruby_calls
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.resolve.code_file import CodeFile

if TYPE_CHECKING:
    from tree_sitter import Node

MIXINS = frozenset({"include", "extend", "prepend"})
METHODS = frozenset({"method", "singleton_method"})
MODULES = frozenset({"class", "module"})
CLOSURES = frozenset({"block", "do_block", "lambda"})
_NESTING = frozenset(
    "body_statement block_body if unless if_modifier unless_modifier else elsif then begin begin_block rescue ensure"
    " program parenthesized_statements".split()
)
"""Between a module and a statement of its own."""
_HOOKS = frozenset({"included", "extended", "prepended", "inherited"})
_HOOKED = re.compile(r"\.\s*(?:send[ (]+:)?(extend|include|prepend)[\s,(]+([A-Z]\w*(?:::[A-Z]\w*)*)")
_NAMED = frozenset({"identifier", "constant", "setter", "operator"})


class Member(NamedTuple):
    """A method or an accessor that a module is given."""

    name: str
    start: int
    """Where its name begins."""
    node: Node | None
    """The definition; None for an accessor or another name for a method."""
    is_static: bool
    """Of the module itself, not of its instances."""
    is_private: bool
    alias_of: str = ""


class Mixin(NamedTuple):
    """A module that is taken in."""

    kind: str
    """include, extend, prepend; `hook extend` and `hook include` for what is done to whoever takes this module in."""
    name: str
    """As written; "self" for itself."""
    start: int


@dataclass(eq=False, slots=True)
class Scope:
    """One opening of a module, the file itself, or a block with methods of its own (`describe`, `Class.new`)."""

    kind: str
    """file, class, module, singleton, block."""
    written: str
    """The name as written, of a block what it is given to."""
    parent: Scope | None
    start: int
    end: int
    name_start: int = -1
    base: str = ""
    """The superclass as written; "?" for one that is no name."""
    mixins: list[Mixin] = field(default_factory=list)
    members: dict[str, list[Member]] = field(default_factory=dict)
    lets: dict[str, Node] = field(default_factory=dict)
    """Name -> the block that says what it is: RSpec's `let`, `subject`."""
    described: str = ""
    """The constant that the `describe` around is about."""

    def add(self, member: Member) -> None:
        self.members.setdefault(member.name, []).append(member)


class Constant(NamedTuple):
    """A constant that is assigned, and no class."""

    written: str
    start: int
    scope: Scope
    value: Node | None


class Assignment(NamedTuple):
    """Where a variable is given something."""

    start: int
    end: int
    value: Node | None
    """None where that is one of several."""
    run: tuple[int, int]
    """The span of the innermost method or block around it."""


class RubyFile(CodeFile):
    """One file, and what it opens."""

    def __init__(self, path: str, language: str, content: bytes, facts: Facts) -> None:
        super().__init__(path, language, content, facts)
        self.constants: list[Constant] = []
        self.top = Scope("file", "", None, 0, len(content) + 1)
        self.scopes = [self.top]
        self._assignments: dict[str, list[Assignment]] = {}

    def read(self) -> RubyFile:
        """Find what the file opens; returns itself."""
        self._walk(self.root.named_children, self.top, _State())
        return self

    def text(self, node: Node | None) -> str:
        return self.content[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""

    def leaf(self, start: int) -> Node | None:
        """The name that begins at a place, of a symbol behind its colon."""
        node = self.root.descendant_for_byte_range(start, start + 1)
        if node is not None and node.type == "simple_symbol":
            return node if node.start_byte == start - 1 else None
        is_name = node is not None and node.start_byte == start and node.type in _LEAVES
        return node if is_name else None

    def scope_at(self, node: Node) -> tuple[Scope, Node | None]:
        """The innermost scope around a node, and the method in it around the node."""
        method, at = None, node.parent
        while at is not None:
            if method is None and at.type in METHODS:
                method = at
            scope = self._by_place.get((at.start_byte, at.end_byte)) if at.type in _OPENING else None
            if scope is not None and not _is_in_header(at, node):
                return scope, method
            at = at.parent
        return self.top, method

    def opened_at(self, call: Node) -> Scope | None:
        """What a call opens that makes a class."""
        return self._by_place.get((call.start_byte, call.end_byte))

    def assignments(self, name: str) -> list[Assignment]:
        """Where a variable of a name is given something, in order."""
        if name not in self._assignments:
            found = []
            for node in self.mentions(name, 0, len(self.content)):
                parent = node.parent
                if parent is None or parent.child_by_field_name("left") != node:
                    value = None
                    if parent is None or parent.type != "left_assignment_list":
                        continue
                elif parent.type not in {"assignment", "operator_assignment"}:
                    continue
                else:
                    value = parent.child_by_field_name("right")
                run = next((each for each in around(node) if each.type in CLOSURES or each.type in METHODS), self.root)
                found.append(Assignment(node.start_byte, parent.end_byte, value, (run.start_byte, run.end_byte)))
            self._assignments[name] = found
        return self._assignments[name]

    def mentions(self, name: str, start: int, end: int) -> Iterator[Node]:
        """The places between two others where a variable of a name stands."""
        word = name.encode()
        at = self.content.find(word, start, end)
        while at >= 0:
            node = self.root.descendant_for_byte_range(at, at + len(word))
            if node is not None and node.start_byte == at and node.end_byte == at + len(word):
                yield node
            at = self.content.find(word, at + len(word), end)

    @cached_property
    def _by_place(self) -> dict[tuple[int, int], Scope]:
        return {(scope.start, scope.end): scope for scope in self.scopes[1:]}

    # -- reading --------------------------------------------------------------------------------------------------

    def _walk(self, nodes: list[Node], scope: Scope, state: _State) -> None:
        for node in nodes:
            match node.type:
                case "class" | "module":
                    self._opened(node, scope)
                case "singleton_class":
                    self._singleton(node, scope)
                case "method":
                    self._method(node, scope, state)
                case "singleton_method":
                    self._singleton_method(node, scope)
                case "alias":
                    self._alias(node, scope)
                case "assignment":
                    self._assigned(node, scope)
                case "call":
                    self._called(node, scope, state)
                case "identifier":
                    state.says(self.text(node))
                case kind if kind in _NESTING:
                    self._walk(node.named_children, scope, state)

    def _opened(self, node: Node, around: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is None:
            return
        base = node.child_by_field_name("superclass")
        last = name.child_by_field_name("name") if name.type == "scope_resolution" else name
        start = last.start_byte if last is not None else name.start_byte
        scope = Scope(node.type, self.text(name), around, node.start_byte, node.end_byte, start)
        if base is not None and base.named_children:
            scope.base = self._base(base.named_children[0], scope)
        self._enter(scope, node.child_by_field_name("body"))

    def _base(self, node: Node, scope: Scope) -> str:
        """The superclass as written: of `Struct.new(:a)` with its fields, of `Name(...)` the class of that name."""
        made = self._made_class(node) if node.type == "call" else None
        if made is not None:
            scope.members.update(made.members)
            return made.base
        return self._class_name(node)

    def _class_name(self, node: Node) -> str:
        """The name of a class as written, of `Name(...)` too; "?" for anything else."""
        method = node.child_by_field_name("method") if node.type == "call" else None
        if method is None or method.type != "constant":
            return self._name(node)
        receiver = node.child_by_field_name("receiver")
        return self.text(method) if receiver is None else f"{self.text(receiver)}::{self.text(method)}"

    def _singleton(self, node: Node, around: Scope) -> None:
        value = self.text(node.child_by_field_name("value"))
        scope = Scope("singleton", value, around, node.start_byte, node.end_byte)
        self._enter(scope, node.child_by_field_name("body"))

    def _enter(self, scope: Scope, body: Node | None) -> None:
        self.scopes.append(scope)
        self._walk(body.named_children if body is not None else [], scope, _State())

    def _method(self, node: Node, scope: Scope, state: _State) -> None:
        name = node.child_by_field_name("name")
        if name is None or name.type not in _NAMED:
            return
        is_static = scope.kind == "singleton"
        member = Member(self.text(name), name.start_byte, node, is_static, state.is_private)
        scope.add(member)
        if state.is_function:
            scope.add(member._replace(is_static=True, is_private=False))
        if is_static and member.name in _HOOKS:
            self._hook(node, scope)

    def _singleton_method(self, node: Node, scope: Scope) -> None:
        name, of = node.child_by_field_name("name"), node.child_by_field_name("object")
        if name is None or of is None:
            return
        member = Member(self.text(name), name.start_byte, node, is_static=True, is_private=False)
        if of.type == "self" or self.text(of) == scope.written.rpartition("::")[2]:
            scope.add(member)
            if member.name in _HOOKS:
                self._hook(node, scope)
        elif of.type in {"constant", "scope_resolution"}:
            other = Scope("module", self.text(of), scope, node.start_byte, node.end_byte)
            other.add(member)
            self.scopes.append(other)

    def _hook(self, node: Node, scope: Scope) -> None:
        """What a module does to whoever takes it in: `base.extend ClassMethods`."""
        for found in _HOOKED.finditer(self.text(node)):
            scope.mixins.append(Mixin(f"hook {found[1]}", found[2], node.start_byte))

    def _alias(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            start = name.start_byte + (name.type == "simple_symbol")
            other = self.text(node.child_by_field_name("alias")).removeprefix(":")
            is_static = scope.kind == "singleton"
            scope.add(
                Member(self.text(name).removeprefix(":"), start, None, is_static, is_private=False, alias_of=other)
            )

    def _assigned(self, node: Node, scope: Scope) -> None:
        left, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or left.type not in {"constant", "scope_resolution"}:
            if value is not None and value.type in {"call", "assignment"}:
                self._walk([value], scope, _State())
            return
        last = left.child_by_field_name("name") if left.type == "scope_resolution" else left
        start = last.start_byte if last is not None else left.start_byte
        made = self._made_class(value) if value is not None and value.type == "call" else None
        if value is None or made is None:
            self.constants.append(Constant(self.text(left), start, scope, value))
            return
        made.written, made.parent, made.name_start = self.text(left), scope, start
        body = _block_body(value)
        self._enter(made, body)

    def _made_class(self, call: Node) -> Scope | None:
        """What `Class.new(Base)`, `Module.new`, `Struct.new(:a)` and `Data.define(:a)` open."""
        of, method = self.text(call.child_by_field_name("receiver")), self.text(call.child_by_field_name("method"))
        if (of.removeprefix("::"), method) not in _CLASS_MAKERS:
            return None
        given = _arguments(call)
        scope = Scope("module" if of.endswith("Module") else "class", "", None, call.start_byte, call.end_byte)
        if of.endswith("Class"):
            scope.base = self._class_name(given[0]) if given else ""
        elif not of.endswith("Module"):
            scope.base = of
            for one in given:
                if one.type == "simple_symbol":
                    name = self.text(one)[1:]
                    for said in (name, f"{name}="):
                        scope.add(Member(said, one.start_byte + 1, None, is_static=False, is_private=False))
        return scope

    def _called(self, node: Node, scope: Scope, state: _State) -> None:
        name = self.text(node.child_by_field_name("method"))
        receiver = node.child_by_field_name("receiver")
        given = _arguments(node)
        if receiver is None:
            if name in MIXINS:
                for one in reversed(given):
                    written = "self" if one.type == "self" else self._name(one)
                    kind = "extend" if scope.kind == "singleton" and name == "include" else name
                    scope.mixins.append(Mixin(kind, written, node.start_byte))
            elif name in _VISIBILITY:
                inner = _State()
                inner.says(name)
                self._walk(given, scope, inner)
                self._mark(name, given, scope)
                if not given:
                    state.says(name)
                return
            elif name in {"private_class_method", "memoize", "helper_method", "public_class_method"}:
                self._walk(given, scope, state)
            elif name in {"let", "let!", "subject", "subject!"} and node.child_by_field_name("block") is not None:
                label = self.text(given[0])[1:] if given and given[0].type == "simple_symbol" else "subject"
                body = _block_body(node)
                if body is not None:
                    scope.lets[label] = body
                return
            else:
                self._defined(node, name, scope, state)
        elif self.text(receiver) == "self" and name in MIXINS:
            scope.mixins.extend(Mixin(name, self._name(one), node.start_byte) for one in given)
        body = _block_body(node)
        if body is not None:
            self._block(node, name, receiver, body, scope, state)

    def _block(self, node: Node, name: str, receiver: Node | None, body: Node, scope: Scope, state: _State) -> None:
        of = self.text(receiver)
        made = self._made_class(node) if receiver is not None else None
        inner: Scope | None = None
        if made is not None:
            made.parent = scope
            made.kind, made.written = "block", "Class"
            inner = made
        elif name in {"class_eval", "module_eval", "class_exec"} and receiver is not None and of[:1].isupper():
            inner = Scope("class", of, scope, node.start_byte, node.end_byte)
        elif name == "class_methods" and receiver is None:
            inner = Scope("module", "ClassMethods", scope, node.start_byte, node.end_byte)
        elif name == "refine" and receiver is None and _arguments(node):
            inner = Scope("class", f"::{self._name(_arguments(node)[0])}", scope, node.start_byte, node.end_byte)
        elif scope.kind == "file" and receiver is not None and name not in _GROUPS:
            pass  # `RSpec.configure do`: what is defined there is as if at the top of the file
        elif scope.kind in {"file", "block"} or (name in _GROUPS and receiver is None):
            inner = Scope("block", name, scope, node.start_byte, node.end_byte)
            about = [self._name(one) for one in _arguments(node)[:1]]
            inner.described = about[0] if about and about[0] != "?" else scope.described
        if inner is not None:
            self._enter(inner, body)
        else:
            self._walk(body.named_children, scope, state)

    def _defined(self, node: Node, name: str, scope: Scope, state: _State) -> None:
        """The methods that a call of this name makes."""
        given = _arguments(node)
        for each in ruby_calls.made(node, name.encode()):
            said = self.text(each.label).removeprefix(":")
            start = each.label.start_byte + (each.label.type == "simple_symbol")
            is_static = (
                scope.kind == "singleton" or name in {"define_singleton_method", "scope"} or name[1:] == "attr_accessor"
            )
            alias = self.text(given[1]).strip(":\"'") if name == "alias_method" and len(given) > 1 else ""
            member = Member(said, start, each.body, is_static, state.is_private, alias)
            if name not in {"attr_writer"}:
                scope.add(member)
            if name in {"attr_writer", "attr_accessor", "class_attribute", "mattr_accessor", "cattr_accessor"}:
                scope.add(member._replace(name=f"{said}="))
            if name == "class_attribute":
                scope.add(member._replace(is_static=True))
                scope.add(member._replace(name=f"{said}=", is_static=True))

    def _mark(self, name: str, given: list[Node], scope: Scope) -> None:
        """`private :a, :b` and `module_function :a`."""
        named = {self.text(one)[1:] for one in given if one.type == "simple_symbol"}
        for said in named & set(scope.members):
            known = scope.members[said]
            if name == "module_function":
                known += [each._replace(is_static=True) for each in known]
            else:
                known[:] = [each._replace(is_private=name != "public") for each in known]

    def _name(self, node: Node) -> str:
        """A constant as written; "?" for anything else."""
        return self.text(node) if node.type in {"constant", "scope_resolution"} else "?"


_CLASS_MAKERS = frozenset({("Class", "new"), ("Module", "new"), ("Struct", "new"), ("Data", "define")})
_GROUPS = frozenset({"describe", "context", "section", "shared_examples", "shared_context"})
"""Calls whose block is a class of its own, below the one around it, in a class of tests too."""
_VISIBILITY = frozenset({"private", "protected", "public", "module_function"})
_OPENING = frozenset({"class", "module", "singleton_class", "call", "singleton_method"})
_LEAVES = frozenset(
    {"identifier", "constant", "setter", "hash_key_symbol", "class_variable", "global_variable", "self"}
)


class _State:
    """What holds for the methods that follow in a body."""

    def __init__(self) -> None:
        self.is_private = False
        self.is_function = False

    def says(self, word: str) -> None:
        if word in _VISIBILITY:
            self.is_private = word in {"private", "protected"}
            self.is_function = word == "module_function"


def _arguments(call: Node) -> list[Node]:
    listed = call.child_by_field_name("arguments")
    return [one for one in listed.named_children if one.type != "comment"] if listed is not None else []


def _block_body(call: Node) -> Node | None:
    block = call.child_by_field_name("block")
    return block.child_by_field_name("body") if block is not None else None


def _is_in_header(opening: Node, node: Node) -> bool:
    """Whether a node stands in front of the body of what is opened: the name of a class, its base."""
    if opening.type == "call":
        body = opening.child_by_field_name("block")
    elif opening.type == "singleton_method":
        return opening.child_by_field_name("object") == node
    else:
        body = opening.child_by_field_name("body")
    return body is None or not body.start_byte <= node.start_byte < body.end_byte


def around(node: Node) -> Iterator[Node]:
    """What stands around a node, innermost first."""
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


arguments = _arguments
block_body = _block_body
