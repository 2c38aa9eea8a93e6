"""Git under `safe_environment` runs nothing that a repository names, and fails in one line that quotes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git, write

from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.git import git_environment
from repoagent_indexers.git.commits import log
from repoagent_indexers.git.git_environment import inherited_index, run_git, safe_environment, shown
from repoagent_indexers.git.repository import Repository

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the marker programs are shell scripts")

MISSING = "1234567890123456789012345678901234567890"


@pytest.fixture(autouse=True)
def _no_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repositories without git's fifteen sample files are made and removed in half the time."""
    monkeypatch.setenv("GIT_TEMPLATE_DIR", "")


class Hostile:
    """A repository whose configuration, attributes and hooks name programs that leave a mark when they run."""

    def __init__(self, place: Path) -> None:
        self.marks = place / "marks"
        self.marks.mkdir()
        self.programs = place / "programs"
        self.programs.mkdir()
        self.root = place / "hostile"
        self.root.mkdir()
        git(self.root, "init", "-q", "-b", "main")
        write(self.root, {"a.py": "a = 1\n", "b.bin": "b\n", "c.py": "c = 1\n", "sub/d.py": "d = 1\n", "t.txt": "t\n"})
        attributes = "*.py filter=evil diff=evil merge=evil\n*.bin filter=pro=cess\n*.txt diff=inc\n"
        write(self.root, {".gitattributes": attributes})
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "first")
        self._submodule(place / "inner")
        git(self.root, "commit", "-q", "-m", "second")
        self._configure(self.root)
        self._configure(self.root / "module")
        hooks = Path(git(self.root, "rev-parse", "--absolute-git-dir").strip()) / "hooks"
        hooks.mkdir(exist_ok=True)
        for name in ("pre-commit", "post-commit", "post-checkout", "post-index-change", "reference-transaction"):
            shutil.copy(self.program(f"hook.{name}"), hooks / name)
        write(
            self.root,
            {"a.py": "a = 2\n", "b.bin": "bb\n", "t.txt": "tt\n", "new.py": "n = 1\n", "module/inner.py": "i = 2\n"},
        )
        os.utime(self.root / "c.py", (1, 1))  # git must read it to know

    def program(self, name: str) -> str:
        """A program that leaves the mark *name* and behaves."""
        path = self.programs / name.replace("/", "_")
        behave = "cat" if name.endswith(("clean", "smudge")) else "exit 0"
        path.write_text(f"#!/bin/sh\ntouch '{self.marks}/{name}'\n{behave}\n")
        path.chmod(0o755)
        return str(path)

    def seen(self) -> set[str]:
        """The marks left since the last call."""
        names = {path.name for path in self.marks.iterdir()}
        for name in names:
            (self.marks / name).unlink()
        return names

    def _submodule(self, inner: Path) -> None:
        inner.mkdir()
        git(inner, "init", "-q", "-b", "main")
        write(inner, {"inner.py": "i = 1\n", ".gitattributes": "*.py filter=evil\n"})
        git(inner, "add", "-A")
        git(inner, "commit", "-q", "-m", "inner")
        git(self.root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "module")

    def _configure(self, root: Path) -> None:
        where = "module." if root != self.root else ""
        ext = f"ext::{self.program(where + 'ext')}"
        settings = {
            "alias.status": f"!{self.program(where + 'alias')}",
            "alias.marked": f"!{self.program(where + 'alias')}",
            "commit.gpgSign": "true",
            "core.alternateRefsCommand": self.program(where + "alternateRefs"),
            "core.askPass": self.program(where + "askPass"),
            "core.editor": self.program(where + "editor"),
            "core.fsmonitor": self.program(where + "fsmonitor"),
            "core.gitProxy": self.program(where + "gitProxy"),
            "core.pager": self.program(where + "pager"),
            "core.repositoryFormatVersion": "1",
            "core.sshCommand": self.program(where + "ssh"),
            "credential.helper": f"!{self.program(where + 'credential')}",
            "diff.evil.command": self.program(where + "diff.command"),
            "diff.evil.textconv": self.program(where + "textconv"),
            "extensions.partialClone": "origin",
            "filter.evil.clean": self.program(where + "clean"),
            "filter.evil.required": "true",
            "filter.evil.smudge": self.program(where + "smudge"),
            "filter.pro=cess.process": self.program(where + "process"),
            "gc.auto": "1",
            "gpg.program": self.program(where + "gpg"),
            "hook.evil.command": self.program(where + "hook.command"),
            "hook.evil.event": "post-index-change",
            "log.showSignature": "true",
            "merge.evil.driver": self.program(where + "merge"),
            "protocol.ext.allow": "always",
            "remote.origin.promisor": "true",
            "remote.origin.uploadpack": self.program(where + "uploadpack"),
            "remote.origin.url": ext,
            "submodule.module.update": f"!{self.program(where + 'submodule.update')}",
            "submodule.recurse": "true",
            "trailer.evil.command": self.program(where + "trailer"),
        }
        for name, value in settings.items():
            git(root, "config", name, value)
        directory = Path(git(root, "rev-parse", "--absolute-git-dir").strip())
        included = f'[diff "inc"]\n\ttextconv = {self.program(where + "included.textconv")}\n'
        (directory / "more").write_text(included + f"[diff]\n\texternal = {self.program(where + 'diff.external')}\n")
        git(root, "config", "include.path", "more")


