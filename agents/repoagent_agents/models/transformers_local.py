"""A model in this process, by transformers: safetensors only, no code from the hub, prompts built as token ids."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer

from repoagent_agents.models.base import Message, Reply, Sampling, Usage
from repoagent_agents.models.chat_format import (
    Control,
    as_ids,
    completion_prompt,
    format_of,
    instruct_parts,
    neutralise,
    prepared,
    step_parts,
)
from repoagent_agents.models.family import UNKNOWN_WINDOW
from repoagent_agents.models.reply import readable
from repoagent_indexers.errors import ModelError, UsageError

STEP = "<step>"
SENTINELS = frozenset(
    ["▁<SU", "▁<SUF", "▁<PRE", "▁<M", "▁<MID", "▁<E", "▁<EOT", "▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>", STEP]
    + ["▁" + "<EOT>" * n for n in range(2, 7)]
)
"""The pieces that Code Llama adds to Llama 2's vocabulary. Text reaches them by ordinary merges, so they are taken out
of the vocabulary that encodes text."""


def load_local(name: str, *, window: int | None) -> TransformersModel:
    """Return the model in a folder, or of the hub. Raises ModelError when it cannot be had or does not load."""
    if not name:
        raise UsageError("local: needs a folder or a hub name after it; for example local:./CodeLlama-7b-Instruct-hf")
    folder = Path(name).expanduser()
    source = str(folder) if folder.exists() else name
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    has_device = torch.accelerator.is_available() if hasattr(torch, "accelerator") else torch.cuda.is_available()
    placed = {"device_map": "auto"} if has_device and importlib.util.find_spec("accelerate") else {}
    try:
        # Not AutoTokenizer: transformers 5's CodeLlamaTokenizer is not token-exact.
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(source)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            source, dtype="auto", use_safetensors=True, trust_remote_code=False, **placed
        )
        if not has_device and model.dtype == torch.float16:  # slow on most processors, or not there at all
            model = model.to(torch.bfloat16)
        if has_device and not placed:
            model = model.to(torch.accelerator.current_accelerator())
        plain = Tokenizer.from_str(without_controls(tokenizer.backend_tokenizer.to_str()))
    except Exception as error:  # each file and the hub have errors of their own
        raise ModelError(_load_failure(name, error, is_folder=folder.exists())) from error
    trained = getattr(model.config, "max_position_embeddings", None)
    return TransformersModel(name, window or trained or UNKNOWN_WINDOW, model.eval(), tokenizer, plain)


@dataclass(frozen=True, slots=True)
class TransformersModel:
    """A loaded model; one reply at a time."""

    name: str
    window: int
    model: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    plain: Tokenizer = field(repr=False)
    """Encodes text, and knows no control token."""

    @property
    def place(self) -> str:
        return "in process"

    def count(self, text: str) -> int:
        return len(self._encode(neutralise(text)))

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        return readable(self._pieces(prepared(messages), sampling), sampling.stop)

    def _pieces(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        prompt = self.prompt_ids(messages)
        room = min(sampling.max_tokens, self.window - len(prompt))
        if room <= 0:
            numbers = f"it has {len(prompt)} tokens, the window {self.window}"
            raise ModelError(f"the prompt is too long for {self.name}: {numbers}; use a smaller --budget")
        run = _Run(self, prompt, room, sampling)
        arrived: list[str] = []
        try:
            for piece in run.streamer:
                arrived.append(piece)
                yield piece
        finally:
            run.end()
        if run.error is not None:
            raise ModelError(_run_failure(self.name, run.error), "".join(arrived)) from run.error
        return Usage(len(prompt), run.n_tokens)

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """Return the prompt's token ids: Code Llama's formats built by hand, any other by the model's own template."""
        template = self.tokenizer.chat_template or ""
        form = format_of(self.name) if not template else None
        if "[INST]" in template and "<<SYS>>" in template:
            form = instruct_parts
        elif "Source: " in template and STEP in template:
            form = step_parts
        if form is not None:
            return as_ids(form(messages), self._encode, self._control_ids())
        if template:
            turns = [{"role": message.role, "content": message.content} for message in messages]
            encoded = self.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
            return list(encoded["input_ids"])
        head = [] if self.tokenizer.bos_token_id is None else [self.tokenizer.bos_token_id]
        return head + self._encode(completion_prompt("", messages))

    def stop_ids(self) -> list[int]:
        """Return the ids that end a reply."""
        told = self.model.generation_config.eos_token_id
        ids = set(told if isinstance(told, list) else [told, self.tokenizer.eos_token_id])
        ids.add(self.tokenizer.get_vocab().get(STEP))
        return sorted(token for token in ids if token is not None)

    def _encode(self, text: str) -> list[int]:
        return list(self.plain.encode(text, add_special_tokens=False).ids)

    def _control_ids(self) -> dict[Control, int]:
        ids = {Control.BOS: self.tokenizer.bos_token_id, Control.EOS: self.tokenizer.eos_token_id}
        step = self.tokenizer.get_vocab().get(STEP)
        return ids if step is None else ids | {Control.STEP: step}


def without_controls(tokenizer_json: str) -> str:
    """Return a tokenizer.json that can encode any text, but into ordinary pieces alone."""
    told = json.loads(tokenizer_json)
    added = {token["content"] for token in told["added_tokens"] if token["special"]}
    told["added_tokens"] = [token for token in told["added_tokens"] if not token["special"]]
    vocabulary = told["model"].get("vocab")
    if isinstance(vocabulary, dict) and "merges" in told["model"]:
        dropped = SENTINELS | (added - {told["model"].get("unk_token")})
        told["model"]["vocab"] = {piece: number for piece, number in vocabulary.items() if piece not in dropped}
        pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in told["model"]["merges"]]
        told["model"]["merges"] = [pair for pair in pairs if not dropped & {*pair, "".join(pair)}]
    return json.dumps(told)


class _Run:
    """A generation in a thread of its own, read through its streamer."""

    def __init__(self, owner: TransformersModel, prompt: list[int], room: int, sampling: Sampling) -> None:
        self.error: BaseException | None = None
        self.n_tokens = 0
        self.streamer = transformers.TextIteratorStreamer(
            owner.tokenizer, skip_prompt=True, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._generate, args=(owner, prompt, room, sampling), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop after the token that is being made. A long prompt's first one is waited for only briefly."""
        self._cancelled.set()
        self._thread.join(timeout=5.0)

    def _generate(self, owner: TransformersModel, prompt: list[int], room: int, sampling: Sampling) -> None:
        try:
            ids = torch.tensor([prompt], device=owner.model.device)
            drawn: dict[str, Any] = {"do_sample": False}
            if sampling.temperature > 0:
                drawn = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
            if sampling.seed is not None:
                torch.manual_seed(sampling.seed)
            stop_ids = owner.stop_ids()
            made = owner.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=room,
                streamer=self.streamer,
                stopping_criteria=[self._is_cancelled],
                eos_token_id=stop_ids,
                pad_token_id=stop_ids[0] if stop_ids else None,
                **drawn,
            )
            self.n_tokens = made.shape[1] - len(prompt)
        except BaseException as error:  # noqa: BLE001  (raised where the reply is read)
            self.error = error
        finally:
            self.streamer.text_queue.put(self.streamer.stop_signal)

    def _is_cancelled(self, input_ids: Any, *_: Any, **__: Any) -> Any:
        return torch.full((input_ids.shape[0],), self._cancelled.is_set(), dtype=torch.bool, device=input_ids.device)


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
