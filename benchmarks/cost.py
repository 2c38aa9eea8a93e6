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
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import product
from checkouts import git
from measure import Cost, measure

HERE = Path(__file__).resolve().parent
FLOOR, TAGS = "bare tree-sitter parse", "ctags -R"
QUESTIONS = (
    "where are errors raised for wrong input and how are they reported?",
    "how is a value converted to text?",
    "which function decides how two objects are compared?",
    "what happens when a name is defined twice?",
    "how are default settings read and overridden?",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every run here")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/repoagent-benchmarks/cost"))
    parser.add_argument("--parse", type=Path, help=argparse.SUPPRESS)  # a list of files: what the floor's row runs
    parser.add_argument("--baseline-only", action="store_true", help="ctags and the bare parse, without repoagent")
    options = parser.parse_args()
    if options.parse:
        print(_parse_cpu(options.checkouts[0], json.loads(options.parse.read_text("utf-8"))))
        return
    record = {"machine": _machine(), "runs": options.runs, "repositories": []}
    print(record["machine"], "\n")
    if not shutil.which("ctags"):
        print("ctags is not there, its column stays empty: apt-get update && apt-get install -y universal-ctags\n")
    for checkout in options.checkouts:
        found = _repository(checkout.resolve(), options.scratch, options.runs, not options.baseline_only)
        _print(found)
        record["repositories"].append(found)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def _repository(checkout: Path, scratch: Path, runs: int, with_product: bool) -> dict:
    work, home = scratch / checkout.name, scratch / f"{checkout.name}-home"
    shutil.rmtree(work, ignore_errors=True)
    work.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "-q", "--shared", str(checkout), str(work)], check=True)
    git(work, "status", "--porcelain")
    files = _code_files(work)  # also brings them into the page cache, the same for every row
    listed = scratch / f"{checkout.name}-files.json"
    listed.write_text(json.dumps([(path, language) for path, language, _ in files]), "utf-8")
    changing = work / sorted(files, key=lambda file: file[2])[len(files) // 2][0]  # of median size
    rows: dict[str, list[Cost]] = {}
    floors = []
    for run in range(runs):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        env = product.environment(home)

        def row(name: str, line: list[str], env: dict[str, str] = env) -> Cost:
            cost = measure(line, work, env)
            if cost.code not in product.DONE:
                sys.exit(f"{name} in {work}: exit code {cost.code}: {cost.error.strip()[-500:]}")
            rows.setdefault(name, []).append(cost)
            return cost

        if shutil.which("ctags"):
            row(TAGS, ["ctags", "-R", "-f", str(home / "tags"), "."])
            (home / "tags").unlink()
        floors.append(float(row(FLOOR, [sys.executable, str(HERE / "cost.py"), "--parse", str(listed), "."]).output))
        if not with_product:
            continue
        program = product.command()
        question = QUESTIONS[run % len(QUESTIONS)]
        measure([*program, *product.ASK, question], HERE, env)  # so that every module is compiled
        row("start (--version)", [*program, *product.VERSION])
        row("cold index", [*program, *product.INDEX])
        row("index, no change", [*program, *product.INDEX])
        row("ask --brief, warm", [*program, *product.ASK, question])
        row("search, warm", [*program, *product.SEARCH, question])
        _change(changing, f"{run} a")
        row("index, one file changed", [*program, *product.INDEX])
        _change(changing, f"{run} b")
        row("ask --brief, one file changed", [*program, *product.ASK, question])
        git(work, "checkout", "-q", "--", ".")
    size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 2**20
    shutil.rmtree(home, ignore_errors=True)
    return {
        "name": checkout.name,
        "commit": git(work, "rev-parse", "HEAD").strip(),
        "files": len(files),
        "mb": round(sum(size for _, _, size in files) / 1e6, 2),
        "floor_cpu": median(floors),
        "index_mib": round(size, 1),
        "changed_file": str(changing.relative_to(work)),
        "rows": {
            name: {
                "wall": round(median(cost.wall for cost in costs), 4),
                "cpu": round(median(cost.cpu for cost in costs), 4),
                "peak": round(median(cost.peak for cost in costs), 1),
                "left_running": max(cost.left_running for cost in costs),
                "each": [[round(cost.wall, 4), round(cost.cpu, 4), round(cost.peak, 1)] for cost in costs],
            }
            for name, costs in rows.items()
        },
    }


def _code_files(work: Path) -> list[tuple[str, str, int]]:
    """Path, language and bytes of each tracked file that the indexer parses."""
    found = []
    for path in sorted(set(git(work, "ls-files", "-z").split("\0")) - {""}):
        file = work / path
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            if language := product.parsed_language(path, content):
                found.append((path, language, len(content)))
    return found


def _parse_cpu(work: Path, files: list[tuple[str, str]]) -> float:
    """The floor: CPU seconds of `Parser.parse` over files already read, in one process."""
    from tree_sitter import Parser

    from repoagent_indexers import languages

    parsers = {name: Parser(languages.grammar(name)) for name in {name for _, name in files}}
    contents = [(parsers[name], (work / path).read_bytes()) for path, name in files]
    begun = time.process_time()
    for parser, content in contents:
        parser.parse(content)
    return time.process_time() - begun


def _change(file: Path, mark: str) -> None:
    """Renames one word (long, so rarely a keyword) where it is last used: the file gets a new blob and still parses."""
    content = file.read_bytes()
    words = list(re.finditer(rb"\b[a-z_]{9,}\b", content))
    at = words[-1] if words else None
    fresh = b"changed_" + re.sub(rb"\W", b"_", mark.encode())
    file.write_bytes(content[: at.start()] + fresh + content[at.end() :] if at else content + b"\n")


def _machine() -> str:
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    tags = ""
    if shutil.which("ctags"):
        tags = subprocess.run(["ctags", "--version"], check=False, capture_output=True, text=True).stdout
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} x {models[0] if models else platform.machine()}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {tags.split(',')[0] or 'no ctags'}"
    )


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
