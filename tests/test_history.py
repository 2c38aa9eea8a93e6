"""History: what is read of the newest commits, what is kept of it, and what a person is told about a place."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import repoagent
from repoagent_indexers.errors import UsageError
from repoagent_indexers.git import commits
from repoagent_indexers.git.commits import newest, read_commits
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing import history
from repoagent_indexers.indexing.history import History
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.past import _before
from repoagent_indexers.ranking import first_look
from repoagent_indexers.ranking.first_look import open_for, open_for_outline

MakeRepository = Callable[..., Path]


def commit(root: Path, message: str | bytes, **files: str) -> str:
    """Write files, commit all, and give the new commit's id."""
    write(root, {name.replace("__", "/").replace("_py", ".py"): text for name, text in files.items()})
    git(root, "add", "-A")
    text = message if isinstance(message, bytes) else message.encode()
    subprocess.run(["git", "commit", "-q", "--allow-empty", "--allow-empty-message", "-F", "-"], cwd=root, input=text,
                   check=True)  # fmt: skip
    return git(root, "rev-parse", "HEAD").strip()


def read(root: Path, old: History | None = None) -> History:
    with Repository.open(root) as repository:
        return (old or History()).at(repository, repository.head() or "")


def messages(root: Path) -> list[str]:
    with Repository.open(root) as repository:
        ids = newest(repository, repository.head() or "", 100)
        return [one.message for one in read_commits(repository, ids)]


# -- what is read


