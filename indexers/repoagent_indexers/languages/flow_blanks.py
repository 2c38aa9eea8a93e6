"""Writes over what Flow can say and the grammar of TSX cannot read, byte for byte, so that places stay what they are.

What names mean is kept, not always what a type is: `Key => Value` becomes `Key |  Value`, whose names are types all the
same. Where types stand is told by the words and signs in front of them (`_TYPES`); in the rest of a file only what no
expression of JavaScript looks like is written over.
"""

from __future__ import annotations

import re

from repoagent_indexers.languages.spaces import blank, spaces, without_group
from repoagent_indexers.lazy_pattern import lazy_pattern

_INEXACT = lazy_pattern(rb"\.\.\.[ \t]*,?(?=(?:\s|//[^\n]*\n)*\|?\})")
"""`{ a: number, ... }`."""
_EXACT = lazy_pattern(rb"\{\|(?!\|)|(?<!\|)\|\}")
_MAYBE = lazy_pattern(rb"\?(?=\s*[(\w$\{\[<])")
_BEFORE_MAYBE = lazy_pattern(rb"(?:[:<,|&(=]|=>)\s*\Z")
"""`name: ?(Key) => Value`."""
_SIGN = lazy_pattern(rb"[+-](?=#?[\w$]+\??\s?:[^:]|\[|get\b|set\b|\w+\s*(?:[,>=]|extends\b))")
_OF_MEMBER = lazy_pattern(rb"(?:[{,;(\[|]|\*/|\n)\s*(?:static\s+)?\Z")
_OF_PARAMETER = lazy_pattern(rb"<(?:[^<>(){};\"']*,)?\s*\Z")
_MEMBER = lazy_pattern(rb".(?:#?[\w$]+\??\s?:[^:]|\[|get\b|set\b)")
"""`+name: Type`, `<+T>`: where a sign says that what it stands before can be read alone, or written alone."""
_WORD_OF_VARIANCE = lazy_pattern(rb"[<,]\s*\b(in|out)(?=[ \t]+[A-Z_]\w*\s*(?:[,>:=]|extends\b))")
"""`<out T>`."""
_NO_ARGUMENTS = lazy_pattern(rb"(?<=[\w$])<>")
"""`NodePath<>`."""
_ANYTHING = lazy_pattern(rb"[<,:]\s*(\*)(?=\s*[>,;)=])")
_OPAQUE = lazy_pattern(rb"\b(opaque)[ \t]+type\b")
_BOUND = lazy_pattern(rb"\bopaque[ \t]+type[ \t]+[\w$]+(?:<[^<>\n]*>)?(:[^=;{\n]*)=")
"""`opaque type Id: string = string`."""
_DECLARED = lazy_pattern(rb"\bdeclare(\s+)export(?=\s+(?:type|var|let|const|function|class|interface|opaque|enum)\b)")
_HANDED_ON = lazy_pattern(rb"\b(declare)\s+export\s+(?:default\b|\*|\{)")
_WHOLE = lazy_pattern(rb"\bdeclare[ \t]+module\.exports(?=[ \t]*:)")
"""`declare module.exports: Type`."""
_HANDED_TYPES = lazy_pattern(rb"\bexport\s+(type)\s+\*")
_INTERFACE = lazy_pattern(rb"(?:[=:|&<,(]|\bas)\s*(interface)(?=\s*\{)")
_LOOP = lazy_pattern(rb"\bfor\s*(?:await\s*)?\(\s*(?:const|let|var)\s+[\w$]+(:[^()\n;=]*?)\s(?:of|in)\s")
"""`for (const key: string of keys)`."""
_CALLED = lazy_pattern(rb"\b(static)(?=\s*\()")
"""What a class is as a function: `static (name: string): Name`."""
_CHECKS = lazy_pattern(rb"%checks(?:\([^()\n]*\))?")
_IMPLIES = lazy_pattern(rb"(?::|=>)\s*(implies)\s+[\w$]+\s+is\b")
_ITERATOR = lazy_pattern(rb"@@(?=(?:async)?[iI]terator\b)")
_MIXINS = lazy_pattern(rb"\bextends\s+[^{}\n]*?\s(mixins)\b")
_ENUM = lazy_pattern(rb"\benum\s+[\w$]+\s+(of\s+\w+)(?=\s*\{)")
_COMPONENT = lazy_pattern(rb"^(?:export\s+)?(?:default\s+)?(component)[ \t]+[A-Z]\w*(?:<[^<>\n]*>)?\(", re.M)
_NAME = rb"[\w$]+(?:\.[\w$]+)*(?:<[^<>(){}=;\n]*(?:<[^<>(){}=;\n]*>[^<>(){}=;\n]*)*>)?(?:\[\])*"
_TYPE = (
    rb"(?:(?:string|number|boolean|mixed|unknown|any|void|null|empty|bigint|symbol)\b|[A-Z$]" + _NAME + rb"|[A-Z]\b)"
)
_ARROW = lazy_pattern(rb"=>")
_LEFT = lazy_pattern(rb"(?:(?<!\))[:|(,<]|\)(:))\s*" + _TYPE + rb"(?:\[\])*\s*\Z")
_RIGHT = lazy_pattern(rb"\s*\(?\??" + _TYPE + rb"\s*([,;)|&=>\]}{])")
"""`onSelect: Key => void`, where a type stands on both sides."""
_GIVEN = rb"\??" + _NAME + rb"(?:\s*[|&]\s*" + _NAME + rb")*"
_UNNAMED = lazy_pattern(rb"\s*" + _GIVEN + rb"(?:\s*,\s*" + _GIVEN + rb")*,?\s*")
"""`(Array<Key>, ?Value) => void`, without names of parameters."""
_SURELY = lazy_pattern(rb"[<|.?\[&]")
_PRIMITIVE = lazy_pattern(rb"\s*(?:string|number|boolean|mixed)\b")
_BEFORE_TYPE = lazy_pattern(rb"[:<|\[]\s*\Z")
"""`Array<(string) => void>`."""
_MAX_GIVEN = 400
"""Bytes of parameters without names, and in front of an arrow, that are looked at."""
_NO_WORD = lazy_pattern(rb"[<|.?\[&]|\b(?:string|number|boolean|mixed)\b")
_METHOD = lazy_pattern(rb"[{,;]\s*[\w$]+(\()\s*" + _NAME + rb"\s*(\))\s*(:)(?=[^\n]*[;,]\n)")
"""`delete(Leaf<T>): boolean;`: one parameter without a name."""
_TYPES = lazy_pattern(
    rb"(?P<given><(?<=[\w$]<)\s*(?=\{))"
    rb"|(?P<annotated>const\s+[\w$]+:|let\s+[\w$]+:|var\s+[\w$]+:|static\s+[\w$]+:|\):(?=\s*[(\[{])"
    rb"|[;}]\s*(?:(?://[^\n]*\n|/\*(?:[^*]|\*(?!/)){0,9999}\*/)\s*)*#?(?!default\b)[\w$]+\??:(?=\s*[(\[{]))"
    rb"|\n[ \t]*(?:(?:export[ \t]+)?declare\b|(?:export[ \t]+)?(?:opaque[ \t]+)?(?:type|interface)[ \t]+[\w$]+)"
)
"""Where types begin: in `<`, behind a variable, a field or a list of parameters, and in statements of types alone."""
_STEP = lazy_pattern(
    rb"[(\[{]|[)\]}]|;|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|/\*.{0,9999}?\*/|//[^\n]*|=>|=|,|\.\.\.|\n(?=\S)",
    re.S,
)
_ENDED = lazy_pattern(rb"(?:export|import|type|const|let|var|function|class|declare|module|async|if|for|return)\b|/\*")
_REST = lazy_pattern(rb"[A-Z$][\w$.]*<")
"""`...Array<Type>` among parameters."""
_NAMED = lazy_pattern(rb"\s*(?:\.\.\.\s*)?[\w$]+\??\s*:")
_PLAIN = lazy_pattern(rb"\s*(?!(?:string|number|boolean|any|void|null)\b)[\w$]+(?:\s*,\s*[\w$]+)*\s*,?\s*")
"""Names alone, which the grammar takes for those of parameters: `resolve/` knows better."""
_KEY = lazy_pattern(rb"\[([\w$.]+)\](?=\s*\??:)")
"""`{ [string]: number }`."""
_SIMPLE = frozenset((b"string", b"number", b"mixed", b"any", b"symbol", b"boolean"))
_OWN = lazy_pattern(rb"<[\w$, ]+>\s*\Z")
_MAX_TYPE = 1 << 20
"""Bytes of types that are looked at as a whole."""
_BRACE, _BRACKET, _CLOSED = b"{()"


