"""Text -> terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.chunk import chunk
from repoagent_indexers.facts import Facts
from repoagent_indexers.terms import Terms, count, split, stem, tally


@pytest.mark.parametrize(
    ("word", "terms"),
    [
        ("session_transaction", {"sess", "transact", "sessiontransaction"}),
        ("sessionTransaction", {"sess", "transact", "sessiontransaction"}),
        ("HTTPServer", {"http", "httpserver"}),
        ("cookies", set(split("cookie"))),
        ("the", set()),
        ("データベース", {"デー", "ース"}),
    ],
)
def test_split(word: str, terms: set[str]) -> None:
    assert terms <= set(split(word))
    assert bool(split(word)) == bool(terms)


@pytest.mark.parametrize(
    ("words", "meet"),
    [
        (("parser", "parse", "parsing", "parsed"), True),
        (("query", "queries"), True),
        (("universal", "university"), False),
        (("class", "classes"), True),
    ],
)
def test_stem(words: tuple[str, ...], meet: bool) -> None:
    assert (len({stem(word) for word in words}) == 1) == meet


@given(text=st.text(max_size=400))
def test_bytes_and_text_give_the_same_terms(text: str) -> None:
    content = text.encode("utf-8", "replace")
    facts = Facts("text")
    chunk(facts, content)
    table = tally(facts, content)
    found: dict[str, int] = {}
    for term, packed in zip(table.terms, table.counts, strict=True):
        found[table.words[term]] = found.get(table.words[term], 0) + (packed & 255)
    expected = {term: n for term, n in count(content.decode("utf-8", "replace")).items() if n < 256}
    assert {term: n for term, n in found.items() if n and term in expected} == expected


def test_terms_survive_being_kept() -> None:
    content = b"def open_file(): pass\n"
    facts = Facts("text")
    chunk(facts, content)
    table = tally(facts, content)
    assert Terms.from_bytes(table.to_bytes()) == table


def test_counts_are_bounded() -> None:
    content = b"word " * 1000
    facts = Facts("text")
    chunk(facts, content)
    assert max(tally(facts, content).counts) & 255 == 255
