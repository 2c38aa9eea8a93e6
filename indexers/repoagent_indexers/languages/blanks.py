"""Blanks out what a grammar cannot read, byte for byte, so that places stay what they are.

The grammars of C, C++ and C# see macros and #ifs before they are worked off. Where one stands for nothing that an
outline needs, as in `class EXPORT Name {`, it can make a whole file unreadable; what is known by its form is written
over with spaces. So are git's marks of a conflict, in every language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from repoagent_indexers.languages import has_flow_types
from repoagent_indexers.languages.conditionals import conditionals
from repoagent_indexers.languages.long_comments import without_long_comments
from repoagent_indexers.languages.macros import without_macros
from repoagent_indexers.languages.spaces import blank, spaces, without_group
from repoagent_indexers.lazy_pattern import lazy_pattern

_CONFLICT = lazy_pattern(rb"^(?:<{7} .*|[|]{7}(?: .*)?|={7}|>{7} .*)\r?$", re.M)
_MACRO = rb"[A-Z][A-Z0-9_]{2,}"
_MAX_DEPTH = 50
"""Deeper #ifs are left as they are: to look at each would take time that grows with the square of their number."""
_ENDS_OPEN = lazy_pattern(rb"[\w)][ \t]*(?://[^\n]*)?\s*\Z")
_OF_CPP = lazy_pattern(rb"\b__cplusplus\b(?!\s*[<>])")
_GOES_ON = lazy_pattern(rb"\s*(?:=>|&&|\|\||\?\?|\.\w|[?:][^:]|(?:and|or)\s)")
"""What a branch begins with that goes on with what stands before it."""
_OPEN_VALUE = lazy_pattern(rb"\n[^\n/*=#]*[\w)\]>] *=>?\Z")
_OPEN_HEADER = lazy_pattern(rb"\s*(?:\}\s*)?(?:else\s+)?(?:if|while|for|foreach|using|lock)\b.*\)\Z")
_BODY = lazy_pattern(rb"\s*\{")
_ATTRIBUTES = lazy_pattern(rb"(?:\s*\[[^\n]*\][ \t\r]*(?:\n|\Z))+")
_ELSE = lazy_pattern(rb"\s*else\b")
_LITERAL = lazy_pattern(rb"//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+'")
_SPECIFIERS = lazy_pattern(rb"\s*(?:constexpr|static|inline|explicit|virtual|extern|public|internal)(?:\s+\w+)*\s*")
"""What stands in a branch alone and is half of a declaration."""
_EMPTY_MACRO = lazy_pattern(
    rb"define[ \t]+(\w+)(?=[ \t\r\n])(?:[ \t]|\b(?:static|extern|inline|__inline(?:__)?|__forceinline|__extension__)\b"
    rb"|__attribute__[ \t]*\(\([^\n()]*(?:\([^\n()]*\))?\)\)|__declspec\(\w+\)|\[\[[^\n\]]*\]\])*(?:/[*/][^\n]*)?\r?$",
    re.M,
)
"""A macro that this very file defines as nothing, or as words that an outline can do without."""
_OF_MICROSOFT = lazy_pattern(rb"\b__(?:stdcall|cdecl|fastcall)\b|\b__declspec\([^()\n]*(?:\([^()\n]*\))?\)")
_MACROS = _MACRO + rb"(?:\([^()\n]*\))?(?:[ \t]+" + _MACRO + rb"(?:\([^()\n]*\))?)*"
_BEFORE_NAME = rb"[ \t]+(" + _MACROS + rb")\s+[A-Za-z_][\w:]*\s*(?:final\s*)?[:{<;]"
"""`class EXPORT Name {`."""
_BEHIND_NAME = rb"[ \t]+[A-Za-z_]\w*[ \t]+(" + _MACRO + rb")(?=\s*(?::(?!:)|\{))"
"""`class Name FINAL {`."""
_HEADERS = {
    b"class": (lazy_pattern(rb"class" + _BEFORE_NAME), lazy_pattern(rb"class" + _BEHIND_NAME)),
    b"struct": (lazy_pattern(rb"struct" + _BEFORE_NAME), lazy_pattern(rb"struct" + _BEHIND_NAME)),
    b"enum": (lazy_pattern(rb"enum" + _BEHIND_NAME),),
}
_TRAILING = lazy_pattern(
    rb"\)[ \t\r\n]*(?:const[ \t]*)?\b("
    + _MACRO
    + rb"(?:\([^()\n]*\))?)(?=(?:\s|//[^\n]*\n)*(?:[;{]|= *(?:0|default\b|delete\b)|:(?!:)"
    rb"|(?:override|final|noexcept)\b))"
)
"""`int run() const LOCKS(mutex);`."""
_EMPTY_DEFAULT = lazy_pattern(rb"=[ \t]*\{\}(?=\s*[,)])")
"""`void f(Options options = {})`."""
_OPERATOR_CALL = lazy_pattern(rb"(?:->|\.)[ \t]*operator[ \t]*(?:\[[ \t]*\]|[-+*/%<>=!&|^~]+)[ \t]*(?=\()")
_TYPENAME = lazy_pattern(rb"[(,=]\s*(typename)[ \t]+(?=[\w:]+(?:<[^<>\n;(){}]*>)?[({])")
"""`f(typename T::key(a))`."""
_CONDITION = lazy_pattern(rb"\n[ \t]*#[ \t]*(?:el)?if\b(?:[^\n]*\\\r?\n)*[^\n]*")
_ASKING = lazy_pattern(rb"\b\w+[ \t]*\([ \t]*(?:<[^<>\n]*>|\"[^\"\n]*\")[ \t]*\)")
"""`#if __has_include(<file>)`."""
_ASSERTION = lazy_pattern(rb"\b[A-Z_]*STATIC_ASSERT(?=[ \t]*\()")
_NO_HEADER = lazy_pattern(rb"\s*(?:(?:if|else|while|for|switch|return|case|do)\b|\*|[^\n\"]*/[/*])")
"""A line in which a bracket ends no header of a function: a statement, or one with a comment."""
_MACRO_LINE = lazy_pattern(_MACRO + rb"(?:\([^()]*\))?")
_CALLING = lazy_pattern(rb"\((" + _MACRO + rb")[ \t]*\*[ \t]*\w+\)\s*\(")
"""`(CALLBACK *name)(`."""
_COUNTED = lazy_pattern(rb"\b[A-Za-z_]\w*\(\d+, ?\d+\)(?=\s+\**[A-Za-z_]\w*[ \t]?\()")
_COUNTS = lazy_pattern(rb"\(\d+, ?\d+\)\s+\**[A-Za-z_]\w*[ \t]?\(")
"""`void printflike(1, 2) log(const char *, ...)`: which parameter is a format, said by a macro."""
_FUNCTION = lazy_pattern(rb"(\n(?:static[ \t]+)?)(" + _MACRO + rb"\()([a-z_]\w*)(?:(\)\s)|(,)[^;{}()]*\))\s*\{")
_FUNCTION_OF_ONE = lazy_pattern(rb"(\n(?:static[ \t]+)?)(" + _MACRO + rb"\()([a-z_]\w*)(?:(\)\s)|(,))\s*\{")
"""`TEST_CASE(name) {`: a function that a macro declares."""
_PASTING = lazy_pattern(rb"\n#[ \t]*define[ \t]+([a-z_]\w*)\([^()\n]*\)(?=(?:[^\n]*\\\r?\n)*[^\n]*##)")
"""`#define step(name) static int step_##name(int a)`: what makes a name, and may begin a function: `step(first) {`."""
_ATTRIBUTE_MACRO = lazy_pattern(rb"\)(\s*__[a-z]+_attribute__[ \t]*\(\((?:[^()]|\([^()]*\))*\)\))(?=\s*[;{])")
"""`__gcc_attribute__ ((...))` behind a header."""
_ENUM = lazy_pattern(rb"enum\b[^;{}()=]{0,300}\{[^{}]*\}")
_STRUCT_BODY = lazy_pattern(rb"struct\b[^;{}()=]{0,300}\{[^{}]*\}")
_UNION_BODY = lazy_pattern(rb"union\b[^;{}()=]{0,300}\{[^{}]*\}")
_LISTED = lazy_pattern(rb"\n[ \t]*" + _MACRO + rb"\([^()\n]*\)[ \t]*,?(?=[ \t]*\r?\n)")
"""Members or enumerators that a macro lists: `ALL_OF_THEM(X)`."""
_DIRECTIVE = lazy_pattern(rb"\n[ \t]*#[ \t]*(?:define|undef)\b(?:[^\n]*\\\r?\n)*[^\n]*")
_LONG_DEFINE = lazy_pattern(rb"#[ \t]*define\b[^\n]*\\\r?\n(?:[^\n]*\\\r?\n)*[^\n]*")
_COMMENT = lazy_pattern(rb"/\*[^\n]*?\*/")
"""Inside a long #define it ends the definition for the grammar."""
_SIGNATURE = lazy_pattern(rb"<(?<=[ \t]<)(?=\s*\w+\s*(?:\bextends\b|,|=[^=>]|>\s*\())")
_USING = lazy_pattern(rb"^([ \t]*)(await[ \t]+)?using(?=[ \t]+[A-Za-z_$][\w$]*\s*(?::[^=;\n]*)?=[^=>])", re.M)
"""`using file = open()`, of TypeScript 5.2."""
_ABSTRACT = lazy_pattern(rb"\babstract\b(?=\??:)")
"""A member of that name, which the grammar takes for a modifier without one."""
_NOT_CODE = lazy_pattern(rb"(?:^|(?<=\s))//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/")
_ENDS_MEMBER = lazy_pattern(rb"[\w>)\]}]\Z")
_HEADER = lazy_pattern(rb"[;}]")
_LABELS = frozenset({b"public:", b"protected:", b"private:"})
_QT = lazy_pattern(rb"\n[ \t]*(Q_[A-Z_]+(?:\([^()\n]*\))?)[ \t]*(?=\r?\n)")


