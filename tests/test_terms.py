"""Text -> terms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.reading.chunk import chunk
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.reading.parse import extract
from repoagent_indexers.reading.tally import Tally, tally
from repoagent_indexers.words.terms import MAX_COUNTED, count, split, stem
from repoagent_indexers.words.vocabulary import Vocabulary


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


@settings(deadline=None)
@given(text=st.text(max_size=400) | st.text("aBCer_19 \né日", max_size=60) | st.text("aA_", max_size=200))
def test_bytes_and_text_give_the_same_terms(text: str) -> None:
    content = text.encode("utf-8", "replace")
    found: dict[str, int] = {}
    for _, term, packed in tallied("text", content)[0]:
        found[term] = found.get(term, 0) + (packed & 255)
    expected = {term: n for term, n in count(content.decode("utf-8", "replace")).items() if n < 256}
    assert {term: n for term, n in found.items() if n and term in expected} == expected


def test_counts_are_bounded_and_lengths_are_not() -> None:
    rows, lengths = tallied("text", b"word " * 1000)
    assert rows == [(0, "word", 255)]
    assert lengths == [1000]


def test_names_and_documentation_count_apart_from_the_body() -> None:
    rows, _ = tallied("python", b'class Shelf:\n    """Books on boards."""\n\n    def lift(self): return self.shelf\n')
    counts = {term: (packed & 255, packed >> 8 & 255, packed >> 16) for _, term, packed in rows}
    assert counts[split("shelf")[0]] == (2, 0, 1)
    assert counts[split("books")[0]] == (1, 1, 0)
    assert counts["lift"] == (1, 0, 1)


def test_only_the_beginning_of_long_text_counts() -> None:
    content = b"first\n\n" + b"filler\n" * (MAX_COUNTED // 7) + b"last\n"
    terms = {term for _, term, _ in tallied("text", content)[0]}
    assert "first" in terms
    assert "last" not in terms


def test_files_are_counted_together_as_alone() -> None:
    contents = [b"", b"one two\n", b"def three():\n    return one\n", b"# Title\n\ntwo two\n"]
    languages = ["text", "text", "python", "markdown"]
    files = [facts_of(language, content) for language, content in zip(languages, contents, strict=True)]
    vocabulary = Vocabulary()
    rows = named(tally(files, vocabulary.lexicon.words(contents), vocabulary), vocabulary)
    first, expected = 0, []
    for facts, language, content in zip(files, languages, contents, strict=True):
        expected += [(first + chunk, term, n) for chunk, term, n in tallied(language, content)[0]]
        first += facts.n_chunks
    assert sorted(rows) == sorted(expected)


def tallied(language: str, content: bytes) -> tuple[list[tuple[int, str, int]], list[int]]:
    """(chunk, term, packed counts) of each row, and the chunks' lengths."""
    vocabulary = Vocabulary()
    facts = facts_of(language, content)
    table = tally([facts], vocabulary.lexicon.words([content]), vocabulary)
    assert facts.chunks[5::6] == table.lengths.tolist()
    return named(table, vocabulary), table.lengths.tolist()


def named(table: Tally, vocabulary: Vocabulary) -> list[tuple[int, str, int]]:
    terms = list(vocabulary.terms)
    rows = zip(table.chunks.tolist(), table.terms.tolist(), table.counts.tolist(), strict=True)
    return [(chunk, terms[term], n) for chunk, term, n in rows]


def facts_of(language: str, content: bytes) -> Facts:
    facts = extract(language, content) if LANGUAGES[language].is_code else Facts(language)
    chunk(facts, content)
    return facts
