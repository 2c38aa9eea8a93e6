"""Encoders: text -> unit rows. One file each; `load_encoder` imports only what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from repoagent_indexers.errors import UsageError

if TYPE_CHECKING:  # the settings need the name of an encoder before anybody needs numpy
    import numpy as np
    from numpy.typing import NDArray

    from repoagent_indexers.encoders.pooling import Pooling

Rows: TypeAlias = "NDArray[np.float32]"
"""(n, d) float32, each row of unit length, or all zero for a text that says nothing."""


class Encoder(Protocol):
    """Texts become points; near points mean alike."""

    @property
    def name(self) -> str:
        """What `load_encoder` takes; an index built with another name is rebuilt."""

    @property
    def dimensions(self) -> int:
        """Length of a row."""

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows for passages of the repository."""

    def encode_query(self, text: str) -> Rows:
        """One row for a question."""


@runtime_checkable
class TermEncoder(Protocol):
    """An encoder that reads the index's own term counts instead of text: no second look at the source."""

    def pooling(self) -> Pooling:
        """What makes rows of chunks from the terms that stand in them."""


@runtime_checkable
class DiscreetEncoder(Protocol):
    """An encoder that may be on another machine: files go through `clean` before they are cut into passages."""

    def clean(self, content: bytes) -> bytes:
        """The content of a file as it may be sent, each byte where it was."""


DEFAULT = "static"
"""The embedded encoder that needs nothing and finds most: see benchmarks/results/questions.md."""


def load_encoder(name: str = DEFAULT) -> Encoder:
    """Build the encoder called `name`: "hashing", "static", "sentence-transformers:MODEL" or "openai:MODEL".

    Raises UsageError for a name that is none of these.
    """
    kind, _, model = name.partition(":")
    if kind == "hashing":
        from repoagent_indexers.encoders.hashing import HashingEncoder

        return HashingEncoder()
    if name == "static":
        from repoagent_indexers.encoders.static import StaticEncoder

        return StaticEncoder()
    if kind == "sentence-transformers" and model:
        from repoagent_indexers.encoders.sentence_transformers import SentenceTransformersEncoder

        return SentenceTransformersEncoder(model)
    if kind == "openai" and model:
        from repoagent_indexers.encoders.openai_compatible import OpenAICompatibleEncoder

        return OpenAICompatibleEncoder(model)
    raise UsageError(f"encoder {name!r} is not known; use hashing, static, sentence-transformers:MODEL or openai:MODEL")
