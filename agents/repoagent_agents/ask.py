"""Question -> Answer: retrieve, pack, ask the model, and check what the answer cites."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from repoagent_agents.explain import leading
from repoagent_agents.models.base import Message, Model, Sampling, Spent, count_dialog, draw, streamed, timed
from repoagent_agents.natural_language import language_of
from repoagent_agents.packing.pack import BODIES, MIN_BUDGET, Pack, n_hits, pack
from repoagent_agents.prompts import prompt
from repoagent_agents.search_terms import searched
from repoagent_indexers.errors import UsageError
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.retrieve import search
from repoagent_indexers.source import Hit, Span

MAX_WINDOW = 100_000
"""Tokens; no model is given more, whatever it says it can take."""
REPLY = 1024
"""Tokens kept free for the reply, less in a small window."""
N_SOURCES = 5
"""Sources named when the model cites none."""
MORE_SHARE = 0.15
"""Of the window: what a further question may add of code."""
_FRAME = 64
"""Tokens that a chat format may add around messages."""
_CITATION = re.compile(r"([\w./@+-]+\.[\w+-]+|[\w./@+-]*/[\w@+-]+)[:#]L?(\d+)(?:\s*[-\u2013]\s*L?(\d+))?")


@dataclass(frozen=True, slots=True)
class Source:
    """A place that an answer rests on."""

    span: Span
    symbol: str
    """Qualified name of the definition there, "" for none."""
    cited: bool
    """Whether the model named it; otherwise it was among the best that the model was given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered, and on what."""

    text: str
    sources: tuple[Source, ...]
    n_false_citations: int
    """Places the model named that it was not given; they are not among the sources."""
    model: str
    pack: Pack
    spent: Spent


@dataclass(slots=True)
class Asking:
    """An answer on its way: iterate for the pieces of text, then take `answer`."""

    question: str
    model: Model
    pack: Pack
    """What the model has been given so far."""
    hits: Sequence[Hit]
    sampling: Sampling
    system: str
    look: Callable[[str, int, Pack], tuple[Pack, Sequence[Hit]]]
    """(question, budget, what was given) -> what else the repository says on it, and the hits."""
    closing: str = ""
    """What the model is told last, behind the question."""
    history: tuple[Message, ...] = ()
    """What was asked and answered before."""
    added: str = ""
    """What the pack has grown by for this question."""
    answer: Answer | None = None
    """None until the last piece was drawn."""

    def __iter__(self) -> Iterator[str]:
        """Pieces as they arrive. Raises ModelError; what arrived before is in its `partial`."""
        parts: list[str] = []
        stream = timed(streamed(self.model, self.dialog(), self.sampling))
        while True:
            try:
                part = next(stream)
            except StopIteration as end:
                spent: Spent = end.value
                break
            parts.append(part)
            yield part
        self.answer = self._answer("".join(parts), spent)

    def candidates(self, n: int) -> tuple[Answer, ...]:
        """Several answers, drawn in one request where the server can. Raises ModelError."""
        began = time.perf_counter()
        drawn = draw(self.model, self.dialog(), self.sampling, n)
        took = time.perf_counter() - began
        spent = Spent(drawn.usage, took, took, getattr(self.model, "remembered", False))
        return tuple(self._answer(text, spent) for text in drawn.texts)

    def follow(self, question: str) -> Asking:
        """A further question, after this one was answered: the model goes on from what it has read.

        Code that this question is about and that was not given yet stands before it, as far as the window goes. Raises
        UsageError when the window is full.
        """
        if self.answer is None:
            raise UsageError("a further question needs the answer to the one before; iterate over it first")
        history = (*self.dialog(), Message("assistant", self.answer.text))
        following = replace(self, question=question, history=history, answer=None, added="")
        window = min(self.model.window, MAX_WINDOW)
        free = window - self.sampling.max_tokens - count_dialog(self.model, following.dialog())
        if free < 0:
            raise UsageError("the questions so far fill the model's window; ask this one anew, or use a --budget")
        budget = min(free - _FRAME, int(window * MORE_SHARE))
        if budget < MIN_BUDGET:
            return following
        more, hits = self.look(question, budget, self.pack)
        return replace(following, pack=self.pack.and_more(more), added=more.text, hits=[*hits, *self.hits])

    def dialog(self) -> list[Message]:
        """What the model is sent."""
        question = f"{self.question}\n{self.closing}" if self.closing else self.question
        if self.history:
            added = f"{_MORE}\n\n{self.added}\n" if self.added else ""
            return [*self.history, Message("user", f"{added}{question}")]
        return messages(self.system, question, self.pack.text)

    def _answer(self, text: str, spent: Spent) -> Answer:
        sources, n_false = cited(text, self.pack, self.hits)
        spent = replace(spent, from_cache=getattr(self.model, "remembered", False))
        return Answer(text, sources, n_false, self.model.name, self.pack, spent)


def ask(
    index: Index,
    question: str,
    model: Model,
    *,
    budget: int | None = None,
    roots: Sequence[str] = (),
    sampling: Sampling | None = None,
    task: str = "ask",
    language: str = "",
    further: int = 0,
    first: Sequence[Hit] = (),
) -> Asking:
    """Retrieve and pack for a question; the model is asked when the result is iterated.

    `budget` limits the pack, in tokens; by default it is what the model's window holds beside the question, the
    reply, and as many `further` questions, `MAX_WINDOW` at most. `task` names the system prompt, `language` ("ja",
    "en") what to answer in; "" is that of the question. `first` are places to give the model before what the question
    finds. Raises UsageError when the question alone is too long.
    """
    system, closing = prompt(task), ""
    if (language or language_of(question)) == "ja":
        system = f"{system}\n{prompt('in_japanese')}"
        closing = "日本語で答えてください。"
    elif language == "en" and language_of(question):
        closing = "Answer in English."
    window = min(model.window, MAX_WINDOW)
    room = min(REPLY, max(128, window // 4))
    fixed = model.count(system) + 2 * model.count(f"{question}\n{closing}") + model.count(_BEFORE + _BEHIND) + _FRAME
    free = window - room - fixed
    if free < MIN_BUDGET:
        raise UsageError(
            f"the question takes {fixed} of the {window} tokens that {model.name} can take; "
            "shorten it or use another model"
        )
    free -= min(free // 2, further * (room + int(window * MORE_SHARE) + _FRAME))

    def look(question: str, budget: int, given: Pack | None) -> tuple[Pack, Sequence[Hit]]:
        found = search(index, searched(question, model), limit=n_hits(budget), roots=roots, spread=False)
        hits = found if given else leading(first, found)
        return pack(index, question, budget, model.count, roots=roots, hits=hits, given=given), hits

    packed, hits = look(question, min(free, budget or free), None)
    sampling = replace(sampling or Sampling(), max_tokens=room)
    return Asking(question, model, packed, hits, sampling, system, look, closing)


_BEFORE, _BEHIND = "The question: ", "The question again, answer it now: "
_MORE = "More code of the repository:"


def messages(system: str, question: str, context: str) -> list[Message]:
    """The dialog: the question stands before the context and again behind it, where a long window is read best."""
    text = f"{_BEFORE}{question}\n\n{context}\n{_BEHIND}{question}"
    return [Message("system", system), Message("user", text)]


def cited(text: str, packed: Pack, hits: Sequence[Hit]) -> tuple[tuple[Source, ...], int]:
    """The sources of an answer, and how many of its citations point at nothing that was given.

    Sources are the places that it cites; when it cites none, the best that it was given.
    """
    symbols = {hit.span: hit.symbol.qualified_name if hit.symbol else "" for hit in hits}
    shown = [piece for piece in packed.pieces if piece.level in (*BODIES, "signature")]
    found: dict[Span, Source] = {}
    n_false = 0
    for match in _CITATION.finditer(text):
        path, first = match[1].removeprefix("./"), int(match[2])
        if path.startswith("//"):  # the host and port of a URL
            continue
        last = max(first, int(match[3] or first))
        around = [
            piece.span
            for piece in shown
            if piece.span.path == path and piece.span.start_line <= last and first <= piece.span.end_line
        ]
        if not around:
            n_false += 1
            continue
        name = next((symbols[hit.span] for hit in hits if hit.span.path == path and _meets(hit.span, first, last)), "")
        span = Span(path, around[0].start_byte, around[0].end_byte, first, last)
        found.setdefault(span, Source(span, name, cited=True))
    if found:
        return tuple(found.values()), n_false
    bodies = [piece.span for piece in shown if piece.level != "signature"]
    given: dict[str, Hit] = {}
    """Path -> its best hit of which something was shown."""
    for hit in hits:
        if any(span.path == hit.span.path and _meets(span, hit.span.start_line, hit.span.end_line) for span in bodies):
            given.setdefault(hit.span.path, hit)
    best = [*given.values()][:N_SOURCES]
    return tuple(Source(hit.span, symbols[hit.span], cited=False) for hit in best), n_false


def _meets(span: Span, first: int, last: int) -> bool:
    return span.start_line <= last and first <= span.end_line
