"""Files read by processes that can be killed: hostile ones cost themselves and nothing else."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.forked import Forked
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.reading import parse, reader, workers
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.reading.parse import extract
from repoagent_indexers.reading.skim import Passed
from repoagent_indexers.reading.tally import tally
from repoagent_indexers.reading.uses import Outline
from repoagent_indexers.reading.workers import CRASHED, RAN_AWAY, Job, read_all, read_batches
from repoagent_indexers.words.vocabulary import Vocabulary

MAIN = workers._MAIN

HONEST = {
    "a.py": ("python", b"def f(x):\n    return g(x)\n"),
    "A.java": ("java", b"class A { int f() { return g(); } }\n"),
    "a.c": ("c", b"int f(void) { return g(); }\n"),
    "README.md": ("markdown", b"# Title\n\nWords.\n"),
    "empty.py": ("python", b""),
    "bytes.py": ("python", b"x = 1 # \xff\xfe\x80\n\0\n"),
}
GLUTTON = b"a=>" * 4000
"""As Java: 12 KB that want 35 seconds and 4.6 GB."""
ENDLESS = b"def f():\n" + b"if(a" * 30000
"""As Bash: seconds and seconds of error recovery."""


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Every test leaves no process, no thread and no descriptor behind."""
    gc.collect()  # what tests before this one dropped is not to be closed in the midst of it
    before = _held()
    yield
    gc.collect()
    assert _held() == before


def _held() -> tuple[int, int, list[str]]:
    tasks = Path(f"/proc/self/task/{os.getpid()}/children")
    if not tasks.exists():
        return threading.active_count(), 0, []
    return threading.active_count(), len([*Path("/proc/self/fd").iterdir()]), tasks.read_text().split()


