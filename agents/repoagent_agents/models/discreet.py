"""A model on another machine -> the same model, to which no secret is sent.

What looks like a key, a token or a password is replaced by a word that says what stood there, in every message, so that
code stays readable and line numbers stay right. What was held back is counted by kind. What counts as a secret is said
by discretion.py on the ground floor, whose encoders may be elsewhere too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from repoagent_agents.models.around import Around
from repoagent_agents.models.base import Asked, Candidates, Gap, Model, Placed, Reply, Sampling, Text
from repoagent_indexers.discretion import is_loopback, without_secrets


class Discreet(Around):
    """Another model, asked without secrets."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.held_back: Counter[str] = Counter()
        """Kind of secret -> how many were not sent with the last request."""

    def reply(self, asked: Asked, sampling: Sampling) -> Reply:
        return super().reply(self._cleaned(asked), sampling)

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        return super().candidates(self._cleaned(asked), sampling, n)

    def _cleaned(self, asked: Asked) -> Asked:
        self.held_back = Counter()
        if isinstance(asked, Gap):
            return Gap(self._clean(asked.prefix), self._clean(asked.suffix))
        if isinstance(asked, Text):
            return Text(self._clean(asked.content))
        return [replace(message, content=self._clean(message.content)) for message in asked]

    def _clean(self, text: str) -> str:
        content, found = without_secrets(text)
        self.held_back += found
        return content


def discreet(model: Model) -> Model:
    """The model itself where it surely runs on this machine, else one to which no secret is sent."""
    return Discreet(model) if is_elsewhere(model) or model.place.startswith("LangChain") else model


def frank(model: Model) -> Model:
    """The model itself, which is sent everything as it stands: for text that is public, such as a benchmark's."""
    return model.model if isinstance(model, Discreet) else model


def is_elsewhere(model: Placed) -> bool:
    """Whether a model has an address that is not on this machine."""
    return "://" in model.place and not is_loopback(model.place)


def held_back(model: Model) -> Counter[str]:
    """What the last request to a model went without."""
    found = getattr(model, "held_back", None)
    return found if isinstance(found, Counter) else Counter()


def told(found: Counter[str]) -> str:
    """What was held back, for a person: "2 API keys, 1 private key"."""
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in ordered)
