"""Fixtures that every test may use: real git repositories, and a home of their own for indexes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from repoagent_indexers.forked import Forked

settings.register_profile("any machine", deadline=None)  # what an example takes says nothing about the code
settings.load_profile("any machine")

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""What every checkout of the team shares; tests that need it skip where it is absent."""


def pytest_configure() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would the programs that tests interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture(autouse=True)
def _not_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that runs the program in this process does not let later ones make copies of it."""
    monkeypatch.setattr(Forked, "is_allowed", False)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own indexes, settings or git configuration."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("REPOAGENT_HOME", str(home / "repoagent"))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    for name in [name for name in os.environ if name.startswith(("GIT_", "REPOAGENT_", "OPENAI_", "OLLAMA_"))]:
        if name != "REPOAGENT_HOME":
            monkeypatch.delenv(name)
    monkeypatch.setenv("REPOAGENT_DISCOVER", "0")  # whatever serves models on this machine is not the tests' business
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.org")


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[..., Path]:
    """A function that makes a git repository of the given files and commits them."""

    def make(files: Mapping[str, str | bytes], name: str = "repo", commit: bool = True) -> Path:
        root = tmp_path / name
        root.mkdir(parents=True, exist_ok=True)
        git(root, "init", "-q", "-b", "main")
        write(root, files)
        if commit:
            git(root, "add", "-A")
            git(root, "commit", "-q", "--allow-empty", "-m", "first", when=_FIRST)
        return root

    return make


_FIRST = "2026-01-02T03:04:05+0000"
"""When the first commit is made, so that two repositories of the same files are the same."""


def git(root: Path, *arguments: str, when: str = "") -> str:
    """What git prints; a commit is made at the moment `when`, if any."""
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if when else {}
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, env={**os.environ, **dates})
    return done.stdout.decode()


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below `root`."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


def shown_uses(root: Path, what: str, n_shown: int = 12) -> list[str]:
    """`file:line: name and what follows it` of every use, with how sure it is where that is not `resolved`."""
    import repoagent

    with repoagent.open(root) as repo:
        found = []
        for use in repo.refs(what).uses:
            line = (root / use.path).read_text().split("\n")[use.line - 1]
            sure = f" {use.certainty}" if use.certainty != "resolved" else ""
            found.append(f"{Path(use.path).name}:{use.line}: {line[use.column - 1 :][:n_shown]}{sure}")
        return found
