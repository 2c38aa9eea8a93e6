"""Hits + budget -> Pack: the part of a repository that a question is about, for a window of so many tokens.

Full bodies first, then the signatures and documentation of what they touch, then an outline of the rest. In the text
the order is the reverse: the outline stands first and the best evidence last, next to the question, because a model
reads the end of a long window best.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from repoagent_agents.outline import is_outlined, outline
from repoagent_indexers.errors import UsageError
from repoagent_indexers.facts import REFERENCE_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.index import Index
from repoagent_indexers.retrieve import search
from repoagent_indexers.source import Hit, Span, Symbol
from repoagent_indexers.tokens import estimate

Count = Callable[[str], int]
"""Tokens of a text."""

MIN_BUDGET = 64
BODY_SHARE, SIGNATURE_SHARE = 0.72, 0.9
"""Bodies may fill the first share of a budget, signatures go up to the second, the outline takes what is left."""
_GAP = 3
"""Pieces of one file this few lines apart are shown as one."""
_LARGEST = 0.4
"""Of the budget: a longer body is cut."""
_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a pack."""

    span: Span
    level: str
    """"full": every line; "part": its first lines; "signature": header and documentation; "outline": names."""
    tokens: int
    reason: str
    """Why it is there, for a person."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A filled window. `tokens` never exceeds `budget`."""

    budget: int
    tokens: int
    pieces: tuple[Piece, ...]
    """In the order of the text."""
    text: str
    left_out: tuple[Span, ...]
    """Hits for which no room was left, best first."""


