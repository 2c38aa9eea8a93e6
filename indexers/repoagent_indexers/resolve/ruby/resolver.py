"""What a use of a name means in Ruby: see `meaning.Resolver`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.ruby.attributes import ACCESSORS, Attribute, attribute, listed_by
from repoagent_indexers.resolve.ruby.core import CONSTANTS, NAMES
from repoagent_indexers.resolve.ruby.expressions import Expressions
from repoagent_indexers.resolve.ruby.file import RubyFile, Scope, arguments
from repoagent_indexers.resolve.ruby.known import Known
from repoagent_indexers.resolve.ruby.likely import Likely
from repoagent_indexers.resolve.ruby.program import RubyProgram
from repoagent_indexers.resolve.ruby.terms import OBJECT, Definer, Type
from repoagent_indexers.resolve.syntax import mentions

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_MAX_OVERRIDING = 12
_MAX_FILES, _MAX_FILES_QUICK = 20_000, 150
_MAX_DESCENDANTS = 80
"""Files that mention a module, when it is asked what derives from it."""
_BY_SYMBOL = frozenset(
    """private public protected module_function private_class_method public_class_method private_constant method
    instance_method alias_method undef_method remove_method public_send send __send__ respond_to? before_action
    after_action around_action skip_before_action before_save after_save validate helper_method public_method
    attr_reader attr_writer attr_accessor define_method memoize""".split()
)
"""Calls whose first argument names a method of the object that they are called on."""


class RubyResolver:
    """See `meaning.Resolver`."""

    def __init__(self, index: Index, *, quick: bool = False) -> None:
        self.index = index
        self.program = RubyProgram(index, _MAX_FILES_QUICK if quick else _MAX_FILES)
        self.expressions = Expressions(self.program)
        self.likely = Likely(self.program)

    def same(self, place: Place, name: str) -> frozenset[Place]:
        """All openings of a module, all definitions of a method in it, the reader and the writer of an attribute."""
        file = self.program.file(place.path)
        if file is None:
            return frozenset({place})
        for scope in file.scopes:
            if scope.name_start == place.start:
                return self.program.places(self.program.full(file, scope)) | {place}
            for member in scope.members.get(name, ()):
                if member.start == place.start:
                    owner = Type(self.program.full(file, scope), member.is_static)
                    found = list(self.program.definers(name).get(owner, []))
                    if listed_by(file, place.start) in ACCESSORS:  # a reader and a writer in lists of their own
                        other = name.removesuffix("=") if name.endswith("=") else f"{name}="
                        more = self.program.definers(other).get(owner, [])
                        found += [each for each in more if listed_by(each.file, each.member.start) in ACCESSORS]
                    kept = [each.place for each in found if owner != OBJECT or each.file is file]
                    return frozenset(kept) | {place}
        return frozenset({place})

    def attribute(self, place: Place, name: str, variable: str = "") -> Attribute | None:
        """See `attributes.attribute`."""
        return attribute(self.expressions, place, name, variable)

    def listed_by(self, place: Place) -> str:
        """See `attributes.listed_by`."""
        file = self.program.file(place.path)
        return listed_by(file, place.start) if file is not None else ""

    def together(self, place: Place, name: str) -> frozenset[Place] | None:  # noqa: ARG002
        return None

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        if name == "initialize":
            yield from self._constructions(targets)
        is_method = name[:1].islower() or name[:1] == "_"
        for path in self._paths(name, paths):
            file = self.program.file(path)
            if file is None:
                continue
            written = name.removesuffix("=")
            for start in mentions(file.content, written):
                place = Place(path, start)
                node = file.leaf(start)
                if place in targets or node is None or start in file.numbers or not _is_use(file, node, name):
                    continue
                found = self.meaning(place)
                if found is None:
                    if is_method or node.type == "constant":
                        yield place, Meaning(targets, "by name only")
                elif not found.places.isdisjoint(targets):
                    yield place, found

    def meaning(self, place: Place) -> Meaning | None:
        file = self.program.file(place.path)
        if file is None:
            return None
        if place.start in file.numbers:
            name = file.facts.symbol_name(file.numbers[place.start])
            return Meaning(self.same(place, name), "resolved")
        node = file.leaf(place.start)
        if node is None:
            return None
        match node.type:
            case "constant":
                return self._constant(file, node)
            case "simple_symbol":
                return self._symbol(file, node)
            case "identifier":
                return self._identifier(file, node)
        return None

    def imported(self, path: str) -> frozenset[str]:
        """The files that `require_relative` and `require` of a file below `lib` name."""
        file = self.program.file(path)
        found = set()
        for module in file.facts.imports[0::4] if file is not None else ():
            assert file is not None
            said = file.facts.strings[module].removesuffix(".rb").removeprefix("./")
            folders = path.split("/")[:-1]
            beside = said.split("/")
            while beside and beside[0] == ".." and folders:
                beside, folders = beside[1:], folders[:-1]
            for one in ("/".join([*folders, *beside]), f"lib/{said}", said, f"test/{said}", f"spec/{said}"):
                if self.index.position(f"{one}.rb") is not None:
                    found.add(f"{one}.rb")
                    break
        return frozenset(found)

    # -- uses -----------------------------------------------------------------------------------------------------

    def _paths(self, name: str, paths: Iterable[str]) -> Iterable[str]:
        """The files in which a name may stand; a writer's stands without its sign."""
        if not name.endswith("=") or not name[:1].isalpha():
            return paths
        catalogue = self.index.catalogue
        at = self.index.mentioning(name.removesuffix("="))
        return [catalogue.paths[each] for each in at if catalogue.languages[each] == "ruby"]

    def _constructions(self, targets: frozenset[Place]) -> Iterator[tuple[Place, Meaning]]:
        """Calls of `new` that come to a constructor: of its class, and of those derived from it that have none."""
        owners = [
            owner for owner, found in self.program.definers("initialize").items()
            if any(each.place in targets for each in found)
        ]  # fmt: skip
        names = {owner.name for owner in owners if not owner.is_static}
        for name in sorted(names):
            names |= self.program.descendants(name, _MAX_DESCENDANTS)
        catalogue = self.index.catalogue
        words = sorted({name.rpartition("::")[2] for name in names})
        at = sorted({each for word in words for each in self.index.mentioning(word)})
        for path in [catalogue.paths[each] for each in at if catalogue.languages[each] == "ruby"]:
            file = self.program.file(path)
            for start in mentions(file.content, "new") if file is not None else ():
                node = file.leaf(start) if file is not None else None
                found = self.meaning(Place(path, start)) if node is not None and node.type == "identifier" else None
                if found is not None and not found.places.isdisjoint(targets):
                    yield Place(path, start), found

    # -- what names mean ------------------------------------------------------------------------------------------

    def _constant(self, file: RubyFile, node: Node) -> Meaning | None:
        parent = node.parent
        if parent is not None and parent.type == "call" and parent.child_by_field_name("method") == node:
            return self._member(file, parent, node)  # `Integer(x)`, `M::Name()`
        whole = node
        if parent is not None and parent.type == "scope_resolution" and parent.child_by_field_name("name") == node:
            whole = parent
            outer = parent.child_by_field_name("scope")
            if outer is not None and outer.type not in {"constant", "scope_resolution"}:
                return None  # `self.class::NAME`
        scope, _ = file.scope_at(whole)
        full = self._named(file, scope, file.text(whole))
        if full is None:
            return OUTSIDE
        is_rubys = full in CONSTANTS  # it is opened again, in files that not every program loads
        return Meaning(self.program.places(full), "probable" if is_rubys else "resolved")

    def _named(self, file: RubyFile, scope: Scope, written: str) -> str | None:
        """The full name of the constant itself, not of what it is another name for."""
        outer, _, last = written.rpartition("::")
        if outer:
            found = self.program.lookup(file, scope, outer)
            if found is not None:
                return self.program.inside(found, last)
            return written if self.program.is_known(written) else None
        if written.startswith("::"):
            return last if self.program.is_known(last) else None
        return self.program.nested(file, scope, last)

    def _identifier(self, file: RubyFile, node: Node) -> Meaning | None:
        parent = node.parent
        if parent is not None and parent.type == "call" and parent.child_by_field_name("method") == node:
            return self._member(file, parent, node)
        if parent is not None and parent.type == "alias":
            return self._on_self(file, node, file.text(node), None)
        if self.expressions.bound(file, node) is not None:
            return OUTSIDE
        return self._on_self(file, node, file.text(node), node)

    def _symbol(self, file: RubyFile, node: Node) -> Meaning | None:
        """What a symbol means that names a method: `private :name`, `map(&:name)`."""
        name = file.text(node)[1:]
        parent = node.parent
        if parent is not None and parent.type == "block_argument":
            return self.likely.member(file, name, None)
        call = parent.parent if parent is not None and parent.type == "argument_list" else None
        if parent is not None and parent.type == "alias":
            return self._on_self(file, node, name, None)
        if call is None or call.type != "call" or file.text(call.child_by_field_name("method")) not in _BY_SYMBOL:
            return self.likely.member(file, name, None)
        receiver = call.child_by_field_name("receiver")
        if receiver is not None:
            return self._of(file, self.expressions.known(file, receiver), name, None)
        scope, method = file.scope_at(node)
        if method is None and scope.kind in {"class", "module"}:
            return self._of(file, Known(frozenset({Type(self.program.full(file, scope))}), is_whole=True), name, None)
        return self._on_self(file, node, name, None)

    def _member(self, file: RubyFile, call: Node, node: Node) -> Meaning | None:
        """What the method of a call means."""
        name = file.text(node)
        receiver = call.child_by_field_name("receiver")
        around = call.parent
        if around is not None and (
            around.type == "left_assignment_list"
            or (around.type == "assignment" and around.child_by_field_name("left") == call)
        ):
            name += "="
        if receiver is None:
            if self.expressions.bound(file, node) is not None and not arguments(call) and file.text(call) == name:
                return OUTSIDE
            return self._on_self(file, node, name, call)
        return self._of(file, self.expressions.known(file, receiver), name, call)

    def _on_self(self, file: RubyFile, node: Node, name: str, call: Node | None) -> Meaning | None:
        return self._of(file, self.expressions.self_at(file, node), name, call, is_self=True)

    def _of(self, file: RubyFile, of: Known, name: str, call: Node | None, *, is_self: bool = False) -> Meaning | None:
        """What a method of a name means on an object."""
        places: set[Place] = set()
        is_sure, n_missing, n_owners = of.is_whole, 0, 0
        for each in sorted(of.types):
            found = self._found(file, each, name, is_exact=of.is_exact)
            if found is None:
                n_missing += 1
                continue
            n_owners += 1
            definers, is_certain = found
            is_sure = is_sure and is_certain
            places.update(definer.place for definer in definers)
        if n_missing == len(of.types):
            if of.types and of.is_whole and of.is_exact and all(self._is_outside(each) for each in of.types):
                return OUTSIDE
            return self.likely.member(file, name, call, of.types, is_self=is_self)
        if not places:
            return OUTSIDE
        return Meaning(frozenset(places), "resolved" if is_sure and not n_missing and n_owners == 1 else "probable")

    def _found(self, file: RubyFile, of: Type, name: str, *, is_exact: bool) -> tuple[list[Definer], bool] | None:
        """Who may define what a method of an object means, and whether that is certain; None where nothing is found."""
        said = name
        if name == "new" and of.is_static:
            own = self.program.find(of, "new")
            if own is None:
                said, of = "initialize", Type(of.name)
        found = self.program.find(of, said)
        if found is None:
            below = self._below(of, said) if not is_exact and said != "initialize" else []
            return (below, False) if below else None
        link, definers = found
        if link == OBJECT and definers:  # functions at the top of files, of which a program loads some
            definers = [each for each in definers if each.file is file] or definers
            return (definers, False) if len({each.file.path for each in definers}) == 1 else None
        if link.name in CONSTANTS:
            return definers, False
        if is_exact or said == "initialize":
            return definers, True
        if self.program.is_common(said):
            return definers, False
        overriding = self.program.overriding(of, said, link)
        if len(overriding) > _MAX_OVERRIDING:
            return definers, False
        return [*definers, *overriding], not overriding

    def _below(self, of: Type, name: str) -> list[Definer]:
        """Who defines a method that a class leaves to what derives from it, or a module to what takes it in."""
        definers = {} if name in NAMES or self.program.is_common(name) else self.program.definers(name)
        if not definers:
            return []
        found = []
        owners = {owner for owner in definers if owner.is_static == of.is_static}
        for owner in owners:
            if of in self.program.lineage(owner).links:
                found += definers[owner]
        if found or of.name == "Object":
            return found if len(found) <= _MAX_OVERRIDING else []
        for name_below in sorted(self.program.descendants(of.name, _MAX_DESCENDANTS)):
            links = self.program.lineage(Type(name_below, of.is_static)).links
            link = next((each for each in links if each in owners), None)
            found += definers[link] if link is not None and link != OBJECT else []
        return found if len(found) <= _MAX_OVERRIDING else []

    def _is_outside(self, of: Type) -> bool:
        """Whether the repository says nothing of a class."""
        return not self.program.is_module(of.name)


def _is_use(file: RubyFile, node: Node, name: str) -> bool:
    """Whether a name that stands somewhere may be a use of it."""
    text = file.text(node)
    if name.endswith("=") and name[:1].isalpha():
        call = node.parent
        outer = call.parent if call is not None and call.type == "call" else None
        is_left = outer is not None and outer.type in {"assignment", "operator_assignment"}
        return text == name[:-1] and is_left
    if node.type == "simple_symbol":
        return text == f":{name}" and node.parent is not None and node.parent.type in _HOLDING_SYMBOLS
    if text != name or node.type not in {"identifier", "constant"}:
        return False
    parent = node.parent
    return parent is None or (parent.type not in _BINDING and not parent.type.endswith("_parameter"))


_HOLDING_SYMBOLS = frozenset({"argument_list", "block_argument", "alias", "array"})
_BINDING = frozenset({"method_parameters", "block_parameters", "lambda_parameters", "left_assignment_list", "setter"})
