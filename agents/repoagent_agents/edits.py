"""A change to a file as data: read out of a model's reply, checked against the file, applied to bytes, shown as a diff.

    reply -> blocks (edit_blocks) -> places in the files (edit_match) -> edits that leave every file readable

Nothing is guessed: what does not fit exactly becomes a problem, one line for a person (or for the model's next try).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import eq, ne
from typing import Any

from repoagent_agents.edit_blocks import DIVIDER, Block, read_blocks
from repoagent_agents.edit_match import Place, find, fitted, lines_of, trimmed
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.facts import Facts
from repoagent_indexers.git_environment import shown
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.source import SourceFile, Symbol
from repoagent_indexers.work_tree import components
from repoagent_indexers.workers import Job, read_all

MAX_CREATED = 1 << 20
"""Bytes of a new file that a reply may bring."""
_PLACEHOLDER = re.compile(
    r"^\s*(?:#|//|--|/\*|<!--|;|%)\s*(?:\.\.\.|…)\s*(?:\*/|-->)?\s*$"
    r"|^\s*(?:#|//|--|/\*|<!--|;|%)?\s*(?:\.\.\.|…)\s*[(\[]?\s*(?:the )?(?:rest|existing|remaining|other|same|"
    r"unchanged|previous|omitted|more|keep)\b.*$"
    r"|^\s*(?:#|//|--|/\*)\s*(?:the )?(?:rest of|existing code|remaining code|unchanged|same as before|code omitted)"
    r"\b.*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes that take the place of others in one file. A file that is not there yet counts as empty."""

    path: str
    start_byte: int
    """0-based, inclusive."""
    end_byte: int
    """0-based, exclusive; `start_byte` for an insertion."""
    old: bytes
    """What must stand there."""
    new: bytes