def readable(content: bytes) -> bytes:
    """The content, as long as before, without what the grammar fails at."""
    if b"declare" in content:
        content = _DECLARED.sub(lambda found: b"export" + found[1] + b"declare", content)
        content = _HANDED_ON.sub(without_group, content)
        content = _WHOLE.sub(lambda found: b"declare var".ljust(len(found[0]) - 7) + b"exports", content)
        content = _MIXINS.sub(lambda found: _instead(found, b","), content)
    if b"opaque" in content:
        content = _BOUND.sub(without_group, content)
        content = _OPAQUE.sub(without_group, content)
    content = _WORD_OF_VARIANCE.sub(without_group, _without_variance(content))
    if b"..." in content:
        content = _INEXACT.sub(blank, content)
    if b"..." in content or b"=>" in content or b"]:" in content:
        content = _with_types(content)
    if b"{|" in content:
        content = _EXACT.sub(lambda found: b"{ " if found[0] == b"{|" else b" }", content)
    content = _without_maybe(content)
    for sign, pattern in ((b"<>", _NO_ARGUMENTS), (b"%checks", _CHECKS), (b"@@", _ITERATOR)):
        if sign in content:
            content = pattern.sub(blank, content)
    for sign, pattern in (
        (b"type", _HANDED_TYPES),
        (b"interface", _INTERFACE),
        (b"implies", _IMPLIES),
        (b"enum", _ENUM),
        (b"for", _LOOP),
        (b"static", _CALLED),
    ):
        if sign in content:
            content = pattern.sub(without_group, content)
    if b"*" in content:
        content = _ANYTHING.sub(lambda found: _instead(found, b"_"), content)
    if b"component" in content:
        content = _COMPONENT.sub(lambda found: _instead(found, b"function"), content)
    return _METHOD.sub(_as_property, _without_arrows(content))


