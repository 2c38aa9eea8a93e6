"""The types that Swift writes: what their names mean where they stand, and what extensions extend."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.swift import library, tree
from repoagent_indexers.resolve.swift.modules import Modules
from repoagent_indexers.resolve.swift.terms import (
    UNIT,
    Bound,
    Dependent,
    Function,
    Joint,
    Library,
    LibrarySelf,
    Meta,
    Named,
    Parameter,
    Tuple,
    Type,
    array,
    bound,
    optional,
)
from repoagent_indexers.resolve.swift.tree import SwiftFile
from repoagent_indexers.resolve.tree_file import TYPES
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.resolver import TypedResolver

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

Symbol = tuple[str, int]
"""Path and number."""
NOMINAL = TYPES - {"extension", "type"}
MAX_DEPTH = 60


class SwiftWritten(TypedResolver):
    """The types that are written."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        super().__init__(index, languages)
        self.outer = Outer(self)
        self.modules = Modules(index)
        self._depth = 0
        self._extended: dict[Symbol, Type | None] = {}
        self._tops: dict[tuple[str, str], list[Symbol]] = {}
        self._type_parameters: dict[Symbol, tuple[Parameter, ...]] = {}
        self._looked_up: dict[tuple[str, int, str], Parameter | list[Symbol]] = {}
        self._aliases: set[Symbol] = set()

    def symbols(self, name: str) -> list[Symbol]:
        """The same with those whose name is quoted: "`default`"."""
        if name not in self._symbols:
            self._symbols[name] = [*self._all_symbols(name), *self._all_symbols(f"`{name}`")]
        return self._symbols[name]

    def swift_file(self, path: str) -> SwiftFile | None:
        found = self.file(path)
        return found if isinstance(found, SwiftFile) else None

    # -- names of types -------------------------------------------------------------------------------------------

    def find_type(self, file: SwiftFile, start: int, name: str) -> Parameter | list[Symbol]:
        """What the bare name of a type means: a type parameter, or symbols; none for one from outside."""
        around = [*file.around(start)]
        key = (file.path, self._scope_at(file, around, start), name)
        if key not in self._looked_up:
            self._looked_up[key] = []  # for what leads back here
            self._looked_up[key] = self._find_type(file, around, start, name)
        return self._looked_up[key]

    def _scope_at(self, file: SwiftFile, around: list[int], start: int) -> int:
        """What tells places from another in which names of types mean the same."""
        number = around[0] if around else -1
        is_header = number >= 0 and file.kind(number) in TYPES and start < self.body_start(file, number)
        return 2 * number + is_header

    def _find_type(self, file: SwiftFile, around: list[int], start: int, name: str) -> Parameter | list[Symbol]:
        for number in around:
            if (own := self.parameter_named(file, number, name)) is not None:
                return own
            kind = file.kind(number)
            if kind in TYPES and kind != "type":
                if start < self.body_start(file, number):
                    continue
                if (of := self.self_type((file.path, number))) is not None and (found := self.inner_types(of, name)):
                    return found
            else:
                local = [
                    n for n in file.children(number) if file.facts.symbol_name(n) == name and file.kind(n) in TYPES
                ]
                if local:
                    return [(file.path, n) for n in local]
        return [each for each in self.top(file, name) if self._kind(each) in TYPES]

    def body_start(self, file: SwiftFile, number: int) -> int:
        start, end = file.span(number)
        at = file.name_start(number)
        found = file.content.find(b"{", at, end)
        return found if found >= 0 else start

    def parameter_named(self, file: SwiftFile, number: int, name: str) -> Parameter | None:
        """The type parameter of a name that a declaration introduces; those of the type that an extension extends."""
        for each in self.parameters((file.path, number)):
            where = self.swift_file(each.path)
            if where is not None and names_parameter(where, each, name):
                return each
        return None

    def parameters(self, of: Symbol) -> tuple[Parameter, ...]:
        """The type parameters of a declaration, or of the type that it extends."""
        if of not in self._type_parameters:
            self._type_parameters[of] = ()
            file = self.swift_file(of[0])
            if file is not None and file.kind(of[1]) == "extension":
                extended = self.extended(of)
                if isinstance(extended, Named):
                    self._type_parameters[of] = self.parameters((extended.path, extended.number))
            elif file is not None and "<" in file.signature(of[1]):
                node = file.declaration(of[1])
                names = tree.type_parameters_of(node) if node is not None else []
                self._type_parameters[of] = tuple(Parameter(of[0], each.start_byte) for each in names)
        return self._type_parameters[of]

    def top(self, file: SwiftFile, name: str) -> list[Symbol]:
        """What the top of a module declares by a name, this file's module before those that it imports."""
        module = self.modules.of(file.path)
        key = (file.path if name[:1] == "_" else module[0] + "|" + ",".join(sorted(file.imports)), name)
        if key not in self._tops:
            found = []
            for path, number in self.symbols(name):
                where = self.swift_file(path)
                if where is None or where.facts.parent(number) >= 0 or where.kind(number) == "extension":
                    continue
                if (path == file.path or not where.is_private(number)) and where.first_like(number) == number:
                    found.append((path, number))
            own = [each for each in found if self.modules.of(each[0]) == module]
            self._tops[key] = own or [each for each in found if self.modules.sees(file, each[0])]
        return self._tops[key]

    def _kind(self, of: Symbol) -> str:
        file = self.swift_file(of[0])
        return file.kind(of[1]) if file is not None else ""

    def asked_type(self, file: SwiftFile, asked: tree.Asked) -> Type | None:
        """The type of what a parameter is given."""
        found = self.written(file, asked.written)
        return found.result if asked.is_worked_out and isinstance(found, Function) else found

    def is_in_scope(self, of: Type, file: SwiftFile, start: int) -> bool:
        """Whether a type is known at a place: no type parameter that something else introduces."""
        while isinstance(of, Dependent):
            of = of.base
        if not isinstance(of, Parameter):
            return True
        return any(
            of in self.parameters((file.path, number)) or self.self_type((file.path, number)) == of
            for number in file.around(start)
        )

    def in_context(self, of: Type | None, file: SwiftFile, start: int) -> Type | None:
        """The same as `where` says it around a place: `Element == Token`."""
        if isinstance(of, Library) and of.name == "Optional" and of.arguments:
            return optional(self.in_context(of.arguments[0], file, start))
        if isinstance(of, Dependent | Parameter):
            same = (said for what, said, is_same in self.constraints_at(file, start) if is_same and what == of)
            return next(same, of)
        return of

    # -- types that are written -----------------------------------------------------------------------------------

    def written(self, file: SwiftFile, node: Node | None) -> Type | None:
        """The type that is written."""
        if node is None:
            return None
        if self._depth > MAX_DEPTH:
            self._cuts += 1
            return None
        self._depth += 1
        try:
            return self._written_type(file, node)
        finally:
            self._depth -= 1

    def _written_type(self, file: SwiftFile, node: Node) -> Type | None:
        kind = node.type
        inside = [each for each in node.named_children if each.type in tree.WRITTEN_TYPES]
        if kind == "user_type":
            return self._user_type(file, node, len(node.named_children))
        if kind == "type_identifier":
            return self._named_type(file, node.start_byte, tree.text(node), ())
        if kind == "optional_type":
            return optional(self.written(file, inside[0])) if inside else None
        if kind == "array_type":
            return array(self.written(file, inside[0])) if inside else None
        if kind == "dictionary_type":
            return Library("Dictionary", tuple(self.written(file, each) for each in inside))
        if kind == "tuple_type":
            items = [each for each in node.named_children if each.type == "tuple_type_item"]
            if len(items) == 1:
                return self.written(file, tree.written_in(items[0]))
            labels = tuple(
                next((tree.text(each) for each in item.named_children if each.type == "simple_identifier"), "")
                for item in items
            )
            return Tuple(tuple(self.written(file, tree.written_in(item)) for item in items), labels)
        if kind == "function_type":
            listed = node.child_by_field_name("params")
            taken = (
                [each for each in listed.named_children if each.type == "tuple_type_item"] if listed is not None else []
            )
            result = inside[-1] if inside and (listed is None or inside[-1].id != listed.id) else None
            return Function(
                tuple(self.written(file, tree.written_in(each)) for each in taken), self.written(file, result)
            )
        if kind == "protocol_composition_type":
            return Joint(tuple(t for each in inside if (t := self.written(file, each)) is not None))
        if kind in {"opaque_type", "existential_type", "metatype"} and inside:
            return self.written(file, inside[-1])
        return None

    def _user_type(self, file: SwiftFile, node: Node, end: int) -> Type | None:
        """The type of the first parts of a qualified name."""
        found: Type | None = None
        is_first = True
        children = node.named_children[:end]
        for n, each in enumerate(children):
            if each.type != "type_identifier":
                continue
            behind = children[n + 1] if n + 1 < len(children) and children[n + 1].type == "type_arguments" else None
            listed = [a for a in behind.named_children if a.type in tree.WRITTEN_TYPES] if behind is not None else []
            arguments = tuple(self.written(file, a) for a in listed)
            name = tree.text(each)
            if is_first:
                found = self._named_type(file, each.start_byte, name, arguments)
            elif name in {"Type", "Protocol"}:
                found = Meta(found) if found is not None else None
            elif found == Library("Swift") or (isinstance(found, Library) and self._is_module(found.name)):
                tops = [s for s in self.symbols(name) if self._kind(s) in NOMINAL | {"type"} and
                        isinstance(found, Library) and self.modules.of(s[0])[1] == found.name]  # fmt: skip
                found = self.type_of_symbol(tops[0], arguments) if tops else Library(name, arguments)
            elif found is not None:
                found = self.type_member(found, name, arguments, file)
            is_first = False
        return found

    def _is_module(self, name: str) -> bool:
        return any(self.modules.of(path)[1] == name for path, _ in self._all_paths())

    def _all_paths(self) -> Iterator[Symbol]:
        catalogue = self.index.catalogue
        return ((path, 0) for at, path in enumerate(catalogue.paths) if catalogue.languages[at] == "swift")

    def _named_type(self, file: SwiftFile, start: int, name: str, arguments: tuple[Type | None, ...]) -> Type | None:
        if name == "Self":
            return self.self_at(file, start)
        found = self.find_type(file, start, name)
        if isinstance(found, Parameter):
            return found
        if found:
            of = self.type_of_symbol(found[0], arguments)
            if isinstance(of, Dependent) and isinstance(of.base, Parameter):
                here = self.self_at(file, start)  # an associated type of what is around
                return self.simplified(Dependent(here, name)) if here is not None else of
            return of
        around = self.self_at(file, start)
        if (
            around is not None
            and name in library.ASSOCIATED
            and (own := self.type_member(around, name, (), file)) is not None
        ):
            return own
        return UNIT if name == "Void" else Library(library.ALIASES.get(name, name), arguments)

    def type_of_symbol(self, of: Symbol, arguments: tuple[Type | None, ...] = ()) -> Type | None:
        """An object of a type; what an alias stands for."""
        file = self.swift_file(of[0])
        kind = self._kind(of)
        if file is None or kind not in TYPES | {"type"}:
            return None
        if kind == "extension":
            return self.extended(of)
        if kind != "type":
            own = self.parameters(of)
            return Named(*of, arguments or own)
        node = file.declaration(of[1])
        if node is None:
            return None
        if node.type == "associatedtype_declaration":
            parent = file.facts.parent(of[1])
            return Dependent(Parameter(of[0], file.name_start(parent)), file.facts.symbol_name(of[1]))
        if of in self._aliases:
            return None
        self._aliases.add(of)
        try:
            value = self.written(file, tree.written_in(node))
        finally:
            self._aliases.discard(of)
        given: Bound = dict(zip(self.parameters(of), arguments, strict=False))
        return self.simplified(bound(value, given)) if given else value

    def self_at(self, file: SwiftFile, start: int) -> Type | None:
        """What `Self` is at a place."""
        for number in file.around(start):
            if file.kind(number) in TYPES and file.kind(number) != "type":
                return self.self_type((file.path, number))
        return None

    def self_type(self, of: Symbol) -> Type | None:
        """What `Self` is in a type, a protocol or an extension."""
        kind = self._kind(of)
        file = self.swift_file(of[0])
        if file is None:
            return None
        if kind == "extension":
            extended = self.extended(of)
            if isinstance(extended, Library):
                return LibrarySelf(extended.name)
            if isinstance(extended, Named) and self._kind((extended.path, extended.number)) == "protocol":
                return self.self_type((extended.path, extended.number))
            return extended
        of = (of[0], file.first_like(of[1]))
        if kind == "protocol":
            return Parameter(of[0], file.name_start(of[1]))
        return Named(*of, self.parameters(of))

    def extended(self, of: Symbol) -> Type | None:
        """The type that an extension extends."""
        if of not in self._extended:
            self._extended[of] = None
            file = self.swift_file(of[0])
            if file is not None:
                name = file.facts.symbol_name(of[1])
                if name.startswith("["):
                    name = "Dictionary" if ":" in name else "Array"
                name = "Optional" if name.endswith("?") else name
                first, *rest = [part.partition("<")[0].strip() for part in name.split(".")]
                tops = [each for each in self.top(file, first) if self._kind(each) in TYPES]
                found = self.type_of_symbol(tops[0]) if tops else Library(first)
                for n, part in enumerate(rest):
                    is_module = n == 0 and isinstance(found, Library)
                    inner = self.top(file, part) if is_module else []
                    if is_module:
                        found = self.type_of_symbol(inner[0]) if inner else Library(part)
                    else:
                        found = self.type_member(found, part, (), file) if found is not None else None
                self._extended[of] = found
        return self._extended[of]

    # -- what types are derived from and have: see types.py ----------------------------------------------------------

    @abstractmethod
    def constraints_at(self, file: SwiftFile, start: int) -> Iterator[tuple[Type, Type, bool]]:
        """What `where` says around a place: something, what it is or is derived from, and which of both."""

    @abstractmethod
    def inner_types(self, of: Type, name: str, file: SwiftFile | None = None, start: int = 0) -> list[Symbol]:
        """The types of a name in something: nested ones, aliases, associated types."""

    @abstractmethod
    def type_member(
        self, of: Type, name: str, arguments: tuple[Type | None, ...] = (), file: SwiftFile | None = None
    ) -> Type | None:
        """A type inside of another, with what the other's parameters stand for."""

    @abstractmethod
    def simplified(self, of: Type | None) -> Type | None:
        """The same with associated types of what is known worked out."""


def names_parameter(file: SwiftFile, parameter: Parameter, name: str) -> bool:
    """Whether a type parameter bears a name."""
    end = parameter.start + len(name.encode())
    behind = file.content[end : end + 1]
    return file.content.startswith(name.encode(), parameter.start) and not (behind.isalnum() or behind == b"_")
