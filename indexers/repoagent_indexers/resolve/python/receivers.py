"""Whether what stands before a dot may be a module, told from few statements of its file.

Whoever asks for the uses of a function at the top of a module need not know what `expression` is in
`expression.simplify()`, which is what takes long: only a module has that function as its attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.nodes import annotation_of, decorators_of, first_parameter

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.resolve.python.file import Occurrence, PythonFile
    from repoagent_indexers.resolve.python.program import PythonProgram

_Question = Callable[["PythonProgram", "PythonFile", "Node | None", int], bool]
_MAX_DEPTH = 6
_EITHER = frozenset({"parenthesized_expression", "await", "conditional_expression", "boolean_operator"})
"""Expressions that are one of their parts."""
_NEVER = frozenset(
    "string concatenated_string integer float true false none list dictionary set tuple list_comprehension "
    "dictionary_comprehension set_comprehension generator_expression comparison_operator not_operator ellipsis lambda "
    "binary_operator unary_operator".split()
)
_HANDING_ON = frozenset(
    "list tuple set frozenset sorted reversed iter enumerate zip next type cast typing.cast t.cast copy.copy "
    "copy.deepcopy deepcopy replace dataclasses.replace weakref.proxy".split()
)
"""Functions whose result is, or holds, what they are given."""
_PATTERNS = frozenset({"pattern_list", "tuple_pattern"})
_LISTS = frozenset({"list", "tuple", "set", "expression_list"})
_FOR = frozenset({"for_statement", "for_in_clause"})


def may_be_module(program: PythonProgram, file: PythonFile, node: Node | None, depth: int = 0) -> bool:
    """Whether an expression may be a module of the repository.

    Functions that return one and attributes that hold lists of them are not thought of.
    `file` may be a part of its file in which the expression stands.
    """
    if node is None or depth > _MAX_DEPTH:
        return True
    if node.type in _NEVER:
        return False
    if node.type in _EITHER:
        return any(may_be_module(program, file, part, depth + 1) for part in node.named_children)
    if node.type == "call":
        callee = node.child_by_field_name("function")
        return callee is None or file.text(callee) in _HANDING_ON
    if node.type == "subscript":
        return _may_hold_module(program, file, node.child_by_field_name("value"), depth + 1)
    return node.type != "identifier" or _of_name(program, file, node, may_be_module, depth)


def _may_hold_module(program: PythonProgram, file: PythonFile, node: Node | None, depth: int) -> bool:
    """Whether a module may be an item of an expression."""
    if node is None or depth > _MAX_DEPTH:
        return True
    if node.type in _LISTS:
        return any(may_be_module(program, file, item, depth + 1) for item in node.named_children)
    if node.type == "attribute":
        return False
    if node.type == "identifier":
        return _of_name(program, file, node, _may_hold_module, depth)
    return may_be_module(program, file, node, depth + 1)


def _of_name(program: PythonProgram, file: PythonFile, node: Node, is_so: _Question, depth: int) -> bool:
    """Whether something may be so of what a variable is."""
    name = file.text(node)
    part = program.about(file.path, name)
    occurrence = (
        next((each for each in part.occurrences(name) if each.start == node.start_byte), None) if part else None
    )
    scope = part.variable(occurrence, name) if part is not None and occurrence is not None else None
    if part is None or occurrence is None:
        return True
    if scope is None:
        return bool(part.star_imports)
    return any(_bound(program, part, binding, name, is_so, depth) for binding in part.bindings(scope, name))


def _bound(
    program: PythonProgram, file: PythonFile, binding: Occurrence, name: str, is_so: _Question, depth: int
) -> bool:
    if binding.role in {"function", "class"}:
        return False
    if binding.role == "parameter":
        return _may_be_given_module(file, binding, name)
    target, parent = binding.node, binding.node.parent
    is_item = parent is not None and parent.type in _PATTERNS
    if parent is not None and is_item:
        target, parent = parent, parent.parent
    if binding.role != "assign" or parent is None or parent.type not in {"assignment", *_FOR}:
        return True
    left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
    if left is None or left.id != target.id or (is_item and parent.type in _FOR):
        return True
    if is_item or parent.type in _FOR:
        return is_so is not may_be_module or _may_hold_module(program, file, right, depth + 1)
    return right is not None and is_so(program, file, right, depth + 1)


def _may_be_given_module(file: PythonFile, parameter: Occurrence, name: str) -> bool:
    """Whether callers may give a module; what the object of a method is called is its own affair."""
    scope = parameter.scope
    if scope.kind != "function" or annotation_of(parameter) is not None:
        return False
    is_method = scope.parent is not None and scope.parent.kind == "class"
    is_own = is_method and first_parameter(file, scope.node) == name
    return not is_own or "staticmethod" in decorators_of(file, scope.node)
