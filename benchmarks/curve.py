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
from collections.abc import Sequence
from pathlib import Path

import product
from chart import Panel, svg
from workplace import FLOOR, QUESTIONS, TAGS, Workplace, machine

FIRST, WHOLE, SAME, CHANGED, WARM = (
    "first result", "whole index", "no change", "one file changed", "warm search",
)  # fmt: skip
ORDER = (TAGS, FIRST, FLOOR, WHOLE, SAME, CHANGED, WARM)


Values = list[float | None]
"""One for each repository; None for what was not measured."""


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
        "rows": place.summed_up(min, lambda cost: cost.own_cpu),
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
    lines = [each["lines"] for each in found]

    def over(above: Values, below: Values) -> Values:
        return [a / b if a is not None and b else None for a, b in zip(above, below, strict=True)]

    print(f"\n{record['machine']}\n")
    print("| | " + " | ".join(each["name"] for each in found) + " | growth | of the last step |")
    print("|---|" + "---:|" * (len(found) + 2))
    _row("code files", [each["files"] for each in found], lines)
    _row("lines of code", lines, lines)
    _row("MB of code", [each["bytes"] / 1e6 for each in found], lines)
    for name in ORDER:
        _row(f"{name}, wall s", _cost(found, name, "wall"), lines)
        _row(f"{name}, CPU s", _cost(found, name, "cpu"), lines)
    fields = ("floor_cpu", "index_bytes", "text_bytes")
    floor, size, text = ([each[field] or None for each in found] for field in fields)
    _row("parse calls alone, CPU s", floor, lines)
    for what, title in (("wall", "wall"), ("cpu", "CPU")):
        _row(f"**{FIRST} : {TAGS}, {title}**", over(_cost(found, FIRST, what), _cost(found, TAGS, what)))
    _row(f"{FIRST}, processes left behind", _cost(found, FIRST, "left_running"))
    _row(f"{FIRST}, peak MiB", _cost(found, FIRST, "peak"), lines)
    _row(f"**{WHOLE} : parse calls, CPU**", over(_cost(found, WHOLE, "cpu"), floor))
    _row(f"{WHOLE}, peak MiB", _cost(found, WHOLE, "peak"), lines)
    _row("index, MB", [each / 1e6 if each else None for each in size], lines)
    _row("text in it, MB", [each / 1e6 if each else None for each in text], lines)
    _row("**index : text**", over(size, text))
    if plot:
        plot.write_text(svg(_panels(found)), "utf-8")
        print(f"\n{plot}")


def _cost(found: list[dict], name: str, what: str) -> Values:
    return [each["rows"].get(name, {}).get(what) for each in found]


def _row(name: str, values: Values, lines: list[int] | None = None) -> None:
    """A line of the table; with `lines`, of what should grow no faster than they do, the exponents too."""
    pairs = zip(lines or values, values, strict=True)
    known = [(n, value) for n, value in pairs if n is not None and value is not None]
    if not known:
        return
    cells = ["-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.2f}" for value in values]
    if lines and len(known) > 1 and all(value > 0 for _, value in known):
        cells += [f"{_exponent(*zip(*some, strict=True)):.2f}" for some in (known, known[-2:])]
    else:
        cells += ["", ""]
    print(f"| {name} | {' | '.join(cells)} |")


def _exponent(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The slope of the line of least squares through the logarithms: 1 grows as the input does."""
    points = [(math.log(x), math.log(y)) for x, y in zip(xs, ys, strict=True)]
    x_mean, y_mean = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else math.nan


def _panels(found: list[dict]) -> list[Panel]:
    def curves(named: dict[str, Values]) -> dict[str, list[tuple[float, float]]]:
        lines = [each["lines"] for each in found]
        points = {name: [(x, y) for x, y in zip(lines, ys, strict=True) if y] for name, ys in named.items()}
        return {name: some for name, some in points.items() if some}

    memory = {f"{name}, memory": _cost(found, name, "peak") for name in (WHOLE, FIRST)}
    memory["index on disk"] = [each["index_bytes"] / 2**20 for each in found]
    memory["text in the index"] = [each["text_bytes"] / 2**20 for each in found]
    return [
        Panel("CPU seconds", "lines of code", curves({name: _cost(found, name, "cpu") for name in ORDER})),
        Panel("MiB", "lines of code", curves(memory)),
    ]


if __name__ == "__main__":
    main()
