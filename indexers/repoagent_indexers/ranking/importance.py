"""Which files the rest of a repository leans on: PageRank over uses of names.

A file that uses a name gives weight to the files of its language that define it, shared among them, none for names
that many define (Page, Brin, Motwani and Winograd, The PageRank citation ranking, 1998; on files and identifiers as
aider's repository map does it, here in arrays).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.columns import distinct
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import family_of
from repoagent_indexers.roles import SOURCE, TEST
from repoagent_indexers.whole_file import write_whole

_DAMPING = 0.85
_ROUNDS = 30
MAX_DEFINERS = 8
"""A name defined in more files than this (`main`, `get`, `__init__`) says nothing about which is meant."""

Edges = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""(user, definer, weight) columns over positions of files."""


def importance(index: Index) -> NDArray[np.float64]:
    """One share for each path of the catalogue; the shares sum to 1.

    Half a second of work for a million lines, so the shares are kept beside the index until the work tree changes.
    Of what was opened for an outline only, the shares by which its files were chosen.
    """
    catalogue = index.catalogue
    if not catalogue.paths:
        return np.zeros(0)
    if index.unread and index.unread.importance:
        return np.array([index.unread.importance.get(path, 0.0) for path in catalogue.paths])
    tree = hashlib.blake2b(os.fsencode(index.repository.root), digest_size=8).hexdigest()
    kept = index.folder / f"importance-{tree}.bin"
    held = "\0".join((*catalogue.paths, *catalogue.oids)).encode("utf-8", "surrogateescape")
    state = hashlib.blake2b(held, digest_size=16, person=b"importance-3").digest()
    rank = _kept(kept, state, len(catalogue.paths))
    if rank is None:
        rank = shares_of(catalogue.roles, _edges(index))
        _keep(kept, state, rank)
    return rank


def _kept(path: Path, state: bytes, n: int) -> NDArray[np.float64] | None:
    """What was kept for exactly this state of the work tree, if it is whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    shares, seal = data[:-16], data[-16:]
    if len(shares) != 8 * n or hashlib.blake2b(shares, digest_size=16, key=state).digest() != seal:
        return None
    return np.frombuffer(shares, np.float64)


def _keep(path: Path, state: bytes, rank: NDArray[np.float64]) -> None:
    shares = rank.tobytes()
    with suppress(OSError):  # a full disk: the shares are computed again next time
        write_whole(path, shares + hashlib.blake2b(shares, digest_size=16, key=state).digest())


def families_of(languages: Sequence[str]) -> NDArray[np.int64]:
    """A number for each file, the same for those that can use each other's names."""
    numbers: dict[frozenset[str], int] = {}
    known = {language: numbers.setdefault(family_of(language), len(numbers)) for language in dict.fromkeys(languages)}
    return np.array([known[language] for language in languages], np.int64)


def weight_of(name: str) -> float:
    """What a use of a name counts: long ones are seldom used by chance, private ones seldom from elsewhere."""
    return (2.0 if len(name) > 7 else 1.0) * (0.2 if name[:1] == "_" else 1.0)


def shares_of(roles: NDArray[np.uint8], edges: Edges) -> NDArray[np.float64]:
    """The share of each file, given its role, where `edges` says who uses what of whom; they sum to 1."""
    n = len(roles)
    users, definers, weights = edges
    out = np.bincount(users, weights, n)
    shares = weights / out[users] if len(users) else weights
    rank = np.full(n, 1.0 / n)
    for _ in range(_ROUNDS):
        flow = np.bincount(definers, rank[users] * shares, n)
        rank = (1 - _DAMPING) / n + _DAMPING * (flow + rank[out == 0].sum() / n)
    rank = rank * np.where(roles == SOURCE, 1.0, np.where(roles == TEST, 0.3, 0.2))
    total: NDArray[np.float64] = rank / rank.sum()
    return total


def _edges(index: Index) -> Edges:
    position = np.full(int(index.root["next_blob"]) + 1, -1, np.int64)
    blobs = index.catalogue.blobs
    known = np.flatnonzero(blobs >= 0)[::-1]
    position[blobs[known]] = known
    is_source = index.catalogue.roles == SOURCE
    groups = families_of(index.catalogue.languages)
    families = groups.tolist()
    definers: dict[str, dict[int, list[int]]] = {}
    for key, pairs in index.items("d"):
        places = position[distinct(pairs[:, 0])]
        places = places[places >= 0]
        owned: dict[int, list[int]] = {}
        for owner in places[is_source[places]].tolist():
            owned.setdefault(families[owner], []).append(owner)
        if owned := {group: owners for group, owners in owned.items() if len(owners) <= MAX_DEFINERS}:
            definers[key[1:]] = owned
    columns: list[tuple[list[int], list[int], list[float]]] = []
    for key, pairs in index.items("r"):
        for group, owners in definers.get(key[1:].casefold(), {}).items():
            places = position[pairs[:, 0]]
            live = (places >= 0) & (groups[places] == group)
            found, counts = places[live].tolist(), np.sqrt(pairs[live, 1]).tolist()
            value = weight_of(key[1:]) / len(owners)
            for owner in owners:
                kept = [(user, value * count) for user, count in zip(found, counts, strict=True) if user != owner]
                columns.append(([user for user, _ in kept], [owner] * len(kept), [weight for _, weight in kept]))
    users, targets, weights = (list(chain.from_iterable(column[i] for column in columns)) for i in range(3))
    return np.array(users, np.int64), np.array(targets, np.int64), np.array(weights, np.float64)
