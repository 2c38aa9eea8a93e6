"""Every command on a repository that holds everything odd: benchmarks/everywhere.py in small, in this process."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import everywhere
import pytest
from conftest import git, write

from repoagent.cli import _run
from repoagent.errors import guarded

MakeRepository = Callable[..., Path]

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
CODE = '''"""Errors of wrong input."""


class Wrong(ValueError):
    """Raised for wrong input."""


def report(error):
    """Report an error to the user."""
    raise Wrong(error)


def main():
    report("x")
'''
FILES: dict[str, str | bytes] = {
    "src/app.py": CODE,
    "src/crlf.py": "def first():\n    return report('é')\n\n\ndef second():\n    return first()\n".replace(
        "\n", "\r\n"
    ),
    "src/cr.c": "int one(void) { return 1; }\rint two(void) { return one(); }\r",
    "src/latin.py": "# -*- coding: latin-1 -*-\ndef caf\xe9_error():\n    return 'entr\xe9e'\n".encode("latin-1"),
    "src/sjis.c": "/* エラーを報告する */\nint report_error(void)\n{\n    return 1;\n}\n".encode("shift_jis"),
    "src/utf16.cs": "class Utf16\r\n{\r\n    int Error() { return 1; }\r\n}\r\n".encode("utf-16"),
    "src/mark.js": "\ufeffexport function marked(error) { return error; }\n",
    "src/broken.rs": "fn broken( {\n  let error = }}}}\nfn whole() { broken(); }\n",
    "src/feed.c": "int one_error(void)\n{\n    return 1;\n}\n\f\nint two_error(void)\n{ return one_error(); }\n",
    "src/nul.py": b"def error():\n    return '\x00'\n",
    "src/escape.sh": "#!/bin/sh\nerror() { printf '\x1b[31merror\x1b[0m'; }\nerror\n",
    "src/tall.min.js": "function error(a){return a};" * 9000,
    "with space.py": "def spaced_error():\n    return 1\n",
    "new\nline.py": "def lined_error():\n    return 1\n",
    "-dash.py": "def dashed_error():\n    return 1\n",
    "日本語/エラー.py": "def 報告(エラー):\n    return エラー\n\n\n報告(1)\n",
    "a:12.py": "def coloned_error():\n    return 1\n",
    "empty.py": "",
    "blank.txt": "\n\n\n",
    "picture.png": PICTURE,
    "noend": "no line end",
    "data/one_line.json": '{"errors": [' + ", ".join(f'{{"error": {n}}}' for n in range(200_000)) + "]}",
    "note.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": ["def cell_error():\n", "  pass\n"]}]}),
    "tool": "#!/usr/bin/env python3\ndef tool_error():\n    pass\n\n\ntool_error()\n",
    ".gitattributes": "*.cs working-tree-encoding=UTF-16\n",
}


def in_process(arguments: Sequence[str], cwd: Path, home: Path, given: bytes) -> everywhere.Done:
    """One run of the program here, its streams pipes and its environment as in a process of its own."""
    out, error = io.BytesIO(), io.BytesIO()
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("REPOAGENT_HOME", str(home))
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        patched.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8"))
        patched.setattr(sys, "stderr", io.TextIOWrapper(error, "utf-8"))
        patched.chdir(cwd)
        code = guarded(lambda: _run(list(arguments)))
        sys.stdout.flush()
        sys.stderr.flush()
        return everywhere.Done(
            code, out.getvalue(), error.getvalue().decode("utf-8", "replace"), time.monotonic() - began
        )


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with all that is odd, two commits, and one thing of each kind that is not committed."""
    root = tmp_path_factory.mktemp("odd") / "repo"
    other = root.with_name("other")
    for place in (root, other):
        place.mkdir()
        git(place, "init", "-q", "-b", "main")
        git(place, "config", "user.name", "Test")
        git(place, "config", "user.email", "test@example.org")
    write(other, {"lib.py": "def library_error():\n    pass\n"})
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "first")
    write(root, FILES)
    (root / "tool").chmod(0o755)
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.py")).write_text("def named_error():\n    pass\n", "utf-8")
    (root / "link.py").symlink_to("src/app.py")
    (root / "dangling.py").symlink_to("nowhere.py")
    (root / "linked").symlink_to("src")
    (root / "round").symlink_to(".")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "lib")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    write(root, {"src/app.py": CODE + "\n\nmain()\n"})
    git(root, "commit", "-q", "-a", "-m", "call main")
    git(root, "clone", "-q", str(other), "nested")
    write(root, {"src/fresh.py": "def fresh_error():\n    pass\n", "src/mark.js": "\ufeffexport const changed = 1;\n"})
    (root / "noend").unlink()
    return root


def ground_of(root: Path, tmp_path: Path) -> everywhere.Ground:
    home = tmp_path / "home"
    home.mkdir()
    return everywhere.Ground(root.name, root, home, in_process)


def test_every_command_on_everything_odd(odd: Path, tmp_path: Path) -> None:
    ground = ground_of(odd, tmp_path)
    everywhere.try_all(ground, everywhere.Choice(n_names=2, cold=("ask", "map")))
    assert not ground.faults, "\n".join(ground.faults)
    assert ground.n_trials > 120


def shallow_and_detached(odd: Path, at: Path) -> None:
    git(at.parent, "clone", "-q", "--depth", "1", odd.as_uri(), str(at))
    git(at, "checkout", "-q", "--detach")


def sparse_worktree(odd: Path, at: Path) -> None:
    git(odd, "worktree", "add", "-q", "--no-checkout", "--detach", str(at), "HEAD~1")
    git(at, "sparse-checkout", "set", "src")
    git(at, "checkout", "-q")


def without_commits(odd: Path, at: Path) -> None:
    at.mkdir()
    git(at, "init", "-q", "-b", "main")
    write(at, {"src/app.py": CODE, "picture.png": PICTURE})
    git(at, "add", "-A")


def without_files(odd: Path, at: Path) -> None:
    at.mkdir()
    git(at, "init", "-q", "-b", "main")


def without_code(odd: Path, at: Path) -> None:
    at.mkdir()
    git(at, "init", "-q", "-b", "main")
    write(at, {"picture.png": PICTURE, "empty": "", "README": "what errors there are\n"})
    git(at, "add", "-A")
    git(at, "commit", "-q", "-m", "first")


@pytest.mark.parametrize("make", [shallow_and_detached, sparse_worktree, without_commits, without_files, without_code])
def test_every_command_in_every_kind_of_checkout(make: Callable[[Path, Path], None], odd: Path, tmp_path: Path) -> None:
    make(odd, tmp_path / "repo")
    ground = ground_of(tmp_path / "repo", tmp_path)
    everywhere.try_all(ground, everywhere.Choice(n_names=1, cold=("search",), of_each=1))
    assert not ground.faults, "\n".join(ground.faults)
