"""Scala's compiler."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Verdict, said_by_rows, tracked

_NO_SCALA_2_13_ON_JVM = re.compile(r"(?:^|[/-])(?:scala-?)?(?:3|2\.1[0-2]|2\.13-|js|native)(?:\.js|\.native)?/", re.I)
"""Folders of code for other versions and platforms, which defines much of the same once more."""


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of packages and named arguments, as the compiler types them; offsets count UTF-16 units."""
    yield from said_by_rows(root, scala_rows(root, options), options)


def scala_rows(root: Path, options: argparse.Namespace) -> list[str]:
    if options.scala is None:
        sys.exit("--scala: `pip download --no-deps --no-binary :all: pyspark`, name its folder deps/jars")
    paths = [path for path in tracked(root, (".scala", ".java")) if path.startswith(tuple(options.only.split(",")))]
    jars = os.pathsep.join(map(str, sorted(options.scala.resolve().glob("*.jar"))))
    runner = ["scala.tools.nsc.MainGenericRunner", "-usejavacp", "-nc", str(HERE / "scala.scala")]
    done = subprocess.run(
        ["java", "-Xmx4g", "-Xss16m", "-cp", jars, *runner, str(root)],
        input="\n".join(path for path in paths if not _NO_SCALA_2_13_ON_JVM.search(path)),
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()
