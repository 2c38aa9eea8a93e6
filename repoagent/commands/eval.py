"""Commands that measure the model that is served: eval humaneval, mbpp, multipl-e, repo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from repoagent.commands import BUDGET, DONE, JSON, MODEL, WHERE, Decorator, examples, open_repo, options_of, print_json

_FILE = click.Path(exists=True, path_type=Path)
_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE.jsonl",
    help="Keep the samples here, the report beside it.  [default: one file for each choice of settings]",
)
_FRESH = click.option("--fresh", is_flag=True, help="Drop what an earlier run has kept, and begin anew.")


def _number(name: str, least: float, default: float | None, help: str, *others: str) -> Decorator:  # noqa: A002
    kind = click.FloatRange(min=least) if isinstance(least, float) else click.IntRange(min=least)
    return click.option(name, *others, type=kind, default=default, show_default=default is not None, help=help)


_MEASURING = options_of(
    MODEL,
    _number("-n", 1, 1, "Samples of each problem.", "n_samples"),
    _number("--temperature", 0.0, None, "0 is greedy.  [default: 0 for one sample, 0.8 for several]"),
    click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), default=0.95, show_default=True),
    _number("--seed", 0, 0, "Sample number i is drawn with SEED + i."),
    _number("--max-tokens", 1, 512, "Tokens of a completion."),
    click.option(
        "-k", "ks", type=click.IntRange(min=1), multiple=True, default=(1, 10, 100), show_default=True, metavar="K",
        help="Give pass@K, where there are samples enough (may be repeated).",
    ),
    click.option("--data", type=_FILE, metavar="FILE", help="Read the data set from a file or folder, not the hub."),
    _number("--limit", 1, None, "Only the first so many problems."),
    click.option(
        "--samples", "completions", type=_FILE, metavar="FILE",
        help="Ask no model: run the completions of FILE (JSON lines: task_id, completion).",
    ),
    _number("--requests", 1, 4, "Requests to the model at once."),
    _number("--jobs", 1, None, "Programs that run at once.  [default: one a core]"),
    _number("--timeout", 0.1, None, "Seconds that a program may run.  [default: as its harness has it]"),
    _OUT,
    _FRESH,
    JSON,
    click.option("--unsafe-no-sandbox", is_flag=True, help="Run what a model wrote without one, where there is none."),
)  # fmt: skip


def _style(*names: str, more: str = "") -> Decorator:
    return click.option(
        "--style",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help=f"Let the model continue code, as for the published figures, or ask it in a dialog{more}.",
    )


@click.group(
    "eval",
    no_args_is_help=False,
    epilog=examples(
        "repoagent eval humaneval --model ollama:codellama:7b-code",
        "repoagent eval repo questions.jsonl --model codellama:13b-instruct",
    ),
)
def evaluate() -> None:
    """Measure the model that is served, by the field's protocols.

    What a model writes is run in a sandbox. An interrupted run goes on where it was when the same command is given.
    """


@evaluate.command(
    epilog=examples(
        "repoagent eval humaneval --model http://127.0.0.1:8000/v1",
        "repoagent eval humaneval -n 20 --temperature 0.8 --data HumanEval.jsonl.gz",
        "repoagent eval humaneval --samples completions.jsonl --json",
    )
)
@_style(
    *("completion", "instruct", "synthesize"),
    more="; synthesize: bigcode's HumanEvalSynthesize for models that follow instructions (data: humanevalpack)",
)
@_MEASURING
def humaneval(**options: Any) -> int:
    """HumanEval: 164 functions in Python from their docstrings, zero-shot (Chen et al. 2021)."""
    return _measure("humaneval", **options)


@evaluate.command(epilog=examples("repoagent eval mbpp --data mbpp.jsonl", "repoagent eval mbpp --style instruct"))
@_style("completion", "instruct")
@_MEASURING
def mbpp(**options: Any) -> int:
    """MBPP: 500 small tasks in Python from a sentence and tests, 3-shot (Austin et al. 2021)."""
    return _measure("mbpp", **options)


@evaluate.command("multipl-e", epilog=examples("repoagent eval multipl-e --language cpp --language sh"))
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="NAME",
    help="cpp, cs, go, java, js, lua, php, pl, py, r, rb, rs, sh or ts (may be repeated).  [default: cpp, java, php, "
    "ts, cs, sh, as in the Code Llama paper]",
)
@_MEASURING
def multipl_e(languages: tuple[str, ...], **options: Any) -> int:
    """MultiPL-E: HumanEval in other languages, those that this machine can run (Cassano et al. 2023)."""
    return _measure("multipl-e", languages=languages, **options)


@evaluate.command(
    epilog="\b\nFormat of QUESTIONS, one JSON object a line:\n"
    '  {"question": "where are ...?", "files": ["src/app.py", "docs/"]}\n'
    "files: any of which holds the answer (docs/ stands for all below it).\n"
    'Optional: "lines": ["src/app.py:10-20"], any of which a source must meet; "text": words that\n'
    'must stand in the lines cited; "repo": the folder below PATH that it is about; "id".\n\n'
    + examples(
        "repoagent eval repo questions.jsonl",
        "repoagent eval repo -C ~/checkouts benchmarks/questions.jsonl --model http://127.0.0.1:8000/v1",
    )
)
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@WHERE
@MODEL
@BUDGET
@_number("--temperature", 0.0, 0.0, "0 is greedy.")
@_number("--limit", 1, None, "Only the first so many questions.")
@_OUT
@_FRESH
@JSON
def repo(questions: Path, path: str, model: str | None, as_json: bool, **options: Any) -> int:
    """Ask the model the QUESTIONS of a file about a repository, and count how often it cites what holds the answer."""
    from repoagent.eval_questions import WantedAnswers, measure_answers, show_answers
    from repoagent.render import Screen, progress

    measured = measure_answers(
        WantedAnswers(questions, Path(path), **options),
        lambda folder: open_repo(str(folder), model),
        say=lambda line: click.echo(line, err=True),
        bar=progress,
    )
    if as_json:
        print_json({**measured.report, "samples": str(measured.samples)})
    else:
        show_answers(Screen(), measured.report)
        click.echo(f"answers: {measured.samples}", err=True)
    return DONE


def _measure(benchmark: str, *, model: str | None, as_json: bool, **options: Any) -> int:
    from repoagent import eval_report
    from repoagent.eval_benchmark import Wanted, measure
    from repoagent.render import Screen, progress

    wanted = Wanted(benchmark, **options)
    measured = measure(wanted, model, say=lambda line: click.echo(line, err=True), bar=progress)
    if as_json:
        print_json({**measured.report, "samples": str(measured.samples)})
    else:
        eval_report.show(Screen(), measured.report)
        click.echo(f"samples: {measured.samples}", err=True)
    return DONE
