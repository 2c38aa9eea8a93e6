"""Keys and values that stay, and attention that reads them in blocks: what a long prompt needs in this process.

transformers' own cache copies everything at each token, and its attention makes a mask of queries times keys when a
prompt is read in blocks: at 100,000 tokens either costs more than the model. Here the cache is one buffer for each
layer, and a block of queries attends first to all that is before it, then to itself; the two results are joined by
their log-sum-exp (Milakov and Gimelshein 2018; Dao 2022, FlashAttention), which is exact.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.cache_utils import Cache, DynamicLayer

NAME = "repoagent_blockwise"
"""What transformers knows this attention by."""


class KeptLayer(DynamicLayer):  # type: ignore[misc]
    """Keys and values of one layer, (rows, heads, capacity, head dimension), of which the first `length` count."""

    def __init__(self, wanted: int = 0) -> None:
        super().__init__()
        self.length = 0
        self.wanted = wanted
        """Tokens to make room for when the next ones come."""

    def lazy_initialization(self, key_states: Any, value_states: Any = None) -> None:  # noqa: ARG002  (as the keys)
        rows, heads, n, width = key_states.shape
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys = key_states.new_empty(rows, heads, max(n, self.wanted), width)
        self.values = torch.empty_like(self.keys)
        self.is_initialized = True

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[2]
        if end > self.keys.shape[2]:
            self.grow(max(end, self.wanted, self.keys.shape[2] * 5 // 4), self.keys.shape[0])
        self.keys[:, :, self.length : end] = key_states
        self.values[:, :, self.length : end] = value_states
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    @property
    def n_bytes(self) -> int:
        """What its buffers take."""
        return 2 * self.keys.numel() * self.keys.element_size() if self.is_initialized else 0

    def get_seq_length(self, *_: Any) -> int:
        return self.length

    def get_mask_sizes(self, query_length: Any, *_: Any) -> tuple[int, int]:
        n = query_length if isinstance(query_length, int) else len(query_length)
        return self.length + n, 0

    def grow(self, capacity: int, rows: int) -> None:
        """Make room for so many tokens in so many rows, each as the only one was."""
        for name in ("keys", "values"):
            old = getattr(self, name)
            new = old.new_empty(rows, old.shape[1], capacity, old.shape[3])
            new[:, :, : self.length] = old[:, :, : self.length]
            setattr(self, name, new)


class KeptCache(Cache):  # type: ignore[misc]
    """The cache of a Llama model: it can forget its end, and be handed on to several rows."""

    def __init__(self, n_layers: int, wanted: int) -> None:
        super().__init__(layers=[KeptLayer(wanted) for _ in range(n_layers)])

    def keep(self, n_tokens: int, wanted: int) -> None:
        """Forget all but the first tokens, and make room for `wanted` in all when the next come."""
        for layer in self.layers:
            layer.length = min(layer.length, n_tokens)
            layer.wanted = wanted

    def spread(self, n_rows: int, wanted: int) -> KeptCache:
        """Return a copy with so many rows, each as this one's only row."""
        copy = KeptCache(len(self.layers), wanted)
        for layer, mine in zip(copy.layers, self.layers, strict=True):
            layer.length, layer.keys, layer.values = mine.length, mine.keys, mine.values
            layer.dtype, layer.device, layer.is_initialized = mine.dtype, mine.device, True
            layer.grow(wanted, n_rows)
        return copy


def blockwise(
    module: Any,  # noqa: ARG001  (transformers gives it)
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,  # noqa: ARG001
    scaling: float | None = None,
    **_: Any,
) -> tuple[Any, None]:
    """Return causal attention, (rows, queries, heads, width), for queries that are the last of the keys.

    query (rows, heads, q, width); key, value (rows, key heads, n, width), n >= q. No mask: nothing is padded here.
    """
    n_queries, n_keys = query.shape[2], key.shape[2]
    shares = query.shape[1] != key.shape[1]
    if n_queries in (1, n_keys):
        is_causal = n_queries > 1
        out = scaled_dot_product_attention(
            query, key, value, is_causal=is_causal, scale=scaling, **({"enable_gqa": True} if shares else {})
        )
    else:
        before = n_keys - n_queries
        past, past_weight = _attend_all(query, key[:, :, :before], value[:, :, :before], scaling)
        groups = query.shape[1] // key.shape[1]
        own_key = key[:, :, before:].repeat_interleave(groups, 1) if shares else key[:, :, before:]
        own_value = value[:, :, before:].repeat_interleave(groups, 1) if shares else value[:, :, before:]
        own, own_weight = _partial(query, own_key, own_value, scaling, is_causal=True)
        share = torch.sigmoid(past_weight - own_weight).unsqueeze(-1)  # of the past, between 0 and 1
        out = torch.lerp(own.float(), past.float(), share).to(query.dtype)
    return out.transpose(1, 2), None


def _attend_all(query: Any, key: Any, value: Any, scaling: float | None) -> tuple[Any, Any]:
    """Return attention to every key, and its log-sum-exp; queries that share keys are put in one row of queries."""
    rows, heads, n, width = query.shape
    folded = query.reshape(rows, key.shape[1], -1, width)
    out, weight = _partial(folded, key, value, scaling, is_causal=False)
    return out.reshape(rows, heads, n, width), weight.reshape(rows, heads, n)


def _partial(query: Any, key: Any, value: Any, scaling: float | None, *, is_causal: bool) -> tuple[Any, Any]:
    """Return attention and its log-sum-exp, (rows, heads, queries) in 32 bits."""
    if query.device.type == "cpu":
        out, weight = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, 0.0, is_causal, scale=scaling
        )
    elif query.device.type == "cuda" and query.dtype in (torch.float16, torch.bfloat16):
        out, weight, *_ = torch.ops.aten._scaled_dot_product_flash_attention(
            query, key, value, 0.0, is_causal, False, scale=scaling
        )
    else:
        return _plainly(query, key, value, scaling, is_causal=is_causal)
    return out, weight[..., : query.shape[2]].float()


def _plainly(query: Any, key: Any, value: Any, scaling: float | None, *, is_causal: bool) -> tuple[Any, Any]:
    """The same where there is no such kernel: 64 queries at a time, so that the scores stay small."""
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    outs, weights = [], []
    for start in range(0, query.shape[2], 64):
        block = query[:, :, start : start + 64]
        scores = (block @ key.transpose(-1, -2)).float() * scale
        if is_causal:
            ahead = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(start + 1)
            scores = scores.masked_fill(ahead, float("-inf"))
        weights.append(scores.logsumexp(-1))
        outs.append(scores.softmax(-1).to(value.dtype) @ value)
    return torch.cat(outs, 2), torch.cat(weights, 2)


@functools.cache
def use_blockwise() -> str:
    """Make the attention known to transformers, and return its name."""
    AttentionInterface.register(NAME, blockwise)
    return NAME