@pytest.fixture
def hostile(tmp_path: Path) -> Hostile:
    return Hostile(tmp_path)


def run_everything(hostile: Hostile) -> None:
    """Everything that Repository does."""
    with Repository.open(hostile.root / "sub") as repository:
        files = repository.list_files()
        assert [file.path for file in files if file.blob is None] == [
            *("a.py", "b.bin", "module/inner.py", "new.py", "t.txt")
        ]
        assert repository.read("a.py", 100) == b"a = 2\n"
        assert repository.read_blob(MISSING) is None
        assert [content for _, content in repository.read_blobs(file.blob for file in files if file.blob)]
        assert repository.head()
        assert repository.branch() == "main"
        assert repository.staged() == []
        assert len(repository.staged_files()) == 7
        assert [commit.subject for commit in log(repository, 5, ["HEAD", "--", "a.py"])[0]] == ["first"]
        with repository.gitpython() as other:
            assert [commit.message for commit in other.iter_commits("HEAD", paths="a.py")] == ["first\n"]
            assert other.git.status("--short", "--", "new.py") == "?? new.py"
        with repository.scratch({"a.py": b"a = 3\n"}) as tree:
            assert (tree / "a.py").read_bytes() == b"a = 3\n"
            git(tree, "status", "--short")  # what a command in the copy may do, with no special environment


def test_plain_git_runs_the_programs(hostile: Hostile) -> None:
    """Without this the next tests could not fail."""
    for arguments in (
        ("status",),
        ("diff", "--", "a.py"),
        ("diff", "--", "t.txt"),
        ("diff", "--no-ext-diff", "--", "a.py"),
        ("diff", "--no-ext-diff", "--", "t.txt"),
        ("diff", "--", "b.bin"),
        ("marked",),
        ("checkout", "-q", "--", "a.py"),
        ("cat-file", "-e", MISSING),
        ("commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", "x"),
        ("commit", "-q", "--allow-empty", "-m", "x"),
    ):
        subprocess.run(["git", *arguments], cwd=hostile.root, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    seen = hostile.seen()
    expected = {
        "fsmonitor",
        "clean",
        "smudge",
        "process",
        "textconv",
        "included.textconv",
        "diff.command",
        "diff.external",
    }
    expected |= {"alias", "ext", "gpg", "hook.pre-commit", "hook.post-index-change", "module.fsmonitor", "module.clean"}
    assert expected <= seen, expected - seen


def test_the_product_runs_none(hostile: Hostile) -> None:
    run_everything(hostile)
    assert hostile.seen() == set()


COMMANDS = """
    status --ignore-submodules=all
    diff --no-ext-diff --no-textconv --ignore-submodules=all
    diff --no-ext-diff --ignore-submodules=all
    diff --ignore-submodules=all
    diff --ignore-submodules=all -- t.txt
    diff-files -p --ignore-submodules=all
    diff-index -p --cached HEAD
    log -p --no-ext-diff
    log --show-signature
    show --no-ext-diff
    ls-files -m
    blame -- a.py
    grep a
    check-attr -a a.py
    cat-file --textconv HEAD:t.txt
    cat-file --filters HEAD:a.py
    cat-file --filters HEAD:b.bin
    cat-file -e 1234567890123456789012345678901234567890
    hash-object --path=a.py a.py
    archive HEAD
    fetch origin
    marked
    gc --auto
    write-tree
    commit --allow-empty -m x
    checkout -q -- a.py
    add -- a.py b.bin
    stash
    reset --hard
"""


def test_no_command_of_git_runs_one(hostile: Hostile) -> None:
    """The environment also holds for commands that are not used here; not for a git that git starts in a submodule."""
    environment = safe_environment(hostile.root)
    ran = {}
    for number, command in enumerate(COMMANDS.strip().splitlines()):
        write(hostile.root, dict.fromkeys(("a.py", "b.bin", "t.txt"), f"{number}\n"))
        arguments = ["git", *command.split()]
        subprocess.run(arguments, cwd=hostile.root, env=environment, capture_output=True, timeout=60)
        if seen := {mark for mark in hostile.seen() if not mark.startswith("module.")}:
            ran[command.strip()] = seen
    assert ran == {}


@pytest.mark.parametrize(
    "setting",
    [
        "root:x:0:0:secret:/root:/bin/sh\n",
        "[core]\n\tbare = secret\n",
        "[include]\n\tpath = passwd\n",
        "[core\n",
        '[diff]\n\tcontext = secret\n\trenames = "secret\n',
    ],
)
def test_unreadable_configuration(make_repository: Callable[..., Path], setting: str) -> None:
    root = make_repository({"a.py": "a\n"})
    (root / ".git" / "passwd").write_text("root:x:0:0:secret:/root:/bin/sh\n")
    with (root / ".git" / "config").open("a") as config:
        config.write(setting)
    with pytest.raises(EnvironmentFault) as caught:
        Repository.open(root)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "git config --list" in str(caught.value)
    with pytest.raises(EnvironmentFault, match="cannot read the repository's configuration"):
        safe_environment(root)


def test_a_setting_that_only_one_command_rejects(make_repository: Callable[..., Path]) -> None:
    root = make_repository({"a.py": "a\n"})
    git(root, "config", "status.showUntrackedFiles", "secret")
    with Repository.open(root) as repository, pytest.raises(EnvironmentFault) as caught:
        repository.list_files()
    assert "secret" not in str(caught.value)


def test_inherited_variables_are_dropped(
    make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = make_repository({"a.py": "a\n"})
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_EXTERNAL_DIFF",
        "GIT_TRACE",
        "GIT_CONFIG_PARAMETERS",
    ):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"touch {tmp_path}/mark")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "mine"))
    environment = safe_environment(root)
    assert "/nowhere" not in environment.values()
    assert environment["GIT_CONFIG_GLOBAL"] == str(tmp_path / "mine")  # the user's own settings are the user's word
    assert not (tmp_path / "mark").exists()


