"""Tool calls in text, in the way of ReAct (Yao et al., ICLR 2023), for models that were not trained to call tools.

    Action: search
    Action Input: {"query": "cookies"}

The result comes back as `Observation: ...` in a user message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STOP = "\nObservation:"
"""A model likes to write the result itself; its reply ends before."""


@dataclass(frozen=True, slots=True)
class Call:
    """A wish to use a tool."""

    thought: str
    """What the model wrote before it."""
    name: str
    written: str
    """The arguments as the model wrote them."""
    arguments: dict[str, Any] | None
    """None when they are no JSON object."""


def rules(tools: Sequence[Mapping[str, Any]], *, must: str | bool = False) -> str:
    """Return what to tell the model. A tool is a mapping of name, description and parameters (a JSON schema).

    `must` is the name of the tool that it has to use now, or True for any.
    """
    listed = "\n".join(
        f"- {tool['name']}: {' '.join(tool.get('description', '').split())}\n"
        f"  arguments: {json.dumps(_properties(tool))}"
        for tool in tools
    )
    duty = f"You must use the tool {must} now." if isinstance(must, str) else "You must use a tool now."
    return (
        f"{duty if must else 'You may use a tool.'} To use one, end your reply with these two lines and write nothing "
        "after them:\n"
        "Action: the tool's name\n"
        "Action Input: its arguments, one JSON object on one line\n"
        "You are then given its result as an Observation. When you need no tool any more, reply without an Action.\n\n"
        f"Tools:\n{listed}"
    )


def call_text(name: str, arguments: Mapping[str, Any]) -> str:
    """Return a call as the model should have written it."""
    return f"Action: {name}\nAction Input: {json.dumps(arguments)}"


def find_call(text: str, tools: Sequence[Mapping[str, Any]]) -> Call | None:
    """Return the first call in a reply; those after it were written without its result. None in a final reply."""
    action = _ACTION.search(text)
    if action is None:
        return None
    name, written = action["name"], action["input"].strip()
    return Call(text[: action.start()].strip(), name, written, _arguments(written, name, tools))


def final_text(text: str) -> str:
    """Return a final reply without the words that ReAct prompts like to put before it."""
    return re.sub(r"^\s*Final Answer:\s*", "", text)


def _arguments(written: str, name: str, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the arguments of a call; bare text counts where the tool takes one string and nothing else."""
    start = written.find("{")
    if start >= 0:
        try:
            arguments, _ = json.JSONDecoder(strict=False).raw_decode(written, start)
        except (ValueError, RecursionError):
            return None
        return arguments if isinstance(arguments, dict) else None
    properties = next((_properties(tool) for tool in tools if tool["name"] == name), {})
    bare = re.sub(r"^```\w*|```$", "", written).strip().strip("\"'`")
    if bare and len(properties) == 1:
        (only, schema), *_ = properties.items()
        return {only: bare} if schema.get("type") == "string" else None
    return {} if not bare and not properties else None


def _properties(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = tool.get("parameters", {}).get("properties", {})
    return properties


_ACTION = re.compile(
    r"^[ \t]*Action:[ \t]*`?(?P<name>[\w.-]+)`?[ \t]*\n\s*Action Input:(?P<input>.*)", re.DOTALL | re.MULTILINE
)
