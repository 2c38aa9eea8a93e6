"""Edits -> files. Nothing else in this house writes into a user's work tree.

Every folder on the way is opened below the one before, never through a link; new content is written beside the old and
put in its place by a rename; either all files of a change are changed or none is.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from repoagent.undo_store import Kept, Record, UndoStore, digest
from repoagent_agents.editing.edits import Edit, apply_to, by_path, in_order
from repoagent_indexers.errors import EnvironmentFault, Refused, RepoAgentError, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.git.rules import declared_charset
from repoagent_indexers.git.work_tree import components
from repoagent_indexers.indexing.index import index_folder
from repoagent_indexers.reading.charsets import Text, read_text, written_back
from repoagent_indexers.roles import TEST, role_of

MAX_FILE = 64 << 20
"""Bytes of a file that is changed."""
MANY = 20
"""A change of more files than these needs a word of its own."""

CONSENTS = {
    "sensitive": "decides what other programs run",
    "tests": "is a test",
    "many": f"is one of more than {MANY} files",
    "delete": "would be deleted or emptied",
}
"""What must be allowed by name, and why."""

_SENSITIVE = re.compile(
    r"(?:^|/)(?:\.github|\.circleci|\.vscode|\.idea|\.devcontainer|\.husky|\.githooks)/"
    r"|(?:^|/)(?:\.gitattributes|\.gitmodules|\.gitconfig|\.gitlab-ci\.yml|\.travis\.yml|azure-pipelines\.yml|jenkinsfile"
    r"|\.pre-commit-config\.yaml|\.pre-commit-hooks\.yaml|\.envrc|\.mcp\.json|\.npmrc|\.yarnrc(?:\.yml)?|\.bashrc"
    r"|\.profile|\.zshrc|(?:gnu)?makefile|justfile|rakefile|build\.rs|setup\.py|noxfile\.py|conftest\.py"
    r"|sitecustomize\.py|usercustomize\.py|[^/]*\.pth)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """What one file held, and what it shall hold; None for no file."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that was made."""

    number: int
    """For `undo`."""
    paths: tuple[str, ...]
    notices: tuple[str, ...] = ()
    """What a person should know: one line each."""


def apply_edits(repository: Repository, edits: Iterable[Edit], *, allow: Collection[str] = ()) -> Applied:
    """Make edits in the work tree: all of them or, raising, none. See `replace_files`."""
    return replace_files(repository, replacements(repository, edits), allow=allow)


def replacements(repository: Repository, edits: Iterable[Edit]) -> tuple[Replacement, ...]:
    """Return what edits make of the files as they are now. Raises Refused for one that does not fit."""
    found = []
    for path, own in by_path(edits).items():
        before = read_now(repository, path)
        found.append(Replacement(path, before, _edited(repository, path, before or b"", own)))
    return tuple(found)


def _edited(repository: Repository, path: str, raw: bytes, edits: Sequence[Edit]) -> bytes:
    """Return a file's bytes with edits of its text made, in the encoding that it has."""
    text = read_text(raw, lambda: declared_charset(repository, path)) or Text(raw, "")
    after = apply_to(text.content, edits)
    if text.content == raw:
        return after
    try:
        return written_back(raw, text.charset, [(edit.start_byte, edit.end_byte, edit.new) for edit in in_order(edits)])
    except UnicodeEncodeError as error:
        what = error.object[error.start : error.end][:20]
        raise Refused(
            f"{shown(path)}: {shown(what)!r} cannot be written in {text.charset}, which the file is in; "
            "convert the file to UTF-8 first"
        ) from None
    except UnicodeError:
        raise Refused(
            f"{shown(path)}: its {text.charset} cannot be edited exactly; convert the file to UTF-8 first"
        ) from None


def read_now(repository: Repository, path: str) -> bytes | None:
    """Return a file's content; None when there is none. Raises Refused for a path that may not be written."""
    _checked(path)
    try:
        return repository.read(path, MAX_FILE)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise EnvironmentFault(f"{shown(path)}: permission denied; make it readable") from None


