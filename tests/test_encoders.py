"""The embedded encoders: the rules of every encoder, and what training gave the static one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from repoagent_indexers.encoders import TermEncoder, load_encoder
from repoagent_indexers.encoders.static import TABLE, StaticEncoder, letter_rows, write
from repoagent_indexers.words.terms import count

NAMES = ("hashing", "static")
TEXTS = ["def open_session(request): return signed cookie", "", "   \n", "zqxjk_wvut qqqqzzzz", "日本語 naïve Größe"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_have_unit_length_or_are_zero(name: str) -> None:
    encoder = load_encoder(name)
    rows = encoder.encode(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), encoder.dimensions)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 0, 1, 1], abs=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dimensions)
    assert np.linalg.norm(encoder.encode_query(TEXTS[0])) == pytest.approx(1, abs=1e-5)
    assert not encoder.encode_query("").any()


@pytest.mark.parametrize("name", NAMES)
def test_a_text_has_the_same_row_alone_and_among_others(name: str) -> None:
    together = load_encoder(name).encode(TEXTS)
    for text, row in zip(TEXTS, together, strict=True):
        assert np.array_equal(load_encoder(name).encode([text])[0], row)


@pytest.mark.parametrize("name", NAMES)
def test_texts_and_the_index_s_counts_of_them_give_the_same_rows(name: str) -> None:
    encoder = load_encoder(name)
    assert isinstance(encoder, TermEncoder)
    counts = [count(text) for text in TEXTS]
    words = sorted({term for terms in counts for term in terms})
    table = [(i, words.index(t), n) for i, terms in enumerate(counts) for t, n in sorted(terms.items())]
    columns = np.array(table, np.uint32).T
    rows = encoder.pooling().rows(columns[0], columns[1], columns[2], words, len(TEXTS))
    assert np.array_equal(rows, encoder.encode(TEXTS))


@pytest.mark.parametrize("name", NAMES)
def test_names_weigh_more_than_bodies(name: str) -> None:
    encoder = load_encoder(name)
    assert isinstance(encoder, TermEncoder)
    column = np.array([0, 0, 1, 1], np.uint32)
    terms = np.array([0, 1, 0, 1], np.uint32)
    counts = np.array([1 | 1 << 16, 1, 1, 1 | 1 << 16], np.uint32)
    rows = encoder.pooling().rows(column, terms, counts, ["cooki", "parse"], 2)
    asked = encoder.encode_query("cookie")[0]
    assert rows[0] @ asked > rows[1] @ asked


@pytest.mark.parametrize(
    ("asked", "near", "far"),
    [
        ("delete a file", "unlink remove path", "parse color palette"),
        ("login", "authenticate password session", "matrix gradient tensor"),
        ("wait for a while", "sleep timeout delay", "colour pixel image"),
        ("mistake", "raise error exception", "window widget layout"),
    ],
)
def test_words_of_like_meaning_are_nearer_than_others(asked: str, near: str, far: str) -> None:
    encoder = StaticEncoder()
    rows = encoder.encode([near, far])
    similar, other = rows @ encoder.encode_query(asked)[0]
    assert similar > other + 0.05


def test_the_table_is_small() -> None:
    assert TABLE.stat().st_size < 15_000_000


def test_what_is_written_is_read_again_and_the_rest_stands_where_its_letters_put_it(tmp_path: Path) -> None:
    words = [f"word{i}" for i in range(50)]
    tables = [np.random.default_rng(seed).standard_normal((50, 32)).astype(np.float32) for seed in (1, 2)]
    write(tmp_path / "t.bin", words, *tables)
    encoder = StaticEncoder(tmp_path / "t.bin")
    assert encoder.dimensions == 32
    for side, table in enumerate(tables):
        assert np.abs(encoder.term_rows(words, side) - table).max() < np.abs(table).max() / 127
    assert np.array_equal(encoder.term_rows(["unheard"], 0), letter_rows(["unheard"], 32))


def test_two_tables_over_the_same_words_begin_unlike(tmp_path: Path) -> None:
    one, other = (np.full((1, 8), n, np.float32) for n in (1, 2))
    write(tmp_path / "a", ["word"], one, one)
    write(tmp_path / "b", ["word"], one, other)
    head = slice(0, 64)
    assert (tmp_path / "a").read_bytes()[head] != (tmp_path / "b").read_bytes()[head]


def test_another_file_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"x" * 1000)
    with pytest.raises(ValueError, match="not a table"):
        StaticEncoder(tmp_path / "t")
