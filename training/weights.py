#!/usr/bin/env python3
"""Development questions -> the weights of the package: what each signal counts, for questions and for reports.

    weights.py capture --search BENCH/search --corpus CORPUS --questions benchmarks/questions.jsonl --checkouts CO \
        --localise BENCH/localise/tasks.jsonl --mirrors MIRRORS --trees TREES --out signals.pkl
    weights.py fit signals.pkl [--l2 0.003] [--without near,vector]
    weights.py ablate signals.pkl [--l2 0.003]

`capture` asks the product for the signals of each question's candidates; CORPUS and CO hold work trees named as the
benchmarks' own programs name them. Below TREES one work tree a repository is moved from task to task, as `localise.py`
does it, with the objects of a mirror below MIRRORS; tasks without one are left out. `--table static.bin` takes the
vectors from another table than the one that is installed.

`fit` is a linear ranking model: a softmax over the files of each question, each file standing for its best chunk
(chosen anew with each round's weights), and a softmax over the chunks of the right files where the benchmark knows the
lines. Newton's method with a ridge. It prints the figures on repositories left out, five folds, and on all; and the
weights to put into its `weights.py`.

`ablate` prints what each group of signals finds alone, and what the others find without it, each time with weights
that were fitted anew on the other repositories.

The right files of `localise` come from its authors; so do those of `search`. Those of `questions.jsonl` are ours.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from subprocess import CalledProcessError

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from checkouts import check_out, has_commit, mirror_of

import repoagent
from repoagent_indexers.encoders.static import StaticEncoder
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.indexing.vectors import Vectors, quantise
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.signals import Scene, Signals
from repoagent_indexers.ranking.weights import QUESTION, REPORT

CHUNKS = ("body", "name", "joined", "definition", "vector")
FILES = ("file", "path", "stem", "same_stem", "elsewhere", "mentioned", "defined", "told", "language", "near")
ROLES = ("test", "example", "documentation", "configuration", "vendored", "generated")
NAMES = (*CHUNKS, *FILES, *ROLES)
N_CHUNKS = 600
"""Candidates kept of each question."""
SHARES = {"search": 1.0, "sweqa": 0.5, "questions": 0.3, "localise": 0.8}
"""What each set of questions counts in the loss."""
WITHIN = 0.5
"""What choosing the right chunk of the right file counts against choosing the file."""


@dataclass
class Asked:
    """One development question, and the signals of its candidates."""

    set: str
    repository: str
    text: str
    targets: list[str]
    kind: str
    lines: dict[str, list[tuple[int, int]]]
    is_report: bool = False
    files: Sequence[str] = ()
    file: np.ndarray | None = None
    """(n,) position in `files` of each candidate."""
    signals: np.ndarray | None = None
    """(n, len(NAMES))"""
    gold: np.ndarray | None = None
    """(len(files),) position in `targets`, -1 for a wrong file."""
    right: np.ndarray | None = None
    """(n,) whether a candidate overlaps lines that were asked for."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    capture = verbs.add_parser("capture")
    for name in ("search", "corpus", "questions", "checkouts", "localise", "mirrors", "trees"):
        capture.add_argument(f"--{name}", type=Path)
    capture.add_argument("--table", type=Path, help="vectors by this table instead")
    capture.add_argument("--out", type=Path, required=True)
    capture.set_defaults(do=write_signals)
    fit = verbs.add_parser("fit")
    fit.add_argument("signals", type=Path)
    fit.add_argument("--l2", type=float, default=3e-3)
    fit.add_argument("--without", default="", help="signals left out, with commas")
    fit.set_defaults(do=write_weights)
    ablate = verbs.add_parser("ablate")
    ablate.add_argument("signals", type=Path)
    ablate.add_argument("--l2", type=float, default=3e-3)
    ablate.set_defaults(do=write_ablation)
    options = parser.parse_args()
    options.do(options)


# -- questions -> signals --------------------------------------------------------------------------------------------


def write_signals(options: argparse.Namespace) -> None:
    found = list(signals_of(options, options.table))
    options.out.write_bytes(pickle.dumps(found))
    print(f"{len(found)} questions in {options.out}")


def signals_of(options: argparse.Namespace, table: Path | None = None) -> Iterator[Asked]:
    """Every question with its signals, the vectors by another table than the installed one where one is given."""
    for folder, of_one in groupby(questions(options), key=lambda row: row[0]):
        with repoagent.open(folder) as repo:
            is_new = True
            for _, roots, asked in of_one:
                is_new |= repo.index.update().changed  # a tree of `localise` moves from task to task
                if table and is_new:
                    take_vectors(repo.index, table)
                is_new = False
                yield repo.index.look_up(lambda index, asked=asked, roots=roots: captured(index, asked, roots))


