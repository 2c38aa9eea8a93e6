"""What a rename comes to."""

from __future__ import annotations

from dataclasses import dataclass, field

from repoagent_indexers.errors import UsageError


class SeveralMeanings(UsageError):
    """The definitions given are not one thing."""


@dataclass(slots=True)
class Outcome:
    """The places to change, and what is to be looked at by a person."""

    sites: dict[str, dict[int, str]] = field(default_factory=dict)
    """Path -> start byte of the old name -> what takes its place."""
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    moves: dict[str, str] = field(default_factory=dict)
    """Path of a file that has to bear the new name -> its new path."""

    def add(self, path: str, start: int, text: str) -> None:
        self.sites.setdefault(path, {})[start] = text
