"""Japanese and Chinese words of programming."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from repoagent_indexers.words import glossary
from repoagent_indexers.words.glossary import in_english

LINES = Path(glossary.__file__).with_name("glossary.txt").read_text("utf-8").splitlines()
ENTRIES = [line.split("\t") for line in LINES if not line.startswith("#")]


def test_entries_are_well_formed() -> None:
    for entry in ENTRIES:
        term, english = entry
        assert re.fullmatch(r"[\u3040-\u30ff\u3400-\u9fff]+", term), entry
        assert re.fullmatch(r"[a-z0-9]+( [a-z0-9]+){0,3}", english), entry
    assert not [term for term, count in Counter(term for term, _ in ENTRIES).items() if count > 1]


def test_every_entry_is_found_whole() -> None:
    for term, english in ENTRIES:
        assert in_english(f"x {term} y") == english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("必要になるまで読み込みを後回しにするのはどこ", "lazy defer ondemand read load defer lazy delay"),
        ("根据用户的角色决定是否允许访问", "user role allow permit access visit"),
        ("接続が切断されたら再試行する？", "connect connection disconnect close retry"),
        ("執行緒池在哪裡建立", "thread pool"),
        ("FlaskClientのセッション", "session"),
        ("no Asian script", ""),
        ("", ""),
    ],
)
def test_the_longest_word_counts(question: str, english: str) -> None:
    assert in_english(question) == english
