"""The language service of TypeScript, for JavaScript and TypeScript."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Verdict, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names of all kinds, as the language service's getDefinitionAtPosition follows them."""
    if options.node_modules is None:
        sys.exit("--node-modules: run `npm install typescript` in some folder and name its node_modules here")
    paths = tracked(root, (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"))
    paths = [path for path in paths if not path.endswith((".min.js", ".min.mjs")) and "dist/" not in path]
    paths = [path for path in paths if path.startswith(options.only) and not path.startswith(".yarn/")]
    command = ["node", "--max-old-space-size=3000", HERE / "typescript.js", options.node_modules, root]
    done = subprocess.run(
        [*map(str, command), str(options.n), str(options.seed), *(["modules"] if options.modules else [])],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    verdicts = map(_verdict, done.stdout.splitlines())
    yield from (verdict for verdict in verdicts if verdict.spot not in verdict.targets | verdict.others)


def _verdict(line: str) -> Verdict:
    said = json.loads(line)
    targets, others = (
        frozenset((path, row, column) for path, row, column in said[key]) for key in ("targets", "others")
    )
    path, row, column = said["spot"]
    return Verdict((path, row, column), said["name"], targets, others, said["elsewhere"])
