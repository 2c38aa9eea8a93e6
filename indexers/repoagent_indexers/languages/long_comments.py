"""Leaves Python's grammar the end of a comment of very many lines: at each line it looks at all that follow.

A comment of 20,000 lines takes it half a minute, one of 1,000 a twentieth of a second.
"""

from __future__ import annotations

import re

from repoagent_indexers.languages.spaces import spaces

MAX_LINES = 1000
_COMMENT = re.compile(rb"^(?:[ \t\f\r]*(?:#[^\n]*)?\n)+", re.M)


def without_long_comments(content: bytes) -> bytes:
    """The content, as long as before, with spaces in place of all but the last lines of a comment that is too long.

    Lines with nothing in them do not end a comment: the grammar looks past them.
    """
    return _COMMENT.sub(_shortened, content) if content.count(b"#") > MAX_LINES else content


def _shortened(found: re.Match[bytes]) -> bytes:
    lines = found[0]
    if lines.count(b"#") <= MAX_LINES:
        return lines
    end = len(lines.rsplit(b"\n", MAX_LINES + 1)[0])
    return spaces(lines[:end]) + lines[end:]
