"""A model in this process, by transformers: safetensors only, no code from the hub, prompts built as token ids."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers

from repoagent_agents.models.base import (
    Asked,
    Candidates,
    Gap,
    Message,
    Reply,
    Sampling,
    Text,
    Usage,
    complete,
    reseeded,
    summed,
)
from repoagent_agents.models.chat_format import (
    Bare,
    Control,
    Form,
    Part,
    completion_parts,
    elyza_parts,
    form_of,
    infill_parts,
    instruct_parts,
    neutralise,
    prepared,
    step_parts,
    text_parts,
)
from repoagent_agents.models.family import UNKNOWN_WINDOW, concerns, member_of, why_no_infilling
from repoagent_agents.models.local_attention import use_blockwise
from repoagent_agents.models.local_generation import BATCHED, Continuation
from repoagent_agents.models.reply import readable, whole
from repoagent_agents.models.vocabulary import Vocabulary, vocabulary_from
from repoagent_indexers.errors import ModelError, UsageError

PRECISIONS = ("bf16", "8-bit", "4-bit")
_CHECKED_WORDS = 64
"""Ids at the end of a reply in which a stop string is looked for."""


def load_local(name: str, *, window: int | None) -> TransformersModel:
    """Return the model in a folder, or of the hub; NAME#8-bit and NAME#4-bit load it quantized, by bitsandbytes.

    Raises ModelError when it cannot be had or does not load, UsageError for a name that is none.
    """
    name, _, precision = name.partition("#")
    if not name:
        raise UsageError("local: needs a folder or a hub name after it; for example local:./CodeLlama-7b-Instruct-hf")
    folder = Path(name).expanduser()
    source = str(folder) if folder.exists() else name
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    has_device = torch.accelerator.is_available() if hasattr(torch, "accelerator") else torch.cuda.is_available()
    quantized = _quantization(precision)
    placed = {"device_map": "auto"} if (has_device or quantized) and importlib.util.find_spec("accelerate") else {}
    try:
        # Not AutoTokenizer: transformers 5's CodeLlamaTokenizer is not token-exact.
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(source)
        config = transformers.AutoConfig.from_pretrained(source, trust_remote_code=False)
        attention = {"attn_implementation": use_blockwise()} if config.model_type == "llama" else {}
        model = transformers.AutoModelForCausalLM.from_pretrained(
            source,
            dtype=_dtype(precision, has_device=has_device),
            use_safetensors=True,
            trust_remote_code=False,
            **placed,
            **quantized,
            **attention,
        )
        if not has_device and model.dtype == torch.float16:  # slow on most processors, or not there at all
            model = model.to(torch.bfloat16)
        if has_device and not placed:
            model = model.to(torch.accelerator.current_accelerator())
        vocabulary = vocabulary_from(tokenizer.backend_tokenizer.to_str())
    except Exception as error:  # each file and the hub have errors of their own
        raise ModelError(_load_failure(name, error, is_folder=folder.exists())) from error
    trained = getattr(model.config, "max_position_embeddings", None)
    return TransformersModel(
        name,
        window or trained or UNKNOWN_WINDOW,
        model.eval(),
        tokenizer,
        vocabulary,
        Continuation(model),
        concerns(name, window=window or trained, rope_theta=rope_theta_of(model.config)),
        _identity(folder, precision),
    )


def _identity(folder: Path, precision: str) -> str:
    """Return what tells this state of a folder: its weights' sizes and dates; of the hub, the name says it."""
    files = sorted(folder.glob("*.safetensors")) + sorted(folder.glob("*.json")) if folder.is_dir() else []
    states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return f"{precision} {states}"


def _dtype(precision: str, *, has_device: bool) -> Any:
    """Return what is computed in, and kept of keys and values: as saved, unless a precision is asked for.

    With 8 and 4 bits a model saved in 32 would keep all but its linear layers in 32, and its keys and values too.
    """
    if not precision:
        return "auto"
    return torch.float16 if precision == "8-bit" and has_device else torch.bfloat16


def _quantization(precision: str) -> dict[str, Any]:
    """Raises UsageError for a precision that there is not, ModelError where bitsandbytes is missing."""
    if precision not in ("", *PRECISIONS):
        raise UsageError(f"there is no precision {precision!r}; give one of {', '.join(PRECISIONS)} after #")
    if precision in ("", "bf16"):
        return {}
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError(
            f"{precision} needs bitsandbytes, which is missing; pip install 'repoagent[quantized]', or leave it out"
        )
    _import_bitsandbytes()
    four = precision == "4-bit"
    settings = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    settings |= {"bnb_4bit_compute_dtype": torch.bfloat16}
    chosen = transformers.BitsAndBytesConfig(**(settings if four else {"load_in_8bit": True}))
    return {"quantization_config": chosen}


