"""A change that is planned, not made: look at it, try it in a scratch copy, make it, take it back."""

from __future__ import annotations

import shlex
from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from repoagent.apply import Applied, Replacement, needs, read_now, replace_files, replacements, undo
from repoagent.sandbox import Limits, run_sandboxed
from repoagent_agents.editing.edits import Edit, diff
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.git.rules import converted_charset, declared_charset
from repoagent_indexers.reading.charsets import read_text, text_as


@dataclass(frozen=True, slots=True)
class Verified:
    """What a command said about a change."""

    ok: bool
    """It ended by itself, with exit code 0."""
    exit_code: int | None
    """None when it had to be ended."""
    output: str
    """Standard output and error, in the order they came; of a long one the beginning and the end."""
    ended: str = ""
    """Why it had to be ended: "time", "memory" ...; "" when it ended by itself."""


class Change:
    """Planned edits of one work tree. Nothing is written before `apply`, and only as long as every file is what it was
    when the change was planned."""

    def __init__(
        self,
        repository: Repository,
        edits: Iterable[Edit],
        *,
        notes: Iterable[str] = (),
        skipped: Iterable[str] = (),
        granted: Collection[str] = (),
        moves: Mapping[str, str] | None = None,
    ) -> None:
        """Raises Refused for edits that do not fit the files as they are now, and for a move to where a file is.

        `granted` is what whoever planned it has allowed already (`apply.CONSENTS`); `moves` says which files, named in
        the edits by their old paths, stand elsewhere behind it.
        """
        self.repository = repository
        self.edits = tuple(edits)
        self.notes = tuple(notes)
        """What a person should know: one line each."""
        self.skipped = tuple(skipped)
        """Places that may have to change and were left alone: `path:line: why`."""
        self._granted = frozenset(granted)
        self._moves = dict(moves or {})
        changed = [r for r in replacements(repository, self.edits) if r.before != r.after]
        self._moved = {self._moves[r.path]: r for r in changed if r.path in self._moves}
        """Where a file that moves will stand -> what it holds before and behind, under its old path."""
        for path in self._moved:
            if read_now(repository, path) is not None:
                raise Refused(f"{shown(path)}: there is a file of that name already; choose another name")
        self._replacements = tuple(sorted(
            (each for r in changed for each in self._exchanged(r)), key=lambda each: each.path
        ))  # fmt: skip
        self._applied: Applied | None = None

    def __repr__(self) -> str:
        state = "applied" if self._applied else "planned"
        return f"<Change {state}: {len(self.edits)} edits in {len(self.files)} files, {len(self.skipped)} skipped>"

    def _exchanged(self, one: Replacement) -> Iterable[Replacement]:
        """What is done to files: of one that moves, it is taken away here and put there."""
        if one.path not in self._moves:
            return (one,)
        return Replacement(one.path, one.before, None), Replacement(self._moves[one.path], None, one.after)

    def __bool__(self) -> bool:
        """Whether there is anything to change."""
        return bool(self._replacements)

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that change, sorted."""
        return tuple(replacement.path for replacement in self._replacements)

    @property
    def is_applied(self) -> bool:
        """Whether it is made, and not taken back."""
        return self._applied is not None

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """What `apply` must be allowed by name -> the paths for which; nothing for most changes."""
        needed = needs(self._replacements)
        needed["delete"] = tuple(path for path in needed.get("delete", ()) if path not in self._moves)
        return {word: paths for word, paths in needed.items() if paths and word not in self._granted}

    def diff(self) -> str:
        """The change as one unified diff in UTF-8, files sorted by path."""
        return "".join(
            diff(*self._shown(each), path, moved_from="" if path == each.path else each.path)
            for path, each in self._each_file()
        )

    def patch(self) -> bytes:
        """The change as `git apply` takes it: each file in the bytes that git sees, its own or git's UTF-8 of them."""
        return "".join(
            diff(*self._seen_by_git(each), path, moved_from="" if path == each.path else each.path)
            for path, each in self._each_file()
        ).encode("utf-8", "surrogateescape")

    def _each_file(self) -> Iterable[tuple[str, Replacement]]:
        """Each file as a diff shows it, one that moves once: where it stands behind, and what it holds."""
        for each in self._replacements:
            if each.path in self._moved:
                yield each.path, self._moved[each.path]
            elif each.path not in self._moves:
                yield each.path, each

    def verify(
        self, command: Sequence[str] | str, timeout_s: float = 600, *, unsafe_no_sandbox: bool = False
    ) -> Verified:
        """Run a command, without a shell, in a sandbox around a scratch copy of the work tree that has the change.

        The command sees the copy where the work tree is. It has no network, sees no home folder, and all that it
        writes goes with the copy. Raises NoSandbox where nothing can hold it, unless `unsafe_no_sandbox`.
        """
        argv = shlex.split(command) if isinstance(command, str) else list(command)
        if not argv:
            raise UsageError("nothing to verify with; give a command such as `pytest -q`")
        self._check_fits()
        overlay = {each.path: each.after for each in self._replacements}
        with self.repository.scratch(overlay) as tree:
            ran = run_sandboxed(
                argv,
                tree,
                at=self.repository.root,
                objects=self.repository.common_dir / "objects",
                limits=Limits(seconds=timeout_s),
                unsafe_no_sandbox=unsafe_no_sandbox,
            )
        return Verified(ran.exit_code == 0, ran.exit_code, ran.output, ran.ended)

    def apply(self, *, allow: Collection[str] = ()) -> Applied:
        """Make the change in the work tree: all files or, raising, none.

        Raises Refused when a file is not what it was when the change was planned, and for what `needs` names and
        `allow` does not.
        """
        if self._applied is not None:
            raise UsageError("this change is made already; undo it first")
        moving = {"delete"} if self._moved and "delete" not in self.needs else set()
        granted = {*allow, *self._granted, *moving}
        self._applied = replace_files(self.repository, self._replacements, allow=granted)
        return self._applied

    def undo(self) -> Applied:
        """Put back what the files held. Raises Refused when one of them has changed since."""
        if self._applied is None:
            raise UsageError("this change is not made; there is nothing to undo")
        undone = undo(self.repository, self._applied.number)
        self._applied = None
        return undone

    def _shown(self, each: Replacement) -> tuple[bytes | None, bytes | None]:
        """Return what a person reads of both states; where the bytes can be shown, them, as a patch must have them."""
        raw = each.before or b""
        text = read_text(raw, lambda: declared_charset(self.repository, each.path))
        if text is None or not (text.charset or (b"\r" in raw and b"\n" not in raw)):
            return each.before, each.after
        return text.content, None if each.after is None else text_as(each.after, text.charset)

    def _seen_by_git(self, each: Replacement) -> tuple[bytes | None, bytes | None]:
        if not converted_charset(self.repository, each.path):
            return each.before, each.after
        before, after = (None if text is None else text.removeprefix(BOM_UTF8) for text in self._shown(each))
        return before, after

    def _check_fits(self) -> None:
        wanted = [(each.path, each.after if self._applied else each.before) for each in self._replacements]
        for path, content in wanted:
            if read_now(self.repository, path) != content:
                raise Refused(f"{shown(path)}: the change no longer fits, the file is not what it was; plan it again")


def undo_last(repository: Repository) -> Applied:
    """Take back the last change that was made in this work tree, by whichever process.

    Raises Refused when a file has changed since, UsageError when there is nothing to undo.
    """
    return undo(repository)


__all__ = ["Applied", "Change", "Replacement", "Verified", "undo_last"]
