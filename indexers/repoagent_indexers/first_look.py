"""A first answer before the index: files that compete for one question are found by their bytes and read alone.

    all files -> how often each term stands in them -> the few megabytes that compete -> an index of those, in memory
                                                       the rest: a process left behind that makes the whole index

Counting a substring is some fifty times faster than parsing. The counts say which files may matter, and how often each
term stands in what was not read, so that a rare word counts as rare though nearly every file that was read has it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.encoders import DEFAULT
from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.index import ALL_READ, Behind, Index, Unread, index_folder, index_home
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.path_words import below, path_words
from repoagent_indexers.question import Question, understand
from repoagent_indexers.retrieve import FILE_B, K1, QUESTION, REPORT
from repoagent_indexers.roles import role_of
from repoagent_indexers.store import is_being_written
from repoagent_indexers.update import MAX_FILE, Progress

if TYPE_CHECKING:
    from repoagent_indexers.repository import Repository

AT_ONCE = 4 << 20
"""Bytes of code that are read before an answer without more ado: a second's work or two."""
READ = 3 << 20
"""Bytes of the files that compete."""
MAX_READ = 600
"""Files that compete."""
MAX_TERMS = 24
"""Terms of a question that are looked for: the most telling ones."""
_MAX_TEXT = 256 << 10
"""Bytes of a file without a language above which it is taken for a picture or an archive."""


def open_for(
    repository: Repository,
    question: str,
    roots: Sequence[str] = (),
    encoder: str = DEFAULT,
    progress: Progress | None = None,
) -> Index:
    """The index as `Index.open` gives it when little must be read for it; else one of what competes for `question`.

    That one lies in memory, and says in `Index.unread` what it lacks. Raises EnvironmentFault as `Index.open` does.
    """
    return _opened(repository, lambda: _FirstLook(repository, understand(question), roots), encoder, progress)


def open_for_outline(
    repository: Repository,
    budget: int,
    roots: Sequence[str] = (),
    encoder: str = DEFAULT,
    progress: Progress | None = None,
) -> Index:
    """The same for an outline of `budget` tokens: else one of the files that others lean on most."""
    from repoagent_indexers.first_map import FirstMap

    return _opened(repository, lambda: FirstMap(repository, budget, roots), encoder, progress)


class _Look(Protocol):
    """Which files are read first."""

    unread: Unread

    def choose(self, paths: Sequence[str], sizes: NDArray[np.int64]) -> list[int]: ...


def _opened(repository: Repository, look_at: Callable[[], _Look], encoder: str, progress: Progress | None) -> Index:
    index = Index(repository, encoder)
    try:
        index.update(progress, AT_ONCE)
    except Behind as behind:
        index.close()
        look = look_at()
        index = Index.of_some(repository, encoder, behind, look.choose)
        index.unread = look.unread
    except BaseException:
        index.close()
        raise
    return index


def finish_behind(repository: Repository, encoder: str = DEFAULT) -> bool:
    """Leave a process behind that makes the whole index, slowly; whether one is at work, which there may have been.

    What it has read stays read when it is interrupted, and the next one goes on from there.
    """
    from repoagent_indexers.workers import own_python

    if is_being_written(index_folder(repository)):
        return True
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    try:
        process = subprocess.Popen(
            own_python(_FINISH, str(repository.root), encoder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).anchor,
            env={**os.environ, "REPOAGENT_HOME": str(index_home())},
            **apart,
        )
    except OSError:
        return False
    threading.Thread(target=process.wait, daemon=True).start()  # so that nothing of it stays if it ends before us
    return True


_FINISH = """
from repoagent_indexers.first_look import finish
from repoagent_indexers.forked import Forked
Forked.is_allowed = True
finish(*a)
"""


def finish(root: str, encoder: str) -> None:
    """What the process left behind does. Nobody listens: what goes wrong, the next command finds out and says."""
    from repoagent_indexers.repository import Repository

    with suppress(AttributeError, OSError):  # not on Windows
        os.nice(10)
    with suppress(RepoAgentError), Repository.open(root) as repository:
        Index.open(repository, encoder).close()


