"""Wish + context -> Proposal: ask the model for edits, read them, check them, and give it one more chance.

The loop that generate, debug and rewrite share. Nothing is written: a proposal is data, to be shown and, with consent,
applied by the floor above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from repoagent_agents.ask import MAX_WINDOW
from repoagent_agents.editing.edit_replies import read_edits
from repoagent_agents.editing.edits import Edit
from repoagent_agents.models.base import Message, Model, Sampling, complete, count_dialog
from repoagent_agents.packing.pack import BODIES, MIN_BUDGET, pack
from repoagent_agents.prompts import prompt
from repoagent_agents.search_terms import searched
from repoagent_indexers.errors import ModelError, UsageError
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.source import Hit, SourceFile

REPLY = 2048
"""Tokens kept free for each reply, less in a small window."""
TRIES = 2


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a model proposes."""

    edits: tuple[Edit, ...]
    """They fit the files as the index knows them, and leave every file readable."""
    text: str
    """The model's last reply, whole."""
    problems: tuple[str, ...]
    """What of it could not be taken: one line each."""


def propose(
    index: Index,
    model: Model,
    task: str,
    wish: str,
    *,
    detail: str = "",
    hits: Sequence[Hit] | None = None,
    budget: int | None = None,
    may_create: bool = False,
) -> Proposal:
    """What the model would change for a wish, given what of the repository the wish is about.

    `task` names the system prompt; `detail` belongs to the wish and stands behind the code, while the wish is said
    before it and again at the end; `hits` are places known to matter, best first. A reply of which something could not
    be taken is given back once with the reasons. Raises UsageError when the wish alone is too long, ModelError.
    """
    window = min(model.window, MAX_WINDOW)
    room = min(REPLY, max(128, window // 4))
    system = Message("system", _system(task))
    fixed = count_dialog(model, [system, Message("user", _asking(wish, "", detail))])
    free = window - 2 * room - fixed
    if free < MIN_BUDGET:
        raise UsageError(f"the wish takes {fixed} of the {window} tokens that {model.name} can take; shorten it")
    looked_for = searched(wish, model) if hits is None else wish
    packed = pack(index, looked_for, min(free, budget or free), model.count, hits=hits)
    shown = dict.fromkeys(piece.span.path for piece in packed.pieces if piece.level in BODIES)
    sources = [source for path in shown if (source := index.source(path)) is not None]
    dialog = [system, Message("user", _asking(wish, packed.text, detail))]
    return _converse(model, dialog, sources, Sampling(max_tokens=room), may_create)


def _converse(
    model: Model, dialog: list[Message], sources: Sequence[SourceFile], sampling: Sampling, may_create: bool
) -> Proposal:
    best = Proposal((), "", ())
    for _ in range(TRIES):
        try:
            reply = complete(model, dialog, sampling).text
        except ModelError as error:
            if best.edits:
                return replace(best, problems=(*best.problems, f"asked again for the rest: {error}"))
            error.partial = ""  # nobody has seen it
            raise
        edits, problems = read_edits(reply, sources, may_create=may_create)
        if not edits and not problems:
            problems = ("the reply holds no edit",)
        if len(edits) >= len(best.edits):
            best = Proposal(edits, reply, problems)
        if not problems:
            break
        listed = "\n".join(f"- {problem}" for problem in problems)
        dialog = [*dialog, Message("assistant", reply), Message("user", f"{_AGAIN}\n{listed}\n{prompt('edits_again')}")]
        if count_dialog(model, dialog) + sampling.max_tokens > min(model.window, MAX_WINDOW):
            break
    return best


_AGAIN = "Parts of this cannot be taken. Give all edits again, whole. The reasons:"


def _system(task: str) -> str:
    """The words of a task, those on the form of edits, and what the task has to say on that."""
    role, _, closing = prompt(task).partition("\n\n")
    return "\n".join(part for part in (role, prompt("edits"), closing) if part)


def _asking(wish: str, context: str, detail: str) -> str:
    """What stands at the end of a long window is heeded best: the wish, and the form that it is to be answered in."""
    shown = f"{detail}\n\n" if detail else ""
    return f"The wish: {wish}\n\n{context}\n{shown}{prompt('edits_again')}\nThe wish again, answer it now: {wish}"
