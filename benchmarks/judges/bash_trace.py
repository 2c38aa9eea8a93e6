"""What Bash itself called, and which variables it read, while a program ran: traces of bash.sh, read.

A call: the frame of what was called says its name, its file and from which line of which file. A variable: commands
that give it a value or declare it are traced, with how deep the stack is, so a scope is known as Bash has it: what a
function declares is seen by all that it calls, and ends with it; a subshell has a copy.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from judges.verdict import Spot

MAX_EVENTS = 1_500_000
"""Of one process: what comes behind is left out."""

_EVENT = re.compile("^\\++\x01")
_HEADER = r"(?:^|[;&|({{]|\b(?:then|else|do))\s*(?:function\s+{0}(?![\w:.-])|{0}\s*\(\s*\))"
_COMMAND = (
    r"(?:^|[;&|({{`!]|\$\(|\b(?:then|do|else|elif|if|while|until|time|eval|coproc)\s)\s*(?:\w+=\S*\s+)*"
    r"[\"'\\]?({})(?![\w:.=/+-])"
)
_MAX_LINES = 60
_ASSIGNED = re.compile(r"^([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=")
_DECLARING = {"local", "declare", "typeset", "export", "readonly"}
_READ = re.compile(r"(?<!\\)\$\{?[#!]?([A-Za-z_]\w*)")
_FOR_ONE_COMMAND = r"(?<![\w$-]){0}=(?:\"[^\"]*\"|'[^']*'|[^\s;&|()'\"])*\s+(?:\w+=\S*\s+)*[\w./\"$-]"


@dataclass
class Variable:
    """One variable of one shell, for as long as it lasts."""

    is_local: bool
    is_exported: bool = False
    given: set[Spot] = field(default_factory=set)


@dataclass
class Shell:
    """The variables of one process: innermost scope last."""

    scopes: list[tuple[int, dict[str, Variable]]]
    frame: tuple[str, ...] = ()
    """Its subshells, its stack and its place when it was last seen."""

    def leave(self, depth: int) -> None:
        while len(self.scopes) > 1 and self.scopes[-1][0] > depth:
            self.scopes.pop()

    def find(self, name: str) -> Variable | None:
        return next((scope[name] for _, scope in reversed(self.scopes) if name in scope), None)

    def declare(self, name: str, depth: int) -> Variable:
        if self.scopes[-1][0] != depth:
            self.scopes.append((depth, {}))
        return self.scopes[-1][1].setdefault(name, Variable(is_local=True))

    def copy(self) -> Shell:
        return Shell([(depth, dict(scope)) for depth, scope in self.scopes])

    def replaced(self) -> Shell:
        """What a program that it starts in its own place takes over."""
        return Shell([(0, {name: each for name, each in self.scopes[0][1].items() if each.is_exported})])


def _forked(shells: dict[str, Shell], frame: tuple[str, ...]) -> Shell | None:
    """Which shell a subshell was made from: the last one that was seen in that frame."""
    known = list(shells.values())[::-1]
    same = [shell for shell in known if shell.frame == frame]
    near = [shell for shell in known if shell.frame[:1] == frame[:1]]
    return next(iter(same or near or known), None)


class Traces:
    """All traces of one run of a repository's tests in a copy of it."""

    def __init__(self, root: Path, copy: str) -> None:
        self.root, self.copy = root, copy.rstrip("/") + "/"
        self.calls: dict[tuple[Spot, str], set[Spot]] = defaultdict(set)
        self.entered: set[tuple[Spot, str]] = set()
        self.commands: set[tuple[Spot, str]] = set()
        """Commands that ran under a name."""
        self.reads: dict[tuple[Spot, str], dict[int, Variable]] = defaultdict(dict)
        self._texts: dict[str, list[str]] = {}
        self._paths: dict[tuple[str, str, str], str] = {}
        self._read_at: dict[tuple[str, int], list[tuple[str, int]]] = {}

    def rows(self, path: str) -> list[str]:
        if path not in self._texts:
            file = self.root / path
            self._texts[path] = file.read_text("utf-8", "replace").split("\n") if path and file.is_file() else []
        return self._texts[path]

    def text(self, path: str, line: int) -> str:
        rows = self.rows(path)
        return rows[line - 1] if 0 < line <= len(rows) else ""

    def add(self, trace: Path) -> None:
        """Read what one process and its subshells wrote."""
        shells: dict[str, Shell] = {}
        n = 0
        with trace.open(encoding="utf-8", errors="replace", newline="\n") as rows:
            for row in rows:
                if row == "\x02\n":
                    shells = {pid: shell.replaced() for pid, shell in shells.items()}
                if not _EVENT.match(row):
                    continue
                n += 1
                if n > MAX_EVENTS:
                    break
                head, _, command = row.partition("\x03")
                parts = head.partition("\x01")[2].split("\x02")
                if len(parts) != 10 or not parts[5].isdigit():
                    continue
                pid, level, folder, test, depth, line, function, source, called_at, caller = parts
                depth = depth or "0"
                if pid not in shells:
                    around = _forked(shells, (str(int(level) - 1), depth, function, source))
                    shells[pid] = around.copy() if around is not None else Shell([(0, {})])
                shells[pid].frame = (level, depth, function, source)
                path = self._path(source, folder, test)
                is_inner = function not in {"", "source"} and (function != "main" or int(depth) > 1)
                if is_inner and called_at.isdigit():
                    self._call(self._path(caller, folder, test), int(called_at), function, path, int(line))
                if path:
                    self._run(shells[pid], path, int(line), command.rstrip("\n"), int(depth), is_inner=is_inner)

    def _path(self, source: str, folder: str, test: str) -> str:
        """A file of the repository; "" for one outside."""
        key = (source, folder, test)
        if key not in self._paths:
            whole = os.path.realpath(Path(folder) / source) if source else ""
            if "/bats-run-" in whole or "/bats." in whole:
                whole = os.path.realpath(test) if test and whole.endswith(".src") else ""
            inside = whole.removeprefix(self.copy) if whole.startswith(self.copy) else ""
            real = os.path.realpath(self.root / inside) if inside else ""
            inside = os.path.relpath(real, os.path.realpath(self.root)) if Path(real).is_file() else ""
            self._paths[key] = "" if inside.startswith("..") else inside
        return self._paths[key]

    # -- calls --------------------------------------------------------------------------------------------------------

    def _call(self, caller: str, at: int, name: str, path: str, line: int) -> None:
        spot = self._written(caller, at, name, _COMMAND) if caller else None
        if spot is None:
            return
        self.entered.add((spot, name))
        defined = self._definition(path, line, name) if path else None
        if defined is not None:
            self.calls[spot, name].add(defined)

    def _written(self, path: str, line: int, name: str, pattern: str) -> Spot | None:
        found = list(re.finditer(pattern.format(re.escape(name)), self.text(path, line)))
        return (path, line, found[0].start(1)) if len(found) == 1 else None

    def _definition(self, path: str, line: int, name: str) -> Spot | None:
        header = re.compile(_HEADER.format(re.escape(name)))
        for at in range(line, 0, -1):
            if (found := header.search(self.text(path, at))) is not None:
                return path, at, found.start() + found[0].index(name)
        return None

    # -- variables ----------------------------------------------------------------------------------------------------

    def _run(self, shell: Shell, path: str, line: int, command: str, depth: int, *, is_inner: bool) -> None:
        shell.leave(depth)
        for name, column in self._reads(path, line):
            if (variable := shell.find(name)) is not None:
                self.reads[(path, line, column), name][id(variable)] = variable
        words = command.split()
        if not words:
            return
        if re.fullmatch(r"[\w:.@-]+", words[0]):
            spot = self._written(path, line, words[0], _COMMAND)
            if spot is not None:
                self.commands.add((spot, words[0]))
        if (found := _ASSIGNED.match(command)) is not None:
            if re.search(_FOR_ONE_COMMAND.format(found[1]), self.text(path, line)) is None:
                self._give(shell, path, line, found[1], depth, is_declared=False)
        elif words[0] in _DECLARING:
            flags = "".join(word for word in words[1:] if word[:1] in "-+")
            is_declared = is_inner and words[0] in {"local", "declare", "typeset"} and "g" not in flags
            for word in (each.lstrip("$'") for each in words[1:] if not set(flags) & set("fFp")):
                if (name := re.match(r"([A-Za-z_]\w*)(?==|\+=|\[|$)", word)) is not None:
                    if "=" in word or is_declared:
                        self._give(shell, path, line, name[1], depth, is_declared=is_declared)
                    variable = shell.find(name[1])
                    if variable is not None and (words[0] == "export" or "x" in flags):
                        variable.is_exported = True
        elif words[0] == "for" and len(words) > 1:
            self._give(shell, path, line, words[1], depth, is_declared=False)
        elif words[0] in {"read", "mapfile", "readarray"}:
            for word in words[1:]:
                if re.fullmatch(r"[A-Za-z_]\w*", word):
                    self._give(shell, path, line, word, depth, is_declared=False)
        elif words[:2] == ["printf", "-v"] and len(words) > 2:
            self._give(shell, path, line, words[2], depth, is_declared=False)
        elif words[0] == "getopts" and len(words) > 2:
            self._give(shell, path, line, words[-1] if len(words) == 3 else words[2], depth, is_declared=False)

    def _give(self, shell: Shell, path: str, line: int, name: str, depth: int, *, is_declared: bool) -> None:
        variable = shell.declare(name, depth) if is_declared else shell.find(name)
        if variable is None:
            variable = shell.scopes[0][1].setdefault(name, Variable(is_local=False))
        if (found := re.search(rf"(?<![\w$-])(?<!\$\{{){name}(?!\w)", self.text(path, line))) is not None:
            variable.given.add((path, line, found.start()))
            return
        for at in range(line, max(0, line - _MAX_LINES), -1):  # a list of several lines is traced with its last one
            if (found := re.search(rf"(?<![\w$-]){name}\+?=\(\s*(?:#.*)?$", self.text(path, at))) is not None:
                variable.given.add((path, at, found.start()))
                return

    def _reads(self, path: str, line: int) -> list[tuple[str, int]]:
        """The variables that are read on a line, with their columns."""
        if (path, line) not in self._read_at:
            text = _without_quotes(self.text(path, line))
            self._read_at[path, line] = [(found[1], found.start(1)) for found in _READ.finditer(text)]
        return self._read_at[path, line]


