"""A model's reply -> edits that fit the files, and a line about each part of it that cannot be taken.

    reply -> blocks (edit_blocks) -> places in the files (edit_match, edit_definitions) -> edits that leave every file
    readable (edit_check)

Where code is to go is never guessed: what fits nowhere, or at several places, becomes a problem, one line for a person
(or for the model's next try). A block that names no file, or one that is not there, is taken where the code that it
replaces stands in a single file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from repoagent_agents.editing.edit_blocks import DIVIDER, Block, read_blocks
from repoagent_agents.editing.edit_check import readable
from repoagent_agents.editing.edit_definitions import Definitions
from repoagent_agents.editing.edit_match import PLACEHOLDER, Place, find, fitted
from repoagent_agents.editing.edits import Edit, replaced
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.git.work_tree import components
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.source import SourceFile

MAX_CREATED = 1 << 20
"""Bytes of a new file that a reply may bring."""
_EXAMPLE = "path/to/"
"""What the prompts' example of a path begins with; small models write it down as it is."""


def read_edits(
    reply: str, sources: Iterable[SourceFile], *, may_create: bool = False
) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """Return the edits that a reply asks for, and one line about each part of it that cannot be taken.

    Read are search/replace blocks, unified diffs and fenced definitions that replace those of the same name. A path
    may be shortened as long as one of `sources` alone ends in it. With `may_create`, blocks with nothing to search for,
    diffs against /dev/null and fenced files make new files, and what a fence defines anew is added to its file. The
    same change, stated several times, is taken once.
    """
    reading = _Reading({source.path: source for source in sources}, may_create)
    for block in read_blocks(reply, tuple(reading.sources)):
        reading.add(block)
    reading.add_definitions()
    edits = readable(
        reading.edits, {path: source.content for path, source in reading.sources.items()}, reading.problems
    )
    return edits, tuple(dict.fromkeys(reading.problems))


