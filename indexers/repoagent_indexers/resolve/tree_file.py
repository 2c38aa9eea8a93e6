"""One file of a language with block scopes: where a name stands as code, and which declaration of the file it sees.

What the languages share is read from how their grammars name things: a node that introduces a name holds it in a field
called name, pattern, declarator or left; a node that opens a scope says so in its type.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

from repoagent_indexers.languages import C_FAMILY
from repoagent_indexers.languages.csharp_blanks import extension_heads
from repoagent_indexers.reading.facts import SYMBOL_WIDTH, Facts
from repoagent_indexers.resolve import go
from repoagent_indexers.resolve.code_file import CodeFile
from repoagent_indexers.resolve.kotlin import nodes as kotlin
from repoagent_indexers.resolve.macro_bodies import MacroBodies
from repoagent_indexers.resolve.rust import nodes as rust
from repoagent_indexers.resolve.scala import nodes as scala
from repoagent_indexers.resolve.syntax import leaf, mentions, plain_tree_of, tree_of, tree_of_parts

if TYPE_CHECKING:
    from tree_sitter import Node

TYPES = frozenset(
    "class struct interface trait enum object protocol record extension instance union type annotation".split()
)
NAMESPACES = frozenset({"namespace", "module", "package"})
FUNCTIONS = frozenset({"function", "method", "constructor", "operator"})
_MEMBERS = frozenset({"method", "field", "property", "constructor", "member", "event", "operator"})
_WORD = re.compile(rb"\w+")
_NO_CODE = re.compile(
    r"comment|string|char|content|literal$|heredoc|regex|pattern_literal|^label|system_lib|escape|jsx_text"
)
_SCOPE = re.compile(
    r"block|body|compound_statement|declaration_list|program|source_file|translation_unit|compilation_unit|"
    r"^for_|_for_|foreach|^while_|^if_|^switch|catch|match_arm|case|using_statement|^try_|^func_literal|"
    r"^template_declaration$|function|method|lambda|closure|arrow|constructor|accessor|section|class_static_block|select_statement"
)
_NO_SCOPE = re.compile(
    r"call|invocation|_type$|signature_|reference|declarator|parameter|identifier|name|_list$|clause$|modifiers|labeled"
)
_DECLARING = re.compile(
    r"variable_declarator|formal_parameter|parameter|short_var_declaration|var_spec|const_spec|range_clause|"
    r"let_declaration|let_condition|closure_parameters|for_expression|enhanced_for|catch|init_declarator|declarator|"
    r"foreach|for_in|binding|assignment_pattern|rest_pattern|array_pattern|object_pattern|tuple_pattern|for_statement|"
    r"resource|lambda_parameters|inferred_parameters|declaration|pattern|match_arm|for_range_loop|receive_statement|"
    r"const_item|static_item|type_switch_statement|instanceof_expression|tuple_element|pair_pattern"
)
_BY_PLACE: dict[str, ModuleType] = {"kotlin": kotlin, "scala": scala}
"""Languages of which a module of their own says what introduces a name, and where that is seen."""
_WRITTEN_OVER = C_FAMILY | {"csharp", "rust"}
"""Languages of which the tree is read without the names of some macros, or without heads that no grammar knows."""
_PARAMETERS = frozenset(
    "formal_parameters closure_parameters lambda_parameters inferred_parameters shorthand_property_identifier_pattern "
    "implicit_parameter anonymous_function_use_clause bracketed_parameter_list parameter_list".split()
)
_WITH_VAR = frozenset({"javascript", "typescript", "tsx"})
_PATTERNS = frozenset(
    "object_pattern array_pattern pair_pattern object_assignment_pattern assignment_pattern rest_pattern".split()
)
_OF_FLOW = "/flow-typed/"
_SIGNATURES = frozenset("function_type call_signature construct_signature method_signature".split())
"""Types of functions, in which Flow's parameters may have no names."""
_TYPE_NAMING = frozenset({"type_parameter", "type_parameter_declaration"})
_NOT_NAMING = frozenset("type value right default_value return_type body arguments condition size".split())
_NAMING = frozenset({"name", "declarator", "pattern", "left", "parameter", "parameters", "alias"})


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A place that introduces a name which is seen in a stretch of its file; no member of a type."""

    start: int
    node: Node
    number: int
    """The symbol's number; -1 for a local or a parameter."""
    scope_start: int
    scope_end: int


