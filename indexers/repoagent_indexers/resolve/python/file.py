"""One Python file: where a name stands, what it does there, and which scope binds it.

The rules are those of the language reference, chapter "Execution model": names are looked up in the innermost function,
then outwards; a class body is seen by itself alone; `global` and `nonlocal` redirect; a comprehension and a lambda have
a scope of their own. Everything about one name is found when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.syntax import leaf, mentions, tree_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_SCOPES = {
    "function_definition": "function",
    "class_definition": "class",
    "lambda": "lambda",
    "list_comprehension": "comprehension",
    "set_comprehension": "comprehension",
    "dictionary_comprehension": "comprehension",
    "generator_expression": "comprehension",
}
_PATTERNS = {"pattern_list", "expression_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "tuple", "list",
             "parenthesized_expression", "as_pattern_target"}  # fmt: skip
_CASES = {"case_pattern", "splat_pattern", "as_pattern", "list_pattern", "tuple_pattern", "dict_pattern",
          "union_pattern", "keyword_pattern", "class_pattern"}  # fmt: skip
BINDING = {"function", "class", "parameter", "assign", "import", "from", "alias"}
"""Roles that bind the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A stretch of code with names of its own."""

    kind: str
    """module, class, function, lambda or comprehension."""
    node: Node
    parent: Scope | None

    @property
    def is_function(self) -> bool:
        return self.kind in {"function", "lambda", "comprehension"}


@dataclass(frozen=True, eq=False)
class Occurrence:
    """One place where a name stands as code."""

    start: int
    role: str
    """One of BINDING: function, class, parameter, assign, import (`import name`), from (`from m import name`), alias
    (`... as name`); else use, attribute (`x.name`), keyword (`f(name=1)`), imported (`from m import name as ...`),
    module (a part of a module's name), global or nonlocal."""
    node: Node
    _owner: Node | None
    """The definition whose name or parameter it is."""
    _scopes: Scopes

    @cached_property
    def scope(self) -> Scope:
        """Of a binding: the scope in which it is written; of anything else: the scope around it."""
        if self._owner is not None:  # a definition binds its name around itself, a parameter within
            return self._scopes.of(self._owner) if self.role == "parameter" else self._scopes.around(self._owner)
        scope = self._scopes.around(self.node)
        if self.role == "assign" and self.node.parent is not None and self.node.parent.type == "named_expression":
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
        return scope


class Scopes:
    """The scopes of one tree, found when they are first asked for."""

    def __init__(self, root: Node) -> None:
        self.module = Scope("module", root, None)
        self._known: dict[int, Scope] = {root.id: self.module}

    def around(self, node: Node) -> Scope:
        """The scope in which an expression is evaluated."""
        inner, child, parent = node, node, node.parent
        while parent is not None:
            if (kind := _SCOPES.get(parent.type)) and _is_inside(parent, child, inner, kind):
                return self.of(parent)
            inner, child, parent = child, parent, parent.parent
        return self.module

    def of(self, node: Node) -> Scope:
        """The scope that a definition, lambda or comprehension opens."""
        if node.id not in self._known:
            kind = _SCOPES.get(node.type)
            if kind is None:  # where code is broken a definition may have no node of its own
                return self.around(node)
            self._known[node.id] = Scope(kind, node, self.around(node))
        return self._known[node.id]


class PythonFile:
    """A parsed file. Holds its tree, so keep only as many as are needed."""

    def __init__(self, path: str, content: bytes, tree: Tree | None = None) -> None:
        """A file, or of a file what `tree` has of it."""
        self.path = path
        self.content = content
        self.tree = tree if tree is not None else tree_of("python", content)
        self._scopes = Scopes(self.tree.root_node)
        self.module = self._scopes.module
        self._known: dict[str, tuple[Occurrence, ...]] = {}
        self._bound: dict[str, dict[Scope | None, tuple[Occurrence, ...]]] = {}
        self._redirected: dict[str, dict[Scope, str]] = {}

    def text(self, node: Node) -> str:
        return self.content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def line(self, at: int) -> int:
        return self.content.count(b"\n", 0, at) + 1

    def occurrences(self, name: str) -> tuple[Occurrence, ...]:
        """Every place where a name stands as code, from the top."""
        if name not in self._known:
            n = len(name.encode("utf-8", "surrogateescape"))
            nodes = (leaf(self.tree.root_node, at, at + n) for at in mentions(self.content, name))
            self._known[name] = tuple(self._occurrence(n) for n in nodes if n is not None and n.type == "identifier")
        return self._known[name]

    def bindings(self, scope: Scope, name: str) -> tuple[Occurrence, ...]:
        """The places that bind a name in a scope, wherever they are written."""
        if name not in self._bound:
            found: dict[Scope | None, list[Occurrence]] = {}
            for occurrence in self.occurrences(name):
                if occurrence.role in BINDING:
                    found.setdefault(self._binder(occurrence, name), []).append(occurrence)
            self._bound[name] = {scope: tuple(each) for scope, each in found.items()}
        return self._bound[name].get(scope, ())

    def binds(self, scope: Scope, name: str) -> bool:
        return bool(self.bindings(scope, name))

    def resolve(self, scope: Scope, name: str) -> Scope | None:
        """The scope whose variable a name means when it is used in `scope`; None for none in this file."""
        at: Scope | None = scope
        while at is not None:
            if at is scope or at.kind != "class":
                declared = self._declared(at, name)
                if declared == "global":
                    return self.module if self.binds(self.module, name) else None
                if declared != "nonlocal" and self.binds(at, name):
                    return at
            at = at.parent
        return None

    def variable(self, occurrence: Occurrence, name: str) -> Scope | None:
        """The scope whose variable an occurrence binds or uses; None for none in this file, or for no variable."""
        if occurrence.role in BINDING:
            return self._binder(occurrence, name)
        if occurrence.role in {"use", "global", "nonlocal"}:
            return self.resolve(occurrence.scope, name)
        return None

    def scope_of(self, node: Node) -> Scope:
        """The scope in which an expression is evaluated."""
        return self._scopes.around(node)

    def scope(self, node: Node) -> Scope:
        """The scope that a definition, lambda or comprehension opens."""
        return self._scopes.of(node)

    def around(self, start: int, kind: str) -> Node | None:
        """The innermost node of a type, as `class_definition`, in which a place stands."""
        node = self.tree.root_node.descendant_for_byte_range(start, start + 1)
        while node is not None and node.type != kind:
            node = node.parent
        return node

    @cached_property
    def star_imports(self) -> tuple[Node, ...]:
        """The `from m import *` statements at the top level, also inside `if` and `try`."""
        found = []
        at = self.content.find(b"import *")
        while at >= 0:
            node = self.tree.root_node.descendant_for_byte_range(at + 7, at + 8)
            while node is not None and node.type != "import_from_statement":
                node = node.parent
            if node is not None and self.scope_of(node) is self.module:
                found.append(node)
            at = self.content.find(b"import *", at + 1)
        return tuple(found)

    def strings(self, text: str) -> Iterator[Node]:
        """The strings in which `text` stands as a word: the string nodes, each once."""
        seen: set[int] = set()
        for at in mentions(self.content, text):
            node = self.tree.root_node.descendant_for_byte_range(at, at + 1)
            if node is not None and node.type in {"string_content", "string"}:
                whole = node if node.type == "string" else node.parent
                if whole is not None and whole.id not in seen:
                    seen.add(whole.id)
                    yield whole

    # -- what an identifier does ----------------------------------------------------------------------------------

    def _occurrence(self, node: Node) -> Occurrence:
        role, owner = self._role(node)
        return Occurrence(node.start_byte, role, node, owner, self._scopes)

    def _role(self, node: Node) -> tuple[str, Node | None]:
        """What an identifier does, and the definition whose name or parameter it is."""
        parent = node.parent
        if parent is None:
            return "use", None
        kind = parent.type
        if kind == "attribute":
            return ("attribute" if _is_field(parent, "attribute", node) else "use"), None
        if kind == "keyword_argument":
            return ("keyword" if _is_field(parent, "name", node) else "use"), None
        if kind in {"function_definition", "class_definition"} and _is_field(parent, "name", node):
            return ("function" if kind == "function_definition" else "class"), parent
        if kind in {"global_statement", "nonlocal_statement"}:
            return kind.partition("_")[0], None
        if kind == "named_expression":
            return ("assign" if _is_field(parent, "name", node) else "use"), None
        if kind == "dotted_name":
            return self._dotted_role(node, parent), None
        if kind == "aliased_import":
            return "alias", None
        if owner := _parameter_of(node):
            return "parameter", owner
        if kind == "as_pattern" and not _is_value_of_as(parent, node) and _in_case(parent):
            return "assign", None  # case str() as name
        if kind == "splat_pattern":
            return "assign", None
        if kind == "keyword_pattern":
            return "keyword", None
        return ("assign" if _is_target(node) else "use"), None

    def _dotted_role(self, node: Node, parent: Node) -> str:
        first = parent.named_children[0].id == node.id
        last = parent.named_children[-1].id == node.id
        outer = parent.parent
        if outer is None:
            return "use"
        if outer.type == "aliased_import":
            statement = outer.parent
            return "imported" if statement is not None and statement.type == "import_from_statement" else "module"
        if outer.type == "import_statement":
            return "import" if first else "module"
        if outer.type == "import_from_statement":
            return "module" if _is_field(outer, "module_name", parent) else "from"
        if outer.type == "relative_import":
            return "module"
        if outer.type in _CASES and first and last:
            return "use" if outer.type == "class_pattern" else "assign"
        return "use" if first else "attribute"

    def _binder(self, occurrence: Occurrence, name: str) -> Scope | None:
        """The scope in which a binding takes effect."""
        scope = occurrence.scope
        if occurrence.role == "parameter":
            return scope
        declared = self._declared(scope, name)
        if declared == "global":
            return self.module
        if declared == "nonlocal":
            return next((outer for outer in _around(scope) if outer.is_function and self._owns(outer, name)), None)
        return scope

    def _owns(self, scope: Scope, name: str) -> bool:
        """Whether a function binds a name without redirecting it."""
        bound = any(o.role in BINDING and o.scope is scope for o in self.occurrences(name))
        return bound and not self._declared(scope, name)

    def _declared(self, scope: Scope, name: str) -> str:
        """global, nonlocal, or "" when a scope says neither of a name."""
        if name not in self._redirected:
            redirecting = [each for each in self.occurrences(name) if each.role in {"global", "nonlocal"}]
            self._redirected[name] = {each.scope: each.role for each in reversed(redirecting)}
        return self._redirected[name].get(scope, "") if scope.kind == "function" else ""


def _around(scope: Scope) -> Iterator[Scope]:
    at = scope.parent
    while at is not None:
        yield at
        at = at.parent


def _is_field(parent: Node, field: str, node: Node) -> bool:
    return any(child.id == node.id for child in parent.children_by_field_name(field))


def _is_inside(parent: Node, child: Node, inner: Node, kind: str) -> bool:
    """Whether what is in a child of a node that opens a scope, and there in `inner`, is evaluated in that scope."""
    if kind != "comprehension":  # bases, defaults, annotations and decorators are evaluated outside
        return _is_field(parent, "body", child)
    first = next((node for node in parent.named_children if node.type == "for_in_clause"), None)
    return first is None or child.id != first.id or not _is_field(child, "right", inner)


def _parameter_of(node: Node) -> Node | None:
    """The function or lambda whose parameter a node names."""
    child, parent = node, node.parent
    while parent is not None:
        if parent.type in {"default_parameter", "typed_default_parameter"}:
            if not _is_field(parent, "name", child):
                return None
        elif parent.type == "typed_parameter":
            if parent.named_children[0].id != child.id:
                return None
        elif parent.type in {"parameters", "lambda_parameters"}:
            return parent.parent
        elif parent.type not in {"list_splat_pattern", "dictionary_splat_pattern", "tuple_pattern"}:
            return None
        child, parent = parent, parent.parent
    return None


def _is_target(node: Node) -> bool:
    """Whether a node is assigned to, as a whole."""
    child, parent = node, node.parent
    while parent is not None and parent.type in _PATTERNS:
        child, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in {"assignment", "augmented_assignment", "for_statement", "for_in_clause"}:
        return _is_field(parent, "left", child)
    if parent.type == "as_pattern":
        return _is_field(parent, "alias", child)
    if parent.type == "delete_statement":
        return True
    return parent.type == "type" and parent.parent is not None and parent.parent.type == "type_alias_statement" and (
        _is_field(parent.parent, "left", parent)
    )  # fmt: skip


def _in_case(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in _CASES


def _is_value_of_as(parent: Node, node: Node) -> bool:
    return parent.named_children[0].id == node.id
