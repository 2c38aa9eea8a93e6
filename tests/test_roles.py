"""Path -> role, and path -> the name it bears."""

from __future__ import annotations

import pytest

from repoagent_indexers.path_words import own_name
from repoagent_indexers.roles import CONFIGURATION, DOCUMENTATION, EXAMPLE, GENERATED, SOURCE, TEST, VENDORED, role_of


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/flask/app.py", SOURCE),
        ("src/flask/testing.py", SOURCE),
        ("tests/test_app.py", TEST),
        ("pkg/tree_test.go", TEST),
        ("src/test/java/FooTest.java", TEST),
        ("docs/index.md", DOCUMENTATION),
        ("README.md", DOCUMENTATION),
        ("examples/run.py", EXAMPLE),
        ("pyproject.toml", CONFIGURATION),
        (".github/workflows/ci.yml", CONFIGURATION),
        ("third_party/zlib/inflate.c", VENDORED),
        ("api/types.pb.go", GENERATED),
        ("package-lock.json", GENERATED),
    ],
)
def test_role(path: str, role: int) -> None:
    assert role_of(path) == role


@pytest.mark.parametrize(
    ("path", "folder", "stem"),
    [
        ("axum/src/extract/mod.rs", "axum/src", "extract"),
        ("lib/defaults/index.js", "lib", "defaults"),
        ("pkg/json/__init__.py", "pkg", "json"),
        ("lib/core/Axios.js", "lib/core", "Axios"),
        ("index.js", "", "index"),
        (".env", "", ".env"),
    ],
)
def test_own_name(path: str, folder: str, stem: str) -> None:
    assert own_name(path) == (folder, stem)