def test_no_git(make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = make_repository({"git": "#!/bin/sh\ntouch mark\n"})
    (root / "git").chmod(0o755)
    monkeypatch.chdir(root)
    for path in ("", str(tmp_path), ".", "::"):  # a git in the work tree is the repository's, not the user's
        monkeypatch.setenv("PATH", path)
        with pytest.raises(EnvironmentFault, match="git is not in PATH; install git"):
            Repository.open(root)
    assert not (root / "mark").exists()


def replace_git(script: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.which("git")
    program = place / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nREAL={real}\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_git_that_does_not_know_the_overrides(
    make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = make_repository({"a.py": "a\n"})
    replace_git('unset GIT_CONFIG_COUNT\nexec $REAL "$@"', tmp_path, monkeypatch)
    with pytest.raises(EnvironmentFault, match=r"install git 2\.31"):
        Repository.open(root)


def test_git_that_hangs(make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n"})
    replace_git("exec sleep 600", tmp_path, monkeypatch)
    monkeypatch.setattr(git_environment, "TIMEOUT", 0.2)
    with pytest.raises(EnvironmentFault, match="gave no answer"):
        Repository.open(root)


def test_what_git_says_becomes_one_clean_line(
    make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = make_repository({"a.py": "a\n"})
    said = "hint: no\\nfatal: a \\033[31mred\\007 'word'\\nmore\\n"
    replace_git(f'printf "{said}" >&2; exit 128', tmp_path, monkeypatch)
    with pytest.raises(EnvironmentFault) as caught:
        run_git(["status"], root, dict(os.environ))
    assert (
        str(caught.value)
        == f"{root}: git status failed: fatal: a ?[31mred? '...'; mend the repository or clone it anew"
    )


def test_too_many_overrides_fail_closed(make_repository: Callable[..., Path]) -> None:
    root = make_repository({"a.py": "a\n"})
    with (root / ".git" / "config").open("a") as config:
        config.writelines(f'[filter "{n:05}{"x" * 400}"]\n\tclean = false\n' for n in range(8000))
    with pytest.raises(EnvironmentFault, match="cannot be started"):
        Repository.open(root).list_files()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é 漢", "plain é 漢"),
        ("a\x1b]8;;x\x07b\r\n", "a?]8;;x?b??"),
        ("\u202eabc\u200b", "?abc?"),
        ("\udcff", "?"),
        ("x" * 400, "x" * 300),
    ],
)
def test_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_inherited_index(make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root, other = make_repository({"a/b": ""}), make_repository({"a": ""}, "other")
    nested = make_repository({"n": ""}, "repo/nested")
    directory = root / ".git"

    def check(here: Path, index: str, git_dir: str | None, expected: Path | None, asked: Path = root) -> None:
        monkeypatch.chdir(here)
        monkeypatch.setenv("GIT_INDEX_FILE", index)
        monkeypatch.delenv("GIT_DIR", raising=False)
        if git_dir is not None:
            monkeypatch.setenv("GIT_DIR", git_dir)
        assert inherited_index(asked, asked / ".git") == expected

    check(root, ".git/index", None, directory / "index")
    check(root, ".git/index.lock", ".git", directory / "index.lock")
    check(root / "a", ".git/next-index-1.lock", None, directory / "next-index-1.lock")
    check(other, str(directory / "index.lock"), None, directory / "index.lock")
    check(root, str(tmp_path / "mine"), None, tmp_path / "mine")
    check(other, str(tmp_path / "mine"), str(directory), tmp_path / "mine")
    check(root, "", None, None)
    # a hook of one repository asks about another
    check(root, ".git/index.lock", None, None, other)
    check(root, ".git/index.lock", ".git", None, other)
    check(root, str(tmp_path / "mine"), ".git", None, other)
    check(root, ".git/index.lock", None, None, nested)
    check(nested, str(nested / ".git" / "index.lock"), None, None)
    check(nested, str(tmp_path / "mine"), None, None)
