"""What the shape of a syntax tree says of a name in it, in languages other than Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repoagent_agents.rename.definition import Definition
from repoagent_indexers.resolve.haskell.scopes import around_field, punned

if TYPE_CHECKING:
    from tree_sitter import Node

TEXT = re.compile(r"comment|string|char|text|content|literal$|heredoc|regex|pattern_literal|atom|symbol$")
"""Types of leaves that are no names."""
_PARAMETERS = frozenset(
    "formal_parameters closure_parameters lambda_parameters inferred_parameters block_parameters method_parameters"
    " shorthand_property_identifier_pattern".split()
)
CALLS = {
    "method_invocation": "name",
    "member_call_expression": "name",
    "nullsafe_member_call_expression": "name",
    "scoped_call_expression": "name",
    "function_call_expression": "function",
}
"""Node of a call in Java or PHP, where methods and variables of one name are apart -> field of the name."""
_FUNCTION = re.compile(
    r"function|method|lambda|closure|arrow|func_literal|constructor|func_decl|do_block|accessor|init_decl"
)
_BEFORE = re.compile(rb"(?:([\w$@\x80-\xff]+|[)\]}>\"'])\s*(?:<[^<>()]*>)?\s*)?(\?\.|!!\.|!\.|\.|->|::|\\)\s*\Z")
_NO_FUNCTION = re.compile(r"call|invocation|declarator|_type$|signature|reference|parameter|identifier|name")
_LOCAL_PARENTS = re.compile(
    r"variable_declarator|formal_parameter|parameter|short_var_declaration|var_spec|range_clause|let_declaration|"
    r"closure_parameters|for_expression|enhanced_for|catch|init_declarator|declarator|foreach|for_in|binding|"
    r"local_variable|assignment_pattern|rest_pattern|array_pattern|object_pattern|tuple_pattern|value_binding|"
    r"for_statement|resource|lambda_parameters|inferred_parameters|property_declaration|val_definition|var_definition|"
    r"local_declaration|variable_declaration|declaration|pattern|assignment$"
)


def joined_to(content: bytes, node: Node) -> tuple[str, str]:
    """Return what joins a name to what stands before it, and the last word of that; "" for nothing."""
    end = _without_comments(node)
    text = content[max(0, end - 200) : end].removesuffix(b"$")
    found = _BEFORE.search(text)
    if found is None or text.rstrip().endswith(b".."):
        return "", ""
    return found[2].decode(), (found[1] or b"").decode("utf-8", "replace")


def _without_comments(node: Node) -> int:
    """Where that ends which stands before a node, but for comments and blanks: one may end in a full stop."""
    end = node.start_byte
    around: Node | None = node
    while around is not None:
        before = around.prev_sibling
        if before is None:
            around = around.parent
        elif "comment" in before.type:
            end, around = before.start_byte, before
        else:
            last = before
            while last.child_count:
                last = last.children[-1]
            return min(end, last.start_byte) if "comment" in last.type else end
    return end


def is_label(node: Node) -> bool:
    """Whether a name is the key of a pair, or says which argument a value is for."""
    parent = node.parent
    if parent is None:
        return False
    if node.type == "property_identifier":
        return True  # a key, or the name of an attribute
    labels = [child.id for field in ("key", "label") for child in parent.children_by_field_name(field)]
    return node.id in labels or parent.type in {"value_argument_label", "name_colon", "field_name"}


def is_function(node: Node) -> bool:
    """Whether a node is a function with its body."""
    return _FUNCTION.search(node.type) is not None and not _NO_FUNCTION.search(node.type)


def is_key_in_go(node: Node) -> bool:
    """Whether a name is the field in `T{name: value}`; a key of a map may well be a constant's name."""
    element = node.parent
    keyed = element.parent if element is not None and element.type == "literal_element" else None
    if element is None or keyed is None or keyed.type != "keyed_element" or keyed.named_children[0].id != element.id:
        return False
    literal = keyed.parent.parent if keyed.parent is not None else None
    kind = literal.child_by_field_name("type") if literal is not None else None
    return kind is None or kind.type != "map_type"


def import_around(node: Node) -> Node | None:
    """The import or re-export that a name is a part of."""
    around: Node | None = node
    while around is not None:
        if re.search(
            r"import_(?:statement|declaration|header|spec$)|use_declaration|using_directive|namespace_use_decl",
            around.type,
        ):
            return around
        if around.type == "export_statement":
            return around if any(child.type == "export_clause" for child in around.children) else None
        if "block" in around.type or "body" in around.type:
            return None
        around = around.parent
    return None


def introduces(node: Node) -> bool:
    """Whether a name stands where a variable or parameter is introduced."""
    if node.type in {"type_identifier", "namespace_identifier", "field_identifier", "property_identifier"}:
        return False
    child, parent = node, node.parent
    while parent is not None:
        field = next((name for n, c in enumerate(parent.children)
                      if c.id == child.id and (name := parent.field_name_for_child(n))), "")  # fmt: skip
        if field == "left" and parent.type in {"assignment_expression", "binary_expression", "assignment"}:
            return False
        if field in {"name", "declarator", "pattern", "left", "parameter", "parameters"}:
            return bool(_LOCAL_PARENTS.search(parent.type))
        if field:
            return False
        if parent.type in _PARAMETERS:
            return True
        if not (_LOCAL_PARENTS.search(parent.type) or parent.type == "expression_list"):
            return False
        child, parent = parent, parent.parent
    return False


def is_exported(node: Node) -> bool:
    """Whether an object's property is what a module exports."""
    around: Node | None = node.parent
    while around is not None and around.type not in {
        "assignment_expression",
        "export_statement",
        "statement_block",
    }:
        around = around.parent
    if around is None or around.type == "statement_block":
        return False
    left = around.child_by_field_name("left")
    return left is None or (left.text or b"") in {b"module.exports", b"exports"}


def is_pun(node: Node) -> bool:
    """Whether a name of Haskell is a field and a variable in one: `C {name}`."""
    field = around_field(node)
    return field is not None and field.type in {"field_pattern", "field_update"} and punned(field) == node


def written(node: Node, target: Definition, old: str, new: str) -> str:
    """What takes the place of a name; where it stands for a key and a value in one, the two are written apart."""
    if node.type == "shorthand_property_identifier" and not is_exported(node):
        return f"{old}: {new}"
    if node.type == "shorthand_field_identifier" and target.is_member:  # in a pattern it binds a variable too
        return f"{new}: {old}"
    if node.parent is not None and node.parent.type == "shorthand_field_initializer":
        return f"{new}: {old}" if target.is_member else f"{old}: {new}"
    if is_pun(node):
        return f"{new} = {old}" if target.kind == "field" else f"{old} = {new}"
    return new