def _without_quotes(text: str) -> str:
    """A line without what Bash takes as it stands: in single quotes, and comments."""
    plain, inside = "", ""
    for at, char in enumerate(text):
        is_plain = at > 0 and text[at - 1] == "\\"
        if inside != "'" and char == "#" and not inside and text[:at].strip(" \t") == text[:at][:-1].strip(" \t"):
            break
        if char == inside and not is_plain:
            inside = ""
        elif not inside and char in "'\"" and not is_plain:
            inside = char
        plain += " " if inside == "'" else char
    return plain


def verdicts(root: Path, copy: str, traces: list[Path]) -> Iterator[tuple[Spot, str, set[Spot], set[Spot], bool]]:
    """Place, name, targets, locals, and whether it is known to be neither: for each name that was seen in use."""
    said = Traces(root, copy)
    for trace in traces:
        said.add(trace)
    functions = {name for _, name in said.calls}
    for (spot, name), targets in sorted(said.calls.items()):
        if spot not in targets:
            yield spot, name, targets, set(), False
    for spot, name in sorted(said.commands):
        if name in functions and (spot, name) not in said.entered:
            yield spot, name, set(), set(), True
    for (spot, name), variables in sorted(said.reads.items()):
        lasting = {place for each in variables.values() if not each.is_local for place in each.given}
        inner = {place for each in variables.values() if each.is_local for place in each.given}
        if (lasting or inner) and spot not in lasting | inner:
            yield spot, name, lasting, inner, not lasting
