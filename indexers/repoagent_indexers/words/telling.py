"""Term -> how telling it is in a question: the odds that the code which answers bears it too.

"cookie" in a sentence about code nearly always stands in that code, "really" nearly never. Rarity cannot know: "notice"
and "cope" are rare in most repositories. So the odds were counted on pairs of documentation or commit messages and
their code (`training/train.py telling`), as the relevance weight of Robertson and Spärck Jones (Relevance weighting of
search terms, 1976) asks for, where plain BM25 takes one half for all.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_FILE = Path(__file__).with_name("telling.bin")
_HEAD = "<8sI"
_MAGIC = b"telling1"
_UNKNOWN = 0.62
"""Of terms that training never met: most are names."""


def telling(term: str) -> float:
    """The chance, 0 to 1, that code which answers a question with this term has the term."""
    keys, chances = _table()
    key = crc32(term.encode("utf-8", "replace"))
    at = int(np.searchsorted(keys, key))
    return float(chances[at]) / 255 if at < len(keys) and int(keys[at]) == key else _UNKNOWN


def write(file: Path, words: Sequence[str], chances: NDArray[np.float64]) -> None:
    """Keep chances, one a word, as `telling` reads them. Of words with one key the first stays."""
    keys = np.fromiter((crc32(word.encode("utf-8", "replace")) for word in words), np.uint32, len(words))
    unique, first = np.unique(keys, return_index=True)
    codes = np.rint(np.asarray(chances)[first] * 255).clip(1, 255).astype(np.uint8)
    file.write_bytes(struct.pack(_HEAD, _MAGIC, len(unique)) + unique.tobytes() + codes.tobytes())


@cache
def _table() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    data = _FILE.read_bytes()
    magic, n = struct.unpack_from(_HEAD, data)
    assert magic == _MAGIC, f"{_FILE} is no table of this version"
    start = struct.calcsize(_HEAD)
    return np.frombuffer(data, np.uint32, n, start), np.frombuffer(data, np.uint8, n, start + 4 * n)
