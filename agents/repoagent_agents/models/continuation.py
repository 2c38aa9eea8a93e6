"""Text -> what a model writes after it: no dialog, no format, nothing added but the tokenizer's own first token.

This is how base models are measured. The pieces are what the server sends: a leading space stays, since in code it
means something.
"""

from __future__ import annotations

from collections.abc import Iterator

from repoagent_agents.models import http_client, openai_compatible
from repoagent_agents.models.base import Model, Sampling, Usage
from repoagent_agents.models.discreet import Discreet
from repoagent_agents.models.http_client import Delta
from repoagent_agents.models.ollama import Ollama, window_for
from repoagent_agents.models.openai_compatible import OpenAICompatible
from repoagent_agents.models.refusal import spoken
from repoagent_indexers.errors import ModelError


def continued(model: Model, text: str, sampling: Sampling) -> Iterator[str]:
    """Yield, piece by piece, what `model` writes after `text`, which is sent as it stands.

    Nothing is held back from a model elsewhere: for text that is public. Closing the iterator cancels the request.
    Raises ModelError as `Model.stream` does, and for a model that can only be talked to.
    """
    if isinstance(model, Discreet):
        model = model.model
    if isinstance(model, OpenAICompatible):
        return _openai(model, text, sampling)
    if isinstance(model, Ollama):
        return _ollama(model, text, sampling)
    raise ModelError(f"{model.name} ({model.place}) can only be talked to, not continue text; use --style instruct")


def _openai(model: OpenAICompatible, text: str, sampling: Sampling) -> Iterator[str]:
    def decode(event: str) -> Delta:
        return openai_compatible._delta(event, model.place)

    body = {"model": model.name, "prompt": text, **openai_compatible._fields(sampling)}
    return http_client.stream(
        model.endpoint, "/completions", body, framing="sse", decode=decode, limits=model.limits
    )  # fmt: skip


def _ollama(model: Ollama, text: str, sampling: Sampling) -> Iterator[str]:
    def decode(event: str) -> Delta:
        said = http_client.parsed(event)
        said = said if isinstance(said, dict) else {}
        if said.get("error"):
            raise ModelError(f"Ollama at {model.place} failed in mid-reply ({spoken(event)[:200]}); see: ollama ps")
        prompt, reply = said.get("prompt_eval_count"), said.get("eval_count")
        usage = Usage(prompt, reply) if isinstance(prompt, int) and isinstance(reply, int) else None
        done, piece = bool(said.get("done")), said.get("response")
        return Delta(piece if isinstance(piece, str) else "", done, done, usage)

    options = {
        "num_ctx": window_for(model.count(text) + sampling.max_tokens, model.window),
        "num_predict": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        **({} if sampling.seed is None else {"seed": sampling.seed}),
        **({"stop": list(sampling.stop)} if sampling.stop else {}),
    }
    body = {"model": model.name, "prompt": text, "raw": True, "stream": True, "options": options}
    body |= {"truncate": False, "shift": False}
    return http_client.stream(
        model.endpoint, "/api/generate", body, framing="ndjson", decode=decode, limits=model.limits
    )  # fmt: skip
