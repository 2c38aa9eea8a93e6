"""What is asked of a tree beside its patterns: by what stands in the file, and by where a statement stands."""

from __future__ import annotations

import pytest

from repoagent_indexers.languages import asked, tags
from repoagent_indexers.reading.parse import parse


@pytest.mark.parametrize(
    ("content", "modules"),
    [
        (b'const a = require("x")', ["x"]),
        (b'const a = require ("x")', ["x"]),
        (b'const {a} = require/* why */("x")', ["x"]),
        (b'require?.("x")', ["x"]),
        (b'const a = require\n  ("x").b', ["x"]),
        (b'const required = needs("x")', []),
    ],
)
def test_modules_of_node_are_imported(content: bytes, modules: list[str]) -> None:
    found = {one.module for one in parse("a.js", "javascript", content).imports}
    assert sorted(found) == modules


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"exports.a = 1", ["a"]),
        (b"exports\n  .a = 1", ["a"]),
        (b"exports/* why */.a = 1", ["a"]),
        (b"module.exports = function a() {}", ["exports", "a"]),
        (b"module.exports\xc2\xa0= function a() {}", ["exports", "a"]),
        (b"// what this exports\nlet a = 1", ["a"]),
    ],
)
def test_exports_of_node_are_symbols(content: bytes, names: list[str]) -> None:
    assert [symbol.name for symbol in parse("a.js", "javascript", content).symbols] == names


def test_what_is_rare_is_not_asked_of_other_files() -> None:
    assert asked("typescript", b"// requires nothing, exports all\n") == [tags("typescript")]
    assert len(asked("typescript", b'require("x")')) == 2
    assert asked("python", b'require("x")') == [tags("python")]


@pytest.mark.parametrize(
    ("content", "symbols"),
    [
        (b"a = 1", ["variable a"]),
        (b"a = b = 1", ["variable a", "variable b"]),
        (b"if x:\n    a = 1\nelse:\n    b = 1", ["variable a"]),
        (b"try:\n    a = 1\nexcept E:\n    b = 1", ["variable a"]),
        (b"if x:\n    if y:\n        a = 1", []),
        (b"for x in y:\n    a = 1", []),
        (b"with x:\n    a = 1", []),
        (b"class A:\n    a = 1", ["class A", "field a"]),
        (b"class A: a = 1; b = 2", ["class A", "field a", "field b"]),
        (b"class A:\n    if x:\n        a = 1", ["class A"]),
        (b"def f():\n    a = 1", ["function f"]),
        (b"def f():\n    if x:\n        a = 1", ["function f"]),
        (b"def f():\n    class A:\n        a = 1", ["function f", "class A", "field a"]),
    ],
)
def test_the_place_of_an_assignment_decides(content: bytes, symbols: list[str]) -> None:
    assert [f"{one.kind} {one.name}" for one in parse("a.py", "python", content).symbols] == symbols


@pytest.mark.parametrize(
    ("body", "doc"),
    [
        (b'    "a"\n', "a"),
        (b'    # why\n    "a"\n', "a"),
        (b'    # why\n\n    # "b"\n    "a"\n', "a"),
        (b'    x\n    "a"\n', ""),
        (b'    if x:\n        "a"\n', ""),
        (b'    x = 1\n    "a"\n', ""),
        (b'    return "a"\n', ""),
    ],
)
@pytest.mark.parametrize("head", [b"class A:\n", b"def a():\n", b"@b\ndef a():\n", b"def a():  # what\n"])
def test_a_docstring_is_the_first_statement(head: bytes, body: bytes, doc: str) -> None:
    assert parse("a.py", "python", head + body).symbols[0].doc == doc


def test_a_string_of_a_module_belongs_to_nobody() -> None:
    symbols = parse("a.py", "python", b'"of the module"\n\nclass A:\n    def f(self):\n        pass\n    "b"\n').symbols
    assert [symbol.doc for symbol in symbols] == ["", ""]


def test_all_names_of_an_import() -> None:
    content = b"from a.b import (c, d as e,  # why\n    f)\nfrom . import g\nfrom h import *\nimport i.j as k, l\n"
    found = [(one.module, one.name, one.alias) for one in parse("a.py", "python", content).imports]
    assert found == [
        ("a.b", "c", "c"),
        ("a.b", "d", "e"),
        ("a.b", "f", "f"),
        (".", "g", "g"),
        ("h", "*", "*"),
        ("i.j", "", "k"),
        ("l", "", "l"),
    ]


