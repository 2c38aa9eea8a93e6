"""What members mean in Zig, by its compiler: a name is misspelt, and the error says in which container it is missing.

One compilation for each name asked about, so a few hundred are what a sitting bears. Code that nothing reaches is not
looked at by the compiler, and not judged; nor are bare names, which no other may hide in Zig.
"""

from __future__ import annotations

import random
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tree_sitter import Node, Parser

from repoagent_indexers.languages import grammar

_MEMBER = re.compile(r"(?<=\.)(?:[A-Za-z_]\w*)(?!\w)")
_NO_CODE = re.compile(r"//.*|\\\\.*|\"(?:[^\"\\]|\\.)*\"")
_ERROR = re.compile(r"^(\S+?):(\d+):(\d+): error: (.*)$", re.M)
_MISSING = re.compile(r"no (?:field|member|field or member function) named|has no member named")
_DECLARED = re.compile(r"^(\S+?):(\d+):(\d+): note: \w+ declared here$", re.M)
_CONTAINERS = ("source_file", "struct_declaration", "enum_declaration", "union_declaration", "opaque_declaration")
_SUFFIX = "_misspelt"


class Said(NamedTuple):
    """What the compiler says of one place: path, 1-based line, 0-based column."""

    spot: tuple[str, int, int]
    name: str
    target: tuple[str, int, int] | None
    """The member in the repository; None for one from elsewhere."""


def said(root: Path, command: str, paths: Sequence[str], n: int, seed: int) -> Iterator[Said]:
    """The verdicts on `n` members drawn from files; `command` compiles them, run in a copy of the repository."""
    spots = [
        (path, line, found.start(), found[0])
        for path in paths
        for line, text in enumerate((root / path).read_text("utf-8").split("\n"), 1)
        for found in _MEMBER.finditer(_NO_CODE.sub(lambda one: " " * len(one[0]), text))
    ]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".git"), symlinks=True)
        for path, line, column, name in sorted(random.Random(seed).sample(spots, min(n, len(spots)))):
            if (verdict := _asked(copy, command, path, line, column, name)) is not None:
                yield verdict


def _asked(copy: Path, command: str, path: str, line: int, column: int, name: str) -> Said | None:
    file = copy / path
    before = file.read_text("utf-8")
    rows = before.split("\n")
    end = column + len(name)
    rows[line - 1] = rows[line - 1][:end] + _SUFFIX + rows[line - 1][end:]
    file.write_text("\n".join(rows), "utf-8")
    try:
        done = subprocess.run(shlex.split(command), cwd=copy, capture_output=True, text=True, check=False)
    finally:
        file.write_text(before, "utf-8")
    for error in _ERROR.finditer(done.stderr):
        if (_inside(copy, error[1]), int(error[2])) != (path, line) or name + _SUFFIX not in error[4]:
            continue
        note = _DECLARED.search(done.stderr, error.end())
        if not _MISSING.search(error[4]) or note is None or _ERROR.search(done.stderr, error.end(), note.start()):
            continue
        where = _inside(copy, note[1])
        place = _member(copy / where, int(note[2]), int(note[3]), name) if where else None
        if where and place is None:
            return None
        return Said((path, line, column), name, (where, *place) if where and place else None)
    return None


def _inside(copy: Path, path: str) -> str:
    """A path that the compiler names, as one of the repository; "" for others."""
    whole = Path(copy, path).resolve()
    return whole.relative_to(copy.resolve()).as_posix() if whole.is_relative_to(copy.resolve()) else ""


def _member(file: Path, line: int, column: int, name: str) -> tuple[int, int] | None:
    """Where the container that is declared at a place names a member."""
    tree = Parser(grammar("zig")).parse(file.read_bytes())
    at: Node | None = tree.root_node.descendant_for_point_range((line - 1, column - 1), (line - 1, column))
    if (line, column) == (1, 1):
        at = tree.root_node
    while at is not None and at.type not in _CONTAINERS:
        at = at.parent
    for child in at.named_children if at is not None else ():
        labels = [child.child_by_field_name("name")]
        if child.type == "variable_declaration":
            labels = [each for each in child.named_children if each.type == "identifier"][:1]
        for label in labels:
            if label is not None and label.text == name.encode():
                return label.start_point.row + 1, label.start_point.column
    return None
