"""Blanks out what a grammar cannot read, byte for byte, so that places stay what they are.

A grammar for C sees macros before they are expanded. Where one stands for nothing that an outline needs, such as
`class EXPORT Name {`, it makes a whole class unreadable.
"""

from __future__ import annotations

import re

_EXTERN_C = re.compile(
    rb"^[ \t]*#[ \t]*if(?:def[ \t]+__cplusplus|[ \t]+defined[ \t]*\(?[ \t]*__cplusplus)[^\n]*\n"
    rb"\s*(?:extern[ \t]+\"C\"\s*\{|\}[^\n{}]*)\s*"
    rb"^[ \t]*#[ \t]*endif[^\n]*",
    re.M,
)
"""The braces of `extern "C"` that only C++ sees: one #if opens them, another closes them."""
_MACRO_BEFORE_NAME = rb"[ \t]+([A-Z][A-Z0-9_]+(?:\([^()\n]*\))?)\s+[A-Za-z_]\w*\s*(?:final\s*)?[:{<]"
_CLASS = re.compile(rb"class" + _MACRO_BEFORE_NAME)
_STRUCT = re.compile(rb"struct" + _MACRO_BEFORE_NAME)
_ALONE = re.compile(rb"\n[ \t]*([A-Z][A-Z0-9_]{3,})[ \t]*(?=\r?\n)")
_QT = re.compile(rb"\n[ \t]*(Q_[A-Z_]+(?:\([^()\n]*\))?)[ \t]*(?=\r?\n)")
_NOT_LINE_END = re.compile(rb"[^\r\n]")


def blanked(language: str, content: bytes) -> bytes:
    """The content, as long as before, with spaces in place of what the grammar of a language cannot read."""
    if language not in {"c", "cpp"}:
        return content
    if b"__cplusplus" in content:
        content = _EXTERN_C.sub(lambda found: _NOT_LINE_END.sub(b" ", found.group()), content)
    content = _ALONE.sub(
        lambda found: _without_macro(found) if _is_behind_end(content, found.start()) else found.group(), content
    )
    if language == "cpp":
        content = _STRUCT.sub(_without_macro, _CLASS.sub(_without_macro, content))
        if b"Q_" in content:
            content = _QT.sub(_without_macro, content)
    return content


def _without_macro(found: re.Match[bytes]) -> bytes:
    text, start, end = found.group(), found.start(1) - found.start(), found.end(1) - found.start()
    return text[:start] + b" " * (end - start) + text[end:]


def _is_behind_end(content: bytes, position: int) -> bool:
    """Whether what stands before is complete: behind a comma or a brace the name is an enumerator."""
    while position and content[position - 1] in b" \t\r\n":
        position -= 1
    line = content[content.rfind(b"\n", 0, position) + 1 : position]
    return line.endswith((b";", b"}", b"*/")) or (line.lstrip().startswith((b"#", b"//")) and line[-1:] != b"\\")
