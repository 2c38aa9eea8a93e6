"""What expressions of Zig are: containers, objects of them, functions, or nothing that the repository defines.

Pointers, optionals and error unions are seen through: `.` does so too, and so do `try`, `orelse` and payloads.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.resolve.code_file import Files
from repoagent_indexers.resolve.memo import Memo
from repoagent_indexers.resolve.syntax import first_part, last_part, parts_of
from repoagent_indexers.resolve.zig.file import CONTAINERS, ZigFile, around, declared_by, value_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_MAX_DEPTH = 24
_MAX_BUILD = 1 << 20
_MAX_CALLS = 60
"""Of one function, looked at for what a parameter is given."""
_FUNCTION = frozenset({"function_declaration"})
_THROUGH = frozenset(
    "try_expression parenthesized_expression unary_expression dereference_expression null_coercion_expression "
    "catch_expression comptime_expression await_expression nosuspend_expression pointer_type nullable_type".split()
)
"""What has the value of its first part, as far as members go."""
_LITERALS = frozenset(
    "integer float string multiline_string character boolean null undefined builtin_type range_expression "
    "error_type return_expression".split()
)
_CASTS = frozenset({"@as", "@unionInit"})
"""Built-in functions that give an object of the type they are given first."""
_WRAPPING = frozenset({"try_expression", "parenthesized_expression", "unary_expression", "comptime_expression"})
_ROOT = re.compile(rb"root_source_file\s*=\s*(?:\.\{[^}]*?|[^,;]*?)\"([^\"\n]+\.zig)\"")
_MODULE = re.compile(rb"(?:addModule|addImport|addAnonymousImport|createModule)\(\s*(?:\"([^\"\n]+)\")?")


@dataclass(frozen=True, slots=True)
class Thing:
    """A container, or an object of it."""

    path: str
    start: int
    end: int
    is_type: bool
    given: tuple[tuple[str, Value], ...] = ()
    """What the parameters of the function that makes the container stand for."""


@dataclass(frozen=True, slots=True)
class Code:
    """A function."""

    path: str
    start: int
    """Of its name."""
    given: tuple[tuple[str, Value], ...] = ()
    is_bound: bool = False
    """Whether it is taken from an object, which is its first argument."""
    is_likely: bool = False
    """Whether others may be meant."""


@dataclass(frozen=True, slots=True)
class Many:
    """A slice, an array or a pointer to many."""

    item: Value


@dataclass(frozen=True, slots=True)
class Several:
    """One of some containers or objects: what those who call a function give it."""

    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something from outside, a number, an error: none of its members is the repository's."""


FOREIGN = Foreign()
Value = Thing | Several | Code | Many | Foreign | None
"""None for what is not known."""
Given = tuple[tuple[str, "Value"], ...]


