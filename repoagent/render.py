"""Data -> terminal. The one door to rich, and the one place where foreign text meets the screen.

A line is a list of plain strings and (string, style) pairs. On a terminal it is coloured; in a pipe, or with NO_COLOR,
only the strings are left. Whatever comes out of a repository or a model goes through `visible` first.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import shorten, wrap
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

from repoagent.visible import visible
from repoagent_indexers.counted import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from repoagent.change import Change
    from repoagent.doctor import Check
    from repoagent.wording import Wording
    from repoagent_agents.ask import Answer, Source
    from repoagent_agents.brief import Brief, Place
    from repoagent_agents.models import Survey
    from repoagent_agents.models.base import Spent
    from repoagent_agents.models.machine import Machine
    from repoagent_agents.packing.outline import Outline
    from repoagent_agents.packing.pack import Pack
    from repoagent_indexers.git.commits import Logged
    from repoagent_indexers.indexing.index import Status
    from repoagent_indexers.past import Past
    from repoagent_indexers.resolve.graph import Call, CallTree, References
    from repoagent_indexers.resolve.references import Use
    from repoagent_indexers.source import Hit, Span, Symbol

Part = str | tuple[str, str]

PATH, NUMBER, NAME, DIM, GOOD, BAD = "cyan", "green", "bold", "dim", "green", "red"
MAX_SKIPPED = 20
"""Places that a change left alone, of which each has its line."""
MAX_BY_NAME = 5
"""Branches of a tree that go by name only, of which each has its line."""
MAX_ALSO = 6
"""Places named of those where else a thing is defined."""
_TELLING = 100_000
"""Bytes of source below which an index's size beside them says nothing: it has a least size."""
PATIENCE = 0.5
"""Seconds of work before progress is shown."""


class Screen:
    """Where a command writes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.is_terminal = self.stream.isatty()
        self.width = shutil.get_terminal_size().columns if self.is_terminal else 0
        """Columns of a terminal; 0 for anything else, where no line is too long."""
        self._console: Console | None = None
        if self.is_terminal and not os.environ.get("NO_COLOR"):
            from rich.console import Console

            self._console = Console(file=self.stream, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def room(self, used: int, most: int) -> int:
        """How many characters of a text to show beside `used` others on its line: `most`, less on a narrow terminal."""
        return max(24, min(most, self.width - used)) if self.width else most

    def line(self, *parts: Part) -> None:
        """Write one line; a line feed in it, perhaps of a file's name, is written out as `visible` does others."""
        styled = [(part, "") if isinstance(part, str) else part for part in parts]
        shown = [(visible(text).replace("\n", "\\n"), style) for text, style in styled]
        if self._console is None:
            self.stream.write("".join(text for text, _ in shown) + "\n")
            return
        from rich.text import Text

        self._console.print(Text.assemble(*shown))

    def lines(self, text: str) -> None:
        """Write a text of several lines."""
        for line in text.split("\n"):
            self.line(line)

    def piece(self, text: str) -> None:
        """Write a piece of a stream at once, without a line end."""
        self.stream.write(visible(text))
        self.stream.flush()

    def raw(self, text: str) -> None:
        """Write text as it is, for a machine to read: JSON, a pack, a diff in a pipe."""
        self.stream.write(visible(text) if self.is_terminal else text)


@contextmanager
def progress(what: str, unit: str = "") -> Iterator[_Bar]:
    """A bar on standard error, shown only on a terminal and only when the work takes longer than `PATIENCE`.

    It counts bytes, or whatever `unit` names.
    """
    bar = _Bar(what, unit)
    try:
        yield bar
    finally:
        bar.stop()


