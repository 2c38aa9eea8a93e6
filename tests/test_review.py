"""Review of what is staged: each row a commit, before and staged, and what must be found; a row where nothing must be
found stands beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import git, write

from repoagent_agents.review.findings import Finding
from repoagent_agents.review.lines import blocks, lines_of
from repoagent_agents.review.names import bound_elsewhere
from repoagent_agents.review.review import Review, review
from repoagent_agents.review.syntax import conflict_markers, syntax_errors
from repoagent_agents.review.tree import Change, Version
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.source import Parsed

Make = Callable[..., Path]
Files = Mapping[str, str | bytes | None]


def reviewed(root: Path) -> Review:
    with Repository.open(root) as repository, Index.open(repository) as index:
        return review(repository, index)


def stage(root: Path, files: Files) -> None:
    """Write files, or delete those that are None, and stage everything."""
    write(root, {path: content for path, content in files.items() if content is not None})
    for path, content in files.items():
        if content is None:
            (root / path).unlink()
    git(root, "add", "-A")


def told(finding: Finding) -> str:
    """A finding on one line: severity, rule, place, and the places of its evidence."""
    places = " ".join(f"{one.path}:{one.start_line}" for one in finding.evidence)
    return f"{finding.severity} {finding.rule} {finding.span.path}:{finding.span.start_line} <- {places}".strip(" <-")


PY = {"a.py": "def keep(): pass\n\n\ndef lost(x):\n    return x + 1\n", "b.py": "from a import lost\n\n\nlost(1)\n"}
JS = {"a.js": "export function lost(x) { return x; }\n", "b.js": "import { lost } from './a';\nlost(1);\n"}
GO = {
    "go.mod": "module example.org/m\n",
    "p/a.go": "package p\n\nfunc Lost(x int) int { return x }\n",
    "p/b.go": "package p\n\nfunc Other() int { return Lost(1) }\n",
    "q/c.go": 'package q\n\nimport "example.org/m/p"\n\nfunc C() int { return p.Lost(2) }\n',
}
JAVA = {
    "src/p/Lost.java": "package p;\npublic class Lost { public int go(int a) { return a; } }\n",
    "src/p/Near.java": "package p;\nclass Near { Lost lost = new Lost(); }\n",
    "src/q/Far.java": "package q;\nimport p.Lost;\nclass Far { Object o = new Lost(); }\n",
}
C = {
    "lost.h": "int lost(int a);\n",
    "lost.c": '#include "lost.h"\nint lost(int a) { return a; }\n',
    "main.c": '#include "lost.h"\nint main(void) { return lost(1); }\n',
}
RUST = {
    "src/lib.rs": "mod a;\nmod b;\n",
    "src/a.rs": "pub fn lost(x: u8) -> u8 { x }\n",
    "src/b.rs": "use crate::a::lost;\npub fn b() -> u8 { lost(1) }\n",
}

ODD_C = "int m(void) { LOOP(x, y) z; return 2 3; }\nint n(void) { return lost(); }\n"

PHP = {
    "Log.php": "<?php\nuse Psr\\LoggerInterface;\nclass Log implements LoggerInterface {\n"
    "    public function put(): void {}\n    public function log(): void { $this->put(); }\n}\n",
}

REMOVED = {
    "php, a class that implements a foreign interface": (
        PHP,
        {"Log.php": PHP["Log.php"].replace("function put", "function lay")},
        ["error removed-symbol Log.php:4 <- Log.php:5"],
    ),
    "php, a class that extends a foreign one": (
        {"Log.php": PHP["Log.php"].replace("implements", "extends")},
        {"Log.php": PHP["Log.php"].replace("implements", "extends").replace("function put", "function lay")},
        [],
    ),
    "python": (PY, {"a.py": "def keep(): pass\n"}, ["error removed-symbol a.py:1 <- b.py:1 b.py:4"]),
    "python, with its uses": (PY, {"a.py": "def keep(): pass\n", "b.py": "\n"}, []),
    "python, the use brings its own": (
        PY,
        {"a.py": "def keep(): pass\n", "b.py": "def lost(x): return x\nlost(1)\n"},
        [],
    ),
    "python, imported from elsewhere": (
        PY | {"b.py": "from other import lost\nlost(1)\n"},
        {"a.py": "def keep(): pass\n"},
        [],
    ),
    "python, bound otherwise": (PY, {"a.py": "def keep(): pass\n\n\nlost = keep\n"}, []),
    "python, imported into the same place": (PY, {"a.py": "from functools import lost\n"}, []),
    "python, made by the module itself": (PY, {"a.py": "def __getattr__(name): return name\n"}, []),
    "python, in a try": (
        PY | {"b.py": "try:\n    from a import lost\nexcept ImportError:\n    lost = None\n"},
        {"a.py": "def keep(): pass\n"},
        [],
    ),
    "python, through the module": (
        PY | {"b.py": "import a\n\na.lost(1)\n"},
        {"a.py": "def keep(): pass\n"},
        ["error removed-symbol a.py:1 <- b.py:3"],
    ),
    "python, through a package": (
        {"p/__init__.py": "from .a import lost\n", "p/a.py": PY["a.py"], "t.py": "from p import lost\nlost(1)\n"},
        {"p/a.py": "def keep(): pass\n"},
        ["error removed-symbol p/a.py:1 <- p/__init__.py:1 t.py:1 t.py:2"],
    ),
    "python, in its own file": (
        {"a.py": "def lost(): pass\n\n\nTABLE = [lost]\nlost()\n"},
        {"a.py": "TABLE = [lost]\nlost()\n"},
        ["error removed-symbol a.py:1 <- a.py:1 a.py:2"],
    ),
    "python, a parameter of that name": (
        {"a.py": "def lost(): pass\n\n\ndef call(lost): lost()\n"},
        {"a.py": "def call(lost): lost()\n"},
        [],
    ),
    "python, a builtin of that name": (
        {"a.py": "def open(x): pass\n\n\nopen(1)\n"},
        {"a.py": "open(1)\n"},
        [],
    ),
    "python, never used": ({"a.py": PY["a.py"]}, {"a.py": "def keep(): pass\n"}, []),
    "python, a name in a string or comment": (
        PY | {"b.py": "'lost'  # lost\n"},
        {"a.py": "def keep(): pass\n"},
        [],
    ),
    "python, a method of self": (
        {"a.py": "class A:\n    def one(self): return self.two()\n    def two(self): return 2\n"},
        {"a.py": "class A:\n    def one(self): return self.two()\n"},
        ["error removed-symbol a.py:2 <- a.py:2"],
    ),
    "python, a method that a base has": (
        {
            "a.py": "class B:\n    def two(self): return 1\nclass A(B):\n    def one(self): return self.two()\n"
            "    def two(self): return 2\n"
        },
        {"a.py": "class B:\n    def two(self): return 1\nclass A(B):\n    def one(self): return self.two()\n"},
        [],
    ),
    "python, a method that an unknown base may have": (
        {"a.py": "import x\nclass A(x.B):\n    def one(self): return self.two()\n    def two(self): return 2\n"},
        {"a.py": "import x\nclass A(x.B):\n    def one(self): return self.two()\n"},
        [],
    ),
    "python, a method of a subclass's self": (
        {
            "a.py": "class A:\n    def two(self): return 2\n",
            "b.py": "from a import A\nclass B(A):\n    def one(self): return self.two()\n",
        },
        {"a.py": "class A:\n    x = 1\n"},
        ["error removed-symbol a.py:2 <- b.py:3"],
    ),
    "python, a method that the classes below bring": (
        {"a.py": "class A:\n    def one(self): return self.two()\n    def two(self): pass\n"}
        | {"b.py": "from a import A\nclass B(A):\n    def two(self): return 2\n"},
        {"a.py": "class A:\n    def one(self): return self.two()\n"},
        [],
    ),
    "python, a method that only a class of the tests brings": (
        {
            "a.py": "class A:\n    def two(self): return 2\n",
            "b.py": "from a import A\nA().two()\n",
            "tests/c.py": "from a import A\nclass B(A):\n    def two(self): return 3\n",
        },
        {"a.py": "class A:\n    x = 1\n"},
        ["error removed-symbol a.py:2 <- b.py:2"],
    ),
    "python, renamed, and a class below has one of the old name": (
        {
            "a.py": "class A:\n    def two(self, x):\n        return x * 2\n",
            "b.py": "from a import A\nA().two(1)\n",
            "c.py": "from a import A\nclass B(A):\n    def two(self, x): return 3\n",
        },
        {"a.py": "class A:\n    def twofold(self, x):\n        return x * 2\n"},
        ["error removed-symbol a.py:2 <- b.py:2"],
    ),
    "python, renamed under a base from elsewhere": (
        {
            "a.py": "import x\nclass A(x.B):\n    def refurbish(self, x):\n        return x * 2\n",
            "b.py": "from a import A\nA().refurbish(1)\n",
        },
        {"a.py": "import x\nclass A(x.B):\n    def redecorate(self, x):\n        return x * 2\n"},
        ["warning removed-symbol a.py:3 <- b.py:2"],
    ),
    "python, an override of a base from elsewhere is taken away": (
        {
            "a.py": "import x\nclass A(x.B):\n    def refurbish(self, x):\n        return x * 2\n    y = 1\n",
            "b.py": "from a import A\nA().refurbish(1)\n",
        },
        {"a.py": "import x\nclass A(x.B):\n    y = 1\n"},
        [],
    ),
    "python, a method of somebody": (
        {"a.py": "class A:\n    def refurbish(self): return 2\n", "b.py": "def f(a): return a.refurbish()\n"},
        {"a.py": "class A:\n    x = 1\n"},
        ["warning removed-symbol a.py:2 <- b.py:1"],
    ),
    "python, an ordinary method of somebody": (
        {"a.py": "class A:\n    def update(self): return 2\n", "b.py": "def f(a): return a.update()\n"},
        {"a.py": "class A:\n    x = 1\n"},
        [],
    ),
    "python, a method that another class has too": (
        {
            "a.py": "class A:\n    def refurbish(self): return 2\n",
            "b.py": "def f(a): return a.refurbish()\nclass C:\n    def refurbish(self): pass\n",
        },
        {"a.py": "class A:\n    x = 1\n"},
        [],
    ),
    "javascript": (JS, {"a.js": "export const x = 1;\n"}, ["error removed-symbol a.js:1 <- b.js:1 b.js:2"]),
    "javascript, of another package": (
        JS | {"b.js": "import { lost } from 'a';\nlost(1);\n"},
        {"a.js": "export const x = 1;\n"},
        [],
    ),
    "typescript from javascript": (
        {"a.ts": JS["a.js"], "b.js": JS["b.js"]},
        {"a.ts": "export const x = 1;\n"},
        ["error removed-symbol a.ts:1 <- b.js:1 b.js:2"],
    ),
    "go": (GO, {"p/a.go": "package p\n"}, ["error removed-symbol p/a.go:1 <- p/b.go:3 q/c.go:5"]),
    "go, moved within its package": (GO, {"p/a.go": "package p\n", "p/d.go": GO["p/a.go"]}, []),
    "go, a builtin of that name": (
        {"p/a.go": "package p\n\nfunc min(a, b int) int { return a }\n\nvar x = min(1, 2)\n"},
        {"p/a.go": "package p\n\nvar x = min(1, 2)\n"},
        [],
    ),
    "java": (
        JAVA,
        {"src/p/Lost.java": "package p;\nclass Found { }\n"},
        ["error removed-symbol src/p/Lost.java:2 <- src/p/Near.java:2 src/q/Far.java:2 src/q/Far.java:3"],
    ),
    "java, of another package": (
        JAVA
        | {"src/p/Near.java": "package p;\n", "src/q/Far.java": "package q;\nimport r.Lost;\nclass Far { Lost x; }\n"},
        {"src/p/Lost.java": "package p;\nclass Found { }\n"},
        [],
    ),
    "java, a deleted file": (
        JAVA,
        {"src/p/Lost.java": None},
        ["error removed-symbol src/p/Lost.java:2 <- src/p/Near.java:2 src/q/Far.java:2 src/q/Far.java:3"],
    ),
    "c, also out of the header": (
        C,
        {"lost.h": "int x;\n", "lost.c": "int x;\n"},
        [
            "error removed-symbol lost.c:1 <- main.c:2",
            "error removed-symbol lost.h:1 <- main.c:2",
        ],
    ),
    "c, in a file that cannot be read throughout": (
        {"a.c": f"int lost(void) {{ return 1; }}\n{ODD_C}"},
        {"a.c": ODD_C},
        ["error removed-symbol a.c:1 <- a.c:2"],
    ),
    "c, static": (
        {"a.c": "static int lost(void) { return 1; }\n", "b.c": "int lost(void);\nint b(void) { return lost(); }\n"},
        {"a.c": "int x;\n"},
        [],
    ),
    "rust": (RUST, {"src/a.rs": "pub fn other() {}\n"}, ["error removed-symbol src/a.rs:1 <- src/b.rs:1 src/b.rs:2"]),
    "rust, given on": (RUST, {"src/a.rs": "pub use crate::c::lost;\n", "src/c.rs": RUST["src/a.rs"]}, []),
}


@pytest.mark.parametrize(("before", "staged", "expected"), REMOVED.values(), ids=REMOVED.keys())
def test_removed(make_repository: Make, before: Files, staged: Files, expected: list[str]) -> None:
    root = make_repository(before)
    stage(root, staged)
    assert [told(finding) for finding in reviewed(root).findings] == expected


FATES = {
    "renamed": ({"a.py": "def keep(): pass\n\n\ndef found(x):\n    return x + 1\n"}, "was renamed to `found`, but"),
    "rewritten": ({"a.py": "def keep(): pass\n\n\ndef found(x):\n    print('other')\n"}, "was removed, but"),
    "moved": (
        {"a.py": "def keep(): pass\n", "c.py": "import os\n\n\ndef lost(x):\n    return x + 1\n"},
        "was moved to c.py:4, but",
    ),
}


@pytest.mark.parametrize(("staged", "expected"), FATES.values(), ids=FATES.keys())
def test_what_became_of_a_removed_symbol(make_repository: Make, staged: Files, expected: str) -> None:
    root = make_repository(PY)
    stage(root, staged)
    (finding,) = reviewed(root).findings
    assert finding.message == f"function `lost` {expected} is still used in 2 places"
    assert [one.code for one in finding.evidence] == ["from a import lost", "lost(1)"]


MODULES = {
    "python": (PY, {"a.py": None}, ["error removed-module a.py:1 <- b.py:1"]),
    "python, nobody imports it": ({"a.py": PY["a.py"], "b.py": "import os\n"}, {"a.py": None}, []),
    "python, became a package": (PY, {"a.py": None, "a/__init__.py": PY["a.py"]}, []),
    "python, a submodule": (
        {"p/__init__.py": "", "p/a.py": "x = 1\n", "b.py": "from p import a\n", "c.py": "import p.a\n"},
        {"p/a.py": None},
        ["error removed-module p/a.py:1 <- b.py:1 c.py:1"],
    ),
    "python, a submodule whose name the package keeps": (
        {"p/__init__.py": "a = 1\n", "p/a.py": "x = 1\n", "b.py": "from p import a\n"},
        {"p/a.py": None},
        [],
    ),
    "python, another module of that name": (
        {"p/a.py": "x = 1\n", "q/b.py": "import a\nfrom other.a import x\n"},
        {"p/a.py": None},
        [],
    ),
    "python, moved": (
        {"p/__init__.py": "", "p/a.py": PY["a.py"], "b.py": "from p.a import lost\n"},
        {"p/a.py": None, "p/z.py": PY["a.py"]},
        ["error removed-module p/z.py:1 <- b.py:1"],
    ),
    "python, moved with its importers": (
        {"p/__init__.py": "", "p/a.py": PY["a.py"], "b.py": "from p.a import lost\n"},
        {"p/a.py": None, "p/z.py": PY["a.py"], "b.py": "from p.z import lost\n"},
        [],
    ),
    "javascript": (JS, {"a.js": None}, ["error removed-module a.js:1 <- b.js:1"]),
    "javascript, became typescript": (JS, {"a.js": None, "a.ts": JS["a.js"]}, []),
    "javascript, an index": (
        {"a/index.js": JS["a.js"], "b.js": JS["b.js"]},
        {"a/index.js": None},
        ["error removed-module a/index.js:1 <- b.js:1"],
    ),
    "c": (C, {"lost.h": None}, ["error removed-module lost.h:1 <- lost.c:1 main.c:1"]),
    "c, the system's": (
        {"time.h": "int x;\n", "main.c": "#include <time.h>\nint main(void) { return 0; }\n"},
        {"time.h": None},
        [],
    ),
    "c, through an include folder": (
        {"include/uv/x.h": "int x;\n", "src/main.c": '#include "uv/x.h"\n'},
        {"include/uv/x.h": None},
        ["error removed-module include/uv/x.h:1 <- src/main.c:1"],
    ),
}


@pytest.mark.parametrize(("before", "staged", "expected"), MODULES.values(), ids=MODULES.keys())
def test_modules(make_repository: Make, before: Files, staged: Files, expected: list[str]) -> None:
    root = make_repository(before)
    stage(root, staged)
    assert [told(one) for one in reviewed(root).findings if one.rule == "removed-module"] == expected


METHODS = """\
class A:
    def f(self, x): pass
    def g(self):
        self.f(1)
        A.f(self, 1)
        A.f(1)
