"""What Haskell's compiler says in .hie files."""

from __future__ import annotations

import argparse
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Spot, Verdict, inside, rows_of, tracked, whole


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names in modules that GHC compiles: of each `--run` those below its `-i` folders, and files that it names."""
    with tempfile.TemporaryDirectory() as folder:
        for n, arguments in enumerate(options.run or ["-i."]):
            _compile_haskell(root, Path(folder, str(n)), shlex.split(arguments), options.only)
        judge = Path(folder, "judge")  # the same as `runghc -package ghc`, and much faster
        built = ["ghc", "-v0", "-O", "-package", "ghc", "-outputdir", f"{folder}/build", "-o", str(judge)]
        subprocess.run([*built, str(HERE / "haskell.hs")], check=True)
        done = subprocess.run([judge, folder], stdout=subprocess.PIPE, text=True, check=True)
    rows: dict[Spot, list[list[str]]] = {}
    for row in sorted(set(done.stdout.splitlines())):
        path, line, column, name, *said = row.split("\t")
        if said[0] != "unknown" and (spot := _spelt(root, path, int(line), int(column), name)) is not None:
            rows.setdefault(spot, []).append([name, *said])
    verdicts = [each for spot, said in rows.items() if (each := _haskell_verdict(root, spot, said)) is not None]
    yield from sorted(random.Random(options.seed).sample(verdicts, min(options.n, len(verdicts))), key=lambda v: v.spot)


def _compile_haskell(root: Path, folder: Path, arguments: list[str], only: str) -> None:
    """Writes a .hie file for each module that compiles, as far as it goes; code goes to the folder as well."""
    below = tuple(os.path.normpath(each[2:]) for each in arguments if each.startswith("-i"))
    named = [each for each in arguments if each.endswith((".hs", ".lhs"))]
    modules = []
    for path in tracked(root, (".hs",)):
        module = re.search(r"^module\s+([\w.']+)", whole(root / path), re.M)
        own = path.removesuffix(".hs")
        tail = module[1].replace(".", "/") if module else ""
        if path.startswith(only) and tail and any(os.path.normpath(f"{place}/{tail}") == own for place in below):
            modules.append(path)
    folder.mkdir()
    for name in set(re.findall(r"\bPaths_\w+", "\n".join(whole(root / path) for path in [*modules, *named]))):
        (folder / f"{name}.hs").write_text(_PATHS.replace("NAME", name))
    flags = (
        f"-fwrite-ide-info -fobject-code -O0 -no-link -fkeep-going -w -i{folder} -hiedir {folder} -outputdir {folder}"
    )
    flags += " -fdefer-type-errors -fdefer-out-of-scope-variables"
    done = subprocess.run(
        ["ghc", *flags.split(), *arguments, *modules], cwd=root, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    n_all, n_done = len(modules) + len(named), len(list(folder.rglob("*.hie"))) - len(list(folder.glob("Paths_*.hie")))
    print(f"{root.name}: {n_done} of {n_all} modules compile", file=sys.stderr)
    for error in re.findall(r"^\S+: error:.*(?:\n .*){1,2}", done.stdout, re.M)[:8] if n_done < n_all else []:
        print(error, file=sys.stderr)


_PATHS = """module NAME where
import Prelude
import Data.Version (Version, makeVersion)
version :: Version
version = makeVersion [0]
getDataFileName :: FilePath -> IO FilePath
getDataFileName = pure
getBinDir, getLibDir, getDataDir, getLibexecDir, getSysconfDir :: IO FilePath
getBinDir = pure ""
getLibDir = pure ""
getDataDir = pure ""
getLibexecDir = pure ""
getSysconfDir = pure ""
"""
"""What Cabal writes for each package."""


def _haskell_verdict(root: Path, spot: Spot, rows: list[list[str]]) -> Verdict | None:
    """What all that stands at one place means, a field and the variable that it binds; None where it is defined."""
    found: dict[str, set[Spot]] = {"target": set(), "local": set()}
    for name, kind, *places in rows:
        for path, line, column in zip(places[::3], places[1::3], places[2::3], strict=True):
            place = _spelt(root, path, int(line), int(column), name)
            if place is None and kind == "target":
                return None  # a splice made it
            found[kind].update([place] if place is not None else [])
    if spot in found["target"]:
        return None
    return Verdict(spot, rows[0][0], frozenset(found["target"]), frozenset(found["local"]), not found["target"])


def _spelt(root: Path, path: str, line: int, column: int, name: str) -> Spot | None:
    """Where a name itself stands, behind its module, a bracket or a backquote; None where something else does."""
    file = inside(root, root / path)
    row = rows_of(root / file)[line - 1] if file is not None and (root / file).is_file() else ""
    behind = re.match(rf"[(`]?\s*(?:[A-Z][\w']*\.)*(?={re.escape(name)})", row[column - 1 :])
    return (file, line, column - 1 + behind.end()) if file is not None and behind is not None else None
