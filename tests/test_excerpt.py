"""What of a Python file is read for one name says the same about that name as the whole file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from repoagent_indexers.resolve.python import excerpt as excerpt_module
from repoagent_indexers.resolve.python.excerpt import excerpt, excerpt_tree
from repoagent_indexers.resolve.python.file import PythonFile

HERE = Path(__file__).parent
FILES = sorted((HERE.parent / "indexers").rglob("*.py"))[::4] + sorted(HERE.glob("test_r*.py"))
Fact = tuple[int, str, int | None, tuple[int, ...]]


def described(file: PythonFile, name: str) -> list[Fact]:
    """Of each place of a name: what it does there, where the scope begins that binds it, and where it is bound."""
    found = []
    for one in file.occurrences(name):
        scope = file.variable(one, name)
        bound = tuple(each.start for each in file.bindings(scope, name)) if scope is not None else ()
        found.append(
            (one.start, one.role, scope.node.start_byte if scope is not None and scope.parent else None, bound)
        )
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_excerpt_says_what_the_whole_file_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excerpt_module, "_WORTH", 0)
    content = path.read_bytes()
    whole = PythonFile(path.name, content)
    n_cut = 0
    for name in sorted(set(re.findall(r"\b[a-zA-Z_]\w+", content.decode())))[::5]:
        tree = excerpt_tree(content, name)
        if tree is None:
            continue
        n_cut += 1
        part = PythonFile(path.name, content, tree)
        assert described(part, name) == described(whole, name), name
        assert [one.start_byte for one in part.star_imports] == [one.start_byte for one in whole.star_imports]
    assert n_cut


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("a = 1\nb = 2\n", "a = 1\n"),
        ("if b:\n    c()\n    d()\nelse:\n    a()\n", "if b:\n    0\nelse:\n    a()\n"),
        ("if b:\n    c()\nelif a:\n    d()\nelse:\n    e()\n", "if b:\n    0\nelif a:\n    0\n"),
        ("class B:\n    def c(self):\n        d()\n\n    def e(self):\n        a()\n",
         "class B:\n    def e(self):\n        a()\n"),
        ("@a\n@b\ndef c():\n    return 1\n", "@a\n@b\ndef c():\n    0\n"),
        ("b = [\n1,\n]\nc = f'{a}'\n", "c = f'{a}'\n"),
        ("b = 'a'  # a\nfrom c import *\n", "from c import *\n"),
        ("__all__ = [\n    'b',\n]\nb = 1\na = 2\n", "__all__ = [\n    'b',\n]\na = 2\n"),
        ("b = 'a'\n", ""),
        ("try:\n    b\nexcept C:\n    d\nfinally:\n    a\n", "try:\n    0\nexcept C:\n    0\nfinally:\n    a\n"),
    ],
)  # fmt: skip
def test_only_what_matters_is_kept(content: str, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excerpt_module, "_MAX_KEPT", 2)
    monkeypatch.setattr(excerpt_module, "_GAP", 0)
    found = excerpt(content.encode(), "a")
    assert found is not None
    readable, ranges = found
    assert b"".join(readable[start:end] for start, end in ranges).decode() == kept


@pytest.mark.parametrize("content", ["a = (\nb = 1\n", "if b:\n\ta()\n", "a = b)\n"])
def test_what_is_not_plain_is_read_whole(content: str) -> None:
    assert excerpt(content.encode(), "a") is None