def test_what_commits_said_and_touched(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a\n", "b.py": "b\n"})
    second = commit(root, "Parse cookies\n\nThe cookies were lost.\nSigned-off-by: Some Body", a_py="aa\n", c_py="c\n")
    found = read(root)
    assert found.head == found.ids[0] == second
    assert [sorted(run) for run in found.paths.runs()] == [["a.py", "c.py"], ["a.py", "b.py"]]
    assert found.n_touched.tolist() == [2, 2]
    terms, _ = found.terms.runs()
    assert "cooki" in terms
    assert "bodi" not in terms  # who signed says nothing about the code
    assert found.counts[terms.index("cooki")] == 3  # the first line counts twice
    assert History.from_bytes(found.to_bytes()).to_bytes() == found.to_bytes()


def test_a_repository_of_sha256(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256")
    first = commit(tmp_path, "first", a_py="a\n")
    second = commit(tmp_path, "second", a_py="aa\n")
    assert read(tmp_path).ids == [second, first]
    with repoagent.open(tmp_path) as repo:
        assert [one.id for one in repo.history("a.py").commits] == [second, first]


def test_merges_are_passed_over_and_other_branches_not_seen(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a\n"})
    git(root, "checkout", "-q", "-b", "side")
    side = commit(root, "on the side", b_py="b\n")
    git(root, "checkout", "-q", "main")
    main = commit(root, "on main", c_py="c\n")
    assert side not in read(root).ids
    git(root, "merge", "-q", "--no-edit", "side")
    found = read(root)
    assert set(found.ids) >= {side, main}
    assert len(found.ids) == 3
    assert found.head not in found.ids


def test_no_commit_yet_and_a_detached_head(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a\n"}, commit=False)
    assert read(root).to_bytes() == History().to_bytes()
    with repoagent.open(root) as repo:
        assert repo.index.history.head == ""
        assert repo.history("a.py").note == "there is no commit yet"
    first = commit(root, "first")
    commit(root, "second", b_py="b\n")
    git(root, "checkout", "-q", "--detach", "HEAD~1")
    with repoagent.open(root) as repo:
        assert repo.index.history.ids == [first]


@pytest.mark.parametrize(
    "message",
    [b"", b"\n\n", b"\x1b[2J\x07red\x1b]8;;http://x\x07", b"\xff\xfe not UTF-8 \x80", b"x" * 300_000,
     b"word " * 100_000, b"a" * 40, b":100644 100644 a b M\n", "日本語のメッセージ".encode()],
)  # fmt: skip
def test_hostile_messages(make_repository: MakeRepository, message: bytes) -> None:
    root = make_repository({"a.py": "a\n"})
    hostile = commit(root, message, a_py="aa\n", M_py="m\n")
    commit(root, "after it", b_py="b\n")
    found = read(root)
    assert len(found.ids) == 3
    assert found.ids[1] == hostile
    assert [sorted(run) for run in found.paths.runs()] == [["b.py"], ["M.py", "a.py"], ["a.py"]]
    assert all(len(text) <= commits.MAX_MESSAGE for text in messages(root))
    assert len(list(found.terms.runs())[1]) <= 200


def test_names_of_files_that_look_like_something_else(make_repository: MakeRepository) -> None:
    names = [
        "a" * 40,
        "M",
        "\n",
        "new\nline.py",
        "-O",
        ":(top)x",
        "HEAD",
        b"\xff\xfe".decode("utf-8", "surrogateescape"),
    ]
    root = make_repository({"a.py": ""})
    for name in names:
        (root / os.fsencode(name).decode("utf-8", "surrogateescape")).write_text("x")
    commit(root, "names")
    assert sorted(next(read(root).paths.runs())) == sorted(names)
    with repoagent.open(root) as repo:
        assert [one.subject for one in repo.history("HEAD").commits] == ["names"]
        assert [one.subject for one in repo.history(":(top)x").commits] == ["names"]


def test_a_commit_of_ten_thousand_files_says_nothing_about_them(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a\n"})
    commit(root, "everything", **{f"many__f{n}_py": "" for n in range(10_000)})
    found = read(root)
    assert found.n_touched.tolist() == [10_000, 1]
    assert found.paths.names == ["a.py"]


def test_memory_does_not_grow_with_the_history(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({"a.py": "a\n"})
    stream = b"".join(
        b"commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 9\nchange %02d%s\nM 644 inline f%d.py\ndata 1\n%d\n"
        % (1_600_000_000 + n, n % 100, b"\nfrom refs/heads/main^0" if not n else b"", n % 7, n % 10)
        for n in range(300)
    )
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=root, input=stream, check=True)
    git(root, "reset", "-q", "--hard")
    monkeypatch.setattr(history, "MAX_COMMITS", 50)
    found = read(root)
    assert len(found.ids) == 50
    assert found.ids == git(root, "rev-list", "-n", "50", "HEAD").split()


def test_a_git_that_is_cut_short_gives_only_what_it_finished(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({"a.py": "a\n"})
    for n in range(1500):
        (root / f"f{n:04}.py").write_text("x" * 10)
        if n % 75 == 0:
            commit(root, f"change {n} " + "long " * 700)
    whole = read(root)
    monkeypatch.setattr(commits, "MAX_READ", 1 << 12)
    cut = read(root)
    assert len(cut.ids) < len(whole.ids)
    assert cut.ids == whole.ids[: len(cut.ids)]
    n = len(cut.paths.numbers)
    assert [cut.paths.names[each] for each in cut.paths.numbers] == [
        whole.paths.names[each] for each in whole.paths.numbers[:n]
    ]


def test_a_shallow_clone(make_repository: MakeRepository, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n"})
    ids = [commit(root, f"number {n}", a_py=f"{n}\n") for n in range(5)]
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root}", str(shallow))
    with repoagent.open(shallow) as repo:
        assert repo.index.history.ids == ids[:2:-1]
        assert [one.subject for one in repo.history("a.py").commits] == ["number 4", "number 3"]
    git(shallow, "fetch", "-q", "--unshallow")
    with repoagent.open(shallow) as repo:
        assert repo.index.history.ids[:5] == ids[::-1]
        assert [one.subject for one in repo.history("a.py").commits][-2:] == ["number 0", "first"]


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_fetches_nothing(make_repository: MakeRepository, tmp_path: Path, kind: str) -> None:
    root = make_repository({"a.py": "def first():\n    return 1\n"})
    for n in range(4):
        commit(root, f"number {n}", a_py=f"def first():\n    return {n}{n}\n")
    git(root, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "-q", f"--filter={kind}", f"file://{root}", str(partial))
    before = sorted(path.name for path in partial.glob(".git/objects/pack/*"))
    with repoagent.open(partial) as repo:
        assert len(repo.index.history.ids) == (5 if kind == "blob:none" else 0)
        found = repo.history("first")
        assert found.commits or found.note
        assert repo.search("first", 1)
    assert sorted(path.name for path in partial.glob(".git/objects/pack/*")) == before


def test_nothing_that_the_repository_names_is_run(make_repository: MakeRepository, tmp_path: Path) -> None:
    root = make_repository({"a.py": "def first():\n    return 1\n", ".gitattributes": "*.py diff=evil filter=evil\n"})
    commit(root, "more", a_py="def first():\n    return 2\n")
    trace = tmp_path / "ran"
    program = f"touch {trace}; cat"
    for key in ("diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "diff.external", "core.fsmonitor",
                "core.pager", "gpg.program"):  # fmt: skip
        git(root, "config", key, program)
    git(root, "config", "log.showSignature", "true")
    git(root, "config", "diff.orderFile", "/etc/passwd")
    git(root, "config", "diff.noprefix", "true")
    git(root, "config", "log.follow", "true")
    (root / "a.py").write_text("def first():\n    return 3\n")
    with repoagent.open(root) as repo:
        assert [one.subject for one in repo.history("first").commits] == ["more", "first"]
        assert len(repo.history("a.py").commits) == 2
        assert len(repo.index.history.ids) == 2
    assert not trace.exists()


# -- going along with HEAD


@settings(max_examples=int(os.environ.get("EXAMPLES", "12")), deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(seed=st.integers(0, 1 << 16))
def test_going_along_equals_reading_anew(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    pick = random.Random(seed)
    root = tmp_path_factory.mktemp("along")
    git(root, "init", "-q", "-b", "main")
    kept = History()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "MAX_COMMITS", pick.choice([3, 6, 2000]))
        for _ in range(14):
            action = pick.choice(["commit", "commit", "commit", "amend", "reset", "branch", "rebase", "merge", "pick"])
            files = {f"f{pick.randrange(5)}_py": f"{pick.random()}\n" for _ in range(pick.randrange(3))}
            line = {
                "amend": ["commit", "-q", "--amend", "--allow-empty", "-m", f"amended {pick.random()}"],
                "reset": ["reset", "-q", "--hard", pick.choice(["HEAD~1", "HEAD~2", "main", "other"])],
                "branch": ["checkout", "-q", *pick.choice([["main"], ["other"], ["-B", "other"], ["--detach"]])],
                "rebase": ["rebase", "-q", "-X", "theirs", pick.choice(["main", "other"])],
                "merge": ["merge", "-q", "--no-edit", "-X", "ours", pick.choice(["main", "other"])],
                "pick": ["cherry-pick", pick.choice(["main", "other", "HEAD~1"])],
            }.get(action)
            if line is None:
                env = {"GIT_COMMITTER_DATE": f"{1_600_000_000 + pick.randrange(1000)} +0000"}  # clocks go wrong
                patch.setenv("GIT_COMMITTER_DATE", env["GIT_COMMITTER_DATE"])
                commit(root, f"word{pick.randrange(9)} word{pick.randrange(9)}", **files)
            else:
                subprocess.run(["git", *line], cwd=root, capture_output=True)  # it may well refuse
                for end in ("rebase", "merge", "cherry-pick"):
                    subprocess.run(["git", end, "--abort"], cwd=root, capture_output=True)
            if pick.random() < 0.7:
                kept = History.from_bytes(read(root, kept).to_bytes())
                assert kept.to_bytes() == read(root).to_bytes(), action


def test_only_what_is_new_is_read(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository({"a.py": "a\n"})
    for n in range(5):
        commit(root, f"number {n}", a_py=f"{n}\n")
    before = read(root)
    asked: list[str] = []

    def listening(repository: Repository, ids: object) -> object:
        wanted = list(ids)  # type: ignore[call-overload]
        asked.extend(wanted)
        return read_commits(repository, wanted)

    monkeypatch.setattr(history, "read_commits", listening)
    new = commit(root, "newest", a_py="new\n")
    after = read(root, before)
    assert asked == [new]
    assert after.ids == [new, *before.ids]


def test_a_first_answer_waits_for_the_newest_commits_alone(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({"a.py": "a\n"})
    for n in range(5):
        commit(root, f"number {n}", a_py=f"{n}\n")
    whole = read(root)
    monkeypatch.setattr(first_look, "COMMITS", 2)
    with Repository.open(root) as repository:
        for _ in range(2):  # asked again before the rest is read: nothing waits either
            with open_for(repository, "number") as index:
                assert index.history.ids == whole.ids[:2]
                assert index.lacks_commits
        (root / "a.py").write_text("other\n")
        with open_for(repository, "number") as index:
            assert index.history.ids == whole.ids[:2]
        with Index.open(repository) as index:
            assert index.history.to_bytes() == whole.to_bytes()
            assert not index.lacks_commits
        new = commit(root, "newest", a_py="new\n")
        with open_for(repository, "number") as index:  # what is known goes along commit by commit
            assert index.history.ids == [new, *whole.ids]
    monkeypatch.setattr(first_look, "COMMITS", 20)
    few = make_repository({"a.py": "a\n"}, name="few")
    with Repository.open(few) as repository:
        with open_for_outline(repository, 100) as index:  # which needs no commit
            assert (index.history.ids, index.lacks_commits) == ([], True)
        with open_for(repository, "number") as index:  # nor does an answer wait for those that are being read
            assert index.history.ids == []
        with Index.open(repository) as index:
            assert (len(index.history.ids), index.lacks_commits) == (1, False)
    fewer = make_repository({"a.py": "a\n"}, name="fewer")
    with Repository.open(fewer) as repository, open_for(repository, "number") as index:
        assert (len(index.history.ids), index.lacks_commits) == (1, False)


def test_without_a_commit_nothing_is_waited_for(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a\n"})
    git(root, "update-ref", "-d", "HEAD")
    with Repository.open(root) as repository:
        for open_ in (lambda: open_for_outline(repository, 100), lambda: Index.open(repository)):
            with open_() as index:
                assert not index.lacks_commits


def test_the_index_follows_head_when_no_file_changes(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a\n"})
    with repoagent.open(root) as repo:
        first = repo.index.history.head
        git(root, "commit", "-q", "--amend", "-m", "another")
        repo.refresh()
        assert repo.index.history.head == git(root, "rev-parse", "HEAD").strip() != first
        assert len(repo.index.history.ids) == 1


def test_linked_work_trees_have_their_own(make_repository: MakeRepository, tmp_path: Path) -> None:
    root = make_repository({"a.py": "a\n"})
    second = commit(root, "second", a_py="aa\n")
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", "--detach", str(linked), "HEAD~1")
    with repoagent.open(root) as repo, repoagent.open(linked) as other:
        assert repo.index.folder == other.index.folder
        assert len(repo.index.history.ids) == 2
        assert second not in other.index.history.ids


# -- what a person is told


SHOP = "def price(item):\n    return item.cost\n\n\ndef total(items):\n    return sum(items)\n"


@pytest.fixture
def shop(make_repository: MakeRepository) -> Path:
    root = make_repository({"shop.py": SHOP, "main.py": "import shop\n"})
    commit(root, "Sum prices", shop_py=SHOP.replace("sum(items)", "sum(price(i) for i in items)"), main_py="1\n")
    commit(root, "Round the price", shop_py=SHOP.replace("item.cost", "round(item.cost)").replace(
        "sum(items)", "sum(price(i) for i in items)"), main_py="2\n")  # fmt: skip
    return root


def test_the_past_of_a_definition_a_line_and_a_file(shop: Path) -> None:
    with repoagent.open(shop) as repo:
        found = repo.history("total")
        assert [one.subject for one in found.commits] == ["Sum prices", "first"]
        assert found.lines == (5, 6)
        assert found.symbol is not None
        assert not found.is_changed
        assert not found.has_more
        assert [(one.path, one.n_together, one.n_commits) for one in found.companions] == [("main.py", 2, 3)]
        assert [one.subject for one in repo.history("shop.py:2").commits] == ["Round the price", "first"]
        assert [one.subject for one in repo.history("shop.py:4").commits] == ["first"]
        assert [one.subject for one in repo.history("shop.py").commits] == ["Round the price", "Sum prices", "first"]
        cut = repo.history("shop.py", 1)
        assert cut.has_more
        assert len(cut.commits) == 1
        with pytest.raises(UsageError):
            repo.history("nothing.py")
        with pytest.raises(UsageError):
            repo.history("shop.py:99")


def test_the_past_of_what_was_edited_since(shop: Path) -> None:
    text = (shop / "shop.py").read_text()
    (shop / "shop.py").write_text("# new\n# lines\n" + text + "\n\ndef fresh():\n    pass\n")
    write(shop, {"untracked.py": "def unknown():\n    pass\n"})
    with repoagent.open(shop) as repo:
        found = repo.history("total")
        assert found.lines == (7, 8)
        assert not found.is_changed
        assert [one.subject for one in found.commits] == ["Sum prices", "first"]
        assert repo.history("shop.py").is_changed
        for what in ("fresh", "unknown", "untracked.py"):
            new = repo.history(what)
            assert new.commits == ()
            assert new.note == "no commit holds it yet"
    git(shop, "rm", "-q", "-f", "shop.py")
    with repoagent.open(shop) as repo:
        gone = repo.history("shop.py")
        assert len(gone.commits) == 3
        assert gone.note == "no longer in the work tree"


def test_a_renamed_file_is_followed(shop: Path) -> None:
    git(shop, "mv", "shop.py", "store.py")
    git(shop, "commit", "-q", "-m", "Rename")
    with repoagent.open(shop) as repo:
        assert [one.subject for one in repo.history("store.py").commits][-1] == "first"
        assert [one.subject for one in repo.history("total").commits][-1] == "first"


def test_the_past_of_a_folder(make_repository: MakeRepository) -> None:
    root = make_repository({"src/a.py": "a\n", "src/b.py": "b\n", "doc.md": "d\n"})
    commit(root, "both", src__a_py="aa\n", **{"doc.md": "dd\n"})
    commit(root, "doc", **{"doc.md": "ddd\n"})
    with repoagent.open(root) as repo:
        found = repo.history("src")
        assert [one.subject for one in found.commits] == ["both", "first"]
        assert [one.path for one in found.companions] == ["doc.md"]


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 1 << 32))
def test_lines_are_led_back_to_the_last_commit(seed: int) -> None:
    """Random edits, each told as a hunk; every stretch that was not edited leads to itself."""
    pick = random.Random(seed)
    old = list(range(1, pick.randrange(1, 12)))
    new: list[int] = []  # the old line, or 0 for a new one
    hunks = []
    at = 0
    while at < len(old):
        if pick.random() < 0.3:
            n_old, n_new = pick.randrange(0, 3), pick.randrange(0, 3)
            n_old = min(n_old, len(old) - at)
            if n_old or n_new:
                hunks.append((at + 1, at + 1 + n_old, len(new) + 1, len(new) + 1 + n_new))
                new += [0] * n_new
                at += n_old
                if at == len(old):
                    break
        new.append(old[at])
        at += 1
    for first in range(1, len(new) + 1):
        for last in range(first, len(new) + 1):
            stretch = [line for line in new[first - 1 : last] if line]
            lines, is_changed = _before((first, last), hunks)
            if stretch:
                assert lines is not None
                assert lines[0] <= stretch[0]
                assert stretch[-1] <= lines[1]
                if len(stretch) == last - first + 1 == stretch[-1] - stretch[0] + 1:
                    assert lines == (stretch[0], stretch[-1])
                    assert not is_changed
                else:
                    assert is_changed


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from repoagent.cli import main; main(sys.argv[1:])"
    return subprocess.run([sys.executable, "-c", program, *arguments], cwd=root, capture_output=True, text=True)


def test_the_past_of_what_a_submodule_holds(make_repository: MakeRepository) -> None:
    inner = make_repository({"i.py": "def innermost(): pass\n"}, "inner")
    root = make_repository({"a.py": "a\n"})
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    git(root, "commit", "-qm", "take it in")
    with repoagent.open(root) as repo:
        assert [one.subject for one in repo.history("sub").commits] == ["take it in"]
        for what in ("sub/i.py", "innermost"):
            found = repo.history(what)
            assert (found.commits, found.is_changed) == ((), False)
            assert "-C sub" in found.note


def test_the_command(shop: Path) -> None:
    done = run(shop, "history", "total")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "shop.py:5-6  total"
    assert [line.split("  ")[2] for line in lines[1:3]] == ["Sum prices", "first"]
    assert lines[3:] == ["changes together with:", "  main.py  2 times, of 3 commits to it"]
    found = json.loads(run(shop, "history", "--json", "-n", "1", "shop.py").stdout)
    assert found["version"] == 1
    assert found["lines"] is None
    assert [one["subject"] for one in found["commits"]] == ["Round the price"]
    assert found["more"]
    assert found["together"] == [{"path": "main.py", "together": 3, "commits": 3}]
    (shop / "sub").mkdir()
    assert run(shop / "sub", "history", "../shop.py:1").stdout.startswith("shop.py:1-2  price")
    assert run(shop / "sub", "history", "../shop.py").stdout.startswith("shop.py\n")
    assert run(shop, "history", "no_such_thing").returncode == 2
    write(shop, {"new.py": "x = 1\n"})
    assert run(shop, "history", "new.py").returncode == 1


def test_a_hostile_message_stays_off_the_terminal(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "a\n"})
    commit(root, b"\x1b[2J\x1b]8;;http://x\x07evil\x07 \xe2\x80\xae", a_py="aa\n")
    done = run(root, "history", "a.py")
    assert "evil" in done.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout)