NEEDED = frozenset({"c", "cpp", "csharp"})
"""Languages of which much more is blanked out than marks of a conflict."""


_LIBRARY_OF_FLOW = lazy_pattern(
    rb"^[ \t]*\+\w+\??: |[:<|] ?\?[A-Za-z(]|\{\||,\s*\.\.\.\s*\}"
    rb"|^[ \t]*declare (?:export|module\.exports|opaque)\b|\$ReadOnly",
    re.M,
)
"""What is in declarations for Flow, which need not say so in a folder `flow-typed`, and in no TypeScript."""


def blanked(language: str, content: bytes) -> bytes:
    """The content, as long as before, with spaces in place of what the grammar of a language cannot read."""
    if b"<<<<<<< " in content:  # in the midst of a merge: both sides are read
        content = _CONFLICT.sub(blank, content)
    if language == "python":
        return without_long_comments(content)
    if language == "csharp":
        from repoagent_indexers.languages import csharp_blanks

        if b"#if" in content:
            content = _without_torn_conditionals(content, csharp_blanks.is_torn)
        return csharp_blanks.readable(content)
    if b"using " in content and language in {"javascript", "typescript", "tsx"}:
        content = _USING.sub(lambda found: found[1] + b" " * len(found[2] or b"") + b"const", content)
    if language in {"typescript", "tsx"}:
        if b"abstract" in content:
            content = _ABSTRACT.sub(b"abstrac_", content)
        if language == "tsx" and (
            has_flow_types(content) or (b"declare " in content and _LIBRARY_OF_FLOW.search(content))
        ):
            from repoagent_indexers.languages import flow_blanks

            return flow_blanks.readable(content)
        return _with_ended_signatures(content) if language == "typescript" else content
    if language == "kotlin":
        from repoagent_indexers.languages import kotlin_blanks

        return kotlin_blanks.readable(content)
    if language == "haskell":
        from repoagent_indexers.languages import haskell_blanks

        return haskell_blanks.readable(content)
    if language not in {"c", "cpp"}:
        return content
    original = content
    if b"#" in content:
        content = _without_torn_conditionals(content)
    if names := empty_macros(content):
        uses = re.compile(rb"\b(" + b"|".join(sorted(names)) + rb")\b")
        content = uses.sub(
            lambda found: found[0] if _line_of(original, found.start()).lstrip()[:1] == b"#" else b" " * len(found[0]),
            content,
        )
    if b"__declspec" in content or b"__stdcall" in content or b"__cdecl" in content:
        content = _OF_MICROSOFT.sub(blank, content)
    ends = _Ends(original)
    content = without_macros(content, ends.before, is_cpp=language == "cpp")
    if b"enum" in content:
        content = _ENUM.sub(lambda found: _DIRECTIVE.sub(blank, _LISTED.sub(blank, found[0])), content)
    if b"struct" in content:
        content = _STRUCT_BODY.sub(lambda found: _LISTED.sub(blank, found[0]), content)
    if b"union" in content:
        content = _UNION_BODY.sub(lambda found: _LISTED.sub(blank, found[0]), content)
    if b"define" in content:
        content = _LONG_DEFINE.sub(
            lambda found: _COMMENT.sub(blank, found[0]) if b"/*" in found[0] else found[0], content
        )
    content = _CALLING.sub(without_group, content)
    if _COUNTS.search(content):
        content = _COUNTED.sub(blank, content)
    content = (_FUNCTION if language == "c" else _FUNCTION_OF_ONE).sub(_as_function, content)
    if b"##" in content and (makers := set(_PASTING.findall(content))):
        begun = rb"(\n(?:static[ \t]+)?)((?:" + b"|".join(sorted(makers)) + rb")\()([a-z_]\w*)(?:(\)\s)|(,))\s*\{"
        content = re.sub(begun, _as_function, content)
    if b"_attribute__" in content:
        content = _ATTRIBUTE_MACRO.sub(without_group, content)
    content = _TRAILING.sub(
        lambda found: found[0] if _NO_HEADER.match(_line_of(original, found.start())) else without_group(found),
        content,
    )
    if language == "cpp":
        for word, patterns in _HEADERS.items():  # each begins with a word of its own: faster than one of several
            for pattern in patterns if word in content else ():
                content = pattern.sub(without_group, content)
        if b"Q_" in content:
            content = _QT.sub(without_group, content)
        if b"STATIC_ASSERT" in content:
            content = _ASSERTION.sub(lambda found: b"static_assert".rjust(len(found[0])), content)
        if b"operator" in content:
            content = _OPERATOR_CALL.sub(blank, content)
        if b"has_" in content or b"HAS_" in content:
            content = _CONDITION.sub(lambda found: _ASKING.sub(lambda one: b"1".ljust(len(one[0])), found[0]), content)
        if b"typename" in content:
            content = _TYPENAME.sub(without_group, content)
        content = _EMPTY_DEFAULT.sub(blank, content)
    return content


