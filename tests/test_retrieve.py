"""Rankings on a small repository that a person can read, and what search must bear."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import git, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.history import History, Ragged
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.indexing.past_words import PastWords
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.ranking.signals import Scene

FILES = {
    "shop/cart.py": (
        '"""The basket of a visitor."""\n\n\nclass Cart:\n    """Things to buy."""\n\n'
        "    def add(self, item, amount=1):\n        self.items[item] = self.items.get(item, 0) + amount\n\n"
        "    def total_price(self):\n        return sum(item.price * n for item, n in self.items.items())\n"
    ),
    "shop/cookie_jar.py": (
        'class CookieJar:\n    """Keeps cookies between requests."""\n\n'
        "    def store(self, response):\n        self.cookies.update(response.cookies)\n"
    ),
    "shop/payment/__init__.py": (
        '"""Paying."""\n\n\ndef pay(cart, card):\n    """Charge a card for a cart."""\n'
        "    if card.expired:\n        raise CardRefused(card)\n    return charge(card, cart.total_price())\n\n\n"
        "class CardRefused(Exception):\n    pass\n"
    ),
    "shop/server.py": (
        "from shop.payment import pay\n\n\ndef handle(request):\n    jar = CookieJar()\n"
        "    pay(request.cart, request.card)\n    jar.store(request)\n\n\ndef g(x):\n    return x\n"
    ),
    "tests/test_cart.py": (
        "from shop.cart import Cart\n\n\ndef test_total_price():\n    cart = Cart()\n    cart.add('tea', 2)\n"
        "    assert cart.total_price() == 4\n"
    ),
    "docs/payment.md": "# Payment\n\nHow paying with a card works, and why a card is refused.\n",
    "win/clock.c": "int clock_now(void)\n{\n    return read_clock_ticks();\n}\n",
    "unix/clock.c": "int clock_now(void)\n{\n    return read_clock_ticks();\n}\n\nint spare;\n",
}


@pytest.fixture
def index(make_repository: Callable[..., Path]) -> Iterator[Index]:
    with Repository.open(make_repository(FILES)) as repository, Index.open(repository) as index:
        yield index


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("how is the total price of a cart computed?", "shop/cart.py"),
        ("where are cookies kept between requests?", "shop/cookie_jar.py"),
        ("cookie jar", "shop/cookie_jar.py"),
        ("CookieJar", "shop/cookie_jar.py"),
        ("when is a card refused in the payment?", "shop/payment/__init__.py"),
        ("which tests check the total price?", "tests/test_cart.py"),
        ("what does the payment documentation say?", "docs/payment.md"),
        ("how is the clock read?", "unix/clock.c"),
        ("g", "shop/server.py"),
        ('TypeError in `Cart.add`\n\nTraceback:\n  File "shop/cart.py", line 8, in add', "shop/cart.py"),
    ],
)
def test_first_file(index: Index, question: str, first: str) -> None:
    assert search(index, question)[0].span.path == first


@pytest.mark.parametrize(
    ("question", "symbol"), [("CardRefused", "CardRefused"), ("total price", "Cart.total_price"), ("pay", "pay")]
)
def test_first_symbol(index: Index, question: str, symbol: str) -> None:
    hit = search(index, question)[0]
    assert hit.symbol is not None
    assert hit.symbol.qualified_name == symbol


@pytest.mark.parametrize("question", ["", "   ", "the of and", "zyxwvq", "?!", "\x00", "数据库"])
def test_nothing_to_find(index: Index, question: str) -> None:
    assert search(index, question) == []


def test_words_beyond_ascii_do_not_hide_identifiers(index: Index) -> None:
    assert search(index, "CookieJar はどこで使われますか")[0].span.path == "shop/cookie_jar.py"


def test_long_question(index: Index) -> None:
    noise = " ".join(f"word{i} thing" for i in range(2000))
    assert search(index, f"why is CardRefused raised? {noise}")[0].span.path == "shop/payment/__init__.py"


def test_roots_limit(index: Index) -> None:
    for roots in (["shop"], ["shop/"], ["./shop"]):
        found = search(index, "total price of the cart", roots=roots)
        assert found
        assert all(hit.span.path.startswith("shop/") for hit in found)
    assert search(index, "total price", roots=["nowhere"]) == []
    assert search(index, "total price", roots=["."]) == search(index, "total price")
    assert {hit.span.path for hit in search(index, "total price", roots=["shop/cart.py"])} == {"shop/cart.py"}


def test_hits_explain_themselves_and_come_best_first(index: Index) -> None:
    hits = search(index, "how is the total price of a cart computed?")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert {"words", "name", "file"} <= hits[0].parts.keys()
    assert all(hit.score >= 0 and all(hit.parts.values()) for hit in hits)


def test_same_question_same_hits(index: Index) -> None:
    question = "cart card payment cookies clock"
    assert search(index, question) == search(index, question)
    assert search(index, question, limit=3) == search(index, question)[:3]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=300))
def test_any_text_is_a_question(index: Index, question: str) -> None:
    for hit in search(index, question):
        assert hit.span.path in FILES


def test_a_lone_name_wants_its_definition_and_not_a_part_of_another(make_repository: Callable[..., Path]) -> None:
    root = make_repository({
        "macros/kinds.rs": "enum Trait {\n    /// A parcel label.\n    ParcelLabel,\n    Other,\n}\n",
        "core/post.rs": "fn weigh() -> u32 {\n    1\n}\n\npub trait ParcelLabel {\n    fn print(&self);\n}\n",
    })  # fmt: skip
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert search(index, "ParcelLabel")[0].span.path == "core/post.rs"
        scene = Scene(index, understand("ParcelLabel"))
        shares = {scene.sight.lines(chunk)[0]: share for chunk, share in scene.definitions.items()}
        assert shares["core/post.rs"] == pytest.approx(2 * shares["macros/kinds.rs"]), "half for a part of another"
        named, word = (Scene(index, understand(text)).definitions for text in ("ParcelLabel", "weigh"))
        assert max(named.values()) > 1.5 * max(word.values()), "a plain word may be no name"


def test_a_lone_name_is_shown_with_all_of_its_class(make_repository: Callable[..., Path]) -> None:
    methods = "".join(
        f"    def step_{number}(self):\n        {'self.go()  # go on; ' * 8}\n        return {number}\n\n"
        for number in range(9)
    )
    root = make_repository({"walk.py": f'class Walk:\n    """A way on foot."""\n\n{methods}\nEND = 1\n'})
    with Repository.open(root) as repository, Index.open(repository) as index:
        whole, asked = search(index, "Walk")[0], search(index, "where is a way on foot?")[0]
        assert whole.symbol == asked.symbol
        assert asked.span.end_line < 5, "the lines before the first method"
        assert (whole.span.start_line, whole.span.end_line) == (1, whole.symbol.span.end_line)  # type: ignore[union-attr]
        assert len({hit.span for hit in search(index, "Walk", 50)}) == len(search(index, "Walk", 50)) > 5


def test_a_function_comes_before_its_declaration(make_repository: Callable[..., Path]) -> None:
    comment = "/* Puts the names of domains into the letters of ASCII, label by label. */\n"
    code = "{\n    while (at < end)\n        put(take(&at));\n    return out;\n}\n"
    root = make_repository({
        "src/labels.h": f"{comment}int to_ascii(const char *at);\n\n{comment}int from_ascii(const char *at);\n",
        "src/labels.c": f"int to_ascii(const char *at)\n{code}\nstatic int spare(void)\n{code}",
        "src/other.c": f"int other(void)\n{code}",
    })  # fmt: skip
    with Repository.open(root) as repository, Index.open(repository) as index:
        hits = search(index, "the names of domains in letters of ASCII")
        places = [(hit.span.path, hit.symbol.name) for hit in hits if hit.symbol]
        assert places.index(("src/labels.c", "to_ascii")) < places.index(("src/labels.h", "to_ascii"))
        assert ("src/labels.h", "from_ascii") in places[:3]
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        lifted = next(hit for hit in hits if hit.span.path == "src/labels.c")
        assert lifted.parts["definition"] > 0, "and says why"


def test_few_hits_are_the_first_of_many(make_repository: Callable[..., Path]) -> None:
    """Files of many good chunks do not keep out those of one."""
    large = "".join(f"def ledger_{n}(ledger):\n    return ledger.ledger_{n}\n\n\n" for n in range(90))
    small = {f"other_{n}.py": f"def book(ledger):\n    return {n}\n" for n in range(6)}
    root = make_repository({"one.py": large, "two.py": large.replace("def ", "def my_"), **small})
    with Repository.open(root) as repository, Index.open(repository) as index:
        few, many = search(index, "ledger", 8), search(index, "ledger", 100)
        assert few == many[:8]
        assert len({hit.span.path for hit in few}) == 8


# -- history


def test_a_text_that_stands_in_several_files_is_one_hit(make_repository: Callable[..., Path]) -> None:
    """The original stands for the file that is made of many; of two alike the one that the question names."""
    clock = "int clock_now(void)\n{\n    return read_clock_ticks();\n}\n"
    rest = "".join(f"int spare_{n}(int a)\n{{\n    return a + {n};\n}}\n" for n in range(20))
    files = {
        "all_clocks.c": clock + rest,
        "mac/clock.c": clock,
        "unix/clock.c": clock + "int spare;\n",
        "win/clock.c": clock,
        "win/spare.c": rest,
    }
    with Repository.open(make_repository(files)) as repository, Index.open(repository) as index:
        for question in "the clock of mac", "where is the clock of unix read?":
            hits = [hit for hit in search(index, question) if hit.symbol and hit.symbol.name == "clock_now"]
            assert len(hits) == 1
            places = {str(hits[0].span), *map(str, hits[0].copies)}
            assert places == {"all_clocks.c:1-4", "mac/clock.c:1-4", "unix/clock.c:1-4", "win/clock.c:1-4"}
            assert hits[0].span.path == ("mac/clock.c" if "mac" in question else "unix/clock.c")


def test_what_only_a_past_message_says_is_found(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    git(root, "commit", "-q", "--allow-empty", "-m", "Rounding of leap seconds")
    write(root, {"unix/clock.c": FILES["unix/clock.c"].replace("spare", "unused")})
    git(root, "commit", "-qam", "Smear leap seconds over a day")
    write(root, {name: f"{text}\n" for name, text in FILES.items()})
    git(root, "commit", "-qam", "Reformat for leap years and seconds")
    with Repository.open(root) as repository, Index.open(repository) as index:
        hit = search(index, "leap seconds", 1)[0]
        assert hit.span.path == "unix/clock.c"
        assert hit.parts["history"] > 0
        told = index.past_words.told({"leap": 1.0, "second": 1.0}, 64)
        paths = index.catalogue.paths
        assert told[paths.index("unix/clock.c")] > told[paths.index("win/clock.c")] > 0
        assert not index.past_words.told({"nothing": 1.0}, 64).any()
        assert not index.past_words.told({}, 64).any()


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    touched=st.lists(st.sets(st.integers(0, 4), max_size=4), max_size=8),
    scores=st.lists(st.integers(1, 9), min_size=8, max_size=8),
)
def test_two_best_messages_count(touched: list[set[int]], scores: list[int]) -> None:
    """Against the plain definition; each commit says one word of its own, as often as its score."""
    n = len(touched)
    counts = np.array(scores[:n], np.uint8)
    history = History(
        head="x",
        ids=[str(number) for number in range(n)],
        times=np.zeros(n, np.int64),
        n_touched=np.array([len(some) for some in touched], np.int64),
        paths=Ragged.of([[f"f{number}" for number in sorted(some)] for some in touched]),
        terms=Ragged.of([[f"w{number}"] for number in range(n)]),
        counts=counts,
    )
    words = PastWords(history, [f"f{number}" for number in range(4)])  # f4 is gone
    asked = {f"w{number}": 1.0 for number in range(n)}
    values = words.match(asked, 64)
    for position, found in enumerate(words.told(asked, 64).tolist()):
        best = sorted((float(values[c]) / len(some) ** 0.5 for c, some in enumerate(touched) if position in some))
        assert found == pytest.approx(sum(best[-2:]), abs=1e-5)


# -- reports


def test_long_bodies_lose_less_to_a_report_than_to_a_question(make_repository: Callable[..., Path]) -> None:
    filler = "".join(f"    step_{number} = read(row_{number})\n" for number in range(12))
    long = f"def f(rows):\n{filler}    ledger = 1\n{filler}    ledger *= ledger\n    return ledger\n"
    short = "def h(rows):\n    return ledger\n"
    other = "".join(f"def g{number}(x):\n    return x\n\n\n" for number in range(9))
    root = make_repository({"a/one.py": short, "b/two.py": long, "c/three.py": other})
    with Repository.open(root) as repository, Index.open(repository) as index:
        parts = {}
        for question in ("the ledger", "The ledger\n\nis wrong."):
            hits = {hit.span.path: hit.parts for hit in search(index, question)}
            parts[question] = hits["b/two.py"]["words"] / hits["a/one.py"]["words"]
        of_question, of_report = parts.values()
        assert of_question * 1.1 < of_report


def test_files_count_by_the_most_telling_terms_of_a_report(make_repository: Callable[..., Path]) -> None:
    """Terms that stand in one function tell more than those that stand in two; a question of one line takes all."""
    said = [f"qz{chr(97 + number // 26)}{chr(97 + number % 26)}x" for number in range(48)]
    rare, common = said[:24], said[24:]

    def functions(names: Sequence[str], letter: str) -> str:
        return "".join(f"def {letter}{number}(x):\n    return {name}\n\n\n" for number, name in enumerate(names))

    root = make_repository({
        "rare.py": functions(rare, "f"), "one.py": functions(common, "g"), "two.py": functions(common, "h"),
        "rest.py": functions(["x"] * 60, "k"),
    })  # fmt: skip
    with Repository.open(root) as repository, Index.open(repository) as index:
        paths = index.catalogue.paths
        for question, counts in ((" ".join(said), True), ("Wrong\n\n" + " ".join(said), False)):
            scene = Scene(index, understand(question))
            assert len(scene.words.asked) == 48
            assert scene.words.files[paths.index("rare.py")] > 0
            assert bool(scene.words.files[paths.index("one.py")] > 0) is counts
