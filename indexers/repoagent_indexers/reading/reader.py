"""What a worker process does: the bytes of some files -> their facts, terms and names, as bytes to be sent and kept.

Each file is parsed alone, and nothing there can be trusted to end: see `workers`, which starts and kills the processes
that run it. What comes after, the words of a batch of files are worked out together, in columns.
"""

from __future__ import annotations

import gc
import signal
import struct
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.languages import LANGUAGES, tags
from repoagent_indexers.memory import keep_freed
from repoagent_indexers.reading.chunk import chunk
from repoagent_indexers.reading.facts import REFERENCE_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.skim import LANGUAGES as SKIMMED
from repoagent_indexers.reading.skim import Code, Passed, code, skimmed
from repoagent_indexers.reading.tally import tally
from repoagent_indexers.reading.uses import Outline, add_references, is_lexical
from repoagent_indexers.words.lexicon import Words, line_starts, numbering
from repoagent_indexers.words.terms import MAX_COUNTED
from repoagent_indexers.words.vocabulary import Vocabulary

if TYPE_CHECKING:
    from repoagent_indexers.reading.passed_over import PassedOver

READY = b"ready"
"""What a child says first."""
PARSED = b"."
"""What a child says when it has looked at all files of a batch, and when it has parsed one more."""
MAX_WORDS = 1 << 18
"""Words after which a vocabulary is begun anew."""


class Reading(NamedTuple):  # a seventh of the time to make of a frozen dataclass, and each command makes them all
    """What came of one file."""

    facts: bytes
    """In their kept form."""
    problem: bytes
    """`Facts.problem`."""
    n_symbols: int
    n_chunks: int


class Columns(NamedTuple):
    """What the files of a batch hold, as uint32 end to end; numbers of terms and names count in a `Known`."""

    lengths: bytes
    """One a chunk: its length in terms."""
    terms: bytes
    term_chunks: bytes
    term_counts: bytes
    """One row for each term of each chunk: the term's number, the chunk's position in the batch, packed counts as in
    `Tally`."""
    names: bytes
    name_files: bytes
    name_values: bytes
    """One row for each definition: the number of "d" + its name, case-folded, the file's position in the batch and the
    symbol's in the file; and one for each name that is used: the number of "r" + the name, the file's position, and how
    often."""


N_COLUMNS = len(Columns._fields)


