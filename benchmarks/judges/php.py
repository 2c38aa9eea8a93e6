"""Intelephense, for PHP."""

from __future__ import annotations

import argparse
import itertools
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Spot, Verdict, characters, rows_of, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of variables, as the language server finds their definitions.

    A property is where its name stands, behind the `$`. What a named argument means is a parameter.
    A comment (`@method`) defines nothing.
    """
    from judges.lsp import LanguageServer

    if options.node_modules is None:
        sys.exit("--node-modules: run `npm install intelephense` in some folder and name its node_modules here")
    paths = [path for path in tracked(root, (".php",)) if path.startswith(options.only)]
    done = subprocess.run(
        ["php", str(HERE / "php_names.php"), str(root)],
        input="\n".join(paths),
        capture_output=True,
        text=True,
        check=True,
    )
    rows = sorted(done.stdout.splitlines())
    chosen = sorted(random.Random(options.seed).sample(rows, min(options.n, len(rows))))
    server = ["node", str(options.node_modules / "intelephense/lib/intelephense.js"), "--stdio"]
    with tempfile.TemporaryDirectory() as kept, LanguageServer(server, root, {"storagePath": kept}) as judge:
        for path, of_file in itertools.groupby((row.split("\t") for row in chosen), key=lambda row: row[0]):
            judge.open(path, "php")
            for _, at, name in of_file:
                before = (root / path).read_bytes()[: int(at)]
                line = before.count(b"\n")
                start = before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")
                spot = (path, line + 1, len(start))
                found = {
                    (each, row + 1, characters(root / each, row, units))
                    for each, row, units in judge.definitions(path, line, len(start.encode("utf-16-le")) // 2)
                }
                inside = {place for place in found if not Path(place[0]).is_absolute()}
                said = {place for place in inside if _starts(root, (place[0], place[1], 0), " *")}
                variables = {place for place in inside - said if _starts(root, place, "$")}
                named = {(each, row, column + 1) for each, row, column in variables}
                is_member = start.rstrip("$ \t").endswith(("->", "::"))
                lasting = (inside - variables - said) | (named if is_member else set())
                inside = (inside - variables) | named
                if spot not in inside:
                    others = frozenset(inside - lasting)
                    yield Verdict(spot, name, frozenset(lasting), others, bool(found) and not lasting | said)
            judge.close(path)


def _starts(root: Path, place: Spot, text: str) -> bool:
    return rows_of(root / place[0])[place[1] - 1].startswith(text, place[2])
