"""The nearest rows are the nearest: compared with plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from repoagent_indexers.indexing import vectors
from repoagent_indexers.indexing.vectors import Vectors, quantise


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("sizes", [[50], [1], [20, 0, 30], [0], [3000]])
@pytest.mark.parametrize("k", [1, 7, 100])
@pytest.mark.parametrize("few", [0, 1 << 20])
def test_the_nearest_that_are_allowed(sizes: list[int], k: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "FEW", few)
    generator = np.random.default_rng(7)
    codes = [quantise(unit(generator.normal(size=(size, 128)) + 1e-9)) for size in sizes]
    joined = np.concatenate(codes).astype(np.int64)
    allowed = generator.random(len(joined)) < 0.6
    query = unit(generator.normal(size=(1, 128)))
    vectors_of = Vectors(codes)
    vectors_of.nearest(query, 1, allowed)  # the second search is as good as the first
    positions, cosines = vectors_of.nearest(query, k, allowed)
    dots = joined @ np.rint(query[0] * 127).astype(np.int64)
    wanted = sorted(np.flatnonzero(allowed).tolist(), key=lambda position: -dots[position])[:k]
    assert sorted(dots[positions].tolist(), reverse=True) == [int(dots[position]) for position in wanted]
    assert len(positions) == len(wanted) == len(set(positions.tolist()))
    assert allowed[positions].all()
    assert cosines == pytest.approx(dots[positions] / 127**2, abs=1e-3)
    assert (np.diff(cosines) <= 0).all()


def test_a_question_that_says_nothing_is_near_to_nothing() -> None:
    codes = [quantise(unit(np.ones((3, 128))))]
    positions, cosines = Vectors(codes).nearest(np.zeros((1, 128), np.float32), 3, np.ones(3, np.bool_))
    assert len(positions) == len(cosines) == 0
    positions, _ = Vectors(codes).nearest(unit(np.ones((1, 128))), 3, np.zeros(3, np.bool_))
    assert len(positions) == 0


def test_codes_are_the_rows_to_within_half_a_step() -> None:
    rows = unit(np.random.default_rng(1).normal(size=(20, 128)))
    codes = quantise(rows)
    assert codes.dtype == np.int8
    assert np.abs(codes - rows * 127).max() <= 0.5001
    assert quantise(np.array([[1, -1]], np.float32)).tolist() == [[127, -127]]
