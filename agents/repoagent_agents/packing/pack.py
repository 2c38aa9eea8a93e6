"""Hits + budget -> Pack: the part of a repository that a question is about, for a window of so many tokens.

Full bodies first, those worth most for their tokens (pack_order.py), then the signatures and documentation of what they
touch, then an outline of the rest. In the text the order is the reverse: the outline stands first and the best evidence
last, next to the question, because a model reads the end of a long window best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from repoagent_agents.by_name import callers, definitions_for
from repoagent_agents.packing.outline import is_outlined, outline
from repoagent_agents.packing.pack_file import HEADER, MARKER, PackedFile
from repoagent_agents.packing.pack_order import QUESTION, REPORT, Unit, by_worth
from repoagent_agents.packing.pack_styles import STYLES, Body, Style
from repoagent_indexers.errors import UsageError
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.source import Hit, Span, Symbol
from repoagent_indexers.words.tokens import estimate

Count = Callable[[str], int]
"""Tokens of a text."""

MIN_BUDGET = 64
BODIES = ("full", "part")
"""Levels of pieces that show code."""
BODY_SHARE, SIGNATURE_SHARE = 0.94, 0.97
"""Bodies may fill the first share of a budget, signatures go up to the second, the outline takes what is left."""
MAX_REST = 6000
"""Tokens beyond which signatures and outline do not grow: a large window is for code."""
_LARGEST = 0.4
"""Of the budget: a longer definition comes in parts."""
_BYTES, _MOST_BYTES = 3, 8
"""Bytes that a token has at least, as a rule, and at most: what is longer is not even tried."""
_LEAST = 32
"""Tokens: in less room nothing is shown."""
_CUT = 5
"""Hits of which the first lines are shown where all of them do not fit."""
_CUT_FROM = 8
"""A definition is cut for no less than this part of the room that there is for bodies."""
_REFUSALS = 60
"""Units in a row that do not fit, after which none is tried any more."""
_MOST = 0.75
"""A file of which this much stands in the pack is shown whole where it fits."""
_LEANING = 60
"""Hits whose neighbours are shown by signature."""
_IMPORTS_FROM, _WITH_IMPORTS = 12_000, 3
"""The budget from which the imports of the best files are shown with their bodies, and how many files' are."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a pack."""

    span: Span
    level: str
    """"full": whole definitions; "part": some lines of one; "signature": header and documentation; "outline": names.

    Functions come without the long comments in front of them where the question is a report.
    """
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
    """Hits of which nothing is shown, best first."""

    def and_more(self, more: Pack) -> Pack:
        """What a reader has who was given this one and then another."""
        pieces, text = (*self.pieces, *more.pieces), self.text + more.text
        return Pack(self.budget + more.budget, self.tokens + more.tokens, pieces, text, more.left_out)


def pack(
    index: Index,
    question: str,
    budget: int,
    count: Count = estimate,
    *,
    roots: Sequence[str] = (),
    hits: Sequence[Hit] | None = None,
    style: str = "markdown",
    given: Pack | None = None,
) -> Pack:
    """What fits into `budget` tokens, as `count` counts them, for a question; `hits` spares a search made before.

    What the reader was `given` already is not repeated, and no outline either. `style` is one of `pack_styles.STYLES`.
    Raises UsageError for a budget in which nothing could stand.
    """
    if budget < MIN_BUDGET:
        raise UsageError(f"a budget of {budget} tokens holds nothing; give at least {MIN_BUDGET}")
    if hits is None:
        hits = search(index, question, limit=n_hits(budget), roots=roots, spread=False)
    is_report = understand(question).is_report
    draft = _Draft(index, budget, count, STYLES[style], given.pieces if given else (), is_report)
    draft.add_bodies(hits)
    draft.add_signatures(hits)
    if given is None:
        draft.add_outline(roots)
    return draft.finish(hits)


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


@dataclass(frozen=True, slots=True)
class _Bodies:
    """All that is shown of one file."""

    pieces: tuple[Piece, ...]
    text: str
    rank: int


