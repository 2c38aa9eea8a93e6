"""What the tags queries say about sample files, one folder a language, and what must hold for any file at all.

Each sample has a golden file beside it, `NAME.tags`: symbols, then references, then imports, one a line. Run with
`--update-golden` to write them anew, and read the difference before you commit it.
"""

from __future__ import annotations

from bisect import bisect_right
from difflib import unified_diff
from pathlib import Path

import pytest

from repoagent_indexers.languages import language_of
from repoagent_indexers.languages.blanks import blanked
from repoagent_indexers.reading.facts import SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.parse import extract, parse
from repoagent_indexers.source import Parsed

SAMPLES = Path(__file__).parent / "languages"
LANGUAGES = ("c", "cpp", "csharp", "go", "java", "kotlin", "php", "rust", "scala", "swift")
FILES = [
    pytest.param(language, path, id=f"{language}/{path.name}")
    for language in LANGUAGES
    for path in sorted((SAMPLES / language).iterdir())
    if path.suffix != ".tags"
]


@pytest.mark.parametrize(("language", "path"), FILES)
def test_outline_is_as_the_golden_file_says(language: str, path: Path, request: pytest.FixtureRequest) -> None:
    golden = path.with_name(f"{path.name}.tags")
    outline = described(parse(path.name, language, path.read_bytes()))
    if request.config.getoption("--update-golden", default=False):
        golden.write_text(outline, "utf-8", newline="\n")
    wanted = golden.read_text("utf-8")
    if outline != wanted:  # pytest's own comparison of two long texts takes minutes and gigabytes
        pytest.fail("\n".join(unified_diff(wanted.splitlines(), outline.splitlines(), "golden", "now", lineterm="")))


@pytest.mark.parametrize(("language", "path"), FILES)
def test_file_is_known_by_its_name_and_content(language: str, path: Path) -> None:
    assert language_of(path.name, path.read_bytes()) == language


@pytest.mark.parametrize(("language", "path"), FILES)
def test_outline_holds_together(language: str, path: Path) -> None:
    check(extract(language, path.read_bytes()), path.read_bytes())


@pytest.mark.parametrize(("language", "path"), FILES)
def test_outline_of_a_broken_file_holds_together(language: str, path: Path) -> None:
    content = path.read_bytes()
    for part in range(1, 12):
        cut = len(content) * part // 12
        for broken in (content[:cut], content[cut:], content[:cut] + b"}{)(" + content[cut:]):
            check(extract(language, broken), broken)


@pytest.mark.parametrize(("language", "path"), FILES)
def test_bytes_that_are_no_text_do_not_matter(language: str, path: Path) -> None:
    content = b"// caf\xe9 \xff\xc3\n" + path.read_bytes()
    facts = extract(language, content)
    check(facts, content)
    assert facts.n_symbols == extract(language, path.read_bytes()).n_symbols


@pytest.mark.parametrize(("language", "path"), FILES)
def test_line_ends_do_not_change_the_outline(language: str, path: Path) -> None:
    plain = path.read_bytes().replace(b"\r\n", b"\n")
    with_returns = plain.replace(b"\n", b"\r\n")
    assert described(parse("x", language, plain)) == described(parse("x", language, with_returns))


