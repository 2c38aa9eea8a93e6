"""What an expression or a written type may be, as far as names are told apart by it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Thing:
    """A type of the repository, or a namespace: itself, or an object of it."""

    path: str
    number: int
    is_static: bool
    given: int = 0
    """What its type parameters stand for: a row of `Bindings`."""


@dataclass(frozen=True, slots=True)
class Many:
    """A collection, as far as what it holds goes."""

    items: tuple[Type, ...]
    keys: tuple[Type, ...] = ()
    """What a loop in Go gives first: the keys of a map, what comes out of a channel. Of TypeScript: not () where any
    member is one of the items, as of a `Record`."""
    places: tuple[Types, ...] | None = None
    """Of a tuple, what it holds at each place."""
    rest: tuple[Type, ...] = ()
    """Of a tuple, what it is at its end as a whole: `[First, ...Rest]`."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression or a type that is what is written there: an object's literal, a function, a function's type."""

    path: str
    start: int
    end: int
    kind: str
    given: int = 0
    """What the type parameters around it stand for: a row of `Bindings`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A type parameter of TypeScript that nothing is known to stand for."""

    path: str
    start: int
    """Where its name is introduced."""
    end: int
    """Where what it is a parameter of ends."""


@dataclass(frozen=True, slots=True)
class Module:
    """A file as a module; for Go a package."""

    path: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something from outside the repository."""


@dataclass(frozen=True, slots=True)
class Literal(Foreign):
    """The type of one word or number in TypeScript: `"open"`."""

    word: str


Type = Thing | Many | Code | Parameter | Module | Foreign


Types = tuple[Type, ...]
"""What an expression may be; () when it is not known."""


FOREIGN: Types = (Foreign(),)


def elements(types: Types, place: int) -> Types:
    """What collections hold at a place: of a tuple what stands there, of any other what each is."""
    return tuple(
        held
        for each in types
        if isinstance(each, Many)
        for held in (each.places[place] if each.places is not None and place < len(each.places) else each.items)
    )


def objects(types: Types) -> Types:
    """Objects of the types that are written."""
    return tuple(
        replace(each, is_static=False) if isinstance(each, Thing) and each.is_static else each for each in types
    )
