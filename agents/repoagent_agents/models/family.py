"""What a model's name tells: whether it is of the Code Llama family, its window, and how well it fits our questions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from repoagent_agents.models.base import Found

UNKNOWN_WINDOW = 4096
"""Tokens, where neither server nor name tells: what the smallest servers start with by default."""


def is_name(told: object) -> bool:
    """Tell whether what a server calls a model can be shown: one line, nothing that a terminal would obey."""
    return isinstance(told, str) and told.isprintable() and 0 < len(told) <= 300


def is_code_llama(name: str) -> bool:
    """Tell whether the name is one of Code Llama's: `codellama:7b`, `codellama/CodeLlama-13b-Instruct-hf`."""
    return "codellama" in _plain(name)


def trained_window(name: str) -> int | None:
    """Return the tokens a model was trained on, where its name tells; None else."""
    if not is_code_llama(name):
        return None
    is_short = "70b" in _plain(name) and re.search("instruct|python", name, re.IGNORECASE)
    return 4096 if is_short else 16384


def follows_instructions(name: str, backend: str = "") -> bool:
    """Tell whether a model can be asked, as far as its name tells: no base model, no embedder, no reranker."""
    plain = name.lower()
    if re.search(r"embed|rerank|minilm|whisper|(^|[-/:])(bge|e5|gte|clip)[-_]", plain):
        return False
    if re.search("instruct|chat", plain):
        return True
    if is_code_llama(name):
        # Ollama's plain tags are the Instruct variants; on the hub a name without the word is a base model.
        return backend == "ollama" and not re.search(r":\w*-?(code|python)", plain)
    return not re.search(r"[-:_](base|code|python|text|fim)(-|:|$)", plain)


def choose(found: Iterable[Found]) -> Found | None:
    """Return the model to ask when none was named: instruct models only, Code Llama first, then other code models."""
    candidates = [model for model in found if model.chat]
    return max(candidates, key=_fitness, default=None)  # the first of equals


def _fitness(model: Found) -> tuple[bool, bool, bool, int]:
    plain = _plain(model.name)
    is_code_model = re.search("coder|code|devstral|starcoder", plain) is not None
    return is_code_llama(model.name), is_code_model, "instruct" in plain, model.window or 0


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.lower())
