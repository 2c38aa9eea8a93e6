"""Whatever happens in a work tree, the index that went along says the same as one built from nothing."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from described_index import described, difference

from repoagent_indexers.index import Index
from repoagent_indexers.repository import Repository

SEEDS = int(os.environ.get("REPOAGENT_SEEDS", "3"))
STEPS = int(os.environ.get("REPOAGENT_STEPS", "12"))

NAMES = ("a.py", "pkg/b.py", "pkg/deep/c.py", "src/Main.java", "web/app.ts", "lib.c", "lib.h", "go/x.go", "r.rs",
         "README.md", "data.json", "script", "odd name é.py", "pkg/notes.txt")  # fmt: skip
WORDS = ("client", "session", "cookie", "parse", "token", "tree", "index", "store", "open", "close", "read", "path")


class Hand:
    """A developer who does one random thing after another."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.random = random.Random(seed)
        self.done: list[str] = []

    def act(self) -> None:
        actions = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("do_")]
        action = self.random.choice(actions)
        self.done.append(action.__name__[3:])
        action()

    def files(self) -> list[Path]:
        return sorted(
            path
            for path in self.root.rglob("*")
            if ".git" not in path.relative_to(self.root).parts and path.is_file() and not path.is_symlink()
        )

    def some_file(self) -> Path | None:
        files = self.files()
        return self.random.choice(files) if files else None

    def some_name(self) -> Path:
        return self.root / self.random.choice(NAMES)

    def content(self, path: Path) -> bytes:
        pick = self.random
        one, two, three = (pick.choice(WORDS) for _ in range(3))
        texts = {
            ".py": f'import {one}\n\n\ndef {one}_{two}({three}):\n    """The {two} of {three}."""\n    return {two}()\n'
            f"class {one.title()}:\n    def {two}(self):\n        return self.{three}.{one}()\n",
            ".java": f"class {one.title()} {{ int {two}() {{ return {three}(); }} }}\n",
            ".ts": f"export function {one}{two.title()}(x: {three.title()}) {{ return {two}(x) }}\n",
            ".c": f"int {one}_{two}(void) {{ return {three}(); }}\n",
            ".h": pick.choice([f"int {one}(void);\n", f"class {one.title()} {{ public: int {two}(); }};\n"]),
            ".go": f"package main\n\nfunc {one}() {{ {two}() }}\n",
            ".rs": f"fn {one}_{two}() {{ {three}() }}\n",
        }
        text = texts.get(path.suffix, f"# {one} {two}\n\nAbout the {three} and its {one}.\n").encode()
        if path.name == "script":
            text = b"#!/usr/bin/env python3\n" + texts[".py"].encode()
        kind = pick.random()
        if kind < 0.05:
            return b""
        if kind < 0.1:
            return text.replace(b"\n", b"\r\n")
        if kind < 0.15:
            return b"\xef\xbb\xbf" + text
        if kind < 0.2:
            return text + b"# \xff\xfe\x80 not UTF-8\n"
        if kind < 0.25:
            return b"\x7fELF\0\1" + text
        if kind < 0.3:
            return text.rstrip(b"\n")
        if kind < 0.4:
            return text * pick.randint(2, 40)
        return text

    def make(self, path: Path, content: bytes) -> None:
        for parent in reversed(path.relative_to(self.root).parents):
            place = self.root / parent
            if place.is_symlink() or place.is_file():
                place.unlink()
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, capture_output=True)  # it may well refuse

    # -- what may happen

    def do_write_a_file(self) -> None:
        path = self.some_name()
        self.make(path, self.content(path))

    def do_edit_a_file(self) -> None:
        if path := self.some_file():
            path.write_bytes(path.read_bytes() + self.content(path))

    def do_edit_without_a_trace(self) -> None:
        """Same size, same time of modification."""
        if (path := self.some_file()) and (content := path.read_bytes()):
            before = path.stat()
            at = self.random.randrange(len(content))
            path.write_bytes(content[:at] + b"q" + content[at + 1 :])
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def do_delete_a_file(self) -> None:
        if path := self.some_file():
            path.unlink()

    def do_rename_a_file(self) -> None:
        if path := self.some_file():
            content = path.read_bytes()
            path.unlink()
            self.make(self.some_name(), content)

    def do_copy_a_file(self) -> None:
        if path := self.some_file():
            self.make(self.some_name(), path.read_bytes())

    def do_change_a_mode(self) -> None:
        if path := self.some_file():
            path.chmod(path.stat().st_mode ^ 0o111)

    def do_put_a_link(self) -> None:
        path = self.some_name()
        self.make(path, b"")
        path.unlink()
        path.symlink_to(self.random.choice(["README.md", "nowhere", "/etc/passwd", "pkg"]))

    def do_put_a_folder_for_a_file(self) -> None:
        if path := self.some_file():
            path.unlink()
            path.mkdir()
            (path / "inner.py").write_bytes(self.content(path / "inner.py"))

    def do_ignore(self) -> None:
        self.make(self.root / ".gitignore", self.random.choice([b"", b"*.md\n", b"pkg/\n", b"*.py\n!a.py\n"]))

    def do_attributes(self) -> None:
        self.make(self.root / ".gitattributes", self.random.choice([b"", b"*.py text eol=crlf\n", b"* text=auto\n"]))

    def do_add_all(self) -> None:
        self.git("add", "-A")

    def do_add_one(self) -> None:
        if path := self.some_file():
            self.git("add", "--", str(path))

    def do_commit(self) -> None:
        self.git("commit", "-q", "-am", "more")

    def do_switch_branch(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "before the switch")
        self.git("checkout", "-q", *self.random.choice([["main"], ["other"], ["-B", "other"]]))

    def do_merge(self) -> None:
        self.git("merge", "-q", self.random.choice(["main", "other"]))

    def do_stash(self) -> None:
        self.git("stash", "-q", *self.random.choice([[], ["-u"]]))

    def do_unstash(self) -> None:
        self.git("stash", "pop", "-q")

    def do_reset(self) -> None:
        self.git("reset", "-q", self.random.choice(["--hard", "--mixed"]), self.random.choice(["HEAD", "HEAD~1"]))

    def do_forget_a_file(self) -> None:
        if path := self.some_file():
            self.git("rm", "-q", "--cached", "--", str(path))

    def do_assume_unchanged(self) -> None:
        if path := self.some_file():
            self.git("update-index", self.random.choice(["--assume-unchanged", "--no-assume-unchanged"]), str(path))

    def do_nothing(self) -> None:
        pass


def from_nothing(repository: Repository, home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    shutil.rmtree(home, ignore_errors=True)
    with monkeypatch.context() as patch:
        patch.setenv("REPOAGENT_HOME", str(home))
        with Index.open(repository) as index:
            return described(index)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_going_along_equals_building_from_nothing(
    seed: int, make_repository: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({}, commit=seed % 3 > 0)
    monkeypatch.setattr("repoagent_indexers.update.MAX_SEGMENTS", 2 + seed % 3)
    hand = Hand(root, seed)
    for _ in range(6):
        hand.do_write_a_file()
    for _ in range(STEPS):
        hand.act()
        with Repository.open(root) as repository, Index.open(repository) as index:
            found = described(index)
            assert not index.notices
            assert found["files"].keys() == {file.path for file in repository.list_files()}
            assert not difference(found, from_nothing(repository, tmp_path / "other", monkeypatch)), hand.done
