"""See `meaning.Resolver`, for Bash."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.bash.file import CALLING, TOP, BashFile, Word
from repoagent_indexers.resolve.bash.program import Program
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index

_RUNNERS = frozenset({"run"})
"""Commands of test frameworks that call what they are given."""
_COMMAND = rb"(?:^|[;&|({!`]|\$\(|\b(?:then|do|else|if|while|until|eval|time)[ \t])[ \t]*\"?\$\{?"
_RUNS_ARGUMENTS = re.compile(_COMMAND + rb"[@*1-9]", re.M)
_RUNS_VARIABLE = re.compile(_COMMAND + rb"[a-z_]", re.M)
_MAX_CALLERS = 60
_MAX_FILES = 100
"""As many are looked at for the one that gives a variable its value."""


class BashResolver:
    """Functions and variables live in a shell: of a file, of what it sources, of who sources it.

    A variable that a function declares is seen by what it calls, too: there it is probable.
    """

    def __init__(self, index: Index) -> None:
        self._program = Program(index)
        self._files = self._program.files
        self._meanings: dict[Place, Meaning | None] = {}

    # -- see `meaning.Resolver` -------------------------------------------------------------------------------------

    def same(self, place: Place, name: str) -> frozenset[Place]:
        """Of a function its definitions in one file and function, of a variable where its shell gives it values."""
        file = self._files.get(place.path)
        word = file.word_at(place.start, name) if file is not None else None
        if file is None or word is None:
            return frozenset({place})
        if word.role == "definition":
            starts = (each.start for each in file.words(name).values()
                      if each.role == "definition" and each.function == word.function)  # fmt: skip
            return frozenset({place, *(Place(place.path, start) for start in starts)})
        return frozenset(self._one_variable(place, name))

    def together(self, place: Place, name: str) -> frozenset[Place]:
        return self.same(place, name)

    def _one_variable(self, place: Place, name: str) -> set[Place]:
        """The definitions of a variable in all files: what one file of a shell sets, others read."""
        groups = []
        for each in {place, *self._files.symbols(name)}:
            found = self.meaning(each)
            groups.append({each, *(found.places if found is not None and found.certainty == "resolved" else ())})
        own = {place}
        while more := [group for group in groups if not own.isdisjoint(group) and not group <= own]:
            own.update(*more)
        return {each for each in own if each == place or self._is_symbol(each)}

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        for path in paths:
            file = self._files.get(path)
            for word in file.words(name).values() if file is not None else ():
                place = Place(path, word.start)
                if file is None or place in targets:
                    continue
                found = self._meaning(file, word, name)
                may_mean = (
                    self._function(file, word, name) if word.role == "argument" and self._is_handed(word) else None
                )
                is_open = word.role == "call" or (may_mean is not None and not may_mean.places.isdisjoint(targets))
                if found is None and is_open and self._is_function_of(targets):
                    yield place, Meaning(targets, "by name only")
                elif found is not None and not found.places.isdisjoint(targets):
                    yield place, found

    def meaning(self, place: Place) -> Meaning | None:
        file = self._files.get(place.path)
        name = file.name_at(place.start) if file is not None else ""
        word = file.word_at(place.start, name) if file is not None and name else None
        return self._meaning(file, word, name) if file is not None and word is not None else None

    def imported(self, path: str) -> frozenset[str]:
        return self._program.sources(path)[0]

    # -- meanings ---------------------------------------------------------------------------------------------------

    def _meaning(self, file: BashFile, word: Word, name: str) -> Meaning | None:
        place = Place(file.path, word.start)
        if place not in self._meanings:
            self._meanings[place] = None  # for what leads back here
            self._meanings[place] = self._mean(file, word, name)
        return self._meanings[place]

    def _mean(self, file: BashFile, word: Word, name: str) -> Meaning | None:
        if word.role == "skipped":
            return OUTSIDE
        if word.role == "definition":
            return Meaning(frozenset({Place(file.path, word.start)}), "resolved")
        if word.role == "argument":
            return self._handed_on(file, word, name)
        return self._function(file, word, name) if word.role in CALLING else self._variable(file, word, name)

    def _is_symbol(self, place: Place) -> bool:
        file = self._files.get(place.path)
        return file is not None and place.start in file.numbers

    def _is_function_of(self, places: Iterable[Place]) -> bool:
        found = next(iter(places), None)
        file = self._files.get(found.path) if found is not None else None
        return found is not None and file is not None and found.start in file.numbers and (
            file.kind(file.numbers[found.start]) == "function")  # fmt: skip

    # -- functions --------------------------------------------------------------------------------------------------

    def _handed_on(self, file: BashFile, word: Word, name: str) -> Meaning | None:
        """What an argument names: a function, where what it is given to runs what it is given."""
        runs = (self._holds(place, _RUNS_ARGUMENTS) for place in self._files.symbols(word.command))
        is_runner = word.command in _RUNNERS or any(runs)
        found = self._function(file, word, name) if is_runner else None
        return Meaning(found.places, "probable") if found is not None and found.places else None

    def _is_handed(self, word: Word) -> bool:
        """Whether an argument goes to a function of the repository that runs what some variable names."""
        return any(self._holds(place, _RUNS_VARIABLE) for place in self._files.symbols(word.command))

    def _holds(self, place: Place, pattern: re.Pattern[bytes]) -> bool:
        file = self._files.get(place.path)
        start, end = file.span(file.numbers[place.start]) if file is not None and self._is_symbol(place) else (0, 0)
        return file is not None and pattern.search(file.content, start, end) is not None

    def _function(self, file: BashFile, word: Word, name: str) -> Meaning | None:
        """The function that a shell with this file in it knows by a name."""
        places = [place for place in self._files.symbols(name) if self._is_function_of([place])]
        own = {place.start: file.function_at(place.start) for place in places if place.path == file.path}
        around = [*file.around(word.start), TOP]
        for function in around:
            if here := [start for start, holder in own.items() if holder == function]:
                return Meaning(frozenset(Place(file.path, start) for start in here), "resolved")
        by_path: dict[str, list[Place]] = {}
        for place in places:
            by_path.setdefault(place.path, []).append(place)
        below = self._program.below(file.path)
        for level in below:
            if found := self._chosen([path for path in level if path in by_path], by_path):
                return found
        if own:
            return Meaning(frozenset(Place(file.path, start) for start in own), "resolved")
        for level in self._program.above(file.path):
            defining = {path: None for each in level for path in self._shell_of(each) if path in by_path}
            if found := self._chosen(list(defining), by_path):
                return found
        if not places:
            return OUTSIDE
        is_handed_over = any(self._is_exported(place, name) for place in places)
        if is_handed_over or self._program.is_open(file.path) or set(by_path) & self._program.open_files:
            return Meaning(frozenset(places), "probable") if len(by_path) == 1 else None
        return OUTSIDE

    def _chosen(self, paths: list[str], by_path: dict[str, list[Place]]) -> Meaning | None:
        if not paths:
            return None
        return Meaning(
            frozenset(place for path in paths for place in by_path[path]),
            "resolved" if len(paths) == 1 else "probable",
        )

    def _shell_of(self, path: str) -> Iterator[str]:
        """A file and all that it sources."""
        yield path
        for level in self._program.below(path):
            yield from level

    def _is_exported(self, place: Place, name: str) -> bool:
        """Whether a file hands a function to the programs that it starts."""
        file = self._files.get(place.path)
        return file is not None and any(
            word.role == "function" and b"export" in file.content[max(0, word.start - 40) : word.start]
            for word in file.words(name).values()
        )

    # -- variables --------------------------------------------------------------------------------------------------

    def _variable(self, file: BashFile, word: Word, name: str) -> Meaning | None:
        declared_here = [each for each in file.words(name).values() if each.role == "local"]
        for n_outwards, function in enumerate(file.around(word.start) if declared_here else ()):
            declared = [each for each in declared_here if each.function == function]
            is_behind = any(each.end <= word.start or each.start == word.start for each in declared)
            if declared and is_behind:
                places = frozenset(Place(file.path, each.start) for each in declared)
                return Meaning(places, "probable" if n_outwards else "resolved")
        callers = self._declared_by_callers(file, word.function, name)
        paths = list(self._shell_of(file.path))
        found = self._set_in(paths, name)
        if any(self._is_at_top(place) for place in found):
            return Meaning(found | callers, "probable" if callers else "resolved")
        above = [self._set_in(self._shell_of(path), name) for level in self._program.above(file.path) for path in level]
        above = [each for each in above if each]
        if found or callers or above:
            is_one = not callers and all(each == above[0] for each in above)
            return Meaning(found.union(callers, *above), "resolved" if is_one else "probable")
        return self._inherited(file, name)

    def _is_at_top(self, place: Place) -> bool:
        file = self._files.get(place.path)
        return file is not None and file.function_at(place.start) == TOP

    def _set_in(self, paths: Iterable[str], name: str) -> frozenset[Place]:
        """Where files give a variable a value that is no function's own."""
        found = set()
        for path in paths:
            file = self._files.get(path)
            words = file.words(name).values() if file is not None else ()
            owners = {word.function for word in words if word.role == "local"}
            for word in words:
                if word.role == "set" and file is not None and owners.isdisjoint(file.around(word.start)):
                    found.add(Place(path, word.start))
        return frozenset(found)

    def _declared_by_callers(self, file: BashFile, function: int, name: str) -> frozenset[Place]:
        """Where functions declare a variable that call one, or call what calls it, and so on."""
        paths = [*self._shell_of(file.path), *(path for level in self._program.above(file.path) for path in level)]
        declaring: dict[tuple[str, int], list[Place]] = {}
        for path in paths:
            other = self._files.get(path)
            for word in other.words(name).values() if other is not None else ():
                if word.role == "local":
                    declaring.setdefault((path, word.function), []).append(Place(path, word.start))
        called = file.names_of_functions.get(function, "") if function != TOP else ""
        if not declaring or not called:
            return frozenset()
        found: set[Place] = set()
        seen, waiting = {called}, [called]
        for name_of in waiting:
            for path in paths:
                other = self._files.get(path)
                for caller in other.callers.get(name_of, ()) if other is not None else ():
                    found.update(declaring.get((path, caller), ()))
                    label = other.names_of_functions.get(caller, "") if other is not None else ""
                    if label and label not in seen and len(seen) < _MAX_CALLERS:
                        seen.add(label)
                        waiting.append(label)
        return frozenset(found)

    def _inherited(self, file: BashFile, name: str) -> Meaning | None:
        """A variable of another program of the repository, which starts this one or sources it unseen."""
        word = re.escape(name.encode("utf-8", "replace"))
        exporting = re.compile(rb"(?:export|declare -x|typeset -x)[^\n;]*?\b" + word + rb"\b")
        others = list(self._mentioning(name))
        handed = [other.path for other in others if exporting.search(other.content) is not None]
        if found := self._set_in(handed, name):
            return Meaning(found, "probable")
        if not self._program.is_open(file.path) and self._program.open_files.isdisjoint(each.path for each in others):
            return OUTSIDE
        places = self._set_in([other.path for other in others], name) if len(others) < _MAX_FILES else frozenset()
        return Meaning(places, "probable") if len({place.path for place in places}) == 1 else None

    def _mentioning(self, name: str) -> Iterator[BashFile]:
        index = self._program.index
        for position in index.mentioning(name) if len(name) > 1 else ():
            if index.catalogue.languages[position] == "bash":
                file = self._files.get(index.catalogue.paths[position])
                if file is not None and name.encode("utf-8", "replace") in file.content:
                    yield file
