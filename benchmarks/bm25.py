"""Plain BM25 (Robertson and Zaragoza 2009, k1 1.5, b 0.75) over files or passages: what the product has to beat."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from product import Place

K1, B = 1.5, 0.75
MAX_BYTES = 1_000_000
PASSAGE = 1_500
"""Characters: whole lines are packed into passages of at most this size."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Bm25:
    """An index of places of one checkout."""

    def __init__(self, documents: Iterable[tuple[Place, str]]) -> None:
        self.places: list[Place] = []
        vocabulary: dict[str, int] = {}
        rows, columns, counts, lengths = [], [], [], []
        for place, text in documents:
            counter = Counter(tokens(text))
            counter.update(tokens(_named(place.path)))
            for word, count in counter.items():
                rows.append(len(self.places))
                columns.append(vocabulary.setdefault(word, len(vocabulary)))
                counts.append(count)
            lengths.append(sum(counter.values()))
            self.places.append(place)
        row, column = np.array(rows, np.int32), np.array(columns, np.int32)
        frequency, length = np.array(counts, np.float32), np.array(lengths, np.float32)
        holding = np.bincount(column, minlength=len(vocabulary))
        rarity = np.log1p((len(self.places) - holding + 0.5) / (holding + 0.5))
        norm = K1 * (1 - B + B * length / max(float(length.mean()) if len(length) else 1.0, 1e-9))
        weight = rarity[column] * frequency * (K1 + 1) / (frequency + norm[row])
        order = np.argsort(column, kind="stable")
        self._rows, self._weights = row[order], weight[order]
        self._starts = np.concatenate([[0], np.cumsum(holding)])
        self._vocabulary = vocabulary

    def search(self, question: str, limit: int) -> list[Place]:
        """The best places, best first, one a file."""
        scores = np.zeros(len(self.places))
        for word in tokens(question):
            if (column := self._vocabulary.get(word)) is not None:
                a, b = self._starts[column], self._starts[column + 1]
                scores[self._rows[a:b]] += self._weights[a:b]
        best: dict[str, Place] = {}
        for at in np.argsort(-scores, kind="stable"):
            if len(best) == limit or scores[at] <= 0:
                break
            best.setdefault(self.places[at].path, self.places[at])
        return list(best.values())


def tokens(text: str) -> Iterator[str]:
    """Words of a text in lower case: each identifier whole, and its parts when it has several."""
    for word in _WORD.findall(text):
        yield word.lower()
        parts = _PART.findall(word)
        if len(parts) > 1:
            yield from (part.lower() for part in parts)


def whole_files(checkout: Path, keep: Callable[[str], bool] = bool) -> Iterator[tuple[Place, str]]:
    """Each tracked text file of at most MAX_BYTES whose path `keep` accepts, as one document."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True).stdout
    for path in sorted(set(listed.decode("utf-8", "surrogateescape").split("\0")) - {""}):
        file = checkout / path
        if keep(path) and file.is_file() and not file.is_symlink() and file.stat().st_size <= MAX_BYTES:
            content = file.read_bytes()
            if b"\0" not in content:
                yield Place(path, 0, 0), content.decode("utf-8", "replace")


def passages(files: Iterable[tuple[Place, str]]) -> Iterator[tuple[Place, str]]:
    """The same files in pieces of whole lines."""
    for place, text in files:
        first, size, held = 1, 0, []
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            if held and size + len(line) > PASSAGE:
                yield Place(place.path, first, number - 1), "".join(held)
                first, size, held = number, 0, []
            held.append(line)
            size += len(line)
        if held:
            yield Place(place.path, first, first + len(held) - 1), "".join(held)


def _named(path: str) -> str:
    """The words of a path, the file's own name twice."""
    pure = PurePosixPath(path)
    return " ".join([*pure.parent.parts[-3:], pure.stem, pure.stem])
