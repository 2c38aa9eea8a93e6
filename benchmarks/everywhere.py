#!/usr/bin/env python3
"""Whether every command works everywhere: each is run on each repository, cold and warm, and what is wrong is printed.

    everywhere.py PLACE ... [--scratch DIR] [--names 3] [--cold ask,map] [--json OUT]

A PLACE is a checkout or a bare mirror; the work is done in a clone under --scratch, which is taken away again. A fault
is a traceback or "unexpected ...; please report", an exit code that is not documented for what was asked, an error that
is not one line, JSON of another shape than the documented one (shapes.py), a pack or a map over its budget, a
`path:line` that is not in the work tree, a name, a text or a column that does not stand on the line it is said to, an
escape code in a pipe, a rename that git cannot apply, a work tree that is not as it was. Every fault is one line;
exit code 1 when there is any. Wall times are for finding what is slow, on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as Xml
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import product
import shapes
from checkouts import git
from measure import end_children
from workplace import QUESTIONS, clone

BUDGETS = (256, 1000, 4000, 16000, 100_000)
COLD = "ask search pack map symbols refs explain callers history review index doctor"
"""Commands that are also tried where no index is."""
PATIENCE_S = 600
SLOW_S = 2.0
"""Seconds of a warm command that are worth a look."""
NOTHING_FOUND, WRONG_USE, REFUSED, NO_MODEL, NO_SANDBOX = 1, 2, 4, 5, 7
UNWRITTEN = (".Companion",)
"""Ends of qualified names that are nowhere written out."""
MARKS = (".png", ".jpg", ".gif", ".svg", ".min.js", ".ipynb", ".lock", ".pdf", ".json", ".md")
"""Ends of names of files that are asked about where there is one."""


@dataclass(frozen=True)
class Done:
    """What one run came to."""

    code: int
    out: bytes
    error: str
    seconds: float


Run = Callable[[Sequence[str], Path, Path, bytes], Done]
"""Arguments, working directory, REPOAGENT_HOME, standard input -> what came of it."""


@dataclass(frozen=True)
class Trial:
    """One command line, and what may come of it."""

    arguments: tuple[str, ...]
    shape: Any = None
    """Of the JSON on its one line; None for a text."""
    codes: tuple[int, ...] = product.DONE
    given: bytes = b""
    check: Callable[[Ground, Done], Iterable[str]] | None = None
    """What is wrong with the output, beyond what is checked of each."""
    lines: int = 1
    """Objects that are printed, one a line."""

    def __str__(self) -> str:
        return " ".join(word if word.isascii() and word and " " not in word else repr(word) for word in self.arguments)


@dataclass(frozen=True)
class Choice:
    """What is tried of all that there is."""

    n_names: int
    """Definitions that are asked about."""
    cold: tuple[str, ...] = ()
    """Commands that are also tried where no index is."""
    only: frozenset[str] = frozenset()
    """No other command than these, if there are any."""
    of_each: int = 1000
    """Trials of one command at most."""


@dataclass
class Ground:
    """A work tree that commands are tried on, and what was wrong."""

    name: str
    root: Path
    home: Path
    """Of the index; what is below it may be taken away."""
    run: Run
    faults: list[str] = field(default_factory=list)
    n_trials: int = 0
    slowest: tuple[float, str] = (0.0, "")
    """Of the warm ones."""

    def __post_init__(self) -> None:
        self.lines = lru_cache(maxsize=200)(self._lines)
        listed = git(self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        self.paths = sorted({path for path in listed if path and os.path.lexists(self.root / path)})

    def _lines(self, path: str) -> list[str] | None:
        """The lines of a file of the work tree; None where there is none."""
        file = self.root / path
        if not file.is_file() or path.startswith("/") or ".." in Path(path).parts:
            return None
        return text_of(file.read_bytes()).split("\n")

    def attempt(self, trial: Trial, home: Path | None = None, stage: str = "warm") -> Done:
        """Run one and keep what is wrong with it."""
        home = home or self.home
        done = self.run(trial.arguments, self.root, home, trial.given)
        self.n_trials += 1
        if stage == "warm":
            self.slowest = max(self.slowest, (done.seconds, str(trial)))
        try:
            found = list(faults_of(self, trial, done))
        except (ValueError, KeyError, TypeError, AttributeError) as error:  # of output that is not what it should be
            found = [f"cannot be checked: {type(error).__name__}: {error}"]
        for log in sorted(home.glob("logs/*")):
            found.append("log: " + " | ".join(log.read_text("utf-8", "replace").split("\n")[-6:]))
            log.unlink()
        self.say(*(f"{stage} `{trial}`: {fault}" for fault in found))
        return done

    def say(self, *faults: str) -> None:
        """Keep faults."""
        self.faults += [f"{self.name}: {fault}" for fault in faults]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", type=Path, nargs="+", metavar="PLACE", help="a checkout or a mirror, bare or not")
    parser.add_argument("--scratch", type=Path, help="where clones and indexes go (default: a temporary folder)")
    parser.add_argument("--names", type=int, default=3, help="definitions that refs, callers, explain ... are asked of")
    parser.add_argument("--cold", default=COLD.replace(" ", ","), help=f"commands tried without an index too: {COLD}")
    parser.add_argument(
        "--only", default="", help="only these commands, as ask,map; for a closer look with many --names"
    )
    parser.add_argument("--fork", action="store_true", help="run commands in copies of this process: much sooner")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    only = frozenset(filter(None, options.only.split(",")))
    choice = Choice(options.names, tuple(filter(None, options.cold.split(","))), only)
    if options.fork:
        product.import_all()
    end_children()  # from here on, what a command leaves behind is this program's
    rows = []
    print("| repository | files | trials | faults | s | slowest warm one |\n|---|---:|---:|---:|---:|---|", flush=True)
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for place in options.places:
            began = time.monotonic()
            ground = looked_at(place, Path(scratch), as_a_fork if options.fork else as_a_user, choice)
            seconds, slow = ground.slowest
            print(f"| {ground.name} | {len(ground.paths)} | {ground.n_trials} | {len(ground.faults)} "
                  f"| {time.monotonic() - began:.0f} | {seconds:.1f} s: `{slow}` |", flush=True)  # fmt: skip
            for fault in ground.faults:
                print(fault, file=sys.stderr, flush=True)
            rows.append({"name": ground.name, "trials": ground.n_trials, "faults": ground.faults,
                         "slowest_s": round(seconds, 2), "slowest": slow})  # fmt: skip
    n_faults = sum(len(row["faults"]) for row in rows)
    print(f"| all {len(rows)} | | {sum(row['trials'] for row in rows)} | {n_faults} | | |")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), "utf-8")
    sys.exit(1 if n_faults else 0)


def looked_at(place: Path, scratch: Path, run: Run, choice: Choice) -> Ground:
    """A clone of one repository, every command tried on it; the clone is gone again."""
    name = place.parent.name if place.name in {"repo", ".git"} else place.name
    root, home = scratch / "tree" / name, scratch / "home"
    clone(place, root)
    home.mkdir(parents=True)
    ground = Ground(name, root, home, run)
    try:
        try_all(ground, choice)
    except subprocess.CalledProcessError as error:
        ground.say(f"git does not do what this program needs: {error}: {error.stderr!r}")
    finally:
        for folder in (root, home):
            shutil.rmtree(folder, ignore_errors=True)
    return ground


def as_a_user(arguments: Sequence[str], cwd: Path, home: Path, given: bytes) -> Done:
    """One run in a process of its own, into pipes; what it leaves behind is ended."""
    return _ended(lambda out, error, stdin: _started(arguments, cwd, environment(home), out, error, stdin), given)


def as_a_fork(arguments: Sequence[str], cwd: Path, home: Path, given: bytes) -> Done:
    """The same in a copy of this process, which has imported everything already: a fifth of the cost."""
    return _ended(lambda out, error, stdin: _forked(arguments, cwd, environment(home), out, error, stdin), given)


def environment(home: Path) -> dict[str, str]:
    """The user's, without what forbids colours: a pipe alone is to be enough for that."""
    env = {name: value for name, value in product.environment(home).items() if name != "NO_COLOR"}
    return env | {"REPOAGENT_DISCOVER": "0", "TERM": "xterm-256color"}


