"""A definition -> its calls and headers, taken apart, so that a script can change what they give and take.

for site in call_sites(resolution, "Client.open"):
    edits.append(site.arguments.append("timeout=3"))
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_agents.editing.edits import Edit
from repoagent_agents.editing.site import Site
from repoagent_indexers.errors import UsageError
from repoagent_indexers.resolve.graph import find
from repoagent_indexers.resolve.references import Definition, Resolution
from repoagent_indexers.resolve.syntax import tree_of

if TYPE_CHECKING:
    from tree_sitter import Node

_BLANK = re.compile(rb"(?:\s|\\\r?\n)*")
_TYPE_ARGUMENTS = re.compile(rb"(?:!|\?\.|::)?\s*(?:<[^<>()]*(?:<[^<>()]*>[^<>()]*)*>|\[[^\[\]()]*\])?\s*")
_NAMED = re.compile(r"(?:\*\*?|\.\.\.)?\s*([^\W\d]\w*)\s*(?:=(?![=>])|:(?![:=]))")
_SPREAD = re.compile(r"\*|\.\.\.|\S+\.\.\.$|&\w")
_LAST = re.compile(r"\*\*|&\w")
_REST = re.compile(r"\.\.\.|^params\b|\*$")
"""A parameter that takes all that is left: Java, JavaScript, Go, C, PHP; C#; Scala."""
_REST_ANYWHERE = (".py", ".pyi", ".rb", ".swift", ".kt", ".kts")
"""Of languages in which others may stand behind it; Kotlin's is a word in front."""
_CALLS_BY_COLON = frozenset({"csharp", "php", "swift", "ruby"})
_CALLS_BY_EQUALS = frozenset({"python", "kotlin", "scala"})


