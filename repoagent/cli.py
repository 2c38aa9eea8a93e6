"""The command line: one function a command. Each opens a `Repo`, asks it one thing, and shows what came back."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from repoagent import __version__
from repoagent_indexers.errors import TestsFailed, UsageError

if TYPE_CHECKING:
    from repoagent.change import Change
    from repoagent.session import Repo
    from repoagent_agents.brief import Brief

DONE, NOTHING, INTERRUPTED = 0, 1, 130

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The program: run a command, turn every error into one line on standard error and an exit code."""
    from repoagent.errors import guarded

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
    return f"{' '.join(error.format_message().split()).rstrip('.')}; see {where} --help"


# -- options that several commands share -------------------------------------------------------------------------


def _options(*options: Decorator) -> Decorator:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_WHERE = click.option(
    "-C", "path", default=".", metavar="PATH", help="Work in the repository that contains PATH.", show_default="here"
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object on one line.")
_ROOT = click.option("--root", "roots", multiple=True, metavar="DIR", help="Look only below DIR (may be repeated).")
_MODEL = click.option("--model", metavar="MODEL", help="Ask this model: a name, URL, local:FOLDER, ollama:NAME ...")
_BUDGET = click.option("--budget", type=click.IntRange(min=1), metavar="N", help="Tokens that the pack may take.")
_BATCH = click.option(
    "--batch", metavar="FILE", help="Answer one question a line of FILE (- for stdin), as JSON lines."
)
_QUESTION = click.argument("question", nargs=-1)
_COMMON = _options(_WHERE, _JSON)


def _open(path: str, model: str | None = None) -> Repo:
    """The repository, with progress on a terminal and the index's notices as lines on standard error."""
    from repoagent.render import progress
    from repoagent.session import Repo

    with progress("indexing") as bar:
        repo = Repo(path, model=model, progress=bar)
    for notice in repo.index.notices:
        click.echo(f"repoagent: {notice}", err=True)
    return repo


def _words(question: Sequence[str]) -> str:
    """The question: its words, or standard input for `-`."""
    text = " ".join(question).strip()
    if text == "-":
        text = "".join(_stdin()).strip()
    if not text:
        raise UsageError("there is no question; write it in quotes, or give - and pipe it in")
    return text


def _stdin() -> Iterator[str]:
    """Lines of standard input, as they come; what is not UTF-8 is replaced."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


def _lines(batch: str) -> Iterator[str]:
    try:
        if batch == "-":
            source: Iterable[str] = _stdin()
        else:
            source = Path(batch).read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise UsageError(f"{batch}: cannot be read: {error.strerror}") from None
    return (line.strip() for line in source if line.strip())


def _print_json(shape: dict[str, Any]) -> None:
    from repoagent.as_json import dump

    click.echo(dump(shape))


def _examples(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_examples(
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


# -- looking things up -------------------------------------------------------------------------------------------


@cli.command(
    epilog=_examples(
        'repoagent ask "where are route conflicts detected?"',
        "git log -1 --format=%B | repoagent ask -",
        'repoagent ask --model ollama:codellama:13b-instruct "what happens on shutdown?"',
        'repoagent ask --brief --json "how are sessions signed?"',
    )
)
@_QUESTION
@_COMMON
@_ROOT
@_MODEL
@_BUDGET
@click.option("--brief", "only_brief", is_flag=True, help="Ask no model: show the places that hold the answer.")
@click.option("--agent", is_flag=True, help="Let the model look things up itself, step by step.")
@click.option("-n", "limit", type=click.IntRange(1, 100), default=6, show_default=True, help="Places in a brief.")
def ask(
    question: tuple[str, ...], path: str, as_json: bool, roots: tuple[str, ...], model: str | None,
    budget: int | None, only_brief: bool, agent: bool, limit: int,
) -> int:  # fmt: skip
    """Answer QUESTION about the repository, with the sources the answer rests on.

    Without a model, shows a brief: the places that hold the answer.
    """
    text = _words(question)
    with _open(path, model) as repo:
        if only_brief or (chosen := repo.any_model()) is None:
            why = "you asked for a brief." if only_brief else _HOW_TO_GET_ONE
            return _show_brief(repo.brief(text, limit, roots), why, as_json)
        if agent:
            return _investigate(repo, text, as_json)
        return _stream(repo, text, as_json, roots, budget, "ask", chosen.place)


_HOW_TO_GET_ONE = (
    "none answers on this machine. Start one (for example: ollama run codellama:7b-instruct) or name one with --model."
)


def _show_brief(found: Brief, why: str, as_json: bool) -> int:
    from repoagent.render import Screen, show_brief

    if as_json:
        from io import StringIO

        from repoagent import as_json as shapes

        text = StringIO()
        show_brief(Screen(text), found, why)
        _print_json(shapes.brief(found, text.getvalue()))
    elif found.places:
        show_brief(Screen(), found, why)
    else:
        click.echo("repoagent: nothing in this repository matches the question; try other words", err=True)
    return DONE if found.places else NOTHING


def _stream(
    repo: Repo, text: str, as_json: bool, roots: Sequence[str], budget: int | None, task: str, place: str
) -> int:
    from repoagent.render import Screen, show_sources

    asking = repo.ask(text, budget=budget, roots=roots, task=task)
    screen = Screen()
    if not as_json:
        click.echo(f"{repo.model().name} at {place}, {asking.pack.tokens} tokens of context", err=True)
    arrived = False
    try:
        for piece in asking:
            if not as_json:
                screen.piece(piece if arrived else piece.lstrip())
            arrived = arrived or bool(piece.strip())
    finally:
        if arrived and not as_json:
            screen.line()
    assert asking.answer is not None
    if as_json:
        from repoagent import as_json as shapes

        _print_json(shapes.answer(asking.answer))
    else:
        show_sources(screen, asking.answer)
    return DONE


def _investigate(repo: Repo, text: str, as_json: bool) -> int:
    from repoagent.render import DIM, Screen

    steps: list[str] = []
    answer = ""
    errors = Screen(sys.stderr)
    for kind, said in repo.investigate(text):
        if kind == "step":
            steps.append(said)
            errors.line((f"- {said}", DIM))
        else:
            answer = said
    if as_json:
        _print_json({"model": repo.model().name, "answer": answer, "sources": [], "steps": steps})
    else:
        Screen().line(answer)
    return DONE


@cli.command(
    epilog=_examples(
        "repoagent search session cookie",
        'repoagent search -n 20 --root src "parse the config file"',
        "repoagent search --batch questions.txt",
    )
)
@_QUESTION
@_COMMON
@_ROOT
@_BATCH
@click.option("-n", "limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits to show.")
@click.option("--explain", is_flag=True, help="Say why each hit is there: signals and their shares.")
def search(
    question: tuple[str, ...], path: str, as_json: bool, roots: tuple[str, ...], batch: str | None, limit: int,
    explain: bool,
) -> int:  # fmt: skip
    """Find the places that QUESTION is about, best first."""
    from repoagent import as_json as shapes

    if batch is not None:
        return _batch(path, batch, lambda repo, line: shapes.hits(repo.search(line, limit, roots), explain))
    text = _words(question)
    with _open(path) as repo:
        hits = repo.search(text, limit, roots)
    if as_json:
        _print_json(shapes.hits(hits, explain))
    else:
        from repoagent.render import Screen, show_hits

        show_hits(Screen(), hits, explain)
    return DONE if hits else NOTHING


def _batch(path: str, batch: str, answer: Callable[[Repo, str], dict[str, Any]]) -> int:
    lines = _lines(batch)
    with _open(path) as repo:
        for line in lines:
            began = time.perf_counter()
            shape = answer(repo, line)
            _print_json({"question": line, **shape, "ms": round(1000 * (time.perf_counter() - began), 2)})
            sys.stdout.flush()
    return DONE


@cli.command(
    epilog=_examples(
        'repoagent pack --budget 8000 "how are migrations applied?" > context.md',
        'repoagent pack --why --budget 4000 "login flow"',
        "repoagent pack --json --budget 100000 - < issue.txt",
    )
)
@_QUESTION
@_COMMON
@_ROOT
@_MODEL
@_BUDGET
@_BATCH
@click.option("--why", is_flag=True, help="Show what went in, at which level and for which reason, instead.")
def pack(
    question: tuple[str, ...], path: str, as_json: bool, roots: tuple[str, ...], model: str | None,
    budget: int | None, batch: str | None, why: bool,
) -> int:  # fmt: skip
    """Print the part of the repository that QUESTION is about, cut to fit a model's window."""
    from repoagent import as_json as shapes
    from repoagent.render import Screen, show_pack_summary, show_why

    if batch is not None:
        return _batch(path, batch, lambda repo, line: shapes.pack(_packed(repo, line, budget, roots)))
    text = _words(question)
    with _open(path, model) as repo:
        packed = _packed(repo, text, budget, roots)
    if as_json:
        _print_json(shapes.pack(packed))
    elif why:
        show_why(Screen(), packed)
    else:
        Screen().raw(packed.text)
        if sys.stdout.isatty():
            show_pack_summary(Screen(sys.stderr), packed)
    return DONE if packed.pieces else NOTHING


def _packed(repo: Repo, text: str, budget: int | None, roots: Sequence[str]) -> Any:
    from repoagent.session import DEFAULT_BUDGET

    if repo.names_model:
        from repoagent_agents.ask import MAX_WINDOW, REPLY

        model = repo.model()
        return repo.pack(text, budget or min(model.window, MAX_WINDOW) - REPLY, roots, model.count)
    from repoagent_agents.models.tokens import counter_from

    return repo.pack(text, budget or DEFAULT_BUDGET, roots, counter_from(os.environ))


@cli.command("map", epilog=_examples("repoagent map", "repoagent map --budget 1000 --root src", "repoagent map --json"))
@_COMMON
@_ROOT
@click.option("--budget", type=click.IntRange(min=1), default=4000, show_default=True, help="Tokens it may take.")
def map_(path: str, as_json: bool, roots: tuple[str, ...], budget: int) -> int:
    """Show an outline of the repository: the files that matter most, with their symbols."""
    from repoagent import as_json as shapes

    with _open(path) as repo:
        found = repo.map(budget, roots)
    if as_json:
        _print_json(shapes.outline(found))
    else:
        from repoagent.render import Screen, show_outline

        show_outline(Screen(), found)
    return DONE if found.files else NOTHING


@cli.command(
    epilog=_examples(
        "repoagent symbols src/app.py", "repoagent symbols --name Client.open", "repoagent symbols --json src"
    )
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_COMMON
@click.option("--name", metavar="NAME", help="Only symbols called NAME; qualified if it has a dot or ::.")
def symbols(paths: tuple[str, ...], path: str, as_json: bool, name: str | None) -> int:
    """List the definitions in files and folders, or everywhere."""
    from repoagent import as_json as shapes

    with _open(path) as repo:
        found = [symbol for each in paths or ("",) for symbol in repo.symbols(_inside(repo, each), name or "")]
    if as_json:
        _print_json(shapes.symbols(found))
    else:
        from repoagent.render import Screen, show_symbols

        show_symbols(Screen(), found)
    return DONE if found else NOTHING


def _inside(repo: Repo, path: str) -> str:
    """A path as typed, relative to the root of the repository."""
    root = repo.repository.root
    if not path or (root / path).exists():
        return path
    try:
        return str(Path(path).resolve().relative_to(root))
    except (OSError, ValueError):
        return path


@cli.command(epilog=_examples("repoagent index", "repoagent index --status", "repoagent index --rebuild"))
@_COMMON
@click.option("--status", "only_status", is_flag=True, help="Say what the index holds, and what was skipped and why.")
@click.option("--rebuild", is_flag=True, help="Forget the index and build it anew.")
def index(path: str, as_json: bool, only_status: bool, rebuild: bool) -> int:
    """Bring the index up to date. Every other command does so too; this one says what it came to."""
    from repoagent.render import progress

    began = time.perf_counter()
    with _open(path) as repo:
        if rebuild:
            with progress("indexing") as bar:
                repo.index.rebuild(bar)
        seconds = time.perf_counter() - began
        status = repo.index.status()
    if as_json:
        from repoagent import as_json as shapes

        _print_json({**shapes.status(status), "ms": round(1000 * seconds, 1)})
        return DONE
    from repoagent.render import Screen, show_status

    show_status(Screen(), status, None if only_status else seconds)
    return DONE


@cli.command(epilog=_examples("repoagent models", "repoagent models --json"))
@_JSON
def models(as_json: bool) -> int:
    """List the models that answer on this machine, with the context they can take."""
    from repoagent_agents.models import survey

    answers = survey(2.0)
    if as_json:
        from repoagent import as_json as shapes

        _print_json(shapes.models(answers.found))
        return DONE if answers.found else NOTHING
    from repoagent.render import Screen, show_models

    show_models(Screen(), answers)
    return DONE if answers.found else NOTHING


@cli.command(epilog=_examples("repoagent doctor", "repoagent doctor -C ~/src/flask --json"))
@_COMMON
def doctor(path: str, as_json: bool) -> int:
    """Check git, parsers, index and models, each with its remedy."""
    from repoagent.doctor import examine
    from repoagent.render import Screen, show_checks

    checks = examine(path)
    if as_json:
        _print_json(
            {"checks": [{"name": c.name, "state": c.state, "what": c.what, "remedy": c.remedy} for c in checks]}
        )
    else:
        show_checks(Screen(), checks)
    return 3 if any(check.state == "broken" for check in checks) else DONE


@cli.command(
    epilog=_examples(
        'eval "$(repoagent completion bash)"', "repoagent completion fish > ~/.config/fish/completions/repoagent.fish"
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that completes commands and options in a shell."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "repoagent", "_REPOAGENT_COMPLETE").source())
    return DONE


# -- explaining and changing -------------------------------------------------------------------------------------


@cli.command(
    epilog=_examples(
        "repoagent explain src/app.py", "repoagent explain Client.open", "repoagent explain src/app.py:120"
    )
)
@click.argument("what")
@_COMMON
@_MODEL
@_BUDGET
@click.option("--brief", "only_brief", is_flag=True, help="Ask no model: show the places to read.")
def explain(what: str, path: str, as_json: bool, model: str | None, budget: int | None, only_brief: bool) -> int:
    """Explain WHAT: a file, a symbol, or path:line."""
    with _open(path, model) as repo:
        text = repo.explaining(what)
        if only_brief or (chosen := repo.any_model()) is None:
            why = "you asked for a brief." if only_brief else _HOW_TO_GET_ONE
            return _show_brief(repo.brief(text), why, as_json)
        return _stream(repo, text, as_json, (), budget, "explain", chosen.place)


_APPLY = click.option("--apply", "apply", is_flag=True, help="Apply the change without asking.")
_ALLOW = click.option(
    "--allow", multiple=True, metavar="WHAT", help="Also change what is sensitive, tests, many (files), delete."
)
_CHANGING = _options(_COMMON, _APPLY, _ALLOW)


@cli.command(epilog=_examples('repoagent generate "add a --dry-run flag to the deploy command"'))
@_QUESTION
@_CHANGING
@_MODEL
@_BUDGET
def generate(
    question: tuple[str, ...], path: str, as_json: bool, apply: bool, allow: tuple[str, ...], model: str | None,
    budget: int | None,
) -> int:  # fmt: skip
    """Let the model propose edits for a wish; they are shown as a diff, and applied only when you say so."""
    text = _words(question)
    with _open(path, model) as repo:
        change, proposal = repo.generate(text, budget=budget)
        return _offer(change, as_json, apply, allow, model=repo.model().name, said=proposal.text)


@cli.command(
    epilog=_examples("repoagent debug -- pytest -x tests/test_cart.py", "repoagent debug --apply -- go test ./...")
)
@click.argument("command", nargs=-1, required=True)
@_CHANGING
@_MODEL
@_BUDGET
@click.option(
    "--timeout", type=click.FloatRange(min=1), default=600, show_default=True, help="Seconds COMMAND may take."
)
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run COMMAND without a sandbox where there is none.")
def debug(
    command: tuple[str, ...], path: str, as_json: bool, apply: bool, allow: tuple[str, ...], model: str | None,
    budget: int | None, timeout: float, unsafe_no_sandbox: bool,
) -> int:  # fmt: skip
    """Run COMMAND in a sandboxed copy; when it fails, let the model propose edits and try them there.

    The work tree is changed only when you say so.
    """
    from repoagent.change import Change

    with _open(path, model) as repo:
        ran = Change(repo.repository, ()).verify(command, timeout, unsafe_no_sandbox=unsafe_no_sandbox)
        if ran.ok:
            click.echo("repoagent: the command passes, there is nothing to debug", err=True)
            return DONE
        change, proposal = repo.debug(command, ran.output, budget=budget)
        tried = change.verify(command, timeout, unsafe_no_sandbox=unsafe_no_sandbox) if change else None
        passes = tried.ok if tried else None
        shown = {"model": repo.model().name, "said": proposal.text, "passes": passes, "output": ran.output}
        code = _offer(change, as_json, apply and bool(passes), allow, **shown)
    if passes is False:
        raise TestsFailed("the command still fails with this change; see the diff, or give the model more to go by")
    return code


@cli.command(epilog=_examples("repoagent rename Cart.total Cart.sum_up", "repoagent rename --apply src/app.py:12 run"))
@click.argument("symbol")
@click.argument("new_name")
@_CHANGING
def rename(symbol: str, new_name: str, path: str, as_json: bool, apply: bool, allow: tuple[str, ...]) -> int:
    """Rename SYMBOL and its uses everywhere; SYMBOL is a name, a qualified name or path:line. No model is asked."""
    with _open(path) as repo:
        return _offer(repo.rename(symbol, new_name), as_json, apply, allow)


def _offer(change: Change, as_json: bool, apply: bool, allow: Sequence[str], **more: Any) -> int:
    """Show a change, and apply it with consent: the flag, or a yes on a terminal."""
    from repoagent.render import Screen, show_change

    if not as_json:
        show_change(Screen(), Screen(sys.stderr), change, str(more.get("said", "")))
    asks = not apply and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    if change and (apply or (asks and click.confirm("Apply this change?"))):
        applied = change.apply(allow=allow)
        if not as_json:
            click.echo(f"repoagent: changed {len(applied.paths)} files; repoagent undo takes it back", err=True)
    if as_json:
        from repoagent import as_json as shapes

        _print_json({**shapes.change(change), **more})
    return DONE if change else NOTHING


@cli.command(epilog=_examples("repoagent undo"))
@_WHERE
def undo(path: str) -> int:
    """Take back the last change that was applied here, unless its files have changed since."""
    from repoagent.change import undo_last
    from repoagent_indexers.repository import Repository

    with Repository.open(path) as repository:
        undone = undo_last(repository)
    click.echo(f"put back {len(undone.paths)} files")
    return DONE


@cli.command(
    epilog=_examples("repoagent review", "repoagent review --json", "repoagent review --model ollama:codellama")
)
@_COMMON
@_MODEL
@click.option("--strict", is_flag=True, help="Warnings count as findings for the exit code too.")
def review(path: str, as_json: bool, model: str | None, strict: bool) -> int:
    """Review the staged changes: what they break elsewhere in the repository."""
    from repoagent.hook import exit_code, show_review

    with _open(path, model) as repo:
        found = repo.review(repo.model() if repo.names_model else None)
    if as_json:
        from repoagent import as_json as shapes

        _print_json(shapes.review(found))
    else:
        show_review(found)
    return exit_code(found, strict)


@cli.group()
def hook() -> None:
    """Install or remove the git pre-commit hook that reviews staged changes."""


@hook.command("install")
@_WHERE
@click.option("--force", is_flag=True, help="Replace a hook that is not ours; it is kept beside.")
def hook_install(path: str, force: bool) -> int:
    """Review every commit from now on."""
    from repoagent.hook import install_hook
    from repoagent_indexers.repository import Repository

    with Repository.open(path) as repository:
        click.echo(f"installed {install_hook(repository, force=force)}")
    return DONE


@hook.command("uninstall")
@_WHERE
def hook_uninstall(path: str) -> int:
    """Take our hook away again."""
    from repoagent.hook import uninstall_hook
    from repoagent_indexers.repository import Repository

    with Repository.open(path) as repository:
        click.echo(f"removed {uninstall_hook(repository)}")
    return DONE