class Values:
    """What expressions are, over all files of a repository."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.files = Files(index, "zig", ZigFile)
        self._memo: Memo[Value] = Memo(_MAX_DEPTH)

    def file(self, path: str) -> ZigFile | None:
        return self.files.get(path)

    # -- expressions ------------------------------------------------------------------------------------------------

    def value(self, file: ZigFile, node: Node | None, given: Given = ()) -> Value:
        """What an expression is; of a type, the type itself."""
        if node is None:
            return None
        key = (file.path, node.start_byte, node.end_byte, given)
        return self._memo.answer(key, lambda: self._value(file, node, given))

    def _value(self, file: ZigFile, node: Node, given: Given) -> Value:
        kind = node.type
        if kind in CONTAINERS:
            return Thing(file.path, node.start_byte, node.end_byte, is_type=True, given=given)
        if kind in _LITERALS:
            return FOREIGN
        if kind == "identifier":
            return self._named(file, node, given)
        if kind in _THROUGH:
            return self.value(file, (last_part if kind.endswith("_type") else first_part)(node), given)
        if kind in {"slice_type", "array_type"}:
            return Many(self.instance(file, last_part(node), given))
        if kind == "error_union_type":
            return self.value(file, node.child_by_field_name("ok"), given)
        if kind == "field_expression":
            return self._member_value(file, node, given)
        if kind == "call_expression":
            return self._result(file, node, given)
        if kind == "builtin_function":
            return self._built_in(file, node, given)
        if kind == "struct_initializer":
            return self.instance(file, first_part(node), given)
        if kind == "anonymous_struct_initializer":
            return self.expected(file, node, given)
        if kind == "index_expression":
            held = self.value(file, node.child_by_field_name("object"), given)
            index = node.child_by_field_name("index")
            is_part = index is not None and index.type == "range_expression"
            return held if is_part or held == FOREIGN else held.item if isinstance(held, Many) else None
        if kind == "binary_expression":
            is_chosen = any(child.type == "orelse" for child in node.children)
            return self.value(file, node.child_by_field_name("left"), given) if is_chosen else FOREIGN
        if kind in {"if_expression", "switch_expression", "labeled_type_expression", "block", "expression_statement"}:
            return self._of_branches(file, node, given)
        return None

    def _of_branches(self, file: ZigFile, node: Node, given: Given) -> Value:
        """The values of a choice, or those that a block breaks with, as far as they are known."""
        if node.type == "if_expression":
            parts: list[Node | None] = [each for each in parts_of(node)[1:] if each.type != "payload"]
        elif node.type == "switch_expression":
            parts = [last_part(each) for each in node.named_children if each.type == "switch_case"]
        else:
            parts = [last_part(each) for each in _breaks(node)]
        return _any_of([self.value(file, each, given) for each in parts])

    def instance(self, file: ZigFile, node: Node | None, given: Given = ()) -> Value:
        """What an object is whose type is written so."""
        if node is None:
            return None
        if node.type in {"slice_type", "array_type"}:
            return self.value(file, node, given)
        text = file.content[node.start_byte : node.start_byte + 2]
        if node.type == "pointer_type" and text == b"[*":
            return Many(self.instance(file, last_part(node), given))
        if node.type in {"pointer_type", "nullable_type"}:
            return self.instance(file, last_part(node), given)
        if node.type == "error_union_type":
            return self.instance(file, node.child_by_field_name("ok"), given)
        if node.type == "builtin_type":
            return None if file.text(node) in {"anytype", "type"} else FOREIGN
        found = self.value(file, node, given)
        things = tuple(replace(each, is_type=False) for each in things_of(found))
        return Several(things) if isinstance(found, Several) else things[0] if things else found

    def _named(self, file: ZigFile, node: Node, given: Given) -> Value:
        name = file.text(node)
        label = file.declaration(node, name)
        if label is None:
            used = [self.declared(*place) for place in self.used(file, node, name)]
            return _any_of(used) if used else FOREIGN if name != "_" else None
        return self.declared(file, label, given)

    def used(self, file: ZigFile, node: Node, name: str) -> list[tuple[ZigFile, Node, Given]]:
        """What the `usingnamespace` of containers around a node brings in of a name."""
        at = around(node, CONTAINERS)
        while at is not None:
            for child in at.named_children:
                if child.type == "using_namespace_declaration" and node.parent != child:
                    found = self.value(file, last_part(child))
                    if places := self.members(found, name):
                        return places
            at = around(at, CONTAINERS)
        return []

    def declared(self, file: ZigFile, label: Node, given: Given = ()) -> Value:
        """What a declared name stands for."""
        owner = label.parent
        if owner is None:
            return None
        kind = owner.type
        if kind == "variable_declaration":
            if (note := owner.child_by_field_name("type")) is not None:
                return self.instance(file, note, given)
            return self.value(file, value_of(owner), given) if len(declared_by(owner)) == 1 else None
        if kind == "function_declaration":
            return Code(file.path, label.start_byte, given)
        if kind == "parameter":
            note = owner.child_by_field_name("type")
            if (bound := dict(given).get(file.text(label))) is not None:
                return bound
            is_open = note is not None and file.text(note) in {"type", "anytype"}
            return self._given_somewhere(file, owner, label) if is_open else self.instance(file, note, given)
        if kind == "container_field":
            return self._field(file, owner, given)
        if kind == "payload":
            return self._payload(file, owner, label, given)
        return FOREIGN if kind == "error_set_declaration" else None

    def _given_somewhere(self, file: ZigFile, parameter: Node, label: Node) -> Value:
        """What the calls of a function give for a parameter of any type, or for a type."""
        function = around(parameter, _FUNCTION)
        name = function.child_by_field_name("name") if function is not None else None
        if function is None or name is None:
            return None
        names, _ = _parameters(file, function)
        own, at = Code(file.path, name.start_byte), names.index(file.text(label))
        found: dict[Thing, None] = {}
        n_calls = 0
        for position in self.index.mentioning(file.text(name)):
            where = self.file(self.index.catalogue.paths[position])
            for called in where.occurrences(file.text(name)) if where is not None else ():
                call = (
                    called.parent
                    if called.parent is None or called.parent.type != "field_expression"
                    else called.parent.parent
                )
                if where is None or call is None or call.type != "call_expression" or n_calls > _MAX_CALLS:
                    continue
                n_calls += 1
                value = self.value(where, call.child_by_field_name("function"))
                if not isinstance(value, Code) or (value.path, value.start) != (own.path, own.start):
                    continue
                arguments = parts_of(call)[1:]
                place = at - (value.is_bound and len(arguments) < len(names))
                if 0 <= place < len(arguments):
                    found.update(dict.fromkeys(things_of(self.value(where, arguments[place]))))
        return Several(tuple(found)) if found else None

    def _field(self, file: ZigFile, field: Node, given: Given) -> Value:
        """A field of an object; of an enumeration, one of its values."""
        container = field.parent
        if container is not None and container.type == "enum_declaration":
            return Thing(file.path, container.start_byte, container.end_byte, is_type=False, given=given)
        return self.instance(file, field.child_by_field_name("type"), given)

    def _payload(self, file: ZigFile, payload: Node, label: Node, given: Given) -> Value:
        """What `|name|` holds."""
        owner = payload.parent
        if owner is None or owner.type in {"catch_expression", "else_clause", "errdefer_statement"}:
            return FOREIGN
        if owner.type in {"if_statement", "if_expression", "while_statement", "while_expression"}:
            return self.value(file, owner.child_by_field_name("condition"), given)
        names = [each.id for each in payload.named_children if each.type == "identifier"]
        if owner.type in {"for_statement", "for_expression"}:
            operands = []
            for child in owner.named_children:
                if child.type == "payload":
                    break
                operands.append(child)
            at = names.index(label.id)
            held = self.value(file, operands[at], given) if at < len(operands) else None
            return held.item if isinstance(held, Many) else FOREIGN if held == FOREIGN else None
        if owner.type == "switch_case" and owner.parent is not None:
            held = self.value(file, first_part(owner.parent), given)
            items = [each for each in owner.named_children if each.end_byte <= payload.start_byte]
            if things_of(held) and len(items) == 1 and (name := _literal(items[0])) is not None:
                return self._declared_in(held, file.text(name))
            return held
        return None

    def _built_in(self, file: ZigFile, node: Node, given: Given) -> Value:
        name, listed = first_part(node), last_part(node)
        word = file.text(name) if name is not None else ""
        arguments = parts_of(listed) if listed is not None and listed.type == "arguments" else []
        if word == "@This":
            container = around(node, CONTAINERS)
            return self.value(file, container, given)
        if word == "@import" and arguments:
            return self.imported(file, file.text(arguments[0]).strip('"'))
        if word in _CASTS and arguments:
            return self.instance(file, arguments[0], given)
        if word in {"@constCast", "@volatileCast"} and arguments:
            return self.value(file, arguments[0], given)
        if word in {"@ptrCast", "@alignCast", "@fieldParentPtr"}:
            return self.expected(file, node, given)
        return None

    # -- members ----------------------------------------------------------------------------------------------------

    def container(self, of: Thing) -> tuple[ZigFile, Node] | None:
        """The file and the node of a container."""
        file = self.file(of.path)
        node = file.root.descendant_for_byte_range(of.start, of.end) if file is not None else None
        while node is not None and node.type not in CONTAINERS and node.parent is not None:
            if (node.parent.start_byte, node.parent.end_byte) != (of.start, of.end):
                return None
            node = node.parent
        return (file, node) if file is not None and node is not None else None

    def members(self, of: Value, name: str) -> list[tuple[ZigFile, Node, Given]]:
        """Where containers declare a name, themselves or by what they use whole."""
        return [place for each in things_of(of) for place in self._members(each, name)]

    def _members(self, of: Thing, name: str) -> list[tuple[ZigFile, Node, Given]]:
        found = self.container(of)
        if found is None:
            return []
        file, node = found
        if own := file.members(node).get(name):
            return [(file, label, of.given) for label in own]
        return self.used(file, inside, name) if (inside := first_part(node)) is not None else []

    def _member_value(self, file: ZigFile, node: Node, given: Given) -> Value:
        owner, label = node.child_by_field_name("object"), node.child_by_field_name("member")
        if label is None:
            return None
        held = self.value(file, owner, given) if owner is not None else self.expected(file, node, given)
        if held == FOREIGN or isinstance(held, Many):
            return FOREIGN
        return self._declared_in(held, file.text(label))

    def _declared_in(self, held: Value, name: str) -> Value:
        """What the member of a name stands for."""
        found = []
        for thing in things_of(held):
            for place in self.members(thing, name):
                value = self.declared(*place)
                if isinstance(value, Code):
                    value = replace(value, is_bound=not thing.is_type, is_likely=isinstance(held, Several))
                found.append(value)
        if len(found) == 1 and not isinstance(held, Several):
            return found[0]
        things = tuple(dict.fromkeys(thing for value in found for thing in things_of(value)))
        return Several(things) if things else found[0] if found else None

    def _result(self, file: ZigFile, call: Node, given: Given) -> Value:
        called = self.value(file, call.child_by_field_name("function"), given)
        if not isinstance(called, Code):
            return FOREIGN if called == FOREIGN else None
        found = self._given_by(called, file, call, given)
        return Several(things_of(found)) if called.is_likely and things_of(found) else found

    def _given_by(self, called: Code, file: ZigFile, call: Node, given: Given) -> Value:
        """What a call of a function gives."""
        where, function = self._function(called)
        if where is None or function is None:
            return None
        names, notes = _parameters(where, function)
        arguments = parts_of(call)[1:]
        first = called.is_bound and len(arguments) < len(names)
        types = [
            (name, self.value(file, argument, given))
            for name, note, argument in zip(names[first:], notes[first:], arguments, strict=False)
            if note == "type"
        ]
        known = (*called.given, *(each for each in types if each[1] is not None))
        result = function.child_by_field_name("type")
        if result is not None and where.text(result) == "type":
            return _any_of([self.value(where, last_part(each), known) for each in _returned(function)])
        return self.instance(where, result, known)

    def _function(self, of: Code) -> tuple[ZigFile | None, Node | None]:
        """The file and the declaration of a function."""
        where = self.file(of.path)
        label = where.node_at(of.start) if where is not None else None
        return where, label.parent if label is not None else None

    # -- what is expected -------------------------------------------------------------------------------------------

    def expected(self, file: ZigFile, node: Node, given: Given = ()) -> Value:
        """What the place of `.name`, `.{}` or `.name()` asks for, as an object."""
        return self._memo.deeper(lambda: self._expected(file, node, given))

    def _expected(self, file: ZigFile, node: Node, given: Given) -> Value:
        at = node.parent
        if at is None:
            return None
        kind = at.type
        if kind == "variable_declaration":
            if (note := at.child_by_field_name("type")) is not None:
                return self.instance(file, note, given)
            return self.value(file, first_part(at), given) if not declared_by(at) else None
        if kind == "container_field":
            return self.instance(file, at.child_by_field_name("type"), given)
        if kind == "assignment_expression":
            return self.value(file, at.child_by_field_name("left"), given)
        if kind == "field_expression" and node.type != "field_expression":
            return None
        if kind == "return_expression":
            function = around(at, _FUNCTION)
            return self.instance(file, function.child_by_field_name("type"), given) if function is not None else None
        if kind == "binary_expression":
            left, right = at.child_by_field_name("left"), at.child_by_field_name("right")
            if any(child.type == "orelse" for child in at.children):
                return self.value(file, left, given) if node == right else self.expected(file, at, given)
            return self.value(file, left if node == right else right, given)
        if kind == "switch_case" and at.parent is not None:
            body = last_part(at)
            return self.expected(file, at.parent, given) if node == body else self._switched(file, at.parent, given)
        if kind == "call_expression":
            return self._parameter(file, at, node, given) if node != first_part(at) else self.expected(file, at, given)
        if kind == "initializer_list" and at.parent is not None:
            held = self.value(file, at.parent, given)
            return held.item if isinstance(held, Many) else None
        if kind == "break_expression":
            return None
        if kind in _WRAPPING or kind in {"if_expression", "catch_expression", "block_expression"}:
            return self.expected(file, at, given)
        return None

    def _switched(self, file: ZigFile, switch: Node, given: Given) -> Value:
        return self.value(file, first_part(switch), given)

    def _parameter(self, file: ZigFile, call: Node, argument: Node, given: Given) -> Value:
        """What a function asks for at the place of an argument."""
        called = self.value(file, call.child_by_field_name("function"), given)
        where, function = self._function(called) if isinstance(called, Code) else (None, None)
        if where is None or function is None or not isinstance(called, Code):
            return None
        listed = next((each for each in function.named_children if each.type == "parameters"), None)
        parameters = [each for each in listed.named_children if each.type == "parameter"] if listed is not None else []
        arguments = [each.id for each in parts_of(call)[1:]]
        if argument.id not in arguments:
            return None
        at = arguments.index(argument.id) + (called.is_bound and len(arguments) < len(parameters))
        note = parameters[at].child_by_field_name("type") if at < len(parameters) else None
        return self.instance(where, note, called.given)

    # -- imports ----------------------------------------------------------------------------------------------------

    def imported(self, file: ZigFile, written: str) -> Value:
        """The file that `@import` takes in, as a container."""
        path = self.imported_path(file.path, written)
        found = self.file(path) if path else None
        if found is None:
            return FOREIGN
        return Thing(found.path, found.root.start_byte, found.root.end_byte, is_type=True)

    def imported_path(self, importer: str, written: str) -> str:
        """The file of the repository that is meant; "" for none."""
        if written.endswith(".zig"):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(importer), written))
            return path if self.index.facts_of(path) is not None else ""
        return self._modules.get(written, "")

    @cached_property
    def _modules(self) -> dict[str, str]:
        """Name of a module -> its first file, as the build scripts of the repository say, or the file's own name."""
        found: dict[str, str] = {}
        paths = [path for path in self.index.catalogue.paths if path.endswith(".zig")]
        for path in paths:
            if posixpath.basename(path) != "build.zig":
                continue
            folder = posixpath.dirname(path)
            try:
                content = self.index.repository.read(path, _MAX_BUILD)
            except (OSError, RepoAgentError):
                continue
            for made in _MODULE.finditer(content):
                root = _ROOT.search(content, made.start(), made.end() + 400)
                first = posixpath.normpath(posixpath.join(folder, root[1].decode("utf-8", "replace"))) if root else ""
                if made[1] and first in paths:
                    found.setdefault(made[1].decode("utf-8", "replace"), first)
            for each in _ROOT.finditer(content):
                first = posixpath.normpath(posixpath.join(folder, each[1].decode("utf-8", "replace")))
                stem = posixpath.splitext(posixpath.basename(first))[0]
                if first in paths and stem not in {"main", "root", "std", "builtin"}:
                    found.setdefault(stem, first)
        return found


