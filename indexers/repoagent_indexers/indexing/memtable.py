"""What was read since the last segment, in columns: the part of a log-structured index that is still in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import DiscreetEncoder, Encoder, TermEncoder
from repoagent_indexers.indexing.catalogue import blob_key
from repoagent_indexers.indexing.postings import Collector
from repoagent_indexers.indexing.store import CHUNK_COLUMNS
from repoagent_indexers.indexing.vectors import Codes, quantise
from repoagent_indexers.reading.facts import CHUNK_WIDTH, Facts

if TYPE_CHECKING:
    from repoagent_indexers.encoders.pooling import Pooling
    from repoagent_indexers.reading.workers import Read, ReadBatch, Words

_CODED = 1 << 12
"""Chunks whose vectors are made at once."""


class Memtable:
    """Files that were read: what becomes a segment."""

    def __init__(self, encoder: Encoder, next_blob: int, next_chunk: int) -> None:
        self.encoder = encoder
        self.pooling = encoder.pooling() if isinstance(encoder, TermEncoder) else None
        self.next_blob = next_blob
        self.first_uncoded = self.next_chunk = next_chunk
        self.n_bytes = 0
        self.keys: list[bytes] = []
        self.facts: list[bytes] = []
        self.terms, self.names = Collector(), Collector()
        self.chunks: list[NDArray[np.uint32]] = []
        self.coded: list[Codes] = []
        """The vectors of the chunks before `first_uncoded`."""
        self.n_words = self.n_parts = 0
        """Of the terms and the parts of their columns how many those have."""
        self.texts: list[str] = []
        self.numbers: dict[int, tuple[Words, NDArray[np.uint32], NDArray[np.uint32]]] = {}
        """Of each child's words, by identity: the numbers of its terms and of its names here."""

    def add(self, batch: ReadBatch) -> None:
        """Take in some files, under the next numbers."""
        term_numbers, name_numbers = self._numbers(batch.words)
        columns = batch.columns
        n_chunks = np.array([read.reading.n_chunks for read in batch.reads])
        n, n_files = int(n_chunks.sum()), len(n_chunks)
        chunks = np.empty((n, CHUNK_COLUMNS), np.uint32)
        chunks[:, 0] = np.arange(self.next_chunk, self.next_chunk + n)
        chunks[:, 1] = np.repeat(np.arange(self.next_blob, self.next_blob + n_files), n_chunks)
        chunks[:, 2] = np.arange(n) - np.repeat(np.cumsum(n_chunks) - n_chunks, n_chunks)
        chunks[:, 3] = _column(columns.lengths)
        self.chunks.append(chunks)
        self.terms.add(
            term_numbers[_column(columns.terms)],
            _column(columns.term_chunks) + np.uint32(self.next_chunk),
            _column(columns.term_counts),
        )
        self.names.add(
            name_numbers[_column(columns.names)],
            _column(columns.name_files) + np.uint32(self.next_blob),
            _column(columns.name_values),
        )
        for read in batch.reads:
            if self.pooling is None:
                self.texts += self._chunk_texts(read)
            self.keys.append(blob_key(read.job.blob, read.job.language, read.job.charset))
            self.facts.append(read.facts)
            self.n_bytes += len(read.job.content)
        self.next_blob += n_files
        self.next_chunk += n
        if self.pooling and self.next_chunk - self.first_uncoded >= _CODED:
            self._code(self.pooling)

    def _chunk_texts(self, read: Read) -> Iterator[str]:
        content = read.job.content
        if isinstance(self.encoder, DiscreetEncoder):
            content = self.encoder.clean(content)
        facts = Facts.from_bytes(read.facts)
        for at in range(0, len(facts.chunks), CHUNK_WIDTH):
            start, end = facts.chunks[at : at + 2]
            yield content[start:end].decode("utf-8", "replace")

    def _numbers(self, words: Words) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        none = np.zeros(0, np.uint32)
        _, terms, names = self.numbers.get(id(words), (words, none, none))
        terms = np.concatenate([terms, self.terms.number(words.terms[len(terms) :])])
        names = np.concatenate([names, self.names.number(words.names[len(names) :])])
        self.numbers[id(words)] = words, terms, names
        return terms, names

    def codes(self) -> Codes:
        """The vectors of the batch's chunks."""
        if self.pooling is None:
            return quantise(self.encoder.encode(self.texts))
        self._code(self.pooling)
        self.pooling = None  # its table is large, and nothing comes behind
        return np.concatenate(self.coded)

    def _code(self, pooling: Pooling) -> None:
        """Make the vectors of the chunks that have come since, while the workers read on."""
        terms, chunks, counts = self.terms.columns(self.n_parts)
        words = list(islice(self.terms.numbers, self.n_words, None))
        first, n_chunks = np.uint32(self.first_uncoded), self.next_chunk - self.first_uncoded
        self.coded.append(quantise(pooling.rows(chunks - first, terms, counts, words, n_chunks)))
        self.first_uncoded, self.n_words = self.next_chunk, len(self.terms.numbers)
        self.n_parts += 1


def _column(data: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(data, np.uint32)
