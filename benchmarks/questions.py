#!/usr/bin/env python3
"""Asks the questions of `questions.jsonl` through the command line; counts how often a right file is among the sources.

    questions.py --corpus CORPUS [--questions FILE] [--repo NAME ...] [--home DIR] [--out outcomes/questions.json]

Each question is one `repoagent ask --brief --json QUESTION` inside the checkout (made by checkouts.py), a process of
its own, as a user would run it. A question counts when one of its files is among the first five sources. Beside it, in
the same run, plain BM25 over whole files and over passages of the same checkout.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import product
from bm25 import Bm25, passages, whole_files
from checkouts import git, repositories
from product import Place

HERE = Path(__file__).resolve().parent
FIRST = 5


@dataclass(frozen=True)
class Outcome:
    """What became of one question. Ranks are 1-based; None when no right file came."""

    repo: str
    question: str
    files: list[str]
    source_rank: int | None
    """Among the sources as given, repeats of one place dropped."""
    file_rank: int | None
    """Among the files of the sources, each counted once."""
    bm25_files_rank: int | None
    bm25_passages_rank: int | None
    sources: list[str]
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--questions", type=Path, default=HERE / "questions.jsonl")
    parser.add_argument("--repo", action="append", help="only this one (repeatable)")
    parser.add_argument("--home", type=Path, default=Path("/tmp/repoagent-benchmarks/home"), help="where indexes go")
    parser.add_argument("--out", type=Path, default=HERE / "outcomes" / "questions.json")
    parser.add_argument("--baseline-only", action="store_true", help="without repoagent")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines()]
    commits = {row["name"]: row["commit"] for row in repositories()}
    outcomes: list[Outcome] = []
    for name in dict.fromkeys(row["repo"] for row in rows):
        if options.repo and name not in options.repo:
            continue
        checkout = (options.corpus / name).resolve()
        if not checkout.is_dir() or git(checkout, "rev-parse", "HEAD").strip() != commits[name]:
            sys.exit(f"{checkout} is not {name} at {commits[name][:12]}: run checkouts.py first")
        asked = [row for row in rows if row["repo"] == name]
        outcomes += _ask_all(asked, checkout, None if options.baseline_only else options.home)
    if not outcomes:
        sys.exit(f"no such repository in {options.questions}")
    _print(outcomes)
    if not options.baseline_only:
        _write(outcomes, options.out, product.version(options.home))


def _ask_all(rows: list[dict], checkout: Path, home: Path | None) -> list[Outcome]:
    files = list(whole_files(checkout))
    by_file, by_passage = Bm25(files), Bm25(passages(files))
    outcomes = []
    for row in rows:
        begun = time.perf_counter()
        sources = list(dict.fromkeys(product.ask(row["question"], checkout, home))) if home else []
        took = time.perf_counter() - begun
        outcomes.append(
            Outcome(
                row["repo"],
                row["question"],
                row["files"],
                _rank([source.path for source in sources], row["files"]),
                _rank(list(dict.fromkeys(source.path for source in sources)), row["files"]),
                _rank([place.path for place in by_file.search(row["question"], 50)], row["files"]),
                _rank([place.path for place in by_passage.search(row["question"], 50)], row["files"]),
                [str(source) for source in _first_files(sources)],
                round(took, 3),
            )
        )
    return outcomes


def _first_files(sources: list[Place], limit: int = 8) -> list[Place]:
    return list({source.path: source for source in reversed(sources)}.values())[::-1][:limit]


def _rank(paths: list[str], right: list[str]) -> int | None:
    return next((at for at, path in enumerate(paths, 1) if path in right), None)


def _count(outcomes: list[Outcome], field: str) -> int:
    return sum(1 for outcome in outcomes if (rank := getattr(outcome, field)) is not None and rank <= FIRST)


def _print(outcomes: list[Outcome]) -> None:
    fields = ("source_rank", "file_rank", "bm25_files_rank", "bm25_passages_rank")
    heads = ("5 sources", "5 files", "BM25 files", "BM25 passages")
    print(f"a right file among the first {FIRST}\n\n| repository | questions | " + " | ".join(heads) + " | median s |")
    print("|---|---:|" + "---:|" * (len(heads) + 1))
    groups = {name: [o for o in outcomes if o.repo == name] for name in dict.fromkeys(o.repo for o in outcomes)}
    for name, group in {**groups, "all": outcomes}.items():
        counts = " | ".join(str(_count(group, field)) for field in fields)
        middle = sorted(outcome.seconds for outcome in group)[len(group) // 2]
        print(f"| {name} | {len(group)} | {counts} | {middle:.2f} |")
    print()
    for outcome in outcomes:
        if outcome.source_rank is None or outcome.source_rank > FIRST:
            print(f"missed: {outcome.repo}: {outcome.question}")
            print(f"    wanted {', '.join(outcome.files)} (came at {outcome.source_rank or 'no rank'})")
            for source in outcome.sources[:FIRST]:
                print(f"    came   {source}")


def _write(outcomes: list[Outcome], at: Path, version: str) -> None:
    record = {
        "product": version,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "questions": len(outcomes),
        "in_first_five_sources": _count(outcomes, "source_rank"),
        "in_first_five_files": _count(outcomes, "file_rank"),
        "bm25_files": _count(outcomes, "bm25_files_rank"),
        "bm25_passages": _count(outcomes, "bm25_passages_rank"),
        "outcomes": [{name: getattr(outcome, name) for name in Outcome.__dataclass_fields__} for outcome in outcomes],
    }
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(f"written: {at}")


if __name__ == "__main__":
    main()
