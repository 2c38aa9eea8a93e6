"""Code Llama's dialog formats, exact to the token, and text that no server can mistake for them.

The formats are those of meta-llama/codellama, llama/generation.py: `chat_completion` for 7B to 34B and
`dialog_prompt_tokens` for 70B. They are built as parts, text and control tokens apart, so that a backend which takes
token ids never has to parse a control token out of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from repoagent_agents.models.base import Message

BREAK = "·"
"""Put after the bracket that opens a control string: `[INST]` becomes `[·INST]`."""


def neutralise(text: str) -> str:
    """Return `text` with every control string visibly broken; `restore` gives `text` back, whatever it held."""
    return _CONTROL_HEAD.sub(rf"\g<0>{BREAK}", text)


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


def prepared(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the dialog alternating and neutralised: what a backend may send."""
    return tuple(Message(message.role, neutralise(message.content)) for message in alternating(messages))


class Control(Enum):
    """A token that only the format may write; the value is its text form."""

    BOS = "<s>"
    EOS = "</s>"
    STEP = " <step>"


Part = str | Control


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


def step_parts(messages: Sequence[Message]) -> tuple[Part, ...]:
    """Return the prompt for Code Llama-Instruct 70B, for a dialog that is `alternating`."""
    system, turns = _split_system(messages)
    parts: list[Part] = [Control.BOS]
    for message in (Message("system", system or ""), *turns):
        destination = "\nDestination: user" if message.role == "assistant" else ""
        parts.append(f" Source: {message.role}{destination}")
        if message.content:
            parts.append(f"\n\n {message.content.strip()}")
        parts.append(Control.STEP)
    return (*parts, " Source: assistant\nDestination: user", "\n\n ")


def as_text(parts: Sequence[Part], *, with_bos: bool) -> str:
    """Return the prompt as one string; without the first BOS for servers that put it there themselves."""
    if not with_bos and parts and parts[0] is Control.BOS:
        parts = parts[1:]
    return "".join(part.value if isinstance(part, Control) else part for part in parts)


def as_ids(parts: Sequence[Part], encode: Callable[[str], list[int]], ids: Mapping[Control, int]) -> list[int]:
    """Return the prompt as token ids; `encode` must know no control token, so that none can come out of text."""
    prompt: list[int] = []
    for part in parts:
        prompt += [ids[part]] if isinstance(part, Control) else encode(part)
    return prompt


def completion_prompt(name: str, messages: Sequence[Message]) -> str:
    """Return the prompt for a route that takes text and puts BOS before it: the family's format, or the bare text."""
    form = format_of(name)
    if form is None:
        return "\n\n".join(message.content for message in messages) + "\n"
    return as_text(form(messages), with_bos=False)


def format_of(name: str) -> Callable[[Sequence[Message]], tuple[Part, ...]] | None:
    """Return the format that a member of the family was trained on, by its name; None for base and foreign models."""
    lowered = name.lower().replace("-", "").replace("_", "")
    if "codellama" not in lowered or "instruct" not in lowered:
        return None
    return step_parts if "70b" in lowered else instruct_parts


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