def _instead(found: re.Match[bytes], text: bytes) -> bytes:
    """What a pattern found with a shorter text in place of its group."""
    group = found.lastindex or 0
    start, end = found.start(group) - found.start(), found.end(group) - found.start()
    return found[0][:start] + text.ljust(end - start) + found[0][end:]


def _without_variance(content: bytes) -> bytes:
    code = bytearray(content)
    for found in _SIGN.finditer(content):
        before = content[max(0, found.start() - 200) : found.start()]
        is_member = _MEMBER.match(content, found.start()) and _OF_MEMBER.search(before)
        if is_member or _OF_PARAMETER.search(before):
            code[found.start() : found.end()] = b" "
    return bytes(code)


def _without_maybe(content: bytes) -> bytes:
    code = bytearray(content)
    for found in _MAYBE.finditer(content):
        if _BEFORE_MAYBE.search(code[max(0, found.start() - 100) : found.start()]):
            code[found.start() : found.end()] = b" "
    return bytes(code)


def _without_arrows(content: bytes) -> bytes:
    """Without the arrows in types of functions whose parameters have no names, wherever types stand on both sides.

    `(Array<A>, B) => C` becomes `[Array<A>, B] |  C`; functions and parameters with names are left alone.
    """
    code = bytearray(content)
    for found in _ARROW.finditer(content):
        arrow = found.start()
        before = bytes(code[max(0, arrow - _MAX_GIVEN) : arrow]).rstrip()
        if not before.endswith(b")"):
            left, right = _LEFT.search(before), _RIGHT.match(code, found.end())
            if left is not None and right is not None and (left[1] is None) == (right[1] != b"{"):
                code[arrow : arrow + 2] = b"| "
            continue
        last = max(0, arrow - _MAX_GIVEN) + len(before) - 1
        start = code.rfind(b"(", max(0, last - _MAX_GIVEN), last)
        given = bytes(code[start + 1 : last])
        if start < 0 or not _UNNAMED.fullmatch(given):
            continue
        front = bytes(code[max(0, start - 200) : start])
        is_type = _PRIMITIVE.match(given) and _BEFORE_TYPE.search(front) and _RIGHT.match(code, found.end())
        if is_type or _SURELY.search(given):
            _write_union(code, start, last, arrow)
    return bytes(code)