@pytest.mark.parametrize("language", LANGUAGES)
def test_empty_file_says_nothing(language: str) -> None:
    for content in (b"", b"\n\n", b"\xef\xbb\xbf"):
        assert parse("x", language, content) == Parsed()


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("cpp", "class EXPORT_API A : B {", "class            A : B {"),
        ("cpp", "struct ALIGNED(8) A {", "struct            A {"),
        ("cpp", "class EXPORT ALIGNED(8) A {", "class                   A {"),
        ("cpp", '\nABSL_FLAG(int, size, 8, "x");', '\nABSL_FLAG(0  , size, 8, "x");'),
        ("cpp", "\n T_ALL(Set<>, unsigned char, const A*, f(a));", "\n T_ALL(Set  , 0            , 0       , f(a));"),
        ("cpp", "\n  SIZE_OF(sizeof(int), a);", "\n  SIZE_OF(sizeof(int), a);"),
        ("cpp", "\n  PCRE(int, bool);", "\n  PCRE(int, bool);"),
        ("typescript", "{\n  (): B<C> // one\n  <T extends A>(): C", "{\n  (): B<C> // one\n ;<T extends A>(): C"),
        ("typescript", "const a =\n  <T extends A>(b: T) => b", "const a =\n  <T extends A>(b: T) => b"),
        ("cpp", "enum class Colour { RED };", "enum class Colour { RED };"),
        ("c", "\nUV_EXTERN int run(void);", "\n          int run(void);"),
        ("c", "\nUV_EXTERN const char *\nname(void);", "\n          const char *\nname(void);"),
        ("c", "\nDWORD flags = 3;", "\nDWORD flags = 3;"),
        ("c", ";\nBEGIN_DECLS\nint a;", ";\n           \nint a;"),
        ("c", "enum {\n  FIRST,\n  LAST\n};", "enum {\n  FIRST,\n  LAST\n};"),
        ("c", "typedef enum a\n{\n  ONLY_ONE\n} a;", "typedef enum a\n{\n  ONLY_ONE\n} a;"),
        ("c", "enum {\n  FIRST, /* one */\n  LAST\n};", "enum {\n  FIRST, /* one */\n  LAST\n};"),
        ("c", "struct a {\n  COMMON_FIELDS\n  MORE_FIELDS\n};", "struct a {\n               \n             \n};"),
        ("c", "typedef BOOL (WINAPI *call)(int);", "typedef BOOL (       *call)(int);"),
        ("c", "\nTEST_IMPL(rename) {", "\nvoid      rename(){"),
        ("c", "\nTEST_CASE(rename, 3) {", "\nvoid      rename( 3) {"),
        ("cpp", "\nTEST(Rename, twice) {", "\nTEST(Rename, twice) {"),
        ("cpp", "int run() const LOCKS(mutex_);", "int run() const              ;"),
        ("cpp", "  if (done) RETURN_NOW;", "  if (done) RETURN_NOW;"),
        ("cpp", "class A : B {\n  Q_OBJECT\n public:", "class A : B {\n          \n public:"),
        ("c", '\n#ifdef __cplusplus\nextern "C" {\n#endif', f"\n{' ' * 18}\n{' ' * 12}\n{' ' * 6}"),
        ("c", "\n#if A\nif (a) {\n#else\nif (b) {\n#endif\n}", f"\n     \nif (a) {{\n     \n{' ' * 8}\n      \n}}"),
        ("c", "\n#if A\nint a;\n#else\nint b;\n#endif", "\n#if A\nint a;\n#else\nint b;\n#endif"),
        ("c", "f(a,\n#if B\nb,\n#endif\nc);", "f(a,\n     \nb,\n      \nc);"),
        ("c", "#define A \\\n  /* one */ \\\n  1", "#define A \\\n            \\\n  1"),
        (
            "c",
            "#define api\n#define pure inline /* x */\napi pure int f();",
            f"#define api\n#define pure inline /* x */\n{' ' * 9}int f();",
        ),
        ("c", "#define two 2\nint a = two;", "#define two 2\nint a = two;"),
        ("java", "\nTEST_IMPL(rename) {", "\nTEST_IMPL(rename) {"),
        ("cpp", ";\nOPEN_NAMESPACE // of ours\nint a;", f";\n{' ' * 14} // of ours\nint a;"),
        ("cpp", "}\nCLOSE_NAMESPACE\n", "}\n               \n"),
        ("cpp", "\nINLINE_IF a::a(int b)", "\n          a::a(int b)"),
        ("cpp", "struct a {\n  explicit CONSTEXPR a(int b);", "struct a {\n  explicit           a(int b);"),
        ("cpp", "struct a {\n  BOOL get(int b);", "struct a {\n  BOOL get(int b);"),
        ("cpp", "\nvoid INLINE_IF a<b>::c(int d) {", "\nvoid           a<b>::c(int d) {"),
        ("cpp", "\n  return MAKE_A new_a(1);", "\n  return MAKE_A new_a(1);"),
        ("c", "\nstatic int CALLBACK run(void) {", "\nstatic int          run(void) {"),
        ("cpp", "\n  int a GUARDED_BY(lock);", "\n  int a                 ;"),
        ("cpp", "\n  int a = MAX_OF(b);", "\n  int a = MAX_OF(b);"),
        ("cpp", "\n  return MAX_OF(b);", "\n  return MAX_OF(b);"),
        ("cpp", "template <class T, ENABLE_IF((is<T>()))>", "template <class T, int                 >"),
        ("cpp", "template <class T> INLINE_IF T run(", "template <class T>           T run("),
        ("cpp", "\n  ENABLE_IF((is<T>), (int)) run(T a)", "\n  void                      run(T a)"),
        ("cpp", "\n  PRIVATE_BUT_IN_TESTS:\n", f"\n  {' ' * 21}\n"),
        ("cpp", "\n  public Q_SLOTS:\n", "\n  public        :\n"),
        ("cpp", "private:\n  NON_NULL(2)\n  a(int b);", f"private:\n  {' ' * 11}\n  a(int b);"),
        ("cpp", "a(int b) NOEXCEPT // why\n  : c(b) {}", "a(int b)          // why\n  : c(b) {}"),
        (
            "cpp",
            "template <class T>\n#if A\n  constexpr\n#endif\n  auto a();",
            "template <class T>\n     \n  constexpr\n      \n  auto a();",
        ),
        ("cpp", "a(typename B::c(d));", "a(         B::c(d));"),
        ("cpp", "template <class T = typename A::b>", "template <class T = typename A::b>"),
        ("c", "\nUNUSED(static int a(b* c)) {", "\n       static int a(b* c)  {"),
        ("c", "\nUNUSED(a(b)) {", "\nUNUSED(a(b)) {"),
        ("cpp", "\nTEST_F(A, SUFFIXED(B)) {", "\nTEST_F(A,          B ) {"),
        ("cpp", ";\n  TRY_ALL {\n    a();", ";\n          {\n    a();"),
        ("c", "\nstatic HANDLE a(int b) {", "\nstatic HANDLE a(int b) {"),
        ("c", "\nstatic DWORD WINAPI a(int b) {", "\nstatic       WINAPI a(int b) {"),
        ("cpp", "int __stdcall a();", "int           a();"),
        (
            "csharp",
            "\nif (a) {}\n#if B\nelse if (c) {}\n#endif\nelse {}",
            "\nif (a) {}\n     \nelse if (c) {}\n      \nelse {}",
        ),
        ("cpp", "void a(b c = {});", "void a(b c     );"),
        ("cpp", "a = b->operator[](c);", "a = b            (c);"),
        ("cpp", "\n#if __has_include(<a>)\n", "\n#if 1                 \n"),
        ("cpp", "if (a.has_b(<c>)) {", "if (a.has_b(<c>)) {"),
        ("cpp", "  RJ_STATIC_ASSERT(a);", "     static_assert(a);"),
        ("cpp", '\nTEST_CASE("a, b", "[c]") {', "\nTEST_CASE( a__b        ) {"),
        ("cpp", '\nTEST_CASE_METHOD(A, "b") {', "\nTEST_CASE_METHOD(A,  b ) {"),
        (
            "cpp",
            "\n#if A\na(int b)\n#else\na(char b)\n#endif\n  : c(b) {}",
            f"\n     \na(int b)\n     \n{' ' * 9}\n      \n  : c(b) {{}}",
        ),
        ("cpp", "// of f()\nTEST_F(A, B) {", "// of f()\nTEST_F(A, B) {"),
        ("cpp", " * of f()\n */\nTEST_F(A, B) {", " * of f()\n */\nTEST_F(A, B) {"),
        ("cpp", "A::~A() NOEXCEPT = default;", "A::~A()          = default;"),
        (
            "cpp",
            "template <class T> NODISCARD INLINE a<T> b(T c) {",
            "template <class T>                  a<T> b(T c) {",
        ),
        ("cpp", "\nEXPORT std::map<a, b>*& c();", "\n       std::map<a, b>*& c();"),
        ("cpp", "class A FINAL_CLASS : B {", "class A             : B {"),
        ("cpp", "enum A UNDERLYING_TYPE {", "enum A                 {"),
        ("c", "int a(int b) FORMAT_PRINTF(1, 2);", "int a(int b)                    ;"),
        ("c", "\nstatic DWORD\na(int b)\n{", "\nstatic DWORD\na(int b)\n{"),
        ("c", "\nEXPORT_IT int CALLING\na(int b)\n{", "\n          int        \na(int b)\n{"),
        ("c", "\nstatic const int PREFIXED(a)[] = {", "\nstatic const int          a [] = {"),
        ("c", "\ntypedef int CALLBACK(a)(int b);", "\ntypedef int         (a)(int b);"),
        ("c", "\nstatic char a[] = STRING_b STRING_c\n STRING_d;", "\nstatic char a[] =                  \n STRING_d;"),
        ("c", "\nint HIDDEN a = 1;", "\nint        a = 1;"),
        ("c", "\nstatic volatile LONG a = 1;", "\nstatic volatile LONG a = 1;"),
        ("c", "\nstruct LIST a;", "\nstruct LIST a;"),
        (
            "cpp",
            '\n#if A\nint a() { b("{"); }\n#else\nint c() {}\n#endif',
            '\n#if A\nint a() { b("{"); }\n#else\nint c() {}\n#endif',
        ),
        ("c", "\n#if A \\\n  || B\n#endif\nBEGIN_DECLS\nint a;", f"\n#if A \\\n  || B\n#endif\n{' ' * 11}\nint a;"),
        (
            "csharp",
            "\n  A B(C c)\n#if F\n  => d;\n#else\n  ;\n#endif\n",
            "\n  A B(C c)\n     \n  => d;\n     \n   \n      \n",
        ),
        (
            "csharp",
            "\n  A B(C c)\n#if F\n  { d(); }\n#else\n  ;\n#endif\n",
            "\n  A B(C c)\n     \n  { d(); }\n     \n   \n      \n",
        ),
        ("csharp", "\n#if F\n  [G]\n  [H(1)]\n#endif\n  A b;", "\n     \n  [G]\n  [H(1)]\n      \n  A b;"),
        (
            "csharp",
            "\n  A b =>\n#if F\n    c;\n#else\n    d;\n#endif\n",
            "\n  A b =>\n     \n    c;\n     \n      \n      \n",
        ),
        ("c", "\nint a;\nPURE SIZED(1, 2)\nvoid *b(int);\n", f"\nint a;\n{' ' * 16}\nvoid *b(int);\n"),
        ("c", "\nint a;\nSIZED(1) PURE WARM\nvoid *b(int);\n", f"\nint a;\n{' ' * 18}\nvoid *b(int);\n"),
        ("c", "\nenum a {\n  BBB CCC\n};\n", "\nenum a {\n  BBB CCC\n};\n"),
        ("c", "\ntypedef PURE SIZED(1, 2) int (*a)(int);", f"\ntypedef {' ' * 16} int (*a)(int);"),
        ("c", "\nstatic CONST double\nabc[] = { 1 };", "\nstatic       double\nabc[] = { 1 };"),
        (
            "csharp",
            "\n  a switch {\n#if F\n  B => c,\n#endif\n  _ => d\n};",
            "\n  a switch {\n     \n  B => c,\n      \n  _ => d\n};",
        ),
        ("csharp", "\n  a:\n#if F\n  case B:\n#endif\n  c();", "\n  a:\n     \n  case B:\n      \n  c();"),
        (
            "csharp",
            '\n  [A("b = c")]\n#if F\n  D e() => f;\n#else\n  D e() => g;\n#endif',
            f'\n  [A("b = c")]\n     \n  D e() => f;\n     \n{" " * 13}\n      ',
        ),
        ("csharp", "\npublic\n#if F\n  async\n#endif\n  A b()", "\npublic\n     \n  async\n      \n  A b()"),
        ("csharp", "class A\n#if F\n  , B\n#endif\n{", "class A\n     \n  , B\n      \n{"),
        ("csharp", "enum A {\n#if F\n  B = 1,\n#endif\n}", "enum A {\n#if F\n  B = 1,\n#endif\n}"),
        ("csharp", "internal ref partial struct A {}", "internal     partial struct A {}"),
        (
            "csharp",
            "\n  extension<T>(List<T> list) where T : new()\n  {\n    int a() { return '}'; }\n  }\n",
            f"\n  {' ' * 42}\n   \n    int a() {{ return '}}'; }}\n   \n",
        ),
        ("csharp", "\n  extension(A a) { // never closed", "\n  extension(A a) { // never closed"),
        ("c", "\n  if (a\n#ifdef F\n  && b\n#endif\n  ) c();", "\n  if (a\n        \n  && b\n      \n  ) c();"),
        (
            "c",
            "\n#ifdef F\n  if (a)\n#else\n  if (b)\n#endif\n    c();",
            "\n        \n  if (a)\n     \n        \n      \n    c();",
        ),
        ("c", "\nint a(b)\n#ifdef F\n{ }\n#else\n;\n#endif\n", "\nint a(b)\n        \n{ }\n     \n \n      \n"),
        (
            "c",
            "\n#ifdef F\n#define A() \\\n  do { \\\n  } while (0)\n#else\n#define A()\n#endif\n",
            "\n#ifdef F\n#define A() \\\n  do { \\\n  } while (0)\n#else\n#define A()\n#endif\n",
        ),
        ("c", "\n#define A(b)\n#ifdef F\n{ }\n#endif\n", "\n#define A(b)\n#ifdef F\n{ }\n#endif\n"),
        (
            "c",
            "\nstatic void fmtlike(3, 4)\nlog(char *a, ...)\n{ }",
            "\nstatic void              \nlog(char *a, ...)\n{ }",
        ),
        ("c", "\n  a(1, 2);\n  b(1, 2) + c(d);", "\n  a(1, 2);\n  b(1, 2) + c(d);"),
        ("kotlin", "class A\n  private constructor(b: B)", "class A   private constructor(b: B)"),
        ("kotlin", "class A {\n  private constructor(b: B)", "class A {\n  private constructor(b: B)"),
        ("kotlin", "class A(actual val b: B)", "class A(       val b: B)"),
        ("kotlin", "val a\n  @Odd(1) // so\n  get() = 1", "val a\n               \n  get() = 1"),
        ("kotlin", "when (a) {\n  is B if a.c -> d\n  else -> e\n}", "when (a) {\n  is B        -> d\n  else -> e\n}"),
        ("kotlin", 'val a = $$"b $c"', 'val a =   "b  c"'),
        ("kotlin", "context(_: Log)\nfun a() {}", "               \nfun a() {}"),
        ("kotlin", "val a = suspend { 1 }\nsuspend fun b() {}", "val a =         { 1 }\nsuspend fun b() {}"),
        ("kotlin", "a(b get c)\nval d get() = 1", "a(b   + c)\nval d get() = 1"),
        ("kotlin", "where?.a()\nfun <T> b() where T : C {}", "wher_?.a()\nfun <T> b() where T : C {}"),
        (
            "kotlin",
            "a(B::class) { val c = 1 }\nenum class D { E, F }\n",
            "a(B::class) { val c = 1 }\nenum class D { E, F }\n",
        ),
    ],
)
def test_what_no_grammar_can_read_is_blanked_out(language: str, before: str, after: str) -> None:
    assert blanked(language, before.encode()).decode() == after


