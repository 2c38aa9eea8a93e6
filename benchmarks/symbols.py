#!/usr/bin/env python3
"""Holds the index's symbols of Python against the `ast` module, file by file.

    symbols.py [FOLDER ...]

Every file below the folders (by default this interpreter's standard library) that `ast` can parse: each function and
class that `ast` knows must be a symbol of the same name with the same first line (decorators included) and the same
last line, and the index must know no other function or class, but for names that are assigned (`f = lambda: 1`). Files
without CRs and outside site-packages are read as the index reads them, in batches and skimmed. Prints what is missing
and what is too much, at most ten of each, and the share of functions and classes found.
"""

from __future__ import annotations

import argparse
import ast
import sys
import sysconfig
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.reader import Known, page

KINDS = {"function", "method", "constructor", "class", "property", "test", "operator", "enum", "protocol"}
BATCH = 256 << 10
Place = tuple[str, int, int]
"""Name, first and last line."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path(sysconfig.get_path("stdlib"))])
    n_files = n_wanted = 0
    missing: list[tuple[Path, Place]] = []
    extra: list[tuple[Path, Place]] = []
    for files in batches(parser.parse_args().folders):
        ready = page([("python", content, "") for _, content, _ in files], Known(), skim=True)
        for at, (path, content, wanted) in enumerate(files):
            found = symbols(ready.outline(at).facts)
            n_files += 1
            n_wanted += wanted.total()
            missing += [(path, place) for place in (wanted - found).elements()]
            assigned = set(bound(content)) if found - wanted else set()
            extra += [(path, place) for place in (found - wanted).elements() if place[:2] not in assigned]
    for label, places in (("missing", missing), ("too much", extra)):
        for path, (name, first, last) in places[:10]:
            print(f"{label}: {path}:{first}-{last} {name}")
    print(
        f"{n_files} files, {n_wanted} functions and classes: "
        f"{n_wanted - len(missing)} found ({100 * (1 - len(missing) / max(1, n_wanted)):.4f}%), {len(extra)} too much"
    )
    sys.exit(1 if missing or extra else 0)


def batches(folders: list[Path]) -> Iterator[list[tuple[Path, bytes, Counter[Place]]]]:
    """Files with their content in UTF-8 and what `ast` says, about `BATCH` bytes at once."""
    some: list[tuple[Path, bytes, Counter[Place]]] = []
    size = 0
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if "site-packages" in path.relative_to(folder).parts:
                continue
            content = path.read_bytes()
            wanted = judged(content) if len(content) <= 1 << 20 and b"\r\n" not in content else None
            if wanted is None:
                continue
            some.append((path, content, wanted))
            size += len(content)
            if size > BATCH:
                yield some
                some, size = [], 0
    if some:
        yield some


def judged(content: bytes) -> Counter[Place] | None:
    """What `ast` finds; None for what is not UTF-8, or not Python of this version."""
    try:
        content.decode("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found: Counter[Place] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            found[node.name, first, node.end_lineno or node.lineno] += 1
    return found


def bound(content: bytes) -> Iterator[tuple[str, int]]:
    """Names that are assigned, with the lines of the assignments."""
    for node in ast.walk(ast.parse(content)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            for one in ast.walk(target) if isinstance(target, ast.AST) else ():
                if isinstance(one, ast.Name | ast.Attribute) and isinstance(node, ast.stmt):
                    yield (one.id if isinstance(one, ast.Name) else one.attr), node.lineno


def symbols(facts: Facts) -> Counter[Place]:
    """The functions and classes of the index."""
    rows, strings = facts.symbols, facts.strings
    return Counter(
        (strings[rows[at + 1]], rows[at + 8], rows[at + 9])
        for at in range(0, len(rows), SYMBOL_WIDTH)
        if SYMBOL_KINDS[rows[at]] in KINDS
    )


if __name__ == "__main__":
    main()
