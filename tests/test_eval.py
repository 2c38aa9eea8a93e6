"""`repoagent eval` as a person types it: real servers on loopback, real sandboxes, real interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Answering, Behaviour, drops_after, hangs, hangs_after, refuses, says, scripted_server
from test_cli import SHOP, command, one_line, parsed, repoagent

from repoagent.sandbox import why_no_sandbox
from repoagent_agents.evaluation.problems import humaneval, mbpp, multipl_e, read_rows

pytestmark = pytest.mark.skipif(bool(why_no_sandbox()), reason=f"no sandbox here: {why_no_sandbox()}")

DATA = Path(__file__).parent / "evaluation"
HUMANEVAL, MBPP, MULTIPL_E = (str(DATA / f"{name}.jsonl") for name in ("humaneval", "mbpp", "multipl_e"))
PROBLEMS = humaneval(read_rows(DATA / "humaneval.jsonl")).problems
NAMES = [problem.entry_point for problem in PROBLEMS]


def solves(answers: Callable[[str], str]) -> Behaviour:
    """Answers a prompt, or the last message of a dialog, as told."""

    def behave(answering: Answering) -> None:
        body = answering.asked.body
        text = answers(body["prompt"] if "prompt" in body else body["messages"][-1]["content"])
        says(text, pieces=[text[at : at + 7] for at in range(0, len(text), 7)])(answering)

    return behave


def solution(prompt: str) -> str:
    """The right body, and then what a base model writes after it."""
    problem = next(problem for problem in PROBLEMS if prompt == problem.before.strip())
    return f"\n{problem.solution}\n\ndef another():\n    pass\n"


def evaluate(*arguments: str, cwd: Path, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return repoagent("eval", *arguments, cwd=cwd, environ=environ)


def samples(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_base_model_that_is_right(tmp_path: Path) -> None:
    with scripted_server([solves(solution)], models=["codellama/CodeLlama-7b-hf"]) as server:
        done = evaluate(
            "humaneval", "--model", f"{server.url}/v1", "--data", HUMANEVAL, "--out", "run.jsonl", "--json",
            cwd=tmp_path,
        )  # fmt: skip
        asked = [question.body for question in server.questions]
    told = parsed(done)
    assert told["scores"]["pass@1"]["value"] == 1
    assert told["scores"]["pass@1"]["low"] < 0.6  # three problems tell little
    assert set(told["scores"]) == {"pass@1"}
    assert told["results"] == {"passed": 3}
    assert told["member"] == "Code Llama 7B"
    assert "codellama/CodeLlama-7b-hf at http://127.0.0.1" in done.stderr
    assert {question.path for question in server.questions} == {"/v1/completions"}
    assert sorted(body["prompt"] for body in asked) == sorted(problem.before.strip() for problem in PROBLEMS)
    assert all(body["temperature"] == 0 and body["max_tokens"] == 512 for body in asked)
    assert all(body["stop"] == ["\nclass", "\ndef", "\n#", "\n@"] for body in asked)  # the rest is heeded here
    rows = samples(tmp_path / "run.jsonl")
    assert {row["task_id"]: row["completion"] for row in rows} == {
        problem.task_id: f"\n{problem.solution}\n" for problem in PROBLEMS
    }
    assert all(row["passed"] is True and row["result"] == "passed" and row["sample"] == 0 for row in rows)
    report = json.loads((tmp_path / "run.json").read_text())
    assert report["scores"] == told["scores"]


def test_the_table_stands_beside_what_was_published(tmp_path: Path) -> None:
    def half(prompt: str) -> str:
        return solution(prompt) if "last_word" in prompt else "\n    return None"

    with scripted_server([solves(half)], models=["CodeLlama-13b-Python-hf"]) as server:
        done = evaluate("humaneval", "--model", f"{server.url}/v1", "--data", HUMANEVAL, cwd=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "HumanEval: 3 problems, 1 sample of each: 2 failed, 1 passed"
    assert lines[2].split() == ["CodeLlama-13b-Python-hf", "33.3", "(", "6.1-", "79.2)", "measured,", "with", "95", "%"]
    marked = [line for line in lines if "<- this model" in line]
    assert len(marked) == 1
    assert marked[0].split()[:6] == ["Code", "Llama", "-", "Python", "13B", "43.3"]
    assert "arXiv:2308.12950v3, table 2" in marked[0]
    assert "not the problems as they were published" in lines[-1]


def test_several_samples_are_drawn_each_with_its_seed(tmp_path: Path) -> None:
    """Two of four samples right: pass@1 is a half, pass@2 is 1 - C(2,2)/C(4,2)."""

    def behave(answering: Answering) -> None:
        body = answering.asked.body
        right = body["seed"] in {7, 9}
        solves(lambda prompt: solution(prompt) if right else "\n    return 'wrong'")(answering)

    with scripted_server([behave]) as server:
        arguments = ("humaneval", "--model", f"{server.url}/v1", "--data", HUMANEVAL, "--json", "-k", "1", "-k", "2")
        drawn = ("--temperature", "0.6", "--top-p", "0.9", "--seed", "7", "--max-tokens", "99")
        two = parsed(evaluate(*arguments, *drawn, "-n", "2", cwd=tmp_path))
        n_asked = len(server.questions)
        four = parsed(evaluate(*arguments, *drawn, "-n", "4", cwd=tmp_path))
        asked = [question.body for question in server.questions]
    assert n_asked == 6
    assert len(asked) == 12  # the first two of each were kept: -n may grow
    assert two["samples"] == four["samples"]
    assert sorted(body["seed"] for body in asked) == sorted([7, 8, 9, 10] * 3)
    assert all((b["temperature"], b["top_p"], b["max_tokens"]) == (0.6, 0.9, 99) for b in asked)
    assert {name: score["value"] for name, score in two["scores"].items()} == {"pass@1": 0.5, "pass@2": 1}
    assert {name: score["value"] for name, score in four["scores"].items()} == {
        "pass@1": 0.5,
        "pass@2": pytest.approx(5 / 6, abs=1e-6),
    }
    assert four["results"] == {"passed": 6, "failed": 6}


def test_more_samples_are_warm_by_default(tmp_path: Path) -> None:
    with scripted_server([solves(solution)]) as server:
        model = ("--model", f"{server.url}/v1", "--data", HUMANEVAL)
        assert evaluate("humaneval", *model, "-n", "2", "--limit", "1", cwd=tmp_path).returncode == 0
        assert {question.body["temperature"] for question in server.questions} == {0.8}
        done = evaluate("humaneval", *model, "-n", "2", "--temperature", "0", cwd=tmp_path)
    assert done.returncode == 2
    assert "all samples of a problem are the same" in one_line(done.stderr)


def test_instruct_models_are_asked_in_a_dialog(tmp_path: Path) -> None:
    def reply(asked: str) -> str:
        problem = next(problem for problem in PROBLEMS if problem.before.strip() in asked)
        return f"Of course.\n[PYTHON]\n{problem.before}{problem.solution}[/PYTHON]\nIt does that."

    with scripted_server([solves(reply)]) as server:
        told = parsed(
            evaluate(
                "humaneval",
                "--model",
                f"{server.url}/v1",
                "--data",
                HUMANEVAL,
                "--style",
                "instruct",
                "--json",
                cwd=tmp_path,
            )
        )
        assert {question.path for question in server.questions} == {"/v1/chat/completions"}
    assert told["results"] == {"passed": 3}
    assert told["published"] == []


def test_instruct_models_are_asked_as_bigcode_does(tmp_path: Path) -> None:
    packed = tmp_path / "packed.jsonl"
    rows = [
        {
            **row,
            "instruction": f"Write {row['entry_point']}.",
            "test": f"{row['test']}\ncheck({row['entry_point']})\n",
        }
        for row in read_rows(DATA / "humaneval.jsonl")
    ]
    packed.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    def continues(text: str) -> str:
        assert text.startswith("[INST] Write ")
        return solution(text.partition("[/INST] ")[2].strip())

    with scripted_server([solves(continues)]) as server:
        arguments = ("humaneval", "--model", f"{server.url}/v1", "--style", "synthesize", "--json")
        told = parsed(evaluate(*arguments, "--data", str(packed), cwd=tmp_path))
        done = evaluate(*arguments, "--data", HUMANEVAL, cwd=tmp_path)
    assert told["results"] == {"passed": 3}
    assert done.returncode == 2
    assert "has no instruction" in one_line(done.stderr)


def test_mbpp_three_shot_and_in_a_dialog(tmp_path: Path) -> None:
    by_task = {problem.task: problem for problem in mbpp(read_rows(DATA / "mbpp.jsonl")).problems}

    def continues(prompt: str) -> str:
        assert prompt.count("[DONE]") == 3
        task = prompt.rpartition("here is your task: ")[2].partition(" Your code")[0]
        return f"{by_task[task].solution}\n[DONE]\n\nYou are an expert"

    def answers(asked: str) -> str:
        return "[PYTHON]\ndef even_sum(values):\n  return 6\n[/PYTHON]"

    with scripted_server([solves(continues)]) as server:
        told = parsed(evaluate("mbpp", "--model", f"{server.url}/v1", "--data", MBPP, "--json", cwd=tmp_path))
        assert {tuple(question.body["stop"]) for question in server.questions} == {("[DONE]",)}
    assert told["results"] == {"passed": 2}
    with scripted_server([solves(answers)]) as server:
        told = parsed(
            evaluate(
                "mbpp", "--model", f"{server.url}/v1", "--data", MBPP, "--style", "instruct", "--json", cwd=tmp_path
            )
        )
    assert told["results"] == {"failed": 2}
    assert [row["figures"] for row in told["published"]] == [{"pass@1": 37.4}, {"pass@1": 40.2}]


def test_multipl_e_gives_each_language_and_their_average(tmp_path: Path) -> None:
    rows = {row["language"]: row for row in read_rows(DATA / "multipl_e.jsonl")}

    def continues(prompt: str) -> str:
        row = next(row for row in rows.values() if row["prompt"].strip() == prompt)
        return row["right"] + "\n}\n" if row["language"] == "sh" else row["wrong"]

    with scripted_server([solves(continues)], models=["codellama/CodeLlama-7b-hf"]) as server:
        common = ("multipl-e", "--model", f"{server.url}/v1", "--data", MULTIPL_E, "--language", "sh")
        told = parsed(evaluate(*common, "--language", "py", "--language", "cobol", "--json", cwd=tmp_path))
        done = evaluate(*common, "--language", "py", cwd=tmp_path)
        assert len(server.questions) == 2
        none = evaluate(*common[:-1], "cobol", cwd=tmp_path)
    assert {name: scores["pass@1"]["value"] for name, scores in told["languages"].items()} == {"sh": 1, "py": 0}
    assert told["average"] == {"pass@1": 0.5}
    assert told["notes"][0].startswith("cobol is no language whose programs are run here")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["pass@1", "py", "sh", "average"] in lines or ["pass@1", "sh", "py", "average"] in lines
    assert any(line[:4] == ["Code", "Llama", "7B", "12.0"] for line in lines)  # Bash alone; no average over others
    assert none.returncode == 2
    assert "none of these languages" in none.stderr.splitlines()[-1]


# -- what goes wrong ----------------------------------------------------------------------------------------------


def test_a_server_that_fails_midway_and_comes_back(tmp_path: Path) -> None:
    arguments = ("humaneval", "--data", HUMANEVAL, "--out", "run.jsonl", "--requests", "1", "--jobs", "1")
    with scripted_server([solves(solution), refuses(500, "out of memory")]) as server:
        done = evaluate(*arguments, "--model", f"{server.url}/v1", cwd=tmp_path)
    assert done.returncode == 5
    assert "1 of 3 samples are kept in" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("repoagent: ")
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "run.json").read_text())["done"] is False
    with scripted_server([drops_after("\n    ret")]) as server:
        assert evaluate(*arguments, "--model", f"{server.url}/v1", cwd=tmp_path).returncode == 5
    assert len(samples(tmp_path / "run.jsonl")) == 1
    with scripted_server([solves(solution)]) as server:  # on another port: it is the same measurement
        told = parsed(evaluate(*arguments, "--model", f"{server.url}/v1", "--json", cwd=tmp_path))
        assert len(server.questions) == 2
    assert told["results"] == {"passed": 3}


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    script = [refuses(429, "slow down", retry_after=0), refuses(503, "loading", retry_after=0), solves(solution)]
    with scripted_server(script) as server:
        told = parsed(evaluate("humaneval", "--model", f"{server.url}/v1", "--data", HUMANEVAL, "--json", cwd=tmp_path))
    assert told["results"] == {"passed": 3}


def test_an_interrupt_keeps_what_is_done(tmp_path: Path) -> None:
    arguments = ("eval", "humaneval", "--data", HUMANEVAL, "--out", "run.jsonl", "--requests", "1")
    with scripted_server([solves(solution), hangs_after("\n    re")]) as server:
        process = subprocess.Popen(
            command(*arguments, "--model", f"{server.url}/v1"),
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until and not (tmp_path / "run.jsonl").exists():
            time.sleep(0.05)
        while time.monotonic() < until and len(samples(tmp_path / "run.jsonl")) < 1:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert server.hung_up.wait(10)
    assert process.returncode == 130
    assert out == b""
    assert b"1 of 3 samples are kept" in err
    assert err.splitlines()[-1] == b"repoagent: interrupted"
    assert len(samples(tmp_path / "run.jsonl")) == 1
    with scripted_server([solves(solution)]) as server:
        told = parsed(repoagent(*arguments, "--model", f"{server.url}/v1", "--json", cwd=tmp_path))
        assert len(server.questions) == 2
    assert told["results"] == {"passed": 3}


def test_an_interrupt_while_programs_run_leaves_none(tmp_path: Path) -> None:
    endless = tmp_path / "endless.jsonl"
    completion = "    import time\n    while True: time.sleep(1)\n"
    endless.write_text("".join(f"{json.dumps({'task_id': p.task_id, 'completion': completion})}\n" for p in PROBLEMS))
    arguments = ("eval", "humaneval", "--data", HUMANEVAL, "--samples", str(endless), "--timeout", "100")
    process = subprocess.Popen(
        command(*arguments), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip

    def running() -> list[str]:
        listing = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, check=True, text=True).stdout
        return [line for line in listing.splitlines() if "in_room.py" in line and str(tmp_path) in line]

    until = time.monotonic() + 60
    while time.monotonic() < until and not running():
        time.sleep(0.05)
    assert running()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    until = time.monotonic() + 10
    while running() and time.monotonic() < until:
        time.sleep(0.05)
    assert running() == []


def test_a_run_that_was_killed_in_mid_line(tmp_path: Path) -> None:
    arguments = ("humaneval", "--data", HUMANEVAL, "--out", "run.jsonl")
    with scripted_server([solves(solution)]) as server:
        model = ("--model", f"{server.url}/v1")
        assert evaluate(*arguments, *model, cwd=tmp_path).returncode == 0
        run = tmp_path / "run.jsonl"
        run.write_bytes(run.read_bytes()[:-20])
        told = parsed(evaluate(*arguments, *model, "--json", cwd=tmp_path))
        assert len(server.questions) == 4
    assert told["results"] == {"passed": 3}
    assert len(samples(run)) == 3


def test_samples_of_different_settings_are_not_mixed(tmp_path: Path) -> None:
    arguments = ("humaneval", "--data", HUMANEVAL, "--out", "run.jsonl")
    with scripted_server([solves(solution)]) as server:
        model = ("--model", f"{server.url}/v1")
        assert evaluate(*arguments, *model, cwd=tmp_path).returncode == 0
        before = (tmp_path / "run.jsonl").read_bytes()
        done = evaluate(*arguments, *model, "--max-tokens", "9", cwd=tmp_path)
        assert done.returncode == 4
        assert "another max_tokens; name another file, or drop them with --fresh" in done.stderr.splitlines()[-1]
        assert (tmp_path / "run.jsonl").read_bytes() == before
        assert evaluate(*arguments, *model, "--max-tokens", "9", "--fresh", cwd=tmp_path).returncode == 0
        assert len(server.questions) == 6


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("notes.jsonl", "mine\n", 4, "without its report"),
        ("notes.txt", None, 2, "ends in .jsonl"),
        ("no/such\0.jsonl", None, 2, ""),
    ],
)
def test_files_that_are_not_ours_are_left_alone(
    tmp_path: Path, name: str, content: str | None, code: int, message: str
) -> None:
    if "\0" in name:
        name = "file/run.jsonl"
        (tmp_path / "file").write_text("x")
    if content is not None:
        (tmp_path / name).write_text(content)
    canonical = tmp_path / "c.jsonl"
    canonical.write_text(json.dumps({"task_id": "Own/0", "completion": PROBLEMS[0].solution}))
    done = evaluate("humaneval", "--data", HUMANEVAL, "--samples", str(canonical), "--out", name, cwd=tmp_path)
    assert done.returncode == code
    assert message in one_line(done.stderr)
    if content is not None:
        assert (tmp_path / name).read_text() == content


def test_completions_that_are_there_already(tmp_path: Path) -> None:
    rows = [{"task_id": p.task_id, "completion": p.solution} for p in PROBLEMS[:2]]
    rows += [{"task_id": PROBLEMS[0].task_id, "completion": "    return 0"}]
    given = tmp_path / "given.jsonl"
    given.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    arguments = ("humaneval", "--data", HUMANEVAL, "--samples", str(given))
    told = parsed(evaluate(*arguments, "--json", cwd=tmp_path))
    assert told["results"] == {"passed": 2}  # one sample each: as many as every problem has
    assert "completions for 2 of 3 problems" in " ".join(told["notes"])
    for content, message in (("{}\n", "given.jsonl:1: a sample needs"), ('{"task_id": "x", "completion": ""}', "no")):
        given.write_text(content)
        done = evaluate(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert message in one_line(done.stderr)


def test_without_a_sandbox_no_model_is_asked(tmp_path: Path) -> None:
    """Exit code 7 in one line, before anything is sent; with consent it runs as it is."""
    empty = tmp_path / "bin"
    empty.mkdir()
    bare = {"PATH": str(empty)}
    with scripted_server([solves(solution)]) as server:
        arguments = ("humaneval", "--data", HUMANEVAL, "--model", f"{server.url}/v1")
        done = evaluate(*arguments, cwd=tmp_path, environ=bare)
        assert done.returncode == 7
        assert "--unsafe-no-sandbox" in one_line(done.stderr)
        assert server.requests == []
        done = evaluate(*arguments, "--unsafe-no-sandbox", "--json", cwd=tmp_path, environ=bare)
    assert parsed(done)["results"] == {"passed": 3}


def test_what_a_hostile_model_writes_is_held(tmp_path: Path) -> None:
    """The attack comes over the wire, as it would."""
    outside = tmp_path / "outside"

    def attacks(prompt: str) -> str:
        return f"\n    open({str(outside)!r}, 'w').write('x')\n{solution(prompt)}"

    with scripted_server([solves(attacks)]) as server:
        told = parsed(evaluate("humaneval", "--model", f"{server.url}/v1", "--data", HUMANEVAL, "--json", cwd=tmp_path))
    assert told["results"] == {"failed": 3}
    assert not outside.exists()


def test_a_model_that_hangs_is_an_error_in_one_line(tmp_path: Path) -> None:
    with scripted_server([hangs()]) as server:
        done = evaluate(
            "humaneval", "--model", f"{server.url}/v1", "--data", HUMANEVAL, cwd=tmp_path,
            environ={"REPOAGENT_FIRST_TOKEN_S": "0.5"},
        )  # fmt: skip
    assert done.returncode == 5
    assert "did not answer in time" in done.stderr.splitlines()[-1]


def test_ollama_continues_raw_text(tmp_path: Path) -> None:
    reply = says("\n    return low <= value <= high\n")
    with scripted_server([reply], ollama=True, models=["codellama:7b-code"]) as server:
        told = parsed(
            evaluate(
                "humaneval",
                "--model",
                "ollama:codellama:7b-code",
                "--data",
                HUMANEVAL,
                "--json",
                cwd=tmp_path,
                environ={"OLLAMA_HOST": server.url},
            )
        )
        asked = [question.body for question in server.questions]
    assert told["results"] == {"failed": 2, "passed": 1}
    assert told["member"] == "Code Llama 7B"
    assert all(body["raw"] is True and body["options"]["temperature"] == 0 for body in asked)
    assert all("\nclass" in body["options"]["stop"] and body["truncate"] is False for body in asked)


def test_mbpp_without_its_examples(tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(f"{json.dumps(row)}\n" for row in read_rows(DATA / "mbpp.jsonl")[2:]))
    with scripted_server() as server:
        done = evaluate("mbpp", "--model", f"{server.url}/v1", "--data", str(few), cwd=tmp_path)
        assert server.questions == []
    assert done.returncode == 2
    assert "task ids 2, 3 and 4" in one_line(done.stderr)


def test_wrong_use_is_one_line(tmp_path: Path) -> None:
    for arguments in (("-n", "0"), ("--temperature", "-1"), ("--data", "no-such-file"), ("--style", "poem")):
        done = evaluate("humaneval", *arguments, cwd=tmp_path)
        assert done.returncode == 2
        one_line(done.stderr)


def test_nothing_heavy_is_loaded_for_help() -> None:
    listed = "[m for m in sys.modules if 'eval' in m and 'repoagent' in m]"
    program = f"import sys; import repoagent.commands.program; print({listed})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_multipl_e_reads_what_a_stop_string_cut_off() -> None:
    """The brace that ends a function is a stop string; the tests give it back."""
    row = next(row for row in read_rows(DATA / "multipl_e.jsonl") if row["language"] == "cpp")
    (problem,) = multipl_e([row]).problems
    assert problem.program("X").count("{") == problem.program("X").count("}")


# -- questions over a repository ----------------------------------------------------------------------------------

QUESTIONS = [
    {"question": "how is the discount taken off the total of a cart?", "files": ["shop/discount.py"]},
    {"question": "where are lines of one article merged?", "files": ["shop/"], "lines": ["shop/cart.py:10-18"]},
    {"question": "what is a line of a cart made of?", "files": ["shop/cart.py"], "text": "self.quantity = quantity"},
]
"""The paths and lines are those of test_cli.SHOP."""


def knows(question: str) -> str:
    """Cites a right place for the first two; for the third one that does not hold the words, and one not given."""
    if "discount" in question:
        return "See shop/discount.py:7-8 and shop/cart.py:20-22."
    if "merged" in question:
        return "See shop/cart.py:1-3 and shop/cart.py:14-16."
    return "See shop/cart.py:1-3, nowhere/at_all.py:5."


def ask_with_context(prompt: str) -> str:
    return knows(prompt.rpartition("The question again, answer it now: ")[2])


def test_questions_over_a_repository(make_repository: Callable[..., Path], tmp_path: Path) -> None:
    shop = make_repository(SHOP, name="shop")
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(f"{json.dumps(row)}\n" for row in QUESTIONS))
    arguments = ("repo", str(questions), "-C", str(shop), "--out", str(tmp_path / "run.jsonl"))
    with scripted_server([solves(ask_with_context), refuses(500, "broken")]) as server:
        done = evaluate(*arguments, "--model", f"{server.url}/v1", cwd=tmp_path)
    assert done.returncode == 5
    assert "1 of 3 answers are kept" in done.stderr
    with scripted_server([solves(ask_with_context)]) as server:
        told = parsed(evaluate(*arguments, "--model", f"{server.url}/v1", "--json", cwd=tmp_path))
        shown = evaluate(*arguments, "--model", f"{server.url}/v1", cwd=tmp_path)
        assert len(server.questions) == 2
        assert all(question.body["temperature"] == 0 for question in server.questions)
    assert told["n_questions"] == 3
    values = {name: score["value"] for name, score in told["scores"].items()}
    assert values == {"given": 1, "holds": pytest.approx(2 / 3, abs=1e-6), "first": pytest.approx(1 / 3, abs=1e-6)}
    assert (told["n_cited"], told["n_false"]) == (5, 1)
    rows = {row["task_id"]: row for row in samples(tmp_path / "run.jsonl")}
    assert rows[QUESTIONS[0]["question"]]["sources"] == ["shop/discount.py:7-8", "shop/cart.py:20-22"]
    assert "66.7 (20.8- 93.9)" in shown.stdout
    (shop / "shop/cart.py").write_text("changed = 1\n")
    done = evaluate(*arguments, "--model", f"{server.url}/v1", cwd=tmp_path)  # nobody listens there any more
    assert done.returncode == 5


def test_answers_about_another_state_are_not_mixed(make_repository: Callable[..., Path], tmp_path: Path) -> None:
    shop = make_repository(SHOP, name="shop")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(QUESTIONS[0]))
    arguments = ("repo", str(questions), "-C", str(shop), "--out", str(tmp_path / "run.jsonl"))
    with scripted_server([solves(ask_with_context)]) as server:
        model = ("--model", f"{server.url}/v1")
        assert evaluate(*arguments, *model, cwd=tmp_path).returncode == 0
        (shop / "shop/cart.py").write_text("changed = 1\n")
        done = evaluate(*arguments, *model, cwd=tmp_path)
    assert done.returncode == 4
    assert "another repositories" in done.stderr


def test_questions_about_several_repositories(make_repository: Callable[..., Path], tmp_path: Path) -> None:
    make_repository(SHOP, name="all/one")
    make_repository(SHOP, name="all/two")
    questions = tmp_path / "questions.jsonl"
    rows = [{**QUESTIONS[0], "repo": name} for name in ("one", "two", "three", "../two")]
    questions.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with scripted_server([solves(ask_with_context)]) as server:
        told = parsed(
            evaluate("repo", str(questions), "-C", "all", "--model", f"{server.url}/v1", "--json", cwd=tmp_path)
        )
        done = evaluate("repo", str(questions), "-C", "all/one", "--model", f"{server.url}/v1", cwd=tmp_path)
        assert done.returncode == 0
        assert len(server.questions) == 3
    assert list(told["repositories"]) == ["one", "two"]
    assert told["scores"]["holds"]["value"] == 1
    assert [note.partition(" which")[0] for note in told["notes"]] == [
        "1 questions are about three,",
        "1 questions are about ../two,",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no question in it"),
        ("{}", ":1: it has no question"),
        ('{"question": "x"}', ":1: it has no files"),
        ('{"question": "x", "files": []}', ":1: it is no question"),
        ('{"question": "x", "files": ["a"], "lines": ["a"]}', ":1: it is no question"),
        ("[" * 99_999, ":1: it is no question"),
        ('{"question": "x", "files": ["a"]}\n' * 2, ":2: the question stands there twice"),
        ('{"question": "x", "files": ["a"], "repo": "elsewhere"}', "no question is about"),
    ],
)
def test_questions_that_cannot_be_used(
    make_repository: Callable[..., Path], tmp_path: Path, content: str, message: str
) -> None:
    shop = make_repository({"a.py": "x = 1\n"}, name="shop")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(content)
    done = evaluate("repo", str(questions), "-C", str(shop), cwd=tmp_path)
    assert done.returncode == 2
    assert message in one_line(done.stderr)


def test_a_model_elsewhere_needs_a_yes(make_repository: Callable[..., Path], tmp_path: Path) -> None:
    """The same consent as for `ask`: nothing of the repository is sent without it."""
    from repoagent.session import Repo
    from repoagent_agents.evaluation.citations import Question
    from repoagent_agents.models.base import Message, Sampling
    from repoagent_indexers.errors import Refused

    class Elsewhere:
        name, place, window = "far", "https://models.example.org", 4096

        def count(self, text: str) -> int:
            return len(text) // 3

        def stream(self, messages: list[Message], sampling: Sampling) -> Any:
            raise AssertionError

    def no(*_: object) -> None:
        raise Refused("nobody said yes")

    shop = make_repository(SHOP)
    with Repo(shop, model=Elsewhere(), consent=no) as repo, pytest.raises(Refused):
        repo.measure(Question("a", "how is the discount taken off?", ("shop/discount.py",)))
