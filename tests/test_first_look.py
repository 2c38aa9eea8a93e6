"""The first answer, before the index is there: what competes for one question, and the rest left to be read behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import repoagent
from repoagent_agents.packing.outline import outline
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index, index_folder
from repoagent_indexers.indexing.store import is_being_written, only_writer
from repoagent_indexers.ranking import first_look, first_search
from repoagent_indexers.ranking.first_look import finish, finish_behind, open_for, open_for_outline
from repoagent_indexers.ranking.importance import importance
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.words.tokens import estimate

TOPICS = (
    "invoice", "tractor", "glacier", "violin", "harbour", "lantern", "orchard", "compass", "quarry", "meadow",
    "satellite", "carpet", "volcano", "library", "anchor", "bakery", "tunnel", "pigeon", "crystal", "saddle",
)  # fmt: skip
QUESTION = "how is the volcano measured before it is drawn?"


def files_about(topics: tuple[str, ...], n_functions: int = 4) -> dict[str, str]:
    """One module a topic; all of them share their common words."""
    return {
        f"src/part{number}.py": "\n\n".join(
            f"def {verb}_{topic}_{k}(value):\n"
            f'    """The {topic} is {verb}d before it is drawn."""\n'
            f"    return value + {k}\n"
            for k in range(n_functions)
            for verb in ("measure", "draw")
        )
        for number, topic in enumerate(topics)
    }


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is too much to be read at once, and three files compete."""
    monkeypatch.setattr(first_look, "AT_ONCE", 0)
    monkeypatch.setattr(first_search, "MAX_READ", 3)


@pytest.fixture
def root(make_repository: Callable[..., Path]) -> Path:
    return make_repository(files_about(TOPICS))


@pytest.mark.usefixtures("hurried")
def test_only_what_competes_is_read_and_answers_as_the_whole_would(root: Path) -> None:
    with Repository.open(root) as repository:
        with open_for(repository, QUESTION) as look:
            assert look.unread is not None
            assert look.unread.n_files == len(TOPICS) - 3
            assert int((look.catalogue.blobs >= 0).sum()) == 3
            first = search(look, QUESTION, 2)
        with Index.open(repository) as whole:
            assert whole.unread is None
            assert [hit.span for hit in search(whole, QUESTION, 2)] == [hit.span for hit in first]


