"""How Scala writes what other languages of `typed` write otherwise: patterns, imports, lists of parameters, blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

CLASSES = frozenset("class_definition trait_definition object_definition package_object enum_definition".split())
FUNCTIONS = frozenset("function_definition function_declaration".split())
VALUES = frozenset("val_definition var_definition val_declaration var_declaration".split())
BODIES = frozenset({"template_body", "with_template_body", "enum_body"})
BLOCKS = BODIES | {"block", "indented_block", "compilation_unit"}
_LISTS = frozenset({"parameters", "class_parameters"})
_TYPE_PARAMETERS = frozenset("type_parameters covariant_type_parameter contravariant_type_parameter".split())
_WITH_PARAMETERS = (
    CLASSES | FUNCTIONS | {"type_definition", "given_definition", "extension_definition", "full_enum_case"}
)
_PATTERNS = frozenset(
    "case_class_pattern infix_pattern tuple_pattern typed_pattern capture_pattern alternative_pattern repeat_pattern "
    "identifiers".split()
)
_NOT_BOUND = frozenset({"type", "operator"})
"""Fields of patterns in which no variable stands."""
_COMMENTS = frozenset({"comment", "block_comment"})
_PLAIN = re.compile(r"`([^\W\d]\w*)`")
_WORDS = frozenset(
    "abstract case catch class def do else extends false final finally for forSome if implicit import lazy macro match "
    "new null object override package private protected return sealed super this throw trait try true type val var "
    "while with yield".split()
)
"""Words of the language: names only in backquotes."""
LAMBDAS = frozenset({"lambda_expression", "case_block"})
_AROUND = frozenset({"parenthesized_expression", "block", "indented_block"})


def plain(name: str) -> str:
    """A name without backquotes, where it needs none: the index knows others with theirs."""
    found = _PLAIN.fullmatch(name)
    return found[1] if found is not None and found[1] not in _WORDS else name


def parts(node: Node) -> list[Node]:
    """What a node holds, without comments."""
    return [child for child in node.named_children if child.type not in _COMMENTS]


def field_of(parent: Node, child: Node) -> str:
    """The field of a node in which a child stands; "" for none."""
    for n, each in enumerate(parent.children):
        if each.id == child.id:
            return parent.field_name_for_child(n) or ""
    return ""


def in_field(node: Node, field: str) -> list[Node]:
    """What stands in a field that has several, without commas."""
    return [each for each in node.children_by_field_name(field) if each.is_named and each.type not in _COMMENTS]


# -- what introduces a name, and where it is seen -------------------------------------------------------------------


def introduces(name: Node) -> bool:
    """Whether a name stands where a variable, a parameter or a type parameter is introduced."""
    return binder_of(name) is not None


def binder_of(name: Node) -> Node | None:
    """What introduces a name: a parameter, a lambda, or what a pattern is matched with; None where it is only used."""
    parent = name.parent
    if parent is None or name.type not in {"identifier", "operator_identifier", "type_identifier"}:
        return None
    if parent.type in {"class_parameter", "parameter", "binding"} | _TYPE_PARAMETERS:
        return parent if field_of(parent, name) == "name" else None
    if parent.type == "lambda_expression":
        return parent if field_of(parent, name) == "parameters" else None
    if parent.type == "self_type":
        return parent if parent.named_children[0].id == name.id else None
    if parent.type in {"val_declaration", "var_declaration"}:
        return parent if field_of(parent, name) == "name" else None
    return _matched(name, parent) if name.type != "type_identifier" else None


def _matched(name: Node, parent: Node) -> Node | None:
    """What holds the pattern in which a name is a variable."""
    is_plain = parent.type in VALUES | {"identifiers"}
    child, at = name, parent
    is_named = at.type == "capture_pattern" and field_of(at, child) == "name"
    while at.type in _PATTERNS:
        if field_of(at, child) in _NOT_BOUND or at.parent is None:
            return None
        child, at = at, at.parent
    text = name.text or b""
    if not is_plain and not is_named and not (text[:1].islower() or text[:1] == b"_"):
        return None  # a capital, or a name in backquotes, is compared with
    if at.type in {"case_clause", "val_definition", "var_definition"}:
        return at if field_of(at, child) == "pattern" else None
    if at.type == "enumerator":
        first = parts(at)[0]
        return at if first.id == child.id and len(parts(at)) > 1 else None
    return None


def scope_of(name: Node) -> Node | None:
    """Where a name is seen that is introduced there; None for one that is not."""
    binder = binder_of(name)
    if binder is None:
        return None
    at: Node | None = binder
    wanted = BLOCKS | {"case_clause", "lambda_expression"}
    if binder.type in {"parameter", "class_parameter"} | _TYPE_PARAMETERS:
        wanted = _WITH_PARAMETERS
    elif binder.type in {"binding", "lambda_expression"}:
        wanted = frozenset({"lambda_expression"})
    elif binder.type == "enumerator":
        wanted = frozenset({"for_expression"})
    while at is not None and at.type not in wanted:
        at = at.parent
    return at


def seen_from(name: Node) -> int:
    """From where on a name means what introduces it: of what a loop takes, behind what it is taken from."""
    binder = binder_of(name)
    return parts(binder)[1].end_byte if binder is not None and binder.type == "enumerator" else 0


def is_parameter_of(name: Node, declaration: Node | None) -> bool:
    """Whether a name is that of a parameter of a class."""
    parameter = name.parent
    listed = parameter.parent if parameter is not None and parameter.type == "class_parameter" else None
    around = listed.parent if listed is not None else None
    return around is not None and declaration is not None and around.id == declaration.id


def is_type_parameter(name: Node) -> bool:
    return name.parent is not None and name.parent.type in _TYPE_PARAMETERS


def type_parameters(generic: Node) -> list[Node]:
    """The names of the type parameters of a class, a function or an alias."""
    found = []
    for child in generic.named_children:
        if child.type == "type_parameters":
            for n, each in enumerate(child.children):
                if each.type in _TYPE_PARAMETERS:
                    found.append(each.child_by_field_name("name") or each)
                elif child.field_name_for_child(n) == "name":
                    found.append(each)
    return found


def bound_of(name: Node) -> Node | None:
    """The type that a type parameter is at least: `A <: Type`."""
    at = name.next_sibling
    while at is not None and at.type != ",":
        if at.type == "upper_bound":
            return at.child_by_field_name("type")
        at = at.next_sibling
    return None


# -- definitions ------------------------------------------------------------------------------------------------------


def body_of(declaration: Node) -> Node | None:
    """The body of a class, or of an object without a name."""
    found = declaration.child_by_field_name("body")
    return found or next((child for child in declaration.named_children if child.type in BODIES), None)


def self_type(declaration: Node) -> Node | None:
    """The type that a class says its objects have as well: `self: Type =>`."""
    body = body_of(declaration)
    for child in body.named_children if body is not None else ():
        if child.type == "self_type":
            inside = parts(child)
            return inside[-1] if len(inside) > 1 else None
    return None


def heritage(declaration: Node) -> Iterator[Node]:
    """The types that a class, or an object without a name, is derived from."""
    if declaration.type == "instance_expression":
        for child in declaration.named_children:
            if child.type not in BODIES | _COMMENTS | {"arguments"}:
                yield from _single(child)
        return
    extends = declaration.child_by_field_name("extend")
    for n, child in enumerate(extends.children) if extends is not None else ():
        if extends is not None and extends.field_name_for_child(n) == "type":
            yield from _single(child)


def _single(written: Node) -> Iterator[Node]:
    """The types of which `A with B` is made."""
    if written.type in {"compound_type", "applied_constructor_type", "annotated_type"}:
        for child in written.named_children:
            if child.type not in {"arguments", "annotation", "refinement", "template_body"}:
                yield from _single(child)
                if written.type == "applied_constructor_type":
                    return
    else:
        yield written


def parameter_lists(function: Node) -> list[list[Node]]:
    """The lists of parameters of a function or a class, without those that are given by themselves."""
    found = []
    for child in function.named_children:
        if child.type in _LISTS and not any(each.type in {"implicit", "using"} for each in child.children):
            found.append([each for each in child.named_children if each.type in {"parameter", "class_parameter"}])
    return found


def all_parameters(function: Node) -> list[Node]:
    return [
        each
        for child in function.named_children
        if child.type in _LISTS
        for each in child.named_children
        if each.type in {"parameter", "class_parameter"}
    ]


def is_implicit(definition: Node) -> bool:
    """Whether a class or a function is applied where nobody writes it."""
    return any(child.type == "modifiers" and b"implicit" in (child.text or b"") for child in definition.named_children)


def is_case(definition: Node) -> bool:
    return any(child.type == "case" for child in definition.children)


# -- imports ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """One of the paths that an import takes in."""

    path: tuple[Node, ...]
    """The names in front of what is taken in."""
    selected: tuple[tuple[Node, str, str], ...]
    """What is taken in by name: where that stands, the name there, and the one here ("_" where it is hidden)."""
    is_all: bool
    end: int


def clauses(statement: Node) -> list[Clause]:
    """What `import a.b, c.{d => e, _}` takes in."""
    found: list[Clause] = []
    path: list[Node] = []
    selected: list[tuple[Node, str, str]] = []
    is_all = False

    def close(end: int) -> None:
        if not selected and not is_all and path:
            last = path.pop()
            selected.append((last, _word(last), _word(last)))
        if path or selected:
            found.append(Clause(tuple(path), tuple(selected), is_all, end))

    for child in statement.children:
        if child.type == ",":
            close(child.start_byte)
            path, selected, is_all = [], [], False
        elif child.type in {"identifier", "operator_identifier"}:
            path.append(child)
        elif child.type in {"stable_identifier"}:
            path += child.named_children
        elif child.type == "namespace_wildcard":
            is_all = True
        elif child.type == "as_renamed_identifier":
            selected += _selected(child)
        elif child.type == "namespace_selectors":
            for each in child.named_children:
                is_all = is_all or each.type == "namespace_wildcard"
                selected += _selected(each)
    close(statement.end_byte)
    return found


def _selected(selector: Node) -> list[tuple[Node, str, str]]:
    if selector.type in {"arrow_renamed_identifier", "as_renamed_identifier"}:
        name, alias = (selector.child_by_field_name(field) for field in ("name", "alias"))
        return [(name, _word(name), _word(alias))] if name is not None and alias is not None else []
    if selector.type in {"identifier", "operator_identifier"}:
        return [(selector, _word(selector), _word(selector))]
    return []


def _word(name: Node) -> str:
    return (name.text or b"").decode("utf-8", "replace")


_PLATFORM = re.compile(r"[-.]?(?:jvm|js|native|shared|2(?:\.\d+)*|3)[+-]?$", re.IGNORECASE)


def place_without_platform(path: str) -> tuple[str, ...]:
    """A file's folder without what says for which platform or version of Scala it is: `src-jvm`, `scala-2.13`."""
    found = []
    for folder in path.split("/")[:-1]:
        part = folder
        while (shorter := _PLATFORM.sub("", part)) != part:
            part = shorter
        found += [part] if part else []
    return tuple(found)


