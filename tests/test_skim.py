"""What is passed over changes nothing that an outline says."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoagent_indexers.reading import reader
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.reading.skim import code
from repoagent_indexers.words.lexicon import Lexicon

STANDARD = Path(sysconfig.get_paths()["stdlib"])
FILES = [
    path
    for folder in ("", "asyncio", "email", "json", "unittest", "test")
    for path in sorted((STANDARD / folder).glob("*.py"))[:: 12 if folder in ("", "test") else 3]
]
SKIMMED = '''"""Module."""
import os

def plain(x,
          y):
    """Doc.

    more"""
    # note
    if x:  # why: because
        return {1: 2}
    else:
        for a in x:
            y = a["k:"]
    return os.path.join(
        x, "y: int =")  # end
    # behind

class A:
    size = 1
    async def h(self): return await self.k()
    def k(self):
        before(self, 1, 2, 3)
        self.size = 2
        if self.size == 3:
            after()
            return later(f"{self.k()} text")
        elif self:
            self.other: int = 3
        else:
            nothing(here)
        try:
            import json
        except ImportError:
            fall(back)
        x = (yield), [
            1]
        x: "int" = 3
        def inner(a):
            "Inner."
            return lambda b: b(a)
        class Inner:
            field = plain(1, 2)
        return a \\
            if x else y

def one(): return plain(1, 2); import re
def two():
    return {
'''


def said(contents: list[bytes], skim: bool) -> list[Facts]:
    page = reader.page([("python", content, "") for content in contents], known := reader.Known(), skim)
    readings, _ = reader.read(page, [page.outline(at) for at in range(len(contents))], known)
    return [Facts.from_bytes(reading.facts) for reading in readings]


def test_statements_that_define_nothing_are_passed_over() -> None:
    content = SKIMMED[: SKIMMED.index("def two")].encode()
    page = reader.page([("markdown", b"(" * 99, ""), ("python", content, "")], reader.Known(), skim=True)
    passed = page.passed[1]
    assert len(passed.content) == len(content)
    read = passed.content
    for start, end in passed.gaps:
        assert read[start:end].isspace()
    for gone in ("why", "y = a", "os.path", "before", "after", "yield", "if x else"):
        assert gone.encode() not in read
    for kept in ('"""Doc', "# note", "# end", "# behind", "self.size = 2", "other: int", "json", "Inner.", "field = "):
        assert kept.encode() in read


@pytest.mark.parametrize("cut", [*range(60, len(SKIMMED), 97), len(SKIMMED) - 33])
def test_outlines_are_the_same(cut: int) -> None:
    content = SKIMMED.encode()[:cut]
    [full], [skimmed] = said([content], False), said([content], True)
    try:
        ast.parse(content)
    except SyntaxError:
        skimmed.errors = full.errors
        assert [skimmed.symbol(at, "").span for at in range(skimmed.n_symbols)]
    else:
        assert skimmed == full


def test_outlines_of_the_standard_library_are_the_same() -> None:
    """Not all of which is installed everywhere: some systems have its tests in a package of their own."""
    read = {path: path.read_bytes() for path in FILES}
    contents = {path: content for path, content in read.items() if len(content) < 100_000}
    assert len(contents) > 30
    both = said([*contents.values()], False), said([*contents.values()], True)
    for path, full, skimmed in zip(contents, *both, strict=True):
        assert skimmed == full, path


LINES = ("def f(a):", "class A:", "x = 1", "self.x = 1", "import a", "if x:", "else:", "return f(1)", "\r")
PIECES = st.sampled_from([*(f"{line}\n" for line in LINES), *"\n\"'#\\():\t", "    ", '"""'])


@given(st.lists(st.lists(PIECES, max_size=30).map("".join), min_size=1, max_size=3))
def test_no_text_is_too_odd(texts: list[str]) -> None:
    contents = [text.encode() for text in texts]
    for content, facts in zip(contents, said(contents, True), strict=True):
        assert not facts.problem
        assert len(said_to_be_code(content)) == len(content)


def test_escaped_quotes_take_no_more_time_than_others() -> None:
    for text in (b"\\'" * 200_000, b'"' * 200_001, b"'''\\" * 100_000, b"'\\" * 200_000 + b"\n"):
        assert len(said_to_be_code(text)) == len(text)


def said_to_be_code(content: bytes) -> bytes:
    words = Lexicon(8).words([content])
    return code([0], words).data[1 : len(content) + 1]


def test_long_blanks_and_comments_are_stepped_over() -> None:
    blank = " " * 3000
    content = (
        f"def f():\n    a(1)  # {'why ' * 900}\n{blank}# more\n    b(2, 3, 4, 5){blank}\n\nx{blank}= f()\n".encode()
    )
    [full], [skimmed] = said([content], False), said([content], True)
    assert skimmed == full
    assert full.n_symbols == 2


def test_a_file_of_many_functions_has_few_gaps_and_the_largest() -> None:
    body = "    return (\n        one, two, three, four, five, six, seven, eight, nine, ten, eleven{}\n    )\n\n"
    texts = [f"def f{n}():\n" + body.format(", more" * (n % 7)) for n in range(1200)]
    content = "".join(texts).encode()
    passed = reader.page([("python", content, "")], reader.Known(), skim=True).passed[0]
    assert 300 < len(passed.gaps) <= 500
    assert min(end - start for start, end in passed.gaps) > 4 * len(", more")
    assert b"three" not in passed.content
    [full], [skimmed] = said([content], False), said([content], True)
    assert skimmed == full