def _ended(start: Callable[[int, int, int], int], given: bytes) -> Done:
    """A process that `start` gives its standard streams, when it has ended or was too long about it."""
    with (
        os.fdopen(os.memfd_create("out"), "r+b") as out,
        os.fdopen(os.memfd_create("error"), "r+b") as error,
        os.fdopen(os.memfd_create("given"), "r+b") as stdin,
    ):
        stdin.write(given)
        stdin.flush()
        stdin.seek(0)
        began = time.monotonic()
        process = start(out.fileno(), error.fileno(), stdin.fileno())
        watch = threading.Timer(PATIENCE_S, os.kill, (process, signal.SIGKILL))
        watch.start()
        _, status = os.waitpid(process, 0)
        watch.cancel()
        seconds = time.monotonic() - began
        end_children()
        out.seek(0)
        error.seek(0)
        return Done(os.waitstatus_to_exitcode(status), out.read(), error.read().decode("utf-8", "replace"), seconds)


def _started(arguments: Sequence[str], cwd: Path, env: dict[str, str], out: int, error: int, stdin: int) -> int:
    line = [*product.command(), *arguments]
    # waited for by its number, not by this object
    process = subprocess.Popen(line, cwd=cwd, env=env, stdin=stdin, stdout=out, stderr=error)
    process.returncode = 0
    return process.pid


