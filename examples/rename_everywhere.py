"""Rename a definition and its uses everywhere, try the change in a sandboxed copy, then make it.

    python examples/rename_everywhere.py PATH OLD NEW [--apply [--commit MESSAGE]] [-- COMMAND ...]

Without --apply nothing is written: the diff is shown, and COMMAND, if any, is run on a scratch copy with the change.
"""

from __future__ import annotations

import argparse
import sys

import repoagent


def main() -> int:
    """Plan, show, verify, apply."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("old", help="a name, a qualified name, or path:line")
    parser.add_argument("new")
    parser.add_argument("--apply", action="store_true")
    parser.add_argument("--commit", metavar="MESSAGE", help="with --apply: commit what was changed, and nothing else")
    parser.add_argument("command", nargs="*", help="what must pass with the change, for example: -- pytest -q")
    asked = parser.parse_args()

    with repoagent.open(asked.path) as repo:
        change = repo.rename(asked.old, asked.new)
        print(change.diff(), end="")
        for note in (*change.notes, *(f"left alone: {place}" for place in change.skipped)):
            print(f"# {note}")
        if asked.command:
            verified = change.verify(asked.command)
            print(f"# {' '.join(asked.command)}: {'passes' if verified.ok else 'fails'} with the change")
            if not verified.ok:
                print(verified.output, file=sys.stderr)
                return 6
        if asked.apply:
            change.apply(allow=list(change.needs))
            print(f"# changed {len(change.files)} files; `repoagent undo` takes it back")
            if asked.commit:
                with repo.repository.gitpython() as repository:
                    repository.git.commit("-m", asked.commit, "--only", "--", *change.files)
                    print(f"# commit {repository.head.commit.hexsha[:10]}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except repoagent.RepoAgentError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
