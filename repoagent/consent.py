"""Whether a model on another machine may be sent parts of a repository: asked once for each repository and host."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from repoagent.visible import visible
from repoagent_indexers.errors import Refused

if TYPE_CHECKING:
    from repoagent_agents.models.base import Placed

_VARIABLE = "REPOAGENT_ALLOW"
"""Hosts that may be asked without a question, with commas; `*` for all."""


def ask_first(model: Placed, folder: Path) -> None:
    """Return when parts of the repository whose index is in `folder` may be sent to a model.

    Asks on a terminal and remembers a yes beside the index. Raises Refused where nobody can be asked, or says no.
    """
    host = _host(model)
    allowed = {name.strip() for name in os.environ.get(_VARIABLE, "").split(",")}
    remembered = folder / "allowed-hosts.txt"
    if allowed & {host, "*"} or host in _lines(remembered):
        return
    mend = f"set {_VARIABLE}={host} to allow it"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused(f"{host} is not this machine and would be sent parts of the repository; {mend}")
    text = f"{visible(model.name)} runs at {visible(host)}, not on this machine. Send it parts of this repository?"
    import click  # here, since the hook starts without it

    if not click.confirm(text, default=False, err=True):
        raise Refused(f"nothing was sent to {host}; {mend}")
    remembered.parent.mkdir(parents=True, exist_ok=True)
    with remembered.open("a", encoding="utf-8") as file:
        file.write(f"{host}\n")


def _host(model: Placed) -> str:
    return urlsplit(model.place).hostname or model.place


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
