"""Commands that look things up: ask, explain, search, pack, map, symbols, refs, callers, callees, history."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from repoagent.commands import (
    BATCH,
    BUDGET,
    COMMON,
    DONE,
    LANG,
    MODEL,
    NO_CACHE,
    NOTHING,
    QUESTION,
    RERANK,
    ROOT,
    SEED,
    TEMPERATURE,
    WAIT,
    examples,
    lines,
    open_repo,
    place_inside,
    print_json,
    say_notes,
    say_what_was_held_back,
    words,
)
from repoagent.render import working
from repoagent_indexers.errors import UsageError

if TYPE_CHECKING:
    from repoagent.session import Repo
    from repoagent_agents.ask import Answer, Asking
    from repoagent_agents.brief import Brief
    from repoagent_agents.models.base import Sampling
    from repoagent_agents.pack import Pack
    from repoagent_indexers.resolve.graph import CallTree
    from repoagent_indexers.source import Hit


@click.command(
    epilog=examples(
        'repoagent ask "where are route conflicts detected?"',
        "git log -1 --format=%B | repoagent ask -",
        'repoagent ask --model ollama:codellama:13b-instruct "what happens on shutdown?"',
        'repoagent ask --brief --json "how are sessions signed?"',
    )
)
@QUESTION
@COMMON
@ROOT
@MODEL
@RERANK
@BUDGET
@click.option("--brief", "only_brief", is_flag=True, help="Ask no model: show the places that hold the answer.")
@click.option("--agent", is_flag=True, help="Let the model look things up itself, step by step.")
@click.option("-n", "limit", type=click.IntRange(1, 100), default=6, show_default=True, help="Places in a brief.")
@click.option(
    "--then",
    "further",
    multiple=True,
    metavar="QUESTION",
    help="Ask on; the model keeps what it has read (repeatable).",
)
@click.option("--candidates", type=click.IntRange(1, 20), default=1, metavar="N", help="Give N answers, not one.")
@LANG
@TEMPERATURE
@SEED
@NO_CACHE
@WAIT
def ask(
    question: tuple[str, ...], path: str, as_json: bool, roots: tuple[str, ...], model: str | None,
    rerank: str | None, budget: int | None, only_brief: bool, agent: bool, limit: int, further: tuple[str, ...],
    candidates: int, lang: str | None, temperature: float | None, seed: int | None, no_cache: bool, wait: bool,
) -> int:  # fmt: skip
    """Answer QUESTION about the repository, with the sources the answer rests on.

    Without a model, shows a brief: the places that hold the answer.
    """
    text = words(question)
    if candidates > 1 and further:
        raise UsageError("--then goes on from one answer; leave --candidates out")
    language = _language(text, lang)
    hurried = "" if wait or agent else text
    with open_repo(path, model, question=hurried, roots=roots, rerank=rerank, remember=not no_cache) as repo:
        if only_brief or repo.any_model(language) is None:
            return _show_brief(repo, repo.brief(text, limit, repo.roots), only_brief, as_json, language)
        say_notes(repo)
        if agent:
            return _investigate(repo, text, as_json)
        sampling = _sampling(temperature, seed, candidates)
        n_further = len(further)
        asking = repo.ask(
            text, budget=budget, roots=repo.roots, sampling=sampling, language=language, further=n_further
        )
        if candidates > 1:
            return _show_candidates(repo, asking, candidates, as_json, language)
        return _show_answers(repo, asking, further, as_json, language)


def _language(text: str, lang: str | None) -> str:
    """What to answer in: what was said, else the language of the question; "" for whatever the model chooses."""
    from repoagent_agents.ask import language_of

    return lang or language_of(text)


def _sampling(temperature: float | None, seed: int | None, n: int = 1) -> Sampling:
    """As the family's authors draw: greedy for facts, 0.8 where variety is wanted."""
    from repoagent_agents.models.base import Sampling

    return Sampling(temperature=(0.0 if n == 1 else 0.8) if temperature is None else temperature, seed=seed)


def _show_brief(repo: Repo, found: Brief, was_asked_for: bool, as_json: bool, language: str = "") -> int:
    from repoagent.render import Screen, show_brief
    from repoagent.wording import wording

    say = wording(language)
    why = say.brief_asked_for if was_asked_for else say.brief_no_model
    if as_json:
        from io import StringIO

        from repoagent import as_json as shapes

        text = StringIO()
        show_brief(Screen(text), found, why, say)
        print_json({**shapes.brief(found, text.getvalue()), "partial": repo.is_partial})
    elif found.places:
        show_brief(Screen(), found, why, say)
    else:
        _say_nothing_matches(language)
    return DONE if found.places else NOTHING


