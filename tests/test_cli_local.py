"""The whole way with a real model: a tiny Code Llama, behind `transformers serve` and in process, from the command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_model
from test_cli import QUESTION, SHOP, parsed, repoagent
from tiny_model import needs_serve, needs_torch


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.build(tmp_path_factory.mktemp("models") / "tiny-instruct")


@needs_serve
def test_ask_through_transformers_serve(make_repository: Callable[..., Path], tiny: Path, tmp_path: Path) -> None:
    shop = make_repository(SHOP)
    with tiny_model.serving(tiny, tmp_path) as url:
        done = repoagent("ask", "--model", f"{url}/v1#{tiny}", QUESTION, cwd=shop)
        assert done.returncode == 0, done.stderr
        answer, sources = done.stdout.split("\nSources (the model cited none; it was given these first):\n")
        assert answer == f"{tiny_model.REPLY}\n"
        assert "shop/cart.py:" in sources
        assert str(tiny) in done.stderr

        found = repoagent("ask", "--json", QUESTION, cwd=shop, environ={"REPOAGENT_DISCOVER": url.rpartition(":")[2]})
        shape = parsed(found)
        assert (shape["model"], shape["answer"]) == (str(tiny), tiny_model.REPLY)
        assert shape["false_citations"] == 1  # it always says app.py:12-34, which is not in the shop


@needs_torch
def test_ask_in_process(make_repository: Callable[..., Path], tiny: Path) -> None:
    done = repoagent("ask", "--model", f"local:{tiny}", QUESTION, cwd=make_repository(SHOP))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{tiny_model.REPLY}\n")
    assert "in process" in done.stderr
