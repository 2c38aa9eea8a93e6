"""The head of a module of Haskell: its name, what it hands out, what it takes in; both branches of an `#if`.

Haskell 2010 report, chapter 5. Read from the words of the text, so that no tree is needed to tell whether a file can
see a name at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(
    r"(?P<blank>[ \t\r\f]+|--+(?![!#$%&*+./<=>?@\\^|~:])[^\n]*)|(?P<comment>\{-)"
    r"|(?P<line>\n(?:#[^\n]*(?:\\\n[^\n]*)*)?)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<name>(?:[^\W\d_a-z][\w']*\.)*(?:[^\W\d][\w']*#?|[!#$%&*+./<=>?@\\^|~:-]+))"
    r"|(?P<sign>[(),;`])|(?P<other>.)",
)
_COMMENT_END = re.compile(r"\{-|-\}")
ALL = frozenset({".."})
"""All constructors, fields, methods of a type or class: `T(..)`."""


class Item(NamedTuple):
    """What one entry of a list of imports or exports names."""

    name: str
    """As written, with its module; of `module M` the module."""
    kind: str
    """`module`, `type` (where a word says so, or members stand behind it), `pattern`, "" where the name alone says."""
    members: frozenset[str]
    """Named in brackets behind a type; `ALL` for two dots."""


class Import(NamedTuple):
    """One `import`."""

    module: str
    alias: str
    """What stands before names that are taken from it."""
    is_qualified: bool
    is_hiding: bool
    items: tuple[Item, ...] | None
    """None where everything is taken in."""

    def hides(self, name: str) -> bool:
        """Whether it names what it does not take in: `hiding (name)`."""
        return self.is_hiding and any(each.name == name or name in each.members for each in self.items or ())


class Header(NamedTuple):
    """The head of a file."""

    module: str
    """"" for one without a name, which is `Main`."""
    exports: tuple[Item, ...] | None
    """None where everything that is defined is handed out."""
    imports: tuple[Import, ...]


class _Token(NamedTuple):
    text: str
    is_first: bool
    """Whether it begins its line, or stands behind a semicolon."""


def header_of(text: str) -> Header:
    """What a text says before its first definition."""
    tokens = _Reader(_tokens(text))
    module, exports = "", None
    imports: list[Import] = []
    while (token := tokens.at) is not None:
        if token.is_first and token.text == "import":
            imports.append(tokens.an_import())
        elif token.is_first and token.text == "module" and not module:
            tokens.next()
            module = tokens.next()
            exports = tokens.items()
            tokens.skip("where")
        elif token.text == ";" or not token.is_first:
            tokens.next()
        else:
            break
    return Header(module, exports, tuple(imports))


class _Reader:
    """Words, one after the other; an entry ends where a line begins with a word, as layout has it."""

    def __init__(self, tokens: Iterator[_Token]) -> None:
        self._tokens = tokens
        self.at = next(tokens, None)

    def next(self) -> str:
        text = self.at.text if self.at is not None else ""
        self.at = next(self._tokens, None)
        return text

    def skip(self, text: str) -> bool:
        """Whether a word came next; it is passed over."""
        is_next = self.at is not None and self.at.text == text
        if is_next:
            self.next()
        return is_next

    def an_import(self) -> Import:
        self.next()
        is_qualified = False
        while self.at is not None and (self.at.text in {"qualified", "safe"} or self.at.text.startswith('"')):
            is_qualified = self.next() == "qualified" or is_qualified
        module = self.next()
        is_qualified = self.skip("qualified") or is_qualified
        alias = self.next() if self.skip("as") else module
        is_hiding = self.skip("hiding")
        return Import(module, alias, is_qualified, is_hiding, self.items())

    def items(self) -> tuple[Item, ...] | None:
        """A list in brackets; None where none stands here."""
        if not self.skip("("):
            return None
        found: list[Item] = []
        kind = ""
        while self.at is not None and not (self.at.is_first and self.at.text == "import"):
            word = self.next()
            if word == ")":
                break
            if word in {"module", "type", "pattern"}:
                kind = word
                continue
            is_bracketed = word == "("  # an operator
            if is_bracketed:
                word = self.next()
            if found_name(word):
                if is_bracketed:
                    self.skip(")")
                members = self._members()
                found.append(Item(word, kind or ("type" if members is not None else ""), members or frozenset()))
            kind = ""
        return tuple(found)

    def _members(self) -> frozenset[str] | None:
        if not self.skip("("):
            return None
        found = set()
        depth = 1
        while self.at is not None and depth and not (self.at.is_first and self.at.text == "import"):
            word = self.next()
            depth += (word == "(") - (word == ")")
            if found_name(word) and word not in {"type", "pattern"}:
                found.add(word)
        return frozenset(found)


def found_name(word: str) -> bool:
    """Whether a word is a name or an operator."""
    return bool(word) and word not in "(),;`" and not word.startswith('"')


def _tokens(text: str) -> Iterator[_Token]:
    at, is_first = 0, True
    while (found := _WORD.match(text, at)) is not None:
        at = found.end()
        kind = found.lastgroup
        if kind == "line":
            is_first = True
        elif kind == "comment":
            at = _behind_comment(text, at)
        elif kind == "blank":
            is_first = text[found.start() - 1 : found.start()] == ";"
        else:
            yield _Token(found[0], is_first)
            is_first = found[0] == ";"


def _behind_comment(text: str, at: int) -> int:
    """Where a comment ends that may hold others."""
    depth = 1
    while depth and (found := _COMMENT_END.search(text, at)) is not None:
        depth += 1 if found[0] == "{-" else -1
        at = found.end()
    return at if not depth else len(text)