def _show_answers(repo: Repo, asking: Asking, further: Sequence[str], as_json: bool, language: str) -> int:
    """Each question's answer in turn, streamed; as JSON one object, `then` holding the further ones."""
    from repoagent import as_json as shapes

    answers = [_stream(repo, asking, as_json, language)]
    for question in further:
        asking = asking.follow(question)
        if not as_json:
            click.echo(f"\n> {question}", err=True)
        answers.append(_stream(repo, asking, as_json, language))
    if as_json:
        first, *others = map(shapes.answer, answers)
        print_json({**first, **({"then": others} if others else {}), "partial": repo.is_partial})
    return DONE


def _stream(repo: Repo, asking: Asking, as_json: bool, language: str) -> Answer:
    from repoagent.render import Screen, show_sources, show_spent
    from repoagent.wording import wording

    say = wording(language)
    screen = Screen()
    if not as_json and not asking.history:
        model = repo.model()
        click.echo(say.asked.format(model=model.name, place=model.place, tokens=asking.pack.tokens), err=True)
    arrived = False
    try:
        for piece in asking:
            shown = piece if arrived else piece.lstrip()
            arrived = arrived or bool(shown)  # before it is shown: an interrupt may come at any moment
            if not as_json:
                screen.piece(shown)
    finally:
        if arrived and not as_json:
            screen.line()
    say_what_was_held_back(repo)
    assert asking.answer is not None
    if not as_json:
        show_sources(screen, asking.answer, say)
        show_spent(Screen(sys.stderr), asking.answer.spent, say)
    return asking.answer


def _show_candidates(repo: Repo, asking: Asking, n: int, as_json: bool, language: str) -> int:
    from repoagent import as_json as shapes
    from repoagent.render import DIM, Screen, show_sources, show_spent
    from repoagent.wording import wording

    answers = asking.candidates(n)
    say_what_was_held_back(repo)
    if as_json:
        candidates = [shapes.answer(answer) for answer in answers]
        print_json({**candidates[0], "candidates": candidates, "partial": repo.is_partial})
        return DONE
    screen = Screen()
    for number, answer in enumerate(answers, 1):
        screen.line((f"--- {number}", DIM))
        screen.lines(answer.text.strip())
        show_sources(screen, answer, wording(language))
    show_spent(Screen(sys.stderr), answers[0].spent, wording(language))
    return DONE


def _investigate(repo: Repo, text: str, as_json: bool) -> int:
    from repoagent.render import DIM, Screen

    steps: list[str] = []
    answer = ""
    errors = Screen(sys.stderr)
    for kind, said in repo.investigate(text):
        if kind == "step":
            steps.append(said)
            errors.line((f"- {said}", DIM))
        else:
            answer = said
    say_what_was_held_back(repo)
    if as_json:
        print_json({"model": repo.model().name, "answer": answer, "sources": [], "steps": steps})
    else:
        Screen().lines(answer)
    return DONE


@click.command(
    epilog=examples("repoagent explain src/app.py", "repoagent explain Client.open", "repoagent explain src/app.py:120")
)
@click.argument("what")
@COMMON
@MODEL
@BUDGET
@click.option("--brief", "only_brief", is_flag=True, help="Ask no model: show the places to read.")
@LANG
@NO_CACHE
def explain(
    what: str, path: str, as_json: bool, model: str | None, budget: int | None, only_brief: bool, lang: str | None,
    no_cache: bool,
) -> int:  # fmt: skip
    """Explain WHAT: a file, a folder, a symbol, or path:line."""
    language = _language("", lang)
    with open_repo(path, model, remember=not no_cache) as repo:
        subject = repo.explaining(place_inside(repo, what))
        if only_brief or repo.any_model(language) is None:
            found = repo.brief(subject.question, roots=subject.roots, first=subject.hits)
            return _show_brief(repo, found, only_brief, as_json, language)
        say_notes(repo)
        asking = repo.ask(
            subject.question, budget=budget, roots=subject.roots, task="explain", language=language, first=subject.hits
        )
        return _show_answers(repo, asking, (), as_json, language)


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
            _say_nothing_matches()
        else:
            from repoagent.render import Screen, show_hits

            show_hits(Screen(), hits, explain, repo.text_at)
    return DONE if hits else NOTHING


def _found(repo: Repo, hits: Sequence[Hit], explain: bool) -> dict[str, Any]:
    from repoagent import as_json as shapes

    return {**shapes.hits(hits, explain), "partial": repo.is_partial}


