"""How a repository and its index are opened, with leave for whoever would be sent what stands in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from repoagent.settings import Settings
from repoagent_indexers.git.repository import Repository

if TYPE_CHECKING:
    from repoagent_agents.models.base import Placed
    from repoagent_indexers.encoders.rerank import Reranker
    from repoagent_indexers.indexing.index import Index

Consent = Callable[["Placed", Path], None]
"""Takes what would be sent parts of a repository, and the folder of its index; raises Refused where it may not be."""


class _Server(NamedTuple):
    """Who would be sent text."""

    name: str
    place: str


def open_repository(path: str | os.PathLike[str]) -> Repository:
    """`Repository.open`; while git answers, what is needed next is imported: a tenth of a warm command's time."""
    found: list[Repository] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(Repository.open(path))
        except BaseException as error:  # noqa: BLE001  raised below
            failed.append(error)

    thread = Thread(target=work)
    thread.start()
    import repoagent_indexers.indexing.index  # noqa: F401  and numpy

    thread.join()
    for error in failed:
        raise error
    return found[0]


def ask_leave(consent: Consent | None, repository: Repository, recipient: Placed) -> None:
    """Return when `recipient` may be sent parts of a repository; one on this machine always may. Raises Refused."""
    if consent is None:
        return
    from repoagent_agents.models.discreet import is_elsewhere
    from repoagent_indexers.indexing.index import index_folder

    if is_elsewhere(recipient):
        consent(recipient, index_folder(repository))


def open_index(
    repository: Repository,
    settings: Settings,
    *,
    consent: Consent | None = None,
    progress: Callable[[int, int], None] | None = None,
    question: str = "",
    outline: int = 0,
    roots: Sequence[str] = (),
) -> Index:
    """The index as the settings want it; with `question` or `outline` it may be open for that alone, see `Repo`.

    Raises UsageError for an encoder or a reranker that there is none of, and Refused by `consent`.
    """
    _allow_encoder(repository, settings, consent)
    reranker = _reranker(repository, settings, consent)
    index = _opened(repository, settings, question, outline, roots, progress)
    index.reranker = reranker
    _say_what_was_held_back(index)
    return index


def _allow_encoder(repository: Repository, settings: Settings, consent: Consent | None) -> None:
    """An encoder's server is sent all of the repository."""
    if settings.encoder.startswith("openai:"):
        from repoagent_indexers.encoders.openai_compatible import server

        ask_leave(consent, repository, _Server(settings.encoder, server()))


def _reranker(repository: Repository, settings: Settings, consent: Consent | None) -> Reranker | None:
    if not settings.rerank:
        return None
    from repoagent_agents.models.discreet import is_elsewhere
    from repoagent_indexers.discretion import without_secrets
    from repoagent_indexers.encoders.rerank import Reranker
    from repoagent_indexers.indexing.index import index_folder

    reranker = Reranker(settings.rerank, index_folder(repository))
    ask_leave(consent, repository, reranker)
    if is_elsewhere(reranker):
        reranker.clean = lambda text: without_secrets(text)[0]
    return reranker


def _opened(
    repository: Repository, settings: Settings, question: str, outline: int, roots: Sequence[str],
    progress: Callable[[int, int], None] | None,
) -> Index:  # fmt: skip
    from repoagent_indexers.indexing.index import Index

    encoder = settings.encoder
    if settings.wait or not (question or outline):
        return Index.open(repository, encoder, progress)
    from repoagent_indexers.ranking.first_look import finish_behind, open_for, open_for_outline

    if question:
        index = open_for(repository, question, roots, encoder, progress)
    else:
        index = open_for_outline(repository, outline, roots, encoder, progress)
    if index.unread:
        how = "is being read behind" if finish_behind(repository, encoder) else "waits for the next command"
        n = len(index.catalogue.paths)
        index.notices.append(f"a first look: {n - index.unread.n_files} of {n} files were read; the rest {how}")
    elif index.lacks_commits:
        finish_behind(repository, encoder)
    return index


def _say_what_was_held_back(index: Index) -> None:
    """A notice where files that were sent to the encoder had secrets in them."""
    if found := getattr(index.encoder, "held_back", None):
        from repoagent_agents.models.discreet import told
        from repoagent_indexers.encoders.openai_compatible import server

        index.notices.append(f"not sent to {server()}: {told(found)}")
