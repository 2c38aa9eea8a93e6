"""What belongs to a work tree: submodules, repositories within, linked work trees, links, modes and odd names."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git, write
from described_index import described, difference

from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index

MakeRepository = Callable[..., Path]
PYTHON = "def {0}(x):\n    return other_{0}(x)\n"


def add_submodule(root: Path, inner: Path, path: str) -> None:
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), path)


def files(index: Index) -> list[str]:
    index.update()
    return [path for path in index.catalogue.paths if path.endswith(".py")]


def names(index: Index, name: str) -> list[str]:
    return [index.catalogue.paths[position] for position, _ in index.definitions(name)]


def is_as_built_from_nothing(root: Path, index: Index, monkeypatch: pytest.MonkeyPatch, home: Path) -> bool:
    index.update()
    with monkeypatch.context() as patch, Repository.open(root) as repository:
        patch.setenv("REPOAGENT_HOME", str(home))
        with Index.open(repository) as fresh:
            said = difference(described(index), described(fresh))
            fresh.rebuild()
    assert said == ""
    return True


def test_submodules_are_read_where_they_are_checked_out(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    innermost = make_repository({"deepest.py": PYTHON.format("deepest")}, "innermost")
    inner = make_repository({"inner.py": PYTHON.format("inner"), ".gitignore": "ignored.py\n"}, "inner")
    add_submodule(inner, innermost, "deep/er")
    git(inner, "commit", "-qm", "second")
    root = make_repository({"a.py": PYTHON.format("outer")})
    add_submodule(root, inner, "lib/sub")
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert files(index) == ["a.py", "lib/sub/inner.py"]
        assert index.status().skipped == {"submodule that is not checked out": 1}
        git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
        assert files(index) == ["a.py", "lib/sub/deep/er/deepest.py", "lib/sub/inner.py"]
        assert index.status().skipped == {}
        assert names(index, "deepest") == ["lib/sub/deep/er/deepest.py"]
        source = index.source("lib/sub/inner.py")
        assert source is not None
        assert source.content == PYTHON.format("inner").encode()
        write(
            root / "lib/sub", {"inner.py": PYTHON.format("edited"), "new.py": PYTHON.format("new"), "ignored.py": "x\n"}
        )
        assert files(index) == ["a.py", "lib/sub/deep/er/deepest.py", "lib/sub/inner.py", "lib/sub/new.py"]
        assert (names(index, "inner"), names(index, "edited")) == ([], ["lib/sub/inner.py"])
        assert is_as_built_from_nothing(root, index, monkeypatch, tmp_path / "home2")
        assert index.update().n_parsed == 0
        git(root, "submodule", "--quiet", "deinit", "-f", "lib/sub")
        assert files(index) == ["a.py"]
        assert index.status().skipped == {"submodule that is not checked out": 1}


def test_a_settled_tree_with_a_submodule_is_not_read_again(make_repository: MakeRepository) -> None:
    inner = make_repository({"inner.py": PYTHON.format("inner")}, "inner")
    root = make_repository({"a.py": PYTHON.format("outer")})
    add_submodule(root, inner, "sub")
    git(root, "commit", "-qm", "second")
    with Repository.open(root) as repository:
        first, second = repository.snapshot(), repository.snapshot()
        assert first.fingerprint == second.fingerprint
        git(root / "sub", "commit", "-q", "--allow-empty", "-m", "same files")
        write(root / "sub", {"inner.py": "x = 1\n"})
        assert repository.snapshot().fingerprint != first.fingerprint


def test_a_submodule_is_read_as_safely_as_the_tree_around_it(make_repository: MakeRepository, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    secret = make_repository({"secret.py": PYTHON.format("secret")}, "elsewhere")
    inner = make_repository({"inner.py": PYTHON.format("inner"), ".gitattributes": "* filter=evil\n"}, "inner")
    root = make_repository({"a.py": PYTHON.format("outer")})
    for path in ("sub", "swapped", "worktree"):
        add_submodule(root, inner, path)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.process"):
        git(root / "sub", "config", key, f"touch {marker}; cat")
    write(root / "sub", {"inner.py": PYTHON.format("changed")})
    (root / "sub" / "link.py").symlink_to(secret / "secret.py")
    (root / "swapped").rename(tmp_path / "away")
    (root / "swapped").symlink_to(secret)
    git(root / "worktree", "config", "core.worktree", str(secret))
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert files(index) == ["a.py", "sub/inner.py"]
        assert names(index, "secret") == []
        assert index.status().skipped == {"symbolic link": 1, "submodule that is not checked out": 2}
    assert not marker.exists()


def test_repositories_within_and_linked_work_trees(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": PYTHON.format("outer")})
    make_repository({"b.py": PYTHON.format("within")}, "repo/within")
    git(root, "worktree", "add", "-q", "-b", "side", str(root / "linked"))
    write(root / "linked", {"side.py": PYTHON.format("side")})
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert files(index) == ["a.py"]
        assert index.status().skipped == {"repository of its own, no submodule": 2}
    with Repository.open(root / "linked") as repository, Index.open(repository) as index:
        assert files(index) == ["a.py", "side.py"]


def test_modes_links_and_types_that_change(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({"a.py": PYTHON.format("alpha"), "d/b.py": PYTHON.format("beta")})
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside, {"b.py": PYTHON.format("outside")})
    with Repository.open(root) as repository, Index.open(repository) as index:
        (root / "a.py").chmod(0o755)
        assert (files(index), index.update().n_parsed) == (["a.py", "d/b.py"], 0)
        (root / "a.py").unlink()
        (root / "a.py").symlink_to("d/b.py")
        assert files(index) == ["d/b.py"]
        (root / "d" / "b.py").unlink()
        (root / "d").rmdir()
        (root / "d").symlink_to(outside)
        assert files(index) == []
        assert names(index, "outside") == []
        (root / "a.py").unlink()
        write(root, {"a.py/c.py": PYTHON.format("inside")})
        assert files(index) == ["a.py/c.py"]
        assert is_as_built_from_nothing(root, index, monkeypatch, tmp_path / "home2")


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="its file system takes some of these names for one")
def test_odd_names(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = [
        "A.py",
        "a.py",
        "é.py",
        "e\u0301.py",
        "new\nline.py",
        "esc\x1b[31m.py",
        "\u202egnp.py",
        "-rf.py",
        '"q".py',
        ":(top)x.py",
    ]
    odd += [os.fsdecode(b"\xff\xe9.py"), " .py", "*.py", "a\\b.py", "HEAD", "x" * 250 + ".py"]
    root = make_repository({name: PYTHON.format(f"name_{n}") for n, name in enumerate(odd)})
    with Repository.open(root) as repository, Index.open(repository) as index:
        for n, name in enumerate(odd):
            if name.endswith(".py"):
                assert names(index, f"name_{n}") == [name]
            assert index.source(name) is not None
        assert is_as_built_from_nothing(root, index, monkeypatch, tmp_path / "home2")
        (root / "A.py").rename(root / "a.py")
        assert names(index, "name_1") == ["a.py"]
        index.update()
        assert (names(index, "name_0"), names(index, "name_1")) == (["a.py"], [])
    from repoagent.cli import main

    for arguments in (["search", "name_5", "other_name"], ["symbols"], ["map"], ["index", "--status"]):
        with pytest.raises(SystemExit, match="0"):
            main([*arguments, "-C", str(root)])
        shown = capsys.readouterr().out
        assert shown
        assert not {"\x1b", "\u202e", "\xff"}.intersection(shown)


def test_rules_hold_in_submodules_too(make_repository: MakeRepository) -> None:
    inner = make_repository(
        {
            ".gitattributes": "made.py linguist-generated\n",
            ".repoagentignore": "left_out.py\n",
            "made.py": PYTHON.format("made"),
            "left_out.py": PYTHON.format("left_out"),
            "kept.py": PYTHON.format("kept"),
        },
        "inner",
    )
    root = make_repository({".gitattributes": "sub/kept.py linguist-vendored\n", "a.py": PYTHON.format("outer")})
    add_submodule(root, inner, "sub")
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert files(index) == ["a.py", "sub/kept.py", "sub/made.py"]
        assert index.status().demoted == {"vendored": 1, "generated": 1}
        assert index.status().skipped == {"ignored by .repoagentignore": 1}
