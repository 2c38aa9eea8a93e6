"""Question -> what it asks for: terms with weights, identifiers, paths, and which kinds of files are meant."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import log

from repoagent_indexers.roles import CONFIGURATION, DOCUMENTATION, EXAMPLE, TEST
from repoagent_indexers.words.glossary import in_english
from repoagent_indexers.words.plain_words import in_code_words
from repoagent_indexers.words.report_terms import Standing, standings
from repoagent_indexers.words.telling import telling
from repoagent_indexers.words.terms import STOP, WORD, split

MAX_TEXT = 20_000
_LONG = 50
"""Words from which a text in one line reads as a report."""
_TITLE = 1.5
"""What a term of a report's first line counts more."""
_AGAIN, _QUOTED = 0.5, 0.6
"""What a term of a report counts more, times the logarithm of how often it is said; what it keeps that only stands in
code that the report quotes."""
_CODE_WORD, _NEXT_CODE_WORD = 0.45, 0.85
"""The share of its weight that the likeliest word of code for an everyday phrase has, and what each further one keeps.
"""
_PHRASE = 0.7
"""What a word keeps that is part of such a phrase: "left out" is not about what is left."""
_TELLING = 0.2
"""The weight from which a term is more than a word of asking."""

_IDENTIFIER = re.compile(
    r"`([^`\n]{2,80})`|\b([A-Za-z_$][\w$]*(?:(?:\.|::|->|#)[A-Za-z_$][\w$]*)+|[A-Za-z]\w*_\w+|_+[A-Za-z]\w*"
    r"|[a-z]+(?:[A-Z][a-z0-9]*)+|(?:[A-Z][a-z0-9]+){2,}|[A-Z][A-Z0-9_]{2,}|\w+(?=\(\)))"
)
_NAME = re.compile(r"[\w$]+(?:(?:\.|::|->|#)[\w$]+)*[?!]?(?:\(\))?")
_PATH = re.compile(r"(?<![\w:/\\])(?:[A-Za-z]:)?[\\/]?(?:[\w.@+-]+[\\/])+[\w.@+-]+|\b[\w-]+\.(?:[a-z]{1,4}|[ch]pp)\b")
_NOISE = re.compile(
    r"<!--(?:[^-]|-(?!->))*-->"  # what a form says to who fills it in
    r"|^[ \t]*[-*] \[[ xX]\].*$"  # its boxes to tick
    r"|^\#{1,6} .*$"  # its headings
    r"|^(?:Signed-off-by|Co-authored-by|Reviewed-by|Change-Id|git-svn-id):.*$"
    r"|https?://[^\s)>\]]+",
    re.M,
)
_FENCED = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n(.*?)(?:^[ \t]*\1|\Z)", re.M | re.S)
_REPOSITORY_PATH = re.compile(r"https?://[^\s)>\]]+/(?:blob|tree)/[^/\s]+/([^\s)>\]#?]+)")
_MEANT_WORDS = {
    TEST: r"tests|tested|unit ?tests?|specs|test (cases?|suites?|files?)|fixtures|pytest",
    DOCUMENTATION: r"docs?|documentation|documented|readme|changelog|release notes|guide",
    EXAMPLE: r"examples?|samples?|demos?|tutorials?|benchmarks?",
    CONFIGURATION: r"config files?|pyproject|makefile|dockerfile|workflows?|ci|package\.json|build scripts?|licen[cs]e",
}
_MEANT = tuple((role, re.compile(rf"\b({words})\b", re.IGNORECASE)) for role, words in _MEANT_WORDS.items())


@dataclass(frozen=True, slots=True)
class Question:
    """What a question asks for."""

    text: str
    """As asked; with Japanese or Chinese, its known words in English behind."""
    terms: dict[str, float]
    """Term -> weight, in the order of the text; see `telling`. Behind them the words of code for everyday phrases."""
    identifiers: tuple[str, ...]
    """What is written as code is: compound, dotted, in backticks, called."""
    joined: tuple[str, ...]
    """Neighbouring words run together, as identifiers do it: "cookie jar" gives `cookiejar`."""
    paths: tuple[str, ...]
    """Paths and names of files that the text mentions, those of stack traces among them."""
    meant: frozenset[int]
    """Roles of files that the words name: a question about tests wants tests."""
    is_name: bool
    """Whether the text is nothing but one name."""
    is_report: bool
    """Whether the text says what is wrong or was changed, in several lines, rather than asks."""
    standings: dict[str, Standing]
    """Of a report: term -> where it stands in it; empty for a question."""

    @property
    def subjects(self) -> dict[str, float]:
        """The terms that are more than words of asking; all where none is."""
        return {term: weight for term, weight in self.terms.items() if weight >= _TELLING} or self.terms


def understand(text: str) -> Question:
    """What a question asks for, from its words alone."""
    text = text[:MAX_TEXT]
    linked = _REPOSITORY_PATH.findall(text)
    title, _, rest = text.strip().partition("\n")
    is_report = bool(rest.strip()) or title.count(" ") >= _LONG
    plain = f"{title}\n{_NOISE.sub(' ', rest)}" if rest else _NOISE.sub(" ", title)
    if english := in_english(plain):
        title, plain, text = f"{title} {in_english(title)}", f"{plain}\n{english}", f"{text}\n{english}"
    identifiers = tuple(dict.fromkeys(_identifiers(plain)))
    paths = tuple(dict.fromkeys([*linked, *(found.group() for found in _PATH.finditer(plain))]))
    terms: dict[str, float] = {}
    for part, factor in ((title, _TITLE if is_report else 1.0), (plain, 1.0)):
        for word in WORD.findall(part):
            if word.lower() not in STOP:
                for term in split(word):
                    if term not in terms:
                        terms[term] = factor * telling(term)
    where: dict[str, Standing] = {}
    if is_report:
        prose = _FENCED.sub(" ", plain)
        _weigh_by_use(plain, prose, terms)
        where = standings(title, plain, prose, [found.group() for found in _IDENTIFIER.finditer(prose)])
    else:
        _add_code_words(plain, terms)
    meant = frozenset(role for role, words in _MEANT if words.search(title if is_report else text))
    is_name = bool(_NAME.fullmatch(text.strip()))
    if is_name:
        identifiers = identifiers or (text.strip(),)
    if not terms:
        identifiers = identifiers or tuple(dict.fromkeys(re.findall(r"\w+", text)))[:4]
    return Question(text, terms, identifiers, _joined(plain), paths, meant, is_name, is_report, where)


def _weigh_by_use(text: str, prose: str, terms: dict[str, float]) -> None:
    """Raise what a report says again and again, lower what stands only in the code that it quotes."""
    said = Counter(term for word in WORD.findall(text) for term in split(word))
    own_words = {term for word in WORD.findall(prose) for term in split(word)}
    for term in terms:
        terms[term] *= (1 + _AGAIN * log(max(1, said[term]))) * (1.0 if term in own_words else _QUOTED)


def _add_code_words(text: str, terms: dict[str, float]) -> None:
    """Add what code calls the everyday phrases of a question, and lower the weight of the words that these are."""
    meant: dict[str, float] = {}
    for phrase in in_code_words(text):
        for start, end in phrase.spans:
            for term in split(text[start:end]):
                if term in terms:
                    terms[term] *= _PHRASE
        for rank, word in enumerate(phrase.terms):
            for term in split(word):
                meant[term] = max(meant.get(term, 0.0), _CODE_WORD * _NEXT_CODE_WORD**rank * telling(term))
    for term, weight in meant.items():
        terms[term] = max(terms.get(term, 0.0), weight)


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
