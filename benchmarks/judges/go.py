"""go/types, for Go."""

from __future__ import annotations

import argparse
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Spot, Verdict, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names, as the type checker of Go's own library resolves them; its columns count bytes."""
    paths = [path for path in tracked(root, (".go",)) if path.startswith(options.only)]
    done = subprocess.run(
        ["go", "run", str(HERE / "go.go"), str(root)],
        input="\n".join(paths), capture_output=True, text=True, check=True, cwd=HERE,
        env={**os.environ, "CGO_ENABLED": "0"},
    )  # fmt: skip
    rows = sorted(done.stdout.splitlines())
    texts: dict[str, list[bytes]] = {}

    def spot(path: str, line: str, column: str) -> Spot:
        if path not in texts:
            texts[path] = (root / path).read_bytes().split(b"\n")
        return path, int(line), len(texts[path][int(line) - 1][: int(column)].decode("utf-8", "replace"))

    for row in random.Random(options.seed).sample(rows, min(options.n, len(rows))):
        path, line, column, name, kind, *defined = row.split("\t")
        places = frozenset({spot(*defined)} if defined[0] else ())
        targets = places if kind == "target" else frozenset()
        yield Verdict(spot(path, line, column), name, targets, places - targets, kind != "target")