# -- calls ------------------------------------------------------------------------------------------------------------


def called_by(call: Node) -> tuple[Node, int]:
    """What a call names, without types, and how many lists of arguments stand behind it: `f[Int](a)(b)` is f, 2."""
    n, at = 0, call
    while at.type in {"call_expression", "generic_function"}:
        n += at.type == "call_expression"
        inner = at.child_by_field_name("function")
        if inner is None:
            break
        at = inner
    return at, n


def written_arguments(call: Node) -> list[Node]:
    """The types that a call is given: `f[A, B](x)`."""
    at: Node | None = call
    while at is not None and at.type == "call_expression":
        at = at.child_by_field_name("function")
    listed = at.child_by_field_name("type_arguments") if at is not None and at.type == "generic_function" else None
    return parts(listed) if listed is not None else []


def argument_lists(call: Node) -> list[list[Node]]:
    """What a call is given, list by list; a block is a list of one."""
    found: list[list[Node]] = []
    at: Node | None = call
    while at is not None and at.type in {"call_expression", "generic_function"}:
        given = at.child_by_field_name("arguments")
        if at.type == "call_expression" and given is not None:
            found.append(parts(given) if given.type == "arguments" else [given])
        at = at.child_by_field_name("function")
    return found[::-1]


def name_in(callee: Node) -> Node | None:
    """The name of what is called, or taken from something."""
    if callee.type == "field_expression":
        return callee.child_by_field_name("field")
    return callee if callee.type in {"identifier", "operator_identifier"} else None