class TreeFile(CodeFile):
    """A file, parsed when its code is first looked at: of most only the facts are asked for. Holds its tree."""

    def __init__(self, path: str, language: str, content: bytes, facts: Facts) -> None:
        super().__init__(path, language, content, facts)
        self._nodes: dict[str, tuple[Node, ...]] = {}
        self._declared: dict[str, tuple[Declared, ...]] = {}
        self._macros: set[int] = set()
        """Where names stand that the tree does without."""
        self._in_macros: set[int] = set()

    @cached_property
    def is_javascript(self) -> bool:
        """Whether it is no TypeScript; with Flow's types it is read by TypeScript's grammar."""
        return self.language == "javascript" or (self.language == "tsx" and not self.path.endswith(".tsx"))

    @cached_property
    def is_flow(self) -> bool:
        """Whether it is JavaScript with Flow's types."""
        return self.language == "tsx" and self.is_javascript

    @cached_property
    def is_declaring(self) -> bool:
        """Whether it only says what is there: `.d.ts`, and what lies in `flow-typed` for Flow."""
        return self.path.endswith((".d.ts", ".d.mts", ".d.cts")) or (self.is_flow and _OF_FLOW in f"/{self.path}")

    @cached_property
    def root(self) -> Node:
        code = rust.opened(self.content) if self.language == "rust" else self.content
        return tree_of(self.language, code).root_node

    def root_at(self, start: int) -> Node:
        """The root of the tree in which a place stands: of all the file, or a part of it."""
        del start
        return self.root

    def between(self, start: int, end: int) -> Node | None:
        """The smallest node that spans two places."""
        return self.root_at(start).descendant_for_byte_range(start, end)

    def scope_text(self, number: int) -> str:
        """What is written before a symbol's name: `Client` of `int Client::open() {}`."""
        return self.facts.strings[self.facts.symbols[number * SYMBOL_WIDTH + 2]]

    def signature(self, number: int) -> str:
        return self.facts.strings[self.facts.symbols[number * SYMBOL_WIDTH + 3]]

    def doc(self, number: int) -> str:
        """The comment on a symbol, without its marks."""
        return self.facts.strings[self.facts.symbols[number * SYMBOL_WIDTH + 4]]

    def module_of_line(self, line: int) -> int:
        """The module in which a line stands that no symbol has around it, where that is not the file's."""
        del line
        return -1

    def children(self, number: int) -> Sequence[int]:
        """The symbols directly in one; -1 for the top of the file."""
        return self._children.get(number, ())

    def children_named(self, number: int, names: Iterable[str]) -> Iterator[int]:
        """Those of some names among them: a namespace or a table of constants may hold thousands."""
        return (each for name in names for each in self.named(name) if self.facts.parent(each) == number)

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for at, parent in enumerate(self.facts.symbols[5::SYMBOL_WIDTH]):
            found.setdefault(parent, []).append(at)
        return found

    def named(self, name: str) -> Sequence[int]:
        """The symbols of a name, in the order of the file."""
        return self._named.get(name, ())

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number in range(self.facts.n_symbols):
            found.setdefault(self.facts.symbol_name(number), []).append(number)
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return self.facts.symbols[6::SYMBOL_WIDTH]

    def around(self, start: int) -> Iterator[int]:
        """The symbols around a place, innermost first."""
        number = bisect_right(self._starts, start) - 1
        while number >= 0:
            at = number * SYMBOL_WIDTH
            if self.facts.symbols[at + 6] <= start < self.facts.symbols[at + 7]:
                yield number
            number = self.facts.parent(number)

    def node_at(self, start: int) -> Node | None:
        """The innermost node that begins at a place; of a name, its leaf."""
        node = self.root_at(start).descendant_for_byte_range(start, start + 1)
        found = node if node is not None and node.start_byte == start else None
        if self.language in _WRITTEN_OVER and (word := _WORD.match(self.content, start)):
            is_whole = found is not None and found.end_byte == word.end()
            return found if is_whole else self._beside_the_tree(start, len(word[0])) or found
        return found

    def definition_node(self, number: int) -> Node | None:
        """The node of a whole symbol, without what stands around it (`export`, decorators)."""
        node = self.node_at(self.name_start(number))
        end = self.facts.symbols[number * SYMBOL_WIDTH + 7]
        found = node
        while node is not None and node.end_byte <= end:
            found = node
            if _is_definition(node):
                break
            node = node.parent
        if found is not None and self.kind(number) == "class":
            return _class_given(found)
        if found is not None and found.type == "export_statement":  # `export default () => ...`: the word is the name
            return found.child_by_field_name("value") or found.child_by_field_name("declaration") or found
        return found

    def occurrences(self, name: str) -> tuple[Node, ...]:
        """Every place where a name stands as code, from the top."""
        if name not in self._nodes:
            places = mentions(self.content, name)
            if self.language in {"php", "kotlin"}:
                places = sorted([*places, *(at + 1 for at in mentions(self.content, f"${name}"))])
            self._nodes[name] = self._nodes_of(name, places)
        return self._nodes[name]

    def _nodes_of(self, name: str, places: Sequence[int]) -> tuple[Node, ...]:
        """The nodes of those places at which a name stands as code."""
        n = len(name.encode("utf-8", "surrogateescape"))
        nodes = (leaf(self.root_at(at), at, at + n) for at in places)
        if self.language == "kotlin":
            nodes = (self._in_text(at) or leaf(self.root, at, at + n) for at in places)
        if self.language in _WRITTEN_OVER:
            nodes = (leaf(self.root_at(at), at, at + n) or self._beside_the_tree(at, n) for at in places)
        return tuple(node for node in nodes if node is not None and node.is_named and self._is_code(node))

    def _in_text(self, at: int) -> Node | None:
        """The piece of a text of Kotlin that begins with a name which stands for what it names."""
        node = self.node_at(at) if self.content[at - 1 : at] == b"$" else None
        return node if node is not None and kotlin.is_interpolated(self.content, node) else None

    def _is_code(self, node: Node) -> bool:
        if self.language == "kotlin" and kotlin.is_interpolated(self.content, node):
            return True
        return not _NO_CODE.search(node.type)

    def is_in_macro(self, node: Node) -> bool:
        """Whether a name stands in the body of a macro of C: what it means is known where the macro is used."""
        return node.start_byte in self._in_macros

    def _beside_the_tree(self, at: int, n: int) -> Node | None:
        """A name that the tree does without: one in the body of a macro of C, or a macro that was blanked out."""
        if self.language == "csharp":
            return leaf(self._extension_heads, at, at + n) if self._extension_heads is not None else None
        if self.language in C_FAMILY and (found := self._macro_bodies.leaf(at, at + n)) is not None:
            self._in_macros.add(at)
            return found
        if self.language == "rust":
            is_likely = self.content.startswith(b"!", at + n)
        else:
            is_likely = self.content[at : at + n].isupper()
        found = leaf(self.plain_root_at(at), at, at + n) if is_likely else None
        if found is not None:
            self._macros.add(at)
        return found

    @cached_property
    def _macro_bodies(self) -> MacroBodies:
        return MacroBodies(self.language, self.content, self.root_at)

    def plain_root_at(self, start: int) -> Node:
        """The tree in which a place stands, of the bytes as they are written."""
        del start
        return self._plain_root

    @cached_property
    def _extension_heads(self) -> Node | None:
        """What stands before the braces of C#'s `extension(Item item) { ... }`, as functions; None if none does."""
        content, parts = extension_heads(self.content) if b"extension" in self.content else (b"", [])
        return tree_of_parts(self.language, content, parts).root_node if parts else None

    @cached_property
    def _plain_root(self) -> Node:
        return plain_tree_of(self.language, self.content).root_node

    def declared(self, name: str) -> tuple[Declared, ...]:
        """The places that introduce a name other than as a member."""
        if name not in self._declared:
            self._declared[name] = tuple(self._introducing(name, self.occurrences(name)))
        return self._declared[name]

    def declared_around(self, start: int, name: str) -> tuple[Declared, ...]:
        """The same, but for those that are seen elsewhere than at a place for certain."""
        del start
        return self.declared(name)

    def _introducing(self, name: str, nodes: Iterable[Node]) -> Iterator[Declared]:
        own = _BY_PLACE.get(self.language)
        for node in nodes:
            number = self.numbers.get(node.start_byte, -1)
            if (number >= 0 and self.is_member(number)) or node.start_byte in self._macros:
                continue
            if number < 0 and self.is_flow and _is_unnamed(node):
                continue
            if number < 0 and not (own.introduces(node) if own is not None else _introduces(node)):
                continue
            if number >= 0 and node.type == "property_identifier" and _is_assigned_member(node):
                continue
            if self.language == "rust" and number < 0 and rust.is_compared(node, name):
                continue
            start, end = self.extent(self._scope_of(node, is_symbol=number >= 0))
            if self.language == "go" and number < 0:
                start = max(start, go.seen_from(node))
            elif self.language == "rust" and number < 0:
                start = max(start, rust.seen_from(node))
            elif own is not None and number < 0:
                start = max(start, own.seen_from(node))
            yield Declared(node.start_byte, node, number, start, end)

    def extent(self, scope: Node) -> tuple[int, int]:
        """From where to where a scope reaches."""
        return scope.start_byte, scope.end_byte

    def seen(self, start: int, name: str) -> tuple[Declared, ...]:
        """The declarations of the innermost scope around a place that has any; several for overloads alone."""
        around = self.declared_around(start, name)
        inner = [each for each in around if each.scope_start <= start < each.scope_end or each.start == start]
        if not inner:
            return ()
        size = min(each.scope_end - each.scope_start for each in inner)
        nearest = [each for each in inner if each.scope_end - each.scope_start == size]
        symbols = tuple(each for each in nearest if each.number >= 0)
        if symbols:
            return symbols
        before = [each for each in nearest if each.start <= start]
        return (before[-1],) if before else (nearest[0],)

    def is_seen_with(self, number: int, other: int) -> bool:
        """Whether two symbols of one name are seen in one scope, if they are seen by their names at all."""
        if self.is_member(number) or self.is_member(other):
            return self.is_member(number) == self.is_member(other)
        starts = {self.name_start(number), self.name_start(other)}
        found = {
            (each.scope_start, each.scope_end)
            for each in self.declared(self.facts.symbol_name(number))
            if each.start in starts
        }
        return len(found) < 2

    def is_member(self, number: int) -> bool:
        """Whether a symbol is reached through an object or a type."""
        kind = self.kind(number)
        parent = self.facts.parent(number)
        if kind == "member" and self.language in {"c", "cpp"}:
            return parent >= 0 and "class" in self.signature(parent).split("{")[0].split()[:2]
        if kind in _MEMBERS:
            return True
        if parent < 0:
            return bool(self.scope_text(number)) and kind == "function"
        return self.kind(parent) in TYPES and kind not in TYPES

    def _scope_of(self, node: Node, *, is_symbol: bool) -> Node:
        """The node in which a name is seen."""
        at = node.parent
        if at is not None and at.type == "type_parameter" and at.parent is not None and at.parent.parent is not None:
            return at.parent.parent  # seen in all of what it is a parameter of, its header too
        if at is not None and at.type in {"infer_type", "mapped_type_clause"}:
            end = "conditional_type" if at.type == "infer_type" else "object_type"
            while at is not None and at.type != end:
                at = at.parent
            return at or self.root_at(node.start_byte)
        own = _BY_PLACE.get(self.language)
        seen_in: Node | None = own.scope_of(node) if own is not None and not is_symbol else None
        if seen_in is not None:
            return seen_in
        if self.language in _WITH_VAR and _is_var(node):  # seen in all of its function
            while at is not None and at.parent is not None:
                if "function" in at.type or at.type in {"method_definition", "class_static_block"}:
                    return at
                at = at.parent
            return self.root_at(node.start_byte)
        if is_symbol:  # a function is seen around itself
            while at is not None and not _is_definition(at):
                at = at.parent
            at = at.parent if at is not None else node.parent
        while at is not None and at.parent is not None:
            if _SCOPE.search(at.type) and not _NO_SCOPE.search(at.type):
                return at
            at = at.parent
        return at or self.root_at(node.start_byte)


