"""What Rust's macro calls, patterns and paths say, read off the tree alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.syntax import plain_tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_CALL = re.compile(rb"\b(?:\w+\s*::\s*)*(\w+)(!)\s*([(\[{])")
_ROUNDS = 5
_ITEMS = frozenset({"declaration_list", "macro_definition"})
PATHS = frozenset({"scoped_identifier", "scoped_type_identifier"})
GENERICS = frozenset({"generic_type", "generic_type_with_turbofish", "generic_function"})
BOUNDS = frozenset({"type_identifier", "scoped_type_identifier", "generic_type", "higher_ranked_trait_bound"})
BLOCKS = frozenset({"impl_item", "trait_item"})
PATTERNS = frozenset(
    "tuple_struct_pattern struct_pattern field_pattern tuple_pattern ref_pattern mut_pattern reference_pattern "
    "captured_pattern or_pattern match_pattern slice_pattern remaining_field_pattern".split()
)
SEEING_THROUGH = frozenset(
    {"ref_pattern", "mut_pattern", "reference_pattern", "captured_pattern", "or_pattern", "match_pattern"}
)
_STATEMENTS = frozenset({"let_declaration", "let_condition", "for_expression"})
BINDERS = frozenset(
    {"let_declaration", "let_condition", "for_expression", "parameter", "closure_parameters", "match_arm"}
)


def opened(content: bytes) -> bytes:
    """The same code with calls of macros written as what they look like: `assert!(a.b())` as a function's call.

    Arguments of a macro are no code to a grammar, but nearly always they read as expressions. In place of the mark, or
    of the whole name before a bracket or brace, stand blanks, so that every place stays what it is. A call whose
    arguments do not read as code is left alone.
    """
    if b"!" not in content:
        return content
    code = bytearray(content)
    tried: set[int] = set()
    open_now: list[tuple[int, int, int]] = []
    for _ in range(_ROUNDS):
        root = plain_tree_of("rust", bytes(code)).root_node
        broken = [each for each in open_now if _is_broken(root, each[2])]
        for start, end, _ in broken:
            code[start:end] = content[start:end]
        open_now = []
        for found in _CALL.finditer(code):
            node = root.descendant_for_byte_range(found.start(1), found.end(1)) if found.start(2) not in tried else None
            while node is not None and node.type in {"identifier", *PATHS}:
                node = node.parent
            if node is None or node.type != "macro_invocation" or _is_item(node):
                continue
            tried.add(found.start(2))
            start = found.start(2) if found[3] == b"(" else node.start_byte
            code[start : found.end(2)] = b" " * (found.end(2) - start)
            open_now.append((start, found.end(2), found.start(3)))
        if not open_now and not broken:
            break
    return bytes(code)


def _is_broken(root: Node, bracket: int) -> bool:
    """Whether what begins with a bracket does not read as code."""
    node = root.descendant_for_byte_range(bracket, bracket + 1)
    node = node.parent if node is not None and not node.is_named else node
    return node is None or node.has_error or node.start_byte != bracket or node.type == "ERROR"


def _is_item(call: Node) -> bool:
    """Whether a call of a macro stands where no expression can, or inside of a macro's definition."""
    outer = call.parent
    if outer is not None and outer.type == "expression_statement":
        outer = outer.parent
    return outer is None or outer.type in _ITEMS or call.type.endswith("_type")


def trait_of(path: Node) -> Node | None:
    """The trait in `<Type as Trait>`; None for any other path."""
    inner = path.named_children[0] if path.type == "bracketed_type" and path.named_children else None
    return inner.child_by_field_name("alias") if inner is not None and inner.type == "qualified_type" else None


def seen_from(name: Node) -> int:
    """Where a variable begins to be seen: behind the statement that binds it."""
    child, at = name, name.parent
    while at is not None and at.type in PATTERNS:
        child, at = at, at.parent
    if at is None or at.type not in BINDERS or at.child_by_field_name("pattern") != child:
        return name.start_byte
    value = at.child_by_field_name("value") if at.type in _STATEMENTS else None
    return value.end_byte if value is not None else name.start_byte


def is_macro(content: bytes, name: Node) -> bool:
    """Whether a name is that of a macro that is called."""
    after = content[name.end_byte : name.end_byte + 2]
    return after.startswith(b"!") and after != b"!="


def is_compared(node: Node, name: str) -> bool:
    """Whether a name in a pattern is one that is compared with, by the habit of all Rust: `None`, `MAX`."""
    return name[:1].isupper() and node.parent is not None and node.parent.type in PATTERNS


def parts_of(node: Node | None) -> tuple[str, ...]:
    """The names of a path, from its first; () for one that does not begin with a name: `<T as Trait>::name`."""
    if node is None:
        return ()
    if node.type in PATHS:
        path, label = node.child_by_field_name("path"), node.child_by_field_name("name")
        before = parts_of(path)
        return (*before, _text(label)) if label is not None and (before or path is None) else ()
    if node.type in GENERICS:
        return parts_of(node.child_by_field_name("type") or node.child_by_field_name("function"))
    if node.type in {"identifier", "type_identifier", "crate", "self", "super", "metavariable"}:
        return (_text(node),)
    return ()


