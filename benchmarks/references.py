#!/usr/bin/env python3
"""Holds what repoagent says a use of a name means against judges that nobody here wrote.

    references.py python REPOSITORY ... [--n 400] [--seed 1] [--show 20]       judge: Jedi (the `bench` extra)
    references.py typescript REPOSITORY ... --node-modules DIR                 judge: the TypeScript language service
    references.py java REPOSITORY ... [--only src/main]                        judge: javac, through its own API
    references.py kotlin REPOSITORY ... --kotlin DIR [--only core/src/main]    judge: Kotlin's compiler
    references.py scala REPOSITORY ... --scala DIR [--only core/src/main]      judge: Scala 2.13's compiler
    references.py elixir REPOSITORY ... --elixir COMMAND                       judge: a tracer of Elixir's compiler
    references.py haskell REPOSITORY --run="-isrc -XCPP" [--run ...]           judge: GHC, by its .hie files
    references.py lua REPOSITORY --run "tests/test-list.lua" [--run ...]       judge: a tracer of Lua's calls
    references.py zig REPOSITORY --zig "zig test -fno-emit-bin src/main.zig"   judge: Zig's compiler, one name at a time
    references.py bash REPOSITORY --tests COMMAND [--seen FOLDER]              judge: Bash's trace, while the tests run
    references.py ruby REPOSITORY --tests COMMAND [--seen FOLDER]              judge: Ruby, while the tests run
    references.py go REPOSITORY ... [--only binding/]                          judge: go/types (a recent Go)
    references.py php REPOSITORY ... --node-modules DIR                        judge: Intelephense (npm), names by php
    references.py csharp REPOSITORY ... --dotnet DIR                           judge: Roslyn (a .NET SDK)
    references.py swift REPOSITORY ... --swift DIR [--only Sources]            judge: Swift's compiler, by its index
    references.py rust REPOSITORY ... --rust-analyzer COMMAND --rust-src DIR   judge: rust-analyzer
    references.py c|cpp REPOSITORY ... [--flags="-Iinclude ..."]               judge: libclang (the `bench` extra)

A sample of places where a name is used, drawn with a seed from all that the repository's files hold; the judge says
where each is defined. Counted are the targets in the repository that outlive a call: functions, types, members,
variables of a module; no parameters and locals. Precision: of the places for which repoagent names a definition with
that certainty and the judge knows one at all, how many agree. Recall: of the judge's targets in the repository, how
many repoagent names as `resolved` or `probable`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from judges import (
    bash,
    clang,
    csharp,
    elixir,
    go,
    haskell,
    java,
    kotlin,
    lua,
    php,
    python,
    ruby,
    rust,
    scala,
    swift,
    typescript,
    zig,
)
from judges.verdict import Spot

JUDGES = {
    "bash": bash.verdicts,
    "c": clang.verdicts,
    "cpp": clang.verdicts,
    "csharp": csharp.verdicts,
    "elixir": elixir.verdicts,
    "go": go.verdicts,
    "haskell": haskell.verdicts,
    "java": java.verdicts,
    "kotlin": kotlin.verdicts,
    "lua": lua.verdicts,
    "php": php.verdicts,
    "python": python.verdicts,
    "ruby": ruby.verdicts,
    "rust": rust.verdicts,
    "scala": scala.verdicts,
    "swift": swift.verdicts,
    "typescript": typescript.verdicts,
    "zig": zig.verdicts,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(JUDGES))
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--n", type=int, default=400, help="places asked about in each repository")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="disagreements to print")
    parser.add_argument("--node-modules", type=Path, help="where `npm install typescript` was run")
    parser.add_argument("--modules", action="store_true", help="JavaScript: no file is a script, as Node reads them")
    parser.add_argument("--dotnet", type=Path, help="the folder of a .NET SDK, with `dotnet` in it")
    parser.add_argument("--kotlin", type=Path, help="the jars of PyPI's kotlin-jupyter-kernel, unpacked")
    parser.add_argument("--tests", default="", help="Ruby, Bash: the shell command that runs a repository's tests")
    parser.add_argument("--seen", type=Path, help="Ruby, Bash: where what was seen is kept, and taken from")
    parser.add_argument("--scala", type=Path, help="a folder of jars, those of Scala 2.13's compiler among them")
    parser.add_argument("--elixir", default="elixir", help="the command of that name")
    parser.add_argument("--lua", default="lua", help="the command of that name; it finds modules by LUA_PATH")
    parser.add_argument(
        "--run",
        action="append",
        default=[],
        help="Lua: a program of the repository, with arguments; Haskell: arguments for ghc",
    )
    parser.add_argument("--zig", default="zig build", help="the command that compiles the repository")
    parser.add_argument("--swift", type=Path, help="a toolchain: bin/swift-frontend and lib/libIndexStore.so")
    parser.add_argument("--rust-analyzer", default="rust-analyzer", help="the command of that name")
    parser.add_argument("--rust-src", type=Path, help="the folder `library` of Rust's standard library")
    parser.add_argument("--include", action="append", default=[], help="a folder of headers for the compiler")
    parser.add_argument("--only", default="", help="files whose path begins so; of Scala several, with commas")
    parser.add_argument("--files", type=int, default=40, help="source files to compile")
    parser.add_argument("--flags", default="", help="flags for the C, C++ or Swift compiler")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    print("| repository | judged | targets | resolved precision | probable precision | recall | judge s | ours s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for root in options.repositories:
        counts = measure(root.resolve(), options)
        print(row(root.name, counts), flush=True)
        total.update(counts)
    if len(options.repositories) > 1:
        print(row("all", total))


def row(name: str, counts: Counter[str]) -> str:
    cells = [name, str(counts["judged"]), str(counts["targets"])]
    for certainty in ("resolved", "probable"):
        n = counts[certainty]
        share = f"{100 * counts[certainty + ' right'] / n:.1f}%" if n else "-"
        cells.append(f"{share} of {n}")
    recall = 100 * counts["found"] / counts["targets"] if counts["targets"] else 0
    cells += [f"{recall:.1f}%", f"{counts['judge ms'] / 1000:.1f}", f"{counts['our ms'] / 1000:.1f}"]
    return f"| {' | '.join(cells)} |"


def measure(root: Path, options: argparse.Namespace) -> Counter[str]:
    """Asks the judge and repoagent about the same places."""
    import repoagent
    from repoagent_indexers.resolve.references import Resolution

    counts: Counter[str] = Counter()
    began = time.perf_counter()
    verdicts = list(JUDGES[options.language](root, options))
    counts["judge ms"] = round(1000 * (time.perf_counter() - began))
    with repoagent.open(root) as repo:
        began = time.perf_counter()
        resolution = Resolution(repo.index)
        answers = [_answer(resolution, *verdict.spot) for verdict in verdicts]
        counts["our ms"] = round(1000 * (time.perf_counter() - began))
    shown = 0
    for verdict, answer in zip(verdicts, answers, strict=True):
        if not verdict.targets and not verdict.is_elsewhere:
            counts["unknown to the judge"] += 1
            continue
        counts["judged"] += 1
        counts["targets"] += bool(verdict.targets)
        certainty, places, symbols = answer
        own = set(places)
        is_right = bool(own & (verdict.targets | verdict.others))
        if certainty != "by name only":
            if symbols or (own and verdict.targets):
                counts[certainty] += 1
                counts[f"{certainty} right"] += is_right
            counts["found"] += is_right and bool(verdict.targets)
        is_bad = (bool(verdict.targets) and not (is_right and certainty != "by name only")) or (
            symbols and certainty == "resolved" and not is_right
        )
        if is_bad and shown < options.show:
            shown += 1
            path, line, column = verdict.spot
            text = (root / path).read_text("utf-8", "replace").split("\n")[line - 1].strip()
            said = sorted(f"{each[0]}:{each[1]}" for each in own)[:3]
            wanted = sorted(f"{each[0]}:{each[1]}" for each in verdict.targets)[:3]
            sure = certainty if own or certainty == "by name only" else "outside"
            print(
                f"{path}:{line}:{column} {verdict.name} [{text[:110]}]\n   {sure}: {said}; judge: {wanted}",
                file=sys.stderr,
            )
    return counts


def _answer(resolution: Any, path: str, line: int, column: int) -> tuple[str, frozenset[Spot], bool]:
    """How sure, all places of what the use means, and whether a symbol is among them."""
    place = resolution.at(path, line, column + 1)
    if place is None:  # of a file that the index has not
        return "by name only", frozenset(), False
    certainty, definitions = resolution.meaning(place)
    everything = resolution.places(place)
    places = {definition.place for definition in definitions}
    if everything is not None:
        places |= everything.places
    spots = frozenset((each.path, *_from_zero(resolution.line_and_column(each))) for each in places)
    return certainty, spots, bool(definitions)


def _from_zero(place: tuple[int, int]) -> tuple[int, int]:
    return place[0], place[1] - 1


if __name__ == "__main__":
    main()
