"""Which path holds which blob, and what is known of each path: what is true of one work tree at one moment."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Catalogue:
    """Which path holds which blob, and what is known of each path: columns of equal length, sorted by path."""

    paths: list[str] = field(default_factory=list)
    blobs: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Blob number, or -1 for a file whose content is not in the index."""
    oids: list[str] = field(default_factory=list)
    """Blob id of the content that was read; "" where it was not."""
    listed: list[str] = field(default_factory=list)
    """The id that git listed when the file was clean; "" when it must be read again to be known."""
    languages: list[str] = field(default_factory=list)
    """What the content was read as; "" where it was not."""
    sizes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Bytes."""
    n_symbols: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    roles: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    charsets: list[str] = field(default_factory=list)
    """What the content is written in; "" for UTF-8, as most is."""
    notes: list[str] = field(default_factory=list)
    """Why a file is not in the index or is there as plain text only; "" for most."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What else the work tree holds, which is no file of its own -> how many."""
    rules: str = ""
    """`Rules.digest` of what decided how files are read and ranked."""
    fingerprint: str = ""
    """What git said of the whole tree, hashed; "" when it cannot vouch for the files."""

    def key(self, position: int) -> bytes:
        """What the facts of a file are kept under."""
        return blob_key(self.oids[position], self.languages[position], self.charsets[position])

    def to_bytes(self) -> bytes:
        """The form that is kept."""
        texts = "\0".join([*self.paths, *self.oids, *self.listed]).encode("utf-8", "surrogatepass")
        names = sorted(set(self.languages))
        number = {name: index for index, name in enumerate(names)}
        rest = json.dumps(
            [names, _sparse(self.charsets), _sparse(self.notes), dict(self.left_out), self.rules, self.fingerprint]
        ).encode()
        languages = bytes(number[language] for language in self.languages)
        columns = (self.blobs, self.sizes, self.n_symbols, self.roles)
        head = struct.pack("<3I4x", len(self.paths), len(texts), len(rest))
        return b"".join((head, *(column.tobytes() for column in columns), languages, texts, rest))

    @classmethod
    def from_bytes(cls, data: bytes) -> Catalogue:
        """The same catalogue again."""
        n, n_texts, n_rest = struct.unpack_from("<3I4x", data)
        blobs, sizes, n_symbols = np.frombuffer(data, np.int64, 3 * n, 16).reshape(3, n)
        roles, languages = np.frombuffer(data, np.uint8, 2 * n, 16 + 24 * n).reshape(2, n)
        at = 16 + 26 * n
        texts = data[at : at + n_texts].decode("utf-8", "surrogatepass").split("\0") if n else []
        rest = json.loads(data[at + n_texts : at + n_texts + n_rest])
        names, charsets, notes, left_out, rules, fingerprint = rest
        return cls(
            paths=texts[:n],
            blobs=blobs,
            oids=texts[n : 2 * n],
            listed=texts[2 * n :],
            languages=[names[number] for number in languages.tolist()],
            sizes=sizes,
            n_symbols=n_symbols,
            roles=roles,
            charsets=_dense(charsets, n),
            notes=_dense(notes, n),
            left_out=left_out,
            rules=rules,
            fingerprint=fingerprint,
        )


def blob_key(oid: str, language: str, charset: str = "") -> bytes:
    """What a blob's facts are kept under: git's id of the content, the language and the charset it was read as."""
    return bytes.fromhex(oid) + (f"{language}/{charset}" if charset else language).encode()


def _sparse(column: list[str]) -> dict[int, str]:
    return {position: text for position, text in enumerate(column) if text}


def _dense(column: dict[str, str], n: int) -> list[str]:
    texts = [""] * n
    for position, text in column.items():
        texts[int(position)] = text
    return texts
