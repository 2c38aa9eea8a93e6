"""From what a backend decodes to what a reader sees: leading space, broken control strings, stop strings."""

from __future__ import annotations

from collections.abc import Sequence

from repoagent_agents.models.base import Reply, Usage
from repoagent_agents.models.chat_format import restore
from repoagent_indexers.errors import ModelError


def readable(pieces: Reply, stop: Sequence[str], *, keeps_space: bool = False) -> Reply:
    """Yield the reply as text for a reader, and return what `pieces` returns.

    One leading space goes (Llama's tokenizer puts it there) unless it belongs to code that fills a gap; broken control
    strings are restored, and the reply ends before the first stop string, since not every server heeds it. `partial`
    of a ModelError is made readable too.
    """
    shown: list[str] = []
    held = ""  # the end of what came, which the next piece may turn into something else
    begun = keeps_space
    usage: Usage | None = None
    try:
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                usage = end.value
                break
            held += piece
            if held and not begun:
                held = held.removeprefix(" ")
                begun = True
            found = [position for word in stop if word and (position := held.find(word)) >= 0]
            if found:
                held = held[: min(found)]
                break
            n_ready = len(held) - _n_undecided(held, stop)
            if n_ready:
                shown.append(restore(held[:n_ready]))
                held = held[n_ready:]
                yield shown[-1]
    except ModelError as error:
        error.partial = "".join(shown) + restore(held)
        raise
    finally:
        pieces.close()
    if held:
        yield restore(held)
    return usage


def whole(text: str, stop: Sequence[str], *, keeps_space: bool = False) -> str:
    """Return a reply that came in one piece as `readable` does."""

    def pieces() -> Reply:
        yield text
        return None

    return "".join(readable(pieces(), stop, keeps_space=keeps_space))


def _n_undecided(text: str, stop: Sequence[str]) -> int:
    """Return how many characters at the end may still become a stop string or a broken control string."""
    longest = 1 if text.endswith(("<", "[")) else 0
    for word in stop:
        for length in range(min(len(word) - 1, len(text)), longest, -1):
            if text.endswith(word[:length]):
                longest = length
                break
    return longest
