"""Any server that speaks OpenAI's protocol: vLLM, llama-server, TGI, LM Studio, `transformers serve`, and others.

A member of the Code Llama family is sent token ids where the server takes them (`TAKES_IDS`) and a tokenizer is at
hand: then nothing on the way can write the prompt another way, or make a control token of text.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from repoagent_agents.models import http_client
from repoagent_agents.models.base import (
    Asked,
    Candidates,
    Found,
    Gap,
    Message,
    Reply,
    Sampling,
    Text,
    Usage,
    reseeded,
    summed,
)
from repoagent_agents.models.chat_format import (
    Control,
    Part,
    as_text,
    completion_parts,
    completion_prompt,
    end_marks,
    form_of,
    infill_parts,
    neutral,
    neutralise,
    prepared,
    step_parts,
    text_parts,
)
from repoagent_agents.models.endpoint import Endpoint, Limits
from repoagent_agents.models.family import (
    UNKNOWN_WINDOW,
    follows_instructions,
    is_name,
    member_of,
    why_no_infilling,
)
from repoagent_agents.models.http_client import Delta, Garbled
from repoagent_agents.models.refusal import HttpError, PromptTooLong, spoken
from repoagent_agents.models.reply import readable, whole
from repoagent_agents.models.tokens import Counter
from repoagent_agents.models.vocabulary import Vocabulary, vocabulary_at_hand, vocabulary_of_server
from repoagent_indexers.discretion import is_loopback
from repoagent_indexers.errors import ModelError
from repoagent_indexers.words.tokens import estimate

TAKES_IDS = frozenset({"vllm", "llama-server"})
"""Servers whose completions take a prompt of token ids."""
TAKES_N = frozenset({"vllm", "llama-server", "openai"})
"""Servers that may draw several candidates for one request; who draws fewer is asked again."""


_MAX_STOPS = 4
"""Stop strings that TGI and OpenAI take; `readable` heeds the rest."""


def _no_vocabulary() -> Vocabulary | None:
    return None


@dataclass(frozen=True, slots=True)
class OpenAICompatible:
    """A model behind `/v1/completions` where its format is known, else behind `/v1/chat/completions`."""

    name: str
    endpoint: Endpoint
    """Its base ends in /v1, or wherever the server keeps these routes."""
    window: int
    counter: Counter = estimate
    limits: Limits = field(default_factory=Limits)
    backend: str = "openai"
    """As `Found.backend`."""
    find_vocabulary: Callable[[], Vocabulary | None] = _no_vocabulary
    notes: tuple[str, ...] = ()
    """What is wrong with how it is served, one line each."""
    identity: str = ""

    @property
    def place(self) -> str:
        return self.endpoint.place

    def count(self, text: str) -> int:
        return self.counter(neutralise(text))

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        return readable(self._pieces(messages, sampling), (*sampling.stop, *self._marks(messages)))

    def refusal_to_fill(self) -> str:
        member = member_of(self.name)
        if member is not None and not member.infills:
            return why_no_infilling(self.name)
        vocabulary = self.find_vocabulary()
        if vocabulary is not None:
            return "" if vocabulary.infills else why_no_infilling(self.name)
        return "" if member is not None else why_no_infilling(self.name)

    def fill(self, gap: Gap, sampling: Sampling) -> Reply:
        return readable(self._pieces(gap, sampling), (*sampling.stop, *self._marks(gap)), keeps_space=True)

    def go_on(self, text: Text, sampling: Sampling) -> Reply:
        return readable(self._pieces(text, sampling), sampling.stop, keeps_space=True)

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        texts: list[str] = []
        usages: list[Usage | None] = []
        at_once = n if self.backend in TAKES_N else 1
        while len(texts) < n:
            missing = min(n - len(texts), at_once)
            try:
                drawn = self._draw(asked, reseeded(sampling, len(texts)), missing)
            except HttpError as error:
                if missing == 1 or error.status not in (400, 422) or isinstance(error, PromptTooLong):
                    raise
                at_once = _most_at_once(error, below=missing)
                continue
            texts += drawn.texts[:missing]
            usages.append(drawn.usage)
        return Candidates(tuple(texts), summed(usages))

    def _draw(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        """Return what one request for `n` candidates gives: one of them at least."""
        texts: dict[int, list[str]] = {}
        ended: set[int] = set()

        def decode(event: str) -> Delta:
            delta = _delta(event, self.place)
            for number, text, is_last in _choices(event):
                texts.setdefault(number, []).append(text)
                if is_last:
                    ended.add(number)
            return replace(delta, text="", thinking=True, finished=len(ended) >= n)

        reply = self._pieces(asked, sampling, decode=decode, more={"n": n} if n > 1 else {})
        usage: Usage | None = None
        while True:
            try:
                next(reply)
            except StopIteration as end:
                usage = end.value
                break
        stop, keeps_space = (*sampling.stop, *self._marks(asked)), isinstance(asked, Gap | Text)
        found = [whole("".join(texts[number]), stop, keeps_space=keeps_space) for number in sorted(texts)]
        return Candidates(tuple(found) or ("",), usage)

    def _pieces(
        self,
        asked: Asked,
        sampling: Sampling,
        *,
        decode: Callable[[str], Delta] | None = None,
        more: dict[str, Any] | None = None,
    ) -> Reply:
        route, fields = self._request(asked)
        decode = decode or (lambda event: _delta(event, self.place))
        common = {"model": self.name, **_fields(sampling), **(more or {})}

        def ask(route: str, fields: dict[str, Any]) -> Reply:
            body = {**common, **fields}
            if stop := [*common.get("stop", ()), *fields.get("stop", ())]:
                body["stop"] = stop[:_MAX_STOPS]
            return http_client.stream(self.endpoint, route, body, framing="sse", decode=decode, limits=self.limits)

        try:
            return (yield from ask(route, fields))
        except HttpError as error:
            if isinstance(asked, Gap | Text) or route != "/chat/completions" or not _lacks_template(error):
                raise
        return (yield from ask("/completions", {"prompt": completion_prompt(self.name, prepared(asked))}))

    def _request(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        """Return the route and the fields that hold the prompt."""
        if isinstance(asked, Gap):
            fields = self._ids(infill_parts(asked), Control.EOT)
            if fields is None:
                fields = {"prompt": as_text(infill_parts(neutral(asked)), with_bos=False)}
            return "/completions", {**fields, "stop": list(end_marks(Control.EOT))}
        if isinstance(asked, Text):
            fields = self._ids(text_parts(asked), Control.EOS)
            return "/completions", fields or {"prompt": asked.content}
        messages = prepared(asked)
        form = form_of(self.name)
        if form is not None:
            parts = form(messages)
            fields = self._ids(parts, Control.STEP if form is step_parts else Control.EOS)
            if fields is not None:
                return "/completions", fields
            if form is completion_parts:
                return "/completions", {"prompt": as_text(parts, with_bos=False)}
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return "/chat/completions", {"messages": turns}

    def _ids(self, parts: Sequence[Part], end: Control) -> dict[str, Any] | None:
        """Return the fields of a prompt as ids; None where the server takes none or no vocabulary is at hand."""
        if self.backend not in TAKES_IDS:
            return None
        vocabulary = self.find_vocabulary()
        if vocabulary is None or not vocabulary.knows(parts):
            return None
        fields: dict[str, Any] = {"prompt": vocabulary.ids(parts)}
        if self.backend == "vllm" and end in vocabulary.controls:
            fields["stop_token_ids"] = [vocabulary.controls[end]]
        return fields

    def _marks(self, asked: Asked) -> tuple[str, ...]:
        """Return what ends a reply besides the caller's stop strings, where a server writes it as text."""
        if isinstance(asked, Gap):
            return end_marks(Control.EOT)
        if isinstance(asked, Text):
            return ()
        form = form_of(self.name)
        if form is completion_parts:
            return ("\n\nThe question: ",)  # else a base model goes on to ask itself
        return end_marks(Control.STEP) if form is step_parts else ()


