#!/usr/bin/env python3
"""Holds what the index reads of files, without the bodies that define nothing, against the same files read as a whole.

    passed_over.py CHECKOUT ... [--language NAME ...] [--show 3] [--max-mb 40]

Symbols (name, kind, scope, signature, documentation, span) and imports must be the same. A file that differs although
its grammar reads the whole of it without an error counts against the index; where there is an error the two may
differ, since bodies that are not read cannot be misread. References inside of bodies are told by the words around
them: printed is which share of those that the tree gives is found, and how many of these are of the same kind.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from repoagent_indexers.languages import language_of
from repoagent_indexers.languages.braces import BRACES
from repoagent_indexers.reading import reader
from repoagent_indexers.reading.charsets import read_text
from repoagent_indexers.reading.facts import IMPORT_WIDTH, REFERENCE_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.parse import extract

LANGUAGES = [*BRACES, "python", "ruby"]
BATCH = 256 << 10
MAX_FILE = 2 << 20
File = tuple[Path, str, bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--language", action="append", choices=LANGUAGES, help="only this one (repeatable)")
    parser.add_argument("--show", type=int, default=3, help="files that differ, at most, of each language")
    parser.add_argument("--max-mb", type=float, default=40, help="of each language in each checkout")
    options = parser.parse_args()
    languages = options.language or LANGUAGES
    print(
        "| | language | files | MB | passed over | with errors | differ | without errors | references | found | kind |"
    )
    print("|---|---|" + "---:|" * 9)
    wrong = 0
    for checkout in options.checkouts:
        found: dict[str, list[File]] = defaultdict(list)
        sizes: Counter[str] = Counter()
        for path, language, content in files(checkout):
            if language in languages and sizes[language] < options.max_mb * 1e6:
                found[language].append((path, language, content))
                sizes[language] += len(content)
        for language, some in sorted(found.items()):
            wrong += compared(checkout.name, language, some, options.show)
    sys.exit(1 if wrong else 0)


def files(checkout: Path) -> Iterator[File]:
    """The code files of a checkout, in UTF-8."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True).stdout
    for name in listed.decode("utf-8", "surrogateescape").split("\0"):
        path = checkout / name
        if not name or path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_FILE:
            continue
        text = read_text(path.read_bytes(), lambda: "")
        if text:
            yield path, language_of(name, text[0]), text[0]


def compared(name: str, language: str, some: list[File], show: int) -> int:
    """Print a row; how many files differ that the grammar reads without an error."""
    n = Counter[str]()
    shown = 0
    for batch in batches(some):
        known = reader.Known()
        page = reader.page([(language, content, "") for _, language, content in batch], known, skim=True)
        readings, _ = reader.read(page, [page.outline(at) for at in range(len(batch))], known)
        for at, (path, _, content) in enumerate(batch):
            n["bytes"] += len(content)
            whole, read = extract(language, content), Facts.from_bytes(readings[at].facts)
            n["errors"] += bool(whole.errors)
            if at in page.passed:
                n["passed"] += len(content) - len(page.passed[at].content.replace(b" ", b"")) - content.count(b" ")
            same = outline(whole) == outline(read)
            n["differ"] += not same
            n["wrong"] += not same and not whole.errors
            if not same and not whole.errors and shown < show:
                shown += 1
                print(f"{path}: {sorted(outline(whole) ^ outline(read))[:4]}", file=sys.stderr)
            uses, told = references(whole), references(read)
            n["uses"] += len(uses)
            n["told"] += len(uses.keys() & told.keys())
            n["kind"] += sum(told.get(place) == kind for place, kind in uses.items())
    print(
        f"| {name} | {language} | {len(some)} | {n['bytes'] / 1e6:.1f} | {n['passed'] / max(1, n['bytes']):.0%} "
        f"| {n['errors']} | {n['differ']} | {n['wrong']} | {n['uses']} | {n['told'] / max(1, n['uses']):.1%} "
        f"| {n['kind'] / max(1, n['told']):.1%} |",
        flush=True,
    )
    return n["wrong"]


def batches(some: list[File]) -> Iterator[list[File]]:
    """Files, about `BATCH` bytes at once."""
    batch: list[File] = []
    size = 0
    for file in some:
        batch.append(file)
        size += len(file[2])
        if size > BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def outline(facts: Facts) -> set[tuple[object, ...]]:
    """Symbols and imports; positions of parents among the symbols are left to the qualified names."""
    rows, text = facts.symbols, facts.strings
    symbols = {
        (
            rows[at],
            facts.qualified_name(at // SYMBOL_WIDTH),
            text[rows[at + 3]],
            text[rows[at + 4]],
            *rows[at + 6 : at + 12],
        )
        for at in range(0, len(rows), SYMBOL_WIDTH)
    }
    rows = facts.imports
    imports = {
        (*(text[number] for number in rows[at : at + 3]), rows[at + 3]) for at in range(0, len(rows), IMPORT_WIDTH)
    }
    return {("symbol", *row) for row in symbols} | {("import", *row) for row in imports}


def references(facts: Facts) -> dict[int, int]:
    """Where each stands -> its kind."""
    return dict(zip(facts.references[4::REFERENCE_WIDTH], facts.references[0::REFERENCE_WIDTH], strict=True))


if __name__ == "__main__":
    main()
