"""Regular expressions that are compiled when they are first used: a file may need three of a module's sixty."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, cast


def lazy_pattern(pattern: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """What behaves as `re.compile(pattern, flags)`, up to 1 ms each, but is not compiled before it is used."""
    return cast("re.Pattern[bytes]", _Lazy(pattern, flags))


class _Lazy:
    def __init__(self, pattern: bytes, flags: int) -> None:
        self._made_from = (pattern, flags)

    @cached_property
    def _compiled(self) -> re.Pattern[bytes]:
        return re.compile(*self._made_from)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._compiled, name)
        setattr(self, name, found)  # so it is asked for once
        return found