@dataclass(frozen=True, slots=True)
class Item:
    """One argument or parameter; in Go, parameters that share a type: `a, b int`."""

    text: str
    """As it is written, with its name, type and default."""
    name: str
    """The keyword that an argument is given by; "" for one that is given by its place. Of a parameter "" too."""
    start_byte: int
    end_byte: int

    @property
    def is_spread(self) -> bool:
        """Whether it may stand for several: `*args`, `**options`, `...rest`."""
        return _SPREAD.match(self.text) is not None


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands in the brackets of a call or of a function's header. Its edits can be made together."""

    path: str
    start_byte: int
    """Behind the opening bracket."""
    end_byte: int
    """Of the closing bracket."""
    items: tuple[Item, ...]
    content: bytes
    """All of the file."""

    def named(self, name: str) -> Item | None:
        """The argument that is given by a keyword."""
        return next((item for item in self.items if item.name == name), None)

    @property
    def has_spread(self) -> bool:
        """Whether what is given cannot be counted."""
        return any(item.is_spread for item in self.items)

    def append(self, text: str) -> Edit:
        """The edit that puts an item behind the others, on a line of its own where the last one has one."""
        return self.insert(len(self.items), text)

    def insert(self, position: int, text: str) -> Edit:
        """The edit that puts an item before the one at a position, or behind all of them."""
        if not self.items:
            return self._edit(self.start_byte, self.start_byte, text)
        if position < len(self.items):
            start = self.items[position].start_byte
            return self._edit(start, start, f"{text},{self._gap(position)}")
        last = self.items[-1]
        if self._is_bare_generator:
            return self._edit(self.start_byte, self.end_byte, f"({last.text}), {text}")
        return self._edit(last.end_byte, last.end_byte, f",{self._gap(len(self.items) - 1)}{text}")

    def replace(self, position: int, text: str) -> Edit:
        """The edit that writes another item in the place of one."""
        item = self.items[position]
        return self._edit(item.start_byte, item.end_byte, text)

    def remove(self, position: int) -> Edit:
        """The edit that takes an item out, with the comma and the blanks that go with it."""
        item, items = self.items[position], self.items
        if position + 1 < len(items):
            return self._edit(item.start_byte, items[position + 1].start_byte, "")
        if position:
            return self._edit(items[position - 1].end_byte, item.end_byte, "")
        return self._edit(self.start_byte, self.end_byte, "")

    def _edit(self, start: int, end: int, text: str) -> Edit:
        return Edit(self.path, start, end, self.content[start:end], text.encode())

    def _gap(self, position: int) -> str:
        """What to write behind a comma: a blank, or the margin of an item that begins its line."""
        start = self.items[position].start_byte
        line = self.content.rfind(b"\n", 0, start) + 1
        margin = self.content[line:start]
        return f"\n{margin.decode()}" if line > self.start_byte and not margin.strip() else " "

    @property
    def _is_bare_generator(self) -> bool:
        """Whether one item is all, and may not stand beside another as it is: `sum(x for x in y)`."""
        inside = self.content[self.start_byte : self.end_byte]
        return len(self.items) == 1 and self.path.endswith(".py") and re.search(rb"\bfor\b", inside) is not None and (
            self.items[0].start_byte, self.items[0].end_byte) == _stripped(self.content, self.start_byte, self.end_byte
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameters(Listing):
    """What stands in the brackets of a function's header."""

    def append(self, text: str) -> Edit:
        """The edit that puts a parameter behind the others, but before those that must be last (`**options`, `&block`).

        Raises UsageError where one takes all that is left (`String... names`): nothing can stand behind that.
        """
        position = len(self.items)
        while position and _LAST.match(self.items[position - 1].text):
            position -= 1
        if position and not self.path.endswith(_REST_ANYWHERE) and _REST.search(self.items[position - 1].text):
            line = self.content.count(b"\n", 0, self.start_byte) + 1
            last = self.items[position - 1].text
            raise UsageError(
                f"{self.path}:{line}: nothing can stand behind `{last}`; say where with insert(position, ...)"
            )
        return self.insert(position, text)


@dataclass(frozen=True, slots=True)
class CallSite(Site):
    """One call of a definition."""

    arguments: Listing


def call_sites(resolution: Resolution, what: str) -> list[CallSite]:
    """The calls of what is named that have brackets, by path and place; of a constructor also those of its class.

    Raises UsageError where nothing, or several things, are named.
    """
    definition = find(resolution, what)
    uses = resolution.uses(definition)
    owner = resolution.constructed(definition)
    uses += resolution.uses(owner) if owner is not None else []
    reader = _Reader(resolution)
    found = []
    for use in sorted(uses, key=lambda use: (use.path, use.start_byte)):
        arguments = reader.listing(use.path, use.start_byte) if use.kind == "call" else None
        if arguments is not None:
            found.append(CallSite(use, arguments))
    return found


def headers(resolution: Resolution, what: str) -> list[tuple[Definition, Parameters]]:
    """The headers of the function that is named, each with its parameters: several where it is declared several times.

    Raises UsageError where nothing, or several things, are named, or where it takes no parameters.
    """
    definition = find(resolution, what)
    reader = _Reader(resolution)
    found = []
    for place in sorted(resolution.same(definition)):
        one = resolution.defined_at(place)
        parameters = reader.listing(place.path, place.start) if one is not None else None
        if one is not None and parameters is not None:
            whole = (parameters.path, parameters.start_byte, parameters.end_byte, parameters.items, parameters.content)
            found.append((one, Parameters(*whole)))
    if not found:
        raise UsageError(f"{what}: has no list of parameters")
    return found


class _Reader:
    """Takes lists in brackets apart, of files that the index has read."""

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution
        self._roots: dict[str, Node | None] = {}

    def listing(self, path: str, name_start: int) -> Listing | None:
        """What stands in the brackets behind a name; None where there are none."""
        source = self.resolution.source(path)
        root = self._root(path)
        if source is None or root is None:
            return None
        content = source.content
        name = re.compile(rb"[\w$\x80-\xff]+[?!]?").match(content, name_start)
        at = name.end() if name is not None else name_start
        if not content.startswith(b"(", at):
            blank = _BLANK.match(content, at)
            at = blank.end() if blank is not None else at
        if not content.startswith(b"(", at):
            generic = _TYPE_ARGUMENTS.match(content, at)
            at = generic.end() if generic is not None else at
        if not content.startswith(b"(", at):
            return None
        bracket = root.descendant_for_byte_range(at, at + 1)
        around = bracket.parent if bracket is not None and bracket.type == "(" else None
        if around is None or around.start_byte != at or not content.startswith(b")", around.end_byte - 1):
            return None
        items = tuple(_items(source.language, content, around))
        return Listing(path, at + 1, around.end_byte - 1, items, content)

    def _root(self, path: str) -> Node | None:
        if path not in self._roots:
            source = self.resolution.source(path)
            facts = self.resolution.index.facts_of(path)
            is_read = source is not None and facts is not None and not facts.problem
            self._roots[path] = tree_of(source.language, source.content).root_node if source and is_read else None
        return self._roots[path]


def _items(language: str, content: bytes, around: Node) -> Iterator[Item]:
    if around.type == "generator_expression":  # `any(x for x in y)`: its brackets are the call's
        yield _item(language, content, *_stripped(content, around.start_byte + 1, around.end_byte - 1))
        return
    start = end = -1
    for node in around.children:
        if node.type in {"(", ")", ","}:
            if start >= 0:
                yield _item(language, content, start, end)
            start = -1
        elif not node.type.endswith("comment"):
            start = node.start_byte if start < 0 else start
            end = node.end_byte


def _item(language: str, content: bytes, start: int, end: int) -> Item:
    text = content[start:end].decode("utf-8", "replace")
    named = _NAMED.match(text)
    name = ""
    if named is not None and not text.startswith("*"):
        mark = named[0][-1]
        by_name = (mark == "=" and language in _CALLS_BY_EQUALS) or (mark == ":" and language in _CALLS_BY_COLON)
        name = named[1] if by_name else ""
    return Item(text, name, start, end)


def _stripped(content: bytes, start: int, end: int) -> tuple[int, int]:
    """A stretch without the blanks at its ends."""
    text = content[start:end]
    return start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))
