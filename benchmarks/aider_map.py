#!/usr/bin/env python3
"""`repoagent map` beside the repository map of aider, cold and warm, on the same clone in one run.

    aider_map.py CHECKOUT ... --aider VENV/bin/python [--runs 3] [--warm-runs 3]

VENV has aider-chat: `python3 -m venv VENV && VENV/bin/pip install aider-chat`. Cold is without aider's cache of tags
and without our index, where ours may be a first look; warm is another process when all is read. Budget and files are
the same, and no model is asked. Aider is measured twice: as its user has it, `aider --show-repo-map`, and its class
RepoMap alone in a process that imports
nothing else of it and counts four letters a token, which spares it its start, its model's tokenizer and its look at the
network. Of each figure the best round counts.
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

MAP_TOKENS = 1024
BUDGET = 8 * MAP_TOKENS
"""Tokens: eight times as many are what aider gives its map while no file is in the chat."""
COMMAND = f"""
    -m aider --show-repo-map --map-tokens {MAP_TOKENS} --model gpt-4o --openai-api-key none --yes-always --no-gitignore
    --no-check-update --analytics-disable --no-show-release-notes --no-show-model-warnings
""".split()
CACHES = ".aider.tags.cache.*"
_AIDER = """
import json, os, sys
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
found = RepoMap(budget, root, Model(), Io(), max_context_window=10**9, map_mul_no_files=1).get_repo_map([], files)
print(len(found or ""), "letters")
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
    columns = "aider s | CPU s | its map alone s | CPU s | repoagent s | CPU s | aider : ours, CPU | map : ours, CPU"
    print(f"| | lines | | {columns} |")
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    record = []
    for checkout in options.checkouts:
        with Workplace([checkout], options.scratch) as place:
            record.append(_repository(place, options))
    if options.out:
        options.out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def _repository(place: Workplace, options: argparse.Namespace) -> dict:
    listed = options.scratch / "files.json"
    listed.write_text(json.dumps([path for path in git(place.root, "ls-files", "-z").split("\0") if path]), "utf-8")
    python = str(options.aider.absolute())
    alone = ["bash", "-c", 'exec "$0" -c "$1" "$2" < "$3"', python, _AIDER, str(BUDGET), str(listed)]
    command = ["env", f"HOME={options.scratch.absolute()}", python, *COMMAND]  # it keeps files in the user's home

    if not options.baseline_only:
        place.compile_modules()
    for _ in range(options.runs):
        for name, line in (("aider", command), ("aider's map", alone)):
            _forget_tags(place)
            place.row(f"{name}, cold", line)
            for _ in range(options.warm_runs):
                place.row(f"{name}, warm", line)
        _forget_tags(place)  # ours would list them
        if options.baseline_only:
            continue
        place.fresh_home()
        place.product_row("repoagent, cold", product.MAP, str(BUDGET))
        place.product_row("repoagent, the rest", product.INDEX)  # what a first look leaves to be read behind
        for _ in range(options.warm_runs):
            place.product_row("repoagent, warm", product.MAP, str(BUDGET))
    for kind in ("cold", "warm"):
        best = [_best(place.rows.get(f"{name}, {kind}", [])) for name in ("aider", "aider's map", "repoagent")]
        cells = [place.name, f"{place.n_lines:,}", kind, *(f"{each:.2f}" for pair in best if pair for each in pair)]
        if best[2]:
            cells += [f"**{their[1] / best[2][1]:.1f} x**" for their in best[:2]]
        print(f"| {' | '.join(cells)} |", flush=True)
    return {
        "name": place.name,
        "commit": place.commit,
        "lines": place.n_lines,
        "rows": {name: [[cost.wall, cost.cpu, cost.peak] for cost in costs] for name, costs in place.rows.items()},
    }


def _forget_tags(place: Workplace) -> None:
    for cache in place.root.glob(CACHES):
        shutil.rmtree(cache)


def _best(costs: list[Cost]) -> tuple[float, ...]:
    """Wall and CPU seconds."""
    return (min(cost.wall for cost in costs), min(cost.cpu for cost in costs)) if costs else ()


if __name__ == "__main__":
    main()
