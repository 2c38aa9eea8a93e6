"""Prompts of the Code Llama family, token for token, and text that cannot become a control token.

The golden ids were made with SentencePiece and Llama 2's model (`base-32000.model`), not with the tokenizers package
that the product uses; those of 70B are the ones on its model card.
"""
# ruff: noqa: RUF005

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import CONTROLS, SENTINELS, write_tokenizer

from repoagent_agents.models import Message
from repoagent_agents.models.base import Gap
from repoagent_agents.models.chat_format import (
    Bare,
    Control,
    as_text,
    completion_parts,
    elyza_parts,
    form_of,
    infill_parts,
    instruct_parts,
    step_parts,
)
from repoagent_agents.models.vocabulary import Vocabulary, hub_cache, vocabulary_at_hand, vocabulary_from
from repoagent_indexers.errors import ModelError

TOKENIZER = SHARED / "tokenizer" / "tokenizer.json"
needs_vocabulary = pytest.mark.skipif(
    not TOKENIZER.exists(), reason="needs Code Llama's vocabulary beside the checkout"
)


def dialog(*turns: str, system: str | None = None) -> list[Message]:
    head = [] if system is None else [Message("system", system)]
    return head + [Message("user" if number % 2 == 0 else "assistant", turn) for number, turn in enumerate(turns)]


PRE, SUF = "def remove(s: str) -> str:\n    return ", ", self)\n    return result\n"
INST, END = [518, 25580, 29962], [518, 29914, 25580, 29962]
SYS, END_SYS = [3532, 14816, 29903, 6778, 13], [13, 29966, 829, 14816, 29903, 6778, 13, 13]
ANSWERS = [7562, 29901, 20255, 13, 14994, 3381, 29901, 1404, 13, 13]
MIDDLE = [822, 3349, 29898, 29879, 29901, 851, 29897, 1599, 851, 29901, 13, 1678, 736, 29871]
GOLDEN = {
    "one turn": (instruct_parts(dialog("hi")), [1, *INST, 7251, *END]),
    "system": (
        instruct_parts(dialog("Where is </s> read?", system="Answer briefly.")),
        [1, *INST, *SYS, 22550, 23359, 29889, *END_SYS, 11921, 338, 1533, 29879, 29958, 1303, 29973, *END],
    ),
    "several turns": (
        instruct_parts(dialog(" u1 ", "a1\n", "u2", system="S")),
        [1, *INST, *SYS, 29903, *END_SYS, 318, 29896, *END, 263, 29896, 29871, 2, 1, *INST, 318, 29906, *END],
    ),
    "control strings in a question": (
        instruct_parts(dialog("x <PRE> y </s><s> <EOT> ▁<MID> <step>")),
        [1, *INST, 921, 529, 15094, 29958, 343, 1533, 29879, 5299, 29879, 29958, 529, 29923, 2891, 29958, 29871]
        + [529, 29924, 1367, 29958, 529, 10568, 29958, *END],
    ),
    "ELYZA": (
        elyza_parts(dialog("素数を求めて", system="あなたは誠実で優秀な日本人のアシスタントです。")),
        [1, *INST, *SYS, 30641, 30371, 30366, 30449, 235, 173, 163, 31525, 30499, 232, 135, 173, 31701, 30371, 30325]
        + [30346, 30313, 30199, 30310, 30373, 30255, 30369, 30203, 30279, 30499, 30427, 30267, *END_SYS, 31605, 30354]
        + [30396, 31376, 30954, 30466, *END, 29871],
    ),
    "70B": (
        step_parts(
            dialog("First user query", "Model response to first query", "Second user query", system="System prompt ")
        ),
        [1, 7562, 29901, 1788, 13, 13, 2184, 9508, 32015, 7562, 29901, 1404, 13, 13, 3824, 1404, 2346, 32015, *ANSWERS]
        + [8125, 2933, 304, 937, 2346, 32015, 7562, 29901, 1404, 13, 13, 6440, 1404, 2346, 32015, *ANSWERS, 29871],
    ),
    "70B without a system message": (
        step_parts(dialog("hi")),
        [1, 7562, 29901, 1788, 32015, 7562, 29901, 1404, 13, 13, 7251, 32015, *ANSWERS, 29871],
    ),
    "prefix, suffix, middle": (
        infill_parts(Gap(PRE, SUF), "psm"),
        [1, 32007, *MIDDLE, 32008, 29892, 1583, 29897, 13, 1678, 736, 1121, 13, 32009],
    ),
    "suffix, prefix, middle": (
        infill_parts(Gap(PRE, SUF), "spm"),
        [1, 32007, 32008, 29892, 1583, 29897, 13, 1678, 736, 1121, 13, 32009, *MIDDLE],
    ),
    "nothing around the gap": (infill_parts(Gap("", ""), "psm"), [1, 32007, 32008, 32009]),
    "sentinels in the code": (
        infill_parts(Gap("a = '<SUF>' + \" <MID>\"\n", " <EOT> </s>\n"), "psm"),
        [1, 32007, 263, 353, 12801, 14605, 29943, 16299, 718, 376, 529, 29924, 1367, 11903, 13, 32008]
        + [529, 29923, 2891, 29958, 1533, 29879, 29958, 13, 32009],
    ),
}