_DEFINITION = re.compile(
    r"(?:function|method|class|struct|interface|trait|enum|type|variable|const|lexical|union|namespace|module|record|"
    r"constructor|delegate|property|field|object|protocol|macro|var|static|mod|alias|union|preproc|init|event)\w*"
    r"_(?:declaration|definition|item|specifier|spec|signature|statement|def|function_def|elem)$|^internal_module$|"
    r"^module$|^variable_declarator$|^arrow_function$|^function_expression$|^pair$|^type_alias$|^enum_assignment$|^enumerator$|"
    r"^property_element$|^const_element$|^declaration$|^type_definition$|^alias_declaration$|^method_elem$|^enum_variant$"
)


def _is_definition(node: Node) -> bool:
    return _DEFINITION.search(node.type) is not None


def _class_given(definition: Node) -> Node:
    """The class that is given to a name, `exports.A = B = class {}`, else the definition itself."""
    at: Node | None = definition
    while at is not None and at.type in {"variable_declarator", "assignment_expression", "export_statement"}:
        at = at.child_by_field_name("value") or at.child_by_field_name("right")
    return at if at is not None and at.type == "class" else definition


def _is_assigned_member(name: Node) -> bool:
    """Whether a name is that of a member which is assigned to: `exports.name = ...`."""
    return name.parent is not None and name.parent.type == "member_expression"


