"""How functions are declared and how they are called: parameters, arguments, and whether the ones fit the others.

What a file's facts do not hold is read from its tree again, for the few files that a change concerns, in a process that
can be killed (see `workers`). Whatever is not understood for sure gives None: an unknown call fits everything.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from repoagent_indexers.child import answers
from repoagent_indexers.counted import counted
from repoagent_indexers.languages import grammar
from repoagent_indexers.languages.blanks import blanked

if TYPE_CHECKING:
    from tree_sitter import Node

SECONDS = 10.0
"""All files together may take this long, wall time; what was not read by then stays unknown."""
MAX_NODES = 2000
"""Nodes looked at to find one declaration."""

Passing = Literal["positional", "either", "keyword"]
"""How a parameter can be given."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a function takes."""

    name: str
    """"" where it has none."""
    is_required: bool
    passing: Passing


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a function takes, without its receiver (`self`, `&self`)."""

    parameters: tuple[Parameter, ...]
    takes_more: bool
    """Any number of further arguments."""
    takes_more_keywords: bool
    has_receiver: bool
    """A receiver stands before `parameters`: a call that names the type gives it as its first argument."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What one call gives."""

    n: int
    """Arguments without a name."""
    keywords: tuple[str, ...]
    is_open: bool
    """A spread gives more, nobody knows how many."""
    is_path: bool
    """The function is named through its type (Rust's `Type::method(&x)`), so that the receiver is an argument."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration to look at: its bytes, the name it declares, and whether it belongs to a class."""

    start_byte: int
    end_byte: int
    name: str
    is_method: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What to read from one file."""

    language: str
    content: bytes
    declared: tuple[Declared, ...] = ()
    calls: tuple[int, ...] = ()
    """Where the called names begin, 0-based bytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read from one file, in the order of the question; None for what is not known for sure."""

    declared: tuple[Parameters | None, ...]
    calls: tuple[Arguments | None, ...]


LANGUAGES = frozenset("python javascript typescript tsx java go c cpp csharp php rust ruby".split())
"""Languages whose calls can be read."""
_FREE = frozenset({"javascript"})
_KEYWORDS_NAME_POSITIONALS = frozenset({"python", "csharp", "php"})


def misfit(language: str, parameters: Parameters, arguments: Arguments, *, gives_receiver: bool = False) -> str:
    """Why a call does not fit a function, in a few words; "" when it fits or when that cannot be known.

    `gives_receiver` says that the call names the type, so that its first argument is the receiver.
    """
    if arguments.is_open:
        return ""
    n, keywords = arguments.n, arguments.keywords
    if parameters.has_receiver and (gives_receiver or arguments.is_path):
        n -= 1
    by_place = [parameter for parameter in parameters.parameters if parameter.passing != "keyword"]
    named = {parameter.name for parameter in parameters.parameters if parameter.passing == "keyword"}
    if language == "ruby" and keywords and not named and not parameters.takes_more_keywords:
        n, keywords = n + 1, ()  # keywords that nobody takes arrive as one hash
    if n > len(by_place) and not parameters.takes_more:
        return f"gives {counted(n, 'argument')}, at most {len(by_place)} taken"
    if language in _KEYWORDS_NAME_POSITIONALS:
        named |= {parameter.name for parameter in by_place[max(n, 0) :] if parameter.passing == "either"}
    for keyword in keywords:
        if keyword not in named and not parameters.takes_more_keywords:
            return f"there is no parameter `{keyword}` left to name"
    if language == "ruby":
        by_place.sort(key=lambda parameter: not parameter.is_required)
    for position, parameter in enumerate(by_place):
        if parameter.is_required and position >= n and parameter.name not in keywords:
            return f"`{parameter.name}` is missing" if parameter.name else f"argument {position + 1} is missing"
    for parameter in parameters.parameters:
        if parameter.passing == "keyword" and parameter.is_required and parameter.name not in keywords:
            return f"`{parameter.name}` is missing"
    return ""


def is_strict(language: str) -> bool:
    """Whether a call that does not fit fails; elsewhere it goes on with undefined or dropped arguments."""
    return language not in _FREE


# -- asking a process that can be killed ----------------------------------------------------------------------------


def look(questions: Sequence[Question], seconds: float = SECONDS) -> list[Answer]:
    """The answer to each question; unknowns where the time was up or the child died."""
    unknown = [Answer((None,) * len(one.declared), (None,) * len(one.calls)) for one in questions]
    if not questions:
        return unknown
    search = [entry for entry in sys.path if entry and entry != str(Path.cwd())]
    said = answers(_MAIN, b"".join(map(_request, questions)), seconds, os.pathsep.join(search))
    answered = [_answer(line) for line in said]
    return [*answered, *unknown[len(answered) :]]


_MAIN = """
import sys
sys.path[:] = sys.argv[1].split(__import__("os").pathsep)
from repoagent_indexers.reading.calls import serve
serve()
"""


def _request(question: Question) -> bytes:
    declared = [[one.start_byte, one.end_byte, one.name, one.is_method] for one in question.declared]
    head = [question.language, len(question.content), declared, question.calls]
    return json.dumps(head).encode() + b"\n" + question.content


def _answer(line: bytes) -> Answer:
    declared, calls = json.loads(line)
    return Answer(
        tuple(one and Parameters(tuple(Parameter(*each) for each in one[0]), *one[1:]) for one in declared),
        tuple(one and Arguments(one[0], tuple(one[1]), *one[2:]) for one in calls),
    )


def serve() -> None:
    """What the child does: read questions from standard input until it closes, answer each with one line."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while line := stdin.readline():
        language, size, declared, calls = json.loads(line)
        question = Question(language, stdin.read(size), tuple(Declared(*one) for one in declared), tuple(calls))
        stdout.write(json.dumps(_plain(read(question))).encode() + b"\n")
        stdout.flush()


