"""A pack -> what fills its window, by file and level: rows for a terminal, a bar as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from repoagent.own_file import write_own

if TYPE_CHECKING:
    from repoagent_agents.packing.pack import Pack

COLOURS = {"full": "#2f6f9f", "part": "#7fb0d0", "signature": "#c98a2b", "outline": "#8a8a8a", "free": "#ececec"}
"""Level -> colour."""
_WIDTH, _BAR, _ROW = 960, 44, 18
_HEAD = '<svg xmlns="http://www.w3.org/2000/svg"'
_FONT = 'font-family="sans-serif" font-size="12"'


@dataclass(frozen=True, slots=True)
class Row:
    """What one file gives to the window at one level."""

    path: str
    level: str
    tokens: int
    n_pieces: int


def rows(pack: Pack) -> list[Row]:
    """In the order of the window; pieces of one file and level together."""
    found: dict[tuple[str, str], list[int]] = {}
    for piece in pack.pieces:
        name = "outline of other files" if piece.level == "outline" else piece.span.path
        found.setdefault((name, piece.level), []).append(piece.tokens)
    return [Row(path, level, sum(tokens), len(tokens)) for (path, level), tokens in found.items()]


def write_svg(path: Path, pack: Pack) -> None:
    """Write the picture to a file.

    Raises Refused where another file stands that is no picture, UsageError where none can be written.
    """
    write_own(path, svg(pack), "picture", "picture", lambda text: text.lstrip().startswith((_HEAD, "<?xml")))


def svg(pack: Pack) -> str:
    """One self-contained picture: the window as a bar, first token left, and a row for each file and level."""
    found = rows(pack)
    height = _BAR + 34 + _ROW * (len(found) + 1)
    parts = [
        f'{_HEAD} width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" {_FONT}>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="0" y="14">{pack.tokens:,} of {pack.budget:,} tokens</text>',
        f'<rect x="0" y="22" width="{_WIDTH}" height="{_BAR - 14}" fill="{COLOURS["free"]}"/>',
    ]
    parts += _bar(pack, found)
    for number, row in enumerate(found):
        y = _BAR + 30 + _ROW * number
        parts.append(f'<rect x="0" y="{y - 10}" width="12" height="12" fill="{COLOURS[row.level]}"/>')
        parts.append(f'<text x="18" y="{y}">{escape(_label(row))}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _bar(pack: Pack, found: Sequence[Row]) -> list[str]:
    parts, x = [], 0.0
    for row in found:
        width = _WIDTH * row.tokens / max(1, pack.budget)
        parts.append(
            f'<rect x="{x:.1f}" y="22" width="{width:.1f}" height="{_BAR - 14}" fill="{COLOURS[row.level]}" '
            f'stroke="#ffffff" stroke-width="0.5"><title>{escape(_label(row))}</title></rect>'
        )
        x += width
    return parts


def _label(row: Row) -> str:
    pieces = f", {row.n_pieces} pieces" if row.n_pieces > 1 else ""
    return f"{row.tokens:,}  {row.level}{pieces}  {row.path}".encode("utf-8", "replace").decode("utf-8")
