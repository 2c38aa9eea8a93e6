"""Path -> role, and path -> the name it bears."""

from __future__ import annotations

import numpy as np
import pytest

from repoagent_indexers.roles import CONFIGURATION, DOCUMENTATION, EXAMPLE, GENERATED, SOURCE, TEST, VENDORED, role_of
from repoagent_indexers.words.path_words import PathWords, own_name


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/flask/app.py", SOURCE),
        ("src/flask/testing.py", SOURCE),
        ("tests/test_app.py", TEST),
        ("pkg/tree_test.go", TEST),
        ("src/test/java/FooTest.java", TEST),
        ("Src/Newtonsoft.Json.Tests/TestFixtureBase.cs", TEST),
        ("Tests/KingfisherTests/Utils/StubHelpers.swift", TEST),
        ("KingfisherTests/Utils/StubHelpers.swift", TEST),
        ("src/Serilog.UnitTests/Support/Some.cs", TEST),
        ("core/common/src/commonTest/Helper.kt", TEST),
        ("ui/integration-tests/Base.kt", TEST),
        ("test-utils/common/src/TestBase.common.kt", TEST),
        ("axum/src/test_helpers/mod.rs", TEST),
        ("src/latest/app.py", SOURCE),
        ("src/contest/entry.py", SOURCE),
        ("packages/speedtest/run.ts", SOURCE),
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


PATHS = ("lib/http/cookies.py", "lib/http/server.py", "lib/server.py", "win/server.py")


@pytest.mark.parametrize(
    ("mention", "meant"),
    [
        ("lib/http/server.py", {1: 1.0}),
        ("/home/me/project/lib/http/server.py", {1: 1.0}),
        ("http\\server.py", {1: 1.0}),
        ("cookies.py", {0: 0.7}),
        ("elsewhere/cookies.py", {0: 0.7}),
        ("server.py", {1: 0.404, 2: 0.404, 3: 0.404}),
        ("nowhere.py", {}),
    ],
)
def test_paths_that_a_question_mentions(mention: str, meant: dict[int, float]) -> None:
    found = PathWords(PATHS).match(np.ones(len(PATHS), np.bool_), {}, {}, (), [mention]).mentioned
    assert {at: round(float(share), 3) for at, share in enumerate(found) if share} == meant


def test_words_of_a_path() -> None:
    terms = {"http": 1.0, "serv": 1.0}
    match = PathWords(PATHS).match(np.ones(len(PATHS), np.bool_), terms, terms, (), ())
    assert match.covered.argmax() == 1
    assert match.meant.tolist() == [0, 1, 1, 1]
    assert match.elsewhere.tolist() == [0, 0, 0, 1]
