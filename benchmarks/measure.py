"""Runs a command and says what it cost: wall time, CPU of all its processes, and the memory they held at one moment.

CPU is what the kernel counted (wait4) for the command and every process below it, also those that it left behind:
this program declares itself their reaper (prctl, Linux). Memory is sampled every 20 ms over the process tree, as
proportional set size where the kernel gives it, so that pages shared between workers count once.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.02
_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system, of all processes."""
    own_cpu: float
    """The same without the processes that the command left behind."""
    peak: float
    """MiB: the highest sum over the tree at one moment, or the highest of one process when that is more."""
    code: int
    output: str
    error: str
    left_running: int
    """Processes still alive when the command had ended; they are counted up to then, and ended."""


class _Sampler(threading.Thread):
    """Watches the processes below one process until told to stop."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._root, self._told, self._resident = root, threading.Event(), 0

    def run(self) -> None:
        while not self._told.is_set():
            self._sample()
            self._told.wait(INTERVAL)

    def stop(self) -> int:
        """The peak in bytes."""
        self._told.set()
        self.join()
        return self.peak

    def _sample(self) -> None:
        tree = [self._root, *_below(self._root)]
        states = [_status(process) for process in tree]
        resident = sum(now for now, _ in states)
        self.peak = max([self.peak, *(highest for _, highest in states)])
        # the proportional size is dear to read: only where a new peak is in reach
        if resident > self._resident:
            self._resident = resident * 1.01
            self.peak = max(self.peak, sum(map(_proportional, tree)) if len(tree) > 1 else resident)


def measure(line: list[str], cwd: Path, env: dict[str, str]) -> Cost:
    """One run of a command; output is read through files, so that nothing but the command runs meanwhile."""
    with contextlib.ExitStack() as held:
        # memfd: no disk, no pipe that a full buffer could stop
        out = held.enter_context(os.fdopen(os.memfd_create("out"), "r+b"))
        err = held.enter_context(os.fdopen(os.memfd_create("err"), "r+b"))
        _inherit_orphans()
        begun = time.perf_counter()
        process = subprocess.Popen(line, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = sampler.stop()
        left, left_cpu = end_children()
        own_cpu = usage.ru_utime + usage.ru_stime
        out.seek(0)
        err.seek(0)
        return Cost(
            wall,
            own_cpu + left_cpu,
            own_cpu,
            peak / 2**20,
            process.returncode,
            out.read().decode("utf-8", "replace"),
            err.read().decode("utf-8", "replace"),
            left,
        )


def end_children() -> tuple[int, float]:
    """End every process below this one: how many still ran, and the CPU seconds of all that were not waited for."""
    _inherit_orphans()
    left, cpu = 0, 0.0
    while children := _children(os.getpid()):
        for child in children:
            with contextlib.suppress(ChildProcessError):  # a thread of this process waited for it
                found, _, usage = os.wait4(child, os.WNOHANG)
                if not found:
                    left += 1
                    os.kill(child, signal.SIGKILL)
                    _, _, usage = os.wait4(child, 0)
                cpu += usage.ru_utime + usage.ru_stime
    return left, cpu


def _inherit_orphans() -> None:
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _below(root: int) -> list[int]:
    found = _children(root)
    for process in found:
        found.extend(_children(process))
    return found


def _children(process: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208 - called fifty times a second
            with contextlib.suppress(OSError), Path(f"/proc/{process}/task/{task}/children").open() as file:
                found += map(int, file.read().split())
    return found


def _status(process: int) -> tuple[int, int]:
    """Resident bytes now and at most; zeros when the process is gone."""
    return _kilobytes(f"/proc/{process}/status", "VmRSS:"), _kilobytes(f"/proc/{process}/status", "VmHWM:")


def _proportional(process: int) -> int:
    return _kilobytes(f"/proc/{process}/smaps_rollup", "Pss:") or _kilobytes(f"/proc/{process}/status", "VmRSS:")


def _kilobytes(file: str, field: str) -> int:
    with contextlib.suppress(OSError), Path(file).open() as lines:
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return 0
