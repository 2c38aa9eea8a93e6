"""How Kotlin writes what other languages of `typed` write otherwise: its grammar gives few fields, so places tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

TYPES = frozenset("user_type nullable_type function_type parenthesized_type non_nullable_type dynamic_type".split())
"""Nodes of types that are written."""
FUNCTIONS = frozenset("function_declaration anonymous_function secondary_constructor getter setter".split())
CLASSES = frozenset({"class_declaration", "object_declaration", "companion_object"})
_BINDING = frozenset("variable_declaration parameter class_parameter catch_block setter type_parameter".split())
_SCOPES = {
    "class_parameter": CLASSES,
    "parameter": FUNCTIONS | {"function_type"},
    "setter": frozenset({"setter"}),
    "catch_block": frozenset({"catch_block"}),
    "variable_declaration": frozenset(
        "lambda_literal for_statement when_expression block function_body class_body enum_class_body source_file "
        "anonymous_function when_entry".split()
    ),
}
"""What introduces a name -> where that is seen: in the first node of these around it."""
_COMMENTS = frozenset({"line_comment", "block_comment"})


def parts(node: Node) -> list[Node]:
    """What a node holds, without comments."""
    return [child for child in node.named_children if child.type not in _COMMENTS]


def introduces(name: Node) -> bool:
    """Whether a name stands where a variable, a parameter or a type parameter is introduced."""
    parent = name.parent
    if parent is None or parent.type not in _BINDING:
        return False
    first = next((child for child in parent.named_children if child.type == "identifier"), None)
    return first is not None and first.id == name.id


def scope_of(name: Node) -> Node | None:
    """Where a name is seen that is introduced as that of a variable or parameter; None for any other."""
    wanted = _SCOPES.get(name.parent.type) if name.parent is not None else None
    at = name.parent if wanted is not None else None
    while at is not None and at.type not in (wanted or ()):
        at = at.parent
    return at


def seen_from(name: Node) -> int:
    """From where on the name of a variable means it: behind what it is set to."""
    at = name.parent
    while at is not None and at.type in {"variable_declaration", "multi_variable_declaration"}:
        at = at.parent
    return at.end_byte if at is not None and at.type in {"property_declaration", "when_subject"} else name.start_byte


def is_in_function(node: Node, declaration: Node) -> bool:
    """Whether a place of a class stands in one of its functions, where its plain parameters are not seen."""
    at = node.parent
    while at is not None and at.id != declaration.id:
        if at.type in FUNCTIONS and at.type != "anonymous_function":
            return True
        at = at.parent
    return False


def is_interpolated(content: bytes, name: Node) -> bool:
    """Whether a word in a text stands for what it names: `"$name"`."""
    return name.type == "string_content" and content[name.start_byte - 1 : name.start_byte] == b"$"


def written_type(name: Node) -> Node | None:
    """The type that is written behind a name where it is introduced."""
    behind = name.next_named_sibling
    return behind if behind is not None and behind.type in TYPES else None


def receiver_of(declaration: Node) -> Node | None:
    """The type that a function or property extends, `Type.name()`; of a function's type, whose object it is given."""
    for child in declaration.children:
        if child.type in {"variable_declaration", "function_value_parameters", "function_type_parameters"}:
            return None
        if child.type in TYPES and child.next_sibling is not None and child.next_sibling.type == ".":
            return child
    return None


def result_of(function: Node) -> Node | None:
    """The type that a function, a getter or a function's type says that it gives."""
    if function.type == "function_type":
        return function.named_children[-1]
    listed = next((child for child in function.named_children if child.type == "function_value_parameters"), None)
    children = function.named_children
    at = children.index(listed) + 1 if listed is not None else 0
    return next((child for child in children[at:] if child.type in TYPES), None)


def parameters_of(function: Node) -> list[Node]:
    """The names of a function's or a class's parameters; of a function's type, their types."""
    if function.type == "function_type":
        listed = next((child for child in function.named_children if child.type == "function_type_parameters"), None)
        return [_type_in(each) for each in parts(listed)] if listed is not None else []
    found = []
    for child in function.named_children:
        for listed in child.named_children if child.type == "primary_constructor" else [child]:
            if listed.type in {"function_value_parameters", "class_parameters"}:
                found += [_name_in(each) for each in parts(listed) if each.type in {"parameter", "class_parameter"}]
    return found


