"""What was captured in one file -> its facts: symbols, imports, references."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import cached_property

from repoagent_indexers.languages import ECMASCRIPT, LANGUAGES
from repoagent_indexers.reading.captures import ALL, DEFAULT, NONE, REFERENCE_KIND, Captured
from repoagent_indexers.reading.documentation import MAX_DOC, CommentsAbove, clean_comment, clean_docstring
from repoagent_indexers.reading.extents import Innermost, Scopes, code_end, declared, reached, unique, widened
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.macro_uses import macro_uses
from repoagent_indexers.reading.uses import Outline, is_lexical

MAX_SIGNATURE = 300
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
_KIND = {kind: index for index, kind in enumerate(SYMBOL_KINDS)}
_USE = REFERENCE_KIND["use"]
_TYPE = REFERENCE_KIND["type"]
_CALL = REFERENCE_KIND["call"]
_BACKWARD_QUALIFIER = re.compile(
    rb"(?:\.[?&]?|::?|>-\??|\\)((?:\)\()?[\w$@\x80-\xff]+(?:(?:\.[?&]?|::|>-\??|\\)(?:\)\()?[\w$@\x80-\xff]+)*\\?)"
)
"""What stands before a name, read from right to left: a match at a fixed place is twenty times faster than a search."""
_SPACE = re.compile(r"\s+")
_BRACKET_SPACE = re.compile(r"\n(?:(?<=[(\[]\n)|(?=[)\]]))|,\n(?=[)\]])")
_OPERATOR_NAME = re.compile(r"\boperator(?:\s*\(\s*\)|\s*[^\s\w(][^(]*|\s[^(]*)")
"""`operator==`, `operator()` and, without its brackets, `operator bool`."""
_GENERIC = re.compile(r"<[^<>]*>")
_REFERENCE_MARK = re.compile(r"^(?:[&*]|'\w+ |mut |const |dyn )+")
_HEAD_MARK = re.compile(rb"[()\[\]=\n]")
_CAST = re.compile(rb"([\w:<>]+)::operator[ ]+\Z")
"""`inline Type::operator bool() {`, where the grammar takes all before the last word for a type."""
_COMMENTS = re.compile(rb"#[^\n]*")
_Range = tuple[int, int]


class _Interned(dict[str, int]):
    """Texts -> their positions among `strings`; one that is looked up for the first time is added there."""

    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self.strings = strings

    def __missing__(self, text: str) -> int:
        index = self[text] = len(self.strings)
        self.strings.append(text.replace("\0", " "))
        return index


class Outliner:
    """Turns what was captured in one file into columns."""

    def __init__(self, language: str, content: bytes, lines: list[int]) -> None:
        self.facts = Facts(language)
        self.content = content
        self.lines = lines
        self.separator = LANGUAGES[language].separator
        self.intern: Callable[[str], int] = _Interned(self.facts.strings).__getitem__
        self.starts: list[int] = []
        """Start bytes of the symbols."""
        self.bodies: list[int] = []
        """Start bytes of their bodies, -1 for none."""
        self.comments: list[_Range] = []
        self.comment_starts: list[int] = []
        self.clause_names: list[int] = []
        """Where the names stand in the second and later clauses of functions."""

    def text(self, start: int, end: int) -> str:
        return self.content[start:end].decode("utf-8", "replace")

    def line(self, position: int) -> int:
        return bisect_right(self.lines, position)

    # -- symbols ------------------------------------------------------------------------------------------------

    def add_symbols(self, captured: Captured) -> None:
        imported = {part[0] for one in captured.imports for part in one[3:] if part != (0, 0)}
        definitions = unique(reached(captured.definitions, captured.reaching, len(self.content)))
        is_ecmascript = self.facts.language in ECMASCRIPT
        if is_ecmascript:
            definitions = declared(definitions, self.content)
        starts = widened(definitions, captured, self.content)
        order = sorted(range(len(definitions)), key=lambda i: (starts[i][0], -definitions[i][1]))
        docs = CommentsAbove(captured.comments, self.content, self.lines)
        self.comments = sorted(captured.comments)
        self.comment_starts = [start for start, _ in self.comments]
        comment_starts = {end: start for start, end in captured.comments}
        scopes = Scopes(captured.scopes)
        open_symbols: list[tuple[int, int, int, bool]] = []  # (end byte, start byte, index, leaf), outermost first
        first_of_line = (-1, -1)
        last_child: dict[int, tuple[int, str, int]] = {}
        bound: set[tuple[int, str, bool]] = set()
        content, lines, language, intern = self.content, self.lines, self.facts.language, self.intern
        outer = captured.outer
        is_rebinding, makes_fields = language in _REBINDING, language in _FIELDS_FROM_METHODS
        for position in order:
            _, end, kind_name, name_start, name_end, body, receiver, _, is_leaf, clause = definitions[position]
            if name_start in imported or name_start == name_end:
                continue
            start, own_start = starts[position]
            if end in comment_starts:
                end = code_end(content, end, comment_starts)  # a block takes in the comments behind it
            while open_symbols and open_symbols[-1][0] <= start:
                open_symbols.pop()
            around = len(open_symbols)
            is_twin = bool(around) and open_symbols[-1][:2] == (end, start)  # `int a, b;`: one statement, two symbols
            if is_twin or (around and open_symbols[-1][3] and kind_name in _TYPE_KINDS):
                around -= 1
            _, floor, parent, _ = open_symbols[around - 1] if around else (0, -1, -1, False)
            if name_start in outer and self._is_in_function(parent):
                continue
            name, scope = self._split(content[name_start:name_end].decode("utf-8", "replace"), kind_name)
            if (
                name_start > 8
                and content.startswith(b"operator ", name_start - 9)
                and (cast := _CAST.search(content, max(0, name_start - 200), name_start))
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
            if is_ecmascript and content.startswith(b"this.", own_start):
                kind = _METHOD if kind == _FUNCTION else kind
                parent = self._holder(parent)
            elif makes_fields and kind in {_FIELD, _PROPERTY}:
                parent = self._holder(parent)
            if is_rebinding and kind in _REBINDABLE:
                binding = (parent, scope + name, kind in {_FIELD, _MEMBER})
                if binding in bound:
                    continue
                bound.add(binding)
            line = bisect_right(lines, start)
            if first_of_line[0] != line:
                first_of_line = (line, start)
            doc = ""
            if first_of_line[1] == start:
                own_line = line if own_start == start else bisect_right(lines, own_start)
                doc = clean_comment(docs.above(line, own_line))
            name_place = name_start
            if len(name) != name_end - name_start:
                name_place = max(name_start, content.rfind(name.encode(), name_start, name_end))
            last = last_child.get(parent)
            if clause >= 0 and last is not None and last[1:] == (name, clause):
                self._extend(last[0], end, doc, name_place)
                open_symbols.append((end, self.starts[last[0]], last[0], False))
                continue
            index = len(self.starts)
            last_child[parent] = (index, name, clause)
            self.facts.symbols += (
                kind,
                intern(name),
                intern(scope),
                intern(self._signature(own_start, name_end, body, end)),
                intern(doc),
                parent,
                start,
                end,
                line,
                bisect_right(lines, max(start, end - 1)),
                name_place,
                own_start,
            )
            self.starts.append(start)
            self.bodies.append(body)
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

    def _add_docs(self, docs: list[tuple[int, int, str]]) -> None:
        symbol_at = Innermost(self.facts.symbols).at
        begun = {-1}
        """Symbols of which a first string has been looked at, and what is around all."""
        for start, end, which in sorted(docs):
            owner = around = symbol_at(start)
            if which == "doc.first":
                if owner in begun:
                    continue
                begun.add(owner)
                if not self._begins_body(owner, start):
                    continue
            if which == "doc.next":
                owner = bisect_left(self.starts, end)
                while owner < len(self.starts) and self.facts.symbols[owner * SYMBOL_WIDTH] == _CONSTANT:
                    owner += 1  # another attribute
                if owner == len(self.starts) or self.facts.parent(owner) != around:
                    continue
            if owner >= 0:
                self.facts.symbols[owner * SYMBOL_WIDTH + 4] = self.intern(
                    clean_docstring(self.text(start, min(end, start + 3 * MAX_DOC)))
                )

    def _begins_body(self, owner: int, start: int) -> bool:
        """Whether nothing but comments stands in the body of a symbol before a place."""
        body = self.bodies[owner]
        if not 0 <= body < start:
            return body == start
        return self.content.startswith(b"#", body) and not _COMMENTS.sub(b"", self.content[body:start]).strip()

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
        if self.facts.language in ECMASCRIPT:
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
        language = self.facts.language
        if language == "elixir":
            text = _without_do(text)
        elif language in {"lua", "ruby"}:
            text = text.removesuffix(" end")
        text = text.rstrip(" {;,\\").removesuffix(" do").removesuffix(" where").removesuffix(" =").removesuffix(" =>")
        return text[:MAX_SIGNATURE].rstrip()

    def _code(self, start: int, end: int) -> str:
        """The text between two places without comments."""
        starts = self.comment_starts
        first = bisect_left(starts, start)
        if first == len(starts) or starts[first] >= end:
            return self.text(start, end)
        last = bisect_left(starts, end, first)
        parts: list[str] = []
        for comment_start, comment_end in self.comments[first:last]:
            parts.append(self.text(start, comment_start))
            start = comment_end
        return " ".join([*parts, self.text(start, end)])

    # -- imports and references ---------------------------------------------------------------------------------

    def add_imports(self, captured: Captured) -> None:
        joint = LANGUAGES[self.facts.language].namespace_separator or self.separator
        rows, quotes = captured.imports, "\"'<>`; \n"
        if self.facts.language == "haskell":  # there a quote is part of a name, and some imports say what not to take
            rows = [one for one in rows if b"hiding" not in self.content[one[1][1] : one[3][0]]]
            quotes = "; \n"
        detailed = {place for one in rows if one[3:] != (NONE, NONE) for place in one[1:3]} - {NONE}
        content, lines, language, intern = self.content, self.lines, self.facts.language, self.intern
        texts: dict[_Range, str] = {NONE: "", DEFAULT: "", ALL: ""}
        for start, *parts in sorted(rows):
            what = parts[2]
            if what == NONE == parts[3] and not detailed.isdisjoint(parts[:2]):
                continue
            for part in parts:
                if part not in texts:
                    texts[part] = content[part[0] : part[1]].decode("utf-8", "replace").strip(quotes)
            module, path, name, alias = [texts[part] for part in parts]
            if language == "ruby":
                name = name.lstrip(":")
            if language == "elixir" and "." in name:  # alias A.{B.C}
                module, _, name = f"{module}.{name}".rpartition(".")
            if what[0] < 0:
                name = "default" if what == DEFAULT else "*"
            if path and not module:
                *others, path = _bare(self.text(*parts[1])).removeprefix(joint).split(",")
                for other in others:  # Scala: `import a.b, c.d`
                    package, _, member = other.rpartition(joint)
                    self.facts.imports += (*map(intern, (package, member, member)), self.line(start))
                module, _, name = (path, "", name) if name else path.rpartition(joint)
            if captured.groups and (around := [one for one in captured.groups if one[0] <= start < one[1]]):
                groups = [self.text(*group[2:]) for group in around]
                module = joint.join([*groups, module] if module else groups)
                name = "" if name == "self" else name
            bound = alias or name or _bound(module, language)
            self.facts.imports += (intern(module), intern(name), intern(bound), bisect_right(lines, start))

    def add_references(self, captured: Captured) -> None:
        content, lines = self.content, self.lines
        rows: list[int] = []
        taken = set(self.facts.symbols[10::SYMBOL_WIDTH])
        taken.update(self.clause_names, captured.words)
        taken.update(part[0] for one in captured.imports for part in one[1:] if part != (0, 0))
        marked = self.facts.language in {"ruby", "elixir"}
        shouts = self.facts.language in {"c", "cpp"}  # what a header brings in has no import of its own
        specs = _specs(captured, content) if marked else []
        found: list[tuple[int, int, bytes]] = []
        for kind, nodes in enumerate(captured.references):  # call before type before use: the first to come counts
            local, hidden = (self._visible_names, self._hidden_names) if kind == _USE and nodes else (None, set())
            if kind == _TYPE:
                hidden = self._type_parameters(captured)
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
                in_spec = bool(specs) and kind == _CALL and bool(bisect_right(specs, start) % 2)
                found.append((start, _TYPE if in_spec else kind, name))
        if shouts:
            local = self._visible_names
            for start, kind_name, name in macro_uses(self.facts.language, content):
                is_seen = kind_name != "use" or local is None or name in local or (name.isupper() and len(name) > 2)
                if is_seen and start not in taken:
                    found.append((start, REFERENCE_KIND[kind_name], name))
        found.sort()
        known: dict[bytes, int] = {}
        bare = self.intern("")
        symbol_at = Innermost(self.facts.symbols).at
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

    def outline(self, captured: Captured, is_passed_over: bool) -> Outline:
        """The facts, and what `uses` needs besides."""
        outline = Outline(self.facts)
        if is_lexical(self.facts.language):
            outline.intern = self.intern
            symbols = self.facts.symbols
            outline.taken = {*symbols[10::SYMBOL_WIDTH], *self.clause_names}
            outline.imports = [part for one in captured.imports for part in one[1:] if part > NONE]
            outline.types, outline.bases = captured.types, captured.bases
            outline.headers = [(one[4], one[5]) for one in captured.definitions if one[5] > 0 and one[2] == "function"]
            outline.visible, outline.hidden = self._visible_names, self._hidden_names
            outline.type_parameters = self._type_parameters(captured)
        elif is_passed_over:
            outline.intern = self.intern
            outline.visible, outline.hidden = self._visible_names, self._hidden_names
            outline.type_parameters = self._type_parameters(captured)
        return outline

    @cached_property
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
        names.update(map(text.__getitem__, self.facts.symbols[1::SYMBOL_WIDTH]))
        return {name.encode() for name in names}

    def _type_parameters(self, captured: Captured) -> set[bytes]:
        """Their names, but for those that the file defines as well."""
        names = {self.content[start:end] for start, end in captured.locals}
        if not names:
            return names
        return names - {self.facts.strings[name].encode() for name in self.facts.symbols[1::SYMBOL_WIDTH]}

    @cached_property
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


def _without_do(header: str) -> str:
    """The head of a definition that is written on one line: `def f(x)` of `def f(x), do: x`."""
    at = header.find(", do:")
    while at >= 0 and header.count("(", 0, at) != header.count(")", 0, at):
        at = header.find(", do:", at + 1)
    return header if at < 0 else header[:at]


def _bare(name: str) -> str:
    """A written type without generic arguments, lifetimes and reference marks: `&mut Foo<T>` is `Foo`."""
    if len(words := name.split()) == 1 and "<" not in name and words[0][0] not in "&*":
        return words[0]
    name = _REFERENCE_MARK.sub("", name.strip())
    while "<" in name and (shorter := _GENERIC.sub("", name)) != name:
        name = shorter
    return _SPACE.sub("", name)


def _owner(receiver: str) -> str:
    """The type or object to which an assignment adds a function: `Type` of `Type.prototype`, none of `exports`."""
    owner = receiver.removesuffix(".prototype")
    return "" if owner in {"exports", "module.exports", "module", "this", "self", "window"} else owner


def _specs(captured: Captured, content: bytes) -> list[int]:
    """Where each `@spec` of Elixir begins and ends, which names a function and types without calling them."""
    return [at for span in sorted(captured.prefixes) if content.startswith(b"@spec", span[0]) for at in span]


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
