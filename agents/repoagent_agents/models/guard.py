"""A model behind a guard: what it is asked and what it answers is shown to a Llama Guard model first.

The guard is any model that answers "safe", or "unsafe" and the categories on the next line: Llama Guard by its own
chat template, at whatever server has it. It sees the end of a question and of an answer, as much as its window holds;
nothing is shown of an answer before the guard has seen it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from repoagent_agents.models.around import Around
from repoagent_agents.models.base import (
    Asked,
    Candidates,
    Completion,
    Gap,
    Message,
    Model,
    Reply,
    Sampling,
    Text,
    complete,
)
from repoagent_indexers.errors import ModelError, Refused

_VERDICT = Sampling(max_tokens=32)
_CATEGORY = re.compile(r"\b[SO]\d{1,2}\b")


class Guarded(Around):
    """A model of which nothing is asked or shown that its guard calls unsafe. Replies come in one piece.

    Raises Refused, and ModelError as the model and the guard do.
    """

    def __init__(self, model: Model, guard: Model) -> None:
        super().__init__(model)
        self.guard = guard

    @property
    def identity(self) -> str:
        return f"{super().identity} guarded by {self.guard.name}"

    @property
    def held_back(self) -> object:
        return getattr(self.model, "held_back", None)

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        question = self._asked(asked)
        drawn = super().candidates(asked, sampling, n)
        for text in drawn.texts:
            self._answered(question, text)
        return drawn

    def reply(self, asked: Asked, sampling: Sampling) -> Reply:
        question = self._asked(asked)
        reply: Completion = complete(self.model, asked, sampling)
        self._answered(question, reply.text)
        yield reply.text
        return reply.usage

    def _asked(self, asked: Asked) -> Message:
        """Return what the guard is shown of a question. Raises Refused when it calls that unsafe."""
        if isinstance(asked, Gap):
            text = asked.prefix
        elif isinstance(asked, Text):
            text = asked.content
        else:
            text = next((message.content for message in reversed(asked) if message.role == "user"), "")
        question = Message("user", self._end(text))
        self._check([question], "the question")
        return question

    def _answered(self, question: Message, text: str) -> None:
        self._check([question, Message("assistant", self._end(text))], "the answer")

    def _end(self, text: str) -> str:
        """Return the end of a text, where the question stands, as long as two of them fit the guard."""
        room = max(64, (self.guard.window - 1024) // 2)
        while (n_tokens := self.guard.count(text)) > room:
            text = text[max(1, len(text) - int(len(text) * room / n_tokens * 0.95)) :]
        return text

    def _check(self, dialog: Sequence[Message], what: str) -> None:
        said = complete(self.guard, dialog, _VERDICT).text
        first, _, rest = said.strip().partition("\n")
        verdict = first.strip().lower()
        if verdict == "unsafe":
            categories = ", ".join(_CATEGORY.findall(rest)) or "no category named"
            raise Refused(f"{self.guard.name} calls {what} unsafe ({categories}); nothing more is shown of it")
        if verdict != "safe":
            raise ModelError(
                f"{self.guard.name} ({self.guard.place}) said neither safe nor unsafe but {first[:40]!r}; "
                "is it a Llama Guard? Without a guard: unset REPOAGENT_GUARD"
            )
