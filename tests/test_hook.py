"""The review as a hook: what it prints, when it stops a commit, and how the plain git hook is put in place."""

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
from scripted_server import Behaviour, hangs, hangs_after, scripted_server

from repoagent.hook import exit_code, install_hook, show_review, uninstall_hook
from repoagent_agents.review.findings import Evidence, Finding
from repoagent_agents.review.review import Review
from repoagent_indexers.errors import EnvironmentFault, Refused, UsageError
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.source import Span

Make = Callable[..., Path]
BIN = Path(sys.executable).parent
REVIEW = BIN / "repoagent-review"
FILES = {"a.py": "def keep(): pass\n\n\ndef lost(x):\n    return x + 1\n", "b.py": "from a import lost\n\n\nlost(1)\n"}
BROKEN = {"a.py": "def keep(): pass\n"}
FOUND = """\
a.py:1: error: function `lost` was removed, but is still used in 2 places [removed-symbol]
  b.py:1: from a import lost
  b.py:4: lost(1)
"""


def run(root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=root, capture_output=True, text=True, env=os.environ | more)


def is_stopped(root: Path, *arguments: str, rule: str = "removed-symbol") -> bool:
    """Whether the hook, and nothing else, stops a commit."""
    done = run(root, "git", "commit", *arguments)
    return done.returncode == 1 and f"[{rule}]" in done.stdout + done.stderr


def stage(root: Path, files: dict[str, str]) -> None:
    write(root, files)
    git(root, "add", "-A")


@pytest.mark.parametrize(
    ("staged", "rule"), [("def keep(): pass\n", "removed-symbol"), ("def lost(): pass\n", "changed-signature")]
)
def test_what_is_not_shown_is_counted(make_repository: Make, staged: str, rule: str) -> None:
    root = make_repository({**FILES, "many.py": "from a import lost\n\n" + "lost(1)\n" * 20})
    stage(root, {"a.py": staged})
    lines = run(root, str(REVIEW)).stdout.splitlines()
    n = int(lines[0].partition(" in ")[2].split()[0])
    assert lines[0].endswith(f"[{rule}]")
    assert (len(lines), lines[-1]) == (10, f"  and {n - 8} more")


# -- the program ----------------------------------------------------------------------------------------------------


def test_findings(make_repository: Make) -> None:
    root = make_repository(FILES)
    stage(root, BROKEN)
    done = run(root, str(REVIEW))
    assert (done.returncode, done.stdout) == (1, FOUND)
    assert done.stderr == "repoagent: 1 error; mend it, or commit as it is with git commit --no-verify\n"


def test_an_encoder_elsewhere_is_sent_nothing_unasked(make_repository: Make) -> None:
    root = make_repository(FILES)
    stage(root, BROKEN)
    elsewhere = {"REPOAGENT_ENCODER": "openai:m", "OPENAI_BASE_URL": "http://embeddings.example.org/v1"}
    done = run(root, str(REVIEW), **elsewhere)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("repoagent: embeddings.example.org is not this machine")


def test_nothing_to_say(make_repository: Make) -> None:
    root = make_repository(FILES)
    done = run(root, str(REVIEW))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    stage(root, {"b.py": "x = 1\n"})
    done = run(root, str(REVIEW))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_warnings_stop_a_commit_only_when_strict(make_repository: Make) -> None:
    root = make_repository(
        {"a.py": "class A:\n    def refurbish(self): pass\n", "b.py": "def f(a): return a.refurbish()\n"}
    )
    stage(root, {"a.py": "class A:\n    x = 1\n"})
    assert run(root, str(REVIEW)).returncode == 0
    assert run(root, str(REVIEW), "--strict").returncode == 1


@pytest.mark.parametrize(("arguments", "code"), [(["--nope"], 2), (["--model"], 2), (["file.py"], 2), (["--help"], 0)])
def test_usage(make_repository: Make, arguments: list[str], code: int) -> None:
    done = run(make_repository(FILES), str(REVIEW), *arguments)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == (1 if code else 0)