def _import_bitsandbytes() -> None:
    """Import bitsandbytes, silently and without the package `kernels`.

    Where that is installed, it fetches compiled code from the hub at its import on some processors. And it warns at
    every product of matrices, on standard error.
    """
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    kernels = sys.modules.get("kernels")
    sys.modules["kernels"] = None  # type: ignore[assignment]  # says that it cannot be imported
    try:
        importlib.import_module("bitsandbytes")
    except Exception as error:  # its shared libraries have errors of their own
        raise ModelError(
            f"bitsandbytes is here, but cannot be imported ({_one_line(error)}); install it anew"
        ) from error
    finally:
        del sys.modules["kernels"]
        if kernels is not None:
            sys.modules["kernels"] = kernels


def rope_theta_of(config: Any) -> float | None:
    """Return the base of the rotary position embedding of a loaded configuration, whichever way it is written."""
    told = getattr(config, "rope_parameters", None) or {}
    theta = told.get("rope_theta") if isinstance(told, dict) else None
    theta = theta if theta is not None else getattr(config, "rope_theta", None)
    return float(theta) if isinstance(theta, int | float) else None


@dataclass(frozen=True, slots=True)
class TransformersModel:
    """A loaded model; one reply at a time. What it read last is kept for the next prompt that begins alike."""

    name: str
    window: int
    model: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    continuation: Continuation = field(repr=False)
    notes: tuple[str, ...] = ()
    """What is wrong with how it is configured, one line each."""
    identity: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        return "in process"

    def count(self, text: str) -> int:
        return len(self.vocabulary.encode(neutralise(text)))

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        return readable(self._pieces(messages, sampling), sampling.stop)

    def refusal_to_fill(self) -> str:
        member = member_of(self.name)
        able = self.vocabulary.infills and (member is None or member.infills)
        return "" if able else why_no_infilling(self.name)

    def fill(self, gap: Gap, sampling: Sampling) -> Reply:
        return readable(self._pieces(gap, sampling), sampling.stop, keeps_space=True)

    def go_on(self, text: Text, sampling: Sampling) -> Reply:
        return readable(self._pieces(text, sampling), sampling.stop, keeps_space=True)

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        prompt, room = self._prompt(asked, sampling)
        keeps_space = isinstance(asked, Gap | Text)
        if n * (len(prompt) + room) > BATCHED and self.continuation.keeps:
            # the prompt is read once all the same
            replies = [complete(self, asked, reseeded(sampling, number)) for number in range(n)]
            return Candidates(tuple(reply.text for reply in replies), summed(reply.usage for reply in replies))

        def is_done(ids: list[int]) -> bool:
            tail = self._text(ids[-_CHECKED_WORDS:])
            return any(word in tail for word in sampling.stop)

        try:
            found = self.continuation.replies(prompt, room, sampling, self.stop_ids(), n, is_done)
        except Exception as error:
            raise ModelError(_run_failure(self.name, error)) from error
        texts = [whole(self._text(ids), sampling.stop, keeps_space=keeps_space) for ids in found]
        return Candidates(tuple(texts), Usage(len(prompt), self.continuation.n_drawn, self.continuation.n_reused))

    def _pieces(self, asked: Asked, sampling: Sampling) -> Reply:
        prompt, room = self._prompt(asked, sampling)
        arrived: list[str] = []
        text = _Text(self._decode, self.vocabulary.encode(_MARK))
        tokens = self.continuation.reply(prompt, room, sampling, self.stop_ids())
        try:
            while True:
                try:
                    token = next(tokens)
                except StopIteration:
                    break
                except Exception as error:
                    raise ModelError(_run_failure(self.name, error), "".join(arrived)) from error
                piece = text.add(token)
                if piece:
                    arrived.append(piece)
                    yield piece
        finally:
            tokens.close()
        if rest := text.rest():
            yield rest
        return Usage(len(prompt), self.continuation.n_drawn, self.continuation.n_reused)

    def _prompt(self, asked: Asked, sampling: Sampling) -> tuple[list[int], int]:
        """Return the prompt's ids and how many tokens its reply may have. Raises ModelError when it does not fit."""
        prompt = self.prompt_ids(asked)
        room = min(sampling.max_tokens, self.window - len(prompt))
        if room <= 0:
            numbers = f"it has {len(prompt)} tokens, the window {self.window}"
            raise ModelError(f"the prompt is too long for {self.name}: {numbers}; use a smaller --budget")
        needed, free = self.continuation.memory_for(len(prompt) + room)
        if 0 <= free < needed:
            raise ModelError(
                f"keys and values of {len(prompt) + room:,} tokens take {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB "
                "are free; use a smaller --budget"
            )
        return prompt, room

    def prompt_ids(self, asked: Asked) -> list[int]:
        """Return the prompt's token ids: the family's formats built by hand, any other by the model's own template."""
        if isinstance(asked, Gap):
            if why := self.refusal_to_fill():
                raise ModelError(why)
            return self.vocabulary.ids(infill_parts(asked))
        if isinstance(asked, Text):
            return self._ids(text_parts(asked))
        messages = prepared(asked)
        form = self._form()
        if form is not None:
            return self._ids(form(messages))
        turns = [{"role": message.role, "content": message.content} for message in messages]
        encoded = self.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
        return list(encoded["input_ids"])

    def _form(self) -> Form | None:
        """Return the format that the model's template stands for, else its name; None for a foreign template."""
        template = self.tokenizer.chat_template or ""
        if not template:
            return form_of(self.name) or completion_parts
        if "[INST]" in template and "<<SYS>>" in template:
            return elyza_parts if form_of(self.name) is elyza_parts else instruct_parts
        return step_parts if "Source: " in template and "<step>" in template else None

    def _ids(self, parts: Sequence[Part]) -> list[int]:
        if Control.BOS not in self.vocabulary.controls:  # a foreign base model
            bos = self.tokenizer.bos_token_id
            texts = [part.text if isinstance(part, Bare) else part for part in parts if not isinstance(part, Control)]
            return ([] if bos is None else [bos]) + self.vocabulary.encode("".join(texts))
        return self.vocabulary.ids(parts)

    def stop_ids(self) -> frozenset[int]:
        """Return the ids that end a reply."""
        told = self.model.generation_config.eos_token_id
        ids = {*(told if isinstance(told, list) else [told]), self.tokenizer.eos_token_id}
        ids |= {self.vocabulary.controls.get(control) for control in (Control.EOS, Control.STEP, Control.EOT)}
        return frozenset(token for token in ids if token is not None)

    def _decode(self, ids: Sequence[int]) -> str:
        text: str = self.tokenizer.backend_tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def _text(self, ids: Sequence[int]) -> str:
        return self._decode([*self.vocabulary.encode(_MARK), *ids]).removeprefix(_MARK)


