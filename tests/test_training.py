"""What the training programs take out of a repository, and how they measure a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from conftest import git, write

from repoagent_indexers.reading.parse import extract
from repoagent_indexers.reading.workers import Job

TRAINING = Path(__file__).resolve().parents[1] / "training"


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TRAINING))
    import mine

    return mine


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TRAINING))
    import train

    return train


@pytest.fixture
def commit_tasks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TRAINING))
    monkeypatch.syspath_prepend(str(TRAINING.parent / "benchmarks"))
    import commit_tasks

    return commit_tasks


SAID = '"""Baskets of visitors: what is in them, what it costs, who owns them."""\n'
BODY = "  const cart = new Cart();\n  cart.add(tea);\n  expect(cart.total()).toBe(4);\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"it('adds up what is in the cart', () => {{\n{BODY}}})\n", "adds up what is in the cart"),
        (f'test "adds up what is in the cart" do\n{BODY}end\n', "adds up what is in the cart"),
        (f'@test "adds up what is in the cart" {{\n{BODY}}}\n', "adds up what is in the cart"),
        (f'TEST_CASE("adds up what is in the cart") {{\n{BODY}}}\n', "adds up what is in the cart"),
        (f't.Run("adds up what is in the cart", func() {{\n{BODY}}})\n', "adds up what is in the cart"),
        (f"fun `adds up what is in the cart`() {{\n{BODY}}}\n", "adds up what is in the cart"),
        (f"it('adds up', () => {{\n{BODY}}})\n", ""),
        (f"submit('adds up what is in the cart');\n{BODY}", ""),
    ],
)
def test_cases(mine: ModuleType, text: str, said: str) -> None:
    found = list(mine._cases(Job(0, "tests/a.js", "javascript", text.encode()), text))
    assert [record["t"] for record in found] == ([said] if said else [])
    assert all("cart.total" in record["b"] for record in found)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("# Copyright 2020 Somebody. All rights reserved, and so on and so forth.\n", ""),
        (SAID, "Baskets of visitors"),
        (f"# Licensed under the MIT licence; a copy of it is in the file LICENSE.\n\n{SAID}", "Baskets of visitors"),
        ('"""Short."""\n', ""),
    ],
)  # fmt: skip
def test_heads_of_files(mine: ModuleType, head: str, said: str) -> None:
    text = head + "".join(f"\n\ndef {name}():\n    return 1\n" for name in ("add", "drop", "total", "owner"))
    facts = extract("python", text.encode())
    found = list(mine._file(Job(0, "shop/cart.py", "python", text.encode()), text, facts))
    assert [record["d"][: len(said)] for record in found] == ([said] if said else [])
    assert all(record["b"] == "add drop total owner" for record in found)


def test_a_sentence_that_names_a_symbol_asks_for_it_without_its_name(train: ModuleType) -> None:
    symbol = {"k": "symbol", "n": "smart_case", "d": "", "b": "return pattern.islower()"}
    text = "When typing small letters only, `smart_case` finds capitals too. Nothing else is said about it here."
    section = {"k": "section", "t": "Options", "b": text}
    found = [
        (asked, code)
        for kind, asked, code in train.pairs_of(section, {"smart_case": symbol}, np.random.default_rng(0))
        if kind == "mention"
    ]
    assert len(found) == 1
    asked, code = found[0]
    assert {"small", "find", "capital"} < set(asked)
    assert not {"smart", "case"} & set(asked)
    assert "smart" in code
    assert not [kind for kind, *_ in train.pairs_of(section, {}, np.random.default_rng(0)) if kind == "mention"]


def test_unshared_scores_are_those_of_the_other_terms(train: ModuleType) -> None:
    scipy_sparse = pytest.importorskip("scipy.sparse", reason="scipy missing: training needs it")
    chance = np.random.default_rng(3)
    questions = scipy_sparse.csr_matrix((chance.random((6, 12)) < 0.3).astype(np.float32))
    side = scipy_sparse.csr_matrix((chance.random((5, 12)) * (chance.random((5, 12)) < 0.5)).astype(np.float32))
    asked, code = (chance.standard_normal((12, 4)).astype(np.float32) for _ in range(2))
    expected = np.zeros((6, 5))
    for i, question in enumerate(questions.toarray()):
        for j, row in enumerate(side.toarray()):
            left = np.where(question > 0, 0, row)
            expected[i, j] = (question @ asked) @ (left @ code) / np.linalg.norm(row @ code)
    assert np.allclose(train._unshared(questions, side, asked, code), expected, atol=1e-4)
    assert train._reciprocal_rank(np.eye(4)) == 1
    assert train._reciprocal_rank(1 - np.eye(4)) == 0.25
    assert train._reciprocal_rank(np.ones((3, 3))) == 0.5


def test_commits_become_tasks(commit_tasks: ModuleType, make_repository: Callable[..., Path]) -> None:
    """Those of code as the work tree has it: changed once, not new, and no test or text alone."""
    root = make_repository(
        {"a.py": "x = 1\ny = 2\nz = 3\n", "b.py": "u = 1\n", "docs/a.md": "old\n", "tests/test_a.py": ""}
    )
    for number in range(40):
        git(root, "commit", "-q", "--allow-empty", "-m", f"nothing of interest {number}")
    later = [
        ({"a.py": "x = 1\ny = 5\nz = 3\n", "tests/test_a.py": "1\n"}, "The second number is wrong by three\n\nmuch"),
        ({"a.py": "x = 1\ny = 6\nz = 3\n"}, "The second number is wrong once more"),
        ({"docs/a.md": "new\n"}, "Say what the second number is for"),
        ({"b.py": "u = 1\nv = 1\n", "new.py": "w = 1\n"}, "Add another module for the numbers"),
        ({"tests/test_a.py": "2\n"}, "Look at the second number in more ways"),
        ({"b.py": "u = 1\nv = 2\n"}, "Bump the number of the next release"),
        ({"b.py": "u = 1\nv = 3\n"}, "short"),
    ]
    for files, message in later:
        write(root, files)
        git(root, "add", "-A")
        git(root, "commit", "-qm", message)
    (found,) = commit_tasks.tasks(root / ".git", "o/r", "HEAD")
    assert found["query"] == later[0][1]
    assert found["gold_files"] == ["a.py"]
    assert found["gold_spans"] == [{"path": "a.py", "start": 2, "end": 2}]
    assert git(root, "show", f"{found['commit']}:a.py") == "x = 1\ny = 2\nz = 3\n"


@pytest.mark.local
def test_the_model_of_reports_scores_as_the_product_does(
    make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    for folder in (TRAINING.parent / "benchmarks", TRAINING):
        monkeypatch.syspath_prepend(str(folder))
    from model_of_reports import Model, trained
    from report_terms import captured, figures
    from weights import Asked

    from repoagent_indexers.git.repository import Repository
    from repoagent_indexers.indexing.index import Index
    from repoagent_indexers.ranking.question import understand
    from repoagent_indexers.ranking.signals import Scene, Signals
    from repoagent_indexers.ranking.weights import REPORT

    text = "Voucher gone\n\nThe basket `apply` has lost it.\n\n```\n  at worker.run(request)\n```\n"
    root = make_repository({
        "shop/basket.py": "class Basket:\n    def apply(self, voucher):\n        self.voucher = voucher\n",
        "shop/worker.py": "class Worker:\n    def run(self, request):\n        return request.basket\n",
    })  # fmt: skip
    totals: dict[int, float] = {}

    def total(signals: Signals) -> np.ndarray:
        scores = sum(signals.shares(REPORT).values(), start=np.zeros(len(signals.chunks), np.float32))
        totals.update(zip(signals.chunks.tolist(), scores.tolist(), strict=True))
        return scores

    with Repository.open(root) as repository, Index.open(repository) as index:
        asked = Asked("localise", "o/r", text, ["shop/basket.py"], "python", {"shop/basket.py": [(2, 3)]})
        report = captured(index, asked)
        scene = Scene(index, understand(text))
        total(scene.signals(total))
    model = Model()
    assert sorted(model.scores(report).tolist()) == pytest.approx(sorted(totals.values()), abs=1e-4)
    assert figures([report], [model.scores(report)]).startswith("NDCG 1.0000 Acc@1 1.0000")
    assert np.isfinite(trained([report] * 16).scores(report)).all()
