"""Ollama, by its own protocol: OpenAI's cannot set the window, and Ollama cuts what does not fit without a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from repoagent_agents.models import http_client
from repoagent_agents.models.base import Found, Message, Reply, Sampling, Usage, count_dialog
from repoagent_agents.models.chat_format import neutralise, prepared
from repoagent_agents.models.endpoint import Endpoint, Limits
from repoagent_agents.models.family import follows_instructions, is_name
from repoagent_agents.models.http_client import Delta, Garbled
from repoagent_agents.models.refusal import spoken
from repoagent_agents.models.reply import readable
from repoagent_agents.models.tokens import Counter
from repoagent_indexers.errors import ModelError
from repoagent_indexers.tokens import estimate

SMALLEST_WINDOW = 4096
"""Tokens: asking for less saves nothing that matters."""


@dataclass(frozen=True, slots=True)
class Ollama:
    """A model behind `/api/chat`."""

    name: str
    endpoint: Endpoint
    """Without a path."""
    window: int
    counter: Counter = estimate
    limits: Limits = field(default_factory=Limits)

    @property
    def place(self) -> str:
        return self.endpoint.place

    def count(self, text: str) -> int:
        return self.counter(neutralise(text))

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        return readable(self._pieces(prepared(messages), sampling), sampling.stop)

    def _pieces(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        n_prompt = count_dialog(self, messages)
        num_ctx = window_for(n_prompt + sampling.max_tokens, self.window)
        options: dict[str, Any] = {
            "num_ctx": num_ctx,
            "num_predict": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
        }
        if sampling.seed is not None:
            options["seed"] = sampling.seed
        if sampling.stop:
            options["stop"] = list(sampling.stop)
        body = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            "truncate": False,  # rather refuse than cut the prompt
            "shift": False,  # rather end than drop the prompt's head in mid-reply
            "options": options,
        }
        usage = yield from http_client.stream(
            self.endpoint, "/api/chat", body, framing="ndjson", decode=self._delta, limits=self.limits
        )
        if usage and was_cut(usage.prompt_tokens, n_prompt, num_ctx):
            raise ModelError(
                f"Ollama at {self.place} read {usage.prompt_tokens} of about {n_prompt} prompt tokens and dropped the "
                "rest, so the answer rests on a part; update Ollama, or ask with a smaller --budget"
            )
        return usage

    def _delta(self, event: str) -> Delta:
        said = http_client.parsed(event)
        if not isinstance(said, dict):
            raise Garbled(f"sent a line that is no object: {event[:80]!r}; is it Ollama?")
        if said.get("error"):
            raise ModelError(f"Ollama at {self.place} failed in mid-reply ({spoken(event)[:200]}); see: ollama ps")
        turn = said.get("message")
        turn = turn if isinstance(turn, dict) else {}
        prompt, reply = said.get("prompt_eval_count"), said.get("eval_count")
        usage = Usage(prompt, reply) if isinstance(prompt, int) and isinstance(reply, int) else None
        text, done = turn.get("content"), bool(said.get("done"))
        return Delta(text if isinstance(text, str) else "", done, done, usage, thinking=bool(turn.get("thinking")))


def window_for(n_tokens: int, window: int) -> int:
    """Return the num_ctx to ask for: powers of two, since Ollama loads the model anew for each other value."""
    num_ctx = SMALLEST_WINDOW
    while num_ctx < n_tokens:
        num_ctx *= 2
    return min(num_ctx, window)


def was_cut(n_read: int, n_prompt: int, num_ctx: int) -> bool:
    """Tell whether Ollama read only a part: what it cuts, it cuts to half its window, which is 2048 at least.

    `n_prompt` is an estimate, so only a gap that no estimate leaves counts. Small numbers are no sign: old versions
    count what they had not cached.
    """
    return 1000 < n_read <= num_ctx // 2 + 8 and n_read < 0.7 * n_prompt


def served(endpoint: Endpoint, *, timeout_s: float) -> tuple[Found, ...]:
    """Return the models that Ollama holds, without windows (`window_of` asks for one). Raises ModelError."""
    listed = http_client.get_json(endpoint.root, "/api/tags", timeout_s=timeout_s)
    entries = listed.get("models") if isinstance(listed, dict) else None
    if not isinstance(entries, list):
        raise ModelError(f"{endpoint.place} does not list models as Ollama does; is it Ollama?")
    names = [entry["name"] for entry in entries if isinstance(entry, dict) and is_name(entry.get("name"))]
    return tuple(
        Found(name, endpoint.place, "ollama", None, follows_instructions(name, "ollama"), endpoint.place)
        for name in names
    )


def window_of(endpoint: Endpoint, name: str, *, timeout_s: float) -> int | None:
    """Return what the model was made for, beyond which Ollama does not go. Raises ModelError."""
    told = http_client.post_json(endpoint.root, "/api/show", {"model": name}, timeout_s=timeout_s)
    facts = told.get("model_info") if isinstance(told, dict) else None
    facts = facts if isinstance(facts, dict) else {}
    return next((n for key, n in facts.items() if key.endswith(".context_length") and isinstance(n, int)), None)