@pytest.mark.parametrize(
    ("language", "source", "wanted"),
    [
        ("cpp", "inline A::operator bool() const { return true; }", ["A::operator bool"]),
        ("cpp", "inline const A (&values())[4] { return a; }", ["values"]),
        ("c", "static char *names[4][6] = { 0 };", ["names"]),
        ("c", "extern const char *(*name)(int a);", ["name"]),
        ("cpp", "template <class T, b<a<T>::c >= 2, d> = e>\ninline std::string f(T &&g);", ["f"]),
        ("kotlin", "class A\ninternal constructor(\n  val b: B,\n) : C {\n  fun d() {}\n}", ["A", "A.b", "A.d"]),
        ("kotlin", 'class A {\n  @B($$"${c}") val d = 1\n  fun e() {}\n}', ["A", "A.d", "A.e"]),
        (
            "kotlin",
            "interface A { val b: C }\nclass D { fun e() = 1 }\nobject F { val g = 1 }\n",
            ["A", "A.b", "D", "D.e", "F", "F.g"],
        ),
        ("typescript", "type A = { b: C } | { d: E }", ["A", "A.b", "A.d"]),
        ("typescript", "it(() => { type A = { b: C } | { d: E }; f<{ g: H } | null>() })", ["A"]),
    ],
)
def test_names_that_are_written_in_odd_ways(language: str, source: str, wanted: list[str]) -> None:
    assert [symbol.qualified_name for symbol in parse("x", language, source.encode()).symbols] == wanted


