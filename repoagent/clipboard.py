"""Text -> the clipboard of whoever sits before the terminal."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys

from repoagent_indexers.errors import EnvironmentFault

_PROGRAMS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
    ("", ("pbcopy",)),
    ("", ("clip.exe",)),
)
"""(variable that must be set, command that takes the text on its standard input)"""


def copy(text: str) -> str:
    """Copy a text; how it was done, for a person.

    A program of the system where there is one, else the terminal itself is asked to (the sequence OSC 52, which most
    terminals know, also over SSH). Raises EnvironmentFault where neither can be.
    """
    for variable, command in _PROGRAMS:
        program = shutil.which(command[0])
        if program is None or (variable and not os.environ.get(variable)):
            continue
        try:
            done = subprocess.run(
                [program, *command[1:]], input=text.encode("utf-8", "replace"), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=10, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return f"copied by {command[0]}"
    if not sys.stderr.isatty():
        raise EnvironmentFault("nothing to copy with: install wl-copy, xclip or xsel, or pipe the pack into a program")
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    sys.stderr.write(f"\x1b]52;c;{encoded}\x07")
    sys.stderr.flush()
    return "given to the terminal to copy"
