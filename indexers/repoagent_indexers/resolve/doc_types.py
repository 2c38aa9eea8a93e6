"""Types that comments give, as PHPDoc and JSDoc write them: `@param list<Item> $items`, `@return static`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r"@(?:phpstan-|psalm-)?(param|returns?|var|type)\s+(?=\S)")
_NAME = re.compile(r"\s*(?:&|\.\.\.)*[$\[]?(\w+)")
_MANY = frozenset(
    "array list iterable non-empty-array non-empty-list Traversable Iterator IteratorAggregate Generator Collection "
    "ArrayAccess ArrayIterator ArrayObject SplObjectStorage Array ReadonlyArray Set Iterable".split()
)


@dataclass(frozen=True, slots=True)
class Named:
    """One of the types that a comment names: a name, and whether it is that of each of many."""

    name: str
    is_many: bool


def documented(doc: str, tag: str, name: str = "") -> list[Named]:
    """The types that a comment gives with a tag; with a name those of that parameter or variable, or of none."""
    for found in _TAG.finditer(doc):
        if found[1].removesuffix("s") != tag:
            continue
        text, end = _type_at(doc, found.end())
        named = _NAME.match(doc, end)
        if not name or (named[1] if named is not None and tag == "param" else name) == name:
            return list(_parsed(text, is_many=False))
    return []


def _type_at(doc: str, start: int) -> tuple[str, int]:
    """The type that begins at a place, up to the first blank outside of brackets, and where it ends."""
    depth, at = 0, start
    while at < len(doc):
        letter = doc[at]
        if letter in "<({[":
            depth += 1
        elif letter in ">)}]":
            depth -= 1
        elif letter.isspace() and not depth and not (doc[at + 1 : at + 2] in {"|", "&"} or doc[at - 1] in "|&"):
            break
        at += 1
    return doc[start:at].strip().removeprefix("{").removesuffix("}") if doc[start] == "{" else doc[start:at], at


def _parsed(text: str, *, is_many: bool) -> Iterator[Named]:
    for part in _split(text, "|&"):
        bare = part.strip().lstrip("?!").strip()
        while bare.startswith("(") and bare.endswith(")"):
            bare = bare[1:-1]
        if len(_split(bare, "|&")) > 1:
            yield from _parsed(bare, is_many=is_many)
        elif bare.endswith("[]"):
            if not is_many:
                yield from _parsed(bare[:-2], is_many=True)
        elif (opening := bare.find("<")) > 0 and bare.endswith(">"):
            base = bare[:opening].rstrip(".")
            inside = _split(bare[opening + 1 : -1], ",")
            if base.rpartition("\\")[2] in _MANY:
                if not is_many:
                    yield from _parsed(inside[min(1, len(inside) - 1)], is_many=True)
            else:
                yield Named(base, is_many)
        elif re.fullmatch(r"[\w\\$.]+|import\([^()]+\)\.\w+", bare):
            yield Named(bare, is_many)


def _split(text: str, marks: str) -> list[str]:
    """The parts of a text between marks that stand outside of brackets."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter in "<({[") - (letter in ">)}]")
        if letter in marks and not depth:
            found.append("")
        else:
            found[-1] += letter
    return found
