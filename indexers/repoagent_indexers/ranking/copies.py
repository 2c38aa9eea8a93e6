"""Hits whose text stands in several files: one header made of many, vendored code, a page of each version.

One of them is enough, and says where else it stands: the first, but the original where that is made of others.
"""

from __future__ import annotations

from dataclasses import replace

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.source import Hit, Span

_MIN_LINES = 3
"""What is shorter may be the same by chance: it is compared with a line before and one behind."""
_MADE_OF_OTHERS = 4
"""How many times as large as another's file one is that is taken for made of such files."""


class Copies:
    """The hits of one search so far, by what their text looks like."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._contents: dict[str, bytes] = {}
        self._texts: dict[Span, bytes] = {}
        self._alike: dict[tuple[str, int], list[int]] = {}
        """Name of the symbol and number of lines -> positions of hits."""

    def has(self, hit: Hit, found: list[Hit]) -> bool:
        """Whether a hit only repeats the text of one in `found`, which then stands for both; else it is to be added.

        What stands for both keeps the score of the first, which is the better one.
        """
        n_lines = hit.span.end_line - hit.span.start_line + 1
        alike = self._alike.setdefault((hit.symbol.name if hit.symbol else "", n_lines), [])
        for at in alike:
            first = found[at]
            if first.span.path != hit.span.path and self._text(first.span) == self._text(hit.span):
                found[at] = self._of_both(first, hit)
                return True
        alike.append(len(found))
        return False

    def with_whole_files(self, hit: Hit) -> Hit:
        """The hit with the files that are the same as one of its own from end to end: the index has them once."""
        twins = [span for one in (hit.span, *hit.copies) for span in self._in_same_files(one)]
        return replace(hit, copies=(*hit.copies, *twins))

    def _in_same_files(self, span: Span) -> list[Span]:
        catalogue, at = self._index.catalogue, self._index.position(span.path)
        positions = self._index.positions_of(int(catalogue.blobs[at])) if at is not None else ()
        return [replace(span, path=catalogue.paths[each]) for each in positions if each != at]

    def _of_both(self, first: Hit, hit: Hit) -> Hit:
        if len(self._content(first.span.path)) >= _MADE_OF_OTHERS * len(self._content(hit.span.path)):
            return replace(first, span=hit.span, symbol=hit.symbol, copies=(first.span, *first.copies))
        return replace(first, copies=(*first.copies, hit.span))

    def _text(self, span: Span) -> bytes:
        if span not in self._texts:
            self._texts[span] = self._without_margins(span)
        return self._texts[span]

    def _without_margins(self, span: Span) -> bytes:
        """One copy may stand deeper than the other."""
        content, start, end = self._content(span.path), span.start_byte, span.end_byte
        if span.end_line - span.start_line + 1 < _MIN_LINES:
            start = content.rfind(b"\n", 0, max(0, content.rfind(b"\n", 0, start))) + 1
            end = content.find(b"\n", content.find(b"\n", end) + 1)
        return b"\n".join(line.strip() for line in content[start : end if end >= 0 else None].split(b"\n"))

    def _content(self, path: str) -> bytes:
        if path not in self._contents:
            source = self._index.source(path)
            self._contents[path] = source.content if source is not None else b""
        return self._contents[path]
