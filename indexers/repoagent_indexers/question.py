"""Question -> what it asks for: terms with weights, identifiers, paths, and which kinds of files are meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from repoagent_indexers.roles import CONFIGURATION, DOCUMENTATION, EXAMPLE, TEST
from repoagent_indexers.terms import STOP, WORD, split

MAX_TERMS = 64
"""Terms of a question that are looked up; a long report's rarest ones are picked by the caller's document counts."""

_ASKING = frozenset(
    """about actually after also another any anything before behaviour behavior between call called case cases code
    codebase come comes current decide decided decides defined describe detail details different explain file files
    find first function functions give given go goes happen happened happens help implement implementation implemented
    implements know line lines live lives look method methods need needs new part place please project repo repository
    say says see show somewhere source still tell thing things used uses using via want way ways work working works
    written""".split()
)
"""Words of asking: they say little about where the answer is."""

_IDENTIFIER = re.compile(
    r"`([^`\n]{2,80})`|\b([A-Za-z_$][\w$]*(?:(?:\.|::|->|#)[A-Za-z_$][\w$]*)+|[A-Za-z]\w*_\w+|_+[A-Za-z]\w*"
    r"|[a-z]+(?:[A-Z][a-z0-9]*)+|(?:[A-Z][a-z0-9]+){2,}|[A-Z][A-Z0-9_]{2,}|\w+(?=\(\)))"
)
_PATH = re.compile(r"(?<![\w:/])(?:[\w.@+-]+/)+[\w.@+-]+|\b[\w-]+\.(?:[a-z]{1,4}|[ch]pp)\b")
_MEANT_WORDS = {
    TEST: r"tests|tested|unit ?tests?|specs|test (cases?|suites?|files?)|fixtures|pytest",
    DOCUMENTATION: r"docs?|documentation|documented|readme|changelog|changes|release notes|guide",
    EXAMPLE: r"examples?|samples?|demos?|tutorials?|benchmarks?",
    CONFIGURATION: r"config files?|pyproject|makefile|dockerfile|workflows?|ci|package\.json|build scripts?|licen[cs]e",
}
_MEANT = tuple((role, re.compile(rf"\b({words})\b", re.IGNORECASE)) for role, words in _MEANT_WORDS.items())


@dataclass(frozen=True, slots=True)
class Question:
    """What a question asks for."""

    text: str
    terms: dict[str, float]
    """Term -> weight, in the order of the text."""
    identifiers: tuple[str, ...]
    """What is written as code is: compound, dotted, in backticks, called."""
    words: tuple[str, ...]
    """Words that stand alone and say something: each may be the name of a definition."""
    joined: tuple[str, ...]
    """Neighbouring words run together, as identifiers do it: "cookie jar" gives `cookiejar`."""
    paths: tuple[str, ...]
    meant: frozenset[int]
    """Roles of files that the words name: a question about tests wants tests."""


def understand(text: str) -> Question:
    """What a question asks for, from its words alone."""
    text = text[:20_000]
    identifiers = tuple(dict.fromkeys(_identifiers(text)))
    paths = tuple(dict.fromkeys(found.group() for found in _PATH.finditer(text)))
    terms: dict[str, float] = {}
    for word in WORD.findall(text):
        lowered = word.lower()
        if lowered in STOP:
            continue
        weight = 0.25 if lowered in _ASKING else 1.0
        for term in split(word):
            terms[term] = max(terms.get(term, 0.0), weight)
    meant = frozenset(role for role, words in _MEANT if words.search(text))
    words = [word for word in WORD.findall(text) if word.lower() not in STOP]
    if not terms:
        identifiers = identifiers or tuple(dict.fromkeys(re.findall(r"\w+", text)))[:4]
    return Question(text, terms, identifiers, tuple(dict.fromkeys(words)), _joined(text), paths, meant)


def _joined(text: str) -> tuple[str, ...]:
    words = [word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9]+", text)][:400]
    if len(words) == 1:
        return tuple(words)
    found: dict[str, None] = {}
    for left, right in pairwise(words):
        if left not in STOP and right not in STOP:
            found[left + right] = None
            found[left + right.removesuffix("s")] = None
    return tuple(found)


def _identifiers(text: str) -> list[str]:
    """Identifiers in order: a dotted one whole and by its last part."""
    found: list[str] = []
    for match in _IDENTIFIER.finditer(text):
        written = (match.group(1) or match.group(2)).strip().removesuffix("()")
        parts = re.findall(r"[A-Za-z_$][\w$]*", written)
        if parts and len(parts) <= 6:
            found.append(written)
            found.append(parts[-1])
    return [name for name in found if len(name) > 1]