def empty_macros(content: bytes) -> set[bytes]:
    """The macros of C and C++ that stand for nothing, or for words that matter to no grammar."""
    return set(_EMPTY_MACRO.findall(content)) if b"define" in content else set()


def blanked_between(language: str, content: bytes, gaps: Sequence[tuple[int, int]]) -> bytes:
    """The same of content that has nothing but spaces in the gaps, which need not be looked at."""
    pieces: list[bytes] = []
    at = 0
    for start, end in gaps:
        pieces.append(content[at : start + 1])
        at = end
    pieces.append(content[at:])
    readable = blanked(language, b"".join(pieces))
    spread: list[bytes] = []
    at = 0
    for piece, (start, end) in zip(pieces, gaps, strict=False):
        spread += (readable[at : at + len(piece)], b" " * (end - start - 1))
        at += len(piece)
    return b"".join([*spread, readable[at:]])


def _with_ended_signatures(content: bytes) -> bytes:
    """With a semicolon before a call signature that begins on a line of its own: else the grammar reads on."""
    readable = bytearray()
    for found in _SIGNATURE.finditer(content):
        start = found.start()
        line = content.rfind(b"\n", 0, start)
        if line < 0 or content[line + 1 : start].strip(b" \t"):
            continue
        before = _NOT_CODE.sub(b"", content[max(0, line - 400) : line + 1]).rstrip()
        if _ENDS_MEMBER.search(before):
            readable = readable or bytearray(content)
            readable[start - 1] = ord(";")
    return bytes(readable) or content


