"""Curves on two logarithmic axes as SVG, readable on a light and on a dark page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 500, 430
"""Of one panel, labels included."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 158, 44, 48
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#8064a2")
"""Told apart by colour-blind readers (after Okabe and Ito), and on both grounds."""
_STYLE = """
  text { fill: #24292f; font: 12px system-ui, sans-serif; }
  .title { font-weight: 600; font-size: 14px; }
  .ground { fill: #ffffff; }
  .grid { stroke: #d8dee4; }
  .guide { stroke: #57606a; stroke-dasharray: 2 4; }
  .curve { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .ground { fill: #0d1117; } .grid { stroke: #30363d; } .guide { stroke: #8b949e; }
  }
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """Some curves over the same x."""

    title: str
    x_label: str
    curves: dict[str, list[tuple[float, float]]]
    """Name -> points; all values above 0, x ascending."""


def svg(panels: Sequence[Panel]) -> str:
    """The panels side by side. A dotted line in each grows exactly as x does."""
    width = WIDTH * len(panels)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{HEIGHT}"/>',
    ]
    for number, panel in enumerate(panels):
        lines += [f'<g transform="translate({WIDTH * number} 0)">', *_panel(panel), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


def _panel(panel: Panel) -> Iterator[str]:
    points = [point for curve in panel.curves.values() for point in curve]
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    x_low, x_high = x_low / 1.3, x_high * 1.3
    y_low, y_high = min(y for _, y in points) / 1.5, max(y for _, y in points) * 1.5
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def across(x: float) -> float:
        return _LEFT + (right - _LEFT) * math.log(x / x_low) / math.log(x_high / x_low)

    def down(y: float) -> float:
        return bottom - (bottom - _TOP) * math.log(y / y_low) / math.log(y_high / y_low)

    yield f'<text class="title" x="{_LEFT}" y="24">{escape(panel.title)}</text>'
    for x in _ticks(x_low, x_high):
        yield f'<path class="grid" d="M{across(x):.1f} {_TOP}V{bottom}"/>'
        yield f'<text x="{across(x):.1f}" y="{bottom + 18}" text-anchor="middle">{_short(x)}</text>'
    for y in _ticks(y_low, y_high):
        yield f'<path class="grid" d="M{_LEFT} {down(y):.1f}H{right}"/>'
        yield f'<text x="{_LEFT - 6}" y="{down(y) + 4:.1f}" text-anchor="end">{_short(y)}</text>'
    yield f'<text x="{(_LEFT + right) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(panel.x_label)}</text>'
    span = min(x_high / x_low, y_high / y_low)
    yield f'<path class="guide" d="M{_LEFT} {bottom}L{across(x_low * span):.1f} {down(y_low * span):.1f}"/>'
    ends = _apart([down(curve[-1][1]) for curve in panel.curves.values()])
    for (name, curve), end, colour in zip(panel.curves.items(), ends, _COLOURS, strict=False):
        places = [(across(x), down(y)) for x, y in curve]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path class="curve" stroke="{colour}" d="M{path}"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places)
        x, y = places[-1]
        yield f'<path stroke="{colour}" opacity=".5" d="M{x:.1f} {y:.1f}L{right + 8} {end:.1f}"/>'
        yield f'<text x="{right + 12}" y="{end + 4:.1f}">{escape(name)}</text>'


def _ticks(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def _short(value: float) -> str:
    for unit, name in ((1e6, "M"), (1e3, "K")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def _apart(heights: list[float], least: float = 15) -> list[float]:
    """The same heights, moved as little as keeps labels from lying on each other."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed = [heights[at] for at in order]
    for _ in range(200):
        for at in range(1, len(placed)):
            lacking = least - (placed[at] - placed[at - 1])
            if lacking > 0:
                placed[at - 1] -= lacking / 2
                placed[at] += lacking / 2
    found = [0.0] * len(heights)
    for at, height in zip(order, placed, strict=True):
        found[at] = height
    return found
