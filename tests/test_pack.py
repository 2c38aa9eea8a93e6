"""Packs and outlines: never over budget, best evidence last, every line where it says it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SHARED, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import repoagent
from repoagent_agents.packing.pack import MIN_BUDGET, pack
from repoagent_agents.packing.pack_order import QUESTION as ASKED
from repoagent_agents.packing.pack_order import REPORT, Worth, by_worth
from repoagent_indexers.errors import UsageError
from repoagent_indexers.words.tokens import estimate

FILES = {
    "bank/account.py": '''"""Accounts."""

from bank.ledger import Ledger


class Account:
    """Money of one customer."""

    def __init__(self, owner, ledger):
        self.owner = owner
        self.ledger = ledger

    def deposit(self, amount):
        """Put money in and write it down."""
        if amount <= 0:
            raise ValueError("a deposit is positive")
        self.ledger.record(self.owner, amount)

    def withdraw(self, amount):
        """Take money out, if there is enough of it."""
        if amount > self.balance():
            raise ValueError("not enough money")
        self.ledger.record(self.owner, -amount)

    def balance(self):
        return sum(entry.amount for entry in self.ledger.entries_of(self.owner))
''',
    "bank/ledger.py": '''"""The ledger: every movement, in order."""


class Ledger:
    """Movements of money."""

    def __init__(self):
        self.entries = []

    def record(self, owner, amount):
        """Write a movement down."""
        self.entries.append(Entry(owner, amount))

    def entries_of(self, owner):
        """The movements of one owner."""
        return [entry for entry in self.entries if entry.owner == owner]


class Entry:
    """One movement."""

    def __init__(self, owner, amount):
        self.owner = owner
        self.amount = amount
''',
    "bank/report.py": "def monthly_report(accounts):\n    for account in accounts:\n        print(account.balance())\n",
    "docs/fences.md": "# Withdraw\n\n````python\n```\nwithdraw money\n```\n````\n",
    "long.py": "def withdraw_everything():\n" + "".join(f"    money_{n} = withdraw({n})\n" for n in range(300)),
}
QUESTION = "what happens when somebody wants to withdraw more money than there is?"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[repoagent.Repo]:
    import subprocess

    root = tmp_path_factory.mktemp("bank")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPOAGENT_HOME", str(tmp_path_factory.mktemp("home")))
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        write(root, FILES)
        with repoagent.open(root) as opened:
            yield opened


def by_letters(text: str) -> int:
    """A counter that nothing was tuned to."""
    return (len(text) + 2) // 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    budget=st.integers(MIN_BUDGET, 3000) | st.integers(3000, 100_000),
    question=st.sampled_from([QUESTION, "ledger", "nothing of the kind", "", "withdraw deposit balance report entry"]),
    count=st.sampled_from([estimate, by_letters, len]),
)
def test_never_over_budget(repo: repoagent.Repo, budget: int, question: str, count: Callable[[str], int]) -> None:
    packed = pack(repo.index, question, budget, count)
    assert count(packed.text) == packed.tokens <= budget == packed.budget
    outlined = repo.map(budget)
    assert estimate(outlined.text) <= budget


def test_exact_counter_is_kept_to(repo: repoagent.Repo) -> None:
    from repoagent_agents.models.tokens import load_counter

    tokenizer = SHARED / "tokenizer" / "tokenizer.json"
    if not tokenizer.exists():
        pytest.skip("needs ../shared/tokenizer/tokenizer.json")
    count = load_counter(tokenizer)
    for budget in range(MIN_BUDGET, 2000, 61):
        packed = pack(repo.index, QUESTION, budget, count)
        assert count(packed.text) == packed.tokens <= budget


def test_budget_that_holds_nothing(repo: repoagent.Repo) -> None:
    with pytest.raises(UsageError, match="at least 64"):
        pack(repo.index, QUESTION, MIN_BUDGET - 1)


def test_best_evidence_stands_last_and_outline_first(repo: repoagent.Repo) -> None:
    best = repo.search(QUESTION)[0]
    packed = repo.pack(QUESTION, 4000)
    assert packed.pieces[-1].span.path == best.span.path
    assert packed.text.index("# Outline of the repository") < packed.text.index(
        "# Signatures that the code below touches"
    )
    assert packed.text.rindex("not enough money") > packed.text.index("# Signatures")


def test_same_question_same_bytes(repo: repoagent.Repo) -> None:
    assert repo.pack(QUESTION, 1500) == repo.pack(QUESTION, 1500)


@pytest.mark.parametrize("budget", [300, 800, 3000])
def test_lines_are_where_the_pack_says(repo: repoagent.Repo, budget: int) -> None:
    packed = repo.pack(f"{QUESTION} withdraw_everything", budget)
    shown = set()
    for found in re.finditer(r"^# (\S+):(\d+)-(\d+)\n(`{3,})\w*\n(.*?)^\4$", packed.text, re.MULTILINE | re.DOTALL):
        path, first, last, _, body = found.groups()
        body = re.sub(r"^\.\.\. to line \d+\n\Z", "", body, flags=re.MULTILINE)
        marks = re.split(r"^\.\.\. lines (\d+)-(\d+).*\n", body, flags=re.MULTILINE)
        for begin, end, text in zip([first, *marks[1::3]], [last, *marks[2::3]], marks[::3], strict=True):
            assert text.splitlines() == FILES[path].splitlines()[int(begin) - 1 : int(end)]
            shown.add((path, int(begin), int(end)))
    spans = [piece.span for piece in packed.pieces if piece.level in {"full", "part"}]
    assert shown == {(span.path, span.start_line, span.end_line) for span in spans}
    assert len(shown) >= 2


def test_fence_is_longer_than_any_inside(repo: repoagent.Repo) -> None:
    packed = repo.pack("fences withdraw python markdown", 3000)
    assert "`````markdown\n# Withdraw" in packed.text


def test_long_body_is_cut_and_says_so(repo: repoagent.Repo) -> None:
    packed = repo.pack("withdraw_everything", 800)
    levels = [piece.level for piece in packed.pieces if piece.span.path == "long.py"]
    assert "part" in levels
    assert "... to line " in packed.text


def test_a_definition_that_is_too_long_comes_in_its_best_parts(make_repository: Callable[..., Path]) -> None:
    steps = [f"    step_{n} = prepare(step_{n - 1}, 'of the dough number {n}')\n" for n in range(1, 400)]
    steps[300] = "    oven = heat_oven_until_the_crust_is_brown(step_300)\n\n"
    steps[::20] = [line + "\n" for line in steps[::20]]
    root = make_repository({"bake.py": "def bake(step_0):\n" + "".join(steps) + "    return oven\n"})
    with repoagent.open(root) as repo:
        packed = repo.pack("where is the oven heated until the crust is brown?", 4000)
    parts = [piece for piece in packed.pieces if piece.level == "part"]
    assert len(parts) > 1
    assert parts[0].span.start_line == 1, "its head"
    assert "heat_oven_until" in packed.text
    second = parts[1].span
    assert f"\n... lines {second.start_line}-{second.end_line}\n" in packed.text, (
        "its header is shown: no need to name it"
    )
    assert "step_101 =" not in packed.text


_REMARKED = """\
package bread;

