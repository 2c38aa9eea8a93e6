"""The index of a work tree: what it holds, what it leaves out, and that it is what the work tree holds now."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git, write
from described_index import described, difference

from repoagent_indexers.encoders import load_encoder
from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.git.work_tree import Folders
from repoagent_indexers.indexing import index as index_module
from repoagent_indexers.indexing import maker, update
from repoagent_indexers.indexing.index import Index, index_folder
from repoagent_indexers.roles import GENERATED

MakeRepository = Callable[..., Path]
PYTHON = "def {0}(x):\n    return other_{0}(x)\n"


def opened(root: Path) -> Index:
    """An index with a repository of its own, for as long as a test runs."""
    return Index.open(Repository.open(root))


def description(root: Path) -> dict[str, object]:
    with Repository.open(root) as repository, Index.open(repository) as index:
        return described(index)


def names(index: Index, name: str) -> list[str]:
    return [index.catalogue.paths[position] for position, _ in index.definitions(name)]


# -- what it holds


def test_names_words_and_files_are_found(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": PYTHON.format("alpha"), "b/c.py": "class Beta:\n    def alpha(self): pass\n"})
    with opened(root) as index:
        assert names(index, "ALPHA") == ["a.py", "b/c.py"]
        assert [index.catalogue.paths[position] for position, _ in index.users("other_alpha")] == ["a.py"]
        assert index.n_users("other_alpha") == 1
        assert index.parsed("b/c.py").symbols[1].qualified_name == "Beta.alpha"
        assert index.parsed("not/there.py").symbols == ()
        assert len(index.pairs("tbeta")) == 1
        assert index.position("a.py") == 0
        assert index.position("a.pyx") is None
        source = index.source("a.py")
        assert source is not None
        assert source.content == PYTHON.format("alpha").encode()
        write(root, {"a.py": "changed\n"})
        assert index.source("a.py") is None


def test_same_content_at_several_paths_and_under_two_languages(make_repository: MakeRepository) -> None:
    text = PYTHON.format("twin")
    root = make_repository({"a.py": text, "b/a.py": text, "c.txt": text, "d.py": text})
    with opened(root) as index:
        assert names(index, "twin") == ["a.py", "b/a.py", "d.py"]
        blobs = index.catalogue.blobs.tolist()
        assert len(set(blobs)) == 2
        assert blobs[0] == blobs[1] == blobs[3]
        assert list(index.positions_of(blobs[0])) == [0, 1, 3]
        assert index.catalogue.languages[2] == "text"


ODD = {
    "empty.py": b"",
    "one_line.py": b"def one_line(): pass",
    "crlf.py": b"def crlf():\r\n    return 1\r\n",
    "bom.py": b"\xef\xbb\xbfdef bom(): pass\n",
    "latin.py": b"# caf\xe9\ndef latin(): pass\n",
    "null.bin": b"a\0b",
    "late_null.py": b"def early(): pass\n" + b"#\n" * 4500 + b"\0\ndef late_null(): pass\n",
    "long.py": b"x = '" + b"y" * 20000 + b"'\ndef long(): pass\n",
    "big.py": b"x = 1\n" * (1 << 19),
    "newline\nname.py": b"def newline_name(): pass\n",
    "tab\tname.py": b"def tab_name(): pass\n",
}


def test_odd_files_are_read_or_counted(make_repository: MakeRepository) -> None:
    root = make_repository(ODD)
    (root / "link.py").symlink_to("empty.py")
    with opened(root) as index:
        status = index.status()
        assert status.skipped == {"larger than 2 MiB": 1, "binary": 1, "minified": 1, "symbolic link": 1}
        assert status.n_files == len(ODD)
        assert status.languages == {"python": len(ODD) - 3, "text": 1}
        for path in ("one_line.py", "crlf.py", "bom.py", "latin.py", "late_null.py", "newline\nname.py"):
            name = path.replace("\n", "_").removesuffix(".py")
            assert names(index, name) == [path]
        assert index.parsed("crlf.py").symbols[0].span.end_line == 2
        long = index.position("long.py")
        assert long is not None
        assert index.catalogue.roles[long] == GENERATED
        assert index.facts(long).n_symbols == 0  # type: ignore[union-attr]
        assert len(index.pairs("tlong")) == 1
        big = index.position("big.py")
        assert big is not None
        assert index.facts(big) is None


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system knows only UTF-8 names")
def test_names_that_are_not_utf_8(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": PYTHON.format("plain")})
    (root / os.fsdecode(b"b\xff\xe9.py")).write_text(PYTHON.format("odd"))
    for _ in range(2):
        with opened(root) as index:
            assert names(index, "odd") == [os.fsdecode(b"b\xff\xe9.py")]
            git(root, "add", "-A")


@pytest.mark.parametrize("files", [{}, {"a.bin": b"\0"}, {"empty": b""}], ids=["empty", "binary", "no bytes"])
@pytest.mark.parametrize("commit", [True, False])
def test_repositories_with_nothing_in_them(make_repository: MakeRepository, files: dict, commit: bool) -> None:
    root = make_repository(files, commit=commit)
    for _ in range(2):
        with opened(root) as index:
            assert index.status().n_files == len(files)
            assert index.definitions("anything") == []
            assert len(index.pairs("tanything")) == 0
            assert list(index.items("t")) == []
            assert len(index.live_chunks) >= 1
            assert not index.notices


def test_an_index_lies_outside_the_work_tree(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository({"a.py": "x = 1\n"}, name="a name\nof two lines, é " + "x" * 150)
    with opened(root) as index:
        assert root not in index.status().path.parents
        assert index.status().path.is_file()
        assert index.folder.name.isascii()
        assert "\n" not in index.folder.name
    assert git(root, "status", "--porcelain", "--ignored") == ""


# -- bringing it up to date


def test_no_change_parses_and_writes_nothing(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": PYTHON.format("alpha")})
    with opened(root) as index:
        before = index.status().path.read_bytes()
        again = index.update()
        assert (again.n_parsed, again.changed) == (0, False)
    with opened(root) as index:
        assert index.update().n_parsed == 0
        assert index.status().path.read_bytes() == before


def test_only_what_was_never_seen_is_parsed(make_repository: MakeRepository) -> None:
    root = make_repository({f"{n}.py": PYTHON.format(f"name{n}") for n in range(5)})
    with opened(root) as index:
        git(root, "checkout", "-qb", "other")
        write(root, {"0.py": PYTHON.format("fresh")})
        (root / "1.py").rename(root / "moved.py")
        assert index.update().n_parsed == 1
        git(root, "add", "-A")
        git(root, "commit", "-qm", "other")
        git(root, "checkout", "-q", "main")
        assert index.update().n_parsed == 0
        assert names(index, "name1") == ["1.py"]
        assert names(index, "fresh") == []
        git(root, "checkout", "-q", "other")
        assert index.update().n_parsed == 0
        assert names(index, "name1") == ["moved.py"]


def test_a_sparse_checkout_is_what_lies_there(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": PYTHON.format("top"), "in/b.py": PYTHON.format("inside")})
    with opened(root) as index:
        assert names(index, "inside") == ["in/b.py"]
        git(root, "sparse-checkout", "set", "--cone", "elsewhere")
        index.update()
        assert names(index, "inside") == []
        assert names(index, "top") == ["a.py"]
        git(root, "sparse-checkout", "disable")
        assert index.update().n_parsed == 0
        assert names(index, "inside") == ["in/b.py"]


def test_an_interrupted_index_goes_on_where_it_was(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({f"{n}.py": PYTHON.format(f"name{n}") * 20 for n in range(300)})
    monkeypatch.setattr(update, "SEGMENT", 10_000)
    monkeypatch.setattr("repoagent_indexers.reading.workers.BATCH", 5_000)
    total = 0

    def interrupt(done: int, total_bytes: int) -> None:
        nonlocal total
        total = total_bytes
        if done * 2 > total_bytes:
            raise KeyboardInterrupt

    with Repository.open(root) as repository, pytest.raises(KeyboardInterrupt):
        Index.open(repository, progress=interrupt)
    assert total == sum(path.stat().st_size for path in root.glob("*.py"))
    seen: list[tuple[int, int]] = []
    with Repository.open(root) as repository:
        with Index.open(repository, progress=lambda done, all_: seen.append((done, all_))) as index:
            assert len(names(index, "name250")) == 20
            assert not index.notices
            found = described(index)
        assert 0 < len(seen) < 200
        with Index.open(repository) as index:
            index.rebuild()
            assert not difference(found, described(index))


@pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes")
def test_ctrl_c_ends_an_update_at_once_and_leaves_nothing_running(make_repository: MakeRepository) -> None:
    root = make_repository({f"{n}.py": PYTHON.format(f"name{n}") * 200 for n in range(200)})
    program = (
        "import sys\n"
        "from repoagent_indexers.indexing.index import Index\n"
        "from repoagent_indexers.git.repository import Repository\n"
        "try:\n"
        "  with Repository.open(sys.argv[1]) as repository:\n"
        "    Index.open(repository, progress=lambda *_: print('going on', flush=True))\n"
        "except KeyboardInterrupt: sys.exit(130)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()  # until every process that could write there has ended
        assert process.wait() == 130
        assert process.stderr.read() == b""
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("how", ["changes", "goes", "grows", "becomes a link", "becomes a folder"])
def test_a_file_that_is_other_for_a_moment_while_it_is_read(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Git never sees the change: nothing that it lists later tells that something else was read."""
    root = make_repository({"a.py": PYTHON.format("alpha"), "b.py": PYTHON.format("beta")})
    git(root, "status")
    wanted = description(make_repository({"a.py": PYTHON.format("alpha"), "b.py": PYTHON.format("beta")}, "other"))
    plain = Repository.read
    path = root / "a.py"

    def read(self: Repository, name: str, max_bytes: int, folders: Folders | None = None) -> bytes:
        if name != "a.py":
            return plain(self, name, max_bytes, folders)
        content, times = path.read_bytes(), path.stat()
        try:
            if how == "changes":
                path.write_text(PYTHON.format("gamma"))
            elif how == "grows":
                path.write_bytes(b"#" * (3 << 20))
            else:
                path.unlink()
                if how == "becomes a link":
                    path.symlink_to("b.py")
                elif how == "becomes a folder":
                    path.mkdir()
            return plain(self, name, max_bytes, folders)
        finally:
            subprocess.run(["rm", "-rf", str(path)], check=True)
            path.write_bytes(content)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    with monkeypatch.context() as patch:
        patch.setattr(Repository, "read", read)
        with opened(root) as index:
            assert names(index, "beta") == ["b.py"]
    assert not difference(description(root), wanted)


