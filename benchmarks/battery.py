#!/usr/bin/env python3
"""Whether the index ever says something wrong: the tests of the store and of updates, as often as it takes to know.

    battery.py [--kills 200] [--corruptions 500] [--disks 50] [--rounds 40] [--sequences 100]

Each row is a test of tests/ with another count: it compares every answer after the accident with the right one, byte
for byte, and fails at the first that differs. So "0 wrong" is what a row that passed means.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"


@dataclass(frozen=True)
class Row:
    """One accident."""

    what: str
    count: int
    test: str
    variables: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--corruptions", type=int, default=500)
    parser.add_argument("--disks", type=int, default=50, help="amounts of free disk, each of two kinds")
    parser.add_argument("--rounds", type=int, default=40, help="updates of each of 2 writers, beside 10 readers")
    parser.add_argument("--sequences", type=int, default=100, help="of random work in a repository")
    parser.add_argument("--steps", type=int, default=12, help="of each sequence")
    parser.add_argument("--only", help="rows whose name contains this")
    options = parser.parse_args()
    n = options
    store, along = "test_store.py", "test_update.py"
    rows = [
        Row("kill -9 during an update", n.kills, f"{store}::test_kill_at_any_moment", {"KILLS": n.kills}),
        Row("bits flipped, pages lost or swapped", n.corruptions, f"{store}::test_damage_is_never_an_answer",
            {"CORRUPTIONS": n.corruptions}),
        Row("updates by 2 writers beside 10 readers", 2 * n.rounds, f"{store}::test_writers_and_readers_at_once",
            {"ROUNDS": n.rounds}),
        Row("file size limits during an update", n.disks, f"{store}::test_a_full_disk_costs_nothing_but_the_update",
            {"DISKS": n.disks}),
        Row("small disks", n.disks, f"{store}::test_a_small_disk", {"DISKS": n.disks}),
        Row(f"sequences of {n.steps} random steps", n.sequences,
            f"{along}::test_going_along_equals_building_from_nothing", {"EXAMPLES": n.sequences, "STEPS": n.steps}),
    ]  # fmt: skip
    rows = [row for row in rows if not n.only or n.only in row.what]
    print("| accident | times | wrong or mixed answers | s |\n|---|---:|---:|---:|", flush=True)
    failed = [row.what for row in rows if not _holds(row)]
    sys.exit(1 if failed else 0)


def _holds(row: Row) -> bool:
    """Run one row and print it; whether every answer was right."""
    began = time.monotonic()
    variables = {f"REPOAGENT_{name}": str(value) for name, value in row.variables.items()}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-rs", "--no-header", str(TESTS / row.test)],
        cwd=TESTS.parent,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    skipped = "skipped" in done.stdout.splitlines()[-1] if done.stdout else False
    said = "not run here" if skipped else "0" if done.returncode == 0 else "FAILED"
    print(f"| {row.what} | {row.count} | {said} | {time.monotonic() - began:.0f} |", flush=True)
    if said == "FAILED":
        print(done.stdout[-3000:], file=sys.stderr)
    return said != "FAILED"


if __name__ == "__main__":
    main()
