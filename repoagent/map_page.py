"""The map of a repository as one page for a browser: a treemap by size, coloured by importance, with symbols and links.

The page holds all it needs, loads nothing, and may run no script but its own (Content-Security-Policy).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from repoagent.own_file import write_own
from repoagent.visible import visible
from repoagent_indexers.ranking.importance import importance
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.roles import DOCUMENTATION, EXAMPLE, NAMES, SOURCE, TEST
from repoagent_indexers.words.path_words import below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repoagent_indexers.indexing.index import Index

MARK = '<meta name="generator" content="repoagent map">'
"""Stands in every such page, and in hardly any other file: one that lacks it is not written over."""
_SHOWN = (SOURCE, TEST, EXAMPLE, DOCUMENTATION)
_BINS = 8
_MOST_SYMBOLS, _MOST_LINKS, _MOST_NAMES = 80, 24, 4
"""Of one file; fewer where there are very many files, so that the page stays a few megabytes."""
_ALL_SYMBOLS, _ALL_LINKS = 100_000, 60_000
_MAX_DEFINERS = 6
"""A name defined in more files than this does not tell which is meant."""


def map_page(index: Index, title: str, roots: Sequence[str] = ()) -> str:
    """The page; only the files below the folders `roots`, if any."""
    template = files("repoagent").joinpath("map_page.html").read_text("utf-8")
    style, script = (
        _hash(re.search(pattern, template, re.DOTALL)[1])  # type: ignore[index]
        for pattern in ("<style>(.*?)</style>", "<script>(.*?)</script>")
    )
    data = json.dumps(_data(index, visible(title), roots), ensure_ascii=True, separators=(",", ":"))
    values = {
        "STYLE_HASH": style,
        "SCRIPT_HASH": script,
        "PAGE_TITLE": html.escape(visible(f"{title} - map")),
        "PAGE_DATA": data.replace("<", "\\u003c"),  # or a name could end the script that holds it
    }
    return re.sub("|".join(values), lambda found: values[found[0]], template)


def write_page(path: Path, page: str) -> None:
    """Write a page to a file. Raises Refused for one that is there and is no map, UsageError where none can be."""
    write_own(path, page, "map", "page", lambda text: MARK in text[:2000])


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class _Names:
    """Texts, each once."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self.numbers.setdefault(visible(text), len(self.numbers))


def _data(index: Index, title: str, roots: Sequence[str]) -> dict[str, Any]:
    catalogue = index.catalogue
    kept = np.flatnonzero((catalogue.blobs >= 0) & below(catalogue.paths, roots)).tolist()
    number = {position: n for n, position in enumerate(kept)}
    shares = importance(index)[kept]
    ranks = np.empty(len(kept), np.int64)
    ranks[np.argsort(-shares, kind="stable")] = np.arange(1, len(kept) + 1)
    bins = _bins(shares)
    names, languages = _Names(), _Names()
    users, used = _links(index, number)
    n_symbols = max(8, min(_MOST_SYMBOLS, _ALL_SYMBOLS // max(1, len(kept))))
    n_links = max(5, min(_MOST_LINKS, _ALL_LINKS // max(1, len(kept))))
    rows: list[list[Any]] = []
    for n, position in enumerate(kept):
        facts = index.facts(position)
        symbols, more = _symbols(facts, n_symbols, names) if facts else ([], 0)
        ends = [[_named(link, names) for link in links[n][:n_links]] for links in (users, used)]
        rest = [max(0, len(links[n]) - n_links) for links in (users, used)]
        rows.append(
            [
                visible(catalogue.paths[position]).replace("\n", "\\n"),
                int(catalogue.sizes[position]),
                int(bins[n]),
                int(ranks[n]),
                int(catalogue.roles[position]),
                languages.number(catalogue.languages[position]),
                symbols,
                *ends,
                [more, *rest],
            ]
        )
    return {
        "title": title,
        "roles": NAMES,
        "shown": _SHOWN,
        "languages": list(languages.numbers),
        "kinds": SYMBOL_KINDS,
        "names": list(names.numbers),
        "left_out": len(catalogue.paths) - int((catalogue.blobs >= 0).sum()),
        "files": rows,
    }


def _bins(shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Shares -> 0 to 7, evenly by their logarithms: a few files hold most of what there is."""
    logs = np.log(np.maximum(shares, 1e-12))
    width = float(np.ptp(logs)) if len(logs) else 0.0
    scaled = (logs - logs.min()) / width if width else np.zeros(len(logs))
    found: NDArray[np.int64] = np.minimum(_BINS - 1, (_BINS * scaled).astype(np.int64))
    return found


def _symbols(facts: Facts, most: int, names: _Names) -> tuple[list[list[int]], int]:
    """Kind, name, line and depth of a file's first symbols, and how many are left out."""
    rows: list[list[int]] = []
    depths: list[int] = []
    for at in range(0, len(facts.symbols), SYMBOL_WIDTH):
        kind, name, _, _, _, parent, _, _, line, *_ = facts.symbols[at : at + SYMBOL_WIDTH]
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
        rows.append([kind, name, line, depths[-1]])
    if len(rows) > most:  # the outer ones say more
        allowed = sorted(row[3] for row in rows)[most - 1]
        rows = [row for row in rows if row[3] <= allowed]
    shown = rows[:most]
    return [[kind, names.number(facts.strings[name]), *rest] for kind, name, *rest in shown], len(depths) - len(shown)


_Link = tuple[int, dict[str, float]]
"""A file, and the names by which it is linked -> how much each tells."""


def _named(link: _Link, names: _Names) -> list[Any]:
    telling = sorted(link[1], key=lambda name: (-link[1][name], name))
    return [link[0], [names.number(name) for name in telling[:_MOST_NAMES]]]


def _links(index: Index, number: dict[int, int]) -> tuple[list[list[_Link]], list[list[_Link]]]:
    """For each file those that use it, and those that it uses, with the names; the closest first.

    A link is a name that one file defines and the other uses: the fewer files use it, the more it tells.
    """
    users: list[dict[int, dict[str, float]]] = [{} for _ in number]
    used: list[dict[int, dict[str, float]]] = [{} for _ in number]
    definers: dict[str, set[int]] = {}
    for key, pairs in index.items("d"):
        places = {number[at] for blob in set(pairs[:, 0].tolist()) for at in index.positions_of(blob) if at in number}
        if 0 < len(places) <= _MAX_DEFINERS:
            definers[key[1:]] = places
    for key, pairs in index.items("r"):
        name = key[1:]
        owners = definers.get(name.casefold(), ())
        using = {number[at] for blob in pairs[:, 0].tolist() for at in index.positions_of(blob) if at in number}
        weight = 1.0 / (1 + len(using)) / max(1, len(owners))
        for definer in owners:
            for user in using - {definer}:
                users[definer].setdefault(user, {})[name] = weight
                used[user].setdefault(definer, {})[name] = weight
    return tuple([_closest(links) for links in side] for side in (users, used))  # type: ignore[return-value]


def _closest(links: dict[int, dict[str, float]]) -> list[_Link]:
    return sorted(links.items(), key=lambda link: (-sum(link[1].values()), link[0]))
