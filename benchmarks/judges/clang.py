"""libclang, for C and C++."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judges.verdict import Spot, Verdict, inside, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names in a sample of source files, as libclang refers them; macros by their expansions.

    Files that do not compile here are left out. Counted are the definitions whose name
    stands in the text: what a macro spells is nowhere to point at.
    """
    from clang import cindex

    suffixes = (".c",) if options.language == "c" else (".cpp", ".cc", ".cxx")
    sources = [path for path in tracked(root, suffixes) if not options.only or path.startswith(options.only)]
    random.Random(options.seed).shuffle(sources)
    flags = [*options.flags.split(), *(f"-I{each}" for each in options.include)]
    language = ["-x", "c"] if options.language == "c" else ["-x", "c++", "-std=c++17"]
    found: list[Verdict] = []
    for path in sorted(sources[: options.files]):
        unit = cindex.Index.create().parse(
            str(root / path), [*language, *flags, f"-I{root}", f"-I{root}/include"], options=1
        )
        if any(each.severity >= cindex.Diagnostic.Error for each in unit.diagnostics):
            continue  # made for another system: the judge guesses
        reader = _Clang(root, path, cindex)
        found += reader.verdicts(unit)
    unique = list({verdict.spot: verdict for verdict in found}.values())
    yield from random.Random(options.seed).sample(unique, min(options.n, len(unique)))


class _Clang:
    """Reads one translation unit."""

    def __init__(self, root: Path, path: str, cindex: Any) -> None:
        self.root, self.path, self.cindex = root, path, cindex
        self.lines: dict[str, list[str]] = {}

    def verdicts(self, unit: Any) -> Iterator[Verdict]:
        kinds = self.cindex.CursorKind
        uses = {kinds.DECL_REF_EXPR, kinds.MEMBER_REF_EXPR, kinds.TYPE_REF, kinds.TEMPLATE_REF, kinds.NAMESPACE_REF,
                kinds.MEMBER_REF, kinds.OVERLOADED_DECL_REF, kinds.MACRO_INSTANTIATION}  # fmt: skip
        waiting = list(unit.cursor.get_children())
        while waiting:
            cursor = waiting.pop()
            place = inside(self.root, cursor.location.file) if cursor.location.file else None
            if place != self.path:
                continue
            waiting += cursor.get_children()
            if cursor.kind in uses and cursor.referenced is not None:
                yield from self._verdict(cursor)

    def _verdict(self, cursor: Any) -> Iterator[Verdict]:
        name = cursor.referenced.spelling
        spot = self._spot(self.path, cursor.location, name)
        if not name or spot is None:
            return
        targets, others, is_elsewhere = set(), set(), False
        for each in (cursor.referenced, cursor.referenced.get_definition(), cursor.referenced.canonical):
            place = inside(self.root, each.location.file) if each is not None and each.location.file else None
            if each is None or place is None:
                is_elsewhere = is_elsewhere or each is not None
            elif (target := self._spot(place, each.location, name)) is not None:
                (others if self._is_local(each) else targets).add(target)
        if spot not in targets | others:
            is_known = bool(others) or (is_elsewhere and not targets)
            yield Verdict(spot, name, frozenset(targets), frozenset(others), is_known)

    def _is_local(self, cursor: Any) -> bool:
        kinds = self.cindex.CursorKind
        if cursor.kind in {kinds.PARM_DECL, kinds.TEMPLATE_TYPE_PARAMETER, kinds.TEMPLATE_NON_TYPE_PARAMETER,
                           kinds.TEMPLATE_TEMPLATE_PARAMETER, kinds.LABEL_STMT}:  # fmt: skip
            return True
        around = cursor.semantic_parent
        functions = {kinds.FUNCTION_DECL, kinds.CXX_METHOD, kinds.CONSTRUCTOR, kinds.FUNCTION_TEMPLATE,
                     kinds.DESTRUCTOR, kinds.LAMBDA_EXPR}  # fmt: skip
        return cursor.kind == kinds.VAR_DECL and around is not None and around.kind in functions

    def _spot(self, path: str, location: Any, name: str) -> Spot | None:
        """A place at which the name stands, None where the text says something else."""
        if path not in self.lines:
            self.lines[path] = (self.root / path).read_bytes().decode("utf-8", "surrogateescape").split("\n")
        line = self.lines[path][location.line - 1] if location.line <= len(self.lines[path]) else ""
        column = len(line.encode("utf-8", "surrogateescape")[: location.column - 1].decode("utf-8", "replace"))
        return (path, location.line, column) if line[column:].startswith(name) else None
