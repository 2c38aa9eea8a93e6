"""Samples -> the report of a measurement; the report as a table, beside what was published."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from repoagent.render import DIM, NAME, NUMBER, Screen
from repoagent_agents.evaluation.problems import Problem
from repoagent_agents.evaluation.published import MULTIPL_E, member, published
from repoagent_agents.evaluation.scores import Score, scores

TITLES = {"humaneval": "HumanEval", "mbpp": "MBPP", "multipl-e": "MultiPL-E (HumanEval)"}
KS = (1, 10, 100)

_Samples = Mapping[tuple[str, int], Mapping[str, Any]]
_Row = tuple[str, Sequence[str], str]
"""Name, cells, source."""


def report(
    settings: Mapping[str, Any],
    problems: Sequence[Problem],
    samples: _Samples,
    n_samples: int,
    ks: Sequence[int],
    notes: Sequence[str],
) -> dict[str, Any]:
    """Everything that was measured, as it is written to JSON; scores are shares of 1."""
    benchmark = str(settings["benchmark"])
    mine = [samples[problem.task_id, number] for problem in problems for number in range(n_samples)]
    told: dict[str, Any] = {
        "version": 1,
        "settings": dict(settings),
        "done": True,
        "n_problems": len(problems),
        "n_samples": n_samples,
        "scores": _scores(problems, samples, n_samples, ks),
        "results": dict(Counter(str(row["result"]).partition(":")[0] for row in mine).most_common()),
        "prompt_tokens": sum(row.get("prompt_tokens", 0) for row in mine),
        "reply_tokens": sum(row.get("reply_tokens", 0) for row in mine),
        "ask_s": round(sum(row.get("ask_s", 0.0) for row in mine), 1),
        "run_s": round(sum(row.get("run_s", 0.0) for row in mine), 1),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "notes": list(notes),
        "published": [asdict(row) for row in published(benchmark, str(settings["style"]))],
        "member": member(str(settings["model"])),
    }
    if benchmark == MULTIPL_E:
        names = dict.fromkeys(problem.language for problem in problems)
        told["languages"] = {
            name: _scores([p for p in problems if p.language == name], samples, n_samples, ks) for name in names
        }
        told["average"] = {
            k: round(sum(found[k]["value"] for found in told["languages"].values()) / len(names), 6)
            for k in told["scores"]
        }
    return told


def _scores(problems: Sequence[Problem], samples: _Samples, n_samples: int, ks: Sequence[int]) -> dict[str, Any]:
    verdicts = {p.task_id: [bool(samples[p.task_id, n]["passed"]) for n in range(n_samples)] for p in problems}
    return {f"pass@{k}": as_json(found) for k, found in scores(verdicts, ks).items()}


def as_json(score: Score) -> dict[str, Any]:
    """A score with its interval of 95 %."""
    value, low, high = (round(share, 6) for share in (score.value, score.low, score.high))
    return {"value": value, "low": low, "high": high, "n_problems": score.n_problems}


def show(screen: Screen, told: Mapping[str, Any]) -> None:
    """The measurement as a table, with the family's published figures below it; shares in percent."""
    benchmark = told["settings"]["benchmark"]
    counts = ", ".join(f"{n} {word}" for word, n in told["results"].items())
    samples = f"{told['n_samples']} sample{'s' * (told['n_samples'] != 1)} of each"
    screen.line((TITLES[benchmark], NAME), f": {told['n_problems']} problems, {samples}: {counts}")
    if benchmark == MULTIPL_E:
        for name in told["scores"]:
            _show_table(screen, _by_language(told, name), told["member"])
    else:
        _show_table(screen, _by_score(told), told["member"])
    for note in told["notes"]:
        screen.line((f"  {note}", "yellow"))


_CELL, _NARROW = 21, 6


def _by_score(told: Mapping[str, Any]) -> list[_Row]:
    names = list(told["scores"])
    mine = [f"{interval(told['scores'][name]):>{_CELL}}" for name in names]
    rows: list[_Row] = [
        ("", [f"{name:>{_CELL}}" for name in names], ""),
        (_measured(told), mine, "measured, with 95 %"),
    ]
    for row in told["published"]:
        figures = row["figures"]
        cells = [f"{figures[name]:>7.1f}{'':{_CELL - 7}}" if name in figures else " " * _CELL for name in names]
        if any(cell.strip() for cell in cells):
            rows.append((row["model"], cells, row["source"]))
    return rows


def _by_language(told: Mapping[str, Any], score: str) -> list[_Row]:
    found = {language: scores[score] for language, scores in told["languages"].items()}

    def cells(values: Mapping[str, float]) -> list[str]:
        return [f"{values[name]:>{_NARROW}.1f}" if name in values else " " * _NARROW for name in (*found, "average")]

    rows: list[_Row] = [
        (score, [f"{name:>{_NARROW}}" for name in (*found, "average")], ""),
        (
            _measured(told),
            cells(
                {name: 100 * one["value"] for name, one in found.items()} | {"average": 100 * told["average"][score]}
            ),
            "measured",
        ),
        ("  from", cells({name: 100 * one["low"] for name, one in found.items()}), "95 %"),
        ("  to", cells({name: 100 * one["high"] for name, one in found.items()}), ""),
    ]
    for row in told["published"] if score == "pass@1" else ():
        figures = dict(row["figures"])
        if set(found) != set(figures) - {"average"}:
            figures.pop("average", None)  # over other languages
        if set(found) & set(figures):
            rows.append((row["model"], cells(figures), row["source"]))
    return rows


def _measured(told: Mapping[str, Any]) -> str:
    return str(told["settings"]["model"] or "the completions")


def interval(told: Mapping[str, Any]) -> str:
    """A score of a report in percent: `33.5 (26.8-41.0)`."""
    return f"{100 * told['value']:.1f} ({100 * told['low']:4.1f}-{100 * told['high']:5.1f})"


def _show_table(screen: Screen, rows: Sequence[_Row], marked: str) -> None:
    width = max(len(name) for name, _, _ in rows)
    for at, (name, cells, source) in enumerate(rows):
        is_it = bool(marked) and name == marked
        text = "  ".join(cells)
        end = f"  {source}{'  <- this model' * is_it}".rstrip()
        style = NAME if at <= 1 or is_it else ""
        screen.line("  ", (f"{name:<{width}}", style), "  ", (text, NUMBER if at == 1 else ""), (end, DIM))
