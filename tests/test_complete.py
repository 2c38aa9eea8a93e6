"""Completion in editors: the prompt around a place, the command, and the protocol of --serve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Server, hangs, says, says_all, says_forever, scripted_server

import repoagent
from repoagent.commands.complete import parsed_place
from repoagent_agents.complete import place_in
from repoagent_agents.models.base import Gap, Message, Reply, Sampling, Usage
from repoagent_indexers.errors import ModelError, UsageError
from repoagent_indexers.words.tokens import estimate

FILES = {
    "store.py": 'class Store:\n    """Keeps things.\n\n    For long.\n    """\n\n    def fetch_row(self, key):\n'
    + "        x = 1\n" * 20
    + "        return x\n\n\ndef open_store(path, mode='r'):\n    return Store()\n",
    "app.py": "from store import open_store\n\n\ndef first(path):\n    rows = open_store()\n    return rows\n",
    "store.js": "function open_store() {}\n",
}


class Filler:
    """A model that fills every gap with the same words, and keeps what it was asked."""

    place = "here"
    name = "filler"
    window = 16384

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.gaps: list[tuple[Gap, Sampling]] = []

    def count(self, text: str) -> int:
        return estimate(text)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        raise AssertionError("it is asked for gaps only")

    def refusal_to_fill(self) -> str:
        return ""

    def fill(self, gap: Gap, sampling: Sampling) -> Reply:
        self.gaps.append((gap, sampling))
        yield self.replies[(len(self.gaps) - 1) % len(self.replies)]
        return Usage(50, 5)


@pytest.mark.parametrize(
    ("text", "line", "column", "prefix", "suffix", "healed"),
    [
        ("a = 1\nb = 2\n", 1, None, "a = 1", "\nb = 2\n", ""),
        ("a = 1\nb = 2\n", 2, 1, "a = 1\n", "b = 2\n", ""),
        ("a = 1\nb = 2\n", 3, None, "a = 1\nb = 2\n", "", ""),
        ("f(a, )", 1, 6, "f(a,", ")", " "),
        ("def f():\n    \n", 2, None, "def f():\n", "\n", "    "),
        ("x  ", 1, None, "x  ", "", ""),
        ("日本 = 1", 1, 3, "日本", " = 1", ""),
        ("", 1, None, "", "", ""),
    ],
)
def test_a_place_in_a_text(text: str, line: int, column: int | None, prefix: str, suffix: str, healed: str) -> None:
    place = place_in(text, line, column)
    assert (place.gap, place.healed) == (Gap(prefix, suffix), healed)
    assert prefix + healed + suffix == text


@pytest.mark.parametrize(("line", "column"), [(0, None), (3, None), (1, 0), (1, 3)])
def test_a_place_that_is_not_there(line: int, column: int | None) -> None:
    with pytest.raises(UsageError, match="there is no"):
        place_in("a\n", line, column)


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("src/a.py:12", ("src/a.py", 12, None)),
        ("src/a.py:12:3", ("src/a.py", 12, 3)),
        (r"C:\a.py:12", (r"C:\a.py", 12, None)),
        ("odd:name:7", ("odd:name", 7, None)),
        ("a.py", None),
        ("a.py:x", None),
        (":3", None),
    ],
)
def test_how_a_place_is_written(place: str, parts: tuple[str, int, int | None] | None) -> None:
    if parts is None:
        with pytest.raises(UsageError, match="is no place"):
            parsed_place(place)
    else:
        assert parsed_place(place) == parts


def test_the_prompt_holds_what_the_code_uses(make_repository: Callable[..., Path]) -> None:
    model = Filler("path)")
    with repoagent.open(make_repository(FILES), model=model) as repo:
        found = repo.complete("app.py", 5, 23, text=FILES["app.py"].replace("open_store()", "open_store().fetch_row("))
    gap, sampling = model.gaps[0]
    head, _, own = gap.prefix.partition("from store import")
    assert head == (
        "# store.py:7\ndef fetch_row(self, key):\n\n"
        "# store.py:31\ndef open_store(path, mode='r'):\n    return Store()\n\n"
    )
    assert own.endswith("rows = open_store(")
    assert gap.suffix.startswith(").fetch_row(\n    return rows")
    assert sampling.stop == ("\n",)  # there is more on the line
    assert (found.texts, found.line, found.column) == (("path)",), 5, 23)
    assert {span.path for span in found.context} == {"store.py"}
    assert (found.tokens, found.spent.usage) == (50, Usage(50, 5))


def test_of_a_long_class_the_prompt_has_its_members(make_repository: Callable[..., Path]) -> None:
    files = {
        **FILES,
        "tests/fakes.py": "def open_fake(): pass\nclass fetch_row: pass\n",
        "app.py": "from store import Store\n\n\ndef close(row):\n    open_fake(Store().x, close)\n",
        "other.py": "def close(other): pass\n",
    }
    model = Filler("path)")
    with repoagent.open(make_repository(files), model=model) as repo:
        found = repo.complete("app.py", 5)
    assert model.gaps[0][0].prefix.partition("from store import")[0] == (
        "# store.py:1\nclass Store:  Keeps things.\n    def fetch_row(self, key):\n\n"
    )
    assert [span.path for span in found.context] == ["store.py"]  # not what app.py has itself, nor what a test has


def test_a_candidate_that_goes_in_circles_ends(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with scripted_server([says_forever("    rows = 1\n")], models=["CodeLlama-7b-hf"]) as server:
        done = run(root, "complete", "app.py:6", "--model", f"{server.url}/v1")
        assert server.hung_up.wait(10)
    assert done.returncode == 0


def test_a_candidate_fits_what_is_there(make_repository: Callable[..., Path]) -> None:
    text = "def f(x):\n    \n    return x + x\n"
    model = Filler()
    with repoagent.open(make_repository({"a.py": text}), model=model) as repo:

        def filled(reply: str, line: int, column: int | None = None) -> str:
            model.replies = [reply]
            (only,) = repo.complete("a.py", line, column).texts
            return only

        assert filled("    x = 1", 2) == "x = 1"  # the indentation stands there
        assert filled("x = 1", 2) == "x = 1"
        assert filled("        x = 1", 2) == "    x = 1"
        assert filled("    x = 1\n    return x + x\nmore", 2) == "x = 1"  # it missed its end
        assert filled(" x", 3, 12) == "x"  # the space before stands there


def test_a_long_file_is_cut_around_the_place(make_repository: Callable[..., Path]) -> None:
    lines = [f"value_{number} = compute({number})" for number in range(4000)]
    model = Filler("x")
    with repoagent.open(make_repository({"a.py": "\n".join(lines)}), model=model) as repo:
        repo.complete("a.py", 2000, budget=1000)
    gap = model.gaps[0][0]
    assert gap.prefix.endswith(lines[1999])
    assert gap.suffix.startswith(f"\n{lines[2000]}\n")
    assert 300 < estimate(gap.prefix) <= 800
    assert 100 < estimate(gap.suffix) <= 200


def test_candidates_vary_and_each_is_given_once(make_repository: Callable[..., Path]) -> None:
    model = Filler("a", "b", "a")
    with repoagent.open(make_repository(FILES), model=model) as repo:
        assert repo.complete("app.py", 6, n=3).texts == ("a", "b")
    assert model.gaps[0][1] == Sampling(max_tokens=256, temperature=0.8, top_p=0.95)


def test_who_cannot_fill_is_refused(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with scripted_server([says("x")], models=["codellama:34b"], ollama=True) as server:
        done = run(root, "complete", "app.py:6", "--model", f"{server.url}#codellama:34b")
    assert done.returncode == 5
    assert done.stderr.startswith("repoagent: codellama:34b was not trained to fill gaps; name a model that was:")
    assert done.stderr.count("\n") == 1
    done = run(root, "complete", "app.py:6")
    assert (done.returncode, done.stdout) == (5, "")
    assert "no model that fills gaps answers here; start one" in done.stderr


def test_the_command(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with scripted_server([says("", pieces=["path", ")"])], models=["CodeLlama-7b-hf"]) as server:
        model = ("--model", f"{server.url}/v1#CodeLlama-7b-hf")
        assert run(root, "complete", "app.py:5:23", *model).stdout == "path)\n"
        buffer = "x = 1\r\ny = open_store(\r\n"
        told = json.loads(run(root, "complete", "--stdin", "--json", "new.py:2", *model, stdin=buffer).stdout)
        assert server.questions[1].body["prompt"].endswith("x = 1\ny = open_store( <SUF>\n <MID>")
    assert told["version"] == 1
    assert (told["path"], told["line"], told["column"], told["completions"]) == ("new.py", 2, 16, ["path)"])
    assert told["context"] == [{"path": "store.py", "start_line": 31, "end_line": 32}]
    assert (told["tokens"], told["spent"]["reply_tokens"], told["spent"]["from_cache"]) == (100, 10, False)
    assert told["ms"]["total"] >= told["ms"]["model"] > 0


def test_wrong_use_of_the_command(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    os.mkfifo(root / "pipe")
    with scripted_server([says("x")], models=["CodeLlama-7b-hf"]) as server:
        for words, complaint in [
            (("app.py",), "app.py: is no place; write FILE:LINE or FILE:LINE:COL"),
            (("app.py:99",), "there is no line 99: the file has 7"),
            (("missing.py:1",), "missing.py: cannot be read: No such file or directory; give its text with --stdin"),
            (("../../etc/passwd:1",), "lies outside the repository"),
            (("pipe:1",), "is no file"),
            ((), "there is no place; give FILE:LINE"),
        ]:
            done = run(root, "complete", *words, "--model", f"{server.url}/v1#CodeLlama-7b-hf")
            assert (done.returncode, done.stdout) == (2, "")
            assert complaint in done.stderr


def test_the_protocol_of_serve(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with scripted_server([says_all("one", "two")], models=["CodeLlama-7b-hf"]) as server:
        with serving(root, server) as editor:
            first = ask(editor, id=1, path="app.py", line=5, column=23)
            several = ask(editor, id="b", path="new.py", line=1, text="x = ", n=2, seed=4, temperature=0.5)
            errors = [
                ask(editor, id=2, path="app.py", line=99),
                ask(editor, id=3, path="app.py"),
                ask(editor, id=4, path="app.py", line=1, colour="red"),
                ask(editor, id=5, path="app.py", line="1"),
                ask(editor, id=6, path="app.py", line=1, n=50),
            ]
            editor.stdin.write(b"no json\n")
            editor.stdin.flush()
            broken = json.loads(editor.stdout.readline())
            editor.stdin.close()
            assert editor.wait(20) == 0
        bodies = [question.body for question in server.questions]
    assert (first["id"], first["version"], first["completions"]) == (1, 1, ["one"])
    assert (several["id"], several["completions"]) == ("b", ["one", "two"])
    assert (bodies[1]["n"], bodies[1]["seed"], bodies[1]["temperature"]) == (2, 4, 0.5)
    assert [error["error"]["code"] for error in errors] == [2] * 5
    assert [error["id"] for error in errors] == [2, 3, 4, 5, 6]
    assert "no line 99" in errors[0]["error"]["message"]
    assert broken == {"version": 1, "id": None, "error": {"code": 2, "message": broken["error"]["message"]}}


def test_a_newer_request_ends_the_work_on_those_before(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    behaviours = [says_forever(), says("new")]
    with (
        scripted_server(behaviours, models=["CodeLlama-7b-hf"]) as server,
        serving(root, server) as editor,
    ):
        for number in (1, 2, 3):
            send(editor, id=number, path="app.py", line=6)
            if number == 1:
                while not server.questions:
                    pass
        assert editor.stdin is not None
        assert editor.stdout is not None
        answers = [json.loads(editor.stdout.readline()) for _ in range(3)]
        editor.stdin.close()
        editor.wait(20)
    assert [answer["id"] for answer in answers] == [1, 2, 3]
    assert [answer.get("superseded", False) for answer in answers] == [True, True, False]
    assert answers[2]["completions"] == ["new"]
    assert server.hung_up.is_set()


def test_an_interrupt_reaches_the_server(make_repository: Callable[..., Path]) -> None:
    import signal

    root = make_repository(FILES)
    with scripted_server([hangs()], models=["CodeLlama-7b-hf"]) as server:
        words = ("complete", "app.py:6", "--model", f"{server.url}/v1#CodeLlama-7b-hf")
        with subprocess.Popen([*PROGRAM, *words], cwd=root, stderr=subprocess.PIPE, text=True) as process:
            while not server.questions:
                pass
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
            assert process.stderr is not None
            assert process.stderr.read() == "repoagent: interrupted\n"
        assert server.hung_up.wait(5)


def test_from_python_an_error_is_an_error(make_repository: Callable[..., Path]) -> None:
    with repoagent.open(make_repository(FILES)) as repo, pytest.raises(ModelError, match="fills gaps"):
        repo.complete("app.py", 1)


PROGRAM = (sys.executable, "-c", "from repoagent.cli import main; main()")


def run(root: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*PROGRAM, *words], cwd=root, input=stdin.encode(), capture_output=True, env={**os.environ})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def serving(root: Path, server: Server) -> subprocess.Popen[bytes]:
    words = ("complete", "--serve", "--model", f"{server.url}/v1#CodeLlama-7b-hf")
    return subprocess.Popen([*PROGRAM, *words], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def send(editor: Any, **request: Any) -> None:
    editor.stdin.write(json.dumps(request).encode() + b"\n")
    editor.stdin.flush()


def ask(editor: Any, **request: Any) -> dict[str, Any]:
    send(editor, **request)
    answer: dict[str, Any] = json.loads(editor.stdout.readline())
    return answer