def test_an_index_made_by_another_version_is_built_anew(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository({"a.py": PYTHON.format("alpha")})
    wanted = description(root)
    monkeypatch.setattr(index_module, "maker", lambda encoder: "another")
    for notices in (["the index was made by another version or encoder; it is built anew"], []):
        with opened(root) as index:
            assert index.notices == notices
            assert not difference(described(index), wanted)
            assert len(list(index.folder.glob("*.sqlite3"))) == 1


def test_what_decides_about_the_index_is_part_of_its_maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder()
    before = maker.maker(encoder)
    assert maker.maker(encoder) == before
    (tmp_path / "tree_sitter_python-99.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert maker.maker(encoder) != before
    monkeypatch.undo()
    assert maker.maker(encoder) == before
    plain = maker._MAKERS
    monkeypatch.setattr(maker, "_MAKERS", plain[1:])
    assert maker.maker(encoder) != before


# -- several generations, several handles, several work trees


def test_a_handle_sees_one_generation_until_it_is_updated(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "MAX_SEGMENTS", 1)
    root = make_repository({f"{n}.py": PYTHON.format(f"name{n}") for n in range(3)})
    with opened(root) as index, opened(root) as other:
        before = described(index)
        for n in range(4):
            write(root, {"0.py": PYTHON.format(f"fresh{n}") * 9, "1.py": PYTHON.format(f"new{n}") * 9})
            assert other.update().changed
        assert names(other, "fresh3") != []
        for name in ("root", "catalogue", "_directories", "_columns"):  # nothing may be left to be read later
            index.__dict__.pop(name, None)
        index._facts.clear()
        assert not difference(described(index), before)
        index.update()
        assert not difference(described(index), described(other))
        index.release()
        write(root, {"0.py": PYTHON.format("last")})
        other.update()
        assert names(index, "last") == ["0.py"]


def test_what_is_dead_is_dropped_at_last(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "MAX_SEGMENTS", 3)
    root = make_repository({"a.py": PYTHON.format("alpha"), "b.py": PYTHON.format("beta")})
    with opened(root) as index:
        for n in range(15):
            write(root, {"a.py": PYTHON.format(f"name{n}") * 3})
            index.update()
            assert len(index.chunk_columns()) <= 24
            assert names(index, f"name{n}") == ["a.py"] * 3
            assert names(index, "beta") == ["b.py"]
            assert index.status().n_segments <= 4
        found = described(index)
        index.rebuild()
        assert not difference(found, described(index))


def test_work_trees_share_what_is_read_and_gone_ones_are_forgotten(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "MAX_SEGMENTS", 1)
    root = make_repository({f"{n}.py": PYTHON.format(f"name{n}") for n in range(4)})
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", "-b", "other", str(linked))
    with opened(root) as index, opened(linked) as other:
        assert index.folder == other.folder
        assert other.update().n_parsed == 0
        write(linked, {"0.py": PYTHON.format("elsewhere")})
        other.update()
        index.update()
        assert names(other, "elsewhere") == ["0.py"]
        assert names(index, "elsewhere") == []
        assert names(index, "name0") == ["0.py"]
        assert sorted(index.root["trees"]) == sorted([str(root), str(linked)])
    git(root, "worktree", "remove", "--force", str(linked))
    with opened(root) as index:
        for n in range(3):
            write(root, {"1.py": PYTHON.format(f"one{n}")})
            index.update()
        assert list(index.root["trees"]) == [str(root)]
        assert names(index, "one2") == ["1.py"]


def test_asking_again_after_a_handle_was_closed_is_no_traceback(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "x = 1\n"})
    index = opened(root)
    index.close()
    index.close()
    with opened(root) as again:
        assert again.folder == index_folder(again.repository)
        with pytest.raises(RepoAgentError):
            load_encoder("nothing of the kind")


def test_places_come_by_path_whenever_they_were_read(make_repository: MakeRepository) -> None:
    root = make_repository({"b.py": "def same(): ...\n\n\nsame()\n"})
    with opened(root) as index:
        (root / "a.py").write_text("def same(): return 1\n\n\nsame()\n")
        index.update()
        assert [index.catalogue.paths[at] for at, _ in index.definitions("same")] == ["a.py", "b.py"]
        assert [index.catalogue.paths[at] for at, _ in index.users("same")] == ["a.py", "b.py"]


def test_how_much_of_the_source_is_in_a_language(make_repository: MakeRepository) -> None:
    root = make_repository(
        {"a.py": "x = 1\n" * 30, "b.js": "let y\n" * 10, "LICENSE": "z\n" * 99, "tests/test_a.py": "x = 1\n" * 50}
    )
    with opened(root) as index:
        shares = dict(zip(index.catalogue.paths, index.language_shares.tolist(), strict=True))
        assert shares == pytest.approx({"a.py": 0.75, "b.js": 0.25, "LICENSE": 0, "tests/test_a.py": 0.75})


WORDS = [
    "x",
    "get",
    "get_it",
    "getIt",
    "HTTPServer",
    "_private",
    "$dollar",
    "a$b",
    "größe",
    "名前",
    "data2vec",
    "open?",
]


@pytest.mark.parametrize("name", WORDS)
def test_every_file_in_which_a_name_stands_is_found(make_repository: MakeRepository, name: str) -> None:
    texts = {
        "alone.py": f"{name} = 1\n",
        "comment.js": f"// speaks of {name}, so\nlet other = 2\n",
        "words.md": f"Some words, `{name}` among them.\n",
        "long.txt": "filler words here\n" * 5000 + f"at last {name}\n",
        "latin.c": f"/* {name} */ int y;\n",
    }
    root = make_repository({**texts, "other.py": "nothing = 1\n"})
    with opened(root) as index:
        found = {index.catalogue.paths[position] for position in index.mentioning(name)}
    assert set(texts) <= found


def test_few_files_are_looked_at_for_a_telling_name(make_repository: MakeRepository) -> None:
    root = make_repository({f"{n}.py": PYTHON.format(f"name_{n}") for n in range(20)})
    with opened(root) as index:
        assert [index.catalogue.paths[position] for position in index.mentioning("other_name_7")] == ["7.py"]
