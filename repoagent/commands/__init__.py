"""What commands share: options, the open repository, a question, JSON on one line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from repoagent_indexers.errors import UsageError

if TYPE_CHECKING:
    from repoagent.session import Repo

DONE, NOTHING = 0, 1
"""Exit codes of work that was done, and of work that found nothing."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def options_of(*options: Decorator) -> Decorator:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


WHERE = click.option(
    "-C", "path", default=".", metavar="PATH", help="Work in the repository that contains PATH, not here."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object on one line.")
ROOT = click.option("--root", "roots", multiple=True, metavar="PATH", help="Look only below PATH (may be repeated).")
MODEL = click.option("--model", metavar="MODEL", help="Ask this model: a name, URL, local:FOLDER, ollama:NAME ...")
RERANK = click.option("--rerank", metavar="MODEL", help="Let a neural model reorder the first hundred hits.")
BUDGET = click.option("--budget", type=click.IntRange(min=1), metavar="N", help="Tokens that the pack may take.")
BATCH = click.option("--batch", metavar="FILE", help="Answer one question a line of FILE (- for stdin), as JSON lines.")
WAIT = click.option("--wait", is_flag=True, help="Read all of a large repository first, however long it takes.")
TEMPERATURE = click.option(
    "--temperature", type=click.FloatRange(0, 2), metavar="T", help="0 is greedy, the default; 0.8 for variety."
)
SEED = click.option("--seed", type=int, metavar="N", help="Draw the same again each time.")
NO_CACHE = click.option("--no-cache", is_flag=True, help="Ask the model even what it has answered before.")
LANG = click.option(
    "--lang", type=click.Choice(["en", "ja"]), help="Answer in this language, whatever the question is in."
)
QUESTION = click.argument("question", nargs=-1)
COMMON = options_of(WHERE, JSON)


def open_repo(
    path: str,
    model: str | None = None,
    *,
    question: str = "",
    outline: int = 0,
    roots: Sequence[str] = (),
    rerank: str | None = None,
    remember: bool = False,
) -> Repo:
    """The repository, with progress on a terminal and the index's notices as lines on standard error.

    With `question` it may be open for that one only, with `outline` for an outline of so many tokens.
    """
    from repoagent.consent import ask_first
    from repoagent.render import progress
    from repoagent.session import Repo
    from repoagent.settings import load_settings

    settings = load_settings()
    if rerank is not None:
        settings = replace(settings, rerank=rerank)
    with progress("indexing") as bar:
        repo = Repo(
            path, model=model, settings=settings, progress=bar, consent=ask_first, question=question,
            outline=outline, roots=roots, remember=remember,
        )  # fmt: skip
    for notice in repo.index.notices:
        click.echo(f"repoagent: {notice}", err=True)
    return repo


def say_notes(repo: Repo) -> None:
    """A line on standard error for each thing that is wrong with how the model is served."""
    from repoagent_agents.models.base import notes_of

    for note in notes_of(repo.model()):
        click.echo(f"repoagent: {note}", err=True)


def say_what_was_held_back(repo: Repo) -> None:
    """One line on standard error when secrets were not sent to the model."""
    from repoagent_agents.models.discreet import held_back, told

    if found := held_back(repo.model()):
        click.echo(f"repoagent: not sent to {repo.model().place}: {told(found)}", err=True)


def say_nothing_matches(language: str = "") -> None:
    from repoagent.wording import wording

    click.echo(f"repoagent: {wording(language).nothing_matches}", err=True)


def place_inside(repo: Repo, what: str) -> str:
    """A path or `path:line` as typed, relative to the root of the repository; any other name as it is."""
    place, colon, line = what.rpartition(":")
    if place and line.isdigit() and (found := repo.inside(place)):
        return f"{found}{colon}{line}"
    return (repo.inside(what) if what.strip() else None) or what


def words(question: Sequence[str], what: str = "question") -> str:
    """The question: its words, or standard input for `-`."""
    text = " ".join(question).strip()
    if text == "-":
        text = "".join(_stdin()).strip()
    if not text:
        raise UsageError(f"there is no {what}; write it in quotes, or give - and pipe it in")
    return text


def _stdin() -> Iterator[str]:
    """Lines of standard input, as they come; what is not UTF-8 is replaced."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


def lines(batch: str) -> Iterator[str]:
    try:
        if batch == "-":
            source: Iterable[str] = _stdin()
        else:
            source = Path(batch).read_text("utf-8", "replace").split("\n")
    except OSError as error:
        raise UsageError(f"{batch}: cannot be read: {error.strerror}") from None
    return (line.strip() for line in source if line.strip())


def print_json(shape: dict[str, Any]) -> None:
    from repoagent.as_json import dump

    click.echo(dump(shape).encode())  # in UTF-8, whatever the terminal writes


def examples(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