def find_vocabulary(found: Found, endpoint: Endpoint, *, timeout_s: float) -> Callable[[], Vocabulary | None]:
    """Return a function that finds the vocabulary of a served model when first asked: here, else at its server."""

    @functools.cache
    def find() -> Vocabulary | None:
        if found.backend not in TAKES_IDS:
            return None
        here = vocabulary_at_hand(found.name)
        if here is not None or (member_of(found.name) is None and found.backend != "llama-server"):
            return here
        try:
            return vocabulary_of_server(lambda text, parses: _tokenize(endpoint, found, text, parses, timeout_s))
        except ModelError:
            return None  # it has no such route: then text is sent

    return find


def _tokenize(endpoint: Endpoint, found: Found, text: str, parses_controls: bool, timeout_s: float) -> list[int]:
    """Return the ids that llama-server or vLLM makes of a text."""
    body: dict[str, Any] = {"content": text, "add_special": False, "parse_special": parses_controls}
    if found.backend == "vllm":
        body = {"model": found.name, "prompt": text, "add_special_tokens": False}
    told = http_client.post_json(endpoint.root, "/tokenize", body, timeout_s=max(timeout_s, 10.0))
    ids = told.get("tokens") if isinstance(told, dict) else None
    if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
        raise ModelError(f"{endpoint.place} does not tell the tokens of a text")
    return ids


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
    if any(model.backend != "openai" for model in found):
        return found
    pinned = _pinned(endpoint, timeout_s) if is_loopback(endpoint.base) else None
    if pinned is not None:
        return (pinned,)
    return (_single(endpoint, found[0], timeout_s),) if len(found) == 1 else found


