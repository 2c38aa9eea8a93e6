"""A place in a file -> what belongs there, by a model that fills gaps.

The prompt is the file up to the place, the file behind it, and before both, as comments, the definitions in other files
of the names that stand around the place. Nothing else is looked up, so that it costs milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from repoagent_agents.by_name import definitions_for
from repoagent_agents.models.base import Gap, Model, Sampling, Spent, draw, refusal_to_fill, streamed, timed
from repoagent_indexers.errors import ModelError, UsageError
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import language_of
from repoagent_indexers.roles import TEST, role_of
from repoagent_indexers.source import Span, Symbol

BUDGET = 4096
"""Tokens of the whole prompt by default: a person waits for it, and most of what a longer one adds is never used."""
MAX_TOKENS = 256
PREFIX_SHARE, SUFFIX_SHARE, CONTEXT_SHARE = 0.5, 0.2, 0.3
"""Of the budget, at most."""
_LOOKED_AT = (40, 12)
"""Lines before and behind the place whose names are looked up."""
_MAX_DEFINITIONS = 3
"""A name that is defined more often than this tells nothing."""
_SHORT = 12
"""Lines of a definition that is shown whole; of a longer one its head."""
_MAX_MEMBERS = 40
"""Of a long class, that are shown."""
_FUNCTIONS = frozenset("function method constructor property".split())
_WORD = re.compile(r"[^\W\d]\w{2,}")
_HASH = frozenset("python ruby bash elixir toml yaml dockerfile makefile r perl".split())
_DASH = frozenset("sql lua haskell".split())


class Stale(Exception):
    """Nobody wants the answer any more."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What a model puts into a place."""

    texts: tuple[str, ...]
    """Candidates, as they are to be inserted; each once, best first as far as the model says."""
    path: str
    line: int
    """1-based."""
    column: int
    """1-based, in characters: the text goes before the one that stands there."""
    context: tuple[Span, ...]
    """What the model was shown of other files."""
    tokens: int
    """Of the prompt."""
    model: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the text of a file, and what a model is to see of it."""

    gap: Gap
    healed: str
    """Blanks before the place that are left to the model to write, since no token ends within them."""
    rest_of_line: str


def complete(
    index: Index,
    model: Model,
    path: str,
    text: str,
    line: int,
    column: int | None = None,
    *,
    n: int = 1,
    budget: int = BUDGET,
    sampling: Sampling | None = None,
    one_line: bool = False,
    is_stale: Callable[[], bool] = bool,
) -> Filling:
    """Return what belongs before a column of a line (1-based; the line's end when it is None).

    `text` is the file as it stands in the editor. Greedy for one candidate, temperature 0.8 for several, unless
    `sampling` says otherwise. `is_stale` is asked at each piece whether anybody still wants the answer. Raises
    UsageError for a place that is not there, ModelError, also for a model that cannot fill gaps, Stale.
    """
    if why := refusal_to_fill(model):
        raise ModelError(why)
    at = place_in(text, line, column)
    sampling = sampling or (Sampling(max_tokens=MAX_TOKENS) if n == 1 else VARIED)
    budget = min(budget, model.window - sampling.max_tokens)
    prefix, suffix = _cut(at.gap, budget, model.count)
    gap = Gap(prefix, suffix)
    before, spans = context(index, path, at.gap, int(budget * CONTEXT_SHARE), model.count)
    gap = Gap(before + prefix, suffix)
    if one_line or at.rest_of_line.strip():
        sampling = replace(sampling, stop=(*sampling.stop, "\n"))
    texts, spent = _drawn(model, gap, sampling, n, is_stale)
    shown = dict.fromkeys(_fitted(each, at) for each in texts)
    tokens = spent.usage.prompt_tokens if spent.usage else model.count(gap.prefix) + model.count(gap.suffix) + 4
    row, character = _position(text, line, column)
    return Filling(tuple(shown), path, row, character, spans, tokens, model.name, spent)


VARIED = Sampling(max_tokens=MAX_TOKENS, temperature=0.8, top_p=0.95)
"""For several candidates, as the family's authors draw them."""


def place_in(text: str, line: int, column: int | None) -> Place:
    """Return the place before a column of a line. Raises UsageError when there is no such line.

    Blanks right before it, all of an indentation or a single space, are left to the model: SentencePiece joins them to
    the word that follows, and a prompt that ends in them is one the model has hardly ever seen.
    """
    row, character = _position(text, line, column)
    lines = text.split("\n")
    at = sum(len(one) + 1 for one in lines[: row - 1]) + character - 1
    prefix, suffix = text[:at], text[at:]
    head = prefix[prefix.rfind("\n") + 1 :]
    healed = head if not head.strip(" \t") else " " if head.endswith(" ") and not head.endswith("  ") else ""
    kept = prefix[: len(prefix) - len(healed)]
    return Place(Gap(kept, suffix), healed, suffix.partition("\n")[0])


def _position(text: str, line: int, column: int | None) -> tuple[int, int]:
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        raise UsageError(f"there is no line {line}: the file has {len(lines)}")
    length = len(lines[line - 1])
    if column is None:
        return line, length + 1
    if not 1 <= column <= length + 1:
        raise UsageError(f"there is no column {column} in line {line}: it has {length} characters")
    return line, column


def _cut(gap: Gap, budget: int, count: Callable[[str], int]) -> tuple[str, str]:
    """Return the end of the prefix and the head of the suffix, whole lines, within their shares of the budget."""
    suffix = _within(gap.suffix.split("\n"), int(budget * SUFFIX_SHARE), count)
    prefix = _within(gap.prefix.split("\n")[::-1], int(budget * PREFIX_SHARE), count)
    return "\n".join(prefix[::-1]), "\n".join(suffix)


def _within(lines: Sequence[str], room: int, count: Callable[[str], int]) -> list[str]:
    """Return the first lines that fit; the very first at least, cut if it must be."""
    low, high = 1, len(lines)
    if count("\n".join(lines)) <= room:
        return list(lines)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count("\n".join(lines[:middle])) <= room else (low, middle - 1)
    return [lines[0][-4 * room :] if low == 1 else lines[0], *lines[1:low]]


def context(index: Index, path: str, gap: Gap, room: int, count: Callable[[str], int]) -> tuple[str, tuple[Span, ...]]:
    """Return the definitions that the code around a gap uses, as a text for before it, and where they stand.

    Names nearest to the gap come first into the room and last in the text.
    """
    language = language_of(path, b"")
    mark = "#" if language in _HASH else "--" if language in _DASH else "//"
    blocks: dict[Span, str] = {}
    for symbol in _definitions(index, path, language, gap):
        span = symbol.span
        if any(other.holds(span) for other in blocks):
            continue
        block = f"{mark} {span.path}:{span.start_line}\n{_shown(index, symbol)}\n\n"
        tokens = count(block)
        if tokens > room:
            continue
        room -= tokens
        blocks[span] = block
        if room < 24:
            break
    return "".join(reversed(blocks.values())), tuple(blocks)


def _definitions(index: Index, path: str, language: str, gap: Gap) -> Iterator[Symbol]:
    """Yield definitions in other files of the names around a gap, those of the nearest names first.

    Passed over are names that the file itself defines, fields, and what tests define unless the file is one.
    """
    seen: set[tuple[str, int]] = set()
    paths, roles = index.catalogue.paths, index.catalogue.roles
    is_test = role_of(path) == TEST
    for name in _names_around(gap):
        places = definitions_for(index, language, name)
        if any(paths[position] == path for position, _ in places):
            continue
        places = [place for place in places if is_test or roles[place[0]] != TEST]
        if len(places) > _MAX_DEFINITIONS:
            continue
        for position, number in places:
            facts = index.facts(position)
            if facts is None or facts.symbol_name(number) != name:
                continue
            symbol = facts.symbol(number, paths[position])
            key = (symbol.span.path, symbol.span.start_line)
            if key not in seen and symbol.kind != "field":
                seen.add(key)
                yield symbol


def _names_around(gap: Gap) -> list[str]:
    before = gap.prefix.split("\n")[-_LOOKED_AT[0] :][::-1]
    behind = gap.suffix.split("\n")[: _LOOKED_AT[1]]
    names: dict[str, None] = {}
    for number in range(max(len(before), len(behind))):
        for lines in (before, behind):
            if number < len(lines):
                names |= dict.fromkeys(reversed(_WORD.findall(lines[number])))
    return list(names)


def _shown(index: Index, symbol: Symbol) -> str:
    """Return a short definition whole, of a longer one its signature and the first paragraph of its documentation, of a
    class the signatures of its members too."""
    source = index.source(symbol.span.path)
    if source is not None and symbol.span.end_line - symbol.span.start_line < _SHORT:
        start = source.content.rfind(b"\n", 0, symbol.span.start_byte) + 1
        return source.content[start : symbol.span.end_byte].decode("utf-8", "replace")
    doc = " ".join(symbol.doc.split("\n\n", 1)[0].split())
    head = f"{symbol.signature}  {doc}".rstrip()
    if symbol.kind in _FUNCTIONS:
        return head
    symbols = index.parsed(symbol.span.path).symbols
    at = next((n for n, other in enumerate(symbols) if other.span == symbol.span and other.name == symbol.name), None)
    members = [other.signature for other in symbols if other.parent == at and at is not None]
    return "\n".join([head, *(f"    {signature}" for signature in members[:_MAX_MEMBERS])])


def _drawn(
    model: Model, gap: Gap, sampling: Sampling, n: int, is_stale: Callable[[], bool]
) -> tuple[tuple[str, ...], Spent]:
    def one() -> Generator[str, None, object]:
        if n == 1:
            return (yield from streamed(model, gap, sampling))
        drawn = draw(model, gap, sampling, n)
        texts.extend(drawn.texts)
        yield ""
        return drawn.usage

    texts: list[str] = []
    pieces: list[str] = []
    stream = timed(one())
    while True:
        try:
            pieces.append(next(stream))
            if is_stale():
                stream.close()  # by which the server learns it too
                raise Stale
        except StopIteration as end:
            spent = replace(end.value, from_cache=getattr(model, "remembered", False))
            return tuple(texts) or ("".join(pieces),), spent


def _fitted(text: str, at: Place) -> str:
    """Return a candidate as it is to be inserted: without blanks that stand there already, and nothing that follows.

    A model that misses its end goes on with the code behind the gap: from there it is cut.
    """
    given = 0
    while given < min(len(at.healed), len(text)) and text[given] == at.healed[given]:
        given += 1
    text = text[given:]
    following = next((line for line in at.gap.suffix.split("\n")[1:] if len(line.strip()) >= 8), "")
    if following and (found := f"{text}\n".find(f"\n{following}\n")) >= 0:
        text = text[:found]
    return text
