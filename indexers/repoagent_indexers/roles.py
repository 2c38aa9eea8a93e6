"""Path -> role: what a file is for. Source answers most questions; the rest steps back unless it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

SOURCE, TEST, EXAMPLE, DOCUMENTATION, CONFIGURATION, VENDORED, GENERATED = range(7)
NAMES = ("source", "test", "example", "documentation", "configuration", "vendored", "generated")

_PATTERNS = {
    GENERATED: (
        r"\.min\.(js|css)$|[-_.]lock(\.json|\.ya?ml|b)?$|(^|/)(package-lock|npm-shrinkwrap|packages\.lock)\.json$",
        r"_pb2(_grpc)?\.pyi?$|\.pb\.(go|cc|h|gw\.go)$|\.g\.(cs|dart)$|\.freezed\.dart$|\.designer\.cs$|\.snap$",
        r"(^|/)(go\.sum|gradle\.lockfile)$|\.map$|(^|/)(__generated__|__snapshots__)/|(^|/)dist/.*\.([cm]?js|css)$",
    ),
    VENDORED: (r"(^|/)(vendor|vendored|third[-_]?party|node_modules|bower_components|external|extern|deps|_vendor)/",),
    TEST: (
        r"(^|/)(tests?|testing|specs?|__tests__|__mocks__|testdata|fixtures?|e2e|testsuite)/",
        r"(^|/)[^/]*([a-z0-9.]Tests|\.Test|\.Specs?)/|(^|/)src/[a-z][^/]*Test/|(^|/)([^/]+[-_]tests|[^/]+_test_data)/",
        r"(^|/)tests?[-_]?(utils?|helpers?|support|fixtures?|data|common|lib|resources|cases|files)/",
        r"(^|/)(test_[^/]*|conftest)\.py$|_test\.(go|py|cc|cpp|c|rb|exs|php)$|_spec\.(rb|lua)$|\.bats$",
        r"(Tests?|Spec|TestCase)\.(java|cs|kt|scala|swift|php)$|[._-](test|spec)s?\.[cm]?[jt]sx?$",
    ),
    EXAMPLE: (r"(^|/)(examples?|samples?|demos?|tutorials?|playground|benchmarks?|bench|perf)/",),
    DOCUMENTATION: (r"(^|/)(docs?|documentation|doc-src|www|website)/|\.(md|mdx|markdown|rst|adoc|txt|html?)$",),
    CONFIGURATION: (
        r"(^|/)\.[^/]+(/|$)|\.(toml|ya?ml|json|json5|jsonc|ini|cfg|conf|properties|xml|csproj|props|targets)$",
        r"\.(lock|gradle|svg|po)$|(^|/)(Makefile|Dockerfile|CMakeLists\.txt|LICENSE|NOTICE|COPYING)$",
    ),
}


@cache
def _patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Compiled when the first file is looked at: most commands look at none."""
    return tuple((role, re.compile("|".join(patterns))) for role, patterns in _PATTERNS.items())


_LOCK = re.compile(
    r"[-_.]lock(\.json|\.ya?ml|b)?$|(^|/)(package-lock|npm-shrinkwrap|packages\.lock)\.json$"
    r"|(^|/)(go\.sum|gradle\.lockfile)$"
)
_SNAPSHOT = re.compile(r"\.snap$|(^|/)__snapshots__/")
_MINIFIED = re.compile(r"\.min\.(js|css)(\.map)?$|\.map$")

_HEAD, _HEAD_LINES = 2048, 20
"""Bytes and lines at the beginning of a file in which a generator says that it wrote it."""
_MARK = re.compile(
    rb"[#*/;-][^\n\"'`]{0,80}@generated\b|@generated\(|\bcode generated\b[^\n]*\bdo not edit|<auto-?generated"
    rb"|\bthis (?:file|code|class|module|header|source)[^\n]{0,40}\b(?:is|was|has been) (?:\w+[- ]){0,2}generated\b"
    rb"|(?<!\bare )(?<!\balso )\b(?:auto-?|automatically |machine[- ])generated\b"
    rb"(?=[^\n]*\b(?:by|from|do not|don't|file|code)\b)"
    rb"|\bgenerated (?:by|from|with|using)\b(?=[^\n]{0,200}\n?[^\n]{0,200}\bdo not (?:edit|modify|change|touch)\b)",
    re.IGNORECASE,
)
_COMMENT = re.compile(rb"[ \t]*(?:[#*;%!@]|//|/\*|--|<!--|<\?|\{-|\"\"\"|'''|\w[^\"'`(=]*$)")
"""How a line begins that speaks about the file; a program that writes such marks has them inside strings."""


def role_of(path: str, says: Mapping[int, bool] | None = None) -> int:
    """One of the constants above; the first that fits.

    `says` is what the repository itself says: a role -> whether the file has it.
    """
    told = says or {}
    for role, has_it in told.items():
        if has_it:
            return role
    folder, _, _ = path.rpartition("/")
    at = 0 if "dist/" in path else len(folder)  # what else is told by a folder is told by it alone
    by_folder = _roles_of_folder(folder)
    for role, pattern in _patterns():
        if (role in by_folder or pattern.search(path, at)) and told.get(role, True):
            return role
    return SOURCE


@lru_cache(maxsize=1 << 12)
def _roles_of_folder(folder: str) -> frozenset[int]:
    """The roles that whatever lies in a folder may have: most of a path is its folder, which many files share."""
    return frozenset(role for role, pattern in _patterns() if folder and pattern.search(f"{folder}/"))


def is_marked_generated(content: bytes) -> bool:
    """Whether a file says in its first lines that a program wrote it."""
    head = content[:_HEAD]
    if b"generated" not in head.lower():  # as all marks say: twenty times faster than to look for each
        return False
    for mark in _MARK.finditer(head):
        if head.count(b"\n", 0, mark.start()) >= _HEAD_LINES:
            return False
        line = head[head.rfind(b"\n", 0, mark.start()) + 1 : mark.start()]
        if _COMMENT.match(line) or not line.strip():
            return True
    return False


def kind_of_generated(path: str) -> str:
    """Say what sort of generated file a path names: "lock file", "snapshot", "minified" or "generated"."""
    kinds = (("lock file", _LOCK), ("snapshot", _SNAPSHOT), ("minified", _MINIFIED))
    return next((kind for kind, pattern in kinds if pattern.search(path)), "generated")
