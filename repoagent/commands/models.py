"""Commands about models: `models` lists the family and what is in reach, `models pull` fetches weights."""

from __future__ import annotations

import click

from repoagent.commands import DONE, JSON, NOTHING, examples, print_json


@click.group(
    invoke_without_command=True,
    epilog=examples("repoagent models", "repoagent models --json", "repoagent models pull codellama:7b-instruct"),
)
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


@models.command(
    epilog=examples("repoagent models pull codellama:7b-instruct", "repoagent models pull codellama/CodeLlama-7b-hf")
)
@click.argument("name")
@JSON
def pull(name: str, as_json: bool) -> int:
    """Fetch the weights of NAME from the Hugging Face hub, to be asked as --model local:NAME.

    Safetensors only. What broke off goes on where it was, and every file is held against its digest. HF_TOKEN opens
    what the hub gives only to those it knows, HF_HOME says where to keep it, HF_ENDPOINT names another hub.
    """
    from repoagent.pull import plan_pull, this_hub
    from repoagent.pull import pull as fetch
    from repoagent.render import progress

    hub = this_hub()
    plan = plan_pull(hub, name)
    what = f"{plan.name}: {plan.size / 1e9:.2f} GB in {len(plan.files)} files, under the {plan.licence}"
    click.echo(f"repoagent: {what}; see {hub.endpoint}/{plan.name}", err=True)
    with progress("fetching") as bar:
        folder = fetch(hub, plan, bar)
    if as_json:
        print_json({"name": plan.name, "commit": plan.commit, "bytes": plan.size, "folder": str(folder)})
    else:
        click.echo(f"{folder}\nask it: repoagent ask --model local:{plan.name} QUESTION")
    return DONE
