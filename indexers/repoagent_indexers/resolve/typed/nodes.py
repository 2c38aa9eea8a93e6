"""What a node is for its neighbours, told by the types and fields of grammars alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve import shapes
from repoagent_indexers.resolve.tree_file import TYPES, TreeFile

if TYPE_CHECKING:
    from tree_sitter import Node


ASSIGNING = frozenset({"javascript", "typescript", "tsx"})
"""Languages in which a member may be made by being set."""
GENERIC = ASSIGNING | {"csharp", "java", "kotlin", "scala"}
"""Languages in which it is followed what type parameters stand for."""
APART = frozenset({"java", "php"})
"""Languages in which a method and a field may bear one name and are told apart by the call."""
DOCUMENTING = frozenset({"php", "javascript"})
"""Languages in which comments say types."""
MEMBER_SIGNATURES = frozenset({"property_signature", "method_signature"})
WHOLE_NAMES = frozenset({"qualified_name", "relative_name"})
_ENDS = ("statement", "body", "block", "declaration_list", "program", "source_file", "translation_unit")
_HEADERS = frozenset(
    "base_list type_parameter_constraints_clause attribute_list superclass super_interfaces extends_interfaces "
    "type_parameters".split()
)
_TAGS = frozenset({"struct_specifier", "union_specifier", "enum_specifier"})
OWN_THIS = frozenset("function_declaration function_expression method_definition generator_function".split())


def is_self(file: TreeFile, node: Node) -> bool:
    return file.text(node) in shapes.SELF_NAMES.get(file.language, ("this",))


def is_empty(node: Node) -> bool:
    """Whether an alternative adds nothing: null, undefined, an empty object."""
    return (
        node.type in {"null", "undefined", "object", "array", "none", "nil", "nullptr"} and not node.named_child_count
    )


def is_tag(node: Node) -> bool:
    """Whether a name stands behind `struct` or its like, so that no variable is meant: `struct item item`."""
    return node.parent is not None and node.parent.type in _TAGS


def is_end(kind: str) -> bool:
    return kind.endswith(_ENDS) and not kind.startswith("for")


def first_field(node: Node, fields: str) -> Node | None:
    """The first of several fields, given as `a|b`, that a node has; a digit counts its named children."""
    for field in fields.split("|"):
        if field.isdigit():
            children = [child for child in node.named_children if "comment" not in child.type]
            return children[int(field)] if int(field) < len(children) else None
        if field and (found := node.child_by_field_name(field)) is not None:
            return found
    return None


def aliased(file: TreeFile, alias: Node) -> Node | None:
    """The type that an alias stands for."""
    return alias.named_children[-1] if file.language == "kotlin" else first_field(alias, "value|type")


def is_in_header(node: Node) -> bool:
    """Whether a name stands before the body of its type, where what the type holds is not seen yet."""
    at = node.parent
    while at is not None and not at.type.endswith(("_declaration", "declaration_list", "block")):
        if at.type in _HEADERS:
            return at.parent is not None and at.parent.type in {f"{kind}_declaration" for kind in TYPES}
        at = at.parent
    return False
