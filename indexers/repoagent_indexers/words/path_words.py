"""Paths + asked terms -> how well each path names what is asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from posixpath import normpath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.words.terms import split

_DOOR = frozenset("mod lib index __init__ init main package-info __main__ default defaults".split())
"""Stems of files that stand for their folder: `extract/mod.rs` is about extract."""
_OTHER_PLATFORM = re.compile(
    r"(?:^|/)(?:win|win32|windows|darwin|macos|aix|os390|sunos|solaris|haiku|ibmi)[^/]*(?:/|\.)"
)
_PLATFORMS = frozenset(
    split(word)[-1] for word in "windows win win32 win64 winsock msvc darwin macos mac osx aix sunos solaris".split()
)
"""Terms of a question that is about such a platform."""
_ALSO = {"win": split("windows"), "win32": split("windows"), "darwin": split("macos"), "osx": split("macos")}
"""Word of a path -> terms that it also stands for."""


class PathMatch(NamedTuple):
    """Columns over the paths, each 0 to 1."""

    covered: NDArray[np.float32]
    """How much of the question the path names, rare words counting for more."""
    meant: NDArray[np.float32]
    """How much of the file's own name the question asks for."""
    joined: NDArray[np.float32]
    """1 where neighbouring words of the question, written as one, are the file's name."""
    elsewhere: NDArray[np.float32]
    """1 for variants of a file for one platform that is not Unix, unless the question is about such a one."""
    mentioned: NDArray[np.float32]
    """1 where the question mentions the path or its end, less where it mentions a name that several files bear."""


class PathWords:
    """The words of a work tree's paths, looked up many times."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.folders: dict[str, list[int]] = {}
        """Term of a folder's path -> numbers of the folders."""
        self.folder_of = np.zeros(len(paths), np.int64)
        """Position of a path -> number of its folder."""
        self.stems: dict[str, list[int]] = {}
        """Term of a file's own name -> positions of the paths."""
        self.joined: dict[str, list[int]] = {}
        """A file's own name without marks -> positions of the paths."""
        self.names: dict[str, list[int]] = {}
        """The last part of a path -> positions."""
        self.paths = paths
        self.n_own = np.ones(len(paths), np.float32)
        """How many terms a file's own name has."""
        self.elsewhere = np.zeros(len(paths), np.float32)
        known: dict[str, tuple[int, bool]] = {}
        for position, path in enumerate(paths):
            folder, stem = own_name(path)
            if folder not in known:
                for term in set(_terms(folder)):
                    self.folders.setdefault(term, []).append(len(known))
                known[folder] = len(known), bool(_OTHER_PLATFORM.search(f"{folder}/"))
            self.folder_of[position], is_elsewhere = known[folder]
            own = set(_terms(stem))
            self.n_own[position] = len(own) or 1
            for term in own:
                self.stems.setdefault(term, []).append(position)
            self.joined.setdefault(stem.lower().replace("_", "").replace("-", ""), []).append(position)
            self.names.setdefault(path.rpartition("/")[2], []).append(position)
            self.elsewhere[position] = is_elsewhere or bool(_OTHER_PLATFORM.search(f"/{stem}."))

    def match(
        self,
        live: NDArray[np.bool_],
        terms: Mapping[str, float],
        own: Mapping[str, float],
        joined: Collection[str],
        mentions: Collection[str],
    ) -> PathMatch:
        """How the paths whose position is `live` match terms, words run together, and paths as written.

        `terms` have the weights that they have in a path, `own` those that they have in a file's own name, around 1.
        """
        covered, meant, same, mentioned = (np.zeros(len(live), np.float32) for _ in range(4))
        n_live = int(live.sum())
        total = 0.0
        for term, weight in terms.items():
            stems = self.stems.get(term, [])
            named = np.zeros(int(self.folder_of.max(initial=-1)) + 1, np.bool_)
            named[self.folders.get(term, [])] = True
            places = named[self.folder_of]
            places[stems] = True
            places &= live
            rarity = weight * float(np.log1p(n_live / (1 + np.count_nonzero(places))))
            total += rarity
            covered[places] += np.float32(rarity)
            meant[stems] += np.float32(own[term])
        for word in joined:
            same[self.joined.get(word, [])] = 1
        for mention in mentions:
            for position, share in self._mentioned(mention, live):
                mentioned[position] = max(mentioned[position], share)
        elsewhere = np.zeros_like(self.elsewhere) if _PLATFORMS & terms.keys() else self.elsewhere
        return PathMatch(covered / np.float32(total or 1), meant * live / self.n_own, same * live, elsewhere, mentioned)

    def _mentioned(self, mention: str, live: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """Positions of the live paths that a path, perhaps of another machine, may mean, with shares up to 1."""
        parts = mention.replace("\\", "/").strip("/").split("/")[::-1]
        found = []
        for position in self.names.get(parts[0], ()):
            own = self.paths[position].split("/")[::-1]
            n = next((i for i, (a, b) in enumerate(zip(parts, own, strict=False)) if a != b), min(len(parts), len(own)))
            if live[position]:
                found.append((position, n, n == len(parts) or n == len(own)))
        best = max((n for _, n, _ in found), default=0)
        kept = [(position, whole) for position, n, whole in found if n == best]
        return [(position, (1.0 if whole and best > 1 else 0.7) / len(kept) ** 0.5) for position, whole in kept]


@lru_cache(maxsize=2)
def path_words(paths: tuple[str, ...]) -> PathWords:
    """The words of the paths, kept for the work trees asked about last."""
    return PathWords(paths)


def below(paths: Sequence[str], folders: Sequence[str]) -> NDArray[np.bool_]:
    """For each path whether it lies below one of the folders, or is one of them; all do where there is none."""
    named = [normpath(folder.lstrip("/") or ".") for folder in folders]
    if not named or "." in named:
        return np.ones(len(paths), np.bool_)
    prefixes = tuple(f"{folder}/" for folder in named)
    return np.array([path.startswith(prefixes) or f"{path}/" in prefixes for path in paths], np.bool_)


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
        found += _ALSO.get(word, ())
        found += terms[:-1] if len(terms) > 1 else terms
    return found
