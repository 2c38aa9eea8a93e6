"""Where names come from in Rust: modules of crates, what `use` brings into them, and traits.

A module is a symbol `mod name`, and what is in it stands behind the symbol or in a file of its own; a crate is its
first file. A name in a module is one that the module defines, one that it uses, or one of a module that it uses whole.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.reading.facts import SYMBOL_WIDTH
from repoagent_indexers.resolve import rust
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.terms import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from repoagent_indexers.resolve.typed.resolver import TypedResolver

Entity = tuple[str, int]
"""Path and number of a symbol; -1 for a crate."""
Found = list[Entity] | None
"""None for something from outside."""

Seen = frozenset[tuple[Entity, str, frozenset[str]]]
"""What is being looked for, so that a circle of uses ends."""

_MAX_MANIFEST = 1 << 20
_PATHS = NAMESPACES | TYPES
_MACROS = frozenset({"macro"})
_VALUES = FUNCTIONS | {"constant", "variable", "struct", "member", "test"}
_ANY: frozenset[str] = frozenset()
_PRIMITIVES = frozenset("u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char str".split())
_OF_PRIMITIVES = frozenset(
    "MAX MIN BITS EPSILON INFINITY NEG_INFINITY NAN RADIX DIGITS MANTISSA_DIGITS default from try_from from_str "
    "from_str_radix from_be_bytes from_le_bytes from_ne_bytes from_bits from_u32 from_digit from_utf8 max min "
    "max_value min_value new clone eq cmp partial_cmp hash fmt to_string parse pow abs".split()
)
"""What they have by themselves, or by the traits of the standard library."""
_FOLDERS = ("src/bin/", "tests/", "examples/", "benches/")
_LIBRARY = re.compile(r"^\[lib\][^\[]*", re.M)
_NAME = re.compile(r"^\s*name\s*=\s*\"([\w-]+)\"", re.M)
_PATH = re.compile(r"^\s*path\s*=\s*\"([^\"\n]+\.rs)\"", re.M)
_OTHERWISE = re.compile(rb"\s*#\s*\[\s*cfg\(\s*not\(\s*feature\b")
_AT = re.compile(rb"#\s*\[\s*(?:cfg_attr\([^\]]*?,\s*)?path\s*=\s*\"([^\"\n]+)\"")


@dataclass(frozen=True, slots=True)
class _Use:
    """One name that a `use` brings into a module."""

    parts: tuple[str, ...]
    alias: str
    """"*" for all that `parts` holds."""
    first: int
    last: int
    """The lines of the function in which it holds; 0 and 0 for all of the module."""
    is_otherwise: bool
    """Whether it holds only where something is not: `#[cfg(not(feature = "std"))]`."""


class Crates(Outer):
    """See `Outer`."""

    def __init__(self, resolver: TypedResolver) -> None:
        super().__init__(resolver)
        self._uses: dict[Entity, list[_Use]] = {}
        self._parents: dict[str, Entity | None] = {}
        self._declaring: dict[str, Entity] = {}
        """File -> the symbol `mod name;` that brings it in."""
        self._inside: dict[Entity, Entity | None] = {}
        self._known: dict[tuple[Entity, str, frozenset[str]], Found] = {}
        self._macros_named: dict[str, list[Entity]] = {}

    # -- Outer ----------------------------------------------------------------------------------------------------

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        del name
        if (parts := rust.imported_by(node)) is not None:
            followed = file.content.startswith(b"::", node.end_byte)
            return self._meaning(self.resolve(file, node.start_byte, parts, _PATHS if followed else _ANY))
        at: Node | None = node
        while at is not None and not at.type.endswith(("block", "_item", "_list")):
            if at.type in {"attribute", "lifetime", "label"}:
                return OUTSIDE
            at = at.parent
        if at is not None and at.type == "attribute_item":
            return OUTSIDE
        parts = rust.path_to(node)
        if len(parts) == 1 and not _is_followed(file, node):
            return None
        if not parts or parts[0] == "Self" or not parts[0] or self._is_parameter(file, node, parts[0]):
            return None
        found = self.resolve(file, node.start_byte, parts, self._wanted(file, node))
        if found is None and len(parts) == 2 and parts[0] in _PRIMITIVES and parts[1] not in _OF_PRIMITIVES:
            return self.resolver.alone(file, parts[1]) or OUTSIDE
        return self._meaning(found) if found != [] else None

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        wanted = self._wanted(file, node)
        found = self.resolve(file, node.start_byte, (name,), wanted)
        if not found and wanted == _MACROS:
            found = self._macro(file, node, name)
        return self._meaning(found)

    def imported(self, file: TreeFile) -> frozenset[str]:
        found: set[str] = set()
        for scope in [(file.path, -1), *((file.path, n) for n in self._modules(file))]:
            for use in self.uses_in(scope):
                found.update(path for path, _ in self._resolve(scope, use.parts, _ANY, frozenset(), 0) or ())
        return frozenset(found - {file.path})

    def _meaning(self, found: Found) -> Meaning:
        places = {self.resolver.place(path, number) for path, number in found or () if number >= 0}
        return Meaning(frozenset(places), "resolved") if places else OUTSIDE

    def _is_parameter(self, file: TreeFile, node: Node, name: str) -> bool:
        """Whether a path begins with a type parameter."""
        seen = file.seen(node.start_byte, name)
        return any(each.number < 0 and each.node.type == "type_identifier" for each in seen)

    def _wanted(self, file: TreeFile, node: Node) -> frozenset[str]:
        """The kinds of symbols that a name may mean where it stands."""
        if _is_followed(file, node):
            return _PATHS
        if rust.is_macro(file.content, node):
            return _MACROS
        return TYPES if node.type == "type_identifier" else _VALUES

    # -- paths ----------------------------------------------------------------------------------------------------

    def resolve(self, file: TreeFile, start: int, parts: tuple[str, ...], kinds: frozenset[str]) -> Found:
        """What a path means at a place of a file."""
        for around in file.around(start) if len(parts) > 1 or parts[0] != "self" else ():
            if file.kind(around) in NAMESPACES:
                break
            wanted = _PATHS if len(parts) > 1 else kinds
            inside = file.children(around) if file.kind(around) in FUNCTIONS else ()
            own = [n for n in inside if file.kind(n) in wanted and not file.scope_text(n)]  # no type of an `impl`
            if nested := [(file.path, n) for n in own if file.facts.symbol_name(n) == parts[0]]:
                return self._along(nested, list(parts[1:]), kinds, frozenset())
        line = file.content.count(b"\n", 0, start) + 1
        return self._resolve(self.scope_at(file, start), parts, kinds, frozenset(), line)

    def scope_at(self, file: TreeFile, start: int) -> Entity:
        """The innermost module around a place."""
        return next(((file.path, n) for n in file.around(start) if file.kind(n) in NAMESPACES), (file.path, -1))

    def _resolve(self, scope: Entity, parts: tuple[str, ...], kinds: frozenset[str], seen: Seen, line: int) -> Found:
        rest = list(parts)
        here: Found = [scope]
        while rest and rest[0] in {"self", "super", "crate", "$crate"}:
            word = rest.pop(0)
            if word == "super":
                scope = self._parent(scope) or scope
            elif word != "self":
                scope = self._root(scope)
            here = [scope]
        if len(rest) == len(parts) and rest:
            name = rest.pop(0)
            here = self.find(scope, name, _PATHS if rest else kinds, seen, line)
            if here == [] and (rest or not kinds or kinds == _PATHS) and name in self._libraries:
                here = [(self._libraries[name], -1)]
            is_path = bool(rest) or kinds in {_PATHS, _ANY} or not line
            if here == [] and is_path and (older := self._older(scope, name, _PATHS if rest else kinds, seen)):
                here = older
            if not here:
                return None
        return self._along(here, rest, kinds, seen)

    def _along(self, here: Found, rest: list[str], kinds: frozenset[str], seen: Seen) -> Found:
        """What the rest of a path means, behind what its beginning means."""
        while rest and here:
            name = rest.pop(0)
            inner = [self._in(each, name, _PATHS if rest else kinds, seen) for each in here]
            here = None if all(each is None for each in inner) else [e for each in inner for e in each or ()]
        return here

    def _older(self, scope: Entity, name: str, kinds: frozenset[str], seen: Seen) -> Found:
        """A path of the edition of 2015, which begins at the crate."""
        root = self._root(scope)
        return self.find(root, name, kinds, seen) if root != scope and kinds != _VALUES else []

    def _in(self, of: Entity, name: str, kinds: frozenset[str], seen: Seen) -> Found:
        """What a name means in a module, or behind a type."""
        file = self.resolver.file(of[0])
        if file is None:
            return []
        if of[1] < 0 or file.kind(of[1]) in NAMESPACES:
            inside = self._behind(of)
            return self.find(inside, name, kinds, seen) if inside is not None else []
        found: list[Entity] = []
        for place in self.resolver.members(Thing(*of, is_static=True), name)[0]:
            where = self.resolver.file(place.path)
            number = where.numbers.get(place.start) if where is not None else None
            found += [(place.path, number)] if number is not None else []
        return found

    def find(self, scope: Entity, name: str, kinds: frozenset[str], seen: Seen, line: int = 0) -> Found:
        """What a name means in a module; from a line of it, also by what the function there uses."""
        if line or seen:
            return self._find(scope, name, kinds, seen, line)
        key = (scope, name, kinds)
        if key not in self._known:
            self._known[key] = self._find(scope, name, kinds, seen, 0)
        return self._known[key]

    def _find(self, scope: Entity, name: str, kinds: frozenset[str], seen: Seen, line: int) -> Found:
        if (scope, name, kinds) in seen:
            return []
        inner = seen | {(scope, name, kinds)}
        uses = [use for use in self.uses_in(scope) if not use.last or use.first <= line <= use.last]
        near = [use for use in uses if use.last]
        if near and (found := self._used(scope, near, name, kinds, inner)):
            return found
        own = self._own(scope, name, kinds)
        if not own and scope[1] < 0 and scope[0] in self._roots and (not kinds or kinds == _MACROS):
            own = self._exported(scope, name)
        if own and all(self._is_otherwise(*each) for each in own):
            instead = self._used(scope, [use for use in uses if use.alias == name], name, kinds, inner)
            return own if instead == [] else instead
        if own and kinds:
            return own
        if own:  # a name may mean a module, or a type, and a function, or a value, beside it
            spaces = {self._space(each) for each in own}
            more = self._used(scope, [use for use in uses if not use.last and use.alias == name], name, kinds, inner)
            return own + [each for each in more or () if self._space(each) not in spaces]
        return self._used(scope, [use for use in uses if not use.last], name, kinds, inner)

    def _is_otherwise(self, path: str, number: int) -> bool:
        """Whether a definition holds only where something is not: `#[cfg(not(feature = "std"))]`."""
        file = self.resolver.file(path)
        return file is not None and _OTHERWISE.match(file.content, file.span(number)[0]) is not None

    def _space(self, of: Entity) -> int:
        """In which of Rust's spaces of names a symbol is."""
        file = self.resolver.file(of[0])
        kind = file.kind(of[1]) if file is not None and of[1] >= 0 else "module"
        return 0 if kind in _PATHS else 1 if kind != "macro" else 2

    def _used(
        self,
        scope: Entity,
        uses: list[_Use],
        name: str,
        kinds: frozenset[str],
        seen: Seen,
    ) -> Found:
        for is_otherwise in (False, True):
            those = [use for use in uses if use.alias == name and use.is_otherwise == is_otherwise]
            named = [self._resolve(scope, use.parts, kinds, seen, 0) for use in those]
            if found := [each for entities in named for each in entities or ()]:
                return found
            if None in named:
                return None
        for use in uses:
            if use.alias == "*":
                for entity in self._resolve(scope, use.parts, _PATHS, seen, 0) or ():
                    if found := self._in(entity, name, kinds, seen) or []:
                        return found
        return []

    def _own(self, scope: Entity, name: str, kinds: frozenset[str]) -> list[Entity]:
        """The symbols of a name that a module defines."""
        file = self.resolver.file(scope[0])
        return [
            (scope[0], number) for number in (file.named(name) if file is not None else ())
            if file is not None and file.facts.parent(number) == scope[1] and not file.scope_text(number)
            and (not kinds or file.kind(number) in kinds)
        ]  # fmt: skip

    def _exported(self, root: Entity, name: str) -> list[Entity]:
        """The macros of a name that a crate hands out, wherever in it they stand."""
        return [each for each in self._macros(name) if self._is_exported(*each) and self._root((each[0], -1)) == root]

    def _is_exported(self, path: str, number: int) -> bool:
        """Whether `#[macro_export]` stands on a macro."""
        file = self.resolver.file(path)
        return file is not None and b"macro_export" in file.content[file.span(number)[0] : file.name_start(number)]

    def _macro(self, file: TreeFile, node: Node, name: str) -> list[Entity]:
        """The macros of a name that a place may see: in a module around it, of its crate, handed out by others."""
        found = self._macros(name)
        around = {-1, *file.around(node.start_byte)}
        near = [each for each in found if each[0] == file.path and file.facts.parent(each[1]) in around]
        if near := near or self._in_sight(file.path, found):
            return near
        root = self._root((file.path, -1))
        loose = [each for each in found if each[0] != file.path and self._is_loose(*each)]
        own = [each for each in loose if self._root((each[0], -1)) == root]
        return own or [each for each in loose if self._is_exported(*each)]

    def _in_sight(self, path: str, macros: list[Entity]) -> list[Entity]:
        """Those that stand before `mod name;` of a module around a file: what follows them in the text sees them."""
        for _ in range(20):
            if not macros or self._parent((path, -1)) is None or path not in self._declaring:
                break
            path, module = self._declaring[path]
            file = self.resolver.file(path)
            if file is None:
                break
            around = {-1, *file.around(file.name_start(module))}
            before = [each for each in macros if each[0] == path and each[1] < module]
            if near := [each for each in before if file.facts.parent(each[1]) in around]:
                return near[-1:]
        return []

    def _is_loose(self, path: str, number: int) -> bool:
        """Whether a macro is seen beyond its module: it is handed out, or `#[macro_use]` stands on the module."""
        if self._is_exported(path, number):
            return True
        file = self.resolver.file(path)
        inside = file.facts.parent(number) if file is not None else -1
        module = self._declaring.get(path) if inside < 0 and self._parent((path, -1)) is not None else (path, inside)
        where = self.resolver.file(module[0]) if module is not None else None
        if where is None or module is None:
            return False
        if module[1] < 0:
            return path in self._roots
        return b"macro_use" in where.content[where.span(module[1])[0] : where.name_start(module[1])]

    def _macros(self, name: str) -> list[Entity]:
        if name not in self._macros_named:
            known = [*self.resolver.symbols(name), *self._made_by_macros(name)]
            self._macros_named[name] = [
                each for each in dict.fromkeys(known)
                if (file := self.resolver.file(each[0])) is not None and file.kind(each[1]) == "macro"
            ]  # fmt: skip
        return self._macros_named[name]

    def _made_by_macros(self, name: str) -> Iterator[Entity]:
        """The symbols of a name in files where calls of macros may define macros."""
        index = self.resolver.index
        defining = re.compile(rb"macro_rules!\s*%b\b" % re.escape(name.encode()))
        for position in sorted({*index.mentioning("macro_rules")}.intersection(index.mentioning(name))):
            path = index.catalogue.paths[position]
            source = index.source(path) if index.catalogue.languages[position] == "rust" else None
            if (
                source is not None
                and defining.search(source.content)
                and (file := self.resolver.file(path)) is not None
            ):
                yield from ((path, number) for number in file.named(name))

    def crate_of(self, macro: str, path: str) -> bytes:
        """How a file names the crate of a macro that another defines: what `$crate` means where it is called."""
        first, second = (max((each for each in self._manifests if at.startswith(each)), key=len, default="")
                         for at in (macro, path))  # fmt: skip
        if first == second and not any(path.startswith(f"{first}{each}") for each in _FOLDERS):
            return b"crate"
        named = (name for name, lib in self._libraries.items() if macro.startswith(first) and lib.startswith(first))
        return next(named, "crate").encode()

    def uses_in(self, scope: Entity) -> list[_Use]:
        """What is used in a module, and not in one inside of it."""
        if scope not in self._uses:
            file = self.resolver.file(scope[0])
            self._uses[scope] = []
            if file is not None:
                self._read_uses(file)
        return self._uses[scope]

    def _read_uses(self, file: TreeFile) -> None:
        rows, strings = file.facts.imports, file.facts.strings
        lines, text = file.facts.symbols, file.content.split(b"\n")
        for at in range(0, len(rows), 4):
            module, name, alias = (strings[n] for n in rows[at : at + 3])
            line = rows[at + 3]
            parts = tuple(part for part in module.replace(" ", "").split("::") if part)
            parts = (*parts, *(part for part in name.split("::") if part and name != "*"))
            around = [
                n for n in range(file.facts.n_symbols)
                if lines[n * SYMBOL_WIDTH + 8] <= line <= lines[n * SYMBOL_WIDTH + 9]
            ]  # fmt: skip
            scope = max((n for n in around if file.kind(n) in NAMESPACES), default=file.module_of_line(line))
            function = next((n for n in around if n > scope and file.kind(n) in FUNCTIONS | {"test"}), None)
            at_rows = (0, 0) if function is None else tuple(lines[function * SYMBOL_WIDTH + 8 :][:2])
            above = text[line - 2] if line > 1 else b""
            is_otherwise = _OTHERWISE.match(above) is not None
            use = _Use(parts, "*" if name == "*" else alias, at_rows[0], at_rows[1], is_otherwise)
            self._uses.setdefault((file.path, scope), []).append(use)

    # -- crates and modules ---------------------------------------------------------------------------------------

    @cached_property
    def _manifests(self) -> dict[str, str]:
        """Folder of each package, with its manifest."""
        found = {}
        for path in self.resolver.index.catalogue.paths:
            if path.rpartition("/")[2] == "Cargo.toml":
                try:
                    content = self.resolver.index.repository.read(path, _MAX_MANIFEST)
                except (OSError, RepoAgentError):
                    continue
                found[path[: -len("Cargo.toml")]] = content.decode("utf-8", "replace")
        return found

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(path for path in self.resolver.index.catalogue.paths if path.endswith(".rs"))

    @cached_property
    def _libraries(self) -> dict[str, str]:
        """Name of a crate that others can use -> its first file."""
        found = {}
        for folder, manifest in self._manifests.items():
            table = _LIBRARY.search(manifest)
            name = (_NAME.search(table[0]) if table else None) or _NAME.search(manifest)
            path = _PATH.search(table[0]) if table else None
            first = posixpath.normpath(posixpath.join(folder, path[1] if path else "src/lib.rs"))
            if name and first in self._paths:
                found[name[1].replace("-", "_")] = first
        return found

    @cached_property
    def _roots(self) -> frozenset[str]:
        """The first files of all crates."""
        found = set(self._libraries.values())
        for folder, manifest in self._manifests.items():
            found |= {posixpath.normpath(posixpath.join(folder, each)) for each in _PATH.findall(manifest)}
            found |= {f"{folder}{each}" for each in ("src/lib.rs", "src/main.rs", "build.rs")}
            for path in self._paths:
                for home in _FOLDERS:
                    rest = path.removeprefix(f"{folder}{home}") if path.startswith(f"{folder}{home}") else ""
                    if rest and ("/" not in rest or (rest.count("/") == 1 and rest.endswith("/main.rs"))):
                        found.add(path)
        return frozenset(found & self._paths)

    def _root(self, scope: Entity) -> Entity:
        """The crate of a module."""
        for _ in range(40):
            parent = self._parent(scope)
            if parent is None:
                break
            scope = parent
        return scope

    def _parent(self, scope: Entity) -> Entity | None:
        """The module around a module."""
        file = self.resolver.file(scope[0])
        if file is None:
            return None
        if scope[1] >= 0:
            number = file.facts.parent(scope[1])
            while number >= 0 and file.kind(number) not in NAMESPACES:
                number = file.facts.parent(number)
            return (scope[0], number)
        if scope[0] not in self._parents:
            self._parents[scope[0]] = None
            self._parents[scope[0]] = self._find_parent(scope[0])
        return self._parents[scope[0]]

    def _find_parent(self, path: str) -> Entity | None:
        """The module in which `mod name;` brings in a file."""
        is_root = path in self._roots
        if is_root and not any(f"/{home}" in f"/{path}" for home in _FOLDERS):
            return None
        stem, folder = posixpath.splitext(posixpath.basename(path))[0], posixpath.dirname(path)
        if stem == "mod":
            stem, folder = posixpath.basename(folder), posixpath.dirname(folder)
        near = [f"{folder}/{each}.rs" if folder else f"{each}.rs" for each in ("lib", "main", "mod")]
        near += [f"{folder}.rs", *sorted(each for each in self._roots if posixpath.dirname(each) == folder)]
        above = posixpath.dirname(folder)  # of a module inside of a file: `mod a { mod b; }`
        near += [f"{above}/{each}.rs" for each in ("lib", "main", "mod")] + [f"{above}.rs"]
        for other in dict.fromkeys(near):
            if other in self._paths and other != path:
                for each in [each for each in self._modules_named(other, stem) if self._behind(each) == (path, -1)]:
                    file = self.resolver.file(other)
                    self._declaring[path] = each
                    return (other, file.facts.parent(each[1])) if file is not None else None
        for other, number in self.resolver.symbols(stem) if not is_root else ():
            if self._behind((other, number)) == (path, -1):
                file = self.resolver.file(other)
                self._declaring[path] = (other, number)
                return (other, file.facts.parent(number)) if file is not None else None
        if is_root:
            return None
        near_root = next(((each, -1) for each in near if each in self._roots and each != path), None)
        return self._parent_by_attribute(path) or near_root

    def _parent_by_attribute(self, path: str) -> Entity | None:
        """The module in which `#[path = "file.rs"] mod name;` brings in a file that bears another name."""
        name, folder = posixpath.basename(path).encode(), posixpath.dirname(path)
        for other in sorted(self._paths):
            near = posixpath.dirname(other) in {folder, posixpath.dirname(folder)}
            file = self.resolver.file(other) if near and other.endswith(".rs") and other != path else None
            if file is None or name not in file.content or not _AT.search(file.content):
                continue
            for number in self._modules(file):
                if self._behind((other, number)) == (path, -1):
                    self._declaring[path] = (other, number)
                    return (other, file.facts.parent(number))
        return None

    def _modules(self, file: TreeFile) -> list[int]:
        return [number for number in range(file.facts.n_symbols) if file.kind(number) in NAMESPACES]

    def _modules_named(self, path: str, name: str) -> list[Entity]:
        file = self.resolver.file(path)
        named = [*file.named(name), *file.named(f"r#{name}")] if file is not None else []
        return [(path, number) for number in named if file is not None and file.kind(number) in NAMESPACES]

    def _behind(self, module: Entity) -> Entity | None:
        """Where the contents of a module are: behind its name, or in a file of its own; None when that is not there."""
        if module[1] < 0:
            return module
        if module not in self._inside:
            self._inside[module] = self._find_behind(*module)
        return self._inside[module]

    def _find_behind(self, path: str, number: int) -> Entity | None:
        file = self.resolver.file(path)
        if file is None or file.kind(number) not in NAMESPACES:
            return None
        start, end = file.span(number)
        if b"{" in file.content[file.name_start(number) : end]:
            return (path, number)
        stem, folder = posixpath.splitext(posixpath.basename(path))[0], posixpath.dirname(path)
        said = _AT.search(file.content, start, file.name_start(number))
        around = []
        parent = file.facts.parent(number)
        while parent >= 0:
            around.append(file.facts.symbol_name(parent))
            parent = file.facts.parent(parent)
        written = posixpath.join(folder, *around, said[1].decode("utf-8", "replace")) if said else ""
        elsewhere = (posixpath.normpath(written), -1) if posixpath.normpath(written) in self._paths else None
        if said and b"cfg_attr" not in said[0]:
            return elsewhere
        if stem != "mod" and path not in self._roots:
            folder = posixpath.join(folder, stem)
        home = posixpath.join(folder, *reversed(around), file.facts.symbol_name(number).removeprefix("r#"))
        for each in (f"{home}.rs", f"{home}/mod.rs"):
            if each in self._paths:
                return (each, -1)
        return elsewhere


def _is_followed(file: TreeFile, node: Node) -> bool:
    """Whether a path goes on behind a name."""
    after = file.content[node.end_byte : node.end_byte + 3]
    if not after.startswith(b"::"):
        return False
    outer = node.parent
    return after != b"::<" or (outer is not None and outer.type != "generic_function" and outer.type in rust.GENERICS)
