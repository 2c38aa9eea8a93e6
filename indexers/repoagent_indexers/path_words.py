"""Paths + asked terms -> how well each path names what is asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.terms import split

_DOOR = frozenset("mod lib index __init__ init main package-info __main__ default defaults".split())
"""Stems of files that stand for their folder: `extract/mod.rs` is about extract."""
_OTHER_PLATFORM = re.compile(
    r"(?:^|/)(?:win|win32|windows|darwin|macos|aix|os390|sunos|solaris|haiku|ibmi)[^/]*(?:/|\.)"
)


@dataclass(frozen=True, slots=True)
class PathMatch:
    """Columns over the paths, each 0 to 1."""

    covered: NDArray[np.float32]
    """How much of the question the path names, rare words counting for more."""
    meant: NDArray[np.float32]
    """How much of the file's own name the question asks for."""
    joined: NDArray[np.float32]
    """1 where neighbouring words of the question, written as one, are the file's name."""
    elsewhere: NDArray[np.float32]
    """1 for variants of a file for one platform that is not Unix."""


def match_paths(
    paths: Sequence[str], live: NDArray[np.bool_], terms: Mapping[str, float], joined: Collection[str]
) -> PathMatch:
    """How the paths whose position is `live` match terms with weights; `joined` are words run together."""
    n = len(paths)
    covered, meant, same, elsewhere = (np.zeros(n, np.float32) for _ in range(4))
    found: dict[int, frozenset[str]] = {}
    seen = dict.fromkeys(terms, 0)
    known: dict[str, frozenset[str]] = {}
    for position in np.flatnonzero(live).tolist():
        folder, stem = own_name(paths[position])
        if folder not in known:
            known[folder] = frozenset(_terms(folder)) & terms.keys()
            if _OTHER_PLATFORM.search(f"{folder}/"):
                known[f"{folder}/?"] = frozenset()
        own = _terms(stem)
        here = frozenset(own) & terms.keys()
        if here:
            meant[position] = len(here) / len(set(own))
        if here or known[folder]:
            found[position] = known[folder] | here
            for term in found[position]:
                seen[term] += 1
        if joined and stem.lower().replace("_", "").replace("-", "") in joined:
            same[position] = 1
        if f"{folder}/?" in known or _OTHER_PLATFORM.search(f"/{stem}."):
            elsewhere[position] = 1
    n_live = int(live.sum())
    rarity = {term: weight * float(np.log1p(n_live / (1 + seen[term]))) for term, weight in terms.items()}
    total = sum(rarity.values()) or 1.0
    for position, here in found.items():
        covered[position] = sum(rarity[term] for term in sorted(here)) / total
    return PathMatch(covered, meant, same, elsewhere)


def own_name(path: str) -> tuple[str, str]:
    """Folder and stem of a path; a file that stands for its folder bears the folder's name."""
    folder, _, name = path.rpartition("/")
    stem = name.split(".")[0] or name
    if stem in _DOOR and folder:
        folder, _, stem = folder.rpartition("/")
    return folder, stem


def _terms(text: str) -> list[str]:
    """Terms of the words of a path, without compounds."""
    found: list[str] = []
    for word in re.split(r"[^\w]+", text):
        terms = split(word) if word else ()
        found += terms[:-1] if len(terms) > 1 else terms
    return found
