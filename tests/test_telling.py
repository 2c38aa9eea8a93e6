"""How telling a term is in a question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from repoagent_indexers.words import telling as module
from repoagent_indexers.words.telling import telling, write
from repoagent_indexers.words.terms import split


@pytest.mark.parametrize(("more", "less"), [("cookie", "really"), ("binary", "notice"), ("batch", "several")])
def test_words_of_the_subject_tell_more_than_words_of_the_sentence(more: str, less: str) -> None:
    assert telling(split(more)[0]) > 2 * telling(split(less)[0])


def test_what_was_never_met_is_taken_for_a_name() -> None:
    assert 0.5 < telling("xyzzyqux") < 0.7


def test_what_is_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "telling.bin"
    write(file, ["alpha", "beta", "alpha"], np.array([0.25, 1.0, 0.9]))
    monkeypatch.setattr(module, "_FILE", file)
    module._table.cache_clear()
    try:
        assert telling("alpha") == pytest.approx(0.25, abs=0.003)
        assert telling("beta") == 1.0
    finally:
        module._table.cache_clear()
