"""Data sets read, prompts as the protocols have them, completions out of replies; the hub's data set server."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import SHARED
from scripted_server import free_port

from repoagent_agents.evaluation import hub
from repoagent_agents.evaluation.problems import Problem, humaneval, humanevalpack, mbpp, multipl_e, read_rows
from repoagent_agents.evaluation.prompts import code_in, completion, cut, prompt
from repoagent_indexers.errors import EnvironmentFault, UsageError

DATA = Path(__file__).parent / "evaluation"
OFFICIAL = SHARED / "bench" / "humaneval" / "HumanEval.jsonl.gz"


# -- prompts ------------------------------------------------------------------------------------------------------


def test_humaneval_is_continued() -> None:
    problem = humaneval(read_rows(DATA / "humaneval.jsonl")).problems[1]
    asked = prompt(problem, (), "completion")
    assert asked.text == (
        'def last_word(text: str) -> str:\n    """ Return the last word of a text, an empty one for no words. """'
    )
    assert asked.messages == ()
    assert asked.stop[:3] == ("\nclass", "\ndef", "\n#")


def test_mbpp_is_asked_with_three_examples() -> None:
    read = mbpp(read_rows(DATA / "mbpp.jsonl"))
    assert [problem.task_id for problem in read.shots] == ["MBPP/2", "MBPP/3", "MBPP/4"]
    assert [problem.task_id for problem in read.problems] == ["MBPP/11", "MBPP/12"]  # the test split, 11 to 510
    asked = prompt(read.problems[0], read.shots, "completion")
    assert asked.stop == ("[DONE]",)
    assert asked.text == (
        "You are an expert Python programmer, and here is your task: Write a function to count the vowels of a word. "
        "Your code should pass these tests:\n\nassert vowels('tree') == 2\nassert vowels('sky') == 0\n"
        "assert vowels('') == 0\n[BEGIN]\ndef vowels(word):\n  return sum(letter in 'aeiou' for letter in word)\n[DONE]"
        "\n\nYou are an expert Python programmer, and here is your task: Write a function to reverse a list. "
        "Your code should pass these tests:\n\nassert reverse([1, 2]) == [2, 1]\nassert reverse([]) == []\n"
        "assert reverse([3]) == [3]\n[BEGIN]\ndef reverse(values):\n  return values[::-1]\n[DONE]"
        "\n\nYou are an expert Python programmer, and here is your task: Write a function to square a number. "
        "Your code should pass these tests:\n\nassert square(2) == 4\nassert square(-3) == 9\nassert square(0) == 0\n"
        "[BEGIN]\ndef square(x):\n  return x * x\n[DONE]"
        "\n\nYou are an expert Python programmer, and here is your task: Write a function to sum up the even numbers "
        "of a list. Your code should pass these tests:\n\nassert even_sum([1, 2, 4]) == 6\nassert even_sum([]) == 0\n"
        "assert even_sum([3]) == 0\n[BEGIN]\n"
    )


def test_mbpp_in_a_dialog_is_asked_as_in_the_paper() -> None:
    """Code Llama paper, section 3.4.2 and figure 13: zero-shot, the code between [PYTHON] tags."""
    read = mbpp(read_rows(DATA / "mbpp.jsonl"))
    asked = prompt(read.problems[0], read.shots, "instruct")
    assert asked.text == ""
    (message,) = asked.messages
    assert message.role == "user"
    assert message.content == (
        "You are an expert Python programmer, and here is your task: Write a function to sum up the even numbers of a "
        "list.\nYour code should pass these tests:\n\nassert even_sum([1, 2, 4]) == 6\nassert even_sum([]) == 0\n"
        "assert even_sum([3]) == 0\nYour code should start with a [PYTHON] tag and end with a [/PYTHON] tag."
    )


def test_tests_of_mbpp_come_behind_their_setup() -> None:
    problem = mbpp(read_rows(DATA / "mbpp.jsonl")).problems[1]
    assert problem.program("CODE") == (
        "CODE\nchain = Node(Node())\nassert depth(chain) == 2\nassert depth(None) == 0\nassert depth(chain.below) == 1"
    )


def test_multipl_e_is_continued_up_to_its_own_stop_strings() -> None:
    problems = {problem.language: problem for problem in multipl_e(read_rows(DATA / "multipl_e.jsonl")).problems}
    asked = prompt(problems["cpp"], (), "completion")
    assert asked.text.endswith("long add(long a, long b) {")
    assert asked.stop == ("\n}",)
    assert problems["cpp"].task_id == "cpp/Own_0_add"


PACKED = {
    **read_rows(DATA / "humaneval.jsonl")[1],
    "task_id": "Python/1",
    "instruction": "Write a Python function `last_word(text: str) -> str` to solve the following problem:\nReturn it.",
    "test": "\n\ndef check(candidate):\n    assert candidate('a bc') == 'bc'\n\ncheck(last_word)",
}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("codellama/CodeLlama-7b-Instruct-hf", "[INST] {} [/INST] {}"),
        ("codellama:13b-instruct", "[INST] {} [/INST] {}"),
        ("CodeLlama-70b-Instruct-hf", "Source: user\n\n {} Source: assistant\nDestination: user \n\n{}"),
        ("some-other-model", "{}\n\n{}"),
    ],
)
def test_instruct_models_as_bigcode_asks_them(model: str, expected: str) -> None:
    (problem,) = humanevalpack([PACKED]).problems
    asked = prompt(problem, (), "synthesize", model)
    assert asked.text == expected.format(PACKED["instruction"], PACKED["prompt"].rstrip()).strip()
    assert asked.stop[-1] == "\nassert"
    reply = "\n    words = text.split()\n\n    return words[-1]\nThat is it.\n    more"
    written = completion(problem, reply, asked)
    assert written == "\n    words = text.split()\n\n    return words[-1]"
    assert problem.program(written).startswith("import math, re, sys")
    exec(problem.program(written), {})
    with pytest.raises(UsageError, match="HumanEvalPack: row 1 has no instruction"):
        humanevalpack(read_rows(DATA / "humaneval.jsonl"))


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("[PYTHON]\ndef f(): pass\n[/PYTHON]", "def f(): pass"),
        ("Sure!\n[PYTHON]\nx = 1\n[/PYTHON]\nIt sets x.", "x = 1"),
        ("[PYTHON]\nx = 1", "x = 1"),
        ("[PYTHON]\n```python\nx = 1\n```\n[/PYTHON]", "x = 1"),
        ("Here:\n\n```python\nx = 1\n```\n\n```\ny\n```\n", "x = 1"),
        ("````\nx = '```'\n````", "x = '```'"),
        ("```\nx = 1", "x = 1"),
        ("x = 1", "x = 1"),
        ("", ""),
    ],
)
def test_code_in_a_reply(reply: str, code: str) -> None:
    assert code_in(reply) == code


def test_a_whole_function_in_a_dialog_stands_behind_the_prompts() -> None:
    problem = humaneval(read_rows(DATA / "humaneval.jsonl")).problems[0]
    asked = prompt(problem, (), "instruct")
    assert "def double_all(numbers: List[int])" in asked.messages[0].content
    whole = completion(problem, "[PYTHON]\ndef double_all(n):\n    return n\n[/PYTHON]", asked)
    assert whole == "\ndef double_all(n):\n    return n"
    exec(problem.before + whole, space := {})
    assert space["double_all"]([1]) == [1]  # type: ignore[operator]
    assert completion(problem, "    return n", asked) == "    return n"


def test_a_completion_ends_before_its_first_stop_string() -> None:
    assert cut("\n    return 1\n\ndef g():\n#", ("\n#", "\ndef", "")) == "\n    return 1\n"
    assert cut("no stop", ("\ndef",)) == "no stop"


# -- files --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not OFFICIAL.exists(), reason="needs ../shared/bench/humaneval")
def test_the_published_problems() -> None:
    from repoagent.eval_data import KNOWN

    read = humaneval(read_rows(OFFICIAL))
    assert len(read.problems) == 164
    assert read.digest == KNOWN["humaneval"]
    assert all(problem.solution for problem in read.problems)


def test_rows_in_every_form(tmp_path: Path) -> None:
    rows = read_rows(DATA / "humaneval.jsonl")
    text = (DATA / "humaneval.jsonl").read_bytes()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "b.json").write_text(json.dumps(rows))
    for form in ("a.jsonl.gz", "b/b.json", "b"):
        assert read_rows(tmp_path / form) == rows
        assert humaneval(read_rows(tmp_path / form)).digest == humaneval(rows).digest
    assert humaneval(rows[::-1]).digest == humaneval(rows).digest
    assert humaneval(rows[1:]).digest != humaneval(rows).digest


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.jsonl", b'{"task_id": \n', "x.jsonl:1: no JSON"),
        ("x.jsonl", b"[" * 100_000, "no JSON"),
        ("x.jsonl", b'{"a": 1}\n3\n', "x.jsonl:2: a row must be a JSON object"),
        ("x.jsonl", b"", "holds no problem"),
        ("x.jsonl.gz", b"not packed", "cannot be unpacked"),
        ("x.jsonl.gz", gzip.compress(b"x" * 9000, mtime=0)[:20], "cannot be unpacked"),
        ("x.jsonl", b'{"task_id": "a", "prompt": 3}', "row 1 has no entry_point"),
        ("x.jsonl", b"\xff\xfe\x00", "no JSON"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        humaneval(read_rows(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_other_data_than_it_should_be() -> None:
    rows = read_rows(DATA / "humaneval.jsonl")
    with pytest.raises(UsageError, match="repeats Own/0"):
        humaneval([*rows, rows[0]])
    with pytest.raises(UsageError, match="MBPP: row 1 has no test_list"):
        mbpp(rows)
    with pytest.raises(UsageError, match="MultiPL-E: row 1 has no language"):
        multipl_e(rows)
    with pytest.raises(UsageError, match="no number as task_id"):
        mbpp([{**read_rows(DATA / "mbpp.jsonl")[0], "task_id": "x"}])
    with pytest.raises(UsageError, match="the folder holds no"):
        read_rows(DATA.parent / "edits")


# -- the hub ------------------------------------------------------------------------------------------------------


@contextmanager
def data_set_server(
    rows: dict[str, list[dict[str, Any]]], *, cut_off: bool = False, broken: bytes = b""
) -> Iterator[tuple[str, list[str]]]:
    """Serve splits as the hub's data set server does: pages of 100 at most."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            url = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            found = rows.get(asked.get("split", ""))
            if url.path != "/rows" or found is None:
                self._send(404, b'{"error": "The split does not exist."}')
                return
            first = int(asked["offset"])
            page = [
                {"row_idx": at, "row": found[at], "truncated_cells": ["prompt"] if cut_off else []}
                for at in range(first, min(first + min(int(asked["length"]), 100), len(found)))
            ]
            self._send(200, broken or json.dumps({"features": [], "rows": page, "num_rows_total": len(found)}).encode())

        def _send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", seen
        finally:
            server.shutdown()
            thread.join()


