"""What a variable is behind a question about its type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.tree_file import TreeFile, field_of
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import ASSIGNING, OWN_THIS, first_field
from repoagent_indexers.resolve.typed.signatures import parameters_of
from repoagent_indexers.resolve.typed.terms import Foreign, Parameter, Thing, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node


_ASKING = frozenset({"php", "javascript", "typescript", "tsx"})
"""Languages in which a question about a variable's type tells what it is from there on."""
_BRANCHES = frozenset(
    {"if_statement", "else_if_clause", "while_statement", "ternary_expression", "conditional_expression"}
)
_ASSERTION = re.compile(rb"(?:\w+\.)*(?:assert\w*|invariant)")


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
                if test.type == "call_expression":
                    if found := self._guarded(file, test, own, name, depth):
                        return found
                    continue
                left, right = test.child_by_field_name("left"), test.child_by_field_name("right")
                if test.children[1].type == "instanceof" and left is not None and file.text(left) == own:
                    return objects(self.annotation(file, right, depth))
            child, at = at, at.parent
        return ()

    def _guarded(self, file: TreeFile, test: Node, own: str, name: Node, depth: int) -> Types:
        """What a call says that a variable is: of a function that returns `node is Element`, or `asserts node is`.

        What is more by its declaration stays that.
        """
        callee, arguments = test.child_by_field_name("function"), test.child_by_field_name("arguments")
        given = [each for each in arguments.named_children if each.type != "comment"] if arguments is not None else []
        place = next((n for n, each in enumerate(given) if file.text(each) == own), -1)
        if callee is None or place < 0 or file.language not in ASSIGNING:
            return ()
        for signature in self.signatures(self.type_of(file, callee, depth)):
            function, where = self.node_of(signature), self.file(signature.path)
            said = _predicate(function.child_by_field_name("return_type")) if function is not None else None
            parameters = parameters_of(function)
            if said is None or where is None or place >= len(parameters):
                continue
            label = said.child_by_field_name("name")
            pattern = parameters[place].child_by_field_name("pattern")
            if label is None or pattern is None or where.text(label) != where.text(pattern):
                continue
            types = objects(self.annotation(where, said.child_by_field_name("type"), depth))
            if not types or any(isinstance(each, Foreign | Parameter) for each in types):
                return ()  # of a type parameter, or one that is no more than `object`
            declared = [each.node for each in file.seen(name.start_byte, own) if each.number < 0]
            known = self.declared_type(file, declared[0], depth) if declared else ()
            more = tuple(each for each in known if isinstance(each, Thing) and not _is_apart(self.lineage(each), types))
            return more or types
        return ()


def _is_apart(lineage: list[Thing], types: Types) -> bool:
    """Whether none of some types is a type, or a base of it."""
    return not {(each.path, each.number) for each in lineage} & {
        (each.path, each.number) for each in types if isinstance(each, Thing)
    }


def _predicate(result: Node | None) -> Node | None:
    """The `name is Type` that a function says it returns, or asserts."""
    while result is not None and result.type in {"type_predicate_annotation", "asserts_annotation", "asserts"}:
        result = result.named_children[0] if result.named_children else None
    return result if result is not None and result.type == "type_predicate" else None


def _without_brackets(condition: Node | None) -> Node | None:
    while condition is not None and condition.type == "parenthesized_expression" and condition.named_children:
        condition = condition.named_children[0]
    return condition


def _conjuncts(condition: Node | None) -> list[Node]:
    """The comparisons and calls that all hold where a condition does."""
    condition = _without_brackets(condition)
    if condition is not None and condition.type == "call_expression":
        return [condition]
    if condition is None or condition.type != "binary_expression":
        return []
    if condition.children[1].type == "&&":
        return [*_conjuncts(condition.child_by_field_name("left")), *_conjuncts(condition.child_by_field_name("right"))]
    return [condition]


def _left_unless(statement: Node) -> list[Node]:
    """What holds behind `if (!(a instanceof B)) return`, what else leaves where it does not, and assertions."""
    if statement.type == "expression_statement":
        return _asserted(statement.named_children[0]) if statement.named_children else []
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


def _asserted(call: Node) -> list[Node]:
    """What holds behind `assertNode(a)`, or `assert(isNode(a) && a instanceof B, "...")`."""
    callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if call.type != "call_expression" or callee is None or arguments is None:
        return []
    is_assertion = callee.text is not None and _ASSERTION.fullmatch(callee.text) is not None
    given = arguments.named_children[:1] if is_assertion else []
    return [call, *(test for each in given for test in _conjuncts(each))]
