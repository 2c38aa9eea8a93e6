"""What a question asks for."""

from __future__ import annotations

import pytest

from repoagent_indexers.question import understand
from repoagent_indexers.roles import DOCUMENTATION, TEST
from repoagent_indexers.terms import split


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("how does render_template find a file?", {"render_template"}),
        ("what is Flask.make_response for?", {"Flask.make_response", "make_response"}),
        ("why `std::move` here", {"std::move", "move"}),
        ("plain words only", set()),
        ("g", set()),
        ("a", {"a"}),
    ],
)
def test_identifiers(text: str, identifiers: set[str]) -> None:
    asked = understand(text)
    found = set(asked.identifiers)
    assert identifiers <= found
    if not identifiers and asked.terms:
        assert not found


@pytest.mark.parametrize(
    ("text", "joined"),
    [("the cookie jar", "cookiejar"), ("request options", "requestoption"), ("JSON object", "jsonobject")],
)
def test_neighbouring_words_are_joined(text: str, joined: str) -> None:
    assert joined in understand(text).joined


def test_stop_words_are_not_joined() -> None:
    assert understand("where is the jar of a cookie").joined == ()


@pytest.mark.parametrize(
    ("text", "role", "meant"),
    [
        ("which tests cover login?", TEST, True),
        ("what do the docs say?", DOCUMENTATION, True),
        ("how does login work?", TEST, False),
    ],
)
def test_meant_roles(text: str, role: int, meant: bool) -> None:
    assert (role in understand(text).meant) == meant


def test_asking_words_weigh_little() -> None:
    terms = understand("how does the implementation work with cookies").terms
    weights = {word: terms[split(word)[0]] for word in ("implementation", "work", "cookies")}
    assert weights["implementation"] < weights["cookies"]
    assert weights["work"] < weights["cookies"]


def test_long_text_is_cut() -> None:
    assert len(understand("x1y " * 50_000).text) == 20_000
