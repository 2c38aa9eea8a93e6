"""What a worker process does: the bytes of one file -> its facts, terms and names, as bytes that can be sent and kept.

Nothing here can be trusted to end: see `workers`, which starts and kills the processes that run it.
"""

from __future__ import annotations

import gc
import signal
import struct
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import IO

from repoagent_indexers.chunk import chunk
from repoagent_indexers.facts import CHUNK_WIDTH, REFERENCE_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.terms import tally

READY = b"ready"
"""What a child says first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file. Columns are uint32, end to end; numbers of terms and names count in a `Vocabulary`."""

    facts: bytes
    """In their kept form."""
    problem: bytes
    """`Facts.problem`."""
    n_symbols: bytes
    lengths: bytes
    """One a chunk: its length in terms."""
    terms: bytes
    term_chunks: bytes
    term_counts: bytes
    """One row for each term of each chunk: the term's number, the chunk's position, packed counts as in `Terms`."""
    names: bytes
    name_values: bytes
    """One row for each definition: the number of "d" + its name, case-folded, and the symbol's position; and one for
    each name that is used: the number of "r" + the name, and how often."""

    def parts(self) -> tuple[bytes, ...]:
        """The fields, in order."""
        return (
            *(self.facts, self.problem, self.n_symbols, self.lengths),
            *(self.terms, self.term_chunks, self.term_counts, self.names, self.name_values),
        )


N_PARTS = len(Reading.__slots__)


class Vocabulary:
    """Terms and names, numbered as they first came. Every batch begins a new one, so that it stays small."""

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self.names: dict[str, int] = {}


def read(language: str, content: bytes, vocabulary: Vocabulary, problem: str = "") -> Reading:
    """What one file says; as plain text when a `problem` is known beforehand."""
    facts = Facts(language, problem=problem) if problem else _facts(language, content)
    chunk(facts, content)
    table = tally(facts, content)
    numbers = _numbers(vocabulary.terms, table.words)
    names, values = _names(facts, vocabulary.names)
    return Reading(
        facts=facts.to_bytes(),
        problem=facts.problem.encode(),
        n_symbols=struct.pack("<I", facts.n_symbols),
        lengths=array("I", facts.chunks[5::CHUNK_WIDTH]).tobytes(),
        terms=array("I", map(numbers.__getitem__, table.terms)).tobytes(),
        term_chunks=table.chunks.tobytes(),
        term_counts=table.counts.tobytes(),
        names=names.tobytes(),
        name_values=values.tobytes(),
    )


def nothing(language: str, problem: str) -> Reading:
    """What is known of a file that could not even be read as plain text."""
    facts = Facts(language, problem=problem)
    return Reading(facts.to_bytes(), problem.encode(), bytes(4), *[b""] * (N_PARTS - 3))


def _facts(language: str, content: bytes) -> Facts:
    from repoagent_indexers.parse import extract

    if not LANGUAGES[language].is_code:
        return Facts(language)
    try:
        return extract(language, content)
    except MemoryError:
        raise  # other files may have taken the memory: the parent tries again in a fresh process
    except Exception as error:  # noqa: BLE001  a fault of ours costs one file its symbols, not a person the answer
        return Facts(language, problem=f"its outline failed ({type(error).__name__})")


def _numbers(known: dict[str, int], texts: Iterable[str]) -> list[int]:
    return [known.setdefault(text, len(known)) for text in texts]


def _names(facts: Facts, known: dict[str, int]) -> tuple[array[int], array[int]]:
    strings = facts.strings
    defined = ["d" + strings[name].casefold() for name in facts.symbols[1::SYMBOL_WIDTH]]
    used = Counter(facts.references[1::REFERENCE_WIDTH])
    keys = _numbers(known, defined) + _numbers(known, ["r" + strings[name] for name in used])
    return array("I", keys), array("I", [*range(len(defined)), *used.values()])


def serve(memory: int) -> None:
    """Answer batches of requests on standard input, until it closes, on standard output; hold `memory` bytes at most.

    A batch is its number of requests; a request is language, problem, whole seconds of CPU time, content; the answer to
    it is the parts of its `Reading`, then the terms and the names that its batch has not had before.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    _limit("RLIMIT_DATA", memory)
    _limit("RLIMIT_CORE", 0)
    gc.disable()  # nothing here makes cycles; looking for them costs a fifth of the time
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    stdout.write(READY)
    stdout.flush()
    while len(head := stdin.read(4)) == 4:
        batch = [receive(stdin, 4) for _ in range(*struct.unpack("<I", head))]
        vocabulary = Vocabulary()
        for language, problem, seconds, content in batch:
            n_terms, n_names = len(vocabulary.terms), len(vocabulary.names)
            _limit("RLIMIT_CPU", int(time.process_time()) + 1 + int(seconds))
            reading = read(language.decode(), content, vocabulary, problem.decode())
            send(stdout, *reading.parts(), _behind(vocabulary.terms, n_terms), _behind(vocabulary.names, n_names))
            stdout.flush()


def _limit(name: str, value: int) -> None:
    """Set a limit of this process, where the system has it, no higher than it is allowed to be."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    which = getattr(resource, name)
    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    with suppress(OSError, ValueError):  # some systems know a limit and do not let it be set
        resource.setrlimit(which, (value, most))


def _behind(known: dict[str, int], n: int) -> bytes:
    """The entries behind the first `n`."""
    return "\0".join(reversed(list(islice(reversed(known), len(known) - n)))).encode("utf-8", "surrogatepass")


def send(stream: IO[bytes], *parts: bytes) -> None:
    """Write parts with their lengths in front."""
    stream.write(struct.pack(f"<{len(parts)}I", *map(len, parts)) + b"".join(parts))


def receive(stream: IO[bytes], n: int) -> list[bytes]:
    """`n` parts, as they were sent. Raises EOFError when the other side has gone."""
    sizes: Sequence[int] = struct.unpack(f"<{n}I", _exactly(stream, 4 * n))
    return [_exactly(stream, size) for size in sizes]


def _exactly(stream: IO[bytes], n: int) -> bytes:
    data = stream.read(n)
    if len(data) < n:
        raise EOFError
    return data
