"""One repository, opened: the Python API, and what every command works with."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from repoagent.chosen_model import ChosenModel
from repoagent.opening import Consent, ask_leave, open_index, open_repository
from repoagent.settings import Settings, load_settings
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.git.git_environment import shown

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import BaseTool

    from repoagent.change import Change
    from repoagent_agents.ask import Answer, Asking
    from repoagent_agents.brief import Brief
    from repoagent_agents.complete import Filling
    from repoagent_agents.debug import Attempt
    from repoagent_agents.editing.call_sites import CallSite, Parameters
    from repoagent_agents.editing.edits import Edit
    from repoagent_agents.editing.import_sites import ImportSite
    from repoagent_agents.evaluation.citations import Judged, Question
    from repoagent_agents.explain import Subject
    from repoagent_agents.models.base import Model, Placed, Sampling
    from repoagent_agents.packing.outline import Outline
    from repoagent_agents.packing.pack import Pack
    from repoagent_agents.propose import Proposal
    from repoagent_agents.review.review import Review
    from repoagent_indexers.indexing.index import Index
    from repoagent_indexers.past import Past
    from repoagent_indexers.resolve.graph import CallTree, References
    from repoagent_indexers.resolve.references import Definition, Resolution
    from repoagent_indexers.source import Hit, Span, Symbol

DEFAULT_BUDGET = 16_000
"""Tokens of a pack or an outline when nobody says how many and no model is chosen."""


class Repo:
    """An open repository: look things up, pack, ask, review, and plan changes. Use as a context manager, or `close`.

    Look-ups see the work tree as it was when the repository was opened; `refresh` brings them up to date.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = ".",
        *,
        model: str | Model | None = None,
        settings: Settings | None = None,
        progress: Callable[[int, int], None] | None = None,
        consent: Consent | None = None,
        question: str = "",
        outline: int = 0,
        roots: Sequence[str] = (),
        remember: bool = False,
    ) -> None:
        """`repoagent.open` is the way in. `consent` raises Refused where a model elsewhere may not be asked.

        With `question` the repository may be open for that question only, with `outline` for an outline of so many
        tokens: see `is_partial`. `roots` are files and folders to look below as a person types them (see `inside`); as
        the other methods want them they are in `roots`.
        With `remember`, a model that is found by name gives replies again that it gave before (answer_cache.py).
        """
        self.settings = settings or load_settings()
        self._consent = consent
        self._chosen = ChosenModel(model, self.settings, self._allow, remember=remember)
        self._resolution: tuple[str, Resolution] | None = None
        self._is_hurried = bool(question)
        self.repository = open_repository(path)
        try:
            self.roots = tuple(self._root(path) for path in roots)
            self.index = open_index(
                self.repository, self.settings, consent=consent, progress=progress, question=question,
                outline=outline, roots=self.roots,
            )  # fmt: skip
        except BaseException:
            self.repository.close()
            raise

    def inside(self, path: str) -> str | None:
        """A file or folder as a person types it, relative to the root; None where there is none.

        It is looked for below the working directory, where that is in this repository, and then below the root. A link
        is followed: what it leads to is what the index knows.
        """
        root = self.repository.root
        for folder in (Path.cwd(), root):
            place = Path(os.path.normpath(folder / path)) if path else root
            place = place.parent.resolve() / place.name
            target = place.resolve() if place.is_symlink() else place
            place = target if target.is_relative_to(root) and target.exists() else place
            if place.is_relative_to(root) and os.path.lexists(place):
                return place.relative_to(root).as_posix()
        return None

    def _root(self, path: str) -> str:
        found = self.inside(path)
        if found is None:
            raise UsageError(f"{shown(path)}: no such file or folder in this repository")
        return found

    def __enter__(self) -> Repo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index and of git."""
        self.index.close()
        self.repository.close()

    @property
    def is_partial(self) -> bool:
        """Whether only what the question or the outline needs was read, of files or of commits; `refresh` reads all."""
        return self.index.unread is not None or (self._is_hurried and self.index.lacks_commits)

    def refresh(self) -> None:
        """Bring the index to what the work tree holds now."""
        self.index.update()

    def search(self, question: str, limit: int = 10, roots: Sequence[str] = ()) -> list[Hit]:
        """At most `limit` places that answer a question, best first; only below the folders `roots`, if any."""
        from repoagent_indexers.ranking.retrieve import search

        return self.index.look_up(lambda index: search(index, question, limit, roots))

    def pack(
        self,
        question: str,
        budget: int = DEFAULT_BUDGET,
        roots: Sequence[str] = (),
        count: Callable[[str], int] | None = None,
        style: str = "markdown",
    ) -> Pack:
        """What of the repository fits into `budget` tokens for a question; `count` is the model's own counter, if any.

        `style` is "markdown", "xml" or "plain". Raises UsageError for a budget that holds nothing.
        """
        from repoagent_agents.packing.pack import pack
        from repoagent_indexers.words.tokens import estimate

        count = count or estimate
        return self.index.look_up(lambda index: pack(index, question, budget, count, roots=roots, style=style))

    def map(self, budget: int = DEFAULT_BUDGET, roots: Sequence[str] = ()) -> Outline:
        """The outline of the repository that fits into `budget` tokens, most important files first."""
        from repoagent_agents.packing.outline import outline
        from repoagent_indexers.words.tokens import estimate

        return self.index.look_up(lambda index: outline(index, budget, estimate, roots=roots))

    def brief(self, question: str, limit: int = 6, roots: Sequence[str] = (), first: Sequence[Hit] = ()) -> Brief:
        """The places that hold the answer, with what a developer would look up next; no model is asked.

        `first` are places that stand before what the question finds.
        """
        from repoagent_agents.brief import brief

        return self.index.look_up(lambda index: brief(index, question, limit, roots, first))

    def ask(
        self,
        question: str,
        *,
        budget: int | None = None,
        roots: Sequence[str] = (),
        task: str = "ask",
        sampling: Sampling | None = None,
        language: str = "",
        further: int = 0,
        first: Sequence[Hit] = (),
    ) -> Asking:
        """The model's answer: iterate for its pieces, then take `.answer`; `.follow` asks on.

        `language` "ja" or "en" is what to answer in; without it the question's own decides. The model's window is
        filled but for what as many `further` questions need. `first` are places to give the model before what the
        question finds. Raises ModelError when there is no model.
        """
        from repoagent_agents.ask import ask

        model = self._asked()
        return self.index.look_up(
            lambda index: ask(
                index, question, model, budget=budget, roots=roots, task=task, sampling=sampling, language=language,
                further=further, first=first,
            )
        )  # fmt: skip

    def complete(
        self,
        path: str,
        line: int,
        column: int | None = None,
        *,
        text: str | None = None,
        n: int = 1,
        budget: int | None = None,
        sampling: Sampling | None = None,
        one_line: bool = False,
        is_stale: Callable[[], bool] = bool,
    ) -> Filling:
        """What belongs before a column of a line of a file (1-based; the line's end when it is None).

        `text` is the file as an editor has it; without it the file is read. `is_stale` ends the work when it turns
        true. Raises UsageError, Stale, and ModelError when there is no model that fills gaps.
        """
        from repoagent_agents.complete import BUDGET, complete

        model = self._asked(self._chosen.for_gaps())
        content = self.text_of(path) if text is None else text.replace("\r\n", "\n")
        return self.index.look_up(
            lambda index: complete(
                index, model, path, content, line, column, n=n, budget=budget or BUDGET, sampling=sampling,
                one_line=one_line, is_stale=is_stale,
            )
        )  # fmt: skip

    def text_of(self, path: str) -> str:
        """The text of a file of the work tree, indexed or not. Raises UsageError when it cannot be read."""
        from repoagent_indexers.reading.charsets import read_text

        try:
            place = (self.repository.root / path).resolve()
            place.relative_to(self.repository.root.resolve())
            if place.exists() and not place.is_file():  # a pipe would keep us waiting
                raise UsageError(f"{path}: is no file")
            text = read_text(place.read_bytes())
        except ValueError:
            raise UsageError(f"{path}: lies outside the repository") from None
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}; give its text with --stdin") from None
        if text is None:
            raise UsageError(f"{path}: is no text")
        return text.content.decode("utf-8", "replace")

    def measure(
        self, question: Question, *, budget: int | None = None, sampling: Sampling | None = None
    ) -> tuple[Answer, Judged]:
        """The model's answer to a question of which it is known where its answer stands, and whether it cites that.

        Raises ModelError as `ask` does.
        """
        from repoagent_agents.ask import ask
        from repoagent_agents.evaluation.citations import judge

        model = self._asked()
        asking = self.index.look_up(lambda index: ask(index, question.text, model, budget=budget, sampling=sampling))
        for _ in asking:
            pass
        assert asking.answer is not None

        def lines_of(path: str) -> list[str]:
            source = self.index.source(path)
            return source.content.decode("utf-8", "replace").split("\n") if source else []

        return asking.answer, judge(question, asking.answer, lines_of)

    def investigate(self, question: str) -> Iterator[tuple[str, str]]:
        """Let the model look things up with tools: yields ("step", what it did), at last ("answer", text).

        Raises ModelError when there is no model, or no answer after a dozen steps.
        """
        from repoagent_agents.langchain_tools import investigate

        return investigate(self.index, question, self._asked())

    def as_retriever(self, limit: int = 10, roots: Sequence[str] = ()) -> BaseRetriever:
        """LangChain's view of `search`: documents with path, lines and symbol as metadata."""
        from repoagent_agents.langchain_tools import as_retriever

        return as_retriever(self.index, limit, roots)

    def as_tools(self) -> list[BaseTool]:
        """LangChain tools that look things up in this repository, for agents of your own."""
        from repoagent_agents.langchain_tools import as_tools

        return as_tools(self.index)

    def model(self) -> Model:
        """The model that was named, else configured, else the best that answers on this machine. Raises ModelError."""
        return self._chosen.model()

    def any_model(self, language: str = "") -> Model | None:
        """The same, but None where nobody named a model and none answers on this machine. Raises ModelError.

        In Japanese ("ja"), ELYZA's model is taken where it answers.
        """
        return self._chosen.any_model(language)

    @property
    def names_model(self) -> bool:
        """Whether a model was named or configured, so that its absence is an error and not a reason for a brief."""
        return self._chosen.is_named

    def _asked(self, model: Model | None = None) -> Model:
        """A model, else the one of this repository, that is about to be sent parts of it.

        Raises ModelError, and Refused by `consent`.
        """
        model = model or self.model()
        self._allow(model)
        return model

    def _allow(self, recipient: Placed) -> None:
        ask_leave(self._consent, self.repository, recipient)

    def explaining(self, what: str) -> Subject:
        """What a file, a symbol or `path:line` stands for: the question about it, and its own places, for `ask`'s
        `first`. Raises UsageError.
        """
        from repoagent_agents.explain import subject

        return self.index.look_up(lambda index: subject(index, what))

    def symbols(self, path: str = "", name: str = "") -> list[Symbol]:
        """Definitions in files whose path begins with `path`, in order; only those called `name`, in any case."""
        return self.index.look_up(lambda index: _symbols(index, path.strip("/").removeprefix("./"), name))

    def refs(self, what: str) -> References:
        """Every use of a definition, each with how sure it is; `what` is a name, a qualified name, or `path:line`.

        Raises UsageError when it is ambiguous or unknown.
        """
        from repoagent_indexers.resolve.graph import references

        return self.index.look_up(lambda index: references(self._resolving(index), what))

    def callers(self, what: str, depth: int = 1, *, sure: bool = False) -> CallTree:
        """Who calls a definition, who calls those, and so on, `depth` levels; `sure` leaves out what is by name only.

        Raises UsageError as `refs` does.
        """
        from repoagent_indexers.resolve.graph import callers

        return self.index.look_up(lambda index: callers(self._resolving(index), what, depth, sure=sure))

    def callees(self, what: str, depth: int = 1, *, sure: bool = False) -> CallTree:
        """What of the repository a definition calls, and so on, `depth` levels; see `callers`."""
        from repoagent_indexers.resolve.graph import callees

        return self.index.look_up(lambda index: callees(self._resolving(index), what, depth, sure=sure))

    def calls(self, what: str) -> list[CallSite]:
        """Every call of a function, method or class, taken apart: its arguments, and edits that change them.

        Look at `certainty` first: a call that is known by name only may be another's. Raises UsageError as `refs` does.
        """
        from repoagent_agents.editing.call_sites import call_sites

        return self.index.look_up(lambda index: call_sites(self._resolving(index), what))

    def headers(self, what: str) -> list[tuple[Definition, Parameters]]:
        """Where a function is declared, each with its parameters, taken apart as the arguments of `calls` are."""
        from repoagent_agents.editing.call_sites import headers

        return self.index.look_up(lambda index: headers(self._resolving(index), what))

    def imports(self, what: str) -> list[ImportSite]:
        """The statements of Python that import a definition by name, each with the edit that sends it elsewhere."""
        from repoagent_agents.editing.import_sites import import_sites

        return self.index.look_up(lambda index: import_sites(self._resolving(index), what))

    def edit(self, span: Span, text: str) -> Edit:
        """The edit that writes `text` in the place of a span: of a symbol, a hit, or `lines`. Raises UsageError."""
        from repoagent_agents.editing.edits import Edit

        content = self._content_of(span.path)
        return Edit(span.path, span.start_byte, span.end_byte, content[span.start_byte : span.end_byte], text.encode())

    def lines(self, path: str, first: int, last: int | None = None) -> Span:
        """The span of whole lines of a file, 1-based and inclusive; one line past the end is where text is added.

        Raises UsageError for a file or lines that are not there.
        """
        from repoagent_indexers.source import Span

        content = self._content_of(path)
        starts = [0, *(match.end() for match in re.finditer(rb"\n", content))]
        starts += [len(content)] if starts[-1] < len(content) else []
        last = first if last is None else last
        if not 0 < first <= last <= len(starts):
            raise UsageError(f"{shown(path)}: has no lines {first} to {last}; it has {len(starts) - 1}")
        starts.append(len(content))
        return Span(path, starts[first - 1], starts[last], first, last)

    def text_at(self, span: Span) -> str:
        """The text of a span, as the index knows its file; "" where that has changed since."""
        source = self.index.source(span.path)
        return source.content[span.start_byte : span.end_byte].decode("utf-8", "replace") if source else ""

    def _content_of(self, path: str) -> bytes:
        """A file as spans count in it; empty for one that is not there yet."""
        source = self.index.source(path)
        if source is not None:
            return source.content
        if not (self.repository.root / path).exists():
            return b""
        return self.text_of(path).encode()

    def change(self, edits: Iterable[Edit], *, notes: Iterable[str] = ()) -> Change:
        """A change made of edits of your own; nothing is written before `Change.apply`.

        Raises UsageError where two of them overlap, and Refused where one no longer fits its file or would leave a file
        with syntax errors that it does not have now.
        """
        from repoagent.change import Change
        from repoagent_agents.editing.edit_check import readable

        wanted = tuple(edits)
        problems: list[str] = []
        kept = readable(wanted, {path: self._content_of(path) for path in {edit.path for edit in wanted}}, problems)
        if len(kept) < len(wanted):
            raise Refused(f"{problems[0]}; nothing is changed")
        return Change(self.repository, wanted, notes=notes)

    def history(self, what: str, limit: int = 10) -> Past:
        """The newest `limit` commits that touched `what`, and the files that change together with it.

        `what` is a path, a name, a qualified name, or `path:line`. Raises UsageError when it is ambiguous or unknown.
        """
        from repoagent_indexers.past import past

        return self.index.look_up(lambda index: past(self._resolving(index), what, limit))

    def _resolving(self, index: Index) -> Resolution:
        """What has been read of the generation in sight, so that the next question is cheap."""
        from repoagent_indexers.resolve.references import Resolution

        generation = index.catalogue.fingerprint
        if self._resolution is None or self._resolution[0] != generation:
            self._resolution = generation, Resolution(index)
        return self._resolution[1]

    def generate(self, wish: str, *, budget: int | None = None) -> tuple[Change, Proposal]:
        """A change that the model proposes for a wish, and all it said; nothing is written before `Change.apply`."""
        from repoagent.change import Change
        from repoagent_agents.generate import generate

        proposal = generate(self.index, wish, self._asked(), budget=budget)
        return Change(self.repository, proposal.edits, notes=proposal.problems), proposal

    def debug(
        self, command: Sequence[str], output: str, *, budget: int | None = None, attempts: Sequence[Attempt] = ()
    ) -> tuple[Change, Proposal]:
        """A change that may make a command pass, given what it printed, without and with changes that were tried
        before; nothing is written before `Change.apply`."""
        from repoagent.change import Change
        from repoagent_agents.debug import debug

        proposal = debug(self.index, command, output, self._asked(), budget=budget, attempts=attempts)
        return Change(self.repository, proposal.edits, notes=proposal.problems), proposal

    def review(self, model: Model | None = None) -> Review:
        """Findings on the staged changes; with a model, its findings too."""
        from repoagent_agents.review.review import review

        return review(self.repository, self.index, self._asked(model) if model is not None else None)

    def rename(self, symbol: str, new_name: str, *, in_words: bool = False) -> Change:
        """A change that renames a definition and its uses; nothing is written before `Change.apply`.

        `symbol` is a name, a qualified name, or `path:line`; with `in_words`, what comments and documentation clearly
        say of it is changed too. Raises UsageError when it is ambiguous or unknown.
        """
        from repoagent.change import Change
        from repoagent_agents.rename.plan import plan_rename

        plan = plan_rename(self.repository, self.index, symbol, new_name, in_words=in_words)
        return Change(
            self.repository, plan.edits, notes=plan.notes, skipped=plan.skipped, granted=["tests"], moves=plan.moves
        )

    def rewrite(self, places: Sequence[Span | Symbol | str], instruction: str) -> Change:
        """A change in which the model rewrites each place as told; nothing is written before `Change.apply`."""
        from repoagent.change import Change
        from repoagent_agents.rewrite import plan_rewrite

        plan = plan_rewrite(self.index, self._asked(), places, instruction)
        return Change(self.repository, plan.edits, notes=plan.problems)


def _symbols(index: Index, prefix: str, name: str) -> list[Symbol]:
    paths = index.catalogue.paths
    if name:
        from repoagent_indexers.resolve.named import definitions_of, parts_of

        parts = parts_of(name.lower()) or [name.lower()]
        places = definitions_of(index, parts)
        found = [(position, index.facts(position), number) for position, number in places]
        symbols = [facts.symbol(number, paths[position]) for position, facts, number in found if facts]
        return [
            symbol
            for symbol in symbols
            if _below(symbol.span.path, prefix)
            and (len(parts) == 1 or parts_of(symbol.qualified_name.lower())[-len(parts) :] == parts)
        ]
    return [
        symbol for each in paths if _below(each, prefix) for symbol in index.parsed(each).symbols
    ]  # fmt: skip


def _below(path: str, prefix: str) -> bool:
    return prefix in {"", ".", path} or path.startswith(prefix + "/")
