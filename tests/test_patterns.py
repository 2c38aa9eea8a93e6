"""A tags query that is asked as it is written finds what tree-sitter finds with the same query compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Parser, Query, QueryCursor

from repoagent_indexers.languages import LANGUAGES, asked, grammar, language_of, tags
from repoagent_indexers.languages.patterns import Match, Patterns
from repoagent_indexers.languages.tags_query import Tags

SAMPLES = sorted(
    path
    for path in (Path(__file__).parent / "languages").glob("*/*")
    if path.suffix != ".tags" and LANGUAGES[language_of(path.name, path.read_bytes())].is_code
)
CODE = b"""import a.b as c, d
from e import (f, g as h)

@i
def j(k, *, l=m(n), **o) -> p:
    # q
    r.s(t, u=v)(w)
    x = y = -z  # a
    return [a for b in c if d], (e,), {}

class A(B, metaclass=C):
    "D"
    E: F = G()
    pass
"""


def test_every_query_is_understood_and_every_language_has_a_sample() -> None:
    sampled = {language_of(path.name, path.read_bytes()) for path in SAMPLES}
    assert sampled == {name for name, row in LANGUAGES.items() if row.is_code}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_same_is_found_in_samples_and_in_cut_ones(path: Path) -> None:
    content = path.read_bytes()
    language = language_of(path.name, content)
    third = len(content) // 3
    for text in (content, content[:third] + content[third + 9 :], content[third:]):
        root = Parser(grammar(language)).parse(text).root_node
        queries = asked(language, text)
        for one in queries:
            expected = one.compiled
            found = Tags(grammar(language), one.text).matches(root)
            assert _counted(found) == _counted(QueryCursor(expected).matches(root))


@pytest.mark.parametrize(
    "query",
    [
        "(call function: (_) @a arguments: (_ (_) @b))",
        "(argument_list . (_) @first)",
        "(argument_list (_) @last .)",
        "(argument_list . (identifier) @only .)",
        "(argument_list (_) @a . (_) @b)",
        "(module (_) @a (_) @b)",
        "(parameters (_) @a . (_)? @b)",
        "(function_definition name: (_) @name return_type: (_)? @type body: (_))",
        "(class_definition name: (_) @name superclasses: (_ (identifier)? @base)) @class",
        '(assignment left: (_) @a "=" @sign right: [(identifier) (call) @call] @b)',
        "[(identifier) (string) @text] @any",
        "(_ (identifier) @inside)",
        "(_ name: (identifier) @named)",
        "(assignment !type left: (identifier) @a) @plain",
        "(function_definition !return_type) @a (class_definition) @b",
        '((identifier) @a (#eq? @a "x"))',
        '((call function: (identifier) @a) @b (#any-of? @a "m" "G"))',
        '((identifier) @a (#not-eq? @a "x") (#not-match? @a "^[a-f]$"))',
        '((identifier) @a (#match? @a "[A-Z]"))',
        '(keyword_argument name: _ @a "=" . _ @b)',
    ],
)
def test_the_same_is_found_by_each_kind_of_pattern(query: str) -> None:
    python = grammar("python")
    root = Parser(python).parse(CODE).root_node
    expected = QueryCursor(Query(python, query)).matches(root)
    assert expected
    assert _counted(Patterns(python, query).matches(root)) == _counted(expected)


@pytest.mark.parametrize(
    ("language", "code", "query", "n"),
    [
        ("c", b"int a, b, c;", "(declaration declarator: (identifier) @a)", 3),
        ("bash", b"a b c d\n", "(command argument: (word) @a)", 3),
        ("lua", b"local a, b = c, d\n", "(variable_list name: (identifier) @a)", 2),
        ("elixir", b"&(a + b)\n", "(unary_operator operand: _ @a)", 1),
        ("elixir", b"&(a + b)\n", "(unary_operator operand: (binary_operator) @a)", 0),
        ("scala", b"class A(b: B)(c: C)\n", "(class_definition class_parameters: (class_parameters (_) @a))", 1),
        ("scala", b"class A(b: B)(c: C)\n", "(_ class_parameters: (class_parameters (_) @a))", 2),
        ("scala", b"def f[A, B] = 1\n", "(type_parameters name: (identifier) @a)", 2),
        ("swift", b"a?.b()\n", "(navigation_expression target: _ @a)", 1),
        ("swift", b"let a = (any B).c\n", "(navigation_expression target: _ @a)", 1),
    ],
)
def test_the_same_is_found_where_a_field_has_several_nodes(language: str, code: bytes, query: str, n: int) -> None:
    root = Parser(grammar(language)).parse(code).root_node
    expected = QueryCursor(Query(grammar(language), query)).matches(root)
    assert len(expected) == n
    assert _counted(Patterns(grammar(language), query).matches(root)) == _counted(expected)


@pytest.mark.parametrize(
    "query",
    [
        "(argument_list (_)+ @a)",
        "(argument_list (_)* @a)",
        "(expression) @supertype",
        "(_) @everything",
        "(_ (_) @everything)",
        "(no_such_node) @a",
        "(call no_such_field: (_) @a)",
        '((identifier) @a (#is? @a "b"))',
        "(call",
    ],
)
def test_what_is_not_understood_is_refused(query: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        Patterns(grammar("python"), query)


@given(
    cut=st.integers(0, len(CODE)), length=st.integers(0, 40), word=st.sampled_from([b"", b"(", b"def ", b"\n", b'"'])
)
def test_the_same_is_found_in_broken_code(cut: int, length: int, word: bytes) -> None:
    root = Parser(grammar("python")).parse(CODE[:cut] + word + CODE[cut + length :]).root_node
    one = tags("python")
    expected = QueryCursor(one.compiled).matches(root)
    assert _counted(Patterns(grammar("python"), one.text).matches(root)) == _counted(expected)


def test_a_query_is_compiled_when_many_nodes_were_looked_at_or_much_is_expected() -> None:
    lua = grammar("lua")
    root = Parser(lua).parse(b"a = b\n" * 100).root_node
    query = "(identifier) @a"
    few, many, told = Tags(lua, query), Tags(lua, query), Tags(lua, query)
    few.matches(root)
    for _ in range(10):
        many.matches(root)
    told.expect(100)
    assert not few.is_compiled
    assert not told.is_compiled
    told.expect(1 << 20)
    assert many.is_compiled
    assert told.is_compiled
    assert _counted(few.matches(root)) == _counted(many.matches(root))


def _counted(matches: Iterable[Match]) -> Counter[tuple[object, ...]]:
    """Each match, as often as it was found."""
    return Counter(
        (number, *((name, *(node.id for node in nodes)) for name, nodes in found.items())) for number, found in matches
    )
