"""SourceFile -> what it says: symbols, references, imports. The one door to tree-sitter.

Parsing never fails: a broken file is normal input, gives what could be read, and the lines where it broke. Hostile
input may still take minutes or gigabytes inside the grammar's C code, so files that nobody has vouched for are parsed
through `workers`, whose processes can be killed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.facts import REFERENCE_KINDS, SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.languages import LANGUAGES, grammar, query

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.source import Parsed

MAX_DOC = 400
MAX_SIGNATURE = 300
MAX_ERRORS = 20
_CLASS_LIKE = {SYMBOL_KINDS.index(kind) for kind in SYMBOL_KINDS if kind in {
    "class", "struct", "interface", "trait", "enum", "object", "protocol", "record", "extension", "instance", "union",
}}  # fmt: skip
_FUNCTION = SYMBOL_KINDS.index("function")
_METHOD = SYMBOL_KINDS.index("method")
_KIND = {kind: index for index, kind in enumerate(SYMBOL_KINDS)}
_REFERENCE_KIND = {kind: index for index, kind in enumerate(REFERENCE_KINDS)}
_USE = _REFERENCE_KIND["use"]
_NEWLINE = re.compile(rb"\n")
_BACKWARD_QUALIFIER = re.compile(
    rb"(?:\.\??|::?|>-|\\)((?:\)\()?[\w$@]+(?:(?:\.\??|::|>-|\\)(?:\)\()?[\w$@]+)*)"
)
"""What stands before a name, read from right to left: a match at a fixed place is twenty times faster than a search."""
_SPACE = re.compile(r"\s+")
_COMMENT_MARK = re.compile(r"^[ \t]*(?:/\*[*!]*|\*+/|\*(?!\w)|///?!?|//+!?|#+!?|--+\s?\|?|%+|;+|\"\"\"|''')[ ]?", re.M)
_COMMENT_END = re.compile(r"(?:\*+/|-\})[ \t]*$")
_DOCSTRING_MARK = re.compile(r"^[rRuUbBfF]*(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')$")


def parse(path: str, language: str, content: bytes) -> Parsed:
    """The nouns that one file holds, for callers that want objects; nothing for a language without a grammar."""
    if not LANGUAGES[language].is_code:
        return Facts(language).parsed(path)
    return extract(language, content).parsed(path)


def extract(language: str, content: bytes) -> Facts:
    """The facts of one file in columns; chunks are left to `chunk`. The language must have a grammar."""
    from tree_sitter import Parser, QueryCursor

    tree = Parser(grammar(language)).parse(content)
    root = tree.root_node
    lines = [0, *(match.end() for match in _NEWLINE.finditer(content))]
    captured = _Captured()
    captured.add_all(QueryCursor(query(language)).matches(root))
    builder = _Builder(language, content, lines)
    builder.add_symbols(captured)
    builder.add_imports(captured)
    builder.add_references(captured)
    if root.has_error:
        builder.facts.errors = _error_lines(root, lines)
    return builder.facts


class _Captured:
    """The matches of one file, sorted by what they are. Bytes only: nodes are dropped at once."""

    def __init__(self) -> None:
        self.definitions: list[tuple[int, int, str, int, int, int, str]] = []
        self.scopes: list[tuple[int, int, int, int]] = []
        self.wraps: list[tuple[int, int]] = []
        self.docs: list[tuple[int, int]] = []
        self.comments: list[tuple[int, int]] = []
        self.references: dict[int, tuple[int, int]] = {}
        self.imports: list[tuple[int, tuple[int, int], tuple[int, int], tuple[int, int]]] = []

    def add_all(self, matches: list[tuple[int, dict[str, list[Node]]]]) -> None:
        references = self.references
        plain: dict[int, tuple[str, int]] = {}
        """Patterns that capture one reference and nothing else, nine matches in ten -> capture, kind."""
        for pattern, match in matches:
            known_plain = plain.get(pattern)
            if known_plain is None:
                name = next(iter(match), "")
                if len(match) > 1 or not name.startswith("reference."):
                    self.add(match)
                    continue
                known_plain = plain[pattern] = name, _REFERENCE_KIND[name[10:]]
            name, kind = known_plain
            node = match[name][0]
            start = node.start_byte
            known = references.get(start)
            if known is None or kind < known[1]:
                references[start] = (node.end_byte, kind)

    def add(self, match: dict[str, list[Node]]) -> None:
        for name, nodes in match.items():
            node = nodes[0]
            if name.startswith("reference."):
                kind = _REFERENCE_KIND[name[10:]]
                start = node.start_byte
                known = self.references.get(start)
                if known is None or kind < known[1]:
                    self.references[start] = (node.end_byte, kind)
            elif name == "comment":
                self.comments.append((node.start_byte, node.end_byte))
            elif name.startswith("definition."):
                self._add_definition(name[11:], node, match)
            elif name == "doc":
                self.docs.append((node.start_byte, node.end_byte))
            elif name == "wrap":
                self.wraps.append((node.start_byte, node.end_byte))
            elif name == "scope":
                label = match["name"][0]
                self.scopes.append((node.start_byte, node.end_byte, label.start_byte, label.end_byte))
            elif name == "import.module":
                parts = [_range(match.get(part)) for part in ("import.module", "import.name", "import.alias")]
                self.imports.append((node.start_byte, parts[0], parts[1], parts[2]))

    def _add_definition(self, kind: str, node: Node, match: dict[str, list[Node]]) -> None:
        label = match["name"][0] if "name" in match else None
        if label is None:
            return
        body = match["body"][0] if "body" in match else node.child_by_field_name("body")
        receiver = match.get("receiver")
        self.definitions.append(
            (
                node.start_byte,
                node.end_byte,
                kind,
                label.start_byte,
                label.end_byte,
                body.start_byte if body is not None else -1,
                (receiver[0].text or b"").decode("utf-8", "replace") if receiver else "",
            )
        )


def _range(nodes: list[Node] | None) -> tuple[int, int]:
    return (nodes[0].start_byte, nodes[-1].end_byte) if nodes else (0, 0)


class _Builder:
    """Turns what was captured in one file into columns."""

    def __init__(self, language: str, content: bytes, lines: list[int]) -> None:
        self.facts = Facts(language)
        self.content = content
        self.lines = lines
        self.separator = LANGUAGES[language].separator
        self.interned: dict[str, int] = {}
        self.starts: list[int] = []
        """Start bytes of the symbols, for finding the one around a place."""

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
        definitions = _unique(captured.definitions)
        widened = _widened(definitions, captured.wraps)
        order = sorted(range(len(definitions)), key=lambda i: (widened[i], -definitions[i][1]))
        docs = _Comments(captured.comments, self.content, self.lines)
        scopes = sorted(captured.scopes)
        open_symbols: list[tuple[int, int]] = []  # (end byte, index), outermost first
        for index, position in enumerate(order):
            own_start, end, kind_name, name_start, name_end, body, receiver = definitions[position]
            start = widened[position]
            while open_symbols and open_symbols[-1][0] <= start:
                open_symbols.pop()
            parent = open_symbols[-1][1] if open_symbols else -1
            name, scope = self._split(self.text(name_start, name_end))
            scope = scope or receiver or self._scope(scopes, start, end, parent)
            kind = self._kind(kind_name, parent, scope)
            self.facts.symbols += (
                kind,
                self.intern(name),
                self.intern(scope),
                self.intern(self._signature(own_start, body, end)),
                self.intern(_clean_comment(docs.before(start))),
                parent,
                start,
                end,
                self.line(start),
                self.line(max(start, end - 1)),
                name_start,
                own_start,
            )
            self.starts.append(start)
            open_symbols.append((end, index))
        for start, end in captured.docs:
            owner = self._symbol_at(start)
            if owner >= 0:
                self.facts.symbols[owner * SYMBOL_WIDTH + 4] = self.intern(_clean_docstring(self.text(start, end)))

    def _split(self, name: str) -> tuple[str, str]:
        """A written name as its last part and what stands before it."""
        name = _SPACE.sub(" ", name)
        if len(self.separator) > 1 and self.separator in name and "operator" not in name:
            scope, _, last = name.rpartition(self.separator)
            return last, scope
        return name, ""

    def _scope(self, scopes: Sequence[tuple[int, int, int, int]], start: int, end: int, parent: int) -> str:
        """Names of the scopes around a place that lie inside its parent symbol, joined."""
        floor = self.facts.symbols[parent * SYMBOL_WIDTH + 6] if parent >= 0 else -1
        around = [self.text(s[2], s[3]) for s in scopes if floor < s[0] <= start and end <= s[1]]
        return self.separator.join(around)

    def _kind(self, name: str, parent: int, scope: str) -> int:
        kind = _KIND[name]
        if kind == _FUNCTION and (scope or (parent >= 0 and self.facts.symbols[parent * SYMBOL_WIDTH] in _CLASS_LIKE)):
            return _METHOD
        return kind

    def _signature(self, start: int, body: int, end: int) -> str:
        if body <= start:
            newline = self.content.find(b"\n", start, end)
            body = end if newline < 0 else newline
        text = _SPACE.sub(" ", self.text(start, min(body, start + 4 * MAX_SIGNATURE))).strip()
        return text.rstrip(" {").removesuffix(" do")[:MAX_SIGNATURE]

    def _symbol_at(self, position: int) -> int:
        """The innermost symbol around a byte, -1 for none."""
        index = bisect_right(self.starts, position) - 1
        symbols = self.facts.symbols
        while index >= 0 and symbols[index * SYMBOL_WIDTH + 7] <= position:
            index = symbols[index * SYMBOL_WIDTH + 5]
        return index

    # -- imports and references ---------------------------------------------------------------------------------

    def add_imports(self, captured: _Captured) -> None:
        for start, module, name, alias in sorted(captured.imports):
            words = [self.text(*part).strip("\"'<>`; ") for part in (module, name, alias)]
            bound = words[2] or words[1] or words[0]
            self.facts.imports += (*map(self.intern, (words[0], words[1], bound)), self.line(start))

    def add_references(self, captured: _Captured) -> None:
        content, lines, rows = self.content, self.lines, self.facts.references
        names = {self.facts.symbols[at + 10] for at in range(0, len(self.facts.symbols), SYMBOL_WIDTH)}
        local = self._visible_names()
        known: dict[bytes, int] = {b"": self.intern("")}
        symbol_at = _Innermost(self.facts.symbols).at
        for start in sorted(captured.references):
            end, kind = captured.references[start]
            if start in names:
                continue
            name = content[start:end]
            if kind == _USE and local is not None and name not in local:
                continue
            qualifier = b""
            if start and content[start - 1] in b".:>\\":
                found = _BACKWARD_QUALIFIER.match(content[max(0, start - 80) : start][::-1])
                qualifier = found.group(1)[::-1] if found else b""
            for part in (name, qualifier):
                if part not in known:
                    known[part] = self.intern(part.decode("utf-8", "replace"))
            rows += (kind, known[name], known[qualifier], bisect_right(lines, start), start, symbol_at(start))

    def _visible_names(self) -> set[bytes] | None:
        """Names that the file defines or imports, or None when a wildcard import hides which they are.

        A plain use of any other name is a local variable or a builtin: it says nothing about the repository.
        """
        text, rows = self.facts.strings, self.facts.imports
        names: set[str] = set()
        for at in range(0, len(rows), 4):
            if text[rows[at + 1]] == "*":
                return None
            if text[rows[at + 1]]:  # a module as a whole is no symbol: what is taken out of it is its own reference
                names.add(text[rows[at + 2]])
        symbols = self.facts.symbols
        names.update(text[symbols[at + 1]] for at in range(0, len(symbols), SYMBOL_WIDTH))
        return {name.encode() for name in names}


class _Innermost:
    """Finds the innermost symbol around places that are asked for in ascending order, in one sweep."""

    def __init__(self, symbols: list[int]) -> None:
        self.rows = [(symbols[at + 6], symbols[at + 7]) for at in range(0, len(symbols), SYMBOL_WIDTH)]
        self.open: list[tuple[int, int]] = []  # (end byte, index), outermost first
        self.next = 0

    def at(self, position: int) -> int:
        """The symbol's index, -1 for none."""
        rows, around = self.rows, self.open
        while self.next < len(rows) and rows[self.next][0] <= position:
            start, end = rows[self.next]
            while around and around[-1][0] <= start:
                around.pop()
            around.append((end, self.next))
            self.next += 1
        while around and around[-1][0] <= position:
            around.pop()
        return around[-1][1] if around else -1


