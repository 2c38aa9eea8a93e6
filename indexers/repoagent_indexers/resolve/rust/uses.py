"""What `use` brings into the modules of Rust."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_indexers.reading.facts import SYMBOL_WIDTH
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TreeFile

if TYPE_CHECKING:
    from repoagent_indexers.resolve.rust.modules import Entity
    from repoagent_indexers.resolve.typed.resolver import TypedResolver

_OTHERWISE = re.compile(rb"\s*#\s*\[\s*cfg\(\s*not\(\s*feature\b")


@dataclass(frozen=True, slots=True)
class Use:
    """One name that a `use` brings into a module."""

    parts: tuple[str, ...]
    alias: str
    """"*" for all that `parts` holds."""
    first: int
    last: int
    """The lines of the function in which it holds; 0 and 0 for all of the module."""
    is_otherwise: bool
    """Whether it holds only where something is not: `#[cfg(not(feature = "std"))]`."""


class Uses:
    """The uses of all modules of a repository."""

    def __init__(self, resolver: TypedResolver) -> None:
        self._resolver = resolver
        self._uses: dict[Entity, list[Use]] = {}

    def of(self, scope: Entity) -> list[Use]:
        """What is used in a module, and not in one inside of it."""
        if scope not in self._uses:
            file = self._resolver.file(scope[0])
            self._uses[scope] = []
            if file is not None:
                self._read(file)
        return self._uses[scope]

    def _read(self, file: TreeFile) -> None:
        rows, strings = file.facts.imports, file.facts.strings
        lines, text = file.facts.symbols, file.content.split(b"\n")
        for at in range(0, len(rows), 4):
            module, name, alias = (strings[n] for n in rows[at : at + 3])
            line = rows[at + 3]
            parts = tuple(part for part in module.replace(" ", "").split("::") if part)
            parts = (*parts, *(part for part in name.split("::") if part and name != "*"))
            around = [
                n for n in range(file.facts.n_symbols)
                if lines[n * SYMBOL_WIDTH + 8] <= line <= lines[n * SYMBOL_WIDTH + 9]
            ]  # fmt: skip
            scope = max((n for n in around if file.kind(n) in NAMESPACES), default=file.module_of_line(line))
            function = next((n for n in around if n > scope and file.kind(n) in FUNCTIONS | {"test"}), None)
            at_rows = (0, 0) if function is None else tuple(lines[function * SYMBOL_WIDTH + 8 :][:2])
            above = text[line - 2] if line > 1 else b""
            is_otherwise = holds_otherwise(above)
            use = Use(parts, "*" if name == "*" else alias, at_rows[0], at_rows[1], is_otherwise)
            self._uses.setdefault((file.path, scope), []).append(use)


def holds_otherwise(content: bytes, start: int = 0) -> bool:
    """Whether what begins at a place holds only where something is not: `#[cfg(not(feature = "std"))]`."""
    return _OTHERWISE.match(content, start) is not None
