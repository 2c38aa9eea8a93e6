"""What each term of a report counts: for bodies, for whole files, for paths and for the names of files.

A report says much that is not about the code that must change. Where a term stands in it tells (its title, its first
lines, a stack trace), and so does where the code has it (in names, in documentation). Files are found by what title,
identifiers and names say, bodies by what the first lines say; neither by what a trace passes through. How much each of
it counts was fitted by `training/report_terms.py`, as a log-linear factor on a term's weight in each place that is
matched; benchmarks/results/localisation.md, "Terms of a report", has what it gives on repositories left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.words.terms import STOP, WORD, split

FEATURES = (
    "rarity",
    "telling",
    "said",
    "title",
    "opening",
    "trace",
    "quoted",
    "identifier",
    "named",
    "documented",
)
"""Of a term: logarithms of its rarity among chunks, of how telling it is, of how often it is said; whether it stands in
the title, in the first lines, in a trace or at a prompt, in backticks, in an identifier; the shares of the chunks with
it that have it in names and in documentation."""
N_STANDING = 6
"""How many of them, from `said` on, the report alone tells."""
PLACES = ("bodies", "files", "paths", "stems")
_COEFFICIENTS = np.array(
    [
        (0.05, 0.32, 0.42, 0.45),  # rarity
        (-0.70, -0.23, 0.14, -0.17),  # telling
        (0.08, 0.12, -0.30, -0.35),  # said
        (-0.27, 0.66, 1.44, 0.45),  # title
        (0.21, 0.19, 0.30, 0.19),  # opening
        (-1.03, -1.12, -0.89, -0.28),  # trace
        (0.03, 0.48, -0.19, -0.47),  # quoted
        (0.11, 0.34, -0.53, 0.20),  # identifier
        (-0.66, 1.49, 2.46, -0.08),  # named
        (-0.45, -1.32, -1.18, 0.18),  # documented
    ],
    np.float32,
)
_INTERCEPTS = np.array((-0.71, -0.97, -0.89, -0.68), np.float32)
_LIMIT = 3.0
"""What the logarithm of a factor is at most, either way."""
_OPENING = 500
"""Letters that a report's first lines have, its title among them."""
_TRACE = re.compile(
    r"^[ \t]*(?:File \"[^\"\n]+\", line|at [\w$.<>]+\(|#\d+ |thread |Traceback|\d{2,4}[-:/]\d\d|>>>|\$ "
    r"|[^\s:]+\.(?:py|go|rs|[jt]s|java|rb|php|c|cpp|h):\d+).*$",
    re.M,
)
"""Lines of stack traces, of logs, and those typed at a prompt."""
_TICKED = re.compile(r"`([^`\n]{1,80})`")

Standing = tuple[float, ...]


def standings(title: str, text: str, prose: str, identifiers: Sequence[str]) -> dict[str, Standing]:
    """Each term of a report -> where it stands in it: the middle `N_STANDING` of `FEATURES`.

    `text` is the report without what its form added, title and all, `prose` the same without its blocks of code,
    `identifiers` what of the prose is written as code is.
    """
    said = Counter(_terms(text))
    places = [
        frozenset(_terms(part))
        for part in (
            title,
            prose[:_OPENING],
            "\n".join(_TRACE.findall(text)),
            " ".join(_TICKED.findall(text)),
            " ".join(identifiers),
        )
    ]
    return {term: (float(np.log1p(n)), *(float(term in place) for place in places)) for term, n in said.items()}


def factors(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, len(FEATURES)) features of terms -> (n, len(PLACES)) what the weight of each is multiplied with."""
    logarithms: NDArray[np.float32] = np.clip(features @ _COEFFICIENTS + _INTERCEPTS, -_LIMIT, _LIMIT)
    return np.exp(logarithms)


def _terms(text: str) -> list[str]:
    return [term for word in WORD.findall(text) if word.lower() not in STOP for term in split(word)]
