"""Reading files in processes that can be killed: bytes of one file -> its facts, terms and names.

Inside a grammar's C code nothing can be interrupted, and twelve kilobytes of hostile source can cost half a minute and
gigabytes. So files are read by child processes with limits on CPU time and memory. One that exceeds them dies or is
killed; its file is known as plain text from then on, and another process takes over.

A child never unpickles and is never unpickled from: frames are lengths and bytes in both directions.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from queue import Empty, Queue

from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.reader import N_PARTS, READY, Reading, nothing, receive, seconds_for, send

BATCH = 512 << 10
"""Bytes of source given to a child at once."""
START = 60.0
"""Seconds, wall time, that a child may take to start."""
RAN_AWAY, CRASHED = "its parser ran away", "its parser crashed or took too much memory"
"""Why a file is known as plain text only."""
_OUT_OF_TIME = getattr(signal, "SIGXCPU", None)
_PATIENCE = 2.0 if _OUT_OF_TIME is None else 12.0
"""A child is killed after what it may take times this, wall time: where there is a limit on CPU time, that one counts,
and here the machine may be busy with something else."""
_TICK = 0.2
"""Seconds between looks at the clock."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read. `key` is the caller's own."""

    key: int
    path: str
    language: str
    content: bytes
    blob: str = ""
    """Git's id of the content, in hex."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the numbers in the readings of one batch stand for."""

    terms: list[str]
    names: list[str]


@dataclass(frozen=True, slots=True)
class Read:
    """What came of one job."""

    job: Job
    reading: Reading
    words: Words
    """The same object for all jobs of a batch."""

    @property
    def facts(self) -> bytes:
        """The facts in their kept form."""
        return self.reading.facts


def read_all(jobs: Iterable[Job], n_workers: int | None = None) -> Generator[Read, None, None]:
    """Every job's result, in no order. Jobs are drawn as workers get free, so their content need not all be held.

    `n_workers` is the number of child processes, one a core unless said. Close the iterator if it is left early.
    Raises EnvironmentFault when no child can be started.
    """
    batches = _batches(jobs)
    if (first := next(batches, None)) is None:
        return
    n_workers = n_workers or _cores()
    done: Queue[list[Read] | BaseException | None] = Queue(maxsize=2 * n_workers)
    crew = _Crew(chain([first], batches), done)
    threads = [threading.Thread(target=crew.work, daemon=True) for _ in range(n_workers)]
    for thread in threads:
        thread.start()
    running = n_workers
    try:
        while running:
            crew.kill_late()
            try:
                item = done.get(timeout=_TICK)
            except Empty:
                continue
            if item is None:
                running -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield from item
    finally:
        crew.stop()
        while any(thread.is_alive() for thread in threads):
            while not done.empty():
                done.get_nowait()
            for thread in threads:
                thread.join(0.01)


def _cores() -> int:
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # Linux only
        return os.cpu_count() or 1


