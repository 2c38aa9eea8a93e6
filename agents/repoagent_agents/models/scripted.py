"""A model that replays what it is given: for tests, ours and the users' own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from repoagent_agents.models.base import Message, Reply, Sampling, Usage
from repoagent_agents.models.reply import readable
from repoagent_indexers.errors import ModelError
from repoagent_indexers.words.tokens import estimate


class ScriptedModel:
    """A `Model` that answers each question with the next of `replies`, and raises those that are errors.

    `asked` holds every dialog it was given. When nothing is left to say, it raises ModelError.
    """

    place = "scripted"

    def __init__(self, replies: Iterable[str | ModelError], *, name: str = "scripted", window: int = 16384) -> None:
        self.name = name
        self.window = window
        self.asked: list[tuple[Message, ...]] = []
        self._replies = iter(replies)

    def count(self, text: str) -> int:
        return estimate(text)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """Yield the next reply word by word."""
        self.asked.append(tuple(messages))
        return readable(self._pieces(), sampling.stop)

    def _pieces(self) -> Reply:
        reply = next(self._replies, None)
        if reply is None:
            raise ModelError("the scripted model has no reply left; give it one more")
        if isinstance(reply, ModelError):
            yield reply.partial
            raise reply
        yield from re.findall(r"\s*\S+|\s+$", reply)
        prompt = sum(estimate(message.content) for message in self.asked[-1])
        return Usage(prompt, estimate(reply))
