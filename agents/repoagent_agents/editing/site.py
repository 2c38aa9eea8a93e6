"""Where something that a script may change stands."""

from __future__ import annotations

from dataclasses import dataclass

from repoagent_indexers.resolve.references import Use


@dataclass(frozen=True, slots=True)
class Site:
    """One use of a definition."""

    use: Use
    """Where it is, in what, and how sure it is that the definition is meant."""

    @property
    def path(self) -> str:
        """Of the file."""
        return self.use.path

    @property
    def line(self) -> int:
        """1-based, of the name."""
        return self.use.line

    @property
    def certainty(self) -> str:
        """resolved, probable, or by name only."""
        return self.use.certainty
