"""Kotlin's compiler."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Verdict, said_by_rows, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of packages, as the compiler's first front end refers them; offsets count UTF-16 units."""
    if options.kotlin is None:
        sys.exit("--kotlin: `pip download --no-deps kotlin-jupyter-kernel`, unzip it, name its run_kotlin_kernel/jars")
    paths = [path for path in tracked(root, (".kt", ".java")) if path.startswith(options.only)]
    compiler, library = (
        max(options.kotlin.glob(f"{each}-*.jar")) for each in ("kotlin-jupyter-kernel", "kotlin-stdlib")
    )
    done = subprocess.run(
        ["java", "-Xmx6g", "-cp", str(compiler), str(HERE / "ReferencesKotlin.java"), str(root), str(library)],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    yield from said_by_rows(root, done.stdout.splitlines(), options)
