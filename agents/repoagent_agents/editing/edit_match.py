"""Where a quoted text stands in a file: exactly, or shifted sideways as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLACEHOLDER = re.compile(
    r"^\s*(?:#|//|--|/\*|<!--|;|%)\s*(?:\.\.\.|…)\s*(?:\*/|-->)?\s*$"
    r"|^\s*(?:#|//|--|/\*|<!--|;|%)?\s*(?:\.\.\.|…)\s*[(\[]?\s*(?:the )?(?:rest|existing|remaining|other|same|"
    r"unchanged|previous|omitted|more|keep)\b.*$"
    r"|^\s*(?:#|//|--|/\*)\s*(?:the )?(?:rest of|existing code|remaining code|unchanged|same as before|code omitted)"
    r"\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that stands for code which somebody did not write out."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text was found."""

    start_byte: int
    end_byte: int
    line: int
    """1-based, of its start."""
    add: str = ""
    """Indentation that the file has and the quoted text lacks, in every line."""
    remove: str = ""
    """Indentation that the quoted text has and the file lacks, in every line."""
    whole_lines: bool = True
    """It begins at the start of a line and ends with the end of one."""


def find(content: bytes, text: str) -> list[Place]:
    """Return every place where the lines of `text` stand; nothing for a blank text.

    In the first way that finds any: exactly; but for spaces at line ends; with the same indentation added to every
    line, or taken from it; without the blank lines around the text; but for blank lines; as a part of one line, between
    word boundaries.
    """
    wanted = text.replace("\r\n", "\n").split("\n")
    if wanted and not wanted[-1]:
        wanted.pop()
    if not "".join(wanted).strip():
        return [Place(0, 0, 1)] if not content.strip() and not content else []
    have = lines_of(content)
    texts = [line.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in have]
    if places := _lines(texts, have, wanted):
        return places
    core = _without_blank_ends(wanted)
    if len(core) < len(wanted) and (places := _lines(texts, have, core)):
        return places
    if len(core) > 1 and (places := _but_for_blank_lines(texts, have, core)):
        return places
    return _fragment(content, core[0].strip()) if len(core) == 1 else []


def fitted(content: bytes, place: Place, text: str) -> bytes:
    """Return `text` as it must stand at `place`: indented as the file is, with the file's line ends."""
    text = text.replace("\r\n", "\n")
    text = text.removesuffix("\n")
    ends_line = place.end_byte == place.start_byte or content[place.end_byte - 1 : place.end_byte] == b"\n"
    if place.whole_lines and text and ends_line:
        text += "\n"
    lines = text.split("\n")
    if place.remove:
        lines = [line.removeprefix(place.remove) if line.strip() else line for line in lines]
    if place.add:
        first = 0 if place.whole_lines else 1  # what is before a place inside a line stays there
        lines = [place.add + line if line.strip() and n >= first else line for n, line in enumerate(lines)]
    n_crlf = content.count(b"\r\n")
    end = "\r\n" if n_crlf and 2 * n_crlf > content.count(b"\n") else "\n"
    return end.join(lines).encode("utf-8", "surrogateescape")


def trimmed(content: bytes, start: int, end: int, new: bytes) -> tuple[int, int, bytes]:
    """Return the same replacement without the lines at both ends that it leaves as they are."""
    olds, news = lines_of(content[start:end]), lines_of(new)
    while olds and news and olds[0] == news[0]:
        start += len(olds[0])
        del olds[0], news[0]
    while olds and news and olds[-1] == news[-1]:
        end -= len(olds[-1])
        del olds[-1], news[-1]
    return start, end, b"".join(news)


def lines_of(content: bytes) -> list[bytes]:
    """Return the lines with their ends; joined they are `content`."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _lines(texts: list[str], have: list[bytes], wanted: list[str]) -> list[Place]:
    """Return the places of whole lines, in the first of three ways that finds any."""
    bare = [line.rstrip() for line in wanted]
    stripped = [line.strip() for line in wanted]
    known = [line.strip() for line in texts]
    first = next(n for n, line in enumerate(stripped) if line)
    starts = [
        n - first
        for n, line in enumerate(known)
        if line == stripped[first] and n >= first and known[n - first : n - first + len(wanted)] == stripped
    ]
    shifts = {start: _shift(texts[start : start + len(wanted)], bare) for start in starts}
    ways = (
        [start for start in starts if texts[start : start + len(wanted)] == wanted],
        [start for start in starts if shifts[start] == ("", "")],
        [start for start in starts if shifts[start] is not None],
    )
    chosen = next((way for way in ways if way), [])
    offsets = [0]
    for line in have:
        offsets.append(offsets[-1] + len(line))
    places = []
    for start in chosen:
        add, remove = shifts[start] or ("", "")
        places.append(Place(offsets[start], offsets[start + len(wanted)], start + 1, add=add, remove=remove))
    return places


def _but_for_blank_lines(texts: list[str], have: list[bytes], wanted: list[str]) -> list[Place]:
    """Return the places of whole lines between which blank ones may stand or be missing."""
    full = [number for number, line in enumerate(texts) if line.strip()]
    ends = [0]
    for line in have:
        ends.append(ends[-1] + len(line))
    squeezed = [texts[number] for number in full]
    lines = [line for line in wanted if line.strip()]
    places = []
    for found in _lines(squeezed, [f"{line}\n".encode("utf-8", "surrogateescape") for line in squeezed], lines):
        first, last = full[found.line - 1], full[found.line + len(lines) - 2]
        places.append(Place(ends[first], ends[last + 1], first + 1, add=found.add, remove=found.remove))
    return places


def _shift(have: list[str], wanted: list[str]) -> tuple[str, str] | None:
    """Return what must be added to, or removed from, the front of every line of `wanted`; None when it differs."""
    shift: tuple[str, str] | None = None
    for line, quoted in zip(have, wanted, strict=True):
        if not quoted.strip():
            continue
        inner, outer = line[: len(line) - len(line.lstrip())], quoted[: len(quoted) - len(quoted.lstrip())]
        if inner.endswith(outer):
            this = (inner[: len(inner) - len(outer)], "")
        elif outer.endswith(inner):
            this = ("", outer[: len(outer) - len(inner)])
        else:
            return None
        if shift is not None and this != shift:
            return None
        shift = this
    return shift


def _without_blank_ends(lines: list[str]) -> list[str]:
    full = [n for n, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1]


def _fragment(content: bytes, text: str) -> list[Place]:
    pattern = re.escape(text.encode("utf-8", "surrogateescape"))
    head = rb"(?<![\w$])" if re.match(r"\w", text) else b""
    tail = rb"(?![\w$])" if re.search(r"\w$", text) else b""
    return [
        Place(found.start(), found.end(), content.count(b"\n", 0, found.start()) + 1, whole_lines=False)
        for found in re.finditer(head + pattern + tail, content)
    ]
