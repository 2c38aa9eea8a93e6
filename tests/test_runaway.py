"""Files that no parser was made for: each grammar reads them, or is stopped, and their words are found all the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.draft import MINIFIED
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.languages.long_comments import MAX_LINES, without_long_comments
from repoagent_indexers.reading import workers
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.reading.workers import CRASHED, RAN_AWAY, Job, read_all, read_batches

CODE = [name for name, row in LANGUAGES.items() if row.is_code]
DEEP = 20_000
HOSTILE = {
    "nested brackets": b"x = " + b"(" * DEEP + b"1" + b")" * DEEP + b"\n",
    "a line of a megabyte": b"x = '" + b"y" * (1 << 20) + b"'\n",
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_every_grammar_is_bounded(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SECONDS", 2)
    monkeypatch.setattr(workers, "SECONDS_PER_MIB", 2)
    jobs = [Job(key, language, language, HOSTILE[shape]) for key, language in enumerate(CODE)]
    reads = {read.job.path: read for read in read_all(jobs)}
    assert sorted(reads) == sorted(CODE)
    for read in reads.values():
        facts = Facts.from_bytes(read.facts)
        assert facts.problem in ("", RAN_AWAY, CRASHED)
        assert len(facts.chunks) > 0


def test_what_ran_away_is_text_and_counted(
    make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "SECONDS", 1)
    glutton = b"// the word zebrafish\n" + b"a=>\n" * 4000
    long = b"// the word quagga\nvar x = '" + b"y" * (1 << 20) + b"';\n"
    root = make_repository(
        {"glutton.java": glutton, "long.js": long, "plain.java": "class Plain { void okapi() {} }\n"}
    )
    with Repository.open(root) as repository, Index.open(repository) as index:
        notes = dict(zip(index.catalogue.paths, index.catalogue.notes, strict=True))
        assert notes.pop("glutton.java") in (RAN_AWAY, CRASHED)
        assert notes == {"long.js": MINIFIED, "plain.java": ""}
        skipped = index.status().skipped
        assert skipped[MINIFIED] == 1
        assert index.status().demoted == {"long text, of which the first 64 KiB are searched": 1}
        assert skipped.get(RAN_AWAY, 0) + skipped.get(CRASHED, 0) == 1
        for word in ("zebrafish", "quagga", "okapi"):
            assert len(index.pairs(f"t{word}")) == 1, word
        assert len(index.definitions("okapi")) == 1
        assert index.update().n_parsed == 0


def test_a_comment_of_very_many_lines_is_no_hostile_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SECONDS", 3)
    many, text = b"# the word zebrafish\n" * 20_000, "b'''" + "# no comment\n" * 20_000 + "'''\n"
    files = {
        "top": b"x = 1\n" + many + b"# What it is for.\ndef okapi():\n    return x\n",
        "within": b"def okapi():\n    x = 1\n" + many.replace(b"#", b"    #") + b"    return quagga(x)\n",
        "blank lines": many.replace(b"\n", b"\n\n") + b"def okapi(): pass\n",
        "string": text.encode() + b"def okapi(): pass\n",
    }
    jobs = [Job(key, path, "python", content) for key, (path, content) in enumerate(files.items())]
    for skim in (False, True):
        with closing(read_batches(jobs, skim=skim)) as batches:
            reads = {read.job.path: Facts.from_bytes(read.facts) for batch in batches for read in batch.reads}
        for path, facts in reads.items():
            assert (facts.problem, facts.errors) == ("", []), path
            okapi = next(symbol for symbol in facts.parsed(path).symbols if symbol.name == "okapi")
            whole = files[path][okapi.span.start_byte : okapi.span.end_byte]
            assert whole.rstrip() == files[path][files[path].index(b"def okapi") :].rstrip(), path
        assert "the word zebrafish" in reads["top"].parsed("top").symbols[-1].doc
        assert [one.name for one in reads["within"].parsed("within").references if one.kind == "call"] == ["quagga"]


def test_only_comments_that_are_too_long_are_cut() -> None:
    lines = [f"# line {n}\n".encode() for n in range(MAX_LINES + 3)]
    code = b"def f():\n    '''doc'''\n    x = '#'\n"
    assert without_long_comments(code + b"".join(lines[:MAX_LINES]) + code) == code + b"".join(lines[:MAX_LINES]) + code
    short = without_long_comments(code + b"".join(lines) + b"y = 1\r\n" + b"# last\n")
    blank = b"".join(b" " * (len(line) - 1) + b"\n" for line in lines[:3])
    assert short == code + blank + b"".join(lines[3:]) + b"y = 1\r\n" + b"# last\n"
