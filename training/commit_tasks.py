#!/usr/bin/env python3
"""Commits of training repositories -> tasks in the form of `localise`: message, and the files and lines it changed.

    commit_tasks.py --mirrors MIRRORS --never ../shared/bench/never-train-on.txt --out tasks.jsonl [--most 2500]
    weights.py capture --localise tasks.jsonl --mirrors MIRRORS --trees TREES --out signals.pkl

A second set to judge ranking on, of hundreds of repositories that no benchmark names. All tasks of a repository share
one work tree: that of the commit `BACK` before the recorded one. A later commit is a task when it changes one to five
source files, all of which are at its parent what they are in that work tree, so that its lines are those of the tree
and nothing of it is known there.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from checkouts import mirror_of
from product import is_code

from repoagent_indexers.roles import SOURCE, role_of

HERE = Path(__file__).parent
BACK = 220
"""First parents between the work tree and the recorded commit; less where the history is short."""
LEAST_COMMITS = 40
LARGEST = 6000
"""Files of a work tree."""
PER_REPOSITORY, LEAST = 12, 4
"""Tasks of one repository, and how many it must have to be taken."""
MAX_FILES, MAX_LINES = 5, 300
"""Of one commit: more is no single thing that a report asks for."""
SHORT = 160
"""Letters; longer messages are taken first, for they read as reports do."""
_DULL = re.compile(
    r"(?:merge|bump|release|version|changelog|update (?:readme|changelog)|prepare|revert|\[?ci\]?|docs?[:(]|chore"
    r"|style[:(]|tests?[:(]|typo|lint|format)",
    re.IGNORECASE,
)
_TRAILER = re.compile(r"^(?:Signed-off-by|Co-authored-by|Reviewed-by|Change-Id|git-svn-id|PiperOrigin-RevId):.*$", re.M)
_OLD = re.compile(r"^--- (?:a/)?(.+)$", re.M)
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+", re.M)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--never", type=Path, required=True, help="names of repositories that must not be used")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=2500, help="tasks")
    options = parser.parse_args()
    never = set(options.never.read_text("utf-8").lower().split())
    rows = json.loads((HERE / "repositories.json").read_text("utf-8"))
    random.Random(9).shuffle(rows)
    n = n_repositories = 0
    with options.out.open("w", encoding="utf-8") as out:
        for row in rows:
            mirror = mirror_of(options.mirrors, row["repo"])
            if row["repo"].lower() in never or not mirror.is_dir() or n >= options.most:
                continue
            found = chosen(row["repo"], list(tasks(mirror, row["repo"], row["commit"])))
            out.writelines(json.dumps(task) + "\n" for task in found)
            n, n_repositories = n + len(found), n_repositories + bool(found)
    print(f"{n} tasks of {n_repositories} repositories in {options.out}")


def chosen(repository: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most `PER_REPOSITORY` of a repository's tasks, long messages first, the same at every run."""
    if len(found) < LEAST:
        return []
    random.Random(repository).shuffle(found)
    return sorted(found, key=lambda task: len(task["query"]) <= SHORT)[:PER_REPOSITORY]


def tasks(mirror: Path, repository: str, head: str) -> Iterator[dict[str, Any]]:
    """Every commit after the work tree's that can be a task, oldest first."""
    log = git(mirror, "log", "--first-parent", "--no-merges", "-n", str(2 * BACK), "--format=%x01%H%x02%B", head)
    commits = [entry.split("\2", 1) for entry in log.split("\1")[1:]]
    if len(commits) < LEAST_COMMITS:
        return
    back = min(BACK, int(len(commits) * 0.7))
    base = commits[back - 1][0]
    tree = {}
    for line in git(mirror, "ls-tree", "-r", "-z", base).split("\0")[:-1]:
        about, path = line.split("\t", 1)
        tree[path] = about.split()[2]
    if len(tree) > LARGEST:
        return
    for commit, text in reversed(commits[: back - 1]):
        message = _TRAILER.sub("", text).strip()
        if len(message) < 25 or _DULL.match(message):
            continue
        files = changed(mirror, commit, tree)
        spans = places(mirror, commit, files) if 1 <= len(files) <= MAX_FILES else []
        if spans and sum(span["end"] - span["start"] + 1 for span in spans) <= MAX_LINES:
            yield {
                "id": f"{repository.replace('/', '__')}@{commit[:10]}",
                "repo": repository,
                "mirror": repository,
                "commit": base,
                "query": message[:8000],
                "gold_files": files,
                "gold_symbols": [],
                "gold_spans": spans,
                "language": "",
                "source": "training-commit",
            }


def changed(mirror: Path, commit: str, tree: dict[str, str]) -> list[str]:
    """The source files that a commit changes; none when one is new or gone, or not yet what it is in the tree."""
    raw = git(mirror, "diff-tree", "-r", "-z", "--no-commit-id", "--raw", "--no-abbrev", "--no-renames", commit)
    fields = raw.split("\0")[:-1]
    paths = []
    for about, path in zip(fields[0::2], fields[1::2], strict=True):
        if is_code(path) and role_of(path) == SOURCE:
            *_, old, _, status = about.split()
            if status != "M" or tree.get(path) != old:
                return []
            paths.append(path)
    return paths


def places(mirror: Path, commit: str, files: list[str]) -> list[dict[str, Any]]:
    """The lines of the parent that a commit changes in some files; the line before where it only adds."""
    diff = git(mirror, "diff", "-U0", "--no-renames", "--no-ext-diff", f"{commit}^", commit, "--", *files)
    found = []
    for part in re.split(r"^diff --git ", diff, flags=re.M)[1:]:
        path = _OLD.search(part)
        for hunk in _HUNK.finditer(part) if path else ():
            first, n = int(hunk[1]), int(hunk[2] or 1)
            found.append({"path": path[1], "start": max(1, first), "end": max(1, first + max(n, 1) - 1)})
    return [place for place in found if place["path"] in files]


def git(mirror: Path, *arguments: str) -> str:
    """Standard output of git in a bare repository."""
    line = ["git", "--git-dir", str(mirror), *arguments]
    return subprocess.run(line, capture_output=True, check=True).stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
