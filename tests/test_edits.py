"""Edits: read out of replies (one file a case in edits/), applied, reversed, shown."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoagent_agents.editing.edit_check import readable
from repoagent_agents.editing.edit_match import find
from repoagent_agents.editing.edit_replies import read_edits
from repoagent_agents.editing.edits import Edit, apply_to, by_path, diff, reverse
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.languages import language_of
from repoagent_indexers.source import SourceFile

NO_END = "\\ No newline at end of file\n"
CASES = sorted((Path(__file__).parent / "edits").glob("*.txt"))


def sections(case: Path) -> list[tuple[str, str, str]]:
    """What stands under each `%%% WORD ARGUMENT` line."""
    found = []
    for part in ("\n" + case.read_text("utf-8")).split("\n%%% ")[1:]:
        head, _, text = part.partition("\n")
        word, _, argument = head.partition(" ")
        found.append((word, argument, text if text.endswith("\n") or not text else text + "\n"))
    return found


def source(path: str, content: bytes) -> SourceFile:
    return SourceFile(path, language_of(path, content), "", content)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_reply(case: Path) -> None:
    parts = sections(case)
    files = {argument: text.encode() for word, argument, text in parts if word == "file"}
    reply = next(text for word, _, text in parts if word == "reply")
    expected = files | {argument: text.encode() for word, argument, text in parts if word == "after"}
    wanted = "".join(text for word, _, text in parts if word == "problems").splitlines()
    may_create = any(word == "may_create" for word, _, _ in parts)
    edits, problems = read_edits(reply, [source(*file) for file in files.items()], may_create=may_create)
    found = dict(files)
    for path, own in by_path(edits).items():
        found[path] = apply_to(files.get(path, b""), own)
    assert {path: text.decode() for path, text in found.items()} == {p: t.decode() for p, t in expected.items()}
    assert len(problems) == len(wanted), problems
    for problem, part in zip(problems, wanted, strict=True):
        assert part in problem
        assert "\n" not in problem


def test_line_ends_are_the_files_own() -> None:
    content = b"def f():\r\n    return 1\r\n\r\nx = 1\r\n"
    reply = "<<<<<<< SEARCH\n    return 1\n=======\n    a = 2\n    return a\n>>>>>>> REPLACE\n"
    edits, problems = read_edits(reply, [source("a.py", content)])
    assert problems == ()
    assert apply_to(content, edits) == b"def f():\r\n    a = 2\r\n    return a\r\n\r\nx = 1\r\n"


def test_a_file_without_a_last_line_end_stays_so() -> None:
    edits, _ = read_edits("<<<<<<< SEARCH\ny = 1\n=======\ny = 2\n>>>>>>> REPLACE\n", [source("a.py", b"x = 1\ny = 1")])
    assert apply_to(b"x = 1\ny = 1", edits) == b"x = 1\ny = 2"


def test_bytes_that_are_not_utf_8_are_kept() -> None:
    content = b"# caf\xe9\nx = 1\ny = 'caf\xe9'\n"
    reply = "<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"
    edits, problems = read_edits(reply, [source("a.txt", content)])
    assert problems == ()
    assert apply_to(content, edits) == content.replace(b"x = 1", b"x = 2")


def test_a_hostile_reply_ends() -> None:
    """Twelve kilobytes of Java that cost its grammar half a minute and gigabytes: the parser is killed."""
    reply = "A.java\n<<<<<<< SEARCH\n=======\nclass A { int f() { return " + "a=>" * 4000 + "; } }\n>>>>>>> REPLACE\n"
    edits, problems = read_edits(reply, [source("B.java", b"class B {}\n")], may_create=True)
    assert edits == ()
    assert "no longer parses" in problems[0]


contents = st.binary(max_size=60) | st.text("ab\n", max_size=60).map(str.encode)


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, list[Edit]]:
    """A content and edits that fit it."""
    content = draw(contents)
    cuts = sorted(draw(st.lists(st.integers(0, len(content)), max_size=8)))
    edits = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        edits.append(Edit("a", start, end, content[start:end], draw(st.binary(max_size=6))))
    return content, draw(st.permutations(edits)) if len({(e.start_byte, e.end_byte) for e in edits}) == len(
        edits
    ) else edits


@given(edited())
def test_apply_then_reverse_is_the_identity(case: tuple[bytes, list[Edit]]) -> None:
    content, edits = case
    after = apply_to(content, edits)
    assert apply_to(after, reverse(edits)) == content
    assert apply_to(content, reverse(reverse(edits))) == after


@given(st.binary(min_size=2, max_size=20), st.data())
def test_overlapping_edits_are_refused(content: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(content) - 2))
    middle = data.draw(st.integers(start + 1, len(content) - 1))
    one = Edit("a", start, middle + 1, content[start : middle + 1], b"x")
    other = Edit("a", middle, len(content), content[middle:], b"y")
    with pytest.raises(UsageError, match="overlap"):
        apply_to(content, [one, other])


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (Edit("a", 0, 3, b"abc", b""), None),
        (Edit("a", 0, 3, b"abd", b""), Refused),
        (Edit("a", 4, 9, b"efghi", b""), Refused),
        (Edit("a", 3, 2, b"", b"x"), UsageError),
    ],
)
def test_what_does_not_fit_is_refused(edit: Edit, error: type[Exception] | None) -> None:
    if error is None:
        assert apply_to(b"abcdef", [edit]) == b"def"
    else:
        with pytest.raises(error, match=r"^a:1: "):
            apply_to(b"abcdef", [edit])


def test_edits_of_several_files_are_not_one_file() -> None:
    with pytest.raises(UsageError, match="several files"):
        apply_to(b"ab", [Edit("a", 0, 1, b"a", b""), Edit("b", 1, 2, b"b", b"")])


@given(contents, contents)
def test_git_applies_the_diff(tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes) -> None:
    if b"\0" in before + after or b"\r" in before + after:  # git takes these for binary, or warns
        return
    root = tmp_path_factory.mktemp("diff")
    (root / "a b.txt").write_bytes(before)
    patch = diff(before, after, "a b.txt").encode("utf-8", "surrogateescape")
    if before == after:
        assert patch == b""
        return
    done = subprocess.run(["git", "apply", "-p1", "-"], cwd=root, input=patch, capture_output=True, check=False)
    assert done.returncode == 0, (patch, done.stderr)
    assert (root / "a b.txt").read_bytes() == after


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"a\n", b"a\n", ""),
        (None, b"a\n", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"),
        (b"a\n", None, "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
        (b"a\nb", b"a\nc", f"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n{NO_END}+c\n{NO_END}"),
    ],
)
def test_diff(before: bytes | None, after: bytes | None, expected: str) -> None:
    assert diff(before, after, "x") == expected


def test_a_path_with_odd_characters_is_quoted() -> None:
    assert diff(b"a\n", b"b\n", 'x\n"é').splitlines()[:2] == ['--- "a/x\\012\\"é"', '+++ "b/x\\012\\"é"']


@given(st.text("ab \n", max_size=40), st.integers(0, 5), st.integers(1, 5))
def test_what_is_found_is_what_was_asked_for(text: str, first: int, n: int) -> None:
    content = text.encode()
    lines = text.split("\n")[first : first + n]
    if not "".join(lines).strip():
        return
    wanted = "\n".join(lines) + "\n"
    places = find(content, wanted)
    exact = [place for place in places if not place.add and not place.remove]
    assert exact or places == []
    for place in exact:
        stripped = [line.rstrip() for line in content[place.start_byte : place.end_byte].decode().splitlines()]
        assert [line for line in stripped if line] == [line.rstrip() for line in lines if line.strip()]


@settings(max_examples=60)
@given(st.lists(st.sampled_from([b"a\n", b"b\n", b"\n"]), min_size=1, max_size=40), st.data())
def test_a_diff_of_as_many_lines_shows_those_that_are_others(lines: list[bytes], data: st.DataObject) -> None:
    changed = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=min(3, len(lines) // 2)))
    after = [b"new" + line if at in changed else line for at, line in enumerate(lines)]
    text = diff(b"".join(lines), b"".join(after), "x")
    assert sum(line.startswith("+new") for line in text.split("\n")) == len(changed)
    assert sum(line.startswith("-") and not line.startswith("---") for line in text.split("\n")) == len(changed)


def test_python_that_compiles_needs_no_other_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(files: object) -> list[object]:
        assert not files
        return []

    monkeypatch.setattr("repoagent_agents.editing.edit_check.facts_of", never)
    edit = Edit("a.py", 0, 1, b"x", b"y")
    assert readable([edit], {"a.py": b"x = 1\n"}, []) == (edit,)
