"""Calls and headers taken apart, and the edits by which a script changes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import repoagent
from repoagent_agents.editing.edits import apply_to
from repoagent_indexers.errors import Refused, UsageError

MakeRepository = Callable[..., Path]

ONE = "def f(a, b=1, *rest, **more):\n    return a\n"
CALLS = {
    "f()": "f(new=0)",
    "f(1)": "f(1, new=0)",
    "f(1, b=2)": "f(1, b=2, new=0)",
    "f( 1 )": "f( 1, new=0 )",
    "f(x for x in [])": "f((x for x in []), new=0)",
    "f(\n    1,\n    b=2,  # two\n)": "f(\n    1,\n    b=2,\n    new=0,  # two\n)",
    "f(1,\n  2)": "f(1,\n  2,\n  new=0)",
    "f (g(1, (2, 3)), ')')": "f (g(1, (2, 3)), ')', new=0)",
    "f(1, *[2])": "f(1, *[2], new=0)",
}


@pytest.mark.parametrize(("before", "after"), CALLS.items())
def test_one_more_argument(make_repository: MakeRepository, before: str, after: str) -> None:
    root = make_repository({"a.py": ONE + "\n\ndef g(*x): ...\n", "b.py": f"from a import f, g\n\n{before}\n"})
    with repoagent.open(root) as repo:
        (call,) = repo.calls("a.py:1")
        assert (call.path, call.line, call.certainty) == ("b.py", 3, "resolved")
        change = repo.change([call.arguments.append("new=0")])
        change.apply()
        assert (root / "b.py").read_text() == f"from a import f, g\n\n{after}\n"


def edited(arguments: repoagent.Listing, *edits: repoagent.Edit) -> str:
    return apply_to(arguments.content, edits).decode().split("\n")[2]


def test_arguments_are_named_put_in_written_anew_and_taken_out(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": ONE, "b.py": "from a import f as h\n\nh(1, two, b=3, **{})\n"})
    with repoagent.open(root) as repo:
        (call,) = repo.calls("f")
        given = call.arguments
        assert [(item.text, item.name) for item in given.items] == [
            ("1", ""), ("two", ""), ("b=3", "b"), ("**{}", ""),
        ]  # fmt: skip
        assert given.has_spread
        assert given.named("b") == given.items[2]
        assert given.named("a") is None
        assert edited(given, given.insert(0, "0")) == "h(0, 1, two, b=3, **{})"
        assert edited(given, given.insert(3, "c=4")) == "h(1, two, b=3, c=4, **{})"
        assert edited(given, given.replace(1, "2")) == "h(1, 2, b=3, **{})"
        assert edited(given, given.remove(0)) == "h(two, b=3, **{})"
        assert edited(given, given.remove(3)) == "h(1, two, b=3)"
        assert edited(given, given.remove(0), given.append("x=1")) == "h(two, b=3, **{}, x=1)"
        with pytest.raises(Refused, match=r"b\.py:3: .*nothing is changed"):
            repo.change([given.insert(0, "b=")])
        (root / "b.py").write_text("from a import f as h\n\nh(2, two, b=3, **{})\n")
        with pytest.raises(Refused, match="no longer fits"):
            repo.change([given.replace(0, "3")])


HEADERS = {
    "a.py": ("def f(a, *b, **c): ...", "def f(a, *b, new, **c): ..."),
    "a.rb": ("def f(a, *b, **c, &d) = 1", "def f(a, *b, new, **c, &d) = 1"),
    "a.kt": ("fun f(vararg a: Int) {}", "fun f(vararg a: Int, new) {}"),
    "a.js": ("function f(a, ...b) {}", "nothing can stand behind `...b`"),
    "a.go": ("package a\nfunc f(a ...int) {}", "nothing can stand behind `a ...int`"),
    "A.java": ("class A { void f(String... a) {} }", "nothing can stand behind `String... a`"),
    "A.cs": ("class A { void f(params int[] a) {} }", "nothing can stand behind `params int[] a`"),
}


@pytest.mark.parametrize("path", HEADERS)
def test_one_more_parameter_stands_where_it_may(make_repository: MakeRepository, path: str) -> None:
    before, after = HEADERS[path]
    with repoagent.open(make_repository({path: before + "\n"})) as repo:
        ((_, header),) = repo.headers("f")
        if after.startswith("nothing"):
            with pytest.raises(UsageError, match=re.escape(after)):
                header.append("new")
        else:
            assert apply_to(header.content, [header.append("new")]).decode() == after + "\n"


LANGUAGES = {
    "java": (
        {"A.java": "class A {\n  <T> void f(int a, String... b) {}\n  void g() { f(1, \"x\"); this.<Long>f(2); }\n}\n"},
        "A.f",
        ["int a", "String... b"],
        [["1", '"x"'], ["2"]],
    ),
    "typescript": (
        {
            "a.ts": "export function f<T>(a: T, b?: number) {}\n",
            "b.ts": "import { f } from './a';\nf<Map<string, number>>(x, 2);\n",
        },
        "f",
        ["a: T", "b?: number"],
        [["x", "2"]],
    ),
    "go": (
        {"go.mod": "module m\n", "a.go": "package a\n\nfunc F(a, b int) {}\n\nfunc g() { F(1, 2) }\n"},
        "F",
        ["a, b int"],
        [["1", "2"]],
    ),
    "rust": ({"a.rs": "fn f<T>(a: T) {}\nfn g() { f::<u8>(1); f(2) }\n"}, "f", ["a: T"], [["1"], ["2"]]),
    "csharp": (
        {"A.cs": "class A { void F(int a, int b = 1) {} void G() { F(b: 2, a: 1); } }\n"},
        "A.F",
        ["int a", "int b = 1"],
        [["b: 2", "a: 1"]],
    ),
    "c": ({"a.c": "int f(int a, char *b) { return a; }\nint g(void) { return f(1, (2, 3)); }\n"}, "f",
          ["int a", "char *b"], [["1", "(2, 3)"]]),
}  # fmt: skip


@pytest.mark.parametrize(("files", "name", "parameters", "arguments"), LANGUAGES.values(), ids=LANGUAGES.keys())
def test_languages(
    make_repository: MakeRepository, files: dict, name: str, parameters: list[str], arguments: list[list[str]]
) -> None:
    with repoagent.open(make_repository(files)) as repo:
        ((definition, header),) = repo.headers(name)
        assert definition.symbol.qualified_name == name
        assert [item.text for item in header.items] == parameters
        assert [[item.text for item in call.arguments.items] for call in repo.calls(name)] == arguments


def test_lines_and_new_files(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "one = 1\ntwo = 2\nthree = 3"})
    with repoagent.open(root) as repo:
        edits = [
            repo.edit(repo.lines("a.py", 1, 2), "both = 3\n"),
            repo.edit(repo.lines("a.py", 4), "\nfour = 4\n"),
            repo.edit(repoagent.Span("new.py", 0, 0, 1, 1), "five = 5\n"),
        ]
        repo.change(edits).apply()
        assert (root / "a.py").read_text() == "both = 3\nthree = 3\nfour = 4\n"
        assert (root / "new.py").read_text() == "five = 5\n"
        with pytest.raises(UsageError, match="has no lines 9 to 9"):
            repo.lines("a.py", 9)


def test_what_has_no_parameters(make_repository: MakeRepository) -> None:
    with repoagent.open(make_repository({"a.py": "x = 1\n"})) as repo, pytest.raises(UsageError, match="no list"):
        repo.headers("x")


def test_lists_of_names_and_long_imports_are_imports(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": "def f(): ...\n\n\n__all__ = [\n    'f',\n]\n",
        "b.py": "from a import (\n    f as g,  # (\n)\nfrom a import \\\n    f\n\nh = f\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        kinds = [(use.path, use.line, use.kind) for use in repo.refs("f").uses]
    assert kinds == [
        ("a.py", 5, "import"), ("b.py", 2, "import"), ("b.py", 5, "import"), ("b.py", 7, "use"),
    ]  # fmt: skip
