"""Tools, retriever and agent loop: plain, and as LangChain sees them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import repoagent
from repoagent_agents.models.scripted import ScriptedModel
from repoagent_agents.tools import Tools
from repoagent_indexers.errors import ModelError

FILES = {
    "app/keys.py": 'def rotate_keys(store):\n    """Replace every key of a store."""\n    return store.renew()\n',
    "app/main.py": "from app.keys import rotate_keys\n\n\ndef nightly(store):\n    rotate_keys(store)\n",
}


@pytest.fixture
def repo(make_repository: Callable[..., Path]) -> Iterator[repoagent.Repo]:
    with repoagent.open(make_repository(FILES)) as opened:
        yield opened


def test_tools_look_things_up(repo: repoagent.Repo) -> None:
    tools = Tools(repo.index)
    assert tools.search_code("replace keys of a store").splitlines()[0] == "app/keys.py:1-3 def rotate_keys(store):"
    assert tools.read_lines("./app/main.py", 4, 5) == "4: def nightly(store):\n5:     rotate_keys(store)"
    assert tools.read_lines("app/main.py", 1, 2).endswith("(5 lines in all)")
    assert tools.find_definition("keys.rotate_keys()").startswith("app/keys.py:1-3 function rotate_keys")
    assert tools.find_uses("rotate_keys").splitlines() == [
        "app/main.py:1 at the top: from app.keys import rotate_keys",
        "app/main.py:5 in nightly: rotate_keys(store)",
    ]
    assert tools.find_commits("rotate_keys()").split(" ", 2)[2] == "first"
    assert tools.find_commits("nothing/here.py").startswith("nothing/here.py")
    assert "app/keys.py" in tools.outline_repository()


def test_tools_tell_apart_what_bears_the_same_name(make_repository: Callable[..., Path]) -> None:
    code = "class {}:\n    def heat(self):\n        pass\n"
    use = "from oven import Oven\n\ndef bake():\n    Oven().heat()\n\ndef either(it):\n    it.heat()\n"
    root = make_repository({"oven.py": code.format("Oven"), "iron.py": code.format("Iron"), "use.py": use})
    with repoagent.open(root) as repo:
        tools = Tools(repo.index)
        assert tools.find_definition("Oven.heat") == "oven.py:2-3 method Oven.heat: def heat(self):"
        assert len(tools.find_definition("heat").splitlines()) == 2
        assert tools.find_uses("Oven.heat").splitlines() == [
            "use.py:4 in bake: Oven().heat()",
            "use.py:7 in either: it.heat() (by name only)",
        ]
        assert tools.find_uses("Iron.heat") == "use.py:7 in either: it.heat() (by name only)"
        assert "heat may mean" in tools.find_uses("heat")


def test_a_form_feed_ends_no_line(make_repository: Callable[..., Path]) -> None:
    """As spans count them, and editors: GNU's sources have one between functions, texts have U+2028."""
    code = "int one(void) { return 1; }\n\f\n/* a\u2028b */\nint count_apples(void)\n{\n    return apples;\n}\n"
    with repoagent.open(make_repository({"pie.c": code})) as repo:
        assert Tools(repo.index).read_lines("pie.c", 4, 4).startswith("4: int count_apples(void)")
        (line,) = repo.brief("how many apples are counted?").places[0].lines
        assert (line.number, line.text) == (6, "return apples;")


@pytest.mark.parametrize("path", ["nothing.py", "../secret", "/etc/passwd", ".git/config", ""])
def test_tools_read_nothing_but_the_repository(repo: repoagent.Repo, path: str) -> None:
    assert Tools(repo.index).read_lines(path).startswith("There is no file")


def test_tools_say_what_they_did_not_find(repo: repoagent.Repo) -> None:
    tools = Tools(repo.index)
    assert tools.find_definition("zebra") == "Nothing called 'zebra' is defined here."
    assert tools.find_uses("zebra") == "Nothing called 'zebra' is defined here."
    assert tools.read_lines("app/main.py", 99) == "app/main.py has 5 lines."


def test_retriever_is_langchains(repo: repoagent.Repo) -> None:
    (first, *_) = repo.as_retriever(limit=2).invoke("replace keys of a store")
    assert first.page_content.startswith("def rotate_keys(store):")
    assert first.metadata | {"score": 0} == {
        "path": "app/keys.py", "start_line": 1, "end_line": 3, "symbol": "rotate_keys", "kind": "function", "score": 0,
    }  # fmt: skip


def test_tools_are_langchains(repo: repoagent.Repo) -> None:
    tools = {tool.name: tool for tool in repo.as_tools()}
    assert set(tools) == {
        "search_code",
        "read_lines",
        "find_definition",
        "find_uses",
        "find_commits",
        "outline_repository",
    }
    assert all(tool.description for tool in tools.values())
    assert tools["read_lines"].invoke({"path": "app/main.py", "first_line": 4, "last_line": 4}).startswith("4: def")


def step(tool: str, **arguments: object) -> str:
    return f"Thought: look.\nAction: {tool}\nAction Input: {json.dumps(arguments)}\n"


def test_agent_looks_things_up_until_it_answers(make_repository: Callable[..., Path]) -> None:
    model = ScriptedModel(
        [
            step("search_code", question="replace keys"),
            step("read_lines", path="app/keys.py"),
            "Final Answer: rotate_keys renews the store (app/keys.py:1-3).",
        ]
    )
    with repoagent.open(make_repository(FILES), model=model) as repo:
        said = list(repo.investigate("how are keys replaced?"))
    assert [kind for kind, _ in said] == ["step", "step", "answer"]
    assert said[0][1] == "search_code(replace keys)"
    assert said[-1][1] == "rotate_keys renews the store (app/keys.py:1-3)."


def test_agent_that_never_answers_is_stopped(make_repository: Callable[..., Path]) -> None:
    model = ScriptedModel([step("search_code", question="again")] * 100)
    with repoagent.open(make_repository(FILES), model=model) as repo, pytest.raises(ModelError, match="12 steps"):
        list(repo.investigate("how are keys replaced?"))
