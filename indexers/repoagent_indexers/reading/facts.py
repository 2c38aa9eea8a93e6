"""What is known of one blob, in columns: cheap to make, to keep and to read back.

A repository of a million lines has a million references. As Python objects they cost seconds and gigabytes; as columns
of 32-bit integers over one list of strings they are a few bytes each. `Facts` is that form, and the only thing that
`parse` makes; the nouns of `source` are made from it for the few files that a question is about.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.source import Import, Parsed, Reference, Span, Symbol

SYMBOL_KINDS = (
    "function", "method", "constructor", "class", "struct", "interface", "trait", "enum", "member", "module",
    "namespace", "constant", "variable", "property", "field", "type", "macro", "operator", "object", "protocol",
    "union", "test", "instance", "package", "annotation", "extension", "event", "delegate", "record",
)  # fmt: skip
FUNCTIONS = frozenset(
    SYMBOL_KINDS.index(kind) for kind in ("function", "method", "constructor", "property", "operator", "test")
)
"""Kinds of symbols that have a body of statements."""
REFERENCE_KINDS = ("call", "type", "use", "import")

SYMBOL_WIDTH = 12  # kind, name, scope, signature, doc, parent, start, end, first line, last line, name byte, own start
REFERENCE_WIDTH = 6  # kind, name, qualifier, line, start byte, symbol
IMPORT_WIDTH = 4  # module, name, alias, line
CHUNK_WIDTH = 6  # start byte, end byte, first line, last line, symbol, tokens
_SHAPES = (
    (SYMBOL_WIDTH, slice(6, 12)),
    (REFERENCE_WIDTH, slice(3, 5)),
    (IMPORT_WIDTH, slice(3, 4)),
    (CHUNK_WIDTH, slice(0, 4)),
    (1, slice(0, 1)),
)
"""Of each list of `Facts` its width and the columns that mostly grow from row to row."""
_HEAD = 4 * len(_SHAPES)
"""Bytes in front of kept columns: how many rows each list has."""


@dataclass(slots=True)
class Facts:
    """Columns over `strings`; every integer list holds rows of the width named above, end to end. -1 means none."""

    language: str
    strings: list[str] = field(default_factory=list)
    symbols: list[int] = field(default_factory=list)
    references: list[int] | array[int] = field(default_factory=list)
    imports: list[int] = field(default_factory=list)
    chunks: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    problem: str = ""
    """Why the file is known as plain text only, for a person; "" when its grammar has read it."""

    @property
    def n_symbols(self) -> int:
        return len(self.symbols) // SYMBOL_WIDTH

    @property
    def n_chunks(self) -> int:
        return len(self.chunks) // CHUNK_WIDTH

    def to_bytes(self) -> bytes:
        """The form that is kept: how many rows each column list has, their columns, then the strings, compressed.

        Columns stand one behind the other, those that mostly grow as steps, and of all numbers first the lowest bytes,
        then the next: long runs of zeros, which pack best.
        """
        lists = [
            np.frombuffer(rows if isinstance(rows, array) else array("i", rows), np.int32).reshape(-1, width)
            for rows, (width, _) in zip(self._columns(), _SHAPES, strict=True)
        ]
        parts: list[NDArray[np.int32]] = []
        for rows, (_, steps) in zip(lists, _SHAPES, strict=True):
            columns = rows.T.copy()
            columns[steps, 1:] -= columns[steps, :-1].copy()
            parts.append(columns.ravel())
        planes = np.concatenate(parts).view(np.uint8).reshape(-1, 4).T
        text = "\0".join([self.language, self.problem, *self.strings]).encode("utf-8", "surrogatepass")
        return zlib.compress(struct.pack("<5I", *map(len, lists)) + planes.tobytes() + text, 1)

    @classmethod
    def from_bytes(cls, data: bytes) -> Facts:
        """The same facts again."""
        plain = zlib.decompress(data)
        lengths, text = _measured(plain)
        planes = np.frombuffer(plain, np.uint8, text - _HEAD, _HEAD).reshape(4, -1)
        numbers = planes.T.copy().view(np.int32).ravel()
        lists: list[list[int]] = []
        at = 0
        for n, (width, steps) in zip(lengths, _SHAPES, strict=True):
            columns = numbers[at : at + n * width].reshape(width, n)
            columns[steps] = np.cumsum(columns[steps], axis=1, dtype=np.int32)
            lists.append(columns.T.ravel().tolist())
            at += n * width
        language, problem, *strings = plain[text:].decode("utf-8", "surrogatepass").split("\0")
        symbols, references, imports, chunks, errors = lists
        return cls(language, strings, symbols, references, imports, chunks, errors, problem)

    @staticmethod
    def summary_of(data: bytes) -> tuple[int, str]:
        """How many symbols kept facts have, and their `problem`, without making lists of the rest."""
        plain = zlib.decompress(data)
        lengths, text = _measured(plain)
        problem = plain[text:].split(b"\0", 2)[1]
        return lengths[0], problem.decode("utf-8", "surrogatepass")

    def _columns(self) -> tuple[list[int] | array[int], ...]:
        return self.symbols, self.references, self.imports, self.chunks, self.errors

    def symbol_name(self, index: int) -> str:
        """The bare name of one symbol."""
        return self.strings[self.symbols[index * SYMBOL_WIDTH + 1]]

    def names_used(self, start: int, end: int) -> list[str]:
        """Names to which a stretch of bytes refers, in order, each once."""
        starts = self.references[4::REFERENCE_WIDTH]
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        names = dict.fromkeys(self.references[1 + first * REFERENCE_WIDTH : last * REFERENCE_WIDTH : REFERENCE_WIDTH])
        return list(map(self.strings.__getitem__, names))

    def is_function(self, index: int) -> bool:
        """Whether one symbol is a function of any kind."""
        return self.symbols[index * SYMBOL_WIDTH] in FUNCTIONS

    def parent(self, index: int) -> int:
        """Position of the symbol around one symbol, -1 for none."""
        return self.symbols[index * SYMBOL_WIDTH + 5]

    def qualified_name(self, index: int) -> str:
        """Name with its parents, joined as the language writes it."""
        from repoagent_indexers.languages import LANGUAGES

        language = LANGUAGES[self.language]
        name = ""
        while index >= 0:
            at = index * SYMBOL_WIDTH
            is_namespace = SYMBOL_KINDS[self.symbols[at]] == "namespace"
            joint = (is_namespace and language.namespace_separator) or language.separator
            parts = (self.strings[self.symbols[at + 2]], self.strings[self.symbols[at + 1]])
            here = language.separator.join(part for part in parts if part)
            name = f"{here}{joint}{name}" if name else here
            index = self.symbols[at + 5]
        return name

    def symbol(self, index: int, path: str) -> Symbol:
        """One symbol as a noun."""
        at = index * SYMBOL_WIDTH
        row = self.symbols[at : at + SYMBOL_WIDTH]
        return Symbol(
            name=self.strings[row[1]],
            qualified_name=self.qualified_name(index),
            kind=SYMBOL_KINDS[row[0]],
            span=Span(path, row[6], row[7], row[8], row[9]),
            signature=self.strings[row[3]],
            doc=self.strings[row[4]],
            parent=row[5] if row[5] >= 0 else None,
        )

    def parsed(self, path: str) -> Parsed:
        """Everything as nouns, for a file at `path`."""
        text = self.strings
        rows = self.references
        references = tuple(
            Reference(
                name=text[rows[at + 1]],
                qualifier=text[rows[at + 2]],
                kind=REFERENCE_KINDS[rows[at]],
                path=path,
                line=rows[at + 3],
                start_byte=rows[at + 4],
                symbol=rows[at + 5] if rows[at + 5] >= 0 else None,
            )
            for at in range(0, len(rows), REFERENCE_WIDTH)
        )
        rows = self.imports
        imports = tuple(
            Import(text[rows[at]], text[rows[at + 1]], text[rows[at + 2]], rows[at + 3])
            for at in range(0, len(rows), IMPORT_WIDTH)
        )
        symbols = tuple(self.symbol(index, path) for index in range(self.n_symbols))
        return Parsed(symbols, references, imports, tuple(self.errors))


def _measured(plain: bytes) -> tuple[Sequence[int], int]:
    """How many rows each list has, and where the text begins."""
    lengths = struct.unpack_from(f"<{len(_SHAPES)}I", plain)
    return lengths, _HEAD + 4 * sum(n * width for n, (width, _) in zip(lengths, _SHAPES, strict=True))
