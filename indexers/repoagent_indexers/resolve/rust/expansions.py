"""What calls of macros define: items written out behind the end of the file in which the calls stand.

`routes!(get, GET);` among the items of a file or an `impl` makes functions that no grammar sees there. Where the
repository defines the macro by `macro_rules!`, what a call stands for is written behind the end of the file's own text,
in an `impl` of the same head, so that everything else reads it as code; names in it that stand somewhere in the
repository are known by where that is. Calls among statements are left to `nodes.opened`.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.parse import extract
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.rust import macros
from repoagent_indexers.resolve.rust.macros import Fuel, Group, Macro, Token, Tree, Unreadable
from repoagent_indexers.resolve.tree_file import TreeFile

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_CALL = re.compile(rb"^[ \t]*(?:\$?\w+[ \t]*::[ \t]*)*(\w+)![ \t]*[({\[]", re.M)
_MAX_FILE = 1 << 20
_MAX_TEXT = 1 << 18
_MAX_NESTED = 12
_INNER = frozenset(
    {b"fn", b"macro_rules", b"struct", b"enum", b"union", b"trait", b"const", b"static", b"let", b"type"}
)
_CLOSE = frozenset({b"!", b";", b",", b"(", b")"})
_BREAKING = frozenset({b"#", b"}"})
_FUNCTIONS = frozenset({"function", "method", "test", "macro"})


class ExpandedFile(TreeFile):
    """A file with what its calls of macros define written behind its text."""

    def __init__(self, plain: TreeFile, made: _Written) -> None:
        facts = _joined(plain.facts, plain.content, made.text[len(plain.content) :], made.calls)
        super().__init__(plain.path, plain.language, made.text, facts)
        self.end = len(plain.content)
        """Where the text of the file itself ends."""
        self._n_lines = plain.content.count(b"\n") + 1
        self._n_own = plain.facts.n_symbols
        self._starts_of_calls = sorted(made.calls)
        self._calls = [made.calls[start] for start in self._starts_of_calls]
        self._origins = made.origins
        self._copies: dict[int, list[int]] = {}
        for at, place in made.origins.items():
            if place.path == self.path:
                self._copies.setdefault(place.start, []).append(at)

    def origin(self, start: int) -> Place | None:
        """Where a name really stands; None for one that no file holds."""
        return Place(self.path, start) if start < self.end else self._origins.get(start)

    def made_at(self, start: int) -> Place | None:
        """Where the call stands that makes a name which the macro says; None for a name that the call is given."""
        origin, call = self.origin(start), self._call(start)
        if start < self.end or origin is None or (origin.path == self.path and call.start <= origin.start < call.end):
            return None
        return Place(self.path, call.start)

    def copies(self, start: int) -> Sequence[int]:
        """Where a name was written to that is given to a call of a macro."""
        return self._copies.get(start, ())

    def around(self, start: int) -> Iterator[int]:
        if start < self.end:
            yield from super().around(start)
            return
        yield from (number for number in super().around(start) if number >= self._n_own)
        number = self._call(start).module
        while number >= 0:
            yield number
            number = self.facts.parent(number)

    def module_of_line(self, line: int) -> int:
        if line <= self._n_lines:
            return -1
        start = self.content.find(b"\n", self.end)
        for _ in range(line - self._n_lines - 1):
            start = self.content.find(b"\n", start + 1)
        return self._call(start + 1).module

    def _call(self, start: int) -> _Called:
        """The call that something written out stands for."""
        return self._calls[max(bisect_right(self._starts_of_calls, start) - 1, 0)]


class Expander:
    """The macros of a repository, and what calls of them stand for."""

    def __init__(self, index: Index, crate_of: Callable[[str, str], bytes]) -> None:
        """`crate_of` gives what `$crate` of a macro in the first file means in the second."""
        self._index = index
        self._crate_of = crate_of
        self._known: dict[bytes, list[tuple[str, int, int]]] = {}
        self._macros: dict[tuple[str, int], Macro | None] = {}
        self._contents: dict[str, bytes] = {}

    def expanded(self, plain: TreeFile) -> TreeFile:
        """The same file where it has no such calls, which is nearly always."""
        path, content, facts = plain.path, plain.content, plain.facts
        if len(content) > _MAX_FILE or not self._has_calls(content, facts):
            return plain
        fuel, made = Fuel(), _Written(content)
        with suppress(Unreadable, RecursionError):  # what was read until there counts
            for header, call in _calls(macros.trees(content, path), ()):
                if result := self._stands_for(call, path, call.start, fuel, 0):
                    made.add(header, result, _Called(call.start, call.given.closing.end, _module_at(facts, call.start)))
        return ExpandedFile(plain, made) if made.calls else plain

    def _has_calls(self, content: bytes, facts: Facts) -> bool:
        """Whether a macro of the repository is called outside of functions."""
        calls = [found for found in _CALL.finditer(content) if self._definitions(found[1])]
        if not calls:
            return False
        at = range(0, len(facts.symbols), SYMBOL_WIDTH)
        bodies = [
            (facts.symbols[n + 6], facts.symbols[n + 7]) for n in at if SYMBOL_KINDS[facts.symbols[n]] in _FUNCTIONS
        ]
        return any(not any(start <= found.start(1) < end for start, end in bodies) for found in calls)

    def _stands_for(self, call: _Call, path: str, start: int, fuel: Fuel, depth: int) -> tuple[Tree, ...]:
        """What a call stands for, calls among the items of that too; () where that is not known."""
        macro = self._macro(call.name, path, start)
        if macro is None or depth > _MAX_NESTED:
            return ()
        where, definition = macro
        if not any(_defines(result) for _, result in definition.arms):
            return ()
        try:
            found = definition.expanded(call.given.inside, self._crate_of(where, path), fuel)
        except Unreadable:
            if fuel.left < 0:
                raise
            return ()
        return tuple(self._items(found, path, start, fuel, depth + 1))

    def _items(self, of: Sequence[Tree], path: str, start: int, fuel: Fuel, depth: int) -> Iterator[Tree]:
        """Items with what calls among them stand for in their place."""
        at = 0
        for kind, first, end, call in _items(of):
            yield from of[at:first]
            at = end
            if call is not None and (result := self._stands_for(call, path, start, fuel, depth)):
                yield from result
            elif kind in {b"impl", b"mod"} and isinstance(body := of[end - 1], Group):
                yield from of[first : end - 1]
                inner = tuple(self._items(body.inside, path, start, fuel, depth))
                yield Group(body.opening, inner, body.closing)
            else:
                yield from of[first:end]
        yield from of[at:]

    def _macro(self, name: bytes, path: str, start: int) -> tuple[str, Macro] | None:
        """The macro of a name that a place of a file is likely to see: the last before it, else the nearest."""
        found = self._definitions(name)
        before = [each for each in found if each[0] == path and each[1] < start]
        if not before:
            before = sorted(found, key=lambda each: (len(posixpath.commonpath([each[0], path])), each[0] == path))
        for where, begin, end in reversed(before[-3:]):
            key = (where, begin)
            if key not in self._macros:
                self._macros[key] = self._read(where, begin, end)
            if (macro := self._macros[key]) is not None:
                return where, macro
        return None

    def _read(self, path: str, start: int, end: int) -> Macro | None:
        try:
            return Macro(self._content(path), path, start, end)
        except (Unreadable, RecursionError):
            return None

    def _content(self, path: str) -> bytes:
        if path not in self._contents:
            source = self._index.source(path)
            self._contents[path] = source.content if source is not None else b""
        return self._contents[path]

    def _definitions(self, name: bytes) -> list[tuple[str, int, int]]:
        """Path, start and end of every macro of a name."""
        if name not in self._known:
            self._known[name] = []
            paths, languages = self._index.catalogue.paths, self._index.catalogue.languages
            for position, number in self._index.definitions(name.decode("utf-8", "replace")):
                facts = self._index.facts(position) if languages[position] == "rust" else None
                row = facts.symbols[number * SYMBOL_WIDTH :][:SYMBOL_WIDTH] if facts is not None else []
                is_macro = facts is not None and not facts.problem and SYMBOL_KINDS[row[0]] == "macro"
                if facts is not None and is_macro and facts.symbol_name(number).encode() == name:
                    self._known[name].append((paths[position], row[10], row[7]))
        return self._known[name]


@dataclass(frozen=True, slots=True)
class _Call:
    name: bytes
    given: Group
    start: int


@dataclass(frozen=True, slots=True)
class _Called:
    """A call in the text of a file, and the number of the module in which it stands, -1 for none."""

    start: int
    end: int
    module: int


class _Written:
    """The text of a file and what is written behind it."""

    def __init__(self, content: bytes) -> None:
        self.parts = [content, b"\n"]
        self.size = len(content) + 1
        self.origins: dict[int, Place] = {}
        """Where a name stands that was written out -> where it really does."""
        self.calls: dict[int, _Called] = {}
        """Start of what a call stands for -> the call."""
        self._last: Token | None = None

    @property
    def text(self) -> bytes:
        return b"".join(self.parts)

    def add(self, header: Sequence[Tree], result: Sequence[Tree], called: _Called) -> None:
        self.calls[self.size] = called
        for token in macros.written(header):
            self._put(token, is_known=False)
        if header:
            self._text(b"{")
        for token in macros.written(tuple(_without_doc(result))):
            self._put(token, is_known=True)
        self._text(b"}\n" if header else b"\n")
        if self.size > _MAX_TEXT + len(self.parts[0]):
            raise Unreadable

    def _put(self, token: Token, *, is_known: bool) -> None:
        text, kind, path, start = token
        last = self._last
        is_close = last is not None and start >= 0 and last.start + len(last.text) == start and last.path == path
        if not is_close and text not in _CLOSE:
            self.parts.append(b"\n" if text in _BREAKING else b" ")
            self.size += 1
        if is_known and kind == "name" and start >= 0:
            self.origins[self.size] = Place(path, start)
        self.parts.append(text)
        self.size += len(text)
        self._last = token

    def _text(self, text: bytes) -> None:
        self.parts.append(text)
        self.size += len(text)
        self._last = None


def _calls(of: Sequence[Tree], header: Sequence[Tree]) -> Iterator[tuple[Sequence[Tree], _Call]]:
    """The calls among items, each with the head of the `impl` in which it stands."""
    for kind, first, end, call in _items(of):
        if call is not None:
            yield header, call
        elif kind in {b"impl", b"mod", b"extern"} and isinstance(body := of[end - 1], Group):
            yield from _calls(body.inside, of[first : end - 1] if kind == b"impl" else ())


def _items(of: Sequence[Tree]) -> Iterator[tuple[bytes, int, int, _Call | None]]:
    """The items in a row of trees: the word that says what each is, its first tree, the one behind it, and for a call
    of a macro what is called."""
    at = 0
    while at < len(of):
        start, kind = at, b""
        while at < len(of) and macros.first(of[at]) == b"#":  # attributes
            at += 1
            at += at < len(of) and macros.first(of[at]) == b"!"
            at += 1
        head = at
        while at < len(of):
            tree = of[at]
            text = macros.first(tree)
            if text == b"!" and at == head + 1 + 2 * _colons(of, head, at) and at + 1 < len(of):
                name, given = of[at - 1], of[at + 1]
                if isinstance(name, Token) and name.kind == "name" and isinstance(given, Group):
                    at += 2
                    yield b"!", start, at, _Call(name.text, given, next(macros.written(of[head:at])).start)
                    at += at < len(of) and macros.first(of[at]) == b";"
                    start = -1
                    break
            if not kind and (text in _INNER or text in {b"impl", b"mod"}):
                kind = text
            at += 1
            if text == b";" or (text == b"{" and kind not in {b"const", b"static", b"let"}):
                break
        if start >= 0 and at > start:
            yield kind, start, at, None


def _defines(result: Sequence[Tree]) -> bool:
    """Whether what a macro gives may hold more than traits given to types, of which there are many in some files."""
    items: list[Tree] = []
    waiting = list(reversed(result))
    while waiting:  # what is repeated stands for itself
        tree = waiting.pop()
        after = waiting[-1] if waiting else None
        if isinstance(tree, Token) and tree.text == b"$" and isinstance(after, Group):
            waiting.pop()
            while waiting and macros.first(waiting[-1]) in {b"*", b"+", b"?", b",", b";"}:
                waiting.pop()
            is_attribute = len(after.inside) == 2 and macros.first(after.inside[0]) == b"#"
            waiting += reversed(after.inside if not is_attribute else ())
        else:
            items.append(tree)
    return any(
        kind != b"impl" or all(macros.first(each) != b"for" for each in items[start:end])
        for kind, start, end, _ in _items(items)
    )


def _without_doc(of: Sequence[Tree]) -> Iterator[Tree]:
    """The same without the attributes that documentation stands for."""
    is_doc = False
    for tree in of:
        is_doc, was_doc = isinstance(tree, Token) and tree.text == b"#" and tree.start < 0, is_doc
        if not is_doc and not was_doc:
            yield tree


def _colons(of: Sequence[Tree], start: int, end: int) -> int:
    return sum(macros.first(each) == b"::" for each in of[start:end])


def _module_at(facts: Facts, start: int) -> int:
    """The number of the innermost module around a place."""
    found = -1
    for number in range(facts.n_symbols):
        row = facts.symbols[number * SYMBOL_WIDTH :][:SYMBOL_WIDTH]
        if SYMBOL_KINDS[row[0]] == "module" and row[6] <= start < row[7]:
            found = number
    return found


def _joined(facts: Facts, content: bytes, made: bytes, calls: dict[int, _Called]) -> Facts:
    """The facts of a file with those of what is written behind it."""
    more = extract("rust", made)
    n_strings, n_symbols, shift = len(facts.strings), facts.n_symbols, len(content)
    lines = content.count(b"\n")
    starts = sorted(calls)
    symbols = list(facts.symbols)
    for at in range(0, len(more.symbols), SYMBOL_WIDTH):
        row = more.symbols[at : at + SYMBOL_WIDTH]
        for column in (1, 2, 3, 4):
            row[column] += n_strings
        if row[5] >= 0:
            row[5] += n_symbols
        else:
            row[5] = calls[starts[max(bisect_right(starts, row[10] + shift) - 1, 0)]].module
        for column in (6, 7, 10):
            row[column] += shift
        for column in (8, 9):
            row[column] += lines
        if row[11] >= 0:
            row[11] += shift
        symbols += row
    imports = list(facts.imports)
    for at in range(0, len(more.imports), 4):
        module, name, alias, line = more.imports[at : at + 4]
        imports += [module + n_strings, name + n_strings, alias + n_strings, line + lines]
    return replace(facts, strings=[*facts.strings, *more.strings], symbols=symbols, imports=imports)
