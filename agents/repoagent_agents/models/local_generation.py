"""Prompt ids -> reply ids in this process: the prompt read in blocks, what was read before reused, several replies.

One `Continuation` for each model keeps the keys and values of the last prompt and reply. A prompt that begins as that
one did, such as a second question on the same pack, is read from where they part.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache

from repoagent_agents.models.base import Sampling
from repoagent_agents.models.local_attention import NAME, KeptCache

BLOCK = 2048
"""Tokens of a prompt that are read at once: what is in work at one time stays small, and an interrupt is heeded."""
BATCHED = 16_384
"""Tokens of prompts that candidates in one batch may hold together; beyond, they are drawn one after the other."""


@dataclass(slots=True)
class _Candidate:
    """One of several replies in the making."""

    ids: list[int] = field(default_factory=list)
    ended: bool = False


class Continuation:
    """A loaded model that continues prompts; one at a time."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.n_reused = 0
        """Tokens of the last prompt that had not to be read again."""
        self.n_drawn = 0
        """Tokens drawn for it, those that end a reply among them."""
        self.keeps = getattr(model.config, "_attn_implementation", "") == NAME
        self._cache: Any = None
        self._held: list[int] = []
        """The tokens whose keys and values are in the cache."""
        self._only_last = (
            {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
        )

    def reply(
        self, prompt: Sequence[int], room: int, sampling: Sampling, stops: frozenset[int]
    ) -> Generator[int, None, None]:
        """Yield the ids of one reply, at most `room`; the one that ends it is not among them.

        Closing the iterator ends the work, and so does an interrupt; what was read is kept.
        """
        logits = self._read(prompt, room)
        draw = _drawer(sampling, logits.device)
        for self.n_drawn in range(1, room + 1):
            token = int(draw(logits)[0])
            if token in stops:
                return
            yield token
            if self.n_drawn < room:
                logits = self._step([token])
                self._held.append(token)

    def replies(
        self,
        prompt: Sequence[int],
        room: int,
        sampling: Sampling,
        stops: frozenset[int],
        n: int,
        is_done: Callable[[list[int]], bool],
    ) -> list[list[int]]:
        """Return the ids of `n` replies in one batch; `is_done` tells by its ids whether a reply is to end early."""
        logits = self._read(prompt, 1)
        draw = _drawer(sampling, logits.device)
        logits = logits.expand(n, -1)
        cache = self._cache.spread(n, len(prompt) + room) if isinstance(self._cache, KeptCache) else None
        if cache is None:
            cache = self._cache
            cache.batch_repeat_interleave(n)
            self._forget()
        found = [_Candidate() for _ in range(n)]
        self.n_drawn = 0
        for _ in range(room):
            tokens = draw(logits).tolist()
            for one, token in zip(found, tokens, strict=True):
                self.n_drawn += not one.ended
                one.ended = one.ended or token in stops
                if not one.ended:
                    one.ids.append(token)
                    one.ended = is_done(one.ids)
            if all(one.ended for one in found):
                break
            logits = self._forward([[token] for token in tokens], cache)
        return [one.ids for one in found]

    def _read(self, prompt: Sequence[int], room: int) -> Any:
        """Return the logits after the prompt, (1, vocabulary); what it shares with the last one is not read again."""
        shared = self._shared(prompt) if isinstance(self._cache, KeptCache) else 0
        wanted = len(prompt) + room
        if shared:
            self._cache.keep(shared, wanted)
        else:  # the old one goes first: two long prompts would not fit
            self._forget()
            config = self.model.config
            self._cache = KeptCache(config.num_hidden_layers, wanted) if self.keeps else DynamicCache(config=config)
        self._held = list(prompt[:shared])
        self.n_reused = shared
        logits = None
        step = BLOCK if self.keeps else len(prompt)
        for start in range(shared, len(prompt), step):
            block = list(prompt[start : start + step])
            logits = self._step(block)
            self._held += block
        return logits

    def memory_for(self, n_tokens: int) -> tuple[int, int]:
        """Return the bytes that the keys and values of so many tokens take, and those that are free; -1 if unknown."""
        config = self.model.config
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        size = torch.finfo(self.model.dtype).bits // 8
        held = sum(layer.n_bytes for layer in self._cache.layers) if isinstance(self._cache, KeptCache) else 0
        free = _free_bytes(self.model.device)
        return 2 * config.num_hidden_layers * heads * width * size * n_tokens, free + held if free >= 0 else -1

    def _shared(self, prompt: Sequence[int]) -> int:
        """Return how many tokens the prompt begins with as the last one did; the last token is always read."""
        most = min(len(prompt) - 1, len(self._held))
        return next((n for n in range(most) if prompt[n] != self._held[n]), most)

    def _step(self, tokens: list[int]) -> Any:
        try:
            return self._forward([tokens], self._cache)
        except BaseException:
            if isinstance(self._cache, KeptCache):
                self._cache.keep(len(self._held), 0)  # some layers may be ahead of others
            else:
                self._forget()
            raise

    def _forward(self, rows: list[list[int]], cache: Any) -> Any:
        """Return the logits after the last token of each row, (rows, vocabulary) in 32 bits."""
        with torch.inference_mode():
            ids = torch.tensor(rows, device=self.model.device)
            out = self.model(input_ids=ids, past_key_values=cache, use_cache=True, **self._only_last)
            return out.logits[:, -1].float()

    def _forget(self) -> None:
        self._cache, self._held = None, []


def _free_bytes(device: Any) -> int:
    """Return the memory that is free on a device, -1 where nobody says."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123  (no file of anybody's)
            told = dict(line.split(":", 1) for line in lines)
        return int(told["MemAvailable"].split()[0]) << 10
    except (OSError, KeyError, ValueError):
        return -1


def _drawer(sampling: Sampling, device: Any) -> Callable[[Any], Any]:
    """Return the function that draws a token for each row of logits: the likeliest, or within the nucleus `top_p`.

    Nucleus sampling: Holtzman et al., ICLR 2020.
    """
    if sampling.temperature <= 0:
        return lambda logits: logits.argmax(-1)
    generator = torch.Generator(device=device)
    if sampling.seed is None:
        generator.seed()
    else:
        generator.manual_seed(sampling.seed)

    def draw(logits: Any) -> Any:
        shares, order = torch.softmax(logits / sampling.temperature, -1).sort(-1, descending=True)
        before = shares.cumsum(-1) - shares
        shares = shares.masked_fill(before > sampling.top_p, 0.0)  # the likeliest always stays
        chosen = torch.multinomial(shares, 1, generator=generator)
        return order.gather(-1, chosen).squeeze(-1)

    return draw
