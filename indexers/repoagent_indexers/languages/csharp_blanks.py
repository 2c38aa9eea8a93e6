"""Writes over what C#'s grammar cannot read, byte for byte, so that places stay what they are.

It knows no `ref partial struct` and none of C# 14's `extension` blocks, in which the rest of the file is lost to it:
their members are left as those of the class around, where callers find them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from repoagent_indexers.languages.spaces import spaces, without_group
from repoagent_indexers.lazy_pattern import lazy_pattern

_REF_PARTIAL = lazy_pattern(rb"\b(ref) (?=partial[ \t]+struct\b)")
_EXTENSION = lazy_pattern(
    rb"\n[ \t]*(extension[ \t]*(?:<[^\n(){};]*>)?[ \t]*\(\s*(?:\[[^\n\]]*\]\s*)*"
    rb"(?:(?:ref|in|readonly|scoped)\s+)*(?:\w+\s*\.\s*)*(\w+)(?:<[^(){};]*>|[?\[\]])*[^(){};]*\)(?:[^(){};]|\(\))*\{)"
)
"""The head of one, without its margin; the last word of the name of what it extends."""
_NAMED = lazy_pattern(rb"extension[ \t]*[<(]")
_FUNCTION = b"void exte"
"""As long as `extension`."""
_BRACE = lazy_pattern(
    rb"//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|\"\"\"(?:[^\"]|\"(?!\"\"))*\"\"\"|@\"(?:[^\"]|\"\")*\"|\"(?:[^\"\\\n]|\\.)*\""
    rb"|'(?:[^'\\\n]|\\.)+'|([{}])"
)
"""A brace outside of comments and strings, as its group."""

_ATTRIBUTE_LINE = lazy_pattern(rb"[ \t]*\[[^\n]*\]\Z")
_GOING_ON = lazy_pattern(rb"\s*(?:,|case\b|default\s*:|(?:(?:async|override|sealed|unsafe|readonly|new)\b\s*)+\Z)")
"""A branch that goes on with a list or a switch, or holds a part of a declaration alone."""
_ENDS_ITEM = lazy_pattern(rb"=>[^\n]*,\Z|[)\]}\"][ \t]*,\Z")
"""What a branch ends with that is a part of a list, and no enumerator's end."""


class Extension(NamedTuple):
    """What extends a type: its bytes, and the name of that type without its namespace."""

    start: int
    body: int
    """Where what stands in its braces begins."""
    end: int
    extended: str


def is_torn(group: list[re.Match[bytes]], readable: bytearray, content: bytes) -> bool:
    """Whether an #if stands where this grammar knows none: in a list, in a switch, behind an attribute or an arrow.

    `group` are the lines of its #if, #else and #endif, `readable` is the content without the inner ones.
    """
    before = content[max(0, group[0].start() - 200) : group[0].start()].rstrip()
    if before.endswith((b"=>", b")]")):
        return True
    if before.endswith(b"]") and _ATTRIBUTE_LINE.match(before, before.rfind(b"\n") + 1):
        return True
    for one, following in pairwise(group):
        branch = readable[one.end() : following.start()].rstrip()
        if _GOING_ON.match(branch) or (
            branch.endswith(b",") and _ENDS_ITEM.search(branch, max(0, branch.rfind(b"\n")))
        ):
            return True
    return False


def readable(content: bytes) -> bytes:
    """The content with spaces in place of what the grammar does not know."""
    if b"ref partial" in content:
        content = _REF_PARTIAL.sub(without_group, content)
    return _without_extensions(content) if b"extension" in content else content


def extensions(content: bytes) -> list[Extension]:
    """The `extension(Item item) { ... }` of a file, in their order; none behind one whose braces do not match."""
    found: list[Extension] = []
    for head in _EXTENSION.finditer(content) if _NAMED.search(content) else ():
        if found and head.start() < found[-1].end:
            continue
        depth = 1
        for brace in _BRACE.finditer(content, head.end()):
            depth += {b"{": 1, b"}": -1}.get(brace[1], 0)
            if not depth:
                extended = head[2].decode("utf-8", "replace")
                found.append(Extension(head.start(1), head.end(), brace.end(), extended))
                break
        else:
            break  # to look on from each would take time that grows with the square of their number
    return found


def extension_heads(content: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """The heads of these blocks as those of functions, each with its last brace as the whole body; and their bytes."""
    written = bytearray(content)
    parts: list[tuple[int, int]] = []
    for each in extensions(content):
        written[each.start : each.start + len(_FUNCTION)] = _FUNCTION
        parts += [(each.start, each.body), (each.end - 1, each.end)]
    return bytes(written), parts


def _without_extensions(content: bytes) -> bytes:
    """Without the heads and the last braces of `extension(Item item) { ... }`."""
    if not (found := extensions(content)):
        return content
    written = bytearray(content)
    for each in found:
        written[each.start : each.body] = spaces(written[each.start : each.body])
        written[each.end - 1] = ord(" ")
    return bytes(written)