@dataclass(slots=True)
class Known:
    """Terms and names, numbered as they first came."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    names: dict[str, int] = field(default_factory=numbering)

    @property
    def terms(self) -> dict[str, int]:
        """Terms and their numbers."""
        return self.vocabulary.terms


class Page(NamedTuple):
    """Some files to be read together, of which there must be one."""

    languages: Sequence[str]
    contents: Sequence[bytes]
    problems: Sequence[str]
    words: Words
    code: Code
    """Of the files whose references are found by `uses`."""
    passed: dict[int, Passed]
    """What is to be parsed of a file in place of its content."""
    others: PassedOver | None
    """Where that comes from in languages other than those; None where there is none."""

    def outline(self, at: int) -> Outline:
        """What the tree of one file says, and its chunks; those of plain text when it has a problem."""
        language, content, problem = self.languages[at], self.contents[at], self.problems[at]
        found, lines = Outline(Facts(language, problem=problem)), line_starts(content)
        if not problem and LANGUAGES[language].is_code:
            found = _outlined(language, content, lines, self.passed.get(at))
        chunk(found.facts, content, lines)
        return found


def page(files: Sequence[tuple[str, bytes, str]], known: Known, skim: bool = False) -> Page:
    """Files, each (language, content, problem known beforehand), made ready.

    With `skim`, errors inside functions may stay unknown.
    """
    languages, contents = [language for language, _, _ in files], [content for _, content, _ in files]
    problems = [problem for _, _, problem in files]
    lexicon = known.vocabulary.lexicon
    text = [at for at, one in enumerate(languages) if problems[at] or not LANGUAGES[one].is_code]
    long = [at for at in text if len(contents[at]) > MAX_COUNTED]
    words = lexicon.words(contents, long, MAX_COUNTED)  # the others would not count
    found = code([at for at, one in enumerate(languages) if one in SKIMMED and not problems[at]], words)
    passed: dict[int, Passed] = {}
    others = None
    if skim:
        passed = skimmed(found, words, lexicon)
        sound = [at for at, problem in enumerate(problems) if not problem]
        if any(map(_is_of_others, (languages[at] for at in sound))):
            from repoagent_indexers.reading.passed_over import passed_over

            others = passed_over(languages, sound, words, lexicon)
            passed |= others.passed
    return Page(languages, contents, problems, words, found, passed, others)


def read(page: Page, outlines: Sequence[Outline], known: Known) -> tuple[list[Reading], Columns]:
    """What the files of a page say."""
    words = page.words
    lexicon = known.vocabulary.lexicon
    lexical = [(at, one) for at, one in enumerate(outlines) if one.intern]
    add_references([one for one in lexical if is_lexical(one[1].facts.language)], page.code, words, lexicon)
    if page.others:
        page.others.add_references(lexical, words, lexicon)
    files = [one.facts for one in outlines]
    table = tally(files, words, known.vocabulary)
    readings = [Reading(facts.to_bytes(), facts.problem.encode(), facts.n_symbols, facts.n_chunks) for facts in files]
    columns = (table.lengths, table.terms, table.chunks, table.counts, *_names(files, known.names))
    return readings, Columns(*(column.tobytes() for column in columns))


def nothing(language: str, problem: str) -> tuple[list[Reading], Columns]:
    """What is known of a file that could not even be read as plain text."""
    facts = Facts(language, problem=problem)
    return [Reading(facts.to_bytes(), problem.encode(), 0, 0)], Columns(*[b""] * N_COLUMNS)


def _outlined(language: str, content: bytes, lines: list[int], passed: Passed | None) -> Outline:
    from repoagent_indexers.reading.parse import outlined

    try:
        return outlined(language, content, lines, passed)
    except MemoryError:
        raise  # other files may have taken the memory: the parent tries again in a fresh process
    except Exception as error:  # noqa: BLE001  a fault of ours costs one file its symbols, not a person the answer
        return Outline(Facts(language, problem=f"its outline failed ({type(error).__name__})"))


def _names(files: Sequence[Facts], known: dict[str, int]) -> Iterable[NDArray[np.uint32]]:
    keys: list[int] = []
    owners: list[int] = []
    values: list[int] = []
    for at, facts in enumerate(files):
        strings = facts.strings
        defined = ["d" + strings[name].casefold() for name in facts.symbols[1::SYMBOL_WIDTH]]
        used = Counter(facts.references[1::REFERENCE_WIDTH])
        keys += map(known.__getitem__, defined)
        keys += [known["r" + strings[name]] for name in used]
        owners += [at] * (len(defined) + len(used))
        values += range(len(defined))
        values += used.values()
    return (np.frombuffer(array("I", column), np.uint32) for column in (keys, owners, values))


def _is_of_others(language: str) -> bool:
    return language not in SKIMMED and LANGUAGES[language].is_code


def prepare(languages: Sequence[str]) -> None:
    """Load what reading some languages takes, and compile what is asked of their trees; both are kept."""
    for language in languages:
        import repoagent_indexers.reading.parse

        if _is_of_others(language):
            import repoagent_indexers.reading.passed_over  # noqa: F401

        tags(language).compile()


def _expect(batch: Sequence[Sequence[bytes]]) -> None:
    """Compile what the files of a batch of requests are worth compiling for."""
    n_bytes = Counter[str]()
    for language, problem, _, content in batch:
        if not problem:
            n_bytes[language.decode()] += len(content)
    for name, n in n_bytes.items():
        if LANGUAGES[name].is_code:
            tags(name).expect(n)


def serve(memory: int, skim: bool, languages: Sequence[str], stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Answer batches of requests on `stdin`, until it closes, on `stdout`; hold `memory` bytes at most.

    A batch is its number of requests; a request is language, problem, whole seconds of CPU time, content. The answer is
    a sign when all are looked at, and one for each file as soon as it is parsed; then for each its `Reading`; the
    `Columns` of all; and the terms and the names that have not been said before, behind how many have been: none where
    numbers begin anew. `skim` as in `page`; `languages` are prepared before the first batch.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    _limit("RLIMIT_DATA", memory)
    _limit("RLIMIT_CORE", 0)
    keep_freed()
    gc.disable()  # nothing here makes cycles; looking for them costs a fifth of the time
    stdout.write(READY)
    stdout.flush()
    prepare(languages)
    known, clock = Known(), _Clock()
    while len(head := stdin.read(4)) == 4:
        batch = [receive(stdin, 4) for _ in range(*struct.unpack("<I", head))]
        if len(known.vocabulary.lexicon) + len(known.names) > MAX_WORDS:
            known = Known()
        n_terms, n_names = len(known.terms), len(known.names)
        limits = [1 + int(seconds) for _, _, seconds, _ in batch]
        clock.allow(sum(limits))
        _expect(batch)
        files = page([(one[0].decode(), one[3], one[1].decode()) for one in batch], known, skim)
        stdout.write(PARSED)
        stdout.flush()
        outlines: list[Outline] = []
        for at, limit in enumerate(limits):
            clock.allow(limit)
            outlines.append(files.outline(at))
            stdout.write(PARSED)
            stdout.flush()
        clock.allow(sum(limits))
        readings, columns = read(files, outlines, known)
        for reading in readings:
            send(stdout, reading.facts, reading.problem, struct.pack("<2I", reading.n_symbols, reading.n_chunks))
        said = struct.pack("<2I", n_terms, n_names)
        send(stdout, *columns, said, _behind(known.terms, n_terms), _behind(known.names, n_names))
        stdout.flush()


class _Clock:
    """The limit on the CPU time of this process, which the system counts in whole seconds from its start."""

    def __init__(self) -> None:
        self._last = 0

    def allow(self, seconds: int) -> None:
        """End this process when it has taken so much more; mostly the same second as for the file before."""
        last = int(time.process_time()) + seconds
        if last != self._last:
            self._last = last
            _limit("RLIMIT_CPU", last)


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
