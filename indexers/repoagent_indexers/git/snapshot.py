"""The state of a work tree at one moment, out of what `git ls-files` and `git status` say."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

RACY = 2.0
"""Seconds for which a file's times may stand still though it is written again: no file system in use is coarser."""

LIST_INDEX = ("ls-files", "--stage", "-v", "-z")
LIST_CHANGES = (
    *("status", "--porcelain=v2", "-z", "--untracked-files=all", "--branch", "--no-ahead-behind"),
    *(
        "--no-renames",
        "--ignore-submodules=all",
    ),  # it would run a git in each submodule, under the submodule's settings
)


class ListedFile(NamedTuple):
    """A regular file of the work tree or of the index."""

    path: str
    blob: str | None
    """Git's object id of the content; None when the file must be read to know it."""
    mode: int
    """0o100644, or 0o100755 when executable."""


class Snapshot:
    """The state of a work tree at one moment; the list of its files is made when first asked for.

    The contract: of two snapshots with the same `fingerprint` the later lists the same files as the earlier, and if the
    *earlier* was `settled`, with the same content. If it was not, read the files without a blob again.

    Why: a file that git calls clean is known by its blob. Of every other (modified, untracked, unmerged, assumed
    unchanged ...) the fingerprint holds size, inode and times, and a file written within the last two seconds may be
    written again without any of them changing. What is written after the snapshot was taken shows in the next one.
    """

    fingerprint: bytes
    """16 bytes: a hash, other as soon as files, contents or HEAD may be others (also after a `git add`)."""
    settled: bool
    """Whether no file without a blob was written within the last two seconds."""
    head: str
    """Id of the commit that is checked out; "" before the first one."""

    def __init__(
        self,
        root: Path,
        index: bytes,
        changes: bytes,
        *,
        beside: Sequence[Path] = (),
        inner: Mapping[str, Snapshot] | None = None,
    ) -> None:
        """*index* and *changes* are what git printed for `LIST_INDEX` and `LIST_CHANGES` at *root*.

        *beside* are files that git does not list and on which it depends how others are read. *inner* are the
        submodules that are checked out, by path.
        """
        self.head, changes = _without_branch(changes)
        self._index, self._changes, self._inner = index, changes, dict(inner or {})
        unclean = dict(_changed(changes)) | dict(_unwatched(index, root))
        self._unclean = {path: None if gone else _lstat(root, path) for path, gone in sorted(unclean.items())}
        found = [(path, its) for path, its in self._unclean.items() if its is not None]
        now = time.time()
        self.settled = not any(its.st_ctime > now - RACY or abs(its.st_mtime - now) < RACY for _, its in found) and all(
            snapshot.settled for snapshot in self._inner.values()
        )
        found += [(str(path), its) for path in beside if (its := _lstat(path.parent, path.name)) is not None]
        facts = [
            (path, its.st_size, its.st_ino, its.st_mode, its.st_mtime_ns, its.st_ctime_ns)
            for path, its in found
            if not stat.S_ISDIR(its.st_mode)
        ]
        digest = hashlib.blake2b(digest_size=16)
        inside = [(path, snapshot.fingerprint) for path, snapshot in sorted(self._inner.items())]
        for part in (index, changes, self.head.encode(), os.fsencode(repr(facts)), os.fsencode(repr(inside))):
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
        self.fingerprint = digest.digest()

    @property
    def files(self) -> tuple[ListedFile, ...]:
        """The regular files, sorted by path; see `Repository.list_files`."""
        if not self._inner:
            return self._listing.files
        files = list(self.own_files)
        for path, snapshot in self._inner.items():
            files += [ListedFile(f"{path}/{file.path}", file.blob, file.mode) for file in snapshot.files]
        return tuple(sorted(files, key=attrgetter("path")))

    @property
    def own_files(self) -> tuple[ListedFile, ...]:
        """The same without those in submodules."""
        return self._listing.files

    @property
    def symlinks(self) -> tuple[str, ...]:
        """Paths of the symbolic links, which are not followed."""
        return self._listing.symlinks

    @property
    def submodules(self) -> tuple[str, ...]:
        """Paths of this repository's submodules, checked out or not."""
        return self._listing.submodules

    @property
    def left_out(self) -> dict[str, int]:
        """What is no file to read -> how many there are, in submodules too."""
        counts = {
            "symbolic link": len(self.symlinks),
            "submodule that is not checked out": len(set(self.submodules) - self._inner.keys()),
            "repository of its own, no submodule": sum(
                entry[:2] == b"? " and entry.endswith(b"/") for entry in self._changes.split(b"\0")
            ),
        }
        for snapshot in self._inner.values():
            for what, n in snapshot.left_out.items():
                counts[what] = counts.get(what, 0) + n
        return {what: n for what, n in counts.items() if n}

    def index_entries(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield each entry of the index with its tag; the entry as `git update-index --index-info` takes it.

        Tags: H, M unmerged, S not in the work tree because of a sparse checkout; in lower case when assumed unchanged.
        """
        for entry in self._index.split(b"\0"):
            if entry:
                yield entry[:1], entry[2:]

    @cached_property
    def _listing(self) -> _Listing:
        files: list[ListedFile] = []
        symlinks: list[str] = []
        submodules: list[str] = []
        unclean = self._unclean
        modes = {"100644": 0o100644, "100755": 0o100755}
        for entry in os.fsdecode(self._index).split("\0"):
            facts, _, path = entry.partition("\t")  # "H 100644 <object id> 0"
            mode = facts[2:8]
            if not mode or path in unclean or facts[-1] != "0":  # an unmerged path is unclean
                continue
            if mode in modes:
                files.append(ListedFile(path, facts[9:-2], modes[mode]))
            elif mode == "120000":
                symlinks.append(path)
            elif mode == "160000":
                submodules.append(path)
            else:
                files.append(ListedFile(path, facts[9:-2], int(mode, 8)))
        for path, found in self._unclean.items():
            if found is None:
                continue
            if stat.S_ISREG(found.st_mode):
                files.append(ListedFile(path, None, 0o100755 if found.st_mode & stat.S_IXUSR else 0o100644))
            elif stat.S_ISLNK(found.st_mode):
                symlinks.append(path)
        if any(sign in self._index for sign in (b"\t/", b"../", b".git/")):  # not git's work, but it can be handed over
            files = [file for file in files if _stays_inside(file.path)]
            symlinks, submodules = [*filter(_stays_inside, symlinks)], [*filter(_stays_inside, submodules)]
        files.sort(key=attrgetter("path"))
        return _Listing(tuple(files), tuple(sorted(symlinks)), tuple(submodules))


class _Listing(NamedTuple):
    files: tuple[ListedFile, ...]
    symlinks: tuple[str, ...]
    submodules: tuple[str, ...]


def submodules_at(root: Path, index: bytes) -> list[str]:
    """Return the paths of the submodules in what git printed for `LIST_INDEX` that are checked out below *root*."""
    if b" 160000 " not in index:
        return []
    found = []
    directories = {"": True}
    for entry in re.findall(rb"(?:\A|\0)\w 160000 [0-9a-f]+ 0\t([^\0]+)", index):
        path = os.fsdecode(entry)
        if _stays_inside(path) and _is_real_directory(root, path, directories) and _lstat(root, f"{path}/.git"):
            found.append(path)
    return found


def _without_branch(changes: bytes) -> tuple[str, bytes]:
    """Return the commit that is checked out, and what git printed without the lines about it and its branch."""
    head = re.match(rb"# branch\.oid ([0-9a-f]+)\0", changes)
    return head[1].decode() if head else "", re.sub(rb"\A(?:# [^\0]*\0)+", b"", changes)


def _changed(changes: bytes) -> Iterator[tuple[str, bool]]:
    """Yield the path of each file that differs from the index, or is not in it, and whether it is gone."""
    for entry in os.fsdecode(changes).split("\0"):
        kind = entry[:2]
        if kind == "? ":
            if not entry.endswith("/"):  # a repository within this one
                yield entry[2:], False
        elif kind == "1 ":  # "1 <staged><unstaged> <submodule> <3 modes> <2 object ids> <path>"
            if entry[3] != ".":
                yield entry.split(" ", 8)[8], entry[3] == "D"
        elif kind == "u ":  # "u <XY> <submodule> <4 modes> <3 object ids> <path>"
            yield entry.split(" ", 10)[10], False


def _unwatched(index: bytes, root: Path) -> Iterator[tuple[str, bool]]:
    """Yield the path of each file that git was told not to look at, and whether it is absent.

    That is: assume-unchanged, and skip-worktree, by which a sparse checkout leaves files out.
    """
    if index.count(b"\0H ") + index.startswith(b"H ") == index.count(b"\0"):
        return
    directories = {"": True}
    for entry in os.fsdecode(index).split("\0"):
        if entry[:1] in ("h", "S", "s") and entry[2:8] != "160000":
            path = entry.partition("\t")[2]
            there = _is_real_directory(root, path.rpartition("/")[0], directories)
            yield path, not there or _lstat(root, path) is None


def _is_real_directory(root: Path, directory: str, known: dict[str, bool]) -> bool:
    if directory not in known:
        found = _lstat(root, directory) if _is_real_directory(root, directory.rpartition("/")[0], known) else None
        known[directory] = found is not None and stat.S_ISDIR(found.st_mode)
    return known[directory]


def _stays_inside(path: str) -> bool:
    return not {"", "..", ".git"}.intersection(path.split("/"))


def _lstat(root: Path, path: str) -> os.stat_result | None:
    try:
        return os.lstat(f"{root}/{path}")
    except OSError:
        return None
