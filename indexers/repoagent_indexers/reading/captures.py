"""What a tags query finds in the tree of one file, sorted by what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.languages.bound_names import bound
from repoagent_indexers.languages.commonjs import FUNCTION_VALUES, NO_VALUES, exported, required
from repoagent_indexers.languages.declarators import declared
from repoagent_indexers.languages.declared import Declared
from repoagent_indexers.languages.php_includes import included
from repoagent_indexers.languages.ruby_calls import assigned, imported, made
from repoagent_indexers.reading.facts import REFERENCE_KINDS

if TYPE_CHECKING:
    from tree_sitter import Node

_PATTERNS = {"object_pattern", "array_pattern", "rest_pattern", "pattern_list", "tuple_pattern", "list_pattern",
             "list_splat_pattern", "attribute", "subscript"}  # fmt: skip
MAX_PATTERNS = 1000
"""Of one query: those of another that is asked of the same tree count from there."""
NONE = (0, 0)
DEFAULT = (-1, -1)
ALL = (-2, -2)
"""In place of the name of an import: what the module exports without a name."""
REFERENCE_KIND = {kind: index for index, kind in enumerate(REFERENCE_KINDS)}
_IMPORT_PARTS = ("import.module", "import.path", "import.name", "import.alias")
_IMPORT_ANCHORS = {"import.module", "import.path", "import.name"}
_BRANCHES = {"if_statement", "try_statement"}
_PARTS = {"name", "declarator"}
_DOCS = {"doc", "doc.first", "doc.next"}
_SPANS = {"comment": "comments", "prefix": "prefixes", "local": "locals", "span.type": "types", "span.base": "bases"}
"""Captures of which only the place counts -> the list that it goes to."""
_WITH_BODIES = frozenset(
    "arrow_function function_expression function_declaration method_definition generator_function "
    "generator_function_declaration".split()
)

_Range = tuple[int, int]
Definition = tuple[int, int, str, int, int, int, str, int, bool, int]
"""Start, end, kind, start and end of the name, start of the body, receiver, pattern, whether others may
not lie inside, number of arguments if it is one of several clauses or else -1."""


class Captured:
    """The matches of one file, sorted by what they are."""

    def __init__(self, language: str) -> None:
        self._language = language
        self.definitions: list[Definition] = []
        self.reaching: list[int] = []
        self.outer: set[int] = set()
        self.scopes: list[tuple[int, int, int, int]] = []
        self.wraps: list[tuple[int, int, bool]] = []
        self.prefixes: list[tuple[int, int]] = []
        self.docs: list[tuple[int, int, str]] = []
        """Start, end, and which docstring it is: `doc`, `doc.first`, `doc.next`."""
        self.comments: list[tuple[int, int]] = []
        self.references: tuple[list[Node], ...] = tuple([] for _ in REFERENCE_KINDS)
        self.imports: list[tuple[int, _Range, _Range, _Range, _Range]] = []
        self.groups: list[tuple[int, int, int, int]] = []
        self.locals: list[_Range] = []
        self.words: list[int] = []
        """Where words stand that import by being called: `require`, `source`."""
        self.types: list[_Range] = []
        self.bases: list[_Range] = []

    def add_all(self, matches: list[tuple[int, dict[str, list[Node]]]], first: int = 0) -> None:
        """Take in what a query finds, whose patterns count from `first`."""
        alone: dict[int, list[Node]] = {}
        """Patterns that capture one reference or span and nothing else, nine in ten -> where its node goes."""
        spans: dict[str, list[Node]] = {name: [] for name in _SPANS}
        for pattern, match in matches:
            kept = alone.get(pattern)
            if kept is not None:
                for [node] in match.values():
                    kept.append(node)
                continue
            if len(match) != 1:
                self.add(first + pattern, match)
                continue
            [(name, [node, *_])] = match.items()
            if name.startswith("reference."):
                alone[pattern] = self.references[REFERENCE_KIND[name[10:]]]
            elif name in spans:
                alone[pattern] = spans[name]
            else:
                self.add(first + pattern, match)
                continue
            alone[pattern].append(node)
        for name, field in _SPANS.items():
            getattr(self, field).extend([(node.start_byte, node.end_byte) for node in spans[name]])

    def add(self, pattern: int, match: dict[str, list[Node]]) -> None:
        for name, nodes in match.items():
            node = nodes[0]
            if name in _PARTS:
                continue
            if name.startswith("definition."):
                if "declarator" in match:
                    self._add_declarator(node, match["declarator"][0], pattern, match)
                elif len(match) > 2 or not self._add_plain(name[11:], node, pattern, match):
                    self._add_definition(name[11:], node, pattern, match)
            elif name.startswith("reference."):
                self.references[REFERENCE_KIND[name[10:]]].append(node)
            elif name in _SPANS:
                getattr(self, _SPANS[name]).append((node.start_byte, node.end_byte))
            elif name == "made":
                self._add_made(node, match["_maker"][0], pattern)
            elif name == "required":
                self._add_required(node, match["_require"][0])
            elif name == "bound":
                for one in bound(node):
                    self._add_declared(node, one, pattern)
            elif name == "included":
                places = map(_place, included(node))
                self.imports += [(place[0], place, NONE, NONE, NONE) for place in places]
            elif name == "exported":
                if found := exported(node):
                    self._add_declared(node, found, pattern)
            elif name == "assigned":
                if found := assigned(node, match["name"][0]):
                    self._add_declared(node, found, pattern)
            elif name == "import.names":
                self._add_imports(node, _range(match["import.module"]))
                return
            else:
                self._add_other(name, node, match)

    def _add_plain(self, kind: str, node: Node, pattern: int, match: dict[str, list[Node]]) -> bool:
        """Add a definition of which a pattern captures nothing but the name, or not even that; whether it is one."""
        labels = match.get("name") or (node.children_by_field_name("name") if len(match) == 1 else [])
        if len(labels) != 1 or (label := labels[0]).type in _PATTERNS:
            return False
        body = node.child_by_field_name("body")
        start, end, body_start = node.start_byte, node.end_byte, -1 if body is None else body.start_byte
        place = (label.start_byte, label.end_byte)
        self.definitions.append((start, end, kind, *place, body_start, "", pattern, False, -1))
        return True

    def _add_declarator(self, node: Node, declarator: Node, pattern: int, match: dict[str, list[Node]]) -> None:
        """Add what a declarator of C declares, if it counts."""
        is_outer = "outer" in match
        if is_outer and (around := node.parent) is not None and around.type == "compound_statement":
            return
        if found := declared(self._language, node, declarator):
            self._add_declared(node, found._replace(is_outer=is_outer), pattern)

    def _add_made(self, call: Node, name: Node, pattern: int) -> None:
        """Add what a call of Ruby defines or imports."""
        text = name.text or b""
        for found in made(call, text):
            self._add_declared(call, found, pattern)
        for module, imports in imported(call, text):
            self.words.append(name.start_byte)
            self.imports.append((module.start_byte, _place(module), NONE, _place(imports), NONE))

    def _add_required(self, call: Node, word: Node) -> None:
        """Add what a call of `require` imports."""
        for module, *parts in required(call):
            self.words.append(word.start_byte)
            self.imports.append((module.start_byte, _place(module), NONE, _place(parts[0]), _place(parts[1])))

    def _add_declared(self, node: Node, found: Declared, pattern: int) -> None:
        label, receiver = found.label, found.receiver
        if found.is_outer:
            self.outer.add(label.start_byte)
        body = found.body or node.child_by_field_name("body")
        start, end, body_start = node.start_byte, node.end_byte, -1 if body is None else body.start_byte
        of = (receiver.text or b"").decode("utf-8", "replace") if receiver else ""
        place = (label.start_byte, label.end_byte)
        self.definitions.append((start, end, found.kind, *place, body_start, of, pattern, found.is_leaf, -1))

    def _add_definition(self, kind: str, node: Node, pattern: int, match: dict[str, list[Node]]) -> None:
        labels = match.get("name") or node.children_by_field_name("name")[:1]
        if not labels or ("statement" in match and not (kind := _kind_by_place(match["statement"][0]))):
            return
        if "placed" in match and not (kind := _kind_inside(kind, node.parent)):
            return
        label, last = labels[0], labels[-1]
        body = match["body"][0] if "body" in match else node.child_by_field_name("body")
        value = match["value"][0] if "value" in match else None
        if "valued" in match:
            value = node.child_by_field_name("value")
        if value is not None and value.type in NO_VALUES and kind == "variable":
            return  # `exports.a = a` gives out what is defined elsewhere
        if value is not None and value.type in FUNCTION_VALUES:
            body = value.child_by_field_name("body")
            kind = "method" if kind == "field" and value.type != "class" else kind
        if "whole" in match:
            body = None
        receiver = match.get("receiver")
        if "outer" in match:
            around = node.parent
            while around is not None and around.type == "assignment":  # Python: `a = b = 1`
                node, around = around, around.parent
            if around is not None and around.type == "compound_statement":
                return
            if around is not None and around.type == "object_type" and _in_code(around):
                return
            self.outer.add(label.start_byte)
        if "reach" in match:
            self.reaching.append(node.start_byte)
        places = [(label.start_byte, last.end_byte)]
        if label.type in _PATTERNS and label.is_named:
            places = [(one.start_byte, one.end_byte) for one in _bound_names(label)]
        start, end = node.start_byte, node.end_byte
        body_start = end if "header" in match else body.start_byte if body is not None else -1
        of = (receiver[0].text or b"").decode("utf-8", "replace") if receiver and receiver[0].type != "self" else ""
        clause = -1
        if "clause" in match:
            clause = match["arity"][0].named_child_count if "arity" in match else 0
        for name_start, name_end in places:
            one = (start, end, kind, name_start, name_end, body_start, of, pattern, "leaf" in match, clause)
            self.definitions.append(one)

    def _add_other(self, name: str, node: Node, match: dict[str, list[Node]]) -> None:
        if name in _IMPORT_ANCHORS:
            if "import.group" not in match:
                self._add_import(name, node, match)
        elif name in _DOCS:
            self.docs.append((node.start_byte, node.end_byte, name))
        elif name in {"wrap", "wrap.head"}:
            self.wraps.append((node.start_byte, node.end_byte, name == "wrap.head"))
        elif name == "scope":
            label = match["name"][0]
            self.scopes.append((node.start_byte, node.end_byte, label.start_byte, label.end_byte))
        elif name == "import.group":
            self.groups.append((node.start_byte, node.end_byte, *_range(match["import.module"])))

    def _add_imports(self, statement: Node, module: _Range) -> None:
        """Add all names that a statement of Python imports from a module."""
        add = self.imports.append
        for node in statement.children_by_field_name("name"):
            name, alias = (node.start_byte, node.end_byte), NONE
            if node.type == "aliased_import":
                name, alias = (_place(node.child_by_field_name(part)) for part in ("name", "alias"))
            add((module[0], module, NONE, name, alias))

    def _add_import(self, name: str, node: Node, match: dict[str, list[Node]]) -> None:
        if name == "import.name" and ("import.module" in match or "import.path" in match):
            return  # the same match
        found = match.get
        parts = [_range(nodes) if (nodes := found(part)) else NONE for part in _IMPORT_PARTS]
        self.words += [match[word][0].start_byte for word in match if word[0] == "_"]
        if "import.default" in match:
            parts[2:] = [DEFAULT, _range(match["import.default"])]
        if "import.all" in match:
            parts[2] = ALL
        self.imports.append((node.start_byte, parts[0], parts[1], parts[2], parts[3]))


def _kind_by_place(statement: Node) -> str:
    """What a statement of Python defines that assigns: "" where that is a local variable."""
    around = statement.parent
    if around is None or around.type == "module":
        return "variable" if around is not None else ""
    holder = around.parent if around.type == "block" else None
    if holder is None or holder.type == "class_definition":
        return "field" if holder is not None else ""
    if holder.type in _BRANCHES and (above := holder.parent) is not None and above.type == "module":
        return "variable"
    return ""


def _kind_inside(kind: str, around: Node | None) -> str:
    """What a definition is where it stands: of Scala a method, of Elixir an attribute of a module or nothing."""
    place = around.type if around is not None else ""
    if kind == "constant":
        return kind if place == "do_block" else ""
    return "method" if place == "template_body" else kind


def _bound_names(pattern: Node) -> list[Node]:
    """The names that a pattern on the left of an assignment binds: a, b, c of `{a, b: [c]}`."""
    names: list[Node] = []
    waiting = [pattern]
    while waiting:
        node = waiting.pop()
        if node.type in {"attribute", "subscript", "member_expression", "subscript_expression"}:
            continue
        if node.type in _PATTERNS:
            waiting += reversed(node.named_children)
        elif node.type in {"identifier", "shorthand_property_identifier_pattern"}:
            names.append(node)
        elif inner := node.child_by_field_name("value" if node.type == "pair_pattern" else "left"):
            waiting.append(inner)
    return names


def _in_code(node: Node) -> bool:
    """Whether a type of TypeScript stands in the body of a function, be it one without a name."""
    at: Node | None = node
    while at is not None and at.type != "statement_block":
        at = at.parent
    while at is not None and at.parent is not None and at.parent.type not in _WITH_BODIES:
        at = at.parent
    return at is not None and at.parent is not None


def _place(node: Node | None) -> _Range:
    return NONE if node is None else (node.start_byte, node.end_byte)


def _range(nodes: list[Node]) -> _Range:
    return nodes[0].start_byte, nodes[-1].end_byte
