"""What names mean in Swift: members wherever extensions declare them, `.case` by what is expected where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.swift import tree
from repoagent_indexers.resolve.swift.expected import SwiftExpected
from repoagent_indexers.resolve.swift.terms import Library, Meta, Named, Parameter, Type, unwrapped
from repoagent_indexers.resolve.swift.tree import SwiftFile
from repoagent_indexers.resolve.swift.types import Candidate
from repoagent_indexers.resolve.swift.written import Symbol
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TYPES, TreeFile
from repoagent_indexers.resolve.typed.terms import Thing

if TYPE_CHECKING:
    from tree_sitter import Node


class SwiftResolver(SwiftExpected):
    """See `meaning.Resolver`."""

    def file(self, path: str) -> TreeFile | None:
        if path not in self._files:
            facts = self.index.facts_of(path)
            source = self.index.source(path) if facts is not None and not facts.problem else None
            is_ours = facts is not None and source is not None and source.language in self.languages
            self._files[path] = (
                SwiftFile(path, source.language, source.content, facts) if is_ours and source and facts else None
            )
        return self._files[path]

    def same(self, place: Place, name: str) -> frozenset[Place]:  # noqa: ARG002
        """The places of a symbol; of a function those of its overloads too, as in other languages."""
        file = self.swift_file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or number is None:
            return frozenset({place})
        own, bare = self.same_as(file, number), file.facts.symbol_name(number).strip("`")
        if file.kind(number) not in FUNCTIONS:
            return own
        parent = file.facts.parent(number)
        if parent < 0:
            alike = [each for each in self.top(file, bare) if self.is_called(each)]
            return own | self._places(alike)
        for members in self._owned_by(bare).values():
            symbols = [symbol for symbol, _ in members if self.is_called(symbol)]
            if (file.path, number) in symbols:
                return own | self._places(symbols)
        return own

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        for path in paths:
            file = self.swift_file(path)
            for node in file.occurrences(name) if file is not None else ():
                place = Place(path, node.start_byte)
                if file is None or place in targets or self._defines(file, node):
                    continue
                found = self.mean(file, node)
                if found is None and name != "init":  # which every type has
                    is_member = any(self.is_member(target) for target in targets)
                    found = Meaning(targets, "by name only") if is_member == _is_behind_dot(node) else None
                if found is not None and not found.places.isdisjoint(targets):
                    yield place, found

    def _defines(self, file: SwiftFile, node: Node) -> bool:
        number = file.numbers.get(node.start_byte)
        return number is not None and file.kind(number) != "extension"

    def _all_same(self, file: TreeFile, number: int) -> frozenset[Place]:
        """The places of a symbol: the same one in another branch of `#if`; of an extension those of its type."""
        if file.kind(number) == "extension":
            of = self.extended((file.path, number))
            own = frozenset({Place(file.path, file.name_start(number))})
            return self._places([(of.path, of.number)]) if isinstance(of, Named) else own
        like = file.like(number) if isinstance(file, SwiftFile) else [number]
        return frozenset(Place(file.path, file.name_start(n)) for n in like)

    # -- what a name means ----------------------------------------------------------------------------------------

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        del file, node
        return found

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        if not isinstance(file, SwiftFile):
            return None
        self._depth = 0
        name = tree.text(node)
        number = file.numbers.get(node.start_byte)
        parent = node.parent
        if number is not None and file.kind(number) != "extension":
            return Meaning(self.same_as(file, number), "resolved")
        if number is not None:
            return self._extended_name(file, number, node)
        if parent is None or node.type not in tree.NAMES:
            return OUTSIDE if node.type in {"self_expression", "super_expression"} else None
        if parent.type == "user_type" or node.type == "type_identifier":
            return self._type_name(file, node, name)
        if parent.type == "navigation_suffix" and parent.parent is not None:
            target = parent.parent.child_by_field_name("target")
            return self._member(file, node, self.receiver(file, target) if target is not None else None, name)
        if parent.type == "prefix_expression" and parent.children[0].type == ".":
            return self._implicit(file, node, parent, name)
        if (
            parent.type == "pattern"
            and (case := self.case_name(parent)) is not None
            and case.start_byte == node.start_byte
        ):
            return self._case_name(file, node, self.pattern_type(file, parent), name)
        if parent.type == "pattern" and parent.children[0].type == ".":
            return self._case_name(file, node, self.pattern_type(file, parent), name)
        if parent.type in tree.CONDITIONS and node.prev_sibling is not None and node.prev_sibling.type == ".":
            return self._case_in_condition(file, node, name)
        if parent.type == "value_argument_label":
            return self._label(file, node, name)
        if _is_label(node, parent):
            return OUTSIDE
        if parent.type == "identifier":
            return self._qualified(file, node, parent, name)
        return self._bare_name(file, node, name)

    def _extended_name(self, file: SwiftFile, number: int, node: Node) -> Meaning | None:
        """What the name behind `extension` means."""
        whole = file.facts.symbol_name(number)
        if "." in whole:
            written = node.parent
            return self._type_name(file, node, tree.text(node)) if written is not None else None
        found = self.extended((file.path, number))
        if isinstance(found, Named):
            return Meaning(self._places([(found.path, found.number)]), "resolved")
        tops = [each for each in self.top(file, whole) if self._kind(each) == "type"]
        return Meaning(self._places(tops), "resolved") if tops else OUTSIDE

    def _places(self, symbols: Iterable[Symbol]) -> frozenset[Place]:
        found: set[Place] = set()
        for path, number in symbols:
            file = self.swift_file(path)
            if file is not None:
                found |= self.same_as(file, number)
        return frozenset(found)

    def _meant(self, candidates: list[Candidate]) -> Meaning:
        symbols = list(dict.fromkeys((each.path, each.number) for each in candidates))
        places = self._places(symbols)
        return Meaning(
            places, "resolved" if len(symbols) == 1 or len(places) == len(self._places(symbols[:1])) else "probable"
        )

    def _label(self, file: SwiftFile, node: Node, name: str) -> Meaning:
        """What the label of an argument means: a property, where a struct is made of its properties."""
        argument = node.parent.parent if node.parent is not None else None
        value = argument.child_by_field_name("value") if argument is not None else None
        call = tree.call_around(value) if value is not None else None
        made = self.made_of_fields(file, call) if call is not None else None
        found = self.candidates(made, name, file, node.start_byte) if isinstance(made, Named) else []
        fields = [each for each in found if self._kind((each.path, each.number)) == "property"]
        return Meaning(self._places((each.path, each.number) for each in fields[:1]), "resolved") if fields else OUTSIDE

    def _type_name(self, file: SwiftFile, node: Node, name: str) -> Meaning | None:
        """What a part of the name of a type means."""
        parent = node.parent
        if parent is not None and parent.type in {"user_type", "key_path_expression"}:
            before = [
                each
                for each in parent.named_children
                if each.type == "type_identifier" and each.end_byte <= node.start_byte
            ]
            if before:
                if name in {"Type", "Protocol", "self"}:
                    return OUTSIDE
                place = parent.named_children.index(
                    next(e for e in parent.named_children if e.start_byte == node.start_byte)
                )
                around = (
                    self._user_type(file, parent, place)
                    if parent.type == "user_type"
                    else self._key_path_root(file, parent)
                )
                return self._inner_type(file, node, around, name)
        if name in {"Self", "Any"}:
            return OUTSIDE
        found = self.find_type(file, node.start_byte, name)
        if isinstance(found, Parameter):
            return Meaning(frozenset({Place(found.path, found.start)}), "resolved")
        if found:
            return Meaning(self._places(found), "resolved" if len(found) == 1 else "probable")
        around = self.self_at(file, node.start_byte)
        if (
            around is not None
            and name not in _PLAIN
            and not self.is_plain(around, file, node.start_byte)
            and self.symbols(name)
        ):
            return None
        return OUTSIDE

    def _inner_type(self, file: SwiftFile, node: Node, around: Type | None, name: str) -> Meaning | None:
        if around is None:
            return self._only_type(file, name)
        if isinstance(around, Library) and (around.name == "Swift" or self._is_module(around.name)):
            tops = [each for each in self.symbols(name) if self.modules.of(each[0])[1] == around.name and
                    self._kind(each) in TYPES | {"type"} and self._kind(each) != "extension"]  # fmt: skip
            return Meaning(self._places(tops), "resolved") if tops else OUTSIDE
        found = self.inner_types(around, name, file, node.start_byte)
        if found:
            return Meaning(self._places(found), "resolved" if len(found) == 1 else "probable")
        if isinstance(around, Named):
            for each in self.parameters((around.path, around.number)):
                where = self.file(each.path)
                if where is not None and (leaf := where.node_at(each.start)) is not None and where.text(leaf) == name:
                    return Meaning(frozenset({Place(each.path, each.start)}), "resolved")
        return OUTSIDE if isinstance(around, Library) else None

    def _only_type(self, file: SwiftFile, name: str) -> Meaning | None:
        found = [
            each
            for each in self.symbols(name)
            if self._kind(each) in TYPES | {"type"} and self._kind(each) != "extension"
        ]
        seen = [each for each in found if self.modules.sees(file, each[0])]
        return Meaning(self._places(seen), "probable") if len(seen) == 1 else None

    def _qualified(self, file: SwiftFile, node: Node, parent: Node, name: str) -> Meaning | None:
        """What a part of `Base.Element` in a `where`, or of an import, means."""
        if parent.parent is not None and parent.parent.type == "import_declaration":
            return OUTSIDE
        names = [each for each in parent.named_children if each.type in tree.NAMES and each.end_byte <= node.start_byte]
        if not names:
            return self._type_name(file, node, name)
        around: Type | None = self._named_type(file, names[0].start_byte, tree.text(names[0]), ())
        for each in names[1:]:
            around = self.type_member(around, tree.text(each), (), file) if around is not None else None
        return self._inner_type(file, node, around, name)

    def _member(self, file: SwiftFile, node: Node, base: Type | None, name: str) -> Meaning | None:
        if name in {"self", "Type"} or name.isdigit():
            return OUTSIDE
        if base is None:
            return self._likely(file, node, name)
        inner = base.of if isinstance(base, Meta) else base
        if isinstance(base, Meta) and isinstance(inner, Library) and self._is_module(inner.name):
            tops = [each for each in self.symbols(name) if self.modules.of(each[0])[1] == inner.name]
            tops = [
                each for each in tops if (f := self.swift_file(each[0])) is not None and f.facts.parent(each[1]) < 0
            ]
            if tops:
                return self._meant(
                    self.choose(file, tree.call_of(node), [Candidate(*t, (0, 0), None, None) for t in tops])
                )
        found = self.chosen_members(file, node, base, name)
        if found:
            return self._meant(found)
        of = unwrapped(inner)
        if of is None:
            return self._likely(file, node, name)
        if self.candidates(of, name, file, node.start_byte) and not isinstance(of, Library):
            return Meaning(
                self._places((c.path, c.number) for c in self.candidates(of, name, file, node.start_byte)), "probable"
            )
        if not self.is_in_scope(of, file, node.start_byte):
            return self._likely(file, node, name)
        return OUTSIDE if self.is_plain(of, file, node.start_byte) or isinstance(of, Library) else None

    def _likely(self, file: SwiftFile, node: Node, name: str) -> Meaning | None:
        """What a member of something unknown is likely to be: the only one of its name that a file sees."""
        found = []
        for path, number in self.symbols(name):
            where = self.swift_file(path)
            parent = where.facts.parent(number) if where is not None else -1
            if where is None or parent < 0 or where.kind(parent) not in TYPES or not self.modules.sees(file, path):
                continue
            if where.is_private(number) and path != file.path:
                continue
            found.append(Candidate(path, number, (0, 0), None, None))
        call = tree.call_of(node)
        if name in _COMMON_MEMBERS or len(found) > 12:
            return None
        chosen = self.choose(file, call, found) if call is not None else found
        symbols = [(each.path, each.number) for each in chosen]
        return Meaning(self._places(symbols), "probable") if len(symbols) == 1 else None

    def _implicit(self, file: SwiftFile, node: Node, prefix: Node, name: str) -> Meaning | None:
        if found := self.implicit_members(file, prefix):
            return self._meant(found)
        whole = prefix
        if whole.parent is not None and whole.parent.type == "call_expression":
            whole = whole.parent
        wanted = unwrapped(self.wanted(file, whole))
        if wanted is not None and not self.is_in_scope(wanted, file, node.start_byte):
            wanted = None
        if isinstance(wanted, Library) or name in {"none", "some", "init"}:
            return OUTSIDE if isinstance(wanted, Library) or name != "init" else None
        return self._likely(file, node, name) if wanted is None else None

    def _case_name(self, file: SwiftFile, node: Node, whole: Type | None, name: str) -> Meaning | None:
        """What the name of a case in a pattern means."""
        if whole is None:
            return self._likely(file, node, name)
        for of in (whole, unwrapped(whole)):
            if of is None:
                continue
            found = self.candidates(of, name, file, node.start_byte)
            static = [c for c in found if (w := self.swift_file(c.path)) is not None and w.is_static(c.number)]
            if static:
                return self._meant(self.nearest(static))
        return OUTSIDE

    def _case_in_condition(self, file: SwiftFile, node: Node, name: str) -> Meaning | None:
        dot = node.prev_sibling
        before = dot.prev_sibling if dot is not None else None
        if before is not None and before.type in tree.WRITTEN_TYPES | {"type_identifier", "simple_identifier"}:
            return self._case_name(file, node, self.written(file, before), name)
        at: Node | None = node
        depth = 0
        while at is not None and at.type != "=":
            depth += at.type == "("
            at = at.next_sibling
        value = at.next_sibling if at is not None else None
        return self._case_name(file, node, self.value(file, value), name)

    def _bare_name(self, file: SwiftFile, node: Node, name: str) -> Meaning | None:
        if name in {"self", "super"} or name.startswith("$"):
            return OUTSIDE
        if name == "Self":
            return self._own_type(file, node)
        looked = self.look_up(file, node, name)
        local = looked.local
        while local is not None and _is_shorthand(local.node):  # `if let name` means the outer one
            outer = self.look_up(file, local.node, name, skip=local.start)
            if outer.local is None and not outer.candidates:
                break
            looked, local = outer, outer.local
        if looked.local is not None:
            return Meaning(frozenset({Place(file.path, looked.local.start)}), "resolved")
        if looked.parameter is not None:
            return Meaning(frozenset({Place(looked.parameter.path, looked.parameter.start)}), "resolved")
        if looked.candidates:
            return self._meant(list(looked.candidates))
        if (call := tree.call_of(node)) is not None and name[:1].isupper():  # made by an initialiser of an extension
            is_told = any(each.label for each in tree.arguments_of(call))
            makers = self.candidates(Library(name), "init", file, node.start_byte) if is_told else []
            if chosen := self.choose(file, call, makers):
                return self._meant(chosen)
        around = self.self_at(file, node.start_byte)
        if around is None or self.is_plain(around, file, node.start_byte):
            return OUTSIDE
        return OUTSIDE if not self.symbols(name) or name in _PLAIN else None

    def _own_type(self, file: SwiftFile, node: Node) -> Meaning:
        """What `Self(...)` means: the initialiser that is called."""
        of, call = self.self_at(file, node.start_byte), tree.call_of(node)
        makers = self.candidates(of, "init", file, node.start_byte) if of is not None and call is not None else []
        chosen = self.choose(file, call, makers)
        return self._meant(chosen) if chosen else OUTSIDE

    # -- what renames ask for ---------------------------------------------------------------------------------------

    def lineage(self, of: Thing) -> list[Thing]:
        own = self._thing_type(of)
        line = self.line(own) if own is not None else {}
        found = [key for key in line if isinstance(key, tuple) and key != (of.path, of.number)]
        return [Thing(path, number, is_static=False) for path, number in found]

    def bases(self, of: Thing) -> list[Thing]:
        own = self._thing_type(of)
        found = [self.key(each) for each in self.supers(own, None, 0)] if own is not None else []
        return [Thing(*key, is_static=False) for key in found if isinstance(key, tuple)]

    def _thing_type(self, of: Thing) -> Type | None:
        return self.type_of_symbol((of.path, of.number)) if self._kind((of.path, of.number)) in TYPES else None

    def types_around(self, file: TreeFile, start: int) -> Iterator[Thing]:
        """The types around a place, an extension as the type that it extends."""
        for each in super().types_around(file, start):
            found = self.extended((each.path, each.number)) if self.kind_of(each) == "extension" else None
            yield Thing(found.path, found.number, is_static=False) if isinstance(found, Named) else each

    def has_base_outside(self, of: Thing) -> bool:
        return not self.knows_bases(of)

    def knows_bases(self, of: Thing) -> bool:
        own = self._thing_type(of)
        return own is not None and self.is_plain(own, None, 0)


def _is_shorthand(name: Node) -> bool:
    """Whether a name is bound to what it means outside: `if let name`."""
    parent = name.parent
    return parent is not None and parent.type in tree.CONDITIONS and tree.value_behind(name) is None


def _is_behind_dot(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    return parent.type == "navigation_suffix" or (parent.type == "prefix_expression" and parent.children[0].type == ".")


def _is_label(node: Node, parent: Node) -> bool:
    """Whether a word is the label of an argument, or names a parameter in a type."""
    if parent.type in {
        "value_argument_label",
        "tuple_type_item",
        "enum_type_parameters",
        "call_suffix",
        "capture_list_item",
    }:
        return parent.type != "capture_list_item" or False
    if parent.type == "parameter":
        return tree.field_of(node) == "external_name"
    if parent.type == "tuple_expression":
        return tree.field_of(node) == "name"
    behind = node.next_sibling
    return parent.type in tree.CONDITIONS | {"pattern"} and behind is not None and behind.type == ":"


_PLAIN = frozenset("Element Index Iterator SubSequence Indices print min max zip".split())
_COMMON_MEMBERS = frozenset(
    "append count first last map filter forEach isEmpty contains description init index start end value name key "
    "startIndex endIndex insert remove removeAll reduce sorted flatMap compactMap joined split prefix suffix some none "
    "success failure rawValue hash encode decode next self".split()
)
