"""What a repository says about its own files: left out, ranked last, read otherwise; nothing is lost silently."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git, write
from hypothesis import given, settings
from hypothesis import strategies as st

from repoagent.cli import main
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.git.rules import Rules
from repoagent_indexers.indexing.index import Index, Status
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.roles import NAMES, is_marked_generated, role_of

MakeRepository = Callable[..., Path]
PYTHON = "def {0}(x):\n    return other_{0}(x)\n"


def status_of(root: Path) -> Status:
    with Repository.open(root) as repository, Index.open(repository) as index:
        return index.status()


def roles_of(root: Path) -> dict[str, str]:
    with Repository.open(root) as repository, Index.open(repository) as index:
        return {
            path: NAMES[role] for path, role in zip(index.catalogue.paths, index.catalogue.roles.tolist(), strict=True)
        }


# -- .gitattributes


def test_attributes_decide_over_names(make_repository: MakeRepository) -> None:
    root = make_repository(
        {
            ".gitattributes": "api/*.py linguist-generated\nlib/** linguist-vendored=true\n"
            "vendor/ours.py -linguist-vendored\n"
            "*.lock linguist-generated=false\nguide/* linguist-documentation\ndata.py binary\nblob.py -diff -text\n"
            "quiet.py -text\n",
            "api/.gitattributes": "by_hand.py -linguist-generated\n",
            "api/made.py": PYTHON.format("made"),
            "api/by_hand.py": PYTHON.format("by_hand"),
            "lib/deep/other.py": PYTHON.format("other"),
            "vendor/ours.py": PYTHON.format("ours"),
            "vendor/theirs.py": PYTHON.format("theirs"),
            "my.lock": "x\n",
            "guide/how.py": PYTHON.format("how"),
            "data.py": PYTHON.format("data"),
            "blob.py": PYTHON.format("blob"),
            "quiet.py": PYTHON.format("quiet"),
        }
    )
    roles = roles_of(root)
    assert {path: role for path, role in roles.items() if path.endswith((".py", ".lock"))} == {
        "api/made.py": "generated",
        "api/by_hand.py": "source",
        "lib/deep/other.py": "vendored",
        "vendor/ours.py": "source",
        "vendor/theirs.py": "vendored",
        "my.lock": "configuration",
        "guide/how.py": "documentation",
        "data.py": "source",
        "blob.py": "source",
        "quiet.py": "source",
    }
    status = status_of(root)
    assert status.skipped == {"binary": 2}
    assert status.demoted == {"vendored": 2, "generated": 1}


def test_attributes_that_change_are_seen_and_nothing_is_parsed_again(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": PYTHON.format("alpha"), "b.py": PYTHON.format("beta")})
    with Repository.open(root) as repository, Index.open(repository) as index:
        for said, role in (
            ("a.py linguist-generated", "generated"),
            ("a.py linguist-vendored", "vendored"),
            ("", "source"),
        ):
            write(root, {".gitattributes": said})
            n_parsed = index.update().n_parsed
            assert n_parsed <= 1  # the attributes themselves
            assert NAMES[index.catalogue.roles[index.position("a.py")]] == role
        (root / ".git" / "info").mkdir(exist_ok=True)
        (root / ".git" / "info" / "attributes").write_text("b.py linguist-generated\n")
        index.update()
        assert NAMES[index.catalogue.roles[index.position("b.py")]] == "generated"


def test_attributes_run_nothing(make_repository: MakeRepository, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    root = make_repository({".gitattributes": "*.py filter=evil diff=evil linguist-generated\n", "a.py": "x = 1\n"})
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "core.fsmonitor",
    ):
        git(root, "config", key, f"touch {marker}; cat")
    write(root, {"a.py": "x = 2\n"})
    assert roles_of(root)["a.py"] == "generated"
    assert not marker.exists()


def test_declared_charsets(make_repository: MakeRepository) -> None:
    word = "# łódź\n"
    root = make_repository(
        {
            ".gitattributes": "*.pl working-tree-encoding=ISO-8859-2\n",
            ".editorconfig": "root = true\n[*.{a,b}]\ncharset = latin1\n[deep/**.c]\ncharset=iso-8859-2\n"
            "[*.w]\ncharset = utf-16le\n",
            "deep/.editorconfig": "[x?.[de]]\ncharset = iso-8859-2\n",
            "a.a": "# é\n".encode("latin-1"),
            "deep/er/b.c": word.encode("iso8859-2"),
            "deep/x1.d": word.encode("iso8859-2"),
            "deep/x12.d": word.encode("iso8859-2"),
            "w.w": word.encode("utf-16-le"),
        },
        commit=False,
    )
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    write(root, {"t.pl": word.encode("iso8859-2")})
    with Repository.open(root) as repository, Index.open(repository) as index:
        charsets = dict(zip(index.catalogue.paths, index.catalogue.charsets, strict=True))
        assert {path: charset for path, charset in charsets.items() if charset} == {
            "a.a": "cp1252",
            "deep/er/b.c": "iso8859_2",
            "deep/x1.d": "iso8859_2",
            "deep/x12.d": "cp1252",
            "t.pl": "iso8859_2",
            "w.w": "utf_16_le",
        }
        write(root, {"deep/.editorconfig": ""})
        index.update()
        charsets = dict(zip(index.catalogue.paths, index.catalogue.charsets, strict=True))
        assert (charsets["deep/x1.d"], charsets["deep/er/b.c"]) == ("cp1252", "iso8859_2")
        assert index.status().charsets == {"iso8859_2": 2, "cp1252": 3, "utf_16_le": 1}


# -- .repoagentignore


def test_ignored_files_are_left_out_and_counted(make_repository: MakeRepository) -> None:
    root = make_repository(
        {
            ".repoagentignore": "*.gen.py\n/big/\n!keep.gen.py\n",
            "in/.repoagentignore": "!back.gen.py\nlocal.py\n",
            "a.py": PYTHON.format("alpha"),
            "x.gen.py": PYTHON.format("x"),
            "keep.gen.py": PYTHON.format("keep"),
            "big/b.py": PYTHON.format("b"),
            "big/keep.gen.py": PYTHON.format("b"),
            "in/big/c.py": PYTHON.format("c"),
            "in/back.gen.py": PYTHON.format("back"),
            "in/local.py": PYTHON.format("local"),
        }
    )
    kept = {".repoagentignore", "a.py", "keep.gen.py", "in/.repoagentignore", "in/big/c.py", "in/back.gen.py"}
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert set(index.catalogue.paths) == kept
        assert index.status().skipped == {"ignored by .repoagentignore": 4}
        write(root, {"in/local2.py": "x = 1\n", "big/new.py": "x = 1\n"})
        index.update()
        assert set(index.catalogue.paths) == kept | {"in/local2.py"}
        assert index.status().skipped == {"ignored by .repoagentignore": 5}
        write(root, {".repoagentignore": "# nothing any more\n"})
        assert index.update().n_parsed == 3  # two of them, and the rules themselves
        assert {"big/b.py", "x.gen.py"} <= set(index.catalogue.paths)
        assert index.status().skipped == {"ignored by .repoagentignore": 1}


def test_an_ignore_file_that_git_is_told_to_ignore(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "x = 1\n", "b.py": "y = 1\n", ".gitignore": ".repoagentignore\n"})
    with Repository.open(root) as repository, Index.open(repository) as index:
        write(root, {".repoagentignore": "b.py\n"})
        index.update()
        assert index.catalogue.paths == [".gitignore", "a.py"]
        (root / ".repoagentignore").unlink()
        index.update()
        assert index.catalogue.paths == [".gitignore", "a.py", "b.py"]


def test_hostile_patterns_take_no_time(make_repository: MakeRepository) -> None:
    name = "a" * 250
    globs = "*a" * 60 + "b"
    root = make_repository(
        {
            ".repoagentignore": f"{globs}\n{'**/a/' * 30}b\n[\n\\\n!\n/\n//\n[!\nreal.py\n" + "x" * 100_000,
            ".editorconfig": f"[{globs}]\ncharset=latin1\n[{'{a,' * 5000}]\ncharset=latin1\n"
            "[[]\ncharset=x\n[(]\ncharset=latin1",
            name: b"\xe9t\xe9",
            "real.py": "x = 1\n",
        }
    )
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert index.catalogue.paths == [".editorconfig", ".repoagentignore", name]


PARTS = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        "a.b",
        "*",
        "a*",
        "?",
        "[ab]",
        "[!b]",
        "[[:alpha:]]",
        "***",
        "**",
        "!a",
        "#a",
        "\\!a",
        "a ",
        "a\\ ",
    ]
)
PATTERNS = st.builds(
    lambda parts, head, tail, not_: f"{'!' if not_ else ''}{'/' if head else ''}{'/'.join(parts)}{'/' if tail else ''}",
    st.lists(PARTS, min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
PATHS = (
    st.lists(st.sampled_from(["a", "b", "ab", "a.b", "!a", "#a"]), min_size=1, max_size=4)
    .map("/".join)
    .filter(
        lambda path: path != "a"  # a folder there
    )
)


@pytest.fixture(scope="module")
def bare_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ignore")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / "a").mkdir()
    return root


@settings(max_examples=100, deadline=None)
@given(st.lists(PATTERNS, max_size=4), st.lists(PATTERNS, max_size=3), st.sets(PATHS, min_size=1, max_size=8))
def test_patterns_mean_what_they_mean_to_git(
    bare_tree: Path, top: list[str], inner: list[str], paths: set[str]
) -> None:
    for folder, patterns in ((bare_tree, top), (bare_tree / "a", inner)):
        for name in (".repoagentignore", ".gitignore"):
            (folder / name).write_text("\n".join(patterns) + "\n")
    asked = sorted(paths)
    with Repository.open(bare_tree) as repository:
        kept = Rules(repository, ["a/.repoagentignore"]).kept(asked)
    stdin = "".join(f"{path}\0" for path in asked)
    told = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=bare_tree,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    ignored = set(told.stdout.split("\0"))
    assert {path: not k for path, k in zip(asked, kept, strict=True)} == {path: path in ignored for path in asked}


# -- generated, vendored, minified


@pytest.mark.parametrize(
    "head",
    [
        "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n",
        "# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\n",
        "/**\n * @generated SignedSource<<abc>>\n */\n",
        "// <auto-generated>\n//     This code was generated by a tool.\n",
        "/* This file was automatically generated by SWIG */\n",
        "# This file is autogenerated by pip-compile with Python 3.11\n",
        '"""Autogenerated by Thrift Compiler (0.9)\n\nDO NOT EDIT UNLESS YOU ARE SURE\n"""\n',
        "<!-- this file is generated -->\n",
        'package a;\n\n@Generated("by a tool")\nclass B {}\n',
        "-- machine generated, do not edit\n",
    ],
)
def test_files_that_say_that_a_program_wrote_them(head: str) -> None:
    assert is_marked_generated(head.encode())


@pytest.mark.parametrize(
    "head",
    [
        'HEADER = "// Code generated by us. DO NOT EDIT."\n',
        'write("# @generated by me")\n',
        "# Utilities for generated code\n",
        "# The report is generated by the server from the events it has seen.\n",
        "def generated(): pass\n",
        "class Column\n  def initialize(generated: nil)\n    @generated = generated\n",
        "# Some of those files are also auto-generated by scripts\n",
        "import os\n" * 25 + "# This file was generated by us. Do not edit.\n",
        "# x\n" * 1000 + "# @generated\n",
        "",
    ],
)
def test_files_that_only_speak_of_it(head: str) -> None:
    assert not is_marked_generated(head.encode())


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("uv.lock", "generated"),
        ("bun.lockb", "generated"),
        ("pnpm-lock.yaml", "generated"),
        ("go.sum", "generated"),
        ("web/__snapshots__/a.ts", "generated"),
        ("a/x_pb2_grpc.py", "generated"),
        ("node_modules/x/index.js", "vendored"),
        ("static/jquery.min.js", "generated"),
        ("src/lock.py", "source"),
        ("src/block.go", "source"),
    ],
)
def test_roles_of_names(path: str, role: str) -> None:
    assert NAMES[role_of(path)] == role


def test_what_is_generated_ranks_last_and_is_counted(
    make_repository: MakeRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PYTHON.format("parse_frame")
    root = make_repository(
        {
            "made.py": "# @generated\n" + text + "# made\n",
            "third_party/other.py": text + "# third\n",
            "zz_source.py": text + "# source\n",
            "uv.lock": "x = 1\n",
            "a.snap": "y = 1\n",
            "long.js": "var a = '" + "y" * 20000 + "'\n",
            "lib.min.js": "var b = 1\n",
            "big.py": "x = 1\n" * (1 << 19),
            "null.bin": b"a\0b",
        }
    )
    with Repository.open(root) as repository, Index.open(repository) as index:
        found = [hit.span.path for hit in search(index, "parse_frame", 5)]
        assert found[0] == "zz_source.py", found
        assert set(found) == {"zz_source.py", "third_party/other.py", "made.py"}
    with pytest.raises(SystemExit, match="0"):
        main(["index", "--status", "--json", "-C", str(root)])
    told = json.loads(capsys.readouterr().out)
    assert told["skipped"] == {"larger than 2 MiB": 1, "binary": 1, "minified": 1}
    assert told["demoted"] == {"generated": 1, "vendored": 1, "lock file": 1, "snapshot": 1, "minified": 1}
    with pytest.raises(SystemExit, match="0"):
        main(["index", "--status", "-C", str(root)])
    shown = capsys.readouterr().out
    assert "skipped    1 binary" in shown
    assert "demoted    1 lock file" in shown
