"""Where costs are measured: a clone of a checkout, its code files, the baselines, and a change to one file.

Run as a program it is the floor: `workplace.py FILES.json`, in the clone, parses them and prints the CPU seconds.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import product
from checkouts import git
from measure import Cost, measure

FLOOR, TAGS = "bare tree-sitter parse", "ctags -R"
QUESTIONS = (
    "where are errors raised for wrong input and how are they reported?",
    "how is a value converted to text?",
    "which function decides how two objects are compared?",
    "what happens when a name is defined twice?",
    "how are default settings read and overridden?",
)


class Workplace:
    """A clone to work in, and a folder for the index of a round."""

    def __init__(self, checkouts: list[Path], scratch: Path) -> None:
        """Of several checkouts the files are put side by side into one repository with one commit."""
        self.name = "+".join(checkout.name for checkout in checkouts)
        self.root, self.home = scratch / self.name, scratch / f"{self.name}-home"
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.parent.mkdir(parents=True, exist_ok=True)
        if len(checkouts) == 1:
            clone(checkouts[0], self.root)
        else:
            for checkout in checkouts:
                clone(checkout, self.root / checkout.name)
                shutil.rmtree(self.root / checkout.name / ".git")
            subprocess.run(["git", "init", "-q", str(self.root)], check=True)
            git(self.root, "add", "--all", "--force")
            git(self.root, "-c", "user.name=-", "-c", "user.email=-", "commit", "-qm", self.name)
        git(self.root, "status", "--porcelain")
        self.n_bytes = self.n_lines = 0
        """Of the code files."""
        files = self._code_files()  # also brings them into the page cache, the same for every row
        self.n_files = len(files)
        self._listed = scratch / f"{self.name}-files.json"
        self._listed.write_text(json.dumps([(path, language) for path, language, _ in files]), "utf-8")
        self.changing = self.root / sorted(files, key=lambda file: file[2])[len(files) // 2][0]
        """The code file of median size."""
        self.rows: dict[str, list[Cost]] = {}
        self.floors: list[float] = []
        """CPU seconds of the bare parse calls of each round."""

    def __enter__(self) -> Workplace:
        return self

    def __exit__(self, *_: object) -> None:
        for place in (self.root, self.home):
            shutil.rmtree(place, ignore_errors=True)
        self._listed.unlink(missing_ok=True)

    @property
    def commit(self) -> str:
        """What is checked out."""
        return git(self.root, "rev-parse", "HEAD").strip()

    def summed_up(self, pick: Callable[[Iterable[float]], float], cpu: Callable[[Cost], float]) -> dict[str, dict]:
        """Each row's costs as one, chosen by `pick`, and all of them as measured; `cpu` says which CPU time counts."""
        return {
            name: {
                "wall": round(pick([cost.wall for cost in costs]), 4),
                "cpu": round(pick([cpu(cost) for cost in costs]), 4),
                "peak": round(pick([cost.peak for cost in costs]), 1),
                "left_running": max(cost.left_running for cost in costs),
                "each": [[round(cost.wall, 4), round(cpu(cost), 4), round(cost.peak, 1)] for cost in costs],
            }
            for name, costs in self.rows.items()
        }

    def fresh_home(self) -> None:
        """Forget every index."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)

    def index_bytes(self) -> int:
        """What lies in the folder for the index."""
        return sum(file.stat().st_size for file in self.home.rglob("*") if file.is_file())

    def row(self, name: str, line: list[str]) -> Cost:
        """One run, kept under a name. Ends the program when the command fails."""
        cost = measure(line, self.root, product.environment(self.home))
        if cost.code not in product.DONE:
            sys.exit(f"{name} in {self.root}: exit code {cost.code}: {cost.error.strip()[-500:]}")
        self.rows.setdefault(name, []).append(cost)
        return cost

    def product_row(self, name: str, arguments: tuple[str, ...], *more: str) -> Cost:
        """One run of repoagent."""
        return self.row(name, [*product.command(), *arguments, *more])

    def tags(self) -> None:
        """One run of `ctags -R`, if it is there."""
        if shutil.which("ctags"):
            out = self.home.with_name(f"{self.home.name}-tags")
            self.row(TAGS, ["ctags", "-R", "-f", str(out), "."])
            out.unlink()

    def floor(self) -> None:
        """One bare parse of the files that the indexer parses."""
        cost = self.row(FLOOR, [sys.executable, __file__, str(self._listed)])
        self.floors.append(float(cost.output))

    def compile_modules(self) -> None:
        """Have repoagent's modules compiled, so that no row pays for it."""
        line = [*product.command(), *product.ASK, QUESTIONS[0]]
        measure(line, Path(__file__).parent, product.environment(self.home))

    def change(self, mark: str) -> None:
        """Rename one word (long, so rarely a keyword) where it is last used: a new blob that still parses."""
        content = self.changing.read_bytes()
        words = list(re.finditer(rb"\b[a-z_]{9,}\b", content))
        at = words[-1] if words else None
        fresh = b"changed_" + re.sub(rb"\W", b"_", mark.encode())
        changed = content[: at.start()] + fresh + content[at.end() :] if at else content + b"\n"
        self.changing.write_bytes(changed)

    def restore(self) -> None:
        """Undo the changes."""
        git(self.root, "checkout", "-q", "--", str(self.changing))

    def _code_files(self) -> list[tuple[str, str, int]]:
        """Path, language and bytes of each tracked file that the indexer parses."""
        found = []
        for path in sorted(set(git(self.root, "ls-files", "-z").split("\0")) - {""}):
            file = self.root / path
            if file.is_file() and not file.is_symlink():
                content = file.read_bytes()
                if language := product.parsed_language(path, content):
                    found.append((path, language, len(content)))
                    self.n_bytes += len(content)
                    self.n_lines += content.count(b"\n")
        return found


def machine() -> str:
    """One line about what the figures were measured on."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    tags = ""
    if shutil.which("ctags"):
        tags = subprocess.run(["ctags", "--version"], check=False, capture_output=True, text=True).stdout
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} x {models[0] if models else platform.machine()}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {tags.split(',')[0] or 'no ctags'}"
    )


def clone(checkout: Path, to: Path) -> None:
    """Files whose content the checkout's own repository lacks (it may be a part of a mirror) are left out."""
    subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", str(checkout.resolve()), str(to)], check=True)
    git(to, "read-tree", "HEAD")
    command = ["git", "-C", str(to), "checkout-index", "--all", "--quiet"]
    if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
        lacking = [path for path in git(to, "ls-files", "--deleted", "-z").split("\0") if path]
        print(f"{checkout.name}: {len(lacking)} files are left out, whose content its repository lacks")
        git(to, "rm", "-q", "--cached", "--", *lacking)


def _parse_cpu(files: list[tuple[str, str]]) -> float:
    """CPU seconds of `Parser.parse` over files already read, in one process."""
    from tree_sitter import Parser

    from repoagent_indexers import languages

    parsers = {name: Parser(languages.grammar(name)) for name in {name for _, name in files}}
    contents = [(parsers[name], Path(path).read_bytes()) for path, name in files]
    begun = time.process_time()
    for parser, content in contents:
        parser.parse(content)
    return time.process_time() - begun


if __name__ == "__main__":
    print(_parse_cpu(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
