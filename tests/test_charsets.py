"""Files in other encodings and with other line ends: what they say, where it stands, and that edits write it back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git, write
from hypothesis import given, settings
from hypothesis import strategies as st

import repoagent
from repoagent.apply import apply_edits
from repoagent.change import Change
from repoagent_agents.editing.edits import Edit
from repoagent_indexers.errors import Refused
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.reading.charsets import read_text, text_as, written_back

MakeRepository = Callable[..., Path]

WORDS = {
    "cp932": ("設定ファイルを読み込む", "接続が切れた場合は再試行する"),
    "euc_jp": ("設定ファイルを読み込む", "データベースの初期化処理"),
    "iso2022_jp": ("設定ファイルを読み込む", "データベースの初期化処理"),
    "gb18030": ("如果连接断开则重新尝试", "读取配置文件"),
    "cp950": ("如果連線中斷則重新嘗試", "讀取設定檔案"),
    "cp949": ("연결이 끊어지면 다시 시도한다", "설정 파일을 읽는다"),
    "cp1252": ("prüft die Größe für alle Einträge", "vérifie où la clé a été créée"),
    "cp1251": ("проверка размера файла", "ошибка соединения с сервером"),
    "utf-8": ("größe – 設定 – размер", "naïve"),
}
MARKED = {
    "utf-8-sig": "",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32-le": "utf-32-le",
    "utf-32-be": "utf-32-be",
}


def source(words: tuple[str, ...], end: str = "\n") -> str:
    """A Python file that says the words."""
    lines = [
        f"# {words[0]}",
        "def first(value):",
        f'    """{words[1]}"""',
        "    return value",
        "",
        "def second(): pass",
        "",
    ]
    return end.join(lines)


@pytest.mark.parametrize("charset", WORDS)
def test_each_encoding_is_told_from_the_others(charset: str) -> None:
    text = source(WORDS[charset])
    assert read_text(text.encode(charset)) == (text.encode(), "" if charset == "utf-8" else charset)


@pytest.mark.parametrize("charset", MARKED)
def test_a_byte_order_mark_decides(charset: str) -> None:
    text = "" if charset == "utf-8-sig" else "\ufeff"
    text += source(WORDS["utf-8"])
    read = read_text(text.encode(charset))
    assert read is not None
    assert read.content.decode().removeprefix("\ufeff") == text.removeprefix("\ufeff")
    assert read.charset == MARKED[charset]


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        ("# -*- coding: iso-8859-2 -*-", "iso8859-2"),
        ("# vim: set fileencoding=koi8-r :", "koi8-r"),
        ('<?xml version="1.0" encoding="windows-1250"?>', "cp1250"),
        ('<meta charset="windows-1257">', "cp1257"),
    ],
)
def test_what_a_file_says_of_itself_is_believed(head: str, charset: str) -> None:
    word = {"koi8-r": "ж", "cp1257": "ė"}.get(charset, "ł")
    text = f"{head}\n# {word}\n"
    read = read_text(text.encode(charset))
    assert read is not None
    assert read.content == text.encode()


def test_what_is_declared_comes_before_what_is_guessed() -> None:
    raw = "# łódź\n".encode("iso8859-2")
    assert read_text(raw, lambda: "ISO-8859-2") == ("# łódź\n".encode(), "iso8859_2")
    assert read_text("plain".encode("utf-16-le"), lambda: "UTF-16LE") == (b"plain", "utf_16_le")
    assert read_text("plain".encode("utf-16-le")) is None
    for name in ("zlib", "unicode_escape", "rot13", "no such thing", "utf-7", "utf-8", "../x", "idna"):
        read = read_text(b"# caf\xe9 \\u0041\n", lambda name=name: name)
        assert read == ("# café \\u0041\n".encode(), "cp1252"), name
    assert read_text(b"plain", lambda: pytest.fail("nobody asked")) == (b"plain", "")
    assert read_text("größe".encode(), lambda: pytest.fail("nobody asked")) == ("größe".encode(), "")


def test_utf_8_with_mistakes_and_binary_files() -> None:
    torn = "größe für alle: 設定".encode() + b"\xff\n"
    assert read_text(torn) == (torn, "")
    surrogate = b'["\xed\xa0\x80"]'
    assert read_text(surrogate) == (surrogate, "")
    assert read_text(b"jc 3f // x is NaN or \xb1inf\n") == ("jc 3f // x is NaN or ±inf\n".encode(), "cp1252")
    assert read_text(b"\x7fELF\0\1\2") is None
    assert read_text(b"\xff\xfe\0\0") == (b"\xef\xbb\xbf", "utf-32-le")
    assert read_text(b"\xff\xfea\0\0\0b\0") is None
    assert read_text(b"\xff\xfea\0b") is None
    assert read_text(b"") == (b"", "")


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\rb\r", b"a\nb\n"),
        (b"a\nb\rc\r\nd\r", b"a\nb\nc\r\nd\n"),
        (b"a\r\r\nb", b"a\n\r\nb"),
    ],
)
def test_every_line_ends_in_a_line_feed(raw: bytes, content: bytes) -> None:
    assert read_text(raw) == (content, "")
    assert text_as(raw, "") == content


CHARACTERS = {
    "": st.characters(),
    "cp932": st.sampled_from("aZ9 \n\r設定ﾃ~"),
    "gb18030": st.sampled_from("aZ9 \n\r设定€ü\u0301"),
    "utf-16-be": st.characters(),
    "cp1252": st.sampled_from("aZ9 \n\réß€"),
    "iso2022_jp": st.sampled_from("aZ9 \n\r設定"),
}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_edits_are_written_back_in_the_file_s_own_bytes(data: st.DataObject) -> None:
    charset = data.draw(st.sampled_from(sorted(CHARACTERS)))
    texts = st.text(CHARACTERS[charset].filter(lambda c: not "\ud800" <= c <= "\udfff"), max_size=30)
    raw = data.draw(texts).encode(charset or "utf-8")
    content = text_as(raw, charset)
    starts = [at for at in range(len(content) + 1) if at == len(content) or content[at] & 0xC0 != 0x80]
    cuts = sorted(data.draw(st.lists(st.sampled_from(starts), max_size=6)))
    changes = [
        (start, end, data.draw(texts).replace("\r", "").encode())
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    wanted, at = b"", 0
    for start, end, new in changes:
        wanted += content[at:start] + new
        at = end
    wanted += content[at:]
    try:
        after = written_back(raw, charset, changes)
    except UnicodeError:
        assert charset == "iso2022_jp", "only where a character's bytes depend on what stands before it"
        return
    if "\r" not in raw.decode(charset or "utf-8"):
        assert text_as(after, charset) == wanted
    if not changes:
        assert after == raw


# -- in an index


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("charset", WORDS)
def test_symbols_lines_words_and_edits(make_repository: MakeRepository, charset: str, end: str) -> None:
    words = WORDS[charset]
    text = source(words, end)
    root = make_repository({"a.py": text.encode(charset)})
    with Repository.open(root) as repository, Index.open(repository) as index:
        first, second = index.parsed("a.py").symbols
        assert (first.name, first.doc) == ("first", words[1])
        assert (first.span.start_line, first.span.end_line, second.span.start_line) == (2, 4, 6)
        read = index.source("a.py")
        assert read is not None
        assert read.content[second.span.start_byte : second.span.end_byte] == b"def second(): pass"
        assert search(index, words[0].split()[0] if charset == "cp1252" else words[0], 1)[0].span.path == "a.py"
        at = read.content.index(b"value", first.span.end_byte - 8)
        change = Change(repository, [Edit("a.py", at, at + 5, b"value", words[0][:2].encode())])
        assert f"+    return {words[0][:2]}" in change.diff()
        change.apply()
        text_after = text.replace("return value", f"return {words[0][:2]}")
        assert (root / "a.py").read_bytes() == text_after.encode(charset)
        change.undo()
        assert (root / "a.py").read_bytes() == text.encode(charset)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark(make_repository: MakeRepository, charset: str) -> None:
    text = "\ufeff" + source(WORDS["cp932"], "\r\n")
    root = make_repository({"a.py": text.encode(charset)})
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert [symbol.span.start_line for symbol in index.parsed("a.py").symbols] == [2, 6]
        assert index.status().skipped == {}
        read = index.source("a.py")
        assert read is not None
        at = read.content.index(b"second")
        apply_edits(repository, [Edit("a.py", at, at + 6, b"second", "größer".encode())])
        assert (root / "a.py").read_bytes() == text.replace("second", "größer").encode(charset)


def test_edits_go_by_what_is_declared(make_repository: MakeRepository) -> None:
    raw = "# łódź\nx = 1\n".encode("iso8859-2")
    root = make_repository({".editorconfig": "[*.py]\ncharset = iso-8859-2\n", "in/a.py": raw})
    with Repository.open(root) as repository:
        at = "# łódź\n".encode()
        change = Change(repository, [Edit("in/a.py", len(at), len(at) + 5, b"x = 1", "x = 'ą'".encode())])
        assert " # łódź\n-x = 1\n+x = 'ą'\n" in change.diff()
        change.apply()
    assert (root / "in/a.py").read_bytes() == "# łódź\nx = 'ą'\n".encode("iso8859-2")


MIXED = {
    "a.py": ("euc_jp", "# -*- coding: euc_jp -*-\n# 設定ファイルを読み込む\ndef load_all(path):\n    return path\n"),
    "b.py": ("gb18030", "# 配置文件的读取和处理\nfrom a import load_all\n\n\ndef 使用():\n    return load_all(1)\n"),
    "c.py": ("utf-16-le", '\ufefffrom a import load_all\r\n\r\nprint(load_all("größe"))\r\n'),
    "d.py": ("utf-8", 'from a import load_all\r\rprint(load_all("x"))\r'),
}


def test_a_rename_and_a_review_go_through_all_of_them(make_repository: MakeRepository) -> None:
    root = make_repository({path: text.encode(charset) for path, (charset, text) in MIXED.items()})
    with repoagent.open(root) as repo:
        change = repo.rename("load_all", "load_everything")
        assert change.files == tuple(MIXED)
        change.apply()
        for path, (charset, text) in MIXED.items():
            assert (root / path).read_bytes() == text.replace("load_all", "load_everything").encode(charset)
        change.undo()
        write(root, {"a.py": (root / "a.py").read_bytes().replace(b"load_all", b"load_some")})
        git(root, "add", "-A")
        repo.refresh()
        [finding] = repo.review().findings
        assert (finding.span.path, finding.span.start_line) == ("a.py", 3)
        assert [(one.path, one.start_line) for one in finding.evidence] == [
            *(("b.py", 2), ("b.py", 6), ("c.py", 1), ("c.py", 3), ("d.py", 1), ("d.py", 3))
        ]
        assert finding.evidence[3].code == 'print(load_all("größe"))'


def test_what_an_encoding_cannot_say_is_refused(make_repository: MakeRepository) -> None:
    raw = source(WORDS["cp932"]).encode("cp932")
    root = make_repository({"a.py": raw})
    with Repository.open(root) as repository, Index.open(repository) as index:
        read = index.source("a.py")
        assert read is not None
        at = read.content.index(b"second")
        edit = Edit("a.py", at, at + 6, b"second", "größe".encode())
        with pytest.raises(Refused, match=r"a\.py: 'ö' cannot be written in cp932, which the file is in; convert"):
            apply_edits(repository, [edit])
        assert (root / "a.py").read_bytes() == raw


def test_same_bytes_read_in_two_ways_are_two_blobs(make_repository: MakeRepository) -> None:
    text = '# {}\ndef first():\n    "łódź"\n'
    raw = text.format("").encode("iso8859-2")
    root = make_repository({"a.py": raw})
    with Repository.open(root) as repository, Index.open(repository) as index:
        assert index.catalogue.charsets == ["cp1252"]
        write(root, {"a.py": text.format("coding: iso8859-2").encode("iso8859-2")})
        index.update()
        assert index.catalogue.charsets == ["iso8859_2"]
        assert index.parsed("a.py").symbols[0].doc == "łódź"


def test_utf_8_needs_no_detector(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": source(WORDS["utf-8"])})
    program = (
        "import sys; from repoagent_indexers.indexing.index import Index\n"
        "from repoagent_indexers.git.repository import Repository\n"
        f"with Repository.open({str(root)!r}) as r, Index.open(r): assert 'chardet' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
