"""Commands about the state of things: index, doctor, completion."""

from __future__ import annotations

import time

import click

from repoagent.commands import (
    COMMON,
    DONE,
    examples,
    open_repo,
    print_json,
)


@click.command(epilog=examples("repoagent index", "repoagent index --status", "repoagent index --rebuild"))
@COMMON
@click.option("--status", "only_status", is_flag=True, help="Say what the index holds, and what was skipped and why.")
@click.option("--rebuild", is_flag=True, help="Forget the index and build it anew.")
def index(path: str, as_json: bool, only_status: bool, rebuild: bool) -> int:
    """Bring the index up to date. Every other command does so too; this one says what it came to."""
    from repoagent.render import progress

    began = time.perf_counter()
    with open_repo(path) as repo:
        if rebuild:
            with progress("indexing") as bar:
                repo.index.rebuild(bar)
        seconds = time.perf_counter() - began
        status = repo.index.status()
    if as_json:
        from repoagent import as_json as shapes

        print_json({**shapes.status(status), "ms": round(1000 * seconds, 1)})
        return DONE
    from repoagent.render import Screen, show_status

    show_status(Screen(), status, None if only_status else seconds)
    return DONE


@click.command(epilog=examples("repoagent doctor", "repoagent doctor -C ~/src/flask --json"))
@COMMON
def doctor(path: str, as_json: bool) -> int:
    """Check git, parsers, index and models, each with its remedy."""
    from repoagent.doctor import examine
    from repoagent.render import Screen, show_checks

    checks = examine(path)
    if as_json:
        print_json({"checks": [{"name": c.name, "state": c.state, "what": c.what, "remedy": c.remedy} for c in checks]})
    else:
        show_checks(Screen(), checks)
    return 3 if any(check.state == "broken" for check in checks) else DONE


@click.command(
    epilog=examples(
        'eval "$(repoagent completion bash)"', "repoagent completion fish > ~/.config/fish/completions/repoagent.fish"
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that completes commands and options in a shell."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    program = click.get_current_context().find_root().command
    click.echo(found(program, {}, "repoagent", "_REPOAGENT_COMPLETE").source())
    return DONE
