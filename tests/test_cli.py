"""The commands as a person types them: in a process of their own, in a repository of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from conftest import git, write
from scripted_server import drops_after, free_port, hangs, hangs_after, refuses, says, says_when, scripted_server

import repoagent as api
from repoagent.render import Screen, show_brief, show_history, show_outline, show_picture, show_references
from repoagent.wording import Wording

MakeRepository = Callable[..., Path]

SHOP = {
    "shop/cart.py": '''"""Shopping carts."""


class Cart:
    """What a customer means to buy."""

    def __init__(self):
        self.lines = []

    def add(self, article, quantity=1):
        """Put an article into the cart, merging lines of the same article."""
        for line in self.lines:
            if line.article == article:
                line.quantity += quantity
                return line
        self.lines.append(Line(article, quantity))

    def total(self, discount):
        """Sum up the prices of all lines and take the discount off."""
        return discount.take_off(sum(line.price for line in self.lines))


class Line:
    def __init__(self, article, quantity):
        self.article = article
        self.quantity = quantity
''',
    "shop/discount.py": '''"""Discounts."""


class Discount:
    """A share of the price that a customer need not pay."""

    def take_off(self, price):
        return price * (1 - self.share)
''',
    "tests/test_cart.py": "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total(None) == 0\n",
    "README.md": "# Shop\n\nA shop with carts and discounts.\n",
}
QUESTION = "how is the discount taken off the total of a cart?"


def repoagent(
    *arguments: str, cwd: Path, given: str | bytes = "", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does, without a terminal."""
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        env={**os.environ, **(environ or {})},
        timeout=120,
    )
    out, err = (stream.decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("repoagent")), *arguments]


