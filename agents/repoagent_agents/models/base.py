"""The one small door to every model: `Model` streams text for messages and counts tokens."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

from repoagent_agents.models.circles import ended_in_circles
from repoagent_indexers.errors import ModelError

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a dialog; `content` is plain text, never markup of a chat format."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a file where something is missing; plain text, never markup."""

    prefix: str
    """What stands before it, with what else the model is to see first."""
    suffix: str
    """What stands behind it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to go on with as it stands: no dialog, no format, as base models are measured.

    Never a repository's: control strings in it are the caller's own, and are sent as he wrote them.
    """

    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is drawn. Temperature 0 is greedy.

    The family's authors: greedy for facts and for infilling; temperature 0.8 with top_p 0.95 for variety.
    """

    max_tokens: int = 1024
    """Room for the reply, in tokens."""
    temperature: float = 0.0
    top_p: float = 0.95
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply cost, in tokens, as the server counted them."""

    prompt_tokens: int
    reply_tokens: int
    """Of all candidates together."""
    reused_tokens: int = 0
    """Of the prompt, those whose keys and values were still there, as far as the server says."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole reply."""

    text: str
    usage: Usage | None
    """None where the server does not say."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Several replies to one prompt."""

    texts: tuple[str, ...]
    usage: Usage | None


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


Asked = Sequence[Message] | Gap | Text
"""What a model may be asked: a dialog to answer, a gap to fill, or a text to go on with."""


@runtime_checkable
class Infiller(Model, Protocol):
    """A model whose backend knows how to ask for what belongs into a gap."""

    def refusal_to_fill(self) -> str:
        """Why this model cannot fill gaps, one line for a person; "" where it can. It may ask the server."""

    def fill(self, gap: Gap, sampling: Sampling) -> Iterator[str]:
        """Yield what belongs into the gap piece by piece, else as `Model.stream`."""


@runtime_checkable
class Continuer(Model, Protocol):
    """A model whose backend can have it go on with a text."""

    def go_on(self, text: Text, sampling: Sampling) -> Iterator[str]:
        """Yield what follows the text piece by piece, a leading space included, else as `Model.stream`."""


@runtime_checkable
class Sampler(Model, Protocol):
    """A model that draws several replies to one prompt at once."""

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        """Return `n` replies, the prompt being read once. Raises ModelError as `Model.stream`."""


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
    identity: str = ""
    """What tells it from another model under the same name: sizes, dates; "" where the server does not say."""


def streamed(model: Model, asked: Asked, sampling: Sampling) -> Reply:
    """Yield the reply to a dialog, a gap or a text, and return what it cost, if the model says.

    A reply to a dialog or a gap that goes in circles ends there. Raises ModelError as `Model.stream`, and for a model
    that cannot fill gaps or go on with texts.
    """
    if isinstance(asked, Text):
        if not isinstance(model, Continuer):
            raise ModelError(f"{model.name} ({model.place}) can only be talked to, not go on with a text")
        pieces = model.go_on(asked, sampling)
    elif not isinstance(asked, Gap):
        pieces = ended_in_circles(model.stream(asked, sampling))
    else:
        why = refusal_to_fill(model)
        if why or not isinstance(model, Infiller):
            raise ModelError(why)
        pieces = ended_in_circles(model.fill(asked, sampling))
    cost: object = yield from pieces  # type: ignore[func-returns-value]  # a plain iterator returns None
    return cost if isinstance(cost, Usage) else None


@dataclass(frozen=True, slots=True)
class Spent:
    """What an answer took."""

    usage: Usage | None
    """Tokens, None where the server does not say."""
    first_s: float
    """Seconds until its first piece."""
    total_s: float
    from_cache: bool = False
    """It was given before and kept; no model was asked."""


def timed(pieces: Iterator[str]) -> Generator[str, None, Spent]:
    """Yield the pieces as they come, and return what they took."""
    began = time.perf_counter()
    first_s: float | None = None
    try:
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                total_s = time.perf_counter() - began
                usage = end.value if isinstance(end.value, Usage) else None
                return Spent(usage, total_s if first_s is None else first_s, total_s)
            first_s = time.perf_counter() - began if first_s is None else first_s
            yield piece
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


def refusal_to_fill(model: Model) -> str:
    """Return why a model cannot fill gaps, "" where it can."""
    return model.refusal_to_fill() if isinstance(model, Infiller) else f"{model.name} has no way to fill gaps"


def identity_of(model: Model) -> str:
    """Return what tells this state of a model from another under the same name, as far as its backend can tell."""
    identity: str = getattr(model, "identity", "")
    return identity


def notes_of(model: Model) -> tuple[str, ...]:
    """Return what is wrong with how a model is served, one line each, as far as its backend can tell."""
    notes: tuple[str, ...] = getattr(model, "notes", ())
    return notes


def complete(model: Model, asked: Asked, sampling: Sampling) -> Completion:
    """Return the whole reply. Raises ModelError as `streamed` does."""
    stream = streamed(model, asked, sampling)
    pieces: list[str] = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return Completion("".join(pieces), end.value)


def draw(model: Model, asked: Asked, sampling: Sampling, n: int) -> Candidates:
    """Return `n` replies to one prompt: in one request where the backend can, else one after the other.

    One after the other, each is drawn with a seed of its own. Raises ModelError as `streamed` does.
    """
    if n > 1 and isinstance(model, Sampler):
        return model.candidates(asked, sampling, n)
    replies = [complete(model, asked, reseeded(sampling, number)) for number in range(n)]
    return Candidates(tuple(reply.text for reply in replies), summed(reply.usage for reply in replies))


def reseeded(sampling: Sampling, number: int) -> Sampling:
    """Return the sampling for the candidate of that number, from 0."""
    return sampling if sampling.seed is None else replace(sampling, seed=sampling.seed + number)


def summed(usages: Iterable[Usage | None]) -> Usage | None:
    """Return what several requests cost together; None when one of them does not say."""
    told = list(usages)
    known = [usage for usage in told if usage is not None]
    if not known or len(known) < len(told):
        return None
    return Usage(
        sum(usage.prompt_tokens for usage in known),
        sum(usage.reply_tokens for usage in known),
        sum(usage.reused_tokens for usage in known),
    )


def count_dialog(model: Model, messages: Sequence[Message]) -> int:
    """Return the tokens of a whole prompt: each message's, and 16 for the markup around it (more than any format)."""
    return sum(model.count(message.content) + 16 for message in messages)
