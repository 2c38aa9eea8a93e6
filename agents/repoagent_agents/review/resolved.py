"""What the analysis of its language says of a definition's uses, over the tree before a commit and the one after it.

By name and import alone (review/uses.py) a use of another class's method cannot be told from one of this class's, and a
use through an alias, a package or a variable is not seen. Here it can: what was resolved to a definition before, stands
there as it did, and means nothing of the repository any more, is broken; a call that is resolved to a function now is
one of its calls.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_agents.review.lines import lines_of, new_line
from repoagent_agents.review.names import is_guarded
from repoagent_agents.review.target import Target, Use
from repoagent_agents.review.tree import Change, StagedTree, Version
from repoagent_indexers.languages import family_of
from repoagent_indexers.resolve.meaning import Meaning, Place
from repoagent_indexers.resolve.syntax import is_in_comment
from repoagent_indexers.source import Symbol

if TYPE_CHECKING:
    from repoagent_indexers.resolve.references import Definition, Resolution

MAX_FILES = 300
"""Files that one commit's names are looked for in, this way; behind that names and imports have to do."""
_TYPES = frozenset({"class", "struct", "trait", "interface", "enum"})
_RECEIVER = re.compile(rb"([A-Za-z_]\w*)\s*(?:\.|::)\s*\Z")


class Resolved:
    """The uses of a commit's definitions, as far as they can be resolved."""

    def __init__(self, tree: StagedTree, changes: Sequence[Change]) -> None:
        self.tree = tree
        self._changes = {change.old.path: change for change in changes if change.old is not None}
        self._n_left = MAX_FILES

    def calls(self, target: Target, symbols: Sequence[Symbol]) -> list[Use]:
        """The calls of a function as it is staged. `symbols` are its definitions; of a constructor, its class."""
        now = self.tree.now
        found: dict[tuple[str, int], Use] = {}
        for symbol in symbols:
            definition = now.definition_of(symbol)
            if definition is None:
                continue
            own = now.same(definition)
            for place, meaning in self._uses(now, definition):
                use = now.use(place, meaning.certainty)
                if use.kind != "call" or meaning.certainty == "by name only":
                    continue
                is_certain = meaning.certainty == "resolved" and meaning.places <= own
                names_type = target.symbol.kind == "method" and self._names_type(now, place)
                found[place.path, place.start] = Use(
                    place.path, use.line, place.start, "call", is_certain, names_type, is_resolved=True
                )
        return list(found.values())

    def left(self, target: Target) -> list[Use]:
        """The uses of a definition that is gone which were resolved to it, stand as they did and mean nothing now."""
        before, now = self.tree.before, self.tree.now
        definition = before.definition_of(target.symbol)
        if definition is None:
            return []
        own = before.same(definition)
        found = []
        for place, meaning in self._uses(before, definition):
            if meaning.certainty != "resolved" or not meaning.places <= own:
                continue
            here = self._now_at(target, place)
            after = now.places(here) if here is not None else None
            if here is None or (after is not None and after.places):
                continue
            use = now.use(here, "resolved")
            found.append(Use(here.path, use.line, here.start, use.kind, True, False, is_resolved=True))
        return found

    def contradicts(self, target: Target, use: Use) -> bool:
        """Whether a use that names and imports suggest is known to mean something else."""
        if use.start_byte < 0:
            return False
        found = self.tree.now.places(Place(use.path, use.start_byte))
        if found is None or not found.places:
            return False
        if target.is_gone:
            return True
        definition = self.tree.now.definition_of(target.symbol)
        return definition is not None and found.places.isdisjoint(self.tree.now.same(definition))

    def _uses(self, resolution: Resolution, definition: Definition) -> list[tuple[Place, Meaning]]:
        """What may mean a definition; nothing where that cannot be resolved, or no longer is to be."""
        path, name = definition.place.path, definition.symbol.name
        source, resolver = resolution.source(path), resolution.resolver(path)
        if source is None or resolver is None:
            return []
        paths = list(resolution.mentioning(name, family_of(source.language)))
        if len(paths) > self._n_left:
            return []
        self._n_left -= len(paths)
        return list(resolver.uses(resolution.same(definition), name, paths))

    def _now_at(self, target: Target, place: Place) -> Place | None:
        """Where a use of the tree before stands now, in a line that is as it was; None where more may have changed."""
        change = self._changes.get(place.path)
        if change is None:
            version = self.tree.version(place.path)
            return place if version is not None and not _is_guarded(version, place, target.name) else None
        old, new = change.old, change.new
        if old is None or new is None or old.parsed.imports != new.parsed.imports:
            return None  # what it imports now may have the name
        before, after = lines_of(old.content), lines_of(new.content)
        line = old.content.count(b"\n", 0, place.start) + 1
        there = new_line(change.blocks, line)
        if there > len(after) or before[line - 1] != after[there - 1]:
            return None
        column = place.start - (old.content.rfind(b"\n", 0, place.start) + 1)
        return Place(new.path, sum(len(each) + 1 for each in after[: there - 1]) + column)

    def _names_type(self, resolution: Resolution, place: Place) -> bool:
        """Whether the receiver of a call is a type, and no object of it."""
        source = resolution.source(place.path)
        found = _RECEIVER.search(source.content, max(0, place.start - 200), place.start) if source is not None else None
        if found is None or source is None or found[1] in {b"self", b"cls", b"this", b"super"}:
            return False
        if is_in_comment(source.content, found.end(1), place.start):
            return False
        _, meant = resolution.meaning(Place(place.path, found.start(1)))
        return bool(meant) and all(one.symbol.kind in _TYPES for one in meant)


def _is_guarded(version: Version, place: Place, name: str) -> bool:
    """Whether a use stands in a `try`, or what it uses is imported in one: it may fail."""
    lines = [version.content.count(b"\n", 0, place.start) + 1]
    lines += [one.line for one in version.parsed.imports if name in {one.name, one.alias}]
    return any(is_guarded(version, line) for line in lines)
