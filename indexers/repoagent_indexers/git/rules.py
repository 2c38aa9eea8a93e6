"""What a repository says about its own files: .gitattributes, .repoagentignore, and the charset of .editorconfig.

They decide what is left out, what ranks last and how bytes are read, and nothing else. Attributes are looked up by git
itself, and ignore patterns mean what they mean to git. One that could make a matcher run for long, with many wildcards
in one name, is passed over.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.git.git_environment import run_git
from repoagent_indexers.roles import DOCUMENTATION, GENERATED, VENDORED

if TYPE_CHECKING:
    from repoagent_indexers.git.repository import Repository

ATTRIBUTES, EDITOR, IGNORE = ".gitattributes", ".editorconfig", ".repoagentignore"
_NAMES = (ATTRIBUTES, EDITOR, IGNORE)
_MAX_FILE = 1 << 20
"""Bytes of a file of rules; a longer one says nothing."""
_MAX_STARS = 3
"""Wildcards within one part of a pattern, and `**` in all of it."""
_ROLES = {"linguist-generated": GENERATED, "linguist-vendored": VENDORED, "linguist-documentation": DOCUMENTATION}
_LOOKED_UP = (*_ROLES, "binary", "diff", "text", "working-tree-encoding")
_TELLING = re.compile(rb"linguist-|binary|-diff|working-tree-encoding|\[attr\]")
"""An attributes file without any of these says nothing that matters here; most only speak of line ends."""


class Said(NamedTuple):
    """What the attributes of one file say."""

    roles: Mapping[int, bool] = MappingProxyType({})
    """A role -> whether the file has it; only those that are spoken of."""
    is_binary: bool = False
    charset: str = ""
    """`working-tree-encoding`."""


NOTHING = Said()


class Rules:
    """The rules of a work tree at one moment."""

    digest: str
    """Other as soon as a rule may be; "" when there are none."""

    def __init__(self, repository: Repository, paths: Iterable[str]) -> None:
        """`paths` are all files of the work tree."""
        self._repository = repository
        found = {path for path in paths if path.endswith(_NAMES) and path.rpartition("/")[2] in _NAMES}
        self._files = dict(_read(repository, sorted(found | {IGNORE})))  # git may be told to ignore that one
        digest = hashlib.blake2b(digest_size=16)
        for path, content in self._files.items():
            digest.update(b"%d %d " % (len(path), len(content)) + os.fsencode(path) + content)
        self.digest = digest.hexdigest() if self._files else ""

    def kept(self, paths: Sequence[str], known: Iterable[str] = ()) -> list[bool]:
        """Say of each path whether .repoagentignore lets it in; of the paths in `known` these very rules have."""
        if not self._patterns:
            return [True] * len(paths)
        known = set(known)
        folders: dict[str, bool] = {}
        return [path in known or not self._ignores(path, folders) for path in paths]

    def said(self, paths: Sequence[str]) -> dict[str, Said]:
        """Return what the attributes of files say; nothing for most files. One git process at most."""
        if not paths or not any(
            _TELLING.search(content) for path, content in self._files.items() if _is_attributes(path)
        ):
            return {}
        stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
        environment = self._repository.environment
        arguments = ["-c", "core.attributesFile=/dev/null", "check-attr", "--stdin", "-z", *_LOOKED_UP]
        fields = os.fsdecode(run_git(arguments, self._repository.root, environment, stdin)).split("\0")
        told: dict[str, dict[str, str]] = {}
        for at in range(0, len(fields) - 2, 3):
            if fields[at + 2] != "unspecified":
                told.setdefault(fields[at], {})[fields[at + 1]] = fields[at + 2]
        return {path: said for path, values in told.items() if (said := _said(values)) != NOTHING}

    def charset(self, path: str, said: Said) -> str:
        """Return what the rules say a file is written in; "" for nothing."""
        if said.charset:
            return said.charset
        name = path
        while name:
            folder = name.rpartition("/")[0]
            sections, is_root = self._editor.get(f"{folder}/" if folder else "", ((), False))
            below = path[len(folder) + 1 :] if folder else path
            told = [charset for pattern, charset in sections if pattern.fullmatch(below)]
            if told or is_root:
                return told[-1] if told else ""
            name = folder
        return ""

    @cached_property
    def _editor(self) -> dict[str, tuple[tuple[tuple[re.Pattern[str], str], ...], bool]]:
        """Folder, with a slash -> the charsets that its .editorconfig gives to names below it, and whether it is the
        last to be asked."""
        return {
            path[: -len(EDITOR)]: _sections(content.decode("utf-8", "replace"))
            for path, content in self._files.items()
            if path.endswith(EDITOR)
        }

    @cached_property
    def _patterns(self) -> dict[str, tuple[_Pattern, ...]]:
        """Folder, with a slash -> the patterns of its .repoagentignore, the last first."""
        files = {path: content for path, content in self._files.items() if path.endswith(IGNORE)}
        return {path[: -len(IGNORE)]: found for path, content in files.items() if (found := _patterns(content))}

    def _ignores(self, path: str, folders: dict[str, bool]) -> bool:
        """Whether a file or any folder around it is left out; `folders` keeps what was found of these."""
        at = path.find("/")
        left_out = False
        while at >= 0 and not left_out:
            folder = path[:at]
            if folder not in folders:
                folders[folder] = self._decides(f"{folder}/")
            left_out = folders[folder]
            at = path.find("/", at + 1)
        return left_out or self._decides(path)

    def _decides(self, path: str) -> bool:
        """Whether the patterns leave out this very file or folder; the nearest that speaks of it decides."""
        folder = path.rstrip("/")
        while folder:
            folder = folder.rpartition("/")[0]
            below = path[len(folder) + 1 :] if folder else path
            for pattern in self._patterns.get(f"{folder}/" if folder else "", ()):
                speaks_of = path.endswith("/") or not pattern.only_folders
                if speaks_of and pattern.regex.fullmatch(below.removesuffix("/")):
                    return pattern.leaves_out
        return False


def declared_charset(repository: Repository, path: str) -> str:
    """Return what the rules around one file say it is written in; "" for nothing."""
    rules = _around(repository, path)
    return rules.charset(path, rules.said([path]).get(path, NOTHING))


def converted_charset(repository: Repository, path: str) -> str:
    """Return the `working-tree-encoding` of one file, which git keeps in UTF-8; "" for one that git takes as it is."""
    return _around(repository, path).said([path]).get(path, NOTHING).charset


def _around(repository: Repository, path: str) -> Rules:
    folders = ["", *(path[: found.end()] for found in re.finditer("/", path))]
    return Rules(repository, [folder + name for folder in folders for name in (ATTRIBUTES, EDITOR)])


def _read(repository: Repository, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        try:
            yield path, repository.read(path, _MAX_FILE)
        except (OSError, RepoAgentError):  # not there, a link, too long
            continue
    private = repository.common_dir / "info" / "attributes"
    try:
        if 0 < private.stat().st_size <= _MAX_FILE:
            yield f".git/info/{ATTRIBUTES}", private.read_bytes()
    except OSError:
        pass


def _is_attributes(path: str) -> bool:
    return path.endswith(ATTRIBUTES)


def _said(values: Mapping[str, str]) -> Said:
    roles = {role: values[name] not in ("unset", "false") for name, role in _ROLES.items() if name in values}
    is_binary = values.get("binary") == "set" or values.get("diff") == values.get("text") == "unset"
    charset = values.get("working-tree-encoding", "")
    return Said(roles, is_binary, "" if charset in ("set", "unset") else charset)


# -- .repoagentignore: patterns as in .gitignore


class _Pattern(NamedTuple):
    """One line."""

    regex: re.Pattern[str]
    """Of a whole path, relative to the file that the line stands in."""
    leaves_out: bool
    only_folders: bool


def _patterns(content: bytes) -> tuple[_Pattern, ...]:
    """Return the patterns of a file, the last first: it decides."""
    lines = os.fsdecode(content.removeprefix(b"\xef\xbb\xbf")).split("\n")
    return tuple(reversed([pattern for line in lines if (pattern := _pattern(line.removesuffix("\r"))) is not None]))


def _pattern(line: str) -> _Pattern | None:
    """Return what a line says; None for nothing, and for what git, too, takes for no pattern."""
    if line.startswith("#"):
        return None
    line = re.sub(r"(?<!\\)((?:\\\\)*) +\Z", r"\1", line)
    leaves_out = not line.startswith("!")
    glob = line if leaves_out else line[1:]
    only_folders = glob.endswith("/")
    glob = glob[:-1] if only_folders else glob
    if not glob or not _is_quick(glob):
        return None
    if "/" not in glob:
        glob = f"**/{glob}"
    written = _gitignore_regex(glob.removeprefix("/"))
    try:
        return None if written is None else _Pattern(re.compile(written, re.DOTALL), leaves_out, only_folders)
    except re.error:
        return None


def _gitignore_regex(glob: str) -> str | None:
    """Return a regex that matches the paths that the glob does; None where brackets or a backslash are left open."""
    parts = glob.split("/")
    written = ""
    for n, part in enumerate(parts):
        last = n == len(parts) - 1
        if re.fullmatch(r"\*{2,}", part):
            written += ".+" if last else "(?:.*/)?"
        else:
            one = _part_regex(part)
            if one is None:
                return None
            written += one if last else f"{one}/"
    return written


def _part_regex(part: str) -> str | None:
    written, at = "", 0
    while at < len(part):
        if stars := _STARS.match(part, at):
            written += "[^/]*"
            at = stars.end()
        elif part[at] == "?":
            written += "[^/]"
            at += 1
        elif part[at] == "[":
            bracket = _BRACKET.match(part, at)
            if bracket is None:
                return None
            written += _bracket(bracket[1] != "", bracket[2])
            at = bracket.end()
        else:
            at += part[at] == "\\"
            if at == len(part):
                return None
            written += re.escape(part[at])
            at += 1
    return written


_STARS = re.compile(r"\*+")
_BRACKET = re.compile(r"\[([!^]?)(\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]", re.DOTALL)
_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": r"\s", "upper": "A-Z",
    "xdigit": "a-fA-F0-9",
}  # fmt: skip


def _bracket(is_negated: bool, inside: str) -> str:
    parts = re.findall(r"\[:(\w+):\]|\\(.)|(.)", inside, re.DOTALL)
    written = "".join(
        _CLASSES.get(name, "") if name else "-" if plain == "-" else re.escape(escaped or plain)
        for name, escaped, plain in parts
    )
    return f"(?!/)[{'^' if is_negated else ''}{written}]"


def _is_quick(pattern: str) -> bool:
    """Whether matching cannot take long: time grows with the length of a name to the power of its wildcards."""
    parts = pattern.split("/")
    return (
        len(pattern) <= 1000
        and sum("**" in part for part in parts) <= _MAX_STARS
        and all(len(re.findall(r"\*+", part)) <= _MAX_STARS for part in parts)
    )


# -- .editorconfig


def _sections(text: str) -> tuple[tuple[tuple[re.Pattern[str], str], ...], bool]:
    found: list[tuple[re.Pattern[str], str]] = []
    pattern: re.Pattern[str] | None = None
    is_root, before_sections = False, True
    for line in map(str.strip, text.removeprefix("\ufeff").splitlines()[:10_000]):
        if line.startswith("[") and line.endswith("]"):
            before_sections = False
            pattern = _glob(line[1:-1])
        elif (setting := re.match(r"([\w-]+)\s*[=:]\s*([^#;]*)", line)) is not None:
            key, value = setting[1].lower(), setting[2].strip().lower()
            if before_sections:
                is_root |= (key, value) == ("root", "true")
            elif key == "charset" and pattern:
                found.append((pattern, "" if value == "unset" else value))
    return tuple(found), is_root


def _glob(glob: str) -> re.Pattern[str] | None:
    """Return the pattern of a section's name, of a path relative to the file; None for one that is no good."""
    if not _is_quick(glob) or glob.count("{") > _MAX_STARS * 3:
        return None
    depth = 0
    written = "" if "/" in glob else "(?:.*/)?"
    for part in re.findall(r"\\.|\*\*|\[[^\]/]*\]|\{-?\d+\.\.-?\d+\}|.", glob.removeprefix("/")):
        if part == "**":
            written += ".*"
        elif part == "*":
            written += "[^/]*"
        elif part == "?":
            written += "[^/]"
        elif part.startswith("[") and len(part) > 2:
            written += (
                "["
                + ("^" if part[1] == "!" else "")
                + re.escape(part[2:-1] if part[1] == "!" else part[1:-1]).replace(r"\-", "-")
                + "]"
            )
        elif part.startswith("{") and len(part) > 1:
            written += r"-?\d+"  # a range of numbers; which ones matters little to a charset
        elif part == "{":
            depth += 1
            written += "(?:"
        elif part == "}" and depth:
            depth -= 1
            written += ")"
        elif part == "," and depth:
            written += "|"
        else:
            written += re.escape(part.removeprefix("\\") if len(part) > 1 else part)
    try:
        return re.compile(written, re.DOTALL)
    except re.error:
        return None