@pytest.fixture(params=["started anew", "a copy"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that are new processes of Python, and children that are copies of this one."""
    monkeypatch.setattr(Forked, "is_allowed", request.param == "a copy")


def jobs(files: dict[str, tuple[str, bytes]]) -> list[Job]:
    return [Job(key, path, language, content) for key, (path, (language, content)) in enumerate(files.items())]


def problems(files: dict[str, tuple[str, bytes]], n_workers: int | None = None) -> dict[str, str]:
    return {read.job.path: read.reading.problem.decode() for read in read_all(jobs(files), n_workers)}


@pytest.mark.usefixtures("either")
def test_a_child_reads_what_this_process_would() -> None:
    for batch in read_batches(jobs(HONEST)):
        known = reader.Known()
        readings, columns = alone([(read.job.language, read.job.content) for read in batch.reads], known)
        assert [read.reading for read in batch.reads] == readings
        assert batch.columns.lengths == columns.lengths
        assert _named(batch.columns, batch.words.terms, batch.words.names) == _named(
            columns, list(known.terms), list(known.names)
        )


def test_what_is_read_together_is_what_is_read_alone() -> None:
    files = [(job.language, job.content) for job in jobs(HONEST)]
    together, _ = alone(files, known := reader.Known())
    for one, reading in zip(files, together, strict=True):
        assert alone([one], known)[0] == [reading]
        assert Facts.from_bytes(reading.facts).references == (
            extract(*one).references if LANGUAGES[one[0]].is_code else []
        )


def alone(files: list[tuple[str, bytes]], known: reader.Known) -> tuple[list[reader.Reading], reader.Columns]:
    """What this process reads in files together."""
    page = reader.page([(*one, "") for one in files], known)
    return reader.read(page, [page.outline(at) for at in range(len(files))], known)


def test_a_vocabulary_that_has_grown_too_large_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "BATCH", 1)
    for limit in ("1 << 18", "12"):
        limited = f"from repoagent_indexers.reading import reader\nreader.MAX_WORDS = {limit}\nserve("
        monkeypatch.setattr(workers, "_MAIN", MAIN.replace("serve(", limited))
        batches = list(read_batches([job for job in jobs(HONEST) if job.content], 1))
        assert (len({id(batch.words) for batch in batches}) == 1) == (limit != "12")
        for batch in batches:
            [read] = batch.reads
            terms = [batch.words.terms[term] for term in memoryview(batch.columns.terms).cast("I")]
            vocabulary = Vocabulary()
            words = vocabulary.lexicon.words([read.job.content])
            table = tally([Facts.from_bytes(read.facts)], words, vocabulary)
            assert set(terms) == {list(vocabulary.terms)[term] for term in table.terms.tolist()}


def _named(columns: reader.Columns, terms: list[str], names: list[str]) -> list[list[tuple[object, ...]]]:
    def column(data: bytes) -> list[int]:
        return memoryview(data).cast("I").tolist()

    rows = zip(column(columns.terms), column(columns.term_chunks), column(columns.term_counts), strict=True)
    named = zip(column(columns.names), column(columns.name_files), column(columns.name_values), strict=True)
    return [[(terms[term], *rest) for term, *rest in rows], [(names[name], *rest) for name, *rest in named]]


@pytest.mark.usefixtures("either")
def test_many_files_come_back_each_once() -> None:
    content = b"def f(x):\n    return g(x)\n"
    many = [Job(key, f"{key}.py", "python", content + b"# %d\n" % key) for key in range(1500)]
    assert sorted(read.job.key for read in read_all(many, 3)) == list(range(1500))


def test_no_files_need_no_process() -> None:
    assert list(read_all([])) == []


@pytest.mark.usefixtures("either")
def test_a_glutton_is_known_as_text_and_the_others_are_read() -> None:
    files = {"first.py": HONEST["a.py"], "hostile.java": ("java", GLUTTON), **HONEST}
    found = problems(files, 1)
    assert found.pop("hostile.java") in (CRASHED, RAN_AWAY)
    assert found == dict.fromkeys(HONEST | {"first.py": None}, "")


def test_a_runaway_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SECONDS", 1)
    monkeypatch.setattr(workers, "_MAIN", workers._MAIN.replace("serve(", ENDLESS_MAIN + "serve("))
    found = problems({"a.py": HONEST["a.py"], "b.py": ("python", b"endless"), "c.py": HONEST["a.py"]})
    assert found == {"a.py": "", "b.py": RAN_AWAY, "c.py": ""}


ENDLESS_MAIN = """
from repoagent_indexers.reading import parse
plain = parse.outlined
def outlined(language, content, *more):
    while content == b"endless":
        pass
    return plain(language, content, *more)
parse.outlined = outlined
"""


def test_a_child_that_sleeps_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SECONDS", 1)
    monkeypatch.setattr(workers, "_PATIENCE", 0.5)
    asleep = ENDLESS_MAIN.replace("pass", "__import__('time').sleep(9)")
    monkeypatch.setattr(workers, "_MAIN", workers._MAIN.replace("serve(", asleep + "serve("))
    assert problems({"b.py": ("python", b"endless"), "c.py": HONEST["a.py"]}) == {"b.py": RAN_AWAY, "c.py": ""}


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process can be stopped here")
@pytest.mark.usefixtures("either")
def test_the_time_that_everything_was_stopped_counts_for_no_child() -> None:
    allowed = "True" if Forked.is_allowed else "False"
    command = [sys.executable, "-c", STOPPED_MAIN, allowed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(5)
        os.killpg(process.pid, signal.SIGCONT)
        assert process.stdout.read() == "\n"


STOPPED_MAIN = """
import sys
from repoagent_indexers.reading import workers
workers.Forked.is_allowed = sys.argv[1] == "True"
workers.SECONDS, workers._PATIENCE = 2, 1

content = b"def f(x):\\n    return g(x, 1)\\n" * 10000
problems = []
for read in workers.read_all((workers.Job(key, "a.py", "python", content) for key in range(9)), 2):
    if not problems:
        print("begun", flush=True)
    problems.append(read.reading.problem.decode())
print("".join(problems))
"""


def test_memory_is_limited_and_what_others_took_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    hoarding = """
from repoagent_indexers.reading import parse
plain, hoard = parse.outlined, []
def outlined(language, content, *more):
    hoard.append(bytearray(120 << 20))
    if content == b"greedy":
        hoard.append(bytearray(400 << 20))
    return plain(language, content, *more)
parse.outlined = outlined
"""
    monkeypatch.setattr(workers, "MEMORY", 400 << 20)
    monkeypatch.setattr(workers, "_MAIN", workers._MAIN.replace("serve(", hoarding + "serve("))
    files = {f"{n}.py": ("python", b"x = %d\n" % n) for n in range(8)}
    assert problems(files | {"greedy.py": ("python", b"greedy")}, 1) == {
        **dict.fromkeys(files, ""),
        "greedy.py": CRASHED,
    }


def test_memory_of_a_copy_is_limited_beyond_what_it_was_born_with(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = parse.outlined

    def outlined(language: str, content: bytes, lines: list[int], passed: Passed | None = None) -> Outline:
        if content.startswith(b"greedy"):
            hoard.append(bytearray(400 << 20))
        return plain(language, content, lines, passed)

    hoard = [bytearray(100 << 20)]
    monkeypatch.setattr(parse, "outlined", outlined)
    monkeypatch.setattr(workers, "MEMORY", 200 << 20)
    monkeypatch.setattr(Forked, "is_allowed", True)
    files = {"a.py": HONEST["a.py"], "greedy.py": ("python", b"greedy = 1\n")}
    assert problems(files, 1) == {"a.py": "", "greedy.py": CRASHED}


def test_a_file_that_cannot_even_be_read_as_text_is_known_by_name_only(monkeypatch: pytest.MonkeyPatch) -> None:
    dying = """
from repoagent_indexers.reading import reader
plain = reader.chunk
def chunk(facts, content, lines):
    if content == b"deadly":
        __import__("os")._exit(3)
    plain(facts, content, lines)
reader.chunk = chunk
"""
    monkeypatch.setattr(workers, "_MAIN", workers._MAIN.replace("serve(", dying + "serve("))
    reads = {read.job.path: read for read in read_all(jobs({"a.py": HONEST["a.py"], "b.py": ("python", b"deadly")}))}
    assert Facts.from_bytes(reads["b.py"].facts) == Facts("python", problem=CRASHED)
    assert reads["a.py"].reading.problem == b""


def test_a_fault_of_ours_costs_a_file_its_symbols_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(language: str, content: bytes, lines: list[int], passed: object) -> Facts:
        raise IndexError("off by one")

    monkeypatch.setattr("repoagent_indexers.reading.parse.outlined", fail)
    [reading], _ = alone([("python", b"client = 1\n")], known := reader.Known())
    assert reading.problem == b"its outline failed (IndexError)"
    assert "client" in known.terms


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("how", ["closed", "interrupted", "failed"])
def test_leaving_early_leaves_nothing_running(how: str) -> None:
    def drawn() -> Iterator[Job]:
        for key in range(5000):
            if how == "failed" and key == 2000:
                raise ValueError("the caller's own")
            yield Job(key, "a.py", "python", b"def f(x):\n    return g(x)\n" * 20)

    def work() -> None:
        with closing(read_all(drawn(), 2)) as reads:
            for n, _ in enumerate(reads):
                if n == 300 and how == "interrupted":
                    raise KeyboardInterrupt
                if n == 300 and how == "closed":
                    return

    if how == "closed":
        work()
    else:
        with pytest.raises({"interrupted": KeyboardInterrupt, "failed": ValueError}[how]):
            work()


@pytest.mark.usefixtures("either")
def test_leaving_while_a_parser_runs_away_does_not_wait_for_it() -> None:
    with closing(read_all(jobs({"a.py": HONEST["a.py"]}) + [Job(1, "b.sh", "bash", ENDLESS)] * 2, 2)) as reads:
        reads.close()


@pytest.mark.parametrize(
    "program", ["#!/nonexistent\n", "#!/bin/sh\necho 'the parsers are gone' >&2\nexit 1\n", None], ids=str
)
def test_a_child_that_cannot_start_is_the_machines_fault(
    program: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "python"
    if program:
        fake.write_text(program)
        fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(EnvironmentFault) as caught:
        list(read_all(jobs(HONEST)))
    assert "\n" not in str(caught.value)
    assert str(fake) in str(caught.value)
    assert "gone" in str(caught.value) or not program or "nonexistent" in program


def test_children_import_nothing_from_where_the_user_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("struct", "zlib", "tree_sitter", "repoagent_indexers"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the work tree')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend("")
    assert problems({"a.py": HONEST["a.py"]}) == {"a.py": ""}
