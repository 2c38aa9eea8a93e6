#!/usr/bin/env python3
"""Ranks the code search questions of a benchmark folder through the Python API, and has its scorer score them.

    search.py --bench BENCH --corpus CORPUS [--tasks BENCH/tasks.jsonl] [--repo NAME ...] [--out DIR]

BENCH holds tasks.jsonl and score.py (hits of path, start, end; NDCG@10), CORPUS the checkouts that its own
prepare_repos.py makes; with --mirrors they are made first. Only the folder that a task names as its root is searched.
Two rankings come out: the hits as given, and one hit a file, to be read beside file-level tools. In the same run plain
BM25 over passages of the code files below the root ranks the same questions, one hit a file. With --first-look a third
comes out: each question put to a repository never seen, which is answered before the index is made where much must be
read; the files are chosen from the whole repository, not from below the root.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import product
from bm25 import Bm25, passages, whole_files
from measure import end_children
from product import Place

LIMIT = 10
DEEP = 50
"""Hits asked for, so that ten files remain when each counts once."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--tasks", type=Path, help="default: BENCH/tasks.jsonl")
    parser.add_argument("--repos", type=Path, help="default: repos.json beside the tasks (for --mirrors)")
    parser.add_argument("--mirrors", type=Path, help="make the checkouts first, from bare mirrors DIR/OWNER+NAME/repo")
    parser.add_argument("--repo", action="append", help="only this one (repeatable)")
    parser.add_argument("--home", type=Path, default=Path("/tmp/repoagent-benchmarks/home"), help="where indexes go")
    parser.add_argument("--out", type=Path, default=Path("/tmp/repoagent-benchmarks/search"))
    parser.add_argument("--first-look", action="store_true", help="also answer each question before there is an index")
    parser.add_argument("--baseline-only", action="store_true", help="without repoagent")
    options = parser.parse_args()
    options.tasks = options.tasks or options.bench / "tasks.jsonl"
    if options.mirrors:
        _prepare(options)
    tasks = defaultdict(list)
    for line in options.tasks.read_text("utf-8").splitlines():
        task = json.loads(line)
        if not options.repo or task["repo"] in options.repo:
            tasks[task["repo"]].append(task)
    missing = [name for name in tasks if not (options.corpus / name / ".git").is_dir()]
    if missing:
        sys.exit(f"no checkout of {', '.join(missing)} in {options.corpus}: give --mirrors, or choose with --repo")
    options.out.mkdir(parents=True, exist_ok=True)
    names = ["bm25"] if options.baseline_only else ["repoagent", "repoagent-files", "bm25"]
    if options.first_look:
        names.append("first-look")
    rankings: dict[str, list[dict]] = {name: [] for name in names}
    for name, asked in sorted(tasks.items()):
        for kind, found in _rank(asked, options.corpus / name, options.home, not options.baseline_only).items():
            rankings[kind] += found
        if options.first_look:
            rankings["first-look"] += _rank_unseen(asked, options.corpus / name, options.home / "first-look")
    for kind, found in rankings.items():
        lines = "".join(json.dumps(row) + "\n" for row in found)
        (options.out / f"{kind}.jsonl").write_text(lines, "utf-8")
    for kind in rankings:
        line = [sys.executable, str(options.bench / "score.py"), str(options.out / f"{kind}.jsonl")]
        line += ["--tasks", str(options.tasks), "--json", str(options.out / f"{kind}.json")]
        line += [word for name in options.repo or () for word in ("--repo", name)]
        if kind != "bm25":
            line += ["--compare", str(options.out / f"{'repoagent' if kind == 'first-look' else 'bm25'}.jsonl")]
        print(f"\n== {kind}", flush=True)
        subprocess.run(line, check=True)
    print(f"\nrankings: {options.out}")


def _prepare(options: argparse.Namespace) -> None:
    repos = options.repos or options.tasks.parent / "repos.json"
    line = [sys.executable, str(options.bench / "prepare_repos.py"), "--repos", str(repos)]
    line += ["--mirrors", str(options.mirrors), "--out", str(options.corpus)]
    line += [word for name in options.repo or () for word in ("--repo", name)]
    if subprocess.run(line, check=False).returncode:
        sys.exit("some checkouts could not be made; the lines above say which repository to fetch")


def _rank(tasks: list[dict], checkout: Path, home: Path, with_product: bool) -> dict[str, list[dict]]:
    root = tasks[0]["root"]
    found: dict[str, list[dict]] = defaultdict(list)
    begun = time.process_time()
    baseline = Bm25(passages(whole_files(checkout, lambda path: _below(path, root) and product.is_code(path))))
    built = time.process_time() - begun
    for task in tasks:
        found["bm25"].append({"id": task["id"], "hits": _hits(baseline.search(task["query"], LIMIT))})
    said = f"{tasks[0]['repo']}: {len(tasks)} questions; BM25 built in {built:.1f} CPU s"
    if with_product:
        begun = time.process_time()
        repository = product.open_repository(checkout, home)
        product.search(repository, "warm up", 1, root)
        opened, took = time.process_time() - begun, []
        for task in tasks:
            begun = time.perf_counter()
            places = [product.place_of(hit) for hit in product.search(repository, task["query"], DEEP, root)]
            took.append(time.perf_counter() - begun)
            found["repoagent"].append({"id": task["id"], "hits": _hits(places)})
            files = {place.path: place for place in reversed(places)}
            once = [files[path] for path in dict.fromkeys(place.path for place in places)]
            found["repoagent-files"].append({"id": task["id"], "hits": _hits(once)})
        said += f"; opened and indexed in {opened:.1f} CPU s of this process, "
        said += f"a question {sorted(took)[len(took) // 2] * 1000:.0f} ms (median)"
    print(said, flush=True)
    return found


def _rank_unseen(tasks: list[dict], checkout: Path, home: Path) -> list[dict]:
    """The answers to each question alone, asked of a repository that was never seen."""
    found, took, n_partial = [], [], 0
    for task in tasks:
        shutil.rmtree(home, ignore_errors=True)
        begun = time.perf_counter()
        with product.open_repository(checkout, home, task["query"]) as repository:
            hits = product.search(repository, task["query"], DEEP, task["root"])
            took.append(time.perf_counter() - begun)
            n_partial += repository.is_partial
        end_children()  # what makes the whole index behind
        found.append({"id": task["id"], "hits": _hits([product.place_of(hit) for hit in hits])})
    shutil.rmtree(home, ignore_errors=True)
    said = f"{tasks[0]['repo']}: {n_partial} of {len(tasks)} answered by a first look, "
    print(f"{said}in {sorted(took)[len(took) // 2]:.2f} s in process (median)", flush=True)
    return found


def _hits(places: list[Place]) -> list[dict]:
    return [{"path": place.path, "start": place.start, "end": place.end} for place in places[:LIMIT]]


def _below(path: str, root: str) -> bool:
    return not root or path == root or path.startswith(root.rstrip("/") + "/")


if __name__ == "__main__":
    main()
