"""javac, for Java."""

from __future__ import annotations

import argparse
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Spot, Verdict, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names of types, methods and fields, as the compiler attributes them; its offsets count UTF-16 units."""
    paths = [path for path in tracked(root, (".java",)) if path.startswith(options.only)]
    done = subprocess.run(
        ["java", "--add-modules", "jdk.compiler", str(HERE / "ReferencesJava.java"), str(root)],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = done.stdout.splitlines()
    for row in random.Random(options.seed).sample(rows, min(options.n, len(rows))):
        path, start, name, kind, target, at = row.split("\t")
        places = frozenset({_spot_at(root, target, int(at))}) if target else frozenset()
        spot = _spot_at(root, path, int(start))
        targets = places if kind == "target" else frozenset()
        yield Verdict(spot, name, targets, places - targets, kind != "target")


def _spot_at(root: Path, path: str, offset: int) -> Spot:
    before = (root / path).read_bytes().decode("utf-8", "replace").encode("utf-16-le")[: 2 * offset]
    text = before.decode("utf-16-le", "replace")
    return path, text.count("\n") + 1, len(text) - text.rfind("\n") - 1