def _batches(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    batch: list[Job] = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += len(job.content)
        if size >= BATCH or len(batch) >= 256:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Crew:
    """The threads that feed one child each, and what they share."""

    def __init__(self, batches: Iterator[list[Job]], done: Queue[list[Read] | BaseException | None]) -> None:
        self._batches = batches
        self._done = done
        self._drawing = threading.Lock()
        self._lock = threading.Lock()
        self._children: set[_Child] = set()
        self._stopped = False

    def work(self) -> None:
        """What a thread does: draw batches until there are none, and put what comes of them."""
        child: _Child | None = None
        try:
            while (batch := self._next()) is not None:
                while batch:
                    child = child or self._start()
                    reads = child.read(batch)
                    self._done.put(reads)
                    if batch := batch[len(reads) :]:
                        problem = self._end(child)
                        child = None
                        self._done.put([self._read_alone(batch.pop(0), problem)])
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  whatever happens in a thread must reach the caller
            self._done.put(error)
        finally:
            if child:
                self._end(child)
            self._done.put(None)

    def _read_alone(self, job: Job, problem: str) -> Read:
        """A file at which a child failed: tried once more if others may have been to blame, else as plain text."""
        for known in ("", problem) if problem == CRASHED else (problem,):
            child = self._start()
            try:
                for read in child.read([job], known):
                    return read
            finally:
                problem = self._end(child) or problem
        return Read(job, nothing(job.language, problem), Words([], []))

    def kill_late(self) -> None:
        """Kill the children that have been silent for too long."""
        with self._lock:
            for child in self._children:
                child.kill_if_late()

    def stop(self) -> None:
        """Kill all children and start no more."""
        with self._lock:
            self._stopped = True
            for child in self._children:
                child.process.kill()

    def _next(self) -> list[Job] | None:
        with self._drawing:
            return None if self._stopped else next(self._batches, None)

    def _start(self) -> _Child:
        with self._lock:
            if self._stopped:
                raise _Stopped
            child = _Child()
            self._children.add(child)
        child.greet()
        return child

    def _end(self, child: _Child) -> str:
        """Why a child failed, if it did, after its end."""
        with self._lock:
            self._children.discard(child)
        return child.close()


class _Stopped(Exception):
    """The caller wants no more."""


class _Child:
    """One process that reads files."""

    def __init__(self) -> None:
        self._failed = self._is_late = False
        self._deadline = time.monotonic() + START
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed in `close`
        own, here = str(Path(__file__).resolve().parents[1]), str(Path.cwd())
        search = [own, *(entry for entry in sys.path if entry not in (own, here) and Path(entry).is_absolute())]
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _MAIN, *search],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=Path(own).anchor,
            )
        except OSError as error:
            self._errors.close()
            raise _no_start(error.strerror or str(error)) from error
        assert self.process.stdin
        assert self.process.stdout
        self._stdin, self._stdout = self.process.stdin, self.process.stdout

    def greet(self) -> None:
        """Wait until it is ready. Raises EnvironmentFault when it cannot start."""
        if self._stdout.read(len(READY)) != READY:
            self.process.wait()
            self._errors.seek(0)
            said = self._errors.read().decode("utf-8", "replace").split("\n")
            self._failed = True
            raise _no_start(next((line for line in reversed(said) if line.strip()), "no word"))
        self._deadline = float("inf")

    def read(self, batch: Sequence[Job], problem: str = "") -> list[Read]:
        """The results of the first jobs of a batch: of all, unless the child fails at the next."""
        words = Words([], [])
        reads: list[Read] = []
        try:
            self._deadline = _deadline(batch[0])
            self._stdin.write(struct.pack("<I", len(batch)))
            for job in batch:
                send(self._stdin, job.language.encode(), problem.encode(), job.content)
            self._stdin.flush()
            for job in batch:
                self._deadline = _deadline(job)
                *parts, terms, names = receive(self._stdout, N_PARTS + 2)
                words.terms.extend(_split(terms))
                words.names.extend(_split(names))
                reads.append(Read(job, Reading(*parts), words))
            self._deadline = float("inf")
        except (OSError, EOFError):
            self._failed = True
        return reads

    def kill_if_late(self) -> None:
        if time.monotonic() > self._deadline:
            self._is_late = True
            self.process.kill()

    def close(self) -> str:
        """End it; why it failed, if it did."""
        if self._failed:
            self.process.kill()
        for stream in (self._stdin, self._stdout):
            with suppress(OSError):  # what it was never told
                stream.close()
        code = self.process.wait()
        self._errors.close()
        if not self._failed:
            return ""
        return RAN_AWAY if self._is_late or (_OUT_OF_TIME and code == -_OUT_OF_TIME) else CRASHED


def _deadline(job: Job) -> float:
    return time.monotonic() + _PATIENCE * seconds_for(len(job.content))


def _split(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogatepass").split("\0") if data else []


def _no_start(why: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"{sys.executable or 'python'}: no process can be started to read files ({why.strip()}); install repoagent anew"
    )


_MAIN = """
import sys
sys.path[:] = sys.argv[1:]
from repoagent_indexers.reader import serve
serve()
"""
