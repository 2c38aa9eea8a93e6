"""The command line: one function a command, in `commands/`. Each opens a `Repo`, asks it one thing, and shows it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from repoagent import __version__
from repoagent.commands import DONE, change, complete, examples, look_up, models, state
from repoagent.commands import eval as measure
from repoagent_indexers.errors import UsageError


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The program: run a command, turn every error into one line on standard error and an exit code."""
    from repoagent.errors import guarded

    # numpy's arithmetic is too short here to be worth waking other cores, which then spin: 0.1 s of a warm search
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(guarded(lambda: _run(arguments)))


def _run(arguments: Sequence[str] | None) -> int:
    if "_REPOAGENT_COMPLETE" in os.environ:
        cli.main(prog_name="repoagent")
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:  # not `cli.main`, which has its own mind about interrupts and closed pipes
        with cli.make_context("repoagent", words or ["--help"]) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        raise UsageError(_one_line(error)) from None
    return code if isinstance(code, int) else DONE


def _one_line(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "repoagent"
    said = " ".join(error.format_message().split()).rstrip(".")
    return f"{said}{' See' if said.endswith('?') else '; see'} {where} --help"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        'repoagent ask "how does the test client keep cookies between requests?"',
        "repoagent search -C ~/src/flask session cookie",
        "repoagent map --budget 2000",
        "repoagent review",
    )
    + "\n\n\b\nExit codes: 0 done, 1 nothing found or findings, 2 wrong use, 3 environment, 4 refused,"
    "\n5 model or server, 6 tests not passed, 7 no sandbox, 130 interrupted.",
)
@click.version_option(__version__, prog_name="repoagent", message="%(prog)s %(version)s")
def cli() -> None:
    """Understand and change a whole codebase with an open model.

    Works in any git repository; the index is built when first needed and kept up to date by itself.
    """


for _command in (
    look_up.ask,
    look_up.explain,
    look_up.search,
    look_up.pack,
    look_up.map_,
    look_up.symbols,
    look_up.refs,
    look_up.callers,
    look_up.callees,
    complete.complete,
    look_up.history,
    change.generate,
    change.debug,
    change.rename,
    change.undo,
    change.review,
    change.hook,
    measure.evaluate,
    state.index,
    models.models,
    state.doctor,
    state.completion,
):
    cli.add_command(_command)
