"""What the bodies of macros of C and C++ refer to: to the grammars they are text, so words tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoagent_indexers.languages.braces import BRACES
from repoagent_indexers.lazy_pattern import lazy_pattern

_DEFINE = lazy_pattern(rb"#[ \t]*define[ \t]+\w+(?:\(([^()]*)\))?[ \t]+(?![\d\n])((?:[^\\\n]|\\(?:\r?\n|.))+)")
"""The parameters, and a body that is no number."""
_WORD = lazy_pattern(
    rb"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|//.*|/\*.*?\*/|\.?\d[\w.]*"
    rb"|\b__attribute__\s*\(\(.*?\)\)|\b__declspec\s*\([^()]*\)"
    rb"|(\.|->|##?|\b(?:struct|union|enum|class|typename))?[\s\\]*\b([A-Za-z_]\w*)(?=[\s\\]*(##|\()?)",
    re.S,
)
"""What is passed over, or a word with what stands before and behind it."""
_TYPE_WORDS = (b"struct", b"union", b"enum", b"class", b"typename")


def macro_uses(language: str, content: bytes) -> Iterator[tuple[int, str, bytes]]:
    """The start, the kind of reference and the name of what macros use: no field, nothing that `##` joins."""
    row = BRACES[language]
    if b"define" not in content:
        return
    for define in _DEFINE.finditer(content):
        parameters = {each.strip() for each in (define[1] or b"").split(b",")}
        for word in _WORD.finditer(content, *define.span(2)):
            before, name, behind = word.groups()
            if name is None or name in row.keywords or name in row.predeclared or name in parameters:
                continue
            is_call = behind == b"("
            if behind == b"##" or before in {b"#", b"##"} or (before in {b".", b"->"} and not is_call):
                continue
            kind = "type" if before in _TYPE_WORDS else "call" if is_call else "use"
            yield word.start(2), kind, name