@dataclass(slots=True)
class _Take:
    """Lines of a file that were decided on together."""

    file: PackedFile
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
    given: Sequence[Piece] = ()
    """What the reader has already."""
    is_report: bool = False
    """Whether code must change, so that functions come without the long comments in front of them.

    What a question asks often stands in these.
    """
    files: dict[str, PackedFile | None] = field(default_factory=dict)
    """Path -> the file, once its text was asked for; None where it cannot be read."""
    shown: set[str] = field(default_factory=set)
    """Paths of which something was taken."""
    takes: list[_Take] = field(default_factory=list)
    """What was decided to be shown, in order."""
    written: dict[PackedFile, tuple[int, _Bodies]] = field(default_factory=dict)
    """File -> what was written of it last, and at which of its changes."""
    signatures: list[_Block] = field(default_factory=list)
    head: _Block | None = None
    used: int = 0
    room_for_bodies: int = field(init=False)
    room_for_signatures: int = field(init=False)

    def __post_init__(self) -> None:
        rest = min(int(self.budget * (1 - BODY_SHARE)), MAX_REST)
        self.room_for_bodies = self.budget - rest
        self.room_for_signatures = self.budget - min(int(self.budget * (1 - SIGNATURE_SHARE)), MAX_REST // 2)

    def add_bodies(self, hits: Sequence[Hit]) -> None:
        """Definitions in which the hits are and those beside them, best value first, as far as their share goes."""
        worth = REPORT if self.is_report else QUESTION
        units = by_worth(self.index, hits, int(self.budget * _LARGEST * _BYTES), worth)
        self._take_units(units)
        # costs are shares of whole files; what was shown may have taken less
        self.used = sum(piece.tokens for body in self._bodies() for piece in body.pieces)
        self._take_units(units)

    def _take_units(self, units: Sequence[Unit]) -> None:
        n_refused = 0
        for unit in units:
            room = self.room_for_bodies - self.used
            if room < _LEAST or n_refused > _REFUSALS:
                break
            if unit.size < room * _MOST_BYTES or unit.rank < _CUT:
                n_refused = 0 if self._take(unit) else n_refused + 1

    def _file(self, path: str) -> PackedFile | None:
        if path not in self.files:
            source = self.index.source(path)
            facts = self.index.facts_of(path)
            if source is None or facts is None:
                self.files[path] = None
            else:
                spans = [piece.span for piece in self.given if piece.level in BODIES and piece.span.path == path]
                self.files[path] = PackedFile(source, facts, self.count, spans, with_remarks=not self.is_report)
        return self.files[path]

    def _take(self, unit: Unit) -> bool:
        """Whether lines of a unit are shown now: all; of the best ones the first, where all are too many."""
        file = self._file(unit.path)
        if file is None:
            return False
        lines = file.missing(unit.first, unit.last)
        if unit.hit is not None:
            reason = "answers: " + ", ".join(
                name for name, share in sorted(unit.hit.parts.items(), key=lambda part: -part[1])[:3] if share > 0
            )
        else:
            reason = "beside what answers"
        if self._take_lines(file, lines, reason, unit.rank):
            if (unit.first, unit.last) != unit.whole:
                file.wholes.add(unit.whole)
            self._complete(file)
            return True
        limit = self.room_for_bodies - self.used
        if unit.rank >= _CUT or limit * _CUT_FROM < self.room_for_bodies:
            return False
        while lines and (cost := file.cost(lines)) > limit * 0.9:
            lines = lines[: min(len(lines) - 1, int(len(lines) * limit / cost))]
        if not lines or lines[-1] - lines[0] >= len(lines) or not self._take_lines(file, lines, reason, unit.rank):
            return False
        file.cuts[lines[-1]] = unit.whole[1]
        file.wholes.add(unit.whole)
        return True

    def _complete(self, file: PackedFile) -> None:
        """Show the imports of one of the first files, and the rest of a file of which most is shown."""
        if self.budget >= _IMPORTS_FROM and len(self.shown) <= _WITH_IMPORTS:
            self._take_lines(file, file.imports(), "imports")
        most = file.n_bytes_taken >= _MOST * file.n_bytes_wanted
        if most and file.tokens_missing <= self.room_for_bodies - self.used:
            self._take_lines(file, file.missing(1, file.n_lines), "the rest of its file")

    def _take_lines(self, file: PackedFile, lines: list[int], reason: str, rank: int = 1 << 30) -> bool:
        """Whether the lines fit; none of them is shown yet."""
        cost = file.cost(lines)
        if not lines:
            return True
        if self.used + cost > self.room_for_bodies:
            return False
        self.used += cost
        self.takes.append(_Take(file, lines, reason, cost))
        self.shown.add(file.path)
        file.take(lines, rank)
        return True

    def _untake(self, tokens: int) -> None:
        """Show less, by so many tokens at least: what was decided last goes first."""
        while tokens > 0 and self.takes:
            take = self.takes.pop()
            tokens -= take.cost
            take.file.let_go(take.lines)

    def _bodies(self) -> list[_Bodies]:
        """A block for each file of which something is shown."""
        takes_of: dict[PackedFile, list[_Take]] = {}
        for take in self.takes:
            takes_of.setdefault(take.file, []).append(take)
        for file, takes in takes_of.items():
            if file not in self.written or self.written[file][0] != file.n_changes:
                self.written[file] = file.n_changes, self._written(file, takes)
        return sorted((self.written[file][1] for file in takes_of), key=lambda block: block.rank)

    def _written(self, file: PackedFile, takes: Sequence[_Take]) -> _Bodies:
        reasons: dict[int, str] = {}
        for take in takes:  # no line is taken twice
            reasons.update(dict.fromkeys(take.lines, take.reason))
        stretches = list(file.stretches())
        pieces = [
            Piece(
                file.span(stretch.first, stretch.last),
                "part" if file.is_part(stretch.first, stretch.last) else "full",
                self.count(stretch.content) + (MARKER if number else HEADER + len(file.path) // 3),
                next((reasons[line] for line in range(stretch.first, stretch.last + 1) if line in reasons), ""),
            )
            for number, stretch in enumerate(stretches)
        ]
        return _Bodies(tuple(pieces), self.style.body(Body(file.path, file.language, tuple(stretches))), file.rank)

    def add_signatures(self, hits: Sequence[Hit]) -> None:
        """Headers and documentation of what the bodies call, extend, and are called by."""
        seen = {(piece.span.path, piece.span.start_line) for piece in self.given}
        for rank, (symbol, reason) in enumerate(_neighbours(self.index, hits[:_LEANING])):
            file = self.files.get(symbol.span.path)
            place = (symbol.span.path, symbol.span.start_line)
            if place in seen or (file and file.is_shown(symbol.span.start_line)):
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
        without = {path for path, file in self.files.items() if file and file.n_bytes_taken}
        rest = outline(self.index, min(room, MAX_REST), self.count, roots=roots, without=without)
        if rest.files:
            first = rest.files[0]
            span = Span(first.path, 0, 0, first.symbols[0].line, first.symbols[-1].line)
            piece = Piece(span, "outline", rest.tokens, f"{len(rest.files)} files the rest leans on")
            self.head = _Block(piece, self.style.section(title, rest.text), 0)

    def finish(self, hits: Sequence[Hit]) -> Pack:
        """The pack, cut until it is within its budget whatever the sum of its parts came to."""
        bodies = self._bodies()
        while True:
            text, pieces = self._assemble(bodies)
            tokens = self.count(text)
            if tokens <= self.budget:
                return Pack(self.budget, tokens, tuple(pieces), text, self._left_out(hits))
            if self.head is not None:
                self.head = None
            elif self.signatures:
                self.signatures.pop()
            else:
                self._untake(tokens - self.budget)
                bodies = self._bodies()

    def _left_out(self, hits: Sequence[Hit]) -> tuple[Span, ...]:
        def is_shown(span: Span) -> bool:
            file = self.files.get(span.path)
            return file is not None and any(map(file.is_shown, range(span.start_line, span.end_line + 1)))

        return tuple(hit.span for hit in hits if not is_shown(hit.span))

    def _assemble(self, bodies: Sequence[_Bodies]) -> tuple[str, list[Piece]]:
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
        for body in reversed(bodies):
            parts.append(body.text)
            pieces += body.pieces
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


def _callers(index: Index, hit: Hit) -> Iterator[tuple[Symbol, str]]:
    if hit.symbol is None or len(index.definitions(hit.symbol.name)) > 4:
        return
    for symbol in callers(index, hit.symbol, limit=4):
        yield symbol, f"uses {hit.symbol.name}"
