"""Commands in the sandbox: what they can reach, what they can take, what they leave; and commands without one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from repoagent import seccomp
from repoagent.sandbox import Limits, Ran, run_sandboxed, why_no_sandbox
from repoagent_agents.command import run
from repoagent_indexers.errors import NoSandbox, UsageError

sandboxed = pytest.mark.skipif(bool(why_no_sandbox()), reason=f"no sandbox here: {why_no_sandbox()}")
PYTHON = shutil.which("python3") or sys.executable
LIMITS = Limits(seconds=20, memory=400 << 20, processes=64, output_kept=4000, output=1 << 20)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


def shell(tree: Path, script: str, limits: Limits = LIMITS) -> Ran:
    return run_sandboxed(["sh", "-c", script], tree, limits=limits)


def python(tree: Path, script: str, limits: Limits = LIMITS) -> Ran:
    return run_sandboxed([PYTHON, "-c", script], tree, limits=limits)


@sandboxed
def test_it_can_work_in_its_tree(tree: Path) -> None:
    ran = shell(tree, "echo made > made && mkdir -p d && mv made d/made && cat d/made && pwd && exit 3")
    assert ran == Ran(3, f"made\n{tree}\n")
    assert (tree / "d/made").read_text() == "made\n"


@sandboxed
@pytest.mark.parametrize(
    "script",
    [
        "echo x > /usr/x",
        "echo x > /etc/x",
        'echo x > "$OUTSIDE"',
        "echo x > /proc/sys/kernel/core_pattern",
        "cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern",
        "unshare -r true",
        "unshare -m true",
        "mount -t tmpfs none /mnt",
        "mount -o remount,rw /",
        "head -c 1 /dev/sda || head -c 1 /dev/vda || head -c 1 /dev/mem",
        "dmesg",
        "chown 0 .",
        "test -w /",
        "kill -0 $PARENT",
        "head -c 1 /run/docker.sock || head -c 1 /var/run/docker.sock",
    ],
)
def test_what_it_cannot_do(tree: Path, tmp_path: Path, script: str) -> None:
    outside = tmp_path / "outside"
    script = script.replace("$OUTSIDE", str(outside)).replace("$PARENT", str(os.getpid()))
    ran = shell(tree, f"({script}) 2>&1 && echo could")
    assert "could" not in ran.output
    assert ran.exit_code
    assert not outside.exists()


@sandboxed
def test_the_environment_holds_no_secret(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/secret-2")
    ran = shell(tree, "env; cat /proc/*/environ; tr '\\0' '\\n' < /proc/1/cmdline; ls -la /proc/1/")
    assert "secret" not in ran.output
    assert "REPOAGENT_SANDBOX=1" in ran.output


@sandboxed
def test_homes_and_temporary_folders_are_empty(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (Path(os.environ["HOME"]) / ".netrc").write_text("x")
    places = f"{tmp_path} {os.environ['HOME']} ~ /home /root /tmp /var/tmp /run"
    ran = shell(tree, f"find {places} -type f 2>/dev/null | grep -v /tool/ | head")
    assert "secret" not in ran.output
    assert "netrc" not in ran.output


@sandboxed
def test_no_network(tree: Path) -> None:
    ran = python(tree, """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", 1)), (socket.AF_INET, ("192.0.2.1", 53))):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(family, kind); s.settimeout(1)
        try:
            s.connect(address); s.send(b"x"); print("sent", address, kind)
        except OSError as e:
            pass
print(open("/proc/net/dev").read().count(":"))
""")  # fmt: skip
    assert "192.0.2.1" not in ran.output
    assert ran.output.strip().endswith("1")  # the loopback alone


@sandboxed
@pytest.mark.parametrize(
    ("script", "ended"),
    [
        ("b() { b | b & }; b; sleep 30", "processes"),
        ("yes", "output"),
        ("sleep 100", "time"),
        ("trap '' TERM INT HUP; while :; do :; done", "time"),
    ],
)
def test_what_takes_too_much_is_ended(tree: Path, script: str, ended: str) -> None:
    limits = Limits(seconds=1.5, memory=400 << 20, processes=64, output_kept=4000, output=1 << 20)
    ran = shell(tree, script, limits)
    if ended == "processes":  # the kernel's own limit may come first: the shell then gives up by itself
        assert ran.ended in {"processes", "time"} or "fork" in ran.output
        return
    assert (ran.exit_code, ran.ended) == (None, ended)
    assert len(ran.output) < 5000


@sandboxed
def test_memory_of_one_and_of_many(tree: Path) -> None:
    one = python(tree, "x = []\nwhile True: x.append(bytearray(10_000_000))")
    assert "MemoryError" in one.output or one.ended == "memory"
    many = python(tree, """
import os, time
for _ in range(8):
    if not os.fork():
        x = bytearray(100_000_000); x[::4096] = b"x" * len(x[::4096]); time.sleep(30)
