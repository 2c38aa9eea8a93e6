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
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.forked import Forked
from repoagent_indexers.reading.reader import (
    N_COLUMNS,
    PARSED,
    READY,
    Columns,
    Reading,
    nothing,
    prepare,
    receive,
    send,
    serve,
)

SECONDS, SECONDS_PER_MIB = 5, 5
"""CPU time that a file may take: fifty times what an honest one needs."""
MEMORY = 800 << 20
"""Bytes of data a child may hold (RLIMIT_DATA, where the system has it)."""
BATCH = 256 << 10
"""Bytes of source given to a child at once: what is worked out together then fits a core's cache."""
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
_STOPPED = 1.0
"""Seconds without a look after which this process is taken to have been stopped."""


class Job(NamedTuple):
    """One file to read. `key` is the caller's own."""

    key: int
    path: str
    language: str
    content: bytes
    """UTF-8, as `charsets.read_text` gives it."""
    blob: str = ""
    """Git's id of the file's own bytes, in hex."""
    charset: str = ""
    """What those are written in; "" for UTF-8."""


class Words(NamedTuple):
    """What the numbers in the columns of some batches stand for; more are added at the end as batches come."""

    terms: list[str]
    names: list[str]


class Read(NamedTuple):
    """What came of one job."""

    job: Job
    reading: Reading

    @property
    def facts(self) -> bytes:
        """The facts in their kept form."""
        return self.reading.facts


class ReadBatch(NamedTuple):
    """What came of some jobs."""

    reads: list[Read]
    columns: Columns
    words: Words
    """The same object for all batches whose numbers stand for the same."""


def read_all(jobs: Iterable[Job], n_workers: int | None = None) -> Generator[Read, None, None]:
    """Every job's result, in no order; see `read_batches`."""
    with closing(read_batches(jobs, n_workers)) as batches:
        for batch in batches:
            yield from batch.reads


def read_batches(
    jobs: Iterable[Job],
    n_workers: int | None = None,
    skim: bool = False,
    ready: bool = False,
    languages: Sequence[str] = (),
) -> Generator[ReadBatch, None, None]:
    """Every job's result, in no order. Jobs are drawn as workers get free, so their content need not all be held.

    `n_workers` is the number of child processes, one a core unless said. With `skim`, what only stands inside functions
    is not parsed where the language allows it: twice as fast, the same but for `Facts.errors`. With `ready`, the
    children start while the first job is still being made, whether one comes or not. `languages` are those that all of
    them will meet: their queries, which take up to 0.13 s, are compiled once where children are copies of this process,
    or while no job is there yet. Close the iterator if it is left early.
    Raises EnvironmentFault when no child can be started.
    """
    batches = _batches(jobs)
    if not ready:
        if (first := next(batches, None)) is None:
            return
        batches = chain([first], batches)
    n_workers = n_workers or _cores()
    if Forked.is_possible() and not ready:
        prepare(languages)
    crew = _Crew(n_workers, _Task(skim, languages), ready)
    try:
        while True:
            while crew.n_pending < 3 * n_workers and (batch := next(batches, None)):
                crew.give(batch)
            if not crew.n_pending:
                break
            yield from crew.take()
    finally:
        crew.stop()


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


class _Task(NamedTuple):
    """What children are told at their start, as `reader.serve` has it."""

    skim: bool
    languages: Sequence[str]


class _Clock:
    """Seconds of wall time in which this process ran: where a user stops it (Ctrl-Z), its children stop too."""

    def __init__(self) -> None:
        self._seen = time.monotonic()
        self._missed = 0.0

    def now(self) -> float:
        return time.monotonic() - self._missed

    def look(self) -> None:
        """To be called at every tick: a long time without is not counted."""
        now = time.monotonic()
        if now - self._seen > _STOPPED:
            self._missed += now - self._seen
        self._seen = now


