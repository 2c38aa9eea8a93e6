#!/usr/bin/env python3
"""Reports and what had to change -> what each of their terms counts: the coefficients of `report_terms`.

    report_terms.py capture --tasks BENCH/localise/tasks.jsonl --mirrors MIRRORS --trees TREES --out terms.pkl
    report_terms.py fit terms.pkl [MORE ...]

`capture` asks the product for the signals of each report's candidates and for where its terms stand in them; tasks are
those of `localise` or what `commit_tasks.py` makes. `fit` (needs torch; `model_of_reports.py`) is one model of all of
it: log-linear factors on the terms' weights, and the weights of the signals, these kept near what ships. The loss is
that of `weights.py`: a softmax over files, each standing for its best chunk, and one over the chunks of the right
files. It prints what to put into `report_terms.py` and `weights.py`, and the figures on repositories left out, five
folds.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import reports
from weights import CHUNKS, FILES, ROLES, Asked, fold_of, looks_like_test

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.signals import Scene, Signals
from repoagent_indexers.ranking.weights import REPORT
from repoagent_indexers.ranking.word_scores import FILE_B, features, rarity
from repoagent_indexers.words.path_words import path_words

COLUMNS = (*CHUNKS, *FILES)
N_CHUNKS, N_FILES = 800, 300
"""Candidates kept of each report: best chunks, and files of which the best chunk is kept."""


@dataclass
class Report:
    """One report with its candidates: n chunks, m files, t terms, z places of terms in chunks."""

    text: str
    repository: str
    language: str
    targets: list[str]
    features: np.ndarray
    """(t, len(FEATURES))"""
    weight: np.ndarray
    """(t,) of the terms as `understand` gives it."""
    rarity: np.ndarray
    """(t, 3): among chunks, files, paths."""
    is_subject: np.ndarray
    """(t,) whether a term counts in paths."""
    places: np.ndarray
    """(4, z): chunk, term, times in its body, times in its names."""
    in_files: np.ndarray
    """(m, t) how often each file says each term, against its length."""
    in_paths: np.ndarray
    """(m, t) whether the path has it."""
    in_stems: np.ndarray
    """(m, t) whether the file's own name has it, over the terms that this has."""
    length: np.ndarray
    """(n,) of chunks, against the mean."""
    signals: np.ndarray
    """(n, len(COLUMNS) + 6)"""
    file: np.ndarray
    """(n,) position in `files`"""
    files: list[str]
    lines: np.ndarray
    """(n, 2) first and last."""
    right: np.ndarray
    """(n,) whether a chunk overlaps lines that were changed."""


def captured(index: Index, asked: Asked) -> Report:
    scene = Scene(index, understand(asked.text))

    def total(signals: Signals) -> np.ndarray:
        return np.sum(list(signals.shares(REPORT).values()), axis=0)

    signals = scene.signals(total)
    scores, paths = total(signals), index.catalogue.paths
    order = np.lexsort((signals.chunks, signals.files, -scores))
    targets = {position for path in asked.targets if (position := index.position(path)) is not None}
    kept, seen = order[:N_CHUNKS].tolist(), set(signals.files[order[:N_CHUNKS]].tolist())
    for place in order[N_CHUNKS:].tolist():
        position = int(signals.files[place])
        if position in targets or (position not in seen and len(seen) < N_FILES):
            kept.append(place)
            seen.add(position)
    positions, file = np.unique(signals.files[kept], return_inverse=True)
    files, chunks = [paths[position] for position in positions], signals.chunks[kept]
    columns = [signals.columns[name][kept] for name in COLUMNS]
    columns += [(signals.roles[kept] == role).astype(np.float32) for role in range(1, len(ROLES) + 1)]
    sight, spans = scene.sight, [asked.lines.get(path, []) for path in files]
    lines = np.array([sight.lines(int(chunk))[1:] for chunk in chunks]).reshape(-1, 2)
    near = zip(lines.tolist(), file.tolist(), strict=True)
    return Report(
        text=asked.text,
        repository=asked.repository,
        language=asked.kind,
        targets=asked.targets,
        length=sight.lengths[chunks] / (float(sight.lengths[sight.allowed].mean()) or 1.0),
        signals=np.stack(columns, axis=1).astype(np.float32),
        file=file,
        files=files,
        lines=lines,
        right=np.array([any(a <= end and start <= b for start, end in spans[of]) for (a, b), of in near], bool),
        **terms_of(scene, chunks, positions),
    )


