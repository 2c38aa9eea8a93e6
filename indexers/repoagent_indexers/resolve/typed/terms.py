"""What an expression or a written type may be, as far as names are told apart by it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    """A type of the repository, or a namespace: itself, or an object of it."""

    path: str
    number: int
    is_static: bool


@dataclass(frozen=True, slots=True)
class Many:
    """A collection, as far as what it holds goes."""

    items: tuple[Type, ...]
    keys: tuple[Type, ...] = ()
    """What a loop in Go gives first: the keys of a map, what comes out of a channel."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression or a type that is what is written there: an object's literal, a function, a function's type."""

    path: str
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Module:
    """A file as a module; for Go a package."""

    path: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something from outside the repository."""


Type = Thing | Many | Code | Module | Foreign


Types = tuple[Type, ...]
"""What an expression may be; () when it is not known."""


FOREIGN: Types = (Foreign(),)


def objects(types: Types) -> Types:
    """Objects of the types that are written."""
    return tuple(Thing(t.path, t.number, is_static=False) if isinstance(t, Thing) else t for t in types)
