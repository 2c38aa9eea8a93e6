"""How Swift's grammar writes declarations, calls and patterns, and which names a file binds where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.syntax import leaf, mentions, tree_of
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TYPES, Declared, TreeFile

if TYPE_CHECKING:
    from tree_sitter import Node

WRITTEN_TYPES = frozenset(
    "user_type optional_type array_type dictionary_type tuple_type function_type opaque_type existential_type "
    "protocol_composition_type metatype type_pack_expansion type_parameter_pack suppressed_constraint".split()
)
"""Nodes of types that are written."""
DECLARATIONS = frozenset(
    "function_declaration protocol_function_declaration init_declaration deinit_declaration subscript_declaration "
    "property_declaration protocol_property_declaration enum_entry typealias_declaration associatedtype_declaration "
    "class_declaration protocol_declaration macro_declaration operator_declaration".split()
)
CALLED = frozenset(
    {"function_declaration", "protocol_function_declaration", "init_declaration", "subscript_declaration"}
)
CONDITIONS = frozenset({"if_statement", "guard_statement", "while_statement"})
NAMES = frozenset({"simple_identifier", "type_identifier"})
BINARY = frozenset(
    "additive_expression multiplicative_expression comparison_expression equality_expression conjunction_expression "
    "disjunction_expression nil_coalescing_expression range_expression infix_expression bitwise_operation".split()
)
"""Expressions of two sides."""
_BLOCKS = frozenset("statements function_body source_file class_body enum_class_body computed_property".split())
_COMMENTS = frozenset({"comment", "multiline_comment"})
_STATIC = re.compile(r"(?:^|\s)(?:static|class)\s+(?:\w+\s+)*(?:func|var|let|subscript)\b")
_ACCESS = re.compile(r"(?:^|(?<=\s))(?:public|internal|package|open|private|fileprivate|@\w+(?:\([^)]*\))?)\s+")
_OWNING = re.compile(rb"\b__(?:owned|shared)\b")
_COMMENT_IN_TEXT = re.compile(rb'"[^"\n]*/\*')
_WORDS_AND_TEXTS = re.compile(rb'//[^\n]*|/\*.*?\*/|""".*?"""|"(?:\\.|[^"\\\n])*"', re.S)
_PRIVATE = re.compile(r"(?:^|\s)(?:private|fileprivate)\s")


@dataclass(frozen=True, slots=True)
class Given:
    """An argument: its label ("" for none), its expression, and whether it is a closure behind the brackets."""

    label: str
    value: Node
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A parameter of a function or of an enum's case."""

    label: str
    """"" for none."""
    name: Node | None
    written: Node | None
    """Its type."""
    may_lack: bool
    """It has a default, or takes any number."""
    is_open: bool
    """It takes any number: `Int...`."""
    is_worked_out: bool = False
    """What is given is an expression that is worked out later: `@autoclosure () -> Int`."""


