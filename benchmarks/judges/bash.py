"""Bash itself, while tests run."""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from judges.tests_run import run_tests
from judges.verdict import HERE, Verdict


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Commands and variables of the lines that ran, as Bash's own trace has them."""
    from judges.bash_trace import verdicts as traced

    folder = options.seen if options.seen is not None else Path(tempfile.mkdtemp())
    if not list(folder.glob("*.trace")):
        run_tests(root, folder, options.tests, "*.trace", {"BASH_ENV": str(HERE / "bash.sh")})
    rows = list(traced(root, (folder / "at").read_text(), sorted(folder.glob("*.trace"))))
    for spot, name, targets, inner, is_elsewhere in random.Random(options.seed).sample(rows, min(options.n, len(rows))):
        yield Verdict(spot, name, frozenset(targets), frozenset(inner), is_elsewhere)
