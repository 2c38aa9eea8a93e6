"""An index as it would be if some files were otherwise: a commit to be, or the one before it.

What names mean is asked of it as of any index (`resolve.references.Resolution`). Nothing of it is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from repoagent_indexers.indexing.catalogue import Catalogue
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.reading.facts import REFERENCE_WIDTH, Facts
from repoagent_indexers.source import SourceFile

State = tuple[SourceFile, Facts]
"""A file and what it says."""


class Overlay(Index):
    """Another index with some files in another state, or gone. Only for look-ups of names, facts and files."""

    def __init__(self, below: Index, files: Mapping[str, State | None]) -> None:
        """`files` are the paths that are otherwise, with their states; None for what is not there."""
        self._below = below
        self._files = files
        self.repository = below.repository
        self.unread = None
        catalogue = below.catalogue
        paths = sorted({*catalogue.paths, *files} - {path for path, state in files.items() if state is None})
        places = {path: position for position, path in enumerate(catalogue.paths)}
        self._sources = [places[path] if path in places and path not in files else -1 for path in paths]
        """Position here -> position in the index below, -1 for what is otherwise."""
        self._places = {position: here for here, position in enumerate(self._sources) if position >= 0}
        states = [files.get(path) for path in paths]
        rows = list(zip(self._sources, states, strict=True))
        self.catalogue = Catalogue(
            paths=paths,
            blobs=np.array([catalogue.blobs[at] if at >= 0 else 0 for at in self._sources], np.int64),
            oids=[catalogue.oids[at] if at >= 0 else state[0].blob if state else "" for at, state in rows],
            languages=[
                catalogue.languages[at] if at >= 0 else state[0].language if state else "" for at, state in rows
            ],
            roles=np.array([catalogue.roles[places[path]] if path in places else 0 for path in paths], np.uint8),
            charsets=[catalogue.charsets[at] if at >= 0 else "" for at in self._sources],
        )

    def facts(self, position: int) -> Facts | None:
        below = self._sources[position]
        if below >= 0:
            return self._below.facts(below)
        state = self._files[self.catalogue.paths[position]]
        return state[1] if state is not None else None

    def source(self, path: str) -> SourceFile | None:
        if path not in self._files:
            return self._below.source(path)
        state = self._files[path]
        return state[0] if state is not None else None

    def definitions(self, name: str) -> list[tuple[int, int]]:
        return self._merged(self._below.definitions(name), self._defined.get(name.casefold(), []))

    def users(self, name: str) -> list[tuple[int, int]]:
        return self._merged(self._below.users(name), self._used.get(name, []))

    def mentioning(self, name: str) -> list[int]:
        word = name.encode("utf-8", "surrogateescape")
        own = [self._position(path) for path, state in self._files.items() if state and word in state[0].content]
        return sorted([*own, *(self._places[at] for at in self._below.mentioning(name) if at in self._places)])

    def _merged(self, below: list[tuple[int, int]], own: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return sorted([*own, *((self._places[at], value) for at, value in below if at in self._places)])

    def _position(self, path: str) -> int:
        position = self.position(path)
        assert position is not None
        return position

    @cached_property
    def _defined(self) -> dict[str, list[tuple[int, int]]]:
        """Name in small letters -> (position, symbol) in the files that are otherwise."""
        found: dict[str, list[tuple[int, int]]] = {}
        for path, state in self._files.items():
            for number in range(state[1].n_symbols if state else 0):
                assert state is not None
                key = state[1].symbol_name(number).casefold()
                found.setdefault(key, []).append((self._position(path), number))
        return found

    @cached_property
    def _used(self) -> dict[str, list[tuple[int, int]]]:
        """Name -> (position, how often) in the files that are otherwise."""
        found: dict[str, list[tuple[int, int]]] = {}
        for path, state in self._files.items():
            if state is None:
                continue
            strings = state[1].strings
            for number, n in Counter(state[1].references[1::REFERENCE_WIDTH]).items():
                found.setdefault(strings[number], []).append((self._position(path), n))
        return found
