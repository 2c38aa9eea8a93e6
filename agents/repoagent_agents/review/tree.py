"""What would be committed: the staged tree, with the facts of its files.

Most of its files stand in the work tree as they are staged: those the index knows. The others (staged in another state
than the work tree's, or deleted there) are read from their staged blobs and parsed in processes that can be killed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_agents.review.lines import Block, blocks, lines_of
from repoagent_indexers.git.repository import Repository, StagedChange
from repoagent_indexers.git.rules import declared_charset
from repoagent_indexers.indexing.draft import MAX_FILE, is_minified
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.reading.charsets import read_text, text_as
from repoagent_indexers.reading.facts import IMPORT_WIDTH, Facts
from repoagent_indexers.reading.skim import LANGUAGES as SKIMMED
from repoagent_indexers.reading.workers import Job, read_all
from repoagent_indexers.source import Parsed, SourceFile, Symbol
from repoagent_indexers.words.terms import terms_of

if TYPE_CHECKING:
    from repoagent_indexers.indexing.overlay import State
    from repoagent_indexers.resolve.references import Resolution

MAX_UNINDEXED = 500
"""Files that are staged in another state than the work tree's are looked at, at most."""
MAX_MENTIONS = 400
"""A word that stands in more files than this is no name to look for."""

MAX_SCANNED = 5000
"""Files whose imports are gone through one by one, where the index does not know a word."""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of one file."""

    path: str
    language: str
    content: bytes
    parsed: Parsed
    problem: str
    """Why its facts say nothing: binary, minified, its parser ran away ...; "" when they can be trusted."""
    facts: Facts | None = None
    """What `parsed` is made of."""


@dataclass(frozen=True, slots=True)
class Change:
    """A staged change with both of its states."""

    path: str
    """Where it is now; where it was, when it is staged to be deleted."""
    old: Version | None
    new: Version | None
    blocks: tuple[Block, ...]
    """The stretches of lines that differ; none for a deletion, and for what is not text."""


class StagedTree:
    """The files of one commit to be. Look-ups go to the index wherever that knows the very content."""

    def __init__(self, repository: Repository, index: Index) -> None:
        self.repository = repository
        self.index = index
        self.notes: list[str] = []
        """What was not looked at, one line each."""
        self.blobs = {file.path: file.blob or "" for file in repository.staged_files()}
        """Path -> blob id, "" for an unmerged file."""
        self._versions: dict[str, Version] = {}
        self._changes: list[Change] = []
        self._texts: dict[str, bytes] = {}

    # -- the changes --------------------------------------------------------------------------------------------

    def changes(self, staged: Sequence[StagedChange]) -> list[Change]:
        """The changes of regular files, both states read and parsed."""
        wanted: dict[str, tuple[str, ...]] = {}  # blob -> the paths under which it is to be read
        for change in staged:
            for blob, path in ((change.old_blob, change.old_path or change.path), (change.new_blob, change.path)):
                if blob and path not in wanted.get(blob, ()):
                    wanted[blob] = (*wanted.get(blob, ()), path)
        versions = self._read(wanted)
        found = []
        for change in staged:
            old = versions.get((change.old_blob or "", change.old_path or change.path))
            new = versions.get((change.new_blob or "", change.path))
            if new is not None:
                self._versions[change.path] = new
            found.append(Change(change.path, old, new, _differing(old, new)))
        self._changes = found
        return found

    def _read(self, wanted: dict[str, tuple[str, ...]]) -> dict[tuple[str, str], Version]:
        """The versions of blobs at paths; those that the index knows are not parsed again."""
        versions: dict[tuple[str, str], Version] = {}
        jobs: list[Job] = []
        for blob, raw in self.repository.read_blobs(wanted, MAX_FILE):
            for path in wanted[blob]:
                if raw is None:
                    versions[blob, path] = Version(path, "text", b"", Parsed(), "too large or missing")
                    continue
                content = self._text(path, blob, raw)
                language = language_of(path, content)
                problem = _problem(language, content)
                # the index does not know errors inside functions of what it skims
                facts = self._indexed(path, blob) if language not in SKIMMED else None
                if problem or not LANGUAGES[language].is_code:
                    versions[blob, path] = Version(path, language, content, Parsed(), problem)
                elif facts is not None and facts.language == language and self._is_verbatim(path, blob):
                    versions[blob, path] = Version(path, language, content, facts.parsed(path), facts.problem, facts)
                else:
                    jobs.append(Job(len(jobs), path, language, content, blob))
        for read in read_all(jobs):
            job, facts = read.job, Facts.from_bytes(read.facts)
            versions[job.blob, job.path] = Version(
                job.path, job.language, job.content, facts.parsed(job.path), facts.problem, facts
            )
        return versions

    # -- what names mean ----------------------------------------------------------------------------------------

    @cached_property
    def now(self) -> Resolution:
        """What names mean in the commit to be. Ask only when `add_unindexed` was told all that is looked for."""
        return self._resolution({})

    @cached_property
    def before(self) -> Resolution:
        """What names mean in the commit before it."""
        states: dict[str, State | None] = {}
        for change in self._changes:
            states |= {change.new.path: None} if change.new is not None else {}
        for change in self._changes:
            states |= {change.old.path: _state(change.old)} if change.old is not None else {}
        return self._resolution(states)

    def _resolution(self, others: dict[str, State | None]) -> Resolution:
        """Over the staged files, some of which are in `others` in other states."""
        from repoagent_indexers.indexing.overlay import Overlay
        from repoagent_indexers.resolve.references import Resolution

        unknown = (path for path in self.index.catalogue.paths if path not in self._known)
        states: dict[str, State | None] = dict.fromkeys(unknown)
        states |= {path: _state(one) for path, one in self._versions.items() if path not in self._known}
        states |= others
        return Resolution(Overlay(self.index, states) if states else self.index)

    # -- look-ups -----------------------------------------------------------------------------------------------

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path of the tree."""
        return frozenset(self.blobs)

    @cached_property
    def _known(self) -> dict[str, int]:
        """Path -> position in the catalogue, where the work tree holds what is staged."""
        catalogue = self.index.catalogue
        rows = zip(catalogue.paths, catalogue.listed, catalogue.oids, strict=True)
        blobs = self.blobs
        return {
            path: position
            for position, (path, listed, oid) in enumerate(rows)
            if (blob := blobs.get(path)) and blob in (listed, oid)
        }

    def _indexed(self, path: str, blob: str) -> Facts | None:
        if self.blobs.get(path) != blob or path not in self._known:
            return None
        return self.index.facts(self._known[path])

    def _is_verbatim(self, path: str, blob: str) -> bool:
        """Whether the index read these very bytes, and not what git makes of them in the work tree."""
        return self.index.catalogue.oids[self._known[path]] == blob

    def add_unindexed(self, words: Iterable[str]) -> None:
        """Read the files that the index does not know as they are staged, if one of the words stands in them."""
        unknown = [path for path in sorted(self.blobs) if path not in self._known and path not in self._versions]
        unknown = [path for path in unknown if self.blobs[path] and LANGUAGES[language_of(path)].is_code]
        if len(unknown) > MAX_UNINDEXED:
            self.notes.append(
                f"{len(unknown)} files are staged in another state than the work tree's; "
                f"uses in {len(unknown) - MAX_UNINDEXED} of them were not looked for"
            )
            unknown = unknown[:MAX_UNINDEXED]
        needles = [word.encode("utf-8", "surrogateescape") for word in words]
        jobs: list[Job] = []
        blobs = [self.blobs[path] for path in unknown]
        contents = zip(unknown, self.repository.read_blobs(blobs, MAX_FILE), strict=True) if unknown else ()
        for path, (blob, raw) in contents:
            if raw is None:
                continue
            content = self._text(path, blob, raw)
            if not any(needle in content for needle in needles):
                continue
            language = language_of(path, content)
            if not _problem(language, content):
                jobs.append(Job(len(jobs), path, language, content, blob))
        for read in read_all(jobs):
            job, facts = read.job, Facts.from_bytes(read.facts)
            self._versions[job.path] = Version(
                job.path, job.language, job.content, facts.parsed(job.path), facts.problem, facts
            )

    def version(self, path: str) -> Version | None:
        """A file as it is staged; None for one that nothing is known of."""
        if path not in self._versions:
            blob = self.blobs.get(path)
            facts = self._indexed(path, blob) if blob else None
            content = self._content(path, blob) if blob and facts is not None else None
            if facts is None or content is None:
                return None
            self._versions[path] = Version(path, facts.language, content, facts.parsed(path), facts.problem)
        return self._versions[path]

    def _content(self, path: str, blob: str) -> bytes | None:
        """The bytes that the facts of a path were read from."""
        source = self.index.source(path)
        if source is not None:
            return source.content
        raw = self.repository.read_blob(blob) if self._is_verbatim(path, blob) else None
        return None if raw is None else self._text(path, blob, raw)

    def _text(self, path: str, blob: str, raw: bytes) -> bytes:
        """The text of a blob: as the index read it, where that has; a binary one as it is."""
        if self.blobs.get(path) == blob and path in self._known and self._is_verbatim(path, blob):
            return text_as(raw, self.index.catalogue.charsets[self._known[path]])
        text = read_text(raw, lambda: declared_charset(self.repository, path))
        return raw if text is None else text.content

    def text(self, path: str) -> bytes:
        """The staged content of any file; empty for one that is not there."""
        if path not in self._texts:
            blob = self.blobs.get(path)
            content = self.repository.read_blob(blob) if blob else None
            self._texts[path] = self._text(path, blob or "", content or b"")
        return self._texts[path]

    def definitions(self, name: str) -> list[Symbol]:
        """Every definition of a name in the tree, in order of paths and lines."""
        paths = self.index.catalogue.paths
        found = [
            symbol
            for position, number in self.index.definitions(name)
            if paths[position] in self._known
            and paths[position] not in self._versions
            and (facts := self.index.facts(position)) is not None
            and (symbol := facts.symbol(number, paths[position])).name == name
        ]
        for version in self._versions.values():
            found += [symbol for symbol in version.parsed.symbols if symbol.name == name]
        return sorted(found, key=lambda symbol: (symbol.span.path, symbol.span.start_byte))

    def users(self, name: str) -> list[str]:
        """Paths of the files that use or import a name; none when it is too common a word to mean anything."""
        paths = self.index.catalogue.paths
        positions = {position for position, _ in self.index.users(name)}
        mentions = set(self.index.mentioning(name)) if terms_of(name) else self._importing(name)
        if len(mentions) <= MAX_MENTIONS:
            positions |= mentions
        elif len(positions) > MAX_MENTIONS:
            return []
        found = {
            paths[position]
            for position in positions
            if paths[position] in self._known and paths[position] not in self._versions
        }
        needle = name.encode("utf-8", "surrogateescape")
        found |= {path for path, version in self._versions.items() if needle in version.content}
        return sorted(found)

    def _importing(self, word: str) -> set[int]:
        """Positions of the files whose imports hold a word that is too short or too common to be a term."""
        found: set[int] = set()
        for position in list(self._known.values())[:MAX_SCANNED]:
            facts = self.index.facts(position)
            if facts is None or not facts.imports:
                continue
            strings = {
                number for at in range(0, len(facts.imports), IMPORT_WIDTH) for number in facts.imports[at : at + 2]
            }
            if any(word in facts.strings[number] for number in strings):
                found.add(position)
        return found


def _state(version: Version) -> State | None:
    if version.facts is None or version.problem:
        return None
    return SourceFile(version.path, version.language, "", version.content), version.facts


def _differing(old: Version | None, new: Version | None) -> tuple[Block, ...]:
    if new is None or b"\0" in new.content[:8000]:
        return ()
    return blocks(lines_of(old.content) if old else [], lines_of(new.content))


def _problem(language: str, content: bytes) -> str:
    if b"\0" in content[:8000]:
        return "binary"
    return "minified" if LANGUAGES[language].is_code and is_minified(content) else ""
