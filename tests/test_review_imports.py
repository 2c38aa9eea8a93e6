"""Which file an import means: one row a form, right beside those that mean no file here."""

from __future__ import annotations

import pytest

from repoagent_agents.review.imports import resolve

PYTHON = {
    "src/pack/__init__.py",
    "src/pack/json/__init__.py",
    "src/pack/json/tag.py",
    "src/pack/core.py",
    "tests/helper.py",
    "tests/test_core.py",
    "setup.py",
    "top/__init__.py",
    "__init__.py",
}
SCRIPT = {"a/x.ts", "a/y.js", "a/dir/index.tsx", "a/types.d.ts", "b/z.js", "index.js", "a/data.json"}

ROWS = [
    ("python", PYTHON, "src/pack/core.py", ".json", "src/pack/json/__init__.py"),
    ("python", PYTHON, "src/pack/core.py", ".json.tag", "src/pack/json/tag.py"),
    ("python", PYTHON, "src/pack/json/tag.py", "..core", "src/pack/core.py"),
    ("python", PYTHON, "src/pack/json/tag.py", "..", "src/pack/__init__.py"),
    ("python", PYTHON, "src/pack/core.py", "json", None),  # the standard library's, not the package's own
    ("python", PYTHON, "src/pack/core.py", "pack.core", "src/pack/core.py"),
    ("python", PYTHON, "tests/test_core.py", "pack.json", "src/pack/json/__init__.py"),
    ("python", PYTHON, "tests/test_core.py", "helper", "tests/helper.py"),
    ("python", PYTHON, "src/pack/core.py", "helper", None),
    ("python", PYTHON, "tests/test_core.py", "requests", None),
    ("python", PYTHON, "setup.py", "....far", None),
    ("python", PYTHON, "setup.py", "top", "top/__init__.py"),
    ("typescript", SCRIPT, "a/y.js", "./x", "a/x.ts"),
    ("typescript", SCRIPT, "a/y.js", "./x.js", "a/x.ts"),
    ("tsx", SCRIPT, "a/x.ts", "./dir", "a/dir/index.tsx"),
    ("javascript", SCRIPT, "a/x.ts", "../b/z", "b/z.js"),
    ("javascript", SCRIPT, "a/x.ts", "./data.json", "a/data.json"),
    ("javascript", SCRIPT, "b/z.js", "..", "index.js"),
    ("javascript", SCRIPT, "a/x.ts", "react", None),
    ("javascript", SCRIPT, "a/x.ts", "./gone", None),
    ("c", {"a/b.h", "c/d.c"}, "c/d.c", "../a/b.h", "a/b.h"),
    ("c", {"a/b.h", "c/d.c"}, "c/d.c", "stdio.h", None),
    ("go", {"a/b.go"}, "c/d.go", "a", None),
]


@pytest.mark.parametrize(("language", "paths", "importer", "module", "expected"), ROWS)
def test_resolve(language: str, paths: set[str], importer: str, module: str, expected: str | None) -> None:
    assert resolve(paths, importer, language, module) == expected
