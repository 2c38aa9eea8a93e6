#!/usr/bin/env python3
"""Ranks files and functions, and packs, for issue reports ("where must the code change?"); scored by the benchmark.

    localise.py --bench BENCH --mirrors DIR [--sample 40] [--seed 1] [--out DIR] [--scratch DIR]

BENCH holds tasks.jsonl and score.py. One work tree a repository is moved from commit to commit; only ancestors of the
task's commit are in reach. Tasks whose mirror is not there are left out and counted. Beside it plain BM25 over
passages of code files.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import product
from bm25 import Bm25, passages, whole_files
from checkouts import check_out, has_commit, mirror_of

DEEP = 200
"""Hits asked for."""
BUDGETS = (2000, 4000, 8000, 16_000, 32_000, 64_000, 100_000)
"""Tokens of the packs; the scorer looks at three of them, the curve is of all."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=40, help="tasks drawn by chance; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repo", action="append", help="only this one, owner/name (repeatable)")
    parser.add_argument("--home", type=Path, default=Path("/tmp/repoagent-benchmarks/home"), help="where indexes go")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/repoagent-benchmarks/localise-trees"))
    parser.add_argument("--out", type=Path, default=Path("/tmp/repoagent-benchmarks/localise"))
    parser.add_argument("--baseline-only", action="store_true", help="without repoagent")
    options = parser.parse_args()
    tasks = _tasks(options)
    rankings: dict[str, list[dict]] = {"bm25": []} if options.baseline_only else {"repoagent": [], "bm25": []}
    for task in tasks:
        tree = options.scratch / task["mirror"].replace("/", "+")
        check_out(mirror_of(options.mirrors, task["mirror"]), task["commit"], tree)
        rankings["bm25"].append(_by_bm25(task, tree))
        if not options.baseline_only:
            rankings["repoagent"].append(_by_product(task, tree, options.home))
        print(f"{task['id']}: {rankings[next(iter(rankings))][-1]['query_s']:.2f} s", file=sys.stderr, flush=True)
    if "repoagent" in rankings:
        _print_curve(tasks, rankings["repoagent"])
    options.out.mkdir(parents=True, exist_ok=True)
    for kind, found in rankings.items():
        (options.out / f"{kind}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found), "utf-8")
    for kind in rankings:
        line = [sys.executable, str(options.bench / "score.py"), str(options.bench / "tasks.jsonl")]
        line += [str(options.out / f"{kind}.jsonl"), "--only-ranked", "--by", "language"]
        if kind != "bm25":
            line += ["--versus", str(options.out / "bm25.jsonl")]
        print(f"\n== {kind}", flush=True)
        subprocess.run(line, check=True)


def _print_curve(tasks: list[dict], ranked: list[dict]) -> None:
    """For each budget: of how many tasks all gold functions (edited lines, where there is none) are in the pack."""
    print("\n== all gold functions in a pack")
    for budget in BUDGETS:
        n = sum(_is_covered(task, row["packs"][str(budget)]) for task, row in zip(tasks, ranked, strict=True))
        print(f"{budget:>7,} tokens: {n} of {len(tasks)}, {n / len(tasks):.1%}")


def _is_covered(task: dict, pack: list[dict]) -> bool:
    shown: dict[str, set[int]] = {}
    for place in pack:
        shown.setdefault(place["path"], set()).update(range(place["start"], place["end"] + 1))
    functions = [place for place in task["gold_symbols"] if place.get("kind", "function") == "function"]
    return all(
        shown.get(gold["path"], set()).issuperset(range(gold["start"], gold["end"] + 1))
        for gold in functions or task["gold_spans"]
    )


def _tasks(options: argparse.Namespace) -> list[dict]:
    rows = [json.loads(line) for line in (options.bench / "tasks.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if not options.repo or row["repo"] in options.repo]
    there = [row for row in rows if has_commit(mirror_of(options.mirrors, row["mirror"]), row["commit"])]
    print(f"{len(rows)} tasks, {len(rows) - len(there)} left out for want of a mirror", end="")
    if options.sample and options.sample < len(there):
        there = random.Random(options.seed).sample(there, options.sample)
        print(f", {len(there)} drawn with seed {options.seed}", end="")
    counts = Counter(row["language"] for row in there)
    print(": " + ", ".join(f"{count} {name}" for name, count in counts.most_common()), flush=True)
    # tasks of one repository follow each other, so that its index is carried from commit to commit
    return sorted(there, key=lambda row: (row["mirror"], row["id"])) or sys.exit("no task left")


def _by_bm25(task: dict, tree: Path) -> dict:
    begun = time.perf_counter()
    index = Bm25(passages(whole_files(tree, product.is_code)))
    built = time.perf_counter() - begun
    begun = time.perf_counter()
    places = index.search(task["query"], 100)
    took = time.perf_counter() - begun
    return {"id": task["id"], "files": [place.path for place in places], "index_s": built, "query_s": took}


def _by_product(task: dict, tree: Path, home: Path) -> dict:
    begun = time.perf_counter()
    repository = product.open_repository(tree, home)
    product.search(repository, "warm up", 1)
    built = time.perf_counter() - begun
    begun = time.perf_counter()
    hits = product.search(repository, task["query"], DEEP)
    took = time.perf_counter() - begun
    symbols = {}
    for hit in hits:
        if (named := product.symbol_of(hit)) is not None:
            name, place = named
            symbols.setdefault(place, {"path": place.path, "start": place.start, "end": place.end, "name": name})
    return {
        "id": task["id"],
        "files": list(dict.fromkeys(product.place_of(hit).path for hit in hits)),
        "symbols": list(symbols.values()),
        "index_s": built,
        "query_s": took,
        "packs": {
            str(budget): [
                {"path": place.path, "start": place.start, "end": place.end}
                for place in product.packed(repository, task["query"], budget)
            ]
            for budget in BUDGETS
        },
    }


if __name__ == "__main__":
    main()
