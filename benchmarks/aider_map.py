#!/usr/bin/env python3
"""`repoagent map` beside the repository map of aider, cold and warm, on the same clone in one run.

    aider_map.py CHECKOUT ... --aider VENV/bin/python [--runs 3] [--warm-runs 3]

VENV has aider-chat, nothing else: `python3 -m venv VENV && VENV/bin/pip install aider-chat`. No model and no network is
asked: aider's RepoMap is given a counter of four letters a token, which costs less than its own. Cold is without
aider's cache of tags and without our index; warm is another process afterwards. Files, budget and machine are the same.
Of aider both its whole process and the call `get_repo_map` alone are timed; of repoagent the whole process.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import product
from checkouts import git
from measure import Cost
from workplace import Workplace, machine

BUDGET = 8192
"""Tokens: what aider gives its map while no file is in the chat, eight times 1024."""
CACHES = ".aider.tags.cache.*"
_AIDER = """
import json, os, sys, time
begun = time.perf_counter(), time.process_time()
from aider.repomap import RepoMap

class Model:
    def token_count(self, text):
        return len(text) // 4

class Io:
    def read_text(self, path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return None

    def tool_output(self, *said, **_):
        print(*said, file=sys.stderr)

    tool_warning = tool_error = tool_output

root, budget = os.getcwd(), int(sys.argv[1])
files = [os.path.join(root, path) for path in json.load(sys.stdin)]
called = time.perf_counter(), time.process_time()
found = RepoMap(budget, root, Model(), Io(), max_context_window=10**9, map_mul_no_files=1).get_repo_map([], files)
ended = time.perf_counter(), time.process_time()
print(json.dumps({"wall": ended[0] - called[0], "cpu": ended[1] - called[1], "letters": len(found or "")}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--aider", type=Path, required=True, help="the Python that has aider-chat")
    parser.add_argument("--runs", type=int, default=3, help="cold rounds; the best counts")
    parser.add_argument("--warm-runs", type=int, default=3, help="warm ones in each cold round")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/repoagent-benchmarks/aider"))
    parser.add_argument("--out", type=Path, help="write every run here, as JSON")
    parser.add_argument("--baseline-only", action="store_true", help="aider alone")
    options = parser.parse_args()
    print(machine(), "\n")
    print("| | lines | files | | aider s | aider CPU s | its call alone, CPU s | repoagent s | CPU s | wall | CPU |")
    print("|---|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    record = []
    for checkout in options.checkouts:
        with Workplace([checkout], options.scratch) as place:
            record.append(_repository(place, options))
    if options.out:
        options.out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def _repository(place: Workplace, options: argparse.Namespace) -> dict:
    calls: dict[str, list[dict]] = {}
    listed = options.scratch / "files.json"
    listed.write_text(json.dumps([path for path in git(place.root, "ls-files", "-z").split("\0") if path]), "utf-8")

    def aider(kind: str) -> None:
        line = ["bash", "-c", 'exec "$0" -c "$1" "$2" < "$3"']
        line += [str(options.aider.absolute()), _AIDER, str(BUDGET), str(listed)]
        cost = place.row(f"aider, {kind}", line)
        calls.setdefault(kind, []).append(json.loads(cost.output.splitlines()[-1]))

    if not options.baseline_only:
        place.compile_modules()
    for _ in range(options.runs):
        for cache in place.root.glob(CACHES):
            shutil.rmtree(cache)
        aider("cold")
        for _ in range(options.warm_runs):
            aider("warm")
        for cache in place.root.glob(CACHES):  # ours would list it
            shutil.rmtree(cache)
        if options.baseline_only:
            continue
        place.fresh_home()
        arguments = (*product.MAP, str(BUDGET))
        place.product_row("repoagent, cold", arguments)
        for _ in range(options.warm_runs):
            place.product_row("repoagent, warm", arguments)
    rows = place.rows
    for kind in ("cold", "warm"):
        theirs = _best(rows[f"aider, {kind}"])
        call = min(each["cpu"] for each in calls[kind])
        cells = [place.name, f"{place.n_lines:,}", f"{place.n_files:,}", kind, *_shown(*theirs, call)]
        if ours := rows.get(f"repoagent, {kind}"):
            best = _best(ours)
            cells += [*_shown(*best), *(f"**{their / our:.1f} x**" for their, our in zip(theirs, best, strict=True))]
        print(f"| {' | '.join(cells)} |", flush=True)
    return {
        "name": place.name,
        "commit": place.commit,
        "lines": place.n_lines,
        "calls": calls,
        "rows": {name: [[cost.wall, cost.cpu, cost.peak] for cost in costs] for name, costs in rows.items()},
    }


def _best(costs: list[Cost]) -> tuple[float, float]:
    return min(cost.wall for cost in costs), min(cost.cpu for cost in costs)


def _shown(*seconds: float) -> list[str]:
    return [f"{each:.2f}" for each in seconds]


if __name__ == "__main__":
    main()
