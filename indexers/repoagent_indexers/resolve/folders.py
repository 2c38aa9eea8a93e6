"""How near two files are to one another, by the folders that they share."""

from __future__ import annotations

from collections.abc import Sequence


def n_alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two sequences have in common from their beginning."""
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n


def n_shared_folders(one: str, other: str) -> int:
    """How many folders two paths have in common from the top."""
    return n_alike(one.split("/")[:-1], other.split("/")[:-1])
