"""What expressions of Lua are: tables, functions, or nothing that the repository defines.

An object is what its class is: `setmetatable({}, Class)`, `Class(...)` and what `Class.new` returns are all `Class`.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.code_file import Files
from repoagent_indexers.resolve.folders import n_shared_folders
from repoagent_indexers.resolve.lua.file import FUNCTIONS, INDEXING, LuaFile, value_at
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.memo import Memo
from repoagent_indexers.resolve.syntax import first_part, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_MAX_DEPTH = 24
_MAX_BASES = 8
_LIBRARY = frozenset(
    "string table math io os coroutine debug package utf8 bit bit32 jit ffi vim love ngx wx tostring tonumber type "
    "pairs ipairs next print error assert pcall xpcall select rawget rawset rawequal rawlen unpack loadstring load "
    "dofile collectgarbage getmetatable arg".split()
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, by where it is made, or bound where nothing is known of its making."""

    path: str
    start: int


@dataclass(frozen=True, slots=True)
class Code:
    """A function, by where it begins."""

    path: str
    start: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something from Lua's own library, or from a module that the repository does not hold."""


FOREIGN = Foreign()
Value = Table | Code | Foreign | None
"""None for what is not known."""


class Values:
    """What expressions are, over all files of a repository."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.files = Files(index, "lua", LuaFile)
        self._memo: Memo[Value] = Memo(_MAX_DEPTH)
        self._containers: dict[Place, Value] = {}
        self._based: dict[Table, list[Table]] = {}

    def file(self, path: str) -> LuaFile | None:
        return self.files.get(path)

    def symbols(self, name: str) -> list[Place]:
        """The definitions of a name in Lua."""
        return self.files.symbols(name)

    # -- expressions ------------------------------------------------------------------------------------------------

    def value(self, file: LuaFile, node: Node | None) -> Value:
        """What an expression is, as its first result."""
        if node is None:
            return None
        return self._memo.answer((file.path, node.start_byte, node.end_byte), lambda: self._value(file, node))

    def _value(self, file: LuaFile, node: Node) -> Value:
        kind = node.type
        if kind == "identifier":
            return self._named(file, node)
        if kind == "table_constructor":
            return Table(file.path, node.start_byte)
        if kind in FUNCTIONS:
            return Code(file.path, node.start_byte)
        if kind in INDEXING:
            held = self.value(file, node.child_by_field_name("table"))
            label = node.child_by_field_name("field") or node.child_by_field_name("method")
            if held == FOREIGN or label is None:
                return held
            return self._field(held, file.text(label)) if isinstance(held, Table) else None
        if kind == "function_call":
            return self._result(file, node)
        if kind == "parenthesized_expression":
            return self.value(file, first_part(node))
        if kind == "binary_expression" and any(child.type in {"or", "and"} for child in node.children):
            parts = [node.child_by_field_name("left"), node.child_by_field_name("right")]
            is_or = any(child.type == "or" for child in node.children)
            found = [self.value(file, each) for each in (parts if is_or else reversed(parts))]
            return next((each for each in found if each is not None), None)
        return FOREIGN if kind in {"string", "number", "true", "false", "unary_expression"} else None

    def _named(self, file: LuaFile, node: Node) -> Value:
        name = file.text(node)
        label = file.declaration(node, name)
        if label is not None:
            return self.bound(file, label)
        if name == "self":
            return self._owner(file, node)
        places = [place for place in self.symbols(name) if self.is_global(place)]
        here = [place for place in places if place.path == file.path]
        if here or len(places) == 1:
            return self.defined((here or places)[0])
        return FOREIGN if name in _LIBRARY else None

    def _owner(self, file: LuaFile, node: Node) -> Value:
        """What `self` is: the table whose method is around a node."""
        at = node.parent
        while at is not None:
            label = at.child_by_field_name("name") if at.type == "function_declaration" else None
            if label is not None and label.type == "method_index_expression":
                return self.value(file, label.child_by_field_name("table"))
            at = at.parent
        return None

    def bound(self, file: LuaFile, label: Node) -> Value:
        """What a local name stands for."""
        owner = label.parent
        if owner is None:
            return None
        if owner.type == "function_declaration":
            return Code(file.path, owner.start_byte)
        if owner.type == "parameters":
            is_self = file.text(label) == "self" and first_part(owner) == label
            return self._given_itself(file, owner.parent) if is_self else None
        return self._assigned(file, label, label)

    def _given_itself(self, file: LuaFile, function: Node | None) -> Value:
        """What the parameter `self` of a function is that is put into a table: `M.f = function(self)`, `{f = ...}`."""
        holder = function.parent if function is not None else None
        if function is not None and function.type == "function_declaration":
            label = function.child_by_field_name("name")
            return (
                self.value(file, label.child_by_field_name("table"))
                if label is not None and label.type in INDEXING
                else None
            )
        if holder is not None and holder.type == "field":
            return self.value(file, holder.parent)
        statement = holder.parent if holder is not None and holder.type == "expression_list" else None
        left = first_part(first_part(statement))
        return (
            self.value(file, left.child_by_field_name("table")) if left is not None and left.type in INDEXING else None
        )

    def _result(self, file: LuaFile, call: Node) -> Value:
        name, arguments = call.child_by_field_name("name"), call.child_by_field_name("arguments")
        given = parts_of(arguments)
        word = file.text(name) if name is not None and name.type == "identifier" else ""
        if word == "require" and given:
            return self._module(file, given[0])
        if word == "setmetatable" and len(given) > 1:
            first, second = self.value(file, given[0]), self.value(file, given[1])
            is_new = given[0].type == "table_constructor" and given[1].type != "table_constructor"
            return second if is_new and isinstance(second, Table) else first
        called = self.value(file, name)
        if isinstance(called, Code):
            return self._returned(called)
        if isinstance(called, Table):
            return called
        return FOREIGN if called == FOREIGN else None

    def _returned(self, of: Code) -> Value:
        """What a function returns first, as far as that is known."""
        file = self.file(of.path)
        node = file.root.descendant_for_byte_range(of.start, of.start + 1) if file is not None else None
        while node is not None and node.type not in FUNCTIONS:
            node = node.parent
        body = node.child_by_field_name("body") if node is not None else None
        if file is None or body is None:
            return None
        return next((value for each in _returns(body) if (value := self.value(file, each)) is not None), None)

    # -- modules ----------------------------------------------------------------------------------------------------

    def _module(self, file: LuaFile, written: Node) -> Value:
        path = self.module_path(file.path, file.text(written).strip("\"'[]"))
        module = self.file(path) if path else None
        if module is None:
            return FOREIGN
        returned = [each for each in module.root.named_children if each.type == "return_statement"]
        return self.value(module, first_part(first_part(returned[-1]))) if returned else None

    def module_path(self, importer: str, written: str) -> str:
        """The file that `require` takes in; "" for none. Of several, that which shares most folders."""
        stem = written.replace(".", "/")
        names = (f"{stem}.lua", f"{stem}/init.lua")
        last = stem.rpartition("/")[2]
        paths = {path for word in (last, "init") for path in self._by_stem.get(word, ())}
        found = [path for path in paths if any(path == each or path.endswith(f"/{each}") for each in names)]
        return min(found, key=lambda path: (-n_shared_folders(path, importer), len(path), path), default="")

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.index.catalogue.paths:
            if path.endswith(".lua"):
                found.setdefault(posixpath.basename(path)[:-4], []).append(path)
        return found

    # -- members ----------------------------------------------------------------------------------------------------

    def members(self, of: Table, name: str) -> list[Place]:
        """The definitions of a name in a table, or in what it is derived from."""
        for table in self._lineage(of):
            if found := [place for place in self.symbols(name) if self.container(place) == table]:
                return found
            file, value = self._written(table, name)
            label = (
                file.declaration(value, name)
                if file is not None and value is not None and value.type == "identifier"
                else None
            )
            if file is not None and label is not None and label.start_byte in file.numbers and file.text(label) == name:
                return [Place(file.path, label.start_byte)]  # `{ name = name }`
        return []

    def _field(self, of: Table, name: str) -> Value:
        """What stands in a table under a name."""
        for table in self._lineage(of):
            for place in self.symbols(name):
                if self.container(place) == table:
                    return self.defined(place)
            file, value = self._written(table, name)
            if file is not None and (found := self.value(file, value)) is not None:
                return found
        return None

    def _lineage(self, of: Table) -> Iterator[Table]:
        """A table and what it is derived from, nearest first."""
        seen = [of]
        for table in seen:
            yield table
            if len(seen) < _MAX_BASES:
                seen += [each for each in self._bases(table) if each not in seen]

    def _written(self, table: Table, name: str) -> tuple[LuaFile | None, Node | None]:
        """What its constructor, or an assignment in its file, puts into a table under a name: `self.name = List()`."""
        file = self.file(table.path)
        made = file.root.descendant_for_byte_range(table.start, table.start + 1) if file is not None else None
        while made is not None and made.type != "table_constructor" and made.start_byte == table.start:
            made = made.parent
        for field in made.named_children if made is not None and made.type == "table_constructor" else ():
            label = field.child_by_field_name("name")
            if file is not None and label is not None and file.text(label).strip("\"'") == name:
                return file, field.child_by_field_name("value")
        for label in file.occurrences(name) if file is not None else ():
            access = label.parent
            if (
                file is None
                or access is None
                or access.type not in INDEXING
                or access.child_by_field_name("table") == label
            ):
                continue
            value, which = value_at(access)
            if value is not None and not which and self.value(file, access.child_by_field_name("table")) == table:
                return file, value
        return file, None

    def container(self, place: Place) -> Value:
        """The table in which a symbol is defined; None for one that is bare."""
        if place not in self._containers:
            self._containers[place] = None
            self._containers[place] = self._find_container(place)
        return self._containers[place]

    def _find_container(self, place: Place) -> Value:
        file = self.file(place.path)
        node = file.node_at(place.start) if file is not None else None
        parent = node.parent if node is not None else None
        if file is None or node is None or parent is None:
            return None
        if parent.type in INDEXING:
            return self.value(file, parent.child_by_field_name("table"))
        field = parent.parent if parent.type == "string" else parent
        return self.value(file, field.parent) if field is not None and field.type == "field" else None

    def is_global(self, place: Place) -> bool:
        """Whether a symbol is a global function or variable."""
        file = self.file(place.path)
        node = file.node_at(place.start) if file is not None else None
        parent = node.parent if node is not None else None
        if (
            file is None
            or node is None
            or parent is None
            or parent.type in INDEXING
            or parent.type in {"field", "string"}
        ):
            return False
        return file.declaration(node, file.text(node)) is None

    def defined(self, place: Place) -> Value:
        """What a symbol stands for."""
        file = self.file(place.path)
        node = file.node_at(place.start) if file is not None else None
        if file is None or node is None or node.parent is None:
            return None
        label = node.parent if node.parent.type in INDEXING else node
        owner = label.parent
        if owner is None:
            return None
        if owner.type == "function_declaration":
            return Code(file.path, owner.start_byte)
        if owner.type in {"field", "string"}:
            field = owner if owner.type == "field" else owner.parent
            return self.value(file, field.child_by_field_name("value")) if field is not None else None
        return self._assigned(file, label, node)

    def _assigned(self, file: LuaFile, label: Node, name: Node) -> Value:
        """What is assigned to a name; a table of its own where a call makes what functions are put into."""
        value, which = value_at(label)
        found = self.value(file, value) if not which else None
        is_made = value is not None and value.type == "function_call" and not which
        if is_made and (found is None or (found == FOREIGN and file.text(name) in file.receivers)):
            return Table(file.path, name.start_byte)
        return found

    def _bases(self, table: Table) -> list[Table]:
        """What a table takes over from: `setmetatable(Table, {__index = Base})`, `Base:extend()`, `class(Base)`."""
        if table not in self._based:
            self._based[table] = []
            file = self.file(table.path)
            self._based[table] = list(self._find_bases(file, table)) if file is not None else []
        return self._based[table]

    def _find_bases(self, file: LuaFile, table: Table) -> Iterator[Table]:
        made = file.node_at(table.start)
        value, _ = value_at(made) if made is not None and made.type == "identifier" else (None, 0)
        if value is not None and value.type == "function_call":
            name, arguments = value.child_by_field_name("name"), value.child_by_field_name("arguments")
            parts = [*(arguments.named_children if arguments is not None else ())]
            parts += [name.child_by_field_name("table")] if name is not None and name.type in INDEXING else []
            for each in parts:
                found = self.value(file, each)
                if isinstance(found, Table):
                    yield found
        for word in file.occurrences("setmetatable"):
            call = word.parent
            arguments = call.child_by_field_name("arguments") if call is not None else None
            given = parts_of(arguments)
            if len(given) > 1 and given[1].type == "table_constructor" and self.value(file, given[0]) == table:
                for field in given[1].named_children:
                    label = field.child_by_field_name("name")
                    found = self.value(file, field.child_by_field_name("value"))
                    if label is not None and file.text(label) == "__index" and isinstance(found, Table):
                        yield found


def _returns(body: Node) -> list[Node]:
    """What the `return`s of a function give first, not those of functions in it."""
    found, waiting = [], [body]
    while waiting:
        at = waiting.pop(0)
        if at.type == "return_statement":
            found += parts_of(first_part(at))[:1]
        elif at.type not in FUNCTIONS:
            waiting += at.named_children
    return found
