"""The trained encoder: no model, no torch. A text is the sum of its terms' rows in a table that ships with the package.

Two tables of signed bytes, one for the terms of questions and one for the terms of code, trained by `training/train.py`
on public repositories so that a question and its code point the same way. A term that the tables lack is the sum of its
letter stretches, at the mean length, as all terms were before training.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import Rows
from repoagent_indexers.encoders.hashing import pooled, term_columns, term_weights
from repoagent_indexers.terms import count

TABLE = Path(__file__).with_name("static.bin")
_MAGIC = b"repoagent static table 1\0"
_HEAD = f"<{len(_MAGIC)}s3I"
_SALTS = (0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F)


class StaticEncoder:
    """The same rows on every machine: the table and fixed hashes."""

    name = "static"

    def __init__(self, table: Path = TABLE) -> None:
        with table.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, n, self.dimensions, _ = struct.unpack_from(_HEAD, data)
        if magic != _MAGIC:
            raise ValueError(f"{table}: not a table of the static encoder; train it anew")
        at = struct.calcsize(_HEAD)
        columns = []
        for kind, width in ((np.uint32, 1), (np.float32, 2), (np.int8, self.dimensions), (np.int8, self.dimensions)):
            columns.append(np.frombuffer(data, kind, n * width, at).reshape(n, width))
            at += columns[-1].nbytes
        self._keys = columns[0][:, 0]
        self._scales = columns[1]
        self._tables = columns[2:]

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows for texts, by way of their terms."""
        return self.encode_terms(*term_columns(texts), len(texts))

    def encode_query(self, text: str) -> Rows:
        """One row; each term of a question counts once."""
        rows = self.term_rows(list(count(text)), 0).sum(axis=0, keepdims=True)
        unit: Rows = rows / max(float(np.linalg.norm(rows)), 1e-6)
        return unit

    def encode_terms(
        self,
        chunks: NDArray[np.uint32],
        terms: NDArray[np.uint32],
        counts: NDArray[np.uint32],
        words: Sequence[str],
        n_chunks: int,
    ) -> Rows:
        """Rows from packed term counts: a name weighs three, documentation two, a body by the logarithm."""
        weights = term_weights(counts)
        return pooled(lambda some: self.term_rows(some, 1), words, chunks, terms, weights, n_chunks)

    def term_rows(self, words: Sequence[str], side: int) -> Rows:
        """(len(words), d): the rows of terms of questions (side 0) or of code (side 1)."""
        keys = word_keys(words)
        places = np.searchsorted(self._keys, keys).clip(max=len(self._keys) - 1)
        known = self._keys[places] == keys
        rows = np.empty((len(words), self.dimensions), np.float32)
        there = places[known]
        rows[known] = self._tables[side][there] * self._scales[there, side, None]
        unknown = np.flatnonzero(~known)
        if len(unknown):
            rows[unknown] = letter_rows([words[i] for i in unknown.tolist()], self.dimensions)
        return rows


def word_keys(words: Sequence[str]) -> NDArray[np.uint32]:
    """What the tables know words by."""
    return _keys([word.encode("utf-8", "replace") for word in words])


def _keys(words: Sequence[bytes]) -> NDArray[np.uint32]:
    return np.fromiter(map(crc32, words), np.uint32, len(words))


def letter_rows(words: Sequence[str], dimensions: int) -> Rows:
    """(len(words), dimensions), unit rows: letter stretches, each with a sign in the few dimensions it hashes to.

    Feature hashing: Weinberger et al., Feature hashing for large scale multitask learning, 2009.
    """
    rows = np.empty((len(words), dimensions), np.float32)
    for start in range(0, len(words), 1 << 12):
        block = [f"<{word}>".encode("utf-8", "replace") for word in words[start : start + (1 << 12)]]
        lengths = np.fromiter(map(len, block), np.int64, len(block))
        letters = np.frombuffer(b"".join(block) + b"\0\0\0", np.uint8).astype(np.uint32)
        owners = np.repeat(np.arange(len(block)), lengths)
        left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(owners))  # letters to the end of the word
        four = letters[:-3] | letters[1:-2] << 8 | letters[2:-1] << 16 | letters[3:] << 24
        stretches = left >= 4
        features = np.concatenate([four[stretches] * np.uint32(2), _keys(block) * np.uint32(2) + np.uint32(1)])
        places = np.concatenate([owners[stretches], np.arange(len(block))]) * dimensions
        weights = np.concatenate([np.ones(int(stretches.sum()), np.float32), np.full(len(block), 2, np.float32)])
        cells = np.zeros(len(block) * dimensions)
        for salt in _SALTS:
            mixed = (features ^ np.uint32(salt)) * np.uint32(2654435761)
            mixed = (mixed ^ mixed >> np.uint32(15)) * np.uint32(2246822519)
            signs = np.float32(1) - np.float32(2) * ((mixed >> np.uint32(13)) & 1)
            cells += np.bincount(places + (mixed >> np.uint32(17)) % dimensions, signs * weights, len(cells))
        rows[start : start + len(block)] = cells.reshape(-1, dimensions)
    unit: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-6)
    return unit


def write(file: Path, words: Sequence[str], asked: Rows, code: Rows) -> None:
    """Keep two tables as `StaticEncoder` reads them. Of words with one key the first stays.

    The head has a digest of all that follows: two tables over the same words begin alike, and an index made with one
    must not be read with the other.
    """
    keys, first = np.unique(word_keys(words), return_index=True)
    tables = [table[first].astype(np.float32) for table in (asked, code)]
    scales = np.stack([np.abs(table).max(axis=1).clip(1e-6) / 127 for table in tables], axis=1).astype(np.float32)
    codes = [np.rint(table / scales[:, side, None]).astype(np.int8) for side, table in enumerate(tables)]
    body = b"".join(part.tobytes() for part in (keys, scales, *codes))
    file.write_bytes(struct.pack(_HEAD, _MAGIC, len(keys), asked.shape[1], crc32(body)) + body)