def questions(options: argparse.Namespace) -> Iterator[tuple[Path, list[str], Asked]]:
    """(work tree, roots, question) of every set named in the options."""
    if options.search:
        for name, file in (("search", "tasks.jsonl"), ("sweqa", "sweqa/tasks.jsonl")):
            lines = {}
            if (with_lines := options.search / file.replace("tasks", "tasks_lines")).exists():
                lines = {row["id"]: row for row in rows(with_lines)}
            for row in rows(options.search / file):
                right = row["relevant"] + row.get("secondary", [])
                spans = spans_of(lines.get(row["id"], row)["relevant"])
                asked = Asked(name, row["repo"], row["query"], [one["path"] for one in right], row["category"], spans)
                yield options.corpus / row["repo"], [row["root"]] if row["root"] else [], asked
    if options.questions:
        for row in rows(options.questions):
            asked = Asked("questions", row["repo"], row["question"], row["files"], "ours", {})
            yield options.checkouts / row["repo"], [], asked
    if options.localise:
        for row in sorted(rows(options.localise), key=lambda row: (row["mirror"], row["id"])):
            mirror, tree = mirror_of(options.mirrors, row["mirror"]), options.trees / row["mirror"].replace("/", "+")
            if not has_commit(mirror, row["commit"]):
                continue
            try:
                check_out(mirror, row["commit"], tree)
            except CalledProcessError:
                print(f"left out {row['id']}: the mirror lacks a part of {row['commit']}", file=sys.stderr)
                continue
            spans = spans_of(row["gold_symbols"] or row["gold_spans"])
            gold, language = row["gold_files"], row["language"]
            yield tree, [], Asked("localise", row["mirror"], row["query"], gold, language, spans)


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def spans_of(places: list[dict]) -> dict[str, list[tuple[int, int]]]:
    spans = defaultdict(list)
    for place in places:
        if place.get("start") or place.get("start_line"):
            first = place.get("start") or place["start_line"]
            spans[place["path"]].append((first, place.get("end") or place.get("end_line") or first))
    return dict(spans)


def take_vectors(index: Index, table: Path) -> None:
    """Give an open index the vectors of another table, made from the terms that it keeps."""
    index.encoder = StaticEncoder(table)
    words, runs = [], []
    for key, pairs in index.items("t"):
        runs.append(np.column_stack([pairs, np.full(len(pairs), len(words), np.uint32)]))
        words.append(key.removeprefix("t"))
    columns = np.concatenate(runs)
    columns = columns[np.argsort(columns[:, 0], kind="stable")]
    n_chunks = int(index.root["next_chunk"])
    rows = index.encoder.pooling().rows(columns[:, 0], columns[:, 2], columns[:, 1], words, n_chunks)
    index.vectors = Vectors([quantise(rows[index.chunk_columns()[:, 0]])])


def captured(index: Index, asked: Asked, roots: list[str]) -> Asked:
    question = understand(asked.text)
    scene = Scene(index, question, roots)
    asked.is_report = question.is_report
    if not (question.terms or question.identifiers) or not scene.sight.allowed.any():
        return asked
    weights = REPORT if question.is_report else QUESTION

    def total(signals: Signals) -> np.ndarray:
        return np.sum(list(signals.shares(weights).values()), axis=0)

    signals = scene.signals(total)
    best = np.argsort(-total(signals), kind="stable")[:N_CHUNKS]
    numbers, asked.file = np.unique(signals.files[best], return_inverse=True)
    asked.files = [index.catalogue.paths[number] for number in numbers]
    columns = [signals.columns[name][best] for name in (*CHUNKS, *FILES)]
    columns += [(signals.roles[best] == role).astype(np.float32) for role in range(1, len(ROLES) + 1)]
    asked.signals = np.stack(columns, axis=1).astype(np.float32)
    asked.gold = np.array([matched(path, asked.targets) for path in asked.files])
    asked.right = np.zeros(len(best), bool)
    for place, chunk in enumerate(signals.chunks[best].tolist()):
        path = asked.files[asked.file[place]]
        spans = next((spans for target, spans in asked.lines.items() if same(path, target)), ())
        if spans:
            _, first, last = scene.sight.lines(chunk)
            asked.right[place] = any(first <= end and start <= last for start, end in spans)
    return asked


def matched(path: str, targets: list[str]) -> int:
    return next((number for number, target in enumerate(targets) if same(path, target)), -1)


def same(path: str, target: str) -> bool:
    return path == target or path.endswith(f"/{target}") or target.endswith(f"/{path}")