def apply_to(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Return `content` with the edits of one file made, whatever their order; insertions at one place keep theirs.

    Raises UsageError for edits that overlap or belong to several files, Refused for one that does not fit.
    """
    pieces: list[bytes] = []
    at = 0
    path: str | None = None
    for edit in in_order(edits):
        if edit.path != (path if path is not None else edit.path):
            raise UsageError(f"{shown(edit.path)}: edits of several files were given as one; group them by path")
        path = edit.path
        if edit.start_byte < at or edit.end_byte < edit.start_byte:
            raise UsageError(f"{_at(content, edit)}: two edits overlap; make one of them")
        if edit.end_byte > len(content) or content[edit.start_byte : edit.end_byte] != edit.old:
            raise Refused(f"{_at(content, edit)}: the edit no longer fits, the file has changed; plan it again")
        pieces += (content[at : edit.start_byte], edit.new)
        at = edit.end_byte
    return b"".join((*pieces, content[at:]))


def reverse(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits that undo `edits`, of any number of files, once they are made."""
    undone: list[Edit] = []
    for path, ordered in by_path(edits).items():
        moved = 0
        for edit in in_order(ordered):
            start = edit.start_byte + moved
            undone.append(Edit(path, start, start + len(edit.new), edit.new, edit.old))
            moved += len(edit.new) - len(edit.old)
    return tuple(undone)


def by_path(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """Return path -> its edits in the order given; paths sorted."""
    grouped: dict[str, list[Edit]] = {}
    for edit in edits:
        grouped.setdefault(edit.path, []).append(edit)
    return dict(sorted(grouped.items()))


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits of one file from its top to its end."""
    return sorted(edits, key=lambda edit: (edit.start_byte, edit.end_byte))


def diff(before: bytes | None, after: bytes | None, path: str, context: int = 3, *, moved_from: str = "") -> str:
    """Return the unified diff of one file, "" when nothing differs; None stands for no file.

    With `moved_from` the file is at `path` what it was elsewhere before, as git writes a rename.

    Bytes that are not UTF-8 are kept as surrogates, so `.encode("utf-8", "surrogateescape")` is a patch for git.
    """
    if before == after and not moved_from:
        return ""
    olds, news = lines_of(before or b""), lines_of(after or b"")
    head = 0
    while head < min(len(olds), len(news)) and olds[head] == news[head]:
        head += 1
    tail = 0
    while tail < min(len(olds), len(news)) - head and olds[-1 - tail] == news[-1 - tail]:
        tail += 1
    first = max(0, head - context)
    last = max(0, tail - context)
    old_middle, new_middle = olds[first : len(olds) - last], news[first : len(news) - last]
    name, old_name = _quoted(path), _quoted(moved_from or path)
    shown_lines = [
        f"--- {'/dev/null' if before is None else _prefixed('a', old_name)}\n",
        f"+++ {'/dev/null' if after is None else _prefixed('b', name)}\n",
    ]
    if moved_from:
        shown_lines = [
            f"diff --git {_prefixed('a', old_name)} {_prefixed('b', name)}\n",
            f"rename from {old_name}\nrename to {name}\n",
            *(shown_lines if before != after else ()),
        ]
    for group in _matched(old_middle, new_middle).get_grouped_opcodes(context):
        shown_lines.append(
            f"@@ -{_range(group[0][1] + first, group[-1][2] + first)} "
            f"+{_range(group[0][3] + first, group[-1][4] + first)} @@\n"
        )
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                shown_lines += (_line(" ", line) for line in old_middle[i1:i2])
            else:
                shown_lines += (_line("-", line) for line in old_middle[i1:i2])
                shown_lines += (_line("+", line) for line in new_middle[j1:j2])
    return "".join(shown_lines)


def _matched(olds: list[bytes], news: list[bytes]) -> SequenceMatcher[bytes]:
    if len(olds) == len(news) and 2 * sum(map(ne, olds, news)) <= len(olds):
        return _SideBySide(olds, news)
    return SequenceMatcher(None, olds, news, autojunk=False)


class _SideBySide(SequenceMatcher[bytes]):
    """Of as many lines as before, few of them others, each is held against the one at its place: a rename is shown so,
    and nothing need be searched for."""

    def __init__(self, olds: list[bytes], news: list[bytes]) -> None:
        super().__init__(None, [], [], autojunk=False)
        self._are_equal = list(map(eq, olds, news))

    def get_opcodes(self) -> Any:
        found = []
        at = 0
        for is_equal, run in groupby(self._are_equal):
            end = at + sum(1 for _ in run)
            found.append(("equal" if is_equal else "replace", at, end, at, end))
            at = end
        return found


def _prefixed(side: str, name: str) -> str:
    return f'"{side}/{name[1:]}' if name.startswith('"') else f"{side}/{name}"


def _quoted(path: str) -> str:
    """Return a path as git writes it in a diff: quoted when it holds anything but plain characters."""
    if all(character.isprintable() and character not in '"\\' for character in path):
        return path
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else "".join(f"\\{b:03o}" for b in c.encode("utf-8", "surrogateescape"))
                         for c in quoted) + '"'  # fmt: skip


def _range(start: int, end: int) -> str:
    """Return lines [start, end), 0-based, as a hunk's header counts them."""
    length = end - start
    return f"{start + 1 if length else start}" if length == 1 else f"{start + (1 if length else 0)},{length}"


def _line(mark: str, line: bytes) -> str:
    text = line.decode("utf-8", "surrogateescape")
    return f"{mark}{text}" if text.endswith("\n") else f"{mark}{text}\n\\ No newline at end of file\n"


def _at(content: bytes, edit: Edit) -> str:
    line = content.count(b"\n", 0, edit.start_byte) + 1
    return f"{shown(edit.path)}:{line}" if content else shown(edit.path)


# -- a model's reply ----------------------------------------------------------------------------------------------


def read_edits(
    reply: str, sources: Iterable[SourceFile], *, may_create: bool = False
) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """Return the edits that a reply asks for, and one line about each part of it that cannot be taken.

    Read are search/replace blocks, unified diffs and fenced definitions that replace the one of the same name. A path
    may be shortened as long as one of `sources` alone ends in it; it may be left out when there is one source. With
    `may_create`, blocks with nothing to search for, diffs against /dev/null and fenced files make new files.
    """
    reading = _Reading({source.path: source for source in sources}, may_create)
    for block in read_blocks(reply, tuple(reading.sources)):
        reading.add(block)
    reading.add_definitions()
    edits = readable(
        reading.edits, {path: source.content for path, source in reading.sources.items()}, reading.problems
    )
    return edits, tuple(dict.fromkeys(reading.problems))


def readable(edits: Sequence[Edit], contents: Mapping[str, bytes], problems: list[str]) -> tuple[Edit, ...]:
    """Return the edits without those that would leave a file with syntax errors it does not have now; says so in
    `problems`. Paths that `contents` lacks count as new files."""
    grouped = by_path(edits)
    after: dict[str, bytes] = {}
    for path, own in grouped.items():
        try:
            after[path] = apply_to(contents.get(path, b""), own)
        except (UsageError, Refused) as error:
            problems.append(str(error))
    before = {path: contents.get(path, b"") for path in after}
    worse = _worse(before, after)
    trials: dict[_Trial, bytes] = {}
    for path in worse:
        trials |= {(path, edit): apply_to(before[path], [edit]) for edit in grouped[path]}
    guilty = {key for key, line in _each_worse(before, trials).items() if line}
    kept: list[Edit] = []
    for path, own in grouped.items():
        if path not in worse:
            kept += own if path in after else ()
            continue
        innocent = [edit for edit in own if (path, edit) not in guilty]
        if len(innocent) < len(own) and not (
            innocent and _worse({path: before[path]}, {path: apply_to(before[path], innocent)})
        ):
            kept += innocent
            for edit in own:
                if (path, edit) in guilty:
                    problems.append(f"{_at(before[path], edit)}: with this edit the file no longer parses; left out")
        else:
            problems.append(f"{shown(path)}:{worse[path]}: with these edits the file no longer parses; left out")
    return tuple(kept)


def facts_of(files: Sequence[tuple[str, str, bytes]]) -> list[Facts]:
    """Return what each of (path, language, content) says, in order; read by a process that can be killed."""
    if not files:
        return []
    found: dict[int, Facts] = {}
    jobs = [Job(key, path, language, content) for key, (path, language, content) in enumerate(files)]
    for read in read_all(jobs):
        found[read.job.key] = Facts.from_bytes(read.facts)
    return [found[key] for key in range(len(files))]


_Trial = tuple[str, Edit | None]
"""A path, and the one edit that is tried; None for all of them."""


def _worse(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, int]:
    """Return the paths that have more syntax errors after than before -> line of the first one after."""
    keyed: dict[_Trial, bytes] = {(path, None): content for path, content in after.items()}
    return {path: line for (path, _), line in _each_worse(before, keyed).items() if line}


def _each_worse(before: Mapping[str, bytes], after: Mapping[_Trial, bytes]) -> dict[_Trial, int]:
    """Return for each content after, keyed by path and edit, the line of its first error if it has more; else 0."""
    languages = {path: language_of(path, before[path] or after[path, edit]) for path, edit in after}
    stops = {key: _python_error(after[key]) for key in after if languages[key[0]] == "python"}
    code = [key for key in after if LANGUAGES[languages[key[0]]].is_code and stops.get(key) != 0]
    facts = dict(zip(code, facts_of([(path, languages[path], after[path, edit]) for path, edit in code]), strict=True))
    doubtful = sorted({path for (path, _), fact in facts.items() if fact.errors and not fact.problem})
    old_facts = facts_of([(path, languages[path], before[path]) for path in doubtful])
    n_before = {path: len(fact.errors) for path, fact in zip(doubtful, old_facts, strict=True)}
    found: dict[_Trial, int] = dict.fromkeys(after, 0)
    for key, fact in facts.items():
        path = key[0]
        if len(fact.errors) > n_before.get(path, 0) or fact.problem:
            found[key] = next(iter(fact.errors), 1)
        elif (line := stops.get(key)) and not _python_error(before[path]):
            found[key] = line
    return found


def _python_error(content: bytes) -> int | None:
    """Return the line at which Python itself would stop, 0 for none; None when Python cannot tell."""
    if len(content) > MAX_CREATED:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = content.decode("utf-8").removeprefix("\ufeff")  # what the file says it is written in no longer holds
            compile(text, "<edited>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return error.lineno or 1
        except (ValueError, RecursionError, MemoryError, OverflowError):
            return None
    return 0


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


@dataclass(frozen=True, slots=True)
class _Definitions:
    """One way to read a fence as definitions."""

    block: Block
    source: SourceFile
    code: bytes
    head: bytes
    tail: bytes


class _Reading:
    """One reply, block by block."""

    def __init__(self, sources: dict[str, SourceFile], may_create: bool) -> None:
        self.sources = sources
        self.may_create = may_create
        self.edits: list[Edit] = []
        self.problems: list[str] = []
        self.definitions: list[tuple[Block, SourceFile]] = []

    def add(self, block: Block) -> None:
        if block.problem:
            self.problems.append(f"reply line {block.line}: {block.problem}")
            return
        path, problem = self.path_of(block)
        if problem:
            self.problems.append(f"reply line {block.line}: {problem}")
        elif path not in self.sources:
            self.create(path, block)
        elif block.kind == "code" and not LANGUAGES[self.sources[path].language].is_code:
            self.problems.append(f"reply line {block.line}: {shown(path)}: use search/replace blocks for this file")
        elif block.kind == "code":
            self.definitions.append((block, self.sources[path]))
        else:
            self.search(block, self.sources[path])

    def path_of(self, block: Block) -> tuple[str, str]:
        """Return the path that a block speaks of, or what is wrong with it."""
        written = block.path
        if not written:
            if len(self.sources) == 1 and not (self.may_create and block.creates):
                return next(iter(self.sources)), ""
            return "", "no file is named before this block; put its path on the line above"
        if written in self.sources:
            return written, ""
        trimmed_path = written.removeprefix("./").removeprefix("/")
        ending = [path for path in self.sources if path == trimmed_path or path.endswith("/" + trimmed_path)]
        if len(ending) == 1:
            return ending[0], ""
        if len(ending) > 1:
            return "", f"{shown(written)} may be {' or '.join(map(shown, ending[:3]))}; write the whole path"
        if self.may_create and block.creates:
            return trimmed_path, ""
        return "", f"{shown(written)} is not among the files that may be changed here"

    def create(self, path: str, block: Block) -> None:
        try:
            components(path)
        except (UsageError, Refused) as error:
            self.problems.append(f"reply line {block.line}: {error}")
            return
        text = block.code if block.kind == "code" else block.readings[0][1]
        content = text.encode("utf-8", "surrogateescape")
        if any(edit.path == path for edit in self.edits):
            self.problems.append(f"reply line {block.line}: {shown(path)} is written a second time")
        elif not content.strip() or len(content) > MAX_CREATED:
            self.problems.append(f"reply line {block.line}: {shown(path)} would be a new file of {len(content)} bytes")
        elif found := _PLACEHOLDER.search(text):
            self.problems.append(f"reply line {block.line}: {shown(path)} leaves code out: {shown(found[0].strip())!r}")
        else:
            self.edits.append(Edit(path, 0, 0, b"", content))

    def search(self, block: Block, source: SourceFile) -> None:
        """Add the edit for a block that says what to search for; several readings, one of which must fit."""
        fits: list[tuple[Place, str, str]] = []
        most: list[Place] = []
        for search, replacement in block.readings:
            places = find(source.content, search)
            if len(places) == 1:
                fits.append((places[0], search, replacement))
            most = max(most, places, key=len)
        if len(fits) > 1:  # a heading underlined with ===, kept on both sides
            fits = [fit for fit in fits if _n_dividers(fit[1]) == _n_dividers(fit[2])] or fits
        where = f"reply line {block.line}: {shown(source.path)}"
        if not fits and most:
            lines = ", ".join(str(place.line) for place in most[:4])
            self.problems.append(f"{where}: the text to replace stands at lines {lines}; quote more lines around it")
        elif not fits:
            first = next((line.strip() for line in block.readings[0][0].splitlines() if line.strip()), "")
            said = f"the text to replace is not in the file ({shown(first)[:60]!r}); quote it exactly"
            self.problems.append(f"{where}: {said if first else 'nothing to search for, but the file exists'}")
        elif len(fits) > 1:
            self.problems.append(f"{where}: the block can be read in two ways; use fewer lines of ===")
        else:
            place, search, replacement = fits[0]
            kept = set(_PLACEHOLDER.findall(search))
            gap = next((found for found in _PLACEHOLDER.findall(replacement) if found not in kept), None)
            if gap is not None:
                self.problems.append(
                    f"{where}: the replacement leaves code out: {shown(gap.strip())!r}; write it whole"
                )
                return
            self.replace(source, place, fitted(source.content, place, replacement), where)

    def replace(self, source: SourceFile, place: Place, new: bytes, where: str) -> None:
        start, end, new = trimmed(source.content, place.start_byte, place.end_byte, new)
        if start == end and not new:
            self.problems.append(f"{where}: the block changes nothing")
            return
        self.edits.append(Edit(source.path, start, end, source.content[start:end], new))

    def add_definitions(self) -> None:
        """Add edits for fenced definitions: each replaces the file's definition of the same name."""
        readings: list[_Definitions] = []
        files: list[tuple[str, str, bytes]] = []
        for block, source in self.definitions:
            code = _dedented(block.code).encode("utf-8", "surrogateescape")
            for head, tail in _WRAPPERS.get(source.language, _PLAIN):
                readings.append(_Definitions(block, source, head + code + tail, head, tail))
                files.append((source.path, source.language, readings[-1].code))
        olds = list({source.path: source for _, source in self.definitions}.values())
        facts = facts_of(files + [(source.path, source.language, source.content) for source in olds])
        known = {
            source.path: fact.parsed(source.path).symbols
            for source, fact in zip(olds, facts[len(files) :], strict=True)
        }
        done: set[int] = set()
        for reading, fact in zip(readings, facts, strict=False):
            last = reading is [other for other in readings if other.block is reading.block][-1]
            if id(reading.block) not in done and (last or (fact.n_symbols and not fact.errors and not fact.problem)):
                done.add(id(reading.block))
                self.define(reading, fact, known[reading.source.path])

    def define(self, reading: _Definitions, facts: Facts, known: Sequence[Symbol]) -> None:
        block, source, code = reading.block, reading.source, reading.code
        where = f"reply line {block.line}: {shown(source.path)}"
        given = facts.parsed(source.path).symbols
        outer = 0 if b"class" in reading.head else None
        top = [symbol for symbol in given if symbol.parent == outer]
        if not top or facts.errors or facts.problem:
            if block.path:  # a fence that names no file is only an illustration
                self.problems.append(f"{where}: this is no whole definition; use a search/replace block")
            return
        if found := _PLACEHOLDER.search(block.code):
            self.problems.append(f"{where}: the code leaves something out: {shown(found[0].strip())!r}; write it whole")
            return
        rest = bytearray(code)
        for symbol in top:
            rest[symbol.span.start_byte : symbol.span.end_byte] = b" " * (symbol.span.end_byte - symbol.span.start_byte)
        rest = rest[len(reading.head) : len(rest) - len(reading.tail)]
        if leftover := _uncommented(rest.decode("utf-8", "replace")):
            self.problems.append(f"{where}: code outside of definitions ({shown(leftover)[:40]!r}); use search/replace")
            return
        for symbol in top:
            same = [other for other in known if other.name == symbol.name and _alike(other, symbol)]
            if len(same) != 1:
                said = "is not defined there" if not same else f"is defined {len(same)} times there"
                self.problems.append(f"{where}: {shown(symbol.name)} {said}; use a search/replace block")
                continue
            target = same[0]
            inside = {other.name for other in given if other.parent is not None}
            at = known.index(target)
            lost = [other.name for other in known if other.parent == at and other.name not in inside]
            if lost and target.kind not in {"function", "method", "constructor"}:
                names = ", ".join(lost[:3])
                self.problems.append(f"{where}: {shown(symbol.name)} would lose {shown(names)}; use search/replace")
                continue
            self.replace(source, *_redefined(source.content, target, code, symbol), where)


def _n_dividers(text: str) -> int:
    return sum(DIVIDER.match(line) is not None for line in text.split("\n"))


def _redefined(content: bytes, target: Symbol, code: bytes, symbol: Symbol) -> tuple[Place, bytes]:
    """Return where the old definition stands, and the new one with its indentation and line ends."""
    start, end = target.span.start_byte, target.span.end_byte
    line_start = content.rfind(b"\n", 0, start) + 1
    indent = content[line_start:start].decode("utf-8", "surrogateescape")
    given_start = code.rfind(b"\n", 0, symbol.span.start_byte) + 1
    given_indent = code[given_start : symbol.span.start_byte].decode("utf-8", "surrogateescape")
    text = code[symbol.span.start_byte : symbol.span.end_byte].decode("utf-8", "surrogateescape")
    add, remove = (indent, given_indent) if not indent.strip() and not given_indent.strip() else ("", "")
    place = Place(start, end, target.span.start_line, add=add, remove=remove, whole_lines=False)
    return place, fitted(content, place, text)


def _alike(known: Symbol, given: Symbol) -> bool:
    kinds = {"function", "method", "constructor", "property"}
    return known.kind == given.kind or {known.kind, given.kind} <= kinds


def _dedented(code: str) -> str:
    lines = code.split("\n")
    indents = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    common = min(indents, key=len, default="")
    return (
        "\n".join(line.removeprefix(common) for line in lines) if all(i.startswith(common) for i in indents) else code
    )


def _uncommented(text: str) -> str:
    """Return the first line that is neither blank nor a comment; "" when there is none."""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith(("#", "//", "/*", "*", "--", ";", "<?", "?>")):
            return stripped
    return ""
