"""Ollama, by its own protocol: OpenAI's cannot set the window, and Ollama cuts what does not fit without a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from repoagent_agents.models import http_client
from repoagent_agents.models.base import Asked, Found, Gap, Message, Reply, Sampling, Text, Usage, count_dialog
from repoagent_agents.models.chat_format import (
    Control,
    as_text,
    completion_parts,
    end_marks,
    form_of,
    infill_parts,
    neutral,
    neutralise,
    prepared,
    step_parts,
)
from repoagent_agents.models.endpoint import Endpoint, Limits
from repoagent_agents.models.family import follows_instructions, is_name, member_of, why_no_infilling
from repoagent_agents.models.http_client import Delta, Garbled
from repoagent_agents.models.refusal import spoken
from repoagent_agents.models.reply import readable
from repoagent_agents.models.tokens import Counter
from repoagent_indexers.errors import ModelError
from repoagent_indexers.words.tokens import estimate

SMALLEST_WINDOW = 4096
"""Tokens: asking for less saves nothing that matters."""


@dataclass(frozen=True, slots=True)
class About:
    """What `/api/show` tells of a model."""

    window: int | None = None
    """Tokens that it was made for, beyond which Ollama does not go."""
    rope_theta: float | None = None
    template: str = ""
    """How Ollama writes a dialog for it."""
    can_insert: bool = False
    """Its template has a place for a suffix."""
    identity: str = ""
    """When it was changed last."""


@dataclass(frozen=True, slots=True)
class Ollama:
    """A model behind `/api/chat`; a member of the family behind `/api/generate`, its prompt written here.

    Ollama's own template for Code Llama is not the one that it was trained with: it leaves out line ends.
    """

    name: str
    endpoint: Endpoint
    """Without a path."""
    window: int
    counter: Counter = estimate
    limits: Limits = field(default_factory=Limits)
    about: About = field(default_factory=About)
    notes: tuple[str, ...] = ()
    """What is wrong with how it is served, one line each."""

    @property
    def place(self) -> str:
        return self.endpoint.place

    @property
    def identity(self) -> str:
        return self.about.identity

    def count(self, text: str) -> int:
        return self.counter(neutralise(text))

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        form = form_of(self.name)
        marks = end_marks(Control.STEP) if form is step_parts else ()
        return readable(self._pieces(messages, sampling), (*sampling.stop, *marks))

    def refusal_to_fill(self) -> str:
        member = member_of(self.name)
        able = self.about.can_insert if member is None else member.infills
        return "" if able else why_no_infilling(self.name)

    def fill(self, gap: Gap, sampling: Sampling) -> Reply:
        marks = end_marks(Control.EOT)
        return readable(self._pieces(gap, sampling), (*sampling.stop, *marks), keeps_space=True)

    def go_on(self, text: Text, sampling: Sampling) -> Reply:
        return readable(self._pieces(text, sampling), sampling.stop, keeps_space=True)

    def _pieces(self, asked: Asked, sampling: Sampling) -> Reply:
        if isinstance(asked, Gap):
            n_prompt = self.count(asked.prefix) + self.count(asked.suffix) + 8
        elif isinstance(asked, Text):
            n_prompt = self.count(asked.content) + 1
        else:
            n_prompt = count_dialog(self, asked)
        num_ctx = window_for(n_prompt + sampling.max_tokens, self.window)
        options: dict[str, Any] = {
            "num_ctx": num_ctx,
            "num_predict": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
        }
        if sampling.seed is not None:
            options["seed"] = sampling.seed
        route, fields = self._request(asked)
        if stop := [*sampling.stop, *fields.pop("stop", ())]:
            options["stop"] = stop
        body = {
            "model": self.name,
            **fields,
            "stream": True,
            "truncate": False,  # rather refuse than cut the prompt
            "shift": False,  # rather end than drop the prompt's head in mid-reply
            "options": options,
        }
        usage = yield from http_client.stream(
            self.endpoint, route, body, framing="ndjson", decode=self._delta, limits=self.limits
        )
        if usage and was_cut(usage.prompt_tokens, n_prompt, num_ctx):
            raise ModelError(
                f"Ollama at {self.place} read {usage.prompt_tokens} of about {n_prompt} prompt tokens and dropped the "
                "rest, so the answer rests on a part; update Ollama, or ask with a smaller --budget"
            )
        return usage

    def _request(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        """Return the route and the fields that hold the prompt."""
        if isinstance(asked, Gap):
            gap = neutral(asked)
            if member_of(self.name) is None:
                return "/api/generate", {"prompt": gap.prefix, "suffix": gap.suffix}
            text = as_text(infill_parts(gap), with_bos=False)
            return "/api/generate", {"prompt": text, "raw": True, "stop": list(end_marks(Control.EOT))}
        if isinstance(asked, Text):
            return "/api/generate", {"prompt": asked.content, "raw": True}
        messages = prepared(asked)
        form = form_of(self.name)
        if form is not None and (form is completion_parts or _MARKUP & {*self.about.template.split()}):
            return "/api/generate", {"prompt": as_text(form(messages), with_bos=False), "raw": True}
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return "/api/chat", {"messages": turns}

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
        text, done = turn.get("content") or said.get("response"), bool(said.get("done"))
        return Delta(text if isinstance(text, str) else "", done, done, usage, thinking=bool(turn.get("thinking")))


_MARKUP = frozenset({"[INST]", "[/INST]", "<<SYS>>", "Source:"})
"""What shows in a template that the model is prompted as its family is."""


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
    """Return the models that Ollama holds, without windows (`about` asks for one). Raises ModelError."""
    listed = http_client.get_json(endpoint.root, "/api/tags", timeout_s=timeout_s)
    entries = listed.get("models") if isinstance(listed, dict) else None
    if not isinstance(entries, list):
        raise ModelError(f"{endpoint.place} does not list models as Ollama does; is it Ollama?")
    names = [entry["name"] for entry in entries if isinstance(entry, dict) and is_name(entry.get("name"))]
    return tuple(
        Found(name, endpoint.place, "ollama", None, follows_instructions(name, "ollama"), endpoint.place)
        for name in names
    )


def about(endpoint: Endpoint, name: str, *, timeout_s: float) -> About:
    """Return what Ollama tells of a model. Raises ModelError."""
    told = http_client.post_json(endpoint.root, "/api/show", {"model": name}, timeout_s=timeout_s)
    told = told if isinstance(told, dict) else {}
    facts = told.get("model_info")
    facts = facts if isinstance(facts, dict) else {}

    def fact(ending: str) -> float | None:
        return next((n for key, n in facts.items() if key.endswith(ending) and isinstance(n, int | float)), None)

    window, template, abilities = fact(".context_length"), told.get("template"), told.get("capabilities")
    return About(
        int(window) if window else None,
        fact(".rope.freq_base"),
        template if isinstance(template, str) else "",
        isinstance(abilities, list) and "insert" in abilities,
        str(told.get("modified_at") or ""),
    )