def operands(infix: Node) -> tuple[Node | None, Node | None, Node | None]:
    """What an operator is asked of, the operator, and what that is given: one that ends in `:` is of the right side."""
    left, operator, right = (infix.child_by_field_name(each) for each in ("left", "operator", "right"))
    return (
        (right, operator, left)
        if operator is not None and (operator.text or b"").endswith(b":")
        else (left, operator, right)
    )


def last_of(block: Node) -> Node | None:
    """The expression that a block, a lambda or a branch gives."""
    if block.type in {"block", "indented_block", "template_body"}:
        inside = parts(block)
        return last_of(inside[-1]) if inside else None
    if block.type == "lambda_expression":
        inside = parts(block)
        return last_of(inside[-1]) if len(inside) > 1 else None
    if block.type == "case_clause":
        bodies = in_field(block, "body")
        return last_of(bodies[-1]) if bodies else None
    return block


def results_of(function: Node) -> list[Node]:
    """The expressions of which a lambda, or a function by cases, gives one."""
    if function.type in {"block", "indented_block"} and len(parts(function)) == 1:
        return results_of(parts(function)[0])
    if function.type == "case_block":
        return [last for each in function.named_children if each.type == "case_clause" and (last := last_of(each))]
    last = last_of(function)
    return [last] if last is not None else []


