"""What an analysis of one language says of a use: the places that it may mean, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

Certainty = Literal["resolved", "probable", "by name only"]
"""resolved: scopes, imports, receivers and declared types say so. probable: nothing else of that name fits, or a
receiver's type is likely. by name only: it bears the name, and nothing says otherwise."""
CERTAINTIES: tuple[Certainty, ...] = ("resolved", "probable", "by name only")
"""Surest first."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a definition's name stands."""

    path: str
    start: int
    """0-based byte; -1 for the file itself, as a module."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one use of a name means."""

    places: frozenset[Place]
    """The definitions; several for one thing that is bound or declared several times, or where several are possible.
    None where it is known to mean nothing that the repository defines."""
    certainty: Certainty


OUTSIDE = Meaning(frozenset(), "resolved")
"""Something from outside of the repository, or nothing that lasts longer than a call."""


class Resolver(Protocol):
    """The analysis of one family of languages. Holds what it has read, so that the next question is cheap."""

    def same(self, place: Place, name: str) -> frozenset[Place]:
        """All places that define the same thing as one: declared again, overloaded, bound in two branches."""
        ...

    def together(self, place: Place, name: str) -> frozenset[Place] | None:
        """All definitions that must bear one name with that at a place: the same, handed on, a class's in an instance.

        None where the analysis cannot tell, and a rename has to look at imports and at names of types as well.
        """
        ...

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        """Every use of a name in `paths` that may mean one of `targets`, and uses under other names given by imports.

        The paths are those of files in which the name stands as text.
        """
        ...

    def meaning(self, place: Place) -> Meaning | None:
        """What the name at a place means; None when nothing is known, not even likely."""
        ...

    def imported(self, path: str) -> frozenset[str]:
        """The files of the repository that a file imports or includes."""
        ...