def _forked(arguments: Sequence[str], cwd: Path, env: dict[str, str], out: int, error: int, stdin: int) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    if process := os.fork():
        return process
    code = 70
    try:
        for number, stream in enumerate((stdin, out, error)):
            os.dup2(stream, number)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        code = product.run_here(arguments)
    finally:
        os._exit(code)


def try_all(ground: Ground, choice: Choice) -> None:
    """Every command on one work tree: some on a fresh home each, all of them warm, then on a staged change."""
    before = git(ground.root, "status", "--porcelain=v1", "-z", "--untracked-files=all")
    ground.attempt(Trial(("index", "--json"), shapes.STATUS), stage="cold")
    found = ground.attempt(Trial(("symbols", "--json"), shapes.SYMBOLS, check=names_stand_there))
    symbols = json.loads(found.out)["symbols"] if found.code == 0 else []
    chosen = some_of(symbols, choice.n_names)
    for first in choice.cold:
        trial = next((one for one in trials(ground, chosen) if one.arguments[0] == first), None)
        if trial is not None:
            home = ground.home / "cold"
            ground.attempt(trial, home, "cold")
            shutil.rmtree(home, ignore_errors=True)
    tried = Counter[str]()
    for trial in trials(ground, chosen):
        command = trial.arguments[0]
        tried[command] += 1
        if tried[command] <= choice.of_each and (command in choice.only or not choice.only):
            ground.attempt(trial)
    after = git(ground.root, "status", "--porcelain=v1", "-z", "--untracked-files=all")
    if after != before:
        ground.say(f"the work tree is not as it was: {after[:200]!r}")
    if "review" in choice.only or not choice.only:
        try_staged(ground, symbols)


def try_staged(ground: Ground, symbols: Sequence[dict[str, Any]]) -> None:
    """The review of a change that takes a definition away, and the hook, in a repository with a commit."""
    if not has_commit(ground.root):
        return
    gone = next((one for one in some_of(symbols, 40) if one["kind"] in {"function", "method", "class", "struct"}), None)
    if gone:
        file = ground.root / gone["path"]
        kept = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(kept[: gone["start_line"] - 1] + kept[gone["end_line"] :]))
        git(ground.root, "add", "--force", "--", gone["path"])
        ground.lines.cache_clear()
    ground.attempt(Trial(("review", "--json"), shapes.REVIEW, check=reviewed), stage="staged")
    ground.attempt(Trial(("review", "--strict")), stage="staged")
    ground.attempt(Trial(("hook", "install"), codes=(0,)), stage="staged")
    ground.attempt(Trial(("hook", "install"), codes=(0,)), stage="again")
    ground.attempt(Trial(("hook", "uninstall"), codes=(0,)), stage="staged")
    ground.attempt(Trial(("hook", "uninstall"), codes=(WRONG_USE,)), stage="again")
    if gone:
        git(ground.root, "reset", "-q", "--", gone["path"])
        file.write_bytes(b"".join(kept))
        ground.lines.cache_clear()


