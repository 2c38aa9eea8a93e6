"""Replies that go in circles: a small model that is asked greedily may say one thing again and again."""

from __future__ import annotations

from collections.abc import Generator, Iterator

_KEPT = 8192
"""Characters of a reply's end in which a circle is looked for."""
_ROUNDS, _LEAST = 3, 600
"""How often something is said, and in how many characters altogether, before it counts as a circle."""
_BETWEEN = 64
"""Characters between two looks."""
_TELLING = 40


def ended_in_circles(pieces: Iterator[str]) -> Generator[str, None, object]:
    """Yield the pieces until they only repeat what was said; return what `pieces` returns, None for a reply cut off.

    Closing the source tells the server that nobody listens any more.
    """
    end, unseen = "", 0
    try:
        while True:
            try:
                piece = next(pieces)
            except StopIteration as stop:
                return stop.value
            yield piece
            end = (end + piece)[-_KEPT:]
            unseen += len(piece)
            if unseen >= _BETWEEN:
                unseen = 0
                if goes_in_circles(end):
                    return None
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


def goes_in_circles(text: str) -> bool:
    """Whether a text ends in the same words three times over, in 600 characters at least."""
    before = text.rfind(text[-_TELLING:], 0, len(text) - 1)
    if before < 0:
        return False
    length = len(text) - _TELLING - before
    end = text[-max(_ROUNDS * length, _LEAST) :]
    return len(end) >= max(_ROUNDS * length, _LEAST) and end[length:] == end[:-length]
