"""What a variable is behind a question about its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.tree_file import TreeFile, field_of
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import OWN_THIS, first_field
from repoagent_indexers.resolve.typed.terms import Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node


_ASKING = frozenset({"php", "javascript", "typescript", "tsx"})
"""Languages in which a question about a variable's type tells what it is from there on."""
_BRANCHES = frozenset(
    {"if_statement", "else_if_clause", "while_statement", "ternary_expression", "conditional_expression"}
)


class Narrowing(Analysis):
    """What a variable is behind a question about its type."""

    def narrowed(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable is where `instanceof` was asked first: behind `&&`, in a branch, after one that leaves."""
        if file.language not in _ASKING:
            return ()
        while name.parent is not None and name.parent.type == "variable_name":
            name = name.parent
        own = file.text(name)
        child, at = name, name.parent
        while at is not None and at.type not in OWN_THIS and not at.type.endswith("_definition"):
            asked: list[Node] = []
            if at.type in _BRANCHES and (condition := at.child_by_field_name("condition")) is not None:
                asked = _conjuncts(condition) if field_of(at, child) in {"consequence", "body"} else []
            elif at.type == "binary_expression" and field_of(at, child) == "right" and at.children[1].type == "&&":
                asked = _conjuncts(at.child_by_field_name("left"))
            elif at.type in {"statement_block", "compound_statement"}:
                before = child.prev_named_sibling
                while before is not None:
                    asked += _left_unless(before)
                    before = before.prev_named_sibling
            for test in asked:
                left, right = test.child_by_field_name("left"), test.child_by_field_name("right")
                if test.children[1].type == "instanceof" and left is not None and file.text(left) == own:
                    return objects(self.annotation(file, right, depth))
            child, at = at, at.parent
        return ()


def _without_brackets(condition: Node | None) -> Node | None:
    while condition is not None and condition.type == "parenthesized_expression" and condition.named_children:
        condition = condition.named_children[0]
    return condition


def _conjuncts(condition: Node | None) -> list[Node]:
    """The comparisons that all hold where a condition does."""
    condition = _without_brackets(condition)
    if condition is None or condition.type != "binary_expression":
        return []
    if condition.children[1].type == "&&":
        return [*_conjuncts(condition.child_by_field_name("left")), *_conjuncts(condition.child_by_field_name("right"))]
    return [condition]


def _left_unless(statement: Node) -> list[Node]:
    """The comparisons that hold behind `if (!(a instanceof B)) return`, and whatever else leaves where they do not."""
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    body = first_field(statement, "consequence|body")
    condition = _without_brackets(condition)
    if condition is None or body is None or condition.type not in {"unary_expression", "unary_op_expression"}:
        return []
    last = (
        body.named_children[-1] if body.type.endswith(("block", "compound_statement")) and body.named_children else body
    )
    if last.type == "expression_statement" and last.named_children:
        last = last.named_children[0]  # PHP throws in an expression
    leaves = last.type.startswith(("return", "throw", "continue", "break", "exit"))
    return _conjuncts(condition.named_children[-1]) if leaves and condition.children[0].type == "!" else []