def path_to(node: Node) -> tuple[str, ...]:
    """The path that ends with a name, as far as it is written right there."""
    if node.parent is not None and node.parent.type == "token_tree":
        return _path_in_tokens(node)
    child: Node = node
    while (outer := child.parent) is not None and outer.type in GENERICS and outer.named_children[0] == child:
        child = outer
    outer = child.parent
    if outer is not None and outer.type in PATHS and outer.child_by_field_name("name") == child:
        return parts_of(outer)
    return (_text(node),)


def _path_in_tokens(node: Node) -> tuple[str, ...]:
    """The same among the arguments of a macro that do not read as code."""
    parts = [_text(node)]
    at = node.prev_sibling
    while at is not None and at.type == "::" and at.prev_sibling is not None and at.prev_sibling.is_named:
        parts.insert(0, _text(at.prev_sibling))
        at = at.prev_sibling.prev_sibling
    return tuple(parts)


def is_loose_member(node: Node) -> bool:
    """Whether a name stands behind a dot, or before a colon, where a macro's arguments do not read as code."""
    if node.parent is None or node.parent.type != "token_tree":
        return False
    before, after = node.prev_sibling, node.next_sibling
    return (before is not None and before.type == ".") or (after is not None and after.type == ":")


def imported_by(node: Node) -> tuple[str, ...] | None:
    """The path that a name in a `use` ends, with what stands before the braces around it; None outside of one."""
    parts = path_to(node)
    child, at = node, node.parent
    if at is not None and at.type == "use_as_clause" and at.child_by_field_name("alias") == node:
        parts = parts_of(at.child_by_field_name("path"))
    while at is not None:
        if at.type == "scoped_use_list" and at.child_by_field_name("list") == child:
            parts = (*parts_of(at.child_by_field_name("path")), *parts)
        if at.type in {"use_declaration", "extern_crate_declaration"}:
            return parts
        if at.type.endswith(("block", "_item")):
            return None
        child, at = at, at.parent
    return None


def block_around(node: Node) -> Node | None:
    """The `impl` or `trait` whose `Self` a place sees."""
    at: Node | None = node
    while at is not None and at.type not in BLOCKS:
        at = at.parent
    return at


def chain(node: Node) -> Iterator[Node]:
    """A call of a method, and those whose results it is called on, outermost first."""
    at: Node | None = node
    while at is not None and at.type == "call_expression":
        yield at
        callee = at.child_by_field_name("function")
        while callee is not None and callee.type == "generic_function":
            callee = callee.child_by_field_name("function")
        at = callee.child_by_field_name("value") if callee is not None and callee.type == "field_expression" else None
        while at is not None and at.type == "try_expression":
            at = at.named_children[0]


def bounds(function: Node | None, parameter: str) -> Iterator[Node]:
    """What a `where` asks of a type parameter."""
    at = function
    while at is not None:
        for clause in at.named_children:
            for each in clause.named_children if clause.type == "where_clause" else ():
                left, right = each.child_by_field_name("left"), each.child_by_field_name("bounds")
                if left is not None and right is not None and _text(left) == parameter:
                    yield right
        at = at.parent


def constraints(function: Node, parameter: str) -> Iterator[Node]:
    """What is asked of a type parameter where a function introduces it: `<F: Fn(u8)>`."""
    listed = function.child_by_field_name("type_parameters")
    for each in listed.named_children if listed is not None else ():
        label, asked = each.child_by_field_name("name"), each.child_by_field_name("bounds")
        if label is not None and asked is not None and _text(label) == parameter:
            yield asked


def bound_of(name: Node) -> Node | None:
    """The trait whose associated type a name is in a bound: `Item` of `Iterator<Item = u8>`."""
    binding = name.parent
    if binding is None or binding.type != "type_binding" or binding.child_by_field_name("name") != name:
        return None
    generic = binding.parent.parent if binding.parent is not None else None
    return generic.child_by_field_name("type") if generic is not None and generic.type in GENERICS else None


def place_of_parameter(inside: Node, name: str) -> int:
    """Which type parameter of the type around a place bears a name, lifetimes not counted; -1 for none."""
    at = inside.parent
    while at is not None and at.child_by_field_name("type_parameters") is None:
        at = at.parent
    listed = at.child_by_field_name("type_parameters") if at is not None else None
    labels = [each.child_by_field_name("name") for each in listed.named_children] if listed is not None else []
    names = [_text(label) for label in labels if label is not None and label.type == "type_identifier"]
    return names.index(name) if name in names else -1


def argument(head: Node | None, place: int) -> Node | None:
    """What a type is given at a place, lifetimes not counted."""
    listed = head.child_by_field_name("type_arguments") if head is not None else None
    given = [each for each in listed.named_children if each.type != "lifetime"] if listed is not None else []
    return given[place] if 0 <= place < len(given) else None


def function_type(bound: Node) -> Node | None:
    """The parameters of the first type of a function in a bound or a type: `impl FnOnce(A) -> B`."""
    waiting = [bound]
    while waiting:
        at = waiting.pop(0)
        if at.type == "function_type":
            return at.child_by_field_name("parameters")
        waiting += at.named_children
    return None


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