def _plain(answer: Answer) -> list[Any]:
    declared = [
        one
        and [
            [[each.name, each.is_required, each.passing] for each in one.parameters],
            one.takes_more,
            one.takes_more_keywords,
            one.has_receiver,
        ]
        for one in answer.declared
    ]
    return [declared, [one and [one.n, one.keywords, one.is_open, one.is_path] for one in answer.calls]]


# -- reading trees --------------------------------------------------------------------------------------------------


def read(question: Question) -> Answer:
    """The same in this process, for content that somebody vouches for."""
    from tree_sitter import Parser

    language = question.language
    if language not in LANGUAGES:
        return Answer((None,) * len(question.declared), (None,) * len(question.calls))
    content = blanked(language, question.content)
    root = Parser(grammar(language)).parse(content).root_node
    return Answer(
        tuple(_parameters(language, root, one) for one in question.declared),
        tuple(_arguments(language, root, content, start) for start in question.calls),
    )


def _parameters(language: str, root: Node, declared: Declared) -> Parameters | None:
    around = root.named_descendant_for_byte_range(declared.start_byte, max(declared.start_byte, declared.end_byte - 1))
    if around is None:
        return None
    for node in _breadth_first(around, declared.start_byte, declared.end_byte):
        found = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
        if found is None:
            continue
        label = node.child_by_field_name("name") or node.child_by_field_name("declarator")
        if label is not None and not _text(label).replace("~", "").endswith(declared.name):
            continue
        if found.has_error:
            return None
        parameters = _Reader(language).read(found)
        if parameters is None or language != "python" or not declared.is_method:
            return _spied(language, node, parameters)
        return parameters if _is_static(node) else _without_receiver(parameters)
    return None


def _breadth_first(node: Node, start: int, end: int) -> Iterator[Node]:
    waiting = deque([node])
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if node.end_byte <= start or node.start_byte >= end:
            continue
        yield node
        waiting.extend(node.named_children)


def _is_static(function: Node) -> bool:
    around = function.parent
    decorators = [_text(child) for child in around.named_children if child.type == "decorator"] if around else []
    return any("staticmethod" in decorator for decorator in decorators)


def _without_receiver(parameters: Parameters) -> Parameters:
    first, *rest = parameters.parameters or (None,)
    if first is None or first.passing == "keyword":
        return parameters
    return Parameters(tuple(rest), parameters.takes_more, parameters.takes_more_keywords, has_receiver=True)


def _spied(language: str, function: Node, parameters: Parameters | None) -> Parameters | None:
    """A JavaScript function that looks at `arguments` may take any number."""
    if parameters is None or language not in {"javascript", "typescript", "tsx"}:
        return parameters
    if not re.search(r"\barguments\b", _text(function)):
        return parameters
    return Parameters(parameters.parameters, True, parameters.takes_more_keywords, parameters.has_receiver)


