"""Any server that speaks OpenAI's protocol: vLLM, llama-server, TGI, LM Studio, `transformers serve`, and others."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from repoagent_agents.models import http_client
from repoagent_agents.models.base import Found, Message, Reply, Sampling, Usage
from repoagent_agents.models.chat_format import completion_prompt, neutralise, prepared
from repoagent_agents.models.endpoint import Endpoint, Limits, is_loopback
from repoagent_agents.models.family import UNKNOWN_WINDOW, follows_instructions, is_name
from repoagent_agents.models.http_client import Delta, Garbled
from repoagent_agents.models.refusal import HttpError, spoken
from repoagent_agents.models.reply import readable
from repoagent_agents.models.tokens import Counter
from repoagent_indexers.errors import ModelError
from repoagent_indexers.tokens import estimate


@dataclass(frozen=True, slots=True)
class OpenAICompatible:
    """A model behind `/v1/chat/completions`; `/v1/completions` where it has no chat template."""

    name: str
    endpoint: Endpoint
    """Its base ends in /v1, or wherever the server keeps these routes."""
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
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return (yield from self._ask("/chat/completions", {"messages": turns}, sampling))
        except HttpError as error:
            if not _lacks_template(error):
                raise
        prompt = completion_prompt(self.name, messages)
        return (yield from self._ask("/completions", {"prompt": prompt}, sampling))

    def _ask(self, route: str, asked: dict[str, Any], sampling: Sampling) -> Reply:
        body = {"model": self.name, **asked, **_fields(sampling)}

        def decode(event: str) -> Delta:
            return _delta(event, self.place)

        return http_client.stream(self.endpoint, route, body, framing="sse", decode=decode, limits=self.limits)


def served(endpoint: Endpoint, *, timeout_s: float) -> tuple[Found, ...]:
    """Return the models that a server offers, with their windows where it tells. Raises ModelError.

    Windows stand in /v1/models (vLLM, llama-server), else in routes of each server's own, asked only when it can be
    that server: /props (llama-server), /info (TGI), /api/v0/models (LM Studio).
    """
    try:
        listed = http_client.get_json(endpoint, "/models", timeout_s=timeout_s)
    except HttpError as error:
        only = _only(endpoint, timeout_s) if error.status in (404, 500) else None
        if only is None:
            raise
        return (only,)
    entries = listed.get("data") if isinstance(listed, dict) else listed
    if not isinstance(entries, list):
        raise ModelError(f"{endpoint.place} does not list models at {endpoint.base}/models; is it a model server?")
    entries = [entry for entry in entries if isinstance(entry, dict) and is_name(entry.get("id"))]
    owners = {entry.get("owned_by") for entry in entries}
    if "organization_owner" in owners or endpoint.base.endswith(":1234/v1"):
        return _lm_studio(endpoint, entries, timeout_s)
    found = tuple(_found(entry, endpoint) for entry in entries)
    if any(model.backend != "openai" for model in found) or not is_loopback(endpoint.base):
        return found
    pinned = _pinned(endpoint, timeout_s)
    if pinned is not None:
        return (pinned,)
    return (_single(endpoint, found[0], timeout_s),) if len(found) == 1 else found


def _found(entry: dict[str, Any], endpoint: Endpoint) -> Found:
    name = entry["id"]
    owner, meta = entry.get("owned_by"), entry.get("meta")
    backend, window = "openai", None
    if isinstance(entry.get("max_model_len"), int):
        backend, window = "vllm", entry["max_model_len"]
    elif isinstance(meta, dict) and isinstance(meta.get("n_ctx"), int):
        backend, window = "llama-server", meta["n_ctx"]
    elif owner in ("vllm", "library"):
        backend = "ollama" if owner == "library" else "vllm"
    return Found(name, endpoint.place, backend, window, follows_instructions(name, backend), endpoint.base)


def _single(endpoint: Endpoint, model: Found, timeout_s: float) -> Found:
    """Return the only model of a server that does not say what it is, with what /props or /info adds."""
    for route, backend, path in (
        ("/props", "llama-server", ("default_generation_settings", "n_ctx")),
        ("/info", "tgi", ("max_total_tokens",)),
    ):
        try:
            told = http_client.get_json(endpoint.root, route, timeout_s=timeout_s)
        except ModelError:
            continue
        for key in path:
            told = told.get(key) if isinstance(told, dict) else None
        if isinstance(told, int):
            return replace(model, backend=backend, window=told)
    return model


def _lm_studio(endpoint: Endpoint, entries: list[dict[str, Any]], timeout_s: float) -> tuple[Found, ...]:
    """Return what LM Studio offers; its own list knows kinds and windows, of loaded models the true one."""
    try:
        told = http_client.get_json(endpoint.root, "/api/v0/models", timeout_s=timeout_s)
        details = {entry["id"]: entry for entry in told["data"]}
    except (ModelError, KeyError, TypeError):
        details = {}
    found = []
    for entry in entries:
        name, detail = entry["id"], details.get(entry["id"], {})
        window = detail.get("loaded_context_length")
        if not isinstance(window, int):  # what is loaded when it is asked gets LM Studio's small default
            longest = detail.get("max_context_length")
            window = min(longest, UNKNOWN_WINDOW) if isinstance(longest, int) else None
        chat = detail.get("type") != "embeddings" and follows_instructions(name)
        found.append(Found(name, endpoint.place, "lm-studio", window, chat, endpoint.base))
    return tuple(found)


def _only(endpoint: Endpoint, timeout_s: float) -> Found | None:
    """Return the model of a server that has no list: older TGI; transformers serve while there is no hub cache."""
    try:
        told = http_client.get_json(endpoint.root, "/info", timeout_s=timeout_s)
    except ModelError:
        return _pinned(endpoint, timeout_s)
    if not isinstance(told, dict) or not is_name(told.get("model_id")):
        return None
    name, window = told["model_id"], told.get("max_total_tokens")
    window = window if isinstance(window, int) else None
    return Found(name, endpoint.place, "tgi", window, follows_instructions(name), endpoint.base)


def _pinned(endpoint: Endpoint, timeout_s: float) -> Found | None:
    """Return the one model of a `transformers serve MODEL`, which its list does not hold: its refusal names it."""
    try:
        routes = http_client.get_json(endpoint.root, "/openapi.json", timeout_s=timeout_s)
        if not isinstance(routes, dict) or "/load_model" not in routes.get("paths", ()):
            return None
        http_client.post_json(endpoint, "/chat/completions", {"model": "?", "messages": []}, timeout_s=timeout_s)
    except HttpError as error:
        pinned = re.search(r"pinned to '(.+?)'; requested", error.said)
        if pinned:
            return Found(pinned[1], endpoint.place, "transformers", None, chat=True, url=endpoint.base)
    except ModelError:
        pass
    return None


def _fields(sampling: Sampling) -> dict[str, Any]:
    """Return the fields that every server knows; one refuses unknown ones, another top_p = 1 or more."""
    fields: dict[str, Any] = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
    }
    if sampling.temperature > 0 and 0 < sampling.top_p < 1:
        fields["top_p"] = sampling.top_p
    if sampling.seed is not None:
        fields["seed"] = sampling.seed
    if sampling.stop:
        fields["stop"] = list(sampling.stop[:4])  # TGI and OpenAI take four; `readable` heeds the rest
    return fields


def _lacks_template(error: HttpError) -> bool:
    """Tell whether the server says that the model has no chat template: vLLM, transformers; TGI."""
    return (
        re.search(
            r"(?:no|provide a|default) chat.?template|chat_template is not set|template not found",
            error.said,
            re.IGNORECASE,
        )
        is not None
    )


def _delta(event: str, place: str) -> Delta:
    """Return what one event says; chunks, whole completions and errors all come through here."""
    if event == "[DONE]":
        return Delta(closed=True)
    try:
        said = http_client.parsed(event)
    except Garbled:
        if not event.startswith('{"error"'):  # transformers serve does not escape what it quotes
            raise
        said = {"error": event[len('{"error"') :].strip(': "}')}
    if not isinstance(said, dict):
        raise Garbled(f"sent an event that is no object: {event[:80]!r}; is it a model server?")
    if said.get("error"):
        reason = spoken(json.dumps(said)) or "it does not say why"
        raise ModelError(f"{place} failed in mid-reply ({reason[:200]}); see the server's own log")
    choices = said.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    turn = choice.get("delta") or choice.get("message") or {}
    turn = turn if isinstance(turn, dict) else {}
    text = turn.get("content") or choice.get("text") or ""
    return Delta(
        text if isinstance(text, str) else "",
        finished=bool(choice.get("finish_reason")),
        usage=_usage(said.get("usage")),
        thinking=bool(turn.get("reasoning_content") or turn.get("reasoning")),
    )


def _usage(told: object) -> Usage | None:
    if not isinstance(told, dict):
        return None
    prompt, reply = told.get("prompt_tokens"), told.get("completion_tokens")
    return Usage(prompt, reply) if isinstance(prompt, int) and isinstance(reply, int) else None
