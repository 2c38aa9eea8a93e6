"""Commands that find what a question is about, and show the whole: search, pack, map."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from repoagent.commands import (
    BATCH,
    BUDGET,
    COMMON,
    DONE,
    MODEL,
    NOTHING,
    QUESTION,
    RERANK,
    ROOT,
    WAIT,
    examples,
    lines,
    open_repo,
    print_json,
    say_nothing_matches,
    words,
)
from repoagent_indexers.errors import UsageError

if TYPE_CHECKING:
    from repoagent.session import Repo
    from repoagent_agents.packing.pack import Pack
    from repoagent_indexers.source import Hit


@click.command(
    epilog=examples(
        "repoagent search session cookie",
        'repoagent search -n 20 --root src "parse the config file"',
        "repoagent search --batch questions.txt",
    )
)
@QUESTION
@COMMON
@ROOT
@RERANK
@BATCH
@click.option("-n", "limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits to show.")
@click.option("--explain", is_flag=True, help="Say why each hit is there: signals and their shares.")
@WAIT
def search(
    question: tuple[str, ...], path: str, as_json: bool, roots: tuple[str, ...], rerank: str | None,
    batch: str | None, limit: int, explain: bool, wait: bool,
) -> int:  # fmt: skip
    """Find the places that QUESTION is about, best first."""
    if batch is not None:
        return _batch(
            path, roots, rerank, batch, question,
            lambda repo, line: _found(repo, repo.search(line, limit, repo.roots), explain),
        )  # fmt: skip
    text = words(question)
    with open_repo(path, question="" if wait else text, roots=roots, rerank=rerank) as repo:
        hits = repo.search(text, limit, repo.roots)
        if as_json:
            print_json(_found(repo, hits, explain))
        elif not hits:
            say_nothing_matches()
        else:
            from repoagent.render import Screen, show_hits
            from repoagent.wording import wording

            show_hits(Screen(), hits, wording(""), explain, repo.text_at)
    return DONE if hits else NOTHING


def _found(repo: Repo, hits: Sequence[Hit], explain: bool) -> dict[str, Any]:
    from repoagent import as_json as shapes

    return {**shapes.hits(hits, explain), "partial": repo.is_partial}


def _batch(
    path: str, roots: Sequence[str], rerank: str | None, batch: str, question: Sequence[str],
    answer: Callable[[Repo, str], dict[str, Any]],
) -> int:  # fmt: skip
    if question:
        raise UsageError("--batch brings its own questions; leave QUESTION out")
    questions = lines(batch)
    with open_repo(path, roots=roots, rerank=rerank) as repo:
        for line in questions:
            began = time.perf_counter()
            shape = answer(repo, line)
            print_json({"question": line, **shape, "ms": round(1000 * (time.perf_counter() - began), 2)})
            sys.stdout.flush()
    return DONE


@click.command(
    epilog=examples(
        'repoagent pack --budget 8000 "how are migrations applied?" > context.md',
        'repoagent pack --why --budget 4000 "login flow"',
        'repoagent pack --format xml --copy "how are sessions stored?"',
        'repoagent pack --picture --budget 16000 "login flow"',
        "repoagent pack --json --budget 100000 - < issue.txt",
    )
)
@QUESTION
@COMMON
@ROOT
@MODEL
@RERANK
@BUDGET
@BATCH
@click.option("--why", is_flag=True, help="Show what went in, at which level and for which reason, instead.")
@click.option(
    "--format", "style", type=click.Choice(["markdown", "xml", "plain"]), default="markdown", show_default=True,
    help="How the text is written.",
)  # fmt: skip
@click.option("--copy", is_flag=True, help="Put the text on the clipboard instead of printing it.")
@click.option(
    "--picture", is_flag=False, flag_value="-", metavar="[FILE.svg]",
    help="Show what fills the window, by file and level, instead; with a FILE as a picture in it.",
)  # fmt: skip
def pack(
    question: tuple[str, ...], path: str, as_json: bool, roots: tuple[str, ...], model: str | None,
    rerank: str | None, budget: int | None, batch: str | None, why: bool, style: str, copy: bool, picture: str | None,
) -> int:  # fmt: skip
    """Print the part of the repository that QUESTION is about, cut to fit a model's window.

    Where nothing matches the question the outline is all there is, and the exit code is 1.
    """
    from repoagent import as_json as shapes
    from repoagent.render import Screen, show_pack_summary, show_picture, show_why
    from repoagent_agents.packing.pack import BODIES

    if batch is not None:
        if why or copy or picture is not None:
            raise UsageError("--batch prints JSON lines; leave --why, --copy and --picture out")
        return _batch(
            path, roots, rerank, batch, question, lambda repo, line: shapes.pack(_packed(repo, line, budget, style))
        )
    if picture not in {None, "-"} and not str(picture).endswith(".svg"):
        raise UsageError(f"{picture}: no picture; --picture takes a FILE.svg or stands behind the question")
    text = words(question)
    with open_repo(path, model, roots=roots, rerank=rerank) as repo:
        packed = _packed(repo, text, budget, style)
    if picture not in {None, "-"}:
        from repoagent.pack_picture import write_svg

        write_svg(Path(str(picture)), packed)
    if copy:
        from repoagent.clipboard import copy as copied

        click.echo(f"{copied(packed.text)}: {packed.tokens} tokens", err=True)
    if as_json:
        print_json(shapes.pack(packed))
    elif why:
        show_why(Screen(), packed)
    elif picture == "-":
        show_picture(Screen(), packed)
    elif picture is not None:
        click.echo(f"{picture}: {packed.tokens} of {packed.budget} tokens")
    elif not copy:
        Screen().raw(packed.text)
        if sys.stdout.isatty():
            show_pack_summary(Screen(sys.stderr), packed)
    if any(piece.level in BODIES for piece in packed.pieces):
        return DONE
    if packed.left_out:
        if not as_json:
            click.echo(f"repoagent: {packed.budget} tokens are too few for what was found; give more with --budget",
                       err=True)  # fmt: skip
        return DONE if packed.pieces else NOTHING
    if not as_json:
        say_nothing_matches()
    return NOTHING  # but the outline, which a model may do with


def _packed(repo: Repo, text: str, budget: int | None, style: str) -> Pack:
    from repoagent.session import DEFAULT_BUDGET

    if repo.names_model:
        from repoagent_agents.ask import MAX_WINDOW, REPLY

        model = repo.model()
        return repo.pack(text, budget or min(model.window, MAX_WINDOW) - REPLY, repo.roots, model.count, style)
    from repoagent_agents.models.tokens import counter_from

    return repo.pack(text, budget or DEFAULT_BUDGET, repo.roots, counter_from(os.environ), style)


@click.command(
    "map", epilog=examples("repoagent map", "repoagent map --budget 1000 --root src", "repoagent map --html map.html")
)
@COMMON
@ROOT
@click.option("--budget", type=click.IntRange(min=1), default=4000, show_default=True, help="Tokens it may take.")
@click.option("--html", "page", metavar="FILE", help="Write one page for a browser instead: a treemap with all links.")
@WAIT
def map_(path: str, as_json: bool, roots: tuple[str, ...], budget: int, page: str | None, wait: bool) -> int:
    """Show an outline of the repository: the files that matter most, with their symbols."""
    from repoagent import as_json as shapes

    with open_repo(path, outline=0 if wait or page is not None else budget, roots=roots) as repo:
        if page is not None:
            from repoagent.map_page import map_page, write_page

            title = repo.repository.root.name
            write_page(Path(page), repo.index.look_up(lambda index: map_page(index, title, repo.roots)))
            if as_json:
                print_json({"html": page})
            else:
                click.echo(f"{page}: open it in a browser")
            return DONE
        found, is_partial = repo.map(budget, repo.roots), repo.is_partial
    if as_json:
        print_json({**shapes.outline(found), "partial": is_partial})
    elif not found.files and found.n_left_out:
        raise UsageError(f"a budget of {budget} tokens holds nothing; give more with --budget")
    elif not found.files:
        click.echo("repoagent: there are no definitions to outline here", err=True)
    else:
        from repoagent.render import Screen, show_outline

        show_outline(Screen(), found)
    return DONE if found.files else NOTHING
