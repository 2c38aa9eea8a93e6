"""What a review finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from repoagent_indexers.source import Span

Severity = Literal["error", "warning", "info"]
"""error: it will not work; warning: it probably does not, or a person should look; info: a remark."""


@dataclass(frozen=True, slots=True)
class Evidence(Span):
    """A place that shows why: a span, what stands there, and what about it."""

    code: str
    """The first line of the span, without leading and trailing space; as written, so not yet fit for a terminal."""
    why: str
    """A few words; "" when the place speaks for itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at."""

    span: Span
    """In the staged content, or of a file that is staged to be deleted."""
    severity: Severity
    rule: str
    """What found it: `syntax-error`, `removed-symbol` ..., or `model:NAME`."""
    message: str
    """One line."""
    evidence: tuple[Evidence, ...] = ()
    n_more: int = 0
    """Further places like those of the evidence."""
    fix: None = None
    """Nothing here mends anything yet."""
