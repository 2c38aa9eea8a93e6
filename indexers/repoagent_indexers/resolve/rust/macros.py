"""What calls of `macro_rules!` macros are written out: tokens, patterns, what is put in their place. Knows no file.

After "Macros By Example" of the Rust reference: arms are tried in their order, a fragment ends where what may follow it
begins. Only brackets are parsed, so a fragment is taken as far as its kind may go, not as its grammar says. Bounded:
`Fuel` says how many tokens may be made of one file.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MAX_TOKENS = 40_000
MAX_DEPTH = 60
_TOKEN = re.compile(
    rb"""(?P<blank>\s+|//(?![/!])[^\n]*|////[^\n]*)
    |(?P<doc>//[/!][^\n]*)
    |(?P<comment>/\*)
    |(?P<string>[bc]?r(?P<hashes>\#*)"(?:.*?)"(?P=hashes)|[bc]?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\\n]|\\[^\n]+?)')
    |(?P<lifetime>'[A-Za-z_]\w*)
    |(?P<name>(?:r\#)?[^\W\d]\w*)
    |(?P<number>\d[\w]*(?:\.\d\w*)?)
    |(?P<mark>::|->|=>|\.\.=|\.\.\.|\.\.|==|!=|&&|\|\||.)""",
    re.X | re.S,
)
_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}"}
_ENDS = {
    "expr": {b"=>", b",", b";"},
    "stmt": {b"=>", b",", b";"},
    "pat": {b"=>", b",", b"=", b"if", b"in"},
    "ty": {b"{", b"[", b",", b"=>", b":", b"=", b">", b";", b"|", b"as", b"where"},
}
"""What may follow a fragment, and so ends it."""
_ENDS["expr_2021"], _ENDS["path"], _ENDS["pat_param"] = _ENDS["expr"], _ENDS["ty"], _ENDS["pat"] | {b"|"}
_REPEATING = frozenset({b"*", b"+", b"?"})


class Token(NamedTuple):
    """A word or mark, and where it stands."""

    text: bytes
    kind: str
    path: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class Group(NamedTuple):
    """What stands in brackets."""

    opening: Token
    inside: tuple[Tree, ...]
    closing: Token


Tree = Token | Group


class Unreadable(Exception):
    """Brackets that do not match, an arm that is none, or more than may be made."""


@dataclass
class Fuel:
    """How many more tokens may be made."""

    left: int = MAX_TOKENS

    def burn(self, n: int = 1) -> None:
        self.left -= n
        if self.left < 0:
            raise Unreadable


@dataclass(frozen=True, slots=True)
class _Fragment:
    name: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class _Repeat:
    inside: tuple[_Part, ...]
    separator: Token | None
    mark: bytes


class _Bracketed(NamedTuple):
    opening: bytes
    inside: tuple[_Part, ...]


_Part = Token | _Fragment | _Repeat | _Bracketed
_Bound = dict[bytes, "tuple[Tree, ...] | list[_Bound]"]
"""Name of a fragment -> what it stands for; of one that is repeated, what each repetition binds."""


def trees(content: bytes, path: str, start: int = 0, end: int | None = None) -> tuple[Tree, ...]:
    """The tokens of code, those in brackets in groups. Documentation is the attribute that it stands for."""
    open_now: list[tuple[Token, list[Tree]]] = []
    here: list[Tree] = []
    for token in _tokens(content, path, start, len(content) if end is None else end):
        if token.text in _CLOSING:
            open_now.append((token, here))
            here = []
        elif token.text in {b")", b"]", b"}"}:
            if not open_now or _CLOSING[open_now[-1][0].text] != token.text:
                raise Unreadable
            opening, outer = open_now.pop()
            outer.append(Group(opening, tuple(here), token))
            here = outer
        else:
            here.append(token)
    if open_now:
        raise Unreadable
    return tuple(here)


def _tokens(content: bytes, path: str, at: int, end: int) -> Iterator[Token]:
    while at < end:
        found = _TOKEN.match(content, at, end)
        if found is None:
            raise Unreadable
        kind, at = found.lastgroup or "", found.end()
        if kind == "hashes":
            kind = "string"
        if kind == "comment":
            at = _comment_end(content, at, end)
        elif kind == "doc":
            for text in (b"#", b"[", b"doc", b"=", b'""', b"]"):
                yield Token(text, "string" if text == b'""' else "mark" if text != b"doc" else "name", path, -1)
        elif kind != "blank":
            yield Token(found[0], kind, path, found.start())


def _comment_end(content: bytes, at: int, end: int) -> int:
    depth = 1
    for mark in re.finditer(rb"/\*|\*/", content[at:end]):
        depth += 1 if mark[0] == b"/*" else -1
        if not depth:
            return at + mark.end()
    return end


def written(of: Sequence[Tree]) -> Iterator[Token]:
    """The tokens in their order, brackets too."""
    for tree in of:
        if isinstance(tree, Group):
            yield tree.opening
            yield from written(tree.inside)
            yield tree.closing
        else:
            yield tree


def first(tree: Tree) -> bytes:
    """The word, mark or bracket with which a tree begins."""
    return tree.opening.text if isinstance(tree, Group) else tree.text


class Macro:
    """The arms of one definition."""

    def __init__(self, content: bytes, path: str, start: int, end: int) -> None:
        """Raises Unreadable where no definition stands between two places."""
        whole = trees(content, path, start, end)
        body = next((tree for tree in reversed(whole) if isinstance(tree, Group)), None)
        if body is None:
            raise Unreadable
        self.arms: list[tuple[tuple[_Part, ...], tuple[Tree, ...]]] = []
        rest = list(body.inside)
        while rest:
            if len(rest) < 3 or first(rest[1]) != b"=>":
                raise Unreadable
            pattern, result = rest[0], rest[2]
            if not isinstance(pattern, Group) or not isinstance(result, Group):
                raise Unreadable
            self.arms.append((_pattern(pattern.inside), result.inside))
            rest = rest[4:] if len(rest) > 3 and first(rest[3]) == b";" else rest[3:]

    def expanded(self, given: Sequence[Tree], crate: bytes, fuel: Fuel) -> tuple[Tree, ...]:
        """What a call stands for; `crate` is what `$crate` means to the caller. Raises Unreadable where no arm fits."""
        for pattern, result in self.arms:
            bound: _Bound = {}
            if _match(pattern, given, 0, bound, fuel, 0) == len(given):
                return tuple(_transcribed(result, bound, crate, fuel, 0))
        raise Unreadable


def _pattern(of: Sequence[Tree]) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    at = 0
    while at < len(of):
        tree = of[at]
        after = of[at + 1] if at + 1 < len(of) else None
        if isinstance(tree, Group):
            parts.append(_Bracketed(tree.opening.text, _pattern(tree.inside)))
        elif tree.text == b"$" and isinstance(after, Group) and after.opening.text == b"(":
            separator, mark, at = _repetition(of, at + 2)
            parts.append(_Repeat(_pattern(after.inside), separator, mark))
            continue
        elif tree.text == b"$" and isinstance(after, Token) and at + 3 < len(of) and first(of[at + 2]) == b":":
            parts.append(_Fragment(after.text, first(of[at + 3]).decode("utf-8", "replace")))
            at += 4
            continue
        else:
            parts.append(tree)
        at += 1
    return tuple(parts)


def _repetition(of: Sequence[Tree], at: int) -> tuple[Token | None, bytes, int]:
    """The separator and the mark of a repetition behind its bracket, and where it ends."""
    separator = None
    for _ in range(2):
        tree = of[at] if at < len(of) else None
        if not isinstance(tree, Token):
            break
        if tree.text in _REPEATING:
            return separator, tree.text, at + 1
        separator, at = tree, at + 1
    raise Unreadable


def _match(parts: Sequence[_Part], given: Sequence[Tree], at: int, bound: _Bound, fuel: Fuel, depth: int) -> int:
    """Where what fits ends; -1 for what does not."""
    if depth > MAX_DEPTH:
        raise Unreadable
    for n, part in enumerate(parts):
        fuel.burn()
        here = given[at] if at < len(given) else None
        if isinstance(part, _Repeat):
            at = _match_repeated(part, parts[n + 1 :], given, at, bound, fuel, depth)
        elif isinstance(part, _Fragment):
            end = _fragment_end(part.kind, given, at)
            bound[part.name] = tuple(given[at:end])
            at = end
        elif isinstance(part, _Bracketed):
            is_same = isinstance(here, Group) and here.opening.text == part.opening
            inside = here.inside if isinstance(here, Group) else ()
            fits = is_same and _match(part.inside, inside, 0, bound, fuel, depth + 1) == len(inside)
            at = at + 1 if fits else -1
        else:
            at = at + 1 if isinstance(here, Token) and here.text == part.text else -1
        if at < 0:
            return -1
    return at


def _match_repeated(
    part: _Repeat, rest: Sequence[_Part], given: Sequence[Tree], at: int, bound: _Bound, fuel: Fuel, depth: int
) -> int:
    found: list[_Bound] = []
    following = rest[0].text if rest and isinstance(rest[0], Token) else None
    while at < len(given) and (part.mark != b"?" or not found):
        start = at
        if found and part.separator is not None:
            if first(given[at]) != part.separator.text:
                break
            start = at + 1
        is_next = following is not None and part.separator is None and first(given[start : start + 1][0]) == following
        if is_next and not (part.inside and isinstance(part.inside[0], Token) and part.inside[0].text == following):
            break
        once: _Bound = {}
        end = _match(part.inside, given, start, once, fuel, depth + 1)
        if end < 0 or end == start:
            break
        found.append(once)
        at = end
    for name in _names(part.inside):
        bound[name] = found
    return -1 if part.mark == b"+" and not found else at


def _names(parts: Sequence[_Part]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, _Fragment):
            yield part.name
        elif isinstance(part, _Repeat | _Bracketed):
            yield from _names(part.inside)


def _fragment_end(kind: str, given: Sequence[Tree], at: int) -> int:
    """Where a fragment ends that begins at a place; -1 where none does."""
    here = given[at] if at < len(given) else None
    if kind == "vis":
        if here is None or first(here) != b"pub":
            return at
        return at + 2 if at + 1 < len(given) and _is_restriction(given[at + 1]) else at + 1
    if here is None:
        return -1
    if kind == "tt":
        return at + 1
    if kind == "ident":
        return at + 1 if isinstance(here, Token) and here.kind == "name" and here.text != b"_" else -1
    if kind == "lifetime":
        return at + 1 if isinstance(here, Token) and here.kind == "lifetime" else -1
    if kind == "block":
        return at + 1 if first(here) == b"{" else -1
    if kind == "literal":
        at += first(here) == b"-"
        here = given[at] if at < len(given) else None
        is_literal = isinstance(here, Token) and (here.kind in {"string", "number"} or here.text in {b"true", b"false"})
        return at + 1 if is_literal else -1
    if kind == "item":
        return _item_end(given, at)
    if kind == "meta":
        return next((n for n in range(at, len(given)) if first(given[n]) == b","), len(given))
    return _run_end(given, at, _ENDS[kind], is_type=_ENDS[kind] is _ENDS["ty"]) if kind in _ENDS else -1


def _is_restriction(tree: Tree) -> bool:
    is_group = isinstance(tree, Group) and tree.opening.text == b"(" and bool(tree.inside)
    return is_group and first(tree.inside[0]) in {b"crate", b"super", b"self", b"in"}  # type: ignore[union-attr]


def _item_end(given: Sequence[Tree], at: int) -> int:
    """Behind the `;` or the body of a definition."""
    for n in range(at, len(given)):
        if first(given[n]) == b";":
            return n + 1
        if first(given[n]) == b"{" and (n == at or first(given[n - 1]) != b"="):
            return n + 1
    return -1


def _run_end(given: Sequence[Tree], at: int, ends: set[bytes], *, is_type: bool) -> int:
    angles, bars, before, n = 0, False, b"", at
    while n < len(given):
        here = first(given[n])
        is_word = before not in {b"", b"&", b"*", b"mut", b"dyn", b"impl", b"->", b"const"} and before[:1] != b"'"
        if not angles and not bars and here in ends and (is_word or here not in {b"[", b"{", b"|"}):
            break
        if here == b"|" and not is_type and (bars or before in {b"", b"move", b"=", b","}):
            bars = not bars
        if here == b"<" and (is_type or angles or before == b"::"):
            angles += 1
        elif here == b">" and angles:
            angles -= 1
        before = here
        n += 1
    return n if n > at else -1


def _transcribed(of: Sequence[Tree], bound: _Bound, crate: bytes, fuel: Fuel, depth: int) -> Iterator[Tree]:
    if depth > MAX_DEPTH:
        raise Unreadable
    at = 0
    while at < len(of):
        tree = of[at]
        after = of[at + 1] if at + 1 < len(of) else None
        fuel.burn()
        if isinstance(tree, Group):
            inside = tuple(_transcribed(tree.inside, bound, crate, fuel, depth + 1))
            yield Group(tree.opening, inside, tree.closing)
        elif tree.text == b"$" and isinstance(after, Group) and after.opening.text == b"(":
            separator, _, at = _repetition(of, at + 2)
            rounds = max(
                (len(each) for name in _used(after.inside) if isinstance(each := bound.get(name), list)), default=0
            )
            for n in range(rounds):
                if n and separator is not None:
                    yield separator
                inner = dict(bound)
                for name in _used(after.inside):
                    each = bound.get(name)
                    if isinstance(each, list) and n < len(each):
                        inner[name] = each[n].get(name, ())
                yield from _transcribed(after.inside, inner, crate, fuel, depth + 1)
            continue
        elif tree.text == b"$" and isinstance(after, Token):
            stands_for = bound.get(after.text)
            if after.text == b"crate":
                yield Token(crate, "name", after.path, -1)
            elif isinstance(stands_for, tuple):
                fuel.burn(sum(1 for _ in written(stands_for)))
                yield from stands_for
            else:  # of a macro inside of a macro
                yield tree
                yield after
            at += 1
        else:
            yield tree
        at += 1


def _used(of: Sequence[Tree]) -> set[bytes]:
    """The fragments that a part of a result names."""
    tokens = list(written(of))
    return {after.text for tree, after in itertools.pairwise(tokens) if tree.text == b"$"}
