"""What type parameters stand for."""

from __future__ import annotations

from collections.abc import Mapping

from repoagent_indexers.resolve.typed.terms import Types

Slot = tuple[str, int, int]
"""A type parameter: the path of its file, where its name is introduced, where what it is a parameter of ends."""
_MOST = 24


class Bindings:
    """Rows that say what type parameters stand for, each with a number: small to keep in a type, quick to compare.

    Row 0 is empty. Equal rows have one number.
    """

    def __init__(self) -> None:
        self._rows: list[Mapping[Slot, Types]] = [{}]
        self._numbers: dict[frozenset[tuple[Slot, Types]], int] = {frozenset(): 0}
        self._seen: dict[tuple[int, str, int], int] = {}

    def __getitem__(self, number: int) -> Mapping[Slot, Types]:
        return self._rows[number]

    def number(self, row: Mapping[Slot, Types]) -> int:
        """The number of a row, of which no more than a bounded part is kept."""
        if len(row) > _MOST:
            row = dict(list(row.items())[-_MOST:])
        key = frozenset(row.items())
        if key not in self._numbers:
            self._numbers[key] = len(self._rows)
            self._rows.append(row)
        return self._numbers[key]

    def joined(self, outer: int, inner: Mapping[Slot, Types]) -> int:
        """The number of a row together with what more is known."""
        return self.number({**self._rows[outer], **inner}) if inner else outer

    def seen(self, number: int, path: str, start: int) -> int:
        """The part of a row that says something at a place."""
        key = (number, path, start)
        if number and key not in self._seen:
            row = self._rows[number]
            self._seen[key] = self.number(
                {slot: types for slot, types in row.items() if slot[0] == path and slot[1] <= start < slot[2]}
            )
        return self._seen[key] if number else 0
