"""The bodies of functions that define nothing are passed over in languages with braces; what an outline says stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.languages import language_of
from repoagent_indexers.languages.braces import BRACES
from repoagent_indexers.reading import reader
from repoagent_indexers.reading.facts import REFERENCE_KINDS, Facts

SAMPLES = sorted(
    path
    for path in (Path(__file__).parent / "languages").glob("*/*")
    if path.suffix != ".tags" and language_of(path.name, path.read_bytes()) in BRACES
)
FILLED = "run(one, two, three, four); "
"""What stands in a body of the rows below: long enough to be worth it."""

PASSED = [
    ("java", "class A { int f() throws B, C {@} A() {@} static {@} int[] a = {@}; }", True),
    ("java", "class A { void f() { g(new B() { void h() {@} }); } }", True),
    ("java", "enum A { B(1) { int f() {@} }, C; A(int a) {@} }", True),
    ("java", "@Named(A.class) class A { @Named(A.class) void f() { Class<?> a = A.class; @} }", True),
    ("c", "struct a *f(struct a *b) {@}\nint g(void) { struct a *c = h(); @}", True),
    ("c", "#ifdef A\nint f(int a) {\n#else\nint f(void) {\n#endif\n @ }", False),
    ("c", "int f(void) {\n#ifdef A\n if (a) {\n#else\n if (b) {\n#endif\n @ }\n}", True),
    ("c", "static const struct a b[] = {@};", True),
    ("cpp", "template <class T> T f(T a) const noexcept {@}\nA::A() : a(1) {@}", True),
    ("cpp", 'void f() { a = 1\'000; b = R"x(})x"; @}', True),
    ("csharp", "class A { int B { get {@} set {@} } void F<T>(T a) where T : B {@} }", True),
    ("csharp", 'class A { void F() { a = @"\\"; b = $"{c}"; @} }', True),
    ("go", "func (a *A) F(b interface{}) (c, d int) {@}\nvar f = func() {@}", True),
    ("go", "func f() { var a interface{}\n if a {@}\n g(func() {@}) }", True),
    ("rust", "impl<T> A for B<T> { fn f<'a>(b: &'a str) -> impl C where D: E {@} }", True),
    ("rust", 'fn f(a: [u8; 4]) -> Vec<u8> { let b = \'"\'; let c = r#"}"#; @}', True),
    ("php", "<p>it's</p><?php function f(): ?A { g(function () use ($a) {@}); }", True),
    ("php", "<?php function f() { $a = <<<A\n}\nA;\n @}", True),
    ("typescript", "a(() => { b(async (c) => {@}); });\nclass D { e() {@} }", True),
    ("typescript", "function f() { const a = /['\"`{]/; const b = `}${c(`}`)}`; @}", True),
    ("kotlin", "class A(b: Int) { init {@} fun c(): Int {@} }", True),
    ("swift", "class A: B { init(c: Int) {@} func d() -> E? { if f {@} else {@} } }", True),
    ("zig", 'const a = struct { b: u8,\n pub fn c(d: *a) !void {@} };\ntest "e" {@}', True),
]
"""A language, a source in which @ is `FILLED`, and whether all of that must be gone from what is parsed, or none."""

KEPT = [
    ("java", "class A { void f() { class B { int c; } @} void g() { int d; @} }", "B c"),
    ("c", "void f(void) { struct a { int b; } c; @}\nvoid g(void) {\n#define D 1\n @}", "a b D"),
    ("cpp", "void f() { using A = int; @}\nnamespace b { void c() {@} }", "A b"),
    ("cpp", "void f() {\n#if A\n @\n#else\n struct b { int c; };\n#endif\n}", "f b c"),
    ("cpp", "class A { void f() { @ }; int b; };", "f b"),
    ("csharp", "class A { void F() { int G(int a) { @ return a; } int H(int a) => a; @} }", "G H"),
    ("go", "func f() { type a struct{ b int }\n @}", "a b"),
    ("rust", "fn f() { fn g() {@} const H: u8 = 1; @}", "g H"),
    ("php", "<?php use A\\{B, C};\nfunction f() { function g() {@} define('H', 1); @}", "g H"),
    (
        "typescript",
        "f(() => { const a = () => { const b = function () {@}; @}; return { c() {@}, d: () => {@} }; });",
        "a c d",
    ),
    ("typescript", "function f() { const a = `${b({ c: { d: { e: 1 } } })}`; const g = () => 1; @}", "g"),
    ("javascript", "class A { constructor() { this.b = 1; @} c() {@} }", "b"),
    ("swift", "func f() { struct A { func b() {@} }\n @ }", "A b"),
    ("zig", "fn f() void { const a = struct { b: u8 }; @ }", "a b"),
    ("kotlin", "fun f() { val a = object : B { override fun c() {@} }\n @}", "c"),
]
"""A language, a source, and names that it defines inside of bodies."""

USED = [
    (
        "java",
        "Foo foo = new Foo(a); foo.bar(Baz.class); List<Qux> q;",
        "type Foo, call Foo, call bar, type Baz, type List",
    ),
    (
        "c",
        "struct foo *a = make((bar_t *)b); if (a->c & FLAG) run();",
        "type foo, call make, type bar_t, use FLAG, call run",
    ),
    (
        "cpp",
        "std::vector<Foo> a; const Bar &b = Baz::make<Foo>(a);",
        "type vector, type Foo, type Bar, call make, type Foo",
    ),
    ("csharp", "var a = new Foo { B = 1 }; if (a is Bar) Run(typeof(Baz));", "call Foo, type Bar, call Run, type Baz"),
    ("csharp", "Foo? a = (Bar?)b; Run(a ?? c, d);", "type Foo, type Bar, call Run"),
    ("java", "List<A> a = b.map(Foo::new).toList();", "call map, call Foo, call toList"),
    ("typescript", "const a = b.foo<{ c: string; d: E }>(1);", "call foo"),
    ("rust", "let a = b::str(c, d, e);", "call str"),
    ("typescript", "a?.foo?.(b); const c = d ? e : f;", "call foo"),
    ("go", "a := &Foo{}; b := c.(*Bar); d(make([]Baz, 1))", "type Foo, call d, call make, type Baz"),
    ("rust", 'let a = Foo { b }; println!("{}", Bar::new::<Baz>(a));', "type Foo, call println, call new, type Baz"),
    ("php", "$a = new Foo($b); $a->bar(); Baz::qux();", "call Foo, call bar, type Baz, call qux"),
    ("typescript", "const a: Foo = new Bar<Baz>(b); return c.get(a);", "type Foo, call Bar, type Baz, call get"),
    ("tsx", "return <Foo bar={1}/>;", "call Foo"),
    ("typescript", "return `a ${foo(b)} ${c.map((d) => `${bar(d)}`)}`;", "call foo, call map, call bar"),
    ("csharp", 'return $"a {Foo.Bar(b)} {{c}}" + $@"d {Baz(1)}";', "call Bar, call Baz"),
    ("kotlin", 'return "a ${foo(b)} " + """c ${bar { d }}"""', "call foo, call bar"),
    ("swift", 'return "a \\(foo(b)) \\(c.bar())"', "call foo, call bar"),
    ("php", '$a = "b {$c->foo(1)}"; return bar($a, 1, 2);', "call foo, call bar"),
    ("kotlin", "val a: Foo = Bar(b); run { a.go() }", "type Foo, call Bar, call run, call go"),
    ("swift", "let a: Foo = Bar(b); switch c { default: a.go() }", "type Foo, call Bar, call go"),
    ("zig", "const a: Foo = b(c); _ = @max(a.go(), 1);", "type Foo, call b, call go"),
]
"""A language, what stands in a function of it, and what that refers to."""
FUNCTIONS = {
    "java": "class A {{ void f() {{ {} }} }}",
    "csharp": "class A {{ void F() {{ {} }} }}",
    "go": "func f() {{ {} }}",
    "rust": "fn f() {{ {} }}",
    "php": "<?php function f() {{ {} }}",
    "typescript": "function f() {{ {} }}",
    "tsx": "function f() {{ {} }}",
    "kotlin": "fun f() {{ {} }}",
    "swift": "func f() {{ {} }}",
    "zig": "fn f() void {{ {} }}",
}


def said(language: str, content: bytes, skim: bool) -> Facts:
    page = reader.page([(language, content, "")], known := reader.Known(), skim)
    [reading], _ = reader.read(page, [page.outline(0)], known)
    return Facts.from_bytes(reading.facts)


def outline(facts: Facts) -> tuple[list[int], list[str], list[int]]:
    names = [facts.qualified_name(n) + " " + facts.strings[facts.symbols[12 * n + 3]] for n in range(facts.n_symbols)]
    return facts.symbols[6::12] + facts.symbols[7::12] + facts.symbols[10::12], names, facts.imports[3::4]


@pytest.mark.parametrize(("language", "source", "is_gone"), PASSED)
def test_bodies_that_define_nothing_are_passed_over(language: str, source: str, is_gone: bool) -> None:
    content = source.replace('@"', "\0").replace("@Named", "\1").replace("@", FILLED)
    content = content.replace("\0", '@"').replace("\1", "@Named")
    page = reader.page([("markdown", b"{" * 9, ""), (language, content.encode(), "")], reader.Known(), skim=True)
    read = page.passed[1].content.decode() if 1 in page.passed else content
    assert len(read) == len(content)
    assert read.count(FILLED) == (0 if is_gone else content.count(FILLED))
    assert outline(said(language, content.encode(), True)) == outline(said(language, content.encode(), False))


@pytest.mark.parametrize(("language", "source", "names"), KEPT)
def test_what_bodies_define_is_kept(language: str, source: str, names: str) -> None:
    content = source.replace("@", FILLED).encode()
    skimmed = said(language, content, True)
    assert outline(skimmed) == outline(said(language, content, False))
    assert set(names.split()) <= {skimmed.symbol_name(n) for n in range(skimmed.n_symbols)}


@pytest.mark.parametrize(("language", "source", "wanted"), USED)
def test_references_in_bodies_are_told_by_the_words_around_them(language: str, source: str, wanted: str) -> None:
    content = FUNCTIONS.get(language, "void f() {{ {} }}").format(source).encode()
    assert reader.page([(language, content, "")], reader.Known(), skim=True).passed
    facts = said(language, content, True)
    rows = facts.references
    found = {(REFERENCE_KINDS[rows[at]], facts.strings[rows[at + 1]]) for at in range(0, len(rows), 6)}
    assert {tuple(one.split()) for one in wanted.split(", ")} <= found
    assert all(
        content[rows[at + 4] :].startswith(facts.strings[rows[at + 1]].encode()) for at in range(0, len(rows), 6)
    )
    assert rows[4::6] == sorted(rows[4::6])


@pytest.mark.parametrize("path", SAMPLES, ids=[path.name for path in SAMPLES])
def test_outlines_of_the_samples_are_the_same(path: Path) -> None:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    language = language_of(path.name, content)
    assert outline(said(language, content, True)) == outline(said(language, content, False))


@given(st.sampled_from(SAMPLES), st.integers(0, 4000), st.binary(max_size=8))
def test_any_bytes_can_be_read(path: Path, place: int, put: bytes) -> None:
    content = path.read_bytes()
    broken = (content[:place] + put + content[place + len(put) :]).decode("utf-8", "replace").encode()
    language = language_of(path.name, content)
    page = reader.page([(language, broken, "")], reader.Known(), skim=True)
    for passed in page.passed.values():
        assert len(passed.content) == len(broken)
    said(language, broken, True)
