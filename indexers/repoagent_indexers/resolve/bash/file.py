"""One file of Bash: where a name stands, as what, and in which function."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from repoagent_indexers.languages.bash_bodies import broken_bodies, without_bodies
from repoagent_indexers.reading.facts import REFERENCE_KINDS, REFERENCE_WIDTH, Facts
from repoagent_indexers.resolve.code_file import CodeFile
from repoagent_indexers.resolve.syntax import mentions, plain_tree_of, tree_of_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

Role = Literal["definition", "call", "function", "argument", "skipped", "local", "set", "read"]
"""definition: of a function or an alias. call: the word of a command. function: named to a builtin (`export -f name`).
argument: of any other command. skipped: of a command that knows no functions (`command name`). local, set: a variable
is declared for a function, or given a value. read: every other use of a variable."""
CALLING: frozenset[Role] = frozenset({"definition", "call", "function", "argument", "skipped"})
"""The roles in which a name is that of a function."""
TOP = -1
"""In place of a function, for what stands in none."""

_DECLARING = frozenset({"local", "declare", "typeset"})
_READING = {"read": "pdntuiNe", "mapfile": "dnOsuc", "readarray": "dnOsuc", "getopts": ""}
"""Commands that give variables values -> their options that have an argument of another kind."""
_ABOUT_FUNCTIONS = frozenset({"trap", "complete", "compgen", "type", "time", "coproc", "hash"})
_RUN_NO_FUNCTIONS = frozenset(
    "builtin command env exec find nice nohup parallel setsid sudo timeout which xargs bash sh".split()
)
_RUN_TEXT = frozenset({"trap", "eval", "alias"})
"""Commands of whose strings code is made."""
_IN_COMMAND = re.compile(rb"(?:^|[;&|({!\n`=]|\b(?:then|do|else|if|while|until))[ \t]*['\"]?\Z")
_DOLLAR = re.compile(rb"\$(?:\{[!#]?)?\Z")
_GIVES = re.compile(rb"(?:\[[^\]\n]*\])?[ \t]*(?:[-+*/%&|^]|<<|>>)?=(?![=~])")
_TEST = re.compile(rb"^@test .*\{[ \t]*$", re.M)
_NAME = re.compile(rb"[^\s;&|()<>{}'\"`$=\\\[\]!*?#~]+")
_GIVEN_VALUE = re.compile(rb"\+?=")
_LETTERS = re.compile(r"\w+")
_MAX_MARGIN = 400
_LOADING = frozenset({"load", "bats_load_library", "bats_load_safe"})
_SOURCED_BARE = re.compile(rb"^[ \t]*\\(?:\.|source)[ \t]+([^\s;&|]+)", re.M)
"""`\\. file`, which the grammar takes for a part of what stands in the line above."""
_NAMED_FUNCTIONS = re.compile(rb"\b(?:export|declare|typeset|readonly)[ \t]+-\w*[fF]\w*[ \t]+(?:[\w:.+@-]+[ \t]+)*\Z")
_GIVEN = re.compile(rb"[ \t]+([^\s;&|]+)")


@dataclass(frozen=True, slots=True)
class Word:
    """A name where it stands."""

    start: int
    role: Role
    function: int
    """The start of the innermost function around it; of a test of bats, too. `TOP` for none."""
    end: int
    """Of the statement that declares or sets it; of the name itself for other roles."""
    command: str = ""
    """Of an argument: what it is given to."""


class BashFile(CodeFile):
    """A file, parsed when its code is first looked at. Bodies that the grammar cannot read are parsed each alone."""

    def __init__(self, path: str, language: str, content: bytes, facts: Facts) -> None:
        super().__init__(path, language, content, facts)
        self._words: dict[str, dict[int, Word]] = {}

    @cached_property
    def _parts(self) -> list[tuple[int, int, Node]]:
        """Where the grammar loses its place, with trees of their own."""
        parts = broken_bodies(self.content, self._plain)
        return [(*part, tree_of_parts("bash", self.content, [part]).root_node) for part in parts]

    @cached_property
    def _plain(self) -> Node:
        return plain_tree_of("bash", self.content).root_node

    @cached_property
    def root(self) -> Node:
        if not self._parts:
            return self._plain
        return plain_tree_of("bash", without_bodies(self.content, (part[:2] for part in self._parts))).root_node

    # -- functions --------------------------------------------------------------------------------------------------

    @cached_property
    def _functions(self) -> list[tuple[int, int]]:
        """Where functions begin and end."""
        spans = [self.span(number) for number in range(self.facts.n_symbols) if self.kind(number) == "function"]
        found = [span for span in spans if not self.content.startswith(b"alias", span[0])]
        for match in _TEST.finditer(self.content):
            end = self.content.find(b"\n}", match.end())
            found.append((match.start(), end + 2 if end >= 0 else len(self.content)))
        return sorted(found)

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self._functions]

    def around(self, at: int) -> Iterator[int]:
        """The starts of the functions around a place, innermost first."""
        for number in range(bisect_right(self._starts, at) - 1, -1, -1):
            start, end = self._functions[number]
            if at < end:
                yield start
            elif not self.content.startswith((b" ", b"\t"), self.content.rfind(b"\n", 0, start) + 1):
                return  # one at the margin: what stands before it ends before it

    def function_at(self, at: int) -> int:
        """The start of the innermost function around a place, but for one whose name stands there; else `TOP`."""
        return next((start for start in self.around(at) if not self._is_header(start, at)), TOP)

    def _is_header(self, start: int, at: int) -> bool:
        return self.content[start:at].removeprefix(b"function").strip() == b""

    @cached_property
    def names_of_functions(self) -> dict[int, str]:
        """Start of a function -> its name; of tests none."""
        return {self.span(number)[0]: self.facts.symbol_name(number) for number in range(self.facts.n_symbols)}

    @cached_property
    def callers(self) -> dict[str, set[int]]:
        """The name of a command -> the functions in which it is called."""
        rows, found = self.facts.references, dict[str, set[int]]()
        for at in range(0, len(rows), REFERENCE_WIDTH):
            if REFERENCE_KINDS[rows[at]] == "call":
                found.setdefault(self.facts.strings[rows[at + 1]], set()).add(self.function_at(rows[at + 4]))
        return found

    @cached_property
    def sourced(self) -> list[str]:
        """What `source`, `.` and `load` of bats are given, as written."""
        imports, rows, strings = self.facts.imports, self.facts.references, self.facts.strings
        written = [strings[imports[at]] for at in range(0, len(imports), 4)]
        for at in range(0, len(rows), REFERENCE_WIDTH):
            if (name := strings[rows[at + 1]]) in _LOADING:
                given = _GIVEN.match(self.content, rows[at + 4] + len(name))
                written += [given[1].decode("utf-8", "replace")] if given else []
        written += [found[1].decode("utf-8", "replace") for found in _SOURCED_BARE.finditer(self.content)]
        return list(dict.fromkeys(written))

    # -- words ------------------------------------------------------------------------------------------------------

    def name_at(self, start: int) -> str:
        """The name that begins at a place: of a function as long as the word of a command, else of letters."""
        if (found := _NAME.match(self.content, start)) is None:
            return ""
        long = found[0].decode("utf-8", "surrogateescape")
        short = _LETTERS.match(long)
        whole = self.words(long).get(start)
        return long if whole is not None and whole.role in CALLING else short[0] if short is not None else ""

    def word_at(self, start: int, name: str) -> Word | None:
        return self.words(name).get(start)

    def words(self, name: str) -> dict[int, Word]:
        """Every place where a name stands as code -> what it is there."""
        if name not in self._words:
            found = (self._word(at, name) for at in mentions(self.content, name, "bash"))
            self._words[name] = {word.start: word for word in found if word is not None}
        return self._words[name]

    def values(self, name: str) -> Iterator[str]:
        """What a variable is set to, as written, also by `for name in ...`."""
        for word in self.words(name).values():
            node = self._node(word.start, word.start + 1) if word.role in {"set", "local"} else None
            holder = node.parent if node is not None else None
            if holder is not None and holder.type == "for_statement":
                yield from (self.text(each) for each in holder.children_by_field_name("value"))
            elif holder is not None and (value := holder.child_by_field_name("value")) is not None:
                yield self.text(value)

    def _node(self, start: int, end: int) -> Node | None:
        root = next((root for first, last, root in self._parts if first <= start < last), self.root)
        return root.descendant_for_byte_range(start, end)

    def _word(self, start: int, name: str) -> Word | None:
        end = start + len(name.encode("utf-8", "surrogateescape"))
        node = self._node(start, end)
        if node is None or node.type == "comment":
            return None
        is_whole = (node.start_byte, node.end_byte) == (start, end) and not node.child_count
        said: tuple[Role, Node | None, str] | None
        if node.type == "word" and _GIVEN_VALUE.match(self.content, end) and self._begins_line(start):
            said = "set", None, ""
        elif not name.isidentifier() and _NAMED_FUNCTIONS.search(self.content, max(0, start - 200), start):
            said = "function", None, ""  # `export -f a::b`, which the grammar cannot read
        elif is_whole and node.type == "variable_name":
            said = self._variable(node)
        elif is_whole and node.type in {"word", "string_content"}:
            said = self._plain_word(node, end)
        elif node.type == "raw_string" and (node.start_byte, node.end_byte) == (start - 1, end + 1):
            said = self._quoted(node, start, end)
        elif node.type == "word" and _is_field(node, "command_name") and self.content[node.start_byte : start] == b"\\":
            said = "call", None, ""
        else:
            said = self._in_text(node, start, end)
        if said is None:
            return None
        role, statement, command = said
        return Word(start, role, self.function_at(start), statement.end_byte if statement else end, command)

    def _variable(self, node: Node) -> tuple[Role, Node | None, str]:
        holder = node.parent
        if holder is not None and holder.type == "subscript" and _is_field(holder, "variable_assignment", "name"):
            holder = holder.parent
        if holder is None:
            return "read", None, ""
        if holder.type == "variable_assignment":
            statement = holder.parent
            is_declared = statement is not None and statement.type == "declaration_command"
            return self._declared(statement) if statement is not None and is_declared else ("set", holder, "")
        if holder.type == "declaration_command":
            return self._declared(holder, is_given=False)
        if holder.type == "unset_command":
            return ("function" if self._has_flag(holder, "f") else "read"), None, ""
        if holder.type == "for_statement":
            return "set", node, ""
        is_default = holder.type == "expansion" and re.match(rb":?=", self.content[node.end_byte : node.end_byte + 2])
        is_sum = holder.type in {"binary_expression", "ternary_expression", "compound_statement"}
        if is_default or (is_sum and self._is_given_in_sum(node)):
            return "set", holder, ""
        return "read", None, ""

    def _is_given_in_sum(self, node: Node) -> bool:
        """Whether a name in `(( ))` is given a value."""
        return _GIVES.match(self.content, node.end_byte) is not None

    def _declared(self, statement: Node, *, is_given: bool = True) -> tuple[Role, Node | None, str]:
        """What a name is in `local name`, `declare -f name`, `export name=value`."""
        keyword = statement.children[0].type if statement.type == "declaration_command" else self._command(statement)
        if self._has_flag(statement, "fF"):
            return "function", None, ""
        is_inner = next(self.around(statement.start_byte), TOP) != TOP
        if keyword in _DECLARING and is_inner and not self._has_flag(statement, "gp"):
            return "local", statement, ""
        return ("set", statement, "") if is_given else ("read", None, "")

    def _has_flag(self, statement: Node, letters: str) -> bool:
        flags = (self.text(each) for each in statement.children if each.type == "word")
        return any(flag[:1] in "-+" and any(letter in flag for letter in letters) for flag in flags)

    def _command(self, command: Node) -> str:
        name = command.child_by_field_name("name")
        return self.text(name).lstrip("\\") if name is not None else ""

    def _plain_word(self, node: Node, end: int) -> tuple[Role, Node | None, str] | None:
        """A word, or what stands in quotes alone."""
        holder = node.parent
        if node.type == "string_content":
            node, holder = (holder, holder.parent) if holder is not None else (node, None)
            if node.named_child_count != 1 or holder is None or holder.type not in {"command_name", "command"}:
                return self._in_text(node, node.start_byte + 1, end)
        if holder is None:
            return None
        if holder.type == "command_name":
            return "call", None, ""
        if holder.type == "function_definition":
            return "definition", None, ""
        if holder.type == "concatenation" and holder.start_byte == node.start_byte:
            is_alias = holder.parent is not None and self._command(holder.parent) == "alias"
            return ("definition", None, "") if is_alias and self.content[end : end + 1] == b"=" else None
        if holder.type == "command":
            return self._argument(holder, node)
        if holder.type in {"declaration_command", "unset_command"}:
            return ("function", None, "") if self._has_flag(holder, "fF") else None
        if holder.type == "unary_expression" and self.content[holder.start_byte : holder.start_byte + 2] == b"-v":
            return "read", None, ""
        while holder is not None and holder.type in {"binary_expression", "postfix_expression", "unary_expression"}:
            holder = holder.parent
        if holder is not None and holder.type == "c_style_for_statement":
            return ("set" if self._is_given_in_sum(node) else "read"), None, ""
        return None

    def _quoted(self, node: Node, start: int, end: int) -> tuple[Role, Node | None, str] | None:
        """A name in single quotes alone: a command, or an argument that may be run."""
        holder = node.parent
        if holder is not None and holder.type == "command_name":
            return "call", None, ""
        if holder is not None and holder.type == "command" and self._command(holder) not in _RUN_TEXT:
            said = self._argument(holder, node)
            return said if said is not None and said[0] == "argument" else None
        return self._in_text(node, start, end)

    def _argument(self, command: Node, node: Node) -> tuple[Role, Node | None, str] | None:
        name = self._command(command)
        given = command.children_by_field_name("argument")
        at = next((n for n, each in enumerate(given) if each.id == node.id), 0)
        before = self.text(given[at - 1]) if at else ""
        if name in _READING:
            is_other = before.startswith("-") and before[-1] in _READING[name] and before != "-"
            if name in {"mapfile", "readarray"} and before == "-C":
                return "function", None, ""
            return None if is_other else ("set", command, "")
        if name == "printf":
            return ("set", command, "") if before == "-v" else None
        if name in _DECLARING or name in {"export", "readonly"}:
            return self._declared(command, is_given=False)
        if name in {"test", "["} and before == "-v":
            return "read", None, ""
        if name == "command" and before in {"-v", "-V"}:
            return "function", None, ""
        if name in _RUN_NO_FUNCTIONS:
            return "skipped", None, ""
        if name in _ABOUT_FUNCTIONS:
            return ("function", None, "") if name not in {"complete", "compgen"} or before == "-F" else None
        if self._begins_line(node.start_byte):  # where the grammar has lost its place
            return "call", None, ""
        return "argument", None, name

    def _begins_line(self, start: int) -> bool:
        """Whether nothing stands before a place in its line, nor a backslash at the end of the last one."""
        before = self.content[max(0, start - _MAX_MARGIN) : start].rstrip(b" \t")
        return not before or (before.endswith(b"\n") and not before.endswith((b"\\\n", b"\\\r\n")))

    def _in_text(self, node: Node, start: int, end: int) -> tuple[Role, Node | None, str] | None:
        """A name in a string or a document: a variable behind its `$`, or in code that is kept as text."""
        around: Node | None = node
        while around is not None and around.type not in {"command", "variable_assignment", "program"}:
            if around.type == "raw_string":
                node = around
            around = around.parent
        is_code = around is not None and around.type == "command" and self._command(around) in _RUN_TEXT
        is_code |= around is not None and self.content.startswith(b"PROMPT_COMMAND=", around.start_byte)
        before = self.content[max(0, start - 3) : start]
        if _DOLLAR.search(before) is not None and not before.endswith((b"\\$", b"\\${")):
            return ("read", None, "") if node.type != "raw_string" or is_code else None
        is_text = node.type in {"raw_string", "string_content", "string"}
        is_first = start == node.start_byte + (node.type != "string_content")
        if is_code and is_text and (is_first or _IN_COMMAND.search(self.content, max(0, start - 12), start)):
            return ("set" if self.content.startswith(b"=", end) else "call"), None, ""
        return None


def _is_field(node: Node, kind: str, field: str = "") -> bool:
    """Whether a node stands in one of some kind, there as some field."""
    holder = node.parent
    return holder is not None and holder.type == kind and (not field or holder.child_by_field_name(field) == node)
