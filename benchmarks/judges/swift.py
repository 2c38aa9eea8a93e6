"""The index that Swift's compiler writes."""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judges.verdict import Spot, Verdict, rows_of, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names that the compiler indexes: no labels of arguments, operators and subscripts. `init` is a name.

    A type that is called means the type and its initialiser.
    """
    from judges.swift_index import Occurrence, occurrences

    if options.swift is None:
        sys.exit("--swift: name the folder of a Swift toolchain (Debian 13 has one: the package swiftlang)")
    paths = [path for path in tracked(root, (".swift",)) if path.startswith(options.only)]
    with tempfile.TemporaryDirectory() as folder:
        found = [*occurrences(root, paths, options.swift.resolve(), options.flags.split(), Path(folder))]
    defined: dict[str, set[Occurrence]] = {}
    uses: dict[Spot, list[Occurrence]] = {}
    for each in found:
        if each.is_definition:
            defined.setdefault(each.usr, set()).add(each)
    for each in found:
        spot = _byte_at(root, each)
        word = _SWIFT_NAME.match(rows_of(root / each.path)[each.line - 1], spot[2])
        name = each.name.partition("(")[0]
        if not each.is_definition and word is not None and (word[1] == name or name == "init"):
            uses.setdefault(spot, []).append(each)
    for spot in random.Random(options.seed).sample(sorted(uses), min(options.n, len(uses))):
        meant = {at for use in uses[spot] for at in defined.get(use.usr, ())}
        targets, others = (
            frozenset(_byte_at(root, each) for each in meant if each.is_local == is_local) for is_local in (False, True)
        )
        if spot not in targets | others:
            word = _SWIFT_NAME.match(rows_of(root / spot[0])[spot[1] - 1], spot[2])
            yield Verdict(spot, word[1] if word is not None else "", targets, others, not targets)


_SWIFT_NAME = re.compile(r"`?([^\W\d]\w*)")


def _byte_at(root: Path, each: Any) -> Spot:
    row = rows_of(root / each.path)[each.line - 1].encode()
    return each.path, each.line, len(row[: each.column - 1].decode("utf-8", "replace"))
