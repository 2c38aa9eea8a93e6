"""Runs one command, without a shell, within limits: its output is bounded, nothing that it started is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from repoagent_indexers.errors import EnvironmentFault, UsageError
from repoagent_indexers.git.git_environment import shown

_TICK = 0.05
"""Seconds between two looks at what the command takes."""
_PATIENCE = 2.0
"""Seconds to wait for what still stands in the pipe when the command is gone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a command may take before it is ended."""

    seconds: float = 600
    memory: int = 4 << 30
    """Bytes: of one process, and of all of them together without what they share."""
    processes: int = 512
    output_kept: int = 1 << 20
    """Bytes of output that are kept: the first quarter and what comes last."""
    output: int = 64 << 20
    """Bytes of output after which the command is ended."""
    disk: int = 2 << 30
    """Bytes that it may add to its folder; a sandbox keeps to it."""
    file: int = 512 << 20
    """Bytes of one file that it may write; a sandbox keeps to it."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command went."""

    exit_code: int | None
    """Negative: ended by that signal. None: ended by us."""
    output: str
    """Standard output and error together, as they came; where it was too long, a line says how much is left out."""
    ended: str = ""
    """Which limit ended it: time, memory, processes, output, disk; "" for none."""


def run(
    command: Sequence[str],
    cwd: Path,
    limits: Limits,
    *,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    also: Callable[[], str] = lambda: "",
) -> Ran:
    """Return how `command` went; its standard input is empty.

    `also` is asked now and then and may name one more limit that is exceeded. Raises UsageError for a command that
    cannot be found, EnvironmentFault for one that cannot be started.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    except (FileNotFoundError, ValueError):
        raise UsageError(f"{shown(command[0])}: no such command; give one that is in PATH") from None
    except OSError as error:
        reason = (error.strerror or "it cannot be started").lower()
        raise EnvironmentFault(f"{shown(command[0])}: {reason}; give a program that may be run") from None
    kept = _Kept(limits)
    assert process.stdout is not None
    reader = threading.Thread(target=kept.read, args=(process.stdout.fileno(),), daemon=True)
    reader.start()
    ended = ""
    try:
        ended = _watch(process, limits, kept, also)
    finally:
        _end(process)
        reader.join(_PATIENCE)
        kept.closed = True
        process.stdout.close()
    return Ran(None if ended else process.returncode, kept.text(), ended)


def _watch(process: subprocess.Popen[bytes], limits: Limits, kept: _Kept, also: Callable[[], str]) -> str:
    """Wait until a process ends; return the limit that it exceeded, if any."""
    deadline = time.monotonic() + limits.seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_TICK)
            return "output" if kept.n_read > limits.output else ""
        if time.monotonic() > deadline:
            return "time"
        if kept.n_read > limits.output:
            return "output"
        n_processes, memory = usage(process.pid)
        if n_processes > limits.processes:
            return "processes"
        if memory > limits.memory:
            return "memory"
        if reason := also():
            return reason


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started and that can still be found."""
    started = descendants(process.pid)
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    for pid in started[1:]:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def usage(pid: int) -> tuple[int, int]:
    """Return how many processes a process is with all it started, and the bytes of memory of their own; Linux only."""
    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
    memory = 0
    found = descendants(pid)
    for one in found:
        with suppress(OSError, ValueError, IndexError):
            sizes = Path(f"/proc/{one}/statm").read_text("ascii").split()
            memory += (int(sizes[1]) - int(sizes[2])) * page
    return len(found), memory


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, parents before children."""
    found = [pid]
    for one in found:
        try:
            threads = list(Path(f"/proc/{one}/task").iterdir())
        except OSError:
            continue
        for thread in threads:
            with suppress(OSError, ValueError):
                children = (thread / "children").read_text("ascii")
                found += map(int, children.split())
        if len(found) > 10000:
            break
    return found


class _Kept:
    """The output so far: its beginning and its end."""

    def __init__(self, limits: Limits) -> None:
        self.n_read = 0
        self.closed = False
        self._n_head = limits.output_kept // 4
        self._n_tail = limits.output_kept - self._n_head
        self._head = bytearray()
        self._tail = bytearray()

    def read(self, descriptor: int) -> None:
        with suppress(OSError):
            while not self.closed and (part := os.read(descriptor, 1 << 16)):
                self.n_read += len(part)
                room = self._n_head - len(self._head)
                self._head += part[:room] if room > 0 else b""
                self._tail += part[room:] if room > 0 else part
                if len(self._tail) > 2 * self._n_tail:
                    del self._tail[: -self._n_tail]

    def text(self) -> str:
        head, tail = bytes(self._head), bytes(self._tail[-self._n_tail :])
        left_out = self.n_read - len(head) - len(tail)
        middle = f"\n[... {left_out} bytes left out ...]\n".encode() if left_out > 0 else b""
        return (head + middle + tail).decode("utf-8", "replace").replace("\r\n", "\n")
