"""A tracer of Lua's calls."""

from __future__ import annotations

import argparse
import random
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Spot, Verdict, inside, rows_of


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Calls in lines that ran, where the name stands once, of functions that are defined under the name."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "calls")
        for program in options.run:
            command = [*shlex.split(options.lua), str(HERE / "lua.lua"), str(root), str(out)]
            subprocess.run([*command, *shlex.split(program)], cwd=root, capture_output=True, check=False)
        rows = sorted(set(out.read_text("utf-8", "replace").splitlines()))
    called: dict[tuple[Spot, str], set[Spot | None]] = {}
    for row in rows:
        written, line, name, kind, to, defined = row.split("\t")
        path = inside(root, root / written)
        if (
            path is None
            or kind not in {"local", "upvalue", "global", "field", "method"}
            or not path.startswith(options.only)
        ):
            continue
        text = rows_of(root / path)[int(line) - 1]
        words = [each.start() for each in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        if len(words) == 1 and not re.search(r"function[^()]*\Z", text[: words[0]]):
            spot = (path, int(line), words[0])
            called.setdefault((spot, name), set()).add(_lua_function(root, inside(root, root / to), int(defined), name))
    verdicts = []
    for (spot, name), targets in sorted(called.items()):
        known = frozenset(each for each in targets if each is not None and each[2] >= 0)
        if known or targets == {None}:
            verdicts.append(Verdict(spot, name, known, frozenset(), not known))
    yield from random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts)))


def _lua_function(root: Path, path: str | None, line: int, name: str) -> Spot | None:
    """Where a function is named; None for one from elsewhere, column -1 for one with another name, or none."""
    if path is None:
        return None
    word = re.escape(name)
    named = re.search(
        rf"function\s+[\w.:]*?\b({word})\s*\(|\b({word})\W{{0,3}}\s*=\s*function\b", rows_of(root / path)[line - 1]
    )
    return (path, line, (named.start(1) if named[1] else named.start(2)) if named else -1)
