"""What stands around an answer: the cache of replies, what it took, further questions, candidates, Japanese."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from scripted_server import Behaviour, refuses, says, says_all, scripted_server

import repoagent
from repoagent.answer_cache import AnswerCache, Kept, Remembering, answer_cache, key_of
from repoagent.commands.program import cli
from repoagent.wording import wording
from repoagent_agents.ask import language_of
from repoagent_agents.models import Message, Sampling, Usage, complete, load_model
from repoagent_agents.models.base import Found, Gap, draw
from repoagent_agents.models.family import choose
from repoagent_agents.models.scripted import ScriptedModel
from repoagent_agents.packing.pack import BODIES
from repoagent_indexers.errors import ModelError, UsageError

FILES = {
    "jar.py": "class Jar:\n    def keep_cookie(self, cookie):\n        self.cookie = cookie\n",
    "other.py": "x = 1\n",
}
QUESTION = "where is the cookie kept?"


def invoke(root: Path, *words: str) -> Result:
    return CliRunner().invoke(
        cli, [*words[:1], "-C", str(root), *words[1:]], standalone_mode=False, catch_exceptions=True
    )


# The cache


def test_the_same_question_is_answered_once(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with scripted_server([says("in jar.py:2-3", prompt_tokens=70, reply_tokens=8), says("elsewhere")]) as server:
        ask = ("ask", QUESTION, "--model", server.url)
        first, again = invoke(root, *ask), invoke(root, *ask)
        assert first.stdout == again.stdout
        assert len(server.questions) == 1
        assert "70 tokens read, 8 written; first word after " in first.stderr
        assert "70 tokens read, 8 written; given before and kept; --no-cache asks again" in again.stderr
        assert "elsewhere" in invoke(root, *ask, "--no-cache").stdout
        assert "elsewhere" in invoke(root, *ask, "--temperature", "0.5").stdout  # not the same sampling
        assert "elsewhere" in invoke(root, *ask, "--temperature", "0.5").stdout  # and never the same again
        assert len(server.questions) == 4
        invoke(root, *ask, "--temperature", "0.5", "--seed", "3")
        told = json.loads(invoke(root, *ask, "--temperature", "0.5", "--seed", "3", "--json").stdout)
        assert len(server.questions) == 5
        assert told["spent"]["from_cache"] is True
        (root / "jar.py").write_text(FILES["jar.py"].replace("keep_cookie", "hold_cookie"))
        assert "elsewhere" in invoke(root, *ask).stdout  # the pack is another one


def test_nothing_is_kept_of_a_reply_that_failed(make_repository: Callable[..., Path]) -> None:
    from scripted_server import drops_after

    root = make_repository(FILES)
    with scripted_server([drops_after("half"), says("whole")]) as server:
        assert isinstance(invoke(root, "ask", QUESTION, "--model", server.url).exception, ModelError)
        assert "whole" in invoke(root, "ask", QUESTION, "--model", server.url).stdout


@pytest.fixture
def cache(tmp_path: Path) -> AnswerCache:
    return AnswerCache(tmp_path / "home" / "answers.sqlite", 4000)


def test_what_is_kept_and_who_may_read_it(cache: AnswerCache) -> None:
    assert cache.get("a") is None
    cache.put("a", Kept(("é",), Usage(1, 2, 3)))
    cache.put("b", Kept(("x", "y"), None))
    assert cache.get("a") == Kept(("é",), Usage(1, 2, 3))
    assert cache.get("b") == Kept(("x", "y"), None)
    assert stat.S_IMODE(cache.path.stat().st_mode) == 0o600


def test_it_is_bounded_and_lets_go_of_what_was_used_longest_ago(cache: AnswerCache) -> None:
    for number in range(5):
        cache.put(str(number), Kept(("x" * 900,), None))
        cache.get("0")
    assert [key for key in "01234" if cache.get(key)] == ["0", "2", "3", "4"]
    cache.put("large", Kept(("x" * 2000,), None))
    assert cache.get("large") is None


@pytest.mark.parametrize("damage", [b"no database at all, but long enough to look at" * 50, b""])
def test_a_damaged_file_is_begun_anew(cache: AnswerCache, damage: bytes) -> None:
    cache.put("a", Kept(("x",), None))
    cache.path.write_bytes(damage)
    assert cache.get("a") is None
    cache.put("a", Kept(("x",), None))
    assert cache.get("a") == Kept(("x",), None)


def test_another_version_is_begun_anew(cache: AnswerCache) -> None:
    cache.put("a", Kept(("x",), None))
    with closing(sqlite3.connect(cache.path)) as table:
        table.execute("PRAGMA user_version = 99")
    assert cache.get("a") is None


def test_a_file_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = AnswerCache(tmp_path / "file" / "answers.sqlite", 1000)
    cache.put("a", Kept(("x",), None))
    assert cache.get("a") is None


def test_everything_that_matters_is_in_the_key() -> None:
    model = ScriptedModel([])
    dialog = [Message("system", "s"), Message("user", "u")]
    sampling = Sampling(seed=1)
    others = [
        key_of(ScriptedModel([], name="other"), dialog, sampling, 1),
        key_of(ScriptedModel([], window=99), dialog, sampling, 1),
        key_of(model, [Message("system", "su"), Message("user", "")], sampling, 1),
        key_of(model, [Message("user", "s"), Message("system", "u")], sampling, 1),
        key_of(model, Gap("s", "u"), sampling, 1),
        key_of(model, Gap("u", "s"), sampling, 1),
        key_of(model, dialog, sampling, 2),
        *(
            key_of(model, dialog, replace(sampling, **change), 1)
            for change in ({"seed": 2}, {"max_tokens": 9}, {"temperature": 0.2}, {"top_p": 0.5}, {"stop": ("x",)})
        ),
    ]
    newer = ScriptedModel([])
    newer.identity = "weights of yesterday"  # type: ignore[attr-defined]
    others.append(key_of(newer, dialog, sampling, 1))
    keys = {key_of(model, dialog, sampling, 1), *others}
    assert len(keys) == len(others) + 1
    assert key_of(model, dialog, Sampling(temperature=0.5), 1) == ""
    assert key_of(model, dialog, Sampling(), 3) == ""


def test_candidates_are_kept_too(cache: AnswerCache) -> None:
    model = Remembering(ScriptedModel(["a", "b"]), cache)
    asked = [Message("user", "q")]
    sampling = Sampling(temperature=0.8, seed=4)
    assert draw(model, asked, sampling, 2).texts == ("a", "b")
    assert not model.remembered
    assert draw(model, asked, sampling, 2).texts == ("a", "b")
    assert model.remembered
    assert complete(Remembering(ScriptedModel(["c"]), cache), asked, Sampling()).text == "c"


def test_the_size_is_a_setting() -> None:
    assert answer_cache({"REPOAGENT_CACHE_MB": "0"}) is None
    small = answer_cache({"REPOAGENT_CACHE_MB": "2"})
    assert small is not None
    assert small.limit == 2 << 20
    with pytest.raises(UsageError, match="REPOAGENT_CACHE_MB"):
        answer_cache({"REPOAGENT_CACHE_MB": "lots"})


# Further questions, candidates


def test_a_further_question_goes_on_with_the_same_pack(make_repository: Callable[..., Path]) -> None:
    model = ScriptedModel(["in jar.py:2-3", "Because.", "x"])
    with repoagent.open(make_repository(FILES), model=model) as repo:
        asking = repo.ask(QUESTION)
        with pytest.raises(UsageError, match="needs the answer to the one before"):
            asking.follow("why?")
        list(asking)
        following = asking.follow("why?")
        assert "".join(following) == "Because."
    first, second = model.asked
    assert second == (*first, Message("assistant", "in jar.py:2-3"), Message("user", "why?")), (
        "it has seen all there is"
    )
    assert following.answer is not None
    assert following.answer.pack.text == asking.pack.text


def test_a_further_question_gets_the_code_that_only_it_is_about(make_repository: Callable[..., Path]) -> None:
    def functions(topic: str) -> str:
        return "".join(
            f"def {topic}_{n}(plate):\n" + "".join(f"    plate.add('{topic}', {n}, {at})\n" for at in range(20)) + "\n"
            for n in range(12)
        )

    root = make_repository({f"{topic}.py": functions(topic) for topic in ("soup", "bread", "salad", "cheese")})
    model = ScriptedModel(["soup.py:1-2", "bread.py:1-2"], window=6000)
    with repoagent.open(root, model=model) as repo:
        asking = repo.ask("how is soup made?", further=1)
        list(asking)
        following = asking.follow("how is bread added to the plate?")
        list(following)
    first, second = (request_text(asked) for asked in model.asked)
    assert "# bread.py:" not in first
    assert second.startswith(first)
    assert len(first) >= 0.7 * len(second), "a server that keeps what it has read reads no more than three tenths anew"
    assert model.count(second) + 1024 <= 6000
    added = second[len(first) :]
    assert "# bread.py:" in added
    assert "def soup_1(" not in added, "nothing is said twice"
    assert following.answer is not None
    spans = [(piece.span.path, line) for piece in following.answer.pack.pieces if piece.level in BODIES
             for line in range(piece.span.start_line, piece.span.end_line + 1)]  # fmt: skip
    assert len(spans) == len(set(spans))
    assert following.answer.sources[0].span.path == "bread.py"


def request_text(asked: Sequence[Message]) -> str:
    """What is sent, as one text."""
    return "\n".join(f"{message.role}: {message.content}" for message in asked)


def test_a_full_window_is_said(make_repository: Callable[..., Path]) -> None:
    long = " ".join(f"word {number}" for number in range(300))
    model = ScriptedModel([long] * 9, window=2048)
    with repoagent.open(make_repository(FILES), model=model) as repo:
        asking = repo.ask(QUESTION)
        list(asking)
        with pytest.raises(UsageError, match="fill the model's window"):
            asking.follow("and then? " * 200)


def test_then_and_candidates_on_the_command_line(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with scripted_server([says("one"), says("two"), says_all("a", "b", "c")]) as server:
        told = json.loads(invoke(root, "ask", QUESTION, "--then", "why?", "--json", "--model", server.url).stdout)
        assert (told["answer"], [then["answer"] for then in told["then"]]) == ("one", ["two"])
        assert [len(question.body["messages"]) for question in server.questions] == [2, 4]
        drawn = invoke(root, "ask", QUESTION, "--candidates", "3", "--model", server.url)
        assert [line for line in drawn.stdout.splitlines() if line in "abc" and line] == ["a", "b", "c"]
        body = server.questions[-1].body
        assert (body["n"], body["temperature"], body["top_p"]) == (3, 0.8, 0.95)
    wrong = invoke(root, "ask", QUESTION, "--candidates", "3", "--then", "why?")
    assert isinstance(wrong.exception, UsageError)


def test_notes_on_bad_serving_are_shown(make_repository: Callable[..., Path]) -> None:
    models: list[Any] = [{"id": "codellama-7b-instruct", "max_model_len": 2048}]
    with scripted_server([says("ok")], models=models) as server:
        shown = invoke(make_repository(FILES), "ask", QUESTION, "--model", server.url)
    assert "repoagent: codellama-7b-instruct is served with a window of 2,048 tokens" in shown.stderr


# Japanese


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("クッキーはどこに保存されますか", "ja"),
        ("cookie の保存先は?", "ja"),
        ("cookie 保存在哪里?", ""),
        ("where is it?", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert language_of(question) == language


def test_a_question_in_japanese_is_answered_in_japanese(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with scripted_server([says("cookie jar"), says("jar.py:2-3 にあります"), says("ok")]) as server:
        shown = invoke(root, "ask", "クッキー cookie はどこ?", "--model", server.url)
        invoke(root, "ask", QUESTION, "--lang", "ja", "--model", server.url)
        invoke(root, "ask", "クッキー cookie はどこ?", "--lang", "en", "--model", server.url)
        _, asked, told, english = ([turn["content"] for turn in one.body["messages"]] for one in server.questions)
    assert "出典:" in shown.stdout
    assert "読み込み 100 トークン、生成 10 トークン" in shown.stderr
    for dialog in (asked, told):
        assert "回答は必ず日本語で" in dialog[0]
        assert dialog[1].endswith("日本語で答えてください。")
    assert "日本語" not in "".join(english)
    assert english[1].endswith("クッキー cookie はどこ?\nAnswer in English.")


@pytest.mark.parametrize(
    ("reply", "helps"),
    [
        (says("vesuvius lava\nThese are the words."), True),
        (says("\n1. vesuvius, `lava`"), True),
        (says("火山"), False),
        (refuses(400), False),
    ],
    ids=["words", "a list", "nothing of use", "an error"],
)
def test_a_chinese_question_is_put_into_english_words_by_the_model(
    make_repository: Callable[..., Path], reply: Behaviour, helps: bool
) -> None:
    names = ("vesuvius", "etna", "stromboli")
    root = make_repository({f"{name}.py": f"def {name}_1(heat):\n" + f"    heat += '{name}'\n" * 30 for name in names})
    with scripted_server([reply, says("it flows"), says("english")]) as server:
        ask = ("ask", "--no-cache", "--budget", "600", "--json", "--model", server.url)
        told = json.loads(invoke(root, *ask, "维苏威在哪里喷发?").stdout)
        invoke(root, *ask, "where does etna erupt?")
        words, asked, english = ([turn["content"] for turn in one.body["messages"]] for one in server.questions)
    assert words[1] == "维苏威在哪里喷发?"
    assert told["answer"] == "it flows"
    assert ("# vesuvius.py:" in asked[1]) == helps
    assert "# etna.py:" in english[1], "and no call for a question in English"


def test_the_brief_speaks_japanese_too(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    shown = invoke(root, "ask", "--brief", "--lang", "ja", "keep_cookie").stdout
    assert shown.splitlines()[:2] == [
        "モデルには質問していません: 概要の表示が指定されました。",
        "答えのある場所 (関連の強い順):",
    ]
    assert "No model was asked: you asked for a brief." in invoke(root, "ask", "--brief", "keep_cookie").stdout
    assert "別の言葉で" in invoke(root, "ask", "--brief", "--lang", "ja", "zzzqqq").stderr


def test_every_word_is_there_in_both_languages() -> None:
    english, japanese = wording(""), wording("ja")
    for name in english.__slots__:
        one, other = getattr(english, name), getattr(japanese, name)
        assert one != other
        assert {part.split("}")[0] for part in one.split("{")[1:]} == {p.split("}")[0] for p in other.split("{")[1:]}


def test_elyza_answers_in_japanese_where_it_is_present() -> None:
    names = ["codellama:13b-instruct", "elyza/ELYZA-japanese-CodeLlama-7b-instruct"]
    found = [Found(name, "p", "vllm", None, chat=True) for name in names]
    best, japanese = choose(found), choose(found, "ja")
    assert best is found[0]
    assert japanese is found[1]
    assert choose(found[:1], "ja") is found[0]


def test_overloaded_for_a_moment(make_repository: Callable[..., Path]) -> None:
    with scripted_server([refuses(503, retry_after=0), says("fine")]) as server:
        assert (
            complete(load_model(server.url, environ={**os.environ}), [Message("user", "q")], Sampling()).text == "fine"
        )
