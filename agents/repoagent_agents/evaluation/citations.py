"""Questions over a repository, and whether the sources that an answer cites hold what was asked.

A file of questions has one JSON object a line:

    question  required  what the model is asked
    files     required  paths in the repository, any of which holds the answer; "docs/" stands for all below it
    lines     optional  places, "src/app.py:10-20", any of which a source must meet
    text      optional  words that must stand in the lines of a source, as they are written there
    repo      optional  name of the folder that the repository lies in, where a file asks about several
    id        optional  a name of its own; the question is its name where there is none

Other fields are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from repoagent_agents.ask import Answer, Source
from repoagent_agents.packing.pack import BODIES
from repoagent_indexers.errors import UsageError

_PLACE = re.compile(r"(.+):(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and where its answer stands."""

    id: str
    text: str
    files: tuple[str, ...]
    lines: tuple[tuple[str, int, int], ...] = ()
    """Path, first and last line, 1-based, inclusive."""
    words: str = ""
    repo: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a question."""

    holds: bool
    """A source that the model itself cited holds the answer."""
    first: bool
    """The first one that it cited does."""
    given: bool
    """A place that holds the answer was among what the model was given."""
    n_cited: int
    """Places that it cited and was given."""
    n_false: int
    """Places that it cited and was not given."""


def read_questions(lines: Iterable[str], name: str) -> tuple[Question, ...]:
    """The questions of a file called `name`. Raises UsageError that names the line."""
    found: dict[str, Question] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = _question(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            why = f"it has no {error.args[0]}" if isinstance(error, KeyError) else "it is no question as JSON"
            raise UsageError(f"{name}:{number}: {why}; see repoagent eval repo --help for the format") from None
        if question.id in found:
            raise UsageError(f"{name}:{number}: the question stands there twice; give each an id of its own")
        found[question.id] = question
    if not found:
        raise UsageError(f"{name}: no question in it")
    return tuple(found.values())


def _question(row: Any) -> Question:
    text, files = row["question"], row["files"]
    if not (isinstance(text, str) and text.strip() and isinstance(files, list) and files):
        raise ValueError
    if not all(isinstance(path, str) and path for path in files):
        raise ValueError
    places = [_PLACE.fullmatch(place) for place in row.get("lines") or ()]
    lines = tuple((place[1], int(place[2]), int(place[3] or place[2])) for place in places if place)
    if len(lines) != len(places):
        raise ValueError
    repo = str(row.get("repo") or "")
    return Question(
        str(row.get("id") or (f"{repo}: {text}" if repo else text)),
        text,
        tuple(path.removeprefix("./") for path in files),
        lines,
        str(row.get("text") or ""),
        repo,
    )


def judge(question: Question, answer: Answer, lines_of: Callable[[str], Sequence[str]]) -> Judged:
    """Whether an answer's sources hold what was asked; `lines_of` gives the lines of a file."""

    def is_right(path: str, first: int, last: int) -> bool:
        if not any(path == wanted or (wanted.endswith("/") and path.startswith(wanted)) for wanted in question.files):
            return False
        if question.lines and not any(path == p and a <= last and first <= b for p, a, b in question.lines):
            return False
        return not question.words or question.words in "\n".join(lines_of(path)[first - 1 : last])

    def holds(source: Source) -> bool:
        return is_right(source.span.path, source.span.start_line, source.span.end_line)

    cited = [source for source in answer.sources if source.cited]
    shown = [piece.span for piece in answer.pack.pieces if piece.level in BODIES]
    return Judged(
        any(map(holds, cited)),
        bool(cited) and holds(cited[0]),
        any(is_right(span.path, span.start_line, span.end_line) for span in shown),
        len(cited),
        answer.n_false_citations,
    )
