"""Questions over a repository -> whether the served model cites the places that hold the answers.

The format of a file of questions is in agents/repoagent_agents/evaluation/citations.py.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from repoagent.eval_benchmark import Bar, Measured, Say
from repoagent.eval_record import Record, opened
from repoagent.eval_report import as_json, interval
from repoagent.render import DIM, NAME, NUMBER, Screen
from repoagent.session import Repo
from repoagent_agents.evaluation.citations import Question, read_questions
from repoagent_agents.evaluation.scores import interval as score
from repoagent_agents.models.base import Sampling
from repoagent_indexers.errors import RepoAgentError, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.indexing.index import Index, index_home

SHARES = {
    "given": "a place that holds it was given",
    "holds": "a source that it cites holds it",
    "first": "the first one does",
}
"""What is counted of each question."""


@dataclass(frozen=True, slots=True)
class WantedAnswers:
    """What is to be asked, and how."""

    questions: Path
    place: Path
    """The repository; or the folder of several, each under the name that the questions give it."""
    budget: int | None = None
    """Tokens of a pack; None: what the model's window holds."""
    temperature: float = 0.0
    limit: int | None = None
    out: Path | None = None
    fresh: bool = False


def measure_answers(wanted: WantedAnswers, open_repo: Callable[[Path], Repo], *, say: Say, bar: Bar) -> Measured:
    """Ask every question that has no answer yet in the record. Raises UsageError, ModelError, Refused."""
    try:
        text = wanted.questions.read_text("utf-8", "replace")
    except OSError as error:
        raise UsageError(f"{shown(wanted.questions)}: {(error.strerror or 'no file').lower()}") from None
    questions = read_questions(text.split("\n"), shown(wanted.questions.name))
    notes: list[str] = []
    folders = _folders(questions, wanted.place, notes)
    questions = tuple(question for question in questions if question.repo in folders)[: wanted.limit]
    if not questions:
        raise UsageError(f"{shown(wanted.questions)}: no question is about {shown(wanted.place)}; see -C")
    states: dict[str, str] = {}
    name = ""
    for repo in dict.fromkeys(question.repo for question in questions):
        with closing(open_repo(folders[repo])) as opened_repo:
            states[repo] = _state(opened_repo.index)
            name = name or opened_repo.model().name
    settings = {
        "benchmark": "repo",
        "data": hashlib.sha256(text.encode()).hexdigest()[:16],
        "model": name,
        "budget": wanted.budget,
        "temperature": wanted.temperature,
        "repositories": states,
    }
    path = wanted.out or _default_out(settings)
    with opened(path, settings, fresh=wanted.fresh) as record:
        try:
            with bar("questions", "questions") as progress:
                for repo in states:
                    mine = [question for question in questions if question.repo == repo]
                    _ask_all(mine, folders[repo], wanted, open_repo, record, lambda n: progress(n, len(questions)))
        except (RepoAgentError, KeyboardInterrupt):
            kept = len(record.samples)
            say(f"repoagent: {kept} of {len(questions)} answers are kept in {shown(path)}; the same command goes on")
            raise
        report = _report(settings, questions, record.samples, notes)
        record.write_report(report)
    return Measured(report, path)


def _folders(questions: Sequence[Question], place: Path, notes: list[str]) -> dict[str, Path]:
    """Name of a repository in the questions -> where it lies; "" is the place itself."""
    found: dict[str, Path] = {}
    here = place.resolve()
    for name in dict.fromkeys(question.repo for question in questions):
        below = here / name
        if not name or here.name == name:
            found[name] = here
        elif re.fullmatch(r"[\w.-]+", name) and name not in {".", ".."} and below.is_dir():
            found[name] = below
        else:
            n = sum(question.repo == name for question in questions)
            notes.append(f"{n} questions are about {shown(name)}, which is not here")
    return found


def _state(index: Index) -> str:
    """A digest of every file that can be given to a model."""
    told = json.dumps([index.catalogue.paths, index.catalogue.oids])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _ask_all(
    questions: Sequence[Question],
    folder: Path,
    wanted: WantedAnswers,
    open_repo: Callable[[Path], Repo],
    record: Record,
    progress: Callable[[int], None],
) -> None:
    missing = [question for question in questions if (question.id, 0) not in record.samples]
    if not missing:
        return
    with closing(open_repo(folder)) as repo:
        for question in missing:
            progress(len(record.samples))
            record.add(question.id, 0, _asked(repo, question, wanted))


def _asked(repo: Repo, question: Question, wanted: WantedAnswers) -> dict[str, Any]:
    """One question's line in the record."""
    began = time.monotonic()
    answer, judged = repo.measure(
        question, budget=wanted.budget, sampling=Sampling(temperature=wanted.temperature, seed=0)
    )
    sources = [f"{s.span.path}:{s.span.start_line}-{s.span.end_line}" for s in answer.sources if s.cited]
    told = {"answer": answer.text, "sources": sources, "pack_tokens": answer.pack.tokens}
    return {"repo": question.repo, **told, **asdict(judged), "ask_s": round(time.monotonic() - began, 3)}


def _report(
    settings: Mapping[str, Any],
    questions: Sequence[Question],
    samples: Mapping[tuple[str, int], Mapping[str, Any]],
    notes: Sequence[str],
) -> dict[str, Any]:
    rows = [samples[question.id, 0] for question in questions]
    repos = dict.fromkeys(question.repo for question in questions)
    return {
        "version": 1,
        "settings": dict(settings),
        "done": True,
        "n_questions": len(rows),
        **_shares(rows),
        "repositories": {
            repo or ".": {"n_questions": len(mine), **_shares(mine)}
            for repo in repos
            if (mine := [samples[question.id, 0] for question in questions if question.repo == repo])
        },
        "ask_s": round(sum(row["ask_s"] for row in rows), 1),
        "notes": list(notes),
    }


def _shares(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    scores = {name: as_json(score([float(row[name]) for row in rows])) for name in SHARES}
    return {
        "scores": scores,
        "n_cited": sum(row["n_cited"] for row in rows),
        "n_false": sum(row["n_false"] for row in rows),
    }


def show_answers(screen: Screen, told: Mapping[str, Any]) -> None:
    """The measurement as a table: a line a repository, then all."""
    screen.line((f"{told['settings']['model']}", NAME), f": {told['n_questions']} questions; of the answer, in percent")
    named = [*told["repositories"].items(), *([("all", told)] if len(told["repositories"]) > 1 else [])]
    width = max(len(name) for name, _ in named)
    heads = "  ".join(f"{head:>20}" for head in ("given", "cited", "cited first"))
    screen.line((f"  {'':<{width}}  {'n':>4}  {heads}  {'cited':>6}  {'false':>6}", DIM))
    for name, one in named:
        cells = "  ".join(f"{interval(one['scores'][share]):>20}" for share in SHARES)
        screen.line(
            f"  {name:<{width}}  {one['n_questions']:>4}  ",
            (cells, NUMBER),
            f"  {one['n_cited']:>6}  {one['n_false']:>6}",
        )
    for share, head in zip(SHARES.values(), ("given", "cited", "cited first"), strict=True):
        screen.line((f"  {head}: {share}", DIM))
    screen.line(("  cited, false: places that it cited and was given, and was not given; intervals: 95 %", DIM))
    for note in told["notes"]:
        screen.line((f"  {note}", "yellow"))


def _default_out(settings: Mapping[str, Any]) -> Path:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
    name = re.sub(r"[^\w.-]+", "-", str(settings["model"])).strip("-.")[:60]
    return index_home() / "evals" / f"repo-{name}-{digest}.jsonl"
