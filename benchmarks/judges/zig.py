"""Zig's compiler, one name at a time."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import Verdict, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Members in code that the compiler reaches."""
    from judges.zig_compiler import said

    paths = [path for path in tracked(root, (".zig",)) if path.startswith(options.only)]
    for spot, name, target in said(root, options.zig, paths, options.n, options.seed):
        yield Verdict(spot, name, frozenset([target] if target else []), frozenset(), target is None)