def one_line(text: str) -> str:
    """The only line of a text, which must begin as our messages do."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("repoagent: "), text
    return lines[0]


@pytest.fixture
def shop(make_repository: MakeRepository) -> Path:
    return make_repository(SHOP)


def parsed(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    shape: dict[str, Any] = json.loads(done.stdout)
    assert shape["version"] == 1
    return shape


# -- looking things up -------------------------------------------------------------------------------------------


def test_ask_without_a_model_is_a_brief_that_says_so(shop: Path) -> None:
    done = repoagent("ask", QUESTION, cwd=shop)
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    assert first.startswith("No model was asked: none answers on this machine.")
    assert "--model" in first
    assert "shop/cart.py:" in "".join(rest)
    assert "Cart.total" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_ask_works_from_a_folder_below_and_by_path(shop: Path, tmp_path: Path) -> None:
    below = repoagent("ask", QUESTION, cwd=shop / "shop")
    afar = repoagent("ask", "-C", str(shop), QUESTION, cwd=tmp_path)
    assert below.stdout == afar.stdout == repoagent("ask", QUESTION, cwd=shop).stdout


def test_brief_as_json(shop: Path) -> None:
    shape = parsed(repoagent("ask", "--brief", "--json", QUESTION, cwd=shop))
    assert shape["model"] is None
    assert shape["answer"].startswith("No model was asked: ")
    best = shape["sources"][0]
    assert best["path"] == "shop/cart.py"
    assert best["symbol"] == "Cart.total"
    assert (best["start_line"], best["end_line"]) == (18, 20)
    assert [use["symbol"] for use in best["used_by"]] == ["test_total"]
    assert [use["symbol"] for use in best["uses"]] == ["Discount.take_off"]


def test_search_as_json(shop: Path) -> None:
    shape = parsed(repoagent("search", "--json", "-n", "2", "put", "an", "article", "into", "the", "cart", cwd=shop))
    assert len(shape["hits"]) == 2
    assert set(shape["hits"][0]) == {"path", "start_line", "end_line", "symbol", "kind", "score", "copies"}
    assert shape["hits"][0] | {"score": 0} == {
        "path": "shop/cart.py", "start_line": 10, "end_line": 16, "symbol": "Cart.add", "kind": "method", "score": 0,
        "copies": [],
    }  # fmt: skip
    assert shape["hits"][0]["score"] >= shape["hits"][1]["score"]


def test_question_from_standard_input(shop: Path) -> None:
    typed = repoagent("search", "--json", QUESTION, cwd=shop)
    assert repoagent("search", "--json", "-", cwd=shop, given=QUESTION).stdout == typed.stdout
    odd = repoagent("search", "--json", "-", cwd=shop, given=b"\xff\xfe discount \x00 cart")
    assert odd.returncode == 0


@pytest.mark.parametrize("name", ["search", "pack"])
def test_batch_answers_one_line_a_question(shop: Path, name: str) -> None:
    done = repoagent(name, "--batch", "-", cwd=shop, given="cart total\n\ndiscount\nzebra quagga\n")
    assert done.returncode == 0
    shapes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [shape["question"] for shape in shapes] == ["cart total", "discount", "zebra quagga"]
    assert all(shape["ms"] >= 0 and shape["version"] == 1 for shape in shapes)
    alone = parsed(repoagent(name, "--json", "discount", cwd=shop))
    assert {key: shapes[1][key] for key in alone} == alone


def test_a_batch_is_read_alike_from_a_file_and_from_standard_input(shop: Path, tmp_path: Path) -> None:
    questions = "cart\u2028total\x0cprice\r\ndiscount\n"
    (tmp_path / "questions.txt").write_bytes(questions.encode())
    outs = [
        repoagent("search", "--batch", batch, cwd=shop, given=questions).stdout.rstrip("\n").split("\n")
        for batch in ("-", str(tmp_path / "questions.txt"))
    ]
    asked = [[json.loads(line)["question"] for line in out] for out in outs]
    assert asked[0] == asked[1] == ["cart\u2028total\x0cprice", "discount"]


def test_as_a_module(shop: Path) -> None:
    line = [sys.executable, "-m", "repoagent", "search", "--json", QUESTION]
    done = subprocess.run(line, cwd=shop, capture_output=True, timeout=120)
    assert done.stdout.decode() == repoagent("search", "--json", QUESTION, cwd=shop).stdout


@pytest.mark.parametrize("budget", [64, 100, 256, 1000, 16000])
def test_pack_keeps_to_its_budget(shop: Path, budget: int) -> None:
    shape = parsed(repoagent("pack", "--json", "--budget", str(budget), QUESTION, cwd=shop))
    assert shape["budget"] == budget
    assert shape["tokens"] <= budget
    assert {"path", "start_line", "end_line", "level", "tokens"} <= set(shape["pieces"][0])
    plain = repoagent("pack", "--budget", str(budget), QUESTION, cwd=shop)
    assert plain.stdout == shape["text"]


def test_a_pack_too_small_for_what_was_found_says_so(make_repository: MakeRepository) -> None:
    root = make_repository({"a_quite_long_name_of_a_folder/" * 6 + "pie.py": "def bake():\n    return 'a pie'\n"})
    done = repoagent("pack", "--budget", "64", "bake a pie", cwd=root)
    assert (done.returncode, done.stdout) == (1, "")
    assert one_line(done.stderr) == "repoagent: 64 tokens are too few for what was found; give more with --budget"


def test_root_limits_where_to_look(shop: Path) -> None:
    shape = parsed(
        repoagent("search", "--json", "--root", "tests", "--root", "shop/discount.py", "cart discount", cwd=shop)
    )
    assert {hit["path"] for hit in shape["hits"]} == {"tests/test_cart.py", "shop/discount.py"}


@pytest.mark.parametrize("below", [".", "shop", "tests"])
def test_paths_are_those_of_the_working_directory_or_the_root(shop: Path, below: str) -> None:
    folder = shop / below
    for path in (str(shop / "shop"), os.path.relpath(shop / "shop", folder), "shop"):
        done = repoagent("search", "--root", path, "--json", "cart", cwd=folder)
        assert {hit["path"].split("/")[0] for hit in parsed(done)["hits"]} == {"shop"}, path
    for path in (os.path.relpath(shop / "shop/cart.py", folder), "shop/cart.py"):
        for arguments in (("symbols", path), ("explain", "--brief", path), ("explain", "--brief", f"{path}:18")):
            assert "shop/cart.py:" in repoagent(*arguments, cwd=folder).stdout, arguments
    inner = parsed(repoagent("search", "--root", ".", "--json", "cart total", cwd=shop / "tests"))
    assert {hit["path"] for hit in inner["hits"]} == {"tests/test_cart.py"}


def test_a_pack_of_a_question_that_nothing_matches_says_so(shop: Path) -> None:
    done = repoagent("pack", "zzzzqqqq", cwd=shop)
    assert done.returncode == 1
    assert done.stdout.startswith("# Outline")
    assert "nothing in this repository" in one_line(done.stderr)


def test_map_symbols_index_as_json(shop: Path) -> None:
    shape = parsed(repoagent("map", "--json", "--budget", "400", cwd=shop))
    assert shape["tokens"] <= 400
    assert shape["files"][0]["path"] in {"shop/cart.py", "shop/discount.py"}
    names = [symbol["symbol"] for symbol in parsed(repoagent("symbols", "--json", "shop/cart.py", cwd=shop))["symbols"]]
    assert {"Cart", "Cart.__init__", "Cart.add", "Cart.total", "Line", "Line.__init__"} <= set(names)
    named = parsed(repoagent("symbols", "--json", "--name", "Cart.total", cwd=shop))["symbols"]
    assert [(one["path"], one["start_line"]) for one in named] == [("shop/cart.py", 18)]
    status = parsed(repoagent("index", "--json", "--status", cwd=shop))
    assert status["files"] == 4
    assert status["languages"] == {"python": 3, "markdown": 1}
    assert not Path(status["path"]).is_relative_to(shop)
    assert git(shop, "status", "--porcelain", "--ignored") == ""


def test_edits_are_seen_at_once(shop: Path) -> None:
    assert repoagent("search", "zebra", cwd=shop).returncode == 1
    write(shop, {"shop/zoo.py": "def feed_zebra():\n    pass\n"})
    shape = parsed(repoagent("search", "--json", "zebra", cwd=shop))
    assert shape["hits"][0]["path"] == "shop/zoo.py"
    (shop / "shop/zoo.py").unlink()
    assert repoagent("search", "zebra", cwd=shop).returncode == 1


def test_every_command_has_help_with_examples(tmp_path: Path) -> None:
    listed = repoagent("--help", cwd=tmp_path).stdout
    names = [
        line.split()[0] for line in listed.split("Commands:")[1].split("Examples:")[0].splitlines() if line.strip()
    ]
    assert {"ask", "search", "pack", "map", "symbols", "index", "models", "doctor", "review", "explain"} <= set(names)
    for name in names:
        assert f"repoagent {name}" in repoagent(name, "--help", cwd=tmp_path).stdout.split("Examples:")[1], name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(tmp_path: Path, shell: str) -> None:
    done = repoagent("completion", shell, cwd=tmp_path)
    assert done.returncode == 0
    assert "_REPOAGENT_COMPLETE" in done.stdout
    completed = repoagent(
        cwd=tmp_path,
        environ={"_REPOAGENT_COMPLETE": "bash_complete", "COMP_WORDS": "repoagent se", "COMP_CWORD": "1"},
    )
    assert "search" in completed.stdout


def test_doctor_finds_everything_in_order(shop: Path) -> None:
    shape = parsed(repoagent("doctor", "--json", cwd=shop))
    states = {check["name"]: check["state"] for check in shape["checks"]}
    assert {states[name] for name in ("git", "repository", "index", "parsers", "vectors")} == {"good"}
    assert states["models"] == "missing"
    outside = repoagent("doctor", "-C", "/", cwd=shop)
    assert outside.returncode == 3
    assert "broken  repository" in outside.stdout


# -- with a model ------------------------------------------------------------------------------------------------


def test_ask_streams_an_answer_and_ends_with_what_it_cites(shop: Path) -> None:
    text = "Cart.total sums the prices (shop/cart.py:18-20) and lib/none.py:3 does nothing."
    with scripted_server([says(text)]) as server:
        done = repoagent("ask", "--model", server.url, QUESTION, cwd=shop)
        (asked,) = server.questions
    assert done.returncode == 0, done.stderr
    answer, sources = done.stdout.split("\nSources:\n")
    assert answer.strip() == text
    assert sources.splitlines() == [
        "  shop/cart.py:18-20  Cart.total",
        "places that it cited and had not been given: 1",
    ]
    assert "codellama-7b-instruct at http://127.0.0.1" in done.stderr
    prompt = asked.body["messages"][-1]["content"]
    assert prompt.count(QUESTION) == 2
    assert prompt.rstrip().endswith(QUESTION)
    assert "discount.take_off(sum(line.price for line in self.lines))" in prompt


def test_an_answer_is_shown_before_it_is_whole(shop: Path) -> None:
    go_on = threading.Event()
    with scripted_server([says_when(go_on, "Cart.total\n", "sums the prices.\n")]) as server:
        asking = command("ask", "--model", server.url, QUESTION)
        process = subprocess.Popen(asking, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        first = process.stdout.readline()
        go_on.set()
        rest = process.stdout.read()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
    assert first == b"Cart.total\n"
    assert rest.startswith(b"sums the prices.\n")


def test_ask_as_json_with_a_model(shop: Path) -> None:
    with scripted_server([says("Nobody knows.")]) as server:
        shape = parsed(repoagent("ask", "--json", "--model", server.url, QUESTION, cwd=shop))
    assert shape["model"] == "codellama-7b-instruct"
    assert shape["answer"] == "Nobody knows."
    assert shape["sources"][0] == {
        "path": "shop/cart.py", "start_line": 18, "end_line": 20, "symbol": "Cart.total", "cited": False,
    }  # fmt: skip


def test_whatever_answers_on_this_machine_is_asked(shop: Path) -> None:
    with scripted_server([says("Here.")]) as server:
        done = repoagent(
            "ask", QUESTION, cwd=shop, environ={"REPOAGENT_DISCOVER": str(server.port), "REPOAGENT_LOOKUP_S": "20"}
        )
        listed = repoagent(
            "models", "--json", cwd=shop, environ={"REPOAGENT_DISCOVER": str(server.port), "REPOAGENT_LOOKUP_S": "20"}
        )
    assert done.stdout.startswith("Here.\n")
    (model,) = parsed(listed)["models"]
    assert (model["name"], model["place"]) == ("codellama-7b-instruct", server.url)


def test_model_from_the_environment_and_the_settings_file(shop: Path, tmp_path: Path) -> None:
    with scripted_server([says("Here.")]) as server:
        by_environment = repoagent("ask", QUESTION, cwd=shop, environ={"REPOAGENT_MODEL": server.url})
        settings = tmp_path / "settings.toml"
        settings.write_text(f'model = "{server.url}"\n')
        by_file = repoagent("ask", QUESTION, cwd=shop, environ={"REPOAGENT_SETTINGS": str(settings)})
    assert by_environment.stdout.startswith("Here.")
    assert by_file.stdout.startswith("Here.")
    settings.write_text("colour = 3\n")
    wrong = repoagent("ask", QUESTION, cwd=shop, environ={"REPOAGENT_SETTINGS": str(settings)})
    assert wrong.returncode == 2
    assert "'colour'" in one_line(wrong.stderr)


def test_repository_text_cannot_speak_to_the_terminal(make_repository: MakeRepository) -> None:
    root = make_repository({"evil.py": 'def paint():\n    """Red \x1b[31m paint \u202e and \x9b more."""\n'})
    with scripted_server([says("\x1b]0;owned\x07paint \u202e")]) as server:
        answered = repoagent("ask", "--model", server.url, "paint", cwd=root)
    for done in (answered, repoagent("ask", "--brief", "paint", cwd=root), repoagent("symbols", cwd=root)):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(done.stdout + done.stderr)
    assert "\\x1b]0;owned\\x07paint" in answered.stdout


def test_a_name_cannot_pass_for_another_line(make_repository: MakeRepository) -> None:
    root = make_repository({"one\nb.py:1-1  fake  function.py": "def paint():\n    pass\n\n\npaint()\n"})
    for arguments in (("search", "paint"), ("symbols",), ("map",), ("refs", "paint"), ("callers", "paint")):
        done = repoagent(*arguments, cwd=root)
        assert "one\\nb.py" in done.stdout, arguments
        assert not any(line.startswith("b.py") for line in done.stdout.splitlines()), arguments


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_whatever_the_terminal_can_write(make_repository: MakeRepository, encoding: str) -> None:
    named = "日本.py" if sys.platform != "linux" else os.fsdecode("日本".encode() + b"\xff.py")
    root = make_repository({named: 'def paint():\n    """😀 Größe"""\n\n\npaint()\n'})
    environ = {"PYTHONIOENCODING": f"{encoding}:strict"}
    for arguments in (("search", "paint"), ("callers", "paint"), ("pack", "paint"), ("rename", "paint", "draw")):
        done = repoagent(*arguments, cwd=root, environ=environ)
        assert done.returncode == 0, done.stderr
    assert parsed(repoagent("search", "--json", "paint", cwd=root, environ=environ))["hits"][0]["path"][:2] == "日本"


def test_a_diff_in_a_pipe_is_a_patch(make_repository: MakeRepository) -> None:
    root = make_repository({
        "crlf.py": b"def paint():\r\n    return 1\r\n\r\npaint()\r\n",
        "page.py": b"from crlf import paint\n\x0c\npaint()\n\x0c\n# caf\xc3\xa9\n",
    })  # fmt: skip
    done = repoagent("rename", "paint", "draw", cwd=root)
    patch = done.stdout.encode("utf-8", "surrogateescape")
    subprocess.run(["git", "apply"], cwd=root, input=patch, check=True)
    assert (root / "crlf.py").read_bytes() == b"def draw():\r\n    return 1\r\n\r\ndraw()\r\n"
    assert b"draw()\n\x0c\n# caf\xc3\xa9" in (root / "page.py").read_bytes()


@pytest.mark.parametrize(
    ("charset", "attributes"),
    [("latin-1", ""), ("shift_jis", ""), ("utf-16", ""), ("utf-16", "*.c working-tree-encoding=UTF-16\n")],
)
def test_a_patch_is_in_the_bytes_that_git_sees(make_repository: MakeRepository, charset: str, attributes: str) -> None:
    remark = "entr\xe9e, d\xe9but, \xe9t\xe9, pr\xeat" if charset == "latin-1" else "日本語の注釈"
    code = f"/* {remark} */\nint paint(void)\n{{\n    return 1; /* {remark} */\n}}\n"
    root = make_repository({".gitattributes": attributes, "odd.c": code.encode(charset)})
    done = repoagent("rename", "paint", "draw", cwd=root)
    patch = done.stdout.encode("utf-8", "surrogateescape")
    subprocess.run(["git", "apply"], cwd=root, input=patch, check=True)
    assert (root / "odd.c").read_bytes() == code.replace("paint", "draw").encode(charset)


class Terminal(StringIO):
    """A terminal as far as a command can tell."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_lines_fit_the_terminal(shop: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    doc, sum_ = "Takes a cart and more. " * 20, "cart + " * 40
    write(shop, {"shop/long.py": f'def take(cart):\n    """{doc}"""\n    return {sum_} 1\n'})
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "cart " * 40)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Screen(Terminal())
    with api.open(shop) as repo:
        show_brief(screen, repo.brief("take the cart", 3), "", Wording(no_model_asked="", places=""))
        show_references(screen, repo.refs("Cart"))
        show_history(screen, repo.history("shop"))
        show_outline(screen, repo.map())
        show_picture(screen, repo.pack("take the cart", 2000))
    shown = screen.stream.getvalue()  # type: ignore[attr-defined]
    assert "Takes a cart" in shown
    assert max(map(len, shown.splitlines())) <= max(columns, 72)


