"""Misspelt words and names are looked up as the code spells them; what is spelt right is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import repoagent
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.signals import Scene

FILES = {
    "testing.py": "def session_transaction(client):\n    return client.cookies\n",
    "mail.py": "def deliver(letter):\n    letter.postmark()\n",
    "attic/old.py": "def sesame(door):\n    return door.unlocked\n",
}


@pytest.fixture
def repo(make_repository: Callable[..., Path]) -> Iterator[repoagent.Repo]:
    with repoagent.open(make_repository(FILES)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("sesion_transacton", "testing.py"),
        ("session_transactoin", "testing.py"),
        ("who sets the posmtark?", "mail.py"),
        ("what does delivre do?", "mail.py"),
    ],
)
def test_misspelt_words_are_found(repo: repoagent.Repo, question: str, first: str) -> None:
    assert [hit.span.path for hit in repo.search(question)][:1] == [first]


@pytest.mark.parametrize(
    "question", ["session", "sess", "xyz_transaction_qqq", "sessions of clients", "лист", "12345678"]
)
def test_other_words_are_left_alone(repo: repoagent.Repo, question: str) -> None:
    asked = understand(question)
    assert Scene(repo.index, asked).question == asked


def test_only_what_is_in_sight_is_meant(repo: repoagent.Repo) -> None:
    assert repo.search("unlokced door", roots=["attic"])
    assert "unlock" not in Scene(repo.index, understand("unlokced"), ["mail.py"]).question.terms


def test_gone_words_are_not_meant(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with repoagent.open(root) as repo:
        assert repo.search("unlokced")
        (root / "attic/old.py").unlink()
        repo.refresh()
        assert repo.search("unlokced") == []


def test_of_many_unknown_words_the_first_are_looked_at(repo: repoagent.Repo) -> None:
    unknown = " ".join("zq" + letter * 6 for letter in "abcdefgh")
    assert "postmark" in Scene(repo.index, understand(f"posmtark {unknown}")).question.terms
    assert "postmark" not in Scene(repo.index, understand(f"{unknown} posmtark")).question.terms
