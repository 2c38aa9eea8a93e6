"""Where in C and C++ a macro stands that an outline can do without, known by its form alone.

Two passes over a file, one for lines that begin with a macro and one for macros inside a line; what stands around each
is looked at only there, because most lines have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from repoagent_indexers.languages.spaces import spaces
from repoagent_indexers.lazy_pattern import lazy_pattern

_MACRO = rb"[A-Z][A-Z0-9_]{2,}"
_NESTED = rb"\((?:[^(){};]|\((?:[^(){};]|\([^(){};]*\))*\))*\)"
_NAME = rb"[A-Za-z_~][\w:~]*(?:<[^<>\n;(){}]*>[\w:~]*)?[ \t]*\("
_NOT_WORD = lazy_pattern(rb"\W|^\d")
_LINE = lazy_pattern(
    rb"\n[ \t]*(?=[A-Zceifpsv])"  # without it each blank is tried twice
    rb"((?:(?:static|inline|constexpr|virtual|friend|extern|explicit|public|protected|private)[ \t]+)*)(?="
    + _MACRO
    + rb"([ \t]|\((?![^\n;]*\);[ \t]*\r?\n)|:(?!:)|\r?\n|\Z))"
)
"""A line that begins with one, and does not end as a call does. The byte behind the macro is the second group."""
_LEADING = lazy_pattern(
    rb"(" + _MACRO + rb"(?:[ \t]+" + _MACRO + rb")*)[ \t]+(?="
    rb"[A-Za-z_][\w:]*(?:<[^\n;(){}]*>)?[ \t]*(?:[ \t*&]{1,4}[A-Za-z_~]|[*&]*\r?\n[ \t]*[\w:~<>]+[ \t]*[(\[])"
    rb"|template\b|(?:[A-Za-z_]\w*(?:<[^<>\n;]*>)?::)+~?[A-Za-z_]\w*[ \t]*\()"
)
"""`EXPORT int name(`, in front of a word and another one, of a template, or of a constructor outside of its class."""
_ALONE = rb"[ \t]*(?://[^\n]*)?(?=\r?\n(?!\{)|\Z)"
"""The rest of a line, where what follows is no body."""
_WORD_ALONE = lazy_pattern(rb"(" + _MACRO + rb")" + _ALONE + rb"(?!\r?\n[a-z_]\w*[ \t]*\()")
"""Not where the next line names a function, of which the word is the type."""
_GIVEN = _MACRO + rb"(?:\([^()\n]*\))?"
_WORDS_ALONE = lazy_pattern(rb"(" + _GIVEN + rb"(?:[ \t]+" + _GIVEN + rb")+)" + _ALONE + rb"(?!\r?\n[a-z_]\w*[ \t]*\()")
"""`NONNULL ALLOC_SIZE(1, 2)`, in front of a declaration on the next line."""
_TYPEDEF = lazy_pattern(
    rb"\ntypedef[ \t]+(" + _GIVEN + rb"(?:[ \t]+" + _GIVEN + rb")*)[ \t]+(?=[a-zA-Z_][\w \t*]*\([ \t]*\*)"
)
"""`typedef NONNULL void (*Callback)(`."""
_BLOCK = lazy_pattern(rb"(" + _MACRO + rb")[ \t]*(?=\{[ \t]*\r?\n)")
"""`TRY {`."""
_CALL_ALONE = lazy_pattern(rb"(" + _MACRO + rb"\([^;{}\n]*\))" + _ALONE)
_SIMPLE = lazy_pattern(rb"[^()]*\([^()]*\)\Z|\w*DEPRECATED")
"""A call of a macro that may stand alone inside of a class, where it may as well be a statement."""
_RESULT = lazy_pattern(rb"(" + _MACRO + rb"(?=\(\()" + _NESTED + rb")(?=\s+(?:operator\b|[A-Za-z_]\w*[ \t]*\())")
"""`ENABLE_IF((condition), (int)) name(`."""
_CONSTRUCTOR = lazy_pattern(rb"(" + _MACRO + rb"(?:\([^()\n]*\))?)[ \t]+(?=(?:explicit[ \t]+|~)?(\w+)[ \t]*\()")
_CLASS_NAME = lazy_pattern(rb"\b(?:class|struct)[ \t\n]+(?:" + _MACRO + rb"[ \t\n]+)?(\w+)")
_ACCESS = lazy_pattern(rb"((?:\w*(?:PRIVATE|PUBLIC|PROTECTED)[A-Z_]*|Q_SIGNALS|Q_SLOTS)[ \t]*:)(?!:)")
_NAMED_TEST = lazy_pattern(
    rb"\w*(?:TEST_CASE|SCENARIO)\w*[ \t]*\([ \t]*(?:[\w:<>]+[ \t]*,\s*)?"
    rb"(\"((?:[^\"\\\n]|\\.)+)\"[^;{}]{0,400}?)(?=\)\s*\{)"
)
"""`TEST_CASE("what it is about", "[tags]") {`."""
_TEST_IN_MACRO = lazy_pattern(rb"TEST\w*\([ \t]*\w+,\s*(" + _MACRO + rb"\()\w+(\))(?=\)\s*\{)")
"""`TEST(Suite, SUFFIXED(Name)) {`."""
_WRAPPED = lazy_pattern(
    rb"(" + _MACRO + rb"\()[a-z_][\w \t*]*[ \t*]\w+\((?:[^(){};]|\([^(){};]*\))*\)[ \t]*(\))(?=\s*\{)"
)
"""`UNUSED(static int name(int a)) {`."""
_INSIDE = lazy_pattern(
    rb"[ \t*&](?=[A-Z])("  # with it, most blanks are told a third faster
    + _MACRO
    + rb")(?:[ \t]+(?="
    + _NAME
    + rb"|\w+[ \t]*(?:\[|=(?!=)|;))|[ \t]*\r?\n(?=[a-z_]\w*\()|\([^()\n]*\)(?=\s*[;={]))"
)
_PASTED = lazy_pattern(rb"=\s*((?:[A-Z]+_\w+\s+)+)[A-Z]+_\w+\s*;")
"""`= STRING_a STRING_b;`: literals that are joined, all but the last."""
_SPELT = lazy_pattern(
    rb"\n(?:(?:static|extern|const)[ \t]+)*[a-z_]\w*[ \t*]+(" + _MACRO + rb"\()\w+(\))(?=(?:\[[^\]\n]*\])*[ \t]*=)"
    rb"|\ntypedef[ \t][\w \t*]*?[ \t*](" + _MACRO + rb")(?=\(\w+\)\()"
)
"""`const int PREFIXED(name)[] =`, and `typedef int CALLBACK(name)(`: names that a macro completes."""
_NO_TYPE = rb"[ \t]*(?!return\b|else\b|throw\b|case\b|new\b|delete\b|goto\b|using\b)"
_SPECIFIERS = (
    rb"(?:static|inline|constexpr|virtual|friend|extern|explicit|const|volatile|typedef|unsigned|register"
    rb"|struct|enum|union|class)"
)
_BEFORE_NAME = lazy_pattern(
    _NO_TYPE + rb"(?!(?:" + _SPECIFIERS + rb"[ \t]+)+\Z)[a-z_][\w:]*(?:<[^<>\n;(){}]*>)?(?:[ \t*&]+\w+)?[ \t*&]*"
)
"""`int CALLBACK name(`."""
_BEFORE_CALL = lazy_pattern(_NO_TYPE + rb"[\w:<>, \t*&]*[\w>*&][ \t]+\w+(?:\[[^\]\n]*\])?[ \t]*")
"""`int count GUARDED_BY(mutex);`."""
_MAX_BEFORE = 160
"""Bytes of a line in front of a macro inside it, at most: more is no declaration, and could take long to look at."""
_CALL_STATEMENT = lazy_pattern(rb"\n[ \t]*[A-Z][A-Z0-9]*_[A-Z0-9_]*" + _NESTED + rb"[ \t]*;")
_TYPE_GIVEN = lazy_pattern(
    rb"(?:\A\s*\w+\(|,)\s*((?:const[ \t]+)?"
    rb"(?:(?:unsigned|signed|short|long|int|char|bool|float|double|void|wchar_t)\b[ \t]*)+[*&]*"
    rb"|const[ \t]+[\w:]+[ \t]*[*&]+|(?<=[\s(,])[A-Za-z_][\w:]*(<[^<>();]*>))(?=\s*(?:,|\)[ \t]*;\Z))"
)
"""`FLAG(int, name, 1);`, `CHECK_ALL(Set<>, Map<int>, a);`: types, where the grammar expects expressions."""
_OF_TEMPLATE = lazy_pattern(
    rb"\btemplate[ \t]*<(?=[^;{}]{0,300}?[\s,<>]" + _MACRO + rb"[ \t(])(?:[^<>;{}()]|<[^<>;{}()]*>)*(?:\b("
    + _MACRO + _NESTED + rb")(?=\s*[,>])|>\s+(" + _MACRO + rb"(?:" + _NESTED + rb")?(?:[ \t]+" + _MACRO
    + rb")*)[ \t]+(?=[\w:]))"
)  # fmt: skip
"""`template <class T, ENABLE_IF(...)>`, and `template <class T> INLINE T name(`."""


def without_macros(content: bytes, is_complete: Callable[[int], bool], *, is_cpp: bool) -> bytes:
    """The content with spaces in place of macros that stand where a declaration does.

    `is_complete` tells of an end of line whether what stands before it is a whole declaration.
    """
    readable = bytearray(content)
    names: set[bytes] = set()
    for line in _LINE.finditer(content):
        start, word, behind = line.start(), line.end(), line[2]
        found: re.Match[bytes] | None
        if behind in b"( \t" and (found := _WORDS_ALONE.match(content, word)) and is_complete(start):
            _write(readable, found, 1)
            continue
        if behind == b"(":
            if is_cpp and (found := _NAMED_TEST.match(content, word)):
                _write(readable, found, 1, b" " + _NOT_WORD.sub(b"_", found[2]))
                continue
            if found := _WRAPPED.match(content, word) or _TEST_IN_MACRO.match(content, word):
                _write(readable, found, 1)
                _write(readable, found, 2)
                continue
            if is_cpp and (found := _RESULT.match(content, word)):
                _write(readable, found, 1, b"void")
                continue
            if found := _CALL_ALONE.match(content, word):
                if (word == start + 1 or _SIMPLE.match(found[1])) and is_complete(start):
                    _write(readable, found, 1)
                continue
        elif found := _LEADING.match(content, word):
            _write(readable, found, 1)
            continue
        elif found := _WORD_ALONE.match(content, word) or _BLOCK.match(content, word):
            if is_complete(start):
                _write(readable, found, 1)
            continue
        elif is_cpp and (found := _ACCESS.match(content, word)):
            _write(readable, found, 1, b":".rjust(found.end(1) - word) if line[1] else b"")
            continue
        if is_cpp and (found := _CONSTRUCTOR.match(content, word)):
            names = names or set(_CLASS_NAME.findall(content))
            if found[2] in names:
                _write(readable, found, 1)
    for found in _TYPEDEF.finditer(content) if b"\ntypedef" in content else ():
        _write(readable, found, 1)
    for found in _SPELT.finditer(content):
        for group in range(1, 4):
            if found[group]:
                _write(readable, found, group)
    for found in _PASTED.finditer(content):
        _write(readable, found, 1)
    content = bytes(readable)
    for found in _INSIDE.finditer(content):
        start = found.start(1)
        before = readable[max(content.rfind(b"\n", 0, start) + 1, start - _MAX_BEFORE) : start]
        is_call = content[found.end(1)] == ord("(")
        if (_BEFORE_CALL if is_call else _BEFORE_NAME).fullmatch(before) and (is_cpp or not is_call):
            _write(readable, found, 0 if is_call else 1)
    for call in _CALL_STATEMENT.finditer(content) if is_cpp else ():
        for found in _TYPE_GIVEN.finditer(call[0]) if b"," in call[0] else ():
            group = 2 if found[2] else 1
            start, end = call.start() + found.start(group), call.start() + found.end(group)
            readable[start:end] = (b"0" if group == 1 else b"").ljust(end - start)
    if is_cpp and b"template" in content:
        for found in _OF_TEMPLATE.finditer(content):
            _write(readable, found, found.lastindex or 0, b"int" if found[1] else b"")
    return bytes(readable)


def _write(readable: bytearray, found: re.Match[bytes], group: int, word: bytes = b"") -> None:
    """A word and spaces in place of a group of what was found; line ends stay."""
    start, end = found.span(group)
    if group == 0:
        start += 1  # what stands before it
    readable[start:end] = word + spaces(found.string[start + len(word) : end])
