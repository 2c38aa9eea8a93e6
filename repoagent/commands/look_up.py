"""Commands that look up what a name or a place stands for: symbols, refs, callers, callees, history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from repoagent.commands import COMMON, DONE, NOTHING, examples, open_repo, place_inside, print_json
from repoagent.render import working

if TYPE_CHECKING:
    from repoagent_indexers.resolve.graph import CallTree

WHAT = click.argument("what", metavar="NAME|PATH:LINE")
SURE = click.option("--sure", is_flag=True, help="Leave out what matches by name only.")
DEPTH = click.option("--depth", type=click.IntRange(1, 10), default=1, show_default=True, help="Levels of calls.")


@click.command(
    epilog=examples(
        "repoagent symbols src/app.py", "repoagent symbols --name Client.open", "repoagent symbols --json src"
    )
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@COMMON
@click.option("--name", metavar="NAME", help="Only symbols called NAME; qualified if it has a dot or ::.")
def symbols(paths: tuple[str, ...], path: str, as_json: bool, name: str | None) -> int:
    """List the definitions in files and folders, or everywhere."""
    from repoagent import as_json as shapes
    from repoagent_indexers.resolve.named import advice

    with open_repo(path, roots=paths) as repo:
        found = [symbol for each in repo.roots or ("",) for symbol in repo.symbols(each, name or "")]
        meant = f"; {advice(repo.index, name)}" if name and not found and not repo.roots else ""
    if as_json:
        print_json(shapes.symbols(found))
    elif not found:
        what = "no such definitions here" if name else "there are no definitions here"
        click.echo(f"repoagent: {what}{meant}", err=True)
    else:
        from repoagent.render import Screen, show_symbols

        show_symbols(Screen(), found)
    return DONE if found else NOTHING


@click.command(
    epilog=examples(
        "repoagent refs Client.open", "repoagent refs src/app.py:120", "repoagent refs --sure --json parse_config"
    )
)
@WHAT
@COMMON
@SURE
def refs(what: str, path: str, as_json: bool, sure: bool) -> int:
    """Show every use of a definition, each with how sure it is.

    A use is resolved (scopes, imports and types say so), probable, or known by name only.
    """
    from repoagent import as_json as shapes

    with open_repo(path) as repo, working(f"looking for uses of {what}"):
        found = repo.refs(place_inside(repo, what))
    if sure:
        found = replace(found, uses=tuple(use for use in found.uses if use.certainty != "by name only"))
    if as_json:
        print_json(shapes.references(found))
    else:
        from repoagent.render import Screen, show_references

        show_references(Screen(), found)
    return DONE if found.uses else NOTHING


@click.command(epilog=examples("repoagent callers Client.open", "repoagent callers --depth 3 src/app.py:120"))
@WHAT
@COMMON
@DEPTH
@SURE
def callers(what: str, path: str, as_json: bool, depth: int, sure: bool) -> int:
    """Show who calls a definition, and who calls those, as a tree."""
    with open_repo(path) as repo, working(f"looking for callers of {what}"):
        tree = repo.callers(place_inside(repo, what), depth, sure=sure)
    return _show_calls(tree, as_json, "callers")


@click.command(epilog=examples("repoagent callees Client.open", "repoagent callees --depth 3 src/app.py:120"))
@WHAT
@COMMON
@DEPTH
@SURE
def callees(what: str, path: str, as_json: bool, depth: int, sure: bool) -> int:
    """Show what of the repository a definition calls, and what that calls, as a tree."""
    with open_repo(path) as repo, working(f"looking for what {what} calls"):
        tree = repo.callees(place_inside(repo, what), depth, sure=sure)
    return _show_calls(tree, as_json, "callees")


def _show_calls(tree: CallTree, as_json: bool, direction: str) -> int:
    from repoagent import as_json as shapes

    if as_json:
        print_json(shapes.calls(tree, direction))
    else:
        from repoagent.render import Screen, show_calls

        show_calls(Screen(), tree, direction)
        if tree.is_cut:
            click.echo("repoagent: there are more calls than are shown; name a more special one or a lower --depth",
                       err=True)  # fmt: skip
    return DONE if tree.calls else NOTHING


@click.command(
    epilog=examples(
        "repoagent history src/app.py", "repoagent history Client.open", "repoagent history -n 50 --json src/app.py:120"
    )
)
@click.argument("what", metavar="PATH|NAME|PATH:LINE")
@COMMON
@click.option("-n", "limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Commits to show.")
def history(what: str, path: str, as_json: bool, limit: int) -> int:
    """Show which commits touched a file, a folder or a definition, and what changes together with it."""
    from repoagent import as_json as shapes

    with open_repo(path) as repo, working(f"asking git about {what}"):
        found = repo.history(place_inside(repo, what), limit)
    if as_json:
        print_json(shapes.history(found))
    else:
        from repoagent.render import Screen, show_history

        show_history(Screen(), found)
    return DONE if found.commits else NOTHING
