"""Everyday English -> words of code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.words import plain_words
from repoagent_indexers.words.plain_words import Phrase, in_code_words

LINES = Path(plain_words.__file__).with_name("plain_words.txt").read_text("ascii").splitlines()
ENTRIES = [line.split("\t") for line in LINES if line and not line.startswith("#")]


def covered(text: str) -> list[str]:
    """What the phrases of a text cover, a string a phrase, in the order of the answer."""
    return [" ".join(text[start:end] for start, end in phrase.spans) for phrase in in_code_words(text)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        # forms
        ("Which mails does it put off?", ["put off", "mails"]),
        ("putting off", ["putting off"]),
        ("throws away; threw away. Thrown away", ["throws away", "threw away", "Thrown away"]),
        ("tidies up, tidied up", ["tidies up", "tidied up"]),
        ("a dropped connection, dropping connections", ["dropped connection", "dropping connections"]),
        ("left out", ["left out"]),
        ("it isn't allowed", ["n't allowed"]),
        ("it isn’t allowed", ["n’t allowed"]),
        ("the visitor's name", ["visitor"]),
        ("two visitors’ names", ["visitors"]),
        ("offs putted", []),
        ("What's wrong? What’s wrong, nothing's", ["What 's wrong", "What ’s wrong"]),
        ("it has never been properly found", ["never found"]),
        ("bigger first, the largest first", ["bigger first", "largest first"]),
        # gaps
        ("put everything off", ["put off"]),
        ("put sending all of the mails off", ["sending mails", "put off"]),
        ("put one two three off", ["put off"]),
        ("put one two three four off", []),
        ("put the mails of somebody from the list off", ["put off", "mails"]),
        ("make a whole new copy", ["make copy"]),
        ("make a copy", ["make copy"]),
        ("make one copy", ["one copy"]),  # no `~` between "make" and "copy"
        ("put it. Off", []),
        ("put it\n\noff", []),
        ("put it\noff", ["put off"]),
        ('put "it", say, off', ["put off"]),
        ("sign-in", ["sign in"]),
        # no word of a phrase is part of another word or of a name
        ("left_out leftOut takeoff", []),
        ("mail.visitor visitor/mail.py C:\\visitor", []),
        ("`left` out", []),
        ("put `left.out` off", ["put off"]),
        ("the input offset", []),
        # in either order
        ("no table is locked, lock the rows", ["table locked", "lock rows"]),
        # words said for each other, though not where they stand alone
        ("a directory tree", ["directory tree"]),
        ("the picture, the photo", ["picture"]),
        ("deletion of the tables", []),
        # which one counts
        ("run out of memory", ["run out of memory"]),
        ("run out", ["run out"]),
        ("turn it on and off", ["turn on", "turn off"]),
        ("put mails off", ["put off", "mails"]),
        ("mail put off", ["put off", "mail"]),
        ("", []),
        ("zebra", []),
    ],
)
def test_phrases_are_found_in_their_forms_and_nowhere_else(text: str, phrases: list[str]) -> None:
    assert covered(text) == phrases


def test_a_phrase_says_its_entry_its_terms_and_its_place() -> None:
    assert in_code_words("Who can put it off?") == (
        Phrase("put ~ off", ("defer", "postpone", "delay", "lazy"), ((8, 11), (15, 18))),
    )


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("What happens when something goes wrong?", {"error", "exception"}),
        ("Who may do what here?", {"permission", "role"}),
        ("Where is work put off until it is needed?", {"lazy", "defer"}),
        ("How do I stop two writers at the same time?", {"concurrent", "lock"}),
        ("What is thrown out when there's no room?", {"discard"}),
    ],
)
def test_plain_questions_get_words_of_code(question: str, terms: set[str]) -> None:
    assert terms <= {term for phrase in in_code_words(question) for term in phrase.terms}


def phrases_of(entry: str) -> Iterator[str]:
    """All that an entry stands for, with nothing in its gaps."""
    for order in permutations(entry.split(" <> ")):
        steps = " ".join(order).split()
        yield from map(" ".join, product(*(step.split("/") for step in steps if step != "~")))


def test_entries_are_well_formed() -> None:
    """Columns, signs, base forms that can be matched, and no phrase twice, `~` or not."""
    phrases: Counter[str] = Counter()
    for entry, terms in ENTRIES:
        assert re.fullmatch(r"[a-z]+(/[a-z]+)*( (~|<>))?( [a-z]+(/[a-z]+)*( (~|<>))?)*(?<![~>])", entry), entry
        assert entry.count("<>") <= 1, entry
        assert re.fullmatch(r"[a-z0-9]+( [a-z0-9]+){1,4}", terms), entry
        assert len(set(terms.split())) == len(terms.split()), entry
        phrases.update(phrases_of(entry))
    assert not [phrase for phrase, count in phrases.items() if count > 1]


def test_every_entry_matches_itself() -> None:
    for entry, terms in ENTRIES:
        for text in phrases_of(entry):
            found = in_code_words(text)
            assert found, text
            assert (found[0].entry, found[0].terms) == (entry, tuple(terms.split())), text


WORDS = "put mails off left be is not n't out of the each `a` x.y run memory who may do what turn on".split()


@given(
    st.lists(st.sampled_from([*WORDS, ". ", "\n\n", "-", "'", "’s", ",", "`", "_", "é"]), max_size=40), st.booleans()
)
def test_spans_are_words_in_order_and_a_word_ends_one_phrase_only(pieces: list[str], apart: bool) -> None:
    text = (" " if apart else "").join(pieces)
    later: list[tuple[int, int]] = []
    lengths = []
    for phrase in in_code_words(text):
        assert all(re.fullmatch(r"[a-z]+|n['’]t|['’]s", text[start:end]) for start, end in phrase.spans)
        assert list(phrase.spans) == sorted(phrase.spans)
        later += phrase.spans[1:]
        lengths.append(len(phrase.spans))
    assert len(later) == len(set(later))
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    "piece",
    ["put the mails off ", "a ", "x", "`", "\n", "a\n \n", "be not in ", "n't", "a'", "a. ", "what's ", "turn of "],
)
def test_long_texts_are_read_in_one_pass(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    assert len(in_code_words(text)) <= len(text) / 4
