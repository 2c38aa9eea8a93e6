"""Code Llama's prompts, exact to the token, and text that no server can mistake for them.

The formats are those of meta-llama/codellama, llama/generation.py: `chat_completion` for 7B to 34B,
`dialog_prompt_tokens` for 70B, `infilling_prompt_tokens` for infilling. They are built as parts, text and control
tokens apart, so that a backend which takes token ids never has to parse a control token out of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Literal

from repoagent_agents.models.base import Gap, Message, Text
from repoagent_agents.models.family import Prompting, member_of

BREAK = "·"
"""Put after the bracket that opens a control string: `[INST]` becomes `[·INST]`."""


def neutralise(text: str) -> str:
    """Return `text` with every control string visibly broken; `restore` gives `text` back, whatever it held."""
    return _CONTROL_HEAD.sub(rf"\g<0>{BREAK}", text)


def cut(text: str) -> list[str]:
    """Return the text in pieces of which none holds a control string: each is cut behind its first character."""
    ends = [match.start() + 1 for match in _CONTROL_HEAD.finditer(text)]
    return [text[start:end] for start, end in pairwise([0, *ends, len(text)])]


def restore(text: str) -> str:
    """Return what `neutralise` was given."""
    return _BROKEN_HEAD.sub(r"\1", text)


def alternating(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the dialog as every chat template takes it: at most one system message first, then user and assistant
    in turn, beginning with the user. Neighbours of one role are joined; lone surrogates become "?"."""
    system = [message.content for message in messages if message.role == "system"]
    turns: list[Message] = []
    for message in messages:
        if message.role == "system":
            continue
        if not turns and message.role == "assistant":
            turns.append(Message("user", ""))
        if turns and turns[-1].role == message.role:
            turns[-1] = Message(message.role, f"{turns[-1].content}\n\n{message.content}")
        else:
            turns.append(message)
    head = [Message("system", "\n\n".join(system))] if system else []
    return tuple(Message(message.role, _encodable(message.content)) for message in head + turns)


def neutral(gap: Gap) -> Gap:
    """Return the gap with every control string broken, for a backend that parses text."""
    return Gap(neutralise(_encodable(gap.prefix)), neutralise(_encodable(gap.suffix)))


