"""Verdicts -> pass@k, and how far it can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Score:
    """A share of problems, with the interval that holds the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float
    n_problems: int


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that one of k samples is right, when c of n were: 1 - C(n-c, k) / C(n, k), without bias.

    Chen et al. 2021, "Evaluating Large Language Models Trained on Code", section 2.1. Needs n >= k.

    Example: pass_at_k(5, 1, 1) is 0.2; pass_at_k(5, 1, 5) is 1.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@{k} of {c} right among {n}")
    missed = 1.0
    for at in range(n - c + 1, n + 1):
        missed *= max(0.0, 1.0 - k / at)  # a factor is 0 or less once n - c < k: some sample of k is right then
        if missed == 0.0:
            break
    return 1.0 - missed


def interval(values: Sequence[float], z: float = Z95) -> Score:
    """The mean of one value in 0..1 a problem, with its interval; the problems count as drawn from many like them.

    Wilson's interval (1927) for an effective number of problems (Kish 1965): p(1-p) over the variance of the mean. With
    one sample a problem this is the plain number of problems and Wilson's own interval; with many samples a problem
    tells more than a yes or no, and the interval is narrower. Unlike a bootstrap it is not empty at 0 and at 1.
    """
    n = len(values)
    if not n:
        raise ValueError("no problem")
    mean = math.fsum(values) / n
    spread = math.fsum((value - mean) ** 2 for value in values) / n
    n_effective = n * mean * (1 - mean) / spread if spread > 1e-12 else float(n)
    centre = (mean + z * z / (2 * n_effective)) / (1 + z * z / n_effective)
    half = math.sqrt(mean * (1 - mean) / n_effective + (z / (2 * n_effective)) ** 2) * z / (1 + z * z / n_effective)
    return Score(mean, max(0.0, min(mean, centre - half)), min(1.0, max(mean, centre + half)), n)


def scores(verdicts: Mapping[str, Sequence[bool]], ks: Iterable[int]) -> dict[int, Score]:
    """pass@k for each k that every problem has samples enough for; `verdicts`: problem -> whether each passed."""
    if not verdicts:
        return {}
    least = min(len(passed) for passed in verdicts.values())
    return {
        k: interval([pass_at_k(len(passed), sum(passed), k) for passed in verdicts.values()])
        for k in sorted(set(ks))
        if 1 <= k <= least
    }
