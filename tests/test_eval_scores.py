"""pass@k and its interval, and what was published."""

from __future__ import annotations

import itertools
from math import comb

import pytest

from repoagent_agents.evaluation.published import member, published
from repoagent_agents.evaluation.scores import interval, pass_at_k, scores


@pytest.mark.parametrize("n", [1, 2, 5, 10, 200])
def test_pass_at_k_is_what_its_definition_says(n: int) -> None:
    for c, k in itertools.product({0, 1, n // 2, n}, {1, 2, n}):
        if k <= n and c <= n:
            assert pass_at_k(n, c, k) == pytest.approx(1 - comb(n - c, k) / comb(n, k), abs=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(1, 2, 1), (1, 0, 2), (3, -1, 1), (3, 1, 0)])
def test_pass_at_k_of_what_cannot_be(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="pass@"):
        pass_at_k(n, c, k)


def test_the_estimator_has_no_bias() -> None:
    """Its mean over all draws of n samples is the true chance, which `1 - (1 - c/n)^k` misses."""
    p, n, k = 0.3, 6, 3
    chances = [comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    mean = sum(chance * pass_at_k(n, c, k) for c, chance in enumerate(chances))
    naive = sum(chance * (1 - (1 - c / n) ** k) for c, chance in enumerate(chances))
    assert mean == pytest.approx(1 - (1 - p) ** k)
    assert abs(naive - (1 - (1 - p) ** k)) > 0.01


def test_with_one_sample_the_interval_is_wilsons() -> None:
    """33.5 % of 164, as CodeLlama-7b has it: the known interval for 55 of 164."""
    found = interval([1.0] * 55 + [0.0] * 109)
    assert (found.value, found.low, found.high) == pytest.approx((0.33537, 0.26760, 0.41068), abs=5e-5)


def test_the_interval_is_not_empty_at_the_ends() -> None:
    all_right = interval([1.0] * 164)
    assert (all_right.value, all_right.high) == (1, 1)
    assert 0.97 < all_right.low < 0.98
    none_right = interval([0.0] * 164)
    assert (none_right.value, none_right.low) == (0, 0)
    assert 0.02 < none_right.high < 0.03


def test_more_samples_tell_more() -> None:
    """The same mean, from problems that lie between right and wrong, is known better."""
    sure, unsure = interval([0.0, 1.0] * 50), interval([0.4, 0.6] * 50)
    assert unsure.high - unsure.low < (sure.high - sure.low) / 2


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """2000 draws of 60 problems of which each has its own chance: at least 93 of 100 intervals hold the mean."""
    import random

    drawn = random.Random(7)
    held = 0
    for _ in range(2000):
        chances = [drawn.betavariate(0.6, 1.2) for _ in range(60)]
        found = interval([sum(drawn.random() < chance for _ in range(5)) / 5 for chance in chances])
        held += found.low <= 0.6 / 1.8 <= found.high
    assert 0.93 <= held / 2000 <= 0.99


def test_only_scores_with_samples_enough() -> None:
    verdicts = {"a": [True, False], "b": [False, False, False]}
    found = scores(verdicts, (1, 2, 3, 10))
    assert list(found) == [1, 2]
    assert found[1].value == pytest.approx(0.25)
    assert found[2].value == pytest.approx(0.5)
    assert scores({}, (1,)) == {}


# -- published figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("codellama/CodeLlama-7b-hf", "Code Llama 7B"),
        ("codellama/CodeLlama-13b-Python-hf", "Code Llama - Python 13B"),
        ("CodeLlama-70b-Instruct-hf", "Code Llama - Instruct 70B"),
        ("codellama:34b", "Code Llama - Instruct 34B"),
        ("codellama:34b-code", "Code Llama 34B"),
        ("codellama:7b-python-q4_0", "Code Llama - Python 7B"),
        ("code_llama_7b_instruct.Q4_K_M.gguf", "Code Llama - Instruct 7B"),
        ("qwen2.5-coder:7b", ""),
        ("elyza/ELYZA-japanese-CodeLlama-7b-instruct", ""),
        ("codellama", ""),
        ("CodeLlama-107b", ""),
    ],
)
def test_which_published_model_a_name_means(name: str, expected: str) -> None:
    assert member(name) == expected


def test_published_tables_are_whole() -> None:
    for benchmark in ("humaneval", "mbpp"):
        rows = published(benchmark, "completion")
        assert len({row.model for row in rows}) == 12
        for row in rows:
            assert row.source.startswith("arXiv:2308.12950")
            assert row.figures["pass@1"] < row.figures["pass@10"] < row.figures["pass@100"] < 100
    for row in published("multipl-e", "completion"):
        languages = [value for name, value in row.figures.items() if name != "average"]
        assert len(languages) == 6
        # the paper prints averages that differ by a tenth or two from the mean of what it prints beside them
        assert sum(languages) / 6 == pytest.approx(row.figures["average"], abs=0.3)
    assert [row.figures for row in published("mbpp", "instruct")] == [{"pass@1": 37.4}, {"pass@1": 40.2}]
    assert published("humaneval", "instruct") == ()


def test_a_figure_as_it_stands_in_the_paper() -> None:
    by_model = {row.model: row.figures for row in published("humaneval", "completion")}
    assert by_model["Code Llama 7B"]["pass@1"] == 33.5
    assert by_model["Code Llama - Instruct 70B"]["pass@1"] == 67.8
    assert {row.model: row.figures for row in published("mbpp", "completion")}["Code Llama 34B"]["pass@10"] == 76.2
