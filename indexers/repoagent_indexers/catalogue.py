"""Which path holds which blob, and what is known of each path: what is true of one work tree at one moment."""

from __future__ import annotations

import json
import struct
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
    """The id that git listed when the file was clean; "" when it had to be read."""
    sizes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    roles: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    notes: list[str] = field(default_factory=list)
    """Why a file is not in the index or is there as plain text only; "" for most."""
    fingerprint: str = ""
    """What git said of the whole tree, hashed; "" when it cannot vouch for the files."""

    def to_bytes(self) -> bytes:
        columns = (self.blobs, self.sizes, self.roles)
        lists = json.dumps([self.paths, self.oids, self.listed, self.notes, self.fingerprint]).encode()
        arrays = b"".join(column.tobytes() for column in columns)
        return struct.pack("<2I", len(self.paths), len(lists)) + lists + arrays

    @classmethod
    def from_bytes(cls, data: bytes) -> Catalogue:
        n, n_lists = struct.unpack_from("<2I", data)
        paths, oids, listed, notes, fingerprint = json.loads(data[8 : 8 + n_lists])
        at = 8 + n_lists
        blobs = np.frombuffer(data, np.int64, n, at)
        sizes = np.frombuffer(data, np.int64, n, at + 8 * n)
        roles = np.frombuffer(data, np.uint8, n, at + 16 * n)
        return cls(paths, blobs, oids, listed, sizes, roles, notes, fingerprint)
