"""Problems -> samples -> verdicts: asks a model, runs what it wrote in the sandbox, and keeps a record of both.

Several requests are under way at once, as a server that batches wants it, and several programs run at once, each in a
sandbox of its own. The main thread alone writes, so that an interrupt finds everything whole.
"""

from __future__ import annotations

import os
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from repoagent.eval_record import Record
from repoagent.sandbox import run_sandboxed
from repoagent_agents.evaluation import programs, prompts
from repoagent_agents.evaluation.languages import LANGUAGES
from repoagent_agents.evaluation.problems import Problem
from repoagent_agents.evaluation.programs import Program, Verdict
from repoagent_agents.models.base import Model, Reply, Sampling, Usage
from repoagent_indexers.errors import EnvironmentFault

_TRIES = 3
"""Times that a sandbox may fail to start before that is an error."""
_PATIENCE = 3.0
"""Seconds to wait for what is under way when the rest has ended."""

Told = dict[str, Any]
Answering = Callable[[Problem, int], Told]
"""Problem and sample number -> at least its `completion`."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is done at once."""

    requests: int
    """Requests to the model."""
    jobs: int
    """Programs in sandboxes."""


@dataclass(slots=True)
class _Crew:
    """What the threads share."""

    work: queue.SimpleQueue[tuple[Problem, int] | None]
    results: queue.SimpleQueue[tuple[Problem, int, Told | BaseException]]
    asking: threading.Semaphore
    running: threading.Semaphore
    stopping: threading.Event


class Stopped(Exception):
    """The run is over; nobody waits for this sample."""


def run(
    problems: Sequence[Problem],
    n_samples: int,
    answer: Callable[[threading.Event], Answering],
    record: Record,
    pace: Pace,
    *,
    seconds: float | None = None,
    unsafe_no_sandbox: bool = False,
    progress: Progress | None = None,
) -> None:
    """Have `n_samples` of each problem in the record, each with its verdict; what is there is not done again.

    `answer` is given an event that is set when the run ends early. Raises what `answer` or the sandbox raises, when
    what was done by then is in the record.
    """
    wanted = [(problem, number) for number in range(n_samples) for problem in problems]
    missing = [(problem, number) for problem, number in wanted if (problem.task_id, number) not in record.samples]
    n_before = len(wanted) - len(missing)
    if progress:
        progress(n_before, len(wanted))
    if not missing:
        return
    crew = _Crew(
        queue.SimpleQueue(),
        queue.SimpleQueue(),
        threading.Semaphore(pace.requests),
        threading.Semaphore(pace.jobs),
        threading.Event(),
    )
    answering = answer(crew.stopping)
    with tempfile.TemporaryDirectory(prefix="repoagent-eval-", ignore_cleanup_errors=True) as place:
        folder = Path(place).resolve()

        def one(problem: Problem, number: int) -> Told:
            with crew.asking:
                if crew.stopping.is_set():
                    raise Stopped
                told = answering(problem, number)
            with crew.running:
                began = time.monotonic()
                verdict = execute(problem, told["completion"], folder, seconds, unsafe_no_sandbox=unsafe_no_sandbox)
            passed = {"passed": verdict.passed, "result": verdict.result}
            return {**told, **passed, "run_s": round(time.monotonic() - began, 3)}

        for item in missing:
            crew.work.put(item)
        threads = [
            threading.Thread(target=_work, args=(crew, one), daemon=True)
            for _ in range(min(len(missing), pace.requests + pace.jobs))
        ]
        for _ in threads:
            crew.work.put(None)
        for thread in threads:
            thread.start()
        try:
            for done in range(1, len(missing) + 1):
                problem, number, told = crew.results.get()
                if isinstance(told, BaseException):
                    raise told
                record.add(problem.task_id, number, told)
                if progress:
                    progress(n_before + done, len(wanted))
        finally:
            crew.stopping.set()
            _wind_down(threads, crew, record)


def _work(crew: _Crew, one: Callable[[Problem, int], Told]) -> None:
    while (item := crew.work.get()) is not None and not crew.stopping.is_set():
        try:
            told: Told | BaseException = one(*item)
        except BaseException as error:  # noqa: BLE001  raised again in the main thread
            told = error
        crew.results.put((*item, told))


