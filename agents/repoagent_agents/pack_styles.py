"""How the parts of a pack are written: as Markdown, as tags, or as plain text.

Content stands in every style byte for byte as in its file; what is around it is chosen so that nothing inside the
content can end it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from repoagent_indexers.source import Span

_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Body:
    """A stretch of code to be written."""

    span: Span
    language: str
    content: str
    around: str
    """The header of what encloses it, where that is not shown; "" for nothing."""
    until: int | None
    """The line to which the whole goes of which this is the first part; None for a whole."""


@dataclass(frozen=True, slots=True)
class Style:
    """A way of writing packs."""

    body: Callable[[Body], str]
    section: Callable[[str, str], str]
    """(title, lines) -> text"""


def _markdown(body: Body) -> str:
    """A fenced stretch of code under its place; the fence is longer than any inside."""
    fence = "`" * max([3, *(len(found) + 1 for found in _FENCE.findall(body.content))])
    around = f"# in {body.around}\n" if body.around else ""
    return f"{around}# {body.span}\n{fence}{body.language}\n{_ended(body)}{fence}\n\n"


def _xml(body: Body) -> str:
    """An element with its place; the name of the element is one that the content does not close."""
    name, n = "code", 1
    while f"</{name}>" in body.content:
        n += 1
        name = f"code{n}"
    span = body.span
    attributes = f'path="{escape(span.path)}" lines="{span.start_line}-{span.end_line}" language="{body.language}"'
    around = f' in="{escape(body.around)}"' if body.around else ""
    return f"<{name} {attributes}{around}>\n{_ended(body)}</{name}>\n"


def _plain(body: Body) -> str:
    around = f" (in {body.around})" if body.around else ""
    return f"== {body.span}{around} ==\n{_ended(body)}\n"


def _ended(body: Body) -> str:
    content = body.content if body.content.endswith("\n") else body.content + "\n"
    return content if body.until is None else f"{content}... to line {body.until}\n"


def _element(title: str, lines: str) -> str:
    name = title.split(maxsplit=1)[0].lower()
    return f"<{name}>\n{lines}</{name}>\n"


STYLES = {
    "markdown": Style(_markdown, lambda title, lines: f"# {title}\n{lines}\n"),
    "xml": Style(_xml, _element),
    "plain": Style(_plain, lambda title, lines: f"== {title} ==\n{lines}\n"),
}
"""By name."""
