"""What happens to an index on disk: kills, flipped bits, full disks, several processes. Never a wrong answer.

More of it: REPOAGENT_KILLS=200 REPOAGENT_CORRUPTIONS=500 REPOAGENT_DISKS=50 REPOAGENT_ROUNDS=60.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import git
from described_index import described, difference

from repoagent_indexers.errors import EnvironmentFault
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index, index_home
from repoagent_indexers.indexing.store import Damaged, Store, begin_anew, discard_older, newest, only_writer

KILLS = int(os.environ.get("REPOAGENT_KILLS", "10"))
CORRUPTIONS = int(os.environ.get("REPOAGENT_CORRUPTIONS", "60"))
DISKS = int(os.environ.get("REPOAGENT_DISKS", "6"))
ROUNDS = int(os.environ.get("REPOAGENT_ROUNDS", "6"))
TESTS = Path(__file__).resolve().parent

MakeRepository = Callable[..., Path]


# -- one file


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "index")
    with store.writing():
        store.add(2, b"two")
        store.add(3, b"three")
        store.add_blobs([(0, b"key", b"facts"), (1, b"other", b"others")])
        store.set_root({"next_part": 4})
    yield store
    store.close()


def test_what_is_kept_comes_back(store: Store) -> None:
    assert store.part(2) == b"two"
    assert store.facts(0, b"key") == b"facts"
    assert store.find_blob(b"key") == (0, b"facts")
    assert store.find_blob(b"another") is None
    assert store.root() == {"next_part": 4}
    with pytest.raises(Damaged):
        store.part(9)
    with pytest.raises(Damaged):
        store.facts(0, b"other")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE part SET data = (SELECT data FROM part WHERE id = 3) WHERE id = 2",
        "UPDATE part SET data = CAST(zeroblob(length(data)) AS BLOB) WHERE id = 2",
        "UPDATE part SET data = 'two' WHERE id = 2",
        "UPDATE part SET data = 2 WHERE id = 2",
        "UPDATE part SET data = x'' WHERE id = 2",
        "DELETE FROM part WHERE id = 2",
        "DROP TABLE part",
        "ALTER TABLE part RENAME COLUMN data TO date",
    ],
)
def test_a_changed_part_is_damage(store: Store, change: str) -> None:
    with closing(sqlite3.connect(store.path)) as other, other:
        other.execute(change)
    other.close()
    with pytest.raises(Damaged) as caught:
        store.part(2)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE blob SET key = 'key' WHERE id = 1; UPDATE blob SET key = x'00' WHERE id = 0",
        "UPDATE blob SET facts = (SELECT facts FROM blob WHERE id = 1) WHERE id = 0",
        "DELETE FROM blob WHERE id = 0",
    ],
)
def test_a_changed_blob_is_not_found(store: Store, change: str) -> None:
    with closing(sqlite3.connect(store.path)) as other, other:
        other.executescript(change)
    other.close()
    assert store.find_blob(b"key") is None


@pytest.mark.parametrize("left", ["part", "blob"])
def test_a_lost_root_is_damage_and_not_an_empty_index(store: Store, left: str) -> None:
    with closing(sqlite3.connect(store.path)) as other, other:
        other.execute("DELETE FROM part WHERE id = 1")
        other.execute(f"DELETE FROM {'part' if left == 'blob' else 'blob'}")
    other.close()
    with pytest.raises(Damaged):
        store.root()


def test_what_is_not_finished_has_not_happened(store: Store) -> None:
    def work() -> None:
        with store.writing():
            store.drop([2])
            store.set_root({})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert store.root() == {"next_part": 4}
    assert store.part(2) == b"two"


def test_a_reader_keeps_what_it_holds(store: Store) -> None:
    other = Store(store.folder)
    other.hold()
    assert other.root() == {"next_part": 4}
    with store.writing():
        store.drop([2])
        store.set_root({"next_part": 5})
    store.fold()
    assert other.root() == {"next_part": 4}
    assert other.part(2) == b"two"
    other.let_go()
    assert other.root() == {"next_part": 5}
    with pytest.raises(Damaged):
        other.part(2)
    other.close()


def test_a_file_is_replaced_under_another_name(store: Store) -> None:
    late = Store(store.folder)
    late.hold()
    assert late.part(2) == b"two"
    fresh = begin_anew(store.folder, store.path)
    assert fresh.path != store.path
    assert fresh.root() is None
    assert late.part(2) == b"two"  # who reads the old one still does
    late.close()
    again = begin_anew(store.folder, store.path)  # somebody else has done it
    assert again.path == fresh.path == newest(store.folder)
    store.close()
    discard_older(store.folder)
    assert [path.name for path in sorted(store.folder.glob("*.sqlite3"))] == [fresh.path.name]
    fresh.close()
    again.close()


def test_only_one_writes(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from repoagent_indexers.indexing.store import only_writer\n"
        "with only_writer(Path(sys.argv[1])):\n  print('in', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        killer = threading.Timer(0.3, process.kill)
        killer.start()
        with only_writer(tmp_path) as waited:
            assert waited
        killer.join()
    with only_writer(tmp_path) as waited:
        assert not waited


# -- machines that will not


def described_at(root: Path) -> dict[str, Any]:
    with Repository.open(root) as repository, Index.open(repository) as index:
        return index.look_up(described)


@pytest.mark.parametrize("what", ["a file in the way", "no permission"])
def test_a_place_that_cannot_be_written_is_one_line(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    root = make_repository({"a.py": "x = 1\n"})
    home = tmp_path / "home"
    if what == "a file in the way":
        home.write_text("")
    else:
        home.mkdir(mode=0o555)
    monkeypatch.setenv("REPOAGENT_HOME", str(home))
    program = (
        "import os, sys\n"
        "from repoagent_indexers.indexing.index import Index\n"
        "from repoagent_indexers.git.repository import Repository\n"
        "from repoagent_indexers.errors import EnvironmentFault\n"
        "from repoagent_indexers.encoders import load_encoder; load_encoder()\n"  # before the library is out of reach
        "with Repository.open(sys.argv[1]) as repository:\n"
        "  if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "  try: Index.open(repository)\n"
        "  except EnvironmentFault as error: print(error); sys.exit(3)\n"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", program, str(root)], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert done.stdout.count("\n") == 1
    assert "REPOAGENT_HOME" in done.stdout


@pytest.mark.parametrize("amount", range(DISKS))
def test_a_full_disk_costs_nothing_but_the_update(make_repository: MakeRepository, amount: int) -> None:
    """The child may write files of so many bytes only: what SQLite is told then is what a full disk tells it."""
    root = states(make_repository, random.Random(amount))
    put_state(root, 0)
    before = described_at(root)
    put_state(root, 1)
    limit = int(120_000 * (amount + 1) / DISKS)
    program = (
        "import resource, sys\n"
        "from repoagent_indexers.indexing.index import Index\n"
        "from repoagent_indexers.git.repository import Repository\n"
        "from repoagent_indexers.errors import EnvironmentFault\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "with Repository.open(sys.argv[1]) as repository:\n"
        "  try: Index.open(repository)\n"
        "  except EnvironmentFault as error: print(error); sys.exit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(root)], capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stderr
    assert done.stdout.count("\n") == (1 if done.returncode else 0)
    put_state(root, 0)
    assert not difference(described_at(root), before)


def one_line_or(ask: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return ask()
    except EnvironmentFault as error:
        message = str(error)
    assert message
    assert "\n" not in message
    return None


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("amount", range(DISKS))
def test_a_small_disk(
    make_repository: MakeRepository, tmp_path: Path, amount: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = states(make_repository, random.Random(amount))
    put_state(root, 0)
    wanted = described_at(root)
    disk = tmp_path / "disk"
    disk.mkdir()
    size = 4096 * (16 + amount * 120 // DISKS)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine does not let anybody mount")
    try:
        monkeypatch.setenv("REPOAGENT_HOME", str(disk))
        for state in (0, 1, 2, 0):
            put_state(root, state)
            found = one_line_or(lambda: described_at(root))
            assert state or not found or not difference(found, wanted)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        assert not difference(described_at(root), wanted)
    finally:
        subprocess.run(["umount", disk], check=True)


# -- work trees that change from one known state to another


def states(make_repository: MakeRepository, pick: random.Random, n_files: int = 12) -> Path:
    """A repository whose work tree `put_state` turns into one of three states."""
    root = make_repository({f"f{n}.py": source(n, 0, pick.randint(1, 40)) for n in range(n_files)})
    for state in (1, 2):
        folder = root / ".git" / f"state{state}"
        folder.mkdir()
        for n in range(n_files):
            if pick.random() < 0.7:
                (folder / f"f{n}.py").write_text(source(n, state, pick.randint(1, 40)))
        (folder / f"only{state}.md").write_text(f"# Only in state {state}\n")
        commit = git(root, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", f"towards state {state}")
        git(root, "tag", f"state{state}", commit.strip())
    git(root, "tag", "state0")
    return root


def source(n: int, state: int, repeat: int) -> str:
    return "".join(f"def file{n}_state{state}_{i}(x):\n    return call{state}(x)\n\n\n" for i in range(repeat))


def put_state(root: Path, state: int) -> None:
    git(root, "checkout", "-q", "--", ".")
    git(root, "reset", "-q", "--soft", f"state{state}")
    for path in root.glob("only*.md"):
        path.unlink()
    if state:
        shutil.copytree(root / ".git" / f"state{state}", root, dirs_exist_ok=True)


@pytest.fixture
def three(make_repository: MakeRepository) -> tuple[Path, list[dict[str, Any]]]:
    """A repository and what an index says of its three states."""
    root = states(make_repository, random.Random(5))
    wanted = []
    for state in range(3):
        put_state(root, state)
        wanted.append(described_at(root))
        shutil.rmtree(index_home())
    return root, wanted


# -- kills


def test_kill_at_any_moment(three: tuple[Path, list[dict[str, Any]]]) -> None:
    root, wanted = three
    pick = random.Random(11)
    program = (
        f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
        "from pathlib import Path; import test_store\n"
        "test_store.update_forever(Path(sys.argv[1]))"
    )
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(pick.random() * 0.6)
            process.send_signal(signal.SIGKILL)
            process.stdout.read()
        wait_for_group(process.pid)  # the git that it may have started holds locks
        state = pick.randrange(3)
        put_state(root, state)
        with Repository.open(root) as repository, Index.open(repository) as index:
            assert not difference(index.look_up(described), wanted[state])
            assert not index.notices


def wait_for_group(group: int) -> None:
    """Return when no process of a group is left."""
    with suppress(ProcessLookupError):
        while True:
            os.killpg(group, 0)
            time.sleep(0.01)


def update_forever(root: Path) -> None:
    """What the process does that is killed."""
    from repoagent_indexers.indexing import update

    update.SEGMENT, update.MAX_SEGMENTS = 5000, 2
    state = 0
    with Repository.open(root) as repository:
        while True:
            put_state(root, state)
            print("begin", flush=True)
            with Index.open(repository):
                state = (state + 1) % 3
            if state == 0:
                shutil.rmtree(index_home())


# -- corruptions


def damage(data: bytearray, pick: random.Random) -> str:
    """Change a file as a failing disk would; what was done."""
    kind = pick.random()
    page = 4096
    n = len(data) // page
    if kind < 0.5:
        at = pick.randrange(len(data))
        data[at] ^= 1 << pick.randrange(8)
        return f"bit at {at}"
    one, two = pick.randrange(n), pick.randrange(n)
    if kind < 0.7:
        data[one * page : (one + 1) * page] = bytes(page)
        return f"page {one} zeroed"
    if kind < 0.9:
        first, second = data[one * page : (one + 1) * page], data[two * page : (two + 1) * page]
        data[one * page : (one + 1) * page], data[two * page : (two + 1) * page] = second, first
        return f"pages {one} and {two} swapped"
    if kind < 0.95:
        del data[one * page :]
        return f"cut at page {one}"
    data[one * page :] = os.urandom(len(data) - one * page)
    return f"noise from page {one}"


def test_damage_is_never_an_answer(three: tuple[Path, list[dict[str, Any]]]) -> None:
    root, wanted = three
    pick = random.Random(int(os.environ.get("REPOAGENT_SEED", "3")))
    for state in (1, 2, 0, 1):
        put_state(root, state)
        with Repository.open(root) as repository, Index.open(repository) as index:
            described(index)
    file = newest(index.folder)
    sound = file.read_bytes()
    outcomes = {"harmless": 0, "rebuilt": 0}
    for number in range(CORRUPTIONS):
        shutil.rmtree(index.folder)
        index.folder.mkdir()
        data = bytearray(sound)
        what = damage(data, pick)
        file.write_bytes(data)
        state = 1 if number % 2 else pick.randrange(3)
        put_state(root, state)
        with Repository.open(root) as repository, Index.open(repository) as index:
            assert not difference(index.look_up(described), wanted[state]), what
            for notice in index.notices:
                assert notice == "the index was damaged; it is built anew"
            outcomes["rebuilt" if index.notices else "harmless"] += 1
        assert len(list(index.folder.glob("*.sqlite3"))) == 1
    assert all(outcomes.values()), outcomes


def test_damage_that_shows_only_when_something_is_looked_up(three: tuple[Path, list[dict[str, Any]]]) -> None:
    root, wanted = three
    put_state(root, 1)
    with Repository.open(root) as repository:
        with Index.open(repository) as index:
            described(index)
        with Index.open(repository) as index:
            with closing(sqlite3.connect(newest(index.folder))) as other, other:
                other.execute("UPDATE blob SET facts = zeroblob(length(facts))")
            other.close()
            index.release()
            with pytest.raises(Damaged):
                described(index)
            assert not difference(index.look_up(described), wanted[1])
            assert index.notices == ["the index was damaged; it is built anew"]
            assert not difference(described(index), wanted[1])


# -- several at once


def test_writers_and_readers_at_once(three: tuple[Path, list[dict[str, Any]]]) -> None:
    root, wanted = three
    put_state(root, 0)
    run = f"import sys; sys.path.insert(0, {str(TESTS)!r}); from pathlib import Path; import test_store; "
    writers = [run + f"test_store.write(Path(sys.argv[1]), {n})" for n in range(2)]
    readers = [run + f"test_store.read(Path(sys.argv[1]), {n})" for n in range(10 if ROUNDS > 20 else 3)]
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(root)], stderr=subprocess.PIPE)
        for program in (*writers, *readers)
    ]
    for process in processes:
        _, error = process.communicate()
        assert process.returncode == 0, error.decode()
        if process is processes[1]:
            (root / ".git" / "written").touch()
    put_state(root, 2)
    assert not difference(described_at(root), wanted[2])


def write(root: Path, number: int) -> None:
    """Change half of the files, and bring the index up to date, again and again."""
    pick = random.Random(number)
    with Repository.open(root) as repository:
        for _ in range(ROUNDS):
            for file in range(number, 12, 2):
                if pick.random() < 0.4:
                    fresh = root / ".git" / f"fresh{file}"
                    fresh.write_text(source(file, pick.randrange(1000), 3))
                    fresh.replace(root / f"f{file}.py")
            with Index.open(repository) as index:
                check_generation(index)
                assert not index.notices, index.notices


def read(root: Path, number: int) -> None:
    """See one generation, whole and consistent, again and again."""
    with Repository.open(root) as repository, Index.open(repository) as index:
        while True:
            is_last = (root / ".git" / "written").exists()
            first = described(index)
            check_generation(index)
            for name in ("root", "catalogue", "history", "live_chunks", "_segments", "_columns", "_directories"):
                index.__dict__.pop(name, None)
            assert described(index) == first, "the generation changed while it was held"
            if number % 2:
                index.update()
            else:
                index.release()
            assert not index.notices, index.notices
            if is_last:
                return


def check_generation(index: Index) -> None:
    """Whether facts, names and words say the same."""
    for position, path in enumerate(index.catalogue.paths):
        facts = index.facts(position)
        assert facts is not None
        for symbol in range(facts.n_symbols):
            name = facts.symbol_name(symbol)
            assert (position, symbol) in index.definitions(name), (path, name)
    for key, pairs in index.items("d"):
        for blob, symbol in pairs.tolist():
            for position in index.positions_of(blob):
                facts = index.facts(position)
                assert facts is not None
                assert facts.symbol_name(symbol).casefold() == key[1:]
