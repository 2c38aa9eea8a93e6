"""The one small door to every model: `Model` streams text for messages and counts tokens."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a dialog; `content` is plain text, never markup of a chat format."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is drawn. Temperature 0 is greedy."""

    max_tokens: int = 1024
    """Room for the reply, in tokens."""
    temperature: float = 0.1
    top_p: float = 0.95
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply cost, in tokens, as the server counted them."""

    prompt_tokens: int
    reply_tokens: int


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole reply."""

    text: str
    usage: Usage | None
    """None where the server does not say."""


Reply = Generator[str, None, Usage | None]
"""The pieces of a reply; the generator's return value is what it cost."""


@runtime_checkable
class Placed(Protocol):
    """Something that parts of a repository are sent to."""

    @property
    def name(self) -> str:
        """The name its server knows it by, for example `codellama:13b-instruct`."""

    @property
    def place(self) -> str:
        """Where it runs, for a person: `http://127.0.0.1:8080`, `in process`."""


class Model(Placed, Protocol):
    """A model that is ready to be asked."""

    @property
    def window(self) -> int:
        """Tokens that prompt and reply may take together."""

    def count(self, text: str) -> int:
        """Tokens of `text`: exact where the tokenizer is at hand, else an estimate that errs upwards."""

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """Yield the reply piece by piece.

        Closing the iterator cancels the request. Raises ModelError, with what had arrived in `partial`, when the
        server refuses, hangs, or drops the stream. Our own backends return a `Reply`.
        """


@dataclass(frozen=True, slots=True)
class Found:
    """A model that a server offers, not yet loaded."""

    name: str
    """As the server knows it."""
    place: str
    """The server's address without a path: `http://127.0.0.1:11434`."""
    backend: str
    """ollama, llama-server, vllm, tgi, lm-studio, transformers, or openai for any other that speaks its protocol."""
    window: int | None
    """Tokens that prompt and reply may take together; None where the server does not say."""
    chat: bool
    """It follows instructions, as far as its name tells; False for base models and embedders."""
    url: str = ""
    """Where its routes begin: `http://127.0.0.1:8000/v1`; for Ollama the same as `place`."""


def complete(model: Model, messages: Sequence[Message], sampling: Sampling) -> Completion:
    """Return the whole reply. Raises ModelError as `Model.stream` does."""
    stream = model.stream(messages, sampling)
    pieces: list[str] = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return Completion("".join(pieces), end.value if isinstance(end.value, Usage) else None)


def count_dialog(model: Model, messages: Sequence[Message]) -> int:
    """Return the tokens of a whole prompt: each message's, and 16 for the markup around it (more than any format)."""
    return sum(model.count(message.content) + 16 for message in messages)
