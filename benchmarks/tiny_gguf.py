"""A folder of tests/tiny_model.py -> the same model as GGUF, for llama.cpp. Needs `pip install gguf`.

python benchmarks/tiny_gguf.py FOLDER OUT.gguf
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def main() -> None:
    folder, out = Path(sys.argv[1]), sys.argv[2]
    config = json.loads((folder / "config.json").read_text("utf-8"))
    told = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    template = json.loads((folder / "tokenizer_config.json").read_text("utf-8")).get("chat_template")
    n_heads = config["num_attention_heads"]
    writer = GGUFWriter(out, "llama")
    writer.add_name("tiny")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(n_heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(1e6)
    writer.add_rope_dimension_count(config["hidden_size"] // n_heads)
    writer.add_file_type(0)
    add_tokenizer(writer, told["model"]["vocab"], template)
    for name, tensor in tensors(folder / "model.safetensors"):
        writer.add_tensor(
            renamed(name), interleaved(tensor, n_heads) if ".q_proj" in name or ".k_proj" in name else tensor
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer: GGUFWriter, vocabulary: dict[str, int], template: str | None) -> None:
    """Pieces in their order: what was merged first has the higher score, which is how llama.cpp merges too."""
    pieces = sorted(vocabulary, key=lambda piece: vocabulary[piece])
    kinds = [kind_of(number, piece) for number, piece in enumerate(pieces)]
    writer.add_vocab_size(len(pieces))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([piece.encode() for piece in pieces])
    writer.add_token_scores([-float(number) for number in range(len(pieces))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    for key, piece in (("prefix", "▁<PRE>"), ("suffix", "▁<SUF>"), ("middle", "▁<MID>"), ("eot", "▁<EOT>")):
        writer.add_uint32(f"tokenizer.ggml.{key}_token_id", vocabulary[piece])
    if template:
        writer.add_chat_template(template)


def kind_of(number: int, piece: str) -> TokenType:
    if number == 0:
        return TokenType.UNKNOWN
    if piece.startswith("▁<") and piece.endswith(">"):
        return TokenType.CONTROL
    return TokenType.CONTROL if number < 3 else TokenType.BYTE if number < 259 else TokenType.NORMAL


def tensors(path: Path) -> list[tuple[str, np.ndarray]]:
    """Name and values of each tensor of a safetensors file in 32 bits."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    found = []
    for name, told in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__":
            start, end = (8 + size + offset for offset in told["data_offsets"])
            found.append((name, np.frombuffer(data[start:end], np.float32).reshape(told["shape"])))
    return found


def renamed(name: str) -> str:
    outer = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    outer["lm_head.weight"] = "output.weight"
    if name in outer:
        return outer[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def interleaved(tensor: np.ndarray, n_heads: int) -> np.ndarray:
    """Rows in llama.cpp's order: its rotary embedding turns neighbours, transformers' turns halves."""
    rows, columns = tensor.shape
    halves = tensor.reshape(n_heads, 2, rows // n_heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


if __name__ == "__main__":
    main()
