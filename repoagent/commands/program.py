"""All commands in one: what `repoagent` on a command line is."""

from __future__ import annotations

import click

from repoagent import __version__
from repoagent.commands import change, complete, examples, look_up, models, state
from repoagent.commands import eval as measure


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