class _Reader:
    """Gathers the parameters of one list, child by child; whatever it does not know makes the list unknown."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.found: list[Parameter] = []
        self.takes_more = language == "php"  # further arguments are dropped without a word
        self.takes_more_keywords = False
        self.has_receiver = False
        self.passing: Passing = "either" if language in _KEYWORDS_NAME_POSITIONALS else "positional"
        self.is_known = True

    def read(self, node: Node) -> Parameters | None:
        if node.type == "identifier":  # `x => ...`
            self.add(_text(node))
        else:
            children = [child for child in node.children if child.is_named or child.type in {"...", "params"}]
            if self.language == "c" and not children and node.type != "preproc_params":
                return None  # `f()` says nothing of what it takes
            for child in children:
                getattr(self, f"_{self._family}")(child)
        if not self.is_known:
            return None
        return Parameters(tuple(self.found), self.takes_more, self.takes_more_keywords, self.has_receiver)

    @property
    def _family(self) -> str:
        return {"javascript": "ecmascript", "typescript": "ecmascript", "tsx": "ecmascript", "cpp": "c"}.get(
            self.language, self.language
        )

    def add(self, name: str, *, required: bool = True, passing: Passing | None = None) -> None:
        self.found.append(Parameter(name, required, passing or self.passing))

    def _python(self, node: Node) -> None:
        kind = node.type
        inner = node.named_children[0] if kind == "typed_parameter" else node
        if inner.type == "identifier":
            self.add(_text(inner))
        elif kind in {"default_parameter", "typed_default_parameter"}:
            self.add(_field(node, "name"), required=False)
        elif kind == "positional_separator":
            self.found = [Parameter(one.name, one.is_required, "positional") for one in self.found]
        elif kind == "keyword_separator":
            self.passing = "keyword"
        elif inner.type == "list_splat_pattern":
            self.takes_more, self.passing = True, "keyword"
        elif inner.type == "dictionary_splat_pattern":
            self.takes_more_keywords = True
        elif kind != "comment":
            self.is_known = False

    def _ecmascript(self, node: Node) -> None:
        kind = node.type
        pattern = node.child_by_field_name("pattern") or node
        if pattern.type == "this" or kind in {"comment", "decorator"}:
            return
        if pattern.type == "rest_pattern":
            self.takes_more = True
        elif kind == "assignment_pattern":
            self.add(_field(node, "left"), required=False)
        elif kind in {"required_parameter", "optional_parameter"}:
            required = kind == "required_parameter" and node.child_by_field_name("value") is None
            self.add(_text(pattern) if pattern.type == "identifier" else "", required=required)
        elif kind in {"identifier", "object_pattern", "array_pattern"}:
            self.add(_text(node) if kind == "identifier" else "")
        else:
            self.is_known = False

    def _java(self, node: Node) -> None:
        if node.type == "formal_parameter":
            self.add(_field(node, "name"))
        elif node.type == "spread_parameter":
            self.takes_more = True
        elif node.type not in {"receiver_parameter", "line_comment", "block_comment"}:
            self.is_known = False

    def _go(self, node: Node) -> None:
        if node.type == "parameter_declaration":
            for name in [_text(child) for child in node.children_by_field_name("name")] or [""]:
                self.add(name)
        elif node.type == "variadic_parameter_declaration":
            self.takes_more = True
        elif node.type != "comment":
            self.is_known = False

    def _c(self, node: Node) -> None:
        kind = node.type
        if kind == "parameter_declaration":
            if _text(node) != "void":
                self.add(_declared_name(node))
        elif kind == "optional_parameter_declaration":
            self.add(_declared_name(node), required=False)
        elif kind in {"variadic_parameter", "variadic_parameter_declaration", "..."}:
            self.takes_more = True
        elif kind == "identifier" and node.parent is not None and node.parent.type == "preproc_params":
            self.add(_text(node))
        elif kind != "comment":
            self.is_known = False

    def _csharp(self, node: Node) -> None:
        if node.type == "parameter":
            modifiers = {_text(child) for child in node.children if child.type == "modifier" or not child.is_named}
            if "this" in modifiers:
                self.has_receiver = True
            elif "params" in modifiers:
                self.takes_more = True
            else:
                self.add(_field(node, "name"), required="=" not in modifiers)
        elif node.type == "params":
            self.takes_more = True
        elif node.type not in {"comment", "identifier", "array_type", "attribute_list", "generic_name"}:
            self.is_known = False

    def _php(self, node: Node) -> None:
        if node.type in {"simple_parameter", "property_promotion_parameter"}:
            required = node.child_by_field_name("default_value") is None
            self.add(_field(node, "name").lstrip("&$"), required=required)
        elif node.type == "variadic_parameter":
            self.takes_more_keywords = True
        elif node.type != "comment":
            self.is_known = False

    def _rust(self, node: Node) -> None:
        if node.type == "self_parameter" or (node.type == "parameter" and _field(node, "pattern") == "self"):
            self.has_receiver = True
        elif node.type == "parameter":
            self.add(_field(node, "pattern"))
        elif node.type == "variadic_parameter":
            self.takes_more = True
        elif node.type in {"line_comment", "block_comment"}:
            return
        elif node.type.endswith("type"):  # `fn f(u8)` in a trait
            self.add("")
        else:
            self.is_known = False

    def _ruby(self, node: Node) -> None:
        kind = node.type
        if kind in {"identifier", "destructured_parameter"}:
            self.add(_text(node))
        elif kind == "optional_parameter":
            self.add(_field(node, "name"), required=False)
        elif kind == "keyword_parameter":
            self.add(_field(node, "name"), required=node.child_by_field_name("value") is None, passing="keyword")
        elif kind == "splat_parameter":
            self.takes_more = True
        elif kind == "hash_splat_parameter":
            self.takes_more_keywords = True
        elif kind not in {"block_parameter", "comment", "hash_splat_nil"}:
            self.is_known = False


def _declared_name(node: Node) -> str:
    inner = node.child_by_field_name("declarator")
    while inner is not None and inner.type != "identifier":
        inner = inner.child_by_field_name("declarator")
    return _text(inner) if inner is not None else ""


_CALLS = frozenset(
    """call call_expression new_expression method_invocation object_creation_expression invocation_expression
    function_call_expression member_call_expression nullsafe_member_call_expression scoped_call_expression""".split()
)
_LISTS = frozenset({"arguments", "argument_list"})
_NEW = frozenset({"new_expression", "object_creation_expression"})
_COMMENTS = frozenset({"comment", "line_comment", "block_comment", "block_argument"})
_SPREADS = frozenset(
    """list_splat dictionary_splat spread_element variadic_argument parameter_pack_expansion variadic_unpacking
    splat_argument hash_splat_argument forward_argument""".split()
)
_BETWEEN = re.compile(rb"\s*!?(?:\?\.)?(?:(?:::)?\s*<[^()]*>|\[[^()\[\]]*\])?\s*\)?\s*")
"""What may stand between a called name and its arguments: type arguments, `?.`, `!`, the end of `(f)`."""
_ABOVE = 8
"""A call is at most this many nodes above its name."""


def _arguments(language: str, root: Node, content: bytes, start: int) -> Arguments | None:
    path = _path_to(root, start)
    if not path or path[-1].start_byte != start:
        return None
    leaf = path[-1]
    for node in reversed(path[-_ABOVE - 1 : -1]):
        if node.type not in _CALLS:
            continue
        given = node.child_by_field_name("arguments")
        given = given or next((child for child in node.named_children if child.type in _LISTS), None)
        if given is None:
            ends = node.type in _NEW and node.end_byte == leaf.end_byte
            return Arguments(0, (), is_open=False, is_path=False) if ends else None
        if given.has_error or not _BETWEEN.fullmatch(content[leaf.end_byte : given.start_byte]):
            return None
        callee = node.child_by_field_name("function")
        while callee is not None and callee.type == "generic_function":
            callee = callee.child_by_field_name("function")
        is_path = language == "rust" and callee is not None and callee.type == "scoped_identifier"
        return _given(language, given, is_path)
    return None


def _path_to(root: Node, position: int) -> list[Node]:
    """The nodes from the root down to the one that begins at a byte; empty in a tree deeper than anyone writes."""
    cursor = root.walk()
    path = [root]
    while cursor.goto_first_child_for_byte(position) is not None:
        node = cursor.node
        if node is None or node.start_byte > position or len(path) > MAX_NODES:
            return []
        path.append(node)
    return path


def _given(language: str, node: Node, is_path: bool) -> Arguments | None:
    if node.type == "generator_expression":
        return Arguments(1, (), is_open=False, is_path=is_path)
    if node.type not in _LISTS:
        return None
    n, keywords, is_open = 0, [], False
    children = [child for child in node.named_children if child.type not in _COMMENTS]
    for child in children:
        inner = child.named_children[-1] if child.type == "argument" and child.named_children else child
        name = child.child_by_field_name("name") if child.type in {"argument", "keyword_argument"} else None
        if child.type in _SPREADS or inner.type in _SPREADS or child.type.startswith("preproc"):
            is_open = True
        elif child.type == "variadic_placeholder":
            return None
        elif name is not None:
            keywords.append(_text(name))
        elif child.type == "pair":
            key = child.child_by_field_name("key")
            if key is None or key.type != "hash_key_symbol":
                is_open = True
            else:
                keywords.append(_text(key))
        else:
            n += 1
    if language == "go" and len(children) == 1 and children[0].type == "call_expression":
        is_open = True  # `f(g())` gives all that g returns
    return Arguments(n, tuple(keywords), is_open, is_path)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _field(node: Node, name: str) -> str:
    found = node.child_by_field_name(name)
    return _text(found) if found is not None else ""