def test_a_use_far_to_the_right_is_in_sight(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "def paint():\n    pass\n\n\ndef test_of_a_long_name_that_takes_room():\n    "
    code += "some.thing.very_long(first=1, second=2, third=3, then=paint(), and_more=4, and_even_more=5)\n"
    root = make_repository({"far.py": "from far import paint\n", "near.py": code})
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen(Terminal())
    with api.open(root) as repo:
        show_references(screen, repo.refs("near.py:1"))
    shown = screen.stream.getvalue()  # type: ignore[attr-defined]
    (line,) = (line for line in shown.splitlines() if "call" in line)
    assert "then=paint()" in line
    assert len(line) <= 80


# -- bad input ---------------------------------------------------------------------------------------------------

WRONG_USE = [
    (("ask",), 2, "no question"),
    (("generate",), 2, "no wish"),
    (("history", "shop/none.py"), 2, "no file, folder or definition"),
    (("search", "-"), 2, "no question"),
    (("search", "--no-such-option", "x"), 2, "--no-such-option"),
    (("no-such-command",), 2, "no-such-command"),
    (("search", "-n", "none", "x"), 2, "none"),
    (("search", "-n", "0", "x"), 2, "0"),
    (("pack", "--budget", "10", "cart"), 2, "budget"),
    (("pack", "--budget", "-5", "cart"), 2, "-5"),
    (("search", "--batch", "no/such/file"), 2, "no/such/file"),
    (("search", "--batch", "README.md", "x"), 2, "QUESTION"),
    (("pack", "--batch", "README.md", "--why"), 2, "--why"),
    (("pack", "--picture", "cart", "total"), 2, "--picture"),
    (("search", "--root", "no/such/folder", "cart"), 2, "no/such/folder"),
    (("search", "--root", "/etc", "cart"), 2, "/etc"),
    (("map", "--root", ".."), 2, ".."),
    (("map", "--budget", "1"), 2, "--budget"),
    (("explain", ""), 2, "nothing is named"),
    (("symbols", "no/such.py"), 2, "no/such.py"),
    (("search", "zzzzqqqq"), 1, "nothing in this repository"),
    (("symbols", "--name", "vanish"), 1, "no such definitions"),
    (("history", ""), 2, "no symbol is named"),
    (("ask", "--model", "http://[::1", "x"), 2, "URL"),
    (("hook",), 2, "Missing command"),
    (("eval",), 2, "Missing command"),
    (("serch", "x"), 2, "Did you mean 'search'? See"),
    (("history", ".."), 2, ".."),
    (("refs", "shop/cart.py"), 2, "a file"),
    (("refs", "test_totl"), 2, "did you mean test_total?"),
    (("callers", "CART"), 2, "did you mean Cart?"),
    (("refs", "Basket.total"), 2, "did you mean Cart.total?"),
    (("explain", "test_totl"), 2, "did you mean test_total?"),
    (("history", "test_totl"), 2, "did you mean test_total?"),
    (("symbols", "--name", "test_totl"), 1, "did you mean test_total?"),
    (("refs", "nothing_like_it"), 2, "`repoagent symbols` lists them"),
    (("explain", "shop/cart.py:999"), 2, "no such line"),
    (("ask", "-C", "no/such/place", "x"), 3, "no/such/place"),
    (("ask", "--model", "no-such-model", "x"), 5, "no-such-model"),
    (("ask", "--model", "nonsense:model:name:", "x"), 5, "nonsense"),
    (("ask", "--model", "local:/no/such/folder", "x"), 5, ""),
    (("explain", "NoSuchThing"), 2, "NoSuchThing"),
]


@pytest.mark.parametrize(("arguments", "code", "named"), WRONG_USE, ids=[" ".join(row[0]) for row in WRONG_USE])
def test_wrong_use_is_one_line_and_a_code(shop: Path, arguments: tuple[str, ...], code: int, named: str) -> None:
    done = repoagent(*arguments, cwd=shop)
    assert named in one_line(done.stderr)
    assert (done.returncode, done.stdout) == (code, "")


def test_outside_a_repository(tmp_path: Path) -> None:
    done = repoagent("ask", "anything", cwd=tmp_path)
    assert done.returncode == 3
    assert "not inside a git repository" in one_line(done.stderr)


@pytest.mark.parametrize("commit", [True, False])
def test_empty_repository(make_repository: MakeRepository, commit: bool) -> None:
    root = make_repository({}, commit=commit)
    for arguments in (("ask", "x"), ("search", "x"), ("map",), ("symbols",)):
        done = repoagent(*arguments, cwd=root)
        assert (done.returncode, done.stdout) == (1, ""), arguments
        one_line(done.stderr)
    assert parsed(repoagent("index", "--json", cwd=root))["files"] == 0


def test_no_commits_yet(make_repository: MakeRepository) -> None:
    root = make_repository(SHOP, commit=False)
    assert parsed(repoagent("search", "--json", QUESTION, cwd=root))["hits"][0]["symbol"] == "Cart.total"


def test_files_that_are_not_text(make_repository: MakeRepository) -> None:
    root = make_repository(
        {
            "binary.py": b"\x00\x01\x02" * 500,
            "latin.py": "# gr\xfc\xdfe\ndef greet():\n    return 'zebra'\n".encode("latin-1"),
            "empty.py": b"",
            "crlf.py": b"def carriage():\r\n    return 1\r\n",
            "broken.py": b"def (((\nclass\n",
            "big.json": b'{"zebra": 1}\n' * 300_000,
            os.fsdecode(b"odd-\xff-name.py"): b"def odd_zebra():\n    pass\n",
        }
    )
    hits = parsed(repoagent("search", "--json", "zebra", cwd=root))["hits"]
    assert {"latin.py", "odd-?-name.py"} <= {hit["path"] for hit in hits}
    skipped = parsed(repoagent("index", "--json", "--status", cwd=root))["skipped"]
    assert skipped["binary"] == 1
    assert sum(n for why, n in skipped.items() if "larger" in why) == 1
    assert parsed(repoagent("search", "--json", "carriage", cwd=root))["hits"][0]["symbol"] == "carriage"


SERVERS = [
    (refuses(401, "key please"), "401"),
    (refuses(500, "on fire"), "500"),
    (hangs(), "no"),
    (hangs_after("The first words"), "The first words"),
    (drops_after("The first words"), "The first words"),
    (drops_after("The first words", politely=True), "The first words"),
]


@pytest.mark.parametrize(("behaviour", "shown"), SERVERS, ids=["401", "500", "hangs", "stalls", "drops", "ends early"])
def test_server_that_fails(shop: Path, behaviour: Any, shown: str) -> None:
    patience = {"REPOAGENT_FIRST_TOKEN_S": "1", "REPOAGENT_BETWEEN_TOKENS_S": "1"}
    with scripted_server([behaviour]) as server:
        done = repoagent("ask", "--model", server.url, QUESTION, cwd=shop, environ=patience)
    assert done.returncode == 5
    if "words" in shown:
        assert done.stdout == f"{shown}\n"
    error = one_line(done.stderr.split("tokens of context\n")[1])
    assert "Traceback" not in error


def test_server_that_is_not_there(shop: Path) -> None:
    port = free_port()
    done = repoagent("ask", "--model", f"http://127.0.0.1:{port}/v1", QUESTION, cwd=shop)
    assert done.returncode == 5
    assert str(port) in one_line(done.stderr)


def test_question_too_long_for_the_model(shop: Path) -> None:
    with scripted_server([says("no")], models=[{"id": "tiny", "max_model_len": 512}]) as server:
        done = repoagent("ask", "--model", server.url, "cart " * 400, cwd=shop)
        assert server.questions == []
    assert done.returncode == 2
    assert "shorten" in one_line(done.stderr)


def test_interrupt_reaches_the_server_and_ends_with_130(shop: Path) -> None:
    repoagent("index", cwd=shop)
    with scripted_server([hangs_after("The first words")]) as server:
        process = subprocess.Popen(
            command("ask", "--model", server.url, QUESTION), cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.read(15) == b"The first words"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert server.hung_up.wait(10)
    assert process.returncode == 130
    assert out == b"\n"
    assert err.splitlines()[-1] == b"repoagent: interrupted"


def test_what_an_interrupt_could_meet_first_is_imported_where_it_is_caught() -> None:
    program = "import sys; import repoagent.cli; print('click' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_index_home_that_cannot_be_written(shop: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = repoagent("search", "cart", cwd=shop, environ={"REPOAGENT_HOME": str(blocked)})
    assert done.returncode == 3
    assert "REPOAGENT_HOME" in one_line(done.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("as_json", [False, True])
def test_output_for_which_there_is_no_room(shop: Path, as_json: bool) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("search", "cart", *(["--json"] if as_json else [])), cwd=shop, stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 3
    assert "no space left" in one_line(done.stderr.decode())


@pytest.mark.parametrize(
    ("environ", "code", "named"),
    [
        ({"REPOAGENT_WINDOW": "-5"}, 2, "window"),
        ({"REPOAGENT_RERANK": "openai:x", "OPENAI_BASE_URL": "http://[::1"}, 5, "OPENAI_BASE_URL"),
        ({"REPOAGENT_ENCODER": "openai:x", "OPENAI_BASE_URL": "http://[::1"}, 5, "OPENAI_BASE_URL"),
    ],
)
def test_a_setting_that_cannot_be_used(shop: Path, environ: dict[str, str], code: int, named: str) -> None:
    done = repoagent("search", "cart", cwd=shop, environ=environ)
    assert named in one_line(done.stderr)
    assert (done.returncode, done.stdout) == (code, "")


def test_doctor_says_what_is_broken_and_its_own_remedy(shop: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = repoagent("doctor", "--json", cwd=shop, environ={"REPOAGENT_HOME": str(blocked)})
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 3
    assert (checks["repository"]["state"], checks["index"]["state"]) == ("good", "broken")
    assert "REPOAGENT_HOME" in checks["index"]["remedy"]


def test_reader_that_goes_away(shop: Path) -> None:
    process = subprocess.Popen(command("symbols"), cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell of POSIX")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_were_closed_before_it_began(shop: Path, closed: str) -> None:
    shell = f"{shlex.join(command('symbols', '-'))} {closed}; exec {shlex.join(command('search', '-'))} {closed}"
    done = subprocess.run(["sh", "-c", shell], cwd=shop, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "unexpected" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_change_that_is_to_be_applied_is_applied_whoever_reads_it(shop: Path) -> None:
    (shop / "much.py").write_text("def much():\n    pass\n\n\n" + "much()\n" * 20_000)
    process = subprocess.Popen(
        command("rename", "--apply", "much", "more"), cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert b"changed 1 file;" in process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert (shop / "much.py").read_text().startswith("def more()")


def test_a_line_says_what_takes_long_and_goes_away() -> None:
    program = """
import sys, time
from repoagent.render import working
with working("looking"):
    time.sleep(1.3)
with working("not long"):
    pass
"""

    def shown(**environ: str) -> bytes:
        import pty

        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", program], stderr=follower, env={**os.environ, "TERM": "xterm", **environ}
        )
        os.close(follower)
        text = b""
        with suppress(OSError):  # how Linux ends a terminal
            while part := os.read(leader, 4096):
                text += part
        os.close(leader)
        assert process.wait(timeout=30) == 0
        return text

    assert shown() == b"\r\x1b[Klooking ... 1 s\r\x1b[K"
    assert shown(TERM="dumb") == b""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stderr == b""


def test_colour_only_on_a_terminal(shop: Path) -> None:
    def on_a_terminal(**environ: str) -> bytes:
        import pty

        leader, follower = pty.openpty()
        process = subprocess.Popen(
            command("search", "cart"), cwd=shop, stdout=follower, env={**os.environ, "TERM": "xterm", **environ}
        )
        os.close(follower)
        shown, until = b"", time.monotonic() + 60
        while time.monotonic() < until:
            try:
                part = os.read(leader, 4096)
            except OSError:  # how Linux ends a terminal
                break
            shown += part
            if not part:
                break
        os.close(leader)
        assert process.wait(timeout=30) == 0
        return shown

    assert b"\x1b[" in on_a_terminal()
    assert b"\x1b[" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b[" not in repoagent("search", "cart", cwd=shop).stdout


def test_an_encoder_elsewhere_is_sent_nothing_without_a_yes(make_repository: MakeRepository) -> None:
    root = make_repository(SHOP)
    environ = {"REPOAGENT_ENCODER": "openai:m", "OPENAI_BASE_URL": "http://embeddings.example.org/v1"}
    done = repoagent("search", "cart", cwd=root, environ=environ)
    assert done.returncode == 4
    assert "embeddings.example.org is not this machine" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_shown_of_passages_small_indexes_and_doubtful_calls(make_repository: MakeRepository) -> None:
    root = make_repository(
        {
            "notes.md": "\n\n# Parcels\n\nHow parcels are weighed, and by whom.\n",
            "a.py": "class A:\n    def send(self):\n        pass\n\n\nclass B:\n    def send(self):\n        pass\n\n\n"
            "def go(x):\n    x.send()\n\n\ndef sure():\n    A().send()\n",
        }
    )
    assert "notes.md:1-5  # Parcels\n" in repoagent("search", "parcels weighed", cwd=root).stdout
    status = repoagent("index", "--status", cwd=root).stdout
    assert re.search(r"index +\d+ kB at ", status)
    both = repoagent("callers", "A.send", cwd=root).stdout
    assert "go  a.py:11  by name only" in both
    assert "sure  a.py:15\n" in both
    sure = repoagent("callers", "--sure", "A.send", cwd=root).stdout
    assert "go " not in sure
    assert "sure  a.py:15\n" in sure
    brief = repoagent("ask", "--brief", "sure", cwd=root).stdout
    assert "uses a.py:1  A\n          a.py:2  A.send\n" in brief
