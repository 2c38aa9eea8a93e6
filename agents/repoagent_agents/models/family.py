"""The Code Llama family in one table, and what a model's name tells.

`FAMILY` says of each member how it is prompted, whether it infills, its context, its memory and its licence.
`member_of` finds the row for a name, whoever serves it. Figures: the model cards and README of meta-llama/codellama,
and each model's config.json. Memory is computed from the shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from repoagent_agents.models.base import Found

UNKNOWN_WINDOW = 4096
"""Tokens, where neither server nor name tells: what the smallest servers start with by default."""

LONG = 100_000
"""Tokens up to which Code Llama's perplexity stays flat; no model is given more."""

LLAMA_2 = "Llama 2 Community License"
"""With an acceptable-use policy: https://ai.meta.com/llama/use-policy"""

Precision = Literal["bf16", "8-bit", "4-bit"]
BITS: dict[Precision, float] = {"bf16": 16, "8-bit": 8, "4-bit": 4.127}
"""Bits a weight of a linear layer takes; 4-bit is bitsandbytes' nf4, with its constants quantized again."""

Variant = Literal["base", "Python", "Instruct"]

Prompting = Literal["completion", "instruct", "steps", "elyza"]
"""How a dialog is written:

completion  the bare text, to be continued: base models and the Python variants
instruct    [INST] and <<SYS>>
steps       Source and Destination headers, each message ended by <step>: 70B Instruct
elyza       instruct, with a space after the last [/INST]
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a Llama model."""

    n_layers: int
    hidden: int
    n_heads: int
    n_key_heads: int
    """Heads of keys and values; fewer than `n_heads` where several share one."""
    intermediate: int
    vocabulary: int

    @property
    def n_linear(self) -> int:
        """Weights of the linear layers, which are what 8 and 4 bits apply to."""
        keys = self.n_key_heads * self.hidden // self.n_heads
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * keys
        return self.n_layers * (attention + 3 * self.hidden * self.intermediate)

    @property
    def n_parameters(self) -> int:
        """All weights: linear layers, embeddings in and out, norms."""
        return self.n_linear + 2 * self.vocabulary * self.hidden + (2 * self.n_layers + 1) * self.hidden

    def weight_bytes(self, precision: Precision) -> int:
        """Bytes of the weights; embeddings and norms stay in 16 bits."""
        return int(self.n_linear * BITS[precision] / 8) + 2 * (self.n_parameters - self.n_linear)

    @property
    def cache_bytes_per_token(self) -> int:
        """Bytes of keys and values that one token leaves behind, in 16 bits."""
        return 2 * 2 * self.n_layers * self.n_key_heads * (self.hidden // self.n_heads)

    def memory_bytes(self, precision: Precision, n_tokens: int) -> int:
        """Bytes of the weights, and of the keys and values of so many tokens."""
        return self.weight_bytes(precision) + n_tokens * self.cache_bytes_per_token


@dataclass(frozen=True, slots=True)
class Member:
    """One model of the family."""

    name: str
    size: str
    variant: Variant
    hub: str
    """Its name at the Hugging Face hub."""
    ollama: str
    """Its tag in Ollama's own library, "" where it has none."""
    shape: Shape
    prompting: Prompting
    infills: bool
    trained: int
    """Tokens of its training windows, which every server takes for its limit unless told otherwise."""
    longest: int
    """Tokens that its authors say it can take."""
    rope_theta: float
    """Base of the rotary position embedding. With another one positions mean something else."""
    licence: str = LLAMA_2

    @property
    def follows_instructions(self) -> bool:
        return self.prompting != "completion"


_SHAPES = {
    "7b": Shape(32, 4096, 32, 32, 11008, 32016),
    "13b": Shape(40, 5120, 40, 40, 13824, 32016),
    "34b": Shape(48, 8192, 64, 8, 22016, 32000),
    "70b": Shape(80, 8192, 64, 8, 28672, 32016),
}


def _member(size: str, variant: Variant, *, infills: bool = False, prompting: Prompting = "completion") -> Member:
    """Return a row of Meta's own models."""
    is_short = size == "70b" and variant != "base"  # the model card: no long context
    suffix = "" if variant == "base" else f"-{variant}"
    name = f"CodeLlama-{size}{suffix}"
    tag = "code" if variant == "base" else variant.lower()
    return Member(
        name=name,
        size=size,
        variant=variant,
        hub=f"codellama/{name}-hf",
        ollama=f"codellama:{size}-{tag}",
        shape=_SHAPES[size],
        prompting=prompting,
        infills=infills,
        trained=4096 if is_short else 16384,
        longest=4096 if is_short else LONG,
        rope_theta=1e4 if is_short else 1e6,
    )


def _elyza(variant: Variant, prompting: Prompting) -> Member:
    """Return a row of ELYZA's models: Code Llama 7B trained on in Japanese; neither infilling nor 100K is claimed."""
    name = f"ELYZA-japanese-CodeLlama-7b{'-instruct' if variant == 'Instruct' else ''}"
    return Member(name, "7b", variant, f"elyza/{name}", "", _SHAPES["7b"], prompting, False, 16384, 16384, 1e6)


FAMILY = (
    _member("7b", "base", infills=True),
    _member("7b", "Python"),
    _member("7b", "Instruct", infills=True, prompting="instruct"),
    _member("13b", "base", infills=True),
    _member("13b", "Python"),
    _member("13b", "Instruct", infills=True, prompting="instruct"),
    _member("34b", "base"),
    _member("34b", "Python"),
    _member("34b", "Instruct", prompting="instruct"),
    _member("70b", "base", infills=True),  # so its model card; the README lists 7B and 13B only
    _member("70b", "Python"),
    _member("70b", "Instruct", prompting="steps"),
    _elyza("base", "completion"),
    _elyza("Instruct", "elyza"),
)


def member_of(name: str) -> Member | None:
    """Return the row of a model by whatever name it is served: at the hub, by Ollama, as a GGUF file or a folder.

    `codellama/CodeLlama-13b-Instruct-hf`, `codellama:13b`, `/models/codellama-7b.Q4_K_M.gguf`,
    `models--codellama--CodeLlama-7b-hf/snapshots/0123`. None for other models, for those that others trained on from
    the family and that have formats of their own (Phind-CodeLlama), and where the size does not show.
    """
    for part in reversed(re.split(r"[/\\]|--", name)):
        plain = _plain(part)
        if plain.startswith("elyzajapanesecodellama"):
            return next(row for row in FAMILY if row.hub.startswith("elyza/") and row.variant == _variant(plain, ""))
        if plain.startswith("codellama"):
            is_tag = ":" in part or plain == "codellama"  # Ollama, whose plain tags are 7B and Instruct
            size = re.search(r"(?<!\d)(7|13|34|70)b", plain)
            wanted = size[0] if size else "7b" if is_tag else ""
            variant = _variant(plain, "Instruct" if is_tag else "base")
            return next((row for row in FAMILY if (row.size, row.variant) == (wanted, variant)), None)
    return None


def _variant(plain: str, otherwise: str) -> str:
    if "instruct" in plain:
        return "Instruct"
    if "python" in plain:
        return "Python"
    return "base" if ":" in plain and "code" in plain.partition(":")[2] else otherwise or "base"


def is_name(told: object) -> bool:
    """Tell whether what a server calls a model can be shown: one line, nothing that a terminal would obey."""
    return isinstance(told, str) and told.isprintable() and 0 < len(told) <= 300


def is_code_llama(name: str) -> bool:
    """Tell whether the name is one of Code Llama's or of a model made from it: `codellama:7b`, `Phind-CodeLlama`."""
    return "codellama" in _plain(name)


def trained_window(name: str) -> int | None:
    """Return the tokens a model was trained on, where its name tells; None else."""
    member = member_of(name)
    if member is not None:
        return member.trained
    return 16384 if is_code_llama(name) else None


def follows_instructions(name: str, backend: str = "") -> bool:
    """Tell whether a model can be asked, as far as its name tells: no base model, no embedder, no reranker."""
    member = member_of(name)
    if member is not None:
        return member.follows_instructions
    plain = name.lower()
    if re.search(r"embed|rerank|minilm|whisper|(^|[-/:])(bge|e5|gte|clip)[-_]", plain):
        return False
    if re.search("instruct|chat", plain):
        return True
    if is_code_llama(name):
        return backend == "ollama" and not re.search(r":\w*-?(code|python)", plain)
    return not re.search(r"[-:_](base|code|python|text|fim)(-|:|$)", plain)


def choose(found: Iterable[Found], language: str = "") -> Found | None:
    """Return the model to ask when none was named: instruct models only, Code Llama first, then other code models.

    In Japanese ("ja") ELYZA's comes before all others.
    """
    candidates = [model for model in found if model.chat]

    def fitness(model: Found) -> tuple[bool, tuple[bool, bool, bool, int]]:
        member = member_of(model.name)
        return language == "ja" and member is not None and member.prompting == "elyza", _fitness(model)

    return max(candidates, key=fitness, default=None)  # the first of equals


def choose_for_infilling(found: Iterable[Found]) -> Found | None:
    """Return the model to complete code with when none was named: base before Instruct, small before large."""
    able = [(member, model) for model in found if (member := member_of(model.name)) and member.infills]
    if able:
        return min(able, key=lambda pair: (pair[0].variant != "base", pair[0].shape.n_parameters))[1]
    return None


def why_no_infilling(name: str) -> str:
    """Return one line that says that a model does not fill gaps, and which ones do."""
    able = ", ".join(row.name for row in FAMILY if row.infills)
    return f"{name} was not trained to fill gaps; name a model that was: {able} (ollama pull codellama:7b-code)"


def concerns(name: str, *, window: int | None = None, rope_theta: float | None = None) -> tuple[str, ...]:
    """Return what is wrong with how a member of the family is served, one line each, with the mend."""
    member = member_of(name)
    if member is None:
        return ()
    found = []
    if rope_theta is not None and rope_theta != member.rope_theta:
        found.append(
            f"{name} runs with rope_theta {rope_theta:g}, but {member.name} was trained with {member.rope_theta:g}: "
            "it will misread positions; convert the model again, or start its server with the right one"
        )
    if window is not None and window < member.trained:
        found.append(
            f"{name} is served with a window of {window:,} tokens, but {member.name} was trained with "
            f"{member.trained:,}; give its server a larger context"
        )
    if window is not None and window > member.longest:
        found.append(
            f"{name} is served with a window of {window:,} tokens, but {member.name} reads {member.longest:,} at most; "
            "what stands beyond is lost: use a smaller --budget"
        )
    return tuple(found)


RECALL: dict[tuple[str, Variant], dict[int, tuple[float, float, float]]] = {
    ("7b", "base"): {8000: (100, 95.3, 100), 16000: (54.7, 100, 98.4), 24000: (3.1, 85.9, 85.9)},
    ("13b", "base"): {8000: (100, 100, 100), 16000: (100, 100, 100), 24000: (100, 89.1, 6.3)},
    ("34b", "base"): {8000: (76.6, 100, 100), 16000: (95.3, 96.9, 100), 24000: (81.3, 0.0, 81.3)},
    ("7b", "Instruct"): {8000: (100, 97.7, 100), 16000: (7.0, 96.9, 96.1), 24000: (0.0, 62.5, 54.7)},
    ("13b", "Instruct"): {8000: (100, 100, 100), 16000: (100, 100, 93.8), 24000: (4.7, 84.4, 100)},
    ("34b", "Instruct"): {8000: (92.2, 100, 100), 16000: (68.8, 95.3, 100), 24000: (46.9, 0.0, 85.9)},
}
"""Per cent of functions found again by prompt length in tokens, standing at 0, 20 and 40 % of it (Code Llama paper,
table 17). Nothing longer is tabulated."""


def expectation(member: Member, window: int) -> str:
    """Return what the family's authors measured of a window's recall, in one line; "" where nothing is known."""
    rows = RECALL.get((member.size, member.variant))
    if rows is None:
        return ""
    length = max((n for n in rows if n <= window), default=min(rows))
    shares = ", ".join(f"{share:g}% at {at}" for share, at in zip(rows[length], ("0", "20%", "40%"), strict=True))
    beyond = "; beyond 24,000 nothing was published" if window > 24_576 else ""
    return f"finds a function again in {length:,} tokens: {shares} of the way{beyond}; the best evidence is put last"


def _fitness(model: Found) -> tuple[bool, bool, bool, int]:
    plain = _plain(model.name)
    is_code_model = re.search("coder|code|devstral|starcoder", plain) is not None
    return is_code_llama(model.name), is_code_model, "instruct" in plain, model.window or 0


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.lower())
