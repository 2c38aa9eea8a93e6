"""A program of Python in a process that can be killed -> the lines that it had answered by then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MEMORY = 800 << 20
"""Bytes of data the child may hold (RLIMIT_DATA, where the system has it)."""

_LIMITED = f"""
try:
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except ImportError:  # not on Windows
    pass
"""


def answers(program: str, given: bytes, seconds: float, *arguments: str) -> list[bytes]:
    """The whole lines that the program writes to its standard output within *seconds*, without their ends.

    It gets *given* as standard input and *arguments* in sys.argv[1:], and runs without the user's site and environment.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _LIMITED + program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path.cwd().anchor,
    )
    with process:
        try:
            output, _ = process.communicate(given, seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    return output.split(b"\n")[:-1]
