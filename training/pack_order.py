#!/usr/bin/env python3
"""Reports and what had to change -> `REPORT` of `repoagent_agents.packing.pack_order`: how definitions are ordered.

    pack_order.py capture --tasks BENCH/localise/tasks.jsonl --mirrors MIRRORS --trees TREES --out units.pkl
    pack_order.py fit units.pkl [MORE ...]

`capture` asks the product for the units of each report's hits, with their features and costs; tasks are those of
`localise` or what `commit_tasks.py` makes, one file of units each. `fit` (needs scipy) makes the logarithm of the
tokens that stand in front of the right functions small, half of it for the last one of them, and prints the weights,
with what they gain on repositories left out, five folds. Each set counts the same, a repository the root of its tasks.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import reports
from weights import Asked, fold_of

from repoagent_agents.packing.pack_file import PackedFile
from repoagent_agents.packing.pack_order import QUESTION, REPORT, units
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.words.tokens import estimate

N_HITS, LARGEST = 266, 19_200
"""Hits and bytes of the longest definition shown whole, as in a pack of 16,000 tokens."""
FUNCTION = float(np.log(4))
"""Held: where the right places are functions by definition, a fit makes it 10, and code outside functions is lost."""
FIXED = QUESTION._fields.index("function")
NEAR = 300.0
"""Tokens: less in front makes little difference."""
BLUR = 0.25
"""Of the step between two definitions of which one counts as in front of the other."""
L2 = 1e-3


@dataclass
class Task:
    """One report: n units."""

    repository: str
    features: np.ndarray
    """(n, 6) as `units` gives them."""
    cost: np.ndarray
    """(n,) tokens."""
    right: list[int]


def captured(index: Index, asked: Asked) -> Task | None:
    hits = search(index, asked.text, limit=N_HITS, spread=False)
    found = list(units(index, hits, LARGEST)) if hits else []
    files: dict[str, PackedFile | None] = {}
    cost, right = [], []
    for place, (unit, features) in enumerate(found):
        if unit.path not in files:
            source, facts = index.source(unit.path), index.facts_of(unit.path)
            there = source is not None and facts is not None
            files[unit.path] = PackedFile(source, facts, estimate, with_remarks=False) if there else None
        file = files[unit.path]
        cost.append(file.cost(file.missing(unit.first, unit.last)) if file else 0)
        if any(unit.first <= last and first <= unit.last for first, last in asked.lines.get(unit.path, ())):
            right.append((place, features[1 + FIXED]))
    if not right:
        return None
    functions = [place for place, function in right if function]
    rows = np.array([features for _, features in found], np.float64).reshape(len(found), 1 + len(QUESTION))
    return Task(asked.repository, rows, np.array(cost, float), functions or [place for place, _ in right])


def in_front(task: Task, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """The loss of one report, and its gradient. `weights` is (6,), that of the odds first."""
    worth = task.features @ weights
    found = []
    for right in task.right:
        share = 1 / (1 + np.exp(np.clip((worth[right] - worth) / BLUR, -40, 40)))
        tokens = NEAR + float(share @ task.cost)
        step = task.cost * share * (1 - share) / (BLUR * tokens)
        found.append((np.log(tokens), step @ task.features - step.sum() * task.features[right]))
    losses, steps = np.array([loss for loss, _ in found]), np.array([step for _, step in found])
    part = np.full(len(found), 0.5 / len(found))
    part[int(np.argmax(losses))] += 0.5
    return float(part @ losses), part @ steps


def fitted(found: Sequence[Task], count: np.ndarray) -> np.ndarray:
    """(6,) weights; that of `function` goes with that of the odds, so that their ratio stays `FUNCTION`."""
    from scipy.optimize import minimize  # here, because only this needs it

    joined = np.eye(1 + len(QUESTION))
    joined[0, 1 + FIXED] = FUNCTION
    joined = np.delete(joined, 1 + FIXED, axis=0)
    start = np.delete(np.array([1.0, *QUESTION]), 1 + FIXED)
    spread = np.delete(np.concatenate([task.features[::7] for task in found]).std(axis=0), 1 + FIXED) + 1e-3
    count = count / count.sum()

    def loss(move: np.ndarray) -> tuple[float, np.ndarray]:
        weights = (start + move / spread) @ joined
        value, step = L2 * float(move @ move), 2 * L2 * move
        for task, times in zip(found, count, strict=True):
            of_task, gradient = in_front(task, weights)
            value, step = value + times * of_task, step + times * (joined @ gradient) / spread
        return value, step

    done = minimize(loss, np.zeros(len(start)), jac=True, method="L-BFGS-B", options={"maxiter": 40})
    return (start + done.x / spread) @ joined


def write_weights(kept: Mapping[str, Sequence[Task]]) -> None:
    found = [task for of in kept.values() for task in of]
    shares = []
    for of in kept.values():
        n = Counter(task.repository for task in of)
        share = np.array([n[task.repository] ** -0.5 for task in of])
        shares.append(share / share.sum())
    count = np.concatenate(shares)
    weights = fitted(found, count)
    ratio = weights / weights[0]
    print("fit on all:", dict(zip(REPORT._fields, ratio[1:].round(3).tolist(), strict=True)), flush=True)
    fold = np.array([fold_of(task.repository) for task in found])
    if len(set(fold.tolist())) < 2:
        return
    before, now = np.zeros(len(found)), np.zeros(len(found))
    for number in range(5):
        rest = np.flatnonzero(fold != number)
        weights = fitted([found[place] for place in rest], count[rest])
        for place in np.flatnonzero(fold == number):
            before[place] = tokens_up_to(found[place], np.array([1.0, *QUESTION]))
            now[place] = tokens_up_to(found[place], weights)
    at = 0
    for file, of in kept.items():
        change = np.log(now + NEAR)[at : at + len(of)] - np.log(before + NEAR)[at : at + len(of)]
        at += len(of)
        mean, error = 100 * change.mean(), 100 * change.std() / len(of) ** 0.5
        print(f"{file}: {len(of)} reports, left out; tokens up to the last right one {mean:+.1f}% +- {error:.1f}")


def tokens_up_to(task: Task, weights: np.ndarray) -> float:
    """What a pack has to hold for all the right places."""
    worth = task.features @ weights
    return float(task.cost[worth >= worth[task.right].min()].sum())


if __name__ == "__main__":
    reports.run(__doc__, captured, write_weights)
