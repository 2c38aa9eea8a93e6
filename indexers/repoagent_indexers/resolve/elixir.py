"""What names mean in Elixir: modules by their aliases, functions by their module, name and number of arguments.

https://hexdocs.pm/elixir/alias-require-and-import.html says what is in sight where; nothing is run, so what a macro
makes is unknown, but for what the `__using__` of a module imports or defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import REFERENCE_WIDTH
from repoagent_indexers.resolve.code_file import CodeFile, Files
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_MODULES = frozenset({"module", "protocol", "instance"})
_FUNCTIONS = frozenset({"function", "method", "macro", "operator"})
_DIRECTIVE = re.compile(rb"\b(?:alias|import|use|require)[ \t(]")
_SEGMENT = re.compile(rb"\w+[?!]?")
_SCOPES = frozenset({"do_block", "source", "body", "stab_clause", "else_block", "after_block", "rescue_block"})
_TYPING = frozenset({"spec", "type", "typep", "opaque", "callback", "macrocallback"})
_ALIVE = frozenset({"alias", "identifier"})


@dataclass(frozen=True, slots=True)
class Directive:
    """One `alias`, `import`, `use` or `require` of one module."""

    kind: str
    written: str
    """The module as written, with what stands before its braces."""
    name: str
    """What it is called here; "" for what takes in the module's functions."""
    start: int
    """Where the last part of the module is named."""
    scope_start: int
    scope_end: int
    """Where it holds: from itself to the end of the block around it."""


