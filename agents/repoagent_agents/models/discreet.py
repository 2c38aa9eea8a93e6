"""A model on another machine -> the same model, to which no secret is sent.

What looks like a key, a token or a password is replaced by a word that says what stood there, in every message, so that
code stays readable and line numbers stay right. What was held back is counted by kind.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace

from repoagent_agents.models.around import Around
from repoagent_agents.models.base import Asked, Candidates, Gap, Model, Placed, Reply, Sampling, Text
from repoagent_agents.models.endpoint import is_loopback

_PATTERNS = {
    "private key": r"(?P<a>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)[^-]+",
    "AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b",
    "GitLab token": r"\bglpat-[\w-]{20,}",
    "Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|(?<=hooks\.slack\.com/services/)[\w/]{20,}",
    "Google key": r"\bAIza[\w-]{35}\b|\bya29\.[\w-]{20,}",
    "Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{16,}\b",
    "API key": r"\b(?:sk-(?:ant-|proj-)?[\w-]{20,}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,})",
    "JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}",
    "password in a URL": r"(?P<b>\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]{1,100}:)[^\s/:@'\"${}<]{3,100}(?=@)",
}
_KNOWN = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, pattern in enumerate(_PATTERNS.values())))
_KINDS = tuple(_PATTERNS)
_ASSIGNED = re.compile(
    r"(?P<name>[\w.-]{0,40}(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?"
    r"[\w.-]{0,20}['\"]?)(?P<sign>\s{0,3}(?:=>|:=|[:=])\s{0,3})(?P<value>'[^'\n]{8,200}'|\"[^\"\n]{8,200}\"|[^\s'\"(){}\[\],;]{8,200})",
    re.IGNORECASE,
)
"""A value behind a name that speaks of a secret; whether it is one is for `_is_secret` to say."""
_LETTERS, _DIGITS = re.compile(r"[A-Za-z]"), re.compile(r"[0-9]")
_STAND_IN = re.compile(r"\s|\.\.\.|[$<>{}()]|^(?:xxx|\*\*\*|your|my|test|example|dummy|fake|changeme|none|null)", re.I)
_LEAST_BITS = 3.0
"""Bits a character: words and names have less, what was drawn by chance has more."""


class Discreet(Around):
    """Another model, asked without secrets."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.held_back: Counter[str] = Counter()
        """Kind of secret -> how many were not sent with the last request."""

    def reply(self, asked: Asked, sampling: Sampling) -> Reply:
        return super().reply(self._cleaned(asked), sampling)

    def candidates(self, asked: Asked, sampling: Sampling, n: int) -> Candidates:
        return super().candidates(self._cleaned(asked), sampling, n)

    def _cleaned(self, asked: Asked) -> Asked:
        self.held_back = Counter()
        if isinstance(asked, Gap):
            return Gap(self._clean(asked.prefix), self._clean(asked.suffix))
        if isinstance(asked, Text):
            return Text(self._clean(asked.content))
        return [replace(message, content=self._clean(message.content)) for message in asked]

    def _clean(self, text: str) -> str:
        content, found = without_secrets(text)
        self.held_back += found
        return content


def discreet(model: Model) -> Model:
    """The model itself where it surely runs on this machine, else one to which no secret is sent."""
    return Discreet(model) if is_elsewhere(model) or model.place.startswith("LangChain") else model


def frank(model: Model) -> Model:
    """The model itself, which is sent everything as it stands: for text that is public, such as a benchmark's."""
    return model.model if isinstance(model, Discreet) else model


def is_elsewhere(model: Placed) -> bool:
    """Whether a model has an address that is not on this machine."""
    return "://" in model.place and not is_loopback(model.place)


def held_back(model: Model) -> Counter[str]:
    """What the last request to a model went without."""
    found = getattr(model, "held_back", None)
    return found if isinstance(found, Counter) else Counter()


def without_secrets(text: str) -> tuple[str, Counter[str]]:
    """The text with a word in place of each secret, and how many of each kind; its lines stay where they were."""
    found: Counter[str] = Counter()

    def known(match: re.Match[str]) -> str:
        number = next(n for n in range(len(_KINDS)) if match[f"k{n}"] is not None)
        kind = _KINDS[number]
        found[kind] += 1
        kept = match["a"] or match["b"] or ""
        return kept + _word(kind) + "\n" * match[0][len(kept) :].count("\n")

    def assigned(match: re.Match[str]) -> str:
        value = match["value"]
        quote = value[0] if value[0] in "'\"" else ""
        if not _is_secret(value.strip("'\"")):
            return match[0]
        found["password or token"] += 1
        return f"{match['name']}{match['sign']}{quote}{_word('secret')}{quote}"

    return _ASSIGNED.sub(assigned, _KNOWN.sub(known, text)), found


def _word(kind: str) -> str:
    return f"<{kind.replace(' ', '-')}-held-back>"


def _is_secret(value: str) -> bool:
    """Whether a value looks drawn by chance, or is a password: no name, no call, no word, no place to put one in."""
    if not (_LETTERS.search(value) and _DIGITS.search(value)) or "held-back>" in value:
        return False
    if re.search(
        r"\s|\.\.\.|[$<>{}()]|^(?:xxx|\*\*\*|your|my|test|example|dummy|fake|changeme|none|null)", value, re.I
    ):
        return False
    if re.fullmatch(r"[a-z_]+(?:[._-][a-z0-9_]+)*", value) and not re.search(r"[0-9]{4}", value):
        return False  # a name of code
    counts = Counter(value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return bits >= _LEAST_BITS
