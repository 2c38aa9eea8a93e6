"""Hits + budget -> Pack: the part of a repository that a question is about, for a window of so many tokens.

Full bodies first, then the signatures and documentation of what they touch, then an outline of the rest. In the text
the order is the reverse: the outline stands first and the best evidence last, next to the question, because a model
reads the end of a long window best.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from repoagent_agents.outline import is_outlined, outline
from repoagent_agents.pack_styles import STYLES, Body, Style
from repoagent_indexers.errors import UsageError
from repoagent_indexers.facts import IMPORT_WIDTH, REFERENCE_WIDTH, SYMBOL_WIDTH, Facts
from repoagent_indexers.index import Index
from repoagent_indexers.languages import family
from repoagent_indexers.retrieve import search
from repoagent_indexers.source import Hit, SourceFile, Span, Symbol
from repoagent_indexers.tokens import estimate

Count = Callable[[str], int]
"""Tokens of a text."""

MIN_BUDGET = 64
BODY_SHARE, SIGNATURE_SHARE = 0.72, 0.9
"""Bodies may fill the first share of a budget, signatures go up to the second, the outline takes what is left."""
MAX_REST = 6000
"""Tokens beyond which signatures and outline do not grow: a large window is for code."""
_GAP = 3
"""Pieces of one file this few lines apart are shown as one."""
_LARGEST = 0.4
"""Of the budget: a longer body is cut."""
_MOST = 0.6
"""A file of which this much stands in the pack is shown whole where it fits."""
_HEADER = 14
"""Tokens of a place and of the fences around a body, beside its path."""
_LEANING = 60
"""Hits whose neighbours are shown by signature."""
_IMPORTS_FROM = 8000
"""The budget from which the imports of the best files are shown with their bodies."""
_NEWLINE = re.compile(rb"\n")


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
    style: str = "markdown",
) -> Pack:
    """What fits into `budget` tokens, as `count` counts them, for a question; `hits` spares a search made before.

    `style` is one of `pack_styles.STYLES`. Raises UsageError for a budget in which nothing could stand.
    """
    if budget < MIN_BUDGET:
        raise UsageError(f"a budget of {budget} tokens holds nothing; give at least {MIN_BUDGET}")
    if hits is None:
        hits = search(index, question, limit=n_hits(budget), roots=roots, spread=False)
    draft = _Draft(index, budget, count, STYLES[style])
    draft.add_bodies(hits)
    draft.add_signatures(hits)
    draft.add_outline(roots)
    return draft.finish()


def n_hits(budget: int) -> int:
    """How many hits a pack of a budget may have use for."""
    return max(20, min(1500, budget // 60))


@dataclass(slots=True)
class _Block:
    """Text for one span, not yet placed."""

    piece: Piece
    text: str
    rank: int
    """0 for the best hit."""


class _File:
    """A file whose lines are taken into a pack."""

    def __init__(self, source: SourceFile, facts: Facts, count: Count) -> None:
        self.path, self.language, self.content, self.facts = source.path, source.language, source.content, facts
        self.starts = [0, *(found.end() for found in _NEWLINE.finditer(source.content))]
        if self.starts[-1] != len(source.content):
            self.starts.append(len(source.content))
        self.n_lines = len(self.starts) - 1
        self.tokens = count(source.content.decode("utf-8", "replace"))
        self.taken = bytearray(self.n_lines + 2)
        """By 1-based line: whether it is shown."""
        self.cuts: dict[int, int] = {}
        """Last line of a body that was cut -> last line of the whole."""
        self.rank = 1 << 30

    def cost(self, lines: Sequence[int]) -> int:
        """About how many tokens more the lines take: their share of the file's, and a header where they begin a run."""
        if not lines:
            return 0
        size = sum(self.starts[line] - self.starts[line - 1] for line in lines)
        alone = not (self.taken[lines[0] - 1] or self.taken[lines[-1] + 1])
        return int(self.tokens * size / max(1, len(self.content))) + 1 + (_HEADER + len(self.path) // 3) * alone

    def runs(self) -> Iterator[tuple[int, int]]:
        """(first, last) of the stretches that are shown; small gaps between them are shown too."""
        first = last = 0
        for line in range(1, self.n_lines + 1):
            if self.taken[line]:
                if first and line - last > _GAP:
                    yield first, last
                    first = 0
                first, last = first or line, line
                if line in self.cuts:
                    yield first, last
                    first = 0
        if first:
            yield first, last

    def span(self, first: int, last: int) -> Span:
        return Span(self.path, self.starts[first - 1], self.starts[last], first, last)

    def text(self, first: int, last: int) -> str:
        return self.content[self.starts[first - 1] : self.starts[last]].decode("utf-8", "replace")

    def imports(self) -> list[int]:
        """Lines that import, 1-based."""
        rows = self.facts.imports
        return sorted({line for line in rows[3::IMPORT_WIDTH] if 0 < line <= self.n_lines})

    def around(self, line: int) -> str:
        """The header of the class, or what else encloses a line, where it is not shown itself; "" for none."""
        symbols, place = self.facts.symbols, self.starts[line - 1]
        owner = -1
        for at in range(0, len(symbols), SYMBOL_WIDTH):
            if symbols[at + 6] > place:
                break
            if place < symbols[at + 7] and symbols[at + 8] < line:
                owner = at
        if owner < 0 or self.taken[symbols[owner + 8]]:
            return ""
        return " ".join(self.facts.strings[symbols[owner + 3]].split())[:160]


@dataclass(slots=True)
class _Take:
    """Lines of a file that were decided on together."""

    file: _File
    lines: list[int]
    reason: str
    cost: int


@dataclass(slots=True)
class _Draft:
    """A pack in the making."""

    index: Index
    budget: int
    count: Count
    style: Style
    files: dict[str, _File | None] = field(default_factory=dict)
    """Path -> the file, once its text was asked for; None where it cannot be read."""
    takes: list[_Take] = field(default_factory=list)
    """What was decided to be shown, in order."""
    signatures: list[_Block] = field(default_factory=list)
    head: _Block | None = None
    left_out: list[Span] = field(default_factory=list)
    used: int = 0
    room_for_bodies: int = field(init=False)
    room_for_signatures: int = field(init=False)

    def __post_init__(self) -> None:
        rest = min(int(self.budget * (1 - BODY_SHARE)), MAX_REST)
        self.room_for_bodies = self.budget - rest
        self.room_for_signatures = self.budget - min(int(self.budget * (1 - SIGNATURE_SHARE)), MAX_REST // 2)

    def add_bodies(self, hits: Sequence[Hit]) -> None:
        """Full text of the hits, best first, as far as their share of the budget goes; then whole files."""
        for rank, hit in enumerate(hits):
            file = self._file(hit.span.path)
            if file is None or not self._take(file, hit, rank):
                self.left_out.append(hit.span)
        files = list(dict.fromkeys(take.file for take in self.takes))
        if self.budget >= _IMPORTS_FROM:
            for file in files[:5]:
                self._take_lines(file, [line for line in file.imports() if not file.taken[line]], "imports")
        for least in (_MOST, 0.0):
            for file in files:
                missing = [line for line in range(1, file.n_lines + 1) if not file.taken[line]]
                if missing and file.cost(missing) < (1 - least) * file.tokens:
                    self._take_lines(file, missing, "the rest of its file")

    def _file(self, path: str) -> _File | None:
        if path not in self.files:
            source = self.index.source(path)
            position = self.index.position(path)
            facts = self.index.facts(position) if position is not None else None
            self.files[path] = _File(source, facts, self.count) if source is not None and facts is not None else None
        return self.files[path]

    def _take(self, file: _File, hit: Hit, rank: int) -> bool:
        """Whether the hit's lines are shown now, all or the first of them."""
        lines = [line for line in range(hit.span.start_line, hit.span.end_line + 1) if not file.taken[line]]
        reason = "answers: " + ", ".join(
            name for name, share in sorted(hit.parts.items(), key=lambda part: -part[1])[:3] if share > 0
        )
        limit = min(self.room_for_bodies - self.used, max(int(self.budget * _LARGEST), 200))
        if file.cost(lines) <= limit:
            return self._take_lines(file, lines, reason, rank)
        while lines and (cost := file.cost(lines)) > limit * 0.9:
            lines = lines[: min(len(lines) - 1, int(len(lines) * limit / cost))]
        if limit < 48 or not lines or lines[-1] - lines[0] >= len(lines):
            return False
        if self._take_lines(file, lines, reason, rank):
            file.cuts[lines[-1]] = hit.span.end_line
            return True
        return False

    def _take_lines(self, file: _File, lines: list[int], reason: str, rank: int = 1 << 30) -> bool:
        """Whether the lines fit; none of them is shown yet."""
        cost = file.cost(lines)
        if not lines:
            return True
        if self.used + cost > self.room_for_bodies:
            return False
        self.used += cost
        self.takes.append(_Take(file, lines, reason, cost))
        file.rank = min(rank, file.rank)
        for line in lines:
            file.taken[line] = 1
        return True

    def _untake(self, tokens: int) -> None:
        """Show less, by so many tokens at least: what was decided last goes first."""
        while tokens > 0 and self.takes:
            take = self.takes.pop()
            tokens -= take.cost
            for line in take.lines:
                take.file.taken[line] = 0
            first, last = take.lines[0], take.lines[-1]
            self.left_out.insert(0, take.file.span(first, last))

    def _bodies(self) -> list[_Block]:
        """A block for each run of lines that is shown."""
        blocks = []
        reasons_of: dict[_File, dict[int, str]] = {}
        for take in self.takes:  # no line is taken twice
            reasons_of.setdefault(take.file, {}).update(dict.fromkeys(take.lines, take.reason))
        for file, reasons in reasons_of.items():
            for first, last in file.runs():
                content = file.text(first, last)
                until = file.cuts.get(last)
                is_cut = until is not None and until > last
                span = file.span(first, last)
                text = self.style.body(
                    Body(span, file.language, content, file.around(first), until if is_cut else None)
                )
                reason = next((reasons[line] for line in range(first, last + 1) if line in reasons), "")
                piece = Piece(span, "part" if is_cut else "full", self.count(text), reason)
                blocks.append(_Block(piece, text, file.rank))
        return blocks

    def add_signatures(self, hits: Sequence[Hit]) -> None:
        """Headers and documentation of what the bodies call, extend, and are called by."""
        seen: set[tuple[str, int]] = set()
        for rank, (symbol, reason) in enumerate(_neighbours(self.index, hits[:_LEANING])):
            file = self.files.get(symbol.span.path)
            place = (symbol.span.path, symbol.span.start_line)
            if place in seen or (file and file.taken[symbol.span.start_line]):
                continue
            text = _signature_text(symbol)
            tokens = self.count(text)
            if self.used + tokens > self.room_for_signatures:
                break
            seen.add(place)
            self.signatures.append(_Block(Piece(symbol.span, "signature", tokens, reason), text, rank))
            self.used += tokens

    def add_outline(self, roots: Sequence[str]) -> None:
        """Names of the rest, with what is left of the budget."""
        title = "Outline of the repository"
        n_headings = len({block.piece.span.path for block in self.signatures})
        room = self.budget - self.used - self.count(self.style.section(title, "")) - 16 * n_headings - 24
        if room < 60:
            return
        without = {path for path, file in self.files.items() if file and any(file.taken)}
        rest = outline(self.index, min(room, MAX_REST), self.count, roots=roots, without=without)
        if rest.files:
            first = rest.files[0]
            span = Span(first.path, 0, 0, first.symbols[0].line, first.symbols[-1].line)
            piece = Piece(span, "outline", rest.tokens, f"{len(rest.files)} files the rest leans on")
            self.head = _Block(piece, self.style.section(title, rest.text), 0)

    def finish(self) -> Pack:
        """The pack, cut until it is within its budget whatever the sum of its parts came to."""
        bodies = self._bodies()
        while True:
            text, pieces = self._assemble(bodies)
            tokens = self.count(text)
            if tokens <= self.budget:
                return Pack(self.budget, tokens, tuple(pieces), text, tuple(self.left_out))
            if self.head is not None:
                self.head = None
            elif self.signatures:
                self.signatures.pop()
            else:
                self._untake(tokens - self.budget)
                bodies = self._bodies()

    def _assemble(self, bodies: Sequence[_Block]) -> tuple[str, list[Piece]]:
        parts: list[str] = []
        pieces: list[Piece] = []
        if self.head is not None:
            parts.append(self.head.text)
            pieces.append(self.head.piece)
        if self.signatures:
            lines = []
            for path, blocks in _by_file(self.signatures):
                lines.append(f"{path}\n")
                lines += [block.text for block in blocks]
                pieces += [block.piece for block in blocks]
            parts.append(self.style.section("Signatures that the code below touches", "".join(lines)))
        for _, blocks in reversed(list(_by_file(bodies))):
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


def _signature_text(symbol: Symbol) -> str:
    doc = symbol.doc.split("\n\n", 1)[0].replace("\n", " ")
    if len(doc) > 160:
        doc = doc[:157] + "..."
    return f"  {symbol.span.start_line}: {symbol.signature}" + (f"  # {doc}\n" if doc else "\n")


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
    for name in facts.names_used(hit.span.start_byte, hit.span.end_byte):
        places = definitions_for(index, facts.language, name)
        same_file = [place for place in places if place[0] == position]
        for place, symbol in (same_file or places)[:2] if len(places) <= 4 or same_file else ():
            found = index.facts(place)
            if found is not None and found.symbol_name(symbol) == name and is_outlined(found, symbol):
                yield found.symbol(symbol, index.catalogue.paths[place]), f"used by {name_of}"


def definitions_for(index: Index, language: str, name: str) -> list[tuple[int, int]]:
    """The definitions of a name that code of a language may mean: those in languages that call each other."""
    languages, kin = index.catalogue.languages, family(language)
    return [place for place in index.definitions(name) if languages[place[0]] in kin]


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
