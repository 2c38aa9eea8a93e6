"""Models that the user has for sentence-transformers: an encoder, and what reads question and passage at once.

The one place in `indexers/` that imports it. Both load from a local folder or the user's hub cache, without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from repoagent_indexers.encoders import Rows
from repoagent_indexers.errors import ModelError


class SentenceTransformersEncoder:
    """Loads the model once; raises ModelError when it cannot."""

    def __init__(self, model: str) -> None:
        self.name = f"sentence-transformers:{model}"
        self._model = _load("SentenceTransformer", model)
        length = getattr(self._model, "get_embedding_dimension", None) or self._model.get_sentence_embedding_dimension
        self.dimensions = int(length())

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows for passages."""
        rows = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float32).reshape(-1, self.dimensions)

    def encode_query(self, text: str) -> Rows:
        """One row for a question."""
        return self.encode([text])


class CrossEncoder:
    """Loads the model once; raises ModelError when it cannot."""

    def __init__(self, model: str) -> None:
        self._model = _load("CrossEncoder", model)

    def scores(self, question: str, texts: Sequence[str]) -> Rows:
        """(len(texts), 1) float32: higher is better; of a model with several outputs, the last."""
        scores = self._model.predict([(question, text) for text in texts], show_progress_bar=False)
        return np.asarray(scores, np.float32).reshape(len(texts), -1)[:, -1:]


def _load(kind: str, model: str) -> Any:
    try:
        import sentence_transformers
        import transformers
    except ImportError as error:
        raise ModelError("sentence-transformers is not installed; run: pip install 'repoagent[rerank]'") from error
    transformers.utils.logging.disable_progress_bar()
    try:
        return getattr(sentence_transformers, kind)(model, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ModelError(f"{model}: sentence-transformers cannot load it; give a folder or a hub name") from error
