#!/usr/bin/env python3
"""Whether `repoagent review` stays silent on commits that were made: each is staged on its parent and reviewed.

    silence.py MIRROR ... [--commits 20] [--json OUT]

A commit that somebody made and left in the history is taken for harmless. So a finding is a false alarm, until a person
has looked at it: each is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import product
from checkouts import git


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirrors", type=Path, nargs="+", metavar="MIRROR", help="a clone, bare or not")
    parser.add_argument("--commits", type=int, default=20, help="the newest so many of each that are no merges")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    print("| repository | commits | with a finding | slowest s |\n|---|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, mirror in enumerate(options.mirrors):
            row = looked_at(mirror, Path(folder, f"{number}"), options.commits)
            rows.append(row)
            print(f"| {row['name']} | {row['commits']} | {len(row['found'])} | {row['slowest_s']:.1f} |", flush=True)
    n_found = sum(len(row["found"]) for row in rows)
    print(f"| all | {sum(row['commits'] for row in rows)} | {n_found} | |")
    for row in rows:
        for commit, findings in row["found"].items():
            for one in findings:
                print(f"{row['name']} {commit[:10]} {one['path']}:{one['start_line']}: {one['severity']}: "
                      f"{one['message']} [{one['rule']}]", file=sys.stderr)  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), "utf-8")


def looked_at(mirror: Path, place: Path, n: int) -> dict[str, Any]:
    """The findings on the newest commits of one repository."""
    tree, home = place / "tree", place / "home"
    place.mkdir()
    git(place, "clone", "-q", "--shared", str(mirror.resolve()), str(tree))
    name = mirror.parent.name.partition("+")[2] if mirror.name in {"repo", ".git"} else mirror.name
    row: dict[str, Any] = {"name": name, "commits": 0, "slowest_s": 0.0, "found": {}}
    for commit in git(tree, "rev-list", "--no-merges", f"--max-count={n}", "HEAD").split():
        try:
            git(tree, "checkout", "-qf", "--detach", commit)
            git(tree, "reset", "-q", "--soft", f"{commit}~1")
        except CalledProcessError:  # the first commit; or a clone that lacks a blob
            continue
        began = time.monotonic()
        findings = product.review(tree, home)
        row["slowest_s"] = max(row["slowest_s"], time.monotonic() - began)
        row["commits"] += 1
        if findings:
            row["found"][commit] = findings
    return row


if __name__ == "__main__":
    main()
