"""All that these programs know of repoagent: its command line, its JSON and its Python API."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

INDEX = ("index",)
ASK = ("ask", "--brief", "--json")
SEARCH = ("search", "--json", "-n", "10")
MAP = ("map", "--budget")
VERSION = ("--version",)

DONE = (0, 1)
"""Exit codes of a command that did its work: 1 is "nothing found"."""


class Place(NamedTuple):
    """A piece of a file; lines are 1-based and inclusive, 0 when not said."""

    path: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.path}:{self.start}-{self.end}" if self.start else self.path


def command() -> list[str]:
    """The program as a user starts it: $REPOAGENT, else the script beside this interpreter, else the one on PATH."""
    if given := os.environ.get("REPOAGENT"):
        return shlex.split(given)
    beside = Path(sys.executable).with_name("repoagent")
    found = str(beside) if beside.exists() else shutil.which("repoagent")
    if not found:
        sys.exit("repoagent is not installed: `pip install -e .` in this interpreter's environment, or set REPOAGENT")
    return [found]


def environment(home: Path) -> dict[str, str]:
    """The user's environment with the index under `home`, no decoration, and modules kept compiled as by pip."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "REPOAGENT_HOME": str(home), "NO_COLOR": "1"}


def run(arguments: tuple[str, ...], checkout: Path, home: Path) -> str:
    """Standard output of one command run inside `checkout`; ends the program when the command fails."""
    line = [*command(), *arguments]
    done = subprocess.run(line, cwd=checkout, env=environment(home), capture_output=True, text=True, check=False)
    if done.returncode not in DONE:
        sys.exit(f"{shlex.join(line)} in {checkout}: exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def import_all() -> None:
    """Import all commands and most of what they use, so that copies of this process need not."""
    import faiss  # noqa: F401

    import repoagent.change
    import repoagent.doctor
    import repoagent.hook
    import repoagent.map_page
    import repoagent.render
    import repoagent.session
    from repoagent.commands.program import _MODULES, cli
    from repoagent_agents import brief, rename, review  # noqa: F401
    from repoagent_agents.packing import pack  # noqa: F401
    from repoagent_indexers.indexing import index  # noqa: F401
    from repoagent_indexers.resolve import graph  # noqa: F401

    for name in _MODULES:
        cli.get_command(None, name)
    repoagent.doctor.examine(".")  # and all grammars


def run_here(arguments: Sequence[str]) -> int:
    """The exit code of the program, run in this process; its streams are flushed."""
    from repoagent.cli import main

    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def version(home: Path) -> str:
    """What the command says of itself."""
    return run(VERSION, Path.cwd(), home).strip()


def indexed_bytes(checkout: Path, home: Path) -> int:
    """Size of the files whose text is in the index."""
    status: dict[str, Any] = json.loads(run(("index", "--status", "--json"), checkout, home))
    return int(status["source_bytes"])


def ask(question: str, checkout: Path, home: Path) -> list[Place]:
    """The sources of the brief for a question, in their order."""
    answer = json.loads(run((*ASK, question), checkout, home))
    return [_place(source) for source in answer["sources"]]


def review(checkout: Path, home: Path) -> list[dict[str, Any]]:
    """The findings on what is staged."""
    found: list[dict[str, Any]] = json.loads(run(("review", "--json"), checkout, home))["findings"]
    return found


def open_repository(checkout: Path, home: Path, question: str = "") -> Any:
    """`repoagent.open`, with the index under `home`; for one question alone, if it is given and much must be read."""
    os.environ["REPOAGENT_HOME"] = str(home)
    import repoagent  # after the environment is set

    return repoagent.open(str(checkout), question=question)


def search(repository: Any, question: str, limit: int, root: str = "") -> list[Any]:
    """The hits of `Repository.search`, best first, below `root` only."""
    return list(repository.search(question, limit=limit, **({"roots": [root]} if root else {})))


def packed(repository: Any, question: str, budget: int) -> list[Place]:
    """What a pack of so many tokens shows in full."""
    pieces = repository.pack(question, budget).pieces
    return [place_of(piece) for piece in pieces if piece.level in {"full", "part"}]


def place_of(hit: Any) -> Place:
    """Where a hit or a piece of a pack lies."""
    return Place(hit.span.path, hit.span.start_line, hit.span.end_line)


def symbol_of(hit: Any) -> tuple[str, Place] | None:
    """The qualified name and the place of the definition that a hit belongs to."""
    if hit.symbol is None:
        return None
    span = hit.symbol.span
    return hit.symbol.qualified_name, Place(span.path, span.start_line, span.end_line)


def count_tokens(text: str) -> int:
    """What packs and maps count with when no tokenizer is named."""
    from repoagent_indexers.words.tokens import estimate

    return estimate(text)


def parsed_language(path: str, content: bytes) -> str:
    """The language whose grammar the indexer reads this file with; "" when it parses nothing in it."""
    from repoagent_indexers.indexing.draft import is_minified
    from repoagent_indexers.indexing.index import MAX_FILE
    from repoagent_indexers.languages import LANGUAGES, language_of

    language = LANGUAGES.get(language_of(path, content))
    skipped = len(content) > MAX_FILE or b"\0" in content[:8000] or is_minified(content)
    return language.name if language is not None and language.is_code and not skipped else ""


def is_code(path: str) -> bool:
    """Whether the name of a file says that a grammar reads it."""
    return bool(parsed_language(path, b""))


def _place(source: dict[str, Any] | str) -> Place:
    if isinstance(source, dict):
        return Place(source["path"], source.get("start_line") or 0, source.get("end_line") or 0)
    path, _, lines = source.rpartition(":")
    first, _, last = lines.partition("-")
    return Place(path, int(first), int(last or first)) if first.isdigit() else Place(source, 0, 0)