class SwiftFile(TreeFile):
    """A file of Swift, which knows the names that its functions, closures and patterns bind."""

    @cached_property
    def root(self) -> Node:
        return tree_of(self.language, _readable(self.content)).root_node

    def like(self, number: int) -> list[int]:
        """The same declaration in all branches of `#if`, in order."""
        if not self._has_branches:
            return [number]
        kind, whole = self.kind(number), self.facts.qualified_name(number)
        head = _ACCESS.sub("", self.signature(number)) if kind not in TYPES else ""
        found = [
            n for n in self.named(self.facts.symbol_name(number))
            if self.kind(n) == kind != "extension" and self.facts.qualified_name(n) == whole
            and (not head or _ACCESS.sub("", self.signature(n)) == head)
        ]  # fmt: skip
        return found if number in found else [number]

    def first_like(self, number: int) -> int:
        return self.like(number)[0]

    @cached_property
    def _has_branches(self) -> bool:
        return b"#if" in self.content

    def declaration(self, number: int) -> Node | None:
        """The node of a symbol."""
        node = self.node_at(self.name_start(number))
        while node is not None and node.type not in DECLARATIONS:
            node = node.parent
        return node

    def node_at(self, start: int) -> Node | None:
        return _named(super().node_at(start))

    def occurrences(self, name: str) -> tuple[Node, ...]:
        """Every place where a name stands as code, quoted ones too."""
        name = name.strip("`")
        if name not in self._nodes:
            n = len(name.encode("utf-8", "surrogateescape"))
            starts = mentions(self.content, name)
            leaves = (leaf(self.root, at, at + n) or leaf(self.root, at - 1, at + n + 1) for at in starts)
            nodes = (_named(each) for each in leaves)
            self._nodes[name] = tuple(
                each for each in nodes if each is not None and each.is_named and self._is_code(each)
            )
        return self._nodes[name]

    def is_static(self, number: int) -> bool:
        """Whether a member is one of the type itself: `static`, the case of an enum, a type."""
        kind = self.kind(number)
        if kind in {"member", "type", "constructor"} or kind in TYPES:
            return True
        return _STATIC.search(self.signature(number).partition("{")[0].partition("(")[0]) is not None

    def is_private(self, number: int) -> bool:
        return _PRIVATE.search(self.signature(number).partition("(")[0]) is not None

    def declared(self, name: str) -> tuple[Declared, ...]:
        """The places that bind a name which is no symbol: variables, parameters, patterns."""
        if name not in self._declared:
            found = (
                self._bound(node) for node in self.occurrences(name)
                if node.type == "simple_identifier" and node.start_byte not in self.numbers
            )  # fmt: skip
            self._declared[name] = tuple(each for each in found if each is not None)
        return self._declared[name]

    def _bound(self, name: Node) -> Declared | None:
        parent = name.parent
        if parent is None:
            return None
        if parent.type == "pattern":
            return self._bound_by_pattern(name, parent)
        if parent.type in CONDITIONS:
            is_bound = _field(parent, name) == "bound_identifier"
            return self._in_condition(name, name, parent) if is_bound else None
        if parent.type == "parameter":
            around = parent.parent
            is_own = _field(parent, name) == "name" and around is not None and around.type in CALLED
            return (
                Declared(name.start_byte, name, -1, around.start_byte, around.end_byte) if is_own and around else None
            )
        if parent.type == "lambda_parameter":
            return self._within(name, parent, "lambda_literal")
        if parent.type == "capture_list_item":
            is_new = parent.child_by_field_name("value") is not None and _field(parent, name) == "name"
            return self._within(name, parent, "lambda_literal") if is_new else None
        if parent.type in {"computed_setter", "willset_clause", "didset_clause"}:
            return Declared(name.start_byte, name, -1, parent.start_byte, parent.end_byte)
        return None

    def _within(self, name: Node, at: Node | None, kind: str) -> Declared | None:
        while at is not None and at.type != kind:
            at = at.parent
        return Declared(name.start_byte, name, -1, at.start_byte, at.end_byte) if at is not None else None

    def _bound_by_pattern(self, name: Node, pattern: Node) -> Declared | None:
        if pattern.named_child_count > 1 and _field(pattern, name) != "bound_identifier":
            return None  # the name of an enum's case
        if pattern.children[0].type == ".":
            return None
        is_bound, child, at = _field(pattern, name) == "bound_identifier", pattern, pattern.parent
        while at is not None and at.type in {"pattern", "switch_pattern", "tuple_pattern"}:
            is_bound = is_bound or any(each.type == "value_binding_pattern" for each in at.children)
            child, at = at, at.parent
        if at is None:
            return None
        if at.type == "property_declaration":
            around = at.parent
            while around is not None and around.type not in _BLOCKS:
                around = around.parent
            if around is None or around.type in {"class_body", "enum_class_body"}:
                return None
            return Declared(name.start_byte, name, -1, at.end_byte, around.end_byte)
        if at.type == "for_statement":
            over = at.child_by_field_name("collection")
            return Declared(
                name.start_byte, name, -1, over.end_byte if over is not None else at.start_byte, at.end_byte
            )
        if at.type in CONDITIONS:
            is_bound = is_bound or _is_led_by_let(child)
            return self._in_condition(name, child, at) if is_bound else None
        if at.type in {"switch_entry", "catch_block"} and is_bound:
            return Declared(name.start_byte, name, -1, name.start_byte, at.end_byte)
        return None

    def _in_condition(self, name: Node, child: Node, statement: Node) -> Declared:
        """A name bound in a condition is seen behind its value, in what follows if that holds."""
        value = value_behind(child)
        start = value.end_byte if value is not None else name.end_byte
        if statement.type == "guard_statement":
            around = statement.parent
            while around is not None and around.type not in _BLOCKS:
                around = around.parent
            return Declared(name.start_byte, name, -1, start, around.end_byte if around is not None else start)
        body = next((each for each in statement.children if each.type == "statements"), None)
        end = body.end_byte if body is not None and statement.type == "if_statement" else statement.end_byte
        return Declared(name.start_byte, name, -1, start, end)

    @cached_property
    def imports(self) -> frozenset[str]:
        """The modules that are imported."""
        rows, strings = self.facts.imports, self.facts.strings
        return frozenset(strings[rows[at]].partition(".")[0] for at in range(0, len(rows), 4))


