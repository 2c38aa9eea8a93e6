"""The command for editors: complete fills in what is missing at a place of a file."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from repoagent.commands import (
    COMMON,
    DONE,
    MODEL,
    NO_CACHE,
    NOTHING,
    SEED,
    examples,
    open_repo,
    print_json,
    say_notes,
)
from repoagent_indexers.errors import RepoAgentError, UsageError

if TYPE_CHECKING:
    from repoagent.session import Repo
    from repoagent_agents.models.base import Sampling


@click.command(
    epilog=examples(
        "repoagent complete src/app.py:120",
        "repoagent complete --stdin src/app.py:120:17 < buffer",
        "repoagent complete -n 3 --json src/app.py:120:17",
        "repoagent complete --serve --model ollama:codellama:7b-code",
    )
)
@click.argument("place", metavar="FILE:LINE[:COL]", required=False)
@COMMON
@MODEL
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the file's text from standard input: an unsaved buffer."
)
@click.option("-n", "n", type=click.IntRange(1, 20), default=1, show_default=True, help="Candidates, in one request.")
@click.option("--one-line", is_flag=True, help="Stop at the end of the line.")
@click.option("--budget", type=click.IntRange(min=64), metavar="N", help="Tokens that the prompt may take.")
@click.option("--max-tokens", type=click.IntRange(1, 4096), metavar="N", help="Tokens that a candidate may take.")
@click.option(
    "--temperature", type=click.FloatRange(0, 2), metavar="T",
    help="0 is greedy, the default for one candidate; 0.8 for several.",
)  # fmt: skip
@SEED
@NO_CACHE
@click.option("--serve", is_flag=True, help="Answer JSON requests, one a line, from standard input; see the README.")
def complete(
    place: str | None, path: str, as_json: bool, model: str | None, from_stdin: bool, n: int, one_line: bool,
    budget: int | None, max_tokens: int | None, temperature: float | None, seed: int | None, no_cache: bool,
    serve: bool,
) -> int:  # fmt: skip
    """Fill in what belongs at a place of a file: before COL of LINE, both from 1, or at the line's end.

    Needs a model that was trained to fill gaps: Code Llama 7B or 13B, base or Instruct, or 70B base.
    """
    wanted = {"n": n, "max_tokens": max_tokens, "temperature": temperature, "seed": seed, "one_line": one_line}
    if serve:
        with open_repo(path, model, remember=not no_cache) as repo:
            return _serve(repo, {**wanted, "budget": budget})
    if place is None:
        raise UsageError("there is no place; give FILE:LINE or FILE:LINE:COL, or --serve")
    began = time.perf_counter()
    file, line, column = parsed_place(place)
    text = sys.stdin.buffer.read().decode("utf-8", "replace") if from_stdin else None
    with open_repo(path, model, remember=not no_cache) as repo:
        file = repo.inside(file) or file
        found = repo.complete(
            file, line, column, text=text, n=n, budget=budget, sampling=_sampling(wanted), one_line=one_line
        )
        say_notes(repo)
    if as_json:
        from repoagent import as_json as shapes

        print_json(shapes.filling(found, 1000 * (time.perf_counter() - began)))
    else:
        _show(found.texts)
    return DONE if any(found.texts) else NOTHING


def _show(texts: tuple[str, ...]) -> None:
    from repoagent.render import DIM, Screen

    screen = Screen()
    for number, text in enumerate(texts, 1):
        if len(texts) > 1:
            screen.line((f"--- {number}", DIM))
        screen.raw(text if text.endswith("\n") else f"{text}\n")


def parsed_place(place: str) -> tuple[str, int, int | None]:
    """FILE:LINE[:COL] in its parts. Raises UsageError."""
    parts = place.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():
        return parts[0], int(parts[1]), int(parts[2])
    file, _, line = place.rpartition(":")
    if not file or not line.isdecimal():
        raise UsageError(f"{place}: is no place; write FILE:LINE or FILE:LINE:COL, counted from 1")
    return file, int(line), None


def _sampling(wanted: dict[str, Any]) -> Sampling | None:
    """How to draw; None for what is usual."""
    from repoagent_agents.complete import MAX_TOKENS, VARIED
    from repoagent_agents.models.base import Sampling

    usual = VARIED if wanted["n"] > 1 else Sampling(max_tokens=MAX_TOKENS)
    given = {name: wanted[name] for name in ("max_tokens", "temperature", "seed") if wanted.get(name) is not None}
    return replace(usual, **given)


REFRESH_S = 5.0
"""How old the index may be when `--serve` answers; it is brought up to date after an answer, not before one."""


def _serve(repo: Repo, usual: dict[str, Any]) -> int:
    """Answer requests until standard input ends; a newer one ends the work on the one before."""
    waiting: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_read, args=(waiting,), daemon=True).start()
    refreshed = time.monotonic()
    while True:
        line = waiting.get()
        while not waiting.empty():
            newer = waiting.get_nowait()
            if newer is None:
                waiting.put(None)
                break
            if line is not None:
                _answer({"id": _id_of(line), "superseded": True})
            line = newer
        if line is None:
            return DONE
        _answer(_answered(repo, line, usual, lambda: _has_newer(waiting)))
        if waiting.empty() and time.monotonic() - refreshed > REFRESH_S:
            repo.refresh()
            refreshed = time.monotonic()


def _read(waiting: queue.Queue[bytes | None]) -> None:
    for line in sys.stdin.buffer:
        if line.strip():
            waiting.put(line)
    waiting.put(None)


def _has_newer(waiting: queue.Queue[bytes | None]) -> bool:
    with waiting.mutex:
        return any(line is not None for line in waiting.queue)


def _answered(repo: Repo, line: bytes, usual: dict[str, Any], is_stale: Callable[[], bool]) -> dict[str, Any]:
    """What is answered to one request, errors included: a bad one does not end the others."""
    from repoagent import as_json as shapes
    from repoagent_agents.complete import Stale

    began = time.perf_counter()
    number = _id_of(line)
    try:
        asked = _request(line)
        wanted = {**usual, **asked}
        found = repo.complete(
            _below_root(repo, asked["path"]), asked["line"], asked.get("column"), text=asked.get("text"), n=wanted["n"],
            budget=wanted["budget"], sampling=_sampling(wanted), one_line=bool(wanted["one_line"]),
            is_stale=is_stale,
        )  # fmt: skip
    except Stale:
        return {"id": number, "superseded": True}
    except RepoAgentError as error:
        return {"id": number, "error": {"code": error.exit_code, "message": str(error)}}
    return {"id": number, **shapes.filling(found, 1000 * (time.perf_counter() - began))}


def _below_root(repo: Repo, path: str) -> str:
    """The path of a request, which is below the root already, unless an editor names the whole of it."""
    return (repo.inside(path) or path) if Path(path).is_absolute() else path


_FIELDS: dict[str, tuple[type, ...]] = {
    "id": (int, str),
    "path": (str,),
    "line": (int,),
    "column": (int, type(None)),
    "text": (str, type(None)),
    "n": (int,),
    "max_tokens": (int, type(None)),
    "temperature": (int, float, type(None)),
    "seed": (int, type(None)),
    "budget": (int, type(None)),
    "one_line": (bool,),
}


def _request(line: bytes) -> dict[str, Any]:
    """The fields of a request. Raises UsageError that says what is wrong with it."""
    try:
        asked = json.loads(line)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise UsageError("a request is one JSON object on one line")
    for name, value in asked.items():
        kinds = _FIELDS.get(name)
        if kinds is None:
            raise UsageError(f"a request has no field {name!r}; it has {', '.join(_FIELDS)}")
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise UsageError(f"the field {name!r} of a request cannot be {value!r}")
    if missing := [name for name in ("path", "line") if name not in asked]:
        raise UsageError(f"a request needs the field {missing[0]!r}")
    if not 1 <= asked.get("n", 1) <= 20 or not 1 <= (asked.get("max_tokens") or 1) <= 4096:
        raise UsageError("a request's n is 1 to 20, its max_tokens 1 to 4096")
    return asked


def _id_of(line: bytes) -> int | str | None:
    try:
        number = json.loads(line).get("id")
    except (ValueError, AttributeError):
        return None
    return number if isinstance(number, int | str) else None


def _answer(shape: dict[str, Any]) -> None:
    print_json(shape)
    sys.stdout.flush()