def _is_var(name: Node) -> bool:
    """Whether JavaScript's `var` declares a name."""
    child, at = name, name.parent
    while at is not None and at.type in _PATTERNS:
        child, at = at, at.parent
    if at is None or at.type not in {"variable_declarator", "for_in_statement"}:
        return False
    if at.type == "for_in_statement":
        return any(each.type == "var" for each in at.children[:4]) and field_of(at, child) == "left"
    return at.parent is not None and at.parent.type == "variable_declaration" and field_of(at, child) == "name"


def _is_unnamed(name: Node) -> bool:
    """Whether what looks like a parameter's name is its type, as Flow has it: `(Key) => Value`."""
    given = name.parent
    if given is None or given.type not in {"required_parameter", "optional_parameter"} or given.child_count != 1:
        return False
    around = given.parent.parent if given.parent is not None else None
    return around is not None and around.type in _SIGNATURES


def _introduces(node: Node) -> bool:
    """Whether a name stands where a variable or parameter is introduced."""
    if node.type in {"field_identifier", "property_identifier", "namespace_identifier"}:
        return False
    if node.type == "type_identifier":
        parent = node.parent
        if parent is not None and parent.type == "mapped_type_clause":
            return field_of(parent, node) == "name"
        if parent is not None and parent.type == "infer_type":
            return parent.named_children[0].id == node.id
        is_naming = parent is not None and parent.type in _TYPE_NAMING
        return is_naming and parent is not None and field_of(parent, node) != "default_type"
    if node.type in {"shorthand_property_identifier_pattern", "shorthand_field_identifier"}:
        return True
    child, parent = node, node.parent
    if parent is not None and parent.type in {"constant_pattern", "preproc_params"}:
        return parent.type == "preproc_params"
    if parent is not None and parent.type == "variable_name":  # PHP: `$name`
        child, parent = parent, parent.parent
        if parent is not None and parent.type == "assignment_expression":
            return field_of(parent, child) == "left"
        if parent is not None and parent.type in {"pair", "by_ref"}:
            child, parent = parent, parent.parent
        if parent is not None and parent.type == "foreach_statement":
            return child.id != parent.named_children[0].id
    while parent is not None:
        field = field_of(parent, child)
        if field in _NOT_NAMING and not (field == "value" and parent.type == "pair_pattern"):
            return False
        if parent.type in {"field_expression", "member_expression", "qualified_identifier", "scoped_identifier",
                           "subscript_expression", "call_expression", "selector_expression", "import_specifier",
                           "field_pattern", "argument_list", "arguments"}:  # fmt: skip
            return parent.type == "field_pattern" and field != "name"
        if field == "left" and parent.type in {"assignment_expression", "binary_expression", "assignment",
                                                "instanceof_expression"}:  # fmt: skip
            return False
        if field == "key":
            return False
        if field in _NAMING:
            return bool(_DECLARING.search(parent.type)) or parent.type in {"arrow_function", "lambda_expression"}
        if parent.type in _PARAMETERS or parent.type in {"variadic_parameter", "simple_parameter"}:
            return True
        if not (_DECLARING.search(parent.type) or parent.type in {"expression_list", "identifier_list"}):
            return False
        child, parent = parent, parent.parent
    return False


def field_of(parent: Node, child: Node) -> str:
    """The field of a node in which a child stands; "" for none."""
    for n, each in enumerate(parent.children):
        if each.id == child.id:
            return parent.field_name_for_child(n) or ""
    return ""