def _type_in(parameter: Node) -> Node:
    return next((child for child in parameter.named_children if child.type in TYPES), parameter)


def _name_in(parameter: Node) -> Node:
    return next((child for child in parameter.named_children if child.type == "identifier"), parameter)


def types_in(arguments: Node) -> list[Node]:
    """The types that are written between `<` and `>`."""
    return [child for each in parts(arguments) for child in each.named_children if child.type in TYPES]


def lambda_parameters(function: Node) -> list[Node] | None:
    """What a lambda calls its parameters, names or patterns; None where it names none."""
    listed = next((child for child in function.named_children if child.type == "lambda_parameters"), None)
    return parts(listed) if listed is not None else None


def last_of(block: Node) -> Node | None:
    """The expression that a block, a lambda or a branch gives."""
    if block.type not in {"block", "lambda_literal", "control_structure_body"}:
        return block
    inside = [child for child in parts(block) if child.type != "lambda_parameters"]
    return inside[-1] if inside else None


def value_of(property_declaration: Node) -> Node | None:
    """The expression that a property is set to; that of its getter where it has no other."""
    children = property_declaration.children
    for n, child in enumerate(children):
        if child.type == "=" and n + 1 < len(children):
            return next((each for each in children[n + 1 :] if each.is_named and each.type not in _COMMENTS), None)
    return None


def call_of(call: Node) -> tuple[Node, list[Node], Node | None]:
    """What is called, the arguments in brackets, and the lambda behind them."""
    behind: Node | None = None
    inside: list[Node] = []
    callee = call
    while callee.type == "call_expression":
        given = parts(callee)
        for each in given[1:]:
            if each.type == "annotated_lambda":
                behind = next((child for child in each.named_children if child.type == "lambda_literal"), None)
            elif each.type == "value_arguments":
                inside = [child for child in each.named_children if child.type == "value_argument"]
        is_outer = behind is not None and not inside and len(given) == 2
        callee = given[0]
        if not is_outer:
            break
    return callee, inside, behind


def given_to(name: Node) -> int | None:
    """How many arguments a function of a name is given; None where it is not called."""
    called = name
    if (
        called.parent is not None
        and called.parent.type == "navigation_expression"
        and called.parent.named_children[-1] == called
    ):
        called = called.parent
    call = called.parent
    if call is None or call.type != "call_expression" or call.named_children[0] != called:
        return None
    while call.parent is not None and call.parent.type == "call_expression" and call.parent.named_children[0] == call:
        if (
            call.parent.named_children[-1].type != "annotated_lambda"
            or call.named_children[-1].type == "annotated_lambda"
        ):
            break
        call = call.parent
    _, given, behind = call_of(call)
    return len(given) + (behind is not None)


def value_in(argument: Node) -> Node | None:
    """The expression of an argument, with or without a name."""
    inside = parts(argument)
    return inside[-1] if inside else None


def argument_name(argument: Node) -> Node | None:
    """The name of the parameter that an argument says it is for."""
    inside = parts(argument)
    is_named = len(inside) > 1 and inside[0].type == "identifier" and any(c.type == "=" for c in argument.children)
    return inside[0] if is_named else None


def heritage(declaration: Node) -> Iterator[Node]:
    """The types that a class, or an object without a name, is derived from."""
    for child in declaration.named_children:
        for each in child.named_children if child.type == "delegation_specifiers" else ():
            at: Node | None = each
            while at is not None and at.type not in TYPES:
                at = at.named_children[0] if at.named_children else None
            if at is not None:
                yield at


def asked(condition: Node, *, holds: bool = True) -> Iterator[tuple[Node, Node]]:
    """The names that a condition asks the type of, each with the type, where that holds (or where it does not)."""
    if condition.type == "parenthesized_expression" and condition.named_children:
        yield from asked(condition.named_children[0], holds=holds)
    elif condition.type == "binary_expression":
        joint = "&&" if holds else "||"
        if any(child.type == joint for child in condition.children):
            for child in condition.named_children:
                yield from asked(child, holds=holds)
    elif condition.type == "is_expression" and condition.named_child_count == 2:
        word = "is" if holds else "!is"
        if any(child.type == word for child in condition.children):
            yield condition.named_children[0], condition.named_children[1]


