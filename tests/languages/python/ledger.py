#!/usr/bin/env python
"""Keeps accounts.

The second paragraph is not shown.
"""

from __future__ import annotations

import json
import os.path as paths
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, IntFlag
from typing import TYPE_CHECKING, TypeAlias, overload

from . import books as shelf
from .books import Book as Tome, closed

if TYPE_CHECKING:
    from .money import Money

    Amount = Money

__all__ = ["Account", "Ledger", "open_ledger"]
__all__ += ["LIMIT"]

LIMIT = 10_000
first, (second, *rest) = 1, (2, 3, 4)
début = fin = 0
Pairs: TypeAlias = "dict[str, int]"
type Table[K] = dict[K, list[Account]]
rounded = lambda amount, digits=2: round(amount, digits)  # noqa: E731
LIMIT = 20_000  # the first one counts

try:
    import orjson
except ImportError:
    orjson = None


class Colour(Enum):
    """What the ink is."""

    RED = 1
    BLACK = 2

    @property
    def dark(self) -> bool:
        return self is Colour.BLACK


class Rights(IntFlag):
    READ = 1
    WRITE = 2


# A comment above a decorator
# goes on.
@dataclass(
    frozen=True,
)
class Account(shelf.Shelf[Tome], metaclass=Meta):  # kept
    name: str
    owner: Money | None = None
    balance = total = 0
    debit = credit = charge = lambda self, amount: amount
    key = lambda self: self.name

    def __init__(self, name: str, *, owner: Money | None = None) -> None:
        """Open it.

            Indented more.
        """
        super().__init__()
        self.name, self.owner = name, owner
        self.opened: float = closed()
        self.opened = 0.0
        self._log: list[str] = []

    @overload
    def add(self, amount: int) -> int: ...
    @overload
    def add(self, amount: float) -> float: ...
    def add(self, amount):
        self.hook = self.check
        return self._log.append(amount)
        # trailing, not part of it

    @staticmethod
    async def fetch(url: str, /, *args: Tome, retry=LIMIT, **options) -> Iterator[Account]:
        async with open_session(url) as session:
            def keep(row):
                return row
            yield keep(await session.get(url))

    class Row:
        "One line."

        size = LIMIT


def open_ledger(
    path: str,  # where it lies
    kind: type[Account] = Account,
) -> Ledger:
    r"""Raw \d docs."""
    if paths.exists(path):
        def read(): return json.loads(path)
    else:
        def read():
            raise Closed
    try:
        return Ledger(map(rounded, read()), key=open_ledger, kinds=[Account, Tome])
    except (ValueError, Tome) as error:
        raise closed from error


class Ledger(dict, Iterable["Account"]): pass


@register("main")
@shelf.cached
def größe(): return {"one": Ledger, "two": first}


@register(int)
def _(value):
    def inside(): return value


if __name__ == "__main__":
    def main(): open_ledger("x").add(LIMIT); größe()
    main()
