"""What an expression of Python may be: a module, a class, an object, a function, or something from outside."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from dataclasses import dataclass

_OPAQUE = {"copy", "functools", "contextlib", "itertools", "operator", "weakref", "typing", "importlib", "asyncio",
           "types", "concurrent", "unittest", "inspect", "pickle", "dataclasses", "collections", "abc",
           "enum"}  # fmt: skip
"""Modules of the standard library whose functions may hand out the repository's own objects."""
_PASSING = {"next", "iter", "max", "min", "sorted", "reversed", "getattr", "vars", "map", "filter", "zip", "sum",
            "enumerate", "eval", "super", "type", "object", "property", "classmethod", "staticmethod", "anext",
            "aiter"}  # fmt: skip
"""Builtins whose result may be one of the repository's own objects, or the class of one."""
_UNTOLD = {"Any", "object", "TypeVar", "AnyStr", "Callable", "Protocol", "NewType"}
"""Annotations that say nothing of what an object is."""


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of the repository."""

    path: str


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the repository, itself."""

    path: str
    start: int
    """Start byte of its definition."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the repository, or of one derived from it."""

    of: ClassValue


@dataclass(frozen=True, slots=True)
class Super:
    """What `super()` gives in a class."""

    of: ClassValue


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function or method of the repository."""

    path: str
    start: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something from outside the repository: no attribute of it is the repository's."""

    name: str
    """Dotted, as far as known; "" for a literal."""
    kind: str
    """module, member (of a module) or object."""
    items: tuple[Value, ...] = ()
    """What iterating gives, as far as known."""
    values: tuple[Value, ...] = ()
    """What subscripting gives, as far as known."""
    parts: tuple[tuple[Value, ...], ...] = ()
    """What a tuple holds, place by place, as far as known."""


Value = ModuleValue | ClassValue | Instance | Super | FunctionValue | Foreign
Values = tuple[Value, ...]
"""What an expression may be; () when it is not known."""


def items_of(values: Values) -> Values:
    """Return what iterating over values gives."""
    return tuple(item for value in values if isinstance(value, Foreign) for item in value.items)


def subscripted(values: Values, place: str) -> Values:
    """Return what `values[place]` is."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, Foreign):
            is_known = place.isdigit() and int(place) < len(value.parts)
            found += value.parts[int(place)] if is_known else value.values
    return tuple(found)


def unpacked(values: Values, place: Sequence[int]) -> Values:
    """Return what stands at a place, from outside to inside, when values are taken apart."""
    for n in place:
        if not all(isinstance(value, Foreign) and len(value.parts) > n for value in values):
            return ()
        values = tuple(part for value in values if isinstance(value, Foreign) for part in value.parts[n])
    return values


def objects_of(values: Values) -> Values:
    """Return objects of the classes that an annotation names."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, ClassValue):
            found.append(Instance(value))
        elif isinstance(value, Foreign) and value.name and value.name.rpartition(".")[2] not in _UNTOLD:
            found.append(Foreign(value.name, "object"))
        else:
            return ()
    return tuple(found)


def foreign_attribute(value: Foreign, name: str) -> Foreign:
    """Return an attribute of something from outside; of a collection's methods, what calling them gives is kept."""
    items, parts = value.items, value.parts
    if name == "values":
        items = value.values
    elif name == "items":
        items = (Foreign("", "object", (), (), (value.items, value.values)),) if value.values else ()
    elif name in {"get", "pop", "popleft", "setdefault"}:
        items = value.values
    elif name not in {"copy", "keys"}:
        items, parts = (), ()
    return Foreign(f"{value.name}.{name}", "object", items, value.values, parts)


def foreign_result(value: Foreign) -> Values:
    """What calling something from outside gives: unknown when it may be one of the repository's own objects."""
    first, _, rest = value.name.partition(".")
    last = value.name.rpartition(".")[2]
    if value.kind == "object":
        if last in {"values", "items", "keys", "copy"}:
            return (Foreign("", "object", value.items, value.values, value.parts),)
        return value.items
    if not rest and hasattr(builtins, first):
        return () if first in _PASSING else (Foreign(value.name, "object"),)
    if value.kind == "member" and first in sys.stdlib_module_names and first not in _OPAQUE:
        return (Foreign(value.name, "object"),)
    if value.kind == "member" and last[:1].isupper() and not last.isupper():
        return (Foreign(value.name, "object"),)
    return ()
