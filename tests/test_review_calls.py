"""What functions take, what calls give, and whether they fit: one row a language and form, right beside wrong."""

from __future__ import annotations

import re

import pytest

from repoagent_indexers.reading.calls import Answer, Declared, Question, look, misfit, read

FITS = ""
ROWS = [
    # language, declaration of `f`, calls and what is wrong with each
    ("python", "def f(a, b): pass", {"f(1, 2)": FITS, "f(1)": "`b` is missing", "f(1, 2, 3)": "at most 2"}),
    ("python", "def f(a, b=1): pass", {"f(1)": FITS, "f(1, b=2)": FITS, "f()": "`a` is missing"}),
    ("python", "def f(a, *, k): pass", {"f(1, k=2)": FITS, "f(1)": "`k` is missing", "f(1, 2)": "at most 1"}),
    ("python", "def f(a, *r, **k): pass", {"f(1, 2, 3, z=1)": FITS, "f()": "`a` is missing"}),
    ("python", "def f(a, /, b): pass", {"f(1, b=2)": FITS, "f(a=1, b=2)": "no parameter `a`"}),
    ("python", "def f(a: int, b: str = ''): pass", {"f(*x)": FITS, "f(**x)": FITS, "f(c=1)": "no parameter `c`"}),
    (
        "python",
        "def f(a, b=1): pass",
        {"f(x for x in y)": FITS, "f(lambda p, q: p)": FITS, "f(1, a=2)": "no parameter"},
    ),
    ("python", "@deco(lambda p: p)\ndef f(a): pass", {"f(1)": FITS, "f()": "`a` is missing"}),
    (
        "python",
        "class T:\n def f(self, a): pass",
        {"t.f(1)": FITS, "t.f()": "`a` is missing", "t.f(1, 2)": "at most 1"},
    ),
    ("python", "class T:\n @staticmethod\n def f(a): pass", {"T.f(1)": FITS, "T.f()": "`a` is missing"}),
    ("python", "class T:\n @classmethod\n def f(cls, a): pass", {"T.f(1)": FITS, "T.f(1, 2)": "at most 1"}),
    ("javascript", "function f(a, b = 1, ...r) {}", {"f(1);": FITS, "f(1, 2, 3);": FITS, "f();": "`a` is missing"}),
    ("javascript", "const f = ({a, b}, c) => a;", {"f({}, 1);": FITS, "f({});": "`c` is missing", "f(...x);": FITS}),
    ("javascript", "const f = a => a;", {"f(1);": FITS, "f(1, 2);": "at most 1"}),
    ("javascript", "function f(a) { return arguments[1]; }", {"f(1, 2);": FITS}),
    ("javascript", "class T { f(a) {} }", {"t.f(1);": FITS, "t?.f();": "`a` is missing"}),
    ("typescript", "function f(a: number, b?: string): void {}", {"f<T>(1);": FITS, "f();": "`a` is missing"}),
    ("typescript", "function f(this: W, a: X<Y, Z>) {}", {"f(1);": FITS, "f(1, 2);": "at most 1"}),
    (
        "java",
        "class T { void f(int a, String b) {} void m() {%s} }",
        {"f(1, g(2, 3));": FITS, "f(1);": "`b` is missing"},
    ),
    ("java", "class T { void f(int a, String... b) {} void m() {%s} }", {"this.f(1);": FITS, "f(1, x, y);": FITS}),
    ("java", "class f { f(int a) {} void m() {%s} }", {"new f(1);": FITS, "new f();": "`a` is missing"}),
    ("java", "class f { f(Map<A, B> a) {} void m() {%s} }", {"new f((a, b) -> a) { int x; };": FITS}),
    ("go", "func f(a, b int) {}\nfunc m() {\n%s\n}", {"f(1, 2)": FITS, "f(1)": "`b` is missing", "f(g())": FITS}),
    (
        "go",
        "func f(a int, b ...string) {}\nfunc m() {\n%s\n}",
        {"f(1)": FITS, "f(1, x...)": FITS, "f()": "`a` is missing"},
    ),
    ("go", "func f(int, string) {}\nfunc m() {\n%s\n}", {"f(1, x)": FITS, "f(1)": "argument 2 is missing"}),
    ("go", "func (t *T) f(a int) {}\nfunc m() {\n%s\n}", {"t.f(1)": FITS, "t.f(1, 2)": "at most 1"}),
    ("c", "int f(int a, char *b) { return 0; }\nint m(void) {%s}", {"f(1, s);": FITS, "f(1);": "`b` is missing"}),
    ("c", "int f(const char *a, ...);\nint m(void) {%s}", {"f(s, 1, 2);": FITS, "f();": "`a` is missing"}),
    ("c", "int f(void);\nint m(void) {%s}", {"f();": FITS, "f(1);": "at most 0"}),
    ("c", "int f();\nint m(void) {%s}", {"f();": FITS, "f(1);": FITS}),
    ("c", "#define f(a, b) ((a) + (b))\nint m(void) {%s}", {"f(1, 2);": FITS, "f(1);": "`b` is missing"}),
    ("cpp", "int f(int a, int b = 2) { return a; }\nint m() {%s}", {"f(1);": FITS, "f(1, 2, 3);": "at most 2"}),
    (
        "cpp",
        "template <class... A> int f(int a, A... r) { return a; }\nint m() {%s}",
        {"f(1, 2);": FITS, "f(x...);": FITS},
    ),
    ("csharp", "class T { void f(int a, int b = 1) {} void m() {%s} }", {"f(1, b: 2);": FITS, "f(1, c: 2);": "`c`"}),
    ("csharp", "class T { void f(params int[] a) {} void m() {%s} }", {"this.f(1, 2);": FITS, "f();": FITS}),
    ("csharp", "class T { void f(ref int a) {} void m() {%s} }", {"f(ref x);": FITS, "f();": "`a` is missing"}),
    ("php", "<?php function f(int $a, $b = 1) {}\n%s", {"f(1);": FITS, "f(1, 2, 3);": FITS, "f();": "`a` is missing"}),
    ("php", "<?php class T { function f($a, $b) {} }\n%s", {"$t->f(1, b: 2);": FITS, "$t->f(1, c: 2);": "`c`"}),
    ("rust", "fn f(a: i32, b: &str) {}\nfn m() {%s}", {"f(1, x);": FITS, "f(1);": "`b` is missing"}),
    (
        "rust",
        "impl T { fn f(&self, a: i32) {} }\nfn m() {%s}",
        {"t.f(1);": FITS, "T::f(&t, 1);": FITS, "t.f();": "`a`"},
    ),
    ("rust", "fn f<T>(a: T) {}\nfn m() {%s}", {"f::<i32>(1);": FITS, "println!(f(1, 2));": FITS}),
    ("ruby", "def f(a, b = 1, *c, d)\nend\n%s", {"f(1, 2)": FITS, "f(1)": "`d` is missing"}),
    ("ruby", "def f(a, k:, o: 1)\nend\n%s", {"f(1, k: 2)": FITS, "f(1)": "`k` is missing", "f(1, k: 1, z: 2)": "`z`"}),
    ("ruby", "def f(a)\nend\n%s", {"f(x: 1, y: 2)": FITS, "f(1, &b)": FITS, "f(1, 2)": "at most 1"}),
]


