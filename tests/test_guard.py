"""A model behind a Llama Guard: what it refuses, what it is shown, and a guard that is none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_server import says, scripted_server

from repoagent_agents.models import Message, Sampling, complete
from repoagent_agents.models.base import Gap, draw
from repoagent_agents.models.guard import Guarded
from repoagent_agents.models.scripted import ScriptedModel
from repoagent_indexers.errors import ModelError, Refused

ASKED = [Message("system", "Answer."), Message("user", "How is it done?")]


def guarded(*verdicts: str, replies: tuple[str, ...] = ("Like this.",), window: int = 4096) -> Guarded:
    return Guarded(ScriptedModel(replies), ScriptedModel(verdicts, name="llama-guard3", window=window))


def test_what_is_safe_passes() -> None:
    model = guarded("\n\nsafe", "safe")
    assert complete(model, ASKED, Sampling()).text == "Like this."
    question = Message("user", "How is it done?")
    assert model.guard.asked == [(question,), (question, Message("assistant", "Like this."))]  # type: ignore[attr-defined]


def test_an_unsafe_question_is_never_asked() -> None:
    model = guarded("unsafe\nS2,S14")
    with pytest.raises(Refused, match=r"llama-guard3 calls the question unsafe \(S2, S14\)"):
        complete(model, ASKED, Sampling())
    assert model.model.asked == []  # type: ignore[attr-defined]


def test_an_unsafe_answer_is_never_shown() -> None:
    stream = guarded("safe", "unsafe\nO3").stream(ASKED, Sampling())
    with pytest.raises(Refused, match=r"the answer unsafe \(O3\)") as raised:
        next(stream)
    assert raised.value.exit_code == 4
    with pytest.raises(Refused, match="the answer unsafe"):
        draw(guarded("safe", "safe", "unsafe", replies=("a", "b")), ASKED, Sampling(), 2)


def test_a_guard_that_is_none_is_an_error() -> None:
    with pytest.raises(ModelError, match="said neither safe nor unsafe but 'Sure! Here'"):
        complete(guarded("Sure! Here\nsafe"), ASKED, Sampling())


def test_the_guard_is_shown_the_end_of_what_is_long() -> None:
    model = guarded("safe", "safe", window=2048)
    long = "code " * 5000 + "How is it done?"
    complete(model, [Message("user", long)], Sampling())
    (shown,) = model.guard.asked[0]  # type: ignore[attr-defined]
    assert shown.content.endswith("How is it done?")
    assert model.guard.count(shown.content) <= 512


def test_who_cannot_fill_cannot_behind_a_guard() -> None:
    with pytest.raises(ModelError, match="no way to fill gaps"):
        complete(guarded("safe", "safe"), Gap("a", "b"), Sampling())


def test_by_the_setting(make_repository: Callable[..., Path]) -> None:
    root = make_repository({"jar.py": "def keep_cookie(): pass\n"})
    program = (sys.executable, "-c", "from repoagent.cli import main; main()")
    with scripted_server([says("in jar.py:1")]) as server, scripted_server([says("safe"), says("unsafe\nS1")]) as guard:
        environ = {**os.environ, "REPOAGENT_GUARD": guard.url}
        command = [*program, "ask", "where is the cookie kept?", "--model", server.url]
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True)
        assert len(guard.questions) == 2
    assert (done.returncode, done.stdout) == (4, "")
    assert "codellama-7b-instruct calls the answer unsafe (S1)" in done.stderr