/** Bread. */
class Bread {
    /**
     * Kneads the dough.
     *
     * The salt goes in last.
     */
    void knead(Dough dough) {
        dough.fold();
        dough.salt();
    }

    /**
     * Only declared here.
     *
     * Whoever bakes says how.
     */
    abstract void bake(Dough dough);

    // Short.
    void rest(Dough dough) {
        dough.wait();
        dough.salt();
    }
}
"""


def test_a_report_gets_functions_without_the_long_comments_in_front_of_them(
    make_repository: Callable[..., Path],
) -> None:
    root = make_repository({"Bread.java": _REMARKED})
    with repoagent.open(root) as repo:
        asked = repo.pack("how is dough kneaded with salt?", 1000)
        reported = repo.pack("Dough is kneaded without salt\n\nknead() forgets the salt.\n", 1000)
    assert _REMARKED in asked.text, "what a question asks may stand in a comment"
    assert "The salt goes in last" not in reported.text
    assert "\n... lines 10-" in reported.text
    assert "void knead(Dough dough)" in reported.text
    assert "Whoever bakes says how" in reported.text, "a declaration says less than its comment"
    assert "// Short." in reported.text
    shown = [
        line
        for piece in reported.pieces
        if piece.level == "full"
        for line in range(piece.span.start_line, piece.span.end_line + 1)
    ]
    assert not set(shown) & set(range(5, 10))
    assert {10, 13, 20, 25} <= set(shown)


def test_what_is_far_behind_in_score_is_worth_less_to_a_report(make_repository: Callable[..., Path]) -> None:
    def function(name: str, n: int) -> str:
        return f"def {name}():\n" + "".join(f"    dough_{at} = knead({at})\n" for at in range(n))

    long, short = 60, 14
    files = {
        "first.py": function("first", 3),
        "second.py": function("second", long),
        "third.py": function("third", short),
    }
    with repoagent.open(make_repository(files)) as repo:

        def order(scores: list[float], worth: Worth) -> list[str]:
            found = {hit.span.path: hit for hit in repo.search("knead dough")}
            hits = [replace(found[path], score=score) for path, score in zip(files, scores, strict=True)]
            return repo.index.look_up(lambda index: [unit.path for unit in by_worth(index, hits, 10_000, worth)])

        near, far = [9.0, 9.0, 9.0], [9.0, 9.0, 1.0]
        assert order(near, REPORT) == ["first.py", "third.py", "second.py"], "the shorter one, one rank behind"
        assert order(far, REPORT) == ["first.py", "second.py", "third.py"]
        assert order(near, ASKED) == order(far, ASKED)
        assert order([1.0, 9.0, 9.0], REPORT) == order(near, REPORT), "hits of which the first is named, not found"


def test_a_definition_is_shown_whole_or_not_at_all(make_repository: Callable[..., Path]) -> None:
    def function(name: str, n: int) -> str:
        lines = "".join(f"    {name}_{at} = knead({at}, 'salt')\n" + "\n" * (at % 20 == 0) for at in range(n))
        return f"def {name}():\n{lines}    return {name}_0\n"

    root = make_repository({f"{name}.py": function(name, 120) for name in ("rye", "wheat", "oats", "barley")})
    with repoagent.open(root) as repo:
        packed = repo.pack("how is rye kneaded with salt?", 8400)
        ends = {path: len((root / path).read_text().splitlines()) for path in ("rye.py", "wheat.py")}
    bodies = [piece for piece in packed.pieces if piece.level in {"full", "part"}]
    assert 1 <= len(bodies) < 4
    assert all((piece.level, piece.span.start_line) == ("full", 1) for piece in bodies)
    assert bodies[-1].span.end_line == ends["rye.py"]


def test_pieces_do_not_overlap(repo: repoagent.Repo) -> None:
    packed = repo.pack(QUESTION, 8000)
    seen: set[tuple[str, int]] = set()
    for piece in packed.pieces:
        if piece.level in {"full", "part"}:
            lines = {(piece.span.path, line) for line in range(piece.span.start_line, piece.span.end_line + 1)}
            assert not lines & seen
            seen |= lines


@pytest.mark.parametrize("style", ["markdown", "xml", "plain"])
@pytest.mark.parametrize("budget", [200, 1500, 20_000])
def test_every_style_keeps_to_the_budget_and_to_the_bytes(repo: repoagent.Repo, style: str, budget: int) -> None:
    packed = repo.pack(QUESTION, budget, style=style)
    assert estimate(packed.text) == packed.tokens <= budget
    for piece in packed.pieces:
        if piece.level == "full":
            lines = FILES[piece.span.path].splitlines(keepends=True)
            assert "".join(lines[piece.span.start_line - 1 : piece.span.end_line]) in packed.text


def test_nothing_inside_ends_an_element(tmp_path_factory: pytest.TempPathFactory) -> None:
    from repoagent_agents.packing.pack_styles import STYLES, Body, Stretch

    text = "print('</code>')  # </code2> too\n"
    written = STYLES["xml"].body(Body('a "b".py', "python", (Stretch(1, 1, text, "class <T>", None),)))
    head = '<code3 path="a &quot;b&quot;.py" lines="1-1" language="python" in="class &lt;T&gt;">'
    assert written == f"{head}\n{text}</code3>\n"


def test_a_body_says_what_class_it_is_in_and_shows_its_imports(repo: repoagent.Repo) -> None:
    assert "# in class Account:\n# bank/account.py:" in repo.pack("withdraw too much money", 200).text
    reasons = {piece.reason for piece in repo.pack("withdraw", 20_000).pieces}
    assert any(reason.startswith(("imports", "answers", "the rest")) for reason in reasons)


def test_a_large_window_shows_whole_files(repo: repoagent.Repo) -> None:
    packed = repo.pack(QUESTION, 60_000)
    whole = {piece.span.path for piece in packed.pieces if piece.level == "full" and piece.span.start_line == 1}
    assert {"bank/account.py", "bank/ledger.py"} <= whole


def test_neighbours_are_there_by_signature(repo: repoagent.Repo) -> None:
    packed = repo.pack("withdraw", 700)
    reasons = {piece.reason for piece in packed.pieces if piece.level == "signature"}
    assert any(reason.startswith(("used by", "uses")) for reason in reasons), packed.text


def test_outline_ranks_what_others_lean_on(repo: repoagent.Repo) -> None:
    outlined = repo.map(2000)
    order = [file.path for file in outlined.files]
    assert order.index("bank/ledger.py") < order.index("bank/report.py")
    ledger = next(file for file in outlined.files if file.path == "bank/ledger.py")
    assert [symbol.name for symbol in ledger.symbols if symbol.depth == 0] == ["Ledger", "Entry"]
    assert abs(sum(file.importance for file in outlined.files) - 1) < 0.5
    assert repo.map(2000, roots=["docs"]).files == ()


def test_outline_counts_the_code_that_it_leaves_out(make_repository: Callable[..., Path]) -> None:
    """A picture has no language and is none of it."""
    code = {f"part{number}.py": f"def part_{number}():\n    return {number}\n" for number in range(40)}
    others = {"logo.png": b"\x89PNG\r\n\x1a\n\0\0", "notes.txt": "parts\n"}
    with repoagent.open(make_repository({**code, **others})) as repo:
        outlined = repo.map(100)
    assert 0 < len(outlined.files) < 40
    assert len(outlined.files) + outlined.n_left_out == 40


def test_outline_shows_what_this_file_is_used_for(make_repository: Callable[..., Path]) -> None:
    """Six call a `show`, of which there are seven; three call what only stands here."""
    others = {f"shape{n}.py": f"class Shape{n}:\n    def show(self):\n        return n\n" for n in range(6)}
    users = {f"use{n}.py": f"import shape{n}, tools\n\nshape{n}.show()\n" for n in range(6)}
    calls = {f"call{n}.py": "from tools import bend, cut, fold, weld\n\nweld(bend(cut(fold())))\n" for n in range(3)}
    tools = (
        "def show():\n    pass\n\n\ndef bend():\n    pass\n\n\ndef cut():\n    pass\n\n\ndef fold():\n    pass\n\n\n"
    )
    files = {**others, **users, **calls, "tools.py": f"{tools}def weld():\n    pass\n"}
    with repoagent.open(make_repository(files)) as repo:
        shown = next(file for file in repo.map(60).files if file.path == "tools.py")
    assert [symbol.name for symbol in shown.symbols] == ["bend", "cut", "fold", "weld"]
