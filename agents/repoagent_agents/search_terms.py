"""A question in Japanese or Chinese -> the same with the English words that a model would look for in the code.

The glossary of the index does that without a model, for the words that it knows (repoagent_indexers/words/glossary.py).
"""

from __future__ import annotations

import re

from repoagent_agents.models.base import Message, Model, Sampling, complete
from repoagent_agents.prompts import prompt
from repoagent_indexers.errors import ModelError
from repoagent_indexers.words.glossary import is_asian

MAX_WORDS = 16
_REPLY = 64
"""Tokens."""
_WORD = re.compile(r"[A-Za-z_][\w.:-]*\w", re.ASCII)


def searched(question: str, model: Model) -> str:
    """What is looked for: the question, and behind it what the model puts it into, where English code needs that.

    One short call, made only for a question in Japanese or Chinese; without a usable reply the question as it is.
    """
    if not is_asian(question):
        return question
    asked = [Message("system", prompt("search_terms")), Message("user", question)]
    try:
        reply = complete(model, asked, Sampling(max_tokens=_REPLY)).text
    except ModelError:
        return question
    line = next((line for line in reply.splitlines() if _WORD.search(line)), "")
    words = [word for word in dict.fromkeys(_WORD.findall(line)) if word not in question]
    return " ".join([question, *words[:MAX_WORDS]])
