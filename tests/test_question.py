"""What a question asks for."""

from __future__ import annotations

import pytest

from repoagent_indexers.ranking.question import understand
from repoagent_indexers.roles import DOCUMENTATION, TEST
from repoagent_indexers.words.glossary import in_english
from repoagent_indexers.words.terms import split


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


def test_a_report_says_by_repeating_what_it_is_about() -> None:
    once = understand("Upload fails\nThe archive is truncated by the proxy.\n").terms
    often = understand("Upload fails\nThe archive is truncated, the archive by the proxy: no archive.\n").terms
    assert often["archiv"] > once["archiv"]
    assert often["proxi"] == once["proxi"]
    assert understand("archive archive archive").terms == understand("archive").terms, "a question of one line does not"


def test_quoted_code_counts_less_than_what_is_said_of_it() -> None:
    plain = understand("Upload fails\nThe archive is truncated.\nproxy\n").terms
    quoted = understand("Upload fails\nThe archive is truncated.\n```python\nproxy\narchive\n```\n").terms
    assert quoted["proxi"] < plain["proxi"]
    assert quoted["trunc"] == plain["trunc"]


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


REPORT = """Crash in `Cart.add` when the amount is missing

<!-- Thanks for reporting! Search the tracker before you
open anything. -->
- [x] I have read the handbook
### Steps to reproduce
See https://github.com/acme/shop/blob/main/shop/cart.py#L10 and https://ci.example.org/builds/zebra
Traceback (most recent call last):
  File "/home/me/src/shop/server.py", line 8, in handle
"""


def test_a_report_is_read_without_its_form() -> None:
    asked = understand(REPORT)
    assert asked.is_report
    assert {"shop/cart.py", "/home/me/src/shop/server.py"} <= set(asked.paths)
    assert {"cart", "amount", "handl"} <= asked.terms.keys()
    assert not {"tracker", "handbook", "reproduc", "zebra"} & asked.terms.keys()
    assert asked.terms["amount"] > understand("where is the amount?").terms["amount"]


@pytest.mark.parametrize(
    ("text", "is_name", "is_report"),
    [
        ("pay", True, False),
        ("Cart.add()", True, False),
        ("std::move", True, False),
        ("how does pay work?", False, False),
        ("fix pay\n\nIt failed.", False, True),
        ("", False, False),
    ],
)
def test_what_is_asked_is_recognised(text: str, is_name: bool, is_report: bool) -> None:
    asked = understand(text)
    assert (asked.is_name, asked.is_report) == (is_name, is_report)


def test_a_form_that_never_ends_takes_no_time() -> None:
    understand("title\n" + "<!-- " * 4000)
    understand("title\n" + "<!-- -" * 3300)


@pytest.mark.parametrize(
    ("text", "terms", "joined"),
    [
        ("テストクライアントはクッキーをどう保持しますか", {"test", "client", "cooki"}, "testclient"),
        ("在哪里检测路由冲突？", {"detect", "rout", "conflict"}, "detectroute"),
        ("render_template の環境変数", {"rend", "rendertemplate", "env"}, "environmentvariable"),
    ],
)
def test_japanese_and_chinese_find_english_code(text: str, terms: set[str], joined: str) -> None:
    asked = understand(text)
    assert terms <= asked.terms.keys()
    assert joined in asked.joined
    assert asked.text.startswith(text)


def test_the_longest_entry_of_the_glossary_counts() -> None:
    assert in_english("環境変数") == "environment variable env"
    assert in_english("变量") == "variable"
    assert in_english("no Asian script") == ""
