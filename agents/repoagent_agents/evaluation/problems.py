"""Rows of a data set -> problems. The data sets are read from a file or the hub, never shipped."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoagent_indexers.errors import UsageError
from repoagent_indexers.git.git_environment import shown

Row = Mapping[str, Any]

MAX_BYTES = 256 << 20
"""Bytes of a data set, unpacked; the largest here has some 5 MB."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: a completion put between `before` and `after` is a program that ends well when it is right."""

    task_id: str
    language: str
    """python, or MultiPL-E's short name: cpp, java, php, ts, cs, sh ..."""
    before: str
    """The code that a completion continues; "" where it is a whole program part (MBPP)."""
    after: str
    """The tests, in the same language."""
    task: str = ""
    """What to do, in words; only where the words stand apart from the code (MBPP)."""
    examples: tuple[str, ...] = ()
    """Tests that the model is shown."""
    entry_point: str = ""
    """Name of the function to write; "" where the data set does not say."""
    stop: tuple[str, ...] = ()
    """Where a completion ends, when the data set itself says so."""
    instruction: str = ""
    """What to do, in words that stand beside `before`, for models that follow instructions (HumanEvalPack)."""
    preamble: str = ""
    """What is run before all of it, and never shown."""
    solution: str = ""
    """A right completion, "" where the data set has none."""

    def program(self, completion: str) -> str:
        """The text that is run, put together as the data set's own harness does."""
        return f"{self.preamble}{self.before}{completion}\n{self.after}"


@dataclass(frozen=True, slots=True)
class Problems:
    """A data set, read."""

    problems: tuple[Problem, ...]
    digest: str
    """Of what the problems say: the same from a file and from the hub."""
    shots: tuple[Problem, ...] = ()
    """Solved problems that stand in the prompt (MBPP)."""


def read_rows(path: Path) -> list[Row]:
    """The rows of a data set: .jsonl or .json, also .gz, or a folder of those. Raises UsageError."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if re.search(r"\.jsonl?(\.gz)?$", file.name))
        if not files:
            raise UsageError(f"{shown(path)}: the folder holds no .jsonl, .json or .jsonl.gz file")
        return [row for file in files for row in read_rows(file)]
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                data = packed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or "it cannot be unpacked"
        raise UsageError(f"{shown(path)}: {why.lower()}; give the data set's .jsonl or .jsonl.gz file") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{shown(path)}: more than {MAX_BYTES >> 20} MiB; this is none of the data sets known here")
    text = data.decode("utf-8", "replace")
    if text.lstrip().startswith("["):
        return _objects([(1, text)], path)
    return _objects(((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()), path)


def _objects(lines: Iterable[tuple[int, str]], path: Path) -> list[Row]:
    rows: list[Row] = []
    for number, line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            raise UsageError(f"{shown(path)}:{number}: no JSON; give the data set's .jsonl or .jsonl.gz file") from None
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(row, dict) for row in values):
            raise UsageError(f"{shown(path)}:{number}: a row must be a JSON object")
        rows += values
    return rows


def humaneval(rows: Sequence[Row]) -> Problems:
    """HumanEval (Chen et al. 2021): task_id, prompt, entry_point, test, canonical_solution. Raises UsageError."""
    return _problems(rows, _humaneval, "HumanEval")


def _humaneval(row: Row) -> Problem:
    name = _text(row, "entry_point")
    return Problem(
        _text(row, "task_id"),
        "python",
        _text(row, "prompt"),
        f"{_text(row, 'test')}\ncheck({name})",
        entry_point=name,
        solution=str(row.get("canonical_solution") or ""),
    )


def humanevalpack(rows: Sequence[Row]) -> Problems:
    """HumanEvalSynthesize of HumanEvalPack, Python (Muennighoff et al. 2023): HumanEval for models that follow
    instructions, with an instruction beside prompt, test and entry_point. Raises UsageError."""
    return _problems(rows, _humanevalpack, "HumanEvalPack")


_IMPORTED = (
    "import math, re, sys, copy, datetime, itertools, collections, heapq, statistics, functools, hashlib, string\n"
    "import numpy\nimport numpy as np\nfrom typing import *\nfrom collections import *\n"
)
"""What its harness puts before every program in Python."""


def _humanevalpack(row: Row) -> Problem:
    return Problem(
        _text(row, "task_id"),
        "python",
        _text(row, "prompt").rstrip(),
        _text(row, "test"),  # which calls itself
        entry_point=_text(row, "entry_point"),
        instruction=_text(row, "instruction"),
        preamble=_IMPORTED,
        solution=f"\n{row.get('canonical_solution') or ''}",
    )


MBPP_SHOTS = (2, 3, 4)
"""Task ids of the paper's three examples (Austin et al. 2021, section 3.1)."""
MBPP_TEST = range(11, 511)
"""Task ids of the 500 problems on which figures are given."""


