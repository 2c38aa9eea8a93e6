#!/usr/bin/env python3
"""How time, memory and size grow with a repository: a table, growth exponents, JSON and a plot.

    curve.py CHECKOUT[+CHECKOUT ...] ... [--runs 3] [--index-runs 1] [--out benchmarks/outcomes/curve.json]
    curve.py --draw benchmarks/outcomes/curve.json

Checkouts joined by "+" are measured side by side in one repository. A round of --runs is `ctags -R`, then one question
to a repository never seen: the command until it ends, without the process that it leaves behind to make the whole
index, which is ended. A round of --index-runs is the bare parse, the whole index, no change, one changed file, and a
search. Of each figure the best round counts: what other programs do on the machine only ever adds.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import product
from chart import Panel, svg
from workplace import FLOOR, QUESTIONS, TAGS, Workplace, machine

FIRST, WHOLE, SAME, CHANGED, WARM = (
    "first result", "whole index", "no change", "one file changed", "warm search",
)  # fmt: skip
ORDER = (TAGS, FIRST, FLOOR, WHOLE, SAME, CHANGED, WARM)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="*", metavar="CHECKOUT[+CHECKOUT]")
    parser.add_argument("--runs", type=int, default=3, help="rounds of ctags and of the first result")
    parser.add_argument("--index-runs", type=int, default=1, help="rounds of the bare parse and of the index")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/repoagent-benchmarks/curve"))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("outcomes") / "curve.json")
    parser.add_argument("--add", action="store_true", help="keep the rows of OUT that this run does not measure")
    parser.add_argument("--draw", type=Path, metavar="JSON", help="print and plot what was measured before")
    parser.add_argument("--baseline-only", action="store_true", help="ctags and the bare parse, without repoagent")
    options = parser.parse_args()
    if options.draw:
        record = json.loads(options.draw.read_text("utf-8"))
        _show(record, options.draw.with_suffix(".svg"))
        return
    if not options.checkouts:
        parser.error("name a checkout")
    record = {"machine": machine(), "runs": options.runs, "index_runs": options.index_runs, "repositories": []}
    known = json.loads(options.out.read_text("utf-8"))["repositories"] if options.add else []
    for named in options.checkouts:
        with Workplace([Path(each) for each in named.split("+")], options.scratch) as place:
            record["repositories"].append(_repository(place, options))
        print(f"{place.name}: measured", flush=True)
        if not options.baseline_only:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            whole = {**record, "repositories": _added(known, record["repositories"])}
            options.out.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    record["repositories"] = _added(known, record["repositories"])
    _show(record, None if options.baseline_only else options.out.with_suffix(".svg"))


def _repository(place: Workplace, options: argparse.Namespace) -> dict:
    if not options.baseline_only:
        place.compile_modules()
    for run in range(options.runs):
        place.tags()
        if not options.baseline_only:
            place.fresh_home()
            place.product_row(FIRST, product.SEARCH, QUESTIONS[run % len(QUESTIONS)])
    index_bytes = text_bytes = 0
    for run in range(options.index_runs):
        place.fresh_home()
        place.floor()
        if options.baseline_only:
            continue
        place.product_row(WHOLE, product.INDEX)
        index_bytes, text_bytes = place.index_bytes(), product.indexed_bytes(place.root, place.home)
        place.product_row(SAME, product.INDEX)
        place.product_row(WARM, product.SEARCH, QUESTIONS[run % len(QUESTIONS)])
        place.change(f"{run}")
        place.product_row(CHANGED, product.INDEX)
        place.restore()
    return {
        "name": place.name,
        "commit": place.commit,
        "files": place.n_files,
        "lines": place.n_lines,
        "bytes": place.n_bytes,
        "floor_cpu": round(min(place.floors, default=0.0), 4),
        "index_bytes": index_bytes,
        "text_bytes": text_bytes,
        "rows": {
            name: {
                "wall": round(min(cost.wall for cost in costs), 4),
                "cpu": round(min(cost.own_cpu for cost in costs), 4),
                "peak": round(min(cost.peak for cost in costs), 1),
                "left_running": max(cost.left_running for cost in costs),
                "each": [[round(cost.wall, 4), round(cost.own_cpu, 4), round(cost.peak, 1)] for cost in costs],
            }
            for name, costs in place.rows.items()
        },
    }


def _added(known: list[dict], found: list[dict]) -> list[dict]:
    """Repositories of two runs, smallest first; what both measured is as the later found it."""
    merged = {each["name"]: each for each in known}
    for each in found:
        before = merged.get(each["name"], each)
        whole = each if each["floor_cpu"] else before
        merged[each["name"]] = {
            **each,
            **{field: whole[field] for field in ("floor_cpu", "index_bytes", "text_bytes")},
            "rows": {**before["rows"], **each["rows"]},
        }
    return sorted(merged.values(), key=lambda each: each["bytes"])


def _show(record: dict, plot: Path | None) -> None:
    found = record["repositories"]
    print(f"\n{record['machine']}\n")
    names = [name for name in ORDER if all(name in each["rows"] for each in found)]
    print("| | " + " | ".join(each["name"] for each in found) + " | growth | of the last step |")
    print("|---|" + "---:|" * (len(found) + 2))
    lines = [each["lines"] for each in found]
    _row("code files", [each["files"] for each in found], lines)
    _row("lines of code", lines, lines)
    _row("MB of code", [each["bytes"] / 1e6 for each in found], lines)
    for name in names:
        _row(f"{name}, wall s", [each["rows"][name]["wall"] for each in found], lines)
        _row(f"{name}, CPU s", [each["rows"][name]["cpu"] for each in found], lines)
    if FLOOR in names:
        _row("parse calls alone, CPU s", [each["floor_cpu"] for each in found], lines)
    if FIRST in names:
        if TAGS in names:
            for what, title in (("wall", "wall"), ("cpu", "CPU")):
                ratios = [each["rows"][FIRST][what] / each["rows"][TAGS][what] for each in found]
                _row(f"**{FIRST} : {TAGS}, {title}**", ratios)
        _row(f"{FIRST}, processes left behind", [each["rows"][FIRST]["left_running"] for each in found])
        _row(f"{FIRST}, peak MiB", [each["rows"][FIRST]["peak"] for each in found], lines)
    if WHOLE in names:
        _row(f"**{WHOLE} : parse calls, CPU**", [each["rows"][WHOLE]["cpu"] / each["floor_cpu"] for each in found])
        _row(f"{WHOLE}, peak MiB", [each["rows"][WHOLE]["peak"] for each in found], lines)
        _row("size of the index, MiB", [each["index_bytes"] / 2**20 for each in found], lines)
        _row("MiB of text in it", [each["text_bytes"] / 2**20 for each in found], lines)
        _row("**index : text**", [each["index_bytes"] / each["text_bytes"] for each in found])
    if plot:
        plot.write_text(svg(_panels(found, names)), "utf-8")
        print(f"\n{plot}")


def _row(name: str, values: list[float], lines: list[int] | None = None) -> None:
    """A line of the table; with `lines`, of what should grow no faster than they do, the exponents too."""
    cells = [f"{value:,}" if isinstance(value, int) else f"{value:,.2f}" for value in values]
    if lines and len(lines) > 1 and all(value > 0 for value in values):
        cells += [f"{_exponent(lines, values):.2f}", f"{_exponent(lines[-2:], values[-2:]):.2f}"]
    else:
        cells += ["", ""]
    print(f"| {name} | {' | '.join(cells)} |")


def _exponent(xs: list[int], ys: list[float]) -> float:
    """The slope of the line of least squares through the logarithms: 1 grows as the input does."""
    points = [(math.log(x), math.log(y)) for x, y in zip(xs, ys, strict=True)]
    x_mean, y_mean = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else math.nan


def _panels(found: list[dict], names: list[str]) -> list[Panel]:
    cpu = {name: [(each["lines"], each["rows"][name]["cpu"]) for each in found] for name in names}
    memory = {
        f"{name}, memory": [(each["lines"], each["rows"][name]["peak"]) for each in found]
        for name in (WHOLE, FIRST)
        if name in names
    }
    if WHOLE in names:
        memory["index on disk"] = [(each["lines"], each["index_bytes"] / 2**20) for each in found]
        memory["text in the index"] = [(each["lines"], each["text_bytes"] / 2**20) for each in found]
    return [
        Panel("CPU seconds", "lines of code", cpu),
        Panel("MiB", "lines of code", memory),
    ]


if __name__ == "__main__":
    main()
