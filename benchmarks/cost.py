#!/usr/bin/env python3
"""What repoagent costs on real checkouts, beside `ctags -R` and a bare tree-sitter parse of the same files, in one run.

    cost.py CHECKOUT ... [--runs 3] [--json OUT] [--scratch DIR]

Works in a clone of each checkout under --scratch, never in the checkout, and gives each round a fresh index folder.
A round is: ctags, bare parse, cold index, index with no change, warm ask and search, one changed file, ask after one
more changed file. Rounds repeat, so that a busy moment of the machine does not fall on one row; figures are medians.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from statistics import median

import product
from workplace import QUESTIONS, TAGS, Workplace, machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every run here")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/repoagent-benchmarks/cost"))
    parser.add_argument("--baseline-only", action="store_true", help="ctags and the bare parse, without repoagent")
    options = parser.parse_args()
    record = {"machine": machine(), "runs": options.runs, "repositories": []}
    print(record["machine"], "\n")
    if not shutil.which("ctags"):
        print("ctags is not there, its column stays empty: apt-get update && apt-get install -y universal-ctags\n")
    for checkout in options.checkouts:
        with Workplace([checkout], options.scratch) as place:
            found = _repository(place, options.runs, not options.baseline_only)
        _print(found)
        record["repositories"].append(found)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def _repository(place: Workplace, runs: int, with_product: bool) -> dict:
    if with_product:
        place.compile_modules()
    for run in range(runs):
        place.fresh_home()
        place.tags()
        place.floor()
        if not with_product:
            continue
        question = QUESTIONS[run % len(QUESTIONS)]
        place.product_row("start (--version)", product.VERSION)
        place.product_row("cold index", product.INDEX)
        place.product_row("index, no change", product.INDEX)
        place.product_row("ask --brief, warm", product.ASK, question)
        place.product_row("search, warm", product.SEARCH, question)
        place.change(f"{run} a")
        place.product_row("index, one file changed", product.INDEX)
        place.change(f"{run} b")
        place.product_row("ask --brief, one file changed", product.ASK, question)
        place.restore()
    return {
        "name": place.name,
        "commit": place.commit,
        "files": place.n_files,
        "mb": round(place.n_bytes / 1e6, 2),
        "floor_cpu": median(place.floors),
        "index_mib": round(place.index_bytes() / 2**20, 1),
        "changed_file": str(place.changing.relative_to(place.root)),
        "rows": place.summed_up(median, lambda cost: cost.cpu),
    }


def _print(found: dict) -> None:
    rows = found["rows"]
    tags = rows.get(TAGS, {}).get("cpu")
    print(f"{found['name']} at {found['commit'][:12]}: {found['files']} code files, {found['mb']} MB; ", end="")
    print(f"parse calls alone {found['floor_cpu']:.2f} CPU s; index on disk {found['index_mib']} MiB\n")
    print("| | wall s | CPU s | peak MiB | CPU : parse calls | CPU : ctags |\n|---|---:|---:|---:|---:|---:|")
    for name, row in rows.items():
        against = f"{row['cpu'] / tags:.2f}" if tags else ""
        print(f"| {name} | {row['wall']:.2f} | {row['cpu']:.2f} | {row['peak']:.0f} ", end="")
        print(f"| {row['cpu'] / found['floor_cpu']:.2f} | {against} |")
    for name, row in rows.items():
        if row["left_running"]:
            print(f"{name}: {row['left_running']} processes still ran at its end; what they cost later is not counted")
    print(flush=True)


if __name__ == "__main__":
    main()