@pytest.mark.parametrize(
    ("language", "content", "symbols"),
    [
        ("c", b"int a, *b, c[3], (*d)(int);", ["variable a", "variable b", "variable c", "variable d"]),
        ("c", b"int a(int), *b(void);", ["function a", "function b"]),
        ("c", b"int (*(*f(int))[3])(void) { return 0; }", ["function f"]),
        ("c", b"typedef int (*A)(int), (B)(int), C[2], **D;", ["type A", "type B", "type C", "type D"]),
        ("c", b"typedef struct { int a; } S, *P;", ["struct S", "type P", "field a"]),
        ("c", b"typedef struct { int a; } max_align_t;", ["type max_align_t", "field a"]),
        ("c", b"struct s { int (*a)(int), *b; };", ["struct s", "field a", "field b"]),
        ("c", b"int f(void) { int a; return a; }", ["function f"]),
        ("cpp", b"struct s { T *&a; int f(); operator bool(); ~s(); s &operator=(s); };",
         ["struct s", "field a", "method f", "operator operator bool", "method ~s", "operator operator="]),
        ("cpp", b"template <> char const *f<char>() { return 0; }", ["function f"]),
        ("cpp", b"A::A(int b) : c(b) /* d */ {}\nA::operator int() {}", ["constructor A", "operator operator int"]),
        ("cpp", b"TEST(Suite, name) {}\nint run(Suite, name) {}", ["test name", "function run"]),
        ("cpp", b"DEFINE_CONVERT(char);", []),
    ],
)  # fmt: skip
def test_what_a_declarator_declares(language: str, content: bytes, symbols: list[str]) -> None:
    found = [f"{symbol.kind} {symbol.name}" for symbol in parse(f"a.{language}", language, content).symbols]
    assert sorted(found) == sorted(symbols)


def test_a_signature_ends_before_initialisers() -> None:
    [symbol] = parse("a.cpp", "cpp", b"A::A(int b) : c(b)  // d\n{}").symbols
    assert symbol.signature == "A::A(int b)"


@pytest.mark.parametrize(
    ("content", "symbols"),
    [
        (b'class A\n  attr_reader :a, "b", *c\nend', ["class A", "property a", "property b"]),
        (b'class A\n  class_attribute :a, "b"\nend', ["class A", "property a"]),
        (b"class A\n  b.attr_reader :a\nend", ["class A"]),
        (b"class A\n  define_method(:a) { |b| b }\n  scope :c, -> {}\nend", ["class A", "method a", "method c"]),
        (b"A = Struct.new(:a) do\n  def b; end\nend", ["class A", "method b"]),
        (b"A = Data.define(:a)\nB = other.new", ["class A", "constant B"]),
        (b"A::B = 1\n$e = 1\ndef f\n  $g = 1\nend", ["constant B", "variable $e", "function f"]),
        (b"A, b = 1, 2", ["constant A"]),
        (b"class A\n  @@a = 1\n  def b\n    @@c = 1\n  end\nend", ["class A", "field @@a", "method b"]),
        (b"def self.a; end\ndef B.c; end\ndef @d.e; end", ["method a", "method c", "method e"]),
    ],
)  # fmt: skip
def test_what_calls_and_assignments_of_ruby_define(content: bytes, symbols: list[str]) -> None:
    found = [f"{symbol.kind} {symbol.name}" for symbol in parse("a.rb", "ruby", content).symbols]
    assert sorted(found) == sorted(symbols)


def test_what_calls_of_ruby_import() -> None:
    content = b'require "a"\nrequire_relative("b/c")\nautoload :D, "d"\nother.require "e"\nrequire f\n'
    found = [(one.module, one.name) for one in parse("a.rb", "ruby", content).imports]
    assert found == [("a", ""), ("b/c", ""), ("d", "D")]


def test_what_require_is_bound_to() -> None:
    content = b'const a = require("a"), {b, c: d} = require("b")\nconst e = require("c").f\nlet {g} = require("d").h\n'
    found = {(one.module, one.name, one.alias) for one in parse("a.js", "javascript", content).imports}
    assert {("a", "", "a"), ("b", "b", "b"), ("b", "c", "d"), ("c", "f", "e")} <= found
    assert not any(one[1] in {"g", "h"} for one in found)


@pytest.mark.parametrize(
    ("language", "content", "found"),
    [
        (
            "swift",
            b"let (a, b) = f(), c = 2\nvar d: Int { 1 }\n",
            ["constant a", "constant b", "constant c", "variable d"],
        ),
        ("swift", b"enum A { var b: Int { 1 } }\nfunc f() { let c = 1 }\n", ["enum A", "property b", "function f"]),
        (
            "swift",
            b"actor A {}\nextension A.B { var c = 1 { didSet {} } }\n",
            ["class A", "extension A.B", "property c"],
        ),
        (
            "scala",
            b"class A { val a, b = 1; var (c, d) = x; val e: Int }\n",
            ["class A", *(f"field {n}" for n in "abcde")],
        ),
        ("scala", b"val a = 1\ndef f() = { val b = 2 }\n", ["variable a", "function f"]),
        ("scala", b"def f() = new A { def g() = 1 }\n", ["function f", "method g"]),
        ("elixir", b"@a 1\ndefmodule B do\n  @c 1\nend\n", ["module B", "constant c"]),
    ],
)
def test_the_place_of_a_declaration_says_what_it_is(language: str, content: bytes, found: list[str]) -> None:
    assert [f"{one.kind} {one.name}" for one in parse("a", language, content).symbols] == found


def test_what_php_includes_is_imported() -> None:
    content = b'<?php require "a"; include __DIR__ . "/b.php"; include_once \'c\'; require $d;'
    expected = {one.module for one in parse("a.php", "php", content).imports}
    assert expected <= {"a", "/b.php", "c"}
    assert "c" in expected
