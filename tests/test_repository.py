"""Repository on real work trees: what is listed, read, staged and copied, in every shape that git allows."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import git, write

from repoagent_indexers.errors import EnvironmentFault, Refused, RepoAgentError, UsageError
from repoagent_indexers.git import work_tree
from repoagent_indexers.git.commits import log
from repoagent_indexers.git.repository import Repository, Snapshot, StagedChange, blob_id

Make = Callable[..., Path]

ROOT = getattr(os, "geteuid", lambda: -1)() == 0
posix = pytest.mark.skipif(sys.platform == "win32", reason="the names and kinds of files are POSIX")


@pytest.fixture(autouse=True)
def _no_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repositories without git's fifteen sample files are made and removed in half the time."""
    monkeypatch.setenv("GIT_TEMPLATE_DIR", "")


def listed(repository: Repository) -> dict[str, str]:
    """Path -> "clean" when the blob is known (and right), "read" when it must be read."""
    files = repository.list_files()
    assert [file.path for file in files] == sorted({file.path for file in files})
    for file in files:
        content = repository.read(file.path, 1 << 20)
        assert file.blob in (None, blob_id(content)), file.path
    return {file.path: "clean" if file.blob else "read" for file in files}


def check_list(root: Path, expected: dict[str, str], n_symlinks: int = 0, n_submodules: int = 0) -> None:
    with Repository.open(root) as repository:
        assert listed(repository) == expected
        snapshot = repository.snapshot()
        assert (len(snapshot.symlinks), len(snapshot.submodules)) == (n_symlinks, n_submodules)


# -- opening


