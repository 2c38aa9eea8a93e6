"""Problem + completion -> files and commands to run; what came out -> a verdict.

The commands, time limits and signs of failure are those of each data set's own harness: openai/human-eval for Python,
nuprl/MultiPL-E (evaluation/src/eval_*.py) for the others; only compilers may take longer here than there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from repoagent_agents.command import Limits, Ran
from repoagent_agents.evaluation.languages import LANGUAGES, Language
from repoagent_agents.evaluation.problems import Problem

PASSED, TIMED_OUT, FAILED = "passed", "timed out", "failed"

PYTHON_SECONDS = 3.0
"""What human-eval gives a program."""
BUILD_SECONDS = 60.0
_PATIENCE = 5.0
"""Seconds for the sandbox and the interpreter to start, beside what the program may take."""
MEMORY, DISK, PROCESSES = 4 << 30, 256 << 20, 128
"""A virtual machine reserves much of what it never uses."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a program went."""

    result: str
    """`passed`, `timed out`, or `failed: why`."""

    @property
    def passed(self) -> bool:
        return self.result == PASSED


@dataclass(frozen=True, slots=True)
class Step:
    """One command, run in a folder that holds the program's files and what the steps before it made."""

    command: tuple[str, ...]
    limits: Limits
    builds: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be run. All steps must end well."""

    files: Mapping[str, bytes]
    steps: tuple[Step, ...]
    signs: tuple[str, ...] = ()
    """Words in the output that mean failure, whatever the exit code."""
    nonce: str = ""
    """What in_room.py puts before its own words; "" where a language has no such program."""


def program(problem: Problem, completion: str, seconds: float | None = None) -> Program:
    """The files and commands for a completion; `seconds` replaces the harness's own time limit.

    The language must be one of `LANGUAGES`, or python.
    """
    text = problem.program(completion).encode("utf-8", "replace")
    if problem.language == "python":
        return _in_room(text, seconds or PYTHON_SECONDS)
    return _translated(LANGUAGES[problem.language], text, seconds)


def _in_room(text: bytes, seconds: float) -> Program:
    nonce = secrets.token_hex(16)
    room = Path(__file__).with_name("in_room.py").read_bytes()
    command = (sys.executable, "-I", "in_room.py", nonce, str(seconds))
    return Program({"in_room.py": room, "program.py": text}, (Step(command, _limits(seconds + 1)),), nonce=nonce)


def _translated(language: Language, text: bytes, seconds: float | None) -> Program:
    files = {language.file: text}
    jar = javatuples() if language.title == "Java" else None
    if jar is not None:
        files["javatuples.jar"] = jar.read_bytes()
    build = _chosen(language.build)
    steps = [Step(build, _limits(BUILD_SECONDS), builds=True)] if build else []
    return Program(files, (*steps, Step(language.run, _limits(seconds or language.seconds))), language.signs)


def _limits(seconds: float) -> Limits:
    return Limits(
        seconds=seconds + _PATIENCE,
        memory=MEMORY,
        processes=PROCESSES,
        output_kept=16 << 10,
        output=8 << 20,
        disk=DISK,
        file=DISK,
    )


def _chosen(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command with the first of its alternatives that is there: `csc|mcs`."""
    if not command or "|" not in command[0]:
        return command
    names = command[0].split("|")
    return (next((name for name in names if shutil.which(name)), names[0]), *command[1:])


@cache
def javatuples() -> Path | None:
    """The library that MultiPL-E's Java programs import: named in CLASSPATH, or where Debian and MultiPL-E put it."""
    named = [Path(entry) for entry in os.environ.get("CLASSPATH", "").split(os.pathsep) if "javatuples" in entry]
    usual = [Path("/usr/share/java/javatuples.jar"), Path("/usr/multiple/javatuples-1.2.jar")]
    return next((path for path in (*named, *usual) if path.is_file()), None)


def probe(language: str) -> Problem | None:
    """A problem whose empty completion passes where a language's tools are there; None for a language not known."""
    known = LANGUAGES.get(language)
    return None if known is None else Problem(f"{language}/probe", language, known.probe, "")


def verdict(program: Program, step: Step, ran: Ran) -> Verdict | None:
    """What a step's end means for the program; None: it ended well."""
    if program.nonce:
        return _said(program.nonce, ran)
    if ran.ended == "time" and not step.builds:
        return Verdict(TIMED_OUT)
    if ran.ended:
        return Verdict(f"{FAILED}: {'building it' if step.builds else 'it'} took too much: {ran.ended}")
    if ran.exit_code != 0:
        return Verdict(f"{FAILED}: {'it cannot be built: ' if step.builds else ''}{_last_words(ran)}")
    if not step.builds and any(sign in ran.output for sign in program.signs):
        return Verdict(f"{FAILED}: {_last_words(ran)}")
    return None


def _said(nonce: str, ran: Ran) -> Verdict | None:
    words = [line.removeprefix(nonce).strip() for line in ran.output.splitlines() if line.startswith(nonce)]
    ends = [word for word in words if word != "started"]
    if ends:
        return None if ends[0] == PASSED else Verdict(_printable(ends[0]))
    if ran.ended in ("", "time"):  # killed by itself, or deaf to its alarm: what human-eval calls timed out as well
        return Verdict(TIMED_OUT if ran.ended else f"{FAILED}: it ended without a word, exit code {ran.exit_code}")
    return Verdict(f"{FAILED}: it took too much: {ran.ended}")


def has_started(program: Program, ran: Ran) -> bool:
    """Whether a step's failure is the program's own, and not that of the sandbox around it."""
    if program.nonce:
        return ran.ended != "" or ran.output.startswith(f"{program.nonce} started")
    return not (ran.exit_code and ran.output.startswith(("bwrap: ", "setpriv: ")))


def _last_words(ran: Ran) -> str:
    lines = [line.strip() for line in ran.output.splitlines() if line.strip()]
    told = next((line for line in lines if "rror" in line or "assert" in line.lower()), lines[-1] if lines else "")
    return _printable(told or f"exit code {ran.exit_code}")


def _printable(text: str) -> str:
    """Foreign words on one line, cut, that no terminal obeys."""
    return "".join(character if character.isprintable() else "?" for character in text[:300])