def pack(
    index: Index,
    question: str,
    budget: int,
    count: Count = estimate,
    *,
    roots: Sequence[str] = (),
    hits: Sequence[Hit] | None = None,
) -> Pack:
    """What fits into `budget` tokens, as `count` counts them, for a question; `hits` spares a search made before.

    Raises UsageError for a budget in which nothing could stand.
    """
    if budget < MIN_BUDGET:
        raise UsageError(f"a budget of {budget} tokens holds nothing; give at least {MIN_BUDGET}")
    if hits is None:
        hits = search(index, question, limit=max(10, min(400, budget // 120)), roots=roots)
    draft = _Draft(index, budget, count)
    draft.add_bodies(hits)
    draft.add_signatures(hits)
    draft.add_outline(roots)
    return draft.finish()


@dataclass(slots=True)
class _Block:
    """Text for one span, not yet placed."""

    piece: Piece
    text: str
    rank: int
    """0 for the best hit."""


@dataclass(slots=True)
class _Draft:
    """A pack in the making."""

    index: Index
    budget: int
    count: Count
    bodies: list[_Block] = field(default_factory=list)
    signatures: list[_Block] = field(default_factory=list)
    head: _Block | None = None
    left_out: list[Span] = field(default_factory=list)
    used: int = 0

    def add_bodies(self, hits: Sequence[Hit]) -> None:
        """Full text of the hits, best first, as far as their share of the budget goes."""
        room = int(self.budget * BODY_SHARE)
        for rank, hit in enumerate(hits):
            block = self._body(hit, rank, room)
            if block is None:
                self.left_out.append(hit.span)
                continue
            self.bodies.append(block)
            self.used += block.piece.tokens

    def _body(self, hit: Hit, rank: int, room: int) -> _Block | None:
        source = self.index.source(hit.span.path)
        if source is None:
            return None
        span = whole_lines(hit.span, source.content)
        content = source.content[span.start_byte : span.end_byte].decode("utf-8", "replace")
        reason = "answers: " + ", ".join(
            name for name, share in sorted(hit.parts.items(), key=lambda part: -part[1])[:3] if share > 0
        )
        text = _body_text(span, source.language, content)
        tokens = self.count(text)
        level = "full"
        limit = min(room - self.used, max(int(self.budget * _LARGEST), 200))
        if tokens > limit:
            kept = _first_lines(content, limit / tokens * 0.9)
            if not kept or limit < 48:
                return None
            last = span.start_line + kept.count("\n") - 1
            level = "part"
            span = replace(span, end_line=last, end_byte=span.start_byte + len(kept.encode("utf-8", "replace")))
            text = _body_text(span, source.language, kept, f"... to line {hit.span.end_line}\n")
            tokens = self.count(text)
            if self.used + tokens > room:
                return None
        return _Block(Piece(span, level, tokens, reason), text, rank)

    def add_signatures(self, hits: Sequence[Hit]) -> None:
        """Headers and documentation of what the bodies call, extend, and are called by."""
        room = int(self.budget * SIGNATURE_SHARE)
        shown = [block.piece.span for block in self.bodies]
        for rank, (symbol, reason) in enumerate(_neighbours(self.index, hits[: len(self.bodies)])):
            if any(_covers(span, symbol.span) for span in shown):
                continue
            text = _signature_text(symbol)
            tokens = self.count(text)
            if self.used + tokens > room:
                break
            shown.append(symbol.span)
            self.signatures.append(_Block(Piece(symbol.span, "signature", tokens, reason), text, rank))
            self.used += tokens

    def add_outline(self, roots: Sequence[str]) -> None:
        """Names of the rest, with what is left of the budget."""
        title = "# Outline of the repository\n"
        room = self.budget - self.used - self.count(title) - 16 * len({b.piece.span.path for b in self.signatures}) - 24
        if room < 60:
            return
        rest = outline(
            self.index, room, self.count, roots=roots, without={block.piece.span.path for block in self.bodies}
        )
        if rest.files:
            first = rest.files[0]
            span = Span(first.path, 0, 0, first.symbols[0].line, first.symbols[-1].line)
            piece = Piece(span, "outline", rest.tokens, f"{len(rest.files)} files the rest leans on")
            self.head = _Block(piece, f"{title}{rest.text}\n", 0)

    def finish(self) -> Pack:
        """The pack, cut until it is within its budget whatever the sum of its parts came to."""
        while True:
            text, pieces = self._assemble()
            tokens = self.count(text)
            if tokens <= self.budget:
                return Pack(self.budget, tokens, tuple(pieces), text, tuple(self.left_out))
            if self.head is not None:
                self.head = None
            elif self.signatures:
                self.signatures.pop()
            else:
                self.left_out.insert(0, self.bodies.pop().piece.span)

    def _assemble(self) -> tuple[str, list[Piece]]:
        parts: list[str] = []
        pieces: list[Piece] = []
        if self.head is not None:
            parts.append(self.head.text)
            pieces.append(self.head.piece)
        if self.signatures:
            parts.append("# Signatures that the code below touches\n")
            for path, blocks in _by_file(self.signatures):
                parts.append(f"{path}\n")
                parts += [block.text for block in blocks]
                pieces += [block.piece for block in blocks]
            parts.append("\n")
        for _, blocks in reversed(list(_by_file(self.bodies))):
            parts += [block.text for block in blocks]
            pieces += [block.piece for block in blocks]
        return "".join(parts), pieces


def _by_file(blocks: Iterable[_Block]) -> Iterator[tuple[str, list[_Block]]]:
    """Blocks of one file together in order of their lines; files in order of their best block."""
    files: dict[str, list[_Block]] = {}
    for block in sorted(blocks, key=lambda block: block.rank):
        files.setdefault(block.piece.span.path, []).append(block)
    for path, found in files.items():
        yield path, sorted(found, key=lambda block: block.piece.span.start_line)


def _body_text(span: Span, language: str, content: str, more: str = "") -> str:
    """A fenced stretch of code under its place; the fence is longer than any inside."""
    fence = "`" * max([3, *(len(found) + 1 for found in _FENCE.findall(content))])
    if not content.endswith("\n"):
        content += "\n"
    return f"# {span}\n{fence}{language}\n{content}{more}{fence}\n\n"


def whole_lines(span: Span, content: bytes) -> Span:
    """A span widened to the start of its first line."""
    return replace(span, start_byte=content.rfind(b"\n", 0, span.start_byte) + 1)


def _first_lines(content: str, share: float) -> str:
    """As many whole lines from the start as make up a share of the text."""
    cut = content.rfind("\n", 0, int(len(content) * share))
    return content[: cut + 1]


def _signature_text(symbol: Symbol) -> str:
    doc = symbol.doc.split("\n\n", 1)[0].replace("\n", " ")
    if len(doc) > 160:
        doc = doc[:157] + "..."
    return f"  {symbol.span.start_line}: {symbol.signature}" + (f"  # {doc}\n" if doc else "\n")


def _covers(outer: Span, inner: Span) -> bool:
    return outer.path == inner.path and outer.start_line <= inner.start_line <= outer.end_line


def _neighbours(index: Index, hits: Sequence[Hit]) -> Iterator[tuple[Symbol, str]]:
    """Symbols that the hits use, then those that use the hits; each once, nearest to the best hit first."""
    seen: set[tuple[str, int]] = set()
    for use in (_callees, _callers):
        for hit in hits:
            for symbol, reason in use(index, hit):
                key = (symbol.span.path, symbol.span.start_byte)
                if key not in seen:
                    seen.add(key)
                    yield symbol, reason


def _callees(index: Index, hit: Hit) -> Iterator[tuple[Symbol, str]]:
    position = index.position(hit.span.path)
    facts = index.facts(position) if position is not None else None
    if facts is None:
        return
    name_of = hit.symbol.name if hit.symbol else hit.span.path
    for name in used_names(facts, hit.span):
        places = index.definitions(name)
        same_file = [place for place in places if place[0] == position]
        for place, symbol in (same_file or places)[:2] if len(places) <= 4 or same_file else ():
            found = index.facts(place)
            if found is not None and found.symbol_name(symbol) == name and is_outlined(found, symbol):
                yield found.symbol(symbol, index.catalogue.paths[place]), f"used by {name_of}"


def used_names(facts: Facts, span: Span) -> list[str]:
    """Names that a stretch of a file uses, in order, each once."""
    rows, strings = facts.references, facts.strings
    names: dict[str, None] = {}
    for at in range(0, len(rows), REFERENCE_WIDTH):
        if span.start_byte <= rows[at + 4] < span.end_byte:
            names[strings[rows[at + 1]]] = None
    return list(names)


def _callers(index: Index, hit: Hit) -> Iterator[tuple[Symbol, str]]:
    if hit.symbol is None or len(index.definitions(hit.symbol.name)) > 4:
        return
    for symbol in callers(index, hit.symbol, limit=4):
        yield symbol, f"uses {hit.symbol.name}"


def callers(index: Index, symbol: Symbol, limit: int) -> list[Symbol]:
    """Symbols whose bodies use a symbol's name, source before tests; by name only."""
    found: list[Symbol] = []
    for position, _ in sorted(index.users(symbol.name), key=lambda user: (index.catalogue.roles[user[0]], user[0])):
        facts = index.facts(position)
        if facts is None or symbol.name not in facts.strings:
            continue
        path = index.catalogue.paths[position]
        name = facts.strings.index(symbol.name)
        rows = facts.references
        owners = {rows[at + 5] for at in range(0, len(rows), REFERENCE_WIDTH) if rows[at + 1] == name}
        for owner in sorted(owner for owner in owners if owner >= 0):
            start = facts.symbols[owner * SYMBOL_WIDTH + 6]
            if path == symbol.span.path and start == symbol.span.start_byte:
                continue
            found.append(facts.symbol(owner, path))
            if len(found) >= limit:
                return found
    return found
