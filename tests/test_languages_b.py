"""What the tags queries of the scripting and functional languages say, and Python's against the `ast` module.

The golden files are those of test_languages_a: `--update-golden` writes them anew.
"""

from __future__ import annotations

import ast
import re
import sysconfig
import unicodedata
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_languages_a import check, described

from repoagent_indexers.languages import language_of
from repoagent_indexers.languages.blanks import blanked
from repoagent_indexers.reading.documentation import MAX_DOC
from repoagent_indexers.reading.parse import extract, parse
from repoagent_indexers.source import Parsed

SAMPLES = Path(__file__).parent / "languages"
LANGUAGES = ("python", "typescript", "tsx", "javascript", "bash", "ruby", "lua", "elixir", "haskell", "zig")
FILES = [
    pytest.param(language, path, id=f"{language}/{path.name}")
    for language in LANGUAGES
    for path in sorted((SAMPLES / language).iterdir())
    if path.suffix != ".tags"
]
STANDARD_LIBRARY = Path(sysconfig.get_paths()["stdlib"])


def test_documentation_begins_where_a_long_comment_does() -> None:
    comment = "# What migrations are.\n#\n" + "".join(f"# Line {n} of a long text.\n" for n in range(500))
    (symbol,) = parse("migration.rb", "ruby", f"{comment}class Migration\nend\n".encode()).symbols
    assert symbol.doc.startswith("What migrations are.\n\nLine 0 of a long text.")
    assert len(symbol.doc) <= MAX_DOC


@pytest.mark.parametrize(("language", "path"), FILES)
def test_outline_is_as_the_golden_file_says(language: str, path: Path, request: pytest.FixtureRequest) -> None:
    golden = path.with_name(f"{path.name}.tags")
    outline = described(parse(path.name, language, path.read_bytes()))
    if request.config.getoption("--update-golden", default=False):
        golden.write_text(outline, "utf-8", newline="\n")
    assert outline == golden.read_text("utf-8")


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
        for broken in (content[:cut], content[cut:], content[:cut] + b"\xff\x00}{)(\xc3" + content[cut:]):
            check(extract(language, broken), broken)


@pytest.mark.parametrize(("language", "path"), FILES)
def test_line_ends_do_not_change_the_outline(language: str, path: Path) -> None:
    plain = path.read_bytes().replace(b"\r\n", b"\n")
    with_returns = plain.replace(b"\n", b"\r\n")
    assert described(parse("x", language, plain)) == described(parse("x", language, with_returns))


@pytest.mark.parametrize("language", LANGUAGES)
def test_empty_file_says_nothing(language: str) -> None:
    for content in (b"", b"\n\n"):
        assert parse("x", language, content) == Parsed()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(LANGUAGES), st.binary(max_size=200))
def test_any_bytes_are_read(language: str, content: bytes) -> None:
    check(extract(language, content), content)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(FILES), st.data())
def test_shuffled_lines_are_read(file: object, data: st.DataObject) -> None:
    language, path = file.values
    lines = path.read_bytes().splitlines(keepends=True)
    content = b"".join(data.draw(st.permutations(lines[:40])))
    check(extract(language, content), content)


def test_a_dot_may_end_a_line_inside_brackets() -> None:
    content = b"class A:\n    def f(self):\n        return (self.\n    items.\n  first)\n\n    def g(self): pass\n"
    compare(definitions_by_us(content), definitions_by_ast(content))
    assert parse("x", "python", content).errors == ()


# -- Python against the ast module ------------------------------------------------------------------------------