def _without_torn_conditionals(content: bytes, is_torn: Callable[..., bool] = lambda *_: False) -> bytes:
    """Without the #if, #else and #endif that tear a bracket, a list or a statement in two; the first branch stays.

    `is_torn` says of which more a language's grammar cannot read, by the same arguments as `_is_torn`.
    """
    readable = bytearray(content)
    for depth, group in conditionals(content):
        if depth < _MAX_DEPTH and (_is_torn(group, readable, content) or is_torn(group, readable, content)):
            _join(group, readable)
    return bytes(readable)


def _is_torn(group: list[re.Match[bytes]], readable: bytearray, content: bytes) -> bool:
    before = content[max(0, group[0].start() - 200) : group[0].start()].rstrip()
    if before.endswith((b",", b"(", b"\n:", b" :", b"&&", b"||")) or before == b":" or _OPEN_VALUE.search(before):
        return True
    if before.endswith(b")") and _BODY.match(readable, group[0].end()):
        end = before.rfind(b"\n")
        return before[end + 1 :].lstrip()[:1] != b"#" and before[max(0, end - 1) : end] != b"\\"
    behind = content[group[-1].end() : group[-1].end() + 80].lstrip()[:1]
    for one, following in pairwise(group):
        branch = readable[one.end() : following.start()]
        if behind in {b"{", b":"} and _ENDS_OPEN.search(branch):
            return True
        if _GOES_ON.match(branch) or _ELSE.match(branch) or _ELSE.match(content, group[-1].end()):
            return True
        if (len(branch) < 80 and _SPECIFIERS.fullmatch(branch)) or _ATTRIBUTES.fullmatch(branch):
            return True
        above, _, last = branch.rstrip().rpartition(b"\n")
        if _OPEN_HEADER.match(last) and not above.rstrip(b"\r").endswith(b"\\"):
            return True
        if branch.count(b"{") != branch.count(b"}"):
            code = _LITERAL.sub(b"", branch)
            if code.count(b"{") != code.count(b"}"):
                return True
    return False


