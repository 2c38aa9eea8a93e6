"""What this machine can hold: its memory and its accelerators', asked without importing torch."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Literal

from repoagent_agents.models.family import BITS, Member, Precision

Fit = Literal["gpu", "cpu", "no"]
HEADROOM = 1.1
"""What activations, the libraries and the system take beside weights and cache."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One GPU."""

    name: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What can hold a model here."""

    memory_bytes: int
    """Of the machine, in all; 0 where the system does not say."""
    accelerators: tuple[Accelerator, ...] = ()

    def fit(self, member: Member, precision: Precision, n_tokens: int) -> Fit:
        """Return where a model and so many tokens would fit: on the accelerators together, in memory, or nowhere."""
        needed = HEADROOM * member.shape.memory_bytes(precision, n_tokens)
        if needed <= sum(one.memory_bytes for one in self.accelerators):
            return "gpu"
        return "cpu" if needed <= self.memory_bytes else "no"

    def best_fit(self, member: Member, n_tokens: int) -> tuple[Precision, Fit] | None:
        """Return the widest precision that fits, an accelerator before the processor; None where nothing does."""
        fits = [(precision, self.fit(member, precision, n_tokens)) for precision in BITS]
        for where in ("gpu", "cpu"):
            for precision, fit in fits:
                # bitsandbytes serves processors too, but in 8 or 4 bits they are no faster and seldom supported
                if fit == where and (where == "gpu" or precision == "bf16"):
                    return precision, fit
        return next(((precision, fit) for precision, fit in fits if fit != "no"), None)


def this_machine() -> Machine:
    """Return what the system and the driver say; a GPU whose driver does not answer is not there."""
    return Machine(_memory(), _nvidia())


def _memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        return 0


def _nvidia() -> tuple[Accelerator, ...]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    asked = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return accelerators_from(said)


def accelerators_from(said: str) -> tuple[Accelerator, ...]:
    """Return what lines of `nvidia-smi` name: "NVIDIA H200, 143771", in MiB."""
    found = []
    for line in said.splitlines():
        name, _, mebibytes = line.rpartition(",")
        if mebibytes.strip().isdecimal():
            found.append(Accelerator(name.strip(), int(mebibytes) << 20))
    return tuple(found)
