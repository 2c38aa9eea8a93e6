"""Wish -> Proposal: new or changed code that fits into the repository as it is."""

from __future__ import annotations

from repoagent_agents.models.base import Model
from repoagent_agents.propose import Proposal, propose
from repoagent_indexers.indexing.index import Index


def generate(index: Index, wish: str, model: Model, *, budget: int | None = None) -> Proposal:
    """Edits that make a wish come true; may bring new files. Raises UsageError, ModelError."""
    return propose(index, model, "generate", wish, budget=budget, may_create=True)