def many(n: int) -> list[dict[str, Any]]:
    row = read_rows(DATA / "humaneval.jsonl")[0]
    return [{**row, "task_id": f"Own/{number}"} for number in range(n)]


def test_the_hub_is_read_page_by_page() -> None:
    told: list[tuple[int, int]] = []
    with data_set_server({"test": many(164)}) as (url, seen):
        rows = hub.fetch(hub.HUMANEVAL, url, lambda done, total: told.append((done, total)))
    assert rows == many(164)
    assert told == [(100, 164), (164, 164)]
    assert seen[0] == ("/rows?dataset=openai%2Fopenai_humaneval&config=openai_humaneval&split=test&offset=0&length=100")
    assert "offset=100" in seen[1]


def test_mbpp_comes_with_its_examples() -> None:
    rows = [dict(row) for row in read_rows(DATA / "mbpp.jsonl")]
    with data_set_server({"prompt": rows[:4], "test": rows[4:]}) as (url, _):
        read = mbpp(hub.fetch(hub.MBPP, url, lambda *_: None))
    assert read.digest == mbpp(rows).digest


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"rows": {}}, "404"),
        ({"rows": {"test": many(2)}, "cut_off": True}, "cuts long cells"),
        ({"rows": {"test": many(2)}, "broken": b"{}"}, "none that is known"),
        ({"rows": {"test": many(2)}, "broken": b"[1]"}, "none that is known"),
        ({"rows": {"test": many(2)}, "broken": b"<html>"}, "no JSON"),
        ({"rows": {"test": many(2)}, "broken": b'{"rows": [{}], "num_rows_total": 1000000}'}, "none that is known"),
    ],
)
def test_a_hub_that_does_not_give_it_whole(told: dict[str, Any], message: str) -> None:
    with data_set_server(**told) as (url, _), pytest.raises(EnvironmentFault, match=message) as caught:
        hub.fetch(hub.HUMANEVAL, url, lambda *_: None)
    assert "name it with --data" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_hub_at_all() -> None:
    with pytest.raises(EnvironmentFault, match="name it with --data"):
        hub.fetch(hub.HUMANEVAL, f"http://127.0.0.1:{free_port()}", lambda *_: None)


def test_a_problem_says_what_it_is() -> None:
    assert Problem("a", "python", "B", "A").program("C") == "BC\nA"
