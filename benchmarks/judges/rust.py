"""rust-analyzer, for Rust."""

from __future__ import annotations

import argparse
import functools
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judges.verdict import Verdict, characters, rows_of, tracked

_RUST_LOCALS = frozenset("variable parameter typeParameter constParameter lifetime label selfKeyword".split())
_RUST_NAMES = _RUST_LOCALS - {"lifetime", "label", "selfKeyword"} | frozenset(
    "function method struct enum enumMember union typeAlias interface macro const static property namespace".split()
)


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but keywords, as rust-analyzer goes to their definitions; it also says what is a local.

    A module that is a file is where `mod name;` stands. Crates are read as their manifests say, with all features;
    packages that are not in the repository are unknown.
    """
    from judges.lsp import LanguageServer
    from judges.rust_project import rust_project

    if options.rust_src is None:
        sys.exit("--rust-src: name the folder `library` of Rust's sources (Debian: the package rust-src)")
    project = rust_project(root, tracked(root, ("Cargo.toml",)), options.rust_src)
    settings = {
        "linkedProjects": [project], "cachePriming": {"enable": False}, "checkOnSave": False,
        "procMacro": {"enable": False}, "cargo": {"buildScripts": {"enable": False}},
    }  # fmt: skip
    paths = [path for path in tracked(root, (".rs",)) if path.startswith(options.only)]
    with LanguageServer([options.rust_analyzer], root, settings, is_ready=_is_quiescent) as judge:
        tokens: dict[str, dict[tuple[int, int], Any]] = {}

        def known(path: str) -> dict[tuple[int, int], Any]:
            if path not in tokens:
                judge.open(path, "rust")
                tokens[path] = {(token.line, token.column): token for token in judge.tokens(path)}
            return tokens[path]

        modules = [
            (path, token.line, token.column) for path in paths for token in known(path).values()
            if token.kind == "namespace" and "declaration" in token.modifiers
        ]  # fmt: skip

        @functools.cache
        def declared(file: str) -> list[tuple[str, int, int]]:
            """Where `mod name;` stands that brings in a file."""
            stem = Path(file).parent.name if Path(file).stem == "mod" else Path(file).stem
            named = [each for each in modules if _text(root, *each, len(stem)) == stem]
            return [each for each in named if (file, 0, 0) in judge.definitions(*each)]

        uses = [
            (path, token) for path in paths for token in known(path).values()
            if token.kind in _RUST_NAMES and "declaration" not in token.modifiers
            and _text(root, path, token.line, token.column, token.length).isidentifier()
        ]  # fmt: skip
        chosen = random.Random(options.seed).sample(uses, min(options.n, len(uses)))
        for path, token in sorted(chosen, key=lambda use: (use[0], use[1].line, use[1].column)):
            name = _text(root, path, token.line, token.column, token.length)
            found = set()
            for where, line, units in judge.definitions(path, token.line, token.column):
                is_inside = not Path(where).is_absolute()
                is_file = is_inside and _text(root, where, line, units, len(name)) != name and line == units == 0
                found.update(declared(where) if is_file else ())
                found.add((where, -1 if is_file else line, units))
            inside = [
                each for each in found if not Path(each[0]).is_absolute()
                and (token_there := known(each[0]).get(each[1:])) is not None and token_there.kind in _RUST_NAMES
            ]  # fmt: skip
            targets, others = (
                frozenset(
                    (where, line + 1, characters(root / where, line, units))
                    for where, line, units in inside
                    if (known(where)[line, units].kind in _RUST_LOCALS) == is_local
                )
                for is_local in (False, True)
            )
            spot = (path, token.line + 1, characters(root / path, token.line, token.column))
            if spot not in targets | others:
                yield Verdict(spot, name, targets, others, bool(found) and not targets)


def _text(root: Path, path: str, line: int, units: int, length: int) -> str:
    """What stands at a place given in UTF-16 units, which are what language servers count."""
    rows = rows_of(root / path)
    whole = rows[line] if line < len(rows) else ""
    return whole.encode("utf-16-le")[2 * units : 2 * (units + length)].decode("utf-16-le", "replace")


def _is_quiescent(message: dict[str, Any]) -> bool:
    """Whether rust-analyzer says that it has read the workspace."""
    return message.get("method") == "experimental/serverStatus" and message["params"]["quiescent"]
