"""How git is called here: which git, under which environment, how long it may take, and what a failure says.

A repository's own configuration can name programs (filters, hooks, monitors, drivers ...) that plain git then runs.
Under `safe_environment` it runs none of them. The overrides travel in the environment and not as `-c`, so that git's
children and GitPython get them too, and names that hold a `=` can be overridden. They need git 2.31.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from repoagent_indexers.errors import EnvironmentFault

TIMEOUT = 120.0
"""Seconds after which a git that has not finished is ended."""

_CANARY = "repoagent.overrides"
"""A key of our own: a git that lists it reads overrides from the environment, an older one does not."""

_ALWAYS = {
    _CANARY: "1",
    "commit.gpgSign": "false",
    "core.alternateRefsCommand": "true",
    "core.editor": "true",
    "core.fsmonitor": "false",
    "core.gitProxy": "none",
    "core.hooksPath": "/dev/null",
    "core.pager": "cat",
    "credential.helper": "",
    "gc.auto": "0",
    "gpg.program": "false",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "push.gpgSign": "false",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
    "tag.gpgSign": "false",
}
"""Configuration that holds in every call."""

_WHERE_NAMED = (
    (r"alias\..*", ""),
    (r"credential\..*\.helper", ""),
    (r"diff\.external", "false"),
    (r"diff\..*\.command", "false"),
    (r"diff\..*\.textconv", "cat"),
    (r"filter\..*\.(clean|smudge|process)", ""),
    (r"filter\..*\.required", "false"),
    (r"gpg\..*\.(program|defaultkeycommand)", "false"),
    (r"hook\..*\.command", "true"),
    (r"merge\..*\.driver", "false"),
    (r"protocol\..*\.allow", "never"),
    (r"remote\..*\.(uploadpack|receivepack)", "false"),
    (r"remote\..*\.(vcs|proxy)", ""),
    (r"submodule\..*\.update", "none"),
    (r"trailer\..*\.(command|cmd)", ""),
)
"""Pattern of a key that names a program -> the value that stands instead, wherever the configuration has such a key."""

_VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_ASKPASS": "true",
    "GIT_EDITOR": "true",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_SSH_COMMAND": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # messages are recognised by their English words
}

_INHERITED = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM")
"""Where the user's own configuration stands, with safe.directory in it: kept. Its programs are overridden as well."""

NO_PERMISSION = "permission denied; ask its owner, or run as a user who may read it"
TOO_OLD = "git is too old to be called safely on a repository; install git 2.31 or newer"


class GitFailed(EnvironmentFault):
    """A git that ended with an error."""

    def __init__(self, message: str, stderr: str) -> None:
        super().__init__(message)
        self.stderr = stderr
        """All it said: may quote the repository's configuration, so it is for matching, never for showing."""


def safe_environment(root: Path) -> dict[str, str]:
    """Return an environment for git under which it runs no program that the repository at *root* names.

    The names of the keys are read once, here, by one git call: it holds for the configuration as it stands now.
    Raises EnvironmentFault when git is missing or too old, or cannot read the configuration.
    """
    environment = opening_environment()
    try:
        listing = run_git(["config", "--list", "--name-only", "-z", "--includes"], root, environment)
    except GitFailed:
        raise _unreadable_configuration(root) from None  # git's words may quote the file
    names = dict.fromkeys(os.fsdecode(listing).split("\0"))
    if _CANARY not in names:
        raise EnvironmentFault(TOO_OLD)
    return _with_overrides(environment, _ALWAYS | _overrides(names))


