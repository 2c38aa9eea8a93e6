"""One benchmark, from its data to its report: what `repoagent eval humaneval|mbpp|multipl-e` does.

from repoagent.eval_benchmark import Wanted, measure

measured = measure(Wanted("humaneval", data=Path("HumanEval.jsonl.gz")), model="http://127.0.0.1:8000/v1")
print(measured.report["scores"]["pass@1"])
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoagent import eval_data, eval_report, eval_run
from repoagent.eval_record import opened
from repoagent.eval_run import Answering, Pace, Progress
from repoagent.sandbox import why_no_sandbox
from repoagent.settings import load_settings
from repoagent_agents.evaluation.problems import MBPP_SHOTS, Problem, read_rows
from repoagent_agents.evaluation.prompts import SYNTHESIZE
from repoagent_agents.evaluation.published import LANGUAGES
from repoagent_agents.models.base import Model, Sampling
from repoagent_indexers.errors import NoSandbox, RepoAgentError, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.indexing.index import index_home

GREEDY, VARIED = 0.0, 0.8
"""Temperatures of the paper: for one sample of a problem, and for several."""

SYNTHESIZE_SECONDS = 10.0
"""What the harness of HumanEvalPack gives a program in Python."""

Say = Callable[[str], None]
Bar = Callable[[str, str], AbstractContextManager[Progress]]
"""What is going on, and the unit it is counted in -> who is told how far it is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured, and how."""

    benchmark: str
    """humaneval, mbpp or multipl-e."""
    n_samples: int = 1
    """Of each problem."""
    temperature: float | None = None
    """None: greedy for one sample, 0.8 for several."""
    top_p: float = 0.95
    seed: int = 0
    """Sample number i is drawn with this and i added."""
    max_tokens: int = 512
    style: str = "completion"
    """completion, instruct, or for humaneval synthesize: see prompts.py."""
    ks: tuple[int, ...] = eval_report.KS
    languages: tuple[str, ...] = ()
    """Of MultiPL-E; none: the paper's six."""
    data: Path | None = None
    """The data set; None: from the hub."""
    limit: int | None = None
    """Only so many problems, from the first."""
    completions: Path | None = None
    """Completions that are there already; no model is asked then."""
    requests: int = 4
    """To the model, at once."""
    jobs: int | None = None
    """Programs that run at once; None: one a core."""
    timeout: float | None = None
    """Seconds that a program may run; None: as its harness has it."""
    out: Path | None = None
    """Where samples are kept; None: one file for each choice of settings."""
    fresh: bool = False
    unsafe_no_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out."""

    report: dict[str, Any]
    samples: Path
    """One line a sample; the report stands beside it."""


def measure(
    wanted: Wanted,
    model: Model | str | None = None,
    *,
    say: Say = lambda _: None,
    bar: Bar = lambda *_: nullcontext(lambda *_: None),
) -> Measured:
    """Measure a model, or completions that are there; goes on where an earlier run of the same settings ended.

    Raises NoSandbox where nothing can hold a bad program, UsageError for settings and data that cannot be used,
    ModelError when the model fails; what was done by then is kept.
    """
    if (reason := why_no_sandbox()) and not wanted.unsafe_no_sandbox:
        raise NoSandbox(
            f"{reason}; what a model writes is not run without one: install bubblewrap, or run it without protection "
            "with --unsafe-no-sandbox"
        )
    sampling = _sampling(wanted)
    notes: list[str] = []
    languages = _runnable(wanted, notes, say) if wanted.benchmark == "multipl-e" else []
    packed = wanted.style == SYNTHESIZE
    seconds = wanted.timeout or (SYNTHESIZE_SECONDS if packed else None)
    with bar("reading the data set", "rows") as progress:
        read = eval_data.load(wanted.benchmark, wanted.data, progress, languages=languages, packed=packed)
    if not packed and eval_data.KNOWN.get(wanted.benchmark, read.digest) != read.digest:
        notes.append("these are not the problems as they were published: the scores cannot be compared")
    problems = read.problems[: wanted.limit]
    if len(problems) < len(read.problems):
        notes.append(f"only the first {len(problems)} of {len(read.problems)} problems: the scores cannot be compared")
    settings: dict[str, Any] = {"benchmark": wanted.benchmark, "data": read.digest, "style": wanted.style, "model": ""}
    settings["timeout"] = wanted.timeout
    n_samples, pace = wanted.n_samples, Pace(wanted.requests, wanted.jobs or eval_run.default_jobs())
    if wanted.completions is not None:
        problems, n_samples, answer = _given(wanted.completions, problems, notes)
        settings["completions"] = hashlib.sha256(wanted.completions.read_bytes()).hexdigest()[:16]
    else:
        if wanted.benchmark == "mbpp" and wanted.style == "completion" and len(read.shots) < len(MBPP_SHOTS):
            raise UsageError(
                "MBPP: the examples of the prompt, task ids 2, 3 and 4, are not in the data; give them too"
            )
        asked = _loaded(model)
        settings |= {"model": asked.name, **_drawn(sampling)}
        answer = eval_run.asking(asked, read.shots, wanted.style, sampling)
        pace = pace if "://" in asked.place else Pace(1, pace.jobs)  # in this process one reply at a time
        say(f"{asked.name} at {asked.place}: {len(problems)} problems, {n_samples} samples of each")
    path = wanted.out or _default_out(settings)
    with opened(path, settings, fresh=wanted.fresh) as record:
        try:
            with bar(wanted.benchmark, "samples") as progress:
                eval_run.run(
                    problems, n_samples, answer, record, pace,
                    seconds=seconds, unsafe_no_sandbox=wanted.unsafe_no_sandbox, progress=progress,
                )  # fmt: skip
        except (RepoAgentError, KeyboardInterrupt):
            kept, all_of_them = len(record.samples), len(problems) * n_samples
            say(f"repoagent: {kept} of {all_of_them} samples are kept in {shown(path)}; the same command goes on")
            raise
        report = eval_report.report(settings, problems, record.samples, n_samples, wanted.ks, notes)
        record.write_report(report)
    return Measured(report, path)


def _sampling(wanted: Wanted) -> Sampling:
    temperature = wanted.temperature
    if temperature is None:
        temperature = GREEDY if wanted.n_samples == 1 else VARIED
    if temperature == 0 and wanted.n_samples > 1 and wanted.completions is None:
        raise UsageError("with temperature 0 all samples of a problem are the same; give -n 1, or a --temperature")
    return Sampling(wanted.max_tokens, temperature, wanted.top_p, wanted.seed)


def _drawn(sampling: Sampling) -> dict[str, Any]:
    """What of the sampling makes a sample what it is; how many there are does not."""
    told: dict[str, Any] = {"max_tokens": sampling.max_tokens, "temperature": sampling.temperature}
    return told if sampling.temperature == 0 else {**told, "top_p": sampling.top_p, "seed": sampling.seed}


def _loaded(model: Model | str | None) -> Model:
    """The model that was named, else configured, else the best that answers here."""
    if not isinstance(model, str) and model is not None:
        return model
    from repoagent_agents.models import load_model

    settings = load_settings()
    return load_model(model or settings.model or None, url=settings.url or None, window=settings.window or None)


def _runnable(wanted: Wanted, notes: list[str], say: Say) -> list[str]:
    """The languages whose tools are here. Raises UsageError when there is none."""
    good = []
    with tempfile.TemporaryDirectory(prefix="repoagent-probe-", ignore_cleanup_errors=True) as place:
        for language in dict.fromkeys(name.lower() for name in wanted.languages or LANGUAGES):
            folder = Path(place).resolve()
            why = eval_run.missing_tools(language, folder, unsafe_no_sandbox=wanted.unsafe_no_sandbox)
            if why:
                notes.append(why)
                say(f"repoagent: {why}")
            else:
                good.append(language)
    if not good:
        raise UsageError("none of these languages can be run here; see repoagent eval multipl-e --help")
    return good


def _given(
    path: Path, problems: Sequence[Problem], notes: list[str]
) -> tuple[tuple[Problem, ...], int, Callable[..., Answering]]:
    """The problems that a file has completions for, how many of each at least, and the completions."""
    found: dict[str, list[str]] = {problem.task_id: [] for problem in problems}
    for number, row in enumerate(read_rows(path), 1):
        task_id, completion = row.get("task_id"), row.get("completion")
        if not isinstance(task_id, str) or not isinstance(completion, str):
            raise UsageError(f"{shown(path)}:{number}: a sample needs a task_id and a completion, both text")
        if task_id in found:
            found[task_id].append(completion)
    chosen = tuple(problem for problem in problems if found[problem.task_id])
    if not chosen:
        raise UsageError(f"{shown(path)}: it has no completion for a problem of this benchmark; look at its task_id")
    if len(chosen) < len(problems):
        notes.append(f"{shown(path)} has completions for {len(chosen)} of {len(problems)} problems: only those count")
    return chosen, min(len(found[problem.task_id]) for problem in chosen), eval_run.given(found)


def _default_out(settings: dict[str, Any]) -> Path:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
    name = re.sub(r"[^\w.-]+", "-", settings["model"] or "completions").strip("-.")[:60]
    return index_home() / "evals" / f"{settings['benchmark']}-{name}-{digest}.jsonl"
