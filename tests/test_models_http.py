"""Models behind servers, over real HTTP: what is sent, what is understood, and everything a server may do wrong."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scripted_server import (
    Behaviour,
    drops_after,
    exceeds_context,
    free_port,
    hangs,
    hangs_after,
    refuses,
    says,
    says_forever,
    says_in_single_bytes,
    scripted_server,
    sends,
)

from repoagent_agents.models import (
    Completion,
    Message,
    Model,
    Sampling,
    Usage,
    complete,
    discover,
    load_found,
    load_model,
    survey,
)
from repoagent_agents.models.connect import key_from_keyring
from repoagent_agents.models.endpoint import Endpoint, Limits, endpoint_of, limits_from, ollama_url
from repoagent_agents.models.ollama import was_cut, window_for
from repoagent_agents.models.openai_compatible import OpenAICompatible, served
from repoagent_agents.models.refusal import PromptTooLong, http_error
from repoagent_indexers.discretion import is_loopback
from repoagent_indexers.errors import ModelError, UsageError

ASKED = [Message("system", "Answer briefly."), Message("user", "Where is </s> read?")]
NONE: Mapping[str, str] = {}
SHORT_FIRST = {"REPOAGENT_FIRST_TOKEN_S": "0.4"}
SHORT_BETWEEN = {"REPOAGENT_BETWEEN_TOKENS_S": "0.4"}


def ask(model: Model, **sampling: Any) -> Completion:
    return complete(model, ASKED, Sampling(**sampling))


def ask_server(behaviours: Sequence[Behaviour], environ: Mapping[str, str] = NONE, **kinds: Any) -> Completion:
    """What a fresh server of that kind is understood to answer."""
    with scripted_server(behaviours, **kinds) as server:
        return ask(load_model(server.url, environ=environ))


def failure_of(behaviours: Sequence[Behaviour], environ: Mapping[str, str] = NONE, **kinds: Any) -> ModelError:
    """The error to which these behaviours lead: always one line that names the server."""
    with scripted_server(behaviours, **kinds) as server:
        model = load_model(server.url, environ=environ)
        with pytest.raises(ModelError) as raised:
            ask(model)
        assert "\n" not in str(raised.value)
        assert server.url in str(raised.value)
    return raised.value


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        yield silent.getsockname()[1]


KINDS = pytest.mark.parametrize("ollama", [False, True], ids=["openai", "ollama"])


@KINDS
def test_a_reply_is_streamed_in_pieces_with_its_usage(ollama: bool) -> None:
    with scripted_server([says("Look at app.py:12", prompt_tokens=31, reply_tokens=4)], ollama=ollama) as server:
        model = load_model(server.url, environ={})
        assert list(model.stream(ASKED, Sampling())) == ["Look", " at", " app.py:12"]
        assert ask(model) == Completion("Look at app.py:12", Usage(31, 4))
        assert (model.name, model.place, model.window) == ("codellama-7b-instruct", server.url, 16384)


@KINDS
def test_control_strings_do_not_reach_the_server_and_come_back_whole(ollama: bool) -> None:
    with scripted_server([says("It is <·/s>.", pieces=["It is <", "·/s>", "."])], ollama=ollama) as server:
        assert ask(load_model(server.url, environ={})).text == "It is </s>."
        assert server.questions[0].body["messages"] == [
            {"role": "system", "content": "Answer briefly."},
            {"role": "user", "content": "Where is <·/s> read?"},
        ]


def test_what_is_asked_in_openai_s_protocol() -> None:
    with scripted_server() as server:
        model = load_model(server.url, environ={})
        ask(model, max_tokens=50, temperature=0.8, top_p=0.95, seed=3, stop=("a", "b", "c", "d", "e"))
        ask(model, temperature=0.0)
        first, greedy = (question.body for question in server.questions)
    assert first["model"] == "codellama-7b-instruct"
    assert first["stream"] is True
    chosen = {"max_tokens": 50, "temperature": 0.8, "top_p": 0.95, "seed": 3, "stop": ["a", "b", "c", "d"]}
    assert first.items() >= chosen.items()
    assert not {"top_p", "seed", "stop"} & greedy.keys()


def test_a_base_model_is_asked_by_completion() -> None:
    no_template = "As of transformers v4.44, default chat template is no longer allowed, so you must provide one"
    prompt = "Answer briefly.\n\nWhere is <·/s> read?\n\nAnswer:"
    with scripted_server([refuses(400, no_template), says("x = 1")], models=["unheard-of-base"]) as server:
        assert ask(load_model(server.url, environ={})).text == "x = 1"
        assert [question.path for question in server.questions] == ["/v1/chat/completions", "/v1/completions"]
        assert server.questions[1].body["prompt"] == prompt
    with scripted_server([says("x = 1")], models=["CodeLlama-7b-hf"]) as server:  # known to be one
        assert ask(load_model(server.url, environ={})).text == "x = 1"
        assert [question.path for question in server.questions] == ["/v1/completions"]
        assert server.questions[0].body["prompt"] == prompt


def test_a_server_that_does_not_stream_is_understood() -> None:
    whole = {"choices": [{"message": {"role": "assistant", "content": "all at once"}, "finish_reason": "stop"}]}
    assert ask_server([sends(json.dumps(whole).encode(), content_type="application/json")]).text == "all at once"


def test_a_stream_without_done_is_whole_when_it_says_so() -> None:
    last = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    first = {"choices": [{"delta": {"content": "fine"}}]}
    blocks = [f"data: {json.dumps(event)}\r\n\r\n".encode() for event in (first, last)]
    assert ask_server([sends(*blocks)]) == Completion("fine", Usage(5, 2))


def test_a_stream_that_ends_with_its_connection() -> None:
    assert ask_server([says("as of old", chunked=False)]).text == "as of old"
    error = failure_of([hangs_after("as of ", chunked=False)], SHORT_BETWEEN)
    assert "stopped in mid-reply" in str(error)


@KINDS
def test_characters_split_over_packets_come_out_whole(ollama: bool) -> None:
    assert ask_server([says_in_single_bytes("naïve 日本語 🦙")], ollama=ollama).text == "naïve 日本語 🦙"


def test_stop_strings_are_heeded_even_if_the_server_does_not() -> None:
    with scripted_server([says_forever("ab ")]) as server:
        assert ask(load_model(server.url, environ={}), stop=("b ab",)).text == "a"
        assert server.hung_up.wait(5)


@KINDS
def test_closing_the_iterator_reaches_the_server(ollama: bool) -> None:
    with scripted_server([says_forever()], ollama=ollama) as server:
        stream = load_model(server.url, environ={}).stream(ASKED, Sampling())
        assert next(stream) == "on "
        assert not server.hung_up.is_set()
        stream.close()  # type: ignore[attr-defined]
        assert server.hung_up.wait(5)


# What a server may do wrong


@KINDS
def test_a_server_that_hangs_before_the_first_token(ollama: bool) -> None:
    error = failure_of([hangs()], SHORT_FIRST, ollama=ollama)
    assert "0.4" in str(error)
    assert error.partial == ""


@pytest.mark.parametrize(("ollama", "keep_alive"), [(False, False), (False, True), (True, False)])
def test_a_server_that_hangs_in_mid_reply(ollama: bool, keep_alive: bool) -> None:
    error = failure_of([hangs_after("Look at ", keep_alive=keep_alive)], SHORT_BETWEEN, ollama=ollama)
    assert "stopped in mid-reply and sent nothing for 0.4 s" in str(error)
    assert error.partial == "Look at "


@pytest.mark.parametrize("politely", [False, True])
@KINDS
def test_a_server_that_drops_the_stream(ollama: bool, politely: bool) -> None:
    error = failure_of([drops_after("Look at ", politely=politely)], ollama=ollama)
    assert "before the reply was whole" in str(error)
    assert error.partial == "Look at "


def test_the_first_token_may_take_longer_than_the_others() -> None:
    role = b'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\n'  # sent before the prompt is read
    piece = b'data: {"choices": [{"delta": {"content": "late"}}]}\n\ndata: [DONE]\n\n'
    comments = [b": reading\n\n"] * 20  # 10 ms each
    environ = {"REPOAGENT_FIRST_TOKEN_S": "30", "REPOAGENT_BETWEEN_TOKENS_S": "0.05"}
    assert ask_server([sends(role, *comments, piece)], environ).text == "late"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (b"data: {broken\n\n", "sent something that is no JSON: '{broken'"),
        (b"data: [1]\n\n", "sent an event that is no object"),
        (b"<html>hello</html>\n\n", "no event stream"),
        (b'data: {"error": {"message": "out of\\nmemory"}}\n\n', r"failed in mid-reply (out of memory)"),
        (b'data: {"error": "cannot decode \'\\x\'"}\n\n', "failed in mid-reply (cannot decode"),
    ],
)
def test_a_stream_that_makes_no_sense(said: bytes, complaint: str) -> None:
    piece = b'data: {"choices": [{"delta": {"content": "so far"}}]}\n\n'
    error = failure_of([sends(piece, said)])
    assert complaint in str(error)
    assert error.partial == "so far"


def test_a_web_page_is_no_reply() -> None:
    assert "web page" in str(failure_of([sends(b"<html></html>", content_type="text/html; charset=utf-8")]))


@pytest.mark.parametrize(
    ("status", "complaint"),
    [
        (401, "asks for an API key (HTTP 401: no); set the right one in REPOAGENT_API_KEY"),
        (404, "does not know the model, or has no route"),
        (501, "failed (HTTP 501: no); see the server's own log"),
        (307, "has moved"),
        (422, "refused the request (HTTP 422: no)"),
    ],
)
@KINDS
def test_a_server_that_refuses(ollama: bool, status: int, complaint: str) -> None:
    with scripted_server([refuses(status)], ollama=ollama) as server:
        model = load_model(server.url, environ={})
        with pytest.raises(ModelError) as raised:
            ask(model)
        assert f"{server.url} {complaint}" in str(raised.value)
        assert len(server.questions) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_overloaded_server_is_asked_again(status: int) -> None:
    with scripted_server([refuses(status, retry_after=0), refuses(status, retry_after=0.01), says("now")]) as server:
        assert ask(load_model(server.url, environ={})).text == "now"
        assert len(server.questions) == 3


def test_an_overloaded_server_is_not_asked_for_ever() -> None:
    with scripted_server([refuses(429, retry_after=0)]) as server:
        with pytest.raises(ModelError, match="is overloaded") as raised:
            ask(load_model(server.url, environ={}))
        assert len(server.questions) == 1 + Limits().n_retries
        assert raised.value.exit_code == 5


def test_a_long_retry_after_is_not_waited_for() -> None:
    with scripted_server([refuses(429, retry_after=3600)]) as server:
        with pytest.raises(ModelError, match="is overloaded"):
            ask(load_model(server.url, environ={}))
        assert len(server.questions) == 1


def test_a_started_reply_is_never_asked_for_again() -> None:
    with scripted_server([drops_after("half")]) as server:
        with pytest.raises(ModelError):
            ask(load_model(server.url, environ={}))
        assert len(server.questions) == 1


def test_a_prompt_that_does_not_fit_is_told_with_numbers() -> None:
    error = failure_of([exceeds_context(6008, 4096)])
    assert isinstance(error, PromptTooLong)
    assert "it has 6008 tokens, the window 4096; use a smaller --budget" in str(error)


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        (
            {
                "error": {
                    "message": "This model's maximum context length is 4096 tokens. However, you requested 5000 "
                    "tokens (4900 in the messages, 100 in the completion)."
                }
            },
            "it has 4900 tokens, the window 4096",
        ),
        (
            {"message": "The decoder prompt (length 6000) is longer than the maximum model length of 4096."},
            "it has 6000 tokens, the window 4096",
        ),
        (
            {
                "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. "
                "Given: 6000 `inputs` tokens and 100 `max_new_tokens`",
                "error_type": "validation",
            },
            "it has 6000 tokens, the window 4096",
        ),
        ({"error": "the input length exceeds the context length"}, "the input length exceeds the context length"),
    ],
    ids=["vllm", "vllm-new", "tgi", "ollama"],
)
def test_the_numbers_of_each_server(body: dict[str, Any], numbers: str) -> None:
    error = http_error(Endpoint("http://127.0.0.1:1/v1"), "/chat/completions", 400, json.dumps(body))
    assert isinstance(error, PromptTooLong)
    assert numbers in str(error)


def test_a_refusal_for_another_reason_is_not_taken_for_a_long_prompt() -> None:
    body = json.dumps({"error": {"message": "unknown field top_k"}})
    assert not isinstance(http_error(Endpoint("http://127.0.0.1:1"), "/x", 400, body), PromptTooLong)


def test_nothing_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    for name in (url, f"{url}/v1#x", f"{url}/v1"):
        with pytest.raises(ModelError, match=f"^nothing listens at {url}; start the server") as raised:
            load_model(name, environ={})
        assert raised.value.exit_code == 5


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    with silent_port() as port, pytest.raises(ModelError, match="did not answer in time"):
        load_model(f"http://127.0.0.1:{port}/v1#x", environ={"REPOAGENT_LOOKUP_S": "0.4"})


# Keys


def test_the_key_is_sent_and_never_told() -> None:
    key = "sk-very-secret-0123456789"
    with scripted_server([says("ok"), refuses(401, f"wrong key: {key}")], api_key=key) as server:
        model = load_model(f"{server.url}/v1", environ={"REPOAGENT_API_KEY": key})
        assert ask(model).text == "ok"
        with pytest.raises(ModelError, match="does not accept the API key") as raised:
            ask(model)
        told = f"{raised.value!r} {raised.value.__cause__!r} {model!r}"
        assert key not in told
        with pytest.raises(ModelError, match="does not accept the API key") as raised:
            load_model(f"{server.url}/v1", api_key="sk-other", environ={})
        assert "sk-other" not in str(raised.value)
        with pytest.raises(ModelError, match="asks for an API key"):
            load_model(f"{server.url}/v1", environ={"OPENAI_API_KEY": key})  # meant for another server


def test_a_key_from_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = "{('repoagent', 'models.example'): 'sk-kept'}"
    (tmp_path / "keyring.py").write_text(f"def get_password(*place):\n    return {kept}.get(place)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "keyring", importlib.import_module("keyring"))
    routes = {"http://models.example/v1/models": {"data": [{"id": "far", "max_model_len": 8000}]}}
    with scripted_server(routes=routes) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        load_model("http://models.example/v1#far", environ={})
        load_model("http://models.example/v1#far", environ={"REPOAGENT_KEYRING": "0"})
        load_model("http://models.example/v1#far", environ={"REPOAGENT_API_KEY": "sk-given"})
        sent = [asked.headers.get("authorization") for asked in proxy.requests]
    assert sent == ["Bearer sk-kept", None, "Bearer sk-given"]
    assert key_from_keyring("http://127.0.0.1:1/v1", {}) is None


def test_openai_s_variables_belong_together() -> None:
    with scripted_server([says("ok")], api_key="sk-openai") as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1/", "OPENAI_API_KEY": "sk-openai"}
        assert ask(load_model("openai:codellama-7b-instruct", environ=environ)).text == "ok"
        assert [found.name for found in discover(2.0, environ={**environ, "REPOAGENT_DISCOVER": f"{free_port()}"})] == [
            "codellama-7b-instruct"
        ]
    with pytest.raises(UsageError, match="OPENAI_BASE_URL"):
        load_model("openai:x", environ={})


@pytest.mark.parametrize(
    "url",
    ["http://user:pass@host/v1", "http://host/v1?key=1", "ftp://host", "http://", "http://host:port/", "http://a b/"],
)
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        load_model(url, environ={})
    assert "pass" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1", True),
        ("http://127.0.0.9/", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.evil.org", False),
        ("http://10.0.0.1", False),
        ("https://localhost.example", False),
    ],
)
def test_what_is_this_machine(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def test_a_proxy_is_not_asked_about_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert ask_server([says("directly")]).text == "directly"


def test_a_proxy_is_asked_about_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = {"http://models.example/v1/models": {"data": [{"id": "far", "max_model_len": 8000}]}}
    with scripted_server(routes=routes) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        model = load_model("http://models.example/v1#far", environ={})
    assert (model.place, model.window) == ("http://models.example", 8000)


def test_an_inference_endpoint_elsewhere_tells_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = {
        "http://x.endpoints.example/v1/models": {"data": [{"id": "/repository"}]},
        "http://x.endpoints.example/info": {"model_id": "/repository", "max_total_tokens": 12000},
    }
    with scripted_server(routes=routes) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        model = load_model("http://x.endpoints.example", environ={})
        assert [asked.method for asked in proxy.requests] == ["GET"] * len(proxy.requests)  # nothing is posted there
    assert (model.name, model.window) == ("/repository", 12000)


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "inf"])
def test_a_limit_that_is_none(seconds: str) -> None:
    with pytest.raises(UsageError, match="REPOAGENT_FIRST_TOKEN_S"):
        limits_from({"REPOAGENT_FIRST_TOKEN_S": seconds})


# Ollama


def test_what_is_asked_of_ollama() -> None:
    models = [{"id": "codellama:7b-instruct", "context_length": 16384}]
    with scripted_server(ollama=True, models=models) as server:
        model = load_model(server.url, environ={})
        ask(model, max_tokens=100, temperature=0.2, seed=1, stop=("x",))
        complete(model, [Message("user", "word " * 9000)], Sampling(max_tokens=100))
        small, large = (question.body for question in server.questions)
    assert small["truncate"] is False
    assert small["shift"] is False
    assert small["options"] == {
        "num_ctx": 4096, "num_predict": 100, "temperature": 0.2, "top_p": 0.95, "seed": 1, "stop": ["x"]
    }  # fmt: skip
    assert large["options"]["num_ctx"] == 16384


@pytest.mark.parametrize(
    ("n_tokens", "window", "num_ctx"), [(10, 16384, 4096), (5000, 16384, 8192), (99999, 16384, 16384), (10, 2048, 2048)]
)
def test_the_window_to_ask_ollama_for(n_tokens: int, window: int, num_ctx: int) -> None:
    assert window_for(n_tokens, window) == num_ctx


def test_a_prompt_that_ollama_cut_is_noticed() -> None:
    question = [Message("user", "word " * 6000)]
    with scripted_server([says("half the truth", prompt_tokens=4098)], ollama=True) as server:
        model = load_model(server.url, environ={})
        with pytest.raises(ModelError, match="read 4098 of about") as raised:
            complete(model, question, Sampling(max_tokens=100))
    assert raised.value.partial == "half the truth"
    assert not was_cut(0, 6000, 8192)
    assert not was_cut(5500, 6000, 8192)
    assert not was_cut(3000, 3900, 8192)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        (":11500", "http://127.0.0.1:11500"),
        ("box.example:99", "http://box.example:99"),
        ("https://box.example/", "https://box.example:443"),
        ("[::]:5", "http://[::1]:5"),
    ],
)
def test_where_ollama_is(host: str, url: str) -> None:
    assert ollama_url({"OLLAMA_HOST": host}) == url


def test_ollama_s_host_that_is_none() -> None:
    with pytest.raises(UsageError, match="OLLAMA_HOST"):
        ollama_url({"OLLAMA_HOST": "box:port"})


def test_ollama_by_name() -> None:
    models = ["llama3:8b", "codellama:latest", "nomic-embed-text:latest"]
    with scripted_server([says("ok")], ollama=True, models=models) as server:
        environ = {"OLLAMA_HOST": f"127.0.0.1:{server.port}"}
        assert load_model("ollama:codellama", environ=environ).name == "codellama:latest"
        assert load_model("ollama:", environ=environ).name == "codellama:latest"
        with pytest.raises(ModelError, match=r"has no model called 'gemma'; it has: llama3:8b, .*ollama pull gemma"):
            load_model("ollama:gemma", environ=environ)
        with (
            pytest.raises(ModelError, match="failed in mid-reply"),
            scripted_server([sends(b'{"error": "model runner has crashed"}\n')], ollama=True) as broken,
        ):
            ask(load_model(broken.url, environ={}))


# What a server offers


@pytest.mark.parametrize(
    ("models", "routes", "backend", "window"),
    [
        ([{"id": "m", "max_model_len": 8192, "owned_by": "vllm"}], {}, "vllm", 8192),
        ([{"id": "m", "meta": {"n_ctx": 4096, "n_ctx_train": 16384}}], {}, "llama-server", 4096),
        (["m"], {"/props": {"default_generation_settings": {"n_ctx": 2048}}}, "llama-server", 2048),
        (["m"], {"/info": {"model_id": "m", "max_total_tokens": 3000}}, "tgi", 3000),
        (["m"], {"/props": [], "/info": "x"}, "openai", None),
        (
            [{"id": "m", "owned_by": "organization_owner"}],
            {"/api/v0/models": {"data": [{"id": "m", "type": "llm", "loaded_context_length": 5000}]}},
            "lm-studio",
            5000,
        ),
        (
            [{"id": "m", "owned_by": "organization_owner"}],
            {"/api/v0/models": {"data": [{"id": "m", "type": "llm", "max_context_length": 16384}]}},
            "lm-studio",
            4096,
        ),
        ([{"id": "m", "owned_by": "organization_owner"}], {"/api/v0/models": {"data": "?"}}, "lm-studio", None),
    ],
)
def test_windows_are_asked_of_the_server(
    models: list[str | dict[str, Any]], routes: dict[str, Any], backend: str, window: int | None
) -> None:
    with scripted_server(models=models, routes=routes) as server:
        (found,) = served(Endpoint(f"{server.url}/v1"), timeout_s=5)
        assert (found.name, found.backend, found.window, found.chat) == ("m", backend, window, True)
        assert load_model(f"{server.url}/v1#m", environ={}).window == (window or 4096)
        assert load_model(f"{server.url}/v1#m", window=1000, environ={}).window == 1000


def test_a_server_without_a_list_may_tell_its_only_model() -> None:
    routes = {"/info": {"model_id": "codellama/CodeLlama-7b-Instruct-hf", "max_total_tokens": 6000}}
    with scripted_server(models=[], routes=routes, listed=False) as server:
        model = load_model(server.url, environ={})
        assert (model.name, model.window) == ("codellama/CodeLlama-7b-Instruct-hf", 6000)


@KINDS
def test_names_that_a_terminal_would_obey_are_left_out(ollama: bool) -> None:
    with scripted_server(models=["good", "bad\x1b[2J", "worse\nline"], ollama=ollama) as server:
        with pytest.raises(ModelError) as raised:
            load_model("other", url=server.url, environ={})
        assert "it has: good; name one" in str(raised.value)


def test_lm_studio_s_embedders_are_not_asked() -> None:
    models = [{"id": "codellama-embedding", "owned_by": "organization_owner"}, {"id": "other", "owned_by": "x"}]
    routes = {"/api/v0/models": {"data": [{"id": "codellama-embedding", "type": "embeddings"}]}}
    with scripted_server(models=models, routes=routes) as server:
        assert load_model(server.url, environ={}).name == "other"


def test_a_name_that_a_server_does_not_have() -> None:
    with scripted_server(models=["a", "b"]) as server:
        with pytest.raises(ModelError, match="has no model called 'c'; it has: a, b; name one of them"):
            load_model(f"{server.url}/v1#c", environ={})
        assert load_model("B", url=server.url, environ={}).name == "b"
        assert load_model(None, url=server.url, environ={}).name == "a"


def test_a_server_without_a_list_is_taken_at_its_word() -> None:
    with scripted_server([says("ok")], routes={"/v1/models": b"not JSON"}) as server:
        assert ask(load_model(f"{server.url}/v1#anything", environ={})).text == "ok"
        with pytest.raises(ModelError, match="no JSON"):
            load_model(f"{server.url}/v1", environ={})
    with scripted_server(models=[]) as server, pytest.raises(ModelError, match="does not say what models it has"):
        load_model(f"{server.url}/v1", environ={})


# Whatever answers on this machine


def test_discover_finds_what_answers_and_names_it() -> None:
    with (
        scripted_server([says("from vllm")], models=[{"id": "qwen2.5-coder", "max_model_len": 8192}]) as vllm,
        scripted_server([says("from ollama")], models=["codellama:7b", "nomic-embed-text"], ollama=True) as ollama,
        scripted_server(api_key="sk-x") as locked,
        scripted_server(routes={"/v1/models": b"<html>"}) as website,
    ):
        environ = {
            "REPOAGENT_DISCOVER": f"{vllm.port},{locked.port} {website.port},{free_port()}",
            "OLLAMA_HOST": f"127.0.0.1:{ollama.port}",
            "REPOAGENT_API_KEY": "sk-x",
            "OPENAI_API_KEY": "sk-y",
        }
        answers = survey(5.0, environ=environ)
        assert [(found.name, found.backend, found.place, found.chat) for found in answers.found] == [
            ("codellama:7b", "ollama", ollama.url, True),
            ("nomic-embed-text", "ollama", ollama.url, False),
            ("qwen2.5-coder", "vllm", vllm.url, True),
        ]
        assert answers.locked == (locked.url,)
        assert ask(load_model(None, environ=environ)).text == "from ollama"
        assert ask(load_model("qwen2.5-coder", environ=environ)).text == "from vllm"
        assert load_model("codellama:7b", environ=environ).window == 16384
        assert load_found(answers.found[2], environ=environ).window == 8192
        with pytest.raises(ModelError) as raised:
            load_model("gpt-9", environ=environ)
        message = str(raised.value)
        assert f"no model called 'gpt-9' answers on this machine; there are: codellama:7b ({ollama.url})" in message
        assert f"{locked.url} asks for an API key" in message
        assert "\n" not in message
        requests = [*vllm.requests, *ollama.requests, *locked.requests, *website.requests]
        assert not [asked for asked in requests if "authorization" in asked.headers]  # nobody named them


def test_nothing_answers() -> None:
    environ = {"REPOAGENT_DISCOVER": str(free_port())}
    assert discover(environ=environ) == []
    with pytest.raises(ModelError, match="start one, for example: ollama run codellama:7b-instruct"):
        load_model(None, environ=environ)
    with pytest.raises(ModelError, match="no model called 'x' answers on this machine; start one"):
        load_model("x", environ=environ)


def test_base_models_alone_are_no_choice() -> None:
    with scripted_server(models=["CodeLlama-7b-hf"]) as server:
        environ = {"REPOAGENT_DISCOVER": str(server.port)}
        with pytest.raises(ModelError, match="there are: CodeLlama-7b-hf"):
            load_model(None, environ=environ)
        assert load_model("codellama-7b-hf", environ=environ).name == "CodeLlama-7b-hf"


def test_discovery_can_be_switched_off() -> None:
    with scripted_server() as server:
        environ = {"REPOAGENT_DISCOVER": "0", "OPENAI_BASE_URL": f"{server.url}/v1"}
        assert discover(environ=environ) == []
        assert not server.requests
    with pytest.raises(UsageError, match="REPOAGENT_DISCOVER"):
        discover(environ={"REPOAGENT_DISCOVER": "all"})


def test_a_server_elsewhere_is_not_asked_unless_it_is_named() -> None:
    environ = {
        "OLLAMA_HOST": "192.0.2.1",
        "OPENAI_BASE_URL": "http://192.0.2.1/v1",
        "REPOAGENT_DISCOVER": str(free_port()),
    }
    assert discover(60.0, environ=environ) == []  # would take the whole minute


def test_a_silent_server_does_not_hold_discovery_up() -> None:
    with scripted_server(models=["a"]) as server, silent_port() as port, scripted_server(models=["b"]) as other:
        environ = {"REPOAGENT_DISCOVER": f"{server.port},{port},{other.port}"}
        assert [found.name for found in discover(1.5, environ=environ)] == ["a", "b"]


def test_discovery_of_nothing_imports_no_http() -> None:
    code = (
        "import sys\n"
        "from repoagent_agents.models import discover\n"
        "assert discover() == []\n"
        "heavy = ('http.client', 'ssl', 'httpx', 'threading', 'urllib.parse', 'langchain_core', 'tokenizers')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    environ = {**os.environ, "REPOAGENT_DISCOVER": str(free_port())}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout == "[]\n"


def test_models_are_models() -> None:
    model = OpenAICompatible("m", endpoint_of("http://127.0.0.1:1/v1", "sk-secret"), 4096)
    assert isinstance(model, Model)
    assert "sk-secret" not in repr(model)
    assert model.count("</s>") >= model.count("s")
