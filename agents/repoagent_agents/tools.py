"""What an agent may do to find out: look, never touch. Plain functions over an index that return text for a model."""

from __future__ import annotations

from itertools import islice
from time import gmtime, strftime

from repoagent_agents.packing.outline import outline
from repoagent_indexers.errors import UsageError
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.past import past
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.resolve.graph import find
from repoagent_indexers.resolve.meaning import CERTAINTIES
from repoagent_indexers.resolve.named import Unknown, candidates
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.words.tokens import estimate

MAX_LINES = 200
"""Lines that one reading gives at most."""
_MAX_ROWS = 20
_MAX_USES = 200
"""Uses of one definition that are looked at, the surest of which are shown."""


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
        try:
            found = candidates(self._index, name)
        except UsageError:
            return f"Nothing called {name!r} is defined here."
        rows: list[str] = []
        for one in found[:_MAX_ROWS]:
            facts = self._index.facts_of(one.path)
            if facts is not None and one.number >= 0:
                symbol = facts.symbol(one.number, one.path)
                rows.append(f"{symbol.span} {symbol.kind} {symbol.qualified_name}: {symbol.signature}")
            else:
                rows.append(f"{one.path}:{one.line} {one.kind} {one.qualified_name}")
        return "\n".join(rows)

    def find_uses(self, name: str) -> str:
        """Find where a function, class, method or other symbol is used, and in which function or class."""
        resolution = Resolution(self._index)
        try:
            definition = find(resolution, name)
        except Unknown:
            return f"Nothing called {name!r} is defined here."
        except UsageError as error:
            return str(error)
        uses = sorted(
            islice(resolution.each_use(definition), _MAX_USES), key=lambda use: CERTAINTIES.index(use.certainty)
        )
        rows = [
            f"{use.path}:{use.line} {f'in {use.inside.qualified_name}' if use.inside else 'at the top'}: {use.text}"
            + ("" if use.certainty == "resolved" else f" ({use.certainty})")
            for use in uses[:_MAX_ROWS]
        ]
        if len(uses) > _MAX_ROWS:
            rows.append("(there are more)")
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
