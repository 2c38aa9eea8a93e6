"""What inherits from what, told by what stands in the headers of types, and what methods override."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.references import Definition, Resolution

MAX_TYPES = 50
"""Types that are looked at for what a method overrides."""
_INHERITING = frozenset("class struct interface trait protocol object record enum".split())
_OVERRIDING = frozenset("method function property operator".split())
_OWN = frozenset({"private", "static"})
"""Words in front of a method that no other can stand in for."""

_MARK = re.compile(rb"[(\[{)\]};\n]|(?<=[\w:])<|(?<![-=])>|:(?!:)|\b(?:permits|where)\b")
_OPENING, _CLOSING = frozenset((b"(", b"[", b"{", b"<")), frozenset((b")", b"]", b"}", b">"))
_ENDS_HEADER = frozenset((b"{", b";", b"permits", b"where"))
_ENDS_HEADER_IN = {"python": b":", "ruby": b"\n"}


def bases(resolution: Resolution, definition: Definition) -> list[Definition]:
    """The types of the repository that a type names in its header, in that order."""
    found: dict[Place, Definition] = {}
    for place in _in_header(resolution, definition):
        certainty, named = resolution.meaning(place)
        if certainty != "by name only":
            found.update((each.place, each) for each in named if each.place != definition.place)
    return list(found.values())


def subclasses(resolution: Resolution, definition: Definition) -> list[Definition]:
    """The types that name a type in their header, by path and place; not those derived from these."""
    found: dict[Place, Definition] = {}
    for use in resolution.uses(definition):
        below = resolution.definition_of(use.inside) if use.inside is not None else None
        if below is None or use.certainty == "by name only" or below.place == definition.place:
            continue
        if Place(use.path, use.start_byte) in set(_in_header(resolution, below)):
            found[below.place] = below
    return list(found.values())


def _in_header(resolution: Resolution, definition: Definition) -> Iterator[Place]:
    """Where the header of a type names others, but for parameters and arguments of types and what a type permits."""
    path = definition.place.path
    source = resolution.source(path)
    if definition.symbol.kind not in _INHERITING or source is None:
        return
    edges, depths = [definition.place.start], [0]
    end = definition.symbol.span.end_byte
    for mark in _MARK.finditer(source.content, definition.place.start, end):
        sign, depth = mark[0], depths[-1]
        if depth == 0 and (sign in _ENDS_HEADER or sign == _ENDS_HEADER_IN.get(source.language)):
            end = mark.start()
            break
        edges.append(mark.start())
        depths.append(max(0, depth + (sign in _OPENING) - (sign in _CLOSING)))
    wanted = 1 if source.language == "python" else 0
    for reference in resolution.index.parsed(path).references:
        start = reference.start_byte
        if reference.kind != "type" or not definition.place.start < start < end:
            continue
        if depths[bisect_right(edges, start) - 1] == wanted and source.content[start - 1 : start] != b"=":
            yield Place(path, start)


def overridden(resolution: Resolution, definition: Definition) -> list[Definition]:
    """What a method overrides or implements: of each line of its type's bases the nearest that has one of its name."""
    holders = [_holder(resolution, place) for place in sorted(resolution.same(definition), key=lambda one: one.start)]
    waiting = list({each.place: each for each in holders if each is not None}.values())
    seen = {each.place for each in waiting}
    found: list[Definition] = []
    while waiting and len(seen) < MAX_TYPES:
        for base in bases(resolution, waiting.pop(0)):
            if base.place in seen:
                continue
            seen.add(base.place)
            member = _member(resolution, base, definition.symbol.name)
            if member is not None:
                found.append(member)
            else:
                waiting.append(base)
    return found


def _holder(resolution: Resolution, place: Place) -> Definition | None:
    """The type around a method that another type's may stand in for, or that may stand in for another's."""
    method = resolution.defined_at(place)
    holder = resolution.parent(method) if method is not None else None
    if method is None or holder is None or holder.symbol.kind not in _INHERITING:
        return None
    is_own = method.symbol.kind not in _OVERRIDING or not _OWN.isdisjoint(method.symbol.signature.split())
    return None if is_own else holder


def _member(resolution: Resolution, holder: Definition, name: str) -> Definition | None:
    """The first member of that name that a type has of its own."""
    symbols = resolution.index.parsed(holder.place.path).symbols
    for symbol in symbols:
        if symbol.name == name and symbol.parent is not None and symbols[symbol.parent] == holder.symbol:
            return resolution.definition_of(symbol)
    return None
