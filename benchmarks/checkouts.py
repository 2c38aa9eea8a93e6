#!/usr/bin/env python3
"""Checks the repositories of the benchmarks out at the commits that `repositories.json` records.

    checkouts.py --list                                  what to fetch: github:owner/name, commit and language
    checkouts.py --mirrors DIR --out CORPUS [--repo NAME ...]

A mirror is any git repository at DIR/OWNER+NAME/repo. Each becomes CORPUS/NAME: a real repository that borrows the
mirror's objects, with one branch at the recorded commit, nothing newer in reach and a clean work tree.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--mirrors", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--repo", action="append", help="only this one (repeatable)")
    options = parser.parse_args()
    rows = [row for row in repositories() if not options.repo or row["name"] in options.repo]
    if options.list:
        for row in rows:
            print(row["fetch"], row["commit"], row["language"], row["name"], sep="\t")
        return
    if not (options.mirrors and options.out):
        parser.error("--mirrors and --out, or --list")
    problems = 0
    for row in rows:
        mirror = mirror_of(options.mirrors, row["fetch"])
        if not has_commit(mirror, row["commit"]):
            print(f"missing  {row['name']}: {mirror} has no commit {row['commit'][:12]}; fetch {row['fetch']} first")
            problems += 1
            continue
        at = options.out / row["name"]
        check_out(mirror, row["commit"], at)
        print(f"ok       {row['name']}: {row['commit'][:12]}, {len(git(at, 'ls-files').splitlines())} files")
    sys.exit(1 if problems else 0)


def repositories() -> list[dict[str, str]]:
    """The rows of repositories.json: name, fetch, commit, language."""
    rows: list[dict[str, str]] = json.loads((HERE / "repositories.json").read_text("utf-8"))
    return rows


def mirror_of(mirrors: Path, fetch: str) -> Path:
    """The git directory of a fetched repository."""
    at = mirrors / fetch.removeprefix("github:").replace("/", "+") / "repo"
    return at / ".git" if (at / ".git").is_dir() else at


def has_commit(mirror: Path, commit: str) -> bool:
    """Whether a mirror is there and holds the commit."""
    line = ["git", "--git-dir", str(mirror), "cat-file", "-e", f"{commit}^{{commit}}"]
    return mirror.is_dir() and subprocess.run(line, capture_output=True, check=False).returncode == 0


def check_out(mirror: Path, commit: str, at: Path) -> None:
    """Puts the work tree of `at` at `commit`, made on the first call and moved on later ones."""
    if not (at / ".git").is_dir():
        at.mkdir(parents=True, exist_ok=True)
        git(at, "init", "-q", "-b", "main", "--template=", ".")
        info = at / ".git" / "objects" / "info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "alternates").write_text(f"{(mirror / 'objects').resolve()}\n", "utf-8")
    git(at, "update-ref", "--no-deref", "refs/heads/main", commit)
    # large files that a mirror keeps elsewhere stay pointers; nothing that a repository configures is run
    plain = ("-c", "filter.lfs.smudge=", "-c", "filter.lfs.required=false")
    if subprocess.run(
        ["git", *plain, "reset", "-q", "--hard", commit], cwd=at, capture_output=True, check=False
    ).returncode:
        # a mirror can lack its largest files: check the rest out, and let git not miss them
        (at / ".git" / "index").unlink(missing_ok=True)  # what an earlier commit lacked is no matter here
        git(at, "read-tree", "--reset", commit)
        subprocess.run(["git", *plain, "checkout-index", "-afq"], cwd=at, capture_output=True, check=False)
        absent = git(at, "diff-files", "--name-only", "--diff-filter=D", "-z").split("\0")[:-1]
        git(at, "update-index", "--skip-worktree", "--", *absent)
        print(f"note     {at.name}: the mirror lacks {', '.join(absent)}", file=sys.stderr)
    git(at, "clean", "-q", "-ffdx")


def git(at: Path, *arguments: str) -> str:
    """Standard output of a git command in a work tree."""
    return subprocess.run(["git", *arguments], cwd=at, capture_output=True, check=True).stdout.decode(
        "utf-8", "surrogateescape"
    )


if __name__ == "__main__":
    main()