time.sleep(30)
""")  # fmt: skip
    assert many.ended == "memory"


@sandboxed
def test_files_in_memory_are_bounded(tree: Path) -> None:
    ran = shell(
        tree, "head -c 100M /dev/zero > /dev/shm/x; head -c 30M /dev/zero > /home/x; head -c 30M /dev/zero > /run/x"
    )
    assert ran.exit_code
    assert ran.output.count("ermission denied") + ran.output.count("No space left") + ran.output.count("ead-only") == 3


@sandboxed
def test_nothing_is_left_running(tree: Path) -> None:
    mark = f"{os.getpid()}.5"
    assert shell(tree, f"(setsid sleep {mark} &); echo started").output == "started\n"
    assert not [line for line in command_lines() if mark.encode() in line]


@sandboxed
def test_threads_and_processes_still_work(tree: Path) -> None:
    ran = python(tree, """
import multiprocessing, subprocess, tempfile, threading
if __name__ == "__main__":
    print(multiprocessing.Pool(2).map(abs, [-1, -2]))
    thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
    print(subprocess.run(["echo", "child"], capture_output=True).stdout)
    print(len(tempfile.mkdtemp()) > 3)
""")  # fmt: skip
    assert ran == Ran(0, "[1, 2]\nthread\nb'child\\n'\nTrue\n")


@sandboxed
def test_it_sees_the_copy_where_the_work_tree_is(make_repository: Callable[..., Path], tmp_path: Path) -> None:
    """An editable install leads to the work tree by its absolute path: it must lead to the copy."""
    root = make_repository({"pkg/a.py": "X = 'old'\n", ".gitignore": "node_modules\n.env\n"})
    (root / ".env").write_text("secret")
    (root / "node_modules").mkdir()
    (root / "node_modules" / "dep.txt").write_text("dependency")
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("node_modules", ".env"))
    (copy / "pkg/a.py").write_text("X = 'new'\n")
    script = f"import sys; sys.path.insert(0, {str(root / 'pkg')!r}); import a; print(a.X, a.__file__)"
    ran = run_sandboxed([PYTHON, "-c", script], copy, at=root, limits=LIMITS)
    assert ran == Ran(0, f"new {root}/pkg/a.py\n")
    ran = run_sandboxed(["sh", "-c", "pwd; cat node_modules/dep.txt; cat .env; touch node_modules/x"], copy, at=root)
    assert ran.output.startswith(f"{root}\ndependency")
    assert "secret" not in ran.output
    assert sorted(path.name for path in (root / "node_modules").iterdir()) == ["dep.txt"]
    assert (root / "pkg/a.py").read_text() == "X = 'old'\n"


def test_without_a_sandbox_nothing_is_run(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tree))
    why_no_sandbox.cache_clear()
    try:
        with pytest.raises(NoSandbox, match=r"nothing was run: install bubblewrap.*--unsafe-no-sandbox") as caught:
            run_sandboxed(["/bin/sh", "-c", "echo x > made"], tree)
        assert "\n" not in str(caught.value)
        assert list(tree.iterdir()) == []
        ran = run_sandboxed(["/bin/sh", "-c", "echo x > made"], tree, unsafe_no_sandbox=True)
        assert ran == Ran(0, "")
        assert (tree / "made").exists()
    finally:
        why_no_sandbox.cache_clear()


def test_a_sandbox_that_does_not_work(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    why_no_sandbox.cache_clear()
    try:
        with pytest.raises(NoSandbox, match="RTM_NEWADDR") as caught:
            run_sandboxed(["true"], tree)
        assert caught.value.exit_code == 7
    finally:
        why_no_sandbox.cache_clear()


@pytest.mark.parametrize("machine", sorted(seccomp.ARCHITECTURES))
def test_the_filter_is_whole(machine: str) -> None:
    program = seccomp.program(machine)
    assert len(program) % 8 == 0
    code = [tuple(program[at : at + 4]) for at in range(0, len(program), 8)]
    assert [operation for operation, *_ in code[-4:]] == [0x06] * 4  # four ways to return, and all jumps reach one
    assert all(at + 1 + max(jumps) < len(code) for at, (_, _, *jumps) in enumerate(code[:-4]))


# -- commands in the open -----------------------------------------------------------------------------------------


def test_output_is_bounded_at_both_ends(tree: Path) -> None:
    script = "echo first; head -c 100000 /dev/zero | tr '\\0' x; echo; echo last"
    ran = run(["sh", "-c", script], tree, Limits(output_kept=1000))
    assert ran.output.startswith("first\nxxx")
    assert ran.output.endswith("xxx\nlast\n")
    assert "bytes left out" in ran.output
    assert len(ran.output) < 1100


def test_no_such_command(tree: Path) -> None:
    with pytest.raises(UsageError, match="no-such-program: no such command"):
        run(["no-such-program"], tree, LIMITS)


def command_lines() -> Iterator[bytes]:
    """Of all processes."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            yield place.read_bytes()


def test_what_it_started_is_ended_with_it(tree: Path) -> None:
    mark = f"{os.getpid()}.25"
    ran = run(["sh", "-c", f"sleep {mark} & sleep {mark}"], tree, Limits(seconds=0.3))
    assert (ran.exit_code, ran.ended) == (None, "time")
    assert not [line for line in command_lines() if mark.encode() in line]


def test_ended_by_a_signal(tree: Path) -> None:
    assert run(["sh", "-c", "kill -9 $$"], tree, LIMITS).exit_code == -9
