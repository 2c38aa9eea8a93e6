"""Symbols as judges list them: Universal Ctags, the parsers of TypeScript and Flow, libclang."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judges.verdict import HERE

CTAGS = {
    "python": "Python --kinds-Python=-Iix", "cpp": "C++ --kinds-C++=+px", "c": "C --kinds-C=+px", "java": "Java",
    "php": "PHP --kinds-PHP=-a", "typescript": "TypeScript", "tsx": "TypeScript", "javascript": "JavaScript",
    "csharp": "C#", "bash": "Sh --kinds-Sh=-hs", "go": "Go --kinds-Go=-Pu", "rust": "Rust",
    "ruby": "Ruby --kinds-Ruby=-L", "kotlin": "Kotlin", "lua": "Lua",
}  # fmt: skip
"""Our name of a language -> what ctags is told: no names of imports, no here-documents, but declarations in C."""


@dataclass(frozen=True)
class Tag:
    """What one side calls a symbol."""

    path: str
    name: str
    line: int
    kind: str
    last: int
    scope: str
    around: tuple[str, ...] = ()
    """Of ours: the kinds of the symbols around it, innermost first."""


def by_ctags(root: Path, options: argparse.Namespace, paths: Iterable[str]) -> Iterator[Tag]:
    """What Universal Ctags lists."""
    language, *kinds = CTAGS[options.language].split()
    done = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+neKs", "--sort=no", f"--language-force={language}", *kinds,
         "-L", "-", "-f", "-"],
        cwd=root, input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    for row in map(json.loads, done.stdout.splitlines()):
        if row["_type"] == "tag":
            yield Tag(
                row["path"],
                bare(row["name"], options.language),
                row["line"],
                row["kind"],
                row.get("end", 0),
                row.get("scope", ""),
            )


def by_compiler(root: Path, options: argparse.Namespace, paths: Iterable[str]) -> Iterator[Tag]:
    """What the parser of the language itself lists: that of TypeScript, or Flow's."""
    program = "symbols_flow.js" if options.judge == "flow" else "symbols_typescript.js"
    command = ["node", str(HERE / program), str(options.node_modules), str(root)]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        row: dict[str, Any] = json.loads(line)
        yield Tag(row["path"], bare(row["name"], options.language), row["line"], row["kind"], row["last"], row["scope"])


_CLANG: dict[Path, set[tuple[str, int]]] = {}


def declared_by_clang(root: Path, path: str, options: argparse.Namespace) -> set[tuple[str, int]]:
    """Name and line of all that libclang declares in a file; what it cannot make out of it is not there."""
    from clang import cindex

    if root / path not in _CLANG:
        standard = ["-x", "c"] if options.language == "c" else ["-x", "c++", "-std=c++17"]
        include = [*options.include, str(root), str(root / "include"), str(root / "src")]
        unit = cindex.Index.create().parse(str(root / path), [*standard, *(f"-I{each}" for each in include)], options=1)
        found = _CLANG[root / path] = set()
        waiting = list(unit.cursor.get_children())
        while waiting:
            cursor = waiting.pop()
            if cursor.location.file is not None and Path(cursor.location.file.name) == root / path:
                waiting += cursor.get_children()
                if cursor.kind.is_declaration() or cursor.kind == cindex.CursorKind.MACRO_DEFINITION:
                    found.add((cursor.spelling.partition("<")[0], cursor.location.line))
    return _CLANG[root / path]


def bare(name: str, language: str) -> str:
    """A name as both sides write it: without quotes, sigils and what it is a member of."""
    name = name.replace(" ", "").strip("\"'`").removeprefix("$").removeprefix("@" if language == "csharp" else "")
    if language == "lua":
        name = name.replace(":", ".")
    return name.rpartition(".")[2] if language in {"csharp", "lua"} else name  # `int IList.Count`, `function M.run()`
