"""Postings say what a dictionary of lists would, however they are cut into blocks and joined."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.indexing import postings
from repoagent_indexers.indexing.postings import Collector, Directory, blocks_of, merged, unblock, write_blocks

words = st.text(st.characters(codec=None, exclude_characters="\0"), min_size=1, max_size=6) | st.sampled_from(
    ["a", "aa", "ab", "b", "\udcff", "é", "\U0001f600"]
)
rows = st.lists(st.tuples(words, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=60)


class Parts:
    """Parts in memory."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def add(self, data: bytes) -> int:
        self.kept.append(data)
        return len(self.kept) - 1

    def part(self, number: int) -> bytes:
        return self.kept[number]


def written(given_rows: list[tuple[str, int, int]], parts: Parts, prefix: str = "") -> Directory:
    collector = Collector()
    collector.number(["never", "used"])
    for word, first, second in given_rows:
        collector.add(collector.number([word]), np.array([first], np.uint32), np.array([second], np.uint32))
    return Directory.from_bytes(write_blocks(collector.blocks(prefix), parts.add))


def model(given_rows: list[tuple[str, int, int]]) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = {}
    for word, first, second in given_rows:
        found.setdefault(word, []).append([first, second])
    return dict(sorted(found.items()))


@pytest.fixture(autouse=True, params=[1, 2, 96])
def _block(request: pytest.FixtureRequest) -> object:
    before = postings.BLOCK
    postings.BLOCK = request.param
    yield
    postings.BLOCK = before


@given(rows, st.lists(words, max_size=5))
def test_every_key_is_found_and_no_other(given_rows: list[tuple[str, int, int]], others: list[str]) -> None:
    parts, wanted = Parts(), model(given_rows)
    directory = written(given_rows, parts)
    for word in chain(wanted, others):
        assert directory.pairs(word, lambda number: unblock(parts.part(number))).tolist() == wanted.get(word, [])
    assert {key: pairs.tolist() for key, pairs in directory.items(parts.part)} == wanted
    assert [key for key, _ in directory.items(parts.part)] == list(wanted)


@given(rows, words)
def test_keys_that_begin_alike_stand_together(given_rows: list[tuple[str, int, int]], start: str) -> None:
    parts = Parts()
    directory = written(given_rows, parts, prefix="t")
    for prefix in ("t" + start[:1], "t" + start, "t", ""):
        wanted = ["t" + word for word in model(given_rows) if ("t" + word).startswith(prefix)]
        assert [key for key, _ in directory.items(parts.part, prefix)] == wanted


@given(st.lists(rows, max_size=4))
def test_joining_segments_loses_nothing(many: list[list[tuple[str, int, int]]]) -> None:
    parts = Parts()
    directories = [written(one, parts) for one in many]
    items = merged([directory.items(parts.part) for directory in directories])
    joined = Directory.from_bytes(write_blocks(blocks_of(items), parts.add))
    assert {key: pairs.tolist() for key, pairs in joined.items(parts.part)} == model(list(chain(*many)))


def test_keys_without_pairs_are_left_out() -> None:
    parts = Parts()
    none = np.zeros((0, 2), np.uint32)
    one = np.ones((1, 2), np.uint32)
    directory = Directory.from_bytes(write_blocks(blocks_of([("a", none), ("b", one), ("c", none)]), parts.add))
    assert [key for key, _ in directory.items(parts.part)] == ["b"]
    assert len(directory.pairs("a", parts.part)) == 0


def test_nothing_is_a_segment_too() -> None:
    read: Callable[[int], bytes] = Parts().part
    directory = Directory.from_bytes(write_blocks(Collector().blocks(), Parts().add))
    assert len(directory.pairs("a", read)) == 0
    assert list(directory.items(read)) == []
