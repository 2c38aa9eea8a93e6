"""The text of a file: its bytes -> UTF-8 whose lines end in a line feed, and edits of that text -> its own bytes.

One rule: whatever bytes enter the house are made UTF-8 here, and every span counts in that. What is valid UTF-8 is
taken as it is, its byte order mark included, and costs a look; only of other files is it asked what they are written
in: by a byte order mark, what the repository declares (.gitattributes, .editorconfig), what the file itself declares,
a detector. A carriage return that no line feed follows ends a line, as compilers and editors have it, and becomes one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_DECLARED = re.compile(
    rb"(?:coding[:=][ \t]*|fileencoding=|<\?xml[^>\n]{0,99}?encoding=[\"']|charset=[\"']?)([A-Za-z][\w.-]{1,30})"
)
"""Python, Ruby, Emacs, Vim, XML, HTML and CSS say so in one of their first lines."""
_KNOWN = re.compile(
    r"(?:utf_?(?:8|16|32)(?:_?[lb]e)?|(?:iso_?8859_?|cp_?|windows_?|mac_?|koi8_?|tis_?)\w+|latin_?\w+|(?:shift|s)_?jis\w*|euc_?\w+"
    r"|gbk?|gb2312|gb18030|big5\w*|iso2022_\w+|iso_2022_\w+|hz|johab)\Z"
)
"""Names of codecs that are character sets and nothing else (`zlib`, `unicode_escape`, `idna` are codecs too)."""
_CODECS = {
    "shift_jis_2004": ("cp932", "shift_jis_2004"),
    "shift_jis": ("cp932", "shift_jis"),
    "euc_jis_2004": ("euc_jp", "euc_jis_2004"),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "big5hkscs": ("cp950", "big5hkscs"),
    "big5": ("cp950", "big5hkscs"),
    "euc_kr": ("cp949",),
    "iso8859_1": ("cp1252", "iso8859_1"),
}
"""A name -> what such files are written in as a rule, widest use first."""
_CANDIDATES = frozenset(("shift_jis_2004", "cp932", "euc_jis_2004", "gb18030", "big5hkscs", "cp949", "cp1252"))
_PAIRED = frozenset(("gb18030", "big5hkscs", "cp949"))
_CYRILLIC = frozenset(("cp1251", "koi8-r"))
_SAMPLE = 16 << 10
"""Bytes that the detector sees."""
_SNIFFED = 8000
"""Bytes in which git, too, looks for a NUL."""


class Text(NamedTuple):
    """What a file says."""

    content: bytes
    """UTF-8, unless `charset` is "" and nothing tells what the bytes mean: then they are kept as they are."""
    charset: str
    """The codec that the file is written in; "" for UTF-8."""


def read_text(raw: bytes, declared: Callable[[], str] = str) -> Text | None:
    """Return the text of a file's bytes; None for a binary one.

    `declared` tells what the repository says it is written in, "" for nothing; asked only where UTF-8 does not fit.
    """
    for mark, charset in _MARKS:
        if raw.startswith(mark):
            content = _decoded(raw, charset)
            return None if content is None or b"\0" in content[:_SNIFFED] else Text(content, charset)
    binary = b"\0" in raw[:_SNIFFED]
    if not binary and (raw.isascii() or _is_utf_8(raw)):
        if b"\x1b$" in raw and (content := _decoded(raw, "iso2022_jp")):
            return Text(content, "iso2022_jp")
        return Text(_with_line_feeds(raw), "")
    for charset in _codecs(declared()):
        content = _decoded(raw, charset)
        if content is not None and b"\0" not in content:
            return Text(content, charset)
    if binary:
        return None
    for charset in (*_codecs(_own_word(raw)), *_detected(raw)):
        if (content := _decoded(raw, charset)) is not None:
            return Text(content, charset)
    return Text(_with_line_feeds(raw), "")


def text_as(raw: bytes, charset: str) -> bytes:
    """Return the text of bytes that `read_text` found to be written in `charset`; UnicodeError if they are not."""
    return _with_line_feeds(raw.decode(charset).encode("utf-8") if charset else raw)


def written_back(raw: bytes, charset: str, changes: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return a file's bytes with changes of its text made: (start, end, what stands there instead), in order.

    Start and end count in the text. What is not changed stays as it is, byte for byte; new lines end as the file's do.
    Raises UnicodeError for what the charset cannot say, and for a file in which places cannot be found again.
    """
    returns = len(_LONE_RETURN.findall(text := raw.decode(charset).encode("utf-8") if charset else raw))
    by_returns = returns > text.count(b"\n")
    pieces: list[bytes] = []
    at = at_raw = 0
    for start, end, new in changes:
        stays, goes = _own_bytes(text[at:start], charset), _own_bytes(text[start:end], charset)
        own = new.replace(b"\r\n", b"\n").replace(b"\n", b"\r") if by_returns else new
        middle, after = at_raw + len(stays), at_raw + len(stays) + len(goes)
        if charset and _texts(raw, charset, (at_raw, middle, after)) != [text[at:start], text[start:end]]:
            raise UnicodeError("places in its text cannot be found in its bytes")
        pieces += (raw[at_raw:middle], _own_bytes(own, charset))
        at, at_raw = end, after
    return b"".join((*pieces, raw[at_raw:]))


