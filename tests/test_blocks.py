"""The bodies of methods and blocks of Ruby that define nothing are passed over; what an outline says stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.reading import reader
from repoagent_indexers.reading.facts import REFERENCE_KINDS, Facts

SAMPLES = sorted((Path(__file__).parent / "languages" / "ruby").glob("*.rb"))
FILLED = "run(one, two, three, four)"

PASSED = [
    ("class A\n  def b(c, d = e(1)) # note\n    @\n  end\n\n  private def f\n    @\n  end\nend\n", 1),
    ("def self.a\n  @\nrescue B => c\n  @\nensure\n  @\nend\n", 0),
    ("def a=(b)\n  @\nend\ndef ==(other)\n  @\nend\ndef b?\n  @\nend\n", 0),
    ('test "a" do\n  @\nend\nit { |a| @ }\nb.each do |c, d|\n  @\nend\n', 1),
    ('def a\n  b = <<~C\nend\n  def d\n  C\n  @\nend\nf "#{g}"\n', 0),
    ("def a\n  self.class.b(class: 1)\n  @ # class of its own\nend\n", 1),
    ("def a\n  b(<<C)\n  @\nC\nend\n", 1),
    ("a(<<~B) do\n  c\nB\n  @\nend\n", 1),
    ("def a\n\t@\nend\n", 1),
    ("def a\n    if b\n  @\n  end\nend\n", 0),
    ("def a(b) = c(b)\ndef d; @; end\n", 1),
    ("=begin\ndef a\n  @\nend\n=end\ndef b\n  @\n# c\n  @\nend\n", 0),
]
"""A source in which @ is `FILLED`, and how many of those are parsed."""

KEPT = [
    ("def a\n  define_method(:b) { c }\n  @\nend\n", "a b"),
    ("a do\n  B = Struct.new(:c) do\n    @\n  end\n  C, D = 1, 2\n  @@e ||= 3\n  @\nend\n", "B C D"),
    ("class_methods do\n  def a\n    @\n  end\n  attr_reader :b\nend\n", "a b"),
    ("def a\n  require 'b'\n  @\nend\ndef c\n  alias d e\n  @\nend\n", "a c d"),
    ("def a\n  Class.new do\n    def b\n      @\n    end\n  end\n  @\nend\n", "a b"),
]
"""A source, and names that it defines inside of bodies."""

USED = [
    ("foo.bar(Baz::Qux.new) if done?", "call bar, type Baz, type Qux, call new, call done?"),
    ("foo = bar 1, :two\nputs baz { |a| a&.qux! }", "call bar, call puts, call baz, call qux!"),
    ('raise Foo, "a #{bar(b)} c" unless /d/.match?(e)', "call raise, type Foo, call bar, call match?"),
    ("expect(a).to eq [1]\nfoo do\n  bar %w(b c)\nend", "call expect, call to, call eq, call foo, call bar"),
    ("return foo(<<~TEXT)\n  Bar.baz #{qux.quux}\nTEXT", "call foo, call quux"),
    ("map(&:helper)\nsend(:helper, helper)", "call map, call send, use helper"),
]
"""What stands in a method, and what that refers to."""


def said(content: bytes, skim: bool) -> Facts:
    page = reader.page([("ruby", content, "")], known := reader.Known(), skim)
    [reading], _ = reader.read(page, [page.outline(0)], known)
    return Facts.from_bytes(reading.facts)


def outline(facts: Facts) -> tuple[list[int], list[str], list[int], list[int]]:
    names = [facts.qualified_name(n) + " " + facts.strings[facts.symbols[12 * n + 3]] for n in range(facts.n_symbols)]
    places = facts.symbols[6::12] + facts.symbols[7::12] + facts.symbols[10::12]
    return places, names, facts.imports[3::4], facts.errors


def references(facts: Facts) -> list[tuple[str, str]]:
    rows = facts.references
    return [(REFERENCE_KINDS[rows[at]], facts.strings[rows[at + 1]]) for at in range(0, len(rows), 6)]


@pytest.mark.parametrize(("source", "n_read"), PASSED)
def test_bodies_that_define_nothing_are_passed_over(source: str, n_read: int) -> None:
    content = source.replace("@", FILLED).encode()
    page = reader.page([("markdown", b"do\n" * 9, ""), ("ruby", content, "")], reader.Known(), skim=True)
    read = page.passed[1].content if 1 in page.passed else content
    assert len(read) == len(content)
    assert read.count(FILLED.encode()) == n_read
    assert outline(said(content, True)) == outline(said(content, False))


@pytest.mark.parametrize(("source", "names"), KEPT)
def test_what_bodies_define_is_kept(source: str, names: str) -> None:
    content = source.replace(" @\n", f" {FILLED}\n").encode()
    skimmed = said(content, True)
    assert outline(skimmed) == outline(said(content, False))
    assert set(names.split()) <= {skimmed.symbol_name(n) for n in range(skimmed.n_symbols)}


@pytest.mark.parametrize(("body", "wanted"), USED)
def test_references_in_bodies_are_told_by_the_words_around_them(body: str, wanted: str) -> None:
    inside = "\n".join(line if line == "TEXT" else f"  {line}" for line in body.split("\n"))
    content = f"def helper\n{inside}\n  {FILLED}\nend\n".encode()
    assert reader.page([("ruby", content, "")], reader.Known(), skim=True).passed
    facts = said(content, True)
    found = references(facts)
    assert {tuple(one.split()) for one in wanted.split(", ")} <= set(found)
    assert ("type", "Bar") not in found
    places = facts.references[4::6]
    assert places == sorted(places)
    assert all(content[at:].startswith(name.encode()) for at, (_, name) in zip(places, found, strict=True))


def test_a_file_with_errors_is_read_whole() -> None:
    content = f"def a\n  {FILLED}\nend\nclass B ( ]\n".encode()
    whole, skimmed = said(content, False), said(content, True)
    assert whole.errors
    assert outline(whole) == outline(skimmed)
    assert references(whole) == references(skimmed)


@pytest.mark.parametrize("path", SAMPLES, ids=[path.name for path in SAMPLES])
def test_outlines_of_the_samples_are_the_same(path: Path) -> None:
    content = path.read_bytes()
    assert outline(said(content, True)) == outline(said(content, False))


@given(st.sampled_from(SAMPLES), st.integers(0, 4000), st.binary(max_size=8))
def test_any_bytes_can_be_read(path: Path, place: int, put: bytes) -> None:
    content = path.read_bytes()
    broken = (content[:place] + put + content[place + len(put) :]).decode("utf-8", "replace").encode()
    page = reader.page([("ruby", broken, "")], reader.Known(), skim=True)
    for passed in page.passed.values():
        assert len(passed.content) == len(broken)
    said(broken, True)