def _found(entry: dict[str, Any], endpoint: Endpoint) -> Found:
    name = entry["id"]
    owner, meta = entry.get("owned_by"), entry.get("meta")
    backend, window, identity = "openai", None, ""
    if isinstance(entry.get("max_model_len"), int):
        backend, window = "vllm", entry["max_model_len"]
    elif isinstance(meta, dict) and isinstance(meta.get("n_ctx"), int):
        backend, window = "llama-server", meta["n_ctx"]
        identity = "-".join(str(meta.get(key, "")) for key in ("size", "n_params", "n_vocab"))
    elif owner in ("vllm", "library"):
        backend = "ollama" if owner == "library" else "vllm"
    return Found(name, endpoint.place, backend, window, follows_instructions(name, backend), endpoint.base, identity)


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
        fields["stop"] = list(sampling.stop[:_MAX_STOPS])
    return fields


def _most_at_once(error: HttpError, *, below: int) -> int:
    """Return how many candidates a server draws at once that refused more: llama-server as many as it has slots."""
    told = re.search(r"'n'.*value <= (\d+)", error.said)
    return min(max(int(told[1]), 1), below - 1) if told else 1


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


def _choices(event: str) -> list[tuple[int, str, bool]]:
    """Return of each candidate in an event its number, its piece of text, and whether it ends with it."""
    said = http_client.parsed(event) if event != "[DONE]" else {}
    choices = said.get("choices") if isinstance(said, dict) else None
    found = []
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            turn = choice.get("delta") or choice.get("message") or {}
            text = (turn.get("content") if isinstance(turn, dict) else None) or choice.get("text") or ""
            number = choice.get("index")
            found.append((number if isinstance(number, int) else 0, str(text), bool(choice.get("finish_reason"))))
    return found


def _usage(told: object) -> Usage | None:
    if not isinstance(told, dict):
        return None
    prompt, reply = told.get("prompt_tokens"), told.get("completion_tokens")
    if not isinstance(prompt, int) or not isinstance(reply, int):
        return None
    details = told.get("prompt_tokens_details")
    reused = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(prompt, reply, reused if isinstance(reused, int) else 0)
