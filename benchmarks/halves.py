#!/usr/bin/env python3
"""Whether `repoagent review` catches what half a commit breaks: one file of a real commit is staged, and no other.

    halves.py MIRROR ... [--commits 200] [--halves 20] [--json OUT]

Where a commit takes a definition away from one file and every use of its name from another file, its author knew that
they belong together: the first file staged alone breaks the other, and a review has to say so (gone). Where a commit
changes the line that defines a function and lines elsewhere that call one of that name, the first alone may break the
others, or not, where what is new is optional (changed): of these some should be caught, and more is better.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import product
from checkouts import git

_DEFINED = re.compile(
    r"^\s*(?:export\s+|default\s+|async\s+|pub(?:\([a-z]+\))?\s+|public\s+|private\s+|protected\s+|internal\s+|static\s+|final\s+|abstract\s+)*"
    r"(?:def|class|function|func|fn|struct|interface|trait|enum|object|fun)\s+(?:\([^)]*\)\s*)?(\w{4,})"
)
"""A line that defines a name, in the languages that say so by a word."""
_TYPED = re.compile(
    r"^\s+(?:(?:public|private|protected|internal|static|final|virtual|async)\s+)+[\w<>\[\],.? ]+\s(\w{4,})\s*\("
)
"""The same of a method, in those that begin with its type."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirrors", type=Path, nargs="+", metavar="MIRROR", help="a clone, bare or not")
    parser.add_argument("--commits", type=int, default=200, help="the newest so many of each that are no merges")
    parser.add_argument("--halves", type=int, default=20, help="at most so many halves of each repository")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    print("| repository | gone | caught | changed | caught | s a review |\n|---|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, mirror in enumerate(options.mirrors):
            row = looked_at(mirror, Path(folder, f"{number}"), options.commits, options.halves)
            rows.append(row)
            seconds = row["s"] / max(1, len(row["halves"]))
            print(f"| {row['name']} | {_counts([row])} | {seconds:.1f} |", flush=True)
    print(f"| all | {_counts(rows)} | |")
    for row in rows:
        for half in row["halves"]:
            if not half["caught"]:
                names = ", ".join(half["names"])
                print(
                    f"missed: {row['name']} {half['commit'][:10]} {half['kind']} {half['path']}: {names}",
                    file=sys.stderr,
                )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), "utf-8")


def _counts(rows: list[dict[str, Any]]) -> str:
    kinds = [[half for row in rows for half in row["halves"] if half["kind"] == kind] for kind in ("gone", "changed")]
    return " | ".join(f"{len(own)} | {sum(bool(half['caught']) for half in own)}" for own in kinds)


def looked_at(mirror: Path, place: Path, n_commits: int, n_halves: int) -> dict[str, Any]:
    """The halves of one repository, and what was said of each."""
    tree, home = place / "tree", place / "home"
    place.mkdir()
    git(place, "clone", "-q", "--shared", str(mirror.resolve()), str(tree))
    name = mirror.parent.name.partition("+")[2] if mirror.name in {"repo", ".git"} else mirror.name
    row: dict[str, Any] = {"name": name, "halves": [], "s": 0.0}
    for commit in git(tree, "rev-list", "--no-merges", f"--max-count={n_commits}", "HEAD").split():
        for kind, path, names in halves(tree, commit):
            if len(row["halves"]) >= n_halves:
                return row
            git(tree, "checkout", "-qf", "--detach", f"{commit}~1")
            git(tree, "checkout", "-q", commit, "--", path)
            began = time.monotonic()
            findings = product.review(tree, home)
            row["s"] += time.monotonic() - began
            said = [one for one in findings if any(re.search(rf"\b{word}\b", one["message"]) for word in names)]
            row["halves"].append({"commit": commit, "kind": kind, "path": path, "names": names, "caught": said})
            git(tree, "reset", "-q", "--hard")
    return row


def halves(tree: Path, commit: str) -> Iterator[tuple[str, str, list[str]]]:
    """The files of a commit that cannot go alone, or perhaps not: kind, path, and the names that others followed."""
    try:
        shown = git(tree, "diff", "-U0", "--no-renames", "--diff-filter=M", f"{commit}~1", commit)
    except CalledProcessError:  # the first commit; or a clone that lacks a blob
        return
    removed: dict[str, list[str]] = {}
    added: dict[str, list[str]] = {}
    path = ""
    for line in shown.split("\n"):
        if line.startswith("+++ "):
            path = line[6:].rstrip("\t")
        elif line.startswith("-") and not line.startswith("---"):
            removed.setdefault(path, []).append(line[1:])
        elif line.startswith("+"):
            added.setdefault(path, []).append(line[1:])
    if not 2 <= len(removed) <= 30:
        return
    for path, lines in removed.items():
        names = _defined(lines)
        others = [one for one in removed if one != path and Path(one).suffix == Path(path).suffix]
        if not names or not others:
            continue
        after = _words(git(tree, "show", f"{commit}:{path}"))
        gone = [
            name
            for name in names - after
            if any(
                name in _used(removed[one]) and name not in _words(git(tree, "show", f"{commit}:{one}"))
                for one in others
            )
        ]
        if gone:
            yield "gone", path, sorted(gone)
        again = names & _defined(added.get(path, []))
        changed = [
            name
            for name in again
            if any(
                f"{name}(" in "\n".join(removed[one]) and f"{name}(" in "\n".join(added.get(one, [])) for one in others
            )
        ]
        if changed:
            yield "changed", path, sorted(changed)


def _defined(lines: list[str]) -> set[str]:
    return {found[1] for line in lines for pattern in (_DEFINED, _TYPED) if (found := pattern.match(line))}


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _used(lines: list[str]) -> set[str]:
    """Words of lines of code that do not stand in quotation marks."""
    return set(re.findall(r"(?<![\w\"'`])\w+\b(?![\"'`])", "\n".join(_code(lines))))


def _code(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if not line.lstrip().startswith(("#", "//", "*", "/*", '"""')))


if __name__ == "__main__":
    main()
