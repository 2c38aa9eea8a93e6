"""Text -> a file that a person named, unless something else stands there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.whole_file import write_whole


def write_own(path: Path, text: str, kind: str, what: str, is_one: Callable[[str], bool]) -> None:
    """Write a file, over one that is there only when it is one of ours, as `is_one` tells by its text.

    `kind` is what such a file is called, `what` what is written. Raises Refused for a file that is none, UsageError
    where none can be written.
    """
    try:
        if path.exists() and not is_one(path.read_text("utf-8", "replace")):
            raise Refused(f"{shown(path)}: a file is there that is no {kind}; name another, or remove it first")
        write_whole(path.resolve(), text.encode())
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        raise UsageError(f"{shown(path)}: {why}; name another file for the {what}") from None
