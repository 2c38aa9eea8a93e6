"""SourceFile -> what it says: symbols, references, imports. The one door to tree-sitter.

Parsing never fails: a broken file is normal input, gives what could be read, and the lines where it broke. Hostile
input may still take minutes or gigabytes inside the grammar's C code, so files that nobody has vouched for are parsed
through `workers`, whose processes can be killed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.facts import REFERENCE_KINDS, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.languages import LANGUAGES, grammar, query
from repoagent_indexers.languages.bash_bodies import without_broken_bodies
from repoagent_indexers.languages.blanks import NEEDED as BLANKED
from repoagent_indexers.languages.blanks import blanked, blanked_between
from repoagent_indexers.lexicon import Lexicon, line_starts
from repoagent_indexers.skim import Passed, code
from repoagent_indexers.uses import Outline, add_references, is_lexical

if TYPE_CHECKING:
    from tree_sitter import Node, Range

    from repoagent_indexers.source import Parsed

MAX_DOC = 400
MAX_SIGNATURE = 300
_TOLD = 60
"""Comments, most of them of one line, of which documentation is made: the first ones."""
MAX_ERRORS = 20
_CLASS_LIKE = {SYMBOL_KINDS.index(kind) for kind in SYMBOL_KINDS if kind in {
    "class", "struct", "interface", "trait", "enum", "object", "protocol", "record", "extension", "instance", "union",
}}  # fmt: skip
_FUNCTION = SYMBOL_KINDS.index("function")
_METHOD = SYMBOL_KINDS.index("method")
_CONSTRUCTOR = SYMBOL_KINDS.index("constructor")
_OPERATOR = SYMBOL_KINDS.index("operator")
_TEST = SYMBOL_KINDS.index("test")
_CONSTANT = SYMBOL_KINDS.index("constant")
_VARIABLE = SYMBOL_KINDS.index("variable")
_FIELD = SYMBOL_KINDS.index("field")
_PROPERTY = SYMBOL_KINDS.index("property")
_MEMBER = SYMBOL_KINDS.index("member")
_TYPE_KINDS = {"class", "struct", "union", "enum"}
_FUNCTION_LIKE = {_FUNCTION, _METHOD, _CONSTRUCTOR, _OPERATOR, _TEST}
_REBINDABLE = {_VARIABLE, _CONSTANT, _FIELD, _MEMBER}
_REBINDING = {"python", "javascript", "bash", "ruby", "lua", "elixir", "php"}
"""Languages in which a name is bound by assignment, so that the first one is its definition."""
_FIELDS_NEED_OBJECTS = {"c", "go", "rust", "python", "javascript", "typescript", "tsx", "lua"}
_FIELDS_FROM_METHODS = {*_REBINDING, "typescript", "tsx", "php"}
"""Languages in which a method or a constructor makes fields of its class."""
_DOTTED = {"module", "namespace", "protocol", "instance"}
_DOTTED_IN = {"elixir", "haskell", "typescript", "tsx"}
_ENUM_BASE = re.compile(r"\(.*\b\w*(?:Enum|Flag)\b")
_PATTERNS = {"object_pattern", "array_pattern", "rest_pattern", "pattern_list", "tuple_pattern", "list_pattern",
             "list_splat_pattern", "attribute", "subscript"}  # fmt: skip
_FUNCTION_VALUES = {"arrow_function", "function_expression", "generator_function", "class", "function_definition"}
_NO_VALUES = {"identifier", "unary_expression", "assignment_expression"}
_ECMASCRIPT = {"javascript", "typescript", "tsx"}
_DECLARING = re.compile(rb"(?:\b(?:export|declare)\s+)*\b(const|let|var|using)\s+$")
_READ_WHOLE = {"python", "ruby"}
"""Languages whose bodies are told by margins: files with errors are read without passing anything over."""
_NONE = (0, 0)
_DEFAULT = (-1, -1)
_ALL = (-2, -2)
"""In place of the name of an import: what the module exports without a name."""
_KIND = {kind: index for index, kind in enumerate(SYMBOL_KINDS)}
_REFERENCE_KIND = {kind: index for index, kind in enumerate(REFERENCE_KINDS)}
_USE = _REFERENCE_KIND["use"]
_TYPE = _REFERENCE_KIND["type"]
_IMPORT_PARTS = ("import.module", "import.path", "import.name", "import.alias")
_IMPORT_ANCHORS = {"import.module", "import.path", "import.name"}
_DOT_AT_LINE_END = re.compile(rb"^([^#\"'\n]*(?<![\w.])(?:[^\W\d]\w*|[)\]])\.[ \t\r]*)\n", re.M)
"""Where the grammar for Python takes the next line's margin for that of a statement, although a bracket is open."""
_BACKWARD_QUALIFIER = re.compile(
    rb"(?:\.[?&]?|::?|>-\??|\\)((?:\)\()?[\w$@\x80-\xff]+(?:(?:\.[?&]?|::|>-\??|\\)(?:\)\()?[\w$@\x80-\xff]+)*\\?)"
)
"""What stands before a name, read from right to left: a match at a fixed place is twenty times faster than a search."""
_SPACE = re.compile(r"\s+")
_BRACKET_SPACE = re.compile(r"(?<=[(\[])\n|,?\n(?=[)\]])")
_OPERATOR_NAME = re.compile(r"\boperator(?:\s*\(\s*\)|\s*[^\s\w(][^(]*|\s[^(]*)")
"""`operator==`, `operator()` and, without its brackets, `operator bool`."""
_CAST = re.compile(rb"([\w:<>]+)::operator[ ]+\Z")
"""`inline Type::operator bool() {`, where the grammar takes all before the last word for a type."""
_GENERIC = re.compile(r"<[^<>]*>")
_REFERENCE_MARK = re.compile(r"^(?:[&*]|'\w+ |mut |const |dyn )+")
_HEAD_MARK = re.compile(rb"[()\[\]=\n]")
_XML_TAG = re.compile(r"</?[a-z]+(?:\s+(?:cref|name|langword|href)=\"([^\"]*)\")?[^<>]*>")
_COMMENT_MARK = re.compile(
    r"^[ \t]*(?:/\*[*!]*|\*+/|\*(?!\w)|//+!?|#+!?|--\[=*\[|--+\s?[|^]?|\{-+\s?[|^]?|=begin|%+|;+|\"\"\"|''')[ ]?",
    re.M,
)
_COMMENT_END = re.compile(r"(?:\*+/|-\}|\]=*\]|^=end)[ \t]*$", re.M)
_DOCSTRING_MARK = re.compile(r"(?:[rRuUbBfF]*|~[sS])(?:\"\"\"|'''|\"|')")
_QUOTES = ('"""', "'''", '"', "'")

