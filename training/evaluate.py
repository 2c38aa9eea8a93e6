#!/usr/bin/env python3
"""What the static encoder's table adds, as Markdown: on repositories that training left out, and on the benchmarks.

    evaluate.py --pairs pairs.npz [--table static.bin ...]
    evaluate.py --search BENCH/search --corpus CORPUS --questions benchmarks/questions.jsonl --checkouts CO

The installed table is measured, and every --table beside it. On pairs: mean reciprocal rank of a sentence's own code
among up to 500 of its repository (`train.measure`), mean over the repositories left out. On the benchmarks: what
`search` puts first with the shipped weights and with weights fitted on the other repositories (`weights.py`), with each
table's vectors and with none, where one hit a file counts. CORPUS and CO are as benchmarks/README.md makes them.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from train import MEASURED, WAYS, Pairs, held_out, letters, measure, tests_of
from weights import NAMES, Asked, figures, left_out_weights, shipped_weights, signals_of

from repoagent_indexers.encoders.static import TABLE, StaticEncoder

L2 = 3e-3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("pairs", "search", "corpus", "questions", "checkouts", "localise", "trees"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--table", type=Path, action="append", default=[], help="beside the installed one")
    options = parser.parse_args()
    if not (options.pairs or options.search or options.questions or options.localise):
        parser.error("nothing to measure on: give --pairs, --search, --questions or --localise")
    tables = {"installed": TABLE, **{str(table): table for table in options.table}}
    if options.pairs:
        on_pairs(Pairs(options.pairs), tables)
    if options.search or options.questions or options.localise:
        on_benchmarks(options, tables)


def on_pairs(pairs: Pairs, tables: dict[str, Path]) -> None:
    """One line a table: the ranks by kind of pair."""
    held = held_out(pairs)
    tests = tests_of(pairs, held)
    n = sum(len(some) for _, some in tests)
    print(f"{n} pairs of {int(held.sum())} repositories left out, each among its own; {', '.join(WAYS)}\n")
    print(f"| | {' | '.join(MEASURED)} |\n|---|{'---|' * len(MEASURED)}")

    def line(name: str, asked: np.ndarray, code: np.ndarray) -> None:
        found = measure(pairs, tests, asked, code)
        cells = (" ".join(f"{rank:.3f}"[1:] for rank in found[kind]) for kind in MEASURED)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)

    line("letters, not trained", *letters(pairs, StaticEncoder().dimensions))
    for name, table in tables.items():
        encoder = StaticEncoder(table)
        line(name, encoder.term_rows(pairs.words, 0), encoder.term_rows(pairs.words, 1))


def on_benchmarks(options: argparse.Namespace, tables: dict[str, Path]) -> None:
    """Two lines a table, and two without vectors."""
    found: Sequence[Asked] = ()
    for name, table in tables.items():
        found = list(signals_of(options, table))
        show(name, found)
    show("no vectors", without_vectors(found))


def show(name: str, found: Sequence[Asked]) -> None:
    shipped = shipped_weights()
    ways: tuple[tuple[str, Callable[[Asked], np.ndarray]], ...] = (
        ("shipped weights", lambda asked: shipped[asked.is_report]),
        ("left out", left_out_weights(found, L2)),
    )
    for how, weights in ways:
        print(f"- {name}, {how}: {figures(found, weights)}", flush=True)


def without_vectors(found: Sequence[Asked]) -> list[Asked]:
    """The same questions and candidates, of which no vector says anything."""
    found = copy.deepcopy(list(found))
    for asked in found:
        if asked.signals is not None:
            asked.signals[:, NAMES.index("vector")] = 0
    return found


if __name__ == "__main__":
    sys.exit(main())