_MARK = "☺"
"""Decoded before a reply, so that the space at its head is told from the one that every decoder drops."""


class _Text:
    """Ids that come one by one -> text; characters of several tokens come out whole."""

    def __init__(self, decode: Callable[[Sequence[int]], str], before: Sequence[int]) -> None:
        self._decode = decode
        self._ids = list(before)
        self._start, self._shown = 0, len(self._ids)
        """Ids from the first are decoded for context; those before the second were shown."""

    def add(self, token: int) -> str:
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._shown])
        now = self._decode(self._ids[self._start :])
        if now.endswith("\N{REPLACEMENT CHARACTER}") or len(now) <= len(before):
            return ""
        self._start, self._shown = self._shown, len(self._ids)
        return now[len(before) :]

    def rest(self) -> str:
        """What was held back at the end."""
        before = self._decode(self._ids[self._start : self._shown])
        return self._decode(self._ids[self._start :])[len(before) :]


def _load_failure(name: str, error: Exception, *, is_folder: bool) -> str:
    reason = _one_line(error)
    if is_folder:
        needs = "it needs config.json, tokenizer.json and *.safetensors"
        return f"the folder {name} does not load as a model ({reason}); {needs}"
    return f"no model called {name!r} here or on the hub ({reason}); give a folder, or check the name and the network"


def _run_failure(name: str, error: BaseException) -> str:
    is_memory = isinstance(error, MemoryError) or "out of memory" in str(error).lower() or "allocate" in str(error)
    mend = "use a smaller --budget" if is_memory else "try another model"
    return f"{name} failed in this process ({_one_line(error)}); {mend}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
