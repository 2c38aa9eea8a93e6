"""LangChain on both sides, and the text protocol that gives Code Llama tool calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from repoagent_agents.models import Message, Model, Sampling, complete, load_model
from repoagent_agents.models.react import Call, call_text, final_text, find_call, rules
from repoagent_agents.models.scripted import ScriptedModel
from repoagent_indexers.errors import ModelError, UsageError

SEARCH = {
    "name": "search",
    "description": "Find\n places.",
    "parameters": {"properties": {"query": {"type": "string"}}},
}
READ = {
    "name": "read",
    "description": "Read a file.",
    "parameters": {"properties": {"path": {"type": "string"}, "line": {"type": "integer"}}},
}
STATUS = {"name": "status", "description": "Say how it stands."}
TOOLS = [SEARCH, READ, STATUS]


@pytest.mark.parametrize(
    ("reply", "call"),
    [
        (
            'I look.\nAction: search\nAction Input: {"query": "cookies"}',
            Call("I look.", "search", '{"query": "cookies"}', {"query": "cookies"}),
        ),
        ('Action: `read`\nAction Input: ```json\n{"path": "a.py",\n "line": 3}\n```', {"path": "a.py", "line": 3}),
        ('Action: search\n\nAction Input: {"query": "a\nb"} and more', {"query": "a\nb"}),
        ("Action: search\nAction Input: cookies", {"query": "cookies"}),
        ('Action: search\nAction Input: "cookies"', {"query": "cookies"}),
        ("Action: status\nAction Input:", {}),
        ("Action: status\nAction Input: {}", {}),
        ('Action: nowhere\nAction Input: {"x": 1}', {"x": 1}),
        ('Action: search\nAction Input: {"query": "a"}\nAction: search\nAction Input: {"query": "b"}', {"query": "a"}),
        ("Action: search\nAction Input: {broken", None),
        ("Action: read\nAction Input: a.py", None),
        ('Action: search\nAction Input: ["a"]', {"query": '["a"]'}),
    ],
)
def test_a_call_is_read_as_models_write_it(reply: str, call: Call | dict[str, Any] | None) -> None:
    found = find_call(reply, TOOLS)
    assert found is not None
    assert (found if isinstance(call, Call) else found.arguments) == call


@pytest.mark.parametrize("reply", ["It is in app.py.", "The Action: none", "Action: search", "Final Answer: app.py"])
def test_a_final_reply_holds_no_call(reply: str) -> None:
    assert find_call(reply, TOOLS) is None


def test_what_the_model_is_told() -> None:
    told = rules(TOOLS)
    assert "- search: Find places.\n  arguments: " in told
    assert told.startswith("You may use a tool.")
    assert rules(TOOLS, must=True).startswith("You must use a tool now.")
    assert rules(TOOLS, must="read").startswith("You must use the tool read now.")
    assert final_text(" Final Answer: app.py") == "app.py"
    again = find_call(call_text("read", {"path": "a.py", "line": 1}), TOOLS)
    assert again is not None
    assert again.arguments == {"path": "a.py", "line": 1}


# Ours, as LangChain's


def agent_of(model: ScriptedModel) -> Any:
    from langchain.agents import create_agent
    from langchain_core.tools import tool

    from repoagent_agents.models.langchain_chat import as_chat_model

    @tool
    def search(query: str) -> str:
        """Find places in the repository."""
        return f"app.py:12 keeps {query}"

    return create_agent(as_chat_model(model), [search], system_prompt="Answer from the repository.")


def run_agent(model: ScriptedModel) -> list[Any]:
    asked = {"messages": [{"role": "user", "content": "Where are cookies kept?"}]}
    messages: list[Any] = agent_of(model).invoke(asked)["messages"]
    return messages


def test_an_agent_of_langchain_calls_tools_through_text() -> None:
    call = 'I search.\nAction: search\nAction Input: {"query": "cookies"}'
    model = ScriptedModel([f"{call}\nObservation: I made this up", "Final Answer: app.py:12 keeps them."])
    messages = run_agent(model)
    assert [type(message).__name__ for message in messages] == ["HumanMessage", "AIMessage", "ToolMessage", "AIMessage"]
    assert messages[1].tool_calls[0]["args"] == {"query": "cookies"}
    assert messages[-1].content == "app.py:12 keeps them."
    system, question, answer, observation = model.asked[1]
    assert "- search: Find places in the repository." in system.content
    assert system.content.endswith("Answer from the repository.")
    assert question == Message("user", "Where are cookies kept?")
    assert answer == Message("assistant", call)
    assert observation == Message("user", "Observation: app.py:12 keeps cookies")


def test_a_broken_call_is_mended_once() -> None:
    model = ScriptedModel(
        ["Action: search\nAction Input: {broken", 'Action: search\nAction Input: {"query": "x"}', "Found."]
    )
    assert run_agent(model)[-1].content == "Found."
    assert "no JSON object" in model.asked[1][-1].content


def test_a_call_that_stays_broken_ends_the_loop() -> None:
    broken = "Action: search\nAction Input: {broken"
    last = run_agent(ScriptedModel([broken, broken]))[-1]
    assert last.invalid_tool_calls[0]["name"] == "search"
    assert last.content == broken


def test_our_model_streams_in_langchain() -> None:
    from repoagent_agents.models.langchain_chat import as_chat_model

    chat = as_chat_model(ScriptedModel(["one two three", "four stop five", "six words"]))
    assert [chunk.content for chunk in chat.stream("q") if chunk.content] == ["one", " two", " three"]
    assert chat.invoke("q", stop=[" stop"]).content == "four"
    usage = chat.invoke("q").usage_metadata
    assert usage is not None
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 2


def test_a_stream_with_tools_is_a_call() -> None:
    from repoagent_agents.models.langchain_chat import as_chat_model

    model = ScriptedModel(['Action: search\nAction Input: {"query": "x"}'])
    chunks = list(as_chat_model(model).bind_tools([SEARCH], tool_choice="search").stream("q"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.tool_calls[0]["args"] == {"query": "x"}
    assert "You must use the tool search now." in model.asked[0][0].content


# LangChain's, as ours


def test_a_chat_model_of_langchain_is_a_model() -> None:
    from langchain_core.language_models import GenericFakeChatModel

    from repoagent_agents.models.langchain_chat import LangChainModel

    model = LangChainModel(GenericFakeChatModel(messages=iter(["one two", "three"])))
    assert isinstance(model, Model)
    assert list(model.stream([Message("user", "q")], Sampling())) == ["one", " ", "two"]
    assert complete(model, [Message("system", "s"), Message("user", "q")], Sampling()).text == "three"
    assert model.window == 4096
    assert model.count("one two") > 0


def test_both_ways_at_once() -> None:
    from repoagent_agents.models.langchain_chat import LangChainModel, as_chat_model

    inner = ScriptedModel(["round trip"])
    asked = [Message("system", "s"), Message("user", "q"), Message("assistant", "a"), Message("user", "r")]
    assert complete(LangChainModel(as_chat_model(inner)), asked, Sampling()).text == "round trip"
    assert inner.asked == [tuple(asked)]


def test_an_error_of_a_provider_is_one_line_without_its_key() -> None:
    from langchain_core.language_models import FakeListChatModel

    from repoagent_agents.models.langchain_chat import LangChainModel

    class Failing(FakeListChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("Incorrect API key\nsk-abcdefghijkl provided")

    with pytest.raises(ModelError) as raised:
        complete(LangChainModel(Failing(responses=["x"])), [Message("user", "q")], Sampling())
    assert "Incorrect API key [key] provided" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_nothing_is_traced_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    from langchain_core.language_models import FakeListChatModel
    from langsmith.utils import get_env_var, tracing_is_enabled

    from repoagent_agents.models.langchain_chat import LangChainModel, untraced

    seen: list[bool] = []

    class Watching(FakeListChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            seen.append(bool(tracing_is_enabled()))
            yield from super()._stream(*args, **kwargs)

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://127.0.0.1:9")
    get_env_var.cache_clear()
    try:
        stream = LangChainModel(Watching(responses=["ab"])).stream([Message("user", "q")], Sampling())
        assert next(stream) == "a"
        assert tracing_is_enabled()  # the caller's own setting is left alone, between two pieces too
        assert list(stream) == ["b"]
        with untraced():
            assert not tracing_is_enabled()
    finally:
        monkeypatch.undo()
        get_env_var.cache_clear()
    assert seen == [False]


def test_any_chat_model_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_chat_models.py").write_text(
        "from langchain_core.language_models import FakeListChatModel\n"
        "def make():\n    return FakeListChatModel(responses=['from my model'])\n"
        "made = make()\n"
        "def wrong():\n    return 3\n"
        "def broken():\n    raise RuntimeError('no\\nkey')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    for factory in ("make", "made"):
        model = load_model(f"langchain:my_chat_models:{factory}", window=9000, environ={})
        assert complete(model, [Message("user", "q")], Sampling()).text == "from my model"
        assert model.window == 9000
    with pytest.raises(UsageError, match="returns int, which is no LangChain chat model"):
        load_model("langchain:my_chat_models:wrong", environ={})
    with pytest.raises(ModelError, match=r"could not be made \(no key\)"):
        load_model("langchain:my_chat_models:broken", environ={})
    with pytest.raises(ModelError, match="could not be made"):
        load_model("langchain:no_such_module:make", environ={})
    with pytest.raises(UsageError, match="needs a module and a function"):
        load_model("langchain:my_chat_models", environ={})
