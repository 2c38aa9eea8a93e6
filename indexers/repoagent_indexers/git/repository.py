"""The one door to git: what a work tree holds, what is staged, what was committed, and a scratch copy to try things in.

Nothing here runs a program that the repository names (git_environment.py); nothing here writes to the repository.
Paths are relative to the work tree's top, with '/'; bytes in them that are not UTF-8 are kept as `os.fsdecode` does.
"""

from __future__ import annotations

import hashlib
import os
import re
import select
import shlex
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from repoagent_indexers.errors import EnvironmentFault, Refused, UsageError
from repoagent_indexers.git.git_environment import (
    NO_PERMISSION,
    TIMEOUT,
    TOO_OLD,
    GitFailed,
    end_git,
    finish_git,
    inherited_index,
    opening_environment,
    run_git,
    safe_environment,
    shown,
    start_git,
)
from repoagent_indexers.git.rules import IGNORE
from repoagent_indexers.git.snapshot import LIST_CHANGES, LIST_INDEX, ListedFile, Snapshot, submodules_at
from repoagent_indexers.git.work_tree import Folders, read_regular

if TYPE_CHECKING:
    import git

__all__ = ["ListedFile", "Repository", "Snapshot", "StagedChange", "blob_id"]

_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}

Status = Literal["A", "M", "D", "R", "T"]
"""Added, modified, deleted, renamed, or of another type: a symbolic link became a file, or a file a link."""


class StagedChange(NamedTuple):
    """What a commit made now would change about one regular file; a side that is a link or submodule counts as none."""

    path: str
    old_path: str | None
    """Where a renamed file was; None otherwise."""
    status: Status
    old_blob: str | None
    """Object id of the content in HEAD; None when there is no such file."""
    new_blob: str | None
    """Object id of the staged content; None when there is no such file."""


