"""A definition whose uses are looked for, and a use of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from repoagent_agents.review.tree import Version
from repoagent_indexers.source import Reference, Symbol


@dataclass(frozen=True, slots=True)
class Target:
    """A definition whose uses are looked for."""

    path: str
    """Of the file that defines it, or did: where the staged tree has that file now."""
    language: str
    name: str
    """As callers write it: of a constructor, the class's."""
    symbol: Symbol
    parents: tuple[Symbol, ...]
    """The symbols around it, innermost first."""
    home: Version
    """The file in the state that has the definition."""
    is_gone: bool
    """It is no longer defined in its file."""

    @property
    def owner(self) -> str:
        """Name of the type that a method belongs to."""
        if self.parents:
            return self.parents[0].name
        return (
            re.split(r"\W+", self.symbol.qualified_name)[-2]
            if "." in self.symbol.qualified_name.replace("::", ".")
            else ""
        )


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a definition."""

    path: str
    line: int
    start_byte: int
    """Where the name begins; -1 for an import, whose place in its line is not known."""
    kind: str
    """As `Reference.kind`, or import."""
    is_certain: bool
    names_type: bool
    """Written `Type.method`: a receiver is among the arguments."""
    is_resolved: bool = False
    """The analysis of the language says what it means, not its name alone."""


def use_of(reference: Reference, *, certain: bool = True, names_type: bool = False) -> Use:
    return Use(reference.path, reference.line, reference.start_byte, reference.kind, certain, names_type)


def names_around(symbols: Sequence[Symbol], position: int) -> tuple[Symbol, ...]:
    """The symbols around one, innermost first."""
    found = []
    parent = symbols[position].parent
    while parent is not None:
        found.append(symbols[parent])
        parent = symbols[parent].parent
    return tuple(found)
