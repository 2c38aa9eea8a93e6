"""Find what a question is about, and print a pack of it that fits into so many tokens.

python examples/search_and_pack.py PATH "how are sessions signed?" 4000
"""

from __future__ import annotations

import sys

import repoagent


def main(path: str, question: str, budget: str = "4000") -> None:
    """Hits to standard error, the pack to standard output."""
    with repoagent.open(path) as repo:
        for hit in repo.search(question, limit=5):
            name = hit.symbol.qualified_name if hit.symbol else ""
            print(f"{hit.score:6.3f}  {hit.span}  {name}", file=sys.stderr)
        print(repo.pack(question, int(budget)).text, end="")


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit(str(__doc__).splitlines()[2])
    try:
        main(*sys.argv[1:4])
    except repoagent.RepoAgentError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