def _unique(
    definitions: list[tuple[int, int, str, int, int, int, str]],
) -> list[tuple[int, int, str, int, int, int, str]]:
    """One definition a name: where two patterns match one name, the one that stands first in the query counts."""
    seen: dict[tuple[int, int], tuple[int, int, str, int, int, int, str]] = {}
    for definition in definitions:
        key = (definition[3], definition[4])
        known = seen.get(key)
        if known is None or (known[2] in {"variable", "function"} and definition[2] not in {"variable", "function"}):
            seen[key] = definition
    return sorted(seen.values())


def _widened(
    definitions: Sequence[tuple[int, int, str, int, int, int, str]], wraps: Sequence[tuple[int, int]]
) -> list[int]:
    """The start of each definition, moved up to the decorators of the wrap that it ends with."""
    starts = [definition[0] for definition in definitions]
    own_starts = list(starts)
    for start, end in sorted(wraps):
        index = bisect_right(own_starts, start)
        while index < len(definitions) and own_starts[index] < end and definitions[index][1] != end:
            index += 1
        if index < len(definitions) and definitions[index][1] == end:
            starts[index] = min(starts[index], start)
    return starts


class _Comments:
    """Finds the comment that ends on the line above a place, with nothing between."""

    def __init__(self, comments: list[tuple[int, int]], content: bytes, lines: list[int]) -> None:
        self.content = content
        self.lines = lines
        self.by_last_line: dict[int, tuple[int, int]] = {}
        for start, end in comments:
            line_start = lines[bisect_right(lines, start) - 1]
            if not content[line_start:start].strip():  # a comment behind code is about that code
                last = bisect_right(lines, max(start, end - 1 if content[end - 1 : end] == b"\n" else end))
                self.by_last_line[last] = (start, end)

    def before(self, position: int) -> str:
        """The text of the comments right above, oldest first; "" when there is none."""
        line = bisect_right(self.lines, position) - 1
        parts: list[tuple[int, int]] = []
        while (found := self.by_last_line.get(line)) is not None and len(parts) < 60:
            parts.append(found)
            line = bisect_right(self.lines, found[0]) - 1
        joined = b"\n".join(self.content[start:end] for start, end in reversed(parts))
        return joined[: 8 * MAX_DOC].decode("utf-8", "replace")


def _clean_comment(text: str) -> str:
    if not text:
        return ""
    lines = _COMMENT_MARK.sub("", text).splitlines()
    return "\n".join(_COMMENT_END.sub("", line).rstrip() for line in lines).strip()[:MAX_DOC]


def _clean_docstring(text: str) -> str:
    text = _DOCSTRING_MARK.sub("", text.strip())
    lines = text.strip().splitlines()
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    return "\n".join([*lines[:1], *(line[margin:].rstrip() for line in lines[1:])])[:MAX_DOC].rstrip()


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
