"""The command line: one function a command, in `commands/`. Each opens a `Repo`, asks it one thing, and shows it.

Nothing else is imported here: a Ctrl-C while it is being imported is to end as one later does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from repoagent.errors import program

if TYPE_CHECKING:
    import click


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The program: run a command, turn every error into one line on standard error and an exit code."""
    program(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    import click

    from repoagent.commands import DONE
    from repoagent.commands.program import cli
    from repoagent_indexers.errors import UsageError

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
