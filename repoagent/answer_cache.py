"""Replies that were given before, kept in one SQLite file, so that the same question to the same model costs nothing.

Kept is only what would come out the same again: greedy replies, and those drawn with a seed. The key is a digest of
all that a reply depends on: the model, where it runs, its state there, the prompt word for word, and the sampling. The
file is bounded; what was used longest ago goes first. It holds words about repositories, so only its owner may read it.
Whatever is wrong with it is no reason not to answer: then the model is asked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from repoagent_agents.models.around import Around
from repoagent_agents.models.base import (
    Asked,
    Candidates,
    Gap,
    Model,
    Reply,
    Sampling,
    Text,
    Usage,
    identity_of,
)
from repoagent_agents.models.discreet import held_back
from repoagent_indexers.errors import UsageError

VERSION = 1
"""Of the table and of what goes into a key; another one empties the file."""
LIMIT_MB = 64
"""Megabytes of replies that are kept by default; REPOAGENT_CACHE_MB sets it, 0 keeps nothing."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """One or several replies to one prompt."""

    texts: tuple[str, ...]
    usage: Usage | None


class AnswerCache:
    """The file; every call opens it anew, since calls are few and far between."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self.limit = limit
        """Bytes of replies."""

    def get(self, key: str) -> Kept | None:
        """The replies under a key."""

        def look(table: sqlite3.Connection) -> Kept | None:
            row = table.execute("SELECT texts, usage FROM answers WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            table.execute("UPDATE answers SET used = ? WHERE key = ?", (time.time_ns(), key))
            usage = json.loads(row[1])
            return Kept(tuple(json.loads(row[0])), Usage(*usage) if usage else None)

        return self._with(look)

    def put(self, key: str, kept: Kept) -> None:
        """Keep replies, and let go of those that were used longest ago where they do not all fit."""
        texts = json.dumps(kept.texts)
        if len(texts) > self.limit // 4:
            return
        usage = kept.usage and (kept.usage.prompt_tokens, kept.usage.reply_tokens, kept.usage.reused_tokens)

        def write(table: sqlite3.Connection) -> None:
            row = (key, texts, json.dumps(usage), len(texts), time.time_ns())
            table.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)
            (size,) = table.execute("SELECT coalesce(sum(size), 0) FROM answers").fetchone()
            for old, freed in table.execute("SELECT key, size FROM answers ORDER BY used").fetchall():
                if size <= self.limit:
                    break
                table.execute("DELETE FROM answers WHERE key = ?", (old,))
                size -= freed

        self._with(write)

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What `work` returns; None when the file cannot be used. A damaged file is begun anew."""
        for is_last in (False, True):
            try:
                with contextlib.closing(self._connected()) as table, table:
                    _prepare(table)
                    return work(table)
            except sqlite3.DatabaseError as error:
                if is_last or isinstance(error, sqlite3.OperationalError):
                    return None
                with contextlib.suppress(OSError):
                    self.path.unlink()
            except (OSError, ValueError, TypeError):
                return None
        return None

    def _connected(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        return sqlite3.connect(self.path, timeout=2.0)


def _prepare(table: sqlite3.Connection) -> None:
    if table.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        table.execute("DROP TABLE IF EXISTS answers")
        table.execute("CREATE TABLE answers (key TEXT PRIMARY KEY, texts TEXT, usage TEXT, size INTEGER, used INTEGER)")
        table.execute(f"PRAGMA user_version = {VERSION}")


def answer_cache(environ: Mapping[str, str] = os.environ) -> AnswerCache | None:
    """The user's cache; None where it is turned off. Raises UsageError for a size that is none."""
    from repoagent_indexers.indexing.index import index_home

    given = environ.get("REPOAGENT_CACHE_MB") or str(LIMIT_MB)
    if not given.isdecimal():
        raise UsageError(f"REPOAGENT_CACHE_MB is a number of megabytes, 0 for no cache; it cannot be {given!r}")
    return AnswerCache(index_home() / "answers.sqlite", int(given) << 20) if int(given) else None


class Remembering(Around):
    """A model that is asked only what it was not asked before."""

    def __init__(self, model: Model, cache: AnswerCache) -> None:
        super().__init__(model)
        self.cache = cache
        self.remembered = False
        """Whether the last reply came out of the cache."""

    @property
    def held_back(self) -> Counter[str]:
        """What the last request went without; nothing where none was made."""
        return Counter() if self.remembered else held_back(self.model)

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        key = key_of(self.model, asked, sampling, n)
        kept = self.cache.get(key) if key else None
        self.remembered = kept is not None
        if kept is None:
            drawn = super().candidates(asked, sampling, n)
            kept = Kept(drawn.texts, drawn.usage)
            if key:
                self.cache.put(key, kept)
        return Candidates(kept.texts, kept.usage)

    def reply(self, asked: Asked, sampling: Sampling) -> Reply:
        key = key_of(self.model, asked, sampling, 1)
        kept = self.cache.get(key) if key else None
        self.remembered = kept is not None
        if kept is not None:
            yield from kept.texts
            return kept.usage
        pieces: list[str] = []
        usage = yield from _collected(super().reply(asked, sampling), pieces)
        if key:  # only a whole reply comes here
            self.cache.put(key, Kept(("".join(pieces),), usage))
        return usage


def _collected(reply: Reply, pieces: list[str]) -> Reply:
    while True:
        try:
            piece = next(reply)
        except StopIteration as end:
            usage: Usage | None = end.value
            return usage
        pieces.append(piece)
        yield piece


def key_of(model: Model, asked: Asked, sampling: Sampling, n: int) -> str:
    """The digest of all that a reply depends on; "" where it would not come out the same again."""
    if (sampling.temperature > 0 or n > 1) and sampling.seed is None:
        return ""
    prompt = asdict(asked) if isinstance(asked, Gap | Text) else [(message.role, message.content) for message in asked]
    told = [VERSION, model.name, model.place, model.window, identity_of(model), prompt, asdict(sampling), n]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def remembering(model: Model, environ: Mapping[str, str] = os.environ) -> Model:
    """The model behind the user's cache, where it may be kept at all."""
    cache = answer_cache(environ)
    return model if cache is None or model.place.startswith("LangChain") else Remembering(model, cache)
