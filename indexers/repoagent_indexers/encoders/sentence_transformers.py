"""A sentence-transformers model that the user has installed, as an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from repoagent_indexers.encoders import Rows
from repoagent_indexers.errors import ModelError


class SentenceTransformersEncoder:
    """Loads the model once, from a local folder or the user's hub cache; raises ModelError when it cannot."""

    def __init__(self, model: str) -> None:
        try:
            import transformers
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ModelError(
                "sentence-transformers is not installed; run: pip install sentence-transformers"
            ) from error
        self.name = f"sentence-transformers:{model}"
        transformers.utils.logging.disable_progress_bar()
        try:
            self._model: Any = SentenceTransformer(model, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise ModelError(f"{model}: sentence-transformers cannot load it; give a folder or a hub name") from error
        length = getattr(self._model, "get_embedding_dimension", None) or self._model.get_sentence_embedding_dimension
        self.dimensions = int(length())

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows for passages."""
        rows = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float32).reshape(-1, self.dimensions)

    def encode_query(self, text: str) -> Rows:
        """One row for a question."""
        return self.encode([text])
