"""What an expression of Swift is, as far as names are told apart by it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Named:
    """A type of the repository, a protocol among them."""

    path: str
    number: int
    arguments: tuple[Type | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Library:
    """A type from outside, by its name: `Array`, `Optional`, `URL`."""

    name: str
    arguments: tuple[Type | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Meta:
    """A type itself, as a value."""

    of: Type


@dataclass(frozen=True, slots=True)
class Tuple:
    items: tuple[Type | None, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    parameters: tuple[Type | None, ...]
    result: Type | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A type parameter, or the `Self` of a protocol of the repository: where its name stands."""

    path: str
    start: int


@dataclass(frozen=True, slots=True)
class LibrarySelf:
    """The `Self` of a protocol from outside, in an extension of it."""

    name: str


@dataclass(frozen=True, slots=True)
class Dependent:
    """An associated type of something: `Base.Element`."""

    base: Type
    name: str


@dataclass(frozen=True, slots=True)
class Joint:
    """What is all of some types: `P & Q`."""

    of: tuple[Type, ...]


Type = Named | Library | Meta | Tuple | Function | Parameter | LibrarySelf | Dependent | Joint
Bound = dict[Type, "Type | None"]
"""What type parameters stand for."""

UNIT = Tuple((), ())


def optional(of: Type | None) -> Type | None:
    return Library("Optional", (of,)) if of is not None else None


def unwrapped(of: Type | None) -> Type | None:
    """The same without `?`."""
    while isinstance(of, Library) and of.name == "Optional":
        of = of.arguments[0] if of.arguments else None
    return of


def array(of: Type | None) -> Type:
    return Library("Array", (of,))


def bound(of: Type | None, given: Bound) -> Type | None:
    """The same with what its parameters stand for."""
    if of is None or not given:
        return of
    if of in given:
        return given[of]
    if isinstance(of, Named | Library) and of.arguments:
        return replace(of, arguments=tuple(bound(each, given) for each in of.arguments))
    if isinstance(of, Meta):
        inner = bound(of.of, given)
        return Meta(inner) if inner is not None else None
    if isinstance(of, Tuple):
        return Tuple(tuple(bound(each, given) for each in of.items), of.labels)
    if isinstance(of, Function):
        return Function(tuple(bound(each, given) for each in of.parameters), bound(of.result, given))
    if isinstance(of, Dependent):
        base = bound(of.base, given)
        return Dependent(base, of.name) if base is not None else None
    if isinstance(of, Joint):
        return Joint(tuple(t for each in of.of if (t := bound(each, given)) is not None))
    return of
