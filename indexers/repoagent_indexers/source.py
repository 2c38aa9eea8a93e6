"""The nouns of the house: frozen data, standard library only.

Lines are 1-based and inclusive; bytes are 0-based and half-open; paths are relative to the repository's root, with '/'.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one file."""

    path: str
    """Relative to the repository's root, with '/' on every platform."""
    start_byte: int
    """0-based, inclusive."""
    end_byte: int
    """0-based, exclusive."""
    start_line: int
    """1-based, inclusive."""
    end_line: int
    """1-based, inclusive."""

    def __str__(self) -> str:
        return f"{self.path}:{self.start_line}-{self.end_line}"

    def holds(self, other: Span) -> bool:
        """Whether another piece lies in this one."""
        return self.path == other.path and self.start_byte <= other.start_byte and other.end_byte <= self.end_byte


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file's content at one moment."""

    path: str
    language: str
    """A key of `languages.LANGUAGES`, or a plain-text name such as "markdown" or "text"."""
    blob: str
    """Git's object id of the file's bytes, in hex: the key under which its facts are kept."""
    content: bytes
    """UTF-8, as `charsets.read_text` gives it: what every span counts in."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition."""

    name: str
    qualified_name: str
    """Name with its parents, joined as the language writes it: `Client.open`, `ns::Client::open`."""
    kind: str
    """function, method, class, struct, interface, trait, enum, module, namespace, constant, variable, macro ..."""
    span: Span
    """The whole definition, with decorators and annotations, without its leading comment."""
    signature: str
    """The header on one line, without the body."""
    doc: str
    """Docstring or leading comment, markers stripped, at most `parse.MAX_DOC` characters; "" when there is none."""
    parent: int | None
    """Position of the enclosing symbol in the file's tuple of symbols."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a name."""

    name: str
    """The last part of what is used: `open` in `self.client.open()`."""
    qualifier: str
    """What stands before the last dot or `::`, as written, at most 80 characters: `self.client`; "" when bare."""
    kind: str
    """call, type (annotation, base class, generic argument), import, or use (decorator, other plain use)."""
    path: str
    line: int
    """1-based."""
    start_byte: int
    """0-based: where `name` begins."""
    symbol: int | None
    """Position of the innermost symbol around it in the file's tuple of symbols."""


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `from a.b import c as d` is module "a.b", name "c", alias "d"."""

    module: str
    name: str
    """The name taken out of the module, "*" for all, "" when the module itself is imported."""
    alias: str
    """The name it bears in this file."""
    line: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one file says. Symbols are in order of their start; a parent stands before its children."""

    symbols: tuple[Symbol, ...] = ()
    references: tuple[Reference, ...] = ()
    imports: tuple[Import, ...] = ()
    errors: tuple[int, ...] = ()
    """1-based lines at which the grammar met something it could not read (at most 20)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that answers a question."""

    span: Span
    score: float
    """Higher is better; comparable within one search only."""
    symbol: Symbol | None
    """The definition that the place belongs to; None for text outside any."""
    parts: dict[str, float] = field(default_factory=dict)
    """What made the score: signal -> share."""
    copies: tuple[Span, ...] = ()
    """Where the same text stands once more; such places are no hits of their own."""
