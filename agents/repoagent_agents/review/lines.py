"""Which lines of a file a change touches, and where the others went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_MAX_AREA = 25_000_000
"""Lines times lines that are compared; a larger stretch counts as replaced as a whole."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of lines that took the place of another; 0-based, half-open."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a file without their ends."""
    lines = content.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def blocks(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[Block, ...]:
    """What changed between two states of a file, in order."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if not a and not b:
        return ()
    if not a or not b or len(a) * len(b) > _MAX_AREA:
        return (Block(head, head + len(a), head, head + len(b)),)
    return tuple(
        Block(head + a_start, head + a_end, head + b_start, head + b_end)
        for tag, a_start, a_end, b_start, b_end in SequenceMatcher(None, a, b).get_opcodes()
        if tag != "equal"
    )


def new_line(changed: Sequence[Block], line: int) -> int:
    """Where a line of the old state stands in the new one, or would stand; both 1-based."""
    shift = 0
    for block in changed:
        if line <= block.old_start:
            break
        if line <= block.old_end:
            return max(1, min(block.new_start + line - block.old_start, max(block.new_end, block.new_start + 1)))
        shift += (block.new_end - block.new_start) - (block.old_end - block.old_start)
    return max(1, line + shift)


def touched(changed: Sequence[Block], line: int) -> bool:
    """Whether a line of the new state, 1-based, is new or stands right beside a change."""
    return any(block.new_start <= line <= block.new_end + 1 for block in changed)