def test_no_repository(tmp_path: Path) -> None:
    done = run(tmp_path, str(REVIEW))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_no_git(make_repository: Make) -> None:
    done = run(make_repository(FILES), str(REVIEW), PATH="/nowhere")
    assert done.returncode == 3
    assert "git" in done.stderr


def test_a_model_that_is_away_is_a_note(make_repository: Make) -> None:
    root = make_repository(FILES)
    stage(root, {"c.py": "x = 1\n"})
    done = run(root, str(REVIEW), REPOAGENT_MODEL="http://127.0.0.1:9/v1#nothing")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("repoagent: no model was asked: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("behaviour", "shown"),
    [
        (hangs(), ""),
        (
            hangs_after("a.py:1: warning: it keeps nothing\na.py:2"),
            "a.py:1: warning: it keeps nothing [model:codellama-7b-instruct]\n",
        ),
    ],
)
def test_a_model_that_takes_its_time_holds_no_commit_up(
    make_repository: Make, behaviour: Behaviour, shown: str
) -> None:
    root = make_repository(FILES)
    stage(root, {"a.py": FILES["a.py"].replace("pass", "...")})
    with scripted_server([behaviour]) as server:
        done = run(root, str(REVIEW), REPOAGENT_MODEL=f"{server.url}/v1", REPOAGENT_PATIENCE="1")
    assert (done.returncode, done.stdout) == (0, shown)
    assert "had not said all after 1 s and was not waited for" in done.stderr


def test_names_that_would_move_the_cursor_are_written_out(make_repository: Make) -> None:
    name = "\x1b]0;pwn\x07\u202e\n.py"
    root = make_repository({"x": ""})
    stage(root, {name: "def f(:\n"})
    done = run(root, str(REVIEW))
    assert done.returncode == 1
    assert done.stdout.startswith("\\x1b]0;pwn\\x07\\u202e\\n.py:1: error: ")
    assert len(done.stdout.splitlines()) == 1