# -- signals -> weights ----------------------------------------------------------------------------------------------


def write_weights(options: argparse.Namespace) -> None:
    found: list[Asked] = list(pickle.loads(options.signals.read_bytes()))
    left_out = [NAMES.index(name) for name in options.without.split(",") if name]
    for asked in found:
        if asked.signals is not None:
            asked.signals[:, left_out] = 0
    shipped = shipped_weights()
    print("shipped:    ", figures(found, lambda asked: shipped[asked.is_report]))
    print("left out:   ", figures(found, left_out_weights(found, options.l2)))
    fitted = {kind: fit(found, kind, shipped[kind], options.l2) for kind in (False, True)}
    print("fit on all: ", figures(found, lambda asked: fitted[asked.is_report]))
    for kind, label in ((False, "QUESTION"), (True, "REPORT")):
        n = len(CHUNKS) + len(FILES)
        pairs = ", ".join(f"{name}={weight:.2f}" for name, weight in zip(NAMES[:n], fitted[kind][:n], strict=True))
        roles = ", ".join(f"{weight:.2f}" for weight in fitted[kind][n:])
        again = (REPORT if kind else QUESTION).again  # chosen by trying: it orders hits, not files
        print(f"{label} = Weights(\n    {pairs},\n    again={again},\n    roles=(0.0, {roles}),\n)")


GROUPS = {
    "BM25 of chunks": ("body",),
    "BM25 of files": ("file",),
    "BM25 of all text": ("body", "file"),
    "names, signatures": ("name", "joined", "definition", "defined"),
    "paths": ("path", "stem", "same_stem", "elsewhere"),
    "mentioned paths and frames": ("mentioned",),
    "vectors": ("vector",),
    "past commits": ("told",),
    "references": ("near",),
    "language": ("language",),
    "roles": ROLES,
}
"""Signals that stand or fall together."""


def write_ablation(options: argparse.Namespace) -> None:
    found: list[Asked] = list(pickle.loads(options.signals.read_bytes()))
    whole = [asked.signals for asked in found]
    cases = [("all", range(len(NAMES)))]
    for label, names in GROUPS.items():
        group = [NAMES.index(name) for name in names]
        cases += [(f"{label}, alone", group), (f"all but {label}", sorted(set(range(len(NAMES))).difference(group)))]
    for label, kept in cases:
        lost = sorted(set(range(len(NAMES))).difference(kept))
        for asked, signals in zip(found, whole, strict=True):
            if signals is not None:
                asked.signals = signals.copy()
                asked.signals[:, lost] = 0
        print(f"{label:36} {figures(found, left_out_weights(found, options.l2))}", flush=True)


def shipped_weights() -> dict[bool, np.ndarray]:
    """The weights of signals, by whether the question is a report."""
    return {False: vector_of(QUESTION), True: vector_of(REPORT)}


def left_out_weights(found: Sequence[Asked], l2: float) -> Callable[[Asked], np.ndarray]:
    """For each question the weights that were fitted without its repository, five folds."""
    shipped = shipped_weights()
    fold = {asked.repository: fold_of(asked.repository) for asked in found}
    without = {}
    for number in range(5):
        kept = [asked for asked in found if fold[asked.repository] != number]
        without[number] = {kind: fit(kept, kind, shipped[kind], l2) for kind in (False, True)}
    return lambda asked: without[fold[asked.repository]][asked.is_report]


def fold_of(repository: str) -> int:
    """Which of five folds leaves it out, the same in every set: `sweqa-flask` and `pallets/flask` go together."""
    own_name = repository.rpartition("/")[2].removeprefix("sweqa-").lower()
    return zlib.crc32(own_name.encode()) % 5


def vector_of(weights: object) -> np.ndarray:
    return np.array([*(getattr(weights, name) for name in (*CHUNKS, *FILES)), *weights.roles[1:]], np.float64)


def fit(found: list[Asked], is_report: bool, start: np.ndarray, l2: float, rounds: int = 4) -> np.ndarray:
    """Weights for questions of one kind. The other kind counts a third: there are few of each."""
    some = [asked for asked in found if asked.signals is not None and (asked.gold >= 0).any()]
    number = defaultdict(int)
    for asked in some:
        number[asked.set] += 1
    weights = start
    for _ in range(rounds):
        runs, targets, counts = [], [], []
        for asked in some:
            count = SHARES[asked.set] / number[asked.set] * (1.0 if asked.is_report == is_report else 0.33)
            scores = asked.signals @ weights
            order = np.lexsort((-scores, asked.file))
            first = order[np.concatenate([[True], np.diff(asked.file[order]) > 0])]
            kept = np.union1d(np.argsort(-scores[first])[:60], np.flatnonzero(asked.gold >= 0))
            right = asked.gold[kept] >= 0
            runs.append(asked.signals[first[kept]])
            targets.append(right / right.sum() * count)
            counts.append(count)
            for target in np.flatnonzero(asked.gold >= 0):
                inside = np.flatnonzero(asked.file == target)
                right = asked.right[inside]
                if 0 < right.sum() < len(inside):
                    part = WITHIN * count / (asked.gold >= 0).sum()
                    runs.append(asked.signals[inside])
                    targets.append(right / right.sum() * part)
                    counts.append(part)
        weights = newton(runs, np.concatenate(targets), np.array(counts), l2, weights)
    return weights


