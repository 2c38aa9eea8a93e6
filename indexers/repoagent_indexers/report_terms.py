"""What each term of a report counts: for bodies, for whole files, for paths and for the names of files.

A report says much that is not about the code that must change. Where a term stands in it tells (its title, its first
lines, a stack trace), and so does where the code has it (in names, in documentation). Files are found by what title,
identifiers and names say, bodies by what the first lines say; neither by what a trace passes through. How much each of
it counts was fitted by `training/report_terms.py`, as a log-linear factor on a term's weight in each place that is
matched; benchmarks/RESULTS.md, "Terms of a report", has what it gives on repositories left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.terms import STOP, WORD, split

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
        (0.02, 0.39, 0.41, 0.43),  # rarity
        (-0.57, -0.24, 0.15, -0.18),  # telling
        (0.14, 0.10, -0.26, -0.34),  # said
        (-0.21, 0.62, 1.48, 0.45),  # title
        (0.38, 0.17, 0.32, 0.20),  # opening
        (-1.17, -1.10, -0.97, -0.36),  # trace
        (0.04, 0.51, -0.17, -0.45),  # quoted
        (0.12, 0.36, -0.52, 0.18),  # identifier
        (-0.52, 1.39, 2.52, -0.06),  # named
        (-0.43, -1.22, -1.15, 0.15),  # documented
    ],
    np.float32,
)
_INTERCEPTS = np.array((-0.86, -1.19, -0.97, -0.68), np.float32)
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
