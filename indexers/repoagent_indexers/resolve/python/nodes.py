"""What the nodes of a Python file say by themselves: annotations, decorators, arguments, results, `__all__`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.file import Occurrence, PythonFile, Scope

if TYPE_CHECKING:
    from tree_sitter import Node


def annotation_of(binding: Occurrence) -> Node | None:
    """The annotation of a parameter or of an assigned name."""
    parent = binding.node.parent
    while parent is not None and parent.type in {"list_splat_pattern", "dictionary_splat_pattern"}:
        return None  # *args: T is a tuple of T
    if binding.role == "parameter":
        if parent is not None and parent.type in {"typed_parameter", "typed_default_parameter"}:
            return parent.child_by_field_name("type")
        return None
    return annotation_around(binding.node) if binding.role == "assign" else None


def annotation_around(node: Node) -> Node | None:
    parent = node.parent
    if parent is not None and parent.type == "assignment":
        left = parent.child_by_field_name("left")
        if left is not None and left.id == node.id:
            return parent.child_by_field_name("type")
    return None


def receiver_of(occurrence: Occurrence) -> Node | None:
    """The expression before the dot."""
    parent = occurrence.node.parent
    if parent is None:
        return None
    if parent.type == "dotted_name":  # in a pattern of `match`
        return parent.named_children[0] if parent.named_child_count == 2 else None
    return parent.child_by_field_name("object")


def is_set(node: Node) -> bool:
    """Whether the attribute that a name ends is assigned to."""
    child = node.parent
    parent = child.parent if child is not None else None
    while parent is not None and parent.type in {"pattern_list", "tuple_pattern", "list_pattern"}:
        child, parent = parent, parent.parent
    if parent is None or child is None or parent.type not in {"assignment", "augmented_assignment", "for_statement"}:
        return False
    left = parent.child_by_field_name("left")
    return left is not None and left.id == child.id and parent.type != "augmented_assignment"


def decorators_of(file: PythonFile, function: Node) -> set[str]:
    """The last names of a definition's decorators, without calls."""
    outer = function.parent
    found = set()
    for node in outer.named_children if outer is not None and outer.type == "decorated_definition" else ():
        if node.type == "decorator":
            text = file.text(node).lstrip("@ ").partition("(")[0]
            found.add(text.strip().rpartition(".")[2])
    return found


def is_property(file: PythonFile, binding: Occurrence) -> bool:
    function = binding.node.parent
    return function is not None and bool(
        decorators_of(file, function) & {"property", "cached_property", "setter", "getter", "deleter"}
    )


def call_of(occurrence: Occurrence) -> Node | None:
    """The call whose function a name is, bare or behind a dot."""
    node: Node | None = occurrence.node
    if occurrence.role == "attribute":
        node = occurrence.node.parent
    elif occurrence.role != "use":
        return None
    call = node.parent if node is not None else None
    if node is None or call is None or call.type != "call":
        return None
    callee = call.child_by_field_name("function")
    return call if callee is not None and callee.id == node.id else None


def argument(file: PythonFile, call: Node, place: int, name: str) -> Node | None:
    """What a call gives for the parameter at a place, or by its name."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "argument_list":
        return None
    positional = []
    for node in arguments.named_children:
        if node.type == "keyword_argument":
            label = node.child_by_field_name("name")
            if label is not None and file.text(label) == name:
                return node.child_by_field_name("value")
        elif node.type in {"list_splat", "dictionary_splat"}:
            return None
        elif node.type != "comment":
            positional.append(node)
    return positional[place] if 0 <= place < len(positional) else None


def first_parameter(file: PythonFile, function: Node) -> str:
    parameters = function.child_by_field_name("parameters")
    first = (
        next((n for n in parameters.named_children if n.type != "comment"), None) if parameters is not None else None
    )
    while first is not None and first.type in {"typed_parameter", "default_parameter", "typed_default_parameter"}:
        first = first.named_children[0]
    return file.text(first) if first is not None and first.type == "identifier" else ""


def gives_receiver(file: PythonFile, method: Node, note: Node) -> bool:
    """Whether a method says that it gives what it is called on: `def __enter__(self: T) -> T`."""
    parameters = method.child_by_field_name("parameters")
    first = parameters.named_children[0] if parameters is not None and parameters.named_children else None
    own = first.child_by_field_name("type") if first is not None and first.type == "typed_parameter" else None
    return own is not None and file.text(own) == file.text(note)


def is_receiver(file: PythonFile, node: Node, method: Node) -> bool:
    """Whether a method gives what it is called on, or a new object of its class: `self`, `cls(...)`, a name for one."""
    first = first_parameter(file, method)
    if not first or file.scope(method).parent is None or "staticmethod" in decorators_of(file, method):
        return False
    of_class = "classmethod" in decorators_of(file, method)
    makers = {first} if of_class else {f"{first}.__class__", f"type({first})"}
    if node.type == "call" and (callee := node.child_by_field_name("function")) is not None:
        return file.text(callee) in makers
    if node.type != "identifier":
        return False
    name = file.text(node)
    if name == first:
        return not of_class
    bindings = file.bindings(file.scope(method), name)
    places = [each.node.parent for each in bindings if each.role == "assign"]
    values = [at.child_by_field_name("right") for at in places if at is not None and at.type == "assignment"]
    is_known = bool(values) and len(values) == len(bindings)
    return is_known and all(
        value is not None and value.type == "call" and is_receiver(file, value, method) for value in values
    )


def results(function: Node) -> tuple[list[Node], list[Node]]:
    """The expressions that a function returns, and those that it yields; not those of functions inside."""
    returns: list[Node] = []
    yields: list[Node] = []
    body = function.child_by_field_name("body")
    waiting = list(body.named_children) if body is not None else []
    while waiting:
        node = waiting.pop(0)
        if node.type in {"function_definition", "class_definition", "lambda"}:
            continue
        if node.type == "return_statement" and node.named_children:
            returns.append(node.named_children[0])
        elif node.type == "yield" and node.named_children:
            yields.append(node.named_children[0])
        if node.type not in {"string", "list", "dictionary", "comparison_operator"}:
            waiting += node.named_children
    return returns, yields


def all_names(file: PythonFile) -> set[str] | None:
    """The names in a module's `__all__`, None when it has none."""
    found: set[str] | None = None
    for node in all_strings(file):
        found = (found or set()) | {file.text(node)}
    return found


def all_strings(file: PythonFile, variable: str = "__all__", scope: Scope | None = None) -> Iterator[Node]:
    """The contents of the strings that `__all__` lists: assigned, added, extended, appended."""
    for occurrence in file.occurrences(variable):
        if occurrence.scope is not (scope or file.module):
            continue
        statement = occurrence.node.parent
        while statement is not None and statement.type not in {"expression_statement", "module", "block"}:
            statement = statement.parent
        if statement is None or statement.type != "expression_statement":
            continue
        waiting = list(statement.named_children)
        while waiting:
            node = waiting.pop()
            if node.type == "string_content":
                yield node
            elif node.type in {"subscript", "dictionary", "lambda"} or (node.type == "comparison_operator"):
                continue
            else:
                waiting += node.named_children