def things_of(value: Value) -> tuple[Thing, ...]:
    """The containers, or objects of them, that a value may be."""
    return value.things if isinstance(value, Several) else (value,) if isinstance(value, Thing) else ()


def _any_of(values: list[Value]) -> Value:
    """One of some values: of several containers, or of one and something unknown, any; else the first that is known."""
    things = list(dict.fromkeys(thing for value in values for thing in things_of(value)))
    if things:
        return things[0] if len(things) == 1 and None not in values else Several(tuple(things))
    return next((value for value in values if value is not None and value != FOREIGN), None)


def _breaks(node: Node) -> list[Node]:
    """Where a block breaks with a value."""
    found, waiting = [], list(node.named_children)
    while waiting:
        each = waiting.pop(0)
        if each.type == "break_expression" and each.named_child_count > 1:
            found.append(each)
        elif each.type not in CONTAINERS and each.type != "function_declaration":
            waiting += each.named_children
    return found


def _returned(function: Node) -> list[Node]:
    """Where a function returns something."""
    body = function.child_by_field_name("body")
    found, waiting = [], list(body.named_children) if body is not None else []
    while waiting:
        each = waiting.pop(0)
        if each.type == "return_expression" and each.named_child_count:
            found.append(each)
        elif each.type not in CONTAINERS and each.type != "function_declaration":
            waiting += each.named_children
    return found


def _parameters(file: ZigFile, function: Node) -> tuple[list[str], list[str]]:
    """The names of parameters, and what is written as their types."""
    listed = next((each for each in function.named_children if each.type == "parameters"), None)
    names, notes = [], []
    for each in listed.named_children if listed is not None else ():
        if each.type == "parameter":
            label, note = each.child_by_field_name("name"), each.child_by_field_name("type")
            names.append(file.text(label) if label is not None else "")
            notes.append(file.text(note) if note is not None else "")
    return names, notes


def _literal(node: Node) -> Node | None:
    """The name of `.name`."""
    is_bare = node.type == "field_expression" and node.child_by_field_name("object") is None
    return node.child_by_field_name("member") if is_bare else None
