"""What an agent may do to find out: look, never touch. Plain functions over an index that return text for a model."""

from __future__ import annotations

from time import gmtime, strftime

from repoagent_agents.by_name import callers
from repoagent_agents.outline import outline
from repoagent_indexers.errors import UsageError
from repoagent_indexers.index import Index
from repoagent_indexers.past import past
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.retrieve import search
from repoagent_indexers.tokens import estimate

MAX_LINES = 200
"""Lines that one reading gives at most."""
_MAX_ROWS = 20


class Tools:
    """The tools of one index. Whatever a model asks for, the reply is text: what was found, or why nothing was."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def search_code(self, question: str) -> str:
        """Find the places in the repository that a question or some words are about, best first."""
        hits = search(self._index, question, limit=10)
        rows = [f"{hit.span} {hit.symbol.signature if hit.symbol else ''}".rstrip() for hit in hits]
        return "\n".join(rows) or "Nothing matches; try other words."

    def read_lines(self, path: str, first_line: int = 1, last_line: int = MAX_LINES) -> str:
        """Read lines of one file, numbered; at most 200 at once."""
        source = self._index.source(path.strip().removeprefix("./"))
        if source is None:
            return f"There is no file {path!r}; search_code gives paths."
        lines = [line.decode("utf-8", "replace") for line in source.content.splitlines()]  # of bytes: \f ends none
        first = max(1, first_line)
        last = min(len(lines), last_line, first + MAX_LINES - 1)
        if first > len(lines):
            return f"{path} has {len(lines)} lines."
        rows = [f"{number}: {lines[number - 1]}" for number in range(first, last + 1)]
        return "\n".join(rows) + (f"\n({len(lines)} lines in all)" if last < len(lines) else "")

    def find_definition(self, name: str) -> str:
        """Find where a function, class, method or other symbol is defined."""
        index = self._index
        last = name.strip().replace("::", ".").removesuffix("()").rsplit(".", 1)[-1]
        rows: list[str] = []
        for position, number in index.definitions(last)[:_MAX_ROWS]:
            facts = index.facts(position)
            if facts is not None:
                symbol = facts.symbol(number, index.catalogue.paths[position])
                rows.append(f"{symbol.span} {symbol.kind} {symbol.qualified_name}: {symbol.signature}")
        return "\n".join(rows) or f"Nothing called {name!r} is defined here."

    def find_uses(self, name: str) -> str:
        """Find which functions and classes use a name."""
        index = self._index
        last = name.strip().replace("::", ".").removesuffix("()").rsplit(".", 1)[-1]
        found = index.definitions(last)
        facts = index.facts(found[0][0]) if found else None
        if facts is None:
            return f"Nothing called {name!r} is defined here."
        symbol = facts.symbol(found[0][1], index.catalogue.paths[found[0][0]])
        rows = [f"{one.span} {one.qualified_name}" for one in callers(index, symbol, _MAX_ROWS)]
        return "\n".join(rows) or f"Nothing uses {name!r}."

    def find_commits(self, place: str) -> str:
        """Find which commits touched a file, a symbol or path:line, and which files change together with it."""
        try:
            found = past(Resolution(self._index), place.strip().removesuffix("()"))
        except UsageError as error:
            return str(error)
        rows = [f"{one.id[:10]} {strftime('%Y-%m-%d', gmtime(one.time))} {one.subject}" for one in found.commits]
        rows += [f"changes together with {one.path} ({one.n_together} times)" for one in found.companions]
        return "\n".join(rows) or found.note

    def outline_repository(self) -> str:
        """Show the files that matter most, with their main symbols."""
        return outline(self._index, 1500, estimate).text or "The repository holds no code that can be outlined."
