"""Problem -> what the model is asked, and its reply -> the completion.

Three styles. `completion` is the protocol behind the family's published figures, for every variant, Instruct as well:
the model continues code, or three solved examples (Code Llama paper, arXiv:2308.12950, table 2: HumanEval zero-shot,
MBPP 3-shot; table 4: MultiPL-E zero-shot). `instruct` asks in a dialog: MBPP by the paper's own zero-shot words
(section 3.4.2, figure 13), HumanEval by words after their pattern, for which the paper has no figures. `synthesize` is
how bigcode's leaderboard measures Instruct models on HumanEval (HumanEvalSynthesize, Muennighoff et al. 2023): the
instruction in the model's own markup, and the function's head as the beginning of its answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repoagent_agents.evaluation.problems import Problem
from repoagent_agents.evaluation.published import member
from repoagent_agents.models.base import Message

COMPLETION, INSTRUCT, SYNTHESIZE = "completion", "instruct", "synthesize"

HUMANEVAL_STOP = ("\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\n```", "<file_sep>")
"""New code at the top level ends a function. The list of bigcode-evaluation-harness, with which ELYZA measured
Code Llama; Codex' own (Chen et al. 2021, section 2) is its part without `\\n@`, fences and `<file_sep>`."""
SYNTHESIZE_STOP = ("\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\nassert")
"""The same harness, humanevalpack.py."""
MBPP_STOP = ("[DONE]",)
"""Austin et al. 2021, section 3.1: a solution stands between [BEGIN] and [DONE]."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked: text to continue, or a dialog."""

    text: str = ""
    messages: tuple[Message, ...] = ()
    """A dialog where there is one; `text` is "" then."""
    stop: tuple[str, ...] = ()


def prompt(problem: Problem, shots: Sequence[Problem], style: str, model: str = "") -> Prompt:
    """What the model of that name is asked for a problem; `shots` are the solved ones that go before it."""
    if style == SYNTHESIZE:
        return Prompt(_synthesized(problem, member(model)), stop=SYNTHESIZE_STOP)
    if style == INSTRUCT:
        asked = _mbpp_task(problem, "\n") if problem.task else _FUNCTION.format(code=problem.before.strip())
        return Prompt(messages=(Message("user", asked + _TAGS),))
    if problem.task:
        solved = [_shot(shot, f"{shot.solution}\n[DONE]") for shot in shots]
        return Prompt("\n\n".join([*solved, _shot(problem, "")]), stop=MBPP_STOP)
    # Stripped, as bigcode's harness does: the line end belongs to the token that begins the body.
    return Prompt(problem.before.strip(), stop=problem.stop or HUMANEVAL_STOP)


def _synthesized(problem: Problem, published: str) -> str:
    """The harness's own texts for the family, and its plain one for any other model."""
    instruction, head = problem.instruction.strip(), problem.before
    if "Instruct" not in published:
        return f"{instruction}\n\n{head}".strip()
    if published.endswith("70B"):
        return f"Source: user\n\n {instruction} Source: assistant\nDestination: user \n\n{head}".strip()
    return f"[INST] {instruction} [/INST] {head}".strip()


_TAGS = "\nYour code should start with a [PYTHON] tag and end with a [/PYTHON] tag."
_FUNCTION = "You are an expert Python programmer, and here is your task: complete this function.\n\n{code}\n"


def _mbpp_task(problem: Problem, between: str) -> str:
    tests = "\n".join(problem.examples)
    return (
        f"You are an expert Python programmer, and here is your task: {problem.task}{between}"
        f"Your code should pass these tests:\n\n{tests}"
    )


def _shot(problem: Problem, solution: str) -> str:
    return f"{_mbpp_task(problem, ' ')}\n[BEGIN]\n{solution}"


def completion(problem: Problem, reply: str, asked: Prompt) -> str:
    """What of a reply goes into the program."""
    if not asked.messages:
        return _indented(cut(reply, asked.stop)) if problem.instruction else cut(reply, asked.stop)
    code = code_in(reply)
    if problem.before and re.search(rf"^[ \t]*(?:async )?def {re.escape(problem.entry_point)}\b", code, re.MULTILINE):
        return f"\n{code}"  # the whole function again: it stands behind the one that is only a docstring
    return code


def cut(text: str, stop: Iterable[str]) -> str:
    """Text up to the first stop string."""
    return text[: min((at for word in stop if word and (at := text.find(word)) >= 0), default=len(text))]


def _indented(code: str) -> str:
    """Code up to the first line that begins at the margin: the function is over there."""
    lines = code.rstrip().split("\n")
    end = next((n for n, line in enumerate(lines) if line.strip() and line[0] not in " \t"), len(lines))
    return "\n".join(lines[:end])


_TAGGED = re.compile(r"\[PYTHON\](.*?)(?:\[/PYTHON\]|\Z)", re.DOTALL)
_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)


def code_in(reply: str) -> str:
    """The code of a reply: between the tags it was asked for, else in its first fence, else all of it."""
    tagged = _TAGGED.search(reply)
    text = tagged[1] if tagged else reply
    fenced = _FENCED.search(text)
    return (fenced[2] if fenced else text).strip("\n")
