"""What a node is for its neighbours, told by the types and fields of grammars alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve import shapes
from repoagent_indexers.resolve.tree_file import TreeFile

if TYPE_CHECKING:
    from tree_sitter import Node


ASSIGNING = frozenset({"javascript", "typescript", "tsx"})
"""Languages in which a member may be made by being set."""
GENERIC = ASSIGNING | {"csharp", "java"}
"""Languages in which it is followed what type parameters stand for."""
APART = frozenset({"java", "php"})
"""Languages in which a method and a field may bear one name and are told apart by the call."""
DOCUMENTING = frozenset({"php", "javascript"})
"""Languages in which comments say types."""
MEMBER_SIGNATURES = frozenset({"property_signature", "method_signature"})
WHOLE_NAMES = frozenset({"qualified_name", "relative_name"})
_ENDS = ("statement", "body", "block", "declaration_list", "program", "source_file", "translation_unit")
OWN_THIS = frozenset("function_declaration function_expression method_definition generator_function".split())


def is_self(file: TreeFile, node: Node) -> bool:
    return file.text(node) in shapes.SELF_NAMES.get(file.language, ("this",))


def is_empty(node: Node) -> bool:
    """Whether an alternative adds nothing: null, undefined, an empty object."""
    return (
        node.type in {"null", "undefined", "object", "array", "none", "nil", "nullptr"} and not node.named_child_count
    )


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
