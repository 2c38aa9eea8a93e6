"""Where names come from in Rust: modules of crates, what `use` brings into them, and traits.

A name in a module is one that the module defines, one that it uses, or one of a module that it uses whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning
from repoagent_indexers.resolve.rust import nodes
from repoagent_indexers.resolve.rust.macro_names import MacroNames
from repoagent_indexers.resolve.rust.modules import Entity, Modules, modules_in
from repoagent_indexers.resolve.rust.uses import Use, Uses, holds_otherwise
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.terms import Thing

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.resolve.typed.resolver import TypedResolver

Found = list[Entity] | None
"""None for something from outside."""

Seen = frozenset[tuple[Entity, str, frozenset[str]]]
"""What is being looked for, so that a circle of uses ends."""

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


class Names(Outer):
    """See `Outer`."""

    def __init__(self, resolver: TypedResolver) -> None:
        super().__init__(resolver)
        self.modules = Modules(resolver)
        self._uses = Uses(resolver)
        self._macros = MacroNames(resolver, self.modules)
        self._known: dict[tuple[Entity, str, frozenset[str]], Found] = {}

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        del name
        if (parts := nodes.imported_by(node)) is not None:
            followed = file.content.startswith(b"::", node.end_byte)
            return self._meaning(self.resolve(file, node.start_byte, parts, _PATHS if followed else _ANY))
        at: Node | None = node
        while at is not None and not at.type.endswith(("block", "_item", "_list")):
            if at.type in {"attribute", "lifetime", "label"}:
                return OUTSIDE
            at = at.parent
        if at is not None and at.type == "attribute_item":
            return OUTSIDE
        parts = nodes.path_to(node)
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
            found = self._macros.seen_from(file, node, name)
        return self._meaning(found)

    def imported(self, file: TreeFile) -> frozenset[str]:
        found: set[str] = set()
        for scope in [(file.path, -1), *((file.path, n) for n in modules_in(file))]:
            for use in self._uses.of(scope):
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
        if nodes.is_macro(file.content, node):
            return _MACROS
        return TYPES if node.type == "type_identifier" else _VALUES

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
                scope = self.modules.parent(scope) or scope
            elif word != "self":
                scope = self.modules.root(scope)
            here = [scope]
        if len(rest) == len(parts) and rest:
            name = rest.pop(0)
            here = self.find(scope, name, _PATHS if rest else kinds, seen, line)
            if here == [] and (rest or not kinds or kinds == _PATHS) and name in self.modules.libraries:
                here = [(self.modules.libraries[name], -1)]
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
        root = self.modules.root(scope)
        return self.find(root, name, kinds, seen) if root != scope and kinds != _VALUES else []

    def _in(self, of: Entity, name: str, kinds: frozenset[str], seen: Seen) -> Found:
        """What a name means in a module, or behind a type."""
        file = self.resolver.file(of[0])
        if file is None:
            return []
        if of[1] < 0 or file.kind(of[1]) in NAMESPACES:
            inside = self.modules.contents(of)
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
        uses = [use for use in self._uses.of(scope) if not use.last or use.first <= line <= use.last]
        near = [use for use in uses if use.last]
        if near and (found := self._used(scope, near, name, kinds, inner)):
            return found
        own = self._own(scope, name, kinds)
        if not own and scope[1] < 0 and scope[0] in self.modules.roots and (not kinds or kinds == _MACROS):
            own = self._macros.exported(scope, name)
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
        return file is not None and holds_otherwise(file.content, file.span(number)[0])

    def _space(self, of: Entity) -> int:
        """In which of Rust's spaces of names a symbol is."""
        file = self.resolver.file(of[0])
        kind = file.kind(of[1]) if file is not None and of[1] >= 0 else "module"
        return 0 if kind in _PATHS else 1 if kind != "macro" else 2

    def _used(
        self,
        scope: Entity,
        uses: list[Use],
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
                    if found := self._taken_whole(entity, self._in(entity, name, kinds, seen) or []):
                        return found
        return []

    def _taken_whole(self, of: Entity, found: list[Entity]) -> list[Entity]:
        """What of these `use Of::*` takes in: of a type its variants, but no functions and no members of traits."""
        file = self.resolver.file(of[0])
        if file is None or of[1] < 0 or file.kind(of[1]) in NAMESPACES:
            return found
        where = ((each, self.resolver.file(each[0])) for each in found)
        return [each for each, at in where if at is not None and at.kind(each[1]) == "member"]

    def _own(self, scope: Entity, name: str, kinds: frozenset[str]) -> list[Entity]:
        """The symbols of a name that a module defines."""
        file = self.resolver.file(scope[0])
        return [
            (scope[0], number) for number in (file.named(name) if file is not None else ())
            if file is not None and file.facts.parent(number) == scope[1] and not file.scope_text(number)
            and (not kinds or file.kind(number) in kinds)
        ]  # fmt: skip


def _is_followed(file: TreeFile, node: Node) -> bool:
    """Whether a path goes on behind a name."""
    after = file.content[node.end_byte : node.end_byte + 3]
    if not after.startswith(b"::"):
        return False
    outer = node.parent
    return after != b"::<" or (outer is not None and outer.type != "generic_function" and outer.type in nodes.GENERICS)