def trials(ground: Ground, symbols: Sequence[dict[str, Any]]) -> Iterator[Trial]:
    """Every command on a work tree with an index, with its options."""
    question = QUESTIONS[0]
    words = " ".join(one["symbol"].split(".")[-1] for one in symbols[:2]) or "main"
    batch = "\n".join((question, words, "", "日本語の質問", "\x1b[31m \u202e odd")).encode()
    yield Trial(("ask", "--brief", "--json", question), shapes.BRIEF, check=lines_are_theirs)
    yield Trial(("ask", "--brief", question))
    yield Trial(("ask", question, "--lang", "ja"))
    yield Trial(("ask", "--brief", "--json", "-n", "100", words), shapes.BRIEF, check=lines_are_theirs)
    yield Trial(("ask", "-", "--json"), shapes.BRIEF, given=question.encode("utf-16"))
    yield Trial(("search", "--json", "--explain", "-n", "100", question), shapes.SEARCH)
    yield Trial(("search", *words.split()), check=begins_with_places)
    yield Trial(("search", "--explain", question))
    yield Trial(("search", "--batch", "-"), shapes.batch(shapes.SEARCH), given=batch, lines=4)
    for budget in BUDGETS:
        yield Trial(("pack", "--json", "--budget", str(budget), question), shapes.PACK, check=fits)
    for text in (("pack", "--budget", "4000", question), ("map", "--budget", "1000")):
        yield Trial(text, codes=(0, NOTHING_FOUND, WRONG_USE), check=the_text_of_json(*text))
    for style in ("xml", "plain"):
        yield Trial(("pack", "--json", "--format", style, "--budget", "4000", words), shapes.PACK, check=fits)
    yield Trial(("pack", "--why", question), check=begins_with_places)
    yield Trial(("pack", "--picture", "--budget", "4000", question))
    picture, page = str(ground.home / "pack.svg"), str(ground.home / "map.html")
    yield Trial(("pack", "--picture", picture, question), check=wrote_xml)
    yield Trial(("pack", "--batch", "-", "--budget", "1000"), shapes.batch(shapes.PACK), given=batch, lines=4)
    for budget in (256, 4000, 50_000):
        yield Trial(("map", "--json", "--budget", str(budget)), shapes.MAP, check=mapped)
    yield Trial(("map", "--html", page, "--json"), shapes.PAGE, check=wrote_page)
    for number, symbol in enumerate(symbols):
        at = f"{symbol['path']}:{symbol['start_line']}"
        name = symbol["symbol"]
        yield Trial(("refs", "--json", "--", at), shapes.REFERENCES, codes=(0, 1, 2), check=uses_stand_there)
        yield Trial(("refs", "--sure", "--", name), codes=(0, 1, 2))
        for direction in ("callers", "callees"):
            yield Trial((direction, "--json", "--depth", "3", "--", at), shapes.calls(direction), codes=(0, 1, 2))
            yield Trial((direction, "--", at), codes=(0, 1, 2))
        yield Trial(("explain", "--brief", "--json", "--", name), shapes.BRIEF, codes=(0, 1, 2))
        yield Trial(("explain", "--", at), codes=(0,))
        yield Trial(("history", "--json", "-n", "3", "--", at), shapes.HISTORY, codes=(0, 1, 2))
        yield Trial(("symbols", "--json", "--name", name), shapes.SYMBOLS, codes=(0,), check=names_stand_there)
        new = f"quite_new_{number}"
        yield Trial(("rename", "--json", "--", at, new), shapes.CHANGE, codes=(0, 1, 2, REFUSED), check=git_takes_it)
        yield Trial(("complete", "--", at), codes=(NO_MODEL,))
    for path in odd_ones(ground):
        yield Trial(("explain", "--brief", "--json", "--", path), shapes.BRIEF, codes=(0, 1, 2))
        yield Trial(("symbols", "--json", "--", path), shapes.SYMBOLS, check=names_stand_there)
        yield Trial(("history", "--json", "--", path), shapes.HISTORY, codes=(0, 1, 2))
        yield Trial(("search", "--json", f"--root={path}", question), shapes.SEARCH)
    for folder in folders(ground)[:2]:
        yield Trial(("pack", "--json", "--root", folder, words), shapes.PACK, check=fits)
        yield Trial(("map", "--json", "--root", folder), shapes.MAP, check=mapped)
        yield Trial(("history", folder), codes=(0, 1, 2))
        yield Trial(("explain", "--brief", folder), codes=(0, 1, 2))
        yield Trial(("search", "-C", folder, question))
    yield Trial(("symbols",), check=begins_with_places)
    yield Trial(("review", "--json"), shapes.REVIEW, check=reviewed)
    yield Trial(("review",))
    yield Trial(("index", "--status", "--json"), shapes.STATUS, codes=(0,))
    yield Trial(("index", "--status"), codes=(0,))
    yield Trial(("doctor", "--json"), shapes.DOCTOR)
    yield Trial(("doctor",))
    yield Trial(("models", "--json"), shapes.MODELS)
    yield Trial(("models",))
    yield Trial(("completion", "bash"), codes=(0,))
    yield Trial(("undo",), codes=(WRONG_USE,))
    yield Trial(("generate", "add a flag"), codes=(NO_MODEL,))
    yield Trial(("debug", "--json", "--", "true"), shapes.DEBUG, codes=(0, NO_SANDBOX))
    questions = ground.home / "questions.jsonl"
    questions.write_text(json.dumps({"question": question, "files": ground.paths[:1] or ["none"]}), "utf-8")
    yield Trial(("eval", "repo", str(questions)), codes=(NO_MODEL,))
    yield Trial(("search", "--root", "no/such/folder", "x"), codes=(WRONG_USE,))
    for command in ("refs", "callers", "explain", "history"):
        yield Trial((command, "no_such_name_anywhere"), codes=(NOTHING_FOUND, WRONG_USE))
    yield Trial(("index", "--rebuild", "--json"), shapes.STATUS, codes=(0,))
    yield Trial(("search", "--json", question), shapes.SEARCH)


