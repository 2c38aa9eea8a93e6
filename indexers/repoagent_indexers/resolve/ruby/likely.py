"""What a method is likely to be where the object that it is called on is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Meaning
from repoagent_indexers.resolve.ruby.core import NAMES
from repoagent_indexers.resolve.ruby.file import METHODS, RubyFile, arguments
from repoagent_indexers.resolve.ruby.program import RubyProgram
from repoagent_indexers.resolve.ruby.terms import OBJECT, Definer, Type
from repoagent_indexers.roles import TEST

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_CANDIDATES = 40
_MAX_FAMILY = 12


class Likely:
    """The candidates of a name, and which of them fit a call."""

    def __init__(self, program: RubyProgram) -> None:
        self.program = program

    def member(
        self, file: RubyFile, name: str, call: Node | None, of: frozenset[Type] = frozenset(), *, is_self: bool = False
    ) -> Meaning | None:
        """The methods of a name that fit, where all belong to one family; None where there are others.

        `of` is what the object is known to be, which does not have the method by what the repository says.
        """
        if name in NAMES or self.program.is_common(name):
            return None  # objects that are none of the repository's have it too
        candidates = self._candidates(file, name, call)
        if not candidates or len(candidates) > _MAX_CANDIDATES:
            return None
        receiver = call.child_by_field_name("receiver") if call is not None and call.type == "call" else None
        fitting = {
            owner: kept for owner, definers in candidates.items()
            if (kept := [each for each in definers if self._fits(each, call, is_bare=is_self or receiver is None)])
        }  # fmt: skip
        if len(fitting) > 1:
            fitting = _of_same_kind(of, fitting)
        if is_self and len(fitting) > 1:
            fitting = self._of_same_role(file, call, fitting)
        if not fitting or not self._is_family(list(fitting)):
            return None
        return Meaning(frozenset(each.place for definers in fitting.values() for each in definers), "probable")

    def _candidates(self, file: RubyFile, name: str, call: Node | None) -> dict[Type, list[Definer]]:
        """Who defines a name, for source without what only tests do, for a file its own helpers first."""
        definers = {
            owner: found for owner, found in self.program.definers(name).items()
            if not owner.name.startswith("#") or found[0].file is file
        }  # fmt: skip
        own = {
            owner: kept for owner, found in definers.items() if (kept := [each for each in found if each.file is file])
        }
        if own and all(owner.name.startswith("#") or owner == OBJECT for owner in own):
            return _around(own, call)
        if len({each.file.path for each in definers.get(OBJECT, ())}) > 1:
            return {}  # functions at the top of files, of which a program loads some
        source = {
            owner: kept for owner, found in definers.items()
            if (kept := [each for each in found if each.file is file or not self._is_test(each.file)])
        }  # fmt: skip
        return source if source or not self._is_test(file) else definers

    def _of_same_role(
        self, file: RubyFile, call: Node | None, fitting: dict[Type, list[Definer]]
    ) -> dict[Type, list[Definer]]:
        """Of the modules that plugins bring those that are called as the one around: `RequestMethods`."""
        if call is None:
            return fitting
        scope, _ = file.scope_at(call)
        role = self.program.full(file, scope).rpartition("::")[2]
        same = {owner: found for owner, found in fitting.items() if owner.name.rpartition("::")[2] == role}
        return same if role.endswith("Methods") and same else fitting

    def _is_test(self, file: RubyFile) -> bool:
        position = self.program.index.position(file.path)
        return position is not None and int(self.program.index.catalogue.roles[position]) == TEST

    def _fits(self, definer: Definer, call: Node | None, *, is_bare: bool) -> bool:
        """Whether a method may be called so: a private one on no receiver, with as many arguments as it takes."""
        if definer.member.is_private and not is_bare:
            return False
        node = definer.member.node
        if call is None or call.type != "call" or node is None or node.type not in METHODS:
            return True
        given = arguments(call)
        if any(each.type in _SPREAD for each in given):
            return True
        n_given = sum(each.type not in {"pair", "block_argument"} for each in given)
        n_given += any(each.type == "pair" for each in given) and not _takes_keywords(node)
        least, most = _arity(node)
        return least <= n_given <= most

    def _is_family(self, owners: list[Type]) -> bool:
        """Whether one of them is the class or module of all the others."""
        if len(owners) == 1:
            return True
        if len(owners) > _MAX_FAMILY:
            return False
        if len({owner.name.rpartition("::")[2] for owner in owners}) == 1 and owners[0].name.endswith("Methods"):
            return True  # modules that plugins give to one class
        lineages = [set(self.program.lineage(owner).links) for owner in owners]
        return any(all(owner in lineage for lineage in lineages) for owner in owners)


def _around(own: dict[Type, list[Definer]], call: Node | None) -> dict[Type, list[Definer]]:
    """Of methods that blocks of a file define those that share the innermost group of tests with a call."""
    found: dict[Type, list[Definer]] = {}
    innermost = -1
    for owner, definers in own.items() if call is not None else ():
        at = definers[0].scope.parent
        while at is not None and call is not None and not at.start <= call.start_byte < at.end:
            at = at.parent
        if at is None or at.kind == "file" or at.start < innermost:
            continue
        if at.start > innermost:
            innermost, found = at.start, {}
        found[owner] = definers
    return found or own


def _of_same_kind(of: frozenset[Type], fitting: dict[Type, list[Definer]]) -> dict[Type, list[Definer]]:
    """Of modules that plugins bring, for a class those for classes (`ClassMethods`), for an object the others."""
    kinds = {each.is_static for each in of}
    if len(kinds) != 1:
        return fitting
    is_static = kinds.pop()
    same = {
        owner: found for owner, found in fitting.items()
        if (owner.is_static or owner.name.endswith("ClassMethods")) == is_static
    }  # fmt: skip
    return same or fitting


_SPREAD = frozenset({"splat_argument", "hash_splat_argument", "forward_argument"})


def _arity(method: Node) -> tuple[int, int]:
    """How many arguments a method takes, without keywords and a block."""
    listed = method.child_by_field_name("parameters")
    parameters = listed.named_children if listed is not None else []
    n_required = sum(each.type in {"identifier", "destructured_parameter"} for each in parameters)
    n_optional = sum(each.type == "optional_parameter" for each in parameters)
    is_open = any(each.type in {"splat_parameter", "forward_parameter"} for each in parameters)
    return n_required, 1000 if is_open else n_required + n_optional


def _takes_keywords(method: Node) -> bool:
    listed = method.child_by_field_name("parameters")
    parameters = listed.named_children if listed is not None else []
    return any(each.type in {"keyword_parameter", "hash_splat_parameter"} for each in parameters)
