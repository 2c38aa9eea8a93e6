"""A cross-encoder that the user has installed: it reads question and passage together and says how well they fit."""

from __future__ import annotations

from typing import Any

from repoagent_indexers.errors import ModelError


def load(model: str) -> Any:
    """sentence-transformers' CrossEncoder, from a local folder or the user's hub cache. Raises ModelError."""
    try:
        import transformers
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise ModelError("sentence-transformers is not installed; run: pip install sentence-transformers") from error
    transformers.utils.logging.disable_progress_bar()
    try:
        return CrossEncoder(model, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ModelError(f"{model}: sentence-transformers cannot load it; give a folder or a hub name") from error
