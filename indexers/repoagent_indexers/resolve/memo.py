"""What is remembered of questions that lead to others of their kind, perhaps back to themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Memo(Generic[Answer]):
    """Answers to questions, each of which may ask some more, so deep and no deeper."""

    def __init__(self, max_depth: int) -> None:
        self._max_depth = max_depth
        self._depth = 0
        self._known: dict[Hashable, Answer | None] = {}

    def answer(self, key: Hashable, work: Callable[[], Answer | None]) -> Answer | None:
        """What `work` says, once; None while it is being worked out, and beyond the depth."""
        if self._depth > self._max_depth:
            return None
        if key not in self._known:
            self._known[key] = None  # for what leads back here
            found = self.deeper(work)
            if found is None and self._depth:
                del self._known[key]  # another question may have more depth left
            else:
                self._known[key] = found
        return self._known.get(key)

    def deeper(self, work: Callable[[], Answer | None]) -> Answer | None:
        """What `work` says, one question deeper; not remembered. None beyond the depth."""
        if self._depth > self._max_depth:
            return None
        self._depth += 1
        try:
            return work()
        finally:
            self._depth -= 1
