"""Where the data sets come from: a file that the user names, else the hub, kept for the next time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from repoagent_agents.evaluation import hub, problems
from repoagent_agents.evaluation.problems import Problems, Row
from repoagent_indexers.errors import UsageError
from repoagent_indexers.indexing.index import index_home
from repoagent_indexers.whole_file import write_whole

Progress = Callable[[int, int], None]

_SERVER = "REPOAGENT_DATASETS_URL"
"""Another data set server than the hub's own."""
_READERS = {"humaneval": problems.humaneval, "mbpp": problems.mbpp, "multipl-e": problems.multipl_e}
_LOCATIONS = {"humaneval": hub.HUMANEVAL, "mbpp": hub.MBPP}
KNOWN = {"humaneval": "ed9848c54a4aab05"}
"""Digest of a whole data set as its authors published it."""


def load(
    benchmark: str, data: Path | None, progress: Progress, *, languages: Sequence[str] = (), packed: bool = False
) -> Problems:
    """The problems of a benchmark; of MultiPL-E those in the given languages, of HumanEval with `packed` those of
    HumanEvalPack.

    Raises UsageError for data that cannot be used, EnvironmentFault when the hub does not give it.
    """
    if data is not None:
        rows = problems.read_rows(data)
    elif benchmark == "multipl-e":
        rows = [row for language in languages for row in _from_hub(hub.multipl_e(language), progress)]
    else:
        rows = _from_hub(hub.HUMANEVALPACK if packed else _LOCATIONS[benchmark], progress)
    read = problems.humanevalpack(rows) if packed else _READERS[benchmark](rows)
    if benchmark != "multipl-e":
        return read
    chosen = tuple(problem for problem in read.problems if problem.language in languages)
    for language in languages:
        if not any(problem.language == language for problem in chosen):
            raise UsageError(f"MultiPL-E: the data holds no problem in {language}; name its file with --data")
    return Problems(chosen, read.digest)


def _from_hub(location: hub.Location, progress: Progress) -> list[Row]:
    kept = index_home() / "datasets" / f"{location.dataset.replace('/', '--')}--{location.config}.jsonl"
    if kept.is_file():
        return problems.read_rows(kept)
    server = os.environ.get(_SERVER) or hub.SERVER
    if not server.startswith(("http://", "https://")):
        raise UsageError(f"{_SERVER} is no address; set it like {hub.SERVER}")
    rows = hub.fetch(location, server, progress)
    with suppress(OSError):  # fetched again next time
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, "".join(f"{json.dumps(row)}\n" for row in rows).encode())
    return rows
