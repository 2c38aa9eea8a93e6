"""Chunks together are the file: every byte once, whole lines, whatever the bytes are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.reading.chunk import MAX_CHUNK, TEXT_CHUNK, chunk
from repoagent_indexers.reading.facts import CHUNK_WIDTH, Facts
from repoagent_indexers.reading.parse import extract

ROOT = Path(__file__).resolve().parents[1]
PYTHON = b'''"""Module."""
import os

# About f.
def f(x):
    return x


class A:
    """A class."""

    def m(self):
        return 1

    @property
    def p(self):
        return 2
'''

lines = st.sampled_from(
    [
        b"def f():",
        b"    return 1",
        b"class A:",
        b"",
        b"  ",
        b"# heading",
        b"x = (",
        b"====",
        b"}",
        b"void f() {",
        b"\xff\0",
    ]
)
sources = st.builds(lambda parts, joint: joint.join(parts), st.lists(lines), st.sampled_from([b"\n", b"\r\n", b"\r"]))


def chunks_of(language: str, content: bytes) -> list[list[int]]:
    facts = extract(language, content) if LANGUAGES[language].is_code else Facts(language)
    chunk(facts, content)
    return [facts.chunks[at : at + CHUNK_WIDTH] for at in range(0, len(facts.chunks), CHUNK_WIDTH)]


def check(language: str, content: bytes) -> None:
    chunks = chunks_of(language, content)
    assert b"".join(content[start:end] for start, end, *_ in chunks) == content
    place, line = 0, 1
    for start, end, first, last, _, _ in chunks:
        text = content[start:end]
        assert (start, first) == (place, line)
        assert text
        assert last == first + text.count(b"\n") - text.endswith(b"\n")
        assert text.endswith(b"\n") or end == len(content)
        place, line = end, last + 1


@given(st.sampled_from(["python", "c", "java", "markdown", "text"]), sources | st.binary(max_size=300))
@settings(deadline=None)
def test_every_byte_once(language: str, content: bytes) -> None:
    check(language, content)


@pytest.mark.parametrize("path", sorted(ROOT.glob("indexers/repoagent_indexers/*.py")), ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    content = path.read_bytes()
    check(language_of(path.name, content), content)
    check("text", content)


@pytest.mark.parametrize(("language", "limit"), [("python", MAX_CHUNK), ("text", TEXT_CHUNK)])
def test_long_runs_are_cut_and_long_lines_are_not(language: str, limit: int) -> None:
    paragraphs = b"\n".join(b"x%d = 1\n" % n * 30 for n in range(200))
    assert max(end - start for start, end, *_ in chunks_of(language, paragraphs)) <= limit
    assert len(chunks_of(language, b"x = [" + b"1, " * 5000 + b"]")) == 1


def test_a_function_is_one_chunk_with_the_comment_above_it() -> None:
    facts = extract("python", PYTHON)
    chunk(facts, PYTHON)
    texts = {}
    for at in range(0, len(facts.chunks), CHUNK_WIDTH):
        start, end, _, _, symbol, _ = facts.chunks[at : at + CHUNK_WIDTH]
        texts[facts.symbol_name(symbol) if symbol >= 0 else ""] = PYTHON[start:end]
    assert texts["f"].startswith(b"# About f.\ndef f(x):\n    return x\n")
    assert texts["A"].startswith(b"class A:")


def test_an_empty_file_has_no_chunks() -> None:
    assert chunks_of("python", b"") == []
    assert chunks_of("text", b"") == []
    assert len(chunks_of("text", b"\n")) == 1
    assert len(chunks_of("text", b"a")) == 1
