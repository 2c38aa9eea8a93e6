"""What judges say, and what they share to say it: places, files of a repository, rows of a program of theirs."""

from __future__ import annotations

import argparse
import functools
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
Spot = tuple[str, int, int]
"""Path, 1-based line, 0-based column in characters."""


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one place."""

    spot: Spot
    name: str
    targets: frozenset[Spot]
    """Definitions in the repository that outlive a call."""
    others: frozenset[Spot]
    """Parameters and locals."""
    is_elsewhere: bool
    """The judge knows the place, and it is none of those: a local, a parameter, something outside."""


def tracked(root: Path, suffixes: tuple[str, ...]) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout.decode()
    return sorted(
        path
        for path in listed.split("\0")
        if path.endswith(suffixes) and (root / path).is_file() and not (root / path).is_symlink()
    )


def inside(root: Path, path: object) -> str | None:
    """A path relative to the root; None for one outside."""
    try:
        return Path(str(path)).resolve().relative_to(root).as_posix()
    except ValueError:
        return None


def said_by_rows(root: Path, rows: list[str], options: argparse.Namespace) -> Iterator[Verdict]:
    """Some of the rows that a judge's program has printed: file, place, name, kind, and where what it means stands."""
    for row in sorted(random.Random(options.seed).sample(sorted(rows), min(options.n, len(rows)))):
        path, start, name, kind, *places = row.split("\t")
        found = frozenset(unit_at(root, where, int(at)) for where, at in zip(places[::2], places[1::2], strict=True))
        targets = found if kind == "target" else frozenset()
        yield Verdict(unit_at(root, path, int(start)), name, targets, found - targets, kind != "target")


def unit_at(root: Path, path: str, offset: int) -> Spot:
    """A place given in UTF-16 units of a text without its byte order mark."""
    text = whole(root / path).encode("utf-16-le")[: 2 * offset].decode("utf-16-le", "replace")
    return path, text.count("\n") + 1, len(text) - text.rfind("\n") - 1


@functools.cache
def whole(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig", "replace")


@functools.cache
def rows_of(file: Path) -> list[str]:
    return file.read_text("utf-8", "replace").split("\n")


def characters(file: Path, line: int, units: int) -> int:
    """A column in characters, given in UTF-16 units."""
    return len(rows_of(file)[line].encode("utf-16-le")[: 2 * units].decode("utf-16-le", "replace"))