def branches(node: Node) -> list[Node]:
    """The expressions of which `if`, `match` or `try` gives one."""
    if node.type == "if_expression":
        found = [node.child_by_field_name(each) for each in ("consequence", "alternative")]
        return [last for each in found if each is not None and (last := last_of(each)) is not None]
    found = [node.child_by_field_name("body")]
    found += [
        child.named_children[0]
        for child in node.named_children
        if child.type == "catch_clause" and child.named_children
    ]
    return [last for each in found if each is not None for last in results_of(each)]


def without_brackets(function: Node) -> Node:
    """A function with what stands around nothing but it: brackets, a block."""
    at = function
    while at.parent is not None and at.parent.type in _AROUND and len(parts(at.parent)) == 1:
        at = at.parent
    return at


def lambda_parameters(function: Node) -> list[Node]:
    """The names of a lambda's parameters."""
    listed = function.child_by_field_name("parameters")
    if listed is None:
        return []
    return parts(listed) if listed.type == "bindings" else [listed]


def inner(function: Node) -> Node:
    """A function without the brackets or the block around it."""
    at = function
    while at.type in {"parenthesized_expression", "block", "indented_block"} and len(parts(at)) == 1:
        at = parts(at)[0]
    return at


def function_with(wildcard: Node) -> tuple[Node, int] | None:
    """The expression that is a function of `_`, and which of its parameters that is."""
    child, at = wildcard, wildcard.parent
    while at is not None and at.type not in BLOCKS:
        is_argument = at.type in {"arguments", "parenthesized_expression"} or (
            at.type in VALUES | FUNCTIONS and field_of(at, child) in {"value", "body"}
        )
        if is_argument and child.id != wildcard.id:
            return child, sum(each.start_byte < wildcard.start_byte for each in _wildcards(child))
        child, at = at, at.parent
    return (child, 0) if at is not None and child.id != wildcard.id else None


def _wildcards(node: Node) -> Iterator[Node]:
    if node.type == "wildcard":
        yield node
    for child in node.named_children if node.type not in {"arguments", "parenthesized_expression"} else ():
        yield from _wildcards(child)
    if node.type == "arguments":
        yield from (child for child in node.named_children if child.type == "wildcard")
