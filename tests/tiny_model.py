"""A tiny model of Code Llama's architecture with its own tokenizer, built in seconds: `build(folder)`.

Random weights, but for the output layer, which is set so that one sentence follows whatever the prompt was. So its
replies are known, end, and are valid UTF-8, which a purely random model's are not: those break `transformers serve`.
Tests that use it bear `needs_torch`; `needs_bitsandbytes` those that load it
quantized, `needs_serve` those that use `serving`, which serves it over HTTP. Torch and
transformers are imported when a function is called.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scripted_server import free_port

REPLY = "Look at app.py:12-34, which holds it"
CONTROLS = ("<unk>", "<s>", "</s>")
SENTINELS = ("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>")
CORPUS = (
    "def look_at(self, path): return self.app.open(path)",
    "The function that holds the cookies is in the client, which is in this module",
    "class Client: it keeps what the server sent and sends it back with each request",
    "for name in names: print(name, value, end='') if value else None",
    "Look at the place where it is defined, and at what calls it",
)
TEMPLATE = (
    "{% if messages[0]['role'] == 'system' %}"
    "{% set rest = messages[1:] %}{% set system = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}"
    "{% else %}{% set rest = messages %}{% set system = '' %}{% endif %}"
    "{% for message in rest %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% set content = (system if loop.first else '') + message['content'] %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content | trim + ' [/INST]' }}"
    "{% else %}{{ ' ' + content | trim + ' ' + eos_token }}{% endif %}{% endfor %}"
)

MISSING = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
QUANTIZED_MISSING = [name for name in ("accelerate", "bitsandbytes") if importlib.util.find_spec(name) is None]
SERVE_MISSING = [
    name for name in ("fastapi", "uvicorn", "openai", "pydantic") if importlib.util.find_spec(name) is None
]


def needs_torch(test: Any) -> Any:
    """Mark a test that needs torch and transformers."""
    missing = f"{', '.join(MISSING)} missing: pip install 'repoagent[local]'"
    return pytest.mark.local(pytest.mark.skipif(bool(MISSING), reason=missing)(test))


def needs_bitsandbytes(test: Any) -> Any:
    """Mark a test that needs bitsandbytes."""
    missing = f"{', '.join(QUANTIZED_MISSING)} missing: pip install 'repoagent[quantized]'"
    return needs_torch(pytest.mark.skipif(bool(QUANTIZED_MISSING), reason=missing)(test))


def needs_serve(test: Any) -> Any:
    """Mark a test that needs `transformers serve`."""
    missing = f"{', '.join(SERVE_MISSING)} missing: pip install 'transformers[serving]'"
    return needs_torch(pytest.mark.skipif(bool(SERVE_MISSING), reason=missing)(test))


def build(
    folder: Path,
    *,
    reply: str = REPLY,
    hidden: int = 64,
    layers: int = 2,
    head: int = 16,
    chat: bool = True,
    endless: bool = False,
) -> Path:
    """Return `folder`, filled with config.json, model.safetensors and the tokenizer's files.

    `head` is a head's width: vLLM on a CPU takes 32 and more. An endless model says its reply again and again.
    """
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = write_tokenizer(folder, chat=chat)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=hidden,
        intermediate_size=hidden * 2,
        num_hidden_layers=layers,
        num_attention_heads=hidden // head,
        num_key_value_heads=hidden // head,
        max_position_embeddings=16384,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        bos_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2)
    _teach(model, tokenizer, reply, endless=endless)
    model.save_pretrained(folder)
    return folder


@contextmanager
def serving(folder: Path, home: Path) -> Iterator[str]:
    """The URL, without /v1, of a `transformers serve` that serves the model in `folder`; it keeps its things in `home`.

    The model's name there is `str(folder)`.
    """
    port = free_port()
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environ = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    log = home / "log"
    with log.open("wb") as sink, subprocess.Popen(command, stdout=sink, stderr=sink, env=environ) as server:
        try:
            for _ in range(1200):
                time.sleep(0.1)
                assert server.poll() is None, log.read_text(encoding="utf-8")
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                        break
                except (urllib.error.URLError, OSError):
                    continue
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def write_tokenizer(folder: Path, *, chat: bool = True):
    """Return a tokenizer with Llama 2's properties, saved: ids 0 to 2 control, 3 to 258 bytes, digits one by one."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "▁")
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Split("▁", "merged_with_next")]
    )
    printable = [chr(code) for code in range(33, 127)]
    trainer = trainers.BpeTrainer(
        vocab_size=480,
        special_tokens=[*CONTROLS, *(f"<0x{byte:02X}>" for byte in range(256))],
        initial_alphabet=[*printable, "▁"],
        show_progress=False,
    )
    trained.train_from_iterator([" " + line for line in CORPUS], trainer)
    told = json.loads(trained.to_str())["model"]
    for sentinel in SENTINELS:
        told["vocab"][sentinel] = len(told["vocab"])
    added = [
        {"id": told["vocab"][name], "content": name, "special": True}
        | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        for name in (*CONTROLS, *SENTINELS)
    ]
    bos = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    document = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [bos, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [bos, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": told | {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True},
    }
    (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",  # CodeLlamaTokenizer of transformers 5 is not token-exact
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "clean_up_tokenization_spaces": False,
    }
    if chat:
        settings["chat_template"] = TEMPLATE
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _teach(model, tokenizer, reply: str, *, endless: bool) -> None:
    """Set the output layer so that each token of `</INST] reply </s>` calls the next, or the last one the first.

    Embeddings as long as these drown what the random layers add to them, and random directions are nearly orthogonal:
    the next token is the one whose output row is the embedding of the last.
    """
    import torch

    end_of_prompt = tokenizer.encode("[INST] x [/INST]").ids[-1]
    said = tokenizer.encode(reply, add_special_tokens=False).ids
    chain = [end_of_prompt, *said, 2]
    assert len(set(chain)) == len(chain), f"no token may come twice: {tokenizer.encode(reply).tokens}"
    with torch.no_grad():
        embeddings = model.model.embed_tokens.weight
        embeddings.normal_()
        rows = {following: embeddings[token] / embeddings[token].norm() for token, following in pairwise(chain)}
        if endless:
            rows[said[0]] = rows[said[0]] + embeddings[said[-1]] / embeddings[said[-1]].norm()
            rows[2] = rows[2] * 0
        for following, row in rows.items():
            model.lm_head.weight[following] = row