def _write_union(code: bytearray, start: int, last: int, arrow: int) -> None:
    """Writes a list and a sign in place of brackets and an arrow, nothing in place of a function's own `<T>`."""
    code[start : start + 1], code[last : last + 1], code[arrow : arrow + 2] = b"[", b"]", b"| "
    if (own := _OWN.search(code, max(0, start - 200), start)) is not None:
        code[own.start() : own.end()] = spaces(own[0])


def _as_property(found: re.Match[bytes]) -> bytes:
    text = bytearray(found[0])
    if not _NO_WORD.search(text, found.end(1) - found.start(), found.start(2) - found.start()):
        return found[0]
    for group, sign in ((1, b":"), (2, b" "), (3, b"|")):
        at = found.start(group) - found.start()
        text[at : at + 1] = sign
    return bytes(text)


def _with_types(content: bytes) -> bytes:
    """With spreads, `{ ...A, b: c }` as `{ ():A, b: c }`, and functions of types, `A => B` as `A |  B`, written over.

    The names stay, and are those of types.
    """
    found = bytearray(content)
    at = 0
    while (begin := _TYPES.search(content, at)) is not None:
        at = begin.end()
        is_given, is_annotated = begin["given"] is not None, begin["annotated"] is not None
        opened: list[int] = []
        groups: dict[int, int] = {}
        for step in _STEP.finditer(content, at, at + _MAX_TYPE):
            sign, start = step[0], step.start()
            if is_annotated and not opened and _is_behind_type(content, sign, start):
                break
            if sign == b"[" and opened and content[opened[-1]] == _BRACE and (key := _KEY.match(content, start)):
                word = spaces(key[1]) if key[1] in _SIMPLE else key[1]
                found[start : key.end()] = b"(" + word + b")"
            if sign in b"([{":
                opened.append(start)
            elif sign in b")]}":
                if not opened:
                    break
                groups[start] = opened.pop()
            elif sign == b"..." and opened:
                is_object = content[opened[-1]] == _BRACE
                if is_object or (content[opened[-1]] == _BRACKET and _REST.match(content, step.end())):
                    found[start : step.end()] = b"():" if is_object else b"_: "
            elif sign == b"=>" and is_annotated and not opened and content[begin.start()] == _CLOSED:
                break  # what an arrow function gives, and its body
            elif sign == b"=>":
                _write_over_arrow(found, start, groups)
            elif not opened and (sign == b";" or (sign == b"\n" and _ENDED.match(content, step.end()))):
                break
            at = step.end()
            if is_given and not opened:
                break
    return bytes(found)


def _is_behind_type(content: bytes, sign: bytes, start: int) -> bool:
    """Whether what an annotation says has ended: a value, a body or the next of a list follows."""
    return sign in {b"=", b","} or (sign == b"{" and content[:start].rstrip()[-1:] not in b":|&>(?")


def _write_over_arrow(code: bytearray, arrow: int, groups: dict[int, int]) -> None:
    """Writes a union in place of a function's type whose parameters have no names, which its grammar asks for."""
    last = len(code[:arrow].rstrip()) - 1
    start = groups.get(last)
    if start is not None:
        given = bytes(code[start + 1 : last])
        if not given.strip() or _NAMED.match(given) or _PLAIN.fullmatch(given):
            return
        _write_union(code, start, last, arrow)
    code[arrow : arrow + 2] = b"| "
