"""A scratch copy of a work tree, to run a command in: everything the command changes there goes with it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from repoagent_indexers.errors import EnvironmentFault, Refused, UsageError
from repoagent_indexers.git.git_environment import run_git, shown
from repoagent_indexers.git.snapshot import Snapshot
from repoagent_indexers.git.work_tree import Folders, components, open_regular


@dataclass(frozen=True, slots=True)
class Origin:
    """What is copied."""

    root: Path
    common_dir: Path
    object_format: str
    head: str | None
    branch: str | None
    environment: Mapping[str, str]
    snapshot: Snapshot


@contextmanager
def scratch_copy(origin: Origin, overlay: Mapping[str, bytes | None]) -> Iterator[Path]:
    """Return a context with the top of the copy; see `Repository.scratch`.

    Not `git worktree add`, which writes to the user's .git and runs its hooks. The files are copied and not checked
    out, which needs objects that a partial clone lacks and, where git filters, writes other bytes than the tree holds.
    """
    for path in overlay:
        components(path)
    place = Path(tempfile.mkdtemp(prefix="repoagent-scratch-")).resolve()
    try:
        if place.is_relative_to(origin.root):
            raise EnvironmentFault(
                f"{shown(place.parent)}: lies in the repository; set TMPDIR to a folder outside of it"
            )
        tree = place / (origin.root.name or "tree")
        try:
            _borrow(origin, tree)
            _copy_files(origin, tree)
            _lay_over(origin, overlay, tree)
            _copy_links(origin, overlay, tree)
        except OSError as error:
            raise EnvironmentFault(
                f"{shown(tree)}: the scratch copy cannot be written ({error.strerror}); make room there or set TMPDIR"
            ) from None
        yield tree
    finally:
        _remove(place)


def _borrow(origin: Origin, tree: Path) -> None:
    """Make *tree* a repository on the origin's objects, at the same commit with the same index. Checks nothing out."""
    environment = dict(origin.environment)
    initial = [f"--initial-branch={origin.branch}"] if origin.branch else []
    options = ["--quiet", "--template=", f"--object-format={origin.object_format}", *initial]
    run_git(["init", *options, "--", str(tree)], tree.parent, environment)
    git_dir = tree / ".git"
    (git_dir / "hooks").mkdir()  # a sandbox mounts it, so that nothing can put a hook there
    alternates = git_dir / "objects" / "info" / "alternates"
    alternates.write_bytes(_quoted(os.fsencode(origin.common_dir / "objects")) + b"\n")
    with suppress(FileNotFoundError):  # only a shallow clone has it: where its history ends
        shutil.copyfile(origin.common_dir / "shallow", git_dir / "shallow")
    if origin.head:
        detach = [] if origin.branch else ["--no-deref"]
        run_git(["update-ref", *detach, "HEAD", origin.head], tree, environment)
    entries = list(origin.snapshot.index_entries())
    run_git(["update-index", "-z", "--index-info"], tree, environment, b"".join(entry + b"\0" for _, entry in entries))
    skipped = b"".join(entry.partition(b"\t")[2] + b"\0" for tag, entry in entries if tag in (b"S", b"s"))
    if skipped:
        run_git(["update-index", "-z", "--skip-worktree", "--stdin"], tree, environment, skipped)


def _quoted(path: bytes) -> bytes:
    """Return a line of objects/info/alternates that names *path*, whatever is in it."""
    plain = set(range(0x20, 0x7F)) - set(b'"\\')
    return b'"' + b"".join(bytes([byte]) if byte in plain else b"\\%03o" % byte for byte in path) + b'"'


def _copy_files(origin: Origin, tree: Path) -> None:
    directories = {tree}
    with Folders(origin.root) as folders:
        for file in origin.snapshot.own_files:
            try:
                descriptor, found = open_regular(folders, file.path)
            except (FileNotFoundError, Refused, UsageError):  # gone, or something else, since it was listed
                continue
            except PermissionError:
                raise EnvironmentFault(
                    f"{shown(file.path)}: permission denied; make it readable or have git ignore it"
                ) from None
            with os.fdopen(descriptor, "rb") as source:
                target = tree / file.path
                if target.parent not in directories:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    directories.add(target.parent)
                with target.open("xb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
            target.chmod(stat.S_IMODE(found.st_mode) & 0o777 | stat.S_IWUSR)
            os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))  # what is built from what stays in order
    for path in origin.snapshot.submodules:
        with suppress(Refused, UsageError):  # an index that somebody made by hand
            tree.joinpath(*components(path)).mkdir(parents=True, exist_ok=True)


def _lay_over(origin: Origin, overlay: Mapping[str, bytes | None], tree: Path) -> None:
    links = set(origin.snapshot.symlinks)
    for path, content in overlay.items():
        parts = path.split("/")
        if any("/".join(parts[:n]) in links for n in range(1, len(parts))):
            raise Refused(
                f"{shown(path)}: goes through a symbolic link, which is not followed; name the file it leads to"
            )
        target = tree / path
        try:
            if content is None:
                target.unlink(missing_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        except (FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError):
            raise UsageError(
                f"{shown(path)}: a folder stands where a file should, or a file where a folder should"
            ) from None


def _copy_links(origin: Origin, overlay: Mapping[str, bytes | None], tree: Path) -> None:
    """Last of all: as long as there is no link in the copy, nothing can be written through one."""
    for path in origin.snapshot.symlinks:
        if path in overlay:
            continue
        with suppress(Refused, UsageError, FileExistsError, FileNotFoundError, NotADirectoryError):  # changed since
            target = tree.joinpath(*components(path))
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.parent.resolve() == target.parent:
                target.symlink_to((origin.root / path).readlink())


def _remove(place: Path) -> None:
    """Remove a folder whatever a command left in it: folders without permission, or nested too deeply for Python."""
    try:
        shutil.rmtree(place)
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            with suppress(OSError):
                subprocess.run([*command, "--", str(place)], check=False, stdin=subprocess.DEVNULL, capture_output=True)