_Range = tuple[int, int]
_Definition = tuple[int, int, str, int, int, int, str, int, bool, int]
"""Start, end, kind, start and end of the name, start of the body, receiver, pattern, whether others may
not lie inside, number of arguments if it is one of several clauses or else -1."""


def parse(path: str, language: str, content: bytes) -> Parsed:
    """The nouns that one file holds, for callers that want objects; nothing for a language without a grammar."""
    if not LANGUAGES[language].is_code:
        return Facts(language).parsed(path)
    return extract(language, content).parsed(path)


def extract(language: str, content: bytes) -> Facts:
    """The facts of one file in columns; chunks are left to `chunk`. The language must have a grammar."""
    outline = outlined(language, content, line_starts(content))
    if outline.intern:
        lexicon = Lexicon()
        words = lexicon.words([content])
        add_references([(0, outline)], code([0], words), words, lexicon)
        outline.facts.references = list(outline.facts.references)
    return outline.facts


def outlined(language: str, content: bytes, lines: list[int], passed: Passed | None = None) -> Outline:
    """The same with what `uses` needs, which may find the references of many files at once: they are left to it where
    it knows the language. `lines` are the `line_starts` of the content.

    With what `skim` has passed over, errors inside functions may stay unknown.
    """
    from tree_sitter import Parser, QueryCursor

    if passed:
        text = passed.content
        text = blanked_between(language, text, passed.gaps) if language in BLANKED else blanked(language, text)
        tree = Parser(grammar(language), included_ranges=_between(passed.gaps)).parse(text)
        if tree.root_node.has_error and language in _READ_WHOLE:
            return outlined(language, content, lines)
    else:
        text = blanked(language, content)
        tree = Parser(grammar(language)).parse(text)
        if language == "python" and tree.root_node.has_error:
            joined = _DOT_AT_LINE_END.sub(rb"\1 ", text)
            tree = Parser(grammar(language)).parse(joined) if joined != text else tree
        if language == "bash" and tree.root_node.has_error:
            tree = Parser(grammar(language)).parse(without_broken_bodies(text, tree.root_node))
    root = tree.root_node
    captured = _Captured()
    captured.add_all(QueryCursor(query(language)).matches(root))
    builder = _Builder(language, content, lines)
    builder.add_symbols(captured)
    builder.add_imports(captured)
    if not is_lexical(language):
        builder.add_references(captured)
    if root.has_error:
        builder.facts.errors = _error_lines(root, lines)
    return builder.outline(captured, passed is not None)


