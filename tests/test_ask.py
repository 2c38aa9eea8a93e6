"""Asking a model, its citations, and the brief."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from test_pack import FILES, QUESTION

import repoagent
from repoagent_agents.ask import cited
from repoagent_agents.models.base import Message, Sampling
from repoagent_indexers.errors import ModelError, UsageError
from repoagent_indexers.words.tokens import estimate


@pytest.fixture
def bank(make_repository: Callable[..., Path]) -> Path:
    return make_repository(FILES)


class Listening:
    """A model that keeps what it was asked."""

    name, place = "listening", "this test"

    def __init__(self, window: int) -> None:
        self.window = window
        self.heard: list[tuple[Sequence[Message], Sampling]] = []

    def count(self, text: str) -> int:
        return estimate(text)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        self.heard.append((messages, sampling))
        yield "See "
        yield "bank/account.py:19-23."


@pytest.mark.parametrize("window", [1024, 4096, 16384, 100_000, 1_000_000])
def test_prompt_and_reply_fit_into_the_window(bank: Path, window: int) -> None:
    model = Listening(window)
    with repoagent.open(bank, model=model) as repo:
        asking = repo.ask(QUESTION)
        assert "".join(asking) == "See bank/account.py:19-23."
    ((messages, sampling),) = model.heard
    prompt = sum(model.count(message.content) for message in messages)
    assert prompt + sampling.max_tokens + 64 <= window
    assert prompt <= 100_000
    assert [message.role for message in messages] == ["system", "user"]
    assert messages[1].content.startswith(f"The question: {QUESTION}\n")
    assert messages[1].content.endswith(QUESTION)


def test_question_that_leaves_no_room(bank: Path) -> None:
    with repoagent.open(bank, model=Listening(400)) as repo, pytest.raises(UsageError, match="shorten it"):
        repo.ask("money " * 400)


def test_braces_in_code_and_question_stay_as_they_are(bank: Path) -> None:
    model = Listening(4096)
    with repoagent.open(bank, model=model) as repo:
        list(repo.ask("where is {context} withdraw {question} used?"))
    text = model.heard[0][0][1].content
    assert text.count("where is {context} withdraw {question} used?") == 2


CITATIONS = [
    ("see bank/account.py:19-23", ["bank/account.py:19-23"], 0),
    ("see `bank/account.py:20`.", ["bank/account.py:20-20"], 0),
    ("(./bank/account.py:L19-L23)", ["bank/account.py:19-23"], 0),
    ("bank/account.py#L19", ["bank/account.py:19-19"], 0),
    ("bank/account.py:19\u201323", ["bank/account.py:19-23"], 0),
    ("twice bank/account.py:19-23 bank/account.py:19-23", ["bank/account.py:19-23"], 0),
    ("bank/account.py:9000 and bank/none.py:1 and bank/account.py:20", ["bank/account.py:20-20"], 2),
    ("at 12:30 with ratio 3:2 in http://localhost:8080/x", None, 0),
    ("nothing cited", None, 0),
    ("", None, 0),
]


@pytest.mark.parametrize(("text", "spans", "n_false"), CITATIONS)
def test_citations(bank: Path, text: str, spans: list[str] | None, n_false: int) -> None:
    with repoagent.open(bank) as repo:
        hits = repo.search(QUESTION)
        sources, false = cited(text, repo.pack(QUESTION, 4000), hits)
    assert false == n_false
    if spans is None:
        assert not any(source.cited for source in sources)
        assert sources[0].span == hits[0].span
        assert len(sources) <= 5
    else:
        assert all(source.cited for source in sources)
        assert [str(source.span) for source in sources] == spans


def test_model_error_passes_with_what_had_arrived(bank: Path) -> None:
    class Dropping(Listening):
        def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
            yield "half an "
            raise ModelError("the server went away; start it again", "half an ")

    with repoagent.open(bank, model=Dropping(4096)) as repo:
        asking = repo.ask(QUESTION)
        got: list[str] = []
        with pytest.raises(ModelError) as raised:
            got.extend(asking)
    assert got == ["half an "]
    assert raised.value.partial == "half an "
    assert asking.answer is None


EXPLAINED = [
    ("Account.withdraw", "`Account.withdraw`", "Account.withdraw"),
    ("bank/account.py:22", "`Account.withdraw`", "Account.withdraw"),
    ("bank/ledger.py", "bank/ledger.py", ""),
    ("bank/account.py:1", "line 1 of bank/account.py", None),
    ("bank", "What is bank for", ""),
]


@pytest.mark.parametrize(("what", "named", "symbol"), EXPLAINED)
def test_what_is_to_be_explained_comes_first(bank: Path, what: str, named: str, symbol: str | None) -> None:
    model = Listening(4096)
    with repoagent.open(bank, model=model) as repo:
        subject = repo.explaining(what)
        assert named in subject.question
        first = repo.brief(subject.question, first=subject.hits).places[0].hit
        assert first.span.path == what.partition(":")[0] if "/" in what else first.span.path.startswith("bank/")
        if symbol != "":
            assert (first.symbol.qualified_name if first.symbol else None) == symbol
        asking = repo.ask(subject.question, task="explain", first=subject.hits, budget=300)
        assert first.span.path in {piece.span.path for piece in asking.pack.pieces if piece.level in ("full", "part")}


def test_a_text_and_a_folder_are_explained_by_their_beginning(make_repository: Callable[..., Path]) -> None:
    guide = "# Apples\n\nA library about apples.\n" + "".join(
        f"\n[{n}]: http://example.org/README\n" for n in range(60)
    )
    root = make_repository({"lib/README.md": guide, "lib/apple.py": "def bite():\n    pass\n", "LICENSE": "Free.\n"})
    (root / "README.md").symlink_to("lib/README.md")
    (root / "sources").symlink_to("lib")
    with repoagent.open(root) as repo:
        for what in ("lib/README.md", "README.md", "lib", "sources"):
            hits = repo.explaining(repo.inside(what) or what).hits
            assert (hits[0].span.path, hits[0].span.start_line) == ("lib/README.md", 1), what
        assert len({hit.span.path for hit in repo.explaining("lib").hits}) == 2
        assert str(repo.explaining("LICENSE").hits[0].span) == "LICENSE:1-1"
        assert "this repository" in repo.explaining(".").question


def test_a_file_is_explained_by_what_makes_up_most_of_it(make_repository: Callable[..., Path]) -> None:
    body = [f"    x{n} = {n}" for n in range(20)]
    root = make_repository({
        "lib/a.py": "\n".join([
            '"""Tills."""', "", "LIMIT = 3", "", "", "def a():", "    pass", "", "", "def till():", *body, "", "",
            "class Shop:", "    def _own(self):", "        a()", "", "    def sell(self):",
            *(f"    {line}" for line in body), "",
        ]),
        "lib/b.py": "from lib.a import Shop\n\n\ndef use():\n    return Shop().sell()\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        hits = repo.explaining("lib/a.py").hits
        assert (hits[0].symbol, str(hits[0].span)) == (None, "lib/a.py:1-1")
        named = [hit.symbol.qualified_name for hit in hits[1:] if hit.symbol]
        assert named == ["Shop", "Shop.sell", "till", "a", "LIMIT"]
        chief = [hit.symbol.qualified_name for hit in repo.explaining("lib").hits if hit.symbol]
        assert chief == ["Shop", "use"]


def test_what_is_explained_is_there_once(make_repository: Callable[..., Path]) -> None:
    body = "".join(f"  int bake{n}(int pie) {{ return pie + {n}; }}\n" for n in range(80))
    root = make_repository({"Oven.java": f"/**\n * Bakes pies.\n *\n * @see Pie\n */\nclass Oven {{\n{body}}}\n"})
    with repoagent.open(root) as repo:
        subject = repo.explaining("Oven")
        places = repo.brief(subject.question, first=subject.hits).places
    named = [place.hit.symbol.qualified_name for place in places if place.hit.symbol]
    assert named.count("Oven") == 1
    assert places[0].hit.span.start_line == 6


def test_what_every_file_uses_is_not_what_a_place_uses(make_repository: Callable[..., Path]) -> None:
    files = {f"users/u{n}.py": "def use(x):\n    return x.as_text()\n" for n in range(40)}
    files["glob.py"] = (
        "class Glob:\n    def as_text(self):\n        return ''\n\n\ndef compiled(glob):\n    return glob\n"
    )
    files["match.py"] = "from glob import compiled\n\n\ndef match_globs(path):\n    return compiled(path.as_text())\n"
    with repoagent.open(make_repository(files)) as repo:
        place = repo.brief("match globs").places[0]
    assert place.hit.span.path == "match.py"
    assert [each.symbol.qualified_name for each in place.uses] == ["compiled"]


def test_a_line_of_documentation_is_about_what_it_documents(make_repository: Callable[..., Path]) -> None:
    code = (
        "local M = {}\n\n-- A remark.\n\n--- Bakes.\n---@param pie table\nM.bake = function(pie)\n  return pie\nend\n"
    )
    with repoagent.open(make_repository({"oven.lua": code})) as repo:
        found = [repo.explaining(f"oven.lua:{line}").hits[0].symbol for line in (5, 6, 8, 3)]
    assert [symbol.qualified_name if symbol else None for symbol in found] == ["M.bake", "M.bake", "M.bake", None]


def test_what_is_explained_by_name_is_source_before_a_benchmark(make_repository: Callable[..., Path]) -> None:
    code = "def parse(text):\n    return text\n"
    root = make_repository({"bench/a.py": code, "lib/a.py": code, "tests/a.py": code})
    with repoagent.open(root) as repo:
        assert [hit.span.path for hit in repo.explaining("parse").hits] == ["lib/a.py", "tests/a.py", "bench/a.py"]


def test_a_brief_about_a_folder_stays_in_it(make_repository: Callable[..., Path]) -> None:
    code = "def open_shop():\n    pass\n"
    root = make_repository({f"{folder}/shop.py": code for folder in ("shop", "other", "third")})
    with repoagent.open(root) as repo:
        subject = repo.explaining("shop")
        places = repo.brief(subject.question, roots=subject.roots, first=subject.hits).places
    assert {place.hit.span.path for place in places} == {"shop/shop.py"}


def test_a_brief_does_not_say_twice_what_signature_and_documentation_say(make_repository: Callable[..., Path]) -> None:
    files = {
        "tree.go": "package t\n\n// add adds a route.\nfunc (n *node) addRoute(path string) {\n\tn.route = path\n}\n",
        "tree.py": 'def add_route(path):\n    """Adds a route."""\n    routes.add(path)\n',
    }
    with repoagent.open(make_repository(files)) as repo:
        found = {place.hit.span.path: [line.text for line in place.lines] for place in repo.brief("add a route").places}
    assert found == {"tree.go": ["n.route = path"], "tree.py": ["routes.add(path)"]}


@pytest.mark.parametrize("what", ["Account.vanish", "bank/none.py", "bank/account.py:999", "bank/account.py:0"])
def test_nothing_to_explain(bank: Path, what: str) -> None:
    with repoagent.open(bank) as repo, pytest.raises(UsageError, match=r"no file, folder, symbol|no such line"):
        repo.explaining(what)


def test_brief_names_places_lines_callers_and_callees(bank: Path) -> None:
    with repoagent.open(bank) as repo:
        brief = repo.brief("record a movement in the ledger", limit=4)
    names = [place.hit.symbol.qualified_name for place in brief.places if place.hit.symbol]
    assert "Ledger.record" in names or "Ledger" in names
    place = next(p for p in brief.places if p.hit.span.path == "bank/ledger.py")
    texts = FILES["bank/ledger.py"].splitlines()
    assert all(texts[line.number - 1].strip() == line.text for line in place.lines)
    assert len(brief.places) <= 4


def test_brief_of_nothing(bank: Path) -> None:
    with repoagent.open(bank) as repo:
        assert repo.brief("").places == ()


def test_a_builtin_function_is_no_use_of_a_method_of_its_name(make_repository: Callable[..., Path]) -> None:
    root = make_repository({
        "door.py": 'class Door:\n    """A way in."""\n\n    def open(self):\n        """Swing the door open."""\n',
        "use.py": "def enter(door):\n    door.open()\n\n\ndef read(path):\n    return open(path)\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        places = repo.brief("swing the door open").places
    place = next(one for one in places if one.hit.symbol and one.hit.symbol.qualified_name == "Door.open")
    assert [(each.symbol.name, each.certainty) for each in place.users] == [("enter", "by name only")]


def test_a_brief_tells_apart_what_bears_the_same_name(make_repository: Callable[..., Path]) -> None:
    root = make_repository({
        "oven.py": 'class Oven:\n    """Bakes pies."""\n\n    def heat(self):\n        """Heat for baking pies."""\n',
        "iron.py": 'class Iron:\n    def heat(self):\n        """Heat for pressing."""\n',
        "use.py": (
            "import other\nfrom iron import Iron\nfrom oven import Oven as Stove\n\n"
            "def bake():\n    stove = Stove()\n    stove.heat()\n\n"
            "def press(iron: Iron):\n    iron.heat()\n\ndef either(it):\n    it.heat()\n"
        ),
    })  # fmt: skip
    with repoagent.open(root) as repo:
        brief = repo.brief("heat the oven for baking pies")
    users = {
        place.hit.symbol.qualified_name: [(each.symbol.name, each.certainty) for each in place.users]
        for place in brief.places
        if place.hit.symbol and place.hit.symbol.name == "heat"
    }
    assert users["Oven.heat"] == [("bake", "resolved")]
