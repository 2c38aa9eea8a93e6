"""What else a repository has under a name: definitions and callers, by name only; resolve/ knows what is meant."""

from __future__ import annotations

import builtins

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import family_of
from repoagent_indexers.reading.facts import REFERENCE_WIDTH, SYMBOL_WIDTH
from repoagent_indexers.source import Symbol


def definitions_for(index: Index, language: str, name: str) -> list[tuple[int, int]]:
    """The definitions of a name that code of a language may mean: those in languages that call each other."""
    languages, kin = index.catalogue.languages, family_of(language)
    return [place for place in index.definitions(name) if languages[place[0]] in kin]


def callers(index: Index, symbol: Symbol, limit: int) -> list[Symbol]:
    """Symbols whose bodies use a symbol's name, source before tests; by name only."""
    found: list[Symbol] = []
    for position, _ in sorted(index.users(symbol.name), key=lambda user: (index.catalogue.roles[user[0]], user[0])):
        facts = index.facts(position)
        if facts is None or symbol.name not in facts.strings:
            continue
        path = index.catalogue.paths[position]
        name = facts.strings.index(symbol.name)
        rows = facts.references
        is_other = symbol.kind == "method" and facts.language == "python" and hasattr(builtins, symbol.name)
        owners = {
            rows[at + 5]
            for at in range(0, len(rows), REFERENCE_WIDTH)
            if rows[at + 1] == name and not (is_other and not facts.strings[rows[at + 2]])  # `open(path)`
        }
        for owner in sorted(owner for owner in owners if owner >= 0):
            start = facts.symbols[owner * SYMBOL_WIDTH + 6]
            if path == symbol.span.path and start == symbol.span.start_byte:
                continue
            found.append(facts.symbol(owner, path))
            if len(found) >= limit:
                return found
    return found
