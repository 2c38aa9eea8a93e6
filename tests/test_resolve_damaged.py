"""Code that is damaged at random: whatever a name means in it, asking is no mistake."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import git, write

import repoagent
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.resolve.syntax import mentions

SAMPLES = sorted(path for path in (Path(__file__).parent / "languages").glob("*/*") if path.suffix != ".tags")
N_COPIES = 6


def damaged(text: str, rng: random.Random) -> str:
    """The text with some pieces lost, doubled or replaced."""
    for _ in range(rng.choice([1, 2, 4])):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.randrange(1, 60))
        piece = rng.choice(["", text[at:end] * 2, rng.choice("(){}[];:,.\"'`|=<>@#$"), text[at:end] + "\n"])
        text = text[:at] + piece + text[end:]
    return text[: rng.randrange(len(text) + 1)] if rng.random() < 0.2 else text


def test_no_name_stands_nowhere() -> None:
    assert mentions(b"a b", "") == []
    assert mentions(b'echo "$a$a"', "a", "bash") == [7, 9]


@pytest.fixture(scope="module")
def resolution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolution]:
    """A repository of every language's samples, whole and damaged."""
    root, rng = tmp_path_factory.mktemp("damaged"), random.Random(1)
    git(root, "init", "-q")
    for sample in SAMPLES:
        text = sample.read_text("utf-8", errors="replace")
        write(root, {f"{sample.parent.name}/{sample.name}": text})
        for n in range(N_COPIES):
            write(root, {f"{sample.parent.name}/copy{n}/{sample.name}": damaged(text, rng)})
    with repoagent.open(root) as repo:
        yield Resolution(repo.index)


@pytest.mark.parametrize("language", sorted({sample.parent.name for sample in SAMPLES}))
def test_every_name_can_be_asked_about(language: str, resolution: Resolution) -> None:
    rng = random.Random(language)
    for path in resolution.index.catalogue.paths:
        source = resolution.source(path) if path.startswith(f"{language}/") else None
        starts = (
            [found.start() for found in re.finditer(rb"[A-Za-z_]\w*", source.content)] if source is not None else []
        )
        for start in rng.sample(starts, min(100, len(starts))):
            certainty, _ = resolution.meaning(Place(path, start))
            assert certainty in {"resolved", "probable", "by name only"}