def _join(group: list[re.Match[bytes]], readable: bytearray) -> None:
    for found in group:
        readable[found.start() : found.end()] = spaces(found[0])
    first = 0 if _OF_CPP.search(group[0][0]) and group[0][1] != b"ifndef" else 1
    if first < len(group) - 1:
        start, end = group[first].end(), group[-1].start()
        readable[start:end] = spaces(readable[start:end])


def _as_function(found: re.Match[bytes]) -> bytes:
    """`MACRO(name) {` as `void   name(){`, and `MACRO(name, x) {` as `void   name( x) {`."""
    before, macro, name, end, comma = found.groups()
    rest = found[0][len(before + macro + name + (end or comma)) :]
    return before + b"void".ljust(len(macro)) + name + (b"()" if end else b"(") + rest


def _line_of(content: bytes, position: int) -> bytes:
    return content[content.rfind(b"\n", 0, position) + 1 : position]


class _Ends:
    """Tells whether what stands before a line is complete: behind a comma or a brace a name is an enumerator."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.known: dict[int, bool] = {}
        """Of lines that hold a macro alone: where they end -> whether what stands before them is complete."""

    def before(self, position: int) -> bool:
        """Whether it is, for the line that begins behind the end of line at `position`."""
        last = self.content.find(b"\n", position + 1)
        known = self.known[last] = self._before(position)
        return known

    def _before(self, position: int) -> bool:
        content = self.content
        while position > 0:
            while position and content[position - 1] in b" \t\r\n":
                position -= 1
            start = content.rfind(b"\n", 0, position) + 1
            line = content[start:position]
            code = line.partition(b"//")[0].strip()
            while content.endswith((b"\\\n", b"\\\r\n"), max(0, start - 3), start):
                start = content.rfind(b"\n", 0, start - 1) + 1
                code = content[start:position].strip()
            if line.endswith(b"*/"):
                position = content.rfind(b"/*", 0, position)
            elif not code or (code.startswith(b"#") and not code.endswith(b"\\")):
                position = start
            elif _MACRO_LINE.fullmatch(code):
                last = content.find(b"\n", position)
                if last in self.known:
                    return self.known[last]
                position = start
            else:
                if code in _LABELS or code.endswith((b";", b"}", b">")):
                    return True
                return (
                    code.endswith(b"{") and b"enum" not in _HEADER.split(content[max(0, position - 300) : position])[-1]
                )
        return True