"""

SIGNATURES = {
    "python, one more": (PY, {"a.py": "def lost(x, y): pass\n"}, ["b.py:4: `y` is missing"]),
    "python, one more with a default": (PY, {"a.py": "def lost(x, y=1): pass\n"}, []),
    "python, one less": (PY, {"a.py": "def lost(): pass\n"}, ["b.py:4: gives 1 argument, at most 0 taken"]),
    "python, a keyword renamed": (
        {"a.py": "def f(a=1, b=2): pass\n", "b.py": "from a import f as g\ng(1, b=2)\ng(1, 2)\n"},
        {"a.py": "def f(a=1, c=2): pass\n"},
        ["b.py:2: there is no parameter `b` left to name"],
    ),
    "python, a call that never fitted": (
        PY | {"b.py": "from a import lost\nlost()\n"},
        {"a.py": "def lost(x, y): pass\n"},
        [],
    ),
    "python, a call that was mended": (
        PY,
        {"a.py": "def lost(x, y): pass\n", "b.py": "from a import lost\nlost(1, 2)\n"},
        [],
    ),
    "python, a spread": (PY | {"b.py": "from a import lost\nlost(*x)\n"}, {"a.py": "def lost(x, y): pass\n"}, []),
    "python, a constructor": (
        {"a.py": "class A:\n    def __init__(self, x): pass\n", "b.py": "from a import A\nA(1)\nA\n"},
        {"a.py": "class A:\n    def __init__(self, x, y): pass\n"},
        ["b.py:2: `y` is missing"],
    ),
    "python, a method through self and through its class": (
        {"a.py": METHODS},
        {"a.py": METHODS.replace("self, x", "self, x, y")},
        ["a.py:4: `y` is missing", "a.py:5: `y` is missing"],
    ),
    "python, a property": (
        {"a.py": "class A:\n    @property\n    def f(self): pass\n    def g(self): return self.f(1)\n"},
        {"a.py": "class A:\n    @property\n    def f(self, x): pass\n    def g(self): return self.f(1)\n"},
        [],
    ),
    "javascript only warns": (JS, {"a.js": "export function lost(x, y) { return x; }\n"}, ["b.js:2: `y` is missing"]),
    "go": (
        GO,
        {"p/a.go": "package p\n\nfunc Lost(x int, y int) int { return x }\n"},
        ["p/b.go:3: `y` is missing", "q/c.go:5: `y` is missing"],
    ),
    "java, a constructor": (
        JAVA,
        {"src/p/Lost.java": "package p;\npublic class Lost { Lost(int x) {} public int go(int a) { return a; } }\n"},
        [],  # there was none to compare with
    ),
    "java, an overload beside it": (
        {"A.java": "class A { void f(int a) {} void g() { f(1); } }\n"},
        {"A.java": "class A { void f(int a, int b) {} void f(long a) {} void g() { f(1); } }\n"},
        [],
    ),
    "java": (
        {"A.java": "class A { void f(int a) {} void g() { f(1); } }\n"},
        {"A.java": "class A { void f(int a, int b) {}\n void g() { f(1); } }\n"},
        ["A.java:2: `b` is missing"],
    ),
    "c, header and source": (
        C,
        {"lost.h": "int lost(int a, int b);\n", "lost.c": '#include "lost.h"\nint lost(int a, int b) { return a; }\n'},
        ["main.c:2: `b` is missing", "main.c:2: `b` is missing"],
    ),
    "c, only the source": (C, {"lost.c": '#include "lost.h"\nint lost(int a, int b) { return a; }\n'}, []),
    "rust": (RUST, {"src/a.rs": "pub fn lost(x: u8, y: u8) -> u8 { x }\n"}, ["src/b.rs:2: `y` is missing"]),
}


@pytest.mark.parametrize(("before", "staged", "expected"), SIGNATURES.values(), ids=SIGNATURES.keys())
def test_changed_signatures(make_repository: Make, before: Files, staged: Files, expected: list[str]) -> None:
    root = make_repository(before)
    stage(root, staged)
    findings = reviewed(root).findings
    assert {one.rule for one in findings} <= {"changed-signature"}
    found = [f"{one.path}:{one.start_line}: {one.why}" for finding in findings for one in finding.evidence]
    assert found == expected
    assert {one.severity for one in findings} <= {"warning" if "a.js" in before else "error"}


CONFLICT = "x = 1\n<<<<<<< HEAD\ny = 1\n=======\ny = 2\n>>>>>>> branch\n"
SYNTAX = {
    "python": ({"a.py": "x = 1\n"}, {"a.py": "x = 1\ndef f(:\n    pass\n"}, ["error syntax-error a.py:2"]),
    "python, new": ({}, {"a.py": "def f(:\n    pass\n"}, ["error syntax-error a.py:1"]),
    "python, indented wrongly": ({}, {"a.py": "x = 1\n  y = 2\n"}, ["error syntax-error a.py:2"]),
    "python, right": ({}, {"a.py": "def f():\n    pass\n"}, []),
    "python, wrong before": ({"a.py": "def f(:\n\n\n\nx = 1\n"}, {"a.py": "def f(:\n\n\n\nx = 2\n"}, []),
    "python, another language's template": (
        {},
        {"templates/a.py": "def {{ f }}(:\n"},
        ["warning syntax-error templates/a.py:1"],
    ),
    "javascript": ({"a.js": "let a = 1;\n"}, {"a.js": "let a = (1;\n"}, ["error syntax-error a.js:1"]),
    "go": ({"a.go": "package p\n"}, {"a.go": "package p\n\nfunc f( {\n"}, ["error syntax-error a.go:3"]),
    "java": ({}, {"A.java": "class A { void f() { int x = ; } }\n"}, ["error syntax-error A.java:1"]),
    "c, a bracket too many": (
        {"a.c": "int f(void) { return 1; }\n"},
        {"a.c": "int f(void) { return (1; }\n"},
        ["error syntax-error a.c:1"],
    ),
    "c, perhaps a macro": (
        {"a.c": "int f(void) { return 1; }\n"},
        {"a.c": "int f(void) { return 1; }\nint g(void) { LOOP(x, y) z; return 2 3; }\n"},
        [],
    ),
    "c, no macro": (
        {"a.c": "int f(void) { return 1; }\n"},
        {"a.c": "int f(void) { return 1; }\nint g(void) { return 2 3; }\n"},
        ["warning syntax-error a.c:2"],
    ),
    "c#, a body for each platform": (
        {"A.cs": "class A { }\n"},
        {"A.cs": "class A {\n  static bool F(int a)\n#if N\n    => a == 1;\n#else\n    => false;\n#endif\n}\n"},
        [],
    ),
    "c#": ({}, {"A.cs": "class A {\n    static bool F(int a => 1;\n}\n"}, ["error syntax-error A.cs:2"]),
    "text": ({}, {"a.txt": "def f(:\n"}, []),
    "a conflict": ({"a.py": "x = 1\n"}, {"a.py": CONFLICT}, ["error conflict-marker a.py:2"]),
    "a conflict in prose": ({}, {"a.md": CONFLICT}, ["error conflict-marker a.md:2"]),
    "a conflict that was always there": ({"a.md": CONFLICT}, {"a.md": CONFLICT + "more\n"}, []),
    "a marker alone": ({}, {"a.md": "<<<<<<< HEAD\n"}, []),
    "an underlined heading": ({}, {"a.rst": "Title\n=======\n\n>>>>>>> quoted\n"}, []),
    "binary": ({}, {"a.py": b"\0" + CONFLICT.encode()}, []),
    "what stays unreadable hides nothing": (
        PY,
        {"a.py": PY["a.py"].replace("def lost", "def lost(")},
        ["error syntax-error a.py:4"],
    ),
}


@pytest.mark.parametrize(("before", "staged", "expected"), SYNTAX.values(), ids=SYNTAX.keys())
def test_syntax(make_repository: Make, before: Files, staged: Files, expected: list[str]) -> None:
    root = make_repository(before)
    stage(root, staged)
    assert [told(finding) for finding in reviewed(root).findings] == expected


def test_nothing_staged(make_repository: Make) -> None:
    root = make_repository(PY)
    (root / "a.py").write_text("def f(:\n")
    assert reviewed(root) == Review((), (), ())


def test_no_commits(make_repository: Make) -> None:
    root = make_repository({"a.py": "def f(:\n", "b.py": "x = 1\n"}, commit=False)
    assert reviewed(root).findings == ()
    git(root, "add", "-A")
    review = reviewed(root)
    assert [told(finding) for finding in review.findings] == ["error syntax-error a.py:1"]
    assert review.files == ("a.py", "b.py")


def test_the_index_is_reviewed_and_not_the_work_tree(make_repository: Make) -> None:
    root = make_repository(PY)
    stage(root, {"a.py": "def keep(): pass\n"})
    write(root, PY)  # the work tree has it again
    assert [told(one) for one in reviewed(root).findings] == ["error removed-symbol a.py:1 <- b.py:1 b.py:4"]
    git(root, "add", "-A")
    (root / "a.py").write_text("def keep(): pass\n")  # and now only the work tree lacks it
    assert reviewed(root).findings == ()


def test_the_users_are_read_as_they_are_staged(make_repository: Make) -> None:
    root = make_repository(PY)
    stage(root, {"a.py": "def keep(): pass\n", "b.py": "x = 1\n"})
    write(root, {"b.py": PY["b.py"], "untracked.py": PY["b.py"]})
    assert reviewed(root).findings == ()
    stage(root, {"b.py": PY["b.py"] + "# more\n"})
    (root / "b.py").unlink()
    (root / "untracked.py").unlink()
    git(root, "rm", "-q", "--cached", "untracked.py")
    assert [told(one) for one in reviewed(root).findings] == ["error removed-symbol a.py:1 <- b.py:1 b.py:4"]


def test_users_that_were_not_staged_but_are_gone_from_the_work_tree(make_repository: Make) -> None:
    root = make_repository(PY)
    (root / "a.py").write_text("def keep(): pass\n")
    git(root, "add", "a.py")
    (root / "b.py").unlink()
    assert [told(one) for one in reviewed(root).findings] == ["error removed-symbol a.py:1 <- b.py:1 b.py:4"]


def test_a_linked_work_tree(make_repository: Make, tmp_path: Path) -> None:
    root = make_repository(PY)
    git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    stage(tmp_path / "linked", {"a.py": "def keep(): pass\n"})
    assert len(reviewed(tmp_path / "linked").findings) == 1
    assert reviewed(root).findings == ()


def test_a_file_that_git_no_longer_has_but_the_work_tree_has(make_repository: Make) -> None:
    root = make_repository(PY)
    git(root, "rm", "-q", "--cached", "a.py")
    (finding,) = reviewed(root).findings
    assert told(finding) == "warning removed-module a.py:1 <- b.py:1"


def test_line_ends_that_git_converts(make_repository: Make) -> None:
    root = make_repository({".gitattributes": "*.py text eol=crlf\n"} | PY)
    (root / "b.py").unlink()
    git(root, "checkout", "-q", "b.py")
    assert b"\r\n" in (root / "b.py").read_bytes()
    stage(root, {"a.py": "def keep(): pass\r\n\r\n\r\ndef lost(x, y):\r\n    return x\r\n"})
    (finding,) = reviewed(root).findings
    assert told(finding) == "error changed-signature a.py:4 <- b.py:4"
    assert finding.evidence[0].code == "lost(1)"


def test_odd_paths_and_bytes(make_repository: Make) -> None:
    root = make_repository({"dir with space/\u00e9\n.py": PY["a.py"], "b.py": "x = 1\n"})
    stage(root, {"dir with space/\u00e9\n.py": b"def f(:\n\xff\xfe\n", os.fsdecode(b"\xff.py"): "def f(:\n"})
    assert {finding.rule for finding in reviewed(root).findings} == {"syntax-error"}
    assert len(reviewed(root).findings) == 2


def test_a_parser_that_runs_away_is_told(make_repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repoagent_indexers.reading.workers.SECONDS", 1.0)
    root = make_repository({"A.java": "class A { void lost() {} void g() { lost(); } }\n"})
    stage(root, {"A.java": b"class A { int x = " + b"a=>\n" * 4000})
    review = reviewed(root)
    assert review.findings == ()
    assert len(review.notes) == 1
    assert review.notes[0].startswith("A.java: ")


def test_a_deleted_file_of_an_odd_name(make_repository: Make) -> None:
    root = make_repository({os.fsdecode(b"\xff.py"): PY["a.py"], "a.js": "import './\xff';\n"})
    stage(root, {os.fsdecode(b"\xff.py"): None})
    assert reviewed(root).findings == ()


def state(content: bytes) -> Version:
    return Version("a.c", "c", content, Parsed(errors=(1,)), "")


HOSTILE = {
    "markers without an end": b"<<<<<<< x\n=======\n" * 60_000,
    "comments without an end": b"/*" * 500_000,
    "a list without an end": b"lost = [\n" + b"a, " * 300_000 + b"lost]\n",
    "lines that are all the same": b"x = 1\n" * 100_000,
    "quotes": b'\\"' * 300_000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_content_comes_to_an_end(content: bytes) -> None:
    """That it ends is the test: each of these would cost the square of its size in a simpler reading."""
    old, new = state(b"int x;\n"), state(content)
    change = Change("a.c", old, new, blocks(lines_of(old.content), lines_of(content)))
    assert len(syntax_errors([change])) <= 1
    assert len(conflict_markers(change)) <= 1
    assert bound_elsewhere(new, "lost") == content.startswith(b"lost")
    assert not bound_elsewhere(new, "found")


def test_no_more_than_so_many_files(make_repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repoagent_agents.review.review.MAX_CHANGES", 2)
    root = make_repository({"a.py": "x = 1\n"})
    stage(root, {f"{name}.py": "y = 1\n" for name in "bcd"})
    review = reviewed(root)
    assert review.files == ("b.py", "c.py")
    assert review.notes == ("3 files are staged; the first 2 were reviewed",)


SHIP = "class Ship:\n    def move(self, x): pass\n\n\nclass Cart:\n    def move(self): pass\n"
USING = (
    "from a import Cart, Ship as Boat\n\n\ndef go(boat: Boat, cart: Cart):\n    boat.move(1)\n    cart.move()\n"
    "    here = Boat()\n    here.move(2)\n    Boat.move(here, 3)\n"
)
JAVA_TWO = {
    "p/Ship.java": "package p;\npublic class Ship { public void move(int x) {} }\n",
    "p/Cart.java": "package p;\npublic class Cart { public void move(int x) {} }\n",
    "q/Use.java": "package q;\nimport p.*;\nclass Use {\n  void go(Ship s, Cart c) {\n s.move(1);\n c.move(1);\n}\n}\n",
}
TS_TWO = {
    "a.ts": "export class Ship { move(x: number) {} }\nexport class Cart { move(x: number) {} }\n",
    "all.ts": "export { Ship as Boat } from './a';\nexport * from './a';\n",
    "b.ts": "import { Boat, Cart } from './all';\nlet s = new Boat();\nlet c = new Cart();\ns.move(1);\nc.move(1);\n",
}
RESOLVED = {
    "python, of two classes one": (
        {"a.py": SHIP, "b.py": USING},
        {"a.py": SHIP.replace("self, x", "self, x, y")},
        ["b.py:5", "b.py:8", "b.py:9"],
    ),
    "python, the other": (
        {"a.py": SHIP, "b.py": USING},
        {"a.py": SHIP.replace("(self): pass", "(self, way): pass")},
        ["b.py:6"],
    ),
    "python, a method that is gone": (
        {"a.py": SHIP, "b.py": USING},
        {"a.py": SHIP.replace("    def move(self, x): pass", "    pass")},
        ["b.py:5", "b.py:8", "b.py:9"],
    ),
    "python, gone from a class that has it from a base": (
        {
            "a.py": "class A:\n    def f(self): pass\n\n\nclass B(A):\n    def f(self): pass\n",
            "b.py": "import a\n\na.B().f()\n",
        },
        {"a.py": "class A:\n    def f(self): pass\n\n\nclass B(A):\n    pass\n"},
        [],
    ),
    "python, gone from a class that may have it from elsewhere": (
        {"a.py": "import x\n\n\nclass B(x.A):\n    def f(self): pass\n", "b.py": "import a\n\na.B().f()\n"},
        {"a.py": "import x\n\n\nclass B(x.A):\n    pass\n"},
        [],
    ),
    "python, through a package and a star": (
        {
            "p/__init__.py": "from .inner import *\n",
            "p/inner.py": "__all__ = ['lost']\n\n\ndef lost(x): pass\n",
            "t.py": "import p as q\n\nq.lost(1)\n",
        },
        {"p/inner.py": "__all__ = ['lost']\n\n\ndef lost(x, y): pass\n"},
        ["t.py:3"],
    ),
    "java, of two classes one": (
        JAVA_TWO,
        {"p/Ship.java": JAVA_TWO["p/Ship.java"].replace("int x", "int x, int y")},
        ["q/Use.java:5"],
    ),
    "java, gone from one": (
        JAVA_TWO,
        {"p/Cart.java": "package p;\npublic class Cart { }\n"},
        ["q/Use.java:6"],
    ),
    "typescript, through names given on": (
        TS_TWO,
        {"a.ts": TS_TWO["a.ts"].replace("x: number", "x: number, y: number", 1)},
        ["b.ts:4"],
    ),
    "go, a method of one type": (
        {
            "go.mod": "module m\n",
            "p/a.go": "package p\n\ntype Ship struct{}\n\nfunc (s *Ship) Move(x int) {}\n\ntype Cart struct{}\n\n"
            "func (c *Cart) Move(x int) {}\n",
            "main.go": 'package main\n\nimport "m/p"\n\nfunc main() {\n\ts := &p.Ship{}\n\tc := p.Cart{}\n\ts.Move(1)\n'
            "\tc.Move(1)\n}\n",
        },
        {
            "p/a.go": "package p\n\ntype Ship struct{}\n\nfunc (s *Ship) Move(x int, y int) {}\n\n"
            "type Cart struct{}\n\nfunc (c *Cart) Move(x int) {}\n"
        },
        ["main.go:8"],
    ),
}


@pytest.mark.parametrize(("before", "staged", "expected"), RESOLVED.values(), ids=RESOLVED.keys())
def test_findings_rest_on_what_names_mean(
    make_repository: Make, before: Files, staged: Files, expected: list[str]
) -> None:
    root = make_repository(before)
    stage(root, staged)
    found = [f"{one.path}:{one.start_line}" for finding in reviewed(root).findings for one in finding.evidence]
    assert found == expected


def test_what_is_staged_decides_and_not_the_work_tree(make_repository: Make) -> None:
    """A caller that is mended only in the work tree is not mended in the commit; one that is new there is not in it."""
    root = make_repository({"a.py": SHIP, "b.py": USING})
    stage(root, {"a.py": SHIP.replace("self, x", "self, x, y")})
    (root / "b.py").write_text(USING.replace("move(1)", "move(1, 1)").replace("move(2)", "move(2, 1)"))
    (root / "c.py").write_text("from a import Ship\n\nShip().move(1)\n")
    found = [f"{one.path}:{one.start_line}" for finding in reviewed(root).findings for one in finding.evidence]
    assert found == ["b.py:5", "b.py:8", "b.py:9"]
    (root / "a.py").write_text("# all else is gone\n")
    found = [f"{one.path}:{one.start_line}" for finding in reviewed(root).findings for one in finding.evidence]
    assert found == ["b.py:5", "b.py:8", "b.py:9"]