def _named(node: Node | None) -> Node | None:
    """The name that a leaf is, where it is a word with a meaning of its own as well: `copy`."""
    around = node.parent if node is not None and not node.is_named else None
    return around if around is not None and around.type == "simple_identifier" else node


def _readable(content: bytes) -> bytes:
    """The same bytes without what the grammar stumbles over: `__owned`, a text that holds `/*`."""
    if b"__owned" in content or b"__shared" in content:
        content = _OWNING.sub(lambda found: b" " * len(found[0]), content)
    if _COMMENT_IN_TEXT.search(content):
        content = _WORDS_AND_TEXTS.sub(
            lambda found: found[0] if found[0].startswith(b"/") else found[0].replace(b"/*", b"__"), content
        )
    return content


def _field(parent: Node, child: Node) -> str:
    for n, each in enumerate(parent.children):
        if each.id == child.id:
            return parent.field_name_for_child(n) or ""
    return ""


def field_of(node: Node) -> str:
    """The field in which a node stands."""
    return _field(node.parent, node) if node.parent is not None else ""


def _is_led_by_let(child: Node) -> bool:
    """Whether `case let` begins the condition in which a pattern stands."""
    at = child.prev_sibling
    while at is not None and at.type not in {"case", "else"}:
        at = at.prev_sibling
    behind = at.next_sibling if at is not None and at.type == "case" else None
    return behind is not None and behind.type == "value_binding_pattern"


def value_behind(child: Node) -> Node | None:
    """What a name or pattern of a condition is set to; None for `if let name`."""
    at, depth = child.next_sibling, 0
    while at is not None:
        depth += (at.type == "(") - (at.type == ")")
        if at.type == "=":
            behind = at.next_sibling
            while behind is not None and behind.type in _COMMENTS:
                behind = behind.next_sibling
            return behind
        if (at.type == "," and depth == 0 and child.type != "pattern") or at.type in {
            "statements",
            "else",
            "{",
            "case",
        }:
            return None
        at = at.next_sibling
    return None


def parts(node: Node) -> list[Node]:
    """What a node holds, without comments."""
    return [child for child in node.named_children if child.type not in _COMMENTS]


