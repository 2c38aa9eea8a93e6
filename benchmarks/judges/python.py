"""Jedi, for Python."""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import Spot, Verdict, inside, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """Names that the repository defines somewhere, as Jedi's goto follows them."""
    import jedi

    jedi.settings.fast_parser = True
    spots = list(python_spots(root))
    chosen = random.Random(options.seed).sample(spots, min(options.n, len(spots)))
    sources = [str(folder) for folder in (root / "src", root / "lib") if folder.is_dir()]  # before what is installed
    project = jedi.Project(str(root), sys_path=[*sources, *jedi.get_default_environment().get_sys_path()])
    scripts: dict[str, jedi.Script] = {}
    for path, line, column, name in sorted(chosen):
        if path not in scripts:
            scripts = {path: jedi.Script(path=str(root / path), project=project)}
        try:
            found = scripts[path].goto(line, column, follow_imports=True)
        except Exception as error:  # noqa: BLE001  Jedi's own faults are not ours to mend
            print(f"{path}:{line}: Jedi failed: {type(error).__name__}", file=sys.stderr)
            continue
        targets, others, is_elsewhere = set(), set(), False
        for each in found:
            place = inside(root, each.module_path)
            if place is None or each.line is None or each.type in {"module", "param"} or _is_local(root, place, each):
                is_elsewhere = True
                others.add((place or "", each.line or 0, each.column or 0))
            else:
                targets.add((place, each.line, each.column))
        if (path, line, column) not in targets | others:
            yield Verdict((path, line, column), name, frozenset(targets), frozenset(others), is_elsewhere)


def _is_local(root: Path, path: str, name: object) -> bool:
    """Whether Jedi's name is a variable of a function, and not one of `self`."""
    around = name.parent()  # type: ignore[attr-defined]
    if name.type != "statement" or around is None or around.type != "function":  # type: ignore[attr-defined]
        return False
    text = (root / path).read_text("utf-8", "replace").split("\n")[name.line - 1]  # type: ignore[attr-defined]
    return not text[: name.column].endswith(".")  # type: ignore[attr-defined]


def python_spots(root: Path) -> Iterator[tuple[str, int, int, str]]:
    """Every name in tracked Python files, other than where it is defined, that some file defines."""
    import ast
    import keyword
    import tokenize

    tokens: list[tuple[str, int, int, str]] = []
    defined: set[str] = set()
    bound: set[Spot] = set()
    for path in tracked(root, (".py",)):
        try:
            with tokenize.open(root / path) as stream:
                text = stream.read()
            tree = ast.parse(text)
            lines = iter(text.splitlines(keepends=True))
            known = list(tokenize.generate_tokens(lambda lines=lines: next(lines, "")))
            found = [(path, *token.start, token.string) for before, token in itertools.pairwise(known)
                     if token.type == tokenize.NAME and not keyword.iskeyword(token.string)
                     and before.string not in {"def", "class"}]  # fmt: skip
        except (SyntaxError, ValueError, OSError):
            continue
        tokens += found
        by_line = text.splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                defined.add(node.attr)
            elif isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
                column = len(by_line[node.lineno - 1].encode()[: node.col_offset].decode())
                bound.add((path, node.lineno, column))
            elif isinstance(node, ast.ClassDef | ast.Module):
                for each in node.body:
                    targets = each.targets if isinstance(each, ast.Assign) else []
                    defined.update(target.id for target in targets if isinstance(target, ast.Name))
    return iter(sorted(token for token in tokens if token[3] in defined and token[:3] not in bound))