class ElixirFile(CodeFile):
    """One file: its modules, what it takes in, where names stand."""

    def leaf(self, start: int) -> Node | None:
        node = self.root.descendant_for_byte_range(start, start + 1)
        return node if node is not None and node.type in _ALIVE else None

    def modules_around(self, start: int) -> list[int]:
        """The modules around a place, innermost first."""
        found = [n for n in self.modules if self.span(n)[0] <= start < self.span(n)[1]]
        return sorted(found, key=lambda n: -self.span(n)[0])

    @cached_property
    def modules(self) -> list[int]:
        return [n for n in range(self.facts.n_symbols) if self.kind(n) in _MODULES]

    def members(self, module: int, name: str) -> list[int]:
        return [n for n in self._members.get(name, ()) if self.facts.parent(n) == module]

    @cached_property
    def _members(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number in range(self.facts.n_symbols):
            found.setdefault(self.facts.symbol_name(number), []).append(number)
        return found

    def arities(self, number: int) -> range:
        """How many arguments a function may be given."""
        node = self.leaf(self.name_start(number))
        call = node.parent if node is not None else None
        if node is None:
            return range(3)  # a record: `name()`, `name(record)`, `name(record, key: value)`
        if call is None or call.type != "call" or call.child_by_field_name("target") != node:
            return range(1) if call is not None and call.type != "binary_operator" else range(2, 3)
        given = _arguments(call)
        n_defaults = sum(each.type == "binary_operator" and b"\\\\" in (each.text or b"") for each in given)
        return range(len(given) - n_defaults, len(given) + 1)

    @cached_property
    def directives(self) -> list[Directive]:
        return [each for found in _DIRECTIVE.finditer(self.content) for each in self._directives_at(found.start())]

    def _directives_at(self, start: int) -> Iterator[Directive]:
        word = self.leaf(start)
        call = word.parent if word is not None else None
        if word is None or call is None or call.type != "call" or call.child_by_field_name("target") != word:
            return
        given = _arguments(call)
        scope: Node | None = call.parent
        while scope is not None and scope.type not in _SCOPES:
            scope = scope.parent
        if not given or scope is None:
            return
        kind = self.text(word)
        first = given[0]
        named = next(
            (each.child_by_field_name("value") for each in _pairs(given[-1]) if self.text(each).startswith("as:")), None
        )
        inside = first.child_by_field_name("right") if first.type == "dot" else None
        before = first.child_by_field_name("left") if inside is not None and inside.type == "tuple" else None
        for each in inside.named_children if inside is not None and before is not None else [first]:
            written = self.text(each) if before is None else f"{self.text(before)}.{self.text(each)}"
            last = written.rpartition(".")[2]
            name = self.text(named) if named is not None else last if kind == "alias" else ""
            yield Directive(kind, written, name, each.end_byte - len(last.encode()), call.start_byte, scope.end_byte)


class ElixirResolver:
    """See `meaning.Resolver`."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._files = Files(index, "elixir", ElixirFile)
        self._modules: dict[str, list[tuple[ElixirFile, int]]] = {}

    def same(self, place: Place, name: str) -> frozenset[Place]:
        """All clauses of a function, all implementations of a module."""
        file = self._file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or number is None:
            return frozenset({place})
        if file.kind(number) in _MODULES:
            return frozenset(self._places(self.modules(file.facts.qualified_name(number)))) | {place}
        arities = file.arities(number) if file.kind(number) in _FUNCTIONS else range(1)
        found = {place}
        for other in file.members(file.facts.parent(number), name):
            if file.kind(other) == file.kind(number) and (
                file.kind(number) not in _FUNCTIONS or not set(arities).isdisjoint(file.arities(other))
            ):
                found.add(Place(file.path, file.name_start(other)))
        return frozenset(found)

    def together(self, place: Place, name: str) -> frozenset[Place] | None:  # noqa: ARG002
        return None

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        are_functions = all(self._is_function(place) for place in targets)
        for path in paths:
            file = self._file(path)
            if file is None:
                continue
            aliases = {each.name for each in file.directives if each.written.rpartition(".")[2] == name and each.name}
            starts = {each.start for each in file.directives if each.written.rpartition(".")[2] == name}
            rows = file.facts.references
            for at in range(0, len(rows), REFERENCE_WIDTH):
                if file.facts.strings[rows[at + 1]] in {name, *aliases}:
                    starts.add(rows[at + 4])
            for start in sorted(starts):
                place = Place(path, start)
                if place in targets or start in file.numbers:
                    continue
                found = self.meaning(place)
                if found is None and are_functions and _is_field(file.leaf(start)):
                    continue  # `conn.request` without brackets
                if found is None:
                    yield place, Meaning(targets, "by name only")
                elif not found.places.isdisjoint(targets):
                    yield place, found

    def meaning(self, place: Place) -> Meaning | None:
        file = self._file(place.path)
        if file is None:
            return None
        if place.start in file.numbers:
            return Meaning(self.same(place, file.facts.symbol_name(file.numbers[place.start])), "resolved")
        node = file.leaf(place.start)
        if node is None:
            return None
        if node.type == "alias":
            return self._module_meant(file, node, place.start)
        dot = node.parent
        if dot is not None and dot.type == "dot" and dot.child_by_field_name("right") == node:
            return self._member(file, dot, node)
        return self._bare(file, node)

    def imported(self, path: str) -> frozenset[str]:
        file = self._file(path)
        directives = file.directives if file is not None else []
        return frozenset(
            where.path for each in directives if file is not None
            for where, _ in self.modules(self._expanded(file, each.written, each.scope_start))
        )  # fmt: skip

    def _is_function(self, place: Place) -> bool:
        file = self._file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        return file is not None and number is not None and file.kind(number) in _FUNCTIONS

    # -- modules --------------------------------------------------------------------------------------------------

    def modules(self, name: str) -> list[tuple[ElixirFile, int]]:
        """The modules of a full name."""
        if name not in self._modules:
            found = []
            for position, number in self.index.definitions(name.rpartition(".")[2]):
                facts = self.index.facts(position) if self.index.catalogue.languages[position] == "elixir" else None
                if facts is None or facts.qualified_name(number) != name:
                    continue
                file = self._file(self.index.catalogue.paths[position])
                if file is not None and file.kind(number) in _MODULES:
                    found.append((file, number))
            self._modules[name] = found
        return self._modules[name]

    def _module_meant(self, file: ElixirFile, alias: Node, start: int) -> Meaning:
        end = found.end() if (found := _SEGMENT.match(file.content, start)) is not None else alias.end_byte
        written = file.content[alias.start_byte : end].decode("utf-8", "replace")
        around = alias.parent
        if around is not None and around.type == "dot" and around.child_by_field_name("right") == alias:
            written = file.content[around.start_byte : end].decode("utf-8", "replace")  # `__MODULE__.Name`
        elif (
            around is not None and around.type == "tuple" and around.parent is not None and around.parent.type == "dot"
        ):
            before = around.parent.child_by_field_name("left")
            written = f"{file.text(before)}.{written}" if before is not None else written
        return Meaning(frozenset(self._places(self.modules(self._expanded(file, written, start)))), "resolved")

    def _expanded(self, file: ElixirFile, written: str, start: int) -> str:
        """The full name of a module as it is written at a place."""
        first, dot, rest = written.partition(".")
        around = file.modules_around(start)
        if first == "__MODULE__":
            return f"{file.facts.qualified_name(around[0])}{dot}{rest}" if around else written
        if first == "Elixir":
            return rest
        seen = [each for each in file.directives if each.name == first and each.scope_start < start < each.scope_end]
        before = [each for each in seen if each.start < start and start != each.start]
        if before:
            return f"{self._expanded(file, before[-1].written, before[-1].scope_start)}{dot}{rest}"
        for module in around:
            name = f"{file.facts.qualified_name(module)}.{first}"
            if any(file.facts.qualified_name(inner) == name for inner in file.modules):
                return f"{name}{dot}{rest}"
        return written

    def _places(self, found: Iterable[tuple[ElixirFile, int]]) -> Iterator[Place]:
        return (Place(file.path, file.name_start(number)) for file, number in found)

    # -- functions --------------------------------------------------------------------------------------------------

    def _member(self, file: ElixirFile, dot: Node, node: Node) -> Meaning | None:
        """What `Module.name` means; of a variable nothing is known."""
        left = dot.child_by_field_name("left")
        if left is None or not (left.type == "alias" or file.text(left).startswith("__MODULE__")):
            return None if left is not None and left.type in {"identifier", "call"} else OUTSIDE
        modules = self.modules(self._expanded(file, file.text(left), left.start_byte))
        if not modules:
            return OUTSIDE
        found = self._named(modules, file.text(node), _given(node), is_type=_is_type(node))
        return Meaning(frozenset(found), "resolved") if found else None

    def _named(
        self, modules: Iterable[tuple[ElixirFile, int]], name: str, given: int | None, *, is_type: bool = False
    ) -> set[Place]:
        """The functions, or the types, of modules that bear a name and take so many arguments."""
        found: set[Place] = set()
        for file, module in modules:
            for number in file.members(module, name):
                kind = file.kind(number)
                if (is_type and kind == "type") or (
                    not is_type and kind in _FUNCTIONS and (given is None or given in file.arities(number))
                ):
                    found.add(Place(file.path, file.name_start(number)))
        return found

    def _bare(self, file: ElixirFile, node: Node) -> Meaning | None:
        """What a name without a module means: an attribute, a function of the module, or one that is taken in."""
        name, start = file.text(node), node.start_byte
        around = file.modules_around(start)
        parent = node.parent
        if name == "__MODULE__":
            return Meaning(frozenset(self._places([(file, around[0])])), "resolved") if around else OUTSIDE
        if parent is not None and parent.type == "unary_operator" and file.content[parent.start_byte : start] == b"@":
            own = [n for module in around for n in file.members(module, name) if file.kind(n) == "constant"]
            return Meaning(frozenset(Place(file.path, file.name_start(n)) for n in own), "resolved")
        is_call = parent is not None and parent.type == "call" and parent.child_by_field_name("target") == node
        given = _given(node)
        if not is_call and given is None:
            given = 1 if _is_piped(node) else 0
            if not given and _is_bound(file, node, name):
                return OUTSIDE
        is_type = _is_type(node)
        for module in around:
            if found := self._named([(file, module)], name, given, is_type=is_type):
                return Meaning(frozenset(found), "resolved")
        is_open = False
        for each in file.directives:
            if each.kind not in {"import", "use"} or not each.scope_start < start < each.scope_end:
                continue
            modules = self.modules(self._expanded(file, each.written, each.scope_start))
            found = self._named(modules, name, given) if each.kind == "import" else self._used(modules, name, given)
            if found:
                return Meaning(frozenset(found), "resolved")
            is_open = is_open or (bool(modules) and each.kind == "use")
        return None if is_open and is_call else OUTSIDE

    def _used(self, modules: Iterable[tuple[ElixirFile, int]], name: str, given: int | None) -> set[Place]:
        """What the `__using__` of modules takes in or defines for who uses them."""
        found: set[Place] = set()
        for file, module in modules:
            for using in file.members(module, "__using__"):
                start, end = file.span(using)
                for each in file.directives:
                    if each.kind == "import" and start <= each.start < end:
                        found |= self._named(self.modules(self._expanded(file, each.written, each.start)), name, given)
                for number in file.numbers.values():
                    inside = start < file.name_start(number) < end and file.facts.symbol_name(number) == name
                    if inside and file.kind(number) in _FUNCTIONS and (given is None or given in file.arities(number)):
                        found.add(Place(file.path, file.name_start(number)))
        return found

    def _file(self, path: str) -> ElixirFile | None:
        return self._files.get(path)


def _arguments(call: Node) -> list[Node]:
    listed = next((child for child in call.named_children if child.type == "arguments"), None)
    return [child for child in listed.named_children if child.type != "comment"] if listed is not None else []


def _pairs(keywords: Node) -> list[Node]:
    return [child for child in keywords.named_children if child.type == "pair"] if keywords.type == "keywords" else []


def _given(name: Node) -> int | None:
    """How many arguments a function of a name is given; None where that is not plain."""
    called = name.parent if name.parent is not None and name.parent.type == "dot" else name
    call = called.parent
    if call is not None and call.type == "call" and call.child_by_field_name("target") == called:
        listed = len(_arguments(call)) + any(child.type == "do_block" for child in call.named_children)
        if (arity := _captured(call)) is not None:
            return arity
        return listed + _is_piped(call)
    return _captured(name)


def _captured(name: Node) -> int | None:
    """The number of arguments that is said of a function: `&name/2`."""
    slash = name.parent
    if slash is None or slash.type != "binary_operator" or slash.child_by_field_name("left") != name:
        return None
    right = slash.child_by_field_name("right")
    amp = slash.parent
    is_said = amp is not None and amp.type == "unary_operator" and (amp.text or b"").startswith(b"&")
    return int(right.text or b"0") if is_said and right is not None and right.type == "integer" else None


def _is_piped(call: Node) -> bool:
    pipe = call.parent
    if pipe is None or pipe.type != "binary_operator" or pipe.child_by_field_name("right") != call:
        return False
    return any(child.type == "|>" for child in pipe.children)


def _is_type(name: Node) -> bool:
    """Whether a name stands in a type, and is not that of the function whose type it is."""
    at = name.parent
    while at is not None and at.type not in {"do_block", "source"}:
        if at.type == "unary_operator" and at.child_count and at.children[0].type == "@":
            word = at.children[-1].child_by_field_name("target")
            if word is None or (word.text or b"").decode() not in _TYPING:
                return False
            first = _arguments(at.children[-1])[:1]
            left = first[0].child_by_field_name("left") if first and first[0].type == "binary_operator" else None
            return left is None or left.child_by_field_name("target") != name
        at = at.parent
    return False


def _is_bound(file: ElixirFile, node: Node, name: str) -> bool:
    """Whether a name is that of a variable: one that stands elsewhere in its function too, where it may be bound."""
    at: Node | None = node
    while at is not None and at.parent is not None and not (at.type == "call" and file.text(at).startswith("def")):
        at = at.parent
    if at is None:
        return False
    before = file.content[at.start_byte : node.start_byte]
    return re.search(rb"(?<![\w@:.])" + re.escape(name.encode()) + rb"(?![\w?!:(])", before) is not None


def _is_field(name: Node | None) -> bool:
    """Whether a name is taken from something without being called."""
    dot = name.parent if name is not None else None
    call = dot.parent if dot is not None and dot.type == "dot" else None
    return call is not None and call.type == "call" and not any(child.type == "arguments" for child in call.children)