def text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace").strip("`")


def written_in(node: Node | None) -> Node | None:
    """The first type that is written directly in a node."""
    return (
        next((each for each in node.named_children if each.type in WRITTEN_TYPES), None) if node is not None else None
    )


def result_of(function: Node) -> Node | None:
    """The type that a function or subscript gives."""
    return written_in(function)


def parameters_of(declaration: Node) -> list[Asked]:
    """The parameters of a function, an initialiser, a subscript."""
    found: list[Asked] = []
    children = declaration.children
    for n, each in enumerate(children):
        if each.type != "parameter":
            continue
        labels = [child for child in each.named_children if child.type == "simple_identifier"]
        label = text(labels[0]) if labels else ""
        is_bare = label == "_" or (declaration.type == "subscript_declaration" and len(labels) < 2)
        is_open = any(child.type == "..." for child in children[n + 1 : n + 2]) or text(each).endswith("...")
        has_default = any(child.type == "=" for child in children[n + 1 : n + 3])
        written = written_in(each)
        is_worked_out = b"@autoclosure" in (each.text or b"")
        name = labels[-1] if labels else None
        found.append(Asked("" if is_bare else label, name, written, is_open or has_default, is_open, is_worked_out))
    return found


def values_of(name: Node) -> list[Asked] | None:
    """What a case of an enum holds; None where it holds nothing."""
    at = name.next_sibling
    while at is not None and at.type not in {"enum_type_parameters", ","}:
        at = at.next_sibling
    if at is None or at.type != "enum_type_parameters":
        return None
    found, label = [], ""
    for n, child in enumerate(at.children):
        if child.type in {"simple_identifier", "wildcard_pattern"}:
            label = "" if text(child) == "_" else text(child)
        elif child.type in WRITTEN_TYPES:
            has_default = any(each.type == "=" for each in at.children[n + 1 : n + 2])
            found.append(Asked(label, None, child, has_default, is_open=False))
            label = ""
    return found


def type_parameters_of(declaration: Node) -> list[Node]:
    """The names of the type parameters that a declaration introduces."""
    listed = next((child for child in declaration.named_children if child.type == "type_parameters"), None)
    each = listed.named_children if listed is not None else []
    return [name for p in each if p.type == "type_parameter" and (name := _first_name(p)) is not None]


def _first_name(node: Node) -> Node | None:
    at: Node | None = node
    while at is not None and at.type != "type_identifier":
        at = at.named_children[0] if at.named_children else None
    return at


def constraints_of(declaration: Node) -> Iterator[tuple[Node, Node, bool]]:
    """What `where` says: what is constrained, the type, and whether it is that type (else derived from it)."""
    for child in declaration.named_children:
        for each in child.named_children if child.type == "type_constraints" else ():
            rule = each.named_children[0] if each.type == "type_constraint" and each.named_children else None
            if rule is not None and rule.named_child_count >= 2:
                yield rule.named_children[0], rule.named_children[-1], rule.type == "equality_constraint"


def heritage(declaration: Node) -> Iterator[Node]:
    """The types in a type's header, those of an associated type."""
    for child in declaration.named_children:
        if (
            child.type == "inheritance_specifier"
            and (written := child.child_by_field_name("inherits_from")) is not None
        ):
            yield written
    if declaration.type == "associatedtype_declaration" and (written := written_in(declaration)) is not None:
        yield written


def callee_of(call: Node) -> Node:
    """What is called, of a call in brackets with closures behind them too; of `a + b(c)`, `b`."""
    inner = _in_brackets(call)
    at = _first(inner if inner is not None else call)
    while at.type in BINARY | {"value_parameter_pack"} and at.named_children:
        at = at.named_children[-1]
    return at


def left_of(call: Node) -> Node | None:
    """The expression `a + b` that the grammar takes for what is called in `a + b(c)`; None for any other call."""
    first = _first(call)
    return first if first.type in BINARY else None


def _first(call: Node) -> Node:
    return next((each for each in call.children if each.is_named and each.type not in _COMMENTS), call)


def _in_brackets(call: Node) -> Node | None:
    """The call `name(...)` of which another node is the whole with its closures: `name(...) { }`."""
    inner = _first(call)
    if inner.type != "call_expression" or call.type != "call_expression" or _kinds(call) != {"lambda_literal"}:
        return None
    return (
        inner
        if "value_arguments" in _kinds(inner) and not is_index(inner) and "lambda_literal" not in _kinds(inner)
        else None
    )


def _kinds(call: Node) -> set[str]:
    return {each.type for each in call.named_children[-1].named_children} - {"simple_identifier"} - _COMMENTS


def is_index(call: Node) -> bool:
    """Whether a call is that of a subscript: `list[0]`."""
    suffix = call.named_children[-1]
    listed = suffix.named_children[0] if suffix.named_children else None
    return listed is not None and listed.type == "value_arguments" and listed.children[0].type == "["


def arguments_of(call: Node) -> list[Given]:
    """What a call is given."""
    suffix = call.named_children[-1]
    inner = _in_brackets(call)
    found = arguments_of(inner) if inner is not None else []
    label = ""
    for child in suffix.named_children:
        if child.type == "value_arguments":
            for each in child.named_children:
                value = each.child_by_field_name("value") if each.type == "value_argument" else None
                if value is not None:
                    named = each.child_by_field_name("name")
                    found.append(Given(text(named) if named is not None else "", value, is_behind=False))
        elif child.type == "simple_identifier":
            label = text(child)
        elif child.type == "lambda_literal":
            found.append(Given(label, child, is_behind=True))
            label = ""
    return found


def call_around(argument: Node) -> Node | None:
    """The call that an expression is an argument of."""
    at = argument.parent
    if at is not None and at.type == "value_argument":
        at = at.parent
    if at is not None and at.type == "value_arguments":
        at = at.parent
    if at is not None and at.type in {"call_suffix", "constructor_suffix"}:
        at = at.parent
    return _whole(at) if at is not None and at.type in {"call_expression", "constructor_expression"} else None


def _whole(call: Node) -> Node:
    """A call with the closures behind it."""
    around = call.parent
    is_inner = around is not None and around.type == "call_expression" and _in_brackets(around) == call
    return around if is_inner and around is not None else call


def call_of(name: Node) -> Node | None:
    """The call of what a name names: `name()`, `x.name()`, `.name()`."""
    at = name
    if at.parent is not None and at.parent.type == "navigation_suffix":
        at = at.parent.parent or at
    elif at.parent is not None and at.parent.type == "prefix_expression" and at.parent.children[0].type == ".":
        at = at.parent
    whole = at
    while whole.parent is not None and whole.parent.type in BINARY | {"value_parameter_pack"}:
        if whole.parent.named_children[-1].id != whole.id:
            break
        whole = whole.parent
    call = whole.parent
    if call is None or call.type != "call_expression" or callee_of(call).id != at.id or is_index(call):
        return None
    return _whole(call)


def fitted(asked: list[Asked], given: list[Given]) -> list[int] | None:
    """For each argument the place of its parameter; None where the call does not fit."""
    found: list[int] = []
    at = 0
    for n, each in enumerate(given):
        if each.is_behind and not each.label:  # to the first that may be a closure, of those that are left
            later = [k for k in range(at, len(asked)) if _may_be_closure(asked[k])]
            required = [k for k in later if not asked[k].may_lack]
            is_last = not any(other.is_behind for other in given[n + 1 :])
            chosen = (required or later)[:1] if not is_last or required else later[-1:]
            if not chosen or any(not asked[k].may_lack for k in range(at, chosen[0])):
                return None
            at = chosen[0] + 1
            found.append(chosen[0])
            continue
        if found and asked[found[-1]].is_open and not each.label and not each.is_behind:
            found.append(found[-1])
            continue
        while at < len(asked) and asked[at].label != each.label and asked[at].may_lack:
            at += 1
        if at >= len(asked) or asked[at].label != each.label:
            return None
        found.append(at)
        at += 1
    if any(not each.may_lack for each in asked[at:]):
        return None
    return found


def _may_be_closure(asked: Asked) -> bool:
    """Whether a parameter may take a closure: its type is a function's, or a name that may stand for one."""
    if asked.written is None:
        return False
    words = text(asked.written)
    return "->" in words or (asked.written.type in {"user_type", "optional_type"} and words.rstrip("?") not in _PLAIN)


_PLAIN = frozenset("Int String Bool Double Float UInt Character UInt8 Int64 Int32".split())


def last_of(block: Node | None) -> Node | None:
    """The only expression of a closure or body, which it gives."""
    inside = [each for each in parts(block) if each.type == "statements"] if block is not None else []
    listed = parts(inside[0]) if inside else []
    if len(listed) != 1:
        return None
    if listed[0].type == "control_transfer_statement":
        return listed[0].child_by_field_name("result")
    return listed[0]


def returns_of(block: Node) -> list[Node]:
    """What the `return`s of a body give, without those of closures and functions inside."""
    found: list[Node] = []
    waiting = list(block.named_children)
    while waiting and len(found) < 3:
        node = waiting.pop(0)
        if node.type == "control_transfer_statement" and node.children[0].type == "return":
            if (result := node.child_by_field_name("result")) is not None:
                found.append(result)
        elif node.type not in {"lambda_literal", "function_declaration", "class_declaration"}:
            waiting += node.named_children
    return found


def is_function(kind: str) -> bool:
    return kind in FUNCTIONS
