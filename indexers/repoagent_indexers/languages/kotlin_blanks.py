"""Writes over what Kotlin can say and its grammar cannot read, byte for byte, so that places stay what they are.

The grammar knows Kotlin 1.9 but for some layouts: formatters put a constructor on a line of its own.
"""

from __future__ import annotations

import re
from itertools import pairwise

from repoagent_indexers.languages.spaces import blank, without_group
from repoagent_indexers.lazy_pattern import lazy_pattern

_CONSTRUCTOR = lazy_pattern(
    rb"[\w>)]((?:[ \t]*(?://[^\n]*)?\n)+)[ \t]*(?:@[\w.]+(?:\([^()\n]*\))?[ \t\n]+)*"
    rb"(?:(?:internal|private|public|protected|actual|expect)[ \t\n]+)*constructor\b"
)
"""`class Name` and the constructor on the next line."""
_HEADER = lazy_pattern(rb"\b(?:class|interface)[ \t]+\w+[^\n{}();=]*\Z")
_ACTUAL = lazy_pattern(rb"\b(?:actual|expect)(?=[ \t]+(?:va[lr]|constructor)\b)")
"""`internal actual constructor(internal actual val data: ByteArray)`: elsewhere the grammar has it."""
_ACCESSOR = lazy_pattern(rb"^([ \t]*@\w+(?:\([^()\n]*\))?[ \t]*(?://[^\n]*)?)\n(?=[ \t]*(?:\w+[ \t]+)?[gs]et\()", re.M)
"""An annotation of a getter or setter."""
_GUARD = lazy_pattern(rb"^[ \t]*(?:!?is[ \t][^\n]{0,200}?|else|[\w.]+)([ \t]+if\b[^\n]{0,200}?)(?=[ \t]*->)", re.M)
"""`is Circle if radius > 0 ->`, of Kotlin 2.1."""
_DOLLARS = lazy_pattern(rb"(?<!\$)\${2,8}(?:\"\"\".*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\")", re.S)
"""`$$"a $price"`, of Kotlin 2.2."""
_CONTEXT = lazy_pattern(rb"^[ \t]*context\([^()\n]*\)(?=\s*(?:\n|fun\b|val\b|(?:\w+\s+){1,6}fun\b))", re.M)
"""`context(_: Logger)` before a function, of Kotlin 2.2."""
_SUSPENDED = lazy_pattern(rb"(?:^[ \t]*|[=(,>]\s?|\breturn[ \t]+)(suspend)(?=[ \t]*\{)", re.M)
"""`val job = suspend { ... }`."""
_INFIX = lazy_pattern(rb"(?<=[})\w\]\"] )[gs]et(?= [\w(\"])")
"""`row get column`: a function of that name between its arguments."""
_WHERE = lazy_pattern(rb"(?<![\w.])where(?=\?\.|!!|\.\w|[ \t]*=[^=])")
"""A variable of that name."""
_SOFT = lazy_pattern(
    rb"^(?:@[^\n]*\n|@[\w.]+(?:\([^()\n]*\))?[ \t]+|\)[ \t]*\n)(annotation|const|data|expect|operator)"
    rb"(?=[ \t]+(?:class|fun|object|val)\b)",
    re.M,
)
"""`@Odd annotation class Name` at the top of a file, which the grammar takes for `annotation.class(Name)`."""
_ON_ONE_LINE = lazy_pattern(
    rb"[^{}\"']*\b(?<!::)(?:class|interface|object)\b[^{}\"']*\{[^{}\"']*\b(?:va[lr]|fun)[ ][^{}\"']*[^\s{};]\Z"
)
"""`class Name { val size = 1` of `class Name { val size = 1 }`."""


def readable(content: bytes) -> bytes:
    """The content, as long as before, without what the grammar fails at."""
    if b"constructor" in content:
        content = _CONSTRUCTOR.sub(lambda found: _joined(found, content), content)
    if b"actual" in content or b"expect" in content:
        content = _ACTUAL.sub(blank, content)
    if b"@" in content and (b" get(" in content or b" set(" in content):
        content = _ACCESSOR.sub(blank, content)
    if b"@" in content:
        content = _SOFT.sub(without_group, content)
    if b" if " in content and b"->" in content:
        content = _GUARD.sub(without_group, content)
    if b"$$" in content:
        content = _DOLLARS.sub(lambda found: found[0].replace(b"$", b" "), content)
    if b"context(" in content:
        content = _CONTEXT.sub(blank, content)
    if b"suspend {" in content:
        content = _SUSPENDED.sub(without_group, content)
    if b" get " in content or b" set " in content:
        content = _INFIX.sub(b"  +", content)
    if b"where" in content:
        content = _WHERE.sub(b"wher_", content)
    if b" }\n" in content:
        content = _with_ended_declarations(content)
    return content


def _joined(found: re.Match[bytes], content: bytes) -> bytes:
    """The constructor of a class on the line of its header."""
    line = content[content.rfind(b"\n", 0, found.start()) + 1 : found.start() + 1]
    return without_group(found) if _HEADER.search(line) else found[0]


def _with_ended_declarations(content: bytes) -> bytes:
    """With a semicolon behind what a class on one line declares: two such are one broken expression to the grammar."""
    ends: list[int] = []
    at = content.find(b" }\n")
    while at >= 0:
        if _ON_ONE_LINE.match(content[content.rfind(b"\n", 0, at) + 1 : at]):
            ends.append(at)
        at = content.find(b" }\n", at + 1)
    pieces = [content[start + 1 : end] for start, end in pairwise([-1, *ends, len(content)])]
    return b";".join(pieces)
