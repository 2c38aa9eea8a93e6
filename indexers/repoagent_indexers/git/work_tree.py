"""Reading a file of a work tree by its path: never through a link, never out of the tree, never out of .git."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown

_CAN_OPEN_BELOW = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_WORTH_A_LOOK = re.compile(r"[^\x20-\x7e]|[\\:]|git|(?:^|/)(?:/|\.|$)|/$", re.IGNORECASE)
"""Finds nothing in nearly all paths: those need no closer check."""


class Folders:
    """Opens file after file below a root, and keeps the folders open that one path shares with the next.

    A folder that is moved away meanwhile is still the one that files are read from. To be closed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._names: list[str] = []
        self._descriptors: list[int] = []
        """Of the root and of the folders of those names, each in the one before."""

    def __enter__(self) -> Folders:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave(0)

    def file(self, parts: Sequence[str]) -> int:
        """The descriptor of a file, for the caller to close; raises OSError.

        Each part is opened below the descriptor of the one before: no link can be put in the way meanwhile.
        """
        if not _CAN_OPEN_BELOW:
            return _open_resolved(self.root, parts)
        through = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
        if not self._descriptors:
            self._descriptors.append(os.open(self.root, through))
        n_shared = 0
        for name, part in zip(self._names, parts[:-1], strict=False):
            if name != part:
                break
            n_shared += 1
        self._leave(n_shared + 1)
        for part in parts[n_shared:-1]:
            self._descriptors.append(os.open(part, through | os.O_NOFOLLOW, dir_fd=self._descriptors[-1]))
            self._names.append(part)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(parts[-1], flags, dir_fd=self._descriptors[-1])

    def _leave(self, n_kept: int) -> None:
        for descriptor in self._descriptors[n_kept:]:
            os.close(descriptor)
        del self._descriptors[n_kept:], self._names[max(0, n_kept - 1) :]


def read_regular(folders: Folders, path: str, max_bytes: int) -> bytes:
    """Return the content of a regular file below the folders' root; see `Repository.read` for the errors."""
    descriptor, found = open_regular(folders, path)
    try:
        content = _read_at_most(descriptor, found.st_size, max_bytes)
    finally:
        os.close(descriptor)
    if content is None:
        raise UsageError(
            f"{shown(path)}: more than the {max_bytes} bytes that are read; leave it out or raise the limit"
        )
    return content


def open_regular(folders: Folders, path: str) -> tuple[int, os.stat_result]:
    """Return a descriptor, for the caller to close, of a regular file below a root, and what the file is."""
    parts = components(path)
    try:
        descriptor = folders.file(parts)
    except OSError as error:
        raise _not_readable(folders.root, path, parts, error) from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise _not_regular(path)
    return descriptor, found


def components(path: str) -> list[str]:
    """Return the parts of a path that stays inside a work tree and outside .git; raise Refused for any other."""
    parts = path.split("/")
    if not _WORTH_A_LOOK.search(path):
        return parts
    foreign = ("\\", ":") if os.name == "nt" else ()
    if any(part in ("", ".", "..") or any(sign in part for sign in foreign) for part in parts):
        raise Refused(f"{shown(path)}: leads out of the work tree; give a path relative to its top")
    if any(_is_git_directory(part) for part in parts):
        raise Refused(f"{shown(path)}: .git is not read and not written; give a path in the work tree")
    try:
        usable = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise UsageError(f"{shown(path)}: no file can have this name; give a path in the work tree")
    return parts


def _is_git_directory(part: str) -> bool:
    """Whether some file system takes *part* for .git.

    Some ignore case, some trailing dots and spaces, some characters that do not show; some know a short name for it.
    """
    if not part.isascii():
        part = unicodedata.normalize("NFC", re.sub("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]", "", part))
    part = part.casefold().rstrip(". ")
    return part == ".git" or re.fullmatch("git~[0-9]+", part) is not None


def _open_resolved(root: Path, parts: Sequence[str]) -> int:
    """The same where the system cannot open below a descriptor: look first, then open."""
    place = root.joinpath(*parts)
    linked = any(root.joinpath(*parts[:n]).is_symlink() for n in range(1, len(parts) + 1))
    if linked or place.resolve(strict=True) != place:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISREG(place.lstat().st_mode):
        raise _not_regular("/".join(parts))
    return os.open(place, os.O_RDONLY | getattr(os, "O_BINARY", 0))


def _not_readable(root: Path, path: str, parts: Sequence[str], error: OSError) -> Exception:
    """Return what to raise for a file that could not be opened."""
    through_link = error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)
    if through_link and any(root.joinpath(*parts[:n]).is_symlink() for n in range(1, len(parts) + 1)):
        return Refused(f"{shown(path)}: goes through a symbolic link, which is not followed; name the file it leads to")
    if through_link or error.errno in (errno.ENOENT, errno.ENAMETOOLONG):
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if error.errno == errno.ENXIO:  # a socket
        return _not_regular(path)
    return type(error)(error.errno, error.strerror, path)


def _not_regular(path: str) -> UsageError:
    return UsageError(f"{shown(path)}: not a regular file; only files are read")


def _read_at_most(descriptor: int, size: int, max_bytes: int) -> bytes | None:
    """Return the content, None when it is longer than *max_bytes*; *size* is what it probably is."""
    if size > max_bytes:
        return None
    chunks: list[bytes] = []
    n_read = 0
    while chunk := os.read(descriptor, max(size - n_read, 4096) + 1):
        chunks.append(chunk)
        n_read += len(chunk)
        if n_read > max_bytes:  # it grew meanwhile
            return None
        if n_read == size:  # one more was asked for: this is the end
            break
    return b"".join(chunks)
