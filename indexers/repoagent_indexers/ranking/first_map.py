"""Which files an outline needs before the index is there: those that others lean on, told by words alone.

    all files -> names that their lines seem to define -> which files bear whose names -> shares -> the files to read

A regular expression and a set of words a file stand for the parser, at a tenth of its cost. The shares are those of
importance.py. Of what its forty best files hold of all shares, the forty best of these hold 0.85 (13 repositories).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.indexing.draft import MAX_FILE, is_minified
from repoagent_indexers.indexing.index import ALL_READ, Unread
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.ranking.importance import MAX_DEFINERS, Edges, families_of, shares_of, weight_of
from repoagent_indexers.roles import SOURCE, role_of
from repoagent_indexers.words.path_words import below

if TYPE_CHECKING:
    from repoagent_indexers.git.repository import Repository

READ = 3 << 20
"""Bytes of the files that are read at most."""
_TOKENS_A_FILE = 40
"""Fewer are never shown of a file of any importance."""

_MODIFIERS = (
    rb"(?:(?:export|default|pub(?:\([a-z]+\))?|public|private|protected|internal|static|abstract|final|sealed|open|data"
    rb"|partial|async|unsafe|inline|extern|declare|override|virtual|case|implicit|lazy|readonly|synchronized)[ \t]+)*"
)
_KEYWORDS = (
    rb"(?:def|class|fn|func|fun|function\*?|struct|enum|trait|interface|type|module|object|protocol|defmodule|defp"
    rb"|record|union|namespace|macro_rules!|#[ \t]*define|const|let|var|val|static)"
)
_DEFINED = re.compile(
    rb"(?m)^[ \t]*" + _MODIFIERS + _KEYWORDS + rb"[ \t]+(?:\([^()\n]*\)[ \t]*)?([A-Za-z_]\w*(?:(?:\.|::)\w+)*)"
)
_DEFINED_AFTER_TYPE = re.compile(
    rb"(?m)^[ \t]*(?:[A-Za-z_][\w*&:<>,.\[\]?]*[ \t*&]+)+([A-Za-z_]\w*)[ \t]*\([^;=\n]*[{,)]?[ \t]*$"
)
_TYPE_STANDS_FIRST = frozenset({"c", "cpp", "csharp", "java"})
_LAST_PART = re.compile(rb"\w+$")
_NO_WORDS = bytes(at if chr(at).isalnum() or chr(at) == "_" or at >= 128 else 32 for at in range(256))
"""Every byte that is of no word is a blank."""
_SAYS_MORE = re.compile(rb"[A-Z]|._|.{9}")
"""A name that is not also a plain word of comments."""
_PLAIN = 0.3
"""What the others count."""


class _File(NamedTuple):
    path: str
    language: str


_Definers = dict[tuple[int, bytes], list[int]]
"""(family of languages, name) -> positions of the files of source whose lines seem to define it."""


class FirstMap:
    """The files whose symbols an outline of `budget` tokens below `roots` may show."""

    def __init__(self, repository: Repository, budget: int, roots: Sequence[str] = ()) -> None:
        self.repository = repository
        self.budget = budget
        self.roots = roots
        self.unread = ALL_READ
        """What `choose` left unread, and the shares by which it chose."""

    def choose(self, paths: Sequence[str], sizes: NDArray[np.int64]) -> list[int]:
        """Positions of the files to read; `unread` says what is known of the others."""
        languages = [language_of(path) for path in paths]
        is_code = np.array([LANGUAGES[language].is_code for language in languages], np.bool_)
        code = np.flatnonzero(is_code & (sizes <= MAX_FILE)).tolist()
        files = [_File(paths[at], languages[at]) for at in code]
        names = [file.path for file in files]
        roles = np.array([role_of(name) for name in names], np.uint8)
        families = families_of([file.language for file in files]).tolist()
        definers = self._definers(files, families, roles)
        users, edges = self._uses(files, families, definers)
        shares = shares_of(roles, edges) if code else np.zeros(0)
        order = np.argsort(-shares, kind="stable")
        order = order[below(names, self.roots)[order]]
        room = int(np.searchsorted(np.cumsum(sizes[code][order]), READ)) + 1
        chosen = [code[at] for at in order[: min(room, self.budget // _TOKENS_A_FILE + 1)].tolist()]
        importance = dict(zip(names, shares.tolist(), strict=True))
        self.unread = Unread(len(paths) - len(chosen), 1.0, {}, importance, users)
        return chosen

    def _words(self, files: Iterable[_File]) -> Iterator[bytes]:
        """What each file says; nothing of those that nobody wrote by hand. Read for each pass: too much to be held."""
        with self.repository.folders() as folders:
            for file in files:
                try:
                    content = self.repository.read(file.path, MAX_FILE, folders)
                except (OSError, RepoAgentError):
                    content = b""
                yield b"" if is_minified(content) else content

    def _definers(self, files: Sequence[_File], families: Sequence[int], roles: NDArray[np.uint8]) -> _Definers:
        source = np.flatnonzero(roles == SOURCE).tolist()
        definers: _Definers = {}
        for at, content in zip(source, self._words(files[at] for at in source), strict=True):
            found = set(_DEFINED.findall(content))
            if files[at].language in _TYPE_STANDS_FIRST:
                found.update(_DEFINED_AFTER_TYPE.findall(content))
            for name in {match[0] for match in map(_LAST_PART.search, found) if match and len(match[0]) > 2}:
                definers.setdefault((families[at], name), []).append(at)
        return definers

    def _uses(
        self, files: Sequence[_File], families: Sequence[int], definers: _Definers
    ) -> tuple[dict[str, int], Edges]:
        """How many files bear each name that is defined, and who bears whose."""
        numbers: dict[int, dict[bytes, int]] = {family: {} for family in families}
        for number, (family, name) in enumerate(definers):
            numbers[family][name] = number
        names = {family: frozenset(of_family) for family, of_family in numbers.items()}
        telling = [owners if len(owners) <= MAX_DEFINERS else [] for owners in definers.values()]
        first = np.cumsum([0, *map(len, telling)])
        owners = np.fromiter(chain.from_iterable(telling), np.int64, int(first[-1]))
        weights = np.array(
            [
                weight_of(name.decode("latin-1")) * (1.0 if _SAYS_MORE.search(name) else _PLAIN) / len(owners)
                for (_, name), owners in definers.items()
            ]
        )
        n_users = np.zeros(len(definers), np.int64)
        columns: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
        for user, content in enumerate(self._words(files)):
            borne = names[families[user]].intersection(content.translate(_NO_WORDS).split())
            found = np.sort(np.fromiter(map(numbers[families[user]].__getitem__, borne), np.int64, len(borne)))
            n_users[found] += 1
            times = first[found + 1] - first[found]
            used = np.repeat(found, times)
            step = np.arange(len(used)) - np.repeat(np.cumsum(times) - times, times)
            owner = owners[first[used] + step]
            others = owner != user
            columns.append((np.full(int(others.sum()), user), owner[others], weights[used[others]]))
        users, targets, shares = (
            np.concatenate([column[at] for column in columns]) if columns else np.zeros(0, kind)
            for at, kind in enumerate((np.int64, np.int64, np.float64))
        )
        counted: dict[str, int] = {}
        for (_, name), n in zip(definers, n_users.tolist(), strict=True):
            text = name.decode("utf-8", "replace")
            counted[text] = counted.get(text, 0) + n
        return counted, (users, targets, shares)