def test_functions_of_bash_behind_one_that_the_grammar_cannot_read() -> None:
    source = b"""
first() {
  locked a && rc=$? || rc=$?; return $rc
  [[ -n "$a" ]] && { echo; }
  echo "${a:$b:1}" "${@:$(( $c + 1 ))}"
  can && { lock a; return 0; }
}

second() {
  first
}

function third {
  inner() {
    first
  }
}
"""
    found = parse("x.sh", "bash", source)
    assert [(each.name, each.span.start_line, each.span.end_line) for each in found.symbols] == [
        ("first", 2, 7), ("second", 9, 11), ("third", 13, 17), ("inner", 14, 16),
    ]  # fmt: skip


def test_signatures_without_semicolons() -> None:
    source = b"interface A {\n  (): B<C>\n\n  // more\n  <T extends A>(a: T): B<T>\n}\nexport type B<T> = T\n"
    assert [symbol.name for symbol in parse("x.ts", "typescript", source).symbols] == ["A", "B"]


@pytest.mark.parametrize(
    ("language", "head", "function", "end"),
    [
        ("python", "class A:", "    def NAME(self): pass", ""),
        ("java", "class A {", "  int NAME() { return 1; }", "}"),
        ("typescript", "class A {", "  NAME() { return 1; }", "}"),
        ("cpp", "class A {", "  int NAME() { return 1; }", "};"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_both_sides_of_a_conflict_are_read(language: str, head: str, function: str, end: str, line_end: str) -> None:
    ours, base, theirs, kept = (function.replace("NAME", name) for name in ("ours", "base", "theirs", "kept"))
    marks = ("<<<<<<< HEAD", "||||||| 1a2b", "=======", ">>>>>>> branch")
    lines = [head, marks[0], ours, marks[1], base, marks[2], theirs, marks[3], kept, end, ""]
    found = parse("a", language, line_end.join(lines).encode())
    assert [symbol.name for symbol in found.symbols] == ["A", "ours", "base", "theirs", "kept"]
    assert found.symbols[-1].span.start_line == 9
    assert not found.errors


@pytest.mark.parametrize(
    ("content", "language"),
    [
        ("#include <stdio.h>\nint main(void);\n", "c"),
        ("/* This class of functions\n * uses no std::string. */\nint a;\n", "c"),
        ("// class A\nstruct a { int class_; };\n", "c"),
        ("namespace a {\n}\n", "cpp"),
        ("class A;\n", "cpp"),
        ("class A : public B {\n};\n", "cpp"),
        ("template<typename T>\nT f();\n", "cpp"),
        ("  std::string name;\n", "cpp"),
        ("struct A {\n public:\n  int a;\n};\n", "cpp"),
    ],
)
def test_header_is_c_unless_it_shows_cpp(content: str, language: str) -> None:
    assert language_of("a/b.h", content.encode()) == language


def described(parsed: Parsed) -> str:
    """What one file says, for a person to read."""
    lines = []
    for symbol in parsed.symbols:
        place = f"{symbol.span.start_line}-{symbol.span.end_line}"
        doc = symbol.doc.partition("\n")[0]
        lines.append(f"{symbol.kind} {symbol.qualified_name} {place} | {symbol.signature} | {doc}".rstrip())
    lines.append("")
    lines += [f"ref {one.kind} {one.qualifier or '-'} {one.name} {one.line}" for one in parsed.references]
    lines.append("")
    lines += [f"import {one.module or '-'} {one.name or '-'} {one.alias or '-'} {one.line}" for one in parsed.imports]
    lines += [f"error {line}" for line in parsed.errors]
    return "\n".join(lines) + "\n"


def check(facts: Facts, content: bytes) -> None:
    """Whatever is in a file: spans lie inside it, parents enclose their children, names stand where they should."""
    line_starts = [0, *(place + 1 for place, byte in enumerate(content) if byte == 10)]
    assert Facts.from_bytes(facts.to_bytes()) == facts
    last_start = 0
    for index, symbol in enumerate(facts.parsed("x").symbols):
        span = symbol.span
        assert last_start <= span.start_byte < span.end_byte <= len(content)
        last_start = span.start_byte
        assert span.start_line == bisect_right(line_starts, span.start_byte)
        assert span.end_line == bisect_right(line_starts, span.end_byte - 1)
        name_byte = facts.symbols[index * SYMBOL_WIDTH + 10]
        assert span.start_byte <= name_byte < span.end_byte
        assert symbol.name
        assert "\n" not in symbol.signature
        if symbol.name not in {"Companion"} and "\ufffd" not in symbol.name and " " not in symbol.name:
            assert content.startswith(symbol.name.encode(), name_byte)
        if symbol.parent is not None:
            around = facts.symbol(symbol.parent, "x").span
            assert symbol.parent < index
            assert around.start_byte <= span.start_byte
            assert span.end_byte <= around.end_byte
    for reference in facts.parsed("x").references:
        assert reference.line == bisect_right(line_starts, reference.start_byte)
        if "\ufffd" not in reference.name:
            assert content.startswith(reference.name.encode(), reference.start_byte)
        if reference.symbol is not None:
            around = facts.symbol(reference.symbol, "x").span
            assert around.start_byte <= reference.start_byte < around.end_byte


@pytest.mark.parametrize(
    "piece", [b'\nTEST_CASE("a"', b"template <a, ", b"\nMAC(a", b"\n#if A\n", b"(typename a::", b"MAC "]
)
def test_looking_for_macros_keeps_every_byte_in_its_place(piece: bytes) -> None:
    content = piece * 3000
    for language in ("c", "cpp", "csharp"):
        blank = blanked(language, content)
        assert len(blank) == len(content)
        assert [at for at, byte in enumerate(blank) if byte == 10] == [at for at, b in enumerate(content) if b == 10]


def test_tags_of_csharp_documentation_leave_what_they_are_about() -> None:
    documentation = """
        /// <summary>Bakes with <see cref="Oven"/>.</summary>
        /// <param name="loaf">What is baked in <paramref name="oven"/>.</param>
        /// <exception cref="Burnt">Too late.</exception>
        /// <returns>Bread.</returns>
        void Bake(Loaf loaf) {}"""
    symbol = extract("csharp", f"class Bakery {{{documentation}\n}}".encode()).symbol(1, "Bakery.cs")
    assert symbol.doc.splitlines() == [
        "Bakes with Oven.",
        "loaf: What is baked in oven.",
        "Burnt: Too late.",
        "Bread.",
    ]


def test_functions_of_c_whose_names_a_macro_makes() -> None:
    source = b"""
#define step(n) static int run_##n(int a)
#define twice(n) (2 * (n))
step(first) {
    return 1;
}

static int second(int a) __my_attribute__ ((unused));
void third(const char *f, ...)
    __my_attribute__ ((format (printf, 1, 2)));
"""
    found = parse("x.c", "c", source)
    assert [(each.kind, each.name, each.span.start_line) for each in found.symbols] == [
        ("macro", "step", 2), ("macro", "twice", 3), ("function", "first", 4), ("function", "second", 8),
        ("function", "third", 9),
    ]  # fmt: skip
