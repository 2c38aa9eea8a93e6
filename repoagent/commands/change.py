"""Commands that review and change: generate, debug, rename, undo, review, hook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

import click

from repoagent.commands import (
    BUDGET,
    COMMON,
    DONE,
    MODEL,
    NOTHING,
    WHERE,
    examples,
    open_repo,
    options_of,
    print_json,
    say_what_was_held_back,
    words,
)
from repoagent.render import working
from repoagent_indexers.errors import ModelError, TestsFailed, UsageError

if TYPE_CHECKING:
    from repoagent.change import Change, Verified
    from repoagent_agents.debug import Attempt
    from repoagent_agents.propose import Proposal


_APPLY = click.option("--apply", "apply", is_flag=True, help="Apply the change without asking.")
_ALLOW = click.option(
    "--allow", multiple=True, metavar="WHAT", help="Also change what is sensitive, tests, many (files), delete."
)
_CHANGING = options_of(COMMON, _APPLY, _ALLOW)


@click.command(epilog=examples('repoagent generate "add a --dry-run flag to the deploy command"'))
@click.argument("wish", nargs=-1, metavar="WISH...")
@_CHANGING
@MODEL
@BUDGET
def generate(
    wish: tuple[str, ...], path: str, as_json: bool, apply: bool, allow: tuple[str, ...], model: str | None,
    budget: int | None,
) -> int:  # fmt: skip
    """Let the model propose edits for WISH; they are shown as a diff, and applied only when you say so."""
    text = words(wish, "wish")
    with open_repo(path, model) as repo:
        change, proposal = repo.generate(text, budget=budget)
        say_what_was_held_back(repo)
        return _offer(change, as_json, apply, allow, model=repo.model().name, said=proposal.text)


@click.command(
    epilog=examples("repoagent debug -- pytest -x tests/test_cart.py", "repoagent debug --apply -- go test ./...")
)
@click.argument("command", nargs=-1, required=True)
@_CHANGING
@MODEL
@BUDGET
@click.option(
    "--timeout", type=click.FloatRange(min=1), default=600, show_default=True, help="Seconds COMMAND may take."
)
@click.option(
    "--tries",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Proposals to try, each knowing of the last.",
)
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run COMMAND without a sandbox where there is none.")
def debug(
    command: tuple[str, ...], path: str, as_json: bool, apply: bool, allow: tuple[str, ...], model: str | None,
    budget: int | None, timeout: float, tries: int, unsafe_no_sandbox: bool,
) -> int:  # fmt: skip
    """Run COMMAND in a sandboxed copy; when it fails, let the model propose edits and try them there.

    The work tree is changed only when you say so.
    """
    from repoagent.as_json import change as as_shape
    from repoagent.change import Change

    with open_repo(path, model) as repo:
        ran = Change(repo.repository, ()).verify(command, timeout, unsafe_no_sandbox=unsafe_no_sandbox)
        if ran.ok:
            click.echo("repoagent: the command passes, there is nothing to debug", err=True)
            if as_json:
                nothing = as_shape(Change(repo.repository, ()))
                print_json({**nothing, "model": None, "said": "", "passes": True, "output": ran.output})
            return DONE
        change, proposal, passes = _mended(
            lambda attempts: repo.debug(command, ran.output, budget=budget, attempts=attempts),
            lambda change: change.verify(command, timeout, unsafe_no_sandbox=unsafe_no_sandbox),
            tries,
        )
        say_what_was_held_back(repo)
        shown = {"model": repo.model().name, "said": proposal.text, "passes": passes, "output": ran.output}
        code = _offer(change, as_json, apply and bool(passes), allow, **shown)
    if passes is False:
        raise TestsFailed("the command still fails with this change; see the diff, or give the model more to go by")
    if passes and not as_json:
        click.echo("repoagent: with this change the command passes", err=True)
    return code


def _mended(
    propose: Callable[[Sequence[Attempt]], tuple[Change, Proposal]], verify: Callable[[Change], Verified], tries: int
) -> tuple[Change, Proposal, bool | None]:
    """The first proposal with which a command passes, else the last that was tried, and whether it passes; None when
    nothing could be tried. Each further one is asked for with what came of those before."""
    from repoagent_agents.debug import Attempt

    change, proposal = propose(())
    if not change:
        return change, proposal, None
    attempts: list[Attempt] = []
    while True:
        tried = verify(change)
        attempts.append(Attempt(change.diff(), tried.output))
        if tried.ok or len(attempts) >= tries:
            return change, proposal, tried.ok
        try:
            following, said = propose(attempts)
        except (ModelError, UsageError) as error:  # a window that is too small for it all, a server that is gone
            click.echo(f"repoagent: not asked again: {error}", err=True)
            return change, proposal, False
        if not following or any(following.diff() == attempt.diff for attempt in attempts):
            return change, proposal, False
        change, proposal = following, said


@click.command(epilog=examples("repoagent rename Cart.total Cart.sum_up", "repoagent rename --apply src/app.py:12 run"))
@click.argument("symbol")
@click.argument("new_name")
@_CHANGING
@click.option("--in-words", is_flag=True, help="Also what comments and documentation clearly say of it.")
def rename(
    symbol: str, new_name: str, path: str, as_json: bool, apply: bool, allow: tuple[str, ...], in_words: bool
) -> int:
    """Rename SYMBOL and its uses everywhere; SYMBOL is a name, a qualified name or path:line. No model is asked."""
    with open_repo(path) as repo:
        with working(f"looking for what to rename with {symbol}"):
            change = repo.rename(symbol, new_name, in_words=in_words)
        return _offer(change, as_json, apply, allow)


def _offer(change: Change, as_json: bool, apply: bool, allow: Sequence[str], **more: Any) -> int:
    """Show a change, and apply it with consent: the flag, or a yes on a terminal."""
    from repoagent.render import Screen, show_change

    with suppress(BrokenPipeError) if apply else nullcontext():  # `... --apply | head` is to be applied all the same
        if not as_json:
            show_change(Screen(), Screen(sys.stderr), change, str(more.get("said", "")), allow)
    asks = not apply and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    if change and asks:
        missing = sorted(change.needs.keys() - set(allow))
        apply = click.confirm(f"Apply this change{', allowing ' + ', '.join(missing) if missing else ''}?", err=True)
        allow = (*allow, *missing)
    if change and apply:
        applied = change.apply(allow=allow)
        if not as_json:
            click.echo(f"repoagent: changed {_files(applied.paths)}; repoagent undo takes it back", err=True)
    if as_json:
        from repoagent import as_json as shapes

        print_json({**shapes.change(change), **more})
    return DONE if change else NOTHING


def _files(paths: Sequence[str]) -> str:
    return f"{len(paths)} file{'s' * (len(paths) != 1)}"


@click.command(epilog=examples("repoagent undo"))
@COMMON
def undo(path: str, as_json: bool) -> int:
    """Take back the last change that was applied here, unless its files have changed since."""
    from repoagent.change import undo_last
    from repoagent_indexers.git.repository import Repository

    with Repository.open(path) as repository:
        undone = undo_last(repository)
    if as_json:
        print_json({"files": list(undone.paths)})
    else:
        click.echo(f"put back {_files(undone.paths)}")
    return DONE


@click.command(
    epilog=examples("repoagent review", "repoagent review --json", "repoagent review --model ollama:codellama")
)
@COMMON
@MODEL
@click.option("--strict", is_flag=True, help="Warnings count as findings for the exit code too.")
def review(path: str, as_json: bool, model: str | None, strict: bool) -> int:
    """Review the staged changes: what they break elsewhere in the repository."""
    from repoagent.hook import exit_code, show_review

    with open_repo(path, model) as repo, working("reviewing what is staged"):
        found = repo.review(repo.model() if repo.names_model else None)
    if as_json:
        from repoagent import as_json as shapes

        print_json(shapes.review(found))
    else:
        show_review(found)
        if not found.findings:
            said = f"no findings in {_files(found.files)}" if found.files else "nothing is staged; see git add"
            click.echo(f"repoagent: {said}", err=True)
    return exit_code(found, strict)


@click.group(no_args_is_help=False, epilog=examples("repoagent hook install", "repoagent hook uninstall"))
def hook() -> None:
    """Install or remove the git pre-commit hook that reviews staged changes."""


@hook.command("install", epilog=examples("repoagent hook install", "repoagent hook install --force"))
@WHERE
@click.option("--force", is_flag=True, help="Replace a hook that is not ours; it is kept beside.")
def hook_install(path: str, force: bool) -> int:
    """Review every commit from now on."""
    from repoagent.hook import install_hook
    from repoagent_indexers.git.repository import Repository

    with Repository.open(path) as repository:
        click.echo(f"installed {install_hook(repository, force=force)}")
    return DONE


@hook.command("uninstall", epilog=examples("repoagent hook uninstall"))
@WHERE
def hook_uninstall(path: str) -> int:
    """Take our hook away again."""
    from repoagent.hook import uninstall_hook
    from repoagent_indexers.git.repository import Repository

    with Repository.open(path) as repository:
        click.echo(f"removed {uninstall_hook(repository)}")
    return DONE