def some_of(symbols: Sequence[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """Definitions to ask about, of different kinds and files where there are, the same each time."""
    order = sorted(symbols, key=lambda one: (one["path"], one["start_line"], one["symbol"]))
    random.Random(7).shuffle(order)
    seen: set[str] = set()
    fresh = [one for one in order if not (one["kind"] in seen or seen.add(one["kind"]))]  # type: ignore[func-returns-value]
    return (fresh + [one for one in order if one not in fresh[:n]])[:n]


def odd_ones(ground: Ground) -> list[str]:
    """Files that a command may stumble over, one of each kind, and one that none should."""
    found: dict[str, str] = {}
    for path in ground.paths:
        file = ground.root / path
        kinds = [mark for mark in MARKS if path.endswith(mark)]
        kinds += ["link"] * file.is_symlink() + ["code"] * product.is_code(path)
        kinds += ["name"] * bool(re.search(r"[^\w./-]|(^|/)-|[^\x00-\x7f]", path))
        kinds += ["empty"] * (file.is_file() and file.stat().st_size == 0) + ["folder"] * file.is_dir()
        for kind in kinds:
            found.setdefault(kind, path)
    return sorted(set(found.values()))


def folders(ground: Ground) -> list[str]:
    """Folders at the top of the work tree, and `.`"""
    return sorted(
        {path.split("/")[0] for path in ground.paths if "/" in path and path.isascii() and path[0] != "-"}
    ) or ["."]


# -- what may be wrong ------------------------------------------------------------------------------------------------


def faults_of(ground: Ground, trial: Trial, done: Done) -> Iterator[str]:
    """What is wrong with one run."""
    error = done.error.strip()
    if re.search(r"Traceback|unexpected \w+; please report|Warning:", error):
        yield error[-300:]
    elif done.code not in trial.codes:
        yield f"exit code {done.code}: {error[-300:]}"
    if done.code > NOTHING_FOUND and (len(error.splitlines()) != 1 or not error.startswith("repoagent: ")):
        yield f"an error that is not one line: {error[:300]!r}"
    if done.code == NOTHING_FOUND and not error and not done.out:
        yield "nothing was found, and nothing says so"
    if b"\x1b" in done.out and not any(b"\x1b" in raw for raw in shown_files(ground, done.out)):
        at = done.out.index(b"\x1b")
        yield f"an escape code in a pipe: {done.out[max(0, at - 40) : at + 40]!r}"
    if "\x1b" in error:
        yield f"an escape code on standard error: {error[:200]!r}"
    if done.code not in product.DONE:
        return
    if trial.shape is not None:
        lines = done.out.decode("utf-8").rstrip("\n").split("\n") if trial.lines > 1 else [done.out.decode("utf-8")]
        if len(lines) != trial.lines:
            yield f"{len(lines)} lines of JSON, not {trial.lines}"
        for line in lines:
            shape = json.loads(line)
            yield from shapes.departures(shape, trial.shape)[:5]
            yield from list(misplaced(ground, shape, trial.arguments[0] == "review"))[:5]
    else:
        yield from list(places_in_text(ground, done.out.decode("utf-8", "surrogateescape")))[:5]
    if trial.check is not None:
        yield from list(trial.check(ground, done))[:5]


def shown_files(ground: Ground, out: bytes) -> Iterator[bytes]:
    """The files of the work tree that an output names."""
    for path in ground.paths:
        if os.fsencode(path) in out and (ground.root / path).is_file():
            yield (ground.root / path).read_bytes()


def misplaced(ground: Ground, shape: Any, may_be_gone: bool = False) -> Iterator[str]:
    """Places in JSON that are not in the work tree."""
    if isinstance(shape, list):
        for one in shape:
            yield from misplaced(ground, one, may_be_gone)
    elif isinstance(shape, dict):
        path, start = shape.get("path"), shape.get("start_line", shape.get("line"))
        if isinstance(path, str) and isinstance(start, int):
            is_gone = may_be_gone and ground.lines(path) is None
            yield from () if is_gone else not_there(ground, path, start, shape.get("end_line", start))
        for one in shape.values():
            yield from misplaced(ground, one, may_be_gone)


def not_there(ground: Ground, path: str, start: int, end: int) -> Iterator[str]:
    lines = ground.lines(path)
    if lines is None and "\ufffd" not in path and "?" not in path:  # what is not UTF-8 is replaced in JSON
        yield f"{path}: there is no such file in the work tree"
    elif lines is not None and not 1 <= start <= end <= len(lines):
        yield f"{path}:{start}-{end}: the file has {len(lines)} lines"


_PLACE = re.compile(r"^(?:\d+\. |[ │├└─]*[^\s:]*  )?(\S[^:\n]*):(\d+)(?:-(\d+))?(?=[ :\n]|$)", re.MULTILINE)


def places_in_text(ground: Ground, text: str) -> Iterator[str]:
    """Places in what a person reads that are not in the work tree; only those of files that it has."""
    known = set(ground.paths)
    for path, start, end in _PLACE.findall(text):
        if path in known:
            yield from not_there(ground, path, int(start), int(end or start))


def begins_with_places(_: Ground, done: Done) -> Iterator[str]:
    """Lines of a list of places that do not begin with one."""
    for line in done.out.decode("utf-8", "surrogateescape").splitlines():
        if not re.match(r".+:\d+-\d+(  |$)", line):
            yield f"no place begins {line[:100]!r}"


def names_stand_there(ground: Ground, done: Done) -> Iterator[str]:
    """Symbols whose name does not stand within their lines."""
    for one in json.loads(done.out)["symbols"]:
        lines, (start, end) = ground.lines(one["path"]), (one["start_line"], one["end_line"])
        if lines is not None and not stands_in(last_part(one["symbol"]), "\n".join(lines[start - 1 : end])):
            yield f"{one['path']}:{start}-{end}: {one['kind']} {one['symbol']} is not named there"


def last_part(name: str) -> str:
    """What of a qualified name stands in the code; "" for a name that a language gives by itself."""
    if name.endswith(UNWRITTEN):
        return ""
    if operator := re.search(r"(?:^|(?<=[.:]))(?:operator)?[^\w\s.:`'\"]+$", name):  # `Uri./`, `Headers::[]`
        return operator.group()
    return re.split(r"::|[.#/\\]", name)[-1].strip("()")


def lines_are_theirs(ground: Ground, done: Done) -> Iterator[str]:
    """Lines of a brief that the file does not have there."""
    for source in json.loads(done.out)["sources"]:
        lines = ground.lines(source["path"])
        for one in source["lines"]:
            if lines is not None and not stands_in(one["text"], lines[one["line"] - 1]):
                yield f"{source['path']}:{one['line']}: is not {one['text'][:80]!r}"


def uses_stand_there(ground: Ground, done: Done) -> Iterator[str]:
    """Uses whose line has another text, or whose column another word than the definition's name."""
    found = json.loads(done.out)
    whole = found["symbol"]["symbol"]
    name = last_part(whole)
    for place in (found["symbol"], *found["references"]):
        lines = ground.lines(place["path"])
        if lines is None:
            continue
        line = lines[place["line"] - 1]
        if "text" in place and not stands_in(place["text"].removesuffix("..."), line):
            yield f"{place['path']}:{place['line']}: is not {place['text'][:80]!r}"
        there = line[place["column"] - 1 :]
        if name in line and not there.startswith((name, whole)) and not _NOT_UTF_8.search(line):
            yield f"{place['path']}:{place['line']}:{place['column']}: {there[:30]!r} is not {name}"


def fits(_: Ground, done: Done) -> Iterator[str]:
    """A pack, or a map, over its budget by what it says or by what its text takes."""
    shape = json.loads(done.out)
    tokens = product.count_tokens(shape["text"])
    if not shape["tokens"] <= shape["budget"] or tokens > shape["budget"]:
        yield f"{shape['tokens']} tokens, {tokens} by the text, in a budget of {shape['budget']}"
    if tokens != shape["tokens"]:
        yield f"the text takes {tokens} tokens, not {shape['tokens']}"


def mapped(ground: Ground, done: Done) -> Iterator[str]:
    """A map over its budget, or with a symbol that is not on its line."""
    yield from fits(ground, done)
    for file in json.loads(done.out)["files"]:
        lines = ground.lines(file["path"])
        for one in file["symbols"] if lines is not None else ():
            if not 1 <= one["line"] <= len(lines):
                yield f"{file['path']}:{one['line']}: the file has {len(lines)} lines"
            elif not stands_in(last_part(one["symbol"]), "\n".join(lines[one["line"] - 1 :])):
                yield f"{file['path']}:{one['line']}: {one['symbol']} is not named there"


def the_text_of_json(*arguments: str) -> Callable[[Ground, Done], Iterator[str]]:
    """A check whether the text in a pipe is the one that JSON holds, whose tokens were counted."""

    def check(ground: Ground, done: Done) -> Iterator[str]:
        if "a first look" in done.error:
            return  # by now more may have been read
        told = ground.run((*arguments, "--json"), ground.root, ground.home, b"")
        if any(not path.isprintable() for path in ground.paths):
            return  # such names are written in one way for people and in another for programs
        if done.code == 0 and json.loads(told.out)["text"].encode() != done.out:
            yield "the text in a pipe is not the text of --json"

    return check


def wrote_xml(ground: Ground, _: Done) -> Iterator[str]:
    picture = ground.home / "pack.svg"
    try:
        Xml.parse(picture)
    except (OSError, Xml.ParseError) as error:
        yield f"no picture: {error}"
    picture.unlink(missing_ok=True)


def wrote_page(ground: Ground, _: Done) -> Iterator[str]:
    page = ground.home / "map.html"
    text = page.read_text("utf-8") if page.exists() else ""
    if not text.rstrip().endswith("</html>"):
        yield f"no page: {len(text)} characters"
    page.unlink(missing_ok=True)


def reviewed(ground: Ground, done: Done) -> Iterator[str]:
    """Evidence that is not what stands there."""
    for finding in json.loads(done.out)["findings"]:
        for one in finding["evidence"]:
            lines = ground.lines(one["path"])
            if lines is not None and not stands_in(one["code"], " ".join(lines[one["start_line"] - 1 :][:30])):
                yield f"{one['path']}:{one['start_line']}: is not {one['code'][:80]!r}"


def git_takes_it(ground: Ground, done: Done) -> Iterator[str]:
    """A diff that does not apply."""
    found = json.loads(done.out)
    diff = found["diff"]
    texts = [(ground.root / path).read_bytes() for path in found["files"] if (ground.root / path).is_file()]
    if diff and "?" not in "".join(found["files"]) and all(map(is_utf_8, texts)):  # others are text in JSON
        line = ["git", "-c", "core.autocrlf=false", "apply", "--check", "-"]
        taken = subprocess.run(line, cwd=ground.root, input=diff.encode(), capture_output=True, check=False)
        if taken.returncode:
            yield f"git does not apply it: {taken.stderr.decode('utf-8', 'replace')[:200]}"


def stands_in(text: str, code: str) -> bool:
    """Whether a text is in the code, blanks aside; of code that is not UTF-8 it cannot be told here."""
    return bool(_NOT_UTF_8.search(code)) or re.sub(r"\s+", "", text) in re.sub(r"\s+", "", code)


_NOT_UTF_8 = re.compile("[\udc80-\udcff]")


def text_of(raw: bytes) -> str:
    """A file as text whose lines end in a line feed; any bytes are taken."""
    for mark, charset in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return text_of(raw.decode(charset, "replace").encode("utf-8", "surrogatepass"))
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", "surrogateescape")


def is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def has_commit(root: Path) -> bool:
    line = ["git", "rev-parse", "-q", "--verify", "HEAD^{commit}"]
    return subprocess.run(line, cwd=root, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
