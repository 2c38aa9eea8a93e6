"""The review before a commit: a console script for git and the pre-commit framework, and its plain git hook.

    git commit -> hooks/pre-commit -> repoagent-review -> findings on standard output, exit code 1 stops the commit

It runs in the user's repository, looks at what is staged and at nothing else, and asks a model only where the user has
named one: with --model, in REPOAGENT_MODEL or in the settings file.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from repoagent_indexers.errors import EnvironmentFault, Refused, RepoAgentError, UsageError

if TYPE_CHECKING:
    from repoagent.settings import Settings
    from repoagent_agents.models.base import Model
    from repoagent_agents.review.findings import Finding, Severity
    from repoagent_agents.review.review import Review
    from repoagent_indexers.git.repository import Repository

PROGRAM = "repoagent-review"
CLEAN, FINDINGS = 0, 1
_MARK = "# Written by `repoagent hook install`; `repoagent hook uninstall` removes it."
_SCRIPT = """\
#!/bin/sh
{mark}
program={program}
[ -x "$program" ] || program=$(command -v {name}) || {{
    echo "repoagent: {name} is gone; install repoagent again, or delete $0" >&2
    exit 3
}}
exec "$program"
"""
_COLOURS = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The program: review what is staged here. Exit codes: 0 clean, 1 findings, and those of `repoagent`."""
    from repoagent.errors import program

    program(lambda: _run(_parsed(sys.argv[1:] if arguments is None else arguments)))


def exit_code(review: Review, strict: bool = False) -> int:
    """1 for a review with errors, or when `strict` with warnings; else 0."""
    return FINDINGS if any(finding.severity in _stopping(strict) for finding in review.findings) else CLEAN


def _stopping(strict: bool) -> frozenset[Severity]:
    return frozenset({"error", "warning"} if strict else {"error"})


def show_review(review: Review) -> None:
    """Each finding on one line of standard output, its evidence indented below; notes on standard error."""
    from repoagent.render import DIM, NUMBER, PATH, Screen

    screen = Screen()
    for finding in review.findings:
        path, line = finding.span.path, finding.span.start_line
        severity = (finding.severity, _COLOURS[finding.severity])
        message, rule = f": {finding.message} ", (f"[{finding.rule}]", DIM)
        screen.line((path, PATH), ":", (str(line), NUMBER), ": ", severity, message, rule)
        for one in finding.evidence:
            why = f"  ({one.why})" if one.why else ""
            code = one.code[:200].replace("\t", " ")
            screen.line("  ", (one.path, PATH), ":", (str(one.start_line), NUMBER), f": {code}", (why, DIM))
        if finding.n_more:
            screen.line((f"  and {finding.n_more} more", DIM))
    sys.stdout.flush()
    errors = Screen(sys.stderr)
    for note in review.notes:
        errors.line("repoagent: ", note)


def summary(findings: Sequence[Finding]) -> str:
    """How many findings of which severity: `2 errors, 1 warning`."""
    counts = Counter(str(finding.severity) for finding in findings)
    words = {"error": "error", "warning": "warning", "info": "remark"}
    return ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for key, word in words.items() if (n := counts[key]))


# -- the program ----------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {PROGRAM} --help")


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog=PROGRAM,
        description="Review the staged changes of the repository here, as a pre-commit hook.",
        epilog="Exit codes: 0 clean, 1 findings, 2 wrong use, 3 environment, 4 refused, 130 interrupted.",
        allow_abbrev=False,
    )
    parser.add_argument("--model", metavar="MODEL", help="ask this model, too; it only warns (also REPOAGENT_MODEL)")
    parser.add_argument("--strict", action="store_true", help="let warnings stop the commit as well")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    from repoagent.settings import load_settings
    from repoagent_indexers.git.repository import Repository

    settings = load_settings()
    with Repository.open() as repository:
        if not repository.staged():
            return CLEAN
        review = _review(repository, settings, options.model or settings.model, _stopping(options.strict))
    show_review(review)
    code = exit_code(review, options.strict)
    if code:
        counted, what = summary(review.findings), "it" if len(review.findings) == 1 else "them"
        sys.stderr.write(f"repoagent: {counted}; mend {what}, or commit as it is with git commit --no-verify\n")
    return code


def _review(repository: Repository, settings: Settings, name: str | None, stopping: frozenset[Severity]) -> Review:
    from dataclasses import replace

    from repoagent.consent import ask_first
    from repoagent.opening import open_index
    from repoagent.render import progress, working
    from repoagent_agents.review.review import review

    model, problem = _model(name, settings, repository)
    with progress("indexing") as bar:
        index = open_index(repository, replace(settings, rerank=""), consent=ask_first, progress=bar)
    with index, working("reviewing what is staged"):
        found = review(repository, index, model, settings.patience or None, stopping)
    return replace(found, notes=(*found.notes, problem)) if problem else found