def _wind_down(threads: Iterable[threading.Thread], crew: _Crew, record: Record) -> None:
    """Take in what is finished. What is not is left: sandboxes die with this process, servers see it hang up."""
    until = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    while not crew.results.empty():
        problem, number, told = crew.results.get()
        if not isinstance(told, BaseException):
            record.add(problem.task_id, number, told)


def execute(
    problem: Problem, completion: str, folder: Path, seconds: float | None = None, *, unsafe_no_sandbox: bool = False
) -> Verdict:
    """Run one completion in a fresh folder below `folder`. Raises NoSandbox, and EnvironmentFault where it fails."""
    program = programs.program(problem, completion, seconds)
    for _ in range(_TRIES):
        with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
            verdict = _steps(program, Path(place), unsafe_no_sandbox)
        if verdict is not None:
            return verdict
    raise EnvironmentFault("the sandbox does not start programs any more; look at: repoagent doctor")


def _steps(program: Program, tree: Path, unsafe_no_sandbox: bool) -> Verdict | None:
    """Run the steps; None when the sandbox itself failed."""
    for name, content in program.files.items():
        (tree / name).write_bytes(content)
    for step in program.steps:
        ran = run_sandboxed(step.command, tree, limits=step.limits, unsafe_no_sandbox=unsafe_no_sandbox)
        if not programs.has_started(program, ran):
            return None
        if (verdict := programs.verdict(program, step, ran)) is not None:
            return verdict
    return Verdict(programs.PASSED)


def missing_tools(language: str, folder: Path, *, unsafe_no_sandbox: bool = False) -> str:
    """Why programs in a language of MultiPL-E cannot be run here, "" when they can; found out by running one."""
    probe = programs.probe(language)
    if probe is None:
        return f"{language} is no language whose programs are run here; known: {', '.join(LANGUAGES)}"
    known = LANGUAGES[language]
    why = f"{known.title} is not runnable here: it needs {known.needs}"
    if known.missing:
        return f"{why}; {known.missing} is not in PATH"
    verdict = execute(probe, "", folder, 30.0, unsafe_no_sandbox=unsafe_no_sandbox)
    return "" if verdict.passed else f"{why}; {verdict.result}"


def asking(
    model: Model, shots: Sequence[Problem], style: str, sampling: Sampling
) -> Callable[[threading.Event], Answering]:
    """Answers by a model; sample number n is drawn with the seed plus n, so that it can be drawn again."""

    def answer(stopping: threading.Event) -> Answering:
        return lambda problem, number: _ask(model, problem, shots, style, sampling, number, stopping)

    return answer


def _ask(
    model: Model,
    problem: Problem,
    shots: Sequence[Problem],
    style: str,
    sampling: Sampling,
    number: int,
    stopping: threading.Event,
) -> Told:
    from repoagent_agents.models.base import Text, streamed
    from repoagent_agents.models.discreet import frank

    asked = prompts.prompt(problem, shots, style, model.name)
    seed = None if sampling.seed is None else sampling.seed + number
    sampling = replace(sampling, stop=asked.stop, seed=seed)
    began = time.monotonic()
    stream = streamed(frank(model), asked.messages or Text(asked.text), sampling)
    reply, usage = _read(stream, asked.stop, stopping)
    told: Told = {"completion": prompts.completion(problem, reply, asked)}
    if asked.messages:
        told["reply"] = reply
    if usage is not None:
        told |= {"prompt_tokens": usage.prompt_tokens, "reply_tokens": usage.reply_tokens}
    return {**told, "ask_s": round(time.monotonic() - began, 3)}


def _read(stream: Reply, stop: Sequence[str], stopping: threading.Event) -> tuple[str, Usage | None]:
    """The reply up to its first stop string: there the request is cancelled, for servers that take only a few."""
    text = ""
    longest = max(map(len, stop), default=0)
    with closing(stream) as pieces:
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                return text, end.value if isinstance(end.value, Usage) else None
            if stopping.is_set():
                raise Stopped
            text += piece
            if stop and prompts.cut(tail := text[-len(piece) - longest :], stop) != tail:
                return prompts.cut(text, stop), None


def given(completions: Mapping[str, Sequence[str]]) -> Callable[[threading.Event], Answering]:
    """Answers that are there already: task_id -> completions, in order."""
    return lambda _stopping: lambda problem, number: {"completion": completions[problem.task_id][number]}


def default_jobs() -> int:
    """How many programs run at once: one a core that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform.startswith("linux") else (os.cpu_count() or 1)
