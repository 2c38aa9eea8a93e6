"""Writing into a work tree: where it is refused, that all or nothing is written, and that it can be taken back."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from repoagent.apply import CONSENTS, MANY, Applied, Replacement, apply_edits, needs, replace_files, undo
from repoagent_agents.editing.edits import Edit
from repoagent_indexers.errors import EnvironmentFault, Refused, UsageError
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import index_folder

MakeRepository = Callable[..., Path]
pytestmark = pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system cannot write below a descriptor")


def apply(root: Path, *edits: Edit, allow: tuple[str, ...] = ()) -> Applied:
    with Repository.open(root) as repository:
        return apply_edits(repository, edits, allow=allow)


def put(root: Path, path: str, after: bytes | None, *, allow: tuple[str, ...] = ()) -> Applied:
    with Repository.open(root) as repository:
        target = root / path
        before = target.read_bytes() if target.is_file() else None
        return replace_files(repository, [Replacement(path, before, after)], allow=allow)


def state(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file but git's own, with its permission bits."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) for path in files}


def test_edit_and_undo(make_repository: MakeRepository) -> None:
    root = make_repository({"src/a.py": "one = 1\r\ntwo = 2\r\n", "b.py": "x"})
    (root / "src/a.py").chmod(0o750)
    before = state(root)
    applied = apply(root, Edit("src/a.py", 0, 3, b"one", b"eins"), Edit("b.py", 1, 1, b"", b"y"))
    assert applied.paths == ("b.py", "src/a.py")
    assert state(root) == {"b.py": (b"xy", before["b.py"][1]), "src/a.py": (b"eins = 1\r\ntwo = 2\r\n", 0o750)}
    with Repository.open(root) as repository:
        assert undo(repository).paths == ("b.py", "src/a.py")
        assert state(root) == before
        with pytest.raises(UsageError, match="nothing to undo"):
            undo(repository)


def test_new_file_in_new_folders_and_undo(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": ""})
    apply(root, Edit("new/deep/b.py", 0, 0, b"", b"x = 1\n"))
    assert (root / "new/deep/b.py").read_bytes() == b"x = 1\n"
    with Repository.open(root) as repository:
        undo(repository)
    assert not (root / "new").exists()


def test_deleted_file_and_undo(make_repository: MakeRepository) -> None:
    root = make_repository({"a.sh": "x"})
    (root / "a.sh").chmod(0o755)
    with pytest.raises(Refused, match=r"^a\.sh: would be deleted or emptied; .*--allow delete"):
        put(root, "a.sh", None)
    put(root, "a.sh", None, allow=("delete",))
    assert not (root / "a.sh").exists()
    with Repository.open(root) as repository:
        undo(repository)
    assert (root / "a.sh").read_bytes() == b"x"
    assert stat.S_IMODE((root / "a.sh").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    "path",
    [
        "../out.py",
        "/etc/passwd",
        "a/../../out.py",
        "a//b.py",
        "./a.py",
        ".git/config",
        ".GIT/config",
        "sub/.git/hooks/pre-commit",
        ".git /config",
        ".git./config",
        "GIT~1/config",
        ".g\u200cit/config",
        "a\\b.py",
        "a\nb.py",
        "a\x1b[31m.py",
        "",
    ],
)
def test_path_that_is_refused(make_repository: MakeRepository, path: str) -> None:
    root = make_repository({"a.py": ""})
    before = state(root)
    with pytest.raises((Refused, UsageError)) as caught:
        apply(root, Edit(path, 0, 0, b"", b"x"))
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert state(root) == before
    assert not (root.parent / "out.py").exists()


def test_never_through_a_link(make_repository: MakeRepository, tmp_path: Path) -> None:
    root = make_repository({"a.py": ""})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.py").write_bytes(b"x")
    (root / "folder").symlink_to(outside)
    (root / "link.py").symlink_to(outside / "x.py")
    (root / "dangling.py").symlink_to(outside / "new.py")
    for path, old in (("folder/x.py", b"x"), ("folder/new.py", b""), ("link.py", b"x"), ("dangling.py", b"")):
        with pytest.raises(Refused):
            apply(root, Edit(path, 0, len(old), old, b"owned"))
        with Repository.open(root) as repository, pytest.raises(Refused):
            replace_files(repository, [Replacement(path, old or None, b"owned")])
    assert (outside / "x.py").read_bytes() == b"x"
    assert sorted(path.name for path in outside.iterdir()) == ["x.py"]


def test_another_repository_inside(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": ""})
    make_repository({"b.py": "x"}, "repo/inner")
    with pytest.raises(Refused, match="inner: a repository of its own"):
        apply(root, Edit("inner/b.py", 0, 1, b"x", b"y"))


def test_not_a_regular_file(make_repository: MakeRepository) -> None:
    root = make_repository({"folder/a.py": ""})
    os.mkfifo(root / "pipe.py")
    for path in ("folder", "pipe.py"):
        with pytest.raises((UsageError, Refused)):
            apply(root, Edit(path, 0, 0, b"", b"x"))


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("src/a.py", ""),
        ("docs/makefile.md", ""),
        ("latest.py", ""),
        ("setup.cfg", ""),
        ("Makefile", "sensitive"),
        ("sub/GNUmakefile", "sensitive"),
        (".github/workflows/ci.yml", "sensitive"),
        (".GitHub/workflows/ci.yml", "sensitive"),
        (".gitattributes", "sensitive"),
        ("setup.py", "sensitive"),
        ("tests/conftest.py", "sensitive"),
        ("site/x.pth", "sensitive"),
        (".vscode/tasks.json", "sensitive"),
        (".envrc", "sensitive"),
        ("tests/test_a.py", "tests"),
        ("pkg/a_test.go", "tests"),
    ],
)
def test_consent(make_repository: MakeRepository, path: str, word: str) -> None:
    root = make_repository({path: "x"})
    edit = Edit(path, 0, 1, b"x", b"y")
    if word:
        with pytest.raises(Refused, match=f"--allow {word}") as caught:
            apply(root, edit)
        assert str(caught.value).startswith(f"{path}: {CONSENTS[word]}")
        assert (root / path).read_bytes() == b"x"
        with pytest.raises(Refused):
            apply(root, edit, allow=tuple(other for other in CONSENTS if other != word))
    apply(root, edit, allow=(word,) if word else ())
    assert (root / path).read_bytes() == b"y"


def test_consent_for_many_files(make_repository: MakeRepository) -> None:
    root = make_repository({f"a{n}.py": "x" for n in range(MANY + 1)})
    edits = [Edit(f"a{n}.py", 0, 1, b"x", b"y") for n in range(MANY + 1)]
    with pytest.raises(Refused, match=r"more than 20 files; .*--allow many"):
        apply(root, *edits)
    apply(root, *edits[:MANY])
    apply(root, *[Edit(e.path, 0, 1, b"y", b"z") for e in edits[:MANY]], Edit("a20.py", 0, 1, b"x", b"z"),
          allow=("many",))  # fmt: skip
    assert {path.read_bytes() for path in root.glob("a*.py")} == {b"z"}


def test_consent_that_does_not_exist(make_repository: MakeRepository) -> None:
    with pytest.raises(UsageError, match="all cannot be allowed; it is one of sensitive, tests, many, delete"):
        apply(make_repository({"a.py": "x"}), Edit("a.py", 0, 1, b"x", b"y"), allow=("all",))


@pytest.mark.parametrize(
    ("before", "after", "needed"),
    [
        (b'{"version": 1}', b'{"version": 2}', {}),
        (b'{"scripts": {"test": "a"}}', b'{"scripts": {"test": "a"}, "x": 1}', {}),
        (b'{"scripts": {"test": "a"}}', b'{"scripts": {"test": "b"}}', {"sensitive": ("p/package.json",)}),
        (b"{}", b"{", {"sensitive": ("p/package.json",)}),
        (None, b'{"scripts": {"postinstall": "x"}}', {"sensitive": ("p/package.json",)}),
        (b"{}", b"", {"delete": ("p/package.json",)}),
        (b"{}", b"{}", {}),
    ],
)
def test_scripts_of_a_package(before: bytes, after: bytes, needed: dict[str, tuple[str, ...]]) -> None:
    assert needs([Replacement("p/package.json", before, after)]) == needed


def test_what_no_longer_fits(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "x", "b.py": "x"})
    with Repository.open(root) as repository:
        changes = [Replacement("a.py", b"x", b"y"), Replacement("b.py", b"other", b"y")]
        with pytest.raises(Refused, match=r"^b\.py: the change no longer fits"):
            replace_files(repository, changes)
        with pytest.raises(Refused, match=r"^new\.py: the change no longer fits"):
            replace_files(repository, [Replacement("a.py", b"x", b"y"), Replacement("new.py", b"z", b"y")])
        with pytest.raises(Refused, match=r"^b\.py: the change no longer fits"):
            replace_files(repository, [Replacement("a.py", b"x", b"y"), Replacement("b.py", None, b"y")])
    assert {name: content for name, (content, _) in state(root).items()} == {"a.py": b"x", "b.py": b"x"}


def test_the_same_file_twice(make_repository: MakeRepository) -> None:
    with Repository.open(make_repository({"a.py": "x"})) as repository, pytest.raises(UsageError, match="named twice"):
        replace_files(repository, [Replacement("a.py", b"x", b"y"), Replacement("a.py", b"x", b"z")])


def test_failure_half_way_takes_all_back(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository({"a.py": "a", "b.py": "b", "c.py": "c"})
    before = state(root)
    real, n_calls = os.rename, 0

    def rename(*arguments: object, **options: object) -> None:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 3:
            raise OSError(28, "No space left on device")
        real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, rename})
    edits = [Edit(name, 0, 0, b"", b"new ") for name in ("a.py", "b.py", "c.py")] + [Edit("d/e.py", 0, 0, b"", b"e")]
    with pytest.raises(EnvironmentFault, match="no space left on device; nothing was changed"):
        apply(root, *edits)
    assert n_calls > 3
    assert state(root) == before
    assert not (root / "d").exists()


def test_a_file_that_changes_meanwhile_takes_all_back(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({"a.py": "a", "b.py": "b"})
    real, seen = os.rename, []

    def rename(*arguments: object, **options: object) -> None:
        real(*arguments, **options)  # type: ignore[arg-type]
        if not seen:
            (root / "b.py").write_bytes(b"somebody else's")
        seen.append(arguments)

    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, rename})
    with pytest.raises(Refused, match=r"^b\.py: the change no longer fits"):
        apply(root, Edit("a.py", 0, 0, b"", b"new "), Edit("b.py", 0, 0, b"", b"new "))
    assert {name: content for name, (content, _) in state(root).items()} == {
        "a.py": b"a",
        "b.py": b"somebody else's",
    }


KILLED = """
import os, signal, sys
from repoagent.apply import apply_edits
from repoagent_agents.editing.edits import Edit
from repoagent_indexers.git.repository import Repository
n, real = int(sys.argv[2]), os.rename
def rename(*arguments, **options):
    global n
    n -= 1
    if n < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments, **options)
