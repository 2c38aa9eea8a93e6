"""Parsing in processes that can be killed: bytes of one file -> its facts and terms.

Inside a grammar's C code nothing can be interrupted, and twelve kilobytes of hostile source can cost half a minute and
gigabytes. So files are parsed by child processes with a memory limit; one that says nothing for `SECONDS` seconds is
killed, its file is known as plain text from then on, and another process takes over.

A child never unpickles and is never unpickled from: frames are lengths and bytes in both directions.
"""

from __future__ import annotations

import gc
import os
import selectors
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import IO

from repoagent_indexers.facts import Facts
from repoagent_indexers.terms import Terms, tally

SECONDS = 5.0
"""A file may take this long, wall time, before its process is killed."""
MEMORY = 800 << 20
"""Bytes of data a child may hold (RLIMIT_DATA, where the system has it)."""
BATCH = 512 << 10
"""Bytes of source given to a child at once."""
ALONE = 1 << 18
"""Below this many bytes in all, one child is enough: starting another costs more than it saves."""

_REQUEST = struct.Struct("<III")
_REPLY = struct.Struct("<III")


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
class Read:
    """What came of one job: the facts in their kept form, and the terms."""

    job: Job
    facts: bytes
    terms: Terms


def read_all(jobs: Iterable[Job], n_workers: int | None = None) -> Iterator[Read]:
    """Every job's result, in no order. Jobs are drawn as workers get free, so their content need not all be held.

    `n_workers` is the number of child processes, one a core unless said.
    """
    batches = _batches(jobs)
    first = next(batches, None)
    if first is None:
        return
    second = next(batches, None)
    if second is None and sum(len(job.content) for job in first) < ALONE:
        n_workers = 1
    n_workers = n_workers or _cores()
    done: Queue[list[Read] | BaseException | None] = Queue(maxsize=2 * n_workers)
    source = _Shared(batch for group in ([first], [second] if second else [], batches) for batch in group)
    threads = [threading.Thread(target=_drive, args=(source, done), daemon=True) for _ in range(n_workers)]
    for thread in threads:
        thread.start()
    try:
        running = n_workers
        while running:
            item = done.get()
            if item is None:
                running -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield from item
    finally:
        source.close()
        while any(thread.is_alive() for thread in threads):
            while not done.empty():
                done.get_nowait()
            for thread in threads:
                thread.join(0.01)


def _cores() -> int:
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
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


class _Shared:
    """An iterator that several threads draw from."""

    def __init__(self, batches: Iterator[list[Job]]) -> None:
        self._batches = batches
        self._lock = threading.Lock()
        self._closed = False

    def next(self) -> list[Job] | None:
        with self._lock:
            return None if self._closed else next(self._batches, None)

    def close(self) -> None:
        self._closed = True


def _drive(source: _Shared, done: Queue[list[Read] | BaseException | None]) -> None:
    """Feed one child after another until the jobs are out."""
    child: _Child | None = None
    try:
        while (batch := source.next()) is not None:
            while batch:
                child = child or _Child()
                if reads := child.read(batch):
                    done.put(reads)
                batch = batch[len(reads) :]
                if child.failed:
                    child.close()
                    child = None
                    if batch:
                        done.put([as_text(batch.pop(0), "its parser ran away")])
    except BaseException as error:  # noqa: BLE001  whatever happens in a thread must reach the caller
        done.put(error)
    finally:
        if child:
            child.close()
        done.put(None)


class _Child:
    """One process that reads files."""

    def __init__(self) -> None:
        search = [entry for entry in sys.path if entry and entry != str(Path.cwd())]
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _MAIN, os.pathsep.join(search)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path.cwd().anchor,
        )
        self.failed = False

    def read(self, batch: list[Job]) -> list[Read]:
        """The results of the first jobs of a batch: all of them, unless the child `failed` at the next."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        reads: list[Read] = []
        try:
            frames = [struct.pack("<I", len(batch))]
            for job in batch:
                language = job.language.encode()
                frames += (_REQUEST.pack(job.key & 0xFFFFFFFF, len(language), len(job.content)), language, job.content)
            stdin.write(b"".join(frames))
            stdin.flush()
            for job in batch:
                head = self._receive(stdout, _REPLY.size)
                _, n_facts, n_terms = _REPLY.unpack(head)
                body = self._receive(stdout, n_facts + n_terms)
                reads.append(Read(job, body[:n_facts], Terms.from_bytes(body[n_facts:])))
        except (OSError, EOFError, TimeoutError):
            self.failed = True
        return reads

    def _receive(self, stdout: IO[bytes], n: int) -> bytes:
        parts: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while n:
                if not selector.select(SECONDS):
                    raise TimeoutError
                part = os.read(stdout.fileno(), n)
                if not part:
                    raise EOFError
                parts.append(part)
                n -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        if self.failed:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                if stream:
                    stream.close()
            except OSError:
                self.process.kill()
        self.process.wait()


_MAIN = """
import sys
sys.path[:] = sys.argv[1].split(__import__("os").pathsep)
from repoagent_indexers.workers import serve
serve()
"""


def serve() -> None:
    """What a child does: read requests from standard input until it closes, answer each on standard output."""
    _limit_memory()
    gc.disable()  # nothing here makes cycles; looking for them costs a fifth of the time
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(head := stdin.read(4)) == 4:
        requests = []
        for _ in range(struct.unpack("<I", head)[0]):
            key, n_language, n_content = _REQUEST.unpack(stdin.read(_REQUEST.size))
            requests.append((key, stdin.read(n_language).decode(), stdin.read(n_content)))
        for key, language, content in requests:
            facts, terms = read_one(language, content)
            kept, words = facts.to_bytes(), terms.to_bytes()
            stdout.write(_REPLY.pack(key, len(kept), len(words)) + kept + words)
            stdout.flush()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_one(language: str, content: bytes) -> tuple[Facts, Terms]:
    """The facts and terms of one file, in this process."""
    from repoagent_indexers.chunk import chunk
    from repoagent_indexers.languages import LANGUAGES
    from repoagent_indexers.parse import extract

    facts = extract(language, content) if LANGUAGES[language].is_code else Facts(language)
    chunk(facts, content)
    return facts, tally(facts, content)


def as_text(job: Job, problem: str) -> Read:
    """A file known as plain text only, and why."""
    from repoagent_indexers.chunk import chunk

    facts = Facts(job.language, problem=problem)
    chunk(facts, job.content)
    return Read(job, facts.to_bytes(), tally(facts, job.content))