def _sample_of_the_standard_library() -> list[Path]:
    modules = [path for path in STANDARD_LIBRARY.rglob("*.py") if "site-packages" not in path.parts]
    small = sorted(path for path in modules if path.stat().st_size < 40_000)
    return small[:: max(1, len(small) // 150)]


@pytest.mark.parametrize("path", _sample_of_the_standard_library(), ids=lambda path: path.name)
def test_functions_and_classes_are_those_of_ast(path: Path) -> None:
    content = path.read_bytes()
    try:
        expected = definitions_by_ast(content)
    except (SyntaxError, ValueError):
        pytest.skip("not a module for this Python: a test of its own errors")
    compare(definitions_by_us(content), expected)


def test_functions_and_classes_of_the_sample_are_those_of_ast() -> None:
    content = (SAMPLES / "python" / "ledger.py").read_bytes()
    content = content.replace(b"type Table[K] =", b"Table =")  # not for Pythons before 3.12
    compare(definitions_by_us(content), definitions_by_ast(content))


Definition = tuple[str, str, int, int, int, int]
"""Kind, qualified name, first and last line, start and end byte with decorators."""


def compare(ours: dict[Definition, str], expected: dict[Definition, str]) -> None:
    assert sorted(ours) == sorted(expected)
    for definition, docstring in expected.items():
        first = docstring.strip().partition("\n")[0].strip()
        if first and "\\" not in ours[definition]:  # we keep escapes as they are written
            assert ours[definition].partition("\n")[0] == first[:MAX_DOC].strip()


def definitions_by_us(content: bytes) -> dict[Definition, str]:
    found = {}
    for symbol in parse("x", "python", content).symbols:
        if symbol.kind in {"function", "method", "class"} and not re.search(r"= lambda\b[^:]*:$", symbol.signature):
            kind = "class" if symbol.kind == "class" else "function"
            span = symbol.span
            name = unicodedata.normalize("NFKC", symbol.qualified_name)
            found[kind, name, span.start_line, span.end_line, span.start_byte, span.end_byte] = symbol.doc
    return found


def definitions_by_ast(content: bytes) -> dict[Definition, str]:
    """What `ast` finds, each with its docstring, "" for none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(content)
    lines = [0, *(end.end() for end in re.finditer(rb"\r\n|\r|\n", content))]
    lines[0] += 3 if content.startswith(b"\xef\xbb\xbf") else 0
    found: dict[Definition, str] = {}
    waiting: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
    while waiting:
        node, around = waiting.pop()
        for child in ast.iter_child_nodes(node):
            names = around
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names = (*around, child.name)
                first = child.decorator_list[0] if child.decorator_list else child
                start = lines[first.lineno - 1] + first.col_offset
                if child.decorator_list:
                    start = content.rindex(b"@", 0, start)
                end = lines[(child.end_lineno or 0) - 1] + (child.end_col_offset or 0)
                kind = "class" if isinstance(child, ast.ClassDef) else "function"
                first_line, last_line = (content.count(b"\n", 0, place) + 1 for place in (start, end - 1))
                found[kind, ".".join(names), first_line, last_line, start, end] = ast.get_docstring(child) or ""
            waiting.append((child, names))
    return found


def test_javascript_with_types_of_flow() -> None:
    source = b"""/* Copyright (c) somebody
 * @flow strict
 */
'use strict';
import type {A} from './a';
export type Config = {| +name: string, size?: ?number |};
class Store<T: Object> extends Base<T> {
  +items: Array<T>;
  add(item: T): void { this.items.push(item); }
}
module.exports = {Store};
"""
    language = language_of("src/store.js", source)
    found = parse("src/store.js", language, source)
    assert [(each.kind, each.qualified_name) for each in found.symbols] == [
        ("type", "Config"), ("property", "Config.name"), ("property", "Config.size"),
        ("class", "Store"), ("field", "Store.items"), ("method", "Store.add"),
    ]  # fmt: skip
    assert language_of("src/store.js", b"// no types\nconst a = '@flow';\n") == "javascript"


def test_a_first_line_tells_that_a_file_is_of_bash() -> None:
    assert language_of("lib/helpers", b"# vim:et:ft=sh:sts=2\nhelp() { :; }\n") == "bash"
    assert language_of("lib/helpers", b"# shellcheck shell=bash\n") == "bash"
    assert language_of("lib/helpers", b"# help for the shell\n") == "text"


def test_what_only_flow_can_say_is_read() -> None:
    source = (Path(__file__).parent / "languages/tsx/cart.js").read_bytes()
    found = extract(language_of("cart.js", source), source)
    assert found.errors == []
    names = {each.qualified_name: each.kind for each in found.parsed("cart.js").symbols}
    assert names == {
        "Id": "type", "Item": "type", "Item.id": "property", "Item.price": "property", "Item.onChange": "property",
        "Item.find": "property", "Exact": "type", "Exact.name": "property", "total": "variable", "Cart": "class",
        "Cart.items": "field", "Cart.EMPTY": "field", "Cart.each": "method", "Cart.first": "method",
        "isSold": "function", "pick": "function",
    }  # fmt: skip
    readable = blanked("tsx", source)
    assert len(readable) == len(source)
    assert readable.count(b"\n") == source.count(b"\n")


@pytest.mark.parametrize(
    "code",
    ["f(a, -b, +c)", "const x = a ? (b) : {...c};", "g({ key: x => x + 1, ...rest })", "a.map((name) => name.b);",
     "const o = { ...a, b: (c, d) => ({ ...c, d }) };", "if (a < b && c > -D) { e(); }", "const f = (a): B => c(a);"],
)  # fmt: skip
def test_plain_code_in_a_file_of_flow_stays_as_it_is(code: str) -> None:
    source = f"/* @flow */\n{code}\n".encode()
    assert blanked("tsx", source) == source


def test_keys_of_flow_are_no_members() -> None:
    source = b"/* @flow */\ntype Row = { [string]: Cell, name: string };\n"
    assert [each.qualified_name for each in parse("a.js", "tsx", source).symbols] == ["Row", "Row.name"]


def test_declarations_for_flow_need_not_say_so() -> None:
    source = b"declare module 'kit' {\n  declare type Part = {| +name: string |};\n  declare module.exports: Part;\n}\n"
    assert language_of("flow-typed/npm/kit_v1.x.x.js", source) == "tsx"
    found = parse("flow-typed/npm/kit_v1.x.x.js", "tsx", source)
    assert [each.qualified_name for each in found.symbols] == ["kit", "kit.Part", "kit.Part.name", "kit.exports"]


def test_using_declares_a_variable() -> None:
    source = b"export function f() {}\nusing file = open();\nawait using other: File = open();\n"
    found = parse("a.ts", "typescript", source)
    assert [each.name for each in found.symbols] == ["f", "file", "other"]
    assert not extract("typescript", source).errors
