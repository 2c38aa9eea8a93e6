"""Types that bear one name told apart: by what each is known to be, not by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_agents.rename.definition import NAMESPACES, TYPES, Definition, Reader
from repoagent_agents.rename.names import folder, last
from repoagent_indexers.languages import family_of
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH
from repoagent_indexers.resolve.typed.terms import Thing

if TYPE_CHECKING:
    from repoagent_indexers.resolve.tree_file import TreeFile

MULTIPLATFORM = re.compile(r"\b(?:expect|actual)\b")
"""What Kotlin writes before the declarations of one thing for several platforms."""


class TypeKeys:
    """A key for each type: its qualified name where that is the only one, else more."""

    def __init__(self, reader: Reader, language: str, definitions: Sequence[Definition]) -> None:
        """`definitions` are all that bear the name that is renamed, in the languages of one family."""
        self._reader = reader
        self._language = language
        self._all = definitions
        self._owners: dict[Definition, str] = {}
        self._counts: dict[str, int] = {}

    def of_owner(self, d: Definition) -> str:
        """The key of the type that a member belongs to."""
        if d not in self._owners:
            self._owners[d] = self._find_owner(d)
        return self._owners[d]

    def _find_owner(self, d: Definition) -> str:
        if d.trait:
            return self._key_of_trait(d)
        if self._n_types(last(d.container)) < 2:
            return d.container
        if d.language == "go":
            return f"{folder(d.path)}:{d.container}"
        around = self._reader.type_around(d)
        return self.of(around) if around is not None else d.container

    def _key_of_trait(self, d: Definition) -> str:
        """The key of the trait that asks for a member, and of that member alone where the repository has no such."""
        keys = {self.of_owner(each) for each in self.asked_for(d)}
        if len(keys) > 1:
            resolver = self._reader.typed(d.path)
            file = resolver.file(d.path) if resolver is not None else None
            named = resolver.type_named(file, d.trait) if resolver is not None and file is not None else []
            keys = {self.of(each) for each in named[:1]} & keys or keys
        return min(keys, default=f"{d.path}:{d.start}")

    def asked_for(self, d: Definition) -> list[Definition]:
        """The members of a trait of the repository that one in an `impl` of it stands for."""
        return [each for each in self._all if each.is_member and not each.trait and last(each.container) == d.trait]

    def of_type(self, d: Definition) -> str:
        """What tells a type from another of its qualified name; the same for all declarations of one type."""
        is_open = d.kind in NAMESPACES and d.language not in {"go", "rust"}  # every file may add to it
        if is_open or self._n_types(last(d.qualified_name)) < 2:
            return d.qualified_name
        if d.language == "go":
            return f"{folder(d.path)}:{d.qualified_name}"
        resolver = self._reader.typed(d.path)
        file = resolver.file(d.path) if resolver is not None else None
        number = file.numbers.get(d.start) if file is not None else None
        if resolver is None or number is None:
            return d.qualified_name
        return self.of(Thing(d.path, number, is_static=False))

    def of(self, of: Thing) -> str:
        """The same for a type as the analysis has it."""
        resolver = self._reader.typed(of.path)
        file = resolver.file(of.path) if resolver is not None else None
        assert resolver is not None
        assert file is not None
        name = file.facts.qualified_name(of.number)
        if file.language == "go":
            return f"{folder(of.path)}:{name}" if self._n_types(last(name)) > 1 else name
        if self._n_types(last(name)) < 2:
            return name
        is_open = file.kind(of.number) in NAMESPACES and file.language != "rust"
        if is_open or (file.language == "kotlin" and self._is_for_several_platforms(file, of.number)):
            return name
        first = min(resolver.same_as(file, of.number))
        return f"{first.path}:{first.start}"

    def _is_for_several_platforms(self, file: TreeFile, number: int) -> bool:
        """Whether a type of Kotlin, or one around it, is declared to be expected or actual."""
        around = [number, *file.around(file.name_start(number))]
        return any(MULTIPLATFORM.search(self._reader.head(file.path, file.name_start(each))) for each in around)

    def _n_types(self, name: str) -> int:
        """How many types of these languages bear a name, as declarations are counted."""
        if name not in self._counts:
            kinds = {SYMBOL_KINDS.index(kind) for kind in TYPES | NAMESPACES}
            family = family_of(self._language)
            n = 0
            for position, number in self._reader.index.definitions(name):
                facts = self._reader.index.facts(position)
                if facts is not None and facts.language in family and facts.symbol_name(number) == name:
                    n += facts.symbols[number * SYMBOL_WIDTH] in kinds
            self._counts[name] = n
        return self._counts[name]
