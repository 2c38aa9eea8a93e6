"""The questions of the benchmarks: that a row says what it must, and that nothing asked about is trained on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"
SETS = ("questions.jsonl", "questions_2.jsonl")


def repositories(at: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(at.read_text("utf-8"))
    return rows


def questions(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (BENCHMARKS / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", SETS)
def test_a_set_asks_ten_questions_in_each_of_five_languages(name: str) -> None:
    language = {row["name"]: row["language"] for row in repositories(BENCHMARKS / "repositories.json")}
    asked = Counter(row["repo"] for row in questions(name))
    assert asked.keys() <= language.keys()
    assert list(asked.values()) == [10] * 5
    assert len({language[repo] for repo in asked}) == 5


@pytest.mark.parametrize("name", SETS)
def test_a_question_is_plain_words_with_one_to_three_right_files(name: str) -> None:
    for row in questions(name):
        assert list(row) == ["repo", "question", "files", "why"]
        assert row["question"].endswith("?")
        assert row["why"]
        assert not set("`_(){}") & set(row["question"])
        assert 1 <= len(set(row["files"])) == len(row["files"]) <= 3
        assert not any(PurePosixPath(file).is_absolute() or ".." in file or "\\" in file for file in row["files"])


def test_the_second_set_asks_nothing_of_the_first() -> None:
    first, second = (questions(name) for name in SETS)
    assert not {row["repo"] for row in first} & {row["repo"] for row in second}
    assert len({row["question"] for row in first + second}) == 100


def test_a_measured_repository_has_a_name_and_a_whole_commit_of_its_own() -> None:
    rows = repositories(BENCHMARKS / "repositories.json")
    assert len({row["name"] for row in rows}) == len({row["fetch"] for row in rows}) == len(rows)
    assert all(row["fetch"].startswith("github:") and len(bytes.fromhex(row["commit"])) == 20 for row in rows)


def test_no_measured_repository_is_trained_on() -> None:
    measured = {row["fetch"].removeprefix("github:").lower() for row in repositories(BENCHMARKS / "repositories.json")}
    trained = {row["repo"].lower() for row in repositories(ROOT / "training" / "repositories.json")}
    assert not measured & trained
