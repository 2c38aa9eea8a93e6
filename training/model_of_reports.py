"""The model that `report_terms.py` fits: reports' signals as functions of what each term counts. Needs torch."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from report_terms import COLUMNS, Report
from torch import Tensor, nn
from weights import looks_like_test, vector_of

from repoagent_indexers.ranking.weights import REPORT
from repoagent_indexers.ranking.word_scores import K1, MAX_TERMS, REPORT_WORDS
from repoagent_indexers.words import report_terms
from repoagent_indexers.words.report_terms import FEATURES, PLACES

BODY, NAME, FILE, PATH, STEM = (COLUMNS.index(name) for name in ("body", "name", "file", "path", "stem"))
EPOCHS, BATCH, RATE = 6, 16, 0.01
RIDGE, NEAR = 1e-3, 3e-3
"""Penalties: of the coefficients, and of weights of signals that leave what ships."""
WITHIN = 0.5
"""What choosing the right chunk counts against choosing the file."""


class Model(nn.Module):
    """What ships, until it is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.coefficients = nn.Parameter(torch.tensor(report_terms._COEFFICIENTS))
        self.intercepts = nn.Parameter(torch.tensor(report_terms._INTERCEPTS))
        self.mean, self.spread = torch.zeros(len(FEATURES)), torch.ones(len(FEATURES))
        """Of the features, which are brought to one scale while the coefficients are fitted."""
        self.shipped = torch.tensor(vector_of(REPORT), dtype=torch.float32)
        self.weights = nn.Parameter(self.shipped.clone())

    def start_anew(self, found: Sequence[Report]) -> None:
        """Let no term count otherwise than `understand` says, and learn the scale of the features."""
        features = torch.cat([torch.from_numpy(report.features) for report in found])
        self.mean, self.spread = features.mean(0), features.std(0) + 1e-6
        nn.init.zeros_(self.coefficients)
        nn.init.zeros_(self.intercepts)

    def forward(self, report: Report) -> Tensor:
        """(n,) scores of chunks; what `Scene.signals` and `Weights` do."""
        signals = torch.from_numpy(report.signals)
        if not len(report.weight):
            return signals @ self.weights
        features = (torch.from_numpy(report.features) - self.mean) / self.spread
        limit = report_terms._LIMIT
        factors = torch.exp((features @ self.coefficients + self.intercepts).clamp(-limit, limit))
        weight = torch.from_numpy(report.weight)
        chunk_rarity, file_rarity, path_rarity = torch.from_numpy(report.rarity).T
        for_bodies = best(weight * factors[:, 0] * chunk_rarity, MAX_TERMS)
        for_files = best(weight * factors[:, 1] * chunk_rarity, REPORT_WORDS.n_file_terms) * file_rarity / chunk_rarity
        chunk, term, in_body, in_name = torch.from_numpy(report.places.astype(np.int64))
        k1, b = REPORT_WORDS.k1, REPORT_WORDS.b  # not fitted: what suits ranking best, b 0.2, costs small packs
        norm = (1 - b + b * torch.from_numpy(report.length))[chunk]
        told = for_bodies[term]

        def by_chunk(values: Tensor) -> Tensor:
            return torch.zeros(len(report.length)).index_add(0, chunk, values)

        signals = signals.clone()
        signals[:, BODY] = relative(by_chunk(told * saturated(in_body / norm, k1)))
        signals[:, NAME] = relative(by_chunk(told * saturated(3.0 * in_name, K1)))
        file = torch.from_numpy(report.file)
        signals[:, FILE] = relative(saturated(torch.from_numpy(report.in_files), K1) @ for_files)[file]
        subject = torch.from_numpy(report.is_subject.astype(np.float32))
        if subject.any():
            for_paths = weight * factors[:, 2] * subject * path_rarity
            signals[:, PATH] = (torch.from_numpy(report.in_paths.astype(np.float32)) @ for_paths / for_paths.sum())[
                file
            ]
            signals[:, STEM] = (torch.from_numpy(report.in_stems) @ (factors[:, 3] * subject))[file]
        return signals @ self.weights

    def scores(self, report: Report) -> np.ndarray:
        with torch.no_grad():
            return self(report).numpy()

    def __str__(self) -> str:
        """What to put into `report_terms.py` and `weights.py`."""
        scale = self.coefficients.detach() / self.spread[:, None]
        intercepts = (self.intercepts.detach() - self.mean @ scale).tolist()
        rows = [
            f"    ({', '.join(f'{value:.2f}' for value in row)}),  # {name}"
            for name, row in zip(FEATURES, scale.tolist(), strict=True)
        ]
        weights = self.weights.tolist()
        pairs = ", ".join(f"{name}={weight:.2f}" for name, weight in zip(COLUMNS, weights, strict=False))
        roles = ", ".join(f"{weight:.2f}" for weight in weights[len(COLUMNS) :])
        return "\n".join([
            f"{', '.join(PLACES)}:", *rows, f"    ({', '.join(f'{value:.2f}' for value in intercepts)}),",
            f"{pairs}\nroles=(0.0, {roles})",
        ])  # fmt: skip


def best(values: Tensor, most: int) -> Tensor:
    """The largest values, and 0 for the others."""
    if len(values) <= most:
        return values
    kept = torch.zeros(len(values))
    kept[torch.argsort(-values.detach(), stable=True)[:most]] = 1
    return values * kept


def saturated(frequency: Tensor, k1: Tensor | float) -> Tensor:
    return frequency * (k1 + 1) / (k1 + frequency)


def relative(values: Tensor) -> Tensor:
    return values / values.max().clamp(min=1e-6)


def trained(found: Sequence[Report], seed: int = 0) -> Model:
    """A model fitted to reports: Adam, each batch a few of them, the rate going down to nothing."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model, chance = Model(), random.Random(seed)
    model.start_anew(found)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    n_steps = max(1, EPOCHS * (len(found) // BATCH))
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1 - step / n_steps))
    order = list(range(len(found)))
    for _ in range(EPOCHS):
        chance.shuffle(order)
        for start in range(0, len(order) - BATCH + 1, BATCH):
            losses = [loss(found[place], model(found[place])) for place in order[start : start + BATCH]]
            losses = [one for one in losses if one is not None]
            ridge = RIDGE * (model.coefficients**2).sum() + NEAR * ((model.weights - model.shipped) ** 2).sum()
            optimiser.zero_grad()
            (sum(losses) / max(1, len(losses)) + ridge).backward()
            optimiser.step()
            rate.step()
    return model


def loss(report: Report, scores: Tensor) -> Tensor | None:
    """How unlikely the right files and chunks are; None where none is among the candidates."""
    right = np.array([path in report.targets for path in report.files])
    if not right.any():
        return None
    best_of = torch.full((len(report.files),), -1e4).scatter_reduce(0, torch.from_numpy(report.file), scores, "amax")
    counts = torch.from_numpy(right | ~np.array([looks_like_test(path) for path in report.files]))
    shares = torch.log_softmax(torch.where(counts, best_of, torch.tensor(-1e4)), 0)
    total = -shares[torch.from_numpy(right)].mean()
    for number in np.flatnonzero(right):
        inside = np.flatnonzero(report.file == number)
        sought = report.right[inside]
        if 0 < sought.sum() < len(inside):
            shares = torch.log_softmax(scores[torch.from_numpy(inside)], 0)
            total = total - WITHIN * shares[torch.from_numpy(sought)].mean() / right.sum()
    return total
