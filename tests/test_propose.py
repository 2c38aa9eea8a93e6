"""Edits that a model proposes: generate, debug, rewrite, and the commands around them."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git
from scripted_server import Behaviour, drops_after, says, says_forever, scripted_server
from test_cli import one_line, repoagent

import repoagent as api
from repoagent_agents.debug import Attempt, places_in
from repoagent_agents.models.scripted import ScriptedModel
from repoagent_indexers.errors import ModelError, UsageError

FILES = {
    "calc/mean.py": "def mean(values):\n    return sum(values) / len(value)\n",
    "calc/text.py": "def shout(text):\n    return text.upper()\n\n\ndef whisper(text):\n    return text.lower()\n",
    "check.py": "from calc.mean import mean\n\nassert mean([1, 2, 3]) == 2\nprint('fine')\n",
}


def block(path: str, search: str, replace: str) -> str:
    return f"I change this.\n\n{path}\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


MEND = block("calc/mean.py", "    return sum(values) / len(value)\n", "    return sum(values) / len(values)\n")
WRONG = block("calc/mean.py", "    return sum(values) / len(value)\n", "    return sum(values) / 4\n")
UNFIT = block("calc/mean.py", "    return nothing like this\n", "    return 1\n")
BROKEN = block("calc/mean.py", "def mean(values):\n", "def mean(values:\n")


@pytest.fixture
def calc(make_repository: Callable[..., Path]) -> Path:
    return make_repository(FILES)


REPLIES = [
    ([MEND], 1, 1, 0),
    ([UNFIT, MEND], 2, 1, 0),
    ([BROKEN, MEND], 2, 1, 0),
    (["I do not know.", "Still not."], 2, 0, 1),
    ([UNFIT, UNFIT], 2, 0, 1),
    ([MEND + UNFIT, "nothing"], 2, 1, 1),
    ([MEND + UNFIT, ModelError("it is gone")], 2, 1, 2),
]


@pytest.mark.parametrize(("replies", "n_asked", "n_edits", "n_problems"), REPLIES)
def test_reply_that_does_not_fit_is_given_back_once(
    calc: Path, replies: list[str | ModelError], n_asked: int, n_edits: int, n_problems: int
) -> None:
    model = ScriptedModel(replies)
    with api.open(calc, model=model) as repo:
        change, proposal = repo.generate("make the mean function divide by the number of values")
    assert len(model.asked) == n_asked
    for asked in model.asked:  # what stands at the end of a long window is heeded best
        assert ">>>>>>> REPLACE" in asked[-1].content[-400:]
    assert len(change.edits) == n_edits
    assert len(proposal.problems) == n_problems
    assert git(calc, "status", "--porcelain") == ""


def test_new_file_is_proposed(calc: Path) -> None:
    reply = block("calc/median.py", "", "def median(values):\n    return sorted(values)[len(values) // 2]\n")
    with api.open(calc, model=ScriptedModel([reply])) as repo:
        change, _ = repo.generate("add a median function")
        assert change.files == ("calc/median.py",)
        change.apply()
        assert (calc / "calc/median.py").read_text().startswith("def median")
        change.undo()
    assert git(calc, "status", "--porcelain") == ""


def test_rewrite_keeps_to_its_places(calc: Path) -> None:
    first = block("calc/text.py", "    return text.upper()\n", "    return text.upper() + '!'\n")
    second = block("calc/text.py", "    return text.lower()\n", "    return text.lower() + '.'\n") + MEND
    with api.open(calc, model=ScriptedModel([first, second])) as repo:
        change = repo.rewrite(["shout", "calc/text.py:6"], "add a mark at the end, and mind the mean of values")
    assert change.files == ("calc/text.py",)
    assert "+    return text.upper() + '!'" in change.diff()
    assert "+    return text.lower() + '.'" in change.diff()
    assert change.notes == ("calc/text.py:5-6: the reply also edits calc/mean.py; that part is left out",)


@pytest.mark.parametrize("place", ["nothing", "calc/text.py:99", "calc/none.py:1"])
def test_rewrite_of_a_place_that_is_not_there(calc: Path, place: str) -> None:
    with api.open(calc, model=ScriptedModel(["x"])) as repo, pytest.raises(UsageError, match=place.partition(":")[0]):
        repo.rewrite([place], "whatever")


OUTPUTS = [
    ('File "/repo/calc/mean.py", line 2, in mean\n', [("calc/mean.py", 2)]),
    ("calc/mean.py:2: error: bad\n", [("calc/mean.py", 2)]),
    ("calc/text.py:5:9: error: expected ;\n", [("calc/text.py", 5)]),
    (" --> calc/text.py:5:9\n", [("calc/text.py", 5)]),
    ("    at shout (/home/x/calc/text.py:1:3)\n", [("calc/text.py", 1)]),
    ("\tat org.calc.Mean.mean(mean.py:2)\n", [("calc/mean.py", 2)]),
    ("calc/text.py(5,9): error TS2304\n", [("calc/text.py", 5)]),
    ("#0 /srv/calc/text.py(5): shout()\n", [("calc/text.py", 5)]),
    ('File "/usr/lib/python3/json.py", line 2\n', []),
    ("at 12:30 nothing happened, ratio 3:2\n", []),
    ("", []),
    (
        'File "check.py", line 3\nFile "calc/text.py", line 1\nFile "calc/mean.py", line 2\n',
        [("calc/mean.py", 2), ("check.py", 3), ("calc/text.py", 1)],
    ),
]


@pytest.mark.parametrize(("output", "places"), OUTPUTS)
def test_places_in_output(output: str, places: list[tuple[str, int]]) -> None:
    assert places_in(output, FILES) == places


def test_generate_shows_a_diff_and_changes_nothing_unasked(calc: Path) -> None:
    with scripted_server([says(MEND)]) as server:
        done = repoagent("generate", "--model", server.url, "mend the mean", cwd=calc)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("--- a/calc/mean.py\n+++ b/calc/mean.py\n")
    assert git(calc, "status", "--porcelain") == ""


def test_generate_applies_with_consent_and_undo_takes_it_back(calc: Path) -> None:
    with scripted_server([says(MEND)]) as server:
        done = repoagent("generate", "--json", "--apply", "--model", server.url, "mend the mean", cwd=calc)
    shape = json.loads(done.stdout)
    assert shape["applied"] is True
    assert git(calc, "status", "--porcelain") == " M calc/mean.py\n"
    assert git(calc, "diff").splitlines()[-2:] == shape["diff"].splitlines()[-2:]
    assert repoagent("undo", cwd=calc).stdout == "put back 1 file\n"
    assert git(calc, "status", "--porcelain") == ""
    assert repoagent("undo", cwd=calc).returncode != 0


def test_debug_tries_what_it_proposes(calc: Path) -> None:
    arguments = ("debug", "--apply", "--unsafe-no-sandbox")
    with scripted_server([says(MEND)]) as server:
        done = repoagent(*arguments, "--model", server.url, "--", sys.executable, "check.py", cwd=calc)
        prompt = server.questions[0].body["messages"][-1]["content"]
    assert done.returncode == 0, done.stderr
    assert "NameError" in prompt
    assert "+    return sum(values) / len(values)" in done.stdout
    assert git(calc, "status", "--porcelain") == " M calc/mean.py\n"
    again = repoagent(*arguments, "--", sys.executable, "check.py", cwd=calc)
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to debug" in one_line(again.stderr)
    shape = json.loads(repoagent(*arguments, "--json", "--", sys.executable, "check.py", cwd=calc).stdout)
    assert (shape["passes"], shape["output"], shape["diff"]) == (True, "fine\n", "")


def test_debug_asks_again_with_what_came_of_the_first_try(calc: Path) -> None:
    with scripted_server([says(WRONG), says(MEND)]) as server:
        done = repoagent(
            "debug", "--unsafe-no-sandbox", "--model", server.url, "--", sys.executable, "check.py", cwd=calc
        )
        prompt = server.questions[1].body["messages"][-1]["content"]
    assert done.returncode == 0, done.stderr
    assert "+    return sum(values) / len(values)" in done.stdout
    assert "with this change the command passes" in done.stderr
    assert "+    return sum(values) / 4" in prompt
    assert (prompt.count("NameError"), prompt.count("AssertionError")) == (1, 1)


@pytest.mark.parametrize(("replies", "n_asked"), [([says(WRONG)], 2), ([says(WRONG), drops_after("I")], 2)])
def test_debug_shows_what_it_tried_when_nothing_better_comes(
    calc: Path, replies: list[Behaviour], n_asked: int
) -> None:
    with scripted_server(replies) as server:
        done = repoagent(
            *("debug", "--unsafe-no-sandbox", "--tries", "3", "--model", server.url, "--", sys.executable, "check.py"),
            cwd=calc,
        )
    assert done.returncode == 6
    assert "+    return sum(values) / 4" in done.stdout
    assert len(server.questions) == n_asked


@pytest.mark.parametrize("attempts", [[], [Attempt("+ much\n" * 1000, "worse\n" * 1000)]])
def test_output_is_cut_to_the_window(calc: Path, attempts: list[Attempt]) -> None:
    model = ScriptedModel([MEND], window=2048)
    with api.open(calc, model=model) as repo:
        change, _ = repo.debug(["check"], "noise\n" * 2000 + "calc/mean.py:2: wrong", attempts=attempts)
        assert change
    assert "calc/mean.py:2: wrong" in model.asked[0][-1].content
    assert "def mean(values)" in model.asked[0][-1].content


def test_a_reply_that_goes_in_circles_is_cut_off(calc: Path) -> None:
    with scripted_server([says_forever(MEND)]) as server:
        done = repoagent("generate", "--model", server.url, "mend the mean", cwd=calc)
        assert server.hung_up.wait(10)
    assert done.returncode == 0, done.stderr
    assert "+    return sum(values) / len(values)" in done.stdout
    assert len(server.questions) == 1


def test_debug_does_not_apply_what_still_fails(calc: Path) -> None:
    with scripted_server([says(WRONG)]) as server:
        done = repoagent(
            "debug", "--apply", "--unsafe-no-sandbox", "--model", server.url, "--", sys.executable, "check.py", cwd=calc
        )
    assert done.returncode == 6
    assert "still fails" in done.stderr.splitlines()[-1]
    assert git(calc, "status", "--porcelain") == ""


def test_what_nobody_saw_is_not_said_to_be_above(calc: Path) -> None:
    with scripted_server([drops_after("I change")]) as server:
        done = repoagent("generate", "--model", server.url, "mend the mean", cwd=calc)
    assert done.returncode == 5
    assert "above" not in one_line(done.stderr)


def test_debug_without_a_model(calc: Path) -> None:
    done = repoagent("debug", "--unsafe-no-sandbox", "--", sys.executable, "check.py", cwd=calc)
    assert done.returncode == 5
    assert "start one" in one_line(done.stderr)


def typed(root: Path, keys: bytes, *arguments: str) -> tuple[int, str]:
    """Exit code and screen of a command on a terminal where somebody types at its question.

    Types again when nothing happens: what is typed while a terminal changes hands can be lost.
    """
    import pty
    import select

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(root)
        os.execv(Path(sys.executable).with_name("repoagent"), ["repoagent", *arguments])
    shown, is_asked, n_silent = b"", False, 0
    while n_silent < 30:
        if not select.select([terminal], [], [], 2)[0]:
            n_silent += 1
            if is_asked:
                os.write(terminal, keys)
            continue
        if not (part := _read(terminal)):
            break
        shown += part
        if not is_asked and b"[y/N]" in shown:
            is_asked = True
            os.write(terminal, keys)
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux ends a terminal
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of POSIX")
def test_a_yes_on_a_terminal_allows_what_it_names(make_repository: Callable[..., Path]) -> None:
    root = make_repository({"a.py": "def old():\n    pass\n", "setup.py": "from a import old\n\nold()\n"})
    for keys, code in ((b"\x03", 130), (b"\x04", 130), (b"n\n", 0)):
        ended, shown = typed(root, keys, "rename", "old", "new")
        assert ended == code
        assert "Apply this change, allowing sensitive?" in shown
        assert git(root, "status", "--porcelain") == ""
    ended, shown = typed(root, b"y\n", "rename", "old", "new")
    assert (ended, (root / "setup.py").read_text()) == (0, "from a import new\n\nnew()\n")
    assert "changed 2 files" in shown
