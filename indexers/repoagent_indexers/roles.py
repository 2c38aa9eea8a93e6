"""Path -> role: what a file is for. Source answers most questions; the rest steps back unless it is asked for."""

from __future__ import annotations

import re

SOURCE, TEST, EXAMPLE, DOCUMENTATION, CONFIGURATION, VENDORED, GENERATED = range(7)
NAMES = ("source", "test", "example", "documentation", "configuration", "vendored", "generated")

_PATTERNS = {
    GENERATED: (
        r"\.min\.(js|css)$|[-_.]lock(\.json|\.yaml)?$|(^|/)(package-lock|npm-shrinkwrap)\.json$|_pb2\.pyi?$",
        r"\.pb\.(go|cc|h)$|\.g\.(cs|dart)$|\.designer\.cs$|\.snap$|(^|/)go\.sum$|\.map$|(^|/)__generated__/",
    ),
    VENDORED: (r"(^|/)(vendor|vendored|third[-_]?party|node_modules|bower_components|external|extern|deps|_vendor)/",),
    TEST: (
        r"(^|/)(tests?|testing|specs?|__tests__|__mocks__|testdata|fixtures?|e2e|testsuite)/",
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
_COMPILED = tuple((role, re.compile("|".join(patterns))) for role, patterns in _PATTERNS.items())


def role_of(path: str) -> int:
    """One of the constants above; the first that fits."""
    for role, pattern in _COMPILED:
        if pattern.search(path):
            return role
    return SOURCE