class Repository:
    """A git work tree. Open it with `Repository.open`, for one command or one question at a time.

    The configuration is read when it is opened; a handle kept while somebody changes the configuration may run what the
    change names.
    """

    def __init__(
        self, root: Path, git_dir: Path, common_dir: Path, object_format: str, environment: Mapping[str, str]
    ) -> None:
        self.root = root
        """Top of the work tree, without symbolic links."""
        self.git_dir = git_dir
        """Where HEAD and index are; a linked worktree and a submodule have their own."""
        self.common_dir = common_dir
        """Where objects and configuration are; `git_dir` except in a linked worktree."""
        self.object_format = object_format
        """sha1 or sha256."""
        self._environment = dict(environment)
        self._readers: set[subprocess.Popen[bytes]] = set()
        self._inner: dict[str, Repository] = {}
        """The submodules that have been looked at, by path."""

    @classmethod
    def open(cls, path: str | os.PathLike[str] = ".") -> Repository:
        """Return the repository whose work tree contains *path*, a folder or a file.

        Raises EnvironmentFault where there is no git, no repository, no work tree or no permission, and Refused where
        the repository's configuration puts the work tree somewhere else.
        """
        start = _existing_directory(path)
        environment = opening_environment()
        separator = f"--{os.urandom(8).hex()}"  # echoed by rev-parse; a folder's name can hold a newline
        questions = ("--show-object-format", "--absolute-git-dir", "--git-common-dir", "--show-toplevel")
        arguments = [argument for question in questions for argument in (question, separator)]
        try:
            answer = run_git(["rev-parse", "--path-format=absolute", *arguments], start, environment)
        except GitFailed as failure:
            raise _not_open(start, failure) from None
        texts = os.fsdecode(answer).split(f"\n{separator}\n")
        if len(texts) != len(questions) + 1:
            raise EnvironmentFault(TOO_OLD)
        root, git_dir = Path(texts[3]), Path(texts[1]).resolve()
        if not start.is_relative_to(root) or _git_dir_at(root) != git_dir:
            raise Refused(
                f"{shown(start)}: core.worktree in the repository's configuration puts its work tree at {shown(root)}, "
                "which is not where its .git stands; `git config --unset core.worktree` mends it"
            )
        return cls(root, git_dir, Path(texts[2]).resolve(), texts[0], safe_environment(root))

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every git that an unfinished `read_blobs` left running; continued, that raises EnvironmentFault."""
        for process in tuple(self._readers):
            process.kill()  # its pipes are the reader's to close

    @property
    def environment(self) -> dict[str, str]:
        """Under which git runs no program that this repository names; a copy."""
        return dict(self._environment)

    # -- the work tree

    def list_files(self) -> list[ListedFile]:
        """Return the regular files of the work tree, tracked or untracked and not ignored, sorted by path.

        Those of submodules that are checked out are among them, as git sees them there.

        `blob` is known for every file that git calls unchanged since it was added. It names what git keeps: where git
        converts line ends or filters (`autocrlf`, `eol`, LFS), the work tree's bytes, and their `blob_id`, are others.
        Left out: files deleted in the work tree, and symbolic links and absent submodules, which `snapshot` counts.
        """
        return list(self.snapshot().files)

    def snapshot(self) -> Snapshot:
        """Return the state of the work tree now; two git processes beside each other, and four for each submodule."""
        first = start_git(LIST_INDEX, self.root, self._environment)
        try:
            second = start_git(LIST_CHANGES, self.root, self._environment)
            try:
                index = finish_git(first, LIST_INDEX, self.root)
                changes = finish_git(second, LIST_CHANGES, self.root)
            finally:
                end_git(second)
        finally:
            end_git(first)
        beside = (self.root / IGNORE, self.common_dir / "info" / "attributes", self._shallow)
        return Snapshot(
            self.root, index, changes, beside=beside, inner=self._submodules(submodules_at(self.root, index))
        )

    @property
    def _shallow(self) -> Path:
        return self.common_dir / "shallow"

    def shallow_at(self) -> str:
        """Where the history of a shallow clone ends, as a digest; "" for a whole one."""
        try:
            return hashlib.blake2b(self._shallow.read_bytes(), digest_size=16).hexdigest()
        except OSError:
            return ""

    def _submodules(self, paths: Sequence[str]) -> dict[str, Snapshot]:
        """Return the submodules that can be read, as they are now; each asks git on its own."""
        if not paths:
            return {}
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(len(paths), 8)) as pool:
            found = dict(zip(paths, pool.map(self._submodule, paths), strict=True))
        return {path: snapshot for path, snapshot in found.items() if snapshot is not None}

    def _submodule(self, path: str) -> Snapshot | None:
        """Return the state of one submodule; None where another repository answers for it, or none."""
        place = self.root / path
        inner = self._inner.get(path)
        try:
            if inner is None or _git_dir_at(place) != inner.git_dir:
                inner = self._inner[path] = Repository.open(place)
            if inner.root != place or inner.object_format != self.object_format:
                return None
            return inner.snapshot()
        except (EnvironmentFault, Refused):
            return None

    def folders(self) -> Folders:
        """Return what is to be given to `read` by whoever reads many files one after the other, and to be closed."""
        return Folders(self.root)

    def read(self, path: str, max_bytes: int, folders: Folders | None = None) -> bytes:
        """Return the content of a file in the work tree.

        Never follows a symbolic link and never waits: no part of *path* may be a link, and the file must be a regular
        one. Raises FileNotFoundError or PermissionError as `open` does, UsageError for anything but a regular file and
        for more than *max_bytes*, Refused for a path that is a link, leads out of the work tree or into .git.
        """
        if folders is not None:
            return read_regular(folders, path, max_bytes)
        with self.folders() as own:
            return read_regular(own, path, max_bytes)

    # -- objects

    def blob_id(self, content: bytes) -> str:
        """Return the object id under which this repository would keep *content*, in hex."""
        return blob_id(content, self.object_format)

    def read_blob(self, oid: str) -> bytes | None:
        """Return a blob's content; None when the repository has no such blob."""
        for _, content in self.read_blobs([oid]):
            return content
        return None

    def read_blobs(self, oids: Iterable[str], max_bytes: int | None = None) -> Iterator[tuple[str, bytes | None]]:
        """Yield each object id with its content, in the order asked for; one git process for all.

        The content is None for an object that is missing (also in a partial clone: nothing is fetched), that is not a
        blob, or that is larger than *max_bytes*.
        """
        wanted = list(oids)
        if any(not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", oid) for oid in wanted):
            raise UsageError("a blob is asked for by its full object id, 40 or 64 hexadecimal digits")
        process = start_git(
            ["cat-file", "--batch", "--buffer"],
            self.root,
            self._environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # nobody empties it meanwhile
        )
        self._readers.add(process)
        writer = threading.Thread(target=_ask, args=(process, wanted), daemon=True)
        writer.start()
        try:
            answers = _Answers(process, self.root)
            for oid in wanted:
                yield oid, answers.next_blob(max_bytes)
        finally:
            process.kill()
            writer.join()
            end_git(process)
            self._readers.discard(process)

    # -- history and the index

    def head(self) -> str | None:
        """Return the id of the commit that is checked out; None before the first commit."""
        try:
            answer = run_git(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"], self.root, self._environment)
        except GitFailed:
            return None
        return answer.decode().strip()

    def branch(self) -> str | None:
        """Return the name of the branch that is checked out, also before its first commit; None when HEAD is none."""
        try:
            answer = run_git(["symbolic-ref", "--quiet", "HEAD"], self.root, self._environment)
        except GitFailed:
            return None
        return os.fsdecode(answer).rstrip("\n").removeprefix("refs/heads/")

    def staged(self) -> list[StagedChange]:
        """Return what `git commit` would change: HEAD (before the first commit: nothing) to the index, sorted by path.

        Inside a hook the index is the one that the running `git commit` made for itself (`commit -a`, `commit PATH`).
        Unmerged paths, symbolic links and submodules are left out.
        """
        base = self.head() or _EMPTY_TREES[self.object_format]
        options = [
            "--cached",
            "--raw",
            "-z",
            "-M",
            "--no-abbrev",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=all",
        ]
        arguments = ["diff-index", *options, "--ita-invisible-in-index", base, "--"]
        output = run_git(arguments, self.root, self._index_environment())
        return sorted(_staged_changes(os.fsdecode(output)), key=lambda change: change.path)

    def staged_files(self) -> list[ListedFile]:
        """Return the regular files of the index (which one: see `staged`), sorted by path.

        `blob` is None for an unmerged file. A file that is only intended to be added stands there as an empty one.
        """
        output = run_git(["ls-files", "--stage", "-z"], self.root, self._index_environment())
        files: dict[str, ListedFile] = {}
        for entry in os.fsdecode(output).split("\0"):
            facts, _, path = entry.partition("\t")  # "100644 <object id> 0"
            if facts.startswith("100"):
                mode, blob, stage = facts.split(" ")
                files[path] = ListedFile(path, blob if stage == "0" else None, int(mode, 8))
        return [files[path] for path in sorted(files)]

    # -- for programs that go on with it

    def gitpython(self) -> git.Repo:
        """The repository for GitPython, for a program that commits what it changed or asks what is not asked here.

        The git that it starts runs nothing that the repository configures; only `index.commit` looks for hooks by
        itself unless it is given `skip_hooks=True`. To be closed by whoever asked. Raises EnvironmentFault where
        GitPython cannot read the repository.
        """
        if self.object_format != "sha1":
            raise EnvironmentFault(f"{shown(self.root)}: GitPython reads sha1 repositories only; use git itself")
        import git

        try:
            found = git.Repo(self.root, expand_vars=False)
        except Exception:  # noqa: BLE001  its own, gitdb's and configparser's, which quote the configuration
            raise EnvironmentFault(f"{shown(self.root)}: GitPython cannot read it; mend it or clone it anew") from None
        found.git.update_environment(**self._gitpython_environment())
        return found

    # -- a place to try things in

    def scratch(self, overlay: Mapping[str, bytes | None]) -> AbstractContextManager[Path]:
        """Return a context with the top of a scratch copy of the work tree as it is now, *overlay* written over it.

        The copy is a repository of its own in a new folder. It borrows this one's objects, stands at the same commit
        and branch with the same index, and holds the same tracked and untracked files with their uncommitted changes;
        links as links, submodules as empty folders, nothing that is ignored, no hooks, none of the configuration.
        *overlay* gives paths their new bytes, or None to delete them. Always removed at the end.
        Raises Refused for a path in *overlay* that leads out, UsageError for one that cannot be written.
        """
        from repoagent_indexers.git.scratch import Origin, scratch_copy

        snapshot, head, branch = self.snapshot(), self.head(), self.branch()
        environment = self._environment
        origin = Origin(self.root, self.common_dir, self.object_format, head, branch, environment, snapshot)
        return scratch_copy(origin, overlay)

    def _index_environment(self) -> dict[str, str]:
        index = inherited_index(self.root, self.git_dir)
        return self._environment | ({"GIT_INDEX_FILE": str(index)} if index else {})

    def _gitpython_environment(self) -> dict[str, str]:
        """Return the environment for GitPython, which adds it to the process's own and so cannot leave a name out.

        What a hook finds there gets a value that means this repository, or nothing.
        """
        ours = {"GIT_DIR": self.git_dir, "GIT_COMMON_DIR": self.common_dir, "GIT_WORK_TREE": self.root}
        ours |= {"GIT_INDEX_FILE": self.git_dir / "index", "GIT_OBJECT_DIRECTORY": self.common_dir / "objects"}
        inherited = dict.fromkeys((name for name in os.environ if name.startswith("GIT_TRACE")), "0")
        neutral = dict.fromkeys(("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG_PARAMETERS", "GIT_NAMESPACE"), "")
        return inherited | neutral | self._environment | {name: str(place) for name, place in ours.items()}


def blob_id(content: bytes, object_format: str = "sha1") -> str:
    """Return git's object id of a blob with this content, in hex."""
    digest = hashlib.new(object_format, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def _existing_directory(path: str | os.PathLike[str]) -> Path:
    try:
        place = Path(path).resolve(strict=True)
        return place if place.is_dir() else place.parent
    except PermissionError:
        raise EnvironmentFault(f"{shown(Path(path))}: {NO_PERMISSION}") from None
    except (OSError, RuntimeError, ValueError):  # missing, a loop of links, a NUL
        raise EnvironmentFault(
            f"{shown(Path(path))}: no such file or folder; name one inside a git repository"
        ) from None


def _not_open(start: Path, failure: GitFailed) -> EnvironmentFault:
    """Return what to tell about a `rev-parse` that found no work tree at *start*."""
    said = failure.stderr
    if "dubious ownership" in said or "unsafe repository" in said:
        return EnvironmentFault(
            f"{shown(start)}: the repository belongs to another user; if you trust it, "
            f"`git config --global --add safe.directory {shlex.quote(shown(_top_of(start)))}`"
        )
    if "bare repository" in said or "must be run in a work tree" in said:
        if ".git" in start.parts:
            return EnvironmentFault(f"{shown(start)}: inside a .git folder; go to the work tree beside it")
        return EnvironmentFault(
            f"{shown(start)}: a bare repository has no work tree to read; `git clone` it and ask there"
        )
    if "ermission denied" in said or "nvalid path" in said:
        return EnvironmentFault(f"{shown(start)}: {NO_PERMISSION}")
    if "not a git repository" in said:
        return EnvironmentFault(
            f"{shown(start)}: not inside a git repository; name one with -C PATH, or `git init` there"
        )
    return failure


def _top_of(start: Path) -> Path:
    return next((place for place in (start, *start.parents) if (place / ".git").exists()), start)


def _git_dir_at(root: Path) -> Path | None:
    """Return where the .git of *root*, a folder or a file that names one, leads."""
    place = root / ".git"
    try:
        if place.is_dir():
            return place.resolve()
        text = os.fsdecode(place.read_bytes()).removeprefix("gitdir:")
    except OSError:
        return None
    return Path(root, text.strip()).resolve()


def _ask(process: subprocess.Popen[bytes], oids: Sequence[str]) -> None:
    """Write what is wanted to `cat-file`; in a thread, or both would wait for each other once the pipes are full."""
    assert process.stdin is not None
    with suppress(OSError), process.stdin:
        process.stdin.write("".join(f"{oid}\n" for oid in oids).encode())


class _Answers:
    """The output of a `cat-file --batch`, as it comes."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        assert process.stdout is not None
        self._descriptor = process.stdout.fileno()
        self._root = root
        self._buffer = bytearray()

    def next_blob(self, max_bytes: int | None) -> bytes | None:
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill()
        header = self._take(end + 1).split()  # <object id> <type> <size>, or <object id> missing
        if len(header) != 3:
            return None
        size = int(header[2])
        if header[1] == b"blob" and (max_bytes is None or size <= max_bytes):
            return self._take(size + 1)[:-1]
        left = size + 1
        while left:
            left -= len(self._take(min(left, 1 << 20)))
        return None

    def _take(self, n: int) -> bytes:
        while len(self._buffer) < n:
            self._fill()
        taken = bytes(self._buffer[:n])
        del self._buffer[:n]
        return taken

    def _fill(self) -> None:
        if hasattr(select, "poll"):  # elsewhere a pipe cannot be waited for with a limit
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            if not poll.poll(TIMEOUT * 1000):
                raise EnvironmentFault(
                    f"{shown(self._root)}: git cat-file gave no answer in {TIMEOUT:.0f} s; try again later"
                )
        chunk = os.read(self._descriptor, 1 << 16)
        if not chunk:
            raise EnvironmentFault(
                f"{shown(self._root)}: git cat-file ended early; mend the repository or clone it anew"
            )
        self._buffer += chunk


def _staged_changes(output: str) -> Iterator[StagedChange]:
    """Yield from `diff-index --raw -z`: facts, path and, of a rename, the new path."""
    fields = iter(output.split("\0"))
    for facts in fields:
        if not facts:
            continue
        old_mode, new_mode, old_oid, new_oid, status = facts.removeprefix(":").split(" ")
        path = next(fields)
        old_path = None
        if status.startswith("R"):  # with its similarity: R100
            old_path, path = path, next(fields)
        old_blob = old_oid if old_mode.startswith("100") else None
        new_blob = new_oid if new_mode.startswith("100") else None
        if (old_blob or new_blob) and status[0] in "AMDRT":
            yield StagedChange(path, old_path, cast(Status, status[0]), old_blob, new_blob)