def newton(runs: list[np.ndarray], target: np.ndarray, count: np.ndarray, l2: float, weights: np.ndarray) -> np.ndarray:
    """The minimum of the softmax loss over runs of rows."""
    lengths = [len(run) for run in runs]
    rows, run = np.concatenate(runs).astype(np.float64), np.repeat(np.arange(len(runs)), lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rows @ at
        top = np.maximum.reduceat(scores, starts)
        shares = np.exp(scores - top[run])
        total = np.add.reduceat(shares, starts)
        value = (count * (np.log(total) + top)).sum() - target @ scores + l2 / 2 * at @ at
        return float(value), shares / total[run]

    value, shares = loss(weights)
    for _ in range(20):
        weighed = shares * count[run]
        slope = rows.T @ (weighed - target) + l2 * weights
        means = np.add.reduceat(rows * shares[:, None], starts, axis=0)
        curve = (rows * weighed[:, None]).T @ rows - (means * count[:, None]).T @ means + l2 * np.eye(rows.shape[1])
        step, size = np.linalg.solve(curve, slope), 1.0
        while size > 1e-4 and loss(weights - size * step)[0] > value - 1e-4 * size * (slope @ step):
            size /= 2
        before, weights = value, weights - size * step
        value, shares = loss(weights)
        if before - value < 1e-8:
            break
    return weights


def figures(found: list[Asked], weights_of) -> str:
    """NDCG@10 with one hit a file for `search` (mean over repositories) and `sweqa`; `localise`: file Acc@1, @5."""
    gains: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    firsts: dict[str, list[bool]] = defaultdict(list)
    chosen: dict[str, list[bool]] = defaultdict(list)
    for asked in found:
        if asked.signals is None:
            gains[asked.set][asked.repository].append(0.0)
            firsts[asked.set].append(False)
            continue
        scores = asked.signals @ weights_of(asked)
        best = np.full(len(asked.files), -np.inf)
        np.maximum.at(best, asked.file, scores)
        order = np.argsort(-best, kind="stable")
        gold = asked.gold[order]
        known = {number: rank for rank, number in reversed(list(enumerate(gold[:10].tolist(), 1))) if number >= 0}
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(asked.targets)) + 1))
        gains[asked.set][asked.repository].append(sum(1 / math.log2(rank + 1) for rank in known.values()) / ideal)
        source = [n for n in order.tolist() if asked.gold[n] >= 0 or not looks_like_test(asked.files[n])]
        ranks = {asked.gold[n]: rank for rank, n in reversed(list(enumerate(source, 1))) if asked.gold[n] >= 0}
        firsts[asked.set].append(any(rank <= 5 for rank in known.values()))
        for k in (1, 5):
            firsts[f"{asked.set}@{k}"].append(sum(rank <= k for rank in ranks.values()) == len(asked.targets))
        for target in np.flatnonzero(asked.gold >= 0):
            inside = np.flatnonzero(asked.file == target)
            if asked.right[inside].any():
                chosen[asked.set].append(bool(asked.right[inside[np.argmax(scores[inside])]]))
    parts = []
    for name, of in gains.items():
        means = [np.mean(some) for some in of.values()]
        mean = np.mean(means if name == "search" else np.concatenate(list(of.values())))
        parts.append(f"{name} {mean:.4f}")
        if name == "questions":
            parts.append(f"({sum(firsts[name])} of {len(firsts[name])})")
        if name == "localise":
            parts.append(f"(Acc@1 {np.mean(firsts['localise@1']):.3f} @5 {np.mean(firsts['localise@5']):.3f})")
        if chosen[name]:
            parts.append(f"[chunk {np.mean(chosen[name]):.3f} of {len(chosen[name])}]")
    return " ".join(parts)


def looks_like_test(path: str) -> bool:
    from repoagent_indexers.roles import TEST, role_of

    return role_of(path) == TEST


if __name__ == "__main__":
    main()
