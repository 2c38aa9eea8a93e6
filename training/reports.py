"""What the programs share that fit something to reports: their two commands, and which reports there are.

    PROGRAM capture --tasks BENCH/localise/tasks.jsonl --mirrors MIRRORS --trees TREES --out KEPT
    PROGRAM fit KEPT [MORE ...]

Tasks are those of `localise` or what `commit_tasks.py` makes. `capture` keeps one record a report, each as it is made.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from weights import Asked, questions

import repoagent
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.question import understand

Capture = Callable[[Index, Asked], Any]
"""A report and the index of its tree -> what is kept of it, None for nothing."""
Fit = Callable[[Mapping[str, Sequence[Any]]], None]
"""What to do with the records, which are given by the names of their files."""


def run(about: str, captured: Capture, fit: Fit) -> None:
    """The program, as the command line asks for it; `about` is its help."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    capture = verbs.add_parser("capture")
    capture.add_argument("--tasks", type=Path, action="append", required=True, help="repeatable")
    for name in ("mirrors", "trees", "out"):
        capture.add_argument(f"--{name}", type=Path, required=True)
    capture.set_defaults(do=lambda options: keep(records(options, captured), options.out))
    fitting = verbs.add_parser("fit")
    fitting.add_argument("kept", type=Path, nargs="+")
    fitting.set_defaults(do=lambda options: fit({str(file): list(kept_in(file)) for file in options.kept}))
    options = parser.parse_args()
    options.do(options)


def records(options: argparse.Namespace, captured: Capture) -> Iterator[Any]:
    for tasks in options.tasks:
        of_tasks = argparse.Namespace(
            search=None, questions=None, localise=tasks, mirrors=options.mirrors, trees=options.trees
        )
        for tree, _, asked in questions(of_tasks):
            if not understand(asked.text).is_report:
                continue
            with repoagent.open(tree) as repo:
                repo.index.update()
                record = repo.index.look_up(lambda index, asked=asked: captured(index, asked))
            if record is not None:
                yield record


def keep(found: Iterator[Any], file: Path) -> None:
    with file.open("wb") as out:
        for number, record in enumerate(found, 1):
            pickle.dump(record, out)
            print(number, record.repository, flush=True)


def kept_in(file: Path) -> Iterator[Any]:
    with file.open("rb") as kept:
        while True:
            try:
                yield pickle.load(kept)
            except EOFError:
                return