@pytest.mark.usefixtures("hurried")
def test_an_outline_leaves_out_what_waits_to_be_read(root: Path) -> None:
    with Repository.open(root) as repository, open_for(repository, QUESTION) as look:
        outlined = outline(look, 100, lambda text: len(text) // 3)
    assert outlined.files
    assert len(outlined.files) + outlined.n_left_out == 3


def leaned_on() -> dict[str, str]:
    """Twenty modules that use one of two, by which each language says that it defines something."""
    users = {f"src/use{at}.py": f"from core import Harvester\n\nuse_{at} = Harvester({at})\n" for at in range(12)}
    return {
        **users,
        **{f"src/Use{at}.java": f"class Use{at} {{ long at = Clock.tickNow({at}); }}\n" for at in range(8)},
        "core.py": "class Harvester:\n    def __init__(self, n):\n        self.n = n\n",
        "src/Clock.java": "class Clock {\n    static long tickNow(int n) {\n        return n;\n    }\n}\n",
        "src/logo.png": "\0\0",
        "notes.md": "Harvester, Harvester\n",
        "min.js": "var Harvester=1;" * 1000,
    }


@pytest.mark.usefixtures("hurried")
def test_an_outline_reads_what_others_lean_on(make_repository: Callable[..., Path]) -> None:
    with Repository.open(make_repository(leaned_on())) as repository:
        with open_for_outline(repository, 80) as look:
            read = [path for path, blob in zip(look.catalogue.paths, look.catalogue.blobs, strict=True) if blob >= 0]
            first = outline(look, 80, estimate)
            assert look.unread is not None
            assert look.unread.n_files == len(look.catalogue.paths) - 3
            assert {"core.py", "src/Clock.java"} < set(read)
            assert [look.n_users(name) for name in ("Harvester", "tickNow")] == [13, 9]  # and where they are defined
            assert float(importance(look).sum()) == pytest.approx(1)
        with Index.open(repository) as whole:
            full = outline(whole, 80, estimate)
    assert {file.path for file in first.files[:2]} == {file.path for file in full.files[:2]}


@pytest.mark.usefixtures("hurried")
def test_an_outline_of_a_folder_and_of_no_code(make_repository: Callable[..., Path]) -> None:
    root, text = make_repository(leaned_on()), make_repository({"a.md": "# A\n"}, name="text")
    with Repository.open(root) as repository, open_for_outline(repository, 80, ["src"]) as look:
        assert outline(look, 80, estimate, roots=["src"]).files[0].path == "src/Clock.java"
    with Repository.open(text) as repository, open_for_outline(repository, 80) as look:
        assert outline(look, 80, estimate).files == ()


@pytest.mark.usefixtures("hurried")
def test_nothing_is_kept_of_a_first_look(root: Path) -> None:
    with Repository.open(root) as repository:
        open_for(repository, QUESTION).close()
        with open_for(repository, "how is the saddle drawn?") as look:
            assert look.unread is not None
            assert search(look, "saddle", 1)[0].span.path == "src/part19.py"


@pytest.mark.usefixtures("hurried")
def test_a_word_is_rare_though_all_that_was_read_has_it(root: Path) -> None:
    with Repository.open(root) as repository, open_for(repository, QUESTION) as look:
        assert look.unread is not None
        in_chunks, in_files = look.unread.times("volcano")
        assert (in_chunks, in_files) == (1.0, 1.0)
        in_chunks, in_files = look.unread.times("drawn")
        assert in_files == pytest.approx(len(TOPICS) / 3)


@pytest.mark.usefixtures("hurried")
def test_only_below_the_roots(make_repository: Callable[..., Path]) -> None:
    root = make_repository({**files_about(TOPICS), "other/volcano.py": "def measure_volcano():\n    return 1\n"})
    with Repository.open(root) as repository, open_for(repository, QUESTION, ["./src"]) as look:
        assert {hit.span.path.split("/")[0] for hit in search(look, QUESTION, 10, ["src"])} == {"src"}
        position = look.position("other/volcano.py")
        assert position is not None
        assert look.catalogue.blobs[position] < 0


def test_little_is_read_at_once(root: Path) -> None:
    with Repository.open(root) as repository, open_for(repository, QUESTION) as index:
        assert index.unread is None
        assert (index.catalogue.blobs >= 0).all()


@pytest.mark.usefixtures("hurried")
def test_one_changed_file_of_an_index_that_is_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Repository.open(root) as repository:
        Index.open(repository).close()
        monkeypatch.setattr(first_look, "AT_ONCE", 20_000)
        (root / "src/part0.py").write_text("def erupt():\n    return 'lava'\n")
        with open_for(repository, "lava") as index:
            assert index.unread is None
            assert search(index, "lava", 1)[0].span.path == "src/part0.py"


@pytest.mark.usefixtures("hurried")
def test_it_does_not_wait_for_a_writer_and_starts_no_second(root: Path) -> None:
    with Repository.open(root) as repository:
        folder = index_folder(repository)
        assert not is_being_written(folder)
        with only_writer(folder):
            assert is_being_written(folder)
            with open_for(repository, QUESTION) as look:
                assert look.unread is not None
            assert finish_behind(repository)
            assert _processes_behind(root) == []
        assert not is_being_written(folder)


@pytest.mark.usefixtures("hurried")
def test_the_rest_is_read_behind(root: Path) -> None:
    with repoagent.open(root, question=QUESTION) as repo:
        assert repo.is_partial
        assert "17 of 20" not in repo.index.notices[0]
        assert "3 of 20 files were read" in repo.index.notices[0]
        first = repo.search(QUESTION, 1)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with repoagent.open(root, question=QUESTION) as again:
                if not again.is_partial:
                    assert again.search(QUESTION, 1)[0].span == first[0].span
                    break
            time.sleep(0.1)
        else:
            pytest.fail("nobody made the index")
        repo.refresh()
        assert not repo.is_partial
        assert len(repo.symbols()) == 8 * len(TOPICS)


@pytest.mark.usefixtures("hurried")
def test_what_is_left_behind_can_be_interrupted_and_goes_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Repository.open(root) as repository:
        assert finish_behind(repository)
        for pid in _processes_behind(root):
            os.kill(pid, 9)
        finish(str(root), "static")  # what the next one does
        monkeypatch.setattr(first_look, "AT_ONCE", 0)
        with open_for(repository, QUESTION) as index:
            assert index.unread is None


def test_what_is_left_behind_says_nothing_when_it_cannot_work(tmp_path: Path) -> None:
    finish(str(tmp_path / "no such folder"), "static")


@pytest.mark.usefixtures("hurried")
def test_settings_can_say_to_wait(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPOAGENT_WAIT", "1")
    with repoagent.open(root, question=QUESTION) as repo:
        assert not repo.is_partial


def test_commands_on_a_large_repository(make_repository: Callable[..., Path], tmp_path: Path) -> None:
    """The real thing, 6 MiB of it."""
    root = make_repository(files_about(TOPICS * 4, n_functions=400))
    assert sum(file.stat().st_size for file in root.rglob("*.py")) > first_look.AT_ONCE

    def run(*arguments: str, home: Path | None = None) -> tuple[dict[str, object], str]:
        env = os.environ | ({"REPOAGENT_HOME": str(home)} if home else {})
        done = subprocess.run(
            [sys.executable, "-c", "from repoagent.cli import main; main()", *arguments, "--json", "-C", str(root)],
            capture_output=True, text=True, check=True, env=env,
        )  # fmt: skip
        return json.loads(done.stdout), done.stderr

    found, said = run("search", QUESTION, "-n", "3")
    assert found["partial"] is True
    assert "a first look" in said
    another = tmp_path / "another"
    shown, said = run("map", "--budget", "500", home=another)
    assert shown["partial"] is True
    assert "a first look" in said
    assert run("map", "--budget", "500", "--wait", home=another)[0]["partial"] is False
    answer, _ = run("ask", "--brief", QUESTION, "--wait")
    assert answer["partial"] is False
    sources = answer["sources"]
    assert isinstance(sources, list)
    assert "volcano" in sources[0]["symbol"]
    again, said = run("search", QUESTION, "-n", "3")
    assert again["partial"] is False
    assert not said


def _processes_behind(root: Path) -> list[int]:
    """Ids of the processes that finish the index of `root`; none where the system does not show them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(root) in words and any(b"first_look" in word for word in words):
            found.append(int(entry.name))
    return found
