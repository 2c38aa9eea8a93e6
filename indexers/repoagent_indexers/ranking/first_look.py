"""A first answer before the index: the few files that matter for it are read alone, into an index in memory.

all files -> those that matter (first_search.py, first_map.py) -> an index of those -> the answer
             the rest: a process left behind that makes the whole index
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

from repoagent_indexers.encoders import DEFAULT
from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.indexing.index import Behind, Hurry, Index, Unread, index_folder, index_home
from repoagent_indexers.indexing.store import is_being_written
from repoagent_indexers.indexing.update import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from repoagent_indexers.git.repository import Repository

AT_ONCE = 2 << 20
"""Bytes of code that are read before an answer without more ado: a second's work."""
COMMITS = 200
"""Of the newest commits how many a first answer to a question knows; an outline needs none."""


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

    def look() -> _Look:
        from repoagent_indexers.ranking.first_search import FirstSearch

        return FirstSearch(repository, question, roots)

    return _opened(repository, look, Hurry(AT_ONCE, COMMITS), encoder, progress)


def open_for_outline(
    repository: Repository,
    budget: int,
    roots: Sequence[str] = (),
    encoder: str = DEFAULT,
    progress: Progress | None = None,
) -> Index:
    """The same for an outline of `budget` tokens: else one of the files that others lean on most."""

    def look() -> _Look:
        from repoagent_indexers.ranking.first_map import FirstMap

        return FirstMap(repository, budget, roots)

    return _opened(repository, look, Hurry(AT_ONCE, 0), encoder, progress)


class _Look(Protocol):
    """Which files are read first."""

    unread: Unread

    def choose(self, paths: Sequence[str], sizes: NDArray[np.int64]) -> list[int]: ...


def _opened(
    repository: Repository, look_at: Callable[[], _Look], hurry: Hurry, encoder: str, progress: Progress | None
) -> Index:
    index = Index(repository, encoder)
    try:
        index.update(progress, hurry)
    except Behind as behind:
        index.close()
        look = look_at()
        index = Index.of_some(repository, encoder, behind, look.choose, hurry.n_commits)
        index.unread = look.unread
    except BaseException:
        index.close()
        raise
    return index


def finish_behind(repository: Repository, encoder: str = DEFAULT) -> bool:
    """Leave a process behind that makes the whole index, slowly; whether one is at work, which there may have been.

    What it has read stays read when it is interrupted, and the next one goes on from there.
    """
    from repoagent_indexers.reading.workers import own_python

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
from repoagent_indexers.ranking.first_look import finish
from repoagent_indexers.forked import Forked
Forked.is_allowed = True
finish(*a)
"""


def finish(root: str, encoder: str) -> None:
    """What the process left behind does. Nobody listens: what goes wrong, the next command finds out and says."""
    from repoagent_indexers.git.repository import Repository

    with suppress(AttributeError, OSError):  # not on Windows
        os.nice(10)
    with suppress(RepoAgentError), Repository.open(root) as repository:
        Index.open(repository, encoder).close()