def _model(name: str | None, settings: Settings, repository: Repository) -> tuple[Model | None, str]:
    """The model that was named, or why there is none: a model that is away must not stop a commit."""
    if not name and not settings.url:
        return None, ""
    from repoagent.consent import ask_first
    from repoagent.opening import ask_leave
    from repoagent_agents.models import load_model

    try:
        model = load_model(name, url=settings.url or None, window=settings.window or None)
        ask_leave(ask_first, repository, model)
        return model, ""
    except RepoAgentError as error:
        return None, f"no model was asked: {error}"


# -- the plain git hook ---------------------------------------------------------------------------------------------


def install_hook(repository: Repository, force: bool = False) -> Path:
    """Write the pre-commit hook where git looks for it, and return its path; once more is no harm.

    `force` replaces a hook that is not ours, which is kept beside it as `pre-commit.repoagent-backup`, and allows a
    folder outside of the repository. Raises Refused without it, EnvironmentFault where the folder cannot be written.
    """
    hook = _hook_path(repository, force)
    backup = hook.with_name(f"{hook.name}.repoagent-backup")
    if _is_there(hook) and not _is_ours(hook):
        if not force:
            raise Refused(
                f"{hook}: there is a hook already, not ours; add {PROGRAM} to it, or replace it with "
                "repoagent hook install --force"
            )
        if _is_there(backup):
            raise Refused(f"{backup}: an earlier hook is kept there; move it away first")
    program = shlex.quote(str(_program()))
    text = _SCRIPT.format(mark=_MARK, program=program, name=PROGRAM)
    try:
        hook.parent.mkdir(parents=True, exist_ok=True)
        temporary = _written_beside(hook, text)
        try:
            if _is_there(hook) and not _is_ours(hook):
                hook.replace(backup)
            temporary.replace(hook)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(f"{hook}: the hook cannot be written: {error.strerror}") from None
    return hook


def uninstall_hook(repository: Repository) -> Path:
    """Take our hook away and return its path; the hook that it had replaced comes back.

    Raises UsageError where there is none, Refused where the one there is not ours.
    """
    hook = _hook_path(repository, force=True)
    backup = hook.with_name(f"{hook.name}.repoagent-backup")
    if not _is_there(hook):
        raise UsageError(f"{hook}: there is no hook to remove")
    if not _is_ours(hook):
        raise Refused(f"{hook}: this hook is not ours; remove it by hand if you want to")
    try:
        if _is_there(backup):
            backup.replace(hook)
        else:
            hook.unlink()
    except OSError as error:
        raise EnvironmentFault(f"{hook}: the hook cannot be removed: {error.strerror}") from None
    return hook


def _hook_path(repository: Repository, force: bool) -> Path:
    """Where git looks for the hook: in `core.hooksPath`, else in the folder that all work trees share."""
    configured = _configured_folder(repository)
    folder = Path(repository.root, configured) if configured else repository.common_dir / "hooks"
    real = folder.resolve()
    inside = any(real.is_relative_to(top.resolve()) for top in (repository.root, repository.common_dir))
    if not inside and not force:
        raise Refused(
            f"{real}: the hooks of this repository are kept outside of it, perhaps with those of others; "
            "repoagent hook install --force puts ours there"
        )
    return folder / "pre-commit"


def _configured_folder(repository: Repository) -> str:
    """The value of core.hooksPath, "" when nobody set it. Reading it runs nothing."""
    from repoagent_indexers.git.git_environment import opening_environment, run_git

    question = ["config", "--show-scope", "--type=path", "-z", "--get-all", "core.hooksPath"]
    answer = os.fsdecode(run_git(question, repository.root, opening_environment())).split("\0")
    pairs = zip(answer[::2], answer[1::2], strict=False)
    return ([""] + [value for scope, value in pairs if scope != "command"])[-1]  # `command` is our own environment's


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _is_ours(hook: Path) -> bool:
    if hook.is_symlink() or not hook.is_file():
        return False
    try:
        return _MARK in hook.read_text("utf-8", "replace")[:2000].splitlines()
    except OSError:
        return False


def _program() -> Path:
    """The installed console script: beside this Python, else wherever it is in PATH."""
    for name in (PROGRAM, f"{PROGRAM}.exe"):
        beside = Path(sys.executable).parent / name
        if beside.is_file():
            return beside
    found = shutil.which(PROGRAM)
    if found is None:
        raise EnvironmentFault(f"{PROGRAM} is not installed beside {sys.executable}; install repoagent with pip or uv")
    return Path(found).absolute()


def _written_beside(hook: Path, text: str) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=".pre-commit-", dir=hook.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o755)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