def needs(changes: Iterable[Replacement]) -> dict[str, tuple[str, ...]]:
    """Return what must be allowed (a key of `CONSENTS`) -> the paths for which; nothing for most changes."""
    changes = [change for change in changes if change.before != change.after]
    found: dict[str, list[str]] = {}
    for change in changes:
        if _SENSITIVE.search(change.path) or _changes_scripts(change):
            found.setdefault("sensitive", []).append(change.path)
        elif role_of(change.path) == TEST:
            found.setdefault("tests", []).append(change.path)
        if change.before and not change.after:
            found.setdefault("delete", []).append(change.path)
    if len(changes) > MANY:
        found["many"] = [change.path for change in changes]
    return {word: tuple(paths) for word, paths in found.items()}


def replace_files(repository: Repository, changes: Sequence[Replacement], *, allow: Collection[str] = ()) -> Applied:
    """Put new content into files of the work tree: into all of them or, raising, into none.

    Raises Refused when a file is no longer what it was, when a path leads through a link, out of the work tree, into
    .git or into another repository, and for what `needs` names and `allow` does not; EnvironmentFault when a file
    cannot be written. Mode and owner are kept; hard links are broken on purpose.
    """
    changes = [change for change in changes if change.before != change.after]
    require(changes, allow)
    store = _store(repository)
    with store.locked():
        notices = _clear_up(repository.root, store)
        number = _exchange(repository.root, store, changes, {})
    return Applied(number, tuple(change.path for change in changes), notices)


def require(changes: Sequence[Replacement], allow: Collection[str]) -> None:
    """Raise UsageError for a word that is none of `CONSENTS`, Refused for what is needed and not allowed."""
    for word in allow:
        if word not in CONSENTS:
            raise UsageError(f"{shown(word)} cannot be allowed; it is one of {', '.join(CONSENTS)}")
    for word, paths in needs(changes).items():
        if word not in allow:
            more = f" (and {len(paths) - 1} more)" if len(paths) > 1 and word != "many" else ""
            raise Refused(
                f"{shown(paths[0])}{more}: {CONSENTS[word]}; look at the diff, then allow it with --allow {word} "
                f'or allow=["{word}"]'
            )


def undo(repository: Repository, number: int | None = None) -> Applied:
    """Put back what a change replaced; without a number the last one of this work tree that is not undone.

    Raises Refused when a file has been changed since, UsageError when there is nothing to undo.
    """
    store = _store(repository)
    with store.locked():
        notices = _clear_up(repository.root, store)
        record = _to_undo(repository, store, number)
        back, modes = [], {}
        for kept in record.files:
            now = read_now(repository, kept.path)
            if digest(now) != kept.after:
                raise Refused(f"{shown(kept.path)}: changed since; undo it by hand, or put the file back first")
            back.append(Replacement(kept.path, now, kept.before))
            modes[kept.path] = kept.mode
        store.forget(_exchange(repository.root, store, back, modes))
        _remove_folders(repository.root, record.folders)
        store.write(replace(record, state="undone"))
    return Applied(record.number, tuple(kept.path for kept in record.files), notices)


def _to_undo(repository: Repository, store: UndoStore, number: int | None) -> Record:
    for candidate in [number] if number is not None else reversed(store.numbers()):
        if candidate in store.numbers():
            record = store.read(candidate)
            if record.root == str(repository.root) and record.state == "applied":
                return record
    what = "that change is undone already, or too long ago" if number is not None else "no change was made here"
    raise UsageError(f"{shown(repository.root)}: nothing to undo: {what}; see `git diff`")


def _store(repository: Repository) -> UndoStore:
    if os.open not in os.supports_dir_fd or os.rename not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
        raise EnvironmentFault("this system cannot write files below a folder safely; put the diff into `git apply`")
    return UndoStore(index_folder(repository) / "undo")