def _between(gaps: Sequence[_Range]) -> list[Range]:
    """What is to be read: all but the gaps. The parser needs rows and columns for nothing that is asked of it here."""
    from tree_sitter import Range

    nowhere = (0, 0)
    edges = [0, *(edge for gap in gaps for edge in gap), (1 << 32) - 1]
    return [Range(nowhere, nowhere, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


class _Captured:
    """The matches of one file, sorted by what they are."""

    def __init__(self) -> None:
        self.definitions: list[_Definition] = []
        self.reaching: list[int] = []
        self.outer: set[int] = set()
        self.scopes: list[tuple[int, int, int, int]] = []
        self.wraps: list[tuple[int, int, bool]] = []
        self.prefixes: list[tuple[int, int]] = []
        self.docs: list[tuple[int, int, bool]] = []
        self.comments: list[tuple[int, int]] = []
        self.references: tuple[list[Node], ...] = tuple([] for _ in REFERENCE_KINDS)
        self.imports: list[tuple[int, _Range, _Range, _Range, _Range]] = []
        self.groups: list[tuple[int, int, int, int]] = []
        self.locals: list[_Range] = []
        self.words: list[int] = []
        """Where words stand that import by being called: `require`, `source`."""
        self.types: list[_Range] = []
        self.bases: list[_Range] = []

    def add_all(self, matches: list[tuple[int, dict[str, list[Node]]]]) -> None:
        alone: dict[int, list[Node]] = {}
        """Patterns that capture one reference or comment and nothing else, nine in ten -> where its node goes."""
        spans: dict[str, list[Node]] = {"comment": [], "span.type": [], "span.base": []}
        for pattern, match in matches:
            kept = alone.get(pattern)
            if kept is not None:
                for [node] in match.values():
                    kept.append(node)
                continue
            self.add(pattern, match)
            name = next(iter(match), "")
            if len(match) == 1 and name.startswith("reference."):
                alone[pattern] = self.references[_REFERENCE_KIND[name[10:]]]
            elif len(match) == 1 and name in spans:
                alone[pattern] = spans[name]
        for name, places in (("comment", self.comments), ("span.type", self.types), ("span.base", self.bases)):
            places += [(node.start_byte, node.end_byte) for node in spans[name]]

    def add(self, pattern: int, match: dict[str, list[Node]]) -> None:
        for name, nodes in match.items():
            node = nodes[0]
            if name == "comment":
                self.comments.append((node.start_byte, node.end_byte))
            elif name.startswith("definition."):
                self._add_definition(name[11:], node, pattern, match)
            elif name.startswith("reference."):
                self.references[_REFERENCE_KIND[name[10:]]].append(node)
            elif name != "name":
                self._add_other(name, node, match)

    def _add_definition(self, kind: str, node: Node, pattern: int, match: dict[str, list[Node]]) -> None:
        label = match["name"][0] if "name" in match else None
        if label is None:
            return
        body = match["body"][0] if "body" in match else node.child_by_field_name("body")
        value = match["value"][0] if "value" in match else None
        if value is not None and value.type in _NO_VALUES and kind == "variable":
            return  # `exports.a = a` gives out what is defined elsewhere
        if value is not None and value.type in _FUNCTION_VALUES:
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
        places = [(label.start_byte, match["name"][-1].end_byte)]
        if label.type in _PATTERNS and label.is_named:
            places = [(one.start_byte, one.end_byte) for one in _bound_names(label)]
        start, end = node.start_byte, node.end_byte
        body_start = end if "header" in match else body.start_byte if body is not None else -1
        of = (receiver[0].text or b"").decode("utf-8", "replace") if receiver else ""
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
        elif name in {"doc", "doc.next"}:
            self.docs.append((node.start_byte, node.end_byte, name == "doc.next"))
        elif name in {"wrap", "wrap.head"}:
            self.wraps.append((node.start_byte, node.end_byte, name == "wrap.head"))
        elif name == "span.type":
            self.types.append((node.start_byte, node.end_byte))
        elif name == "span.base":
            self.bases.append((node.start_byte, node.end_byte))
        elif name == "local":
            self.locals.append((node.start_byte, node.end_byte))
        elif name == "prefix":
            self.prefixes.append((node.start_byte, node.end_byte))
        elif name == "scope":
            label = match["name"][0]
            self.scopes.append((node.start_byte, node.end_byte, label.start_byte, label.end_byte))
        elif name == "import.group":
            self.groups.append((node.start_byte, node.end_byte, *_range(match["import.module"])))

    def _add_import(self, name: str, node: Node, match: dict[str, list[Node]]) -> None:
        if name == "import.name" and ("import.module" in match or "import.path" in match):
            return  # the same match
        found = match.get
        parts = [_range(nodes) if (nodes := found(part)) else _NONE for part in _IMPORT_PARTS]
        self.words += [match[word][0].start_byte for word in match if word[0] == "_"]
        if "import.default" in match:
            parts[2:] = [_DEFAULT, _range(match["import.default"])]
        if "import.all" in match:
            parts[2] = _ALL
        self.imports.append((node.start_byte, parts[0], parts[1], parts[2], parts[3]))


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


_WITH_BODIES = frozenset(
    "arrow_function function_expression function_declaration method_definition generator_function "
    "generator_function_declaration".split()
)


def _range(nodes: list[Node]) -> _Range:
    return nodes[0].start_byte, nodes[-1].end_byte


class _Builder:
    """Turns what was captured in one file into columns."""

    def __init__(self, language: str, content: bytes, lines: list[int]) -> None:
        self.facts = Facts(language)
        self.content = content
        self.lines = lines
        self.separator = LANGUAGES[language].separator
        self.interned: dict[str, int] = {}
        self.starts: list[int] = []
        """Start bytes of the symbols."""
        self.comments: list[_Range] = []
        self.comment_starts: list[int] = []
        self.clause_names: list[int] = []
        """Where the names stand in the second and later clauses of functions."""

    def intern(self, text: str) -> int:
        index = self.interned.get(text)
        if index is None:
            index = self.interned[text] = len(self.facts.strings)
            self.facts.strings.append(text.replace("\0", " "))
        return index

    def text(self, start: int, end: int) -> str:
        return self.content[start:end].decode("utf-8", "replace")

    def line(self, position: int) -> int:
        return bisect_right(self.lines, position)

    # -- symbols ------------------------------------------------------------------------------------------------

    def add_symbols(self, captured: _Captured) -> None:
        imported = {part[0] for one in captured.imports for part in one[3:] if part != (0, 0)}
        definitions = _unique(_reached(captured.definitions, captured.reaching, len(self.content)))
        is_ecmascript = self.facts.language in _ECMASCRIPT
        if is_ecmascript:
            definitions = _declared(definitions, self.content)
        starts = _widened(definitions, captured, self.content)
        order = sorted(range(len(definitions)), key=lambda i: (starts[i][0], -definitions[i][1]))
        docs = _Comments(captured.comments, self.content, self.lines)
        self.comments = sorted(captured.comments)
        self.comment_starts = [start for start, _ in self.comments]
        comment_starts = {end: start for start, end in captured.comments}
        scopes = _Scopes(captured.scopes)
        open_symbols: list[tuple[int, int, int, bool]] = []  # (end byte, start byte, index, leaf), outermost first
        first_of_line = (-1, -1)
        last_child: dict[int, tuple[int, str, int]] = {}
        bound: set[tuple[int, str, bool]] = set()
        is_rebinding = self.facts.language in _REBINDING
        for position in order:
            _, end, kind_name, name_start, name_end, body, receiver, _, is_leaf, clause = definitions[position]
            if name_start in imported or name_start == name_end:
                continue
            start, own_start = starts[position]
            end = _code_end(self.content, end, comment_starts)  # a block takes in the comments behind it
            while open_symbols and open_symbols[-1][0] <= start:
                open_symbols.pop()
            around = len(open_symbols)
            is_twin = bool(around) and open_symbols[-1][:2] == (end, start)  # `int a, b;`: one statement, two symbols
            if is_twin or (around and open_symbols[-1][3] and kind_name in _TYPE_KINDS):
                around -= 1
            _, floor, parent, _ = open_symbols[around - 1] if around else (0, -1, -1, False)
            if name_start in captured.outer and self._is_in_function(parent):
                continue
            name, scope = self._split(self.text(name_start, name_end), kind_name)
            if self.content[max(0, name_start - 9) : name_start] == b"operator " and (
                cast := _CAST.search(self.content, max(0, name_start - 200), name_start)
            ):
                name, scope = f"operator {name}", _bare(cast[1].decode("utf-8", "replace"))
            if receiver and is_ecmascript:
                receiver = _owner(receiver)
            if name == "_" and kind_name in {"variable", "constant"}:  # Go: `var _ Interface = (*Type)(nil)`
                continue
            if receiver:
                scope = self.separator.join((receiver, scope)) if scope else receiver
            if captured.scopes and not scope:
                scope = self.separator.join(map(self._scope, scopes.around(start, end, floor)))
            kind = self._kind(kind_name, parent, scope, name)
            if is_ecmascript and self.content.startswith(b"this.", own_start):
                kind = _METHOD if kind == _FUNCTION else kind
                parent = self._holder(parent)
            elif kind in {_FIELD, _PROPERTY} and self.facts.language in _FIELDS_FROM_METHODS:
                parent = self._holder(parent)
            if kind in _REBINDABLE and is_rebinding:
                binding = (parent, scope + name, kind in {_FIELD, _MEMBER})
                if binding in bound:
                    continue
                bound.add(binding)
            line = self.line(start)
            if first_of_line[0] != line:
                first_of_line = (line, start)
            doc = _clean_comment(docs.above(line, self.line(own_start))) if first_of_line[1] == start else ""
            name_place = name_start
            if len(name) != name_end - name_start:
                name_place = max(name_start, self.content.rfind(name.encode(), name_start, name_end))
            last = last_child.get(parent)
            if clause >= 0 and last is not None and last[1:] == (name, clause):
                self._extend(last[0], end, doc, name_place)
                open_symbols.append((end, self.starts[last[0]], last[0], False))
                continue
            index = len(self.starts)
            last_child[parent] = (index, name, clause)
            self.facts.symbols += (
                kind,
                self.intern(name),
                self.intern(scope),
                self.intern(self._signature(own_start, name_end, body, end)),
                self.intern(doc),
                parent,
                start,
                end,
                line,
                self.line(max(start, end - 1)),
                name_place,
                own_start,
            )
            self.starts.append(start)
            if not is_twin:
                open_symbols.append((end, start, index, is_leaf))
        self._add_docs(captured.docs)

    def _is_in_function(self, parent: int) -> bool:
        return parent >= 0 and self.facts.symbols[parent * SYMBOL_WIDTH] in _FUNCTION_LIKE

    def _extend(self, index: int, end: int, doc: str, name_place: int) -> None:
        """Let a symbol reach to the end of its next clause."""
        at = index * SYMBOL_WIDTH
        symbols = self.facts.symbols
        symbols[at + 7], symbols[at + 9] = end, self.line(end - 1)
        if not self.facts.strings[symbols[at + 4]]:
            symbols[at + 4] = self.intern(doc)
        self.clause_names.append(name_place)

    def _holder(self, parent: int) -> int:
        """Whose field it is that a method sets: the class around the method."""
        holder = parent
        while holder >= 0 and self.facts.symbols[holder * SYMBOL_WIDTH] in _FUNCTION_LIKE:
            holder = self.facts.parent(holder)
        return holder if holder >= 0 else parent

    def _add_docs(self, docs: list[tuple[int, int, bool]]) -> None:
        symbol_at = _Innermost(self.facts.symbols).at
        for start, end, is_before in sorted(docs):
            owner = around = symbol_at(start)
            if is_before:
                owner = bisect_left(self.starts, end)
                while owner < len(self.starts) and self.facts.symbols[owner * SYMBOL_WIDTH] == _CONSTANT:
                    owner += 1  # another attribute
                if owner == len(self.starts) or self.facts.parent(owner) != around:
                    continue
            if owner >= 0:
                self.facts.symbols[owner * SYMBOL_WIDTH + 4] = self.intern(
                    _clean_docstring(self.text(start, min(end, start + 3 * MAX_DOC)))
                )

    def _split(self, name: str, kind_name: str) -> tuple[str, str]:
        """A written name as its last part and what stands before it."""
        if name.isidentifier() and name != "companion":
            return name, ""
        name = _SPACE.sub(" ", name)
        if kind_name == "test" and self.facts.language == "cpp":  # what it is about, in words
            return name.strip(), ""
        if self.facts.language == "kotlin" and name == "companion":
            name = "Companion"
        if self.facts.language in {"ruby", "elixir"}:  # `:name`, `name: `
            name = name.strip().removeprefix("::").removeprefix(":").removesuffix(":").strip('"')
        if self.facts.language in _ECMASCRIPT:
            unquoted = name.strip("\"'")
            is_quoted, name = unquoted != name, unquoted
            if is_quoted and kind_name == "module":  # declare module "a.b"
                return name, ""
        if self.facts.language == "bash":
            name = name.partition("=")[0]  # alias a=b
        if kind_name in _DOTTED and self.facts.language in _DOTTED_IN:
            scope, _, last = name.rpartition(".")
            return last, scope
        if self.facts.language == "cpp" and (written := _OPERATOR_NAME.search(name)):
            name = name[: written.end()].rstrip()
        if len(self.separator) == 1 or self.separator not in name:
            return name, ""
        before, operator, after = name.rpartition(f"{self.separator}operator")
        if operator and not after[:1].isalnum():
            return f"operator{after}", _bare(before)
        if self.facts.language == "cpp" and _OPERATOR_NAME.match(name):
            return name, ""
        if self.facts.language == "cpp" and (word := name.rpartition(" ")[2]).isidentifier():
            return word, ""  # `std::string name`, behind what the grammar cannot read
        scope, _, last = _bare(name).rpartition(self.separator)
        return last, scope

    def _scope(self, place: tuple[int, int]) -> str:
        return _bare(self.text(*place))

    def _kind(self, kind_name: str, parent: int, scope: str, name: str) -> int:
        kind = _KIND[kind_name]
        if kind == _FUNCTION and self.facts.language == "cpp" and _OPERATOR_NAME.match(name):
            return _OPERATOR
        if kind == _FUNCTION and self.facts.language == "swift" and not (name[0].isalpha() or name[0] in "_`$"):
            return _OPERATOR
        if kind == _FUNCTION and (scope or (parent >= 0 and self.facts.symbols[parent * SYMBOL_WIDTH] in _CLASS_LIKE)):
            of = scope.rpartition("::")[2] or self.facts.symbol_name(parent)
            return _CONSTRUCTOR if of == name and self.facts.language == "cpp" else _METHOD
        if kind == _VARIABLE and parent < 0 and self.facts.language in {"python", "lua"}:
            return _CONSTANT if name.isupper() and len(name) > 1 else _VARIABLE
        if kind in {_FIELD, _VARIABLE} and self.facts.language == "python" and parent >= 0:
            header = self.facts.strings[self.facts.symbols[parent * SYMBOL_WIDTH + 3]]
            return _MEMBER if header.startswith("class") and _ENUM_BASE.search(header) else _FIELD
        return kind

    def _signature(self, start: int, name_end: int, body: int, end: int) -> str:
        """The header on one line: up to the body, or to the first end of line outside brackets behind the name."""
        if body <= start:
            body, depth = end, 0
            is_closed = self.content[end - 1 : end] == b";"
            for mark in _HEAD_MARK.finditer(self.content, name_end, min(end, name_end + 4 * MAX_SIGNATURE)):
                found = mark.group()
                if (found == b"\n" and depth <= 0 and not is_closed) or (found == b"=" and depth == 0):
                    newline = self.content.find(b"\n", mark.start(), end)
                    body = end if newline < 0 else newline
                    break
                depth += 1 if found in b"([" else -1 if found in b")]" else 0
        text = self._code(start, min(body, start + 4 * MAX_SIGNATURE)).strip()
        if "\n" in text:
            text = _BRACKET_SPACE.sub("", "\n".join(filter(None, map(str.strip, text.split("\n")))))
        text = " ".join(text.split())
        if self.facts.language == "elixir":
            text = _without_do(text)
        if self.facts.language in {"lua", "ruby"}:
            text = text.removesuffix(" end")
        text = text.rstrip(" {;,\\").removesuffix(" do").removesuffix(" where").removesuffix(" =").removesuffix(" =>")
        return text[:MAX_SIGNATURE].rstrip()

    def _code(self, start: int, end: int) -> str:
        """The text between two places without comments."""
        first = bisect_left(self.comment_starts, start)
        last = bisect_left(self.comment_starts, end, first)
        if first == last:
            return self.text(start, end)
        parts: list[str] = []
        for comment_start, comment_end in self.comments[first:last]:
            parts.append(self.text(start, comment_start))
            start = comment_end
        return " ".join([*parts, self.text(start, end)])

    # -- imports and references ---------------------------------------------------------------------------------

    def add_imports(self, captured: _Captured) -> None:
        joint = LANGUAGES[self.facts.language].namespace_separator or self.separator
        rows, quotes = captured.imports, "\"'<>`; \n"
        if self.facts.language == "haskell":  # there a quote is part of a name, and some imports say what not to take
            rows = [one for one in rows if b"hiding" not in self.content[one[1][1] : one[3][0]]]
            quotes = "; \n"
        detailed = {place for one in rows if one[3:] != (_NONE, _NONE) for place in one[1:3]} - {_NONE}
        texts: dict[_Range, str] = {_NONE: "", _DEFAULT: "", _ALL: ""}
        for start, *parts in sorted(rows):
            if parts[2:] == [_NONE, _NONE] and not detailed.isdisjoint(parts[:2]):
                continue
            for part in parts:
                if part not in texts:
                    texts[part] = self.text(*part).strip(quotes)
            module, path, name, alias = map(texts.__getitem__, parts)
            if self.facts.language == "ruby":
                name = name.lstrip(":")
            if self.facts.language == "elixir" and "." in name:  # alias A.{B.C}
                module, _, name = f"{module}.{name}".rpartition(".")
            name = "default" if parts[2] == _DEFAULT else "*" if parts[2] == _ALL else name
            if path and not module:
                *others, path = _bare(self.text(*parts[1])).removeprefix(joint).split(",")
                for other in others:  # Scala: `import a.b, c.d`
                    package, _, member = other.rpartition(joint)
                    self.facts.imports += (*map(self.intern, (package, member, member)), self.line(start))
                module, _, name = (path, "", name) if name else path.rpartition(joint)
            around = [group for group in captured.groups if group[0] <= start < group[1]] if captured.groups else ()
            if groups := [self.text(*group[2:]) for group in around]:
                module = joint.join([*groups, module] if module else groups)
                name = "" if name == "self" else name
            bound = alias or name or _bound(module, self.facts.language)
            self.facts.imports += (self.intern(module), self.intern(name), self.intern(bound), self.line(start))

    def add_references(self, captured: _Captured) -> None:
        content, lines = self.content, self.lines
        rows: list[int] = []
        taken = {self.facts.symbols[at + 10] for at in range(0, len(self.facts.symbols), SYMBOL_WIDTH)}
        taken.update(self.clause_names, captured.words)
        taken.update(part[0] for one in captured.imports for part in one[1:] if part != (0, 0))
        marked = self.facts.language in {"ruby", "elixir"}
        shouts = self.facts.language in {"c", "cpp"}  # what a header brings in has no import of its own
        found: list[tuple[int, int, bytes]] = []
        for kind, nodes in enumerate(captured.references):  # call before type before use: the first to come counts
            local, hidden = (self._visible_names(), self._hidden_names()) if kind == _USE and nodes else (None, set())
            if kind == _TYPE and captured.locals:
                hidden = {content[start:end] for start, end in captured.locals} - self._defined_names()
            for node in nodes:
                start = node.start_byte
                if start in taken:
                    continue
                name = content[start : node.end_byte]
                if marked:  # `:name`, and `A.B` is B of A
                    name = name.removeprefix(b":").rpartition(b".")[2]
                    start = node.end_byte - len(name)
                    if start in taken:
                        continue
                if local is not None and name not in local and (marked or content[start - 1 : start] != b":"):
                    if not (shouts and name.isupper() and len(name) > 2):
                        continue
                elif name in hidden and content[start - 1] not in b".>:":
                    continue
                taken.add(start)
                found.append((start, kind, name))
        found.sort()
        known: dict[bytes, int] = {}
        bare = self.intern("")
        symbol_at = _Innermost(self.facts.symbols).at
        line = 0
        for start, kind, name in found:
            index = known.get(name)
            if index is None:
                index = known[name] = self.intern(name.decode("utf-8", "replace"))
            line = bisect_right(lines, start, line)
            if start and content[start - 1] in b".:>\\":
                rows += (kind, index, self.intern(_qualifier(content, start)), line, start, symbol_at(start))
            else:
                rows += (kind, index, bare, line, start, symbol_at(start))
        self.facts.references = rows

    def outline(self, captured: _Captured, is_passed_over: bool) -> Outline:
        """The facts, and what `uses` needs besides."""
        outline = Outline(self.facts)
        if is_lexical(self.facts.language):
            outline.intern = self.intern
            symbols = self.facts.symbols
            outline.taken = {*symbols[10::SYMBOL_WIDTH], *self.clause_names}
            outline.imports = [part for one in captured.imports for part in one[1:] if part > _NONE]
            outline.types, outline.bases = captured.types, captured.bases
            outline.headers = [(one[4], one[5]) for one in captured.definitions if one[5] > 0 and one[2] == "function"]
            outline.visible, outline.hidden = self._visible_names(), self._hidden_names()
            parameters = {self.content[start:end] for start, end in captured.locals}
            outline.type_parameters = parameters - self._defined_names()
        elif is_passed_over:
            outline.intern = self.intern
            outline.visible, outline.hidden = self._visible_names(), self._hidden_names()
            parameters = {self.content[start:end] for start, end in captured.locals}
            outline.type_parameters = parameters - self._defined_names()
        return outline

    def _visible_names(self) -> set[bytes] | None:
        """Names that the file defines or imports, or None when a wildcard import hides which they are.

        A plain use of any other name is a local variable or a builtin: it says nothing about the repository.
        """
        text, rows = self.facts.strings, self.facts.imports
        names: set[str] = set()
        for at in range(0, len(rows), 4):
            if self.facts.language == "python" and text[rows[at + 1]] == "*":
                return None  # elsewhere it brings types, whose uses are known by where they stand
            if text[rows[at + 1]]:  # a module as a whole is no symbol: what is taken out of it is its own reference
                names.add(text[rows[at + 2]])
        symbols = self.facts.symbols
        names.update(text[symbols[at + 1]] for at in range(0, len(symbols), SYMBOL_WIDTH))
        return {name.encode() for name in names}

    def _defined_names(self) -> set[bytes]:
        symbols = self.facts.symbols
        return {self.facts.strings[symbols[at + 1]].encode() for at in range(0, len(symbols), SYMBOL_WIDTH)}

    def _hidden_names(self) -> set[bytes]:
        """Names that the file defines as fields alone: where they need an object, a bare name is a local variable."""
        if self.facts.language not in _FIELDS_NEED_OBJECTS:
            return set()
        is_python = self.facts.language == "python"
        text, symbols = self.facts.strings, self.facts.symbols
        fields: set[int] = set()
        others: set[int] = set()
        for at in range(0, len(symbols), SYMBOL_WIDTH):
            is_hidden = symbols[at] == _FIELD or (symbols[at] in {_METHOD, _PROPERTY} and not is_python)
            (fields if is_hidden else others).add(symbols[at + 1])
        return {text[name].encode() for name in fields - others} | ({b"self", b"cls"} if is_python else set())


class _Innermost:
    """Finds the innermost symbol around places that are asked for in ascending order, in one sweep."""

    def __init__(self, symbols: list[int]) -> None:
        self.rows = [(symbols[at + 6], symbols[at + 7]) for at in range(0, len(symbols), SYMBOL_WIDTH)]
        self.open: list[tuple[int, int]] = []  # (end byte, index), outermost first
        self.next = 0

    def at(self, position: int) -> int:
        """The symbol's index, -1 for none."""
        around = self.open
        if self.next < len(self.rows) and self.rows[self.next][0] <= position:
            self._enter(position)
        while around and around[-1][0] <= position:
            around.pop()
        return around[-1][1] if around else -1

    def _enter(self, position: int) -> None:
        rows, around = self.rows, self.open
        while self.next < len(rows) and rows[self.next][0] <= position:
            start, end = rows[self.next]
            while around and around[-1][0] <= start:
                around.pop()
            if not (self.next and rows[self.next - 1] == (start, end)):  # the first of one statement's stands for all
                around.append((end, self.next))
            self.next += 1


def _without_do(header: str) -> str:
    """The head of a definition that is written on one line: `def f(x)` of `def f(x), do: x`."""
    at = header.find(", do:")
    while at >= 0 and header.count("(", 0, at) != header.count(")", 0, at):
        at = header.find(", do:", at + 1)
    return header if at < 0 else header[:at]


def _bare(name: str) -> str:
    """A written type without generic arguments, lifetimes and reference marks: `&mut Foo<T>` is `Foo`."""
    name = _REFERENCE_MARK.sub("", name.strip())
    while "<" in name and (shorter := _GENERIC.sub("", name)) != name:
        name = shorter
    return _SPACE.sub("", name)


def _owner(receiver: str) -> str:
    """The type or object to which an assignment adds a function: `Type` of `Type.prototype`, none of `exports`."""
    owner = receiver.removesuffix(".prototype")
    return "" if owner in {"exports", "module.exports", "module", "this", "self", "window"} else owner


def _qualifier(content: bytes, start: int) -> str:
    """What stands in front of a name, as written: `self.client` of `self.client.open`."""
    before = content[max(0, start - 80) : start]
    if before.endswith(b">::"):
        before = _without_generics(before)
    written = _BACKWARD_QUALIFIER.match(before[::-1])
    return written[1][::-1].decode("utf-8", "replace") if written else ""


def _without_generics(path: bytes) -> bytes:
    """A path up to a `::` without generic arguments: `Vec::<u8>::` is `Vec::`."""
    shorter = path.decode("utf-8", "replace")
    while (again := _GENERIC.sub("", shorter)) != shorter:
        shorter = again
    return shorter.replace("::::", "::").encode()


def _bound(module: str, language: str) -> str:
    """The name that an imported module bears in its file when none is written."""
    if language == "rust":
        return module.rpartition("::")[2]
    if language != "go":
        return module
    *before, last = module.split("/")
    if before and last[:1] == "v" and last[1:].isdigit():
        last = before[-1]
    return last.partition(".v")[0].removeprefix("go-")


def _reached(definitions: list[_Definition], reaching: list[int], size: int) -> list[_Definition]:
    """Definitions that have no body of their own reach to the next such one, or to the end of the file."""
    if not reaching:
        return definitions
    ends = dict(zip(sorted(reaching), [*sorted(reaching)[1:], size], strict=True))
    return [(one[0], ends.get(one[0], one[1]), *one[2:]) for one in definitions]


def _unique(definitions: list[_Definition]) -> list[_Definition]:
    """One definition a name: where two patterns match one name, the one that stands first in the query counts."""
    seen: dict[_Range, _Definition] = {}
    vague = {"variable", "function", "constant", "field", "property", "method"}
    for definition in definitions:
        key = (definition[3], definition[4])
        known = seen.get(key)
        if known is None or (definition[2] in vague, definition[7]) < (known[2] in vague, known[7]):
            seen[key] = definition
    return sorted(seen.values())


def _declared(definitions: list[_Definition], content: bytes) -> list[_Definition]:
    """A statement that declares one thing is that thing: `const a = 1`; what `let` and `var` bind is a variable."""
    found: list[_Definition] = []
    is_constant = True
    for one in definitions:
        start, end, kind = one[:3]
        if kind in {"constant", "variable", "function", "class"} and (start == one[3] or content[start] in b"{["):
            written = _DECLARING.search(content, max(0, start - 60), start)
            is_constant = written[1] in {b"const", b"using"} if written else is_constant
            kind = "variable" if kind == "constant" and not is_constant else kind
            if written and content[end : end + 60].lstrip()[:1] != b",":
                start = written.start()
        found.append((start, end, kind, *one[3:]))
    return sorted(found)


def _widened(definitions: Sequence[_Definition], captured: _Captured, content: bytes) -> list[_Range]:
    """Of each definition where it starts with its decorators, and where without them."""
    begins = [definition[0] for definition in definitions]
    starts, own_starts = list(begins), list(begins)
    ends = [_last_byte(definition[1], content) for definition in definitions] if captured.wraps else []
    for start, end, is_head in sorted(captured.wraps):
        index = bisect_left(begins, start)
        last = _last_byte(end, content)
        while index < len(definitions) and begins[index] < end and ends[index] != last:
            if is_head and not any(before <= begins[index] < after for before, after in captured.prefixes):
                break
            index += 1
        if index < len(definitions) and ends[index] == last:
            span = definitions[index][:2]
            while index < len(definitions) and definitions[index][:2] == span:  # `const {a, b} = c`
                starts[index] = min(starts[index], start)
                if is_head:
                    own_starts[index] = min(own_starts[index], start)
                index += 1
    if captured.prefixes:
        prefixes = _Prefixes(captured, content)
        for index, start in enumerate(starts):
            own_starts[index] = prefixes.behind(own_starts[index])
            starts[index] = prefixes.before(start)
    return list(zip(starts, own_starts, strict=True))


def _last_byte(end: int, content: bytes) -> int:
    while end and content[end - 1] in b"; \r\n":
        end -= 1
    return end


def _code_end(content: bytes, end: int, comment_starts: dict[int, int]) -> int:
    """Where the code ends behind which comments stand, if they stand there."""
    while end in comment_starts:
        end = comment_starts[end]
        while end and end not in comment_starts and content[end - 1] in b" \t\r\n\f\\":
            end -= 1
    return end


class _Prefixes:
    """Finds the annotations and attributes in front of a definition, be they inside its node or before it."""

    def __init__(self, captured: _Captured, content: bytes) -> None:
        self.content = content
        self.end_of = dict(captured.prefixes)
        self.start_of = {end: start for start, end in captured.prefixes}
        self.comments = {_last_byte(end, content): start for start, end in captured.comments}

    def behind(self, start: int) -> int:
        """Where a definition starts once its annotations are left out."""
        while (end := self.end_of.get(start)) is not None:
            start = end
            while start < len(self.content) and self.content[start] in b" \t\r\n":
                start += 1
        return start

    def before(self, start: int) -> int:
        """Where the annotations in front of a definition start; comments may stand between them."""
        place = start
        while True:
            while place and self.content[place - 1] in b" \t\r\n":
                place -= 1
            if place in self.start_of:
                start = place = self.start_of[place]
            elif place in self.comments:
                place = self.comments[place]
            else:
                return start


class _Scopes:
    """Tells which scopes lie around a definition, for definitions asked for in order of their start."""

    def __init__(self, scopes: list[tuple[int, int, int, int]]) -> None:
        self.waiting = sorted(scopes, reverse=True)
        self.open: list[tuple[int, int, int, int]] = []

    def around(self, start: int, end: int, floor: int) -> list[_Range]:
        """Places of the names of the scopes around start..end that begin behind `floor`, outermost first."""
        while self.waiting and self.waiting[-1][0] <= start:
            self.open.append(self.waiting.pop())
        self.open = [scope for scope in self.open if scope[1] > start]
        return [scope[2:] for scope in self.open if floor < scope[0] and end <= scope[1]]


class _Comments:
    """Finds the comment that ends on the line above a place, with nothing between."""

    def __init__(self, comments: list[tuple[int, int]], content: bytes, lines: list[int]) -> None:
        self.content = content
        self.lines = lines
        self.by_last_line: dict[int, tuple[int, int]] = {}
        self.told: dict[int, str] = {}
        """What is above a line, for those that were asked about."""
        for start, end in comments:
            if (start == 0 and content.startswith(b"#!")) or content.startswith((b"-- ^", b"{- ^"), start):
                continue
            line_start = lines[bisect_right(lines, start) - 1]
            if not content[line_start:start].strip():  # a comment behind code is about that code
                last = bisect_right(lines, max(start, end - 1 if content[end - 1 : end] == b"\n" else end))
                self.by_last_line[last] = (start, end)

    def above(self, line: int, own_line: int) -> str:
        """The text of the comments that end right above a line, oldest first, or else right above another."""
        return self._before(line) or (self._before(own_line) if own_line != line else "")

    def _before(self, line: int) -> str:
        if line - 1 not in self.by_last_line:
            return ""
        if line not in self.told:
            self.told[line] = self._joined(line - 1)
        return self.told[line]

    def _joined(self, line: int) -> str:
        parts: list[tuple[int, int]] = []
        while (found := self.by_last_line.get(line)) is not None:
            parts.append(found)
            line = bisect_right(self.lines, found[0]) - 1
        told = reversed(parts[-_TOLD:])
        joined = b"\n".join(self.content[start : min(end, start + 3 * MAX_DOC)] for start, end in told)
        return joined[: 3 * MAX_DOC].decode("utf-8", "replace")


def _clean_comment(text: str) -> str:
    if not text:
        return ""
    text = _COMMENT_MARK.sub("", text)
    if "<summary" in text or "<inheritdoc" in text:
        text = "\n".join(line for line in _XML_TAG.sub(r"\1", text).splitlines() if line.strip())
    return "\n".join(map(str.rstrip, _COMMENT_END.sub("", text).splitlines())).strip()[:MAX_DOC]


def _clean_docstring(text: str) -> str:
    text = text.strip()
    if mark := _DOCSTRING_MARK.match(text):
        text = text[mark.end() :]
    quotes = next(filter(text.endswith, _QUOTES), "")
    lines = text.removesuffix(quotes).expandtabs().splitlines()
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    cleaned = [line.strip() for line in lines[:1]] + [line[margin:].rstrip() for line in lines[1:]]
    return "\n".join(cleaned).strip()[:MAX_DOC].rstrip()


def _error_lines(root: Node, lines: list[int]) -> list[int]:
    """1-based lines of the outermost error nodes, found by a loop: the tree may be deeper than any stack."""
    found: list[int] = []
    cursor = root.walk()
    while len(found) < MAX_ERRORS:
        node = cursor.node
        if node is not None and (node.is_error or node.is_missing):
            found.append(bisect_right(lines, node.start_byte))
        elif node is not None and node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return sorted(set(found))
    return sorted(set(found))
