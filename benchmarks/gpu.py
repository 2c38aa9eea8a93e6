"""A model of the family's shape with random weights on a GPU, against the floors that arithmetic gives.

Time to the first token of a long prompt: no less than its multiplications at the rate at which this chip multiplies
matrices. Tokens a second: no more than memory can bring weights, keys and values. Both rates are measured on the chip
itself, right before. Target: within 1.5 of either. Without a GPU it says what it would run; `--device cpu --size tiny`
runs all of it, small.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass
from typing import Any

from repoagent_agents.models.base import Sampling
from repoagent_agents.models.family import FAMILY, Shape

SHAPES = {row.size: row.shape for row in FAMILY} | {"tiny": Shape(4, 256, 8, 8, 688, 32016)}
TARGET = 1.5


@dataclass(frozen=True)
class Work:
    """What a run has to do, by arithmetic alone."""

    shape: Shape
    n_prompt: int

    @property
    def prefill_flops(self) -> float:
        """Two for each weight and token, and causal attention: 4 x hidden for each pair of tokens, of which half."""
        attention = 4 * self.shape.n_layers * self.shape.hidden * self.n_prompt**2 / 2
        return 2 * self.shape.n_linear * self.n_prompt + attention

    @property
    def bytes_per_token(self) -> float:
        """What one decoded token has to read: the weights once, and the keys and values of all before it."""
        embedding = 2 * self.shape.vocabulary * self.shape.hidden  # one row of it is read
        return self.shape.weight_bytes("bf16") - embedding + self.n_prompt * self.shape.cache_bytes_per_token


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SHAPES, default="7b")
    parser.add_argument("--tokens", type=int, nargs="+", default=[16_000, 100_000], help="lengths of the prompt")
    parser.add_argument("--decode", type=int, default=64, help="tokens to decode")
    parser.add_argument("--block", type=int, help="tokens of a prompt that are read at once; as it ships, unless given")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--baseline-only", action="store_true", help="only the chip's own rates")
    given = parser.parse_args()
    shape = SHAPES[given.size]
    if why := unavailable(given.device):
        print(f"{why}; with one this would run:")
        plan(given.size, shape, given.tokens)
        return
    measure(given, shape)


def unavailable(device: str) -> str:
    try:
        import torch
    except ImportError:
        return "torch is not installed (pip install 'repoagent[local]')"
    return "there is no GPU here" if device == "cuda" and not torch.cuda.is_available() else ""


def plan(size: str, shape: Shape, lengths: list[int]) -> None:
    """What would run, and what it would have to do."""
    print(
        f"- {size}: {shape.n_parameters / 1e9:.2f} G random weights in bf16, {shape.weight_bytes('bf16') / 1e9:.1f} GB"
    )
    for n in lengths:
        work = Work(shape, n)
        cache = n * shape.cache_bytes_per_token / 1e9
        print(
            f"- a prompt of {n:,} tokens: {work.prefill_flops / 1e15:.2f} PFLOP to the first token, then "
            f"{work.bytes_per_token / 1e9:.1f} GB read for each token; {cache:.1f} GB of keys and values"
        )
        print(
            f"  at 790 TFLOP/s and 4.8 TB/s (an H200's) the floors are {work.prefill_flops / 790e12:.1f} s and "
            f"{4.8e12 / work.bytes_per_token:.0f} tokens/s; target: within {TARGET}"
        )


def measure(given: argparse.Namespace, shape: Shape) -> None:
    import torch

    dtype = torch.bfloat16
    is_gpu = given.device != "cpu"
    name = torch.cuda.get_device_name() if is_gpu else "CPU"
    flops, bandwidth = matrix_rate(torch, given.device, dtype), memory_rate(torch, given.device)
    print(f"{name}: {flops / 1e12:.2f} TFLOP/s in bf16 matrices, {bandwidth / 1e9:.0f} GB/s from memory, both measured")
    if given.baseline_only:
        return
    model = built(torch, shape, given.device, dtype, max(given.tokens) + given.decode)
    print("| prompt | first token, s | floor | ratio | tokens/s | floor | ratio | peak GB |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    for n in given.tokens:
        first_s, per_second, peak = run(torch, model, shape, n, given)
        work = Work(shape, n)
        first_floor, speed_floor = work.prefill_flops / flops, bandwidth / work.bytes_per_token
        print(
            f"| {n:,} | {first_s:.2f} | {first_floor:.2f} | {first_s / first_floor:.2f} | {per_second:.1f} "
            f"| {speed_floor:.1f} | {speed_floor / per_second:.2f} | {peak / 1e9:.1f} |",
            flush=True,
        )


def built(torch: Any, shape: Shape, device: str, dtype: Any, longest: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    from repoagent_agents.models.local_attention import use_blockwise

    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.n_layers,
        num_attention_heads=shape.n_heads,
        num_key_value_heads=shape.n_key_heads,
        max_position_embeddings=longest,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        attn_implementation=use_blockwise(),
        dtype=dtype,
    )
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    with torch.device(device):
        model = LlamaForCausalLM(config).eval()
    torch.set_default_dtype(torch.float32)
    return model


def run(torch: Any, model: Any, shape: Shape, n: int, given: argparse.Namespace) -> tuple[float, float, int]:
    """Seconds to the first token, tokens a second after it, bytes of memory at most; a short run warms up first."""
    from repoagent_agents.models import local_generation

    local_generation.BLOCK = given.block or local_generation.BLOCK
    continuation = local_generation.Continuation(model)
    draw = random.Random(1)
    for length in (min(n, 2 * local_generation.BLOCK), n):
        prompt = [draw.randrange(shape.vocabulary) for _ in range(length)]
        if given.device != "cpu":
            torch.cuda.reset_peak_memory_stats()
        began = time.perf_counter()
        tokens = continuation.reply(prompt, given.decode + 1, Sampling(), frozenset())
        next(tokens)
        first = time.perf_counter()
        n_decoded = sum(1 for _ in tokens)
        ended = time.perf_counter()
    peak = torch.cuda.max_memory_allocated() if given.device != "cpu" else 0
    return first - began, n_decoded / (ended - first), peak


def matrix_rate(torch: Any, device: str, dtype: Any) -> float:
    """Multiplications and additions a second in large matrices, the best of several."""
    size = 8192 if device != "cpu" else 1024
    one, other = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    return max(2 * size**3 / seconds(torch, device, lambda: one @ other) for _ in range(10))


def memory_rate(torch: Any, device: str) -> float:
    """Bytes a second that a maximum over a large array reads, or a copy reads and writes: the best of several."""
    data = torch.zeros((1 << 31) if device != "cpu" else (1 << 26), device=device, dtype=torch.float16)
    copy = torch.empty_like(data)
    read = max(2 * data.numel() / seconds(torch, device, data.max) for _ in range(10))
    return max(read, *(4 * data.numel() / seconds(torch, device, lambda: copy.copy_(data)) for _ in range(10)))


def seconds(torch: Any, device: str, work: Any) -> float:
    if device != "cpu":
        torch.cuda.synchronize()
    began = time.perf_counter()
    work()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
