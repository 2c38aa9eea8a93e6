"""Fenced code in a reply -> edits: each definition takes the place of the one of its name in the file.

A reply seldom repeats all of a file. So what a fence leaves out stays: the file's other definitions, the members of a
class of which only some are given, imports. What is new stands behind what is in front of it in the fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repoagent_agents.editing.edit_blocks import Block
from repoagent_agents.editing.edit_check import facts_of
from repoagent_agents.editing.edit_match import PLACEHOLDER, Place, find, fitted
from repoagent_agents.editing.edits import Edit, replaced
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.source import SourceFile, Symbol

_PLAIN = ((b"", b""),)
_IN_CLASS = (b"class A {\n", b"\n}\n")
_WRAPPERS = {
    "java": (*_PLAIN, _IN_CLASS),
    "csharp": (*_PLAIN, _IN_CLASS),
    "javascript": (*_PLAIN, _IN_CLASS),
    "typescript": (*_PLAIN, _IN_CLASS),
    "tsx": (*_PLAIN, _IN_CLASS),
    "php": (*_PLAIN, (b"<?php\n", b""), (b"<?php class A {\n", b"\n}\n")),
}
"""Language -> what may have to stand around a definition for it to parse on its own; tried in order."""
_FUNCTIONS = frozenset({"function", "method", "constructor", "property"})
_VALUES = frozenset({"variable", "constant", "field"})
_IMPORT = re.compile(r"(?:import|from|use|using|#include|require|require_relative)\b")
_COMMENT = re.compile(r"#(?!include\b|define\b|pragma\b)|//|/\*|\*|--|;|<\?|\?>")
_OMITTED = re.compile(r":\s*(?:#.*)?\n?\s*\.\.\.\s*$")
"""A body of Python that is nothing but an ellipsis."""
_MAIN = re.compile(rb"^if __name__ ==", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fence, read in one language."""

    block: Block
    code: bytes
    head: bytes
    tail: bytes
    symbols: Sequence[Symbol]
    is_broken: bool

    @property
    def top(self) -> list[int]:
        """Numbers of the definitions that stand in no other."""
        outer = 0 if b"class" in self.head else None
        return [number for number, symbol in enumerate(self.symbols) if symbol.parent == outer]

    def members(self, number: int) -> list[Symbol]:
        """The functions and classes that stand right in a class."""
        return [symbol for symbol in self.symbols if symbol.parent == number and symbol.kind not in _VALUES]

    def text(self, symbol: Symbol) -> str:
        return self.code[symbol.span.start_byte : symbol.span.end_byte].decode("utf-8", "surrogateescape")

    def beside(self, start: int, end: int, symbols: Sequence[Symbol]) -> list[str]:
        """The lines between two places that belong to none of the symbols; neither blank ones nor comments."""
        rest = bytearray(self.code)
        for symbol in symbols:
            span = symbol.span
            rest[span.start_byte : span.end_byte] = b" " * (span.end_byte - span.start_byte)
        return list(_uncommented(rest[start:end].decode("utf-8", "replace")))