def _changes_scripts(change: Replacement) -> bool:
    """Whether a package.json would run other programs."""
    if change.path.rpartition("/")[2].casefold() != "package.json":
        return False
    scripts = []
    for content in (change.before, change.after):
        try:
            facts = json.loads(content or b"{}")
            scripts.append(facts.get("scripts") if isinstance(facts, dict) else None)
        except (ValueError, RecursionError):
            return True
    return scripts[0] != scripts[1]


def _checked(path: str) -> list[str]:
    """Return the parts of a path that may be written; raise Refused for any other."""
    parts = components(path)
    if "\\" in path or any(ord(character) < 32 or ord(character) == 127 for character in path):
        raise Refused(f"{shown(path)}: a name with a backslash or a control character is not written; rename the file")
    return parts


# -- all or nothing -----------------------------------------------------------------------------------------------


def _exchange(root: Path, store: UndoStore, changes: Sequence[Replacement], modes: Mapping[str, int]) -> int:
    """Make changes, all or none; return the number of their record. `modes` of files that come back."""
    paths = [change.path for change in changes]
    if len(set(paths)) < len(paths):
        raise UsageError(f"{shown(max(paths, key=paths.count))}: named twice in one change; join the two")
    files = []
    folders: list[str] = []
    for change in changes:
        now, mode = _look(root, change, folders)
        if now != change.before:
            raise _outdated(change.path)
        temporary = f".repoagent-{secrets.token_hex(6)}.tmp" if change.after is not None else ""
        files.append(Kept(change.path, change.before, mode, digest(change.after), temporary))
    record = Record(store.next_number(), str(root), "applying", tuple(files), tuple(folders))
    store.write(record)
    try:
        _make_folders(root, folders)
        for change, kept in zip(changes, files, strict=True):
            if change.after is not None:
                _write_beside(root, change, kept, modes.get(change.path, kept.mode))
        for change, kept in zip(changes, files, strict=True):
            _put(root, change, kept)
        store.write(replace(record, state="applied"))
    except BaseException as failure:
        _put_back(root, record)
        store.forget(record.number)
        if isinstance(failure, OSError):
            raise _unwritable(failure) from None
        raise
    return record.number


def _look(root: Path, change: Replacement, folders: list[str]) -> tuple[bytes | None, int]:
    """Return the content and permission bits that a file has now; adds the folders that must be made for it."""
    parts = _checked(change.path)
    try:
        with _folder(root, parts[:-1]) as folder:
            now, found = _read(folder, change.path, parts[-1])
            written = (".", parts[-1]) if found else (".",)
            if not all(os.access(name, os.W_OK, dir_fd=folder) for name in written):
                raise EnvironmentFault(f"{shown(change.path)}: permission denied; make it and its folder writable")
            return now, stat.S_IMODE(found.st_mode) if found else 0
    except FileNotFoundError:
        for n in range(1, len(parts)):
            outer = "/".join(parts[:n])
            if outer not in folders and not root.joinpath(*parts[:n]).is_dir():
                folders.append(outer)
        return None, 0