def mbpp(rows: Sequence[Row]) -> Problems:
    """MBPP (Austin et al. 2021): task_id, text, code, test_list, test_setup_code, of the full set. Raises UsageError.

    A file of a few rows of one's own will do: what is no example is then measured, whatever its number.
    """
    read = _problems(rows, _mbpp, "MBPP")
    numbers = {problem: _number(problem) for problem in read.problems}
    shots = tuple(p for p in sorted(read.problems, key=numbers.__getitem__) if numbers[p] in MBPP_SHOTS)
    test = tuple(p for p in sorted(read.problems, key=numbers.__getitem__) if numbers[p] in MBPP_TEST)
    return Problems(test or tuple(p for p in read.problems if p not in shots), read.digest, shots)


def _mbpp(row: Row) -> Problem:
    tests = row.get("test_list")
    if not isinstance(tests, list) or not tests or not all(isinstance(test, str) for test in tests):
        raise KeyError("test_list")
    setup = str(row.get("test_setup_code") or "")
    return Problem(
        f"MBPP/{int(str(row['task_id']).rpartition('/')[2])}",
        "python",
        "",
        "\n".join([setup, *tests] if setup else tests),
        task=str(row.get("text") or row.get("prompt") or "") or _text(row, "text"),
        examples=tuple(tests),
        solution=_text(row, "code").replace("\r\n", "\n"),
    )


def _number(problem: Problem) -> int:
    return int(problem.task_id.rpartition("/")[2])


def multipl_e(rows: Sequence[Row]) -> Problems:
    """MultiPL-E's translations of HumanEval (Cassano et al. 2023): name, language, prompt, tests, stop_tokens.

    Raises UsageError.
    """
    return _problems(rows, _multipl_e, "MultiPL-E")


_SHORT = {
    "bash": "sh",
    "c++": "cpp",
    "csharp": "cs",
    "go_test.go": "go",
    "javascript": "js",
    "perl": "pl",
    "python": "py",
    "ruby": "rb",
    "rust": "rs",
    "typescript": "ts",
}
"""Names that stand in some versions of the data -> short names."""


def _multipl_e(row: Row) -> Problem:
    language = _text(row, "language").lower()
    language = _SHORT.get(language, language)
    stop = row.get("stop_tokens")
    if not isinstance(stop, list) or not all(isinstance(word, str) for word in stop):
        raise KeyError("stop_tokens")
    name = _text(row, "name")
    words = tuple(word for word in stop if word)
    return Problem(f"{language}/{name}", language, _text(row, "prompt"), _text(row, "tests"), stop=words)


def _problems(rows: Sequence[Row], read: Callable[[Row], Problem], what: str) -> Problems:
    problems: dict[str, Problem] = {}
    for number, row in enumerate(rows, 1):
        try:
            problem = read(row)
        except KeyError as error:
            raise UsageError(f"{what}: row {number} has no {error.args[0]}; is this the right data set?") from None
        except (TypeError, ValueError):
            raise UsageError(f"{what}: row {number} has no number as task_id; is this the right data set?") from None
        if problem.task_id in problems:
            raise UsageError(f"{what}: row {number} repeats {shown(problem.task_id)}; give each problem once")
        problems[problem.task_id] = problem
    if not problems:
        raise UsageError(f"{what}: the data holds no problem")
    return Problems(tuple(problems.values()), _digest(problems.values()))


def _text(row: Row, key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise KeyError(key)
    return value


def _digest(problems: Iterable[Problem]) -> str:
    """What is asked and tested, in whatever order and file it came; solutions do not count."""
    told = sorted([p.task_id, p.before, p.after, p.task, p.instruction, *p.examples, *p.stop] for p in problems)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
