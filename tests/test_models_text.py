"""What happens to text before it is sent and after it came: formats, control strings, counts, replies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repoagent_agents.models import Message, Sampling, Usage, choose, complete, count_dialog
from repoagent_agents.models.base import Found, Model, Reply
from repoagent_agents.models.chat_format import (
    alternating,
    as_text,
    completion_prompt,
    instruct_parts,
    neutralise,
    prepared,
    restore,
    step_parts,
)
from repoagent_agents.models.family import follows_instructions, trained_window
from repoagent_agents.models.reply import readable
from repoagent_agents.models.scripted import ScriptedModel
from repoagent_agents.models.tokens import counter_from, load_counter
from repoagent_indexers.errors import ModelError
from repoagent_indexers.words.tokens import estimate

SHARED_TOKENIZER = Path(__file__).resolve().parents[2] / "shared" / "tokenizer" / "tokenizer.json"

CONTROLS = (
    "[INST] [/INST] <<SYS>> <</SYS>> <s> </s> <unk> <PRE> <SUF> <MID> <EOT> <step> <FILL_ME> <|im_start|> <|im_end|> "
    "<|eot_id|> <|endoftext|> <｜begin▁of▁sentence｜> <start_of_turn> <bos> <fim_prefix> [TOOL_CALLS]"
).split()
PIECES = st.sampled_from([*CONTROLS, "<", "[", ">", "]", "|", "/", "·", "s", " ", "\n", "▁", "INST", "x", "é", "<|"])
TEXTS = st.one_of(st.lists(PIECES, max_size=20).map("".join), st.text())


@pytest.mark.parametrize("control", CONTROLS)
def test_neutralise_breaks_visibly(control: str) -> None:
    broken = neutralise(f"a {control} b")
    assert broken == f"a {control[0]}·{control[1:]} b"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a < b and c > d",
        "List[int]",
        "<div><b>bold</b></div>",
        "x <| y |> z",
        "[link](url)",
        "[·]"[:1],
        "#include <vector>",
    ],
)
def test_neutralise_leaves_other_text_alone(text: str) -> None:
    assert neutralise(text) == text


@example("<·")
@example("[··INST]")
@example("<·</s>")
@given(TEXTS)
def test_restore_undoes_neutralise_for_every_text(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(TEXTS)
def test_no_control_string_survives(text: str) -> None:
    broken = neutralise(text)
    assert not [control for control in CONTROLS if control in broken]
    assert not re.search(r"<\|[^|<>\s]{1,64}\|>", broken)


@given(st.lists(PIECES, max_size=12), st.data())
def test_a_streamed_reply_is_restored_however_it_is_cut(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts).removeprefix(" ")
    sent = neutralise(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    pieces = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    expected = restore(sent.removeprefix(" "))
    assert "".join(readable(pieces_of(*pieces), ())) == expected


@given(st.lists(st.sampled_from("abAB<[·"), max_size=30), st.data())
def test_a_reply_ends_before_its_first_stop_string(letters: list[str], data: st.DataObject) -> None:
    text = "".join(letters)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    ends = [text.find(stop) for stop in ("ab", "BBA") if stop in text]
    assert "".join(readable(pieces_of(*pieces), ("ab", "BBA"))) == restore(text[: min(ends, default=len(text))])


def test_a_reply_loses_one_leading_space_and_keeps_its_usage() -> None:
    usages = []

    def collect() -> Reply:
        usages.append((yield from readable(pieces_of("", " ", " x", " y", usage=Usage(7, 3)), ())))

    assert "".join(collect()) == " x y"
    assert usages == [Usage(7, 3)]


def test_the_partial_reply_of_an_error_is_readable() -> None:
    with pytest.raises(ModelError) as raised:
        list(readable(pieces_of(" see [", "·INST] an", error=ModelError("gone", "raw")), ()))
    assert raised.value.partial == "see [INST] an"


def test_alternating_joins_orders_and_cleans() -> None:
    dialog = [
        Message("assistant", "hi"),
        Message("user", "one"),
        Message("system", "be brief"),
        Message("user", "two\ud800"),
        Message("system", "be kind"),
    ]
    assert alternating(dialog) == (
        Message("system", "be brief\n\nbe kind"),
        Message("user", ""),
        Message("assistant", "hi"),
        Message("user", "one\n\ntwo?"),
    )


def test_prepared_content_holds_no_markup() -> None:
    assert prepared([Message("user", "what is [INST]?")]) == (Message("user", "what is [·INST]?"),)


DIALOG = (Message("system", "S"), Message("user", " u1 "), Message("assistant", "a1\n"), Message("user", "u2"))


def test_the_instruct_format_is_the_family_s() -> None:
    assert as_text(instruct_parts(DIALOG), with_bos=True) == (
        "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\n u1 [/INST] a1 </s><s>[INST] u2 [/INST]"
    )
    assert as_text(instruct_parts(DIALOG[1:2]), with_bos=False) == "[INST] u1 [/INST]"


def test_the_70b_format_is_the_family_s() -> None:
    assert as_text(step_parts(DIALOG[:2]), with_bos=True) == (
        "<s> Source: system\n\n S <step> Source: user\n\n u1 <step> Source: assistant\nDestination: user\n\n "
    )
    assert as_text(step_parts(DIALOG[1:]), with_bos=True) == (
        "<s> Source: system <step> Source: user\n\n u1 <step> Source: assistant\nDestination: user\n\n a1 <step>"
        " Source: user\n\n u2 <step> Source: assistant\nDestination: user\n\n "
    )


def test_a_foreign_or_base_model_gets_bare_text() -> None:
    bare = [Message("system", "S"), Message("user", "U")]
    assert completion_prompt("CodeLlama-7b-hf", bare) == completion_prompt("other", bare) == "S\n\nU\n\nAnswer:"
    assert completion_prompt("CodeLlama-7b-Instruct-hf", [Message("user", "U")]) == "[INST] U [/INST]"


@pytest.mark.parametrize(
    ("name", "backend", "chat", "window"),
    [
        ("codellama/CodeLlama-7b-Instruct-hf", "vllm", True, 16384),
        ("codellama/CodeLlama-7b-hf", "vllm", False, 16384),
        ("codellama/CodeLlama-34b-Python-hf", "openai", False, 16384),
        ("codellama/CodeLlama-70b-Instruct-hf", "openai", True, 4096),
        ("codellama/CodeLlama-70b-hf", "openai", False, 16384),
        ("codellama:latest", "ollama", True, 16384),
        ("codellama:13b", "ollama", True, 16384),
        ("codellama:7b-code", "ollama", False, 16384),
        ("codellama:7b-python-q4_0", "ollama", False, 16384),
        ("elyza/ELYZA-japanese-CodeLlama-7b-instruct", "tgi", True, 16384),
        ("nomic-embed-text:latest", "ollama", False, None),
        ("bge-m3", "ollama", False, None),
        ("qwen2.5-coder:7b", "ollama", True, None),
        ("qwen2.5-coder:7b-base", "ollama", False, None),
        ("llama3.1:8b", "ollama", True, None),
    ],
)
def test_what_a_name_tells(name: str, backend: str, chat: bool, window: int | None) -> None:
    assert follows_instructions(name, backend) is chat
    assert trained_window(name) == window


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["llama3:8b", "qwen2.5-coder:7b-instruct", "codellama:7b-code", "codellama:7b"], "codellama:7b"),
        (["llama3:8b", "qwen2.5-coder:7b"], "qwen2.5-coder:7b"),
        (["mistral:7b", "llama3:8b"], "mistral:7b"),
        (["codellama:7b", "codellama:7b-instruct"], "codellama:7b-instruct"),
        (["nomic-embed-text", "codellama:7b-code"], None),
        ([], None),
    ],
)
def test_choose_prefers_code_llama_that_follows_instructions(names: list[str], chosen: str | None) -> None:
    found = [Found(name, "p", "ollama", None, follows_instructions(name, "ollama")) for name in names]
    best = choose(found)
    assert (best and best.name) == chosen


def test_the_scripted_model_is_a_model_and_runs_dry() -> None:
    model = ScriptedModel(["one two\nthree", ModelError("gone", "half")])
    assert isinstance(model, Model)
    said = complete(model, [Message("user", "q")], Sampling(stop=("three",)))
    assert said.text == "one two\n"
    assert model.asked == [(Message("user", "q"),)]
    with pytest.raises(ModelError, match="gone") as raised:
        complete(model, [Message("user", "q")], Sampling())
    assert raised.value.partial == "half"
    with pytest.raises(ModelError, match="no reply left"):
        complete(model, [Message("user", "q")], Sampling())


def test_count_dialog_leaves_room_for_the_markup() -> None:
    model = ScriptedModel([])
    assert count_dialog(model, DIALOG) >= sum(estimate(message.content) for message in DIALOG) + 4 * 10


@given(st.text())
def test_the_estimate_is_bounded_by_bytes(text: str) -> None:
    n_bytes = len(text.encode("utf-8", "replace"))
    assert 0 <= estimate(text) <= n_bytes + 1
    assert (estimate(text) == 0) == (not text)


@pytest.mark.parametrize(
    ("text", "n_tokens"),
    [
        ("def f(x):", 5),
        ("\n\n\n", 3),
        ("12345", 5),
        ("        return", 2),
        ("XMLHttpRequest", 4),
        ("ひらがな", 4),
        ("漢字漢字", 7),
    ],
)
def test_the_estimate_of_small_texts(text: str, n_tokens: int) -> None:
    assert abs(estimate(text) - n_tokens) <= 1


@pytest.mark.skipif(not SHARED_TOKENIZER.exists(), reason="needs Code Llama's vocabulary beside the checkout")
def test_the_estimate_is_not_under_in_sum() -> None:
    count = load_counter(SHARED_TOKENIZER)
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(json.__file__).parent.parent.glob("[a-d]*.py"))]
    true = sum(map(count, texts))
    assert true > 100_000
    assert 1.0 <= sum(map(estimate, texts)) / true < 1.08


def test_the_estimate_needs_the_standard_library_alone() -> None:
    code = (
        "import sys; from repoagent_indexers.words.tokens import estimate; estimate('x');"
        "print([m for m in ('tokenizers', 'httpx', 'numpy', 'http.client', 'repoagent_agents') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_tokenizer_of_the_user_s_counts_exactly(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(word_tokenizer(), encoding="utf-8")
    count = counter_from({"REPOAGENT_TOKENIZER": str(path)})
    assert count("one two </s> three") == 4
    assert count("one two three\n" * 20_000) == 60_000  # more than one block
    assert count("") == 0
    assert counter_from({}) is estimate


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"tokenizer\.json is no tokenizer\.json") as raised:
        counter_from({"REPOAGENT_TOKENIZER": str(path)})
    assert "\n" not in str(raised.value)
    with pytest.raises(ModelError, match="missing"):
        counter_from({"REPOAGENT_TOKENIZER": str(tmp_path / "missing")})


def pieces_of(*pieces: str, usage: Usage | None = None, error: ModelError | None = None) -> Reply:
    yield from pieces
    if error:
        raise error
    return usage


def word_tokenizer() -> str:
    """A tokenizer.json that knows three words, and `</s>` as a control token."""
    added = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": 4, "content": "</s>", **added}],
            "normalizer": None,
            "pre_tokenizer": {"type": "WhitespaceSplit"},
            "post_processor": None,
            "decoder": None,
            "model": {
                "type": "WordLevel",
                "vocab": {"one": 0, "two": 1, "three": 2, "<unk>": 3, "</s>": 4},
                "unk_token": "<unk>",
            },
        }
    )
