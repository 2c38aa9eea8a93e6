"""The table of the Code Llama family: names, shapes, memory, and what a machine can hold."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from scripted_server import scripted_server

from repoagent.commands.program import cli
from repoagent.doctor import examine
from repoagent_agents.models.base import Found
from repoagent_agents.models.family import FAMILY, LONG, choose_for_infilling, member_of
from repoagent_agents.models.machine import Accelerator, Machine, accelerators_from


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("codellama/CodeLlama-7b-hf", "CodeLlama-7b"),
        ("codellama/CodeLlama-13b-Instruct-hf", "CodeLlama-13b-Instruct"),
        ("meta-llama/CodeLlama-34b-Python-hf", "CodeLlama-34b-Python"),
        ("TheBloke/CodeLlama-13B-Instruct-GGUF", "CodeLlama-13b-Instruct"),
        ("codellama", "CodeLlama-7b-Instruct"),
        ("codellama:latest", "CodeLlama-7b-Instruct"),
        ("codellama:13b", "CodeLlama-13b-Instruct"),
        ("codellama:13b-instruct", "CodeLlama-13b-Instruct"),
        ("codellama:34b-instruct-q4_K_M", "CodeLlama-34b-Instruct"),
        ("codellama:7b-code", "CodeLlama-7b"),
        ("codellama:python", "CodeLlama-7b-Python"),
        ("codellama:70b-python-q4_0", "CodeLlama-70b-Python"),
        ("codellama-7b.Q4_K_M.gguf", "CodeLlama-7b"),
        ("/models/codellama-34b-instruct.Q5_K_S.gguf", "CodeLlama-34b-Instruct"),
        (r"C:\models\CodeLlama-70b-Instruct-hf", "CodeLlama-70b-Instruct"),
        ("/home/me/CodeLlama-7b-Instruct-hf/", "CodeLlama-7b-Instruct"),
        ("models--codellama--CodeLlama-7b-Python-hf/snapshots/0123", "CodeLlama-7b-Python"),
        ("codellama_7b_instruct", "CodeLlama-7b-Instruct"),
        ("elyza/ELYZA-japanese-CodeLlama-7b", "ELYZA-japanese-CodeLlama-7b"),
        ("ELYZA-japanese-CodeLlama-7b-instruct-q4_K_M.gguf", "ELYZA-japanese-CodeLlama-7b-instruct"),
        ("Phind/Phind-CodeLlama-34B-v2", None),
        ("phind-codellama:34b", None),
        ("codellama-instruct", None),
        ("qwen2.5-coder:7b", None),
        ("codellama-170b", None),
        ("", None),
    ],
)
def test_a_member_is_known_by_every_name_it_is_served_under(name: str, row: str | None) -> None:
    member = member_of(name)
    assert (member and member.name) == row


@pytest.mark.parametrize("row", FAMILY, ids=lambda row: row.name)
def test_each_row_is_found_by_its_own_names(row) -> None:  # type: ignore[no-untyped-def]
    assert member_of(row.hub) is row
    assert not row.ollama or member_of(row.ollama) is row


def test_the_family_is_complete() -> None:
    names = {f"CodeLlama-{size}{kind}" for size in ("7b", "13b", "34b", "70b") for kind in ("", "-Python", "-Instruct")}
    names |= {"ELYZA-japanese-CodeLlama-7b", "ELYZA-japanese-CodeLlama-7b-instruct"}
    assert {row.name for row in FAMILY} == names
    assert len(FAMILY) == 14


@pytest.mark.parametrize(
    ("size", "n_parameters", "weights_gib", "cache_per_token"),
    [  # weights as the README of meta-llama/codellama gives them (GiB); cache by hand: 2 x 2 bytes x layers x keys
        ("7b", 6_738_546_688, 12.55, 2 * 2 * 32 * 4096),
        ("13b", 13_016_028_160, 24, 2 * 2 * 40 * 5120),
        ("34b", 33_743_970_304, 63, 2 * 2 * 48 * 8 * 128),
        ("70b", 68_976_910_336, 128.5, 2 * 2 * 80 * 8 * 128),
    ],
)
def test_memory_is_that_of_the_shape(size: str, n_parameters: int, weights_gib: float, cache_per_token: int) -> None:
    shape = next(row.shape for row in FAMILY if row.size == size)
    assert shape.n_parameters == n_parameters
    assert shape.weight_bytes("bf16") == 2 * n_parameters
    assert shape.weight_bytes("bf16") / 2**30 == pytest.approx(weights_gib, rel=0.02)
    assert shape.cache_bytes_per_token == cache_per_token
    assert shape.memory_bytes("bf16", LONG) == 2 * n_parameters + LONG * cache_per_token
    assert 0.5 < shape.weight_bytes("8-bit") / shape.weight_bytes("bf16") < 0.53
    assert 0.25 < shape.weight_bytes("4-bit") / shape.weight_bytes("bf16") < 0.3


def test_what_the_family_infills_and_how_long_it_reads() -> None:
    assert {row.name for row in FAMILY if row.infills} == {
        *("CodeLlama-7b", "CodeLlama-7b-Instruct", "CodeLlama-13b", "CodeLlama-13b-Instruct", "CodeLlama-70b"),
    }
    short = {row.name for row in FAMILY if row.trained == 4096}
    assert short == {"CodeLlama-70b-Python", "CodeLlama-70b-Instruct"}
    assert all((row.rope_theta == 1e4) == (row.name in short) for row in FAMILY)
    assert {row.prompting for row in FAMILY if row.variant == "Python"} == {"completion"}


def test_what_a_machine_holds() -> None:
    small, large = member_of("codellama:7b"), member_of("codellama:70b")
    assert small is not None
    assert large is not None
    laptop = Machine(16 << 30)
    assert laptop.fit(small, "bf16", 0) == "cpu"
    assert laptop.fit(small, "bf16", LONG) == "no"
    assert laptop.best_fit(large, 0) is None
    station = Machine(64 << 30, (Accelerator("A", 24 << 30), Accelerator("B", 24 << 30)))
    assert station.best_fit(large, 0) == ("4-bit", "gpu")
    assert station.best_fit(small, 0) == ("bf16", "gpu")
    assert Machine(40 << 30, (Accelerator("A", 3 << 30),)).best_fit(small, 0) == ("bf16", "cpu")


def test_what_the_driver_says_is_read() -> None:
    assert accelerators_from("NVIDIA H200, 143771\n\nerror\n") == (Accelerator("NVIDIA H200", 143771 << 20),)


def test_infilling_wants_the_smallest_base_model() -> None:
    names = ["qwen:7b", "codellama:13b-code", "codellama:7b", "codellama:7b-code", "codellama:34b"]
    found = [Found(name, "p", "ollama", None, chat=True) for name in names]
    best = choose_for_infilling(found)
    assert best is not None
    assert best.name == "codellama:7b-code"
    assert choose_for_infilling(found[:1]) is None


def test_the_command_shows_the_table_beside_what_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server(models=["codellama/CodeLlama-7b-Instruct-hf", "other"]) as server:
        monkeypatch.setenv("REPOAGENT_DISCOVER", str(server.port))
        shown = CliRunner().invoke(cli, ["models"], standalone_mode=False)
        told = json.loads(CliRunner().invoke(cli, ["models", "--json"], standalone_mode=False).output)
    assert "* CodeLlama-7b-Instruct " in shown.output
    assert "  CodeLlama-7b-Python " in shown.output
    assert "Llama 2 Community License" in shown.output
    assert told["version"] == 1
    families = [(one["family"], one["infills"]) for one in told["models"]]
    assert families == [("CodeLlama-7b-Instruct", True), (None, False)]
    row = next(row for row in told["family"] if row["name"] == "CodeLlama-34b")
    assert row["memory"]["bf16"]["full"] - row["memory"]["bf16"]["weights"] == LONG * row["cache_per_token"]
    assert set(row["memory"]) == {"bf16", "8-bit", "4-bit"}


def test_doctor_says_what_to_expect_of_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    models = [{"id": "CodeLlama-7b-Instruct-hf", "max_model_len": 16384}]
    with scripted_server(models=models) as server:
        monkeypatch.setenv("REPOAGENT_DISCOVER", str(server.port))
        (check,) = [check for check in examine(".") if check.name == "models"]
    assert check.state == "good"
    assert "finds a function again in 16,000 tokens: 7% at 0, 96.9% at 20%" in check.remedy
    assert "up to 100,000 tokens with vllm serve --max-model-len 102400" in check.remedy