@pytest.mark.parametrize(("language", "declaration", "calls"), ROWS)
def test_misfit(language: str, declaration: str, calls: dict[str, str]) -> None:
    body = "\n".join(calls)
    source = declaration.replace("%s", f"\n{body}\n") if "%s" in declaration else f"{declaration}\n{body}\n"
    if language == "go":
        source = f"package p\n{source}"
    content = source.encode()
    declared = Declared(0, len(content), "f", is_method="class" in declaration)
    position, places = content.index(body.encode()), []
    for call in calls:
        position = content.index(call.encode(), position)
        places.append(position + re.search(r"\bf\b", call).start())  # type: ignore[union-attr]
        position += len(call)
    answer = read(Question(language, content, (declared,), tuple(places)))
    parameters = answer.declared[0]
    if parameters is None:  # not known: everything fits
        assert not any(calls.values())
        return
    for (call, wrong), arguments in zip(calls.items(), answer.calls, strict=True):
        found = "" if arguments is None else misfit(language, parameters, arguments)
        assert (wrong in found) if wrong else not found, (call, found)


def test_a_child_gives_the_same_as_this_process() -> None:
    content = b"def f(a, *, k=1): pass\nf(1, k=2)\nf(*x)\n"
    questions = [
        Question("python", content, (Declared(0, 22, "f", False),), (23, 33)),
        Question("text", b"x", (), (0,)),
    ]
    assert look(questions) == [read(one) for one in questions]
    assert look([]) == []


def test_the_receiver_is_an_argument_where_the_type_is_named() -> None:
    content = b"class T:\n    def f(self, a): pass\nT.f(t, 1)\n"
    answer = read(Question("python", content, (Declared(13, 33, "f", True),), (36,)))
    parameters, arguments = answer.declared[0], answer.calls[0]
    assert parameters is not None
    assert arguments is not None
    assert "at most 1" in misfit("python", parameters, arguments)
    assert misfit("python", parameters, arguments, gives_receiver=True) == ""


def test_a_parser_that_runs_away_is_left_and_what_came_before_is_kept() -> None:
    hostile = Question("java", b"class A { int x = " + b"a=>" * 4000, (), (0,))
    good = Question("python", b"f(1)\n", (), (0,))
    first, second, third = look([good, hostile, good], seconds=2.0)
    assert first == read(good)
    assert second.calls == third.calls == (None,)


def test_depth_is_no_danger() -> None:
    content = b"f(" * 30_000 + b")" * 30_000
    answer = read(Question("python", content, (Declared(0, len(content), "f", False),), (0, 2, 50_000)))
    assert isinstance(answer, Answer)
    assert answer.calls[2] is None