class _Bar:
    """Called with (done, total); rich is imported when there is something to show."""

    def __init__(self, what: str, unit: str = "") -> None:
        self._what = what
        self._unit = unit
        self._began = time.monotonic()
        self._shown: Progress | None = None
        self._wanted = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        if not self._wanted or time.monotonic() - self._began < PATIENCE:
            return
        if self._shown is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            counts = (MofNCompleteColumn(), TextColumn(self._unit)) if self._unit else (DownloadColumn(),)
            columns = (TextColumn(self._what), BarColumn(), *counts, TimeRemainingColumn())
            self._shown = Progress(*columns, console=Console(stderr=True), transient=True)
            self._shown.add_task(self._what, total=total)
            self._shown.start()
        self._shown.update(self._shown.task_ids[0], completed=done, total=total)

    def stop(self) -> None:
        """Take the bar off the screen."""
        if self._shown is not None:
            self._shown.stop()


@contextmanager
def working(what: str) -> Iterator[None]:
    """A line on standard error that says what is going on and for how long, while work of unknown length goes on.

    Shown only on a terminal and only when it takes longer than a second; it is gone when the work is done.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    done = Event()
    began = time.monotonic()
    room = shutil.get_terminal_size().columns - 10

    def tell() -> None:
        while not done.wait(1):
            sys.stderr.write(f"\r\x1b[K{visible(what)[:room]} ... {time.monotonic() - began:.0f} s")
            sys.stderr.flush()

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        if time.monotonic() - began >= 1:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def place(span: Span) -> list[Part]:
    """A span as terminals and editors make it clickable."""
    return [(span.path, PATH), ":", (f"{span.start_line}-{span.end_line}", NUMBER)]


def show_hits(
    screen: Screen,
    hits: Iterable[Hit],
    say: Wording,
    explain: bool = False,
    text_of: Callable[[Span], str] | None = None,
) -> None:
    """One line a hit: its definition, or without one how its text begins, where `text_of` gives that."""
    for hit in hits:
        name = f"  {hit.symbol.qualified_name}" if hit.symbol else ""
        kind = f"  {hit.symbol.kind}" if hit.symbol else ""
        if hit.symbol is None and text_of is not None:
            begins = next((line.strip() for line in text_of(hit.span).split("\n") if any(map(str.isalnum, line))), "")
            kind = f"  {_short(begins, screen.room(len(str(hit.span)) + 2, 80))}" if begins else ""
        screen.line(*place(hit.span), (name, NAME), (kind, DIM), (_again(hit, say), DIM))
        if explain:
            shares = sorted(hit.parts.items(), key=lambda part: -part[1])
            text = ", ".join(f"{signal} {share:.2f}" for signal, share in shares)
            screen.line((f"    {hit.score:.3f} = {text}", DIM))


def _again(hit: Hit, say: Wording) -> str:
    """Where the same text stands once more."""
    if not hit.copies:
        return ""
    first, *others = hit.copies
    return "  " + (say.again_often if others else say.again).format(first=first, n=len(others))


def show_brief(screen: Screen, brief: Brief, why: str, say: Wording) -> None:
    """The brief, under one line that says that no model was asked."""
    screen.line((say.no_model_asked.format(why=why), "yellow"))
    screen.line(say.places)
    for number, found in enumerate(brief.places, 1):
        screen.line()
        _show_place(screen, number, found, say)
    if brief.commits:
        screen.line()
        screen.line(say.commits)
    for one in brief.commits:
        screen.line("  ", *_commit(screen, one))


def _show_place(screen: Screen, number: int, found: Place, say: Wording) -> None:
    symbol = found.hit.symbol
    screen.line(
        f"{number}. ", *place(found.hit.span), (f"  {symbol.qualified_name}" if symbol else "", NAME),
        (_again(found.hit, say), DIM),
    )  # fmt: skip
    if found.signature:
        screen.line("   ", _short(found.signature, screen.room(3, 150)))
    doc = found.doc if len(found.doc) <= 200 else shorten(found.doc, 200, placeholder="...")
    for part in wrap(doc, screen.room(3, 200)) if screen.width else [doc] if doc else []:
        screen.line("   ", (part, DIM))
    for line in found.lines:
        text = _short(line.text, screen.room(12, 140))
        screen.line("   ", (f"{line.number:>6}", NUMBER), (" | ", DIM), text)
    for title, related in ((say.used_by, found.users), (say.uses, found.uses)):
        for index, each in enumerate(related):
            head = f"{title:>9} " if index == 0 else " " * 10
            where = f"{each.symbol.span.path}:{each.symbol.span.start_line}"
            by_name = f"  {say.by_name}" if each.certainty == "by name only" else ""
            name = _short(each.symbol.qualified_name, 80)
            screen.line((head, DIM), (where, PATH), f"  {name}", (by_name, DIM))


def show_sources(screen: Screen, answer: Answer, say: Wording) -> None:
    """What an answer rests on."""
    cited = any(source.cited for source in answer.sources)
    screen.line()
    screen.line((say.sources if cited else say.sources_given, NAME))
    for source in answer.sources:
        _show_source(screen, source)
    if answer.n_false_citations:
        screen.line((say.false_citations.format(n=answer.n_false_citations), DIM))


def show_spent(screen: Screen, spent: Spent, say: Wording) -> None:
    """What an answer took, on one line."""
    parts = []
    if spent.usage:
        reused = say.reused.format(n=spent.usage.reused_tokens) if spent.usage.reused_tokens else ""
        parts.append(say.tokens.format(prompt=spent.usage.prompt_tokens, reused=reused, reply=spent.usage.reply_tokens))
    parts.append(say.kept if spent.from_cache else say.seconds.format(first=spent.first_s, total=spent.total_s))
    screen.line(("; ".join(parts), DIM))


def _show_source(screen: Screen, source: Source) -> None:
    screen.line("  ", *place(source.span), (f"  {source.symbol}" if source.symbol else "", NAME))


def show_symbols(screen: Screen, symbols: Iterable[Symbol]) -> None:
    """One line a symbol."""
    for symbol in symbols:
        screen.line(*place(symbol.span), ("  " + symbol.kind, DIM), (f" {symbol.qualified_name}", NAME))


def show_references(screen: Screen, found: References) -> None:
    """The definition, its uses by file, what goes by name only behind all else, and how many of them are how sure."""
    _show_definition(screen, found)
    name = found.definition.symbol.name
    doubtful = [use for use in found.uses if use.certainty == "by name only"]
    _show_uses(screen, [use for use in found.uses if use.certainty != "by name only"], name)
    if doubtful and len(doubtful) < len(found.uses):
        screen.line(("the same name, of which no more is known:", DIM))
    _show_uses(screen, doubtful, name)
    counts = Counter(use.certainty for use in found.uses)
    parts = [f"{counts[word]} {word}" for word in ("resolved", "probable", "by name only") if counts[word]]
    n = len(found.uses)
    screen.line((f"{n} use{'s' * (n != 1)}: {', '.join(parts)}" if parts else "no uses", DIM))


def _show_uses(screen: Screen, uses: Iterable[Use], name: str) -> None:
    last = ""
    for use in uses:
        if use.path != last:
            screen.line((use.path, PATH))
            last = use.path
        doubt = _doubt(use.certainty)
        room = screen.room(20 + sum(len(text) for text, _ in doubt), 200)
        inside = use.inside.qualified_name if use.inside else ""
        around = f"  in {_end_of(inside, max(20, room - len(use.text) - 5))}" if inside else ""
        text = _about(use.text, name, use.column, min(100, max(24, room - len(around))))
        screen.line(
            (f"{use.line:>6}", NUMBER), f":{use.column:<4}", (f" {use.kind:<6} ", DIM), text, (around, NAME), *doubt
        )


def _show_definition(screen: Screen, found: References | CallTree) -> None:
    """A definition, where else it is defined (its overloads, its declaration in a header), and what it overrides."""
    symbol, also = found.definition.symbol, found.also
    where = (symbol.span.path, PATH), ":", (str(found.definition.line), NUMBER)
    screen.line(*where, (f"  {symbol.kind}", DIM), (f" {symbol.qualified_name}", NAME))
    places = [f":{line}" if path == symbol.span.path else f"{path}:{line}" for path, line in also]
    if len(places) > MAX_ALSO:
        places[MAX_ALSO:] = [f"{len(places) - MAX_ALSO} more"]
    if places:
        screen.line((f"  and at {', '.join(places)}", DIM))
    for above in found.overrides:
        where = (above.symbol.span.path, PATH), ":", (str(above.line), NUMBER)
        screen.line(
            ("  overrides ", DIM), above.symbol.qualified_name, "  ", *where, (", whose callers may come here", DIM)
        )


def _about(text: str, name: str, column: int, limit: int) -> str:
    """A line cut to so many characters, with the use in sight: it begins later where the name would be cut off."""
    at = text.rfind(name, 0, column + len(name))  # the line without its indentation: the name stands there or before
    if len(text) <= limit or at < 0 or at + len(name) + 3 <= limit:
        return _short(text, limit)
    before = max(0, min(limit // 3, limit - len(name) - 6))
    begin = min(max(0, at - before), len(text) - limit + 3)
    return "..." + _short(text[begin:], limit - 3)


def _doubt(certainty: str) -> list[tuple[str, str]]:
    return [] if certainty == "resolved" else [(f"  {certainty}", "yellow")]


def show_calls(screen: Screen, tree: CallTree, direction: str) -> None:
    """The definition, and below it its callers or callees (`direction`) as a tree."""
    _show_definition(screen, tree)
    _show_branches(screen, tree.calls, "")
    if not tree.calls:
        screen.line((f"no {direction} in this repository", DIM))


def _show_branches(screen: Screen, calls: Sequence[Call], before: str) -> None:
    """Branches, surer ones first; of those that go by name only the first few, and how many more there are."""
    doubtful = [call for call in calls if call.certainty == "by name only"]
    shown = [*(call for call in calls if call.certainty != "by name only"), *doubtful[:MAX_BY_NAME]]
    n_left = len(calls) - len(shown)
    for number, call in enumerate(shown, 1):
        is_last = number == len(shown) and not n_left
        name = call.symbol.qualified_name if call.symbol else "(top of the file)"
        times = f"  {len(call.uses)} times" if len(call.uses) > 1 else ""
        again = "  (shown elsewhere)" if call.is_repeated else ""
        screen.line(
            (before + ("└── " if is_last else "├── "), DIM), (name, NAME), "  ", (call.path, PATH), ":",
            (str(call.line), NUMBER), (times + again, DIM), *_doubt(call.certainty),
        )  # fmt: skip
        _show_branches(screen, call.calls, before + ("    " if is_last else "│   "))
    if n_left:
        screen.line((before + "└── ", DIM), (f"{n_left} more by name only (--json lists them)", DIM))


def show_history(screen: Screen, found: Past) -> None:
    """The commits that touched a place, newest first, and what changed together with it."""
    lines = f":{found.lines[0]}-{found.lines[1]}" if found.lines else ""
    name = f"  {found.symbol.qualified_name}" if found.symbol else ""
    screen.line((found.path, PATH), (lines, NUMBER), (name, NAME))
    if found.is_changed and found.commits:
        screen.line(("changed since the last commit", "yellow"))
    for one in found.commits:
        screen.line(*_commit(screen, one))
    if found.has_more and found.commits:
        screen.line(("older ones are not shown; -n says how many", DIM))
    if found.note:
        screen.line((found.note, DIM))
    if found.companions:
        screen.line("changes together with:")
    for other in found.companions:
        times = f"  {other.n_together} times, of {other.n_commits} commits to it"
        screen.line("  ", (other.path, PATH), (times, DIM))


def _commit(screen: Screen, one: Logged) -> list[Part]:
    when = time.strftime("%Y-%m-%d", time.gmtime(one.time))
    author = f"  {_short(one.author, 40)}"
    subject = _short(one.subject, screen.room(26 + len(author), 100))
    return [(one.id[:10], NUMBER), f"  {when}  ", subject, (author, DIM)]


def show_outline(screen: Screen, outline: Outline) -> None:
    """The outline; in a pipe exactly the text that was counted."""
    for file in outline.files:
        screen.line((file.path, PATH))
        for symbol in file.symbols:
            indent, line = "  " * symbol.depth, f"{symbol.line}"
            signature = _short(symbol.signature, screen.room(len(indent) + len(line) + 2, 110))
            screen.line(indent, (line, NUMBER), ": ", signature)


def show_pack_summary(screen: Screen, pack: Pack) -> None:
    """What went into a pack, for the eye: never mixed into its text."""
    levels: dict[str, int] = {}
    for piece in pack.pieces:
        levels[piece.level] = levels.get(piece.level, 0) + 1
    text = ", ".join(f"{n} {level}" for level, n in levels.items())
    screen.line((f"{pack.tokens} of {pack.budget} tokens: {text}; {len(pack.left_out)} hits left out", DIM))


def show_why(screen: Screen, pack: Pack) -> None:
    """Every piece of a pack with its reason."""
    for piece in pack.pieces:
        screen.line(*place(piece.span), f"  {piece.level}, {piece.tokens} tokens", (f"  {piece.reason}", DIM))
    for span in pack.left_out:
        screen.line(*place(span), ("  left out", DIM))


def show_picture(screen: Screen, pack: Pack) -> None:
    """What fills the window, in its order: a bar for each file and level, as long as its tokens."""
    from repoagent.pack_picture import rows

    shown = rows(pack)
    most = max((row.tokens for row in shown), default=1)
    colours = {"full": "blue", "part": "cyan", "signature": "yellow", "outline": "white"}
    length = 32 if not screen.width or screen.width >= 100 else 16
    for row in shown:
        bar = "█" * max(1, round(length * row.tokens / most))
        share = f"{100 * row.tokens / pack.budget:5.1f}%"
        pieces = f"  {row.n_pieces} pieces" if row.n_pieces > 1 else ""
        text = (bar.ljust(length), colours[row.level])
        screen.line(f"{row.tokens:>7,} {share} ", text, f" {row.level:<9} ", (row.path, PATH), (pieces, DIM))
    screen.line((f"{pack.tokens:>7,} {100 * pack.tokens / pack.budget:5.1f}%  of {pack.budget:,} tokens", DIM))


def show_change(screen: Screen, errors: Screen, change: Change, said: str = "", allowed: Collection[str] = ()) -> None:
    """The diff on standard output, and what a person should know beside it on standard error."""
    if said and not change:
        errors.lines(said.strip())
    if screen.is_terminal:
        for line in change.diff().split("\n")[:-1]:
            colour = {"+": GOOD, "-": BAD, "@": PATH}.get(line[:1], "")
            screen.line((line.removesuffix("\r"), colour))
    else:
        screen.raw(change.patch().decode("utf-8", "surrogateescape"))  # to the byte: git can apply it
    for note in change.notes:
        errors.line(f"repoagent: {note}")
    for place in change.skipped[:MAX_SKIPPED]:
        errors.line(f"repoagent: left alone: {place}")
    if len(change.skipped) > MAX_SKIPPED:
        errors.line(f"repoagent: left alone: {len(change.skipped) - MAX_SKIPPED} more places; --json names them all")
    for word, paths in change.needs.items():
        if word not in allowed:
            more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
            errors.line(f"repoagent: applying it needs --allow {word}: {', '.join(paths[:5])}{more}")


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _end_of(name: str, limit: int) -> str:
    """A qualified name cut to so many characters; its last part is what tells."""
    return name if len(name) <= limit else "..." + name[len(name) - limit + 3 :]


def megabytes(n_bytes: int) -> str:
    """A size for a person: `26.4 MB`, `48 kB`."""
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 100_000 else f"{n_bytes / 1e3:.0f} kB"


def show_status(screen: Screen, status: Status, seconds: float | None) -> None:
    """What an index holds, and how long it took to get there."""
    took = f" in {seconds:.2f} s" if seconds is not None else ""
    is_large = status.n_source_bytes >= _TELLING
    share = f" ({status.size / status.n_source_bytes:.2f} x the source)" if is_large else ""
    held = f"{counted(status.n_files, 'file')}, {counted(status.n_symbols, 'symbol')}"
    screen.line((f"{held}, {counted(status.n_chunks, 'chunk')}{took}", NAME))
    screen.line(f"  index      {megabytes(status.size)}{share} at {status.path}")
    screen.line(f"  encoder    {status.encoder}")
    screen.line(f"  history    {counted(status.n_commits, 'commit')}")
    languages = ", ".join(f"{name} {n}" for name, n in list(status.languages.items())[:12])
    screen.line(f"  languages  {languages or 'none'}")
    if status.charsets:
        screen.line(f"  encodings  {', '.join(f'{name} {n}' for name, n in status.charsets.items())}; the rest UTF-8")
    for word, counts in (("skipped", status.skipped), ("demoted", status.demoted)):
        for reason, n in counts.items():
            screen.line((f"  {word:<9}  {n} {reason}", DIM))


def show_models(screen: Screen, answers: Survey) -> None:
    """One line a model."""
    for one in answers.found:
        window = f"{one.window} tokens" if one.window else "window unknown"
        kind = "" if one.chat else "  (no chat model)"
        screen.line((one.name, NAME), f"  {one.backend}  {one.place}  ", (window, NUMBER), (kind, DIM))
    for where in answers.locked:
        screen.line((f"{where} asks for an API key: set REPOAGENT_API_KEY and name it by its URL", DIM))
    if not answers.found:
        screen.line("no model answers on this machine; start one, for example: ollama run codellama:7b-instruct")


def show_family(screen: Screen, answers: Survey, machine: Machine) -> None:
    """The Code Llama family: one line a model, with what of it would fit here."""
    from repoagent_agents.models.family import BITS, FAMILY, member_of

    served = {member.name for one in answers.found if (member := member_of(one.name))}
    held = ", ".join(f"{one.name} {one.memory_bytes / 1e9:.0f} GB" for one in machine.accelerators) or "no GPU"
    screen.line()
    screen.line((f"This machine: {machine.memory_bytes / 1e9:.0f} GB of memory, {held}", NAME))
    is_narrow = 0 < screen.width < 130
    head: list[Part] = [(f"{'':2}{'model':<38}", DIM)]
    head += [] if is_narrow else [(f"{'prompted as':<12}{'infills':<8}", DIM)]
    head += [(f"{'context':<15}", DIM), *((f"{precision:>12}", DIM) for precision in BITS if not is_narrow)]
    screen.line(*head, ("  runs here", DIM))
    for row in FAMILY:
        context = f"{row.trained // 1024}K" + (f", up to {row.longest // 1000}K" if row.longest > row.trained else "")
        mark = "* " if row.name in served else "  "
        parts: list[Part] = [(mark + row.name.ljust(38), NAME)]
        parts += [] if is_narrow else [row.prompting.ljust(12), ("yes" if row.infills else "-").ljust(8)]
        parts.append(context.ljust(15))
        for precision in () if is_narrow else BITS:
            weights, full = (row.shape.memory_bytes(precision, n) / 1e9 for n in (0, row.longest))
            parts.append((f"{weights:>6.0f}-{full:<3.0f}".rjust(12), NUMBER))
        best = machine.best_fit(row, 0)
        screen.line(*parts, (f"  {best[0]} on the {best[1].upper()}" if best else "  no", GOOD if best else DIM))
    licences = ", ".join(sorted({row.licence for row in FAMILY}))
    columns = (
        "a terminal of 130 columns shows memory too"
        if is_narrow
        else ("GB: weights alone - with the cache of a full context")
    )
    screen.line((f"  * answers now; {columns}.  {licences}.", DIM))


def show_checks(screen: Screen, checks: Iterable[Check]) -> None:
    """One line a check, and one for its remedy."""
    colour = {"good": GOOD, "missing": "yellow", "broken": BAD}
    for check in checks:
        screen.line((f"{check.state:<8}", colour[check.state]), (f"{check.name:<11}", NAME), check.what)
        if check.remedy:
            screen.line((f"{'':<19}-> {check.remedy}", DIM))
