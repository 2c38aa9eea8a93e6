"""A tracer of Elixir's compiler."""

from __future__ import annotations

import argparse
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Verdict, rows_of, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names of functions, macros and modules in `.ex` files that compile here; of `A.B` the last part."""
    paths = [path for path in tracked(root, (".ex",)) if path.startswith(options.only)]
    done = subprocess.run(
        [options.elixir, str(HERE / "elixir.exs"), str(root)],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = [row for row in done.stdout.splitlines() if row.count("\t") == 6]  # else what the code printed
    found = (_elixir_verdict(root, *row.split("\t")) for row in said)
    verdicts = sorted((each for each in found if each is not None), key=lambda each: each.spot)
    yield from random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts)))


def _elixir_verdict(
    root: Path, path: str, line: str, column: str, name: str, _: str, target: str, lines: str
) -> Verdict | None:
    """What a use means, all clauses of a function; None where the compiler's place is not that of a word."""
    text = rows_of(root / path)[int(line) - 1][int(column) - 1 :]
    written = re.match(r"[\w.]*?(\w+[?!]?)(?![\w.]*\.[A-Z])(?!\w)", text)
    if written is None or not name.endswith(written[1]) or name in {"defstruct", "defexception"}:
        return None
    word = re.compile(rf"(?<!\w){re.escape(written[1])}(?!\w)")
    places = set()
    for at in lines.split(",") if target else ():
        if found := word.search(rows_of(root / target)[int(at) - 1]):
            places.add((target, int(at), found.start()))
    spot = (path, int(line), int(column) - 1 + written.start(1))
    if (target and not places) or spot in places:
        return None  # a macro made it
    return Verdict(spot, written[1], frozenset(places), frozenset(), not target)
