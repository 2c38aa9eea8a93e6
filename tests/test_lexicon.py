"""Bytes -> words and their numbers."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.words.lexicon import Lexicon

PIECES = rb"a ab eight_by ninebytes sixteen_bytes_it seventeen_bytes_i A_B 1 . (".split()
pieces = st.sampled_from([*PIECES, b" ", b"\n", b"x" * 300, b"\xc3\xa9", b"\x00", b"\xff\xfe"])


@given(st.lists(st.lists(pieces, max_size=40).map(b"".join), max_size=6), st.integers(1, 4), st.integers(1, 8))
def test_words_are_found_where_they_stand_and_keep_their_numbers(contents: list[bytes], bits: int, most: int) -> None:
    lexicon = Lexicon(bits, most)
    for _ in range(2):  # the second time they are known
        words = lexicon.words(contents)
        known = list(lexicon.known)
        places = list(zip(words.starts.tolist(), words.ends.tolist(), strict=True))
        assert [known[number] for number in words.numbers.tolist()] == [words.data[start:end] for start, end in places]
        expected = [
            (begin + found.start(), begin + found.end())
            for begin, content in zip(words.files.tolist(), contents, strict=False)
            for found in re.finditer(rb"[\w\x80-\xff]+", content)
        ]
        assert places == expected
        for begin, end, content in zip(words.files[:-1].tolist(), words.files[1:].tolist(), contents, strict=True):
            assert words.data[begin : end - 1] == content
    long = list(range(0, len(contents), 2))
    some = lexicon.words(contents, long, most)
    kept = [
        place
        for at, begin in enumerate(words.files[:-1].tolist())
        for place in places
        if begin <= place[0] < min(words.files[at + 1], begin + (most if at in long else 1 << 20))
    ]
    assert list(zip(some.starts.tolist(), some.ends.tolist(), strict=True)) == kept
