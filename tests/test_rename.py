"""Renames: one file a case in rename/, every file before and after; a file without an "after" stays as it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git

from repoagent_agents.editing.edits import apply_to, by_path, reverse
from repoagent_agents.rename.plan import RenamePlan, plan_rename
from repoagent_indexers.errors import Refused, RepoAgentError
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index

MakeRepository = Callable[..., Path]
CASES = sorted((Path(__file__).parent / "rename").glob("*.txt"))


def sections(case: Path) -> list[tuple[str, str, str]]:
    """What stands under each `%%% WORD ARGUMENT` line."""
    found = []
    for part in ("\n" + case.read_text("utf-8")).split("\n%%% ")[1:]:
        head, _, text = part.partition("\n")
        word, _, argument = head.partition(" ")
        found.append((word, argument, text if text.endswith("\n") or not text else text + "\n"))
    return found


def plan(root: Path, symbol: str, new_name: str, in_words: bool = False) -> RenamePlan:
    with Repository.open(root) as repository, Index.open(repository) as index:
        return plan_rename(repository, index, symbol, new_name, in_words=in_words)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_rename(case: Path, make_repository: MakeRepository) -> None:
    parts = sections(case)
    symbol, new_name = next(argument for word, argument, _ in parts if word == "rename").split(" ", 1)
    files = {argument: text for word, argument, text in parts if word == "file"}
    refused = next((text.strip() for word, _, text in parts if word == "refused"), None)
    root = make_repository(files)
    if refused is not None:
        with pytest.raises(RepoAgentError) as caught:
            plan(root, symbol, new_name)
        assert refused in str(caught.value)
        assert "\n" not in str(caught.value)
        return
    found = plan(root, symbol, new_name, any(word == "in_words" for word, _, _ in parts))
    after = dict(files)
    for path, edits in by_path(found.edits).items():
        after[path] = apply_to(files[path].encode(), edits).decode()
    expected = files | {argument: text for word, argument, text in parts if word == "after"}
    for path, text in expected.items():
        assert after[path] == text, path
    wanted = "".join(text for word, _, text in parts if word == "skipped").splitlines()
    assert len(found.skipped) == len(wanted), found.skipped
    for line, part in zip(found.skipped, wanted, strict=True):
        assert line.startswith(part)
    for path, edits in by_path(found.edits).items():
        assert apply_to(after[path].encode(), reverse(edits)) == files[path].encode()


def test_every_case_that_is_python_is_python() -> None:
    """The cases must be what they say: Python accepts every file before and after."""
    for case in CASES:
        for word, argument, text in sections(case):
            if word in {"file", "after"} and argument.endswith(".py"):
                ast.parse(text)


def test_mentions_that_are_left_alone_are_counted(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": '"""Calls old, old."""\n\n\ndef old():\n    return 1  # old\n',
        "README.md": "Use `old` or old().\n",
    })  # fmt: skip
    notes = plan(root, "old", "new").notes
    assert notes == (
        "old becomes new in 1 place of 1 file",
        "3 other mentions in the changed files left as they are: comments, strings, namesakes",
        "2 mentions in documentation and other text left as they are",
    )


def test_three_hundred_call_sites(make_repository: MakeRepository) -> None:
    """Every second file shadows the name, which must not be touched; the program runs before and after."""
    files = {"pkg/__init__.py": "from .core import old\n", "pkg/core.py": "def old(n):\n    return n\n"}
    for n in range(100):
        shadow = "def f(old):\n    return old\n\n\nassert f(3) == 3\n" if n % 2 else "old(0)\n"
        source = "from pkg import old\nimport pkg.core\n\n" if n % 3 else "from pkg.core import old\nimport pkg\n\n"
        files[f"use{n}.py"] = f"{source}assert old(1) == pkg.old(1) == pkg.core.old(1)\n{shadow}"
    files["main.py"] = "".join(f"import use{n}\n" for n in range(100))
    root = make_repository(files)
    subprocess.run([sys.executable, "-B", "main.py"], cwd=root, check=True)
    found = plan(root, "pkg.core.old", "new")
    assert found.skipped == ()
    assert len(found.edits) == 2 + 100 * 4 + 50
    for path, edits in by_path(found.edits).items():
        (root / path).write_bytes(apply_to((root / path).read_bytes(), edits))
    subprocess.run([sys.executable, "-B", "main.py"], cwd=root, check=True)
    assert "def f(old):\n    return old" in (root / "use1.py").read_text()


def test_uncommitted_and_untracked_files_count(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "def old():\n    pass\n"})
    (root / "a.py").write_text("def first():\n    pass\n\n\ndef old():\n    pass\n")
    (root / "b.py").write_text("from a import old\n\nold()\n")
    found = plan(root, "a.py:5", "new")
    assert [(edit.path, edit.start_byte) for edit in found.edits] == [("a.py", 28), ("b.py", 14), ("b.py", 19)]


def test_uses_in_a_submodule_are_left_and_told(make_repository: MakeRepository) -> None:
    inner = make_repository({"inner.py": "from a import load_all\n\n\ndef use(): return load_all(1)\n"}, "inner")
    root = make_repository({"a.py": "def load_all(x): return x\n", "b.py": "from a import load_all\nload_all(2)\n"})
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    with Repository.open(root) as repository, Index.open(repository) as index:
        plan = plan_rename(repository, index, "load_all", "load_more")
        assert {edit.path for edit in plan.edits} == {"a.py", "b.py"}
        where = "in a submodule, a repository of its own; rename it there"
        assert plan.skipped == (f"sub/inner.py:1: {where}", f"sub/inner.py:4: {where}")
        with pytest.raises(Refused, match=r"sub/inner\.py: in a submodule"):
            plan_rename(repository, index, "use", "used")


ASKED_FOR = {
    "an interface of Go's library": (
        {"a.go": "package a\n\ntype byName []int\n\nfunc (b byName) Swap(i, j int) { b[i], b[j] = b[j], b[i] }\n"},
        ("byName.Swap", "Exchange"),
        ["Swap is what sort.Interface asks for: a type that is used as one no longer is"],
    ),
    "a base from outside": (
        {
            "a.php": "<?php\nuse Outside\\Command;\nclass Run extends Command {\n    function configure() {}\n}\n",
        },
        ("Run.configure", "set_up"),
        ["Run is derived from a type outside of the repository; if that has configure, it is no longer overridden"],
    ),
    "a base of Ruby from outside": (
        {"a.rb": "class Response < Rack::Response\n  def finish(x) = x\nend\n"},
        ("Response.finish", "close"),
        ["Response is derived from a type outside of the repository; if that has finish, it is no longer overridden"],
    ),
    "a base of Ruby from here": (
        {"a.rb": "class Reply < Web::Base\n  def finish(x) = x\nend\n\nmodule Web\n  class Base\n  end\nend\n"},
        ("Reply.finish", "close"),
        [],
    ),
    "what every object of Ruby has": (
        {"a.rb": "class Reply\n  def dup = 1\nend\n"},
        ("Reply.dup", "copy"),
        ["dup is what every object has: calls of the old name still find that one, and it is no longer overridden"],
    ),
    "no base": ({"a.php": "<?php\nclass Run {\n    function configure() {}\n}\n"}, ("Run.configure", "set_up"), []),
    "a base from here": (
        {
            "a.php": "<?php\nclass Run extends Base {\n    function configure() {}\n}\n",
            "b.php": "<?php\nclass Base {\n}\n",
        },
        ("Run.configure", "set_up"),
        [],
    ),
}


@pytest.mark.parametrize(("files", "names", "told"), ASKED_FOR.values(), ids=ASKED_FOR.keys())
def test_what_may_ask_for_a_member_is_told(
    make_repository: MakeRepository, files: dict[str, str], names: tuple[str, str], told: list[str]
) -> None:
    assert list(plan(make_repository(files), *names).notes[1:]) == told
