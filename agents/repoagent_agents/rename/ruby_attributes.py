"""Attributes of Ruby that `attr_reader :name` and its like list: the symbols, and the variable `@name` behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_agents.rename.definitions import Definitions
from repoagent_indexers.errors import Refused
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.resolve.syntax import line_of

if TYPE_CHECKING:
    from repoagent_indexers.resolve.ruby.resolver import RubyResolver

_OF_CLASSES = frozenset({"cattr_accessor", "mattr_accessor"})
"""They keep what they say in a variable `@@name`, whose uses are not known."""


class RubyAttributes:
    """What a rename changes besides names of methods."""

    def __init__(self, resolution: Resolution, definitions: Definitions, new: str) -> None:
        """Raises Refused where the variable of an attribute cannot take the new name."""
        self._resolution = resolution
        self._language = definitions.target.language
        self._own = definitions.own
        self.variables: frozenset[Place] = frozenset()
        """Where the variable's name stands, behind the `@`; none for what is no attribute."""
        for d in sorted(definitions.group, key=lambda d: (d.path, d.start)) if definitions.target.is_member else ():
            resolver = self._resolver(d.path)
            if resolver is None:
                continue
            place = Place(d.path, d.start)
            found = resolver.attribute(place, definitions.name)
            taken = resolver.attribute(place, definitions.name, new)
            if found is None:
                continue
            if taken is not None and (taken.variables or taken.accessors):
                where = min(taken.variables | taken.accessors)
                raise Refused(f"{self._at(where)}: @{new} is a variable there already; choose another name")
            if others := found.accessors - self._own:
                raise Refused(
                    f"{self._at(min(others))}: another attribute that is @{definitions.name}; rename both by hand"
                )
            self.variables |= found.variables

    def is_meant(self, path: str, start: int) -> bool:
        """Whether a symbol certainly means what is renamed: in a list of accessors, `private :name`."""
        resolver = self._resolver(path)
        if Place(path, start) in self._own:
            return resolver is not None and resolver.listed_by(Place(path, start)) not in _OF_CLASSES
        found = resolver.meaning(Place(path, start)) if resolver is not None else None
        is_sure = found is not None and found.certainty == "resolved"
        return found is not None and is_sure and bool(found.places) and found.places <= self._own

    def _resolver(self, path: str) -> RubyResolver | None:
        """The analysis of a file of Ruby, which is loaded for no other."""
        if self._language != "ruby":
            return None
        from repoagent_indexers.resolve.ruby.resolver import RubyResolver

        found = self._resolution.resolver(path)
        return found if isinstance(found, RubyResolver) else None

    def _at(self, place: Place) -> str:
        source = self._resolution.source(place.path)
        line = line_of(source.content, place.start) if source is not None else 0
        return f"{shown(place.path)}:{line}"
