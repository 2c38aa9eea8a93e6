"""Ruby itself, while tests run."""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from judges.tests_run import run_tests
from judges.verdict import HERE, Spot, Verdict, rows_of

_RUBY_DEFINES = r"(?:\bdef\s+(?:[\w.]+\.)?|:|['\"]|\b(?:class|module)\s+(?:[\w:]+::)?|^\s*(?:\w+::)*)"


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Calls that were made while the tests ran, and constants; what a macro defined is unknown."""
    folder = options.seen or Path(tempfile.mkdtemp(prefix="seen-"))
    if not list(folder.glob("*.tsv")):
        _run_ruby_tests(root, folder, options.tests)
    found: dict[tuple[Spot, str], set[Spot | None]] = {}
    for row in sorted({row for file in folder.glob("*.tsv") for row in file.read_text("utf-8").splitlines()}):
        path, line, column, name, target, at = row.split("\t")
        said = rows_of(root / path)[int(line) - 1].encode()[: int(column)]
        places = found.setdefault(((path, int(line), len(said.decode("utf-8", "replace"))), name), set())
        places.add(_ruby_definition(root, target, int(at), name) if target else None)
    verdicts = []
    for (spot, name), seen in sorted(found.items()):
        targets = frozenset(place for place in seen if place is not None and place[2] >= 0)
        if spot not in targets and all(place is None or place[2] >= 0 for place in seen):
            verdicts.append(Verdict(spot, name.removesuffix("="), targets, frozenset(), None in seen))
    yield from random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts)))


def _ruby_definition(root: Path, path: str, line: int, name: str) -> Spot:
    """Where the name of what is defined at a line stands; its column is -1 where a macro made it."""
    sought = "initialize" if name == "new" else name
    words = {re.escape(sought), re.escape(sought.removesuffix("="))}
    for word in sorted(words, key=len, reverse=True):
        for at, text in enumerate(rows_of(root / path)[line - 1 : line + 9], line):
            if (here := re.search(rf"{_RUBY_DEFINES}({word})(?![\w?!])", text)) is not None:
                return path, at, here.start(1)
            if not re.search(r"\b(?:c|m)?attr|,\s*$", text):
                break
    return path, line, -1


def _run_ruby_tests(root: Path, folder: Path, tests: str) -> None:
    said = {"RUBYOPT": f"-r{HERE / 'ruby.rb'}"}
    run_tests(root, folder, tests, "*.tsv", said)
