"""Commands about models: `models` lists the family and what is in reach."""

from __future__ import annotations

import click

from repoagent.commands import DONE, JSON, NOTHING, examples, print_json


@click.group(invoke_without_command=True, epilog=examples("repoagent models", "repoagent models --json"))
@JSON
@click.pass_context
def models(context: click.Context, as_json: bool) -> int:
    """List the models that answer on this machine, and the Code Llama family with what would fit it."""
    if context.invoked_subcommand is not None:
        return DONE
    from repoagent_agents.models import survey
    from repoagent_agents.models.machine import this_machine

    answers, machine = survey(2.0), this_machine()
    if as_json:
        from repoagent import as_json as shapes

        print_json(shapes.models(answers.found, machine))
        return DONE if answers.found else NOTHING
    from repoagent.render import Screen, show_family, show_models

    screen = Screen()
    show_models(screen, answers)
    show_family(screen, answers, machine)
    return DONE if answers.found else NOTHING