@contextmanager
def _folder(root: Path, parts: Sequence[str]) -> Iterator[int]:
    """Return a descriptor of a folder below `root`, reached through no link and into no other repository."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(root, flags)
    try:
        for n, part in enumerate(parts):
            try:
                inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
            except OSError as error:
                path = "/".join(parts[: n + 1])
                if error.errno in (errno.ELOOP, errno.ENOTDIR):
                    raise Refused(f"{shown(path)}: a link or a file, not a folder; name what it leads to") from None
                raise
            os.close(descriptor)
            descriptor = inner
            with suppress(FileNotFoundError):
                os.stat(".git", dir_fd=descriptor, follow_symlinks=False)
                path = "/".join(parts[: n + 1])
                raise Refused(f"{shown(path)}: a repository of its own; open that one to change it")
        yield descriptor
    finally:
        os.close(descriptor)


def _read(folder: int, path: str, name: str) -> tuple[bytes | None, os.stat_result | None]:
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        descriptor = os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused(f"{shown(path)}: a link, which is not followed; name the file it leads to") from None
        raise _unwritable(error, path) from None
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"{shown(path)}: not a regular file; only files are changed")
        return stream.read(MAX_FILE + 1), found


def _make_folders(root: Path, folders: Sequence[str]) -> None:
    for path in folders:
        parts = path.split("/")
        with _folder(root, parts[:-1]) as folder:
            os.mkdir(parts[-1], dir_fd=folder)


def _write_beside(root: Path, change: Replacement, kept: Kept, mode: int) -> None:
    """Write the new content, durably, under its temporary name."""
    parts = change.path.split("/")
    with _folder(root, parts[:-1]) as folder:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(kept.temporary, flags, 0o666, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(change.after or b"")
            if mode:
                os.fchmod(descriptor, mode)
            if change.before is not None:
                found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
                if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                    with suppress(PermissionError):
                        os.fchown(descriptor, found.st_uid, found.st_gid)
                        os.fchmod(descriptor, mode)  # a change of owner drops some bits
            stream.flush()
            os.fsync(descriptor)


def _put(root: Path, change: Replacement, kept: Kept) -> None:
    """Put the new content in the place of the old, if that is still what it was."""
    *outer, name = change.path.split("/")
    with _folder(root, outer) as folder:
        now, _ = _read(folder, change.path, name)
        if now != change.before:
            raise _outdated(change.path)
        if change.after is None:
            os.unlink(name, dir_fd=folder)
        elif change.before is None:
            try:
                os.link(kept.temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                os.unlink(kept.temporary, dir_fd=folder)
            except FileExistsError:
                raise _outdated(change.path) from None
            except OSError:  # a file system without hard links
                os.rename(kept.temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.rename(kept.temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)


def _put_back(root: Path, record: Record) -> tuple[str, ...]:
    """Bring every file of an unfinished change back to what it was; return the paths that somebody else has changed."""
    changed: list[str] = []
    for kept in record.files:
        *outer, name = _checked(kept.path)
        with suppress(FileNotFoundError), _folder(root, outer) as folder:
            if kept.temporary:
                with suppress(FileNotFoundError):
                    os.unlink(kept.temporary, dir_fd=folder)
            now, _ = _read(folder, kept.path, name)
            if now == kept.before:
                continue
            if digest(now) != kept.after:
                changed.append(kept.path)
                continue
            change = Replacement(kept.path, now, kept.before)
            own = replace(kept, temporary=f".repoagent-{secrets.token_hex(6)}.tmp")
            if kept.before is not None:
                _write_beside(root, change, own, kept.mode)
            _put(root, change, own)
    _remove_folders(root, record.folders)
    return tuple(changed)


def _remove_folders(root: Path, folders: Sequence[str]) -> None:
    """Remove folders that were made for new files, as far as they are empty."""
    for path in reversed(folders):
        *outer, name = path.split("/")
        with suppress(OSError, RepoAgentError), _folder(root, outer) as folder:
            os.rmdir(name, dir_fd=folder)


def _clear_up(root: Path, store: UndoStore) -> tuple[str, ...]:
    """Put back what a writer that was killed left half done in this work tree."""
    notices: list[str] = []
    for number in store.numbers():
        try:
            record = store.read(number)
        except Refused as damaged:
            notices.append(str(damaged))
            continue
        if record.state == "applying" and record.root == str(root):
            changed = _put_back(root, record)
            store.forget(number)
            said = f"; changed meanwhile and left as it is: {', '.join(map(shown, changed))}" if changed else ""
            notices.append(f"a change that was interrupted was taken back{said}")
    return tuple(notices)


def _outdated(path: str) -> Refused:
    return Refused(f"{shown(path)}: the change no longer fits, the file is not what it was; plan it again")


def _unwritable(error: OSError, path: str = "") -> EnvironmentFault:
    name = path or (error.filename if isinstance(error.filename, str) else "the work tree")
    reason = (error.strerror or "it cannot be written").lower()
    return EnvironmentFault(f"{shown(name)}: {reason}; nothing was changed; mend that and apply it again")