class Definitions:
    """What some files define, and edits that define it anew."""

    def __init__(
        self, named: Sequence[tuple[Block, SourceFile]], unnamed: Sequence[Block], sources: Sequence[SourceFile]
    ) -> None:
        """Parses all fences and all files that they may be about, at once."""
        known = list({source.path: source for source in sources if LANGUAGES[source.language].is_code}.values())
        if not unnamed:
            known = list({source.path: source for _, source in named}.values())
        wanted = {(id(block), source.language): (block, source) for block, source in named}
        wanted |= {(id(block), source.language): (block, source) for block in unnamed for source in known}
        tried = [
            (key, block, head + _dedented(block.code).encode("utf-8", "surrogateescape") + tail, head, tail, source)
            for key, (block, source) in wanted.items()
            for head, tail in _WRAPPERS.get(source.language, _PLAIN)
        ]
        facts = facts_of(
            [(source.path, source.language, code) for _, _, code, _, _, source in tried]
            + [(source.path, source.language, source.content) for source in known]
        )
        self._fences: dict[tuple[int, str], _Fence] = {}
        for (key, block, code, head, tail, source), fact in zip(tried, facts, strict=False):
            if key not in self._fences or self._fences[key].is_broken:
                self._fences[key] = _fence(block, code, head, tail, fact, source.path)
        self._sources = known
        self._known = {
            source.path: fact.parsed(source.path).symbols
            for source, fact in zip(known, facts[len(tried) :], strict=True)
        }

    def source_of(self, block: Block) -> SourceFile | None:
        """The one file that has all that a fence defines, when just one has."""
        found = [source for source in self._sources if self._has_all(source, self._fences[id(block), source.language])]
        return found[0] if len(found) == 1 else None

    def _has_all(self, source: SourceFile, fence: _Fence) -> bool:
        top = [fence.symbols[number] for number in fence.top]
        if fence.is_broken or not top or all(symbol.kind in _VALUES for symbol in top):
            return False
        return all(len(self._same(source, symbol)) == 1 for symbol in top)

    def _same(self, source: SourceFile, symbol: Symbol, parent: int | None = None) -> list[int]:
        """Numbers of a file's definitions of that name; with `parent` only of those right in that one."""
        return [
            number
            for number, other in enumerate(self._known[source.path])
            if other.name == symbol.name and _alike(other, symbol) and (parent is None or other.parent == parent)
        ]

    def edits(self, block: Block, source: SourceFile, problems: list[str], *, may_append: bool) -> list[Edit]:
        """The edits by which a fence redefines what is in a file; says in `problems` what cannot be taken.

        With `may_append`, a function or a class that the file lacks is put at its end.
        """
        fence = self._fences[id(block), source.language]
        where = f"reply line {block.line}: {shown(source.path)}"
        top = [fence.symbols[number] for number in fence.top]
        if not top or fence.is_broken:
            if block.path:  # a fence that names no file is only an illustration
                problems.append(f"{where}: this is no whole definition; use a search/replace block")
            return []
        found: list[Edit] = []
        imports = []
        there = set(_uncommented(source.content.decode("utf-8", "replace")))
        for line in fence.beside(len(fence.head), len(fence.code) - len(fence.tail), top):
            if line in there:
                continue
            if not _IMPORT.match(line):
                problems.append(f"{where}: code outside of definitions ({shown(line)[:40]!r}); use search/replace")
                return []
            imports.append(line)
        if imports:
            if (place := _behind_imports(source.content)) is None:
                problems.append(
                    f"{where}: code outside of definitions ({shown(imports[0])[:40]!r}); use search/replace"
                )
                return []
            found += _edit(source, place, fitted(source.content, place, "".join(f"{line}\n" for line in imports)))
        before: Symbol | None = None
        n_problems = len(problems)
        for number in fence.top:
            symbol = fence.symbols[number]
            same = self._same(source, symbol)
            if len(same) == 1:
                before = self._known[source.path][same[0]]
                found += self._redefine(fence, number, source, same[0], where, problems)
            elif len(same) > 1:
                if not find(source.content, fence.text(symbol)):
                    said = f"{shown(symbol.name)} is defined {len(same)} times there"
                    problems.append(f"{where}: {said}; use a search/replace block")
            elif symbol.kind not in _VALUES and (before is not None or (may_append and not fence.head)):
                if gap := PLACEHOLDER.search(fence.text(symbol)):
                    problems.append(f"{where}: {_left_out(gap)}")
                    continue
                outer = [other for other in self._known[source.path] if other.parent is None]
                beside = before or (outer[-1] if outer else None)
                found += _edit(source, *_added(source.content, fence, symbol, beside, before))
            else:
                problems.append(f"{where}: {shown(symbol.name)} is not defined there; use a search/replace block")
        if not found and len(problems) == n_problems:
            problems.append(f"{where}: the block changes nothing")
        return found

    def _redefine(
        self, fence: _Fence, number: int, source: SourceFile, at: int, where: str, problems: list[str]
    ) -> list[Edit]:
        """The edits by which one definition of a fence takes the place of the one that the file has."""
        symbol, known = fence.symbols[number], self._known[source.path]
        target = known[at]
        inside = {other.name for other in fence.symbols if other.parent is not None}
        lost = [other.name for other in known if other.parent == at and other.name not in inside]
        gap = PLACEHOLDER.search(fence.text(symbol))
        if (lost or gap) and target.kind not in _FUNCTIONS:
            if (found := self._merged(fence, number, source, at)) is not None:
                return found
            if lost:
                names = ", ".join(lost[:3])
                problems.append(f"{where}: {shown(symbol.name)} would lose {shown(names)}; use search/replace")
                return []
        if gap:
            problems.append(f"{where}: {_left_out(gap)}")
            return []
        return _edit(source, *_redefined(source.content, target, fence, symbol))

    def _merged(self, fence: _Fence, number: int, source: SourceFile, at: int) -> list[Edit] | None:
        """The edits that put the given members of a class into the one that the file has, which keeps the others; None
        when more is changed than members, or one of them is not given whole."""
        symbol, known = fence.symbols[number], self._known[source.path]
        target = known[at]
        members = fence.members(number)
        there = set(_lines(source.content[target.span.start_byte : target.span.end_byte].decode("utf-8", "replace")))
        beside = fence.beside(symbol.span.start_byte, symbol.span.end_byte, members)
        if not members or any(line not in there and line != "..." for line in beside):
            return None
        found: list[Edit] = []
        before: Symbol | None = None
        last = max((other for other in known if other.parent == at), key=lambda one: one.span.end_byte, default=None)
        for member in members:
            same = self._same(source, member, at)
            text = fence.text(member)
            if PLACEHOLDER.search(text) or len(same) > 1:
                return None
            if same:
                before = known[same[0]]
                if not _OMITTED.search(text):
                    found += _edit(source, *_redefined(source.content, before, fence, member))
            else:
                behind = before or last
                if behind is None or source.content.find(b"\n", behind.span.end_byte) > target.span.end_byte:
                    return None  # all of the class stands on one line
                found += _edit(source, *_added(source.content, fence, member, behind, behind))
        return found


