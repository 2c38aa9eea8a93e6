"""All commands in one: what `repoagent` on a command line is."""

from __future__ import annotations

import importlib

import click

from repoagent import __version__
from repoagent.commands import examples

_MODULES = {
    **dict.fromkeys("ask explain".split(), "ask"),
    **dict.fromkeys("search pack map".split(), "find"),
    **dict.fromkeys("symbols refs callers callees history".split(), "look_up"),
    **dict.fromkeys("generate debug rename undo review hook".split(), "change"),
    **dict.fromkeys("index doctor completion".split(), "state"),
    **{name: name for name in ("complete", "eval", "models")},
}
"""Command -> the module of commands/ that has it."""
_FUNCTIONS = {"map": "map_", "eval": "evaluate"}
"""Command -> its function, where that has another name."""


class _Commands(click.Group):
    """Commands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            self.commands = {name: found for name in _MODULES if (found := self.get_command(ctx, name))}
            return None  # and click looks among these for what may be meant
        module = importlib.import_module(f"repoagent.commands.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, _FUNCTIONS.get(cmd_name, cmd_name))
        return command


@click.group(
    cls=_Commands,
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
