"""How the signals of a search are mixed: one set of weights for questions, one for reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signals are mixed: those of a file and of a chunk in it are added. See `Signals` for what each is.

    Fitted by `training/weights.py` as a linear ranking model (softmax over the files of each question).
    """

    body: float
    name: float
    joined: float
    definition: float
    vector: float
    file: float
    path: float
    stem: float
    same_stem: float
    elsewhere: float
    mentioned: float
    defined: float
    told: float
    language: float
    near: float
    again: float
    """What each further hit of one file loses."""
    roles: tuple[float, ...]
    """By role: what a file of it loses unless the question names the role. What vendored and generated ones lose is set
    by hand, as much as examples and tests do: what was fitted on holds hardly any."""


QUESTION = Weights(
    body=2.86,
    name=0.09,
    joined=1.00,
    definition=0.77,
    vector=1.57,
    file=2.43,
    path=1.58,
    stem=1.24,
    same_stem=1.32,
    elsewhere=-1.54,
    mentioned=0.93,
    defined=0.39,
    told=1.46,
    language=1.62,
    near=1.04,
    again=4.0,
    roles=(0.0, -3.54, -1.66, -0.93, -0.79, -1.7, -3.6),
)
"""For questions of one line."""
REPORT = Weights(
    body=3.47,
    name=0.42,
    joined=1.08,
    definition=0.63,
    vector=0.77,
    file=2.80,
    path=2.03,
    stem=1.09,
    same_stem=0.74,
    elsewhere=-0.60,
    mentioned=2.17,
    defined=0.44,
    told=1.99,
    language=1.90,
    near=0.57,
    again=0.2,
    roles=(0.0, -3.09, -1.29, -2.16, -1.41, -1.3, -3.1),
)
"""For reports of what is wrong and descriptions of changes."""
