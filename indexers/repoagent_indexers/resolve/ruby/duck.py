"""Which class an object is likely to be of, by its name or by the methods that are called on it.

What is called on a variable in a file is put together by its name, as a reader does who knows what `request` is
there. Where an object of Ruby's own may have all of them, nothing is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.ruby.core import BY_CLASS, OF_OBJECT
from repoagent_indexers.resolve.ruby.file import RubyFile
from repoagent_indexers.resolve.ruby.known import Known
from repoagent_indexers.resolve.ruby.local_variables import boundary
from repoagent_indexers.resolve.ruby.program import RubyProgram
from repoagent_indexers.resolve.ruby.terms import OBJECT, Type
from repoagent_indexers.roles import TEST

if TYPE_CHECKING:
    from tree_sitter import Node

_MIN_METHODS = 2
_MAX_RAREST = 4
_MAX_OWNERS = 40
_MAX_CLASSES = 1
_NAMES = frozenset({"identifier", "instance_variable", "constant"})
_NOT_CALLED = frozenset("must_equal wont_equal should should_not must_be_nil must_be to expect".split())


class Ducks:
    """What is called on variables, over one program."""

    def __init__(self, program: RubyProgram) -> None:
        self.program = program
        self._likely: dict[tuple[str, int, str], Known | None] = {}

    def known(self, file: RubyFile, receiver: Node) -> Known | None:
        """What an object is likely to be; None where nothing or too much is."""
        said = receiver.child_by_field_name("method") if receiver.type == "call" else receiver
        if said is None or said.type not in _NAMES:
            return None
        named = self._by_name(file, said) if said.type != "constant" else None
        if named is not None or receiver.type not in _NAMES:
            return named
        around = boundary(file, receiver)
        word = file.text(receiver)
        for start, end in [(around.start_byte, around.end_byte), (0, len(file.content))]:
            key = (file.path, start, word)
            if key not in self._likely:
                self._likely[key] = None  # while it is being worked out
                self._likely[key] = self._by_members(file, _called_on(file, word, start, end))
            if self._likely[key] is not None:
                return self._likely[key]
        return None

    def _by_name(self, file: RubyFile, name: Node) -> Known | None:
        """What bears the name of a class: `parse_context`, `@request`."""
        words = file.text(name).lstrip("@").split("_")
        said = "".join(word[:1].upper() + word[1:] for word in words)
        scope, _ = file.scope_at(name)
        full = self.program.lookup(file, scope, said)
        if full is None:
            named = {row.name for row in self.program.rows(said) if row.is_module}
            full = named.pop() if len(named) == 1 else None
        is_class = full is not None and any(scope.kind == "class" for _, scope in self.program.openings(full))
        return Known(frozenset({Type(full)})) if full is not None and is_class else None

    def _by_members(self, file: RubyFile, called: frozenset[str]) -> Known | None:
        """The class that has all these methods, or most of many."""
        called = called - OF_OBJECT - _NOT_CALLED
        if len(called) < _MIN_METHODS or any(called <= members for members in BY_CLASS.values()):
            return None
        owners = {name: found for name in sorted(called) if (found := self._owners(file, name))}
        if len(owners) < _MIN_METHODS or 3 * len(owners) < 2 * len(called):
            return None
        rarest = sorted(owners, key=lambda name: (len(owners[name]), name))[:_MAX_RAREST]
        classes = sorted({each for name in rarest for each in owners[name]})
        if len(classes) > _MAX_OWNERS:
            return None
        n_had = {each: self._n_had(each, owners) for each in classes}
        n_most = max(n_had.values())
        if n_most < _MIN_METHODS or 4 * n_most < 3 * len(owners):
            return None
        fitting = [each for each in classes if n_had[each] == n_most]
        base = [each for each in fitting if not any(other in self._above(each) for other in fitting if other != each)]
        return Known(frozenset(base)) if base and len(base) <= _MAX_CLASSES else None

    def _owners(self, file: RubyFile, name: str) -> list[Type]:
        if self.program.is_common(name):
            return []
        definers = {
            owner: found for owner, found in self.program.definers(name).items()
            if owner != OBJECT and not owner.name.startswith("#")
        }  # fmt: skip
        source = [
            owner for owner, found in definers.items()
            if any(each.file is file or not self._is_test(each.file) for each in found)
        ]  # fmt: skip
        return source or list(definers)

    def _n_had(self, of: Type, owners: dict[str, list[Type]]) -> int:
        above = self._above(of)
        return sum(any(owner in above for owner in found) for found in owners.values())

    def _above(self, of: Type) -> tuple[Type, ...]:
        return self.program.lineage(of).links

    def _is_test(self, file: RubyFile) -> bool:
        position = self.program.index.position(file.path)
        return position is not None and int(self.program.index.catalogue.roles[position]) == TEST


def _called_on(file: RubyFile, word: str, start: int, end: int) -> frozenset[str]:
    """The methods that are called on a variable of a name between two places."""
    pattern = re.compile(rb"(?<![\w@$.:])" + re.escape(word.encode()) + rb"&?\.([a-z_]\w*[?!]?)")
    return frozenset(hit[1].decode() for hit in pattern.finditer(file.content, start, end))