os.supports_dir_fd.add(rename)
os.rename = rename
with Repository.open(sys.argv[1]) as repository:
    edits = [Edit(f"{name}.py", 0, 0, b"", b"new ") for name in "abc"]
    apply_edits(repository, [*edits, Edit("d/e.py", 0, 0, b"", b"e")])
"""


@pytest.mark.parametrize("n_renames", [0, 1, 2])
def test_what_a_killed_writer_left_is_taken_back(make_repository: MakeRepository, n_renames: int) -> None:
    root = make_repository({"a.py": "a", "b.py": "b", "c.py": "c", "z.py": "z"})
    before = state(root)
    source = [str(folder) for folder in (Path(__file__).parents[1], *sys.path) if folder]
    command = [sys.executable, "-c", KILLED, str(root), str(n_renames)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(source)}, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert state(root) != before
    applied = apply(root, Edit("z.py", 0, 1, b"z", b"y"))
    assert applied.notices == ("a change that was interrupted was taken back",)
    assert state(root) == before | {"z.py": (b"y", before["z.py"][1])}
    assert not (root / "d").exists()
    assert apply(root, Edit("z.py", 0, 1, b"y", b"x")).notices == ()


def test_undo_refuses_what_was_changed_since(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a", "b.py": "b"})
    apply(root, Edit("a.py", 0, 1, b"a", b"A"), Edit("b.py", 0, 1, b"b", b"B"))
    (root / "b.py").write_bytes(b"mine")
    with Repository.open(root) as repository:
        with pytest.raises(Refused, match=r"^b\.py: changed since"):
            undo(repository)
        assert (root / "a.py").read_bytes() == b"A"
        (root / "b.py").write_bytes(b"B")
        undo(repository)
    assert (root / "a.py").read_bytes() == b"a"
    assert (root / "b.py").read_bytes() == b"b"


def test_undo_of_ignored_and_untracked_files(make_repository: MakeRepository) -> None:
    root = make_repository({".gitignore": "x.py\n"})
    (root / "x.py").write_bytes(b"x")
    (root / "y.py").write_bytes(b"y")
    apply(root, Edit("x.py", 0, 1, b"x", b"X"), Edit("y.py", 0, 1, b"y", b"Y"))
    with Repository.open(root) as repository:
        undo(repository)
    assert (root / "x.py").read_bytes() == b"x"
    assert (root / "y.py").read_bytes() == b"y"


def test_undo_knows_work_trees_apart(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a"})
    other = root.parent / "other"
    subprocess.run(["git", "worktree", "add", "-q", str(other)], cwd=root, check=True, capture_output=True)
    apply(root, Edit("a.py", 0, 1, b"a", b"A"))
    with Repository.open(other) as repository, pytest.raises(UsageError, match="no change was made here"):
        undo(repository)
    with Repository.open(root) as repository:
        undo(repository)


def test_a_damaged_record_is_not_believed(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a"})
    apply(root, Edit("a.py", 0, 1, b"a", b"A"))
    with Repository.open(root) as repository:
        (record,) = (index_folder(repository) / "undo").glob("*.json")
        record.write_bytes(record.read_bytes().replace(b'"YQ=="', b'"Yg=="'))
        with pytest.raises(Refused, match="damaged"):
            undo(repository)
    assert (root / "a.py").read_bytes() == b"A"


def test_the_store_is_private(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a"})
    apply(root, Edit("a.py", 0, 1, b"a", b"A"))
    with Repository.open(root) as repository:
        folder = index_folder(repository) / "undo"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_hard_links_are_broken(make_repository: MakeRepository, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a"})
    os.link(root / "a.py", tmp_path / "outside.py")
    apply(root, Edit("a.py", 0, 1, b"a", b"A"))
    assert (tmp_path / "outside.py").read_bytes() == b"a"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a", "b/c.py": "c"})
    (root / "a.py").chmod(0o444)
    (root / "b").chmod(0o555)
    for path, old in (("a.py", b"a"), ("b/c.py", b"c")):
        with pytest.raises(EnvironmentFault, match="permission denied"):
            apply(root, Edit(path, 0, 1, old, b"x"))
    (root / "b").chmod(0o755)
