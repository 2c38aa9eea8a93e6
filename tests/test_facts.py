"""Facts keep exactly what was put in, and become nouns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.reading.facts import (
    IMPORT_WIDTH,
    REFERENCE_KINDS,
    REFERENCE_WIDTH,
    SYMBOL_KINDS,
    SYMBOL_WIDTH,
    Facts,
)
from repoagent_indexers.source import Import, Reference, Span, Symbol

numbers = st.integers(-1, 2**31 - 1)
texts = st.text(st.characters(exclude_characters="\0"))


@given(
    st.sampled_from(["python", "cpp"]),
    st.lists(texts),
    st.tuples(*(st.lists(st.lists(numbers, min_size=width, max_size=width)) for width in (12, 6, 4, 6, 1))),
    texts,
)
def test_what_is_kept_comes_back(
    language: str, strings: list[str], rows: tuple[list[list[int]], ...], problem: str
) -> None:
    symbols, references, imports, chunks, errors = ([number for row in part for number in row] for part in rows)
    facts = Facts(language, strings, symbols, references, imports, chunks, errors, problem)
    assert Facts.from_bytes(facts.to_bytes()) == facts
    assert Facts.summary_of(facts.to_bytes()) == (facts.n_symbols, problem)


def test_letters_that_no_encoding_knows_survive() -> None:
    facts = Facts("python", ["\udcff", "", "\ud800"])
    assert Facts.from_bytes(facts.to_bytes()).strings == ["\udcff", "", "\ud800"]


def sample(language: str) -> Facts:
    """Namespace `n` { class `C` { method `m` (of receiver `R`) } }, a call to `q.f` in it, `from a import b as c`."""
    kinds = [SYMBOL_KINDS.index(kind) for kind in ("namespace", "class", "method")]
    facts = Facts(language, ["", "n", "C", "m", "def m()", "Says m.", "R", "f", "q", "a", "b", "c"])
    facts.symbols = [
        *(kinds[0], 1, 0, 0, 0, -1, 0, 100, 1, 10, 5, 0),
        *(kinds[1], 2, 0, 0, 0, 0, 10, 90, 2, 9, 15, 10),
        *(kinds[2], 3, 6, 4, 5, 1, 20, 80, 3, 8, 25, 20),
    ]
    facts.references = [REFERENCE_KINDS.index("call"), 7, 8, 4, 44, 2, REFERENCE_KINDS.index("use"), 7, 0, 10, 95, -1]
    facts.imports = [9, 10, 11, 1]
    assert len(facts.symbols) == 3 * SYMBOL_WIDTH
    assert len(facts.references) == 2 * REFERENCE_WIDTH
    assert len(facts.imports) == IMPORT_WIDTH
    return facts


def test_columns_become_nouns() -> None:
    parsed = sample("python").parsed("x.py")
    assert parsed.symbols[2] == Symbol(
        "m", "n.C.R.m", "method", Span("x.py", 20, 80, 3, 8), "def m()", "Says m.", parent=1
    )
    assert parsed.symbols[0].parent is None
    assert parsed.references == (
        Reference("f", "q", "call", "x.py", 4, 44, 2),
        Reference("f", "", "use", "x.py", 10, 95, None),
    )
    assert parsed.imports == (Import("a", "b", "c", 1),)


def test_names_are_joined_as_the_language_writes_them() -> None:
    assert sample("cpp").qualified_name(2) == "n::C::R::m"
    assert sample("php").qualified_name(2) == "n\\C::R::m"
    assert sample("java").symbol_name(1) == "C"
