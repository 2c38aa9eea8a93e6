#!/usr/bin/env python3
"""Holds the tags queries as the index asks them of a few files (languages/patterns.py) against tree-sitter's own.

    patterns.py CHECKOUT ... [--language NAME ...] [--files 200] [--show 2]

Of each language so many files are drawn; each is asked as it is and with eight bytes cut out. All matches must be the
same, as often as they are found. Printed are CPU times as well: what a query takes to be compiled and to be read as it
is written, in ms, and what it then takes for a node, in microseconds.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from passed_over import files
from tree_sitter import Parser, Query, QueryCursor

from repoagent_indexers.languages import LANGUAGES, asked, grammar
from repoagent_indexers.languages.patterns import Match, Patterns

CUT = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--language", action="append", help="only this one (repeatable)")
    parser.add_argument("--files", type=int, default=200, help="of each language")
    parser.add_argument("--show", type=int, default=2, help="files that differ, at most, of each language")
    options = parser.parse_args()
    found: dict[str, list[tuple[Path, bytes]]] = defaultdict(list)
    for checkout in options.checkouts:
        for path, language, content in files(checkout):
            if LANGUAGES[language].is_code and (not options.language or language in options.language):
                found[language].append((path, content))
    print("| | files | with errors | nodes | matches | differ | compile | read | node, compiled | node, as written |")
    print("|---|" + "---:|" * 9)
    wrong = 0
    for language, some in sorted(found.items()):
        random.Random(1).shuffle(some)
        wrong += compared(language, some[: options.files], options.show)
    sys.exit(1 if wrong else 0)


def compared(language: str, some: Iterable[tuple[Path, bytes]], n_shown: int) -> int:
    """Print a row; how many trees differ."""
    clock = time.process_time
    n_files = n_errors = n_nodes = n_matches = n_wrong = 0
    spent: Counter[str] = Counter()
    ready: dict[str, tuple[Query, Patterns]] = {}
    for path, content in some:
        n_files += 1
        third = len(content) // 3
        for text in (content, content[:third] + content[third + CUT :]):
            root = Parser(grammar(language)).parse(text).root_node
            n_errors += root.has_error
            n_nodes += root.descendant_count
            is_same = True
            for one in asked(language, text):
                if one.text not in ready:
                    begun = clock()
                    query = Query(grammar(language), one.text)
                    between = clock()
                    ready[one.text] = query, Patterns(grammar(language), one.text)
                    spent.update(compile=between - begun, read=clock() - between)
                query, patterns = ready[one.text]
                begun = clock()
                expected = QueryCursor(query).matches(root)
                between = clock()
                given = patterns.matches(root)
                spent.update(compiled=between - begun, written=clock() - between)
                n_matches += len(expected)
                is_same = is_same and counted(expected) == counted(given)
            n_wrong += not is_same
            if not is_same and n_wrong <= n_shown:
                print(
                    f"differs: {path}{'' if text is content else f', {CUT} bytes cut out at {third}'}", file=sys.stderr
                )
    each = 1e6 / max(n_nodes, 1)
    print(
        f"| {language} | {n_files} | {n_errors} | {n_nodes} | {n_matches} | {n_wrong} "
        f"| {spent['compile'] * 1e3:.1f} | {spent['read'] * 1e3:.1f} "
        f"| {spent['compiled'] * each:.2f} | {spent['written'] * each:.2f} |",
        flush=True,
    )
    return n_wrong


def counted(matches: Iterable[Match]) -> Counter[tuple[object, ...]]:
    """Each match, as often as it was found."""
    return Counter(
        (number, *((name, *(node.id for node in nodes)) for name, nodes in captures.items()))
        for number, captures in matches
    )


if __name__ == "__main__":
    main()