def _texts(raw: bytes, charset: str, bounds: tuple[int, ...]) -> list[bytes]:
    return [raw[start:end].decode(charset).encode("utf-8") for start, end in pairwise(bounds)]


def _own_bytes(text: bytes, charset: str) -> bytes:
    return text.decode("utf-8").encode(charset) if charset else text


def _decoded(raw: bytes, charset: str) -> bytes | None:
    try:
        return _with_line_feeds(raw.decode(charset).encode("utf-8"))
    except (UnicodeError, LookupError):
        return None


def _with_line_feeds(text: bytes) -> bytes:
    if b"\r" not in text or text.count(b"\r") == text.count(b"\r\n"):
        return text
    return _LONE_RETURN.sub(b"\n", text)


def _is_utf_8(raw: bytes, errors: str = "strict") -> bool:
    try:
        raw.decode("utf-8", errors)
    except UnicodeDecodeError:
        return False
    return True


def _codecs(name: str) -> tuple[str, ...]:
    """Return the codecs to try for a name that somebody wrote; none for what names no character set."""
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    if not _KNOWN.match(plain):
        return ()
    try:
        codec = codecs.lookup(plain).name.replace("-", "_")
    except LookupError:
        return ()
    if codec in ("utf_16", "utf_32"):  # without a mark: as most such files are
        return (codec.replace("_", "-") + "-le",)
    return _CODECS.get(codec, (codec,))


def _own_word(raw: bytes) -> str:
    head = raw[:1024]
    found = _DECLARED.search(head)
    name = found[1].decode("ascii") if found else ""
    return "" if re.match(r"utf[-_]?8", name, re.IGNORECASE) else name


def _detected(raw: bytes) -> tuple[str, ...]:
    """Return the codecs that bytes seem to be written in, likeliest first; none for UTF-8 with mistakes in it."""
    sample = _telling_lines(raw)
    read = sample.decode("utf-8", "surrogateescape")
    n_wrong = sum("\udc80" <= character <= "\udcff" for character in read)
    if n_wrong < sum(character > "\x7f" for character in read) - n_wrong or _is_utf_8(raw, "surrogatepass"):
        return ()
    import chardet

    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    candidates = _CANDIDATES
    if sum(n for n in runs if n > 2) > 0.6 * sum(runs):  # in western languages few such letters are neighbours
        candidates |= _CYRILLIC
    elif max(runs) == 1:  # in the Chinese and Korean ones most are
        candidates -= _PAIRED
    found = chardet.detect(sample, include_encodings=candidates, compat_names=False, max_bytes=_SAMPLE)["encoding"]
    return (*_codecs(found or ""), "cp1252")


def _telling_lines(raw: bytes) -> bytes:
    """Return a sample of the lines that are not ASCII: the others tell nothing and blur what these do."""
    lines: list[bytes] = []
    size = 0
    for line in raw.split(b"\n"):
        if not line.isascii():
            first = next(n for n, byte in enumerate(line) if byte > 0x7F)
            lines.append(line[max(0, first - 80) :][:_SAMPLE])
            size += len(lines[-1])
            if size >= _SAMPLE:
                break
    return b"".join(line + b"\n" for line in lines)
