"""Commands that answer: ask, explain."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from repoagent.commands import (
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
    open_repo,
    place_inside,
    print_json,
    say_notes,
    say_nothing_matches,
    say_what_was_held_back,
    words,
)
from repoagent_indexers.errors import UsageError

if TYPE_CHECKING:
    from repoagent.session import Repo
    from repoagent_agents.ask import Answer, Asking
    from repoagent_agents.brief import Brief
    from repoagent_agents.models.base import Sampling


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
    from repoagent_agents.natural_language import language_of

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
        say_nothing_matches(language)
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