class _Reading:
    """One reply, block by block."""

    def __init__(self, sources: dict[str, SourceFile], may_create: bool) -> None:
        self.sources = sources
        self.may_create = may_create
        self.edits: list[Edit] = []
        self.problems: list[str] = []
        self.fences: list[tuple[Block, SourceFile]] = []
        self.unnamed: list[Block] = []
        """Fences under no path."""

    def add(self, block: Block) -> None:
        if block.problem:
            self.problems.append(f"reply line {block.line}: {block.problem}")
            return
        if block.kind == "code" and not block.path:
            self.unnamed.append(block)
            return
        path, problem = self.path_of(block)
        if problem:
            self.problems.append(f"reply line {block.line}: {problem}")
        elif path not in self.sources:
            self.create(path, block)
        elif block.kind == "code" and not LANGUAGES[self.sources[path].language].is_code:
            self.problems.append(f"reply line {block.line}: {shown(path)}: use search/replace blocks for this file")
        elif block.kind == "code":
            self.fences.append((block, self.sources[path]))
        elif self.may_create and block.creates and LANGUAGES[self.sources[path].language].is_code:
            self.fences.append((replace(block, kind="code", code=block.readings[0][1]), self.sources[path]))
        else:
            self.search(block, self.sources[path])

    def path_of(self, block: Block) -> tuple[str, str]:
        """Return the path that a block speaks of, or what is wrong with it."""
        written = block.path
        if not written:
            if len(self.sources) == 1 and not (self.may_create and block.creates):
                return next(iter(self.sources)), ""
            found = self.where_it_stands(block, 1)
            return found, "" if found else _NO_FILE
        if written in self.sources:
            return written, ""
        trimmed_path = written.removeprefix("./").removeprefix("/")
        ending = [path for path in self.sources if path == trimmed_path or path.endswith("/" + trimmed_path)]
        if len(ending) == 1:
            return ending[0], ""
        if len(ending) > 1:
            return "", f"{shown(written)} may be {' or '.join(map(shown, ending[:3]))}; write the whole path"
        if found := self.where_it_stands(block, 1 if written.startswith(_EXAMPLE) else 2):
            return found, ""
        if self.may_create and block.creates:
            return trimmed_path, ""
        return "", f"{shown(written)} is not among the files that may be changed here"

    def where_it_stands(self, block: Block, least: int) -> str:
        """Return the one file that has the text which a block searches for, of so many lines at least; else ""."""
        searched = [
            search for search, _ in block.readings if sum(map(bool, map(str.strip, search.split("\n")))) >= least
        ]
        places = [(path, search) for path, source in self.sources.items() for search in searched
                  for _ in find(source.content, search)]  # fmt: skip
        return places[0][0] if len(places) == 1 else ""

    def create(self, path: str, block: Block) -> None:
        try:
            components(path)
        except (UsageError, Refused) as error:
            self.problems.append(f"reply line {block.line}: {error}")
            return
        text = block.code if block.kind == "code" else block.readings[0][1]
        content = text.encode("utf-8", "surrogateescape")
        edit = Edit(path, 0, 0, b"", content)
        if edit in self.edits:
            return
        if any(other.path == path for other in self.edits):
            self.problems.append(f"reply line {block.line}: {shown(path)} is written a second time")
        elif not content.strip() or len(content) > MAX_CREATED:
            self.problems.append(f"reply line {block.line}: {shown(path)} would be a new file of {len(content)} bytes")
        elif found := PLACEHOLDER.search(text):
            self.problems.append(f"reply line {block.line}: {shown(path)} leaves code out: {shown(found[0].strip())!r}")
        else:
            self.edits.append(edit)

    def search(self, block: Block, source: SourceFile) -> None:
        """Add the edit for a block that says what to search for; several readings, one of which must fit."""
        fits: list[tuple[Place, str, str]] = []
        most: list[Place] = []
        for search, replacement in block.readings:
            places = find(source.content, search)
            if len(places) == 1:
                fits.append((places[0], search, replacement))
            most = max(most, places, key=len)
        if len(fits) > 1:  # a heading underlined with ===, kept on both sides
            fits = [fit for fit in fits if _n_dividers(fit[1]) == _n_dividers(fit[2])] or fits
        where = f"reply line {block.line}: {shown(source.path)}"
        if not fits and most:
            lines = ", ".join(str(place.line) for place in most[:4])
            self.problems.append(f"{where}: the text to replace stands at lines {lines}; quote more lines around it")
        elif not fits:
            first = next((line.strip() for line in block.readings[0][0].splitlines() if line.strip()), "")
            said = f"the text to replace is not in the file ({shown(first)[:60]!r}); quote it exactly"
            self.problems.append(f"{where}: {said if first else 'nothing to search for, but the file exists'}")
        elif len(fits) > 1:
            self.problems.append(f"{where}: the block can be read in two ways; use fewer lines of ===")
        else:
            place, search, replacement = fits[0]
            kept = set(PLACEHOLDER.findall(search))
            gap = next((found for found in PLACEHOLDER.findall(replacement) if found not in kept), None)
            if gap is not None:
                self.problems.append(
                    f"{where}: the replacement leaves code out: {shown(gap.strip())!r}; write it whole"
                )
                return
            edit = replaced(source.path, source.content, place, fitted(source.content, place, replacement))
            if edit is None:
                self.problems.append(f"{where}: the block changes nothing")
            elif edit not in self.edits:
                self.edits.append(edit)

    def add_definitions(self) -> None:
        """Add the edits for fenced definitions. What stands under no path is only an illustration where there is
        anything else to take."""
        unnamed = [] if self.edits else self.unnamed
        if not self.fences and not unnamed:
            return
        definitions = Definitions(self.fences, unnamed, tuple(self.sources.values()))
        for block, source in self.fences:
            self.take(definitions.edits(block, source, self.problems, may_append=self.may_create))
        if unnamed and not self.edits:
            self.problems += self.illustrations(definitions, unnamed)

    def illustrations(self, definitions: Definitions, blocks: Sequence[Block]) -> list[str]:
        """Add the edits for fences under no path; return what is wrong with them, nothing when anything is taken."""
        problems: list[str] = []
        for block in blocks:
            only = next(iter(self.sources.values())) if len(self.sources) == 1 and not self.may_create else None
            source = only or definitions.source_of(block)
            if source is None:
                problems.append(f"reply line {block.line}: {_NO_FILE}")
            elif LANGUAGES[source.language].is_code:
                self.take(definitions.edits(block, source, problems, may_append=False))
        return [] if self.edits else problems

    def take(self, edits: Iterable[Edit]) -> None:
        self.edits += (edit for edit in edits if edit not in self.edits)


_NO_FILE = "no file is named before this block; put its path on the line above"


def _n_dividers(text: str) -> int:
    return sum(DIVIDER.match(line) is not None for line in text.split("\n"))
