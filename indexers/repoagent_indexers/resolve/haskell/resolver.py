"""See `meaning.Resolver`, for Haskell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.haskell.file import Definition, HaskellFile, Space
from repoagent_indexers.resolve.haskell.names import Names
from repoagent_indexers.resolve.haskell.scopes import Scopes, around_field, declared_by, is_in_type, punned
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.node_resolver import NodeResolver

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.indexing.index import Index

_SPACES: tuple[Space, ...] = ("type", "value")
_PRAGMA = re.compile(
    rb"\{-#\s*(?:(?:NO)?INLIN\w+|OPAQUE|SPECIALI[SZ]E|MINIMAL|COMPLETE|DEPRECATED|WARNING|ANN|RULES)\b", re.I
)
"""Pragmas in which names stand for what the module defines."""
_OF_TYPES = re.compile(rb"\{-#\s*(?:SPECIALI[SZ]E|RULES)\b", re.I)
_BOUND = re.compile(rb"\bforall\b([^.]*)\.|\\([^>]*)->")
"""What a rule binds."""
_MODULE = re.compile(rb"(?:[A-Z][\w']*\.)+\Z")


class HaskellResolver(NodeResolver[HaskellFile]):
    """What a name means, by what is bound around it and what its module takes in; no types are worked out."""

    def __init__(self, index: Index) -> None:
        self._names = Names(index)
        super().__init__(self._names.files)
        self._scopes: dict[str, Scopes] = {}

    def same(self, place: Place, name: str) -> frozenset[Place]:  # noqa: ARG002  the place says it
        """The signature and the clauses of a function, a field in all constructors of its type, a class's default."""
        file = self._files.get(place.path)
        own = file.by_start.get(place.start) if file is not None else None
        if own is not None:
            return _places([own]) | {place}
        found = self.meaning(place)
        is_local = found is not None and place in found.places
        return found.places if found is not None and is_local else frozenset({place})

    def together(self, place: Place, name: str) -> frozenset[Place]:
        """A function or a method of a class, what instances define for it, and all clauses of these."""
        own = super().together(place, name)
        files = [file for path in {each.path for each in own} if (file := self._files.get(path)) is not None]
        clauses = {Place(file.path, node.start_byte) for file in files for node in file.occurrences(name)
                   if _is_clause(node)}  # fmt: skip
        return own | {each for each in clauses if not own.isdisjoint(self._all_of(each))}

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        """See `Resolver.uses`; files that cannot see a definition are not parsed. Its own clauses are no uses of it."""
        for path in paths:
            file = self._files.get(path) if self._may_see(path, targets, name) else None
            if file is not None:
                found_here = super().uses(targets, name, [path])
                yield from (each for each in found_here if not _is_clause(file.node_at(each[0].start)))
                for place in file.in_pragmas(name):
                    found = self.meaning(place)
                    if found is not None and not found.places.isdisjoint(targets):
                        yield place, found
                yield from ((place, Meaning(targets, "by name only")) for place in file.unread(name))

    def meaning(self, place: Place) -> Meaning | None:
        found = super().meaning(place)
        file = self._files.get(place.path) if found is None else None
        return found if file is None else self._in_pragma(file, place.start)

    def _may_see(self, path: str, targets: frozenset[Place], name: str) -> bool:
        file = self._files.get(path)
        if file is None or any(place.path == path for place in targets):
            return file is not None
        if any(each.module.rpartition(".")[2] == name or each.hides(name) for each in file.header.imports):
            return True
        return any(not _places(self._names.anyhow(file, space, name)).isdisjoint(targets) for space in _SPACES)

    def _node_at(self, file: HaskellFile, start: int) -> Node | None:
        return file.node_at(start)

    def _may_mean(self, file: HaskellFile, node: Node) -> bool:
        del file, node
        return True

    def _imported_path(self, importer: str, written: str) -> str:
        found = self._names.modules(written, importer)
        return found[0].path if len(found) == 1 else ""

    # -- names ------------------------------------------------------------------------------------------------------

    def _mean(self, file: HaskellFile, node: Node) -> Meaning | None:
        name = file.text(node)
        if node.type == "module_id":
            is_last = node.next_named_sibling is None and node.parent is not None
            return self._module(file, file.text(node.parent).rstrip(".")) if is_last and node.parent else OUTSIDE
        if (own := file.by_start.get(node.start_byte)) is not None:
            return Meaning(_places([own]), "resolved")
        declaration = declared_by(node)
        if declaration is not None and _is_in_instance(declaration):
            return self._of_class(file, node.start_byte, declaration.parent, name)
        if node.parent is not None and node.parent.type == "field_name":
            return self._field(file, node, name)
        qualifier = _qualifier(file, node)
        if _is_listed(node):
            return self._listed(file, node, qualifier, name)
        is_type = node.type == "name" or (node.type != "constructor" and is_in_type(node))
        if is_type and node.type == "variable":
            return OUTSIDE
        if is_type:
            return self._of_type(file, qualifier, name)
        if not qualifier and node.type in {"variable", "operator"}:
            local = self._local(file, node, name)
            if local is not None:
                return local
        return self._meant(
            self._names.in_sight(file, qualifier, "value", name) or self._fixed(file, node, qualifier, name)
        )

    def _in_pragma(self, file: HaskellFile, start: int) -> Meaning | None:
        """What a name means in a pragma, `{-# INLINE name #-}`."""
        node, name = file.pragma_at(start), file.word_at(start)
        if node is None or not name or not _PRAGMA.match(file.content, node.start_byte):
            return None
        if file.content.count(b'"', node.start_byte, start) % 2:
            return None  # the name of a rule
        bound = {word for found in _BOUND.findall(node.text or b"") for part in found for word in part.split()}
        if {name.encode(), b"(" + name.encode()} & bound:
            return OUTSIDE
        module = _MODULE.search(file.content, node.start_byte, start)
        qualifier = module[0].decode().rstrip(".") if module is not None else ""
        if node.parent is not None and node.parent.type == "instance_declarations" and not name[0].isupper():
            return self._of_class(file, start, node.parent, name)
        if not qualifier and (found := self._local(file, node, name)) is not None:
            return found
        is_type = name[0].isupper() and _OF_TYPES.match(file.content, node.start_byte) is not None
        for space in _SPACES if is_type else _SPACES[::-1]:
            if own := self._names.in_sight(file, qualifier, space, name):
                return self._meant(own)
        return OUTSIDE

    def _local(self, file: HaskellFile, node: Node, name: str) -> Meaning | None:
        """What a parameter, a pattern, a `let` or a `where` binds; a field by `C {..}`."""
        scopes = self._scopes.setdefault(file.path, Scopes())
        for bound in scopes.around(node):
            own = [each for each in bound if each.type != "record" and each.text == name.encode()]
            if own:
                return Meaning(frozenset(Place(file.path, each.start_byte) for each in own), "resolved")
            for record in bound:
                if record.type == "record" and (fields := self._fields(file, record, name)):
                    return self._meant(fields)
        return None

    def _of_type(self, file: HaskellFile, qualifier: str, name: str) -> Meaning:
        """A type or class; a constructor that stands for a type, where nothing from outside may be meant."""
        if found := self._names.in_sight(file, qualifier, "type", name):
            return self._meant(found)
        own = file.definitions.get(("value", name), []) if not qualifier and b"DataKinds" in file.content else []
        return Meaning(_places(own), "probable") if own else OUTSIDE

    def _fixed(self, file: HaskellFile, node: Node, qualifier: str, name: str) -> frozenset[Definition]:
        """What `infixr 5 +` says of an operator on types."""
        at = node.parent
        while at is not None and at.type in {"infix_id", "prefix_id"}:
            at = at.parent
        is_fixity = at is not None and at.type == "fixity"
        return self._names.in_sight(file, qualifier, "type", name) if is_fixity else frozenset()

    def _module(self, file: HaskellFile, name: str) -> Meaning:
        modules = [file] if name == file.header.module else self._names.modules(name, file.path)
        is_known = name == file.header.module or any(name in (each.module, each.alias) for each in file.header.imports)
        places = frozenset(
            Place(each.path, each.name_start(number))
            for each in modules if is_known
            for number in range(each.facts.n_symbols) if each.kind(number) == "module"
        )  # fmt: skip
        return Meaning(places, "resolved" if len(places) < 2 else "probable")

    def _of_class(self, file: HaskellFile, start: int, listed: Node | None, name: str) -> Meaning:
        """What is defined for a type in an instance: the method of the class."""
        around = listed.parent if listed is not None else None
        label = around.child_by_field_name("name") if around is not None else None
        if label is not None and label.type == "qualified":
            label = label.child_by_field_name("id")
        owner = file.text(label) if label is not None else ""
        meant = [each for each in self._names.anyhow(file, "value", name) if each.owner == owner]
        if meant:
            return Meaning(_places(meant), "resolved" if len(meant) == 1 else "probable")
        return Meaning(frozenset({Place(file.path, start)}), "resolved") if start in file.numbers else OUTSIDE

    # -- fields -----------------------------------------------------------------------------------------------------

    def _field(self, file: HaskellFile, node: Node, name: str) -> Meaning | None:
        holder = around_field(node)
        if holder is None:
            return None
        qualifier = _qualifier(file, node)
        if holder.type not in {"field_pattern", "field_update"}:
            return self._projected(file, node, name)
        record = holder.parent
        found = self._fields(file, record, name) if record is not None else frozenset()
        if not found:
            found = frozenset(
                each
                for each in self._names.in_sight(file, qualifier, "value", name)
                if each.kind in {"field", "method"}
            )
        if punned(holder) is not None and holder.type == "field_update":
            bound = self._local(file, node, name) or OUTSIDE
            return Meaning(_places(found) | bound.places, "resolved")
        return self._meant(found)

    def _fields(self, file: HaskellFile, record: Node, name: str) -> frozenset[Definition]:
        """The field of a name that the constructor of a record has; nothing where no constructor is named."""
        label = record.child_by_field_name("constructor") or record.child_by_field_name("expression")
        module = ""
        if label is not None and label.type == "qualified":
            module, label = _module_before(file, label), label.child_by_field_name("id")
        if label is None or label.type != "constructor":
            return frozenset()
        owners = {(each.path, each.owner) for each in self._names.in_sight(file, module, "value", file.text(label))}
        found = self._names.anyhow(file, "value", name) if owners else frozenset()
        return frozenset(each for each in found if each.kind == "field" and (each.path, each.owner) in owners)

    def _projected(self, file: HaskellFile, node: Node, name: str) -> Meaning | None:
        """`record.field`, or functions that are joined without blanks."""
        if b"OverloadedRecordDot" not in file.content:
            local = self._local(file, node, name)
            if local is not None:
                return local
            if found := self._names.in_sight(file, "", "value", name):
                return self._meant(found)
        fields = frozenset(each for each in self._names.anyhow(file, "value", name) if each.kind == "field")
        return Meaning(_places(fields), "probable") if fields else OUTSIDE

    # -- lists of imports and exports -------------------------------------------------------------------------------

    def _listed(self, file: HaskellFile, node: Node, qualifier: str, name: str) -> Meaning | None:
        """A name in the list of an import or export."""
        spaces = _SPACES if node.type == "name" else _SPACES[::-1]
        around = node.parent
        owner = ""
        while around is not None and around.type not in {"import", "export", "exports", "haskell"}:
            if around.type == "children":
                holder = around.parent
                label = holder.child_by_field_name("type") if holder is not None else None
                owner = file.text(label).rpartition(".")[2] if label is not None else ""
            around = around.parent
        if around is None or around.type != "import":
            for space in spaces:
                found = self._names.anyhow(file, space, name) if owner else frozenset()
                found = frozenset(each for each in found if each.owner == owner) or found
                if found := found or self._names.in_sight(file, qualifier, space, name):
                    return self._meant(found)
            return OUTSIDE
        label = around.child_by_field_name("module")
        modules = self._names.modules(file.text(label).rstrip("."), file.path) if label is not None else []
        for space in spaces:
            found = frozenset(each for one in modules for each in self._names.exported(one, space, name))
            found = frozenset(each for each in found if each.owner == owner) or found if owner else found
            if found:
                return self._meant(found)
        return None if modules else OUTSIDE

    def _meant(self, found: frozenset[Definition]) -> Meaning:
        if not found:
            return OUTSIDE
        is_sure = len(found) == 1 and all(each.is_sure for each in found)
        return Meaning(_places(found), "resolved" if is_sure else "probable")


def _places(found: Iterable[Definition]) -> frozenset[Place]:
    return frozenset(Place(each.path, start) for each in found for start in each.starts)


def _qualifier(file: HaskellFile, node: Node) -> str:
    """The module before a name: `M` of `M.name`."""
    around = node.parent
    if around is not None and around.type == "field_name":
        around = around.parent
    return _module_before(file, around) if around is not None and around.type == "qualified" else ""


def _module_before(file: HaskellFile, qualified: Node) -> str:
    module = qualified.child_by_field_name("module")
    return file.text(module).rstrip(".") if module is not None else ""


def _is_clause(node: Node | None) -> bool:
    """Whether a name is that of a clause or a signature of what a module, a class or a `where` defines."""
    declaration = declared_by(node) if node is not None else None
    return declaration is not None and not _is_in_instance(declaration)


def _is_in_instance(declaration: Node) -> bool:
    return declaration.parent is not None and declaration.parent.type == "instance_declarations"


def _is_listed(node: Node) -> bool:
    """Whether a name stands in a list of imports or exports."""
    at = node.parent
    while at is not None and at.type in {"qualified", "prefix_id", "children", "import_name", "associated_type"}:
        at = at.parent
    return at is not None and at.type in {"import_list", "export", "exports"}
