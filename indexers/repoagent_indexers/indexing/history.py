"""What the newest commits said and touched, in columns: kept with the index, and brought up to date commit by commit.

A commit never changes, so it is read once; what changes is which commits HEAD leads to. After a rebase, an amended
commit or a switch of branches only those are read that were not among the newest before, and the result is the same as
if all had been read anew.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.git.commits import newest, read_commits
from repoagent_indexers.words.lexicon import numbering
from repoagent_indexers.words.terms import count

if TYPE_CHECKING:
    from repoagent_indexers.git.commits import Touch
    from repoagent_indexers.git.repository import Repository

MAX_COMMITS = 2000
"""Newest ones that are known. Twice as many cost twice as much, rank hardly better: benchmarks/results/questions.md."""
_MAX_TERMS = 200
"""Of one message."""
_NOISE = re.compile(
    r"^[ \t]*[A-Za-z][A-Za-z-]*-(?:[Bb]y|[Ii]d|[Oo]n): .*$"  # Signed-off-by, Change-Id, git-svn-id ...
    r"|https?://[^\s)>\]]+",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Ragged:
    """For each of n commits a run of names, as numbers."""

    names: list[str] = field(default_factory=list)
    """In the order in which they first stand."""
    ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    """(n + 1,): the run of commit i is `numbers[ends[i] : ends[i + 1]]`."""
    numbers: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))

    @classmethod
    def of(cls, runs: Sequence[Sequence[str]]) -> Ragged:
        """The runs as numbers."""
        known = numbering()
        ends = np.concatenate([[0], np.cumsum(np.fromiter(map(len, runs), np.int64, len(runs)))])
        numbers = [known[name] for name in chain.from_iterable(runs)]
        return cls(list(known), ends, np.array(numbers, np.uint32))

    def runs(self) -> Iterator[list[str]]:
        """The runs as names."""
        found = [self.names[number] for number in self.numbers.tolist()]
        ends = self.ends.tolist()
        return (found[start:end] for start, end in pairwise(ends))

    def owners(self) -> NDArray[np.int64]:
        """For each of `numbers` the commit in whose run it stands."""
        return np.repeat(np.arange(len(self.ends) - 1), np.diff(self.ends))


@dataclass(frozen=True, slots=True)
class History:
    """The newest commits that HEAD leads to, newest first; merges are left out."""

    head: str = ""
    """Where it was read from; "" before the first commit."""
    ids: list[str] = field(default_factory=list)
    times: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Seconds since 1970."""
    n_touched: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """How many paths each commit touched."""
    paths: Ragged = field(default_factory=Ragged)
    """What each commit touched; nothing where that is more than `commits.MAX_TOUCHED`."""
    terms: Ragged = field(default_factory=Ragged)
    """The terms of each message."""
    counts: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    """For each of `terms.numbers` how often it stands there, in the first line twice as often; at most 255."""

    def at(self, repository: Repository, head: str, n: int | None = None) -> History:
        """The newest *n* commits that *head* leads to, `MAX_COMMITS` unless said; only those unknown here are read."""
        if head == self.head:
            return self
        ids = newest(repository, head, n or MAX_COMMITS) if head else []
        rows = dict(zip(self.ids, self._rows(), strict=True))
        for commit in read_commits(repository, (each for each in ids if each not in rows)):
            rows[commit.id] = _row(commit)
        return _history(head, [(each, rows[each]) for each in ids if each in rows])

    def _rows(self) -> Iterator[_Row]:
        ends, counts = self.terms.ends.tolist(), self.counts.tolist()
        spans = pairwise(ends)
        columns = zip(
            self.times.tolist(), self.n_touched.tolist(), self.paths.runs(), self.terms.runs(), spans, strict=True
        )
        return (_Row(time, n, paths, terms, counts[start:end]) for time, n, paths, terms, (start, end) in columns)

    def to_bytes(self) -> bytes:
        """The form that is kept."""
        texts = [self.head, *self.ids], self.paths.names, self.terms.names
        data = ["\0".join(each).encode("utf-8", "surrogateescape") for each in texts]
        columns = (self.times, self.n_touched, self.paths.ends, self.terms.ends)
        numbers = (self.paths.numbers, self.terms.numbers, self.counts)
        sizes = (len(self.ids), len(self.paths.numbers), len(self.terms.numbers), *map(len, data))
        return b"".join((_HEAD.pack(*sizes), *(each.tobytes() for each in (*columns, *numbers)), *data))

    @classmethod
    def from_bytes(cls, data: bytes) -> History:
        """The same history again."""
        n, n_paths, n_terms, *n_texts = _HEAD.unpack_from(data)
        sizes = (8 * n, 8 * n, 8 * (n + 1), 8 * (n + 1), 4 * n_paths, 4 * n_terms, n_terms, *n_texts)
        ends = np.cumsum((_HEAD.size, *sizes)).tolist()
        times, n_touched, path_ends, term_ends, paths, terms, counts, *texts = (
            data[start:end] for start, end in pairwise(ends)
        )
        names = [text.decode("utf-8", "surrogateescape").split("\0") if text else [] for text in texts]
        head, *ids = names[0] or [""]
        return cls(
            head,
            ids,
            np.frombuffer(times, np.int64),
            np.frombuffer(n_touched, np.int64),
            Ragged(names[1], np.frombuffer(path_ends, np.int64), np.frombuffer(paths, np.uint32)),
            Ragged(names[2], np.frombuffer(term_ends, np.int64), np.frombuffer(terms, np.uint32)),
            np.frombuffer(counts, np.uint8),
        )


_HEAD = struct.Struct("<6Q")


class Reading:
    """A history that is brought to another HEAD in a thread, beside whatever else is read: its newest *n* commits."""

    def __init__(self, repository: Repository, old: History, head: str, n: int | None = None) -> None:
        self._old = old
        self._n = n
        self._found: History | Exception | None = None
        self._thread = Thread(target=self._read, args=(repository, head), daemon=True) if head != old.head else None
        if self._thread is not None:
            self._thread.start()

    def _read(self, repository: Repository, head: str) -> None:
        try:
            self._found = self._old.at(repository, head, self._n)
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            self._found = error

    def result(self) -> History | None:
        """The new history; None when it is the old one."""
        if self._thread is not None:
            self._thread.join()
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


class _Row(NamedTuple):
    """What is kept of one commit."""

    time: int
    n_touched: int
    paths: Sequence[str]
    terms: Sequence[str]
    counts: Sequence[int]


def _row(commit: Touch) -> _Row:
    title, _, rest = commit.message.strip().partition("\n")
    terms = count(title)
    for term, n in terms.items():
        terms[term] = 2 * n
    for term, n in count(_NOISE.sub(" ", rest)).items():
        terms[term] = terms.get(term, 0) + n
    kept = list(terms)[:_MAX_TERMS]
    return _Row(commit.time, commit.n_touched, commit.touched, kept, [min(terms[term], 255) for term in kept])


def _history(head: str, rows: Iterable[tuple[str, _Row]]) -> History:
    rows = list(rows)
    found = [row for _, row in rows]
    return History(
        head,
        [each for each, _ in rows],
        np.array([row.time for row in found], np.int64),
        np.array([row.n_touched for row in found], np.int64),
        Ragged.of([row.paths for row in found]),
        Ragged.of([row.terms for row in found]),
        np.array(list(chain.from_iterable(row.counts for row in found)), np.uint8),
    )