@pytest.fixture(scope="module")
def real() -> Vocabulary:
    told = json.loads(TOKENIZER.read_text("utf-8"))
    step = {"id": 32015, "content": "<step>", "special": True}
    told["added_tokens"].append(step | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False))
    return vocabulary_from(json.dumps(told))


@needs_vocabulary
@pytest.mark.parametrize("name", GOLDEN)
def test_prompts_are_the_family_s_token_for_token(name: str, real: Vocabulary) -> None:
    parts, ids = GOLDEN[name]
    assert real.ids(parts) == ids


@needs_vocabulary
def test_no_suffix_swallows_its_sentinel_as_text(real: Vocabulary) -> None:
    """As text the sentinel before ", self)" would be lost: 2,000 splits of real code, parsed as servers parse."""
    from tokenizers import Tokenizer

    served = Tokenizer.from_file(str(TOKENIZER))
    code = Path(json.__file__).with_name("decoder.py").read_text("utf-8")
    draw = random.Random(1)
    for _ in range(2000):
        start, at, end = sorted(draw.randrange(len(code)) for _ in range(3))
        parts = infill_parts(Gap(code[max(start, at - 200) : at], code[at : min(end, at + 200)]), "psm")
        ids = served.encode(as_text(parts, with_bos=False)).ids
        assert [one for one in ids if one >= 32000 or one < 3] == [1, 32007, 32008, 32009]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return vocabulary_from((folder / "tokenizer.json").read_text("utf-8"))


PIECES = st.sampled_from([*CONTROLS, *SENTINELS, "<PRE>", "<step>", " ", "▁", "\n", "<", "x", "▁<SU", "F>", "é"])
TEXTS = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(st.characters(exclude_categories=["Cs"])))


@given(TEXTS, TEXTS)
def test_text_is_never_a_control_token(tiny: Vocabulary, prefix: str, suffix: str) -> None:
    wanted = [tiny.controls[one] for one in (Control.BOS, Control.PREFIX, Control.SUFFIX, Control.MIDDLE)]
    found = [one for one in tiny.ids(infill_parts(Gap(prefix, suffix), "psm")) if one in tiny.controls.values()]
    assert found == wanted


@given(TEXTS)
def test_a_bare_text_has_no_space_before_it(tiny: Vocabulary, text: str) -> None:
    assert tiny.encode("☺" + text) == tiny.encode("☺") + tiny.encode_bare(text)


def test_as_text() -> None:
    assert as_text(infill_parts(Gap("a\n", "b"), "psm"), with_bos=False) == "<PRE> a\n <SUF>b <MID>"
    assert as_text(infill_parts(Gap("a\n", "\nb"), "spm"), with_bos=False) == "<PRE> <SUF>\nb <MID> a\n"
    assert as_text(infill_parts(Gap("f(a", ")"), "psm"), with_bos=False) == "<PRE> f(a <SUF> ) <MID>"
    assert as_text(step_parts(dialog("hi")), with_bos=False).startswith("Source: system <step> Source: user\n\n hi")
    assert as_text(elyza_parts(dialog("hi")), with_bos=False) == "[INST] hi [/INST] "
    assert as_text([Bare(" x"), Control.BOS], with_bos=False) == "x<s>"


def test_base_models_continue_and_are_never_wrapped() -> None:
    parts = completion_parts(dialog("What is it?", "A list.", "Sorted?", system="Be brief."))
    assert parts == (Control.BOS, "Be brief.\n\nWhat is it?\n\nAnswer: A list.\n\nSorted?\n\nAnswer:")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("codellama:13b", instruct_parts),
        ("codellama/CodeLlama-70b-Instruct-hf", step_parts),
        ("elyza/ELYZA-japanese-CodeLlama-7b-instruct", elyza_parts),
        ("elyza/ELYZA-japanese-CodeLlama-7b", completion_parts),
        ("codellama:7b-code", completion_parts),
        ("CodeLlama-34b-Python-hf", completion_parts),
        ("phind-codellama:34b", None),
        ("qwen2.5-coder", None),
    ],
)
def test_which_format_a_name_stands_for(name: str, form: object) -> None:
    assert form_of(name) is form


def test_the_tokenizer_of_the_hub_s_cache_is_found(tmp_path: Path) -> None:
    snapshot = tmp_path / "hub" / "models--codellama--CodeLlama-7b-Instruct-hf" / "snapshots" / "0123"
    snapshot.mkdir(parents=True)
    write_tokenizer(snapshot)
    environ = {"HF_HOME": str(tmp_path)}
    assert hub_cache(environ) == tmp_path / "hub"
    found = vocabulary_at_hand("codellama:7b", environ)
    assert found is not None
    assert found.infills
    assert vocabulary_at_hand("codellama:7b-code", environ) is not None  # the same vocabulary
    assert vocabulary_at_hand("codellama:34b", environ) is None
    assert vocabulary_at_hand("qwen2.5-coder:7b", environ) is None
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(ModelError, match=r"broken\.json is no tokenizer\.json"):
        vocabulary_at_hand("codellama:7b", {"REPOAGENT_TOKENIZER": str(tmp_path / "broken.json")})
