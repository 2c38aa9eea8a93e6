"""A model around another one: what all such models pass on, so that each says only what it does otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from repoagent_agents.models.base import (
    Asked,
    Candidates,
    Gap,
    Message,
    Model,
    Reply,
    Sampling,
    Text,
    draw,
    identity_of,
    notes_of,
    refusal_to_fill,
    streamed,
)


class Around:
    """Another model under its own name. Override `reply` and `candidates`, through which all that is asked goes."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def place(self) -> str:
        return self.model.place

    @property
    def window(self) -> int:
        return self.model.window

    @property
    def identity(self) -> str:
        return identity_of(self.model)

    @property
    def notes(self) -> tuple[str, ...]:
        return notes_of(self.model)

    def count(self, text: str) -> int:
        return self.model.count(text)

    def refusal_to_fill(self) -> str:
        return refusal_to_fill(self.model)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        return self.reply(messages, sampling)

    def fill(self, gap: Gap, sampling: Sampling) -> Reply:
        return self.reply(gap, sampling)

    def go_on(self, text: Text, sampling: Sampling) -> Reply:
        return self.reply(text, sampling)

    def reply(self, asked: Asked, sampling: Sampling) -> Reply:
        """Yield the reply to a dialog, a gap or a text."""
        return streamed(self.model, asked, sampling)

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        return draw(self.model, asked, sampling, n)