def prepared(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the dialog alternating and neutralised: what a backend may send."""
    return tuple(Message(message.role, neutralise(message.content)) for message in alternating(messages))


class Control(Enum):
    """A token that only the format may write; the value is its text form."""

    BOS = "<s>"
    EOS = "</s>"
    STEP = " <step>"
    PREFIX = " <PRE>"
    SUFFIX = " <SUF>"
    MIDDLE = " <MID>"
    EOT = " <EOT>"


@dataclass(frozen=True, slots=True)
class Bare:
    """Text that is encoded without the space that SentencePiece puts before a text."""

    text: str


Part = str | Bare | Control
Form = Callable[[Sequence[Message]], tuple[Part, ...]]


def form_of(name: str) -> Form | None:
    """Return the format that a member of the family was trained on, by its name; None for foreign models."""
    member = member_of(name)
    return FORMS[member.prompting] if member else None


def instruct_parts(messages: Sequence[Message]) -> tuple[Part, ...]:
    """Return the prompt for Code Llama-Instruct 7B, 13B and 34B, for a dialog that is `alternating`."""
    system, turns = _split_system(messages)
    contents = [message.content for message in turns]
    if system is not None:
        contents[0] = f"<<SYS>>\n{system}\n<</SYS>>\n\n{contents[0]}"
    parts: list[Part] = []
    for question, answer in zip(contents[::2], contents[1::2], strict=False):
        parts += [Control.BOS, f"[INST] {question.strip()} [/INST] {answer.strip()} ", Control.EOS]
    return (*parts, Control.BOS, f"[INST] {contents[-1].strip()} [/INST]")


def elyza_parts(messages: Sequence[Message]) -> tuple[Part, ...]:
    """Return the prompt for ELYZA's instruct model: `instruct_parts`, and one space at the end as on its model card."""
    *parts, last = instruct_parts(messages)
    return (*parts, f"{last} ")


def step_parts(messages: Sequence[Message]) -> tuple[Part, ...]:
    """Return the prompt for Code Llama-Instruct 70B, for a dialog that is `alternating`.

    Its texts are bare: only so do they become the ids that its model card gives.
    """
    system, turns = _split_system(messages)
    parts: list[Part] = [Control.BOS]
    for message in (Message("system", system or ""), *turns):
        destination = "\nDestination: user" if message.role == "assistant" else ""
        parts.append(Bare(f" Source: {message.role}{destination}"))
        if message.content:
            parts.append(Bare(f"\n\n {message.content.strip()}"))
        parts.append(Control.STEP)
    return (*parts, Bare(" Source: assistant\nDestination: user"), Bare("\n\n "))


def completion_parts(messages: Sequence[Message]) -> tuple[Part, ...]:
    """Return a text of which the answer is the natural continuation, for models that follow no instructions."""
    paragraphs = [f"Answer: {one.content}" if one.role == "assistant" else one.content for one in messages]
    return (Control.BOS, "\n\n".join([*paragraphs, "Answer:"]))


FORMS: dict[Prompting, Form] = {
    "completion": completion_parts,
    "instruct": instruct_parts,
    "steps": step_parts,
    "elyza": elyza_parts,
}

Order = Literal["psm", "spm"]


def infill_parts(gap: Gap, order: Order | None = None) -> tuple[Part, ...]:
    """Return the prompt for what belongs between prefix and suffix; the reply ends with `Control.EOT`.

    psm: prefix, suffix, middle. spm: suffix first, which does better where the gap begins a line, and worse inside one
    (Code Llama paper, tables 6 and 14). Which it is shows in the gap when it is not said.
    """
    if (order or order_for(gap)) == "psm":
        return (Control.BOS, Control.PREFIX, gap.prefix, Control.SUFFIX, Bare(gap.suffix), Control.MIDDLE)
    return (Control.BOS, Control.PREFIX, Control.SUFFIX, Bare(gap.suffix), Control.MIDDLE, gap.prefix)


def text_parts(text: Text) -> tuple[Part, ...]:
    """Return the prompt for what follows a text."""
    return (Control.BOS, text.content)


def order_for(gap: Gap) -> Order:
    """Return the order that does better for a gap."""
    return "spm" if gap.prefix.endswith("\n") else "psm"


def end_marks(end: Control) -> tuple[str, ...]:
    """Return how servers write the token that ends a reply, when they write it at all."""
    return (end.value, end.value.lstrip())


def as_text(parts: Sequence[Part], *, with_bos: bool) -> str:
    """Return the prompt as one string; without the first BOS for servers that put it there themselves.

    A text after <PRE> or <MID> gets the space that SentencePiece would put before it; and so does a suffix that begins
    with a mark, which else would swallow the end of <SUF> ("<SUF>," is another token than "<SUF>" and ","): seven of
    a hundred suffixes do.
    """
    if not with_bos and parts and parts[0] is Control.BOS:
        parts = parts[1:]
    written: list[str] = []
    before: Part | None = None
    for part in parts:
        if isinstance(part, Control):
            text = part.value if written else part.value.lstrip()
        else:
            text = part.text if isinstance(part, Bare) else part
            begins_with_mark = bool(text) and not (text[0].isalnum() or text[0].isspace())
            if (isinstance(part, str) and before in (Control.PREFIX, Control.MIDDLE)) or (
                before is Control.SUFFIX and begins_with_mark
            ):
                text = f" {text}"
            elif isinstance(part, Bare) and not written:
                text = text.removeprefix(" ")  # the tokenizer puts it there
        written.append(text)
        before = part
    return "".join(written)


def completion_prompt(name: str, messages: Sequence[Message]) -> str:
    """Return the prompt for a route that takes text and puts BOS before it: the family's format, or the bare text."""
    return as_text((form_of(name) or completion_parts)(messages), with_bos=False)


def _split_system(messages: Sequence[Message]) -> tuple[str | None, Sequence[Message]]:
    if messages and messages[0].role == "system":
        return messages[0].content, messages[1:] or (Message("user", ""),)
    return None, messages or (Message("user", ""),)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


_AFTER_ANGLE = (
    r"/?s>|unk>|<SYS>>|</SYS>>|(?:PRE|SUF|MID|EOT|step|FILL_ME)>"  # Llama 2 and Code Llama
    r"|\|[^|<>\s]{1,64}\|>|｜[^｜<>\n]{1,64}｜>"  # ChatML, Llama 3, Phi, DeepSeek
    r"|(?:bos|eos|pad|start_of_turn|end_of_turn)>|fim_(?:prefix|middle|suffix|pad)>"  # Gemma, StarCoder
)
_AFTER_SQUARE = r"/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|TOOL_CALLS\]"  # Llama 2, Mistral
# A head that is broken already gets one break more, which makes the pair of functions reversible for every text.
_CONTROL_HEAD = re.compile(rf"<(?:{BREAK}+|(?={_AFTER_ANGLE}))|\[(?:{BREAK}+|(?={_AFTER_SQUARE}))")
_BROKEN_HEAD = re.compile(rf"([<\[]){BREAK}")
