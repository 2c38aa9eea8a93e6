"""What may leave this machine: which addresses are on it, and what in a text looks like a secret.

A key, a token or a password is replaced, so that code stays readable and lines stay where they are.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from urllib.parse import urlsplit

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
_LEAST_BITS = 3.0
"""Bits a character: words and names have less, what was drawn by chance has more."""


def is_loopback(url: str) -> bool:
    """Tell whether the URL points to this machine."""
    host = (urlsplit(url).hostname or "").lower()
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def without_secrets(text: str, *, in_place: bool = False) -> tuple[str, Counter[str]]:
    """The text with a word in place of each secret, and how many of each kind; its lines stay where they were.

    With `in_place` asterisks stand there instead, one for each byte in UTF-8, so that every byte stays where it was.
    """
    found: Counter[str] = Counter()

    def known(match: re.Match[str]) -> str:
        number = next(n for n in range(len(_KINDS)) if match[f"k{n}"] is not None)
        kind = _KINDS[number]
        found[kind] += 1
        kept = match["a"] or match["b"] or ""
        secret = match[0][len(kept) :]
        return kept + (_stars(secret) if in_place else _word(kind) + "\n" * secret.count("\n"))

    def assigned(match: re.Match[str]) -> str:
        value = match["value"]
        quote = value[0] if value[0] in "'\"" else ""
        if not _is_secret(value.strip("'\"")):
            return match[0]
        found["password or token"] += 1
        instead = _stars(value.strip(quote) if quote else value) if in_place else _word("secret")
        return f"{match['name']}{match['sign']}{quote}{instead}{quote}"

    return _ASSIGNED.sub(assigned, _KNOWN.sub(known, text)), found


def overwritten(content: bytes) -> tuple[bytes, Counter[str]]:
    """A file's content with its secrets overwritten, each byte where it was, and how many there were of each kind."""
    text, found = without_secrets(content.decode("utf-8", "surrogateescape"), in_place=True)
    return text.encode("utf-8", "surrogateescape"), found


def _stars(secret: str) -> str:
    return "\n".join("*" * len(line.encode("utf-8", "surrogateescape")) for line in secret.split("\n"))


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
