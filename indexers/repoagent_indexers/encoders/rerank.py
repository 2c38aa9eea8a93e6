"""Candidates -> how well each answers the question, by a neural model that the user has.

An embedder reads question and passage apart, so a passage's row is kept by its content and computed once in its life.
A cross-encoder reads both together (Nogueira and Cho, Passage re-ranking with BERT, 2019), so what is kept is its score
of both. What is kept is a cache: where it cannot be read or written, the model is asked again.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.errors import UsageError

if TYPE_CHECKING:
    from repoagent_indexers.encoders import Encoder, Rows
    from repoagent_indexers.encoders.sentence_transformers import CrossEncoder

MAX_TEXT = 4000
"""Characters of a passage that a model is given."""
_MOST_KEPT = 200_000
"""Rows or scores of one model and repository; the oldest go first."""
_KINDS = ("sentence-transformers", "cross-encoder", "openai")


class Reranker:
    """`KIND:MODEL`, loaded when it is first asked. Raises UsageError at once for a name of no kind.

    `folder` is where rows and scores are kept.
    """

    clean: Callable[[str], str] = staticmethod(str)
    """What every text goes through on its way to the model."""

    def __init__(self, name: str, folder: Path) -> None:
        kind, _, model = name.partition(":")
        if kind not in _KINDS or not model:
            raise UsageError(f"reranker {name!r} is not known; use {', '.join(f'{kind}:MODEL' for kind in _KINDS)}")
        self.name = name
        self._kind, self._model = kind, model
        self._kept = _Kept(folder / f"rerank-{_digest(self._identity()).hex()[:16]}.sqlite")

    @property
    def place(self) -> str:
        """Where the model runs: a server's address, or "this process"."""
        from repoagent_indexers.encoders.openai_compatible import server

        return server() if self._kind == "openai" else "this process"

    def _identity(self) -> str:
        """What tells models apart: name, place, and what the files of a folder look like: it may be trained anew."""
        files: list[tuple[str, int, int]] = []
        with suppress(OSError):
            stats = [(entry.name, entry.stat()) for entry in os.scandir(self._model)]
            files = sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
        return f"{self.name}\0{self.place}\0{files}"

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts),) float32: higher is better, on a scale of the model's own. Raises ModelError."""
        question = self.clean(question)
        texts = [self.clean(text)[:MAX_TEXT] for text in texts]
        if self._kind == "cross-encoder":
            keys = [_digest(f"{question}\0{text}") for text in texts]
            return self._known(keys, texts, lambda some: self._cross_encoder.scores(question, some))[:, 0]
        keys = [_digest(f"?\0{question}"), *map(_digest, texts)]
        rows = self._known(keys, [question, *texts], lambda some: self._rows(some, question))
        found: NDArray[np.float32] = rows[1:] @ rows[0]
        return found

    def _rows(self, texts: list[str], question: str) -> Rows:
        """Rows of texts, the first of which may be the question."""
        if texts[0] != question:
            return self._encoder.encode(texts)
        rows = self._encoder.encode_query(question)
        return np.concatenate([rows, self._encoder.encode(texts[1:])]) if len(texts) > 1 else rows

    def _known(self, keys: Sequence[bytes], texts: Sequence[str], of: Callable[[list[str]], Rows]) -> Rows:
        """(len(keys), d): a row for each key, from what is kept, else from the model and kept."""
        known = self._kept.get(keys)
        fresh = self._asked({key: text for key, text in zip(keys, texts, strict=True) if key not in known}, of)
        if len({len(row) for row in (known | fresh).values()}) > 1:  # another model bears the name now
            known, fresh = {}, self._asked(dict(zip(keys, texts, strict=True)), of)
        if fresh:
            self._kept.put(fresh)
        return np.stack([(known | fresh)[key] for key in keys]).astype(np.float32)

    def _asked(self, texts: dict[bytes, str], of: Callable[[list[str]], Rows]) -> dict[bytes, NDArray[np.float16]]:
        return dict(zip(texts, of(list(texts.values())).astype(np.float16), strict=True)) if texts else {}

    @cached_property
    def _encoder(self) -> Encoder:
        from repoagent_indexers.encoders import load_encoder

        return load_encoder(self.name)

    @cached_property
    def _cross_encoder(self) -> CrossEncoder:
        from repoagent_indexers.encoders.sentence_transformers import CrossEncoder

        return CrossEncoder(self._model)


class _Kept:
    """Key -> row of half floats, in a file that several processes may use at once."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float16]]:
        """The rows that are there."""
        if not self._file.exists():
            return {}
        found: dict[bytes, NDArray[np.float16]] = {}
        with suppress(sqlite3.Error), closing(sqlite3.connect(self._file, timeout=2)) as kept:
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                marks = ",".join("?" * len(some))
                rows = kept.execute(f"SELECT key, row FROM kept WHERE key IN ({marks})", some)  # noqa: S608  marks only
                found |= {key: np.frombuffer(row, np.float16) for key, row in rows}
        return found

    def put(self, rows: dict[bytes, NDArray[np.float16]]) -> None:
        """Keep rows; a file that is no database gives way to a new one."""
        try:
            self._put(rows)
        except sqlite3.OperationalError:
            return  # locked, read-only or full
        except (sqlite3.DatabaseError, OSError):
            with suppress(OSError, sqlite3.Error):
                self._file.unlink(missing_ok=True)
                self._put(rows)

    def _put(self, rows: dict[bytes, NDArray[np.float16]]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._file, timeout=2)) as kept, kept:
            kept.execute("CREATE TABLE IF NOT EXISTS kept (number INTEGER PRIMARY KEY, key BLOB UNIQUE, row BLOB)")
            kept.executemany(
                "INSERT OR REPLACE INTO kept (key, row) VALUES (?, ?)",
                [(key, row.tobytes()) for key, row in rows.items()],
            )
            kept.execute("DELETE FROM kept WHERE number <= (SELECT max(number) FROM kept) - ?", (_MOST_KEPT,))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