def _say_nothing_matches(language: str = "") -> None:
    from repoagent.wording import wording

    click.echo(f"repoagent: {wording(language).nothing_matches}", err=True)


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
    """Print the part of the repository that QUESTION is about, cut to fit a model's window."""
    from repoagent import as_json as shapes
    from repoagent.render import Screen, show_pack_summary, show_picture, show_why
    from repoagent_agents.pack import BODIES

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
    if not any(piece.level in BODIES for piece in packed.pieces) and not as_json:
        if packed.left_out:
            click.echo(f"repoagent: {packed.budget} tokens are too few for what was found; give more with --budget",
                       err=True)  # fmt: skip
        else:
            _say_nothing_matches()
    return DONE if packed.pieces else NOTHING


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


@click.command(
    epilog=examples(
        "repoagent symbols src/app.py", "repoagent symbols --name Client.open", "repoagent symbols --json src"
    )
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@COMMON
@click.option("--name", metavar="NAME", help="Only symbols called NAME; qualified if it has a dot or ::.")
def symbols(paths: tuple[str, ...], path: str, as_json: bool, name: str | None) -> int:
    """List the definitions in files and folders, or everywhere."""
    from repoagent import as_json as shapes

    with open_repo(path, roots=paths) as repo:
        found = [symbol for each in repo.roots or ("",) for symbol in repo.symbols(each, name or "")]
    if as_json:
        print_json(shapes.symbols(found))
    elif not found:
        click.echo("repoagent: no such definitions here", err=True)
    else:
        from repoagent.render import Screen, show_symbols

        show_symbols(Screen(), found)
    return DONE if found else NOTHING


WHAT = click.argument("what", metavar="NAME|PATH:LINE")
SURE = click.option("--sure", is_flag=True, help="Leave out what matches by name only.")
DEPTH = click.option("--depth", type=click.IntRange(1, 10), default=1, show_default=True, help="Levels of calls.")


@click.command(
    epilog=examples(
        "repoagent refs Client.open", "repoagent refs src/app.py:120", "repoagent refs --sure --json parse_config"
    )
)
@WHAT
@COMMON
@SURE
def refs(what: str, path: str, as_json: bool, sure: bool) -> int:
    """Show every use of a definition, each with how sure it is.

    A use is resolved (scopes, imports and types say so), probable, or known by name only.
    """
    from repoagent import as_json as shapes

    with open_repo(path) as repo, working(f"looking for uses of {what}"):
        found = repo.refs(place_inside(repo, what))
    if sure:
        found = replace(found, uses=tuple(use for use in found.uses if use.certainty != "by name only"))
    if as_json:
        print_json(shapes.references(found))
    else:
        from repoagent.render import Screen, show_references

        show_references(Screen(), found)
    return DONE if found.uses else NOTHING


@click.command(epilog=examples("repoagent callers Client.open", "repoagent callers --depth 3 src/app.py:120"))
@WHAT
@COMMON
@DEPTH
@SURE
def callers(what: str, path: str, as_json: bool, depth: int, sure: bool) -> int:
    """Show who calls a definition, and who calls those, as a tree."""
    with open_repo(path) as repo, working(f"looking for callers of {what}"):
        tree = repo.callers(place_inside(repo, what), depth, sure=sure)
    return _show_calls(tree, as_json, "callers")


@click.command(epilog=examples("repoagent callees Client.open", "repoagent callees --depth 3 src/app.py:120"))
@WHAT
@COMMON
@DEPTH
@SURE
def callees(what: str, path: str, as_json: bool, depth: int, sure: bool) -> int:
    """Show what of the repository a definition calls, and what that calls, as a tree."""
    with open_repo(path) as repo, working(f"looking for what {what} calls"):
        tree = repo.callees(place_inside(repo, what), depth, sure=sure)
    return _show_calls(tree, as_json, "callees")


def _show_calls(tree: CallTree, as_json: bool, direction: str) -> int:
    from repoagent import as_json as shapes

    if as_json:
        print_json(shapes.calls(tree, direction))
    else:
        from repoagent.render import Screen, show_calls

        show_calls(Screen(), tree, direction)
        if tree.is_cut:
            click.echo("repoagent: there are more calls than are shown; name a more special one or a lower --depth",
                       err=True)  # fmt: skip
    return DONE if tree.calls else NOTHING


@click.command(
    epilog=examples(
        "repoagent history src/app.py", "repoagent history Client.open", "repoagent history -n 50 --json src/app.py:120"
    )
)
@click.argument("what", metavar="PATH|NAME|PATH:LINE")
@COMMON
@click.option("-n", "limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Commits to show.")
def history(what: str, path: str, as_json: bool, limit: int) -> int:
    """Show which commits touched a file, a folder or a definition, and what changes together with it."""
    from repoagent import as_json as shapes

    with open_repo(path) as repo, working(f"asking git about {what}"):
        found = repo.history(place_inside(repo, what), limit)
    if as_json:
        print_json(shapes.history(found))
    else:
        from repoagent.render import Screen, show_history

        show_history(Screen(), found)
    return DONE if found.commits else NOTHING