def opening_environment() -> dict[str, str]:
    """Return an environment for the few git commands that run nothing by themselves: `rev-parse`, `config --list`.

    Every inherited GIT_* is gone: in a hook they speak of the commit being made, whichever repository is asked about.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _INHERITED}
    return _with_overrides(kept | _VARIABLES, _ALWAYS)


def _with_overrides(environment: dict[str, str], overrides: dict[str, str]) -> dict[str, str]:
    environment["GIT_CONFIG_COUNT"] = str(len(overrides))
    for position, (name, value) in enumerate(overrides.items()):
        environment[f"GIT_CONFIG_KEY_{position}"] = name
        environment[f"GIT_CONFIG_VALUE_{position}"] = value
    return environment


def _overrides(names: dict[str, None]) -> dict[str, str]:
    patterns = [(re.compile(pattern, re.DOTALL), value) for pattern, value in _WHERE_NAMED]
    return {name: value for name in names for pattern, value in patterns if pattern.fullmatch(name)}


def inherited_index(root: Path, git_dir: Path) -> Path | None:
    """Return the index that a running `git commit` hands to its hooks; None outside a hook of this repository.

    `git commit -a` and `git commit PATH` write what will be committed to an index of their own and name it in
    GIT_INDEX_FILE. The variable also reaches programs that look at another repository: for them it means nothing.
    """
    value = os.environ.get("GIT_INDEX_FILE")
    if not value:
        return None
    here = Path.cwd()
    inside = _belongs_to(here, root)
    index = Path(root if inside else here, value)  # git reads a relative one from the top of the work tree
    if index.parent.resolve() == git_dir:
        return index
    directory = os.environ.get("GIT_DIR")
    ours = Path(here, directory).resolve() == git_dir if directory else inside
    return index if ours else None


def _belongs_to(directory: Path, root: Path) -> bool:
    """Whether *root* is the nearest work tree around *directory*."""
    return next((place for place in (directory, *directory.parents) if (place / ".git").exists()), None) == root


def run_git(
    arguments: Sequence[str], directory: Path, environment: dict[str, str], stdin: bytes | None = None
) -> bytes:
    """Return what git wrote to its standard output. Raises EnvironmentFault; GitFailed when git ended with an error."""
    process = start_git(
        arguments, directory, environment, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE
    )
    return finish_git(process, arguments, directory, stdin)


def start_git(
    arguments: Sequence[str],
    directory: Path,
    environment: dict[str, str],
    *,
    stdin: int = subprocess.DEVNULL,
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Return a git started in *directory*, for `finish_git` or `end_git` to end."""
    try:
        return subprocess.Popen(
            [_find_git(), *arguments],
            cwd=directory,
            env=environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    except PermissionError:
        raise EnvironmentFault(f"{shown(directory)}: {NO_PERMISSION}") from None
    except OSError as error:  # more overrides than an environment holds
        raise EnvironmentFault(f"{shown(directory)}: git cannot be started there: {error.strerror}") from None


def finish_git(
    process: subprocess.Popen[bytes], arguments: Sequence[str], directory: Path, stdin: bytes | None = None
) -> bytes:
    """Return the standard output of a started git, waited for; never leaves it running."""
    try:
        output, errors = process.communicate(stdin, TIMEOUT)
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(
            f"{shown(directory)}: git {arguments[0]} gave no answer in {TIMEOUT:.0f} s; try again later"
        ) from None
    finally:
        end_git(process)
    if process.returncode:
        raise _failure(arguments[0], directory, os.fsdecode(errors))
    return output


def end_git(process: subprocess.Popen[bytes]) -> None:
    """End a git that still runs and close its pipes."""
    if process.poll() is None:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):  # input that was never taken
                pipe.close()


def shown(text: str | Path) -> str:
    """Return text from outside fit for one line of a message: without control, bidi or undecodable characters."""
    return "".join(character if character.isprintable() else "?" for character in str(text)[:300])


def _find_git() -> str:
    """Return git's full path. Relative folders of PATH are passed over: in a work tree they are the repository's."""
    name = "git.exe" if os.name == "nt" else "git"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(folder, name)  # noqa: PTH118 - asked before each call
        if os.path.isabs(candidate) and os.access(candidate, os.X_OK) and not os.path.isdir(candidate):  # noqa: PTH112, PTH117
            return candidate
    raise EnvironmentFault("git is not in PATH; install git 2.31 or newer")


def _failure(command: str, directory: Path, stderr: str) -> GitFailed:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()] or ["no reason given"]
    line = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0])
    line = re.sub("'[^']*'", "'...'", line)  # what it quotes may be a setting, and that a line of any file
    if re.search("config|value", line):
        return GitFailed(str(_unreadable_configuration(directory)), stderr)
    return GitFailed(
        f"{shown(directory)}: git {command} failed: {shown(line)}; mend the repository or clone it anew", stderr
    )


def _unreadable_configuration(directory: Path) -> EnvironmentFault:
    return EnvironmentFault(
        f"{shown(directory)}: git cannot read the repository's configuration; "
        "`git config --list` there names the faulty file"
    )
