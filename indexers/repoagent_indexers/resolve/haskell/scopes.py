"""What is bound around a place: parameters, patterns, `let`, `where`, statements, generators.

Haskell 2010 report, sections 3 and 4.4.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

DECLARING = frozenset({"function", "bind", "signature", "foreign_import"})
_BINDS_NOTHING = frozenset(
    "literal constructor qualified operator constructor_operator infix_id prefix_id splice quasiquote type_application "
    "type_binder wildcard pragma comment haddock cpp name".split()
)
_IN_TYPES = frozenset(
    "type_params type_patterns context quantified_variables forall forall_required kind_application type_application "
    "strict_field lazy_field deriving deriving_instance via type_role role_annotation fundeps type_family_injectivity "
    "kind_signature equations type_instance explicit_type quoted_type class instance data_type newtype type_synonym "
    "type_family data_family data_constructor gadt_constructor newtype_constructor fields field default_types "
    "type_binder abstract_family associated_type".split()
)
_IN_VALUES = frozenset(
    "match patterns local_binds declarations class_declarations instance_declarations do alternative guards exp "
    "list_comprehension header exports imports import_list fixity haskell pattern_synonym rec let".split()
)


class Scopes:
    """The bindings of one tree, each scope read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], list[Node]] = {}

    def around(self, node: Node) -> Iterator[list[Node]]:
        """What each scope around a name binds, innermost first: names, and for `C {..}` the pattern of the record."""
        declaration = declared_by(node)
        child = declaration if declaration is not None else node
        at = child.parent
        while at is not None:
            yield from self._seen(at, child, node)
            child, at = at, at.parent

    def _seen(self, at: Node, child: Node, node: Node) -> Iterator[list[Node]]:
        """What a scope binds as it is seen from one of its children."""
        kind = at.type
        if kind in {"function", "bind", "alternative", "lambda", "let_in"}:
            binds = at.child_by_field_name("binds")
            if binds is not None and binds.id != child.id:
                yield self._declared(binds)
            if kind not in {"bind", "let_in"}:
                yield self._parameters(at)
        elif kind == "local_binds":
            yield self._declared(at)
        elif kind == "match":
            guards = at.child_by_field_name("guards")
            if guards is not None and guards.id != child.id:
                for each in reversed(guards.named_children):
                    yield self._statement(each)
        elif kind in {"do", "guards", "qualifiers", "rec"}:
            is_recursive = kind == "rec" or (kind == "do" and (at.text or b"")[:3] == b"mdo")
            for each in reversed(at.named_children):
                if each.end_byte <= child.start_byte or is_recursive:
                    yield self._statement(each)
                elif each.id == child.id and each.type in {"bind", "generator", "pattern_guard"}:
                    pattern = each.child_by_field_name("pattern")
                    if pattern is not None and pattern.start_byte <= node.start_byte < pattern.end_byte:
                        yield self._statement(each)
        elif kind == "list_comprehension" and child.type != "qualifiers":
            for listed in reversed(at.named_children):
                for each in reversed(listed.named_children) if listed.type == "qualifiers" else ():
                    yield self._statement(each)
        elif kind in {"equation", "constructor_synonym"}:
            yield self._parameters(at)

    def _statement(self, node: Node) -> list[Node]:
        """What a statement, guard or generator binds for what follows it."""
        if node.type == "let":
            return [name for each in node.named_children if each.type == "local_binds" for name in self._declared(each)]
        if node.type == "rec":
            return [name for each in node.named_children for name in self._statement(each)]
        return self._kept(node, "pattern", [node.child_by_field_name("pattern")])

    def _parameters(self, node: Node) -> list[Node]:
        if node.type in {"equation", "constructor_synonym"}:
            return self._kept(node, "all", [node.child_by_field_name("synonym"), node.child_by_field_name("pattern")])
        kinds = {"patterns", "infix", "function_head_parens"} if node.type == "function" else {"patterns"}
        heads = [each for each in node.named_children if each.type in kinds]
        return self._kept(node, "head", [*heads, node.child_by_field_name("pattern")])

    def _kept(self, node: Node, what: str, patterns: list[Node | None]) -> list[Node]:
        if (node.id, what) not in self._known:
            found: list[Node] = []
            for each in patterns:
                _add_bound(each, found)
            self._known[node.id, what] = found
        return self._known[node.id, what]

    def _declared(self, binds: Node) -> list[Node]:
        """The names that the declarations of a `let` or `where` bind, and their signatures."""
        if (binds.id, "declared") not in self._known:
            found: list[Node] = []
            for each in binds.named_children:
                if each.type in DECLARING:
                    named = names_of(each)
                    found += named
                    if not named:
                        _add_bound(each.child_by_field_name("pattern"), found)
            self._known[binds.id, "declared"] = found
        return self._known[binds.id, "declared"]