def _fence(block: Block, code: bytes, head: bytes, tail: bytes, facts: Facts, path: str) -> _Fence:
    is_broken = bool(not facts.n_symbols or facts.errors or facts.problem)
    return _Fence(block, code, head, tail, facts.parsed(path).symbols, is_broken)


def _left_out(gap: re.Match[str]) -> str:
    return f"the code leaves something out: {shown(gap[0].strip())!r}; write it whole"


def _edit(source: SourceFile, place: Place, new: bytes) -> list[Edit]:
    edit = replaced(source.path, source.content, place, new)
    return [] if edit is None else [edit]


def _redefined(content: bytes, target: Symbol, fence: _Fence, symbol: Symbol) -> tuple[Place, bytes]:
    """Return where the old definition stands, and the new one with its indentation and line ends."""
    add, remove = _shift(content, target, fence, symbol)
    start, end = target.span.start_byte, target.span.end_byte
    place = Place(start, end, target.span.start_line, add=add, remove=remove, whole_lines=False)
    return place, fitted(content, place, fence.text(symbol))


def _added(
    content: bytes, fence: _Fence, symbol: Symbol, beside: Symbol | None, behind: Symbol | None
) -> tuple[Place, bytes]:
    """Return a place, and a new definition as it must stand there.

    It stands behind a definition, else at the file's end, and as far from others as `beside` does.
    """
    text = fence.text(symbol)
    gap = "\n" * _blank_lines(content, beside.span.start_byte if beside else 0)
    main = _MAIN.search(content) if behind is None else None
    if main is not None:
        at = main.start()
        return Place(at, at, 0), fitted(content, Place(at, at, 0), f"{text}\n{gap}")
    if behind is None:
        at = len(content)
    else:
        at = (content.find(b"\n", behind.span.end_byte) + 1) or len(content)
        add, remove = _shift(content, behind, fence, symbol)
        head, *rest = text.split("\n")
        text = "\n".join(
            add + line if line.strip() else line for line in (head, *(r.removeprefix(remove) for r in rest))
        )
    start = "" if content[:at].endswith(b"\n") or not content else "\n"
    return Place(at, at, 0), fitted(content, Place(at, at, 0), f"{start}{gap}{text}")


def _blank_lines(content: bytes, at: int) -> int:
    """How many lines in front of a definition are blank; one at least."""
    before = content[: content.rfind(b"\n", 0, at) + 1].replace(b"\r", b"")
    return max(1, len(before) - len(before.rstrip(b"\n")) - 1)


def _shift(content: bytes, target: Symbol, fence: _Fence, symbol: Symbol) -> tuple[str, str]:
    """Return the indentation that a definition of a fence lacks, and the one that it has too much."""
    indent = _indent(content, target.span.start_byte)
    given = _indent(fence.code, symbol.span.start_byte)
    return (indent, given) if not indent.strip() and not given.strip() else ("", "")


def _indent(content: bytes, at: int) -> str:
    return content[content.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "surrogateescape")


def _behind_imports(content: bytes) -> Place | None:
    """Return the place behind the last line at a file's margin that imports something."""
    at = None
    offset = 0
    for line in content.split(b"\n"):
        text = line.decode("utf-8", "replace").rstrip("\r;")
        if _IMPORT.match(text) and not text.endswith(("(", "{", ",", "\\")):
            at = offset + len(line) + 1
        offset += len(line) + 1
    return None if at is None or at > len(content) else Place(at, at, 0)


def _alike(known: Symbol, given: Symbol) -> bool:
    return known.kind == given.kind or {known.kind, given.kind} <= _FUNCTIONS


def _dedented(code: str) -> str:
    lines = code.split("\n")
    indents = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    common = min(indents, key=len, default="")
    return (
        "\n".join(line.removeprefix(common) for line in lines) if all(i.startswith(common) for i in indents) else code
    )


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines())


def _uncommented(text: str) -> Iterator[str]:
    """The lines that are neither blank nor a comment, without the blanks around them."""
    return (line for line in _lines(text) if line and not _COMMENT.match(line))
