"""Understand and change a whole codebase with an open model.

    import repoagent

    with repoagent.open("path/to/repository") as repo:
        for hit in repo.search("where are cookies kept between requests?"):
            print(hit.span, hit.score)

Names are imported when they are first used: `import repoagent` alone costs next to nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repoagent.change import Change
    from repoagent.session import Repo
    from repoagent_agents.ask import Answer, Asking, Source
    from repoagent_agents.brief import Brief
    from repoagent_agents.editing.call_sites import CallSite, Listing
    from repoagent_agents.editing.edits import Edit
    from repoagent_agents.editing.import_sites import ImportSite
    from repoagent_agents.models.base import Message, Model, Sampling
    from repoagent_agents.packing.outline import Outline
    from repoagent_agents.packing.pack import Pack, Piece
    from repoagent_agents.review.review import Review
    from repoagent_indexers.errors import RepoAgentError
    from repoagent_indexers.resolve.references import Definition, Use
    from repoagent_indexers.source import Hit, Reference, Span, Symbol

__version__ = "0.1.0"

_HOMES = {
    "Answer": "repoagent_agents.ask",
    "Asking": "repoagent_agents.ask",
    "Brief": "repoagent_agents.brief",
    "CallSite": "repoagent_agents.editing.call_sites",
    "Change": "repoagent.change",
    "Definition": "repoagent_indexers.resolve.references",
    "Edit": "repoagent_agents.editing.edits",
    "Hit": "repoagent_indexers.source",
    "ImportSite": "repoagent_agents.editing.import_sites",
    "Listing": "repoagent_agents.editing.call_sites",
    "Message": "repoagent_agents.models.base",
    "Model": "repoagent_agents.models.base",
    "Outline": "repoagent_agents.packing.outline",
    "Pack": "repoagent_agents.packing.pack",
    "Piece": "repoagent_agents.packing.pack",
    "Reference": "repoagent_indexers.source",
    "Repo": "repoagent.session",
    "RepoAgentError": "repoagent_indexers.errors",
    "Review": "repoagent_agents.review.review",
    "Sampling": "repoagent_agents.models.base",
    "Source": "repoagent_agents.ask",
    "Span": "repoagent_indexers.source",
    "Symbol": "repoagent_indexers.source",
    "Use": "repoagent_indexers.resolve.references",
}

__all__ = [
    "Answer",
    "Asking",
    "Brief",
    "CallSite",
    "Change",
    "Definition",
    "Edit",
    "Hit",
    "ImportSite",
    "Listing",
    "Message",
    "Model",
    "Outline",
    "Pack",
    "Piece",
    "Reference",
    "Repo",
    "RepoAgentError",
    "Review",
    "Sampling",
    "Source",
    "Span",
    "Symbol",
    "Use",
    "open",
]


def open(  # noqa: A001
    path: str | os.PathLike[str] = ".", *, model: str | Model | None = None, question: str = ""
) -> Repo:
    """The repository that contains `path`, its index brought up to date; built first when there is none.

    `model` is a name as `--model` takes it, or any object that is a `Model`; without it the configured one, else the
    best that answers on this machine, is loaded when a model is first needed. With `question`, where much was never
    read, only what competes for that question is, and a process left behind reads the rest: `Repo.is_partial` says so.
    Raises RepoAgentError, with a line that says what to do, where there is no repository or the index cannot be kept.
    """
    from repoagent.session import Repo

    return Repo(path, model=model, question=question)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'repoagent' has no attribute {name!r}")