def terms_of(scene: Scene, chunks: np.ndarray, positions: np.ndarray) -> dict[str, np.ndarray]:
    """The fields of a `Report` that have a column for each term."""
    sight, paths, asked = scene.sight, scene.index.catalogue.paths, scene.words.asked
    n_files = len(paths)
    live = sight.file_of[sight.allowed]
    lengths = np.bincount(live, sight.lengths[sight.allowed], n_files)
    norm = 1 - FILE_B + FILE_B * lengths / (float(lengths.sum()) / max(1, int(sight.live_files.sum())) or 1.0)
    place = np.full(len(sight.lengths), -1)
    place[chunks] = np.arange(len(chunks))
    words = path_words(tuple(paths))
    rarities, places, in_files, in_paths, in_stems = [], [], [], [], []
    for number, one in enumerate(asked):
        counts = one.counts
        times = np.bincount(
            sight.file_of[one.chunks], (counts & 255) + ((counts >> 8) & 255) + 5 * (counts >> 16), n_files
        )
        named = np.zeros(int(words.folder_of.max(initial=-1)) + 1, bool)
        named[words.folders.get(one.term, [])] = True
        stem = np.zeros(n_files, np.float32)
        stem[words.stems.get(one.term, [])] = 1
        path = (named[words.folder_of] | (stem > 0)) & sight.live_files
        n_live = int(sight.live_files.sum())
        rarities.append((one.rarity, rarity(np.count_nonzero(times), n_live), np.log1p(n_live / (1 + path.sum()))))
        there = place[one.chunks] >= 0
        rows = place[one.chunks[there]], counts[there] & 255, counts[there] >> 16
        places.append(np.stack([rows[0], np.full(len(rows[0]), number), rows[1], rows[2]]).astype(np.int16))
        in_files.append((times / norm)[positions])
        in_paths.append(path[positions])
        in_stems.append((stem * sight.live_files / words.n_own)[positions])
    subjects, n = scene.question.subjects, len(asked)
    return {
        "features": features(scene.question, asked),
        "weight": np.array([one.weight for one in asked], np.float32),
        "rarity": np.array(rarities, np.float32).reshape(n, 3),
        "is_subject": np.array([one.term in subjects for one in asked], bool),
        "places": np.concatenate(places, axis=1) if n else np.zeros((4, 0), np.int16),
        "in_files": np.array(in_files, np.float32).reshape(n, -1).T,
        "in_paths": np.array(in_paths, bool).reshape(n, -1).T,
        "in_stems": np.array(in_stems, np.float32).reshape(n, -1).T,
    }


# -- coefficients -----------------------------------------------------------------------------------------


def write_coefficients(kept: Mapping[str, Sequence[Report]]) -> None:
    found = [report for of_file in kept.values() for report in of_file]
    from model_of_reports import Model, trained  # here, because it needs torch

    shipped = Model()
    print("shipped:   ", figures(found, [shipped.scores(report) for report in found]), flush=True)
    model = trained(found)
    print("fit on all:", figures(found, [model.scores(report) for report in found]))
    print(model, flush=True)
    fold = [fold_of(report.repository) for report in found]
    left_out: dict[int, np.ndarray] = {}
    for number in range(5):
        model = trained([report for report, of in zip(found, fold, strict=True) if of != number])
        left_out |= {place: model.scores(found[place]) for place, of in enumerate(fold) if of == number}
    print("left out:  ", figures(found, [left_out[place] for place in range(len(found))]))


def figures(found: Sequence[Report], scores: Sequence[np.ndarray]) -> str:
    """Means over the reports: NDCG and accuracy of files, and the reciprocal rank of the first right chunk."""
    gains, firsts, fives, chunks = [], [], [], []
    for report, of in zip(found, scores, strict=True):
        best = np.full(len(report.files), -np.inf)
        np.maximum.at(best, report.file, of)
        order = [report.files[number] for number in np.argsort(-best, kind="stable").tolist()]
        order = [path for path in order if path in report.targets or not looks_like_test(path)]
        ranks = [order.index(path) + 1 if path in order else math.inf for path in report.targets]
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, len(ranks) + 1))
        gains.append(sum(1 / math.log2(rank + 1) for rank in ranks) / ideal)
        firsts.append(max(ranks) <= 1)
        fives.append(max(ranks) <= 5)
        if report.right.any():
            chunks.append(1 / (1 + int(np.argmax(report.right[np.argsort(-of, kind="stable")]))))
    names = "NDCG", "Acc@1", "Acc@5", "chunk MRR"
    return " ".join(f"{name} {np.mean(of):.4f}" for name, of in zip(names, (gains, firsts, fives, chunks), strict=True))


if __name__ == "__main__":
    reports.run(__doc__, captured, write_coefficients)