def branches(node: Node) -> list[Node]:
    """The expressions of which `if`, `when` or `try` gives one."""
    children = parts(node)
    if node.type == "if_expression":
        found = _outcomes(node)
    elif node.type == "when_expression":
        found = [parts(child)[-1] for child in children if child.type == "when_entry" and parts(child)]
    else:
        found = [child for child in children if child.type == "block"]
        found += [parts(child)[-1] for child in children if child.type == "catch_block"]
    return [last for each in found if (last := last_of(each)) is not None]


def _outcomes(if_expression: Node) -> list[Node]:
    """What stands for where the condition of an `if` holds, and for where it does not."""
    condition = if_expression.child_by_field_name("condition")
    return [child for child in parts(if_expression) if condition is None or child.id != condition.id]


def lambda_with_it(node: Node) -> Node | None:
    """The lambda whose only parameter `it` is."""
    at = node.parent
    while at is not None:
        if at.type == "lambda_literal" and lambda_parameters(at) is None:
            return at
        if at.type in {"class_body", "function_declaration"}:
            return None
        at = at.parent
    return None


def call_around(function: Node) -> tuple[Node | None, int, str]:
    """The call that a lambda is given to, at which place (-1: behind the brackets), for a parameter of which name."""
    around = function.parent
    if around is None:
        return None, 0, ""
    if around.type == "annotated_lambda":
        return around.parent, -1, ""
    if around.type == "value_argument" and around.parent is not None:
        label = argument_name(around)
        place = [each.id for each in around.parent.named_children].index(around.id)
        return around.parent.parent, place, (label.text or b"").decode("utf-8", "replace") if label is not None else ""
    return None, 0, ""


def asked_before(name: Node) -> Iterator[tuple[Node, Node]]:
    """The types that names were asked for on the way to a place, nearest first."""
    child, at = name, name.parent
    while at is not None and at.type not in {"class_body", "source_file"}:
        if at.type == "binary_expression" and at.named_children and at.named_children[-1].id == child.id:
            joint = next((each.type for each in at.children if not each.is_named), "")
            if joint in {"&&", "||"}:
                yield from asked(at.named_children[0], holds=joint == "&&")
        elif at.type == "if_expression":
            condition = at.child_by_field_name("condition")
            if condition is not None and child.id != condition.id:
                outcomes = _outcomes(at)
                yield from asked(condition, holds=bool(outcomes) and outcomes[0].id == child.id)
        elif at.type == "when_entry" and at.parent is not None and at.named_children[-1].id == child.id:
            yield from _asked_by_entry(at, at.parent)
        elif at.type in {"block", "lambda_literal"}:
            before = child.prev_named_sibling
            while before is not None:
                if before.type == "as_expression":  # `other as Type` on a line of its own
                    yield before.named_children[0], before.named_children[-1]
                if before.type == "if_expression":
                    condition = before.child_by_field_name("condition")
                    outcomes = _outcomes(before)
                    last = last_of(outcomes[0]) if len(outcomes) == 1 else None
                    if (
                        condition is not None
                        and last is not None
                        and last.type in {"return_expression", "throw_expression", "labeled_expression"}
                    ):
                        yield from asked(condition, holds=False)
                before = before.prev_named_sibling
        child, at = at, at.parent


def _asked_by_entry(entry: Node, when: Node) -> Iterator[tuple[Node, Node]]:
    conditions = entry.children_by_field_name("condition")
    subject = next((child for child in when.named_children if child.type == "when_subject"), None)
    if len(conditions) != 1:
        return
    condition = conditions[0]
    if subject is None:
        yield from asked(condition)
    elif condition.type == "type_test" and condition.children[0].type == "is" and subject.named_children:
        first = subject.named_children[0]
        yield (first.named_children[0] if first.type == "variable_declaration" else first), condition.named_children[-1]