def test_open_from_anywhere_in_the_tree(make_repository: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n", "deep/er/b.py": "b\n"})
    (tmp_path / "link").symlink_to(root / "deep")
    monkeypatch.chdir(root / "deep")
    for path in (".", "..", "er/b.py", root / "deep" / "er", str(tmp_path / "link")):
        with Repository.open(path) as repository:
            assert (repository.root, repository.git_dir, repository.common_dir) == (root, root / ".git", root / ".git")
            assert list(listed(repository)) == ["a.py", "deep/er/b.py"]


@pytest.mark.parametrize(
    "name", ["new\nline", "tab\t", 'quo"te', "-dash", "sp ace ", "é", "$HOME", "~", "config value's"]
)
@posix
def test_open_below_an_odd_folder(make_repository: Make, name: str) -> None:
    root = make_repository({"a.py": "a\n"}, name)
    check_list(root, {"a.py": "clean"})
    with Repository.open(root) as repository:
        assert repository.root == root
        assert len(log(repository, 1, ["HEAD"])[0]) == 1
        with repository.scratch({"b": b""}) as tree:
            assert git(tree, "status", "--porcelain") == "?? b\n"
            assert git(tree, "show", "HEAD:a.py") == "a\n"


def test_open_below_a_folder_that_is_not_utf8(make_repository: Make) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux keeps such names")
    root = make_repository({"a.py": "a\n"}, os.fsdecode(b"caf\xe9"))
    check_list(root, {"a.py": "clean"})


def outside(place: Path, make: Make) -> Path:
    return place


def missing(place: Path, make: Make) -> Path:
    return place / "missing"


def bare(place: Path, make: Make) -> Path:
    make({"a": "a"})
    git(place, "clone", "-q", "--bare", "repo", "bare.git")
    return place / "bare.git"


def embedded_bare(place: Path, make: Make) -> Path:
    """A bare repository among the files of another: its configuration came with a clone."""
    root = make({"a": "a"})
    git(place, "clone", "-q", "--bare", "repo", "repo/inner")
    return root / "inner" / "objects"


def in_git_dir(place: Path, make: Make) -> Path:
    return make({"a": "a"}) / ".git" / "objects"


def stale_worktree(place: Path, make: Make) -> Path:
    write(place, {"stale/.git": f"gitdir: {place}/gone\n"})
    return place / "stale"


def nul(place: Path, make: Make) -> Path:
    return place / "a\0b"


def loop(place: Path, make: Make) -> Path:
    (place / "loop").symlink_to("loop")
    return place / "loop"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (outside, "not inside a git repository; name one with -C PATH"),
        (missing, "no such file or folder"),
        (nul, "no such file or folder"),
        (loop, "no such file or folder"),
        (bare, "bare repository has no work tree to read; `git clone` it"),
        (embedded_bare, "bare repository has no work tree"),
        (in_git_dir, "inside a .git folder; go to the work tree"),
        (stale_worktree, "not inside a git repository"),
    ],
)
@posix
def test_not_open(make: Callable[[Path, Make], Path], words: str, make_repository: Make, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        Repository.open(make(tmp_path, make_repository))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not ROOT, reason="only root can give a folder away")
def test_another_users_repository(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n", "sub/b.py": "b\n"}, "config dir")
    os.chown(root, 12345, 12345)
    os.chown(root / ".git", 12345, 12345)
    with pytest.raises(EnvironmentFault, match="belongs to another user") as caught:
        Repository.open(root / "sub")
    assert str(caught.value).endswith(f"`git config --global --add safe.directory '{root}'`")
    git(root, "config", "--global", "--add", "safe.directory", str(root))
    check_list(root, {"a.py": "clean", "sub/b.py": "clean"})


AS_ANOTHER_USER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.git.repository import Repository
os.environ["HOME"] = "/nowhere"
os.setuid(12345)
try:
    print(Repository.open(sys.argv[2]).read(sys.argv[3], 100))
except (EnvironmentFault, PermissionError) as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(not ROOT, reason="only root can become another user")
@pytest.mark.parametrize(
    ("locked", "words"),
    [
        (".", "EnvironmentFault {root}: permission denied; ask its owner"),
        (".git", "EnvironmentFault"),
        ("a.py", "PermissionError [Errno 13] Permission denied: 'a.py'"),
    ],
)
def test_no_permission(make_repository: Make, tmp_path: Path, locked: str, words: str) -> None:
    for directory in (tmp_path, *tmp_path.parents[:-2]):
        directory.chmod(directory.stat().st_mode | 0o011)  # pytest's own folders are closed to others
    root = make_repository({"a.py": "a\n"})
    for path in (root, *root.rglob("*")):
        os.chown(path, 12345, 12345)
    os.chown(root / locked, 0, 0)
    (root / locked).chmod(0)
    sources = str(Path(work_tree.__file__).parents[1])
    command = [sys.executable, "-c", AS_ANOTHER_USER, sources, str(root), "a.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    if "ModuleNotFoundError" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip("another user cannot read this checkout")
    assert done.stdout.startswith(words.format(root=root)), done.stdout + done.stderr
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("target", ["{outside}", "../..", "{parent}", "../inner"])
def test_core_worktree_that_escapes(make_repository: Make, tmp_path: Path, target: str) -> None:
    root = make_repository({"a.py": "a\n", "inner/b.py": "b\n"}, "user/repo")
    write(tmp_path, {"outside/secret": "s\n", "user/secret": "s\n"})
    git(root, "config", "core.worktree", target.format(outside=tmp_path / "outside", parent=tmp_path / "user"))
    for start in (root, root / "inner"):
        with pytest.raises(Refused, match=r"core\.worktree"):
            Repository.open(start)


def test_core_worktree_that_names_a_parent_repository(make_repository: Make, tmp_path: Path) -> None:
    outer = make_repository({"secret": "s\n"}, "user")
    root = make_repository({"a.py": "a\n"}, "user/repo")
    git(root, "config", "core.worktree", str(outer))
    with pytest.raises(Refused, match=r"core\.worktree"):
        Repository.open(root)


def test_core_worktree_that_says_the_truth(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n"})
    git(root, "config", "core.worktree", str(root))
    check_list(root, {"a.py": "clean"})


def test_linked_worktree(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n"})
    git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    write(tmp_path / "linked", {"b.py": "b\n"})
    with Repository.open(tmp_path / "linked") as repository:
        assert repository.root == tmp_path / "linked"
        assert repository.git_dir == root / ".git" / "worktrees" / "linked"
        assert repository.common_dir == root / ".git"
        assert listed(repository) == {"a.py": "clean", "b.py": "read"}
        assert repository.branch() == "other"
        assert [commit.subject for commit in log(repository, 9, ["HEAD"])[0]] == ["first"]
        git(repository.root, "add", "b.py")
        assert [change.path for change in repository.staged()] == ["b.py"]
        with repository.scratch({}) as tree:
            assert git(tree, "status", "--porcelain") == "A  b.py\n"
    check_list(root, {"a.py": "clean"})


def test_submodule(make_repository: Make, tmp_path: Path) -> None:
    inner = make_repository({"i.py": "i\n"}, "inner")
    root = make_repository({"a.py": "a\n"})
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub/module")
    own = {".gitmodules": "clean", "a.py": "clean"}
    check_list(root, own | {"sub/module/i.py": "clean"}, n_submodules=1)
    with Repository.open(root) as repository:
        assert [change.path for change in repository.staged()] == [".gitmodules"]
        with repository.scratch({}) as tree:
            assert list((tree / "sub" / "module").iterdir()) == []
    git(root, "commit", "-q", "-m", "x")
    module = root / "sub" / "module"
    write(module, {"i.py": "changed\n", "j.py": "j\n"})
    check_list(root, own | {"sub/module/i.py": "read", "sub/module/j.py": "read"}, n_submodules=1)
    check_list(module, {"i.py": "read", "j.py": "read"})
    with Repository.open(module) as repository:
        assert repository.git_dir == root / ".git" / "modules" / "sub" / "module"
    git(root, "submodule", "--quiet", "deinit", "-f", "sub/module")
    check_list(root, own, n_submodules=1)


def test_repository_within_a_repository(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n"})
    make_repository({"b.py": "b\n"}, "repo/nested")
    check_list(root, {"a.py": "clean"})
    check_list(root / "nested", {"b.py": "clean"})


def test_separate_git_dir(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n"})
    git(root, "init", "-q", "--separate-git-dir", str(tmp_path / "elsewhere"))
    with Repository.open(root) as repository:
        assert repository.git_dir == tmp_path / "elsewhere"
        assert listed(repository) == {"a.py": "clean"}


def test_variables_of_a_hook_do_not_mislead(make_repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    root, other = make_repository({"a.py": "a\n"}), make_repository({"b.py": "b\n"}, "other")
    for name, value in (
        ("GIT_DIR", str(other / ".git")),
        ("GIT_WORK_TREE", str(other)),
        ("GIT_INDEX_FILE", str(other / ".git" / "index")),
        ("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects")),
        ("GIT_COMMON_DIR", str(other / ".git")),
        ("GIT_PREFIX", "sub/"),
        ("GIT_NAMESPACE", "elsewhere"),
    ):
        monkeypatch.setenv(name, value)
    with Repository.open(root) as repository:
        assert repository.root == root
        assert listed(repository) == {"a.py": "clean"}
        assert repository.staged() == []
        assert [file.path for file in repository.staged_files()] == ["a.py"]
        assert [commit.id for commit in log(repository, 9, ["HEAD"])[0]] == [repository.head()]
        with repository.scratch({}) as tree:
            assert sorted(path.name for path in tree.iterdir()) == [".git", "a.py"]


# -- listing


def untouched(root: Path) -> None:
    """Nothing."""


def modified(root: Path) -> None:
    write(root, {"a.py": "changed\n"})


def staged(root: Path) -> None:
    write(root, {"a.py": "changed\n"})
    git(root, "add", "a.py")


def staged_then_modified(root: Path) -> None:
    staged(root)
    write(root, {"a.py": "changed again\n"})


def deleted(root: Path) -> None:
    (root / "a.py").unlink()


def staged_but_deleted(root: Path) -> None:
    write(root, {"new.py": "n\n"})
    git(root, "add", "new.py")
    (root / "new.py").unlink()


def deleted_from_the_index_only(root: Path) -> None:
    git(root, "rm", "-q", "--cached", "a.py")


def renamed(root: Path) -> None:
    git(root, "mv", "a.py", "z.py")


def untracked_and_ignored(root: Path) -> None:
    write(
        root,
        {"new.py": "n\n", "x.log": "l\n", "build/o": "o\n", "deep/new/n.py": "n\n", ".gitignore": "*.log\nbuild/\n"},
    )


def touched(root: Path) -> None:
    os.utime(root / "a.py", (1, 1))


def executable(root: Path) -> None:
    (root / "a.py").chmod(0o755)


def intent_to_add(root: Path) -> None:
    write(root, {"new.py": "n\n", "empty.py": ""})
    git(root, "add", "-N", "new.py", "empty.py")


def assumed_unchanged(root: Path) -> None:
    git(root, "update-index", "--assume-unchanged", "a.py", "b.py")
    write(root, {"a.py": "changed\n"})
    (root / "b.py").unlink()


def skipped(root: Path) -> None:
    git(root, "update-index", "--skip-worktree", "a.py", "b.py")
    write(root, {"a.py": "changed\n"})
    (root / "b.py").unlink()


def sparse(root: Path) -> None:
    git(root, "sparse-checkout", "set", "--no-cone", "/a.py", "/deep/")


def sparse_cone(root: Path) -> None:
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "deep")


def sparse_but_written(root: Path) -> None:
    sparse(root)
    write(root, {"b.py": "mine\n"})


def unmerged(root: Path) -> None:
    for branch, text in (("one", "1\n"), ("two", "2\n")):
        git(root, "checkout", "-q", "-b", branch, "main")
        write(root, {"a.py": text, "both.py": text})
        if branch == "two":
            git(root, "rm", "-q", "b.py")
        else:
            write(root, {"b.py": text})
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", branch)
    subprocess.run(["git", "merge", "-q", "one"], cwd=root, capture_output=True)
    assert git(root, "ls-files", "-u").count("\n") == 7


def became_symlink(root: Path) -> None:
    (root / "a.py").unlink()
    (root / "a.py").symlink_to("b.py")


def symlinks(root: Path) -> None:
    (root / "in").symlink_to("a.py")
    (root / "out").symlink_to("/etc/passwd")
    (root / "folder").symlink_to("deep")
    (root / "gone").symlink_to("nowhere")
    git(root, "add", "in", "out")


def folder_became_symlink(root: Path) -> None:
    (root / "deep").rename(root.parent / "away")
    (root / "deep").symlink_to(root.parent / "away")


def skipped_below_a_symlink(root: Path) -> None:
    git(root, "update-index", "--skip-worktree", "deep/c.py")
    folder_became_symlink(root)


def assumed_below_a_symlink(root: Path) -> None:
    git(root, "update-index", "--assume-unchanged", "deep/c.py")
    folder_became_symlink(root)


def symlink_became_file(root: Path) -> None:
    (root / "l").symlink_to("a.py")
    git(root, "add", "l")
    (root / "l").unlink()
    write(root, {"l": "text\n"})


def became_folder(root: Path) -> None:
    (root / "a.py").unlink()
    write(root, {"a.py/inner.py": "i\n"})


def became_fifo(root: Path) -> None:
    (root / "a.py").unlink()
    os.mkfifo(root / "a.py")
    os.mkfifo(root / "new")


def fewer_settings(root: Path) -> None:
    """Settings of the user that would hide or decorate what is listed."""
    write(root, {"new.py": "n\n", "moved.py": "a = 1\n" * 20})
    for name, value in (
        ("status.showUntrackedFiles", "no"),
        ("status.showStash", "true"),
        ("status.branch", "true"),
        ("status.renames", "copies"),
        ("status.relativePaths", "true"),
        ("core.quotePath", "true"),
        ("color.ui", "always"),
        ("core.fsmonitor", "true"),
        ("core.untrackedCache", "true"),
        ("diff.ignoreSubmodules", "none"),
    ):
        git(root, "config", name, value)


@pytest.mark.parametrize(
    ("change", "expected", "n_symlinks"),
    [
        (untouched, {}, 0),
        (modified, {"a.py": "read"}, 0),
        (staged, {}, 0),
        (staged_then_modified, {"a.py": "read"}, 0),
        (deleted, {"a.py": None}, 0),
        (staged_but_deleted, {}, 0),
        (deleted_from_the_index_only, {"a.py": "read"}, 0),
        (renamed, {"a.py": None, "z.py": "clean"}, 0),
        (untracked_and_ignored, {"new.py": "read", "deep/new/n.py": "read", ".gitignore": "read"}, 0),
        (touched, {}, 0),
        (executable, {"a.py": "read"}, 0),
        (intent_to_add, {"new.py": "read", "empty.py": "read"}, 0),
        (assumed_unchanged, {"a.py": "read", "b.py": None}, 0),
        (skipped, {"a.py": "read", "b.py": None}, 0),
        (sparse, {"b.py": None}, 0),
        (sparse_cone, {}, 0),
        (sparse_but_written, {"b.py": "read"}, 0),
        (unmerged, {"a.py": "read", "b.py": "read", "both.py": "read"}, 0),
        (became_symlink, {"a.py": None}, 1),
        (symlinks, {}, 4),
        (folder_became_symlink, {"deep/c.py": None}, 1),
        (skipped_below_a_symlink, {"deep/c.py": None}, 1),
        (assumed_below_a_symlink, {"deep/c.py": None}, 1),
        (symlink_became_file, {"l": "read"}, 0),
        (became_folder, {"a.py": None, "a.py/inner.py": "read"}, 0),
        (became_fifo, {"a.py": None}, 0),
        (fewer_settings, {"new.py": "read", "moved.py": "read"}, 0),
    ],
)
@posix
def test_list(
    change: Callable[[Path], None], expected: dict[str, str | None], n_symlinks: int, make_repository: Make
) -> None:
    root = make_repository({"a.py": "a = 1\n" * 20, "b.py": "b\n", "deep/c.py": "c\n"})
    change(root)
    whole = {"a.py": "clean", "b.py": "clean", "deep/c.py": "clean"} | expected
    check_list(root, {path: state for path, state in sorted(whole.items()) if state}, n_symlinks)


def test_no_files_and_no_commits(make_repository: Make) -> None:
    root = make_repository({}, commit=False)
    with Repository.open(root) as repository:
        assert repository.list_files() == []
        assert repository.head() is None
        assert repository.branch() == "main"
        assert log(repository, 5, ["HEAD"])[0] == []
        assert repository.staged() == []
        assert repository.staged_files() == []
        write(root, {"a.py": "a\n", "b.py": "b\n"})
        git(root, "add", "a.py")
        assert listed(repository) == {"a.py": "clean", "b.py": "read"}
        assert [(change.path, change.status, change.old_blob) for change in repository.staged()] == [
            ("a.py", "A", None)
        ]
        with repository.scratch({}) as tree:
            assert git(tree, "status", "--porcelain") == "A  a.py\n?? b.py\n"


def test_mode(make_repository: Make) -> None:
    root = make_repository({"a": "a\n", "b": "b\n"})
    (root / "b").chmod(0o755)
    write(root, {"c": "c\n"})
    (root / "c").chmod(0o700)
    git(root, "add", "b")
    with Repository.open(root) as repository:
        modes = {file.path: file.mode for file in repository.list_files()}
    assert modes == {"a": 0o100644, "b": 0o100755, "c": 0o100755}


ODD_NAMES = [
    b"new\nline",
    b"tab\t",
    b'quo"te',
    b"back\\slash",
    b"-rf",
    b"HEAD",
    b":(top)x",
    b"*?[a]",
    b" lead and trail ",
    "café".encode(),
    "cafe\u0301".encode(),
    "漢字\U0001f600".encode(),
    b"\xff\xfe",
    b"caf\xe9/\x80 dir/f",
    b"\x01\x1b[31m",
    b"? q",
    b"1 .M N... x",
    b"gitignore",
    b".github/w.yml",
    b"...",
    b"a:b",
]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps all of these names")
def test_odd_names(make_repository: Make) -> None:
    root = make_repository({})
    names = sorted(os.fsdecode(name) for name in ODD_NAMES)
    write(root, {name: f"1 {name!a}" for name in names})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "odd")
    with Repository.open(root) as repository:
        assert listed(repository) == dict.fromkeys(names, "clean")
        write(root, {name: f"2 {name!a}" for name in names})
        assert listed(repository) == dict.fromkeys(names, "read")
        git(root, "add", "-A")
        assert [change.path for change in repository.staged()] == names
        assert [file.path for file in repository.staged_files()] == names
        for name in names:
            assert repository.read(name, 100) == f"2 {name!a}".encode()
            assert len(log(repository, 9, ["HEAD", "--", name])[0]) == 1
        with repository.scratch(dict.fromkeys(names, b"3")) as tree:
            assert {path: (tree / path).read_bytes() for path in names} == dict.fromkeys(names, b"3")
            found = Repository.open(tree)
            assert listed(found) == dict.fromkeys(names, "read")
        git(root, "rm", "-q", "-r", "--cached", ".")
        assert listed(repository) == dict.fromkeys(names, "read")


def test_autocrlf(make_repository: Make) -> None:
    """The blob is git's, the bytes are the work tree's: a caller that compares them sees it."""
    root = make_repository({"a.py": "a\nb\n", ".gitattributes": "*.py text eol=crlf\n"})
    (root / "a.py").unlink()
    git(root, "checkout", "-q", "--", "a.py")
    with Repository.open(root) as repository:
        file = next(file for file in repository.list_files() if file.path == "a.py")
        assert file.blob == blob_id(b"a\nb\n")
        assert repository.read("a.py", 100) == b"a\r\nb\r\n"
        with repository.scratch({}) as tree:
            assert (tree / "a.py").read_bytes() == b"a\r\nb\r\n"


@posix
def test_index_that_names_paths_outside(make_repository: Make, tmp_path: Path) -> None:
    """Git writes no such index, but a repository can be handed over with one."""
    root = make_repository({"aa/secret": "s\n"})
    write(tmp_path, {"secret": "outside\n"})
    (tmp_path / "link").symlink_to("secret")
    (root / "aa" / "link").symlink_to("secret")
    git(root, "add", "aa/link")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},aa/module")
    index = root / ".git" / "index"
    body = index.read_bytes()[:-20].replace(b"aa/", b"../")
    index.write_bytes(body + hashlib.sha1(body).digest())
    with Repository.open(root) as repository:
        assert listed(repository) == {"aa/secret": "read"}
        assert repository.snapshot().symlinks == ("aa/link",)
        assert repository.snapshot().submodules == ()
        with pytest.raises(Refused):
            repository.read("../secret", 100)
        with repository.scratch({}) as tree:
            assert sorted(path.name for path in tree.parent.iterdir()) == ["repo"]


# -- snapshots


def settle(root: Path) -> None:
    """Wait until nothing below *root* was written within the last two seconds."""
    newest = max(path.lstat().st_ctime for path in (root, *root.rglob("*")))
    time.sleep(max(0.0, newest + 2.05 - time.time()))


def test_fingerprint(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n", "b.py": "b\n", ".gitignore": "*.log\n"})
    write(root, {"new.py": "n\n", "x.log": "l\n"})
    settle(root)
    with Repository.open(root) as repository:

        def same() -> Snapshot:
            first, second = repository.snapshot(), repository.snapshot()
            assert first.fingerprint == second.fingerprint
            assert len(first.fingerprint) == 16
            return second

        before = same()
        assert before.settled
        write(root, {"x.log": "more\n"})
        assert same().fingerprint == before.fingerprint
        assert same().settled
        seen = {before.fingerprint}

        def another(change: Callable[[], object]) -> None:
            change()
            fingerprint = same().fingerprint
            assert fingerprint not in seen
            seen.add(fingerprint)

        stat = (root / "new.py").stat()
        another(lambda: write(root, {"new.py": "m\n"}))  # as long as before
        assert not repository.snapshot().settled
        os.utime(root / "new.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
        another(lambda: write(root, {"a.py": "b\n"}))
        another(lambda: write(root, {"a.py": "c\n"}))
        another(lambda: (root / "a.py").chmod(0o755))
        another(lambda: git(root, "add", "a.py"))
        another((root / "b.py").unlink)
        another(lambda: git(root, "update-index", "--assume-unchanged", "b.py"))
        another(lambda: write(root, {"b.py": "assumed\n"}))
        another(lambda: write(root, {"b.py": "ASSUMED\n"}))
        os.utime(root / "new.py", (1, time.time() + 3600))
        assert not repository.snapshot().settled


def test_a_settled_fingerprint_sees_the_same_size_and_mtime(make_repository: Make) -> None:
    root, other = make_repository({"a.py": "a\n"}), make_repository({"a.py": "a\n"}, "other")
    write(root, {"a.py": "b\n"})
    write(other, {"a.py": "b\n"})
    os.utime(other / "a.py", (1, time.time() + 3.8))
    settle(root)
    with Repository.open(other) as repository:
        assert not repository.snapshot().settled  # by its mtime alone: some systems have no ctime
    with Repository.open(root) as repository:
        before = repository.snapshot()
        stat = (root / "a.py").stat()
        write(root, {"a.py": "c\n"})
        os.utime(root / "a.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert before.settled
        assert repository.snapshot().fingerprint != before.fingerprint


def test_a_snapshot_does_not_change(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n"})
    with Repository.open(root) as repository:
        snapshot = repository.snapshot()
        write(root, {"a.py": "b\n", "b.py": "b\n"})
        assert [(file.path, file.blob) for file in snapshot.files] == [("a.py", blob_id(b"a\n"))]


# -- reading


@pytest.fixture(params=["below a descriptor", "resolved first"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "resolved first":
        monkeypatch.setattr(work_tree, "_CAN_OPEN_BELOW", False)
    return str(request.param)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", b"a\n"),
        ("deep/er/b.py", b"b\n"),
        ("exact", b"x" * 100),
        ("empty", b""),
        (".gitignore", b"i\n"),
        ("git/x", b"g\n"),
        ("too_long", UsageError),
        ("missing", FileNotFoundError),
        ("a.py/b", FileNotFoundError),
        ("deep/missing/b.py", FileNotFoundError),
        ("x" * 300, FileNotFoundError),
        ("deep", UsageError),
        ("fifo", UsageError),
        ("socket", UsageError),
        ("in", Refused),
        ("out", Refused),
        ("dangling", Refused),
        ("up/a.py", Refused),
        ("around/b.py", Refused),
        ("loop", Refused),
        ("../outside/secret", Refused),
        ("deep/../a.py", Refused),
        ("./a.py", Refused),
        ("deep//er/b.py", Refused),
        ("deep/", Refused),
        ("", Refused),
        ("/etc/passwd", Refused),
        (".git/config", Refused),
        (".GIT/config", Refused),
        ("git~1/config", Refused),
        (".git. /config", Refused),
        (".g\u200cit/config", Refused),
        ("deep/.git/config", Refused),
        ("a\0b", UsageError),
        ("\ud800", UsageError),
    ],
)
@posix
@pytest.mark.usefixtures("way")
def test_read(
    path: str, expected: bytes | type[Exception], make_repository: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({"a.py": "a\n", "deep/er/b.py": "b\n", ".gitignore": "i\n", "git/x": "g\n"})
    write(root, {"exact": "x" * 100, "empty": "", "too_long": "x" * 101, "deep/.git/config": "c\n"})
    write(tmp_path, {"outside/secret": "s\n", "outside/b.py": "s\n"})
    os.mkfifo(root / "fifo")
    monkeypatch.chdir(root)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        for name, target in (
            ("in", "a.py"),
            ("out", "/etc/passwd"),
            ("dangling", "nowhere"),
            ("up", ".."),
            ("around", "../outside"),
            ("loop", "loop"),
        ):
            (root / name).symlink_to(target)
        with Repository.open(root) as repository:
            if isinstance(expected, bytes):
                assert repository.read(path, 100) == expected
                return
            with pytest.raises(expected) as caught:
                repository.read(path, 100)
            if issubclass(expected, RepoAgentError):
                assert "; " in str(caught.value)  # the mend
                assert str(caught.value).isprintable()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
@pytest.mark.usefixtures("way")
def test_read_keeps_no_descriptor(make_repository: Make) -> None:
    root = make_repository({"deep/a.py": "a\n"})
    with Repository.open(root) as repository:
        before = n_descriptors()
        for path in ("deep/a.py", "deep", "deep/missing/x", "missing", "deep/a.py/x") * 3:
            with suppress(OSError, RepoAgentError):
                repository.read(path, 100)
        list(repository.read_blobs([repository.list_files()[0].blob or ""]))
        next(repository.read_blobs([blob_id(b"a\n")] * 9))
        log(repository, 3, ["HEAD"])
        assert n_descriptors() == before


def n_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# -- objects


@pytest.mark.parametrize("content", [b"", b"a\n", b"\0\xff\r\n", b"x" * 100_000])
def test_blob_id(content: bytes, make_repository: Make) -> None:
    root = make_repository({"f": content})
    assert blob_id(content) == git(root, "rev-parse", "HEAD:f").strip()


def test_sha256(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "repo")
    root = tmp_path / "repo"
    write(root, {"a.py": "a\n"})
    git(root, "add", "-A")
    with Repository.open(root) as repository:
        assert [change.status for change in repository.staged()] == ["A"]
        git(root, "commit", "-q", "-m", "x")
        (file,) = repository.list_files()
        assert file.blob == repository.blob_id(b"a\n")
        assert repository.read_blob(file.blob) == b"a\n"
        assert repository.staged() == []
        with repository.scratch({}) as tree:
            assert git(tree, "status", "--porcelain") == ""
        assert [commit.subject for commit in log(repository, 1, ["HEAD"])[0]] == ["x"]


def test_read_blobs(make_repository: Make) -> None:
    contents = [b"", b"\n", b"a missing\n", b"\0\xff", b"x" * 300_000, *(b"%d\n" % n for n in range(3000))]
    root = make_repository({f"f{n}": content for n, content in enumerate(contents)})
    tree, commit = git(root, "rev-parse", "HEAD^{tree}", "HEAD").split()
    oids = [blob_id(content) for content in contents]
    nothing = "0" * 39 + "1"
    with Repository.open(root) as repository:
        asked = [nothing, *oids, tree, commit, oids[3], nothing]
        expected = [None, *contents, None, None, contents[3], None]
        assert list(repository.read_blobs(iter(asked))) == list(zip(asked, expected, strict=True))
        limited = dict(repository.read_blobs(oids[:5], max_bytes=100))
        assert list(limited.values()) == [*contents[:4], None]
        assert list(repository.read_blobs([])) == []
        assert repository.read_blob(oids[2]) == contents[2]
        assert repository.read_blob(nothing) is None
        for wrong in ("HEAD", "", "-x", oids[0] + "\n" + oids[1], oids[0][:10], oids[0].upper()):
            with pytest.raises(UsageError):
                repository.read_blob(wrong)


def test_read_blobs_left_half_way(make_repository: Make) -> None:
    root = make_repository({f"f{n}": b"x" * 100_000 + b"%d" % n for n in range(50)})
    with Repository.open(root) as repository:
        oids = [file.blob or "" for file in repository.list_files()]
        unfinished = repository.read_blobs(oids * 100)
        assert next(unfinished)[0] == oids[0]
        forgotten: Iterator[object] = repository.read_blobs(oids * 100)
        next(forgotten)
        unfinished.close()  # type: ignore[attr-defined]
    with pytest.raises(EnvironmentFault, match="ended early"):
        list(forgotten)


def test_missing_object(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n", "b.py": "b\n"})
    oid = blob_id(b"a\n")
    (root / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    with Repository.open(root) as repository:
        assert dict(repository.read_blobs([oid, blob_id(b"b\n")])) == {oid: None, blob_id(b"b\n"): b"b\n"}
        assert listed(repository) == {"a.py": "clean", "b.py": "clean"}
        with repository.scratch({}) as tree:  # a checkout could not
            assert (tree / "a.py").read_bytes() == b"a\n"


# -- the index


LINES = "".join(f"line {n}\n" for n in range(20))


def change_added(root: Path) -> None:
    write(root, {"new.py": "n\n"})
    git(root, "add", "new.py")


def change_modified(root: Path) -> None:
    write(root, {"a.py": LINES + "more\n"})
    git(root, "add", "a.py")
    write(root, {"a.py": "not staged\n"})


def change_deleted(root: Path) -> None:
    git(root, "rm", "-q", "a.py")


def change_renamed(root: Path) -> None:
    git(root, "mv", "a.py", "z.py")
    write(root, {"z.py": LINES + "more\n"})
    git(root, "add", "z.py")


def change_to_symlink(root: Path) -> None:
    became_symlink(root)
    git(root, "add", "a.py")


def change_from_symlink(root: Path) -> None:
    (root / "link").unlink()
    write(root, {"link": "text\n"})
    git(root, "add", "link")


def change_mode(root: Path) -> None:
    (root / "a.py").chmod(0o755)
    git(root, "add", "a.py")


def change_nothing_that_counts(root: Path) -> None:
    write(root, {"a.py": "not staged\n", "new.py": "n\n", "ita.py": "i\n"})
    git(root, "add", "-N", "ita.py")
    (root / "link").unlink()
    (root / "link").symlink_to("elsewhere")
    git(root, "add", "link")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")


OLD, MORE = blob_id(LINES.encode()), blob_id(LINES.encode() + b"more\n")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (change_added, [StagedChange("new.py", None, "A", None, blob_id(b"n\n"))]),
        (change_modified, [StagedChange("a.py", None, "M", OLD, MORE)]),
        (change_deleted, [StagedChange("a.py", None, "D", OLD, None)]),
        (change_renamed, [StagedChange("z.py", "a.py", "R", OLD, MORE)]),
        (change_to_symlink, [StagedChange("a.py", None, "T", OLD, None)]),
        (change_from_symlink, [StagedChange("link", None, "T", None, blob_id(b"text\n"))]),
        (change_mode, [StagedChange("a.py", None, "M", OLD, OLD)]),
        (change_nothing_that_counts, []),
        (unmerged, []),
    ],
)
@posix
def test_staged(change: Callable[[Path], None], expected: list[StagedChange], make_repository: Make) -> None:
    root = make_repository({"a.py": LINES, "b.py": "b\n", "HEAD": "h\n"}, commit=False)
    (root / "link").symlink_to("a.py")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    change(root)
    with Repository.open(root) as repository:
        assert repository.staged() == expected


def test_staged_files(make_repository: Make) -> None:
    root = make_repository({"a.py": "a = 1\n" * 20, "b.py": "b\n", "deep/c.py": "c\n"})
    (root / "link").symlink_to("a.py")
    unmerged(root)
    write(root, {"new.py": "n\n"})
    git(root, "add", "new.py")
    (root / "new.py").unlink()
    with Repository.open(root) as repository:
        found = {file.path: file.blob for file in repository.staged_files()}
    assert found == {
        "a.py": None,
        "b.py": None,
        "both.py": None,
        "deep/c.py": blob_id(b"c\n"),
        "new.py": blob_id(b"n\n"),
    }


HOOK = """#!{python}
import json, sys
sys.path.insert(0, {sources!r})
from repoagent_indexers.git.repository import Repository
with Repository.open({where!r}) as repository:
    changes = [(c.status, c.path, c.new_blob) for c in repository.staged()]
    files = [f.path for f in repository.staged_files()]
    blobs = [content.decode() for _, content in repository.read_blobs([c[2] for c in changes if c[2]])]
    listed = [f.path for f in repository.list_files()]
    with repository.scratch({{"scratched": b"s"}}) as tree:
        import subprocess
        subprocess.run(["git", "add", "-A"], cwd=tree, check=True, env={{"PATH": "/usr/bin:/bin"}})
with open({record!r}, "w") as file:
    json.dump([changes, files, blobs, listed], file)
"""


def commit_with_hook(root: Path, record: Path, arguments: list[str], where: str = ".") -> list[list[object]]:
    """Commit, and return what the pre-commit hook saw."""
    hook = Path(git(root, "rev-parse", "--git-path", "hooks/pre-commit").strip())
    hook = hook if hook.is_absolute() else root / hook
    hook.parent.mkdir(exist_ok=True)
    sources = str(Path(work_tree.__file__).parents[1])
    hook.write_text(HOOK.format(python=sys.executable, sources=sources, record=str(record), where=where))
    hook.chmod(0o755)
    git(root, "commit", "-q", "-m", "hooked", *arguments)
    found: list[list[object]] = json.loads(record.read_text())
    return found


@pytest.mark.parametrize("linked", [False, True], ids=["main", "linked"])
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"a.py": "staged a\n"}),
        (["-a"], {"a.py": "changed a\n", "b.py": "changed b\n"}),
        (["b.py"], {"b.py": "changed b\n"}),
        (["-i", "b.py"], {"a.py": "staged a\n", "b.py": "changed b\n"}),
    ],
    ids=["staged", "all", "path", "include"],
)
@posix
def test_a_hook_sees_what_will_be_committed(
    arguments: list[str], expected: dict[str, str], linked: bool, make_repository: Make, tmp_path: Path
) -> None:
    root = make_repository({"a.py": "a\n", "b.py": "b\n"})
    if linked:
        git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
        root = tmp_path / "linked"
    write(root, {"a.py": "staged a\n", "new.py": "n\n"})
    git(root, "add", "a.py")
    write(root, {"a.py": "changed a\n", "b.py": "changed b\n"})
    changes, files, blobs, found = commit_with_hook(root, tmp_path / "record", arguments)
    assert changes == [["M", path, blob_id(text.encode())] for path, text in expected.items()]
    assert files == ["a.py", "b.py"]
    assert blobs == list(expected.values())
    assert found == ["a.py", "b.py", "new.py"]
    assert git(root, "ls-tree", "-r", "--name-only", "HEAD").split() == ["a.py", "b.py"]
    for path, text in expected.items():
        assert git(root, "show", f"HEAD:{path}") == text


@posix
def test_a_hook_of_the_first_commit(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n", "b.py": "b\n"}, commit=False)
    git(root, "add", "a.py", "b.py")
    changes, *_ = commit_with_hook(root, tmp_path / "record", ["a.py"])
    assert changes == [["A", "a.py", blob_id(b"a\n")]]


@posix
def test_a_hook_that_asks_about_another_repository(make_repository: Make, tmp_path: Path) -> None:
    other = make_repository({"o.py": "o\n"}, "other")
    write(other, {"p.py": "p\n"})
    git(other, "add", "p.py")
    root = make_repository({"a.py": "a\n"})
    write(root, {"a.py": "changed\n"})
    changes, files, _, found = commit_with_hook(root, tmp_path / "record", ["-a"], str(other))
    assert changes == [["A", "p.py", blob_id(b"p\n")]]
    assert files == found == ["o.py", "p.py"]


# -- history


def test_commits(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n", "deep/b.py": "b\n"})
    for n, path in enumerate(("a.py", "deep/b.py", "a.py")):
        write(root, {path: f"{n}\n"})
        git(root, "commit", "-q", "-a", "-m", f"change {n}\n\nWhy.", "--date=2001-01-01T00:00:00Z", "--author=É <e@x>")
    with Repository.open(root) as repository:
        commits, is_whole = log(repository, 10, ["HEAD"])
        assert is_whole
        assert [commit.subject for commit in commits] == ["change 2", "change 1", "change 0", "first"]
        assert commits[0].id == repository.head()
        assert commits[0].author == "É"
        assert commits[0].time == int(git(root, "show", "-s", "--format=%ct", "HEAD"))
        assert [commit.subject for commit in log(repository, 10, ["HEAD", "--", "deep"])[0]] == ["change 1", "first"]
        assert log(repository, 1, ["HEAD"])[0] == commits[:1]
        assert log(repository, 5, ["HEAD", "--", "missing"])[0] == []
        assert log(repository, 5, ["HEAD", "--", "--all"])[0] == []
        assert repository.branch() == "main"
        git(root, "checkout", "-q", "HEAD~1")
        assert repository.branch() is None
        assert repository.head() == commits[1].id
        with repository.scratch({}) as tree:
            assert git(tree, "status", "--porcelain", "--branch") == "## HEAD (no branch)\n"
            assert git(tree, "rev-parse", "HEAD").strip() == commits[1].id
        with pytest.raises(AttributeError):
            commits[0].author = "x"  # type: ignore[misc]


def test_commit_message_that_is_not_utf8(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n"})
    raw = git(root, "cat-file", "commit", "HEAD").encode().replace(b"first", b"caf\xe9")
    command = ["git", "hash-object", "-w", "--stdin", "-t", "commit"]
    made = subprocess.run(command, cwd=root, input=raw, check=True, capture_output=True).stdout.decode().strip()
    git(root, "update-ref", "HEAD", made)
    with Repository.open(root) as repository:
        assert [commit.subject for commit in log(repository, 1, ["HEAD"])[0]] == ["caf\ufffd"]


def test_shallow_clone(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n"})
    git(root, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{root}", "shallow")
    with Repository.open(tmp_path / "shallow") as repository:
        assert [commit.subject for commit in log(repository, 9, ["HEAD"])[0]] == ["second"]
        with repository.scratch({}) as tree:
            assert git(tree, "log", "--format=%s") == "second\n"


# -- a scratch copy


def everything_in(place: Path) -> dict[str, tuple[bytes, int, int]]:
    found = {}
    for path in place.rglob("*"):
        its = path.lstat()
        found[str(path)] = (path.read_bytes() if path.is_file() else b"", its.st_mode, its.st_mtime_ns)
    return found


def contents(place: Path) -> dict[str, tuple[bytes, int]]:
    return {path: facts[:2] for path, facts in everything_in(place).items()}


@posix
def test_scratch(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n", "b.py": "b\n", "gone.py": "g\n", "deep/c.py": "c\n", "run": "#!/bin/sh\n"})
    (root / "run").chmod(0o755)
    (root / "link").symlink_to("a.py")
    write(root, {".gitignore": "*.log\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "second")
    write(root, {"a.py": "mine\n", "new/n.py": "n\n", "staged.py": "s\n", "x.log": "l\n"})
    git(root, "add", "staged.py")
    (root / "gone.py").unlink()
    before, contents_before = everything_in(root), contents(root)
    overlay = {
        "b.py": b"B\n",
        "deep/c.py": None,
        "brand/new/f": b"f\n",
        "new/n.py": None,
        "missing": None,
        "run": b"#!x\n",
    }
    with Repository.open(root) as repository:
        with repository.scratch(overlay) as tree:
            assert tree.name == root.name
            assert not tree.is_relative_to(root)
            found = {str(path.relative_to(tree)) for path in tree.rglob("*") if not path.is_dir()}
            copied = {path for path in found if not path.startswith(".git/")}
            assert copied == {".gitignore", "a.py", "b.py", "brand/new/f", "link", "run", "staged.py"}
            assert (tree / "a.py").read_text() == "mine\n"
            assert (tree / "b.py").read_text() == "B\n"
            assert (tree / "link").readlink() == Path("a.py")
            assert (tree / "run").stat().st_mode & 0o777 == 0o755
            assert (tree / "run").read_text() == "#!x\n"
            assert (tree / "a.py").stat().st_mtime_ns == (root / "a.py").stat().st_mtime_ns
            status = " M a.py\n M b.py\n D deep/c.py\n D gone.py\n M run\nA  staged.py\n?? brand/\n"
            assert git(tree, "status", "--porcelain") == status
            assert git(tree, "log", "--format=%s") == "second\nfirst\n"
            assert git(tree, "branch", "--show-current") == "main\n"
            assert list((tree / ".git" / "hooks").iterdir()) == []
            assert everything_in(root) == before
            write(tree, {"made/by": "the command\n"})
            git(tree, "add", "made/by")
            git(tree, "commit", "-q", "-m", "in the copy")
        assert not tree.parent.exists()
    assert contents(root) == contents_before  # git renews the times of an object that it would have written again


def test_scratch_is_removed_whatever_happens(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n"})
    with Repository.open(root) as repository:
        copies: list[Path] = []

        def fail() -> None:
            with repository.scratch({}) as tree:
                copies.append(tree.parent)
                write(tree, {"closed/f": "f\n"})
                (tree / "closed").chmod(0)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert [copy.exists() for copy in copies] == [False]


@posix
def test_scratch_too_deep_for_python_is_removed(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n"})
    deep = "import os\nfor _ in range(1100):\n    os.mkdir('d'); os.chdir('d')\n"
    with Repository.open(root) as repository:
        with repository.scratch({}) as tree:
            subprocess.run([sys.executable, "-c", deep], cwd=tree, check=True)
        assert not tree.parent.exists()


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("../x", Refused),
        ("/tmp/x", Refused),
        (".git/config", Refused),
        (".git/hooks/post-checkout", Refused),
        ("deep/../../x", Refused),
        ("link/x", Refused),
        ("link/sub/x", Refused),
        ("tracked-link/x", Refused),
        ("a.py/x", UsageError),
        ("deep", UsageError),
        ("nul\0", UsageError),
    ],
)
@posix
def test_overlay_that_does_not_fit(path: str, error: type[Exception], make_repository: Make, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n", "deep/c.py": "c\n"})
    (tmp_path / "target").mkdir()
    (root / "tracked-link").symlink_to(tmp_path / "target")
    git(root, "add", "-A")
    (root / "link").symlink_to(tmp_path / "target")
    with Repository.open(root) as repository, pytest.raises(error), repository.scratch({path: b"x"}):
        raise AssertionError("must not come here")
    assert list((tmp_path / "target").iterdir()) == []


@posix
def test_overlay_instead_of_a_link(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n"})
    write(tmp_path, {"target": "t\n"})
    (root / "link").symlink_to(tmp_path / "target")
    (root / "other").symlink_to(tmp_path / "target")
    with Repository.open(root) as repository, repository.scratch({"link": b"new\n", "other": None}) as tree:
        assert (tree / "link").read_bytes() == b"new\n"
        assert not (tree / "link").is_symlink()
        assert not (tree / "other").is_symlink()
    assert (tmp_path / "target").read_text() == "t\n"


def test_scratch_of_a_sparse_checkout(make_repository: Make) -> None:
    root = make_repository({"a.py": "a\n", "b.py": "b\n", "deep/c.py": "c\n"})
    sparse(root)
    with Repository.open(root) as repository, repository.scratch({}) as tree:
        assert git(tree, "status", "--porcelain") == ""
        assert not (tree / "b.py").exists()


def test_scratch_while_merging(make_repository: Make) -> None:
    root = make_repository({"a.py": "a = 1\n" * 20, "b.py": "b\n", "deep/c.py": "c\n"})
    unmerged(root)
    with Repository.open(root) as repository, repository.scratch({}) as tree:
        assert git(tree, "ls-files", "-u") == git(root, "ls-files", "-u")
        assert (tree / "a.py").read_bytes() == (root / "a.py").read_bytes()


def test_temporary_folder_within_the_repository(make_repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository({"a.py": "a\n"})
    (root / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(root / "tmp"))
    with Repository.open(root) as repository:
        with pytest.raises(EnvironmentFault, match="set TMPDIR to a folder outside"), repository.scratch({}):
            raise AssertionError("must not come here")
        assert list((root / "tmp").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system cannot open below a folder")
def test_folders_that_stay_open_lead_nowhere_else(make_repository: Make, tmp_path: Path) -> None:
    """Whoever reads many files keeps folders open; a link that is put in the place of one is not followed."""
    root = make_repository({"a/b/one": "1", "a/b/two": "2", "a/c/three": "3", "four": "4"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "two").write_text("secret")
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir())) if descriptors.is_dir() else 0
    with Repository.open(root) as repository, repository.folders() as folders:

        def read(path: str) -> bytes:
            return repository.read(path, 100, folders)

        assert [read(path) for path in ("a/b/one", "a/b/two", "a/c/three", "four", "a/b/one")] == [
            *map(str.encode, "12341")
        ]
        with pytest.raises(FileNotFoundError):
            read("a/b/none/two")
        assert read("a/b/one") == b"1"
        (root / "a/b").rename(root / "a/moved")
        (root / "a/b").symlink_to(outside)
        assert read("a/b/two") == b"2"
        assert read("a/c/three") == b"3"
        with pytest.raises(Refused):
            read("a/b/two")
        with pytest.raises(FileNotFoundError):
            repository.read("a/moved/three", 100)
    if descriptors.is_dir():
        assert len(list(descriptors.iterdir())) == before
