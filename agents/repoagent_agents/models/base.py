"""The one small door to every model: `Model` streams text for messages and counts tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@runtime_checkable
class Model(Protocol):
    """A model that is ready to be asked."""

    @property
    def name(self) -> str:
        """The name its server knows it by, for example `codellama:13b-instruct`."""

    @property
    def place(self) -> str:
        """Where it runs, for a person: `http://127.0.0.1:8080`, `in process`."""

    @property
    def window(self) -> int:
        """Tokens that prompt and reply may take together."""

    def count(self, text: str) -> int:
        """Tokens of `text`: exact where the tokenizer is at hand, else an estimate that errs upwards."""

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """Yield the reply piece by piece.

        Closing the iterator cancels the request. Raises ModelError, with what had arrived in `partial`, when the
        server refuses, hangs, or drops the stream.
        """
