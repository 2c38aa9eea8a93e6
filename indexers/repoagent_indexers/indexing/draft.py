"""The catalogue in the making: which files must be read, and what is known of each."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.git.rules import NOTHING, Rules
from repoagent_indexers.git.snapshot import RACY
from repoagent_indexers.indexing.catalogue import Catalogue, blob_key
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.reading.charsets import read_text
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.roles import CONFIGURATION, GENERATED, SOURCE, is_marked_generated, role_of

if TYPE_CHECKING:
    from repoagent_indexers.git.repository import Repository
    from repoagent_indexers.git.snapshot import ListedFile, Snapshot
    from repoagent_indexers.git.work_tree import Folders
    from repoagent_indexers.indexing.store import Store
    from repoagent_indexers.reading.workers import Job, Read

MAX_FILE = 2 << 20
"""Bytes; a longer file is listed as skipped and not read."""
_LARGE = 256 << 10
"""Bytes of a file that a worker reads alone."""
MUCH = 256 << 10
"""Bytes of source that are worth some preparation."""
GONE, UNREADABLE, MINIFIED, WAITING = "gone", "cannot be read", "minified", "not read yet"
"""Notes of the catalogue that mean something here."""
IGNORED = "ignored by .repoagentignore"
_LONG_LINES = 1000
"""Average bytes a line above which a file is taken for minified."""

Choose = Callable[[Sequence[str], NDArray[np.int64]], list[int]]
"""Paths and sizes of files -> positions of those to read now."""


class Draft:
    """For each listed file the old entry, a blob known from elsewhere, or a job."""

    def __init__(
        self,
        repository: Repository,
        store: Store,
        files: Sequence[ListedFile],
        listed_at: float,
        old: Catalogue,
        rules: Rules,
        has_blobs: bool,
    ) -> None:
        self.repository = repository
        self.store = store
        self.tree = str(repository.root)
        self.listed_at = listed_at
        self.vouched = True
        """Whether everything was read as it had been listed."""
        self.waiting: dict[bytes, list[int]] = {}
        """Key of a blob that is being read -> positions of the files that hold it."""
        self.known: dict[bytes, _Known] = {}
        """Key of a blob that has been read or found."""
        self.has_blobs = has_blobs
        """Whether an earlier update has kept any."""
        same_rules = rules.digest == old.rules
        kept = rules.kept([file.path for file in files], old.paths if same_rules else ())
        self.n_ignored = kept.count(False)
        self.rules = rules
        self.paths = [file.path for file in compress(files, kept)]
        self.listed = [file.blob or "" for file in compress(files, kept)]
        place = {path: position for position, path in enumerate(old.paths)} if same_rules else {}
        before = [place.get(path, -1) for path in self.paths]
        same = [
            at if at >= 0 and blob and old.listed[at] == blob else -1
            for at, blob in zip(before, self.listed, strict=True)
        ]
        self.oids, self.languages, self.charsets, self.notes = (
            [column[at] if at >= 0 else "" for at in same]
            for column in (old.oids, old.languages, old.charsets, old.notes)
        )
        taken = np.array(same, np.int64)
        self.unread = np.flatnonzero(taken < 0).tolist()
        """Positions of the files that must be read."""
        self.blobs, self.sizes, self.n_symbols = (
            np.append(column, empty)[taken] for column, empty in ((old.blobs, -1), (old.sizes, 0), (old.n_symbols, 0))
        )  # position -1 is the one appended
        self.roles = np.append(old.roles, np.uint8(0))[taken]
        for position in self.unread:
            self.sizes[position] = self._size(self.paths[position])
        self.said = rules.said([self.paths[position] for position in self.unread])
        self.marked: set[int] = set()
        """Positions of files that say that a program wrote them."""

    def _limit(self, choose: Choose) -> None:
        """Read only the files that `choose` picks of those that must be read."""
        chosen = choose([self.paths[position] for position in self.unread], self.sizes[self.unread])
        waiting = set(self.unread)
        self.unread = [self.unread[at] for at in sorted(chosen)]
        for position in waiting.difference(self.unread):
            self.notes[position] = WAITING
            self.roles[position] = role_of(self.paths[position])
            self.vouched = False

    @property
    def n_bytes(self) -> int:
        """Size of the files that must be read."""
        return int(self.sizes[self.unread].sum())

    def main_languages(self) -> list[str]:
        """Languages of which so much must be read that more than one worker will meet them."""
        n_bytes: Counter[str] = Counter()
        for position in self.unread:
            n_bytes[language_of(self.paths[position])] += int(self.sizes[position])
        return [language for language, n in n_bytes.items() if n > 2 * MUCH and LANGUAGES[language].is_code]

    def jobs(self, choose: Choose | None = None) -> Iterator[Job]:
        """What the workers must read; very large files first, so that none is left alone at the end."""
        from repoagent_indexers.reading.workers import Job

        if choose:
            self._limit(choose)
        with self.repository.folders() as folders:
            for position in self._in_order(self.unread):
                content = self._content(position, folders)
                if content is None:
                    continue
                path = self.paths[position]
                language = language_of(path, content)
                if is_marked_generated(content):
                    self.marked.add(position)
                if LANGUAGES[language].is_code and is_minified(content):
                    self.notes[position] = MINIFIED
                    language = "text"
                self.languages[position] = language
                key = blob_key(self.oids[position], language, self.charsets[position])
                if known := self.known.get(key) or self._found(key):
                    self.known[key] = known
                    self._settle(position, known)
                elif key in self.waiting:
                    self.waiting[key].append(position)
                else:
                    self.waiting[key] = [position]
                    yield Job(position, path, language, content, self.oids[position], self.charsets[position])

    def take(self, read: Read, blob: int) -> None:
        """Note under which number a file that was read is kept."""
        key = blob_key(read.job.blob, read.job.language, read.job.charset)
        known = self.known[key] = (blob, read.reading.n_symbols, read.reading.problem.decode())
        for position in self.waiting.pop(key):
            self._settle(position, known)

    def catalogue(self, listing: Snapshot) -> Catalogue:
        """The finished catalogue, when all jobs are done. Files that went away meanwhile are left out."""
        for position in self.unread:
            said = self.said.get(self.paths[position], NOTHING).roles
            if (self.notes[position] == MINIFIED or position in self.marked) and GENERATED not in said:
                said = {**said, GENERATED: True}
            role = role_of(self.paths[position], said)
            is_plain = role == SOURCE and self.languages[position] == "text"  # LICENSE-MIT, rules for some tool
            self.roles[position] = CONFIGURATION if is_plain else role
        if GONE in self.notes:
            self._leave_out([note != GONE for note in self.notes])
        return Catalogue(
            paths=self.paths,
            blobs=self.blobs,
            oids=self.oids,
            listed=self.listed,
            languages=self.languages,
            sizes=self.sizes,
            n_symbols=self.n_symbols,
            roles=self.roles,
            charsets=self.charsets,
            notes=self.notes,
            left_out={what: n for what, n in {**listing.left_out, IGNORED: self.n_ignored}.items() if n},
            rules=self.rules.digest,
            fingerprint=listing.fingerprint.hex() if listing.settled and self.vouched else "",
        )

    def _leave_out(self, kept: list[bool]) -> None:
        """Forget the files that are not `kept`; positions count anew."""
        for column in (self.paths, self.oids, self.listed, self.languages, self.charsets, self.notes):
            column[:] = compress(column, kept)
        mask = np.array(kept, np.bool_)
        self.blobs, self.sizes = self.blobs[mask], self.sizes[mask]
        self.n_symbols, self.roles = self.n_symbols[mask], self.roles[mask]

    def _in_order(self, positions: Sequence[int]) -> list[int]:
        """Files larger than a batch, then those with the suffix that most bytes have, and so on, folder by folder.

        So a language of few files is read by one worker: each that meets one compiles its query, up to 0.2 s.
        """
        suffixes = {at: self.paths[at].rpartition(".")[2] for at in positions}
        sizes = dict(zip(positions, self.sizes[positions].tolist(), strict=True))
        totals: Counter[str] = Counter()
        for at, suffix in suffixes.items():
            totals[suffix] += sizes[at]

        def key(at: int) -> tuple[bool, int, str, int]:
            is_small = sizes[at] <= _LARGE
            return is_small, -totals[suffixes[at]], suffixes[at], at if is_small else -sizes[at]

        return sorted(positions, key=key)

    def _content(self, position: int, folders: Folders) -> bytes | None:
        """What a file says; None, and a note why, when nothing of it can be in the index."""
        path = self.paths[position]
        oid = note = charset = ""
        raw: bytes | None = None
        content: bytes | None = None
        try:
            if self.sizes[position] > MAX_FILE:
                note = "larger than 2 MiB"
            else:
                raw = self.repository.read(path, MAX_FILE, folders)
                oid = self.repository.blob_id(raw)
                said = self.said.get(path, NOTHING)
                text = None if said.is_binary else read_text(raw, lambda: self.rules.charset(path, said))
                content, charset = text or (None, "")
                note = "binary" if content is None else ""
        except FileNotFoundError:
            note = GONE
        except (OSError, RepoAgentError):
            note = UNREADABLE
        self.oids[position], self.charsets[position], self.notes[position] = oid, charset, note
        if raw is not None:
            self.sizes[position] = len(raw)
        if oid != self.listed[position] and (note in (GONE, UNREADABLE) or self._may_have_changed(path)):
            self.listed[position] = ""  # what git listed is not what was read
            self.vouched = False
        return content

    def _found(self, key: bytes) -> _Known | None:
        """A blob that an earlier update has kept."""
        found = self.store.find_blob(key) if self.has_blobs else None
        if found is None:
            return None
        return found[0], *Facts.summary_of(found[1])

    def _settle(self, position: int, known: _Known) -> None:
        self.blobs[position], self.n_symbols[position], problem = known
        self.notes[position] = self.notes[position] or problem

    def _size(self, path: str) -> int:
        try:
            return os.lstat(f"{self.tree}/{path}").st_size
        except OSError:
            return 0

    def _may_have_changed(self, path: str) -> bool:
        """Whether a file that is not what git listed was written since, rather than converted (line ends, filters)."""
        try:
            found = (self.repository.root / path).lstat()
        except OSError:
            return True
        return max(found.st_mtime, found.st_ctime) > self.listed_at - RACY


_Known = tuple[int, int, str]
"""Number of a blob, how many symbols it has, and its problem."""


def is_minified(content: bytes) -> bool:
    """Whether a file's lines are so long that nobody wrote them by hand."""
    n_lines = len(content) // _LONG_LINES + 1  # fewer are too few; most files have as many in their first bytes
    beginning = min(len(content), 200 * n_lines)
    return (
        len(content) > 5000
        and content.count(b"\n", 0, beginning) < n_lines
        and len(content) / (content.count(b"\n") + 1) > _LONG_LINES
    )
