"""A copy of this process: it has what is imported here, and nothing else of ours."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import IO

import pytest

from repoagent_indexers.forked import Forked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there is a copy safe")


def test_it_answers_and_has_no_file_of_ours(tmp_path: Path) -> None:
    def work(stdin: IO[bytes], stdout: IO[bytes]) -> None:
        stdout.write(stdin.read().upper() + b"\n")
        stdout.write("\n".join(str(Path(f"/proc/self/fd/{fd}").readlink()) for fd in (0, 1, 2)).encode())
        for fd in range(3, 200):
            try:
                os.fstat(fd)
            except OSError:
                continue
            stdout.write(b"\nleft open: %d" % fd)

    with (tmp_path / "ours").open("w"):
        child = Forked(work)
        with child.stdin, child.stdout, child.stderr:
            child.stdin.write(b"a question")
            child.stdin.close()
            said, *files = child.stdout.read().decode().split("\n")
            assert child.stderr.read() == b""
    assert child.wait() == 0
    assert said == "A QUESTION"
    assert len(files) == 3
    assert all(file.startswith("pipe:") for file in files)


def test_a_failure_is_said_and_nothing_of_ours_is_done_at_its_end(capfd: pytest.CaptureFixture[str]) -> None:
    def work(stdin: IO[bytes], stdout: IO[bytes]) -> None:
        raise LookupError("no such thing")

    print("said before", end="")  # waits in a buffer of which the child has a copy
    child = Forked(work)
    with child.stdin, child.stdout, child.stderr:
        assert child.stderr.read() == b"LookupError: no such thing\n"
    assert child.wait() == 1
    sys.stdout.flush()
    assert capfd.readouterr().out == "said before"


def test_it_can_be_killed() -> None:
    child = Forked(lambda stdin, stdout: stdin.read() and None)
    child.kill()
    with child.stdin, child.stdout, child.stderr:
        assert child.stdout.read() == b""
    assert child.wait() == -9


def test_no_copy_of_what_holds_a_model_or_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Forked.is_possible()
    monkeypatch.setattr(Forked, "is_allowed", True)
    assert Forked.is_possible()
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    assert not Forked.is_possible()