class _Crew:
    """Threads that feed one child process each."""

    def __init__(self, n: int, task: _Task, ready: bool) -> None:
        self._task, self._ready = task, ready
        self.n_pending = 0
        """Batches given and not yet taken."""
        # Ctrl-C may leave a `Queue` locked, which takes its lock in steps of Python
        self._todo: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._done: SimpleQueue[list[ReadBatch] | BaseException] = SimpleQueue()
        self._clock = _Clock()
        self._lock = threading.Lock()
        self._children: set[_Child] = set()
        self._stopped = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(n)]
        for thread in self._threads:
            thread.start()

    def give(self, batch: list[Job]) -> None:
        """Have a batch read."""
        self.n_pending += 1
        self._todo.put(batch)

    def take(self) -> list[ReadBatch]:
        """What came of some batch; kills the children that are silent for too long while it waits."""
        while True:
            self._clock.look()
            with self._lock:
                for child in self._children:
                    child.kill_if_late()
            try:
                done = self._done.get(timeout=_TICK)
            except Empty:
                continue
            if isinstance(done, BaseException):
                raise done
            self.n_pending -= 1
            return done

    def stop(self) -> None:
        """End all children and threads now."""
        with self._lock:
            self._stopped = True
            for child in self._children:
                child.process.kill()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        child: _Child | None = None
        try:
            child = self._start() if self._ready else None
            while not self._stopped and (batch := self._todo.get()):
                done: list[ReadBatch] = []
                while batch:
                    child = child or self._start()
                    if read := child.read(batch):
                        done.append(read)
                        break
                    at = child.n_parsed
                    problem = self._end(child)
                    child = None
                    is_known = 0 <= at < len(batch)  # before and after they are parsed, it may be any file's fault
                    done += [self._read_alone(job, problem) for job in (batch[at : at + 1] if is_known else batch)]
                    batch = [*batch[:at], *batch[at + 1 :]] if is_known else []
                self._done.put(done)
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  whatever happens in a thread must reach the caller
            self._done.put(error)
        finally:
            if child:
                self._end(child)

    def _read_alone(self, job: Job, problem: str) -> ReadBatch:
        """A file at which a child failed: tried once more if others may have been to blame, else as plain text."""
        for known in ("", problem) if problem == CRASHED else (problem,):
            child = self._start()
            try:
                if read := child.read([job], known):
                    return read
            finally:
                problem = self._end(child) or problem
        [reading], columns = nothing(job.language, problem)
        return ReadBatch([Read(job, reading)], columns, Words([], []))

    def _start(self) -> _Child:
        with self._lock:
            if self._stopped:
                raise _Stopped
            child = _Child(self._task, self._clock)
            self._children.add(child)
        try:
            child.greet()
        except BaseException:
            self._end(child)
            raise
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

    def __init__(self, task: _Task, clock: _Clock) -> None:
        self._clock = clock
        self.failed = self._is_late = False
        self.n_parsed = 0
        """Of the last batch."""
        self._words = Words([], [])
        self._deadline = self._clock.now() + START
        try:
            self.process: Forked | subprocess.Popen[bytes] = _forked(task) if Forked.is_possible() else _started(task)
        except OSError as error:
            raise _no_start(error.strerror or str(error)) from error
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self._stdin, self._stdout, self._stderr = self.process.stdin, self.process.stdout, self.process.stderr

    def greet(self) -> None:
        """Wait until it is ready. Raises EnvironmentFault when it cannot start."""
        if self._stdout.read(len(READY)) != READY:
            said = self._stderr.read().decode("utf-8", "replace").split("\n")
            self.failed = True
            raise _no_start(next((line for line in reversed(said) if line.strip()), "no word"))
        self._deadline = float("inf")

    def read(self, batch: Sequence[Job], problem: str = "") -> ReadBatch | None:
        """The results of a batch; None when the child failed, after it had parsed `n_parsed` of it, -1 for none yet."""
        self.n_parsed = -1
        try:
            self._deadline = self._clock.now() + _PATIENCE * sum(map(_seconds, batch))
            self._stdin.write(struct.pack("<I", len(batch)))
            for job in batch:
                send(self._stdin, job.language.encode(), problem.encode(), b"%d" % _seconds(job), job.content)
            self._stdin.flush()
            whole = _PATIENCE * sum(map(_seconds, batch))
            for patience in (whole, *(_PATIENCE * _seconds(job) for job in batch)):
                self._deadline = self._clock.now() + patience
                if self._stdout.read(len(PARSED)) != PARSED:
                    raise EOFError
                self.n_parsed += 1
            self._deadline = self._clock.now() + whole
            reads: list[Read] = []
            for job in batch:
                facts, said, numbers = receive(self._stdout, 3)
                reads.append(Read(job, Reading(facts, said, *struct.unpack("<2I", numbers))))
            *parts, n_known, terms, names = receive(self._stdout, N_COLUMNS + 3)
        except (OSError, EOFError):
            self.failed = True
            return None
        self._deadline = float("inf")
        if not any(n_known):
            self._words = Words([], [])
        self._words.terms.extend(_split(terms))
        self._words.names.extend(_split(names))
        return ReadBatch(reads, Columns(*parts), self._words)

    def kill_if_late(self) -> None:
        if self._clock.now() > self._deadline:
            self._is_late = True
            self.process.kill()

    def close(self) -> str:
        """End it; why it failed, if it did."""
        if self.failed:
            self.process.kill()
        for stream in (self._stdin, self._stdout, self._stderr):
            with suppress(OSError):  # what it was never told
                stream.close()
        code = self.process.wait()
        if not self.failed:
            return ""
        return RAN_AWAY if self._is_late or (_OUT_OF_TIME and code == -_OUT_OF_TIME) else CRASHED


def _seconds(job: Job) -> int:
    return SECONDS + SECONDS_PER_MIB * len(job.content) // (1 << 20)


def _split(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogatepass").split("\0") if data else []


def _no_start(why: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"{sys.executable or 'python'}: no process can be started to read files ({why.strip()}); install repoagent anew"
    )


def _forked(task: _Task) -> Forked:
    data = Path("/proc/self/statm").read_bytes().split()[5]  # pages, as RLIMIT_DATA counts them
    return Forked(partial(serve, int(data) * os.sysconf("SC_PAGESIZE") + MEMORY, *task))


def _started(task: _Task) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        own_python(_MAIN, str(MEMORY), str(int(task.skim)), " ".join(task.languages)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).anchor,
    )


def own_python(program: str, *arguments: str) -> list[str]:
    """A command line that runs `program`, which finds `arguments` as `a`, with this process's modules and no others.

    Neither the user's settings of Python nor anything in the folder where it runs is looked at.
    """
    own, here = str(Path(__file__).resolve().parents[2]), str(Path.cwd())
    search = [own, *(entry for entry in sys.path if entry not in (own, here) and Path(entry).is_absolute())]
    n = len(arguments)
    main = f"import sys; a = sys.argv[1:{n + 1}]; sys.path[:] = sys.argv[{n + 1}:]\n{program}"
    return [sys.executable, "-I", "-S", "-c", main, *arguments, *search]


_MAIN = """
from repoagent_indexers.reading.reader import serve
serve(int(a[0]), bool(int(a[1])), a[2].split(), sys.stdin.buffer, sys.stdout.buffer)
"""
