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
from repoagent_indexers.encoders.hashing import term_columns
from repoagent_indexers.encoders.letters import Letters, keys
from repoagent_indexers.encoders.pooling import Pooling
from repoagent_indexers.words.terms import count

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
        return self.pooling().rows(*term_columns(texts), len(texts))

    def encode_query(self, text: str) -> Rows:
        """One row; each term of a question counts once."""
        rows = self.term_rows(list(count(text)), 0).sum(axis=0, keepdims=True)
        unit: Rows = rows / max(float(np.linalg.norm(rows)), 1e-6)
        return unit

    def pooling(self) -> Pooling:
        """Rows from packed term counts: a name weighs three, documentation two, a body by the logarithm."""
        return Pooling(lambda words: self.term_rows(words, 1), self.dimensions)

    def term_rows(self, words: Sequence[str], side: int) -> Rows:
        """(len(words), d): the rows of terms of questions (side 0) or of code (side 1)."""
        wanted = word_keys(words)
        places = np.searchsorted(self._keys, wanted).clip(max=len(self._keys) - 1)
        known = self._keys[places] == wanted
        rows = np.empty((len(words), self.dimensions), np.float32)
        there = places[known]
        rows[known] = self._tables[side][there] * self._scales[there, side, None]
        unknown = np.flatnonzero(~known)
        if len(unknown):
            rows[unknown] = letter_rows([words[i] for i in unknown.tolist()], self.dimensions)
        return rows


def word_keys(words: Sequence[str]) -> NDArray[np.uint32]:
    """What the tables know words by."""
    return keys([word.encode("utf-8", "replace") for word in words])


def letter_rows(words: Sequence[str], dimensions: int) -> Rows:
    """(len(words), dimensions), unit rows: what a word is before training."""
    return Letters(dimensions, _SALTS, whole=2.0, shift=17).rows(words)


def write(file: Path, words: Sequence[str], asked: Rows, code: Rows) -> None:
    """Keep two tables as `StaticEncoder` reads them. Of words with one key the first stays.

    The head has a digest of all that follows: two tables over the same words begin alike, and an index made with one
    must not be read with the other.
    """
    kept, first = np.unique(word_keys(words), return_index=True)
    tables = [table[first].astype(np.float32) for table in (asked, code)]
    scales = np.stack([np.abs(table).max(axis=1).clip(1e-6) / 127 for table in tables], axis=1).astype(np.float32)
    codes = [np.rint(table / scales[:, side, None]).astype(np.int8) for side, table in enumerate(tables)]
    body = b"".join(part.tobytes() for part in (kept, scales, *codes))
    file.write_bytes(struct.pack(_HEAD, _MAGIC, len(kept), asked.shape[1], crc32(body)) + body)
