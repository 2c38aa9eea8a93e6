"""The rows of a data set, from the hub's data set server: JSON over HTTPS, a page at a time, no parquet to read.

    GET /rows?dataset=openai/openai_humaneval&config=openai_humaneval&split=test&offset=0&length=100
    {"rows": [{"row_idx": 0, "row": {...}, "truncated_cells": []}, ...], "num_rows_total": 164}

A row of which a cell is cut (`truncated_cells`) is never taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from repoagent_agents.evaluation.problems import Row
from repoagent_agents.models import http_client
from repoagent_agents.models.endpoint import endpoint_of
from repoagent_agents.models.refusal import HttpError
from repoagent_indexers.errors import EnvironmentFault, ModelError

SERVER = "https://datasets-server.huggingface.co"
_PAGE = 100
"""Rows; the server gives no more at once."""
_MOST = 5000
"""Rows; the largest data set here has 974."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a data set lies on the hub."""

    dataset: str
    config: str
    splits: tuple[str, ...]


HUMANEVAL = Location("openai/openai_humaneval", "openai_humaneval", ("test",))
HUMANEVALPACK = Location("bigcode/humanevalpack", "python", ("test",))
MBPP = Location("google-research-datasets/mbpp", "full", ("prompt", "test"))


def multipl_e(language: str) -> Location:
    """Where the translations of HumanEval into one language lie."""
    return Location("nuprl/MultiPL-E", f"humaneval-{language}", ("test",))


def fetch(location: Location, server: str, progress: Callable[[int, int], None]) -> list[Row]:
    """All rows of a data set. Raises EnvironmentFault when they cannot be had whole, UsageError for no address."""
    return [row for split in location.splits for row in _split(location, split, server, progress)]


def _split(location: Location, split: str, server: str, progress: Callable[[int, int], None]) -> list[Row]:
    rows: list[Row] = []
    total = 1
    while len(rows) < total:
        page = _page(location, split, len(rows), server)
        found, told = page.get("rows"), page.get("num_rows_total")
        if not isinstance(found, list) or not found or not isinstance(told, int) or told > _MOST:
            raise _unusable(location, "the server's answer is none that is known here")
        total = told
        for entry in found:
            row = entry.get("row") if isinstance(entry, Mapping) else None
            if not isinstance(row, dict) or entry.get("truncated_cells"):
                raise _unusable(location, "the server cuts long cells of it")
            rows.append(row)
        progress(len(rows), total)
    return rows


def _page(location: Location, split: str, offset: int, server: str) -> Mapping[str, Any]:
    asked = {"dataset": location.dataset, "config": location.config, "split": split, "offset": offset, "length": _PAGE}
    try:
        page = http_client.get_json(endpoint_of(server), f"/rows?{urlencode(asked)}", timeout_s=60)
    except HttpError as error:
        raise _unusable(location, f"{server} answers {error.status}") from None
    except ModelError as error:
        raise _unusable(location, " ".join(str(error).split())[:160]) from None
    return page if isinstance(page, dict) else {}


def _unusable(location: Location, why: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"{location.dataset} ({location.config}) cannot be had from the hub: {why}; download it and name it with --data"
    )
