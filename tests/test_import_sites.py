"""Imports taken apart, and the edits that send them to another module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import repoagent
from repoagent_agents.editing.edits import apply_to
from repoagent_indexers.errors import UsageError

MakeRepository = Callable[..., Path]

IMPORTS = {
    "from a import f": "from new import f",
    "from a import f as g": "from new import f as g",
    "from a import f, other": "from new import f\nfrom a import other",
    "from a import (  # both\n    other as o,\n    f,\n)": "from new import f\nfrom a import other as o",
    "if 1:\n    from a import other, f": "if 1:\n    from new import f\n    from a import other",
    "x = 1; from a import other, f; y = 2": "x = 1; from new import f; from a import other; y = 2",
}


@pytest.mark.parametrize(("before", "after"), IMPORTS.items())
def test_one_import_is_sent_elsewhere(make_repository: MakeRepository, before: str, after: str) -> None:
    root = make_repository({"a.py": "def f(): ...\n\n\nother = 1\n", "b.py": f"{before}\n"})
    with repoagent.open(root) as repo:
        (site,) = repo.imports("a.py:1")
        assert site.path == "b.py"
        assert site.module == "a"
        assert apply_to(site.content, [site.moved("new")]).decode() == f"{after}\n"


def test_long_imports_are_broken(make_repository: MakeRepository) -> None:
    names = ", ".join(f"a_rather_long_name_{n}" for n in range(5))
    text = "".join(f"a_rather_long_name_{n} = 1\n" for n in range(5))
    root = make_repository({"a.py": f"def f(): ...\n\n\n{text}", "b.py": f"from a import {names}, f\n"})
    with repoagent.open(root) as repo:
        (site,) = repo.imports("f")
        repo.change([site.moved("a.new")]).apply()
    assert (root / "b.py").read_text().startswith("from a.new import f\nfrom a import (\n    a_rather_long_name_0,\n")


def test_other_languages_are_refused(make_repository: MakeRepository) -> None:
    with (
        repoagent.open(make_repository({"a.go": "package a\n\nfunc F() {}\n"})) as repo,
        pytest.raises(UsageError, match="Python alone"),
    ):
        repo.imports("F")