def _add_bound(pattern: Node | None, found: list[Node]) -> None:
    """Adds the variables that a pattern binds, and records of which it binds all fields."""
    waiting = [pattern] if pattern is not None else []
    while waiting:
        node = waiting.pop()
        if node.type == "variable":
            found.append(node)
        elif node.type == "field_pattern":
            inner = node.child_by_field_name("pattern")
            if inner is not None:
                waiting.append(inner)
            elif (pun := punned(node)) is not None:
                found.append(pun)
            elif node.parent is not None and any(each.type == "wildcard" for each in node.named_children):
                found.append(node.parent)
        elif node.type in {"view_pattern", "signature"}:
            waiting += [each for each in [node.child_by_field_name("pattern")] if each is not None]
        elif node.type not in _BINDS_NOTHING:
            waiting += node.named_children


def around_field(name: Node) -> Node | None:
    """What the name of a field stands in, with its module or without: the field of a pattern, of an update."""
    named = name.parent
    if named is not None and named.parent is not None and named.parent.type == "qualified":
        named = named.parent
    return named.parent if named is not None else None


def punned(field: Node) -> Node | None:
    """The name that is field and variable in one, in `C {name}`; None for other fields."""
    if field.child_by_field_name("pattern") is not None or field.child_by_field_name("expression") is not None:
        return None
    named = field.child_by_field_name("field")
    if named is not None and named.type == "qualified":
        named = named.child_by_field_name("id")
    inner = named.named_children if named is not None and named.type == "field_name" else []
    return inner[0] if inner else None


def names_of(declaration: Node) -> list[Node]:
    """The names that a function, a binding or a signature is of; none for a binding of a pattern."""
    at: Node | None = declaration
    if declaration.type == "foreign_import":
        at = declaration.child_by_field_name("signature")
    if at is None:
        return []
    named = at.child_by_field_name("names") or at.child_by_field_name("name")
    if named is not None and named.type == "binding_list":
        return [leaf for each in named.named_children if (leaf := _leaf(each)) is not None]
    if named is not None:
        return [leaf for leaf in [_leaf(named)] if leaf is not None]
    while at is not None and at.type in {"function", "function_head_parens"}:
        kinds = {"infix", "function_head_parens"}
        if (named := at.child_by_field_name("name")) is not None:
            return [leaf for leaf in [_leaf(named)] if leaf is not None]
        at = next((each for each in at.named_children if each.type in kinds), None)
    operator = at.child_by_field_name("operator") if at is not None and at.type == "infix" else None
    return [leaf for leaf in [_leaf(operator)] if leaf is not None]


def _leaf(node: Node | None) -> Node | None:
    while node is not None and node.type in {"prefix_id", "infix_id"}:
        node = next(iter(node.named_children), None)
    return node


def declared_by(node: Node) -> Node | None:
    """The function, binding or signature that a name is that of; None for a use."""
    at = node.parent
    while at is not None and at.type in {"prefix_id", "infix_id", "infix", "function_head_parens", "binding_list"}:
        at = at.parent
    if at is None or at.type not in DECLARING or all(each.id != node.id for each in names_of(at)):
        return None
    return at


def is_in_type(node: Node) -> bool:
    """Whether a name stands in a type."""
    child, at = node, node.parent
    while at is not None:
        if at.type in _IN_VALUES:
            return False
        if at.type in _IN_TYPES or child in (at.child_by_field_name("type"), at.child_by_field_name("kind")):
            return True
        child, at = at, at.parent
    return False
