"""What the terms of a report count, by where they stand in it and in the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.ranking.signals import Scene
from repoagent_indexers.ranking.word_scores import Asked
from repoagent_indexers.words.report_terms import FEATURES, N_STANDING, PLACES, factors

REPORT = """Basket loses its voucher

Open the shop, add tea, then call `redeem` in checkout_page: the total is as before.
{filler}
The ledger was empty too.

```
Traceback (most recent call last):
  File "/srv/site/gateway/dispatch.py", line 3, in forward
    voucher = None
12:31:07 worker throttled
```
""".format(filler="Nothing else was done. " * 30)


@pytest.mark.parametrize(
    ("term", "where"),
    [
        ("basket", {"title", "opening"}),
        ("tea", {"opening"}),
        ("redeem", {"opening", "quoted", "identifier"}),
        ("checkout", {"opening", "identifier"}),
        ("ledg", set()),
        ("gatewai", {"trace"}),
        ("throttl", {"trace"}),
        ("vouch", {"title", "opening"}),
    ],
)
def test_where_a_term_stands(term: str, where: set[str]) -> None:
    said, *flags = understand(REPORT).standings[term]
    assert said >= np.log(2)
    names = FEATURES[3 : 2 + N_STANDING]
    assert {name for name, flag in zip(names, flags, strict=True) if flag} == where


def test_a_question_of_one_line_has_none() -> None:
    assert understand("where is the voucher of a basket redeemed?").standings == {}


def factor(place: str, **features: float) -> float:
    row = np.array([[features.get(name, 0.0) for name in FEATURES]], np.float32)
    return float(factors(row)[0, PLACES.index(place)])


@pytest.mark.parametrize("place", PLACES)
def test_what_only_a_trace_passes_through_counts_less(place: str) -> None:
    assert factor(place, trace=1.0) < factor(place) < factor(place, opening=1.0)


def test_files_and_paths_are_found_by_titles_and_by_what_is_named() -> None:
    for place in ("files", "paths"):
        assert factor(place, title=1.0) > 1.5 * factor(place)
        assert factor(place, named=1.0) > 2 * factor(place, documented=1.0)


def test_a_factor_is_bounded() -> None:
    extreme = np.full((1, len(FEATURES)), 1e6, np.float32)
    assert np.isfinite(factors(extreme)).all()
    assert np.isfinite(factors(-extreme)).all()


FILES = {
    "shop/basket.py": "class Basket:\n    def apply(self, voucher):\n        self.voucher = voucher\n",
    "shop/ledger.py": "class Ledger:\n    def post(self, entry):\n        self.entries.append(entry)\n",
    "gateway/dispatch.py": "def forward(request):\n    worker = request.worker\n    return worker.run(request)\n",
    "gateway/worker.py": "class Worker:\n    def run(self, request):\n        return self.queue.pop()\n",
}


def test_a_report_is_about_its_words_and_not_about_its_trace(make_repository: Callable[..., Path]) -> None:
    report = "Voucher gone\n\nThe basket has lost it.\n\n```\nTraceback:\n" + 4 * (
        "  File '/srv/worker.py', line 3, in forward\n  at worker.run(worker request queue)\n"
    )
    with Repository.open(make_repository(FILES)) as repository, Index.open(repository) as index:
        assert search(index, report)[0].span.path == "shop/basket.py"
        scene = Scene(index, understand(report))
        of: dict[str, Asked] = {asked.term: asked for asked in scene.words.asked}
        assert of["vouch"].for_files > 3 * of["queu"].for_files
        paths, stems = scene.subjects()
        assert paths.keys() == stems.keys() <= of.keys()


def test_a_misspelt_term_keeps_its_place(make_repository: Callable[..., Path]) -> None:
    with Repository.open(make_repository(FILES)) as repository, Index.open(repository) as index:
        scene = Scene(index, understand("The vouchre is lost\n\nIt was in the basket before.\n"))
        assert "vouch" in scene.question.terms
        assert scene.question.standings["vouch"][1] == 1.0


def test_a_report_whose_terms_stand_in_no_code_is_looked_up_by_paths(make_repository: Callable[..., Path]) -> None:
    root = make_repository({"zebra/quagga.py": "x = 1\n", "other/thing.py": "y = 2\n"})
    with Repository.open(root) as repository, Index.open(repository) as index:
        hits = search(index, "quagga\n\nzebra\n")
        assert [hit.span.path for hit in hits][:1] == ["zebra/quagga.py"]
