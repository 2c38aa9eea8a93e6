"""How the parts of a pack are written: as Markdown, as tags, or as plain text.

Content stands in every style byte for byte as in its file; what is around it is chosen so that nothing inside the
content can end it. A file comes once: where lines are left out, a line of its own says which lines follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines of a file that are shown without a gap."""

    first: int
    """1-based line."""
    last: int
    content: str
    around: str
    """The header of what encloses it, where that is not shown; "" for nothing."""
    until: int | None
    """The line to which the whole goes of which this is the first part; None for a whole."""

    @property
    def lines(self) -> str:
        """As in "12-30"."""
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Body:
    """What is shown of one file."""

    path: str
    language: str
    stretches: tuple[Stretch, ...]
    """In order; at least one."""

    @property
    def content(self) -> str:
        """The stretches; before each but the first a line says which lines follow."""
        parts = []
        for number, stretch in enumerate(self.stretches):
            if number:
                around = f", in {stretch.around}" if stretch.around else ""
                parts.append(f"... lines {stretch.lines}{around}\n")
            parts.append(stretch.content if stretch.content.endswith("\n") else stretch.content + "\n")
        if (until := self.stretches[-1].until) is not None:
            parts.append(f"... to line {until}\n")
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Style:
    """A way of writing packs."""

    body: Callable[[Body], str]
    section: Callable[[str, str], str]
    """(title, lines) -> text"""


def _markdown(body: Body) -> str:
    """A fenced stretch of code under its place; the fence is longer than any inside."""
    content, head = body.content, body.stretches[0]
    fence = "`" * max([3, *(len(found) + 1 for found in _FENCE.findall(content))])
    around = f"# in {head.around}\n" if head.around else ""
    return f"{around}# {body.path}:{head.lines}\n{fence}{body.language}\n{content}{fence}\n\n"


def _xml(body: Body) -> str:
    """An element with its place; the name of the element is one that the content does not close."""
    name, n, content, head = "code", 1, body.content, body.stretches[0]
    while f"</{name}>" in content:
        n += 1
        name = f"code{n}"
    attributes = f'path="{escape(body.path)}" lines="{head.lines}" language="{body.language}"'
    around = f' in="{escape(head.around)}"' if head.around else ""
    return f"<{name} {attributes}{around}>\n{content}</{name}>\n"


def _plain(body: Body) -> str:
    head = body.stretches[0]
    around = f" (in {head.around})" if head.around else ""
    return f"== {body.path}:{head.lines}{around} ==\n{body.content}\n"


def _element(title: str, lines: str) -> str:
    name = title.split(maxsplit=1)[0].lower()
    return f"<{name}>\n{lines}</{name}>\n"


STYLES = {
    "markdown": Style(_markdown, lambda title, lines: f"# {title}\n{lines}\n"),
    "xml": Style(_xml, _element),
    "plain": Style(_plain, lambda title, lines: f"== {title} ==\n{lines}\n"),
}
"""By name."""
