"""Changes: looked at, tried in a scratch copy, made, taken back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import repoagent
from repoagent.change import Change, undo_last
from repoagent.sandbox import why_no_sandbox
from repoagent_agents.editing.edits import Edit
from repoagent_indexers.errors import NoSandbox, Refused, UsageError
from repoagent_indexers.git.repository import Repository

MakeRepository = Callable[..., Path]
sandboxed = pytest.mark.skipif(bool(why_no_sandbox()), reason=f"no sandbox here: {why_no_sandbox()}")
FILES = {"a.py": "def old():\n    return 1\n", "b.py": "from a import old\nprint(old())\n", "c.py": "x = 1\n"}
EDITS = (
    Edit("a.py", 4, 7, b"old", b"new"),
    Edit("b.py", 14, 17, b"old", b"new"),
    Edit("b.py", 24, 27, b"old", b"new"),
)


def test_look_apply_undo(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    with Repository.open(root) as repository:
        change = Change(repository, EDITS, notes=["a note"], skipped=["x.py:1: why"])
        assert change.files == ("a.py", "b.py")
        assert change.needs == {}
        assert change
        assert change.diff() == (
            "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-def old():\n+def new():\n     return 1\n"
            "--- a/b.py\n+++ b/b.py\n@@ -1,2 +1,2 @@\n"
            "-from a import old\n-print(old())\n+from a import new\n+print(new())\n"
        )
        assert (root / "a.py").read_text() == FILES["a.py"]
        with pytest.raises(UsageError, match="not made"):
            change.undo()
        change.apply()
        assert (root / "b.py").read_text() == "from a import new\nprint(new())\n"
        with pytest.raises(UsageError, match="made already"):
            change.apply()
        change.undo()
        assert {path: (root / path).read_text() for path in FILES} == FILES
        change.apply()
        assert (root / "b.py").read_text() == "from a import new\nprint(new())\n"


JAVA = {
    "src/p/Item.java": "package p;\n\npublic class Item {\n    Item() {}\n}\n",
    "src/p/Use.java": "package p;\n\nclass Use { Item item = new Item(); }\n",
    "src/test/ItemTest.java": "import p.Item;\n\nclass ItemTest { Item item; }\n",
}


def test_a_file_that_bears_the_name_of_its_class_is_moved(make_repository: MakeRepository) -> None:
    root = make_repository(JAVA)
    before = {path: (root / path).read_text() for path in JAVA}
    with repoagent.open(root) as repo:
        change = repo.rename("Item", "Entry")
        assert change.needs == {}
        assert change.files == ("src/p/Entry.java", "src/p/Item.java", "src/p/Use.java", "src/test/ItemTest.java")
        patch = change.patch()
        assert change.diff().startswith(
            "diff --git a/src/p/Item.java b/src/p/Entry.java\n"
            "rename from src/p/Item.java\nrename to src/p/Entry.java\n--- a/src/p/Item.java\n+++ b/src/p/Entry.java\n"
        )
        change.apply()
        after = {path.name: path.read_text() for path in sorted(root.rglob("*.java"))}
        assert list(after) == ["Entry.java", "Use.java", "ItemTest.java"]
        assert after["Entry.java"] == "package p;\n\npublic class Entry {\n    Entry() {}\n}\n"
        change.undo()
    assert {path: (root / path).read_text() for path in JAVA} == before
    assert not (root / "src/p/Entry.java").exists()
    subprocess.run(["git", "apply", "-"], cwd=root, input=patch, check=True)
    assert {path.name: path.read_text() for path in sorted(root.rglob("*.java"))} == after


def test_a_file_is_not_moved_over_another(make_repository: MakeRepository) -> None:
    root = make_repository(JAVA | {"src/p/Entry.java": "package p;\n"})
    with repoagent.open(root) as repo, pytest.raises(Refused, match=r"src/p/Entry.java: there is a file of that name"):
        repo.rename("Item", "Entry")


def test_the_diff_is_a_patch_for_git(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    with Repository.open(root) as repository:
        patch = Change(repository, [*EDITS, Edit("new/d.py", 0, 0, b"", b"y = 1\n")]).diff()
    subprocess.run(["git", "apply", "-"], cwd=root, input=patch.encode(), check=True)
    assert (root / "b.py").read_text() == "from a import new\nprint(new())\n"
    assert (root / "new/d.py").read_text() == "y = 1\n"


def test_nothing_to_change(make_repository: MakeRepository) -> None:
    with Repository.open(make_repository(FILES)) as repository:
        change = Change(repository, [Edit("a.py", 4, 7, b"old", b"old")])
        assert not change
        assert change.diff() == ""
        assert change.files == ()


def test_edits_that_never_fitted(make_repository: MakeRepository) -> None:
    with Repository.open(make_repository(FILES)) as repository, pytest.raises(Refused, match=r"^a\.py:1: the edit no"):
        Change(repository, [Edit("a.py", 4, 7, b"odd", b"new")])


def test_a_file_that_changed_since(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    with Repository.open(root) as repository:
        change = Change(repository, EDITS)
        (root / "b.py").write_text(FILES["b.py"] + "# more\n")
        for attempt in (change.apply, lambda: change.verify(["true"], unsafe_no_sandbox=True)):
            with pytest.raises(Refused, match=r"^b\.py: the change no longer fits"):
                attempt()
        assert (root / "a.py").read_text() == FILES["a.py"]


def test_undo_in_a_later_process(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    script = (
        "import sys\nfrom repoagent.change import Change\nfrom repoagent_agents.editing.edits import Edit\n"
        "from repoagent_indexers.git.repository import Repository\n"
        "with Repository.open(sys.argv[1]) as r: Change(r, [Edit('a.py', 4, 7, b'old', b'new')]).apply()\n"
    )
    search = [str(Path(__file__).parents[1]), *filter(None, sys.path)]
    program = f"import sys; sys.path[:0] = {search!r}\n{script}"
    subprocess.run([sys.executable, "-c", program, str(root)], check=True)
    assert "new" in (root / "a.py").read_text()
    with Repository.open(root) as repository:
        assert undo_last(repository).paths == ("a.py",)
    assert (root / "a.py").read_text() == FILES["a.py"]


def test_what_the_planner_granted_is_not_asked_again(make_repository: MakeRepository) -> None:
    root = make_repository({"tests/test_a.py": "x", "Makefile": "x"})
    edits = [Edit("tests/test_a.py", 0, 1, b"x", b"y"), Edit("Makefile", 0, 1, b"x", b"y")]
    with Repository.open(root) as repository:
        assert Change(repository, edits).needs == {"tests": ("tests/test_a.py",), "sensitive": ("Makefile",)}
        change = Change(repository, edits, granted=["tests"])
        assert change.needs == {"sensitive": ("Makefile",)}
        with pytest.raises(Refused, match=r"^Makefile: "):
            change.apply()
        change.apply(allow=["sensitive"])
    assert (root / "tests/test_a.py").read_text() == "y"


@sandboxed
def test_verify(make_repository: MakeRepository) -> None:
    root = make_repository(FILES | {".gitignore": "*.log\n"})
    (root / "c.py").write_text("x = 'uncommitted'\n")
    before = {path: (root / path).read_bytes() for path in FILES}
    with Repository.open(root) as repository:
        change = Change(repository, EDITS)
        verified = change.verify("sh -c 'cat a.py c.py; pwd; git log --format=%s; git status --short; echo > made'")
        assert verified.ok
        assert verified.output == (
            f"def new():\n    return 1\nx = 'uncommitted'\n{root}\nfirst\n M a.py\n M b.py\n M c.py\n"
        )
        failed = change.verify(["sh", "-c", "git commit -qam x && git log --format=%s; exit 4"])
        assert (failed.ok, failed.exit_code) == (False, 4)
        slow = change.verify(["sleep", "60"], timeout_s=0.5)
        assert (slow.ok, slow.exit_code, slow.ended) == (False, None, "time")
    assert {path: (root / path).read_bytes() for path in FILES} == before
    assert not (root / "made").exists()
    assert subprocess.run(["git", "log", "--format=%s"], cwd=root, capture_output=True).stdout == b"first\n"


def test_verify_without_a_sandbox(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository(FILES)
    git = subprocess.run(["which", "git"], capture_output=True, check=True).stdout.decode().strip()
    only_git = root.parent / "bin"
    only_git.mkdir()
    (only_git / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(only_git))
    why_no_sandbox.cache_clear()
    try:
        with Repository.open(root) as repository:
            change = Change(repository, EDITS)
            with pytest.raises(NoSandbox, match="nothing was run"):
                change.verify(["/bin/cat", "a.py"])
            verified = change.verify(["/bin/cat", "a.py"], unsafe_no_sandbox=True)
            assert verified.output == "def new():\n    return 1\n"
    finally:
        why_no_sandbox.cache_clear()


def test_verify_with_nothing(make_repository: MakeRepository) -> None:
    with Repository.open(make_repository(FILES)) as repository, pytest.raises(UsageError, match="nothing to verify"):
        Change(repository, EDITS).verify("")