class _FirstLook:
    """The files that compete for one question."""

    def __init__(self, repository: Repository, question: Question, roots: Sequence[str]) -> None:
        self.repository = repository
        self.question = question
        self.roots = roots
        self.unread = ALL_READ
        """What `choose` left unread."""
        terms = dict(sorted(question.terms.items(), key=lambda item: -item[1])[:MAX_TERMS])
        joined = {word: 0.3 for word in question.joined[:MAX_TERMS] if word not in terms}
        self.terms = {**terms, **joined}

    def choose(self, paths: Sequence[str], sizes: NDArray[np.int64]) -> list[int]:
        """Positions of the files to read; `unread` says what is known of the others."""
        within = np.flatnonzero((sizes <= MAX_FILE) & below(paths, self.roots))
        every = tuple(paths)
        languages = [LANGUAGES[language_of(paths[position])] for position in within.tolist()]
        binary = np.array([not language.is_code for language in languages], np.bool_) & (sizes[within] > _MAX_TEXT)
        within = within[~binary]
        paths, sizes = [paths[position] for position in within.tolist()], sizes[within]
        counts = self._counts(paths)
        order = np.lexsort((np.arange(len(paths)), -self._scores(every, within, sizes, counts)))
        n = min(int(np.searchsorted(np.cumsum(sizes[order]), READ)) + 1, MAX_READ)
        self.unread = self._unread(sizes, counts, order[:n])
        chosen: list[int] = within[order[:n]].tolist()
        return chosen

    def _counts(self, paths: Sequence[str]) -> NDArray[np.float32]:
        """(files, terms): how often each term stands in each file, parts of other words counted too."""
        needles = [_needle(term) for term in self.terms]
        counts = np.zeros((len(paths), len(needles)), np.float32)
        for position, path in enumerate(paths):
            try:
                content = self.repository.read(path, MAX_FILE).lower()
            except (OSError, RepoAgentError):
                continue
            counts[position] = list(map(content.count, needles))
        return counts

    def _scores(
        self, paths: tuple[str, ...], within: NDArray[np.int64], sizes: NDArray[np.int64], counts: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """How well each of the paths `within` competes, by what `retrieve` would know of it without its tree."""
        question, n = self.question, len(within)
        weights = REPORT if question.is_report else QUESTION
        asked = np.array(list(self.terms.values()), np.float32)
        holding = (counts > 0).sum(axis=0)
        rarity = asked * np.log1p((n - holding + 0.5) / (holding + 0.5)).astype(np.float32)
        norm = 1 - FILE_B + FILE_B * sizes / max(1.0, float(sizes.mean()))
        files, body = (
            (rarity * counts * (K1 + 1) / (counts + K1 * length)).sum(axis=1) for length in (norm[:, None], 1.0)
        )
        live = np.zeros(len(paths), np.bool_)
        live[within] = True
        subjects = question.subjects
        path = path_words(paths).match(live, subjects, dict.fromkeys(subjects, 1.0), question.joined, question.paths)
        roles = np.array([role_of(paths[position]) for position in within.tolist()])
        roles[np.isin(roles, list(question.meant))] = 0
        scores: NDArray[np.float32] = (
            weights.file * files / max(1e-6, float(files.max(initial=0)))
            + weights.body * body / max(1e-6, float(body.max(initial=0)))
            + weights.path * path.covered[within]
            + weights.stem * path.meant[within]
            + weights.same_stem * path.joined[within]
            + weights.mentioned * path.mentioned[within]
            + weights.elsewhere * path.elsewhere[within]
            + np.array(weights.roles, np.float32)[roles]
        )
        return scores

    def _unread(self, sizes: NDArray[np.int64], counts: NDArray[np.float32], read: NDArray[np.int64]) -> Unread:
        n = len(sizes)
        size = max(1.0, float(sizes.sum()) / max(1.0, float(sizes[read].sum())))
        spread = {}
        for at, term in enumerate(self.terms):
            column = counts[:, at]
            times, files = (float(each.sum()) / max(1.0, float(each[read].sum())) for each in (column, column > 0))
            spread[term] = max(1.0, times), max(1.0, files)
        return Unread(n - len(read), size, spread)


def _needle(term: str) -> bytes:
    """What stands in a text that has a term: its stem, whose last letter may be written otherwise."""
    return (term[:-1] if len(term) > 3 and term.endswith("i") else term).encode("utf-8", "replace")