def test_paths_and_output_that_are_no_utf8(make_repository: Make) -> None:
    root = make_repository({"x": ""})
    stage(root, {os.fsdecode(b"\xff.py"): "def f(:\n", "\u00e9.py": "def f(:\n"})
    done = run(root, str(REVIEW), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert "\\xff.py:1: error" in done.stdout
    assert "\\xe9.py:1: error" in done.stdout


def test_no_model_is_waited_for_by_a_commit_that_is_stopped(make_repository: Make) -> None:
    root = make_repository(FILES)
    stage(root, BROKEN)
    with scripted_server([hangs()]) as server:
        done = run(root, str(REVIEW), REPOAGENT_MODEL=f"{server.url}/v1", REPOAGENT_PATIENCE="60")
    assert done.returncode == 1
    assert FOUND in done.stdout
    assert "the model was not asked" in done.stderr


def test_a_closed_pipe_is_no_drama(make_repository: Make) -> None:
    root = make_repository(FILES)
    stage(root, BROKEN)
    done = run(root, "sh", "-c", f"{REVIEW} | true")
    assert "Traceback" not in done.stderr


# -- what is printed ------------------------------------------------------------------------------------------------


def test_one_finding_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    place = Evidence("b.py", 0, 0, 7, 7, "call(\t\x1b[31m)", "too\nfew")
    finding = Finding(Span("a.py", 0, 0, 3, 9), "warning", "rule", "two\nlines\u200b", (place,))
    show_review(Review((finding,), ("a.py",), ("a note\x1b[0m",)))
    printed = capsys.readouterr()
    assert printed.out == "a.py:3: warning: two\\nlines\\u200b [rule]\n  b.py:7: call( \\x1b[31m)  (too\\nfew)\n"
    assert printed.err == "repoagent: a note\\x1b[0m\n"


@pytest.mark.parametrize(
    ("severities", "strict", "expected"),
    [
        ([], False, 0),
        (["info", "warning"], False, 0),
        (["info"], True, 0),
        (["warning"], True, 1),
        (["error"], False, 1),
    ],
)
def test_exit_code(severities: list[str], strict: bool, expected: int) -> None:
    findings = tuple(Finding(Span("a", 0, 0, 1, 1), one, "rule", "x") for one in severities)  # type: ignore[arg-type]
    assert exit_code(Review(findings, (), ()), strict) == expected


# -- the hook that git runs -----------------------------------------------------------------------------------------


def install(root: Path, force: bool = False) -> Path:
    with Repository.open(root) as repository:
        return install_hook(repository, force=force)


def uninstall(root: Path) -> Path:
    with Repository.open(root) as repository:
        return uninstall_hook(repository)


def test_a_commit_is_stopped_and_mended(make_repository: Make) -> None:
    root = make_repository(FILES)
    hook = install(root)
    assert hook == root / ".git/hooks/pre-commit"
    assert hook.stat().st_mode & stat.S_IXUSR
    stage(root, BROKEN)
    done = run(root, "git", "commit", "-m", "break")
    assert done.returncode == 1
    assert FOUND in done.stdout + done.stderr
    stage(root, {"b.py": "from a import keep\n\n\nkeep()\n"})
    assert run(root, "git", "commit", "-m", "mend").returncode == 0
    assert run(root, "git", "commit", "--no-verify", "--allow-empty", "-m", "unseen").returncode == 0


def test_commit_all_and_commit_of_a_path(make_repository: Make) -> None:
    """`commit -a` and `commit PATH` hand the hook an index of their own."""
    root = make_repository(FILES)
    install(root)
    write(root, BROKEN)
    assert is_stopped(root, "-am", "break")
    assert is_stopped(root, "-m", "break", "a.py")
    write(root, {"b.py": "x = 1\n"})
    assert is_stopped(root, "-m", "break", "a.py")  # b.py is not part of it
    assert run(root, "git", "commit", "-am", "mend").returncode == 0
    assert git(root, "status", "--porcelain") == ""
    assert sorted(git(root, "ls-files").split()) == ["a.py", "b.py"]


def test_the_first_commit(make_repository: Make) -> None:
    root = make_repository({"a.py": "def f(:\n"}, commit=False)
    install(root)
    git(root, "add", "-A")
    assert is_stopped(root, "-m", "first", rule="syntax-error")
    stage(root, {"a.py": "def f(): pass\n"})
    assert run(root, "git", "commit", "-m", "first").returncode == 0


def test_a_linked_work_tree(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository(FILES)
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", "-b", "other", str(linked))
    assert install(linked) == root / ".git/hooks/pre-commit"
    write(linked, BROKEN)
    done = run(linked, "git", "commit", "-am", "break")
    assert done.returncode == 1
    assert "a.py:1: error" in done.stdout + done.stderr
    assert git(linked, "status", "--porcelain").strip() == "M a.py"
    write(linked, {"b.py": "x = 1\n"})
    assert run(linked, "git", "commit", "-am", "mend").returncode == 0
    assert git(root, "log", "--format=%s", "other").split() == ["mend", "first"]


def test_from_a_folder_below(make_repository: Make) -> None:
    root = make_repository(FILES | {"sub/x.py": "x = 1\n"})
    install(root)
    write(root, BROKEN)
    assert is_stopped(root / "sub", "-am", "break")


def test_install_again_and_take_away(make_repository: Make) -> None:
    root = make_repository(FILES)
    assert install(root) == install(root)
    hook = uninstall(root)
    assert not hook.exists()
    assert {path.suffix for path in hook.parent.iterdir()} <= {".sample"}
    with pytest.raises(UsageError, match="no hook to remove"):
        uninstall(root)


def test_somebody_elses_hook(make_repository: Make) -> None:
    root = make_repository(FILES)
    hook = root / ".git/hooks/pre-commit"
    write(root, {".git/hooks/pre-commit": "#!/bin/sh\nexit 0\n"})
    with pytest.raises(Refused, match="not ours") as refusal:
        install(root)
    assert "\n" not in str(refusal.value)
    with pytest.raises(Refused, match="not ours"):
        uninstall(root)
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    install(root, force=True)
    install(root, force=True)
    assert "repoagent" in hook.read_text()
    uninstall(root)
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"


def test_a_link_in_place_of_the_hook_is_not_followed(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository(FILES)
    target = tmp_path / "target"
    target.write_text("mine\n")
    (root / ".git/hooks").mkdir(exist_ok=True)
    (root / ".git/hooks/pre-commit").symlink_to(target)
    with pytest.raises(Refused):
        install(root)
    install(root, force=True)
    assert target.read_text() == "mine\n"
    assert not (root / ".git/hooks/pre-commit").is_symlink()


def test_a_folder_of_hooks_in_the_work_tree(make_repository: Make) -> None:
    root = make_repository(FILES)
    git(root, "config", "core.hooksPath", ".hooks")
    assert install(root) == root / ".hooks/pre-commit"
    write(root, BROKEN)
    assert is_stopped(root, "-am", "break")
    uninstall(root)


def test_a_folder_of_hooks_elsewhere_needs_force(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository(FILES)
    git(root, "config", "core.hooksPath", str(tmp_path / "elsewhere"))
    with pytest.raises(Refused, match="outside"):
        install(root)
    assert not (tmp_path / "elsewhere").exists()
    assert install(root, force=True) == tmp_path / "elsewhere/pre-commit"


def test_a_linked_folder_of_hooks_needs_force(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository(FILES)
    shutil.rmtree(root / ".git/hooks")
    (tmp_path / "elsewhere").mkdir()
    (root / ".git/hooks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="outside"):
        install(root)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_of_hooks_that_cannot_be_made(make_repository: Make) -> None:
    root = make_repository(FILES)
    shutil.rmtree(root / ".git/hooks")
    (root / ".git/hooks").write_text("in the way\n")
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        install(root)


def test_a_program_that_moved_is_found_in_path(make_repository: Make) -> None:
    root = make_repository(FILES)
    hook = install(root)
    hook.write_text(hook.read_text().replace(str(REVIEW), "/gone/repoagent-review"))
    write(root, BROKEN)
    found = run(root, "git", "commit", "-am", "break", PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    assert found.returncode == 1
    assert "removed-symbol" in found.stdout + found.stderr
    gone = run(root, str(hook), PATH="/usr/bin:/bin")
    assert gone.returncode == 3
    assert len(gone.stderr.splitlines()) == 1


# -- the pre-commit framework ---------------------------------------------------------------------------------------


def test_through_the_framework(make_repository: Make) -> None:
    framework = BIN / "pre-commit"
    if not framework.exists():
        pytest.skip("pre-commit is not installed; pip install 'repoagent[dev]'")
    config = f"""\
repos:
- repo: local
  hooks:
  - {{id: review, name: review, language: system, entry: {REVIEW}, pass_filenames: false, always_run: true}}
"""
    root = make_repository(FILES | {".pre-commit-config.yaml": config, "c.py": "x = 1\n"})
    assert run(root, str(framework), "install").returncode == 0
    stage(root, BROKEN)
    write(root, {"b.py": "x = 1\n"})  # not staged: the framework takes it away meanwhile
    done = run(root, "git", "commit", "-m", "break")
    assert done.returncode == 1
    assert FOUND in done.stdout + done.stderr
    assert (root / "b.py").read_text() == "x = 1\n"
    git(root, "reset", "-q", "--hard")
    git(root, "rm", "-q", "a.py")  # only a deletion: no file is left to run for
    done = run(root, "git", "commit", "-m", "delete")
    assert done.returncode == 1
    assert "removed-module" in done.stdout + done.stderr
    git(root, "rm", "-q", "b.py")
    assert run(root, "git", "commit", "-m", "mend").returncode == 0


@pytest.mark.skipif(os.environ.get("REPOAGENT_SLOW") != "1", reason="installs the project anew; set REPOAGENT_SLOW=1")
def test_installed_by_the_framework(make_repository: Make) -> None:
    framework = BIN / "pre-commit"
    project = Path(__file__).resolve().parents[1]
    root = make_repository(FILES)
    stage(root, BROKEN)
    done = run(root, str(framework), "try-repo", str(project), "repoagent-review", "--verbose")
    assert done.returncode == 1
    assert FOUND in done.stdout
    stage(root, FILES)
    assert run(root, str(framework), "try-repo", str(project), "repoagent-review").returncode == 0
